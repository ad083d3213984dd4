"""The lines in error go back as a workbook that can be mended and sent again as it is."""

import io
import zipfile

import pytest
import python_calamine
from django.utils import translation

from directory.models import Enterprise, ImportRun
from directory.services.importing import apply_run, plan_run, stage_file, write_error_workbook
from tests.directory.imports.rows import a_code, line, plan_of, said, verdicts

pytestmark = pytest.mark.django_db

HEADINGS = ["序号", "企业名称", "信用代码", "备注"]


def workbook(run: ImportRun) -> bytes:
    out = io.BytesIO()
    write_error_workbook(run, out)
    return out.getvalue()


def cells(data: bytes) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def a_run() -> ImportRun:
    return plan_of(
        HEADINGS, [1, "甲精机有限公司", a_code(1), ""], [2, "乙轴承有限公司", "9133", "=1+1"], [3, "", "", "@SUM(A1)"]
    )


def test_it_holds_the_lines_in_error_with_line_reason_and_advice() -> None:
    with translation.override("en"):
        rows = cells(workbook(a_run()))

    assert rows[0] == [*HEADINGS, "Line in the first file", "What is wrong", "What to do"]
    assert [row[4] for row in rows[1:]] == [3.0, 4.0]
    assert rows[1][1] == "乙轴承有限公司"
    assert "18 characters" in str(rows[1][5])
    assert "信用代码" in str(rows[1][5])
    assert rows[1][6]


def test_it_holds_no_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(a_run()))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")

    assert b"<f>" not in sheet
    assert b"=1+1" in sheet


def test_sent_again_as_it_is_it_is_read_alike() -> None:
    run = a_run()
    again = plan_run(stage_file(workbook(run), said(), by=None))

    assert again.headers[:4] == HEADINGS
    assert verdicts(again) == ["error", "error"]
    assert set(again.mapping) == {"企业名称", "信用代码"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_mended_and_sent_again_it_goes_through(language: str) -> None:
    import xlsxwriter

    with translation.override(language):
        rows = cells(workbook(a_run()))
    rows[1][2], rows[2][1] = a_code(2), "丙齿轮有限公司"
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()

    apply_run(plan_run(stage_file(out.getvalue(), said(), by=None)))

    assert set(Enterprise.objects.values_list("registered_name", flat=True)) == {"乙轴承有限公司", "丙齿轮有限公司"}


def test_run_without_errors_gives_only_the_headings() -> None:
    assert len(cells(workbook(plan_of(HEADINGS, [1, "甲精机有限公司", "", ""])))) == 1


def test_line_refused_at_the_end_is_in_it() -> None:
    run = plan_of(HEADINGS, [1, "甲精机有限公司", a_code(1), ""])
    Enterprise(short_name="别人", uscc=a_code(1))
    from tests.factories import an_enterprise

    an_enterprise("别人", uscc=a_code(1))
    apply_run(run)

    assert line(run).outcome == "refused"
    assert len(cells(workbook(run))) == 2
