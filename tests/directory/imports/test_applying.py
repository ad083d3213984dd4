"""Applying a plan: records, history, events, memory and index in one go; refused where somebody was faster."""

from typing import Any

import pytest

from directory.models import (
    Enterprise,
    EnterpriseName,
    FieldSource,
    Holding,
    ImportRun,
    LegalRepresentative,
    Listing,
    RowDecision,
    SearchDoc,
    StatusCheck,
)
from directory.models.enterprises import CapitalOrigin, LegalForm
from directory.services.importing import Description, applicable, apply_run, decide, decide_all, plan_run, stage_file
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Event
from pinghu.ledger.saving import save_record
from tests.directory.imports.rows import a_code, codes, csv_bytes, line, plan_of, said, verdicts
from tests.factories import a_chain, an_enterprise

pytestmark = pytest.mark.django_db

NAME, CODE = "企业名称", "信用代码"


def applied(*rows: Any, **values: Any) -> ImportRun:
    return apply_run(plan_of(*rows, **values))


def test_new_row_becomes_a_record_with_history_event_memory_and_index() -> None:
    run = applied([NAME, CODE, "注册资本", "曾用名"], ["甲精机有限公司", a_code(1), "50(万元人民币)", "旧甲有限公司"])

    enterprise = Enterprise.objects.get()
    assert (enterprise.registered_capital, enterprise.registered_capital_currency) == (500_000, "CNY")
    assert enterprise.source == run.source
    assert enterprise.history.get().change.verb == "imported"
    assert Event.objects.get(subject_id=enterprise.public_id).verb == "imported"
    assert FieldSource.objects.get(subject_id=enterprise.public_id, field="uscc").import_run == run
    assert "甲精机" in SearchDoc.objects.get().names
    assert run.counts["outcome_created"] == 1


def test_imported_enterprise_is_found_by_its_former_name() -> None:
    applied([NAME, "曾用名"], ["甲精机有限公司", "老字号有限公司"], fixed={"relation": "registered_and_operating"})

    assert "老字号" in SearchDoc.objects.get().former


def test_update_writes_only_what_changed() -> None:
    applied([NAME, "地址", "主要产品"], ["甲精机有限公司", "东路1号", "齿轮"])
    run = applied([NAME, "地址", "主要产品"], ["甲精机有限公司", "西路2号", "齿轮"])

    enterprise = Enterprise.objects.get()
    assert (enterprise.address, enterprise.products, enterprise.version) == ("西路2号", "齿轮", 2)
    assert line(run).before["columns"] == {"address": "东路1号"}
    assert Event.objects.filter(subject_id=enterprise.public_id).order_by("-pk")[0].changed_fields == ["address"]


def test_unchanged_file_writes_nothing() -> None:
    rows = ([NAME, "地址"], ["甲精机有限公司", "东路1号"])
    applied(*rows)
    before = (Event.objects.count(), Enterprise.history.count(), FieldSource.objects.count())

    run = applied(*rows)

    assert run.counts == {"same": 1}
    assert (Event.objects.count(), Enterprise.history.count(), FieldSource.objects.count()) == before


def test_same_file_again_is_the_same_run() -> None:
    data = csv_bytes([NAME], ["甲精机有限公司"])
    run = apply_run(plan_run(stage_file(data, said(), by=None)))

    again = stage_file(data, said(), by=None)

    assert (again.pk, again.status) == (run.pk, ImportRun.Status.APPLIED)
    assert stage_file(data, said(by="open_list"), by=None).pk != run.pk
    assert stage_file(data, said(fixed={"relation": "outside"}), by=None).pk != run.pk


def test_new_name_of_a_known_code_keeps_the_old_one_as_former() -> None:
    applied([NAME, CODE], ["甲精机有限公司", a_code(1)])
    applied([NAME, CODE], ["新甲精机有限公司", a_code(1)])

    assert Enterprise.objects.get().registered_name == "新甲精机有限公司"
    assert EnterpriseName.objects.get().name == "甲精机有限公司"
    assert "甲精机" in SearchDoc.objects.get().former


def test_country_becomes_a_holding_of_unknown_share_and_the_origin_follows() -> None:
    applied([NAME, "国别"], ["甲精机有限公司", "日本"])

    assert (Holding.objects.get().country, Holding.objects.get().share) == ("JP", None)
    assert Enterprise.objects.get().capital_origin == CapitalOrigin.FOREIGN


