"""One verdict a line, with the cell, the reason and what to do; and nothing but the plan is written."""

from typing import Any

import pytest
from django.utils import translation

from directory.models import Enterprise, Exchange, FieldSource, ImportRow, Listing, RegistrationType, SavedMapping
from directory.models.enterprises import OperatingStatus, Relation, today
from directory.services.importing import FileRefused, apply_run, plan_run, stage_file
from directory.services.importing.problems import TEXTS, advice, reason
from pinghu.ledger.models import Change, Event
from pinghu.ledger.saving import save_record
from tests.directory.imports.rows import a_code, codes, csv_bytes, line, plan_of, said, source, verdicts
from tests.factories import a_group, a_park, an_enterprise, made

pytestmark = pytest.mark.django_db

NAME, CODE = "企业名称", "信用代码"


def loaded(*rows: Any, by: str = "bureau", **values: Any) -> None:
    """Rows applied, as a source loaded them."""
    apply_run(plan_of(*rows, by=by, **values))


def test_plan_writes_nothing_but_itself() -> None:
    an_enterprise("甲精机", registered_name="甲精机有限公司")
    before = (Enterprise.objects.count(), Event.objects.count(), FieldSource.objects.count())
    plan_of([NAME, "地址"], ["乙精机有限公司", "东路1号"], ["甲精机有限公司", "西路2号"])

    assert (Enterprise.objects.count(), Event.objects.count() - 1, FieldSource.objects.count()) == before
    assert Event.objects.order_by("-pk")[0].subject_type == "savedmapping"
    assert Enterprise.objects.get().address == ""


VALUES = [
    ("注册资本", "50(万元人民币)", "registered_capital", "5E+5"),
    ("注册资本", "2,265(万美元)", "registered_capital_currency", "USD"),
    ("注册资本", "5000万人民币", "registered_capital", "5E+7"),
    ("注册资本", "1000万", "registered_capital", "1E+7"),
    ("注册资本(万元)", "1000", "registered_capital", "1E+7"),
    ("注册资本(万美元)", "12", "registered_capital_currency", "USD"),
    ("成立日期", "2019-4-1", "established_on", "2019-04-01"),
    ("成立日期", "2019/04/01", "established_on", "2019-04-01"),
    ("成立日期", "2019年4月1日", "established_on", "2019-04-01"),
    ("成立日期", "43556", "established_on", "2019-04-01"),
    ("信用代码", f" {a_code(7).lower()[:9]} {a_code(7).lower()[9:]} ", "uscc", a_code(7)),
    ("信用代码", "330482000000001", "legacy_registration_no", "330482000000001"),
    ("地址", "平湖市ＡＢ路１号", "address", "平湖市AB路1号"),
    ("曾用名", "旧甲有限公司、老甲有限公司", "former_names", ["旧甲有限公司", "老甲有限公司"]),
    ("国别", "日本", "origin_country", ["JP"]),
    ("状态", "存续（在营、开业、在册）", "status", "operating"),
    ("与园区关系", "区外", "relation", "outside"),
    ("网址", "WWW.Example.com/", "website", "http://www.example.com"),
    ("公开", "否", "is_published", False),
]


@pytest.mark.parametrize(("heading", "cell", "field", "value"), VALUES)
def test_value_as_it_comes(heading: str, cell: str, field: str, value: Any) -> None:
    row = line(plan_of([NAME, heading], ["甲精机有限公司", cell]))

    assert row.verdict == "new", row.problems
    assert row.values[field] == value


@pytest.mark.parametrize(("heading", "notes"), [("注册资本", ["unit_assumed"]), ("注册资本(万元)", [])])
def test_amount_without_any_unit_says_how_it_was_taken(heading: str, notes: list[str]) -> None:
    row = line(plan_of([NAME, heading], ["甲精机有限公司", "500"]))

    assert (row.verdict, codes(row)) == ("new", notes)


def test_ticker_that_is_a_groups_says_so() -> None:
    made(Listing(exchange=Exchange.objects.get(mic="XSHG"), ticker="600001", group=a_group("甲集团")))

    row = line(plan_of(["简称", "股票代码", "交易所"], ["甲股份", "600001", "XSHG"]))

    assert (codes(row), row.problems[0]["column"]) == (["ticker_of_group"], "股票代码")


