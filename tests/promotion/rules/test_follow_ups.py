"""Follow-ups: date chips on working days, and the next step that may not be forgotten."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import follow_ups as rules
from promotion.rules.follow_ups import FollowUp

from .conftest import CALENDAR

TODAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 3, 4), [("tomorrow", 5, False), ("in_three_days", 9, True), ("next_monday", 9, False)]),
        (date(2026, 3, 6), [("tomorrow", 9, True), ("in_three_days", 9, False), ("next_monday", 9, False)]),
        (date(2026, 3, 9), [("tomorrow", 10, False), ("in_three_days", 12, False), ("next_monday", 16, False)]),
        (date(2026, 3, 8), [("tomorrow", 9, False), ("in_three_days", 11, False), ("next_monday", 9, False)]),
    ],
)
def test_chips_fall_on_working_days(today: date, days: list[tuple[str, int, bool]]) -> None:
    assert [(chip.code, chip.on.day, chip.is_moved) for chip in rules.chips(CALENDAR, today)] == days


def test_chips_know_make_up_days_and_holidays() -> None:
    # Friday 13 February 2026: Saturday works, then Spring Festival until the 23rd.
    assert [chip.on for chip in rules.chips(CALENDAR, date(2026, 2, 13))] == [
        date(2026, 2, 14),
        date(2026, 2, 24),
        date(2026, 2, 24),
    ]


@pytest.mark.parametrize(
    ("follow_up", "problems"),
    [
        (FollowUp("通话", "寄资料", date(2026, 3, 4)), ()),
        (FollowUp("通话", none_because="已转合作方"), ()),
        (FollowUp("通话"), (("next_step", "next_step_required"), ("next_on", "date_required"))),
        (FollowUp("通话", "寄资料"), (("next_on", "date_required"),)),
        (FollowUp("通话", " ", date(2026, 3, 5)), (("next_step", "next_step_required"),)),
        (FollowUp("通话", "寄资料", date(2026, 3, 3)), (("next_on", "date_past"),)),
        (FollowUp("通话", "寄资料", date(2026, 3, 5), "没有"), (("none_because", "both_given"),)),
        (FollowUp("通话", none_because="  "), (("next_step", "next_step_required"), ("next_on", "date_required"))),
        (FollowUp(" ", none_because="没有"), (("happened", "required"),)),
    ],
)
def test_next_step_is_given_or_explained_away(follow_up: FollowUp, problems: tuple[tuple[str, str], ...]) -> None:
    assert rules.problems(follow_up, TODAY) == problems


@pytest.mark.parametrize(
    ("next_on", "state"),
    [(date(2026, 3, 3), "overdue"), (TODAY, "today"), (date(2026, 3, 5), "later"), (None, "none")],
)
def test_place_of_a_step_in_the_day(next_on: date | None, state: str) -> None:
    assert rules.due_state(next_on, TODAY) == state


@pytest.mark.parametrize(
    ("next_on", "today", "days"),
    [
        (date(2026, 3, 4), date(2026, 3, 4), 0),
        (date(2026, 3, 9), date(2026, 3, 4), 0),
        (date(2026, 3, 6), date(2026, 3, 8), 0),
        (date(2026, 3, 6), date(2026, 3, 9), 1),
        (date(2026, 2, 13), date(2026, 2, 25), 3),
    ],
)
def test_overdue_counts_working_days(next_on: date, today: date, days: int) -> None:
    assert rules.working_days_overdue(CALENDAR, next_on, today) == days


@given(st.dates(date(2020, 1, 1), date(2027, 12, 31)))
def test_every_chip_is_a_working_day_ahead(today: date) -> None:
    for chip in rules.chips(CALENDAR, today):
        assert chip.on > today
        assert CALENDAR.is_working_day(chip.on)
