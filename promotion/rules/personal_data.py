"""What is taken out of texts when a person is forgotten, and what no text about a person may hold.

A person is recognised by what was stored of them: their name (two characters and more), telephone numbers however they
are separated, e-mail addresses. Bare family names and nicknames are not: those stay for a reader to find.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

#: Stands where something was taken out; of no language.
MASK = "***"

_SHORTEST_NAME = 2
_SHORTEST_PHONE = 7
#: The country's code, which a number carries or not; a longer one than this carries it.
_CHINA, _LONGEST_WITHOUT_CODE = "86", 12
_BETWEEN_DIGITS = r"[\s\-().（）·]*"
_SEVERAL = re.compile(r"[/,;，；、|]")
#: Resident identity number (GB 11643-1999): area, day of birth, order, check.
_IDENTITY = re.compile(r"(?<!\d)[1-8]\d{5}((?:19|20)\d{6})\d{3}[\dXx](?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def eraser(
    *, names: Iterable[str] = (), phones: Iterable[str] = (), emails: Iterable[str] = ()
) -> Callable[[str], str]:
    """A function that puts `MASK` where a text names this person; what names nobody comes back as it is."""
    parts = [
        *(rf"(?<![A-Za-z0-9_.+-]){re.escape(email.strip())}(?![A-Za-z0-9_-])" for email in emails if "@" in email),
        *(_phone(number) for phone in phones for number in _SEVERAL.split(phone)),
        *(_name(name) for name in _longest_first(names) if len(name.strip()) >= _SHORTEST_NAME),
    ]
    wanted = [part for part in dict.fromkeys(parts) if part]
    if not wanted:
        return lambda text: text
    pattern = re.compile("|".join(f"(?:{part})" for part in wanted), re.IGNORECASE)
    return lambda text: pattern.sub(MASK, text)


def erased(value: Any, erase: Callable[[str], str]) -> Any:
    """The same for what JSON holds: every text in it, keys excepted."""
    if isinstance(value, str):
        return erase(value)
    if isinstance(value, list):
        return [erased(one, erase) for one in value]
    if isinstance(value, dict):
        return {key: erased(one, erase) for key, one in value.items()}
    return value


def has_identity_number(text: str) -> bool:
    """Whether a resident identity number stands in a text: shape, day of birth and check character are right."""
    plain = unicodedata.normalize("NFKC", text)
    return any(_is_day(found.group(1)) and _is_checked(found.group(0)) for found in _IDENTITY.finditer(plain))


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted({name.strip() for name in names}, key=lambda name: (-len(name), name))


def _name(name: str) -> str:
    """A Latin name is a word of its own, a Chinese one stands between any characters."""
    inner = r"\s*".join(re.escape(word) for word in name.split())
    return rf"(?<![A-Za-z]){inner}(?![A-Za-z])" if name.isascii() else inner


def _phone(number: str) -> str:
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", number) if sign.isdigit())
    own = digits.removeprefix(_CHINA) if len(digits) > _LONGEST_WITHOUT_CODE else digits
    own = own.removeprefix("0")  # of the area, dialled within the country alone
    if len(own) < _SHORTEST_PHONE:
        return ""
    return rf"(?<!\d)(?:{_CHINA}{_BETWEEN_DIGITS})?0?{_BETWEEN_DIGITS.join(own)}(?!\d)"


def _is_day(digits: str) -> bool:
    try:
        datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _is_checked(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17].upper()
