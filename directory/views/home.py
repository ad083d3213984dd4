"""The first page: find, see what is here, see why here."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from directory.figure_text import as_component
from directory.figures import figures
from directory.models import IndustryChain, LocationAdvantage, Milestone, Park, ZoneProfile
from directory.models.enterprises import today
from directory.presenting import country_name, local, reads_chinese
from directory.search import FacetValue, search

_COUNTRIES = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One search box, the headline figures, chains by tier, country parks, why here; a fixed number of queries."""
    counted = facet_counts()
    profile = ZoneProfile.objects.published().first()
    country_parks = Park.objects.published().filter(kind=Park.Kind.COUNTRY_PARK)
    context = {
        "front_page": True,
        "item_url": item_url(),
        "profile": profile,
        "level": profile.level if profile and reads_chinese() else "",
        "location": local(profile, "location") if profile else "",
        "figures": [as_component(one) for one in figures(today(), headline=True)],
        "tiers": chains_by_tier(counted.get("chain")),
        "countries": [
            {
                "label": country_name(one.value),
                "count": one.count,
                "href": f"{reverse('directory:enterprise_list')}?{urlencode({'country': one.value})}",
            }
            for one in (counted.get("country") or [])[:_COUNTRIES]
        ],
        "parks": [park_entry(park, counted.get("park")) for park in country_parks],
        "advantages": [
            {"name": local(row), "status": row.get_status_display()} for row in LocationAdvantage.objects.published()
        ],
        "milestones": milestones(),
    }
    return render(request, "directory/home.html", context)


def item_url() -> str:
    """The address of an enterprise with {id} in it, for a suggestion that is chosen."""
    return reverse("directory:enterprise_list") + "{id}/"


def facet_counts() -> dict[str, list[FacetValue] | None]:
    """How many published enterprises each chain, park and country has: what a click on it will show; two queries.
    Nothing where there are more than are counted."""
    return search(limit=0).facets or {}


def count_of(value: str, counted: list[FacetValue] | None) -> int | None:
    """One value's number; None where nothing was counted."""
    return None if counted is None else next((one.count for one in counted if one.value == value), 0)


def chains_by_tier(counted: list[FacetValue] | None) -> list[dict[str, Any]]:
    """The chains in their tiers, each with its number of enterprises; one query."""
    tiers: dict[str, list[dict[str, Any]]] = {}
    for chain in IndustryChain.objects.published().select_related("parent"):
        tiers.setdefault(chain.tier, []).append(
            {
                "row": chain,
                "name": local(chain),
                "href": reverse("directory:chain_detail", args=[chain.code]),
                "count": count_of(chain.code, counted),
                "parent": local(chain.parent) if chain.parent else "",
            }
        )
    return [
        {"tier": tier.value, "label": tier.label, "chains": tiers[tier.value]}
        for tier in IndustryChain.Tier
        if tier.value in tiers
    ]


def park_entry(park: Any, counted: list[FacetValue] | None) -> dict[str, Any]:
    return {
        "row": park,
        "name": local(park),
        "href": reverse("directory:park_detail", args=[park.code]),
        "count": count_of(park.code, counted),
        "partner": country_name(park.partner_country) if park.partner_country else park.partner_region,
    }


def milestones() -> list[dict[str, Any]]:
    """What happened to the zone, for the timeline component; one query."""
    rows = list(Milestone.objects.published())
    rows.sort(key=lambda row: (row.year, row.month or 0))
    return [
        {
            "date": f"{row.year}-{row.month:02d}" if row.month else str(row.year),
            "title": local(row, "text"),
            "special": row.code == "m-2013-01",
        }
        for row in rows
    ]
