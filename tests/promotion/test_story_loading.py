"""The demo's story: alive on any day, loaded once, and gone with one command."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from directory.models import Carrier, Enterprise
from directory.services.zone import load_zone
from pinghu.accounts.models import Department, User
from promotion.case_desk import colour_of
from promotion.models import (
    CapitalRecord,
    CaseEvent,
    CaseState,
    InvestmentProject,
    Lead,
    ProcurementNeed,
    Reservation,
    ServiceCase,
    StageChange,
)
from promotion.rules import stages
from promotion.rules.working_time import SHANGHAI, local_day
from promotion.services.cases import raise_case
from promotion.services.collaboration import save_ware
from promotion.services.portal import invite
from promotion.services.story import load_story
from tests.promotion.factories import a_lead, a_person, a_unit
from tests.promotion.stage import rows, set_the_stage

pytestmark = pytest.mark.django_db


def files() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.mark.parametrize("moment", ["2026-01-01T00:20", "2028-02-29T23:50"])
def test_story_is_told_on_any_day(moment: str, db: None) -> None:
    set_the_stage()
    at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)

    assert load_story(at=at)

    projects = InvestmentProject.objects.all()
    assert {project.stage for project in projects} == set(stages.STAGES)
    assert {project.track for project in projects} == set(stages.TRACKS)
    assert {"paused", "lost"} <= {project.side_state for project in projects}
    monday = datetime.combine(local_day(at) - timedelta(days=at.weekday()), time(), SHANGHAI)
    assert {"created", "skip"} <= set(StageChange.objects.filter(at__gte=monday).values_list("kind", flat=True))
    # Nothing lies in the future that has happened, and what counts for the year is in it.
    assert not StageChange.objects.filter(at__gt=at).exists()
    arrived = CapitalRecord.objects.filter(kind="actual")
    assert not arrived.filter(on__gt=local_day(at)).exists()
    assert arrived.filter(on__year=at.year).count() == 3
    assert projects.filter(stage__in=("signed", "registered"), signed_on__year=at.year).count() == 3
    assert {case.state for case in ServiceCase.objects.all()} == set(CaseState.values)
    assert {colour_of(case, at) for case in ServiceCase.objects.all()} == {"green", "yellow", "red"}
    assert not CaseEvent.objects.filter(at__gt=at).exists()


def test_story_waits_for_its_cast(db: None) -> None:
    load_zone()

    assert not load_story(at=timezone.now())
    assert not Lead.objects.exists()


def test_removal_leaves_nothing_and_the_story_can_be_told_again(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    load_zone()
    empty, papers = rows(), files()
    set_the_stage()
    load_story(at=timezone.now())
    assert files() > papers
    # What is entered about a made-up enterprise afterwards is made up too.
    here, later = Enterprise.objects.filter(is_demo=True).first(), {"by": None, "door": "command", "at": timezone.now()}
    raise_case(ServiceCase(title="后来", text="后来", enterprise=here), **later)
    save_ware(ProcurementNeed(enterprise=here, product="铝合金压铸件"), **later)
    invite(here, **later)

    with django_capture_on_commit_callbacks(execute=True):
        call_command("remove_demo")

    assert rows() == empty
    assert not User.objects.exists()
    assert not Lead.history.exists()
    assert files() == papers
    set_the_stage()
    assert load_story(at=timezone.now())
    assert Reservation.objects.exists()


def test_demo_rows_that_real_work_rests_on_stay(db: None) -> None:
    set_the_stage()
    load_story(at=timezone.now())
    activity = Lead.objects.filter(activity__isnull=False, is_demo=True).first().activity
    mine = a_lead("真实线索", owner=a_person("real", unit=a_unit("real")), activity=activity)

    call_command("remove_demo")

    assert list(Lead.objects.all()) == [mine]
    assert activity.unit.pk in set(Department.objects.values_list("pk", flat=True))
    assert not InvestmentProject.objects.exists()
    assert not Carrier.objects.filter(is_demo=True).exists()
    assert not Enterprise.objects.filter(is_demo=True).exists()
