"""The "3+X" system: chains with their "ten ones", segments as a graph, and who stands where."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from directory.admin.filters import DemoFilter
from directory.admin.records import SOURCE_FIELDSET, DirectoryAdmin, RowsInline, SourcedAdmin
from directory.models import (
    ChainLeadership,
    ChainPosition,
    ChainSegment,
    IndustryChain,
    IndustrySystem,
    SegmentEdge,
)


class ChainOfSystemInline(RowsInline):
    model = IndustryChain
    fields = ("code", "name", "name_en", "tier", "order")


class SegmentInline(RowsInline):
    model = ChainSegment
    fields = ("code", "name", "name_en", "position", "gap", "gap_note", "order")


class PositionInline(RowsInline):
    """Who stands in the chain; in pages, since a strong chain has hundreds."""

    model = ChainPosition
    fields = ("enterprise", "segment", "weight", "supplier_tier", "products")
    label_select_related = ("enterprise", "segment")
    ordering = ("segment__order", "enterprise__short_name", "pk")
    per_page = 50


class LeadershipInline(RowsInline):
    model = ChainLeadership
    fields = ("enterprise", "level", "designated_by", "year", "document")
    label_select_related = ("enterprise",)


class FeedsInline(RowsInline):
    """Where what this segment makes goes on to."""

    model = SegmentEdge
    fk_name = "upstream"
    fields = ("downstream",)
    label_select_related = ("upstream", "downstream")
    verbose_name = _("segment that it feeds")
    verbose_name_plural = _("feeds")


class FedByInline(RowsInline):
    """Where what this segment takes comes from."""

    model = SegmentEdge
    fk_name = "downstream"
    fields = ("upstream",)
    label_select_related = ("upstream", "downstream")
    verbose_name = _("segment that feeds it")
    verbose_name_plural = _("is fed by")


class PositionInSegmentInline(RowsInline):
    """Who stands here; the chain follows from the segment, so it is edited at the enterprise or the chain."""

    model = ChainPosition
    fields = ("enterprise", "weight", "supplier_tier", "products")
    readonly_fields = ("enterprise",)
    label_select_related = ("enterprise",)
    max_num = 0


@admin.register(IndustrySystem)
class IndustrySystemAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "code", "effective_from")
    search_fields = ("code", "name", "name_en")
    ordering = ("code",)
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": ("code", ("name", "name_en"), "effective_from", "note")}), SOURCE_FIELDSET)
    inlines = (ChainOfSystemInline,)


@admin.register(IndustryChain)
class IndustryChainAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "tier", "parent", "system", "order")
    list_select_related = ("parent", "system")
    list_filter = ("tier",)
    search_fields = ("code", "name", "name_en")
    ordering = ("order", "code")
    public_page = ("directory:chain_detail", "code")
    form_select_related = ("system", "parent", "source")
    select_fields = ("system",)
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("code", "tier"), ("system", "parent"), "order")}),
        (
            _("Ten ones of a chain"),
            {
                "fields": (
                    ("chief", "work_group"),
                    ("alliance", "fund"),
                    ("plan", "rule_set"),
                    "note",
                ),
                "description": _("Leader enterprises, key enterprises and segments are the rows below."),
            },
        ),
        SOURCE_FIELDSET,
    )
    inlines = (SegmentInline, PositionInline, LeadershipInline)


@admin.register(ChainSegment)
class ChainSegmentAdmin(SourcedAdmin):
    """A segment with its links: a link that would close a circle is refused where it was typed."""

    list_display = ("name", "name_en", "chain", "position", "gap", "is_demo")
    list_select_related = ("chain",)
    list_filter = ("chain", "position", "gap", DemoFilter)
    list_filter_submit = True
    search_fields = ("code", "name", "name_en", "chain__name")
    ordering = ("chain__order", "order", "code", "pk")
    form_select_related = ("chain", "source")
    select_fields = ("chain",)
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("chain", "code"), ("position", "order"), ("gap", "gap_note"))}),
        SOURCE_FIELDSET,
    )
    inlines = (FeedsInline, FedByInline, PositionInSegmentInline)


@admin.register(ChainPosition)
class ChainPositionAdmin(DirectoryAdmin):
    list_display = ("enterprise", "chain", "segment", "weight", "supplier_tier")
    list_select_related = ("enterprise", "chain", "segment")
    list_filter = ("chain", "weight", "supplier_tier")
    search_fields = ("enterprise__short_name", "enterprise__registered_name", "products", "segment__name")
    ordering = ("chain__order", "enterprise__short_name", "pk")
    label_select_related = ("chain",)
    form_select_related = ("chain", "segment", "source")
    select_fields = ("chain",)
    fieldsets = (
        (None, {"fields": ("enterprise", ("chain", "segment"), ("weight", "supplier_tier"), "products")}),
        SOURCE_FIELDSET,
    )


@admin.register(ChainLeadership)
class ChainLeadershipAdmin(DirectoryAdmin):
    list_display = ("enterprise", "chain", "level", "designated_by", "year")
    list_select_related = ("enterprise", "chain")
    list_filter = ("chain", "level")
    search_fields = ("enterprise__short_name", "enterprise__registered_name", "designated_by", "document")
    ordering = ("chain__order", "enterprise__short_name", "pk")
    label_select_related = ("chain",)
    form_select_related = ("chain", "source")
    select_fields = ("chain",)
    fieldsets = (
        (None, {"fields": (("enterprise", "chain"), ("level", "designated_by"), ("year", "document"))}),
        SOURCE_FIELDSET,
    )
