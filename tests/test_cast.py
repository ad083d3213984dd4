"""The cast itself: each role signs in where its work is."""

import pytest

from pinghu.accounts.roles import ADMIN_ROLES, Role


@pytest.mark.parametrize("role", Role.values)
def test_each_role_enters_the_admin_only_if_it_works_there(role, cast, client_as):
    user = cast[role]

    assert user.role_codes == {role}
    assert user.is_staff == (role in ADMIN_ROLES)
    assert client_as(role).session["_auth_user_id"] == str(user.pk)


def test_superuser_holds_no_role(superuser):
    assert not superuser.role_codes


@pytest.mark.postgresql
def test_marker_postgresql_runs_on_postgresql_alone(db):
    from django.db import connection

    assert connection.vendor == "postgresql"
