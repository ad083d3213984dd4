"""Periods that were closed: the figures of promotion as they stood then, kept row by row."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pinghu.accounts.models import Department
from promotion.models.base import BelowQuerySet, PromotionRecord, person_field
from promotion.models.capital import CapitalRecord
from promotion.models.projects import InvestmentProject
from promotion.models.targets import PromotionTarget


class ClosedPeriod(PromotionRecord):
    """A year's figures up to the end of a month, closed once; what is corrected later stands beside them."""

    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(
        _("up to the end of month"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    list_year = models.PositiveSmallIntegerField(_("list year of the Fortune Global 500"), null=True, blank=True)
    closed_by = person_field(_("closed by"))
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        ordering = ["-year", "-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "month"],
                name="closedperiod_once",
                violation_error_message=_("This period is closed already."),
            ),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="closedperiod_month"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


class ClosedRow(models.Model):
    """One project or capital record that counted towards an indicator, and how much, when the period was closed.

    Written once, all of them, whoever closes; read by each person as far as they see the row itself.
    """

    guarded_parents = ("project", "record")

    period = models.ForeignKey(ClosedPeriod, on_delete=models.CASCADE, related_name="rows")
    indicator = models.CharField(max_length=20, choices=PromotionTarget.Indicator.choices)
    project = models.ForeignKey(InvestmentProject, on_delete=models.PROTECT, null=True, related_name="+")
    record = models.ForeignKey(CapitalRecord, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    person = person_field(_("person"))
    #: In the unit of the indicator; empty where no rate told it.
    amount = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    is_demo = models.BooleanField(_("demo row"), default=False, editable=False)

    objects = BelowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a closed period")
        verbose_name_plural = _("rows of closed periods")
        ordering = ["period", "indicator", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(project__isnull=True, record__isnull=False) | Q(project__isnull=False, record__isnull=True),
                name="closedrow_one_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.indicator}"

    @property
    def key(self) -> int:
        """The project's or the record's."""
        return self.project_id or self.record_id  # type: ignore[return-value]
