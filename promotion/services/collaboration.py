"""产业链协作: offers and needs, their matches kept in step with them, and the introduction that becomes a case.

A match is recomputed when its offer or its need changes, in the same transaction, never while a page is viewed. What
somebody works on stays, whatever the score says later.
"""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import SegmentEdge
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import CapabilityOffer, ChainMatch, ProcurementNeed, ServiceCase, ServicePillar
from promotion.models.base import rests_on_demo
from promotion.rules import collaboration as rules
from promotion.rules.working_time import local_day
from promotion.services.cases import mechanism_of, raise_case
from promotion.services.leads import locked

#: Of one offer or need so many proposals are kept, the best.
_MOST = 20
Status = ChainMatch.Status


def save_ware(
    ware: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Save an offer or a need, called as `save_record` is, and bring its matches into step. Return the stored row."""
    verb = "created" if ware._state.adding else "updated"
    with change(by=by, verb=verb, door=door, why=why):
        ware.product = " ".join(ware.product.split())
        ware.is_demo = ware.is_demo or rests_on_demo(ware.enterprise)
        saved = save_record(
            ware, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children, verb=verb
        )
        refresh_matches(saved, by=by, door=door, at=at or timezone.now())
        return saved


def refresh_matches(ware: Any, *, by: Any, door: str, at: datetime.datetime) -> int:
    """Compute the matches of one offer or need anew; returns how many are proposed. Locks nothing but what it writes."""
    is_offer = isinstance(ware, CapabilityOffer)
    day = local_day(at)
    with change(by=by, verb="matched", door=door):
        found: dict[int, rules.Match] = {}
        others: dict[int, Any] = {}
        if ware.is_active:
            edges = list(SegmentEdge.objects.order_by().values_list("upstream_id", "downstream_id"))
            mine = side_of(ware)
            for other in _candidates(ware, day):
                theirs = side_of(other)
                offer, need = (mine, theirs) if is_offer else (theirs, mine)
                if (match := rules.match(offer, need, edges, day)) is not None:
                    found[other.pk], others[other.pk] = match, other
        best = dict(sorted(found.items(), key=lambda pair: (-pair[1].score, pair[0]))[:_MOST])
        return _keep(ware, best, others, is_offer=is_offer, by=by, door=door, at=at)


def _keep(
    ware: Any,
    best: dict[int, rules.Match],
    others: dict[int, Any],
    *,
    is_offer: bool,
    by: Any,
    door: str,
    at: datetime.datetime,
) -> int:
    mine, other = ("offer", "need") if is_offer else ("need", "offer")
    known = {getattr(row, f"{other}_id"): row for row in ChainMatch._base_manager.filter(**{mine: ware})}
    for key, match in best.items():
        row = known.pop(key, None) or ChainMatch(
            **{mine: ware, other: others[key]}, is_demo=rests_on_demo(ware, others[key])
        )
        parts = parts_as_data(match)
        is_back = row.status == Status.GONE
        if not row._state.adding and not is_back and (row.score, row.parts) == (match.score, parts):
            continue
        row.score, row.parts, row.computed_at = match.score, parts, at
        row.status = Status.SUGGESTED if is_back else row.status
        save_record(row, by=by, door=door, verb="matched")
    for row in known.values():
        if row.status == Status.SUGGESTED:
            row.status, row.computed_at = Status.GONE, at
            save_record(row, fields=["status", "computed_at"], by=by, door=door, verb="matched")
    return len(best)


def _candidates(ware: Any, day: datetime.date) -> Iterable[Any]:
    """Rows on the other side that could match: of a segment near by, or with a word in common."""
    model: Any = ProcurementNeed if isinstance(ware, CapabilityOffer) else CapabilityOffer
    rows = model.objects.valid_on(day).exclude(enterprise=ware.enterprise_id).select_related("enterprise")
    words = sorted(rules.terms(_words(ware)))
    near = Q()
    for word in words[:40]:
        near |= Q(product__icontains=word) | Q(specification__icontains=word)
    if ware.segment_id is not None:
        near |= Q(segment=ware.segment_id)
        near |= Q(segment__in=SegmentEdge.objects.filter(upstream=ware.segment_id).order_by().values("downstream"))
        near |= Q(segment__in=SegmentEdge.objects.filter(downstream=ware.segment_id).order_by().values("upstream"))
    return rows.filter(near) if near else rows.none()


def _words(ware: Any) -> str:
    return f"{ware.product} {ware.specification}"


def side_of(ware: Any) -> rules.Side:
    """An offer or a need as the rule reads it."""
    return rules.Side(
        enterprise=ware.enterprise_id,
        segment=ware.segment_id,
        words=_words(ware),
        certificates=ware.certificate_names,
        quantity=None if ware.quantity is None else Decimal(ware.quantity),
        unit=ware.unit.strip().lower(),
        park=ware.enterprise.park_id,
        valid_until=ware.valid_until,
    )


def parts_as_data(match: rules.Match) -> list[dict[str, Any]]:
    """The parts of a score as they are stored."""
    return [
        {
            "code": part.code,
            "points": round(part.points, 1),
            "most": part.most,
            "found": part.found,
            "detail": list(part.detail),
        }
        for part in match.parts
    ]


def introduce(match: Any, *, note: str = "", by: Any, door: str, at: datetime.datetime) -> Any:
    """Ask an officer to introduce the two (请专员牵线): opens one case of the chain mechanism. Return the case.

    Asked again, the same case comes back. Raises DomainError for a match that is no longer proposed.
    """
    with change(by=by, verb="introduced", door=door, why=note):
        row = locked(match)
        if row.case_id is not None:
            return row.case
        if row.status == Status.GONE:
            raise DomainError(_("This match is no longer proposed."), code="gone")
        need, offer = row.need, row.offer
        words = {"need": need.product, "buyer": need.enterprise, "maker": offer.enterprise, "offer": offer.product}
        text = _("%(buyer)s looks for: %(need)s. %(maker)s offers: %(offer)s.") % words
        case = raise_case(
            ServiceCase(
                title=_("Introduce: %(need)s") % {"need": need.product},
                text=f"{text} {note}".strip(),
                enterprise=need.enterprise,
                intake=ServiceCase.Intake.PORTAL if door == "portal" else ServiceCase.Intake.STAFF,
                mechanism=mechanism_of(ServicePillar.CHAIN_COLLABORATION, local_day(at)),
                chain=need.segment.chain if need.segment_id is not None else None,
                is_demo=row.is_demo,
            ),
            by=by,
            door=door,
            at=at,
        )
        row.case, row.status = case, Status.INTRODUCED
        save_record(row, fields=["case", "status"], by=by, door=door, verb="introduced")
        return case


def record_outcome(
    match: Any, *, status: str, amount_band: str = "", outcome: str = "", by: Any, door: str, at: datetime.datetime
) -> Any:
    """Write what came of an introduction: talking, a deal with its band of amount, or nothing. Return the match."""
    with change(by=by, verb="outcome", door=door, why=outcome):
        row = locked(match)
        if row.status in (Status.SUGGESTED, Status.GONE):
            raise DomainError(_("Nobody introduced these two yet."), code="not_introduced")
        if status not in (Status.TALKING, Status.DEAL, Status.FAILED):
            raise DomainError(code="status", fields={"status": [_("Choose talking, a deal, or nothing.")]})
        if status == Status.DEAL and not amount_band:
            raise DomainError(code="amount_band", fields={"amount_band": [_("Give the band of the amount.")]})
        row.status, row.amount_band, row.outcome = status, amount_band, outcome.strip()[:300]
        return save_record(row, fields=["status", "amount_band", "outcome"], by=by, door=door, verb="outcome")


def retire_expired(*, by: Any, door: str, at: datetime.datetime) -> int:
    """Take back proposals whose offer or need ran out; returns how many."""
    day = local_day(at)
    standing = ChainMatch.objects.filter(status=Status.SUGGESTED)
    over = standing.filter(
        Q(offer__valid_until__lt=day)
        | Q(need__valid_until__lt=day)
        | Q(offer__is_active=False)
        | Q(need__is_active=False)
    )
    rows = list(over.order_by("pk"))
    with change(by=by, verb="matched", door=door):
        for row in rows:
            row.status, row.computed_at = Status.GONE, at
            save_record(row, fields=["status", "computed_at"], by=by, door=door, verb="matched")
    return len(rows)
