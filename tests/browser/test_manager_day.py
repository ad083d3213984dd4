"""A manager's Monday: the meeting, the board, a figure with its rows, a dispute decided, work handed over.

The city's report has a test of its own (`test_city_report`).
"""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.models import InvestmentProject, Lead
from promotion.rules.working_time import local_day
from promotion.services.claims import raise_dispute
from tests.promotion.factories import a_lead, a_person, a_project, a_unit
from tests.promotion.test_report_tables import stands_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(transactional_db: None) -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("mine", name="招商一科"))


def test_monday_from_the_meeting_to_the_hand_over(manager: User, page: Page, sign_in: Callable[..., None]) -> None:
    now = timezone.now()
    leaving, staying = (a_person(name, unit=a_unit("mine")) for name in ("officer-1", "officer-2"))
    rival = a_person("rival", unit=a_unit("theirs", name="驻沪组"))
    today = local_day(now)
    signed = stands_at("signed", "甲主轴项目", signed_on=today, negotiating_since=today - datetime.timedelta(days=90))
    a_project("丙丝杠项目")
    lead = a_lead("乙传感器", owner=leaving, at=now - datetime.timedelta(days=9))
    raise_dispute(lead, unit=a_unit("theirs"), reason="三月已在上海谈过", by=rival, door="admin", at=now)
    sign_in(page, manager)

    page.goto("/admin/meeting/")
    expect(page.locator("main, #content, body").first).to_contain_text("甲主轴项目")
    page.goto("/admin/board/")
    expect(page.locator("[data-board-column=signed]")).to_contain_text("甲主轴项目")

    page.goto("/admin/dashboard/")
    page.locator("tr", has_text="签约项目").first.get_by_role("link", name="1", exact=True).click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text("甲主轴项目")

    page.goto("/admin/my-day/")
    page.locator("#disputes").get_by_role("link").click()
    expect(page.locator("body")).to_contain_text("三月已在上海谈过")
    page.locator("a[href$='/decide/']").first.click()
    page.locator("[name=awarded_to]").select_option(label="驻沪组")
    page.locator("[name=decision]").fill("首谈在先")
    _send(page)
    expect(page.locator("body")).to_contain_text("驻沪组")
    assert Lead.objects.get().unit == a_unit("theirs")

    page.goto("/admin/hand-over/")
    page.locator("[name=from_person]").select_option(str(leaving.pk))
    page.locator("[name=to_person]").select_option(str(staying.pk))
    _send(page)
    expect(page.locator(".my-day-counts")).to_contain_text("2")
    page.locator("[name=why]").fill("调往市里")
    _send(page)
    expect(page.locator("[name=from_person]")).to_be_visible()
    assert {project.owner for project in InvestmentProject.objects.all()} == {staying}
    assert InvestmentProject.objects.get(pk=signed.pk).stage == "signed"


def _send(page: Page) -> None:
    page.locator("form.verb button[type=submit]").click()
    page.wait_for_load_state()
