"""A report's way: the city's workbook taken and mapped, filled in its own layout, submitted once and frozen."""

import datetime
import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.models import Event
from promotion.models import InvestmentProject, ReportFile, ReportRow, ReportSubmission, ReportTemplate
from promotion.models.reports import Frozen
from promotion.report_table import differences
from promotion.rules.reports import Column, Period
from promotion.services import reports
from promotion.services.projects import save_project
from promotion.services.report_examples import load_report_templates
from promotion.services.reports import MOST_BYTES, fill_report, map_columns, save_template, take_workbook, workbook_of
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.report_pages import NOVEMBER, a_template, a_workbook, cells, filled, submitted
from tests.promotion.test_report_tables import stands_at

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 11, 3)
ON = datetime.date(2026, 12, 1)


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


def signed(name: str = "示例项目", **values: Any) -> InvestmentProject:
    return stands_at("signed", name, **{"signed_on": DAY, "total_investment": 50_000_000, **values})


def edited(project: InvestmentProject, by: User, **values: Any) -> None:
    row = InvestmentProject.objects.get(pk=project.pk)
    for name, value in values.items():
        setattr(row, name, value)
    save_project(row, fields=list(values), by=by, door="admin", at=NOW)


# --- the workbook ----------------------------------------------------------------------------------------------------


def test_layout_of_the_workbook_is_found_and_its_headings_proposed() -> None:
    template = a_template()

    assert (template.sheet, template.header_row, template.header_end) == ("清单", 3, 3)
    assert (template.first_row, template.last_row, template.total_row) == (4, 5, 6)
    assert [(place, column.field) for place, _text, column in template.columns] == [
        (1, "line"), (2, "name"), (3, "total_investment"), (4, "signed_on"),
    ]  # fmt: skip


def test_headings_over_two_rows_numbered_columns_and_sums_above_the_list_are_understood() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.merge_range("A3:A4", "序号")
        sheet.merge_range("B3:B4", "项目名称")
        sheet.merge_range("C3:D3", "实际外资(万美元)")
        for column, text in ((2, "本月"), (3, "1-11月累计")):
            sheet.write(3, column, text)
        for column, text in enumerate(("甲", "乙", "1", "2")):
            sheet.write(4, column, text)
        sheet.write(5, 0, "合计")
        sheet.write(9, 0, "注:本表每月5日前报送")

    template = a_template(a_workbook((), build, prepared=0))

    assert (template.header_row, template.header_end) == (3, 4)
    assert (template.total_row, template.first_row, template.last_row) == (6, 7, 9)
    spans = {text: (column.field, column.span) for _place, text, column in template.columns}
    assert spans["实际外资(万美元)(本月)"] == ("actual_fdi", "month")
    assert spans["实际外资(万美元)(1-11月累计)"] == ("actual_fdi", "year")


