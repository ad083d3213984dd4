"""Scheduled jobs in the admin: the last run of each, for who looks after the system."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pinghu.accounts.roles import Role
from pinghu.jobs.models import ScheduledRun

pytestmark = pytest.mark.django_db

LIST = "/admin/jobs/scheduledrun/"
SLOT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def runs() -> None:
    ScheduledRun.objects.create(name="hourly", slot=SLOT, ok=False, detail="OSError: disk full")
    ScheduledRun.objects.create(name="hourly", slot=SLOT + timedelta(hours=1), ok=True, detail="7 rows")
    ScheduledRun.objects.create(name="daily", slot=SLOT, ok=True)


@pytest.mark.parametrize(("query", "shown"), [("", 2), ("?runs=all", 3), ("?runs=failed", 1)])
def test_administrator_sees_the_last_run_of_each_job_unless_asked_otherwise(client_as, runs, query, shown) -> None:
    answer = client_as(Role.ADMINISTRATOR).get(LIST + query)

    assert answer.status_code == 200
    assert answer.context["cl"].result_count == shown


def test_list_costs_the_same_for_many_runs(client_as, runs) -> None:
    client = client_as(Role.ADMINISTRATOR)
    client.get(LIST)
    counts = []
    for day in (1, 60):
        ScheduledRun.objects.bulk_create(
            ScheduledRun(name="hourly", slot=SLOT + timedelta(days=day, hours=hour)) for hour in range(day)
        )
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{LIST}?runs=all")
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_one_run_is_shown_and_cannot_be_changed(client_as, runs) -> None:
    run = ScheduledRun.objects.get(ok=False)
    client = client_as(Role.ADMINISTRATOR)

    assert "disk full" in client.get(f"{LIST}{run.pk}/change/").content.decode()
    assert client.post(f"{LIST}{run.pk}/change/", {"name": "x"}).status_code == 403


def test_officer_has_no_jobs(client_as, runs) -> None:
    assert client_as(Role.PROMOTION_OFFICER).get(LIST).status_code == 403