@pytest.mark.parametrize("cell", ["", "-", "无", "/"])
def test_empty_cell_says_nothing(cell: str) -> None:
    row = line(plan_of([NAME, "注册资本", "成立日期"], ["甲精机有限公司", cell, cell]))

    assert set(row.values) == {"registered_name", "@identity"}


WRONG = [
    ("信用代码", a_code(7)[:-1] + ("0" if a_code(7)[-1] != "0" else "1"), "uscc_check_character"),
    ("信用代码", "9133", "uscc_length"),
    ("注册资本", "五百来万吧", "capital_unreadable"),
    ("成立日期", "2019-02-30", "date_impossible"),
    ("成立日期", "2019年", "date_incomplete"),
    ("企业类型", "没有的类型", "registration_type_unknown"),
    ("行业代码", "9999", "industry_unknown"),
    ("园区", "没有的园", "park_unknown"),
    ("状态", "不知道", "choice_unknown"),
    ("国别", "火星", "country_unknown"),
    ("地址", "长" * 301, "too_long"),
    ("网址", "不是网址", "website_unreadable"),
    ("成立日期", "#REF!", "cell_error"),
]


@pytest.mark.parametrize(("heading", "cell", "code"), WRONG)
def test_unreadable_cell_is_an_error_with_its_column(heading: str, cell: str, code: str) -> None:
    row = line(plan_of([NAME, heading], ["甲精机有限公司", cell]))

    assert row.verdict == "error"
    assert (row.problems[0]["code"], row.problems[0]["column"]) == (code, heading)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("heading", ["与园区关系", "状态"])
def test_value_as_its_list_calls_it_is_known(heading: str, language: str) -> None:
    field, choice = (
        ("relation", Relation.ENCLAVE_TENANT) if heading != "状态" else ("status", OperatingStatus.SUSPENDED)
    )
    with translation.override(language):
        cell = str(choice.label)

    assert line(plan_of([NAME, heading], ["甲精机有限公司", cell])).values[field] == choice


def test_advice_names_the_values_as_the_reader_calls_them() -> None:
    row = line(plan_of([NAME, "与园区关系"], ["甲精机有限公司", "月球"]))

    with translation.override("zh-hans"):
        assert str(Relation.OUTSIDE.label) in advice(row.problems[0])
        assert "outside" not in advice(row.problems[0])
    with translation.override("en"):
        assert str(Relation.OUTSIDE.label) in advice(row.problems[0])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_reason_and_advice_can_be_said(language: str) -> None:
    with translation.override(language):
        for code in TEXTS:
            entry = {"code": code, "params": {}}
            assert reason(entry)
            assert advice(entry)


@pytest.mark.parametrize(("cells", "code"), [(["", "x路"], "no_name"), (["合 计", "x路"], "not_a_name")])
def test_row_without_a_name_is_an_error(cells: list[str], code: str) -> None:
    row = line(plan_of([NAME, "地址"], cells))

    assert codes(row) == [code]
    assert row.problems[0]["column"] == NAME


def test_short_name_may_stand_alone() -> None:
    row = line(plan_of(["简称"], ["甲精机"]))

    assert (row.verdict, row.values["short_name"]) == ("new", "甲精机")


def test_known_code_means_its_enterprise_whatever_the_name() -> None:
    ours = an_enterprise("甲精机", registered_name="甲精机有限公司", uscc=a_code(1))

    row = line(plan_of([NAME, CODE], ["全新的名字有限公司", a_code(1)], by="market_regulator"))

    assert (row.verdict, row.target_id) == ("update", ours.pk)
    assert row.changes["registered_name"]["old"] == "甲精机有限公司"


def test_merged_enterprise_stands_for_its_survivor() -> None:
    from directory.services.merging import merge

    survivor = an_enterprise("甲精机", uscc=a_code(1))
    absorbed = an_enterprise("甲精", uscc=a_code(2))
    merge(survivor, absorbed, by=None, door="command", take_absorbed=[])

    assert line(plan_of([NAME, CODE], ["甲精有限公司", a_code(2)])).target_id == survivor.pk


