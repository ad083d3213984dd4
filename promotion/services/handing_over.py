"""Handing over one person's work to another, in one change: nothing that the manager may know of falls to the floor.

What moves is what the manager sees whole. What they know by its code name alone is named as staying: a manager of its
unit hands it over. Who did what (reports, talks, decisions, yearly targets) is a fact and stays with whoever did it.
"""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.inbox.services import MAX_PARAM_LENGTH, notify
from pinghu.ledger.context import change
from pinghu.ledger.saving import delete_record, save_record
from promotion.models import (
    ActionItem,
    CaseHandler,
    CaseMember,
    Counterpart,
    CounterpartMember,
    EngagementMember,
    EngagementPromise,
    HeadquartersPlan,
    IntentSignal,
    InvestmentProject,
    JoinRequest,
    Lead,
    LeadMember,
    LiaisonAssignment,
    Part,
    ProjectMember,
    ServiceCase,
    SignalMember,
    VisitMember,
)
from promotion.rules.working_time import local_day
from promotion.services.claims import must_work_here, pass_on, say_why, unit_for
from promotion.services.leads import locked
from promotion.services.liaison import assign_many, end_assignments
from promotion.services.projects import save_project
from promotion.services.telling import MY_DAY

#: What somebody is besides its owner, and passes on; having reported it too is a fact about who did.
SEATS = (Part.TEAM, Part.LINKED_LEADER, Part.NAMED)
#: The same beside a visit or a meeting with headquarters: having been there is a fact about who was.
SEATS_AFTERWARDS = (Part.LINKED_LEADER, Part.NAMED)


@dataclass(frozen=True, slots=True)
class Left:
    """A record that stays because the manager knows its code name alone."""

    name: str
    unit: Any


@dataclass(frozen=True, slots=True)
class Work:
    """What one person has in hand, as far as a manager sees it, and what of it would stay."""

    leads: int = 0
    projects: int = 0
    counterparts: int = 0
    seats: int = 0
    action_items: int = 0
    join_requests: int = 0
    service: int = 0
    left: tuple[Left, ...] = ()

    @property
    def total(self) -> int:
        return (
            self.leads
            + self.projects
            + self.counterparts
            + self.seats
            + self.action_items
            + self.join_requests
            + self.service
        )


def work_of(person: Any, *, by: Any) -> Work:
    """How much a hand-over by this manager would move, and what it would leave. Twenty-two queries."""
    found = _Work(person, by)
    return Work(
        leads=found.leads.count(),
        projects=found.projects.count(),
        counterparts=found.counterparts.count(),
        seats=sum(rows.count() for rows in found.seats),
        action_items=found.action_items.count(),
        join_requests=found.join_requests.count(),
        service=sum(rows.count() for _give, rows in found.service),
        left=tuple(_left(person, by)),
    )


