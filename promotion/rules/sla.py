"""A case's clock, kept as segments of running and standing still, from which every figure is computed anew.

Time passes only while the clock runs and offices are open; what stands still (the enterprise must answer) counts for
nothing. So pausing moves the due time by exactly the working time of the pause, overnight and over weekends too.
"Overdue" means: now is after the due time; at the due time itself a case is in time. Colours are those of 红黄牌.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from promotion.rules.working_time import ONE_DAY, Amount, WorkCalendar

RUNNING = "running"
PAUSED = "paused"
STOPPED = "stopped"
KINDS = (RUNNING, PAUSED)

GREEN = "green"
YELLOW = "yellow"
RED = "red"

NOT_RUNNING = "not_running"
TOO_SOON = "too_soon"
TOO_MANY = "too_many"
ALREADY_EXTENDED = "already_extended"
TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Segment:
    """The clock ran or stood still from a moment until another (None = still does); ``reason`` is a code, why."""

    kind: str
    since: datetime
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class YellowTerms:
    """When green turns yellow: after this share of the time, or so much working time before due, whichever is first.

    The time before due counts only for limits longer than it, or a limit of one day would be yellow from its start.
    """

    share: Fraction = Fraction(4, 5)
    before_due: Amount = ONE_DAY


YELLOW_TERMS = YellowTerms()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock says at a moment.

    ``due_at`` and ``yellow_at`` are None while it stands still before them: they move on until it runs again.
    ``is_unsure`` says that the due time lies beyond the last calendar year loaded.
    """

    state: str
    elapsed: timedelta
    remaining: timedelta
    due_at: datetime | None
    yellow_at: datetime | None
    colour: str
    is_unsure: bool = False

    @property
    def is_overdue(self) -> bool:
        """Whether the due time was passed, or had been when the clock stopped."""
        return self.colour == RED


def segment_problems(segments: Sequence[Segment]) -> tuple[str, ...]:
    """Return codes of what is wrong with a clock's segments: they run in order, without gap, only the last is open.

    ``unknown_kind``, ``ends_before_start``, ``open_in_between``, ``gap_or_overlap``, ``pause_without_reason``.
    """
    found = []
    for number, segment in enumerate(segments):
        if segment.kind not in KINDS:
            found.append("unknown_kind")
        if segment.until is not None and segment.until < segment.since:
            found.append("ends_before_start")
        if segment.kind == PAUSED and not segment.reason:
            found.append("pause_without_reason")
        if number + 1 < len(segments):
            if segment.until is None:
                found.append("open_in_between")
            elif segments[number + 1].since != segment.until:
                found.append("gap_or_overlap")
    return tuple(dict.fromkeys(found))


def state_of(segments: Sequence[Segment]) -> str:
    """Return whether the clock runs, stands still, or was stopped (its last segment is closed, or there is none)."""
    if not segments or segments[-1].until is not None:
        return STOPPED
    return segments[-1].kind


def elapsed(calendar: WorkCalendar, segments: Iterable[Segment], at: datetime) -> timedelta:
    """Return the working time during which the clock ran, up to a moment."""
    return sum(
        (
            calendar.working_between(segment.since, min(segment.until or at, at))
            for segment in segments
            if segment.kind == RUNNING and segment.since < at
        ),
        start=timedelta(0),
    )


def moment_reached(calendar: WorkCalendar, segments: Sequence[Segment], amount: timedelta) -> datetime | None:
    """Return when the clock has run for so much working time, in UTC; None if it stands still before that.

    A clock stopped before that is thought on from its last run: the due time as it was when it stopped.
    """
    left = amount
    for number, segment in enumerate(segments):
        if segment.kind != RUNNING:
            continue
        is_last = number == len(segments) - 1
        run = None if segment.until is None else calendar.working_between(segment.since, segment.until)
        if run is None or left <= run or is_last:
            return calendar.add_working(segment.since, left)
        left -= run
    return None


def due_at(calendar: WorkCalendar, segments: Sequence[Segment], limit: Amount | timedelta) -> datetime | None:
    """Return when the limit is reached; None while the clock stands still before that."""
    return moment_reached(calendar, segments, _duration(calendar, limit))


def promised_at(calendar: WorkCalendar, opened_at: datetime, limit: Amount) -> datetime:
    """Return the first promise: the due time as it was when the case was opened. It is stored once and never moves."""
    return calendar.add_working(opened_at, limit)


def yellow_after(calendar: WorkCalendar, limit: Amount | timedelta, terms: YellowTerms = YELLOW_TERMS) -> timedelta:
    """Return after how much running time a limit turns yellow."""
    whole, before = _duration(calendar, limit), calendar.duration(terms.before_due)
    by_share = whole * terms.share.numerator / terms.share.denominator
    return min(by_share, whole - before) if whole > before else by_share


def colour_at(at: datetime, *, due: datetime | None, yellow: datetime | None) -> str:
    """Return the card (红黄牌) of a clock that runs: red after the due time, yellow from its moment on."""
    if due is not None and at > due:
        return RED
    return YELLOW if yellow is not None and at >= yellow else GREEN


