"""Parks of every kind, the carriers in them, and who sits there until when."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models.base import DirectoryRecord, Sourced, StaffQuerySet, local_name
from directory.models.enterprises import Enterprise, country_choices
from directory.ports import space_holders
from directory.rules.space import peak_area
from pinghu.formats import plain
from pinghu.ledger.history import tracked
from pinghu.records import Record


class Park(DirectoryRecord):
    """A park, enclave, incubator or platform; may lie within another."""

    class Kind(models.TextChoices):
        ZONE = "zone", _("Development zone")
        CORE_AREA = "zone_core_area", _("Core area")
        COUNTRY_PARK = "country_park", _("Country park")
        THEMED_PARK = "themed_park", _("Themed park")
        NEW_AREA = "new_area", _("New area")
        OUTBOUND_ENCLAVE = "outbound_enclave", _("Outbound enclave")
        INBOUND_ENCLAVE = "inbound_enclave", _("Inbound enclave")
        OVERSEAS_INCUBATOR = "overseas_incubator", _("Overseas incubator")
        INNOVATION_PLATFORM = "innovation_platform", _("Innovation platform")
        WORKSTATION = "academician_workstation", _("Academician workstation")
        INSTITUTE = "research_institute", _("Research institute")
        CARRIER_PROJECT = "carrier_project", _("Purpose-built carrier")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("lies within")
    )
    partner_country = models.CharField(
        _("partner country or region"), max_length=2, blank=True, choices=country_choices
    )
    partner_region = models.CharField(_("partner region"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    history = tracked()

    class Meta:
        verbose_name = _("park")
        verbose_name_plural = _("parks")
        ordering = ["order", "code"]
        constraints = [models.CheckConstraint(condition=~Q(parent=F("id")), name="park_not_in_itself")]

    def __str__(self) -> str:
        return local_name(self)


class Carrier(DirectoryRecord):
    """A piece of space that somebody can use: a land parcel, a plant, a floor."""

    class Kind(models.TextChoices):
        LAND_PARCEL = "land_parcel", _("Land parcel")
        STANDARD_PLANT = "standard_plant", _("Standard plant")
        FLOOR = "floor", _("Floor")
        OFFICE = "office", _("Office")
        DORMITORY = "dormitory", _("Dormitory")

    park = models.ForeignKey(Park, on_delete=models.PROTECT, related_name="carriers", verbose_name=_("park"))
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    owner = models.CharField(_("owner"), max_length=100, blank=True)
    owner_enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_carriers",
        verbose_name=_("owner here"),
    )
    area_m2 = models.DecimalField(_("area, m²"), max_digits=12, decimal_places=2)
    clear_height_m = models.DecimalField(_("clear height, m"), max_digits=5, decimal_places=2, null=True, blank=True)
    floor_load_t_m2 = models.DecimalField(_("floor load, t/m²"), max_digits=5, decimal_places=2, null=True, blank=True)
    power_kva = models.PositiveIntegerField(_("power, kVA"), null=True, blank=True)
    crane_t = models.DecimalField(_("crane, t"), max_digits=6, decimal_places=2, null=True, blank=True)
    available_from = models.DateField(_("available from"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    is_published = models.BooleanField(_("published"), default=True)
    note = models.TextField(_("note"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        ordering = ["park", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(area_m2__gt=0), name="carrier_area", violation_error_message=_("Give an area above 0 m².")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {local_name(self)}"

    def audience(self) -> str:
        return "public" if self.is_published else "staff"


class TenancyQuerySet(StaffQuerySet):
    def on(self, day: datetime.date) -> Self:
        return self.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day))


class Tenancy(Record, Sourced):
    """A tenant in part of a carrier, from a day to a day. Vacancy and expiry come from these rows."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="tenancies", verbose_name=_("carrier"))
    tenant = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="tenancies", verbose_name=_("tenant"))
    area_m2 = models.DecimalField(_("area, m²"), max_digits=12, decimal_places=2)
    part = models.CharField(_("part"), max_length=100, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = TenancyQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("tenancy")
        verbose_name_plural = _("tenancies")
        ordering = ["carrier", "-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(area_m2__gt=0), name="tenancy_area", violation_error_message=_("Give an area above 0 m².")
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="tenancy_period",
                violation_error_message=_("The tenancy ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} · {self.area_m2} m²"

    def clean(self) -> None:
        """Tenants and whoever reserved a part never hold more than the carrier has, on any day of this tenancy."""
        if not (self.carrier_id and self.area_m2 and self.starts_on):
            return
        held = [(self.starts_on, self.ends_on, self.area_m2)]
        for rows in (type(self).objects.exclude(pk=self.pk), *space_holders()):
            held += rows.filter(carrier=self.carrier_id).values_list("starts_on", "ends_on", "area_m2")
        peak = peak_area(held, self.starts_on, self.ends_on)
        if peak > self.carrier.area_m2:
            raise ValidationError(
                {
                    "area_m2": _(
                        "Tenants and reservations would hold %(peak)s m² of this carrier's %(area)s m² at the same time."
                    )
                    % {"peak": plain(peak, 2), "area": plain(self.carrier.area_m2, 2)}
                }
            )
