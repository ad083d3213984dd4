"""Whom a case's events concern: coordinators what waits for them, handlers what is theirs, leaders what is late.

Called for every event that is written, in its transaction; a message carries a number and a link.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save
from promotion.models import CaseEvent, CaseHandler
from promotion.people import heads_of
from promotion.services.telling import tell

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
    Verb.ESCALATED: ("case_late", (HANDLERS, HEADS, COORDINATORS), True),
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


def _people(whom: str, case: Any) -> set[int]:
    if whom == COORDINATORS:
        rows = User._base_manager.filter(is_active=True, memberships__role=Role.SERVICE_COORDINATOR)
        return set(rows.values_list("pk", flat=True))
    handlers = list(CaseHandler._base_manager.filter(case=case, ended_at__isnull=True))
    named = {each.person_id for each in handlers if each.person_id is not None} | ({case.owner_id} - {None})
    if whom == HANDLERS and named:
        return named
    # Nobody is named yet: those who answer for the unit are.
    units = {each.unit_id for each in handlers if each.unit_id is not None}
    return {getattr(person, "pk", person) for unit in units for person in heads_of(unit)}
