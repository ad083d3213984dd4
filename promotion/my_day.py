"""One person's day: what is overdue, due today, promised for the next days, and what waits for an answer.

Next steps of leads and projects, promises made to headquarters, cases, visits, and what a manager or coordinator decides.

Everything starts from `visible_to(user)`; a fixed number of queries, whatever is in it. The escalation ladder: a next
step that is overdue by `ESCALATE_AFTER` working days shows in the day of the unit's managers as well.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, DateField, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, Value

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion import case_desk
from promotion.ageing import start_of
from promotion.calendar import work_calendar
from promotion.liaison import not_visited, open_promises
from promotion.models import (
    ActionItem,
    ClaimDispute,
    Commitment,
    InvestmentProject,
    JoinRequest,
    Lead,
    LeadClaim,
    Outcome,
    ProjectReview,
    SideState,
)
from promotion.rules import follow_ups, four_eyes, periods, stages
from promotion.rules.working_time import WorkCalendar, local_day

#: How many days ahead a promise is shown.
PROMISED_DAYS = 7
#: Working days after which an overdue next step shows to the unit's managers.
ESCALATE_AFTER = 3
#: Of each kind so many at most; the rest is counted by the lists.
LIMIT = 200
#: The order in which cases stand in the day.
CASE_SECTIONS = (
    "supervised", "overdue", "due_today", "yellow", "new", "objections", "extensions", "reopened", "to_answer",
    "to_accept", "to_dispatch",
)  # fmt: skip

LEAD, PROJECT, PROMISE = "lead", "project", "promise"
_VISITS = "visits"


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a lead or a project that one has in hand, or a promise to a headquarters."""

    kind: str
    pk: int
    public_id: str
    number: str
    name: str
    next_step: str
    next_on: datetime.date | None
    side_state: str
    working_days_overdue: int = 0

    @property
    def is_paused(self) -> bool:
        return self.side_state == SideState.PAUSED


@dataclass(frozen=True, slots=True)
class Late:
    """One person's next steps that are overdue long enough for the manager to know."""

    person: User | None
    count: int
    since: datetime.date
    working_days: int


@dataclass(frozen=True, slots=True)
class MyDay:
    """What `my_day` found. `silent` are claims whose owner is reminded, `asked` those that a manager reassigns."""

    today: datetime.date
    calendar: WorkCalendar
    overdue: tuple[Step, ...] = ()
    due_today: tuple[Step, ...] = ()
    promised: tuple[Step, ...] = ()
    paused: tuple[Step, ...] = ()
    is_cut: bool = False
    action_items: tuple[Any, ...] = ()
    join_requests: tuple[Any, ...] = ()
    disputes: tuple[Any, ...] = ()
    silent: tuple[Any, ...] = ()
    asked: tuple[Any, ...] = ()
    late: tuple[Late, ...] = ()
    is_manager: bool = False
    #: By section of `case_desk`, in the order of its sections.
    cases: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    has_more_cases: bool = False
    #: Enterprises one looks after and nobody visited this month.
    visits_due: int = 0

    @property
    def is_empty(self) -> bool:
        return not any(
            (
                self.overdue, self.due_today, self.promised, self.paused, self.action_items, self.join_requests,
                self.disputes, self.silent, self.asked, self.late, self.cases, self.visits_due,
            )
        )  # fmt: skip


