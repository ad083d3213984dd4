"""What another app may plug into the directory, so that the directory never imports it.

An app fills these in its `AppConfig.ready()`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q


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


#: Makes a queryset of rows that hold a part of a carrier as a tenancy does: `carrier`, `area_m2`, `starts_on`, `ends_on`.
Holder = Callable[[], Any]
_holders: list[Holder] = []


def holds_space(holder: Holder) -> Holder:
    """Register who holds parts of carriers beside the tenants: what they hold is not free."""
    if holder not in _holders:
        _holders.append(holder)
    return holder


def space_holders() -> list[Any]:
    """Their rows, a queryset each. That a part is held is a fact of the carrier; by whom, these rows do not say."""
    return [holder() for holder in _holders]


@dataclass(frozen=True, slots=True)
class ImportedKind:
    """One more kind of rows that the import pipeline takes. Whoever may add its model's rows may import them."""

    code: str
    label: Any
    #: Makes its `services.importing.kinds.base.Kind`; called once, when the first file of the kind comes.
    load: Callable[[], Any]
    #: The runs of it that a person sees, as a condition on ImportRun.
    visible: Callable[[Any], Q]
    #: May this person plan, decide and apply this run, which they see?
    may_run: Callable[[Any, Any], bool]
    #: May they take it back?
    may_revert: Callable[[Any, Any], bool]


_imported_kinds: dict[str, ImportedKind] = {}


def imports_too(kind: ImportedKind) -> None:
    """Register a kind of import beside the directory's own."""
    _imported_kinds[kind.code] = kind


def imported_kinds() -> dict[str, ImportedKind]:
    """Code → kind, of other apps."""
    return _imported_kinds


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
    if one.subject not in _findables:
        _findables[one.subject] = one
        for follow in _followers:
            follow(one)


#: Told of each subject that is plugged in.
Follower = Callable[[Findable], None]
_followers: list[Follower] = []


def follows_findables(follow: Follower) -> Follower:
    """Register who is told of each subject, of those that are plugged in already too."""
    if follow not in _followers:
        _followers.append(follow)
        for one in _findables.values():
            follow(one)
    return follow


def findables() -> tuple[Findable, ...]:
    return tuple(_findables.values())


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of the admin about one record, addressed by its public id: its name there, and what the link says."""

    name: str
    title: Any


_record_pages: dict[type[Any], dict[str, RecordPage]] = {}


def record_page(model: type[Any], name: str, title: Any) -> None:
    """Show a link to this page (`admin:<name>`) above the form of each record of this model."""
    _record_pages.setdefault(model, {})[name] = RecordPage(name, title)


def record_pages(model: type[Any]) -> tuple[RecordPage, ...]:
    return tuple(_record_pages.get(model, {}).values())


_enterprise_filters: list[type[Any]] = []


def enterprise_filter(list_filter: type[Any]) -> type[Any]:
    """Register a filter of the admin's list of enterprises beside the directory's own."""
    if list_filter not in _enterprise_filters:
        _enterprise_filters.append(list_filter)
    return list_filter


def enterprise_filters() -> tuple[type[Any], ...]:
    return tuple(_enterprise_filters)
