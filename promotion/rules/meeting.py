"""The meeting's periods, what a project did in one, and what a note or a resolution must hold.

A week runs from Monday to Sunday in Asia/Shanghai. It is reported at the meeting on the first working day after it:
until that day is over, the meeting looks back at the week before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from promotion.rules import stages
from promotion.rules.working_time import SHANGHAI, WorkCalendar

WEEK = "week"
MONTH = "month"
KINDS = (WEEK, MONTH)

NEW = "new"
MOVED = "moved"
NOT_STARTED = "not_started"
NOT_MOVED = "not_moved"
#: As the meeting goes through them.
GROUPS = (MOVED, NEW, NOT_STARTED, NOT_MOVED)

#: Stages of a project that has signed and not started.
AWAITING_START = (stages.SIGNED, stages.REGISTERED)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month; both days belong to it."""

    kind: str
    first: date
    last: date

    @property
    def starts_at(self) -> datetime:
        return start_of(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return start_of(self.last + _DAY)

    @property
    def before(self) -> Period:
        return period_of(self.kind, self.first - _DAY)

    @property
    def after(self) -> Period:
        return period_of(self.kind, self.last + _DAY)

    @property
    def mondays(self) -> tuple[date, date]:
        """The first and the last Monday in it; a month's notes are those of the weeks that begin in it."""
        ahead = -self.first.weekday() % 7
        return self.first + timedelta(days=ahead), monday_of(self.last)


def start_of(day: date) -> datetime:
    """Return a day's first moment."""
    return datetime.combine(day, time(), SHANGHAI)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def period_of(kind: str, day: date) -> Period:
    """Return the week or month that a day belongs to. Raises ValueError for another kind."""
    if kind == WEEK:
        monday = monday_of(day)
        return Period(WEEK, monday, monday + 6 * _DAY)
    if kind == MONTH:
        first = day.replace(day=1)
        return Period(MONTH, first, (first + timedelta(days=31)).replace(day=1) - _DAY)
    raise ValueError(f"no such period: {kind}")


def meeting_day(calendar: WorkCalendar, period: Period) -> date:
    """Return the day on which a period is reported: the first working day after it."""
    return calendar.next_working_day(period.last + _DAY)


def reported_week(calendar: WorkCalendar, today: date) -> Period:
    """Return the week that a meeting today is about: the one before, until its meeting day is over."""
    week = period_of(WEEK, today)
    return week.before if today <= meeting_day(calendar, week.before) else week


def group_of(position: stages.Position, *, is_new: bool, has_moved: bool) -> str | None:
    """Return the group of a project by where it stood at a period's end and what it did in it; each has one.

    None for a project that was over before the period began.
    """
    if is_new:
        return NEW
    if has_moved:
        return MOVED
    if position.has_ended:
        return None
    return NOT_STARTED if awaits_start(position) else NOT_MOVED


def awaits_start(position: stages.Position) -> bool:
    """Whether a project has signed and not started (已签约未开工); one that is paused or over awaits nothing."""
    return position.stage in AWAITING_START and not position.side


# --- notes and resolutions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """The four lines of a project for a week, as entered. Help is a text, the unit that is asked, and the day."""

    progress: str = ""
    next_step: str = ""
    problem: str = ""
    help_needed: str = ""
    help_from: object | None = None
    help_by: date | None = None


def note_problems(note: Note, week: date) -> tuple[tuple[str, str], ...]:
    """Return (field, code) of what is wrong with a note: ``empty``, ``unit_required``, ``date_required``,
    ``help_required``, ``date_past``.
    """
    if not any((note.progress, note.next_step, note.problem, note.help_needed, note.help_from, note.help_by)):
        return (("progress", "empty"),)
    found = []
    if note.help_needed:
        if note.help_from is None:
            found.append(("help_from", "unit_required"))
        if note.help_by is None:
            found.append(("help_by", "date_required"))
    elif note.help_from is not None or note.help_by is not None:
        found.append(("help_needed", "help_required"))
    if note.help_by is not None and note.help_by < week:
        found.append(("help_by", "date_past"))
    return tuple(found)


def week_problem(week: date, today: date) -> str | None:
    """Return why a note of that week cannot be written today: ``not_monday``, ``in_future``, ``week_over``, or None.

    A week is written until the end of the one after it; by then its meeting has been held and its report is out.
    """
    if week != monday_of(week):
        return "not_monday"
    if week > today:
        return "in_future"
    return "week_over" if week < monday_of(today) - timedelta(days=7) else None


def item_problems(text: str, due_on: date | None, today: date) -> tuple[tuple[str, str], ...]:
    """Return (field, code) of what is wrong with an action item: ``required``, ``date_required``, ``date_past``."""
    found = []
    if not text.strip():
        found.append(("text", "required"))
    if due_on is None:
        found.append(("due_on", "date_required"))
    elif due_on < today:
        found.append(("due_on", "date_past"))
    return tuple(found)
