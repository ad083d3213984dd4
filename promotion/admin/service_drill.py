"""Filters of the lists that a figure of "1+3+N" leads to: each shows exactly the rows that the figure counted."""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, pgettext_lazy

from directory.ports import enterprise_filter
from promotion import service_figures as figures
from promotion import service_statistics as reading
from promotion.admin.drill import DrillFilter, ScopeFilter
from promotion.models import CaseRating, ChainMatch
from promotion.rules.periods import Period
from promotion.rules.working_time import local_day
from promotion.scopes import scope_of

_CODE = re.compile(r"([a-z0-9_]+)-(\d{8})-(\d{8})(?:-(mine|units|[up]\d+))?")
_PART = re.compile(r"(\d{1,9})-(all|visits|none|\d{1,9})")

CASE_WORDS: Mapping[str, Any] = {
    figures.RAISED: gettext_lazy("Raised"),
    figures.ACCEPTED: gettext_lazy("Accepted for handling"),
    figures.ANSWERED: gettext_lazy("Answered"),
    figures.CLOSED: gettext_lazy("Case closed"),
    figures.OPEN: gettext_lazy("Open at the end"),
    figures.OVERDUE: gettext_lazy("Overdue"),
    figures.STANDING: gettext_lazy("Answered and not taken up again"),
    figures.ON_TIME: gettext_lazy("Answered in time"),
    figures.REOPENED: gettext_lazy("Came back"),
    figures.RATED: gettext_lazy("Rated"),
    figures.CONTENT: gettext_lazy("Rated: content"),
    figures.ASKED: gettext_lazy("Said whether it was solved"),
    figures.SOLVED: gettext_lazy("Solved, they say"),
    **{measure: CaseRating.Grade(grade).label for measure, grade in figures.GRADE.items()},
}
PROMISE_WORDS: Mapping[str, Any] = {
    "kept_ours": gettext_lazy("Our promises kept"),
    "kept_theirs": gettext_lazy("Their promises kept"),
    "open_ours": gettext_lazy("Our open promises"),
    "open_theirs": gettext_lazy("Their open promises"),
    "overdue_ours": gettext_lazy("Our overdue promises"),
    "overdue_theirs": gettext_lazy("Their overdue promises"),
}
SIGNAL_WORDS: Mapping[str, Any] = {
    figures.SIGNALS: gettext_lazy("Signals"),
    figures.BECAME_LEADS: gettext_lazy("Signals that became leads"),
    figures.BECAME_CASES: gettext_lazy("Signals that became cases"),
}
MATCH_WORDS: Mapping[str, Any] = {
    figures.PROPOSED: gettext_lazy("Matches proposed"),
    figures.INTRODUCED: gettext_lazy("Introductions"),
    figures.TALKING: ChainMatch.Status.TALKING.label,
    figures.FAILED: ChainMatch.Status.FAILED.label,
    **{measure: ChainMatch.Amount(band).label for measure, band in figures.DEAL.items()},
}
ENTERPRISE_WORDS: Mapping[str, Any] = {
    reading.ENTERPRISES: gettext_lazy("Somebody looks after them"),
    reading.VISITED: gettext_lazy("Of these visited"),
    reading.NOT_VISITED: gettext_lazy("Of these not visited"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a figure's code says: the measure, its period, and for enterprises the scope."""

    measure: str
    period: Period
    scope: str = ""


def figure_code(measure: str, period: Period, scope: str = "") -> str:
    """How an address names the rows of a figure: `raised-20260101-20260331`."""
    code = f"{measure}-{period.since:%Y%m%d}-{period.until:%Y%m%d}"
    return f"{code}-{scope}" if scope else code


def _asked(value: str) -> Asked | None:
    found = _CODE.fullmatch(value)
    if found is None:
        return None
    try:
        days = [datetime.date.fromisoformat(text) for text in (found[2], found[3])]
    except ValueError:
        return None
    return Asked(found[1], Period(*days), found[4] or "") if 2000 <= days[0].year <= days[1].year <= 2100 else None


class FigureFilter(DrillFilter):
    """The rows that a figure counted in a period; a subclass says which figures its list knows, and their rows."""

    title = gettext_lazy("counts towards")
    parameter_name = "figure"
    words: ClassVar[Mapping[str, Any]] = {}

    def label(self, request: Any, value: str) -> str | None:
        asked = _asked(value)
        if asked is None or asked.measure not in self.words:
            return None
        first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in (asked.period.since, asked.period.until))
        return f"{self.words[asked.measure]} · {first} – {last}"

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        asked = _asked(value)
        return queryset.filter(self.condition(asked)) if asked is not None else queryset.none()

    def condition(self, asked: Asked) -> Q:
        raise NotImplementedError


def figure_filter(of: Mapping[str, Any], condition_of: Callable[[Asked], Q]) -> type[FigureFilter]:
    """The filter of a list whose figures these are."""

    class Filter(FigureFilter):
        words = of

        def condition(self, asked: Asked) -> Q:
            return condition_of(asked)

    return Filter


def _today() -> datetime.date:
    return local_day(timezone.now())


class PartFilter(DrillFilter):
    """Cases of one part of a version of "1+3+N": all of it, a pillar, what came of visits, what has no mechanism."""

    title = gettext_lazy("part of the service system")
    parameter_name = "part"

    def _found(self, request: Any, value: str) -> Any:
        if not hasattr(self, "_known"):
            found = _PART.fullmatch(value)
            versions = reading.versions(request.user) if found else []
            version = next((each for each in versions if found and each.system.pk == int(found[1])), None)
            self._known = (version, found[2]) if version is not None and found else None
        return self._known

    def label(self, request: Any, value: str) -> str | None:
        if (known := self._found(request, value)) is None:
            return None
        version, part = known
        if part in PARTS:
            return f"{version.system} · {PARTS[part]}"
        pillar = next((each for each in version.pillars if str(each.pk) == part), None)
        return f"{version.system.formula} · {pillar}" if pillar is not None else None

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        version, part = self._found(request, value)
        return queryset.filter(version.condition(), figures.part_condition(part))


#: What the parts are called that are no pillar's own.
PARTS: Mapping[str, Any] = {
    figures.WHOLE: pgettext_lazy("service system", "All"),
    figures.VISITS: gettext_lazy("From visits"),
    figures.NO_MECHANISM: gettext_lazy("Without a mechanism"),
}


@enterprise_filter
class LookedAfterFilter(DrillFilter):
    """Enterprises that somebody looks after, and those of them that were visited in a period."""

    title = gettext_lazy("liaison")
    parameter_name = "liaison"

    def label(self, request: Any, value: str) -> str | None:
        asked = _asked(value)
        if asked is None or asked.measure not in ENTERPRISE_WORDS or scope_of(request.user, asked.scope) is None:
            return None
        first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in (asked.period.since, asked.period.until))
        return f"{ENTERPRISE_WORDS[asked.measure]} · {first} – {last}"

    def rows(self, request: Any, queryset: Any, value: str) -> Any:
        asked = _asked(value)
        scope = scope_of(request.user, asked.scope) if asked is not None else None
        if asked is None or scope is None:
            return queryset.none()
        held = reading.looked_after(request.user, scope, min(asked.period.until, _today()))
        seen = reading.visited_in(request.user, asked.period)
        held = held.filter(pk__in=seen) if asked.measure == reading.VISITED else held
        held = held.exclude(pk__in=seen) if asked.measure == reading.NOT_VISITED else held
        return queryset.filter(pk__in=held.order_by().values("pk"))


