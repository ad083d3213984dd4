"""The first hits of a common word, without sorting all of its hits.

Sorting reads every hit; a common word has a tenth of all enterprises. But where hits are dense, the first twenty are
met within a short walk down the index of ranks. The steps of the order are taken one after the other: what keys say
(exact names, beginnings), then names that contain the text, then the rest. A walk that does not find enough soon gives
up, and the caller sorts. Which way was taken changes nothing in the answer.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from directory.search.facets import filter_node
from directory.search.terms import AFTER, CONTAINED, NAME_KINDS, OTHER, TIER_STEP, Text, tier
from directory.search_engines import All, Dialect, Node, Params, Term, all_of

#: From so many hits on a walk is tried.
MANY = 2_000
#: How many documents one walk looks at.
_STEPS = 5_000
#: How many enterprises keys may name; more are left to sorting.
_MOST_KEYS = 2_000

Row = tuple[int, int]


class Walk:
    """One attempt at the first hits by relevance of a text, filters, or both."""

    def __init__(
        self, dialect: Dialect, text: Text | None, filters: Mapping[str, frozenset[str]], *, sees_all: bool
    ) -> None:
        self.dialect = dialect
        self.text = text
        self.filters = filters
        self.sees_all = sees_all

    def first(self, need: int) -> list[Row] | None:
        """The first (order, primary key) pairs, or None if a walk does not find them."""
        edge = self._edge()
        if self.text is None:
            rows = self._walked("d.rank", [], [], need, edge)
            return rows if len(rows) >= need else None
        if self._cjk() is None:
            return None
        head = self._by_keys()
        if head is None:
            return None
        if len(head) < need:
            step, values = tier(self.text, {}, self.dialect)
            contained = self.dialect.contains("(d.names || d.former)")
            known = self._not_among(head)
            rows = self._walked(
                f"{CONTAINED * TIER_STEP} + d.rank", [contained, *known], [self.text.pieces[0]], need, edge
            )
            if len(head) + len(rows) < need:
                head = self._by_name(step, values)
                if len(head) < need:
                    tail = self._others(need - len(head), edge)
                    if tail is None:
                        return None
                    head += tail
            else:
                head += rows
        return sorted(head)[:need]

    def _cjk(self) -> tuple[str, ...] | None:
        """The pairs of characters of a text of one CJK piece; others are left to sorting."""
        parts = self.text.terms.parts if self.text else ()
        if len(parts) != 1 or parts[0].latin or parts[0].single or not parts[0].bigrams:
            return None
        return parts[0].bigrams

    # --- steps ------------------------------------------------------------------------------------------------------

    def _by_keys(self) -> list[Row] | None:
        """Those whose names begin with the text, in order; None if they are too many."""
        assert self.text is not None
        key = f"k.key{self.dialect.by_code_point}"
        kinds = ", ".join(str(int(kind)) for kind in NAME_KINDS)
        ranges = " OR ".join([f"({key} >= %s AND {key} < %s)"] * len(self.text.wholes))
        bounds = [bound for form in self.text.wholes for bound in (form, form + AFTER)]
        ids = f"SELECT DISTINCT k.enterprise_id AS id FROM search_key k WHERE k.kind IN ({kinds}) AND ({ranges})"
        step, values = tier(self.text, {}, self.dialect)
        join = "CROSS JOIN search_doc d ON" if self.dialect.is_sqlite else "JOIN search_doc d ON"
        where, more = self._where()
        rows = _rows(
            f"SELECT ({step}) * {TIER_STEP} + d.rank AS o, d.enterprise_id FROM ({ids} LIMIT {_MOST_KEYS + 1}) found "
            f"{join} d.enterprise_id = found.id{where}",
            [*values, *bounds, *more],
        )
        if len(rows) > _MOST_KEYS:
            return None
        # A former name that only begins so counts as a part of it: the walk meets it there.
        return sorted(row for row in rows if row[0] < CONTAINED * TIER_STEP)

    def _by_name(self, step: str, values: Params) -> list[Row]:
        """All that have the text in a name, sorted: few, or the walk would have met enough."""
        bigrams = self._cjk() or ()
        names: Node = All(tuple(Term(text) for text in bigrams))
        node = all_of([names, *(filter_node(tokens) for tokens in self.filters.values())])
        source, conditions, params = self.dialect.source(node)
        if not self.sees_all:
            conditions.append("d.is_public = TRUE")
        rows = _rows(
            f"SELECT ({step}) * {TIER_STEP} + d.rank AS o, d.enterprise_id FROM {source} "
            f"WHERE {' AND '.join(conditions)}",
            [*values, *params],
        )
        return sorted(row for row in rows if row[0] < OTHER * TIER_STEP)

    def _others(self, need: int, edge: Row | None) -> list[Row] | None:
        """Those that have the text in their products, or its pairs of characters apart."""
        assert self.text is not None
        bigrams = self._cjk() or ()
        inside = self.dialect.contains("(' ' || d.tokens || ' ')")
        side = " AND ".join([inside] * len(bigrams))
        outside = f"NOT {self.dialect.contains('(d.names || d.former)')}"
        params = [self.text.pieces[0], *(f" {text} " for text in bigrams), *(f" _{text} " for text in bigrams)]
        rows = self._walked(f"{OTHER * TIER_STEP} + d.rank", [outside, f"(({side}) OR ({side}))"], params, need, edge)
        return rows if len(rows) >= need else None

    # --- the walk ---------------------------------------------------------------------------------------------------

    def _edge(self) -> Row | None:
        """(rank, key) of the last document that a walk looks at; None if there are fewer."""
        visible = "" if self.sees_all else "WHERE is_public = TRUE "
        order = f"ORDER BY rank, enterprise_id LIMIT 1 OFFSET {_STEPS}"
        rows = _rows(f"SELECT rank, enterprise_id FROM search_doc {visible}{order}", [])
        return (rows[0][0], rows[0][1]) if rows else None

    def _walked(self, order: str, conditions: list[str], params: Params, need: int, edge: Row | None) -> list[Row]:
        where, more = self._where([*conditions, "(d.rank, d.enterprise_id) <= (%s, %s)"] if edge else conditions)
        return _rows(
            f"SELECT {order} AS o, d.enterprise_id FROM search_doc d{where} "
            f"ORDER BY d.rank, d.enterprise_id LIMIT {int(need)}",
            [*params, *(edge or ()), *more],
        )

    def _where(self, conditions: list[str] | None = None) -> tuple[str, Params]:
        """WHERE with these conditions, then visibility and filters; the parameters of the last."""
        clauses = list(conditions or [])
        params: Params = []
        if not self.sees_all:
            clauses.append("d.is_public = TRUE")
        inside = self.dialect.contains("(' ' || d.facets || ' ')")
        for tokens in self.filters.values():
            clauses.append("(" + " OR ".join([inside] * len(tokens)) + ")")
            params += [f" {token} " for token in sorted(tokens)]
        return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), params

    @staticmethod
    def _not_among(rows: list[Row]) -> list[str]:
        if not rows:
            return []
        return [f"d.enterprise_id NOT IN ({', '.join(str(int(key)) for _, key in rows)})"]


def _rows(sql: str, params: Params) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
