"""Foreign capital: contracted (合同外资) and arrived (实际使用外资) are two series of dated records, never one field.

Increases are positive, decreases negative; every figure stays in its currency unless it is converted at a stated
rate of a stated day, and then it says which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CONTRACTED = "contracted"
ACTUAL = "actual"
KINDS = (CONTRACTED, ACTUAL)
HOME = "CNY"

NO_DEADLINE = "no_deadline"
FULFILLED = "fulfilled"
IN_TIME = "in_time"
DUE_SOON = "due_soon"
OVERDUE = "overdue"

_CENTS = Decimal("0.01")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One capital record: which series, how much (a decrease is negative), in which currency, on which day."""

    kind: str
    amount: Decimal
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Balance:
    """Contracted and arrived in one currency; ``outstanding`` is what is still to come, ``excess`` what came beyond."""

    contracted: Decimal = _ZERO
    arrived: Decimal = _ZERO

    @property
    def outstanding(self) -> Decimal:
        """What was promised and has not arrived."""
        return max(self.contracted - self.arrived, _ZERO)

    @property
    def excess(self) -> Decimal:
        """What arrived beyond the contract: usually a contract that was not recorded."""
        return max(self.arrived - self.contracted, _ZERO)


def balances(entries: Iterable[Entry], *, since: date | None = None, until: date | None = None) -> dict[str, Balance]:
    """Return the balance per currency of the records from a day to a day (both counted), currencies in order."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(KINDS, _ZERO))
    for entry in entries:
        if (since is None or entry.on >= since) and (until is None or entry.on <= until):
            sums[entry.currency][entry.kind] += entry.amount
    return {currency: Balance(sums[currency][CONTRACTED], sums[currency][ACTUAL]) for currency in sorted(sums)}


def entry_problems(new: Entry, others: Iterable[Entry]) -> tuple[str, ...]:
    """Return what is wrong with a record beside the enterprise's others.

    ``unknown_kind``, ``amount_zero``, ``below_zero`` (a decrease takes away more than there was, on that day or later).
    """
    if new.kind not in KINDS:
        return ("unknown_kind",)
    if new.amount == 0:
        return ("amount_zero",)
    if new.amount > 0:
        return ()
    series = [entry for entry in others if (entry.kind, entry.currency) == (new.kind, new.currency)]
    days = {new.on} | {entry.on for entry in series if entry.on > new.on}
    standing = (sum((entry.amount for entry in series if entry.on <= day), start=new.amount) for day in days)
    return ("below_zero",) if min(standing) < 0 else ()


def contribution_status(due_on: date | None, outstanding: Decimal, at: date, *, warning_days: int = 90) -> str:
    """Return how a contribution stands on a day; the deadline's own day is still in time."""
    if outstanding <= 0:
        return FULFILLED
    if due_on is None:
        return NO_DEADLINE
    if at > due_on:
        return OVERDUE
    return DUE_SOON if due_on - at <= timedelta(days=warning_days) else IN_TIME


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of a currency in yuan on a day."""

    currency: str
    on: date
    cny: Decimal


def rate_on(rates: Iterable[Rate], currency: str, day: date) -> Rate | None:
    """Return the last rate of a currency on or before a day; yuan is worth one yuan on any day."""
    if currency == HOME:
        return Rate(HOME, day, Decimal(1))
    return max(
        (rate for rate in rates if rate.currency == currency and rate.on <= day),
        key=lambda rate: rate.on,
        default=None,
    )


@dataclass(frozen=True, slots=True)
class Total:
    """Amounts in one currency with the rates they rest on, and the currencies that had none and are not in it."""

    amount: Decimal
    currency: str
    rates: tuple[Rate, ...] = ()
    unconverted: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every currency had a rate."""
        return not self.unconverted


def convert(amount: Decimal, source: Rate, target: Rate) -> Decimal:
    """Return an amount at two stated rates, with two decimals."""
    return (amount * source.cny / target.cny).quantize(_CENTS, ROUND_HALF_UP)


def converted_total(amounts: Mapping[str, Decimal], currency: str, rates: Iterable[Rate], day: date) -> Total:
    """Return amounts per currency as one, at the last rates on or before a day; it is rounded once, at the end.

    What has no rate is left out and named. Amounts in the wanted currency need no rate.
    """
    known = list(rates)
    target = rate_on(known, currency, day)
    total, used, left = _ZERO, [], []
    for source in sorted(amounts):
        if source == currency:
            total += amounts[source]
            continue
        rate = rate_on(known, source, day)
        if rate is None or target is None:
            left.append(source)
            continue
        total += amounts[source] * rate.cny / target.cny
        used.append(rate)
    stated = [rate for rate in (*used, *([target] if used and target else [])) if rate.currency != HOME]
    return Total(total.quantize(_CENTS, ROUND_HALF_UP), currency, tuple(stated), tuple(left))
