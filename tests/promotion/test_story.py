"""The demo's story as it stands when it was just told: everybody has a day, and nothing went past a gate."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from directory.models import Correction, Enterprise, ExchangeRate
from pinghu.accounts.models import User
from pinghu.ledger.models import Change
from promotion.calendar import office_calendar
from promotion.case_desk import colour_of, desk, similar_cases
from promotion.dashboard import dashboard
from promotion.models import (
    ActionItem,
    CapabilityOffer,
    CaseEvent,
    CaseExtension,
    CaseHandler,
    CaseRating,
    CaseState,
    ChainMatch,
    EngagementPromise,
    EnterpriseMember,
    HeadquartersEngagement,
    HeadquartersPlan,
    IntentSignal,
    InvestmentProject,
    Lead,
    LiaisonAssignment,
    ProcurementNeed,
    Reservation,
    ServiceCase,
    Visit,
)
from promotion.models.portal import acts_for
from promotion.my_day import my_day
from promotion.scopes import zone
from promotion.services.projects import missing_for_next
from promotion.services.story import PEOPLE, load_story
from tests.promotion.stage import rows, set_the_stage

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def before(django_db_setup: None, django_db_blocker: Any) -> Iterator[Counter[str]]:
    """The story, told once for this module, whose tests only read it; gives the rows without mark before it."""
    with django_db_blocker.unblock(), transaction.atomic():
        set_the_stage()
        unmarked = rows(is_demo=False)
        assert load_story(at=timezone.now())
        yield unmarked
        transaction.set_rollback(True)


def person(username: str) -> User:
    return User.objects.get(username=username)


def test_project_before_signing_lacks_two_things() -> None:
    project = InvestmentProject.objects.get(stage="reviewed")

    missing = missing_for_next(project, at=timezone.now())

    assert sorted(one.check for one in missing) == ["commitments_reviewed", "evidence_present"]
    assert Reservation.objects.filter(project=project, part="东区").exists()


def test_targets_in_dollars_are_computed_at_rates_that_are_marked_as_made_up() -> None:
    leader, at = person("leader"), timezone.now()

    found = dashboard(leader, zone(), year=timezone.localdate().year, at=at)

    values = {line.figure.indicator: line.figure for line in found.lines}
    assert [code for code, figure in values.items() if figure.unconverted] == []
    assert values["over_100m_usd"].value is not None
    assert not ExchangeRate.objects.filter(is_demo=False).exists()


def test_everybody_finds_a_day() -> None:
    days = {name: my_day(person(name), timezone.now()) for name in PEOPLE}

    assert [name for name, day in days.items() if day.is_empty] == []
    officer, manager = days["officer"], days["manager"]
    assert all((officer.overdue, officer.due_today, officer.promised, officer.paused))
    assert all((officer.action_items, officer.join_requests, officer.disputes, officer.silent))
    assert all((manager.disputes, manager.asked, manager.late, manager.action_items))


def test_secret_lead_is_hidden_and_its_officer_told_of_the_double() -> None:
    secret = Lead.objects.get(code_name="樱花一号")

    seen = [name for name in PEOPLE if Lead.objects.visible_to(person(name)).filter(pk=secret.pk).exists()]

    assert seen == ["officer", "manager", "leader"]
    assert ActionItem.objects.filter(lead=secret, person__in=[person("officer"), person("manager")]).count() == 2


def test_every_row_is_marked_and_the_ledger_names_nobody(before: Counter[str]) -> None:
    assert rows(is_demo=False) == before
    assert not Change.objects.filter(by__isnull=False).exists()


def test_second_start_keeps_everything() -> None:
    known = rows()

    assert not load_story(at=timezone.now())

    assert rows() == known


def test_cases_stand_in_every_state_with_every_grade() -> None:
    cases = ServiceCase.objects.all()

    assert {case.state for case in cases} == set(CaseState.values)
    assert set(CaseRating.objects.values_list("grade", flat=True)) == {1, 2, 3, 4, 5}
    assert {colour_of(case, timezone.now()) for case in cases} == {"green", "yellow", "red"}
    assert cases.filter(state="accepted", reopened=1, level=1).exists()
    assert cases.filter(is_class_issue=True, children__isnull=False).exists()
    assert cases.filter(
        handlers__external__isnull=False, handlers__replied_at__isnull=False, files__isnull=False
    ).exists()
    for asked in ({"objected_at__isnull": False, "objection_upheld": None}, {"case__supervisions__replied_at": None}):
        assert CaseHandler.objects.filter(ended_at=None, **asked).exists()
    assert CaseExtension.objects.filter(is_granted=None).exists()
    assert similar_cases(cases.get(title="二期产线用电增容"), person("service"))
    assert {section.code for section in desk(person("coordinator"), "coordinator", timezone.now())} >= {
        "objections", "extensions", "reopened", "to_accept", "to_dispatch", "overdue", "transferred_up",
    }  # fmt: skip


def test_steps_were_taken_while_offices_were_open() -> None:
    calendar = office_calendar()
    moments = set(CaseEvent.objects.values_list("at", flat=True))

    assert [at for at in moments if at > timezone.now() or calendar.next_working_moment(at) != at] == []


def test_of_a_real_enterprise_it_says_who_looks_after_it_and_no_more() -> None:
    real = Enterprise.objects.filter(is_demo=False)

    assert LiaisonAssignment.objects.filter(enterprise__in=real).exists()
    for model in (ServiceCase, Visit, IntentSignal, CapabilityOffer, ProcurementNeed, EnterpriseMember):
        assert not model.objects.filter(enterprise__in=real).exists()
    for model in (HeadquartersEngagement, HeadquartersPlan, IntentSignal, ServiceCase):
        assert not model.objects.filter(group__is_demo=False).exists()
    assert not Enterprise.objects.published().filter(is_demo=True).exists()


def test_headquarters_promised_and_one_signal_became_a_lead() -> None:
    promises = EngagementPromise.objects.all()
    today = timezone.localdate()

    assert promises.filter(done_on__isnull=False).exists()
    assert promises.filter(done_on=None, due_on__lt=today).exists()
    assert promises.filter(done_on=None, due_on__gt=today).exists()
    assert IntentSignal.objects.filter(lead__isnull=False).count() == 1
    assert IntentSignal.objects.filter(case__isnull=False).count() == 1


def test_member_finds_a_request_a_correction_and_who_could_supply() -> None:
    member = User.objects.get(username="member")
    here = acts_for(member).get()

    assert ServiceCase.objects.filter(enterprise=here, intake="portal", state="in_progress").exists()
    assert Correction.objects.filter(enterprise=here, status="pending").exists()
    statuses = set(ChainMatch.objects.filter(need__enterprise=here).values_list("status", flat=True))
    assert statuses == {"deal", "suggested"}
