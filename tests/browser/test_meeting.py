"""Monday's meeting in a browser: a resolution while it is said, one's notes one by one, two people on one of them."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.calendar import work_calendar
from promotion.models import ActionItem, ProgressNote
from promotion.rules.meeting import reported_week
from promotion.rules.working_time import local_day
from tests.factories import made
from tests.promotion.factories import a_person, a_project, a_unit

pytestmark = pytest.mark.django_db(transaction=True)

MEETING, NOTES = "/admin/meeting/", "/admin/my-notes/"


def week() -> datetime.date:
    return reported_week(work_calendar(), local_day(timezone.now())).first


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def project(officer: User) -> Any:
    """One that was there before the week began."""
    return a_project("示例精机", owner=officer, at=timezone.now() - datetime.timedelta(days=60))


@pytest.fixture
def wall(page: Page, sign_in: Callable[..., None], project: Any) -> Page:
    """The meeting as its manager sees it, with one project."""
    sign_in(page, a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours")))
    page.goto(f"{MEETING}?wall=1")
    return page


def test_resolution_is_written_where_its_project_stands(wall: Page, project: Any, officer: User) -> None:
    wall.locator(f"[data-decide='{project.public_id}']").first.click()
    text = wall.locator("[name=text]")
    expect(text).to_be_focused()
    expect(wall.locator("[data-decide-name]")).to_have_text("示例精机")
    text.fill("核实用地")
    wall.locator("[name=chip]").first.check(force=True)
    text.press("Enter")

    place = wall.locator(f"[data-decided='{project.public_id}'] [data-item]")
    expect(place).to_contain_text("核实用地")
    expect(text).to_have_value("")
    expect(text).to_be_focused()
    text.fill("约见投资方")
    text.press("Enter")
    expect(place).to_have_count(2)
    expect(wall.locator("[data-meeting-status]")).to_contain_text("约见投资方")
    assert [(row.project, row.person) for row in ActionItem.objects.all()] == [(project, officer)] * 2


def test_refused_resolution_keeps_what_was_typed(wall: Page, faults: Any) -> None:
    faults.expect("422")
    wall.locator("[name=text]").fill("核实用地")
    wall.locator("[name=text]").press("Enter")

    expect(wall.locator("[data-decide-form]")).to_contain_text("请选择责任人。")
    expect(wall.locator("[name=text]")).to_have_value("核实用地")
    assert not ActionItem.objects.exists()


def test_without_network_a_resolution_stays_in_its_line(wall: Page, project: Any, faults: Any) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    wall.locator(f"[data-decide='{project.public_id}']").click()
    wall.context.set_offline(True)
    wall.locator("[name=text]").fill("核实用地")
    wall.locator("[name=text]").press("Enter")

    expect(wall.locator("[data-meeting-status]")).to_contain_text("未能提交")
    expect(wall.locator("[name=text]")).to_have_value("核实用地")


def test_without_script_a_resolution_is_written_all_the_same(
    page_without_scripts: Page, sign_in: Callable[..., None], project: Any
) -> None:
    page = page_without_scripts
    sign_in(page, a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours")))
    page.goto(MEETING)
    page.locator(f"[data-decide='{project.public_id}']").click()
    page.locator("[name=text]").fill("核实用地")
    page.locator("[name=chip]").first.check(force=True)
    page.locator("[data-decide-form] button").click()

    expect(page.locator(f"#p-{project.public_id}")).to_contain_text("核实用地")
    assert ActionItem.objects.get().project == project


def test_note_takes_over_what_was_planned_and_is_saved_on_its_own(
    phone: Page, sign_in: Callable[..., None], officer: User, project: Any
) -> None:
    a_project("另一个", owner=officer)
    made(ProgressNote(project=project, week=week() - datetime.timedelta(days=7), next_step="约见财务总监"))
    sign_in(phone, officer)
    phone.goto(NOTES)
    card = phone.locator(f"#n-{project.public_id}")

    card.get_by_role("button", name="约见财务总监").click()
    expect(card.locator("[name=progress]")).to_have_value("约见财务总监")
    card.locator("[name=next_step]").fill("签约")
    card.locator("[name=next_step]").press("Control+Enter")

    expect(card.locator("[data-note-status]")).to_have_text("已保存。")
    note = ProgressNote.objects.get(week=week())
    assert (note.progress, note.next_step, note.by) == ("约见财务总监", "签约", officer)
    assert phone.url.endswith(NOTES)


def test_second_of_two_writers_sees_both_versions(
    page: Page, sign_in: Callable[..., None], officer: User, project: Any, faults: Any
) -> None:
    faults.expect("422")
    sign_in(page, officer)
    page.goto(NOTES)
    made(ProgressNote(project=project, week=week(), progress="同事写的"))
    card = page.locator(f"#n-{project.public_id}")
    card.locator("[name=progress]").fill("我写的")
    card.locator("button[type=submit]").click()

    expect(card.locator(".note-theirs")).to_contain_text("同事写的")
    expect(card.locator("[name=progress]")).to_have_value("我写的")
    assert ProgressNote.objects.get().progress == "同事写的"
    card.locator("button[type=submit]").click()
    expect(card.locator("[data-note-status]")).to_have_text("已保存。")
    assert ProgressNote.objects.get().progress == "我写的"
