"""For how long data about people is kept: the zone's own periods for the rules that the apps declare."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from pinghu.ledger.history import tracked
from pinghu.personal_data import Rule, rule_of
from promotion.models.base import PromotionRecord


class RetentionPeriod(PromotionRecord):
    """After how many months one rule of `pinghu.personal_data` forgets; switched off, nothing is forgotten by itself."""

    rule = models.SlugField(_("rule"), max_length=40, unique=True, editable=False)
    months = models.PositiveSmallIntegerField(_("months"), validators=[MinValueValidator(1)])
    is_active = models.BooleanField(
        _("forgets every night"), default=True, help_text=_("Off: what is due is only shown.")
    )
    source = models.CharField(_("source"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("retention period")
        verbose_name_plural = _("retention periods")
        ordering = ["rule"]

    def __str__(self) -> str:
        declared = self.declared
        return str(declared.model._meta.verbose_name_plural) if declared is not None else self.rule

    @property
    def declared(self) -> Rule | None:
        """The rule as its app declares it; None where no app does any more."""
        return rule_of(self.rule)
