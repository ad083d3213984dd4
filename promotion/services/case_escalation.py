"""Escalating overdue cases: each step of the ladder once for each round, however often or at once the run is made.

A case is looked for by its stored due time, so that what is not due is not loaded; its clock then decides. Cases are
taken in pieces, each in a transaction of its own: locked, their taken steps read under the lock, what is due written.
"""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q

from pinghu.ledger.bulk import create_many
from pinghu.ledger.context import change
from promotion.calendar import office_calendar
from promotion.models import CaseEvent, ClockSegment, EscalationStep, ServiceCase
from promotion.rules import sla
from promotion.rules.working_time import DAYS, Amount, WorkCalendar, local_day
from promotion.services import case_clock as clock
from promotion.services.case_telling import tell_of_escalations

#: Whom each step tells, from the first on; the last asks for a new handler.
TELLS = tuple(step.tell for step in sla.LADDER)
#: Cases in one transaction: long enough to be quick, short enough that nobody waits for their lock.
PIECE = 1000


def ladder_on(day: datetime.date) -> tuple[sla.Step, ...]:
    """The ladder that holds on a day; the rule's own where the zone has entered none."""
    days = sorted({int(each) for each in clock.policy_on(day).escalate_after_days})
    if not days:
        return sla.LADDER
    return tuple(sla.Step(after, TELLS[min(place, len(TELLS) - 1)]) for place, after in enumerate(days))


def escalate_overdue(*, by: Any, door: str, at: datetime.datetime) -> int:
    """Take every step that is due; returns how many.

    A case in somebody's hands at this moment is left to the next run. A few queries for each piece.
    """
    calendar, ladder = office_calendar(), ladder_on(local_day(at))
    steps = last = 0
    while True:
        with change(by=by, verb="escalated", door=door):
            rows = (
                _maybe_due(calendar, ladder, at).filter(pk__gt=last).select_for_update(skip_locked=True, of=("self",))
            )
            # Without the text: there may be many.
            cases = list(rows.defer("text", "reply").prefetch_related("members")[:PIECE])
            steps += _escalate(cases, calendar, ladder, by=by, door=door, at=at)
        if len(cases) < PIECE:
            return steps
        last = cases[-1].pk


def _maybe_due(calendar: WorkCalendar, ladder: Sequence[sla.Step], at: datetime.datetime) -> Any:
    """Overdue cases with a step whose days have passed since the due time and that was not taken in this round.

    A clock that stood still after the due time moves its steps on: the rule decides, of what is found here.
    """
    condition = Q(pk__in=[])
    for step in ladder:
        taken = EscalationStep._base_manager.filter(
            case=OuterRef("pk"), round=OuterRef("reopened"), after_days=step.after_days
        )
        due = calendar.moment_back(at, Amount(step.after_days, DAYS))
        condition |= Q(due_at__lte=due) & ~Q(Exists(taken))
    return ServiceCase._base_manager.filter(condition, state__in=ServiceCase.RUNNING, due_at__lt=at).order_by("pk")


def _escalate(
    cases: Sequence[Any],
    calendar: WorkCalendar,
    ladder: Sequence[sla.Step],
    *,
    by: Any,
    door: str,
    at: datetime.datetime,
) -> int:
    """Take the steps of these locked cases, and tell whom the highest of each is to tell."""
    taken = defaultdict(set)
    # After the lock: what another run took meanwhile is seen.
    known = EscalationStep._base_manager.filter(case__in=cases).order_by()
    for key, turn, after in known.values_list("case", "round", "after_days"):
        taken[key, turn].add(after)
    segments = defaultdict(list)
    for row in ClockSegment._base_manager.filter(case__in=cases).order_by("since", "pk"):
        segments[row.case_id, row.round].append(row)
    steps: list[Any] = []
    events: list[Any] = []
    telling = []
    for case in cases:
        round_ = (case.pk, case.reopened)
        ran, limit = clock.as_segments(segments[round_]), Amount(case.resolve_days, DAYS)
        due = sla.steps_due(calendar, ran, limit, at, taken=taken[round_], ladder=ladder)
        for step in due:
            shared = {"case": case, "at": at, "is_demo": case.is_demo}
            steps.append(EscalationStep(round=case.reopened, after_days=step.after_days, **shared))
            events.append(
                CaseEvent(
                    verb=CaseEvent.Verb.ESCALATED, from_state=case.state, to_state=case.state,
                    text=f"{step.after_days}", by=None, door=door, **shared,
                )
            )  # fmt: skip
        if due:
            telling.append((case, frozenset(due[-1].tell), events[-1].public_id))
    create_many(steps, verb="escalated", events=False)  # those of the case say it
    create_many(events, verb="escalated")
    tell_of_escalations(telling, by=by, at=at)
    return len(steps)
