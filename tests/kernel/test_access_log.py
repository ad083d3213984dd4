"""The access log: one filter answers the auditor's question, and nobody can change or remove a line."""

import ast
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, AppendOnly, Change, Door

pytestmark = pytest.mark.django_db

LIST = "admin:ledger_accesslog_changelist"


@pytest.fixture
def auditor(client_as: Any) -> Client:
    client: Client = client_as(Role.AUDITOR)
    return client


def a_line(by: User, day: datetime.date, **values: Any) -> AccessLog:
    values = {"kind": AccessLog.Kind.EXPORT, "list": "promotion.counterpart", "file": "xlsx", **values}
    log_access(by=by, door=Door.ADMIN, **values)
    line = AccessLog.objects.order_by("-pk")[0]
    moment = timezone.make_aware(datetime.datetime.combine(day, datetime.time(9)))
    AccessLog._base_manager.filter(pk=line.pk).update(at=moment)
    return line


def test_one_filter_says_who_exported_the_investors_list_in_march(auditor: Client, cast: Any) -> None:
    officer, leader = cast[Role.PROMOTION_OFFICER], cast[Role.LEADER]
    wanted = a_line(officer, datetime.date(2026, 3, 9), rows=213, asked="kind__exact=investor&q=%E7%B2%BE%E6%9C%BA")
    a_line(leader, datetime.date(2026, 4, 1))
    a_line(leader, datetime.date(2026, 3, 10), list="promotion.lead")
    a_line(leader, datetime.date(2026, 3, 11), kind=AccessLog.Kind.READ)

    page = auditor.get(reverse(LIST), {"exported": "counterpart", "at__year": 2026, "at__month": 3})

    assert list(page.context["cl"].queryset) == [wanted]
    text = page.content.decode()
    for shown in (str(officer), "客商", "213", "kind: investor", "q: 精机"):
        assert shown in text, shown


def test_list_costs_the_same_however_many_lines(auditor: Client, cast: Any, django_assert_max_num_queries: Any) -> None:
    for days in range(3):
        a_line(cast[Role.LEADER], datetime.date(2026, 3, 1 + days))
    with django_assert_max_num_queries(12) as few:
        auditor.get(reverse(LIST))
    for days in range(20):
        a_line(cast[Role.PROMOTION_OFFICER], datetime.date(2026, 3, 1 + days))

    with django_assert_max_num_queries(len(few.captured_queries)):
        auditor.get(reverse(LIST))


# --- nobody can change it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.DATA_STEWARD, "superuser"])
def test_no_form_changes_or_removes_a_line(role: str, client_as: Any, cast: Any, superuser: User) -> None:
    line = a_line(cast[Role.LEADER], datetime.date(2026, 3, 9))
    client = client_as(superuser if role == "superuser" else role)
    stored = AccessLog.objects.values().get(pk=line.pk)

    for name, args in (("add", []), ("change", [line.pk]), ("delete", [line.pk])):
        address = reverse(f"admin:ledger_accesslog_{name}", args=args)
        assert client.post(address, {"post": "yes", "rows": "0", "kind": "read"}).status_code == 403
    client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [line.pk], "post": "yes"})

    assert AccessLog.objects.values().get(pk=line.pk) == stored


@pytest.mark.parametrize("model", [AccessLog, Change])
def test_no_code_changes_or_removes_a_line(model: Any, cast: Any) -> None:
    a_line(cast[Role.LEADER], datetime.date(2026, 3, 9))
    line = model.objects.order_by("-pk")[0]

    for act in (line.save, line.delete, model.objects.all().delete, lambda: model.objects.update(door="api")):
        with pytest.raises(AppendOnly):
            act()

    assert model.objects.filter(pk=line.pk).exists()


def test_person_with_a_line_cannot_be_removed(cast: Any) -> None:
    from django.db.models import ProtectedError

    leader = cast[Role.LEADER]
    a_line(leader, datetime.date(2026, 3, 9))

    with pytest.raises(ProtectedError):
        leader.delete()


# --- every file that leaves is on it --------------------------------------------------------------------------------

HANDS_OUT = {"file_response", "csv_response", "xlsx_response", "FileResponse", "StreamingHttpResponse", "docx_response"}
#: What hands out a file without a line, and why: "path:function" → reason.
UNLOGGED = {
    "directory/views/exporting.py:csv_response": "the body of what `enterprise_export` logs",
    "promotion/admin/evidence.py:download": "makes the response; whoever calls it logs",
    "promotion/admin/reports.py:_download": "makes the response; whoever calls it logs",
    "promotion/admin/reports.py:template_file": "the city's own empty workbook",
    "pinghu/export.py:csv_response": "makes the response; whoever calls it logs",
    "pinghu/export.py:xlsx_response": "makes the response; whoever calls it logs",
    "pinghu/export.py:file_response": "makes the response; whoever calls it logs",
}


def calls(node: ast.AST) -> set[str]:
    return {
        getattr(one.func, "id", "") or getattr(one.func, "attr", "")
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
    }


def handing_out() -> Iterator[tuple[str, set[str]]]:
    """`path:function` of each function that hands out a file, with the names of what it calls."""
    for app in ("pinghu", "directory", "promotion"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            for node in ast.walk(ast.parse(Path(path).read_text())):
                if isinstance(node, ast.FunctionDef) and (called := calls(node)) & HANDS_OUT:
                    yield f"{path.relative_to(settings.BASE_DIR).as_posix()}:{node.name}", called


def test_whatever_hands_out_a_file_logs_it() -> None:
    found = dict(handing_out())

    assert {name for name, called in found.items() if "log_access" not in called} - UNLOGGED.keys() == set()
    assert len(found) > len(UNLOGGED)