class _Work:
    """The rows of a person's open work that a manager sees."""

    def __init__(self, person: Any, by: Any) -> None:
        self.leads = _open(Lead.objects.visible_to(by)).filter(owner=person)
        self.projects = _open(InvestmentProject.objects.visible_to(by)).filter(owner=person)
        self.counterparts = Counterpart.objects.visible_to(by).filter(owner=person)
        mine = {"person": person, "part__in": SEATS}
        afterwards = {"person": person, "part__in": SEATS_AFTERWARDS}
        self.seats = (
            LeadMember.objects.visible_to(by).filter(lead__in=_open(Lead.objects.all()), **mine),
            ProjectMember.objects.visible_to(by).filter(project__in=_open(InvestmentProject.objects.all()), **mine),
            CounterpartMember.objects.visible_to(by).filter(**mine),
            CaseMember.objects.visible_to(by).filter(case__in=ServiceCase.objects.open().order_by(), **mine),
            SignalMember.objects.visible_to(by).filter(signal__lead=None, signal__case=None, **mine),
            VisitMember.objects.visible_to(by).filter(**afterwards),
            EngagementMember.objects.visible_to(by).filter(**afterwards),
        )
        self.action_items = ActionItem.objects.visible_to(by).filter(person=person, answered_at__isnull=True)
        day = local_day(timezone.now())
        held = LiaisonAssignment.objects.visible_to(by).filter(person=person).exclude(ends_on__lt=day)
        self.service = (
            (_give_case, ServiceCase.objects.visible_to(by).open().filter(owner=person)),
            (_give_handling, CaseHandler.objects.visible_to(by).filter(person=person, ended_at=None, replied_at=None)),
            (_give_assignment, held),
            (_give_promise, EngagementPromise.objects.visible_to(by).filter(person=person, done_on=None)),
            (_give_owned, IntentSignal.objects.visible_to(by).filter(owner=person, lead=None, case=None)),
            (_give_owned, HeadquartersPlan.objects.visible_to(by).filter(owner=person, year__gte=day.year)),
        )
        self.join_requests = JoinRequest.objects.visible_to(by).filter(by=person, status=JoinRequest.Status.PENDING)


def _open(rows: Any) -> Any:
    return rows.open() if rows.model is Lead else rows.running() if rows.model is InvestmentProject else rows


def _left(person: Any, by: Any) -> Iterator[Left]:
    for model in (Lead, InvestmentProject, Counterpart):
        rows = _open(model.objects.known_to(by)).filter(owner=person)
        seen = model.objects.visible_to(by).order_by().values("pk")
        for row in rows.exclude(pk__in=seen).select_related("unit").order_by("pk"):
            yield Left(row.code_name or row.number, row.unit)


def hand_over(*, from_person: Any, to_person: Any, why: str, by: Any, door: str, at: datetime.datetime) -> int:
    """Give all open work of one person to another, in one change with a reason; returns how many records moved.

    Moves what the manager sees: open leads (with their claims and with who asks to join them), running projects,
    counterparts, seats in task forces and among those who may see a record, what is in hand for the enterprises here
    (cases, liaison, promises, signals, with the seats beside them), requests to join, action items not answered. An action item about something that the other person may not see goes to the manager. Raises DomainError.
    """
    say_why(why, "why")
    if by is None or not by.has_any_role(Role.PROMOTION_MANAGER):
        raise DomainError(_("Only a promotion manager hands over somebody's work."), code="not_yours")
    if from_person.pk == to_person.pk:
        raise DomainError(code="same_person", fields={"to_person": [_("Choose somebody else.")]})
    must_work_here(to_person, field="to_person")
    with change(by=by, verb="handed_over", door=door, why=why):
        found = _Work(from_person, by)
        # Read before anything moves: what has moved may be hidden from the manager.
        steps: list[tuple[Callable[..., bool], list[Any]]] = [
            (_give_lead, list(found.leads.order_by("pk"))),
            (_give_project, list(found.projects.order_by("pk"))),
            (_give_counterpart, list(found.counterparts.order_by("pk"))),
            (_give_seat, [row for rows in found.seats for row in rows.order_by("pk")]),
            (_give_request, list(found.join_requests.order_by("pk"))),
            (_give_item, list(found.action_items.order_by("pk"))),
            *((give, list(rows.order_by("pk"))) for give, rows in found.service),
        ]
        options = {"by": by, "door": door, "why": why, "at": at}
        moved = sum(give(locked(row), from_person, to_person, **options) for give, rows in steps for row in rows)
        if moved:
            people = [person for person in (from_person, to_person) if person.pk != by.pk]
            names = {"giver": str(from_person)[:MAX_PARAM_LENGTH], "taker": str(to_person)[:MAX_PARAM_LENGTH]}
            notify(people, "work_handed_over", number=str(moved), path=MY_DAY, params=names, at=at)
        return moved


