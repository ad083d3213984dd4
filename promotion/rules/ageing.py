"""How long a project has stood in its stage, in working days, and from when on that is slow or too long.

The limits are rows from a day on, by stage and, where one differs, by track. A project that is paused or over does not
age, and once it goes on it is as old as it was (paused time does not count, as with a case's clock). The same limits colour a card and cut a list: `days_back` of the calendar turns them into a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from promotion.rules.stages import FORWARD, RUNNING, SKIP
from promotion.rules.working_time import WorkCalendar

FRESH = "fresh"
SLOW = "slow"
STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Limit:
    """From a day on: more than `slow_after` working days in a stage are slow, more than `stuck_after` too long.

    An empty track stands for all that have no limit of their own.
    """

    stage: str
    track: str
    effective_from: date
    slow_after: int
    stuck_after: int


def limit_for(limits: Iterable[Limit], stage: str, track: str, day: date) -> Limit | None:
    """Return what holds for a stage on a day: the track's own limit before the general one, the latest of each."""
    holding = [
        limit for limit in limits if limit.stage == stage and limit.track in ("", track) and limit.effective_from <= day
    ]
    return max(holding, key=lambda limit: (limit.track == track, limit.effective_from), default=None)


def age_state(working_days: int, limit: Limit | None) -> str:
    """Return FRESH, SLOW or STUCK; where nothing is set, nothing is late."""
    if limit is None or working_days <= limit.slow_after:
        return FRESH
    return STUCK if working_days > limit.stuck_after else SLOW


def days_needed(limit: Limit, state: str) -> int:
    """Return from how many working days on a project is SLOW (or STUCK)."""
    return (limit.stuck_after if state == STUCK else limit.slow_after) + 1


@dataclass(frozen=True, slots=True)
class Moved:
    """One move of a project, as its history has it; `on` is its day in Asia/Shanghai."""

    kind: str
    from_stage: str
    from_side: str
    to_stage: str
    to_side: str
    on: date


@dataclass(frozen=True, slots=True)
class Stay:
    """How many working days a project spent in a stage, on all its visits, until it last went on from it."""

    working_days: int
    left_on: date


def counted_from(since: date, stood_still_on: date, goes_on: date, calendar: WorkCalendar) -> date:
    """Return the day from which a stage's days count again after a pause, so that those before it are kept.

    ``since`` is the day from which they counted until it stood still: what was paused or over in between is left out.
    """
    return calendar.days_back(goes_on, max(calendar.working_days_between(since, stood_still_on), 0))


def stays(moves: Sequence[Moved], calendar: WorkCalendar) -> Mapping[str, Stay]:
    """Return the stay in each stage that a project went on from; `moves` are all of its own, the oldest first.

    Time in which it was paused or over does not count; a stage that it only went back from was not left.
    """
    spent: dict[str, int] = {}
    found: dict[str, Stay] = {}
    since: date | None = None
    for move in moves:
        if since is not None and move.from_side == RUNNING:
            days = calendar.working_days_between(since, move.on)
            spent[move.from_stage] = spent.get(move.from_stage, 0) + days
        if move.kind in (FORWARD, SKIP):
            found[move.from_stage] = Stay(spent.get(move.from_stage, 0), move.on)
        since = move.on
    return found


def middle(days: Iterable[int]) -> Decimal | None:
    """Return the median, None of nothing."""
    known = list(days)
    return Decimal(str(median(known))) if known else None
