"""Visibly fictitious enterprises in the profile's proportions, each row marked as demo.

Every name begins with 演示, every credit code has the division 999999, which no authority uses.
"""

import datetime
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from directory.models import (
    AboveScaleRecord,
    ChainPosition,
    ChainSegment,
    CorporateGroup,
    DataSource,
    Enterprise,
    Exchange,
    Holding,
    IndustryChain,
    IndustryClass,
    Listing,
    Park,
    Qualification,
    QualificationType,
    RankingEntry,
    RankingList,
)
from directory.models.enterprises import LegalForm, OperatingStatus, Relation
from directory.rules import uscc
from directory.services.deriving import derive_origins
from directory.services.indexing import index_enterprises
from pinghu.ledger.bulk import create_many
from pinghu.ledger.context import change
from pinghu.ledger.models import Door

MARK = "演示"
#: The profile's own totals: 1,400 enterprises and, of them, so many of each kind.
PROFILE_TOTAL = 1400
ABOVE_SCALE, FOREIGN, FORTUNE, LISTED = 270, 300, 26, 4
TITLES = {"high_tech_enterprise": 170, "srdi_provincial": 66, "little_giant": 14, "key_little_giant": 2}
COUNTRIES = ["JP", "DE", "US", "KR", "FR", "TW", "HK", "IT", "GB", "SE", "CH", "NL", "SG", "AT", "ES", "DK", "FI", "BE", "CA", "AU", "NO", "IE", "LU", "CZ", "PL", "TH", "MY", "IN", "IL", "BR", "MX", "NZ"]  # fmt: skip