def _give_lead(lead: Any, giver: Any, taker: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> bool:
    if not lead.is_open or lead.owner_id != giver.pk:
        return False
    disputed = lead.disputes.filter(decided_at__isnull=True).exists()
    unit = lead.unit if disputed and lead.unit is not None else unit_for(taker, lead.unit)
    pass_on(lead, taker, unit, why=why, by=by, door=door, at=at)
    return True


def _give_project(
    project: Any, giver: Any, taker: Any, *, by: Any, door: str, at: datetime.datetime, **_options: Any
) -> bool:
    if project.has_ended or project.owner_id != giver.pk:
        return False
    project.owner, project.unit = taker, unit_for(taker, project.unit)
    save_project(project, fields=["owner", "unit"], by=by, door=door, at=at)
    return True


def _give_counterpart(counterpart: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    if counterpart.owner_id != giver.pk:
        return False
    counterpart.owner, counterpart.unit = taker, unit_for(taker, counterpart.unit)
    save_record(counterpart, fields=["owner", "unit"], by=by, door=door, verb="handed_over")
    return True


def _give_seat(seat: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    """The other person takes the seat; one who has it, or has the record itself, needs no second."""
    record = getattr(seat, seat.guarded_parents[0])
    if record.owner_id == taker.pk or record.members.filter(person=taker, part=seat.part).exists():
        delete_record(seat, by=by, door=door)
        return True
    seat.person = taker
    save_record(seat, fields=["person"], by=by, door=door, verb="handed_over")
    return True


def _give_request(
    request: Any, giver: Any, taker: Any, *, by: Any, door: str, at: datetime.datetime, **_options: Any
) -> bool:
    """The other person asks now; who belongs to the lead, or asks already, needs not ask."""
    lead = request.lead
    asks = lead.join_requests.filter(by=taker, status=JoinRequest.Status.PENDING).exists()
    if asks or lead.owner_id == taker.pk or lead.members.filter(person=taker).exists():
        request.status, request.decided_by, request.decided_at = JoinRequest.Status.REFUSED, by, at
        save_record(request, fields=["status", "decided_by", "decided_at"], by=by, door=door, verb="handed_over")
        return True
    request.by = taker
    save_record(request, fields=["by"], by=by, door=door, verb="handed_over")
    return True


def _give_item(item: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    if item.person_id != giver.pk or item.answered_at is not None:
        return False
    item.person = taker if ActionItem.objects.visible_to(taker).filter(pk=item.pk).exists() else by
    save_record(item, fields=["person"], by=by, door=door, verb="handed_over")
    return True


# --- what is done for the enterprises that are here --------------------------------------------------------------------


def _give_case(case: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    """The other person is the case's officer; its unit stays, for that is who it was dispatched to."""
    case.owner = taker
    save_record(case, fields=["owner"], by=by, door=door, verb="handed_over")
    return True


def _give_handling(handler: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    handler.person = taker
    save_record(handler, fields=["person"], by=by, door=door, verb="handed_over")
    return True


def _give_assignment(
    assignment: Any, giver: Any, taker: Any, *, by: Any, door: str, at: datetime.datetime, **_options: Any
) -> bool:
    """It ends the day before, and the other person's begins; one who looks after the enterprise already needs no second."""
    day = local_day(at)
    end_assignments([assignment], on=day - datetime.timedelta(days=1), by=by, door=door)
    assign_many([assignment.enterprise], person=taker, part=assignment.part, on=day, by=by, door=door)
    return True


def _give_promise(promise: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    promise.person = taker if EngagementPromise.objects.visible_to(taker).filter(pk=promise.pk).exists() else by
    save_record(promise, fields=["person"], by=by, door=door, verb="handed_over")
    return True


def _give_owned(row: Any, giver: Any, taker: Any, *, by: Any, door: str, **_options: Any) -> bool:
    row.owner = taker
    save_record(row, fields=["owner"], by=by, door=door, verb="handed_over")
    return True
