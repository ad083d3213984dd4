"""Admission standards: a project's figures against the zone's rows, per mu where they say so, and the red lines.

1 亩 is 2000/3 m². Figures per mu are compared as they are published, with two decimals, so that a plot measured in
亩 and stored in m² does not fail by the last digit. A standard may be waived case by case (一事一议) with a reason;
a red line may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

SQUARE_METRES_OF_THREE_MU = 2000
_WAN = 10_000
_CENTS = Decimal("0.01")

AT_LEAST = "ge"
MORE_THAN = "gt"
AT_MOST = "le"
LESS_THAN = "lt"
OPERATORS = (AT_LEAST, MORE_THAN, AT_MOST, LESS_THAN)

PASS = "pass"
FAIL = "fail"
WAIVED = "waived"
MISSING = "missing"

CLEAR = "clear"
HIT = "hit"
UNANSWERED = "unanswered"


def mu(square_metres: Decimal) -> Decimal:
    """Return an area in 亩, unrounded."""
    return square_metres * 3 / SQUARE_METRES_OF_THREE_MU


def square_metres(mu: Decimal) -> Decimal:
    """Return an area in m² from 亩, with two decimals."""
    return (mu * SQUARE_METRES_OF_THREE_MU / 3).quantize(_CENTS, ROUND_HALF_UP)


def wan_per_mu(yuan: Decimal | None, land_m2: Decimal | None) -> Decimal | None:
    """Return 万元/亩 with two decimals (intensity, output, tax), or None where a figure or the land is missing."""
    if yuan is None or not land_m2 or land_m2 < 0:
        return None
    return (yuan * SQUARE_METRES_OF_THREE_MU / (land_m2 * 3 * _WAN)).quantize(_CENTS, ROUND_HALF_UP)


def plot_ratio(floor_m2: Decimal | None, land_m2: Decimal | None) -> Decimal | None:
    """Return 容积率, floor area by land, with two decimals, or None where one is missing."""
    if floor_m2 is None or not land_m2 or land_m2 < 0:
        return None
    return (floor_m2 / land_m2).quantize(_CENTS, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Standard:
    """One row: this indicator against this value, for which tracks and industries (empty = all), from when until when.

    ``industries`` are GB/T 4754 codes or their beginnings (``C36``). ``valid_until`` is the last day.
    """

    indicator: str
    operator: str
    value: Decimal
    valid_from: date
    valid_until: date | None = None
    tracks: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    unit: str = ""
    key: object | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One standard beside the project's figure; ``gap`` is by how much the figure misses it (0 when it holds)."""

    standard: Standard
    figure: Decimal | None
    outcome: str
    gap: Decimal | None = None


def _reach(standard: Standard, at: date, track: str, industry: str) -> tuple[bool, int] | None:
    """How specific a row is to a project, or None if it does not apply."""
    if at < standard.valid_from or (standard.valid_until is not None and at > standard.valid_until):
        return None
    if standard.tracks and track not in standard.tracks:
        return None
    longest = max((len(code) for code in standard.industries if industry.startswith(code)), default=0)
    return None if standard.industries and not longest else (bool(standard.tracks), longest)


def applying(standards: Iterable[Standard], at: date, *, track: str, industry: str = "") -> tuple[Standard, ...]:
    """Return the rows that hold for a project on a day, by indicator.

    For one indicator and operator the nearer industry wins, then a row for the track, then the later row.
    """
    best: dict[tuple[str, str], tuple[tuple[int, bool, date], Standard]] = {}
    for standard in standards:
        reach = _reach(standard, at, track, industry)
        if reach is None:
            continue
        rank = (reach[1], reach[0], standard.valid_from)
        key = (standard.indicator, standard.operator)
        if key not in best or rank > best[key][0]:
            best[key] = rank, standard
    return tuple(best[key][1] for key in sorted(best))


def _holds(figure: Decimal, operator: str, value: Decimal) -> bool:
    if operator == AT_LEAST:
        return figure >= value
    if operator == MORE_THAN:
        return figure > value
    if operator == AT_MOST:
        return figure <= value
    if operator == LESS_THAN:
        return figure < value
    raise ValueError(f"unknown operator {operator}")


def compare(
    standards: Iterable[Standard], figures: Mapping[str, Decimal | None], *, waived: Iterable[str] = ()
) -> tuple[Comparison, ...]:
    """Return each standard beside its figure. A waiver (of an indicator) answers a failure and a missing figure only.

    Raises ValueError for an unknown operator.
    """
    excused, found = set(waived), []
    for standard in standards:
        figure = figures.get(standard.indicator)
        if figure is None:
            outcome, gap = MISSING, None
        elif _holds(figure, standard.operator, standard.value):
            outcome, gap = PASS, Decimal(0)
        else:
            outcome, gap = FAIL, abs(standard.value - figure)
        if outcome != PASS and standard.indicator in excused:
            outcome = WAIVED
        found.append(Comparison(standard, figure, outcome, gap))
    return tuple(found)


def overall(comparisons: Iterable[Comparison]) -> str:
    """Return the worst outcome: FAIL, then MISSING, then WAIVED, else PASS."""
    outcomes = {comparison.outcome for comparison in comparisons}
    return next((outcome for outcome in (FAIL, MISSING, WAIVED) if outcome in outcomes), PASS)


def red_lines(asked: Iterable[str], answers: Mapping[str, bool | None]) -> dict[str, str]:
    """Return for each red line whether the project hits it. Nobody can waive a hit; an open question is no answer."""
    words = {True: HIT, False: CLEAR, None: UNANSWERED}
    return {code: words[answers.get(code)] for code in asked}
