"""All that differs between SQLite and PostgreSQL in search: full-text index, its upkeep, and how a match is written.

SQLite: an external-content FTS5 table over `search_doc`, kept by triggers. Django rebuilds a SQLite table by copying
it, which drops its triggers without a word: they are counted after every migration and made anew with the index.
PostgreSQL: a GIN index over the same columns as an expression, so that nothing is stored twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

Params = list[Any]


@dataclass(frozen=True, slots=True)
class Term:
    """A token, or with `prefix` all tokens that begin with it."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part must match."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """One part must match."""

    parts: tuple["Node", ...]


Node = Term | All | Any_

_FTS = """CREATE VIRTUAL TABLE search_fts USING fts5(
    tokens, facets, content='search_doc', content_rowid='enterprise_id',
    detail=none, columnsize=0, prefix='2 3', tokenize="ascii tokenchars '_'")"""
_ADD = "INSERT INTO search_fts(rowid, tokens, facets) VALUES (new.enterprise_id, new.tokens, new.facets);"
# FTS5 must be given the very text that it indexed, or it keeps a ghost: hence triggers, which know the old row.
_REMOVE = (
    "INSERT INTO search_fts(search_fts, rowid, tokens, facets) "
    "VALUES ('delete', old.enterprise_id, old.tokens, old.facets);"
)
_TRIGGERS = {
    "search_doc_added": f"CREATE TRIGGER search_doc_added AFTER INSERT ON search_doc BEGIN {_ADD} END",
    "search_doc_removed": f"CREATE TRIGGER search_doc_removed AFTER DELETE ON search_doc BEGIN {_REMOVE} END",
    "search_doc_changed": (
        "CREATE TRIGGER search_doc_changed AFTER UPDATE OF enterprise_id, tokens, facets ON search_doc "
        f"BEGIN {_REMOVE} {_ADD} END"
    ),
}
_VECTOR = "array_to_tsvector(array_remove(string_to_array({row}tokens || ' ' || {row}facets, ' '), ''))"
_BY_CODE_POINT = {
    "search_key_lookup": "search_key (kind, key COLLATE {collation}, enterprise_id)",
    "search_doc_by_name": "search_doc (is_public, sort_name COLLATE {collation}, enterprise_id)",
}
# A new version in the name whenever the expression changes.
_GIN = "search_doc_gin_1"


def ensure_index(using: str = "default") -> bool:
    """Make what the engine lacks; true if the full-text index was built anew. Idempotent, for `post_migrate`."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if "search_doc" not in connection.introspection.table_names(cursor):
            return False
        collation = "BINARY" if connection.vendor == "sqlite" else '"C"'
        for name, columns in _BY_CODE_POINT.items():
            _make_index(cursor, name, columns.format(collation=collation))
        if connection.vendor == "sqlite":
            return _ensure_fts(cursor)
        _make_index(cursor, _GIN, f"search_doc USING gin (({_VECTOR.format(row='')}))")
    return False


def _make_index(cursor: CursorWrapper, name: str, definition: str) -> None:
    # PostgreSQL refuses even IF NOT EXISTS while deferred checks of the transaction wait, so it is asked first.
    if cursor.db.vendor == "postgresql":
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is not None:
            return
    cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {definition}")


def ensure_index_after_migrate(using: str = "default", **_: Any) -> None:
    """Receiver of post_migrate."""
    ensure_index(using)


def _ensure_fts(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE name = 'search_fts' OR tbl_name = 'search_doc'")
    found = dict(cursor.fetchall())
    if all(found.get(name) == sql for name, sql in {"search_fts": _FTS, **_TRIGGERS}.items()):
        return False
    for name in _TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute("DROP TABLE IF EXISTS search_fts")
    cursor.execute(_FTS)
    for sql in _TRIGGERS.values():
        cursor.execute(sql)
    rebuild_full_text(cursor)
    return True


def rebuild_full_text(cursor: CursorWrapper) -> None:
    """Build the full-text index from `search_doc`; PostgreSQL's own index needs none but fresh statistics."""
    if cursor.db.vendor == "sqlite":
        cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('rebuild')")


