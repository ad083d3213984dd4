"""Filters of lists that a figure leads to: each shows exactly the rows that the figure counted.

They stand in the address alone and show among the filters while they are there; a word that means nothing finds
nothing, so that a mistyped address never passes for the rows of a figure.
"""

import datetime
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.admin.filters import ChoiceFilter
from promotion import figures
from promotion.ageing import ages
from promotion.models import PromotionTarget, Stage
from promotion.rules import ageing, indicators
from promotion.rules.working_time import local_day
from promotion.scopes import scope_of
from promotion.wording import stage_name

#: Lists that figures lead to.
PROJECTS, LEADS, CAPITAL = "investmentproject", "lead", "capitalrecord"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_OF_YEAR = re.compile(r"([a-z_]+)-(\d{4})")
_COUNTED = re.compile(r"([a-z0-9_]+)-(\d{4})(?:-(\d{2}))?(?:-list(\d{4}))?")


def list_url(model: str, **asked: Any) -> str:
    """The list of a model of promotion, narrowed by what is asked; what is empty is left out."""
    query = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
    return f"{reverse(f'admin:promotion_{model}_changelist')}{'?' if query else ''}{query}"


def counted_code(indicator: str, year: int, month: int | None = None, list_year: int | None = None) -> str:
    """How the address names the rows of an indicator: `signed-2026`, `fortune_500-2026-06-list2025`."""
    code = f"{indicator}-{year}"
    code += f"-{month:02d}" if month else ""
    return f"{code}-list{list_year}" if list_year else code


