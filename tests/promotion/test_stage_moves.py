"""Moving a project: what is allowed, what is asked, what is written, and that there is no way around it."""

from typing import Any

import pytest
from django.utils.translation import override

from directory.models import Enterprise
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.models import Event
from promotion.models import InvestmentProject, StageChange
from promotion.rules import stages
from promotion.services.projects import (
    MoveRefused,
    advance_stage,
    missing_fields,
    missing_for_next,
    save_project,
    skipped_stages,
    targets_for,
)
from tests.factories import an_enterprise, made
from tests.kernel.races import at_once
from tests.promotion.factories import NOW, a_person, a_project
from tests.promotion.factories_projects import (
    CODE,
    DAYS,
    a_ready_project,
    at_stage,
    evidence,
    gate,
    values_for,
)

pytestmark = pytest.mark.django_db


def move(project: Any, target: str, **options: Any) -> Any:
    options.setdefault("by", project.owner)
    options.setdefault("door", "api")
    return advance_stage(project, target, at=NOW, **options)


def refused(project: Any, target: str, **options: Any) -> DomainError:
    """The refusal, with nothing written."""
    before = stored(project)
    moves = StageChange.objects.count()
    with pytest.raises(DomainError) as caught:
        move(project, target, **options)
    after = stored(project)
    assert (after.position, after.version, after.stage_since) == (before.position, before.version, before.stage_since)
    assert StageChange.objects.count() == moves
    return caught.value


def stored(project: Any) -> InvestmentProject:
    return InvestmentProject.objects.get(pk=project.pk)


def manager() -> Any:
    known = User.objects.filter(username="manager-1").first()
    return known or a_person("manager-1", Role.PROMOTION_MANAGER)


# --- forward ---------------------------------------------------------------------------------------------------------


def test_move_writes_the_project_and_one_stage_change() -> None:
    project = a_ready_project(stages.REVIEWED)
    version = project.version

    moved = move(project, stages.REVIEWED, values=values_for(stages.REVIEWED), why="all agreed")

    last = StageChange.objects.filter(project=project).first()
    assert last is not None
    assert StageChange.objects.filter(project=project).count() == 2
    assert (last.kind, last.from_stage, last.to_stage) == ("forward", stages.NEGOTIATING, stages.REVIEWED)
    assert (last.by, last.at, last.why, last.door, last.skipped) == (project.owner, NOW, "all agreed", "api", [])
    assert (moved.stage, moved.stage_since, moved.yearly_output) == (stages.REVIEWED, NOW, 9)
    assert moved.version == version + 1
    assert Event.objects.filter(subject_id=project.public_id, verb="moved").count() == 1


def test_project_walks_through_all_stages_with_one_row_each() -> None:
    project = at_stage(stages.FULL_CAPACITY)

    kinds = list(StageChange.objects.filter(project=project).order_by("pk").values_list("to_stage", flat=True))
    assert kinds == list(stages.STAGES)
    assert missing_for_next(project, at=NOW) == ()


def test_gate_refuses_naming_what_is_missing() -> None:
    project = a_ready_project(stages.SIGNED)

    with override("en"):
        error = refused(project, stages.SIGNED, values={"agreement_no": "A-1"})

    assert isinstance(error, MoveRefused)
    assert {one.subject for one in error.missing} == {"signed_on", "signed_amount", "foreign_share"}
    assert set(error.fields) == {"signed_on", "signed_amount", "foreign_share"}
    assert missing_fields(error.missing) == ("signed_on", "signed_amount", "foreign_share")
    assert error.message.startswith("Still missing for “Signed”: Fill in “formal agreement signed on”.")
    assert stored(project).agreement_no == ""


def test_only_the_formal_agreement_makes_it_signed() -> None:
    project = a_ready_project(stages.SIGNED)
    row = project.evidence.get(kind="agreement")
    row.kind = "other"
    made(row)

    error = refused(project, stages.SIGNED, values=values_for(stages.SIGNED))

    assert [one.subject for one in error.missing] == ["agreement"]  # type: ignore[attr-defined]
    assert list(error.fields) == [""]


def test_no_stage_is_left_out_by_jumping() -> None:
    project = at_stage(stages.REVIEWED)
    evidence(project, "agreement")

    error = refused(project, stages.REGISTERED, why="in a hurry", values=values_for(stages.SIGNED))

    assert error.code == stages.STAGE_LEFT_OUT


