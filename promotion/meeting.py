"""Monday's meeting: what moved, what is new, what has signed and not started, what did not move; who needs help.

Everything starts from `visible_to(user)`: what somebody may not see is in no group, no line and no count. A past period
is read as things stood at its end. A fixed number of queries, however many projects there are.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, When

from pinghu.accounts.models import Department, Membership
from promotion.models import (
    ActionItem,
    CapitalRecord,
    Interaction,
    InvestmentProject,
    Part,
    ProgressNote,
    ProjectMember,
    ProjectMilestone,
    SideState,
    StageChange,
)
from promotion.rules import capital, meeting, stages
from promotion.rules.meeting import GROUPS, Period
from promotion.rules.working_time import local_day

#: Of each group so many projects at most are shown one by one; all are counted.
LIMIT = 100
#: Read of a project only where somebody opens it.
_LONG = ("content", "note", "lessons")


class Said(NamedTuple):
    """A note as it is read: thousands of them at once cost a tenth of what rows of the model do."""

    project_id: int
    week: datetime.date
    progress: str
    next_step: str
    problem: str
    help_needed: str
    help_by: datetime.date | None
    unit_name: str | None
    unit_name_en: str | None

    @property
    def help_from(self) -> Department | None:
        """Who is asked, to be called by name."""
        return Department(name=self.unit_name, name_en=self.unit_name_en or "") if self.unit_name is not None else None


_SAID = (
    "project_id", "week", "progress", "next_step", "problem", "help_needed", "help_by", "help_from__name",
    "help_from__name_en",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """An action item as it stands today."""

    item: Any
    is_overdue: bool
    #: Given in the period or at its meeting, not brought along from before.
    is_recent: bool

    @property
    def is_open(self) -> bool:
        return self.item.answered_at is None


@dataclass(frozen=True, slots=True)
class Line:
    """One project on the wall: where it stood at the period's end, what it did, its four lines, what was decided."""

    project: Any
    position: stages.Position
    since: datetime.date | None
    days: int
    moves: tuple[Any, ...] = ()
    #: The notes of the period, the latest last; a week has one at most.
    notes: tuple[Said, ...] = ()
    #: What the note before said would come next.
    planned: str = ""
    decided: tuple[Decided, ...] = ()
    planned_start: datetime.date | None = None

    @property
    def note(self) -> Said | None:
        return self.notes[-1] if self.notes else None

    @property
    def is_paused(self) -> bool:
        return self.position.side == SideState.PAUSED


@dataclass(frozen=True, slots=True)
class Group:
    """The projects that did the same in a period: all are counted, the first are shown."""

    code: str
    count: int
    lines: tuple[Line, ...]

    @property
    def noted(self) -> tuple[Line, ...]:
        """Those with something to say: a note, a move or something decided."""
        return tuple(line for line in self.lines if line.notes or line.moves or line.decided)

    @property
    def silent(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not (line.notes or line.moves or line.decided))

    @property
    def rest(self) -> int:
        return self.count - len(self.lines)


@dataclass(frozen=True, slots=True)
class Money:
    """What arrived in one currency."""

    currency: str
    in_period: Decimal
    in_year: Decimal


@dataclass(frozen=True, slots=True)
class Reached:
    """How many projects reached a stage, by its own date: in the period and in the year until its end."""

    stage: str
    in_period: int
    in_year: int


