"""Events: appended without a number inside the writer's transaction, numbered once they are committed."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from pinghu.ledger.context import current_change
from pinghu.ledger.models import Event, LedgerHead

SEQUENCE_LOCK = 7_305_220_114  # any constant: names the advisory lock of the sequencer


def event_for(
    record: Any, verb: str, *, changed_fields: Iterable[str] = (), before: str = "", after: str = "", change: Any = None
) -> Event:
    """An unsaved event about `record`; `before` and `after` are its audiences ("" = did not exist)."""
    return Event(
        subject_type=record._meta.model_name,
        subject_id=record.public_id,
        subject_version=record.version,
        verb=verb,
        changed_fields=sorted(changed_fields),
        audience_before=before,
        audience_after=after,
        change=change or current_change().row,
    )


def append_events(events: Sequence[Event]) -> None:
    """Write events inside the caller's transaction, unnumbered."""
    Event.objects.bulk_create(events, batch_size=1000)


def sequence_pending(limit: int = 5000) -> int:
    """Number committed events without gaps; returns how many. Readers and dispatchers call it first.

    One sequencer at a time: an advisory lock on PostgreSQL, the write lock of an IMMEDIATE transaction on SQLite.
    Must not run inside another transaction (`durable`), which would hold the lock to its end.
    """
    if not Event.objects.filter(seq__isnull=True).exists():
        return 0
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A statement of its own: the next one must see what its predecessor committed.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCE_LOCK])
        last = LedgerHead.objects.values_list("last", flat=True).get(pk=1)
        # Starts with UPDATE: Python 3.11's sqlite3 reports rowcount -1 for DML that starts with WITH.
        cursor.execute(
            "UPDATE ledger_event SET seq = %s + p.k FROM (SELECT id, row_number() OVER (ORDER BY id) AS k FROM"
            " (SELECT id FROM ledger_event WHERE seq IS NULL ORDER BY id LIMIT %s) q) p WHERE ledger_event.id = p.id",
            [last, limit],
        )
        numbered = cursor.rowcount
        LedgerHead.objects.filter(pk=1).update(last=last + numbered)
    return numbered
