"""Enterprises, groups and parks in the search box of the admin."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.find_words import GROUP, PARK
from directory.models import CorporateGroup, Enterprise, Park
from directory.models.enterprises import ENDED_STATUSES, Relation
from directory.presenting import country_name, shown
from directory.search import search
from directory.search.records import find_records
from pinghu.admin.searching import Found, Hit, search_source


@search_source("enterprise", gettext_lazy("Enterprises"), icon="factory", order=10, model="directory.enterprise")
def find_enterprises(request: HttpRequest, text: str, limit: int) -> Found:
    """By any name they bear or bore, its pinyin, a code or a product; the line says which one matched."""
    result = search(text, user=request.user, limit=limit, facets=False, count=False, suggestions=False)
    rows = Enterprise.objects.visible_to(request.user).select_related("park").in_bulk(result.ids)
    hits = []
    for found in result.hits:
        row = rows.get(found.id)
        if row is None:
            continue
        name = shown(row)
        other = found.match.value if found.match is not None and found.match.value != name.name else ""
        hits.append(
            Hit(
                name.name,
                (row.uscc or "", *_standing(row), str(row.park or "")),
                reverse("admin:directory_enterprise_change", args=[row.pk]),
                found_as=other if other != (row.uscc or "") else "",
            )
        )
    return Found(hits, result.has_more)


def _standing(row: Enterprise) -> list[str]:
    """What must not be overlooked: that it has ended, moved, or stands outside the zone."""
    standing = []
    if row.status in ENDED_STATUSES:
        standing.append(str(row.get_status_display()))
    if row.relation in (Relation.OUTSIDE, Relation.MOVED_OUT):
        standing.append(str(row.get_relation_display()))
    return standing


@search_source("group", gettext_lazy("Groups"), icon="account_tree", order=60, model="directory.corporategroup")
def find_groups(request: HttpRequest, text: str, limit: int) -> Found:
    """With whether one of its enterprises is here already."""
    groups = CorporateGroup.objects.visible_to(request.user)
    keys, has_more = find_records(GROUP, groups, text, limit=limit)
    here = Exists(Enterprise.objects.counted().filter(group=OuterRef("pk")))
    rows = groups.annotate(is_here=here).in_bulk(keys)
    return Found([_group_hit(rows[key]) for key in keys if key in rows], has_more)


def _group_hit(row: Any) -> Hit:
    return Hit(
        str(row),
        (
            country_name(row.country) if row.country else "",
            row.industry_text,
            _("Has enterprises here") if row.is_here else _("None here yet"),
        ),
        reverse("admin:directory_corporategroup_change", args=[row.pk]),
    )


@search_source("park", gettext_lazy("Parks"), icon="location_city", order=70, model="directory.park")
def find_parks(request: HttpRequest, text: str, limit: int) -> Found:
    parks = Park.objects.visible_to(request.user)
    keys, has_more = find_records(PARK, parks, text, limit=limit)
    rows = parks.in_bulk(keys)
    hits = [
        Hit(
            str(row),
            (str(row.get_kind_display()), row.address),
            reverse("admin:directory_park_change", args=[row.pk]),
        )
        for row in (rows[key] for key in keys if key in rows)
    ]
    return Found(hits, has_more)