def test_whole_name_means_its_enterprise_however_brackets_are_written() -> None:
    ours = an_enterprise("", registered_name="甲精机(浙江)有限公司")

    row = line(plan_of([NAME], ["甲精机（浙江）有限公司"]))

    assert (row.verdict, row.target_id) == ("same", ours.pk)


def test_same_name_with_another_code_is_an_error() -> None:
    an_enterprise("", registered_name="甲精机有限公司", uscc=a_code(1))

    assert codes(line(plan_of([NAME, CODE], ["甲精机有限公司", a_code(2)]))) == ["code_differs"]


def test_code_of_one_and_name_of_another_is_an_error() -> None:
    an_enterprise("甲精机", uscc=a_code(1))
    an_enterprise("", registered_name="乙工具有限公司")

    assert codes(line(plan_of([NAME, CODE], ["乙工具有限公司", a_code(1)]))) == ["keys_disagree"]


def test_former_registration_number_means_its_enterprise() -> None:
    ours = an_enterprise("甲精机", legacy_registration_no="330482000000001")

    assert line(plan_of([NAME, CODE], ["甲精密有限公司", "330482000000001"])).target_id == ours.pk


def test_like_name_is_a_possible_duplicate_that_names_it() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")

    row = line(plan_of([NAME], ["津上精密机床有限公司"]))

    assert row.verdict == "duplicate"
    assert row.candidates[0]["id"] == ours.pk
    assert codes(row) == ["possible_duplicate"]


def test_line_with_a_new_code_may_be_an_enterprise_of_ours_without_one() -> None:
    ours = an_enterprise("津上", registered_name="津上精密机床(浙江)有限公司")
    an_enterprise("李尔")
    run = plan_of(
        [NAME, CODE],
        ["津上精密机床有限公司", a_code(1)],
        ["李尔长安汽车系统有限公司", a_code(2)],
        ["甲有限公司", a_code(3)],
    )

    assert verdicts(run) == ["duplicate", "duplicate", "new"]
    assert line(run).candidates[0]["id"] == ours.pk


def test_like_name_with_another_code_is_another_enterprise() -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司", uscc=a_code(1))

    assert verdicts(plan_of([NAME, CODE], ["津上精密机床有限公司", a_code(2)])) == ["new"]


def test_second_line_about_the_same_names_the_first() -> None:
    run = plan_of(
        [NAME, CODE], ["甲精机有限公司", a_code(1)], ["甲机有限公司", a_code(1)], ["乙有限公司", ""], ["乙有限公司", ""]
    )

    assert verdicts(run) == ["new", "error", "new", "error"]
    assert line(run, 3).problems[0]["params"] == {"line": "2"}


def test_two_lines_that_mean_one_record_by_different_keys_are_found() -> None:
    an_enterprise("", registered_name="甲精机有限公司", uscc=a_code(1))

    run = plan_of([NAME, CODE], ["甲机有限公司", a_code(1)], ["甲精机有限公司", ""])

    assert codes(line(run, 3)) == ["same_target_in_file"]


def test_staff_edit_is_a_conflict_for_a_bureau() -> None:
    loaded([NAME, "地址"], ["甲精机有限公司", "东路1号"])
    ours = Enterprise.objects.get()
    ours.address = "东路11号"
    save_record(ours, fields=["address"], by=None, door="admin")

    row = line(plan_of([NAME, "地址"], ["甲精机有限公司", "东路1号"]))

    assert (row.verdict, codes(row)) == ("conflict", ["edited_by_staff"])
    assert row.changes["address"] == {"old": "东路11号", "new": "东路1号", "why": "edited_by_staff"}


def test_same_source_updates_what_it_loaded() -> None:
    loaded([NAME, "地址"], ["甲精机有限公司", "东路1号"])

    assert verdicts(plan_of([NAME, "地址"], ["甲精机有限公司", "西路2号"])) == ["update"]


def test_higher_source_wins_over_a_list() -> None:
    loaded([NAME, "地址"], ["甲精机有限公司", "东路1号"], by="market_regulator")

    assert codes(line(plan_of([NAME, "地址"], ["甲精机有限公司", "西路2号"]))) == ["higher_source"]


