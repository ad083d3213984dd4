"""A file that cannot be taken: one error with a code, what is wrong, and what to do. Nothing was written."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from pinghu.errors import DomainError

_TEXTS = {
    "empty_file": _("The file is empty. Choose the workbook or CSV file itself."),
    "too_many_bytes": _("The file has %(found)s MB; at most %(limit)s MB are taken. Split it, or save it as CSV."),
    "file_pdf": _("This is a PDF, whatever its name says. Ask for the table itself, as XLSX or CSV."),
    "file_web_page": _(
        "This is a web page with the name of a workbook. Open it in a spreadsheet program and save it as XLSX."
    ),
    "file_binary": _("This is neither a workbook nor a text file. Save the table as XLSX or CSV."),
    "file_other_zip": _("This archive is not an XLSX workbook. Unpack it, or save the table as XLSX or CSV."),
    "file_damaged": _("The workbook cannot be read; it may be damaged. Open it, save it again as XLSX, and try anew."),
    "file_encrypted": _("The workbook is protected by a password. Save a copy without one."),
    "file_macros": _("The workbook contains macros, which are not taken. Save it as XLSX (without macros)."),
    "formulas_unsaved": _(
        "Cell %(place)s holds a formula without its result. Open the workbook in a spreadsheet program, save it, and try "
        "anew; or save the sheet as CSV."
    ),
    "formulas_failed": _("More than %(limit)s formulas show an error such as #REF!. Mend them first."),
    "too_many_unzipped": _(
        "Unpacked, the workbook has more than %(limit)s MB. Remove pictures and empty areas, or save the sheet as CSV."
    ),
    "zip_ratio": _("The workbook is packed more than %(limit)s times, as no real table is. It was not opened."),
    "too_many_rows": _("The sheet reaches to row %(found)s; at most %(limit)s are taken. Split the file."),
    "too_many_columns": _(
        "The sheet has %(found)s columns; at most %(limit)s are taken. Delete the columns that are not needed."
    ),
    "too_many_cells": _(
        "The sheet is %(rows)s rows by %(columns)s columns, more than %(limit)s cells. Delete what is not needed, or "
        "save it as CSV."
    ),
    "cell_too_long": _(
        "The cell in row %(row)s, column %(column)s has %(found)s characters; at most %(limit)s are taken. Shorten it."
    ),
    "encoding_unknown": _(
        "The text is neither UTF-8 nor GB18030 (at byte %(position)s). Save it as “CSV UTF-8” and try anew."
    ),
    "csv_damaged": _("The text cannot be read as CSV at line %(row)s. Look at its quotation marks."),
    "no_sheet": _("The workbook has no sheet “%(sheet)s”. It has: %(sheets)s."),
    "no_visible_sheet": _("The workbook has no sheet with rows."),
    "no_header": _(
        "No row of headings was found in the first %(rows)s rows: one cell must say 企业名称, 单位名称, 信用代码 or "
        "the like. Add the headings, or say in which row they stand."
    ),
    "no_rows": _("Below the headings stands no row."),
    "no_name_column": _("No column holds the name. Map one to “%(field)s”."),
    "unknown_column": _("The file has no column “%(column)s”. It has: %(columns)s."),
    "unknown_field": _("There is no field “%(field)s”. Fields: %(fields)s."),
    "column_twice": _("Two columns are mapped to “%(field)s”. Keep one."),
    "fixed_value": _("“%(value)s” is no value of “%(field)s”: %(reason)s"),
    "missing_fixed": _("Say the value of “%(field)s” for every row, or map a column to it."),
}


class FileRefused(DomainError):
    """A file or its description that cannot be taken; `code` says why, the message what to do."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(str(_TEXTS[code] % values), code=code)
