"""A group on one page: enterprises here, ranking, plan, engagements, promises, signals, what came of it, by clearance."""

from typing import Any

import pytest
from django.urls import reverse

from directory.models import CorporateGroup, RankingEntry, RankingList
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.models import EngagementPromise, HeadquartersEngagement, HeadquartersPlan, IntentSignal
from promotion.services import liaison
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import a_case, coordinator
from tests.promotion.test_enterprise_file import signed_in

pytestmark = pytest.mark.django_db


def an_engagement(group: Any, topics: str, **values: Any) -> Any:
    row = HeadquartersEngagement(
        group=group, manner="video", on=NOW.date(), topics=topics, owner=coordinator(), **values
    )
    row.unit = coordinator().memberships.get().department
    return liaison.save_engagement(row, by=coordinator(), door="admin", at=NOW)


@pytest.fixture
def group() -> Any:
    row = made(CorporateGroup(name="示例总部集团"))
    an_enterprise("示例精机", group=row)
    ranking = made(RankingList(code="sample-list", name="示例榜单"))
    made(RankingEntry(ranking=ranking, group=row, year=2026, rank=88))
    made(HeadquartersPlan(group=row, year=NOW.year, engagements=2, owner=coordinator()))
    talk = an_engagement(row, "二期选址", attendees="亚太区总裁")
    made(
        EngagementPromise(
            engagement=talk, side="ours", text="提供三块地的资料", person=coordinator(), due_on="2026-05-01"
        )
    )
    made(
        IntentSignal(kind="new_line", on=NOW.date(), source="视频会议", group=row, engagement=talk, owner=coordinator())
    )
    an_engagement(row, "机密议题", confidentiality="confidential")
    a_case("总部机密诉求", group=row, enterprise=None, confidentiality="confidential")
    return row


def page(group: Any) -> str:
    return reverse("admin:group_file", args=[group.public_id])


@pytest.fixture(autouse=True)
def _on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promotion.admin.group_file.timezone.now", lambda: NOW)


def test_the_page_shows_all_that_the_reader_may_see_and_is_logged(group: Any) -> None:
    client = signed_in(coordinator())
    answer = client.get(page(group))
    content = answer.content.decode()
    shown = (
        "示例精机",
        "示例榜单 2026",
        "二期选址",
        "亚太区总裁",
        "提供三块地的资料",
        "新产线",
        "机密议题",
        "总部机密诉求",
        "逾期",
    )
    assert [text for text in shown if text not in content] == []
    assert (answer.context["file"].engaged_this_year, answer.context["file"].is_plan_met) == (2, True)
    assert len(AccessLog.objects.get(subject_id=group.public_id).detail["confidential"]) == 2
    record = client.get(reverse("admin:directory_corporategroup_change", args=[group.pk]))
    assert page(group) in record.content.decode()


def test_what_is_hidden_is_neither_shown_nor_counted(group: Any) -> None:
    stranger = a_person("officer-9", Role.SERVICE_OFFICER, a_unit("else"))
    answer = signed_in(stranger).get(page(group))
    content = answer.content.decode()
    assert "示例精机" in content
    assert "机密" not in content
    assert answer.context["file"].engagement_count == HeadquartersEngagement.objects.visible_to(stranger).count() == 1
    assert not AccessLog.objects.exists()


def test_the_page_costs_the_same_for_a_long_history(group: Any, django_assert_num_queries: Any) -> None:
    client = signed_in(coordinator())
    client.get(page(group))
    for index in range(5):
        an_engagement(group, f"第{index}次")
    with django_assert_num_queries(20):
        client.get(page(group))
