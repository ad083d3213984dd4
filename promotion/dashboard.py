"""The dashboard: what moved, what stands still, the funnel, the days in each stage, and the year against its targets.

Everything starts from `visible_to(user)` and is narrowed by one scope. A fixed number of queries, whatever is in it.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Q, Value
from django.db.models.functions import Concat

from promotion import figures
from promotion.ageing import Ages, ages, start_of
from promotion.figures import Facts, Figure, person_name, read_facts
from promotion.models import InvestmentProject, Lead, PromotionTarget, StageChange
from promotion.rules import ageing, indicators
from promotion.rules.ageing import Moved
from promotion.rules.indicators import span_of
from promotion.rules.stages import STAGES
from promotion.rules.working_time import local_day
from promotion.scopes import Scope, unit_scope

#: So many moves and so many projects that stand still are named on the first screen.
NAMED = 4
#: The three figures of the first screen: those with a target first, in this order.
FIRST = (
    indicators.ACTUAL_FDI,
    indicators.PROJECTS_SIGNED,
    indicators.PROJECTS_STARTED,
    indicators.FORTUNE_500,
    indicators.CONTRACTED_FDI,
    indicators.OVER_1BN,
    indicators.OVER_100M_USD,
    indicators.START_RATE,
    indicators.OVER_5BN,
    indicators.OVER_10BN,
)

# Names of what is counted.
LEADS_OVERDUE, PROJECTS_OVERDUE, BEHIND_PLAN = "leads_overdue", "projects_overdue", "behind_plan"
STUCK, SLOW, MOVED = "stuck", "slow", "moved"
_FUNNEL = "funnel:"


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a project, `moved` as its history has it."""

    project: int
    number: str
    name: str
    moved: Moved
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Still:
    """One project that is stuck, and for how many working days it has stood in its stage."""

    project: int
    number: str
    name: str
    stage: str
    working_days: int


@dataclass(frozen=True, slots=True)
class Target:
    """One row of targets; `name` is the unit's or the person's, `works_in` where that person works."""

    indicator: str
    value: Decimal
    unit: int | None
    person: int | None
    name: str = ""
    works_in: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside its target (None: there is none) in one scope."""

    scope: Scope
    figure: Figure
    target: Decimal | None

    @property
    def share(self) -> Decimal | None:
        """What was reached, in per cent of the target."""
        return indicators.share(self.figure.value, self.target)


@dataclass(frozen=True, slots=True)
class Glance:
    """The first screen: what moved since the last working day, what is stuck, three figures against target."""

    since: datetime.date
    moved: int
    moves: tuple[Move, ...]
    stuck: int
    still: tuple[Still, ...]
    lines: tuple[Line, ...]
    passed: Decimal


@dataclass(frozen=True, slots=True)
class StageDays:
    """How many projects went on from a stage in the year, and the middle of the working days they had stood there."""

    stage: str
    projects: int
    working_days: Decimal | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything on the page. `counts` by name; `funnel` by step, leads first."""

    today: datetime.date
    year: int
    scope: Scope
    glance: Glance
    counts: Mapping[str, int]
    funnel: Mapping[str, int]
    days: tuple[StageDays, ...]
    lines: tuple[Line, ...]
    by: str
    parts: tuple[Line, ...]
    facts: Facts


def dashboard(user: Any, scope: Scope, *, year: int, at: datetime.datetime, by: str = "") -> Dashboard:
    """The whole page for one person, scope and year; `by` is the indicator shown by unit and person. 9 queries."""
    today = local_day(at)
    known = ages(today)
    since = known.calendar.previous_working_day(today)
    counts = _counts(_parts(user, scope, known, since) | _funnel_parts(user, scope, year))
    moves = _moves(user, scope, year, since)
    facts, targets = read_facts(user, span_of(year, today=today)), _targets(year)
    lines = tuple(_line(user, facts, targets, indicator, scope) for indicator in indicators.INDICATORS)
    by = by if by in indicators.INDICATORS else _first_with_parts(targets)
    steps = {code.removeprefix(_FUNNEL): count for code, count in counts.items() if code.startswith(_FUNNEL)}
    leads = {step: steps.get(step, 0) for step in (figures.LEADS_ENTERED, figures.LEADS_CONVERTED)}
    return Dashboard(
        today=today,
        year=year,
        scope=scope,
        glance=_glance(user, scope, known, since, counts, moves, lines, facts),
        counts={name: counts.get(name, 0) for name in (LEADS_OVERDUE, PROJECTS_OVERDUE, BEHIND_PLAN, STUCK, SLOW)},
        funnel={**leads, **indicators.funnel(steps, STAGES)},
        days=_days(moves, year, known),
        lines=lines,
        by=by,
        parts=_by_unit_and_person(user, facts, targets, by, scope),
        facts=facts,
    )


