"""Lists as files: CSV streamed row by row, XLSX written to disk; neither can carry a formula into a spreadsheet."""

import csv
import datetime
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: More than this a spreadsheet cannot hold anyway (Excel: 1,048,576 rows with the header).
MOST_ROWS = 1_000_000
#: What spreadsheets take for the beginning of a formula, in half and full width; a tab or a line break may hide one.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_LONGEST_CELL = 32_767

Row = Sequence[Any]


def safe_cell(value: Any) -> Any:
    """A value for a CSV file: text that a spreadsheet would calculate gets an apostrophe in front (OWASP).

    Numbers stay numbers, a negative one too; dates are written as ISO 8601, moments in the zone's own time.
    """
    if value is None:
        return ""
    if isinstance(value, (bool, int, float, Decimal)):
        return value
    if isinstance(value, datetime.datetime):
        return (
            timezone.localtime(value).isoformat(timespec="seconds") if timezone.is_aware(value) else value.isoformat()
        )
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Row, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180), with the mark by which Excel knows UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([safe_cell(value) for value in header])
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def csv_response(name: str, header: Row, rows: Iterable[Row]) -> StreamingHttpResponse:
    """A download `name.csv` that is written while it is sent."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type=CSV_TYPE)
    response["Content-Disposition"] = _attachment(f"{name}.csv")
    return response


def xlsx_response(name: str, header: Row, rows: Iterable[Row]) -> FileResponse:
    """A download `name.xlsx`; the file stands in a temporary one until it is sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (FileResponse closes it)
    write_xlsx(file, header, rows)
    file.seek(0)
    response = FileResponse(file, content_type=XLSX_TYPE)
    response["Content-Disposition"] = _attachment(f"{name}.xlsx")
    return response


def write_xlsx(file: Any, header: Row, rows: Iterable[Row]) -> None:
    """Write one sheet: text as text (never a formula or a link), numbers and dates as such, the header frozen."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.set_column(column, column, max(10, min(40, 2 * len(str(text)) + 2)))
        sheet.write_string(0, column, str(text), bold)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            break
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value, moment)
    book.close()


def _write_cell(sheet: Any, row: int, column: int, value: Any, moment: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float, Decimal)) and abs(float(value)) < 1e15:  # beyond, a spreadsheet rounds
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime.datetime):
        local = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        sheet.write_datetime(row, column, local, moment)
    elif isinstance(value, datetime.date) and value.year >= 1900:
        sheet.write_datetime(row, column, value)
    else:
        sheet.write_string(row, column, str(value)[:_LONGEST_CELL])


def file_response(kind: str, name: str, header: Row, rows: Iterable[Row]) -> HttpResponseBase:
    """The download of that kind: "csv" or "xlsx". Raises KeyError for another."""
    return {"csv": csv_response, "xlsx": xlsx_response}[kind](name, header, rows)


def _attachment(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name) or "attachment"
