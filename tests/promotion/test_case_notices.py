"""Whom the inbox tells of a case: who has to do something next, never who did it, never what is hidden."""

from typing import Any

import pytest

from pinghu.accounts.roles import Role
from pinghu.inbox.models import Notification
from promotion.services import cases
from promotion.services.case_escalation import escalate_overdue
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import a_case, coordinator, handler
from tests.promotion.test_cases import at

pytestmark = pytest.mark.django_db


def told(person: Any) -> list[str]:
    return list(Notification.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))


def a_dispatched(case: Any) -> Any:
    lead = cases.Dispatch(unit=handler().memberships.get().department, person=handler())
    return cases.dispatch_case(case, lead, by=coordinator(), door="admin", at=NOW)


def test_what_was_raised_waits_for_the_coordinators_and_what_was_dispatched_for_its_handler() -> None:
    user = coordinator()
    case = cases.raise_case(cases.ServiceCase(title="x", text="x", enterprise_name="x"), by=None, door="public", at=NOW)
    assert told(user) == ["case_raised"]
    a_dispatched(case)
    assert told(handler()) == ["case_dispatched"]
    assert told(user) == ["case_raised"]


def test_who_is_urged_or_late_is_told_at_once() -> None:
    case = a_dispatched(a_case())
    cases.urge_case(case, by=None, door="public", at=NOW)
    escalate_overdue(by=None, door="task", at=at("2026-06-12", "10:00"))
    rows = Notification.objects.filter(person=handler(), is_urgent=True).order_by("pk")
    assert [row.kind for row in rows] == ["case_urged", "case_late"]


def test_each_step_of_the_ladder_tells_whom_it_names_and_a_case_once() -> None:
    boss = a_person("head-1", Role.PROMOTION_MANAGER, a_unit("planning"))
    case = a_dispatched(a_case())
    a_case("没人办")
    late = {"by": None, "door": "task"}
    escalate_overdue(at=at("2026-06-12", "10:00"), **late)  # after three working days: the handler
    assert (told(handler()).count("case_late"), told(boss), told(coordinator()).count("case_late")) == (1, [], 1)
    assert Notification.objects.get(person=coordinator(), kind="case_late").number != case.number  # nobody's yet
    escalate_overdue(at=at("2026-06-30", "10:00"), **late)  # two more steps at once, and the last asks for a new one
    assert told(handler()).count("case_late") == 2
    assert told(boss) == ["case_late"]
    assert told(coordinator()).count("case_late") == 3


def test_a_hidden_case_is_told_to_nobody_who_may_not_know_of_it() -> None:
    stranger = a_person("c-2", Role.SERVICE_COORDINATOR, a_unit("else"))
    case = a_case(confidentiality="confidential")
    assert told(stranger) == []
    a_dispatched(case)
    assert told(handler()) == ["case_dispatched"]
