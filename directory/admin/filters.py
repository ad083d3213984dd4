"""Filters that several lists offer; each asks at most one query for its choices."""

from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from directory.models.enterprises import today
from directory.rules.qualifications import add_months


class ChoiceFilter(DropdownFilter):
    """A short list of questions: `options` maps each value to its label, `narrow` to what it means in rows."""

    options: ClassVar[dict[str, Any]] = {}

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options.items())

    def queryset(self, request: Any, queryset: Any) -> Any:
        value = self.value()
        return self.narrow(queryset, value) if value and value in dict(self.lookup_choices) else queryset

    def narrow(self, rows: Any, value: str) -> Any:
        raise NotImplementedError


class DemoFilter(ChoiceFilter):
    """Made-up rows of the demo, or the others."""

    title = _("demo row")
    parameter_name = "demo"
    options: ClassVar[dict[str, Any]] = {"no": _("Without demo rows"), "yes": _("Demo rows only")}

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(is_demo=value == "yes")


class VerifiedFilter(ChoiceFilter):
    """How long ago somebody last compared the record with its source."""

    title = _("verified on")
    parameter_name = "verified"
    options: ClassVar[dict[str, Any]] = {
        "year": _("Within a year"),
        "old": _("Over a year ago, or never"),
        "never": _("Never"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        a_year_ago = add_months(today(), -12)
        if value == "year":
            return rows.filter(verified_on__gte=a_year_ago)
        never = Q(verified_on__isnull=True)
        return rows.filter(never if value == "never" else never | Q(verified_on__lt=a_year_ago))
