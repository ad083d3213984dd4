"""A workbook as a ZIP of parts: which sheets it has, and what inserted rows do outside their sheet."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from lxml import etree

from pinghu.cell_references import Insertion, moved_formula
from pinghu.workbooks.sheets import Sheet
from pinghu.workbooks.styles import Styles
from pinghu.workbooks.xml import BadWorkbook, forget_value, like, text_of

_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT_RELATIONS = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"


class Workbook:
    """One XLSX file in memory: its parts, the edited ones as trees."""

    def __init__(self, data: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._infos = archive.infolist()
                self._parts = {info.filename: archive.read(info) for info in self._infos}
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise BadWorkbook(str(error)) from error
        self._trees: dict[str, Any] = {}
        self._edited: set[str] = set()
        self._gone: set[str] = set()
        self._sheets = dict(self._find_sheets())
        if not self._sheets:
            raise BadWorkbook("no sheet")

    @property
    def sheet_names(self) -> list[str]:
        """The visible sheets, in order."""
        return list(self._sheets)

    @property
    def part_names(self) -> list[str]:
        return list(self._parts)

    @property
    def is_macro_enabled(self) -> bool:
        """Whether the file says of itself that it carries macros."""
        return b"macroEnabled" in self._parts.get("[Content_Types].xml", b"")

    def sheet(self, name: str) -> Sheet:
        """Raises KeyError."""
        return Sheet(self, name, self._sheets[name])

    def formulas(self) -> Iterator[str]:
        """Every formula of every sheet, and of the names that the workbook defines."""
        for path in self._sheet_paths:
            for node in self.tree(path).iter("{*}f", "{*}formula", "{*}formula1", "{*}formula2"):
                if node.text:
                    yield node.text
        for node in self.tree(self._book_path).iter("{*}definedName"):
            if node.text:
                yield node.text

    def save(self) -> bytes:
        """The file as it stands now; the same edits give the same bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for info in self._infos:
                name = info.filename
                if name in self._gone:
                    continue
                kept = zipfile.ZipInfo(name, date_time=info.date_time)
                kept.compress_type, kept.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
                archive.writestr(kept, self._bytes(name))
        return out.getvalue()

    # --- parts ------------------------------------------------------------------------------------------------------

    def tree(self, path: str) -> Any:
        """The root of a part; the same tree whenever it is asked for. Raises BadWorkbook."""
        if path not in self._trees:
            data = self._parts.get(path)
            if data is None or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
                raise BadWorkbook(path)
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
            try:
                self._trees[path] = etree.fromstring(data, parser)
            except etree.XMLSyntaxError as error:
                raise BadWorkbook(path) from error
        return self._trees[path]

    def edited(self, path: str) -> Any:
        """The same, of a part that is about to be changed: the others are carried over as they came."""
        self._edited.add(path)
        return self.tree(path)

    def related(self, path: str, kind: str) -> dict[str, str]:
        """Relation id → path of the parts of a kind ("worksheet", "table") that a part refers to."""
        rels = self._rels_path(path)
        if rels not in self._parts:
            return {}
        return {
            node.get("Id"): posixpath.normpath(posixpath.join(posixpath.dirname(path), node.get("Target")))
            if not node.get("Target").startswith("/")
            else node.get("Target").lstrip("/")
            for node in self.tree(rels)
            if str(node.get("Type", "")).endswith(f"/{kind}") and node.get("TargetMode") != "External"
        }

    @staticmethod
    def _rels_path(path: str) -> str:
        folder, name = posixpath.split(path)
        return posixpath.join(folder, "_rels", f"{name}.rels")

    def _bytes(self, name: str) -> bytes:
        if name not in self._edited:
            return self._parts[name]
        root = self._trees[name]
        data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return data

    @cached_property
    def _book_path(self) -> str:
        found = list(self.related("", "officeDocument").values())
        if not found or found[0] not in self._parts:
            raise BadWorkbook("no workbook part")
        return found[0]

    def _find_sheets(self) -> Iterator[tuple[str, str]]:
        paths = self.related(self._book_path, "worksheet")
        for node in self.tree(self._book_path).iterfind("{*}sheets/{*}sheet"):
            key = node.get(f"{_RELATIONS}id") or node.get(f"{_STRICT_RELATIONS}id")
            if key in paths and paths[key] in self._parts and node.get("state", "visible") == "visible":
                yield str(node.get("name")), paths[key]

    @property
    def _sheet_paths(self) -> list[str]:
        return [path for path in self.related(self._book_path, "worksheet").values() if path in self._parts]

    # --- texts and styles -------------------------------------------------------------------------------------------

    @cached_property
    def shared_strings(self) -> list[str]:
        paths = list(self.related(self._book_path, "sharedStrings").values())
        if not paths or paths[0] not in self._parts:
            return []
        return [text_of(item) for item in self.tree(paths[0]).iterfind("{*}si")]

    @cached_property
    def styles(self) -> Styles:
        paths = list(self.related(self._book_path, "styles").values())
        if not paths:
            raise BadWorkbook("no styles")
        return Styles(self.edited(paths[0]))

    # --- what an insertion does outside its sheet -------------------------------------------------------------------

    def rows_inserted(self, sheet: Sheet, insertion: Insertion) -> None:
        """Let other sheets' formulas and the defined names follow."""
        for path in self._sheet_paths:
            if path == sheet.path:
                continue
            for cell in self.tree(path).iter("{*}c"):
                node = cell.find("{*}f")
                if node is not None and node.text and sheet.name in node.text:
                    node.text = moved_formula(node.text, insertion, sheet=sheet.name, is_own=False)
                    forget_value(cell)
                    self._edited.add(path)
        for node in self.edited(self._book_path).iter("{*}definedName"):
            if node.text:
                node.text = moved_formula(node.text, insertion, sheet=sheet.name, is_own=False)

    def calculate_when_opened(self) -> None:
        """What formulas show is computed by the program that opens the file; the order of computing is left to it."""
        root = self.edited(self._book_path)
        calculation = root.find("{*}calcPr")
        if calculation is None:
            before = ("definedNames", "externalReferences", "functionGroups", "sheets")
            place = next(root.find(f"{{*}}{name}") for name in before if root.find(f"{{*}}{name}") is not None)
            calculation = etree.Element(like(root, "calcPr"))
            place.addnext(calculation)
        calculation.set("fullCalcOnLoad", "1")
        for key, path in self.related(self._book_path, "calcChain").items():
            self._gone.add(path)
            for node in list(self.edited(self._rels_path(self._book_path))):
                if node.get("Id") == key:
                    node.getparent().remove(node)
            for node in list(self.edited("[Content_Types].xml")):
                if node.get("PartName") == f"/{path}":
                    node.getparent().remove(node)
