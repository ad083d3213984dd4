"""Possible duplicates of a lead as a person reads them: what may be shown, why it may be the same, where it leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from directory.admin.duplicates import REASONS
from directory.rules import uscc as credit_code
from promotion.matching import name_key
from promotion.models import Lead
from promotion.rules import lead_matching
from promotion.rules.lead_matching import Card

KINDS = {
    lead_matching.LEAD: (_("lead"), "promotion_lead"),
    lead_matching.COUNTERPART: (_("counterpart"), "promotion_counterpart"),
    lead_matching.ENTERPRISE: (_("enterprise"), "directory_enterprise"),
    lead_matching.GROUP: (_("group"), "directory_corporategroup"),
}
#: Of a masked card: that it is alike, not in what.
_MASKED = {"similar": _("like what you typed")}


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card on a page. A masked one has no address of its own; `join_url` asks its officer to be let in."""

    card: Card
    kind: Any
    reasons: tuple[str, ...]
    url: str = ""
    join_url: str = ""
    is_mine: bool = False


def shown(cards: Sequence[Card], user: Any) -> list[ShownCard]:
    """The cards with words and addresses; one query finds the leads that the person belongs to."""
    leads = [card.key for card in cards if card.kind == lead_matching.LEAD]
    mine: set[Any] = set()
    if leads:
        belongs = Q(owner=user) | Q(members__person=user)
        mine = set(Lead.objects.visible_to(user).filter(belongs, pk__in=leads).order_by().values_list("pk", flat=True))
    return [_shown(card, card.kind == lead_matching.LEAD and card.key in mine) for card in cards]


def _shown(card: Card, is_mine: bool) -> ShownCard:
    kind, page = KINDS[card.kind]
    reasons = (str(_MASKED.get(code) or REASONS.get(code, code)) for code in card.reasons)
    return ShownCard(
        card=card,
        kind=kind,
        reasons=tuple(dict.fromkeys(reasons)),
        url="" if card.is_masked else reverse(f"admin:{page}_change", args=[card.key]),
        join_url=reverse("admin:quick_add_join", args=[card.key]) if card.may_ask_to_join and not is_mine else "",
        is_mine=is_mine,
    )


def question(name: str, uscc: str) -> str:
    """What "enter it all the same" answers: this name with this code; another must be asked about anew."""
    return f"{name_key(name)}|{credit_code.normalise(uscc)}"
