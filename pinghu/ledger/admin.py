"""The ledger as the auditor reads it: nothing here can be changed."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from pinghu.admin import site
from pinghu.admin.history import verb_label
from pinghu.admin.service_admin import ReadOnlyAdmin
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


class AccessLogAdmin(LedgerAdmin):
    """Who read or exported what is not for everybody."""

    list_display = ("at", "by", "kind", "door", "subject_type", "subject_id", "rows")
    list_select_related = ("by",)
    list_filter = ("kind", "door")
    date_hierarchy = "at"
    search_fields = ("by__username", "by__last_name", "=subject_id", "=request_id")
    fields = ("at", "by", "kind", "door", "subject_type", "subject_id", "rows", "detail", "request_id")
    readonly_fields = fields


site.register(Change, ChangeAdmin)
site.register(Event, EventAdmin)
site.register(AccessLog, AccessLogAdmin)
