"""Word documents that need no editing: A4, Chinese typefaces beside Latin ones, tables that run on over pages.

Made with python-docx. Its tables look every cell up anew, which takes seconds for a few hundred rows, so the rows are
written here as the elements of ISO/IEC 29500 that they are.
"""

import datetime
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from pinghu.formats import is_chinese

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

#: (Latin, Chinese): what every office computer in China has. Text in Song, headings in Hei.
TEXT_FONTS = ("Times New Roman", "宋体")
HEADING_FONTS = ("Arial", "黑体")
#: Margins of official papers (GB/T 9704-2012): top, right, bottom, left, in mm.
MARGINS = (37, 26, 35, 28)
#: Those of a paper that is to fit on one page.
CLOSE_MARGINS = (20, 20, 18, 20)
_PAGE_WIDTH = 210

#: A cell's text, or several paragraphs of it.
Cell = str | Sequence[str]

#: Signs that XML 1.0 cannot hold though they are no controls.
_NEVER = "\ufffe\uffff"
_PER_MM = 1440 / 25.4


def safe_text(value: Any) -> str:
    """Text for a document: no control, direction or unpaired surrogate signs; line breaks stay, tabs become blanks."""
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        sign for sign in text if sign == "\n" or (unicodedata.category(sign) not in _UNSAFE and sign not in _NEVER)
    )


_UNSAFE = frozenset({"Cc", "Cf", "Cs"})


class Paper:
    """A document that is written from top to bottom; `content()` is the file."""

    def __init__(
        self,
        *,
        title: str,
        author: str,
        language: str,
        at: datetime.datetime,
        mark: str = "",
        is_close: bool = False,
    ) -> None:
        """`mark` stands at the top of every page; `at` is when it was made; a close one fits more on its page."""
        self._chinese = is_chinese(language)
        self._is_close = is_close
        self._margins = CLOSE_MARGINS if is_close else MARGINS
        self._document = Document()
        self._set_page(mark)
        self._set_styles()
        self._set_properties(title, author, at)

    # --- what it is written with ------------------------------------------------------------------------------------

    def title(self, text: str, *below: str) -> None:
        """The title, and lines of smaller type below it."""
        self._document.add_paragraph(safe_text(text), style="Title")
        for line in below:
            paragraph = self._document.add_paragraph(safe_text(line))
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def heading(self, text: str) -> None:
        self._document.add_paragraph(safe_text(text), style="Heading 1")

    def text(self, text: str) -> None:
        """A paragraph of running text, in Chinese with its first line two characters in."""
        paragraph = self._document.add_paragraph(safe_text(text))
        if self._chinese:
            indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
            indent.set(qn("w:firstLineChars"), "200")

    def table(
        self,
        header: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        widths: Sequence[float],
        *,
        strong: int | None = None,
        numeric: bool = False,
    ) -> None:
        """A table as wide as the text; `widths` are shares. Its head stands on every page, no row is torn in two.

        In the column `strong` the first paragraph is set in bold; a `numeric` table is centred and stays on one page.
        The head never stands alone at the foot of a page.
        """
        text_width = _PAGE_WIDTH - self._margins[1] - self._margins[3]
        shares = [round(text_width * _PER_MM * width / sum(widths)) for width in widths]
        table = _element("w:tbl")
        properties = _child(table, "w:tblPr")
        _child(properties, "w:tblStyle", val="TableGrid")
        _child(properties, "w:tblW", w=str(sum(shares)), type="dxa")
        _child(properties, "w:tblLayout", type="fixed")
        margins = _child(properties, "w:tblCellMar")
        for side, space in (("top", 40), ("left", 85), ("bottom", 40), ("right", 85)):
            _child(margins, f"w:{side}", w=str(space), type="dxa")
        grid = _child(table, "w:tblGrid")
        for share in shares:
            _child(grid, "w:gridCol", w=str(share))
        self._row(table, header, shares, is_header=True, centred=True)
        for row in rows:
            self._row(table, row, shares, strong=strong, centred=numeric)
        for form in list(table.iter(qn("w:pPr")))[: -len(shares) if numeric else len(shares)]:
            form.insert(0, _element("w:keepNext"))
        body = self._document.element.body
        body.insert(len(body) - 1, table)  # before the section's own properties
        gap = self._document.add_paragraph()
        gap.paragraph_format.line_spacing = Pt(8)

    def content(self) -> bytes:
        file = io.BytesIO()
        self._document.save(file)
        return file.getvalue()

    # --- how it looks -----------------------------------------------------------------------------------------------

    def _set_page(self, mark: str) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(_PAGE_WIDTH), Mm(297)
        top, right, bottom, left = (Mm(margin) for margin in self._margins)
        section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = top, right, bottom, left
        section.header_distance, section.footer_distance = (Mm(10), Mm(8)) if self._is_close else (Mm(20), Mm(22))
        if mark:
            paragraph = section.header.paragraphs[0]
            paragraph.text = safe_text(mark)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        parts = ("第 ", " 页 共 ", " 页") if self._chinese else ("Page ", " of ", "")
        footer = section.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for text, field in zip(parts, ("PAGE", "NUMPAGES", ""), strict=True):
            footer.add_run(text)
            if field:
                run = _element("w:r")
                _text(run, "1")
                _child(footer._p, "w:fldSimple", instr=field).append(run)

    def _set_styles(self) -> None:
        styles = self._document.styles
        for name, fonts, size, before, after in (
            ("Normal", TEXT_FONTS, 10.5 if self._is_close else 12, 0, 0),
            ("Title", HEADING_FONTS, *((18, 0, 2) if self._is_close else (22, 0, 6))),
            ("Heading 1", HEADING_FONTS, *((12, 4, 2) if self._is_close else (14, 12, 6))),
            ("Header", TEXT_FONTS, 10.5, 0, 0),
            ("Footer", TEXT_FONTS, 10.5, 0, 0),
        ):
            style = styles[name]
            _set_fonts(style.element, fonts)
            style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
            style.font.color.rgb = None
            _drop(style.element.rPr, "w:color", "w:spacing", "w:kern")
            if name != "Normal":
                _drop(style.element.pPr, "w:pBdr")
            form = style.paragraph_format
            form.space_before, form.space_after = Pt(before), Pt(after)
            form.line_spacing_rule = WD_LINE_SPACING.SINGLE if size <= 10.5 else WD_LINE_SPACING.ONE_POINT_FIVE
        styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        styles["Heading 1"].paragraph_format.keep_with_next = True
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        language = defaults.find(qn("w:lang"))
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")

    def _set_properties(self, title: str, author: str, at: datetime.datetime) -> None:
        properties = self._document.core_properties
        properties.title = safe_text(title)[:255]
        properties.author = properties.last_modified_by = safe_text(author)[:255]
        properties.comments, properties.keywords = "", ""
        properties.language = "zh-CN" if self._chinese else "en"
        # The format has no time zone: UTC it is.
        properties.created = properties.modified = timezone.localtime(at, datetime.UTC).replace(tzinfo=None)
        settings = self._document.settings.element
        zoom = settings.find(qn("w:zoom"))
        zoom.attrib.clear()
        zoom.set(qn("w:percent"), "100")
        for setting in settings.iter(qn("w:compatSetting")):
            if setting.get(qn("w:name")) == "compatibilityMode":
                setting.set(qn("w:val"), "15")  # below it, Word calls the window "compatibility mode"

    def _row(
        self,
        table: Any,
        cells: Sequence[Cell],
        shares: Sequence[int],
        *,
        is_header: bool = False,
        strong: int | None = None,
        centred: bool = False,
    ) -> None:
        row = _child(table, "w:tr")
        properties = _child(row, "w:trPr")
        _child(properties, "w:cantSplit")
        if is_header:
            _child(properties, "w:tblHeader")
        for place, (cell, share) in enumerate(zip(cells, shares, strict=True)):
            box = _child(row, "w:tc")
            form = _child(box, "w:tcPr")
            _child(form, "w:tcW", w=str(share), type="dxa")
            if is_header:
                _child(form, "w:shd", val="clear", color="auto", fill="F2F2F2")
                _child(form, "w:vAlign", val="center")
            for number, text in enumerate([cell] if isinstance(cell, str) else cell or [""]):
                _paragraph(box, text, bold=is_header or (place == strong and not number), centred=centred)


