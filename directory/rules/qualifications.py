"""Validity, reminders and review cycles of qualifications (资质认定).

"Valid on a date" is the only count that totals use. How long a type is valid, and whether it is reviewed, is data
of the type; a date written on the certificate wins over both.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

#: Days before expiry on which people are reminded.
REMINDER_DAYS = (180, 90, 30)
LITTLE_GIANT_FIRST_YEAR = 2019
LITTLE_GIANT_CYCLE_YEARS = 3


@dataclass(frozen=True, slots=True)
class QualificationTerms:
    """What a qualification's status rests on; ``months`` is its type's validity."""

    recognised_on: date | None = None
    valid_until: date | None = None
    months: int | None = None
    under_review: bool = False
    revoked_on: date | None = None
    superseded: bool = False


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_validity(recognised_on: date, months: int) -> date:
    """Return the last day of a validity of so many months, the day of recognition being the first."""
    return add_months(recognised_on, months) - timedelta(days=1)


def expires_on(terms: QualificationTerms) -> date | None:
    """Return the last day of validity, or None if it does not expire or nobody knows. The certificate's date wins."""
    if terms.valid_until is not None:
        return terms.valid_until
    if terms.recognised_on is None or not terms.months:
        return None
    return end_of_validity(terms.recognised_on, terms.months)


def status_on(terms: QualificationTerms, at: date, *, expiring_days: int = REMINDER_DAYS[0]) -> str:
    """Return the status on a day.

    ``not_yet``, ``valid``, ``expiring``, ``under_review``, ``expired``, ``revoked`` or ``superseded``. A revocation
    works from its day on; a review that drags on past the expiry keeps its name, since the result decides, not the
    calendar.
    """
    if terms.revoked_on is not None and at >= terms.revoked_on:
        return "revoked"
    if terms.superseded:
        return "superseded"
    if terms.recognised_on is not None and at < terms.recognised_on:
        return "not_yet"
    if terms.under_review:
        return "under_review"
    last = expires_on(terms)
    if last is not None and at > last:
        return "expired"
    if last is not None and (last - at).days <= expiring_days:
        return "expiring"
    return "valid"


def is_valid_on(terms: QualificationTerms, at: date) -> bool:
    """Whether the qualification counts on a day. One under review still does, until its last day."""
    last = expires_on(terms)
    is_past = last is not None and at > last
    return status_on(terms, at) in {"valid", "expiring", "under_review"} and not is_past


def reminders(terms: QualificationTerms) -> tuple[date, ...]:
    """Return the days on which to remind of the expiry, the earliest first; none if it does not expire or is void."""
    last = expires_on(terms)
    if last is None or terms.superseded or terms.revoked_on is not None:
        return ()
    return tuple(last - timedelta(days=days) for days in REMINDER_DAYS)


def reminder_due(terms: QualificationTerms, at: date) -> int | None:
    """Return how many days' reminder (180, 90, 30) falls on this very day, or None."""
    return next((days for days, day in zip(REMINDER_DAYS, reminders(terms), strict=False) if day == at), None)


def little_giant_batch_year(batch: int) -> int:
    """Return the year in which a batch of national little giants was recognised: batch 1 in 2019, one a year.

    Raises ValueError for a batch below 1.
    """
    if batch < 1:
        raise ValueError("batches count from 1")
    return LITTLE_GIANT_FIRST_YEAR + batch - 1


def little_giant_review_years(batch: int, until: int) -> tuple[int, ...]:
    """Return the years up to ``until`` in which a batch is due for review: every third year after its recognition."""
    first = little_giant_batch_year(batch) + LITTLE_GIANT_CYCLE_YEARS
    return tuple(range(first, until + 1, LITTLE_GIANT_CYCLE_YEARS))


def little_giant_batches_due(year: int) -> tuple[int, ...]:
    """Return the batches due for review in a year: 2 and 5 in 2026, 3 and 6 in 2027, 1, 4 and 7 in 2028."""
    newest = year - LITTLE_GIANT_FIRST_YEAR + 1
    return tuple(
        batch for batch in range(1, newest) if (year - little_giant_batch_year(batch)) % LITTLE_GIANT_CYCLE_YEARS == 0
    )
