"""Files that are not what they seem: a clear refusal or a right reading, and never a trace."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from directory.models import ImportRow, ImportRun
from directory.services.importing import FileRefused, stage_file
from pinghu.ledger.models import Change
from tests.directory.imports.rows import csv_bytes, line, planned, said, verdicts, xlsx_bytes

pytestmark = pytest.mark.django_db

HEADINGS = ["企业名称", "信用代码"]
SHEET = "xl/worksheets/sheet1.xml"


def repacked(data: bytes, **parts: bytes) -> bytes:
    """A workbook with some parts replaced or added."""
    out = io.BytesIO()
    names = {
        name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): body for name, body in parts.items()
    }
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part not in names:
                new.writestr(part, old.read(part))
        for name, body in names.items():
            new.writestr(name, body)
    return out.getvalue()


def sheet_with(cell: str) -> bytes:
    head = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return head + cell.encode() + b"</sheetData></worksheet>"


def with_cell(cell: str, *, sheet: str = SHEET) -> bytes:
    """Two sheets, the named of whose parts holds a third line of this cell."""
    data = two_sheets()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read(sheet)
    row = f'<row r="3">{cell}</row></sheetData>'.encode()
    name = sheet.replace("/", "__").replace(".xml", "_xml")
    return repacked(data, **{name: body.replace(b"</sheetData>", row)})


def two_sheets() -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name in ("名单 & 一", "另一张"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, [f"{name}有限公司", ""])
    book.close()
    return out.getvalue()


def a_bomb() -> bytes:
    """64 MB of nothing in some 64 kB."""
    return repacked(xlsx_bytes(HEADINGS, ["甲"]), xl__worksheets__sheet1_xml=b" " * (64 * 1024 * 1024))


def a_far_cell() -> bytes:
    """One value in the last cell of a sheet: held as a rectangle, it would take 17 billion cells."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return repacked(xlsx_bytes(HEADINGS, ["甲"]), xl__worksheets__sheet1_xml=sheet_with(far))


def hidden_far(cells: str, *, row: str = "") -> Any:
    """A last row at the sheet's end whose cells hide where they stand from a careless look."""
    return lambda: with_cell(f'<c r="A3"/></row><row r="1048576"{row}>{cells}')


def a_sheet_elsewhere() -> bytes:
    """The far cell in a part that is not where sheets are kept."""
    with zipfile.ZipFile(io.BytesIO(a_far_cell())) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/other/sheet.xml"] = parts.pop(SHEET)
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"worksheets/sheet1.xml", b"other/sheet.xml")
    return repacked(_zip(parts))


def a_part_twice() -> bytes:
    out = io.BytesIO(xlsx_bytes(HEADINGS, ["甲"]))
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(SHEET, sheet_with(""))
    return out.getvalue()


