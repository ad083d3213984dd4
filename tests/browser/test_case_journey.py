"""One request from a visit in the plant to contentment: two units, a pause over a made-up weekend, back one level up.

Everybody has a page of their own: the officer a phone, the coordinator and the handler a desk, the enterprise its portal.
The clock of the server is set, so that every time is what the rule's arithmetic says, to the minute.
"""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from promotion.models import CaseHandler, CaseState, ClockSegment, LiaisonAssignment, ServiceCase
from promotion.services import portal
from promotion.services.liaison import save_assignment
from tests.factories import an_enterprise
from tests.promotion.factories import a_person, a_unit
from tests.promotion.factories_cases import coordinator, handler, power_company

pytestmark = pytest.mark.django_db(transaction=True)

SHANGHAI = ZoneInfo("Asia/Shanghai")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 64


def moment(text: str) -> datetime.datetime:
    """`09 15:10`: a day and time of October 2026 in Pinghu. Its first week is closed, the Saturday after it works."""
    return datetime.datetime.strptime(f"2026-10-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime.datetime]:
    """`at("09 15:10")`: it is that time on the server from now on."""

    def set_clock(text: str) -> datetime.datetime:
        now = moment(text)
        monkeypatch.setattr(timezone, "now", lambda: now.astimezone(datetime.UTC))
        return now

    return set_clock


def the_case() -> Any:
    return ServiceCase.objects.get()


def times(model: Any, *names: str, **conditions: Any) -> list[tuple[Any, ...]]:
    """Rows as written, moments in the time of Pinghu and to the minute (a row's seconds would show)."""
    rows = model.objects.filter(**conditions).order_by("pk").values_list(*names)
    return [
        tuple(one.astimezone(SHANGHAI) if isinstance(one, datetime.datetime) else one for one in row) for row in rows
    ]


class Desk:
    """Somebody of ours at a desk, with the case open."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open_case(self, section: str) -> None:
        """From the desk, as it is found there."""
        self.page.goto("/admin/desk/")
        place = self.page.locator(".my-day-section").filter(has=self.page.get_by_role("heading", name=section))
        place.get_by_role("link", name="二号车间停电").click()

    def step(self, name: str, **answers: str) -> None:
        """Press the button of a step above the case, answer what is asked, send it."""
        self.page.locator(".case-steps").get_by_role("link", name=name, exact=True).click()
        for field, text in answers.items():
            self.page.locator(f"[name={field}]").fill(text)
        self.page.get_by_role("button", name=name, exact=True).click()
        expect(self.page.locator(".case-standing")).to_be_visible()

    def dispatch(self, *, lead: str, co: str = "", days: str = "") -> None:
        self.page.locator(".case-steps").get_by_role("link", name="分办", exact=True).click()
        self.page.locator("[name=h0-whom]").select_option(label=lead)
        if co:
            self.page.locator("[name=h1-whom]").select_option(label=co)
            self.page.locator("[name=h1-limit_days]").fill(days)
        self.page.get_by_role("button", name="分办").click()
        expect(self.page.locator(".case-standing")).to_contain_text(lead)


def rate(page: Page, grade: str, solved: str, comment: str = "") -> None:
    page.reload()
    page.get_by_label(grade, exact=True).check()
    page.get_by_label(solved, exact=True).check()
    page.locator("[name=comment]").fill(comment)
    page.get_by_role("button", name="提交评价").click()


def test_from_the_visit_to_contentment_to_the_minute(
    at: Callable[[str], datetime.datetime],
    phone: Page,
    open_page: Callable[..., Page],
    sign_in: Callable[[Page, User], None],
    faults: Any,
    tmp_path: Path,
) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    now = at("09 15:00")
    enterprise, officer = an_enterprise("示例精机"), a_person("officer", Role.SUBDISTRICT_LIAISON, a_unit("street"))
    planning, power = handler().memberships.get().department, power_company()
    row = LiaisonAssignment(enterprise=enterprise, person=officer, starts_on=now.date())
    save_assignment(row, by=coordinator(), door=Door.ADMIN)
    buyer = User.objects.create_user(username="buyer")
    _invitation, code = portal.invite(enterprise, by=coordinator(), door=Door.ADMIN, at=now)
    portal.join_by_code(buyer, code, door=Door.PORTAL, at=now)
    lead, handles, outside = Desk(open_page()), Desk(open_page()), open_page()

    def next_day() -> None:
        """A night is longer than a session."""
        for page, person in ((lead.page, coordinator()), (handles.page, handler()), (outside, buyer)):
            sign_in(page, person)

    next_day()

    # Friday, in a plant without network; ten minutes later in the car it arrives.
    sign_in(phone, officer)
    phone.clock.set_fixed_time(now)
    phone.goto("/admin/my-day/")
    phone.get_by_role("link", name="记录走访").last.tap()
    expect(phone.get_by_label("示例精机")).to_be_visible()
    phone.context.set_offline(True)
    phone.get_by_label("示例精机").tap()
    phone.keyboard.insert_text("新线在装,电不稳")
    phone.get_by_label("问题1", exact=True).fill("二号车间停电")
    phone.get_by_role("button", name="提交走访记录").tap()
    expect(phone.locator("[data-visit-waiting]")).to_contain_text("1")
    assert not ServiceCase.objects.exists()
    at("09 15:10")
    phone.context.set_offline(False)
    expect(phone.locator("[data-visit-sent]")).to_contain_text("二号车间停电")
    case = the_case()
    assert (case.intake, case.visit.owner, case.state) == ("visit", officer, CaseState.SUBMITTED)
    # Five days of seven hours: 1:50 on Friday, the made-up Saturday, Monday to Wednesday, 5:10 on Thursday.
    assert case.due_at == case.first_due_at == moment("15 15:10")

    # Two units, one of them without an account here and with a limit of its own.
    at("09 16:00")
    lead.open_case("待受理")
    lead.dispatch(lead=planning.name, co=power.name, days="3")
    assert times(CaseHandler, "unit__code", "external__name", "due_at") == [
        ("planning", None, moment("15 16:00")),
        (None, "示例供电", moment("13 16:00")),
    ]

    # It waits for the enterprise over the weekend; the Saturday counts, the Sunday does not.
    at("09 16:30")
    handles.open_case("新分办")
    handles.step("签收")
    at("10 09:00")
    next_day()
    handles.step("请企业补充", question="哪一路进线?")
    expect(handles.page.locator(".case-standing")).to_contain_text("计时暂停")
    assert the_case().due_at is None
    outside.goto("/portal/")
    outside.get_by_role("link", name="二号车间停电").click()
    expect(outside.locator("form").get_by_label("您的答复")).to_be_visible()
    expect(outside.locator(".quote")).to_have_text("哪一路进线?")
    at("12 10:30")
    next_day()
    outside.reload()
    outside.get_by_label("您的答复").fill("东侧进线")
    outside.get_by_role("button", name="答复", exact=True).click()
    expect(outside.locator(".key-facts")).to_contain_text("10月16日")
    # 6:30 on Saturday and 2:00 on Monday stood still.
    assert the_case().due_at == moment("16 16:40")
    assert the_case().first_due_at == moment("15 15:10")
    assert CaseHandler.objects.get(external=power).due_at == moment("15 09:00")

    # The power company calls back: the coordinator enters it with a photo of the letter.
    at("12 11:00")
    letter = tmp_path / "letter.png"
    letter.write_bytes(PNG)
    lead.page.reload()
    outer = lead.page.locator(".case-standing tr").filter(has_text="示例供电")
    outer.get_by_role("link", name="录入回复").click()
    lead.page.locator("[name=text]").fill("东侧进线已换接")
    lead.page.locator("[name=file]").set_input_files(letter)
    lead.page.locator("form button[type=submit]").last.click()
    expect(lead.page.locator(".case-standing")).to_contain_text("东侧进线已换接")

    # Answered, not content, and back one level up by itself.
    at("12 14:00")
    handles.page.reload()
    handles.step("答复企业", text="供电已换接进线")
    at("12 15:00")
    rate(outside, "不满意", "否", "又停了一次")
    case = the_case()
    assert (case.state, case.reopened, case.level, case.due_at) == (CaseState.ACCEPTED, 1, 1, moment("19 15:00"))
    lead.open_case("不满意退回")
    expect(lead.page.locator(".case-standing")).to_contain_text("东侧进线已换接")  # all that happened is still there

    # The second round.
    at("12 15:30")
    lead.dispatch(lead=planning.name)
    at("13 08:45")
    next_day()
    handles.open_case("新分办")
    handles.step("签收")
    at("13 09:30")
    handles.step("答复企业", text="已加装稳压")
    at("13 10:00")
    rate(outside, "满意", "是")
    expect(outside.locator(".key-facts")).to_contain_text("已办结")
    case = the_case()
    assert (case.state, case.closed_at) == (CaseState.CLOSED, moment("13 10:00"))
    running, paused = ClockSegment.Kind.RUNNING, ClockSegment.Kind.PAUSED
    assert times(ClockSegment, "round", "kind", "since", "until") == [
        (0, running, moment("09 15:10"), moment("10 09:00")),
        (0, paused, moment("10 09:00"), moment("12 10:30")),
        (0, running, moment("12 10:30"), moment("12 14:00")),
        (1, running, moment("12 15:00"), moment("13 09:30")),
    ]
    assert sorted(case.ratings.values_list("round", "grade", "is_solved")) == [(0, 2, False), (1, 4, True)]
