"""The figures of promotion and the rows behind each: what counted in a year, in whose scope, as far as one sees it.

A figure and its list are made from the same contributions (see `rules.indicators`), and every read starts from
`visible_to(user)`: a hidden project is in no figure, no sum and no list.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from directory.figures import FORTUNE
from directory.models import ExchangeRate, RankingEntry
from pinghu.accounts.models import User
from promotion.ageing import start_of
from promotion.models import CapitalRecord, InvestmentProject, Lead, ProjectMilestone, StageChange
from promotion.rules import capital, indicators, stages
from promotion.rules.indicators import CapitalFact, Contribution, ProjectFact, Rates, Span
from promotion.rules.stages import STAGES
from promotion.scopes import Scope

#: Of the projects in the rate of starts, those that started: the rate's numerator has a list of its own.
STARTED_OF_SIGNED = "start_rate_started"
PROJECTS, RECORDS = "projects", "records"
_NAME = ("username", "first_name", "last_name")
#: Steps of the funnel that leads stand for.
LEADS_ENTERED, LEADS_CONVERTED = "entered", "converted"


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator in one scope: its value, the rows that made it, and the currencies that no rate converted."""

    indicator: str
    value: Decimal | None
    rows: int
    started: int = 0
    unconverted: tuple[str, ...] = ()


@dataclass(slots=True)
class Facts:
    """Everything that may count in a span, as far as one person sees it, and what it is converted at.

    `names` are those of the people that it counts for.
    """

    span: Span
    projects: tuple[ProjectFact, ...]
    records: tuple[CapitalFact, ...]
    rates: Rates
    list_year: int | None
    names: Mapping[int, str] = field(default_factory=dict)
    _known: dict[str, tuple[Contribution, ...]] = field(default_factory=dict)

    def contributions(self, indicator: str) -> tuple[Contribution, ...]:
        """Every row that counts towards an indicator."""
        if indicator not in self._known:
            self._known[indicator] = indicators.contributions(
                indicator, self.span, projects=self.projects, records=self.records, rates=self.rates
            )
        return self._known[indicator]

    def figure(self, indicator: str, scope: Scope) -> Figure:
        """One indicator in a scope."""
        own = [one for one in self.contributions(indicator) if scope.holds(one.unit, one.person)]
        return figure_of(indicator, own)

    @property
    def stated_rates(self) -> list[capital.Rate]:
        """The rates at which the capital was converted."""
        currencies = {record.currency for record in self.records} | {indicators.CAPITAL_CURRENCY}
        if currencies == {indicators.CAPITAL_CURRENCY}:
            return []
        found = (
            capital.rate_on(self.rates.get(currency, ()), currency, self.span.until)
            for currency in sorted(currencies - {capital.HOME})
        )
        return [rate for rate in found if rate is not None]


def figure_of(indicator: str, rows: Iterable[Contribution]) -> Figure:
    """The figure that contributions make."""
    own = list(rows)
    counted = [one for one in own if one.amount is not None]
    return Figure(
        indicator,
        indicators.value_of(indicator, (one.amount for one in counted)),
        rows=len(counted),
        started=sum(1 for one in counted if one.amount == 1) if indicator == indicators.START_RATE else 0,
        unconverted=tuple(sorted({one.currency for one in own if one.amount is None})),
    )


def read_facts(user: Any, span: Span, *, list_year: int | None = None, only: str = "") -> Facts:
    """What may count in a span. Three queries. Without a user everything: that is for closing a period alone.

    `list_year` is the year of the Fortune Global 500 that groups are looked up in; without it the newest on record
    that is no later than the span's year. `only` PROJECTS or RECORDS saves the other's query.
    """
    found = _projects(user, span, list_year) if only != RECORDS else []
    paid = _records(user, span) if only != PROJECTS else []
    currencies = {values[3] for values in (*found, *paid)}
    return Facts(
        span=span,
        projects=tuple(ProjectFact(*values[:10]) for values in found),
        records=tuple(CapitalFact(*values[:8]) for values in paid),
        rates=indicators.by_currency(_rates(user, currencies | {indicators.CAPITAL_CURRENCY}, span)),
        list_year=list_year if list_year is not None else next((values[-1] for values in found), None),
        # Each person once: there are many rows for each.
        names={person: person_name(*name) for person, *name in _people(found, 9) | _people(paid, 7)},
    )


def _projects(user: Any, span: Span, list_year: int | None) -> list[tuple[Any, ...]]:
    """The columns of `ProjectFact`, those of the person's name, and the list year taken."""
    year: Any = list_year if list_year is not None else Subquery(_list_years(span.since.year)[:1])
    listed = RankingEntry.objects.filter(ranking__code=FORTUNE, year=year, group=OuterRef("group"))
    dated = Q(signed_on__range=(span.since, span.until)) | Q(started_on__range=(span.since, span.until))
    rows = (
        _visible(InvestmentProject, user)
        .filter(dated)
        .order_by("pk")
        .annotate(is_listed=Exists(listed), list_year=Subquery(_list_years(span.since.year)[:1]))
    )
    return list(
        rows.values_list(
            "pk", "stage", "side_state", "currency", "total_investment", "signed_on", "started_on", "is_listed",
            "unit", "owner", *(f"owner__{name}" for name in _NAME), "list_year",
        )
    )  # fmt: skip


