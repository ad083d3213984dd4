"""Service cases through the REST API: who may, what is shown and to whom, raising once, steps by the rule."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog, Change
from promotion.models import CaseEvent, Level, ServiceCase
from promotion.services.cases import group_under, raise_case_openly, reply_case
from tests.factories import an_enterprise
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import a_case, a_dispatched_case, coordinator, handler, power_company
from tests.promotion.test_api import DETAIL_BUDGET, LIST_BUDGET, pointers, problem, send, tag

pytestmark = pytest.mark.django_db

CASES = "/api/v1/cases"
STEPS = ("accept", "reject", "dispatch", "take_up", "ask", "answer", "reply", "rate", "close", "reopen", "urge", "note")


@pytest.fixture
def api(client_as: Callable[..., Client]) -> Client:
    client = client_as(coordinator())
    client.raise_request_exception = False
    return client


def path(case: Any, step: str = "") -> str:
    return f"{CASES}/{case.public_id}" + (f"/{step}" if step else "")


def take(client: Client, case: Any, step: str, **body: Any) -> Any:
    return send(client, "post", path(case, step), body)


# --- who may ---------------------------------------------------------------------------------------------------------


def test_door_is_shut_to_strangers_and_hidden_cases_are_not_there(client_as: Any, cast: Any, superuser: User) -> None:
    case = a_case(confidentiality=Level.CONFIDENTIAL)
    stranger = client_as(a_person("stranger", Role.SERVICE_OFFICER, a_unit("elsewhere")))
    addresses = [("get", CASES), ("post", CASES), ("get", path(case)), ("patch", path(case))]
    addresses += [("post", path(case, step)) for step in STEPS]
    nobodies = [client_as(cast[role]) for role in (Role.ENTERPRISE_MEMBER, Role.AUDITOR)] + [client_as(superuser)]

    for method, address in addresses:
        problem(send(Client(), method, address), 401, "not-authenticated")
        for nobody in nobodies:
            problem(send(nobody, method, address), 403, "permission-denied")
        if address != CASES:
            problem(send(stranger, method, address, {"text": "x"}, **{"If-Match": tag(case)}), 404, "not-found")
    assert stranger.get(CASES, {"q": case.number}).json()["items"] == []
    assert ServiceCase.objects.count() == 1
    assert CaseEvent.objects.count() == 1


def test_leader_reads_and_writes_nothing(client_as: Any) -> None:
    case = a_case()
    leader = client_as(a_person("leader-1", Role.LEADER))

    assert leader.get(path(case)).status_code == 200
    problem(send(leader, "post", CASES, {"title": "x", "text": "x"}), 403, "permission-denied")
    problem(send(leader, "patch", path(case), {"title": "x"}, **{"If-Match": tag(case)}), 403, "permission-denied")
    for step in STEPS:
        problem(send(leader, "post", path(case, step), {}), 403, "permission-denied")


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_case_is_told_with_handlers_and_what_happened(api: Client) -> None:
    case = a_dispatched_case(reporter_name="示例人", reporter_phone="0573-000")

    body = api.get(path(case)).json()

    assert (body["number"], body["state"], body["intake"]) == (case.number, "assigned", "staff")
    assert body["due_at"] == body["first_due_at"] is not None
    assert body["colour"] in {"green", "yellow", "red"}
    assert [(one["part"], one["external"] and one["external"]["name"]) for one in body["handlers"]] == [
        ("lead", None), ("co", "示例供电"),
    ]  # fmt: skip
    assert [event["verb"] for event in body["events"]] == ["dispatched", "submitted"]
    assert body["reporter"]["phone"] == "0573-000"


def test_who_reported_it_is_told_to_those_who_work_on_it(client_as: Any) -> None:
    case = a_dispatched_case(reporter_name="示例人", reporter_phone="0573-000")
    outsider = client_as(a_person("officer-9", Role.SERVICE_OFFICER, a_unit("elsewhere")))

    answer = outsider.get(path(case))

    assert answer.json()["reporter"] is None
    assert "0573-000" not in answer.text + outsider.get(CASES).text
    assert client_as(handler()).get(path(case)).json()["reporter"]["name"] == "示例人"


def test_secret_stands_in_no_answer(api: Client) -> None:
    draft = ServiceCase(title="示例", text="示例", enterprise_name="示例企业", intake="web")
    case, secret = raise_case_openly(draft, by=None, door="portal", at=NOW)

    text = api.get(path(case)).text + api.get(CASES).text

    assert case.secret_hash
    assert case.secret_hash not in text
    assert secret not in text
    assert "secret" not in text


def test_hidden_class_issue_above_a_case_is_not_named(api: Client, client_as: Any) -> None:
    case = a_case()
    top = a_case("秘密类案", is_class_issue=True, confidentiality=Level.CONFIDENTIAL)
    group_under([case], top, by=coordinator(), door="admin", at=NOW)
    other = client_as(a_person("officer-9", Role.SERVICE_OFFICER, a_unit("elsewhere")))

    assert api.get(path(case)).json()["class_issue"] == {"id": top.public_id, "name": str(top)}
    assert other.get(path(case)).json()["class_issue"] is None
    assert [item["class_issue"] for item in other.get(CASES).json()["items"]] == [None]


def test_list_filters_and_finds(api: Client) -> None:
    late, solved = a_dispatched_case("厂区用电增容"), a_case("班车站点", enterprise=an_enterprise("示例乙"))
    reply_case(solved, text="已增设", by=coordinator(), door="admin", at=NOW)

    def found(**asked: str) -> list[str]:
        body = api.get(CASES, {**asked, "count": "exact"}).json()
        assert body["total"]["value"] == len(body["items"])
        return [item["number"] for item in body["items"]]

    assert found(is_overdue="true") == found(state="assigned") == found(q="用电") == [late.number]
    assert found(is_overdue="false") == found(q=solved.number) == found(state="replied,closed") == [solved.number]
    assert found(enterprise=solved.enterprise.public_id) == [solved.number]
    assert sorted(found(is_open="true", kind="utilities")) == sorted([late.number, solved.number])
    problem(api.get(CASES, {"state": "lost"}), 400, "invalid-parameter")
    problem(api.get(CASES, {"stat": "x"}), 400, "unknown-parameter")


def test_reading_what_is_confidential_is_logged(api: Client) -> None:
    case = a_case(confidentiality=Level.CONFIDENTIAL, unit=coordinator().memberships.get().department)

    api.get(path(case))
    api.get(CASES)

    assert [(row.subject_id, row.rows) for row in AccessLog.objects.filter(kind="read").order_by("pk")] == [
        (case.public_id, 1), (case.public_id, 1),
    ]  # fmt: skip


def test_costs_the_same_with_more_rows(api: Client) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(address).status_code == 200
        return len(queries)

    def fill(count: int) -> Any:
        top = a_case("类案", is_class_issue=True)
        for number in range(count):
            case = a_dispatched_case(f"诉求{number}", enterprise=an_enterprise(f"示例{count}{number}"))
            group_under([case], top, by=coordinator(), door="admin", at=NOW)
        return case

    case = fill(1)
    api.get(CASES)
    few = [cost(CASES), cost(path(case))]
    more = fill(4)
    for _number in range(3):
        take(api, more, "note", text="示例")

    assert [cost(CASES), cost(path(more))] == few
    assert few[0] <= LIST_BUDGET
    assert few[1] <= DETAIL_BUDGET


# --- raising ---------------------------------------------------------------------------------------------------------


def test_case_is_raised_once_for_each_key(api: Client, client_as: Any) -> None:
    here = an_enterprise("示例用户")
    body = {"title": " 用电 增容 ", "text": "示例", "kind": "utilities", "enterprise": here.public_id,
            "reporter_phone": "0573-000", "client_key": "abcd-1234-efgh"}  # fmt: skip

    answer = send(api, "post", CASES, body)

    case = ServiceCase.objects.get()
    assert answer.status_code == 201, answer.content
    assert (answer.headers["Location"], answer.headers["ETag"]) == (path(case), tag(case))
    assert (case.title, case.intake, case.state, case.secret_hash) == ("用电 增容", "api", "submitted", "")
    assert case.due_at is not None
    assert Change.objects.latest("pk").door == "api"
    again = send(api, "post", CASES, {**body, "title": "别的"})
    assert (again.status_code, again.json()["number"]) == (200, case.number)
    ServiceCase.objects.update(confidentiality=Level.CONFIDENTIAL)
    stranger = client_as(a_person("officer-9", Role.SERVICE_OFFICER, a_unit("elsewhere")))
    refused = send(stranger, "post", CASES, {**body, "enterprise": None, "enterprise_name": "x"})
    assert case.number not in refused.text
    problem(refused, 409, "conflict")
    assert ServiceCase.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"#/title": "required", "#/text": "required"}),
        ({"state": "closed"}, {"#/state": "read_only"}),
        ({"number": "B1", "due_at": "2030-01-01", "resolve_days": 99}, {"#/number": "read_only", "#/due_at": "read_only", "#/resolve_days": "read_only"}),
        ({"secret_hash": "x", "owner": "x", "intake": "phone"}, {"#/secret_hash": "read_only", "#/owner": "read_only", "#/intake": "read_only"}),
        ({"titel": "x"}, {"#/titel": "unknown_member"}),
        ({"client_key": "x y"}, {"#/client_key": "invalid"}),
        ({"kind": "nowhere", "platform": "closed_loop"}, {"#/kind": "unknown", "#/platform": "unknown"}),
        ({"complexity": "easy", "reporter_email": "x"}, {"#/complexity": "invalid_choice", "#/reporter_email": "invalid"}),
    ],
)  # fmt: skip
def test_wrong_body_is_refused_by_pointer(api: Client, body: dict[str, Any], expected: dict[str, str]) -> None:
    whole = body and {"title": "甲", "text": "乙", "enterprise_name": "丙", **body}

    assert pointers(problem(send(api, "post", CASES, whole), 422, "validation-error")) == expected
    assert not ServiceCase.objects.exists()


def test_case_of_nobody_is_refused(api: Client) -> None:
    problem(send(api, "post", CASES, {"title": "甲", "text": "乙"}), 422, "validation-error")


# --- changing and stepping -------------------------------------------------------------------------------------------


def test_change_needs_the_version_and_moves_no_state(api: Client) -> None:
    case = a_case()
    read = api.get(path(case)).headers["ETag"]

    problem(send(api, "patch", path(case), {"title": "x"}), 428, "precondition-required")
    for cheat in (
        {"state": "closed"},
        {"due_at": "2030-01-01"},
        {"number": "x"},
        {"reopened": 2},
        {"client_key": "12345678"},
    ):
        refused = send(api, "patch", path(case), cheat, **{"If-Match": read})
        assert pointers(problem(refused, 422, "validation-error")) == {f"#/{next(iter(cheat))}": "read_only"}
    answer = send(api, "patch", path(case), {"complexity": "complex"}, **{"If-Match": read})
    assert (answer.status_code, answer.json()["resolve_days"]) == (200, 15)
    assert answer.json()["due_at"] > answer.json()["first_due_at"]
    problem(send(api, "patch", path(case), {"complexity": "normal"}, **{"If-Match": read}), 412, "stale-version")


def test_case_walks_from_raised_to_closed(api: Client, client_as: Any) -> None:
    case = a_case(at=timezone.now())
    officer = handler()
    at_work = client_as(officer)
    unit = officer.memberships.get().department

    assert take(api, case, "accept").json()["state"] == "accepted"
    body = {"lead": {"unit": unit.code, "person": officer.public_id}, "co": [{"external": power_company().public_id}]}
    dispatched = take(api, case, "dispatch", **body).json()
    assert (dispatched["state"], len(dispatched["handlers"])) == ("assigned", 2)
    assert take(at_work, case, "take_up").json()["state"] == "in_progress"
    waiting = take(at_work, case, "ask", question="请补充").json()
    assert (waiting["state"], waiting["due_at"], waiting["colour"]) == ("waiting", None, None)
    assert take(at_work, case, "answer", answer="已补充").json()["due_at"]
    assert take(at_work, case, "reply", text="已办").json()["state"] == "replied"
    back = take(api, case, "rate", grade=2, is_solved=False, comment="没有").json()
    assert (back["state"], back["reopened"], back["level"]) == ("accepted", 1, 1)
    assert take(api, case, "reply", text="这次办好了").json()["reply"] == "这次办好了"
    assert take(api, case, "rate", grade=5, is_solved=True).json()["state"] == "closed"
    assert set(CaseEvent.objects.exclude(verb="submitted").values_list("door", flat=True)) == {"api"}


def test_step_that_does_not_fit_is_refused_and_changes_nothing(api: Client, client_as: Any) -> None:
    case = a_case()
    stranger = client_as(a_person("officer-9", Role.SERVICE_OFFICER, a_unit("elsewhere")))

    assert problem(take(api, case, "rate", grade=5), 409, "conflict")["errors"][0]["code"] == "not_from_here"
    assert problem(take(stranger, case, "accept"), 403, "permission-denied")["errors"][0]["code"] == "not_yours"
    assert pointers(problem(take(api, case, "reject", reason=" "), 422, "validation-error")) == {"#/reason": "blank"}
    assert "#/grade" in pointers(problem(take(api, case, "rate", grade=9), 422, "validation-error"))
    both = {"lead": {"unit": a_unit("elsewhere").code, "external": power_company().public_id}}
    assert "#/lead" in pointers(problem(take(api, case, "dispatch", **both), 422, "validation-error"))
    stale = {"If-Match": f'"{case.public_id}-v99"'}
    for step, said in (("accept", {}), ("urge", {})):
        problem(send(api, "post", path(case, step), said, **stale), 412, "stale-version")
    case.refresh_from_db()
    assert (case.state, case.events.count()) == ("submitted", 1)


def test_steps_are_described_in_the_schema() -> None:
    schema = Client().get("/api/v1/openapi.json").json()

    assert {f"{CASES}/{{public_id}}/{step}" for step in STEPS} <= set(schema["paths"])
    described = json.dumps(schema["components"]["schemas"])
    assert "secret" not in described
    assert "reporter" not in schema["components"]["schemas"]["Case"]["properties"]
