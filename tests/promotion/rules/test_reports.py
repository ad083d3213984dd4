"""Months, headings and doubts of the reports to the city."""

from datetime import date
from decimal import Decimal

import pytest

from directory.rules.headers import heading_key
from promotion.rules import reports as rules
from promotion.rules.reports import Column, Period

WORDS = {
    heading_key(word): field
    for word, field in {
        "项目名称": "name",
        "总投资": "total_investment",
        "实际外资": "actual_fdi",
        "实际使用外资": "actual_fdi",
        "合同外资": "contracted_fdi",
        "用地面积": "land_m2",
        "本年计划": "plan",
    }.items()
}


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("month", date(2028, 2, 1), date(2028, 2, 29)),
        ("year", date(2028, 1, 1), date(2028, 2, 29)),
        ("last_month", date(2027, 2, 1), date(2027, 2, 28)),
        ("last_year", date(2027, 1, 1), date(2027, 2, 28)),
        ("ever", None, date(2028, 2, 29)),
    ],
)
def test_span_covers_these_days(span: str, first: date | None, last: date) -> None:
    assert Period(2028, 2).days(span) == (first, last)


def test_december_is_followed_by_january_and_growth_has_no_days() -> None:
    assert (Period(2026, 12).next, Period(2026, 1).previous) == (Period(2027, 1), Period(2025, 12))
    assert Period(2026, 12).last == date(2026, 12, 31)
    with pytest.raises(ValueError, match="growth"):
        Period(2026, 12).days("year_growth")


@pytest.mark.parametrize(
    ("today", "period"),
    [
        (date(2026, 11, 27), Period(2026, 11)),
        (date(2026, 12, 15), Period(2026, 11)),
        (date(2026, 12, 16), Period(2026, 12)),
        (date(2027, 1, 3), Period(2026, 12)),
    ],
)
def test_last_month_is_due_until_the_middle_of_the_next(today: date, period: Period) -> None:
    assert rules.due_on(today) == period


@pytest.mark.parametrize(
    ("now", "before", "percent"), [("110", "100", "10.0"), ("0", "3", "-100.0"), ("1", "3", "-66.7"), ("5", "0", None)]
)
def test_growth_in_percent_needs_something_to_compare_with(now: str, before: str, percent: str | None) -> None:
    found = rules.growth(Decimal(now), Decimal(before))
    assert (None if found is None else str(found)) == percent


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("项目名称", Column("name")),
        ("1.项目名称*", Column("name")),
        ("总投资(万元)", Column("total_investment", unit="10000", currency="CNY")),
        ("总投资(亿日元)", Column("total_investment", unit="100000000", currency="JPY")),
        ("总投资（亿元人民币）", Column("total_investment", unit="100000000", currency="CNY")),
        ("实际外资本月(万美元)", Column("actual_fdi", "month", "10000", "USD")),
        ("实际使用外资(万美元)(1-11月累计)", Column("actual_fdi", "year", "10000", "USD")),
        ("去年同期实际外资（万美元）", Column("actual_fdi", "last_year", "10000", "USD")),
        ("实际外资当月(去年同月)", Column("actual_fdi", "last_month")),
        ("实际外资同比(%)", Column("actual_fdi", "year_growth")),
        ("本月合同外资同比增长%", Column("contracted_fdi", "month_growth")),
        ("合同外资历年累计", Column("contracted_fdi", "ever")),
        ("用地面积(亩)", Column("land_m2", unit="mu")),
        ("用地面积(万平方米)", Column("land_m2")),
        ("本年计划", Column("plan", "year")),  # the whole heading is known, so the word in it takes nothing away
        ("县领导", Column()),
    ],
)
def test_heading_proposes_field_span_unit_and_currency(heading: str, column: Column) -> None:
    assert rules.propose(heading, WORDS) == column


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [("12345678.9", "10000", "1234.57"), ("123456789", "100000000", "1.2346"), ("5", "1", "5.00"), ("5", "", "5.00")],
)
def test_amounts_are_shown_in_their_unit(amount: str, unit: str, shown: str) -> None:
    assert str(rules.scaled(Decimal(amount), unit)) == shown


def test_area_in_mu() -> None:
    assert rules.area_in(Decimal(20000), "mu") == Decimal("30.00")
    assert rules.area_in(Decimal(20000), "") == Decimal("20000.00")


@pytest.mark.parametrize(
    ("amount", "doubt"),
    [("5000", "amount_small"), ("10000", ""), ("0", ""), ("-5000", "amount_small"), ("100000000001", "amount_large")],
)
def test_amount_that_seems_typed_in_another_unit_is_doubted(amount: str, doubt: str) -> None:
    assert rules.amount_doubt(Decimal(amount)) == doubt


@pytest.mark.parametrize(
    ("day", "doubt"),
    [(date(2026, 12, 1), "after_period"), (date(2026, 11, 30), ""), (date(2026, 1, 4), "before_negotiating")],
)
def test_day_outside_the_projects_time_is_doubted(day: date, doubt: str) -> None:
    assert rules.day_doubt(day, Period(2026, 11), date(2026, 1, 5)) == doubt


def test_part_larger_than_the_whole_is_doubted() -> None:
    assert rules.total_doubts(Decimal(10), Decimal(11), Decimal(12)) == {
        "fixed_assets": "fixed_over_total",
        "foreign_capital": "foreign_over_total",
    }
    assert rules.total_doubts(None, Decimal(11), None) == {}
