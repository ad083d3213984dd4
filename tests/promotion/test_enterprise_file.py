"""One enterprise, one file: all of it within clearance, at a fixed cost, and a brief that opens in Word."""

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document

from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.models import LiaisonAssignment, Visit
from promotion.rules.working_time import local_day
from promotion.services import liaison
from tests.factories import an_enterprise
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import a_case, coordinator, handler

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(enterprise: Any, name: str = "enterprise_file") -> str:
    return reverse(f"admin:{name}", args=[enterprise.public_id])


@pytest.fixture
def enterprise() -> Any:
    row = an_enterprise("示例精机", products="数控车床")
    assignment = LiaisonAssignment(enterprise=row, person=handler(), starts_on="2026-01-01")
    liaison.save_assignment(assignment, by=coordinator(), door="admin")
    liaison.write_visit(
        Visit(enterprise=row, seen="生产正常", on=NOW.date()),
        by=handler(),
        door="admin",
        at=NOW,
        problems=[liaison.Problem("车间停电")],
    )
    promise = liaison.VisitPromise("周五前给用电方案", NOW.date())
    liaison.write_visit(
        Visit(enterprise=row, seen="用电紧张", on=NOW.date()), promise=promise, by=handler(), door="admin", at=NOW
    )
    a_case("机密诉求", enterprise=row, confidentiality="confidential")
    return row


def words(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_page_shows_what_stands_open_and_leads_to_it(enterprise: Any) -> None:
    content = signed_in(coordinator()).get(page(enterprise)).content.decode()
    assert all(text in content for text in ("数控车床", "生产正常", "车间停电", "机密诉求", "周五前给用电方案"))
    record = signed_in(coordinator()).get(reverse("admin:directory_enterprise_change", args=[enterprise.pk]))
    assert page(enterprise) in record.content.decode()


def test_what_is_hidden_from_the_reader_is_neither_shown_nor_counted(enterprise: Any) -> None:
    stranger = a_person("officer-9", Role.SERVICE_OFFICER, a_unit("else"))
    answer = signed_in(stranger).get(page(enterprise))
    assert "机密诉求" not in answer.content.decode()
    assert answer.context["file"].case_counts["all"] == 1
    assert "机密诉求" not in words(signed_in(stranger).get(page(enterprise, "enterprise_brief")).content)


def test_the_brief_is_a_word_file_and_is_logged(enterprise: Any) -> None:
    answer = signed_in(coordinator()).get(page(enterprise, "enterprise_brief"))
    text = words(answer.content)
    assert all(part in text for part in ("示例精机", "数控车床", "车间停电", "机密诉求", "周五前给用电方案"))
    assert "attachment" in answer["Content-Disposition"]
    logged = AccessLog.objects.get(kind=AccessLog.Kind.EXPORT)
    assert logged.subject_id == enterprise.public_id
    assert logged.detail["confidential"]


def test_the_page_costs_the_same_for_a_long_history(enterprise: Any, django_assert_max_num_queries: Any) -> None:
    client = signed_in(coordinator())
    client.get(page(enterprise))
    for index in range(8):
        a_case(f"第{index}件", enterprise=enterprise)
    with django_assert_max_num_queries(28):
        client.get(page(enterprise))


def test_who_may_not_enter_a_visit_is_not_led_to_it(client_as: Any) -> None:
    enterprise = an_enterprise("示例甲")
    row = LiaisonAssignment(enterprise=enterprise, person=handler(), starts_on=local_day(NOW))
    liaison.save_assignment(row, by=coordinator(), door="admin")
    pages = (reverse("admin:enterprise_file", args=[enterprise.public_id]), reverse("admin:liaison_coverage"))
    officer, leader = client_as(handler()), client_as(a_person("leader-1", Role.LEADER))

    assert [page for page in pages if "?enterprise=" not in officer.get(page).content.decode()] == []
    assert [page for page in pages if "?enterprise=" in leader.get(page).content.decode()] == []
