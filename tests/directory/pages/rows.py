"""An enterprise on which everything hangs that a page may show."""

import datetime
from typing import Any

from directory.models import (
    ChainLeadership,
    ChainPosition,
    ChainSegment,
    CorporateGroup,
    DataSource,
    Enterprise,
    EnterpriseName,
    Exchange,
    Holding,
    IndustryChain,
    Listing,
    Park,
    Qualification,
    RankingEntry,
    RankingList,
)
from tests.factories import a_chain, a_group, a_park, an_enterprise, made, qualification_type

TODAY = datetime.date.today()


def source(code: str = "zone_profile") -> DataSource:
    return DataSource.objects.get(code=code)


def a_full_enterprise(number: int = 1, *, group: CorporateGroup | None = None, **values: Any) -> Enterprise:
    """An enterprise with names, holding, chain, title, listing, ranking, group, park and a succession."""
    chain = IndustryChain.objects.filter(code="chain-1").first() or a_chain()
    park = Park.objects.filter(code="park-1").first() or a_park()
    segment = ChainSegment.objects.filter(chain=chain).first() or made(
        ChainSegment(chain=chain, code="gears", name="齿轮", name_en="Gears", position="upstream")
    )
    if group is None:
        group = a_group(f"示例集团{number}", name_en=f"Example Group {number}")
        made(Listing(group=group, exchange=Exchange.objects.get(mic="XTKS"), ticker=f"9{number:03d}"))
        ranking = RankingList.objects.get(code="fortune_global_500")
        made(RankingEntry(group=group, ranking=ranking, year=2026, rank=number, name_as_listed="EXAMPLE"))
    values.setdefault("registered_name", f"示例精机{number}号有限公司")
    values.setdefault("name_en", f"Example Precision {number}")
    values.setdefault("products", "齿轮、主轴")
    enterprise = an_enterprise(
        f"示例精机{number}", group=group, park=park, source=source(), source_quote="资料原文", **values
    )
    made(EnterpriseName(enterprise=enterprise, kind="former", name=f"示例机械{number}"))
    made(Holding(enterprise=enterprise, country="JP", source=source("general_knowledge")))
    made(ChainPosition(enterprise=enterprise, chain=chain, segment=segment))
    made(ChainLeadership(enterprise=enterprise, chain=chain, level="city", designated_by="示例部门", year=2025))
    made(Qualification(enterprise=enterprise, type=qualification_type(), recognised_on=TODAY, batch_label="示例批次"))
    made(Listing(enterprise=enterprise, exchange=Exchange.objects.get(mic="XSHE"), ticker=f"8{number:05d}"))
    return enterprise
