"""XLSX and XLS through calamine, which loads a sheet whole: so its size is measured first, from the outside.

Formulas are never evaluated: a cell gives the value that the program which saved it stored beside the formula. Where a
formula failed calamine gives nothing, and where no value was stored neither: in XLSX both are looked for in the sheet's
own text, so that such a cell is not taken for an empty one.
"""

import html
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import python_calamine as calamine
from django.conf import settings

from directory.services.importing.reading import Grid, Line, check_line
from directory.services.importing.refusals import FileRefused

#: A sheet is held as a full rectangle, 32 bytes a cell.
MAX_CELLS = 6_000_000
#: Tables of digits are packed some 10 to 40 times.
MAX_RATIO = 200
#: More cells in which a formula failed are not listed one by one.
MAX_FAILED = 10_000
_BLOCK = 1024 * 1024
#: The lists of sheets and of relations have a line a sheet.
_MOST_OF_LISTS = 8 * _BLOCK
#: A cell with the longest formula that a spreadsheet takes, and its tags.
_OVERLAP = 16 * 1024
# A cell with something in it: an empty styled one closes itself and costs nothing.
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']\$?([A-Za-z]{1,4})\$?([0-9]{1,9})["'][^<>]*?(/?)>""")
# Anything but one place and the standard's other attributes, plainly written, may hide where the cell really stands.
_REST = rb"""(?:(?:s|t|cm|vm|ph)\s*=\s*(?:"[^"'<>=]*"|'[^"'<>=]*')\s*)*"""
_ODD_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?!\s*%(rest)s(?:r\s*=\s*(?:"[^"'<>=]*"|'[^"'<>=]*')\s*%(rest)s)?/?>)""" % {b"rest": _REST}
)
# Nearly every cell says its place and is plain: one look finds the blocks that need more.
_UNUSUAL_CELL = re.compile(
    rb"""<(?:\w+:)?c(?=[\s>])(?!\s+%(rest)sr\s*=\s*(?:"[^"'<>=]*"|'[^"'<>=]*')\s*%(rest)s/?>)""" % {b"rest": _REST}
)
# A cell may also leave its place to its neighbours, and a row to the rows before it.
_PLACELESS = re.compile(rb"<(?:\w+:)?c(?:>|\s(?![^<>]*\br\s*=)[^<>]*[^<>/]>)")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^<>]*)")
_PREFIX = rb"(?:\w+:)?"
# A cell with a formula, or one that shows an error: its attributes, whether it has a formula, its stored value.
_COMPUTED = re.compile(
    rb"<%(p)sc\s([^<>]*[^<>/])>\s*(<%(p)sf\b[^<>]*(?:/>|>[^<]*</%(p)sf>))?\s*(?:<%(p)sv\b[^<>]*>([^<]*)</%(p)sv>)?"
    % {b"p": _PREFIX}
)
_SHEET = re.compile(rb"<%(p)ssheet\s([^<>]*)>" % {b"p": _PREFIX})
_RELATION = re.compile(rb"<%(p)sRelationship\s([^<>]*)>" % {b"p": _PREFIX})
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# What a lookup shows that found nothing: as good as an empty cell.
_NOT_FOUND = "#N/A"
_VBA_NAME = "_VBA_PROJECT".encode("utf-16-le")


@dataclass
class Computed:
    """What calamine does not tell of one sheet's formulas: cells (row, column from 0) that show an error, and the first
    without a stored value."""

    failed: dict[tuple[int, int], str] = field(default_factory=dict)
    unsaved: str = ""

    def look(self, block: bytes) -> None:
        """Note the cells of one block of the sheet's text. Raises FileRefused."""
        if not any(sign in block for sign in (b"<f", b":f", b'"e"', b"'e'")):
            return
        for tag, formula, value in _COMPUTED.findall(block):
            cell = _attributes(tag)
            kind, place = cell.get("t", "n"), cell.get("r", "")
            if kind == "e":
                self._fail(place, html.unescape(value.decode("utf-8", "replace")))
            elif formula and not value and kind == "n" and not self.unsaved:
                self.unsaved = place or "?"

    def _fail(self, place: str, shown: str) -> None:
        letters = place.rstrip("0123456789")
        row = place[len(letters) :]
        if not (letters and row) or shown in ("", _NOT_FOUND):
            return
        self.failed[int(row) - 1, _column_number(letters.encode()) - 1] = shown
        if len(self.failed) > MAX_FAILED:
            raise FileRefused("formulas_failed", limit=MAX_FAILED)


class SheetGrid(Grid):
    """One sheet; `source` is (calamine's sheet, row → its failed cells). Columns count from the first that is used."""

    def lines(self) -> Iterator[Line]:
        sheet, failed = self.source
        for at, cells in enumerate(sheet.iter_rows()):
            for column, shown in failed.get(at, ()):
                if 0 <= column < len(cells):
                    cells[column] = shown
            yield at + 1, cells


def read_workbook(data: bytes, *, sheet: str = "") -> Grid:
    """Return the named sheet, or the first visible one with rows. Raises FileRefused."""
    computed: dict[str, Computed] = {}
    if data.startswith(b"PK"):
        computed = check_archive(data)
    elif _VBA_NAME in data:
        raise FileRefused("file_macros")
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            found = _choose(book, sheet)
            grid = _grid(found, computed.get(found.name, Computed()))
    except calamine.PasswordError as error:
        raise FileRefused("file_encrypted") from error
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError, ValueError) as error:
        raise FileRefused("file_damaged") from error
    _check_size(found.total_height, found.total_width)
    for number, cells in grid.lines():
        check_line(number, cells)
    return grid


def _grid(sheet: Any, computed: Computed) -> Grid:
    """The sheet's lines. calamine leaves out the unused columns on the left, yet counts merged cells from the first."""
    if computed.unsaved:
        raise FileRefused("formulas_unsaved", place=computed.unsaved)
    _row, left = sheet.start or (0, 0)
    failed: dict[int, list[tuple[int, str]]] = {}
    for (row, column), shown in computed.failed.items():
        failed.setdefault(row, []).append((column - left, shown))
    merged = [
        ((top, first - left), (bottom, last - left))
        for (top, first), (bottom, last) in sheet.merged_cell_ranges or ()
        if first >= left
    ]
    return SheetGrid("workbook", sheet=sheet.name, source=(sheet, failed), merged=merged)


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


def check_archive(data: bytes, *, most_unzipped: int | None = None) -> dict[str, Computed]:
    """Unpack every part once, counting what really comes out, and look how far the sheets reach. Raises FileRefused.

    Returns what each sheet's text says of its formulas.
    """
    limit = settings.IMPORT_MAX_UNZIPPED_BYTES if most_unzipped is None else most_unzipped
    computed: dict[str, Computed] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {_path(part.filename) for part in parts}
            if any(name.endswith("vbaproject.bin") for name in names):
                raise FileRefused("file_macros")
            if "xl/workbook.xml" not in names:
                raise FileRefused("file_other_zip")
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused("file_encrypted")
            if len(names) < len(parts):
                raise FileRefused("file_damaged")  # of two parts of one name another program may read the other
            sheets = list(_sheet_paths(archive))
            paths = {path for _name, path in sheets}
            total = 0
            for part in parts:
                found = computed.setdefault(_path(part.filename), Computed())
                is_sheet = _path(part.filename) in paths or "worksheets/" in _path(part.filename)
                total += _check_part(archive, part, total, limit, found if is_sheet else None)
            return {sheet: computed[path] for sheet, path in sheets if path in computed}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise FileRefused("file_damaged") from error


def _path(name: str) -> str:
    return name.replace("\\", "/").lower()


def _attributes(tag: bytes) -> dict[str, str]:
    """A tag's attributes without their prefixes."""
    return {
        name.rpartition(b":")[2].decode("utf-8", "replace"): html.unescape((one or other).decode("utf-8", "replace"))
        for name, one, other in _ATTRIBUTE.findall(tag)
    }


def _sheet_paths(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(name of a sheet, path of its part), wherever the workbook keeps it."""
    texts = {_path(name): name for name in archive.namelist()}
    relations = texts.get("xl/_rels/workbook.xml.rels", "")
    targets = {}
    for tag in _RELATION.findall(_beginning(archive, relations)) if relations else ():
        found = _attributes(tag)
        target = _path(found.get("Target", ""))
        targets[found.get("Id", "")] = (target if target.startswith("xl/") else posixpath.join("/xl", target)).lstrip(
            "/"
        )
    for tag in _SHEET.findall(_beginning(archive, texts["xl/workbook.xml"])):
        found = _attributes(tag)
        yield found.get("name", ""), targets.get(found.get("id", ""), "")


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    """A small part, which no workbook needs to be larger. Raises FileRefused."""
    with archive.open(name) as stream:
        data = stream.read(_MOST_OF_LISTS + 1)
    if len(data) > _MOST_OF_LISTS:
        raise FileRefused("too_many_unzipped", limit=_MOST_OF_LISTS // _BLOCK)
    return data


def _check_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, before: int, limit: int, computed: Computed | None
) -> int:
    """Unpacked bytes of one part; `computed` is given for a sheet. The sizes that the archive claims are not believed."""
    # A part of a megabyte may be one repeated row; beyond that no table packs so well.
    most = max(_BLOCK, part.compress_size * MAX_RATIO)
    size, rest, rows, columns = 0, b"", 0, 0
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if before + size > limit:
                raise FileRefused("too_many_unzipped", limit=limit // _BLOCK)
            if size > most:
                raise FileRefused("zip_ratio", limit=MAX_RATIO)
            if computed is not None:
                text = rest + block
                rows, columns = _reach(text, rows, columns)
                whole = text.rfind(b">") + 1
                if _UNUSUAL_CELL.search(text, 0, whole):
                    if _ODD_CELL.search(text, 0, whole):
                        raise FileRefused("file_damaged")
                    if _PLACELESS.search(text):
                        rows, columns = _reach_of_placeless(text, rows, columns)
                _check_size(rows, columns)
                computed.look(text)
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


def _reach_of_placeless(text: bytes, rows: int, columns: int) -> tuple[int, int]:
    """How far a sheet reaches whose cells do not all say where they stand."""
    parts = _ROW.split(text)
    numbers = [
        int(found) for tag in parts[1::2] if (found := _attributes(tag).get("r", "")).isascii() and found.isdigit()
    ]
    cells = (len(_ANY_CELL.findall(part)) for part in parts[0::2])
    return max(rows, len(parts) // 2, *numbers, 0), max(columns, *cells)


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
