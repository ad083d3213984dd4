"""The data steward's month in a browser: upload, map, plan, decide, apply, the errors back, undo."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import Page, expect

from directory.models import Enterprise
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from tests.directory.imports.rows import xlsx_bytes
from tests.factories import an_enterprise

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def steward(page: Page, sign_in: Callable[[Page, User], None], person: Any) -> Page:
    sign_in(page, person(Role.DATA_STEWARD))
    return page


def do_tasks() -> None:
    """What the worker would do."""
    for result in DBTaskResult.objects.ready().order_by("enqueued_at"):
        result.task.call(*result.args_kwargs["args"], **result.args_kwargs["kwargs"])
        result.delete()


def test_month_of_a_steward(steward: Page, tmp_path: Path) -> None:
    an_enterprise("津上精密")
    file = tmp_path / "11月名单.xlsx"
    file.write_bytes(
        xlsx_bytes(
            ["平湖市企业名单"],
            [None, "单位：万元"],
            ["单位名称", "税号", "注册资本"],
            ["甲精机有限公司", None, 500],
            ["津上精密机床（浙江）有限公司", None, None],
            [None, None, 3],
        )
    )
    steward.goto("/admin/directory/importrun/add/")
    steward.set_input_files("input[type=file]", file)
    # What the page's scripts make of a chosen file must not end up in another field.
    expect(steward.locator("[name=sheet]")).to_have_value("")
    steward.get_by_role("button", name="读取文件").click()

    expect(steward.locator("table")).to_contain_text("注册资本(万元)")
    steward.get_by_role("button", name="开始预检").click()
    expect(steward.locator("progress")).to_be_visible()
    do_tasks()
    expect(steward.get_by_role("button", name="写入1行")).to_be_visible()  # the page looks by itself

    steward.locator("select[name='line-5']").select_option(label="与津上精密是同一家：更新")
    steward.get_by_role("button", name="保存处理方式").click()
    steward.get_by_role("button", name="写入2行").click()
    do_tasks()
    expect(steward.get_by_role("button", name="撤回2行")).to_be_visible()
    assert Enterprise.objects.get(registered_name="甲精机有限公司").registered_capital == 5_000_000
    assert Enterprise.objects.get(short_name="津上精密").registered_name == "津上精密机床（浙江）有限公司"

    with steward.expect_download() as download:
        steward.get_by_role("link", name="下载错误行工作簿").click()
    assert download.value.suggested_filename == "11月名单-errors.xlsx"

    steward.get_by_role("button", name="撤回2行").click()
    do_tasks()
    expect(steward.get_by_role("button", name="撤回2行")).to_have_count(0)
    expect(steward.locator("body")).to_contain_text("已撤回")
    assert [row.registered_name for row in Enterprise.objects.all()] == [None]
    expect(steward.locator("select[name^=line-]")).to_have_count(0)  # nothing is left to decide
