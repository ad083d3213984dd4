"""The ledger of foreign capital (外资台账): per enterprise and currency what was contracted, arrived and is still to come.

Read from the capital records that the person may see, and from no others: a record of a hidden project is in no row
and in no sum. Nothing dated after the ledger's day counts. Three queries, however many enterprises there are.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, Subquery, Sum

from directory.models import ExchangeRate
from promotion.models import CapitalRecord
from promotion.rules import capital
from promotion.rules.capital import Balance

ZERO = Decimal(0)
_CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One enterprise in one currency: what moved in the period, and how it stands at the ledger's day."""

    enterprise: int
    name: str
    uscc: str
    currency: str
    contracted: Decimal
    arrived: Decimal
    balance: Balance
    due_on: datetime.date | None
    state: str

    @property
    def outstanding(self) -> Decimal:
        return self.balance.outstanding

    @property
    def excess(self) -> Decimal:
        return self.balance.excess


@dataclass(frozen=True, slots=True)
class Sums:
    """The four figures of all rows in one currency."""

    currency: str
    contracted: Decimal = ZERO
    arrived: Decimal = ZERO
    outstanding: Decimal = ZERO
    excess: Decimal = ZERO


#: The figures that are summed, in the order of the columns.
FIGURES = ("contracted", "arrived", "outstanding", "excess")


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows, the sums per currency, and the sums as one currency at stated rates (`converted`: figure → Total)."""

    rows: tuple[LedgerRow, ...]
    sums: tuple[Sums, ...]
    converted: Mapping[str, capital.Total]
    into: str
    since: datetime.date | None
    day: datetime.date

    @property
    def rates(self) -> tuple[capital.Rate, ...]:
        """The rates that the converted sums rest on, each once."""
        return tuple(dict.fromkeys(rate for total in self.converted.values() for rate in total.rates))

    @property
    def unconverted(self) -> tuple[str, ...]:
        """Currencies without a rate: they are not in the converted sums."""
        return tuple(sorted({code for total in self.converted.values() for code in total.unconverted}))


def capital_ledger(
    user: Any,
    *,
    day: datetime.date,
    since: datetime.date | None = None,
    name: str = "",
    currency: str = "",
    state: str = "",
    into: str = "USD",
) -> Ledger:
    """The ledger as it stands at the end of `day`; contracted and arrived count from `since` on, if it is given.

    `day` is never after today: that is the caller's. `name` is part of an enterprise's name or its credit code,
    `state` one of `rules.capital`'s. Rows without any figure are left out. 3 queries.
    """
    records = CapitalRecord.objects.visible_to(user).filter(on__lte=day)
    if name := name.strip():
        # A credit code is stored in upper case.
        records = records.filter(
            Q(enterprise__short_name__icontains=name)
            | Q(enterprise__registered_name__icontains=name)
            | Q(enterprise__uscc=name.upper())
        )
    if currency:
        records = records.filter(currency=currency)
    deadlines = _deadlines(records)
    found = (_row(values, deadlines, day) for values in _grouped(records, since))
    rows = tuple(
        row for row in found if any(getattr(row, figure) for figure in FIGURES) and (not state or row.state == state)
    )
    sums = tuple(_sums(rows))
    amounts = {figure: {one.currency: getattr(one, figure) for one in sums} for figure in FIGURES}
    rates = latest_rates(user, {*(one.currency for one in sums), into}, day) if sums else ()
    converted = {
        # What is nothing needs no rate, and is not named as unconverted.
        figure: capital.converted_total({code: sum_ for code, sum_ in by.items() if sum_}, into, rates, day)
        for figure, by in amounts.items()
    }
    return Ledger(rows, sums, converted, into, since, day)


def years_of(user: Any) -> list[int]:
    """The years in which a visible record stands, the latest first. One query."""
    days = CapitalRecord.objects.visible_to(user).order_by().dates("on", "year", order="DESC")
    return [day.year for day in days]


def latest_rates(user: Any, currencies: Iterable[str], day: datetime.date) -> tuple[capital.Rate, ...]:
    """The last stored rate of each currency on or before a day. One query."""
    stored = ExchangeRate.objects.visible_to(user).filter(on__lte=day)
    last = stored.filter(currency=OuterRef("currency")).order_by("-on").values("on")[:1]
    rows = stored.filter(currency__in=sorted(set(currencies)), on=Subquery(last)).order_by("currency")
    return tuple(capital.Rate(row.currency, row.on, row.cny) for row in rows)


def next_deadline(contracts: Sequence[tuple[datetime.date, Decimal]], balance: Balance) -> datetime.date | None:
    """The first day by which more is due than has arrived; `contracts` are (due on, amount), the earliest first.

    What arrives pays the earliest deadline first; what was reduced is taken off the latest.
    """
    due = ZERO
    for day, amount in contracts:
        due += amount
        if min(due, balance.contracted) > balance.arrived:
            return day
    return None


def _grouped(records: Any, since: datetime.date | None) -> Any:
    """One line per enterprise and currency, summed by the database."""
    in_period = Q() if since is None else Q(on__gte=since)
    contracted, arrived = Q(kind=capital.CONTRACTED), Q(kind=capital.ACTUAL)
    columns = ("short_name", "registered_name", "name_en", "uscc")
    return (
        records.order_by("enterprise__short_name", "enterprise__registered_name", "enterprise", "currency")
        .values("enterprise", "currency", *(f"enterprise__{column}" for column in columns))
        .annotate(
            contracted=Sum("amount", filter=contracted & in_period),
            arrived=Sum("amount", filter=arrived & in_period),
            contracted_ever=Sum("amount", filter=contracted),
            arrived_ever=Sum("amount", filter=arrived),
        )
    )


def _deadlines(records: Any) -> dict[tuple[int, str], list[tuple[datetime.date, Decimal]]]:
    found: dict[tuple[int, str], list[tuple[datetime.date, Decimal]]] = defaultdict(list)
    dated = records.filter(kind=capital.CONTRACTED, amount__gt=0, due_on__isnull=False).order_by("due_on", "pk")
    for enterprise, currency, due_on, amount in dated.values_list("enterprise", "currency", "due_on", "amount"):
        found[enterprise, currency].append((due_on, amount))
    return found


def _row(
    values: Mapping[str, Any],
    deadlines: Mapping[tuple[int, str], Sequence[tuple[datetime.date, Decimal]]],
    day: datetime.date,
) -> LedgerRow:
    balance = Balance(_money(values["contracted_ever"]), _money(values["arrived_ever"]))
    due_on = next_deadline(deadlines.get((values["enterprise"], values["currency"]), ()), balance)
    return LedgerRow(
        enterprise=values["enterprise"],
        name=values["enterprise__short_name"] or values["enterprise__registered_name"] or values["enterprise__name_en"],
        uscc=values["enterprise__uscc"] or "",
        currency=values["currency"],
        contracted=_money(values["contracted"]),
        arrived=_money(values["arrived"]),
        balance=balance,
        due_on=due_on,
        state=capital.contribution_status(due_on, balance.outstanding, day),
    )


def _sums(rows: Iterable[LedgerRow]) -> Iterator[Sums]:
    """Each currency's figures; what is outstanding here is never set off against an excess there."""
    by_currency: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(FIGURES, ZERO))
    for row in rows:
        for figure in FIGURES:
            by_currency[row.currency][figure] += getattr(row, figure)
    for currency in sorted(by_currency):
        yield Sums(currency, **by_currency[currency])


def _money(amount: Decimal | None) -> Decimal:
    """SQLite sums floating-point numbers: rounded to cents it is what was meant."""
    return ZERO if amount is None else amount.quantize(_CENTS)
