"""How much of a carrier is free on a day, and when space comes free: computed from tenancies, never stored."""

import datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Min, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from directory.models import Tenancy

_M2 = DecimalField(max_digits=12, decimal_places=2)


def with_free_area(carriers: QuerySet[Any], at: datetime.date) -> QuerySet[Any]:
    """Each carrier with `taken_m2`, `free_m2` and `next_expiry` (the first end among its tenancies of that day)."""
    running = Tenancy.objects.on(at).filter(carrier=OuterRef("pk")).order_by().values("carrier")
    taken = Coalesce(Subquery(running.annotate(sum=Sum("area_m2")).values("sum")), Value(Decimal(0)), output_field=_M2)
    return carriers.annotate(
        taken_m2=taken, next_expiry=Subquery(running.annotate(first=Min("ends_on")).values("first"))
    ).annotate(free_m2=F("area_m2") - F("taken_m2"))


def expiring(carriers: QuerySet[Any], at: datetime.date, until: datetime.date) -> QuerySet[Any]:
    """Carriers of which a tenancy running today ends by that day."""
    ending = Tenancy.objects.on(at).filter(ends_on__lte=until)
    return carriers.filter(pk__in=ending.values("carrier"))
