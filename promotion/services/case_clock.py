"""A case's clock: its stored segments, and the due times that are derived from them.

Whatever changes a clock calls `recompute`: the due time is never typed. A reopened case begins a round of its own.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from pinghu.errors import DomainError
from pinghu.ledger.saving import save_record
from promotion.calendar import office_calendar
from promotion.models import CaseHandler, CaseLimit, CasePolicy, ClockSegment, ServiceCase
from promotion.rules import sla
from promotion.rules.working_time import DAYS, Amount, WorkCalendar, local_day


def policy_on(day: datetime.date) -> Any:
    """The rules for cases that hold on a day; those of the model where the zone has entered none before it."""
    return CasePolicy.objects.filter(effective_from__lte=day).order_by("-effective_from").first() or CasePolicy()


def limit_for(kind: Any, complexity: str, day: datetime.date) -> Any:
    """The limit of a kind and complexity on a day: the kind's own row, else the one of every kind.

    Raises DomainError where there is none.
    """
    rows = CaseLimit.objects.filter(complexity=complexity, effective_from__lte=day).order_by("-effective_from")
    found = list(rows.filter(kind__isnull=True)[:1])
    own = list(rows.filter(kind=kind)[:1]) if kind is not None else []
    if not (own or found):
        text = _("There is no time limit for this complexity yet. Enter one first.")
        raise DomainError(code="no_limit", fields={"complexity": [text]})
    return (own or found)[0]


def segments_of(case: Any) -> list[sla.Segment]:
    """The clock of the round that the case is in, as the rule reads it; one query."""
    rows = ClockSegment._base_manager.filter(case=case, round=case.reopened).order_by("since", "pk")
    return as_segments(rows)


def as_segments(rows: Iterable[Any]) -> list[sla.Segment]:
    """Rows of one round as the rule reads them."""
    return [sla.Segment(row.kind, row.since, row.until, row.reason) for row in rows]


def reading(
    case: Any,
    at: datetime.datetime,
    *,
    calendar: WorkCalendar | None = None,
    segments: Sequence[sla.Segment] | None = None,
    by_stored_yellow: bool = False,
) -> sla.Reading:
    """What the clock says at a moment; what the caller has loaded is not asked for again.

    `by_stored_yellow` takes the moment of yellow that the service derived, instead of asking for the rules anew.
    """
    clock = segments_of(case) if segments is None else segments
    known = calendar or office_calendar()
    if not by_stored_yellow:
        return sla.read(known, clock, _limit(case), at, terms=_terms(case, at))
    says = sla.read(known, clock, _limit(case), at)
    if says.colour == sla.RED:
        return replace(says, yellow_at=case.yellow_at)
    seen = min(at, clock[-1].until or at) if clock else at
    is_yellow = case.yellow_at is not None and seen >= case.yellow_at
    return replace(says, yellow_at=case.yellow_at, colour=sla.YELLOW if is_yellow else sla.GREEN)


def start_clock(case: Any, *, by: Any, door: str, at: datetime.datetime) -> None:
    """Start the clock of the case's round."""
    _open_segment(case, sla.RUNNING, at, "", by=by, door=door)


def pause_clock(case: Any, *, reason: str, by: Any, door: str, at: datetime.datetime) -> None:
    """The clock stands still, and says why."""
    since = _close_segment(case, by=by, door=door, at=at)
    _open_segment(case, sla.PAUSED, since, reason[:200], by=by, door=door)


def resume_clock(case: Any, *, by: Any, door: str, at: datetime.datetime) -> None:
    """The clock runs on."""
    since = _close_segment(case, by=by, door=door, at=at)
    _open_segment(case, sla.RUNNING, since, "", by=by, door=door)


def stop_clock(case: Any, *, by: Any, door: str, at: datetime.datetime) -> None:
    """The clock stops for good, in this round."""
    _close_segment(case, by=by, door=door, at=at)


def recompute(case: Any, *, by: Any, door: str, at: datetime.datetime, calendar: WorkCalendar | None = None) -> None:
    """Derive the due times of a case and of its handlers from segments and limits; writes what changed.

    The first promise is set once. The case itself is only filled in: its service saves it.
    """
    known = calendar or office_calendar()
    segments = segments_of(case)
    says = sla.read(known, segments, _limit(case), at, terms=_terms(case, at))
    case.due_at, case.yellow_at = says.due_at, says.yellow_at
    case.first_due_at = case.first_due_at or says.due_at
    for handler in CaseHandler._base_manager.filter(case=case, ended_at__isnull=True, replied_at__isnull=True):
        due = sla.due_at(known, clipped(segments, handler.assigned_at), Amount(handler.limit_days, DAYS))
        if due != handler.due_at:
            handler.due_at = due
            save_record(handler, fields=["due_at"], by=by, door=door, verb="due_moved")


def clipped(segments: Sequence[sla.Segment], since: datetime.datetime) -> list[sla.Segment]:
    """The part of a clock from a moment on: a handler's time begins with the dispatch."""
    kept = [segment for segment in segments if segment.until is None or segment.until > since]
    return [replace(segment, since=max(segment.since, since)) for segment in kept]


def recompute_open(*, by: Any, door: str, at: datetime.datetime) -> int:
    """Derive all open cases anew, after the calendar or the office hours changed; returns how many moved."""
    calendar, moved = office_calendar(), 0
    for case in ServiceCase._base_manager.filter(state__in=ServiceCase.OPEN).order_by("pk").iterator(chunk_size=500):
        before = case.due_at, case.yellow_at
        recompute(case, by=by, door=door, at=at, calendar=calendar)
        if (case.due_at, case.yellow_at) != before:
            save_record(case, fields=["due_at", "yellow_at"], by=by, door=door, verb="due_moved")
            moved += 1
    return moved


def _limit(case: Any) -> Amount:
    return Amount(case.resolve_days, DAYS)


def _terms(case: Any, at: datetime.datetime) -> sla.YellowTerms:
    return sla.YellowTerms(share=Fraction(policy_on(local_day(case.opened_at or at)).yellow_percent, 100))


def _open_segment(case: Any, kind: str, at: datetime.datetime, reason: str, *, by: Any, door: str) -> None:
    row = ClockSegment(case=case, round=case.reopened, kind=kind, since=at, reason=reason)
    save_record(row, by=by, door=door)


def _close_segment(case: Any, *, by: Any, door: str, at: datetime.datetime) -> datetime.datetime:
    """End the open segment, and say when: never before it began, though two machines' clocks may differ."""
    ended = at
    for row in ClockSegment._base_manager.filter(case=case, until__isnull=True):
        row.until = ended = max(at, row.since)
        save_record(row, fields=["until"], by=by, door=door)
    return ended
