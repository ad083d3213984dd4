"""The periods that figures are asked for: this month, this quarter, this year, or days of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from promotion.rules.working_time import SHANGHAI

MONTH = "month"
QUARTER = "quarter"
YEAR = "year"
OWN = "own"


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both counted."""

    since: date
    until: date

    @property
    def start(self) -> datetime:
        """The moment at which it begins in Pinghu."""
        return datetime.combine(self.since, time(), SHANGHAI)

    @property
    def end(self) -> datetime:
        """The moment at which it is over: the beginning of the day after."""
        return datetime.combine(self.until + timedelta(days=1), time(), SHANGHAI)


def period_of(code: str, today: date) -> Period:
    """Return the month, quarter or year up to today. Raises ValueError for another word."""
    if code not in (MONTH, QUARTER, YEAR):
        raise ValueError(f"no such period: {code}")
    month = {MONTH: today.month, QUARTER: (today.month - 1) // 3 * 3 + 1, YEAR: 1}[code]
    return Period(date(today.year, month, 1), today)
