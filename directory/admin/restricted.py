"""Roster years, and what three roles read: annual figures and legal representatives. Reading is logged."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from directory.admin.enterprise_rows import SizeOverrideMixin, size_label
from directory.admin.records import SOURCE_FIELDSET, DirectoryAdmin
from directory.models import AboveScaleRecord, AnnualFigures, LegalRepresentative
from directory.sizes import Thresholds
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door

_NAMES = ("enterprise__short_name", "enterprise__registered_name", "=enterprise__uscc")


@admin.register(AboveScaleRecord)
class AboveScaleRecordAdmin(DirectoryAdmin):
    list_display = ("enterprise", "year", "category", "entered_on", "left_on")
    list_select_related = ("enterprise",)
    list_filter = ("year", "category")
    search_fields = _NAMES
    ordering = ("-year", "enterprise__short_name", "pk")
    form_select_related = ("source",)
    fieldsets = (
        (None, {"fields": ("enterprise", ("year", "category"), ("entered_on", "left_on"))}),
        SOURCE_FIELDSET,
    )


class RestrictedAdmin(DirectoryAdmin):
    """Whoever opens a list or a record of these leaves a line in the access log."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown and shown["cl"].result_list:
            self._log(request, None, len(shown["cl"].result_list))
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if context.get("original") is not None and request.method == "GET":
            self._log(request, context["original"].enterprise, 1)
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        self._log(request, response.context_data["object"].enterprise, 1)  # type: ignore[attr-defined]
        return response

    def _log(self, request: HttpRequest, subject: Any, rows: int) -> None:
        log_access(
            by=request.user,
            kind=AccessLog.Kind.READ,
            door=Door.ADMIN,
            subject=subject,
            rows=rows,
            what=[self.opts.model_name],
        )


@admin.register(AnnualFigures)
class AnnualFiguresAdmin(SizeOverrideMixin, RestrictedAdmin):
    list_display = ("enterprise", "year", "data_origin", "employees", "revenue", "tax", "size")
    list_select_related = ("enterprise__industry",)
    list_filter = ("year", "data_origin")
    search_fields = _NAMES
    ordering = ("-year", "enterprise__short_name", "pk")
    label_select_related = ("enterprise",)
    form_select_related = ("enterprise__industry", "source")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "enterprise",
                    ("year", "data_origin"),
                    ("employees", "revenue"),
                    ("output", "assets"),
                    ("tax", "size"),
                    ("size_override", "size_override_reason"),
                )
            },
        ),
        SOURCE_FIELDSET,
    )
    readonly_fields = ("size", "is_demo")
    export_fields = ("enterprise", "year", "data_origin", "employees", "revenue", "output", "assets", "tax", "size")

    #: Of the page that is made now; another thread may set it anew at any moment, so it is read once.
    _thresholds: Thresholds | None = None

    def get_queryset(self, request: HttpRequest) -> Any:
        self._thresholds = None
        return super().get_queryset(request)

    @admin.display(description=_("size class"))
    def size(self, figures: AnnualFigures) -> str:
        if figures.pk is None:
            return "–"
        thresholds = self._thresholds = self._thresholds or Thresholds()
        industry = figures.enterprise.industry
        return size_label(thresholds.size_of(figures, industry.code if industry else ""))


@admin.register(LegalRepresentative)
class LegalRepresentativeAdmin(RestrictedAdmin):
    list_display = ("enterprise", "name", "since", "until")
    list_select_related = ("enterprise",)
    search_fields = (*_NAMES, "name")
    ordering = ("enterprise__short_name", "-since", "pk")
    label_select_related = ("enterprise",)
    form_select_related = ("enterprise", "source")
    fieldsets = ((None, {"fields": ("enterprise", "name", ("since", "until"))}), SOURCE_FIELDSET)
