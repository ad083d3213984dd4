"""The "1+3+N" system and what cases read: pillars, kinds, limits, rules, office hours, external units, templates."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from directory.admin.records import DirectoryAdmin, RowsInline
from promotion.models import (
    CaseKind,
    CaseLimit,
    CasePolicy,
    ChainTaskForce,
    ExternalUnit,
    OfficeHours,
    ReplyTemplate,
    ServicePillar,
    ServiceSystem,
)
from promotion.services.service_system import formula_problems, save_office_hours, save_pillar, save_system


class PillarInline(RowsInline):
    """The pillars of one version."""

    model = ServicePillar
    fields = ("layer", "code", "name", "name_en", "order", "is_active")


@admin.register(ServiceSystem)
class ServiceSystemAdmin(DirectoryAdmin):
    """A version of the system; a change of the system is a new version, old cases keep theirs."""

    save_service = staticmethod(save_system)
    list_display = ("__str__", "effective_from", "agrees", "in_figures")
    search_fields = ("formula", "name", "name_en")
    ordering = ("-effective_from",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("formula", "effective_from"),
                    ("name", "name_en"),
                    "description",
                    "description_en",
                    "source",
                    "source_quote",
                    "in_figures",
                )
            },
        ),
    )
    readonly_fields = ("in_figures",)
    inlines = (PillarInline,)

    @admin.display(description=_("what it did"))
    def in_figures(self, system: ServiceSystem) -> Any:
        if system.pk is None:
            return "–"
        url = f"{reverse('admin:service_statistics')}?{urlencode({'version': system.public_id})}"
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', url, _("1+3+N statistics"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("pillars")

    @display(description=_("formula and pillars"), label={True: "success", False: "danger"})
    def agrees(self, system: ServiceSystem) -> tuple[bool, Any]:
        fits = not formula_problems(system)
        return fits, _("agree") if fits else _("do not agree")


@admin.register(ServicePillar)
class ServicePillarAdmin(DirectoryAdmin):
    """One pillar with its definition. What nobody has defined stays empty."""

    save_service = staticmethod(save_pillar)
    list_display = ("name", "name_en", "layer", "system", "is_active", "order")
    list_select_related = ("system",)
    list_filter: ClassVar[Any] = (("system", RelatedDropdownFilter), ("layer", ChoicesDropdownFilter), "is_active")
    search_fields = ("code", "name", "name_en")
    ordering = ("system", "layer", "order", "code")
    form_select_related = ("system", "owner")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("system", "layer"),
                    ("name", "name_en"),
                    ("code", "order"),
                    ("owner", "is_active"),
                    "definition",
                    "definition_en",
                    "source",
                )
            },
        ),
    )


@admin.register(CaseKind)
class CaseKindAdmin(DirectoryAdmin):
    """What cases are about. One that is no longer used is switched off: its cases keep it."""

    list_display = ("name", "name_en", "code", "default_complexity", "is_active", "order")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "name_en")
    ordering = ("order", "code")
    fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "order"), ("default_complexity", "is_active"))}),)


@admin.register(CaseLimit)
class CaseLimitAdmin(DirectoryAdmin):
    """Working days by complexity, perhaps by kind; a change is a new row with its day."""

    list_display = ("complexity", "kind", "effective_from", "accept_days", "resolve_days", "source")
    list_select_related = ("kind",)
    list_filter: ClassVar[Any] = (("complexity", ChoicesDropdownFilter), ("kind", RelatedDropdownFilter))
    search_fields = ("source",)
    ordering = ("complexity", "-effective_from", "pk")
    form_select_related = ("kind",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("complexity", "kind"),
                    "effective_from",
                    ("accept_days", "resolve_days"),
                    "source",
                )
            },
        ),
    )


@admin.register(CasePolicy)
class CasePolicyAdmin(DirectoryAdmin):
    """Warning, urging, extension, escalation, reopening; a change is a new row with its day."""

    list_display = (
        "effective_from",
        "yellow_percent",
        "urges_at_most",
        "objection_days",
        "extensions_at_most",
        "escalate_after_days",
        "reopenings_at_most",
    )
    search_fields = ("source",)
    ordering = ("-effective_from",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "effective_from",
                    "yellow_percent",
                    ("urges_at_most", "urge_gap_days"),
                    "objection_days",
                    ("extensions_at_most", "extension_before_days"),
                    "escalate_after_days",
                    "reopenings_at_most",
                    "source",
                )
            },
        ),
    )


@admin.register(OfficeHours)
class OfficeHoursAdmin(DirectoryAdmin):
    """The intervals of a working day. A change moves the due times of open cases; first promises stay."""

    save_service = staticmethod(save_office_hours)
    list_display = ("__str__", "starts", "ends")
    search_fields = ()
    ordering = ("starts",)
    fieldsets = ((None, {"fields": (("starts", "ends"),)}),)


@admin.register(ExternalUnit)
class ExternalUnitAdmin(DirectoryAdmin):
    """Units without an account here; the coordinator enters what they reply."""

    list_display = ("name", "name_en", "phone", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "name_en")
    ordering = ("name",)
    fieldsets = ((None, {"fields": (("name", "name_en"), ("phone", "is_active"), "note")}),)


@admin.register(ChainTaskForce)
class ChainTaskForceAdmin(DirectoryAdmin):
    """Which unit takes what concerns a whole chain."""

    list_display = ("chain", "unit", "note")
    list_display_links = ("chain",)
    list_select_related = ("chain", "unit")
    search_fields = ("chain__name", "chain__name_en", "unit__name")
    ordering = ("chain__order", "pk")
    form_select_related = ("chain", "unit")
    fieldsets = ((None, {"fields": (("chain", "unit"), "note")}),)


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(DirectoryAdmin):
    """Texts that answer what is asked again and again."""

    list_display = ("name", "kind", "is_active")
    list_select_related = ("kind",)
    list_filter: ClassVar[Any] = (("kind", RelatedDropdownFilter), "is_active")
    search_fields = ("name", "text")
    ordering = ("kind", "name", "pk")
    form_select_related = ("kind",)
    fieldsets = ((None, {"fields": (("name", "kind"), "text", "is_active")}),)
