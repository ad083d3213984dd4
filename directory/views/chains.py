"""The "3+X" system: chains by tier, and one chain as a map and as a table."""

from collections import defaultdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from directory.chain_map import NODE_HEIGHT, NODE_WIDTH, Node, draw, lines_of
from directory.models import (
    ChainLeadership,
    ChainPosition,
    ChainSegment,
    Cluster,
    IndustryChain,
    IndustrySystem,
    SegmentEdge,
)
from directory.models.enterprises import today
from directory.presenting import enterprise_link, line, local
from directory.querysets import for_lines
from directory.search import search
from directory.views.home import chains_by_tier, facet_counts

_ENTERPRISES = 20
#: Enterprises of one segment that the table names; the list shows the rest.
_IN_A_SEGMENT = 8


@require_safe
def chain_list(request: HttpRequest) -> HttpResponse:
    """All chains by tier, with the clusters beyond the zone to which they belong."""
    clusters: dict[int | None, list[str]] = defaultdict(list)
    for row in Cluster.objects.published():
        clusters[row.chain_id].append(local(row))
    tiers = chains_by_tier(facet_counts().get("chain"))
    for tier in tiers:
        for entry in tier["chains"]:
            entry["clusters"] = clusters[entry["row"].pk]
    return render(
        request,
        "directory/chain_list.html",
        {"tiers": tiers, "system": IndustrySystem.objects.published().select_related("source").first()},
    )


@require_safe
def chain_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One chain: its leaders, its map from up- to downstream with its gaps, its enterprises."""
    chain = IndustryChain.objects.published().select_related("parent", "system", "source").filter(code=code).first()
    if chain is None:
        raise Http404
    result = search(filters={"chain": [code]}, limit=_ENTERPRISES, facets=False)
    leaders = list(
        ChainLeadership.objects.published()
        .filter(chain=chain)
        .select_related("enterprise")
        .order_by("enterprise", "pk")
    )
    segments = _segments(chain, {row.enterprise_id for row in leaders})
    facts = [
        {"label": _("Tier"), "value": chain.get_tier_display()},
        {"label": _("Part of"), "value": local(chain.parent) if chain.parent else "",
         "href": reverse("directory:chain_detail", args=[chain.parent.code]) if chain.parent else ""},
        {"label": _("Chain chief (post)"), "value": chain.chief},
        {"label": _("Work group"), "value": chain.work_group},
        {"label": _("Cooperation alliance"), "value": chain.alliance},
        {"label": _("Plan"), "value": chain.plan},
        {"label": _("Fund"), "value": chain.fund},
        {"label": _("Rule set"), "value": chain.rule_set},
        {"label": _("Source"), "value": local(chain.source) if chain.source else ""},
        {"label": _("Verified on"), "value": chain.verified_on},
    ]  # fmt: skip
    return render(
        request,
        "directory/chain_detail.html",
        {
            "chain": chain,
            "name": local(chain),
            "facts": [fact for fact in facts if fact["value"]],
            "quotes": [text for text in chain.source_quote.splitlines() if text],
            "clusters": [local(row) for row in Cluster.objects.published().filter(chain=chain)],
            "children": [
                {"name": local(child), "href": reverse("directory:chain_detail", args=[child.code])}
                for child in chain.children.all()
            ],
            "leaders": [_leader(row) for row in leaders],
            "map": drawing(segments),
            "segments": segments,
            "has_demo": any(one["row"].is_demo for one in segments),
            "results": [line(row, about) for row, about in for_lines(result.ids, today())],
            "total": result.total,
            "is_exact": result.is_exact,
            "list_url": f"{reverse('directory:enterprise_list')}?{urlencode({'chain': code})}",
            "crumbs": [
                {"label": _("Home"), "href": reverse("directory:home")},
                {"label": _("Chains"), "href": reverse("directory:chain_list")},
                {"label": local(chain)},
            ],
        },
    )


def _leader(row: Any) -> list[Any]:
    return [enterprise_link(row.enterprise), row.get_level_display(), row.designated_by, row.year or "", row.document]


def _segments(chain: Any, leaders: set[int]) -> list[dict[str, Any]]:
    """The chain's segments with who stands in them and what feeds what, across chains too; three queries."""
    rows = list(ChainSegment.objects.published().filter(chain=chain).order_by("order", "code"))
    here: dict[int | None, list[Any]] = defaultdict(list)
    for position in (
        ChainPosition.objects.published()
        .filter(chain=chain, segment__isnull=False)
        .select_related("enterprise")
        .order_by("enterprise__search_doc__rank", "enterprise")
    ):
        here[position.segment_id].append(position.enterprise)
    feeds: dict[int, list[Any]] = defaultdict(list)
    fed_by: dict[int, list[Any]] = defaultdict(list)
    keys = [row.pk for row in rows]
    edges = SegmentEdge.objects.published().select_related("upstream__chain", "downstream__chain")
    for edge in (edges.filter(upstream__in=keys) | edges.filter(downstream__in=keys)).order_by("pk"):
        feeds[edge.upstream_id].append(edge.downstream)
        fed_by[edge.downstream_id].append(edge.upstream)
    return [
        {
            "row": row,
            "name": local(row),
            "anchor": f"segment-{row.code}",
            "position": row.get_position_display(),
            "gap": row.get_gap_display(),
            "gap_kind": {"missing": "gap", "weak": "warn", "strong": "good"}.get(row.gap, "neutral"),
            "count": len(here[row.pk]),
            "enterprises": [enterprise_link(one) for one in here[row.pk][:_IN_A_SEGMENT]],
            "more": max(0, len(here[row.pk]) - _IN_A_SEGMENT),
            "has_leader": any(one.pk in leaders for one in here[row.pk]),
            "feeds": [_other(one, chain) for one in feeds[row.pk]],
            "fed_by": [_other(one, chain) for one in fed_by[row.pk]],
            "downstream": [one.pk for one in feeds[row.pk]],
        }
        for row in rows
    ]


