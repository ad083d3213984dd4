"""The unified social credit code (统一社会信用代码), GB 32100-2015, with its organisation code, GB 11714-1997.

18 characters: 1 registering authority, 2 kind of organisation, 3-8 division code (digits), 9-17 organisation code
(its last character its own check), 18 check. The alphabet leaves out I, O, S, V and Z.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, exponent, 31) for exponent in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Blanks of every width, hyphens and dashes, zero-width signs: what copying from documents leaves behind.
_NOISE = re.compile(r"[\s\-‐-―−_\u200b-\u200f\u2060\ufeff]+")
_LEGACY = re.compile(r"[0-9]{15}")


@dataclass(frozen=True, slots=True)
class UsccProblem:
    """What is wrong with a code: ``length``, ``alphabet``, ``division``, ``check_character`` or
    ``organisation_code``.

    ``position`` counts from 1; ``expected`` is the right check character, or for ``length`` the right length.
    """

    code: str
    position: int | None = None
    found: str = ""
    expected: str = ""


def normalise(text: str) -> str:
    """Return the code as it is stored: NFKC, upper case, without blanks and hyphens."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_character(first17: str) -> str:
    """Return the 18th character for the first 17. Raises ValueError for a wrong length or a foreign character."""
    if len(first17) != LENGTH - 1 or any(character not in _VALUES for character in first17):
        raise ValueError("a credit code's body has 17 characters of the standard's alphabet")
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    # The outer remainder turns 31 into 0: without it some valid codes are refused.
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(first8: str) -> str:
    """Return the 9th character of an organisation code (GB 11714-1997): a digit or X. Raises ValueError for no code."""
    if len(first8) != 8 or not (first8.isascii() and first8.isalnum() and first8 == first8.upper()):
        raise ValueError("an organisation code's body has 8 digits or capital letters")
    total = sum(int(character, 36) * weight for character, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    value = 11 - total % 11
    return {10: "X", 11: "0"}.get(value, str(value))


def problem(text: str) -> UsccProblem | None:
    """Return the first thing wrong with a code as typed (it is normalised first), or None for a valid one."""
    code = normalise(text)
    if len(code) != LENGTH:
        return UsccProblem("length", found=str(len(code)), expected=str(LENGTH))
    for position, character in enumerate(code, start=1):
        if character not in _VALUES:
            return UsccProblem("alphabet", position, character)
        if 3 <= position <= 8 and not character.isdigit():
            return UsccProblem("division", position, character)
    expected = check_character(code[:17])
    if code[17] != expected:
        return UsccProblem("check_character", 18, code[17], expected)
    expected = organisation_check_character(code[8:16])
    if code[16] != expected:
        return UsccProblem("organisation_code", 17, code[16], expected)
    return None


def is_valid(text: str) -> bool:
    """Whether the text, normalised, is a valid credit code."""
    return problem(text) is None


def is_legacy_registration_no(text: str) -> bool:
    """Whether the text is a registration number from before 2015: 15 digits. It is kept as such, never as a code."""
    return _LEGACY.fullmatch(normalise(text)) is not None


def make(body: str) -> str:
    """Return a code with its checks from 16 characters (both are added) or 17 (the last only), for made-up data.

    Raises ValueError if no valid code has this body.
    """
    body = normalise(body)
    if len(body) == LENGTH - 2:
        body += organisation_check_character(body[8:])
    code = body + check_character(body)
    if found := problem(code):
        raise ValueError(f"no valid code has this body: {found.code}")
    return code
