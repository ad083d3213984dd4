"""The history of one record and of the rows below it: who changed what from what to what, when, why, by which door.

A page costs a fixed number of queries: two to page through the changes, two per history table (the rows and what they
were before), one per related model for the names in the values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pinghu.admin.values import Labels
from pinghu.ledger.models import Change
from pinghu.ledger.saving import KERNEL_FIELDS

CHANGES_PER_PAGE = 25
_EMPTY: tuple[Any, ...] = ("", [], {})

#: What a verb of the ledger is called; an app adds its own in its `ready()`.
VERB_LABELS: dict[str, Any] = {
    "created": gettext_lazy("created"),
    "updated": gettext_lazy("changed"),
    "deleted": gettext_lazy("deleted"),
    "password_given": gettext_lazy("password given"),
    "password_changed": gettext_lazy("password changed"),
    "second_factor_removed": gettext_lazy("second factor removed"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One history table of the page: `rows` of `model`, all of one record or of those below it."""

    model: type[models.Model]
    rows: models.QuerySet[Any]
    is_child: bool = False
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FieldDiff:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowDiff:
    """One record or row within one change; `kind` is simple_history's "+", "~" or "-".

    Of a "~" whose predecessor was never recorded nothing can be said but that it happened.
    """

    kind: str
    title: str
    fields: list[FieldDiff]


@dataclass(slots=True)
class ChangeEntry:
    """One act and everything on this page that it changed."""

    change: Change
    rows: list[RowDiff] = field(default_factory=list)

    @property
    def verb(self) -> str:
        return verb_label(self.change.verb)


def verb_label(verb: str) -> str:
    """The verb in the reader's language; an unknown one as it is written."""
    return str(VERB_LABELS.get(verb, verb.replace("_", " ")))


def record_history(admin: Any, request: HttpRequest, record: Any, extra_context: Any = None) -> TemplateResponse:
    """The page at `admin:<app>_<model>_history`."""
    sources = sources_for(admin, request, record)
    page, entries = history_page(sources, request.GET.get("p", "1"), Labels(request.user, admin.admin_site))
    request.current_app = admin.admin_site.name  # type: ignore[attr-defined]
    context = {
        **admin.admin_site.each_context(request),
        "title": _("History: %(record)s") % {"record": record},
        "subtitle": None,
        "module_name": str(capfirst(admin.opts.verbose_name_plural)),
        "object": record,
        "opts": admin.opts,
        "media": admin.media,
        "entries": entries,
        "page": page,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "ellipsis": page.paginator.ELLIPSIS,
        "change_url": admin.change_url(record.pk),
        "preserved_filters": admin.get_preserved_filters(request),
        **(extra_context or {}),
    }
    return TemplateResponse(request, "admin/record_history.html", context)


def sources_for(admin: Any, request: HttpRequest, record: Any) -> list[Source]:
    """The record's history and those of its inlines that this person may see, of rows that they may see."""
    sources = []
    if hasattr(admin.model, "history"):
        own = admin.model.history.filter(id=record.pk)
        sources.append(Source(admin.model, own, hidden=admin.get_hidden_fields(request)))
    for inline in admin.get_inline_instances(request, record):
        if hasattr(inline.model, "history"):  # only inlines that this person may see are among them
            name = inline.get_formset(request, record).fk.name
            hidden = inline.get_hidden_fields(request) | {name}
            rows = _rows_below(inline.model, name, record, request.user)
            sources.append(Source(inline.model, rows, is_child=True, hidden=hidden))
    for model, name in admin.history_children:
        permission = f"{model._meta.app_label}.view_{model._meta.model_name}"
        if request.user.has_perm(permission):
            rows = _rows_below(model, name, record, request.user)
            sources.append(Source(model, rows, is_child=True, hidden=frozenset({name})))
    return sources


def _rows_below(model: Any, name: str, record: Any, user: Any) -> models.QuerySet[Any]:
    rows = model.history.filter(**{name: record.pk})
    readable = getattr(model._default_manager, "visible_history", None)
    return readable(user, rows) if readable is not None else rows


