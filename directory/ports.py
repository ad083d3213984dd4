"""What another app may plug into the directory, so that the directory never imports it.

An app fills these in its `AppConfig.ready()`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from directory.rules.space import Span


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


#: Takes a carrier's key, returns what of it somebody holds who is no tenant.
Holder = Callable[[Any], Iterable[Span]]
_holders: list[Holder] = []


def holds_space(holder: Holder) -> Holder:
    """Register who else holds parts of carriers: tenancies leave them free."""
    if holder not in _holders:
        _holders.append(holder)
    return holder


def held_space(carrier: Any) -> list[Span]:
    """What others than tenants hold of a carrier. The queries are theirs."""
    return [span for holder in _holders for span in holder(carrier)]