def optimise(cursor: CursorWrapper) -> None:
    """After many rows were written: merge the index's pieces and refresh the planner's statistics."""
    if cursor.db.vendor == "sqlite":
        cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('optimize')")
        cursor.execute("ANALYZE search_doc")
        cursor.execute("ANALYZE search_key")
    else:
        cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [_GIN])
        cursor.execute("ANALYZE search_doc")
        cursor.execute("ANALYZE search_key")


def index_problems(cursor: CursorWrapper) -> list[str]:
    """What is wrong with the engine's own part of the index, in words; empty if nothing is."""
    if cursor.db.vendor == "sqlite":
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'search_doc'")
        if cursor.fetchone()[0] != len(_TRIGGERS):
            return ["the triggers that keep the full-text index are missing"]
        try:
            cursor.execute("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)")
        except cursor.db.Database.DatabaseError as error:
            return [f"the full-text index disagrees with its rows: {error}"]
        return []
    cursor.execute(
        "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid AND indisready", [_GIN]
    )
    return [] if cursor.fetchone()[0] else ["the full-text index is missing"]


class Dialect:
    """How the parts of a search are written for one engine. `d` is `search_doc` in every statement."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self.is_sqlite = vendor == "sqlite"
        #: Key columns compare by code point, whatever the database's language is.
        self.by_code_point = "" if self.is_sqlite else ' COLLATE "C"'
        self.number = "REAL" if self.is_sqlite else "double precision"

    def source(self, node: Node | None) -> tuple[str, list[str], Params]:
        """FROM, conditions and parameters that select the rows of `search_doc` matching a node (None = all)."""
        if node is None:
            return "search_doc d", [], []
        if self.is_sqlite:
            # CROSS JOIN fixes the order: the few rows that match first, then their documents.
            return (
                "search_fts CROSS JOIN search_doc d ON d.enterprise_id = search_fts.rowid",
                ["search_fts MATCH %s"],
                [render_fts5(node)],
            )
        return "search_doc d", [f"{_VECTOR.format(row='d.')} @@ %s::tsquery"], [render_tsquery(node)]

    def ids(self, node: Node) -> tuple[str, Params]:
        """A SELECT of the primary keys that match."""
        if self.is_sqlite:
            return "SELECT rowid AS id FROM search_fts WHERE search_fts MATCH %s", [render_fts5(node)]
        return (
            f"SELECT d.enterprise_id AS id FROM search_doc d WHERE {_VECTOR.format(row='d.')} @@ %s::tsquery",
            [render_tsquery(node)],
        )

    def contains(self, column: str) -> str:
        """A condition: the text column contains the parameter."""
        return f"instr({column}, %s) > 0" if self.is_sqlite else f"strpos({column}, %s) > 0"


_dialects = {vendor: Dialect(vendor) for vendor in ("sqlite", "postgresql")}


def dialect(using: str = "default") -> Dialect:
    """The dialect of a database."""
    return _dialects[connections[using].vendor]


def render_fts5(node: Node) -> str:
    """The node as an FTS5 expression; every token is a quoted string."""
    if isinstance(node, Term):
        quoted = '"' + node.text.replace('"', '""') + '"'
        return f"{quoted} *" if node.prefix else quoted
    return _joined(node, render_fts5, " AND ", " OR ")


def render_tsquery(node: Node) -> str:
    """The node as a tsquery literal; every lexeme is quoted."""
    if isinstance(node, Term):
        quoted = "'" + node.text.replace("\\", "\\\\").replace("'", "''") + "'"
        return f"{quoted}:*" if node.prefix else quoted
    return _joined(node, render_tsquery, " & ", " | ")


def _joined(node: All | Any_, render: Any, conjunction: str, disjunction: str) -> str:
    parts = [render(part) for part in node.parts]
    if len(parts) == 1:
        return str(parts[0])
    return "(" + (conjunction if isinstance(node, All) else disjunction).join(parts) + ")"


def all_of(nodes: Sequence[Node | None]) -> Node | None:
    """The conjunction of what is given; None stands for "everything"."""
    present = tuple(node for node in nodes if node is not None)
    if not present:
        return None
    return present[0] if len(present) == 1 else All(present)


def any_of(texts: Sequence[str], *, prefix: bool = False) -> Node:
    """One of these tokens."""
    return Any_(tuple(Term(text, prefix) for text in texts))
