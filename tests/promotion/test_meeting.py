"""Monday's meeting: which project stands where, what is hidden from whom, resolutions, and the reports in Word."""

import datetime
import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import docx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog, Door
from pinghu.word import Paper, safe_text
from promotion.meeting import Meeting, meeting_of
from promotion.meeting_report import period_name
from promotion.models import (
    ActionItem,
    CapitalRecord,
    InvestmentProject,
    LeadChannel,
    Level,
    ProgressNote,
    ProjectMilestone,
    StageChange,
    StageRequirement,
)
from promotion.rules import meeting as rules
from promotion.rules.stages import Position
from promotion.rules.working_time import SHANGHAI
from promotion.services.projects import advance_stage
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

#: NOW is Monday, 1 June 2026, 9:00: the meeting is about the week before.
TODAY = datetime.date(2026, 6, 1)
WEEK = datetime.date(2026, 5, 25)
PAGE, REPORT, DECIDE = "/admin/meeting/", "/admin/meeting/report.docx", "/admin/meeting/decide/"


def on(day: int, month: int = 5, hour: int = 12) -> datetime.datetime:
    return datetime.datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _start(monkeypatch: pytest.MonkeyPatch) -> None:
    LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))
    # What a stage asks is tested elsewhere; here projects move.
    StageRequirement._base_manager.all()._raw_delete("default")
    monkeypatch.setattr("promotion.admin.meeting.timezone.now", lambda: NOW)


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def neighbour() -> User:
    return a_person("neighbour", unit=a_unit("theirs"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


def move(project: Any, target: str, at: datetime.datetime, why: str = "", **values: Any) -> Any:
    fresh = InvestmentProject.objects.get(pk=project.pk)
    return advance_stage(fresh, target, by=project.owner, door=Door.COMMAND, at=at, why=why, values=values)


def note(project: Any, week: datetime.date = WEEK, **values: Any) -> Any:
    return made(ProgressNote(project=project, week=week, **values))


def item(person: Any, by: Any, at: datetime.datetime, **values: Any) -> Any:
    """An action item as it was given at that moment."""
    values = {"text": "核实用地", "due_on": TODAY, **values}
    row = made(ActionItem(person=person, given_by=by, **values))
    ActionItem._base_manager.filter(pk=row.pk).update(created_at=at)
    return row


def seen(
    user: User, day: datetime.date = WEEK, kind: str = rules.WEEK, today: datetime.date = TODAY, **options: Any
) -> Meeting:
    period = rules.period_of(kind, day)
    meets_on = period.last + datetime.timedelta(days=1)
    return meeting_of(User.objects.get(pk=user.pk), period, today=today, meets_on=meets_on, **options)


def names(found: Meeting) -> dict[str, list[str]]:
    return {group.code: [line.project.name for line in group.lines] for group in found.groups if group.lines}


def line_of(found: Meeting, project: Any) -> Any:
    return next(line for line in found.lines if line.project.pk == project.pk)


# --- who stands where ------------------------------------------------------------------------------------------------


def test_projects_stand_in_the_group_of_what_they_did(officer: User) -> None:
    moved, signed, lost, gone, stays, paused = (
        a_project(name, owner=officer, at=on(1, 4)) for name in ("推进", "已签", "流失", "早流失", "不动", "暂停")
    )
    a_project("新来", owner=officer, at=on(26))
    a_project("后来", owner=officer, at=NOW)
    move(moved, "reviewed", on(27))
    move(signed, "reviewed", on(2, 4))
    move(signed, "signed", on(3, 4))
    move(lost, "lost", on(31, hour=23), why="价格")
    move(gone, "lost", on(24, hour=23), why="价格")
    move(stays, "reviewed", on(1, 6, hour=0))
    move(paused, "paused", on(2, 4), why="等待")

    found = seen(officer)

    assert names(found) == {
        "moved": ["推进", "流失"],
        "new": ["新来"],
        "not_started": ["已签"],
        "not_moved": ["不动", "暂停"],
    }
    assert found.counts.projects == 6


def test_a_past_week_is_read_as_things_stood_at_its_end(officer: User) -> None:
    project = a_project("推进", owner=officer, at=on(1, 4))
    move(project, "reviewed", on(5, 4))
    move(project, "signed", on(28))
    move(project, "paused", on(1, 6, hour=1), why="等待")

    line = line_of(seen(officer), project)
    assert (line.position.stage, line.since, line.days) == ("signed", datetime.date(2026, 5, 28), 3)
    before = line_of(seen(officer, WEEK - datetime.timedelta(days=7)), project)
    assert (before.position.stage, before.days, before.moves) == ("reviewed", 49, ())
    this = line_of(seen(officer, TODAY), project)
    assert (this.position, this.days) == (Position("signed", "paused"), 0)


def test_line_carries_moves_note_plan_and_start(officer: User) -> None:
    project = a_project(owner=officer, at=on(1, 4))
    move(project, "reviewed", on(26), why="评审通过")
    unit = a_unit("theirs")
    note(project, WEEK - datetime.timedelta(days=7), next_step="约见")
    note(project, progress="见了", next_step="签约", problem="用地", help_needed="协调", help_from=unit, help_by=TODAY)
    made(ProjectMilestone(project=project, kind="started", planned_on=datetime.date(2026, 7, 1)))

    found = seen(officer)
    line = line_of(found, project)

    assert [change.why for change in line.moves] == ["评审通过"]
    assert (line.note.progress, line.planned, line.planned_start) == ("见了", "约见", datetime.date(2026, 7, 1))
    assert found.asking == (line,)
    assert (found.counts.problems, found.counts.help_needed, found.counts.without_note) == (1, 1, 0)


def test_silent_projects_come_last_the_longest_standing_first(officer: User) -> None:
    a_project("新一些", owner=officer, at=on(1, 4))
    a_project("最久", owner=officer, at=on(1, 1))
    note(a_project("有话说", owner=officer, at=on(2, 4)), progress="谈了")

    (group,) = (group for group in seen(officer).groups if group.code == "not_moved")

    assert [line.project.name for line in group.lines] == ["有话说", "最久", "新一些"]
    assert [line.project.name for line in group.silent] == ["最久", "新一些"]


def test_group_shows_the_first_and_counts_all(officer: User) -> None:
    for number in range(4):
        a_project(f"项目{number}", owner=officer, at=on(1, 4))

    found = seen(officer, limit=3)

    (group,) = (group for group in found.groups if group.count)
    assert (group.count, len(group.lines), group.rest, found.counts.projects) == (4, 3, 1, 4)


def test_month_joins_its_weeks_and_adds_figures_of_the_year(officer: User) -> None:
    project = a_project(owner=officer, at=on(1, 2), negotiating_since=datetime.date(2026, 2, 1))
    note(project, datetime.date(2026, 5, 4), progress="第一周", next_step="甲")
    note(project, WEEK, progress="第四周", next_step="乙")
    move(project, "reviewed", on(3, 3), reviewed_on=datetime.date(2026, 3, 3))
    move(project, "signed", on(1, 6, hour=8), signed_on=datetime.date(2026, 5, 29))
    enterprise = an_enterprise()
    for day, amount in (((2026, 1, 5), 100), ((2026, 5, 6), 40), ((2026, 6, 1), 7), ((2025, 12, 31), 9)):
        made(CapitalRecord(enterprise=enterprise, kind="actual", on=datetime.date(*day), amount=amount))

    found = seen(officer, kind=rules.MONTH)

    assert [one.progress for one in line_of(found, project).notes] == ["第一周", "第四周"]
    assert line_of(found, project).note.next_step == "乙"
    figures: Any = found.cumulative
    reached = {one.stage: (one.in_period, one.in_year) for one in figures.reached}
    assert (reached["negotiating"], reached["reviewed"], reached["signed"]) == ((0, 1), (0, 1), (1, 1))
    assert [(one.currency, one.in_period, one.in_year) for one in figures.arrived] == [("USD", 40, 140)]


# --- what was decided ------------------------------------------------------------------------------------------------


def test_what_was_decided_stands_with_its_project_and_whether_it_is_answered(officer: User, manager: User) -> None:
    project = a_project(owner=officer, at=on(1, 4))
    old = item(officer, manager, on(20, 4), project=project, due_on=datetime.date(2026, 5, 29))
    last = item(officer, manager, on(25), project=project, text="答复", answer="好", answered_at=on(28))
    now = item(officer, manager, NOW, project=project, text="刚定")
    item(officer, manager, on(20, 4), project=project, text="早答复", answer="好", answered_at=on(21))
    item(officer, manager, on(2, 6), project=project, text="会后")
    made(ActionItem(person=officer, text="系统提示", due_on=TODAY, project=project))

    found = seen(officer)

    decided = line_of(found, project).decided
    assert [(one.item, one.is_overdue, one.is_open, one.is_recent) for one in decided] == [
        (old, True, True, False),
        (last, False, False, True),
        (now, False, True, True),
    ]
    assert (found.counts.items_open, found.counts.items_overdue) == (2, 1)


def test_what_is_about_no_running_project_stands_beside(officer: User, manager: User, neighbour: User) -> None:
    ended = a_project("早流失", owner=officer, at=on(1, 4))
    move(ended, "lost", on(2, 4), why="价格")
    about = [
        item(officer, manager, on(26), text="甲"),
        item(officer, manager, on(26), text="乙", enterprise=an_enterprise()),
        item(officer, manager, on(26), text="丙", lead=a_lead(owner=officer)),
        item(officer, manager, on(26), text="丁", project=ended),
    ]
    item(neighbour, manager, on(26), text="邻居的")

    found = seen(officer, units=[a_unit("ours").pk])

    assert [one.item for one in found.decided] == about


# --- what is hidden --------------------------------------------------------------------------------------------------


def a_secret(owner: User) -> Any:
    """A confidential project with everything that could betray it."""
    secret = a_project("绝密项目", owner=owner, at=on(1, 4), confidentiality=Level.CONFIDENTIAL, code_name="代号")
    move(secret, "reviewed", on(26), why="绝密评审", reviewed_on=datetime.date(2026, 5, 26))
    note(
        secret,
        progress="绝密进展",
        problem="绝密问题",
        help_needed="绝密协调",
        help_from=a_unit("theirs"),
        help_by=TODAY,
    )
    item(owner, owner, on(26), project=secret, text="绝密事项", due_on=datetime.date(2026, 5, 28))
    made(
        CapitalRecord(enterprise=an_enterprise(), project=secret, kind="actual", on=datetime.date(2026, 5, 6), amount=5)
    )
    return secret


@pytest.mark.parametrize("kind", rules.KINDS)
def test_confidential_project_shows_nowhere_not_even_in_a_count(
    officer: User, neighbour: User, client_as: Callable[..., Client], kind: str
) -> None:
    a_project("普通项目", owner=officer, at=on(1, 4))
    empty = seen(neighbour, kind=kind)
    a_secret(officer)

    assert seen(neighbour, kind=kind) == empty
    assert seen(officer, kind=kind).counts.projects == 2
    client, query = client_as(neighbour), {"period": kind, "on": "2026-05-26", "unit": "all"}
    page = client.get(PAGE, query)
    assert page.context["meeting"] == empty
    shown = page.content.decode() + text_of(client.get(REPORT, query))
    assert "普通项目" in shown
    assert not re.findall("绝密|代号", shown)
    assert not AccessLog.objects.filter(kind="read").exists()


def test_read_of_a_confidential_project_is_logged_and_the_paper_says_so(
    officer: User, client_as: Callable[..., Client]
) -> None:
    secret = a_secret(officer)
    client = client_as(officer)

    assert "绝密进展" in client.get(PAGE).content.decode()
    read = AccessLog.objects.get(kind="read")
    assert (read.by, read.detail["projects"]) == (officer, [secret.public_id])

    report = client.get(REPORT)
    assert "绝密进展" in text_of(report)
    assert "机密" in docx.Document(io.BytesIO(report.content)).sections[0].header.paragraphs[0].text
    export = AccessLog.objects.get(kind="export")
    assert (export.rows, export.detail["file"], export.detail["confidential"]) == (1, "docx", [secret.public_id])


# --- the page --------------------------------------------------------------------------------------------------------


def test_page_opens_on_the_week_of_the_meeting_and_ones_own_unit(
    officer: User, neighbour: User, client_as: Callable[..., Client]
) -> None:
    a_project("我们的", owner=officer, at=on(1, 4))
    a_project("他们的", owner=neighbour, at=on(1, 4))

    page = client_as(officer).get(PAGE)

    assert page.context["meeting"].period == rules.period_of(rules.WEEK, WEEK)
    assert names(page.context["meeting"]) == {"not_moved": ["我们的"]}
    every = client_as(officer).get(PAGE, {"unit": "all"}).context["meeting"]
    assert every.counts.projects == 2


def test_leader_sees_all_units_and_narrows_to_one_with_those_below(
    officer: User, neighbour: User, client_as: Callable[..., Client]
) -> None:
    parent = a_unit("ours")
    below = a_unit("below", parent=parent)
    a_project("我们的", owner=officer, at=on(1, 4))
    a_project("下属的", owner=officer, unit=below, at=on(2, 4))
    a_project("他们的", owner=neighbour, at=on(1, 4))
    client = client_as(a_person("leader-1", Role.LEADER, a_unit("office")))

    assert client.get(PAGE).context["meeting"].counts.projects == 3
    assert names(client.get(PAGE, {"unit": parent.public_id}).context["meeting"]) == {"not_moved": ["我们的", "下属的"]}
    assert client.get(PAGE, {"unit": below.public_id}).context["meeting"].counts.projects == 1
    assert client.get(PAGE, {"unit": "nowhere"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ({"on": "2026-05-14"}, (2026, 5, 11)),
        ({"period": "month", "on": "2026-04-09"}, (2026, 4, 1)),
        ({"period": "month"}, (2026, 5, 1)),
        ({"period": "year", "on": "nonsense"}, (2026, 5, 25)),
        ({"on": "2026-02-30"}, (2026, 5, 25)),
        ({"on": "2027-01-01"}, (2026, 6, 1)),
    ],
)
def test_address_chooses_the_period_and_none_that_has_not_begun(
    officer: User, client_as: Callable[..., Client], query: dict[str, str], first: tuple[int, int, int]
) -> None:
    page = client_as(officer).get(PAGE, query)

    assert page.context["meeting"].period.first == datetime.date(*first)


def test_page_on_the_wall_is_large_and_without_the_menu(officer: User, client_as: Callable[..., Client]) -> None:
    page = client_as(officer).get(PAGE, {"wall": "1"})

    assert 'class="meeting is-wall"' in page.content.decode()
    assert page.context["is_nav_sidebar_enabled"] is False


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("path", [PAGE, REPORT])
def test_meeting_is_not_for_those_who_read_no_records(client_as: Callable[..., Client], role: str, path: str) -> None:
    assert client_as(role).get(path).status_code == 403


def fill(officer: User, manager: User, count: int) -> None:
    """Some of every kind, made directly, for the number is what matters."""
    known, enterprise = InvestmentProject.objects.count(), an_enterprise(f"示例{InvestmentProject.objects.count()}")
    for number in range(known, known + count):
        project = made(
            InvestmentProject(
                number=f"P-{number}", name=f"项目{number}", track="lease", owner=officer, unit=a_unit("ours"),
                stage=["negotiating", "signed"][number % 2], stage_since=on(1, 4), age_since=on(1, 4),
                confidentiality=["internal", "confidential"][number % 2],
            )
        )  # fmt: skip
        for kind, day in (("created", on(1, 4)), ("forward", on(26))):
            if kind == "created" or number % 3 == 0:
                made(StageChange(project=project, kind=kind, to_stage=project.stage, by=officer, at=day, door="admin"))
        help_ = {"help_needed": "协调", "help_from": a_unit("theirs"), "help_by": TODAY}
        note(project, progress="有", **help_)
        note(project, WEEK - datetime.timedelta(days=7), next_step="做", **help_)
        for about in (
            {"project": project},
            {"enterprise": enterprise},
            {"lead": a_lead(f"线索{number}", owner=officer)},
        ):
            item(officer, manager, on(26), **about)
        made(CapitalRecord(enterprise=enterprise, project=project, kind="actual", on=WEEK, amount=1))


@pytest.mark.parametrize(
    ("query", "most"), [({"on": "2026-06-01"}, 15), ({"on": "2026-05-25"}, 15), ({"period": "month"}, 17)]
)
def test_page_costs_the_same_with_3_and_with_15_projects(
    officer: User, manager: User, client_as: Callable[..., Client], query: dict[str, str], most: int
) -> None:
    client = client_as(officer)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path, query).status_code == 200
        return len(queries)

    fill(officer, manager, 3)
    cost(PAGE)
    few, few_of_report = cost(PAGE), cost(REPORT)
    fill(officer, manager, 12)

    assert (cost(PAGE), cost(REPORT)) == (few, few_of_report)
    # Beside them one that writes into the access log that confidential projects were read.
    assert few <= most + 1


# --- resolutions -----------------------------------------------------------------------------------------------------


def resolution(project: Any = None, **values: Any) -> dict[str, Any]:
    return {"project": project.public_id if project else "", "text": "核实用地", "chip": "2026-06-02", **values}


def test_resolution_becomes_an_action_item_without_leaving_the_page(
    officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    project = a_project(owner=officer)
    data = resolution(project, person=officer.public_id)

    answer = client_as(manager).post(DECIDE, data, headers={"X-Meeting": "1"})

    row = ActionItem.objects.get()
    assert (answer.status_code, row.project, row.person, row.given_by) == (201, project, officer, manager)
    assert row.due_on == datetime.date(2026, 6, 2)
    assert f'data-item="{row.pk}"' in answer.content.decode()


def test_without_script_a_resolution_leads_back_to_its_project(
    officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    project = a_project(owner=officer)
    back = "period=week&on=2026-05-25&unit=all&wall=1&next=//evil.example"
    client = client_as(manager)

    answer = client.post(DECIDE, resolution(project, person=officer.public_id, back=back))
    assert answer["Location"] == f"{PAGE}?period=week&on=2026-05-25&unit=all&wall=1#p-{project.public_id}"
    page = client.get(PAGE, {"for": project.public_id})
    assert page.context["form"]["person"].value() == officer.public_id


def test_help_that_a_note_asks_for_fills_the_resolution(
    officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    project = a_project(owner=officer, at=on(1, 4))
    note(project, help_needed="协调用地", help_from=a_unit("theirs"), help_by=datetime.date(2026, 6, 5))

    form = client_as(manager).get(PAGE, {"for": project.public_id, "help": "1"}).context["form"]

    assert (form["text"].value(), form["due_on"].value()) == ("协调用地", datetime.date(2026, 6, 5))
    assert form["person"].value() == officer.public_id


def test_refused_resolution_comes_back_with_what_was_typed(
    officer: User, manager: User, client_as: Callable[..., Client]
) -> None:
    for headers, status in (({"X-Meeting": "1"}, 422), ({}, 200)):
        answer = client_as(manager).post(DECIDE, resolution(a_project(owner=officer)), headers=headers)
        assert answer.status_code == status
        assert set(answer.context["form"].errors) == {"person"}
        assert "核实用地" in answer.content.decode()
    assert not ActionItem.objects.exists()


def test_forged_resolutions_are_refused(officer: User, neighbour: User, client_as: Callable[..., Client]) -> None:
    secret = a_project(owner=officer, confidentiality=Level.CONFIDENTIAL)
    client = client_as(neighbour)

    assert client.post(DECIDE, resolution(secret, person=officer.public_id)).status_code == 404
    assert client.get(PAGE, {"for": secret.public_id}).status_code == 404
    assert client.get(DECIDE).status_code == 405
    for role in (Role.SERVICE_OFFICER, Role.CARRIER_MANAGER):
        assert client_as(role).post(DECIDE, resolution(person=officer.public_id)).status_code == 403
    # Whoever may not see the project learns nothing of it by being given something about it.
    refused = client_as(officer).post(DECIDE, resolution(secret, person=neighbour.public_id))
    assert set(refused.context["form"].errors) == {"person"}
    assert not ActionItem.objects.exists()


# --- the reports -----------------------------------------------------------------------------------------------------


def text_of(response: Any) -> str:
    """All text of a Word file in an answer."""
    document = docx.Document(io.BytesIO(response.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_report_says_what_the_page_says(officer: User, manager: User, client_as: Callable[..., Client]) -> None:
    project = a_project("示例精机", owner=officer, at=on(1, 4), total_investment=50_000_000)
    move(project, "reviewed", on(26), why="评审通过")
    unit = a_unit("theirs", name="规划科")
    note(project, progress="见了", next_step="签约", problem="用地", help_needed="协调", help_from=unit, help_by=TODAY)
    a_project("无话可说", owner=officer, at=on(1, 4))
    item(officer, manager, on(26), project=project, text="报送方案", due_on=datetime.date(2026, 5, 29))

    response = client_as(officer).get(REPORT)

    text = text_of(response)
    for words in (
        "招商工作周报", "2026年5月25日至5月31日", "示例精机", "在谈 → 已评审", "评审通过", "5,000万元", "见了", "签约",
        "用地", "协调", "规划科", "报送方案", "逾期3天", "无话可说", "一、概况", "七、议定事项及领导批示",
    ):  # fmt: skip
        assert words in text, words
    assert response["Content-Type"].endswith("wordprocessingml.document")
    name = "招商工作周报 2026年5月25日至5月31日 ours.docx"
    assert quote(name) in response["Content-Disposition"]
    export = AccessLog.objects.get(kind="export")
    assert (export.by, export.rows, export.detail["list"]) == (officer, 2, "promotion.meeting")


def test_report_is_english_for_who_works_in_english(officer: User, client_as: Callable[..., Client]) -> None:
    a_project("示例精机", name_en="Example Precision", owner=officer, at=on(1, 4))
    officer.language = "en"
    officer.save()

    text = text_of(client_as(officer).get(REPORT, {"period": "month", "on": "2026-05-01"}))

    for words in ("Monthly promotion report", "May 2026", "Example Precision", "1. Summary", "Negotiating"):
        assert words in text, words
    assert "示例精机" not in text


def test_paper_is_a4_with_chinese_typefaces(officer: User, client_as: Callable[..., Client]) -> None:
    document = docx.Document(io.BytesIO(client_as(officer).get(REPORT).content))

    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    fonts = {
        name: document.styles[name].element.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia"))
        for name in ("Normal", "Title", "Heading 1")
    }
    assert fonts == {"Normal": "宋体", "Title": "黑体", "Heading 1": "黑体"}
    assert all(table.rows[0]._tr.trPr.find(docx.oxml.ns.qn("w:tblHeader")) is not None for table in document.tables)
    assert document.core_properties.author == str(officer)


def test_hostile_text_makes_no_broken_file(officer: User, client_as: Callable[..., Client]) -> None:
    bad = "甲\x0b\x1b\u202e\ufffe<w:p>&乙"
    unit = a_unit('unit/..\\:*?"<>|')
    project = a_project("示例", owner=officer, unit=unit, at=on(1, 4))
    note(project, progress=bad)

    response = client_as(officer).get(REPORT, {"unit": unit.public_id})

    assert "甲<w:p>&乙" in text_of(response)
    assert not re.search(r"[\\/:*?<>|]", response["Content-Disposition"].replace("filename*=utf-8''", ""))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("甲\x00\x08\x0b\x0c\x1f\x7f\x85乙", "甲乙"),
        ("一\r\n二\r三\t四", "一\n二\n三 四"),
        ("\ud800\ufffe\uffff\u202e\u200b\ufeff好", "好"),
        ("㐀𠀀é", "㐀𠀀é"),
        (7, "7"),
    ],
)
def test_text_is_safe_for_a_document(text: Any, safe: str) -> None:
    assert safe_text(text) == safe


def test_paper_holds_what_is_written_on_it() -> None:
    paper = Paper(title="示例", author="张三", language="en", at=NOW, mark="Internal")
    paper.title("示例", "line")
    paper.table(["a", "b"], [["x\ny", ["1", "2"]]], [1, 2], strong=1)

    document = docx.Document(io.BytesIO(paper.content()))

    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["x\ny", "1\n2"]
    assert document.sections[0].header.paragraphs[0].text == "Internal"
    assert "Page" in document.sections[0].footer.paragraphs[0].text


@pytest.mark.parametrize(
    ("kind", "day", "chinese", "english"),
    [
        ("week", (2026, 5, 25), "2026年5月25日至5月31日", "25–31 May 2026"),
        ("week", (2026, 6, 29), "2026年6月29日至7月5日", "29 Jun – 5 Jul 2026"),
        ("week", (2025, 12, 31), "2025年12月29日至2026年1月4日", "29 Dec 2025 – 4 Jan 2026"),
        ("month", (2026, 5, 25), "2026年5月", "May 2026"),
    ],
)
def test_period_is_called_as_people_write_it(kind: str, day: tuple[int, int, int], chinese: str, english: str) -> None:
    period = rules.period_of(kind, datetime.date(*day))

    for language, name in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            assert period_name(period) == name
