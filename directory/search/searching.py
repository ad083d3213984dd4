"""`search`, `suggest`, `matching`: from a text and filters to hits, counts and facets in a fixed number of queries."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from directory.models import Enterprise
from directory.search.facets import Counted, Vocabulary, facet_values, filter_node, filter_tokens
from directory.search.matches import explain
from directory.search.results import (
    COUNT_CAP,
    FACETS,
    SORTS,
    FacetValue,
    Filters,
    Match,
    OrderKey,
    SearchHit,
    SearchResult,
    Suggestion,
)
from directory.search.terms import TIER_STEP, Text, code_ids, read, started, started_ids, tier
from directory.search.tokens import PUBLIC_TOKEN
from directory.search.walking import MANY, Walk
from directory.search_engines import Dialect, Node, Params, Term, all_of, dialect

_DEEPEST = 10_000
_LONGEST_TEXT = 1_000


def search(
    text: str = "",
    *,
    user: Any = None,
    filters: Filters | None = None,
    sort: str = "relevance",
    limit: int = 20,
    offset: int = 0,
    after: OrderKey | None = None,
    facets: bool = True,
    matches: bool = True,
    count: bool = True,
    suggestions: bool = True,
) -> SearchResult:
    """Find enterprises that `user` may see (None = published ones) by text and filters.

    A text of which nothing is left to search for (punctuation, a legal form alone) finds what no text finds: all.
    `after` is the `order` of the last hit of the page before, and takes the place of `offset`. `facets`, `matches`,
    `count` and `suggestions` switch off what the caller does not show; without facets and count the total stays 0.
    Raises ValueError for an unknown filter or sort.
    """
    if sort not in SORTS:
        raise ValueError(f"unknown sort {sort}")
    found = _Search(text, user=user, filters=filters or {})
    limit = max(0, limit)
    total, relation, counted = 0, "eq", None
    if facets:
        total, relation, counted = found.facets()
    elif count:
        total = found.count()
        total, relation = (COUNT_CAP, "gte") if total > COUNT_CAP else (total, "eq")
    rows: list[tuple[Any, int]] = []
    if limit and (total or not (count or facets)):
        rows = found.page(sort, limit + 1, min(max(0, offset), _DEEPEST), after, total)
    why: Mapping[int, Match] = {}
    if matches and found.text and rows:
        tiers = {key: value // TIER_STEP for value, key in rows} if sort == "relevance" else {}
        why = explain(found.text, [key for _, key in rows[:limit]], tiers)
    hits = [SearchHit(key, why.get(key), (value, key)) for value, key in rows[:limit]]
    suggestion = None
    if suggestions and found.text and not total and (count or facets) and not found.is_found_without_filters():
        suggestion = _did_you_mean(text, user)
    return SearchResult(hits, total, relation, counted, suggestion, has_more=len(rows) > limit)


def suggest(text: str, *, user: Any = None, limit: int = 8) -> list[Suggestion]:
    """Enterprises to offer while somebody types; nothing without text."""
    if read(text[:_LONGEST_TEXT]) is None:
        return []
    result = search(text, user=user, limit=limit, facets=False, count=False, suggestions=False)
    rows = Enterprise.objects.visible_to(user).in_bulk(result.ids)
    return [
        Suggestion(hit.id, rows[hit.id].public_id, rows[hit.id].display_name, hit.match)
        for hit in result.hits
        if hit.id in rows
    ]


def matching(queryset: Any, text: str) -> Any:
    """The queryset of enterprises narrowed to what the text finds, in its own order; unchanged without text.

    The caller's queryset says what may be seen.
    """
    found = _Search(text, user=None, filters={}, everything=True)
    if found.text is None:
        return queryset
    sql, params = found.select("d.enterprise_id")
    return queryset.filter(pk__in=RawSQL(sql, params))


def ranked(queryset: Any, text: str) -> Any:
    """`matching`, each row with `search_order`: its place in the order of relevance, smaller stands first.

    For lists that compose with their own filters and pages; without text the queryset comes back unchanged.
    """
    found = _Search(text, user=None, filters={}, everything=True)
    if found.text is None:
        return queryset
    sql, params = found.select("d.enterprise_id")
    step, values = tier(found.text, found.codes, found.dialect)
    place = (
        f"SELECT ({step}) * {TIER_STEP} + d.rank FROM search_doc d "
        f'WHERE d.enterprise_id = "{Enterprise._meta.db_table}"."id"'
    )
    order = RawSQL(place, values, output_field=BigIntegerField())
    rows = queryset.filter(pk__in=RawSQL(sql, params))
    return rows.annotate(search_order=order)


class _Search:
    """One search being carried out: its conditions, asked in several ways."""

    def __init__(self, text: str, *, user: Any, filters: Filters, everything: bool = False) -> None:
        self.dialect: Dialect = dialect()
        self.sees_all = everything or bool(getattr(user, "has_staff_role", False))
        self.text: Text | None = read(text[:_LONGEST_TEXT])
        self.vocabulary = Vocabulary()
        self.filters = filter_tokens(filters, self.vocabulary)
        self.codes: dict[int, str] = {}
        if self.text and self.text.code:
            self.codes = dict(_rows(*code_ids(self.text, self.dialect)))

    # --- the rows ---------------------------------------------------------------------------------------------------

    def select(
        self, columns: str, *, params: Params | None = None, joins: str = "", without: str | None = None,
        filtered: bool = True, extra: tuple[str, Params] = ("", []), tail: str = "",
    ) -> tuple[str, Params]:  # fmt: skip
        """A SELECT of the rows found; `without` leaves one filter out, `filtered=False` all of them."""
        nodes = [filter_node(tokens) for name, tokens in self.filters.items() if filtered and name != without]
        source, conditions, values = self._source(all_of(nodes))
        if not self.sees_all:
            conditions.append("d.is_public = TRUE")
        if extra[0]:
            conditions.append(extra[0])
            values = [*values, *extra[1]]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {columns} FROM {source}{joins}{where}{tail}", [*(params or []), *values]

    def _source(self, filters: Node | None) -> tuple[str, list[str], Params]:
        text, engine = self.text, self.dialect
        if text is None:
            return engine.source(filters)
        if text.node is None and not self.codes:
            # Single characters only: the documents that have a key beginning with the first.
            ids, values = started_ids(text, engine)
            more, more_values = started(text, engine)
            source, conditions, params = self._of_ids(ids, values, filters)
            return source, [*conditions, *more], [*params, *more_values]
        more, more_values = started(text, engine)
        if not self.codes:
            source, conditions, params = engine.source(all_of([text.node, filters]))
            return source, [*conditions, *more], [*params, *more_values]
        ids = " UNION ".join(f"SELECT {key} AS id" for key in self.codes)
        values = []
        if text.node is not None:
            found, values = engine.ids(text.node)
            ids = f"{found} UNION {ids}"
        return self._of_ids(ids, values, filters)

    def _of_ids(self, ids: str, values: Params, filters: Node | None) -> tuple[str, list[str], Params]:
        if filters is not None:
            narrowed, more = self.dialect.ids(filters)
            ids = f"SELECT id FROM ({ids}) a WHERE id IN ({narrowed})"
            values = [*values, *more]
        join = "CROSS JOIN search_doc d ON" if self.dialect.is_sqlite else "JOIN search_doc d ON"
        # The condition on ids stands in FROM: its parameters come before those of WHERE, as the caller lists them.
        return f"({ids}) found {join} d.enterprise_id = found.id", [], values

    # --- what is asked of them --------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many rows, at most one more than the cap."""
        return self.count_up_to(COUNT_CAP + 1)

    def count_up_to(self, most: int) -> int:
        node = self._node_alone()
        if node is not None and self.dialect.is_sqlite:
            # FTS5 counts without a look at the documents, so visibility is asked of it too.
            sql, params = self.dialect.ids(node)
            tail = f" LIMIT {most}"
        else:
            sql, params = self.select("1", tail=f" LIMIT {most}")
            tail = ""
        return int(_rows(f"SELECT count(*) FROM ({sql}{tail}) a", params)[0][0])

    def _node_alone(self) -> Node | None:
        """The whole search as one node, where tokens alone can say it."""
        if self.codes or (self.text is not None and (self.text.node is None or self.text.starts)):
            return None
        nodes: list[Node | None] = [self.text.node if self.text else None]
        nodes += [filter_node(tokens) for tokens in self.filters.values()]
        if all_of(nodes) is None:
            return None
        return all_of([*nodes, None if self.sees_all else Term(PUBLIC_TOKEN)])

    def is_found_without_filters(self) -> bool:
        """Whether only the filters keep the text from finding anything."""
        if not self.filters:
            return False
        sql, params = self.select("1", filtered=False, tail=" LIMIT 1")
        return bool(_rows(sql, params))

    def facets(self) -> tuple[int, str, dict[str, list[FacetValue] | None] | None]:
        """Total, its relation and the facets; None where more rows were found than are counted."""
        combinations = None if self._is_everything_too_much() else self._combinations(filtered=False)
        if combinations is not None:
            counted = Counted(combinations, self.filters)
            return counted.total, "eq", {name: facet_values(counted.counts[name], self.vocabulary) for name in FACETS}
        if not self.filters:
            return COUNT_CAP, "gte", None
        # The text alone finds too many: count the filtered rows, and for each filter those that all others leave.
        combinations = self._combinations()
        if combinations is None:
            return COUNT_CAP, "gte", None
        counted = Counted(combinations, self.filters)
        found: dict[str, list[FacetValue] | None] = {}
        for name in FACETS:
            counts: Counter[str] | None = counted.counts[name]
            if name in self.filters:
                # With one filter alone, "without it" is what was too many above.
                own = self._combinations(without=name) if len(self.filters) > 1 else None
                counts = None if own is None else Counted(own, self._others(name)).counts[name]
            found[name] = None if counts is None else facet_values(counts, self.vocabulary)
        return counted.total, "eq", found

    def _others(self, name: str) -> dict[str, frozenset[str]]:
        return {other: tokens for other, tokens in self.filters.items() if other != name}

    def _is_everything_too_much(self) -> bool:
        """Without a text: whether all that may be seen is more than is counted. An index answers without a document."""
        if self.text is not None:
            return False
        sql, params = self.select("1", filtered=False, tail=f" LIMIT 1 OFFSET {COUNT_CAP}")
        return bool(_rows(sql, params))

    def _combinations(self, **which: Any) -> Counter[str] | None:
        """How often each combination of facet tokens occurs; None if there are more rows than are counted."""
        sql, params = self.select("d.facets", tail=f" LIMIT {COUNT_CAP + 1}", **which)
        rows = _rows(sql, params)
        return None if len(rows) > COUNT_CAP else Counter(text for (text,) in rows)

    def page(self, sort: str, limit: int, offset: int, after: OrderKey | None, total: int) -> list[tuple[Any, int]]:
        """(sort value, primary key) of so many rows in order. `total` may be 0 for unknown."""
        if sort == "relevance" and after is None and (self.text or self.filters) and self._node_alone() is not None:
            total = total or self.count_up_to(MANY + 1)
            if total > MANY:
                walk = Walk(self.dialect, self.text, self.filters, sees_all=self.sees_all)
                found = walk.first(offset + limit)
                if found is not None:
                    return found[offset:]
        expression, values, direction, joins, indexed = self._order(sort)
        order = f"ORDER BY {expression if indexed else 'o'}{self._collated(sort)} {direction}, d.enterprise_id"
        extra: tuple[str, Params] = ("", [])
        if after is not None:
            beyond = ">" if direction == "ASC" else "<"
            place = f"({expression}){self._collated(sort)}"
            extra = (
                f"({place} {beyond} %s OR ({place} = %s AND d.enterprise_id > %s))",
                [*values, after[0], *values, after[0], after[1]],
            )
            offset = 0
        sql, params = self.select(
            f"{expression} AS o, d.enterprise_id", params=values, joins=joins, extra=extra,
            tail=f" {order} LIMIT {int(limit)} OFFSET {int(offset)}",
        )  # fmt: skip
        return [(value, int(key)) for value, key in _rows(sql, params)]

    def _collated(self, sort: str) -> str:
        return self.dialect.by_code_point if sort.lstrip("-") == "name" else ""

    def _order(self, sort: str) -> tuple[str, Params, str, str, bool]:
        """Expression, its parameters, direction, joins, and whether an index has it as it stands."""
        if sort == "relevance":
            if self.text is None:
                return "d.rank", [], "ASC", "", True
            step, values = tier(self.text, self.codes, self.dialect)
            return f"({step}) * {TIER_STEP} + d.rank", values, "ASC", "", False
        direction = "DESC" if sort.startswith("-") else "ASC"
        name = sort.lstrip("-")
        if name == "name":
            return "d.sort_name", [], direction, "", True
        table = Enterprise._meta.db_table
        join = f" JOIN {table} e ON e.id = d.enterprise_id"
        if name == "registered_capital":
            # Beyond every capital, on whichever side is the end.
            unknown = "-1" if direction == "DESC" else "1e18"
            return (
                f"CAST(COALESCE(e.registered_capital, {unknown}) AS {self.dialect.number})",
                [],
                direction,
                join,
                False,
            )
        unknown = "''" if direction == "DESC" else "'9999'"
        return f"COALESCE(CAST(e.{name} AS text), {unknown})", [], direction, join, False


def _rows(sql: str, params: Params) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _did_you_mean(text: str, user: Any) -> str | None:
    from directory.duplicates import closest_name  # it asks the same index

    return closest_name(text, user=user)
