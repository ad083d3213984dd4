"""Desks: what waits for me, for my units, for the coordinator; and what was solved before that is like this one."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case as When_
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Subquery, Value, When

from pinghu.accounts.roles import Role
from promotion.models import CaseExtension, CaseHandler, CaseState, ServiceCase, Supervision
from promotion.rules import sla
from promotion.rules.collaboration import terms

#: So many cards of each section are shown; the list has the rest.
LIMIT = 50
_SIMILAR_LOOKED_AT = 200

MINE, UNIT, COORDINATOR = "mine", "unit", "coordinator"


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing to do: its code, its cards (the first ones) and how many there are."""

    code: str
    cases: tuple[Any, ...]
    count: int


def colour_of(case: Any, at: datetime.datetime) -> str:
    """The case's card (红黄牌) from its stored times: no query, and the same as its clock says."""
    if case.state not in ServiceCase.RUNNING:
        return sla.GREEN
    return sla.colour_at(at, due=case.due_at, yellow=case.yellow_at)


def desks_of(user: Any) -> tuple[str, ...]:
    """Which desks this person has."""
    return (MINE, UNIT, COORDINATOR) if Role.SERVICE_COORDINATOR in user.role_codes else (MINE, UNIT)


def desk(user: Any, which: str, at: datetime.datetime) -> list[Section]:
    """The sections of a desk that hold something, most urgent case first. Two queries beside those for role and units."""
    sections = _SECTIONS[which](user, at)
    rows = ServiceCase.objects.visible_to(user).filter(_any(sections.values()))
    open_supervision = Supervision._base_manager.filter(case=OuterRef("pk"), replied_at__isnull=True)
    placed = rows.annotate(place=_place(sections), is_supervised=Exists(open_supervision)).exclude(place="")
    counts = dict(placed.order_by().values_list("place").annotate(rows=Count("pk")))
    shown: dict[str, list[Any]] = {}
    ordered = placed.select_related("enterprise", "owner", "unit", "kind").order_by(
        F("due_at").asc(nulls_last=True), "pk"
    )
    for case in ordered[: LIMIT * len(sections)]:
        if len(cards := shown.setdefault(case.place, [])) < LIMIT:
            cards.append(case)
    return [Section(code, tuple(shown.get(code, ())), counts[code]) for code in sections if counts.get(code)]


def _mine(user: Any, at: datetime.datetime) -> Mapping[str, Q]:
    return _worked_on(Q(owner=user) | _in_hand(person=user), at)


def _unit(user: Any, at: datetime.datetime) -> Mapping[str, Q]:
    return _worked_on(Q(unit__in=user.unit_ids) | _in_hand(unit__in=user.unit_ids), at)


def _worked_on(near: Q, at: datetime.datetime) -> Mapping[str, Q]:
    running = near & Q(state__in=(CaseState.ASSIGNED, CaseState.IN_PROGRESS))
    return {
        "overdue": running & Q(due_at__lt=at),
        "new": running & Q(state=CaseState.ASSIGNED),
        "yellow": running & Q(yellow_at__lte=at),
        "in_progress": running,
        "waiting": near & Q(state=CaseState.WAITING),
        "replied": near & Q(state=CaseState.REPLIED),
    }


def _coordinator(user: Any, at: datetime.datetime) -> Mapping[str, Q]:
    return {
        "objections": Q(state=CaseState.ASSIGNED) & _handled(objected_at__isnull=False, objection_upheld__isnull=True),
        "extensions": Exists(CaseExtension._base_manager.filter(case=OuterRef("pk"), is_granted__isnull=True))
        & Q(state__in=ServiceCase.RUNNING),
        "reopened": Q(state=CaseState.ACCEPTED, reopened__gt=0),
        "to_accept": Q(state=CaseState.SUBMITTED),
        "to_dispatch": Q(state=CaseState.ACCEPTED, reopened=0),
        # Nobody of ours leads it: once the external unit has replied, it is the coordinator who answers.
        "to_answer": Q(state__in=(CaseState.ASSIGNED, CaseState.IN_PROGRESS))
        & _handled(part=CaseHandler.Part.LEAD, external__isnull=False, replied_at__isnull=False),
        "overdue": Q(state__in=(CaseState.ASSIGNED, CaseState.IN_PROGRESS), due_at__lt=at),
        "external": Q(state__in=(CaseState.ASSIGNED, CaseState.IN_PROGRESS))
        & _handled(external__isnull=False, replied_at__isnull=True),
        "transferred_up": Q(state=CaseState.TRANSFERRED_UP),
    }


