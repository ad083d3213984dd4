"""Reviews and commitments: what may be said, and that no unreviewed promise gets past signing through any door."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import AnnualFigures
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import AccessLog, Door
from pinghu.ledger.saving import delete_record
from promotion.fulfilment import fulfilment
from promotion.models import (
    AdmissionStandard,
    Commitment,
    InvestmentProject,
    Level,
    Outcome,
    ProjectMember,
    ProjectReview,
    StageRequirement,
)
from promotion.my_day import waiting_counts
from promotion.rules import admission, stages
from promotion.services.projects import MoveRefused, advance_stage, gate_view, save_project
from promotion.services.reviews import drop_commitment, save_commitment, save_review
from tests.factories import an_enterprise, made
from tests.kernel.pages import form_data
from tests.kernel.races import at_once
from tests.promotion.factories import NOW, a_person, a_project, a_unit
from tests.promotion.factories_projects import a_ready_project, at_stage, gate, values_for

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
YESTERDAY = TODAY - datetime.timedelta(days=1)
MOVE = "admin:promotion_investmentproject_move_page"


def in_english(person: Any) -> Any:
    person.language = "en"
    return made(person)


@pytest.fixture
def officer() -> User:
    user: User = in_english(a_person("officer-1"))
    return user


@pytest.fixture
def client(officer: User, client_as: Callable[..., Client]) -> Client:
    return client_as(officer)


def reviewer() -> Any:
    """Somebody who does not run the project."""
    return User.objects.filter(username="reviewer").first() or a_person("reviewer", Role.PROMOTION_MANAGER)


def promise(project: Any, text: str = "rent for two years", **values: Any) -> Any:
    """The government's, unless said otherwise; as its service writes it."""
    values.setdefault("side", "government")
    row = Commitment(project=project, text=text, **values)
    by = reviewer() if row.fair_competition == "passed" else project.owner
    return save_commitment(row, by=by, door=Door.ADMIN, at=NOW)


