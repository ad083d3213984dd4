"""The indicators that promotion is measured by: which dated row counts towards which, and how much.

Every figure is a list of contributions, one for each row that counts: an amount of capital, 1 for a project, 1 or 0
for a signed project that has started or not. A figure is folded from them by `value_of`, a list is their keys, a closed
period keeps them: so the three cannot differ.

Dates decide, each of its own field: capital by the day it was contracted or arrived, a project by the day of its formal
agreement (意向 and framework agreements are none) or of the start of construction. The day of a stage ahead of where a
project stands now, after it was moved back, does not count; neither does a project that was merged into another, so
that one project counts once. What was signed and later withdrawn or terminated was signed all the same.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from promotion.rules import capital
from promotion.rules.capital import HOME, Rate, rate_on
from promotion.rules.stages import MERGED, SIGNED, STARTED, stage_index

ACTUAL_FDI = "actual_fdi"
CONTRACTED_FDI = "contracted_fdi"
FORTUNE_500 = "fortune_500"
OVER_100M_USD = "over_100m_usd"
OVER_1BN = "over_1bn"
OVER_5BN = "over_5bn"
OVER_10BN = "over_10bn"
PROJECTS_SIGNED = "signed"
PROJECTS_STARTED = "started"
START_RATE = "start_rate"
INDICATORS = (
    ACTUAL_FDI, CONTRACTED_FDI, FORTUNE_500, OVER_100M_USD, OVER_1BN, OVER_5BN, OVER_10BN, PROJECTS_SIGNED,
    PROJECTS_STARTED, START_RATE,
)  # fmt: skip

#: Which series of capital records an indicator sums.
SERIES: Mapping[str, str] = {ACTUAL_FDI: capital.ACTUAL, CONTRACTED_FDI: capital.CONTRACTED}
#: What the sums of capital are stated in.
CAPITAL_CURRENCY = "USD"
#: Capital from the mainland is no foreign capital; Hong Kong, Macao and Taiwan have codes of their own and count.
MAINLAND = "CN"


@dataclass(frozen=True, slots=True)
class Threshold:
    """How large a project must be: in which currency, more than the amount or at least it."""

    amount: Decimal
    currency: str
    is_exclusive: bool = False


THRESHOLDS: Mapping[str, Threshold] = {
    OVER_100M_USD: Threshold(Decimal(10) ** 8, "USD", is_exclusive=True),
    OVER_1BN: Threshold(Decimal(10) ** 9, HOME),
    OVER_5BN: Threshold(5 * Decimal(10) ** 9, HOME),
    OVER_10BN: Threshold(Decimal(10) ** 10, HOME),
}

_CENTS = Decimal("0.01")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to a day, both counted."""

    since: date
    until: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.since <= day <= self.until


def span_of(year: int, month: int = 12, *, today: date | None = None) -> Span:
    """Return a year from its first day to the end of a month, and no further than today if that is given.

    A year ahead of today has no day yet: its span ends before it begins.
    """
    until = date(year, month, monthrange(year, month)[1])
    return Span(date(year, 1, 1), until if today is None else min(until, today))


def year_passed(span: Span) -> Decimal:
    """Return how much of the year has passed at the end of a span, from 0 to 1: where an even year would stand."""
    first, last = date(span.since.year, 1, 1), date(span.since.year, 12, 31)
    days = (min(span.until, last) - first).days + 1
    return Decimal(max(days, 0)) / Decimal((last - first).days + 1)


