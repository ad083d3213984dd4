"""Two people on one lead or project: the second is shown both versions, rows below included; nothing is overwritten."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.ledger.models import Door
from pinghu.ledger.saving import ChildSave
from promotion.models import Contact, InvestmentProject, Lead, LeadChannel, LeadMember, ProjectMilestone
from promotion.services.follow_ups import log_follow_up
from promotion.services.leads import save_lead, screen_lead
from promotion.services.projects import advance_stage, save_project
from tests.factories import made
from tests.kernel.pages import form_data
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

OPTIONS: dict[str, Any] = {"door": Door.ADMIN, "at": NOW}


@pytest.fixture(autouse=True)
def channel() -> Any:
    return LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


@pytest.fixture
def me() -> User:
    return a_person("me", unit=a_unit("ours"))


@pytest.fixture
def colleague() -> User:
    return a_person("colleague", unit=a_unit("ours"))


@pytest.fixture
def client(me: User, client_as: Any) -> Client:
    mine: Client = client_as(me)
    return mine


def url(row: Any) -> str:
    return reverse(f"admin:promotion_{row._meta.model_name}_change", args=[row.pk])


def shown(answer: Any) -> dict[str, tuple[str, str, str, str]]:
    """Field → (opened, theirs, mine, state) of what the page compares, all rows together."""
    assert answer.status_code == 200
    rows = answer.context["conflict"].rows
    return {field.label: (field.opened, field.theirs, field.mine, field.state) for row in rows for field in row.fields}


def mine_over_theirs(client: Client, row: Any, answer: Any) -> Any:
    return client.post(url(row), form_data(answer, _take_mine=answer.context["conflict"].take_mine))


def test_lead_changed_by_both_shows_both_and_writes_nothing(client: Client, me: User, colleague: User) -> None:
    lead = a_lead(owner=me, detail="原来", business="零件")
    page = client.get(url(lead))
    lead.detail, lead.business = "他们的", "整机"
    save_lead(lead, fields=["detail", "business"], by=colleague, why="客户来电", **OPTIONS)

    answer = client.post(url(lead), form_data(page, detail="我的"))

    compared = shown(answer)
    assert ("原来", "他们的", "我的", "both") in compared.values()
    assert ("零件", "整机", "整机", "theirs") in compared.values()
    assert "客户来电" in answer.content.decode()
    assert Lead.objects.get().detail == "他们的"

    assert mine_over_theirs(client, lead, answer).status_code == 302
    saved = Lead.objects.get()
    assert (saved.detail, saved.business) == ("我的", "整机")


def test_contact_below_a_lead_changed_by_both_is_compared_too(client: Client, me: User, colleague: User) -> None:
    lead = a_lead(owner=me)
    contact = made(Contact(lead=lead, name="陈一", phone="1"))
    page = client.get(url(lead))
    contact.phone = "2"
    save_lead(
        lead,
        fields=[],
        by=colleague,
        children=[ChildSave("c", contact, fields=["phone"], parent_field="lead")],
        **OPTIONS,
    )

    answer = client.post(url(lead), form_data(page, **{"contacts-0-phone": "3"}))

    assert ("1", "2", "3", "both") in shown(answer).values()
    assert Contact.objects.get().phone == "2"


def test_rows_that_the_other_added_or_removed_are_said(client: Client, me: User, colleague: User) -> None:
    lead = a_lead(owner=me)
    member = made(LeadMember(lead=lead, person=colleague))
    page = client.get(url(lead))
    children = [
        ChildSave("gone", member, parent_field="lead", delete=True),
        ChildSave("new", Contact(name="新来的"), parent_field="lead"),
    ]
    save_lead(lead, fields=[], by=colleague, children=children, **OPTIONS)

    answer = client.post(url(lead), form_data(page, detail="我的"))

    notes = [row.note for row in answer.context["conflict"].rows if row.note]
    assert len(notes) == 2
    assert mine_over_theirs(client, lead, answer).status_code == 302
    assert Lead.objects.get().detail == "我的"
    assert [contact.name for contact in Contact.objects.all()] == ["新来的"]
    assert not LeadMember.objects.exists()


def test_what_a_verb_wrote_meanwhile_is_shown_though_no_form_writes_it(
    client: Client, me: User, colleague: User
) -> None:
    lead = a_lead(owner=me)
    page = client.get(url(lead))
    log_follow_up(
        happened="谈了", next_step="寄样品", next_on=NOW.date() + datetime.timedelta(days=1), lead=lead, by=colleague,
        **OPTIONS,
    )  # fmt: skip
    screen_lead(Lead.objects.get(), note="值得跟进", by=me, **OPTIONS)

    answer = client.post(url(lead), form_data(page, detail="我的"))

    theirs = {value[1] for value in shown(answer).values() if value[3] == "theirs"}
    assert "寄样品" in theirs
    assert Lead._meta.get_field("status").verbose_name in shown(answer)
    assert mine_over_theirs(client, lead, answer).status_code == 302
    saved = Lead.objects.get()
    assert (saved.detail, saved.next_step, saved.status) == ("我的", "寄样品", Lead.Status.SCREENED)


def test_project_moved_meanwhile_is_not_moved_back(client: Client, me: User, colleague: User) -> None:
    project = a_project(owner=me)
    page = client.get(url(project))
    advance_stage(project, "paused", by=colleague, why="等批文", **OPTIONS)

    answer = client.post(url(project), form_data(page, note="我的"))

    assert any(value[3] == "theirs" for value in shown(answer).values())
    assert mine_over_theirs(client, project, answer).status_code == 302
    saved = InvestmentProject.objects.get()
    assert (saved.note, saved.side_state) == ("我的", "paused")


def test_milestone_below_a_project_changed_by_both_is_compared(client: Client, me: User, colleague: User) -> None:
    project = a_project(owner=me)
    step = made(ProjectMilestone(project=project, kind="started", note="原来"))
    page = client.get(url(project))
    step.note = "他们的"
    save_project(
        project,
        fields=[],
        by=colleague,
        children=[ChildSave("m", step, fields=["note"], parent_field="project")],
        **OPTIONS,
    )

    answer = client.post(url(project), form_data(page, **{"milestones-0-note": "我的"}))

    assert ("原来", "他们的", "我的", "both") in shown(answer).values()
    assert ProjectMilestone.objects.get().note == "他们的"


def test_project_changed_by_both_keeps_theirs_until_mine_is_meant(client: Client, me: User, colleague: User) -> None:
    project = a_project(owner=me, note="原来")
    page = client.get(url(project))
    project.note = "他们的"
    save_project(project, fields=["note"], by=colleague, **OPTIONS)

    answer = client.post(url(project), form_data(page, note="我的"))
    again = client.post(url(project), form_data(answer))

    assert ("原来", "他们的", "我的", "both") in shown(again).values()
    assert InvestmentProject.objects.get().note == "他们的"
    assert mine_over_theirs(client, project, again).status_code == 302
    assert InvestmentProject.objects.get().note == "我的"


def test_save_without_a_version_is_refused(client: Client, me: User) -> None:
    for row in (a_lead(owner=me), a_project(owner=me)):
        data = form_data(client.get(url(row)))
        data.pop("if_version")
        assert client.post(url(row), data).status_code == 200
        assert type(row).objects.get(pk=row.pk).version == row.version
