"""All that differs between SQLite and PostgreSQL in search: full-text index, its upkeep, and how a match is written.

SQLite: an external-content FTS5 table over each table of tokens, kept by triggers. Django rebuilds a SQLite table by
copying it, which drops its triggers without a word: they are counted after every migration and made anew with the index.
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


@dataclass(frozen=True, slots=True)
class FullText:
    """A table of tokens and what makes it searchable: an FTS5 table with its triggers, or a GIN index."""

    table: str
    key: str
    columns: tuple[str, ...]
    fts: str
    #: A new version in the name whenever the expression changes.
    gin: str
    #: PostgreSQL's function that makes the vector; "" writes the expression out.
    function: str = ""

    @property
    def table_sql(self) -> str:
        return f"""CREATE VIRTUAL TABLE {self.fts} USING fts5(
    {", ".join(self.columns)}, content='{self.table}', content_rowid='{self.key}',
    detail=none, columnsize=0, prefix='2 3', tokenize="ascii tokenchars '_'")"""

    @property
    def triggers(self) -> dict[str, str]:
        columns, new = ", ".join(self.columns), ", ".join(f"new.{name}" for name in self.columns)
        old = ", ".join(f"old.{name}" for name in self.columns)
        add = f"INSERT INTO {self.fts}(rowid, {columns}) VALUES (new.{self.key}, {new});"
        # FTS5 must be given the very text that it indexed, or it keeps a ghost: hence triggers, which know the old row.
        remove = f"INSERT INTO {self.fts}({self.fts}, rowid, {columns}) VALUES ('delete', old.{self.key}, {old});"
        name = self.table
        return {
            f"{name}_added": f"CREATE TRIGGER {name}_added AFTER INSERT ON {name} BEGIN {add} END",
            f"{name}_removed": f"CREATE TRIGGER {name}_removed AFTER DELETE ON {name} BEGIN {remove} END",
            f"{name}_changed": (
                f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {self.key}, {columns} ON {name} "
                f"BEGIN {remove} {add} END"
            ),
        }

    def vector(self, row: str = "") -> str:
        """The tokens of a row as a PostgreSQL vector without positions; `row` is its alias with a dot."""
        text = " || ' ' || ".join(f"{row}{name}" for name in self.columns)
        if self.function:
            return f"{self.function}({text})"
        return f"array_to_tsvector(array_remove(string_to_array({text}, ' '), ''))"


ENTERPRISES = FullText("search_doc", "enterprise_id", ("tokens", "facets"), "search_fts", "search_doc_gin_1")
ROWS = FullText("find_doc", "id", ("tokens",), "find_fts", "find_doc_gin_1", "find_vector")
INDEXES = (ENTERPRISES, ROWS)

# The built-in functions say that they cost nothing, so the planner would rather make the vectors of all these narrow rows
# anew than read the index: a common word took 250 ms among 50,000 leads. Not in SQL, which would be written out.
_FUNCTION = """CREATE OR REPLACE FUNCTION {name}(tokens text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
    BEGIN RETURN array_to_tsvector(array_remove(string_to_array(tokens, ' '), '')); END $$"""
_BY_CODE_POINT = {
    "search_key_lookup": "search_key (kind, key COLLATE {collation}, enterprise_id)",
    "search_doc_by_name": "search_doc (is_public, sort_name COLLATE {collation}, enterprise_id)",
}


def ensure_index(using: str = "default") -> bool:
    """Make what the engine lacks; true if the full-text index was built anew. Idempotent, for `post_migrate`."""
    connection = connections[using]
    is_new = False
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        if ENTERPRISES.table not in tables:
            return False
        collation = "BINARY" if connection.vendor == "sqlite" else '"C"'
        for name, columns in _BY_CODE_POINT.items():
            _make_index(cursor, name, columns.format(collation=collation))
        for index in INDEXES:
            if index.table not in tables:
                continue  # a migration before the one that makes it
            if connection.vendor == "sqlite":
                is_new |= _ensure_fts(cursor, index)
            else:
                if index.function:
                    cursor.execute(_FUNCTION.format(name=index.function))
                _make_index(cursor, index.gin, f"{index.table} USING gin (({index.vector()}))")
    return is_new


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


def _ensure_fts(cursor: CursorWrapper, index: FullText) -> bool:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE name = %s OR tbl_name = %s", [index.fts, index.table])
    found = dict(cursor.fetchall())
    if all(found.get(name) == sql for name, sql in {index.fts: index.table_sql, **index.triggers}.items()):
        return False
    for name in index.triggers:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute(f"DROP TABLE IF EXISTS {index.fts}")
    cursor.execute(index.table_sql)
    for sql in index.triggers.values():
        cursor.execute(sql)
    cursor.execute(f"INSERT INTO {index.fts}({index.fts}) VALUES ('rebuild')")
    return True


def rebuild_full_text(cursor: CursorWrapper) -> None:
    """Build the full-text indexes from their tables; PostgreSQL's own need none but fresh statistics."""
    if cursor.db.vendor == "sqlite":
        for index in INDEXES:
            cursor.execute(f"INSERT INTO {index.fts}({index.fts}) VALUES ('rebuild')")


def optimise(cursor: CursorWrapper) -> None:
    """After many rows were written: merge the indexes' pieces and refresh the planner's statistics."""
    for index in INDEXES:
        if cursor.db.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {index.fts}({index.fts}) VALUES ('optimize')")
        else:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index.gin])
        cursor.execute(f"ANALYZE {index.table}")
    cursor.execute("ANALYZE search_key")


