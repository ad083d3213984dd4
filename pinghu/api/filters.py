"""Filter sets shared by pages and API: values are read strictly, many values of one field mean "or"."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from pinghu.api.problems import Problem

#: For `Meta.fields = {"established_on": RANGE}`: `established_on__gte` and its like.
RANGE = ["gte", "gt", "lte", "lt"]
ISO_DATE = ["%Y-%m-%d"]


class ManyWidget(forms.SelectMultiple):
    """Reads `a=1,2&a=3` as three values."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        texts = [given] if isinstance(given, str) else given
        return [part.strip() for text in texts for part in str(text).split(",") if part.strip()]


class ManyField(forms.MultipleChoiceField):
    """Several values of one field; with `choices` only those, otherwise each is read by `coerce`."""

    widget = ManyWidget

    def __init__(self, *, coerce: Callable[[str], Any] = str, **kwargs: Any) -> None:
        self.coerce = coerce
        super().__init__(**kwargs)

    def valid_value(self, value: Any) -> bool:
        return not self.choices or super().valid_value(value)

    def clean(self, value: Any) -> list[Any]:
        try:
            return [self.coerce(one) for one in super().clean(value)]
        except ValueError as error:
            raise ValidationError(_("Not a valid value."), code="invalid") from error


class AnyOf(django_filters.Filter):
    """Rows whose field is any of the values: `status=active,closed` or the parameter repeated.

    `choices` closes the vocabulary; `coerce` reads an open one (`int`). May go through a to-many relation.
    """

    field_class = ManyField

    def __init__(self, field_name: str | None = None, *, choices: Iterable[Any] = (), **kwargs: Any) -> None:
        kwargs.setdefault("lookup_expr", "in")
        super().__init__(field_name, choices=list(choices), **kwargs)


class FlagField(forms.Field):
    """true/false or 1/0; anything else is an error, where Django's own field would read it as "not asked"."""

    widget = forms.TextInput
    values: ClassVar[dict[str, bool]] = {"true": True, "1": True, "false": False, "0": False}

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        try:
            return self.values[str(value).strip().lower()]
        except KeyError:
            raise ValidationError(_("Use true or false."), code="invalid") from None


class Flag(django_filters.Filter):
    """A yes-or-no field."""

    field_class = FlagField


class StrictFilterSet(django_filters.FilterSet):
    """One filter set per model, with explicit filters. Ranges: `Meta.fields = {"established_on": RANGE}`."""

    FILTER_DEFAULTS: ClassVar[dict[Any, dict[str, Any]]] = {
        **django_filters.FilterSet.FILTER_DEFAULTS,
        models.DateField: {
            "filter_class": django_filters.DateFilter,
            "extra": lambda field: {"input_formats": ISO_DATE},
        },
        models.DateTimeField: {"filter_class": django_filters.IsoDateTimeFilter},
        models.BooleanField: {"filter_class": Flag},
    }

    def rows(self) -> models.QuerySet[Any]:
        """The filtered rows. Raises the problem `invalid-parameter` naming each wrong parameter."""
        if self.is_valid():
            return self.qs
        errors = [
            {"parameter": name, "code": str(error.code or "invalid"), "detail": " ".join(error.messages)}
            for name, found in self.form.errors.as_data().items()
            for error in found
        ]
        raise Problem("invalid-parameter", " ".join(error["detail"] for error in errors), errors=errors)
