"""The figures: as published, beside as computed; how each is counted and which rows it counts."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.figure_text import as_component, rows_url
from directory.figures import FORTUNE, RULES, ComputedFigure, compute, figures, ranking_counts
from directory.models import PublishedFigure
from directory.models.enterprises import today
from directory.presenting import country_name, local


@require_safe
def figure_list(request: HttpRequest) -> HttpResponse:
    """All figures: first those that the records can be held against, then those that only the source states."""
    found = figures(today())
    computed = [as_component(one) for one in found if one.rule]
    stated = [as_component(one) for one in found if not one.rule]
    return render(
        request,
        "directory/figure_list.html",
        {"computed": computed, "stated": stated, "at": today(), "rankings": ranking_counts()},
    )


@require_safe
def figure_detail(request: HttpRequest, key: str) -> HttpResponse:
    """One figure: the words that state it, the rule that counts it, since when, and the way to its rows."""
    figure = PublishedFigure.objects.published().select_related("source").filter(key=key).first()
    if figure is None:
        raise Http404
    rule = RULES.get(figure.rule)
    at = today()
    value, demo = compute(rule, at) if rule else (None, 0)
    one = ComputedFigure(figure, rule, value, demo, at)
    return render(
        request,
        "directory/figure_detail.html",
        {
            "figure": figure,
            "label": local(figure, "label"),
            "one": one,
            "component": as_component(one, linked=False),
            "rows_url": rows_url(one) if rule and not rule.distinct else "",
            "countries": _countries(one) if rule and rule.distinct == "country" else [],
            "rankings": ranking_counts() if figure.rule == FORTUNE else [],
            "source": local(figure.source) if figure.source else "",
            "crumbs": [
                {"label": _("Home"), "href": reverse("directory:home")},
                {"label": _("Figures"), "href": reverse("directory:figure_list")},
                {"label": local(figure, "label")},
            ],
        },
    )


def _countries(one: ComputedFigure) -> list[dict[str, Any]]:
    """The countries that the figure counts, each with the enterprises counted for it."""
    if one.rule is None:
        return []
    rows = (
        one.rule.rows(one.at).order_by().values("country").annotate(held=Count("enterprise", distinct=True))
        .order_by("-held", "country")
    )  # fmt: skip
    address = reverse("directory:enterprise_list")
    return [
        {
            "label": country_name(row["country"]),
            "value": row["held"],
            "href": f"{address}?{urlencode({'figure': one.figure.key, 'investor': row['country']})}",
        }
        for row in rows
    ]
