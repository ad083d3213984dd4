"""Handing over one person's work: all of it moves in one change, or is named as staying."""

import datetime
from typing import Any

import pytest
from django.apps import apps

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Door, HistoryRow
from promotion.models import (
    ActionItem,
    CaseMember,
    ClaimPolicy,
    Counterpart,
    CounterpartMember,
    EngagementMember,
    HeadquartersEngagement,
    IntentSignal,
    InvestmentProject,
    JoinRequest,
    LeadChannel,
    LeadClaim,
    LeadMember,
    Level,
    Part,
    ProjectMember,
    ServiceCase,
    SignalMember,
    Visit,
    VisitMember,
)
from promotion.my_day import waiting_counts
from promotion.services.claims import raise_dispute
from promotion.services.handing_over import hand_over, work_of
from promotion.services.leads import ask_to_join, close_lead
from promotion.services.vocabularies import load_promotion_vocabularies
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.factories_cases import a_case

pytestmark = pytest.mark.django_db

TODAY = NOW.date()

#: Columns that name a person, each either taken over in a hand-over or a fact about who did something.
IN_HAND = {
    "lead.owner", "investmentproject.owner", "counterpart.owner", "leadmember.person", "projectmember.person",
    "counterpartmember.person", "actionitem.person", "joinrequest.by", "servicecase.owner", "casehandler.person",
    "liaisonassignment.person", "engagementpromise.person", "intentsignal.owner", "headquartersplan.owner",
    "casemember.person", "engagementmember.person", "signalmember.person", "visitmember.person",
}  # fmt: skip
FACTS = {
    "actionitem.given_by", "claimdispute.decided_by", "claimdispute.raised_by", "evidence.by", "interaction.by",
    "joinrequest.decided_by", "leadclaim.first_talker", "leadclaim.reporter", "progressnote.by",
    "projectreview.decided_by", "promotiontarget.person", "reservation.by", "stagechange.by",
    "caseevent.by", "caseextension.asked_by", "caseextension.decided_by", "casefile.by", "casehandler.assigned_by",
    "casehandler.reply_entered_by", "caserating.by", "closedperiod.closed_by", "closedrow.person",
    "enterprisemember.user", "headquartersengagement.owner", "joiningclaim.decided_by", "joiningclaim.user",
    "portalinvitation.invited_by", "portalinvitation.used_by", "reportsubmission.by", "supervision.leader",
    "supervision.replied_by", "visit.owner", "visit.with_leader",
}  # fmt: skip


def by(person: User, days: int = 0) -> dict[str, Any]:
    return {"by": person, "door": Door.ADMIN, "at": NOW + datetime.timedelta(days=days)}


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def claims_of(lead: Any) -> list[Any]:
    return list(LeadClaim.objects.filter(lead=lead).order_by("pk"))


@pytest.fixture(autouse=True)
def _start() -> None:
    ClaimPolicy._base_manager.all()._raw_delete("default")
    LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def colleague() -> User:
    """Works in the same unit."""
    return a_person("colleague", unit=a_unit("ours"))