class EngagementScopeFilter(ScopeFilter):
    path = "engagement__"


class MatchScopeFilter(ScopeFilter):
    path = "case__"


CASE_FILTERS: tuple[Any, ...] = (
    ScopeFilter,
    PartFilter,
    figure_filter(
        CASE_WORDS, lambda asked: figures.case_condition(asked.measure, asked.period, timezone.now())
    ),
)  # fmt: skip
VISIT_FILTERS: tuple[Any, ...] = (
    ScopeFilter,
    figure_filter({reading.VISITS: gettext_lazy("Visits")}, lambda asked: figures.day_condition("on", asked.period)),
)
ENGAGEMENT_FILTERS: tuple[Any, ...] = (
    ScopeFilter,
    figure_filter(
        {reading.ENGAGEMENTS: gettext_lazy("Engagements")}, lambda asked: figures.day_condition("on", asked.period)
    ),
)
PROMISE_FILTERS: tuple[Any, ...] = (
    EngagementScopeFilter,
    figure_filter(PROMISE_WORDS, lambda asked: figures.promise_condition(asked.measure, asked.period, _today())),
)
SIGNAL_FILTERS: tuple[Any, ...] = (
    ScopeFilter,
    figure_filter(SIGNAL_WORDS, lambda asked: figures.signal_condition(asked.measure, asked.period)),
)
WARE_WORDS: Mapping[str, Any] = {
    reading.OFFERS: gettext_lazy("Offers that stand"),
    reading.NEEDS: gettext_lazy("Needs that stand"),
}
WARE_FILTERS: tuple[Any, ...] = (figure_filter(WARE_WORDS, lambda asked: figures.ware_condition(asked.period)),)
MATCH_FILTERS: tuple[Any, ...] = (
    MatchScopeFilter,
    figure_filter(MATCH_WORDS, lambda asked: figures.match_condition(asked.measure, asked.period)),
)
