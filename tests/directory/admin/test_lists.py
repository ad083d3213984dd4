"""Filters and verbs of the other lists, what a form refuses, and what waits on the overview."""

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.admin.qualifications import batch_labels
from directory.models import (
    Carrier,
    ChainSegment,
    Correction,
    ImportRun,
    PublishedFigure,
    Qualification,
    SegmentEdge,
    SizeThreshold,
    StatusCheck,
    Tenancy,
    ZonePlace,
)
from directory.models.base import DataSource
from directory.models.enterprises import CapitalOrigin, today
from directory.rules.qualifications import add_months, little_giant_batches_due
from directory.services.zone import load_zone
from pinghu.accounts.roles import Role
from tests.directory.admin.pages import change_page, names, page
from tests.factories import a_chain, a_park, an_enterprise, made, qualification_type
from tests.kernel.pages import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward(client_as: Any) -> Client:
    return client_as(Role.DATA_STEWARD)


def listed(client: Client, model: str, **query: str) -> set[str]:
    return set(names(client.get(reverse(f"admin:directory_{model}_changelist"), query)))


# --- chains ----------------------------------------------------------------------------------------------------------


def test_link_that_closes_a_circle_is_refused_where_it_was_typed(steward: Client) -> None:
    chain = a_chain()
    first, second, third = (
        made(ChainSegment(chain=chain, code=code, name=code, position="upstream")) for code in ("a", "b", "c")
    )
    made(SegmentEdge(upstream=first, downstream=second))
    made(SegmentEdge(upstream=second, downstream=third))
    data = form_data(steward.get(change_page(third)))
    data |= {"feeds-TOTAL_FORMS": "1", "feeds-0-downstream": str(first.pk), "feeds-0-id": "", "feeds-0-upstream": ""}

    response = steward.post(change_page(third), data)

    assert response.status_code == 200
    assert response.context["inline_admin_formsets"][0].formset.errors[0]["downstream"]
    assert SegmentEdge.objects.count() == 2


def test_promotion_manager_places_an_enterprise_in_a_chain(client_as: Any) -> None:
    manager, chain, row = client_as(Role.PROMOTION_MANAGER), a_chain(), an_enterprise("甲")
    data = form_data(manager.get(change_page(chain)))
    data |= {"positions-TOTAL_FORMS": "1", "positions-0-enterprise": str(row.pk), "positions-0-weight": "backbone"}
    data |= {"positions-0-id": "", "positions-0-chain": ""}

    response = manager.post(change_page(chain), data)

    assert response.status_code == 302
    assert chain.positions.get().enterprise == row


# --- space -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def carriers() -> None:
    park, tenant, day = a_park(), an_enterprise("甲"), today()
    for code, area, taken, ends in (
        ("full", 1000, 1000, None),
        ("soon", 5000, 4600, add_months(day, 4)),
        ("late", 9000, 500, add_months(day, 11)),
        ("past", 3000, 3000, day - datetime.timedelta(days=1)),
    ):
        carrier = made(Carrier(park=park, code=code, name="厂房", kind="floor", area_m2=Decimal(area)))
        starts = day - datetime.timedelta(days=100)
        made(Tenancy(carrier=carrier, tenant=tenant, area_m2=Decimal(taken), starts_on=starts, ends_on=ends))


@pytest.mark.usefixtures("carriers")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"free": "500"}, {"late", "past"}),
        ({"free": "5000"}, {"late"}),
        ({"expiring": "6"}, {"soon"}),
        ({"expiring": "3"}, set()),
        ({"expiring": "12"}, {"soon", "late"}),
    ],
)
def test_free_space_and_expiry_come_from_tenancies(steward: Client, query: Any, expected: set[str]) -> None:
    response = steward.get(reverse("admin:directory_carrier_changelist"), query)

    assert {row.code for row in response.context["cl"].result_list} == expected


@pytest.mark.usefixtures("carriers")
def test_carrier_manager_cannot_let_more_than_there_is(client_as: Any) -> None:
    manager, carrier = client_as(Role.CARRIER_MANAGER), Carrier.objects.get(code="soon")
    data = form_data(manager.get(change_page(carrier)))

    refused = manager.post(change_page(carrier), data | {"tenancies-0-area_m2": "5001"})
    accepted = manager.post(change_page(carrier), data | {"tenancies-0-area_m2": "4999"})

    assert refused.context["inline_admin_formsets"][0].formset.errors[0]["area_m2"]
    assert accepted.status_code == 302