def zipped(data: bytes, **parts: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def reaching(formula: str) -> bytes:
    return a_workbook(build=lambda book, sheet: sheet.write_formula("F1", formula))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("清单.xlsx", b"", "empty"),
        ("清单.xlsx", b"x" * (MOST_BYTES + 1), "too_big"),
        ("清单.xlsx", b"%PDF-1.7", "no_xlsx"),
        ("清单.xlsm", a_workbook(), "no_xlsx"),
        ("清单.xlsx", b"PK\x03\x04 no archive", "file_damaged"),
        ("清单.xlsx", zipped(a_workbook(), xl__vbaProject_dot_bin=b"x"), "file_macros"),
        ("清单.xlsx", zipped(a_workbook(), xl__macrosheets__sheet1_dot_xml=b"<x/>"), "active"),
        ("清单.xlsx", zipped(a_workbook(), xl__embeddings__oleObject1_dot_bin=b"x"), "active"),
        ("清单.xlsx", zipped(a_workbook(), xl__externalLinks__externalLink1_dot_xml=b"<x/>"), "active"),
        ("清单.xlsx", zipped(a_workbook(), xl__media__a_dot_bin=b"0" * 3_000_000), "zip_ratio"),
        ("清单.xlsx", reaching('=WEBSERVICE("x")'), "reaching"),
        ("清单.xlsx", reaching("=cmd|'/C calc'!A0"), "reaching"),
        ("清单.xlsx", a_workbook(("一", "二")), "no_headings"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_file_that_is_not_a_plain_workbook_is_refused_and_nothing_kept(name: str, data: bytes, code: str) -> None:
    kept = ReportFile.objects.count()
    upload = SimpleUploadedFile(name, data)

    with pytest.raises(DomainError) as refused:
        take_workbook(ReportTemplate(name="示例", kind="signed"), upload=upload, by=None, door="admin")

    assert refused.value.code == code
    assert set(refused.value.fields) <= {"file", "header_row"}
    assert ReportFile.objects.count() == kept


def test_workbook_that_is_too_large_once_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_UNZIPPED", 5000)

    with pytest.raises(DomainError) as refused:
        a_template()

    assert refused.value.code == "too_many_unzipped"


def test_headings_can_be_looked_for_in_a_named_row_and_sheet() -> None:
    data = a_workbook(("县区", "单位"))
    upload = SimpleUploadedFile("清单.xlsx", data)

    template = take_workbook(
        ReportTemplate(name="示例", kind="signed"), upload=upload, sheet="清单", header_row=3, by=None, door="admin"
    )

    assert [text for _place, text in template.headings] == ["县区", "单位"]
    with pytest.raises(DomainError, match="没有"):
        take_workbook(ReportTemplate(name="示例", kind="signed"), upload=upload, sheet="无", by=None, door="admin")


# --- the columns -----------------------------------------------------------------------------------------------------


def test_next_years_workbook_knows_what_its_headings_meant_and_what_another_list_taught(officer: User) -> None:
    template = a_template(a_workbook(("序号", "项目名称", "镇街打分", "牵头部门")))
    mapping = {text: column for _place, text, column in template.columns}
    mapping |= {"镇街打分": Column("note"), "牵头部门": Column("owner"), "序号": Column()}
    template = map_columns(template, mapping, by=officer, door="admin")

    newer = SimpleUploadedFile("清单2027.xlsx", a_workbook(("序号", "牵头部门", "项目名称", "新增一列", "镇街打分")))
    template = take_workbook(template, upload=newer, by=officer, door="admin")
    other = a_template(a_workbook(("项目名称", "牵头部门")), name="另一张", by=officer)

    assert [(place, column.field) for place, _text, column in template.columns] == [
        (2, "owner"),
        (3, "name"),
        (5, "note"),
    ]
    assert [(place, column.field) for place, _text, column in other.columns] == [(1, "name"), (2, "owner")]
    assert template.file_name == "清单2027.xlsx"
    assert template.history.count() == 3


def test_mapping_without_a_name_of_the_project_and_a_stale_one_are_refused(officer: User) -> None:
    template = a_template()

    with pytest.raises(DomainError):
        map_columns(template, {"序号": Column("line")}, by=officer, door="admin")
    with pytest.raises(StaleVersion):
        map_columns(template, {"项目名称": Column("name")}, by=officer, door="admin", if_version=template.version + 1)


def test_mapping_takes_no_unknown_heading_field_or_unit(officer: User) -> None:
    template = a_template()
    forged = {
        "项目名称": Column("name", "month", "7", "QQQ"),
        "总投资(万元)": Column("password"),
        "没有的": Column("name"),
    }

    template = map_columns(template, forged, by=officer, door="admin")

    assert template.mapping == {"项目名称": Column("name").as_json()}


def test_workbook_and_columns_are_not_written_by_an_ordinary_edit(officer: User) -> None:
    template = a_template()
    template.first_row, template.name = 1, "另一名称"

    with pytest.raises(DomainError):
        save_template(template, fields=["first_row"], by=officer, door="admin")
    with pytest.raises(DomainError):
        save_template(ReportTemplate(name="示例", kind="signed"), by=officer, door="admin")
    assert save_template(template, fields=["name"], by=officer, door="admin").first_row == 4


def test_four_lists_ship_as_examples_and_a_changed_one_stays_as_it_is() -> None:
    examples = {row.code: row for row in ReportTemplate.objects.exclude(code=None)}
    assert set(examples) == {"negotiating", "signed", "registered", "started"}
    assert all(len(row.mapping) == len(row.headings) for row in examples.values())
    assert all(row.total_row == row.last_row + 1 for row in examples.values())

    row = examples["signed"]
    row.is_active = False
    save_template(row, fields=["is_active"], by=None, door="admin")
    assert load_report_templates() == 0
    assert not ReportTemplate.objects.get(code="signed").is_active


# --- filling ---------------------------------------------------------------------------------------------------------


def test_report_is_the_citys_own_workbook_with_the_lines_in_it(officer: User) -> None:
    for at in range(4):
        signed(f"=项目{at}", signed_on=DAY + datetime.timedelta(days=at))

    data = workbook_of(filled(a_template(), officer), by=officer, on=ON)

    found = cells(data)
    assert found[0][0] == "全市项目清单"
    assert found[3] == [1, "=项目0", 5000.0, DAY]
    assert found[6][:2] == [4, "=项目3"]
    assert (found[7][0], found[7][2]) == ("合计", 20000.0)
    assert b"<f>=" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


def test_words_of_the_form_are_filled_in(officer: User) -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write("A2", "填报单位:{填报单位} {年}年{月}月 {填报人} {填报日期}")

    data = workbook_of(filled(a_template(a_workbook(build=build)), officer), by=officer, on=ON)

    assert cells(data)[1][0] == "填报单位:unit-1 2026年11月 officer-1 2026年12月1日"


def test_red_cells_are_marked_in_the_file_and_listed_with_their_reasons(officer: User) -> None:
    signed(total_investment=900)

    report = filled(a_template(a_workbook(("项目名称", "总投资(万元)", "协议编号"))), officer)

    assert [(mark.heading, mark.code) for mark in report.table.marks] == [
        ("总投资(万元)", "amount_small"), ("协议编号", "empty"),
    ]  # fmt: skip
    archive = zipfile.ZipFile(io.BytesIO(workbook_of(report, by=officer, on=ON)))
    assert b"FFFFC7CE" in archive.read("xl/styles.xml")


def test_report_holds_what_the_person_may_see_and_says_nothing_of_the_rest(officer: User) -> None:
    template = a_template()
    signed("公开的")
    signed("看不见的", confidentiality="confidential")
    colleague = a_person("colleague", unit=a_unit("unit-2"))

    theirs = workbook_of(filled(template, colleague), by=colleague, on=ON)

    assert [row[1] for row in cells(theirs)[3:5]] == ["公开的", ""]
    assert cells(theirs)[5][2] == 5000.0
    assert "看不见" not in str(cells(theirs))
    assert len(filled(template, officer).table.lines) == 2
    assert filled(template, officer).table.confidential == 1


# --- submitting ------------------------------------------------------------------------------------------------------


def test_submitted_report_keeps_file_values_who_and_when(officer: User) -> None:
    project = signed()
    template = a_template()

    report = submitted(template, officer, note="示例")

    assert (report.by, report.month, report.template_version) == (officer, datetime.date(2026, 11, 1), template.version)
    row = report.rows.get()
    assert (row.project, row.values["总投资(万元)"]) == (project, "5000.00")
    assert cells(bytes(report.file.content))[3][1] == "示例项目"
    assert Event.objects.get(subject_id=report.public_id).verb == "report_submitted"


def test_nothing_of_it_is_ever_written_again(officer: User) -> None:
    signed()
    report = submitted(a_template(), officer)

    for row in (report, report.rows.get(), report.file):
        with pytest.raises(Frozen):
            row.save()


def test_template_changed_afterwards_leaves_the_submission_as_it_was(officer: User) -> None:
    signed()
    template = a_template()
    report = submitted(template, officer)
    before = bytes(report.file.content)

    newer = SimpleUploadedFile("新.xlsx", a_workbook(("项目名称", "备注")))
    take_workbook(template, upload=newer, by=officer, door="admin")

    report = ReportSubmission.objects.get(pk=report.pk)
    assert [text for _place, text, _column in report.columns] == ["序号", "项目名称", "总投资(万元)", "签约时间"]
    assert bytes(report.file.content) == before
    assert differences(report, officer) == []


def test_figure_that_changed_since_it_was_looked_at_is_looked_at_again(officer: User) -> None:
    project = signed()
    template = a_template()
    digest = filled(template, officer).digest
    edited(project, officer, total_investment=60_000_000)

    with pytest.raises(DomainError) as refused:
        submitted(template, officer, digest=digest)

    assert refused.value.code == "changed"
    assert not ReportSubmission.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"accepts_marks": False}, "red_cells"),
        ({"period": Period(2027, 1), "at": NOW.replace(month=12)}, "future"),
        ({"digest": "forged"}, "changed"),
    ],
)
def test_report_is_not_submitted(officer: User, values: Any, code: str) -> None:
    signed(total_investment=None)

    with pytest.raises(DomainError) as refused:
        submitted(a_template(), officer, **values)

    assert refused.value.code == code


