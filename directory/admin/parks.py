"""Parks, the carriers in them with what is free, and tenancies."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import SOURCE_FIELDSET, DirectoryAdmin, RowsInline, SourcedAdmin
from directory.models import Carrier, Park, Tenancy
from directory.models.enterprises import today
from directory.rules.qualifications import add_months
from directory.services.tenancies import save_tenancy
from directory.vacancy import expiring, with_free_area

#: Rows of other apps below a carrier; they fill it.
MORE_CARRIER_INLINES: list[Any] = []


class ChildParkInline(RowsInline):
    model = Park
    fk_name = "parent"
    fields = ("code", "name", "name_en", "kind", "order")
    verbose_name = _("park within it")
    verbose_name_plural = _("parks within it")


class CarrierInline(RowsInline):
    model = Carrier
    fields = ("code", "name", "kind", "area_m2", "clear_height_m", "floor_load_t_m2", "power_kva", "is_published")


class TenancyInline(RowsInline):
    """Who sits in the carrier, from when until when; more than its area at one time is refused."""

    model = Tenancy
    fields = ("tenant", "area_m2", "part", "starts_on", "ends_on")
    label_select_related = ("tenant",)


class FreeAreaFilter(ChoiceFilter):
    """At least so much free today."""

    title = _("free area")
    parameter_name = "free"
    steps = (500, 1000, 2000, 3000, 5000, 8000, 10000, 20000)

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(step), _("%(area)s m² and more") % {"area": number_format(step)}) for step in self.steps]

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(free_m2__gte=int(value), withdrawn_on__isnull=True)


class ExpiryFilter(ChoiceFilter):
    """A tenancy of today that ends soon."""

    title = _("tenancy ends")
    parameter_name = "expiring"
    options: ClassVar[dict[str, Any]] = {
        "3": _("Within 3 months"),
        "6": _("Within 6 months"),
        "12": _("Within 12 months"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        day = today()
        return expiring(rows, day, add_months(day, int(value)))


class TenancyStateFilter(ChoiceFilter):
    """Running today, ended, or yet to begin."""

    title = _("period")
    parameter_name = "period"
    options: ClassVar[dict[str, Any]] = {
        "now": _("Running today"),
        "6": _("Ends within 6 months"),
        "over": _("Ended"),
        "later": _("Begins later"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        day = today()
        return {
            "now": lambda: rows.on(day),
            "6": lambda: rows.on(day).filter(ends_on__lte=add_months(day, 6)),
            "over": lambda: rows.filter(ends_on__lt=day),
            "later": lambda: rows.filter(starts_on__gt=day),
        }[value]()


@admin.register(Park)
class ParkAdmin(SourcedAdmin):
    list_display = ("name", "name_en", "kind", "parent", "partner_country", "order")
    list_select_related = ("parent",)
    list_filter = ("kind",)
    search_fields = ("code", "name", "name_en")
    ordering = ("order", "code")
    public_page = ("directory:park_detail", "code")
    form_select_related = ("parent", "source")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "name_en"),
                    ("code", "kind"),
                    ("parent", "order"),
                    ("partner_country", "partner_region"),
                    "address",
                    "note",
                )
            },
        ),
        SOURCE_FIELDSET,
    )
    inlines = (ChildParkInline, CarrierInline)


@admin.register(Carrier)
class CarrierAdmin(SourcedAdmin):
    list_display = ("code", "name", "park", "kind", "area_m2", "free", "ends_next", "is_published")
    list_display_links = ("code", "name")
    list_select_related = ("park",)
    list_filter = ("park", "kind", FreeAreaFilter, ExpiryFilter, DemoFilter)
    list_filter_submit = True
    search_fields = ("code", "name", "name_en", "owner", "park__name")
    ordering = ("park__order", "code")
    form_select_related = ("park", "owner_enterprise", "source")
    fieldsets = (
        (None, {"fields": (("code", "kind"), ("name", "name_en"), "park", ("owner", "owner_enterprise"))}),
        (
            _("Space"),
            {
                "fields": (
                    ("area_m2", "free", "ends_next"),
                    ("clear_height_m", "floor_load_t_m2"),
                    ("power_kva", "crane_t"),
                    ("available_from", "withdrawn_on"),
                    "is_published",
                    "note",
                )
            },
        ),
        SOURCE_FIELDSET,
    )
    readonly_fields = ("free", "ends_next", "is_demo")
    export_fields = (
        "code", "name", "name_en", "park", "kind", "owner", "area_m2", "free", "ends_next", "clear_height_m",
        "floor_load_t_m2", "power_kva", "crane_t", "available_from", "withdrawn_on", "is_published", "is_demo",
    )  # fmt: skip
    inlines = (TenancyInline,)

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*self.inlines, *(MORE_CARRIER_INLINES if obj is not None else ())]

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_free_area(super().get_queryset(request), today())

    @admin.display(description=_("free today, m²"), ordering="free_m2")
    def free(self, carrier: Any) -> str:
        return number_format(carrier.free_m2) if hasattr(carrier, "free_m2") else "–"

    @admin.display(description=_("next tenancy ends"), ordering="next_expiry")
    def ends_next(self, carrier: Any) -> str:
        ends = getattr(carrier, "next_expiry", None)
        return date_format(ends) if ends else "–"


@admin.register(Tenancy)
class TenancyAdmin(DirectoryAdmin):
    save_service = staticmethod(save_tenancy)
    list_display = ("tenant", "carrier", "area_m2", "part", "starts_on", "ends_on")
    list_select_related = ("tenant", "carrier")
    list_filter = (TenancyStateFilter,)
    list_filter_submit = True
    search_fields = ("tenant__short_name", "tenant__registered_name", "carrier__code", "carrier__name", "part")
    ordering = ("carrier__code", "-starts_on", "pk")
    label_select_related = ("tenant",)
    form_select_related = ("carrier", "source")
    fieldsets = (
        (None, {"fields": (("carrier", "tenant"), ("area_m2", "part"), ("starts_on", "ends_on"))}),
        SOURCE_FIELDSET,
    )