def _paragraph(box: Any, text: str, *, bold: bool, centred: bool) -> None:
    paragraph = _child(box, "w:p")
    form = _child(paragraph, "w:pPr")
    _child(form, "w:spacing", before="0", after="0", line="264", lineRule="auto")
    if centred:
        _child(form, "w:jc", val="center")
    run = _child(paragraph, "w:r")
    look = _child(run, "w:rPr")
    if bold:
        _child(look, "w:b")
    _child(look, "w:sz", val="21")
    for number, line in enumerate(safe_text(text).split("\n")):
        if number:
            _child(run, "w:br")
        _text(run, line)


def _text(run: Any, text: str) -> None:
    element = _child(run, "w:t")
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _set_fonts(style: Any, fonts: tuple[str, str]) -> None:
    """Latin and Chinese typeface of a style; those of the theme would win over them."""
    names = style.get_or_add_rPr().get_or_add_rFonts()
    names.attrib.clear()
    for place, font in zip(("ascii", "hAnsi", "cs", "eastAsia"), (*([fonts[0]] * 3), fonts[1]), strict=True):
        names.set(qn(f"w:{place}"), font)


def _drop(parent: Any, *names: str) -> None:
    for name in names:
        for element in parent.findall(qn(name)) if parent is not None else ():
            parent.remove(element)


def _element(name: str, **attributes: str) -> Any:
    element: Any = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _child(parent: Any, name: str, **attributes: str) -> Any:
    element = _element(name, **attributes)
    parent.append(element)
    return element
