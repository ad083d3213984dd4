"""Values of columns as people read them, related rows fetched with one query per model."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from pinghu.admin.autocomplete import visible_rows
from pinghu.formats import plain

EMPTY = "—"


class Labels:
    """First tell it every value (`want`), then ask for labels (`of`): the first question fetches all related rows."""

    def __init__(self, user: Any, admin_site: Any = None) -> None:
        self.user = user
        self.admin_site = admin_site
        self._wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        self._found: dict[type[models.Model], dict[Any, str]] = {}

    def want(self, column: Any, *values: Any) -> None:
        if isinstance(column, models.ForeignKey):
            self._wanted[column.remote_field.model].update(value for value in values if value is not None)

    def of(self, column: Any, value: Any) -> str:
        """The label of one value; a related row that is gone and one that is not for this person look the same."""
        if value is None or value == "" or value == [] or value == {}:
            return EMPTY
        if isinstance(column, models.ForeignKey):
            model = column.remote_field.model
            if model not in self._found:
                self._load(model, {value})
            return self._found[model].get(value) or _("(gone, or not shown to you)")
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, datetime):
            return date_format(timezone.localtime(value), "DATETIME_FORMAT")
        if isinstance(value, date):
            return date_format(value, "DATE_FORMAT")
        if isinstance(value, Decimal):
            return plain(value)
        if isinstance(value, int):
            return number_format(value)
        if isinstance(value, (list, tuple)):
            return ", ".join(str(part) for part in value)
        return str(getattr(value, "name", None) or value)

    def _load(self, model: type[models.Model], values: set[Any]) -> None:
        joined: tuple[str, ...] = ()
        if self.admin_site is not None and self.admin_site.is_registered(model):
            joined = getattr(self.admin_site.get_model_admin(model), "label_select_related", ())
        rows = visible_rows(model, self.user).filter(pk__in=self._wanted[model] | values)
        self._found[model] = {row.pk: str(row) for row in (rows.select_related(*joined) if joined else rows)}
