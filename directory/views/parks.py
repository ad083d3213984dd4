"""Parks of every kind, and the space in them that is free."""

import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.models import Carrier, Honour, Park
from directory.models.enterprises import today
from directory.presenting import carrier_name, country_name, line, local
from directory.querysets import for_lines
from directory.rules.space import taken_on
from directory.search import search
from directory.vacancy import spans_on
from directory.views.home import facet_counts, park_entry

_ENTERPRISES = 20


@require_safe
def park_list(request: HttpRequest) -> HttpResponse:
    """All parks by kind, each with its enterprises and what is free."""
    counted = facet_counts().get("park")
    free = free_by_park(today())
    kinds: dict[str, list[dict[str, Any]]] = {}
    for park in Park.objects.published():
        kinds.setdefault(park.kind, []).append(park_entry(park, counted) | {"free": free.get(park.pk)})
    return render(
        request,
        "directory/park_list.html",
        {
            "kinds": [
                {"code": kind.value, "label": kind.label, "parks": kinds[kind.value]}
                for kind in Park.Kind
                if kind.value in kinds
            ],
            "actions": [{"label": _("Find free space"), "href": reverse("directory:carrier_list"), "quiet": True}],
            "at": today(),
        },
    )


@require_safe
def park_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One park: its space with what is free today, its honours, its enterprises."""
    park = Park.objects.published().select_related("parent", "source").filter(code=code).first()
    if park is None:
        raise Http404
    at = today()
    spaces = carriers(at, park=park)
    result = search(filters={"park": [code]}, limit=_ENTERPRISES, facets=False)
    facts = [
        {"label": _("Kind"), "value": park.get_kind_display()},
        {"label": _("Lies within"), "value": local(park.parent) if park.parent else "",
         "href": reverse("directory:park_detail", args=[park.parent.code]) if park.parent else ""},
        {"label": _("Partner country or region"),
         "value": country_name(park.partner_country) if park.partner_country else ""},
        {"label": _("Partner region"), "value": park.partner_region},
        {"label": _("Address"), "value": park.address},
        {"label": _("Source"), "value": local(park.source) if park.source else ""},
        {"label": _("Verified on"), "value": park.verified_on},
    ]  # fmt: skip
    return render(
        request,
        "directory/park_detail.html",
        {
            "park": park,
            "name": local(park),
            "facts": [fact for fact in facts if fact["value"]],
            "quotes": [text for text in park.source_quote.splitlines() if text],
            "carriers": [_carrier_row(carrier, free) for carrier, free in spaces],
            "free": sum((free for _carrier, free in spaces), start=Decimal(0)),
            "has_examples": any(carrier.is_demo for carrier, _free in spaces),
            "at": at,
            "children": [park_entry(child, None) for child in park.children.all()],
            "honours": [local(row) for row in Honour.objects.published().filter(park=park)],
            "results": [line(row, about) for row, about in for_lines(result.ids, at)],
            "total": result.total,
            "is_exact": result.is_exact,
            "list_url": f"{reverse('directory:enterprise_list')}?{urlencode({'park': code})}",
            "crumbs": [
                {"label": _("Home"), "href": reverse("directory:home")},
                {"label": _("Parks"), "href": reverse("directory:park_list")},
                {"label": local(park)},
            ],
        },
    )


def carriers(at: datetime.date, *, park: Any = None) -> list[tuple[Any, Decimal]]:
    """Published carriers with the m² that nobody holds on a day; a query for them and one for each kind of holder.

    Only areas are read: who sits where and until when is not public.
    """
    rows = Carrier.objects.published().filter(is_published=True)
    rows = rows.filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=at))
    found = list(rows if park is None else rows.filter(park=park))
    held = spans_on([row.pk for row in found], at)
    return [(row, max(Decimal(0), row.area_m2 - taken_on(at, held.get(row.pk, ())))) for row in found]


def free_by_park(at: datetime.date) -> dict[int, dict[str, Any]]:
    """What is free today in each park that has published carriers, and whether any of it is made up."""
    found: dict[int, dict[str, Any]] = {}
    for carrier, free in carriers(at):
        space = found.setdefault(carrier.park_id, {"m2": Decimal(0), "has_examples": False})
        space["m2"] += free
        space["has_examples"] |= carrier.is_demo
    return found


def _carrier_row(carrier: Any, free: Decimal) -> list[Any]:
    return [
        carrier_name(carrier),
        carrier.get_kind_display(),
        carrier.area_m2,
        free,
        carrier.clear_height_m,
        carrier.floor_load_t_m2,
        carrier.power_kva,
        carrier.available_from,
    ]
