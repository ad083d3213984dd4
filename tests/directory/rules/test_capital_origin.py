"""Origin of capital: holdings first, then the registration type."""

from __future__ import annotations

from decimal import Decimal

import pytest

from directory.rules.capital_origin import CapitalOrigin, HoldingShare, capital_origin, origin_of_registration_type


def holding(country: str | None, share: int | None = None, ultimate: str | None = None) -> HoldingShare:
    return HoldingShare(country, ultimate, None if share is None else Decimal(share))


@pytest.mark.parametrize(
    ("code", "origin"),
    [
        ("1130", "domestic"),
        ("1120", "foreign_reinvested"),
        ("1123", "foreign_reinvested"),
        ("1211", "foreign_reinvested"),
        ("1221", "foreign_reinvested"),
        ("2122", "foreign_reinvested"),
        ("1213", "domestic"),
        ("5150", "foreign"),
        ("5810", "foreign"),
        ("7110", "foreign"),
        ("6150", "hmt"),
        ("6170", "mixed"),
        ("6250", "mixed"),
        ("8500", "foreign"),
        ("8100", "domestic"),
        ("8000", "unknown"),
        ("9500", "domestic"),
        ("9900", "unknown"),
        ("", "unknown"),
        ("515", "unknown"),
        ("５１５０", "unknown"),
    ],
)
def test_registration_type_says_the_origin(code: str, origin: str) -> None:
    assert origin_of_registration_type(code) == origin


@pytest.mark.parametrize(
    ("holdings", "origin"),
    [
        ([holding("DE", 100)], "foreign"),
        ([holding("DE")], "foreign"),
        ([holding("CN", 99), holding("JP", 1)], "foreign"),
        ([holding("HK", 100)], "hmt"),
        ([holding("TW", 10), holding("MO", 20), holding("CN", 70)], "hmt"),
        ([holding("HK", 50), holding("JP", 50)], "mixed"),
        ([holding("HK", 100, "JP")], "hmt"),
        ([holding("CN", 100, "DE")], "foreign_reinvested"),
        ([holding("CN", 100)], "domestic"),
        ([holding(None, 100, "FR")], "foreign"),
        ([holding(None, 100)], "unknown"),
        ([holding("DE", 0), holding("CN", 100)], "domestic"),
        ([], "unknown"),
    ],
)
def test_any_share_counts_by_default(holdings: list[HoldingShare], origin: str) -> None:
    assert capital_origin(holdings).origin == origin


def test_least_share_is_a_parameter() -> None:
    holdings = [holding("CN", 76), holding("JP", 24)]

    found = capital_origin(holdings, threshold=Decimal(25))

    assert found == CapitalOrigin("domestic", "holdings", ("domestic_holdings", "below_threshold"))
    assert capital_origin(holdings, threshold=Decimal(24)).origin == "foreign"


def test_foreign_and_hmt_shares_reach_the_least_share_together() -> None:
    holdings = [holding("CN", 70), holding("JP", 15), holding("HK", 15)]
    assert capital_origin(holdings, threshold=Decimal(25)).origin == "mixed"


def test_share_of_unknown_size_does_not_reach_a_least_share() -> None:
    found = capital_origin([holding("JP")], "5150", threshold=Decimal(25))
    assert (found.origin, found.basis) == ("foreign", "registration_type")
    assert capital_origin([holding("JP")], threshold=Decimal(25)) == CapitalOrigin(
        "unknown", "none", ("share_unknown",)
    )


def test_without_holdings_the_registration_type_decides() -> None:
    assert capital_origin([], "6150") == CapitalOrigin("hmt", "registration_type", ("registration_type_6150",))


def test_holdings_outweigh_the_registration_type() -> None:
    assert capital_origin([holding("DE", 100)], "1130").basis == "holdings"


def test_incomplete_domestic_holdings_do_not_outweigh_the_registration_type() -> None:
    assert capital_origin([holding("CN", 30)], "5110").origin == "foreign"
    assert capital_origin([holding("CN", 30)]).origin == "domestic"
    assert capital_origin([holding("CN", 100)], "5110").origin == "domestic"


@pytest.mark.parametrize(
    ("origin", "with_hmt", "without_hmt"),
    [
        ("foreign", True, True),
        ("mixed", True, True),
        ("hmt", True, False),
        ("foreign_reinvested", False, False),
        ("domestic", False, False),
        ("unknown", False, False),
    ],
)
def test_totals_are_with_or_without_hmt(origin: str, with_hmt: bool, without_hmt: bool) -> None:
    found = CapitalOrigin(origin, "holdings")
    assert (found.is_foreign(with_hmt=True), found.is_foreign(with_hmt=False)) == (with_hmt, without_hmt)
