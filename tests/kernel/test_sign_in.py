"""Signing in: through allauth alone, with its limits, its second step, and what an administrator may give back."""

import base64
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.accounts.services import has_given_password, remove_second_factor, save_user, set_password
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Event

PASSWORD = "a Long enough one 7"
LOGIN = "/accounts/login/"


@pytest.fixture
def leader(person: Callable[..., User]) -> User:
    user = person(Role.LEADER, username="wang", email="wang@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, login: str = "wang", password: str = PASSWORD, address: str = LOGIN) -> Any:
    return client.post(address, {"login": login, "password": password})


def code_of(secret: str, *, periods_ahead: int = 0) -> str:
    """The code an authenticator app shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods_ahead))


# --- the way in -------------------------------------------------------------------------------------------------------


def test_admin_login_sends_to_the_sign_in_page_and_keeps_where_one_wanted_to_go(client: Client, db: None) -> None:
    response = client.get("/admin/accounts/user/", follow=True)
    assert response.redirect_chain[-1][0] == f"{LOGIN}?next=%2Fadmin%2Faccounts%2Fuser%2F"


def test_admin_login_form_signs_nobody_in(client: Client, leader: User) -> None:
    client.post("/admin/login/", {"username": leader.username, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_somebody_signed_in_cannot_open_another_account_through_the_admin_login(
    client_as: Callable[..., Client], cast: dict[str, User], leader: User
) -> None:
    client = client_as(Role.AUDITOR)
    response = client.post("/admin/login/", {"username": leader.username, "password": PASSWORD})
    assert response["Location"] == "/admin/"
    assert int(client.session["_auth_user_id"]) == cast[Role.AUDITOR].pk


def test_admin_login_does_not_send_to_another_host(client_as: Callable[..., Client]) -> None:
    response = client_as(Role.AUDITOR).get("/admin/login/?next=https://elsewhere.example/")
    assert response["Location"] == "/admin/"


@pytest.mark.parametrize("login", ["wang", "wang@example.org"])
def test_right_password_opens_the_admin(client: Client, leader: User, login: str) -> None:
    response = sign_in(client, login)
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    leader.refresh_from_db()
    assert leader.last_login is not None


def test_sign_in_goes_on_to_the_page_that_was_asked_for(client: Client, leader: User) -> None:
    response = client.post(LOGIN, {"login": leader.username, "password": PASSWORD, "next": "/admin/language/"})
    assert response["Location"] == "/admin/language/"


def test_enterprise_member_lands_outside_the_admin_and_is_refused_in_it(
    client: Client, person: Callable[..., User]
) -> None:
    member = person(Role.ENTERPRISE_MEMBER)
    member.set_password(PASSWORD)
    member.save()
    assert sign_in(client, Role.ENTERPRISE_MEMBER)["Location"] == "/portal/"
    assert client.get("/admin/login/").status_code == 403


def test_closed_account_cannot_sign_in(client: Client, leader: User) -> None:
    leader.is_active = False
    leader.save()
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_closing_an_account_ends_its_sessions(client: Client, leader: User) -> None:
    sign_in(client)
    User.objects.filter(pk=leader.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_public_cannot_sign_up(client: Client, db: None) -> None:
    client.post(
        "/accounts/signup/",
        {"username": "stranger", "email": "s@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.filter(username="stranger").exists()


def test_logout_ends_the_session_by_post_alone(client: Client, leader: User) -> None:
    sign_in(client)
    client.get("/admin/logout/")
    assert "_auth_user_id" in client.session
    assert client.post("/admin/logout/")["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_password_change_of_the_admin_is_allauths(client_as: Callable[..., Client]) -> None:
    assert client_as(Role.LEADER).get("/admin/password_change/")["Location"] == reverse("account_change_password")


# --- limits -----------------------------------------------------------------------------------------------------------


def test_sixth_try_is_refused_even_with_the_right_password(client: Client, leader: User) -> None:
    for _try in range(5):
        sign_in(client, password="wrong")
    refused = sign_in(client)
    assert "_auth_user_id" not in client.session
    assert refused.status_code == 200
    errors = refused.context["form"].non_field_errors().as_data()
    assert [error.code for error in errors] == ["too_many_login_attempts"]


def test_limit_of_one_account_does_not_shut_out_another(client: Client, leader: User) -> None:
    for _try in range(5):
        sign_in(client, login="somebody-else", password="wrong")
    assert sign_in(client)["Location"] == "/admin/"


def test_flood_of_tries_from_one_address_is_answered_429(client: Client, db: None) -> None:
    answers = [sign_in(client, login=f"nobody{n}", password="wrong").status_code for n in range(31)]
    assert answers[-1] == 429
    assert answers[0] == 200


def test_argon2_is_the_hasher_of_the_product() -> None:
    from pinghu import settings as product

    with override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS):
        assert identify_hasher(get_hasher().encode("x", get_hasher().salt())).algorithm == "argon2"


# --- the second factor ------------------------------------------------------------------------------------------------


def test_second_sign_in_stops_at_the_second_step_and_the_code_opens_the_admin(client: Client, leader: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(leader, secret)
    assert sign_in(client)["Location"] == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert client.get("/admin/").status_code == 302
    response = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_first_set_up_does_not_ask_again_for_the_password_typed_just_now(client: Client, leader: User) -> None:
    sign_in(client)
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    client.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret)})
    assert Authenticator.objects.filter(user=leader, type=Authenticator.Type.TOTP).exists()


def test_set_up_in_an_old_session_asks_for_the_password(client: Client, leader: User) -> None:
    sign_in(client)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    response = client.get(reverse("mfa_activate_totp"))
    assert response["Location"].startswith(reverse("account_reauthenticate"))


def test_second_factor_is_not_given_up_without_the_password(client: Client, leader: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(leader, secret)
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=leader).exists()


def test_factor_is_optional_where_the_setting_is_off(client_as: Callable[..., Client]) -> None:
    assert client_as(Role.LEADER).get("/admin/").status_code == 200


@pytest.fixture
def _second_factor_required(settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.mark.usefixtures("_second_factor_required")
@pytest.mark.parametrize("address", ["/admin/", "/admin/accounts/user/", "/admin/autocomplete/"])
def test_required_factor_sends_staff_without_one_to_the_set_up(client_as: Callable[..., Client], address: str) -> None:
    assert client_as(Role.ADMINISTRATOR).get(address)["Location"] == reverse("mfa_activate_totp")


@pytest.mark.usefixtures("_second_factor_required")
def test_required_factor_lets_staff_without_one_log_out(client_as: Callable[..., Client]) -> None:
    client = client_as(Role.LEADER)
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("_second_factor_required")
def test_required_factor_lets_in_who_has_one(client_as: Callable[..., Client], cast: dict[str, User]) -> None:
    TOTP.activate(cast[Role.LEADER], generate_totp_secret())
    assert client_as(Role.LEADER).get("/admin/").status_code == 200


@pytest.mark.usefixtures("_second_factor_required")
def test_required_factor_leaves_anonymous_visitors_to_the_sign_in(client: Client, db: None) -> None:
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


# --- what an administrator gives back ---------------------------------------------------------------------------------


def help_page(user: User) -> str:
    return reverse("admin:accounts_user_sign_in_help", args=[user.pk])


def test_given_password_is_shown_once_and_has_to_be_changed_at_the_next_sign_in(
    client: Client, client_as: Callable[..., Client], leader: User
) -> None:
    page = client_as(Role.ADMINISTRATOR).post(help_page(leader), {"give_password": "1"})
    given = re.search(r"<code>(\w+)</code>", page.content.decode())
    assert given
    assert "no-store" in page["Cache-Control"]
    sign_in(client, password=given[1])
    assert client.get("/admin/")["Location"] == reverse("account_change_password")
    own = {"oldpassword": given[1], "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    assert client.post(reverse("account_change_password"), own)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert not has_given_password(User.objects.get(pk=leader.pk))


def test_giving_a_password_ends_the_sessions_of_the_old_one(
    client: Client, leader: User, cast: dict[str, User]
) -> None:
    sign_in(client)
    set_password(leader, "Another-long-1", by=cast[Role.ADMINISTRATOR], door="admin")
    assert client.get("/admin/").status_code == 302


def test_password_is_in_no_ledger_row(leader: User, cast: dict[str, User]) -> None:
    set_password(leader, "Another-long-1", by=cast[Role.ADMINISTRATOR], door="admin")
    event = Event.objects.latest("pk")
    assert (event.verb, event.changed_fields, event.subject_id) == ("password_given", ["password"], leader.public_id)
    assert "Another" not in str(list(Change.objects.values())) + str(list(Event.objects.values()))


def test_weak_password_is_refused_and_the_old_one_stays(leader: User) -> None:
    with pytest.raises(DomainError) as refused:
        set_password(leader, "12345678", by=None, door="command")
    assert set(refused.value.fields) == {"password"}
    assert User.objects.get(pk=leader.pk).check_password(PASSWORD)


def test_help_page_does_nothing_before_a_post(client_as: Callable[..., Client], leader: User) -> None:
    TOTP.activate(leader, generate_totp_secret())
    assert client_as(Role.ADMINISTRATOR).get(help_page(leader) + "?give_password=1").status_code == 200
    assert User.objects.get(pk=leader.pk).check_password(PASSWORD)
    assert Authenticator.objects.filter(user=leader).exists()


def test_administrator_removes_a_lost_second_factor(client_as: Callable[..., Client], leader: User) -> None:
    TOTP.activate(leader, generate_totp_secret())
    client_as(Role.ADMINISTRATOR).post(help_page(leader), {"remove_second_factor": "1"})
    assert not Authenticator.objects.filter(user=leader).exists()
    assert Event.objects.latest("pk").verb == "second_factor_removed"


def test_removing_a_factor_that_is_not_there_leaves_no_trace(leader: User) -> None:
    events = Event.objects.count()
    remove_second_factor(leader, by=None, door="command")
    assert Event.objects.count() == events


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LEADER, Role.DATA_STEWARD])
def test_only_an_administrator_may_help_with_signing_in(
    client_as: Callable[..., Client], leader: User, role: str
) -> None:
    response = client_as(role).post(help_page(leader), {"give_password": "1"})
    assert response.status_code in {403, 404}
    assert User.objects.get(pk=leader.pk).check_password(PASSWORD)


def test_nobody_closes_their_own_account(cast: dict[str, User]) -> None:
    administrator = cast[Role.ADMINISTRATOR]
    administrator.is_active = False
    with pytest.raises(DomainError) as refused:
        save_user(administrator, fields=["is_active"], by=administrator, door="admin")
    assert set(refused.value.fields) == {"is_active"}


def test_qr_code_is_drawn_here_and_names_the_person(client: Client, leader: User) -> None:
    sign_in(client)
    context = client.get(reverse("mfa_activate_totp")).context
    assert base64.b64decode(context["totp_svg_data_uri"].partition(",")[2]).startswith(b"<?xml")
    assert f"totp/{leader.username}" in context["totp_url"]
