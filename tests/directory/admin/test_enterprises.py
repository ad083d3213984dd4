"""Enterprises in the admin: found by the product's search, asked about before they are added, restricted where they are."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import (
    AboveScaleRecord,
    AnnualFigures,
    ChainPosition,
    Enterprise,
    Holding,
    LegalRepresentative,
    NotDuplicate,
    Qualification,
)
from directory.models.enterprises import Relation, today
from directory.services.merging import merge
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from pinghu.ledger.saving import save_record
from tests.directory.admin.pages import change_page, names, page
from tests.factories import a_chain, a_park, an_enterprise, made, qualification_type
from tests.kernel.pages import form_data

pytestmark = pytest.mark.django_db

LIST = "admin:directory_enterprise_changelist"
CODE = "91330482MA00007A30"


@pytest.fixture
def steward(client_as: Any) -> Client:
    return client_as(Role.DATA_STEWARD)


def found(client: Client, **query: str) -> list[str]:
    return names(client.get(reverse(LIST), query))


# --- the list --------------------------------------------------------------------------------------------------------


def test_search_is_the_products_own_and_stands_in_its_order(steward: Client) -> None:
    an_enterprise("安津上海贸易", relation=Relation.OUTSIDE)
    an_enterprise("津上精密")
    an_enterprise("津上", name_en="Tsugami")

    assert found(steward, q="津上") == ["津上", "津上精密", "安津上海贸易"]
    assert found(steward, q="jinshang")[:2] == ["津上", "津上精密"]
    assert found(steward, q="Tsugami") == ["津上"]
    assert found(steward, q="津上", o="-1") == ["津上精密", "津上", "安津上海贸易"]


def test_search_composes_with_filters(steward: Client) -> None:
    park = a_park("one")
    an_enterprise("津上精密", park=park)
    an_enterprise("津上", relation=Relation.OUTSIDE)

    assert found(steward, q="津上", park="one") == ["津上精密"]
    assert found(steward, q="津上", relation__exact=Relation.OUTSIDE) == ["津上"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"chain": "chain-1"}, {"A"}),
        ({"park": "park-1"}, {"A"}),
        ({"park": "-"}, {"B"}),
        ({"qualification": "high_tech_enterprise"}, {"A"}),
        ({"above_scale": "yes"}, {"A"}),
        ({"above_scale": "no"}, {"B"}),
        ({"code": "no"}, {"B"}),
        ({"code": "yes"}, {"A"}),
        ({"published": "no"}, {"B"}),
        ({"published": "yes"}, {"A"}),
        ({"verified": "year"}, {"A"}),
        ({"verified": "old"}, {"B"}),
        ({"verified": "never"}, {"B"}),
        ({"figure": "above_scale"}, {"A"}),
        ({"capital_origin__exact": "foreign"}, {"A"}),
        ({"listing": "listed_here"}, set()),
        ({"demo": "yes"}, set()),
        ({"demo": "no"}, {"A", "B"}),
        ({"chain": "no such chain"}, {"A", "B"}),
    ],
)
def test_filter_finds_the_rows_it_names(steward: Client, query: dict[str, str], expected: set[str]) -> None:
    day = today()
    one = an_enterprise("A", park=a_park(), uscc=CODE, verified_on=day)
    an_enterprise("B", is_published=False)
    made(ChainPosition(enterprise=one, chain=a_chain()))
    made(Qualification(enterprise=one, type=qualification_type(), recognised_on=day))
    made(AboveScaleRecord(enterprise=one, year=day.year))
    made(Holding(enterprise=one, country="JP"))

    assert set(found(steward, **query)) == expected


def test_filter_that_no_database_takes_is_a_wrong_filter(steward: Client) -> None:
    answer = steward.get(reverse(LIST), {"relation__exact": "\x00"})

    assert answer.url.endswith("?e=1")
    assert steward.get(answer.url).status_code == 200


def test_autocomplete_uses_the_same_search(steward: Client) -> None:
    an_enterprise("津上精密")
    asked = {"app_label": "directory", "model_name": "enterprise", "field_name": "successor", "term": "jinshang"}

    answer = steward.get(reverse("admin:autocomplete"), asked)

    assert [row["text"] for row in answer.json()["results"]] == ["津上精密"]


# --- adding ----------------------------------------------------------------------------------------------------------


def add(client: Client, **values: str) -> Any:
    url = reverse("admin:directory_enterprise_add")
    return client.post(url, form_data(client.get(url), **values))


def test_new_enterprise_without_a_likeness_is_saved(steward: Client) -> None:
    response = add(steward, short_name="独一无二厂", registered_name="")

    assert response.status_code == 302
    assert Enterprise.objects.get().registered_name is None


def test_likeness_is_asked_about_before_saving(steward: Client) -> None:
    known = an_enterprise("精达轴承", registered_name="平湖精达轴承有限公司")

    asked = add(steward, registered_name="浙江精达轴承有限公司")

    assert asked.status_code == 200
    assert Enterprise.objects.count() == 1
    assert [one.enterprise for one in asked.context["adminform"].form.duplicates] == [known]
    text = asked.content.decode()
    assert change_page(known) in text
    assert 'name="is_different"' in text

    again = steward.post(asked.request["PATH_INFO"], form_data(asked, is_different="on", change_reason="不同省份"))

    assert again.status_code == 302
    new = Enterprise.objects.get(registered_name="浙江精达轴承有限公司")
    pair = NotDuplicate.objects.get()
    assert {pair.first, pair.second} == {known, new}
    assert pair.history.get().change == new.history.get().change


def test_known_credit_code_cannot_be_declared_different(steward: Client) -> None:
    an_enterprise("甲", uscc=CODE)

    response = add(steward, short_name="全然不同", uscc=CODE, is_different="on")

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["uscc"]
    assert Enterprise.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("91330482MA00007A3", "17"),
        ("91330482MA00007I30", "I"),
        ("9133048XMA00007A30", "8"),
        ("91330482MA00007A3X", "0"),
        ("91330482MA00008A3M", "17"),
    ],
)
def test_wrong_credit_code_is_refused_with_what_is_wrong(steward: Client, code: str, said: str) -> None:
    response = add(steward, short_name="甲", uscc=code)

    assert response.status_code == 200
    assert said in response.context["adminform"].form.errors["uscc"][0]
    assert not Enterprise.objects.exists()


def test_key_beyond_every_number_names_no_record(steward: Client) -> None:
    response = add(steward, short_name="甲", successor="9" * 20)

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["successor"]


# --- the form --------------------------------------------------------------------------------------------------------


def test_form_saves_rows_and_derives_the_origin(steward: Client) -> None:
    row = an_enterprise("甲")
    data = form_data(steward.get(change_page(row)))
    data |= {"holdings-TOTAL_FORMS": "1", "holdings-0-country": "JP", "holdings-0-id": "", "holdings-0-enterprise": ""}

    response = steward.post(change_page(row), data)

    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.capital_origin, row.capital_origin_basis) == ("foreign", "holdings")
    assert "capital_origin" not in form_data(steward.get(change_page(row)))


def test_verify_verb_marks_today_with_the_reason(steward: Client) -> None:
    row = an_enterprise("甲", verified_on=datetime.date(2020, 1, 1))

    steward.post(page(row, "verify"), {"change_reason": "看过执照"})

    row.refresh_from_db()
    act = row.history.first().change
    assert row.verified_on == today()
    assert (act.verb, act.why, act.by.username) == ("verified", "看过执照", Role.DATA_STEWARD)


def test_verify_takes_no_later_day_back(steward: Client) -> None:
    later = today() + datetime.timedelta(days=3)
    row = an_enterprise("甲", verified_on=later)

    steward.post(page(row, "verify"), {})

    row.refresh_from_db()
    assert (row.verified_on, row.version) == (later, 1)


def test_address_of_a_merged_enterprise_leads_to_its_survivor(steward: Client) -> None:
    one, other = an_enterprise("甲"), an_enterprise("乙")
    merge(one, other, by=None, door="admin")

    response = steward.get(change_page(other))

    assert response.status_code == 302
    assert response.url == change_page(one)


def test_published_enterprise_links_to_its_page_on_the_public_site(steward: Client) -> None:
    row, hidden = an_enterprise("甲"), an_enterprise("乙", is_published=False)

    address = reverse("directory:enterprise_detail", args=[row.public_id])
    assert steward.get(change_page(row)).context["absolute_url"] == address
    assert steward.get(change_page(hidden)).context["has_absolute_url"] is False


# --- restricted rows -------------------------------------------------------------------------------------------------


@pytest.fixture
def restricted() -> Enterprise:
    row = an_enterprise("甲")
    made(AnnualFigures(enterprise=row, year=2025, data_origin="tax", revenue=987654))
    made(LegalRepresentative(enterprise=row, name="某代表"))
    return row


@pytest.mark.parametrize("role", [Role.SERVICE_OFFICER, Role.PROMOTION_OFFICER, Role.CARRIER_MANAGER])
def test_restricted_rows_do_not_exist_for_other_roles(client_as: Any, restricted: Enterprise, role: str) -> None:
    client = client_as(role)

    for address in (change_page(restricted), page(restricted, "history")):
        text = client.get(address).content.decode()
        assert "987654" not in text
        assert "某代表" not in text
    assert client.get(reverse("admin:directory_annualfigures_changelist")).status_code == 403
    assert not AccessLog.objects.filter(kind="read").exists()


@pytest.mark.parametrize("role", [Role.PROMOTION_MANAGER, Role.LEADER])
def test_two_roles_read_restricted_rows_and_change_none(client_as: Any, restricted: Enterprise, role: str) -> None:
    client = client_as(role)

    response = client.get(change_page(restricted))

    text = response.content.decode()
    assert "987654" in text
    assert "某代表" in text
    assert "annual_figures-0-revenue" not in text
    read = AccessLog.objects.get(kind="read")
    assert (read.subject_id, read.by.username) == (restricted.public_id, role)
    assert read.detail == {"what": ["annualfigures", "legalrepresentative"]}


def test_steward_edits_restricted_rows_and_sees_the_size_class(client_as: Any, restricted: Enterprise) -> None:
    client = client_as(Role.DATA_STEWARD)
    data = form_data(client.get(change_page(restricted)))

    client.post(change_page(restricted), data | {"annual_figures-0-size_override": "small"})
    refused = AnnualFigures.objects.get()
    client.post(
        change_page(restricted),
        data | {"annual_figures-0-size_override": "small", "annual_figures-0-size_override_reason": "新办"},
    )

    assert refused.size_override == ""
    assert AnnualFigures.objects.get().size_override == "small"


def test_opening_restricted_lists_is_logged(client_as: Any, restricted: Enterprise) -> None:
    client = client_as(Role.LEADER)

    client.get(reverse("admin:directory_annualfigures_changelist"))
    client.get(reverse("admin:directory_legalrepresentative_change", args=[LegalRepresentative.objects.get().pk]))

    logged = AccessLog.objects.filter(kind="read").order_by("id").values_list("detail__what", "rows", "subject_id")
    assert list(logged) == [(["annualfigures"], 1, ""), (["legalrepresentative"], 1, restricted.public_id)]


def test_conflict_on_an_enterprise_shows_both(client_as: Any) -> None:
    row = an_enterprise("甲")
    client = client_as(Role.DATA_STEWARD)
    data = form_data(client.get(change_page(row)), address="我的")
    row.address = "他们的"
    save_record(row, fields=["address"], by=None, door="import")

    response = client.post(change_page(row), data)

    assert response.status_code == 200
    assert {(f.theirs, f.mine) for f in response.context["conflict"].rows[0].fields} == {("他们的", "我的")}
