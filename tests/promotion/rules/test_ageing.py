"""How long in a stage is too long: limits from a day on, by stage and track; time paused does not count."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from promotion.rules import ageing as rules
from promotion.rules.ageing import FRESH, SLOW, STUCK, Limit, Moved, Stay
from promotion.rules.working_time import WorkCalendar

OLD, NEW, LATER = date(2020, 1, 1), date(2026, 6, 1), date(2027, 1, 1)
GENERAL = Limit("signed", "", OLD, 20, 40)
TIGHTER = Limit("signed", "", NEW, 10, 20)
LAND = Limit("signed", "land", OLD, 60, 90)
ALL = (GENERAL, TIGHTER, LAND, Limit("signed", "", LATER, 1, 2), Limit("reviewed", "", OLD, 5, 8))


@pytest.mark.parametrize(
    ("stage", "track", "day", "found"),
    [
        ("signed", "lease", date(2026, 5, 31), GENERAL),
        ("signed", "lease", NEW, TIGHTER),
        ("signed", "land", NEW, LAND),  # its own, though the general one is newer
        ("signed", "land", date(2019, 12, 31), None),
        ("started", "land", NEW, None),
    ],
)
def test_limit_is_the_tracks_own_before_the_general_and_the_latest_in_force(
    stage: str, track: str, day: date, found: Limit | None
) -> None:
    assert rules.limit_for(ALL, stage, track, day) == found


@pytest.mark.parametrize(
    ("days", "limit", "state"),
    [
        (20, GENERAL, FRESH),
        (21, GENERAL, SLOW),
        (40, GENERAL, SLOW),
        (41, GENERAL, STUCK),
        (9999, None, FRESH),
        (1, Limit("signed", "", OLD, 0, 0), STUCK),
    ],
)
def test_state_begins_the_day_after_the_limit(days: int, limit: Limit | None, state: str) -> None:
    assert rules.age_state(days, limit) == state


@pytest.mark.parametrize("state", [SLOW, STUCK])
def test_cut_by_day_says_the_same_as_the_state_of_each_day(calendar: WorkCalendar, state: str) -> None:
    """What cuts a list in SQL is the day from which on the card is coloured: over the spring festival too."""
    today = date(2026, 3, 16)
    cut = calendar.days_back(today, rules.days_needed(GENERAL, state))
    reached = {SLOW: {SLOW, STUCK}, STUCK: {STUCK}}[state]

    for back in range(120):
        since = today - timedelta(days=back)
        aged = rules.age_state(calendar.working_days_between(since, today), GENERAL)
        assert (since <= cut) == (aged in reached), since


def moved(kind: str, way: str, day: int, side: str = "", to_side: str = "") -> Moved:
    before, after = way.split(">")
    return Moved(kind, before, side, after, to_side, date(2026, 6, day))


#: June 2026: the 1st is a Monday, the 19th a holiday (端午).
CREATED = moved("created", ">negotiating", 1)


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ([CREATED], {}),
        (
            [CREATED, moved("forward", "negotiating>reviewed", 8)],
            {"negotiating": Stay(5, date(2026, 6, 8))},
        ),
        (  # paused from Wednesday to Monday
            [
                CREATED,
                moved("aside", "negotiating>negotiating", 3, to_side="paused"),
                moved("resume", "negotiating>negotiating", 8, side="paused"),
                moved("forward", "negotiating>reviewed", 9),
            ],
            {"negotiating": Stay(3, date(2026, 6, 9))},
        ),
        (  # back, and on again: both visits count, the day is that of the last one
            [
                CREATED,
                moved("forward", "negotiating>reviewed", 2),
                moved("back", "reviewed>negotiating", 4),
                moved("forward", "negotiating>reviewed", 5),
            ],
            {"negotiating": Stay(2, date(2026, 6, 5))},
        ),
        (
            [CREATED, moved("skip", "negotiating>signed", 22)],
            {"negotiating": Stay(14, date(2026, 6, 22))},
        ),
        ([CREATED, moved("aside", "negotiating>negotiating", 9, to_side="lost")], {}),
    ],
)
def test_stay_counts_working_days_under_way_until_it_went_on(
    calendar: WorkCalendar, moves: list[Moved], found: dict[str, Stay]
) -> None:
    assert rules.stays(moves, calendar) == found


@pytest.mark.parametrize(
    ("days", "middle"), [([], None), ([3], Decimal(3)), ([1, 9, 2], Decimal(2)), ([1, 2], Decimal("1.5"))]
)
def test_middle_is_the_median(days: list[int], middle: Decimal | None) -> None:
    assert rules.middle(days) == middle


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 6, 2), date(2026, 6, 1)),
        (date(2026, 6, 1), date(2026, 5, 29)),  # a Monday
        (date(2026, 5, 31), date(2026, 5, 29)),
        (date(2026, 6, 22), date(2026, 6, 18)),  # after the holiday
        (date(2026, 2, 15), date(2026, 2, 14)),  # a Saturday that makes up for the spring festival
    ],
)
def test_previous_working_day(calendar: WorkCalendar, day: date, before: date) -> None:
    assert calendar.previous_working_day(day) == before


def test_days_back_refuses_a_negative_count(calendar: WorkCalendar) -> None:
    with pytest.raises(ValueError, match="counted back"):
        calendar.days_back(NEW, -1)
