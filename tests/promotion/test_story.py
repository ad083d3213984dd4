"""The demo's story as it stands when it was just told: everybody has a day, and nothing went past a gate."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from pinghu.accounts.models import User
from pinghu.ledger.models import Change
from promotion.models import ActionItem, InvestmentProject, Lead, Reservation
from promotion.my_day import my_day
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
