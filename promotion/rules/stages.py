"""The eight stages of a project, its side states, and which moves are allowed on which track.

A project stands at a stage and either runs or is in one side state. Moves: forward by one gate; over gates that the
track lets one skip, with a reason; back, with a reason; into a side state, with a reason; out of a pause; and, for
whoever may reopen, out of an end. Nothing else: each refusal has a code. What the gate itself asks is in `gates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NEGOTIATING = "negotiating"
REVIEWED = "reviewed"
SIGNED = "signed"
REGISTERED = "registered"
STARTED = "started"
COMPLETED = "completed"
IN_PRODUCTION = "in_production"
FULL_CAPACITY = "full_capacity"
STAGES = (NEGOTIATING, REVIEWED, SIGNED, REGISTERED, STARTED, COMPLETED, IN_PRODUCTION, FULL_CAPACITY)

RUNNING = ""
PAUSED = "paused"
LOST = "lost"
WITHDRAWN = "withdrawn"
MERGED = "merged"
TERMINATED = "terminated"
ENDED = (LOST, WITHDRAWN, MERGED, TERMINATED)
SIDE_STATES = (PAUSED, *ENDED)

#: Where a running project may turn aside: lost to another place before signing, terminated after it.
_SIDE_FROM: Mapping[str, tuple[str, ...]] = {
    PAUSED: STAGES[:-1],
    LOST: (NEGOTIATING, REVIEWED),
    WITHDRAWN: (NEGOTIATING, REVIEWED, SIGNED),
    MERGED: STAGES,
    TERMINATED: STAGES[STAGES.index(SIGNED) :],
}

LAND = "land"
LEASE = "lease"
EXPANSION = "expansion"
ACQUISITION = "acquisition"
RD_OR_HEADQUARTERS = "rd_or_headquarters"
TRACKS = (LAND, LEASE, EXPANSION, ACQUISITION, RD_OR_HEADQUARTERS)

#: Stages that a track lets one skip: nothing is built where space is let, nothing starts anew where a firm is bought.
SKIPPABLE: Mapping[str, frozenset[str]] = {
    LAND: frozenset(),
    LEASE: frozenset({STARTED, COMPLETED}),
    EXPANSION: frozenset({STARTED, COMPLETED}),
    ACQUISITION: frozenset({STARTED, COMPLETED, IN_PRODUCTION}),
    RD_OR_HEADQUARTERS: frozenset({STARTED, COMPLETED}),
}

FORWARD = "forward"
SKIP = "skip"
BACK = "back"
ASIDE = "aside"
RESUME = "resume"
REOPEN = "reopen"

UNKNOWN_TARGET = "unknown_target"
UNKNOWN_TRACK = "unknown_track"
ALREADY_THERE = "already_there"
STAGE_LEFT_OUT = "stage_left_out"
REASON_MISSING = "reason_missing"
PROJECT_ENDED = "project_ended"
PROJECT_PAUSED = "project_paused"
NOT_FROM_HERE = "not_from_here"
MAY_NOT_REOPEN = "may_not_reopen"
DUPLICATE_MISSING = "duplicate_missing"

#: What may still be written in a project that has ended.
EDITABLE_WHEN_ENDED = frozenset({"note", "lessons", "competitor", "confidentiality", "owner"})


@dataclass(frozen=True, slots=True)
class Position:
    """Where a project stands: its stage, and a side state or RUNNING."""

    stage: str
    side: str = RUNNING

    @property
    def has_ended(self) -> bool:
        """Whether it is over: locked but for named fields."""
        return self.side in ENDED


@dataclass(frozen=True, slots=True)
class Move:
    """A move as it was asked for: to a stage, to a side state, or back to RUNNING (resume, reopen).

    ``merged_into`` names the project that a merged one duplicates; ``may_reopen`` is the mover's right.
    """

    target: str
    reason: str = ""
    merged_into: object | None = None
    may_reopen: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a move is and where it leads; refused when there is a code. ``stages`` names the stages left out."""

    kind: str
    to: Position
    refusal: str | None = None
    stages: tuple[str, ...] = ()


