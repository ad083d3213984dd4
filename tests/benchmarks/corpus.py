"""N fictitious enterprises with what hangs on them, straight into the tables, the same for the same seed.

Names are place + brand + trade + form, as registers have them, with the skew of registers: few places, trades and
countries are very common, most are rare. A smaller corpus is a prefix of a larger one. Every row is a demo row; none of
the names is taken from a register, though one may by chance exist.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, islice
from typing import Any

from django.db import connection, transaction

from directory.models import (
    AboveScaleRecord,
    ChainPosition,
    CorporateGroup,
    Enterprise,
    EnterpriseName,
    Exchange,
    Holding,
    IndustryChain,
    IndustryClass,
    IndustrySystem,
    Listing,
    Park,
    Qualification,
    QualificationType,
    RankingEntry,
    RankingList,
)
from directory.models.enterprises import CapitalOrigin, OperatingStatus, OriginBasis, Relation
from directory.search_engines import optimise
from directory.services.indexing import index_enterprises
from pinghu.records import PUBLIC_ID_ALPHABET

SEED = 20261122
PLACES = (
    "平湖 嘉兴 浙江 上海 苏州 杭州 宁波 无锡 昆山 常州 南京 温州 台州 绍兴 海宁 嘉善 海盐 桐乡 湖州 金华 义乌 慈溪 余姚 "
    "江苏 太仓 常熟 张家港 江阴 南通 扬州 镇江 泰州 深圳 广州 东莞 佛山 北京 天津 重庆 成都 武汉 长沙 合肥 青岛 济南"
).split()
FIRST = (
    "盛 华 恒 瑞 嘉 鑫 宏 伟 泰 永 德 佳 安 博 卓 凯 锐 创 智 联 启 天 海 东 新 金 兴 荣 顺 达 久 长 正 广 亿 昌 隆 晟 "
    "旭 晨 朗 明 亮 星 辰 宇 航 越 飞 腾 驰 骏 图 拓 展 翔 鹏 雁 鹭 桥 湾 屿 澜 沁 源 清 润 泽 涵 沐 禾 穗 麦 榕 楠 桦 "
    "柏 松 梓 桐 棠 苇 菱 芯 蓝 青 朱 紫 墨 玄 素 铂 铭 锦 钰 铠 镁 钛 碳 硅 曼 维 科 诺 迪 纳 美 尔 斯 特 康 莱 菲 欧 亚 "
    "尼 托 赛 乐 重 行 单 曾 朝 会 盖 柳 葛 翟 覃 谷 冈 岛 川 崎 野 泽 滨 丰 铁 黑"
).split()
TRADES = (
    "科技 机械 电子 纤维 汽车 材料 精密 自动化 新能源 包装 塑料 五金 服饰 智能装备 环保 光电 半导体 轴承 机床 模具 "
    "汽车零部件 新材料 电器 食品 医疗器械 生物科技 化工 物流 贸易 供应链 软件 信息技术 传动 液压 阀门 紧固件 齿轮 "
    "箱包 印染 纺织 家居 玻璃 橡胶 电缆 电机 电池 仪器 仪表 传感器 机器人 航空零部件 建材 涂料 检测技术 冷链 "
    "童车 洁具 数控设备 激光 线束 座椅 减震器 制动系统 转向系统 变速器 散热器"
).split()
FORMS = (("有限公司", 82), ("股份有限公司", 6), ("有限责任公司", 5), ("(浙江)有限公司", 4), ("(平湖)有限公司", 3))
PRODUCTS = (
    "数控车床 加工中心 滚珠丝杠 直线导轨 汽车座椅 安全气囊 线束总成 驱动电机 减速器 变速器齿轮 制动盘 减震器 散热器 "
    "传感器 连接器 印制电路板 芯片封装 光纤 锂电池 电解液 碳纤维 聚酯切片 涤纶长丝 箱包 童车 羽绒服 印染布 包装纸箱 "
    "注塑件 模具 紧固件 轴承 阀门 液压泵 机器人本体 伺服电机 激光切割机 检测设备 医用导管 口罩 冷冻食品 果汁饮料 "
    "光学镜片 摄像模组 显示面板 背光模组 密封件 橡胶管 铝型材 不锈钢管 铜箔 玻璃纤维 涂料 胶粘剂 洁具 五金工具"
).split()
LATIN = "ka ri to mi na so ve lo den tek mar vin sol bra no ter ix ora quan shi del fen gar hol jun kel".split()
COUNTRIES = "JP DE US FR KR SE IT CH TW HK NL GB SG AT ES CA BE DK FI AU CZ".split()
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class Skewed:
    """Draws so that the n-th of the values is 1/n as likely as the first."""

    def __init__(self, values: Sequence[Any], *, power: float = 1.0) -> None:
        self._values = values
        self._weights = list(accumulate(1 / (n + 1) ** power for n in range(len(values))))

    def draw(self, source: random.Random) -> Any:
        return source.choices(self._values, cum_weights=self._weights)[0]


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows that enterprises refer to, by primary key."""

    parks: list[int]
    chains: list[int]
    types: list[int]
    groups: list[int]
    sections: list[int]
    exchange: int


