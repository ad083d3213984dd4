"""The filters of leads and projects; several values of one mean "or", several filters "and"."""

from typing import Any, ClassVar

import django_filters

from directory.search.records import among
from pinghu.api.filters import RANGE, AnyOf, Flag, StrictFilterSet
from promotion.find_words import LEAD, PROJECT
from promotion.models import InvestmentProject, Lead, Level, SideState, Stage, Track

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
