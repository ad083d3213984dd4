"""How allauth signs people in here: no public sign-up, every try in the access log."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa import signals as mfa_signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from pinghu.accounts.models import User
from pinghu.accounts.services import has_given_password, set_password
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door

#: In the session of somebody who signed in with a password that another person set.
GIVEN_PASSWORD = "given_password"


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator; staff land in the admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        names = ["promotion:portal", "directory:home"]
        if getattr(request.user, "is_staff", False):
            names.insert(0, "admin:index")
        return next((address for name in names if (address := _address(name))), "/")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again, except of those who set up their first factor and have only just typed it.

        allauth does not count the log-in itself, so that first set-up would ask twice within a minute.
        """
        request = context.request
        if app == "allauth.mfa" and not is_mfa_enabled(request.user) and _typed_password_just_now(request):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        methods = [str(record.get("method")) for record in get_authentication_records(request, user)]
        log_access(
            by=user,
            kind=AccessLog.Kind.SIGN_IN,
            door=_door_of(user),
            methods=methods,
            address=self.get_client_ip(request),
        )
        if has_given_password(user):
            request.session[GIVEN_PASSWORD] = True
        return super().post_login(request, user, **kwargs)

    def set_password(self, user: Any, password: str) -> None:
        """The person's own change or reset: through the service, so that the ledger knows."""
        set_password(user, password, by=user, door=_door_of(user))
        if context.request is not None:
            context.request.session.pop(GIVEN_PASSWORD, None)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log who it was meant to be. What was typed is not kept: people type passwords into the name field."""
        typed = str(credentials.get("username") or credentials.get("email") or "")
        user = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).first() if typed else None
        log_access(
            by=user,
            kind=AccessLog.Kind.SIGN_IN_FAILED,
            door=_door_of(user),
            step="password",
            address=self.get_client_ip(request),
        )


class StaffMFAAdapter(DefaultMFAAdapter):
    """The second factor's label is the name people sign in with, not an address they may not have."""

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())


@receiver(mfa_signals.authentication_failed, dispatch_uid="accounts.log_failed_second_factor")
def log_failed_second_factor(request: HttpRequest, user: Any, **_: Any) -> None:
    """A wrong code after a right password says more than a wrong password does."""
    log_access(
        by=user,
        kind=AccessLog.Kind.SIGN_IN_FAILED,
        door=_door_of(user),
        step="second_factor",
        address=StaffAccountAdapter(request).get_client_ip(request),
    )


def _address(name: str) -> str:
    """The address of a page, "" where this process does not serve it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _door_of(user: Any) -> str:
    return Door.PORTAL if user is not None and not user.is_staff else Door.ADMIN


def _typed_password_just_now(request: HttpRequest) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(
        record.get("method") == "password" and record.get("at", 0) >= since
        for record in get_authentication_records(request, request.user)
    )
