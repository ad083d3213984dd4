"""A visit on a phone: a minute, with or without network; visit and cases arrive once, and what is refused is not lost."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from promotion.models import LiaisonAssignment, ServiceCase, Visit
from promotion.rules.working_time import local_day
from promotion.services.liaison import save_assignment
from tests.factories import an_enterprise
from tests.promotion.factories import a_person, a_unit
from tests.promotion.factories_cases import coordinator

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/admin/quick-visit/"

#: Taps, keys pressed and fields touched, from now on.
_WATCH = """() => {
  window.effort = { taps: 0, keys: 0, fields: new Set() };
  document.addEventListener("pointerdown", () => { window.effort.taps += 1; });
  document.addEventListener("keydown", () => { window.effort.keys += 1; });
  document.addEventListener("input", (event) => window.effort.fields.add(event.target.name));
}"""


@pytest.fixture
def officer(transactional_db: None) -> User:
    return a_person("officer", Role.SERVICE_OFFICER, a_unit("street"))


@pytest.fixture
def plant(officer: User, phone: Page, sign_in: Callable[..., None]) -> Page:
    """The officer's phone with the page open; one enterprise is theirs, another is in the directory."""
    row = LiaisonAssignment(enterprise=an_enterprise("示例精机"), person=officer, starts_on=local_day(timezone.now()))
    save_assignment(row, by=coordinator(), door=Door.ADMIN)
    an_enterprise("远东轴承")
    sign_in(phone, officer)
    phone.goto(PATH)
    return phone


def write(page: Page, seen: str, problem: str = "") -> None:
    page.get_by_label("示例精机").tap()
    page.keyboard.insert_text(seen)
    if problem:
        page.get_by_label("问题1", exact=True).fill(problem)
    page.get_by_role("button", name="提交走访记录").tap()


def sent(page: Page) -> Any:
    return page.locator("[data-visit-sent]")


def waiting(page: Page) -> Any:
    return page.locator("[data-visit-waiting]")


def test_a_visit_with_a_problem_takes_three_taps_and_the_words(plant: Page) -> None:
    plant.evaluate(_WATCH)
    plant.get_by_label("示例精机").tap()
    plant.keyboard.type("产线调试")
    plant.get_by_label("问题1", exact=True).tap()
    plant.keyboard.type("二号车间停电")
    plant.get_by_role("button", name="提交走访记录").tap()

    case_link = sent(plant).get_by_role("link", name="二号车间停电")
    expect(case_link).to_be_visible()
    case = ServiceCase.objects.get()
    assert (case.visit.seen, case.visit.enterprise.short_name) == ("产线调试", "示例精机")
    expect(case_link).to_contain_text(case.number)
    effort = plant.evaluate("() => ({ taps: window.effort.taps, fields: window.effort.fields.size })")
    assert effort == {"taps": 3, "fields": 3}
    assert plant.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_an_enterprise_of_nobody_is_found_by_typing_and_taken_with_enter(plant: Page) -> None:
    plant.get_by_label("其他企业").fill("轴承")
    expect(plant.locator("[data-visit-found]")).to_contain_text("远东轴承")
    plant.get_by_label("其他企业").press("Enter")
    expect(plant.get_by_label("所见所闻")).to_be_focused()
    plant.get_by_label("没有问题").tap()
    plant.get_by_role("button", name="提交走访记录").tap()

    expect(sent(plant)).to_contain_text("远东轴承")
    assert Visit.objects.get().is_quiet
    assert not ServiceCase.objects.exists()


def test_two_visits_without_network_arrive_once_when_it_is_back(plant: Page, faults: Any) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    plant.context.set_offline(True)
    write(plant, "第一家", "停电")
    expect(waiting(plant)).to_contain_text("1")
    plant.get_by_label("其他企业").fill("远东轴承")
    expect(plant.locator("[data-visit-found]")).to_contain_text("没有网络")
    plant.get_by_label("所见所闻").fill("第二家")
    plant.get_by_label("问题1", exact=True).fill("漏水")
    plant.get_by_role("button", name="再记一个问题").tap()
    plant.get_by_label("问题2", exact=True).fill("班车")
    plant.get_by_role("button", name="提交走访记录").tap()
    expect(waiting(plant)).to_contain_text("2")
    assert not Visit.objects.exists()

    plant.context.set_offline(False)

    expect(sent(plant)).to_contain_text("班车")
    expect(waiting(plant)).to_be_empty()
    plant.reload()
    assert sorted(Visit.objects.values_list("enterprise__short_name", "seen")) == [
        ("示例精机", "第一家"),
        ("远东轴承", "第二家"),
    ]
    assert sorted(ServiceCase.objects.values_list("title", flat=True)) == ["停电", "漏水", "班车"]


