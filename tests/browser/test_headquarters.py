"""A visit to a headquarters whose signal becomes a lead, and the paper that a leader takes along, opened in Word's format."""

import io
from collections.abc import Callable

import pytest
from docx import Document
from playwright.sync_api import Page, expect

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.models import IntentSignal, Lead, Visit
from promotion.services.liaison import VisitPromise, write_visit
from tests.factories import a_group, an_enterprise
from tests.promotion.factories import NOW, a_person, a_unit

pytestmark = pytest.mark.django_db(transaction=True)


def choose(page: Page, field: str, name: str) -> None:
    """One row in an autocomplete."""
    page.locator(f"#id_{field} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").fill(name)
    page.locator(".select2-results__option", has_text=name).click()


def test_a_signal_at_headquarters_becomes_a_lead_and_stands_in_the_brief(
    page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    group = a_group("示例集团")
    enterprise = an_enterprise("示例精机", group=group, products="数控车床")
    officer = a_person("officer", Role.PROMOTION_OFFICER, a_unit("promotion"))
    promise = VisitPromise("周五前给用电方案", NOW.date())
    write_visit(
        Visit(enterprise=enterprise, seen="新线在装", on=NOW.date()), promise=promise, by=officer, door="admin", at=NOW
    )
    sign_in(page, officer)

    page.goto("/admin/promotion/headquartersengagement/add/")
    choose(page, "group", "示例集团")
    page.locator("[name=manner]").select_option("visit")
    page.locator("[name=on]").fill("2026-06-01")
    page.locator("[name=topics]").fill("二期用地")
    page.locator("[name=_continue]").click()
    page.get_by_role("link", name="登记意向信号").click()
    page.locator("[name=kind]").select_option("expansion")
    page.locator("[name=source]").fill("董事长会谈")
    page.locator("[name=note]").fill("拟建二期,两万平方米")
    page.locator("[name=_continue]").click()
    signal = IntentSignal.objects.get()
    assert (signal.group, signal.engagement.topics) == (group, "二期用地")
    page.get_by_role("link", name="转为线索").first.click()
    page.locator("[name=business]").fill("二期扩建")
    page.get_by_role("button", name="转为线索").click()
    page.get_by_role("link", name="查看线索").click()

    lead = Lead.objects.get()
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}/admin/promotion/lead/{lead.pk}/change/")
    assert (lead.group, lead.business, lead.detail) == (group, "二期扩建", "拟建二期,两万平方米")

    page.goto(f"/admin/directory/enterprise/{enterprise.pk}/change/")
    page.get_by_role("link", name="一企一档").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="走访简报").click()
    paper = Document(io.BytesIO(download.value.path().read_bytes()))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])
    for part in ("示例精机", "数控车床", "示例集团", "新线在装", "周五前给用电方案", "增资扩产", "董事长会谈"):
        assert part in text, part
    assert download.value.suggested_filename.endswith(".docx")
    assert AccessLog.objects.filter(kind=AccessLog.Kind.EXPORT, subject_id=enterprise.public_id).exists()