def make_frame() -> Frame:
    """Parks, chains and groups of the corpus; found again on a second call."""
    if not IndustrySystem.objects.filter(code="bench").exists():
        system = IndustrySystem(code="bench", name="示例体系", is_demo=True)
        IndustrySystem.objects.bulk_create([system])
        IndustryChain.objects.bulk_create(
            IndustryChain(system=system, code=f"bench-{n}", name=f"示例链{n}", tier="leading", is_demo=True)
            for n in range(12)
        )
        Park.objects.bulk_create(
            Park(code=f"bench-{n}", name=f"示例园{n}", kind=Park.Kind.THEMED_PARK, is_demo=True) for n in range(25)
        )
        groups = [CorporateGroup(name=f"示例集团{n}", name_en=f"Sample Group {n}", is_demo=True) for n in range(60)]
        CorporateGroup.objects.bulk_create(groups)
        lists = list(RankingList.objects.order_by("pk")[:3])
        RankingEntry.objects.bulk_create(
            RankingEntry(ranking=lists[n % len(lists)], year=2024, rank=n + 1, group=group)
            for n, group in enumerate(groups[:40])
        )
    return Frame(
        parks=list(Park.objects.filter(code__startswith="bench-").order_by("pk").values_list("pk", flat=True)),
        chains=list(
            IndustryChain.objects.filter(code__startswith="bench-").order_by("pk").values_list("pk", flat=True)
        ),
        types=list(QualificationType.objects.order_by("pk").values_list("pk", flat=True)),
        groups=list(
            CorporateGroup.objects.filter(name__startswith="示例集团").order_by("pk").values_list("pk", flat=True)
        ),
        sections=list(IndustryClass.objects.filter(level=1).order_by("code").values_list("pk", flat=True)),
        exchange=Exchange.objects.filter(is_listing=True).order_by("pk").values_list("pk", flat=True)[0],
    )


@dataclass(slots=True)
class Made:
    """One enterprise with its rows, not yet written; the brand and its Latin form serve to make queries."""

    enterprise: Enterprise
    brand: str
    trade: str
    latin: str
    rows: list[Any]


def enterprises(frame: Frame, *, seed: int = SEED) -> Iterator[Made]:
    """An endless row of enterprises, always the same for one seed; primary keys count from 1."""
    source = random.Random(seed)
    places, trades = Skewed(PLACES), Skewed(TRADES)
    parks, chains, countries = Skewed(frame.parks), Skewed(frame.chains), Skewed(COUNTRIES)
    products = Skewed(PRODUCTS, power=0.7)
    brands: list[tuple[str, str]] = []
    used: set[str] = set()
    key = 0
    while True:
        key += 1
        if brands and source.random() < 0.15:
            brand, latin = source.choice(brands)
        else:
            brand = "".join(source.choices(FIRST, k=source.choices((2, 3, 4), (70, 22, 8))[0]))
            latin = "".join(source.choices(LATIN, k=source.choices((2, 3), (60, 40))[0])).capitalize()
            brands.append((brand, latin))
        trade = trades.draw(source)
        place = places.draw(source)
        form = source.choices([form for form, _ in FORMS], [weight for _, weight in FORMS])[0]
        is_bracketed = form.startswith("(")
        name = f"{'' if is_bracketed else place}{brand}{trade}{form}"
        while name in used:
            name = f"{place}{source.choice(FIRST)}{name.removeprefix(place)}"
        used.add(name)
        yield _one(key, name, brand, trade, latin, source, frame, (parks, chains, countries, products))


