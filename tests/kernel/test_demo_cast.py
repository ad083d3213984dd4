"""The demo's cast: made once, kept, removed."""

import pytest
from django.test import Client

from pinghu.accounts.demo import CAST, load_cast, prepare_cast, remove_cast
from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record

pytestmark = pytest.mark.django_db


def test_first_start_makes_one_person_for_each_role() -> None:
    made = load_cast()

    assert {one.role for one in made} == set(Role)
    for one in made:
        user = User.objects.get(username=one.username)
        assert user.check_password(one.password)
        assert user.role_codes == {one.role}
        assert user.is_staff == (one.role != Role.ENTERPRISE_MEMBER)
    assert not Department.objects.filter(memberships__isnull=False, is_demo=False).exists()


def test_person_signs_in_to_the_admin(client: Client) -> None:
    steward = next(one for one in load_cast() if one.role == Role.DATA_STEWARD)

    assert client.login(username=steward.username, password=steward.password)


def test_second_start_keeps_everything_and_prints_no_password() -> None:
    load_cast()
    before = dict(User.objects.values_list("username", "password"))
    said: list[str] = []

    prepare_cast({}, said.append)

    assert dict(User.objects.values_list("username", "password")) == before
    assert len(said) == 1


def test_reset_makes_new_passwords_and_prints_them() -> None:
    old = {one.username: one.password for one in load_cast()}
    said: list[str] = []

    prepare_cast({"reset_passwords": True}, said.append)

    for person in CAST:
        assert not User.objects.get(username=person.username).check_password(old[person.username])
        (line,) = [line for line in said if line.split()[0] == person.username]
        assert User.objects.get(username=person.username).check_password(line.split()[1])
    assert Membership.objects.count() == len(CAST)


def test_real_user_of_that_name_is_left_alone() -> None:
    real = User.objects.create_user("leader", password="kept as it is")

    load_cast(reset_passwords=True)
    remove_cast()

    real.refresh_from_db()
    assert real.check_password("kept as it is")
    assert not real.memberships.exists()


def test_removal_takes_the_cast_and_them_alone() -> None:
    load_cast()
    save_record(Department(code="real", name="Real"), by=None, door="command")
    User.objects.create_user("real")

    assert remove_cast() == []

    assert list(User.objects.values_list("username", flat=True)) == ["real"]
    assert list(Department.objects.values_list("code", flat=True)) == ["real"]


def test_person_who_changed_something_stays_without_access() -> None:
    load_cast()
    steward = User.objects.get(username="steward")
    with change(by=steward, verb="tested", door="admin") as scope:
        assert scope.row.by == steward

    assert remove_cast() == ["steward"]

    steward = User.objects.get(username="steward")
    assert not steward.is_active
    assert not steward.is_staff
    assert not steward.has_usable_password()
