"""Filters and facets as tokens of the full-text index.

A token begins with an underscore and an ASCII letter, which no word a person types becomes (`rules.names`: products are
an underscore and ideographs). Rows are named by primary key, so that a new code or name asks for no new index.
"""

import re
from collections.abc import Iterable

from directory.search.results import (
    CAPITAL_ORIGIN,
    CHAIN,
    COUNTRY,
    LISTING,
    PARK,
    QUALIFICATION,
    RANKING,
    RELATION,
    SECTION,
    STATUS,
)

#: Filter → letter of its tokens.
LETTERS = {
    COUNTRY: "n",
    CHAIN: "c",
    PARK: "k",
    QUALIFICATION: "q",
    LISTING: "l",
    RANKING: "r",
    RELATION: "z",
    STATUS: "s",
    CAPITAL_ORIGIN: "o",
    SECTION: "i",
}
FILTER_OF_LETTER = {letter: name for name, letter in LETTERS.items()}
#: Has everybody's leave to be seen. Conditions ask the column; the token lets FTS5 count by itself.
PUBLIC_TOKEN = "_v"
#: Filters whose tokens hold a primary key.
BY_ROW = frozenset({CHAIN, PARK, QUALIFICATION, RANKING})
_UPPER = frozenset({COUNTRY, SECTION})

_PRODUCT_SEPARATOR = re.compile(r"[、,，;；/|\n\r]+")


def token(name: str, value: object) -> str:
    """The token of one value of a filter; anything a token cannot hold becomes an underscore."""
    return f"_{LETTERS[name]}_{re.sub('[^0-9a-z]', '_', str(value).lower())}"


def value_of(text: str) -> tuple[str, str]:
    """(filter, value) of a token."""
    name = FILTER_OF_LETTER[text[1]]
    value = text[3:]
    return name, value.upper() if name in _UPPER else value


def country_token(code: str) -> str:
    return token(COUNTRY, code)


def chain_token(key: int) -> str:
    return token(CHAIN, key)


def park_token(key: int) -> str:
    return token(PARK, key)


def qualification_token(key: int) -> str:
    return token(QUALIFICATION, key)


def listing_token(value: str) -> str:
    return token(LISTING, value)


def ranking_token(key: int) -> str:
    return token(RANKING, key)


def relation_token(value: str) -> str:
    return token(RELATION, value)


def status_token(value: str) -> str:
    return token(STATUS, value)


def capital_origin_token(value: str) -> str:
    return token(CAPITAL_ORIGIN, value)


def section_token(letter: str) -> str:
    return token(SECTION, letter)


def subject_token(code: str) -> str:
    """Which kind of record it is, in the index of those that are no enterprises; no filter's letter."""
    return f"_t_{code}"


def known_token(text: str) -> str:
    """A token by which whoever knows a record under another name alone finds it."""
    return f"_k_{text}"


def split_products(*texts: str) -> Iterable[str]:
    """The single products of lists as people write them (、, commas, semicolons, lines), each once."""
    pieces = (piece.strip() for text in texts for piece in _PRODUCT_SEPARATOR.split(text or ""))
    return dict.fromkeys(piece for piece in pieces if piece)