def glance(user: Any, scope: Scope, *, at: datetime.datetime) -> Glance:
    """The first screen alone, of this year. 9 queries."""
    today = local_day(at)
    known = ages(today)
    since = known.calendar.previous_working_day(today)
    parts = _parts(user, scope, known, since)
    counts = _counts({name: parts[name] for name in (STUCK, MOVED)})
    facts, targets = read_facts(user, span_of(today.year, today=today)), _targets(today.year)
    lines = tuple(_line(user, facts, targets, indicator, scope) for indicator in indicators.INDICATORS)
    moves = _moves(user, scope, None, since)
    return _glance(user, scope, known, since, counts, moves, lines, facts)


def _glance(
    user: Any,
    scope: Scope,
    known: Ages,
    since: datetime.date,
    counts: Mapping[str, int],
    moves: Mapping[int, Sequence[Move]],
    lines: Sequence[Line],
    facts: Facts,
) -> Glance:
    # Each project once, with its latest move.
    recent = [of_project[-1] for of_project in moves.values() if of_project[-1].moved.on >= since]
    recent.sort(key=lambda move: (move.at, move.project), reverse=True)
    order = {indicator: place for place, indicator in enumerate(FIRST)}
    first = sorted(lines, key=lambda line: (line.target is None, order[line.figure.indicator]))
    return Glance(
        since=since,
        moved=counts.get(MOVED, 0),
        moves=tuple(recent[:NAMED]),
        stuck=counts.get(STUCK, 0),
        still=_still(user, scope, known),
        lines=tuple(first[:3]),
        passed=indicators.year_passed(facts.span),
    )


# --- counting --------------------------------------------------------------------------------------------------------


def _parts(user: Any, scope: Scope, known: Ages, since: datetime.date) -> dict[str, Any]:
    """What is counted today, by name."""
    projects, leads = _projects(user, scope), _leads(user, scope)
    late = {"next_on__lt": known.today}
    return {
        LEADS_OVERDUE: leads.open().filter(**late),
        PROJECTS_OVERDUE: projects.running().filter(**late),
        BEHIND_PLAN: figures.projects_behind_plan(projects, known.today),
        STUCK: projects.filter(known.condition(ageing.STUCK)),
        SLOW: projects.filter(known.condition(ageing.SLOW)),
        MOVED: figures.projects_moved_since(user, projects, since),
    }


def _funnel_parts(user: Any, scope: Scope, year: int) -> dict[str, Any]:
    """The steps of the funnel; the projects of the year come by the stage that each stands at."""
    leads = _leads(user, scope)
    return {
        _FUNNEL + figures.LEADS_ENTERED: figures.leads_entered(leads, year),
        _FUNNEL + figures.LEADS_CONVERTED: figures.leads_converted(leads, year),
        _FUNNEL: figures.projects_entered(_projects(user, scope), year),
    }


def _counts(parts: Mapping[str, Any]) -> dict[str, int]:
    """How many rows each part has, those of the funnel by stage. One query."""
    numbered = []
    for name, rows in parts.items():
        code: Any = Value(name, output_field=CharField())
        if name == _FUNNEL:
            code = Concat(Value(_FUNNEL), F("stage"), output_field=CharField())
        counted = rows.order_by().annotate(code=code).values("code").annotate(rows=Count("pk"))
        numbered.append(counted.values_list("code", "rows"))
    return dict(numbered[0].union(*numbered[1:], all=True))


def _projects(user: Any, scope: Scope) -> Any:
    return InvestmentProject.objects.visible_to(user).filter(scope.condition())


def _leads(user: Any, scope: Scope) -> Any:
    return Lead.objects.visible_to(user).filter(scope.condition())


def _moves(user: Any, scope: Scope, year: int | None, since: datetime.date) -> dict[int, list[Move]]:
    """All moves of the projects that went on in the year, and those since a day, by project, the oldest first.

    One query.
    """
    wanted = Q(at__gte=start_of(since))
    if year is not None:
        wanted |= Q(project__in=figures.moves_on(user, year).order_by().values("project"))
    rows = StageChange.objects.visible_to(user).filter(wanted, scope.condition("project__")).order_by("pk")
    found: dict[int, list[Move]] = {}
    for project, number, name, kind, stage, side, to_stage, to_side, at in rows.values_list(
        "project", "project__number", "project__name", "kind", "from_stage", "from_side", "to_stage", "to_side", "at"
    ):
        moved = Moved(kind, stage, side, to_stage, to_side, local_day(at))
        found.setdefault(project, []).append(Move(project, number, name, moved, at))
    return found


