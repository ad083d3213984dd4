"""A service case from what was asked to contentment: its steps, who may take them, what is written, its clock."""

import datetime
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.models import (
    CaseEvent,
    CaseHandler,
    CaseLimit,
    CaseState,
    ChainTaskForce,
    ClockSegment,
    EscalationStep,
    ServiceCase,
    ServicePillar,
)
from promotion.services import case_escalation, cases
from promotion.services.case_clock import as_segments, reading, recompute_open, recompute_open_cases
from promotion.services.case_escalation import escalate_overdue
from promotion.services.cases import Dispatch
from tests.factories import a_chain, an_enterprise, made
from tests.kernel.races import at_once
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import (
    a_case,
    a_dispatched_case,
    calendar,
    coordinator,
    handler,
    power_company,
)

pytestmark = pytest.mark.django_db

SHANGHAI = timezone.get_fixed_timezone(480)


def at(day: str, clock: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day}T{clock}:00+08:00")


def local(moment: Any) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def act(verb: Any, case: Any, by: Any = None, when: datetime.datetime = NOW, **values: Any) -> Any:
    return verb(case, by=by or coordinator(), door=Door.ADMIN, at=when, **values)


# --- raising ---------------------------------------------------------------------------------------------------------


def test_a_case_begins_with_number_limit_and_running_clock() -> None:
    case = a_case(at=at("2026-06-01", "09:00"))
    assert case.number == "B2026-0001"
    assert case.state == CaseState.SUBMITTED
    assert (local(case.due_at), local(case.accept_due_at)) == ("06-08 09:00", "06-02 09:00")
    assert case.first_due_at == case.due_at
    assert case.platform.layer == ServicePillar.Layer.PLATFORM
    assert [event.verb for event in case.events.all()] == ["submitted"]


def test_a_draft_that_arrives_twice_is_one_case() -> None:
    case = ServiceCase(title="示例", text="示例", enterprise=an_enterprise("示例甲"))
    again = ServiceCase(title="示例", text="示例", enterprise=an_enterprise("示例乙"))
    first = cases.raise_case(case, by=coordinator(), door=Door.ADMIN, at=NOW, client_key="k1")
    second = cases.raise_case(again, by=coordinator(), door=Door.ADMIN, at=NOW, client_key="k1")
    assert first.pk == second.pk
    assert ServiceCase.objects.count() == 1


def test_a_case_is_for_somebody() -> None:
    with pytest.raises(DomainError, match=r"企业|enterprise"):
        a_case(enterprise=None)


def test_a_kind_with_a_limit_of_its_own_has_it_from_its_day_on() -> None:
    case = a_case()
    made(CaseLimit(kind=case.kind, complexity="normal", effective_from="2026-06-02", resolve_days=3))
    assert a_case("以前").resolve_days == 5
    assert a_case("以后", at=NOW + datetime.timedelta(days=1)).resolve_days == 3


def test_steps_are_not_typed_into_the_form() -> None:
    case = a_case()
    case.state = CaseState.CLOSED
    with refused("kept_by_services"):
        cases.save_case(case, fields=["state"], by=coordinator(), door=Door.ADMIN)


def test_another_complexity_moves_the_due_time_and_keeps_the_first_promise() -> None:
    case = a_case()
    promise = case.first_due_at
    case.complexity = "complex"
    saved = cases.save_case(case, fields=["complexity"], by=coordinator(), door=Door.ADMIN, at=NOW)
    assert saved.resolve_days == 15
    assert local(saved.due_at) == "06-23 09:00"  # 19 June is the Dragon Boat Festival
    assert saved.first_due_at == promise


# --- the journey -----------------------------------------------------------------------------------------------------


