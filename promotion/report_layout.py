"""Where in a template's sheet the headings stand, where the list begins and ends, and where it is summed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from directory.rules.headers import heading_key
from pinghu.workbooks import Sheet, Workbook
from promotion.report_fields import proposal

#: So many rows may stand above the headings, and so many may the headings reach over.
_SEARCHED, _DEEPEST = 30, 3
_MOST_COLUMNS = 200
_TOTAL = re.compile("^(?:合计|总计|小计|共计|总数|全区合计|全市合计)")
#: A row below the headings that only counts the columns: 1 2 3, 甲 乙 1 2.
_COUNTING = re.compile("[甲乙丙丁戊己庚辛]|[0-9]{1,3}|[(][0-9]{1,3}[)]|栏次")


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows count from 1. `last` = `first` - 1 where no row is prepared; `total` = 0 where nothing is summed."""

    sheet: str
    header_row: int
    header_end: int
    first: int
    last: int
    total: int
    headings: tuple[tuple[int, str], ...]


class NoHeadings(ValueError):
    """No row of the workbook names columns that are known, or the row named holds nothing."""


def find_layout(book: Workbook, *, sheet: str = "", header_row: int = 0) -> Layout:
    """The layout of the named sheet, or of the one whose headings are known best. Raises KeyError, NoHeadings."""
    sheets = [book.sheet(name) for name in ([sheet] if sheet else book.sheet_names)]
    best: tuple[int, Sheet, int] | None = None
    for each in sheets:
        rows = [header_row] if header_row else [row for row in sorted(each.texts) if row <= _SEARCHED]
        for row in rows:
            score = len({field for _place, text in _headings(each, row)[1] if (field := proposal(text).field)})
            if (score or header_row) and (best is None or score > best[0]):
                best = (score, each, row)
    if best is None:
        raise NoHeadings
    _score, chosen, row = best
    end, headings = _headings(chosen, row)
    if not headings:
        raise NoHeadings
    first, total = _first_row(chosen, end + 1)
    counted = frozenset(place for place, text in headings if proposal(text).field == "line")
    last, below = _prepared(chosen, first, counted)
    if below and _is_total(chosen, below):
        total = below
    return Layout(chosen.name, row, end, first, last, total, tuple(headings))


def _headings(sheet: Sheet, row: int) -> tuple[int, list[tuple[int, str]]]:
    """(last row of the headings, (column, text) of each), merged cells read over all that they cover."""
    covering = {
        (at, place): (top, left)
        for top, left, bottom, right in sheet.merges
        if top >= row and bottom < row + _DEEPEST and right <= _MOST_COLUMNS
        for at in range(top, bottom + 1)
        for place in range(left, right + 1)
    }
    here = [merge for merge in sheet.merges if merge[0] == row]
    end = max([row, *(min(bottom, row + _DEEPEST - 1) for _top, _left, bottom, _right in here)])
    if any(
        left < right and bottom == row and _says_more(sheet, row + 1, left, right) for _t, left, bottom, right in here
    ):
        end = max(end, row + 1)
    places = {place for at in range(row, end + 1) for place in sheet.texts.get(at, {})}
    places |= {place for at, place in covering if row <= at <= end}
    found: list[tuple[int, str]] = []
    for place in sorted(place for place in places if place <= _MOST_COLUMNS):
        parts: list[str] = []
        for at in range(row, end + 1):
            top, left = covering.get((at, place), (at, place))
            text = " ".join(sheet.texts.get(top, {}).get(left, "").split())
            if text and text not in parts:
                parts.append(text)
        if parts:
            found.append((place, _unique(parts[0] + "".join(f"({part})" for part in parts[1:]), found)))
    return end, found


def _says_more(sheet: Sheet, row: int, left: int, right: int) -> bool:
    return sum(left <= place <= right for place in sheet.texts.get(row, {})) > 1


def _unique(text: str, found: list[tuple[int, str]]) -> str:
    names, name, count = {known for _place, known in found}, text[:200], 2
    while name in names:
        name, count = f"{text[:190]} ({count})", count + 1
    return name


def _first_row(sheet: Sheet, row: int) -> tuple[int, int]:
    """(first row of the list, row of sums above it or 0): what only counts the columns is passed over."""
    total = 0
    while True:
        texts = sheet.texts.get(row, {})
        if len(texts) > 1 and all(_COUNTING.fullmatch(text) for text in texts.values()):
            row += 1
        elif not total and _is_total(sheet, row):
            total, row = row, row + 1
        else:
            return row, total


def _is_total(sheet: Sheet, row: int) -> bool:
    texts = sheet.texts.get(row, {})
    return bool(texts) and bool(_TOTAL.match(heading_key(texts[min(texts)])))


def _prepared(sheet: Sheet, first: int, counted: frozenset[int]) -> tuple[int, int]:
    """(last prepared row, first row below it that says something or 0).

    Prepared are rows that hold nothing but formulas and the numbers of the lines.
    """
    below = next((row for row in sorted(sheet.texts) if row >= first and not _is_prepared(sheet, row, counted)), 0)
    if below:
        return below - 1, below
    return max([first - 1, *_formed(sheet, first)]), 0


def _is_prepared(sheet: Sheet, row: int, counted: frozenset[int]) -> bool:
    return all(
        text.startswith("=") or (place in counted and text.isdigit()) for place, text in sheet.texts[row].items()
    ) and not _is_total(sheet, row)


def _formed(sheet: Sheet, first: int) -> Iterator[int]:
    """The rows from `first` on that have a form of their own, without a gap."""
    row = first
    while sheet.has_form(row):
        yield row
        row += 1
