"""What someone who enters a lead is shown: block, ask, masked card, or nothing at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import lead_matching as rules
from promotion.rules.lead_matching import Collision, Match, Notice

MATCH = Match(
    "lead",
    "k1",
    "甲精密机械有限公司",
    ("same_core", "same_phone"),
    86.0,
    code_name="银杏",
    unit="一科",
    stage="screened",
    on=date(2026, 3, 1),
    tell=("owner", "manager"),
)
CODE = replace(MATCH, key="k2", reasons=("same_code",), score=100.0)


@pytest.mark.parametrize(
    ("match", "action"),
    [
        (CODE, "block"),
        (replace(CODE, is_open=False), "ask"),
        (replace(CODE, kind="enterprise"), "ask"),
        (replace(CODE, sight="code_name"), "block"),
        (replace(CODE, sight="hidden"), "none"),
        (MATCH, "ask"),
        (replace(MATCH, sight="code_name"), "ask"),
        (replace(MATCH, sight="hidden"), "none"),
    ],
)
def test_action_on_one_match(match: Match, action: str) -> None:
    assert rules.judge([match]).action == action


def test_confirming_answers_a_question_but_never_a_block() -> None:
    assert rules.judge([MATCH], confirmed=True).action == "none"
    assert rules.judge([MATCH, CODE], confirmed=True).action == "block"


def test_masked_card_shows_unit_stage_and_date_only() -> None:
    card = rules.judge([replace(MATCH, sight="code_name")]).cards[0]

    assert card.is_masked
    assert card.may_ask_to_join
    assert (card.name, card.unit, card.stage, card.on) == ("银杏", "一科", "screened", date(2026, 3, 1))
    assert (card.reasons, card.score) == (("similar",), None)
    assert "甲精密" not in repr(card)


def test_visible_card_explains_itself() -> None:
    card = rules.judge([MATCH]).cards[0]
    assert (card.is_masked, card.name, card.reasons, card.score) == (False, MATCH.name, MATCH.reasons, 86.0)


def test_hidden_collision_is_accepted_and_told_to_owner_and_manager() -> None:
    hidden = replace(CODE, sight="hidden")
    assert rules.judge([hidden]) == Collision("none", (), (Notice("lead", "k2", ("owner", "manager")),))


def test_nobody_is_told_of_a_lead_that_was_not_taken() -> None:
    hidden = replace(CODE, key="k3", sight="hidden")
    assert rules.judge([hidden, MATCH]).notices == ()
    assert len(rules.judge([hidden, MATCH], confirmed=True).notices) == 1


def test_hidden_record_has_no_card() -> None:
    with pytest.raises(ValueError, match="hidden"):
        rules.card(replace(CODE, sight="hidden"))


def test_blocking_card_comes_first_and_is_never_cut_off() -> None:
    others = [replace(MATCH, key=f"m{number}", score=99.0) for number in range(9)]
    found = rules.judge([*others, CODE], most=3)

    assert found.action == "block"
    assert [card.blocks for card in found.cards] == [True, False, False]


@given(
    st.lists(st.sampled_from([MATCH, CODE, replace(MATCH, is_open=False)]), max_size=4),
    st.integers(0, 3),
    st.booleans(),
)
def test_hidden_records_change_nothing_that_is_shown(seen: list[Match], hidden: int, confirmed: bool) -> None:
    secret = [replace(CODE, key=f"s{number}", sight="hidden") for number in range(hidden)]
    open_answer = rules.judge(seen, confirmed=confirmed)
    answer = rules.judge([*secret, *seen], confirmed=confirmed)

    assert (answer.action, answer.cards) == (open_answer.action, open_answer.cards)
