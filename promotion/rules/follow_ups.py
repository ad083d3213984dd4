"""Follow-ups: what happened, and the next step with its date, or an explicit "none, because".

The chips 明天, 3天后 and 下周一 fall on working days: a date on a day off moves to the next working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from promotion.rules.working_time import WorkCalendar

TOMORROW = "tomorrow"
IN_THREE_DAYS = "in_three_days"
NEXT_MONDAY = "next_monday"

OVERDUE = "overdue"
TODAY = "today"
LATER = "later"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Chip:
    """A date to pick: its code, the day, and whether it was moved off a day off."""

    code: str
    on: date
    is_moved: bool


def chips(calendar: WorkCalendar, today: date) -> tuple[Chip, ...]:
    """Return the dates to pick from on a day, in the order of their codes; two may fall on one day."""
    wanted = (
        (TOMORROW, today + timedelta(days=1)),
        (IN_THREE_DAYS, today + timedelta(days=3)),
        (NEXT_MONDAY, today + timedelta(days=7 - today.weekday())),
    )
    return tuple(Chip(code, moved, moved != day) for code, day in wanted for moved in (calendar.next_working_day(day),))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One follow-up as entered. The next step is a text with a date, or a reason why there is none."""

    happened: str
    next_step: str = ""
    next_on: date | None = None
    none_because: str = ""


def problems(follow_up: FollowUp, today: date) -> tuple[tuple[str, str], ...]:
    """Return (field, code) of what is wrong; nothing is wrong with a reason in place of a next step.

    ``required``, ``next_step_required``, ``date_required``, ``date_past``, ``both_given``.
    """
    found = []
    step, reason = follow_up.next_step.strip(), follow_up.none_because.strip()
    if not follow_up.happened.strip():
        found.append(("happened", "required"))
    if reason and (step or follow_up.next_on):
        found.append(("none_because", "both_given"))
    elif not reason:
        if not step:
            found.append(("next_step", "next_step_required"))
        if follow_up.next_on is None:
            found.append(("next_on", "date_required"))
        elif follow_up.next_on < today:
            found.append(("next_on", "date_past"))
    return tuple(found)


def due_state(next_on: date | None, today: date) -> str:
    """Return where a next step stands in one's day: OVERDUE, TODAY, LATER, or NONE without a date."""
    if next_on is None:
        return NONE
    return OVERDUE if next_on < today else TODAY if next_on == today else LATER


def working_days_overdue(calendar: WorkCalendar, next_on: date, today: date) -> int:
    """Return for how many working days a next step has been overdue; 0 in time. The ladder's steps count these."""
    return max(calendar.working_days_between(next_on, today), 0)
