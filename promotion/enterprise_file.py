"""One enterprise, one file (一企一档): all that the zone knows and does about it, within the reader's clearance."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum

from directory.models import AnnualFigures, ChainPosition, Qualification, Tenancy
from promotion.liaison import assigned
from promotion.models import (
    ActionItem,
    CapabilityOffer,
    CapitalRecord,
    Commitment,
    EngagementPromise,
    HeadquartersEngagement,
    IntentSignal,
    InvestmentProject,
    ProcurementNeed,
    ServiceCase,
    Visit,
)

#: Rows of each kind that the page and the brief show; the lists have the rest.
SHOWN = 6
#: A title that runs out within so many days is named as such.
EXPIRES_SOON = 180


@dataclass(frozen=True, slots=True)
class EnterpriseFile:
    """What is known of one enterprise on a day; each part is what the reader may see of it."""

    enterprise: Any
    day: datetime.date
    liaisons: tuple[Any, ...]
    visits: tuple[Any, ...]
    open_cases: tuple[Any, ...]
    solved_cases: tuple[Any, ...]
    case_counts: dict[str, int]
    projects: tuple[Any, ...]
    commitments: tuple[Any, ...]
    capital: tuple[dict[str, Any], ...]
    qualifications: tuple[Any, ...]
    tenancies: tuple[Any, ...]
    positions: tuple[Any, ...]
    signals: tuple[Any, ...]
    engagements: tuple[Any, ...]
    promises: tuple[Any, ...]
    visit_promises: tuple[Any, ...]
    offers: tuple[Any, ...]
    needs: tuple[Any, ...]
    figures: tuple[Any, ...]

    @property
    def expiring(self) -> tuple[Any, ...]:
        """Titles that run out soon."""
        last = self.day + datetime.timedelta(days=EXPIRES_SOON)
        return tuple(row for row in self.qualifications if row.valid_until is not None and row.valid_until <= last)

    @property
    def to_ask(self) -> tuple[Any, ...]:
        """What a visitor should ask about: open cases, what we promised and did not keep, clear signals."""
        kept_not = [row for row in self.promises if row.done_on is None]
        kept_not += [row for row in self.visit_promises if row.answered_at is None]
        return (*self.open_cases, *kept_not, *self.signals)


def enterprise_file(enterprise: Any, user: Any, day: datetime.date) -> EnterpriseFile:
    """Read the file of one enterprise that the reader may see; 19 queries, however long its history."""
    cases = ServiceCase.objects.visible_to(user).filter(enterprise=enterprise)
    counted = cases.aggregate(
        all=Count("pk"),
        open=Count("pk", filter=Q(state__in=ServiceCase.OPEN)),
        reopened=Count("pk", filter=Q(reopened__gt=0)),
    )
    projects = InvestmentProject.objects.visible_to(user).filter(enterprise=enterprise)
    group = enterprise.group_id
    engagements = HeadquartersEngagement.objects.visible_to(user).filter(group=group) if group else None
    near = Q(enterprise=enterprise) | (Q(group=group) if group else Q(pk__in=[]))
    return EnterpriseFile(
        enterprise=enterprise,
        day=day,
        liaisons=tuple(assigned(user, day).filter(enterprise=enterprise).select_related("person", "unit")),
        visits=tuple(Visit.objects.visible_to(user).filter(enterprise=enterprise).select_related("owner")[:SHOWN]),
        open_cases=tuple(cases.open().select_related("unit", "owner", "kind").order_by("due_at", "pk")[:SHOWN]),
        solved_cases=tuple(cases.filter(state="closed").order_by("-closed_at", "-pk")[:SHOWN]),
        case_counts=counted,
        projects=tuple(projects.select_related("owner").order_by("-created_at", "-pk")[:SHOWN]),
        commitments=tuple(
            Commitment.objects.visible_to(user)
            .filter(project__in=projects.order_by().values("pk"))
            .select_related("project")
            .order_by("fulfilled_on", "due_on", "pk")[: 2 * SHOWN]
        ),
        capital=_capital(enterprise, user),
        qualifications=tuple(
            Qualification.objects.visible_to(user)
            .filter(enterprise=enterprise)
            .valid_on(day)
            .select_related("type")
            .order_by("valid_until", "pk")
        ),
        tenancies=tuple(
            Tenancy.objects.visible_to(user).on(day).filter(tenant=enterprise).select_related("carrier__park")[:SHOWN]
        ),
        positions=tuple(
            ChainPosition.objects.visible_to(user)
            .filter(enterprise=enterprise)
            .select_related("segment__chain")
            .order_by("segment__chain__order", "pk")[:SHOWN]
        ),
        signals=tuple(IntentSignal.objects.visible_to(user).filter(near).order_by("-on", "-pk")[:SHOWN]),
        engagements=tuple(engagements.order_by("-on", "-pk")[:SHOWN]) if engagements is not None else (),
        promises=tuple(
            EngagementPromise.objects.visible_to(user)
            .filter(engagement__in=engagements.order_by().values("pk"))
            .select_related("person", "engagement")
            .order_by("done_on", "due_on", "pk")[:SHOWN]
        )
        if engagements is not None
        else (),
        visit_promises=tuple(
            ActionItem.objects.visible_to(user)
            .filter(enterprise=enterprise, origin=ActionItem.Origin.VISIT)
            .select_related("person")
            .order_by(F("answered_at").desc(nulls_first=True), "due_on", "pk")[:SHOWN]
        ),
        offers=tuple(CapabilityOffer.objects.visible_to(user).filter(enterprise=enterprise, is_active=True)[:SHOWN]),
        needs=tuple(ProcurementNeed.objects.visible_to(user).filter(enterprise=enterprise, is_active=True)[:SHOWN]),
        figures=tuple(AnnualFigures.objects.visible_to(user).filter(enterprise=enterprise).order_by("-year")[:3]),
    )


def _capital(enterprise: Any, user: Any) -> tuple[dict[str, Any], ...]:
    """Sums by currency and kind, with the kind's name."""
    names = dict(CapitalRecord._meta.get_field("kind").flatchoices)
    rows = CapitalRecord.objects.visible_to(user).filter(enterprise=enterprise)
    grouped = rows.order_by("currency", "kind").values("currency", "kind").annotate(sum=Sum("amount"))
    return tuple({**row, "label": names.get(row["kind"], row["kind"])} for row in grouped)
