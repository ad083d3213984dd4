"""Many rows of one model written at once, with history, consequences and events, inside the caller's change."""

from collections.abc import Sequence
from typing import Any

from pinghu.ledger.context import current_change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.saving import run_after_save

BATCH = 500


def create_many(rows: Sequence[Any], *, verb: str = "created", consequences: bool = True) -> None:
    """Insert rows of one model; they must be valid already (the database's constraints still hold).

    Raises NoChange outside a change. With `consequences=False` the caller runs `run_after_save` itself.
    """
    if not rows:
        return
    model = type(rows[0])
    change = current_change().row
    model._base_manager.bulk_create(rows, batch_size=BATCH)
    if hasattr(model, "history"):
        model.history.bulk_history_create(rows, batch_size=BATCH, custom_historical_attrs={"change": change})
    if consequences:
        run_after_save(model, rows)
    if hasattr(rows[0], "audience"):
        append_events([event_for(row, verb, after=row.audience(), change=change) for row in rows])
