"""XLSX and XLS through calamine, which loads a sheet whole: so its size is measured first, from the outside.

Formulas are never evaluated: a cell gives the value that the program which saved it stored beside the formula.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import python_calamine as calamine
from django.conf import settings

from directory.services.importing.reading import Grid, Line, check_line
from directory.services.importing.refusals import FileRefused

#: A sheet is held as a full rectangle, 32 bytes a cell.
MAX_CELLS = 6_000_000
#: Tables of digits are packed some 10 to 40 times.
MAX_RATIO = 200
_BLOCK = 1024 * 1024
_OVERLAP = 512
# A cell with something in it: an empty styled one closes itself and costs nothing.
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']\$?([A-Za-z]{1,4})\$?([0-9]{1,9})["'][^<>]*?(/?)>""")
_VBA_NAME = "_VBA_PROJECT".encode("utf-16-le")


class SheetGrid(Grid):
    """One sheet; `source` is calamine's."""

    def lines(self) -> Iterator[Line]:
        yield from enumerate(self.source.iter_rows(), start=1)


def read_workbook(data: bytes, *, sheet: str = "") -> Grid:
    """Return the named sheet, or the first visible one with rows. Raises FileRefused."""
    if data.startswith(b"PK"):
        check_archive(data)
    elif _VBA_NAME in data:
        raise FileRefused("file_macros")
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            found = _choose(book, sheet)
            grid = SheetGrid("workbook", sheet=found.name, source=found, merged=list(found.merged_cell_ranges or []))
    except calamine.PasswordError as error:
        raise FileRefused("file_encrypted") from error
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, ValueError) as error:
        raise FileRefused("file_damaged") from error
    _check_size(found.total_height, found.total_width)
    for number, cells in grid.lines():
        check_line(number, cells)
    return grid


def _choose(book: Any, wanted: str) -> Any:
    visible = [
        row.name
        for row in book.sheets_metadata
        if row.visible == calamine.SheetVisibleEnum.Visible and row.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if wanted:
        if wanted not in visible:
            raise FileRefused("no_sheet", sheet=wanted, sheets=", ".join(visible))
        return book.get_sheet_by_name(wanted)
    for name in visible:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            return sheet
    raise FileRefused("no_visible_sheet")


def check_archive(data: bytes, *, most_unzipped: int | None = None) -> None:
    """Unpack every part once, counting what really comes out, and look how far the sheets reach. Raises FileRefused."""
    limit = settings.IMPORT_MAX_UNZIPPED_BYTES if most_unzipped is None else most_unzipped
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename.replace("\\", "/").lower() for part in parts}
            if any(name.endswith("vbaproject.bin") for name in names):
                raise FileRefused("file_macros")
            if "xl/workbook.xml" not in names:
                raise FileRefused("file_other_zip")
            total = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise FileRefused("file_encrypted")
                total += _check_part(archive, part, total, limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise FileRefused("file_damaged") from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, before: int, limit: int) -> int:
    """Unpacked bytes of one part. The sizes that the archive claims are not believed."""
    # A part of a megabyte may be one repeated row; beyond that no table packs so well.
    most = max(_BLOCK, part.compress_size * MAX_RATIO)
    is_sheet = "worksheets/" in part.filename.replace("\\", "/").lower()
    size, rest, rows, columns = 0, b"", 0, 0
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if before + size > limit:
                raise FileRefused("too_many_unzipped", limit=limit // _BLOCK)
            if size > most:
                raise FileRefused("zip_ratio", limit=MAX_RATIO)
            if is_sheet:
                rows, columns = _reach(rest + block, rows, columns)
                _check_size(rows, columns)
                rest = block[-_OVERLAP:]
    return size


def _reach(block: bytes, rows: int, columns: int) -> tuple[int, int]:
    letters: set[bytes] = set()
    for column, row, is_empty in _CELL.findall(block):
        if not is_empty:
            letters.add(column)
            if len(row) > 4 or rows < 10_000:
                rows = max(rows, int(row))
    return rows, max([columns, *map(_column_number, letters)])


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_size(rows: int, columns: int) -> None:
    if columns > settings.IMPORT_MAX_COLUMNS:
        raise FileRefused("too_many_columns", found=columns, limit=settings.IMPORT_MAX_COLUMNS)
    if rows > settings.IMPORT_MAX_ROWS + 100:
        raise FileRefused("too_many_rows", found=rows, limit=settings.IMPORT_MAX_ROWS)
    if rows * columns > MAX_CELLS:
        raise FileRefused("too_many_cells", rows=rows, columns=columns, limit=MAX_CELLS)
