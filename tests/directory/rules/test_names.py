"""Names made comparable: folding, core, place, tokens and queries."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules import names

TOKEN = re.compile(r"[0-9a-z]{1,64}|_?[^\x00-\x7f]{2}")


def finds(query: str, *indexed: str, products: tuple[str, ...] = ()) -> bool:
    """Whether the query's parts all stand in the tokens, as the search module puts them together."""
    stored = set(names.tokens(indexed, products))
    terms = names.query_terms(query)

    def has_prefix(word: str) -> bool:
        return any(token.startswith(word) for token in stored)

    def matches(part: names.QueryPart) -> bool:
        by_name = all(pair in stored for pair in part.bigrams)
        by_product = bool(part.bigrams) and all(f"_{pair}" in stored for pair in part.bigrams)
        return (by_name or by_product) and all(map(has_prefix, part.latin)) and not part.single

    joined = terms.joined is not None and has_prefix(terms.joined)
    return joined or (terms.has_text and all(map(matches, terms.parts)))


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("尼得科机床（浙江）有限公司", "尼得科机床浙江有限公司"),
        ("尼得科機床(浙江)有限公司", "尼得科机床浙江有限公司"),
        ("日鉄・豊沢　黒", "日铁丰泽黑"),
        ("広島塩業", "广岛盐业"),
        ("横浜", "横滨"),
        ("ﾆﾃﾞｯｸ", "ニデック"),
        ("にでっく", "ニデック"),
        ("Ｎｉｄｅｃ™ Machine-Tool", "nidec machine tool"),
        ("L’Oréal S.A.", "loreal sa"),
        ("Müller & Søn", "muller son"),
        ("TCL 科技", "tcl科技"),
        ("沪光 慎予", "沪光慎予"),
        ("𠮷野家", "𠮷野家"),
        ("  （）", ""),
        ("", ""),
    ],
)
def test_spellings_of_a_name_are_normalised_alike(written: str, normalised: str) -> None:
    assert names.normalise(written) == normalised


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = names.normalise(text)
    assert names.normalise(once) == once


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x323AF, exclude_categories=("Cs",)), max_size=60))
def test_every_token_is_one_that_both_engines_keep_whole(text: str) -> None:
    found = names.tokens([text], [text])

    assert all(TOKEN.fullmatch(token) for token in found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("尼得科机床（浙江）有限公司", "尼得科机床"),
        ("尼得科机床浙江有限公司", "尼得科机床"),
        ("浙江尼得科机床有限公司", "尼得科机床"),
        ("浙江省嘉兴市平湖市某某童车厂", "某某童车"),
        ("平湖经济技术开发区某某中心(有限合伙)", "某某中心"),
        ("金田实业(集团)股份有限公司", "金田实业"),
        ("长城汽车股份有限公司平湖分公司", "长城汽车"),
        ("上海汽车集团股份有限公司", "上海汽车"),
        ("北京银行股份有限公司", "北京银行"),
        ("西湖电子集团有限公司", "西湖电子"),
        ("3M中国有限公司", "3m"),
        ("株式会社ニデック", "ニデック"),
        ("ニデック㈱", "ニデック"),
        ("Bosch (China) Co., Ltd.", "bosch"),
        ("Zhejiang Nidec Machine Tool Co.,Ltd", "nidec machine tool"),
        ("Hirschvogel GmbH & Co. KG", "hirschvogel"),
        ("thyssenkrupp AG", "thyssenkrupp"),
        ("有限公司", "有限公司"),
        ("浙江", "浙江"),
        ("AG", "ag"),
        ("", ""),
    ],
)
def test_core_is_what_is_left_without_place_and_form(name: str, core: str) -> None:
    assert names.core_name(name) == core


@given(st.text("津上精密机床浙江省平湖市有限公司集团股份厂(（）)分AgCo. ", max_size=30))
def test_a_name_always_keeps_a_core(name: str) -> None:
    assert bool(names.core_name(name)) == bool(names.normalise(name))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("浙江省嘉兴市平湖市某某厂", "平湖"),
        ("津上精密机床(浙江)有限公司", "浙江"),
        ("某某有限公司上海分公司", "上海"),
        ("延边朝鲜族自治州某某公司", "延边"),
        ("东方财富信息股份有限公司", ""),
        ("博世（中国）投资有限公司", ""),
        ("津上精密", ""),
    ],
)
def test_place_is_the_most_particular_one_found(name: str, place: str) -> None:
    assert names.place_of(name) == place


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("津上", "jinshang"),
        ("重庆", "chongqing"),
        ("长城", "changcheng"),
        ("银行", "yinhang"),
        ("长盈", "changying"),
        ("長盈", "changying"),
        ("乐清", "yueqing"),
        ("乐清", "leqing"),
        ("单县", "danxian"),
        ("单县", "shanxian"),
        ("曾氏", "zengshi"),
        ("乾坤", "qiankun"),
        ("绿地", "lvdi"),
        ("绿地", "ludi"),
        ("横浜", "hengbin"),
        ("TCL科技", "tclkeji"),
    ],
)
def test_pinyin_has_every_reading_of_a_name(name: str, reading: str) -> None:
    assert reading in names.pinyin_keys(name)


