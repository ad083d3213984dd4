"""Two people on one record: what I changed, what they changed, and what happens when I say "take mine".

Django compares a form with the row at the moment of saving, so a field that only the other person changed would look
like my change back. Here three values are compared: as I opened it (from the history), as it stands now, and mine.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Q
from django.forms import CheckboxInput, MultiWidget
from django.forms.models import InlineForeignKeyField
from django.http import QueryDict
from django.utils.translation import gettext as _

from pinghu.admin.values import Labels
from pinghu.errors import StaleVersion
from pinghu.formats import to_whole
from pinghu.ledger.saving import ChildSave, editable_fields


@dataclass(frozen=True, slots=True)
class Taken:
    """The explicit "take mine": the versions that stood beside mine when the person pressed it."""

    version: int | None = None
    rows: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_post(cls, post: Any) -> "Taken | None":
        """None unless the button was pressed; nonsense in its value counts as not pressed."""
        try:
            value = json.loads(post.get("_take_mine", ""))
            rows = {str(prefix): int(version) for prefix, version in value.get("rows", {}).items()}
            return cls(version=None if value["version"] is None else int(value["version"]), rows=rows)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def as_json(self) -> str:
        return json.dumps({"version": self.version, "rows": self.rows})


@dataclass(frozen=True, slots=True)
class Changes:
    """What a person changed, as the service takes it."""

    fields: list[str]
    children: list[ChildSave]
    if_version: int | None


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field three times, as labels; `state` is "both", "theirs" or "mine"."""

    label: str
    opened: str
    theirs: str
    mine: str
    state: str


@dataclass(frozen=True, slots=True)
class RowComparison:
    """One record or row that differs."""

    title: str
    fields: list[FieldComparison]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the page shows, and the form's data with everything that only they changed filled in."""

    rows: list[RowComparison]
    take_mine: str
    merged: QueryDict
    version: int | None
    change: Any = None


def gather(form: Any, formsets: Iterable[Any], taken: Taken | None) -> Changes:
    """What changed on the form and in its rows. Raises StaleVersion where somebody else saved meanwhile."""
    record = form.instance
    children, clash = _child_changes(formsets, taken)
    if record._state.adding:
        return Changes(fields=[], children=children, if_version=None)
    opened = _opened_version(form, taken)
    if clash or opened != form.fields["if_version"].initial:
        raise stale(record)
    return Changes(fields=_changed_columns(form), children=children, if_version=opened)


def stale(record: Any) -> StaleVersion:
    """The refusal, with the record as it stands now."""
    current = type(record)._base_manager.get(pk=record.pk)
    return StaleVersion(
        _("Somebody saved this record after you opened it. Nothing of yours is lost: compare, then decide."),
        current=current,
    )


def compare(
    form: Any, formsets: Sequence[Any], current: Any, taken: Taken | None, admin: Any, request: Any
) -> Conflict:
    """Mine, theirs and what I opened, field by field, for the record and its rows.

    Queries: one history row of the record, who saved it last, and two per inline.
    """
    labels = Labels(request.user, admin.admin_site)
    merged = request.POST.copy()
    merged.pop("_take_mine", None)
    base = _history_row(current, _opened_version(form, taken))
    hidden, on_page = admin.get_hidden_fields(request), flatten_fieldsets(admin.get_fieldsets(request, current))
    drafts = [_Draft(str(current), current, form, base, merged, hidden=hidden, on_page=frozenset(on_page))]
    seen: dict[str, int] = {}
    for formset in formsets:
        drafts += _row_drafts(formset, current, taken, merged, seen)
    for draft in drafts:
        draft.want(labels)
    last = None
    if hasattr(type(current), "history"):
        last = type(current).history.filter(id=current.pk).select_related("change__by").order_by("-history_id").first()
    return Conflict(
        rows=[row for draft in drafts if (row := draft.finished(labels)) is not None],
        take_mine=Taken(version=current.version, rows=seen).as_json(),
        merged=merged,
        version=current.version,
        change=last.change if last is not None else None,
    )