def read(
    calendar: WorkCalendar,
    segments: Sequence[Segment],
    limit: Amount | timedelta,
    at: datetime,
    *,
    terms: YellowTerms = YELLOW_TERMS,
) -> Reading:
    """Return what the clock says at a moment; a stopped clock says what it said when it stopped."""
    state = state_of(segments)
    last = segments[-1].until if segments else None
    seen = at if last is None else min(at, last)
    whole = _duration(calendar, limit)
    passed = elapsed(calendar, segments, seen)
    due = moment_reached(calendar, segments, whole)
    yellow = moment_reached(calendar, segments, yellow_after(calendar, limit, terms))
    return Reading(
        state=state,
        elapsed=passed,
        remaining=max(whole - passed, timedelta(0)),
        due_at=due,
        yellow_at=yellow,
        colour=colour_at(seen, due=due, yellow=yellow),
        is_unsure=due is not None and calendar.is_beyond_calendar(due),
    )


#: Whom a step of a ladder tells.
TELL_OWNER = "owner"
TELL_LEADER = "leader"
TELL_REASSIGN = "reassign"  # a new handler is asked for


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation ladder: after so many working days overdue, tell these (codes of roles)."""

    after_days: int
    tell: tuple[str, ...] = ()


#: The ladder where the zone has entered none: the owner, then the leader too, then a new handler is asked for.
LADDER = (
    Step(3, (TELL_OWNER,)),
    Step(5, (TELL_OWNER, TELL_LEADER)),
    Step(7, (TELL_OWNER, TELL_LEADER, TELL_REASSIGN)),
)


def step_times(
    calendar: WorkCalendar, segments: Sequence[Segment], limit: Amount | timedelta, ladder: Sequence[Step] = LADDER
) -> tuple[tuple[Step, datetime | None], ...]:
    """Return when each step falls due; None while the clock stands still before it. Standing still is not overdue."""
    whole = _duration(calendar, limit)
    return tuple(
        (step, moment_reached(calendar, segments, whole + step.after_days * calendar.day_length)) for step in ladder
    )


def steps_due(
    calendar: WorkCalendar,
    segments: Sequence[Segment],
    limit: Amount | timedelta,
    at: datetime,
    *,
    taken: Iterable[int] = (),
    ladder: Sequence[Step] = LADDER,
) -> tuple[Step, ...]:
    """Return the steps that are due and not yet taken (``taken`` holds their ``after_days``), the lowest first.

    A stopped clock takes no further step. Asking twice gives the same answer, so a run may be repeated.
    """
    if state_of(segments) == STOPPED:
        return ()
    done = set(taken)
    return tuple(
        step
        for step, moment in sorted(step_times(calendar, segments, limit, ladder), key=lambda pair: pair[0].after_days)
        if step.after_days not in done and moment is not None and moment <= at
    )


def overdue_segments(calendar: WorkCalendar, due: datetime) -> tuple[Segment, ...]:
    """Return the clock of something with a due time and no pauses (a follow-up), for the ladder: limit nothing."""
    return (Segment(RUNNING, due),)


@dataclass(frozen=True, slots=True)
class UrgeTerms:
    """How often one may urge: this much working time apart, and this many times in all."""

    gap: Amount = ONE_DAY
    most: int = 3


URGE_TERMS = UrgeTerms()


@dataclass(frozen=True, slots=True)
class UrgeAnswer:
    """Whether one may urge now: ``refusal`` is None, or why not, with the moment from which one may again."""

    refusal: str | None = None
    again_at: datetime | None = None


def may_urge(
    calendar: WorkCalendar, urged: Sequence[datetime], state: str, at: datetime, terms: UrgeTerms = URGE_TERMS
) -> UrgeAnswer:
    """Return whether a handler may be urged: not while the enterprise must answer, not too often."""
    if state != RUNNING:
        return UrgeAnswer(NOT_RUNNING)
    if len(urged) >= terms.most:
        return UrgeAnswer(TOO_MANY)
    if urged:
        again = calendar.add_working(max(urged), terms.gap)
        if at < again:
            return UrgeAnswer(TOO_SOON, again)
    return UrgeAnswer()


def may_extend(reading: Reading, at: datetime, *, extended: int, most: int = 1, before_due: timedelta) -> str | None:
    """Return why an extension may not be asked for now, or None if it may.

    ``before_due`` is the least working time that must be left; an extension is asked for before the due time.
    """
    if reading.state == STOPPED:
        return NOT_RUNNING
    if extended >= most:
        return ALREADY_EXTENDED
    is_past = reading.due_at is not None and at >= reading.due_at
    return TOO_LATE if is_past or reading.remaining < before_due else None


def _duration(calendar: WorkCalendar, limit: Amount | timedelta) -> timedelta:
    return calendar.duration(limit) if isinstance(limit, Amount) else limit
