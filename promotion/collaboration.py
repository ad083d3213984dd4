"""What the chains buy from outside although somebody here could make it."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from promotion.models import ChainMatch, ProcurementNeed

#: Needs shown at most.
LIMIT = 300


@dataclass(frozen=True, slots=True)
class Buying:
    """One chain (None: no segment given) with its needs, each with the matches that answer it, the best first."""

    chain: Any
    needs: tuple[tuple[Any, tuple[Any, ...]], ...]


def bought_outside(user: Any, day: datetime.date) -> list[Buying]:
    """Needs that are met from outside today and have a match here, by chain. Two queries."""
    matches = ChainMatch.objects.visible_to(user).exclude(status=ChainMatch.Status.GONE)
    shown = matches.select_related("offer__enterprise").order_by("-score", "pk")
    needs = (
        ProcurementNeed.objects.visible_to(user)
        .valid_on(day)
        .filter(is_bought_outside=True, pk__in=matches.order_by().values("need"))
        .select_related("enterprise", "segment__chain")
        .prefetch_related(Prefetch("matches", queryset=shown, to_attr="answers"))
        .order_by("segment__chain__order", "segment__chain", "product", "pk")[:LIMIT]
    )
    found: dict[Any, list[Any]] = {}
    for need in needs:
        chain = need.segment.chain if need.segment_id is not None else None
        found.setdefault(chain, []).append((need, tuple(need.answers)))
    return [Buying(chain, tuple(rows)) for chain, rows in found.items()]