def _one(
    key: int,
    name: str,
    brand: str,
    trade: str,
    latin: str,
    source: random.Random,
    frame: Frame,
    skewed: tuple[Skewed, ...],
) -> Made:
    parks, chains, countries, products = skewed
    is_foreign = source.random() < 0.2
    wares = list(dict.fromkeys(products.draw(source) for _ in range(source.randint(1, 4))))
    enterprise = Enterprise(
        pk=key,
        public_id="b" + "".join(source.choices(PUBLIC_ID_ALPHABET, k=11)),
        registered_name=name,
        short_name=brand if source.random() < 0.6 else f"{brand}{trade}",
        name_en=f"{latin} {source.choice(('Precision', 'Industries', 'Technology', 'Materials'))} Co., Ltd."
        if is_foreign or source.random() < 0.1
        else "",
        uscc="91" + "".join(source.choices(_CODE_ALPHABET, k=16)),
        relation=source.choices(
            (Relation.REGISTERED_AND_OPERATING, Relation.OPERATING_ONLY, Relation.REGISTERED_ONLY, Relation.OUTSIDE),
            (80, 8, 8, 4),
        )[0],
        status=source.choices((OperatingStatus.OPERATING, OperatingStatus.CLOSED), (94, 6))[0],
        is_published=source.random() < 0.97,
        park_id=parks.draw(source) if source.random() < 0.7 else None,
        group_id=source.choice(frame.groups) if source.random() < 0.02 else None,
        industry_id=source.choice(frame.sections) if frame.sections else None,
        products="、".join(wares),
        registered_capital=Decimal(source.choice((500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000))),
        registered_capital_currency="CNY",
        established_on=date(source.randint(1992, 2025), source.randint(1, 12), source.randint(1, 28)),
        capital_origin=CapitalOrigin.FOREIGN if is_foreign else CapitalOrigin.DOMESTIC,
        capital_origin_basis=OriginBasis.HOLDINGS,
    )
    country = countries.draw(source) if is_foreign else "CN"
    rows: list[Any] = [Holding(enterprise_id=key, country=country, ultimate_country=country, share=100, is_demo=True)]
    if source.random() < 0.6:
        rows.append(ChainPosition(enterprise_id=key, chain_id=chains.draw(source), is_demo=True))
    if source.random() < 0.15:
        rows.append(
            Qualification(
                enterprise_id=key, type_id=source.choice(frame.types), recognised_on=date(2025, 1, 1), is_demo=True
            )
        )
    if source.random() < 0.2:
        rows.append(AboveScaleRecord(enterprise_id=key, year=2025, category="unstated", is_demo=True))
    if source.random() < 0.05:
        former = f"{source.choice(PLACES)}{''.join(source.choices(FIRST, k=2))}{trade}厂"
        rows.append(EnterpriseName(enterprise_id=key, kind=EnterpriseName.Kind.FORMER, name=former, is_demo=True))
    if source.random() < 0.003:
        rows.append(Listing(enterprise_id=key, exchange_id=frame.exchange, ticker=f"B{key}", is_demo=True))
    return Made(enterprise, brand, trade, latin, rows)


def load(count: int, *, seed: int = SEED, index: bool = True, batch: int = 5_000) -> list[Made]:
    """Fill the tables up to `count` enterprises and index them; returns what was made from the first on.

    Rows that stand already (a smaller corpus of the same seed) are kept and not made again.
    """
    frame = make_frame()
    present = Enterprise.objects.count()
    stream = islice(enterprises(frame, seed=seed), count)
    sample: list[Made] = []
    while part := list(islice(stream, batch)):
        # Queries are made from a sample: all of them would not fit beside the database.
        sample += part if count <= 10_000 else part[::10]
        part = [one for one in part if one.enterprise.pk > present]
        if part:
            _write(part, index=index)
    if connection.vendor == "postgresql":
        _advance_sequence()
    with connection.cursor() as cursor:
        optimise(cursor)
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return sample


def _write(part: list[Made], *, index: bool) -> None:
    with transaction.atomic():
        Enterprise.objects.bulk_create([one.enterprise for one in part], batch_size=1000)
        by_model: dict[type[Any], list[Any]] = {}
        for one in part:
            for row in one.rows:
                by_model.setdefault(type(row), []).append(row)
        for model, rows in by_model.items():
            model._base_manager.bulk_create(rows, batch_size=1000)
        if index:
            index_enterprises(one.enterprise.pk for one in part)


def _advance_sequence() -> None:
    table = Enterprise._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
