"""Forgetting what the directory keeps about people once its time is over (`directory.personal_data`)."""

import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from directory.models import ImportRow, ImportRun, LegalRepresentative
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.forgetting import forget_history
from pinghu.ledger.saving import delete_record

_OVER = (ImportRun.Status.APPLIED, ImportRun.Status.REVERTED, ImportRun.Status.PLANNED, ImportRun.Status.FAILED)


def expired_representatives(day: datetime.date) -> Any:
    """Legal representatives whose office ended on that day or before."""
    return LegalRepresentative._base_manager.filter(until__lte=day).order_by("pk")


def forget_representative(row: Any, *, by: Any, door: str, at: datetime.datetime, why: str) -> None:
    """Delete the row and all history of it."""
    with change(by=by, verb="forgotten", door=door, why=why):
        key = row.pk
        delete_record(row, by=by, door=door, why=why)
        forget_history(LegalRepresentative, [key])


def expired_import_lines(day: datetime.date) -> Any:
    """Imports that ended on that day or before and whose lines are still there."""
    lines = ImportRow._base_manager.filter(run=OuterRef("pk"))
    ended = Coalesce("reverted_at", "applied_at", "planned_at", "created_at")
    runs = ImportRun._base_manager.filter(Exists(lines), status__in=_OVER).annotate(ended_at=ended)
    return runs.filter(ended_at__date__lte=day).order_by("pk")


def forget_import_lines(run: Any, *, by: Any, door: str, at: datetime.datetime, why: str) -> None:
    """Delete the lines of the file; the run with its counts stays."""
    with change(by=by, verb="forgotten", door=door, why=why):
        ImportRow._base_manager.filter(run=run).delete()
        append_events([event_for(run, "forgotten", before=run.audience(), after=run.audience())])
