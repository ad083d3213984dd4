"""The statistics of "1+3+N" for one version of the service system, one period and one scope.

Everything starts from `visible_to(user)` and counts all of it; what each figure means stands in `service_figures`. Five
queries, whatever is counted.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case as When_
from django.db.models import CharField, Count, F, IntegerField, Q, Sum, Value, When

from directory.models import Enterprise
from promotion import service_figures as figures
from promotion.liaison import assigned
from promotion.models import (
    CapabilityOffer,
    ChainMatch,
    EngagementPromise,
    HeadquartersEngagement,
    IntentSignal,
    OfficeHours,
    ProcurementNeed,
    ServiceCase,
    ServicePillar,
    Visit,
)
from promotion.rules.periods import Period
from promotion.rules.satisfaction import GRADES, Rating, Satisfaction
from promotion.rules.working_time import OFFICE_HOURS, WorkCalendar, local_day
from promotion.scopes import Scope

# Counted beside the cases.
ENTERPRISES, VISITED, NOT_VISITED, VISITS = "enterprises", "visited", "not_visited", "visits"
ENGAGEMENTS, OFFERS, NEEDS = "engagements", "offers", "needs"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the system with its pillars, and the day from which the next one holds."""

    system: Any
    pillars: tuple[Any, ...]
    next_from: datetime.date | None

    def condition(self) -> Q:
        """The cases that were raised under it."""
        return figures.system_condition(self.system, self.pillars, self.next_from)


