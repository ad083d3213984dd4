"""What the statistics of "1+3+N" count, each as a condition on rows: figures and the lists behind them use the same.

Everything is of a period. Cases that were raised, accepted, answered, closed or came back in it; cases open at its end;
ratings of the answers given in it. A case that was rated more than once counts with its lowest grade.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from promotion.ageing import start_of
from promotion.models import (
    CaseEvent,
    CaseRating,
    CaseState,
    ChainMatch,
    EngagementPromise,
    ServiceCase,
    ServicePillar,
)
from promotion.rules import satisfaction
from promotion.rules.periods import Period

# --- cases -----------------------------------------------------------------------------------------------------------

RAISED, ACCEPTED, ANSWERED, CLOSED = "raised", "accepted", "answered", "closed"
OPEN, OVERDUE = "open", "overdue"
#: Answered and not taken up again; of these, answered by the due time.
STANDING, ON_TIME = "standing", "on_time"
REOPENED = "reopened"
CASE_MEASURES = (RAISED, ACCEPTED, ANSWERED, CLOSED, OPEN, OVERDUE, STANDING, ON_TIME, REOPENED)

RATED, CONTENT, ASKED, SOLVED = "rated", "content", "asked", "solved"
GRADE = {f"grade{grade}": grade for grade in satisfaction.GRADES}
RATING_MEASURES = (RATED, CONTENT, ASKED, SOLVED, *GRADE)


def case_condition(measure: str, period: Period, at: datetime.datetime) -> Q:
    """Which cases a measure counts. Raises KeyError for one that is none of cases."""
    within = (period.start, period.end)
    is_open = Q(opened_at__lt=period.end) & (Q(closed_at__isnull=True) | Q(closed_at__gte=period.end))
    answered = _within("replied_at", *within)
    standing = answered & Q(state__in=(CaseState.REPLIED, CaseState.CLOSED))
    found: Mapping[str, Q] = {
        RAISED: _within("opened_at", *within),
        ACCEPTED: _within("accepted_at", *within),
        ANSWERED: answered,
        CLOSED: Q(state=CaseState.CLOSED) & _within("closed_at", *within),
        OPEN: is_open,
        OVERDUE: is_open & Q(state__in=ServiceCase.RUNNING, due_at__lt=min(at, period.end)),
        STANDING: standing,
        ON_TIME: standing & Q(replied_at__lte=F("due_at")),
        REOPENED: Q(pk__in=_came_back(*within)),
    }
    if measure in found:
        return found[measure]
    return answered & Q(pk__in=_lowest().filter(rating_condition(measure)).order_by().values("case"))


def rating_condition(measure: str) -> Q:
    """Which ratings (the lowest of their case) a measure counts. Raises KeyError for one that is none of ratings."""
    if measure in GRADE:
        return Q(grade=GRADE[measure])
    return {
        RATED: Q(),
        CONTENT: Q(grade__gte=satisfaction.FAIRLY_CONTENT),
        ASKED: Q(is_solved__isnull=False),
        SOLVED: Q(is_solved=True),
    }[measure]


def lowest_ratings(period: Period, cases: Any) -> Any:
    """The lowest rating of each of these cases that was answered in the period."""
    answered = cases.filter(case_condition(ANSWERED, period, period.end))
    return _lowest().filter(case__in=answered.order_by().values("pk"))


def touched(period: Period) -> Q:
    """Cases that any measure of the period may count: raised by its end, and not closed before it."""
    return Q(opened_at__lt=period.end) & (Q(closed_at__isnull=True) | Q(closed_at__gte=period.start))


def _within(name: str, start: datetime.datetime, end: datetime.datetime) -> Q:
    return Q(**{f"{name}__gte": start, f"{name}__lt": end})


def _came_back(start: datetime.datetime, end: datetime.datetime) -> Any:
    events = CaseEvent._base_manager.filter(_within("at", start, end), verb=CaseEvent.Verb.REOPENED)
    return events.order_by().values("case")


def _lowest() -> Any:
    other = CaseRating._base_manager.filter(case=OuterRef("case"))
    lower = other.filter(Q(grade__lt=OuterRef("grade")) | Q(grade=OuterRef("grade"), round__lt=OuterRef("round")))
    return CaseRating._base_manager.filter(~Exists(lower))


# --- where a case stands in "1+3+N" ------------------------------------------------------------------------------------

#: Parts of a version that are no pillar's own cases: all of them, those that came of visits, those without a mechanism.
WHOLE, VISITS, NO_MECHANISM = "all", "visits", "none"


def system_condition(system: Any, pillars: Any, next_from: datetime.date | None) -> Q:
    """Cases raised under a version: its pillars say so; without any, the day on which they were raised."""
    keys = [pillar.pk for pillar in pillars]
    day = Q(opened_at__gte=start_of(system.effective_from))
    day &= Q(opened_at__lt=start_of(next_from)) if next_from is not None else Q()
    return (
        Q(mechanism__in=keys)
        | Q(mechanism__isnull=True, platform__in=keys)
        | Q(mechanism__isnull=True, platform__isnull=True) & day
    )


def part_condition(part: str) -> Q:
    """Cases of a part of a version; a number is a pillar's key."""
    if part.isdigit():
        return Q(mechanism=int(part)) | Q(platform=int(part))
    return {WHOLE: Q(), VISITS: Q(visit__isnull=False), NO_MECHANISM: Q(mechanism__isnull=True)}[part]


