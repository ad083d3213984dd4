"""Who is told of what in promotion: those who may know of it, once, with a number and a link and nothing of its content."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.inbox.kinds import kinds
from pinghu.inbox.mailing import mail_waiting, post_to_group
from pinghu.inbox.models import Notification
from pinghu.jobs.schedule import jobs
from pinghu.ledger.models import Door
from promotion.models import (
    ActionItem,
    ClaimPolicy,
    Commitment,
    InvestmentProject,
    Lead,
    Level,
    ProgressNote,
    ProjectMember,
)
from promotion.models.base import Part
from promotion.rules import stages
from promotion.services.claims import (
    decide_dispute,
    note_silence,
    raise_dispute,
    release_claim,
    transfer_lead,
)
from promotion.services.follow_ups import answer_action_item
from promotion.services.handing_over import hand_over
from promotion.services.leads import ask_to_join, decide_join, save_lead
from promotion.services.projects import advance_stage
from promotion.services.reminders import escalate_overdue_steps, remind_of_commitments
from promotion.services.space import release_reservation, reserve
from promotion.services.telling import MY_DAY, page_of
from tests.factories import a_carrier, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.factories_projects import at_stage

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
SECRET = "白鹭新能源（北京）有限公司"


@pytest.fixture(autouse=True)
def _default_periods() -> None:
    """The rule's own periods, whatever the zone's vocabulary says."""
    ClaimPolicy._base_manager.all()._raw_delete("default")


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def colleague() -> User:
    return a_person("colleague", unit=a_unit("ours"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


@pytest.fixture
def rival() -> User:
    return a_person("rival", unit=a_unit("theirs"))


@pytest.fixture
def their_manager() -> User:
    return a_person("their-manager", Role.PROMOTION_MANAGER, a_unit("theirs"))


def told(kind: str) -> dict[str, str]:
    """Whom it was told → under which number."""
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return dict(rows.values_list("person__username", "number"))


def path_of(kind: str, person: Any) -> str:
    return Notification.objects.get(kind=kind, person=person).path


def later(days: int) -> datetime.datetime:
    return NOW + datetime.timedelta(days=days)


def opens(client_as: Callable[..., Client], person: Any, kind: str) -> bool:
    """Whether the link of their notice leads them somewhere."""
    notice = Notification.objects.filter(kind=kind, person=person).latest("pk")
    return client_as(person).get(reverse("admin:inbox_open", args=[notice.pk]), follow=True).status_code == 200


# --- leads -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def collision(officer: User, manager: User, rival: User) -> tuple[Any, Any]:
    """A confidential lead of ours, and the one that a rival enters after it."""
    hidden = a_lead(SECRET, owner=officer, confidentiality=Level.CONFIDENTIAL, code_name="白鹭")
    Notification.objects.all().delete()
    return hidden, a_lead(SECRET, owner=rival, unit=a_unit("theirs"))


def test_hidden_collision_is_told_to_owner_and_manager_at_once_and_to_nobody_else(
    collision: tuple[Any, Any], officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    hidden, _entered = collision

    assert told("lead_collision") == {"officer": hidden.number, "manager": hidden.number}
    assert all(notice.is_urgent for notice in Notification.objects.all())
    assert told("action_item_given") == {}
    assert {item.origin for item in ActionItem.objects.all()} == {ActionItem.Origin.SYSTEM}
    assert opens(client_as, officer, "lead_collision")


def test_collision_says_in_no_mail_and_no_chat_what_is_hidden(
    officer: User, manager: User, rival: User, settings: Any
) -> None:
    settings.CHAT_WEBHOOK = "https://chat.example.cn/robot"
    officer.email = "officer@example.cn"
    made(officer)
    hidden = a_lead(SECRET, owner=officer, confidentiality=Level.CONFIDENTIAL, code_name="白鹭")

    a_lead(SECRET, owner=rival, unit=a_unit("theirs"))

    from django_tasks_db.models import DBTaskResult

    assert not DBTaskResult.objects.filter(task_path=post_to_group.module_path).exists()
    assert mail_waiting(officer.pk, at=NOW) == 1
    (letter,) = mail.outbox
    text = f"{letter.subject}\n{letter.body}"
    assert hidden.number in text
    assert not [word for word in ("白鹭", "新能源", "精密零件", "上海") if word in text]


def test_requests_to_join_are_told_to_the_owner_and_the_answer_to_who_asked(
    officer: User, rival: User, client_as: Callable[..., Client]
) -> None:
    lead = a_lead(owner=officer)
    request = ask_to_join(lead, by=rival, reason="we know them", door=Door.ADMIN, at=NOW)
    ask_to_join(lead, by=rival, reason="again", door=Door.ADMIN, at=NOW)
    assert told("join_asked") == {"officer": lead.number}
    assert Notification.objects.get(kind="join_asked").path == page_of(request)

    decide_join(request, accept=True, by=officer, door=Door.ADMIN, at=NOW)

    assert told("join_decided") == {"rival": lead.number}
    assert opens(client_as, rival, "join_decided")
    assert opens(client_as, officer, "join_asked")


def test_request_about_a_lead_without_officer_goes_to_the_manager(officer: User, manager: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    Lead.objects.filter(pk=lead.pk).update(owner=None)

    ask_to_join(lead, by=rival, reason="", door=Door.ADMIN, at=NOW)

    assert told("join_asked") == {"manager": lead.number}


def test_who_knows_a_code_name_is_told_under_it(
    officer: User, rival: User, their_manager: User, client_as: Callable[..., Client]
) -> None:
    lead = a_lead(SECRET, owner=officer, confidentiality=Level.RESTRICTED, code_name="白鹭")
    request = ask_to_join(lead, by=rival, door=Door.ADMIN, at=NOW)

    decide_join(request, accept=False, by=officer, door=Door.ADMIN, at=NOW)

    assert told("join_decided") == {"rival": "白鹭"}
    assert path_of("join_decided", rival) == page_of(request)
    assert opens(client_as, rival, "join_decided")


def test_dispute_is_told_to_both_sides_but_not_to_who_raised_it(
    officer: User, manager: User, rival: User, their_manager: User, client_as: Callable[..., Client]
) -> None:
    lead = a_lead(owner=officer)
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="ours", by=rival, door=Door.ADMIN, at=NOW)
    assert told("dispute_raised") == dict.fromkeys(["officer", "manager", "their-manager"], lead.number)

    decide_dispute(
        dispute, awarded_to=a_unit("theirs"), decision="they talked first", by=manager, door=Door.ADMIN, at=NOW
    )

    assert told("dispute_decided") == dict.fromkeys(["officer", "rival", "their-manager"], lead.number)
    assert opens(client_as, rival, "dispute_decided")


def test_silence_reminds_the_owner_then_asks_the_manager_once_each(officer: User, manager: User) -> None:
    lead = a_lead(owner=officer)

    note_silence(by=None, door=Door.TASK, at=later(30))
    note_silence(by=None, door=Door.TASK, at=later(31))
    assert (told("claim_silent"), told("claim_to_reassign")) == ({"officer": lead.number}, {})
    note_silence(by=None, door=Door.TASK, at=later(37))
    note_silence(by=None, door=Door.TASK, at=later(38))

    assert Notification.objects.filter(kind="claim_silent").count() == 1
    assert told("claim_to_reassign") == {"manager": lead.number}


def test_released_claim_is_told_whoever_released_it(officer: User, manager: User) -> None:
    made(ClaimPolicy(effective_from=datetime.date(2020, 1, 1), releases_by_itself=True))
    by_itself, by_hand = a_lead(owner=officer), a_lead("乙公司", owner=officer)
    release_claim(by_hand.claims.get(), why="no interest", by=manager, door=Door.ADMIN, at=NOW)
    assert told("claim_released") == {"officer": by_hand.number}

    note_silence(by=None, door=Door.TASK, at=later(40))

    found = Notification.objects.filter(kind="claim_released", number=by_itself.number)
    assert set(found.values_list("person__username", flat=True)) == {"officer", "manager"}


def test_lead_that_changes_hands_is_told_to_both(officer: User, colleague: User, manager: User) -> None:
    lead = a_lead(owner=officer)

    transfer_lead(lead, owner=colleague, why="speaks Japanese", by=manager, door=Door.ADMIN, at=NOW)

    assert told("lead_transferred") == {"officer": lead.number, "colleague": lead.number}
    assert "officer → colleague" in Notification.objects.filter(kind="lead_transferred")[0].detail


def test_hand_over_is_one_notice_with_its_count(officer: User, colleague: User, manager: User) -> None:
    a_lead("甲公司", owner=officer)
    a_lead("乙公司", owner=officer)

    hand_over(from_person=officer, to_person=colleague, why="leaves", by=manager, door=Door.ADMIN, at=NOW)

    assert told("work_handed_over") == {"officer": "2", "colleague": "2"}
    assert told("lead_transferred") == {}


# --- projects --------------------------------------------------------------------------------------------------------


def test_move_is_told_to_officer_and_linked_leader_but_not_to_the_mover(
    officer: User, manager: User, colleague: User, client_as: Callable[..., Client]
) -> None:
    leader = a_person("leader", Role.LEADER)
    project = a_project(owner=officer)
    made(ProjectMember(project=project, person=leader, part=Part.LINKED_LEADER))
    made(ProjectMember(project=project, person=colleague, part=Part.TEAM))

    advance_stage(project, stages.PAUSED, by=manager, door=Door.ADMIN, at=NOW, why="waiting")
    assert told("stage_moved") == {"officer": project.number, "leader": project.number}
    advance_stage(project, stages.RUNNING, by=officer, door=Door.ADMIN, at=NOW)

    assert Notification.objects.filter(kind="stage_moved", person=officer).count() == 1
    assert opens(client_as, leader, "stage_moved")


def test_refused_move_tells_nobody(officer: User, manager: User) -> None:
    project = a_project(owner=officer)

    with pytest.raises(DomainError):
        advance_stage(project, stages.SIGNED, by=manager, door=Door.ADMIN, at=NOW, why="skip")

    assert not Notification.objects.exists()


def test_released_space_is_told_to_the_officer(officer: User, manager: User, client_as: Callable[..., Client]) -> None:
    project = at_stage(stages.REVIEWED, owner=officer)
    held = reserve(project, a_carrier(), area_m2=Decimal(10), starts_on=TODAY, by=officer, door=Door.ADMIN)

    release_reservation(held, reason="needed for another", by=manager, door=Door.ADMIN, at=NOW)

    assert told("reservation_released") == {"officer": project.number}
    assert opens(client_as, officer, "reservation_released")


def test_help_needed_is_told_to_who_answers_for_the_unit_once(officer: User, manager: User, rival: User) -> None:
    planning = a_unit("planning")
    a_person("planner", Role.SERVICE_OFFICER, planning)
    project = a_project(owner=officer)

    note = made(ProgressNote(project=project, week=TODAY, help_needed="a road", help_from=planning))
    assert told("help_needed") == {"planner": project.number}
    note.help_needed = "a wider road"
    note = made(note)
    note.help_from = a_unit("ours")
    made(note)

    assert told("help_needed") == {"planner": project.number, "manager": project.number}
    assert Notification.objects.filter(kind="help_needed").count() == 2


def test_action_item_is_told_once_and_its_answer_to_who_gave_it(
    officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    project = a_project(owner=officer)
    item = ActionItem(text="call them", person=officer, given_by=manager, due_on=TODAY, project=project)
    item = made(item)
    item.text = "call them today"
    item = made(item)
    assert told("action_item_given") == {"officer": project.number}

    answer_action_item(item, answer="done", by=officer, door=Door.ADMIN, at=NOW)

    assert told("action_item_answered") == {"manager": project.number}
    assert Notification.objects.count() == 2
    assert opens(client_as, officer, "action_item_given")


def test_action_item_that_stands_alone_has_a_number_of_its_own(officer: User, manager: User) -> None:
    item = made(ActionItem(text="prepare the fair", person=officer, given_by=manager, due_on=TODAY))

    assert told("action_item_given") == {"officer": f"#{item.pk}"}


def test_action_item_about_what_the_person_may_not_see_betrays_nothing(officer: User, rival: User) -> None:
    project = a_project(owner=officer, confidentiality=Level.CONFIDENTIAL)

    made(ActionItem(text="x", person=rival, due_on=TODAY, project=project))

    assert not Notification.objects.exists()


# --- the calendar ----------------------------------------------------------------------------------------------------


def late(row: Any, day: datetime.date) -> Any:
    type(row).objects.filter(pk=row.pk).update(next_step="call", next_on=day)
    return row


def test_overdue_steps_reach_the_managers_after_the_ladders_days_once(officer: User, manager: User) -> None:
    """NOW is a Monday: three working days before it is the Wednesday."""
    wednesday, thursday = TODAY - datetime.timedelta(days=5), TODAY - datetime.timedelta(days=4)
    lead, project = late(a_lead(owner=officer), wednesday), late(a_project(owner=officer), wednesday)
    late(a_lead("in time", owner=officer), thursday)
    late(a_lead("the manager's own", owner=manager), wednesday)
    late(a_lead("long ago", owner=officer), TODAY - datetime.timedelta(days=60))
    Notification.objects.all().delete()

    assert escalate_overdue_steps(at=NOW) == 2
    assert escalate_overdue_steps(at=NOW) == 0

    assert set(Notification.objects.values_list("kind", "person__username", "number")) == {
        ("step_overdue", "manager", lead.number),
        ("step_overdue", "manager", project.number),
    }
    late(lead, wednesday - datetime.timedelta(days=1))
    assert escalate_overdue_steps(at=NOW) == 1


def test_closed_leads_and_ended_projects_escalate_nothing(officer: User, manager: User) -> None:
    day = TODAY - datetime.timedelta(days=10)
    Lead.objects.filter(pk=late(a_lead(owner=officer), day).pk).update(status="closed")
    InvestmentProject.objects.filter(pk=late(a_project(owner=officer), day).pk).update(side_state="lost")

    assert escalate_overdue_steps(at=NOW) == 0


def test_commitments_are_told_before_and_after_their_day_once(
    officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    def promise(project: Any, days: int, **values: Any) -> Any:
        day = TODAY + datetime.timedelta(days=days)
        return made(Commitment(project=project, side="investor", text="output", due_on=day, **values))

    soon, over, kept, ended = (a_project(name, owner=officer) for name in ("soon", "over", "kept", "ended"))
    promise(soon, 30)
    promise(soon, 31)
    promise(over, -1)
    promise(over, -60)
    promise(kept, -1, fulfilled_on=TODAY)
    promise(ended, -1)
    InvestmentProject.objects.filter(pk=ended.pk).update(side_state="terminated")

    assert remind_of_commitments(at=NOW) == 3
    assert remind_of_commitments(at=NOW) == 0

    assert told("commitment_due") == {"officer": soon.number}
    assert told("commitment_overdue") == {"officer": over.number, "manager": over.number}
    assert opens(client_as, officer, "commitment_overdue")


def test_reminders_run_on_schedule_before_the_mornings_mail() -> None:
    times = {job.name: job.at for job in jobs()}

    for name in ("lead_silence", "overdue_steps", "commitments_due"):
        assert times[name] < times["inbox_digest"]  # type: ignore[operator]


# --- what people choose about ----------------------------------------------------------------------------------------


def test_paths_are_the_pages_addresses(officer: User) -> None:
    assert reverse("admin:my_day") == MY_DAY
    for row in (
        a_lead(owner=officer),
        a_project(owner=officer),
        made(ActionItem(text="x", person=officer, due_on=TODAY)),
    ):
        name = f"admin:promotion_{row._meta.model_name}_change"
        assert page_of(row) == reverse(name, args=[row.pk])


def test_settings_list_every_kind_in_chinese(officer: User, client_as: Callable[..., Client]) -> None:
    page = client_as(officer).get("/admin/inbox/settings/")

    shown = [str(form.kind.title) for form in page.context["forms"]]
    assert len(shown) == len(kinds()) >= 18
    assert [title for title in shown if title.isascii()] == []


def test_what_was_undone_told_nobody(officer: User, rival: User) -> None:
    """The notice comes or goes with what it tells of."""
    lead = a_lead(owner=officer)
    Lead.objects.filter(pk=lead.pk).update(status="closed")

    with pytest.raises(DomainError):
        ask_to_join(lead, by=rival, door=Door.ADMIN, at=NOW)
    with pytest.raises(DomainError):
        save_lead(Lead(name="x", owner=officer, uscc="nonsense"), by=officer, door=Door.ADMIN, at=NOW)

    assert not Notification.objects.exists()