def test_track_may_skip_with_a_reason_only() -> None:
    project = at_stage(stages.REGISTERED)
    values = values_for(stages.IN_PRODUCTION)

    assert refused(project, stages.IN_PRODUCTION, values=values, why=" ").code == stages.REASON_MISSING
    moved = move(project, stages.IN_PRODUCTION, values=values, why="let ready to use")

    last = StageChange.objects.filter(project=project).first()
    assert last is not None
    assert (last.kind, last.skipped) == ("skip", [stages.STARTED, stages.COMPLETED])
    assert skipped_stages(moved) == {stages.STARTED, stages.COMPLETED}
    assert missing_for_next(moved, at=NOW)


def test_skipped_stage_is_not_asked_for_later_but_after_going_back_behind_it() -> None:
    project = at_stage(stages.REGISTERED)
    project = move(project, stages.IN_PRODUCTION, values=values_for(stages.IN_PRODUCTION), why="let ready to use")
    assert {one.subject for one in missing_for_next(project, at=NOW)} == {"full_capacity_on"}

    project = move(project, stages.REGISTERED, why="it was the wrong hall")

    assert skipped_stages(project) == frozenset()
    assert {one.subject for one in missing_for_next(project, at=NOW)} == {"started_on", "photo"}


def test_land_project_skips_nothing() -> None:
    project = at_stage(stages.REGISTERED)
    InvestmentProject.objects.filter(pk=project.pk).update(track="land")

    error = refused(stored(project), stages.IN_PRODUCTION, values=values_for(stages.IN_PRODUCTION), why="please")

    assert error.code == stages.STAGE_LEFT_OUT


def test_track_does_not_change_with_the_move() -> None:
    project = at_stage(stages.REGISTERED)

    assert refused(project, stages.STARTED, values={"track": "land"}).code == "not_with_a_move"


@pytest.mark.parametrize(
    "name", ["stage", "side_state", "stage_since", "number", "merged_into", "public_id", "nothing"]
)
def test_values_of_a_move_write_nothing_but_the_project_s_own_fields(name: str) -> None:
    project = a_ready_project(stages.REVIEWED)

    error = refused(project, stages.REVIEWED, values={**values_for(stages.REVIEWED), name: "signed"})

    assert error.code == "not_with_a_move"


def test_value_that_is_not_valid_is_said_by_its_field() -> None:
    project = a_ready_project(stages.REVIEWED)

    error = refused(project, stages.REVIEWED, values={**values_for(stages.REVIEWED), "yearly_tax": -1})

    assert list(error.fields) == ["yearly_tax"]


def test_unknown_target_is_refused() -> None:
    assert refused(at_stage(stages.NEGOTIATING), "finished", why="x").code == stages.UNKNOWN_TARGET


def test_stale_version_is_refused_first() -> None:
    project = a_ready_project(stages.REVIEWED)
    old = stored(project)
    save_project(stored(project), fields=[], by=project.owner, door="admin", at=NOW)
    project.note = "somebody was faster"
    save_project(project, fields=["note"], by=project.owner, door="admin", at=NOW)

    assert isinstance(refused(old, "finished", if_version=old.version), StaleVersion)


# --- back, aside, again ----------------------------------------------------------------------------------------------


def test_going_back_needs_a_reason_and_keeps_the_dates_uncounted() -> None:
    project = at_stage(stages.SIGNED)
    assert refused(project, stages.NEGOTIATING).code == stages.REASON_MISSING

    moved = move(project, stages.NEGOTIATING, why="the agreement was void")

    last = StageChange.objects.filter(project=project).first()
    assert last is not None
    assert (last.kind, moved.stage, moved.signed_on) == ("back", stages.NEGOTIATING, DAYS[stages.SIGNED])
    # The old day of signing stands in nobody's way: reviewed anew after it.
    again = move(moved, stages.REVIEWED, values={"reviewed_on": DAYS[stages.REGISTERED]})
    assert again.reviewed_on == DAYS[stages.REGISTERED]
    assert [one.code for one in missing_for_next(again, at=NOW)] == ["date_before_previous"]


def test_lost_project_is_over_and_only_a_manager_reopens_it_with_a_reason() -> None:
    project = at_stage(stages.REVIEWED)
    assert refused(project, stages.LOST).code == stages.REASON_MISSING
    lost = move(project, stages.LOST, why="price", values={"competitor": "elsewhere"})
    assert (lost.stage, lost.side_state, lost.competitor) == (stages.REVIEWED, stages.LOST, "elsewhere")

    assert refused(lost, stages.SIGNED, values=values_for(stages.SIGNED)).code == stages.PROJECT_ENDED
    assert refused(lost, stages.RUNNING, why="again").code == stages.MAY_NOT_REOPEN
    assert refused(lost, stages.RUNNING, by=None, why="again").code == stages.MAY_NOT_REOPEN
    assert refused(lost, stages.RUNNING, by=manager()).code == stages.REASON_MISSING
    assert refused(lost, "", by=manager(), why="again", values={"name": "new"}).code == stages.PROJECT_ENDED
    again = move(lost, stages.RUNNING, by=manager(), why="they came back")

    assert again.position == stages.Position(stages.REVIEWED)
    assert StageChange.objects.filter(project=project, kind="reopen").count() == 1


