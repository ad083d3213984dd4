"""Filling somebody else's workbook (ECMA-376): rows are written into one sheet, all else of the file stays as it is.

An XLSX file is a ZIP of XML parts. Here the parts that are concerned are edited and the others carried over byte for
byte, so that column widths, titles, logos, print settings and the notes below a table survive; a library that reads a
workbook into objects and writes it anew keeps only what it knows. Texts are written as texts, never as formulas.

The caller has checked size and kind of the archive; what is no workbook raises BadWorkbook.
"""

from pinghu.workbooks.parts import Workbook
from pinghu.workbooks.sheets import Entry, Sheet, Value
from pinghu.workbooks.xml import BadWorkbook

__all__ = ["BadWorkbook", "Entry", "Sheet", "Value", "Workbook"]
