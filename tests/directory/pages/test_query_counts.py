"""How many queries each page asks, and that rows do not add to them."""

import pytest
from django.core.cache import cache

from directory.services.zone import load_zone
from tests.directory.pages.rows import a_full_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def asks(client, django_assert_num_queries):
    """`asks(path, number)`: this page asks exactly so many queries."""

    def check(path: str, number: int, **query: str) -> None:
        cache.clear()
        with django_assert_num_queries(number):
            answer = client.get(path, query)
            if answer.streaming:
                b"".join(answer.streaming_content)
        assert answer.status_code == 200

    return check


@pytest.fixture
def few_and_many():
    """Calls `check` with one row, then with eight, then with eight in one group."""

    def run(check) -> None:
        first = a_full_enterprise(1)
        check(first)
        for number in range(2, 9):
            a_full_enterprise(number)
        check(first)
        for number in range(9, 13):
            a_full_enterprise(number, group=first.group)
        check(first)

    return run


def test_list_with_facets(asks, few_and_many):
    few_and_many(lambda _first: asks("/enterprises/", 6))


def test_list_of_a_search(asks, few_and_many):
    few_and_many(lambda _first: asks("/enterprises/", 7, q="示例精机"))


def test_list_of_a_search_by_product(asks, few_and_many):
    few_and_many(lambda _first: asks("/enterprises/", 10, q="主轴"))


def test_list_with_every_kind_of_filter_stays_within_twelve(client, few_and_many, django_assert_max_num_queries):
    def check(_first) -> None:
        with django_assert_max_num_queries(12):
            assert client.get(
                "/enterprises/",
                {"q": "主轴", "country": "JP", "chain": "chain-1", "park": "park-1", "relation": "registered_and_operating",
                 "qualification": "high_tech_enterprise", "listing": "listed_here", "ranking": "fortune_global_500"},
            ).status_code == 200  # fmt: skip

    few_and_many(check)


def test_detail(asks, few_and_many):
    few_and_many(lambda first: asks(f"/enterprises/{first.public_id}/", 10))


def test_api_detail(asks, few_and_many):
    few_and_many(lambda first: asks(f"/api/v1/enterprises/{first.public_id}", 10))


def test_api_list(asks, few_and_many):
    few_and_many(lambda _first: asks("/api/v1/enterprises", 3))


def test_api_list_of_a_search(asks, few_and_many):
    few_and_many(lambda _first: asks("/api/v1/enterprises", 8, q="示例精机"))


def test_suggestions(asks, few_and_many):
    few_and_many(lambda _first: asks("/enterprises/suggest/", 5, q="示例精机"))


def test_comparison(asks, few_and_many):
    few_and_many(lambda first: asks("/enterprises/compare/", 3, id=first.public_id))


def test_export(asks, few_and_many):
    few_and_many(lambda _first: asks("/enterprises/export.csv", 4))


def test_group(asks, few_and_many):
    few_and_many(lambda first: asks(f"/groups/{first.group.public_id}/", 7))


def test_chain_and_park(asks, few_and_many):
    few_and_many(lambda _first: asks("/chains/chain-1/", 12))


def test_park(asks, few_and_many):
    few_and_many(lambda _first: asks("/parks/park-1/", 9))


def test_lists_of_chains_and_parks(asks, few_and_many):
    few_and_many(lambda _first: (asks("/chains/", 6), asks("/parks/", 5)))


def test_front_page_and_figures_of_the_zone(asks, few_and_many):
    load_zone()
    few_and_many(lambda _first: (asks("/", 18), asks("/figures/", 16)))
