"""A visit in a minute: one chip and a line, each problem a case, arriving once; nothing that was typed gets lost."""

import datetime
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from promotion.models import CaseKind, LiaisonAssignment, ServiceCase, Visit
from promotion.my_day import open_items
from promotion.rules.working_time import local_day
from promotion.services import liaison
from tests.factories import an_enterprise
from tests.promotion.factories import a_person, a_unit
from tests.promotion.factories_cases import coordinator

pytestmark = pytest.mark.django_db

PAGE = "/admin/quick-visit/"
SEARCH = "/admin/quick-visit/enterprises/"
KEY = "2f0c7a1e-8a55-4ad0-9d3f-1f2f5b8f6c11"


@pytest.fixture
def officer() -> User:
    return a_person("officer", Role.SUBDISTRICT_LIAISON, a_unit("street"))


@pytest.fixture
def client(officer: User, client_as: Any) -> Client:
    return client_as(officer)  # type: ignore[no-any-return]


@pytest.fixture
def mine(officer: User) -> Any:
    """An enterprise that the officer looks after."""
    return looked_after("示例精机", officer)


def today() -> datetime.date:
    return local_day(timezone.now())


def looked_after(name: str, person: User) -> Any:
    enterprise = an_enterprise(name)
    row = LiaisonAssignment(enterprise=enterprise, person=person, starts_on=today())
    liaison.save_assignment(row, by=coordinator(), door=Door.ADMIN)
    return enterprise


def said(enterprise: Any = None, **values: Any) -> dict[str, Any]:
    key = {"enterprise": enterprise.public_id} if enterprise is not None else {}
    shared = {"seen": "二号线在调试", "manner": "on_site", "client_key": str(uuid.uuid4()), "day": today().isoformat()}
    return {**shared, **key, **values}


def html(response: Any) -> str:
    return response.content.decode()  # type: ignore[no-any-return]


def test_a_chip_and_a_line_are_a_visit_of_today(client: Client, officer: User, mine: Any) -> None:
    assert mine.public_id in html(client.get(PAGE))
    answer = client.post(PAGE, said(mine), follow=True)
    visit = Visit.objects.get()
    assert (visit.enterprise, visit.owner, visit.on, visit.seen) == (mine, officer, today(), "二号线在调试")
    assert f"/admin/promotion/visit/{visit.pk}/change/" in html(answer)
    assert not ServiceCase.objects.exists()


def test_each_problem_is_a_case_with_its_number_shown_and_a_promise_stands_in_the_day(
    client: Client, officer: User, mine: Any
) -> None:
    leader = a_person("leader", Role.LEADER, a_unit("office"))
    kind = CaseKind.objects.get(code="utilities")
    values = {
        "problem": ["二号车间停电\n已三天", " ", "班车不到厂区"],
        "problem_kind": [kind.pk, "", ""],
        "promise": "下周带供电来看",
        "promise_on": (today() + datetime.timedelta(days=3)).isoformat(),
        "on": (today() - datetime.timedelta(days=1)).isoformat(),
        "met": "生产经理",
        "along": [leader.pk],
    }
    content = html(client.post(PAGE, said(mine, **values), follow=True))
    first, second = ServiceCase.objects.order_by("pk")
    assert (first.title, first.kind, first.enterprise) == ("二号车间停电", kind, mine)
    assert (second.title, second.kind, second.intake) == ("班车不到厂区", None, ServiceCase.Intake.VISIT)
    assert first.number in content
    assert second.number in content
    visit = Visit.objects.get()
    assert (visit.on, visit.with_leader) == (today() - datetime.timedelta(days=1), leader)
    assert [member.person for member in visit.members.all()] == [leader]
    assert [(item.text, item.enterprise) for item in open_items(officer)] == [("下周带供电来看", mine)]


def test_a_day_alone_stands_for_the_next_visit(client: Client, officer: User, mine: Any) -> None:
    client.post(PAGE, said(mine, seen="", is_quiet="on", promise_chip=today().isoformat()))
    assert Visit.objects.get().is_quiet
    assert open_items(officer).get().due_on == today()


