"""Which carriers fit a wish for space on a day: computed from tenancies and reservations, nothing stored.

What tenants and reservations hold counts, whoever may see it: that space is taken is a fact of the carrier, by whom is
not said here.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from directory.models import Carrier
from promotion.rules import reservations as rules
from promotion.services.space import held_parts, spans_of

#: What a carrier must have at least → its column.
MEASURES = {
    "height": "clear_height_m",
    "load": "floor_load_t_m2",
    "power": "power_kva",
    "crane": "crane_t",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many m² from a day (until a day, or for good), of a kind, in a park; with at least these measures."""

    area: Decimal
    starts_on: datetime.date
    ends_on: datetime.date | None = None
    kind: str = ""
    park: Any = None
    height: Decimal | None = None
    load: Decimal | None = None
    power: int | None = None
    crane: Decimal | None = None

    @property
    def measures(self) -> dict[str, Any]:
        """Column → the least that is wanted of it."""
        named = {column: getattr(self, name) for name, column in MEASURES.items()}
        return {column: least for column, least in named.items() if least is not None}


@dataclass(frozen=True, slots=True)
class Place:
    """One carrier: what is free of it in the time wanted, and of what is wanted the columns that nobody filled in.

    `free_from` is the day from which the area is free for good, of a carrier that comes too late.
    """

    carrier: Any
    free: Decimal
    unknown: tuple[str, ...] = ()
    free_from: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Carriers that fit, the tightest first; that fit as far as is known; and that come free later, the soonest first."""

    fits: Sequence[Place]
    unsure: Sequence[Place]
    later: Sequence[Place]


def find_space(user: Any, wanted: Wanted) -> Found:
    """Look among the carriers that this person may see. 3 queries."""
    carriers = list(_candidates(user, wanted))
    held = held_parts([carrier.pk for carrier in carriers])
    fits: list[Place] = []
    unsure: list[Place] = []
    later: list[Place] = []
    for carrier in carriers:
        spans = spans_of(held.get(carrier.pk, ()))
        free = rules.free_area(carrier.area_m2, spans, wanted.starts_on, wanted.ends_on)
        unknown = tuple(column for column in wanted.measures if getattr(carrier, column) is None)
        is_there = carrier.available_from is None or carrier.available_from <= wanted.starts_on
        if is_there and free >= wanted.area:
            (unsure if unknown else fits).append(Place(carrier, free, unknown))
            continue
        begins = max(wanted.starts_on, carrier.available_from or wanted.starts_on)
        free_from = rules.free_from(carrier.area_m2, spans, wanted.area, begins)
        if free_from is not None and (carrier.withdrawn_on is None or free_from < carrier.withdrawn_on):
            later.append(Place(carrier, free if is_there else Decimal(0), unknown, free_from))
    return Found(sorted(fits, key=_tightest), sorted(unsure, key=_tightest), sorted(later, key=_soonest))


def _candidates(user: Any, wanted: Wanted) -> Any:
    """Big enough, not taken off the market before, and by what is known of them not too low, weak or light."""
    rows = Carrier.objects.visible_to(user).select_related("park").filter(area_m2__gte=wanted.area)
    last = wanted.ends_on or wanted.starts_on
    rows = rows.filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=last))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    elif wanted.measures:
        rows = rows.exclude(kind=Carrier.Kind.LAND_PARCEL)  # a parcel has none of them
    if wanted.park is not None:
        rows = rows.filter(Q(park=wanted.park) | Q(park__parent=wanted.park))
    for column, least in wanted.measures.items():
        rows = rows.filter(Q(**{f"{column}__gte": least}) | Q(**{f"{column}__isnull": True}))
    return rows.order_by("park__order", "code")


def _tightest(place: Place) -> tuple[Decimal, str]:
    return place.free, place.carrier.code


def _soonest(place: Place) -> tuple[datetime.date, str]:
    assert place.free_from is not None
    return place.free_from, place.carrier.code
