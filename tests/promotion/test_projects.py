"""Entering and editing projects, the enterprise a project becomes, and what the gate looks at."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import override

from directory.models import Enterprise, ExchangeRate
from directory.models.enterprises import OperatingStatus, Relation
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.saving import ChildSave
from promotion.models import (
    AdmissionStandard,
    Commitment,
    Interaction,
    InvestmentProject,
    ProjectMember,
    StageChange,
)
from promotion.rules import stages
from promotion.services.projects import (
    GateRefused,
    advance_stage,
    gate_view,
    link_enterprise,
    missing_for_next,
    missing_for_stage,
    project_facts,
    save_project,
)
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_project
from tests.promotion.factories_projects import CODE, DAYS, a_ready_project, at_stage, evidence, gate, review

pytestmark = pytest.mark.django_db


def edit(project: Any, *, by: Any = None, **values: Any) -> Any:
    fresh = InvestmentProject.objects.get(pk=project.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    return save_project(fresh, fields=list(values), by=by or fresh.owner, door="admin", at=NOW)


def found(missing: Any) -> set[tuple[str, str]]:
    return {(one.code, one.subject) for one in missing}


# --- entering --------------------------------------------------------------------------------------------------------


def test_new_project_negotiates_with_number_key_and_one_move() -> None:
    project = a_project("示例精工（平湖）有限公司项目")

    move = StageChange.objects.get(project=project)
    assert project.number == "P2026-0001"
    assert project.position == stages.Position(stages.NEGOTIATING)
    assert project.stage_since == project.age_since == NOW
    assert project.negotiating_since == datetime.date(2026, 6, 1)
    assert project.name_key
    assert (move.kind, move.from_stage, move.to_stage, move.by, move.at, move.door) == (
        "created", "", stages.NEGOTIATING, project.owner, NOW, "admin",
    )  # fmt: skip


def test_new_project_at_a_later_stage_is_entered_in_negotiation() -> None:
    project = a_project(
        stage=stages.SIGNED, side_state=stages.PAUSED, number="P1999-0001", stage_since=None, age_since=None
    )

    stored = InvestmentProject.objects.get(pk=project.pk)
    assert stored.position == stages.Position(stages.NEGOTIATING)
    assert stored.number == "P2026-0001"
    assert StageChange.objects.get(project=project).to_stage == stages.NEGOTIATING


def test_new_project_without_owner_belongs_to_whoever_enters_it() -> None:
    officer = a_person("officer-9")

    project = save_project(InvestmentProject(name="示例项目", track="lease"), by=officer, door="api", at=NOW)

    assert project.owner == officer
    assert project.unit == officer.memberships.get().department


def test_new_project_with_a_false_day_leaves_nothing_behind() -> None:
    gate()

    with pytest.raises(GateRefused) as refused:
        a_project(negotiating_since=datetime.date(2026, 6, 2))

    assert list(refused.value.fields) == ["negotiating_since"]
    assert not InvestmentProject.objects.exists()
    assert not StageChange.objects.exists()


def test_false_credit_code_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        a_project(uscc="91330482MA0000007")

    assert list(refused.value.fields) == ["uscc"]


# --- editing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stage", "side_state", "stage_since", "age_since", "merged_into", "number"])
def test_edit_of_what_a_move_writes_is_refused(name: str) -> None:
    project = a_project()

    with pytest.raises(DomainError) as refused:
        save_project(project, fields=[name], by=project.owner, door="api", at=NOW)

    assert list(refused.value.fields) == [name]


def test_stage_set_on_the_record_is_not_saved_with_an_edit() -> None:
    project = a_project()
    project.stage, project.side_state, project.note = stages.FULL_CAPACITY, stages.LOST, "new"

    save_project(project, by=project.owner, door="import", at=NOW)

    stored = InvestmentProject.objects.get(pk=project.pk)
    assert (stored.note, stored.position) == ("new", stages.Position(stages.NEGOTIATING))
    assert StageChange.objects.filter(project=project).count() == 1


def test_edit_emptying_what_an_earlier_gate_asked_is_refused() -> None:
    project = at_stage(stages.SIGNED)

    with pytest.raises(GateRefused) as refused:
        edit(project, signed_on=None, agreement_no="")

    assert set(refused.value.fields) == {"signed_on", "agreement_no"}
    assert InvestmentProject.objects.get(pk=project.pk).signed_on == DAYS[stages.SIGNED]


def test_edit_asks_only_for_what_it_changes() -> None:
    project = at_stage(stages.SIGNED)
    # As a project stands that was there before the zone asked for output.
    InvestmentProject.objects.filter(pk=project.pk).update(yearly_output=None)

    assert edit(project, note="still without output").note == "still without output"
    with pytest.raises(GateRefused):
        edit(project, yearly_tax=None)


def test_date_of_a_stage_cannot_be_moved_past_the_next_one() -> None:
    project = at_stage(stages.REGISTERED)

    with pytest.raises(GateRefused) as refused:
        edit(project, signed_on=DAYS[stages.REGISTERED] + datetime.timedelta(days=1))

    assert found(refused.value.missing) == {("date_after_next", "signed_on")}


def test_ended_project_changes_in_named_fields_only() -> None:
    project = at_stage(stages.REVIEWED)
    advance_stage(project, stages.LOST, by=project.owner, door="admin", at=NOW, why="price")

    assert edit(project, lessons="be quicker", competitor="elsewhere").lessons == "be quicker"
    with pytest.raises(DomainError) as refused:
        edit(project, name="another", note="x")

    assert list(refused.value.fields) == ["name"]
    assert refused.value.code == "ended"


def test_rows_below_an_ended_project_are_locked_too() -> None:
    project = at_stage(stages.REVIEWED)
    project = advance_stage(project, stages.LOST, by=project.owner, door="admin", at=NOW, why="price")
    member = ChildSave("m", ProjectMember(person=a_person("late"), part="team"), parent_field="project")

    with pytest.raises(DomainError, match="ended"), override("en"):
        save_project(project, fields=[], by=project.owner, door="admin", at=NOW, children=[member])

    assert not project.members.exists()


def test_second_editor_is_told_before_anything_else() -> None:
    project = at_stage(stages.SIGNED)
    old = InvestmentProject.objects.get(pk=project.pk)
    edit(project, note="first")
    old.signed_on = None

    with pytest.raises(StaleVersion):
        save_project(old, fields=["signed_on"], by=project.owner, door="admin", at=NOW, if_version=old.version)


def test_level_is_not_lowered_in_passing() -> None:
    project = a_project(confidentiality="restricted")

    with pytest.raises(DomainError) as refused:
        edit(project, confidentiality="internal")

    assert refused.value.code == "lowered_without_publication"
    assert edit(project, confidentiality="confidential").confidentiality == "confidential"


def test_track_that_would_not_have_allowed_the_skip_is_refused() -> None:
    project = at_stage(stages.REGISTERED)
    evidence(project, "photo")
    moved = advance_stage(
        project,
        stages.IN_PRODUCTION,
        by=project.owner,
        door="admin",
        at=NOW,
        why="the space is let",
        values={"first_output_on": DAYS[stages.IN_PRODUCTION]},
    )

    with pytest.raises(DomainError) as refused:
        edit(moved, track="land")

    assert refused.value.code == stages.STAGE_LEFT_OUT
    assert list(refused.value.fields) == ["track"]


def test_new_track_asks_what_it_alone_asks() -> None:
    project = at_stage(stages.REVIEWED)

    with pytest.raises(GateRefused) as refused:
        edit(project, track="land")

    assert ("review_missing", "land_plan") in found(refused.value.missing)
    assert ("field_empty", "land_m2") in found(refused.value.missing)


def test_track_is_free_to_change_while_negotiating() -> None:
    gate()
    project = a_project(track="lease")

    assert edit(project, track="land").track == "land"


# --- the enterprise --------------------------------------------------------------------------------------------------


def test_enterprise_is_made_unpublished_where_none_has_the_code() -> None:
    project = a_project(company_name="示例精工（平湖）有限公司", uscc=CODE, registered_capital=Decimal(500))

    linked = link_enterprise(project, by=project.owner, door="admin", at=NOW)

    enterprise = Enterprise.objects.get()
    assert linked.enterprise == enterprise
    assert (enterprise.registered_name, enterprise.uscc) == ("示例精工（平湖）有限公司", CODE)
    assert (enterprise.relation, enterprise.status) == (Relation.REGISTERED_ONLY, OperatingStatus.IN_PREPARATION)
    assert not enterprise.is_published
    assert enterprise.history.count() >= 1


def test_enterprise_with_the_code_is_linked() -> None:
    known = an_enterprise(uscc=CODE)
    project = a_project(company_name="示例精工（平湖）有限公司", uscc=CODE)

    assert link_enterprise(project, by=project.owner, door="admin", at=NOW).enterprise == known
    assert Enterprise.objects.count() == 1


def test_enterprise_of_the_same_name_without_a_code_is_asked_about() -> None:
    an_enterprise(registered_name="示例精工（平湖）有限公司")
    project = a_project(company_name="示例精工（平湖）有限公司", uscc=CODE)

    with pytest.raises(DomainError) as refused:
        link_enterprise(project, by=project.owner, door="admin", at=NOW)

    assert list(refused.value.fields) == ["enterprise"]


def test_chosen_enterprise_is_linked_without_a_code() -> None:
    known = an_enterprise()
    project = a_project()

    assert link_enterprise(project, enterprise=known, by=project.owner, door="admin", at=NOW).enterprise == known


def test_nothing_to_make_an_enterprise_of_is_said() -> None:
    project = a_project(company_name="示例精工（平湖）有限公司")

    with pytest.raises(DomainError) as refused:
        link_enterprise(project, by=project.owner, door="admin", at=NOW)

    assert list(refused.value.fields) == ["uscc"]
    assert not Enterprise.objects.exists()


def test_enterprise_of_a_registered_project_cannot_be_unlinked() -> None:
    project = at_stage(stages.REGISTERED)

    with pytest.raises(GateRefused) as refused:
        edit(project, enterprise=None)

    assert found(refused.value.missing) == {("field_empty", "enterprise")}


# --- what the gate looks at ------------------------------------------------------------------------------------------


def test_missing_for_next_lists_all_of_it_in_seven_queries(django_assert_num_queries: Any) -> None:
    project = a_ready_project(stages.REVIEWED)

    with django_assert_num_queries(7):
        missing = missing_for_next(project, at=NOW)

    assert found(missing) == {
        ("field_empty", "reviewed_on"), ("field_empty", "yearly_output"), ("field_empty", "yearly_tax"),
        ("field_empty", "energy_tce"),
    }  # fmt: skip


def test_missing_for_next_costs_the_same_with_many_rows(django_assert_num_queries: Any) -> None:
    project = a_ready_project(stages.REVIEWED, currency="USD")
    for number in range(4):
        made(Interaction(project=project, kind="meeting", at=NOW, by=project.owner, happened=f"talk {number}"))
        made(Commitment(project=project, side="government", text=f"rent {number}"))
        made(
            AdmissionStandard(
                source="a test", indicator="energy", value=number, valid_from=datetime.date(2026, 1, number + 1)
            )
        )

    with django_assert_num_queries(7):
        missing_for_next(project, at=NOW)


def test_fresh_project_misses_what_negotiating_asks_on_the_way_to_reviewed() -> None:
    gate()
    project = a_project()

    missing = found(missing_for_next(project, at=NOW))

    assert {("too_few", "meetings"), ("field_empty", "total_investment"), ("field_empty", "floor_m2")} <= missing
    assert ("field_empty", "investor") not in missing


def test_note_to_oneself_is_no_meeting() -> None:
    project = a_project()
    for kind in ("internal", "message", "call"):
        made(Interaction(project=project, kind=kind, at=NOW, by=project.owner, happened="talked"))
    assert project_facts(project, at=NOW).counts["meetings"] == 0

    made(Interaction(project=project, kind="video", at=NOW, by=project.owner, happened="talked"))
    assert project_facts(project, at=NOW).counts["meetings"] == 1


def test_latest_review_of_a_kind_decides() -> None:
    project = a_project()
    review(project, "admission", "passed", decided_on=datetime.date(2026, 3, 1))
    review(project, "admission", "failed", decided_on=datetime.date(2026, 2, 1))
    assert project_facts(project, at=NOW).reviews == {"admission": "passed"}

    review(project, "admission", "failed", decided_on=datetime.date(2026, 4, 1))
    assert project_facts(project, at=NOW).reviews == {"admission": "failed"}


def test_open_review_is_no_result() -> None:
    project = a_project()
    review(project, "safety", "pending", decided_on=None)

    assert project_facts(project, at=NOW).reviews == {}


def test_standard_is_compared_in_yuan_and_waived_by_the_admission_review() -> None:
    made(
        AdmissionStandard(
            source="a test", indicator="investment_per_mu", value=400, valid_from=datetime.date(2026, 1, 1)
        )
    )
    made(ExchangeRate(currency="USD", on=datetime.date(2026, 5, 1), cny=7, source="a test"))
    # 10 mu; 5 million dollars are 350 万元 a mu.
    project = a_project(track="land", currency="USD", fixed_assets=Decimal(5_000_000), land_m2=Decimal("6666.67"))

    assert project_facts(project, at=NOW).standards == {"investment_per_mu": "fail"}
    assert gate_view(project, at=NOW).comparisons[0].figure == Decimal("350.00")

    review(project, "admission", "waived", reason="case by case", waived_indicators=["investment_per_mu"])
    assert project_facts(project, at=NOW).standards == {"investment_per_mu": "waived"}


def test_refused_admission_review_waives_nothing() -> None:
    made(
        AdmissionStandard(
            source="a test", indicator="energy", operator="le", value=1, valid_from=datetime.date(2026, 1, 1)
        )
    )
    project = a_project(energy_tce=5)
    review(project, "admission", "failed", waived_indicators=["energy"])

    assert project_facts(project, at=NOW).standards == {"energy": "fail"}


def test_amount_without_a_rate_cannot_be_compared() -> None:
    made(
        AdmissionStandard(source="a test", indicator="investment_per_mu", value=1, valid_from=datetime.date(2026, 1, 1))
    )
    project = a_project(track="land", currency="JPY", fixed_assets=5, land_m2=1)

    assert project_facts(project, at=NOW).standards == {"investment_per_mu": "missing"}


def test_commitment_of_the_government_needs_its_review() -> None:
    project = a_ready_project(stages.SIGNED)
    rent = made(Commitment(project=project, side="government", text="rent"))
    made(Commitment(project=project, side="investor", text="output"))
    assert ("commitment_unreviewed", "rent") in found(missing_for_stage(project, stages.SIGNED, at=NOW))

    rent.fair_competition = "waived"
    made(rent)
    assert ("commitment_not_passed", "rent") in found(missing_for_stage(project, stages.SIGNED, at=NOW))

    rent.fair_competition = "passed"
    made(rent)
    assert "rent" not in {one.subject for one in missing_for_stage(project, stages.SIGNED, at=NOW)}


def test_project_that_does_not_run_misses_nothing() -> None:
    project = at_stage(stages.REVIEWED)
    manager = a_person("manager", Role.PROMOTION_MANAGER)
    project = advance_stage(project, stages.PAUSED, by=manager, door="admin", at=NOW, why="waiting")

    assert missing_for_next(project, at=NOW) == ()


def test_money_reads_in_wan_and_names_in_the_readers_language(client_as: Any) -> None:
    """Lists, heads and what is read-only: 万 and 亿 with the exact figure in the title; inputs say their unit."""
    officer = a_person("officer-1")
    project = a_project("示例轴承项目", name_en="Sample bearings", total_investment=123_456_789, currency="USD")
    listed = reverse("admin:promotion_investmentproject_changelist")
    form = reverse("admin:promotion_investmentproject_change", args=[project.pk])

    page = client_as(officer).get(listed).content.decode()
    assert 'title="123,456,789美元">1.23亿美元</data>' in page
    assert "Sample bearings" not in page
    assert "按所选币种以元为单位填写，不是万元" in client_as(officer).get(form).content.decode()
    leader = a_person("leader-1", Role.LEADER)
    assert 'title="123,456,789">1.23亿</data>' in client_as(leader).get(form).content.decode()

    leader.language = "en"
    client = client_as(made(leader))
    page = client.get(listed).content.decode()
    assert page.index("Sample bearings") < page.index("示例轴承项目 · ")
    assert 'title="USD 123,456,789">USD 123.46 million</data>' in page
    assert f"{project.number} Sample bearings" in client.get(form).content.decode()
    assert client.get(reverse("admin:board")).content.decode().count("Sample bearings") >= 1
