"""A report filled: which projects stand on its list for a month, what each column shows of them, and what looks wrong.

Read from the projects that the person sees whole, and from no others: a hidden one is in no line and in no sum, and no
number says that it was left out. What a list holds follows from dated rows; amounts are converted at the last stored
rate on or before the month's end. The number of queries does not depend on how many projects there are.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from directory.rules import uscc as credit_code
from promotion.capital_ledger import latest_rates
from promotion.models import (
    CapitalRecord,
    InvestmentProject,
    Level,
    Part,
    ProgressNote,
    ProjectMember,
    ProjectMilestone,
    StageChange,
)
from promotion.report_fields import AREA, BY_CODE, DAY, FIGURE, MONEY, NUMBER
from promotion.rules import capital, stages
from promotion.rules import reports as rules
from promotion.rules.reports import Column, Period
from promotion.rules.working_time import SHANGHAI

_ZERO = Decimal(0)
_CENTS = Decimal("0.01")

EMPTY = "empty"
NO_RATE = "no_rate"
CODE_WRONG = "code_wrong"
#: Why a cell is red, and what to do.
REASONS: Mapping[str, Any] = {
    EMPTY: _("Nothing is entered here."),
    NO_RATE: _("There is no exchange rate of %(currency)s on or before the month's end."),
    CODE_WRONG: _("The credit code is not a valid one."),
    rules.AMOUNT_SMALL: _("The amount is very small: it may have been entered in 万 instead of single units."),
    rules.AMOUNT_LARGE: _("The amount is very large: it may have been entered in the wrong unit."),
    rules.FIXED_OVER_TOTAL: _("The fixed assets are more than the total investment."),
    rules.FOREIGN_OVER_TOTAL: _("The foreign capital is more than the total investment."),
    rules.AFTER_PERIOD: _("This day is after the month that is reported."),
    rules.BEFORE_NEGOTIATING: _("This day is before the negotiation began."),
    rules.ARRIVED_OVER_CONTRACTED: _("More has arrived than was contracted: a contract may be missing."),
}

Cell = str | int | Decimal | datetime.date | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A red cell: in which line and column, why."""

    line: int
    heading: str
    code: str
    project: int
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return str(REASONS[self.code]) % self.params

    def as_json(self) -> dict[str, Any]:
        return {"line": self.line, "heading": self.heading, "code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Line:
    """One project's line: heading → value."""

    number: int
    project: Any
    values: Mapping[str, Cell]

    def as_json(self) -> dict[str, str | int | None]:
        return {heading: stored(value) for heading, value in self.values.items()}


@dataclass(frozen=True)
class Table:
    """All lines, the red cells, and the rates that amounts were converted at."""

    period: Period
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    rates: tuple[capital.Rate, ...]

    @cached_property
    def digest(self) -> str:
        """What tells this table from one with any other figure in it."""
        said = [[line.project.pk, line.as_json()] for line in self.lines]
        return hashlib.sha256(json.dumps([said, [mark.as_json() for mark in self.marks]]).encode()).hexdigest()

    @property
    def confidential(self) -> int:
        """How many of its lines are not for everybody in the house."""
        return sum(line.project.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL) for line in self.lines)


