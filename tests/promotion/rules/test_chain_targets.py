"""Whom to ask for a segment: what ties somebody to it, what only adds, and that each point has its reason."""

from typing import Any

import pytest

from promotion.rules.chain_targets import (
    KINDS,
    MISSING,
    STRONG,
    WEAK,
    Candidate,
    Gap,
    Rank,
    Stand,
    is_worth_judging,
    judge,
    propose,
    spoken,
    words,
)

CHAIN = words("整车及零部件", "Vehicles and components")
FORTUNE = Rank("Fortune Global 500", 2025, 40, words("《财富》世界500强", "Fortune Global 500"))
AUTO = Rank("全球汽车零部件百强", 2025, 7, words("全球汽车零部件百强", "Global top 100 automotive suppliers"))


def gap(assessment: str = MISSING, **values: Any) -> Gap:
    values.setdefault("words", words("驱动电机", "Drive motors"))
    return Gap(
        "motors", assessment, chain_words=CHAIN, feeds=frozenset({"vehicles"}), fed_by=frozenset({"magnets"}), **values
    )


def who(**values: Any) -> Candidate:
    return Candidate("group", **values)


def codes(candidate: Candidate, at: Gap | None = None) -> list[str] | None:
    proposal = judge(candidate, at or gap())
    return None if proposal is None else [reason.code for reason in proposal.reasons]


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (who(), None),
        (who(ranks=(FORTUNE,)), None),
        (who(ranks=(FORTUNE,), business=words("零售")), None),
        (who(business=words("电机与驱动系统")), ["same_business", "not_here"]),
        (who(business=words("Motors and drives")), ["same_business", "not_here"]),
        (who(business=words("电机"), ranks=(FORTUNE,)), ["same_business", "ranked", "not_here"]),
        (who(name=words("某某电机")), ["named_like_it", "not_here"]),
        (who(business=words("整车销售")), ["business_of_chain", "not_here"]),
        (who(ranks=(AUTO,)), ["ranked", "list_of_chain", "not_here"]),
        (who(ranks=(FORTUNE, AUTO)), ["ranked", "list_of_chain", "not_here"]),
        (who(outside=(Stand("motors", "外地电机"),)), ["known_outside", "not_here"]),
        (who(outside=(Stand("seats", "外地座椅"),)), None),
        (who(here=(Stand("vehicles", "整车厂"),), is_here=True), ["buys_here"]),
        (who(here=(Stand("magnets", "磁材厂"),), is_here=True), ["supplies_here"]),
        (who(here=(Stand("seats", "座椅厂"),), is_here=True), ["in_chain"]),
        (who(here=(Stand(None, "某厂"),), is_here=True), ["in_chain"]),
        (who(here=(Stand("vehicles", "整车厂", is_leader=True),), is_here=True), ["buys_here", "leads_chain"]),
        (who(here=(Stand("gears", "齿轮厂", of_chain=False),), is_here=True), None),
        (who(is_here=True), None),
    ],
)
def test_somebody_is_proposed_where_something_ties_them_to_the_segment(
    candidate: Candidate, expected: list[str] | None
) -> None:
    assert codes(candidate) == expected
    # The quick look before it lets nobody fall.
    assert expected is None or is_worth_judging(candidate, gap().words | CHAIN)


def test_who_shares_no_word_and_stands_nowhere_is_not_judged() -> None:
    assert not is_worth_judging(who(business=words("零售"), ranks=(FORTUNE,)), gap().words | CHAIN)


@pytest.mark.parametrize(
    ("assessment", "expected"),
    [(MISSING, ["in_chain"]), (WEAK, ["here_already"]), (STRONG, ["here_already"]), ("unassessed", None)],
)
def test_who_stands_there_already_may_grow_but_fills_no_gap(assessment: str, expected: list[str] | None) -> None:
    assert codes(who(here=(Stand("motors", "电机厂"),), is_here=True), gap(assessment)) == expected


def test_every_assessment_but_none_has_its_kind() -> None:
    assert KINDS == {MISSING: "link_fill", WEAK: "link_strengthen", STRONG: "link_extend"}


