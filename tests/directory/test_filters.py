"""The filters mean the same in rows as in the search index."""

import datetime

import pytest
from django.http import QueryDict

from directory.filtersets import EnterpriseFilterSet
from directory.finding import find
from directory.models import ChainLeadership, Enterprise, Holding, Listing, Qualification
from directory.models.enterprises import OperatingStatus, Relation
from directory.search import search
from tests.directory.pages.rows import TODAY, a_full_enterprise
from tests.factories import a_chain, an_enterprise, made, qualification_type

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def rows():
    """Rows on both sides of every filter's edge."""
    a_full_enterprise(1)
    second = a_full_enterprise(2, relation=Relation.UNVERIFIED)
    Listing.objects.filter(enterprise=second).update(delisted_on=TODAY)
    a_full_enterprise(3, is_published=False)
    led = an_enterprise("示例只领", status=OperatingStatus.SUSPENDED)
    made(ChainLeadership(enterprise=led, chain=a_chain("chain-2"), level="zone"))
    german = an_enterprise("示例德转日")
    made(Holding(enterprise=german, country="DE", ultimate_country="JP"))
    left = an_enterprise("示例已退")
    made(Holding(enterprise=left, country="JP", until=TODAY - DAY))
    expired = an_enterprise("示例过期")
    made(Qualification(enterprise=expired, type=qualification_type(), recognised_on=TODAY - 2000 * DAY))
    from directory.services.indexing import index_enterprises

    index_enterprises(Enterprise.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "query",
    [
        "country=JP", "country=jp", "country=DE", "country=JP&country=DE", "chain=chain-1", "chain=chain-2",
        "chain=chain-1,chain-2", "park=park-1", "park=nope", "qualification=high_tech_enterprise",
        "listing=listed_here", "listing=listed_parent", "listing=listed_here,listed_parent",
        "ranking=fortune_global_500", "ranking=nope", "relation=unverified", "status=suspended",
        "capital_origin=foreign", "capital_origin=unknown", "section=C", "country=JP&chain=chain-1&park=park-1",
        "q=示例", "q=示例&country=JP",
    ],
)  # fmt: skip
def test_rows_and_index_answer_alike(rows, query):
    asked = EnterpriseFilterSet(QueryDict(query), queryset=Enterprise.objects.published())
    by_index = search(asked.text, filters=asked.index_filters(), limit=100)
    assert set(asked.rows().values_list("pk", flat=True)) == set(by_index.ids)
    assert by_index.total == len(by_index.ids)


def test_range_and_index_filters_work_together(rows):
    Enterprise.objects.filter(short_name="示例精机1").update(established_on=datetime.date(2004, 3, 18))
    asked = EnterpriseFilterSet(
        QueryDict("established_on__gte=2004-01-01&country=JP"), queryset=Enterprise.objects.published()
    )
    found = find(asked)
    assert found.total == 1
    assert {one.value: one.count for one in found.facets["country"]} == {"JP": 1}


@pytest.mark.parametrize("name", ["established_on__gte=2004", "country=XX1", "status=x", "section=CC", "section=1"])
def test_value_that_is_not_understood_is_named(name):
    asked = EnterpriseFilterSet(QueryDict(name), queryset=Enterprise.objects.published())
    assert asked.misread() == [name.split("=")[0]]