@dataclass(frozen=True, slots=True)
class Cumulative:
    """A month's figures beside the year's: stages reached by their dates, capital arrived per currency."""

    year: int
    reached: tuple[Reached, ...]
    arrived: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Over all projects of the page, shown one by one or not."""

    projects: int = 0
    #: All that stand signed and not started, whatever they did in the period.
    awaiting_start: int = 0
    without_note: int = 0
    problems: int = 0
    help_needed: int = 0
    items_open: int = 0
    items_overdue: int = 0
    moved_since_yesterday: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """What `meeting_of` found for one reader."""

    period: Period
    today: datetime.date
    groups: tuple[Group, ...]
    counts: Counts
    #: What was decided about no project of the page: leads, enterprises, nothing in particular.
    decided: tuple[Decided, ...] = ()
    cumulative: Cumulative | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for group in self.groups for line in group.lines)

    @property
    def asking(self) -> tuple[Line, ...]:
        """Those that have a problem or need help."""
        return tuple(line for line in self.lines if line.note and (line.note.problem or line.note.help_needed))

    @property
    def is_empty(self) -> bool:
        return not self.counts.projects and not self.decided


@dataclass(slots=True)
class _Found:
    """Rows of the period by project."""

    moves: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[int, list[Said]] = field(default_factory=lambda: defaultdict(list))
    planned: dict[int, str] = field(default_factory=dict)
    decided: dict[int | None, list[Decided]] = field(default_factory=lambda: defaultdict(list))


def meeting_of(
    user: Any,
    period: Period,
    *,
    today: datetime.date,
    meets_on: datetime.date,
    units: Collection[int] | None = None,
    limit: int = LIMIT,
) -> Meeting:
    """The meeting about a period, as this person may see it.

    `units` are the departments whose projects count, None for all; `meets_on` is the day on which the period is
    reported (`rules.meeting.meeting_day`): what is decided until then belongs to it. 5 queries beside those for role
    and units, 2 more for a month.
    """
    projects = InvestmentProject.objects.visible_to(user)
    if units is not None:
        projects = projects.filter(unit__in=units)
    found = _Found()
    for move in (
        _below(StageChange, user, units)
        .filter(at__gte=period.starts_at, at__lt=period.ends_at)
        .select_related("by")
        .order_by("at", "pk")
    ):
        found.moves[move.project_id].append(move)
    _read_notes(found, _below(ProgressNote, user, units), period)
    _read_items(found, user, units, period, today, meets_on)
    grouped = _grouped(projects, period, today, found)
    chosen = {group: rows[:limit] for group, rows in grouped.items()}
    full = _full(user, [row[0] for rows in chosen.values() for row in rows])
    groups = tuple(
        Group(
            group,
            len(grouped[group]),
            tuple(_line(full[row[0]], row, found, period, today) for row in chosen[group] if row[0] in full),
        )
        for group in GROUPS
    )
    counted = {row[0] for rows in grouped.values() for row in rows}
    # An item outlives its project: what is about one that has ended stands with what is about none.
    beside = [one for key, rows in found.decided.items() if key not in counted for one in rows]
    return Meeting(
        period=period,
        today=today,
        groups=groups,
        counts=_counts(grouped, found, today),
        decided=tuple(sorted(beside, key=lambda one: (one.item.due_on, one.item.pk))),
        cumulative=_cumulative(user, projects, units, period) if period.kind == meeting.MONTH else None,
    )


def _below(model: Any, user: Any, units: Collection[int] | None) -> Any:
    """Rows that hang on the projects of the page."""
    rows = model.objects.visible_to(user)
    return rows if units is None else rows.filter(project__unit__in=units)


def _read_notes(found: _Found, rows: Any, period: Period) -> None:
    """The notes of the period, and of the week before it what was to come next."""
    first, last = period.mondays
    before = first - datetime.timedelta(days=7)
    for note in map(Said._make, rows.filter(week__range=(before, last)).order_by("week", "pk").values_list(*_SAID)):
        if note.week == before:
            found.planned[note.project_id] = note.next_step
        else:
            found.notes[note.project_id].append(note)


def _read_items(
    found: _Found,
    user: Any,
    units: Collection[int] | None,
    period: Period,
    today: datetime.date,
    meets_on: datetime.date,
) -> None:
    """What was decided in the period and at its meeting, and what was open still when it began; by project.

    What nobody gave is a hint of the system (a possible duplicate), not a resolution.
    """
    until = meeting.start_of(meets_on + datetime.timedelta(days=1))
    items = ActionItem.objects.visible_to(user).filter(given_by__isnull=False, created_at__lt=until)
    items = items.filter(Q(answered_at__isnull=True) | Q(answered_at__gte=period.starts_at))
    if units is not None:
        # What is about no project belongs to the unit of whoever has to do it.
        theirs = Membership.objects.filter(department__in=units).order_by().values("user")
        items = items.filter(Q(project__unit__in=units) | Q(project__isnull=True, person__in=theirs))
    related = ("person", "given_by", "lead", "project", "enterprise")
    for item in items.select_related(*related).order_by("due_on", "pk"):
        decided = Decided(
            item,
            is_overdue=item.answered_at is None and item.due_on < today,
            is_recent=item.created_at >= period.starts_at,
        )
        found.decided[item.project_id].append(decided)


#: (project, stage, side state, in the stage since)
_Row = tuple[int, str, str, datetime.datetime | None]


def _grouped(projects: Any, period: Period, today: datetime.date, found: _Found) -> dict[str, list[_Row]]:
    """Every project of the page in its group: those with something to say first, then who stands longest."""
    grouped: dict[str, list[_Row]] = {group: [] for group in GROUPS}
    for row in _standings(projects, period, today):
        kinds = {move.kind for move in found.moves.get(row[0], ())}
        group = meeting.group_of(
            stages.Position(row[1], row[2]),
            is_new=StageChange.Kind.CREATED in kinds,
            has_moved=bool(kinds - {StageChange.Kind.CREATED}),
        )
        if group is not None:
            grouped[group].append(row)
    for rows in grouped.values():
        rows.sort(key=lambda row: (row[0] not in found.notes, bool(row[2]), row[3] or period.starts_at, row[0]))
    return grouped


def _standings(projects: Any, period: Period, today: datetime.date) -> Iterable[_Row]:
    """Where each project stood at the period's end; those that were over before it are left out. One query."""
    moved = StageChange._base_manager.filter(project=OuterRef("pk"))
    in_period = moved.filter(at__gte=period.starts_at, at__lt=period.ends_at)
    if period.last >= today:
        running = projects.filter(~Q(side_state__in=stages.ENDED) | Exists(in_period))
        # A pause does not make a project young again: what runs is as old as its days in the stage.
        since = Case(When(side_state=stages.RUNNING, then="age_since"), default="stage_since")
        return running.order_by().values_list("pk", "stage", "side_state", since)  # type: ignore[no-any-return]
    last = moved.filter(at__lt=period.ends_at).order_by("-at", "-pk")
    then = projects.annotate(
        then_stage=Subquery(last.values("to_stage")[:1]),
        then_side=Subquery(last.values("to_side")[:1]),
        then_since=Subquery(last.values("at")[:1]),
    ).filter(then_stage__isnull=False)
    running = then.filter(~Q(then_side__in=stages.ENDED) | Exists(in_period))
    return running.order_by().values_list("pk", "then_stage", "then_side", "then_since")  # type: ignore[no-any-return]


