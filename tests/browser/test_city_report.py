"""Month's end: the city's new workbook mapped once, filled, the red cells looked at, submitted; at the desk and on the phone."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from promotion.models import ReportSubmission
from tests.promotion.factories import a_person
from tests.promotion.report_pages import a_workbook, cells
from tests.promotion.test_report_tables import stands_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("screen", ["page", "phone"])
def test_citys_workbook_is_mapped_filled_and_submitted(
    screen: str, request: pytest.FixtureRequest, sign_in: Callable[..., None], tmp_path: Path, faults: object
) -> None:
    page: Page = request.getfixturevalue(screen)
    officer = a_person("officer-1")
    month = datetime.date.today().replace(day=1)
    since = month - datetime.timedelta(days=60)
    stands_at("signed", signed_on=month, negotiating_since=since, total_investment=900)
    file = tmp_path / "市里的表.xlsx"
    file.write_bytes(a_workbook(("序号", "项目名称", "今年的新说法", "签约时间")))
    sign_in(page, officer)

    page.goto("/admin/reports/")
    page.get_by_role("link", name="上传市里新的清单").click()
    page.locator("[name=name]").fill("签约清单")
    page.locator("[name=kind]").select_option("signed")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传").click()
    expect(page.locator("[name=meaning-2]")).to_have_value("name")
    page.get_by_label("今年的新说法", exact=True).select_option("total_investment")
    page.get_by_label("“今年的新说法”的单位").select_option("10000:CNY")
    page.get_by_role("button", name="保存并填报").click()

    page.goto(f"{page.url.partition('?')[0]}?month={month:%Y-%m}")
    expect(page.locator(".report-red")).to_contain_text("1")
    width = page.evaluate("document.documentElement.scrollWidth") if screen == "phone" else 0
    assert width <= 390  # the page itself never scrolls sideways
    with page.expect_download() as download:
        page.get_by_role("link", name="填好的表格").click()
    assert cells(Path(download.value.path()).read_bytes())[3][1:3] == ["示例项目", 0.09]
    page.locator("[name=accepts_marks]").check(force=True)
    page.get_by_role("button", name="报送", exact=True).click()

    expect(page.get_by_text("与目前数据一致。")).to_be_visible()
    assert ReportSubmission.objects.get().by == officer
