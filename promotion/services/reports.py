"""Reports to the city: a workbook is taken and mapped, filled for a month, and submitted once and for all.

Filling writes nothing: the same month, template and rights give the same file. Submitting fills anew, compares the
result with what the person looked at, and keeps file and values in the transaction that records who did it.
"""

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from directory.rules.headers import heading_key
from directory.services.importing.refusals import FileRefused
from directory.services.importing.workbooks import check_archive
from pinghu.errors import DomainError
from pinghu.ledger.bulk import create_many
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from pinghu.workbooks import BadWorkbook, Entry, Workbook
from promotion.models import ReportFile, ReportRow, ReportSubmission, ReportTemplate
from promotion.report_fields import BY_CODE, FIELDS, SUMMED, proposal, usable
from promotion.report_layout import Layout, NoHeadings, find_layout
from promotion.report_table import Table, report_table
from promotion.rules.reports import GROWTH, STANDING, Column, Period
from promotion.rules.working_time import local_day
from promotion.services.evidence import clean_name
from promotion.services.leads import locked

MOST_BYTES = 5 * 1024 * 1024
MOST_UNZIPPED = 50 * 1024 * 1024
ACCEPT = ".xlsx"
#: Parts that run, fetch or carry something of their own; a list to be filled in needs none of them.
_ACTIVE = re.compile(
    r"vbaproject|/macrosheets/|/dialogsheets/|/activex/|/embeddings/|/externallinks/|/querytables/|connections\.xml|customui/"
)
#: Formulas that reach out of the workbook.
_REACHING = re.compile(r"\[[0-9]+\]|\||\b(?:WEBSERVICE|RTD|DDE|CALL|REGISTER(?:\.ID)?)\s*\(", re.IGNORECASE)


# --- the template ----------------------------------------------------------------------------------------------------


def take_workbook(
    template: Any, *, upload: File, sheet: str = "", header_row: int = 0, by: Any, door: str, why: str = ""
) -> Any:
    """Keep a workbook as a template: a new one (unsaved, with name and list), or this year's of one that is here.

    What its headings meant before, in this template or another of the same list, they mean again; the rest is proposed
    by their words. Raises DomainError with field errors (`file`, `sheet`, `header_row`).
    """
    name = clean_name(upload.name or "")
    data = _read(upload, name)
    book = _open(data)
    layout = _layout(book, sheet, header_row)
    with change(by=by, verb="created" if template._state.adding else "workbook_replaced", door=door, why=why):
        row = template if template._state.adding else locked(template)
        row.file, row.file_name = _keep(data), name
        _take_layout(row, layout)
        return save_record(row, by=by, door=door, verb="" if row._state.adding else "workbook_replaced")


def map_columns(
    template: Any,
    mapping: Mapping[str, Column],
    *,
    header_row: int | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
) -> Any:
    """Say what the columns of a template's workbook mean; `header_row` looks for the headings in another row.

    Each heading's meaning is remembered for the next workbook. Raises StaleVersion, DomainError with field errors.
    """
    with change(by=by, verb="columns_mapped", door=door):
        row = locked(template)
        if header_row is not None and header_row != row.header_row:
            _take_layout(row, _layout(_open(bytes(row.file.content)), row.sheet, header_row))
        else:
            texts = {text for _place, text in row.headings}
            chosen = {text: usable(column) for text, column in mapping.items() if text in texts}
            _check_mapping(chosen)
            row.mapping = {text: column.as_json() for text, column in chosen.items() if column.field}
            own = {heading_key(text): column.as_json() for text, column in chosen.items()}
            row.remembered = {**row.remembered, **own}
        fields = ReportTemplate.FROM_THE_FILE
        return save_record(row, fields=fields, by=by, door=door, if_version=if_version, verb="columns_mapped")