def _still(user: Any, scope: Scope, known: Ages) -> tuple[Still, ...]:
    """The projects that have been stuck for longest. One query."""
    rows = _projects(user, scope).filter(known.condition(ageing.STUCK)).order_by("age_since", "pk")
    return tuple(
        Still(pk, number, name, stage, known.working_days(since))
        for pk, number, name, stage, since in rows.values_list("pk", "number", "name", "stage", "age_since")[:NAMED]
    )


def _days(moves: Mapping[int, Sequence[Move]], year: int, known: Ages) -> tuple[StageDays, ...]:
    spent: dict[str, list[int]] = {stage: [] for stage in STAGES}
    for of_project in moves.values():
        own = [move.moved for move in of_project if move.moved.on.year <= year]
        for stage, stay in ageing.stays(own, known.calendar).items():
            if stay.left_on.year == year:
                spent[stage].append(stay.working_days)
    # Nothing goes on from the last stage.
    return tuple(
        StageDays(stage, len(days), ageing.middle(days)) for stage, days in spent.items() if stage != STAGES[-1]
    )


# --- targets ---------------------------------------------------------------------------------------------------------


def _targets(year: int) -> list[Target]:
    """The targets of a year, with the names of units and people and where those work. One query."""
    rows = PromotionTarget.objects.filter(year=year).order_by("pk")
    found: dict[int, Target] = {}
    works_in: dict[int, set[int]] = {}
    for pk, indicator, value, unit, unit_name, person, department, *name in rows.values_list(
        "pk", "indicator", "value", "unit", "unit__name", "person", "person__memberships__department",
        "person__username", "person__first_name", "person__last_name",
    ):  # fmt: skip
        works_in.setdefault(pk, set()).update({department} - {None})
        label = person_name(*name) if person is not None else unit_name or ""
        found[pk] = Target(indicator, value, unit, person, label, frozenset(works_in[pk]))
    return list(found.values())


def _line(user: Any, facts: Facts, targets: Iterable[Target], indicator: str, scope: Scope) -> Line:
    of_indicator = [target for target in targets if target.indicator == indicator]
    return Line(scope, facts.figure(indicator, scope), _target_of(user, of_indicator, scope))


def _target_of(user: Any, targets: Sequence[Target], scope: Scope) -> Decimal | None:
    """The target of a scope: its own row; of several units of one's own the sum, unless it is a percentage."""
    if scope.person is not None:
        own = [target.value for target in targets if target.person == scope.person]
    elif scope.units is None:
        own = [target.value for target in targets if target.person is None and target.unit is None]
    else:
        roots = {key for key in scope.units if user.known_units[key].parent_id not in scope.units}
        own = [target.value for target in targets if target.person is None and target.unit in roots]
    if not own or (len(own) > 1 and targets[0].indicator == indicators.START_RATE):
        return None
    return sum(own, start=Decimal(0))


def _first_with_parts(targets: Iterable[Target]) -> str:
    """The indicator that is shown by unit and person first: the first that somebody has a target for."""
    set_for = {target.indicator for target in targets if target.unit is not None or target.person is not None}
    return next((indicator for indicator in FIRST if indicator in set_for), indicators.PROJECTS_SIGNED)


def _by_unit_and_person(
    user: Any, facts: Facts, targets: Iterable[Target], indicator: str, scope: Scope
) -> tuple[Line, ...]:
    """One indicator by every unit and person within the scope that has a target or something that counts."""
    if scope.person is not None:
        return ()
    of_indicator = [target for target in targets if target.indicator == indicator]
    counted = [one for one in facts.contributions(indicator) if scope.holds(one.unit, one.person)]
    units = {one.unit for one in counted} | {target.unit for target in of_indicator if target.person is None}
    inside = [key for key in user.known_units if key in units and (scope.units is None or key in scope.units)]
    lines = [_line(user, facts, of_indicator, indicator, unit_scope(user, user.known_units[key])) for key in inside]
    people = {one.person: facts.names.get(one.person, "") for one in counted if one.person is not None}
    people |= {
        target.person: target.name
        for target in of_indicator
        if target.person is not None and (scope.units is None or target.works_in & scope.units)
    }
    for person, name in sorted(people.items(), key=lambda item: item[1]):
        lines.append(_line(user, facts, of_indicator, indicator, Scope(f"p{person}", name, person=person)))
    return tuple(lines)
