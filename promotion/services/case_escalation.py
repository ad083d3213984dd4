"""Escalating overdue cases: each step of the ladder once for each round, however often or at once the run is made."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, transaction

from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record
from promotion.calendar import office_calendar
from promotion.models import CaseEvent, EscalationStep, ServiceCase
from promotion.rules import sla
from promotion.rules.working_time import DAYS, Amount, WorkCalendar, local_day
from promotion.services import case_clock as clock
from promotion.services.leads import locked

#: Whom each step tells, from the first on; the last asks for a new handler.
TELLS = (("owner",), ("owner", "leader"), ("owner", "leader", "reassign"))


def ladder_on(day: datetime.date) -> tuple[sla.Step, ...]:
    """The ladder that holds on a day; the rule's own where the zone has entered none."""
    days = sorted({int(each) for each in clock.policy_on(day).escalate_after_days})
    if not days:
        return sla.LADDER
    return tuple(sla.Step(after, TELLS[min(place, len(TELLS) - 1)]) for place, after in enumerate(days))


def escalate_overdue(*, by: Any, door: str, at: datetime.datetime) -> int:
    """Take every step that is due; returns how many. One short transaction for each case."""
    calendar, ladder = office_calendar(), ladder_on(local_day(at))
    return sum(_escalate(key, calendar, ladder, by=by, door=door, at=at) for key in _maybe_due(calendar, ladder, at))


def _maybe_due(calendar: WorkCalendar, ladder: tuple[sla.Step, ...], at: datetime.datetime) -> Iterator[int]:
    """Keys of overdue cases that have not taken every step whose day has come."""
    first = min(step.after_days for step in ladder)
    day = local_day(at)
    while calendar.working_days_between(day, local_day(at)) < first:
        day -= datetime.timedelta(days=1)
    # A generous bound by days; the clock itself decides.
    latest = calendar.close_of(day + datetime.timedelta(days=1))
    rows = ServiceCase.objects.overdue(min(at, latest)).order_by("pk").values_list("pk", "reopened")
    taken: dict[int, set[tuple[int, int]]] = {}
    steps = EscalationStep._base_manager.filter(case__state__in=ServiceCase.RUNNING).order_by()
    for key, turn, after in steps.values_list("case", "round", "after_days"):
        taken.setdefault(key, set()).add((turn, after))
    for key, turn in rows.iterator(chunk_size=2000):
        if any((turn, step.after_days) not in taken.get(key, ()) for step in ladder):
            yield key


def _escalate(
    key: int, calendar: WorkCalendar, ladder: tuple[sla.Step, ...], *, by: Any, door: str, at: datetime.datetime
) -> int:
    try:
        with transaction.atomic(), change(by=by, verb="escalated", door=door):
            case = locked(ServiceCase(pk=key))
            taken = EscalationStep._base_manager.filter(case=case, round=case.reopened)
            due = sla.steps_due(
                calendar,
                clock.segments_of(case),
                Amount(case.resolve_days, DAYS),
                at,
                taken=taken.values_list("after_days", flat=True),
                ladder=ladder,
            )
            for step in due:
                row = EscalationStep(case=case, round=case.reopened, after_days=step.after_days, at=at)
                save_record(row, by=by, door=door, verb="escalated")
                event = CaseEvent(
                    case=case, verb=CaseEvent.Verb.ESCALATED, from_state=case.state, to_state=case.state, at=at,
                    text=f"{step.after_days}", by=None, door=door,
                )  # fmt: skip
                save_record(event, by=by, door=door, verb="escalated")
            return len(due)
    except IntegrityError:
        return 0  # the other run was faster
