"""Reports to the city: the workbooks that it sends, how their columns are mapped, and what was submitted in them."""

from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from pinghu.ledger.history import tracked
from promotion.models.base import BelowRecord, PromotionQuerySet, PromotionRecord, person_field
from promotion.models.projects import InvestmentProject
from promotion.rules import reports, stages


class Frozen(RuntimeError):
    """Something that was submitted was about to be written over."""


class ReportFile(models.Model):
    """The bytes of one workbook, kept once and never changed: part of the transaction that names them."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("workbook")
        verbose_name_plural = _("workbooks")

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Frozen(self.sha256)
        super().save(*args, **kwargs)


class ReportTemplate(PromotionRecord):
    """One list that the city asks for (在谈, 签约, 注册, 开工): its workbook of this year and what its columns mean."""

    class Kind(models.TextChoices):
        NEGOTIATING = stages.NEGOTIATING, _("Projects in negotiation")
        SIGNED = stages.SIGNED, _("Signed projects")
        REGISTERED = stages.REGISTERED, _("Registered projects")
        STARTED = stages.STARTED, _("Projects under construction")
        COMPLETED = stages.COMPLETED, _("Completed projects")
        IN_PRODUCTION = stages.IN_PRODUCTION, _("Projects in production")

    class Span(models.TextChoices):
        IN_MONTH = reports.IN_MONTH, _("What happened in the month")
        IN_YEAR = reports.IN_YEAR, _("From January to the month")
        STANDING = reports.STANDING, _("All that stand at the month's end")

    #: Written by its own pages, where the workbook is looked at; the form has the rest.
    FROM_THE_FILE: ClassVar[tuple[str, ...]] = (
        "file", "file_name", "sheet", "header_row", "header_end", "first_row", "last_row", "total_row", "headings",
        "mapping", "remembered",
    )  # fmt: skip

    code = models.SlugField(_("code"), max_length=40, unique=True, null=True, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("list"), max_length=14, choices=Kind.choices)
    span = models.CharField(_("holds"), max_length=10, choices=Span.choices, default=Span.IN_YEAR)
    is_active = models.BooleanField(_("in use"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    file = models.ForeignKey(
        ReportFile, on_delete=models.PROTECT, editable=False, related_name="+", verbose_name=_("workbook")
    )
    file_name = models.CharField(_("file name"), max_length=200, editable=False)
    sheet = models.CharField(_("sheet"), max_length=100, editable=False)
    header_row = models.PositiveIntegerField(_("headings from row"), editable=False)
    header_end = models.PositiveIntegerField(_("headings to row"), editable=False)
    first_row = models.PositiveIntegerField(_("first row of the list"), editable=False)
    last_row = models.PositiveIntegerField(_("last prepared row"), editable=False)
    total_row = models.PositiveIntegerField(_("row of the sums"), default=0, editable=False)
    headings = models.JSONField(_("headings"), default=list, editable=False, help_text=_("Column and heading"))
    mapping = models.JSONField(_("mapping"), default=dict, blank=True, editable=False)
    remembered = models.JSONField(
        _("remembered mapping"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("What each heading meant in any workbook of this list."),
    )

    history = tracked()

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        ordering = ["kind", "name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def columns(self) -> list[tuple[int, str, reports.Column]]:
        """The mapped columns: place in the sheet (from 1), heading, meaning."""
        return columns_of(self.headings, self.mapping)


def columns_of(headings: Any, mapping: Any) -> list[tuple[int, str, reports.Column]]:
    return [(place, text, reports.Column.of(mapping[text])) for place, text in headings if mapping.get(text)]


class SubmissionQuerySet(PromotionQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Submissions of which the person sees every project that stands in them, whoever made them."""
        if not getattr(user, "has_staff_role", False):
            return self.none()
        seen = InvestmentProject.objects.visible_to(user).order_by().values("pk")
        hidden = ReportRow._base_manager.exclude(project__in=seen).order_by().values("submission")
        return self.exclude(pk__in=hidden)


class ReportSubmission(PromotionRecord):
    """A report as it was submitted for a month: file and values, never changed afterwards."""

    template = models.ForeignKey(
        ReportTemplate, on_delete=models.PROTECT, related_name="submissions", verbose_name=_("report template")
    )
    template_version = models.PositiveIntegerField(_("version of the template"))
    kind = models.CharField(_("list"), max_length=14, choices=ReportTemplate.Kind.choices)
    span = models.CharField(_("holds"), max_length=10, choices=ReportTemplate.Span.choices)
    month = models.DateField(_("month"), help_text=_("Its first day."))
    headings = models.JSONField(default=list, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    rates = models.JSONField(_("rates"), default=list, blank=True)
    marks = models.JSONField(_("red cells"), default=list, blank=True)
    file = models.ForeignKey(ReportFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("workbook"))
    file_name = models.CharField(_("file name"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = person_field(_("submitted by"), null=False, blank=False)
    at = models.DateTimeField(_("submitted at"))

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submitted report")
        verbose_name_plural = _("submitted reports")
        ordering = ["-month", "-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.template} {self.month:%Y-%m}"

    @property
    def period(self) -> reports.Period:
        return reports.Period.of(self.month)

    @property
    def columns(self) -> list[tuple[int, str, reports.Column]]:
        return columns_of(self.headings, self.mapping)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Frozen(str(self))
        super().save(*args, **kwargs)


class ReportRow(BelowRecord):
    """One line of a submitted report: the project and what was said of it, by heading."""

    guarded_parents = ("project",)

    submission = models.ForeignKey(
        ReportSubmission, on_delete=models.CASCADE, related_name="rows", verbose_name=_("submitted report")
    )
    project = models.ForeignKey(
        InvestmentProject, on_delete=models.PROTECT, related_name="report_rows", verbose_name=_("project")
    )
    number = models.PositiveIntegerField(_("line"))
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("line of a report")
        verbose_name_plural = _("lines of reports")
        ordering = ["submission", "number"]
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="reportrow_once")]

    def __str__(self) -> str:
        return f"{self.submission} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Frozen(str(self))
        super().save(*args, **kwargs)
