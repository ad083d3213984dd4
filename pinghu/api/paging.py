"""Lists in pages that stay whole while rows are written.

`KeysetPage` walks a queryset in a total order of columns: a row that nobody touches during the walk comes exactly
once, whatever is inserted, changed or deleted around it, and the row the cursor names may itself be gone.
`ListPage` walks a ranked list of ids (search results) down to `MAX_DEPTH`. Neither ever offers a `next` that leads
to an empty page at the time it is given.

DRF's CursorPagination is not used: it loses rows where sort keys repeat or are NULL.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _

from pinghu.api.cursors import Cursor, decode
from pinghu.api.problems import invalid_parameter

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
#: How far down a ranked list a walk may go; past it, the answer asks to narrow the search.
MAX_DEPTH = 10_000
#: Up to here an estimated total counts; above, it says "at least".
ESTIMATE_BOUND = 10_000
# Parameters that change how rows are shown or counted but not which rows or in which order.
PRESENTATION = frozenset({"limit", "cursor", "count", "fields", "lang", "sort", "facet", "highlight", "expand"})
COUNT_KINDS = ("exact", "estimated")


@dataclass(frozen=True)
class Total:
    """How many rows there are in all: exactly (`eq`) or at least (`gte`)."""

    value: int
    relation: str = "eq"


@dataclass(frozen=True)
class PageRequest:
    """What a client asks of a list: how many rows, from where, and whether to count them all."""

    url: str
    limit: int
    cursor: str
    count: str
    preferred: bool
    scope: str

    @classmethod
    def of(cls, request: Any) -> "PageRequest":
        """Read it from a request. Raises the problem `invalid-parameter`."""
        query = request.GET
        count = query.get("count", "")
        if count and count not in COUNT_KINDS:
            accepted = ", ".join(COUNT_KINDS)
            raise invalid_parameter("count", _("“count” must be one of: %(accepted)s.") % {"accepted": accepted})
        preferred = "" if count else preferred_count(request.META.get("HTTP_PREFER", ""))
        return cls(
            url=request.build_absolute_uri(),
            limit=parse_limit(query.get("limit")),
            cursor=query.get("cursor", ""),
            count=count or preferred,
            preferred=bool(preferred),
            scope=scope_of(request.path, query.lists()),
        )

    def url_at(self, cursor: str) -> str:
        """The address of this list at another place, everything else as asked."""
        parts = urlsplit(self.url)
        # Not parse_qsl: it would reorder nothing, but would also drop what it thinks is malformed.
        kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != "cursor"]
        return urlunsplit(parts._replace(query="&".join([*kept, urlencode({"cursor": cursor})])))


def parse_limit(text: str | None) -> int:
    """A page's size: 1 to 200, more is coerced (AIP-158). Raises the problem `invalid-parameter`."""
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]+", text) or not int(text[:9]):
        raise invalid_parameter("limit", _("“limit” must be a whole number from 1 to %(max)s.") % {"max": MAX_LIMIT})
    return MAX_LIMIT if len(text) > 9 else min(int(text), MAX_LIMIT)


def preferred_count(header: str) -> str:
    """The count asked for by `Prefer: count=exact` (RFC 7240), or ""; preferences that are not ours are ignored."""
    for preference in header.split(","):
        name, _equals, value = preference.partition(";")[0].strip().partition("=")
        if name.strip().lower() == "count" and value.strip(' "') in COUNT_KINDS:
            return value.strip(' "')
    return ""


