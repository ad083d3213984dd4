"""Leads and projects through the REST API: who may, what is shown, what a write must carry, what it answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pinghu.accounts.adapter import GIVEN_PASSWORD
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog, Change
from promotion.models import (
    ActionItem,
    Contact,
    Counterpart,
    InvestmentProject,
    Lead,
    LeadChannel,
    LeadClaim,
    Level,
    StageChange,
)
from promotion.services.counterparts import save_counterpart
from promotion.services.leads import close_lead, screen_lead
from promotion.services.projects import save_project
from tests.factories import a_chain, a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

LEADS, PROJECTS = "/api/v1/leads", "/api/v1/projects"
CODE = "91330482MA0000007A"
DETAIL_BUDGET, LIST_BUDGET = 10, 12


@pytest.fixture
def officer() -> User:
    """Whom the factories make owner of what they make."""
    return a_person("officer-1")


@pytest.fixture
def stranger() -> User:
    return a_person("stranger", unit=a_unit("elsewhere"))


@pytest.fixture
def api(client_as: Callable[..., Client], officer: User) -> Client:
    client = client_as(officer)
    client.raise_request_exception = False
    return client


def tag(record: Any, version: int | None = None) -> str:
    return f'"{record.public_id}-v{version or record.version}"'


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    if method == "get":
        return client.get(path, headers=headers)
    return getattr(client, method)(path, json.dumps(body or {}), content_type="application/json", headers=headers)


def problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"/problems/{slug}"
    return body


def pointers(body: dict[str, Any]) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in body["errors"]}


# --- who may ---------------------------------------------------------------------------------------------------------

ADDRESSES = [
    ("get", LEADS), ("post", LEADS), ("get", f"{LEADS}/{{lead}}"), ("patch", f"{LEADS}/{{lead}}"),
    ("post", f"{LEADS}/{{lead}}/convert"), ("get", PROJECTS), ("post", PROJECTS), ("get", f"{PROJECTS}/{{project}}"),
    ("patch", f"{PROJECTS}/{{project}}"), ("post", f"{PROJECTS}/{{project}}/move"),
    ("get", f"{PROJECTS}/{{project}}/moves"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_door_is_shut_to_strangers_and_hidden_records_are_not_there(
    method: str, path: str, client_as: Any, cast: Any, stranger: User, superuser: User
) -> None:
    lead = a_lead(confidentiality=Level.CONFIDENTIAL)
    project = a_project(confidentiality=Level.CONFIDENTIAL)
    address = path.format(lead=lead.public_id, project=project.public_id)

    answer = send(Client(), method, address)
    problem(answer, 401, "not-authenticated")
    assert answer.headers["WWW-Authenticate"]
    for nobody in (cast[Role.ENTERPRISE_MEMBER], cast[Role.AUDITOR], cast[Role.ADMINISTRATOR], superuser):
        problem(send(client_as(nobody), method, address), 403, "permission-denied")
    if "{" in path:
        body = {"track": "lease", "to": "paused", "why": "x", "name": "x"}
        answer = send(client_as(stranger), method, address, body, **{"If-Match": tag(lead)})
        problem(answer, 404, "not-found")
        assert lead.public_id not in json.dumps(answer.json()["errors"])
    assert (Lead.objects.count(), InvestmentProject.objects.count(), StageChange.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(("method", "path"), [entry for entry in ADDRESSES if entry[0] != "get"])
def test_who_only_reads_writes_nothing(method: str, path: str, client_as: Any, officer: User) -> None:
    lead, project = a_lead(), a_project()
    leader = client_as(a_person("leader-1", Role.LEADER))
    address = path.format(lead=lead.public_id, project=project.public_id)

    problem(send(leader, method, address, {"name": "x"}, **{"If-Match": tag(lead)}), 403, "permission-denied")
    assert leader.get(f"{LEADS}/{lead.public_id}").status_code == 200


def test_write_without_the_csrf_token_is_refused(officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")

    problem(send(client, "post", LEADS, {"name": "甲"}), 403, "csrf-failed")
    assert client.get(LEADS).status_code == 200
    assert not Lead.objects.exists()


def test_session_that_the_admin_would_stop_is_stopped_here(api: Client, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    problem(api.get(LEADS), 403, "permission-denied")
    settings.REQUIRE_SECOND_FACTOR = False
    session = api.session
    session[GIVEN_PASSWORD] = True
    session.save()

    problem(api.get(LEADS), 403, "permission-denied")


def test_answers_are_for_this_person_alone(api: Client) -> None:
    a_lead()

    headers = api.get(LEADS).headers

    assert headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in headers["Vary"]


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_lead_is_told_whole_with_what_stands_beside_it(api: Client, officer: User) -> None:
    chain = a_chain(name="示例链")
    group, here = a_group("示例集团"), an_enterprise("示例精机")
    lead = a_lead("甲投资", chain=chain, group=group, referring_enterprise=here, intended_investment="1000000")

    body = api.get(f"{LEADS}/{lead.public_id}").json()

    assert (body["id"], body["number"], body["status"]) == (lead.public_id, lead.number, "new")
    assert body["group"] == {"id": group.public_id, "name": "示例集团"}
    assert body["referring_enterprise"] == {"id": here.public_id, "name": str(here)}
    assert body["chain"] == {"code": "chain-1", "name": "示例链"}
    assert body["owner"] == {"id": officer.public_id, "name": str(officer)}
    assert body["unit"]["code"] == "unit-1"
    assert body["intended_investment"] == "1000000.00"
    assert body["counterpart"] is None
    assert body["created_at"].endswith("Z")


def test_hidden_rows_beside_a_visible_one_are_not_named(api: Client, stranger: User, officer: User) -> None:
    elsewhere = stranger.memberships.get().department
    hidden = save_counterpart(
        Counterpart(name="秘密客商", owner=stranger, unit=elsewhere, confidentiality=Level.CONFIDENTIAL),
        by=stranger, door="admin", at=NOW,
    )  # fmt: skip
    lead = a_lead("甲投资", counterpart=hidden)
    project = a_project("乙项目", counterpart=hidden)
    secret = a_lead("秘密来源", owner=stranger, confidentiality=Level.CONFIDENTIAL)
    InvestmentProject.objects.filter(pk=project.pk).update(lead=secret)
    made_of = a_project("秘密成果", owner=stranger, confidentiality=Level.CONFIDENTIAL)
    InvestmentProject.objects.filter(pk=made_of.pk).update(lead=lead)
    Lead.objects.filter(pk=lead.pk).update(status="converted")

    for path in (LEADS, f"{LEADS}/{lead.public_id}", PROJECTS, f"{PROJECTS}/{project.public_id}"):
        answer = api.get(path)
        assert answer.status_code == 200
        assert "秘密" not in answer.text, path
    assert api.get(f"{LEADS}/{lead.public_id}").json()["project"] is None
    assert api.get(f"{PROJECTS}/{project.public_id}").json()["lead"] is None


def test_list_shows_counts_and_finds_only_what_is_seen(api: Client, stranger: User) -> None:
    seen = a_lead("海光投资", business="齿轮", is_long_term=True)
    a_lead("海光秘密", owner=stranger, confidentiality=Level.CONFIDENTIAL)
    a_lead("海光半密", owner=stranger, confidentiality=Level.RESTRICTED, code_name="银杏")

    for asked in ({}, {"q": "海光"}, {"q": "hgtz"}, {"q": seen.number}, {"status": "new"}, {"is_long_term": "true"}):
        body = api.get(LEADS, {**asked, "count": "exact"}).json()
        assert [item["name"] for item in body["items"]] == ["海光投资"], asked
        assert body["total"] == {"value": 1, "relation": "eq"}
    assert api.get(LEADS, {"q": "银杏"}).json()["items"] == []
    assert api.get(LEADS, {"status": "closed"}).json()["items"] == []
    problem(api.get(LEADS, {"stat": "new"}), 400, "unknown-parameter")
    problem(api.get(LEADS, {"status": "newer"}), 400, "invalid-parameter")


def test_project_list_filters_by_stage_and_side_state(api: Client, officer: User) -> None:
    from promotion.services.projects import advance_stage

    one, other = a_project("甲"), a_project("乙")
    advance_stage(other, "paused", by=officer, door="admin", at=NOW, why="waiting")

    def names(**asked: str) -> list[str]:
        return [item["name"] for item in api.get(PROJECTS, asked).json()["items"]]

    assert names(side_state="running") == [one.name]
    assert names(side_state="paused") == ["乙"]
    assert sorted(names(side_state="running,paused")) == sorted(["甲", "乙"])
    assert names(stage="signed") == []


def test_walk_brings_every_lead_once(api: Client) -> None:
    for number in range(7):
        a_lead(f"甲{number}")

    path, found = f"{LEADS}?limit=3", []
    while path:
        body = api.get(path).json()
        found += [item["name"] for item in body["items"]]
        path = body["next"]
    assert sorted(found) == [f"甲{number}" for number in range(7)]


def test_reading_what_is_confidential_is_logged(api: Client, officer: User) -> None:
    lead, _project = a_lead(confidentiality=Level.CONFIDENTIAL), a_project()
    a_lead("乙投资", confidentiality=Level.CONFIDENTIAL)

    api.get(f"{LEADS}/{lead.public_id}")
    api.get(PROJECTS)
    api.get(LEADS)

    one, several = AccessLog.objects.filter(kind="read").order_by("pk")
    assert (one.by, one.door, one.subject_id, one.rows) == (officer, "api", lead.public_id, 1)
    assert (several.subject_id, several.rows, several.detail["list"]) == ("", 2, "promotion.lead")


def test_costs_the_same_with_more_rows(api: Client, officer: User) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        return len(queries)

    def fill(count: int) -> tuple[Any, Any]:
        for number in range(count):
            counterpart = save_counterpart(
                Counterpart(name=f"丙{count}{number}", owner=officer), by=officer, door="admin", at=NOW
            )
            lead = a_lead(f"甲{count}{number}", counterpart=counterpart, confidentiality=Level.CONFIDENTIAL)
            project = a_project(f"乙{count}{number}", counterpart=counterpart, confidentiality=Level.CONFIDENTIAL)
            InvestmentProject.objects.filter(pk=project.pk).update(lead=lead)
            Lead.objects.filter(pk=lead.pk).update(status="converted")
            made(Contact(name="丁", lead=lead))
        return lead, project

    lead, project = fill(1)
    paths = [LEADS, PROJECTS, f"{LEADS}/{lead.public_id}", f"{PROJECTS}/{project.public_id}",
             f"{PROJECTS}/{project.public_id}/moves"]  # fmt: skip
    api.get(LEADS)
    few = [cost(path) for path in paths]
    fill(5)

    assert [cost(path) for path in paths] == few
    assert max(few[2:]) <= DETAIL_BUDGET
    assert max(few[:2]) <= LIST_BUDGET


# --- entering a lead -------------------------------------------------------------------------------------------------


def test_lead_is_entered_as_by_every_door(api: Client, officer: User) -> None:
    channel = LeadChannel.objects.get(code="fair")
    a_chain("chain-9")
    body = {
        "name": " 甲精密机械有限公司 ", "origin": "上海", "business": "精密零件", "channel": "fair", "uscc": CODE.lower(),
        "country": "cn", "chain": "chain-9", "intended_investment": "5000000.00", "space_m2": 8000,
    }  # fmt: skip

    answer = send(api, "post", LEADS, body)

    assert answer.status_code == 201, answer.content
    lead = Lead.objects.get()
    assert answer.headers["Location"] == f"{LEADS}/{lead.public_id}"
    assert answer.headers["ETag"] == tag(lead)
    assert (answer.json()["number"], answer.json()["name"]) == (lead.number, "甲精密机械有限公司")
    assert (lead.channel, lead.owner, lead.uscc, lead.country, lead.status) == (channel, officer, CODE, "CN", "new")
    assert (lead.complete_at is not None, LeadClaim.objects.count()) == (True, 1)
    assert Change.objects.latest("pk").door == "api"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"#/name": "required"}),
        ({"name": ""}, {"#/name": "blank"}),
        ({"name": "甲", "nme": "x"}, {"#/nme": "unknown_member"}),
        ({"name": "甲", "status": "converted"}, {"#/status": "read_only"}),
        ({"name": "甲", "number": "L1", "complete_at": "2026-01-01"}, {"#/number": "read_only", "#/complete_at": "read_only"}),
        ({"name": "甲", "channel": "nowhere"}, {"#/channel": "unknown"}),
        ({"name": "甲", "segment": "nowhere"}, {"#/segment": "unknown"}),
        ({"name": "甲", "country": "XX"}, {"#/country": "invalid"}),
        ({"name": "甲", "confidentiality": "secret"}, {"#/confidentiality": "invalid_choice"}),
        ({"name": "甲", "intended_investment": -1}, {"#/intended_investment": "min_value"}),
        ({"name": "甲", "uscc": "123"}, {"#/uscc": "invalid_uscc"}),
        ({"name": "甲\u0000"}, {"#/name": "null_characters_not_allowed"}),
        ({"name": ["甲"]}, {"#/name": "invalid"}),
    ],
)  # fmt: skip
def test_wrong_body_is_refused_by_pointer(api: Client, body: dict[str, Any], expected: dict[str, str]) -> None:
    assert pointers(problem(send(api, "post", LEADS, body), 422, "validation-error")) == expected
    assert not Lead.objects.exists()


@pytest.mark.parametrize("text", ["{", "[]", "null", '"x"', "[1]"])
def test_body_that_is_no_object_is_refused(api: Client, text: str) -> None:
    problem(api.post(LEADS, text, content_type="application/json"), 400, "malformed-request")


def test_form_and_unknown_parameter_are_refused(api: Client) -> None:
    problem(api.post(LEADS, "name=x", content_type="application/x-www-form-urlencoded"), 415, "unsupported-media-type")
    problem(send(api, "post", f"{LEADS}?dry=1", {"name": "甲"}), 400, "unknown-parameter")
    problem(send(api, "post", f"{LEADS}/nowhere"), 405, "method-not-allowed")


def test_row_that_is_not_shown_cannot_be_referred_to(api: Client, stranger: User) -> None:
    hidden = save_counterpart(
        Counterpart(name="秘密", owner=stranger, unit=a_unit("elsewhere"), confidentiality=Level.CONFIDENTIAL),
        by=stranger, door="admin", at=NOW,
    )  # fmt: skip

    there = send(api, "post", LEADS, {"name": "甲", "counterpart": hidden.public_id}).json()
    nowhere = send(api, "post", LEADS, {"name": "甲", "counterpart": "nowhere"}).json()

    assert there["errors"] == nowhere["errors"] != []


def test_same_code_on_an_open_lead_blocks_with_its_card(api: Client, stranger: User) -> None:
    known = a_lead("乙机械", owner=stranger, uscc=CODE)

    for confirmed in (False, True):
        body = problem(
            send(api, "post", LEADS, {"name": "甲", "uscc": CODE, "confirmed": confirmed}), 409, "duplicate-lead"
        )
        assert (body["code"], pointers(body)) == ("duplicate", {"#/uscc": "duplicate"})
        [card] = body["cards"]
        assert (card["name"], card["id"], card["blocks"], card["is_masked"]) == (
            f"{known.number} 乙机械", known.public_id, True, False,
        )  # fmt: skip


def test_probable_match_asks_and_a_masked_card_betrays_nothing(api: Client, stranger: User) -> None:
    hidden = a_lead("甲精密机械", owner=stranger, confidentiality=Level.RESTRICTED, code_name="银杏", uscc=CODE)

    answer = send(api, "post", LEADS, {"name": "甲精密机械有限公司"})

    body = problem(answer, 409, "duplicate-lead")
    assert body["code"] == "possible_duplicate"
    [card] = body["cards"]
    assert (card["name"], card["is_masked"], card["id"], card["unit"]) == ("银杏", True, None, "elsewhere")
    for secret in ("甲精密", CODE, hidden.number, hidden.public_id, stranger.username):
        assert secret not in answer.text
    assert send(api, "post", LEADS, {"name": "甲精密机械有限公司", "confirmed": True}).status_code == 201


def test_collision_with_a_confidential_lead_is_accepted_silently(api: Client, stranger: User) -> None:
    def filled(name: str) -> set[str]:
        answer = send(api, "post", LEADS, {"name": name, "uscc": CODE})
        assert answer.status_code == 201
        return {member for member, value in answer.json().items() if value}

    known = a_lead("甲精密机械", owner=stranger, confidentiality=Level.CONFIDENTIAL, uscc=CODE)
    hit = filled("甲精密机械")
    assert ActionItem.objects.filter(person=stranger, lead=known).count() == 1

    close_lead(Lead.objects.get(owner__username="officer-1"), reason="not_real", by=None, door="command", at=NOW)
    Lead.objects.filter(pk=known.pk).update(uscc="", name="全然不同", name_key="全然不同")
    answer = send(api, "post", LEADS, {"name": "甲精密机械", "uscc": CODE, "confirmed": True})
    assert {member for member, value in answer.json().items() if value} == hit


# --- changing a lead -------------------------------------------------------------------------------------------------


def test_change_needs_the_version_that_was_read(api: Client, officer: User) -> None:
    lead = a_lead()
    path = f"{LEADS}/{lead.public_id}"
    read = api.get(path).headers["ETag"]

    problem(send(api, "patch", path, {"detail": "x"}), 428, "precondition-required")
    problem(send(api, "patch", path, {"detail": "x"}, **{"If-Match": "*"}), 428, "precondition-required")
    for wrong in (f"W/{read}", '"nothing"', "nothing", f'"{"x" * 12}-v1"', f'{tag(lead)[:-1]}9"'):
        problem(send(api, "patch", path, {"detail": "x"}, **{"If-Match": wrong}), 412, "stale-version")

    answer = send(api, "patch", path, {"detail": "x"}, **{"If-Match": read})
    assert (answer.status_code, answer.json()["detail"]) == (200, "x")
    lead.refresh_from_db()
    assert answer.headers["ETag"] == tag(lead)
    stale = send(api, "patch", path, {"detail": "y", "business": "z"}, **{"If-Match": read})
    body = problem(stale, 412, "stale-version")
    assert (body["current_version"], body["conflicting_fields"]) == (lead.version, ["detail"])
    assert stale.headers["ETag"] == tag(lead)
    assert send(api, "patch", path, {"detail": "y"}, **{"If-Match": stale.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "slug", "pointer"),
    [
        ({"status": "closed"}, 422, "validation-error", "#/status"),
        ({"owner": "other"}, 422, "validation-error", "#/owner"),
        ({"confidentiality": "internal"}, 422, "validation-error", "#/confidentiality"),
        ({"version": 7}, 422, "validation-error", "#/version"),
        ({"name": ""}, 422, "validation-error", "#/name"),
    ],
)
def test_change_that_a_rule_forbids_is_refused(
    api: Client, body: dict[str, Any], status: int, slug: str, pointer: str
) -> None:
    lead = a_lead(confidentiality=Level.RESTRICTED)
    other = a_person("other")
    sent = {name: other.public_id if name == "owner" else value for name, value in body.items()}

    answer = send(api, "patch", f"{LEADS}/{lead.public_id}", sent, **{"If-Match": tag(lead)})

    assert list(pointers(problem(answer, status, slug))) == [pointer]
    assert Lead.objects.get(pk=lead.pk).version == lead.version


def test_ended_lead_takes_its_detail_alone(api: Client, officer: User) -> None:
    lead = close_lead(a_lead(), reason="no_interest", by=officer, door="admin", at=NOW)
    path = f"{LEADS}/{lead.public_id}"

    answer = send(api, "patch", path, {"business": "x"}, **{"If-Match": tag(lead)})
    assert pointers(problem(answer, 409, "conflict")) == {"#/business": "ended"}
    assert send(api, "patch", path, {"detail": "x"}, **{"If-Match": tag(lead)}).status_code == 200


def test_renamed_lead_is_compared_again(api: Client, stranger: User) -> None:
    a_lead("乙精密机械", owner=stranger)
    lead = a_lead("甲投资")

    answer = send(api, "patch", f"{LEADS}/{lead.public_id}", {"name": "乙精密机械"}, **{"If-Match": tag(lead)})

    assert problem(answer, 409, "duplicate-lead")["cards"]


def test_lead_becomes_a_project_once(api: Client, officer: User) -> None:
    lead = a_lead("甲投资")
    path = f"{LEADS}/{lead.public_id}/convert"

    assert pointers(problem(send(api, "post", path, {"track": "lease"}), 409, "conflict")) == {"#": "not_screened"}
    lead = screen_lead(lead, note="可跟进", by=officer, door="admin", at=NOW)
    problem(send(api, "post", path, {"track": "sea"}), 422, "validation-error")
    problem(send(api, "post", path, {"track": "lease"}, **{"If-Match": tag(lead, 1)}), 412, "stale-version")
    assert not InvestmentProject.objects.exists()

    answer = send(api, "post", path, {"track": "lease", "name": "甲项目"}, **{"If-Match": tag(lead)})
    project = InvestmentProject.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{PROJECTS}/{project.public_id}")
    assert answer.json()["lead"] == {"id": lead.public_id, "name": str(lead)}
    assert api.get(f"{LEADS}/{lead.public_id}").json()["project"]["id"] == project.public_id
    assert list(StageChange.objects.values_list("kind", "door")) == [("created", "api")]
    problem(send(api, "post", path, {"track": "lease"}), 409, "conflict")
    assert InvestmentProject.objects.count() == 1


# --- projects: what the doors' own tests leave (tests/promotion/test_project_doors.py) ----------------------------------


def test_project_tells_where_it_may_move(api: Client) -> None:
    project = a_project()

    body = api.get(f"{PROJECTS}/{project.public_id}").json()

    assert (body["stage"], body["side_state"]) == ("negotiating", "")
    assert body["may_move_to"][:2] == ["reviewed", "paused"]


def test_project_change_needs_the_version_that_was_read(api: Client, officer: User) -> None:
    project = a_project()
    path = f"{PROJECTS}/{project.public_id}"
    project.note = "meanwhile"
    saved = save_project(project, fields=["note"], by=officer, door="admin", at=NOW)

    problem(send(api, "patch", path, {"note": "x"}), 428, "precondition-required")
    problem(send(api, "patch", path, {"note": "x"}, **{"If-Match": tag(project, 1)}), 412, "stale-version")
    assert send(api, "patch", path, {"note": "x", "jobs": 5}, **{"If-Match": tag(saved)}).json()["jobs"] == 5


def test_change_that_hides_the_record_from_its_writer_shows_nothing_of_it(
    client_as: Any, stranger: User, officer: User
) -> None:
    lead = a_lead("甲投资", owner=officer)

    answer = send(
        client_as(stranger), "patch", f"{LEADS}/{lead.public_id}", {"confidentiality": "confidential"},
        **{"If-Match": tag(lead)},
    )  # fmt: skip

    assert (answer.status_code, answer.content) == (204, b"")


def test_refusals_speak_the_language_asked_for(api: Client, officer: User) -> None:
    lead = close_lead(a_lead(), reason="no_interest", by=officer, door="admin", at=NOW)
    path = f"{LEADS}/{lead.public_id}/convert"

    english, chinese = (send(api, "post", f"{path}{lang}", {"track": "lease"}) for lang in ("?lang=en", ""))

    assert english.json()["title"] == "Conflict with the present state"
    assert (english.headers["Content-Language"], chinese.headers["Content-Language"]) == ("en", "zh-hans")
    assert chinese.json()["title"] != english.json()["title"]


def test_description_names_bodies_locks_and_refusals(api: Client) -> None:
    paths = api.get("/api/v1/openapi.json").json()["paths"]

    assert {(path, method) for path, each in paths.items() for method in each if "leads" in path or "projects" in path} == {
        (LEADS, "get"), (LEADS, "post"), (f"{LEADS}/{{public_id}}", "get"), (f"{LEADS}/{{public_id}}", "patch"),
        (f"{LEADS}/{{public_id}}/convert", "post"), (PROJECTS, "get"), (PROJECTS, "post"),
        (f"{PROJECTS}/{{public_id}}", "get"), (f"{PROJECTS}/{{public_id}}", "patch"),
        (f"{PROJECTS}/{{public_id}}/move", "post"), (f"{PROJECTS}/{{public_id}}/moves", "get"),
    }  # fmt: skip
    change = paths[f"{LEADS}/{{public_id}}"]["patch"]
    assert [one["name"] for one in change["parameters"] if one["in"] == "header" and one["required"]] == ["If-Match"]
    assert {"200", "401", "403", "404", "409", "412", "415", "422", "428"} <= set(change["responses"])
    move = paths[f"{PROJECTS}/{{public_id}}/move"]["post"]
    assert "missing" in json.dumps(move["responses"]["409"])
    assert move["requestBody"]
    assert move["security"] == [{"staffSession": []}]
    ids = [each["operationId"] for path in paths.values() for each in path.values()]
    assert len(ids) == len(set(ids))


def test_only_the_public_id_is_an_address(api: Client) -> None:
    lead = a_lead()
    for identifier in (lead.number, str(lead.pk), "nowhere", "%00"):
        problem(api.get(f"{LEADS}/{identifier}"), 404, "not-found")