def part_of(pillar: Any) -> str:
    """The part of a version that a pillar is shown by: the core brand's own cases came of visits."""
    return VISITS if pillar.layer == ServicePillar.Layer.CORE else str(pillar.pk)


# --- headquarters and chains -------------------------------------------------------------------------------------------

KEPT, STILL_OPEN, LATE = "kept", "open", "overdue"
PROMISES = {
    f"{state}_{side}": (state, side) for state in (KEPT, STILL_OPEN, LATE) for side in EngagementPromise.Side.values
}
SIGNALS, BECAME_LEADS, BECAME_CASES = "signals", "became_leads", "became_cases"
SIGNAL_MEASURES = (SIGNALS, BECAME_LEADS, BECAME_CASES)
PROPOSED, INTRODUCED, TALKING, FAILED = "proposed", "introduced", "talking", "failed"
DEAL = {f"deal_{band}": band for band in ChainMatch.Amount.values}
MATCH_MEASURES = (PROPOSED, INTRODUCED, TALKING, FAILED, *DEAL)


def day_condition(name: str, period: Period) -> Q:
    """Rows whose day lies in the period."""
    return Q(**{f"{name}__range": (period.since, period.until)})


def promise_condition(measure: str, period: Period, today: datetime.date) -> Q:
    """Promises of engagements: kept in the period; open or overdue at its end. Raises KeyError."""
    state, side = PROMISES[measure]
    open_ = Q(engagement__on__lte=period.until) & (Q(done_on__isnull=True) | Q(done_on__gt=period.until))
    return (
        Q(side=side)
        & {
            KEPT: day_condition("done_on", period),
            STILL_OPEN: open_,
            LATE: open_ & Q(due_on__lt=min(period.until + datetime.timedelta(days=1), today)),
        }[state]
    )


def signal_condition(measure: str, period: Period) -> Q:
    """Signals noticed in the period, and those of them that became leads or cases. Raises KeyError."""
    return (
        day_condition("on", period)
        & {
            SIGNALS: Q(),
            BECAME_LEADS: Q(lead__isnull=False),
            BECAME_CASES: Q(case__isnull=False),
        }[measure]
    )


def ware_condition(period: Period) -> Q:
    """Offers and needs that stand: entered by the end of the period, and valid on its last day."""
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=period.until)
    return Q(is_active=True, created_at__lt=period.end) & valid


def match_condition(measure: str, period: Period) -> Q:
    """Matches proposed in the period; introductions of the period and what came of them. Raises KeyError."""
    Status = ChainMatch.Status
    if measure == PROPOSED:
        return _within("computed_at", period.start, period.end) & ~Q(status=Status.GONE)
    introduced = _within("case__opened_at", period.start, period.end)
    if measure in DEAL:
        return introduced & Q(status=Status.DEAL, amount_band=DEAL[measure])
    return introduced & {INTRODUCED: Q(), TALKING: Q(status=Status.TALKING), FAILED: Q(status=Status.FAILED)}[measure]
