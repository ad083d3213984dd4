"""Above-scale (规上) enterprises: a place on the statistical roster of a year, per legal person, never a formula.

A unit enters (入统) and leaves (退统) the roster on dates; a branch has no place of its own, its head office has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One unit's entry on the roster of one year; ``left_on`` is the first day it is no longer on it."""

    year: int
    category: str = "industry"
    entered_on: date | None = None
    left_on: date | None = None


def is_on_roster_on(entries: Iterable[RosterEntry], at: date, *, category: str | None = None) -> bool:
    """Whether the unit stands on the roster of the day's year on that day."""
    return any(
        entry.year == at.year
        and category in (None, entry.category)
        and (entry.entered_on is None or entry.entered_on <= at)
        and (entry.left_on is None or at < entry.left_on)
        for entry in entries
    )


def is_on_roster_in(entries: Iterable[RosterEntry], year: int, *, category: str | None = None) -> bool:
    """Whether the unit counts for a year: it stands on that year's roster and did not leave before the year's end."""
    return is_on_roster_on(entries, date(year, 12, 31), category=category)


def legal_person(enterprise: Hashable, legal_form: str, head_office: Hashable | None) -> Hashable | None:
    """Return the unit that a roster entry belongs to: the enterprise, or a branch's head office (None if unknown)."""
    return head_office if legal_form == "branch" else enterprise


def count_on_roster(
    units: Iterable[tuple[Hashable | None, Iterable[RosterEntry]]], year: int, *, category: str | None = None
) -> int:
    """Count distinct legal persons on a year's roster; units are (legal person, entries), None is not counted."""
    return len(
        {
            person
            for person, entries in units
            if person is not None and is_on_roster_in(entries, year, category=category)
        }
    )
