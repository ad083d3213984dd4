"""Working time from the State Council's calendar: interval arithmetic, no stepping through seconds or days.

A day works by the week (Monday to Friday) unless the calendar says otherwise: holidays, and the weekends that make up
for them (调休). The working days up to any day are known in closed form from the week and a sorted list of those
exceptions, so a due time costs two binary searches, whatever the span. Moments are aware and come back in UTC; days
and office hours are those of Asia/Shanghai.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

MINUTES = "minutes"
DAYS = "days"
UNITS = (MINUTES, DAYS)

Interval = tuple[time, time]

#: Office hours where the zone has entered none of its own.
OFFICE_HOURS: tuple[Interval, ...] = ((time(8, 30), time(12)), (time(13, 30), time(17)))

_MICROSECOND = timedelta(microseconds=1)
_WHOLE_DAY = timedelta(days=1) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Amount:
    """So much working time: minutes, or days of the calendar's day length (one working day = one full day's hours).

    Raises ValueError for a negative count or an unknown unit.
    """

    count: int
    unit: str = MINUTES

    def __post_init__(self) -> None:
        if self.count < 0 or self.unit not in UNITS:
            raise ValueError("an amount of working time is a count of minutes or days from 0 up")


ONE_DAY = Amount(1, DAYS)


def local_day(moment: datetime) -> date:
    """Return the day in Asia/Shanghai. Raises ValueError for a moment without time zone."""
    return _local(moment).date()


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(SHANGHAI)


def _microseconds(of: time) -> int:
    return ((of.hour * 60 + of.minute) * 60 + of.second) * 1_000_000 + of.microsecond


def _weekdays_up_to(ordinal: int) -> int:
    """Count Mondays to Fridays from day 1 (a Monday) to a day, both included."""
    weeks, rest = divmod(ordinal, 7)
    return 5 * weeks + min(rest, 5)


def _nth_weekday(n: int) -> int:
    weeks, rest = divmod(n - 1, 5)
    return 7 * weeks + rest + 1


@dataclass(frozen=True)
class WorkCalendar:
    """Days that depart from the week, the office hours of every working day, and the last year that is loaded.

    ``days`` maps a date to whether it works; entries that agree with the week change nothing. ``intervals`` are in
    order and apart; one may end at 00:00, the end of the day. Raises ValueError if they are not so.
    """

    days: Mapping[date, bool]
    intervals: Sequence[Interval] = OFFICE_HOURS
    last_year: int | None = None

    def __post_init__(self) -> None:
        ends = 0
        for start, end in self._spans:
            if start < ends or end <= start:
                raise ValueError("office hours stand in order and do not overlap")
            ends = end
        if not self._spans:
            raise ValueError("a working day has office hours")

    @cached_property
    def _spans(self) -> tuple[tuple[int, int], ...]:
        return tuple((_microseconds(start), _microseconds(end) or _WHOLE_DAY) for start, end in self.intervals)

    @cached_property
    def _length(self) -> int:
        return sum(end - start for start, end in self._spans)

    @cached_property
    def _exceptions(self) -> tuple[list[int], list[int]]:
        """Days that depart from the week, and for each the working days up to and with it."""
        ordinals, counts, shift = [], [], 0
        for day, works in sorted(self.days.items()):
            if works != (day.weekday() < 5):
                shift += 1 if works else -1
                ordinals.append(day.toordinal())
                counts.append(_weekdays_up_to(day.toordinal()) + shift)
        return ordinals, counts

    @property
    def day_length(self) -> timedelta:
        """The working time of one full working day."""
        return self._length * _MICROSECOND

    def duration(self, amount: Amount) -> timedelta:
        """Return an amount as working time."""
        return timedelta(minutes=amount.count) if amount.unit == MINUTES else amount.count * self.day_length

    # Days

    def _days_up_to(self, ordinal: int) -> int:
        ordinals, counts = self._exceptions
        place = bisect_right(ordinals, ordinal) - 1
        base = _weekdays_up_to(ordinal)
        return base if place < 0 else base + counts[place] - _weekdays_up_to(ordinals[place])

    def _nth_day(self, n: int) -> int:
        """Return the ordinal of the n-th working day since day 1."""
        ordinals, counts = self._exceptions
        place = bisect_left(counts, n)
        shift = counts[place - 1] - _weekdays_up_to(ordinals[place - 1]) if place else 0
        found = _nth_weekday(n - shift)
        # A made-up weekend day ends the stretch: it is the n-th itself if no weekday before it was.
        return min(found, ordinals[place]) if place < len(ordinals) else found

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on a day."""
        return self.days.get(day, day.weekday() < 5)

    def next_working_day(self, day: date) -> date:
        """Return the day itself if it works, else the first working day after it."""
        return date.fromordinal(self._nth_day(self._days_up_to(day.toordinal() - 1) + 1))

    def add_working_days(self, day: date, count: int) -> date:
        """Return the count-th working day after a day, which is not counted itself; with 0, `next_working_day`.

        Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError("working days are counted forward")
        return (
            date.fromordinal(self._nth_day(self._days_up_to(day.toordinal()) + count))
            if count
            else self.next_working_day(day)
        )

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and with ``end``; negative when they stand the other way."""
        return self._days_up_to(end.toordinal()) - self._days_up_to(start.toordinal())

    def days_back(self, day: date, count: int) -> date:
        """Return the last day since which `count` working days have passed by `day`, as `working_days_between` counts.

        Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError("working days are counted back from a day")
        return date.fromordinal(self._nth_day(self._days_up_to(day.toordinal()) - count + 1) - 1)

    def previous_working_day(self, day: date) -> date:
        """Return the last day before a day on which offices worked."""
        return date.fromordinal(self._nth_day(self._days_up_to(day.toordinal() - 1)))

    # Moments

    def _position(self, moment: datetime) -> int:
        """Working microseconds from day 1 to a moment."""
        local = _local(moment)
        ordinal = local.toordinal()
        before = self._days_up_to(ordinal - 1)
        if not self.is_working_day(local.date()):
            return before * self._length
        clock = _microseconds(local.time())
        return before * self._length + sum(min(clock, end) - start for start, end in self._spans if clock > start)

    def _moment(self, ordinal: int, clock: int) -> datetime:
        local = datetime.combine(date.fromordinal(ordinal), time(), SHANGHAI) + clock * _MICROSECOND
        return local.astimezone(UTC)

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from one moment to another; negative when they stand the other way."""
        return (self._position(end) - self._position(start)) * _MICROSECOND

    def add_working(self, start: datetime, amount: Amount | timedelta) -> datetime:
        """Return the earliest moment by which so much working time has passed since ``start``, in UTC.

        Time outside office hours does not pass. Where the amount ends with the office hours, the moment is their end,
        not the next morning: one working day from a Saturday ends on Monday evening, one from Monday 10:15 on Tuesday
        10:15. Nothing added is ``start`` itself. Raises ValueError for a negative amount or a naive moment.
        """
        wanted = (self.duration(amount) if isinstance(amount, Amount) else amount) // _MICROSECOND
        if wanted < 0:
            raise ValueError("working time is added forward")
        if not wanted:
            return _local(start).astimezone(UTC)
        days, rest = divmod(self._position(start) + wanted - 1, self._length)
        # `rest` counts from 0: one microsecond short of the moment, so that the end of a day stays on that day.
        rest += 1
        for begin, end in self._spans:
            if rest <= end - begin:
                return self._moment(self._nth_day(days + 1), begin + rest)
            rest -= end - begin
        raise AssertionError("a rest is never longer than a day")

    def moment_back(self, end: datetime, amount: Amount | timedelta) -> datetime:
        """Return the latest moment since which so much working time has passed by ``end``, in UTC.

        The other way round than `add_working`: of what was due by this moment, and of nothing else, the amount has
        passed since. Raises ValueError for a negative amount or a naive moment.
        """
        wanted = (self.duration(amount) if isinstance(amount, Amount) else amount) // _MICROSECOND
        if wanted < 0:
            raise ValueError("working time is counted back from a moment")
        if not wanted:
            return _local(end).astimezone(UTC)
        days, rest = divmod(self._position(end) - wanted, self._length)
        for begin, end_ in self._spans:
            if rest < end_ - begin:
                return self._moment(self._nth_day(days + 1), begin + rest)
            rest -= end_ - begin
        raise AssertionError("a rest is shorter than a day")

    def next_working_moment(self, moment: datetime) -> datetime:
        """Return the moment itself if offices are open, else when they open next, in UTC."""
        local = _local(moment)
        if self.is_working_day(local.date()):
            clock = _microseconds(local.time())
            for start, end in self._spans:
                if clock < end:
                    return self._moment(local.toordinal(), max(start, clock))
        return self._moment(self._nth_day(self._days_up_to(local.toordinal()) + 1), self._spans[0][0])

    def close_of(self, day: date) -> datetime:
        """Return when the offices close on a day that something is promised for, in UTC, whether or not it works."""
        return self._moment(day.toordinal(), self._spans[-1][1])

    # Limits of what is known

    def is_beyond_calendar(self, moment: datetime) -> bool:
        """Whether the moment lies after the last year loaded: its holidays are not known, weekends are guessed."""
        last = self.last_year if self.last_year is not None else max((day.year for day in self.days), default=0)
        return local_day(moment).year > last
