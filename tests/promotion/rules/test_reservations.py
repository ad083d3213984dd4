"""Reservations: never beyond what is free on any of their days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules.space import taken_on
from promotion.rules import reservations as rules
from promotion.rules.reservations import Part

D = Decimal
TOTAL = D(8000)
TAKEN = [(date(2026, 1, 1), date(2026, 6, 30), D(5000)), (date(2026, 9, 1), None, D(2000))]
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 31)


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        (date(2026, 3, 1), date(2026, 4, 1), 3000),
        (JULY, AUGUST, 8000),
        (JULY, None, 6000),
        (date(2026, 6, 30), AUGUST, 3000),
        (date(2026, 6, 30), None, 3000),
    ],
)
def test_free_is_what_is_free_on_every_day(start: date, end: date | None, free: int) -> None:
    assert rules.free_area(TOTAL, TAKEN, start, end) == free


def test_more_taken_than_there_is_leaves_nothing() -> None:
    assert rules.free_area(D(1000), TAKEN, date(2026, 3, 1), None) == 0


@pytest.mark.parametrize(
    ("part", "options", "problems"),
    [
        (Part(D(8000), JULY, AUGUST), {}, ()),
        (Part(D("8000.01"), JULY, AUGUST), {}, ("beyond_free",)),
        (Part(D(6001), JULY), {}, ("beyond_free",)),
        (Part(D(0), JULY), {}, ("no_area",)),
        (Part(D(10), AUGUST, JULY), {}, ("ends_before_start",)),
        (Part(D(10), JULY), {"is_reviewed": False}, ("not_reviewed",)),
        (Part(D(10), JULY), {"available_from": date(2026, 7, 2)}, ("not_available",)),
        (Part(D(10), JULY), {"withdrawn_on": date(2027, 1, 1)}, ("not_available",)),
        (Part(D(10), JULY, AUGUST), {"withdrawn_on": date(2026, 9, 1)}, ()),
        (Part(D(10), JULY, AUGUST, "2F"), {"named_parts": [Part(D(1), AUGUST, None, "2F")]}, ("part_taken",)),
        (Part(D(10), JULY, AUGUST, "2F"), {"named_parts": [Part(D(1), date(2026, 9, 1), None, "2F")]}, ()),
        (Part(D(10), JULY, AUGUST, "2F"), {"named_parts": [Part(D(1), JULY, None, "3F")]}, ()),
    ],
)
def test_reservation_is_judged(part: Part, options: dict[str, Any], problems: tuple[str, ...]) -> None:
    assert rules.reservation_problems(part, TOTAL, TAKEN, **{"is_reviewed": True, **options}) == problems


spans = st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(0, 60)), st.integers(1, 3000))


@given(st.lists(spans, max_size=12))
def test_reservations_let_in_one_after_another_never_exceed_the_carrier(
    wishes: list[tuple[int, int | None, int]],
) -> None:
    taken: list[tuple[date, date | None, Decimal]] = []
    for offset, length, area in wishes:
        start = JULY + timedelta(days=offset)
        end = None if length is None else start + timedelta(days=length)
        if not rules.reservation_problems(Part(D(area), start, end), TOTAL, taken, is_reviewed=True):
            taken.append((start, end, D(area)))

    assert all(taken_on(JULY + timedelta(days=day), taken) <= TOTAL for day in range(140))
