"""What a project is measured by, read for a person: its figures beside the standards, its promises beside the facts."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from directory.models import AnnualFigures
from promotion.models import Commitment
from promotion.rules.admission import Comparison
from promotion.rules.working_time import SHANGHAI
from promotion.services.projects import compare_standards

#: The directory states figures in 万元, commitments are in yuan.
_WAN = 10_000
_Origin = AnnualFigures.DataOrigin
#: Indicator of a commitment → the column of the year's figures that answers it. What was invested stands in none.
_COLUMNS: Mapping[str, str] = {"output": "output", "tax": "tax", "jobs": "employees"}
#: Of several sources for one year the first that states the figure; of tax the authority knows best.
_TRUSTED = (_Origin.STATISTICAL, _Origin.TAX, _Origin.DISCLOSED, _Origin.DECLARED)
_TRUSTED_OF_TAX = (_Origin.TAX, _Origin.STATISTICAL, _Origin.DISCLOSED, _Origin.DECLARED)


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What the investor promised for a year in one figure, and what the directory knows of it.

    Money in units of the currency. `actual` is None where nothing is known, or where this person may not read it;
    `gap` is what is still missing (0 = kept), None as long as the two cannot be compared.
    """

    year: int
    indicator: str
    committed: Decimal
    currency: str
    actual: Decimal | None
    origin: str

    @property
    def gap(self) -> Decimal | None:
        if self.actual is None or (self.indicator != "jobs" and self.currency != "CNY"):
            return None
        return max(self.committed - self.actual, Decimal(0))


def admission_sheet(project: Any, *, on: datetime.date) -> tuple[Comparison, ...]:
    """The project's figures beside the standards that hold on a day; what the gate compares, no other. 3 queries."""
    return compare_standards(project, at=datetime.datetime.combine(on, datetime.time(12), SHANGHAI))


def fulfilment(project: Any, user: Any) -> tuple[Fulfilment, ...]:
    """What the investor committed to year by year, beside the annual figures that this person may read. 2 queries.

    Several promises of one figure for one year add up, each currency for itself.
    """
    promised: dict[tuple[int, str, str], Decimal] = {}
    rows = Commitment.objects.visible_to(user).filter(
        project=project, side=Commitment.Side.INVESTOR, year__isnull=False, amount__isnull=False
    )
    for row in rows.exclude(indicator="").order_by("year", "indicator", "pk"):
        key = (row.year, row.indicator, "" if row.indicator == "jobs" else row.currency)
        promised[key] = promised.get(key, Decimal(0)) + row.amount
    if not promised:
        return ()
    known = _known(project, user, {year for year, _indicator, _currency in promised})
    found = []
    for (year, indicator, currency), committed in promised.items():
        actual, origin = _fact(known.get(year, {}), indicator)
        found.append(Fulfilment(year, indicator, committed, currency, actual, origin))
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
