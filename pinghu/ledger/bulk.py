"""Many rows of one model written at once, with history, consequences and events, inside the caller's change.

The rows must be valid already; the database's constraints still hold. Raises NoChange outside a change. With
`consequences=False` the caller runs `run_after_save` itself, with `events=False` it appends the event of the record
that the rows belong to.

History and updates go through one prepared statement each: the ORM's way of writing a wide row costs more than the
database's.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from django.db import connections, models, router
from django.utils import timezone

from pinghu.ledger.context import current_change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.models import Change
from pinghu.ledger.saving import run_after_save
from pinghu.records import Record

BATCH = 500
#: Columns whose Python value is what the driver takes.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)

Writer = tuple[str, str, Callable[[Any], Any] | None]


def create_many(rows: Sequence[Any], *, verb: str = "created", consequences: bool = True, events: bool = True) -> None:
    """Insert rows of one model."""
    if not rows:
        return
    model = type(rows[0])
    change = current_change().row
    model._base_manager.bulk_create(rows, batch_size=BATCH)
    _write_history(rows, "+", change)
    if consequences:
        run_after_save(model, rows)
    if events and hasattr(rows[0], "audience"):
        append_events([event_for(row, verb, after=row.audience(), change=change) for row in rows])


def update_many(rows: Sequence[Any], fields: Collection[str]) -> None:
    """Write the named fields of stored rows of one model, which the caller locked; each gets its next version.

    Consequences and events are the caller's: it alone knows what each row was before.
    """
    if not rows:
        return
    model = type(rows[0])
    change = current_change().row
    names = set(fields)
    now = timezone.now()
    for field in model._meta.concrete_fields:
        if getattr(field, "auto_now", False):
            names.add(field.name)
            for row in rows:
                setattr(row, field.attname, now if isinstance(field, models.DateTimeField) else timezone.localdate())
    if issubclass(model, Record):
        names.add("version")
        for row in rows:
            row.version += 1
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    writers = _writers([field for field in model._meta.concrete_fields if field.name in names], connection)
    places = ", ".join(f"{quote(column)} = %s" for _attname, column, _prepare in writers)
    key = quote(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {places} WHERE {key} = %s",
            [[*_values(row, writers), row.pk] for row in rows],
        )
    _write_history(rows, "~", change)


def delete_many(rows: Sequence[Any]) -> None:
    """Delete rows of one model that nothing refers to; history keeps them. Cascades are not followed.

    A reference that is left makes the database refuse the whole. Consequences and events are the caller's.
    """
    if not rows:
        return
    model = type(rows[0])
    _write_history(rows, "-", current_change().row)
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), BATCH):
        found = model._base_manager.filter(pk__in=keys[start : start + BATCH])
        found._raw_delete(router.db_for_write(model))


def _write_history(rows: Sequence[Any], kind: str, change: Change) -> None:
    """One history row for each; `kind` is "+", "~" or "-"."""
    model = type(rows[0])
    if not hasattr(model, "history"):
        return
    history = model.history.model
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    tracked = {field.attname for field in history.tracked_fields}
    writers = _writers([field for field in history._meta.concrete_fields if field.attname in tracked], connection)
    own = {
        "history_date": connection.ops.adapt_datetimefield_value(timezone.now()),
        "history_type": kind,
        "change_id": change.pk,
    }
    columns = ", ".join(quote(column) for column in [*(column for _a, column, _p in writers), *own])
    places = ", ".join(["%s"] * (len(writers) + len(own)))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(history._meta.db_table)} ({columns}) VALUES ({places})",
            [[*_values(row, writers), *own.values()] for row in rows],
        )


def _writers(fields: Sequence[Any], connection: Any) -> list[Writer]:
    """(attname, column, how its value is made ready for the driver, or None) of each field."""
    return [(field.attname, str(field.column), _preparation(field, connection)) for field in fields]


def _preparation(field: Any, connection: Any) -> Callable[[Any], Any] | None:
    return None if isinstance(field, _PLAIN) else partial(field.get_db_prep_save, connection=connection)


def _values(row: Any, writers: Sequence[Writer]) -> list[Any]:
    values = row.__dict__
    return [values[attname] if prepare is None else prepare(values[attname]) for attname, _column, prepare in writers]
