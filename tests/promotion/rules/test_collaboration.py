"""Matches of offers and needs, each with the parts of its score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import collaboration as rules
from promotion.rules.collaboration import Side

TODAY = date(2026, 3, 4)
EDGES = [("castings", "gears"), ("gears", "gearboxes")]
NEED = Side(
    "buyer", "gears", "精密齿轮 M2", frozenset({"IATF 16949"}), Decimal(1000), "件", "park-1", date(2026, 12, 31)
)
OFFER = Side("maker", "gears", "精密齿轮 M2 磨齿", frozenset({"IATF 16949"}), Decimal(5000), "件", "park-1")


def found(offer: Side, need: Side = NEED) -> dict[str, tuple[float, str]]:
    match = rules.match(offer, need, EDGES, TODAY, least=0)
    assert match is not None
    return {part.code: (part.points, part.found) for part in match.parts}


def test_offer_that_answers_everything_has_the_full_score() -> None:
    match = rules.match(OFFER, NEED, EDGES, TODAY)

    assert match is not None
    assert match.score == 100
    assert [(part.code, part.found) for part in match.parts] == [
        ("segment", "same"),
        ("words", "shared"),
        ("certificates", "held"),
        ("size", "enough"),
        ("park", "same"),
    ]


@pytest.mark.parametrize(
    ("offer", "part", "expected"),
    [
        (replace(OFFER, segment="castings"), "segment", (24, "feeds")),
        (replace(OFFER, segment="gearboxes"), "segment", (16, "fed_by")),
        (replace(OFFER, segment="paint"), "segment", (0, "apart")),
        (replace(OFFER, segment=None), "segment", (0, "apart")),
        (replace(OFFER, words="电镀"), "words", (0, "none")),
        (replace(OFFER, certificates=frozenset()), "certificates", (0, "lacking")),
        (replace(OFFER, quantity=Decimal(500)), "size", (5, "in_part")),
        (replace(OFFER, park="park-2"), "park", (0, "other")),
    ],
)
def test_each_part_says_what_it_found(offer: Side, part: str, expected: tuple[float, str]) -> None:
    assert found(offer)[part] == expected


def test_lacking_certificates_are_named() -> None:
    need = replace(NEED, certificates=frozenset({"IATF 16949", "ISO 14001"}))
    match = rules.match(OFFER, need, EDGES, TODAY)

    assert match is not None
    part = next(part for part in match.parts if part.code == "certificates")
    assert (part.points, part.detail) == (7.5, ("ISO 14001",))


@pytest.mark.parametrize("unknown", [{"quantity": None}, {"unit": "吨"}])
def test_quantities_that_cannot_be_compared_say_nothing(unknown: dict[str, None]) -> None:
    assert "size" not in found(replace(OFFER, **unknown))


def test_need_that_asks_for_little_is_scored_on_that() -> None:
    match = rules.match(OFFER, Side("buyer", words="磨齿"), EDGES, TODAY)
    assert match is not None
    assert (match.score, [part.code for part in match.parts]) == (100, ["words"])


@pytest.mark.parametrize(
    ("offer", "need"),
    [
        (replace(OFFER, enterprise="buyer"), NEED),
        (replace(OFFER, valid_until=date(2026, 3, 3)), NEED),
        (OFFER, replace(NEED, valid_until=date(2026, 3, 3))),
        (replace(OFFER, segment="paint", words="喷漆"), NEED),  # same park and certificate are not enough
        (OFFER, Side("buyer")),
    ],
)
def test_pair_that_is_no_match(offer: Side, need: Side) -> None:
    assert rules.match(offer, need, EDGES, TODAY, least=0) is None


def test_offer_valid_until_today_still_counts_and_a_weak_one_is_not_proposed() -> None:
    assert rules.match(replace(OFFER, valid_until=TODAY), NEED, EDGES, TODAY) is not None
    weak = Side("maker", "gearboxes", "变速箱")
    assert rules.match(weak, NEED, EDGES, TODAY) is None
    assert rules.match(weak, NEED, EDGES, TODAY, least=0) is not None


@given(
    st.sampled_from(["castings", "gears", "gearboxes", "paint", None]),
    st.text("精密齿轮磨电镀 aM2", max_size=12),
    st.frozensets(st.sampled_from(["IATF 16949", "ISO 14001"])),
    st.one_of(st.none(), st.integers(0, 5000).map(Decimal)),
)
def test_score_is_bounded_and_made_of_its_parts(
    segment: str | None, words: str, certificates: frozenset[str], quantity: Decimal | None
) -> None:
    match = rules.match(Side("maker", segment, words, certificates, quantity, "件"), NEED, EDGES, TODAY, least=0)
    if match is None:
        return
    assert 0 <= match.score <= 100
    assert all(0 <= part.points <= part.most for part in match.parts)
    assert match.score == round(100 * sum(p.points for p in match.parts) / sum(p.most for p in match.parts))
