"""What became of a promise: kept, in time, due soon or overdue.

A part is no whole: a promise of an amount stays open, and falls overdue, until the whole amount was fulfilled.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

OVERDUE = "overdue"
DUE_SOON = "due_soon"
IN_TIME = "in_time"
NO_DEADLINE = "no_deadline"
KEPT = "kept"
STATES = (OVERDUE, DUE_SOON, IN_TIME, NO_DEADLINE, KEPT)

#: Days before the day it is due on from which a promise is due soon.
WARNING_DAYS = 30


def is_kept(amount: Decimal | None, fulfilled_on: date | None, fulfilled_amount: Decimal | None) -> bool:
    """Whether it was fulfilled whole; a day without an amount says that it was."""
    if fulfilled_on is None:
        return False
    return amount is None or fulfilled_amount is None or fulfilled_amount >= amount


def state_on(
    day: date,
    *,
    due_on: date | None,
    amount: Decimal | None = None,
    fulfilled_on: date | None = None,
    fulfilled_amount: Decimal | None = None,
) -> str:
    """Return how a promise stands on a day; the day it is due on is still in time."""
    if is_kept(amount, fulfilled_on, fulfilled_amount):
        return KEPT
    if due_on is None:
        return NO_DEADLINE
    if due_on < day:
        return OVERDUE
    return DUE_SOON if due_on - day <= timedelta(days=WARNING_DAYS) else IN_TIME
