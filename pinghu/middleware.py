"""What every request gets by the door it comes through: an id, a policy, a language, a second factor."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from pinghu.accounts.adapter import GIVEN_PASSWORD
from pinghu.ledger.context import request_id

ADMIN = "/admin/"
SIGN_OUT = "/admin/logout/"
ACCOUNTS = "/accounts/"
API = "/api/"
API_DOCS = "/api/docs"

GetResponse = Callable[[HttpRequest], HttpResponse]
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestIdMiddleware:
    """One id per request, in the answer, the logs, the audit and the problem details.

    The client's own `X-Request-ID` is kept when it is 1 to 128 of letters, digits, dot, underscore and hyphen;
    anything else (it would be written into logs) is replaced. `pinghu.logs` writes this id into every line.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        this = given if _ACCEPTABLE_ID.fullmatch(given) else secrets.token_hex(16)
        token = request_id.set(this)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = this
        return response


class PathCSPMiddleware(CSPMiddleware):
    """The strict policy everywhere; looser ones where a library needs it, and there alone."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            if request.path_info.startswith(ADMIN):
                parts.config = settings.ADMIN_CSP
            elif request.path_info.startswith(API_DOCS):
                parts.config = settings.API_DOCS_CSP
        return parts


class DoorLocaleMiddleware(LocaleMiddleware):
    """The address alone decides the language of a public page: `/en/…` English, anything else Chinese.

    Neither the browser's languages nor a cookie switch a page by surprise, so the answer does not vary with them and
    shared caches keep one copy (Django's own middleware would say `Vary: Accept-Language`).
    """

    def process_request(self, request: HttpRequest) -> None:
        _speak(request, translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE))
        return response


class UserLanguageMiddleware:
    """Staff pages speak the language of the person's profile, the API the one its client asks for.

    Public pages are left alone: looking at `request.user` there would read the session and make them uncacheable.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(API):
            _speak(request, _negotiated(request.META.get("HTTP_ACCEPT_LANGUAGE", "")))
        elif path.startswith((ADMIN, ACCOUNTS)) and request.user.is_authenticated:
            _speak(request, getattr(request.user, "language", "") or settings.LANGUAGE_CODE)
        response = self.get_response(request)
        if path.startswith(API):
            patch_vary_headers(response, ("Accept-Language",))
        return response


def lacks_second_factor(user: Any) -> bool:
    """Whether somebody who works here has set up none. One query."""
    works_here = user.is_authenticated and user.is_staff
    return works_here and not is_mfa_enabled(user, [Authenticator.Type.TOTP])


class RequireSecondFactorMiddleware:
    """Where `REQUIRE_SECOND_FACTOR` is set, staff without one see nothing of the admin but the way to set it up.

    One query per admin request, and only where the setting is on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.REQUIRE_SECOND_FACTOR and request.path_info.startswith(ADMIN) and self._is_missing(request):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return self.get_response(request)

    @staticmethod
    def _is_missing(request: HttpRequest) -> bool:
        return request.path_info != SIGN_OUT and lacks_second_factor(request.user)


class RequireOwnPasswordMiddleware:
    """Whoever signed in with a password that somebody else gave them changes it before anything else in the admin."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path_info.startswith(ADMIN)
            and request.session.get(GIVEN_PASSWORD)
            and request.path_info != SIGN_OUT
        ):
            return HttpResponseRedirect(reverse("account_change_password"))
        return self.get_response(request)


def _speak(request: HttpRequest, language: str) -> None:
    translation.activate(language)
    request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]


def _negotiated(header: str) -> str:
    """The best language for an Accept-Language header, which may name any; Chinese where it names none of ours."""
    for language, _weight in parse_accept_lang_header(header):
        try:
            return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
