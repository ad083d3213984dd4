"""How well an offer answers a need, as a score with its parts, so that people see why and may disagree.

Weights are set by hand. What the need does not ask for is left out and the rest counts for the whole. A match never
decides anything: a person introduces (牵线), and nobody is refused by a score.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from directory.rules.names import bigrams, normalise

SEGMENT = "segment"
WORDS = "words"
CERTIFICATES = "certificates"
SIZE = "size"
PARK = "park"

WEIGHTS = {SEGMENT: 40, WORDS: 30, CERTIFICATES: 15, SIZE: 10, PARK: 5}

#: Below this a pair is not proposed.
LEAST_SCORE = 35

Edge = tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Side:
    """An offer or a need. ``words`` is what it says of the product, ``certificates`` what it holds or asks for.

    ``quantity`` is what an offer can deliver or a need wants in the same unit; ``valid_until`` is the last day.
    """

    enterprise: Hashable
    segment: Hashable | None = None
    words: str = ""
    certificates: frozenset[str] = frozenset()
    quantity: Decimal | None = None
    unit: str = ""
    park: Hashable | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: ``points`` of ``most``, a code of what was found, and what it rests on."""

    code: str
    points: float
    most: int
    found: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The score from 0 to 100, rounded, and its parts."""

    score: int
    parts: tuple[Part, ...] = field(default_factory=tuple)


@lru_cache(maxsize=4096)
def terms(text: str) -> frozenset[str]:
    """Return what is compared of a product text: pairs of Chinese characters, and Latin words and numbers."""
    folded = normalise(text)
    latin = "".join(sign if sign.isascii() else " " for sign in folded).split()
    return frozenset((*bigrams(folded), *latin))


def _segment(offer: Side, need: Side, edges: frozenset[Edge]) -> Part | None:
    if need.segment is None:
        return None
    most = WEIGHTS[SEGMENT]
    if offer.segment == need.segment:
        return Part(SEGMENT, most, most, "same")
    if (offer.segment, need.segment) in edges:
        return Part(SEGMENT, most * 0.6, most, "feeds")
    if (need.segment, offer.segment) in edges:
        return Part(SEGMENT, most * 0.4, most, "fed_by")
    return Part(SEGMENT, 0, most, "apart")


def _words(offer: Side, need: Side) -> Part | None:
    wanted = terms(need.words)
    if not wanted:
        return None
    shared = wanted & terms(offer.words)
    most = WEIGHTS[WORDS]
    return Part(WORDS, most * len(shared) / len(wanted), most, "shared" if shared else "none", tuple(sorted(shared)))


def _certificates(offer: Side, need: Side) -> Part | None:
    if not need.certificates:
        return None
    held, lacking = need.certificates & offer.certificates, need.certificates - offer.certificates
    most = WEIGHTS[CERTIFICATES]
    points = most * len(held) / len(need.certificates)
    return Part(CERTIFICATES, points, most, "lacking" if lacking else "held", tuple(sorted(lacking or held)))


def _size(offer: Side, need: Side) -> Part | None:
    if not need.quantity or offer.quantity is None or offer.unit != need.unit:
        return None
    most, share = WEIGHTS[SIZE], min(offer.quantity / need.quantity, Decimal(1))
    return Part(SIZE, most * float(share), most, "enough" if share == 1 else "in_part")


def _park(offer: Side, need: Side) -> Part | None:
    if need.park is None:
        return None
    is_same = offer.park == need.park
    return Part(PARK, WEIGHTS[PARK] if is_same else 0, WEIGHTS[PARK], "same" if is_same else "other")


def match(offer: Side, need: Side, edges: Iterable[Edge], at: date, *, least: int = LEAST_SCORE) -> Match | None:
    """Return how well an offer answers a need on a day, or None if they are not to be proposed.

    ``edges`` are pairs of segments, the first feeding the second. No match: one's own offer, one that has run out, one
    with neither a neighbouring segment nor a word in common, and any below ``least``.
    """
    if offer.enterprise == need.enterprise:
        return None
    if any(side.valid_until is not None and side.valid_until < at for side in (offer, need)):
        return None
    asked = (
        _segment(offer, need, frozenset(edges)),
        _words(offer, need),
        _certificates(offer, need),
        _size(offer, need),
        _park(offer, need),
    )
    parts = tuple(part for part in asked if part is not None)
    if not any(part.points for part in parts if part.code in (SEGMENT, WORDS)):
        return None
    score = round(100 * sum(part.points for part in parts) / sum(part.most for part in parts))
    return Match(score, parts) if score >= least else None
