"""A group on one page: its enterprises here, ranking and listing, what was talked with its headquarters and came of it."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from directory.models import Enterprise, Listing, RankingEntry
from promotion.models import (
    EngagementPromise,
    HeadquartersEngagement,
    HeadquartersPlan,
    IntentSignal,
    InvestmentProject,
    Lead,
    ServiceCase,
)

#: Rows of each kind that the page shows; the lists have the rest.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class GroupFile:
    """What is known of one group on a day; each part is what the reader may see of it."""

    group: Any
    day: datetime.date
    enterprises: tuple[Any, ...]
    rankings: tuple[Any, ...]
    listings: tuple[Any, ...]
    plan: Any
    engagements: tuple[Any, ...]
    engagement_count: int
    engaged_this_year: int
    promises: tuple[Any, ...]
    signals: tuple[Any, ...]
    leads: tuple[Any, ...]
    cases: tuple[Any, ...]
    projects: tuple[Any, ...]

    @property
    def is_plan_met(self) -> bool:
        return self.plan is not None and self.engaged_this_year >= self.plan.engagements


def group_file(group: Any, user: Any, day: datetime.date) -> GroupFile:
    """Read the file of one group that the reader may see; 11 queries, however long its history."""
    here = Enterprise.objects.visible_to(user).current().filter(group=group)
    engagements = HeadquartersEngagement.objects.visible_to(user).filter(group=group)
    counted = engagements.aggregate(all=Count("pk"), this_year=Count("pk", filter=Q(on__year=day.year)))
    of_group = Q(group=group) | Q(enterprise__group=group)
    promises = EngagementPromise.objects.visible_to(user).filter(engagement__in=engagements.order_by().values("pk"))
    return GroupFile(
        group=group,
        day=day,
        enterprises=tuple(here.select_related("park").order_by("short_name", "registered_name", "pk")[: 2 * SHOWN]),
        rankings=tuple(
            RankingEntry.objects.visible_to(user)
            .filter(group=group)
            .select_related("ranking")
            .order_by("-year", "ranking", "pk")[:SHOWN]
        ),
        listings=tuple(
            Listing.objects.visible_to(user)
            .current()
            .filter(of_group)
            .select_related("exchange", "enterprise")
            .order_by("exchange", "ticker", "pk")[:SHOWN]
        ),
        plan=HeadquartersPlan.objects.visible_to(user)
        .filter(group=group, year=day.year)
        .select_related("owner")
        .first(),
        engagements=tuple(engagements.select_related("owner").order_by("-on", "-pk")[:SHOWN]),
        engagement_count=counted["all"],
        engaged_this_year=counted["this_year"],
        promises=tuple(
            promises.select_related("person", "engagement").order_by("done_on", "due_on", "pk")[: 2 * SHOWN]
        ),
        signals=tuple(
            IntentSignal.objects.visible_to(user)
            .filter(of_group)
            .select_related("enterprise")
            .order_by("-on", "-pk")[:SHOWN]
        ),
        leads=tuple(
            Lead.objects.visible_to(user)
            .filter(group=group)
            .select_related("owner")
            .order_by("-created_at", "-pk")[:SHOWN]
        ),
        cases=tuple(
            ServiceCase.objects.visible_to(user)
            .filter(of_group)
            .select_related("enterprise", "unit")
            .order_by("-opened_at", "-pk")[:SHOWN]
        ),
        projects=tuple(
            InvestmentProject.objects.visible_to(user)
            .filter(of_group)
            .select_related("owner")
            .order_by("-created_at", "-pk")[:SHOWN]
        ),
    )
