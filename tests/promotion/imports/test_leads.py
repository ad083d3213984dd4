"""Leads from a list: entered by their own service, compared with all that its uploader may know of, taken back whole."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from directory.models import FieldSource, RowDecision
from directory.services.importing import decide, plan_run, revert_run, stage_file
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Event
from promotion.models import ActionItem, Lead, LeadClaim, PromotionActivity
from promotion.services.leads import close_lead, save_lead, set_confidentiality
from tests.directory.imports.rows import codes, csv_bytes, line, said, verdicts
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_unit
from tests.promotion.factories_projects import CODE
from tests.promotion.imports.rows import applied, leads

pytestmark = pytest.mark.django_db

ROW = ("示例精密仪器", "日本", "数控车床零件", "展会")


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


# --- what a line says ------------------------------------------------------------------------------------------------


def test_line_becomes_a_lead_of_its_uploader_with_number_claim_history_and_one_event(officer: User) -> None:
    run = applied(leads(ROW, by=officer))

    lead = Lead.objects.get()
    assert (lead.name, lead.origin, lead.country, lead.business) == (ROW[0], "日本", "JP", ROW[2])
    assert (lead.channel.code, lead.owner, lead.unit.code) == ("fair", officer, "unit-1")
    assert lead.number.startswith("L")
    assert lead.complete_at is not None
    assert LeadClaim.objects.get().reporter == officer
    first = lead.history.get()
    assert (first.change.by, first.change.door, first.change.verb) == (officer, "import", "imported")
    assert Event.objects.filter(subject_type="lead", subject_id=lead.public_id).count() == 1
    assert line(run).outcome == "created"


@pytest.mark.parametrize(
    ("heading", "cell", "amount", "currency"),
    [
        ("意向投资额", "5000万", "50000000", "CNY"),
        ("意向投资额", "2,265(万美元)", "22650000", "USD"),
        ("意向投资额(万美元)", "300", "3000000", "USD"),
        ("总投资", "1.2亿欧元", "120000000", "EUR"),
    ],
)
def test_intended_investment_is_read_with_its_unit_and_currency(
    officer: User, heading: str, cell: str, amount: str, currency: str
) -> None:
    applied(leads([*ROW, cell], by=officer, headings=("客商名称", "来源地", "项目内容", "线索来源", heading)))

    lead = Lead.objects.get()
    assert (lead.intended_investment, lead.currency) == (Decimal(amount), currency)


def test_activity_owner_level_and_space_are_read_as_lists_write_them(officer: User) -> None:
    colleague = a_person("officer-2")
    activity = made(PromotionActivity(name="示例展", kind="fair", starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 3)))
    headings = ("投资方", "招商活动", "负责人", "保密级别", "用地面积", "信用代码")

    applied(leads(["甲企业", "示例展", "officer-2", "内部", "30亩", CODE], by=officer, headings=headings))

    lead = Lead.objects.get()
    assert (lead.activity, lead.owner, lead.confidentiality, lead.uscc) == (activity, colleague, "internal", CODE)
    assert lead.space_m2 == Decimal("20000.00")


@pytest.mark.parametrize(
    ("headings", "cells", "code"),
    [
        (("客商名称", "线索来源"), ["甲", "无线电报"], "channel_unknown"),
        (("客商名称", "负责人"), ["甲", "查无此人"], "person_unknown"),
        (("客商名称", "负责人"), ["甲", "elsewhere"], "owner_elsewhere"),
        (("客商名称", "责任单位"), ["甲", "unit-2"], "owner_not_in_unit"),
        (("客商名称", "总投资"), ["甲", "5000万韩元"], "currency_not_taken"),
        (("客商名称", "用地面积"), ["甲", "很大"], "area_unreadable"),
        (("客商名称", "信用代码"), ["甲", "91330482MA0000007B"], "uscc_check_character"),
        (("客商名称", "来源地"), ["合计", "x"], "not_a_name"),
        (("客商名称", "来源地"), ["=cmd()", "x"], "formula_text"),
    ],
)
def test_line_that_cannot_be_taken_says_why(officer: User, headings: Any, cells: Any, code: str) -> None:
    a_person("elsewhere", unit=a_unit("unit-2"))

    run = leads(cells, by=officer, headings=headings)

    assert verdicts(run) == ["error"]
    assert code in codes(line(run))


def test_manager_imports_for_another_unit(officer: User) -> None:
    manager = a_person("manager", Role.PROMOTION_MANAGER)
    other = a_person("elsewhere", unit=a_unit("unit-2"))

    applied(leads(["甲", "elsewhere"], by=manager, headings=("客商名称", "负责人")))

    lead = Lead.objects.get()
    assert (lead.owner, lead.unit.code) == (other, "unit-2")


# --- compared as quick add does --------------------------------------------------------------------------------------


def test_code_on_an_open_lead_refuses_the_line_and_names_the_lead_by_its_number_alone(officer: User) -> None:
    known = a_lead("苏州某精工", uscc=CODE, owner=a_person("colleague", unit=a_unit("unit-2")))

    run = leads(["另一名称", CODE], by=officer, headings=("客商名称", "信用代码"))

    row = line(run)
    assert (row.verdict, codes(row)) == ("error", ["code_on_open_lead"])
    assert row.problems[0]["params"] == {"lead": known.number, "unit": "unit-2"}
    assert "苏州" not in str(row.problems) + str(row.candidates)


def test_code_of_a_closed_lead_refuses_nothing_certain(officer: User) -> None:
    close_lead(a_lead("苏州某精工", uscc=CODE), reason="not_real", by=officer, door="admin", at=NOW)

    assert verdicts(leads(["另一名称", CODE], by=officer, headings=("客商名称", "信用代码"))) == ["duplicate"]


def test_probable_lead_waits_for_a_choice_and_another_is_entered_when_it_is_said(officer: User) -> None:
    a_lead("苏州示例精密仪器有限公司", owner=a_person("colleague", unit=a_unit("unit-2")))
    run = leads(("苏州示例精密仪器", "苏州", "零件", "展会"), by=officer)
    assert (verdicts(run), codes(line(run))) == (["duplicate"], ["possible_lead"])

    applied(run)
    assert Lead.objects.count() == 1
    decide(line(run), "create", by=officer)
    applied(run)

    assert Lead.objects.count() == 2
    assert not RowDecision.objects.exists()  # whose firm it is, another person's file must not learn


def test_the_same_lead_of_ones_own_unit_is_updated_where_it_is_said(officer: User) -> None:
    known = a_lead("苏州示例精密仪器有限公司", owner=officer)
    run = leads(("苏州示例精密仪器", "苏州工业园", "车床", "展会"), by=officer)

    decide(line(run), "update", by=officer, target_id=known.pk)
    plan_run(run, by=officer)  # a new plan keeps what was said
    assert verdicts(run) == ["conflict"]
    decide(line(run), "take_file", by=officer)
    applied(run)

    lead = Lead.objects.get()
    assert (lead.name, lead.origin, lead.business) == ("苏州示例精密仪器有限公司", "苏州工业园", "车床")


def test_lead_of_another_unit_is_not_updated_by_a_forged_choice(officer: User) -> None:
    other = a_lead("苏州示例精密仪器有限公司", owner=a_person("colleague", unit=a_unit("unit-2")))
    run = leads(("苏州示例精密仪器", "", "", ""), by=officer)

    with pytest.raises(DomainError):
        decide(line(run), "update", by=officer, target_id=other.pk)


def test_enterprise_that_looks_alike_cannot_be_taken_for_the_lead_of_the_same_key(officer: User) -> None:
    known = a_lead("完全不同", owner=officer)
    an_enterprise("示例精密仪器", id=known.pk)
    run = leads(ROW, by=officer)
    assert (verdicts(run), line(run).candidates[0]["id"]) == (["duplicate"], known.pk)

    with pytest.raises(DomainError):
        decide(line(run), "update", by=officer, target_id=known.pk)


def test_code_of_an_enterprise_here_links_it_and_asks_nothing(officer: User) -> None:
    enterprise = an_enterprise("示例精机", uscc=CODE)

    applied(leads(["示例精机", CODE], by=officer, headings=("客商名称", "信用代码")))

    assert Lead.objects.get().enterprise == enterprise


@pytest.mark.parametrize("uscc", [CODE, ""])
def test_collision_with_a_hidden_lead_shows_nothing_and_is_told_to_its_people(officer: User, uscc: str) -> None:
    owner = a_person("colleague", unit=a_unit("unit-2"))
    manager = a_person("chief", Role.PROMOTION_MANAGER, unit=a_unit("unit-2"))
    hidden = a_lead("苏州示例精密仪器有限公司", uscc=uscc, owner=owner)
    set_confidentiality(hidden, level="confidential", by=owner, door="admin")

    run = leads(["苏州示例精密仪器", uscc], by=officer, headings=("客商名称", "信用代码"))
    row = line(run)
    assert (row.verdict, row.problems, row.candidates) == ("new", [], [])
    applied(run)

    entered = Lead.objects.get(owner=officer)
    told = ActionItem.objects.filter(lead=hidden)
    assert {item.person for item in told} == {owner, manager}
    assert all(entered.number in item.text for item in told)
    assert line(run).outcome == "created"


def test_lead_entered_after_the_plan_refuses_the_line_and_a_new_plan_asks(officer: User) -> None:
    run = leads(("苏州示例精密仪器", "苏州", "零件", "展会"), by=officer)
    a_lead("苏州示例精密仪器有限公司", owner=officer)

    applied(run)
    assert (line(run).outcome, codes(line(run))) == ("refused", ["duplicate_since_plan"])
    assert verdicts(plan_run(run, by=officer)) == ["duplicate"]


def test_second_line_about_the_same_is_refused(officer: User) -> None:
    run = leads(ROW, ("示例 精密仪器", "东京", "", ""), by=officer)

    assert verdicts(run) == ["new", "error"]
    assert codes(line(run, 3)) == ["repeated_in_file"]


def test_row_refused_by_the_service_leaves_the_others_written(officer: User) -> None:
    run = leads(ROW, ("完全不同的客商", "上海", "零件", "展会"), by=officer)
    a_lead("示例精密仪器有限公司", owner=officer)

    applied(run)

    assert [row.outcome for row in run.rows.order_by("number")] == ["refused", "created"]


# --- again, and back -------------------------------------------------------------------------------------------------


def test_same_file_again_is_the_same_run_and_only_for_its_uploader(officer: User) -> None:
    data = csv_bytes(("客商名称", "来源地"), ("甲企业", "上海"))
    first = stage_file(data, said("leads"), by=officer)

    assert stage_file(data, said("leads"), by=officer) == first
    assert stage_file(data, said("leads"), by=a_person("colleague")) != first


def test_next_months_list_meets_its_own_leads_again(officer: User) -> None:
    applied(leads(ROW, by=officer))

    run = leads((*ROW[:2], "龙门加工中心", ROW[3]), ("另一家投资方", "德国", "", ""), by=officer)

    assert verdicts(run) == ["update", "new"]
    applied(run)
    lead = Lead.objects.get(name=ROW[0])
    assert (lead.business, lead.version) == ("龙门加工中心", 2)


def test_undone_import_leaves_no_lead_and_no_claim_but_their_history(officer: User) -> None:
    run = applied(leads(ROW, by=officer))
    public_id = Lead.objects.get().public_id

    revert_run(run, by=officer)

    assert not Lead.objects.exists()
    assert not LeadClaim.objects.exists()
    assert not FieldSource.objects.filter(subject_type="lead").exists()
    assert [row.history_type for row in Lead.history.order_by("history_id")] == ["+", "-"]
    assert Event.objects.filter(subject_id=public_id, verb="deleted").count() == 1


def test_lead_that_somebody_worked_on_stays_when_the_import_is_undone(officer: User) -> None:
    run = applied(leads(ROW, ("另一家投资方", "德国", "", ""), by=officer))
    lead = Lead.objects.get(name=ROW[0])
    lead.business = "五轴机床"
    save_lead(lead, fields=["business"], by=officer, door="admin", at=NOW)

    revert_run(run, by=officer)

    assert [kept.name for kept in Lead.objects.all()] == [ROW[0]]
    assert line(run).outcome == "kept"


def test_undone_update_gives_back_what_stood_there_and_the_claim_begun_by_it_rests(officer: User) -> None:
    applied(leads((ROW[0], "", "", ""), by=officer))
    assert Lead.objects.get().complete_at is None
    run = applied(leads(ROW, by=officer))
    assert LeadClaim.objects.get().complete_at is not None

    revert_run(run, by=officer)

    lead = Lead.objects.get()
    assert (lead.origin, lead.business, lead.channel, lead.complete_at) == ("", "", None, None)
    assert LeadClaim.objects.get().complete_at is None


def test_lead_closed_meanwhile_is_not_opened_by_a_list(officer: User) -> None:
    applied(leads(ROW, by=officer))
    close_lead(Lead.objects.get(), reason="not_real", by=officer, door="admin", at=NOW)

    assert verdicts(leads(ROW, by=officer)) == ["duplicate"]


def test_list_cannot_lower_the_level_of_a_lead(officer: User) -> None:
    applied(leads(["甲企业", "受限"], by=officer, headings=("客商名称", "保密级别")))

    run = leads(["甲企业", "公开"], by=officer, headings=("客商名称", "保密级别"))

    assert codes(line(run)) == ["level_not_lowered"]


def test_run_without_a_person_needs_an_officer_in_each_line_and_compares_with_their_eyes() -> None:
    officer = a_person("officer-1")
    a_lead("苏州示例精密仪器有限公司", owner=officer)

    assert codes(line(leads(["甲企业"], by=None, headings=("客商名称",)))) == ["owner_missing"]
    run = leads(["苏州示例精密仪器", "officer-1"], ["乙企业", "officer-1"], by=None, headings=("客商名称", "负责人"))
    assert verdicts(run) == ["duplicate", "new"]
    applied(run)
    assert Lead.objects.get(name="乙企业").owner == officer
