"""The search box of the admin: one text, every kind of record, grouped by kind; each app adds its own kinds.

Nothing is kept between two searches, and no number of hits is told: what somebody may not see must not show in either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

#: Hits of each kind while somebody types, and where one kind alone is asked for.
FEW, MANY = 5, 50
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found: its name, a second line, and where it opens; without an address it only says that it exists.

    `found_as` is the name or code that matched, where that is not the name shown. `action` is (words, address) of what
    can be done with a record that does not open.
    """

    title: str
    second: Sequence[str] = ()
    url: str = ""
    found_as: str = ""
    is_masked: bool = False
    action: tuple[str, str] | None = None

    @property
    def about(self) -> str:
        return " · ".join(part for part in self.second if part)


@dataclass(frozen=True, slots=True)
class Found:
    """Hits of one kind, the best first, and whether this person would see more."""

    hits: Sequence[Hit] = ()
    has_more: bool = False


#: (request, text, how many at most) → what `request.user` may see of it.
Find = Callable[[HttpRequest, str, int], Found]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record. `model` is its label: whoever may not open its list does not search it either."""

    code: str
    title: Any
    icon: str
    order: int
    find: Find
    model: str = ""

    def may_search(self, request: HttpRequest) -> bool:
        if not self.model:
            return True
        from pinghu.admin import site

        return bool(site.get_model_admin(apps.get_model(self.model)).has_view_permission(request))


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind as a page shows them."""

    source: Source
    hits: Sequence[Hit]
    has_more: bool = False
    more_url: str = ""


_sources: dict[str, Source] = {}


def search_source(code: str, title: Any, *, icon: str, order: int, model: str = "") -> Callable[[Find], Find]:
    """Register `find(request, text, limit)` as a kind of the search box; a fixed number of queries each.

    It starts from what the person may see, and its `has_more` too.
    """

    def register(find: Find) -> Find:
        _sources[code] = Source(code, title, icon, order, find, model)
        return find

    return register


def sources_for(request: HttpRequest) -> list[Source]:
    """The kinds that this person may search, in the order they are shown."""
    return sorted((one for one in _sources.values() if one.may_search(request)), key=lambda one: one.order)


def look_up(request: HttpRequest, text: str, kind: str = "") -> list[Group]:
    """What `text` finds for this person, a group for each kind with hits; with `kind`, more of that one alone."""
    text = " ".join(text.replace("\x00", " ")[:LONGEST_TEXT].split())
    if not text:
        return []
    groups = []
    for source in sources_for(request):
        if kind and source.code != kind:
            continue
        found = source.find(request, text, MANY if kind else FEW)
        if found.hits:
            more = "" if kind else f"{reverse('admin:search')}?{urlencode({'q': text, 'kind': source.code})}"
            groups.append(Group(source, found.hits, found.has_more, more))
    return groups
