"""What runs on a schedule: slots, one task each, the last run, and the kernel's own jobs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from pinghu.accounts.models import Department
from pinghu.jobs import schedule
from pinghu.jobs.jobs import clear_expired_sessions, number_ledger_events, prune_finished_tasks
from pinghu.jobs.models import ScheduledRun
from pinghu.jobs.schedule import jobs, run_scheduled, scheduled, tick
from pinghu.ledger.models import Event
from pinghu.ledger.saving import save_record
from tests.kernel import probe_tasks

NOON = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)  # 12:00:30 in Shanghai


@pytest.fixture
def registry() -> Iterator[None]:
    """An empty registry; the real one comes back afterwards."""
    kept = dict(schedule._jobs)
    schedule._jobs.clear()
    yield
    schedule._jobs.clear()
    schedule._jobs.update(kept)


def nothing() -> None:
    """Does nothing, well."""


@pytest.mark.parametrize(
    ("options", "now", "slot"),
    [
        ({"every": timedelta(minutes=1)}, NOON, datetime(2026, 11, 22, 4, 0, tzinfo=UTC)),
        ({"every": timedelta(hours=6)}, NOON, datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        ({"at": "03:30"}, NOON, datetime(2026, 11, 21, 19, 30, tzinfo=UTC)),
        ({"at": "23:30"}, NOON, datetime(2026, 11, 21, 15, 30, tzinfo=UTC)),
        ({"at": "12:00"}, NOON, datetime(2026, 11, 22, 4, 0, tzinfo=UTC)),
    ],
)
def test_slot_is_the_newest_due_moment(registry, options, now, slot) -> None:
    scheduled("job", **options)(nothing)

    assert jobs()[0].slot(now) == slot


@pytest.mark.parametrize("options", [{}, {"every": timedelta(days=1), "at": "03:30"}, {"every": timedelta(0)}])
def test_job_without_exactly_one_rhythm_is_refused(registry, options) -> None:
    with pytest.raises(ValueError, match="either every"):
        scheduled("job", **options)


def test_name_taken_by_another_module_is_refused(registry) -> None:
    scheduled("job", at="03:30")(nothing)

    with pytest.raises(ValueError, match="two scheduled jobs"):
        scheduled("job", at="03:30")(clear_expired_sessions)


@pytest.mark.django_db
def test_ticks_within_one_slot_enqueue_once(registry) -> None:
    scheduled("job", every=timedelta(minutes=1))(nothing)

    taken = [tick(NOON), tick(NOON + timedelta(seconds=20)), tick(NOON + timedelta(seconds=40))]

    assert taken == [1, 0, 1]
    assert DBTaskResult.objects.count() == ScheduledRun.objects.count() == 2


@pytest.mark.django_db
def test_slot_that_another_process_took_is_left_to_it(registry) -> None:
    scheduled("job", every=timedelta(minutes=1))(nothing)
    slot = jobs()[0].slot(NOON)
    ScheduledRun.objects.create(name="job", slot=slot)

    assert schedule._take("job", slot) is False
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_missed_slots_are_made_up_for_once(registry) -> None:
    scheduled("job", every=timedelta(minutes=1))(nothing)
    tick(NOON)

    assert tick(NOON + timedelta(hours=5)) == 1


@pytest.mark.django_db
def test_run_keeps_what_the_job_returned(registry) -> None:
    scheduled("job", every=timedelta(minutes=1))(lambda: "7 rows")
    run = ScheduledRun.objects.create(name="job", slot=NOON)

    run_scheduled.call(run.pk)

    run.refresh_from_db()
    assert (run.ok, run.detail) == (True, "7 rows")
    assert run.started_at <= run.finished_at


@pytest.mark.django_db
def test_run_that_breaks_says_why_and_is_left_to_the_retry(registry) -> None:
    def broken() -> None:
        raise OSError("disk full")

    scheduled("job", every=timedelta(minutes=1))(broken)
    run = ScheduledRun.objects.create(name="job", slot=NOON)

    with pytest.raises(OSError, match="disk full"):
        run_scheduled.call(run.pk)

    run.refresh_from_db()
    assert (run.ok, run.detail) == (False, "OSError: disk full")


@pytest.mark.django_db
def test_latest_of_each_shows_one_run_per_job() -> None:
    for name, hours in (("a", 0), ("a", 1), ("b", 0)):
        ScheduledRun.objects.create(name=name, slot=NOON + timedelta(hours=hours))

    shown = {(run.name, run.slot) for run in ScheduledRun.objects.latest_of_each()}

    assert shown == {("a", NOON + timedelta(hours=1)), ("b", NOON)}
    assert not ScheduledRun.objects.none().latest_of_each().exists()


def test_kernel_jobs_are_registered() -> None:
    assert {"number_ledger_events", "clear_expired_sessions", "prune_finished_tasks"} <= {job.name for job in jobs()}


@pytest.mark.django_db
def test_number_ledger_events_numbers_what_is_committed() -> None:
    number_ledger_events()  # what the migrations left
    for code in ("a", "b"):
        save_record(Department(code=code, name=code), by=None, door="command")

    assert number_ledger_events() == "2"
    assert not Event.objects.filter(seq__isnull=True).exists()


@pytest.mark.django_db
def test_clear_expired_sessions_leaves_live_ones() -> None:
    for key, days in (("old", -1), ("live", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))

    clear_expired_sessions()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]


@pytest.mark.django_db
def test_prune_removes_old_tasks_and_runs_but_the_newest_of_each_job() -> None:
    now = timezone.now()
    kept = probe_tasks.add.enqueue(1, 2)
    old = probe_tasks.add.enqueue(1, 2)
    DBTaskResult.objects.filter(id=old.id).update(
        status=TaskResultStatus.SUCCESSFUL, finished_at=now - timedelta(days=31)
    )
    for days in (40, 35):
        ScheduledRun.objects.create(name="rare", slot=now - timedelta(days=days))

    assert prune_finished_tasks() == "1 tasks, 1 runs"

    assert str(DBTaskResult.objects.get().id) == kept.id
    assert ScheduledRun.objects.get().slot == now - timedelta(days=35)
