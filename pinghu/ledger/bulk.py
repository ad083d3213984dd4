"""Many rows of one model written at once, with history, consequences and events, inside the caller's change.

The rows must be valid already; the database's constraints still hold. Raises NoChange outside a change. With
`consequences=False` the caller runs `run_after_save` itself, with `events=False` it appends the event of the record
that the rows belong to.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import router
from django.utils import timezone

from pinghu.ledger.context import current_change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.saving import run_after_save
from pinghu.records import Record

BATCH = 500


def create_many(rows: Sequence[Any], *, verb: str = "created", consequences: bool = True, events: bool = True) -> None:
    """Insert rows of one model."""
    if not rows:
        return
    model = type(rows[0])
    change = current_change().row
    model._base_manager.bulk_create(rows, batch_size=BATCH)
    if hasattr(model, "history"):
        model.history.bulk_history_create(rows, batch_size=BATCH, custom_historical_attrs={"change": change})
    if consequences:
        run_after_save(model, rows)
    if events and hasattr(rows[0], "audience"):
        append_events([event_for(row, verb, after=row.audience(), change=change) for row in rows])


def update_many(rows: Sequence[Any], fields: Collection[str]) -> None:
    """Write the named fields of stored rows of one model, which the caller locked; each gets its next version.

    An upsert, several times faster than `bulk_update`. Consequences and events are the caller's: it alone knows what
    each row was before.
    """
    if not rows:
        return
    model = type(rows[0])
    change = current_change().row
    names = {*fields, *(field.name for field in model._meta.concrete_fields if getattr(field, "auto_now", False))}
    if issubclass(model, Record):
        names.add("version")
        for row in rows:
            row.version += 1
    model._base_manager.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=sorted(names)
    )
    if hasattr(model, "history"):
        model.history.bulk_history_create(
            rows, batch_size=BATCH, update=True, custom_historical_attrs={"change": change}
        )


def delete_many(rows: Sequence[Any]) -> None:
    """Delete rows of one model that nothing refers to; history keeps them. Cascades are not followed.

    A reference that is left makes the database refuse the whole. Consequences and events are the caller's.
    """
    if not rows:
        return
    model = type(rows[0])
    change = current_change().row
    if hasattr(model, "history"):
        history = model.history.model
        at = timezone.now()
        history._base_manager.bulk_create(
            [
                history(
                    history_date=at,
                    history_type="-",
                    change=change,
                    **{field.attname: getattr(row, field.attname) for field in history.tracked_fields},
                )
                for row in rows
            ],
            batch_size=BATCH,
        )
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), BATCH):
        found = model._base_manager.filter(pk__in=keys[start : start + BATCH])
        found._raw_delete(router.db_for_write(model))