def test_a_case_goes_from_asked_to_content_across_a_made_up_weekend() -> None:
    """Asked on Friday before a Saturday that works (调休); paused from Saturday noon to Monday; not content; content."""
    calendar({"2026-06-06": True, "2026-06-08": False})
    friday = at("2026-06-05", "16:00")
    case = a_dispatched_case(at=friday)
    officer = handler()
    # One hour on Friday, then Saturday works, Monday does not: five days of 7 hours end on the next Friday at 16:00.
    assert local(case.due_at) == "06-12 16:00"
    case = act(cases.take_up, case, officer, at("2026-06-06", "09:30"))
    case = act(cases.ask_enterprise, case, officer, at("2026-06-06", "12:00"), question="哪一栋?")
    assert (case.state, case.due_at) == (CaseState.WAITING, None)
    case = act(cases.enterprise_answers, case, None, at("2026-06-09", "10:30"), answer="二号楼")
    # Elapsed: 1 h + 3 h 30; left 30 h 30 from Tuesday 10:30: Tuesday 5 h, three days 21 h, Monday 4 h 30.
    assert local(case.due_at) == "06-15 14:30"
    external = case.handlers.get(external__isnull=False)
    act(cases.enter_reply, external, coordinator(), at("2026-06-10", "09:00"), text="已接电")
    case = act(cases.reply_case, case, officer, at("2026-06-11", "15:00"), text="已办理")
    case = cases.rate_case(
        case, grade=2, is_solved=False, comment="还没好", by=None, door=Door.PUBLIC, at=at("2026-06-11", "16:00")
    )
    assert (case.state, case.reopened, case.level) == (CaseState.ACCEPTED, 1, 1)
    assert local(case.due_at) == "06-18 16:00"
    assert not case.handlers.filter(ended_at__isnull=True).exists()
    case = act(
        cases.dispatch_case, case, coordinator(), at("2026-06-12", "09:00"), lead=Dispatch(unit=a_unit("planning"))
    )
    case = act(cases.reply_case, case, officer, at("2026-06-12", "10:00"), text="这次好了")
    case = cases.rate_case(case, grade=5, is_solved=True, by=None, door=Door.PUBLIC, at=at("2026-06-12", "11:00"))
    assert case.state == CaseState.CLOSED
    segments = ClockSegment.objects.filter(case=case)
    assert [(row.round, row.kind) for row in segments] == [
        (0, "running"),
        (0, "paused"),
        (0, "running"),
        (1, "running"),
    ]
    shown = case.events.filter(is_shown=True).values_list("verb", flat=True)
    assert "dispatched" not in shown
    assert "handler_replied" not in shown


def test_the_last_reopening_ends_in_supervision() -> None:
    case = a_case()
    for turn in range(3):
        case = act(cases.reply_case, case, text=f"答复{turn}")
        case = cases.rate_case(case, grade=1, by=None, door=Door.PUBLIC, at=NOW)
    assert case.reopened == 2
    assert case.supervisions.count() == 1
    assert case.state == CaseState.REPLIED


def test_an_answer_is_rated_once() -> None:
    case = act(cases.reply_case, a_case(), text="已答复")
    case = cases.rate_case(case, grade=4, by=None, door=Door.PUBLIC, at=NOW)
    with refused("already_rated"):
        cases.rate_case(case, grade=1, by=None, door=Door.PUBLIC, at=NOW)


# --- whose step it is ------------------------------------------------------------------------------------------------


def test_a_stranger_from_another_unit_takes_no_step() -> None:
    case = a_dispatched_case()
    stranger = handler("stranger", "somewhere")
    for verb, values in (
        (cases.take_up, {}),
        (cases.reply_case, {"text": "x"}),
        (cases.dispatch_case, {"lead": Dispatch(unit=a_unit("somewhere"))}),
        (cases.supervise_case, {"instruction": "x"}),
    ):
        with refused("not_yours"):
            act(verb, case, stranger, **values)


def test_a_hidden_case_does_not_exist_for_a_colleague() -> None:
    case = a_dispatched_case(confidentiality="confidential")
    with refused("gone"):
        act(cases.reply_case, case, a_person("officer-9", Role.SERVICE_OFFICER, a_unit("else")), text="x")


def test_who_dispatched_a_confidential_case_follows_it() -> None:
    case = a_dispatched_case(confidentiality="confidential")
    assert ServiceCase.objects.visible_to(coordinator()).filter(pk=case.pk).exists()
    assert not ServiceCase.objects.visible_to(a_person("c-2", Role.SERVICE_COORDINATOR, a_unit("x"))).exists()


def test_an_objection_is_heard_once_and_soon() -> None:
    case = a_dispatched_case()
    officer = handler()
    with refused("too_late"):
        act(cases.object_to_dispatch, case, officer, NOW + datetime.timedelta(days=2), reason="不是我们")
    act(cases.object_to_dispatch, case, officer, reason="不是我们")
    case = act(cases.decide_objection, case, is_upheld=False, reason="是你们")
    with refused("heard_already"):
        act(cases.object_to_dispatch, case, officer, reason="还是不是")


