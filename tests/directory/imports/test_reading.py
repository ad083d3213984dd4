"""The right reading of files as they come: encodings, delimiters, title rows, merged cells, old workbooks."""

from pathlib import Path

import pytest

from directory.services.importing.reading import read_grid
from directory.services.importing.tables import find_table
from tests.directory.imports.rows import csv_bytes, xlsx_bytes

HEADINGS = ["企业名称", "信用代码", "成立日期"]
ROW = ["甲精机有限公司", "x", "2019-4-1"]


def rows(data: bytes, header_row: int = 0) -> tuple[list[str], list[tuple[int, list[object]]]]:
    table = find_table(read_grid(data), "enterprises", header_row=header_row)
    return table.headers, list(table.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_in_any_usual_encoding_is_read(encoding: str) -> None:
    assert rows(csv_bytes(HEADINGS, ROW, encoding=encoding)) == (HEADINGS, [(2, ROW)])


def test_rare_characters_survive_gb18030() -> None:
    _headers, found = rows(csv_bytes(["企业名称"], ["𠮷田(浙江)有限公司"], encoding="gb18030"))

    assert found == [(2, ["𠮷田(浙江)有限公司"])]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_found(delimiter: str) -> None:
    assert rows(csv_bytes(HEADINGS, ROW, delimiter=delimiter)) == (HEADINGS, [(2, ROW)])


def test_comma_inside_quotes_is_no_delimiter() -> None:
    assert rows(csv_bytes(["企业名称", "地址"], ["甲,乙公司", "路;1号"]))[1] == [(2, ["甲,乙公司", "路;1号"])]


def test_one_column_of_names_is_a_table() -> None:
    assert rows(csv_bytes(["企业名称"], ["甲精机有限公司"], ["乙精机有限公司"]))[1][1] == (3, ["乙精机有限公司"])


def test_title_rows_above_the_headings_are_passed_over() -> None:
    data = csv_bytes(["平湖市企业名单"], [], ["填报单位：市场监管局", "", "2026年11月"], HEADINGS, ROW)

    assert rows(data) == (HEADINGS, [(5, ROW)])


def test_line_breaks_in_cells_keep_the_lines_of_the_file() -> None:
    data = '"企业\n名称",信用代码\n"甲精机\n有限公司",x\n乙精机有限公司,y\n'.encode()

    headers, found = rows(data)

    assert headers == ["企业 名称", "信用代码"]
    assert [number for number, _cells in found] == [3, 5]


def test_workbook_with_title_merged_headings_and_merged_cells() -> None:
    data = xlsx_bytes(
        [None] * 4,
        ["企业名称", None, "联系方式", None],
        [None, None, "住所", "网址"],
        ["甲精机有限公司", None, "路1号", "a.cn"],
        ["乙精机有限公司", "东区", None, None],
        merges=[
            (0, 0, 0, 3, "企业基本信息汇总表"),
            (1, 0, 2, 0, "企业名称"),
            (1, 1, 2, 1, "园区"),
            (1, 2, 1, 3, "联系方式"),
            (3, 1, 4, 1, "东区"),
        ],
    )

    headers, found = rows(data)

    assert headers == ["企业名称", "园区", "住所", "网址"]
    assert [cells[:2] for _number, cells in found] == [["甲精机有限公司", "东区"], ["乙精机有限公司", "东区"]]


def test_workbook_whose_first_column_is_empty_keeps_its_merged_cells_in_place() -> None:
    data = xlsx_bytes(
        [None] * 4,
        [None, "企业名称", "资本", None],
        [None, None, "注册资本", "实缴"],
        [None, "甲精机有限公司", 500, "东区"],
        [None, "乙精机有限公司", 600, None],
        merges=[
            (0, 1, 0, 3, "企业名单"),
            (1, 1, 2, 1, "企业名称"),
            (1, 2, 1, 3, "资本"),
            (3, 3, 4, 3, "东区"),
        ],
    )

    headers, found = rows(data)

    assert headers == ["企业名称", "注册资本", "实缴"]
    assert [cells for _number, cells in found] == [["甲精机有限公司", 500, "东区"], ["乙精机有限公司", 600, "东区"]]


def test_unit_below_its_heading_is_read_with_it() -> None:
    data = xlsx_bytes(
        ["企业名称", "注册资本"],
        [None, "万元"],
        ["甲精机有限公司", 500],
        merges=[(0, 0, 1, 0, "企业名称")],
    )

    assert rows(data) == (["企业名称", "注册资本(万元)"], [(3, ["甲精机有限公司", 500])])


@pytest.mark.parametrize(
    ("above", "heading", "read"),
    [
        ("单位：万元", "注册资本", "注册资本(万元)"),
        ("金额单位: 人民币万元", "注册资本", "注册资本(万元)"),
        ("（单位：万美元）", "注册资金", "注册资金(万美元)"),
        ("单位：万元", "注册资本(元)", "注册资本(元)"),
        ("单位：万元", "注册资本(万美元)", "注册资本(万美元)"),
        ("填报单位：万元路社区", "地址", "地址"),
        ("填报单位：市场监管局", "注册资本", "注册资本"),
    ],
)
def test_unit_above_the_table_holds_for_its_amounts(above: str, heading: str, read: str) -> None:
    headings = ["企业名称", heading]

    headers, found = rows(csv_bytes(["名单"], ["", above], headings, ["甲精机有限公司", "500"], headings))

    assert (headers, [number for number, _cells in found]) == (["企业名称", read], [4])


def test_headings_repeated_on_each_page_and_empty_rows_are_no_rows() -> None:
    data = csv_bytes(HEADINGS, ROW, ["", "", ""], HEADINGS, ["乙精机有限公司", "", ""])

    assert [number for number, _cells in rows(data)[1]] == [2, 5]


def test_repeated_and_empty_headings_get_names_of_their_own() -> None:
    headers, _found = rows(csv_bytes(["企业名称", "备注", "", "备注"], ["甲", "1", "2", "3"]))

    assert headers == ["企业名称", "备注", "#3", "备注 (2)"]


def test_stated_row_of_headings_wins_over_the_guess() -> None:
    headers, found = rows(csv_bytes(["企业名称"], ["firm"], ["甲"]), header_row=2)

    assert (headers, found) == (["firm"], [(3, ["甲"])])


def test_old_workbook_is_read_with_its_days() -> None:
    data = (Path(__file__).parent / "files" / "legacy.xls").read_bytes()

    headers, found = rows(data)

    assert headers == ["企业名称", "统一社会信用代码", "成立日期"]
    assert found == [(2, ["示例精机有限公司", "示例", "2019-04-01"])]


def test_whole_numbers_of_a_workbook_have_no_point() -> None:
    assert rows(xlsx_bytes(["企业名称", "注册号"], ["甲", 330482000000001]))[1] == [(2, ["甲", 330482000000001])]
