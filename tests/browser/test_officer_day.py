"""An officer's day: the fair on a phone, then at the desk from a lead to capital that arrived."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from directory.models import Carrier, Enterprise
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.models import (
    CapitalRecord,
    Commitment,
    Interaction,
    InvestmentProject,
    Lead,
    ProjectReview,
    PromotionActivity,
    Reservation,
)
from promotion.services.follow_ups import log_follow_up
from promotion.services.story.scene import made_up_pdf
from tests.factories import a_park, made
from tests.promotion.factories import a_lead, a_person, a_unit
from tests.promotion.factories_projects import CODE, gate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(transactional_db: None) -> User:
    gate()
    return a_person("officer", unit=a_unit("mine", name="招商一科"))


@pytest.fixture
def manager(officer: User) -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("mine"))


#: Counts the fields that are typed into and how often Enter is pressed, from now on.
_WATCH = """() => {
  if (!window.effort) {
    document.addEventListener("input", (event) => window.effort.fields.add(event.target.name));
    document.addEventListener("keydown", (event) => { window.effort.enters += event.key === "Enter"; });
  }
  window.effort = { fields: new Set(), enters: 0 };
}"""


def acts(who: User) -> dict[str, Any]:
    return {"by": who, "door": "admin", "at": timezone.now()}


# --- at the fair -----------------------------------------------------------------------------------------------------


def test_fair_without_network_in_three_fields_and_one_enter_each(
    officer: User, phone: Page, sign_in: Callable[..., None], faults: Any
) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED|409")
    today = timezone.localdate()
    fair = made(PromotionActivity(name="示例展会", kind="fair", starts_on=today, ends_on=today))
    a_lead("乙传感器", owner=a_person("colleague", unit=a_unit("theirs", name="驻沪组")))
    sign_in(phone, officer)

    # The activity once in the morning, while there is network.
    phone.goto("/admin/quick-add/")
    phone.locator(".quick-add-more summary").click()
    phone.locator("[name=activity]").select_option(str(fair.pk))
    phone.locator("[name=name]").tap()
    _enter(phone, "甲主轴", "苏州", "高速电主轴")
    expect(phone.locator("[data-quick-add-sent]")).to_contain_text("甲主轴")

    # In the hall there is none: two more, each three fields and one Enter.
    phone.context.set_offline(True)
    _enter(phone, "丙丝杠", "宁波", "滚珠丝杠")
    _enter(phone, "乙传感器", "无锡", "压力传感器")
    expect(phone.locator("[data-quick-add-waiting]")).to_contain_text("2")
    assert Lead.objects.count() == 2

    # Outside everything arrives, once; one turns out to be a colleague's.
    phone.context.set_offline(False)
    expect(phone.locator(".quick-add-question")).to_be_visible()
    expect(phone.locator(".lead-card")).to_contain_text("驻沪组")
    phone.get_by_role("link", name="申请加入").click()
    phone.locator("[name=reason]").fill("在展会上又谈到，希望一起跟进")
    phone.get_by_role("button", name="申请加入").click()
    phone.goto("/admin/quick-add/")
    phone.reload()

    mine = Lead.objects.filter(owner=officer).order_by("pk")
    assert [(lead.name, lead.origin, lead.business) for lead in mine] == [
        ("甲主轴", "苏州", "高速电主轴"),
        ("丙丝杠", "宁波", "滚珠丝杠"),
    ]
    assert {(lead.activity, lead.channel.code) for lead in mine} == {(fair, "fair")}
    assert Lead.objects.get(name="乙传感器").join_requests.get().by == officer


def _enter(page: Page, *texts: str) -> None:
    """Log a lead by keys alone, from the field that has the focus: at most three fields and one Enter."""
    expect(page.locator("[name=name]")).to_be_focused()
    page.evaluate(_WATCH)
    for place, text in enumerate(texts):
        if place:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("[name=name]")).to_have_value("")
    fields, enters = page.evaluate("() => [[...window.effort.fields], window.effort.enters]")
    assert len(fields) <= 3, fields
    assert enters == 1


# --- at the desk -----------------------------------------------------------------------------------------------------


def test_lead_becomes_a_registered_enterprise_whose_capital_arrived(
    officer: User,
    manager: User,
    page: Page,
    open_page: Callable[..., Page],
    sign_in: Callable[..., None],
    faults: Any,
) -> None:
    faults.expect("422")
    lead = a_lead("甲精密机械", owner=officer, at=timezone.now(), intended_investment=120_000_000)
    yesterday = timezone.now() - datetime.timedelta(days=1)
    due = {"next_step": "约来园区", "next_on": timezone.localdate()}
    log_follow_up(lead=lead, happened="电话联系", **due, **acts(officer) | {"at": yesterday})
    sign_in(page, officer)
    managers = open_page()
    sign_in(managers, manager)

    _follow_up_from_my_day(page, lead)
    project = _convert(page, lead)
    _reviewed(page, managers, project)
    _reserved(managers, project)
    _signed(page, managers, project)
    enterprise = _registered(page, project)
    _arrived(page, project, enterprise)


def _follow_up_from_my_day(page: Page, lead: Lead) -> None:
    """What is due today is logged with its next step: a kind, two lines, a chip, Enter; then it is off today's list."""
    page.goto("/admin/my-day/")
    today = page.locator("section", has=page.get_by_role("heading", name="今天"))
    expect(today).to_contain_text("约来园区")
    today.get_by_role("link", name="登记跟进").click()
    page.get_by_label("对方来访").check()
    page.locator("[name=happened]").fill("看了厂房，基本满意")
    page.locator("[name=next_step]").fill("报初步方案")
    page.get_by_label(re.compile("下周一")).check()
    page.locator("[name=next_step]").press("Enter")
    page.wait_for_url("**/my-day/")
    expect(today).to_have_count(0)

    talk = Interaction.objects.get(kind="hosted")
    assert talk.next_on.weekday() == 0
    assert Lead.objects.get(pk=lead.pk).next_step == "报初步方案"


