"""Files as bureaus send them, made in memory, and the steps of an import in one call."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from directory.models import DataSource, ImportRow, ImportRun
from directory.rules import uscc
from directory.services.importing import Description, plan_run, stage_file


def csv_bytes(*rows: Sequence[Any], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_bytes(
    *rows: Sequence[Any], merges: Sequence[tuple[int, int, int, int, str]] = (), sheet: str = "名单"
) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                page.write(at, column, value)
    for first_row, first_column, last_row, last_column, text in merges:
        page.merge_range(first_row, first_column, last_row, last_column, text)
    book.close()
    return out.getvalue()


def source(code: str = "bureau") -> DataSource:
    return DataSource.objects.get(code=code)


def said(kind: str = "enterprises", *, by: str = "bureau", name: str = "list.csv", **values: Any) -> Description:
    return Description(kind=kind, source=source(by), file_name=name, **values)


def planned(data: bytes, kind: str = "enterprises", **values: Any) -> ImportRun:
    """The file's run, planned; not a run that was there."""
    return plan_run(stage_file(data, said(kind, **values), by=None, again=True))


def plan_of(*rows: Sequence[Any], kind: str = "enterprises", **values: Any) -> ImportRun:
    return planned(csv_bytes(*rows), kind, **values)


def verdicts(run: ImportRun) -> list[str]:
    return list(run.rows.order_by("number").values_list("verdict", flat=True))


def line(run: ImportRun, number: int = 2) -> ImportRow:
    row: ImportRow = run.rows.get(number=number)
    return row


def codes(row: ImportRow) -> list[str]:
    return [entry["code"] for entry in row.problems]


def a_code(number: int) -> str:
    """A valid credit code of a division that no authority uses."""
    return uscc.make(f"91999999MA{number:06d}")