class DrillFilter(ChoiceFilter):
    """One filter that a figure's address sets; `label` says what it means, None where it means nothing."""

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value()
        return [(value, self.label(request, value) or value)] if value else []

    def queryset(self, request: Any, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return queryset
        return self.rows(request, queryset, value) if self.label(request, value) else queryset.none()

    def label(self, request: Any, value: str) -> str | None:
        raise NotImplementedError

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        raise NotImplementedError


class ScopeFilter(DrillFilter):
    """A unit with those below it, or one person: see `promotion.scopes`."""

    title = gettext_lazy("scope")
    parameter_name = "scope"
    #: Where owner and unit stand.
    path = ""

    def _scope(self, request: Any, value: str) -> Any:
        if not hasattr(self, "_found"):
            self._found = scope_of(request.user, value)
        return self._found

    def label(self, request: Any, value: str) -> str | None:
        scope = self._scope(request, value)
        return scope.label if scope is not None else None

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        return queryset.filter(self._scope(request, value).condition(self.path))


class CapitalScopeFilter(ScopeFilter):
    """The same, of the project that a capital record belongs to."""

    path = "project__"


class CountedFilter(DrillFilter):
    """The rows that count towards an indicator in a year, or in a year up to the end of a month."""

    title = gettext_lazy("counts towards")
    parameter_name = "figure"
    #: Whether the list is one of capital records.
    of_capital = False

    def label(self, request: Any, value: str) -> str | None:
        asked = _counted(value)
        if asked is None or figures.is_of_capital(asked[0]) != self.of_capital:
            return None
        indicator, year, month, _list_year = asked
        named = {**dict(PromotionTarget.Indicator.choices), figures.STARTED_OF_SIGNED: _("Signed and started")}
        if indicator not in named:
            return None
        when = date_format(datetime.date(year, month, 1), "YEAR_MONTH_FORMAT") if month else year
        return f"{named[indicator]} · {when}"

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        indicator, year, month, list_year = _counted(value) or ("", 0, None, None)
        today = local_day(timezone.now())
        span = indicators.span_of(year, month or 12, today=today)
        keys = figures.counted_keys(request.user, indicator, span, list_year=list_year)
        return queryset.filter(pk__in=keys)


class CapitalCountedFilter(CountedFilter):
    of_capital = True


def _counted(value: str) -> tuple[str, int, int | None, int | None] | None:
    """(indicator, year, month, list year) of a code, None for what is none."""
    found = _COUNTED.fullmatch(value)
    if found is None or not _is_year(found[2]):
        return None
    month = int(found[3]) if found[3] else None
    if month is not None and not 1 <= month <= 12:
        return None
    return found[1], int(found[2]), month, int(found[4]) if found[4] else None


def _of_year(value: str, known: Mapping[str, Any]) -> tuple[str, int] | None:
    """(what, year) of a code like `signed-2026`, None where the word is not known."""
    found = _OF_YEAR.fullmatch(value)
    return (found[1], int(found[2])) if found and found[1] in known and _is_year(found[2]) else None


def _is_year(text: str) -> bool:
    return _FIRST_YEAR <= int(text) <= _LAST_YEAR


class FunnelFilter(DrillFilter):
    """Projects of a year that came as far as a stage."""

    title = gettext_lazy("funnel")
    parameter_name = "funnel"
    known: ClassVar[Mapping[str, Any]] = dict(Stage.choices)

    def label(self, request: Any, value: str) -> str | None:
        asked = _of_year(value, self.known)
        if asked is None:
            return None
        words = {"year": asked[1], "stage": self.known[asked[0]]}
        return _("Of %(year)s: %(stage)s") % words

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        stage, year = _of_year(value, self.known) or ("", 0)
        return figures.projects_that_reached(queryset, year, stage)


class LeadFunnelFilter(FunnelFilter):
    """Leads of a year, or those of them that became projects."""

    known: ClassVar[Mapping[str, Any]] = {
        figures.LEADS_ENTERED: gettext_lazy("leads entered"),
        figures.LEADS_CONVERTED: gettext_lazy("became projects"),
    }

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        step, year = _of_year(value, self.known) or ("", 0)
        narrow = figures.leads_converted if step == figures.LEADS_CONVERTED else figures.leads_entered
        return narrow(queryset, year)


class LeftFilter(DrillFilter):
    """Projects that went on from a stage in a year."""

    title = gettext_lazy("went on from")
    parameter_name = "left"
    known: ClassVar[Mapping[str, Any]] = dict(Stage.choices)

    def label(self, request: Any, value: str) -> str | None:
        asked = _of_year(value, self.known)
        return f"{stage_name(asked[0])} · {asked[1]}" if asked is not None else None

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        stage, year = _of_year(value, self.known) or ("", 0)
        return figures.projects_that_left(request.user, queryset, year, stage)


class MovedFilter(DrillFilter):
    """Projects that were entered or moved since a day."""

    title = gettext_lazy("moved since")
    parameter_name = "moved"

    def label(self, request: Any, value: str) -> str | None:
        day = _day(value)
        return date_format(day, "DATE_FORMAT") if day is not None else None

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        return figures.projects_moved_since(request.user, queryset, _day(value) or datetime.date.max)


def _day(value: str) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError:
        return None
    return day if _is_year(str(day.year)) else None


class LateFilter(ChoiceFilter):
    """Running projects that stand too long in their stage, or behind a planned day."""

    title = gettext_lazy("standing still")
    parameter_name = "late"
    options: ClassVar[dict[str, Any]] = {
        "slow": gettext_lazy("Slow in their stage"),
        "stuck": gettext_lazy("Stuck in their stage"),
        "plan": gettext_lazy("A planned day has passed"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        today = local_day(timezone.now())
        if value == "plan":
            return figures.projects_behind_plan(rows, today)
        return rows.filter(ages(today).condition(ageing.STUCK if value == "stuck" else ageing.SLOW))


#: What the list of projects offers beside its own filters.
PROJECT_FILTERS: tuple[Any, ...] = (LateFilter, ScopeFilter, CountedFilter, FunnelFilter, LeftFilter, MovedFilter)
LEAD_FILTERS: tuple[Any, ...] = (ScopeFilter, LeadFunnelFilter)
CAPITAL_FILTERS: tuple[Any, ...] = (CapitalScopeFilter, CapitalCountedFilter)
