"""The zone as its profile states it: loaded once, again without change, and never over what somebody edited."""

import datetime
import json
from decimal import Decimal

import pytest

from directory.figures import FORTUNE, RULES, figures, ranking_counts
from directory.models import (
    ChainLeadership,
    CorporateGroup,
    DataSource,
    Enterprise,
    FieldSource,
    Holding,
    Honour,
    IndustryChain,
    Milestone,
    Park,
    PublishedFigure,
    Qualification,
    RankingEntry,
    RankingList,
    ZonePlace,
)
from directory.models.zone import Amenity
from directory.services.zone import ZONE_FILE, load_zone
from pinghu.ledger.models import Change, Event
from pinghu.ledger.saving import delete_record, save_record
from tests.factories import an_enterprise, made, qualification_type

pytestmark = pytest.mark.django_db

AT = datetime.date(2026, 11, 22)


def test_all_facts_of_the_profile_are_there_each_with_its_words():
    load_zone()
    assert PublishedFigure.objects.count() == 30
    assert Honour.objects.count() == 14
    assert Park.objects.count() + Amenity.objects.count() + ZonePlace.objects.count() == 34
    assert Milestone.objects.count() == 4
    assert IndustryChain.objects.count() == 9
    assert Enterprise.objects.filter(named_in_profile=True).count() == 21
    assert CorporateGroup.objects.filter(named_in_profile=True).get().name == "尼得科"
    for model in (PublishedFigure, Honour, Park, Enterprise):
        assert not model.objects.filter(source_quote="").exists()


def test_nothing_is_invented():
    load_zone()
    named = Enterprise.objects.filter(named_in_profile=True)
    assert not named.filter(uscc__isnull=False).exists()
    assert not named.exclude(address="").exists()
    assert set(named.exclude(registered_name=None).values_list("registered_name", flat=True)) == {
        "津上精密机床(浙江)有限公司",
        "德西福格汽车零部件(平湖)有限公司",
        "尼得科机床(浙江)有限公司",
        "尼得科汽车马达(浙江)有限公司",
        "博格隆(浙江)生物技术有限公司",
    }
    assert named.get(short_name="三菱化学").name_en == ""  # medium confidence only
    general = DataSource.objects.get(code="general_knowledge")
    tsugami = named.get(short_name="津上精密")
    assert FieldSource.objects.get(subject_id=tsugami.public_id, field="name_en").source == general
    assert FieldSource.objects.get(subject_id=tsugami.public_id, field="short_name").source != general


def test_home_country_is_a_holding_of_unknown_share_with_its_source():
    load_zone()
    dmg = Holding.objects.get(enterprise__short_name="德马吉森精机")
    assert (dmg.country, dmg.ultimate_country, dmg.share, dmg.source.code) == ("DE", "JP", None, "zone_profile")
    schaeffler = Holding.objects.get(enterprise__short_name="舍弗勒")
    assert (schaeffler.country, schaeffler.source.code) == ("DE", "general_knowledge")
    assert not Holding.objects.filter(enterprise__short_name="长城汽车").exists()
    assert ChainLeadership.objects.count() == 2


def test_second_load_changes_nothing():
    load_zone()
    changes, events = Change.objects.count(), Event.objects.count()
    report = load_zone()
    assert set(report.counts) == {"unchanged"}
    assert (Change.objects.count(), Event.objects.count()) == (changes, events)


def test_edited_field_is_kept_and_untouched_field_follows_the_file(tmp_path):
    load_zone()
    park = Park.objects.get(code="zhixingu")
    park.name_en = "Zhixin Valley New Area"
    save_record(park, fields=["name_en"], by=None, door="admin")
    data = json.loads(ZONE_FILE.read_text(encoding="utf-8"))
    row = next(row for row in data["places"] if row["code"] == "zhixingu")
    row["name_en"], row["name"] = "Another name", "智新谷片区"
    changed = tmp_path / "zone.json"
    changed.write_text(json.dumps(data), encoding="utf-8")

    report = load_zone(changed)

    park.refresh_from_db()
    assert (park.name, park.name_en) == ("智新谷片区", "Zhixin Valley New Area")
    assert report.kept == ["park 智新谷片区: name_en"]


