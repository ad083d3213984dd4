"""Columns derived from other rows: the origin of an enterprise's capital. Written here, never typed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from directory.models import Enterprise, Holding
from directory.rules.capital_origin import HoldingShare, capital_origin
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save


def derive_origins(ids: Collection[int]) -> None:
    """Write the origin of capital of these enterprises from their current holdings, else their registration type.

    Two reads and one write per distinct answer, however many enterprises. No history: what it rests on has its own.
    """
    holdings: dict[int, list[HoldingShare]] = defaultdict(list)
    for enterprise, country, ultimate, share in Holding.objects.filter(
        enterprise__in=ids, until__isnull=True
    ).values_list("enterprise_id", "country", "ultimate_country", "share"):
        holdings[enterprise].append(HoldingShare(country, ultimate or None, share))
    answers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for key, code, origin, basis in Enterprise.objects.filter(pk__in=ids).values_list(
        "pk", "registration_type__code", "capital_origin", "capital_origin_basis"
    ):
        found = capital_origin(holdings[key], code)
        if (found.origin, found.basis) != (origin, basis):
            answers[found.origin, found.basis].append(key)
    for (origin, basis), keys in answers.items():
        Enterprise.objects.filter(pk__in=keys).update(capital_origin=origin, capital_origin_basis=basis)


@after_save(Enterprise)
def _of_enterprises(rows: Sequence[Any]) -> None:
    current_change().later(derive_origins, [row.pk for row in rows])


@after_save(Holding)
def _of_holdings(rows: Sequence[Any]) -> None:
    current_change().later(derive_origins, [row.enterprise_id for row in rows])