@pytest.fixture
def rival() -> User:
    """Works in another unit."""
    return a_person("rival", unit=a_unit("theirs"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


def test_every_column_that_names_a_person_is_in_hand_or_a_fact() -> None:
    """A new one that nobody thought of in a hand-over fails here."""
    columns = {
        f"{model._meta.model_name}.{column.name}"
        for model in apps.get_app_config("promotion").get_models()
        if not issubclass(model, HistoryRow)
        for column in model._meta.concrete_fields
        if column.related_model is User
    }

    assert columns == IN_HAND | FACTS


def test_hand_over_moves_all_open_work_in_one_change(officer: User, rival: User, manager: User) -> None:
    lead, project = a_lead(owner=officer), a_project(owner=officer)
    counterpart = made(Counterpart(number="K1", name="某商会", owner=officer, unit=a_unit("ours")))
    item = made(ActionItem(text="周报", person=officer, due_on=TODAY, project=project))
    assert work_of(officer, by=manager).total == 4

    moved = hand_over(from_person=officer, to_person=rival, why="调离", **by(manager, 1))

    assert moved == 4
    assert work_of(officer, by=manager).total == 0
    for row in (lead, project, counterpart):
        assert (fresh(row).owner, fresh(row).unit) == (rival, a_unit("theirs"))
    assert fresh(item).person == rival
    assert [claim.reporter for claim in claims_of(lead)] == [officer, rival]
    assert [found.why for found in Change.objects.filter(verb="handed_over")] == ["调离"]


def test_hand_over_within_the_unit_keeps_unit_and_claim(officer: User, colleague: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    hand_over(from_person=officer, to_person=colleague, why="休假", **by(manager, 1))

    assert (fresh(lead).owner, fresh(lead).unit) == (colleague, a_unit("ours"))
    assert [claim.released_at for claim in claims_of(lead)] == [None]


def test_hand_over_leaves_what_has_ended_what_is_hidden_and_what_is_others(
    officer: User, colleague: User, rival: User
) -> None:
    far = a_person("far-manager", Role.PROMOTION_MANAGER, a_unit("elsewhere"))
    closed = a_lead("已关闭", owner=officer)
    close_lead(closed, reason="not_real", **by(officer))
    hidden = a_lead("机密", owner=officer, confidentiality=Level.CONFIDENTIAL)
    lost = a_project("流失", owner=officer)
    lost.side_state = "lost"
    made(lost)
    others = a_lead("同事的", owner=colleague)
    answered = made(ActionItem(text="已办", person=officer, due_on=TODAY, answer="好", answered_at=NOW))

    assert hand_over(from_person=officer, to_person=rival, why="调离", **by(far, 1)) == 0

    assert {fresh(row).owner for row in (closed, hidden, lost)} == {officer}
    assert fresh(others).owner == colleague
    assert fresh(answered).person == officer


def test_item_that_the_other_may_not_read_comes_to_the_manager(officer: User, colleague: User, manager: User) -> None:
    secret = a_lead("机密", owner=manager, confidentiality=Level.CONFIDENTIAL)
    item = made(ActionItem(text="核对", person=officer, due_on=TODAY, lead=secret))

    assert hand_over(from_person=officer, to_person=colleague, why="调离", **by(manager)) == 1
    assert fresh(item).person == manager


def test_hand_over_of_a_disputed_lead_leaves_it_in_its_unit(officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    raise_dispute(lead, unit=a_unit("theirs"), reason="我们先谈的", **by(rival))

    hand_over(from_person=officer, to_person=rival, why="调离", **by(manager))

    assert (fresh(lead).owner, fresh(lead).unit) == (rival, a_unit("ours"))


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("no reason", "reason_needed"),
        ("to themselves", "same_person"),
        ("to a leader", "not_an_officer"),
        ("by an officer", "not_yours"),
    ],
)
def test_hand_over_is_refused(case: str, code: str, officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    call: dict[str, Any] = {"from_person": officer, "to_person": rival, "why": "调离", **by(manager)}
    if case == "no reason":
        call["why"] = ""
    elif case == "to themselves":
        call["to_person"] = officer
    elif case == "to a leader":
        call["to_person"] = a_person("leader", Role.LEADER, a_unit("theirs"))
    elif case == "by an officer":
        call |= by(officer)

    with pytest.raises(DomainError) as refused:
        hand_over(**call)

    assert refused.value.code == code
    assert fresh(lead).owner == officer
    assert InvestmentProject.objects.count() == 0


def test_seats_pass_on_once_and_what_was_reported_stays(
    officer: User, colleague: User, manager: User, rival: User
) -> None:
    lead, project = a_lead(owner=rival), a_project(owner=rival)
    chamber = made(Counterpart(number="K1", name="某商会", owner=rival))
    own = a_lead("同事的", owner=colleague)
    for row in (
        LeadMember(lead=lead, person=officer, part=Part.TEAM),
        LeadMember(lead=lead, person=officer, part=Part.CO_REPORTER),
        LeadMember(lead=own, person=officer, part=Part.TEAM),
        ProjectMember(project=project, person=officer, part=Part.TEAM),
        ProjectMember(project=project, person=colleague, part=Part.TEAM),
        ProjectMember(project=project, person=officer, part=Part.LINKED_LEADER),
        CounterpartMember(counterpart=chamber, person=officer, part=Part.NAMED),
    ):
        made(row)

    assert work_of(officer, by=manager).seats == 5
    assert hand_over(from_person=officer, to_person=colleague, why="调离", **by(manager)) == 5

    parts = {(member.person, member.part) for member in lead.members.all()}
    assert parts == {(colleague, Part.TEAM), (officer, Part.CO_REPORTER)}
    assert not own.members.exists()
    assert sorted(member.part for member in project.members.filter(person=colleague)) == [Part.LINKED_LEADER, Part.TEAM]
    assert not project.members.filter(person=officer).exists()
    assert [member.person for member in chamber.members.all()] == [colleague]


def test_seats_beside_what_is_done_for_enterprises_pass_on_and_who_was_there_stays(
    officer: User, colleague: User, manager: User, rival: User
) -> None:
    firm = an_enterprise("示例企业")
    visit = made(Visit(enterprise=firm, on=TODAY, seen="看了车间", owner=rival))
    meeting = made(
        HeadquartersEngagement(group=a_group("示例集团"), manner="visit", on=TODAY, topics="扩产", owner=rival)
    )
    load_promotion_vocabularies()
    open_case, closed_case = a_case(enterprise=firm), a_case("办结", enterprise=firm)
    ServiceCase.objects.filter(pk=closed_case.pk).update(state="closed")
    signal = made(IntentSignal(enterprise=firm, kind="expansion", on=TODAY, source="走访", owner=rival))
    seats = [
        made(row)
        for row in (
            CaseMember(case=open_case, person=officer, part=Part.TEAM),
            SignalMember(signal=signal, person=officer, part=Part.NAMED),
            VisitMember(visit=visit, person=officer, part=Part.NAMED),
            EngagementMember(engagement=meeting, person=officer, part=Part.NAMED),
            CaseMember(case=closed_case, person=officer, part=Part.TEAM),
            VisitMember(visit=visit, person=officer, part=Part.TEAM),
            EngagementMember(engagement=meeting, person=officer, part=Part.TEAM),
        )
    ]

    assert work_of(officer, by=manager).seats == 4
    assert hand_over(from_person=officer, to_person=colleague, why="调离", **by(manager)) == 4
    assert [fresh(row).person for row in seats] == [colleague] * 4 + [officer] * 3


def test_request_to_join_passes_on_unless_the_other_belongs_already(
    officer: User, colleague: User, manager: User, rival: User
) -> None:
    strange, own = a_lead(owner=rival), a_lead("同事的", owner=colleague)
    asked = [ask_to_join(lead, reason="认识他们", **by(officer)) for lead in (strange, own)]

    assert hand_over(from_person=officer, to_person=colleague, why="调离", **by(manager)) == 2

    assert (fresh(asked[0]).by, fresh(asked[0]).status) == (colleague, JoinRequest.Status.PENDING)
    assert (fresh(asked[1]).by, fresh(asked[1]).status) == (officer, JoinRequest.Status.REFUSED)


def test_what_the_manager_knows_by_its_code_name_alone_is_named_as_staying(officer: User, colleague: User) -> None:
    far = a_person("far-manager", Role.PROMOTION_MANAGER, a_unit("elsewhere"))
    secret = a_lead("机密", owner=officer, confidentiality=Level.CONFIDENTIAL, code_name="青松")
    a_project("机密项目", owner=officer, confidentiality=Level.CONFIDENTIAL)

    left = work_of(officer, by=far).left

    assert [one.name for one in left] == ["青松", InvestmentProject.objects.get().number]
    assert hand_over(from_person=officer, to_person=colleague, why="调离", **by(far)) == 0
    assert fresh(secret).owner == officer


def test_work_of_people_who_have_left_waits_for_the_manager(officer: User, colleague: User, manager: User) -> None:
    a_lead(owner=officer)
    a_project(owner=officer)
    a_lead("同事的", owner=colleague)
    close_lead(a_lead("已关闭", owner=officer), reason="not_real", **by(officer))
    officer.is_active = False
    made(officer)

    def counted(user: User) -> int:
        return waiting_counts(User.objects.get(pk=user.pk), NOW)["left_behind"]

    assert counted(manager) == 2
    assert counted(colleague) == 0
    hand_over(from_person=officer, to_person=colleague, why="离职", **by(manager))
    assert counted(manager) == 0
