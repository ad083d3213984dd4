"""Forms of the admin: they carry the version that was opened and the reason, and show what a service refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextInputWidget

from pinghu.admin.autocomplete import adopt_related_fields
from pinghu.errors import DomainError, StaleVersion
from pinghu.formats import to_whole
from pinghu.records import Record


class VersionField(forms.IntegerField):
    """The version that was opened. Never a change of its own; what is no number means unknown."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int | None:
        return to_whole(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class ServiceForm(forms.ModelForm):
    """Base of every form of a `ServiceAdmin`; adds `if_version` (hidden) and `change_reason`."""

    request: ClassVar[HttpRequest | None] = None  # the admin makes one class per request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.instance, Record):
            stored = None if self.instance._state.adding else self.instance.version
            self.fields["if_version"] = VersionField(required=False, initial=stored)
        self.fields["change_reason"] = forms.CharField(
            label=_("Reason for this change"),
            help_text=_("Kept in the history beside what you changed."),
            required=False,
            max_length=500,
            widget=UnfoldAdminTextInputWidget,
        )
        adopt_related_fields(self)

    def full_clean(self) -> None:
        super().full_clean()
        error = getattr(self.request, "_domain_error", None)
        if error is not None and self.is_bound:
            show_messages(self, error.fields)
            if isinstance(error, StaleVersion):
                # Said once, above the comparison; here it only keeps the form from counting as valid.
                self.add_error("if_version", error.message)
            elif error.message and not error.fields and not error.children:
                self.add_error(None, error.message)


class ServiceInlineForm(forms.ModelForm):
    """Base of every form of a service inline; a row of its own version carries it, hidden."""

    if_version = VersionField(required=False)

    #: Set by the formset: the row was deleted by somebody else since the page was opened.
    is_gone = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not isinstance(self.instance, Record):
            self.fields.pop("if_version", None)
        elif not self.instance._state.adding:
            self.initial["if_version"] = self.instance.version
        adopt_related_fields(self)

    def has_changed(self) -> bool:
        return False if self.is_gone else super().has_changed()


class ServiceInlineFormSet(PaginationInlineFormSet):
    """Rows that nobody touched are neither validated nor saved, so a page costs the same however many there are."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        # The parent is at hand: `str(row)` must not fetch it again for every row.
        setattr(form.instance, self.fk.name, self.instance)
        if i < self.initial_form_count():
            form.is_gone = self.is_bound and form.instance._state.adding
            form.empty_permitted = True
        return form


def show_messages(form: forms.BaseForm, errors: Mapping[str, Sequence[str]]) -> None:
    """Put a service's messages on a form; a field that it does not show gets its message above, with its name."""
    for name, messages in errors.items():
        if name in form.fields and not form.fields[name].widget.is_hidden:
            form.add_error(name, ValidationError(list(messages)))
        else:
            label = _verbose_name(form, name)
            form.add_error(None, ValidationError([f"{label}: {message}" if label else message for message in messages]))


def show_child_errors(formsets: Iterable[Any], error: DomainError) -> None:
    """Put errors of rows on the forms that the keys name; what names no form joins the record's own errors."""
    by_prefix = {row.prefix: (formset, row) for formset in formsets for row in formset.forms}
    for key, errors in error.children.items():
        if key in by_prefix:
            formset, row = by_prefix[key]
            formset.errors  # noqa: B018 (runs full_clean; the formset then shares the form's error dictionary)
            show_messages(row, errors)
        else:
            error.fields.setdefault("", []).extend(m for messages in errors.values() for m in messages)


def _verbose_name(form: Any, name: str) -> str:
    if not name:
        return ""
    try:
        return str(getattr(form._meta.model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name
