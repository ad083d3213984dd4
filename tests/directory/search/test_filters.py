"""Filters narrow, facets count without their own filter, pages follow one another."""

import datetime
from collections.abc import Callable

import pytest

from directory.models import Enterprise, Exchange, Holding, Listing, Qualification, RankingEntry, RankingList
from directory.models.enterprises import OperatingStatus
from directory.search import (
    CHAIN,
    COUNTRY,
    LISTED_HERE,
    LISTED_PARENT,
    LISTING,
    QUALIFICATION,
    RANKING,
    STATUS,
    search,
    searching,
)
from directory.services.indexing import index_enterprises
from tests.factories import a_chain, a_group, a_park, an_enterprise, made, qualification_type


def facet(result, name: str) -> dict[str, int]:
    return {one.value: one.count for one in result.facets[name]}


def test_values_of_one_filter_mean_or_filters_mean_and(found: Callable[..., list[str]]) -> None:
    assert found("", filters={COUNTRY: ["DE"]}) == ["德马吉森精机", "凯泽"]
    assert set(found("", filters={COUNTRY: ["DE", "JP"]})) == {"津上", "尼得科机床", "德马吉森精机", "凯泽"}
    assert set(found("", filters={COUNTRY: ["DE", "JP"], CHAIN: ["equipment"]})) == {"津上", "德马吉森精机"}


def test_filter_and_text_narrow_together(found: Callable[..., list[str]]) -> None:
    assert found("机床", filters={COUNTRY: ["JP"]}) == ["津上", "尼得科机床"]
    assert found("津", filters={COUNTRY: ["JP"]}) == ["津上"]
    assert found("9133", filters={STATUS: [OperatingStatus.CLOSED]}) == ["华盛"]


def test_unknown_value_finds_nothing_and_unknown_filter_is_refused(corpus: dict[str, int]) -> None:
    assert search(filters={CHAIN: ["no-such-chain"]}).total == 0
    assert search(filters={COUNTRY: ["JP' OR 1=1"]}).total == 0
    with pytest.raises(ValueError, match="colour"):
        search(filters={"colour": ["red"]})
    with pytest.raises(ValueError, match="sort"):
        search(sort="password")


def test_facet_is_counted_without_its_own_filter(corpus: dict[str, int]) -> None:
    result = search("机床", filters={COUNTRY: ["JP"]})

    assert result.total == 2
    assert facet(result, COUNTRY) == {"JP": 2, "DE": 1}
    assert facet(result, CHAIN) == {"equipment": 1}


def test_facets_with_two_filters_leave_out_one_at_a_time(corpus: dict[str, int]) -> None:
    result = search(filters={COUNTRY: ["JP"], CHAIN: ["equipment"]})

    assert result.total == 1
    assert facet(result, COUNTRY) == {"JP": 1, "DE": 1}
    assert facet(result, CHAIN) == {"equipment": 1}


@pytest.mark.parametrize("filters", [{}, {COUNTRY: ["JP"], CHAIN: ["equipment"]}])
def test_facets_beyond_the_cap_are_counted_by_filter_or_not_at_all(
    corpus: dict[str, int], monkeypatch: pytest.MonkeyPatch, filters: dict[str, list[str]]
) -> None:
    exact = search(filters=filters)
    monkeypatch.setattr(searching, "COUNT_CAP", 8)

    result = search(filters=filters)

    if filters:
        assert (result.total, result.relation) == (exact.total, "eq")
        assert result.facets == exact.facets
    else:
        assert (result.total, result.relation, result.facets) == (8, "gte", None)
        assert len(result.hits) == 20


def test_facet_whose_own_count_passes_the_cap_is_none(corpus: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "COUNT_CAP", 3)

    result = search(filters={COUNTRY: ["JP"]})

    assert result.total == 2
    assert result.facets[COUNTRY] is None
    assert facet(result, CHAIN) == {"equipment": 1}