def save_template(
    template: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Write name, list, use and note of a template; its workbook and columns have verbs of their own."""
    if template._state.adding or fields is None or set(fields) & set(ReportTemplate.FROM_THE_FILE):
        raise DomainError(_("A template is made by uploading its workbook."), code="by_upload")
    return save_record(template, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)


def proposals_for(template: Any, headings: Sequence[tuple[int, str]]) -> dict[str, Column]:
    """Heading → what it most probably means: as remembered here, as in another template of the list, by its words.

    Each field with the same span and currency is proposed once. One query.
    """
    remembered: dict[str, dict[str, str]] = {}
    for other in ReportTemplate._base_manager.filter(kind=template.kind).order_by("pk").only("remembered"):
        if other.pk != template.pk:
            remembered |= other.remembered
    remembered |= template.remembered
    found: dict[str, Column] = {}
    for _place, text in headings:
        known = remembered.get(heading_key(text))
        column = usable(Column.of(known)) if known is not None else proposal(text)
        if column.field and column not in found.values():
            found[text] = column
    return found


def _read(upload: File, name: str) -> bytes:
    if not upload.size:
        raise _refused("empty", _("The file is empty."))
    if upload.size > MOST_BYTES:
        text = _("The file has %(size)s MB; at most %(most)s MB are taken. Remove what is not part of the list.")
        size = number_format(upload.size / 1024 / 1024, 1)
        raise _refused("too_big", text % {"size": size, "most": MOST_BYTES // 1024 // 1024})
    upload.seek(0)
    data: bytes = upload.read(MOST_BYTES + 1)
    if not data.startswith(b"PK\x03\x04") or not name.lower().endswith(ACCEPT):
        raise _refused("no_xlsx", _("This is no XLSX workbook. Open it in a spreadsheet program and save it as XLSX."))
    try:
        check_archive(data, most_unzipped=MOST_UNZIPPED)
    except FileRefused as error:
        raise _refused(error.code, error.message) from error
    return data


def _open(data: bytes) -> Workbook:
    try:
        book = Workbook(data)
        if any(_ACTIVE.search(f"/{part.lower()}") for part in book.part_names) or book.is_macro_enabled:
            text = _("The workbook holds macros, embedded objects or links to other files, which are not taken.")
            raise _refused("active", text + " " + _("Save a plain copy of the list."))
        for formula in book.formulas():
            if _REACHING.search(re.sub('"[^"]*"', "", formula)):
                text = _("A formula of the workbook reaches out of it: %(formula)s. Replace it by its value.")
                raise _refused("reaching", text % {"formula": formula[:80]})
        return book
    except BadWorkbook as error:
        text = _("The workbook cannot be read; it may be damaged. Open it, save it again as XLSX, and try anew.")
        raise _refused("damaged", text) from error


def _layout(book: Workbook, sheet: str, header_row: int) -> Layout:
    try:
        return find_layout(book, sheet=sheet, header_row=header_row)
    except KeyError:
        text = _("The workbook has no sheet “%(sheet)s”. It has: %(sheets)s.")
        said = {"sheet": sheet, "sheets": ", ".join(book.sheet_names)}
        raise DomainError(code="no_sheet", fields={"sheet": [text % said]}) from None
    except NoHeadings:
        text = _("No row of known headings was found. Say in which row the headings stand.")
        raise DomainError(code="no_headings", fields={"header_row": [text]}) from None
    except BadWorkbook as error:
        raise _refused("damaged", _("The sheet cannot be read; save the workbook again as XLSX.")) from error


def _take_layout(row: Any, layout: Layout) -> None:
    row.sheet, row.header_row, row.header_end = layout.sheet, layout.header_row, layout.header_end
    row.first_row, row.last_row, row.total_row = layout.first, layout.last, layout.total
    row.headings = [list(pair) for pair in layout.headings]
    row.mapping = {text: column.as_json() for text, column in proposals_for(row, layout.headings).items()}


def _check_mapping(chosen: Mapping[str, Column]) -> None:
    """Raise DomainError where no column names the project, so that nobody could read the list."""
    if not {"name", "number", "investor", "company_name"} & {column.field for column in chosen.values()}:
        names = ", ".join(str(field.label) for field in FIELDS if field.code in ("name", "number"))
        raise DomainError(_("Map at least one column that names the project: %(fields)s.") % {"fields": names})


def _keep(data: bytes) -> ReportFile:
    sha256 = hashlib.sha256(data).hexdigest()
    found = ReportFile.objects.filter(sha256=sha256).first()
    return found or ReportFile.objects.create(sha256=sha256, size=len(data), content=data)


def _refused(code: str, text: str) -> DomainError:
    return DomainError(code=code, fields={"file": [text]})


# --- filling ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """A template filled for a month as one person may see it: nothing of it is stored."""

    template: Any
    period: Period
    table: Table

    @property
    def digest(self) -> str:
        """What tells it from a fill with another template, month or figure."""
        said = f"{self.template.version}|{self.template.file_id}|{self.period}|{self.table.digest}"
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def file_name(self) -> str:
        return f"{self.template.name} {self.period.first:%Y-%m}.xlsx"


def fill_report(template: Any, *, period: Period, user: Any) -> Filled:
    """What the list of a month says, of the projects that the person sees. Raises DomainError without a mapping."""
    if not template.mapping:
        raise DomainError(_("Map the columns of this template first."), code="not_mapped")
    table = report_table(template.columns, kind=template.kind, span=template.span, period=period, user=user)
    return Filled(template, period, table)


def workbook_of(filled: Filled, *, by: Any, on: datetime.date) -> bytes:
    """The template's own file with the lines in it; what is missing or looks wrong is red."""
    template, table, period = filled.template, filled.table, filled.period
    book = Workbook(bytes(template.file.content))
    sheet = book.sheet(template.sheet)
    red = {(mark.line, mark.heading) for mark in table.marks}
    columns = template.columns
    rows = [
        {place: Entry(line.values[heading], (line.number, heading) in red) for place, heading, _column in columns}
        for line in table.lines
    ]
    sheet.fill(
        rows,
        first=template.first_row,
        last=template.last_row,
        heading=template.header_end,
        columns=[place for place, _heading, _column in columns],
        total=template.total_row,
        summed=[place for place, _heading, column in columns if _is_summed(column)],
    )
    with override("zh-hans"):
        unit = by.memberships.select_related("department").first()
        words = {
            "{年}": str(period.year),
            "{月}": str(period.month),
            "{填报单位}": str(unit.department) if unit else "",
            "{填报人}": str(by),
            "{填报日期}": f"{on.year}年{on.month}月{on.day}日",
        }
    sheet.replace_texts(words)
    return book.save()


def _is_summed(column: Column) -> bool:
    field = BY_CODE[column.field]
    return field.kind in SUMMED and field.is_summed and column.span not in GROWTH


# --- submitting ------------------------------------------------------------------------------------------------------


def submit_report(
    template: Any,
    *,
    period: Period,
    digest: str,
    accepts_marks: bool = False,
    note: str = "",
    by: Any,
    door: str,
    at: datetime.datetime,
) -> Any:
    """Freeze the report of a month as it stands. Return the submission.

    `digest` is that of the fill that the person looked at: where anything is otherwise now, they look again.
    `accepts_marks` says that red cells are left as they are. Locks the template. Raises DomainError.
    """
    if period.first > local_day(at):
        raise DomainError(_("This month has not begun."), code="future")
    with change(by=by, verb="report_submitted", door=door, why=note):
        row = locked(template)
        if not row.is_active:
            raise DomainError(_("This template is no longer in use."), code="not_in_use")
        filled = fill_report(row, period=period, user=by)
        if filled.digest != digest:
            text = _("Something changed since you looked at this report. Look at it again, then submit it.")
            raise DomainError(text, code="changed")
        if filled.table.marks and not accepts_marks:
            text = _("There are red cells: correct them, or say that they are right as they are.")
            raise DomainError(code="red_cells", fields={"accepts_marks": [text]})
        data = workbook_of(filled, by=by, on=local_day(at))
        sent_before = ReportSubmission._base_manager.filter(template=row, month=period.first, by=by)
        if same := sent_before.filter(file__sha256=hashlib.sha256(data).hexdigest()).first():
            return same  # the button was pressed twice
        lines = filled.table.lines
        is_demo = any(line.project.is_demo for line in lines)
        submission = ReportSubmission(
            template=row,
            template_version=row.version,
            kind=row.kind,
            span=row.span,
            month=period.first,
            headings=row.headings,
            mapping=row.mapping,
            rates=[[rate.currency, rate.on.isoformat(), str(rate.cny)] for rate in filled.table.rates],
            marks=[mark.as_json() for mark in filled.table.marks],
            file=_keep(data),
            file_name=filled.file_name,
            note=note.strip(),
            by=by,
            at=at,
            is_demo=is_demo,
        )
        saved = save_record(submission, by=by, door=door, verb="report_submitted")
        create_many(
            [
                ReportRow(
                    submission=saved,
                    project=line.project,
                    number=line.number,
                    values=line.as_json(),
                    is_demo=line.project.is_demo,
                )
                for line in lines
            ],
            events=False,
        )
        return saved


def default_span(kind: str) -> str:
    """What a list of this kind usually holds."""
    kinds = ReportTemplate.Kind
    return STANDING if kind == kinds.NEGOTIATING else ReportTemplate.Span.IN_YEAR
