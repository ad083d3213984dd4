"""References to cells as spreadsheets write them (A1, $B$2, C3:D4, 表!E5), and what inserted rows do to them.

Pure functions of texts; ECMA-376 part 1, 18.17 has the grammar, of which this reads what people's templates use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_ROW = r"\$?[0-9]{1,7}"
_SHEET = r"(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!"
#: A text in quotation marks is skipped; a name such as LOG10( or A1_total is no reference.
_TOKEN = re.compile(
    rf'"(?:[^"]|"")*"|(?<![\w.$!:])(?P<sheet>{_SHEET})?(?:'
    rf"(?P<first>{_CELL})(?::(?P<last>{_CELL}))?|(?P<top>{_ROW}):(?P<bottom>{_ROW}))(?![\w(.!])"
)
_PARTS = re.compile(r"(\$?)([A-Za-z]{0,3})(\$?)([0-9]{0,7})")


@dataclass(frozen=True, slots=True)
class Insertion:
    """`count` rows put among the prepared rows `first` to `last` (before the last of them), so that ranges over them grow.

    Without a prepared row (`last` = `first` - 1) they are put before `first`.
    """

    first: int
    last: int
    count: int

    def row(self, row: int) -> int:
        """Where a row, or the beginning of a range, stands afterwards."""
        moves = row >= self.first if self.last < self.first else row >= self.last and row > self.first
        return row + self.count if moves else row

    def end(self, row: int) -> int:
        """Where the end of a range stands afterwards."""
        return row + self.count if row >= max(self.last, self.first) else row


def column_number(letters: str) -> int:
    """A = 1, Z = 26, AA = 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


def parse_cell(name: str) -> tuple[int, int]:
    """(row, column) of a cell, dollar signs or not. Raises ValueError."""
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", name)
    if match is None or match[2] == "0":
        raise ValueError(f"no cell: {name}")
    return int(match[2]), column_number(match[1])


def parse_range(name: str) -> tuple[int, int, int, int]:
    """(first row, first column, last row, last column) of A1 or A1:B2. Raises ValueError."""
    first, _colon, last = name.partition(":")
    row, column = parse_cell(first)
    last_row, last_column = parse_cell(last) if last else (row, column)
    return row, column, last_row, last_column


def moved_range(name: str, insertion: Insertion) -> str:
    """A reference without a sheet (of a merge, a validation, a filter) after rows were inserted."""
    first, colon, last = name.partition(":")
    if not colon:
        return _with_row(first, insertion.row)
    return f"{_with_row(first, insertion.row)}:{_with_row(last, insertion.end)}"


def moved_formula(formula: str, insertion: Insertion, *, sheet: str, is_own: bool) -> str:
    """A formula after rows were inserted into `sheet`; `is_own`: it stands on that sheet, or names it otherwise."""

    def move(match: re.Match[str]) -> str:
        if not match["first"] and not match["top"]:
            return match[0]
        prefix = match["sheet"] or ""
        named = prefix[:-1].strip("'").replace("''", "'") if prefix else ""
        if named != sheet if prefix else not is_own:
            return match[0]
        first, last = match["first"] or match["top"], match["last"] or match["bottom"]
        if not last:
            return f"{prefix}{_with_row(first, insertion.row)}"
        return f"{prefix}{_with_row(first, insertion.row)}:{_with_row(last, insertion.end)}"

    return _TOKEN.sub(move, formula)


def copied_formula(formula: str, rows: int, columns: int) -> str:
    """A formula as it reads when its cell is copied so many rows down and columns to the right."""

    def copy(match: re.Match[str]) -> str:
        if not match["first"] and not match["top"]:
            return match[0]
        prefix = match["sheet"] or ""
        ends = [end for end in (match["first"] or match["top"], match["last"] or match["bottom"]) if end]
        return prefix + ":".join(_copied(end, rows, columns) for end in ends)

    return _TOKEN.sub(copy, formula)


def _with_row(name: str, place: Callable[[int], int]) -> str:
    match = _PARTS.fullmatch(name)
    if match is None or not match[4]:
        return name
    return f"{match[1]}{match[2]}{match[3]}{place(int(match[4]))}"


def _copied(name: str, rows: int, columns: int) -> str:
    match = _PARTS.fullmatch(name)
    assert match is not None
    fixed_column, letters, fixed_row, row = match.groups()
    if not letters:  # a whole row: its one dollar sign stands before the number
        return name if fixed_column else f"{int(row) + rows}"
    moved_column = letters if fixed_column else column_letters(column_number(letters) + columns)
    moved_row = row if fixed_row else str(int(row) + rows)
    return f"{fixed_column}{moved_column}{fixed_row}{moved_row}"
