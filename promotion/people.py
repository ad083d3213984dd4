"""Who stands above a unit, and who answers for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import STAFF_ROLES, Role

#: Who answers for a unit's work towards others.
_HEADS = (Role.PROMOTION_MANAGER, Role.SERVICE_COORDINATOR, Role.CARRIER_MANAGER)


def managers_of(units: Iterable[Any]) -> Mapping[Any, tuple[Any, ...]]:
    """Unit → keys of the promotion managers who work in it or above it. Two queries; none without units."""
    wanted = set(units) - {None}
    if not wanted:
        return {}
    parents = dict(Department._base_manager.order_by().values_list("pk", "parent"))
    in_unit = defaultdict(list)
    managers = Membership._base_manager.filter(role=Role.PROMOTION_MANAGER, user__is_active=True)
    for unit, person in managers.order_by("pk").values_list("department", "user"):
        in_unit[unit].append(person)
    found = {}
    for unit in wanted:
        people: list[Any] = []
        above: Any = unit
        seen: set[Any] = set()
        while above is not None and above not in seen:
            seen.add(above)
            people += in_unit[above]
            above = parents.get(above)
        found[unit] = tuple(dict.fromkeys(people))
    return found


def people_at_work(keys: Iterable[int]) -> dict[int, User]:
    """People by their keys, with what they do where; three queries, however many."""
    people = {person.pk: person for person in User._base_manager.filter(pk__in=set(keys))}
    work = defaultdict(list)
    rows = Membership._base_manager.filter(user__in=people).order_by("pk")
    for person, role, department in rows.values_list("user", "role", "department"):
        work[person].append((role, department))
    units = {unit.pk: unit for unit in Department._base_manager.only("code", "name", "parent")}
    for key, known in people.items():
        # What the instance would ask for, once for each.
        known.__dict__["_work"], known.__dict__["known_units"] = work[key], units
    return people


def heads_of(unit: Any) -> tuple[Any, ...]:
    """Keys of those who answer for a unit's work; of everybody who works in it, where nobody does. One query."""
    return heads_by_unit([unit]).get(getattr(unit, "pk", unit), ())


def heads_by_unit(units: Iterable[Any]) -> Mapping[Any, tuple[Any, ...]]:
    """The same for many units, by their keys. One query."""
    rows = Membership._base_manager.filter(department__in=set(units), role__in=STAFF_ROLES, user__is_active=True)
    people = defaultdict(list)
    for unit, person, role in rows.order_by("pk").values_list("department", "user", "role"):
        people[unit].append((person, role))
    return {
        unit: tuple(dict.fromkeys([one for one, role in known if role in _HEADS] or [one for one, _role in known]))
        for unit, known in people.items()
    }
