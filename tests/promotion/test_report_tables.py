"""Which projects stand on a list for a month, what each column says of them, and which cells are red."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import ExchangeRate
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.models import CapitalRecord, InvestmentProject, ProgressNote, ProjectMember, ProjectMilestone
from promotion.report_fields import FIELDS, proposal, usable
from promotion.report_table import report_table
from promotion.rules.reports import Column, Period
from promotion.services.projects import advance_stage
from tests.factories import an_enterprise, made
from tests.promotion.factories import a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

NOVEMBER = Period(2026, 11)
DAY = datetime.date


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


def stands_at(stage: str, name: str = "示例项目", **values: Any) -> InvestmentProject:
    """A project at a stage, as if every gate had let it through."""
    values = {"negotiating_since": DAY(2026, 1, 5), **values}
    project = a_project(name)
    InvestmentProject._base_manager.filter(pk=project.pk).update(stage=stage, **values)
    found: InvestmentProject = InvestmentProject._base_manager.get(pk=project.pk)
    return found


def names(user: Any, kind: str, span: str = "in_year", period: Period = NOVEMBER) -> list[str]:
    table = report_table([(1, "项目名称", Column("name"))], kind=kind, span=span, period=period, user=user)
    return [str(line.values["项目名称"]) for line in table.lines]


def shown(user: Any, *columns: Column, kind: str = "signed", period: Period = NOVEMBER) -> tuple[list[Any], list[str]]:
    """(the cells of the only line, the codes of its red cells)"""
    placed = [(place, f"列{place}", column) for place, column in enumerate(columns, start=1)]
    table = report_table(placed, kind=kind, span="in_year", period=period, user=user)
    (line,) = table.lines
    return list(line.values.values()), [mark.code for mark in table.marks]


# --- who stands on a list --------------------------------------------------------------------------------------------


def test_list_of_the_year_holds_january_to_the_month_and_that_of_the_month_the_month(officer: User) -> None:
    for day in (DAY(2025, 12, 31), DAY(2026, 1, 1), DAY(2026, 11, 1), DAY(2026, 11, 30), DAY(2026, 12, 1)):
        stands_at("signed", str(day), signed_on=day)

    assert names(officer, "signed") == ["2026-01-01", "2026-11-01", "2026-11-30"]
    assert names(officer, "signed", "in_month") == ["2026-11-01", "2026-11-30"]
    assert names(officer, "signed", "standing")[0] == "2025-12-31"


@pytest.mark.parametrize(
    ("kind", "column"),
    [("registered", "registered_on"), ("started", "started_on"), ("completed", "completed_on"), ("in_production", "first_output_on")],
)  # fmt: skip
def test_each_list_follows_the_day_of_its_own_stage(officer: User, kind: str, column: str) -> None:
    stands_at("full_capacity", "甲", **{column: DAY(2026, 3, 1)})
    stands_at("full_capacity", "乙", **{column: DAY(2025, 3, 1)})

    assert names(officer, kind) == ["甲"]


def test_negotiation_is_what_had_begun_and_was_not_signed_at_the_months_end(officer: User) -> None:
    stands_at("negotiating", "在谈")
    stands_at("reviewed", "已评审", reviewed_on=DAY(2026, 5, 1))
    stands_at("signed", "十二月签约", signed_on=DAY(2026, 12, 3))
    stands_at("signed", "十月签约", signed_on=DAY(2026, 10, 3))
    stands_at("negotiating", "后来的", negotiating_since=DAY(2026, 12, 1))

    assert names(officer, "negotiating", "standing") == ["在谈", "已评审", "十二月签约"]


def test_signing_that_was_taken_back_does_not_count(officer: User) -> None:
    stands_at("negotiating", signed_on=DAY(2026, 10, 3))

    assert names(officer, "signed") == []
    assert names(officer, "negotiating", "standing") == ["示例项目"]


def test_project_that_ended_leaves_the_lists_from_the_month_of_its_end_on(officer: User) -> None:
    project = stands_at("negotiating")
    at = datetime.datetime(2026, 11, 30, 15, 0, tzinfo=datetime.UTC)  # 23:00 in Pinghu
    advance_stage(project, "lost", by=officer, door="admin", at=at, why="示例")

    assert names(officer, "negotiating", "standing", Period(2026, 10)) == ["示例项目"]
    assert names(officer, "negotiating", "standing", Period(2026, 11)) == []


def test_move_after_midnight_of_the_zone_belongs_to_the_next_month(officer: User) -> None:
    project = stands_at("negotiating")
    at = datetime.datetime(2026, 11, 30, 16, 30, tzinfo=datetime.UTC)  # 00:30 on 1 December in Pinghu
    advance_stage(project, "lost", by=officer, door="admin", at=at, why="示例")

    assert names(officer, "negotiating", "standing") == ["示例项目"]


def test_project_entered_after_the_month_stands_on_its_list_by_the_day_it_was_signed(officer: User) -> None:
    project = a_project("补录的", at=datetime.datetime(2026, 12, 2, 3, 0, tzinfo=datetime.UTC))
    days = {"negotiating_since": DAY(2026, 9, 1), "signed_on": DAY(2026, 11, 20)}
    InvestmentProject._base_manager.filter(pk=project.pk).update(stage="signed", **days)

    assert names(officer, "signed") == ["补录的"]
    assert names(officer, "negotiating", "standing", Period(2026, 10)) == ["补录的"]


def test_hidden_project_is_on_no_list(officer: User) -> None:
    stands_at("signed", signed_on=DAY(2026, 3, 1), confidentiality="confidential")
    colleague = a_person("colleague", unit=a_unit("unit-2"))

    assert names(officer, "signed") == ["示例项目"]
    assert names(colleague, "signed") == []
    assert names(a_person("auditor", Role.AUDITOR), "signed") == []


# --- what a line says ------------------------------------------------------------------------------------------------


def test_amounts_are_converted_at_the_last_rate_until_the_months_end_and_say_which(officer: User) -> None:
    stands_at("signed", signed_on=DAY(2026, 3, 1), currency="USD", total_investment=30_000_000)
    for day, rate in ((DAY(2026, 10, 1), "7.1"), (DAY(2026, 11, 20), "7.2"), (DAY(2026, 12, 1), "9.9")):
        made(ExchangeRate(currency="USD", on=day, cny=Decimal(rate), source="示例"))
    column = proposal("总投资(万元)")

    table = report_table([(1, "总投资(万元)", column)], kind="signed", span="in_year", period=NOVEMBER, user=officer)

    assert table.lines[0].values["总投资(万元)"] == Decimal("21600.00")
    assert [(rate.currency, rate.on) for rate in table.rates] == [("USD", DAY(2026, 11, 20))]


def test_amount_without_a_rate_is_red_and_empty(officer: User) -> None:
    stands_at("signed", signed_on=DAY(2026, 3, 1), currency="USD", total_investment=30_000_000)

    assert shown(officer, Column("total_investment", "", "10000", "CNY")) == ([None], ["no_rate"])


def test_figures_are_sums_of_dated_records_of_the_project(officer: User) -> None:
    project = stands_at("signed", signed_on=DAY(2026, 3, 1))
    enterprise = an_enterprise("示例精机")
    days = {
        DAY(2025, 2, 1): 4,
        DAY(2025, 11, 9): 5,
        DAY(2025, 12, 1): 7,
        DAY(2026, 2, 1): 3,
        DAY(2026, 11, 30): 6,
        DAY(2026, 12, 1): 50,
    }
    for day, amount in days.items():
        made(CapitalRecord(enterprise=enterprise, project=project, kind="actual", on=day, amount=amount * 10_000))
    made(CapitalRecord(enterprise=enterprise, project=project, kind="contracted", on=DAY(2024, 1, 1), amount=10**6))
    made(CapitalRecord(enterprise=enterprise, kind="actual", on=DAY(2026, 11, 1), amount=999))  # of no project
    spans = ("month", "year", "last_month", "last_year", "ever", "month_growth", "year_growth")

    values, marks = shown(officer, *[usable(Column("actual_fdi", span, "10000", "USD")) for span in spans])

    assert [str(value) for value in values] == ["6.00", "9.00", "5.00", "9.00", "25.00", "20.0", "0.0"]
    assert marks == []


def test_nothing_arrived_is_a_nought_and_growth_over_nothing_a_dash(officer: User) -> None:
    stands_at("signed", signed_on=DAY(2026, 3, 1))

    columns = [usable(Column("actual_fdi", span)) for span in ("month", "year_growth")]
    assert shown(officer, *columns) == ([Decimal("0.00"), "—"], [])


def test_texts_are_chinese_whatever_the_reader_reads(officer: User) -> None:
    project = stands_at("signed", signed_on=DAY(2026, 3, 1), investor_country="JP", track="lease", land_m2=20000)
    made(ProjectMember(project=project, person=a_person("leader", Role.LEADER), part="linked_leader"))
    for week, text in ((DAY(2026, 11, 16), "旧进展"), (DAY(2026, 11, 23), "新进展"), (DAY(2026, 12, 7), "以后的")):
        made(ProgressNote(project=project, week=week, progress=text))
    made(ProjectMilestone(project=project, kind="started", planned_on=DAY(2027, 1, 1)))
    codes = ("line", "investor_country", "stage", "unit", "owner", "linked_leader", "progress", "planned_start")

    values, marks = shown(officer, *map(Column, codes), Column("land_m2", "", "mu"))

    assert values[:6] == [1, "日本", "签约", "unit-1", "officer-1", "leader"]
    assert values[6:] == ["新进展", DAY(2027, 1, 1), Decimal("30.00")]
    assert marks == []


@pytest.mark.parametrize(
    ("values", "column", "code"),
    [
        ({}, Column("agreement_no"), "empty"),
        ({"note": ""}, Column("note"), None),
        ({"total_investment": 5000}, usable(Column("total_investment")), "amount_small"),
        ({"total_investment": 5 * 10**11}, usable(Column("total_investment")), "amount_large"),
        ({"total_investment": 10**7, "fixed_assets": 10**8}, usable(Column("fixed_assets")), "fixed_over_total"),
        ({"total_investment": 10**7, "foreign_capital": 10**8}, usable(Column("foreign_capital")), "foreign_over_total"),
        ({"reviewed_on": DAY(2025, 1, 1)}, Column("reviewed_on"), "before_negotiating"),
        ({"started_on": DAY(2026, 12, 5)}, Column("started_on"), "after_period"),
        ({"uscc": "91330482MA0000007B"}, Column("uscc"), "code_wrong"),
    ],
)  # fmt: skip
def test_cell_that_is_empty_or_looks_wrong_is_red(officer: User, values: Any, column: Column, code: str | None) -> None:
    stands_at("signed", signed_on=DAY(2026, 3, 1), **values)

    assert shown(officer, column)[1] == ([code] if code else [])


def test_arrived_beyond_the_contract_is_red_in_the_sum_since_the_beginning(officer: User) -> None:
    project = stands_at("signed", signed_on=DAY(2026, 3, 1))
    made(CapitalRecord(enterprise=an_enterprise(), project=project, kind="actual", on=DAY(2026, 2, 1), amount=10))

    assert shown(officer, usable(Column("actual_fdi", "ever")))[1] == ["arrived_over_contracted"]


def test_number_of_queries_depends_on_the_columns_and_not_on_the_projects(officer: User) -> None:
    columns = [(place, field.code, usable(Column(field.code))) for place, field in enumerate(FIELDS, start=1)]
    counts = []
    for number in (1, 12):
        for at in range(number):
            project = stands_at("signed", f"项目{number}{at}", signed_on=DAY(2026, 3, 1), currency="EUR")
            made(
                CapitalRecord(
                    enterprise=an_enterprise(f"企业{number}{at}"),
                    project=project,
                    kind="actual",
                    on=DAY(2026, 2, 1),
                    amount=10,
                )
            )
        user = User.objects.get(pk=officer.pk)
        with CaptureQueriesContext(connection) as queries:
            report_table(columns, kind="signed", span="in_year", period=NOVEMBER, user=user)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
