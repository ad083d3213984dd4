"""Records that are no enterprises, found by the same rules as enterprises and in the same order.

The caller's rows say what may be seen; they are part of the statement, before anything is ordered or cut off. So a
hidden record stands in no hit, and neither pushes a visible one out nor makes a list look longer than it is.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from directory.search.terms import Text, read, tier
from directory.search.tokens import known_token, subject_token
from directory.search_engines import ROWS, Any_, Node, Params, Term, all_of, dialect

_LONGEST_TEXT = 200


def find_records(subject: str, visible: QuerySet[Any], text: str, *, limit: int) -> tuple[list[int], bool]:
    """Primary keys of the visible records found, the best first, and whether there are more. One query.

    Nothing for a text of one ideograph or one letter: it would be part of too much to say anything.
    """
    asked = _read(text)
    if asked is None or limit < 1:
        return [], False
    step, values = tier(asked, {}, dialect())
    return _ids(subject, visible, asked.node, f"{step}, d.rank", values, limit)


def find_known(subject: str, masked: QuerySet[Any], text: str, *, limit: int) -> tuple[list[int], bool]:
    """Primary keys of the records found by what is shown of them to those who see no more; the newest first.

    `masked` are the rows that the person knows so. No other name of theirs leads to them. One query.
    """
    asked = _read(text)
    if asked is None or limit < 1:
        return [], False
    parts: list[Node] = []
    for part in asked.terms.parts:
        parts += [Term(known_token(pair)) for pair in part.bigrams]
        parts += [Term(known_token(run), prefix=True) for run in part.latin]
    node = all_of(parts)
    if asked.terms.joined:
        joined = Term(known_token(asked.terms.joined), prefix=True)
        node = Any_((node, joined)) if node else joined
    return _ids(subject, masked, node, "d.rank", [], limit)


def among(subject: str, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows narrowed to those that the text finds, in their own order; none where it says too little."""
    asked = _read(text)
    if asked is None:
        return rows.none()
    engine = dialect()
    narrowed = engine.of_subject(asked.node, subject_token(subject))  # type: ignore[arg-type]
    source, conditions, values = engine.source(narrowed, ROWS)
    found = f"SELECT d.record FROM {source} WHERE {' AND '.join(conditions)} AND d.subject = %s"
    return rows.filter(pk__in=RawSQL(found, [*values, subject]))


def _ids(
    subject: str, rows: QuerySet[Any], node: Node | None, order: str, order_values: Params, limit: int
) -> tuple[list[int], bool]:
    if node is None:
        return [], False
    try:
        sql, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return [], False
    engine = dialect()
    source, conditions, values = engine.source(engine.of_subject(node, subject_token(subject)), ROWS)
    statement = (
        f"SELECT d.record FROM {source} WHERE {' AND '.join(conditions)} AND d.subject = %s "
        f"AND EXISTS (SELECT 1 FROM ({sql}) seen WHERE seen.pk = d.record{engine.row_by_row}) "
        f"ORDER BY {order}, d.record DESC LIMIT {limit + 1}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, subject, *params, *order_values])
        found = [int(record) for (record,) in cursor.fetchall()]
    return found[:limit], len(found) > limit


def _read(text: str) -> Text | None:
    asked = read(text.replace("\x00", " ")[:_LONGEST_TEXT])
    if asked is None or asked.node is None or len(asked.terms.compact) < 2:
        return None
    return asked
