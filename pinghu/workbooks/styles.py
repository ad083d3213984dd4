"""The cell formats of a workbook, and variants of them."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cached_property
from typing import Any

from lxml import etree

from pinghu.workbooks.xml import BadWorkbook, like

_RED = "FFFFC7CE"
_DATE = "yyyy-mm-dd"
#: Number formats that show days: built-in ones (18.8.30), and codes with year, month or day in them.
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_TEXT = 49


class Styles:
    """The cell formats of a workbook, and variants of them that are red or show days."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._formats = root.find("{*}cellXfs")
        if self._formats is None or not len(self._formats):
            raise BadWorkbook("no cell formats")
        self._made: dict[tuple[int, bool, bool], int] = {}
        self._bordered: dict[int, int] = {}

    def variant(self, style: int, *, is_red: bool = False, is_day: bool = False) -> int:
        """The format like this one, with a red ground or a day's number format; itself where nothing differs."""
        is_day = is_day and not self._shows_days(style)
        if not (is_red or is_day):
            return style
        key = (style, is_red, is_day)
        if key not in self._made:
            made = self._copy(style)
            if is_red:
                made.set("fillId", str(self._red_fill))
                made.set("applyFill", "1")
            if is_day:
                made.set("numFmtId", str(self._day_format))
                made.set("applyNumberFormat", "1")
            self._made[key] = self._add(made)
        return self._made[key]

    def body_of(self, style: int) -> int:
        """A plain format with the borders and the alignment of this one (a heading's), for rows nobody prepared."""
        if style not in self._bordered:
            made = self._copy(style)
            made.set("fontId", "0")
            made.set("fillId", "0")
            made.set("numFmtId", "0")
            for name in ("applyFont", "applyFill", "applyNumberFormat"):
                made.attrib.pop(name, None)
            self._bordered[style] = self._add(made)
        return self._bordered[style]

    def takes_text_only(self, style: int) -> bool:
        number = self._number_format(style)
        return number == _TEXT or self._codes.get(number) == "@"

    def _copy(self, style: int) -> Any:
        style = style if 0 <= style < len(self._formats) else 0
        return deepcopy(self._formats[style])

    def _add(self, made: Any) -> int:
        self._formats.append(made)
        self._formats.set("count", str(len(self._formats)))
        return len(self._formats) - 1

    def _number_format(self, style: int) -> int:
        style = style if 0 <= style < len(self._formats) else 0
        return int(self._formats[style].get("numFmtId", 0))

    def _shows_days(self, style: int) -> bool:
        number = self._number_format(style)
        if number in _DATE_FORMATS:
            return True
        code = self._codes.get(number, "")
        return bool(re.search("[ymd年月日]", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", code), re.IGNORECASE))

    @property
    def _codes(self) -> dict[int, str]:
        return {
            int(node.get("numFmtId")): node.get("formatCode", "")
            for node in self._root.iterfind("{*}numFmts/{*}numFmt")
        }

    @cached_property
    def _day_format(self) -> int:
        formats = self._root.find("{*}numFmts")
        if formats is None:
            formats = etree.Element(like(self._root, "numFmts"))
            self._root.insert(0, formats)
        number = max([163, *self._codes]) + 1
        etree.SubElement(formats, like(self._root, "numFmt"), numFmtId=str(number), formatCode=_DATE)
        formats.set("count", str(len(formats)))
        return number

    @cached_property
    def _red_fill(self) -> int:
        fills = self._root.find("{*}fills")
        if fills is None:
            raise BadWorkbook("no fills")
        fill = etree.SubElement(fills, like(fills, "fill"))
        pattern = etree.SubElement(fill, like(fills, "patternFill"), patternType="solid")
        etree.SubElement(pattern, like(fills, "fgColor"), rgb=_RED)
        etree.SubElement(pattern, like(fills, "bgColor"), indexed="64")
        fills.set("count", str(len(fills)))
        return len(fills) - 1
