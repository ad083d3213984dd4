"""Who signed in and who failed to stands in the access log; what was typed does not."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog

PASSWORD = "a Long enough one 7"


@pytest.fixture
def leader(person: Callable[..., User]) -> User:
    user = person(Role.LEADER)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, login: str, password: str) -> None:
    client.post("/accounts/login/", {"login": login, "password": password}, headers={"x-request-id": "try-1"})


def test_sign_in_is_logged_with_who_how_and_which_request(client: Client, leader: User) -> None:
    sign_in(client, leader.username, PASSWORD)
    entry = AccessLog.objects.get()
    assert (entry.by, entry.kind, entry.door, entry.request_id) == (leader, "sign_in", "admin", "try-1")
    assert entry.detail == {"methods": ["password"], "address": "127.0.0.1"}


def test_wrong_password_is_logged_under_the_person_it_was_meant_for(client: Client, leader: User) -> None:
    sign_in(client, leader.username.upper(), "wrong")
    entry = AccessLog.objects.get()
    assert (entry.by, entry.kind) == (leader, "sign_in_failed")
    assert entry.detail == {"step": "password", "address": "127.0.0.1"}


def test_unknown_name_is_logged_without_what_was_typed(client: Client, db: None) -> None:
    sign_in(client, "my-password-in-the-wrong-box", "wrong")
    entry = AccessLog.objects.get()
    assert entry.by is None
    assert "wrong-box" not in str(AccessLog.objects.values().get())


def test_wrong_code_after_a_right_password_is_logged_and_is_no_sign_in(client: Client, leader: User) -> None:
    TOTP.activate(leader, generate_totp_secret())
    sign_in(client, leader.username, PASSWORD)
    assert not AccessLog.objects.exists()
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    entry = AccessLog.objects.get()
    assert (entry.by, entry.kind, entry.detail["step"]) == (leader, "sign_in_failed", "second_factor")