def change(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return save_commitment(row, fields=list(values), by=None, door=Door.ADMIN, at=NOW)


def passed(project: Any, **values: Any) -> Any:
    return promise(project, fair_competition="passed", legal_basis="平政发〔2026〕1号", **values)


def decide(project: Any, kind: str = "admission", outcome: str = "passed", **values: Any) -> Any:
    row = ProjectReview(project=project, kind=kind, outcome=outcome, **values)
    return save_review(row, by=reviewer(), door=Door.ADMIN, at=NOW)


def refused(work: Callable[[], Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        work()
    return caught.value


def stored(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


# --- what a review may say -------------------------------------------------------------------------------------------


def test_whoever_decides_a_review_is_written_down_and_reopening_forgets_it(officer: User) -> None:
    review = decide(a_project())
    assert (review.decided_by, review.decided_on) == (reviewer(), TODAY)

    review.outcome = "pending"
    review = save_review(review, fields=["outcome"], by=reviewer(), door=Door.ADMIN, at=NOW)
    assert (review.decided_by, review.decided_on) == (None, None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"outcome": "waived"}, ""),
        ({"outcome": "waived", "reason": "one matter, one meeting"}, "waived_indicators"),
        ({"outcome": "passed", "waived_indicators": ["energy"]}, "waived_indicators"),
        ({"outcome": "waived", "reason": "x", "waived_indicators": ["beauty"]}, "waived_indicators"),
        ({"kind": "safety", "outcome": "waived", "reason": "x", "waived_indicators": ["energy"]}, "waived_indicators"),
        ({"kind": "fair_competition", "outcome": "waived", "reason": "x"}, "outcome"),
        ({"decided_on": TODAY + datetime.timedelta(days=1)}, "decided_on"),
        ({"outcome": "pending", "decided_on": TODAY}, "outcome"),
    ],
)
def test_review_is_refused_with_the_field_that_is_wrong(officer: User, said: dict[str, Any], field: str) -> None:
    assert list(refused(lambda: decide(a_project(), **said)).fields) == [field]


def test_waiver_lets_a_missed_standard_pass_and_no_red_line(officer: User) -> None:
    project = a_ready_project(stages.REVIEWED)
    made(AdmissionStandard(indicator="energy", operator="le", value=1, valid_from=YESTERDAY, source="x"))
    assert {one.subject for one in gate_view(project, at=NOW).missing} >= {"energy"}

    decide(project, outcome="waived", reason="one matter, one meeting", waived_indicators=["energy"])
    decide(project, kind="environment", outcome="waived", reason="x")

    view = gate_view(project, at=NOW)
    assert "energy" not in {one.subject for one in view.missing}
    assert "environment" in {one.subject for one in view.missing}
    assert view.red_lines == {"environment": admission.UNANSWERED, "safety": admission.CLEAR}


def test_failed_review_hits_its_red_line(officer: User) -> None:
    project = a_ready_project(stages.REVIEWED)

    decide(project, kind="safety", outcome="failed")

    assert gate_view(project, at=NOW).red_lines["safety"] == admission.HIT


def test_reviews_and_commitments_of_an_ended_project_are_closed_but_for_what_becomes_of_them(officer: User) -> None:
    project = a_project()
    review, row = decide(project), promise(project, amount=100)
    advance_stage(project, stages.LOST, by=officer, door=Door.ADMIN, at=NOW, why="price")

    assert refused(lambda: decide(project)).code == "ended"
    review.conditions = "none"
    assert refused(lambda: save_review(review, fields=["conditions"], by=officer, door=Door.ADMIN)).code == "ended"
    assert refused(lambda: promise(project)).code == "ended"
    assert refused(lambda: change(stored(row), text="more")).code == "ended"
    assert refused(lambda: drop_commitment(row, by=officer, door=Door.ADMIN)).code == "ended"
    assert change(stored(row), fulfilled_on=TODAY, fulfilled_amount=40, clawback_amount=40).clawback_amount == 40


# --- four eyes -------------------------------------------------------------------------------------------------------


def test_whoever_runs_a_project_prepares_its_reviews_and_others_decide(officer: User) -> None:
    project, member, colleague = a_project(), a_person("member"), a_person("colleague")
    made(ProjectMember(project=project, person=member, part="team"))
    made(ProjectMember(project=project, person=colleague, part="named"))

    def enter(who: Any, outcome: str = "passed", kind: str = "fair_competition") -> Any:
        row = ProjectReview(project=project, kind=kind, outcome=outcome)
        return save_review(row, by=who, door=Door.ADMIN, at=NOW)

    def rewrite(review: Any, who: Any, **values: Any) -> Any:
        for name, value in values.items():
            setattr(review, name, value)
        return save_review(review, fields=list(values), by=who, door=Door.ADMIN, at=NOW)

    for who in (officer, member):
        for outcome in ("passed", "failed"):
            caught = refused(lambda who=who, outcome=outcome: enter(who, outcome))
            assert (caught.code, list(caught.fields)) == ("four_eyes", ["outcome"])
    prepared = enter(officer, "pending")
    assert rewrite(prepared, member, conditions="see the papers").conditions
    assert refused(lambda: rewrite(stored(prepared), officer, outcome="passed")).code == "four_eyes"

    assert rewrite(stored(prepared), colleague, outcome="passed").decided_by == colleague
    # What was decided is not turned into something else: neither its kind, nor its project, nor its day.
    land = enter(colleague, kind="land_plan")
    for values in ({"kind": "environment"}, {"project": a_project("other")}, {"decided_on": YESTERDAY}):
        assert refused(lambda values=values: rewrite(stored(land), officer, **values)).code == "four_eyes"


def test_project_handed_over_for_an_afternoon_is_still_ones_own(officer: User) -> None:
    project, colleague, member = a_project(), a_person("colleague"), a_person("member")
    seat = made(ProjectMember(project=project, person=member, part="team"))
    delete_record(seat, by=officer, door=Door.ADMIN)
    project.owner = colleague
    project = save_project(project, fields=["owner"], by=officer, door=Door.ADMIN, at=NOW)

    for who in (officer, colleague, member):
        row = ProjectReview(
            project=project, kind="admission", outcome="waived", reason="x", waived_indicators=["energy"]
        )
        assert refused(lambda row=row, who=who: save_review(row, by=who, door=Door.ADMIN, at=NOW)).code == "four_eyes"


def test_promise_is_passed_by_somebody_who_does_not_run_the_project(officer: User) -> None:
    row = promise(a_project(), legal_basis="平政发〔2026〕1号")
    theirs = promise(row.project, "output", side="investor")

    def say(row: Any, who: Any, **values: Any) -> Any:
        for name, value in values.items():
            setattr(row, name, value)
        return save_commitment(row, fields=list(values), by=who, door=Door.ADMIN, at=NOW)

    caught = refused(lambda: say(stored(row), officer, fair_competition="passed"))
    assert (caught.code, list(caught.fields)) == ("four_eyes", ["fair_competition"])
    # Not by way of the investor's side, where nothing is reviewed.
    assert say(stored(theirs), officer, fair_competition="passed", legal_basis="x").pk
    assert refused(lambda: say(stored(theirs), officer, side="government")).fields
    assert say(stored(row), reviewer(), fair_competition="passed").fair_competition == "passed"
    # That it is reviewed anew is for whoever changes it.
    assert say(stored(row), officer, amount=5, fair_competition="pending").amount == 5


def test_what_is_prepared_waits_for_a_manager_of_the_unit_who_does_not_run_it(
    officer: User, client_as: Callable[..., Client]
) -> None:
    """The overview counts exactly the rows that its link opens."""
    manager = reviewer()
    project, own = a_project(), a_project("own", owner=manager)
    elsewhere = a_project("far", owner=a_person("far", unit=a_unit("far")))
    seat = a_project("seat")
    made(ProjectMember(project=seat, person=manager, part="team"))
    for each in (project, own, elsewhere, seat):
        decide(each, kind="safety", outcome="pending")
        promise(each)
    decide(project, kind="land_plan", outcome="pending")
    save_review(ProjectReview(project=project, kind="land_plan", outcome="passed"), by=manager, door=Door.ADMIN, at=NOW)

    counts = waiting_counts(User.objects.get(pk=manager.pk), NOW)
    assert (counts["reviews"], counts["commitments"]) == (1, 1)
    assert waiting_counts(officer, NOW)["reviews"] == 0
    client = client_as(manager)
    for model in ("projectreview", "commitment"):
        page = client.get(reverse(f"admin:promotion_{model}_changelist"), {"waiting": "me"})
        assert [row.project for row in page.context["cl"].result_list] == [project]
        assert reverse(f"admin:promotion_{model}_changelist") + "?waiting=me" in client.get("/admin/").content.decode()


def test_form_says_in_both_languages_why_the_officer_does_not_pass_the_review(client: Client, officer: User) -> None:
    project = a_project()
    address = reverse("admin:promotion_projectreview_add")
    data = {"project": project.pk, "kind": "fair_competition", "outcome": "passed"}

    assert "somebody who does not" in str(client.post(address, data).context["adminform"].form.errors["outcome"])
    officer.language = "zh-hans"
    made(officer)
    assert "回避要求" in str(client.post(address, data).context["adminform"].form.errors["outcome"])
    assert not ProjectReview.objects.exists()


# --- what a commitment may say ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"fair_competition": "waived"}, "fair_competition"),
        ({"fair_competition": "passed"}, "legal_basis"),
        ({"approver": "leading group"}, "approved_on"),
        ({"approved_on": TODAY}, "approver"),
        ({"approver": "leading group", "approved_on": TODAY + datetime.timedelta(days=1)}, "approved_on"),
        ({"fulfilled_amount": 5}, "fulfilled_on"),
        ({"fulfilled_on": TODAY + datetime.timedelta(days=1)}, "fulfilled_on"),
        ({"fulfilled_on": TODAY, "fulfilled_amount": 5, "clawback_amount": 6}, "clawback_amount"),
        ({"clawback_amount": 1}, "clawback_amount"),
    ],
)
def test_commitment_is_refused_with_the_field_that_is_wrong(officer: User, said: dict[str, Any], field: str) -> None:
    assert list(refused(lambda: promise(a_project(), **said)).fields) == [field]


