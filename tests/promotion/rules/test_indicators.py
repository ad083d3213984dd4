"""Which row counts towards which indicator, and how much: by dated fields, thresholds at stated rates, list years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from promotion.rules import indicators as rules
from promotion.rules.capital import Rate
from promotion.rules.indicators import CapitalFact, Contribution, Correction, ProjectFact, Span

D = Decimal
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
JAN, MAY, DEC = date(2026, 1, 1), date(2026, 5, 20), date(2026, 12, 31)
BEFORE, AFTER = date(2025, 12, 31), date(2027, 1, 1)
RATES = rules.by_currency(
    [
        Rate("USD", date(2026, 1, 1), D("7.0")),
        Rate("USD", date(2026, 7, 1), D("8.0")),
        Rate("EUR", date(2026, 2, 1), D("7.7")),
    ]
)


def project(**values: Any) -> ProjectFact:
    known = {
        "key": 1, "stage": "signed", "side": "", "currency": "CNY", "total_investment": D(1000), "signed_on": MAY,
        "started_on": None,
    }  # fmt: skip
    return ProjectFact(**{**known, **values})


def counted(indicator: str, *facts: Any, span: Span = YEAR) -> dict[int, Decimal | None]:
    projects = [fact for fact in facts if isinstance(fact, ProjectFact)]
    records = [fact for fact in facts if isinstance(fact, CapitalFact)]
    found = rules.contributions(indicator, span, projects=projects, records=records, rates=RATES)
    return {one.key: one.amount for one in found}


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        ({"signed_on": JAN}, True),
        ({"signed_on": DEC}, True),
        ({"signed_on": BEFORE}, False),
        ({"signed_on": AFTER}, False),
        ({"signed_on": None}, False),
        ({"stage": "full_capacity"}, True),
        ({"stage": "reviewed"}, False),  # moved back: the day of a stage ahead of it does not count
        ({"side": "paused"}, True),
        ({"side": "withdrawn"}, True),
        ({"side": "terminated"}, True),
        ({"side": "merged"}, False),  # counted once, where it went
    ],
)
def test_signed_counts_formal_agreements_of_the_year(values: dict[str, Any], counts: bool) -> None:
    assert counted("signed", project(**values)) == ({1: D(1)} if counts else {})


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({"stage": "started", "started_on": MAY}, True),
        ({"stage": "started", "started_on": MAY, "signed_on": BEFORE}, True),
        ({"stage": "registered", "started_on": MAY}, False),
        ({"stage": "started", "started_on": BEFORE}, False),
        ({"stage": "in_production"}, False),  # left out
    ],
)
def test_started_counts_the_day_of_the_start(values: dict[str, Any], counts: bool) -> None:
    assert bool(counted("started", project(**values))) == counts


def test_rate_of_starts_leaves_out_what_never_starts() -> None:
    facts = [
        project(key=1, stage="started", started_on=MAY),
        project(key=2),
        project(key=3, stage="in_production"),  # let space: it left the start out
        project(key=4, stage="started", started_on=MAY, signed_on=BEFORE),  # of another year
        project(key=5, stage="started", started_on=AFTER),
    ]

    found = counted("start_rate", *facts)

    assert found == {1: D(1), 2: D(0), 5: D(0)}
    assert rules.value_of("start_rate", found.values()) == D("33.3")
    assert rules.value_of("start_rate", []) is None


@pytest.mark.parametrize(
    ("indicator", "values", "amount"),
    [
        ("over_1bn", {"total_investment": D(10**9)}, D(1)),  # 10亿元以上 holds 10 itself
        ("over_1bn", {"total_investment": D("999999999.99")}, "absent"),
        ("over_5bn", {"total_investment": 5 * D(10**9)}, D(1)),
        ("over_10bn", {"total_investment": D(10**10)}, D(1)),
        ("over_10bn", {"total_investment": None}, "absent"),
        ("over_100m_usd", {"currency": "USD", "total_investment": D(10**8)}, "absent"),  # 超: more than that
        ("over_100m_usd", {"currency": "USD", "total_investment": D("100000000.01")}, D(1)),
        ("over_100m_usd", {"total_investment": D("700000007")}, D(1)),
        # At the rate of the day of signing: 8 from July on.
        ("over_100m_usd", {"total_investment": D("700000007"), "signed_on": date(2026, 7, 1)}, "absent"),
        ("over_1bn", {"currency": "USD", "total_investment": D(130_000_000), "signed_on": date(2026, 6, 30)}, "absent"),
        ("over_1bn", {"currency": "USD", "total_investment": D(130_000_000), "signed_on": date(2026, 7, 1)}, D(1)),
        ("over_1bn", {"currency": "EUR", "total_investment": D(10**9), "signed_on": JAN}, None),  # no rate by then
        ("over_1bn", {"currency": "JPY", "total_investment": D(1)}, None),
    ],
)
def test_size_is_told_at_the_rate_of_the_day_of_signing(indicator: str, values: dict[str, Any], amount: Any) -> None:
    assert counted(indicator, project(**values)) == ({} if amount == "absent" else {1: amount})


def test_fortune_500_counts_projects_of_listed_groups_that_were_signed() -> None:
    facts = [
        project(key=1, is_fortune_500=True),
        project(key=2),
        project(key=3, is_fortune_500=True, signed_on=None, stage="reviewed"),
    ]

    assert counted("fortune_500", *facts) == {1: D(1)}


def record(**values: Any) -> CapitalFact:
    known = {"key": 1, "kind": "actual", "amount": D(100), "currency": "USD", "on": MAY}
    return CapitalFact(**{**known, **values})


@pytest.mark.parametrize(
    ("values", "amount"),
    [
        ({}, D(100)),
        ({"amount": D(-30)}, D(-30)),
        ({"on": JAN}, D(100)),
        ({"on": BEFORE}, "absent"),
        ({"kind": "contracted"}, "absent"),
        ({"source_country": "HK"}, D(100)),
        ({"source_country": "CN"}, "absent"),  # from the mainland: no foreign capital
        ({"currency": "CNY", "amount": D(800)}, D(100)),  # at the last rate of the year
        ({"currency": "EUR"}, D("96.25")),
        ({"currency": "JPY"}, None),
    ],
)
def test_capital_counts_on_its_day_at_the_rate_of_the_spans_end(values: dict[str, Any], amount: Any) -> None:
    assert counted("actual_fdi", record(**values)) == ({} if amount == "absent" else {1: amount})


def test_unconverted_row_is_named_and_not_in_the_sum() -> None:
    found = rules.contributions(
        "actual_fdi", YEAR, projects=(), records=[record(), record(key=2, currency="JPY", unit=7)], rates=RATES
    )

    assert found[1] == Contribution(2, None, "JPY", 7)
    assert rules.value_of("actual_fdi", [one.amount for one in found]) == D(100)


def test_contracted_and_arrived_are_two_series() -> None:
    facts = [record(), record(key=2, kind="contracted", amount=D(900))]

    assert counted("actual_fdi", *facts) == {1: D(100)}
    assert counted("contracted_fdi", *facts) == {2: D(900)}


def test_unknown_indicator_is_refused() -> None:
    with pytest.raises(ValueError, match="happiness"):
        counted("happiness")


@pytest.mark.parametrize(
    ("month", "today", "until"),
    [
        (12, None, date(2026, 12, 31)),
        (2, None, date(2026, 2, 28)),
        (12, date(2026, 6, 1), date(2026, 6, 1)),
        (5, date(2026, 6, 1), date(2026, 5, 31)),
        (12, date(2025, 6, 1), date(2025, 6, 1)),
    ],
)
def test_span_is_the_year_to_date(month: int, today: date | None, until: date) -> None:
    assert rules.span_of(2026, month, today=today) == Span(date(2026, 1, 1), until)


@pytest.mark.parametrize(
    ("until", "passed"),
    [(date(2026, 12, 31), D(1)), (date(2026, 1, 1), D(1) / 365), (date(2025, 6, 1), D(0)), (date(2027, 3, 1), D(1))],
)
def test_pace_is_how_much_of_the_year_has_passed(until: date, passed: Decimal) -> None:
    assert rules.year_passed(Span(date(2026, 1, 1), until)) == passed


@pytest.mark.parametrize(
    ("reached", "target", "share"),
    [(D(5), D(10), D(50)), (D(5), D(0), None), (None, D(3), None), (D(5), None, None), (D("12.5"), D(10), D(125))],
)
def test_share_of_a_target(reached: Decimal | None, target: Decimal | None, share: Decimal | None) -> None:
    assert rules.share(reached, target) == share


def test_corrections_name_rows_that_came_left_or_changed() -> None:
    then = {1: D(1), 2: D(5), 3: D(7), 4: None}
    now = {1: D(1), 2: D(6), 4: None, 5: D(2), 6: None}

    assert rules.corrections(then, now) == (
        Correction(2, D(5), D(6)),
        Correction(3, D(7), None),
        Correction(5, None, D(2)),
        Correction(6, None, None),
    )


def test_funnel_adds_up_from_the_last_step() -> None:
    assert rules.funnel({"b": 3, "c": 1, "x": 9}, ("a", "b", "c")) == {"a": 4, "b": 4, "c": 1}
