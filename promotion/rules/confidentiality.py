"""Who may see a lead, project, contact or case: by confidentiality level, role, and how near one stands to it.

One table says, for each level and role, from which nearness on a person sees the whole record, and from which on only
that it exists, under its code name. Whoever reaches neither must find nothing, not even a count. The owner and people
named on the record always see it whole, as long as they work here in a role that reads records; being an
administrator or the auditor is none. The same table makes the querysets, so that page and rule cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PUBLIC = "public"
INTERNAL = "internal"
RESTRICTED = "restricted"
CONFIDENTIAL = "confidential"
LEVELS = (PUBLIC, INTERNAL, RESTRICTED, CONFIDENTIAL)

# Nearness, the nearest first. Each grant holds for all that stand nearer.
NAMED = "named"
TEAM = "team"
UNIT = "unit"
ALL = "all"
SCOPES = (NAMED, TEAM, UNIT, ALL)

FULL = "full"
CODE_NAME = "code_name"
HIDDEN = "hidden"

PROMOTION = "promotion"
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Grant:
    """From which nearness on one sees the whole record, and from which on its code name."""

    full: str
    code_name: str

    def __post_init__(self) -> None:
        if SCOPES.index(self.code_name) < SCOPES.index(self.full):
            raise ValueError("whoever sees the record knows that it exists")


_ALL = Grant(ALL, ALL)
_UNIT = Grant(UNIT, UNIT)
_UNIT_OR_CODE = Grant(UNIT, ALL)
_TEAM = Grant(TEAM, TEAM)
_TEAM_OR_CODE = Grant(TEAM, ALL)
_NAMED = Grant(NAMED, NAMED)
_NAMED_OR_CODE = Grant(NAMED, TEAM)

#: One role's grants, in the order of LEVELS.
Row = tuple[Grant, Grant, Grant, Grant]

#: Leads, projects, counterparts, their contacts and interactions. "unit" is one's own and those below it.
PROMOTION_TABLE: Mapping[str, Row] = {
    #                      public, internal, restricted,    confidential
    "promotion_officer": (_ALL, _ALL, _UNIT_OR_CODE, _NAMED_OR_CODE),
    # Decides disputes and is told of collisions within the unit; elsewhere knows the code name.
    "promotion_manager": (_ALL, _ALL, _ALL, Grant(UNIT, ALL)),
    "service_officer": (_ALL, _ALL, _TEAM, _NAMED_OR_CODE),
    "service_coordinator": (_ALL, _ALL, _TEAM, _NAMED_OR_CODE),
    "data_steward": (_ALL, _ALL, _NAMED, _NAMED),
    "carrier_manager": (_ALL, _ALL, _TEAM_OR_CODE, _NAMED_OR_CODE),
    "subdistrict_liaison": (_ALL, _UNIT, _TEAM, _NAMED),
    # Reads all; every read of a confidential record is logged.
    "leader": (_ALL, _ALL, _ALL, _ALL),
}

#: Service cases, visits, headquarters engagements, what enterprises offer and need.
SERVICE_TABLE: Mapping[str, Row] = {
    "promotion_officer": (_ALL, _ALL, _TEAM, _NAMED),
    "promotion_manager": (_ALL, _ALL, _TEAM, _NAMED),
    "service_officer": (_ALL, _ALL, _UNIT_OR_CODE, _NAMED_OR_CODE),
    "service_coordinator": (_ALL, _ALL, _ALL, Grant(UNIT, ALL)),
    "data_steward": (_ALL, _ALL, _NAMED, _NAMED),
    "carrier_manager": (_ALL, _ALL, _TEAM, _NAMED),
    "subdistrict_liaison": (_ALL, _UNIT, _TEAM, _NAMED),
    "leader": (_ALL, _ALL, _ALL, _ALL),
}

TABLES: Mapping[str, Mapping[str, Row]] = {PROMOTION: PROMOTION_TABLE, SERVICE: SERVICE_TABLE}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person: id, roles, and the ids of the units they work in with all units below."""

    person: object
    roles: frozenset[str]
    units: frozenset[object] = frozenset()


@dataclass(frozen=True, slots=True)
class Guarded:
    """What guards a record: level, owner, unit, the task force's and the named people's ids."""

    level: str
    owner: object | None = None
    unit: object | None = None
    team: frozenset[object] = frozenset()
    named: frozenset[object] = frozenset()


def nearness(viewer: Viewer, record: Guarded) -> str:
    """Return how near a person stands to a record: NAMED (owner too), TEAM, UNIT or ALL (nothing nearer)."""
    if viewer.person == record.owner or viewer.person in record.named:
        return NAMED
    if viewer.person in record.team:
        return TEAM
    return UNIT if record.unit is not None and record.unit in viewer.units else ALL


def grants(roles: frozenset[str], level: str, subject: str = PROMOTION) -> Grant | None:
    """Return what a person's roles grant together at a level, the widest of each; None if no role reads records.

    This is what a queryset asks, once per level.
    """
    place = LEVELS.index(level)
    found = [row[place] for role, row in TABLES[subject].items() if role in roles]
    if not found:
        return None
    return Grant(
        max((grant.full for grant in found), key=SCOPES.index),
        max((grant.code_name for grant in found), key=SCOPES.index),
    )


def sight(viewer: Viewer, record: Guarded, subject: str = PROMOTION) -> str:
    """Return FULL, CODE_NAME or HIDDEN. Raises ValueError for an unknown level."""
    grant = grants(viewer.roles, record.level, subject)
    if grant is None:
        return HIDDEN
    stands = SCOPES.index(nearness(viewer, record))
    if stands <= SCOPES.index(grant.full):
        return FULL
    return CODE_NAME if stands <= SCOPES.index(grant.code_name) else HIDDEN


def may_see(viewer: Viewer, record: Guarded, subject: str = PROMOTION) -> bool:
    """Whether a person sees the whole record: what search, filters, sums and exports may use of it."""
    return sight(viewer, record, subject) == FULL


def shown_name(name: str, code_name: str, seen: str) -> str:
    """Return the name to show, or "" where nothing may be shown; without a code name there is none to show."""
    return {FULL: name, CODE_NAME: code_name}.get(seen, "")


def level_problem(old: str | None, new: str, *, is_publication: bool = False) -> str | None:
    """Return ``lowered_without_publication`` if a level falls otherwise than by the explicit act, else None."""
    if old is not None and LEVELS.index(new) < LEVELS.index(old) and not is_publication:
        return "lowered_without_publication"
    return None