class _Draft:
    """One record or row while it is compared; fills what only they changed into the form's data."""

    def __init__(
        self,
        title: str,
        current: Any,
        form: Any,
        base: Any,
        merged: QueryDict,
        note: str = "",
        hidden: frozenset[str] = frozenset(),
        on_page: frozenset[str] = frozenset(),
    ) -> None:
        self.title, self.note = title, note
        self.values: list[tuple[Any, Any, Any, Any, str]] = []
        if current is None or form is None:
            return
        for column in editable_fields(current):
            parent_key = isinstance(form.fields.get(column.name), InlineForeignKeyField)
            # What no form writes is compared where the page shows it: a verb may have written it meanwhile.
            if column.name in hidden or parent_key or not (column.editable or column.name in on_page):
                continue
            now = column.value_from_object(current)
            opened = column.value_from_object(base) if _has(base, column) else None
            by_them = _has(base, column) and opened != now
            shown = column.name in form.fields
            mine = _posted(form, column) if shown else opened
            by_me = shown and form.fields[column.name].has_changed(
                opened if _has(base, column) else now, form[column.name].data
            )
            if by_me and not form.fields[column.name].has_changed(now, form[column.name].data):
                by_me, by_them = False, False  # both wrote the same
            if by_them and not by_me and shown:
                _fill_in(merged, form[column.name], now)
            if by_me or by_them:
                state = "both" if by_me and (by_them or base is None) else "mine" if by_me else "theirs"
                self.values.append((column, opened, now, mine if by_me else now, state))

    def want(self, labels: Labels) -> None:
        for column, opened, now, mine, _state in self.values:
            labels.want(column, opened, now, mine)

    def finished(self, labels: Labels) -> RowComparison | None:
        fields = [
            FieldComparison(
                str(column.verbose_name),
                labels.of(column, opened),
                labels.of(column, now),
                labels.of(column, mine),
                state,
            )
            for column, opened, now, mine, state in self.values
        ]
        return RowComparison(self.title, fields, self.note) if fields or self.note else None


def _row_drafts(
    formset: Any, current: Any, taken: Taken | None, merged: QueryDict, seen: dict[str, int]
) -> Iterator[_Draft]:
    fresh = {row.pk: row for row in formset.queryset.filter(**{formset.fk.name: current.pk})}
    for row in fresh.values():
        setattr(row, formset.fk.name, current)
    bases = _row_bases(formset, taken)
    posted = set()
    for form in formset.initial_forms:
        pk = _row_pk(formset, form)
        posted.add(pk)
        row, base = fresh.get(pk), bases.get(form.prefix)
        if row is None:
            mine = base is not None and bool(_changed_against(form, base))
            note = (
                _("They deleted this row; what you changed in it is not kept.") if mine else _("They deleted this row.")
            )
            yield _Draft(str(formset.model._meta.verbose_name), None, None, None, merged, note)
            continue
        if not hasattr(row, "version"):
            continue
        seen[form.prefix] = row.version
        if row.version != _opened_row_version(form, taken):
            deleting = formset.can_delete and formset._should_delete_form(form)
            note = _("You marked this row for deletion; they changed it.") if deleting else ""
            yield _Draft(str(row), row, form, base, merged, note)
    for pk in fresh.keys() - posted:
        yield _Draft(str(fresh[pk]), None, None, None, merged, _("They added this row; it stays."))


def _child_changes(formsets: Iterable[Any], taken: Taken | None) -> tuple[list[ChildSave], bool]:
    """The rows to save or delete, and whether somebody else touched one of them since the page was opened."""
    children: list[ChildSave] = []
    clash = False
    for formset in formsets:
        bases = _row_bases(formset, taken)
        for form in formset.initial_forms:
            deleting = formset.can_delete and formset._should_delete_form(form)
            base = bases.get(form.prefix)
            if form.is_gone:
                clash |= taken is None and not deleting and base is not None and bool(_changed_against(form, base))
                continue
            if not deleting and not form.has_changed():
                continue
            stored = form.initial.get("if_version")
            opened = _opened_row_version(form, taken)
            if opened == stored:
                fields = _changed_columns(form)
            elif base is None or deleting:
                clash = True
                continue
            else:
                fields = sorted(_changed_against(form, base))
                now = {c.name: form.initial.get(c.name) for c in editable_fields(form.instance)}
                clash |= any(
                    c.name in fields and c.value_from_object(base) != now[c.name]
                    for c in editable_fields(form.instance)
                    if _has(base, c)
                )
            if deleting or fields:
                children.append(_child(formset, form, fields=fields, delete=deleting, if_version=stored))
        for form in formset.extra_forms:
            if form.has_changed() and not (formset.can_delete and formset._should_delete_form(form)):
                children.append(_child(formset, form, fields=None, delete=False, if_version=None))
    return children, clash


