"""The list as a file: what was found and may be seen, nothing that a spreadsheet would calculate, and a line in the log."""

import csv
import datetime
import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from directory.models import AnnualFigures
from pinghu.accounts.roles import Role
from pinghu.export import csv_lines, safe_cell, write_xlsx
from pinghu.ledger.models import AccessLog
from tests.factories import a_park, an_enterprise, made


def rows_of(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("a=1", "a=1"),
        ("平湖", "平湖"),
        (None, ""),
        (-5, -5),
        (Decimal("-5.50"), Decimal("-5.50")),
        (datetime.date(2026, 3, 1), "2026-03-01"),
        (True, True),
    ],
)
def test_text_that_would_be_calculated_gets_an_apostrophe(value: Any, written: Any) -> None:
    assert safe_cell(value) == written


def test_csv_begins_with_the_mark_and_quotes_what_must_be() -> None:
    assert "".join(csv_lines(["名称", "=b"], [['a"b', "x,\ny"]])) == '\ufeff名称,\'=b\r\n"a""b","x,\ny"\r\n'


def test_workbook_keeps_types_and_no_formula() -> None:
    file = io.BytesIO()
    code = "91330482MA00007A30"

    write_xlsx(file, ["a", "b", "c", "d", "e"], [["=1+1", code, Decimal("2.5"), datetime.date(2026, 3, 1), None]])

    file.seek(0)
    sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    assert sheet[1] == ["=1+1", code, 2.5, datetime.date(2026, 3, 1), ""]
    assert b"<f>" not in zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml")


@pytest.mark.django_db
def test_export_holds_the_rows_found_with_labels_and_leaves_a_line(client_as: Any) -> None:
    park = a_park("one", name="樱园")
    an_enterprise("甲", park=park, address="=HYPERLINK(1)")
    an_enterprise("乙")
    client = client_as(Role.SERVICE_OFFICER)

    address = reverse("admin:directory_enterprise_export", args=["csv"])
    found = rows_of(client.get(address, {"park": "one"}))

    assert [list(row.values())[4] for row in found] == ["甲"]
    assert "樱园" in found[0].values()
    assert "'=HYPERLINK(1)" in found[0].values()
    line = AccessLog.objects.get(kind="export")
    assert (line.rows, line.door, line.by.username) == (1, "admin", Role.SERVICE_OFFICER)
    assert (line.detail["list"], line.detail["asked"]) == ("directory.enterprise", "park=one")


@pytest.mark.django_db
def test_export_as_workbook_holds_the_same(client_as: Any) -> None:
    an_enterprise("甲")
    client = client_as(Role.LEADER)

    response = client.get(reverse("admin:directory_enterprise_export", args=["xlsx"]))

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content))).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 2
    assert "甲" in sheet.to_python()[1]
    assert client.get(reverse("admin:directory_enterprise_export", args=["pdf"])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.LEADER, 200), (Role.SERVICE_OFFICER, 403), (Role.AUDITOR, 403), (Role.ADMINISTRATOR, 403)],
)
def test_restricted_figures_are_exported_to_their_readers_only(client_as: Any, role: str, status: int) -> None:
    made(AnnualFigures(enterprise=an_enterprise("甲"), year=2025, data_origin="tax", revenue=1))
    client = client_as(role)

    response = client.get(reverse("admin:directory_annualfigures_export", args=["csv"]))

    assert response.status_code == status
    assert AccessLog.objects.filter(kind="export").count() == (status == 200)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_those_without_records_export_none(client_as: Any, role: str) -> None:
    an_enterprise("甲")

    assert client_as(role).get(reverse("admin:directory_enterprise_export", args=["csv"])).status_code == 403


@pytest.mark.django_db
def test_export_costs_the_same_whatever_it_holds(client_as: Any, django_assert_max_num_queries: Any) -> None:
    park = a_park()
    for number in range(12):
        an_enterprise(f"第{number}", park=park)
    client = client_as(Role.DATA_STEWARD)

    with django_assert_max_num_queries(25):
        assert len(rows_of(client.get(reverse("admin:directory_enterprise_export", args=["csv"])))) == 12
