"""Leases and retries over django-tasks' table, which by itself never hands a dead worker's task to another.

A running task is leased: `started_at` is the last sign of life, `worker_ids` names who holds it and counts attempts.
Delivery is at least once and at most `TASK_ATTEMPTS` times, so every task must be idempotent, and one that takes longer
than a third of `TASK_LEASE_SECONDS` works in chunks and calls `beat()` before each.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from pinghu.errors import DomainError

logger = structlog.get_logger(__name__)

Held = tuple[Any, tuple[str, ...]]
_held: ContextVar[Held | None] = ContextVar("held_task", default=None)


class LeaseLost(RuntimeError):
    """Another worker was given this task; stop without writing anything more."""


@contextmanager
def holding(row: DBTaskResult) -> Iterator[None]:
    """Mark `row` as the task that this worker runs now, so that the task's code can call `beat()`."""
    token = _held.set((row.id, tuple(row.worker_ids)))
    try:
        yield
    finally:
        _held.reset(token)


def beat() -> None:
    """Renew the lease of the task running here; does nothing outside a worker. Raises LeaseLost.

    As the first statement of a chunk's transaction it is a fence too: when the lease is lost, the chunk rolls back.
    """
    held = _held.get()
    if held is not None:
        heartbeat(*held)


def heartbeat(task_id: Any, worker_ids: Sequence[str]) -> None:
    """Renew the lease of one task, if it still is held by exactly these workers. Raises LeaseLost."""
    if not _running(task_id, worker_ids).update(started_at=timezone.now()):
        raise LeaseLost(str(task_id))


def reap(now: datetime | None = None) -> int:
    """Take tasks from workers not heard of for a lease; returns how many.

    Each goes back to the queue, or fails after its last attempt. Rows that another reaper or a heartbeat holds at this
    moment are left to the next round.
    """
    now = now or timezone.now()
    stale = DBTaskResult.objects.filter(
        status=TaskResultStatus.RUNNING, started_at__lt=now - timedelta(seconds=settings.TASK_LEASE_SECONDS)
    )
    if not stale.exists():  # no lock when there is nothing to do
        return 0
    with transaction.atomic():
        rows = list(stale.select_for_update(skip_locked=True))
        for row in rows:
            _give_back(row, at=now, error=LeaseLost(f"no sign of life since {row.started_at:%Y-%m-%d %H:%M:%S}"))
    for row in rows:
        logger.warning("task_reaped", task=row.task_path, attempt=len(row.worker_ids), status=row.status)
    return len(rows)


def succeed(row: DBTaskResult, value: Any) -> None:
    """Record the result, if this worker still holds the task. Raises LeaseLost."""
    done = _running(row.id, row.worker_ids).update(
        status=TaskResultStatus.SUCCESSFUL,
        finished_at=timezone.now(),
        return_value=value,
        exception_class_path="",
        traceback="",
    )
    if not done:
        raise LeaseLost(str(row.id))
    row.refresh_from_db()


def fail(row: DBTaskResult, error: BaseException) -> None:
    """Record a failed attempt, if this worker still holds the task: try again later, or give up. Raises LeaseLost."""
    with transaction.atomic():
        current = _running(row.id, row.worker_ids).select_for_update().first()
        if current is None:
            raise LeaseLost(str(row.id))
        _give_back(current, at=timezone.now(), error=error)
    row.refresh_from_db()


def retry_delay(attempt: int) -> timedelta:
    """How long to wait after this attempt failed: the base, then four times as long each."""
    return timedelta(seconds=settings.TASK_BACKOFF_SECONDS * 4 ** (attempt - 1))


def _running(task_id: Any, worker_ids: Sequence[str]) -> Any:
    return DBTaskResult.objects.filter(id=task_id, status=TaskResultStatus.RUNNING, worker_ids=list(worker_ids))


def _give_back(row: DBTaskResult, *, at: datetime, error: BaseException) -> None:
    attempt = len(row.worker_ids)
    # A rule that refused will refuse again: no second attempt.
    final = attempt >= settings.TASK_ATTEMPTS or isinstance(error, DomainError)
    row.exception_class_path = f"{type(error).__module__}.{type(error).__qualname__}"
    row.traceback = "".join(format_exception(error))
    if final:
        row.status, row.finished_at = TaskResultStatus.FAILED, at
    else:
        row.status = TaskResultStatus.READY
        # A dead worker's task may start at once: it did nothing wrong and has waited for a whole lease.
        row.run_after = at if isinstance(error, LeaseLost) else at + retry_delay(attempt)
    row.save(update_fields=["status", "run_after", "finished_at", "exception_class_path", "traceback"])
