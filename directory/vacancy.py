"""How much of a carrier is free on a day, and when space comes free: computed, never stored.

What tenants hold is taken, and what others hold who registered with `directory.ports`.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from directory.models import Tenancy
from directory.ports import space_holders
from directory.rules.space import Span

_M2 = DecimalField(max_digits=12, decimal_places=2)


def with_free_area(carriers: QuerySet[Any], at: datetime.date) -> QuerySet[Any]:
    """Each carrier with `taken_m2`, `free_m2` and `next_expiry` (the first end among its tenancies of that day)."""
    running = _of_carrier(Tenancy.objects.on(at))
    taken: Any = Value(Decimal(0), output_field=_M2)
    for rows in (Tenancy.objects.all(), *space_holders()):
        held = _of_carrier(_on(rows, at)).annotate(sum=Sum("area_m2")).values("sum")
        taken = taken + Coalesce(Subquery(held), Value(Decimal(0)), output_field=_M2)
    return carriers.annotate(
        taken_m2=taken, next_expiry=Subquery(running.annotate(first=Min("ends_on")).values("first"))
    ).annotate(free_m2=F("area_m2") - F("taken_m2"))


def spans_on(carriers: Collection[Any], at: datetime.date) -> Mapping[Any, list[Span]]:
    """What is held on a day of the carriers with these keys, by key. A query for each kind of holder."""
    found: dict[Any, list[Span]] = defaultdict(list)
    for rows in (Tenancy.objects.all(), *space_holders()):
        held = _on(rows, at).filter(carrier__in=carriers).order_by()
        for key, *span in held.values_list("carrier", "starts_on", "ends_on", "area_m2"):
            found[key].append(tuple(span))
    return found


def _on(rows: Any, day: datetime.date) -> Any:
    return rows.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day))


def _of_carrier(rows: Any) -> Any:
    return rows.filter(carrier=OuterRef("pk")).order_by().values("carrier")


def expiring(carriers: QuerySet[Any], at: datetime.date, until: datetime.date) -> QuerySet[Any]:
    """Carriers of which a tenancy running today ends by that day."""
    ending = Tenancy.objects.on(at).filter(ends_on__lte=until)
    return carriers.filter(pk__in=ending.values("carrier"))
