"""Reports to the city: which months a figure covers, which field a heading means, and what looks wrong in a line.

A report is made for a month. Its figures are sums of dated rows: of the month, from January on, of the same months of
the year before, or since the beginning; growth compares two of them. A heading proposes; a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from directory.rules.headers import heading_key

# --- months ----------------------------------------------------------------------------------------------------------

MONTH = "month"
YEAR = "year"
LAST_MONTH = "last_month"
LAST_YEAR = "last_year"
EVER = "ever"
MONTH_GROWTH = "month_growth"
YEAR_GROWTH = "year_growth"
#: What a figure may cover, and growth: the pair that it compares.
GROWTH: Mapping[str, tuple[str, str]] = {MONTH_GROWTH: (MONTH, LAST_MONTH), YEAR_GROWTH: (YEAR, LAST_YEAR)}
SPANS = (MONTH, YEAR, LAST_MONTH, LAST_YEAR, EVER, *GROWTH)

#: Until so many days after its end a month is the one that is reported.
_DAYS_AFTER = 15
#: What a list holds: what happened in the month, from January to it, or all that stands at its end.
IN_MONTH = "in_month"
IN_YEAR = "in_year"
STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Period:
    """The month that is reported."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Period:
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> Period:
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Period:
        return Period.of(self.first - timedelta(days=1))

    @property
    def a_year_ago(self) -> Period:
        return Period(self.year - 1, self.month)

    def days(self, span: str) -> tuple[date | None, date]:
        """First and last day that a span covers; None = from the beginning. Raises ValueError for growth."""
        if span == EVER:
            return None, self.last
        if span in (LAST_MONTH, LAST_YEAR):
            return self.a_year_ago.days(MONTH if span == LAST_MONTH else YEAR)
        if span == MONTH:
            return self.first, self.last
        if span == YEAR:
            return date(self.year, 1, 1), self.last
        raise ValueError(f"no span of days: {span}")


def due_on(today: date) -> Period:
    """The month that is reported about now: the last one until the middle of the next."""
    return Period.of(today - timedelta(days=_DAYS_AFTER))


def growth(now: Decimal, before: Decimal) -> Decimal | None:
    """Growth in percent, one decimal; None where there was nothing, or a decrease, to compare with."""
    if before <= 0:
        return None
    return ((now - before) * 100 / before).quantize(Decimal("0.1"), ROUND_HALF_UP)


# --- headings --------------------------------------------------------------------------------------------------------

#: Units in which cities ask for amounts and areas.
UNIT, WAN, YI = "1", "10000", "100000000"
AMOUNT_UNITS = (UNIT, WAN, YI)
SQUARE_METRES, MU = "m2", "mu"
AREA_UNITS = (SQUARE_METRES, MU)
SQUARE_METRES_OF_A_MU = Decimal(2000) / 3