def test_answer_that_got_lost_makes_no_second_visit(plant: Page, faults: Any) -> None:
    faults.expect("ERR_")
    plant.route(f"**{PATH}", lambda route: (route.fetch(), route.abort()) if route.request.method == "POST" else None)
    write(plant, "第一家", "停电")
    expect(waiting(plant)).to_contain_text("1")
    assert Visit.objects.count() == 1

    plant.unroute_all()
    plant.reload()

    expect(sent(plant)).to_contain_text(ServiceCase.objects.get().number)
    assert (Visit.objects.count(), ServiceCase.objects.count()) == (1, 1)


def test_a_refused_one_comes_back_with_its_error_and_all_that_was_typed(plant: Page, faults: Any) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED|422")
    plant.context.set_offline(True)
    plant.get_by_label("其他企业").fill("没有这家")
    plant.get_by_label("所见所闻").fill("产线调试")
    plant.get_by_label("问题1", exact=True).fill("停电")
    plant.get_by_role("button", name="提交走访记录").tap()
    write(plant, "第二家")
    expect(waiting(plant)).to_contain_text("2")

    plant.context.set_offline(False)

    expect(sent(plant)).to_contain_text("示例精机")  # the one behind it did not have to wait
    expect(plant.get_by_text("未找到该名称的企业。请试试")).to_be_visible()
    plant.reload()
    expect(plant.get_by_label("所见所闻")).to_have_value("产线调试")
    expect(plant.get_by_label("问题1", exact=True)).to_have_value("停电")
    plant.get_by_label("示例精机").tap()
    plant.get_by_role("button", name="提交走访记录").tap()
    expect(sent(plant)).to_contain_text("停电")
    assert (Visit.objects.count(), ServiceCase.objects.count()) == (2, 1)


def test_half_typed_visit_outlives_the_page(plant: Page) -> None:
    plant.get_by_label("其他企业").fill("轴承")
    plant.get_by_label("远东轴承").tap()
    plant.get_by_label("所见所闻").fill("产线调试")
    plant.get_by_label("问题1", exact=True).fill("停电")
    plant.get_by_role("button", name="再记一个问题").tap()
    plant.get_by_label("问题2", exact=True).fill("漏水")
    plant.reload()

    expect(plant.get_by_label("远东轴承")).to_be_checked()
    expect(plant.get_by_label("所见所闻")).to_have_value("产线调试")
    expect(plant.get_by_label("问题2", exact=True)).to_have_value("漏水")
    assert not Visit.objects.exists()


def test_page_left_open_overnight_says_today_again(plant: Page) -> None:
    tomorrow = local_day(timezone.now()) + datetime.timedelta(days=1)
    plant.clock.set_fixed_time(timezone.now() + datetime.timedelta(days=1))
    plant.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert plant.locator("[name=day]:checked").get_attribute("value") == tomorrow.isoformat()


def test_without_script_the_page_still_writes_visit_and_cases(
    officer: User, open_page: Callable[..., Page], sign_in: Callable[..., None]
) -> None:
    an_enterprise("远东轴承")
    page = open_page(java_script_enabled=False, viewport={"width": 320, "height": 640})
    sign_in(page, officer)
    page.goto(PATH)
    page.get_by_label("其他企业").fill("远东轴承")
    page.get_by_label("问题1", exact=True).fill("停电")
    page.get_by_label("问题3", exact=True).fill("漏水")
    page.get_by_role("button", name="提交走访记录").click()

    expect(page.get_by_role("link", name="漏水")).to_be_visible()
    assert ServiceCase.objects.count() == 2
