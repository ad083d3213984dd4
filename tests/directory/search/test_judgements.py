"""What a person types, and what they mean by it: the first hit must be that."""

from collections.abc import Callable

import pytest

JUDGEMENTS = {
    "short names": [
        ("津上", "津上"), ("尼得科机床", "尼得科机床"), ("尼得科汽车马达", "尼得科汽车马达"), ("宏达", "宏达"), ("长盈", "长盈"),
        ("德马吉森精机", "德马吉森精机"), ("凯泽", "凯泽"), ("机床研究", "机床研究"), ("乾坤", "乾坤"),
    ],
    "registered names": [
        ("津上精密机床（浙江）有限公司", "津上"), ("津上精密机床(浙江)有限公司", "津上"), ("平湖长盈电子有限公司", "长盈"),
        ("浙江华盛电子科技有限公司", "浙江华盛电子科技有限公司"), ("浙江华盛电子科技", "浙江华盛电子科技有限公司"),
        ("尼得科汽车马达（浙江）", "尼得科汽车马达"), ("平湖华盛机械厂", "华盛"), ("長城汽車股份有限公司平湖分公司", "长城汽车"),
    ],
    "parts of names": [
        ("津上精密", "津上"), ("精密机床", "津上"), ("汽车马达", "尼得科汽车马达"), ("电子科技", "浙江华盛电子科技有限公司"),
        ("森精机", "德马吉森精机"), ("传动系统", "凯泽"), ("浙江津上", "津上"), ("新材料", "𬭎远"), ("光学", "星宇"),
    ],
    "parts apart": [("凯泽 传动", "凯泽"), ("安博 嘉兴", "安博"), ("津上 数控", "津上"), ("尼得科 马达", "尼得科汽车马达")],
    "former names and brands": [
        ("日本电产", "尼得科汽车马达"), ("日本电产汽车马达", "尼得科汽车马达"), ("日本電産", "尼得科汽车马达"), ("飞燕", "安博"), ("飛燕", "安博"),
    ],
    "English": [
        ("Tsugami", "津上"), ("tsugami", "津上"), ("TSUG", "津上"), ("Nidec Motors", "尼得科汽车马达"), ("nidec machine", "尼得科机床"),
        ("DMG MORI", "德马吉森精机"), ("dmgmori", "德马吉森精机"), ("dmg", "德马吉森精机"), ("Great Wall", "长城汽车"),
        ("total sample energies", "泰达能源"), ("TotalSampleEnergies", "泰达能源"), ("L'echelle", "凯泽"), ("kaizer", "凯泽"),
        ("Ｔｓｕｇａｍｉ", "津上"),
    ],
    "kana": [("ツガミ", "津上"), ("つがみ", "津上"), ("ﾂｶﾞﾐ", "津上"), ("ニデック", "尼得科汽车马达"), ("トウヨウ", "东洋铁工")],
    "pinyin": [
        ("jinshang", "津上"), ("jin shang", "津上"), ("JinShang", "津上"), ("jinsh", "津上"), ("nidekejichuang", "尼得科机床"),
        ("changying", "长盈"), ("zhangying", "长盈"), ("changchengqiche", "长城汽车"), ("qiankun", "乾坤"), ("hongda", "宏达"),
        ("chonghang", "重行"), ("zhongxing", "重行"), ("zhonghang", "重行"), ("demajisen", "德马吉森精机"),
    ],
    "initials": [("js", "津上"), ("JS", "津上"), ("ndkjc", "尼得科机床"), ("zy", "长盈"), ("cy", "长盈"), ("ccqc", "长城汽车"),
                 ("dmjsjj", "德马吉森精机"), ("zx", "重行"), ("ch", "重行")],
    "traditional and Japanese forms": [
        ("東洋鉄工", "东洋铁工"), ("東洋鐵工", "东洋铁工"), ("东洋铁工", "东洋铁工"), ("黒田精工", "黑田精工"), ("黑田精工", "黑田精工"),
        ("豊沢", "丰泽"), ("豐澤", "丰泽"), ("長盈", "长盈"), ("尼得科機床", "尼得科机床"),
    ],
    "codes": [
        ("91330482MA00000A1B", "浙江华盛电子科技有限公司"), ("91330482ma00000a1b", "浙江华盛电子科技有限公司"),
        ("91330482MA00000C", "华盛"), ("91330482 MA00 000C 2D", "华盛"),
    ],
    "products": [("数控车床", "津上"), ("刀塔", "津上"), ("锂电池", "泰达能源"), ("箱包", "宏达"), ("减速器", "凯泽"), ("丝杠", "黑田精工")],
    "one character": [("津", "津上"), ("尼", "尼得科汽车马达"), ("凯", "凯泽"), ("星", "星宇")],
    "rare characters": [("𬭎远", "𬭎远"), ("𬭎", "𬭎远")],
    "the group's name": [("泛用集团", "凯泽"), ("Fanyong", "凯泽")],
    "with what says nothing": [("津上公司", "津上"), ("“津上”", "津上"), ("津上有限公司", "津上"), ("  津上  ", "津上"), ("津·上", "津上")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [pytest.param(*pair, id=f"{kind}: {pair[0]}") for kind, pairs in JUDGEMENTS.items() for pair in pairs],
)
def test_typed_text_finds_what_is_meant_first(found: Callable[..., list[str]], text: str, meant: str) -> None:
    assert found(text, facets=False)[:1] == [meant]


# The whole list in order: the same on both engines, which run this very test.
ORDERS = [
    ("机床", ["机床研究", "津上", "尼得科机床", "德马吉森精机", "无名配件", "华盛"]),
    ("尼得科", ["尼得科汽车马达", "尼得科机床"]),
    ("宏达", ["宏达", "星宇"]),
    ("华盛", ["华盛", "浙江华盛电子科技有限公司"]),  # the name itself, though it closed
    ("华盛 平湖", ["华盛"]),
    (
        "平湖",
        [
            "津尚",
            "长盈",
            "长城汽车",
            "东洋铁工",
            "黑田精工",
            "乾坤",
            "德马吉森精机",
            "𬭎远",
            "凯泽",
            "星宇",
            "宏达",
            "机床研究",
            "无名配件",
            "华盛",
        ],
    ),
    ("js", ["津上", "津尚"]),
    ("jin", ["津上", "津尚"]),
    ("9133", ["浙江华盛电子科技有限公司", "华盛"]),
    ("魑魅", []),
]


@pytest.mark.parametrize(("text", "names"), ORDERS, ids=[text for text, _ in ORDERS])
def test_text_lists_the_same_names_in_the_same_order_on_both_engines(
    found: Callable[..., list[str]], text: str, names: list[str]
) -> None:
    assert found(text) == names
