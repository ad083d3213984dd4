"""Undoing a run: values come back, made records go; what was edited since or is referred to stays, and is listed."""

from typing import Any

import pytest

from directory.models import (
    CorporateGroup,
    Enterprise,
    EnterpriseName,
    FieldSource,
    Holding,
    ImportRun,
    LegalRepresentative,
    Qualification,
    RankingEntry,
    SearchDoc,
    SearchKey,
    StatusCheck,
)
from directory.services.importing import apply_run, decide, plan_run, revert_run, stage_file
from pinghu.errors import DomainError
from pinghu.ledger.models import Event
from pinghu.ledger.saving import save_record
from tests.directory.imports.rows import a_code, codes, csv_bytes, line, plan_of, said, verdicts
from tests.factories import an_enterprise, made, qualification_type

pytestmark = pytest.mark.django_db

NAME, CODE = "企业名称", "信用代码"


def applied(*rows: Any, **values: Any) -> ImportRun:
    return apply_run(plan_of(*rows, **values))


def state() -> list[Any]:
    """All that a run may write, but for versions, history and the ledger."""
    columns = [f.attname for f in Enterprise._meta.concrete_fields if f.name not in ("version", "updated_at")]
    return [
        list(Enterprise.objects.order_by("pk").values(*columns)),
        list(EnterpriseName.objects.order_by("pk").values("enterprise", "kind", "name")),
        list(Holding.objects.order_by("pk").values("enterprise", "country")),
        list(LegalRepresentative.objects.order_by("pk").values("enterprise", "name", "source")),
        list(FieldSource.objects.order_by("subject_id", "field").values("subject_id", "field", "value", "source")),
        list(SearchDoc.objects.order_by("pk").values("pk", "names", "former", "tokens", "facets")),
        sorted(SearchKey.objects.values_list("enterprise", "kind", "key")),
    ]


FULL = [NAME, CODE, "地址", "注册资本", "国别", "法定代表人", "曾用名"]


def test_run_leaves_everything_as_it_was() -> None:
    applied(FULL, ["甲精机有限公司", a_code(1), "东路1号", "50(万元人民币)", "日本", "张三", "老甲有限公司"])
    an_enterprise("乙轴承", registered_name="乙轴承有限公司")
    before = state()
    run = applied(
        FULL,
        ["新甲精机有限公司", a_code(1), "西路2号", "2,265(万美元)", "日本", "李四", ""],
        ["乙轴承有限公司", a_code(2), "南路", "", "德国", "王五", "老乙有限公司"],
        ["丙齿轮有限公司", a_code(3), "北路", "100万", "法国", "赵六", "老丙有限公司"],
    )
    assert state() != before
    assert verdicts(run) == ["update", "update", "new"]

    revert_run(run)

    assert state() == before
    assert run.counts["outcome_reverted"] == 3


def test_made_record_leaves_its_history_and_a_tombstone() -> None:
    run = applied([NAME], ["甲精机有限公司"])
    public_id = Enterprise.objects.get().public_id
    revert_run(run)

    assert [row.history_type for row in Enterprise.history.filter(public_id=public_id)] == ["-", "+"]
    last = Event.objects.filter(subject_id=public_id).order_by("-pk")[0]
    assert (last.verb, last.audience_before, last.audience_after) == ("deleted", "public", "")


def test_record_edited_since_is_listed_and_left() -> None:
    run = applied([NAME, "地址"], ["甲精机有限公司", "东路"], ["乙精机有限公司", "西路"])
    ours = Enterprise.objects.get(registered_name="甲精机有限公司")
    ours.products = "齿轮"
    save_record(ours, fields=["products"], by=None, door="admin")

    revert_run(run)

    assert Enterprise.objects.get() == ours
    assert (line(run).outcome, codes(line(run))) == ("kept", ["edited_since"])
    assert run.counts == {"new": 2, "outcome_kept": 1, "outcome_reverted": 1}


