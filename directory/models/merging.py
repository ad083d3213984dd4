"""Merges and their undoing, pairs that are not duplicates, and corrections that somebody suggested."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models.base import StaffQuerySet
from directory.models.enterprises import Enterprise
from pinghu.ledger.history import tracked
from pinghu.records import Record


class MergeRecord(Record):
    """One enterprise absorbed another: what moved, and what the survivor looked like before."""

    survivor = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="merges", verbose_name=_("survivor")
    )
    absorbed = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="absorbed_by", verbose_name=_("absorbed")
    )
    moved = models.JSONField(_("moved rows"), default=list)
    survivor_before = models.JSONField(_("survivor before"), default=dict)
    absorbed_before = models.JSONField(_("absorbed before"), default=dict)
    survivor_version = models.PositiveIntegerField(_("survivor's version after"), default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    why = models.CharField(_("reason"), max_length=300, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    not_undone = models.JSONField(_("not moved back"), default=list)

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_of_two")]

    def __str__(self) -> str:
        return f"{self.absorbed} → {self.survivor}"


class NotDuplicate(Record):
    """Two enterprises that look alike and are not the same: they are not proposed again."""

    first = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="+", verbose_name=_("first"))
    second = models.ForeignKey(Enterprise, on_delete=models.CASCADE, related_name="+", verbose_name=_("second"))
    why = models.CharField(_("reason"), max_length=300, blank=True)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("not a duplicate")
        verbose_name_plural = _("not duplicates")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="notduplicate_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="notduplicate_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"


class Correction(Record):
    """A suggested change to one field of an enterprise, with its proof; staff accept or refuse it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="corrections", verbose_name=_("enterprise")
    )
    field = models.CharField(_("field"), max_length=60)
    value = models.TextField(_("suggested value"))
    proof = models.TextField(_("proof"), blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-id"]
        indexes = [models.Index(fields=["enterprise", "status"], name="correction_of_enterprise")]

    def __str__(self) -> str:
        return f"{self.enterprise}: {self.field_label}"

    @property
    def field_label(self) -> str:
        """What people call the field."""
        column: Any = Enterprise._meta.get_field(self.field)
        return str(column.verbose_name)
