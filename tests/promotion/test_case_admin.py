"""Cases in the admin: steps as buttons, dispatching, a handler's reply with its letter, desks; nothing hidden shows."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pinghu.accounts.roles import Role
from promotion.admin.case_pages import case_card
from promotion.calendar import office_calendar
from promotion.case_desk import desk, similar_cases
from promotion.models import CaseState, ChainTaskForce, ReplyTemplate, ServiceCase
from promotion.my_day import my_day
from promotion.services import cases
from tests.factories import a_chain, made
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import a_case, a_dispatched_case, coordinator, handler, power_company

pytestmark = pytest.mark.django_db

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 64


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(case: Any) -> str:
    return reverse("admin:promotion_servicecase_change", args=[case.pk])


def step(name: str, case: Any) -> str:
    return reverse(f"admin:promotion_servicecase_{name}", args=[case.pk])


def test_a_coordinator_walks_a_case_from_the_desk_to_its_end() -> None:
    case = a_case()
    client = signed_in(coordinator())
    assert case.number in client.get(reverse("admin:case_desk")).content.decode()
    dispatch = f"{reverse('admin:case_dispatch')}?case={case.public_id}"
    unit, outside = a_unit("planning"), power_company()
    answer = client.post(
        dispatch, {"h0-whom": f"unit.{unit.pk}", "h1-whom": f"external.{outside.pk}", "h1-limit_days": 3}
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.unit) == (CaseState.ASSIGNED, unit)
    external = case.handlers.get(external=outside)
    letter = SimpleUploadedFile("letter.png", PNG, content_type="image/png")
    reply = client.post(
        reverse("admin:case_handler_reply", args=[external.public_id]), {"text": "已接电", "file": letter}
    )
    assert reply.status_code == 302
    officer = signed_in(handler())
    assert officer.post(step("take_up", case), {}).status_code == 302
    assert officer.post(step("ask", case), {"question": "哪一栋?"}).status_code == 302
    assert officer.post(step("answer", case), {"answer": "二号"}).status_code == 302
    assert officer.post(step("reply", case), {"text": "已办理"}).status_code == 302
    assert officer.post(step("rate", case), {"grade": 5, "is_solved": "yes"}).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    content = client.get(page(case)).content.decode()
    assert "已接电" in content
    assert reverse("admin:case_file_download", args=[case.files.get().public_id]) in content


def test_a_refused_step_says_why_and_changes_nothing() -> None:
    case = a_dispatched_case()
    client = signed_in(handler("stranger", "somewhere"))
    answer = client.post(step("reply", case), {"text": "x"})
    assert answer.status_code == 200
    assert "承办" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED


def test_the_page_offers_only_the_steps_that_are_open_to_the_reader() -> None:
    case = a_dispatched_case()
    content = signed_in(handler()).get(page(case)).content.decode()
    assert step("take_up", case) in content
    assert step("object", case) in content
    assert step("accept", case) not in content
    assert step("decide_objection", case) not in content


@pytest.mark.parametrize("name", ["state", "due_at", "reply", "reopened"])
def test_a_forged_post_writes_nothing_that_steps_keep(name: str) -> None:
    case = a_case()
    client = signed_in(coordinator())
    form = client.get(page(case)).context["adminform"].form
    data = {key: value for key, value in form.initial.items() if value is not None}
    client.post(
        page(case), {**data, "members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0, name: "7", "title": "新题目"}
    )
    case.refresh_from_db()
    assert str(getattr(case, name)) != "7"
    assert case.state == CaseState.SUBMITTED


def test_many_are_dispatched_at_once_and_those_that_cannot_be_are_named() -> None:
    first, second = a_case("甲"), a_case("乙")
    closed = cases.reply_case(a_case("丙"), text="好", by=coordinator(), door="admin", at=NOW)
    client = signed_in(coordinator())
    query = "&".join(f"case={case.public_id}" for case in (first, second, closed))
    answer = client.post(
        f"{reverse('admin:case_dispatch')}?{query}", {"h0-whom": f"unit.{a_unit('planning').pk}"}, follow=True
    )
    assert set(ServiceCase.objects.filter(state=CaseState.ASSIGNED)) == {first, second}
    assert closed.number in answer.content.decode()


def test_a_wrong_dispatch_is_said_on_the_page() -> None:
    case = a_case()
    unit = a_unit("planning")
    answer = signed_in(coordinator()).post(
        f"{reverse('admin:case_dispatch')}?case={case.public_id}",
        {"h0-whom": f"unit.{unit.pk}", "h1-whom": f"unit.{unit.pk}"},
    )
    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.state == CaseState.SUBMITTED


def test_a_hidden_case_is_nowhere() -> None:
    case = a_dispatched_case("机密事项", confidentiality="confidential")
    row = case.handlers.get(external__isnull=False)
    stranger = a_person("officer-9", Role.SERVICE_COORDINATOR, a_unit("else"))
    client = signed_in(stranger)
    for name, key in (
        ("promotion_servicecase_change", case.pk),
        ("promotion_servicecase_history", case.pk),
        ("promotion_servicecase_reply", case.pk),
        ("case_files", case.public_id),
        ("case_handler_reply", row.public_id),
    ):
        answer = client.get(reverse(f"admin:{name}", args=[key]), follow=True)
        assert "机密事项" not in answer.content.decode(), name
    assert client.get(f"{reverse('admin:case_dispatch')}?case={case.public_id}").status_code == 404
    for address in ("admin:promotion_servicecase_changelist", "admin:case_desk"):
        assert "机密事项" not in client.get(reverse(address)).content.decode()
    assert [section.count for section in desk(stranger, "coordinator", NOW)] == []


def test_a_desk_costs_the_same_for_few_and_many(django_assert_max_num_queries: Any) -> None:
    a_dispatched_case()
    client = signed_in(handler())
    client.get(reverse("admin:case_desk"))
    for index in range(12):
        a_dispatched_case(f"第{index}件")
    with django_assert_max_num_queries(12):
        content = client.get(reverse("admin:case_desk")).content.decode()
    assert "第11件" in content


def test_list_and_form_cost_the_same_for_few_and_many(django_assert_max_num_queries: Any) -> None:
    for index in range(12):
        a_dispatched_case(f"第{index}件")
    client = signed_in(coordinator())
    with django_assert_max_num_queries(12):
        client.get(reverse("admin:promotion_servicecase_changelist"))
    case = ServiceCase.objects.first()
    client.get(page(case))
    with django_assert_max_num_queries(21):
        client.get(page(case))


def test_sections_of_the_coordinators_desk_follow_the_case() -> None:
    case = a_case()
    user = coordinator()

    def place() -> list[str]:
        return [section.code for section in desk(user, "coordinator", NOW)]

    assert place() == ["to_accept"]
    cases.accept_case(case, by=user, door="admin", at=NOW)
    assert place() == ["to_dispatch"]
    case = cases.dispatch_case(
        case, cases.Dispatch(unit=a_unit("planning"), person=handler()), by=user, door="admin", at=NOW
    )
    assert place() == []
    cases.object_to_dispatch(case, reason="不是我们", by=handler(), door="admin", at=NOW)
    assert place() == ["objections"]


def test_solved_cases_with_the_same_words_are_proposed() -> None:
    solved = cases.reply_case(
        a_case("厂区停电", text="车间经常停电"), text="已增容", by=coordinator(), door="admin", at=NOW
    )
    cases.close_case(solved, by=coordinator(), door="admin", at=NOW)
    other = cases.reply_case(a_case("班车", text="员工班车"), text="已开通", by=coordinator(), door="admin", at=NOW)
    cases.close_case(other, by=coordinator(), door="admin", at=NOW)
    assert similar_cases(a_case("又停电", text="车间停电"), coordinator()) == [solved]


def test_what_is_read_stands_before_the_form_and_a_template_begins_the_answer() -> None:
    case = a_dispatched_case()
    made(ReplyTemplate(name="示例模板", text="五个工作日内答复。"))
    client = signed_in(handler())

    content = client.get(page(case)).content.decode()

    assert content.index("示例内容") < content.index('class="case-events"') < content.index('name="complexity"')
    [link] = re.findall(r'class="case-tap" href="([^"]+)"', content)
    assert "五个工作日内答复。" in client.get(link.replace("&amp;", "&")).content.decode()
    stranger = signed_in(a_person("officer-9", Role.SERVICE_OFFICER, a_unit("elsewhere")))
    assert 'class="case-tap"' not in stranger.get(page(case)).content.decode()


def test_accepting_a_chains_class_issue_says_where_it_went() -> None:
    chain = a_chain()
    made(ChainTaskForce(chain=chain, unit=a_unit("chain-force", name="链办专班")))
    case = a_case("全链用工", is_class_issue=True, chain=chain)
    client = signed_in(coordinator())

    content = client.post(reverse("admin:promotion_servicecase_accept", args=[case.pk]), follow=True).content.decode()

    assert "分办给产业链专班：链办专班" in content


def test_answer_of_an_external_unit_comes_back_to_the_coordinator() -> None:
    user, power = coordinator(), power_company()
    case = cases.dispatch_case(a_case(), cases.Dispatch(external=power), by=user, door="admin", at=NOW)
    assert [section.code for section in desk(user, "coordinator", NOW)] == ["external"]

    cases.enter_reply(case.handlers.get(), text="已更换线路", by=user, door="admin", at=NOW)

    assert [section.code for section in desk(user, "coordinator", NOW)] == ["to_answer"]
    assert [code for code, _cases in my_day(user, NOW).cases] == ["to_answer"]
    first = re.search(
        r'class="case-first">([^<]+)', signed_in(user).get(page(case)).content.decode().partition("case-steps")[2]
    )
    assert first is not None
    assert first[1] == "答复企业"


def test_card_says_what_is_waited_for_and_how_far_that_is() -> None:
    late, fresh, waiting = a_case("甲"), a_case("乙", at=timezone.now()), a_dispatched_case("丙", at=timezone.now())
    cases.ask_enterprise(waiting, question="请补充", by=coordinator(), door="admin", at=timezone.now())
    at, calendar = timezone.now(), office_calendar()

    cards = {
        case.title: case_card(ServiceCase.objects.get(pk=case.pk), at, calendar) for case in (late, fresh, waiting)
    }

    assert [(card.colour, str(card.word), card.by) for card in cards.values()] == [
        ("red", "受理超时", late.accept_due_at), ("green", "待受理", fresh.accept_due_at), ("still", "计时暂停", None),
    ]  # fmt: skip
    assert cards["甲"].far.startswith("逾期")
    assert not cards["甲"].has_handler
    content = signed_in(coordinator()).get(reverse("admin:case_desk")).content.decode()
    assert "受理超时" in content
