"""Front page, figures, chains, parks, groups, the zone about itself: over the zone as its profile states it."""

import datetime
from decimal import Decimal

import pytest

from directory.figure_text import sentence
from directory.models import (
    Carrier,
    ChainPosition,
    ChainSegment,
    IndustryChain,
    Park,
    PublishedFigure,
    SegmentEdge,
    Tenancy,
    ZoneProfile,
)
from directory.services.zone import load_zone
from pinghu.ledger.saving import save_record
from tests.factories import a_chain, an_enterprise, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def zone():
    load_zone()


PATHS = ["", "about/", "enterprises/", "chains/", "chains/smart-manufacturing/", "chains/green-food/", "parks/",
         "parks/park-jp/", "carriers/", "figures/", "figures/gdp/", "figures/investor_countries_regions/",
         "figures/enterprises_fortune_global_500/", "enterprises/compare/"]  # fmt: skip


@pytest.mark.parametrize("prefix", ["/", "/en/"])
def test_every_page_stands_in_both_languages(client, zone, prefix):
    for path in PATHS:
        answer = client.get(prefix + path)
        assert answer.status_code == 200, path
        assert f'lang="{"en" if prefix == "/en/" else "zh-Hans"}"' in answer.content.decode()


@pytest.mark.parametrize("path", ["/chains/nope/", "/parks/nope/", "/figures/nope/", "/groups/nope/", "/groups/%00/"])
def test_unknown_code_is_not_found(client, db, path):
    assert client.get(path).status_code == 404


def test_empty_database_has_a_front_page(client, db):
    assert client.get("/").status_code == 200


def test_front_page_shows_published_beside_computed(client, zone):
    figures = {one["key"]: one for one in client.get("/").context["figures"]}
    total = figures["enterprises_total"]
    assert total["published"]["text"] == "1400"
    assert (total["computed"]["value"], total["computed"]["difference"], total["computed"]["demo"]) == (21, 1379, 0)
    assert total["computed"]["href"] == "/enterprises/?figure=enterprises_total"


def test_front_page_says_how_to_reach_the_zone_once_it_is_stated(client, zone):
    assert "联系方式" not in client.get("/").content.decode()
    profile = ZoneProfile.objects.get()
    profile.contact_note = "invest@example.com"
    save_record(profile, fields=["contact_note"], by=None, door="admin")
    assert "invest@example.com" in client.get("/").content.decode()


def test_front_page_leads_to_the_investors_of_a_country_with_their_number(client, zone):
    [japan] = [one for one in client.get("/").context["countries"] if one["label"] == "日本"]
    assert client.get(japan["href"]).context["result"].total == japan["count"] == 7


def test_every_computed_figure_equals_the_number_of_its_rows(client, zone):
    for one in client.get("/figures/").context["computed"]:
        href = one["computed"]["href"]
        if href.startswith("/enterprises/"):
            assert client.get(href).context["result"].total == one["computed"]["value"], one["key"]


def test_countries_of_investors_lead_to_their_rows(client, zone):
    page = client.get("/figures/investor_countries_regions/")
    assert len(page.context["countries"]) == page.context["one"].value
    for row in page.context["countries"]:
        assert client.get(row["href"]).context["result"].total == row["value"]


@pytest.mark.parametrize(
    ("key", "chinese", "english"),
    [
        ("area_core_km2", "27.5平方公里", "27.5 km²"),
        ("gdp", "259.7亿元", "CNY 25.97 billion"),
        ("population_registered", "5.1万人", "about 51,000 people"),
        ("gdp_growth", "6.6%", "6.6%"),
        ("enterprises_total", "1400", "over 1,400"),
        ("share_of_city", "1/3", "at least 1/3 of the city"),
        ("village_operating_income", "1000", "over CNY 10 million"),
    ],
)
def test_figure_is_written_as_each_language_writes_it(zone, key, chinese, english):
    from django.utils import translation

    figure = PublishedFigure.objects.get(key=key)
    with translation.override("zh-hans"):
        assert chinese in sentence(figure)
    with translation.override("en"):
        assert sentence(figure) == english


def test_chain_counts_are_what_the_list_shows(client, zone):
    for tier in client.get("/chains/").context["tiers"]:
        for chain in tier["chains"]:
            code = chain["row"].code
            assert client.get("/enterprises/", {"chain": code}).context["result"].total == chain["count"]


# --- a chain's map --------------------------------------------------------------------------------------------------


def a_segment(chain, code, position, **values):
    return made(ChainSegment(chain=chain, code=code, name=f"段{code}", position=position, **values))


def test_map_links_each_node_to_its_row_and_marks_gaps_and_leaders(client, db):
    chain = a_chain()
    up = a_segment(chain, "steel", "upstream", gap="missing")
    mid = a_segment(chain, "gears", "midstream")
    made(SegmentEdge(upstream=up, downstream=mid))
    made(ChainPosition(enterprise=an_enterprise("示例齿轮"), chain=chain, segment=mid))
    page = client.get("/chains/chain-1/")
    nodes = {node["title"]: node for node in page.context["map"]["nodes"]}
    assert nodes["段steel"]["kind"] == "cm-gap"
    assert nodes["段gears"]["kind"] == ""
    text = page.content.decode()
    assert 'href="#segment-gears"' in text
    assert 'id="segment-gears"' in text
    assert "示例齿轮" in text


def test_link_to_another_chain_stands_in_the_table_and_not_in_the_map(client, db):
    chain, other = a_chain(), a_chain("chain-2", name="示例二链")
    made(SegmentEdge(upstream=a_segment(chain, "a", "upstream"), downstream=a_segment(other, "b", "midstream")))
    page = client.get("/chains/chain-1/")
    assert page.context["map"]["paths"] == []
    assert "/chains/chain-2/#segment-b" in page.content.decode()


def test_hidden_enterprise_makes_no_segment_look_filled(client, db):
    chain = a_chain()
    segment = a_segment(chain, "gears", "midstream")
    made(ChainPosition(enterprise=an_enterprise("示例藏起", is_published=False), chain=chain, segment=segment))
    page = client.get("/chains/chain-1/")
    assert page.context["segments"][0]["count"] == 0
    assert "示例藏起" not in page.content.decode()


# --- space ------------------------------------------------------------------------------------------------------------


def test_park_shows_what_is_free_today_and_neither_tenant_nor_expiry(client, zone):
    park = Park.objects.get(code="yingyuan")
    today = datetime.date.today()
    plant = made(Carrier(park=park, code="P1", name="示例厂房", kind="standard_plant", area_m2=10000))
    tenant = an_enterprise("示例租户")
    for area, start, end in [(3000, -10, None), (2000, -20, -1), (1000, 5, 99)]:
        made(
            Tenancy(
                carrier=plant, tenant=tenant, area_m2=area, starts_on=today + datetime.timedelta(days=start),
                ends_on=None if end is None else today + datetime.timedelta(days=end),
            )
        )  # fmt: skip
    made(Carrier(park=park, code="P2", name="示例未公开", kind="floor", area_m2=500, is_published=False))
    made(Carrier(park=park, code="P3", name="示例撤出", kind="floor", area_m2=500, withdrawn_on=today))
    page = client.get("/parks/yingyuan/")
    text = page.content.decode()
    assert page.context["free"] == Decimal(7000)
    assert "7,000" in text
    assert "示例租户" not in text
    assert "示例未公开" not in text
    assert "示例撤出" not in text
    assert IndustryChain.objects.exists()
