"""The directory in a browser: found by any name a person would type, on a desk and a phone, with and without scripts."""

import re

import pytest

from directory.models import Enterprise
from directory.services.zone import load_zone

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/enterprises/", "/chains/", "/chains/smart-manufacturing/", "/parks/", "/parks/park-jp/", "/carriers/", "/figures/",
         "/figures/enterprises_total/", "/about/"]  # fmt: skip


@pytest.fixture(autouse=True)
def _zone(live_server):
    load_zone()


def test_tsugami_typed_in_any_way_is_the_first_hit(page):
    for typed in ("津上", "jinshang", "js", "Tsugami"):
        page.goto("/")
        page.fill("input[name=q]", typed)
        page.locator("form[role=search] button").click()
        page.wait_for_url("**/enterprises/**")
        assert "津上精密" in page.locator("ol.results > li").first.inner_text()


def test_suggestion_chosen_by_keyboard_opens_the_enterprise(page):
    page.goto("/enterprises/")
    box = page.locator("input[name=q]")
    box.press_sequentially("jinsh", delay=40)
    page.locator("[role=option]").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(re.compile(r"/enterprises/[a-z0-9]{12}/"))
    assert "津上精密" in page.locator("h1").inner_text()


def test_search_and_facets_work_without_scripts(page_without_scripts):
    page = page_without_scripts
    page.goto("/enterprises/")
    total = page.locator("ol.results > li").count()
    page.locator("input[type=checkbox][name=country][value=DE]").check()
    page.locator("form:has(input[name=country]) button[type=submit]").first.click()
    page.wait_for_url("**country=DE**")
    assert 0 < page.locator("ol.results > li").count() < total


def test_facet_chosen_narrows_the_list_to_its_count(page):
    page.goto("/enterprises/")
    option = page.locator("li:has(> input[name=country][value=US]), label:has(input[name=country][value=US])").first
    count = int(re.search(r"(\d+)\s*$", option.inner_text()).group(1))
    page.locator("input[type=checkbox][name=country][value=US]").click()
    page.wait_for_url("**country=US**")
    assert page.locator("ol.results > li").count() == count


def test_figure_opens_exactly_its_rows(page):
    page.goto("/figures/enterprises_foreign_invested/")
    page.locator("a.button[href*='figure=']").click()
    page.wait_for_url("**figure=**")
    expected = Enterprise.objects.counted().filter(capital_origin__in=["foreign", "hmt", "mixed"]).count()
    assert page.locator("ol.results > li").count() == expected


def test_language_switch_keeps_the_page(page):
    page.goto("/enterprises/?q=js")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/enterprises/**q=js**")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "津上精密" in page.locator("ol.results").inner_text()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_fit_a_phone_and_ask_no_other_host(phone, prefix):
    for address in PAGES:
        response = phone.goto(prefix + address, wait_until="networkidle")
        wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (address, response.status, wide, phone.locator("h1").count()) == (address, 200, 0, 1)


def test_enterprise_page_shows_source_words_and_no_console_error(page):
    row = Enterprise.objects.get(short_name="德马吉森精机")
    page.goto(f"/enterprises/{row.public_id}/")
    body = page.locator("main").inner_text()
    assert "德马吉森精机等智能制造行业龙头攀高向强" in body
    assert page.locator("script[type='application/ld+json']").count() == 1


def test_nothing_found_teaches_the_next_step(page):
    page.goto("/enterprises/?q=津上津密机床")
    assert page.locator("main").inner_text().count("津上精密") >= 1  # did you mean
