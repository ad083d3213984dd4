"""Workers as processes: killed, slow, many at once, and ended by a signal. On the engine of the running suite."""

import os
import signal
from pathlib import Path

import pytest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from pinghu.jobs.models import ScheduledRun
from tests.kernel import probe_tasks
from tests.kernel.processes import children_of, running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = ["manage.py", "worker", "--unsupervised", "--interval", "0.1"]


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_task_of_a_killed_worker_is_finished_once_by_another(tmp_path: Path) -> None:
    said, log = tmp_path / "said", tmp_path / "log"
    task = probe_tasks.three_chunks.enqueue(str(said), 60)

    with running(WORKER, log, PINGHU_TASK_LEASE="2") as first:
        wait_until(lambda: "in the second chunk" in lines(said), seconds=30, log=log)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert DBTaskResult.objects.get(id=task.id).status == TaskResultStatus.RUNNING

    with running(WORKER, log, PINGHU_TASK_LEASE="2"):
        wait_until(
            lambda: DBTaskResult.objects.get(id=task.id).status == TaskResultStatus.SUCCESSFUL, seconds=30, log=log
        )

    row = DBTaskResult.objects.get(id=task.id)
    assert len(set(row.worker_ids)) == 2
    assert ScheduledRun.objects.filter(name="probe").count() == 3
    # The chunk that was cut off rolled back and was done again; the finished one was not.
    assert lines(said) == ["start", "in the second chunk", "start", "in the second chunk", "end"]


def test_supervised_worker_is_replaced_when_killed_and_ends_on_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(["manage.py", "worker", "--interval", "0.1"], log) as supervisor:
        wait_until(lambda: "worker_started" in log.read_text(), seconds=30, log=log)
        (child,) = children_of(supervisor.pid)
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: log.read_text().count("worker_started") == 2, seconds=30, log=log)
        (second,) = children_of(supervisor.pid)

        supervisor.send_signal(signal.SIGTERM)

        assert supervisor.wait(timeout=20) == 0
        assert second != child
        assert not Path(f"/proc/{second}").exists()


def test_worker_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(["manage.py", "worker", "--interval", "0.1"], log) as supervisor:
        wait_until(lambda: "worker_started" in log.read_text(), seconds=30, log=log)
        (child,) = children_of(supervisor.pid)

        supervisor.send_signal(signal.SIGKILL)

        wait_until(lambda: not Path(f"/proc/{child}/cmdline").exists(), seconds=20, log=log)


def test_three_processes_ticking_five_slots_enqueue_five_tasks(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = [str(Path(__file__).with_name("tick_probe.py"))]
    with running(script, log) as a, running(script, log) as b, running(script, log) as c:
        for process in (a, b, c):
            assert process.wait(timeout=60) == 0, log.read_text()

    runs = ScheduledRun.objects.filter(name="probe_tick")
    assert len({run.slot for run in runs}) == runs.count() == 5
    assert DBTaskResult.objects.filter(args_kwargs__args__0__in=[run.pk for run in runs]).count() == 5
    taken = [int(line.split()[1]) for line in lines(log) if line.startswith("took")]
    assert (len(taken), sum(taken)) == (3, 5)
