"""The directory read by machines: the real addresses, over what is published."""

from typing import Any

import pytest
from django.test import Client

from directory.models import Enterprise, Holding
from directory.models.enterprises import Relation
from directory.rules.uscc import make
from directory.services.zone import load_zone
from tests.directory.pages.rows import a_full_enterprise
from tests.factories import an_enterprise, made

pytestmark = pytest.mark.django_db
LIST = "/api/v1/enterprises"


@pytest.fixture(autouse=True)
def _real_urls(_test_urls: None, settings: Any) -> None:
    settings.ROOT_URLCONF = "pinghu.urls"


def get(api: Client, path: str = LIST, **query: Any) -> dict[str, Any]:
    answer = api.get(path, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def walk(api: Client, **query: Any) -> list[str]:
    body = get(api, **query)
    ids = [item["id"] for item in body["items"]]
    while body["next"]:
        query["cursor"] = body["next_cursor"]
        body = get(api, **query)
        assert body["items"], "a next that leads to an empty page"
        ids += [item["id"] for item in body["items"]]
    return ids


def test_item_carries_the_contracted_members(api):
    enterprise = a_full_enterprise(1, uscc=make("91330482MA2B8ABC"))
    [item] = get(api, q="示例机械1")["items"]
    assert item["id"] == enterprise.public_id
    assert (item["uscc"], item["name"], item["short_name"], item["name_en"]) == (
        enterprise.uscc, "示例精机1号有限公司", "示例精机1", "Example Precision 1",
    )  # fmt: skip
    assert item["match"] == {"field": "former_name", "value": "示例机械1", "kind": "exact", "ranges": [[0, 5]]}
    assert item["countries"] == [{"code": "JP", "name": "日本"}]
    assert item["source"] == {"code": "zone_profile", "name": "开发区简介"}
    assert (item["verified_on"], item["version"]) == (None, enterprise.version)
    assert item["updated_at"].endswith("Z")


def test_names_follow_the_language_and_addresses_do_not(api):
    enterprise = a_full_enterprise(1)
    english = get(api, lang="en")["items"][0]
    assert english["countries"][0]["name"] == "Japan"
    assert english["url"] == get(api)["items"][0]["url"] == f"http://testserver/enterprises/{enterprise.public_id}/"


@pytest.mark.parametrize("query", [{}, {"q": "示例"}, {"sort": "-registered_capital"}, {"q": "示例", "sort": "name"}])
def test_walk_brings_every_row_once(api, query):
    made_ids = {
        an_enterprise(
            f"示例{number}甲", registered_capital=number % 3 or None, registered_capital_currency="CNY"
        ).public_id
        for number in range(11)
    }
    ids = walk(api, limit=3, **query)
    assert len(ids) == len(set(ids)) == 11
    assert set(ids) == made_ids


def test_match_is_told_on_every_page_of_a_search(api):
    for number in range(5):
        an_enterprise(f"示例{number}甲")
    second = get(api, q="示例", limit=2, cursor=get(api, q="示例", limit=2)["next_cursor"])
    assert [item["match"]["ranges"] for item in second["items"]] == [[[0, 2]], [[0, 2]]]


@pytest.mark.parametrize("values", [{"is_published": False}, {"relation": Relation.OUTSIDE}])
def test_hidden_enterprise_exists_nowhere(api, client_as, values):
    hidden = an_enterprise("示例藏起", uscc=make("91330482MA2B8ABC"), **values)
    made(Holding(enterprise=hidden, country="JP"))
    body = get(api, q="示例", facet="country", count="exact")
    assert body["items"] == []
    assert body["total"] == {"value": 0, "relation": "eq"}
    assert body["facets"] == {"country": []}
    assert get(api, f"{LIST}/suggest", q="示例")["items"] == []
    for reader in (api, client_as("leader")):
        for name in (hidden.public_id, hidden.uscc):
            assert reader.get(f"{LIST}/{name}").status_code == 404


def test_filters_and_facets_are_the_pages_own(api):
    a_full_enterprise(1)
    made(Holding(enterprise=an_enterprise("示例德"), country="DE"))
    body = get(api, country="JP", facet="country,chain", count="exact")
    assert [item["short_name"] for item in body["items"]] == ["示例精机1"]
    assert body["total"] == {"value": 1, "relation": "eq"}
    assert {one["value"]: one["count"] for one in body["facets"]["country"]} == {"JP": 1, "DE": 1}
    assert body["facets"]["chain"] == [{"value": "chain-1", "label": "示例链", "count": 1}]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ({"countri": "JP"}, "countri", "country"),
        ({"facet": "colour"}, "facet", "country"),
        ({"country": "ZZZ"}, "country", ""),
        ({"relation": "nonsense"}, "relation", ""),
        ({"established_on__gte": "2004"}, "established_on__gte", ""),
        ({"sort": "nam"}, "sort", "name"),
        ({"limit": "-1"}, "limit", ""),
        ({"fields": "id,nam"}, "fields", "name"),
    ],
)
def test_wrong_parameter_is_refused_by_name(api, query, parameter, words):
    an_enterprise("示例甲")
    answer = api.get(LIST, query)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    [error] = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert words in error["detail"]


