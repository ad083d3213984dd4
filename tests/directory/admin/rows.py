"""So many rows of every model of the directory, hung together as they are in the world."""

import datetime
from decimal import Decimal
from typing import Any

from directory import models as m
from directory.models.enterprises import Relation
from pinghu.ledger.context import change
from tests.factories import a_chain, a_group, a_park, an_enterprise, made, qualification_type

DAY = datetime.date(2026, 3, 1)


def fill(count: int, *, start: int = 0) -> None:
    """`count` more rows of every model; those that belong to something all hang on the first of its kind too."""
    with change(by=None, verb="filled", door="command"):
        for number in range(start, start + count):
            _one_of_each(number)


def hub() -> m.Enterprise:
    """The enterprise on which rows of every kind hang, one more with each that `fill` makes."""
    return m.Enterprise.objects.get(short_name="中枢精机")


def _source() -> m.DataSource:
    return m.DataSource.objects.get(code="bureau")


def _first(model: Any, make: Any) -> Any:
    return model.objects.order_by("pk").first() or make()


def _hub() -> m.Enterprise:
    known = m.Enterprise.objects.filter(short_name="中枢精机").first()
    return known or an_enterprise(
        "中枢精机",
        registered_name="平湖中枢精密机械有限公司",
        registration_type=m.RegistrationType.objects.first(),
        industry=m.IndustryClass.objects.get(code="34"),
        group=a_group("中枢集团", source=_source()),
        park=a_park("hub-park", name="中枢园", source=_source()),
        head_office=an_enterprise("中枢总部"),
        successor=an_enterprise("中枢后继"),
        source=_source(),
    )


def _one_of_each(number: int) -> None:
    hub, source = _hub(), _source()
    group = a_group(f"第{number}集团", source=source)
    park = a_park(f"park-{number}", name=f"第{number}园", parent=hub.park, source=source)
    chain = a_chain(f"chain-{number}", name=f"第{number}链", source=source)
    main_chain = m.IndustryChain.objects.order_by("pk").first()
    other = an_enterprise(
        f"第{number}精机", group=hub.group, park=hub.park, source=source, relation=Relation.REGISTERED_ONLY
    )
    segment = made(
        m.ChainSegment(chain=main_chain, code=f"s-{number}", name=f"环节{number}", position="upstream", source=source)
    )
    first_segment = m.ChainSegment.objects.order_by("pk").first()
    if segment != first_segment:
        made(m.SegmentEdge(upstream=first_segment, downstream=segment))
    for enterprise in (hub, other):
        made(m.EnterpriseName(enterprise=enterprise, kind="alias", name=f"{enterprise}别名{number}"))
        made(m.Holding(enterprise=enterprise, country="JP", investor_group=group, share=Decimal(1)))
        made(m.LegalRepresentative(enterprise=enterprise, name=f"代表{number}"))
        made(m.AboveScaleRecord(enterprise=enterprise, year=2000 + number))
        made(m.AnnualFigures(enterprise=enterprise, year=2000 + number, data_origin="tax", employees=10))
        made(
            m.Qualification(
                enterprise=enterprise,
                type=qualification_type(),
                batch_label=str(number),
                recognised_on=DAY,
                source=source,
            )
        )
        made(m.ChainPosition(enterprise=enterprise, chain=main_chain, segment=segment))
        made(m.ChainLeadership(enterprise=enterprise, chain=main_chain, level="zone", year=2000 + number))
    exchange = m.Exchange.objects.get(mic="XSHG")
    made(m.Listing(exchange=exchange, ticker=f"6{number:05}", enterprise=hub))
    made(m.Listing(exchange=exchange, ticker=f"7{number:05}", group=hub.group))
    made(m.GroupName(group=hub.group, name=f"中枢别名{number}"))
    ranking = m.RankingList.objects.get(code="fortune_global_500")
    made(m.RankingEntry(ranking=ranking, year=2000 + number, rank=number + 1, group=hub.group))
    carrier = made(
        m.Carrier(park=hub.park, code=f"C-{number}", name="厂房", kind="floor", area_m2=Decimal(1000), source=source)
    )
    first_carrier = m.Carrier.objects.order_by("pk").first()
    for tenant, where in ((hub, carrier), (other, first_carrier)):
        made(m.Tenancy(carrier=where, tenant=tenant, area_m2=Decimal(10), starts_on=DAY))
    zone_rows(number, park, chain, source)
    made(m.ExchangeRate(currency="USD", on=DAY + datetime.timedelta(days=number), cny=Decimal(7), source="PBC"))
    made(m.WorkCalendar(on=DAY + datetime.timedelta(days=number), is_working=False))
    made(m.Correction(enterprise=hub, field="website", value=f"https://example.com/{number}"))
    made(m.NotDuplicate(first=min(hub, other, key=lambda row: row.pk), second=max(hub, other, key=lambda row: row.pk)))
    run = m.ImportRun(kind="enterprises", source=source, file_name=f"{number}.csv", file_sha256=str(number))
    run.save()
    made(m.StatusCheck(run=run, enterprise=hub))
    own = made(m.DataSource(code=f"source-{number}", name=f"来源{number}", rank=number))
    made(m.SavedMapping(source=own, kind="enterprises", mapping={"企业名称": "registered_name"}))
    m.MergeRecord(survivor=hub, absorbed=other, moved=[]).save()


def zone_rows(number: int, park: m.Park, chain: m.IndustryChain, source: m.DataSource) -> None:
    made(m.Milestone(code=f"m-{number}", year=2000, text=f"事{number}", source=source))
    made(
        m.PublishedFigure(
            key=f"figure-{number}", label="企业", value=Decimal(1400), unit="家", qualifier="approx", rule="enterprises"
        )
    )
    made(m.Honour(code=f"h-{number}", name=f"荣誉{number}", park=park, source=source))
    made(m.Cluster(code=f"cl-{number}", name=f"集群{number}", chain=chain, source=source))
    made(m.Claim(code=f"c-{number}", text=f"说法{number}", source=source))
    made(m.LocationAdvantage(code=f"l-{number}", name=f"路{number}", status="in_service", source=source))
    made(m.Amenity(code=f"a-{number}", name=f"店{number}", kind="amenity_hotel", source=source))
    made(m.ZonePlace(code=f"p-{number}", name=f"街道{number}", kind="subdistrict", source=source))
    made(m.ZoneProfile(code=f"zone-{number}", name=f"区{number}", source=source))