def a_lying_archive() -> bytes:
    """A part whose stated size is smaller than what comes out of it."""
    data = bytearray(xlsx_bytes(HEADINGS, ["甲公司"]))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info = archive.getinfo(SHEET)
    entry = bytes(data).rindex(SHEET.encode()) - 46
    data[entry + 24 : entry + 28] = (info.file_size // 2).to_bytes(4, "little")
    return bytes(data)


CASES: dict[str, tuple[Any, str]] = {
    "a PDF named .csv": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "file_pdf"),
    "an empty file": (b"", "empty_file"),
    "blanks": (b"\r\n  \n", "empty_file"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "file_binary"),
    "a web page named .xls": ("<html><table><tr><td>企业名称</td></tr></table>".encode("gb18030"), "file_web_page"),
    "a bomb": (a_bomb, "zip_ratio"),
    "a far cell": (a_far_cell, "too_many_columns"),
    "a far cell behind a bracket": (hidden_far('<c s=">" r="XFD1048576"><v>1</v></c>'), "file_damaged"),
    "a far cell behind another place": (hidden_far('<c r="A3" r="XFD1048576"><v>1</v></c>'), "file_damaged"),
    "a far cell behind a name like it": (hidden_far('<c x:r="A3" r="XFD1048576"><v>1</v></c>'), "file_damaged"),
    "far cells without a place": (hidden_far("<c><v>1</v></c>" * 16_384), "too_many_columns"),
    "a far row of cells without a place": (hidden_far('<c t="n"><v>1</v></c>' * 150), "too_many_rows"),
    "a far cell in a sheet kept elsewhere": (a_sheet_elsewhere, "too_many_columns"),
    "a part twice": (a_part_twice, "file_damaged"),
    "an archive that lies": (a_lying_archive, "file_damaged"),
    "another archive": (lambda: _zip({"readme.txt": b"x"}), "file_other_zip"),
    "half a workbook": (lambda: xlsx_bytes(HEADINGS, ["甲"])[:900], "file_damaged"),
    "a macro workbook": (lambda: repacked(xlsx_bytes(HEADINGS, ["甲"]), xl__vbaProject_bin=b"x"), "file_macros"),
    "half an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "file_damaged"),
    "20,000 columns": (lambda: csv_bytes([f"c{n}" for n in range(20_000)], ["x"]), "too_many_columns"),
    "no heading": (lambda: csv_bytes(["甲公司", "乙"], ["丙公司", "丁"]), "no_header"),
    "headings alone": (lambda: csv_bytes(HEADINGS), "no_rows"),
    "no name": (lambda: csv_bytes(["信用代码", "地址"], ["x", "y"]), "no_name_column"),
    "a novel in a cell": (lambda: csv_bytes(HEADINGS, ["长" * 6000, ""]), "cell_too_long"),
    "some other bytes": (b"\xe4\xf6\xfc,\xff\xff\xff\n" * 4, "encoding_unknown"),
    "an open quotation": (lambda: csv_bytes(HEADINGS) + b'"' + b"x," * 200_000, "csv_damaged"),
    "a quotation open to the end": (
        lambda: csv_bytes(HEADINGS, ["甲公司", ""]) + '"乙公司,x\n丙公司,y\n'.encode(), "csv_damaged"),
    "formulas never calculated": (lambda: with_cell('<c r="A2"><f>"甲"&amp;"乙"</f><v></v></c>'), "formulas_unsaved"),
}  # fmt: skip


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


@pytest.mark.parametrize(("data", "code"), CASES.values(), ids=CASES.keys())
def test_wrong_file_is_refused_with_a_reason_and_leaves_no_trace(data: Any, code: str) -> None:
    before = Change.objects.count()

    with pytest.raises(FileRefused) as refused:
        stage_file(data() if callable(data) else data, said(), by=None)

    assert refused.value.code == code
    assert refused.value.message.strip()
    assert not ImportRun.objects.exists()
    assert not ImportRow.objects.exists()
    assert Change.objects.count() == before


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("IMPORT_MAX_BYTES", 10, "too_many_bytes"),
        ("IMPORT_MAX_ROWS", 0, "too_many_rows"),
        ("IMPORT_MAX_COLUMNS", 1, "too_many_columns"),
        ("IMPORT_MAX_CELL_LENGTH", 2, "cell_too_long"),
        ("IMPORT_MAX_UNZIPPED_BYTES", 2000, "too_many_unzipped"),
    ],
)
def test_file_beyond_a_bound_is_refused_with_the_bound(settings: Any, setting: str, value: int, code: str) -> None:
    rows = [HEADINGS, *([f"公司{n}", ""] for n in range(200))]
    data = xlsx_bytes(*rows) if setting == "IMPORT_MAX_UNZIPPED_BYTES" else csv_bytes(*rows)
    setattr(settings, setting, value)

    with pytest.raises(FileRefused) as refused:
        stage_file(data, said(), by=None)

    assert refused.value.code == code


