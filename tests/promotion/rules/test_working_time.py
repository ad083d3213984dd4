"""Working time over weekends, holidays and make-up days, exact to the minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules.working_time import DAYS, Amount, WorkCalendar, local_day

from .conftest import CALENDAR, ROWS, at

DAY = timedelta(hours=7)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))
days = st.dates(date(2019, 1, 1), date(2029, 12, 31))
amounts = st.timedeltas(timedelta(0), timedelta(hours=4000))


def by_the_minute(start: datetime, end: datetime) -> timedelta:
    """The slow truth: look at every minute between."""
    minute, found = timedelta(minutes=1), timedelta(0)
    while start < end:
        if CALENDAR.is_working_day(start.date()) and (
            time(8, 30) <= start.time() < time(12) or time(13, 30) <= start.time() < time(17)
        ):
            found += minute
        start += minute
    return found


@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(hours=400)))
def test_moment_back_is_the_last_since_which_so_much_has_passed(end: datetime, amount: timedelta) -> None:
    since = CALENDAR.moment_back(end, amount)
    assert CALENDAR.working_between(since, end) == amount
    assert CALENDAR.working_between(since + timedelta(microseconds=1), end) < amount
    assert CALENDAR.add_working(since, amount) <= end


@pytest.mark.parametrize(
    ("end", "days", "since"),
    [
        ("2026-03-03 12:00", 1, "2026-03-02 13:30"),  # not noon: what was due at lunch is as old
        ("2026-03-03 17:00", 1, "2026-03-03 08:30"),
        ("2026-03-03 10:15", 1, "2026-03-02 10:15"),
        ("2026-03-09 10:15", 1, "2026-03-06 10:15"),
        ("2026-03-07 10:00", 1, "2026-03-06 08:30"),  # a Saturday
    ],
)
def test_moment_back_is_the_latest_of_those_that_are_as_old(end: str, days: int, since: str) -> None:
    assert CALENDAR.moment_back(at(end), Amount(days, DAYS)) == at(since)


def test_calendar_lists_only_days_that_depart_from_the_week() -> None:
    for row in ROWS:
        assert row["is_working"] == (date.fromisoformat(row["on"]).weekday() >= 5), row
        assert row["name"]
        assert "国务院办公厅" in row["source"]
    assert {row["on"][:4] for row in ROWS} == {str(year) for year in range(2020, 2027)}


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-03-02 09:00", 60, "2026-03-02 10:00"),
        ("2026-03-02 11:30", 60, "2026-03-02 14:00"),  # over lunch
        ("2026-03-02 11:30", 30, "2026-03-02 12:00"),  # ends with the morning, not after lunch
        ("2026-03-02 16:30", 60, "2026-03-03 09:00"),  # overnight
        ("2026-03-02 16:00", 60, "2026-03-02 17:00"),
        ("2026-03-06 16:30", 60, "2026-03-09 09:00"),  # over a weekend
        ("2026-03-07 10:00", 60, "2026-03-09 09:30"),  # opened on a Saturday
        ("2026-03-02 06:00", 60, "2026-03-02 09:30"),  # before the day starts
        ("2026-03-02 12:10", 30, "2026-03-02 14:00"),  # at lunch
        ("2025-09-30 16:30", 60, "2025-10-09 09:00"),  # over the National Day week
        ("2025-10-10 16:30", 60, "2025-10-11 09:00"),  # the Saturday after it works
        ("2026-02-13 16:30", 60, "2026-02-14 09:00"),  # Saturday before Spring Festival works
        ("2026-02-14 16:30", 60, "2026-02-24 09:00"),
        ("2025-12-31 16:30", 60, "2026-01-04 09:00"),  # year's end: Thursday to Saturday off, Sunday works
        ("2020-01-23 16:30", 60, "2020-02-03 09:00"),  # the prolonged Spring Festival
        ("2022-12-30 16:30", 60, "2023-01-03 09:00"),
        ("2026-03-02 09:00", 0, "2026-03-02 09:00"),
        ("2026-03-07 10:00", 0, "2026-03-07 10:00"),
    ],
)
def test_due_time_in_working_minutes(start: str, minutes: int, due: str) -> None:
    assert CALENDAR.add_working(at(start), Amount(minutes)) == at(due)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-03-02 10:15", 1, "2026-03-03 10:15"),
        ("2026-03-02 08:30", 1, "2026-03-02 17:00"),
        ("2026-03-07 10:00", 1, "2026-03-09 17:00"),
        ("2026-03-06 17:30", 1, "2026-03-09 17:00"),
        ("2026-03-06 14:00", 5, "2026-03-13 14:00"),
        ("2025-09-26 14:00", 6, "2025-10-11 14:00"),  # Sunday 28 and Saturday 11 work, 1 to 8 do not
        ("2026-12-31 10:15", 1, "2027-01-01 10:15"),  # not loaded: the week alone, and it says so
    ],
)
def test_due_time_in_working_days(start: str, count: int, due: str) -> None:
    assert CALENDAR.add_working(at(start), Amount(count, DAYS)) == at(due)


def test_moments_come_back_in_utc() -> None:
    assert CALENDAR.add_working(at("2026-03-02 09:00"), Amount(1)).tzinfo is UTC
    assert CALENDAR.next_working_moment(at("2026-03-02 09:00")).tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 12:00", "2026-03-02 13:30"),
        ("2026-03-02 17:00", "2026-03-03 08:30"),
        ("2026-03-02 07:00", "2026-03-02 08:30"),
        ("2026-02-15 10:00", "2026-02-24 08:30"),
        ("2026-02-27 18:00", "2026-02-28 08:30"),
    ],
)
def test_next_working_moment(moment: str, opens: str) -> None:
    assert CALENDAR.next_working_moment(at(moment)) == at(opens)


def test_due_time_after_the_last_year_loaded_says_so() -> None:
    assert not CALENDAR.is_beyond_calendar(at("2026-12-31 23:59"))
    assert CALENDAR.is_beyond_calendar(at("2027-01-01 00:00"))
    # 16:30 on 31 December in UTC is the new year in Shanghai.
    assert CALENDAR.is_beyond_calendar(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert WorkCalendar({date(2025, 1, 1): False}).is_beyond_calendar(at("2026-01-01 00:00"))


@pytest.mark.parametrize(
    ("day", "count", "found"),
    [
        (date(2026, 3, 6), 0, date(2026, 3, 6)),
        (date(2026, 3, 7), 0, date(2026, 3, 9)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 26), 3, date(2026, 3, 2)),
    ],
)
def test_working_days_are_counted_from_the_next_day(day: date, count: int, found: date) -> None:
    assert CALENDAR.add_working_days(day, count) == found


@pytest.mark.parametrize(
    "hours",
    [
        (),
        ((time(9), time(8)),),
        ((time(13), time(17)), (time(8), time(12))),
        ((time(8), time(12)), (time(11), time(15))),
    ],
)
def test_office_hours_out_of_order_are_refused(hours: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="hours"):
        WorkCalendar({}, hours)


def test_day_may_last_until_midnight() -> None:
    always = WorkCalendar({}, ((time(0), time(0)),))

    assert always.day_length == timedelta(days=1)
    assert always.add_working(at("2026-03-06 23:30"), Amount(60)) == at("2026-03-09 00:30")
    assert always.close_of(date(2026, 3, 6)) == at("2026-03-07 00:00")


def test_moment_without_zone_and_negative_amount_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.add_working(datetime(2026, 3, 2, 9), Amount(1))
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_working(at("2026-03-02 09:00"), timedelta(minutes=-1))
    with pytest.raises(ValueError, match="count"):
        Amount(-1)
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_working_days(date(2026, 3, 2), -1)


@given(days)
def test_counted_days_agree_with_looking_at_each(day: date) -> None:
    ahead = [day + timedelta(days=n) for n in range(1, 40)]
    working = [other for other in ahead if CALENDAR.is_working_day(other)]

    assert CALENDAR.working_days_between(day, ahead[-1]) == len(working)
    assert [CALENDAR.add_working_days(day, n) for n in range(1, len(working) + 1)] == working


@given(st.datetimes(datetime(2025, 9, 20), datetime(2026, 3, 10)), st.integers(0, 60 * 24 * 12))
def test_working_time_agrees_with_looking_at_each_minute(start: datetime, minutes: int) -> None:
    start = at(start.strftime("%Y-%m-%d %H:%M"))
    end = start + timedelta(minutes=minutes)

    assert CALENDAR.working_between(start, end) == by_the_minute(start, end)


@given(moments, amounts)
def test_what_was_added_has_passed_and_not_a_moment_earlier(start: datetime, amount: timedelta) -> None:
    due = CALENDAR.add_working(start, amount)

    assert due >= start
    assert CALENDAR.working_between(start, due) == amount
    if amount:
        assert CALENDAR.working_between(start, due - timedelta(microseconds=1)) < amount


@given(moments, amounts, amounts)
def test_adding_twice_is_adding_the_sum(start: datetime, one: timedelta, other: timedelta) -> None:
    assert CALENDAR.add_working(CALENDAR.add_working(start, one), other + timedelta(minutes=1)) == CALENDAR.add_working(
        start, one + other + timedelta(minutes=1)
    )


@given(moments)
def test_no_time_passes_until_offices_open(moment: datetime) -> None:
    opens = CALENDAR.next_working_moment(moment)

    assert CALENDAR.working_between(moment, opens) == timedelta(0)
    assert CALENDAR.working_between(opens, opens + timedelta(microseconds=1)) > timedelta(0)
    assert CALENDAR.is_working_day(local_day(opens))


@given(moments, moments, moments)
def test_spans_add_up(one: datetime, two: datetime, three: datetime) -> None:
    between = CALENDAR.working_between
    assert between(one, two) + between(two, three) == between(one, three)
