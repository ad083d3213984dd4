"""Three fields and Enter, the matches while typing, asking to join; and the lead's own form and list in the admin."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from directory.rules.uscc import make
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import change
from pinghu.ledger.models import AccessLog
from promotion.models import (
    Contact,
    Counterpart,
    Interaction,
    JoinRequest,
    Lead,
    LeadChannel,
    LeadMember,
    Level,
    PromotionActivity,
)
from promotion.services.leads import close_lead, convert_lead, screen_lead
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_unit

pytestmark = pytest.mark.django_db

CODE = make("91999999MA00000A")
PAGE = "/admin/quick-add/"
MATCHES = "/admin/quick-add/matches/"
LIST = "/admin/promotion/lead/"
ADD = "/admin/promotion/lead/add/"
LIST_BUDGET, FORM_BUDGET = 12, 25
INSIDE = {
    Role.PROMOTION_OFFICER,
    Role.PROMOTION_MANAGER,
    Role.SERVICE_OFFICER,
    Role.SERVICE_COORDINATOR,
    Role.SUBDISTRICT_LIAISON,
}


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("mine"))


@pytest.fixture
def client(officer: User, client_as: Any) -> Client:
    return client_as(officer)  # type: ignore[no-any-return]


@pytest.fixture
def other() -> User:
    return a_person("other", unit=a_unit("theirs"))


def typed(name: str = "甲精密机械有限公司", **values: str) -> dict[str, str]:
    return {"name": name, "origin": "上海", "business": "精密零件", **values}


def html(response: Any) -> str:
    return response.content.decode()  # type: ignore[no-any-return]


def key(model: Any) -> Any:
    """Of the first row."""
    return model.objects.order_by("pk").values_list("pk", flat=True).first()


def change_page(lead: Any) -> str:
    return reverse("admin:promotion_lead_change", args=[lead.pk])


def form_data(client: Client, address: str, **values: Any) -> dict[str, Any]:
    """What a browser would post from a form of the admin."""
    response = client.get(address)
    form = response.context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if value is not None and value is not False:
            data[name] = field.prepare_value(value) if hasattr(field, "prepare_value") else value
    for formset in response.context["inline_admin_formsets"]:
        for field in formset.formset.management_form:
            data[field.html_name] = field.value()
        for row in formset.formset.initial_forms:
            data |= {row.add_prefix(name): row[name].value() or "" for name in row.fields}
    return {**{key: "" if value is None else value for key, value in data.items()}, **values}


# --- the page --------------------------------------------------------------------------------------------------------


def test_three_fields_and_enter_make_a_lead(client: Client, officer: User) -> None:
    page = client.get(PAGE)
    response = client.post(PAGE, typed(), follow=True)

    lead = Lead.objects.get()
    assert html(page).index('name="name"') < html(page).index('name="origin"') < html(page).index('name="business"')
    assert html(page).count("autofocus") == 1
    assert (lead.name, lead.origin, lead.business, lead.owner) == ("甲精密机械有限公司", "上海", "精密零件", officer)
    assert response.redirect_chain == [(PAGE, 302)]
    assert lead.number in html(response)
    assert change_page(lead) in html(response)
    assert response.context["form"]["name"].value() is None


@pytest.mark.parametrize("role", Role.values)
def test_page_opens_for_those_who_enter_leads(role: str, client_as: Any) -> None:
    client = client_as(role)
    expected = 200 if role in INSIDE else 302 if role == Role.ENTERPRISE_MEMBER else 403

    assert client.get(PAGE).status_code == expected
    assert client.get(MATCHES, {"name": "甲精密"}).status_code == expected
    assert client.post(PAGE, typed()).status_code == (302 if role in INSIDE else expected)
    assert Lead.objects.exists() == (role in INSIDE)


def test_page_carries_neither_script_nor_style_inline(client: Client, other: User) -> None:
    a_lead("甲精密机械", owner=other)
    own = html(client.post(PAGE, typed(), headers={"X-Quick-Add": "1"}))

    assert "lead-card" in own
    assert "<script" not in own
    assert "style=" not in own
    assert "onclick" not in own


def test_missing_name_is_said_at_its_field(client: Client) -> None:
    response = client.post(PAGE, typed(""))

    assert response.context["form"].errors.keys() == {"name"}
    assert not Lead.objects.exists()


def test_activity_and_channel_are_chosen_once_for_all_that_follow(client: Client) -> None:
    today = NOW.date()
    activity = made(PromotionActivity(name="示例展会", kind="fair", starts_on=today, ends_on="2099-01-01"))
    channel = LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))
    client.post(PAGE, typed(activity=str(activity.pk), channel=str(channel.pk)))

    page = client.get(PAGE)
    form = page.context["form"]
    client.post(PAGE, typed("乙电子科技", activity=form["activity"].value(), channel=form["channel"].value()))

    assert "示例展会" in html(page)
    assert {(lead.activity, lead.channel) for lead in Lead.objects.all()} == {(activity, channel)}


def test_lead_of_a_fair_came_from_a_fair_and_its_claim_begins(client: Client) -> None:
    today = timezone.localdate()
    fair = made(PromotionActivity(name="示例展会", kind="fair", starts_on=today, ends_on=today))

    client.post(PAGE, typed(activity=str(fair.pk)))

    lead = Lead.objects.get()
    assert lead.channel is not None
    assert lead.channel.code == "fair"
    assert lead.claims.get().complete_at is not None


def test_probable_match_asks_and_the_next_enter_confirms(client: Client, other: User) -> None:
    a_lead("甲精密机械", owner=other)

    asked = client.post(PAGE, typed())
    assert Lead.objects.count() == 1
    assert "甲精密机械" in html(asked)

    again = {name: asked.context["form"][name].value() or "" for name in ("name", "origin", "business", "confirmed")}
    client.post(PAGE, again)
    assert Lead.objects.count() == 2


def test_answer_for_one_name_does_not_count_for_another(client: Client, other: User) -> None:
    a_lead("甲精密机械", owner=other)
    a_lead("乙电子科技", owner=other)
    asked = client.post(PAGE, typed())

    client.post(PAGE, typed("乙电子科技", confirmed=asked.context["form"]["confirmed"].value()))

    assert Lead.objects.count() == 2


def test_code_on_an_open_lead_is_refused_however_often(client: Client, other: User) -> None:
    a_lead("丙新材料", owner=other, uscc=CODE)

    asked = client.post(PAGE, typed(uscc=CODE.lower()))
    client.post(PAGE, typed(uscc=CODE, confirmed=asked.context["form"]["confirmed"].value()))

    assert "uscc" in asked.context["form"].errors
    assert Lead.objects.count() == 1


def test_draft_sent_twice_arrives_once_and_says_its_number(client: Client) -> None:
    key = str(uuid.uuid4())

    answers = [client.post(PAGE, typed(client_key=key), headers={"X-Quick-Add": "1"}) for _again in range(2)]

    number = Lead.objects.get().number
    assert [answer.status_code for answer in answers] == [201, 201]
    assert all(number in html(answer) for answer in answers)


def test_old_form_with_another_name_makes_another_lead(client: Client) -> None:
    key = str(uuid.uuid4())
    client.post(PAGE, typed(client_key=key))
    client.post(PAGE, typed("乙电子科技", client_key=key))

    assert Lead.objects.count() == 2


@pytest.mark.parametrize(("name", "status"), [("甲精密机械", 409), ("", 422), ("乙电子科技", 201)])
def test_script_is_answered_with_the_form_alone(name: str, status: int, client: Client, other: User) -> None:
    a_lead("甲精密机械", owner=other)

    response = client.post(PAGE, typed(name), headers={"X-Quick-Add": "1"})

    assert response.status_code == status
    assert "data-quick-add-part" in html(response)
    assert "<html" not in html(response)


# --- matches while typing --------------------------------------------------------------------------------------------


def test_matches_are_shown_with_kind_reason_and_link(client: Client, other: User) -> None:
    lead = a_lead("甲精密机械", owner=other)
    enterprise = an_enterprise("甲精密", registered_name="甲精密机械（平湖）有限公司")

    content = html(client.get(MATCHES, {"name": "甲精密机械"}))

    assert change_page(lead) in content
    assert reverse("admin:directory_enterprise_change", args=[enterprise.pk]) in content
    assert reverse("admin:quick_add_join", args=[lead.pk]) in content
    assert Lead.objects.count() == 1


def test_masked_match_shows_unit_and_date_and_no_name(client: Client, other: User) -> None:
    lead = a_lead("甲精密机械", owner=other, business="不可外传", confidentiality=Level.RESTRICTED, code_name="银杏")

    content = html(client.get(MATCHES, {"name": "甲精密"}))

    assert "银杏" in content
    assert "theirs" in content
    assert reverse("admin:quick_add_join", args=[lead.pk]) in content
    for secret in ("甲精密", "不可外传", other.username, lead.number, change_page(lead)):
        assert secret not in content


def test_hidden_match_shows_nothing(client: Client, other: User) -> None:
    a_lead("甲精密机械", owner=other, confidentiality=Level.CONFIDENTIAL, uscc=CODE)

    nothing = html(client.get(MATCHES, {"name": "全然不同"}))

    assert html(client.get(MATCHES, {"name": "甲精密机械", "uscc": CODE})) == nothing
    assert "lead-card" not in nothing


def test_matches_cost_the_same_with_more_leads(client: Client, other: User) -> None:
    def queries() -> int:
        client.get(MATCHES, {"name": "甲精密机械"})
        with CaptureQueriesContext(connection) as captured:
            client.get(MATCHES, {"name": "甲精密机械"})
        return len(captured)

    a_lead("甲精密机械", owner=other)
    few = queries()
    with change(by=None, verb="filled", door="command"):
        for number in range(30):
            a_lead(f"甲精密机械{number}", owner=other)

    assert queries() == few


# --- asking to join --------------------------------------------------------------------------------------------------


def test_masked_lead_can_be_asked_for_and_stays_masked(client: Client, officer: User, other: User) -> None:
    lead = a_lead("甲精密机械", owner=other, confidentiality=Level.RESTRICTED, code_name="银杏")
    address = reverse("admin:quick_add_join", args=[lead.pk])

    page = html(client.get(address))
    client.post(address, {"reason": "同一客商"})

    assert "银杏" in page
    assert "甲精密" not in page
    request = JoinRequest.objects.get()
    assert (request.lead, request.by, request.reason) == (lead, officer, "同一客商")


def test_hidden_lead_is_not_there_to_ask_for(client: Client, other: User) -> None:
    lead = a_lead("甲精密机械", owner=other, confidentiality=Level.CONFIDENTIAL)
    address = reverse("admin:quick_add_join", args=[lead.pk])

    assert client.get(address).status_code == client.post(address, {}).status_code == 404
    assert not JoinRequest.objects.exists()


# --- the lead's form and list ----------------------------------------------------------------------------------------


def test_form_asks_about_a_possible_duplicate_and_takes_the_answer(client: Client, other: User) -> None:
    a_lead("甲精密机械", owner=other)
    data = form_data(client, ADD, name="甲精密机械有限公司")

    asked = client.post(ADD, data)
    form = asked.context["adminform"].form
    assert asked.status_code == 200
    assert form.asks
    assert 'name="confirmed"' in html(asked)
    assert Lead.objects.count() == 1

    assert client.post(ADD, {**data, "confirmed": form.question()}).status_code == 302
    assert Lead.objects.count() == 2


def test_form_refuses_a_code_that_an_open_lead_has(client: Client, other: User) -> None:
    a_lead("丙新材料", owner=other, uscc=CODE)

    refused = client.post(ADD, form_data(client, ADD, name="甲精密机械", uscc=CODE))

    assert "uscc" in refused.context["adminform"].form.errors
    assert 'name="confirmed"' not in html(refused)


def test_status_cannot_be_posted(client: Client, officer: User) -> None:
    lead = a_lead("甲精密机械", owner=officer)
    address = change_page(lead)
    cheat = {
        "status": "converted",
        "state": "converted",
        "number": "L1999-0001",
        "complete_at": "2020-01-01",
        "next_on": "2099-01-01",
        "owner": "",
    }

    client.post(ADD, form_data(client, ADD, name="乙电子科技", **{**cheat, "owner": officer.pk}))
    client.post(address, form_data(client, address, **{**cheat, "business": "新业务"}))

    lead.refresh_from_db()
    assert (lead.status, lead.business, lead.owner, lead.next_on) == ("new", "新业务", officer, None)
    assert {row.status for row in Lead.objects.all()} == {"new"}
    assert Lead.objects.count() == 2
    assert "L1999-0001" not in Lead.objects.values_list("number", flat=True)


def test_form_of_a_lead_that_ended_takes_notes_only(client: Client, officer: User) -> None:
    lead = a_lead("甲精密机械", owner=officer)
    close_lead(lead, reason="no_interest", by=officer, door="admin", at=NOW)
    address = change_page(lead)

    response = client.get(address)
    client.post(address, form_data(client, address, name="别名", detail="补充"))

    lead.refresh_from_db()
    assert (lead.name, lead.detail) == ("甲精密机械", "补充")
    assert {"detail", "is_long_term"} == response.context["adminform"].form.fields.keys() - {
        "if_version",
        "change_reason",
        "confirmed",
    }


@pytest.mark.parametrize(
    ("before", "verb", "answers", "after"),
    [
        ((), "screen", {"note": "可跟进"}, "screened"),
        ((), "close", {"reason": "no_interest"}, "closed"),
        (("close",), "reopen", {"why": "又有兴趣"}, "new"),
        (("screen",), "convert", {"track": "lease"}, "converted"),
        ((), "convert", {"track": "lease"}, "new"),
        ((), "screen", {"note": ""}, "new"),
        ((), "level", {"level": "restricted"}, "new"),
    ],
)
def test_verbs_move_the_lead(
    before: tuple[str, ...], verb: str, answers: dict[str, str], after: str, client: Client, officer: User
) -> None:
    lead = a_lead("甲精密机械", owner=officer)
    if "close" in before:
        close_lead(lead, reason="no_interest", by=officer, door="admin", at=NOW)
    if "screen" in before:
        screen_lead(lead, note="可跟进", by=officer, door="admin", at=NOW)
    address = change_page(lead).replace("/change/", f"/{verb}/")

    assert client.get(address).status_code == 200
    client.post(address, answers)

    lead.refresh_from_db()
    assert lead.status == after


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("new", {"screen", "close", "level"}),
        ("screened", {"convert", "close", "level"}),
        ("closed", {"reopen", "level"}),
    ],
)
def test_only_verbs_that_make_sense_are_offered(state: str, verbs: set[str], client: Client, officer: User) -> None:
    lead = a_lead("甲精密机械", owner=officer)
    if state == "screened":
        screen_lead(lead, note="可跟进", by=officer, door="admin", at=NOW)
    if state == "closed":
        close_lead(lead, reason="no_interest", by=officer, door="admin", at=NOW)

    content = html(client.get(change_page(lead)))

    every = {"screen", "convert", "close", "reopen", "level"}
    assert {verb for verb in every if change_page(lead).replace("/change/", f"/{verb}/") in content} == verbs


def test_follow_up_is_logged_from_the_lead(client: Client, officer: User, other: User) -> None:
    lead = a_lead("甲精密机械", owner=officer)
    hidden = a_lead("乙电子科技", owner=other, confidentiality=Level.CONFIDENTIAL)
    address = change_page(lead).replace("/change/", "/follow-up/")

    assert client.get(address).headers["Location"] == f"{reverse('admin:follow_up')}?lead={lead.public_id}"
    assert client.get(change_page(hidden).replace("/change/", "/follow-up/")).status_code == 404


def test_converted_lead_links_to_its_project(client: Client, officer: User) -> None:
    lead = screen_lead(a_lead("甲精密机械", owner=officer), note="可跟进", by=officer, door="admin", at=NOW)
    project = convert_lead(lead, track="lease", by=officer, door="admin", at=NOW)

    assert reverse("admin:promotion_investmentproject_change", args=[project.pk]) in html(client.get(change_page(lead)))


def test_list_shows_what_one_sees_whole_and_counts_no_other(client: Client, other: User, officer: User) -> None:
    seen = a_lead("甲精密机械", owner=other)
    masked = a_lead("乙电子科技", owner=other, confidentiality=Level.RESTRICTED, code_name="银杏")
    hidden = a_lead("丙新材料", owner=other, confidentiality=Level.CONFIDENTIAL, code_name="白鹭")

    content = html(client.get(LIST))

    assert seen.number in content
    for lead in (masked, hidden):
        assert lead.number not in content
        assert lead.code_name not in content
        assert lead.number not in html(client.get(LIST, {"q": lead.name}))
        assert client.get(change_page(lead)).status_code == 404
        assert client.get(change_page(lead).replace("/change/", "/screen/")).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=甲精密", {"甲精密机械"}),
        ("q=Kappa", {"甲精密机械"}),
        ("q=芯片", {"乙电子科技"}),
        (f"q={CODE}", {"乙电子科技"}),
        ("whose=mine", {"甲精密机械"}),
        ("whose=units", {"甲精密机械"}),
        ("next=none", {"甲精密机械"}),
        ("status__exact=closed", {"乙电子科技"}),
    ],
)
def test_list_is_searched_and_filtered(query: str, found: set[str], client: Client, officer: User, other: User) -> None:
    a_lead("甲精密机械", owner=officer, name_en="Kappa Precision")
    closed = a_lead("乙电子科技", owner=other, business="芯片", uscc=CODE)
    close_lead(closed, reason="no_interest", by=other, door="admin", at=NOW)

    rows = client.get(f"{LIST}?{query}").context["cl"].result_list

    assert {row.name for row in rows} == found


def test_reading_a_confidential_lead_is_logged(client: Client, officer: User) -> None:
    lead = a_lead("甲精密机械", owner=officer, confidentiality=Level.CONFIDENTIAL)
    client.get(change_page(a_lead("乙电子科技", owner=officer)))
    assert not AccessLog.objects.filter(kind="read").exists()

    client.get(change_page(lead))

    assert AccessLog.objects.get(kind="read").subject_id == lead.public_id


def test_list_and_form_cost_the_same_with_more_rows(client: Client, officer: User, other: User) -> None:
    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def fill(start: int, count: int) -> None:
        with change(by=None, verb="filled", door="command"):
            for number in range(start, start + count):
                a_lead(f"第{number}精密机械", owner=officer)
                counterpart = made(Counterpart(name=f"客商{number}", number=f"K{number}", owner=officer))
                made(Contact(name=f"联系人{number}", lead=hub, counterpart=counterpart))
                made(Interaction(lead=hub, counterpart=counterpart, at=NOW, by=officer, happened="来访"))
                made(LeadMember(lead=hub, person=a_person(f"member-{number}", unit=a_unit("mine"))))
                made(
                    PromotionActivity(
                        name=f"展会{number}", kind="fair", starts_on=NOW.date(), ends_on=NOW.date(), unit=hub.unit
                    )
                )

    hub = a_lead("中枢精密机械", owner=officer)
    fill(0, 2)
    addresses = {
        "lead list": LIST,
        "lead form": change_page(hub),
        "lead add": ADD,
        "contact list": "/admin/promotion/contact/",
        "contact form": reverse("admin:promotion_contact_change", args=[key(Contact)]),
        "counterpart list": "/admin/promotion/counterpart/",
        "counterpart form": reverse("admin:promotion_counterpart_change", args=[key(Counterpart)]),
        "activity list": "/admin/promotion/promotionactivity/",
        "activity form": reverse("admin:promotion_promotionactivity_change", args=[key(PromotionActivity)]),
        "quick add": PAGE,
    }
    few = {name: queries(address) for name, address in addresses.items()}
    fill(2, 6)

    assert {name: queries(address) for name, address in addresses.items()} == few
    too_many = {name: count for name, count in few.items() if count > (LIST_BUDGET if "list" in name else FORM_BUDGET)}
    assert too_many == {}


# --- counterparts ----------------------------------------------------------------------------------------------------


def test_counterpart_gets_number_key_and_owner(client: Client, officer: User) -> None:
    address = "/admin/promotion/counterpart/add/"

    response = client.post(address, form_data(client, address, name=" 示例投资有限公司 ", uscc=CODE.lower()))

    assert response.status_code == 302, html(response)
    row: Any = Counterpart.objects.get()
    assert (row.number[0], row.name, row.name_key) == ("K", "示例投资有限公司", "示例投资")
    assert (row.uscc, row.owner, row.unit.code) == (CODE, officer, "mine")


def test_level_of_a_counterpart_does_not_fall_in_passing(client: Client, officer: User) -> None:
    row = made(Counterpart(name="示例投资", number="K1", owner=officer, confidentiality=Level.CONFIDENTIAL))
    address = reverse("admin:promotion_counterpart_change", args=[row.pk])

    refused = client.post(address, form_data(client, address, confidentiality=Level.PUBLIC))

    row.refresh_from_db()
    assert "confidentiality" in refused.context["adminform"].form.errors
    assert row.confidentiality == Level.CONFIDENTIAL