def _records(user: Any, span: Span) -> list[tuple[Any, ...]]:
    """The columns of `CapitalFact` and those of the person's name."""
    rows = _visible(CapitalRecord, user).filter(on__range=(span.since, span.until)).order_by("pk")
    return list(
        rows.values_list(
            "pk", "kind", "amount", "currency", "on", "source_country", "project__unit", "project__owner",
            *(f"project__owner__{name}" for name in _NAME),
        )
    )  # fmt: skip


def _people(rows: Iterable[tuple[Any, ...]], at: int) -> set[tuple[Any, ...]]:
    """(key, columns of the name) of everybody, who stand in a row from a place on."""
    return {values[at : at + 1 + len(_NAME)] for values in rows if values[at] is not None}


def newest_list_year(year: int) -> int | None:
    """The newest Fortune Global 500 on record that is no later than a year. One query."""
    found: int | None = _list_years(year).first()
    return found


def _list_years(year: int) -> Any:
    entries = RankingEntry.objects.filter(ranking__code=FORTUNE, year__lte=year)
    return entries.order_by("-year").values_list("year", flat=True)


def _visible(model: Any, user: Any) -> Any:
    return model._base_manager.all() if user is None else model.objects.visible_to(user)


def _rates(user: Any, currencies: Iterable[str], span: Span) -> list[capital.Rate]:
    """The rates of a span, and of each currency the last one before it."""
    stored = _visible(ExchangeRate, user)
    before = stored.filter(currency=OuterRef("currency"), on__lte=span.since).order_by("-on").values("on")[:1]
    rows = stored.filter(Q(on__gt=span.since) | Q(on=Subquery(before)), on__lte=span.until)
    named = rows.filter(currency__in=sorted(set(currencies) - {capital.HOME}))
    return [capital.Rate(*values) for values in named.order_by("currency", "on").values_list("currency", "on", "cny")]


def person_name(username: str, first_name: str, last_name: str) -> str:
    """A person's name from its columns."""
    return str(User(username=username, first_name=first_name, last_name=last_name))


# --- the rows behind a figure ----------------------------------------------------------------------------------------


def counted_keys(user: Any, code: str, span: Span, *, list_year: int | None = None) -> list[int]:
    """The projects (or capital records) that make an indicator's figure. Two queries. Raises ValueError for no code."""
    facts = read_facts(user, span, list_year=list_year, only=RECORDS if is_of_capital(code) else PROJECTS)
    if code == STARTED_OF_SIGNED:
        return [one.key for one in facts.contributions(indicators.START_RATE) if one.amount == 1]
    return [one.key for one in facts.contributions(code) if one.amount is not None]


def is_of_capital(code: str) -> bool:
    """Whether the rows behind an indicator are capital records; else they are projects."""
    return code in indicators.SERIES


def year_bounds(year: int) -> tuple[datetime.datetime, datetime.datetime]:
    """The moments at which a year begins and ends in Pinghu."""
    return start_of(datetime.date(year, 1, 1)), start_of(datetime.date(year + 1, 1, 1))


def leads_entered(rows: Any, year: int) -> Any:
    """Leads that were entered in a year."""
    since, until = year_bounds(year)
    return rows.filter(created_at__gte=since, created_at__lt=until)


def leads_converted(rows: Any, year: int) -> Any:
    """Of the leads entered in a year, those that became projects."""
    return leads_entered(rows, year).filter(status=Lead.Status.CONVERTED)


def projects_entered(rows: Any, year: int) -> Any:
    """Projects whose negotiation began in a year; one that was merged into another is counted there."""
    return rows.filter(negotiating_since__year=year).exclude(side_state=stages.MERGED)


def projects_that_reached(rows: Any, year: int, stage: str) -> Any:
    """Of the projects of a year, those that stand at a stage or beyond it."""
    return projects_entered(rows, year).filter(stage__in=STAGES[stages.stage_index(stage) :])


def projects_moved_since(user: Any, rows: Any, since: datetime.date) -> Any:
    """Projects that were entered or moved since the beginning of a day."""
    moves = StageChange.objects.visible_to(user).filter(at__gte=start_of(since))
    return rows.filter(pk__in=moves.order_by().values("project"))


def projects_that_left(user: Any, rows: Any, year: int, stage: str) -> Any:
    """Projects that went on from a stage in a year."""
    return rows.filter(pk__in=moves_on(user, year).filter(from_stage=stage).order_by().values("project"))


def moves_on(user: Any, year: int) -> Any:
    """Moves forward in a year."""
    since, until = year_bounds(year)
    kinds = [StageChange.Kind.FORWARD, StageChange.Kind.SKIP]
    return StageChange.objects.visible_to(user).filter(kind__in=kinds, at__gte=since, at__lt=until)


def projects_behind_plan(rows: Any, today: datetime.date) -> Any:
    """Projects under way with a planned day that has passed without having happened."""
    late = ProjectMilestone._base_manager.filter(project=OuterRef("pk"), planned_on__lt=today, actual_on__isnull=True)
    return rows.running().filter(Exists(late))
