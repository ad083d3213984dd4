"""Scheduled jobs as the administrator sees them: how each ran last, and before that."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pinghu.admin import site
from pinghu.admin.service_admin import ReadOnlyAdmin
from pinghu.jobs.models import ScheduledRun


class RunsShown(SimpleListFilter):
    """The last run of each job unless asked otherwise: a job of every minute would fill all pages."""

    title = _("runs")
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All runs")), ("failed", _("Failed"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "all":
            return queryset
        if self.value() == "failed":
            return queryset.filter(ok=False)
        return queryset.latest_of_each()

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        everything, *others = super().choices(changelist)
        yield {**everything, "display": _("Last run of each job")}
        yield from others


class ScheduledRunAdmin(ReadOnlyAdmin):
    """When each job was due, when it ran, whether it went well."""

    list_display = ("name", "slot", "started_at", "finished_at", "ok", "detail")
    list_select_related = ()
    list_filter = (RunsShown,)
    search_fields = ("name",)
    ordering = ("-slot", "name")
    fields = list_display
    readonly_fields = list_display


site.register(ScheduledRun, ScheduledRunAdmin)
