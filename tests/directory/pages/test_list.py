"""The list: found by any name, narrowed by facets, told what was left out."""

import pytest
from django.test import Client

from directory.models import Enterprise, Holding, PublishedFigure
from directory.models.enterprises import Relation
from pinghu.ledger.models import AccessLog
from tests.directory.pages.rows import a_full_enterprise, source
from tests.factories import a_chain, an_enterprise, made

pytestmark = pytest.mark.django_db


def html(client: Client, path: str, **query: object) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def names(client: Client, **query: object) -> list[str]:
    return [hit["name"] for hit in client.get("/enterprises/", query).context["results"]]


def test_enterprise_is_found_by_short_english_and_former_name(client):
    a_full_enterprise()
    assert names(client, q="示例精机1") == names(client, q="Example Precision") == ["示例精机1"]
    page = client.get("/enterprises/", {"q": "示例机械1"})
    [hit] = page.context["results"]
    assert hit["match"]["value"] == "示例机械1"
    assert hit["match"]["ranges"] == ((0, 5),)
    assert "<mark>示例机械1</mark>" in page.content.decode()


def test_english_page_shows_the_english_name_first(client):
    a_full_enterprise()
    [hit] = client.get("/en/enterprises/").context["results"]
    assert (hit["name"], hit["other"], hit["other_lang"]) == ("Example Precision 1", "示例精机1", "zh-Hans")


@pytest.mark.parametrize("path", ["/enterprises/", "/enterprises/export.csv", "/enterprises/suggest/"])
def test_what_is_hidden_or_outside_stands_in_no_list(client, path):
    an_enterprise("示例可见")
    an_enterprise("示例藏起", is_published=False)
    an_enterprise("示例区外", relation=Relation.OUTSIDE)
    answer = client.get(path, {"q": "示例"})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    body = body.replace(b"<mark>", b"").replace(b"</mark>", b"")
    text = body.decode() if path != "/enterprises/suggest/" else str(answer.json())
    assert "示例可见" in text
    assert "示例藏起" not in text
    assert "示例区外" not in text


def test_facets_are_counted_without_their_own_filter(client):
    for number, country in enumerate(["JP", "JP", "DE"]):
        made(Holding(enterprise=an_enterprise(f"示例{number}甲"), country=country))
    page = client.get("/enterprises/", {"country": "JP"})
    assert page.context["result"].total == 2
    [group] = [one for one in page.context["facet_groups"] if one["name"] == "country"]
    assert [(one["value"], one["count"], one["selected"]) for one in group["options"]] == [
        ("JP", 2, True),
        ("DE", 1, False),
    ]


def test_several_values_widen_and_several_filters_narrow(client):
    first = a_full_enterprise(1)
    made(Holding(enterprise=an_enterprise("示例德"), country="DE"))
    assert len(names(client, country=["JP", "DE"])) == 2
    assert names(client, country="JP,DE", chain="chain-1") == [first.short_name]


def test_chip_leads_to_the_list_without_its_filter(client):
    a_full_enterprise()
    page = client.get("/enterprises/", {"country": "JP", "chain": "chain-1", "q": "示例"})
    chips = {chip["text"]: chip["href"] for chip in page.context["chips"]}
    assert set(chips) == {"日本", "示例链"}
    assert "country" not in chips["日本"]
    assert "chain=chain-1" in chips["日本"]
    assert "q=" in chips["日本"]


def test_chosen_value_without_hits_stays_choosable(client):
    an_enterprise("示例甲")
    a_chain("chain-9", name="示例九链")
    page = client.get("/enterprises/", {"chain": "chain-9"})
    [group] = [one for one in page.context["facet_groups"] if one["name"] == "chain"]
    assert group["options"] == [{"value": "chain-9", "label": "示例九链", "count": 0, "selected": True}]


def test_filter_that_nobody_understands_is_left_out_and_told(client):
    an_enterprise("示例甲")
    page = client.get("/enterprises/", {"relation": "nonsense"})
    assert len(page.context["results"]) == 1
    assert page.context["misread"]
    assert str(page.context["misread"][0]) in page.content.decode()


def test_nothing_found_offers_the_name_that_was_meant(client):
    an_enterprise("示例精密机械", registered_name="示例精密机械有限公司")
    page = client.get("/enterprises/", {"q": "示例精蜜机械"})
    assert page.context["results"] == []
    assert page.context["did_you_mean"][0]["label"].startswith("示例精密机械")


