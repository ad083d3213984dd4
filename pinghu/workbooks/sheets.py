"""One sheet of a workbook: its texts to be read, and one block of rows to be written."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lxml import etree

from pinghu.cell_references import (
    Insertion,
    cell_name,
    column_letters,
    copied_formula,
    moved_formula,
    moved_range,
    parse_cell,
    parse_range,
)
from pinghu.workbooks.xml import BadWorkbook, empty, forget_value, like, text_of

if TYPE_CHECKING:
    from pinghu.workbooks.parts import Workbook

_LONGEST_CELL = 32_767
_EPOCH = datetime.date(1899, 12, 30)
#: What XML 1.0 cannot hold.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SUM = re.compile(r"SUM\(([A-Z]{1,3}[0-9]+:[A-Z]{1,3}[0-9]+)\)")

Value = str | int | float | Decimal | datetime.date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What goes into one cell; a marked one is red."""

    value: Value
    is_marked: bool = False


class Sheet:
    """One sheet: its texts to be read, and one block of rows to be written."""

    def __init__(self, book: Workbook, name: str, path: str) -> None:
        self.book, self.name, self.path = book, name, path
        self.root = book.tree(path)
        self.data = self.root.find("{*}sheetData")
        if self.data is None:
            raise BadWorkbook(path)
        # Rows and cells may leave out where they stand; then they follow the one before.
        at = 0
        for row in self.data:
            at = int(row.get("r") or at + 1)
            row.set("r", str(at))
            column = 0
            for cell in row:
                column = parse_cell(cell.get("r"))[1] if cell.get("r") else column + 1
                cell.set("r", cell_name(at, column))

    # --- reading ----------------------------------------------------------------------------------------------------

    @cached_property
    def texts(self) -> dict[int, dict[int, str]]:
        """Row → column → what stands there, formulas as "=…"; only cells that hold something."""
        found: dict[int, dict[int, str]] = {}
        for row in self.data:
            cells = {parse_cell(cell.get("r"))[1]: self._shown(cell) for cell in row}
            if filled := {column: text for column, text in cells.items() if text}:
                found[int(row.get("r"))] = filled
        return found

    def _shown(self, cell: Any) -> str:
        if (formula := cell.find("{*}f")) is not None:
            return f"={formula.text or ''}"
        value = cell.find("{*}v")
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return text_of(cell.find("{*}is")).strip()
        if value is None or value.text is None:
            return ""
        if kind == "s":
            strings = self.book.shared_strings
            at = int(value.text)
            return strings[at].strip() if at < len(strings) else ""
        return str(value.text).strip()

    @cached_property
    def merges(self) -> list[tuple[int, int, int, int]]:
        return [parse_range(node.get("ref")) for node in self.root.iterfind("{*}mergeCells/{*}mergeCell")]

    @property
    def last_row(self) -> int:
        """The last row that holds something, 0 for none."""
        return max(self.texts, default=0)

    def has_form(self, row: int) -> bool:
        """Whether cells of the row have a format of their own."""
        line = self._lines.get(row)
        return line is not None and any(cell.get("s", "0") != "0" for cell in line)

    # --- writing ----------------------------------------------------------------------------------------------------

    def fill(
        self,
        rows: Sequence[dict[int, Entry]],
        *,
        first: int,
        last: int,
        heading: int,
        columns: Sequence[int],
        total: int = 0,
        summed: Sequence[int] = (),
    ) -> None:
        """Write rows (column → entry) from row `first` on, as its prepared rows to `last` look; more push down the rest.

        `last` = `first` - 1: no row is prepared, and they look like a plain form of the `heading` row. In `columns`
        nothing is left of what was prepared; formulas of the other columns are copied down. In row `total` (0 = none)
        the cells of the `summed` columns that are empty get the sum of what was written.
        """
        prepared = last - first + 1
        self.book.edited(self.path)
        self._expand_shared_formulas()
        model = self._model(first, heading, is_prepared=prepared > 0)
        styles = {parse_cell(cell.get("r"))[1]: int(cell.get("s", 0)) for cell in model}
        if len(rows) > prepared:
            insertion = Insertion(first, last, len(rows) - prepared)
            self._insert(insertion, model)
            total = insertion.row(total)
        for at in range(max(len(rows), prepared)):
            line, entries = self._row(first + at), rows[at] if at < len(rows) else {}
            known = {parse_cell(cell.get("r"))[1]: cell for cell in line}
            for column in columns:
                cell = known.get(column)
                cell = self._cell(line, first + at, column) if cell is None else cell
                self._write(cell, entries.get(column, Entry(None)), styles.get(column, 0))
        if total and rows:
            self._write_sums(total, summed, first, first + len(rows) - 1)
        for cell in self.data.iter("{*}c"):
            if cell.find("{*}f") is not None:
                forget_value(cell)
        self._note_sums()
        self._note_reach()
        self.__dict__.pop("texts", None)
        self.book.calculate_when_opened()

    def _model(self, first: int, heading: int, *, is_prepared: bool) -> Any:
        """A row to copy: the first prepared one where it has a form, or one made from the headings."""
        is_prepared = is_prepared and self.has_form(first)
        model = deepcopy(self._row(first if is_prepared else heading))
        if is_prepared:
            for cell in model:
                if cell.find("{*}f") is None:
                    empty(cell)
            return model
        for cell in model:
            empty(cell)
            cell.set("s", str(self.book.styles.body_of(int(cell.get("s", 0)))))
        for name in ("ht", "customHeight", "s", "customFormat"):
            model.attrib.pop(name, None)
        return model

    def _insert(self, insertion: Insertion, model: Any) -> None:
        from_row = int(model.get("r"))
        for row in self.data:
            here = int(row.get("r"))
            there = insertion.row(here)
            if there != here:
                self._renumber(row, there)
        self._move_references(insertion)
        start = insertion.first if insertion.last <= insertion.first else insertion.last
        start = start + 1 if insertion.last == insertion.first else start
        following = next((row for row in self.data if int(row.get("r")) >= start), None)
        for at in range(start, start + insertion.count):
            made = deepcopy(model)
            self._renumber(made, at)
            for cell in made:
                formula = cell.find("{*}f")
                if formula is not None and formula.text:
                    formula.text = copied_formula(formula.text, at - from_row, 0)
                    forget_value(cell)
            self._put(made, following)
        self._repeat_merges(insertion, from_row, start)
        self.book.rows_inserted(self, insertion)
        self.__dict__.pop("merges", None)

    def _repeat_merges(self, insertion: Insertion, model: int, start: int) -> None:
        """Cells merged within the model's row are merged in each new row."""
        if insertion.last < insertion.first:
            return
        merges = self.root.find("{*}mergeCells")
        for node in list(merges) if merges is not None else []:
            row, column, last_row, last_column = parse_range(node.get("ref"))
            if row == last_row == model:
                for at in range(start, start + insertion.count):
                    made = deepcopy(node)
                    made.set("ref", f"{cell_name(at, column)}:{cell_name(at, last_column)}")
                    merges.append(made)
        if merges is not None:
            merges.set("count", str(len(merges)))

    def _move_references(self, insertion: Insertion) -> None:
        """Everything on the sheet that names cells: formulas, merges, validations, filters, breaks, pictures, tables."""
        for node in self.root.iter():
            if not isinstance(node.tag, str):
                continue
            name = etree.QName(node).localname
            if name in ("row", "c", "dimension"):
                continue
            for attribute in ("ref", "sqref", "topLeftCell", "activeCell"):
                if node.get(attribute):
                    moved = (moved_range(part, insertion) for part in node.get(attribute).split())
                    node.set(attribute, " ".join(moved))
            if name in ("f", "formula", "formula1", "formula2") and node.text:
                node.text = moved_formula(node.text, insertion, sheet=self.name, is_own=True)
            elif name == "sqref" and node.text:
                node.text = " ".join(moved_range(part, insertion) for part in node.text.split())
            elif name == "brk" and node.getparent().tag.endswith("rowBreaks") and node.get("id"):
                node.set("id", str(insertion.row(int(node.get("id")) + 1) - 1))
        for path in self.book.related(self.path, "table").values():
            for node in self.book.edited(path).iter("{*}table", "{*}autoFilter", "{*}sortState"):
                if node.get("ref"):
                    node.set("ref", moved_range(node.get("ref"), insertion))
        for path in self.book.related(self.path, "drawing").values():
            for node in self.book.edited(path).iter("{*}row"):
                if node.text and node.text.isdigit():
                    node.text = str(insertion.row(int(node.text) + 1) - 1)

    def _expand_shared_formulas(self) -> None:
        """A formula that many cells share is written out in each, so that each can move by itself."""
        masters: dict[str, tuple[str, int, int]] = {}
        for cell in self.data.iter("{*}c"):
            node = cell.find("{*}f")
            if node is None or node.get("t") != "shared":
                continue
            row, column = parse_cell(cell.get("r"))
            key = node.get("si", "")
            if node.text:
                masters[key] = (node.text, row, column)
            elif key in masters:
                text, from_row, from_column = masters[key]
                node.text = copied_formula(text, row - from_row, column - from_column)
            for attribute in ("t", "si", "ref"):
                node.attrib.pop(attribute, None)

    # --- rows and cells ---------------------------------------------------------------------------------------------

    @cached_property
    def _lines(self) -> dict[int, Any]:
        return {int(row.get("r")): row for row in self.data}

    def _row(self, number: int) -> Any:
        """The row's element, made where there is none."""
        if number not in self._lines:
            following = next((each for each in self.data if int(each.get("r")) > number), None)
            self._put(etree.Element(like(self.data, "row"), r=str(number)), following)
        return self._lines[number]

    def _put(self, row: Any, following: Any) -> None:
        if following is None:
            self.data.append(row)
        else:
            following.addprevious(row)
        self.__dict__.pop("_lines", None)

    def _renumber(self, row: Any, number: int) -> None:
        row.set("r", str(number))
        row.attrib.pop("spans", None)
        for cell in row:
            cell.set("r", cell_name(number, parse_cell(cell.get("r"))[1]))
        self.__dict__.pop("_lines", None)

    def _cell(self, line: Any, row: int, column: int) -> Any:
        for cell in line:
            here = parse_cell(cell.get("r"))[1]
            if here == column:
                return cell
            if here > column:
                made = etree.Element(like(line, "c"), r=cell_name(row, column))
                cell.addprevious(made)
                return made
        return etree.SubElement(line, like(line, "c"), r=cell_name(row, column))

    def _write(self, cell: Any, entry: Entry, default: int) -> None:
        empty(cell)
        styles, style, value = self.book.styles, int(cell.get("s", default)), entry.value
        if isinstance(value, datetime.date) and (styles.takes_text_only(style) or value.year < 1901):
            value = value.isoformat()
        is_day = isinstance(value, datetime.date)
        style = styles.variant(style, is_red=entry.is_marked, is_day=is_day)
        if style:
            cell.set("s", str(style))
        if value is None or value == "":
            return
        if isinstance(value, str):
            self._write_text(cell, value)
            return
        number = (value - _EPOCH).days if isinstance(value, datetime.date) else value
        etree.SubElement(cell, like(cell, "v")).text = f"{number:f}" if isinstance(number, Decimal) else repr(number)

    @staticmethod
    def _write_text(cell: Any, value: str) -> None:
        """As a string of its own, which no program calculates."""
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, like(cell, "is")), like(cell, "t"))
        text.text = _UNWRITABLE.sub("", value)[:_LONGEST_CELL]
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")

    def replace_texts(self, words: Mapping[str, str]) -> None:
        """Put something else in the place of words, wherever they stand in a text of the sheet."""
        self.book.edited(self.path)
        for cell in self.data.iter("{*}c"):
            text = self._shown(cell) if cell.get("t") in ("s", "inlineStr") else ""
            if any(word in text for word in words):
                for word, other in words.items():
                    text = text.replace(word, other)
                empty(cell)
                self._write_text(cell, text)

    def _write_sums(self, total: int, columns: Sequence[int], first: int, last: int) -> None:
        line = self._row(total)
        for column in columns:
            cell = self._cell(line, total, column)
            if not self._shown(cell):
                empty(cell)
                letters = column_letters(column)
                etree.SubElement(cell, like(cell, "f")).text = f"SUM({letters}{first}:{letters}{last})"

    def _note_sums(self) -> None:
        """Plain sums get their figure, for whoever looks at the file with a program that does not compute."""
        sums = []
        for cell in self.data.iter("{*}c"):
            node = cell.find("{*}f")
            match = _SUM.fullmatch((node.text or "").replace("$", "")) if node is not None else None
            if match is not None:
                sums.append((cell, parse_range(match[1])))
        wanted = {column for _cell, (_row, column, _last, last_column) in sums if column == last_column}
        numbers = list(self._numbers(wanted)) if wanted else []
        for cell, (row, column, last_row, last_column) in sums:
            if column == last_column:
                found = (value for at, place, value in numbers if place == column and row <= at <= last_row)
                etree.SubElement(cell, like(cell, "v")).text = f"{sum(found, Decimal(0)).normalize():f}"

    def _numbers(self, columns: Collection[int]) -> Iterator[tuple[int, int, Decimal]]:
        """(row, column, number) of the plain numbers in these columns."""
        for row in self.data:
            for cell in row:
                value = cell.find("{*}v")
                if value is None or not value.text or cell.get("t", "n") != "n" or cell.find("{*}f") is not None:
                    continue
                number, place = parse_cell(cell.get("r"))
                if place in columns:
                    yield number, place, Decimal(value.text)

    def _note_reach(self) -> None:
        dimension = self.root.find("{*}dimension")
        places = [parse_cell(cell.get("r")) for cell in self.data.iter("{*}c")]
        if dimension is not None and places:
            rows, columns = zip(*places, strict=True)
            last = cell_name(max(rows), max(columns))
            dimension.set("ref", f"{cell_name(min(rows), min(columns))}:{last}")
