"""The ledger as the auditor reads it: nothing here can be changed."""

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateTimeFilter,
)
from unfold.decorators import display

from pinghu.admin import site
from pinghu.admin.filters import guarded
from pinghu.admin.history import verb_label
from pinghu.admin.pages import pages
from pinghu.admin.service_admin import ReadOnlyAdmin
from pinghu.admin.values import EMPTY
from pinghu.ledger.models import AccessLog, Change, Event


class LedgerAdmin(ReadOnlyAdmin):
    """Newest first by number; nothing offered for choosing, so no query per filter value."""

    ordering = ("-id",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        return self.list_filter


class ChangeAdmin(LedgerAdmin):
    """Who did what, when, through which door, and why."""

    list_display = ("at", "by", "what", "door", "why", "request_id")
    list_select_related = ("by",)
    list_filter = ("door", "verb")
    date_hierarchy = "at"
    search_fields = ("by__username", "by__last_name", "why", "=request_id")
    fields = ("at", "by", "what", "door", "why", "request_id")
    readonly_fields = fields

    @display(description=_("verb"), ordering="verb")
    def what(self, change: Change) -> str:
        return verb_label(change.verb)


class EventAdmin(LedgerAdmin):
    """The one sequence that readers follow: which record changed, which fields, never their values."""

    list_display = ("seq", "at", "subject_type", "subject_id", "subject_version", "verb", "by", "audience_after")
    list_select_related = ("change__by",)
    list_filter = ("subject_type", "verb", "change__door")
    search_fields = ("=subject_id",)
    fields = (
        "seq",
        "at",
        "subject_type",
        "subject_id",
        "subject_version",
        "verb",
        "changed_fields",
        "audience_before",
        "audience_after",
        "by",
    )
    readonly_fields = fields

    @display(description=_("by"))
    def by(self, event: Event) -> str:
        return str(event.change.by or _("the system"))


class ExportedFilter(DropdownFilter):
    """Exports of one list: "who exported the investors' list in March?" is this and a month."""

    title = _("exported list")
    parameter_name = "exported"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(((code, capfirst(str(name))) for code, name in subject_names().items()), key=lambda pair: pair[1])

    def queryset(self, request: Any, queryset: Any) -> Any:
        asked = self.value()
        return queryset.filter(kind=AccessLog.Kind.EXPORT, subject_type=asked) if asked else queryset


def subject_names() -> dict[str, Any]:
    """What a line's `subject_type` is called: a model of ours in the admin, or a page that hands out a file."""
    models = {model._meta.model_name or "": model._meta.verbose_name_plural for model in site._registry}
    return {**{page.name: page.title for page in pages() if page.title}, **models}


class AccessLogAdmin(LedgerAdmin):
    """Who read or exported what is not for everybody. Nobody adds, changes or removes a line, through any door."""

    list_display = ("at", "by", "kind", "what", "rows", "asked_for", "door", "subject_id")
    list_select_related = ("by",)
    list_filter = (
        ExportedFilter,
        ("kind", ChoicesDropdownFilter),
        ("by", AutocompleteSelectFilter),
        ("at", RangeDateTimeFilter),
        ("door", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    date_hierarchy = "at"
    search_fields = ("by__username", "by__last_name", "=subject_id", "=request_id")
    search_help_text = _("Person, public id of a record, request")
    fields = ("at", "by", "kind", "what", "subject_id", "rows", "asked_for", "details", "door", "request_id")
    readonly_fields = fields

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [guarded(one) for one in self.list_filter]

    @display(description=_("list or record"), ordering="subject_type")
    def what(self, entry: AccessLog) -> str:
        name = subject_names().get(entry.subject_type)
        return str(capfirst(str(name))) if name else entry.subject_type or EMPTY

    @display(description=_("searched and filtered by"))
    def asked_for(self, entry: AccessLog) -> str:
        """As it stood in the address: what was exported was this part of the list."""
        asked = parse_qsl(str(entry.detail.get("asked", "")))
        return (
            " · ".join(f"{name.removesuffix('__exact').removesuffix('__id')}: {value}" for name, value in asked)
            or EMPTY
        )

    @display(description=_("details"))
    def details(self, entry: AccessLog) -> str:
        rest = {name: value for name, value in entry.detail.items() if name != "asked"}
        return "\n".join(f"{name}: {_words(value)}" for name, value in rest.items()) or EMPTY


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


site.register(Change, ChangeAdmin)
site.register(Event, EventAdmin)
site.register(AccessLog, AccessLogAdmin)
