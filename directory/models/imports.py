"""Import runs: what a file would change, row by row, before anything is written; and what it did change."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models.base import DataSource, StaffQuerySet
from directory.models.enterprises import Enterprise
from directory.ports import imported_kinds
from pinghu.accounts.roles import Role
from pinghu.ledger.history import tracked
from pinghu.records import Record


class ImportKind(models.TextChoices):
    """What the directory itself imports; other apps add theirs (`directory.ports.imports_too`)."""

    ENTERPRISES = "enterprises", _("Enterprises")
    GROUPS = "groups", _("Groups and ranking entries")
    QUALIFICATIONS = "qualifications", _("Qualifications")


def import_kind_choices() -> list[tuple[str, Any]]:
    """Every kind of import with its label, those of other apps behind the directory's own."""
    return [*ImportKind.choices, *((kind.code, kind.label) for kind in imported_kinds().values())]


class ImportRunQuerySet(StaffQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Stewards and leaders see the directory's own runs; who sees those of another app, that app says."""
        if not getattr(user, "has_staff_role", False):
            return self.none()
        seen = Q(pk__in=[])
        if user.has_any_role(Role.DATA_STEWARD, Role.LEADER):
            seen |= Q(kind__in=ImportKind.values)
        for kind in imported_kinds().values():
            seen |= Q(kind=kind.code) & kind.visible(user)
        return self.filter(seen)


class ImportRun(Record):
    """One file on its way: uploaded, planned, applied, perhaps reverted."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        PLANNING = "planning", _("Planning")
        PLANNED = "planned", _("Planned")
        APPLYING = "applying", _("Applying")
        APPLIED = "applied", _("Applied")
        REVERTING = "reverting", _("Reverting")
        REVERTED = "reverted", _("Reverted")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("kind"), max_length=30, choices=import_kind_choices)
    source = models.ForeignKey(DataSource, on_delete=models.PROTECT, related_name="imports", verbose_name=_("source"))
    file_name = models.CharField(_("file"), max_length=200)
    file_sha256 = models.CharField(_("fingerprint of the file"), max_length=64, db_index=True)
    file_bytes = models.PositiveBigIntegerField(_("bytes"), default=0)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    header_row = models.PositiveIntegerField(_("header in row"), default=1)
    headers = models.JSONField(_("headers"), default=list)
    mapping = models.JSONField(_("mapping"), default=dict, help_text=_("Column to field"))
    fixed_values = models.JSONField(_("values for every row"), default=dict, blank=True)
    is_complete = models.BooleanField(
        _("complete list"),
        default=False,
        help_text=_("Then rows of ours that are absent are proposed for a status check."),
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.UPLOADED)
    message = models.TextField(_("message"), blank=True)
    total_rows = models.PositiveIntegerField(_("rows"), default=0)
    done_rows = models.PositiveIntegerField(_("rows done"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    planned_at = models.DateTimeField(_("planned at"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    reverted_at = models.DateTimeField(_("reverted at"), null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class Verdict(models.TextChoices):
    """What the plan says of one row: exactly one."""

    NEW = "new", _("New")
    UPDATE = "update", _("Update")
    SAME = "same", _("Same")
    DUPLICATE = "duplicate", _("Possible duplicate")
    CONFLICT = "conflict", _("Conflict")
    ERROR = "error", _("Error")


class ImportRow(models.Model):
    """One line of a file, its verdict, the person's choice where one is needed, and what was done."""

    class Decision(models.TextChoices):
        NONE = "", _("Undecided")
        CREATE = "create", _("Create as new")
        UPDATE = "update", _("The same: update")
        TAKE_FILE = "take_file", _("Take the file's values")
        KEEP_OURS = "keep_ours", _("Keep ours")
        SKIP = "skip", _("Skip")

    class Outcome(models.TextChoices):
        NONE = "", _("Nothing yet")
        CREATED = "created", _("Created")
        UPDATED = "updated", _("Updated")
        REFUSED = "refused", _("Refused: changed since the plan")
        REVERTED = "reverted", _("Reverted")
        KEPT = "kept", _("Kept: edited or referred to since")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("line"))
    raw = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices, blank=True)
    problems = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    changes = models.JSONField(default=dict)
    target_id = models.BigIntegerField(null=True, blank=True)
    target_version = models.PositiveIntegerField(null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True, default="")
    before = models.JSONField(null=True, blank=True)
    applied_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="importrow_once")]
        indexes = [
            models.Index(fields=["run", "verdict", "number"], name="importrow_verdict"),
            models.Index(fields=["target_id"], name="importrow_target", condition=Q(target_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"


class SavedMapping(Record):
    """How a source writes its columns, remembered for its next file."""

    source = models.ForeignKey(DataSource, on_delete=models.CASCADE, related_name="mappings", verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=30, choices=import_kind_choices)
    mapping = models.JSONField(_("mapping"), default=dict)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        ordering = ["source", "kind"]
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="savedmapping_once")]

    def __str__(self) -> str:
        return f"{self.source} · {self.get_kind_display()}"


class RowDecision(models.Model):
    """A person's choice about a possible duplicate, so that the next file does not ask again."""

    kind = models.CharField(max_length=30, choices=import_kind_choices)
    identity = models.CharField(max_length=300)
    target_id = models.BigIntegerField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=ImportRow.Decision.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("remembered decision")
        verbose_name_plural = _("remembered decisions")
        constraints = [models.UniqueConstraint(fields=["kind", "identity"], name="rowdecision_once")]


class StatusCheck(Record):
    """An enterprise of ours that a complete list does not contain: somebody should look. Nothing was changed."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="status_checks", verbose_name=_("import"))
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="status_checks", verbose_name=_("enterprise")
    )
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("status check")
        verbose_name_plural = _("status checks")
        ordering = ["-run", "enterprise"]
        constraints = [models.UniqueConstraint(fields=["run", "enterprise"], name="statuscheck_once")]

    def __str__(self) -> str:
        return str(self.enterprise)
