"""Quick add on a phone: matches while typing, a hall without network, a draft that outlives the page and arrives once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from promotion.models import Lead, Level
from tests.promotion.factories import a_lead, a_person, a_unit

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/admin/quick-add/"


@pytest.fixture
def hall(phone: Page, sign_in: Callable[..., None]) -> Page:
    """An officer's phone with the page open."""
    sign_in(phone, a_person("officer", unit=a_unit("mine")))
    phone.goto(PATH)
    return phone


def enter(page: Page, name: str, origin: str = "上海", business: str = "精密零件") -> None:
    page.locator("[name=name]").fill(name)
    page.locator("[name=origin]").fill(origin)
    page.locator("[name=business]").fill(business)
    page.locator("[name=business]").press("Enter")


def test_three_fields_and_enter_then_the_next(hall: Page) -> None:
    expect(hall.locator("[name=name]")).to_be_focused()

    enter(hall, "甲精密机械有限公司")

    expect(hall.locator("[data-quick-add-sent]")).to_contain_text("甲精密机械有限公司")
    expect(hall.locator("[name=name]")).to_be_focused()
    expect(hall.locator("[name=name]")).to_have_value("")
    assert Lead.objects.get().business == "精密零件"


def test_match_shows_while_typing_and_the_second_enter_confirms(hall: Page, faults: Any) -> None:
    faults.expect("409")
    a_lead("甲精密机械", owner=a_person("other", unit=a_unit("theirs")), confidentiality=Level.RESTRICTED)

    hall.locator("[name=name]").press_sequentially("甲精密机械")
    expect(hall.locator(".lead-card.is-masked")).to_contain_text("theirs")
    expect(hall.locator(".lead-card")).not_to_contain_text("甲精密")
    hall.locator("[name=name]").press("Enter")
    expect(hall.locator(".quick-add-question")).to_be_visible()
    assert Lead.objects.count() == 1

    hall.locator("[name=name]").press("Enter")
    expect(hall.locator("[data-quick-add-sent]")).to_contain_text("甲精密机械")
    assert Lead.objects.count() == 2


def test_lead_entered_without_network_arrives_once_when_it_is_back(hall: Page, faults: Any) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    hall.context.set_offline(True)
    enter(hall, "甲精密机械有限公司")
    expect(hall.locator("[data-quick-add-waiting]")).to_contain_text("1")
    enter(hall, "乙电子科技有限公司")
    expect(hall.locator("[data-quick-add-waiting]")).to_contain_text("2")
    assert not Lead.objects.exists()

    hall.context.set_offline(False)

    expect(hall.locator("[data-quick-add-sent]")).to_contain_text("乙电子科技有限公司")
    expect(hall.locator("[data-quick-add-waiting]")).to_be_empty()
    hall.reload()
    assert sorted(Lead.objects.values_list("name", flat=True)) == ["乙电子科技有限公司", "甲精密机械有限公司"]


def test_half_typed_lead_outlives_the_page(hall: Page) -> None:
    hall.locator("[name=name]").fill("甲精密机械有限公司")
    hall.locator("[name=origin]").fill("上海")
    hall.reload()

    expect(hall.locator("[name=name]")).to_have_value("甲精密机械有限公司")
    expect(hall.locator("[name=origin]")).to_have_value("上海")
    assert not Lead.objects.exists()


def test_answer_that_got_lost_makes_no_second_lead(hall: Page, faults: Any) -> None:
    faults.expect("ERR_")
    # The server takes the lead, the answer does not come back.
    hall.route(f"**{PATH}", lambda route: (route.fetch(), route.abort()) if route.request.method == "POST" else None)
    enter(hall, "甲精密机械有限公司")
    expect(hall.locator("[data-quick-add-waiting]")).to_contain_text("1")
    assert Lead.objects.count() == 1

    hall.unroute_all()
    hall.reload()

    expect(hall.locator("[data-quick-add-sent]")).to_contain_text(Lead.objects.get().number)
    assert Lead.objects.count() == 1


def test_collision_found_after_the_hall_opens_the_question(hall: Page, faults: Any) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED|409")
    hall.context.set_offline(True)
    enter(hall, "甲精密机械有限公司")
    expect(hall.locator("[data-quick-add-waiting]")).to_contain_text("1")
    a_lead("甲精密机械", owner=a_person("other", unit=a_unit("theirs")))

    hall.context.set_offline(False)

    expect(hall.locator(".quick-add-question")).to_be_visible()
    expect(hall.locator("[name=name]")).to_have_value("甲精密机械有限公司")
    assert Lead.objects.count() == 1


def test_without_script_the_page_still_enters_a_lead(page_without_scripts: Page, sign_in: Callable[..., None]) -> None:
    sign_in(page_without_scripts, a_person("officer", unit=a_unit("mine")))
    page_without_scripts.goto(PATH)
    enter(page_without_scripts, "甲精密机械有限公司")

    expect(page_without_scripts.get_by_role("link", name="甲精密机械有限公司")).to_be_visible()
    assert Lead.objects.count() == 1
