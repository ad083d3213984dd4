"""How much of a carrier is taken, from tenancies given as (from, until or None, m²)."""

import datetime
from collections.abc import Iterable
from decimal import Decimal

Span = tuple[datetime.date, datetime.date | None, Decimal]


def taken_on(day: datetime.date, spans: Iterable[Span]) -> Decimal:
    """m² taken on a day; both ends of a span count."""
    return sum((area for start, end, area in spans if start <= day and (end is None or end >= day)), start=Decimal(0))


def peak_area(spans: Iterable[Span], start: datetime.date, end: datetime.date | None) -> Decimal:
    """The most m² taken on any day from `start` to `end` (None = for ever).

    What is taken only rises on the first day of a span, so those days are enough to look at.
    """
    rows = list(spans)
    days = {start} | {begin for begin, _, _ in rows if begin >= start and (end is None or begin <= end)}
    return max(taken_on(day, rows) for day in days)
