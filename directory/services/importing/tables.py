"""Where a table begins in a sheet: title rows and a unit above the headings, headings over two rows, merged cells."""

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from directory.rules.headers import count_known, heading_key, unit_above, with_unit
from directory.rules.values import clean_text
from directory.services.importing.reading import Grid, Merged
from directory.services.importing.refusals import FileRefused

#: So many rows may stand above the headings.
SEARCHED_ROWS = 30


@dataclass
class Table:
    """Headings, each once, and the rows below them as JSON values (days as text)."""

    grid: Grid
    headers: list[str]
    header_row: int
    _first: int  #: line of the first row below the headings
    _printed: list[str]  #: the headings as a printed page repeats them

    @property
    def encoding(self) -> str:
        return self.grid.encoding.removesuffix("-sig")

    @property
    def sheet(self) -> str:
        return self.grid.sheet[:100]

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Rows that hold something and do not repeat the headings, with their line in the file."""
        width = len(self.headers)
        keys = [heading_key(header) for header in self._printed]
        for number, cells in _filled(self.grid):
            if number < self._first:
                continue
            cells = [_plain(cell) for cell in cells[:width]]
            while cells and cells[-1] in ("", None):
                cells.pop()
            if not cells:
                continue
            if [heading_key(str(cell)) for cell in cells] == keys[: len(cells)] and len(cells) > 1:
                continue  # headings repeated on each printed page
            yield number, cells


def find_table(grid: Grid, kind: str, *, header_row: int = 0, mapped: Iterable[str] = ()) -> Table:
    """Find the headings: in row `header_row` if given, else the row that names most known columns.

    Raises FileRefused `no_header` or `no_rows`.
    """
    wanted = list(mapped)
    top = list(islice(_filled(grid), header_row or SEARCHED_ROWS))
    if header_row:
        best = next((at for at, (number, _cells) in enumerate(top) if number == header_row), None)
    else:
        scores = [count_known([clean_text(_plain(cell)) for cell in cells], kind, wanted) for _, cells in top]
        best = max(range(len(top)), key=lambda at: (scores[at], -at)) if any(scores) else None
    if best is None:
        raise FileRefused("no_header", rows=header_row or SEARCHED_ROWS)
    number, cells = top[best]
    texts = [clean_text(_plain(cell)) for cell in cells]
    first = number + 1
    below = _second_row(grid, number)
    if below is not None:
        lower = [clean_text(_plain(cell)) for cell in below]
        lower += [""] * (len(texts) - len(lower))
        texts += [""] * (len(lower) - len(texts))
        texts = [
            low if not up or up == low else (f"{up}({low})" if low else up)
            for up, low in zip(texts, lower, strict=True)
        ]
        first += 1
    while texts and not texts[-1]:
        texts.pop()
    if isinstance(grid.source, tuple) and first == number + 1:
        first = _after(grid, number)
    unit = unit_above(clean_text(_plain(cell)) for _, above in top[:best] for cell in above)
    headers = _unique([with_unit(text, kind, unit) for text in texts])
    table = Table(grid, headers, number, first, texts)
    if next(table.rows(), None) is None:
        raise FileRefused("no_rows")
    return table


def _after(grid: Grid, number: int) -> int:
    """The line that follows a record of a text, whose cells may hold line breaks."""
    return next((line for line, _ in grid.lines() if line > number), number + 1)


def _second_row(grid: Grid, number: int) -> list[Any] | None:
    """The row below the headings, where a merged cell says that the headings reach over both."""
    at = number - 1
    if not any(first[0] == at and last[0] == at + 1 for first, last in grid.merged):
        return None
    return next((cells for line, cells in _filled(grid) if line == number + 1), None)


def _filled(grid: Grid) -> Iterator[tuple[int, list[Any]]]:
    """The lines, merged cells filled downwards; in headings (a merge of one row) to the right as well."""
    if not grid.merged:
        yield from grid.lines()
        return
    starts: dict[int, list[Merged]] = {}
    for first, last in grid.merged:
        starts.setdefault(first[0], []).append((first, last))
    open_cells: dict[int, tuple[int, Any]] = {}  # column → (last row, value)
    for number, raw in grid.lines():
        at, cells = number - 1, list(raw)
        for (row, left), (bottom, right) in starts.get(at, ()):
            value = cells[left] if left < len(cells) else ""
            if row == bottom and number <= SEARCHED_ROWS:
                for column in range(left, min(right, len(cells) - 1) + 1):
                    cells[column] = value
            elif bottom > row:
                open_cells[left] = (bottom, value)
        for column, (bottom, value) in list(open_cells.items()):
            if at > bottom:
                del open_cells[column]
            elif column < len(cells) and cells[column] in ("", None):
                cells[column] = value
        yield number, cells


def _unique(texts: Sequence[str]) -> list[str]:
    """Each heading once: an empty one by its place, a repeated one by its number."""
    found: list[str] = []
    for place, text in enumerate(texts, start=1):
        name = text[:200] or f"#{place}"
        count = 2
        while name in found:
            name = f"{text[:200] or place} ({count})"
            count += 1
        found.append(name)
    return found


def _plain(cell: Any) -> Any:
    """A cell as JSON keeps it."""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)  # JSON has no number for it
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    # PostgreSQL's JSON takes neither; nobody types them.
    return cell.replace("\x00", "") if isinstance(cell, str) else cell


def sample_values(table: Table, count: int = 3) -> Mapping[str, list[str]]:
    """The first values of each column, for the person who maps it."""
    found: dict[str, list[str]] = {header: [] for header in table.headers}
    for _number, cells in islice(table.rows(), 50):
        for header, cell in zip(table.headers, cells, strict=False):
            if cell not in ("", None) and len(found[header]) < count:
                found[header].append(str(cell)[:60])
    return found