def day_sections(user: Any, at: datetime.datetime, tonight: datetime.datetime) -> Mapping[str, Any]:
    """What of one's cases belongs into the day: a reply owed to a leader, late, due by tonight, soon due, new.

    What was dispatched to a unit and to nobody in it is new to everybody there.
    """
    mine = Q(owner=user) | _in_hand(person=user)
    running = mine & Q(state__in=(CaseState.ASSIGNED, CaseState.IN_PROGRESS))
    nobodys = Q(state=CaseState.ASSIGNED, owner__isnull=True, unit__in=user.unit_ids) & _in_hand(
        unit__in=user.unit_ids, person__isnull=True
    )
    asked = Supervision._base_manager.filter(case=OuterRef("pk"), replied_at__isnull=True)
    return {
        "supervised": mine & Q(state__in=ServiceCase.OPEN) & Q(Exists(asked)),
        "overdue": running & Q(due_at__lt=at),
        "due_today": running & Q(due_at__lt=tonight),
        "yellow": running & Q(yellow_at__lte=at),
        "new": running & Q(state=CaseState.ASSIGNED) | nobodys,
    }


def decision_sections(user: Any, at: datetime.datetime) -> Mapping[str, Any]:
    """What waits for a coordinator's decision; nothing for anybody else."""
    if Role.SERVICE_COORDINATOR not in user.role_codes:
        return {}
    wanted = ("objections", "extensions", "reopened", "to_answer", "to_accept", "to_dispatch")
    return {code: condition for code, condition in _coordinator(user, at).items() if code in wanted}


def day_of_cases(user: Any, at: datetime.datetime, tonight: datetime.datetime) -> list[Any]:
    """Cases of one's day with their `place`, and `reply_by` where a leader waits; one more than `LIMIT` at most.

    One query.
    """
    sections = {**day_sections(user, at, tonight), **decision_sections(user, at)}
    asked = Supervision._base_manager.filter(case=OuterRef("pk"), replied_at__isnull=True).order_by("due_on", "pk")
    placed = in_sections(user, sections).annotate(place=_place(sections), reply_by=Subquery(asked.values("due_on")[:1]))
    ordered = placed.select_related("enterprise", "owner", "unit").defer("text", "reply")
    return list(ordered.order_by(F("due_at").asc(nulls_last=True), "pk")[: LIMIT + 1])


def in_sections(user: Any, sections: Mapping[str, Any]) -> Any:
    """Cases that belong to any of these sections, as the person sees them."""
    return ServiceCase.objects.visible_to(user).filter(_any(sections.values()))


_SECTIONS = {MINE: _mine, UNIT: _unit, COORDINATOR: _coordinator}


def _in_hand(**conditions: Any) -> Any:
    """Cases that somebody handles, read once and not case by case: for conditions that an index finds."""
    handlers = CaseHandler._base_manager.filter(ended_at__isnull=True, **conditions)
    return Q(pk__in=handlers.order_by().values("case"))


def _handled(**conditions: Any) -> Any:
    """The same, case by case: where the case's state leaves few to look at."""
    handlers = CaseHandler._base_manager.filter(case=OuterRef("pk"), ended_at__isnull=True, **conditions)
    return Q(Exists(handlers))


def _any(conditions: Iterable[Any]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def _place(sections: Mapping[str, Any]) -> Any:
    """The first section that a case belongs to."""
    whens = [When(condition, then=Value(code)) for code, condition in sections.items()]
    return When_(*whens, default=Value(""), output_field=CharField())


def similar_cases(case: Any, user: Any, limit: int = 3) -> list[Any]:
    """Solved cases of the same kind whose words are most alike, for the handler to look at. One query."""
    wanted = terms(f"{case.title} {case.text}")
    if not wanted:
        return []
    rows = ServiceCase.objects.visible_to(user).filter(state=CaseState.CLOSED).exclude(pk=case.pk).exclude(reply="")
    if case.kind_id is not None:
        rows = rows.filter(kind=case.kind_id)
    found = []
    for row in rows.only("number", "title", "text", "reply", "closed_at").order_by("-closed_at", "-pk")[
        :_SIMILAR_LOOKED_AT
    ]:
        shared = len(wanted & terms(f"{row.title} {row.text}")) / len(wanted)
        if shared >= 0.2:
            found.append((shared, row))
    found.sort(key=lambda pair: (-pair[0], -pair[1].pk))
    return [row for _shared, row in found[:limit]]