def test_an_upheld_objection_waits_for_another_dispatch() -> None:
    case = a_dispatched_case()
    act(cases.object_to_dispatch, case, handler(), reason="不是我们")
    case = act(cases.decide_objection, case, is_upheld=True)
    assert (case.state, case.owner, case.unit.code) == (CaseState.ACCEPTED, None, "service-centre")
    assert not CaseHandler.objects.filter(case=case, ended_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("lead", "co", "field"),
    [
        (Dispatch(), [], "lead"),
        (Dispatch(unit="unit", external="external"), [], "lead"),
        (Dispatch(unit="unit"), [Dispatch(unit="unit")], "co"),
        (Dispatch(unit="unit", limit_days=0), [], "lead"),
        (Dispatch(external="external", person="person"), [], "lead"),
    ],
)
def test_a_wrong_dispatch_names_what_is_wrong(lead: Any, co: list[Any], field: str) -> None:
    known = {"unit": a_unit("planning"), "external": power_company(), "person": handler()}

    def filled(each: Any) -> Any:
        found = {name: known.get(value, value) for name, value in
                 (("unit", each.unit), ("external", each.external), ("person", each.person))}  # fmt: skip
        return Dispatch(**found, limit_days=each.limit_days)

    with pytest.raises(DomainError) as error:
        act(cases.dispatch_case, a_case(), lead=filled(lead), co=[filled(each) for each in co])
    assert list(error.value.fields) == [field]


def test_an_external_units_reply_is_entered_by_the_coordinator_alone() -> None:
    case = a_dispatched_case()
    external = case.handlers.get(external__isnull=False)
    with refused("not_yours"):
        act(cases.enter_reply, external, handler(), text="x")
    with refused("replied_at"):
        act(cases.enter_reply, external, text="x", replied_at=NOW - datetime.timedelta(days=1))
    reply = act(cases.enter_reply, external, text="已接电")
    assert reply.replied_at == NOW


def test_a_stale_page_dispatches_nothing() -> None:
    case = a_case()
    cases.accept_case(case, by=coordinator(), door=Door.ADMIN, at=NOW)
    with refused("stale_version"):
        act(cases.dispatch_case, case, lead=Dispatch(unit=a_unit("planning")), if_version=case.version)


# --- time ------------------------------------------------------------------------------------------------------------


def test_an_extension_is_asked_once_before_due_and_moves_the_lead_alone() -> None:
    case = a_dispatched_case()
    officer = handler()
    external_due = case.handlers.get(external__isnull=False).due_at
    extension = act(cases.ask_extension, case, officer, days=5, why="要审图")
    case = cases.decide_extension(extension, is_granted=True, by=coordinator(), door=Door.ADMIN, at=NOW)
    assert local(case.due_at) == "06-15 09:00"
    assert local(case.first_due_at) == "06-08 09:00"
    assert case.handlers.get(external__isnull=False).due_at == external_due
    with refused("already_extended"):
        act(cases.ask_extension, case, officer, days=5, why="还要")


def test_an_extension_asked_on_the_last_day_is_too_late() -> None:
    with refused("too_late"):
        act(cases.ask_extension, a_dispatched_case(), handler(), at("2026-06-07", "10:00"), days=5, why="晚了")


def test_urging_is_limited() -> None:
    case = a_dispatched_case()
    for day in (1, 2, 3):
        cases.urge_case(case, by=None, door=Door.PUBLIC, at=at(f"2026-06-0{day}", "10:00"))
        if day == 1:
            with refused("too_soon"):
                cases.urge_case(case, by=None, door=Door.PUBLIC, at=at("2026-06-01", "11:00"))
    with refused("too_many"):
        cases.urge_case(case, by=None, door=Door.PUBLIC, at=at("2026-06-05", "10:00"))


def test_nobody_is_urged_while_the_enterprise_must_answer() -> None:
    case = act(cases.ask_enterprise, a_dispatched_case(), handler(), question="哪一栋?")
    with refused("not_running"):
        act(cases.urge_case, case)


def test_a_new_holiday_moves_open_cases_and_keeps_the_promise() -> None:
    case = a_case()
    calendar({"2026-06-03": False})
    assert recompute_open(by=None, door=Door.TASK, at=NOW) == 1
    case.refresh_from_db()
    assert (local(case.due_at), local(case.first_due_at)) == ("06-09 09:00", "06-08 09:00")


def test_a_changed_calendar_asks_the_worker_once_to_move_what_is_open() -> None:
    queued = DBTaskResult.objects.filter(task_path=recompute_open_cases.module_path)
    calendar({"2026-07-07": False})
    assert not queued.exists()  # nothing is open
    case = a_case()
    calendar({"2026-06-02": False, "2026-06-03": False})
    assert queued.count() == 1
    recompute_open_cases.call()
    case.refresh_from_db()
    assert (local(case.accept_due_at), local(case.due_at)) == ("06-04 09:00", "06-10 09:00")