def test_detail_tells_all_that_is_published(api):
    enterprise = a_full_enterprise(1)
    body = get(api, f"{LIST}/{enterprise.public_id}")
    assert body["names"][0]["name"] == "示例机械1"
    assert body["holdings"][0] == {
        "investor": "", "country": "JP", "ultimate_country": "", "share": None, "source": "general_knowledge",
    }  # fmt: skip
    assert [one["of"] for one in body["listings"]] == ["enterprise", "group"]
    assert body["rankings"] == [{"code": "fortune_global_500", "name": "《财富》世界500强", "year": 2026, "rank": 1}]
    assert body["chain_leaderships"][0]["designated_by"] == "示例部门"
    assert body["qualifications"][0]["is_valid"] is True
    assert body["source_quote"] == "资料原文"


def test_detail_has_an_etag_that_follows_what_hangs_on_it(api):
    enterprise = a_full_enterprise(1)
    path = f"{LIST}/{enterprise.public_id}"
    tag = api.get(path).headers["ETag"]
    assert enterprise.public_id in tag
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
    made(Holding(enterprise=enterprise, country="DE"))
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_credit_code_and_merged_id_lead_to_the_record(api):
    survivor = an_enterprise("示例存", uscc=make("91330482MA2B8ABC"))
    merged = an_enterprise("示例并入")
    Enterprise.objects.filter(pk=merged.pk).update(merged_into=survivor)
    for name in (survivor.uscc, survivor.uscc.lower(), merged.public_id):
        answer = api.get(f"{LIST}/{name}", {"fields": "id"})
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{LIST}/{survivor.public_id}?fields=id"


def test_suggestions_stop_at_their_limit(api):
    for number in range(12):
        an_enterprise(f"示例{number}甲")
    assert len(get(api, f"{LIST}/suggest", q="示例")["items"]) == 8
    assert len(get(api, f"{LIST}/suggest", q="示例", limit=3)["items"]) == 3
    assert get(api, f"{LIST}/suggest", q="")["items"] == []
    for limit in ("0", "x", "-1", "１"):
        assert api.get(f"{LIST}/suggest", {"q": "示例", "limit": limit}).status_code == 400


def test_zone_is_read_through_the_small_lists(api):
    load_zone()
    assert len(get(api, "/api/v1/chains")["items"]) == 9
    assert {one["code"] for one in get(api, "/api/v1/parks", kind="country_park")["items"]} == {"park-jp", "park-de"}
    assert len(get(api, "/api/v1/groups")["items"]) == 18
    figures = {one["key"]: one for one in get(api, "/api/v1/figures")["items"]}
    assert len(figures) == 30
    assert figures["enterprises_total"]["computed"]["value"] == 21
    assert figures["gdp"]["computed"] is None
    assert get(api, "/api/v1/chains/green-food")["parent"] == "life-and-health"
    assert get(api, "/api/v1/parks/park-jp")["partner_country"] == "JP"


@pytest.mark.parametrize("path", ["enterprises/nope", "enterprises/%00", "chains/nope", "parks/nope", "groups/nope"])
def test_what_is_not_there_is_a_json_404(api, path):
    answer = api.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(api, method):
    assert getattr(api, method)(LIST).status_code == 405
