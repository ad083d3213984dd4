"""Forms that are stale or were made by hand, two stewards at once, and choices that outlive what they were about."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import Enterprise, ImportRun, Qualification, QualificationType
from directory.services.importing import (
    apply_run,
    change_mapping,
    decide,
    plan_run,
    revert_run,
    stage_file,
    write_error_workbook,
)
from directory.services.merging import merge
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import change
from pinghu.ledger.models import Door
from tests.directory.imports.rows import codes, csv_bytes, line, plan_of, said, verdicts
from tests.factories import an_enterprise

pytestmark = pytest.mark.django_db

SignIn = Callable[[str | User], Client]
NAME = "企业名称"


@pytest.fixture
def steward(client_as: SignIn) -> Client:
    return client_as(Role.DATA_STEWARD)


def url(name: str, run: ImportRun) -> str:
    return reverse(f"admin:directory_importrun_{name}", args=[run.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


def uploaded(*rows: list[Any], **values: Any) -> ImportRun:
    return stage_file(csv_bytes(*rows), said(**values), by=None, to_map=True)


# --- the form of the columns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"column-7": "address"},
        {"column--1": "address"},
        {"column-x": "address"},
        {"column-1": "nonsense"},
        {"column-1": ["address", "products"]},
        {"fixed-uscc": "1"},
        {"fixed-relation": "nonsense"},
    ],
)
def test_a_column_that_is_not_there_and_a_field_that_is_none_are_refused(
    steward: Client, wrong: dict[str, Any]
) -> None:
    run = uploaded([NAME, "乙"], ["甲精机有限公司", "x"])

    answer = steward.post(url("mapping", run), {"column-0": "registered_name", "column-1": "", **wrong})

    assert answer.status_code == 200
    assert 'class="import-error"' in text(answer) or "errornote" in text(answer) or "bg-red" in text(answer)
    run.refresh_from_db()
    assert run.status == "uploaded"


def test_a_form_without_some_columns_is_refused(steward: Client) -> None:
    run = uploaded([NAME, "地址"], ["甲精机有限公司", "东路1号"])

    assert steward.post(url("mapping", run), {"column-0": "registered_name"}).status_code == 200

    run.refresh_from_db()
    assert (run.status, run.mapping["地址"]) == ("uploaded", "address")


def test_a_field_mapped_and_set_for_every_row_is_refused(steward: Client) -> None:
    run = uploaded([NAME, "与园区关系"], ["甲精机有限公司", "区外"])

    answer = steward.post(
        url("mapping", run), {"column-0": "registered_name", "column-1": "relation", "fixed-relation": "unverified"}
    )

    assert answer.status_code == 200
    run.refresh_from_db()
    assert run.status == "uploaded"


# --- two stewards -----------------------------------------------------------------------------------------------------


def shown_plan(client: Client, run: ImportRun, page: str = "change") -> str:
    html = text(client.get(url(page, run)))
    return html.partition('name="plan" value="')[2].partition('"')[0]


@pytest.mark.parametrize("name", ["apply", "decide", "mapping", "revert"])
def test_what_was_seen_before_a_colleague_planned_anew_is_not_carried_out(steward: Client, name: str) -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME, "地址"], ["津上精密机床有限公司", "东路"], ["乙精机有限公司", "西路"])
    seen = shown_plan(steward, run)
    assert seen
    change_mapping(run, {NAME: "registered_name"}, {"relation": "outside"})
    run = plan_run(run)

    data = {"line-2": f"update:{ours.pk}", "column-0": "registered_name", "column-1": "address"}
    steward.post(url(name, run), {**data, "plan": seen})

    run.refresh_from_db()
    assert run.status == "planned"
    assert line(run).decision == ""
    assert run.fixed_values == {"relation": "outside"}


def test_an_outdated_page_is_said_once_and_not_for_a_line(steward: Client) -> None:
    run = plan_of([NAME], ["甲精机有限公司"], ["乙精机有限公司"])

    answer = steward.post(url("decide", run), {"line-2": "skip", "line-3": "skip", "plan": "of yesterday"}, follow=True)

    (said_once,) = [str(message) for message in answer.context["messages"]]
    assert "2" not in said_once


def test_an_update_must_say_of_what(steward: Client) -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME], ["津上精密机床有限公司"])

    for choice in ("update", "update:", "update:x", "update:0"):
        steward.post(url("decide", run), {"verdict": "duplicate", "line-2": choice})
        assert line(run).decision == ""


def test_a_bulk_choice_that_fits_no_line_says_so(steward: Client) -> None:
    run = plan_of([NAME], ["甲精机有限公司"])

    answer = steward.post(url("decide", run), {"verdict": "duplicate", "all": "skip"}, follow=True)

    assert [str(message.level_tag) for message in answer.context["messages"]] == ["warning"]


# --- after applying ---------------------------------------------------------------------------------------------------


def test_a_run_planned_again_after_it_was_applied_can_still_be_undone(steward: Client) -> None:
    run = apply_run(plan_of([NAME], ["甲精机有限公司"], [""]))
    plan_run(run)

    assert url("revert", run) in text(steward.get(url("change", run)))
    assert steward.post(url("revert", run)).status_code == 302
    revert_run(ImportRun.objects.get(pk=run.pk))

    assert not Enterprise.objects.exists()


def test_the_mapping_of_a_run_with_applied_lines_is_not_offered(steward: Client) -> None:
    run = apply_run(plan_of([NAME], ["甲精机有限公司"], ["=x"]))
    plan_run(run)

    assert url("mapping", run) not in text(steward.get(url("change", run)))


# --- choices that outlive what they were about ------------------------------------------------------------------------


def test_a_remembered_choice_follows_the_merged_enterprise() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    rows = ([NAME, "主要产品"], ["津上精密机床有限公司", "机床"])
    decide(line(plan_of(*rows)), "update", by=None, target_id=ours.pk)
    kept = an_enterprise("津上")
    merge(kept, ours, by=None, door="command", why="")

    again = plan_of(*rows)

    assert verdicts(again) in (["update"], ["conflict"])
    assert line(again).target_id == kept.pk


def test_a_remembered_choice_of_an_enterprise_that_is_gone_asks_again() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    rows = ([NAME, "主要产品"], ["津上精密机床有限公司", "机床"])
    decide(line(plan_of(*rows)), "update", by=None, target_id=ours.pk)
    with change(by=None, verb="deleted", door=Door.COMMAND):
        ours.delete()

    assert verdicts(plan_of(*rows)) == ["new"]


def test_a_remembered_owner_that_was_merged_away_gets_no_qualification() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    kind = QualificationType.objects.order_by("pk").first()
    assert kind is not None
    rows, fixed = ([NAME], ["津上精密机床有限公司"]), {"type": kind.code}
    decide(line(plan_of(*rows, kind="qualifications", fixed=fixed)), "update", by=None, target_id=ours.pk)
    kept = an_enterprise("津上")
    merge(kept, ours, by=None, door="command", why="")

    apply_run(plan_of(*rows, kind="qualifications", fixed=fixed))

    assert Qualification.objects.get().enterprise_id == kept.pk


def test_a_choice_between_values_is_not_kept_for_other_values() -> None:
    an_enterprise("", registered_name="甲精机有限公司", address="东路1号")
    run = plan_of([NAME, "地址", "乙"], ["甲精机有限公司", "西路2号", "南路3号"])
    decide(line(run), "take_file", by=None)
    assert line(plan_run(run)).decision == "take_file"

    change_mapping(run, {NAME: "registered_name", "乙": "address"}, {})
    run = plan_run(ImportRun.objects.get(pk=run.pk))

    assert (line(run).changes["address"]["new"], line(run).decision) == ("南路3号", "")


# --- mapping remembered -----------------------------------------------------------------------------------------------


def test_a_remembered_column_is_not_driven_out_by_a_guess() -> None:
    plan_of(["甲", "地址"], ["甲精机有限公司", "x"], mapping={"甲": "registered_name"})

    run = uploaded([NAME, "甲", "地址"], ["x", "乙精机有限公司", "y"])

    assert run.mapping == {"甲": "registered_name", "地址": "address"}


def test_a_workbook_of_errors_with_headings_of_its_own_comes_back_as_it_is(tmp_path: Any) -> None:
    run = plan_of(["表"], ["甲", "乙"], ["=x", "东路"], header_row=2, mapping={"甲": "registered_name"})
    with (tmp_path / "e.xlsx").open("wb") as out:
        assert write_error_workbook(run, out) == 1

    again = stage_file((tmp_path / "e.xlsx").read_bytes(), said(), by=None, to_map=True)

    assert again.mapping == {"甲": "registered_name"}
    assert codes(line(plan_run(again))) == codes(line(run, 3))