def test_the_stored_moment_of_yellow_gives_the_colour_that_the_rules_give() -> None:
    case = a_case()
    colours = []
    for days in range(9):
        moment = NOW + datetime.timedelta(days=days)
        colours.append(reading(case, moment).colour)
        assert reading(case, moment, by_stored_yellow=True) == reading(case, moment)
    assert set(colours) == {"green", "yellow", "red"}


def test_escalation_takes_each_step_once() -> None:
    case = a_dispatched_case()
    closed = act(cases.reply_case, a_case("已答"), text="好了")
    late = at("2026-06-16", "10:00")  # six working days after the due time of 8 June
    assert escalate_overdue(by=None, door=Door.TASK, at=late) == 2
    assert escalate_overdue(by=None, door=Door.TASK, at=late) == 0
    assert sorted(case.escalations.values_list("after_days", flat=True)) == [3, 5]
    assert not closed.escalations.exists()
    assert reading(case, late).is_overdue


def test_time_that_stood_still_after_the_due_time_moves_the_steps_on() -> None:
    case = act(cases.take_up, a_dispatched_case(), handler())
    case = act(cases.ask_enterprise, case, handler(), at("2026-06-09", "09:00"), question="哪一栋?")
    case = act(cases.enterprise_answers, case, None, at("2026-06-11", "09:00"), answer="二号楼")
    # Due on 8 June at nine; of the three working days after it two stood still.
    assert escalate_overdue(by=None, door=Door.TASK, at=at("2026-06-12", "10:00")) == 0
    assert escalate_overdue(by=None, door=Door.TASK, at=at("2026-06-15", "09:00")) == 1


def test_escalation_costs_the_same_for_few_and_many_and_loads_nothing_that_is_not_due(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, seen = at("2026-06-16", "10:00"), []
    monkeypatch.setattr(case_escalation.clock, "as_segments", lambda rows: seen.append(rows) or as_segments(rows))
    for number in range(12):
        a_dispatched_case(f"第{number}件")
        a_case(f"新{number}", at=at("2026-06-15", "09:00"))
    seen.clear()
    with django_assert_max_num_queries(32):
        assert escalate_overdue(by=None, door=Door.TASK, at=late) == 24
    assert len(seen) == 12


def test_escalation_in_pieces_takes_what_one_piece_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_escalation, "PIECE", 2)
    for number in range(5):
        a_dispatched_case(f"第{number}件")
    assert escalate_overdue(by=None, door=Door.TASK, at=at("2026-06-16", "10:00")) == 10
    assert EscalationStep.history.count() == EscalationStep.objects.count() == 10


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_escalation_runs_at_once_take_each_step_once() -> None:
    case = a_dispatched_case()
    late = at("2026-06-16", "10:00")
    at_once(*[lambda: escalate_overdue(by=None, door=Door.TASK, at=late)] * 2)
    assert CaseEvent.objects.filter(case=case, verb="escalated").count() == 2


# --- following without an account ------------------------------------------------------------------------------------


def test_number_and_secret_open_the_case_and_nothing_else_does() -> None:
    case, secret = cases.raise_case_openly(
        ServiceCase(title="示例", text="示例", enterprise_name="示例公司", intake="web"),
        by=None,
        door=Door.PUBLIC,
        at=NOW,
    )
    other = a_case()
    assert cases.case_for_secret(case.number.lower(), f" {secret.upper()} ").pk == case.pk
    assert cases.case_for_secret(case.number, "x") is None
    assert cases.case_for_secret(other.number, secret) is None
    assert cases.case_for_secret(other.number, "") is None
    assert secret not in str(ServiceCase.history.filter(id=case.pk).values())


# --- class issues ----------------------------------------------------------------------------------------------------


def test_cases_are_grouped_under_a_class_issue() -> None:
    top = a_case("全链问题", is_class_issue=True)
    first, second = a_case("甲"), a_case("乙")
    assert cases.group_under([first, second, top], top, by=coordinator(), door=Door.ADMIN, at=NOW) == 2
    with refused("not_a_class_issue"):
        cases.group_under([first], second, by=coordinator(), door=Door.ADMIN, at=NOW)


def test_a_class_issue_of_a_chain_goes_to_its_task_force_when_accepted() -> None:
    chain = a_chain()
    force = made(ChainTaskForce(chain=chain, unit=a_unit("chain-force")))
    top = act(cases.accept_case, a_case("全链用工", is_class_issue=True, chain=chain))
    assert (top.state, top.handlers.get().unit) == (CaseState.ASSIGNED, force.unit)
    assert [event.verb for event in top.events.order_by("pk")] == ["submitted", "accepted", "dispatched"]
    alone = act(cases.accept_case, a_case("一家的事", chain=chain))
    assert alone.state == CaseState.ACCEPTED
