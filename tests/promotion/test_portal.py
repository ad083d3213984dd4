"""The portal: joining by a code or a claim with proofs, and a desk that knows one's own enterprise alone."""

import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.models import Correction, Enterprise
from pinghu.accounts.models import User
from pinghu.errors import DomainError
from promotion.models import CapabilityOffer, CaseState, ChainMatch, EnterpriseMember, JoiningClaim, ServiceCase
from promotion.services import cases, portal
from promotion.services.collaboration import save_ware
from tests.factories import an_enterprise
from tests.promotion.factories import NOW
from tests.promotion.factories_cases import coordinator, handler

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def a_member(enterprise: Any, username: str = "member-1") -> User:
    user = User.objects.create_user(username=username)
    _row, code = portal.invite(enterprise, by=coordinator(), door="admin", at=NOW)
    portal.join_by_code(user, code, door="portal", at=NOW)
    return user


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def desk(enterprise: Any, name: str = "portal_enterprise", *args: Any) -> str:
    return reverse(f"promotion:{name}", args=[enterprise.public_id, *args])


# --- joining ---------------------------------------------------------------------------------------------------------


def test_a_code_lets_one_person_in_once(client: Client) -> None:
    enterprise = an_enterprise("示例精机")
    row, code = portal.invite(enterprise, by=coordinator(), door="admin", at=timezone.now())
    assert code not in str(portal.PortalInvitation.history.filter(id=row.pk).values())
    said = {"code": f" {code.upper()} ", "name": "示例", "username": "buyer", "password": "a-long-enough-pass"}
    answer = client.post(reverse("promotion:portal_join"), said, follow=True)
    assert answer.redirect_chain[-1][0] == desk(enterprise)
    user = User.objects.get(username="buyer")
    assert not user.is_staff
    assert Client().post(reverse("promotion:portal_join"), {**said, "username": "other"}).status_code == 422
    assert not User.objects.filter(username="other").exists()


@pytest.mark.parametrize("change", [{"password": "123"}, {"code": "wrong"}, {"username": ""}])
def test_what_is_wrong_with_joining_is_named_and_nothing_is_made(client: Client, change: dict[str, str]) -> None:
    _row, code = portal.invite(an_enterprise(), by=coordinator(), door="admin", at=timezone.now())
    said = {"code": code, "name": "示例", "username": "buyer", "password": "a-long-enough-pass", **change}
    answer = client.post(reverse("promotion:portal_join"), said)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not User.objects.filter(username="buyer").exists()


def test_an_old_or_withdrawn_code_is_no_good() -> None:
    user = User.objects.create_user(username="u")
    _row, old = portal.invite(an_enterprise(), by=coordinator(), door="admin", at=NOW)
    with refused("bad_code"):
        portal.join_by_code(user, old, door="portal", at=NOW + datetime.timedelta(days=15))
    row, code = portal.invite(an_enterprise("示例乙"), by=coordinator(), door="admin", at=NOW)
    portal.withdraw_invitation(row, by=coordinator(), door="admin", at=NOW)
    with refused("bad_code"):
        portal.join_by_code(user, code, door="portal", at=NOW)


def test_a_claim_needs_two_proofs_each_recorded_by_itself() -> None:
    enterprise, user = an_enterprise(), User.objects.create_user(username="u")
    licence = SimpleUploadedFile("licence.pdf", b"%PDF-1.4 x")
    claim = portal.claim_enterprise(enterprise, user, licence=licence, door="portal", at=NOW)
    staff: dict[str, Any] = {"by": coordinator(), "door": "admin", "at": NOW}
    portal.check_licence(claim, **staff)
    with refused("proofs"):
        portal.decide_claim(claim, approve=True, **staff)
    code = portal.give_phone_code(claim, **staff)
    with refused("bad_code"):
        portal.confirm_phone(claim, "x", by=user, door="portal", at=NOW)
    portal.confirm_phone(claim, code, by=user, door="portal", at=NOW)
    portal.decide_claim(claim, approve=True, **staff)
    assert EnterpriseMember.objects.get(user=user).enterprise == enterprise
    assert code not in str(JoiningClaim.history.filter(id=claim.pk).values())


def test_a_phone_code_is_guessed_five_times_and_no_more() -> None:
    user = User.objects.create_user(username="u")
    claim = portal.claim_enterprise(an_enterprise(), user, door="portal", at=NOW)
    code = portal.give_phone_code(claim, by=coordinator(), door="admin", at=NOW)
    for _try in range(portal.PHONE_TRIES):
        with refused("bad_code"):
            portal.confirm_phone(claim, "nothing", by=user, door="portal", at=NOW)
    with refused("bad_code"):
        portal.confirm_phone(claim, code, by=user, door="portal", at=NOW)


def test_a_licence_that_is_none_is_refused(client: Client) -> None:
    enterprise, user = an_enterprise(), User.objects.create_user(username="u")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    program = SimpleUploadedFile("licence.pdf", b"MZ not a pdf")
    answer = client.post(desk(enterprise, "portal_claim"), {"job_title": "采购", "licence": program})
    assert answer.status_code == 422
    assert not JoiningClaim.objects.exists()


# --- the desk --------------------------------------------------------------------------------------------------------


