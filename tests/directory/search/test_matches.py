"""Each hit says which name was found, and where in it."""

import pytest

from directory.search import Match, search

CASES = [
    ("津上", "津上", Match("short_name", "津上", "exact", ((0, 2),))),
    ("津上精密机床（浙江）有限公司", "津上", Match("registered_name", "津上精密机床（浙江）有限公司", "exact", ((0, 14),))),
    ("津上精密", "津上", Match("registered_name", "津上精密机床（浙江）有限公司", "prefix", ((0, 4),))),
    ("机床浙江", "津上", Match("registered_name", "津上精密机床（浙江）有限公司", "contains", ((4, 9),))),
    ("js", "津上", Match("short_name", "津上", "initials", ((0, 2),))),
    ("jin", "津上", Match("short_name", "津上", "pinyin", ((0, 1),))),
    ("jinshang", "津上", Match("short_name", "津上", "pinyin", ((0, 2),))),
    ("tsug", "津上", Match("name_en", "Tsugami", "prefix", ((0, 4),))),
    ("つがみ", "津上", Match("name_kana", "ツガミ", "exact", ((0, 3),))),
    ("刀塔", "津上", Match("products", "刀塔机", "contains", ((0, 2),))),
    ("日本電産", "尼得科汽车马达", Match("former_name", "日本电产汽车马达（浙江）有限公司", "prefix", ((0, 4),))),
    ("飛燕", "安博", Match("also_called", "飞燕", "exact", ((0, 2),))),
    ("豐澤", "丰泽", Match("short_name", "丰泽", "exact", ((0, 2),))),
    ("豊沢纺织", "丰泽", Match("registered_name", "浙江豊沢纺织有限公司", "exact", ((2, 6),))),
    ("91330482ma00000a", "浙江华盛电子科技有限公司", Match("uscc", "91330482MA00000A1B", "prefix", ((0, 16),))),
    ("泛用", "凯泽", Match("group", "泛用集团", "exact", ((0, 2),))),
    ("l'echelle", "凯泽", Match("name_en", "L'Échelle Kaizer GmbH", "prefix", ((0, 9),))),
    ("凯泽 平湖", "凯泽", Match("registered_name", "凯泽传动系统（平湖）有限公司", "contains", ((0, 2), (7, 9)))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "match"), CASES, ids=[case[0] for case in CASES])
def test_hit_says_which_name_was_found_and_where(corpus: dict[str, int], text: str, name: str, match: Match) -> None:
    hits = {hit.id: hit for hit in search(text, facets=False).hits}

    assert hits[corpus[name]].match == match


def test_every_hit_of_a_text_says_why(corpus: dict[str, int]) -> None:
    for text in ("机床", "平湖", "js", "jin", "精机", "9133", "浙江 机", "津"):
        assert all(hit.match is not None for hit in search(text).hits), text


def test_without_text_nothing_is_matched(corpus: dict[str, int]) -> None:
    assert {hit.match for hit in search().hits} == {None}