def test_promise_that_changed_is_reviewed_anew(officer: User) -> None:
    row = passed(a_project(), amount=100)

    assert list(refused(lambda: change(stored(row), amount=101)).fields) == ["fair_competition"]
    assert change(stored(row), due_on=TODAY).fair_competition == "passed"
    assert change(stored(row), amount=101, fair_competition="pending").amount == 101


# --- no unreviewed promise is signed, through any door ----------------------------------------------------------------


def sign(project: Any, **options: Any) -> Any:
    options.setdefault("door", Door.API)
    return advance_stage(project, stages.SIGNED, by=project.owner, at=NOW, values=values_for(stages.SIGNED), **options)


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.FAILED])
def test_service_signs_no_project_with_an_unreviewed_promise(officer: User, outcome: str) -> None:
    project = a_ready_project(stages.SIGNED)
    row = promise(project, fair_competition=outcome)
    promise(project, "output", side="investor")

    error = refused(lambda: sign(project))

    assert isinstance(error, MoveRefused)
    assert [one.check for one in error.missing] == ["commitments_reviewed"]
    change(stored(row), fair_competition="passed", legal_basis="x")
    assert sign(project).stage == stages.SIGNED


def test_page_that_moves_signs_none(client: Client, officer: User) -> None:
    project = a_ready_project(stages.SIGNED)
    promise(project)
    address = reverse(MOVE, args=[project.pk])
    values = {name: str(value) for name, value in values_for(stages.SIGNED).items()}

    answer = client.post(address, {"target": "signed", "if_version": project.version, **values})

    assert answer.status_code == 200
    assert "has not been through the fair-competition review" in answer.content.decode()
    assert stored(project).stage == stages.REVIEWED


