"""What an enterprise does by itself: a request without an account, and its own desk from the invitation on."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from directory.models import Correction
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.models import ChainMatch, ServiceCase
from tests.factories import an_enterprise
from tests.promotion.factories import a_person, a_unit
from tests.promotion.factories_cases import coordinator

pytestmark = pytest.mark.django_db(transaction=True)


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def look_up(page: Page, number: str, secret: str) -> None:
    page.goto("/services/follow/")
    fill(page, number=number, secret=secret)
    page.get_by_role("button", name="查询").click()


# --- without an account ----------------------------------------------------------------------------------------------


def test_a_request_without_an_account_is_followed_by_number_and_secret_and_by_nothing_else(
    phone: Page, open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], faults: Any
) -> None:
    faults.expect("422|429")
    phone.goto("/services/")
    phone.get_by_role("link", name="提交诉求").first.tap()
    fill(phone, enterprise_name="示例公司", title="车间停电", text="二号车间一周停了三次", reporter_name="示例")
    phone.get_by_role("button", name="提交", exact=True).tap()
    expect(phone.locator(".error-summary")).to_contain_text("电话")  # how are we to ask back?
    expect(phone.locator("[name=text]")).to_have_value("二号车间一周停了三次")
    fill(phone, reporter_phone="0573-0000")
    phone.get_by_role("button", name="提交", exact=True).tap()
    expect(phone.locator(".message b")).to_have_count(2)
    number, secret = phone.locator(".message b").all_inner_texts()
    assert ServiceCase.objects.get().number == number
    phone.reload()  # nothing is raised twice
    assert ServiceCase.objects.count() == 1

    desk = open_page()
    sign_in(desk, coordinator())
    desk.goto("/admin/desk/")
    desk.get_by_role("link", name="车间停电").click()
    desk.locator(".case-steps").get_by_role("link", name="答复企业", exact=True).click()
    desk.locator("[name=text]").fill("已换接进线")
    desk.get_by_role("button", name="答复企业").click()
    expect(desk.locator(".case-standing")).to_contain_text("已换接进线")

    elsewhere = open_page()
    look_up(elsewhere, number, "wrong")
    expect(elsewhere.get_by_text("编号与查询码不匹配").first).to_be_visible()
    look_up(elsewhere, number.lower(), f" {secret.upper()} ")
    expect(elsewhere.get_by_text("已换接进线").first).to_be_visible()
    expect(elsewhere.locator("main")).not_to_contain_text("coordinator-1")
    elsewhere.get_by_label("满意", exact=True).check()
    elsewhere.get_by_role("button", name="提交评价").click()
    expect(elsewhere.locator(".key-facts")).to_contain_text("已办结")

    # Whoever guesses is stopped, and then the right secret does not help either.
    guesser = open_page()
    for _turn in range(9):
        look_up(guesser, number, "guess")
    look_up(guesser, number, secret)
    expect(guesser.get_by_role("heading", name="尝试次数过多")).to_be_visible()


# --- with one --------------------------------------------------------------------------------------------------------


def invite(desk: Page, enterprise: Any) -> str:
    """The code that staff make on the enterprise's page."""
    desk.goto(f"/admin/directory/enterprise/{enterprise.pk}/change/")
    desk.get_by_role("link", name="邀请加入门户").first.click()
    desk.get_by_role("button", name="邀请加入门户").click()
    return desk.locator(".case-answer strong").inner_text()


def join(page: Page, code: str, username: str) -> None:
    page.goto("/portal/join/")
    fill(page, code=code, name="示例", username=username, email=f"{username}@example.org", password="a-long-pass-4u")
    page.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_role("link", name="提出更正")).to_be_visible()


def enter_ware(page: Page, button: str, product: str) -> None:
    page.get_by_role("link", name=button).click()
    fill(page, product=product)
    page.get_by_role("button", name="保存").click()


def test_from_the_invitation_to_being_introduced(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], faults: Any
) -> None:
    faults.expect("422")
    mine, maker = an_enterprise("示例精机", address="旧路1号", is_published=True), an_enterprise("远东氧化")
    desk, buyer, supplier = open_page(), open_page(), open_page()
    sign_in(desk, coordinator())
    code = invite(desk, mine)
    join(buyer, code, "buyer")
    join(supplier, invite(desk, maker), "supplier")
    again = open_page()
    again.goto("/portal/join/")
    fill(again, code=code, name="别人", username="other", password="a-long-pass-4u")
    again.get_by_role("button", name="加入", exact=True).click()
    expect(again.get_by_text("邀请码").first).to_be_visible()
    assert not User.objects.filter(username="other").exists()

    # The address is wrong: suggested by the enterprise, looked at and accepted by a steward, seen by the enterprise.
    buyer.get_by_role("link", name="提出更正").click()
    buyer.locator("[name=field]").select_option("address")
    fill(buyer, value="新路2号", proof="营业执照")
    buyer.get_by_role("button", name="提交建议").click()
    expect(buyer.get_by_text(re.compile("地址.*新路2号.*待"))).to_be_visible()
    steward = open_page()
    sign_in(steward, a_person("steward", Role.DATA_STEWARD, a_unit("data")))
    steward.goto("/admin/directory/correction/")
    row = steward.locator("#result_list tbody tr")
    expect(row).to_contain_text("旧路1号")
    expect(row).to_contain_text("新路2号")
    row.get_by_role("link", name="示例精机").first.click()
    steward.get_by_role("link", name="采纳").first.click()
    steward.get_by_role("button", name="采纳").click()
    expect(steward.get_by_text("营业执照").first).to_be_visible()
    mine.refresh_from_db()
    assert (mine.address, Correction.objects.get().status) == ("新路2号", "accepted")
    buyer.reload()
    expect(buyer.get_by_text(re.compile("地址.*新路2号.*已采纳"))).to_be_visible()

    # One offers, the other needs: proposed with its reason, and an officer is asked to introduce them.
    enter_ware(supplier, "登记供给", "阳极氧化")
    enter_ware(buyer, "登记需求", "阳极氧化")
    expect(buyer.locator("#matches-head + ul")).to_contain_text("远东氧化")
    buyer.get_by_role("button", name="请专员牵线").click()
    case, match = ServiceCase.objects.get(), ChainMatch.objects.get()
    expect(buyer.get_by_role("heading", level=1)).to_contain_text("阳极氧化")
    assert (case.mechanism.code, case.enterprise, match.case) == ("chain_collaboration", mine, case)
    desk.goto("/admin/desk/")
    expect(desk.get_by_role("link", name=case.number)).to_be_visible()
