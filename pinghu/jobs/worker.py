"""The worker: django-tasks-db's own loop, with our lease, retry and tick around it."""

import os
import secrets
import socket
import time
from types import FrameType
from typing import Any

import structlog
from django.conf import settings
from django.db import close_old_connections
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, TaskContext
from django_tasks.signals import task_finished, task_started
from django_tasks.utils import normalize_json
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from pinghu.jobs.lease import LeaseLost, fail, holding, reap, succeed
from pinghu.jobs.schedule import tick

logger = structlog.get_logger(__name__)

#: So many tasks in a row, then a look at leases and schedules: a full queue must not starve them.
TASKS_PER_ROUND = 10


class LeasedWorker(Worker):
    """Runs tasks of every queue, reaps dead workers' leases and enqueues what the schedule says is due.

    A signal ends it after the task at hand; a second one gives that task back to the queue. It dies when SQLite's
    write lock cannot be had in time (django-tasks-db claims outside its `try`), so it runs under a supervisor.
    """

    def __init__(self, *, interval: float = 1.0) -> None:
        super().__init__(
            queue_names=["*"],
            interval=interval,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=TASKS_PER_ROUND,
            worker_id=f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(6)}",
            excluded_queue_names=[],
        )
        self.housekeeping_interval = min(5.0, settings.TASK_LEASE_SECONDS / 3)

    def run(self) -> None:
        """Work until a signal."""
        logger.info("worker_started", worker=self.worker_id)
        next_housekeeping = 0.0
        while self.running:
            close_old_connections()
            if time.monotonic() >= next_housekeeping:
                reap()
                tick()
                next_housekeeping = time.monotonic() + self.housekeeping_interval
            if DBTaskResult.objects.ready().exists():  # an idle worker must not ask for SQLite's write lock
                self._run_tasks = 0
                super().run()
            elif self.running:
                close_old_connections()
                time.sleep(self.interval)

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """First signal: end after the task at hand, or within `interval`. Never between claiming a task and running it,
        where django-tasks-db's own handler exits and leaves the task to wait for a whole lease."""
        if self.running:
            self.running = False
        else:
            super().shutdown(signum, frame)

    def run_task(self, db_task_result: DBTaskResult) -> None:
        """Run one claimed task. Nothing is written once the lease is lost: another worker's result stands."""
        row = db_task_result
        self.running_task = True
        try:
            try:
                value = self._call(row)
            except LeaseLost:
                raise
            except BaseException as error:
                logger.warning("task_failed", task=row.task_path, attempt=len(row.worker_ids), exc_info=True)
                fail(row, error)
            else:
                succeed(row, value)
            if row.finished_at is not None:
                task_finished.send(sender=type(row.task.get_backend()), task_result=row.task_result)
        except LeaseLost:
            logger.warning("task_lease_lost", task=row.task_path, attempt=len(row.worker_ids))
        finally:
            self.running_task = False
            self._run_tasks += 1

    def _call(self, row: DBTaskResult) -> Any:
        task: Any = row.task
        result: Any = row.task_result
        task_started.send(sender=type(task.get_backend()), task_result=result)
        with holding(row):
            if task.takes_context:
                value = task.call(TaskContext(task_result=result), *result.args, **result.kwargs)
            else:
                value = task.call(*result.args, **result.kwargs)
        return normalize_json(value)  # here, so that a value that cannot be stored is the task's own failure
