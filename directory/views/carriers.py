"""Space that is free on a day, in all parks, narrowed by what a plant needs."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.filtersets import CarrierFilterSet
from directory.models import Carrier
from directory.presenting import carrier_name, local

_A_PAGE = 50


@require_safe
def carrier_list(request: HttpRequest) -> HttpResponse:
    """Carriers with room, the largest first; a value that is not understood is said and left out. Two queries."""
    asked = CarrierFilterSet(request.GET, queryset=Carrier.objects.published())
    pages = Paginator(asked.free_rows().select_related("park"), _A_PAGE)
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and 0 < int(number[:9]) <= pages.num_pages):
        raise Http404
    page = pages.page(int(number[:9]))
    return render(
        request,
        "directory/carrier_list.html",
        {
            "asked": asked,
            "at": asked.day,
            "page": page,
            "rows": [_row(carrier) for carrier in page],
            "columns": _columns(),
            "crumbs": [
                {"label": _("Home"), "href": reverse("directory:home")},
                {"label": _("Parks"), "href": reverse("directory:park_list")},
                {"label": _("Free space")},
            ],
        },
    )


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("Carrier")},
        {"label": _("Park")},
        {"label": _("Kind")},
        {"label": _("Free"), "unit": "m²", "numeric": True},
        {"label": _("Area"), "unit": "m²", "numeric": True},
        {"label": _("Clear height"), "unit": "m", "numeric": True},
        {"label": _("Floor load"), "unit": "t/m²", "numeric": True},
        {"label": _("Power"), "unit": "kVA", "numeric": True},
        {"label": _("Crane"), "unit": "t", "numeric": True},
    ]


def _row(carrier: Any) -> list[Any]:
    return [
        carrier_name(carrier),
        {"text": local(carrier.park), "href": reverse("directory:park_detail", args=[carrier.park.code])},
        carrier.get_kind_display(),
        carrier.free_m2,
        carrier.area_m2,
        carrier.clear_height_m,
        carrier.floor_load_t_m2,
        carrier.power_kva,
        carrier.crane_t,
    ]
