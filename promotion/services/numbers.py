"""Numbers that can be told over the phone: a letter for the kind, the year, and a running number in that year."""

import datetime

from promotion.models import NumberSeries
from promotion.rules.working_time import local_day

LEAD, PROJECT, COUNTERPART, CASE = "L", "P", "K", "B"


def next_number(series: str, at: datetime.datetime) -> str:
    """Return the next number of a series, as `L2026-0001`; the year is that of Asia/Shanghai.

    Called inside the transaction that uses it: the series' row stays locked until then, so a number is neither given
    out twice nor lost by a rollback.
    """
    year = local_day(at).year
    NumberSeries.objects.get_or_create(code=series, year=year)
    row = NumberSeries.objects.select_for_update().get(code=series, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{series}{year}-{row.last:04d}"