def scope_of(path: str, parameters: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A short hash of which list this is: path and filters, in any order, without what only changes the view."""
    filters = sorted((name, sorted(values)) for name, values in parameters if name not in PRESENTATION and any(values))
    text = json.dumps([path.rstrip("/"), filters], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Key:
    """One column of an order; NULLs come last in both directions."""

    column: str
    descending: bool = False
    nullable: bool = True

    def order_by(self, *, forward: bool) -> OrderBy:
        column = F(self.column)
        # A column that is never NULL is ordered plainly: NULLS LAST would keep PostgreSQL from using its index.
        nulls = ({"nulls_last": True} if forward else {"nulls_first": True}) if self.nullable else {}
        return column.desc(**nulls) if self.descending == forward else column.asc(**nulls)

    def equals(self, value: Any) -> Q:
        return Q((f"{self.column}__isnull", True)) if value is None else Q((self.column, value))

    def beyond(self, value: Any, *, forward: bool, or_equal: bool = False) -> Q | None:
        """Rows further on than `value` in this column alone; None when there can be none."""
        if value is None:
            return None if forward else Q((f"{self.column}__isnull", False))
        operator = ("lt" if self.descending == forward else "gt") + ("e" if or_equal else "")
        further = Q((f"{self.column}__{operator}", value))
        return further | Q((f"{self.column}__isnull", True)) if forward and self.nullable else further


def total_order(model: type[Model], columns: Sequence[str]) -> tuple[Key, ...]:
    """Columns like "-registered_capital" as keys, the primary key appended in the direction of the last.

    The same direction lets one index be read straight through.
    """
    keys = [
        Key(name.removeprefix("-"), name.startswith("-"), _nullable(model, name.removeprefix("-"))) for name in columns
    ]
    if not any(key.column in ("pk", model._meta.pk.name) for key in keys):
        keys.append(Key("pk", bool(keys) and keys[-1].descending, nullable=False))
    return tuple(keys)


def _nullable(model: type[Model], column: str) -> bool:
    """Whether a column or path over relations can be NULL; an annotation is taken to be."""
    at: Any = model
    for name in column.split("__"):
        if name == "pk":
            return False
        try:
            field = at._meta.get_field(name)
        except (FieldDoesNotExist, AttributeError):
            return True
        if getattr(field, "null", True):
            return True
        at = field.related_model
    return False


def _after(keys: Sequence[Key], values: Sequence[Any], *, forward: bool) -> Q:
    """Rows strictly beyond a row's key values: (a > x) or (a = x and b > y) or …, NULLs placed last."""
    result, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        step = key.beyond(value, forward=forward)
        if step is not None:
            result |= equal & step
        equal &= key.equals(value)
    first = keys[0]
    if len(keys) > 1 and not first.nullable and values[0] is not None:
        # Implied by what follows, but it is the part that an index can seek to.
        bound = first.beyond(values[0], forward=forward, or_equal=True)
        result = (bound or Q()) & result
    return result


class KeysetPage:
    """One page of a queryset of model instances or of `.values()` dicts, in a total order of columns.

    `columns` are ORM paths of single-valued columns, "-" for descending. Runs one query for the rows, and on other
    than the first page one more that asks whether there is anything on the side the walk came from.
    """

    def __init__(self, queryset: QuerySet[Any], columns: Sequence[str], ask: PageRequest) -> None:
        self._keys = total_order(queryset.model, columns)
        self._sort = ",".join(("-" if key.descending else "") + key.column for key in self._keys)
        self._ask = ask
        self._names = [f"_key{number}" for number in range(len(self._keys))]
        self._queryset = queryset
        self.truncated = False
        at = Cursor(None, forward=True)
        if ask.cursor:
            at = decode(ask.cursor, sort=self._sort, scope=ask.scope, length=len(self._keys))
        keys = {name: F(key.column) for name, key in zip(self._names, self._keys, strict=True)}
        found = list(self._beyond(at).annotate(**keys)[: ask.limit + 1])
        more = len(found) > ask.limit
        found = found[: ask.limit]
        if not at.forward:
            found.reverse()
        ends = [self._values(row) for row in (found[:1] + found[-1:])]
        self.rows: list[Any] = [self._without_keys(row) for row in found]
        ahead, back = self._edges(at, ends, more)
        self.next_cursor: str | None = self._token(ahead if at.forward else back)
        self.prev_cursor: str | None = self._token(back if at.forward else ahead)

    def total(self, kind: str) -> Total:
        """How many rows the whole list has; one query."""
        if kind == "exact":
            return Total(self._queryset.order_by().count())
        counted = self._queryset.order_by()[: ESTIMATE_BOUND + 1].count()
        return Total(min(counted, ESTIMATE_BOUND), "gte" if counted > ESTIMATE_BOUND else "eq")

    def _beyond(self, at: Cursor) -> QuerySet[Any]:
        rows = self._queryset
        if at.keys is not None:
            rows = rows.filter(_after(self._keys, at.keys, forward=at.forward))
        return rows.order_by(*(key.order_by(forward=at.forward) for key in self._keys))

    def _edges(self, at: Cursor, ends: list[tuple[Any, ...]], more: bool) -> tuple[Cursor | None, Cursor | None]:
        """Where the walk goes on, and the way back; each None where there is nothing at present."""
        if not ends:  # the rest was deleted: the way back starts at the list's other end
            back = Cursor(None, forward=not at.forward)
            return None, (back if self._ask.cursor and self._queryset.exists() else None)
        ahead = Cursor(ends[-1] if at.forward else ends[0], at.forward) if more else None
        back = Cursor(ends[0] if at.forward else ends[-1], not at.forward)
        return ahead, (back if at.keys is not None and self._beyond(back).order_by().exists() else None)

    def _values(self, row: Any) -> tuple[Any, ...]:
        return tuple(row[name] if isinstance(row, Mapping) else getattr(row, name) for name in self._names)

    def _without_keys(self, row: Any) -> Any:
        for name in self._names:
            if isinstance(row, dict):
                del row[name]
            else:
                delattr(row, name)
        return row

    def _token(self, at: Cursor | None) -> str | None:
        return at.encode(sort=self._sort, scope=self._ask.scope) if at else None


class ListPage:
    """One page of a ranked list of ids, best first; `rows` are ids.

    `ranked` is the list, or a function that gives its first n ids. A cursor remembers the last ids of its page, so
    that a row that leaves the list between two pages does not shift the walk; if all of them left, the position
    decides. The ranking itself may move between pages, so this is a walk through results, not a way to copy them.
    At `MAX_DEPTH` the walk ends with `truncated` set if there is more.
    """

    ANCHORS = 5
    # Rows that may have entered the list above the place since the last page.
    SLACK = 100

    def __init__(
        self,
        ranked: Sequence[Any] | Callable[[int], Sequence[Any]],
        ask: PageRequest,
        *,
        sort: str = "relevance",
        total: Total | Callable[[], Total] | None = None,
    ) -> None:
        self._ask, self._sort, self._total = ask, sort, total
        at = Cursor(None, forward=True)
        if ask.cursor:
            at = decode(ask.cursor, sort=sort, scope=ask.scope)
        position, anchors = (int(at.keys[0]), at.keys[1:]) if at.keys else (0, ())
        needed = min(position + ask.limit + self.SLACK, MAX_DEPTH) + 1
        ids = list(ranked(needed) if callable(ranked) else ranked[:needed])
        places = {identity: place for place, identity in enumerate(ids)}
        known = [places[identity] for identity in anchors if identity in places]
        reachable = min(len(ids), MAX_DEPTH)
        if at.forward:
            start = min(known[0] + 1 if known else position, reachable)
            end = min(start + ask.limit, reachable)
        else:
            end = min(known[0] if known else position, reachable)
            start = max(end - ask.limit, 0)
        self.rows: list[Any] = ids[start:end]
        self.truncated = end == MAX_DEPTH < len(ids)
        self.next_cursor: str | None = None
        self.prev_cursor: str | None = None
        if end < reachable:
            # Nearest first; when the last row left too, the walk goes on at its old place.
            self.next_cursor = self._token(end, ids[max(end - self.ANCHORS, 0) : end][::-1], forward=True)
        if start > 0:
            self.prev_cursor = self._token(start, ids[start : start + self.ANCHORS], forward=False)
        self._known_length = len(ids) if len(ids) < needed else None

    def total(self, kind: str) -> Total:
        """As the caller counted it; otherwise what this page's own reading showed."""
        if self._total is not None:
            return self._total() if callable(self._total) else self._total
        if self._known_length is not None:
            return Total(self._known_length)
        return Total(min(MAX_DEPTH, len(self.rows)), "gte")

    def _token(self, position: int, anchors: Sequence[Any], *, forward: bool) -> str:
        return Cursor((position, *anchors), forward).encode(sort=self._sort, scope=self._ask.scope)


Page = KeysetPage | ListPage


def envelope(page: Page, ask: PageRequest, items: Sequence[Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A list's body and headers: items, the ways on and back, and the total where it was asked for."""
    ways = {
        "next": ask.url_at(page.next_cursor) if page.next_cursor else None,
        "prev": ask.url_at(page.prev_cursor) if page.prev_cursor else None,
    }
    body: dict[str, Any] = {"items": list(items), **ways, "next_cursor": page.next_cursor}
    headers: dict[str, str] = {}
    links = [f'<{url}>; rel="{rel}"' for rel, url in ways.items() if url]
    if links:
        headers["Link"] = ", ".join(links)
    if ask.count:
        total = page.total(ask.count)
        body["total"] = {"value": total.value, "relation": total.relation}
        if ask.preferred:
            headers["Preference-Applied"] = f"count={ask.count}"
    if page.truncated:
        text = _("Only the first %(count)s results can be read; narrow the search.") % {"count": MAX_DEPTH}
        body["warnings"] = [{"code": "depth_limit", "detail": text}]
    return body, headers