def _full(user: Any, keys: Sequence[int]) -> Mapping[int, Any]:
    """The projects that are shown, with the day on which they are to start. One query."""
    start = ProjectMilestone._base_manager.filter(project=OuterRef("pk"), kind=ProjectMilestone.Kind.STARTED)
    rows = InvestmentProject.objects.visible_to(user).filter(pk__in=keys).select_related("owner", "unit").defer(*_LONG)
    return {row.pk: row for row in rows.annotate(planned_start=Subquery(start.values("planned_on")[:1])).order_by()}


def _line(project: Any, row: _Row, found: _Found, period: Period, today: datetime.date) -> Line:
    _key, stage, side, since = row
    day = local_day(since) if since is not None else None
    return Line(
        project=project,
        position=stages.Position(stage, side),
        since=day,
        days=max((min(period.last, today) - day).days, 0) if day is not None else 0,
        moves=tuple(move for move in found.moves.get(project.pk, ()) if move.kind != StageChange.Kind.CREATED),
        notes=tuple(found.notes.get(project.pk, ())),
        planned=found.planned.get(project.pk, ""),
        decided=tuple(found.decided.get(project.pk, ())),
        planned_start=project.planned_start,
    )


def _counts(grouped: Mapping[str, Sequence[_Row]], found: _Found, today: datetime.date) -> Counts:
    rows = {row[0]: row for rows in grouped.values() for row in rows}
    latest = [found.notes[key][-1] for key in rows if key in found.notes]
    decided = [one for items in found.decided.values() for one in items]
    yesterday = meeting.start_of(today - datetime.timedelta(days=1))
    moves = (move for key in rows for move in found.moves.get(key, ()) if move.kind != StageChange.Kind.CREATED)
    return Counts(
        projects=len(rows),
        awaiting_start=sum(meeting.awaits_start(stages.Position(row[1], row[2])) for row in rows.values()),
        without_note=len(rows) - len(latest),
        problems=sum(bool(note.problem) for note in latest),
        help_needed=sum(bool(note.help_needed) for note in latest),
        items_open=sum(one.is_open for one in decided),
        items_overdue=sum(one.is_overdue for one in decided),
        moved_since_yesterday=len({move.project_id for move in moves if move.at >= yesterday}),
    )