def test_reading_of_the_phrase_stands_first() -> None:
    assert names.pinyin_keys("重庆")[0] == "chongqing"
    assert names.pinyin_keys("长城")[0] == "changcheng"


def test_pinyin_of_many_polyphones_stays_bounded() -> None:
    assert len(names.pinyin_keys("长重行乐单曾朝会都车")) <= 16


def test_initials_of_each_reading_are_keys() -> None:
    assert names.initials_keys("津上") == ["js"]
    assert set(names.initials_keys("长盈")) == {"zy", "cy"}
    assert names.initials_keys("TCL科技") == ["tclkj"]


@pytest.mark.parametrize("name", ["ニデック", "Nidec", ""])
def test_name_without_ideographs_alone_has_no_pinyin(name: str) -> None:
    assert names.pinyin_keys(name) == []


TSUGAMI = ("津上精密机床(浙江)有限公司", "津上精密", "Tsugami Corporation", "ツガミ")


@pytest.mark.parametrize(
    "query",
    [
        "津上",
        "jinshang",
        "js",
        "JSJM",
        "Tsugami",
        "tsuga",
        "津上 机床",
        "津上精密机床有限公司",
        "津上精密机床（浙江）有限公司",
        "津上(浙江)",
        "浙江津上精密机床有限公司",
        "津上精密机床有限公",
        "津上精密機床",
        "つがみ",
        "ﾂｶﾞﾐ",
        "Tsugami Corp.",
    ],
)
def test_enterprise_is_found_by_every_way_to_write_its_name(query: str) -> None:
    assert finds(query, *TSUGAMI)


@pytest.mark.parametrize("query", ["津下", "上津", "机床 上海", "tsuba", "有限公司", "集团", ""])
def test_enterprise_is_not_found_by_what_its_names_do_not_say(query: str) -> None:
    assert not finds(query, *TSUGAMI)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("total energies", "TotalEnergies"),
        ("totalenergies", "Total Energies SE"),
        ("great wall", "Great Wall Motor Co., Ltd."),
        ("greatwall", "Great Wall Motor Co., Ltd."),
        ("机械厂", "平湖某某机械厂"),
        ("大厂", "某某大厂"),
        ("尼得科abc", "尼得科ABC有限公司"),
        ("长城汽车股份有限公司平湖分公司", "长城汽车股份有限公司平湖分公司"),
        ("日铁", "日鉄"),
        ("丰沢", "豊沢"),
        ("chongqing", "重庆啤酒"),
        ("𠮷野", "𠮷野家"),
    ],
)
def test_name_is_found(query: str, name: str) -> None:
    assert finds(query, name)


def test_product_words_have_their_own_tokens() -> None:
    stored = names.tokens(["津上"], ["数控机床", "CNC lathe"])

    assert {"_数控", "_控机", "_机床", "cnc", "lathe"} <= set(stored)
    assert "机床" not in stored
    assert finds("机床", "津上", products=("数控机床",))


def test_single_ideograph_is_kept_for_the_keys() -> None:
    (part,) = names.query_terms("津").parts
    assert (part.single, part.bigrams) == ("津", ())


def test_query_is_bounded_in_length_and_parts() -> None:
    terms = names.query_terms("甲乙 " * 500)
    assert len(terms.parts) <= 8
    assert len(names.query_terms("a" * 5000).parts[0].latin[0]) <= 64


@given(st.text(max_size=120))
def test_query_of_any_text_yields_clean_terms(text: str) -> None:
    terms = names.query_terms(text)

    for part in terms.parts:
        assert all(TOKEN.fullmatch(term) for term in (*part.bigrams, *part.latin))
        assert part.bigrams or part.latin or part.single


@pytest.mark.parametrize(
    ("short_name", "bare"),
    [("*ST海航", "海航"), ("PT金田A", "金田"), ("百济神州-U", "百济神州"), ("TCL科技", "TCL科技"), ("万科A", "万科")],
)
def test_exchange_marks_are_taken_off_a_stocks_short_name(short_name: str, bare: str) -> None:
    assert names.without_exchange_marks(short_name) == bare


@pytest.mark.parametrize(
    ("name", "is_branch"), [("某某有限公司平湖分公司", True), ("某某有限公司", False), ("某某上海办事处", True)]
)
def test_branch_is_told_by_the_end_of_its_name(name: str, is_branch: bool) -> None:
    assert names.is_branch_name(name) is is_branch
