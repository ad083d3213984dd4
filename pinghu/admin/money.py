"""Columns of money in the admin: read in 万 and 亿 (or millions), the exact figure in the title; typed in full."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pinghu.formats import to_decimal
from pinghu.templatetags.look import amount


def short_text(content: Any) -> Any:
    """What Django wrote of a column of money, as people say it; anything that is no figure stays as it is."""
    found = to_decimal(str(content).replace(",", "").replace("\xa0", ""))
    return content if found is None else amount(found)


class ReadsMoney:
    """For an admin or an inline: what its columns of money (`is_money`) show to read, and ask to type."""

    @cached_property
    def readonly_preprocess_fields(self) -> dict[str, Any]:
        columns = self.model._meta.concrete_fields  # type: ignore[attr-defined]
        return {column.name: short_text for column in columns if getattr(column, "is_money", False)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.DecimalField) and getattr(db_field, "is_money", False):
            kwargs.setdefault("help_text", _("In units, not 10,000s"))
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
