"""Enterprises: the list, one of them, a few beside each other, suggestions while typing, and the list as a file."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.filtersets import LABELS
from directory.finding import find
from directory.models import Enterprise
from directory.models.enterprises import today
from directory.presenting import line
from directory.querysets import canonical_id, for_lines, sheet, sheets
from directory.search import FACETS, suggest
from directory.views import comparing, exporting, facts
from directory.views.home import item_url
from directory.views.listing import DEPTH, Asked, Words, chips, facet_groups, sorts, total_text
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door

SUGGESTIONS = 8
MOST_SUGGESTIONS = 20


@require_safe
def enterprise_list(request: HttpRequest) -> HttpResponse:
    """The directory: found by any name, narrowed by facets, in pages of 50 down to a stated depth."""
    asked = Asked.of(request.GET)
    result = find(asked.filters, sort=asked.sort, limit=0 if asked.is_too_deep else 50, offset=asked.offset)
    page = asked.paginator(result.total)
    if asked.page > page.paginator.num_pages and not asked.is_too_deep:
        raise Http404
    matches = {hit.id: hit.match for hit in result.hits}
    words = Words(result.facets)
    context = {
        "asked": asked,
        "q": asked.filters.text,
        "result": result,
        "total": total_text(result),
        "item_url": item_url(),
        "results": [line(row, about, matches[row.pk]) for row, about in for_lines(result.ids, today())],
        "facet_groups": facet_groups(asked, result, words),
        "facet_names": FACETS,
        "chips": chips(asked, words),
        "chosen": sum(len(values) for values in asked.filters.index_filters().values()),
        "clear_url": f"?{urlencode({'q': asked.filters.text})}" if asked.filters.text else "?",
        "sorts": sorts(asked),
        "page": page,
        "depth": DEPTH,
        "is_cut": result.total >= DEPTH and not result.is_exact and page.number == page.paginator.num_pages,
        "misread": [str(LABELS.get(name, name)) for name in asked.filters.misread()],
        "export_url": reverse("directory:enterprise_export") + asked.address(),
        "did_you_mean": [{"label": result.suggestion, "href": f"?{urlencode({'q': result.suggestion})}"}]
        if result.suggestion
        else [],
    }
    return render(request, "directory/enterprise_list.html", context)


@require_safe
def enterprise_suggest(request: HttpRequest) -> JsonResponse:
    """What to offer while somebody types: `{"items": [{"id", "name", "match"}]}`."""
    answer = JsonResponse({"items": suggestions(request.GET.get("q", ""), SUGGESTIONS)})
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def suggestions(text: str, limit: int) -> list[dict[str, Any]]:
    """Suggestions as JSON objects, for page and API."""
    return [
        {
            "id": one.public_id,
            "name": one.name,
            "match": None
            if one.match is None
            else {
                "field": one.match.field,
                "value": one.match.value,
                "kind": one.match.kind,
                "ranges": [list(pair) for pair in one.match.ranges],
            },
        }
        for one in suggest(text, limit=limit)
    ]


@require_safe
def enterprise_detail(request: HttpRequest, identifier: str) -> HttpResponse:
    """One enterprise. A credit code and the id of a merged one lead to its own address."""
    enterprise = None if "\x00" in identifier else sheets().filter(public_id=identifier).first()
    if enterprise is None:
        target = canonical_id(identifier)
        if target is None:
            raise Http404
        answer = HttpResponsePermanentRedirect(reverse("directory:enterprise_detail", args=[target]))
        # A browser keeps such an answer for good unless told otherwise, and a merge may be undone.
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer
    known = sheet(enterprise, today())
    return render(request, "directory/enterprise_detail.html", facts.page_of(request, known))


@require_safe
def enterprise_compare(request: HttpRequest) -> HttpResponse:
    """Two to four enterprises beside each other; with fewer, a way to add another."""
    asked = list(dict.fromkeys(request.GET.getlist("id")))[: comparing.MOST]
    found = {
        row.public_id: row.pk
        for row in Enterprise.objects.published().filter(public_id__in=[one for one in asked if "\x00" not in one])
    }
    ids = [public_id for public_id in asked if public_id in found]
    rows = for_lines([found[public_id] for public_id in ids], today())
    text = request.GET.get("q", "")
    return render(
        request,
        "directory/enterprise_compare.html",
        {
            "table": comparing.table(rows, ids),
            "ids": ids,
            "q": text,
            "is_full": len(ids) >= comparing.MOST,
            "lost": len(asked) - len(ids),
            "candidates": comparing.candidates(text, ids) if text and len(ids) < comparing.MOST else [],
            "title": _("Compare enterprises"),
        },
    )


@require_safe
def enterprise_export(request: HttpRequest) -> HttpResponseBase:
    """The list as CSV, at most 10,000 rows, with what is published and nothing else."""
    asked = Asked.of(request.GET)
    result = find(asked.filters, sort=asked.sort, limit=DEPTH, facets=False, matches=False)
    if getattr(request.user, "has_staff_role", False):
        log_access(
            by=request.user, kind=AccessLog.Kind.EXPORT, door=Door.PUBLIC, rows=len(result.ids),
            list="directory.enterprise", file="csv", asked=request.GET.urlencode()[:500],
        )  # fmt: skip
    return exporting.csv_response(request, result.ids, today())
