"""联企链企 and 总部对接: assignments, visits whose problems are cases, engagements with their promises, signals.

A signal becomes a lead or a case in one step, through the services of those; it keeps the link to what came of it.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import (
    ActionItem,
    EngagementPromise,
    Lead,
    LeadChannel,
    LiaisonAssignment,
    ServiceCase,
    ServicePillar,
    Visit,
    VisitMember,
)
from promotion.models.base import rests_on_demo
from promotion.rules.confidentiality import FULL, LEVELS, level_problem
from promotion.rules.working_time import local_day
from promotion.services.action_items import give_action_item
from promotion.services.cases import mechanism_of, raise_case
from promotion.services.leads import locked, lowered_text, save_lead

#: The channel of a lead that came of a signal; where the zone has renamed it, the first in use.
_CHANNEL = "headquarters_liaison"


# --- who looks after whom --------------------------------------------------------------------------------------------


def save_assignment(
    assignment: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Give an enterprise to somebody, or change it; the unit is where the person works unless one is named."""
    if assignment.unit_id is None:
        assignment.unit = _unit_of(assignment.person)
        fields = None if fields is None else {*fields, "unit"}
    if not assignment.person.has_staff_role:
        text = _("%(person)s does not work here.") % {"person": assignment.person}
        raise DomainError(code="not_here", fields={"person": [text]})
    return save_record(assignment, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)


def end_assignments(assignments: Iterable[Any], *, on: datetime.date, by: Any, door: str, why: str = "") -> int:
    """End assignments with a last day; returns how many ended."""
    ended = 0
    with change(by=by, verb="ended", door=door, why=why):
        for row in map(locked, assignments):
            if row.ends_on is None or row.ends_on > on:
                row.ends_on = max(on, row.starts_on)
                save_record(row, fields=["ends_on"], by=by, door=door, verb="ended")
                ended += 1
    return ended


def assign_many(enterprises: Iterable[Any], *, person: Any, part: str, on: datetime.date, by: Any, door: str) -> int:
    """Give many enterprises to one person from a day on; those the person has already stay. Returns how many are new."""
    new = 0
    with change(by=by, verb="assigned", door=door):
        rows = list(enterprises)
        known = set(
            LiaisonAssignment.objects.filter(person=person, part=part, ends_on__isnull=True, enterprise__in=rows)
            .order_by()
            .values_list("enterprise", flat=True)
        )
        for enterprise in rows:
            if enterprise.pk not in known:
                row = LiaisonAssignment(enterprise=enterprise, person=person, part=part, starts_on=on)
                save_assignment(row, by=by, door=door)
                new += 1
    return new


# --- visits ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong at an enterprise, as it was typed; its first line is the case's title."""

    text: str
    kind: Any = None


@dataclass(frozen=True, slots=True)
class VisitPromise:
    """What was promised at a visit, or the next one without a word, and by when; whoever was there keeps it."""

    text: str = ""
    due_on: datetime.date | None = None


def write_visit(
    visit: Any,
    *,
    problems: Sequence[Problem] = (),
    promise: VisitPromise | None = None,
    along: Iterable[Any] = (),
    by: Any,
    door: str,
    at: datetime.datetime,
    client_key: str | None = None,
) -> tuple[Any, list[Any]]:
    """Write a visit, each of its problems as a case, what was promised as an action item. Return (visit, cases).

    `along` are colleagues who were there too; the first leader among them is the visit's. A `client_key` that has
    arrived already from the same person returns that visit with its cases. All of it or nothing. Raises DomainError
    with field errors (`seen`, `on`, `promise`, `promise_on`), `gone` for an enterprise that the person may not see.
    """
    known = _arrived(client_key, by)
    if known is not None:
        return known, _cases_of(known)
    wrong = [each for each in problems if each.text.strip()]
    try:
        with change(by=by, verb="visited", door=door):
            _must_see_enterprise(visit.enterprise, by)
            visit.seen = visit.seen.strip()
            if not visit.seen and not visit.is_quiet and not wrong:
                text = _("Write what was seen, or tick that nothing is wrong.")
                raise DomainError(code="nothing_said", fields={"seen": [text]})
            visit.is_quiet = visit.is_quiet and not wrong
            visit.seen = visit.seen or "\n".join(each.text.strip() for each in wrong) or _("Nothing is wrong.")
            visit.on = visit.on or local_day(at)
            if visit.on > local_day(at):
                raise DomainError(code="in_future", fields={"on": [_("The visit lies in the future.")]})
            visit.owner, visit.unit = visit.owner or by, visit.unit or _unit_of(by)
            visit.is_demo = visit.is_demo or rests_on_demo(visit.enterprise)
            visit.client_key = client_key or None
            people = list(dict.fromkeys(along))
            if visit.with_leader_id is None:
                visit.with_leader = next((each for each in people if each.has_any_role(Role.LEADER)), None)
            saved = save_record(visit, by=by, door=door, verb="visited")
            for person in people:
                save_record(VisitMember(visit=saved, person=person), by=by, door=door, verb="visited")
            found = [_case_of(saved, each, by=by, door=door, at=at) for each in wrong]
            if promise is not None and (promise.text.strip() or promise.due_on):
                _promise(saved, promise, by=by, door=door, at=at)
            return saved, found
    except DomainError:
        # The same draft, sent twice at once: the other one was faster.
        known = _arrived(client_key, by)
        if known is None:
            raise
        return known, _cases_of(known)


