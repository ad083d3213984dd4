"""The four lists 在谈, 签约, 注册, 开工 as example templates: headings as data, their workbooks made here.

The city sends its own workbooks with other headings every year; these show how such a list is laid out, mapped, filled.
"""

import datetime
import io
import json
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from pinghu.ledger.models import Door
from promotion.models import ReportTemplate
from promotion.services.reports import take_workbook

EXAMPLES = Path(settings.BASE_DIR) / "fixtures" / "promotion" / "report_templates.json"
_PREPARED = 8
_FONT = "宋体"


def load_report_templates() -> int:
    """Make the examples that were never there; returns how many. One query where nothing is missing."""
    known = set(ReportTemplate.history.exclude(code=None).order_by().values_list("code", flat=True).distinct())
    made = 0
    for row in json.loads(EXAMPLES.read_text(encoding="utf-8")):
        if row["code"] in known:
            continue
        upload = SimpleUploadedFile(f"{row['name']}.xlsx", example_workbook(row["title"], row["headings"]))
        template = ReportTemplate(code=row["code"], name=row["name"], kind=row["kind"], span=row["span"])
        take_workbook(template, upload=upload, by=None, door=Door.COMMAND)
        made += 1
    return made


def load_report_templates_after_migrate(**_options: Any) -> None:
    """Receiver of post_migrate."""
    load_report_templates()


def example_workbook(title: str, headings: list[Any]) -> bytes:
    """A list as offices lay it out: title, who reports what, headings over two rows, prepared rows, sums, signature."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties(
        {"title": title, "created": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}
    )  # the same bytes whenever made
    sheet = book.add_worksheet(title)
    form = {"font_name": _FONT, "border": 1, "valign": "vcenter", "text_wrap": True}
    head = book.add_format({**form, "bold": True, "align": "center", "bg_color": "#DDEBF7"})
    cell, last = book.add_format(form), sum(len(sub) if isinstance(sub, list) else 1 for _text, sub in headings) - 1
    plain = book.add_format({"font_name": _FONT})
    large = book.add_format({"font_name": _FONT, "font_size": 18, "bold": True, "align": "center", "valign": "vcenter"})
    sheet.merge_range(0, 0, 0, last, title, large)
    sheet.merge_range(1, 0, 1, last, "填报单位：{填报单位}        报告期：{年}年{月}月", plain)
    sheet.set_row(0, 32)
    summed = _write_headings(sheet, headings, head)
    first, total = 4, 4 + _PREPARED
    for row in range(first, total):
        for column in range(last + 1):
            sheet.write_blank(row, column, None, cell)
    for column in range(last + 1):
        if column in summed:
            letter = xlsxwriter.utility.xl_col_to_name(column)
            sheet.write_formula(total, column, f"=SUM({letter}{first + 1}:{letter}{total})", cell, 0)
        else:
            sheet.write(total, column, "合计" if column == 0 else None, cell)
    sheet.merge_range(total + 1, 0, total + 1, last, "填报人：{填报人}        填报日期：{填报日期}", plain)
    sheet.freeze_panes(first, 2)
    sheet.repeat_rows(2, 3)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def _write_headings(sheet: Any, headings: list[Any], head: Any) -> set[int]:
    """Write the two rows of headings; returns the columns of amounts and areas, which are summed."""
    place, summed = 0, set()
    for text, width in headings:
        if isinstance(width, list):
            sheet.merge_range(2, place, 2, place + len(width) - 1, text, head)
            for below, each in width:
                sheet.write(3, place, below, head)
                sheet.set_column(place, place, each)
                summed |= {place} if "%" not in below else set()
                place += 1
            continue
        sheet.merge_range(2, place, 3, place, text, head)
        sheet.set_column(place, place, width)
        summed |= {place} if any(unit in text for unit in ("万元", "万美元", "亩", "平方米")) else set()
        place += 1
    return summed
