"""Follow-ups: what happened, what comes next, and what that does to the lead or project."""

import datetime
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import WorkCalendar
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Door
from promotion.models import ActionItem, Counterpart, Interaction, LeadChannel, Level
from promotion.rules.working_time import local_day
from promotion.services.follow_ups import answer_action_item, log_follow_up, save_follow_up
from promotion.services.leads import close_lead
from tests.factories import made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

TODAY = local_day(NOW)
TOMORROW = TODAY + datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def channel() -> Any:
    return LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def colleague() -> User:
    return a_person("colleague", unit=a_unit("theirs"))


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def logged(by: User, **values: Any) -> Any:
    values.setdefault("happened", "电话沟通用地需求")
    if "none_because" not in values:
        values.setdefault("next_step", "寄送资料")
        values.setdefault("next_on", TOMORROW)
    values.setdefault("at", NOW)
    return log_follow_up(by=by, door=Door.ADMIN, **values)


# --- the service -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lead", "project"])
def test_next_step_stands_on_the_record(officer: User, kind: str) -> None:
    row = a_lead(owner=officer) if kind == "lead" else a_project(owner=officer)

    logged(officer, **{kind: row})

    row = fresh(row)
    assert (row.next_step, row.next_on, row.last_contact_at) == ("寄送资料", TOMORROW, NOW)


def test_no_next_step_clears_the_old_one(officer: User) -> None:
    lead = a_lead(owner=officer)
    logged(officer, lead=lead)

    logged(officer, lead=lead, none_because="对方月底回复")

    assert (fresh(lead).next_step, fresh(lead).next_on) == ("", None)


@pytest.mark.parametrize(
    ("kind", "is_contact"), [("call", True), ("hosted", True), ("message", False), ("internal", False)]
)
def test_only_a_substantive_kind_is_a_contact(officer: User, kind: str, is_contact: bool) -> None:
    lead = a_lead(owner=officer)

    logged(officer, lead=lead, kind=kind)

    assert fresh(lead).last_contact_at == (NOW if is_contact else None)


def test_counterpart_alone_takes_a_follow_up(officer: User) -> None:
    counterpart = made(Counterpart(number="K1", name="某商会", owner=officer, unit=a_unit("ours")))

    assert logged(officer, counterpart=counterpart).counterpart == counterpart


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"happened": " "}, {"happened"}),
        ({"next_step": "", "next_on": None}, {"next_step", "next_on"}),
        ({"next_step": ""}, {"next_step"}),
        ({"next_on": None}, {"next_on"}),
        ({"next_on": TODAY - datetime.timedelta(days=1)}, {"next_on"}),
        ({"none_because": "等回复", "next_step": "寄送资料"}, {"none_because"}),
        ({"happened": "", "next_step": "", "next_on": None}, {"happened", "next_step", "next_on"}),
    ],
)
def test_what_is_wrong_names_its_field(officer: User, values: dict[str, Any], fields: set[str]) -> None:
    lead = a_lead(owner=officer)

    with pytest.raises(DomainError) as refused:
        logged(officer, lead=lead, **values)

    assert set(refused.value.fields) == fields
    assert all(texts and all(texts) for texts in refused.value.fields.values())
    assert not Interaction.objects.exists()


def test_follow_up_belongs_to_something(officer: User) -> None:
    with pytest.raises(DomainError) as refused:
        logged(officer)

    assert "" in refused.value.fields


def test_today_is_the_day_in_the_zone(officer: User) -> None:
    lead = a_lead(owner=officer)
    evening = datetime.datetime(2026, 6, 1, 17, tzinfo=datetime.UTC)  # 1:00 on the second in Pinghu

    with pytest.raises(DomainError) as refused:
        logged(officer, lead=lead, next_on=datetime.date(2026, 6, 1), at=evening)

    assert refused.value.code == "date_past"


def test_draft_sent_twice_arrives_once(officer: User) -> None:
    lead, key = a_lead(owner=officer), str(uuid.uuid4())

    first = logged(officer, lead=lead, client_key=key)
    again = logged(officer, lead=lead, client_key=key, happened="又发了一次")

    assert again == first
    assert Interaction.objects.count() == 1
    assert Change.objects.filter(verb="followed_up").count() == 1


