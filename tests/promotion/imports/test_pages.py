"""Runs of leads and contacts on the admin's pages and at the command line: whose they are, and who sees which line."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import ImportRun
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.models import Contact, Lead
from promotion.services.claims import transfer_lead
from promotion.services.leads import set_confidentiality
from tests.directory.imports.rows import csv_bytes, plan_of, source
from tests.directory.imports.test_admin_pages import do_tasks
from tests.factories import an_enterprise
from tests.promotion.factories import NOW, a_lead, a_person, a_unit
from tests.promotion.imports.rows import applied, contacts, leads

pytestmark = pytest.mark.django_db

SignIn = Callable[[str | User], Client]
HEADINGS = ("客商名称", "来源地", "项目内容", "线索来源")
ROW = ("示例精密仪器", "日本", "数控车床零件", "展会")


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


def url(name: str, run: ImportRun | None = None) -> str:
    return reverse(f"admin:directory_importrun_{name}", args=[run.pk] if run else [])


def upload(client: Client, kind: str, *rows: Any) -> Any:
    file = SimpleUploadedFile("名单.csv", csv_bytes(*rows), content_type="text/csv")
    return client.post(url("add"), {"kind": kind, "source": source().pk, "file": file})


def text(response: Any) -> str:
    return str(response.content.decode())


def test_officer_takes_a_list_all_the_way_and_back(client_as: SignIn, officer: User) -> None:
    client = client_as(officer)
    answer = upload(client, "leads", HEADINGS, ROW)
    run = ImportRun.objects.get()
    page = text(client.get(answer.url))
    assert 'name="is_complete"' not in page  # a list of leads is never the whole world
    assert "展会" in page

    columns = ("name", "origin", "business", "channel")
    client.post(url("mapping", run), {f"column-{at}": name for at, name in enumerate(columns)})
    do_tasks()
    assert ROW[0] in text(client.get(url("change", run)))
    client.post(url("apply", run))
    do_tasks()
    assert Lead.objects.get().owner == officer
    client.post(url("revert", run))
    do_tasks()

    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.PROMOTION_OFFICER, {"leads", "contacts"}),
        (Role.PROMOTION_MANAGER, {"leads", "contacts"}),
        (Role.DATA_STEWARD, {"enterprises", "groups", "qualifications"}),
    ],
)
def test_role_imports_what_it_may_add_and_nothing_else(client_as: SignIn, role: str, offered: set[str]) -> None:
    client = client_as(role)
    page = text(client.get(url("add")))
    every = ("enterprises", "groups", "qualifications", "leads", "contacts")
    assert {kind for kind in every if f'value="{kind}"' in page} == offered

    for kind in set(every) - offered:
        assert upload(client, kind, HEADINGS, ROW).status_code == 200
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("role", [Role.SERVICE_OFFICER, Role.LEADER, Role.SUBDISTRICT_LIAISON, Role.AUDITOR])
def test_other_roles_import_nothing(client_as: SignIn, role: str) -> None:
    assert client_as(role).get(url("add")).status_code == 403


def test_run_is_seen_by_its_uploader_the_units_manager_and_leaders_alone(client_as: SignIn, officer: User) -> None:
    run = leads(ROW, by=officer)
    enterprises = plan_of(["企业名称"], ["甲精机有限公司"])
    unit, other = a_unit(), a_unit("unit-2")
    seen = {
        "uploader": officer,
        "manager": a_person("manager", Role.PROMOTION_MANAGER, unit),
        "leader": a_person("leader", Role.LEADER),
    }
    hidden = {
        "colleague": a_person("colleague", unit=unit),
        "manager elsewhere": a_person("other", Role.PROMOTION_MANAGER, other),
        "steward": a_person("steward", Role.DATA_STEWARD),
    }

    for who, user in {**seen, **hidden}.items():
        client = client_as(user)
        is_seen = who in seen
        status = client.get(url("change", run)).status_code
        assert (status == 200) == is_seen, who
        workbook = client.get(url("errors", run))
        b"".join(workbook)  # a file that was answered stands open until it is read
        assert (workbook.status_code == 200) == is_seen, who
        assert (url("change", run) in text(client.get(url("changelist")))) == is_seen, who
        sees_enterprises = who in ("leader", "steward")
        assert (client.get(url("change", enterprises)).status_code == 200) == sees_enterprises, who


@pytest.mark.parametrize("verb", ["mapping", "plan", "apply", "decide"])
def test_nobody_but_the_uploader_works_on_a_run(client_as: SignIn, officer: User, verb: str) -> None:
    run = leads(ROW, by=officer)

    for user in (a_person("manager", Role.PROMOTION_MANAGER), a_person("leader", Role.LEADER)):
        assert client_as(user).post(url(verb, run), {"all": "create", "verdict": "new"}).status_code == 403
    run.refresh_from_db()
    assert run.status == "planned"


def test_manager_takes_back_what_an_officer_imported_and_a_leader_does_not(client_as: SignIn, officer: User) -> None:
    run = applied(leads(ROW, by=officer))

    assert client_as(a_person("leader", Role.LEADER)).post(url("revert", run)).status_code == 403
    client_as(a_person("manager", Role.PROMOTION_MANAGER)).post(url("revert", run))
    do_tasks()

    assert not Lead.objects.exists()


def test_line_of_a_lead_that_is_hidden_by_now_is_not_shown(client_as: SignIn, officer: User) -> None:
    run = applied(leads(ROW, ("另一家投资方", "德国", "齿轮", "展会"), by=officer))
    lead = Lead.objects.get(name=ROW[0])
    owner = a_person("elsewhere", unit=a_unit("unit-2"))
    manager = a_person("manager", Role.PROMOTION_MANAGER)
    transfer_lead(lead, owner=owner, why="示例", by=manager, door="admin", at=NOW)
    set_confidentiality(Lead.objects.get(pk=lead.pk), level="confidential", by=owner, door="admin")

    page = text(client_as(officer).get(url("change", run), {"verdict": "new"}))

    assert ROW[0] not in page
    assert ROW[2] not in page
    assert "另一家投资方" in page
    assert ROW[0] in text(client_as(a_person("leader", Role.LEADER)).get(url("change", run), {"verdict": "new"}))


def test_candidate_is_named_to_whoever_sees_it_whole_and_masked_to_others(client_as: SignIn, officer: User) -> None:
    known = a_lead("苏州示例精密仪器有限公司", owner=a_person("colleague", unit=a_unit("unit-2")))
    run = leads(("苏州示例精密仪器", "", "", ""), by=officer)
    assert "苏州示例精密仪器有限公司" in text(client_as(officer).get(url("change", run)))

    set_confidentiality(known, level="restricted", code_name="青松", by=known.owner, door="admin")
    page = text(client_as(officer).get(url("change", run)))
    assert "苏州示例精密仪器有限公司" not in page
    assert known.number in page
    assert "update:" not in page

    set_confidentiality(known, level="confidential", by=known.owner, door="admin")
    page = text(client_as(officer).get(url("change", run)))
    assert known.number not in page


def test_each_look_at_lines_about_people_is_in_the_access_log(client_as: SignIn, officer: User) -> None:
    an_enterprise("示例精机")
    run = contacts(("示例姓名", "示例精机"), by=officer, headings=("姓名", "单位"))

    client_as(officer).get(url("change", run))

    log = AccessLog.objects.get(kind="read")
    assert (log.by, log.subject_type, log.subject_id, log.rows) == (officer, "importrun", run.public_id, 1)


def test_page_of_a_run_costs_the_same_however_many_lines_it_shows(client_as: SignIn, officer: User) -> None:
    client = client_as(officer)
    counts = []
    for number in (2, 40):
        for at in range(number):
            a_lead(f"苏州示例{number}号{at}精密仪器有限公司", owner=officer)
        run = leads(*[(f"苏州示例{number}号{at}精密仪器", "日本", "", "") for at in range(number)], by=officer)
        client.get(url("change", run))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("change", run))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


# --- the command line ------------------------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("import_rows", *arguments, stdout=out)
    return out.getvalue()


def test_command_imports_leads_as_a_person_and_undoes_them(tmp_path: Path, officer: User) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(csv_bytes(HEADINGS, ROW))

    assert "name\n" in command("leads", str(file), "--by", officer.username, "--apply")
    assert Lead.objects.get().owner == officer
    run = ImportRun.objects.get()
    assert run.by == officer
    command("leads", str(file), "--by", officer.username, "--apply")
    assert Lead.objects.count() == 1

    command("leads", "--revert", run.public_id, "--by", officer.username)
    assert not Lead.objects.exists()


def test_command_without_a_person_takes_lines_that_name_their_officer(tmp_path: Path, officer: User) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(csv_bytes(("客商名称", "负责人"), ("甲企业", officer.username), ("乙企业", "")))

    command("leads", str(file), "--apply")

    assert [lead.name for lead in Lead.objects.all()] == ["甲企业"]
    with pytest.raises(CommandError, match="nobody"):
        command("leads", str(file), "--by", "nobody")


def test_command_imports_contacts_of_enterprises(tmp_path: Path) -> None:
    an_enterprise("示例精机")
    file = tmp_path / "people.csv"
    file.write_bytes(csv_bytes(("姓名", "单位", "职务"), ("示例姓名", "示例精机", "经理")))

    command("contacts", str(file), "--apply")

    assert Contact.objects.get().job_title == "经理"
