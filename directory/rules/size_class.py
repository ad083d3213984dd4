"""Enterprise size by the statistical measure 统计上大中小微型企业划分办法（2017）.

Large, medium and small need the lower limit of *every* indicator of their sector, so the size is the lowest of the
grades the indicators give by themselves. Limits are data (by sector and version), handed in by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from directory.rules import industry

GRADES = ("micro", "small", "medium", "large")

Number = int | Decimal
#: Lower limits of large, medium and small.
Limits = tuple[Number, Number, Number]


@dataclass(frozen=True, slots=True)
class SizeThreshold:
    """The limits of one sector in one version of the measure; None where the sector does not use the indicator.

    Revenue and assets in 万元 (10,000 yuan).
    """

    sector: str
    version: str
    employees: Limits | None = None
    revenue_wan: Limits | None = None
    assets_wan: Limits | None = None


def _grade(value: Number, limits: Limits) -> int:
    large, medium, small = limits
    return 3 if value >= large else 2 if value >= medium else 1 if value >= small else 0


def size_class(
    sector: str | None,
    employees: int | None,
    revenue_wan: Number | None,
    thresholds: Iterable[SizeThreshold],
    *,
    assets_wan: Number | None = None,
    version: str | None = None,
) -> str | None:
    """Return ``large``, ``medium``, ``small`` or ``micro``, or None.

    None if the measure does not cover the sector or a needed value is missing. Without a version the newest of the
    sector's is used.
    """
    rows = [row for row in thresholds if row.sector == sector and version in (None, row.version)]
    if not rows:
        return None
    row = max(rows, key=lambda candidate: candidate.version)
    grades: list[int] = []
    for value, limits in (
        (employees, row.employees),
        (revenue_wan, row.revenue_wan),
        (assets_wan, row.assets_wan),
    ):
        if limits is None:
            continue
        if value is None:
            return None
        grades.append(_grade(value, limits))
    return GRADES[min(grades)] if grades else None


# The measure's sectors by division or group of GB/T 4754-2017; the longest prefix wins, None is not covered by it.
_SECTORS: dict[str, str | None] = {
    **{f"{division:02d}": "agriculture" for division in range(1, 6)},
    **{str(division): "construction" for division in range(47, 51)},
    "51": "wholesale", "52": "retail", "53": None, "54": "transport", "55": "transport", "56": "transport",
    "57": "transport", "58": "transport", "59": "warehousing", "591": "transport", "60": "postal",
    "61": "accommodation",
    "62": "catering", "63": "information_transmission", "64": "information_transmission", "65": "software",
    "70": "other", "701": "real_estate_development", "702": "property_management", "71": "leasing_business",
    "72": "leasing_business", "73": "other", "74": "other", "75": "other", "76": "other", "77": "other", "78": "other",
    "79": "other", "80": "other", "81": "other", "82": "other", "85": "other", "86": "other", "87": "other",
    "88": "other", "89": "other", "90": "other",
}  # fmt: skip


def sector_of(industry_code: str) -> str | None:
    """Return the measure's sector for a GB/T 4754-2017 code; None where it has none (finance, education, health, …).

    A bare section whose divisions differ (F, G, I, K) has none either. Raises ValueError for no code.
    """
    code = industry.parse(industry_code)
    if code.section in {"B", "C", "D"}:
        return "industry"
    if code.level == 1:
        first, last = industry.SECTIONS[code.section]
        sectors = {_SECTORS.get(f"{division:02d}") for division in range(first, last + 1)}
        return sectors.pop() if len(sectors) == 1 and code.section != "K" else None
    for length in range(len(code.digits), 1, -1):
        if code.digits[:length] in _SECTORS:
            return _SECTORS[code.digits[:length]]
    return None