def test_a_member_sees_their_own_enterprise_alone() -> None:
    mine, other = an_enterprise("我的企业"), an_enterprise("别的企业")
    client = signed_in(a_member(mine))
    case = cases.raise_case(
        ServiceCase(title="别家诉求", text="x", enterprise=other), by=coordinator(), door="admin", at=NOW
    )
    offer = save_ware(CapabilityOffer(enterprise=other, product="x"), by=coordinator(), door="admin", at=NOW)
    for address in (
        desk(other),
        desk(other, "portal_request_new"),
        desk(other, "portal_request", case.number),
        desk(mine, "portal_request", case.number),
        desk(mine, "portal_ware", "offers", offer.public_id),
        desk(other, "portal_correction"),
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"title": "x", "text": "x"}).status_code in (404, 405), address
    assert "别家诉求" not in client.get(desk(mine)).content.decode()


def test_the_desk_is_headed_by_the_enterprises_name_in_the_readers_language() -> None:
    mine = an_enterprise("示例精机", name_en="Sample Precision")
    client = signed_in(a_member(mine))
    assert "<h1>示例精机</h1>" in client.get(desk(mine)).content.decode()
    assert "<h1>Sample Precision</h1>" in client.get(f"/en{desk(mine)}").content.decode()


def test_a_member_who_left_sees_nothing_any_more() -> None:
    mine = an_enterprise()
    user = a_member(mine)
    portal.end_membership(EnterpriseMember.objects.get(user=user), why="离职", by=coordinator(), door="admin", at=NOW)
    assert signed_in(user).get(desk(mine)).status_code == 404


def test_a_request_goes_from_raised_to_rated() -> None:
    mine = an_enterprise()
    client = signed_in(a_member(mine))
    said = {"title": "停电", "text": "车间停电", "client_key": "2f0c7a1e-8a55-4ad0-9d3f-1f2f5b8f6c11"}
    address = client.post(desk(mine, "portal_request_new"), said)["Location"]
    assert client.post(desk(mine, "portal_request_new"), said)["Location"] == address
    case = ServiceCase.objects.get()
    assert (case.intake, case.enterprise) == ("portal", mine)
    now = timezone.now()
    lead = cases.Dispatch(unit=handler().memberships.get().department, person=handler())
    case = cases.dispatch_case(case, lead, note="内部说明", by=coordinator(), door="admin", at=now)
    cases.ask_enterprise(case, question="哪一栋?", by=handler(), door="admin", at=now)
    content = client.get(address).content.decode()
    assert "哪一栋?" in content
    assert "内部说明" not in content
    client.post(address, {"answer": "二号楼"})
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    cases.reply_case(case, text="已恢复", by=handler(), door="admin", at=timezone.now())
    client.post(address, {"grade": 1, "is_solved": "no"})
    case.refresh_from_db()
    assert (case.state, case.reopened) == (CaseState.ACCEPTED, 1)


def test_what_staff_keep_confidential_is_not_shown_to_the_member() -> None:
    mine = an_enterprise()
    row = ServiceCase(title="内部调查", text="x", enterprise=mine, confidentiality="restricted")
    case = cases.raise_case(row, by=coordinator(), door="admin", at=NOW)
    client = signed_in(a_member(mine))
    assert "内部调查" not in client.get(desk(mine)).content.decode()
    assert client.get(desk(mine, "portal_request", case.number)).status_code == 404


def test_a_correction_waits_for_staff() -> None:
    mine = an_enterprise(address="旧地址")
    client = signed_in(a_member(mine))
    client.post(desk(mine, "portal_correction"), {"field": "address", "value": "新地址", "proof": "执照"})
    correction = Correction.objects.get()
    assert (correction.value, correction.status) == ("新地址", "pending")
    mine.refresh_from_db()
    assert mine.address == "旧地址"
    assert "地址：新地址" in client.get(desk(mine)).content.decode()
    assert client.post(desk(mine, "portal_correction"), {"field": "relation", "value": "x"}).status_code == 422


def test_a_need_finds_its_offer_and_an_officer_introduces() -> None:
    mine, maker = an_enterprise("我的企业"), an_enterprise("氧化厂")
    save_ware(CapabilityOffer(enterprise=maker, product="阳极氧化"), by=coordinator(), door="admin", at=NOW)
    save_ware(
        CapabilityOffer(enterprise=maker, product="阳极氧化内部", visibility="staff"),
        by=coordinator(),
        door="admin",
        at=NOW,
    )
    client = signed_in(a_member(mine))
    client.post(
        desk(mine, "portal_ware_new", "needs"), {"product": "阳极氧化", "visibility": "enterprises", "is_active": "on"}
    )
    content = client.get(desk(mine)).content.decode()
    assert "氧化厂" in content
    assert "相同词语：阳极氧化" in content
    assert "阳极氧化内部" not in content
    Enterprise.objects.filter(pk=maker.pk).update(is_published=False)
    assert reverse("directory:enterprise_detail", args=[maker.public_id]) not in client.get(desk(mine)).content.decode()
    match = ChainMatch.objects.get(offer__visibility="enterprises")
    client.post(desk(mine, "portal_introduce", match.public_id))
    assert ServiceCase.objects.get().mechanism.code == "chain_collaboration"
    hidden = ChainMatch.objects.get(offer__visibility="staff")
    assert client.post(desk(mine, "portal_introduce", hidden.public_id)).status_code == 404


def test_the_desk_costs_the_same_for_few_and_many(django_assert_max_num_queries: Any) -> None:
    mine = an_enterprise()
    client = signed_in(a_member(mine))
    client.get(desk(mine))
    for index in range(8):
        row = ServiceCase(title=f"第{index}件", text="x", enterprise=mine)
        cases.raise_case(row, by=coordinator(), door="admin", at=NOW)
    with django_assert_max_num_queries(12):
        assert "第7件" in client.get(desk(mine)).content.decode()
