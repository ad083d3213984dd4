"""Cell values as other bureaus write them, read into typed values or refused with a code and a hint.

Nothing is guessed silently: a reading that rests on an assumption says so in ``notes``, an ambiguous value is a
problem. Codes, not sentences: callers word them in the reader's language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

#: What a spreadsheet hands over for one cell.
Cell = str | int | float | bool | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """One cell read: a value, or a problem's code with a hint of what would be read; both None for an empty cell."""

    value: T | None = None
    problem: str | None = None
    hint: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the cell held nothing."""
        return self.value is None and self.problem is None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in units (yuan, dollars), never in 万, with its ISO 4217 currency."""

    amount: Decimal
    currency: str


_EMPTY = frozenset(
    {"", "-", "--", "---", "—", "——", "/", "\\", "无", "暂无", "空", "null", "none", "n/a", "na", "nan", "#n/a"}
)
# Letters and digits of full width become narrow; brackets and other signs of a name stay as written.
_NARROW = {
    code: code - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
}
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SPACES = re.compile(r"\s+")


def clean_text(value: Cell) -> str:
    """Return a cell's text: full-width letters and digits narrow, no invisible signs, single blanks, ends trimmed.

    Brackets stay as written; a whole number from a spreadsheet has no ``.0``.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value)).translate(_NARROW)
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def _plain(value: Cell) -> str:
    """Text in NFKC for values whose meaning is not in their typography (numbers, dates, codes)."""
    return unicodedata.normalize("NFKC", clean_text(value)).strip()


def _is_nothing(text: str) -> bool:
    return text.lower() in _EMPTY


# ----- numbers -----

_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?|-?\.\d+")


def _decimal(text: str) -> Decimal | None:
    """A number with or without commas between thousands; None for anything else, such as 12,34."""
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def parse_number(value: Cell, *, units: str = "人名家个户项") -> Parsed[Decimal]:
    """Read a plain number; a counting word of ``units`` behind it is dropped. Problem: ``number_unreadable``."""
    if isinstance(value, bool):
        return Parsed(problem="number_unreadable")
    text = _plain(value).replace(" ", "")
    if _is_nothing(text):
        return Parsed()
    number = _decimal(text.rstrip(units))
    return Parsed(number) if number is not None else Parsed(problem="number_unreadable", hint="1200")


def parse_integer(value: Cell, *, units: str = "人名家个户项") -> Parsed[int]:
    """Read a whole number from zero up.

    Problems: ``number_unreadable``, ``number_not_whole``, ``number_negative``.
    """
    read = parse_number(value, units=units)
    if read.value is None:
        return Parsed(problem=read.problem, hint=read.hint)
    if read.value != read.value.to_integral_value():
        return Parsed(problem="number_not_whole", hint=str(int(read.value)))
    if read.value < 0:
        return Parsed(problem="number_negative", hint=str(abs(int(read.value))))
    return Parsed(int(read.value))


def parse_percentage(value: Cell) -> Parsed[Decimal]:
    """Read a share in percent: ``51%``, ``51``, and 0.51 as a spreadsheet keeps 51 % (noted ``fraction_assumed``).

    Problems: ``number_unreadable``, ``percentage_out_of_range``.
    """
    text = _plain(value).replace(" ", "")
    if _is_nothing(text):
        return Parsed()
    has_sign = text.endswith("%")
    number = None if isinstance(value, bool) else _decimal(text.removesuffix("%"))
    if number is None:
        return Parsed(problem="number_unreadable", hint="51%")
    notes: tuple[str, ...] = ()
    if not has_sign and 0 < number <= 1:
        number *= 100
        notes = ("fraction_assumed",)
    if not 0 <= number <= 100:
        return Parsed(problem="percentage_out_of_range", hint="0–100")
    return Parsed(number.normalize() if number == number.to_integral_value() else number, notes=notes)


# ----- capital -----

_CURRENCIES = (
    ("USD", ("美元", "美金", "US$", "USD", "$")),
    ("HKD", ("港元", "港币", "港幣", "HK$", "HKD")),
    ("JPY", ("日元", "日圆", "日圓", "日币", "JPY")),
    ("EUR", ("欧元", "歐元", "EUR", "€")),
    ("GBP", ("英镑", "英鎊", "GBP", "£")),
    ("TWD", ("新台币", "新臺幣", "台币", "NT$", "TWD")),
    ("KRW", ("韩元", "韩圆", "韩币", "KRW", "₩")),
    ("SGD", ("新加坡元", "新元", "SGD")),
    ("CHF", ("瑞士法郎", "CHF")),
    ("SEK", ("瑞典克朗", "SEK")),
    ("DKK", ("丹麦克朗", "DKK")),
    ("CAD", ("加拿大元", "加元", "CAD")),
    ("AUD", ("澳大利亚元", "澳元", "AUD")),
    ("MOP", ("澳门元", "澳门币", "MOP")),
    ("CNY", ("人民币元", "人民币", "RMB", "CNY", "¥", "￥")),
)
# Longest word first, so that US$ is not read as $ and 新加坡元 not as 元.
_CURRENCY_WORDS = sorted(
    ((unicodedata.normalize("NFKC", word).upper(), code) for code, words in _CURRENCIES for word in words),
    key=lambda pair: -len(pair[0]),
)
_WAN, _YI = 10**4, 10**8
_SCALES = {"": 1, "十": 10, "百": 100, "千": 1000, "万亿": _WAN * _YI}
_SCALES |= {prefix + sign: _SCALES[prefix] * _WAN for prefix in ("", "十", "百", "千") for sign in "万萬"}
_SCALES |= {prefix + sign: _SCALES[prefix] * _YI for prefix in ("", "十", "百", "千") for sign in "亿億"}
_CAPITAL = re.compile(r"(?P<number>-?[\d.,]+)(?P<scale>[十百千万萬亿億]*)(?:元|圆|圓)?整?")
_CAPITAL_NOISE = re.compile(r"注册资[本金]|认缴|实缴|出资额?|共计|合计|约|[()\[\]:;\s]")


def parse_capital(value: Cell, *, default_unit: int = 1, default_currency: str = "CNY") -> Parsed[Money]:
    """Read registered capital: ``50(万元人民币)``, ``2,265(万美元)``, ``5000万人民币``, ``1亿元``, ``500000``.

    ``default_unit`` is 10,000 where the column's heading says 万元; it applies to a number without a unit of its own.
    Notes: ``currency_assumed``, ``unit_assumed``. Problems: ``capital_unreadable``, ``capital_negative``,
    ``capital_two_currencies``.
    """
    if isinstance(value, bool):
        return Parsed(problem="capital_unreadable")
    text = _plain(value).upper()
    if _is_nothing(text):
        return Parsed()
    text = _CAPITAL_NOISE.sub("", text)
    has_unit = any(sign in text for sign in "十百千万萬亿億元圆圓")
    found: list[str] = []
    for word, code in _CURRENCY_WORDS:
        if word in text:
            text = text.replace(word, "")
            found.append(code)
    currencies = set(found)
    if len(currencies) > 1:
        return Parsed(problem="capital_two_currencies", hint=" ".join(sorted(currencies)))
    match = _CAPITAL.fullmatch(text)
    number = _decimal(match["number"]) if match else None
    if match is None or number is None or match["scale"] not in _SCALES:
        return Parsed(problem="capital_unreadable", hint="5000万元人民币")
    if number < 0:
        return Parsed(problem="capital_negative", hint=str(-number))
    scale = _SCALES[match["scale"]] if has_unit else default_unit
    notes: tuple[str, ...] = () if currencies else ("currency_assumed",)
    if not has_unit and not found and default_unit == 1:
        notes += ("unit_assumed",)
    return Parsed(Money(number * scale, currencies.pop() if currencies else default_currency), notes=notes)


# ----- dates -----

_DATE_PARTS = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_DATE_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DATE_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_DATE_DAY_LAST_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
_DATE_INCOMPLETE = re.compile(r"\d{4}\s*年?|\d{4}\s*[-/.年]\s*\d{1,2}\s*月?")
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
# Days of the 1900 date system of spreadsheets that stand for 1900-03-01 to 2199-12-31.
_SERIAL_FIRST, _SERIAL_LAST = 61, 109574
_SERIAL_EPOCH = date(1899, 12, 30)


def date_of_serial(serial: int | float) -> date:
    """Return the day of a spreadsheet's serial number (1900 system, fraction of the day dropped). Raises ValueError.

    Numbers below 61 are refused: they lie before the 29 February 1900 that the system has by mistake.
    """
    if not _SERIAL_FIRST <= serial < _SERIAL_LAST + 1:
        raise ValueError(f"not a day's serial number: {serial}")
    return _SERIAL_EPOCH + timedelta(days=int(serial))


def parse_date(value: Cell, *, at: date | None = None) -> Parsed[date]:
    """Read a day, from a date cell, a serial number or a text.

    ``2019-4-1``, ``2019/04/01``, ``2019.4.1``, ``2019年4月1日`` and ``20190401`` are read.
    With ``at`` a later day is refused. Problems: ``date_incomplete`` (no day), ``date_order`` (01/04/2019 may be two
    days), ``date_impossible``, ``date_in_future``, ``date_unreadable``.
    """
    read = _read_date(value)
    if at is not None and read.value is not None and read.value > at:
        return Parsed(problem="date_in_future", hint=read.value.isoformat())
    return read


def _read_date(value: Cell) -> Parsed[date]:
    if isinstance(value, bool):
        return Parsed(problem="date_unreadable")
    if isinstance(value, datetime):
        return Parsed(value.date())
    if isinstance(value, date):
        return Parsed(value)
    text = _plain(value)
    if _is_nothing(text):
        return Parsed()
    text = _DATE_TIME.sub("", text).translate(_CHINESE_DIGITS)
    if match := _DATE_PARTS.fullmatch(text) or _DATE_EIGHT.fullmatch(text):
        try:
            return Parsed(date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            return Parsed(problem="date_impossible", hint=text)
    if _DATE_INCOMPLETE.fullmatch(text):
        return Parsed(problem="date_incomplete", hint="2019-04-01")
    if _DATE_DAY_LAST_YEAR.fullmatch(text):
        return Parsed(problem="date_order", hint="2019-04-01")
    if (number := _decimal(text)) is not None and "," not in text:
        try:
            return Parsed(date_of_serial(float(number)), notes=("serial_number",))
        except ValueError:
            return Parsed(problem="date_unreadable", hint="2019-04-01")
    return Parsed(problem="date_unreadable", hint="2019-04-01")


# ----- yes and no, countries, web sites -----

_YES = frozenset(["是", "有", "对", "真", "y", "yes", "true", "t", "1", "√", "✓", "✔", "☑", "已"])
_NO = frozenset(["否", "无", "没有", "不是", "假", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "☐", "未"])


def parse_boolean(value: Cell) -> Parsed[bool]:
    """Read yes or no as people tick it. Problem: ``boolean_unreadable``."""
    if isinstance(value, bool):
        return Parsed(value)
    text = _plain(value).lower()
    if text in _YES:
        return Parsed(True)
    if text in _NO:
        return Parsed(False)
    return Parsed() if _is_nothing(text) else Parsed(problem="boolean_unreadable", hint="是/否")


def country_key(name: str) -> str:
    """Return a country's name as it is compared: NFKC, lower case, without blanks, dots and commas."""
    return re.sub(r"[\s.,'’()\-·]", "", unicodedata.normalize("NFKC", name)).lower()


