"""GB/T 4754-2017 codes and the size classes of 2017."""

from __future__ import annotations

from decimal import Decimal

import pytest

from directory.rules import industry
from directory.rules.size_class import SizeThreshold, sector_of, size_class


@pytest.mark.parametrize(
    ("written", "section", "level", "code", "parent"),
    [
        ("C3421", "C", 4, "3421", "342"),
        ("3421", "C", 4, "3421", "342"),
        ("c 342", "C", 3, "342", "34"),
        ("Ｃ３４", "C", 2, "34", "C"),
        ("C", "C", 1, "C", None),
        ("0111", "A", 4, "0111", "011"),
        ("97", "T", 2, "97", "T"),
    ],
)
def test_code_is_parsed(written: str, section: str, level: int, code: str, parent: str | None) -> None:
    parsed = industry.parse(written)
    assert (parsed.section, parsed.level, parsed.code, parsed.parent) == (section, level, code, parent)


@pytest.mark.parametrize("written", ["", "U", "D3421", "98", "00", "3", "34211", "机床", "C34X"])
def test_code_that_the_standard_does_not_have_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        industry.parse(written)


@pytest.mark.parametrize(
    ("child", "parent", "is_nested"),
    [
        ("3421", "342", True),
        ("3421", "34", True),
        ("3421", "C", True),
        ("34", "C", True),
        ("3421", "343", False),
        ("3421", "D", False),
        ("342", "3421", False),
        ("34", "34", False),
        ("C", "C", False),
    ],
)
def test_digits_nest_by_prefix(child: str, parent: str, is_nested: bool) -> None:
    assert industry.is_nested(child, parent) is is_nested


def test_every_division_has_one_section() -> None:
    covered = [number for first, last in industry.SECTIONS.values() for number in range(first, last + 1)]
    assert covered == list(range(1, 98))


@pytest.mark.parametrize(
    ("code", "is_industry"),
    [("05", False), ("06", True), ("C", True), ("3421", True), ("46", True), ("47", False), ("65", False)],
)
def test_industry_is_sections_b_to_d(code: str, is_industry: bool) -> None:
    assert industry.is_industry(code) is is_industry


ROWS = [
    SizeThreshold("industry", "2011", employees=(1, 1, 1), revenue_wan=(1, 1, 1)),
    SizeThreshold("industry", "2017", employees=(1000, 300, 20), revenue_wan=(40000, 2000, 300)),
    SizeThreshold("other", "2017", employees=(300, 100, 10)),
    SizeThreshold("leasing_business", "2017", employees=(300, 100, 10), assets_wan=(120000, 8000, 100)),
]


@pytest.mark.parametrize(
    ("employees", "revenue", "size"),
    [
        (1000, 40000, "large"),
        (999, 40000, "medium"),
        (1000, 39999, "medium"),
        (300, 2000, "medium"),
        (299, 2000, "small"),
        (300, 1999, "small"),
        (20, 300, "small"),
        (19, 300, "micro"),
        (5000, 299, "micro"),
        (1, 0, "micro"),
        (1000, Decimal("39999.99"), "medium"),
        (None, 40000, None),
        (1000, None, None),
    ],
)
def test_size_is_the_lower_of_two_grades(employees: int | None, revenue: int | None, size: str | None) -> None:
    assert size_class("industry", employees, revenue, ROWS) == size


def test_size_takes_the_version_asked_for() -> None:
    assert size_class("industry", 5, 5, ROWS, version="2011") == "large"


def test_size_asks_only_for_what_the_sector_uses() -> None:
    assert size_class("other", 100, None, ROWS) == "medium"
    assert size_class("leasing_business", 300, 1, ROWS) is None
    assert size_class("leasing_business", 300, 1, ROWS, assets_wan=8000) == "medium"


def test_size_of_a_sector_without_limits_is_unknown() -> None:
    assert size_class(None, 100, 100, ROWS) is None
    assert size_class("finance", 100, 100, ROWS) is None


@pytest.mark.parametrize(
    ("code", "sector"),
    [
        ("3421", "industry"),
        ("D", "industry"),
        ("5199", "wholesale"),
        ("F", None),
        ("591", "transport"),
        ("594", "warehousing"),
        ("7010", "real_estate_development"),
        ("7020", "property_management"),
        ("7030", "other"),
        ("6510", "software"),
        ("66", None),
        ("83", None),
        ("M", "other"),
        ("A", "agriculture"),
    ],
)
def test_sector_follows_the_industry_code(code: str, sector: str | None) -> None:
    assert sector_of(code) == sector
