"""Who looks after whom, visits whose problems are cases, coverage, headquarters, signals that become leads or cases."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.models import CorporateGroup
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.liaison import coverage, my_enterprises, not_visited, open_promises, plan_coverage
from promotion.models import (
    EngagementPromise,
    HeadquartersEngagement,
    HeadquartersPlan,
    IntentSignal,
    Lead,
    LiaisonAssignment,
    ServiceCase,
    Visit,
)
from promotion.services import liaison
from promotion.services.cases import save_case
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import coordinator, handler

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 6, 1)


def look_after(enterprise: Any, person: Any, starts_on: datetime.date = TODAY, **values: Any) -> Any:
    row = LiaisonAssignment(enterprise=enterprise, person=person, starts_on=starts_on, **values)
    return liaison.save_assignment(row, by=coordinator(), door=Door.ADMIN)


def visit(enterprise: Any, by: Any, at: datetime.datetime = NOW, problem: str = "", **values: Any) -> Any:
    values.setdefault("seen", "生产正常")
    problems = [liaison.Problem(problem)]
    written = Visit(enterprise=enterprise, **values)
    seen, found = liaison.write_visit(written, problems=problems, by=by, door=Door.ADMIN, at=at)
    return seen, found[0] if found else None


def a_group(name: str = "示例集团") -> Any:
    return made(CorporateGroup(name=name))


def test_an_assignment_takes_the_unit_where_the_person_works() -> None:
    officer = handler()
    assert look_after(an_enterprise("示例甲"), officer).unit == officer.memberships.get().department


def test_only_who_works_here_looks_after_an_enterprise() -> None:
    outsider = a_person("member", Role.ENTERPRISE_MEMBER)
    with pytest.raises(DomainError, check=lambda error: list(error.fields) == ["person"]):
        look_after(an_enterprise("示例甲"), outsider)


def test_a_visit_with_a_problem_is_a_case_in_one_step() -> None:
    officer = handler()
    seen, case = visit(an_enterprise("示例甲"), officer, problem="二号车间停电\n已三天")
    assert (case.title, case.text) == ("二号车间停电", "二号车间停电\n已三天")
    assert (case.intake, case.visit, case.mechanism.code) == (ServiceCase.Intake.VISIT, seen, "closed_loop")
    assert (seen.owner, seen.on) == (officer, TODAY)


def test_a_draft_that_arrives_twice_is_one_visit_and_one_case() -> None:
    officer, enterprise = handler(), an_enterprise("示例甲")
    for _turn in range(2):
        row = Visit(enterprise=enterprise, seen="x")
        liaison.write_visit(
            row, problems=[liaison.Problem("停电")], by=officer, door=Door.ADMIN, at=NOW, client_key="k"
        )
    assert (Visit.objects.count(), ServiceCase.objects.count()) == (1, 1)


@pytest.mark.parametrize(("values", "field"), [({"seen": " "}, "seen"), ({"on": datetime.date(2026, 6, 2)}, "on")])
def test_a_visit_that_says_nothing_or_lies_ahead_is_refused(values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError, check=lambda error: list(error.fields) == [field]):
        visit(an_enterprise("示例甲"), handler(), **values)


def test_a_quiet_visit_needs_no_words() -> None:
    seen, case = visit(an_enterprise("示例甲"), handler(), seen="", is_quiet=True)
    assert seen.seen
    assert case is None


def test_a_colleague_does_not_rewrite_a_visit() -> None:
    seen, _case = visit(an_enterprise("示例甲"), handler())
    seen.seen = "改写"
    with pytest.raises(DomainError, check=lambda error: error.code == "not_yours"):
        liaison.save_visit(seen, fields=["seen"], by=handler("other"), door=Door.ADMIN)


def test_coverage_counts_who_was_visited_in_the_period() -> None:
    officer, other = handler(), handler("other")
    first, second, third = (an_enterprise(f"示例{mark}") for mark in "甲乙丙")
    for enterprise in (first, second):
        look_after(enterprise, officer)
    look_after(third, other)
    look_after(third, officer, ends_on=TODAY)
    visit(first, officer)
    later = TODAY + datetime.timedelta(days=20)
    user = coordinator()
    assert [(each.person, each.enterprises, each.visited) for each in coverage(user, TODAY, later)] == [
        (other, 1, 0),
        (officer, 2, 1),
    ]
    assert set(not_visited(user, TODAY, later)) == {second, third}
    assert set(not_visited(user, TODAY, later, person=officer)) == {second}
    mine = list(my_enterprises(officer, later))
    assert [(row, row.last_visit) for row in mine] == [(second, None), (first, TODAY)]


def test_a_hidden_visit_is_not_counted_as_one() -> None:
    enterprise = an_enterprise("示例甲")
    look_after(enterprise, handler())
    visit(enterprise, handler(), confidentiality="confidential")
    stranger = a_person("subdistrict-9", Role.SUBDISTRICT_LIAISON, a_unit("street"))
    assert set(not_visited(stranger, TODAY, TODAY)) == {enterprise}


def test_ending_gives_a_last_day_and_is_done_once() -> None:
    row = look_after(an_enterprise("示例甲"), handler())
    assert liaison.end_assignments([row], on=TODAY, by=coordinator(), door=Door.ADMIN) == 1
    assert liaison.end_assignments([row], on=TODAY, by=coordinator(), door=Door.ADMIN) == 0


def test_many_are_given_to_one_person_at_once() -> None:
    officer = handler()
    rows = [an_enterprise(f"示例{mark}") for mark in "甲乙"]
    look_after(rows[0], officer)
    options = {"person": officer, "part": LiaisonAssignment.Part.OFFICER, "on": TODAY}
    assert liaison.assign_many(rows, **options, by=coordinator(), door=Door.ADMIN) == 1


def test_a_plan_is_met_by_the_years_engagements() -> None:
    group = a_group()
    made(HeadquartersPlan(group=group, year=2026, engagements=2))
    rows = []
    for day in (TODAY, datetime.date(2025, 5, 5)):
        row = HeadquartersEngagement(group=group, manner="visit", on=day, topics="增资")
        rows.append(liaison.save_engagement(row, by=handler(), door=Door.ADMIN, at=NOW))
    made(EngagementPromise(engagement=rows[0], side="ours", text="送材料", person=handler(), due_on=TODAY))
    planned = plan_coverage(coordinator(), 2026)[0]
    assert (planned.done, planned.is_met, planned.open_promises) == (1, False, 1)


def test_what_we_promise_needs_a_person_and_a_day() -> None:
    row = HeadquartersEngagement(group=a_group(), manner="visit", on=TODAY, topics="增资")
    engagement = liaison.save_engagement(row, by=handler(), door=Door.ADMIN, at=NOW)
    with pytest.raises(DomainError, check=lambda error: set(error.fields) == {"person", "due_on"}):
        made(EngagementPromise(engagement=engagement, side="ours", text="送材料"))
    made(EngagementPromise(engagement=engagement, side="theirs", text="寄样品"))


def test_a_promise_is_in_the_day_until_it_is_kept() -> None:
    row = HeadquartersEngagement(group=a_group(), manner="visit", on=TODAY, topics="增资")
    engagement = liaison.save_engagement(row, by=handler(), door=Door.ADMIN, at=NOW)
    promise = made(EngagementPromise(engagement=engagement, side="ours", text="送材料", person=handler(), due_on=TODAY))
    assert list(open_promises(handler())) == [promise]
    liaison.keep_promise(promise, outcome="已送", by=handler(), door=Door.ADMIN, at=NOW)
    assert not open_promises(handler()).exists()


def a_signal(**values: Any) -> Any:
    values.setdefault("group", a_group())
    row = IntentSignal(kind="expansion", on=TODAY, source="会谈", note="拟扩产", **values)
    return liaison.save_signal(row, by=handler(), door=Door.ADMIN, at=NOW)


def test_a_signal_becomes_one_lead_as_confidential_as_it_is() -> None:
    signal = a_signal(confidentiality="confidential", code_name="白鹭")
    lead = liaison.signal_to_lead(signal, by=handler(), door=Door.ADMIN, at=NOW)
    assert liaison.signal_to_lead(signal, by=handler(), door=Door.ADMIN, at=NOW).pk == lead.pk
    assert (lead.confidentiality, lead.code_name, lead.group) == ("confidential", "白鹭", signal.group)
    assert Lead.objects.count() == 1


def test_a_signal_becomes_one_case_of_headquarters_liaison() -> None:
    signal = a_signal()
    case = liaison.signal_to_case(signal, by=handler(), door=Door.ADMIN, at=NOW)
    assert liaison.signal_to_case(signal, by=handler(), door=Door.ADMIN, at=NOW).pk == case.pk
    assert case.mechanism.code == "headquarters_liaison"


def test_a_hidden_signal_does_not_exist_for_a_stranger() -> None:
    signal = a_signal(confidentiality="confidential")
    with pytest.raises(DomainError, check=lambda error: error.code == "gone"):
        liaison.signal_to_lead(signal, by=handler("stranger", "else"), door=Door.ADMIN, at=NOW)


def test_a_visit_shows_no_case_that_its_reader_may_not_see(client_as: Any) -> None:
    seen, case = visit(an_enterprise("示例甲"), handler(), problem="二号车间停电")
    address = reverse("admin:promotion_visit_change", args=[seen.pk])
    client = client_as(handler("colleague", "else"))
    assert case.number in client.get(address).content.decode()
    case.confidentiality = "confidential"
    save_case(case, fields=["confidentiality"], by=coordinator(), door=Door.ADMIN, at=NOW)
    assert case.number not in client.get(address).content.decode()


def test_a_signal_of_a_group_is_no_duplicate_of_the_groups_own_enterprise(client_as: Any) -> None:
    group = a_group("远东精密集团")
    an_enterprise("远东精密", group=group)
    assert liaison.signal_to_lead(a_signal(group=group), by=handler(), door=Door.ADMIN, at=NOW).group == group
    other = a_group("东海轴承集团")
    an_enterprise("东海轴承")  # nobody has said that it belongs to the group
    signal = a_signal(group=other)
    address = reverse("admin:promotion_intentsignal_make_lead", args=[signal.pk])
    client = client_as(handler())
    asked = client.post(address, {})
    assert "东海轴承" in str(asked.context["form"].errors["confirmed"])
    assert client.post(address, {"confirmed": "on"}).status_code == 302
    assert Lead.objects.filter(group=other).count() == 1


# --- the page --------------------------------------------------------------------------------------------------------


def test_page_lists_the_longest_not_visited_first_and_ones_own_at_once(client_as: Any) -> None:
    officer, today = handler(), timezone.localdate()
    never, long_ago, lately = (an_enterprise(name) for name in ("从未", "很久", "不久"))
    for row in (never, long_ago, lately):
        look_after(row, officer)
    for row, days in ((long_ago, 300), (lately, 100)):
        visit(row, officer, on=today - datetime.timedelta(days=days), at=timezone.now())
    look_after(an_enterprise("别人的"), coordinator())

    def missing(reader: Any, **asked: str) -> list[str]:
        answer = client_as(reader).get(reverse("admin:liaison_coverage"), asked)
        return [str(enterprise) for enterprise, _held in answer.context["missing"]]

    assert missing(officer) == ["从未", "很久", "不久"]
    assert sorted(missing(officer, person="all")) == sorted(["从未", "很久", "不久", "别人的"])
    assert len(missing(coordinator())) == 4
    assert missing(coordinator(), person=officer.public_id) == ["从未", "很久", "不久"]


def test_page_counts_nothing_of_units_whose_visits_one_does_not_see(client_as: Any) -> None:
    theirs, mine = an_enterprise("别人的"), an_enterprise("我的")
    look_after(theirs, handler())
    visit(theirs, handler(), on=timezone.localdate(), at=timezone.now())
    street = a_person("subdistrict-9", Role.SUBDISTRICT_LIAISON, a_unit("street"))
    look_after(mine, street)

    context = client_as(street).get(reverse("admin:liaison_coverage"), {"person": "all"}).context

    assert [(row.person, row.visited) for row in context["people"]] == [(street, 0)]
    assert [enterprise for enterprise, _held in context["missing"]] == [mine]
    assert context["plans"] == []
