"""Foreign and other capital as it was contracted and arrived, of an enterprise and perhaps one of its projects."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Enterprise
from directory.models.enterprises import country_choices
from pinghu.ledger.history import tracked
from promotion.models.base import BelowRecord, currency_field, money_field
from promotion.models.projects import Evidence, InvestmentProject
from promotion.rules import capital


class CapitalRecord(BelowRecord):
    """One amount contracted or arrived; a decrease is negative. The 外资台账 is the sum of these rows."""

    guarded_parents = ("project",)

    class Kind(models.TextChoices):
        CONTRACTED = capital.CONTRACTED, _("Contracted")
        ACTUAL = capital.ACTUAL, _("Arrived")

    class Form(models.TextChoices):
        CASH = "cash", _("Cash")
        EQUIPMENT = "equipment", _("Equipment")
        REINVESTED_PROFIT = "reinvested_profit", _("Reinvested profit")
        ACQUISITION = "acquisition", _("Acquisition")
        OTHER = "other", _("Other")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="capital_records", verbose_name=_("enterprise")
    )
    project = models.ForeignKey(
        InvestmentProject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="capital_records",
        verbose_name=_("project"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    on = models.DateField(_("on"))
    amount = money_field(_("amount"), null=False, blank=False, validators=[])
    currency = currency_field(default="USD")
    form = models.CharField(_("form"), max_length=20, choices=Form.choices, default=Form.CASH)
    source_country = models.CharField(_("comes from"), max_length=2, blank=True, choices=country_choices)
    confirmation_no = models.CharField(_("commerce confirmation"), max_length=60, blank=True)
    due_on = models.DateField(
        _("to be paid in by"), null=True, blank=True, help_text=_("Of contracted capital (出资期限).")
    )
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("capital record")
        verbose_name_plural = _("capital records")
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["kind", "on"], name="capital_kind_on")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="capital_not_zero",
                violation_error_message=_("Give an amount other than 0."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"
