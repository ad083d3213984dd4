"""What another app may plug into the directory, so that the directory never imports it.

An app fills these in its `AppConfig.ready()`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Words:
    """What one record is found by: its names (read as pinyin too), former names, codes as people type them, matter.

    `known_as` is what those see of it, and find it by, who may know that it exists and no more.
    """

    record: int
    names: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    matter: tuple[str, ...] = ()
    known_as: str = ""
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class Findable:
    """Records that are found by name without being enterprises: how their words are read, at most two queries a call.

    `below` are models whose saved rows change what a record is called, with their foreign key to it.
    """

    subject: str
    model: type[Any]
    words: Callable[[Collection[int]], Iterable[Words]]
    below: Mapping[type[Any], str] = field(default_factory=dict)


_findables: dict[str, Findable] = {}


def findable(one: Findable) -> None:
    """Plug records into the search index: it follows every saved row from now on, and `rebuild_search_index` them all.

    The index knows nothing of who may see what: every search is given the visible rows.
    """
    from directory.services.find_index import follow

    if one.subject not in _findables:
        _findables[one.subject] = one
        follow(one)


def findables() -> tuple[Findable, ...]:
    return tuple(_findables.values())
