"""The size class of an enterprise in a year: computed from its figures, or set by hand with a reason."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models import SizeThreshold
from directory.rules import size_class as rule


class SizeClass(models.TextChoices):
    """The four classes of 统计上大中小微型企业划分办法（2017）."""

    LARGE = "large", _("Large")
    MEDIUM = "medium", _("Medium")
    SMALL = "small", _("Small")
    MICRO = "micro", _("Micro")


@dataclass(frozen=True, slots=True)
class Size:
    """A size class ("" = nobody can say), what the figures give by themselves, and why a hand overrode it."""

    value: str
    computed: str
    reason: str = ""

    @property
    def is_overridden(self) -> bool:
        return bool(self.reason)

    @property
    def label(self) -> Any:
        return SizeClass(self.value).label if self.value in SizeClass.values else self.value


class Thresholds:
    """The limits on record, read once (one query) and asked for any number of rows."""

    def __init__(self, rows: Iterable[SizeThreshold] | None = None) -> None:
        self._rows = list(SizeThreshold.objects.all() if rows is None else rows)

    def in_force(self, day: datetime.date) -> list[rule.SizeThreshold]:
        """The newest version of each sector's limits in force on a day, as the rule takes them."""
        newest: dict[str, SizeThreshold] = {}
        for row in sorted(self._rows, key=lambda row: (row.effective_from, row.version)):
            if row.effective_from <= day:
                newest[row.sector] = row
        return [
            rule.SizeThreshold(
                sector=row.sector,
                version=row.version,
                employees=_limits(row, "employees"),
                revenue_wan=_limits(row, "revenue"),
                assets_wan=_limits(row, "assets"),
            )
            for row in newest.values()
        ]

    def size_of(self, figures: Any, industry_code: str) -> Size:
        """The size by one year's figures (`AnnualFigures`); limits are those in force at the end of that year."""
        computed = None
        if industry_code and figures.year:
            try:
                sector = rule.sector_of(industry_code)
            except ValueError:
                sector = None
            computed = rule.size_class(
                sector,
                figures.employees,
                figures.revenue,
                self.in_force(datetime.date(figures.year, 12, 31)),
                assets_wan=figures.assets,
            )
        if figures.size_override:
            return Size(figures.size_override, computed or "", figures.size_override_reason)
        return Size(computed or "", computed or "")


def _limits(row: SizeThreshold, name: str) -> rule.Limits | None:
    values = tuple(getattr(row, f"{name}_{grade}") for grade in ("large", "medium", "small"))
    return None if None in values else values  # type: ignore[return-value]