def test_row_that_staff_deleted_is_not_made_again():
    load_zone()
    delete_record(Amenity.objects.get(code="atour"), by=None, door="admin")
    report = load_zone()
    assert not Amenity.objects.filter(code="atour").exists()
    assert report.counts["deleted by staff"] == 1


def test_renamed_enterprise_is_not_loaded_twice():
    load_zone()
    row = Enterprise.objects.get(short_name="曼氏")
    row.short_name = "曼氏香精"
    save_record(row, fields=["short_name"], by=None, door="admin")
    load_zone()
    assert Enterprise.objects.filter(named_in_profile=True).count() == 21
    assert not Enterprise.objects.filter(short_name="曼氏").exists()


def value(rule):
    return next(figure for figure in figures(AT) if figure.rule is RULES[rule])


def test_published_and_computed_stand_side_by_side():
    load_zone()
    total = value("enterprises")
    assert (total.figure.value, total.figure.qualifier, total.value) == (Decimal(1400), "over", 21)
    assert total.difference == -1379
    gdp = next(figure for figure in figures(AT) if figure.figure.key == "gdp")
    assert (gdp.rule, gdp.value, gdp.figure.as_of_year) == (None, None, 2024)


def test_firms_outside_the_zone_move_no_figure():
    load_zone()
    before = [(row.figure.key, row.value) for row in figures(AT)]
    outside = an_enterprise("外地股份", relation="outside")
    made(Holding(enterprise=outside, country="FR"))
    made(Qualification(enterprise=outside, type=qualification_type()))
    assert [(row.figure.key, row.value) for row in figures(AT)] == before


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, 1),
        ({"relation": "operating_only"}, 1),
        ({"relation": "registered_only"}, 1),
        ({"relation": "enclave_tenant"}, 0),
        ({"relation": "unverified"}, 0),
        ({"relation": "unverified", "named_in_profile": True}, 1),
        ({"relation": "outside"}, 0),
        ({"relation": "moved_out"}, 0),
        ({"legal_form": "branch"}, 0),
        ({"legal_form": "individual_business"}, 0),
        ({"legal_form": "cooperative"}, 0),
        ({"status": "closed"}, 0),
        ({"status": "suspended"}, 1),
    ],
)
def test_relation_form_and_status_decide_what_counts(values, counts):
    an_enterprise(**values)
    assert Enterprise.objects.counted().count() == counts


def test_only_titles_valid_on_the_day_count():
    load_zone()
    kind = qualification_type()
    valid = an_enterprise("有效")
    made(Qualification(enterprise=valid, type=kind, recognised_on=datetime.date(2024, 12, 1)))
    expired = an_enterprise("过期")
    made(Qualification(enterprise=expired, type=kind, recognised_on=datetime.date(2022, 12, 1)))
    assert value("high_tech_enterprises").value == 1


def test_demo_rows_in_a_figure_are_told():
    load_zone()
    an_enterprise("示例", is_demo=True)
    total = value("enterprises")
    assert (total.value, total.demo) == (22, 1)


def test_ranking_counts_by_unit_and_list_year():
    group = made(CorporateGroup(name="某集团"))
    for name in ("一厂", "二厂"):
        an_enterprise(name, group=group)
    listed = RankingList.objects.get(code=FORTUNE)
    for year in (2023, 2024):
        made(RankingEntry(ranking=listed, year=year, rank=9, group=group))
    assert ranking_counts() == [
        {"year": 2024, "groups": 1, "enterprises": 2},
        {"year": 2023, "groups": 1, "enterprises": 2},
    ]


def test_figures_cost_one_query_for_each_rule(django_assert_num_queries):
    load_zone()
    with django_assert_num_queries(1 + sum(1 for row in PublishedFigure.objects.all() if row.rule) + 2):
        figures(AT)
