"""What we have promised and what they have, project by project, read for a person: overdue first.

Everything starts from the commitments that the person may see; a promise of a hidden project is in no list, no sum and
no count. A fixed number of queries, whatever is in it.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Min, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from promotion.models import Commitment, InvestmentProject
from promotion.rules.commitments import KEPT, OVERDUE

ZERO = Decimal(0)
_CENTS = Decimal("0.01")
_MONEY = DecimalField(max_digits=20, decimal_places=2)
OURS, THEIRS = Commitment.Side.GOVERNMENT, Commitment.Side.INVESTOR
#: What one may ask for beside the states of `rules.commitments`.
OPEN, CLAWED_BACK, UNREVIEWED = "open", "clawed_back", "unreviewed"
#: The figures that are summed, in the order of the columns.
FIGURES = ("promised", "fulfilled", "outstanding", "clawed_back")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which promises: of which projects (text, unit, officer), whose, in which state, of which year."""

    text: str = ""
    unit: Any = None
    owner: Any = None
    side: str = ""
    state: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """One side's figures in one currency; what counts jobs is none of them."""

    side: str
    currency: str
    promised: Decimal
    fulfilled: Decimal
    outstanding: Decimal
    clawed_back: Decimal


@dataclass(frozen=True, slots=True)
class Promise:
    """One commitment and how it stands."""

    row: Any
    state: str


@dataclass(frozen=True, slots=True)
class OfProject:
    """One project's promises on both sides, overdue first."""

    project: Any
    ours: tuple[Promise, ...]
    theirs: tuple[Promise, ...]

    @property
    def overdue(self) -> int:
        return sum(promise.state == OVERDUE for promise in (*self.ours, *self.theirs))


def promised(user: Any, asked: Asked, day: datetime.date) -> Any:
    """The commitments that are asked for, as far as this person sees them."""
    rows = Commitment.objects.visible_to(user)
    if asked.text:
        names = ("number", "name", "name_en", "investor", "company_name")
        found = Q(text__icontains=asked.text)
        for name in names:
            found |= Q(**{f"project__{name}__icontains": asked.text})
        rows = rows.filter(found)
    if asked.unit is not None:
        rows = rows.filter(project__unit=asked.unit)
    if asked.owner is not None:
        rows = rows.filter(project__owner=asked.owner)
    if asked.side:
        rows = rows.filter(side=asked.side)
    if asked.year is not None:
        rows = rows.filter(Q(year=asked.year) | Q(year__isnull=True, due_on__year=asked.year))
    return in_state(rows, asked.state, day)


def in_state(rows: Any, state: str, day: datetime.date) -> Any:
    """Those of the commitments that stand so; all of them for a word that says nothing."""
    narrowed = {
        OVERDUE: lambda: rows.overdue(day),
        OPEN: lambda: rows.unkept(),
        KEPT: lambda: rows.kept(),
        CLAWED_BACK: lambda: rows.filter(clawback_amount__gt=0),
        UNREVIEWED: lambda: rows.filter(side=OURS).exclude(fair_competition="passed"),
    }
    return narrowed[state]() if state in narrowed else rows


def projects_of(rows: Any, day: datetime.date) -> Any:
    """The projects of these commitments: those with the oldest overdue promise first, then by the next day due."""

    def first(found: Any) -> Any:
        mine = found.filter(project=OuterRef("pk")).order_by().values("project")
        return Subquery(mine.annotate(first_=Min("due_on")).values("first_"))

    projects = InvestmentProject._base_manager.filter(pk__in=rows.order_by().values("project"))
    dated = projects.annotate(first_overdue=first(rows.overdue(day)), first_open=first(rows.unkept()))
    return dated.select_related("owner", "unit").order_by(
        F("first_overdue").asc(nulls_last=True), F("first_open").asc(nulls_last=True), "-pk"
    )


def beside_each_other(rows: Any, projects: Sequence[Any], day: datetime.date) -> list[OfProject]:
    """The promises of these projects, in the order of the projects. One query."""
    found: dict[Any, dict[str, list[Promise]]] = {project.pk: {OURS: [], THEIRS: []} for project in projects}
    for row in rows.filter(project__in=list(found)).order_by(F("due_on").asc(nulls_last=True), "pk"):
        found[row.project_id][row.side].append(Promise(row, row.state_on(day)))
    return [
        OfProject(project, _overdue_first(found[project.pk][OURS]), _overdue_first(found[project.pk][THEIRS]))
        for project in projects
    ]


def _overdue_first(promises: list[Promise]) -> tuple[Promise, ...]:
    places = {OVERDUE: 0, KEPT: 2}
    return tuple(sorted(promises, key=lambda promise: places.get(promise.state, 1)))


def sums_of(rows: Any) -> list[Sums]:
    """What was promised, fulfilled, is outstanding and was clawed back, by side and currency. One query."""
    part = Coalesce("fulfilled_amount", ZERO, output_field=_MONEY)
    whole = Q(fulfilled_on__isnull=False, fulfilled_amount__isnull=True)
    given = Case(When(whole, then="amount"), default=part, output_field=_MONEY)
    left = Case(
        When(Q(fulfilled_on__isnull=True), then="amount"),
        When(Q(fulfilled_amount__lt=F("amount")), then=F("amount") - F("fulfilled_amount")),
        default=ZERO,
        output_field=_MONEY,
    )
    grouped = (
        rows.filter(amount__isnull=False)
        .exclude(indicator="jobs")
        .order_by()
        .values("side", "currency")
        .annotate(
            promised=Sum("amount"), fulfilled=Sum(given), outstanding=Sum(left), clawed_back=Sum("clawback_amount")
        )
    )
    found = [Sums(one["side"], one["currency"], **{name: _money(one[name]) for name in FIGURES}) for one in grouped]
    return sorted(found, key=lambda one: (one.side != OURS, one.currency))


def counts_of(rows: Any, day: datetime.date) -> Mapping[str, tuple[int, int]]:
    """Side → how many promises there are, and how many of them are overdue. Two queries."""
    every = dict(rows.order_by().values_list("side").annotate(n=Count("pk")))
    late = dict(rows.overdue(day).order_by().values_list("side").annotate(n=Count("pk")))
    return {side: (every.get(side, 0), late.get(side, 0)) for side in (OURS, THEIRS)}


def years_of(user: Any) -> list[int]:
    """The years that promises name or fall due in, the latest first. One query."""
    rows = Commitment.objects.visible_to(user).order_by()
    found = rows.values_list("year", "due_on__year").distinct()
    return sorted({year or due for year, due in found} - {None}, reverse=True)


def _money(amount: Decimal | None) -> Decimal:
    """SQLite sums floating-point numbers: rounded to cents it is what was meant."""
    return ZERO if amount is None else amount.quantize(_CENTS)
