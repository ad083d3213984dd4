"""Every list of promotion as a file: only rows that the person sees, as filtered, logged, and nothing that calculates."""

import csv
import datetime
import io
import zipfile
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse
from python_calamine import CalamineWorkbook

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.models import (
    ActionItem,
    CapitalRecord,
    ClaimDispute,
    Commitment,
    Contact,
    Counterpart,
    Evidence,
    Interaction,
    JoinRequest,
    Lead,
    LeadClaim,
    ProgressNote,
    ProjectReview,
    Reservation,
    SpaceIntent,
    StageChange,
)
from promotion.services.counterparts import save_counterpart
from promotion.services.leads import ask_to_join, set_confidentiality
from tests.factories import a_park, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.report_pages import a_template
from tests.promotion.surfaces import SERVICE

pytestmark = pytest.mark.django_db

#: A text that spreadsheets would calculate, and one that marks what is hidden.
FORMULA = '=HYPERLINK("http://example.com")'
HIDDEN = "看不见的"
DAY = datetime.date(2026, 6, 1)


def exported() -> list[Any]:
    """Every admin of promotion that hands out its list as a file."""
    return [
        pytest.param(model, id=model._meta.model_name)
        for model, options in admin.site._registry.items()
        if model._meta.app_label == "promotion" and hasattr(options, "export_view")
    ]


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


@pytest.fixture
def rows(officer: User) -> None:
    """Of every list a row that the officer sees, its texts formulas, and one that hangs on what is hidden from them."""
    from directory.models import Carrier

    other = a_person("other", unit=a_unit("unit-2"))
    enterprise = an_enterprise("示例精机")
    carrier = made(Carrier(park=a_park(), code="P1", name="示例厂房", kind="floor", area_m2=50_000))
    for owner, text in ((officer, FORMULA), (other, HIDDEN)):
        lead = a_lead(text, owner=owner, business=text, referrer=text)
        project = a_project(text, owner=owner, content=text, investor=text)
        counterpart = save_counterpart(Counterpart(name=text, owner=owner, note=text), by=owner, door="admin", at=NOW)
        for row in (
            Contact(name=text, lead=lead, organisation=text),
            Interaction(lead=lead, kind="call", at=NOW, by=owner, happened=text),
            ActionItem(text=text, person=owner, due_on=DAY, lead=lead),
            ClaimDispute(lead=lead, raised_by=owner, raised_at=NOW, unit=owner.memberships.first().department, reason=text),
            CapitalRecord(enterprise=enterprise, project=project, kind="actual", on=DAY, amount=1, note=text),
            Commitment(project=project, side="investor", text=text, due_on=DAY),
            ProgressNote(project=project, week=DAY, progress=text),
            ProjectReview(project=project, kind="admission", outcome="passed", decided_on=DAY, conditions=text),
            SpaceIntent(project=project, carrier=carrier, note=text),
            Reservation(project=project, carrier=carrier, area_m2=10, part=text[:100], starts_on=DAY, by=owner),
            Evidence(
                project=project, kind="other", title=text, file=f"evidence/{project.pk}", file_name=text,
                content_type="application/pdf", size=1, sha256=str(project.pk),
            ),
        ):  # fmt: skip
            made(row)
        if owner is other:
            ask_to_join(lead, by=officer, reason=FORMULA, door="admin", at=NOW)
            for each in (lead, counterpart):
                set_confidentiality(each, level="confidential", by=owner, door="admin")
            type(project)._base_manager.filter(pk=project.pk).update(confidentiality="confidential")
    a_template(name=FORMULA)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def address(model: type[models.Model], kind: str) -> str:
    return reverse(f"admin:promotion_{model._meta.model_name}_export", args=[kind])


@pytest.mark.parametrize("model", exported())
def test_list_as_a_file_holds_what_the_person_sees_and_no_formula(
    model: Any, rows: None, client_as: Any, officer: User
) -> None:
    client = client_as(officer)
    seen = model.objects.visible_to(officer).count()

    text = body(client.get(address(model, "csv"))).decode("utf-8-sig")
    workbook = body(client.get(address(model, "xlsx")))

    lines = list(csv.reader(io.StringIO(text)))
    cells = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()
    assert len(lines) == len(cells) == seen + 1
    assert HIDDEN not in text + str(cells)
    assert [cell for line in lines for cell in line if cell.lstrip().startswith(("=", "+", "@"))] == []
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(workbook)).read("xl/worksheets/sheet1.xml")
    log = AccessLog.objects.filter(kind="export").order_by("pk")
    assert [(line.by, line.rows, line.detail["list"]) for line in log] == [(officer, seen, model._meta.label_lower)] * 2


def test_rows_of_the_test_reach_every_list(rows: None, officer: User) -> None:
    """A list that is empty here would pass whatever it does."""
    models_ = {param.values[0] for param in exported()}
    empty = {model._meta.model_name for model in models_ if not model.objects.visible_to(officer).exists()}
    nobodys = {
        "officehours",
        "promotionactivity",
        "promotiontarget",
        "admissionstandard",
        "stageagelimit",
        "externalunit",
        "chaintaskforce",
        "replytemplate",
    }
    assert empty <= nobodys | set(SERVICE)  # those hang on enterprises, not on the leads and projects of this test
    guarded = {Lead, LeadClaim, Contact, Interaction, StageChange, CapitalRecord} & models_
    assert all(model.objects.visible_to(officer).count() < model.objects.count() for model in guarded)


@pytest.mark.parametrize("model", exported())
def test_file_follows_the_search(model: Any, rows: None, client_as: Any, officer: User) -> None:
    """What is not found is not exported."""
    if not admin.site._registry[model].search_fields:
        return
    client = client_as(officer)

    found = body(client.get(address(model, "csv"), {"q": "zzz-nothing-of-the-kind"})).decode("utf-8-sig")

    assert len(list(csv.reader(io.StringIO(found)))) == 1
    assert AccessLog.objects.get(kind="export").rows == 0


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.ENTERPRISE_MEMBER])
@pytest.mark.parametrize("model", exported())
def test_those_who_read_no_records_export_none(model: Any, role: str, client_as: Any) -> None:
    assert client_as(role).get(address(model, "csv")).status_code in (302, 403)
    assert not AccessLog.objects.filter(kind="export").exists()


def test_ones_own_request_to_join_a_hidden_lead_names_it_to_nobody(rows: None, client_as: Any, officer: User) -> None:
    assert JoinRequest.objects.visible_to(officer).count() == 1

    text = body(client_as(officer).get(address(JoinRequest, "csv"))).decode("utf-8-sig")

    assert HIDDEN not in text


@pytest.mark.parametrize("name", ["capital_ledger_export"])
def test_ledger_as_a_file_sums_what_the_person_sees(name: str, rows: None, client_as: Any, officer: User) -> None:
    text = body(client_as(officer).get(reverse(f"admin:{name}", args=["csv"]))).decode("utf-8-sig")

    (line,) = list(csv.DictReader(io.StringIO(text)))
    assert "1.00" in line.values()
    assert AccessLog.objects.get(kind="export").detail["list"] == "promotion.capital_ledger"
