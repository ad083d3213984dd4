"""Requests without an account: raised once, followed by number and secret, answered, rated; nothing guessed, nothing inside shown."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.rules.uscc import make
from promotion.models import CaseState, ServiceCase
from promotion.services import cases
from tests.factories import an_enterprise
from tests.promotion.factories import NOW
from tests.promotion.factories_cases import a_case, coordinator, handler

pytestmark = pytest.mark.django_db

NEW, FOLLOW = reverse("promotion:request_new"), reverse("promotion:request_follow")
SAID = {
    "enterprise_name": "示例公司",
    "title": "车间停电",
    "text": "二号车间经常停电",
    "reporter_name": "示例",
    "reporter_phone": "0573-0000",
    "client_key": "2f0c7a1e-8a55-4ad0-9d3f-1f2f5b8f6c11",
}


def detail(case: Any) -> str:
    return reverse("promotion:request_detail", args=[case.number])


def test_the_system_is_explained_in_both_languages(client: Client) -> None:
    chinese = client.get(reverse("promotion:services")).content.decode()
    assert all(name in chinese for name in ("联企链企", "服务闭环", "总部对接", "产业链协作", "平商安服务中心"))
    english = client.get("/en/services/").content.decode()
    assert "Chain collaboration" in english
    assert 'lang="en"' in english


def test_a_request_is_raised_once_and_shows_its_number_and_secret(client: Client) -> None:
    answers = [client.post(NEW, SAID, follow=True) for _turn in range(2)]
    case = ServiceCase.objects.get()
    assert (case.intake, case.reporter_phone, case.enterprise_name) == ("web", "0573-0000", "示例公司")
    secret = client.session["cases"][case.number]
    assert all(secret in answer.content.decode() for answer in answers)


def test_a_credit_code_links_the_enterprise_that_the_directory_publishes(client: Client) -> None:
    code = make("91330482MA2B8ABC")
    enterprise = an_enterprise("示例甲", uscc=code)
    client.post(NEW, {**SAID, "uscc": f" {code.lower()} "})
    assert ServiceCase.objects.get().enterprise == enterprise


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": ""}, "title"), ({"reporter_phone": ""}, "reporter_phone"), ({"uscc": "123"}, "uscc")],
)
def test_what_is_missing_is_named_and_nothing_is_raised(client: Client, change: Any, field: str) -> None:
    answer = client.post(NEW, {**SAID, **change})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ServiceCase.objects.exists()


def test_a_robot_raises_nothing(client: Client) -> None:
    assert client.post(NEW, {**SAID, "website": "https://example.org"}).status_code == 404
    assert not ServiceCase.objects.exists()


def a_public_case() -> tuple[Any, str]:
    case = ServiceCase(title="示例", text="示例", enterprise_name="示例公司", intake="web")
    return cases.raise_case_openly(case, by=None, door="public", at=NOW)


def test_number_and_secret_open_it_in_another_browser(client: Client) -> None:
    case, secret = a_public_case()
    assert client.get(detail(case)).status_code == 404
    answer = client.post(FOLLOW, {"number": case.number.lower(), "secret": f" {secret.upper()} "}, follow=True)
    assert answer.redirect_chain[-1][0] == detail(case)
    assert answer["Cache-Control"] == "private, no-store"


def test_guessing_is_slowed_down(client: Client) -> None:
    case, secret = a_public_case()
    codes = [client.post(FOLLOW, {"number": case.number, "secret": f"wrong{turn}"}).status_code for turn in range(12)]
    assert codes[:10] == [422] * 10
    assert codes[-1] == 429
    assert client.post(FOLLOW, {"number": case.number, "secret": secret}).status_code == 429


def test_a_staff_case_opens_with_no_secret_at_all(client: Client) -> None:
    case = a_case()
    assert client.post(FOLLOW, {"number": case.number, "secret": "-"}).status_code == 422
    session = client.session
    session["cases"] = {case.number: ""}
    session.save()
    assert client.get(detail(case)).status_code == 404


def test_the_enterprise_answers_rates_and_reads_nothing_inside(client: Client) -> None:
    case, secret = a_public_case()
    client.post(FOLLOW, {"number": case.number, "secret": secret})
    now = timezone.now()
    lead = cases.Dispatch(unit=handler().memberships.get().department, person=handler())
    case = cases.dispatch_case(case, lead, note="内部说明", by=coordinator(), door="admin", at=now)
    cases.note_on_case(case, text="内部备注", by=coordinator(), door="admin", at=now)
    case = cases.ask_enterprise(case, question="哪一栋?", by=handler(), door="admin", at=now)
    content = client.get(detail(case)).content.decode()
    assert "哪一栋?" in content
    assert "内部" not in content
    assert "handler-1" not in content
    client.post(reverse("promotion:request_answer", args=[case.number]), {"answer": "二号楼"})
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    cases.reply_case(case, text="已办理", by=handler(), door="admin", at=now)
    assert "已办理" in client.get(detail(case)).content.decode()
    client.post(reverse("promotion:request_rate", args=[case.number]), {"grade": 5, "is_solved": "yes"})
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    again = client.post(reverse("promotion:request_rate", args=[case.number]), {"grade": 1}, follow=True)
    assert again.status_code == 200
    assert case.ratings.count() == 1


def test_the_page_costs_the_same_whatever_happened(client: Client, django_assert_max_num_queries: Any) -> None:
    case, secret = a_public_case()
    client.post(FOLLOW, {"number": case.number, "secret": secret})
    for turn in range(8):
        cases.note_on_case(case, text=f"第{turn}步", is_shown=True, by=coordinator(), door="admin", at=NOW)
    with django_assert_max_num_queries(10):
        assert "第7步" in client.get(detail(case)).content.decode()