def my_day(user: Any, at: datetime.datetime) -> MyDay:
    """Everything for one person's day; at most 12 queries with those for role and units."""
    today = local_day(at)
    calendar = work_calendar()
    cases = case_desk.day_of_cases(user, at, _tonight(today))
    steps, visits_due = _steps(user, today, calendar)
    shown = steps[:LIMIT]
    by_state: dict[str, list[Step]] = {}
    for step in shown:
        by_state.setdefault(_place(step, today), []).append(step)
    claims = list(silent_claims(user)[:LIMIT])
    is_manager = Role.PROMOTION_MANAGER in user.role_codes
    return MyDay(
        today=today,
        calendar=calendar,
        overdue=tuple(by_state.get(follow_ups.OVERDUE, ())),
        due_today=tuple(by_state.get(follow_ups.TODAY, ())),
        promised=tuple(by_state.get(follow_ups.LATER, ())),
        paused=tuple(by_state.get(follow_ups.NONE, ())),
        is_cut=len(steps) > LIMIT,
        action_items=tuple(open_items(user).select_related("given_by", "lead", "project", "enterprise")[:LIMIT]),
        join_requests=tuple(join_requests(user).select_related("lead", "by")[:LIMIT]),
        disputes=tuple(open_disputes(user).select_related("lead__unit", "unit", "raised_by")[:LIMIT]),
        silent=tuple(claim for claim in claims if claim.lead.owner_id == user.pk),
        asked=tuple(claim for claim in claims if _asks_manager(claim, user, is_manager)),
        late=_late(user, today, calendar) if is_manager else (),
        is_manager=is_manager,
        cases=_by_section(cases[: case_desk.LIMIT]),
        has_more_cases=len(cases) > case_desk.LIMIT,
        visits_due=visits_due,
    )