#: Made-up words; no company is meant.
_FIRST = tuple("云禾澜岚朗恒启拓泽皓嘉铭卓程越晟穆昕骏鼎")
_SECOND = tuple("帆川屿辰野桥舟图原峰源科方光域创力捷立新")
#: Name in both languages, chain, GB/T 4754 division, products, example segment of the chain.
_TRADES = (
    ("精密机械", "Precision Machinery", "smart-manufacturing", "34", "数控车床、主轴", "lathes"),
    ("数控装备", "CNC Equipment", "smart-manufacturing", "34", "加工中心、齿轮加工机床", "machining-centres"),
    ("汽车零部件", "Auto Parts", "vehicles-and-parts", "36", "底盘件、稳定杆", "chassis"),
    ("汽车电子", "Automotive Electronics", "vehicles-and-parts", "39", "车载控制器、传感器", None),
    ("电机", "Motors", "vehicles-and-parts", "38", "驱动电机、电机壳", "motors"),
    ("生物科技", "Biotech", "life-and-health", "27", "层析介质、试剂", "media"),
    ("食品", "Foods", "green-food", "14", "调味品、方便食品", None),
    ("航空部件", "Aviation Components", "aerospace", "37", "机加工结构件", None),
    ("半导体材料", "Semiconductor Materials", "semiconductor", "39", "硅片载具、石英件", None),
    ("表面处理", "Surface Treatment", None, "33", "阳极氧化、电镀", None),
    ("塑料制品", "Plastics", None, "29", "注塑件", None),
    ("物流", "Logistics", None, "59", "仓储服务", None),
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """One fictitious enterprise before it is written."""

    row: Enterprise
    trade: tuple[str, str, str | None, str, str, str | None]
    country: str


def load_fictitious(wanted: int, *, seed: int = 2026, at: datetime.date, out: Callable[[str], None] = print) -> int:
    """Bring the number of fictitious enterprises up to `wanted`; returns how many were made.

    The same seed makes the same names. Each chunk is one transaction, so a stopped start goes on at the next.
    """
    made = 0
    while (first := Enterprise.objects.filter(is_demo=True).count()) < wanted:
        size = min(1000, wanted - first)
        with change(by=None, verb="demo_loaded", door=Door.COMMAND, why="fictitious enterprises"):
            _write(list(_drafts(first, size, seed)), first, at)
        made += size
        if wanted > 2000:
            out(f"{first + size:,} / {wanted:,}")
    return made


def _drafts(first: int, size: int, seed: int) -> Iterator[_Draft]:
    demo = DataSource.objects.get(code="demo")
    industries = {row.code: row for row in IndustryClass.objects.filter(level=2)}
    parks = list(Park.objects.filter(kind__in=[Park.Kind.THEMED_PARK, Park.Kind.COUNTRY_PARK, Park.Kind.NEW_AREA]))
    for number in range(first, first + size):
        chance = random.Random(f"{seed}:{number}")
        trade = _TRADES[number % len(_TRADES)]
        stem = f"{MARK}{chance.choice(_FIRST)}{chance.choice(_SECOND)}"
        # The number keeps names apart without pretending to be part of a real one.
        short = f"{stem}{trade[0]}{number + 1}"
        place = ("(浙江)", "(平湖)", "")[number % 3]
        foreign = _share_of(number, FOREIGN)
        country = COUNTRIES[number // 5 % len(COUNTRIES)] if foreign else ""
        row = Enterprise(
            registered_name=f"{short}{place}有限公司",
            short_name=short,
            name_en=f"Demo {trade[1]} {number + 1}",
            uscc=uscc.make(f"91999999MA{number:06d}"),
            relation=_relation(number),
            status=OperatingStatus.OPERATING,
            legal_form=LegalForm.COMPANY,
            industry=industries[trade[3]],
            park=chance.choice(parks) if parks and number % 2 else None,
            established_on=datetime.date(1996 + number % 29, 1 + number % 12, 1 + number % 28),
            registered_capital=Decimal(100 + chance.randrange(20000)) * 10000,
            registered_capital_currency="USD" if foreign else "CNY",
            products=trade[4],
            source=demo,
            source_note="虚构的演示数据",
            is_demo=True,
        )
        yield _Draft(row, trade, country)


def _share_of(number: int, of_total: int) -> bool:
    """Spread `of_total` in 1,400 evenly over the numbers."""
    return (number * of_total) % PROFILE_TOTAL < of_total


def _relation(number: int) -> str:
    return (
        Relation.OPERATING_ONLY
        if number % 20 == 7
        else Relation.REGISTERED_ONLY
        if number % 20 == 13
        else Relation.REGISTERED_AND_OPERATING
    )


def _write(drafts: list[_Draft], first: int, at: datetime.date) -> None:
    demo = drafts[0].row.source
    numbered = list(enumerate(drafts, start=first))
    marked: dict[str, Any] = {"source": demo, "is_demo": True}
    _give_groups(numbered, marked, at)
    rows = [draft.row for draft in drafts]
    create_many(rows, verb="demo_loaded", consequences=False)
    create_many(
        [
            Holding(enterprise=draft.row, country=draft.country, share=Decimal(25 + n % 76), **marked)
            for n, draft in numbered
            if draft.country
        ],
        consequences=False,
    )
    chains = {row.code: row for row in IndustryChain.objects.all()}
    segments = {
        (row.chain.code, row.code): row for row in ChainSegment.objects.filter(is_demo=True).select_related("chain")
    }
    create_many(
        [
            ChainPosition(
                enterprise=draft.row,
                chain=chains[draft.trade[2]],
                segment=segments.get((draft.trade[2], draft.trade[5])),
                products=draft.trade[4],
                **marked,
            )
            for _, draft in numbered
            if draft.trade[2] in chains
        ],
        consequences=False,
    )
    create_many(
        [
            AboveScaleRecord(enterprise=draft.row, year=at.year, category="industry", **marked)
            for n, draft in numbered
            if _share_of(n, ABOVE_SCALE)
        ],
        consequences=False,
    )
    create_many(_titles(numbered, marked, at), consequences=False)
    exchange = Exchange.objects.get(mic="XSHE")
    create_many(
        [
            Listing(enterprise=draft.row, exchange=exchange, ticker=f"{MARK}{n}", **marked)
            for n, draft in numbered
            if _share_of(n, LISTED)
        ],
        consequences=False,
    )
    keys = [row.pk for row in rows]
    derive_origins(keys)
    index_enterprises(keys)


def _titles(numbered: list[tuple[int, _Draft]], marked: dict[str, Any], at: datetime.date) -> list[Qualification]:
    types = {row.code: row for row in QualificationType.objects.filter(code__in=TITLES)}
    return [
        Qualification(
            enterprise=draft.row,
            type=types[code],
            batch_label=f"{MARK} {at.year - n % 2}",
            recognised_on=datetime.date(at.year - n % 2, 1, 1),
            valid_until=datetime.date(at.year + 2 - n % 2, 12, 31),
            **marked,
        )
        for code, total in TITLES.items()
        for n, draft in numbered
        if _share_of(n, total)
    ]


def _give_groups(numbered: list[tuple[int, _Draft]], marked: dict[str, Any], at: datetime.date) -> None:
    """Groups on this year's ranking list, above some of the enterprises, which are not written yet."""
    ranked = [(n, draft) for n, draft in numbered if _share_of(n, FORTUNE)]
    groups = [
        CorporateGroup(
            name=f"{MARK}集团{n + 1}", name_en=f"Demo Group {n + 1}", country=draft.country or "CN", **marked
        )
        for n, draft in ranked
    ]
    create_many(groups)  # found by name, so the index must follow
    fortune = RankingList.objects.get(code="fortune_global_500")
    create_many(
        [RankingEntry(ranking=fortune, year=at.year, group=group, **marked) for group in groups], consequences=False
    )
    for (_, draft), group in zip(ranked, groups, strict=True):
        draft.row.group = group
