"""Choosing related rows in forms: only what the person may see, and one query per related model and page.

Django's own widgets ask the database once for every selected value and once for every list of choices, so a form with
fifty inline rows asks a hundred times. Here all forms of a page share one `RelatedRows`.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pinghu.records import visible_rows

HIDDEN_LABEL = _("(not shown to you)")


class RelatedRows:
    """The rows that all forms of one page refer to, fetched with one query per related model."""

    def __init__(self, user: Any, admin_site: Any) -> None:
        self.user = user
        self.admin_site = admin_site
        self._forms: list[forms.BaseForm] = []
        self._rows: dict[tuple[type[models.Model], str], dict[str, models.Model | None]] = {}
        self._choices: dict[int, list[tuple[Any, str]]] = {}

    def register(self, form: forms.BaseForm) -> None:
        self._forms.append(form)

    def know(self, row: models.Model) -> None:
        """Remember a row that was joined already, and that this person may see: no query asks for it again."""
        for key in ("pk", row._meta.pk.name):  # a form names a foreign key's target by its column
            self._rows.setdefault((type(row), key), {})[str(row.pk)] = row

    def get(self, field: "RelatedChoiceField", value: Any) -> models.Model | None:
        """The row that `value` stands for; None if it does not exist or is not shown to this person."""
        known = self._rows.setdefault(_key(field), {})
        if str(value) not in known:
            self._load(field, {str(value)} | self._wanted(_key(field)) - known.keys())
        return known[str(value)]

    def choices(self, field: "RelatedChoiceField") -> list[tuple[Any, str]]:
        """All choices of a short list, read once however many rows of the page offer it."""
        if id(field.shared) not in self._choices:
            rows = self._with_labels(field.queryset)
            self._choices[id(field.shared)] = [
                (field.prepare_value(row), field.label_from_instance(row)) for row in rows
            ]
        return self._choices[id(field.shared)]

    def _wanted(self, key: tuple[type[models.Model], str]) -> set[str]:
        wanted = set()
        for form in self._forms:
            for name, field in form.fields.items():
                if isinstance(field, RelatedChoiceField) and _key(field) == key:
                    wanted.add(str(field.prepare_value(form[name].value())))
        return wanted - {"", "None"}

    def _load(self, field: "RelatedChoiceField", values: set[str]) -> None:
        model, attribute = _key(field)
        column = model._meta.pk if attribute == "pk" else model._meta.get_field(attribute)
        valid = []
        for value in values:
            try:
                key = column.to_python(value)
                column.run_validators(key)  # a number beyond the column's range would end in an error of the database
            except ValidationError:
                continue  # somebody typed into the address or the form: no such row
            valid.append(key)
        known = self._rows[(model, attribute)]
        known.update(dict.fromkeys(values))
        for row in self._with_labels(visible_rows(model, self.user)).filter(**{f"{attribute}__in": valid}):
            known[str(row.pk if attribute == "pk" else row.serializable_value(attribute))] = row

    def _with_labels(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.admin_site.is_registered(queryset.model):
            joined = getattr(self.admin_site.get_model_admin(queryset.model), "label_select_related", ())
            return queryset.select_related(*joined) if joined else queryset
        return queryset


def related_rows(request: HttpRequest, admin_site: Any) -> RelatedRows:
    """The one instance of this page."""
    if not hasattr(request, "_related_rows"):
        request._related_rows = RelatedRows(request.user, admin_site)  # type: ignore[attr-defined]
    return request._related_rows  # type: ignore[attr-defined,no-any-return]


class SharedChoiceIterator(ModelChoiceIterator):
    """Choices read once per page; the stored value stays among them even where it is not shown to this person."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        field = self.field
        if field.empty_label is not None:
            yield ("", field.empty_label)
        choices = field.rows.choices(field)
        yield from choices
        if field.kept is not None and str(field.kept) not in {str(value) for value, _label in choices}:
            yield (field.kept, field.label_of(field.kept))


class RelatedChoiceField(forms.ModelChoiceField):
    """A foreign key in a form. What is stored now may stay, even where its row is not shown to this person."""

    iterator = SharedChoiceIterator
    rows: RelatedRows
    shared: object  # one per form class: survives the copying of fields from form to form
    kept: Any = None

    def label_of(self, value: Any) -> str:
        row = self.rows.get(self, value)
        return str(HIDDEN_LABEL) if row is None else self.label_from_instance(row)

    def to_python(self, value: Any) -> Any:
        if self.kept is not None and str(self.prepare_value(value)) == str(self.kept):
            attribute = self.to_field_name or "pk"
            return self.queryset.model._base_manager.filter(**{attribute: self.kept}).first()
        return super().to_python(value)


class BatchedAutocompleteSelect(AutocompleteSelect):
    """Django's autocomplete without its query per selected value."""

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> list[Any]:
        field = self.choices.field
        options: list[Any] = []
        if not self.is_required:
            options.append(self.create_option(name, "", "", False, 0))
        for chosen in value:
            if str(chosen) not in field.empty_values and str(chosen):
                options.append(self.create_option(name, chosen, field.label_of(chosen), True, len(options)))
        return [(None, options, 0)]


class RelatedFieldsMixin:
    """For admins and inlines: every foreign key is an autocomplete, unless named in `select_fields` or `raw_id_fields`.

    `select_fields` are for short lists (a dozen choices): the whole list is written into the page, read once.
    """

    select_fields: tuple[str, ...] = ()

    def get_autocomplete_fields(self, request: HttpRequest | None) -> tuple[str, ...]:
        other = {*self.select_fields, *self.raw_id_fields, *self.radio_fields}  # type: ignore[attr-defined]
        return tuple(
            field.name
            for field in self.opts.concrete_fields  # type: ignore[attr-defined]
            if isinstance(field, models.ForeignKey) and field.name not in other
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.raw_id_fields:  # type: ignore[attr-defined]
            return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        kwargs.setdefault("form_class", RelatedChoiceField)
        kwargs.setdefault("queryset", visible_rows(db_field.remote_field.model, request.user))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", BatchedAutocompleteSelect(db_field, self.admin_site))  # type: ignore[attr-defined]
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(field, RelatedChoiceField):
            field.rows = related_rows(request, self.admin_site)  # type: ignore[attr-defined]
            field.shared = object()
        return field


def adopt_related_fields(form: forms.ModelForm) -> None:
    """Called by a form's `__init__`: remember the stored values and let the page fetch all labels together."""
    mine = [(name, field) for name, field in form.fields.items() if isinstance(field, RelatedChoiceField)]
    for name, field in mine:
        column = form._meta.model._meta.get_field(name)
        field.kept = getattr(form.instance, column.attname, None) if not form.instance._state.adding else None
    if mine:
        mine[0][1].rows.register(form)


def _key(field: RelatedChoiceField) -> tuple[type[models.Model], str]:
    return field.queryset.model, field.to_field_name or "pk"