def test_key_of_somebody_else_tells_nothing(officer: User, colleague: User) -> None:
    key = str(uuid.uuid4())
    logged(officer, lead=a_lead(owner=officer), client_key=key)

    with pytest.raises(DomainError):
        logged(colleague, lead=a_lead("另一家", owner=colleague), client_key=key)

    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("kind", ["lead", "project"])
def test_what_has_ended_takes_no_next_step(officer: User, kind: str) -> None:
    row: Any
    if kind == "lead":
        row = a_lead(owner=officer)
        close_lead(row, reason="no_interest", by=officer, door=Door.ADMIN, at=NOW)
    else:
        row = a_project(owner=officer)
        row.side_state = "lost"
        made(row)

    with pytest.raises(DomainError) as refused:
        logged(officer, **{kind: row})
    assert refused.value.code == "ended"

    logged(officer, none_because="对方来电致谢", **{kind: row})
    assert fresh(row).last_contact_at == NOW


@pytest.mark.parametrize("level", [Level.RESTRICTED, Level.CONFIDENTIAL])
def test_hidden_lead_takes_no_follow_up(officer: User, colleague: User, level: str) -> None:
    lead = a_lead(owner=officer, confidentiality=level)

    with pytest.raises(DomainError) as refused:
        logged(colleague, lead=lead)

    assert refused.value.code == "gone"


def test_words_are_corrected_by_their_author_alone(officer: User, colleague: User) -> None:
    row = logged(officer, lead=a_lead(owner=officer))
    row.happened = "电话沟通用电需求"
    with pytest.raises(DomainError):
        save_follow_up(row, fields=["happened"], by=colleague, door=Door.ADMIN)

    save_follow_up(row, fields=["happened"], by=officer, door=Door.ADMIN)
    assert fresh(row).happened == "电话沟通用电需求"

    row.next_on = None
    with pytest.raises(DomainError) as refused:
        save_follow_up(row, fields=["happened", "next_on"], by=officer, door=Door.ADMIN)
    assert refused.value.code == "written_once"


# --- action items ----------------------------------------------------------------------------------------------------


def test_action_item_is_answered_once_by_its_person(officer: User, colleague: User) -> None:
    item = made(ActionItem(text="核实用地", person=officer, due_on=TODAY))

    def answer(person: User, text: str) -> str:
        try:
            answer_action_item(item, answer=text, by=person, door=Door.ADMIN, at=NOW)
        except DomainError as refused:
            return refused.code
        return "done"

    found = [answer(*each) for each in ((colleague, "办好了"), (officer, " "), (officer, "已核实"), (officer, "再答"))]

    assert found == ["not_yours", "required", "done", "already_answered"]
    assert (fresh(item).answer, fresh(item).answered_at) == ("已核实", NOW)


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(officer: User, client_as: Any) -> Client:
    client: Client = client_as(officer)
    return client


URL = "/admin/follow-up/"


def typed(**values: Any) -> dict[str, Any]:
    return {"kind": "call", "happened": "通话", "none_because": "等对方", **values}