def index_problems(cursor: CursorWrapper) -> list[str]:
    """What is wrong with the engine's own part of the indexes, in words; empty if nothing is."""
    return [problem for index in INDEXES for problem in _problems_of(cursor, index)]


def _problems_of(cursor: CursorWrapper, index: FullText) -> list[str]:
    if cursor.db.vendor == "sqlite":
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [index.table])
        if cursor.fetchone()[0] != len(index.triggers):
            return [f"the triggers that keep {index.fts} are missing"]
        try:
            cursor.execute(f"INSERT INTO {index.fts}({index.fts}, rank) VALUES ('integrity-check', 1)")
        except cursor.db.Database.DatabaseError as error:
            return [f"{index.fts} disagrees with its rows: {error}"]
        return []
    cursor.execute(
        "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid AND indisready", [index.gin]
    )
    return [] if cursor.fetchone()[0] else [f"the full-text index {index.gin} is missing"]


class Dialect:
    """How the parts of a search are written for one engine. `d` is the table of tokens in every statement."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self.is_sqlite = vendor == "sqlite"
        #: Key columns compare by code point, whatever the database's language is.
        self.by_code_point = "" if self.is_sqlite else ' COLLATE "C"'
        self.number = "REAL" if self.is_sqlite else "double precision"
        #: Ends an EXISTS that is to be asked row by row: PostgreSQL would join the whole table to the few rows found.
        self.row_by_row = "" if self.is_sqlite else " OFFSET 0"

    def source(self, node: Node | None, index: FullText = ENTERPRISES) -> tuple[str, list[str], Params]:
        """FROM, conditions and parameters that select the rows `d` of the index matching a node (None = all)."""
        if node is None:
            return f"{index.table} d", [], []
        if self.is_sqlite:
            # CROSS JOIN fixes the order: the few rows that match first, then their documents.
            return (
                f"{index.fts} CROSS JOIN {index.table} d ON d.{index.key} = {index.fts}.rowid",
                [f"{index.fts} MATCH %s"],
                [render_fts5(node)],
            )
        return f"{index.table} d", [f"{index.vector('d.')} @@ %s::tsquery"], [render_tsquery(node)]

    def of_subject(self, node: Node, token: str) -> Node:
        """The node narrowed to one kind of record. FTS5 skips through its token; GIN would read all of it first, so
        PostgreSQL is left with the column alone, which every statement compares too."""
        return All((node, Term(token))) if self.is_sqlite else node

    def ids(self, node: Node) -> tuple[str, Params]:
        """A SELECT of the primary keys of enterprises that match."""
        if self.is_sqlite:
            return "SELECT rowid AS id FROM search_fts WHERE search_fts MATCH %s", [render_fts5(node)]
        return (
            f"SELECT d.enterprise_id AS id FROM search_doc d WHERE {ENTERPRISES.vector('d.')} @@ %s::tsquery",
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
