"""Wednesday: space found, offered and printed in a browser, on a phone and without scripts; the bell counts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from promotion.models import SpaceIntent
from promotion.services.leads import ask_to_join
from tests.factories import a_carrier
from tests.promotion.factories import NOW, a_lead, a_person, a_unit

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/admin/find-space/"


@pytest.fixture
def lead() -> Any:
    """A lead that wants space, and carriers of which two fit."""
    found = a_lead("樱电气", owner=a_person("officer", unit=a_unit("mine")), space_m2=8000)
    for code, height in (("P-1", 9), ("P-2", 8), ("P-3", 6)):
        a_carrier(code, clear_height_m=height, floor_load_t_m2=5)
    return found


def ask(page: Page, lead: Any) -> None:
    page.goto(PATH)
    for name, value in (("area", "8000"), ("height", "8"), ("load", "5"), ("starts_on", "2027-06-01")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=of]").fill(lead.number)
    page.locator("[name=of]").press("Enter")


@pytest.mark.parametrize("screen", ["phone", "page_without_scripts"])
def test_two_carriers_are_offered_and_their_sheets_stand_ready_to_print(
    screen: str, request: pytest.FixtureRequest, lead: Any, sign_in: Callable[..., None]
) -> None:
    page: Page = request.getfixturevalue(screen)
    sign_in(page, lead.owner)
    ask(page, lead)

    for _each in range(2):
        page.locator("button.find-space-offer").first.click()
    expect(page.locator("button.find-space-offer")).to_have_count(0)
    assert set(SpaceIntent.objects.values_list("carrier__code", flat=True)) == {"P-1", "P-2"}

    page.locator(".find-space-for a").last.click()
    expect(page.locator("article.sheet")).to_have_count(2)
    page.emulate_media(media="print")
    expect(page.locator(".sheets-tools")).to_be_hidden()


def test_page_is_no_wider_than_the_phone(phone: Page, lead: Any, sign_in: Callable[..., None]) -> None:
    sign_in(phone, lead.owner)
    for path in (f"{PATH}?area=100&of={lead.number}", "/admin/promises/", "/admin/inbox/settings/"):
        phone.goto(path)
        width = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width == 0, path


def test_bell_shows_how_many_notices_are_unread(page: Page, lead: Any, sign_in: Callable[..., None]) -> None:
    for name in ("first", "second"):
        ask_to_join(lead, by=a_person(name, unit=a_unit("theirs")), door="admin", at=NOW)
    sign_in(page, lead.owner)

    page.goto("/admin/promotion/lead/")

    expect(page.locator(".inbox-bell-count")).to_have_text("2")
    page.locator(".inbox-bell").click()
    expect(page).to_have_url(re.compile("/admin/inbox/$"))
