"""Space in the admin: intents and reservations, each in a list, on their project or lead, and on the carrier."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import DirectoryAdmin
from pinghu.admin.service_admin import without_fields
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from promotion.admin.evidence import RowsToRead
from promotion.admin.follow_ups import DayInput
from promotion.models import Lead, Reservation, SpaceIntent
from promotion.rules.working_time import local_day
from promotion.services.space import free_in, move_in, release_reservation, reserve, save_intent


def find_space_url(wanted_by: Any) -> str:
    """The page that finds space for a lead or project, with what is known of its wish."""
    area = wanted_by.space_m2 if isinstance(wanted_by, Lead) else wanted_by.floor_m2 or wanted_by.land_m2
    asked = {"of": wanted_by.number} | ({"area": f"{area:f}"} if area else {})
    return f"{reverse('admin:find_space')}?{urlencode(asked)}"


# --- intents ---------------------------------------------------------------------------------------------------------


class IntentInline(RowsToRead):
    """Carriers that were shown or offered to a project or a lead; offered on the page that finds them."""

    model = SpaceIntent
    fields = ("row", "area_m2", "wanted_from", "note")
    label_select_related = ("carrier",)

    def get_tools(self, request: HttpRequest, wanted_by: Any) -> list[tuple[str, Any]]:
        runs = wanted_by.is_open if isinstance(wanted_by, Lead) else not wanted_by.has_ended
        return [(find_space_url(wanted_by), _("Find space"))] if runs else []


class IntentOfCarrierInline(RowsToRead):
    """Who of those that one may see wants this carrier."""

    model = SpaceIntent
    fields = ("row", "area_m2", "wanted_from", "note")
    row_label = "wanted_by_name"
    label_select_related = ("lead", "project")

    def get_tools(self, request: HttpRequest, carrier: Any) -> list[tuple[str, Any]]:
        return [(f"{reverse('admin:space_sheets')}?{urlencode({'carrier': carrier.public_id})}", _("Sheet to print"))]


@admin.register(SpaceIntent)
class SpaceIntentAdmin(DirectoryAdmin):
    """What was shown or offered to whom; it takes nothing from anybody."""

    save_service = staticmethod(save_intent)
    list_display = ("carrier", "wanted_by", "area_m2", "wanted_from", "note", "created_at")
    list_select_related = ("carrier", "lead", "project")
    list_filter: ClassVar[Any] = (
        ("carrier", AutocompleteSelectFilter),
        ("project", AutocompleteSelectFilter),
        ("lead", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = (
        "carrier__code", "carrier__name", "note", "project__number", "project__name", "lead__number", "lead__name",
    )  # fmt: skip
    ordering = ("-created_at", "-pk")
    form_select_related = ("carrier", "lead", "project")
    fieldsets = ((None, {"fields": ("carrier", ("lead", "project"), ("area_m2", "wanted_from"), "note", "is_demo")}),)
    export_fields = ("carrier", "lead", "project", "area_m2", "wanted_from", "note", "is_demo")

    @admin.display(description=_("for whom"))
    def wanted_by(self, row: SpaceIntent) -> str:
        return row.wanted_by_name()


# --- reservations ----------------------------------------------------------------------------------------------------


class ReservationInline(RowsToRead):
    """What is held for a project."""

    model = Reservation
    fields = ("row", "area_m2", "part", "starts_on", "ends_on", "state")
    row_label = "carrier_name"
    label_select_related = ("carrier",)

    @admin.display(description=_("state"))
    def state(self, row: Reservation) -> Any:
        return STATES[state_of(row)]


class ReservationOfCarrierInline(ReservationInline):
    """What is held of a carrier, as far as one may see for whom; below what is free with all of it counted."""

    row_label = "project_name"
    label_select_related = ("project",)
    template_after = "admin/promotion/space_free.html"

    def get_tools(self, request: HttpRequest, carrier: Any) -> list[tuple[str, Any]]:
        if not request.user.has_perm("promotion.add_reservation"):  # type: ignore[union-attr]
            return []
        address = reverse("admin:promotion_reservation_add")
        return [(f"{address}?{urlencode({'carrier': carrier.pk})}", _("Reserve a part"))]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.carrier = obj
        return super().get_formset(request, obj, **kwargs)

    @property
    def free_for_good(self) -> Any:
        """The m² that nobody holds from today on; asked by the template."""
        return free_in(self.carrier, local_day(timezone.now())) if self.carrier is not None else None


STATES: dict[str, Any] = {
    "standing": _("Reserved"),
    "over": _("Period is over"),
    "released": _("Given back"),
}


def state_of(row: Reservation) -> str:
    """How a reservation stands today."""
    if row.released_at is not None:
        return "released"
    return "over" if row.ends_on is not None and row.ends_on < local_day(timezone.now()) else "standing"


class StateFilter(ChoiceFilter):
    """Reserved today or later, over, or given back."""

    title = _("state")
    parameter_name = "state"
    options = STATES

    def narrow(self, rows: Any, value: str) -> Any:
        today = local_day(timezone.now())
        if value == "released":
            return rows.filter(released_at__isnull=False)
        return rows.over(today) if value == "over" else rows.standing().exclude(ends_on__lt=today)


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label=_("why it is given back"), max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class MoveInForm(forms.Form):
    """From when until when the enterprise is the tenant."""

    starts_on = forms.DateField(label=_("from"), widget=DayInput)
    ends_on = forms.DateField(
        label=_("until"), required=False, help_text=_("Empty: no end was agreed."), widget=DayInput
    )


@admin.register(Reservation)
class ReservationAdmin(DirectoryAdmin):
    """Parts of carriers held for one project each. Made by the service, which looks at what is free; never edited."""

    list_display = ("carrier", "project", "area_m2", "part", "starts_on", "ends_on", "state", "by")
    list_display_links = ("carrier", "project")
    list_select_related = ("carrier", "project", "by")
    list_filter: ClassVar[Any] = (
        StateFilter,
        ("carrier", AutocompleteSelectFilter),
        ("project", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("carrier__code", "carrier__name", "part", "project__number", "project__name")
    ordering = ("carrier__code", "-starts_on", "pk")
    form_select_related = ("carrier", "project", "by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("project", "carrier"),
                    ("area_m2", "part"),
                    ("starts_on", "ends_on"),
                    ("released_at", "released_because"),
                    "by",
                    "is_demo",
                ),
                "description": _(
                    "After the project's review. Never more than tenants and other reservations leave free on all of "
                    "these days."
                ),
            },
        ),
    )
    readonly_fields = ("released_at", "released_because", "by")
    export_fields = (
        "carrier", "project", "area_m2", "part", "starts_on", "ends_on", "released_at", "released_because", "by",
        "is_demo",
    )  # fmt: skip
    actions_detail = ("release", "move_in_verb")

    @display(description=_("state"), label={"standing": "success", "over": "warning", "released": "default"})
    def state(self, row: Reservation) -> tuple[str, Any]:
        return state_of(row), STATES[state_of(row)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        is_released = obj is not None and obj.released_at is not None
        hidden = set() if is_released else {"released_at", "released_because"}
        return without_fields(fieldsets, hidden | ({"by"} if obj is None else set()))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return super().has_change_permission(request) and self._stands(request, object_id)

    def has_let_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may enter tenancies."""
        return request.user.has_perm("directory.add_tenancy") and self._stands(request, object_id)  # type: ignore[union-attr]

    def _stands(self, request: HttpRequest, object_id: Any) -> bool:
        """Whether the reservation is there to be given back."""
        if object_id is None:
            return True
        rows = Reservation.objects.visible_to(request.user).standing()
        return str(object_id).isdigit() and rows.filter(pk=object_id).exists()

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return reserve(
            record.project,
            record.carrier,
            area_m2=record.area_m2,
            part=record.part,
            starts_on=record.starts_on,
            ends_on=record.ends_on,
            by=request.user,
            door=Door.ADMIN,
            why=kwargs["why"],
        )

    @verb(
        _("Give back"),
        question=_("The space is free for others from this moment on."),
        permissions=("decide",),
        url_path="release",
        form_class=ReleaseForm,
        icon="event_busy",
    )
    def release(self, request: HttpRequest, row: Reservation, reason: str) -> str:
        release_reservation(row, reason=reason, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Given back."))

    @verb(
        _("Moved in"),
        question=_("The project's enterprise becomes the tenant of this part, and the reservation ends."),
        permissions=("let",),
        url_path="move-in",
        form_class=MoveInForm,
        icon="key",
    )
    def move_in_verb(
        self, request: HttpRequest, row: Reservation, starts_on: datetime.date, ends_on: datetime.date | None
    ) -> HttpResponse:
        tenancy = move_in(
            row, starts_on=starts_on, ends_on=ends_on, by=request.user, door=Door.ADMIN, at=timezone.now()
        )
        self.message_user(request, _("%(tenant)s is the tenant now.") % {"tenant": tenancy.tenant})
        return HttpResponseRedirect(reverse("admin:directory_carrier_change", args=[row.carrier_id]))
