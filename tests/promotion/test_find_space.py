"""Space in the admin: found in a minute, offered with a click, reserved through the service, shown where one may look."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from directory.models import Tenancy
from directory.vacancy import with_free_area
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from promotion.finding_space import Wanted, find_space
from promotion.models import Level, Reservation, SpaceIntent
from promotion.rules import stages
from promotion.services.leads import close_lead
from promotion.services.space import release_reservation, reserve, save_intent
from tests.factories import a_carrier, a_park, an_enterprise, made
from tests.kernel.pages import form_data
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.factories_projects import at_stage

pytestmark = pytest.mark.django_db

FIND, SHEETS = "admin:find_space", "admin:space_sheets"
JUNE = datetime.date(2027, 6, 1)


def in_english(person: Any) -> Any:
    person.language = "en"
    return made(person)


@pytest.fixture
def officer() -> User:
    user: User = in_english(a_person("officer-1"))
    return user


@pytest.fixture
def client(officer: User, client_as: Callable[..., Client]) -> Client:
    return client_as(officer)


@pytest.fixture
def carrier_manager(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("carriers", Role.CARRIER_MANAGER, a_unit("unit-2"))))


def plant(code: str, **values: Any) -> Any:
    """10,000 m², 9 m high, 5 t/m², 1,250 kVA."""
    measures = {"clear_height_m": 9, "floor_load_t_m2": 5, "power_kva": 1250}
    return a_carrier(code, **{**measures, **values})


def let(carrier: Any, area: int, starts_on: datetime.date = JUNE, ends_on: datetime.date | None = None) -> Any:
    tenant = an_enterprise(f"示例{carrier.code}")
    return made(Tenancy(carrier=carrier, tenant=tenant, area_m2=area, starts_on=starts_on, ends_on=ends_on))


def hold(project: Any, carrier: Any, area: int = 4000, **values: Any) -> Any:
    values.setdefault("starts_on", JUNE)
    return reserve(project, carrier, area_m2=Decimal(area), by=project.owner, door=Door.ADMIN, **values)


def offer(carrier: Any, **of: Any) -> Any:
    return save_intent(SpaceIntent(carrier=carrier, **of), by=None, door=Door.ADMIN)


def hidden_project(**values: Any) -> Any:
    other = a_person("other", unit=a_unit("unit-3"))
    return at_stage(stages.REVIEWED, name="白鹭机密", owner=other, confidentiality=Level.CONFIDENTIAL, **values)


def groups(answer: Any) -> dict[str, list[str]]:
    return {code: [row["carrier"].code for row in rows] for code, _title, rows in answer.context.get("groups", [])}


# --- finding ---------------------------------------------------------------------------------------------------------


def test_wednesdays_question_is_answered(client: Client) -> None:
    plant("fits")
    plant("tight", area_m2=8000, clear_height_m=8)
    plant("low", clear_height_m="7.99")
    plant("weak", floor_load_t_m2=3)
    plant("small", area_m2=7999)
    plant("unmeasured", clear_height_m=None)
    plant("gone", withdrawn_on=JUNE)
    plant("let", area_m2=12_000, available_from=datetime.date(2020, 1, 1))
    let(Tenancy._meta.get_field("carrier").related_model.objects.get(code="let"), 5000, JUNE, JUNE)  # type: ignore[union-attr]
    plant("new", available_from=datetime.date(2027, 9, 1))
    a_carrier("parcel", kind="land_parcel")

    asked = {"area": "8000", "height": "8", "load": "5", "starts_on": "2027-06-01"}
    answer = client.get(reverse(FIND), asked)

    assert groups(answer) == {"fits": ["tight", "fits"], "unsure": ["unmeasured"], "later": ["let", "new"]}
    later = next(rows for code, _title, rows in answer.context["groups"] if code == "later")
    assert [row["place"].free_from for row in later] == [datetime.date(2027, 6, 2), datetime.date(2027, 9, 1)]


def test_parcels_are_found_where_nothing_is_asked_that_a_parcel_has_not(client: Client) -> None:
    a_carrier("parcel", kind="land_parcel")
    plant("plant")

    assert groups(client.get(reverse(FIND), {"area": 100}))["fits"] == ["parcel", "plant"]
    assert groups(client.get(reverse(FIND), {"area": 100, "kind": "land_parcel"}))["fits"] == ["parcel"]


def test_park_within_the_park_is_searched_too(client: Client) -> None:
    outer = a_park("outer")
    plant("inside", park=a_park("inner", parent=outer))
    plant("elsewhere", park=a_park("elsewhere"))

    asked = {"area": 1, "park": outer.pk}
    # A park without carriers of its own is not offered for choosing; through the reader it is asked all the same.
    found = find_space(a_person("anybody"), Wanted(area=Decimal(1), starts_on=JUNE, park=outer))
    assert [place.carrier.code for place in found.fits] == ["inside"]
    assert client.get(reverse(FIND), asked).status_code == 200


def test_tenants_and_reservations_of_that_time_are_counted(client: Client, officer: User) -> None:
    carrier = plant("p")
    let(carrier, 3000, datetime.date(2027, 7, 1), datetime.date(2027, 7, 31))
    hold(at_stage(stages.REVIEWED), carrier, 4000, starts_on=datetime.date(2028, 1, 1))

    def free(**asked: str) -> Decimal:
        answer = client.get(reverse(FIND), {"area": "1", "starts_on": "2027-06-01", **asked})
        return answer.context["groups"][0][2][0]["place"].free  # type: ignore[no-any-return]

    assert free() == 6000
    assert free(ends_on="2027-12-31") == 7000
    assert free(ends_on="2027-06-30") == 10_000


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"area": ""}, "area"),
        ({"area": "-1"}, "area"),
        ({"area": "1e40"}, "area"),
        ({"area": "9", "starts_on": "soon"}, "starts_on"),
        ({"area": "9", "starts_on": "2027-06-02", "ends_on": "2027-06-01"}, "ends_on"),
        ({"area": "9", "park": "999"}, "park"),
        ({"area": "9", "of": "L1999-0001"}, "of"),
    ],
)
def test_nonsense_is_said_on_its_field_and_finds_nothing(client: Client, asked: dict[str, str], wrong: str) -> None:
    plant("p")

    answer = client.get(reverse(FIND), asked)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [wrong]
    assert groups(answer) == {}


def test_finding_costs_the_same_with_more_carriers(client: Client, officer: User) -> None:
    lead = a_lead(owner=officer)
    asked = {"area": "1", "of": lead.number}

    def cost() -> int:
        client.get(reverse(FIND), asked)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(FIND), asked)
        return len(queries)

    offer(plant("p0"), lead=lead)
    few = cost()
    for number in range(1, 6):
        carrier = plant(f"p{number}")
        let(carrier, 10)
        offer(carrier, lead=lead)
    assert cost() == few <= 20


# --- offering --------------------------------------------------------------------------------------------------------


def test_one_click_offers_a_carrier_and_comes_back(client: Client, officer: User) -> None:
    lead, carrier = a_lead(owner=officer), plant("p")
    address = f"{reverse(FIND)}?area=8000&starts_on=2027-06-01&of={lead.number}"

    answer = client.post(address, {"carrier": carrier.public_id}, follow=True)

    intent = SpaceIntent.objects.get()
    assert (intent.carrier, intent.lead, intent.area_m2, intent.wanted_from) == (carrier, lead, 8000, JUNE)
    assert answer.context["groups"][0][2][0]["is_offered"]
    assert carrier.public_id in answer.context["sheets_url"]
    again = client.post(address, {"carrier": carrier.public_id}, follow=True)
    assert "offered already" in again.content.decode()
    assert SpaceIntent.objects.count() == 1


def test_offer_without_somebody_to_offer_to_writes_nothing(client: Client, officer: User) -> None:
    carrier, closed = plant("p"), a_lead(owner=officer)
    close_lead(closed, reason="no_interest", by=officer, door=Door.ADMIN, at=NOW)
    hidden = hidden_project()

    for number in ("", closed.number, hidden.number, "nobody"):
        client.post(f"{reverse(FIND)}?area=1&of={number}", {"carrier": carrier.public_id})
    assert client.post(f"{reverse(FIND)}?area=1", {"carrier": "nowhere"}).status_code == 404
    assert client.post(reverse(FIND), {"carrier": carrier.public_id}).status_code == 302

    assert not SpaceIntent.objects.exists()


def test_leader_looks_and_offers_nothing(client_as: Callable[..., Client], officer: User) -> None:
    leader = client_as(in_english(a_person("leader-1", Role.LEADER)))
    lead, carrier = a_lead(owner=officer), plant("p")
    address = f"{reverse(FIND)}?area=1&of={lead.number}"

    assert "find-space-offer" not in leader.get(address).content.decode()
    assert leader.post(address, {"carrier": carrier.public_id}).status_code == 403


def test_others_wishes_are_counted_as_far_as_one_sees_them_and_as_they_last(client: Client, officer: User) -> None:
    carrier = plant("p")
    offer(carrier, project=hidden_project())
    offer(carrier, lead=a_lead(owner=officer))
    closed = a_lead("ended", owner=officer)
    offer(carrier, lead=closed)
    close_lead(closed, reason="no_interest", by=officer, door=Door.ADMIN, at=NOW)

    (row,) = client.get(reverse(FIND), {"area": 1}).context["groups"][0][2]

    assert row["wishes"] == 1


# --- sheets ----------------------------------------------------------------------------------------------------------


def test_sheet_holds_facts_for_an_investor_and_nobody_elses(client: Client, officer: User) -> None:
    carrier = plant("P-7", name="南区厂房", name_en="South plant", note="租金可谈")
    let(carrier, 2000)
    held = hold(at_stage(stages.REVIEWED), carrier, 1000)
    other = plant("P-8")

    asked = {"carrier": [carrier.public_id, other.public_id, "nonsense"], "starts_on": "2027-06-01", "lang": "en"}
    text = client.get(reverse(SHEETS), asked).content.decode()

    assert text.count('<article class="sheet">') == 2
    assert "South plant" in text
    assert "7,000" in text
    assert 'lang="en"' in text
    for secret in ("示例P-7", held.project.name, held.project.number, "租金可谈"):
        assert secret not in text
    assert "<style" not in text
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*src=)", text)


def test_sheet_of_nothing_is_not_there(client: Client) -> None:
    carrier = plant("p")
    for asked in ({}, {"carrier": "x"}, {"carrier": carrier.public_id, "lang": "xx"},
                  {"carrier": carrier.public_id, "starts_on": "x"},
                  {"carrier": carrier.public_id, "starts_on": "2027-02-01", "ends_on": "2027-01-01"}):  # fmt: skip
        assert client.get(reverse(SHEETS), asked).status_code == 404


def test_sheet_is_chinese_where_english_staff_ask_for_it(client: Client) -> None:
    text = client.get(reverse(SHEETS), {"carrier": plant("p").public_id, "lang": "zh-hans"}).content.decode()

    assert '<html lang="zh-Hans">' in text


# --- reserving in the admin ------------------------------------------------------------------------------------------

ADD = "admin:promotion_reservation_add"


def reservation(project: Any, carrier: Any, **values: Any) -> dict[str, Any]:
    return {"project": project.pk, "carrier": carrier.pk, "area_m2": 4000, "starts_on": "2027-06-01", **values}


def test_form_reserves_through_the_service(client: Client, officer: User) -> None:
    project, carrier = at_stage(stages.REVIEWED), plant("p")

    assert client.post(reverse(ADD), reservation(project, carrier)).status_code == 302

    assert Reservation.objects.get().by == officer
    refused = client.post(reverse(ADD), reservation(project, carrier, area_m2=6001))
    assert list(refused.context["adminform"].form.errors) == ["area_m2"]
    assert Reservation.objects.count() == 1


def test_form_refuses_a_project_that_was_not_reviewed_or_is_hidden(client: Client, officer: User) -> None:
    carrier, hidden = plant("p"), hidden_project()

    for project in (a_project(), hidden):
        answer = client.post(reverse(ADD), reservation(project, carrier))
        assert list(answer.context["adminform"].form.errors) == ["project"]
    assert not Reservation.objects.exists()


def test_reservation_is_not_edited_and_is_given_back_once_with_a_reason(client: Client, officer: User) -> None:
    held = hold(at_stage(stages.REVIEWED), plant("p"))
    change = reverse("admin:promotion_reservation_change", args=[held.pk])
    release = reverse("admin:promotion_reservation_release", args=[held.pk])
    assert client.post(change, {"area_m2": 1}).status_code == 403

    assert client.post(release, {"reason": ""}).status_code == 200
    assert client.post(release, {"reason": "took another"}).status_code == 302

    held.refresh_from_db()
    assert held.released_because == "took another"
    assert client.get(release).status_code == 403


def test_only_whoever_enters_tenancies_lets_somebody_move_in(client: Client, carrier_manager: Client) -> None:
    project, carrier = at_stage(stages.REVIEWED), plant("p")
    project.enterprise = an_enterprise()
    made(project)
    held = hold(project, carrier)
    address = reverse("admin:promotion_reservation_move_in_verb", args=[held.pk])
    assert client.post(address, {"starts_on": "2027-06-01"}).status_code == 403

    assert carrier_manager.post(address, {"starts_on": "2027-06-01"}).status_code == 302

    assert Tenancy.objects.get().tenant == project.enterprise


def test_tenancy_form_lets_nothing_that_is_reserved(client_as: Callable[..., Client], officer: User) -> None:
    steward = client_as(in_english(a_person("steward-1", Role.DATA_STEWARD)))
    carrier = plant("p")
    hold(at_stage(stages.REVIEWED), carrier, 8000)
    values = {"carrier": carrier.pk, "tenant": an_enterprise().pk, "starts_on": "2027-06-01", "area_m2": 2001}

    answer = steward.post(reverse("admin:directory_tenancy_add"), values)

    assert list(answer.context["adminform"].form.errors) == ["area_m2"]
    assert steward.post(reverse("admin:directory_tenancy_add"), {**values, "area_m2": 2000}).status_code == 302


# --- where it shows --------------------------------------------------------------------------------------------------


def test_carrier_shows_intents_and_reservations_of_what_one_may_see(client: Client, carrier_manager: Client) -> None:
    carrier, hidden, project = plant("p"), hidden_project(), at_stage(stages.REVIEWED, name="公开项目")
    hold(hidden, carrier, 3000, starts_on=timezone.localdate())
    offer(carrier, project=hidden)
    hold(project, carrier, 1000, starts_on=timezone.localdate())
    offer(carrier, project=project)
    address = reverse("admin:directory_carrier_change", args=[carrier.pk])

    for reader in (client, carrier_manager):
        text = reader.get(address).content.decode()
        assert "公开项目" in text
        assert "白鹭机密" not in text
        assert hidden.number not in text
        # What is free is told rightly, whoever holds the rest.
        assert "6,000" in text


def test_free_space_of_lists_and_public_pages_leaves_out_what_is_reserved(officer: User) -> None:
    from directory.models import Carrier
    from directory.views.parks import carriers

    carrier = plant("p")
    let(carrier, 1000)
    hold(at_stage(stages.REVIEWED), carrier, 4000)
    released = hold(at_stage(stages.REVIEWED, name="乙"), carrier, 2000)
    release_reservation(released, reason="x", by=None, door=Door.ADMIN, at=NOW)

    assert with_free_area(Carrier.objects.all(), JUNE).get().free_m2 == 5000
    assert carriers(JUNE) == [(carrier, 5000)]


@pytest.mark.parametrize("subject", ["lead", "project"])
def test_lead_and_project_show_what_was_offered_and_lead_to_finding(
    client: Client, officer: User, subject: str
) -> None:
    row = a_lead(owner=officer, space_m2=8000) if subject == "lead" else a_project(floor_m2=8000)
    offer(plant("P-77"), **{subject: row})
    model = {"lead": "lead", "project": "investmentproject"}[subject]

    text = client.get(reverse(f"admin:promotion_{model}_change", args=[row.pk])).content.decode()

    assert "P-77" in text
    assert f"{reverse(FIND)}?of={row.number}&amp;area=8000" in text


@pytest.mark.parametrize("model", ["spaceintent", "reservation"])
def test_lists_open_export_and_cost_the_same_with_more_rows(client: Client, officer: User, model: str) -> None:
    address = reverse(f"admin:promotion_{model}_changelist")
    carrier, hidden = plant("p"), hidden_project()
    hold(hidden, carrier, 10)
    offer(carrier, project=hidden)
    first = at_stage(stages.REVIEWED)
    hold(first, carrier, 10)
    offer(carrier, project=first)

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert hidden.number not in answer.content.decode()
        return len(queries)

    few = cost()
    for number in range(5):
        offer(plant(f"p{number}"), lead=a_lead(f"lead {number}", owner=officer))
        hold(first, plant(f"q{number}"), 10)
    assert cost() == few <= 12
    export = client.get(reverse(f"admin:promotion_{model}_export", args=["csv"]))
    assert len(b"".join(export.streaming_content).decode().splitlines()) == 7


def test_forms_of_carrier_and_project_stay_within_the_budget(client: Client, officer: User) -> None:
    carrier, project = plant("p"), at_stage(stages.REVIEWED)
    addresses = {
        "carrier": reverse("admin:directory_carrier_change", args=[carrier.pk]),
        "project": reverse("admin:promotion_investmentproject_change", args=[project.pk]),
    }

    def cost() -> dict[str, int]:
        found = {}
        for name, address in addresses.items():
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found[name] = len(queries)
        return found

    few = cost()
    for number in range(4):
        hold(project, carrier, 100)
        offer(carrier, lead=a_lead(f"lead {number}", owner=officer))
        offer(plant(f"p{number}"), project=project)
    assert cost() == few
    assert max(few.values()) <= 25


def test_reservation_states_are_filtered(client: Client, officer: User) -> None:
    project, carrier = at_stage(stages.REVIEWED), plant("p")
    over = hold(project, carrier, 10, starts_on=datetime.date(2020, 1, 1), ends_on=datetime.date(2020, 2, 1))
    standing = hold(project, carrier, 20)
    released = hold(project, carrier, 30)
    release_reservation(released, reason="x", by=None, door=Door.ADMIN, at=NOW)

    def found(state: str) -> list[Any]:
        answer = client.get(reverse("admin:promotion_reservation_changelist"), {"state": state})
        return list(answer.context["cl"].result_list)

    assert {state: found(state) for state in ("over", "standing", "released")} == {
        "over": [over],
        "standing": [standing],
        "released": [released],
    }


def test_intent_form_keeps_what_a_browser_sends_back(client: Client, officer: User) -> None:
    intent = offer(plant("p"), lead=a_lead(owner=officer))
    address = reverse("admin:promotion_spaceintent_change", args=[intent.pk])

    answer = client.post(address, form_data(client.get(address), note="shown on Monday"))

    assert answer.status_code == 302
    intent.refresh_from_db()
    assert intent.note == "shown on Monday"
