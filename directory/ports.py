"""What another app may plug into the directory, so that the directory never imports it.

An app fills these in its `AppConfig.ready()`.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EnterpriseRelation:
    """A foreign key to an enterprise whose rows a merge moves to the survivor."""

    model: type[Any]
    field: str


_relations: list[EnterpriseRelation] = []


def moves_with_enterprise(model: type[Any], field: str = "enterprise") -> None:
    """Register a foreign key to an enterprise: a merge moves its rows, an unmerge moves them back."""
    relation = EnterpriseRelation(model, field)
    if relation not in _relations:
        _relations.append(relation)


def enterprise_relations() -> tuple[EnterpriseRelation, ...]:
    return tuple(_relations)