def test_action_on_the_list_signs_none(client: Client, officer: User) -> None:
    project = a_ready_project(stages.SIGNED)
    promise(project)
    for name, value in values_for(stages.SIGNED).items():
        setattr(project, name, value)
    save_project(project, fields=list(values_for(stages.SIGNED)), by=officer, door=Door.ADMIN, at=NOW)
    ticked = {"action": "move_on", "_selected_action": [project.pk]}

    answer = client.post(reverse("admin:promotion_investmentproject_changelist"), ticked, follow=True)

    assert "fair-competition review" in answer.content.decode()
    assert stored(project).stage == stages.REVIEWED


def test_form_of_the_project_and_its_making_set_no_stage(client: Client, officer: User) -> None:
    gate()
    project = save_project(
        InvestmentProject(name="x", track="lease", investor="y", stage="signed"), by=officer, door=Door.ADMIN, at=NOW
    )
    assert project.stage == stages.NEGOTIATING
    address = reverse("admin:promotion_investmentproject_change", args=[project.pk])

    client.post(address, form_data(client.get(address), stage="signed"))

    assert stored(project).stage == stages.NEGOTIATING


def test_gate_that_was_switched_off_signs_none(officer: User) -> None:
    project = a_ready_project(stages.SIGNED)
    promise(project)
    row = StageRequirement.objects.get(check_code="commitments_reviewed")
    row.is_active = False
    made(row)

    assert [one.check for one in refused(lambda: sign(project)).missing] == ["commitments_reviewed"]  # type: ignore[attr-defined]


