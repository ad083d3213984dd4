"""The search box with a keyboard, an input method, a thumb, and without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.promotion.factories import a_lead, a_person, a_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(page: Page, sign_in: Callable[..., None]) -> list[str]:
    """What the search was asked for, while an officer has the overview open."""
    sign_in(page, a_person("officer", unit=a_unit("mine")))
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "_fragment" in request.url else None)
    page.goto("/admin/my-day/")
    return found


def compose(page: Page, event: str, text: str) -> None:
    """What a browser tells a page while an input method is at work."""
    page.evaluate(
        """([event, text]) => {
            const input = document.getElementById("finder-text");
            if (event) input.dispatchEvent(new CompositionEvent(event, { data: text, bubbles: true }));
            if (text !== null) {
                input.value = text;
                input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: event !== "compositionend" }));
            }
        }""",
        [event, text],
    )


def test_type_and_enter_opens_the_first_hit(page: Page, asked: list[str]) -> None:
    lead = a_lead("海光投资", owner=a_person("other"))
    page.keyboard.press("Control+k")
    expect(page.locator("#finder-text")).to_be_focused()

    page.keyboard.type("hgtz")
    first = page.locator("#finder-hits [role=option]").first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(page.locator("#finder-text")).to_have_attribute("aria-activedescendant", "finder-option-0")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/promotion/lead/{lead.pk}/change/")


def test_enter_before_the_answer_opens_its_first_hit(page: Page, asked: list[str]) -> None:
    lead = a_lead("海光投资", owner=a_person("other"))
    page.keyboard.press("/")

    page.keyboard.type("海光投资")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/promotion/lead/{lead.pk}/change/")


def test_arrows_choose_and_escape_closes(page: Page, asked: list[str]) -> None:
    other = a_person("other")
    for number in range(2):
        a_lead(f"海光{number}号", owner=other)
    page.keyboard.press("Control+k")
    page.keyboard.type("海光")
    options = page.locator("#finder-hits [role=option]")
    expect(options).to_have_count(2)

    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#finder")).not_to_be_visible()


def test_input_method_at_work_asks_nothing(page: Page, asked: list[str]) -> None:
    a_lead("海光投资", owner=a_person("other"))
    page.keyboard.press("Control+k")

    compose(page, "compositionstart", "h")
    for text in ("ha", "hai", "hai g", "haiguang"):
        compose(page, "", text)
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    assert asked == []

    compose(page, "compositionend", "海光")
    expect(page.locator("#finder-hits [role=option]")).to_have_count(1)
    assert len(asked) == 1


def test_without_scripts_the_link_leads_to_the_page(page_without_scripts: Page, sign_in: Callable[..., None]) -> None:
    page = page_without_scripts
    a_lead("海光投资", owner=a_person("other"))
    sign_in(page, a_person("officer", unit=a_unit("mine")))
    page.goto("/admin/my-day/")

    page.locator(".finder-in-menu").click()
    page.locator("#finder-page-text").fill("海光")
    page.keyboard.press("Enter")

    expect(page.locator(".finder-hit")).to_contain_text("海光投资")
    expect(page.locator("#finder")).not_to_be_visible()


def test_phone_has_the_search_in_its_head(phone: Page, sign_in: Callable[..., None], faults: Any) -> None:
    a_lead("海光投资", owner=a_person("other"))
    sign_in(phone, a_person("officer", unit=a_unit("mine")))
    phone.goto("/admin/my-day/")

    phone.locator(".finder-in-head").tap()
    phone.locator("#finder-text").fill("海光")
    expect(phone.locator("#finder-hits [role=option]")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.locator("[data-finder-close]").tap()
    expect(phone.locator("#finder")).not_to_be_visible()
