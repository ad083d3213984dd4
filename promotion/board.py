"""The board: projects by stage, counted and summed by one grouped query, their cards a page at a time for each column.

Everything starts from `visible_to(user)`. Sums are converted at the last stored rate; what has no rate, and what has no
amount, is said. Days in a stage are working days without those in which a project was paused. A column's cards stand in the order of how long they have been in the stage, the longest first; the
next page begins after a card's place (keyset), so a card that is moved meanwhile neither repeats nor hides another.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Q, Sum, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from directory.models import IndustryChain
from pinghu.accounts.models import User
from promotion.ageing import Ages
from promotion.capital_ledger import latest_rates
from promotion.models import InvestmentProject
from promotion.rules import capital
from promotion.rules.stages import STAGES

#: Cards of a column at a time.
PAGE = 20
#: What the sums of the columns are stated in.
CURRENCY = capital.HOME
_CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Column:
    """One stage: how many projects, what they amount to together, and what of it is not in the sum."""

    stage: str
    count: int
    total: capital.Total
    without_amount: int


@dataclass(frozen=True, slots=True)
class Card:
    """One project on the board, and how it has aged."""

    project: Any
    since: datetime.datetime
    working_days: int
    age: str

    @property
    def place(self) -> str:
        """Where it stands in its column, for the address of the page after it."""
        return f"{self.since.isoformat()}~{self.project.pk}"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a column: after the card that came in at that moment."""

    since: datetime.datetime
    pk: int


def columns(rows: Any, user: Any, day: datetime.date) -> dict[str, Column]:
    """Count and sum of every stage over the rows given. Two queries: one grouped, one for the rates."""
    grouped = (
        rows.order_by()
        .values("stage", "currency")
        .annotate(projects=Count("pk"), amounts=Count("total_investment"), amount=Sum("total_investment"))
    )
    found: dict[str, list[Any]] = {}
    for line in grouped:
        found.setdefault(line["stage"], []).append(line)
    currencies = {line["currency"] for lines in found.values() for line in lines if line["amount"]}
    rates = latest_rates(user, currencies | {CURRENCY}, day) if currencies - {CURRENCY} else ()
    return {stage: _column(stage, found.get(stage, ()), rates, day) for stage in STAGES}


def _column(stage: str, lines: Collection[Any], rates: Iterable[capital.Rate], day: datetime.date) -> Column:
    # SQLite sums floating-point numbers: rounded to cents it is what was meant.
    amounts = {line["currency"]: line["amount"].quantize(_CENTS) for line in lines if line["amount"]}
    count = sum(line["projects"] for line in lines)
    return Column(
        stage=stage,
        count=count,
        total=capital.converted_total(amounts, CURRENCY, rates, day),
        without_amount=count - sum(line["amounts"] for line in lines),
    )


def cards(
    rows: Any, ages: Ages, *, stages: Collection[str] = STAGES, after: Place | None = None
) -> dict[str, list[Card]]:
    """The first page of cards of each stage, or the page after a place; one more than a page where there are more.

    One query, whatever the number of columns.
    """
    placed = rows.order_by().annotate(since=since_in_stage()).filter(stage__in=stages)
    if after is not None:
        placed = placed.filter(Q(since__gt=after.since) | Q(since=after.since, pk__gt=after.pk))
    number = Window(RowNumber(), partition_by="stage", order_by=[F("since").asc(), F("pk").asc()])
    first = placed.annotate(number_in_stage=number).filter(number_in_stage__lte=PAGE + 1).values("pk")
    found: dict[str, list[Card]] = {stage: [] for stage in stages}
    for project in _with_card_columns(InvestmentProject._base_manager.filter(pk__in=first)):
        found[project.stage].append(_card(project, ages))
    return found


def card_of(rows: Any, pk: int, ages: Ages) -> Card | None:
    """One project's card, None where it is not among the rows. One query."""
    project = _with_card_columns(rows.filter(pk=pk)).first()
    return _card(project, ages) if project is not None else None


def since_in_stage() -> Any:
    """From when on the days in a stage count; of a project without that, when it was entered."""
    return Coalesce(F("age_since"), F("created_at"))


def _with_card_columns(rows: Any) -> Any:
    joined = rows.select_related("owner", "unit", "chain").annotate(since=since_in_stage()).order_by("since", "pk")
    return joined.only(
        "number", "name", "name_en", "track", "stage", "side_state", "stage_since", "investor", "total_investment", "currency",
        "confidentiality", "next_step", "next_on", "version", "is_demo", "owner__username", "owner__first_name",
        "owner__last_name", "unit__name", "chain__name", "chain__name_en",
    )  # fmt: skip


def _card(project: Any, ages: Ages) -> Card:
    state = ages.state(project.stage, project.track, project.side_state, project.since)
    aside = project.stage_since if project.side_state else None
    return Card(project, project.since, ages.working_days(project.since, aside), state)


def place_of(text: str) -> Place | None:
    """The place that `Card.place` wrote; None for anything else."""
    moment, _tilde, pk = text.partition("~")
    try:
        since = datetime.datetime.fromisoformat(moment)
    except ValueError:
        return None
    return Place(since, int(pk)) if since.tzinfo is not None and pk.isdecimal() and len(pk) < 19 else None


def filter_choices(rows: Any) -> Mapping[str, Sequence[tuple[str, str]]]:
    """The people in charge of the rows and their chains, to choose from: (key, name). One query."""
    text = CharField()
    owners = rows.filter(owner__isnull=False).order_by()
    chains = rows.filter(chain__isnull=False).order_by()
    people = owners.values_list(
        Value("owner", output_field=text), "owner", "owner__last_name", "owner__first_name", "owner__username"
    )
    named = chains.values_list(
        Value("chain", output_field=text), "chain", "chain__name", "chain__name_en", Value("", output_field=text)
    )
    found: dict[str, list[tuple[str, str]]] = {"owner": [], "chain": []}
    # UNION takes the duplicates out.
    for kind, key, first, second, third in people.union(named):
        if kind == "owner":
            row: Any = User(last_name=first, first_name=second, username=third)
        else:
            row = IndustryChain(name=first, name_en=second)
        found[kind].append((str(key), str(row)))
    return {kind: sorted(choices, key=lambda choice: choice[1]) for kind, choices in found.items()}
