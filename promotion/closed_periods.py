"""A closed period beside the rows as they stand now: each indicator then and now, and which rows made the difference.

Both sides hold only rows that the reader sees today, so a hidden project is on neither. Groups are looked up in the
list year that was taken when the period was closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promotion.figures import Figure, figure_of, is_of_capital, read_facts
from promotion.models import CapitalRecord, ClosedRow, InvestmentProject
from promotion.rules import indicators
from promotion.rules.indicators import Contribution, Correction, span_of
from promotion.scopes import Scope


@dataclass(frozen=True, slots=True)
class Corrected:
    """One row that counts otherwise now; `row` is the project or the capital record."""

    row: Any
    then: Decimal | None
    now: Decimal | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One indicator as it was closed and as it is now."""

    indicator: str
    then: Figure
    now: Figure
    corrections: tuple[Corrected, ...]


def compare(user: Any, period: Any, scope: Scope) -> tuple[Compared, ...]:
    """Every indicator of a closed period, then and now, in a scope. Six queries."""
    then = _kept(user, period)
    facts = read_facts(user, span_of(period.year, period.month), list_year=period.list_year)
    sides: dict[str, tuple[list[Contribution], list[Contribution]]] = {
        indicator: (_within(then.get(indicator, ()), scope), _within(facts.contributions(indicator), scope))
        for indicator in indicators.INDICATORS
    }
    found = {indicator: indicators.corrections(*map(_amounts, both)) for indicator, both in sides.items()}
    rows = _subjects(user, found)
    return tuple(
        Compared(
            indicator,
            figure_of(indicator, before),
            figure_of(indicator, after),
            tuple(
                Corrected(rows[is_of_capital(indicator), one.key], one.closed, one.present) for one in found[indicator]
            ),
        )
        for indicator, (before, after) in sides.items()
    )


def _kept(user: Any, period: Any) -> dict[str, list[Contribution]]:
    rows = ClosedRow.objects.visible_to(user).filter(period=period).order_by("pk")
    found: dict[str, list[Contribution]] = {}
    for indicator, project, record, amount, unit, person in rows.values_list(
        "indicator", "project", "record", "amount", "unit", "person"
    ):
        found.setdefault(indicator, []).append(Contribution(project or record, amount, "", unit, person))
    return found


def _within(rows: Iterable[Contribution], scope: Scope) -> list[Contribution]:
    return [one for one in rows if scope.holds(one.unit, one.person)]


def _amounts(rows: Iterable[Contribution]) -> dict[int, Decimal | None]:
    return {one.key: one.amount for one in rows}


def _subjects(user: Any, found: Mapping[str, Iterable[Correction]]) -> dict[tuple[bool, int], Any]:
    """The projects and capital records that corrections are about, by (is capital, key). Two queries."""
    keys: dict[bool, set[int]] = {True: set(), False: set()}
    for indicator, corrections in found.items():
        keys[is_of_capital(indicator)].update(one.key for one in corrections)
    projects = InvestmentProject.objects.visible_to(user).filter(pk__in=keys[False])
    records = CapitalRecord.objects.visible_to(user).filter(pk__in=keys[True]).select_related("enterprise")
    return {(False, row.pk): row for row in projects} | {(True, row.pk): row for row in records}