def test_verified_record_keeps_its_values_but_takes_what_it_lacks() -> None:
    an_enterprise("", registered_name="甲精机有限公司", address="东路1号", verified_on=today())

    row = line(plan_of([NAME, "地址", "主要产品"], ["甲精机有限公司", "西路2号", "齿轮"], by="market_regulator"))

    assert row.verdict == "conflict"
    assert {name: change["why"] for name, change in row.changes.items()} == {"address": "verified", "products": ""}


def test_values_for_every_row_are_stated_by_every_row() -> None:
    park = a_park("east", name="东区")
    run = plan_of([NAME], ["甲精机有限公司"], fixed={"relation": "outside", "park": "东区", "is_published": "否"})

    values = line(run).values
    assert (values["relation"], values["park"], values["is_published"]) == ("outside", park.pk, False)


@pytest.mark.parametrize(
    ("mapping", "fixed", "code"),
    [
        ({"没有": "address"}, {}, "unknown_column"),
        ({"企业名称": "colour"}, {}, "unknown_field"),
        ({"企业名称": "address", "地址": "address"}, {}, "column_twice"),
        ({}, {"relation": "mars"}, "fixed_value"),
        ({}, {"colour": "red"}, "unknown_field"),
    ],
)
def test_wrong_description_is_refused(mapping: dict[str, str], fixed: dict[str, str], code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        stage_file(csv_bytes([NAME, "地址"], ["甲", "乙"]), said(mapping=mapping, fixed=fixed), by=None)

    assert refused.value.code == code


def test_mapping_is_remembered_for_the_source() -> None:
    plan_of([NAME, "代号"], ["甲精机有限公司", "甲精"], mapping={"代号": "short_name"})

    assert SavedMapping.objects.get().source == source()
    assert line(plan_of([NAME, "代号"], ["乙精机有限公司", "乙精"])).values["short_name"] == "乙精"
    assert "short_name" not in line(plan_of([NAME, "代号"], ["丙精机有限公司", "丙精"], by="open_list")).values


def test_registration_type_by_code_or_name() -> None:
    kind = RegistrationType.objects.get(code="1130")

    run = plan_of([NAME, "企业类型"], ["甲有限公司", "1130"], ["乙有限公司", kind.name])

    assert [line(run, n).values["registration_type"] for n in (2, 3)] == [kind.pk, kind.pk]


def test_class_not_loaded_falls_back_to_the_one_above_and_says_so() -> None:
    row = line(plan_of([NAME, "行业代码"], ["甲有限公司", "C3421"]))

    assert (row.verdict, codes(row)) == ("new", ["industry_parent_used"])


def test_same_file_planned_again_gives_the_same() -> None:
    an_enterprise("", registered_name="甲精机有限公司")
    run = plan_of([NAME, "地址"], ["甲精机有限公司", "东路"], ["乙精机有限公司", "西路"])
    before = list(ImportRow.objects.values_list("number", "verdict", "changes"))

    plan_run(run)

    assert list(ImportRow.objects.values_list("number", "verdict", "changes")) == before
    assert not Change.objects.filter(verb="imported").exists()


def test_counts_add_up() -> None:
    made(Enterprise(registered_name="甲精机有限公司"))
    run = plan_of([NAME], ["甲精机有限公司"], ["乙精机有限公司"], [""], ["=1"], ["丙精机有限公司"])

    assert sum(run.counts[verdict] for verdict in ("same", "new", "error")) == run.total_rows == 4


def test_planning_known_codes_asks_no_more_for_more_rows(django_assert_max_num_queries: Any) -> None:
    rows = [[f"第{n}精机有限公司", a_code(n), "路"] for n in range(200)]
    loaded([NAME, CODE, "地址"], *rows, by="market_regulator")
    run = stage_file(csv_bytes([NAME, CODE, "地址"], *[[*row[:2], "街"] for row in rows]), said(), by=None)

    with django_assert_max_num_queries(45):
        plan_run(run)

    assert run.counts == {"conflict": 200, "undecided": 200}
