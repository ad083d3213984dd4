"""The zone in its own words, and where the data come from."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.models import Amenity, Claim, Cluster, Honour, LocationAdvantage, ZonePlace, ZoneProfile
from directory.presenting import local
from directory.views.home import milestones


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Profile, milestones, honours, claims, location, living here, sources."""
    profile = ZoneProfile.objects.published().select_related("source").first()
    return render(
        request,
        "directory/about.html",
        {
            "profile": profile,
            "location": local(profile, "location") if profile else "",
            "positioning": profile.positioning.splitlines() if profile else [],
            "milestones": milestones(),
            "honours": [[local(row), row.get_level_display(), row.year or ""] for row in Honour.objects.published()],
            "clusters": [
                {"name": local(row), "chain": row.chain, "label": local(row.chain) if row.chain else ""}
                for row in Cluster.objects.published().select_related("chain")
            ],
            "claims": [{"text": local(row, "text"), "note": row.note} for row in Claim.objects.published()],
            "advantages": [[local(row), row.get_status_display()] for row in LocationAdvantage.objects.published()],
            "amenities": _by_kind(),
            "places": [local(row) for row in ZonePlace.objects.published().order_by("pk")],
            "crumbs": [{"label": _("Home"), "href": reverse("directory:home")}, {"label": _("About the zone")}],
        },
    )


def _by_kind() -> list[dict[str, Any]]:
    kinds: dict[str, list[str]] = {}
    for row in Amenity.objects.published():
        kinds.setdefault(row.kind, []).append(local(row))
    return [{"label": kind.label, "names": kinds[kind.value]} for kind in Amenity.Kind if kind.value in kinds]
