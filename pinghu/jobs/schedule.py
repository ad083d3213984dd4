"""The one place for what runs on a schedule.

An app declares its jobs in its `jobs.py`:

    @scheduled("ledger_sequence", every=timedelta(minutes=1))
    def number_events() -> str | None: ...

Any number of workers tick; the unique row (name, slot), written in one transaction with the task, makes each slot run
once. A slot missed while no worker ran is not made up for, save the newest of each job.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from pinghu.jobs.models import ScheduledRun

ZONE_TIME = ZoneInfo("Asia/Shanghai")

JobFunction = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Job:
    """One scheduled job: `every` so often, or daily `at` a time of day in Asia/Shanghai."""

    name: str
    function: JobFunction
    every: timedelta | None = None
    at: time | None = None

    def slot(self, now: datetime) -> datetime:
        """The newest moment at or before `now` at which this job is due (UTC)."""
        if self.every is not None:
            seconds = int(self.every.total_seconds())
            return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
        assert self.at is not None
        local = now.astimezone(ZONE_TIME)
        due = datetime.combine(local.date(), self.at, tzinfo=ZONE_TIME)
        if due > local:
            due -= timedelta(days=1)
        return due.astimezone(UTC)


_jobs: dict[str, Job] = {}


def scheduled(name: str, *, every: timedelta | None = None, at: str = "") -> Callable[[JobFunction], JobFunction]:
    """Register a function without arguments; what it returns becomes the run's detail. It must be idempotent.

    Give either `every` (at least a second) or `at` ("03:30", Asia/Shanghai). Raises ValueError for both, neither,
    or a name taken by another function.
    """
    if (every is None) == (not at) or (every is not None and every < timedelta(seconds=1)):
        raise ValueError(f"{name}: give either every (at least a second) or at")

    def register(function: JobFunction) -> JobFunction:
        known = _jobs.get(name)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"two scheduled jobs are called {name}")
        _jobs[name] = Job(name, function, every, time.fromisoformat(at) if at else None)
        return function

    return register


def jobs() -> list[Job]:
    """All registered jobs, by name."""
    return [_jobs[name] for name in sorted(_jobs)]


def tick(now: datetime | None = None, only: Iterable[Job] | None = None) -> int:
    """Enqueue every job whose slot nobody has taken yet; returns how many this call took."""
    now = now or timezone.now()
    due = {(job.name, job.slot(now)) for job in (jobs() if only is None else only)}
    if not due:
        return 0
    wanted = Q(*[Q(name=name, slot=slot) for name, slot in due], _connector=Q.OR)
    due -= set(ScheduledRun.objects.filter(wanted).values_list("name", "slot"))
    return sum(_take(name, slot) for name, slot in sorted(due))


def _take(name: str, slot: datetime) -> bool:
    try:
        with transaction.atomic():
            run = ScheduledRun.objects.create(name=name, slot=slot)
            run_scheduled.enqueue(run.pk)
    except IntegrityError:
        return False  # another process took the slot between our look and our insert
    return True


@task
def run_scheduled(run_id: int) -> str:
    """Run one slot and record how it went. An error is recorded, then left to the worker's retry."""
    run = ScheduledRun.objects.get(pk=run_id)
    job = _jobs[run.name]
    run.started_at, run.finished_at, run.ok = timezone.now(), None, None
    run.save(update_fields=["started_at", "finished_at", "ok"])
    try:
        detail = str(job.function() or "")
    except Exception as error:
        _finish(run, ok=False, detail=f"{type(error).__name__}: {error}")
        raise
    _finish(run, ok=True, detail=detail)
    return detail


def _finish(run: ScheduledRun, *, ok: bool, detail: str) -> None:
    run.finished_at, run.ok, run.detail = timezone.now(), ok, detail[:500]
    run.save(update_fields=["finished_at", "ok", "detail"])