def stage_index(stage: str) -> int:
    """Return a stage's place, from 0. Raises ValueError for anything else."""
    return STAGES.index(stage)


def stages_between(here: str, target: str) -> tuple[str, ...]:
    """Return the stages that a forward move passes over, without its ends."""
    return STAGES[stage_index(here) + 1 : stage_index(target)]


def judge_move(
    here: Position, move: Move, track: str, *, skippable: Mapping[str, frozenset[str]] = SKIPPABLE
) -> Verdict:
    """Return what a move is and why it is refused, if it is: order, track, reasons. The gate is asked beside it."""
    to = _destination(here, move.target)
    kind = _kind(here, move.target)
    refusal, stages = _refusal(here, move, kind, track, skippable)
    return Verdict(kind, to, refusal, stages)


def _destination(here: Position, target: str) -> Position:
    return Position(target) if target in STAGES else Position(here.stage, target)


def _kind(here: Position, target: str) -> str:
    if target == RUNNING:
        return REOPEN if here.has_ended else RESUME
    if target in SIDE_STATES:
        return ASIDE
    if target not in STAGES:
        return FORWARD
    step = stage_index(target) - stage_index(here.stage)
    return BACK if step < 0 else FORWARD if step <= 1 else SKIP


def _refusal(
    here: Position, move: Move, kind: str, track: str, skippable: Mapping[str, frozenset[str]]
) -> tuple[str | None, tuple[str, ...]]:
    target, has_reason = move.target, bool(move.reason.strip())
    if target not in (*STAGES, *SIDE_STATES, RUNNING):
        return UNKNOWN_TARGET, ()
    if track not in skippable:
        return UNKNOWN_TRACK, ()
    if target == here.side or (target == here.stage and here.side == RUNNING):
        return ALREADY_THERE, ()
    if kind == REOPEN:
        return (REASON_MISSING if not has_reason else None) if move.may_reopen else MAY_NOT_REOPEN, ()
    if here.has_ended:
        return PROJECT_ENDED, ()
    if kind == RESUME:
        return None, ()
    if kind == ASIDE:
        return _refusal_aside(here, move, has_reason), ()
    if here.side == PAUSED:
        return PROJECT_PAUSED, ()
    if kind == BACK:
        return None if has_reason else REASON_MISSING, ()
    over = stages_between(here.stage, target)
    if forbidden := tuple(stage for stage in over if stage not in skippable[track]):
        return STAGE_LEFT_OUT, forbidden
    return (REASON_MISSING if over and not has_reason else None), over


def _refusal_aside(here: Position, move: Move, has_reason: bool) -> str | None:
    if here.stage not in _SIDE_FROM[move.target]:
        return NOT_FROM_HERE
    if not has_reason:
        return REASON_MISSING
    return DUPLICATE_MISSING if move.target == MERGED and move.merged_into is None else None


def allowed_targets(
    here: Position, track: str, *, may_reopen: bool = False, skippable: Mapping[str, frozenset[str]] = SKIPPABLE
) -> tuple[str, ...]:
    """Return what a project may be moved to, given a reason where one is asked: stages, side states, RUNNING."""
    return tuple(
        target
        for target in (*STAGES, *SIDE_STATES, RUNNING)
        if judge_move(here, Move(target, "asked", here, may_reopen), track, skippable=skippable).refusal is None
    )


def next_stage(here: Position) -> str | None:
    """Return the stage whose gate stands next, or None at the last one and for a project that does not run."""
    place = stage_index(here.stage) + 1
    return STAGES[place] if here.side == RUNNING and place < len(STAGES) else None


def locked_fields(
    here: Position, changed: Iterable[str], *, editable: frozenset[str] = EDITABLE_WHEN_ENDED
) -> tuple[str, ...]:
    """Return which of the changed fields may not be changed because the project has ended, in alphabetical order."""
    return tuple(sorted(set(changed) - editable)) if here.has_ended else ()