def stored(value: Cell) -> str | int | None:
    """A value as a submission keeps it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime.date) else value


# --- who stands on a list --------------------------------------------------------------------------------------------


def projects_on(user: Any, *, kind: str, span: str, period: Period) -> Any:
    """The projects of a list, in order, as far as the person sees them whole.

    A stage counts by its day, while the project stands there or beyond: what was taken back does not. One that had
    ended by the end of the month, by its last move until then, and one that was merged into another is on no list.
    """
    day = InvestmentProject.STAGE_DATES[kind]
    began = Q(**{f"{day}__lte": period.last})
    if span == rules.IN_MONTH:
        began &= Q(**{f"{day}__gte": period.first})
    elif span == rules.IN_YEAR:
        began &= Q(**{f"{day}__gte": datetime.date(period.year, 1, 1)})
    rows = InvestmentProject.objects.visible_to(user).filter(began).exclude(side_state=stages.MERGED)
    if kind == stages.NEGOTIATING:
        beyond = stages.STAGES[stages.stage_index(stages.SIGNED) :]
        rows = rows.exclude(stage__in=beyond, signed_on__lte=period.last)
    else:
        rows = rows.filter(stage__in=stages.STAGES[stages.stage_index(kind) :])
    end = datetime.datetime.combine(period.next.first, datetime.time.min, tzinfo=SHANGHAI)
    moves = StageChange._base_manager.filter(project=OuterRef("pk"), at__lt=end).order_by("-at", "-pk")
    # Without a move until then (it was entered later, its days in the past) it ran.
    rows = rows.annotate(side_then=Coalesce(Subquery(moves.values("to_side")[:1]), Value("")))
    return rows.exclude(side_then__in=stages.ENDED).order_by(day, "number", "pk")


# --- what a line says ------------------------------------------------------------------------------------------------


def report_table(
    columns: Sequence[tuple[int, str, Column]], *, kind: str, span: str, period: Period, user: Any
) -> Table:
    """The list of a month in these columns (place, heading, meaning), for this person; texts are Chinese."""
    joined = ("owner", "unit", "chain", "industry", "park")
    rows = list(projects_on(user, kind=kind, span=span, period=period).select_related(*joined))
    with override("zh-hans"):
        sources = _Sources(user, rows, [column for _place, _heading, column in columns], period)
        lines, marks = [], []
        for number, project in enumerate(rows, start=1):
            writer = _Writer(number, project, sources)
            lines.append(
                Line(number, project, {heading: writer.write(heading, column) for _p, heading, column in columns})
            )
            marks += writer.marks
    return Table(period, tuple(lines), tuple(marks), tuple(sources.used.values()))


class _Sources:
    """Everything beside the projects themselves that the columns ask for, read for all of them at once."""

    def __init__(self, user: Any, projects: Sequence[Any], columns: Sequence[Column], period: Period) -> None:
        self.user, self.period = user, period
        self.keys = [project.pk for project in projects]
        self.fields = {column.field for column in columns}
        self.columns = columns
        self.projects = projects
        self.used: dict[str, capital.Rate] = {}

    @cached_property
    def labels(self) -> dict[str, dict[Any, str]]:
        """Field → code → what it is called; asked of a field with 250 choices, Django builds the list each time."""
        return {
            name: {code: str(text) for code, text in InvestmentProject._meta.get_field(name).flatchoices}  # type: ignore[union-attr]
            for name in ("track", "investor_country")
        }

    @cached_property
    def rates(self) -> dict[str, capital.Rate | None]:
        wanted = {column.currency for column in self.columns} | {project.currency for project in self.projects}
        wanted |= {currency for sums in self.sums.values() for _kind, currency in sums}
        wanted.discard("")
        known = latest_rates(self.user, wanted, self.period.last)
        return {currency: capital.rate_on(known, currency, self.period.last) for currency in wanted}

    def converted(self, amount: Decimal, source: str, target: str) -> Decimal | None:
        """None where a rate is missing."""
        if source == target or not amount:
            return amount
        rates = [self.rates.get(source), self.rates.get(target)]
        if rates[0] is None or rates[1] is None:
            return None
        self.used |= {rate.currency: rate for rate in rates if rate is not None and rate.currency != capital.HOME}
        return capital.convert(amount, rates[0], rates[1])

    @cached_property
    def sums(self) -> dict[int, dict[tuple[str, str], dict[str, Decimal]]]:
        """Project → (kind, currency) → span → sum of its dated capital records; one query."""
        if not self.fields & {"contracted_fdi", "actual_fdi"}:
            return {}
        spans = {}
        for span in (rules.MONTH, rules.YEAR, rules.LAST_MONTH, rules.LAST_YEAR, rules.EVER):
            first, last = self.period.days(span)
            spans[span] = Sum("amount", filter=Q(on__lte=last) & (Q() if first is None else Q(on__gte=first)))
        records = CapitalRecord.objects.visible_to(self.user).filter(project__in=self.keys)
        found: dict[int, dict[tuple[str, str], dict[str, Decimal]]] = defaultdict(dict)
        for row in records.order_by().values("project", "kind", "currency").annotate(**spans):
            # SQLite sums floating-point numbers: rounded to cents it is what was meant.
            by_span = {span: (row[span] or _ZERO).quantize(_CENTS) for span in spans}
            found[row["project"]][row["kind"], row["currency"]] = by_span
        return found

    @cached_property
    def notes(self) -> dict[int, Any]:
        """Project → its last progress note until the month's end; one query."""
        if not self.fields & {"progress", "next_step", "problem", "help_needed"}:
            return {}
        rows = ProgressNote.objects.visible_to(self.user).filter(project__in=self.keys, week__lte=self.period.last)
        later = ProgressNote._base_manager.filter(
            project=OuterRef("project"), week__gt=OuterRef("week"), week__lte=self.period.last
        )
        return {row.project_id: row for row in rows.filter(~Exists(later)).order_by()}

    @cached_property
    def plans(self) -> dict[tuple[int, str], datetime.date | None]:
        if not self.fields & {"planned_start", "planned_completion"}:
            return {}
        rows = ProjectMilestone.objects.visible_to(self.user).filter(project__in=self.keys)
        return {(key, kind): day for key, kind, day in rows.order_by().values_list("project", "kind", "planned_on")}

    @cached_property
    def leaders(self) -> dict[int, list[str]]:
        if "linked_leader" not in self.fields:
            return {}
        rows = ProjectMember.objects.visible_to(self.user).filter(project__in=self.keys, part=Part.LINKED_LEADER)
        found: dict[int, list[str]] = defaultdict(list)
        for row in rows.select_related("person").order_by("pk"):
            found[row.project_id].append(str(row.person))
        return found