# --- qualifications --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (10, {"valid", "180", "90", "30"}),
        (60, {"valid", "180", "90"}),
        (170, {"valid", "180"}),
        (300, {"valid"}),
        (-1, {"expired"}),
    ],
)
def test_validity_filter_counts_days(steward: Client, days: int, expected: set[str]) -> None:
    until = today() + datetime.timedelta(days=days)
    made(Qualification(enterprise=an_enterprise("甲"), type=qualification_type(), valid_until=until))

    found = {
        value for value in ("valid", "180", "90", "30", "expired") if listed(steward, "qualification", validity=value)
    }

    assert found == expected


def test_review_filter_finds_the_batches_that_are_due(steward: Client) -> None:
    due = little_giant_batches_due(today().year)[0]
    for number, label in enumerate(batch_labels(due)):
        row = an_enterprise(f"到期{number}")
        made(Qualification(enterprise=row, type=qualification_type("little_giant"), batch_label=label))
    for batch in range(1, 7):
        if batch not in little_giant_batches_due(today().year):
            row = an_enterprise(f"未到{batch}")
            made(Qualification(enterprise=row, type=qualification_type("little_giant"), batch_label=str(batch)))

    response = steward.get(reverse("admin:directory_qualification_changelist"), {"review": "this"})

    assert {row.batch_label for row in response.context["cl"].result_list} == set(batch_labels(due))


# --- figures ---------------------------------------------------------------------------------------------------------


def test_figure_shows_both_values_and_leads_to_its_rows(steward: Client) -> None:
    an_enterprise("甲")
    figure = made(
        PublishedFigure(key="e", label="企业", value=Decimal(1400), unit="家", qualifier="over", rule="enterprises")
    )

    text = steward.get(reverse("admin:directory_publishedfigure_changelist")).content.decode()
    rows = reverse("admin:directory_enterprise_changelist") + "?figure=enterprises"

    assert "-1399" in text.replace(",", "")
    assert rows in text
    assert rows in steward.get(change_page(figure)).content.decode()
    assert names(steward.get(rows)) == ["甲"]


# --- status checks, the overview -------------------------------------------------------------------------------------


def a_check() -> StatusCheck:
    run = ImportRun(kind="enterprises", source=DataSource.objects.first(), file_name="f.csv", file_sha256="0")
    run.save()
    check: StatusCheck = made(StatusCheck(run=run, enterprise=an_enterprise("甲")))
    return check


def test_status_check_is_answered_by_its_verb(steward: Client) -> None:
    check = a_check()

    empty = steward.post(page(check, "answer"), {"answer": " "})
    steward.post(page(check, "answer"), {"answer": "仍在生产"})

    check.refresh_from_db()
    assert empty.context["form"].errors["answer"]
    assert (check.answer, check.answered_on) == ("仍在生产", today())
    assert listed(steward, "statuscheck", answered="no") == set()


def test_overview_counts_what_waits_for_the_steward_alone(client_as: Any) -> None:
    row = a_check().enterprise
    ImportRun.objects.create(
        kind="enterprises", source=DataSource.objects.first(), file_name="g.csv", file_sha256="1", status="planned"
    )
    made(Correction(enterprise=row, field="address", value="x"))
    until = today() + datetime.timedelta(days=80)
    made(Qualification(enterprise=row, type=qualification_type(), valid_until=until))
    made(an_enterprise("示例", is_demo=True))

    waiting = client_as(Role.DATA_STEWARD).get(reverse("admin:index")).context["waiting"]

    assert [item.count for item in waiting] == [1, 1, 1, 1, 1]
    steward = client_as(Role.DATA_STEWARD)
    assert all(steward.get(item.url).context["cl"].result_count == 1 for item in waiting)
    assert client_as(Role.SERVICE_OFFICER).get(reverse("admin:index")).context["waiting"] == []


# --- codes ------------------------------------------------------------------------------------------------------------


def test_closed_lists_are_shown_by_their_names(steward: Client) -> None:
    load_zone()
    codes = [
        ("registrationtype", CapitalOrigin.values),
        ("sizethreshold", SizeThreshold.Sector.values),
        ("zoneplace", ZonePlace.Kind.values),
    ]

    for model, values in codes:
        text = steward.get(reverse(f"admin:directory_{model}_changelist")).content.decode()
        shown = {part.strip() for part in re.findall(r">([^<>]+)<", text)}
        assert not shown & set(values), model
