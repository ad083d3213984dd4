"""Reserving space: any number of intents, one exclusive reservation for a part, never beyond what is free.

What is taken comes from tenancies and other reservations alike, as (from, until or None, m²).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from directory.rules.space import Span, peak_area


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be reserved: so many m², perhaps a named part (a floor), from a day until a day (None = for ever)."""

    area: Decimal
    start: date
    end: date | None = None
    name: str = ""


def free_area(total: Decimal, taken: Iterable[Span], start: date, end: date | None) -> Decimal:
    """Return the m² that are free on every day from ``start`` to ``end``; 0 where more is taken than there is."""
    return max(total - peak_area(taken, start, end), Decimal(0))


def free_from(total: Decimal, taken: Iterable[Span], area: Decimal, day: date) -> date | None:
    """Return the first day, not before ``day``, from which so much is free for good; None if there is none."""
    spans = list(taken)
    ends = {end + timedelta(days=1) for _start, end, _area in spans if end is not None and end >= day}
    days = sorted({day} | ends)
    return next((start for start in days if free_area(total, spans, start, None) >= area), None)


def _overlaps(one: Part, start: date, end: date | None) -> bool:
    return (end is None or one.start <= end) and (one.end is None or start <= one.end)


def reservation_problems(
    wanted: Part,
    total: Decimal,
    taken: Iterable[Span],
    *,
    is_reviewed: bool,
    available_from: date | None = None,
    withdrawn_on: date | None = None,
    named_parts: Iterable[Part] = (),
) -> tuple[str, ...]:
    """Return why a part may not be reserved.

    ``not_reviewed``, ``no_area``, ``ends_before_start``, ``not_available``, ``part_taken`` (a floor held by another on
    one of these days), ``beyond_free``. Locking the carrier while asking is the caller's.
    """
    found = [] if is_reviewed else ["not_reviewed"]
    if wanted.end is not None and wanted.end < wanted.start:
        return (*found, "ends_before_start")
    if wanted.area <= 0:
        found.append("no_area")
    too_early = available_from is not None and wanted.start < available_from
    too_late = withdrawn_on is not None and (wanted.end is None or wanted.end >= withdrawn_on)
    if too_early or too_late:
        found.append("not_available")
    if wanted.name and any(
        other.name == wanted.name and _overlaps(other, wanted.start, wanted.end) for other in named_parts
    ):
        found.append("part_taken")
    if wanted.area > free_area(total, taken, wanted.start, wanted.end):
        found.append("beyond_free")
    return tuple(found)