class _Writer:
    """Writes one line and notes what is missing or looks wrong in it."""

    def __init__(self, number: int, project: Any, sources: _Sources) -> None:
        self.number, self.project, self.sources = number, project, sources
        self.marks: list[Mark] = []
        self.doubts = rules.total_doubts(project.total_investment, project.fixed_assets, project.foreign_capital)

    def write(self, heading: str, column: Column) -> Cell:
        asked = BY_CODE[column.field]
        if asked.kind == FIGURE:
            return self._figure(heading, column)
        value = self._value(column.field, asked.column)
        if value is None or value == "":
            if not asked.may_be_empty:
                self._mark(heading, EMPTY)
            return None
        if asked.kind == MONEY:
            return self._money(heading, column, value)
        if asked.kind == AREA:
            return rules.area_in(value, column.unit)
        if asked.kind == DAY and column.field not in ("negotiating_since", "planned_start", "planned_completion"):
            since = self.project.negotiating_since
            self._mark(heading, rules.day_doubt(value, self.sources.period, since))
        if column.field == "uscc" and credit_code.problem(value):
            self._mark(heading, CODE_WRONG)
        return value if asked.kind in (DAY, NUMBER) else str(value)

    def _value(self, code: str, column: str) -> Any:
        project, sources = self.project, self.sources
        if code == "line":
            return self.number
        if code == "linked_leader":
            return "、".join(sources.leaders.get(project.pk, ()))
        if code in ("progress", "next_step", "problem", "help_needed"):
            return getattr(sources.notes.get(project.pk), code, "")
        if code in ("planned_start", "planned_completion"):
            kind = ProjectMilestone.Kind.STARTED if code == "planned_start" else ProjectMilestone.Kind.COMPLETED
            return sources.plans.get((project.pk, kind))
        if code == "stage":
            return project.get_stage_display()
        if code in ("track", "investor_country"):
            return sources.labels[code].get(getattr(project, code), "")
        if code == "industry":
            return project.industry.name if project.industry else ""
        return getattr(project, column)

    def _money(self, heading: str, column: Column, amount: Decimal) -> Cell:
        self._mark(heading, rules.amount_doubt(amount) or self.doubts.get(column.field, ""))
        return self._converted(heading, column, {self.project.currency: amount})

    def _figure(self, heading: str, column: Column) -> Cell:
        kind = capital.CONTRACTED if column.field == "contracted_fdi" else capital.ACTUAL
        if column.span in rules.GROWTH:
            now, before = (self._sum(kind, span, column) for span in rules.GROWTH[column.span])
            if now is None or before is None:
                self._no_rate(heading)
                return None
            percent = rules.growth(now, before)
            return percent if percent is not None else "—"
        if column.span == rules.EVER and kind == capital.ACTUAL:
            arrived, contracted = (self._sum(each, rules.EVER, column) for each in (kind, capital.CONTRACTED))
            if arrived is not None and contracted is not None and arrived > contracted:
                self._mark(heading, rules.ARRIVED_OVER_CONTRACTED)
        return self._converted(heading, column, self._amounts(kind, column.span))

    def _amounts(self, kind: str, span: str) -> dict[str, Decimal]:
        sums = self.sources.sums.get(self.project.pk, {})
        return {currency: by_span[span] for (each, currency), by_span in sums.items() if each == kind}

    def _sum(self, kind: str, span: str, column: Column) -> Decimal | None:
        """In the column's currency; None where a rate is missing."""
        amounts = self._amounts(kind, span)
        parts = [self.sources.converted(amount, source, column.currency) for source, amount in amounts.items()]
        return None if None in parts else sum((part for part in parts if part is not None), _ZERO)

    def _converted(self, heading: str, column: Column, amounts: Mapping[str, Decimal]) -> Cell:
        """The sum in the column's currency and unit."""
        total = _ZERO
        for source, amount in amounts.items():
            part = self.sources.converted(amount, source, column.currency)
            if part is None:
                self._no_rate(heading, source)
                return None
            total += part
        return rules.scaled(total, column.unit)

    def _no_rate(self, heading: str, source: str = "") -> None:
        missing = [currency for currency, rate in self.sources.rates.items() if rate is None]
        self._mark(heading, NO_RATE, currency=source if source in missing else ", ".join(sorted(missing)))

    def _mark(self, heading: str, code: str, **params: str) -> None:
        if code:
            self.marks.append(Mark(self.number, heading, code, self.project.pk, params))