def country_index(rows: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Return the mapping that ``parse_country`` takes, from rows of (ISO alpha-2, names)."""
    index: dict[str, str] = {}
    for code, names in rows:
        for name in (code, *names):
            if key := country_key(name):
                index.setdefault(key, code)
    return index


def parse_country(value: Cell, names: Mapping[str, str]) -> Parsed[str]:
    """Read a country or region into its ISO alpha-2 code by the mapping of ``country_index``.

    Problem: ``country_unknown``.
    A 中国 in front of a region's name and a 地区, 省 or 特别行政区 behind it make no difference.
    """
    text = clean_text(value)
    if _is_nothing(text):
        return Parsed()
    key = country_key(text)
    bare = re.sub("(地区|省|特别行政区)$", "", key)
    for candidate in (key, bare, bare.removeprefix("中国"), f"中国{bare}"):
        if code := names.get(candidate):
            return Parsed(code)
    return Parsed(problem="country_unknown", hint=text)


_HOST = re.compile(
    r"(?:[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?\.)+[a-z\u00a1-\uffff]{2,63}"
)


def parse_website(value: Cell) -> Parsed[str]:
    """Read a web address: scheme added (http, which every site answers), host in lower case, no trailing slash.

    Problem: ``website_unreadable``, also for an e-mail address or a scheme other than http and https.
    """
    text = _plain(value).replace("%20", "").replace(" ", "").replace("。", ".")
    if _is_nothing(text):
        return Parsed()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return Parsed(problem="website_unreadable")
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return Parsed(problem="website_unreadable", hint="www.example.com")
    address = f"{parts.scheme.lower()}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    return Parsed(address + (f"?{parts.query}" if parts.query else ""))