def test_a_draft_sent_twice_arrives_once_with_its_cases(client: Client, mine: Any) -> None:
    values = said(mine, client_key=KEY, problem=["停电", "漏水"])
    answers = [client.post(PAGE, values, headers={"X-Quick-Visit": "1"}) for _turn in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (Visit.objects.count(), ServiceCase.objects.count()) == (1, 2)
    numbers = list(ServiceCase.objects.values_list("number", flat=True))
    assert all(number in html(answer) for number in numbers for answer in answers)
    # The browser's "back" brings the old form with its key: another enterprise is another visit.
    client.post(PAGE, {**values, "enterprise": an_enterprise("示例乙").public_id})
    assert Visit.objects.count() == 2


def test_a_key_of_somebody_else_says_nothing_of_their_visit(client: Client, client_as: Any, mine: Any) -> None:
    client.post(PAGE, said(mine, client_key=KEY, seen="只给自己看"))
    other = client_as(a_person("other", Role.SERVICE_OFFICER, a_unit("else")))
    answer = other.post(PAGE, said(mine, client_key=KEY))
    assert answer.status_code == 422
    assert "只给自己看" not in html(answer)
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"enterprise": ""}, "enterprise"),
        ({"seen": " "}, "seen"),
        ({"on": "2999-01-01"}, "on"),
        ({"promise": "带供电来看"}, "promise_on"),
        ({"promise_on": "2020-01-01"}, "promise_on"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    values: dict[str, str], field: str, client: Client, mine: Any
) -> None:
    problems = ["停电", "漏水"] if field != "seen" else []
    answer = client.post(PAGE, {**said(mine, problem=problems, met="生产经理"), **values})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    content = html(answer)
    assert all(text in content for text in [*problems, "生产经理", *filter(str.strip, values.values())])
    assert (Visit.objects.count(), ServiceCase.objects.count()) == (0, 0)


def test_a_name_typed_without_network_is_looked_up_when_it_arrives(client: Client) -> None:
    alone = an_enterprise("示例精机", registered_name="示例精机(浙江)有限公司")
    assert client.post(PAGE, said(named="示例精机")).status_code == 302
    assert Visit.objects.get().enterprise == alone
    twin = an_enterprise("示例精机", registered_name="示例精机二厂有限公司")
    answer = client.post(PAGE, said(named="示例精机"))
    assert answer.status_code == 422
    assert set(answer.context["form"].found) == {alone, twin}
    assert client.post(PAGE, said(twin, named="示例精机")).status_code == 302
    both = client.post(PAGE, said(an_enterprise("别家"), named="示例精机"))
    assert both.status_code == 422
    assert Visit.objects.count() == 2


def test_search_finds_by_part_of_a_name_and_never_what_is_hidden(client: Client, monkeypatch: Any) -> None:
    seen, hidden = an_enterprise("示例精机"), an_enterprise("示例机密")
    assert hidden.public_id in html(client.get(SEARCH, {"q": "示例"}))
    rows = type(type(hidden).objects.all())
    visible = rows.visible_to
    monkeypatch.setattr(rows, "visible_to", lambda self, user: visible(self, user).exclude(pk=hidden.pk))
    content = html(client.get(SEARCH, {"q": "示例"}))
    assert seen.public_id in content
    assert hidden.public_id not in content
    assert client.post(PAGE, said(hidden)).status_code == 422
    assert client.post(PAGE, said(named="示例机密")).status_code == 422
    assert hidden.public_id not in html(client.get(PAGE, {"enterprise": hidden.public_id}))
    assert not Visit.objects.exists()


@pytest.mark.parametrize("role", [Role.LEADER, Role.DATA_STEWARD, Role.CARRIER_MANAGER, Role.ADMINISTRATOR])
def test_who_writes_down_no_visits_gets_neither_page_nor_link(role: str, client_as: Any, mine: Any) -> None:
    client = client_as(a_person("reader", role))
    assert client.get(PAGE).status_code == client.get(SEARCH).status_code == client.post(PAGE, said(mine)).status_code
    assert client.get(PAGE).status_code == 403
    assert PAGE not in html(client.get("/admin/my-day/"))
    assert not Visit.objects.exists()


def test_the_page_is_linked_from_where_a_visit_is_thought_of(client: Client, mine: Any) -> None:
    there = f"{PAGE}?enterprise={mine.public_id}"
    assert PAGE in html(client.get("/admin/my-day/"))
    assert there in html(client.get("/admin/coverage/"))
    assert there in html(client.get(f"/admin/enterprises/{mine.public_id}/file/"))
    other = an_enterprise("示例乙")
    content = html(client.get(PAGE, {"enterprise": other.public_id}))
    assert f'value="{other.public_id}" checked' in content


def test_the_page_costs_the_same_with_more_enterprises_and_colleagues(
    client: Client, officer: User, mine: Any, django_assert_max_num_queries: Any
) -> None:
    client.get(PAGE)
    for index in range(8):
        looked_after(f"示例{index}", officer)
        a_person(f"colleague-{index}", Role.SERVICE_OFFICER, a_unit("street"))
    with django_assert_max_num_queries(12):
        assert "示例7" in html(client.get(PAGE))