# --- a submission and what stands there now --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that would be filled otherwise now; without a heading, a project that came onto the list or left it."""

    project: Any
    heading: str = ""
    then: Any = None
    now: Any = None
    came: bool = False


def differences(submission: Any, user: Any) -> list[Difference]:
    """What the same report would say now beside what was submitted, as far as the person sees the projects."""
    table = report_table(
        submission.columns, kind=submission.kind, span=submission.span, period=submission.period, user=user
    )
    then = {row.project_id: row for row in submission.rows.select_related("project")}
    now = {line.project.pk: line for line in table.lines}
    counted = {heading for _place, heading, column in submission.columns if column.field == "line"}
    found = [
        Difference(row.project, heading, row.values.get(heading), stored(now[key].values[heading]))
        for key, row in then.items()
        if key in now
        for heading in _compared(submission.columns, counted)
        if row.values.get(heading) != stored(now[key].values[heading])
    ]
    left: Iterable[Difference] = (Difference(row.project) for key, row in then.items() if key not in now)
    came = (Difference(line.project, came=True) for key, line in now.items() if key not in then)
    return [*found, *left, *came]


def _compared(columns: Sequence[tuple[int, str, Column]], but: Collection[str]) -> list[str]:
    return [heading for _place, heading, _column in columns if heading not in but]