def test_page_shows_the_record_its_last_talks_and_the_chips(
    signed_in: Client, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = a_lead(owner=officer)
    logged(officer, lead=lead, happened="上次谈了电价")
    made(WorkCalendar(on=datetime.date(2026, 6, 2), is_working=False, name="放假"))
    monkeypatch.setattr("promotion.admin.follow_ups.timezone.now", lambda: NOW)

    page = signed_in.get(URL, {"lead": lead.public_id}).content.decode()

    assert lead.number in page
    assert "上次谈了电价" in page
    for day in ("2026-06-03", "2026-06-04", "2026-06-08"):
        assert f'value="{day}"' in page


def test_posted_follow_up_is_logged_and_leads_back_to_the_record(signed_in: Client, officer: User) -> None:
    lead = a_lead(owner=officer)

    answer = signed_in.post(URL, typed(lead=lead.public_id))

    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:promotion_lead_change", args=[lead.pk])
    assert (Interaction.objects.get().lead, Interaction.objects.get().by) == (lead, officer)


def test_chip_gives_the_date_without_a_script_and_a_typed_date_wins(signed_in: Client, officer: User) -> None:
    lead = a_lead(owner=officer)
    far, farther = "2099-01-05", "2099-02-05"

    signed_in.post(URL, typed(lead=lead.public_id, none_because="", next_step="拜访", chip=far))
    assert fresh(lead).next_on.isoformat() == far

    signed_in.post(URL, typed(lead=lead.public_id, none_because="", next_step="拜访", chip=far, next_on=farther))
    assert fresh(lead).next_on.isoformat() == farther


def test_refused_follow_up_says_why_and_keeps_what_was_typed(signed_in: Client, officer: User) -> None:
    lead = a_lead(owner=officer)

    page = signed_in.post(URL, typed(lead=lead.public_id, happened="", none_because="等客户总部批复"))

    assert page.status_code == 200
    assert "等客户总部批复" in page.content.decode()
    assert not Interaction.objects.exists()


def test_script_gets_the_form_alone_and_a_draft_arrives_once(signed_in: Client, officer: User) -> None:
    lead, key = a_lead(owner=officer), str(uuid.uuid4())
    headers = {"X-Follow-Up": "1"}

    refused = signed_in.post(URL, typed(lead=lead.public_id, happened=""), headers=headers)
    answers = [signed_in.post(URL, typed(lead=lead.public_id, client_key=key), headers=headers) for _ in range(2)]

    assert refused.status_code == 422
    assert "<html" not in refused.content.decode()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("level", [Level.RESTRICTED, Level.CONFIDENTIAL])
def test_page_of_a_hidden_lead_is_not_there(signed_in: Client, colleague: User, level: str) -> None:
    lead = a_lead(owner=colleague, confidentiality=level)

    assert signed_in.get(URL, {"lead": lead.public_id}).status_code == 404
    assert signed_in.post(URL, typed(lead=lead.public_id)).status_code == 404
    assert lead.number not in signed_in.get(URL).content.decode()


def test_page_without_a_record_lists_what_one_has_in_hand(signed_in: Client, officer: User, colleague: User) -> None:
    mine, theirs = a_lead("我的", owner=officer), a_lead("他的", owner=colleague)
    project = a_project("我的项目", owner=officer)

    page = signed_in.get(URL).content.decode()

    assert mine.public_id in page
    assert project.public_id in page
    assert theirs.public_id not in page


def test_page_of_a_lead_that_became_a_project_is_the_projects(signed_in: Client, officer: User) -> None:
    lead = a_lead(owner=officer)
    project = a_project(owner=officer)
    project.lead, lead.status = lead, "converted"
    made(lead), made(project)

    signed_in.post(URL, typed(lead=lead.public_id))

    assert Interaction.objects.get().project == project


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.DATA_STEWARD])
def test_page_opens_for_those_who_follow_up_alone(client_as: Any, role: str) -> None:
    assert client_as(role).get(URL).status_code == 403


def test_page_costs_the_same_with_many_talks(
    signed_in: Client, officer: User, django_assert_max_num_queries: Any
) -> None:
    lead = a_lead(owner=officer)
    logged(officer, lead=lead)
    with django_assert_max_num_queries(20) as few:
        signed_in.get(URL, {"lead": lead.public_id})
    for _each in range(10):
        logged(officer, lead=lead)
    with django_assert_max_num_queries(len(few)):
        signed_in.get(URL, {"lead": lead.public_id})


def test_admin_lists_follow_ups_and_typing_one_goes_to_the_page(signed_in: Client, officer: User) -> None:
    row = logged(officer, lead=a_lead(owner=officer))
    listed = reverse("admin:promotion_interaction_changelist")

    assert row.happened in signed_in.get(listed).content.decode()
    assert signed_in.get(reverse("admin:promotion_interaction_add"))["Location"] == URL


def test_admin_corrects_the_words_alone(signed_in: Client, officer: User, colleague: User, client_as: Any) -> None:
    row = logged(officer, lead=a_lead(owner=officer))
    url = reverse("admin:promotion_interaction_change", args=[row.pk])

    signed_in.post(url, {"happened": "改正后的记录", "next_step": "偷改", "if_version": "1", "change_reason": ""})
    assert (fresh(row).happened, fresh(row).next_step) == ("改正后的记录", "寄送资料")

    assert client_as(colleague).post(url, {"happened": "别人改的", "if_version": "2"}).status_code == 403
    assert fresh(row).happened == "改正后的记录"