def test_promise_comes_into_a_signed_project_only_when_it_has_passed(officer: User) -> None:
    project, other = at_stage(stages.SIGNED), a_project("other")
    ours, theirs = passed(project, amount=5), promise(project, "output", side="investor")
    elsewhere = promise(other)

    assert list(refused(lambda: promise(project, "land")).fields) == ["fair_competition"]
    assert list(refused(lambda: promise(project, "land", fair_competition="failed")).fields) == ["fair_competition"]
    assert refused(lambda: change(stored(theirs), side="government")).fields
    assert refused(lambda: change(stored(elsewhere), project=project)).fields
    assert refused(lambda: change(stored(ours), amount=6, fair_competition="pending")).fields
    assert refused(lambda: change(stored(ours), fair_competition="pending")).fields
    assert refused(lambda: drop_commitment(ours, by=officer, door=Door.ADMIN)).code == "signed"

    assert change(stored(ours), fulfilled_on=TODAY, fulfilled_amount=5).fulfilled_amount == 5
    assert change(stored(ours), fair_competition="failed").fair_competition == "failed"


def test_admin_form_brings_no_unreviewed_promise_into_a_signed_project(client: Client) -> None:
    project = at_stage(stages.SIGNED)
    address = reverse("admin:promotion_commitment_add")

    answer = client.post(address, {"project": project.pk, "side": "government", "text": "x", "currency": "CNY",
                                   "fair_competition": "pending"})  # fmt: skip

    assert answer.status_code == 200
    assert "fair_competition" in answer.context["adminform"].form.errors
    assert not Commitment.objects.exists()


def test_promise_read_before_the_signature_is_refused_after_it(officer: User) -> None:
    project = a_ready_project(stages.SIGNED)
    sign(project)  # by somebody else: what is in hand still says that it is not signed

    refused(lambda: promise(project))

    assert not Commitment.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_promise_and_signature_at_once_leave_no_unreviewed_promise_signed() -> None:
    a_person("officer-1")
    project = a_ready_project(stages.SIGNED)

    results = at_once(lambda: sign(project), lambda: promise(project))

    is_signed = stored(project).stage == stages.SIGNED
    assert is_signed == (not Commitment.objects.exists())
    assert sum(isinstance(one, DomainError) for one in results) == 1


def test_promise_is_dropped_before_signing(client: Client, officer: User) -> None:
    row = promise(a_project())
    address = reverse("admin:promotion_commitment_delete", args=[row.pk])

    assert client.post(address, {"post": "yes"}).status_code == 302

    assert not Commitment.objects.exists()


# --- what became of it, year by year ---------------------------------------------------------------------------------


def test_years_show_what_was_promised_beside_what_is_known(officer: User, person: Any) -> None:
    project = a_project()
    project.enterprise = an_enterprise()
    made(project)
    for year, indicator, amount in ((2025, "output", 50_000_000), (2025, "jobs", 120), (2026, "tax", 900_000)):
        promise(project, indicator, side="investor", indicator=indicator, year=year, amount=amount)
    change(Commitment.objects.get(indicator="tax"), fulfilled_on=TODAY, fulfilled_amount=500_000)
    figures = {"enterprise": project.enterprise, "year": 2025}
    made(AnnualFigures(**figures, data_origin="declared", output=Decimal(4200), employees=130))
    made(AnnualFigures(**figures, data_origin="statistical", output=Decimal(9999), employees=1))

    def gaps(user: Any) -> list[tuple[str, Decimal | None]]:
        return [(one.indicator, one.gap) for one in fulfilment(project, user)]

    assert gaps(person(Role.LEADER)) == [("jobs", 0), ("output", 8_000_000), ("tax", 400_000)]
    # Annual figures are for few eyes; what the commitments themselves say is not.
    assert gaps(officer) == [("jobs", None), ("output", None), ("tax", 400_000)]


# --- pages -----------------------------------------------------------------------------------------------------------

PAGE = "admin:promises"


def found(client: Client, **asked: Any) -> list[tuple[str, list[str], list[str]]]:
    answer = client.get(reverse(PAGE), asked)
    assert answer.status_code == 200
    return [
        (shown["project"].name, *([p["row"].text for p in side["promises"]] for side in shown["sides"]))
        for shown in answer.context.get("projects", [])
    ]


