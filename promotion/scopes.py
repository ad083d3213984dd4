"""Whose work a figure, a board or a list is about: the zone's, a unit's with those below it, or one person's.

A scope narrows rows that are visible already; it never widens them. Its code stands in addresses, so that a figure and
the list behind it are narrowed by the same word.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from pinghu.accounts.models import User, units_below
from pinghu.accounts.roles import Role

MINE, UNITS = "mine", "units"
_CODE = re.compile(r"([up])([1-9]\d{0,8})")


@dataclass(frozen=True, slots=True)
class Scope:
    """`units` and `person` are None where they narrow nothing."""

    code: str
    label: str
    units: frozenset[int] | None = None
    person: int | None = None

    def condition(self, path: str = "") -> Q:
        """The scope as a condition on rows with owner and unit, which stand behind `path` ("project__")."""
        condition = Q()
        if self.units is not None:
            condition &= Q(**{f"{path}unit__in": self.units})
        if self.person is not None:
            condition &= Q(**{f"{path}owner": self.person})
        return condition

    def holds(self, unit: int | None, person: int | None) -> bool:
        """Whether a row of that unit and person is within the scope."""
        return (self.units is None or unit in self.units) and self.person in (None, person)


def zone() -> Scope:
    """Everything that one sees."""
    return Scope("", _("The whole zone"))


def scope_of(user: Any, code: str) -> Scope | None:
    """The scope that a code stands for, None for what is no scope. One query for a person who is somebody else."""
    if code == "":
        return zone()
    if code == MINE:
        return Scope(code, _("Mine"), person=user.pk)
    if code == UNITS:
        return Scope(code, _("My units"), units=user.unit_ids)
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    key = int(found[2])
    if found[1] == "u":
        unit = user.known_units.get(key)
        return unit_scope(user, unit) if unit is not None else None
    person = user if key == user.pk else User.objects.visible_to(user).filter(pk=key).first()
    return person_scope(person) if person is not None else None


def unit_scope(user: Any, unit: Any) -> Scope:
    """A unit with those below it."""
    return Scope(f"u{unit.pk}", str(unit), units=units_below(user.known_units.values(), [unit.pk]))


def person_scope(person: Any) -> Scope:
    """One person's own."""
    return Scope(f"p{person.pk}", str(person), person=person.pk)


def first_scope(user: Any) -> str:
    """What a person looks at first: an officer their own, a manager their units, everybody else the zone."""
    if user.role_codes & {Role.LEADER, Role.DATA_STEWARD}:
        return ""
    if Role.PROMOTION_MANAGER in user.role_codes:
        return UNITS
    return MINE if Role.PROMOTION_OFFICER in user.role_codes else ""


def scope_choices(user: Any) -> list[tuple[str, str]]:
    """The zone, one's own, one's units, and every unit by name. No query beyond the person's units."""
    units = [(f"u{unit.pk}", str(unit)) for unit in user.known_units.values()]
    return [("", _("The whole zone")), (MINE, _("Mine")), (UNITS, _("My units")), *units]
