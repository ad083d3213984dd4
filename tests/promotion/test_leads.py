"""Leads: what entering one does, what the others learn of it, and what may be changed until and after its end."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.rules.uscc import make
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.context import change
from pinghu.ledger.models import Door
from promotion.models import (
    ActionItem,
    Contact,
    Interaction,
    InvestmentProject,
    JoinRequest,
    Lead,
    LeadChannel,
    LeadMember,
    Level,
    Part,
)
from promotion.services.leads import (
    DuplicateLead,
    ask_to_join,
    close_lead,
    convert_lead,
    decide_join,
    reopen_lead,
    save_lead,
    screen_lead,
    set_confidentiality,
)
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_unit

pytestmark = pytest.mark.django_db

CODE = make("91999999MA00000A")
OTHER_CODE = make("91999999MA00000B")
LATER = NOW + datetime.timedelta(days=3)
BY: Any = {"door": Door.ADMIN, "at": NOW}


@pytest.fixture
def channel() -> Any:
    return LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("mine"))


@pytest.fixture
def other() -> User:
    """The officer of another unit, whose leads are already here."""
    return a_person("other", unit=a_unit("theirs"))


def entered(officer: User, name: str = "甲精密机械有限公司", **values: Any) -> Any:
    options = {key: values.pop(key) for key in ("confirmed", "client_key") if key in values}
    at = values.pop("at", NOW)
    return save_lead(Lead(name=name, **values), by=officer, door=Door.ADMIN, at=at, **options)


def changed(lead: Any, officer: User, **values: Any) -> Any:
    fresh = Lead.objects.get(pk=lead.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    return save_lead(fresh, fields=list(values), by=officer, door=Door.ADMIN, at=LATER)


# --- entering --------------------------------------------------------------------------------------------------------


def test_new_lead_gets_number_owner_unit_key_and_code(officer: User) -> None:
    lead = entered(officer, "  上海甲精密机械有限公司 ", uscc=f" {CODE.lower()} ")

    assert (lead.number, lead.name, lead.name_key) == ("L2026-0001", "上海甲精密机械有限公司", "甲精密机械")
    assert (lead.owner, lead.unit.code, lead.uscc) == (officer, "mine", CODE)
    assert lead.status == Lead.Status.NEW


def test_full_width_code_is_stored_as_it_is_written(officer: User) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in CODE)

    assert entered(officer, uscc=wide).uscc == CODE


def test_code_that_is_none_is_refused_at_its_field(officer: User) -> None:
    with pytest.raises(DomainError) as refused:
        entered(officer, uscc=CODE[:-1])

    assert list(refused.value.fields) == ["uscc"]
    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"status": "converted"},
        {"status": "closed", "close_reason": "duplicate"},
        {"screened_on": NOW.date(), "complete_at": NOW},
        {"number": "L1999-0001"},
    ],
)
def test_new_lead_is_new_whatever_the_caller_says(values: dict[str, Any], officer: User) -> None:
    lead = entered(officer, **values)

    assert (lead.status, lead.number, lead.close_reason) == ("new", "L2026-0001", "")
    assert (lead.screened_on, lead.complete_at) == (None, None)


def test_somebody_elses_unit_is_kept(officer: User, other: User) -> None:
    lead = entered(officer, owner=other)

    assert (lead.owner, lead.unit.code) == (other, "theirs")


def test_lead_is_complete_once_and_from_the_moment_it_is(officer: User, channel: Any) -> None:
    lead = entered(officer, origin="上海")
    assert lead.complete_at is None

    lead = changed(lead, officer, business="精密零件", channel=channel)
    assert lead.complete_at == LATER

    emptied = changed(lead, officer, business="")
    assert emptied.complete_at == LATER


def test_same_draft_arrives_once(officer: User) -> None:
    first = entered(officer, client_key="0b9a6a0e-1111-4e8e-8f00-000000000001")
    again = entered(officer, client_key="0b9a6a0e-1111-4e8e-8f00-000000000001")

    assert again.pk == first.pk
    assert Lead.objects.count() == 1


def test_draft_key_of_somebody_else_opens_nothing(officer: User, other: User) -> None:
    entered(other, client_key="0b9a6a0e-1111-4e8e-8f00-000000000001")

    with pytest.raises(DomainError):
        entered(officer, "乙电子科技", client_key="0b9a6a0e-1111-4e8e-8f00-000000000001")


# --- collisions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "typed", "outcome"),
    [
        ({"uscc": CODE}, {"name": "全然不同", "uscc": CODE}, "duplicate"),
        ({"uscc": CODE, "confidentiality": Level.RESTRICTED}, {"name": "全然不同", "uscc": CODE}, "duplicate"),
        ({"uscc": CODE}, {"uscc": CODE, "confirmed": True}, "duplicate"),
        ({}, {}, "possible_duplicate"),
        ({"confidentiality": Level.RESTRICTED}, {}, "possible_duplicate"),
        ({}, {"confirmed": True}, "taken"),
        ({"confidentiality": Level.CONFIDENTIAL}, {}, "taken"),
        ({"confidentiality": Level.CONFIDENTIAL, "uscc": CODE}, {"uscc": CODE}, "taken"),
        ({"uscc": CODE, "confirmed": True}, {"uscc": OTHER_CODE}, "possible_duplicate"),
        ({}, {"name": "全然不同"}, "taken"),
    ],
)
def test_what_becomes_of_a_lead_that_may_be_here(
    known: dict[str, Any], typed: dict[str, Any], outcome: str, officer: User, other: User
) -> None:
    entered(other, **known)

    if outcome == "taken":
        assert entered(officer, **typed).number == "L2026-0002"
    else:
        with pytest.raises(DuplicateLead) as refused:
            entered(officer, **typed)
        assert refused.value.code == outcome
        assert len(refused.value.cards) == 1
        assert ("uscc" in refused.value.fields) == (outcome == "duplicate")
        assert Lead.objects.count() == 1


@pytest.mark.parametrize("end", ["closed", "converted"])
def test_code_of_a_lead_that_ended_asks(end: str, officer: User, other: User) -> None:
    lead = entered(other, uscc=CODE)
    screen_lead(lead, note="可跟进", by=other, **BY)
    if end == "closed":
        close_lead(lead, reason="no_interest", by=other, **BY)
    else:
        convert_lead(lead, track="lease", by=other, **BY)

    with pytest.raises(DuplicateLead) as asked:
        entered(officer, uscc=CODE)
    assert asked.value.code == "possible_duplicate"
    assert entered(officer, uscc=CODE, confirmed=True).pk


def test_masked_card_betrays_no_name(officer: User, other: User) -> None:
    entered(other, "甲精密机械", business="机密业务", uscc=CODE, confidentiality=Level.RESTRICTED, code_name="银杏")

    with pytest.raises(DuplicateLead) as refused:
        entered(officer, "全然不同", uscc=CODE)

    (card,) = refused.value.cards
    assert (card.is_masked, card.name, card.unit, card.may_ask_to_join) == (True, "银杏", "theirs", True)
    told = f"{card!r} {refused.value.message} {refused.value.fields}"
    assert "甲精密" not in told
    assert "机密业务" not in told
    assert other.username not in told


def test_hidden_collision_lies_in_the_day_of_owner_and_manager_only(officer: User, other: User) -> None:
    manager = a_person("manager", Role.PROMOTION_MANAGER, a_unit("theirs"))
    hidden = entered(other, confidentiality=Level.CONFIDENTIAL)

    lead = entered(officer)

    items = ActionItem.objects.filter(lead=hidden)
    assert {item.person for item in items} == {other, manager}
    assert all(lead.number in item.text and hidden.number not in item.text for item in items)
    assert {item.due_on for item in items} == {datetime.date(2026, 6, 2)}
    assert not ActionItem.objects.visible_to(officer).exists()
    assert ActionItem.objects.visible_to(other).count() == 2


def test_nobody_is_told_of_a_lead_that_was_not_taken(officer: User, other: User) -> None:
    entered(other, confidentiality=Level.CONFIDENTIAL)
    entered(other, "甲精密机械", confirmed=True)

    with pytest.raises(DuplicateLead):
        entered(officer)

    assert not ActionItem.objects.exists()


def test_lead_of_an_enterprise_here_is_no_duplicate_of_it(officer: User) -> None:
    enterprise = an_enterprise("甲精密", registered_name="甲精密机械有限公司")

    with pytest.raises(DuplicateLead):
        entered(officer)
    assert entered(officer, enterprise=enterprise).pk


def test_edit_is_compared_when_name_or_code_changes_only(officer: User, other: User) -> None:
    entered(other, uscc=CODE)
    lead = entered(officer, confirmed=True)

    assert changed(lead, officer, business="精密零件").business == "精密零件"
    with pytest.raises(DuplicateLead) as asked:
        changed(lead, officer, name="甲精密机械设备有限公司")
    with pytest.raises(DuplicateLead) as blocked:
        changed(lead, officer, uscc=CODE)

    assert (asked.value.code, blocked.value.code) == ("possible_duplicate", "duplicate")
    assert changed(lead, officer, name="乙电子科技有限公司").name_key == "乙电子科技"


# --- editing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["status", "complete_at", "number", "next_on", "close_reason", "screened_on"])
def test_what_services_keep_is_not_written_by_an_edit(field: str, officer: User) -> None:
    lead = entered(officer)
    cheat = Lead.objects.get(pk=lead.pk)
    setattr(cheat, field, {"status": "converted", "number": "L1999-0001"}.get(field, NOW))

    with pytest.raises(DomainError) as refused:
        save_lead(cheat, fields=[field], by=officer, door=Door.API, at=NOW)
    saved = save_lead(cheat, by=officer, door=Door.API, at=NOW)

    assert refused.value.code == "kept_by_services"
    assert getattr(saved, field) == getattr(lead, field)


def test_second_of_two_editors_is_refused(officer: User) -> None:
    lead = entered(officer)
    changed(lead, officer, business="精密零件")
    lead.business = "别的"

    with pytest.raises(StaleVersion):
        save_lead(lead, fields=["business"], by=officer, door=Door.ADMIN, at=NOW, if_version=1)


def test_owner_changes_by_transfer_only(officer: User, other: User) -> None:
    lead = entered(officer)

    with pytest.raises(DomainError) as refused:
        changed(lead, officer, owner=other)

    assert refused.value.code == "by_transfer"


@pytest.mark.parametrize("end", ["closed", "converted"])
def test_lead_that_ended_is_locked_but_for_notes(end: str, officer: User) -> None:
    lead = screen_lead(entered(officer), note="可跟进", by=officer, **BY)
    if end == "closed":
        close_lead(lead, reason="no_interest", note="暂缓", by=officer, **BY)
    else:
        convert_lead(lead, track="lease", by=officer, **BY)

    for values in ({"name": "乙电子科技"}, {"business": "别的"}, {"uscc": CODE}, {"intended_investment": 5}):
        with pytest.raises(DomainError) as refused:
            changed(lead, officer, **values)
        assert refused.value.code == "ended"
        assert list(refused.value.fields) == list(values)

    saved = changed(lead, officer, detail="补充", is_long_term=True)
    assert (saved.detail, saved.is_long_term, saved.status) == ("补充", True, end)


def test_level_rises_by_an_edit_and_falls_by_publication_only(officer: User) -> None:
    lead = changed(entered(officer), officer, confidentiality=Level.CONFIDENTIAL)

    with pytest.raises(DomainError) as refused:
        changed(lead, officer, confidentiality=Level.INTERNAL)
    with pytest.raises(DomainError) as not_meant:
        set_confidentiality(lead, level=Level.INTERNAL, by=officer, door=Door.ADMIN)
    with pytest.raises(DomainError) as without_reason:
        set_confidentiality(lead, level=Level.INTERNAL, is_publication=True, by=officer, door=Door.ADMIN)
    lowered = set_confidentiality(
        lead, level=Level.INTERNAL, is_publication=True, why="已签约公告", by=officer, door=Door.ADMIN
    )

    assert refused.value.code == not_meant.value.code == "lowered_without_publication"
    assert without_reason.value.code == "reason_needed"
    assert lowered.confidentiality == Level.INTERNAL


def test_level_of_a_colleagues_lead_is_not_mine_to_lower(officer: User, other: User) -> None:
    lead = entered(other)

    with pytest.raises(DomainError) as refused:
        set_confidentiality(lead, level=Level.PUBLIC, is_publication=True, why="公告", by=officer, door=Door.ADMIN)

    assert refused.value.code == "not_yours"


# --- verbs -----------------------------------------------------------------------------------------------------------


def test_lead_goes_from_new_through_screened_and_closed_and_back(officer: User) -> None:
    lead = screen_lead(entered(officer), note="产业契合", by=officer, **BY)
    assert (lead.status, lead.screened_on, lead.screening_note) == ("screened", NOW.date(), "产业契合")

    lead = close_lead(lead, reason="no_interest", note="暂缓", by=officer, **BY)
    assert (lead.status, lead.closed_on, lead.close_reason) == ("closed", NOW.date(), "no_interest")

    lead = reopen_lead(lead, why="对方来电", by=officer, **BY)
    assert (lead.status, lead.closed_on, lead.close_reason, lead.close_note) == ("screened", None, "", "")


def test_lead_closed_before_screening_comes_back_new(officer: User) -> None:
    lead = close_lead(entered(officer), reason="not_real", by=officer, **BY)

    assert reopen_lead(lead, why="核实为真", by=officer, **BY).status == "new"


@pytest.mark.parametrize(
    ("verb", "values", "code"),
    [
        (screen_lead, {"note": " "}, "note_needed"),
        (close_lead, {"reason": "whatever"}, "reason_needed"),
        (reopen_lead, {"why": "又有兴趣"}, "wrong_state"),
        (convert_lead, {"track": "lease"}, "not_screened"),
    ],
)
def test_verb_out_of_turn_is_refused(verb: Any, values: dict[str, Any], code: str, officer: User) -> None:
    lead = entered(officer)

    with pytest.raises(DomainError) as refused:
        verb(lead, by=officer, **values, **BY)

    assert refused.value.code == code
    assert Lead.objects.get().status == "new"


def test_lead_does_not_come_back_beside_another_of_its_code(officer: User, other: User) -> None:
    lead = close_lead(entered(officer, uscc=CODE), reason="no_interest", by=officer, **BY)
    entered(other, uscc=CODE, confirmed=True)

    with pytest.raises(DuplicateLead):
        reopen_lead(lead, why="又有兴趣", by=officer, **BY)


def test_conversion_carries_people_contacts_talks_and_next_step(officer: User, other: User) -> None:
    lead = entered(
        officer,
        business="精密零件",
        country="JP",
        intended_investment=5_000_000,
        currency="USD",
        space_kind=Lead.SpaceKind.PLANT,
        space_m2=3000,
        confidentiality=Level.RESTRICTED,
        code_name="银杏",
    )
    made(LeadMember(lead=lead, person=other, part=Part.TEAM))
    contact = made(Contact(name="示例联系人", lead=lead))
    talk = made(Interaction(lead=lead, at=NOW, by=officer, happened="来访"))
    screened = screen_lead(lead, note="可跟进", by=officer, **BY)
    screened.next_step, screened.next_on = "寄方案", LATER.date()
    made(screened)

    project = convert_lead(lead, track="lease", name="银杏项目", by=officer, **BY)

    project = InvestmentProject.objects.get(pk=project.pk)
    lead.refresh_from_db()
    assert (lead.status, project.lead, project.name, project.stage) == ("converted", lead, "银杏项目", "negotiating")
    assert (project.owner, project.unit, project.investor) == (officer, lead.unit, lead.name)
    assert (project.total_investment, project.currency, project.floor_m2) == (5_000_000, "USD", 3000)
    assert (project.confidentiality, project.code_name) == (Level.RESTRICTED, "银杏")
    assert (project.next_step, project.next_on) == ("寄方案", LATER.date())
    assert [member.person for member in project.members.all()] == [other]
    for row in (contact, talk):
        row.refresh_from_db()
        assert (row.lead, row.project) == (lead, project)


def test_refused_conversion_changes_nothing(officer: User) -> None:
    lead = screen_lead(entered(officer), note="可跟进", by=officer, **BY)

    with pytest.raises(DomainError):
        convert_lead(lead, track="by the back door", by=officer, **BY)

    assert Lead.objects.get().status == "screened"
    assert not InvestmentProject.objects.exists()


# --- joining ---------------------------------------------------------------------------------------------------------


def test_colleague_asks_and_the_officer_lets_them_in(officer: User, other: User) -> None:
    lead = entered(other, confidentiality=Level.RESTRICTED)
    assert lead not in Lead.objects.visible_to(officer)

    request = ask_to_join(lead, by=officer, reason="同一客商", **BY)
    again = ask_to_join(lead, by=officer, **BY)
    decided = decide_join(request, accept=True, by=other, **BY)

    assert again.pk == request.pk
    assert (decided.status, decided.decided_by, decided.decided_at) == ("accepted", other, NOW)
    assert [(member.person, member.part) for member in lead.members.all()] == [(officer, Part.TEAM)]
    assert lead in Lead.objects.visible_to(User.objects.get(pk=officer.pk))


def test_declined_colleague_stays_outside(officer: User, other: User) -> None:
    lead = entered(other)
    request = ask_to_join(lead, by=officer, **BY)

    assert decide_join(request, accept=False, by=other, **BY).status == "refused"
    assert not lead.members.exists()


def test_who_asks_does_not_decide_but_a_manager_does(officer: User, other: User) -> None:
    manager = a_person("manager", Role.PROMOTION_MANAGER, a_unit("theirs"))
    request = ask_to_join(entered(other), by=officer, **BY)

    with pytest.raises(DomainError) as refused:
        decide_join(request, accept=True, by=officer, **BY)
    decide_join(request, accept=True, by=manager, **BY)
    with pytest.raises(DomainError) as twice:
        decide_join(request, accept=False, by=other, **BY)

    assert (refused.value.code, twice.value.code) == ("not_yours", "already_decided")


def test_hidden_lead_cannot_be_asked_for(officer: User, other: User) -> None:
    lead = entered(other, confidentiality=Level.CONFIDENTIAL)

    with pytest.raises(DomainError) as refused:
        ask_to_join(lead, by=officer, **BY)

    assert refused.value.code == "gone"
    assert not JoinRequest.objects.exists()


def test_owner_belongs_already(officer: User) -> None:
    with pytest.raises(DomainError) as refused:
        ask_to_join(entered(officer), by=officer, **BY)

    assert refused.value.code == "belongs_already"


# --- cost ------------------------------------------------------------------------------------------------------------


def test_entering_costs_the_same_beside_many(officer: User) -> None:
    def queries(name: str) -> int:
        person = User.objects.get(pk=officer.pk)
        with CaptureQueriesContext(connection) as captured:
            entered(person, name, uscc="", confirmed=True)
        return len(captured)

    with change(by=None, verb="filled", door="command"):
        for number in range(3):
            a_lead(f"甲精密机械{number}")
    queries("甲精密机械其一")
    few = queries("甲精密机械其二")
    with change(by=None, verb="filled", door="command"):
        for number in range(3, 40):
            a_lead(f"甲精密机械{number}")

    assert queries("甲精密机械其三") == few
    assert few <= 45