def test_list_filtered_by_a_figure_has_exactly_its_rows(client):
    made(PublishedFigure(key="fdi", label="外资企业", value=300, unit="家", qualifier="over", rule="foreign_invested"))
    a_full_enterprise(1)
    made(Holding(enterprise=an_enterprise("示例中资"), country="CN"))
    hidden = a_full_enterprise(2)
    Enterprise.objects.filter(pk=hidden.pk).update(is_published=False)
    value = client.get("/figures/fdi/").context["one"].value
    page = client.get("/enterprises/", {"figure": "fdi"})
    assert [hit["name"] for hit in page.context["results"]] == ["示例精机1"]
    assert page.context["result"].total == value == 1
    [group] = [one for one in page.context["facet_groups"] if one["name"] == "country"]
    assert [(one["value"], one["count"]) for one in group["options"]] == [("JP", 1)]


def test_page_below_the_last_does_not_exist_but_past_the_depth_asks_to_narrow(client):
    an_enterprise("示例甲")
    assert client.get("/enterprises/", {"page": 2}).status_code == 404
    deep = client.get("/enterprises/", {"page": 201})
    assert deep.status_code == 200
    assert "10,000" in deep.content.decode()
    assert deep.context["results"] == []


@pytest.mark.parametrize("page", ["0", "x", "99999999999999999999", "１", "-1"])
def test_page_that_is_no_number_is_the_first(client, page):
    an_enterprise("示例甲")
    assert client.get("/enterprises/", {"page": page}).context["page"].number == 1


def test_only_the_plain_list_is_for_search_engines(client):
    an_enterprise("示例甲")
    assert "noindex" not in html(client, "/enterprises/")
    assert "noindex" in html(client, "/enterprises/", country="JP")


@pytest.mark.parametrize("q", ["\x00", "%", "'\"", "(", "*", "a" * 3000, "示" * 500, "（）", "\ufeff"])
def test_any_text_can_be_searched_for(client, q):
    an_enterprise("示例甲")
    assert client.get("/enterprises/", {"q": q}).status_code == 200


def test_sort_by_capital_puts_the_unknown_last(client):
    for name, capital in [("示例小", 10), ("示例无", None), ("示例大", 900)]:
        an_enterprise(name, registered_capital=capital, registered_capital_currency="CNY" if capital else "")
    assert names(client, sort="-registered_capital") == ["示例大", "示例小", "示例无"]


# --- the list as a file ---------------------------------------------------------------------------------------------


def lines(client: Client, **query: object) -> list[str]:
    answer = client.get("/enterprises/export.csv", query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()


def test_export_holds_the_rows_of_the_list(client):
    a_full_enterprise(1)
    an_enterprise("示例别处")
    head, row = lines(client, chain="chain-1")
    assert len(head.split(",")) == len(row.split(","))
    assert "示例精机1号有限公司" in row


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_exported_cell_is_never_a_formula(client, name):
    an_enterprise(name)
    [_head, row] = lines(client)
    cells = row.replace('"', "").split(",")
    assert f"'{name.strip() if name.startswith(chr(9)) else name}".replace('"', "").lstrip("'") in row.replace('"', "")
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "＝")) for cell in cells)


def test_export_by_staff_is_in_the_access_log_and_by_anybody_else_not(client, client_as):
    an_enterprise("示例甲", source=source())
    lines(client)
    assert not AccessLog.objects.exists()
    lines(client_as("leader"), q="示例")
    entry = AccessLog.objects.get(kind="export")
    assert (entry.rows, entry.door, entry.by.username) == (1, "public", "leader")


def test_export_speaks_the_language_of_its_address(client):
    a_full_enterprise(1)
    answer = client.get("/en/enterprises/export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.startswith("Id,Credit code")
    assert "Japan" in text
    assert "日本" in b"".join(client.get("/enterprises/export.csv").streaming_content).decode()


# --- beside each other ----------------------------------------------------------------------------------------------


def test_enterprises_stand_beside_each_other_in_the_order_asked_for(client):
    first, second = a_full_enterprise(1), a_full_enterprise(2)
    hidden = an_enterprise("示例藏起", is_published=False)
    page = client.get(
        "/enterprises/compare/", {"id": [second.public_id, first.public_id, hidden.public_id, "nope\x00"]}
    )
    assert [column["label"] for column in page.context["table"]["columns"]] == ["", "示例精机2", "示例精机1"]
    assert page.context["lost"] == 2
    assert "示例藏起" not in page.content.decode()


def test_comparison_offers_what_a_search_finds_and_is_not_there_yet(client):
    first, second = a_full_enterprise(1), a_full_enterprise(2)
    page = client.get("/enterprises/compare/", {"id": first.public_id, "q": "示例精机"})
    [offer] = page.context["candidates"]
    assert offer["label"] == "示例精机2"
    assert offer["href"] == f"?id={first.public_id}&id={second.public_id}"
