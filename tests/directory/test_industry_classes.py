"""The full table of GB/T 4754 from a file."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from directory.models import IndustryClass

pytestmark = pytest.mark.django_db

HEAD = "code,name,level,parent_code,section\n"
ROWS = "342,金属加工机械制造,3,34,C\n3421,金属切削机床制造,4,342,C\n"


def load(folder: Path, text: str) -> None:
    file = folder / "classes.csv"
    file.write_text(text, encoding="utf-8")
    call_command("load_industry_classes", str(file))


def test_groups_and_classes_stand_below_their_division(tmp_path: Path) -> None:
    load(tmp_path, HEAD + ROWS)

    row = IndustryClass.objects.get(code="3421")
    assert (row.level, row.section) == (4, "C")
    assert row.parent is not None
    assert row.parent.parent == IndustryClass.objects.get(code="34")
    assert row.history.get().change.verb == "industry_classes_loaded"


def test_second_load_changes_nothing_and_a_new_name_is_taken(tmp_path: Path) -> None:
    load(tmp_path, HEAD + ROWS)
    before = IndustryClass.history.count()
    load(tmp_path, HEAD + ROWS)
    assert IndustryClass.history.count() == before

    load(tmp_path, HEAD + ROWS.replace("金属切削机床制造", "机床制造"))

    assert IndustryClass.objects.get(code="3421").name == "机床制造"


@pytest.mark.parametrize(
    "row",
    [
        "3421,机床,4,343,C",
        "3421,机床,3,342,C",
        "3421,机床,4,342,D",
        "9999,机床,4,999,T",
        "3499,机床,4,349,C",
        "abc,机床,4,342,C",
        "3421,,4,342,C",
    ],
)
def test_class_outside_the_one_above_is_refused_and_nothing_written(tmp_path: Path, row: str) -> None:
    before = IndustryClass.objects.count()

    with pytest.raises(CommandError):
        load(tmp_path, HEAD + "342,金属加工机械制造,3,34,C\n" + row + "\n")

    assert IndustryClass.objects.count() == before


def test_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="parent_code"):
        load(tmp_path, "code,name\n342,x\n")
