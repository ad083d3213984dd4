"""From how many working days in a stage on a project is slow, and from how many it is stuck."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pinghu.ledger.history import tracked
from promotion.models.base import PromotionRecord
from promotion.models.projects import Stage, Track
from promotion.rules import ageing


class StageAgeLimit(PromotionRecord):
    """From a day on, how long a project may stand in a stage; a new limit is a new row."""

    stage = models.CharField(_("stage"), max_length=14, choices=Stage.choices)
    track = models.CharField(
        _("track"),
        max_length=20,
        choices=Track.choices,
        blank=True,
        help_text=_("Empty: all tracks without a limit of their own."),
    )
    effective_from = models.DateField(_("effective from"))
    slow_after = models.PositiveSmallIntegerField(_("slow after, working days"))
    stuck_after = models.PositiveSmallIntegerField(_("stuck after, working days"))
    source = models.CharField(_("source"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("age limit of a stage")
        verbose_name_plural = _("age limits of stages")
        ordering = ["stage", "track", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "track", "effective_from"],
                name="stageagelimit_once",
                violation_error_message=_("There is a limit of this stage from this day on already."),
            ),
            models.CheckConstraint(
                condition=Q(stuck_after__gte=F("slow_after")),
                name="stageagelimit_order",
                violation_error_message=_("A project is slow before it is stuck."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.slow_after}/{self.stuck_after}"

    def limit(self) -> ageing.Limit:
        return ageing.Limit(self.stage, self.track, self.effective_from, self.slow_after, self.stuck_after)
