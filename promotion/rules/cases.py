"""Which step a service case may take from where it stands, and by whom.

Raised, accepted or not, dispatched, taken up, perhaps waiting for the enterprise, answered, rated, closed; reopened one
level up where the enterprise is not content, up to a number of times. Nothing else moves a case; each refusal has a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from promotion.rules.working_time import Amount, WorkCalendar

SUBMITTED = "submitted"
ACCEPTED = "accepted"
REJECTED = "rejected"
ASSIGNED = "assigned"
IN_PROGRESS = "in_progress"
WAITING = "waiting"
REPLIED = "replied"
CLOSED = "closed"
TRANSFERRED_UP = "transferred_up"

ACCEPT = "accept"
REJECT = "reject"
DISPATCH = "dispatch"
TAKE_UP = "take_up"
OBJECT = "object"
UPHOLD = "uphold"
ASK = "ask"
ANSWER = "answer"
EXTEND = "extend"
REPLY = "reply"
RATE = "rate"
CLOSE = "close"
REOPEN = "reopen"
TRANSFER_UP = "transfer_up"
URGE = "urge"
SUPERVISE = "supervise"
VISIT_BACK = "visit_back"

COORDINATOR = "coordinator"
HANDLER = "handler"
LEADER = "leader"
ANYBODY = "anybody"

NOT_FROM_HERE = "not_from_here"
NOT_YOURS = "not_yours"
REASON_MISSING = "reason_missing"

_WORKED_ON = (ASSIGNED, IN_PROGRESS)
_NOT_ENDED = (SUBMITTED, ACCEPTED, ASSIGNED, IN_PROGRESS, WAITING)


@dataclass(frozen=True, slots=True)
class Step:
    """From which states a step may be taken, where it leads (None = stays), by whom, and whether it needs words."""

    from_states: tuple[str, ...]
    to: str | None
    by: tuple[str, ...]
    needs_text: bool = False


STEPS: Mapping[str, Step] = {
    ACCEPT: Step((SUBMITTED,), ACCEPTED, (COORDINATOR,)),
    REJECT: Step((SUBMITTED, ACCEPTED), REJECTED, (COORDINATOR,), needs_text=True),
    # Dispatching accepts at the same time, and dispatches anew where the first handler was the wrong one.
    DISPATCH: Step((SUBMITTED, ACCEPTED, ASSIGNED, IN_PROGRESS), ASSIGNED, (COORDINATOR,)),
    TAKE_UP: Step((ASSIGNED,), IN_PROGRESS, (HANDLER, COORDINATOR)),
    OBJECT: Step((ASSIGNED,), None, (HANDLER,), needs_text=True),
    UPHOLD: Step((ASSIGNED, IN_PROGRESS), ACCEPTED, (COORDINATOR,)),
    ASK: Step(_WORKED_ON, WAITING, (HANDLER, COORDINATOR), needs_text=True),
    ANSWER: Step((WAITING,), IN_PROGRESS, (ANYBODY,), needs_text=True),
    EXTEND: Step(_WORKED_ON, None, (HANDLER, COORDINATOR), needs_text=True),
    # Without a dispatch a coordinator may answer at once: a consultation on the phone.
    REPLY: Step((SUBMITTED, ACCEPTED, *_WORKED_ON, TRANSFERRED_UP), REPLIED, (HANDLER, COORDINATOR), needs_text=True),
    RATE: Step((REPLIED, CLOSED), None, (ANYBODY,)),
    CLOSE: Step((REPLIED,), CLOSED, (HANDLER, COORDINATOR)),
    REOPEN: Step((REPLIED, CLOSED), ACCEPTED, (COORDINATOR,), needs_text=True),
    TRANSFER_UP: Step((SUBMITTED, ACCEPTED, *_WORKED_ON), TRANSFERRED_UP, (COORDINATOR,), needs_text=True),
    URGE: Step((*_NOT_ENDED, TRANSFERRED_UP), None, (COORDINATOR, LEADER, ANYBODY)),
    SUPERVISE: Step((*_NOT_ENDED, TRANSFERRED_UP, REPLIED), None, (LEADER, COORDINATOR), needs_text=True),
    VISIT_BACK: Step((REPLIED, CLOSED), None, (HANDLER, COORDINATOR), needs_text=True),
}


def refusal(step: str, state: str, parts: frozenset[str], text: str = "") -> str | None:
    """Return why a person who takes these parts may not take this step now, or None.

    Raises KeyError for a step that does not exist.
    """
    asked = STEPS[step]
    if state not in asked.from_states:
        return NOT_FROM_HERE
    if ANYBODY not in asked.by and not parts & set(asked.by):
        return NOT_YOURS
    return REASON_MISSING if asked.needs_text and not text.strip() else None


def open_steps(state: str, parts: frozenset[str]) -> tuple[str, ...]:
    """Return the steps that this person may take from here, in the order of the table."""
    return tuple(step for step in STEPS if refusal(step, state, parts, "-") is None)


def may_object(
    calendar: WorkCalendar, assigned_at: datetime, at: datetime, *, days: int, was_heard: bool
) -> str | None:
    """Return why a handler may not object to a dispatch: too late, or heard once already; None if it may."""
    if was_heard:
        return "heard_already"
    return "too_late" if at > calendar.add_working(assigned_at, Amount(days, "days")) else None
