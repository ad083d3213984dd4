"""Somebody else's workbook filled in its own layout: rows among its own, everything below and beside as it was."""

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pinghu.workbooks import BadWorkbook, Entry, Workbook

DAY = datetime.date(2026, 11, 3)


def template(build: Callable[[Any, Any], None] = lambda book, sheet: None, *, prepared: int = 2) -> bytes:
    """A title, headings in row 3, prepared rows from row 4, a sum and a note below them."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("清单")
    framed = book.add_format({"border": 1, "bg_color": "#DDEBF7"})
    sheet.merge_range("A1:D1", "签约项目清单", book.add_format({"bold": True, "align": "center"}))
    for column, text in enumerate(("序号", "项目名称", "总投资(万元)", "签约日期")):
        sheet.write(2, column, text, framed)
    for row in range(3, 3 + prepared):
        for column in range(4):
            sheet.write_blank(row, column, None, book.add_format({"border": 1}))
    below = 3 + prepared
    sheet.write(below, 0, "合计")
    sheet.write_formula(below, 2, f"=SUM(C4:C{max(below, 4)})")
    sheet.merge_range(below + 1, 0, below + 1, 3, "填报说明:金额以万元计")
    sheet.set_column(1, 1, 33)
    build(book, sheet)
    book.close()
    return out.getvalue()


def rows(count: int) -> list[dict[int, Entry]]:
    return [
        {1: Entry(n + 1), 2: Entry(f"项目{n + 1}"), 3: Entry(Decimal("100.50")), 4: Entry(DAY)} for n in range(count)
    ]


def filled(data: bytes, lines: list[dict[int, Entry]], *, prepared: int = 2) -> bytes:
    book = Workbook(data)
    book.sheet("清单").fill(lines, first=4, last=3 + prepared, heading=3, columns=[1, 2, 3, 4])
    return book.save()


def cells(data: bytes, sheet: str = "清单") -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def part(data: bytes, name: str = "xl/worksheets/sheet1.xml") -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def test_headings_and_merges_are_read() -> None:
    sheet = Workbook(template()).sheet("清单")

    assert sheet.texts[3] == {1: "序号", 2: "项目名称", 3: "总投资(万元)", 4: "签约日期"}
    assert (1, 1, 1, 4) in sheet.merges
    assert sheet.texts[6][3] == "=SUM(C4:C5)"
    assert sheet.last_row == 7


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_rows_push_down_what_stands_below_and_the_sum_grows_over_them(count: int) -> None:
    data = filled(template(), rows(count))

    found = cells(data)
    below = 3 + max(count, 2)
    assert found[0][0] == "签约项目清单"
    assert [row[1] for row in found[3 : 3 + count]] == [f"项目{n + 1}" for n in range(count)]
    assert found[below][0] == "合计"
    assert found[below][2] == 100.5 * count
    assert found[below + 1][0] == "填报说明:金额以万元计"
    assert f"<f>SUM(C4:C{below})</f>" in part(data)
    assert f'ref="A{below + 2}:D{below + 2}"' in part(data)
    assert len(found) == below + 2


@pytest.mark.parametrize("prepared", [0, 1, 2, 5])
def test_number_of_prepared_rows_makes_no_difference(prepared: int) -> None:
    found = cells(filled(template(prepared=prepared), rows(3), prepared=prepared))

    assert [row[1] for row in found[3:6]] == ["项目1", "项目2", "项目3"]
    assert found[3][3] == DAY
    assert found[3 + max(3, prepared)][0] == "合计"


def test_rows_beyond_look_like_the_prepared_ones() -> None:
    xml = part(filled(template(), rows(4)))

    styles = {row: re.search(rf'<c r="B{row}"[^>]*? s="(\d+)"', xml)[1] for row in (4, 5, 6, 7)}  # type: ignore[index]
    assert len(set(styles.values())) == 1
    assert styles[4] != "0"


def test_text_is_never_a_formula_and_control_signs_are_left_out() -> None:
    data = filled(template(), [{2: Entry('=cmd|" /C calc"!A0\x00\x0b'), 3: Entry("+1")}])

    assert cells(data)[3][1:3] == ['=cmd|" /C calc"!A0', "+1"]
    assert part(data).count("<f") == 1  # the template's own sum


def test_marked_cell_is_red_and_keeps_its_frame() -> None:
    data = filled(template(), [{1: Entry(1), 2: Entry(None, is_marked=True), 3: Entry(5, is_marked=True)}])

    styles, xml = part(data, "xl/styles.xml"), part(data)
    assert "FFFFC7CE" in styles
    formats = re.findall(r"<xf [^>]*/?>", styles[styles.index("<cellXfs") :])
    red = formats[int(re.search(r'<c r="B4" s="(\d+)"', xml)[1])]  # type: ignore[index]
    plain = formats[int(re.search(r'<c r="A4" s="(\d+)"', xml)[1])]  # type: ignore[index]
    border = re.compile(r'borderId="(\d+)"')
    assert border.search(red)[1] == border.search(plain)[1] != "0"  # type: ignore[index]
    assert 'applyFill="1"' in red


def test_prepared_numbers_beyond_the_rows_go_and_own_formulas_are_copied_down() -> None:
    def build(book: Any, sheet: Any) -> None:
        for row in (3, 4):
            sheet.write_number(row, 0, row - 2)
            sheet.write_formula(row, 4, f"=C{row + 1}*10000")

    found = cells(filled(template(build), rows(1)))
    assert [row[0] for row in found[3:5]] == [1, ""]
    xml = part(filled(template(build), rows(4)))
    assert all(f"<f>C{row}*10000</f>" in xml for row in (4, 5, 6, 7))


def test_what_names_the_rows_follows_validation_filter_print_area_and_other_sheet() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.data_validation("B4:B5", {"validate": "list", "source": ["甲", "乙"]})
        sheet.autofilter("A3:D5")
        sheet.print_area("A1:D7")
        sheet.conditional_format("C4:C5", {"type": "cell", "criteria": ">", "value": 9, "format": book.add_format()})
        other = book.add_worksheet("汇总")
        other.write_formula("A1", "=清单!C6")

    data = filled(template(build), rows(5))

    xml = part(data)
    assert 'sqref="B4:B8"' in xml
    assert '<autoFilter ref="A3:D8"' in xml
    assert 'sqref="C4:C8"' in xml
    assert "$D$10" in part(data, "xl/workbook.xml")
    assert "C9" in part(data, "xl/worksheets/sheet2.xml")
    assert 'fullCalcOnLoad="1"' in part(data, "xl/workbook.xml")


def test_parts_that_are_not_concerned_are_carried_over_byte_for_byte_and_twice_alike() -> None:
    before = template()
    after = filled(before, rows(3))

    changed = {"xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"}
    old, new = (zipfile.ZipFile(io.BytesIO(data)) for data in (before, after))
    assert {name for name in old.namelist() if old.read(name) != new.read(name)} == changed
    assert old.namelist() == new.namelist()
    assert filled(before, rows(3)) == after


def test_day_in_a_text_column_is_written_as_text() -> None:
    def build(book: Any, sheet: Any) -> None:
        for row in (3, 4):
            sheet.write_blank(row, 3, None, book.add_format({"num_format": "@"}))

    assert cells(filled(template(build), rows(1)))[3][3] == "2026-11-03"


def without(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for each in source.namelist():
            if each != name:
                target.writestr(each, source.read(each))
    return out.getvalue()


def with_entity(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for each in source.namelist():
            text = source.read(each)
            if each == "xl/workbook.xml":
                text = text.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1)
            target.writestr(each, text)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 no zip", without(template(), "xl/workbook.xml"), with_entity(template())],
    ids=["empty", "no archive", "no workbook", "entities"],
)
def test_file_that_is_no_plain_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(BadWorkbook):
        Workbook(data)