def _convert(page: Page, lead: Lead) -> InvestmentProject:
    page.goto(f"/admin/promotion/lead/{lead.pk}/change/")
    page.get_by_role("link", name="研判").click()
    page.locator("[name=note]").fill("契合智能制造链，建议跟进")
    page.locator("form.verb").get_by_role("button").click()
    page.get_by_role("link", name="转为项目").click()
    page.locator("[name=track]").select_option("lease")
    page.locator("form.verb").get_by_role("button").click()
    expect(page.locator(".project-steps")).to_be_visible()

    project = InvestmentProject.objects.get(lead=lead)
    assert project.interactions.count() == 2
    return project


def _reviewed(page: Page, managers: Page, project: InvestmentProject) -> None:
    """Refused with all that is missing; what is a field is typed there, the reviews are prepared and decided by two."""
    today = timezone.localdate()
    figures = {"yearly_output": "210000000", "yearly_tax": "11000000", "energy_tce": "850"}
    answers = {"fixed_assets": "90000000", "floor_m2": "8000", "reviewed_on": today.isoformat(), **figures}
    _move(page, project)
    expect(page.locator(".project-gaps")).to_contain_text("评审材料")
    _fill(page, **answers)
    expect(page.locator(".project-gaps")).to_contain_text("评审材料")
    page.get_by_role("button", name="先保存").click()
    expect(page.locator("form.verb [name=energy_tce]")).to_have_count(0)
    assert InvestmentProject.objects.get(pk=project.pk).stage == "negotiating"

    _prepare(page, project, "admission", "passed")
    expect(page.locator(".errorlist, [id$=_error], .error").first).to_contain_text("回避")
    page.locator("[name=outcome]").select_option("pending")
    page.locator("[name=_save]").click()
    expect(page.locator("#changelist")).to_contain_text("准入")
    _decide(managers, ProjectReview.objects.get(kind="admission"), "outcome")
    for kind in ("environment", "safety"):
        _prepare(managers, project, kind, "passed")
        expect(managers.locator("#changelist")).to_be_visible()
    assert set(ProjectReview.objects.values_list("outcome", "decided_by__username")) == {("passed", "manager")}
    _upload(page, project, "review")
    _move(page, project)
    page.locator("form.verb [type=submit]").first.click()
    expect(page.locator(".project-steps [aria-current]")).to_contain_text("已评审")


def _prepare(page: Page, project: InvestmentProject, kind: str, outcome: str) -> None:
    """Enter a review of the project, from the address behind what is missing."""
    page.goto(f"/admin/promotion/projectreview/add/?project={project.pk}")
    page.locator("[name=kind]").select_option(kind)
    page.locator("[name=outcome]").select_option(outcome)
    page.locator("[name=_save]").click()


def _decide(page: Page, row: Any, field: str) -> None:
    """Pass what somebody else has prepared, on its own page."""
    page.goto(f"/admin/promotion/{row._meta.model_name}/{row.pk}/change/")
    page.locator(f"[name={field}]").select_option("passed")
    page.locator("[name=_save]").click()
    expect(page.locator("#changelist")).to_be_visible()