def test_score_is_the_sum_of_the_reasons_and_never_over_a_hundred() -> None:
    rich = who(
        business=words("驱动电机"),
        ranks=(AUTO,),
        here=(Stand("vehicles", "整车厂", is_leader=True), Stand("magnets", "磁材厂")),
        outside=(Stand("motors", "外地电机"),),
    )
    full = judge(rich, gap())
    poor = judge(who(business=words("电机")), gap())

    assert full is not None
    assert poor is not None
    assert full.score == 100 < sum(reason.points for reason in full.reasons)
    assert poor.score == sum(reason.points for reason in poor.reasons)
    assert all(reason.points > 0 for reason in full.reasons)


def test_more_of_the_segments_words_count_more_and_a_front_place_too() -> None:
    def score(candidate: Candidate) -> int:
        proposal = judge(candidate, gap())
        assert proposal is not None
        return proposal.score

    assert score(who(business=words("驱动电机"))) > score(who(business=words("电机")))
    behind = Rank("Fortune Global 500", 2025, 400, FORTUNE.about)
    business = words("电机")
    assert score(who(business=business, ranks=(FORTUNE,))) > score(who(business=business, ranks=(behind,)))
    assert score(who(business=business, ranks=(behind,))) > score(who(business=business))


def test_who_makes_it_stands_before_who_is_large_in_the_trade() -> None:
    maker, large = Candidate("m", business=words("驱动电机")), Candidate("l", business=words("汽车"), ranks=(AUTO,))

    found, _has_more = propose([large, maker], gap(), most=2)

    assert [proposal.key for proposal in found] == ["m", "l"]


def test_reason_says_what_it_is_about_and_who_states_it() -> None:
    proposal = judge(
        who(
            business=words("数控系统与驱动电机"), business_text="数控系统与驱动电机",
            ranks=(Rank("榜单", 2024, 3, source="出版方"),), here=(Stand("vehicles", "整车厂", "开发区简介"),), source="集团年报",
        ),
        gap(),
    )  # fmt: skip

    assert proposal is not None
    assert [(reason.code, reason.subject, reason.source) for reason in proposal.reasons] == [
        ("buys_here", "整车厂", "开发区简介"),
        ("same_business", "数控系统与驱动电机", "集团年报"),
        ("ranked", "榜单 2024 #3", "出版方"),
        ("not_here", "", ""),
    ]


@pytest.mark.parametrize("text", ["系统", "零部件", "Systems and components", "科技", "", "的"])
def test_generic_words_tie_nobody(text: str) -> None:
    assert words(text) == frozenset()


def test_words_are_pairs_of_ideographs_and_latin_singulars() -> None:
    assert words("壓鑄鋁合金", "Steel Forgings") == {"压铸", "铸铝", "铝合", "合金", "steel", "forging"}
    assert words("轴承") == words("軸承")


def test_words_of_one_trade_meet_across_languages() -> None:
    assert words("整车") & words("automotive") == words("Motor vehicles") & words("汽配") == {"汽车"}
    assert words("芯片") & words("Semiconductors")
    assert not words("食品") & words("整车")


@pytest.mark.parametrize(
    ("shared", "text"),
    [
        ({"数控", "控车", "车床"}, "数控车床"),
        ({"电机"}, "电机"),
        ({"电机", "座椅"}, "座椅 电机"),
        ({"半导体", "半导", "导体", "芯片"}, "半导体 芯片"),
        ({"lathe", "cnc"}, "cnc lathe"),
        (set(), ""),
    ],
)
def test_shared_words_are_said_as_people_write_them(shared: set[str], text: str) -> None:
    assert spoken(shared) == text


def test_the_best_stand_first_in_one_order_whoever_comes_first() -> None:
    some = [
        Candidate(key, business=words(text))
        for key, text in (("b", "电机"), ("a", "电机"), ("c", "驱动电机"), ("d", "茶"))
    ]

    for order in (some, some[::-1]):
        found, has_more = propose(order, gap(), most=2)
        assert [proposal.key for proposal in found] == ["c", "a"]
        assert has_more
    assert propose(some, gap("unassessed"), most=9) == ([], False)
