"""Leases and retries, without processes: the worker's own code runs here, in this thread."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from pinghu.jobs.lease import LeaseLost, beat, fail, heartbeat, holding, reap, retry_delay, succeed
from pinghu.jobs.worker import LeasedWorker
from tests.kernel import probe_tasks

pytestmark = pytest.mark.django_db


def claimed(result: object, worker: str = "first") -> DBTaskResult:
    row = DBTaskResult.objects.get(id=result.id)  # type: ignore[attr-defined]
    row.claim(worker)
    return row


def run_once(worker: LeasedWorker, row: DBTaskResult) -> DBTaskResult:
    row.claim(worker.worker_id)
    worker.run_task(row)
    return DBTaskResult.objects.get(id=row.id)


def overdue(row: DBTaskResult) -> None:
    DBTaskResult.objects.filter(id=row.id).update(started_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def worker() -> LeasedWorker:
    return LeasedWorker()


def test_rolled_back_transaction_leaves_no_task() -> None:
    with transaction.atomic():
        probe_tasks.add.enqueue(1, 2)
        transaction.set_rollback(True)

    assert not DBTaskResult.objects.exists()


def test_task_that_succeeds_keeps_its_value(worker: LeasedWorker) -> None:
    row = DBTaskResult.objects.get(id=probe_tasks.add.enqueue(1, 2).id)

    done = run_once(worker, row)

    assert (done.status, done.return_value) == (TaskResultStatus.SUCCESSFUL, 3)
    assert done.finished_at is not None


def test_task_with_context_sees_its_attempt(worker: LeasedWorker) -> None:
    row = claimed(probe_tasks.attempt_number.enqueue())
    overdue(row)
    reap()

    assert run_once(worker, DBTaskResult.objects.get(id=row.id)).return_value == 2


def test_task_that_breaks_waits_longer_each_time_then_fails(worker: LeasedWorker, settings) -> None:
    settings.TASK_BACKOFF_SECONDS = 10
    row = DBTaskResult.objects.get(id=probe_tasks.break_down.enqueue().id)
    waits = []

    for _attempt in range(2):
        row = run_once(worker, row)
        assert row.status == TaskResultStatus.READY
        assert not DBTaskResult.objects.ready().exists()
        waits.append(round((row.run_after - timezone.now()).total_seconds(), -1))
    row = run_once(worker, row)

    assert waits == [10, 40]
    assert row.status == TaskResultStatus.FAILED
    assert row.exception_class_path == "builtins.ConnectionError"
    assert "the other side is away" in row.traceback
    assert len(row.worker_ids) == 3


def test_task_that_a_rule_refuses_is_not_tried_again(worker: LeasedWorker) -> None:
    row = run_once(worker, DBTaskResult.objects.get(id=probe_tasks.be_refused.enqueue().id))

    assert row.status == TaskResultStatus.FAILED
    assert len(row.worker_ids) == 1


def test_value_that_cannot_be_stored_fails_the_task_and_not_the_worker(worker: LeasedWorker) -> None:
    row = run_once(worker, DBTaskResult.objects.get(id=probe_tasks.return_something_else.enqueue().id))

    assert row.exception_class_path == "builtins.TypeError"


def test_task_whose_code_is_gone_fails_and_not_the_worker(worker: LeasedWorker) -> None:
    row = DBTaskResult.objects.get(id=probe_tasks.add.enqueue(1, 2).id)
    DBTaskResult.objects.update(task_path="tests.kernel.probe_tasks.gone")
    row.refresh_from_db()

    assert run_once(worker, row).exception_class_path == "builtins.ImportError"


def test_live_lease_is_not_reaped() -> None:
    claimed(probe_tasks.add.enqueue(1, 2))

    assert reap() == 0


def test_dead_workers_task_goes_back_to_the_queue_at_once() -> None:
    row = claimed(probe_tasks.add.enqueue(1, 2))
    overdue(row)

    assert reap() == 1
    assert DBTaskResult.objects.ready().get().worker_ids == ["first"]


def test_dead_workers_last_attempt_fails() -> None:
    row = claimed(probe_tasks.add.enqueue(1, 2))
    DBTaskResult.objects.filter(id=row.id).update(worker_ids=["first", "second", "third"])
    overdue(row)

    reap()

    row.refresh_from_db()
    assert row.status == TaskResultStatus.FAILED
    assert row.task_result.errors[0].exception_class is LeaseLost


def test_heartbeat_renews_the_lease() -> None:
    row = claimed(probe_tasks.add.enqueue(1, 2))
    overdue(row)

    heartbeat(row.id, row.worker_ids)

    assert reap() == 0


def test_heartbeat_of_a_task_given_to_another_is_refused() -> None:
    row = claimed(probe_tasks.add.enqueue(1, 2))
    overdue(row)
    reap()
    claimed(row, "second")

    with holding(row), pytest.raises(LeaseLost):
        beat()


def test_beat_outside_a_worker_does_nothing() -> None:
    beat()


@pytest.mark.parametrize("finish", [lambda row: succeed(row, 1), lambda row: fail(row, ValueError())])
def test_result_of_a_lost_lease_is_not_written(finish) -> None:
    row = claimed(probe_tasks.add.enqueue(1, 2))
    overdue(row)
    reap()
    claimed(row, "second")

    with pytest.raises(LeaseLost):
        finish(row)

    row.refresh_from_db()
    assert (row.status, row.worker_ids) == (TaskResultStatus.RUNNING, ["first", "second"])


def test_worker_that_was_reaped_meanwhile_leaves_the_result_to_the_other(
    worker: LeasedWorker, settings, tmp_path: Path
) -> None:
    settings.TASK_LEASE_SECONDS = 0.1
    row = DBTaskResult.objects.get(id=probe_tasks.three_chunks.enqueue(str(tmp_path / "log"), 0).id)
    row.claim(worker.worker_id)
    overdue(row)
    reap()
    claimed(row, "second")

    worker.run_task(row)

    current = DBTaskResult.objects.get(id=row.id)
    assert (current.status, current.worker_ids[-1]) == (TaskResultStatus.RUNNING, "second")
    assert (tmp_path / "log").read_text() == "start\n"


def test_retry_delay_grows_fourfold(settings) -> None:
    settings.TASK_BACKOFF_SECONDS = 15

    assert [retry_delay(attempt).total_seconds() for attempt in (1, 2)] == [15, 60]
