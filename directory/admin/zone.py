"""The zone as its profile states it; each published figure beside the one computed from the rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from directory.admin.filters import ChoiceFilter
from directory.admin.records import SOURCE_FIELDSET, SourcedAdmin
from directory.figures import RULES, ComputedFigure, compute_many
from directory.models import (
    Amenity,
    Claim,
    Cluster,
    Honour,
    LocationAdvantage,
    Milestone,
    PublishedFigure,
    ZonePlace,
    ZoneProfile,
)
from directory.models.enterprises import today


@admin.register(ZoneProfile)
class ZoneProfileAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "level", "county", "verified_on")
    search_fields = ("name", "name_en")
    ordering = ("code",)
    form_select_related = ("source",)
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("code", "short_name"), "level", "governance", "guiding_policy")}),
        (
            _("Where it is"),
            {"fields": (("location", "location_en"), ("province", "prefecture"), ("county", "division_code"))},
        ),
        (_("How it presents itself"), {"fields": ("positioning", "contact_note")}),
        SOURCE_FIELDSET,
    )


@admin.register(Milestone)
class MilestoneAdmin(SourcedAdmin):
    list_display = ("text", "year", "month", "text_en", "verified_on")
    search_fields = ("text", "text_en", "=year")
    ordering = ("year", "month", "pk")
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": ("code", ("year", "month"), "text", "text_en")}), SOURCE_FIELDSET)


class RuleFilter(ChoiceFilter):
    """Figures that a rule computes from the rows, and the others."""

    title = _("computed by")
    parameter_name = "computed"
    options = {"yes": _("Computed from the rows"), "no": _("Not computed here")}

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(rule__in=RULES) if value == "yes" else rows.exclude(rule__in=RULES)


@admin.register(PublishedFigure)
class PublishedFigureAdmin(SourcedAdmin):
    """Neither figure is bent to fit the other: the difference is shown."""

    list_display = ("label", "stated", "computed", "difference", "demo_rows", "as_of_year", "rows_link")
    list_filter = (RuleFilter, "is_headline")
    search_fields = ("key", "label", "label_en")
    ordering = ("order", "key")
    public_page = ("directory:figure_detail", "key")
    form_select_related = ("source",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("label", "label_en"),
                    ("key", "as_of_year"),
                    ("value", "qualifier"),
                    ("unit", "unit_en"),
                    ("is_headline", "order"),
                    "note",
                )
            },
        ),
        (
            _("Beside it, from the rows"),
            {"fields": (("rule", "computed"), ("difference", "demo_rows"), "rule_says", "rows_link")},
        ),
        SOURCE_FIELDSET,
    )
    readonly_fields = ("computed", "difference", "demo_rows", "rule_says", "rows_link", "is_demo")
    export_fields = (
        "key", "label", "label_en", "qualifier", "value", "unit", "as_of_year", "rule", "computed", "difference",
        "demo_rows",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        self._values = None
        return super().get_queryset(request)

    #: What the rules count now, of the page that is made; another thread may clear it, so it is read once.
    _values: dict[str, tuple[int, int]] | None = None

    def figure(self, row: PublishedFigure) -> ComputedFigure:
        """The row with what its rule computes today; all rules together are one query for the whole page."""
        day = today()
        values = self._values = self._values or compute_many(RULES.values(), day)
        value, demo = values.get(row.rule, (None, 0))
        return ComputedFigure(row, RULES.get(row.rule), value, demo, day)

    @admin.display(description=_("published"), ordering="value")
    def stated(self, row: PublishedFigure) -> str:
        qualifier = "" if row.qualifier == PublishedFigure.Qualifier.EXACT else f"{row.get_qualifier_display()} "
        return f"{qualifier}{number_format(row.value.normalize(), use_l10n=True)} {row.unit}"

    @admin.display(description=_("computed today"))
    def computed(self, row: PublishedFigure) -> Any:
        value = self.figure(row).value
        return _("not computed here") if value is None else number_format(value)

    @admin.display(description=_("difference"))
    def difference(self, row: PublishedFigure) -> str:
        difference = self.figure(row).difference
        if difference is None:
            return "–"
        sign = "+" if difference > 0 else ""
        return f"{sign}{number_format(difference.normalize() if difference else 0)}"

    @admin.display(description=_("demo rows in it"))
    def demo_rows(self, row: PublishedFigure) -> Any:
        figure = self.figure(row)
        return "–" if figure.value is None else number_format(figure.demo)

    @admin.display(description=_("the rule"))
    def rule_says(self, row: PublishedFigure) -> Any:
        rule = RULES.get(row.rule)
        return rule.says if rule else _("No rule computes it from the rows.")

    @admin.display(description=_("rows"))
    def rows_link(self, row: PublishedFigure) -> Any:
        rule = RULES.get(row.rule)
        if rule is None:
            return "–"
        if rule.page == "parks":
            address = f"{reverse('admin:directory_park_changelist')}?kind__exact=country_park"
        else:
            address = f"{reverse('admin:directory_enterprise_changelist')}?figure={rule.code}"
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, _("Show the rows"))


@admin.register(Honour)
class HonourAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "level", "awarded_by", "year", "park")
    list_select_related = ("park",)
    list_filter = ("level",)
    search_fields = ("code", "name", "name_en", "awarded_by")
    ordering = ("order", "code")
    form_select_related = ("park", "source")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "name_en"),
                    ("code", "level"),
                    ("awarded_by", "park"),
                    ("year", "streak_years"),
                    "order",
                )
            },
        ),
        SOURCE_FIELDSET,
    )


@admin.register(Cluster)
class ClusterAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "chain", "verified_on")
    list_select_related = ("chain",)
    search_fields = ("code", "name", "name_en")
    ordering = ("code",)
    form_select_related = ("chain", "source")
    fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "chain"))}), SOURCE_FIELDSET)


@admin.register(Claim)
class ClaimAdmin(SourcedAdmin):
    list_display = ("text", "text_en", "note", "verified_on")
    search_fields = ("code", "text", "text_en")
    ordering = ("code",)
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": ("code", "text", "text_en", "note")}), SOURCE_FIELDSET)


@admin.register(LocationAdvantage)
class LocationAdvantageAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "status", "verified_on")
    list_filter = ("status",)
    search_fields = ("code", "name", "name_en")
    ordering = ("order", "code")
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "status", "order"))}), SOURCE_FIELDSET)


@admin.register(Amenity)
class AmenityAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "kind", "verified_on")
    list_filter = ("kind",)
    search_fields = ("code", "name", "name_en")
    ordering = ("kind", "code")
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "kind"))}), SOURCE_FIELDSET)


@admin.register(ZonePlace)
class ZonePlaceAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "kind", "note", "verified_on")
    list_filter = ("kind",)
    search_fields = ("code", "name", "name_en", "note")
    ordering = ("kind", "code")
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "kind"), "note")}), SOURCE_FIELDSET)