def test_registration_type_gives_the_origin() -> None:
    applied([NAME, "企业类型"], ["甲精机有限公司", "6110"])

    assert Enterprise.objects.get().capital_origin == CapitalOrigin.HMT


def test_ticker_becomes_a_listing_and_means_the_same_next_time() -> None:
    chain = a_chain("gears", name="齿轮链")
    applied(["简称", "ts_code", "产业链"], ["甲股份", "600001.SH", "齿轮链"])

    assert Listing.objects.get().exchange.mic == "XSHG"
    assert Enterprise.objects.get().chain_positions.get().chain == chain
    assert verdicts(plan_of(["简称", "ts_code"], ["乙股份", "SH600001"])) == ["update"]


def test_legal_representative_follows_in_one_row() -> None:
    applied([NAME, CODE, "法定代表人"], ["甲精机有限公司", a_code(1), "张三"])
    applied([NAME, CODE, "法定代表人"], ["甲精机有限公司", a_code(1), "李四"])

    assert LegalRepresentative.objects.get().name == "李四"
    assert [row.name for row in LegalRepresentative.objects.get().history.all()] == ["李四", "张三"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("甲精机有限公司平湖分公司", LegalForm.BRANCH),
        ("甲蔬菜专业合作社", LegalForm.COOPERATIVE),
        ("甲投资合伙企业（有限合伙）", LegalForm.PARTNERSHIP),
        ("甲精机有限公司", LegalForm.COMPANY),
    ],
)
def test_legal_form_of_a_new_enterprise_follows_its_name(name: str, form: str) -> None:
    applied([NAME], [name])

    assert Enterprise.objects.get().legal_form == form


def test_lines_that_need_a_choice_wait() -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司", address="甲")
    run = applied(
        [NAME, "地址"], ["津上精密机床有限公司", ""], ["津上精密机床(浙江)有限公司", "乙"], ["丙有限公司", ""]
    )

    assert verdicts(run) == ["duplicate", "conflict", "new"]
    assert run.counts["outcome_created"] == 1
    assert run.counts["undecided"] == 2
    assert Enterprise.objects.count() == 2


def test_same_enterprise_chosen_updates_it_and_is_remembered() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME, CODE], ["津上精密机床有限公司", a_code(1)])

    decide(line(run), "update", by=None, target_id=ours.pk)
    apply_run(run)

    ours.refresh_from_db()
    assert ours.uscc == a_code(1)
    assert Enterprise.objects.count() == 1
    assert RowDecision.objects.get().target_id == ours.pk
    assert ours.registered_name == "津上精密机床(浙江)有限公司"


def test_choice_is_remembered_for_the_next_file() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME, "主要产品"], ["津上精密机床有限公司", "机床"])
    decide(line(run), "update", by=None, target_id=ours.pk)

    again = plan_of([NAME, "主要产品"], ["津上精密机床有限公司", "车床"])

    assert line(again).target_id == ours.pk
    assert line(again).verdict in ("update", "conflict")


def test_other_enterprise_chosen_is_created_once() -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME], ["津上精密机床有限公司"])
    decide(line(run), "create", by=None)
    apply_run(run)

    assert Enterprise.objects.count() == 2
    assert verdicts(plan_of([NAME], ["津上精密机床有限公司"])) == ["same"]


def test_skipped_line_stays_out_now_and_next_time() -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME], ["津上精密机床有限公司"])
    decide(line(run), "skip", by=None)
    apply_run(run)
    again = plan_of([NAME], ["津上精密机床有限公司"])

    assert Enterprise.objects.count() == 1
    assert (line(again).verdict, line(again).decision) == ("duplicate", "skip")


@pytest.mark.parametrize(("choice", "address"), [("take_file", "西路2号"), ("keep_ours", "东路1号")])
def test_conflict_is_carried_out_as_chosen(choice: str, address: str) -> None:
    ours = an_enterprise("", registered_name="甲精机有限公司", address="东路1号")
    run = plan_of([NAME, "地址", "主要产品"], ["甲精机有限公司", "西路2号", "齿轮"])
    decide(line(run), choice, by=None)
    apply_run(run)

    ours.refresh_from_db()
    assert (ours.address, ours.products) == (address, "齿轮")