def _reserved(page: Page, project: InvestmentProject) -> None:
    """The carrier's page leads to the form; more than is free is refused there, the part that is free is held."""
    plant = made(Carrier(park=a_park(), code="P1", name="一号厂房", kind="standard_plant", area_m2=12_000))
    page.goto(f"/admin/promotion/reservation/add/?carrier={plant.pk}&project={project.pk}")
    page.locator("[name=area_m2]").fill("13000")
    page.locator("[name=part]").fill("东区")
    page.locator("[name=starts_on]").fill(timezone.localdate().isoformat())
    page.locator("[name=_save]").click()
    expect(page.get_by_text("12,000").first).to_be_visible()
    assert not Reservation.objects.exists()
    page.locator("[name=area_m2]").fill("8000")
    page.locator("[name=_save]").click()
    expect(page.locator("#changelist")).to_contain_text("东区")
    held = Reservation.objects.get()
    assert (held.project_id, held.area_m2, held.by.username) == (project.pk, Decimal(8000), "manager")


def _signed(page: Page, managers: Page, project: InvestmentProject) -> None:
    """Thursday: refused, and both things named; one of them is the fair-competition review."""
    page.goto(f"/admin/promotion/commitment/add/?project={project.pk}&side=government")
    page.locator("[name=text]").fill("免六个月物业费")
    page.locator("[name=legal_basis]").fill("园区办法")
    page.locator("[name=_save]").click()
    expect(page.locator("#changelist")).to_contain_text("免六个月物业费")
    _move(page, project)
    expect(page.locator(".project-gaps li")).to_have_count(2)
    expect(page.locator(".project-gaps")).to_contain_text("公平竞争审查")

    _decide(managers, Commitment.objects.get(), "fair_competition")
    _upload(page, project, "agreement")
    _move(page, project)
    expect(page.locator(".project-gaps")).to_have_count(0)
    today = timezone.localdate().isoformat()
    _fill(page, signed_on=today, agreement_no="A-1", signed_amount="120000000", foreign_share="100")
    expect(page.locator(".project-steps [aria-current]")).to_contain_text("签约")


def _registered(page: Page, project: InvestmentProject) -> Enterprise:
    """The enterprise is made in the directory, unpublished, and linked."""
    _upload(page, project, "licence")
    _upload(page, project, "filing")
    _move(page, project)
    today = timezone.localdate().isoformat()
    _fill(
        page,
        registered_on=today,
        filed_on=today,
        company_name="示例精密（平湖）有限公司",
        uscc=CODE,
        registered_capital="36000000",
        filing_code="2611-330482-04-01-000001",
    )
    expect(page.locator(".project-steps [aria-current]")).to_contain_text("注册")
    enterprise: Enterprise = Enterprise.objects.get(uscc=CODE)
    assert InvestmentProject.objects.get(pk=project.pk).enterprise == enterprise
    assert not enterprise.is_published
    return enterprise


def _arrived(page: Page, project: InvestmentProject, enterprise: Enterprise) -> None:
    page.goto(f"/admin/promotion/capitalrecord/add/?enterprise={enterprise.pk}&project={project.pk}&kind=actual")
    page.locator("[name=on]").fill(timezone.localdate().isoformat())
    page.locator("[name=amount]").fill("3500000")
    page.locator("[name=_save]").click()
    expect(page.locator("#changelist")).to_contain_text("350万美元")
    record = CapitalRecord.objects.get()
    assert (record.enterprise, record.project_id, record.currency) == (enterprise, project.pk, "USD")

    page.goto("/admin/capital-ledger/")
    expect(page.get_by_role("row").filter(has_text="示例精密")).to_contain_text("350万")


def _move(page: Page, project: InvestmentProject) -> None:
    """Press the way on that the project's page offers."""
    page.goto(f"/admin/promotion/investmentproject/{project.pk}/change/")
    page.locator(".project-button").click()


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"form.verb [name={name}]").fill(value)
    page.locator("form.verb [type=submit]").first.click()


def _upload(page: Page, project: InvestmentProject, kind: str) -> None:
    page.goto(f"/admin/projects/{project.public_id}/evidence/?kind={kind}")
    paper = {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": made_up_pdf(f"{project.number} {kind}")}
    page.locator("[name=file]").set_input_files(paper)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text(f"{kind}.pdf").first).to_be_visible()
