"""The command that makes the first administrator of a new system."""

import pytest
from django.core.management import CommandError, call_command

from pinghu.accounts.models import User
from pinghu.accounts.services import has_given_password

pytestmark = pytest.mark.django_db


def test_administrator_may_enter_and_must_change_the_printed_password(capsys):
    call_command("create_administrator", "keeper")
    user = User.objects.get(username="keeper")
    password = capsys.readouterr().out.split()[1]
    assert user.check_password(password)
    assert (user.is_staff, user.has_staff_role, has_given_password(user)) == (True, False, True)


def test_name_that_is_taken_is_refused_and_leaves_nothing():
    call_command("create_administrator", "keeper")
    with pytest.raises(CommandError):
        call_command("create_administrator", "keeper", department="另一处")
    assert User.objects.count() == 1