def test_numbers_that_are_none_and_a_long_sheet_name_are_taken_as_texts() -> None:
    data = xlsx_bytes(["企业名称", "地址", "产品"], ["甲精机有限公司", 1.5, 2.5])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet, book = archive.read(SHEET), archive.read("xl/workbook.xml")
    sheet = sheet.replace(b"<v>1.5</v>", b"<v>1e999</v>").replace(b"<v>2.5</v>", b"<v>NaN</v>")
    book = book.replace("名单".encode(), b"x" * 300)

    run = planned(repacked(data, xl__worksheets__sheet1_xml=sheet, xl__workbook_xml=book))

    assert line(run).raw == ["甲精机有限公司", "inf", "nan"]
    assert run.sheet == "x" * 100


def test_cells_without_a_place_are_read() -> None:
    data = xlsx_bytes(HEADINGS, ["甲精机有限公司", ""])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read(SHEET).replace(b' r="A2"', b"")

    assert line(planned(repacked(data, xl__worksheets__sheet1_xml=body))).values["registered_name"] == "甲精机有限公司"


def test_empty_styled_cells_far_out_do_no_harm() -> None:
    data = xlsx_bytes(HEADINGS, ["甲精机有限公司", ""])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read(SHEET)
    styled = body.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')

    run = planned(repacked(data, xl__worksheets__sheet1_xml=styled))

    assert run.total_rows == 1


def test_command_says_why_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"%PDF-1.7")

    with pytest.raises(CommandError, match="PDF"):
        call_command("import_rows", "enterprises", str(file), "--apply")

    assert not ImportRun.objects.exists()


def test_command_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("import_rows", "enterprises", str(tmp_path / "none.csv"))


def test_formula_in_a_workbook_gives_its_stored_value() -> None:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["企业名称", "注册资本"])
    sheet.write_formula(1, 0, '="甲"&"精机有限公司"', None, "甲精机有限公司")
    sheet.write_formula(1, 1, "=1+1", None, "50(万元人民币)")
    book.close()

    row = line(planned(out.getvalue()))

    assert row.values["registered_name"] == "甲精机有限公司"
    assert row.values["registered_capital"] == "5E+5"


def test_formula_that_failed_is_an_error_of_its_cell_and_no_empty_one() -> None:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 1, ["企业名称", "注册资本", "住所"])
    sheet.write_formula(1, 1, "=A9", None, "#REF!")
    sheet.write_row(2, 1, ["甲精机有限公司"])
    sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    sheet.write_row(3, 1, ["乙精机有限公司"])
    sheet.write_formula(3, 3, "=VLOOKUP(1,A:B,2)", None, "#N/A")  # found nothing: as good as empty
    book.close()

    run = planned(out.getvalue())

    assert verdicts(run) == ["error", "error", "new"]
    assert [(row.problems[0]["code"], row.problems[0]["column"]) for row in (line(run, 2), line(run, 3))] == [
        ("cell_error", "企业名称"),
        ("cell_error", "注册资本"),
    ]
    assert "address" not in line(run, 4).values


def test_formulas_of_another_sheet_make_no_difference() -> None:
    unsaved = '<c r="A3"><f>1+1</f></c>'

    run = planned(with_cell(unsaved, sheet="xl/worksheets/sheet2.xml"))

    assert (run.sheet, run.total_rows) == ("名单 & 一", 1)
    with pytest.raises(FileRefused, match="A3"):
        stage_file(with_cell(unsaved, sheet="xl/worksheets/sheet2.xml"), said(sheet="另一张"), by=None)


def test_more_failed_formulas_than_can_be_listed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("directory.services.importing.workbooks.MAX_FAILED", 0)

    with pytest.raises(FileRefused) as refused:
        stage_file(with_cell('<c r="A3" t="e"><v>#REF!</v></c>'), said(), by=None)

    assert refused.value.code == "formulas_failed"


def test_formula_in_a_csv_is_never_taken_for_a_name() -> None:
    row = line(planned(csv_bytes(["企业名称"], ['=HYPERLINK("x","甲")'])))

    assert (row.verdict, row.problems[0]["code"]) == ("error", "formula_text")
