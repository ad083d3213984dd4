"""Whom a case's events concern: coordinators what waits for them, handlers what is theirs, leaders what is late.

Called for every event that is written, in its transaction; a message carries a number and a link.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save
from promotion.models import CaseEvent, CaseHandler
from promotion.people import heads_by_unit, heads_of
from promotion.rules import sla
from promotion.services.telling import tell, tell_many

COORDINATORS, HANDLERS, HEADS = "coordinators", "handlers", "heads"
Verb = CaseEvent.Verb

#: Verb → kind of notice, whom, and whether it cannot wait for the morning.
TOLD: Mapping[str, tuple[str, tuple[str, ...], bool]] = {
    Verb.SUBMITTED: ("case_raised", (COORDINATORS,), False),
    Verb.REOPENED: ("case_came_back", (COORDINATORS, HANDLERS), True),
    Verb.OBJECTED: ("case_objected", (COORDINATORS,), False),
    Verb.EXTENSION_ASKED: ("case_extension_asked", (COORDINATORS,), False),
    Verb.DISPATCHED: ("case_dispatched", (HANDLERS,), False),
    Verb.OBJECTION_DECIDED: ("case_decided", (HANDLERS,), False),
    Verb.EXTENSION_DECIDED: ("case_decided", (HANDLERS,), False),
    Verb.ENTERPRISE_ANSWERED: ("case_answered", (HANDLERS,), False),
    Verb.RATED: ("case_rated", (HANDLERS,), False),
    Verb.URGED: ("case_urged", (HANDLERS,), True),
    Verb.SUPERVISED: ("case_supervised", (HANDLERS, HEADS), True),
}


@after_save(CaseEvent)
def tell_of_cases(rows: Sequence[Any]) -> None:
    """Whom each event concerns, once for each."""
    by = current_change().by
    for event in rows:
        if event.verb not in TOLD:
            continue
        kind, whom, urgent = TOLD[event.verb]
        people: set[int] = set()
        for each in whom:
            people |= _people(each, event.case)
        tell(kind, people, event.case, by=by, at=event.at, urgent=urgent, dedup_key=f"{event.public_id}")


def tell_of_escalations(taken: Sequence[tuple[Any, frozenset[str], str]], *, by: Any, at: datetime.datetime) -> int:
    """Tell of late cases, each with whom its highest step is to tell (codes of the ladder) and a dedup key.

    A case that nobody handles yet waits for the coordinators. `members` of the cases must be prefetched. A fixed number
    of queries; returns how many were told.
    """
    handlers: dict[int, list[Any]] = {}
    rows = CaseHandler._base_manager.filter(case__in=[case for case, _codes, _key in taken], ended_at__isnull=True)
    for each in rows.order_by("pk"):
        handlers.setdefault(each.case_id, []).append(each)
    heads = heads_by_unit(each.unit_id for of_case in handlers.values() for each in of_case if each.unit_id is not None)
    coordinators = _coordinators()
    tellings = []
    for case, codes, key in taken:
        mine = handlers.get(case.pk, [])
        named = {each.person_id for each in mine} | {case.owner_id}
        above = {person for each in mine for person in heads.get(each.unit_id, ())}
        named = named - {None} or above
        people = named | (above if sla.TELL_LEADER in codes else set())
        people |= coordinators if sla.TELL_REASSIGN in codes or not named else set()
        tellings.append((case, people, key))
    return tell_many("case_late", tellings, by=by, at=at, urgent=True)


def _coordinators() -> set[int]:
    rows = User._base_manager.filter(is_active=True, memberships__role=Role.SERVICE_COORDINATOR)
    return set(rows.values_list("pk", flat=True))


def _people(whom: str, case: Any) -> set[int]:
    if whom == COORDINATORS:
        return _coordinators()
    handlers = list(CaseHandler._base_manager.filter(case=case, ended_at__isnull=True))
    named = {each.person_id for each in handlers if each.person_id is not None} | ({case.owner_id} - {None})
    if whom == HANDLERS and named:
        return named
    # Nobody is named yet: those who answer for the unit are.
    units = {each.unit_id for each in handlers if each.unit_id is not None}
    return {getattr(person, "pk", person) for unit in units for person in heads_of(unit)}