@dataclass(slots=True)
class Line:
    """Figures of one part of the version: counts by measure, ratings, and the working minutes of what was answered."""

    part: str
    pillar: Any = None
    counts: dict[str, int] = field(default_factory=dict)
    minutes: int = 0
    timed: int = 0
    ratings: dict[str, int] = field(default_factory=dict)

    @property
    def satisfaction(self) -> Satisfaction:
        """As the rule reads them; its base are the answers given in the period."""
        given = self.ratings
        return Satisfaction(
            closed=self.counts.get(figures.ANSWERED, 0),
            rated=given.get(figures.RATED, 0),
            content=given.get(figures.CONTENT, 0),
            solved=given.get(figures.SOLVED, 0),
            answered_solved=given.get(figures.ASKED, 0),
            by_grade=tuple((grade, given.get(f"grade{grade}", 0)) for grade in GRADES),
        )

    def add(self, other: Mapping[str, Any]) -> None:
        for measure in figures.CASE_MEASURES:
            self.counts[measure] = self.counts.get(measure, 0) + other[measure]
        self.minutes += other["minutes"] or 0
        self.timed += other["timed"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything on the page. `lines` begin with the whole version; `counts` by name; a working day in minutes."""

    version: Version
    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    day_minutes: int


def versions(user: Any) -> list[Version]:
    """Every version of the system that has pillars, the newest first; one query."""
    rows = ServicePillar.objects.visible_to(user).select_related("system")
    found: dict[Any, list[Any]] = {}
    for pillar in rows.order_by("-system__effective_from", "layer", "order", "code"):
        found.setdefault(pillar.system, []).append(pillar)
    result: list[Version] = []
    for system, pillars in found.items():
        result.append(Version(system, tuple(pillars), result[-1].system.effective_from if result else None))
    return result


def in_force(known: Iterable[Version], day: datetime.date) -> Version | None:
    """Of these versions, the newest first, the one that holds on a day."""
    return next((each for each in known if each.system.effective_from <= day), None)


def statistics(user: Any, scope: Scope, version: Version, period: Period, *, at: datetime.datetime) -> Statistics:
    """All figures for one person; four queries beside those for role, units and versions."""
    cases = ServiceCase.objects.visible_to(user).filter(scope.condition())
    lines = _lines(version)
    of_version = cases.filter(figures.touched(period), version.condition())
    for row in _counted(of_version, period, at):
        for line in _lines_of(lines, row):
            line.add(row)
    for row in _rated(of_version, period):
        for line in _lines_of(lines, row):
            _add_rating(line, row["grade"], row["is_solved"], row["rows"])
    hours = tuple((row.starts, row.ends) for row in OfficeHours.objects.order_by("starts"))
    day = WorkCalendar({}, hours or OFFICE_HOURS).day_length
    return Statistics(
        version=version,
        lines=tuple(lines),
        counts=_beside(user, scope, period, local_day(at)),
        day_minutes=day // datetime.timedelta(minutes=1),
    )


def _lines(version: Version) -> list[Line]:
    order = (ServicePillar.Layer.CORE, ServicePillar.Layer.MECHANISM, ServicePillar.Layer.PLATFORM)
    pillars = sorted(version.pillars, key=lambda pillar: order.index(pillar.layer))
    lines = [Line(figures.WHOLE)]
    lines += [Line(figures.part_of(pillar), pillar) for pillar in pillars]
    return [*lines, Line(figures.NO_MECHANISM)]


def _lines_of(lines: Sequence[Line], row: Mapping[str, Any]) -> Iterable[Line]:
    parts = {figures.WHOLE, str(row["mechanism_"] or figures.NO_MECHANISM), str(row["platform_"])}
    parts |= {figures.VISITS} if row["of_visit"] else set()
    return (line for line in lines if line.part in parts)


def _add_rating(line: Line, grade: int, is_solved: bool | None, rows: int) -> None:
    holds = {
        figures.RATED: True,
        figures.CONTENT: Rating(grade).is_content,
        figures.ASKED: is_solved is not None,
        figures.SOLVED: is_solved is True,
        f"grade{grade}": True,
    }
    for measure, counts in holds.items():
        line.ratings[measure] = line.ratings.get(measure, 0) + (rows if counts else 0)


def _placed(rows: Any, path: str = "") -> Any:
    """Rows in groups by mechanism, platform, and whether the case came of a visit."""
    of_visit = When_(When(**{f"{path}visit__isnull": False}, then=1), default=0, output_field=IntegerField())
    placed = rows.order_by().annotate(mechanism_=F(f"{path}mechanism"), platform_=F(f"{path}platform"))
    return placed.annotate(of_visit=of_visit).values("mechanism_", "platform_", "of_visit")


def _counted(cases: Any, period: Period, at: datetime.datetime) -> Any:
    measures = {
        measure: Count("pk", filter=figures.case_condition(measure, period, at)) for measure in figures.CASE_MEASURES
    }
    timed = figures.case_condition(figures.ANSWERED, period, at) & Q(handled_minutes__isnull=False)
    return _placed(cases).annotate(
        **measures, minutes=Sum("handled_minutes", filter=timed), timed=Count("pk", filter=timed)
    )


def _rated(cases: Any, period: Period) -> Any:
    rows = _placed(figures.lowest_ratings(period, cases), "case__")
    names = ("mechanism_", "platform_", "of_visit", "grade", "is_solved")
    return rows.values(*names).annotate(rows=Count("pk"))


# --- beside the cases --------------------------------------------------------------------------------------------------


def looked_after(user: Any, scope: Scope, day: datetime.date) -> Any:
    """Enterprises that somebody of the scope looks after on a day."""
    held = assigned(user, day)
    if scope.units is not None:
        held = held.filter(unit__in=scope.units)
    if scope.person is not None:
        held = held.filter(person=scope.person)
    return Enterprise.objects.visible_to(user).filter(pk__in=held.order_by().values("enterprise"))


def visited_in(user: Any, period: Period) -> Any:
    """Keys of enterprises that somebody visited in the period."""
    visits = Visit.objects.visible_to(user).filter(figures.day_condition("on", period))
    return visits.order_by().values("enterprise")


def _beside(user: Any, scope: Scope, period: Period, today: datetime.date) -> dict[str, int]:
    """What is counted beside the cases, by name; one query."""
    mine = scope.condition()
    enterprises, seen = looked_after(user, scope, min(period.until, today)), visited_in(user, period)
    parts: dict[str, Any] = {
        ENTERPRISES: enterprises,
        VISITED: enterprises.filter(pk__in=seen),
        NOT_VISITED: enterprises.exclude(pk__in=seen),
        VISITS: Visit.objects.visible_to(user).filter(mine, figures.day_condition("on", period)),
        ENGAGEMENTS: HeadquartersEngagement.objects.visible_to(user).filter(mine, figures.day_condition("on", period)),
        OFFERS: CapabilityOffer.objects.visible_to(user).filter(figures.ware_condition(period)),
        NEEDS: ProcurementNeed.objects.visible_to(user).filter(figures.ware_condition(period)),
    }
    signals = IntentSignal.objects.visible_to(user).filter(mine)
    promises = EngagementPromise.objects.visible_to(user).filter(scope.condition("engagement__"))
    matches = ChainMatch.objects.visible_to(user)
    for measure in figures.SIGNAL_MEASURES:
        parts[measure] = signals.filter(figures.signal_condition(measure, period))
    for measure in figures.PROMISES:
        parts[measure] = promises.filter(figures.promise_condition(measure, period, today))
    for measure in figures.MATCH_MEASURES:
        of_scope = Q() if measure == figures.PROPOSED else scope.condition("case__")
        parts[measure] = matches.filter(of_scope, figures.match_condition(measure, period))
    numbered = []
    for name, rows in parts.items():
        marked = rows.order_by().annotate(name_=Value(name, output_field=CharField()))
        numbered.append(marked.values("name_").annotate(rows=Count("pk")).values_list("name_", "rows"))
    found = dict(numbered[0].union(*numbered[1:], all=True))
    return {name: found.get(name, 0) for name in parts}