def _by_section(cases: Iterable[Any]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    found: dict[str, list[Any]] = {}
    for case in cases:
        found.setdefault(case.place, []).append(case)
    return tuple((code, tuple(found[code])) for code in CASE_SECTIONS if code in found)


def _tonight(today: datetime.date) -> datetime.datetime:
    return start_of(today + datetime.timedelta(days=1))


def waiting_counts(user: Any, at: datetime.datetime) -> Mapping[str, int]:
    """How much of each kind waits, for the overview. One query beside those for role and units."""
    today = local_day(at)
    due = {"next_on__lte": today}
    parts: dict[str, QuerySet[Any]] = {
        "leads": my_leads(user).filter(**due),
        "projects": my_projects(user).filter(**due),
        "action_items": open_items(user),
        "join_requests": join_requests(user),
        "disputes": open_disputes(user) if Role.PROMOTION_MANAGER in user.role_codes else ClaimDispute.objects.none(),
        "silent": silent_claims(user),
        "reviews": reviews_to_decide(user),
        "commitments": promises_to_review(user),
        "cases": case_desk.in_sections(user, case_desk.day_sections(user, at, _tonight(today))),
        "decisions": case_desk.in_sections(user, case_desk.decision_sections(user, at)),
        "promises": open_promises(user).filter(due_on__lte=today),
        "visits": unvisited(user, today),
        "left_leads": left_behind(user, Lead.objects.visible_to(user).open()),
        "left_projects": left_behind(user, InvestmentProject.objects.visible_to(user).running()),
    }
    numbered = [_counted(rows, place) for place, rows in enumerate(parts.values())]
    found = dict(numbered[0].union(*numbered[1:], all=True))
    counts = {name: found.get(place, 0) for place, name in enumerate(parts)}
    return {**counts, "left_behind": counts["left_leads"] + counts["left_projects"]}


def _counted(rows: QuerySet[Any], place: int) -> Any:
    numbered = rows.order_by().annotate(place=Value(place, output_field=IntegerField()))
    return numbered.values("place").annotate(rows=Count("pk")).values_list("place", "rows")


# --- what is whose ---------------------------------------------------------------------------------------------------


def my_leads(user: Any) -> Any:
    """Open leads that this person has in hand."""
    return Lead.objects.visible_to(user).open().filter(owner=user)


def my_projects(user: Any) -> Any:
    """Running projects that this person has in hand."""
    return InvestmentProject.objects.visible_to(user).running().filter(owner=user)


def unvisited(user: Any, today: datetime.date) -> Any:
    """Enterprises that this person looks after and nobody visited this month."""
    month = periods.period_of(periods.MONTH, today)
    return not_visited(user, month.since, month.until, person=user)


def open_items(user: Any) -> Any:
    """Action items for this person that are not answered, of records that they see."""
    return ActionItem.objects.visible_to(user).filter(person=user, answered_at__isnull=True).order_by("due_on", "pk")


def join_requests(user: Any) -> Any:
    """Colleagues who ask to join this person's open leads."""
    mine = JoinRequest.objects.filter(
        status=JoinRequest.Status.PENDING, lead__in=my_leads(user).order_by().values("pk")
    )
    return mine.order_by("created_at", "pk")


def open_disputes(user: Any) -> Any:
    """Disputes not decided about this person's leads, and for a manager those that their units are party to."""
    near = Q(lead__owner=user)
    if Role.PROMOTION_MANAGER in user.role_codes:
        near |= Q(unit__in=user.unit_ids) | Q(lead__unit__in=user.unit_ids)
    open_ones = ClaimDispute.objects.visible_to(user).filter(near, decided_at__isnull=True)
    return open_ones.order_by("raised_at", "pk")


def silent_claims(user: Any) -> Any:
    """Claims on open leads that silence was noted on: one's own, and for a manager those to reassign in their units."""
    near = Q(lead__owner=user, released_at__isnull=True)
    if Role.PROMOTION_MANAGER in user.role_codes:
        near |= Q(manager_asked_at__isnull=False, unit__in=user.unit_ids)
    noted = LeadClaim.objects.visible_to(user).filter(
        near,
        reminded_at__isnull=False,
        overruled_at__isnull=True,
        unit=F("lead__unit"),
        lead__status__in=Lead.OPEN,
        lead__is_long_term=False,
    )
    return noted.select_related("lead__owner", "unit").order_by("reminded_at", "pk")


def reviews_to_decide(user: Any) -> Any:
    """For a manager, reviews that are prepared in their units' projects and that they may decide; the latest of a kind."""
    newer = ProjectReview._base_manager.filter(
        project=OuterRef("project"), kind=OuterRef("kind"), pk__gt=OuterRef("pk")
    )
    rows = ProjectReview.objects.visible_to(user).filter(~Exists(newer), outcome=Outcome.PENDING)
    return _of_projects_run_by_others(user, rows)


def promises_to_review(user: Any) -> Any:
    """The same for what the government promised and nobody has reviewed."""
    ours = {"side": Commitment.Side.GOVERNMENT, "fair_competition": Outcome.PENDING}
    return _of_projects_run_by_others(user, Commitment.objects.visible_to(user).filter(**ours))


def _of_projects_run_by_others(user: Any, rows: Any) -> Any:
    if Role.PROMOTION_MANAGER not in user.role_codes:
        return rows.none()
    own = InvestmentProject._base_manager.filter(
        Q(owner=user) | Q(members__person=user, members__part__in=four_eyes.RUNNING_PARTS)
    )
    near = rows.filter(project__unit__in=user.unit_ids).exclude(project__side_state__in=stages.ENDED)
    return near.exclude(project__in=own.order_by().values("pk"))


def left_behind(user: Any, rows: Any) -> Any:
    """For a manager, what of their units is in the hands of somebody who does not work here any more."""
    if Role.PROMOTION_MANAGER not in user.role_codes:
        return rows.none()
    return rows.filter(unit__in=user.unit_ids, owner__is_active=False)


def _asks_manager(claim: Any, user: Any, is_manager: bool) -> bool:
    return is_manager and claim.manager_asked_at is not None and claim.unit_id in user.unit_ids


# --- next steps ------------------------------------------------------------------------------------------------------


def _place(step: Step, today: datetime.date) -> str:
    """A paused project without a day stands apart; with one it is due like any other."""
    return follow_ups.due_state(step.next_on, today)


def _steps(user: Any, today: datetime.date, calendar: WorkCalendar) -> tuple[list[Step], int]:
    """What is due within the days shown, with paused projects without a next step, by day; and the visits due.

    One query.
    """
    until = today + datetime.timedelta(days=PROMISED_DAYS)
    due = Q(next_on__lte=until)
    paused = Q(side_state=SideState.PAUSED, next_on__isnull=True)
    rows = _as_rows(my_leads(user).filter(due), LEAD).union(
        _as_rows(my_projects(user).filter(due | paused), PROJECT),
        _as_rows(_as_steps(open_promises(user).filter(due_on__lte=until)), PROMISE),
        _number_of(unvisited(user, today), _VISITS),
        all=True,
    )
    found: list[Step] = []
    visits = 0
    # What has no day comes last on either engine.
    ordered = rows.order_by(F("next_on").asc(nulls_last=True), "number")
    for kind, pk, public_id, number, name, next_step, next_on, side in ordered[: LIMIT + 2]:
        if kind == _VISITS:
            visits = pk
            continue
        late = follow_ups.working_days_overdue(calendar, next_on, today) if next_on else 0
        found.append(Step(kind, pk, public_id, number, name, next_step, next_on, side, late))
    return found, visits


def _number_of(rows: Any, kind: str) -> Any:
    """How many there are, as one row in the shape of the others, before all of them; none where there are none."""
    nothing = Value("", output_field=CharField())
    names = ("public_id_", "number_", "name_", "next_step_")
    counted = rows.order_by().annotate(kind_=Value(kind, output_field=CharField())).values("kind_")
    counted = counted.annotate(rows=Count("pk"), **dict.fromkeys(names, nothing), side_=nothing)
    counted = counted.annotate(next_on_=Value(datetime.date.min, output_field=DateField()))
    return counted.values_list("kind_", "rows", *names, "next_on_", "side_")


def _as_steps(promises: Any) -> Any:
    """Promises as next steps: under the group's name, due on their day."""
    nothing = Value("", output_field=CharField())
    return promises.select_related(None).annotate(
        number=F("engagement__group__name"), name=F("text"), next_step=nothing, next_on=F("due_on")
    )


def _as_rows(rows: Any, kind: str) -> Any:
    side = F("side_state") if kind == PROJECT else Value("", output_field=CharField())
    marked = rows.order_by().annotate(kind_=Value(kind, output_field=CharField()), side_=side)
    return marked.values_list("kind_", "pk", "public_id", "number", "name", "next_step", "next_on", "side_")


def recent_records(user: Any, limit: int = 50) -> list[Step]:
    """All that one has in hand, what is due first: to choose from when a follow-up is logged. One query."""
    rows = _as_rows(my_leads(user), LEAD).union(_as_rows(my_projects(user), PROJECT), all=True)
    return [Step(*row) for row in rows.order_by(F("next_on").asc(nulls_last=True), "number")[:limit]]


def _late(user: Any, today: datetime.date, calendar: WorkCalendar) -> tuple[Late, ...]:
    """Next steps of others in the manager's units, overdue by the ladder's days, by person. One query."""
    last = escalation_day(calendar, today)
    parts = [
        rows.filter(unit__in=user.unit_ids, next_on__lte=last).exclude(owner=user)
        for rows in (Lead.objects.visible_to(user).open(), InvestmentProject.objects.visible_to(user).running())
    ]
    names = ("owner", "owner__username", "owner__first_name", "owner__last_name")
    found: dict[int | None, Late] = {}
    grouped = [
        rows.order_by()
        .values(*names)
        .annotate(rows=Count("pk"), since=Min("next_on"))
        .values_list(*names, "rows", "since")
        for rows in parts
    ]
    for key, username, first_name, last_name, count, since in grouped[0].union(grouped[1], all=True):
        person = User(pk=key, username=username, first_name=first_name, last_name=last_name) if key else None
        known = found.get(key)
        count, since = (count + known.count, min(since, known.since)) if known else (count, since)
        found[key] = Late(person, count, since, follow_ups.working_days_overdue(calendar, since, today))
    return tuple(sorted(found.values(), key=_by_lateness))


def _by_lateness(late: Late) -> tuple[int, int, str]:
    return -late.working_days, -late.count, str(late.person)


def escalation_day(calendar: WorkCalendar, today: datetime.date) -> datetime.date:
    """The last day whose next step is overdue by the ladder's working days today."""
    day = today
    while follow_ups.working_days_overdue(calendar, day, today) < ESCALATE_AFTER:
        day -= datetime.timedelta(days=1)
    return day
