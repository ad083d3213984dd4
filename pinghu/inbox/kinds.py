"""What people can be told about. An app declares its kinds in its `notices.py`:

    notice_kind("claim_expires", title=_("Claims that run out"), text=_("The claim of lead %(number)s runs out."))

The text goes into mails and group chats, so it knows the number alone. What else helps stands in `detail`, which only
the person's own inbox shows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from pinghu.inbox.rules import AT_ONCE, DIGEST, NEVER

MAX_CODE_LENGTH = 40

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"%\((\w+)\)")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice: what the person chooses about (title), what it says, and how it is mailed unless chosen."""

    code: str
    title: Any
    text: Any
    default_mail: str
    detail: Any

    def text_for(self, number: str) -> str:
        """The sentence, in the language spoken now."""
        return str(self.text) % {"number": number}

    def detail_for(self, params: Mapping[str, Any]) -> str:
        """The second line of the inbox; a value that an older notice lacks is left out."""
        return str(self.detail) % _Blanks(params) if self.detail else ""

    @property
    def params(self) -> frozenset[str]:
        """The values that `detail` names."""
        return _placeholders(self.detail)


class _Blanks(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return ""


_kinds: dict[str, Kind] = {}


def notice_kind(code: str, *, title: Any, text: Any, default_mail: str = DIGEST, detail: Any = "") -> Kind:
    """Declare a kind of notice.

    Raises ValueError for a code that is taken, a text with another value than `%(number)s`, or an unknown way of mailing.
    """
    if not _CODE.fullmatch(code) or len(code) > MAX_CODE_LENGTH:
        raise ValueError(f"{code}: small letters, digits and underscores, at most {MAX_CODE_LENGTH}")
    if default_mail not in (NEVER, DIGEST, AT_ONCE):
        raise ValueError(f"{code}: no such way of mailing: {default_mail}")
    if not _placeholders(text) <= {"number"}:
        raise ValueError(f"{code}: the text is mailed and may hold the number alone; the rest goes into `detail`")
    if code in _kinds:
        raise ValueError(f"two kinds of notice are called {code}")
    _kinds[code] = Kind(code, title, text, default_mail, detail)
    return _kinds[code]


def kinds() -> list[Kind]:
    """All declared kinds, in the order they were declared."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind | None:
    """The kind of this code; None where no app declares it any more."""
    return _kinds.get(code)


def text_of(code: str, number: str) -> str:
    """What a notice says, in the language spoken now; of a kind that is gone the number remains."""
    kind = kind_of(code)
    return kind.text_for(number) if kind is not None else number


def _placeholders(text: Any) -> frozenset[str]:
    with translation.override(None):  # the msgid itself: no catalogue is needed while apps are loading
        return frozenset(_PLACEHOLDER.findall(str(text)))
