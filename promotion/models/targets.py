"""Yearly targets by indicator, unit and person; what was reached is computed from dated rows."""

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pinghu.accounts.models import Department
from pinghu.ledger.history import tracked
from promotion.models.base import PromotionRecord, person_field
from promotion.rules import indicators


class PromotionTarget(PromotionRecord):
    """How much of an indicator is to be reached in a year, by the zone, a unit or a person."""

    class Indicator(models.TextChoices):
        ACTUAL_FDI = indicators.ACTUAL_FDI, _("Foreign capital arrived, USD")
        CONTRACTED_FDI = indicators.CONTRACTED_FDI, _("Foreign capital contracted, USD")
        FORTUNE_500 = indicators.FORTUNE_500, _("Projects of Fortune Global 500 groups")
        OVER_100M_USD = indicators.OVER_100M_USD, _("Projects above USD 100 million")
        OVER_1BN = indicators.OVER_1BN, _("Projects of CNY 1 billion and more")
        OVER_5BN = indicators.OVER_5BN, _("Projects of CNY 5 billion and more")
        OVER_10BN = indicators.OVER_10BN, _("Projects of CNY 10 billion and more")
        SIGNED = indicators.PROJECTS_SIGNED, _("Projects signed")
        STARTED = indicators.PROJECTS_STARTED, _("Projects started")
        START_RATE = indicators.START_RATE, _("Share of signed projects that started, %")

    year = models.PositiveSmallIntegerField(_("year"))
    indicator = models.CharField(_("indicator"), max_length=20, choices=Indicator.choices)
    unit = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    person = person_field(_("person"))
    value = models.DecimalField(_("target"), max_digits=18, decimal_places=2)

    history = tracked()

    class Meta:
        verbose_name = _("promotion target")
        verbose_name_plural = _("promotion targets")
        ordering = ["-year", "indicator", "pk"]
        constraints = [
            models.UniqueConstraint(
                "year",
                "indicator",
                Coalesce("unit", 0),
                Coalesce("person", 0),
                name="promotiontarget_once",
                violation_error_message=_("This target exists already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_indicator_display()}"