def test_template_out_of_use_takes_no_report(officer: User) -> None:
    template = a_template()
    template.is_active = False
    template = save_template(template, fields=["is_active"], by=officer, door="admin")

    with pytest.raises(DomainError):
        submitted(template, officer)


def test_button_pressed_twice_submits_once_and_a_corrected_report_is_another(officer: User) -> None:
    project = signed()
    template = a_template()

    first = submitted(template, officer)
    assert submitted(template, officer) == first
    edited(project, officer, total_investment=60_000_000)
    assert submitted(template, officer) != first


def test_later_differences_are_listed_cell_by_cell_with_what_came_and_went(officer: User) -> None:
    changed, went = signed("改了的"), signed("撤回的")
    report = submitted(a_template(), officer)
    assert differences(report, officer) == []
    edited(changed, officer, total_investment=60_000_000)
    InvestmentProject._base_manager.filter(pk=went.pk).update(stage="negotiating")
    came = signed("后来的")

    found = differences(report, officer)

    assert [(one.project, one.heading, one.then, one.now, one.came) for one in found] == [
        (changed, "总投资(万元)", "5000.00", "6000.00", False),
        (went, "", None, None, False),
        (came, "", None, None, True),
    ]


def test_submission_is_seen_by_whoever_sees_every_project_in_it(officer: User) -> None:
    project = signed()
    signed("另一项目")
    report = submitted(a_template(), officer)
    colleague = a_person("colleague", unit=a_unit("unit-2"))
    leader = a_person("leader", Role.LEADER)
    seen = {
        user: ReportSubmission.objects.visible_to(user).filter(pk=report.pk).exists()
        for user in (officer, colleague, leader)
    }
    assert seen == {officer: True, colleague: True, leader: True}

    InvestmentProject._base_manager.filter(pk=project.pk).update(confidentiality="confidential")

    for user, sees in ((officer, True), (colleague, False), (leader, True), (a_person("auditor", Role.AUDITOR), False)):
        assert ReportSubmission.objects.visible_to(user).exists() == sees, user
    assert not ReportRow.objects.visible_to(colleague).filter(project=project).exists()


def test_report_of_demo_projects_is_a_demo_row(officer: User) -> None:
    project = signed()
    InvestmentProject._base_manager.filter(pk=project.pk).update(is_demo=True)

    report = submitted(a_template(), officer)

    assert report.is_demo
    assert report.rows.get().is_demo


def test_example_list_is_filled_whole(officer: User) -> None:
    for at in range(12):
        signed(f"项目{at}", content="示例", agreement_no="A-1", fixed_assets=10**7, investor_country="JP")
    template = ReportTemplate.objects.get(code="signed")

    report = fill_report(template, period=NOVEMBER, user=officer)
    found = cells(workbook_of(report, by=officer, on=ON), template.sheet)

    assert found[0][0] == "签约项目清单"
    assert "unit-1" in found[1][0]
    assert [row[0] for row in found[4:16]] == list(range(1, 13))
    assert found[16][0] == "合计"
    assert Decimal(str(found[16][5])) == Decimal(60000)
    assert {mark.code for mark in report.table.marks} == set()