@pytest.fixture
def two_projects(officer: User) -> tuple[Any, Any]:
    calm, late = a_project("calm"), a_project("late")
    promise(calm, "road", due_on=datetime.date(2099, 1, 1), amount=10)
    promise(calm, "output", side="investor")
    promise(late, "kept", side="investor", due_on=datetime.date(2020, 1, 1), fulfilled_on=YESTERDAY)
    promise(late, "overdue", side="investor", due_on=datetime.date(2021, 1, 1), amount=8, fulfilled_on=YESTERDAY,
            fulfilled_amount=3)  # fmt: skip
    passed(late, text="rent", amount=100, fulfilled_on=YESTERDAY, clawback_amount=0)
    return calm, late


def test_both_lists_stand_beside_each_other_overdue_first(client: Client, two_projects: Any) -> None:
    assert found(client) == [("late", ["rent"], ["overdue", "kept"]), ("calm", ["road"], ["output"])]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"state": "overdue"}, [("late", [], ["overdue"])]),
        ({"state": "kept"}, [("late", ["rent"], ["kept"])]),
        ({"state": "unreviewed"}, [("calm", ["road"], [])]),
        ({"side": "government"}, [("calm", ["road"], []), ("late", ["rent"], [])]),
        ({"year": "2020"}, [("late", [], ["kept"])]),
        ({"q": "calm"}, [("calm", ["road"], ["output"])]),
        ({"q": "nothing of the kind"}, []),
        ({"year": "nonsense"}, []),
    ],
)
def test_promises_are_filtered(client: Client, two_projects: Any, asked: dict[str, str], names: Any) -> None:
    assert found(client, **asked) == names


def test_promises_are_filtered_by_unit_and_officer(client: Client, two_projects: Any) -> None:
    other = a_person("other", unit=a_unit("unit-2"))
    promise(a_project("theirs", owner=other), "bridge")

    assert [name for name, *_rest in found(client, unit=a_unit("unit-2").pk)] == ["theirs"]
    assert [name for name, *_rest in found(client, owner=other.pk)] == ["theirs"]


def test_sums_are_by_side_and_currency_without_what_is_no_money(client: Client, two_projects: Any) -> None:
    calm, _late = two_projects
    promise(calm, "people", side="investor", indicator="jobs", amount=500)

    sums = {(one.side, one.currency): one for _name, one in client.get(reverse(PAGE)).context["sums"]}

    ours, theirs = sums["government", "CNY"], sums["investor", "CNY"]
    assert (ours.promised, ours.fulfilled, ours.outstanding) == (110, 100, 10)
    assert (theirs.promised, theirs.fulfilled, theirs.outstanding) == (8, 3, 5)


def test_promise_of_a_hidden_project_is_in_no_list_sum_count_or_file(
    client: Client, two_projects: Any, client_as: Any
) -> None:
    hidden = a_project("hidden", owner=a_person("other", unit=a_unit("unit-2")), confidentiality=Level.CONFIDENTIAL)
    secret = promise(hidden, "secret land", amount=7_777_777, due_on=datetime.date(2001, 1, 1))

    answer = client.get(reverse(PAGE))
    text = answer.content.decode()
    assert not [word for word in ("secret land", hidden.number, "777", ">2001<") if word in text]
    assert [numbers for _name, *numbers in answer.context["counts"]] == [[2, 0], [3, 1]]
    export = client.get(reverse("admin:promises_export", args=["csv"]))
    assert "secret land" not in b"".join(export.streaming_content).decode()
    assert client.get(reverse("admin:project_promises", args=[hidden.public_id])).status_code == 404
    assert client.get(reverse("admin:promotion_commitment_change", args=[secret.pk])).status_code == 404
    # Whoever may see it, sees it; and that is written down.
    leader = client_as(in_english(a_person("leader-1", Role.LEADER)))
    assert "secret land" in leader.get(reverse("admin:project_promises", args=[hidden.public_id])).content.decode()
    assert AccessLog.objects.filter(kind="read", subject_id=hidden.public_id).exists()


def test_export_is_logged_and_says_how_each_promise_stands(client: Client, two_projects: Any) -> None:
    answer = client.get(reverse("admin:promises_export", args=["csv"]), {"state": "overdue"})

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert ",Overdue," in lines[1]
    assert AccessLog.objects.filter(kind="export").count() == 1
    assert client.get(reverse("admin:promises_export", args=["exe"])).status_code == 404


