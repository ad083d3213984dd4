"""The change kernel: who did what when through which door, and the one sequence that readers follow."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Door(models.TextChoices):
    """Through which door a change came."""

    ADMIN = "admin", _("Admin")
    API = "api", _("API")
    IMPORT = "import", _("Import")
    COMMAND = "command", _("Command")
    PORTAL = "portal", _("Portal")
    PUBLIC = "public", _("Public site")
    TASK = "task", _("Background task")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that nobody changes or deletes, through no door."""

    def update(self, **values: Any) -> int:
        raise AppendOnly(self.model.__name__)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly(self.model.__name__)


class AppendOnly(RuntimeError):
    """Somebody tried to change or delete a row of the record itself."""


class AppendOnlyRow(models.Model):
    """Base of what is written once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly(type(self).__name__)


class Change(AppendOnlyRow):
    """One deliberate act: everything written together for one reason."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    verb = models.CharField(_("verb"), max_length=40)
    door = models.CharField(_("door"), max_length=10, choices=Door.choices)
    why = models.CharField(_("why"), max_length=500, blank=True)
    request_id = models.CharField(_("request"), max_length=128, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.verb} #{self.pk}"


class HistoryRow(models.Model):
    """Base of every history table: a row without its Change cannot be written."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Event(models.Model):
    """One record changed. Holds names of fields, never values: those are read at delivery, as the reader may see them.

    `seq` is empty until `sequence_pending()` numbers committed rows; it is the only column ever updated.
    """

    seq = models.BigIntegerField(_("sequence"), null=True, unique=True, editable=False)
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.CharField(_("subject"), max_length=12)
    subject_version = models.PositiveIntegerField(_("version"), default=0)
    verb = models.CharField(_("verb"), max_length=40)
    changed_fields = models.JSONField(_("changed fields"), default=list)
    audience_before = models.CharField(_("audience before"), max_length=10, blank=True)
    audience_after = models.CharField(_("audience after"), max_length=10, blank=True)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="events", verbose_name=_("change"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        indexes = [
            models.Index("id", name="event_unnumbered", condition=Q(seq__isnull=True)),
            models.Index("subject_type", "subject_id", name="event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} {self.verb}"


class LedgerHead(models.Model):
    """One row: the last number given out. `max(seq)` would reissue numbers after retention removed the newest."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ledger_head_is_one_row")]


class AccessLog(AppendOnlyRow):
    """Somebody read or exported records that are not for everybody. Append-only; the auditor reads it."""

    class Kind(models.TextChoices):
        READ = "read", _("Read")
        EXPORT = "export", _("Export")
        SIGN_IN = "sign_in", _("Sign-in")
        SIGN_IN_FAILED = "sign_in_failed", _("Failed sign-in")

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    door = models.CharField(_("door"), max_length=10, choices=Door.choices)
    subject_type = models.CharField(_("subject type"), max_length=40, blank=True)
    subject_id = models.CharField(_("subject"), max_length=12, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=1)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    request_id = models.CharField(_("request"), max_length=128, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("access log")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.at:%Y-%m-%d}"