def _other(segment: Any, chain: Any) -> dict[str, str]:
    """A segment at the other end of a link, with its chain where that is another."""
    address = reverse("directory:chain_detail", args=[segment.chain.code])
    label = local(segment)
    if segment.chain_id != chain.pk:
        label = f"{label} ({local(segment.chain)})"
    return {"label": label, "href": f"{address}#segment-{segment.code}"}


def drawing(segments: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The map as the template draws it; None without segments.

    Of each segment `row`, `name`, `anchor`, `count`, `has_leader` and the keys `downstream` of it are read.
    """
    if not segments:
        return None
    by_key = {one["row"].pk: one for one in segments}
    drawn = draw(
        [Node(one["row"].pk, one["row"].position) for one in segments],
        [(key, other) for key, one in by_key.items() for other in one["downstream"] if other in by_key],
    )
    missing = {key for key, one in by_key.items() if _is_gap(one)}
    return {
        "width": drawn.width,
        "height": drawn.height,
        "line_end": drawn.width - 16,
        "bands": [{"label": ChainSegment.Position(band).label, "x": x} for band, x in drawn.bands],
        "paths": [
            {"line": path.line, "arrow": path.arrow, "is_gap": path.upstream in missing or path.downstream in missing}
            for path in drawn.paths
        ],
        "nodes": [_node(by_key[node.key], node.x, node.y) for node in drawn.nodes],
        "node_width": NODE_WIDTH,
        "node_height": NODE_HEIGHT,
    }


def _is_gap(one: dict[str, Any]) -> bool:
    return bool(one["row"].gap == ChainSegment.Gap.MISSING and not one["count"])


def _node(one: dict[str, Any], x: int, y: int) -> dict[str, Any]:
    lines = lines_of(one["name"])
    first = y + (27 if len(lines) == 1 else 21)
    kind = "cm-gap" if _is_gap(one) else "cm-leading" if one["has_leader"] else ""
    return {
        "x": x,
        "y": y,
        "kind": kind,
        "href": f"#{one['anchor']}",
        "title": one["name"],
        "lines": [{"text": text, "x": x + 14, "y": first + 18 * number} for number, text in enumerate(lines)],
        "note": _note(one),
        "note_x": x + 14,
        "note_y": y + (49 if len(lines) == 1 else 58),
    }


def _note(one: dict[str, Any]) -> str:
    if _is_gap(one):
        return _("missing")
    if not one["count"]:
        return _("none known here yet")
    text = ngettext("%(count)s enterprise", "%(count)s enterprises", one["count"]) % {"count": one["count"]}
    return _("%(count)s, a chain leader") % {"count": text} if one["has_leader"] else text
