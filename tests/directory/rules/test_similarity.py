"""How alike two names are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules.similarity import PROBABLE, CandidateName, Similarity, is_subsequence, rank, score

COMMON = {"机床", "科技", "机械", "电子", "浙江", "精密"}


def idf(term: str) -> float:
    return 1.0 if term in COMMON else 8.0


def compare(query: str, name: str, kind: str = "registered") -> Similarity:
    return score(query, [CandidateName.of(name, kind)], idf)


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("津上精密机床(浙江)有限公司", "津上精密机床（浙江）有限公司", "same_name"),
        ("津上精密机床有限公司", "津上精密机床（浙江）有限公司", "same_core"),
        ("津上", "津上精密机床（浙江）有限公司", "core_prefix"),
        ("津密机床", "津上精密机床（浙江）有限公司", "subsequence"),
        ("津上精蜜机床有限公司", "津上精密机床（浙江）有限公司", "similar_core"),
        ("Nidec Machine Tool", "NIDEC MACHINE TOOL CORPORATION", "same_core"),
    ],
)
def test_likely_duplicate_scores_high_and_says_why(query: str, name: str, reason: str) -> None:
    found = compare(query, name)

    assert reason in found.reasons
    assert found.score > 50


@pytest.mark.parametrize("query", ["津上精密机床有限公司", "津上精密机床（浙江）有限公司", "津上"])
def test_right_candidate_beats_one_of_common_words(query: str) -> None:
    right = [CandidateName.of("津上精密机床（浙江）有限公司"), CandidateName.of("津上精密", "short")]
    wrong = [CandidateName.of("海天精密机床（浙江）有限公司")]

    ranked = rank(query, [("wrong", wrong), ("right", right)], idf)

    assert [key for key, _ in ranked] == ["right", "wrong"]
    assert ranked[0][1].score > PROBABLE


def test_former_name_is_compared_and_named() -> None:
    names = [CandidateName.of("尼得科机床（浙江）有限公司"), CandidateName.of("三菱重工机床某某有限公司", "former")]

    found = score("三菱重工机床某某有限公司", names, idf)

    assert found.score == 100
    assert {"same_name", "former_name"} <= set(found.reasons)
    assert found.matched == names[1]


def test_place_weighs_for_and_against() -> None:
    here = compare("平湖某某电子有限公司", "平湖市某某电子有限公司")
    there = compare("平湖某某电子有限公司", "上海某某电子有限公司")

    assert "same_place" in here.reasons
    assert "other_place" in there.reasons
    assert here.score > there.score


def test_nothing_is_like_an_empty_name() -> None:
    assert compare("（）", "津上").score == 0
    assert rank("", [("any", [CandidateName.of("津上")])], idf) == []
    assert score("津上", [CandidateName.of("")], idf) == Similarity(0.0)


@given(st.text(max_size=20), st.text(max_size=20))
def test_score_stays_between_0_and_100(query: str, name: str) -> None:
    assert 0 <= compare(query, name).score <= 100


@pytest.mark.parametrize(
    ("short", "text", "expected"), [("中石化", "中国石油化工", True), ("化石", "石化", False), ("", "石化", False)]
)
def test_subsequence_keeps_the_order(short: str, text: str, expected: bool) -> None:
    assert is_subsequence(short, text) is expected
