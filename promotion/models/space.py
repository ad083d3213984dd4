"""Space for projects: any number of intents, one exclusive reservation for a part."""

import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models import Carrier
from pinghu.ledger.history import tracked
from promotion.models.base import BelowQuerySet, BelowRecord, area_field, person_field
from promotion.models.leads import Lead
from promotion.models.projects import InvestmentProject
from promotion.rules import stages


class SpaceIntentQuerySet(BelowQuerySet):
    def alive(self) -> Self:
        """Of leads that are open or projects that run."""
        runs = Q(project__isnull=False) & ~Q(project__side_state__in=stages.ENDED)
        return self.filter(runs | Q(project__isnull=True, lead__status__in=Lead.OPEN))


class SpaceIntent(BelowRecord):
    """A carrier that was shown or offered; not exclusive."""

    guarded_parents = ("lead", "project")

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="intents", verbose_name=_("carrier"))
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="space_intents", verbose_name=_("lead")
    )
    project = models.ForeignKey(
        InvestmentProject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="space_intents",
        verbose_name=_("project"),
    )
    area_m2 = area_field(_("area, m²"))
    wanted_from = models.DateField(_("wanted from"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = SpaceIntentQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("space intent")
        verbose_name_plural = _("space intents")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=False) | Q(project__isnull=False),
                name="spaceintent_of_somebody",
                violation_error_message=_("Choose the lead or the project that wants it."),
            )
        ]

    def __str__(self) -> str:
        return str(self.carrier)

    def wanted_by_name(self) -> str:
        """The project, else the lead."""
        return str(self.project or self.lead)


class ReservationQuerySet(BelowQuerySet):
    def standing(self) -> Self:
        """Not given back."""
        return self.filter(released_at__isnull=True)

    def over(self, day: datetime.date) -> Self:
        return self.standing().filter(ends_on__lt=day)


class Reservation(BelowRecord):
    """A part of a carrier held for one project. Written by its service only, which locks the carrier."""

    guarded_parents = ("project",)

    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("carrier")
    )
    project = models.ForeignKey(
        InvestmentProject, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("project")
    )
    area_m2 = area_field(_("area, m²"), null=False, blank=False)
    part = models.CharField(_("part"), max_length=100, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True, editable=False)
    released_because = models.CharField(_("why released"), max_length=200, blank=True, editable=False)
    by = person_field(_("by"), editable=False)

    objects = ReservationQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["carrier", "-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(area_m2__gt=0),
                name="reservation_area",
                violation_error_message=_("Give an area above 0 m²."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="reservation_period",
                violation_error_message=_("The reservation ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.area_m2} m²"

    def carrier_name(self) -> str:
        return str(self.carrier)

    def project_name(self) -> str:
        return str(self.project)