@pytest.mark.parametrize("model", ["projectreview", "commitment"])
def test_lists_open_export_and_cost_the_same_with_more_rows(client: Client, officer: User, model: str) -> None:
    project = a_project()
    address = reverse(f"admin:promotion_{model}_changelist")

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    decide(project), promise(project)
    few = cost()
    for number in range(5):
        decide(a_project(f"p{number}"), kind="energy")
        promise(a_project(f"q{number}"), "more", due_on=TODAY)
    assert cost() == few <= 12
    export = client.get(reverse(f"admin:promotion_{model}_export", args=["csv"]))
    assert len(b"".join(export.streaming_content).decode().splitlines()) == 7


def test_page_of_promises_costs_the_same_with_more_rows(client: Client, two_projects: Any) -> None:
    def cost() -> int:
        client.get(reverse(PAGE))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(PAGE))
        return len(queries)

    few = cost()
    for number in range(6):
        project = a_project(f"p{number}")
        promise(project, "a", due_on=YESTERDAY, amount=3)
        promise(project, "b", side="investor")
    assert cost() == few <= 20


def test_page_of_a_project_shows_sheet_and_commitments_within_the_budget(client: Client, officer: User) -> None:
    project = a_ready_project(stages.REVIEWED)
    made(AdmissionStandard(indicator="energy", operator="le", value=1, valid_from=YESTERDAY, source="x"))
    made(AdmissionStandard(indicator="tax_per_mu", operator="ge", value=30, valid_from=YESTERDAY, source="x"))
    address = reverse("admin:promotion_investmentproject_change", args=[project.pk])

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    few = cost()
    for number in range(4):
        promise(project, f"road {number}", due_on=TODAY)
        decide(project, kind="safety", outcome="failed" if number == 3 else "passed")
    assert cost() == few <= 25

    answer = client.get(address)
    sheet = answer.context["standing"]["sheet"]
    assert [(line.threshold, line.outcome) for line in sheet.standards] == [
        ("≤ 1", "Figures missing"),
        ("≥ 30", "Figures missing"),
    ]
    assert [(line.name, line.outcome) for line in sheet.red_lines] == [
        ("Environment", "Not hit"),
        ("Safety", "Red line hit"),
    ]
    text = answer.content.decode()
    assert "Admission standards that hold today" in text
    assert "the project cannot be signed" in text
    assert "road 3" in text


def test_waived_indicators_are_ticked_and_a_stale_form_is_refused(client: Client, officer: User) -> None:
    review = decide(a_project(owner=a_person("colleague")), outcome="pending")
    address = reverse("admin:promotion_projectreview_change", args=[review.pk])
    opened = form_data(client.get(address))
    review.conditions = "meanwhile"
    save_review(review, fields=["conditions"], by=None, door=Door.COMMAND, at=NOW)

    waived = {"outcome": "waived", "reason": "x", "waived_indicators": ["energy", "plot_ratio"]}
    stale = client.post(address, {**opened, **waived})
    assert stale.status_code == 200
    assert stored(review).outcome == "pending"

    fresh = client.post(address, {**form_data(client.get(address)), **waived})
    assert fresh.status_code == 302
    assert stored(review).waived_indicators == ["energy", "plot_ratio"]


def test_ended_project_leaves_only_what_becomes_of_a_promise_to_be_typed(client: Client, officer: User) -> None:
    project = a_project()
    row = promise(project, amount=100)
    advance_stage(project, stages.LOST, by=officer, door=Door.ADMIN, at=NOW, why="price")

    page = client.get(reverse("admin:promotion_commitment_change", args=[row.pk]))

    shown = set(page.context["adminform"].form.fields) - {"if_version", "change_reason"}
    assert shown == {"fulfilled_on", "fulfilled_amount", "clawback_amount", "note"}
    assert client.post(reverse("admin:promotion_commitment_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
