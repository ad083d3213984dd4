"""Foreign capital: two series per currency, decreases, deadlines, conversion at stated rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import capital as rules
from promotion.rules.capital import Balance, Entry, Rate

D = Decimal
JAN, MAR, JUN = date(2026, 1, 5), date(2026, 3, 5), date(2026, 6, 5)
ENTRIES = [
    Entry("contracted", D(1000), "USD", JAN),
    Entry("actual", D(400), "USD", MAR),
    Entry("contracted", D(-200), "USD", JUN),
    Entry("actual", D(50_000), "JPY", JUN),
]


def test_contracted_arrived_and_outstanding_stand_per_currency() -> None:
    found = rules.balances(ENTRIES)

    assert list(found) == ["JPY", "USD"]
    assert found["USD"] == Balance(D(800), D(400))
    assert (found["USD"].outstanding, found["USD"].excess) == (D(400), D(0))
    assert (found["JPY"].outstanding, found["JPY"].excess) == (D(0), D(50_000))


@pytest.mark.parametrize(
    ("since", "until", "contracted", "arrived"),
    [(None, MAR, 1000, 400), (MAR, None, -200, 400), (MAR, MAR, 0, 400), (None, date(2026, 6, 4), 1000, 400)],
)
def test_balance_of_a_period_counts_both_its_ends(
    since: date | None, until: date | None, contracted: int, arrived: int
) -> None:
    assert rules.balances(ENTRIES, since=since, until=until)["USD"] == Balance(D(contracted), D(arrived))


@pytest.mark.parametrize(
    ("new", "problems"),
    [
        (Entry("contracted", D(500), "USD", JAN), ()),
        (Entry("contracted", D(0), "USD", JAN), ("amount_zero",)),
        (Entry("promised", D(1), "USD", JAN), ("unknown_kind",)),
        (Entry("contracted", D(-800), "USD", JUN), ()),
        (Entry("contracted", D(-801), "USD", JUN), ("below_zero",)),
        (Entry("contracted", D(-900), "USD", MAR), ("below_zero",)),  # the later decrease would have nothing left
        (Entry("actual", D(-1), "USD", JAN), ("below_zero",)),  # before anything arrived
        (Entry("actual", D(-400), "USD", JUN), ()),
        (Entry("actual", D(-1), "EUR", JUN), ("below_zero",)),
    ],
)
def test_decrease_takes_no_more_than_there_is(new: Entry, problems: tuple[str, ...]) -> None:
    assert rules.entry_problems(new, ENTRIES) == problems


@pytest.mark.parametrize(
    ("due_on", "outstanding", "at", "status"),
    [
        (JUN, 0, date(2027, 1, 1), "fulfilled"),
        (JUN, -5, date(2027, 1, 1), "fulfilled"),
        (None, 5, JAN, "no_deadline"),
        (JUN, 5, JAN, "in_time"),
        (JUN, 5, date(2026, 3, 7), "due_soon"),
        (JUN, 5, date(2026, 3, 6), "in_time"),
        (JUN, 5, JUN, "due_soon"),
        (JUN, 5, date(2026, 6, 6), "overdue"),
    ],
)
def test_contribution_deadline(due_on: date | None, outstanding: int, at: date, status: str) -> None:
    assert rules.contribution_status(due_on, D(outstanding), at) == status


RATES = [Rate("USD", JAN, D("7.1")), Rate("USD", MAR, D("7.2")), Rate("JPY", JAN, D("0.05"))]


@pytest.mark.parametrize(
    ("currency", "day", "cny"),
    [("USD", date(2026, 3, 4), "7.1"), ("USD", MAR, "7.2"), ("USD", JUN, "7.2"), ("CNY", JUN, "1")],
)
def test_last_rate_on_or_before_the_day_holds(currency: str, day: date, cny: str) -> None:
    rate = rules.rate_on(RATES, currency, day)
    assert rate is not None
    assert rate.cny == D(cny)


def test_no_rate_is_taken_from_the_future() -> None:
    assert rules.rate_on(RATES, "USD", date(2026, 1, 4)) is None
    assert rules.rate_on(RATES, "EUR", JUN) is None


def test_total_says_its_rates_and_what_it_lacks() -> None:
    total = rules.converted_total({"USD": D(100), "JPY": D(1000), "EUR": D(5), "CNY": D(30)}, "CNY", RATES, MAR)

    assert total.amount == D("800.00")
    assert total.rates == (RATES[2], RATES[1])
    assert (total.unconverted, total.is_complete) == (("EUR",), False)


def test_total_in_dollars_states_the_dollars_rate_too() -> None:
    total = rules.converted_total({"CNY": D(72), "USD": D(1)}, "USD", RATES, MAR)
    assert (total.amount, total.rates, total.is_complete) == (D("11.00"), (RATES[1],), True)


def test_total_of_the_wanted_currency_alone_needs_no_rate() -> None:
    assert rules.converted_total({"EUR": D("5.50")}, "EUR", [], MAR) == rules.Total(D("5.50"), "EUR")


def test_amount_at_two_stated_rates() -> None:
    assert rules.convert(D(100), RATES[1], RATES[2]) == D("14400.00")


@given(st.lists(st.tuples(st.sampled_from(rules.KINDS), st.integers(-500, 500), st.dates(JAN, JUN)), max_size=8))
def test_what_is_let_in_one_after_another_never_stands_below_zero(rows: list[tuple[str, int, date]]) -> None:
    kept: list[Entry] = []
    for kind, amount, on in rows:
        new = Entry(kind, D(amount), "USD", on)
        if not rules.entry_problems(new, kept):
            kept.append(new)
    for entry in kept:
        balance = rules.balances(kept, until=entry.on)["USD"]
        assert balance.contracted >= 0
        assert balance.arrived >= 0
