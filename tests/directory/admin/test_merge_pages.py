"""Duplicates and merging as a steward meets them: compare, choose, confirm, undo."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import Enterprise, EnterpriseName, Holding, MergeRecord, NotDuplicate
from pinghu.accounts.roles import Role
from pinghu.ledger.saving import save_record
from tests.directory.admin.pages import change_page, names, page
from tests.factories import an_enterprise, made
from tests.kernel.pages import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward(client_as: Any) -> Client:
    return client_as(Role.DATA_STEWARD)


@pytest.fixture
def pair() -> tuple[Enterprise, Enterprise]:
    one = an_enterprise("精达轴承", registered_name="平湖精达轴承有限公司", address="钟埭街道1号")
    other = an_enterprise("精达", registered_name="浙江精达轴承有限公司", website="https://jd.example.com")
    made(Holding(enterprise=other, country="JP"))
    return one, other


def merge_page(one: Enterprise, other: Enterprise) -> str:
    return f"{page(one, 'merge')}?other={other.pk}"


def test_duplicates_page_shows_reasons_and_forgets_declared_pairs(steward: Client, pair: Any) -> None:
    one, other = pair

    shown = steward.get(page(one, "duplicates"))
    steward.post(page(one, "duplicates"), {"other": other.pk})
    again = steward.get(page(one, "duplicates"))

    assert [(alike.enterprise, alike.codes) for alike in shown.context["found"]] == [(other, ("same_core",))] or (
        shown.context["found"][0].enterprise == other and "same_core" in shown.context["found"][0].codes
    )
    assert NotDuplicate.objects.filter(first=one, second=other).exists()
    assert again.context["found"] == []


def test_merge_page_offers_those_that_look_alike(steward: Client, pair: Any) -> None:
    one, other = pair

    response = steward.get(page(one, "merge"))

    assert f"?other={other.pk}" in response.content.decode()
    assert steward.get(f"{page(one, 'merge')}?other={one.pk}").context["form"].errors["other"]


def test_comparison_shows_what_differs_and_what_moves_and_writes_nothing(steward: Client, pair: Any) -> None:
    response = steward.get(merge_page(*pair))

    rows = {row["name"]: (row["ours"], row["theirs"], row["chosen"]) for row in response.context["rows"]}
    assert rows == {
        "take_registered_name": ("平湖精达轴承有限公司", "浙江精达轴承有限公司", "survivor"),
        "take_short_name": ("精达轴承", "精达", "survivor"),
        "take_website": ("—", "https://jd.example.com", "absorbed"),
    }
    assert [count for _kind, count in response.context["moving"]] == [1]
    assert not MergeRecord.objects.exists()


def test_confirmed_merge_takes_the_chosen_values_and_leads_to_its_undoing(steward: Client, pair: Any) -> None:
    one, other = pair
    form = form_data(steward.get(merge_page(one, other)))

    response = steward.post(
        merge_page(one, other),
        form
        | {
            "take_registered_name": "absorbed",
            "take_short_name": "survivor",
            "take_website": "survivor",
            "why": "同址",
        },
        follow=True,
    )

    record = MergeRecord.objects.get()
    one.refresh_from_db()
    assert (one.registered_name, one.website, record.why) == ("浙江精达轴承有限公司", "", "同址")
    assert one.capital_origin == "foreign"
    assert response.redirect_chain[0][0] == change_page(one)
    assert change_page(record) in response.content.decode()
    assert names(steward.get(reverse("admin:directory_enterprise_changelist"))) == ["精达轴承"]

    done = steward.post(page(record, "undo"), {"change_reason": "弄错了"}, follow=True)

    one.refresh_from_db()
    other.refresh_from_db()
    assert one.registered_name == "平湖精达轴承有限公司"
    assert other.merged_into is None
    assert Holding.objects.get().enterprise == other
    assert done.status_code == 200


def test_merge_without_a_reason_is_refused(steward: Client, pair: Any) -> None:
    form = form_data(steward.get(merge_page(*pair)))

    response = steward.post(merge_page(*pair), form | {"why": ""})

    assert response.context["form"].errors["why"]
    assert not MergeRecord.objects.exists()


def test_merge_of_what_changed_meanwhile_is_compared_again(steward: Client, pair: Any) -> None:
    one, other = pair
    form = form_data(steward.get(merge_page(one, other))) | {"why": "同址", "take_short_name": "absorbed"}
    other.address = "当湖街道2号"
    save_record(other, fields=["address"], by=None, door="import")

    refused = steward.post(merge_page(one, other), form)

    assert not MergeRecord.objects.exists()
    assert refused.context["form"].non_field_errors()
    rows = {row["name"]: row for row in refused.context["rows"]}
    assert rows["take_address"]["theirs"] == "当湖街道2号"
    assert rows["take_short_name"]["chosen"] == "absorbed"

    again = steward.post(merge_page(one, other), form_data(refused))

    assert again.status_code == 302
    one.refresh_from_db()
    assert one.short_name == "精达"


def test_undo_says_what_was_not_moved_back(steward: Client, pair: Any) -> None:
    one, other = pair
    form = form_data(steward.get(merge_page(one, other)))
    steward.post(merge_page(one, other), form | {"why": "同址"})
    holding = Holding.objects.get()
    holding.share = 60
    save_record(holding, fields=["share"], by=None, door="admin")
    record = MergeRecord.objects.get()

    steward.post(page(record, "undo"), {})
    text = steward.get(change_page(record)).content.decode()

    record.refresh_from_db()
    assert record.not_undone == ["JP"]
    assert "JP" in text
    assert steward.post(page(record, "undo"), {}).context["form"].non_field_errors()


@pytest.mark.parametrize("role", [Role.LEADER, Role.SERVICE_OFFICER])
def test_others_look_and_cannot_merge(client_as: Any, pair: Any, role: str) -> None:
    one, other = pair
    client = client_as(role)

    assert client.get(merge_page(one, other)).status_code == 403
    assert client.post(merge_page(one, other), {"why": "x"}).status_code == 403
    assert client.get(page(one, "duplicates")).status_code == 200
    client.post(page(one, "duplicates"), {"other": other.pk})
    assert not NotDuplicate.objects.exists()
    assert page(one, "merge") not in client.get(change_page(one)).content.decode()


def test_absorbed_names_stay_searchable(steward: Client, pair: Any) -> None:
    one, other = pair
    steward.post(merge_page(one, other), form_data(steward.get(merge_page(one, other))) | {"why": "同址"})

    found = names(steward.get(reverse("admin:directory_enterprise_changelist"), {"q": "浙江精达"}))

    assert EnterpriseName.objects.filter(enterprise=one, name="浙江精达轴承有限公司").exists()
    assert found == [str(one)]


@pytest.mark.parametrize("other", ["x", "²", "9" * 20, "", "0", "update:1"])
def test_other_that_is_no_enterprise_is_asked_for_again(steward: Client, other: str) -> None:
    row = an_enterprise("甲")

    page_again = steward.get(page(row, "merge"), {"other": other})
    not_marked = steward.post(page(row, "duplicates"), {"other": other})

    assert page_again.status_code == 200
    assert page_again.context["form"].errors["other"]
    assert not_marked.status_code == 404