def test_labels_are_in_the_readers_language(corpus: dict[str, int]) -> None:
    from django.utils import translation

    chain = a_chain("equipment-2", name="装备", name_en="Equipment")
    one = an_enterprise("甲乙精机")
    from directory.models import ChainPosition

    made(ChainPosition(enterprise=one, chain=chain))
    with translation.override("en"):
        english = search("甲乙精机").facets[CHAIN][0].label
    with translation.override("zh-hans"):
        chinese = search("甲乙精机").facets[CHAIN][0].label
    assert (english, chinese) == ("Equipment", "装备")


def test_every_facet_follows_its_rows(db: None) -> None:
    group = a_group("甲集团")
    park = a_park("park-9")
    one = an_enterprise("甲乙精机", park=park, group=group)
    ranking = RankingList.objects.first()
    exchange = Exchange.objects.filter(is_listing=True).first()

    made(Qualification(enterprise=one, type=qualification_type(), recognised_on=datetime.date(2026, 1, 1)))
    made(RankingEntry(ranking=ranking, year=2025, rank=3, group=group))
    made(Listing(exchange=exchange, ticker="0001", group=group))
    made(Listing(exchange=exchange, ticker="0002", enterprise=one))
    made(Holding(enterprise=one, country="HK", ultimate_country="JP"))

    result = search("甲乙")
    assert facet(result, QUALIFICATION) == {"high_tech_enterprise": 1}
    assert facet(result, RANKING) == {ranking.code: 1}
    assert facet(result, LISTING) == {LISTED_HERE: 1, LISTED_PARENT: 1}
    assert facet(result, COUNTRY) == {"HK": 1, "JP": 1}
    assert facet(result, "park") == {"park-9": 1}


@pytest.mark.parametrize(
    "sort",
    ["relevance", "name", "-name", "established_on", "-established_on", "registered_capital", "-registered_capital",
     "updated_at", "-updated_at"],
)  # fmt: skip
@pytest.mark.parametrize("text", ["", "机床"])
def test_pages_by_offset_and_by_cursor_are_the_same_walk(corpus: dict[str, int], sort: str, text: str) -> None:
    Enterprise.objects.filter(pk=corpus["津上"]).update(established_on="2005-01-01", registered_capital="100.50")
    Enterprise.objects.filter(pk=corpus["华盛"]).update(established_on="1999-12-31", registered_capital="3")
    whole = search(text, sort=sort, limit=100).ids
    by_offset, by_cursor, after = [], [], None
    for start in range(0, len(whole) + 3, 3):
        by_offset += search(text, sort=sort, limit=3, offset=start).ids
        result = search(text, sort=sort, limit=3, after=after)
        by_cursor += result.ids if len(by_cursor) < len(whole) else []
        after = result.hits[-1].order if result.hits else after
        assert result.has_more == (len(by_cursor) < len(whole))
    assert by_offset == by_cursor == whole
    assert len(set(whole)) == len(whole)


def test_known_values_stand_before_unknown_ones_in_both_directions(corpus: dict[str, int]) -> None:
    Enterprise.objects.filter(pk=corpus["津上"]).update(established_on="2005-01-01", registered_capital="100.50")
    Enterprise.objects.filter(pk=corpus["宏达"]).update(established_on="1999-12-31", registered_capital="3")
    for name in ("established_on", "registered_capital"):
        assert search(sort=name).ids[:2] == [corpus["宏达"], corpus["津上"]]
        assert search(sort=f"-{name}").ids[:2] == [corpus["津上"], corpus["宏达"]]


def test_number_of_queries_does_not_grow_with_hits_or_filters(
    corpus: dict[str, int], django_assert_max_num_queries
) -> None:
    index_enterprises(corpus.values())
    with django_assert_max_num_queries(8):
        search("机床", filters={COUNTRY: ["JP", "DE"], CHAIN: ["equipment"]}, limit=2)
    with django_assert_max_num_queries(8):
        search("平湖", limit=100)
