"""Standard lists and rates that the rules read, and the sources of facts."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from directory.admin.filters import DemoFilter
from directory.admin.records import DirectoryAdmin
from directory.models import (
    DataSource,
    Exchange,
    ExchangeRate,
    IndustryClass,
    RegistrationType,
    SavedMapping,
    SizeThreshold,
    WorkCalendar,
)


@admin.register(IndustryClass)
class IndustryClassAdmin(DirectoryAdmin):
    list_display = ("code", "name", "name_en", "level", "section", "standard")
    list_filter = ("level", "section")
    search_fields = ("code", "name", "name_en")
    ordering = ("section", "code")
    form_select_related = ("parent",)
    fieldsets = ((None, {"fields": (("code", "level", "section"), ("name", "name_en"), "parent", "standard")}),)


@admin.register(RegistrationType)
class RegistrationTypeAdmin(DirectoryAdmin):
    list_display = ("code", "name", "origin", "source")
    list_filter = ("origin",)
    search_fields = ("code", "name")
    ordering = ("code",)
    fieldsets = ((None, {"fields": (("code", "name"), "origin", "source")}),)


@admin.register(SizeThreshold)
class SizeThresholdAdmin(DirectoryAdmin):
    """Lower limits of large, medium and small; a new version of the measure is new rows with their day."""

    list_display = (
        "sector",
        "sections",
        "version",
        "effective_from",
        "employees_large",
        "revenue_large",
        "assets_large",
    )
    list_filter = ("version",)
    search_fields = ("sector", "sections")
    ordering = ("sector", "-effective_from")
    fieldsets = (
        (None, {"fields": (("sector", "sections"), ("version", "effective_from"), "source")}),
        (_("Large, from"), {"fields": (("employees_large", "revenue_large", "assets_large"),)}),
        (_("Medium, from"), {"fields": (("employees_medium", "revenue_medium", "assets_medium"),)}),
        (_("Small, from"), {"fields": (("employees_small", "revenue_small", "assets_small"),)}),
    )


@admin.register(Exchange)
class ExchangeAdmin(DirectoryAdmin):
    list_display = ("mic", "name", "name_en", "country", "is_listing")
    list_filter = ("is_listing",)
    search_fields = ("mic", "name", "name_en")
    ordering = ("mic",)
    fieldsets = ((None, {"fields": (("mic", "country"), ("name", "name_en"), "is_listing")}),)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(DirectoryAdmin):
    list_display = ("currency", "on", "cny", "source", "is_demo")
    list_filter = ("currency", DemoFilter)
    search_fields = ("currency", "source")
    ordering = ("currency", "-on")
    fieldsets = ((None, {"fields": (("currency", "on", "cny"), "source", "is_demo")}),)


@admin.register(WorkCalendar)
class WorkCalendarAdmin(DirectoryAdmin):
    list_display = ("on", "is_working", "name", "source")
    list_filter = ("is_working",)
    search_fields = ("name", "source")
    ordering = ("-on",)
    fieldsets = ((None, {"fields": (("on", "is_working"), "name", "source")}),)


@admin.register(DataSource)
class DataSourceAdmin(DirectoryAdmin):
    """Who states facts, and whom to believe: a value never overwrites one from a source of higher rank."""

    list_display = ("name", "name_en", "code", "rank", "note")
    search_fields = ("code", "name", "name_en")
    ordering = ("-rank", "code")
    list_select_related: tuple[str, ...] = ()
    fieldsets = ((None, {"fields": (("code", "rank"), ("name", "name_en"), "note")}),)


@admin.register(SavedMapping)
class SavedMappingAdmin(DirectoryAdmin):
    """How a source writes its columns; made by imports, forgotten here."""

    list_display = ("source", "kind", "columns", "updated_at")
    list_select_related = ("source",)
    list_filter = ("kind",)
    search_fields = ("source__name", "source__code")
    ordering = ("source__code", "kind")
    label_select_related = ("source",)
    form_select_related = ("source",)
    select_fields = ("source",)
    fieldsets = ((None, {"fields": (("source", "kind"), "mapping")}),)
    may_delete = True

    @admin.display(description=_("columns"))
    def columns(self, row: SavedMapping) -> int:
        return len(row.mapping or {})
