"""Who looks after which enterprise, who was not visited, and how far the year's plan with headquarters has come."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from directory.models import Enterprise
from promotion.models import (
    EngagementPromise,
    HeadquartersEngagement,
    HeadquartersPlan,
    LiaisonAssignment,
    ServiceCase,
    Visit,
)
from promotion.models.base import viewer_of
from promotion.rules import confidentiality

#: Enterprises shown at most; the rest are counted.
LIMIT = 200


@dataclass(frozen=True, slots=True)
class Coverage:
    """One person's (or, with `person` None, all) enterprises, how many of them were visited in the period."""

    person: Any
    enterprises: int
    visited: int

    @property
    def share(self) -> int | None:
        """Visited of all, in percent, rounded down; None where there is none to visit."""
        return self.visited * 100 // self.enterprises if self.enterprises else None


def assigned(user: Any, on: datetime.date) -> Any:
    """Assignments that hold on a day."""
    rows = LiaisonAssignment.objects.visible_to(user).filter(starts_on__lte=on)
    return rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))


def my_enterprises(user: Any, on: datetime.date) -> Any:
    """The enterprises this person looks after, longest not visited first, with `last_visit` and `open_cases`.

    One query; visits and cases are those the person may see.
    """
    cases = ServiceCase.objects.visible_to(user).open().filter(enterprise=OuterRef("pk")).order_by()
    rows = Enterprise.objects.visible_to(user).filter(
        pk__in=assigned(user, on).filter(person=user).order_by().values("enterprise")
    )
    return rows.annotate(
        last_visit=_last_visit(user, on),
        open_cases=Subquery(cases.values("enterprise").annotate(n=Count("pk")).values("n")),
    ).order_by(*_LONGEST_FIRST)


def not_visited(user: Any, since: datetime.date, until: datetime.date, *, person: Any = None) -> Any:
    """Enterprises that somebody (or `person`) looks after and nobody visited in the period, the longest first.

    Each with `last_visit`, those never visited before all others.
    """
    held = assigned(user, until)
    if person is not None:
        held = held.filter(person=person)
    seen = Visit.objects.visible_to(user).filter(on__range=(since, until)).order_by().values("enterprise")
    rows = Enterprise.objects.visible_to(user).filter(pk__in=held.order_by().values("enterprise"))
    return rows.exclude(pk__in=seen).annotate(last_visit=_last_visit(user, until)).order_by(*_LONGEST_FIRST)


_LONGEST_FIRST = (F("last_visit").asc(nulls_first=True), "short_name", "registered_name", "pk")


def _last_visit(user: Any, on: datetime.date) -> Any:
    """When the person knows that an enterprise was visited last, by a day."""
    visits = Visit.objects.visible_to(user).filter(enterprise=OuterRef("pk"), on__lte=on).order_by()
    return Subquery(visits.values("enterprise").annotate(last=Max("on")).values("last"))


def holders(user: Any, enterprises: list[Any], on: datetime.date) -> dict[int, list[Any]]:
    """Enterprise → the assignments that hold on a day; one query."""
    found: dict[int, list[Any]] = {}
    rows = assigned(user, on).filter(enterprise__in=enterprises).select_related("person")
    for row in rows.order_by("part", "pk"):
        found.setdefault(row.enterprise_id, []).append(row)
    return found


def sees_all_visits(user: Any) -> bool:
    """Whether the visits of every unit are this person's to see; of others' one could not say who was not visited."""
    grant = confidentiality.grants(viewer_of(user).roles, confidentiality.INTERNAL, confidentiality.SERVICE)
    return grant is not None and grant.full == confidentiality.ALL


def coverage(
    user: Any, since: datetime.date, until: datetime.date, *, unit: Any = None, units: Any = None
) -> list[Coverage]:
    """By person, the least covered first; two queries. With `units`, of these alone."""
    held = assigned(user, until)
    if unit is not None:
        held = held.filter(unit=unit)
    if units is not None:
        held = held.filter(unit__in=units)
    pairs = list(held.order_by().values_list("person_id", "enterprise_id").distinct())
    seen = set(
        Visit.objects.visible_to(user)
        .filter(on__range=(since, until))
        .order_by()
        .values_list("enterprise_id", flat=True)
    )
    people = {row.person_id: row.person for row in held.select_related("person").order_by("person_id")}
    found = []
    for key, person in people.items():
        mine = {enterprise for holder, enterprise in pairs if holder == key}
        found.append(Coverage(person, len(mine), len(mine & seen)))
    return sorted(
        found, key=lambda each: (each.share if each.share is not None else 101, -each.enterprises, each.person.pk)
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """A group's plan for the year and what came of it."""

    plan: Any
    done: int
    open_promises: int

    @property
    def is_met(self) -> bool:
        return self.done >= self.plan.engagements


def plan_coverage(user: Any, year: int) -> list[Planned]:
    """The year's plans, those not met first; three queries."""
    plans = list(HeadquartersPlan.objects.visible_to(user).filter(year=year).select_related("group", "owner"))
    groups = [plan.group_id for plan in plans]
    held = HeadquartersEngagement.objects.visible_to(user).filter(group__in=groups)
    done = dict(held.filter(on__year=year).order_by().values_list("group").annotate(n=Count("pk")))
    waiting = EngagementPromise.objects.visible_to(user).filter(
        engagement__in=held.order_by().values("pk"), done_on=None
    )
    promised = dict(waiting.order_by().values_list("engagement__group").annotate(n=Count("pk")))
    rows = [Planned(plan, done.get(plan.group_id, 0), promised.get(plan.group_id, 0)) for plan in plans]
    return sorted(rows, key=lambda row: (row.is_met, row.plan.group.pk))


def open_promises(user: Any) -> Any:
    """Promises of engagements that this person has to keep, the earliest first."""
    mine = EngagementPromise.objects.visible_to(user).filter(person=user, done_on__isnull=True)
    return mine.select_related("engagement__group").order_by("due_on", "pk")
