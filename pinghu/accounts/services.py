"""People and what follows when they change: passwords, groups, and whether the admin lets them in."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import ADMIN_ROLES
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.models import Event
from pinghu.ledger.saving import ChildSave, after_save, save_record

PASSWORD_CHANGED = "password_changed"  #: by the person
PASSWORD_GIVEN = "password_given"  #: by somebody else

#: Without look-alikes: it is read aloud or copied from a sheet of paper.
_PASSWORD_ALPHABET = "23456789abcdefghjkmnpqrstvwxyzABCDEFGHJKLMNPQRSTVWXYZ"


def new_password(length: int = 16) -> str:
    """A random password (90 bits) that a person can copy from paper."""
    return "".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(length))


def save_user(
    user: User,
    *,
    by: Any,
    door: str,
    password: str = "",
    fields: Iterable[str] | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> User:
    """Write a person, new or known. `password` is a new one's; without it nobody can sign in until it is set.

    Raises DomainError, for a weak password under the key "password".
    """
    if by is not None and by.pk == user.pk and not user.is_active:
        raise DomainError(fields={"is_active": [_("You cannot close your own account. Ask another administrator.")]})
    if user._state.adding:
        if password:
            _refuse_weak(password, user)
            user.set_password(password)
        else:
            user.set_unusable_password()
    saved: User = save_record(user, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)
    return saved


def set_password(user: User, password: str, *, by: Any, door: str, why: str = "") -> None:
    """Give a person a password; their other sessions end with it. The ledger says that, never what.

    One given by somebody else has to be changed at the next sign-in (`has_given_password`). Locks the person's row.
    Raises DomainError under the key "password" where it is too weak.
    """
    _refuse_weak(password, user)
    verb = PASSWORD_CHANGED if getattr(by, "pk", None) == user.pk else PASSWORD_GIVEN
    with change(by=by, verb=verb, door=door, why=why):
        target = User.objects.select_for_update().get(pk=user.pk)
        target.set_password(password)
        _write_access(target, verb, ["password"])
    user.password, user.version = target.password, target.version


def has_given_password(user: User) -> bool:
    """Whether the password was set by somebody else and not changed since."""
    verbs = Event.objects.filter(
        subject_type="user", subject_id=user.public_id, verb__in=[PASSWORD_CHANGED, PASSWORD_GIVEN]
    ).order_by("-id")
    return verbs.values_list("verb", flat=True).first() == PASSWORD_GIVEN


def remove_second_factor(user: User, *, by: Any, door: str, why: str = "") -> None:
    """For somebody who lost the telephone: password alone opens the account until a new one is set up.

    Removes the recovery codes too. Locks the person's row.
    """
    with change(by=by, verb="second_factor_removed", door=door, why=why):
        target = User.objects.select_for_update().get(pk=user.pk)
        deleted, _by_model = Authenticator.objects.filter(user=target).delete()
        if deleted:
            _write_access(target, "second_factor_removed", ["second_factor"])


def _write_access(target: User, verb: str, what: list[str]) -> None:
    target.version += 1
    target.save(update_fields=["password", "version", "updated_at"])
    audience = target.audience()
    append_events([event_for(target, verb, changed_fields=what, before=audience, after=audience)])


def add_member(user: User, department: Department, role: str, *, by: Any, door: str, why: str = "") -> Membership:
    """Let a person work in a department in a role; asked twice, it stays one row."""
    found = Membership.objects.filter(user=user, department=department, role=role).first()
    if found is not None:
        return found
    saved: Membership = save_record(
        Membership(user=user, department=department, role=role), by=by, door=door, why=why, verb="created"
    )
    return saved


@after_save(Membership)
def follow_memberships(rows: Sequence[Any]) -> None:
    """Give each person the groups of their roles, and `is_staff` exactly when one of them works in the admin."""
    for user in User.objects.filter(pk__in={row.user_id for row in rows}):
        roles = set(user.memberships.values_list("role", flat=True))
        user.groups.set(Group.objects.filter(name__in=roles))
        may_enter = bool(roles & ADMIN_ROLES) or user.is_superuser
        if user.is_staff != may_enter:
            user.is_staff = may_enter
            user.save(update_fields=["is_staff"])


def _refuse_weak(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError(fields={"password": list(error.messages)}) from error
