"""Groups above enterprises, the lists that rank them, and listings on exchanges."""

from typing import Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from directory.admin.filters import ChoiceFilter, DemoFilter, VerifiedFilter
from directory.admin.records import SOURCE_FIELDSET, DirectoryAdmin, RowsInline, SourcedAdmin
from directory.models import CorporateGroup, Enterprise, GroupName, Listing, RankingEntry, RankingList

#: Enterprises of a group shown on its form; the rest stand in the list, one click away.
_SHOWN = 50


class GroupNameInline(RowsInline):
    model = GroupName
    fields = ("kind", "name")


class RankingEntryInline(RowsInline):
    """The group's places on lists."""

    model = RankingEntry
    fields = ("ranking", "year", "rank", "name_as_listed", "revenue_musd")
    label_select_related = ("ranking",)
    select_fields = ("ranking",)


class GroupListingInline(RowsInline):
    model = Listing
    fields = ("exchange", "ticker", "listed_on", "delisted_on")
    label_select_related = ("exchange",)
    select_fields = ("exchange",)


class HereFilter(ChoiceFilter):
    """Groups with an enterprise that the zone counts, or without one yet."""

    title = _("enterprises here")
    parameter_name = "here"
    options: ClassVar[dict[str, Any]] = {"yes": _("Has enterprises here"), "no": _("None here yet")}

    def narrow(self, rows: Any, value: str) -> Any:
        groups = Enterprise.objects.counted().filter(group__isnull=False).values("group")
        return rows.filter(pk__in=groups) if value == "yes" else rows.exclude(pk__in=groups)


@admin.register(CorporateGroup)
class CorporateGroupAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "country", "industry_text", "named_in_profile", "verified_on")
    list_display_links = ("name", "name_en")
    list_filter = (HereFilter, "named_in_profile", VerifiedFilter, DemoFilter)
    list_filter_submit = True
    search_fields = ("name", "name_en", "names__name")
    ordering = ("name", "name_en", "pk")
    public_page = ("directory:group_detail", "public_id")
    form_select_related = ("source",)
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("country", "ultimate_country"), "industry_text", "website")}),
        (_("Here"), {"fields": ("enterprises_here", "named_in_profile", "note")}),
        SOURCE_FIELDSET,
    )
    readonly_fields = ("enterprises_here", "is_demo")
    inlines = (GroupNameInline, RankingEntryInline, GroupListingInline)

    @admin.display(description=_("its enterprises on record"))
    def enterprises_here(self, group: CorporateGroup) -> Any:
        if group.pk is None:
            return "–"
        if not hasattr(group, "_enterprises_here"):  # the theme renders a field several times
            here = group.enterprises.current().order_by("short_name", "registered_name", "pk")
            group._enterprises_here = list(here[: _SHOWN + 1])  # type: ignore[attr-defined]
        rows = group._enterprises_here  # type: ignore[attr-defined]
        if not rows:
            return _("None on record")
        links = format_html_join(
            " · ",
            '<a href="{}">{}</a> ({})',
            (
                (reverse("admin:directory_enterprise_change", args=[row.pk]), row, row.get_relation_display())
                for row in rows[:_SHOWN]
            ),
        )
        more = format_html(" {}", _("and more")) if len(rows) > _SHOWN else ""
        return format_html('<span class="field-links">{}{}</span>', links, more)


class EntryOfListInline(RowsInline):
    """Whom the list ranks; a list of 500 comes in pages."""

    model = RankingEntry
    fields = ("year", "rank", "group", "name_as_listed", "revenue_musd")
    label_select_related = ("group",)
    ordering = ("-year", "rank", "pk")
    per_page = 50


@admin.register(RankingList)
class RankingListAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "code", "publisher")
    search_fields = ("name", "name_en", "code")
    ordering = ("code",)
    form_select_related = ("source",)
    fieldsets = ((None, {"fields": ("code", ("name", "name_en"), "publisher")}), SOURCE_FIELDSET)
    inlines = (EntryOfListInline,)


@admin.register(RankingEntry)
class RankingEntryAdmin(DirectoryAdmin):
    list_display = ("group", "ranking", "year", "rank", "name_as_listed")
    list_select_related = ("group", "ranking")
    list_filter = ("ranking", "year")
    search_fields = ("group__name", "group__name_en", "name_as_listed")
    ordering = ("ranking", "-year", "rank", "pk")
    label_select_related = ("ranking",)
    form_select_related = ("group", "ranking", "source")
    select_fields = ("ranking",)
    fieldsets = (
        (None, {"fields": (("ranking", "group"), ("year", "rank"), ("name_as_listed", "revenue_musd"))}),
        SOURCE_FIELDSET,
    )


@admin.register(Listing)
class ListingAdmin(DirectoryAdmin):
    """A security on an exchange; of an enterprise here or of the group above it."""

    list_display = ("ticker", "exchange", "of", "listed_on", "delisted_on")
    list_select_related = ("exchange", "enterprise", "group")
    list_filter = ("exchange",)
    search_fields = ("ticker", "enterprise__short_name", "enterprise__registered_name", "group__name", "group__name_en")
    ordering = ("exchange", "ticker", "pk")
    label_select_related = ("exchange",)
    form_select_related = ("exchange", "group", "source")
    select_fields = ("exchange",)
    fieldsets = (
        (None, {"fields": (("exchange", "ticker"), ("enterprise", "group"), ("listed_on", "delisted_on"))}),
        SOURCE_FIELDSET,
    )

    @admin.display(description=_("of"))
    def of(self, listing: Listing) -> Any:
        return listing.enterprise or listing.group
