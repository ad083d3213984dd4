"""Titles with dates: high-tech enterprise, little giant, … Only "valid on a day" counts."""

import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models.base import PublicQuerySet, Sourced, local_name
from directory.models.enterprises import Enterprise, OfEnterpriseQuerySet
from directory.rules.qualifications import QualificationTerms, expires_on
from pinghu.ledger.history import tracked
from pinghu.records import Record


class QualificationType(Record):
    """A title that an authority grants, with its validity under the rule in force."""

    class Level(models.TextChoices):
        NATIONAL = "national", _("National")
        PROVINCIAL = "provincial", _("Provincial")
        CITY = "city", _("City")
        ZONE = "zone", _("Zone")
        BASE = "base", _("Base tier")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices)
    default_validity_months = models.PositiveSmallIntegerField(_("valid for, months"), null=True, blank=True)
    review_required = models.BooleanField(_("reviewed at expiry"), default=False)
    rule = models.CharField(_("rule"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("qualification type")
        verbose_name_plural = _("qualification types")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return local_name(self)


class QualificationQuerySet(OfEnterpriseQuerySet):
    def valid_on(self, day: datetime.date) -> Self:
        """Granted, not yet expired and not withdrawn on that day: the only count used for totals."""
        return self.filter(
            Q(recognised_on__isnull=True) | Q(recognised_on__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=day),
            superseded=False,
        )


class Qualification(Record, Sourced):
    """One grant of a title to one enterprise, in a batch, for a time."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="qualifications", verbose_name=_("enterprise")
    )
    type = models.ForeignKey(
        QualificationType, on_delete=models.PROTECT, related_name="qualifications", verbose_name=_("type")
    )
    batch_label = models.CharField(_("batch"), max_length=60, blank=True)
    certificate_no = models.CharField(_("certificate number"), max_length=60, blank=True)
    recognised_on = models.DateField(_("recognised on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    reviewed_on = models.DateField(_("last reviewed on"), null=True, blank=True)
    under_review = models.BooleanField(_("under review"), default=False)
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    superseded = models.BooleanField(_("superseded"), default=False)

    objects = QualificationQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        ordering = ["enterprise", "type", "-recognised_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "type", "batch_label", "certificate_no"], name="qualification_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(recognised_on__isnull=True)
                | Q(valid_until__gte=F("recognised_on")),
                name="qualification_period",
                violation_error_message=_("It expires before it was recognised."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.batch_label}".strip()

    def clean(self) -> None:
        """Without an explicit end, the type's validity counts from the day of recognition."""
        if self.type_id:
            self.valid_until = expires_on(
                QualificationTerms(self.recognised_on, self.valid_until, self.type.default_validity_months)
            )
