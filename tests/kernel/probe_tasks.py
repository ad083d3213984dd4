"""Tasks that only the tests enqueue; worker processes import them by this path."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django_tasks import task

from pinghu.errors import DomainError
from pinghu.jobs.lease import beat
from pinghu.jobs.models import ScheduledRun

EPOCH = datetime(2099, 1, 1, tzinfo=UTC)  # no job that prunes old runs looks there


def note(path: str, line: str) -> None:
    """One line to a file that outlives a killed process."""
    with Path(path).open("a") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


@task
def three_chunks(log: str, pause: float) -> str:
    """Write three rows, one a transaction, resting inside the second: there the test kills the first worker."""
    note(log, "start")
    for number in range(3):
        with transaction.atomic():
            beat()
            slot = EPOCH + timedelta(days=number)
            if ScheduledRun.objects.filter(name="probe", slot=slot).exists():
                continue
            if number == 1:
                note(log, "in the second chunk")
                time.sleep(pause if len(Path(log).read_text().splitlines()) == 2 else 0)
            ScheduledRun.objects.create(name="probe", slot=slot)
    note(log, "end")
    return "done"


@task
def slow_without_beat(log: str, seconds: float) -> str:
    """Take longer than the lease and say nothing meanwhile."""
    note(log, "start")
    time.sleep(seconds)
    return "late"


@task
def add(a: int, b: int) -> int:
    """Succeed."""
    return a + b


@task(takes_context=True)
def attempt_number(context: object) -> int:
    """Which attempt this is, as django-tasks' context tells it."""
    return len(context.task_result.worker_ids)  # type: ignore[attr-defined]


@task
def break_down() -> None:
    """Fail in a way that another attempt might mend."""
    raise ConnectionError("the other side is away")


@task
def be_refused() -> None:
    """Fail in a way that no other attempt mends."""
    raise DomainError("no")


@task
def return_something_else() -> object:
    """Return what cannot be stored."""
    return object()