def _cases_of(visit: Any) -> list[Any]:
    return list(visit.cases.order_by("pk"))


def _case_of(visit: Any, problem: Problem, *, by: Any, door: str, at: datetime.datetime) -> Any:
    kind = problem.kind
    case = ServiceCase(
        title=_first_line(problem.text),
        text=problem.text.strip(),
        enterprise=visit.enterprise,
        contact=visit.contact,
        kind=kind,
        complexity=kind.default_complexity if kind is not None else "normal",
        intake=ServiceCase.Intake.VISIT,
        visit=visit,
        mechanism=mechanism_of(ServicePillar.CLOSED_LOOP, local_day(at)),
        is_demo=visit.is_demo,
    )
    return raise_case(case, by=by, door=door, at=at)


def _promise(visit: Any, promise: VisitPromise, *, by: Any, door: str, at: datetime.datetime) -> None:
    try:
        give_action_item(
            text=promise.text.strip() or _("Next visit"),
            person=by,
            due_on=promise.due_on,
            origin=ActionItem.Origin.VISIT,
            enterprise=visit.enterprise,
            by=by,
            door=door,
            at=at,
        )
    except DomainError as error:
        names = {"text": "promise", "due_on": "promise_on"}
        fields = {names.get(name, "promise"): texts for name, texts in error.fields.items()}
        raise DomainError(error.message, code=error.code, fields=fields) from error