def history_page(sources: Sequence[Source], number: str, labels: Labels) -> tuple[Page[int], list[ChangeEntry]]:
    """One page of changes, newest first, with what each did to the rows of `sources`."""
    # A union of one is not a union to Django, and a page without tables has no changes.
    ids = [source.rows.values_list("change_id") for source in sources]
    changes: Any = Change.objects.none().values_list("pk", flat=True)
    if len(ids) == 1:
        changes = ids[0].order_by("-change_id").distinct()
    elif ids:
        changes = ids[0].order_by().union(*(other.order_by() for other in ids[1:])).order_by("-change_id")
    page = Paginator(changes, CHANGES_PER_PAGE).get_page(number)
    on_page = [row[0] if isinstance(row, tuple) else row for row in page.object_list]
    drafts: list[tuple[Change, Source, Any, list[tuple[Any, Any, Any]]]] = []
    for source in sources:
        for row, previous in _rows_with_previous(source, on_page):
            values = _differences(source, row, previous)
            for column, old, new in values:
                labels.want(column, old, new)
            if (named_by := _naming_column(source, row)) is not None:
                labels.want(named_by, named_by.value_from_object(row))
            drafts.append((row.change, source, row, values))
    entries: dict[int, ChangeEntry] = {}
    for change, source, row, values in drafts:
        diffs = [
            FieldDiff(_label(column), labels.of(column, old), labels.of(column, new)) for column, old, new in values
        ]
        entry = entries.setdefault(change.pk, ChangeEntry(change))
        entry.rows.append(RowDiff(row.history_type, _title(source, row, labels), diffs))
    return page, [entries[pk] for pk in on_page if pk in entries]


def _rows_with_previous(source: Source, change_ids: Iterable[int]) -> list[tuple[Any, Any]]:
    """History rows of those changes, each with the row before it (None: the first). Two queries."""
    history = source.model.history  # type: ignore[attr-defined]
    before = history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by("-history_id")
    rows = list(
        source.rows.filter(change_id__in=list(change_ids))
        .annotate(previous_id=Subquery(before.values("history_id")[:1]))
        .select_related("change__by")
        .order_by("history_id")
    )
    previous = history.in_bulk([row.previous_id for row in rows if row.previous_id], field_name="history_id")
    # A deleted row's number may have been given again: what came before a "+" is another row's life.
    return [(row, None if row.history_type == "+" else previous.get(row.previous_id)) for row in rows]


def _differences(source: Source, row: Any, previous: Any) -> list[tuple[Any, Any, Any]]:
    columns = [
        column
        for column in source.model._meta.concrete_fields
        if column.name not in KERNEL_FIELDS and column.name not in source.hidden and hasattr(row, column.attname)
    ]
    if row.history_type == "~" and previous is None:
        return []
    result = []
    for column in columns:
        now = column.value_from_object(row)
        then = column.value_from_object(previous) if previous is not None else None
        if row.history_type == "-":
            then, now = now, None
        if row.history_type == "+" and now is False:
            continue  # a box that was not ticked is no news
        if (None if then in _EMPTY else then) != (None if now in _EMPTY else now):
            result.append((column, then, now))
    return result


def _label(column: Any) -> str:
    return str(capfirst(column.verbose_name))


def _naming_column(source: Source, row: Any) -> Any:
    """The first column of its own with a value: it tells a row below the record from its sisters."""
    shared = {
        column.name
        for base in source.model.__mro__[1:]
        if getattr(getattr(base, "_meta", None), "abstract", False)
        for column in base._meta.local_fields  # type: ignore[attr-defined]
    }
    for column in source.model._meta.concrete_fields:
        if column.name in KERNEL_FIELDS | source.hidden | shared:
            continue
        if getattr(row, column.attname, None) not in (None, ""):
            return column
    return None


def _title(source: Source, row: Any, labels: Labels) -> str:
    kind = str(capfirst(source.model._meta.verbose_name))
    column = _naming_column(source, row) if source.is_child else None
    return kind if column is None else f"{kind} · {labels.of(column, column.value_from_object(row))}"
