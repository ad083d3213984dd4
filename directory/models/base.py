"""What the directory's rows share: where a fact comes from, when it was verified, and who may see it."""

from typing import Any, Self

from django.db import models
from django.db.models.functions import Length
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pinghu.accounts.roles import Role
from pinghu.ledger.history import tracked
from pinghu.records import Record, RecordQuerySet

models.CharField.register_lookup(Length)

#: Who reads annual figures and legal representatives (issue: data steward, promotion manager, leader).
RESTRICTED_READERS = (Role.DATA_STEWARD, Role.PROMOTION_MANAGER, Role.LEADER)


def may_read_restricted(user: Any) -> bool:
    """May this person read annual figures and legal representatives?"""
    return bool(getattr(user, "role_codes", frozenset()) & set(RESTRICTED_READERS))


class PublicQuerySet(RecordQuerySet):
    """Facts about the zone that everybody may read."""

    def published(self) -> Self:
        return self


class StaffQuerySet(RecordQuerySet):
    """Working records: every staff role, nobody else."""


class RestrictedQuerySet(RecordQuerySet):
    """Figures that the Statistics Law and privacy keep from most staff: three roles only."""

    def visible_to(self, user: Any) -> Self:
        return self if may_read_restricted(user) else self.none()


class DataSource(Record):
    """Somebody or something that states facts, and how far it is trusted against others."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    rank = models.PositiveSmallIntegerField(
        _("rank"), help_text=_("A value never overwrites one from a source of higher rank.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("data source")
        verbose_name_plural = _("data sources")
        ordering = ["-rank", "code"]

    def __str__(self) -> str:
        return local_name(self)


class Sourced(models.Model):
    """A fact keeps its source, the words that state it, and the day somebody last verified it."""

    source = models.ForeignKey(
        "directory.DataSource",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
    )
    source_quote = models.TextField(_("words of the source"), blank=True)
    source_note = models.CharField(_("note on the source"), max_length=300, blank=True)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo row"), default=False, editable=False)

    class Meta:
        abstract = True


class DirectoryRecord(Record, Sourced):
    """A sourced, addressable row of the directory."""

    objects = PublicQuerySet.as_manager()

    class Meta:
        abstract = True

    def audience(self) -> str:
        return "public"


def local_name(row: Any, name: str | None = None) -> str:
    """The name of a row in the language in use; `name` (else its column) where no English name is known."""
    is_english = row.name_en and (get_language() or "").startswith("en")
    return str(row.name_en if is_english else row.name if name is None else name)


class FieldSource(models.Model):
    """The value that a source last loaded into one field of one record.

    A field that still equals it was touched by nobody since; one that differs was edited by a person.
    """

    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=12)
    field = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    source = models.ForeignKey(DataSource, on_delete=models.PROTECT, related_name="+")
    import_run = models.ForeignKey(
        "directory.ImportRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("source of a field")
        verbose_name_plural = _("sources of fields")
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "field"], name="fieldsource_once"),
        ]
