"""A group above enterprises here: its names, its lists, its listings, and who of it is here."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.models import CorporateGroup, Enterprise, Listing, RankingEntry
from directory.models.enterprises import today
from directory.presenting import country_name, lang_of, line, local
from directory.querysets import for_lines

_MOST = 100


@require_safe
def group_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One group with its enterprises here."""
    known = "\x00" not in public_id
    group = (
        CorporateGroup.objects.published().select_related("source").filter(public_id=public_id).first()
        if known
        else None
    )
    if group is None:
        raise Http404
    here = Enterprise.objects.published().filter(group=group).order_by("search_doc__rank", "pk")
    ids = list(here.values_list("pk", flat=True)[:_MOST])
    ultimate = group.ultimate_country if group.ultimate_country != group.country else ""
    facts = [
        {"label": _("English name"), "value": group.name_en if group.name_en != str(group) else "",
         "lang": lang_of(group.name_en)},
        {"label": _("Home country or region"), "value": country_name(group.country) if group.country else ""},
        {"label": _("Ultimate country or region"), "value": country_name(ultimate) if ultimate else ""},
        {"label": _("Line of business"), "value": group.industry_text},
        {"label": _("Website"), "value": group.website, "href": group.website},
        {"label": _("Source"), "value": local(group.source) if group.source else ""},
        {"label": _("Verified on"), "value": group.verified_on},
    ]  # fmt: skip
    return render(
        request,
        "directory/group_detail.html",
        {
            "group": group,
            "name": str(group),
            "name_lang": lang_of(str(group)),
            "badges": [{"kind": "demo", "text": ""}] if group.is_demo else [],
            "facts": [fact for fact in facts if fact["value"]],
            "aliases": [
                [{"text": row.name, "lang": lang_of(row.name)}, row.get_kind_display()] for row in group.names.all()
            ],
            "listings": [
                [local(row.exchange), {"text": row.ticker, "code": True}, row.listed_on, row.delisted_on]
                for row in Listing.objects.published().filter(group=group).select_related("exchange")
            ],
            "rankings": [
                [local(row.ranking), row.year, row.rank, row.name_as_listed]
                for row in RankingEntry.objects.published()
                .filter(group=group)
                .select_related("ranking")
                .order_by("-year", "pk")
            ],
            "results": [line(row, about) for row, about in for_lines(ids, today())],
            "crumbs": [
                {"label": _("Home"), "href": reverse("directory:home")},
                {"label": _("Enterprises"), "href": reverse("directory:enterprise_list")},
                {"label": str(group), "lang": lang_of(str(group))},
            ],
        },
    )