# --- a month beside its year -----------------------------------------------------------------------------------------


def _cumulative(user: Any, projects: Any, units: Collection[int] | None, period: Period) -> Cumulative:
    """Stages reached, by the date that the project states for it, and capital arrived. Two queries.

    A date counts only for a stage that the project has reached; what was merged into another counts there.
    """
    year = datetime.date(period.last.year, 1, 1)
    counts: dict[str, Any] = {}
    for place, stage in enumerate(stages.STAGES):
        column = InvestmentProject.STAGE_DATES[stage]
        reached = Q(stage__in=stages.STAGES[place:])
        for name, first in (("month", period.first), ("year", year)):
            within = Q(**{f"{column}__range": (first, period.last)})
            counts[f"{stage}_{name}"] = Count("pk", filter=reached & within)
    values = projects.exclude(side_state=SideState.MERGED).order_by().aggregate(**counts)
    return Cumulative(
        year=year.year,
        reached=tuple(Reached(stage, values[f"{stage}_month"], values[f"{stage}_year"]) for stage in stages.STAGES),
        arrived=tuple(_arrived(user, units, period, year)),
    )


def _arrived(user: Any, units: Collection[int] | None, period: Period, year: datetime.date) -> Iterable[Money]:
    records = CapitalRecord.objects.visible_to(user).filter(kind=capital.ACTUAL, on__range=(year, period.last))
    if units is not None:
        records = records.filter(project__unit__in=units)
    sums = (
        records.order_by("currency")
        .values("currency")
        .annotate(month=Sum("amount", filter=Q(on__gte=period.first)), year=Sum("amount"))
    )
    for row in sums:
        yield Money(row["currency"], _cents(row["month"]), _cents(row["year"]))


def _cents(amount: Decimal | None) -> Decimal:
    """SQLite sums floating-point numbers: rounded to cents it is what was meant."""
    return Decimal(0) if amount is None else amount.quantize(Decimal("0.01"))


# --- one person's notes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mine:
    """One project that somebody writes a note for: what stands there, and what helps to write it."""

    project: Any
    note: Any = None
    before: Any = None
    #: What was logged in the week, the latest first.
    talks: tuple[Any, ...] = ()
    moves: tuple[Any, ...] = ()


def my_notes(user: Any, week: datetime.date, *, only: Any = None, limit: int = LIMIT) -> list[Mine]:
    """The running projects that this person has in hand or works on, with their notes of a week and of the one before.

    `only` is a project (seen by this person) to narrow it to, whoever works on it. 4 queries beside those for role
    and units. The first `limit` are returned: those without a note first.
    """
    rows = InvestmentProject.objects.visible_to(user).running().defer(*_LONG)
    if only is not None:
        rows = rows.filter(pk=only.pk)
    else:
        with_me = ProjectMember._base_manager.filter(person=user, part__in=(Part.TEAM, Part.LINKED_LEADER))
        rows = rows.filter(Q(owner=user) | Q(pk__in=with_me.order_by().values("project")))
    written = ProgressNote._base_manager.filter(project=OuterRef("pk"), week=week)
    ordered = rows.annotate(is_written=Exists(written)).order_by("is_written", F("side_state").asc(), "number")
    projects = list(ordered[:limit])
    keys = [project.pk for project in projects]
    notes: dict[tuple[int, datetime.date], Any] = {}
    before = week - datetime.timedelta(days=7)
    for note in (
        ProgressNote.objects.visible_to(user)
        .filter(project__in=keys, week__in=(week, before))
        .select_related("by", "help_from")
    ):
        notes[note.project_id, note.week] = note
    period = meeting.period_of(meeting.WEEK, week)
    in_week = {"project__in": keys, "at__gte": period.starts_at, "at__lt": period.ends_at}
    talks, moves = defaultdict(list), defaultdict(list)
    for talk in Interaction.objects.visible_to(user).filter(**in_week).order_by("-at", "-pk"):
        talks[talk.project_id].append(talk)
    changes = StageChange.objects.visible_to(user).filter(**in_week).exclude(kind=StageChange.Kind.CREATED)
    for move in changes.order_by("at", "pk"):
        moves[move.project_id].append(move)
    return [
        Mine(
            project,
            notes.get((project.pk, week)),
            notes.get((project.pk, before)),
            tuple(talks[project.pk]),
            tuple(moves[project.pk]),
        )
        for project in projects
    ]
