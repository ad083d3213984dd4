"""How figures, money and dates are written for people, in Chinese and in English.

Chinese counts in 万 (10^4) and 亿 (10^8), English in millions and billions; that is a difference of number systems, not
of words, so it is decided here and not in a translation catalogue. Pure functions: no request, no clock.
"""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_currency_name
from django.utils import dateformat, timezone

NOTHING = "—"
PARTIAL_DATE = re.compile(r"^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$")
CHINESE_STEPS = ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"), (Decimal(1), ""))
ENGLISH_STEPS = ((Decimal(10) ** 9, " billion"), (Decimal(10) ** 6, " million"), (Decimal(1), ""))


def is_chinese(language: str | None) -> bool:
    """Whether a language code is a form of Chinese."""
    return (language or "").lower().startswith("zh")


def to_decimal(value: object) -> Decimal | None:
    """The finite decimal that a value stands for, or None."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def to_whole(value: object) -> int | None:
    """The number that was typed into an address or a form, where a database takes it for a key; else None."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def plain(number: Decimal, places: int | None = None) -> str:
    """Grouped digits without trailing zeros; `places` is the most decimals kept, None keeps all."""
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def short_amount(number: Decimal, language: str) -> str:
    """An amount as people say it: 1.5亿, 2,265万 / 1.5 million; small ones in full. At most two decimals."""
    steps = CHINESE_STEPS if is_chinese(language) else ENGLISH_STEPS
    at = next(index for index, (unit, _word) in enumerate(steps) if abs(number) >= unit or unit == 1)
    # Rounding may reach the next step: 99,999,999 is 1亿, never 10,000万.
    if at and abs(_scaled(number, steps[at][0])) * steps[at][0] >= steps[at - 1][0]:
        at -= 1
    unit, word = steps[at]
    return plain(_scaled(number, unit)) + word


def _scaled(number: Decimal, unit: Decimal) -> Decimal:
    return (number / unit).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def with_currency(text: str, currency: str, language: str) -> str:
    """The amount with its currency: 1.5亿美元 / USD 1.5 million. An empty code adds nothing."""
    if not currency:
        return text
    code = currency.upper()
    if not is_chinese(language):
        return f"{code} {text}"
    return text + ("元" if code == "CNY" else get_currency_name(code, locale="zh_Hans_CN"))


def full_day(value: date | datetime | str | int, language: str) -> tuple[str, str]:
    """A day, month or year as (text for people, machine form).

    Takes a date, an aware or naive moment, or "2026-11-22", "1996-08", "2004": no more is shown than the source states.
    """
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    if isinstance(value, date):
        parts: tuple[int | None, ...] = (value.year, value.month, value.day)
    else:
        found = PARTIAL_DATE.match(str(value).strip())
        if not found:
            return str(value), ""
        parts = tuple(int(part) if part else None for part in found.groups())
    year, month, day = parts
    if year is None or (month is not None and not 1 <= month <= 12):
        return str(value), ""
    if month is None:
        return (f"{year}年" if is_chinese(language) else str(year)), f"{year:04d}"
    try:
        on = date(year, month, day or 1)
    except ValueError:
        return str(value), ""
    machine = on.isoformat() if day else f"{year:04d}-{month:02d}"
    if is_chinese(language):
        return f"{year}年{month}月" + (f"{day}日" if day else ""), machine
    return dateformat.format(on, "j M Y" if day else "M Y"), machine
