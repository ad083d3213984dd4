"""What the investor promised year by year beside what became of it (履约), read for a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from directory.models import AnnualFigures
from promotion.models import Commitment

#: The directory states figures in 万元, commitments are in yuan.
_WAN = 10_000
_Origin = AnnualFigures.DataOrigin
#: Indicator of a commitment → the column of the year's figures that answers it. What was invested stands in none.
_COLUMNS: Mapping[str, str] = {"output": "output", "tax": "tax", "jobs": "employees"}
#: Of several sources for one year the first that states the figure; of tax the authority knows best. What a survey
#: found is none of them: it serves statistics alone, never a contract (Statistics Law).
_TRUSTED = (_Origin.DISCLOSED, _Origin.DECLARED, _Origin.TAX)
_TRUSTED_OF_TAX = (_Origin.TAX, _Origin.DISCLOSED, _Origin.DECLARED)


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What the investor promised for a year in one figure, and what is known of it.

    Money in units of the currency. `reported` is what the commitments say was fulfilled, `actual` what the directory
    knows: None where that is nothing, or not for this person's eyes. `gap` is what is still missing by the best of the
    two (0 = kept), None as long as nothing can be compared.
    """

    year: int
    indicator: str
    committed: Decimal
    currency: str
    reported: Decimal | None
    actual: Decimal | None
    origin: str

    @property
    def gap(self) -> Decimal | None:
        # Annual figures are in yuan.
        is_comparable = self.actual is not None and (self.indicator == "jobs" or self.currency == "CNY")
        known = self.actual if is_comparable else self.reported
        return None if known is None else max(self.committed - known, Decimal(0))


def fulfilment(project: Any, user: Any) -> tuple[Fulfilment, ...]:
    """What the investor committed to year by year, beside the annual figures that this person may read. 2 queries.

    Several promises of one figure for one year add up, each currency for itself.
    """
    promised: dict[tuple[int, str, str], Decimal] = {}
    reported: dict[tuple[int, str, str], Decimal] = {}
    rows = Commitment.objects.visible_to(user).filter(
        project=project, side=Commitment.Side.INVESTOR, year__isnull=False, amount__isnull=False
    )
    for row in rows.exclude(indicator="").order_by("year", "indicator", "pk"):
        key = (row.year, row.indicator, "" if row.indicator == "jobs" else row.currency)
        promised[key] = promised.get(key, Decimal(0)) + row.amount
        if row.fulfilled_amount is not None:
            reported[key] = reported.get(key, Decimal(0)) + row.fulfilled_amount
    if not promised:
        return ()
    known = _known(project, user, {year for year, _indicator, _currency in promised})
    found = []
    for key, committed in promised.items():
        year, indicator, currency = key
        actual, origin = _fact(known.get(year, {}), indicator)
        found.append(Fulfilment(year, indicator, committed, currency, reported.get(key), actual, origin))
    return tuple(found)


def _known(project: Any, user: Any, years: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Year → origin → the figures that this person may read of the project's enterprise."""
    if project.enterprise_id is None:
        return {}
    found: dict[int, dict[str, Any]] = {}
    for row in AnnualFigures.objects.visible_to(user).filter(enterprise=project.enterprise_id, year__in=sorted(years)):
        found.setdefault(row.year, {})[row.data_origin] = row
    return found


def _fact(rows: Mapping[str, Any], indicator: str) -> tuple[Decimal | None, str]:
    """The figure and where it comes from; (None, "") where none of the rows states it."""
    column = _COLUMNS.get(indicator)
    for origin in _TRUSTED_OF_TAX if indicator == "tax" else _TRUSTED:
        value = getattr(rows[origin], column) if column and origin in rows else None
        if value is not None:
            amount = Decimal(value) if indicator == "jobs" else value * _WAN
            return amount, str(_Origin(origin).label)
    return None, ""
