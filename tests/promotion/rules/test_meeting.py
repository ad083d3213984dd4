"""The meeting's periods, the group of a project, and what a note or a resolution must hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import meeting as rules
from promotion.rules.meeting import MONTH, WEEK, Note, Period
from promotion.rules.stages import Position

from .conftest import CALENDAR, at

MONDAY = date(2026, 6, 1)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(DAYS, st.sampled_from(rules.KINDS))
def test_every_day_belongs_to_one_period_and_periods_leave_no_gap(day: date, kind: str) -> None:
    period = rules.period_of(kind, day)

    assert period.first <= day <= period.last
    assert period.before.last + timedelta(days=1) == period.first
    assert period.after.first == period.last + timedelta(days=1)
    assert period.before.after == period == period.after.before
    assert period.before.ends_at == period.starts_at


@given(DAYS)
def test_every_week_of_notes_belongs_to_one_month(day: date) -> None:
    first, last = rules.period_of(MONTH, day).mondays

    assert first.weekday() == last.weekday() == 0
    assert first.month == last.month == day.month
    assert (first - timedelta(days=7)).month != day.month != (last + timedelta(days=7)).month


def test_a_week_runs_from_monday_to_sunday_in_shanghai() -> None:
    week = rules.period_of(WEEK, date(2026, 6, 7))

    assert (week.first, week.last) == (MONDAY, date(2026, 6, 7))
    assert (week.starts_at, week.ends_at) == (at("2026-06-01 00:00"), at("2026-06-08 00:00"))
    assert week.mondays == (MONDAY, MONDAY)


def test_no_other_period_is_known() -> None:
    with pytest.raises(ValueError, match="year"):
        rules.period_of("year", MONDAY)


@pytest.mark.parametrize(
    ("today", "monday"),
    [
        (date(2026, 6, 1), date(2026, 5, 25)),  # Monday: the meeting looks back
        (date(2026, 6, 2), date(2026, 6, 1)),
        (date(2026, 6, 7), date(2026, 6, 1)),
        # Spring Festival is over on Monday 23 February: Tuesday is the first working day.
        (date(2026, 2, 24), date(2026, 2, 16)),
        (date(2026, 2, 25), date(2026, 2, 23)),
    ],
)
def test_the_meeting_looks_back_until_its_day_is_over(today: date, monday: date) -> None:
    assert rules.reported_week(CALENDAR, today) == rules.period_of(WEEK, monday)


def test_meeting_of_a_month_is_on_the_first_working_day_after_it() -> None:
    assert rules.meeting_day(CALENDAR, rules.period_of(MONTH, date(2026, 5, 3))) == MONDAY
    assert rules.meeting_day(CALENDAR, Period(WEEK, date(2026, 2, 16), date(2026, 2, 22))) == date(2026, 2, 24)


@pytest.mark.parametrize(
    ("position", "is_new", "has_moved", "group"),
    [
        (Position("negotiating"), True, False, "new"),
        (Position("signed"), True, True, "new"),
        (Position("signed"), False, True, "moved"),
        (Position("negotiating", "lost"), False, True, "moved"),
        (Position("negotiating", "lost"), False, False, None),
        (Position("signed", "terminated"), False, False, None),
        (Position("signed"), False, False, "not_started"),
        (Position("registered"), False, False, "not_started"),
        (Position("signed", "paused"), False, False, "not_moved"),
        (Position("started"), False, False, "not_moved"),
        (Position("negotiating"), False, False, "not_moved"),
    ],
)
def test_group_follows_from_what_a_project_did(
    position: Position, is_new: bool, has_moved: bool, group: str | None
) -> None:
    assert rules.group_of(position, is_new=is_new, has_moved=has_moved) == group


@pytest.mark.parametrize(
    ("note", "found"),
    [
        (Note(progress="谈了"), ()),
        (Note(problem="缺用地"), ()),
        (Note(help_needed="协调", help_from=1, help_by=MONDAY), ()),
        (Note(), (("progress", "empty"),)),
        (Note(help_needed="协调"), (("help_from", "unit_required"), ("help_by", "date_required"))),
        (Note(progress="谈了", help_from=1), (("help_needed", "help_required"),)),
        (Note(progress="谈了", help_by=MONDAY), (("help_needed", "help_required"),)),
        (Note(help_needed="协调", help_from=1, help_by=MONDAY - timedelta(days=1)), (("help_by", "date_past"),)),
    ],
)
def test_note_says_something_and_help_is_whole(note: Note, found: tuple[tuple[str, str], ...]) -> None:
    assert rules.note_problems(note, MONDAY) == found


@pytest.mark.parametrize(
    ("week", "problem"),
    [
        (MONDAY, None),
        (MONDAY - timedelta(days=7), None),
        (MONDAY - timedelta(days=14), "week_over"),
        (MONDAY + timedelta(days=7), "in_future"),
        (MONDAY + timedelta(days=1), "not_monday"),
    ],
)
def test_week_of_a_note_is_this_one_or_the_one_before(week: date, problem: str | None) -> None:
    assert rules.week_problem(week, MONDAY + timedelta(days=3)) == problem


@pytest.mark.parametrize(
    ("text", "due_on", "found"),
    [
        ("报送", MONDAY, ()),
        (" ", MONDAY, (("text", "required"),)),
        ("报送", None, (("due_on", "date_required"),)),
        ("报送", MONDAY - timedelta(days=1), (("due_on", "date_past"),)),
    ],
)
def test_item_says_what_and_by_when(text: str, due_on: date | None, found: tuple[tuple[str, str], ...]) -> None:
    assert rules.item_problems(text, due_on, MONDAY) == found