def _child(formset: Any, form: Any, **values: Any) -> ChildSave:
    return ChildSave(key=form.prefix, record=form.instance, parent_field=formset.fk.name, **values)


def _changed_columns(form: Any) -> list[str]:
    columns = {column.name for column in editable_fields(form.instance)}
    return sorted(columns & set(form.changed_data))


def _changed_against(form: Any, base: Any) -> set[str]:
    """Which columns of the form differ from `base`, by the form's own idea of a difference."""
    return {
        column.name
        for column in editable_fields(form.instance)
        if column.name in form.fields
        and not isinstance(form.fields[column.name], InlineForeignKeyField)
        and _has(base, column)
        and form.fields[column.name].has_changed(column.value_from_object(base), form[column.name].data)
    }


def _opened_version(form: Any, taken: Taken | None) -> int | None:
    return taken.version if taken is not None else form.cleaned_data.get("if_version")


def _opened_row_version(form: Any, taken: Taken | None) -> int | None:
    if taken is not None and form.prefix in taken.rows:
        return taken.rows[form.prefix]
    if "if_version" not in form.fields:
        return None  # a row without a version of its own: the record's guards it
    return to_whole(form["if_version"].data)


def _row_pk(formset: Any, form: Any) -> Any:
    if form.instance.pk is not None:
        return form.instance.pk
    return to_whole(form.data.get(form.add_prefix(formset._pk_field.name), ""))


def _row_bases(formset: Any, taken: Taken | None) -> dict[str, Any]:
    """The rows as they were opened, by form prefix, for those that differ now; at most one query."""
    wanted = {}
    for form in formset.initial_forms:
        opened = _opened_row_version(form, taken)
        if opened is not None and (form.is_gone or opened != form.initial.get("if_version")):
            wanted[(_row_pk(formset, form), opened)] = form.prefix
    if not wanted or not hasattr(formset.model, "history"):
        return {}
    condition = Q()
    for pk, version in wanted:
        condition |= Q(id=pk, version=version)
    rows = formset.model.history.filter(condition).exclude(history_type="-").order_by("history_id")
    return {wanted[(row.id, row.version)]: row for row in rows}


def _history_row(record: Any, version: int | None) -> Any:
    if version is None or not hasattr(type(record), "history"):
        return None
    rows = type(record).history.filter(id=record.pk, version=version).exclude(history_type="-")
    return rows.order_by("-history_id").first()


def _has(base: Any, column: Any) -> bool:
    return base is not None and hasattr(base, column.attname)


def _posted(form: Any, column: Any) -> Any:
    value = getattr(form, "cleaned_data", {}).get(column.name)
    return getattr(value, "pk", value)


def _fill_in(data: QueryDict, bound: Any, value: Any) -> None:
    """Write `value` into the form's data as its widget would have posted it."""
    widget = getattr(bound.field.widget, "widget", bound.field.widget)
    value = bound.field.prepare_value(value)
    if isinstance(widget, CheckboxInput):
        data.pop(bound.html_name, None)
        if value:
            data[bound.html_name] = "on"
    elif isinstance(widget, MultiWidget):
        for name, part, sub in zip(widget.widgets_names, widget.decompress(value), widget.widgets, strict=True):
            data[bound.html_name + name] = sub.format_value(part) or ""
    else:
        formatted = widget.format_value(value)
        if isinstance(formatted, (list, tuple)):
            data.setlist(bound.html_name, [str(part) for part in formatted])
        else:
            data[bound.html_name] = "" if formatted is None else formatted