def test_choice_can_be_taken_back() -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME], ["津上精密机床有限公司"])
    decide(line(run), "create", by=None)
    decide(line(run), "", by=None)

    assert not applicable(run).exists()
    assert not RowDecision.objects.exists()


def test_all_lines_of_a_verdict_are_decided_alike() -> None:
    for n in ("甲", "乙", "丙"):
        an_enterprise("", registered_name=f"{n}轴承有限公司", address="东路")
    run = plan_of([NAME, "地址"], *([f"{n}轴承有限公司", "西路"] for n in ("甲", "乙", "丙")))

    assert decide_all(run, "conflict", "take_file", by=None) == 3
    apply_run(run)

    assert set(Enterprise.objects.values_list("address", flat=True)) == {"西路"}


@pytest.mark.parametrize(("choice", "target"), [("take_file", None), ("update", 999_999), ("nonsense", None)])
def test_choice_that_makes_no_sense_is_refused(choice: str, target: int | None) -> None:
    an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME], ["津上精密机床有限公司"])

    with pytest.raises(DomainError):
        decide(line(run), choice, by=None, target_id=target)


def test_record_changed_since_the_plan_is_refused() -> None:
    ours = an_enterprise("", registered_name="甲精机有限公司")
    run = plan_of([NAME, "地址"], ["甲精机有限公司", "西路2号"], ["乙精机有限公司", ""])
    ours.products = "齿轮"
    save_record(ours, fields=["products"], by=None, door="admin")

    apply_run(run)

    assert (line(run).outcome, codes(line(run))) == ("refused", ["changed_since_plan"])
    assert run.counts["outcome_created"] == 1
    assert Enterprise.objects.get(pk=ours.pk).address == ""


def test_code_taken_since_the_plan_is_refused_and_the_others_go_through() -> None:
    run = plan_of([NAME, CODE], *([f"第{n}精机有限公司", a_code(n)] for n in range(1, 6)))
    an_enterprise("别人", uscc=a_code(3))

    apply_run(run)

    assert [line(run, n).outcome for n in range(2, 7)] == ["created", "created", "refused", "created", "created"]
    assert codes(line(run, 4)) == ["taken_since_plan"]


def test_refused_line_can_be_planned_and_applied_again() -> None:
    ours = an_enterprise("", registered_name="甲精机有限公司")
    run = plan_of([NAME, "地址"], ["甲精机有限公司", "西路2号"])
    ours.products = "齿轮"
    save_record(ours, fields=["products"], by=None, door="admin")
    apply_run(run)

    apply_run(plan_run(run))

    assert Enterprise.objects.get(pk=ours.pk).address == "西路2号"
    assert run.counts["outcome_updated"] == 1


def test_complete_list_proposes_checks_of_the_absent_and_changes_nothing() -> None:
    absent = an_enterprise("缺席精机")
    an_enterprise("", registered_name="甲精机有限公司")
    an_enterprise("外地精机", relation="outside")

    run = plan_of([NAME], ["甲精机有限公司"], is_complete=True)
    assert run.counts["absent"] == 1
    assert not StatusCheck.objects.exists()
    apply_run(run)

    assert StatusCheck.objects.get().enterprise == absent
    assert Enterprise.objects.get(pk=absent.pk).version == 1


def test_apply_is_refused_before_there_is_a_plan() -> None:
    with pytest.raises(DomainError):
        apply_run(stage_file(csv_bytes([NAME], ["甲"]), said(), by=None))


def test_upload_that_was_broken_off_goes_on() -> None:
    data = csv_bytes([NAME], *([f"第{n}精机有限公司"] for n in range(30)))
    description = Description(kind="enterprises", source=said().source, file_name="x.csv")
    run = stage_file(data, description, by=None)
    run.rows.filter(number__gt=11).delete()
    with pytest.raises(DomainError):
        plan_run(run)

    again = stage_file(data, description, by=None)

    assert again.pk == run.pk
    assert again.rows.count() == 30
    assert plan_run(again).counts == {"new": 30}


def test_each_chunk_is_one_change() -> None:
    run = applied([NAME], *([f"第{n}精机有限公司"] for n in range(600)))

    assert Change.objects.filter(verb="imported").count() == 2
    assert run.counts["outcome_created"] == 600
    assert Event.objects.filter(verb="imported").count() == 600