@dataclass(frozen=True, slots=True)
class ProjectFact:
    """What a project counts by. `is_fortune_500`: its group stands on the Fortune Global 500 of the list year taken."""

    key: int
    stage: str
    side: str
    currency: str
    total_investment: Decimal | None
    signed_on: date | None
    started_on: date | None
    is_fortune_500: bool = False
    unit: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class CapitalFact:
    """What a capital record counts by; unit and person are those of its project, if it has one."""

    key: int
    kind: str
    amount: Decimal
    currency: str
    on: date
    source_country: str = ""
    unit: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row that counts, and how much: None where no rate says it. `currency` names what could not be converted."""

    key: int
    amount: Decimal | None
    currency: str = ""
    unit: int | None = None
    person: int | None = None


Rates = Mapping[str, Sequence[Rate]]


def by_currency(rates: Iterable[Rate]) -> dict[str, list[Rate]]:
    """Return rates by their currency."""
    found: dict[str, list[Rate]] = {}
    for rate in rates:
        found.setdefault(rate.currency, []).append(rate)
    return found


def in_currency(amount: Decimal, source: str, target: str, rates: Rates, day: date) -> Decimal | None:
    """Return an amount at the last rates on or before a day, in cents; None where one of them is missing."""
    if source == target:
        return amount
    given, wanted = rate_on(rates.get(source, ()), source, day), rate_on(rates.get(target, ()), target, day)
    if given is None or wanted is None:
        return None
    return (amount * given.cny / wanted.cny).quantize(_CENTS, ROUND_HALF_UP)


def counts_as_signed(fact: ProjectFact, span: Span) -> bool:
    """Whether a project was signed in a span."""
    return span.holds(fact.signed_on) and _has_reached(fact, SIGNED)


def counts_as_started(fact: ProjectFact, span: Span) -> bool:
    """Whether its construction started in a span; one that left the start out has no such day."""
    return span.holds(fact.started_on) and _has_reached(fact, STARTED)


def left_start_out(fact: ProjectFact) -> bool:
    """Whether a project stands beyond the start without ever having had one: it is in no rate of starts."""
    return stage_index(fact.stage) > stage_index(STARTED) and fact.started_on is None


def _has_reached(fact: ProjectFact, stage: str) -> bool:
    return fact.side != MERGED and stage_index(fact.stage) >= stage_index(stage)


def is_beyond(fact: ProjectFact, threshold: Threshold, rates: Rates) -> bool | None:
    """Whether a project is as large as that, at the rate of the day it was signed; None where there is no rate."""
    if fact.total_investment is None or fact.signed_on is None:
        return False
    amount = in_currency(fact.total_investment, fact.currency, threshold.currency, rates, fact.signed_on)
    if amount is None:
        return None
    return amount > threshold.amount if threshold.is_exclusive else amount >= threshold.amount


def contributions(
    indicator: str, span: Span, *, projects: Iterable[ProjectFact], records: Iterable[CapitalFact], rates: Rates
) -> tuple[Contribution, ...]:
    """Return every row that counts towards an indicator in a span. Raises ValueError for an unknown one.

    Capital is converted at the last rate on or before the span's end. A project whose size no rate tells comes with
    the amount None: it does not count, and is named.
    """
    if indicator in SERIES:
        return tuple(_of_capital(SERIES[indicator], span, records, rates))
    if indicator not in INDICATORS:
        raise ValueError(indicator)
    if indicator == PROJECTS_STARTED:
        return tuple(_one(fact) for fact in projects if counts_as_started(fact, span))
    signed = [fact for fact in projects if counts_as_signed(fact, span)]
    if indicator == PROJECTS_SIGNED:
        return tuple(map(_one, signed))
    if indicator == FORTUNE_500:
        return tuple(_one(fact) for fact in signed if fact.is_fortune_500)
    if indicator == START_RATE:
        building = (fact for fact in signed if not left_start_out(fact))
        return tuple(_one(fact, Decimal(int(counts_as_started(fact, span)))) for fact in building)
    return tuple(_of_size(signed, THRESHOLDS[indicator], rates))


def _one(fact: ProjectFact, amount: Decimal = Decimal(1)) -> Contribution:
    return Contribution(fact.key, amount, "", fact.unit, fact.person)


def _of_size(signed: Iterable[ProjectFact], threshold: Threshold, rates: Rates) -> Iterator[Contribution]:
    for fact in signed:
        beyond = is_beyond(fact, threshold, rates)
        if beyond is None:
            yield Contribution(fact.key, None, fact.currency, fact.unit, fact.person)
        elif beyond:
            yield _one(fact)


def _of_capital(kind: str, span: Span, records: Iterable[CapitalFact], rates: Rates) -> Iterator[Contribution]:
    for fact in records:
        if fact.kind == kind and span.holds(fact.on) and fact.source_country != MAINLAND:
            amount = in_currency(fact.amount, fact.currency, CAPITAL_CURRENCY, rates, span.until)
            yield Contribution(fact.key, amount, fact.currency if amount is None else "", fact.unit, fact.person)


def value_of(indicator: str, amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the figure that contributions make: a sum; for the rate of starts a percentage, None of nothing."""
    known = [amount for amount in amounts if amount is not None]
    total = sum(known, start=Decimal(0))
    if indicator != START_RATE:
        return total.quantize(_CENTS, ROUND_HALF_UP)
    return (total / len(known) * _HUNDRED).quantize(Decimal("0.1"), ROUND_HALF_UP) if known else None


def share(reached: Decimal | None, target: Decimal | None) -> Decimal | None:
    """Return what was reached in per cent of a target, without decimals; None where one of them is missing or 0."""
    if reached is None or not target:
        return None
    return (reached / target * _HUNDRED).quantize(Decimal(1), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Correction:
    """A row that counts otherwise now than when the period was closed; None = it did not, or does not, count."""

    key: int
    closed: Decimal | None
    present: Decimal | None


def corrections(closed: Mapping[int, Decimal | None], present: Mapping[int, Decimal | None]) -> tuple[Correction, ...]:
    """Return what changed in an indicator since it was closed, by row; keys in order."""
    keys = sorted({*closed, *present})
    found = (Correction(key, closed.get(key), present.get(key)) for key in keys)
    return tuple(one for one in found if one.closed != one.present or (one.key in closed) != (one.key in present))


def funnel(standing: Mapping[str, int], order: Sequence[str]) -> dict[str, int]:
    """Return how many got as far as each step or further, from how many stand at each; `order` names the steps."""
    found, total = {}, 0
    for step in reversed(order):
        total += standing.get(step, 0)
        found[step] = total
    return {step: found[step] for step in order}
