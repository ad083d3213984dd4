"""Closing a period: the figures of a year up to the end of a month are kept, row by row, as they stand now.

A closed period is never opened again or written over: what is corrected later is listed beside it (see
`promotion.closed_periods`). All rows are kept, those too that whoever closes does not see; each reader is shown them
as far as they see the rows themselves.
"""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.bulk import create_many
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record
from promotion.figures import Facts, is_of_capital, newest_list_year, read_facts
from promotion.models import CapitalRecord, ClosedPeriod, ClosedRow, InvestmentProject
from promotion.rules import indicators
from promotion.rules.indicators import span_of
from promotion.rules.working_time import local_day


def close_period(year: int, month: int, *, by: Any, door: str, at: datetime.datetime) -> Any:
    """Keep the figures of a year up to the end of a month. Return the closed period.

    Refused for whoever is no promotion manager, before the month is over, a second time, and while an amount that the
    person sees has no exchange rate. Raises DomainError.
    """
    if by is not None and not by.has_any_role(Role.PROMOTION_MANAGER):
        raise DomainError(_("Only a promotion manager closes a period."), code="not_yours")
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        raise DomainError(_("There is no such period."), code="invalid")
    span = span_of(year, month)
    if span.until >= local_day(at):
        raise DomainError(_("This period is not over yet."), code="not_over")
    with change(by=by, verb="closed", door=door):
        list_year = newest_list_year(year)
        if by is not None:
            _must_be_converted(read_facts(by, span, list_year=list_year))
        period = ClosedPeriod(year=year, month=month, list_year=list_year, closed_by=by, closed_at=at)
        saved = save_record(period, by=by, door=door, verb="closed")
        # The period's event says it; the rows are its content.
        create_many(_rows(saved, read_facts(None, span, list_year=list_year)), events=False)
        return saved


def _must_be_converted(facts: Facts) -> None:
    """Raise DomainError naming the currencies without a rate, of rows that the person sees: others betray nothing."""
    found = (one for indicator in indicators.INDICATORS for one in facts.contributions(indicator))
    missing = sorted({one.currency for one in found if one.amount is None})
    if missing:
        text = _("Enter an exchange rate first, else these amounts would be missing: %(currencies)s.")
        raise DomainError(text % {"currencies": ", ".join(missing)}, code="no_rate")


def _rows(period: Any, facts: Facts) -> list[ClosedRow]:
    found = []
    for indicator in indicators.INDICATORS:
        column = "record_id" if is_of_capital(indicator) else "project_id"
        for one in facts.contributions(indicator):
            row = ClosedRow(
                period=period,
                indicator=indicator,
                unit_id=one.unit,
                person_id=one.person,
                amount=one.amount,
                **{column: one.key},
            )
            found.append(row)
    _mark_demo(found)
    return found


def _mark_demo(rows: list[ClosedRow]) -> None:
    """What rests on a demo row is one, and leaves with it. Two queries."""
    demo = {
        "project_id": _demo_keys(InvestmentProject, {row.project_id for row in rows}),
        "record_id": _demo_keys(CapitalRecord, {row.record_id for row in rows}),
    }
    for row in rows:
        row.is_demo = any(getattr(row, column) in keys for column, keys in demo.items())


def _demo_keys(model: Any, keys: set[Any]) -> set[int]:
    return set(model._base_manager.filter(is_demo=True, pk__in=keys - {None}).values_list("pk", flat=True))
