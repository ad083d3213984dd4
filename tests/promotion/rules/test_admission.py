"""Admission standards and red lines, per mu to the last published digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import admission as rules
from promotion.rules.admission import Standard

FROM = date(2024, 1, 1)
D = Decimal
INTENSITY = Standard("investment_intensity", "ge", D(500), FROM)


@pytest.mark.parametrize(("m2", "mu"), [("2000", "3"), ("666.67", "1.000005"), ("0", "0")])
def test_square_metres_in_mu(m2: str, mu: str) -> None:
    assert rules.mu(D(m2)) == D(mu)


@pytest.mark.parametrize(("mu", "m2"), [("3", "2000.00"), ("1", "666.67"), ("100", "66666.67")])
def test_mu_in_square_metres(mu: str, m2: str) -> None:
    assert rules.square_metres(D(mu)) == D(m2)


@pytest.mark.parametrize(
    ("yuan", "m2", "wan"),
    [
        (D(500_000_000), D("66666.67"), D("500.00")),  # 5亿元 on 100 亩, stored as m²
        (D(499_990_000), D("66666.67"), D("499.99")),
        (D(1_000_000), D(2000), D("33.33")),
        (None, D(2000), None),
        (D(1), None, None),
        (D(1), D(0), None),
    ],
)
def test_ten_thousand_yuan_per_mu(yuan: Decimal | None, m2: Decimal | None, wan: Decimal | None) -> None:
    assert rules.wan_per_mu(yuan, m2) == wan


def test_plot_ratio() -> None:
    assert rules.plot_ratio(D(40_000), D(20_000)) == D("2.00")
    assert rules.plot_ratio(None, D(20_000)) is None
    assert rules.plot_ratio(D(40_000), D(0)) is None


@pytest.mark.parametrize(
    ("operator", "figure", "outcome", "gap"),
    [
        ("ge", D(500), "pass", D(0)),
        ("ge", D("499.99"), "fail", D("0.01")),
        ("gt", D(500), "fail", D(0)),
        ("gt", D("500.01"), "pass", D(0)),
        ("le", D(500), "pass", D(0)),
        ("le", D(501), "fail", D(1)),
        ("lt", D(500), "fail", D(0)),
        ("lt", D(499), "pass", D(0)),
        ("ge", None, "missing", None),
    ],
)
def test_figure_against_standard(operator: str, figure: Decimal | None, outcome: str, gap: Decimal | None) -> None:
    (found,) = rules.compare([Standard("x", operator, D(500), FROM)], {"x": figure})
    assert (found.outcome, found.gap) == (outcome, gap)


def test_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="operator"):
        rules.compare([Standard("x", "==", D(500), FROM)], {"x": D(1)})


@pytest.mark.parametrize(("figure", "outcome"), [(D(400), "waived"), (None, "waived"), (D(600), "pass")])
def test_waiver_answers_a_failure_and_a_gap_but_hides_no_pass(figure: Decimal | None, outcome: str) -> None:
    (found,) = rules.compare([INTENSITY], {"investment_intensity": figure}, waived=["investment_intensity"])
    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("at", "track", "industry", "value"),
    [
        (date(2023, 12, 31), "land", "C3611", None),
        (date(2024, 1, 1), "land", "C3611", 500),
        (date(2025, 6, 1), "land", "C3611", 600),  # a later row
        (date(2025, 6, 1), "lease", "C3611", 200),  # a row for the track
        (date(2025, 6, 1), "lease", "C3911", 450),  # the nearer industry wins
        (date(2025, 12, 31), "lease", "C3911", 450),  # on its last day too
        (date(2026, 1, 1), "lease", "C3911", 200),  # that row has ended
    ],
)
def test_the_nearest_row_in_force_holds(at: date, track: str, industry: str, value: int | None) -> None:
    rows = [
        INTENSITY,
        Standard("investment_intensity", "ge", D(600), date(2025, 1, 1)),
        Standard("investment_intensity", "ge", D(200), FROM, tracks=frozenset({"lease"})),
        *(
            Standard("investment_intensity", "ge", D(value), FROM, date(2025, 12, 31), industries=frozenset({code}))
            for value, code in ((400, "C39"), (450, "C391"))
        ),
    ]
    found = rules.applying(rows, at, track=track, industry=industry)
    assert [row.value for row in found] == ([] if value is None else [value])


def test_different_indicators_and_both_bounds_of_one_all_hold() -> None:
    rows = [INTENSITY, Standard("far", "ge", D(2), FROM), Standard("far", "le", D(4), FROM)]
    assert len(rules.applying(rows, FROM, track="land")) == 3


@pytest.mark.parametrize(
    ("figures", "waived", "outcome"),
    [
        ({"a": D(1), "b": D(1)}, (), "pass"),
        ({"a": D(1), "b": D(0)}, (), "fail"),
        ({"a": D(1)}, (), "missing"),
        ({"b": D(0)}, (), "fail"),
        ({"a": D(1), "b": D(0)}, ("b",), "waived"),
    ],
)
def test_overall_is_the_worst(figures: dict[str, Decimal | None], waived: tuple[str, ...], outcome: str) -> None:
    rows = [Standard(name, "ge", D(1), FROM) for name in "ab"]
    assert rules.overall(rules.compare(rows, figures, waived=waived)) == outcome


def test_red_lines_are_hit_clear_or_open() -> None:
    assert rules.red_lines(
        ["forbidden_industry", "safety", "credit"], {"forbidden_industry": True, "safety": False}
    ) == {
        "forbidden_industry": "hit",
        "safety": "clear",
        "credit": "unanswered",
    }


@given(st.integers(1, 10_000), st.integers(1, 5000))
def test_intensity_agreed_in_mu_holds_after_storing_square_metres(tenths_of_mu: int, wan: int) -> None:
    land = D(tenths_of_mu) / 10
    stored = rules.square_metres(land)
    intensity = rules.wan_per_mu(land * wan * 10_000, stored)

    assert intensity is not None
    # Two decimals of m² move a figure by at most 0.005 m² in 66.67 m² or more.
    assert abs(intensity - wan) <= D(wan) * D("0.0001") + D("0.01")
