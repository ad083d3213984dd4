"""The lines that could not be taken, as a workbook that can be mended and sent again as it is.

The original columns under their original headings, then line number, reason and advice, which a new upload ignores.
"""

from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from directory.models import ImportRow, ImportRun
from directory.models.imports import Verdict
from directory.services.importing.planning import chunks_of
from directory.services.importing.problems import NOTE, advice, reason

#: What a workbook of this kind is named after the file.
SUFFIX = "-errors.xlsx"
_MOST_PER_SHEET = 1_048_575


def write_error_workbook(run: ImportRun, out: IO[bytes]) -> int:
    """Write the lines in error, and those refused when they were applied; returns how many."""
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            # A cell is what it was: never a formula, never a link.
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        },
    )
    sheet = book.add_worksheet(_("Errors")[:31])
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "num_format": "@", "bg_color": "#E2ECF8"})
    wrong = book.add_format({"num_format": "@", "bg_color": "#FDE7D3"})
    headers = [*run.headers, *extra_headings()]
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, bold)
    sheet.freeze_panes(1, 0)
    at = 0
    for rows in chunks_of(run, 1000):
        for row in rows:
            if row.verdict != Verdict.ERROR and row.outcome != ImportRow.Outcome.REFUSED:
                continue
            at += 1
            if at > _MOST_PER_SHEET:
                break
            _write_row(sheet, at, run, row, text, wrong)
    sheet.set_column(0, max(0, len(run.headers) - 1), 18)
    sheet.set_column(len(run.headers) + 1, len(run.headers) + 2, 50)
    book.close()
    return at


def extra_headings() -> list[str]:
    """Headings of the added columns; none of them is a known heading, so a new upload leaves them out."""
    return [_("Line in the first file"), _("What is wrong"), _("What to do")]


def _write_row(sheet: Any, at: int, run: ImportRun, row: ImportRow, text: Any, wrong: Any) -> None:
    entries = [entry for entry in row.problems if entry["level"] != NOTE]
    marked = {entry["column"] for entry in entries}
    for column, header in enumerate(run.headers):
        cell = row.raw[column] if column < len(row.raw) else ""
        style = wrong if header in marked else text
        if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) < 1e15:
            sheet.write_number(at, column, cell, style if header in marked else None)
        else:
            sheet.write_string(at, column, "" if cell is None else str(cell), style)
    last = len(run.headers)
    sheet.write_number(at, last, row.number)
    sheet.write_string(at, last + 1, "\n".join(_said(entry) for entry in entries), text)
    sheet.write_string(at, last + 2, "\n".join(dict.fromkeys(advice(entry) for entry in entries)), text)


def _said(entry: dict[str, Any]) -> str:
    return f"{entry['column']}: {reason(entry)}" if entry["column"] else reason(entry)
