"""A case's clock: its stored segments, and the due times that are derived from them.

Whatever changes a clock calls `recompute`: the due time is never typed. A reopened case begins a round of its own.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from directory.models import WorkCalendar as CalendarDay
from pinghu.errors import DomainError
from pinghu.jobs.lease import beat
from pinghu.ledger.context import change, current_change
from pinghu.ledger.models import Door
from pinghu.ledger.saving import after_save, save_record
from promotion.calendar import office_calendar
from promotion.models import CaseHandler, CaseLimit, CasePolicy, ClockSegment, OfficeHours, ServiceCase
from promotion.rules import sla
from promotion.rules.working_time import DAYS, Amount, WorkCalendar, local_day

#: Follows from segments, limits and the calendar; a changed calendar moves it.
_DERIVED = ("accept_due_at", "due_at", "yellow_at")


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
    seen = min(at, clock[-1].until or at) if clock else at
    colour = sla.colour_at(seen, due=says.due_at, yellow=case.yellow_at)
    return replace(says, yellow_at=case.yellow_at, colour=colour)


def acceptance_due(calendar: WorkCalendar, opened_at: datetime.datetime, limit: Any) -> datetime.datetime:
    """Until when a case is to be accepted or not."""
    return calendar.add_working(opened_at, Amount(limit.accept_days, DAYS))


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


def begin(case: Any, at: datetime.datetime, calendar: WorkCalendar) -> None:
    """Fill in what a clock that starts at this moment promises; the case is not stored yet, nor its first segment."""
    _fill(case, [sla.Segment(sla.RUNNING, at)], at, calendar)


def recompute(case: Any, *, by: Any, door: str, at: datetime.datetime, calendar: WorkCalendar | None = None) -> None:
    """Derive the due times of a case and of its handlers from segments and limits; writes what changed.

    The first promise is set once. The case itself is only filled in: its service saves it.
    """
    known = calendar or office_calendar()
    segments = segments_of(case)
    _fill(case, segments, at, known)
    for handler in CaseHandler._base_manager.filter(case=case, ended_at__isnull=True, replied_at__isnull=True):
        due = handler_due(known, segments, handler)
        if due != handler.due_at:
            handler.due_at = due
            save_record(handler, fields=["due_at"], by=by, door=door, verb="due_moved")


def handler_due(calendar: WorkCalendar, segments: Sequence[sla.Segment], handler: Any) -> datetime.datetime | None:
    """When a handler's own time, which begins with the dispatch, is over; None while the clock stands still."""
    return sla.due_at(calendar, clipped(segments, handler.assigned_at), Amount(handler.limit_days, DAYS))


def _fill(case: Any, segments: Sequence[sla.Segment], at: datetime.datetime, calendar: WorkCalendar) -> None:
    says = sla.read(calendar, segments, _limit(case), at, terms=_terms(case, at))
    case.due_at, case.yellow_at = says.due_at, says.yellow_at
    case.first_due_at = case.first_due_at or says.due_at


def clipped(segments: Sequence[sla.Segment], since: datetime.datetime) -> list[sla.Segment]:
    """The part of a clock from a moment on: a handler's time begins with the dispatch."""
    kept = [segment for segment in segments if segment.until is None or segment.until > since]
    return [replace(segment, since=max(segment.since, since)) for segment in kept]


def recompute_open(*, by: Any, door: str, at: datetime.datetime) -> int:
    """Derive all open cases anew, after the calendar or the office hours changed; returns how many moved.

    One short transaction for each case that moves: colleagues go on working meanwhile, and a run may be repeated.
    """
    calendar, moved = office_calendar(), 0
    keys = ServiceCase._base_manager.filter(state__in=ServiceCase.OPEN).order_by("pk").values_list("pk", flat=True)
    for key in list(keys):
        with change(by=by, verb="due_moved", door=door):
            beat()
            case = ServiceCase._base_manager.select_for_update().filter(pk=key, state__in=ServiceCase.OPEN).first()
            if case is None:
                continue  # it was closed meanwhile
            before = {name: getattr(case, name) for name in _DERIVED}
            recompute(case, by=by, door=door, at=at, calendar=calendar)
            limit = limit_for(case.kind, case.complexity, local_day(case.opened_at))
            case.accept_due_at = acceptance_due(calendar, case.opened_at, limit)
            if any(getattr(case, name) != value for name, value in before.items()):
                save_record(case, fields=[*_DERIVED], by=by, door=door, verb="due_moved")
                moved += 1
    return moved


@task
def recompute_open_cases() -> str:
    """What `calendar_changed` asks for; a worker does it, however many cases are open."""
    return f"{recompute_open(by=None, door=Door.TASK, at=timezone.now())} moved"


@after_save(CalendarDay)
@after_save(OfficeHours)
def calendar_changed(_rows: Sequence[Any]) -> None:
    """Every open case is due anew, once for all the days of one change."""
    current_change().later(_recompute_later, [0], stage=9)


def _recompute_later(_keys: Collection[int]) -> None:
    waiting = DBTaskResult.objects.filter(task_path=recompute_open_cases.module_path, status=TaskResultStatus.READY)
    if not waiting.exists() and ServiceCase._base_manager.filter(state__in=ServiceCase.OPEN).exists():
        recompute_open_cases.enqueue()


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
