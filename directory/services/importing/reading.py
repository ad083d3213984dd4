"""A file's bytes as a grid of cells: what it really is, within bounds, checked before it is loaded.

The content decides, never the name. Whatever is refused is refused here, before anything is written.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from django.conf import settings

from directory.services.importing.refusals import FileRefused

#: (number of the line in the file, cells); cells are str, int, float, bool, date, datetime, time or "".
Line = tuple[int, list[Any]]
#: First and last cell, both as (row, column) from 0.
Merged = tuple[tuple[int, int], tuple[int, int]]

_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 30
_MEGABYTE = 1024 * 1024


@dataclass
class Grid:
    """One sheet or text, read line by line; `lines()` may be called more than once."""

    kind: str
    encoding: str = ""
    sheet: str = ""
    merged: list[Merged] = field(default_factory=list)
    source: Any = None

    def lines(self) -> Iterator[Line]:
        raise NotImplementedError


class TextGrid(Grid):
    """A delimited text; `source` is (bytes, encoding, delimiter)."""

    def lines(self) -> Iterator[Line]:
        data, encoding, delimiter = self.source
        text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
        reader = csv.reader(text, delimiter=delimiter)
        number = 1
        try:
            for cells in reader:
                yield number, cells
                number = reader.line_num + 1
        except csv.Error as error:
            raise FileRefused("csv_damaged", row=reader.line_num) from error


def read_grid(data: bytes, *, sheet: str = "") -> Grid:
    """Return the grid in these bytes. Raises FileRefused; loads a workbook only after it was found within bounds."""
    if len(data) > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // _MEGABYTE
        raise FileRefused("too_many_bytes", found=-(-len(data) // _MEGABYTE), limit=limit)
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data.strip():
        raise FileRefused("empty_file")
    if head.startswith(b"%pdf"):
        raise FileRefused("file_pdf")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        from directory.services.importing.workbooks import read_workbook

        return read_workbook(data, sheet=sheet)
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<?xml")):
        raise FileRefused("file_web_page")
    return _read_text(data)


def read_bounded(file: IO[bytes]) -> bytes:
    """Read an upload, never more than the bound and one byte (which tells that it is too large)."""
    return file.read(settings.IMPORT_MAX_BYTES + 1)


def _read_text(data: bytes) -> TextGrid:
    encoding = _encoding_of(data)
    delimiter = _delimiter_of(data, encoding)
    grid = TextGrid("csv", encoding=encoding, source=(data, encoding, delimiter))
    # Once through: bounds and quotation marks are checked before anything is staged.
    number = 0
    for rows, (number, cells) in enumerate(grid.lines(), start=1):
        check_line(number, cells)
        if rows > settings.IMPORT_MAX_ROWS + _SAMPLE_LINES:
            raise FileRefused("too_many_rows", found=number, limit=settings.IMPORT_MAX_ROWS)
    _check_end(data, encoding, number)
    return grid


def _check_end(data: bytes, encoding: str, last: int) -> None:
    """Refuse a text whose last record opens a quotation that nothing closes: it swallows all lines to the end."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    lines = list(islice(text, max(0, last - 1), None))
    if len(lines) > 1 and "".join(lines).count('"') % 2:
        raise FileRefused("csv_damaged", row=last)


def check_line(number: int, cells: list[Any]) -> None:
    """Raise FileRefused if a line has too many columns or a cell too many characters."""
    if len(cells) > settings.IMPORT_MAX_COLUMNS:
        raise FileRefused("too_many_columns", found=len(cells), limit=settings.IMPORT_MAX_COLUMNS)
    for column, cell in enumerate(cells, start=1):
        if isinstance(cell, str) and len(cell) > settings.IMPORT_MAX_CELL_LENGTH:
            raise FileRefused(
                "cell_too_long", row=number, column=column, found=len(cell), limit=settings.IMPORT_MAX_CELL_LENGTH
            )


def _encoding_of(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        # Control characters no table has; GB18030 and UTF-8 use none of these bytes inside a character.
        if any(data.find(bytes([code])) >= 0 for code in (*range(9), *range(14, 26), 28, 29, 30, 31)):
            raise FileRefused("file_binary")
        candidates = ["utf-8-sig", "gb18030"]
    position = 0
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            position = max(position, error.start)
        else:
            # Other eight-bit text decodes as GB18030 into private-use characters.
            strange = sum("\ue000" <= character <= "\uf8ff" for character in text[:20000])
            if strange * 20 <= min(len(text), 20000):
                return encoding
    raise FileRefused("encoding_unknown", position=position)


def _delimiter_of(data: bytes, encoding: str) -> str:
    """The sign that parts most lines into the same number of cells, at least two; a comma for a single column."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    sample = [line for line, _ in zip(text, range(_SAMPLE_LINES), strict=False)]
    best, score = ",", 0
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if row)
        except csv.Error:
            continue
        found = (
            max((count * (width > 1) * min(width, 50), width) for width, count in widths.items()) if widths else (0,)
        )
        if found[0] > score:
            best, score = delimiter, found[0]
    return best
