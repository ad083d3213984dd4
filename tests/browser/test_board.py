"""The board under the hand: cards dragged, carried by the arrow keys, refused by the gate, put back, moved in a dialog."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from pinghu.accounts.models import User
from promotion import board
from promotion.models import InvestmentProject, StageChange
from promotion.rules import stages
from tests.promotion.factories import a_person, a_project, a_unit
from tests.promotion.factories_projects import DAYS, a_ready_project, values_for

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/admin/board/"


@pytest.fixture(autouse=True)
def officer() -> User:
    """In charge of what the factories make."""
    return a_person("officer-1", unit=a_unit("ours"))


@pytest.fixture
def open_board(sign_in: Callable[..., None], officer: User) -> Callable[[Page], Page]:
    """`open_board(page)`: the board as the officer in charge sees it."""

    def show(page: Page) -> Page:
        sign_in(page, officer)
        page.goto(PATH)
        return page

    return show


def card(page: Page, project: Any) -> Locator:
    return page.locator(f"[data-board-card='{project.pk}']")


def column(page: Page, stage: str) -> Locator:
    return page.locator(f"[data-board-column={stage}]")


def said(page: Page) -> Locator:
    return page.locator("[data-board-said]")


def ready() -> Any:
    """Nothing is missing for `reviewed`."""
    return a_ready_project(stages.REVIEWED, name="甲项目", **values_for(stages.REVIEWED))


def lacking() -> Any:
    """The four fields of the agreement are missing for `signed`."""
    return a_ready_project(stages.SIGNED, name="乙项目")


def stage_of(project: Any) -> str:
    return str(InvestmentProject.objects.get(pk=project.pk).stage)


def test_card_dragged_to_the_next_stage_moves(page: Page, open_board: Any) -> None:
    project = ready()
    open_board(page)

    card(page, project).drag_to(column(page, stages.REVIEWED))

    expect(said(page)).to_contain_text(project.number)
    expect(column(page, stages.REVIEWED).locator("[data-board-card]")).to_have_count(1)
    expect(column(page, stages.REVIEWED).locator("[data-board-head] a")).to_have_text("1")
    expect(column(page, stages.NEGOTIATING).locator("[data-board-head] a")).to_have_text("0")
    assert stage_of(project) == stages.REVIEWED
    # The fresh card carries the fresh version: it can be moved on at once.
    card(page, project).drag_to(column(page, stages.SIGNED))
    expect(page.locator("[data-board-dialog] [name=agreement_no]")).to_be_visible()


def test_refused_drop_asks_for_the_missing_fields_and_then_moves(page: Page, open_board: Any) -> None:
    project = lacking()
    open_board(page)

    card(page, project).drag_to(column(page, stages.SIGNED))
    dialog = page.locator("[data-board-dialog]")
    expect(dialog).to_be_visible()
    names = dialog.locator("input:not([type=hidden]), select, textarea").evaluate_all("all => all.map(one => one.name)")
    assert set(names) == {"signed_on", "agreement_no", "signed_amount", "foreign_share", "why"}
    dialog.locator("[name=agreement_no]").fill("A-1")
    dialog.locator("[name=signed_amount]").fill("1000")
    dialog.locator("[name=foreign_share]").fill("0")
    dialog.locator("[type=submit]").click()
    # The day is still missing: the same dialog, with what was typed.
    expect(dialog.locator("[name=agreement_no]")).to_have_value("A-1")
    assert stage_of(project) == stages.REVIEWED

    dialog.locator("[name=signed_on]").fill(DAYS[stages.SIGNED].isoformat())
    dialog.locator("[type=submit]").click()

    expect(dialog).to_be_hidden()
    expect(column(page, stages.SIGNED).locator("[data-board-card]")).to_have_count(1)
    assert stage_of(project) == stages.SIGNED
    assert InvestmentProject.objects.get(pk=project.pk).agreement_no == "A-1"


@pytest.mark.parametrize("way", ["Escape", "close", "cancel"])
def test_cancelled_dialog_puts_the_card_back(page: Page, open_board: Any, way: str) -> None:
    project = lacking()
    open_board(page)
    moves = StageChange.objects.count()

    card(page, project).drag_to(column(page, stages.SIGNED))
    dialog = page.locator("[data-board-dialog]")
    expect(dialog).to_be_visible()
    expect(column(page, stages.SIGNED).locator("[data-board-card]")).to_have_count(1)
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        dialog.locator("[data-cancel]" if way == "cancel" else "[data-board-close]").click()

    expect(dialog).to_be_hidden()
    expect(column(page, stages.REVIEWED).locator("[data-board-card]")).to_have_count(1)
    expect(said(page)).to_contain_text("乙项目")
    expect(card(page, project).locator("[data-board-move]")).to_be_focused()
    assert StageChange.objects.count() == moves


def test_card_carried_by_the_arrow_keys_moves(page: Page, open_board: Any) -> None:
    project = ready()
    open_board(page)

    card(page, project).locator("[data-board-move]").focus()
    page.keyboard.press("Space")
    expect(said(page)).to_contain_text("甲项目")
    page.keyboard.press("ArrowRight")
    expect(column(page, stages.REVIEWED)).to_have_class("board-column is-target")
    page.keyboard.press("Enter")

    expect(column(page, stages.REVIEWED).locator("[data-board-card]")).to_have_count(1)
    expect(card(page, project).locator("[data-board-move]")).to_be_focused()
    assert stage_of(project) == stages.REVIEWED


def test_carried_card_goes_back_on_escape_and_when_focus_leaves(page: Page, open_board: Any) -> None:
    project = ready()
    open_board(page)
    move = card(page, project).locator("[data-board-move]")

    for leave in ("Escape", "Tab"):
        move.focus()
        page.keyboard.press("Space")
        expect(card(page, project)).to_have_class(re.compile("is-picked-up"))
        page.keyboard.press("ArrowRight")
        page.keyboard.press(leave)
        expect(card(page, project)).not_to_have_class(re.compile("is-picked-up|is-under-way"))

    expect(column(page, stages.NEGOTIATING).locator("[data-board-card]")).to_have_count(1)
    assert stage_of(project) == stages.NEGOTIATING


def test_move_is_chosen_from_a_list_with_a_reason_where_one_is_needed(page: Page, open_board: Any) -> None:
    project = ready()
    open_board(page)

    card(page, project).locator("[data-board-move]").press("Enter")
    dialog = page.locator("[data-board-dialog]")
    dialog.locator("a[href*='target=paused']").click()
    dialog.locator("[type=submit]").click()
    expect(dialog.locator("[name=why]")).to_be_visible()
    dialog.locator("[name=why]").fill("投资方换人")
    dialog.locator("[type=submit]").click()

    expect(dialog).to_be_hidden()
    expect(card(page, project)).to_have_class("board-card is-paused is-moved")
    assert InvestmentProject.objects.get(pk=project.pk).side_state == stages.PAUSED


def test_search_box_in_the_dialog_opens_above_it(page: Page, open_board: Any) -> None:
    project = ready()
    other = a_project("丙项目", owner=project.owner)
    open_board(page)

    card(page, project).locator("[data-board-move]").click()
    dialog = page.locator("[data-board-dialog]")
    dialog.locator("a[href*='target=merged']").click()
    dialog.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("丙项目")
    page.locator(".select2-results__option", has_text="丙项目").click()
    dialog.locator("[name=why]").fill("重复登记")
    dialog.locator("[type=submit]").click()

    expect(dialog).to_be_hidden()
    expect(card(page, project)).to_have_count(0)  # it is over, and the board shows what is under way
    assert InvestmentProject.objects.get(pk=project.pk).merged_into_id == other.pk


def test_lost_network_puts_the_card_back_and_says_so(page: Page, open_board: Any, faults: Any) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    project = ready()
    open_board(page)
    page.context.set_offline(True)

    card(page, project).drag_to(column(page, stages.REVIEWED))

    expect(said(page)).to_contain_text("甲项目")
    expect(column(page, stages.NEGOTIATING).locator("[data-board-card]")).to_have_count(1)
    assert stage_of(project) == stages.NEGOTIATING


def test_more_cards_come_into_their_column(
    page: Page, open_board: Any, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "PAGE", 2)
    for number in range(5):
        a_project(f"项目{number}", owner=officer)
    open_board(page)
    cards = column(page, stages.NEGOTIATING).locator("[data-board-card]")
    expect(cards).to_have_count(2)

    for count in (4, 5):
        column(page, stages.NEGOTIATING).locator("[data-board-more]").click()
        expect(cards).to_have_count(count)

    expect(column(page, stages.NEGOTIATING).locator("[data-board-more]")).to_have_count(0)


def test_phone_moves_a_card_from_the_list(phone: Page, open_board: Any) -> None:
    project = ready()
    open_board(phone)
    phone.locator(".board-jump a").nth(0).tap()

    card(phone, project).locator("[data-board-move]").tap()
    dialog = phone.locator("[data-board-dialog]")
    dialog.locator("a[href*='target=reviewed']").tap()
    dialog.locator("[type=submit]").tap()

    expect(dialog).to_be_hidden()
    assert stage_of(project) == stages.REVIEWED
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_script_the_card_is_moved_on_its_page_and_the_board_comes_back(
    page_without_scripts: Page, open_board: Any
) -> None:
    project = ready()
    page = open_board(page_without_scripts)

    card(page, project).locator("[data-board-move]").click()
    page.locator("a[href*='target=reviewed']").click()
    page.locator(".project-move-form [type=submit]").click()

    expect(column(page, stages.REVIEWED).locator("[data-board-card]")).to_have_count(1)
    assert stage_of(project) == stages.REVIEWED
