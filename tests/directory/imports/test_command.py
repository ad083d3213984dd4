"""`import_rows`: plans and prints; with --apply writes what needs no choice; the same file twice does nothing."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from directory.models import Enterprise, ImportRun
from tests.directory.imports.rows import csv_bytes
from tests.factories import an_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_bytes(["企业名称", "代号=号"], ["甲精机有限公司", "甲精"], ["", "=x"]))
    return path


def run(*arguments: str) -> str:
    out = io.StringIO()
    with translation.override("en"):
        call_command("import_rows", *arguments, stdout=out)
    return out.getvalue()


def test_without_apply_it_prints_the_verdicts_and_writes_no_record(file: Path) -> None:
    said = run("enterprises", str(file))

    assert "企业名称 → registered_name" in said
    assert "new               1" in said
    assert "error             1" in said
    assert "3: error: 企业名称: The row has no name." in said
    assert not Enterprise.objects.exists()


def test_with_apply_map_and_set_it_writes(file: Path) -> None:
    said = run("enterprises", str(file), "--map", "代号=号=short_name", "--set", "relation=outside", "--apply")

    enterprise = Enterprise.objects.get()
    assert (enterprise.short_name, enterprise.relation) == ("甲精", "outside")
    assert "created           1" in said


def test_same_file_again_says_so(file: Path) -> None:
    run("enterprises", str(file), "--apply")

    assert "applied already" in run("enterprises", str(file), "--apply")
    assert ImportRun.objects.count() == 1
    assert Enterprise.objects.count() == 1
    run("enterprises", str(file), "--again")
    assert ImportRun.objects.count() == 2


def test_planned_file_is_applied_by_the_second_call(file: Path) -> None:
    run("enterprises", str(file))
    run("enterprises", str(file), "--apply")

    assert ImportRun.objects.get().status == "applied"
    assert Enterprise.objects.count() == 1


def test_revert_undoes_a_run(file: Path) -> None:
    run("enterprises", str(file), "--apply")
    said = run("enterprises", "--revert", ImportRun.objects.get().public_id)

    assert "reverted          1" in said
    assert not Enterprise.objects.exists()


def test_errors_are_written_to_a_workbook(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "errors.xlsx"

    assert "1 lines in error" in run("enterprises", str(file), "--errors", str(out))
    assert out.read_bytes().startswith(b"PK")


def test_complete_list_says_how_many_are_absent(file: Path) -> None:
    an_enterprise("缺席精机")

    assert "1 enterprises of ours are not in it" in run("enterprises", str(file), "--complete")


@pytest.mark.parametrize(
    "arguments",
    [["--map", "nonsense"], ["--set", "x"], ["--source", "nobody"], ["--sheet", "none", "--set", "colour=red"]],
)
def test_wrong_options_are_refused(file: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("enterprises", str(file), *arguments)


def test_unknown_run_and_missing_file_are_refused() -> None:
    with pytest.raises(CommandError):
        run("enterprises", "--revert", "nothing")
    with pytest.raises(CommandError):
        run("enterprises")