_MONTH_WORDS = re.compile("本月|当月|本期")
_YEAR_WORDS = re.compile(
    "[1一](?:[-~—–至到][0-9一二三四五六七八九十]{1,3})?月(?:份)?(?:累计)?|本年度?累计|年初至今|年度累计|累计|本年度?|全年"
)
_BEFORE_WORDS = re.compile("去年同期|上年同期|去年同月|上年同月|去年|上年")
_GROWTH_WORDS = re.compile("同比(?:增长|增幅|增速)?|增长率|增幅|增速")
_EVER_WORDS = re.compile("历年累计|历史累计|总累计|开工以来累计|项目累计")
_CURRENCIES = (
    ("USD", "美元|美金|USD"),
    ("EUR", "欧元|EUR"),
    ("JPY", "日元|JPY"),
    ("HKD", "港元|港币|HKD"),
    ("CNY", "人民币|CNY|RMB|元"),
)
_BRACKETS = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the report shows: a field, and of an amount its span, unit and currency."""

    field: str = ""
    span: str = ""
    unit: str = ""
    currency: str = ""

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "span": self.span, "unit": self.unit, "currency": self.currency}

    @classmethod
    def of(cls, stored: Mapping[str, str]) -> Column:
        return cls(*(str(stored.get(name, "")) for name in ("field", "span", "unit", "currency")))


def propose(heading: str, words: Mapping[str, str]) -> Column:
    """The column that a heading means, by words (`heading_key` → field); without a field where it is not known.

    Unit, currency and span are read from the heading: 实际外资本月(万美元), 1-11月累计, 去年同期, 同比%.
    """
    text = unicodedata.normalize("NFKC", heading).replace("%", "")
    bare = text
    while (shorter := _BRACKETS.sub("", bare)) != bare:
        bare = shorter
    span = _span_of(text)
    named = bare
    for pattern in (_EVER_WORDS, _BEFORE_WORDS, _GROWTH_WORDS, _MONTH_WORDS, _YEAR_WORDS):
        named = pattern.sub("", named)
    field = next((found for key in (text, bare, named) if (found := words.get(heading_key(key)))), "")
    unit = MU if "亩" in text else YI if "亿" in text else WAN if re.search("万(?!平)", text) else ""
    currency = next((code for code, pattern in _CURRENCIES if re.search(pattern, text, re.IGNORECASE)), "")
    return Column(field, span, unit, currency)


def _span_of(text: str) -> str:
    is_month = bool(_MONTH_WORDS.search(text))
    if _GROWTH_WORDS.search(text):
        return MONTH_GROWTH if is_month else YEAR_GROWTH
    if _BEFORE_WORDS.search(text):
        return LAST_MONTH if is_month or "同月" in text else LAST_YEAR
    if _EVER_WORDS.search(text):
        return EVER
    if is_month:
        return MONTH
    return YEAR if _YEAR_WORDS.search(text) else ""


def scaled(amount: Decimal, unit: str) -> Decimal:
    """An amount in a unit: whole units and 万 with two decimals, 亿 with four."""
    decimals = Decimal("0.0001") if unit == YI else Decimal("0.01")
    return (amount / Decimal(unit or UNIT)).quantize(decimals, ROUND_HALF_UP)


def area_in(square_metres: Decimal, unit: str) -> Decimal:
    """An area in 亩 or m², two decimals."""
    size = square_metres / SQUARE_METRES_OF_A_MU if unit == MU else square_metres
    return size.quantize(Decimal("0.01"), ROUND_HALF_UP)


# --- what looks wrong ------------------------------------------------------------------------------------------------

AMOUNT_SMALL = "amount_small"
AMOUNT_LARGE = "amount_large"
FIXED_OVER_TOTAL = "fixed_over_total"
FOREIGN_OVER_TOTAL = "foreign_over_total"
AFTER_PERIOD = "after_period"
BEFORE_NEGOTIATING = "before_negotiating"
ARRIVED_OVER_CONTRACTED = "arrived_over_contracted"

#: Below this, somebody typed 万元 as if they were yuan; above it, the other way round.
_SMALLEST, _LARGEST = Decimal(10_000), Decimal(100_000_000_000)


def amount_doubt(amount: Decimal) -> str:
    """The doubt about an amount in units of its currency, "" for none; 0 is no doubt."""
    if 0 < abs(amount) < _SMALLEST:
        return AMOUNT_SMALL
    return AMOUNT_LARGE if abs(amount) > _LARGEST else ""


def day_doubt(day: date, period: Period, negotiating_since: date | None) -> str:
    """The doubt about a day that something happened."""
    if day > period.last:
        return AFTER_PERIOD
    return BEFORE_NEGOTIATING if negotiating_since is not None and day < negotiating_since else ""


def total_doubts(total: Decimal | None, fixed: Decimal | None, foreign: Decimal | None) -> dict[str, str]:
    """Field → doubt where a part is larger than the whole; all in one currency."""
    found = {}
    if total is not None and fixed is not None and fixed > total:
        found["fixed_assets"] = FIXED_OVER_TOTAL
    if total is not None and foreign is not None and foreign > total:
        found["foreign_capital"] = FOREIGN_OVER_TOTAL
    return found
