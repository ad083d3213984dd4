"""The pages of the reports: who opens what, the way from upload to submission without JavaScript, downloads in the log."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.models import InvestmentProject, ReportSubmission, ReportTemplate
from tests.kernel.pages import form_data
from tests.promotion.factories import a_person, a_unit
from tests.promotion.report_pages import a_template, a_workbook, cells, filled, submitted
from tests.promotion.test_report_tables import stands_at

pytestmark = pytest.mark.django_db

SignIn = Callable[[str | User], Client]
DAY = datetime.date(2026, 11, 3)
MONTH = {"month": "2026-11"}


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


@pytest.fixture
def client(client_as: SignIn, officer: User) -> Client:
    return client_as(officer)


@pytest.fixture(autouse=True)
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """The month of the tests is over."""
    moment = datetime.datetime(2026, 12, 2, 3, 0, tzinfo=datetime.UTC)
    monkeypatch.setattr("promotion.admin.reports.timezone.now", lambda: moment)


def signed(name: str = "示例项目", **values: Any) -> InvestmentProject:
    return stands_at("signed", name, **{"signed_on": DAY, "total_investment": 50_000_000, **values})


def url(name: str, row: Any = None) -> str:
    return reverse(f"admin:{name}", args=[row.public_id] if row is not None else [])


def text(response: Any) -> str:
    return str(response.content.decode())


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_whole_way_from_the_citys_workbook_to_the_frozen_report(client: Client, officer: User) -> None:
    signed(total_investment=900)
    upload = SimpleUploadedFile("签约.xlsx", a_workbook(("序号", "项目名称", "计划投资规模", "签约时间")))
    answer = client.post(url("report_new"), {"name": "签约清单", "kind": "signed", "file": upload})
    template = ReportTemplate.objects.get(name="签约清单")
    assert answer.url == url("report_columns", template)
    assert template.span == "in_year"

    data = form_data(client.get(answer.url))
    assert data["meaning-2"] == "name"
    assert data["meaning-3"] == ""
    answer = client.post(answer.url, {**data, "meaning-3": "total_investment", "unit-3": "10000:CNY"})
    assert answer.url == url("report_fill", template)

    page = client.get(answer.url, MONTH)
    assert "▲" not in text(page)  # the sign is the style sheet's, the word is the page's
    assert len(page.context["marks"]) == 1
    mark = page.context["marks"][0]
    assert (mark["line"], mark["heading"]) == (1, "计划投资规模")
    data = form_data(page)
    address = f"{url('report_fill', template)}?month=2026-11"
    assert client.post(address, data).status_code == 422
    answer = client.post(address, {**data, "accepts_marks": "on", "note": "示例"})

    report = ReportSubmission.objects.get()
    assert answer.url == url("report_submission", report)
    assert (report.by, report.note, len(report.marks)) == (officer, "示例", 1)
    page = text(client.get(answer.url))
    assert "示例项目" in page
    assert "0.09" in page


def test_overview_shows_what_was_submitted_for_the_month(client: Client, officer: User) -> None:
    signed()
    template = a_template()
    report = submitted(template, officer)

    page = client.get(url("reports"), MONTH)
    assert url("report_submission", report) in text(page)
    assert [row["sent"] for row in page.context["rows"] if row["template"] == template] == [report]
    page = client.get(url("reports"), {"month": "2026-10"})
    assert [row["sent"] for row in page.context["rows"] if row["template"] == template] == [None]


@pytest.mark.parametrize("month", ["2026-13", "x", "1-1", "2026-11-01", "99999-01"])
def test_what_is_no_month_is_not_there(client: Client, month: str) -> None:
    template = a_template()

    for name, row in (("reports", None), ("report_fill", template), ("report_fill_file", template)):
        assert client.get(url(name, row), {"month": month}).status_code == 404


def test_refused_workbook_is_said_beside_the_file(client: Client) -> None:
    upload = SimpleUploadedFile("签约.xlsx", b"%PDF-1.7")

    answer = client.post(url("report_new"), {"name": "签约清单", "kind": "signed", "file": upload})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not ReportTemplate.objects.filter(name="签约清单").exists()


def test_another_workbook_keeps_the_meaning_of_its_headings(client: Client) -> None:
    template = a_template()
    newer = SimpleUploadedFile("新.xlsx", a_workbook(("项目名称", "总投资(万元)")))

    answer = client.post(url("report_upload", template), {"file": newer})

    assert answer.url == url("report_columns", template)
    template.refresh_from_db()
    assert (template.file_name, len(template.mapping)) == ("新.xlsx", 2)


def test_mapping_from_an_old_page_is_refused(client: Client, officer: User) -> None:
    template = a_template()
    data = form_data(client.get(url("report_columns", template)))
    client.post(url("report_columns", template), {**data, "meaning-4": ""})

    answer = client.post(url("report_columns", template), data)

    assert answer.status_code == 422
    template.refresh_from_db()
    assert "签约时间" not in template.mapping


def test_headings_are_looked_for_in_another_row(client: Client) -> None:
    template = a_template()
    data = form_data(client.get(url("report_columns", template)))

    answer = client.post(url("report_columns", template), {**data, "header_row": "1", "look": ""})

    assert answer.url == url("report_columns", template)
    template.refresh_from_db()
    assert template.header_row == 1


def test_report_that_changed_since_the_page_was_opened_is_shown_anew(client: Client) -> None:
    project = signed()
    template = a_template()
    address = f"{url('report_fill', template)}?month=2026-11"
    data = form_data(client.get(address))
    InvestmentProject._base_manager.filter(pk=project.pk).update(total_investment=70_000_000)

    answer = client.post(address, data)

    assert answer.status_code == 422
    assert answer.context["refusals"]
    assert not ReportSubmission.objects.exists()
    assert client.post(address, form_data(answer)).status_code == 302


def test_both_downloads_are_workbooks_never_inline_and_in_the_access_log(client: Client, officer: User) -> None:
    signed()
    template = a_template()
    report = submitted(template, officer)

    answers = [
        client.get(url("report_fill_file", template), MONTH),
        client.get(url("report_submission_file", report)),
        client.get(url("report_template_file", template)),
    ]

    for answer in answers:
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"].startswith("private, no-store")
        assert cells(body(answer))[2][1] == "项目名称"
    lines = AccessLog.objects.filter(kind="export").order_by("pk")
    assert [(line.subject_type, line.rows, line.detail["month"]) for line in lines] == [
        ("reporttemplate", 1, "2026-11"),
        ("reportsubmission", 1, "2026-11"),
    ]


@pytest.mark.parametrize(
    ("role", "reads", "edits", "opens"),
    [
        (Role.PROMOTION_OFFICER, 200, 200, 200),
        (Role.PROMOTION_MANAGER, 200, 200, 200),
        (Role.LEADER, 200, 403, 200),
        (Role.SERVICE_OFFICER, 403, 403, 200),
        (Role.DATA_STEWARD, 403, 403, 200),
        (Role.AUDITOR, 403, 403, 403),
        (Role.ADMINISTRATOR, 403, 403, 403),
    ],
)
def test_role_opens_what_is_its_work(
    client_as: SignIn, officer: User, role: str, reads: int, edits: int, opens: int
) -> None:
    signed()
    template = a_template()
    report = submitted(template, officer)
    client = client_as(role)

    for name, row in (
        ("reports", None),
        ("report_fill", template),
        ("report_fill_file", template),
        ("report_template_file", template),
    ):
        assert status(client.get(url(name, row), MONTH)) == reads, name
    for name, row in (("report_new", None), ("report_upload", template), ("report_columns", template)):
        assert status(client.get(url(name, row))) == edits, name
    for name in ("report_submission", "report_submission_file"):
        assert status(client.get(url(name, report))) == opens, name


def status(answer: Any) -> int:
    if answer.streaming:
        body(answer)
    return int(answer.status_code)


def test_leader_looks_and_does_not_submit(client_as: SignIn) -> None:
    signed()
    template = a_template()
    leader = a_person("leader", Role.LEADER)
    client = client_as(leader)
    address = f"{url('report_fill', template)}?month=2026-11"
    assert client.get(address).context["form"] is None

    assert client.post(address, {"digest": filled(template, leader).digest}).status_code == 403
    assert not ReportSubmission.objects.exists()


def test_submission_with_a_hidden_project_is_not_there(client_as: SignIn, client: Client, officer: User) -> None:
    project = signed()
    report = submitted(a_template(), officer)
    colleague = client_as(a_person("colleague", unit=a_unit("unit-2")))
    listed = reverse("admin:promotion_reportsubmission_changelist")
    change = reverse("admin:promotion_reportsubmission_change", args=[report.pk])
    assert colleague.get(change).url == url("report_submission", report)
    InvestmentProject._base_manager.filter(pk=project.pk).update(confidentiality="confidential")

    for address in (url("report_submission", report), url("report_submission_file", report), change):
        assert status(colleague.get(address)) == 404
    assert "示例清单" not in text(colleague.get(listed)).split("results")[-1]
    assert url("report_submission", report) not in text(colleague.get(url("reports"), MONTH))
    assert client.get(url("report_submission", report)).status_code == 200


def test_form_of_a_template_writes_its_name_and_never_its_file(client: Client) -> None:
    template = a_template()
    address = reverse("admin:promotion_reporttemplate_change", args=[template.pk])
    assert client.get(reverse("admin:promotion_reporttemplate_add")).url == url("report_new")
    data = form_data(client.get(address))

    client.post(address, {**data, "name": "另一名称", "sheet": "x", "first_row": "1", "file": "1"})

    template.refresh_from_db()
    assert (template.name, template.sheet, template.first_row) == ("另一名称", "清单", 4)


def test_pages_cost_the_same_however_many_projects_there_are(client: Client, officer: User) -> None:
    template = ReportTemplate.objects.get(code="signed")
    counts = []
    for number in (1, 12):
        for at in range(number):
            signed(f"项目{number}-{at}")
        report = submitted(template, officer)
        for address in (
            url("reports"),
            f"{url('report_fill', template)}?month=2026-11",
            url("report_submission", report),
            reverse("admin:promotion_reportsubmission_changelist"),
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
    assert counts[:4] == counts[4:]
    assert max(counts) <= 20


def test_overview_does_not_read_the_workbooks(client: Client) -> None:
    a_template()

    with CaptureQueriesContext(connection) as queries:
        client.get(url("reports"), MONTH)

    assert not [each for each in queries.captured_queries if '"content"' in each["sql"]]
