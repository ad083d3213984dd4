"""What no admin of ours may do, and what no service may write silently: checked over everything that is registered."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.test import RequestFactory

from pinghu.admin.autocomplete import RelatedChoiceField
from pinghu.admin.forms import ServiceForm, ServiceInlineForm
from pinghu.admin.service_admin import ReadOnlyAdmin, ServiceAdmin, ServiceInlineMixin
from pinghu.ledger.models import HistoryRow, LedgerHead

OUR_APPS = ("accounts", "ledger", "jobs", "directory", "promotion", "partners", "inbox")

#: Models that no person works with in a list of their own, and why.
WITHOUT_ADMIN = {
    "ledger.ledgerhead": "one row, the sequencer's own",
    "directory.searchdoc": "the search index",
    "directory.searchkey": "the search index",
    "directory.finddoc": "the search index",
    "directory.importrow": "shown on its import's own pages",
    "directory.fieldsource": "where values came from; shown on the record that holds them",
    "directory.rowdecision": "what somebody chose for a row, remembered for the next file",
    "promotion.numberseries": "kept by the service that gives out numbers",
    "promotion.stagechange": "written once by a move; shown on its project",
    "inbox.notification": "each person's own, on the pages of the inbox",
    "inbox.subscription": "each person's own, on the pages of the inbox",
    **dict.fromkeys(
        [
            "promotion.casehandler",
            "promotion.clocksegment",
            "promotion.caseevent",
            "promotion.caseextension",
            "promotion.caserating",
            "promotion.supervision",
            "promotion.escalationstep",
            "promotion.casefile",
        ],
        "written by the steps of a case, shown on its page",
    ),
    "promotion.reportfile": "bytes of a workbook, handed out by the template or the submission that names them",
    "promotion.reportrow": "shown on the page of its submission",
    "promotion.closedperiod": "closed and shown on pages of its own",
    "promotion.closedrow": "shown on the page of its period",
}

SILENT = {"bulk_create", "bulk_update", "_raw_delete"}

#: Where rows are written past `save()`, and why no history is lost: "path:function" → reason.
BULK_WRITES = {
    "pinghu/inbox/services.py:_written": "notices are told, not kept as records: no history, no event",
    "pinghu/inbox/mailing.py:_claim": "when a notice was mailed, no record",
    "pinghu/inbox/mailing.py:mail_waiting": "when a notice was mailed, no record",
    "pinghu/inbox/services.py:choose": "what still waited to be mailed; the choice itself has its history",
    "pinghu/inbox/services.py:mark_read": "when somebody read a notice, no record",
    "pinghu/jobs/lease.py:heartbeat": "a task's lease, no record",
    "pinghu/jobs/lease.py:succeed": "a task's result, no record",
    "pinghu/ledger/bulk.py:create_many": "writes the history rows itself, and the events",
    "pinghu/ledger/bulk.py:delete_many": "writes the history rows itself, and the events",
    "directory/services/importing/staging.py:_store_lines": "a file's lines as read: nothing of ours changed yet",
    "pinghu/ledger/forgetting.py:rewrite_history": "personal data whose time is over leaves history, by a change of its own",
    "pinghu/ledger/forgetting.py:rewrite_reasons": "the same for what somebody wrote as a reason",
    "pinghu/ledger/events.py:append_events": "events are the ledger itself",
    "pinghu/ledger/events.py:sequence_pending": "the head row of the sequence",
    "directory/services/demo_removal.py:_delete": "made-up rows leave no trace, nor does their history",
    "directory/services/deriving.py:derive_origins": "a derived column: what it rests on has its history",
    "directory/services/find_index.py:index_records": "the search index, made anew from the rows",
    "directory/services/indexing.py:_write": "the search index, made anew from the rows",
    "directory/services/loading.py:_remember": "where a value came from; the value's own change has its history",
    "directory/services/vocabularies.py:_link_divisions": "a standard list, written from fixtures",
    "directory/services/vocabularies.py:_write": "standard lists, written from fixtures",
    "directory/services/zone.py:_mark_general_knowledge": "where a value came from; the value itself stays",
}


def registered() -> list[Any]:
    return [
        pytest.param(model_admin, id=model._meta.label_lower)
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label in OUR_APPS
    ]


class EverythingAllowed(AnonymousUser):
    """A person with every permission and every role, who is in no database."""

    pk = 1
    is_active = is_staff = has_staff_role = may_enter_admin = True  # type: ignore[assignment]
    role_codes: frozenset[str] = frozenset()
    unit_ids: frozenset[int] = frozenset()

    def has_perm(self, perm: Any, obj: Any = None) -> bool:
        return True

    def has_any_role(self, *roles: str) -> bool:
        return True


def request() -> Any:
    made = RequestFactory().get("/admin/")
    made.user = EverythingAllowed()
    return made


def test_every_model_of_ours_has_an_admin_an_inline_or_a_reason() -> None:
    shown = {inline.model for model_admin in admin.site._registry.values() for inline in model_admin.inlines}
    shown |= set(admin.site._registry)
    models_ = [
        model for label in OUR_APPS if label in apps.app_configs for model in apps.get_app_config(label).get_models()
    ]
    missing = {model._meta.label_lower for model in models_ if model not in shown and not issubclass(model, HistoryRow)}

    assert missing - WITHOUT_ADMIN.keys() == set()
    assert LedgerHead not in shown


@pytest.mark.parametrize("model_admin", registered())
def test_admin_is_a_service_admin_or_read_only(model_admin: Any) -> None:
    assert isinstance(model_admin, (ServiceAdmin, ReadOnlyAdmin))
    assert all(issubclass(inline, ServiceInlineMixin) for inline in model_admin.inlines)
    if isinstance(model_admin, ServiceAdmin):
        assert issubclass(model_admin.form, ServiceForm)
        assert all(issubclass(inline.form, ServiceInlineForm) for inline in model_admin.inlines)
        # The model's own history, or its rows could be changed without a trace.
        assert hasattr(model_admin.model, "history") or model_admin.model._meta.label_lower == "accounts.user"


@pytest.mark.parametrize("model_admin", registered())
def test_list_can_edit_order_and_delete_nothing(model_admin: Any) -> None:
    for options in (model_admin, *(inline(model_admin.model, admin.site) for inline in model_admin.inlines)):
        assert not getattr(options, "list_editable", ())
        # Unfold adds it to list_editable, per request.
        assert options.ordering_field is None
    assert "delete_selected" not in model_admin.get_actions(request())
    assert model_admin.list_per_page <= 100
    assert model_admin.show_full_result_count is False


@pytest.mark.parametrize("model_admin", registered())
def test_list_says_what_it_joins(model_admin: Any) -> None:
    """`False`, Django's default, joins every foreign key named in the list; `True` joins everything."""
    assert isinstance(model_admin.list_select_related, (list, tuple))


