"""Action items: given on any record to somebody who may see it, corrected by who gave them, forged by nobody."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.models import ActionItem, InvestmentProject, LeadChannel, Level, ProjectMember
from promotion.my_day import open_items
from promotion.services.action_items import give_action_item, save_action_item
from promotion.services.follow_ups import answer_action_item
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 6, 1)
PAGE = "/admin/action-items/give/"


@pytest.fixture(autouse=True)
def _start(monkeypatch: pytest.MonkeyPatch) -> None:
    LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))
    monkeypatch.setattr("promotion.admin.meeting.timezone.now", lambda: NOW)


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def rival() -> User:
    return a_person("rival", unit=a_unit("theirs"))


@pytest.fixture
def leader() -> User:
    return a_person("leader-1", Role.LEADER, a_unit("office"))


def give(person: Any, by: Any, **values: Any) -> Any:
    values = {"text": "核实用地", "due_on": TODAY, **values}
    return give_action_item(person=person, by=by, door=Door.ADMIN, at=NOW, **values)


# --- giving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lead", "project", "enterprise", None])
def test_item_on_any_record_stands_in_the_persons_day(officer: User, rival: User, kind: str | None) -> None:
    rows = {
        "lead": lambda: a_lead(owner=officer),
        "project": lambda: a_project(owner=officer),
        "enterprise": an_enterprise,
    }
    about = {kind: rows[kind]()} if kind else {}

    item = give(rival, officer, **about)

    assert (item.given_by, item.origin, item.answered_at) == (officer, "meeting", None)
    assert list(open_items(rival)) == [item]
    assert ActionItem.history.get(id=item.pk).change.verb == "given"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "  "}, "text"),
        ({"due_on": None}, "due_on"),
        ({"due_on": TODAY - datetime.timedelta(days=1)}, "due_on"),
        ({"person": None}, "person"),
        ({"origin": "system"}, "origin"),
    ],
)
def test_item_without_who_what_or_when_is_refused(officer: User, values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        give(values.pop("person", officer), officer, **values)

    assert list(refused.value.fields) == [field]
    assert not ActionItem.objects.exists()


def test_item_goes_to_nobody_who_may_not_see_the_record(officer: User, rival: User) -> None:
    secret = a_project(owner=officer, confidentiality=Level.CONFIDENTIAL)

    with pytest.raises(DomainError) as refused:
        give(rival, officer, project=secret)
    assert list(refused.value.fields) == ["person"]

    made(ProjectMember(project=secret, person=rival, part="named"))
    assert give(User.objects.get(pk=rival.pk), officer, project=secret).person == rival


def test_item_goes_to_nobody_who_works_here_no_more(officer: User) -> None:
    gone, member = a_person("gone"), a_person("member", Role.ENTERPRISE_MEMBER)
    gone.is_active = False

    for person in (gone, member):
        with pytest.raises(DomainError) as refused:
            give(person, officer)
        assert list(refused.value.fields) == ["person"]


def test_record_that_is_hidden_does_not_exist_for_who_gives(officer: User, rival: User) -> None:
    secret = a_project(owner=officer, confidentiality=Level.CONFIDENTIAL)

    with pytest.raises(DomainError) as refused:
        give(officer, rival, project=secret)

    assert refused.value.code == "gone"


def test_instruction_is_a_leaders_or_a_managers_word(officer: User, rival: User, leader: User) -> None:
    with pytest.raises(DomainError) as refused:
        give(officer, rival, origin="instruction")
    assert list(refused.value.fields) == ["given_by"]

    assert give(officer, rival, origin="instruction", given_by=leader).given_by == leader
    assert give(officer, leader, origin="instruction", text="报送").given_by == leader


def test_item_given_twice_stays_one(officer: User, rival: User) -> None:
    first = give(rival, officer)

    assert give(rival, officer, text=" 核实用地  ") == first
    assert give(officer, officer) != first
    answer_action_item(first, answer="已核实", by=rival, door=Door.ADMIN, at=NOW)
    assert give(rival, officer) != first


# --- correcting ------------------------------------------------------------------------------------------------------


def test_item_is_corrected_by_who_gave_it_not_by_who_has_to_do_it(officer: User, rival: User, leader: User) -> None:
    item = give(rival, officer)
    item.due_on = TODAY + datetime.timedelta(days=30)

    with pytest.raises(DomainError) as refused:
        save_action_item(item, fields=["due_on"], by=rival, door=Door.ADMIN, at=NOW)
    assert refused.value.code == "not_yours"

    for by in (officer, leader):
        item.due_on += datetime.timedelta(days=1)
        assert save_action_item(item, fields=["due_on"], by=by, door=Door.ADMIN, at=NOW).due_on == item.due_on


def test_overdue_item_keeps_its_day_while_its_words_are_corrected(officer: User, rival: User) -> None:
    item = give(rival, officer)
    item.text = "核实用地与厂房"

    saved = save_action_item(item, fields=["text"], by=officer, door=Door.ADMIN, at=NOW + datetime.timedelta(days=9))

    assert (saved.text, saved.due_on) == ("核实用地与厂房", TODAY)


def test_answer_is_never_written_by_a_correction(officer: User, rival: User) -> None:
    item = give(rival, officer)
    item.answer, item.answered_at = "办妥", NOW

    with pytest.raises(DomainError) as refused:
        save_action_item(item, fields=["answer", "answered_at"], by=officer, door=Door.ADMIN, at=NOW)
    assert refused.value.code == "not_typed"
    save_action_item(item, by=officer, door=Door.ADMIN, at=NOW)
    assert ActionItem.objects.get().answered_at is None

    answer_action_item(item, answer="已核实", by=rival, door=Door.ADMIN, at=NOW)
    item.text = "改写历史"
    with pytest.raises(DomainError) as refused:
        save_action_item(item, fields=["text"], by=officer, door=Door.ADMIN, at=NOW)
    assert refused.value.code == "already_answered"


def test_new_item_carries_no_answer(officer: User, rival: User) -> None:
    forged = ActionItem(text="做", person=rival, due_on=TODAY, answer="办妥", answered_at=NOW)

    assert save_action_item(forged, by=officer, door=Door.ADMIN, at=NOW).answered_at is None


# --- the doors -------------------------------------------------------------------------------------------------------


def test_leader_gives_an_instruction_on_a_lead(officer: User, leader: User, client_as: Callable[..., Client]) -> None:
    lead = a_lead(owner=officer)
    client = client_as(leader)
    page = client.get(PAGE, {"lead": lead.public_id})
    assert page.context["form"]["origin"].value() == "instruction"
    assert page.context["form"]["person"].value() == officer.public_id
    data = {
        "lead": lead.public_id,
        "text": "尽快约谈",
        "person": officer.public_id,
        "chip": "2026-06-02",
        "origin": "instruction",
    }

    answer = client.post(PAGE, data)

    item = ActionItem.objects.get()
    assert answer["Location"] == reverse("admin:promotion_lead_change", args=[lead.pk])
    assert (item.lead, item.person, item.given_by, item.due_on) == (lead, officer, leader, datetime.date(2026, 6, 2))


def test_page_gives_nothing_on_a_hidden_record_and_nothing_forged(
    officer: User, rival: User, client_as: Callable[..., Client]
) -> None:
    secret = a_project(owner=officer, confidentiality=Level.CONFIDENTIAL)
    data = {"text": "做", "person": rival.public_id, "due_on": "2026-06-02", "origin": "meeting"}
    client = client_as(rival)

    assert client.get(PAGE, {"project": secret.public_id}).status_code == 404
    assert client.post(PAGE, {**data, "project": secret.public_id}).status_code == 404
    for forged in (
        {"person": "nobody"},
        {"origin": "divine"},
        {"due_on": "2026-05-01"},
        {"given_by": officer.public_id},
    ):
        assert client.post(PAGE, {**data, **forged}).context["form"].errors
    assert not ActionItem.objects.exists()


@pytest.mark.parametrize("role", [Role.SERVICE_OFFICER, Role.DATA_STEWARD, Role.AUDITOR])
def test_page_is_for_who_may_give(client_as: Callable[..., Client], role: str) -> None:
    assert client_as(role).get(PAGE).status_code == 403


def test_form_of_the_list_gives_and_corrects_through_the_service(
    officer: User, rival: User, client_as: Callable[..., Client]
) -> None:
    add = reverse("admin:promotion_actionitem_add")
    data = {"origin": "meeting", "text": "核实", "person": rival.pk, "due_on": "2099-06-02"}
    assert client_as(officer).post(add, data).status_code == 302
    item = ActionItem.objects.get()
    assert item.given_by == officer
    page = reverse("admin:promotion_actionitem_change", args=[item.pk])

    assert client_as(rival).post(page, {**data, "text": "不做", "if_version": item.version}).status_code == 403
    assert client_as(officer).post(page, {**data, "text": "核实并回复", "if_version": item.version}).status_code == 302
    assert ActionItem.objects.get().text == "核实并回复"
    reply = reverse("admin:promotion_actionitem_reply", args=[item.pk])
    assert client_as(rival).post(reply, {"answer": "已核实"}).status_code == 302
    assert ActionItem.objects.get().answer == "已核实"


def test_project_page_leads_to_a_new_item(officer: User, client_as: Callable[..., Client]) -> None:
    project: InvestmentProject = a_project(owner=officer)
    page = reverse("admin:promotion_investmentproject_change", args=[project.pk])

    assert f"{PAGE}?project={project.public_id}" in client_as(officer).get(page).content.decode()
