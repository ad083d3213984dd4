"""The filters of leads, projects and cases; several values of one mean "or", several filters "and"."""

from typing import Any, ClassVar

import django_filters
from django.utils import timezone

from directory.search.records import among
from pinghu.api.filters import RANGE, AnyOf, Flag, StrictFilterSet
from promotion.find_words import CASE, LEAD, PROJECT
from promotion.models import CaseState, InvestmentProject, Lead, Level, ServiceCase, SideState, Stage, Track

_RANGES = {"created_at": RANGE, "updated_at": RANGE, "next_on": RANGE}


class LeadFilterSet(StrictFilterSet):
    """Filters over the leads that a person sees whole."""

    q = django_filters.CharFilter(method="find", max_length=200)
    status = AnyOf("status", choices=Lead.Status.choices)
    confidentiality = AnyOf("confidentiality", choices=Level.choices)
    owner = AnyOf("owner__public_id")
    unit = AnyOf("unit__code")
    channel = AnyOf("channel__code")
    activity = AnyOf("activity__public_id")
    chain = AnyOf("chain__code")
    group = AnyOf("group__public_id")
    enterprise = AnyOf("enterprise__public_id")
    is_long_term = Flag("is_long_term")
    is_demo = Flag("is_demo")

    class Meta:
        model = Lead
        fields: ClassVar[dict[str, list[str]]] = _RANGES

    def find(self, rows: Any, _name: str, value: str) -> Any:
        return among(LEAD, rows, value)


class ProjectFilterSet(StrictFilterSet):
    """Filters over the projects that a person sees whole; `side_state=running` are those in none."""

    q = django_filters.CharFilter(method="find", max_length=200)
    stage = AnyOf("stage", choices=Stage.choices)
    side_state = AnyOf(choices=[("running", "running"), *SideState.choices], method="in_side_states")
    track = AnyOf("track", choices=Track.choices)
    confidentiality = AnyOf("confidentiality", choices=Level.choices)
    owner = AnyOf("owner__public_id")
    unit = AnyOf("unit__code")
    chain = AnyOf("chain__code")
    group = AnyOf("group__public_id")
    enterprise = AnyOf("enterprise__public_id")
    park = AnyOf("park__code")
    is_demo = Flag("is_demo")

    class Meta:
        model = InvestmentProject
        fields: ClassVar[dict[str, list[str]]] = {**_RANGES, "signed_on": RANGE, "registered_on": RANGE}

    def find(self, rows: Any, _name: str, value: str) -> Any:
        return among(PROJECT, rows, value)

    def in_side_states(self, rows: Any, _name: str, value: list[str]) -> Any:
        return rows.filter(side_state__in=["" if state == "running" else state for state in value])


class CaseFilterSet(StrictFilterSet):
    """Filters over the service cases that a person sees whole; `is_overdue` by the clock of this moment."""

    q = django_filters.CharFilter(method="find", max_length=200)
    state = AnyOf("state", choices=CaseState.choices)
    intake = AnyOf("intake", choices=ServiceCase.Intake.choices)
    confidentiality = AnyOf("confidentiality", choices=Level.choices)
    kind = AnyOf("kind__code")
    owner = AnyOf("owner__public_id")
    unit = AnyOf("unit__code")
    enterprise = AnyOf("enterprise__public_id")
    group = AnyOf("group__public_id")
    chain = AnyOf("chain__code")
    platform = AnyOf("platform__code")
    mechanism = AnyOf("mechanism__code")
    is_open = Flag(method="open_ones")
    is_overdue = Flag(method="overdue_ones")
    is_class_issue = Flag("is_class_issue")
    is_demo = Flag("is_demo")

    class Meta:
        model = ServiceCase
        fields: ClassVar[dict[str, list[str]]] = {
            "opened_at": RANGE, "due_at": RANGE, "closed_at": RANGE, "updated_at": RANGE,
        }  # fmt: skip

    def find(self, rows: Any, _name: str, value: str) -> Any:
        return among(CASE, rows, value)

    def open_ones(self, rows: Any, _name: str, value: bool) -> Any:
        return rows.open() if value else rows.exclude(state__in=ServiceCase.OPEN)

    def overdue_ones(self, rows: Any, _name: str, value: bool) -> Any:
        late = ServiceCase.objects.overdue(timezone.now()).order_by().values("pk")
        return rows.filter(pk__in=late) if value else rows.exclude(pk__in=late)
