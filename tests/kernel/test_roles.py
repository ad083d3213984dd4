"""Roles are Django groups kept equal to what the apps declare."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import STAFF_ROLES, Role, declared_permissions, sync_roles
from pinghu.accounts.services import add_member
from pinghu.ledger.saving import delete_record


def granted(role: str) -> set[tuple[str, str]]:
    group = Group.objects.get(name=role)
    return set(group.permissions.values_list("content_type__app_label", "codename"))


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_group_of_a_role_has_exactly_what_the_apps_declare(role: str) -> None:
    assert granted(role) == declared_permissions()[role]


@pytest.mark.django_db
def test_administrator_and_auditor_hold_what_their_jobs_need() -> None:
    assert ("accounts", "change_user") in granted(Role.ADMINISTRATOR)
    assert ("ledger", "view_accesslog") in granted(Role.AUDITOR)
    assert ("ledger", "view_accesslog") not in granted(Role.ADMINISTRATOR)
    assert not any(codename.startswith(("add_", "change_", "delete_")) for _app, codename in granted(Role.AUDITOR))


@pytest.mark.django_db
def test_second_run_writes_nothing() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        sync_roles()
    assert queries.captured_queries
    assert [q["sql"] for q in queries if not q["sql"].lstrip().upper().startswith("SELECT")] == []


@pytest.mark.django_db
def test_permission_taken_away_by_hand_comes_back_and_a_foreign_one_goes() -> None:
    group = Group.objects.get(name=Role.ADMINISTRATOR)
    before = granted(Role.ADMINISTRATOR)
    group.permissions.remove(Permission.objects.get(codename="change_user"))
    group.permissions.add(Permission.objects.get(codename="delete_accesslog"))
    sync_roles()
    assert granted(Role.ADMINISTRATOR) == before


@pytest.mark.django_db
def test_misspelt_model_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    config = apps.get_app_config("accounts")
    monkeypatch.setattr(config, "role_permissions", {Role.AUDITOR: {"usr": "view"}}, raising=False)
    with pytest.raises(KeyError, match="view_usr"):
        sync_roles()


@pytest.mark.django_db
def test_word_staff_grants_to_every_staff_role_and_to_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    config = apps.get_app_config("accounts")
    monkeypatch.setattr(config, "role_permissions", {"staff": {"department": "delete"}}, raising=False)
    sync_roles()
    holders = {role for role in Role.values if ("accounts", "delete_department") in granted(role)}
    assert holders == set(STAFF_ROLES)


@pytest.mark.django_db(transaction=True)
def test_roles_exist_after_a_flush() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)
    assert granted(Role.AUDITOR) == declared_permissions()[Role.AUDITOR]


def test_no_test_uses_serialized_rollback() -> None:
    """Beside plain tests it fails both ways: its rows keep their names under new ids, and its flush drops the roles."""
    word = "serialized" + "_rollback"
    users = [
        path.name
        for path in Path(__file__).parents[1].rglob("*.py")
        if re.search(rf"{word}\s*=\s*True", path.read_text())
    ]
    assert users == []


@pytest.mark.django_db
def test_membership_brings_groups_and_entrance_and_its_end_takes_them(department: Department) -> None:
    user = User.objects.create_user("newcomer")
    membership = add_member(user, department, Role.DATA_STEWARD, by=None, door="command")
    user.refresh_from_db()
    assert user.is_staff
    assert set(user.groups.values_list("name", flat=True)) == {Role.DATA_STEWARD}
    delete_record(membership, by=None, door="command")
    user.refresh_from_db()
    assert not user.is_staff
    assert not user.groups.exists()


@pytest.mark.django_db
def test_enterprise_member_gets_no_entrance_to_the_admin(person: Callable[..., User]) -> None:
    assert not person(Role.ENTERPRISE_MEMBER).is_staff


@pytest.mark.django_db
def test_membership_given_twice_stays_one(department: Department, person: Callable[..., Any]) -> None:
    user = person(Role.LEADER)
    again = add_member(user, department, Role.LEADER, by=None, door="command")
    assert list(Membership.objects.filter(user=user)) == [again]
