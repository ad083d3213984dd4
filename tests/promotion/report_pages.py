"""Workbooks as a city sends them, and the steps of a report in one call."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from promotion.models import ReportTemplate
from promotion.rules.reports import Period
from promotion.services.reports import fill_report, submit_report, take_workbook
from tests.promotion.factories import NOW

NOVEMBER = Period(2026, 11)
HEADINGS = ("序号", "项目名称", "总投资(万元)", "签约时间")


def a_workbook(
    headings: Sequence[str] = HEADINGS,
    build: Callable[[Any, Any], None] = lambda book, sheet: None,
    *,
    prepared: int = 2,
    sheet: str = "清单",
) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet(sheet)
    framed = book.add_format({"border": 1})
    page.write(0, 0, "全市项目清单")
    for column, text in enumerate(headings):
        page.write(2, column, text, framed)
        for row in range(3, 3 + prepared):
            page.write_blank(row, column, None, framed)
    page.write(3 + prepared, 0, "合计")
    build(book, page)
    book.close()
    return out.getvalue()


def a_template(data: bytes | None = None, *, by: Any = None, **values: Any) -> ReportTemplate:
    values = {"name": "示例清单", "kind": "signed", "span": "in_year", **values}
    upload = SimpleUploadedFile("清单.xlsx", data or a_workbook())
    row: ReportTemplate = take_workbook(ReportTemplate(**values), upload=upload, by=by, door="admin")
    return row


def filled(template: ReportTemplate, by: Any, period: Period = NOVEMBER) -> Any:
    return fill_report(template, period=period, user=by)


def submitted(template: ReportTemplate, by: Any, period: Period = NOVEMBER, **values: Any) -> Any:
    values.setdefault("accepts_marks", True)
    values.setdefault("at", NOW.replace(month=12))
    values.setdefault("digest", filled(template, by, period).digest)
    return submit_report(template, period=period, by=by, door="admin", **values)


def cells(data: bytes, sheet: str = "清单") -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
