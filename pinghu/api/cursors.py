"""The cursor of a list: signed, opaque, bound to one list, its filters and its order. It carries no authority.

Form: base64url without padding of a 16-byte HMAC-SHA256 and compact JSON
`{"v": version, "s": sort, "f": filter hash, "k": last keys, "d": "n" or "p"}`.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from pinghu.api.problems import invalid_cursor

VERSION = 1
SALT = "pinghu.api.cursor"
MAC_BYTES = 16


@dataclass(frozen=True)
class Cursor:
    """A place between two rows. `keys` of None: before the first row (forward) or after the last (backward)."""

    keys: tuple[Any, ...] | None
    forward: bool

    def encode(self, *, sort: str, scope: str) -> str:
        """The token for this place in the list that `sort` and `scope` describe."""
        payload = {
            "v": VERSION,
            "s": sort,
            "f": scope,
            "k": None if self.keys is None else [_tagged(key) for key in self.keys],
            "d": "n" if self.forward else "p",
        }
        raw = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(_mac(raw, settings.SECRET_KEY) + raw).rstrip(b"=").decode()


def decode(token: str, *, sort: str, scope: str, length: int | None = None) -> Cursor:
    """The place a token stands for. Raises the problem `invalid-cursor` if it was not made by us for this list."""
    try:
        data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise invalid_cursor() from None
    mac, raw = data[:MAC_BYTES], data[MAC_BYTES:]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(mac, _mac(raw, secret)) for secret in secrets):
        raise invalid_cursor()
    payload = json.loads(raw)
    if (payload["v"], payload["s"], payload["f"]) != (VERSION, sort, scope):
        raise invalid_cursor()
    keys = payload["k"]
    if keys is not None and length is not None and len(keys) != length:
        raise invalid_cursor()
    return Cursor(None if keys is None else tuple(_untagged(key) for key in keys), payload["d"] == "n")


def _mac(raw: bytes, secret: str | bytes) -> bytes:
    return salted_hmac(SALT, raw, secret=secret, algorithm="sha256").digest()[:MAC_BYTES]


def _tagged(value: Any) -> Any:
    """A key as JSON; what JSON cannot say is `[type, text]`."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime():
            return ["t", (value.astimezone(UTC) if value.tzinfo else value).isoformat()]
        case date():
            return ["d", value.isoformat()]
        case time():
            return ["h", value.isoformat()]
        case Decimal():
            return ["n", str(value)]
        case UUID():
            return ["u", str(value)]
    raise TypeError(f"cannot sort a list by a {type(value).__name__}")


_READ = {"t": datetime.fromisoformat, "d": date.fromisoformat, "h": time.fromisoformat, "n": Decimal, "u": UUID}


def _untagged(value: Any) -> Any:
    return _READ[value[0]](value[1]) if isinstance(value, Sequence) and not isinstance(value, str) else value