def test_record_that_another_refers_to_is_listed_and_left() -> None:
    run = applied([NAME], ["甲精机有限公司"], ["乙精机有限公司"])
    ours = Enterprise.objects.get(registered_name="甲精机有限公司")
    made(Qualification(enterprise=ours, type=qualification_type()))

    revert_run(run)

    assert Enterprise.objects.get() == ours
    assert codes(line(run)) == ["referred_to"]


def test_row_below_that_was_edited_since_keeps_its_record() -> None:
    run = applied([NAME, "国别"], ["甲精机有限公司", "日本"])
    holding = Holding.objects.get()
    holding.share = 51
    save_record(holding, fields=["share"], by=None, door="admin")

    revert_run(run)

    assert Holding.objects.get().share == 51
    assert codes(line(run)) == ["edited_since"]


def test_later_import_of_the_same_record_keeps_it() -> None:
    first = applied([NAME, "地址"], ["甲精机有限公司", "东路"])
    second = applied([NAME, "地址"], ["甲精机有限公司", "西路"])

    revert_run(first)
    assert Enterprise.objects.get().address == "西路"
    revert_run(second)
    assert Enterprise.objects.get().address == "东路"


def test_chosen_lines_are_undone_too() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司", address="甲")
    run = plan_of([NAME, CODE], ["津上精密机床有限公司", a_code(1)])
    decide(line(run), "update", by=None, target_id=ours.pk)
    apply_run(run)
    revert_run(run)

    ours.refresh_from_db()
    assert ours.uscc is None


def test_unanswered_checks_of_a_complete_list_go() -> None:
    an_enterprise("缺席精机")
    run = applied([NAME], ["甲精机有限公司"], is_complete=True)
    assert StatusCheck.objects.count() == 1

    revert_run(run)

    assert not StatusCheck.objects.exists()


def test_reverted_file_may_be_imported_again() -> None:
    data = csv_bytes([NAME], ["甲精机有限公司"])
    run = apply_run(plan_run(stage_file(data, said(), by=None)))
    revert_run(run)

    again = stage_file(data, said(), by=None)

    assert again.pk != run.pk
    assert apply_run(plan_run(again)).counts["outcome_created"] == 1


def test_groups_of_several_lines_are_undone() -> None:
    held = made(CorporateGroup(name="已有集团", name_en="Held"))
    rows = [["名称", "英文名称", "国家", "年份", "排名", "营业收入"]]
    rows += [["新集团", "New", "日本", year, 5, 100] for year in (2022, 2023, 2024)]
    rows += [["已有集团", "Held Group Holdings", "德国", year, 7, 90] for year in (2022, 2023)]
    run = apply_run(plan_of(*rows, kind="groups", by="open_list", fixed={"ranking": "fortune_global_500"}))
    assert RankingEntry.objects.count() == 5
    assert CorporateGroup.objects.count() == 2

    revert_run(run)

    held.refresh_from_db()
    assert CorporateGroup.objects.get() == held
    assert held.country == ""
    assert not RankingEntry.objects.exists()
    assert run.counts["outcome_reverted"] == 5


def test_more_than_a_chunk_of_lines_of_one_group_is_undone() -> None:
    rows = [["名称", "年份", "排名"]]
    rows += [[f"第{n}集团", year, n] for year in (2022, 2023) for n in range(1, 301)]
    run = apply_run(plan_of(*rows, kind="groups", fixed={"ranking": "fortune_global_500"}))
    assert (CorporateGroup.objects.count(), RankingEntry.objects.count()) == (300, 600)

    revert_run(run)

    assert (CorporateGroup.objects.count(), RankingEntry.objects.count()) == (0, 0)


def test_revert_is_refused_before_anything_was_applied() -> None:
    with pytest.raises(DomainError):
        revert_run(plan_of([NAME], ["甲精机有限公司"]))