def test_paused_project_goes_nowhere_until_it_is_taken_up_again() -> None:
    project = a_ready_project(stages.REVIEWED)
    paused = move(project, stages.PAUSED, why="waiting for headquarters")

    assert refused(paused, stages.REVIEWED, values=values_for(stages.REVIEWED)).code == stages.PROJECT_PAUSED
    resumed = move(paused, stages.RUNNING)

    assert resumed.position == stages.Position(stages.NEGOTIATING)


def test_setting_aside_is_no_way_to_empty_what_the_gate_asked() -> None:
    project = at_stage(stages.SIGNED)

    error = refused(project, stages.PAUSED, why="waiting", values={"signed_on": None})

    assert [one.subject for one in error.missing] == ["signed_on"]  # type: ignore[attr-defined]


def test_merged_project_names_one_that_stands() -> None:
    gate()
    project, other, ended = a_project(), a_project("另一项目"), a_project("已终项目")
    move(ended, stages.WITHDRAWN, why="gone")

    assert refused(project, stages.MERGED, why="the same").code == stages.DUPLICATE_MISSING
    assert list(refused(project, stages.MERGED, why="the same", merged_into=project).fields) == ["merged_into"]
    assert list(refused(project, stages.MERGED, why="the same", merged_into=ended).fields) == ["merged_into"]
    merged = move(project, stages.MERGED, why="the same", merged_into=other)
    assert merged.merged_into == other

    reopened = move(merged, stages.RUNNING, by=manager(), why="it was not")
    assert reopened.merged_into is None


def test_targets_are_those_the_rules_allow() -> None:
    project = at_stage(stages.REVIEWED)

    assert targets_for(project, project.owner) == (
        stages.NEGOTIATING, stages.SIGNED, stages.PAUSED, stages.LOST, stages.WITHDRAWN, stages.MERGED,
    )  # fmt: skip
    lost = move(project, stages.LOST, why="price")
    assert targets_for(lost, project.owner) == ()
    assert targets_for(lost, manager()) == (stages.RUNNING,)


# --- registered ------------------------------------------------------------------------------------------------------


def test_registering_makes_the_enterprise_in_the_same_move() -> None:
    project = a_ready_project(stages.REGISTERED)

    moved = move(project, stages.REGISTERED, values=values_for(stages.REGISTERED))

    assert moved.enterprise == Enterprise.objects.get(uscc=CODE)


def test_registering_links_the_enterprise_that_has_the_code() -> None:
    known = an_enterprise(uscc=CODE)
    project = a_ready_project(stages.REGISTERED)

    assert move(project, stages.REGISTERED, values=values_for(stages.REGISTERED)).enterprise == known
    assert Enterprise.objects.count() == 1


def test_refused_registration_leaves_no_enterprise() -> None:
    project = a_ready_project(stages.REGISTERED)

    refused(project, stages.REGISTERED, values={**values_for(stages.REGISTERED), "filing_code": ""})

    assert not Enterprise.objects.exists()


def test_registered_and_filed_are_two_dates() -> None:
    project = a_ready_project(stages.REGISTERED)

    error = refused(project, stages.REGISTERED, values={**values_for(stages.REGISTERED), "filed_on": None})
    assert list(error.fields) == ["filed_on"]
    error = refused(project, stages.REGISTERED, values={**values_for(stages.REGISTERED), "registered_on": None})
    assert list(error.fields) == ["registered_on"]


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_people_moving_one_project_write_one_move() -> None:
    project = a_ready_project(stages.REVIEWED)
    values = values_for(stages.REVIEWED)

    results = at_once(*[lambda: move(project, stages.REVIEWED, values=values)] * 4)

    codes = sorted(getattr(result, "code", "moved") for result in results)
    assert codes == [stages.ALREADY_THERE] * 3 + ["moved"]
    assert StageChange.objects.filter(project=project, to_stage=stages.REVIEWED).count() == 1
    assert stored(project).version == project.version + 1


def test_second_of_two_movers_finds_it_moved() -> None:
    project = a_ready_project(stages.REVIEWED)
    move(project, stages.REVIEWED, values=values_for(stages.REVIEWED))

    assert refused(project, stages.REVIEWED, values=values_for(stages.REVIEWED)).code == stages.ALREADY_THERE
