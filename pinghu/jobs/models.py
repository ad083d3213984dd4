"""What ran on a schedule, and how it went."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScheduledRunQuerySet(models.QuerySet["ScheduledRun"]):
    """Runs of scheduled jobs."""

    def latest_of_each(self) -> Self:
        """The newest slot of every job."""
        newest = self.order_by("name").values("name").annotate(newest=models.Max("slot"))
        keys = [models.Q(name=row["name"], slot=row["newest"]) for row in newest]
        return self.filter(models.Q(*keys, _connector=models.Q.OR)) if keys else self.none()


class ScheduledRun(models.Model):
    """One slot of one scheduled job. The row is written with its task, so whoever comes first takes the slot."""

    name = models.CharField(_("job"), max_length=60)
    slot = models.DateTimeField(_("due at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    ok = models.BooleanField(_("succeeded"), null=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)

    objects = ScheduledRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheduled run")
        verbose_name_plural = _("scheduled runs")
        ordering = ["-slot", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="scheduled_run_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M}"
