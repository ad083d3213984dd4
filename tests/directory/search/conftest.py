"""One small corpus for search: well-known names of the zone beside fictitious ones made to be confused with them."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.models import ChainPosition, Enterprise, EnterpriseName, Holding
from directory.models.enterprises import OperatingStatus, Relation
from directory.search import search
from directory.services.indexing import index_enterprises
from tests.factories import a_chain, a_group

K = EnterpriseName.Kind

#: short name, registered name, English, kana, products, credit code, other names, more columns
ROWS: list[tuple[str, str, str, str, str, str, list[tuple[str, str]], dict[str, Any]]] = [
    ("津上", "津上精密机床（浙江）有限公司", "Tsugami", "ツガミ", "数控车床、刀塔机", "", [], {"named_in_profile": True}),
    ("津尚", "津尚食品（平湖）有限公司", "", "", "果汁饮料", "", [], {}),
    ("尼得科机床", "尼得科机床（浙江）有限公司", "Nidec Machine Tool", "", "齿轮机床", "", [], {}),
    ("尼得科汽车马达", "尼得科汽车马达（浙江）有限公司", "Nidec Motors", "ニデック", "汽车马达", "",
     [(K.FORMER, "日本电产汽车马达（浙江）有限公司")], {"named_in_profile": True}),
    ("长盈", "平湖长盈电子有限公司", "", "", "连接器", "", [], {}),
    ("重行", "嘉兴重行机械有限公司", "", "", "起重机", "", [], {}),
    ("长城汽车", "长城汽车股份有限公司平湖分公司", "Great Wall Motor", "", "皮卡", "", [], {}),
    ("", "浙江华盛电子科技有限公司", "", "", "印制电路板", "91330482MA00000A1B", [], {}),
    ("华盛", "平湖华盛机械厂", "", "", "机床配件", "91330482MA00000C2D", [], {"status": OperatingStatus.CLOSED}),
    ("东洋铁工", "平湖東洋鉄工有限公司", "", "トウヨウ", "锻件", "", [], {}),
    ("黑田精工", "平湖黒田精工有限公司", "", "", "丝杠", "", [], {}),
    ("丰泽", "浙江豊沢纺织有限公司", "", "", "涤纶长丝", "", [], {}),
    ("乾坤", "平湖乾坤物流有限公司", "", "", "冷链", "", [], {}),
    ("德马吉森精机", "德马吉森精机机床（平湖）有限公司", "DMG MORI", "", "加工中心", "", [], {}),
    ("泰达能源", "泰达能源科技（嘉兴）有限公司", "Total Sample Energies", "", "锂电池", "", [], {}),
    ("𬭎远", "平湖𬭎远新材料有限公司", "", "", "碳纤维", "", [], {}),
    ("凯泽", "凯泽传动系统（平湖）有限公司", "L'Échelle Kaizer GmbH", "", "变速器、减速器", "", [], {}),
    ("安博", "嘉兴安博智能装备有限公司", "", "", "机器人", "", [(K.BRAND, "飞燕")], {}),
    ("星宇", "平湖星宇光学有限公司", "", "", "光学镜片", "", [(K.FORMER_SHORT, "宏达")], {}),
    ("宏达", "平湖宏达箱包有限公司", "", "", "箱包", "", [], {}),
    ("机床研究", "平湖市机床研究所有限公司", "", "", "检测服务", "", [], {}),
    ("无名配件", "平湖无名配件有限公司", "", "", "机床附件", "", [], {}),
    ("隐形", "平湖隐形精机有限公司", "Invisible", "", "隐形机床", "91330482MA00000E3F", [], {"is_published": False}),
    ("外地精机", "外地精机有限公司", "Outsider", "", "机床", "", [], {"relation": Relation.OUTSIDE}),
]  # fmt: skip


@pytest.fixture
def corpus(db: None) -> dict[str, int]:
    """Name → primary key of each enterprise; written in bulk and indexed at once, as an import does."""
    group = a_group("泛用集团", name_en="Fanyong Holdings")
    chain = a_chain("equipment", name="高端装备链")
    made = []
    for short, registered, english, kana, products, code, _, more in ROWS:
        values = {"relation": Relation.REGISTERED_AND_OPERATING, "status": OperatingStatus.OPERATING, **more}
        made.append(
            Enterprise(
                short_name=short, registered_name=registered, name_en=english, name_kana=kana, products=products,
                uscc=code or None, **values,
            )
        )  # fmt: skip
    Enterprise.objects.bulk_create(made)
    EnterpriseName.objects.bulk_create(
        EnterpriseName(enterprise=one, kind=kind, name=name)
        for one, row in zip(made, ROWS, strict=True)
        for kind, name in row[6]
    )
    by_name = {one.short_name or one.registered_name: one for one in made}
    Enterprise.objects.filter(pk=by_name["凯泽"].pk).update(group=group)
    Holding.objects.bulk_create(
        Holding(enterprise=by_name[name], country=country)
        for name, country in [
            ("津上", "JP"),
            ("尼得科机床", "JP"),
            ("德马吉森精机", "DE"),
            ("隐形", "JP"),
            ("凯泽", "DE"),
        ]
    )
    ChainPosition.objects.bulk_create(
        ChainPosition(enterprise=by_name[name], chain=chain) for name in ("津上", "德马吉森精机", "隐形")
    )
    index_enterprises(one.pk for one in made)
    return {name: one.pk for name, one in by_name.items()}


@pytest.fixture
def found(corpus: dict[str, int]) -> Callable[..., list[str]]:
    """`found(text, **options)`: the names found, in order."""
    names = {key: name for name, key in corpus.items()}

    def names_of(text: str, **options: Any) -> list[str]:
        return [names[key] for key in search(text, **options).ids]

    return names_of