@pytest.mark.parametrize("model_admin", registered())
@pytest.mark.django_db
def test_foreign_key_of_a_form_is_searched_typed_or_declared_short(model_admin: Any) -> None:
    if isinstance(model_admin, ReadOnlyAdmin):
        return
    this = request()
    parts = [(model_admin, model_admin.get_form(this, None, change=False))]
    parts += [(inline, formset.form) for formset, inline in model_admin.get_formsets_with_inlines(this)]
    for options, form in parts:
        for name, field in form.base_fields.items():
            column = next((f for f in options.opts.get_fields() if f.name == name), None)
            assert not isinstance(column, models.ManyToManyField), f"{name}: no history of m2m"
            if isinstance(column, models.ForeignKey) and name not in options.raw_id_fields:
                assert isinstance(field, RelatedChoiceField), name
                if name in options.get_autocomplete_fields(this):
                    target = admin.site._registry.get(column.related_model)
                    assert target is not None, f"{name}: nobody can search a model without an admin"
                    assert target.get_search_fields(this), f"{name}: nobody can search {column.related_model}"


# --- writes that leave no trace --------------------------------------------------------------------------------------


def bulk_writes(path: Path) -> Iterator[str]:
    """`path:function` of each `.update(name=…)`, `bulk_create(` and `bulk_update(` in a file.

    A queryset's `update` takes keywords only, a dict's or a hash's takes a value: so the two are told apart.
    """
    tree = ast.parse(path.read_text())
    name = path.relative_to(settings.BASE_DIR).as_posix()

    def visit(node: ast.AST, function: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inside = child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
                update = child.func.attr == "update" and child.keywords and not child.args
                if update or child.func.attr in SILENT:
                    yield f"{name}:{inside}"
            yield from visit(child, inside)

    return visit(tree, "")


def test_no_bulk_write_without_a_reason() -> None:
    """`queryset.update()` and bulk writers leave no history row and raise nothing: each place states its reason."""
    found = set()
    for app in ("pinghu", "directory", "promotion"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if "migrations" not in path.parts:
                found.update(bulk_writes(path))

    assert found - BULK_WRITES.keys() == set(), "write through a service, or say here why not"
    assert BULK_WRITES.keys() - found == set(), "these reasons are no longer needed"


def test_scan_tells_a_queryset_from_a_dict(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    file = tmp_path / "sample.py"
    file.write_text(
        "def f(rows, d):\n    d.update(x)\n    rows.filter(a=1).update(b=2)\n    rows.bulk_update([], [])\n"
    )

    assert list(bulk_writes(file)) == ["sample.py:f", "sample.py:f"]