def save_visit(
    visit: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Write a visit (new) or correct one: its author does, or a coordinator. Called as `save_record` is."""
    moment = at or timezone.now()
    if visit._state.adding:
        saved, _cases = write_visit(visit, by=by, door=door, at=moment)
        return saved
    with change(by=by, verb="updated", door=door, why=why):
        _must_be_owner(locked(visit), by)
        return save_record(visit, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)


# --- headquarters ----------------------------------------------------------------------------------------------------


def save_engagement(
    engagement: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Write an engagement with a headquarters and what was promised there; called as `save_record` is."""
    return _save_guarded(engagement, fields, by=by, door=door, at=at, if_version=if_version, why=why, children=children)


def keep_promise(promise: Any, *, outcome: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Say that a promise of an engagement was kept, and how. Return the promise."""
    with change(by=by, verb="kept", door=door):
        row = locked(promise)
        if not EngagementPromise.objects.visible_to(by).filter(pk=row.pk).exists():
            raise DomainError(_("There is no such promise."), code="gone")
        if row.done_on is not None:
            raise DomainError(_("This promise was kept already."), code="already_decided")
        row.done_on, row.outcome = local_day(at), outcome.strip()[:300]
        return save_record(row, fields=["done_on", "outcome"], by=by, door=door, verb="kept")


def save_signal(
    signal: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Write a sign that a group or enterprise means to grow here or to leave; called as `save_record` is."""
    return _save_guarded(signal, fields, by=by, door=door, at=at, if_version=if_version, why=why, children=children)


def signal_to_lead(
    signal: Any, *, business: str = "", confirmed: bool = False, by: Any, door: str, at: datetime.datetime
) -> Any:
    """Make a lead of a signal to grow, through the lead's own duplicate check. Return the lead; a second time the same.

    The lead is as confidential as the signal. `confirmed` says that it is none of the probable matches. Raises
    DuplicateLead, DomainError.
    """
    with change(by=by, verb="became_lead", door=door):
        row = _seen(signal, by)
        if row.lead_id is not None:
            return row.lead
        owner_name = row.group or row.enterprise
        lead = save_lead(
            Lead(
                name=str(owner_name),
                origin=_("headquarters liaison"),
                business=business.strip() or str(row.get_kind_display()),
                channel=_channel(),
                group=row.group or (row.enterprise.group if row.enterprise_id else None),
                enterprise=row.enterprise,
                detail=row.note,
                confidentiality=row.confidentiality,
                code_name=row.code_name,
                is_demo=row.is_demo,
            ),
            by=by,
            door=door,
            at=at,
            confirmed=confirmed,
        )
        row.lead = lead
        save_record(row, fields=["lead"], by=by, door=door, verb="became_lead")
        return lead


def signal_to_case(signal: Any, *, text: str = "", by: Any, door: str, at: datetime.datetime) -> Any:
    """Make a case of a signal that asks for help. Return the case; a second time the same."""
    with change(by=by, verb="became_case", door=door):
        row = _seen(signal, by)
        if row.case_id is not None:
            return row.case
        case = raise_case(
            ServiceCase(
                title=f"{row.get_kind_display()} · {row.group or row.enterprise}"[:120],
                text=text.strip() or row.note or str(row.get_kind_display()),
                enterprise=row.enterprise,
                group=row.group,
                confidentiality=row.confidentiality,
                code_name=row.code_name,
                mechanism=mechanism_of(ServicePillar.HEADQUARTERS_LIAISON, local_day(at)),
                is_demo=row.is_demo,
            ),
            by=by,
            door=door,
            at=at,
        )
        row.case = case
        save_record(row, fields=["case"], by=by, door=door, verb="became_case")
        return case


# --- what they share -------------------------------------------------------------------------------------------------


def _save_guarded(
    row: Any,
    fields: Iterable[str] | None,
    *,
    by: Any,
    door: str,
    at: datetime.datetime | None,
    if_version: int | None,
    why: str,
    children: Sequence[ChildSave],
) -> Any:
    verb = "created" if row._state.adding else "updated"
    with change(by=by, verb=verb, door=door, why=why):
        if row.on is not None and row.on > local_day(at or timezone.now()):
            raise DomainError(code="in_future", fields={"on": [_("This day lies in the future.")]})
        if row._state.adding:
            row.owner, row.unit = row.owner or by, row.unit or _unit_of(by)
            row.is_demo = row.is_demo or rests_on_demo(row.group, getattr(row, "enterprise", None))
        else:
            before = locked(row)
            lowers = row.confidentiality in LEVELS and level_problem(before.confidentiality, row.confidentiality)
            if lowers and (fields is None or "confidentiality" in set(fields)):
                raise DomainError(code="lowered_without_publication", fields={"confidentiality": [lowered_text()]})
        return save_record(
            row, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children, verb=verb
        )


def _seen(row: Any, by: Any) -> Any:
    found = locked(row)
    if by is not None and found.sight(by) != FULL:
        raise DomainError(_("There is no such record."), code="gone")
    return found


def _must_see_enterprise(enterprise: Any, by: Any) -> None:
    """Somebody of ours visits what they may see; the system itself may write of every enterprise."""
    if by is not None and not type(enterprise)._default_manager.visible_to(by).filter(pk=enterprise.pk).exists():
        raise DomainError(_("There is no such enterprise."), code="gone")


def _must_be_owner(row: Any, by: Any) -> None:
    if by is None or row.owner_id == by.pk or by.has_any_role(Role.SERVICE_COORDINATOR):
        return
    raise DomainError(_("Only its author or a coordinator corrects a visit."), code="not_yours")


def _channel() -> Any:
    in_use = LeadChannel.objects.filter(is_active=True)
    return in_use.filter(code=_CHANNEL).first() or in_use.first()


def _unit_of(person: Any) -> Any:
    if not getattr(person, "has_staff_role", False):
        return None
    first = person.memberships.select_related("department").order_by("pk").first()
    return first.department if first is not None else None


def _first_line(text: str) -> str:
    return " ".join(text.strip().splitlines()[0].split())[:120]


def _arrived(client_key: str | None, by: Any) -> Any:
    if not client_key:
        return None
    found = Visit._base_manager.filter(client_key=client_key).first()
    if found is not None and by is not None and found.owner_id != by.pk:
        raise DomainError(_("This draft was sent by somebody else."), code="foreign_key")
    return found
