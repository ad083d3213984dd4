"""What inserted rows and copying do to the references that formulas and merges are written with."""

import pytest

from pinghu.cell_references import (
    Insertion,
    cell_name,
    column_letters,
    column_number,
    copied_formula,
    moved_formula,
    moved_range,
    parse_range,
)

#: Three rows put among the prepared rows 5 to 8, before row 8; and among one prepared row; and where none is prepared.
AMONG, ONE, NONE = Insertion(5, 8, 3), Insertion(5, 5, 3), Insertion(5, 4, 3)


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16384)])
def test_columns_are_counted_as_spreadsheets_do(letters: str, number: int) -> None:
    assert (column_number(letters), column_letters(number)) == (number, letters)


def test_cells_and_ranges_are_read() -> None:
    assert cell_name(3, 28) == "AB3"
    assert parse_range("$B$2:AA10") == (2, 2, 10, 27)
    with pytest.raises(ValueError, match="no cell"):
        parse_range("B0")


@pytest.mark.parametrize(
    ("before", "insertion", "after"),
    [
        ("A5:C8", AMONG, "A5:C11"),
        ("A8", AMONG, "A11"),
        ("A9:C9", AMONG, "A12:C12"),
        ("A1:C4", AMONG, "A1:C4"),
        ("E5:E5", ONE, "E5:E8"),
        ("E5", ONE, "E5"),
        ("E6", ONE, "E9"),
        ("A5:C5", NONE, "A8:C8"),
        ("A4:C4", NONE, "A4:C4"),
    ],
)
def test_range_grows_over_the_rows_and_what_is_below_moves(before: str, insertion: Insertion, after: str) -> None:
    assert moved_range(before, insertion) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SUM(E5:E8)", "SUM(E5:E11)"),
        ("$E$9*2+E4", "$E$12*2+E4"),
        ("清单!E9+其他!E9", "清单!E12+其他!E9"),
        ("'清单'!$A$1:$N$9", "'清单'!$A$1:$N$12"),
        ('IF(A9="E9","合计 B9",LOG10(9))', 'IF(A12="E9","合计 B9",LOG10(9))'),
        ("$1:$4", "$1:$4"),
        ("9:9", "12:12"),
        ("total_E9+E9.x", "total_E9+E9.x"),
    ],
)
def test_formula_follows_its_cells_and_leaves_texts_and_names(before: str, after: str) -> None:
    assert moved_formula(before, AMONG, sheet="清单", is_own=True) == after


def test_formula_of_another_sheet_follows_only_what_names_this_one() -> None:
    assert moved_formula("E9+清单!E9", AMONG, sheet="清单", is_own=False) == "E9+清单!E12"


@pytest.mark.parametrize(
    ("before", "after"), [("E5+$F5+G$5", "F7+$F7+H$5"), ("SUM(A5:B5)", "SUM(B7:C7)"), ('"E5"&E5', '"E5"&F7')]
)
def test_copied_formula_moves_what_is_not_fixed(before: str, after: str) -> None:
    assert copied_formula(before, 2, 1) == after
