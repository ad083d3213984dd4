"""The import in the admin: upload, map, plan, decide, apply, undo, without JavaScript, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from directory.models import Enterprise, ImportRun
from directory.services.importing import apply_run, plan_run, revert_run, stage_file
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from tests.directory.imports.rows import csv_bytes, line, plan_of, said, source
from tests.factories import an_enterprise

pytestmark = pytest.mark.django_db

SignIn = Callable[[str | User], Client]
NAME = "企业名称"
DATA = csv_bytes([NAME, "代号"], ["甲精机有限公司", "甲精"], ["", "=x"])


@pytest.fixture
def steward(client_as: SignIn) -> Client:
    return client_as(Role.DATA_STEWARD)


def url(name: str, run: ImportRun | None = None) -> str:
    return reverse(f"admin:directory_importrun_{name}", args=[run.pk] if run else [])


def upload(client: Client, data: bytes = DATA, **values: Any) -> Any:
    file = SimpleUploadedFile("名单.csv", data, content_type="text/csv")
    return client.post(url("add"), {"kind": "enterprises", "source": source().pk, "file": file, **values})


def text(response: Any) -> str:
    return str(response.content.decode())


def do_tasks() -> None:
    """What the worker would do."""
    for result in DBTaskResult.objects.ready().order_by("enqueued_at"):
        result.task.call(*result.args_kwargs["args"], **result.args_kwargs["kwargs"])
        result.delete()


def test_whole_way_from_file_to_undone(steward: Client) -> None:
    answer = upload(steward)
    run = ImportRun.objects.get()
    assert answer.url == url("mapping", run)
    page = text(steward.get(answer.url))
    assert "甲精机有限公司" in page
    assert 'name="column-1"' in page

    answer = steward.post(
        url("mapping", run),
        {"column-0": "registered_name", "column-1": "", "fixed-relation": "outside"},
    )
    assert answer.url == url("change", run)
    assert "data-refresh-url" in text(steward.get(answer.url))
    do_tasks()
    page = text(steward.get(answer.url))
    assert "data-refresh-url" not in page
    assert not Enterprise.objects.exists()

    steward.post(url("apply", run))
    do_tasks()
    assert Enterprise.objects.get().relation == "outside"
    run.refresh_from_db()
    assert run.by is not None
    assert run.status == "applied"

    steward.post(url("revert", run))
    do_tasks()
    assert not Enterprise.objects.exists()
    assert 'name="line-' not in text(steward.get(answer.url, {"verdict": "new"}))


def test_wrong_file_is_refused_on_the_form_and_leaves_nothing(steward: Client) -> None:
    answer = upload(steward, b"%PDF-1.7 ...")

    assert answer.status_code == 200
    assert "PDF" in text(answer)
    assert not ImportRun.objects.exists()


def test_empty_file_is_refused_with_a_reason(steward: Client) -> None:
    assert upload(steward, b"").status_code == 200
    assert not ImportRun.objects.exists()


def test_file_applied_before_says_so_unless_asked_again(steward: Client) -> None:
    run = apply_run(plan_run(stage_file(DATA, said(), by=None)))

    answer = upload(steward)
    assert url("change", run) in text(answer)
    assert ImportRun.objects.count() == 1
    upload(steward, again="on")
    assert ImportRun.objects.count() == 2


def test_file_planned_before_leads_to_its_plan(steward: Client) -> None:
    run = plan_run(stage_file(DATA, said(), by=None))

    assert upload(steward).url == url("change", run)


def test_column_mapped_twice_and_missing_name_are_said_on_the_page(steward: Client) -> None:
    upload(steward)
    run = ImportRun.objects.get()

    twice = steward.post(url("mapping", run), {"column-0": "address", "column-1": "address"})
    none = steward.post(url("mapping", run), {"column-0": "", "column-1": ""})

    assert (twice.status_code, none.status_code) == (200, 200)
    run.refresh_from_db()
    assert run.status == "uploaded"


def test_lines_show_old_new_reason_and_advice(steward: Client) -> None:
    an_enterprise("", registered_name="甲精机有限公司", address="东路1号")
    run = plan_of([NAME, "地址", "信用代码"], ["甲精机有限公司", "西路2号", ""], ["乙精机有限公司", "", "9133"])

    conflict = text(steward.get(url("change", run) + "?verdict=conflict"))
    assert "<del>东路1号</del>" in conflict
    assert "<ins>西路2号</ins>" in conflict
    assert 'name="line-2"' in conflict
    error = text(steward.get(url("change", run) + "?verdict=error"))
    assert "18" in error
    assert "信用代码" in error


def test_choices_of_a_page_are_saved_and_applied(steward: Client) -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = plan_of([NAME, "主要产品"], ["津上精密机床有限公司", "机床"])

    answer = steward.post(url("decide", run), {"verdict": "duplicate", "p": "1", "line-2": f"update:{ours.pk}"})

    assert answer.status_code == 302
    assert line(run).decision == "update"
    assert line(run).decided_by is not None
    assert "selected" in text(steward.get(url("change", run) + "?verdict=duplicate"))


def test_all_conflicts_are_decided_alike(steward: Client) -> None:
    for name in ("甲", "乙"):
        an_enterprise("", registered_name=f"{name}轴承有限公司", address="东路")
    run = plan_of([NAME, "地址"], ["甲轴承有限公司", "西路"], ["乙轴承有限公司", "西路"])

    steward.post(url("decide", run), {"verdict": "conflict", "all": "take_file"})

    assert set(run.rows.values_list("decision", flat=True)) == {"take_file"}


def test_senseless_choice_is_a_message_not_a_crash(steward: Client) -> None:
    run = plan_of([NAME], ["甲精机有限公司"])

    for data in (
        {"verdict": "new", "line-2": "create"},
        {"verdict": "x", "all": "y"},
        {"line-x": "y", "line-²": "y", f"line-{'9' * 20}": "y"},
        {"line-2": f"update:{'9' * 20}"},
        {},
    ):
        assert steward.post(url("decide", run), data).status_code == 302
    assert line(run).decision == ""


def test_error_workbook_is_a_download_that_is_logged(steward: Client) -> None:
    run = plan_of([NAME], [""], ["=x"])

    answer = steward.get(url("errors", run))

    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert "attachment" in answer["Content-Disposition"]
    assert AccessLog.objects.get(kind="export").rows == 1


def test_absent_enterprises_of_a_complete_list_are_shown(steward: Client) -> None:
    an_enterprise("缺席精机")
    run = plan_of([NAME], ["甲精机有限公司"], is_complete=True)

    assert "缺席精机" in text(steward.get(url("change", run) + "?verdict=absent"))


def test_leader_looks_and_changes_nothing(client_as: SignIn) -> None:
    leader = client_as(Role.LEADER)
    run = plan_of([NAME], ["甲精机有限公司"], ["=x"])

    page = text(leader.get(url("change", run)))
    assert "甲精机有限公司" in text(leader.get(url("change", run) + "?verdict=new"))
    assert url("apply", run) not in page
    assert leader.get(url("changelist")).status_code == 200
    assert leader.get(url("add")).status_code == 403
    for name in ("apply", "revert", "plan", "decide", "mapping"):
        assert leader.post(url(name, run)).status_code == 403


def test_officer_sees_no_import(client_as: SignIn, anonymous: Client) -> None:
    run = plan_of([NAME], ["甲精机有限公司"])
    officer = client_as(Role.PROMOTION_OFFICER)

    for name in ("change", "errors", "mapping"):
        assert officer.get(url(name, run)).status_code in (403, 404)
    assert anonymous.get(url("change", run)).status_code == 302


def test_unknown_run_is_not_found(steward: Client) -> None:
    for key in ("999999", "abc", "9" * 40):
        assert steward.get(f"/admin/directory/importrun/{key}/change/").status_code == 404


def test_page_of_lines_asks_no_more_for_more_lines(steward: Client, django_assert_max_num_queries: Any) -> None:
    rows = [[f"第{n}精机有限公司", f"路{n}"] for n in range(60)]
    run = plan_of([NAME, "地址"], *rows, fixed={"relation": "outside"})
    steward.get(url("change", run))

    with django_assert_max_num_queries(12):
        steward.get(url("change", run) + "?verdict=new")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_speaks_the_persons_language(steward: Client, language: str) -> None:
    User.objects.filter(username=Role.DATA_STEWARD).update(language=language)
    run = plan_of([NAME], ["甲精机有限公司"], ["=x"])

    for address in (url("add"), url("mapping", run), url("change", run), url("changelist")):
        page = text(steward.get(address))
        assert f'lang="{language}"' in page.lower() or f'lang="{language.split("-")[0]}' in page.lower()


def test_failed_plan_says_why(steward: Client) -> None:
    upload(steward)
    run = ImportRun.objects.get()
    steward.post(url("mapping", run), {"column-0": "registered_name", "column-1": ""})
    run.rows.filter(number=3).delete()  # as a killed upload leaves it
    with pytest.raises(Exception, match=r".+"):
        do_tasks()

    run.refresh_from_db()
    assert run.status == "failed"
    assert run.message in text(steward.get(url("change", run)))


def test_undone_run_lists_what_was_kept(steward: Client) -> None:
    run = apply_run(plan_of([NAME], ["甲精机有限公司"]))
    ours = Enterprise.objects.get()
    an_enterprise("分支", head_office=ours)
    revert_run(run)

    assert "甲精机有限公司" in text(steward.get(url("change", run) + "?verdict=kept"))
