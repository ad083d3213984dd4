"""Errors of the API as problem details (RFC 9457), wherever they were raised.

`type` and `code` are stable and never translated; `title` and `detail` follow the language of the request.
"""

import difflib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
    ValidationError,
)
from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.views import set_rollback

from pinghu.api.context import language_of, request_id_of
from pinghu.api.problem_types import BY_STATUS, PROBLEM_TYPES, ProblemType
from pinghu.errors import DomainError, StaleVersion

#: One error: where (`pointer` into the body or `parameter`), a stable `code`, and a sentence.
ErrorItem = dict[str, str]
CONTENT_TYPE = "application/problem+json"
# Refusals about the state of the world rather than about what was sent.
CONFLICT_CODES = frozenset({"conflict", "duplicate", "already_exists", "stale_version"})


class Problem(exceptions.APIException):
    """An error to be answered as problem details of one of `PROBLEM_TYPES`.

    `errors` says where; `headers` go onto the answer; further keywords become extension members of the body.
    """

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        errors: Sequence[ErrorItem] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.kind: ProblemType = PROBLEM_TYPES[slug]
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members
        self.status_code = self.kind.status
        super().__init__(detail or str(self.kind.remedy), slug)


def not_found() -> Problem:
    """404, also for what exists but is not visible to the caller."""
    return Problem("not-found")


def gone(*, merged_into: str | None = None) -> Problem:
    """410 for a removed record; `merged_into` is its successor's public id."""
    return Problem("gone", merged_into=merged_into)


def invalid_cursor() -> Problem:
    """400 for a cursor that was tampered with, or made for other filters or another order."""
    detail = _("The cursor was not made for this list, these filters and this order.")
    return Problem(
        "invalid-cursor", detail, errors=[{"parameter": "cursor", "code": "invalid_cursor", "detail": detail}]
    )


def invalid_parameter(name: str, detail: str, *, code: str = "invalid") -> Problem:
    """400 for a known parameter with a wrong value."""
    return Problem("invalid-parameter", detail, errors=[{"parameter": name, "code": code, "detail": detail}])


def unknown_parameter(names: Sequence[str], known: Collection[str]) -> Problem:
    """400 that names every unknown parameter and the closest known one to each."""
    errors: list[ErrorItem] = []
    for name in names:
        closest = closest_to(name, known)
        text = _("Unknown parameter “%(name)s”.") % {"name": name[:100]}
        if closest:
            text = _("Unknown parameter “%(name)s”. Did you mean “%(closest)s”?") % {
                "name": name[:100],
                "closest": closest,
            }
        errors.append({"parameter": name[:100], "code": "unknown_parameter", "detail": text})
    return Problem("unknown-parameter", " ".join(error["detail"] for error in errors), errors=errors)


def closest_to(word: str, known: Collection[str]) -> str:
    """The known word most like this one, or ""."""
    found = difflib.get_close_matches(word[:100], sorted(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None (and so a 500) for what is not an answer to the client.

    The answer is a plain HttpResponse, because content negotiation may be what failed.
    """
    view = context.get("view")
    request = context["request"]
    with translation.override(language_of(request)):
        problem = problem_of(exc, request, allowed=getattr(view, "allowed_methods", ()))
    if problem is None:
        return None
    set_rollback()
    return problem_response(request, problem)


def problem_of(exc: Exception, request: Any, *, allowed: Sequence[str] = ()) -> Problem | None:
    """The problem that an exception stands for, in the active language; None for a defect of ours."""
    match exc:
        case Problem():
            return exc
        case DomainError():
            return _from_domain(exc, request)
        case ValidationError() | exceptions.ValidationError():
            return _from_validation(exc, request)
        case Http404() | exceptions.NotFound():
            return not_found()
        case PermissionDenied() | exceptions.PermissionDenied():
            return Problem("permission-denied")
        case exceptions.NotAuthenticated():
            return Problem("not-authenticated", headers={"WWW-Authenticate": "Bearer"})
        case exceptions.AuthenticationFailed():
            return Problem("not-authenticated", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        case exceptions.MethodNotAllowed():
            text = _("%(method)s is not answered here; allowed: %(allowed)s.") % {
                "method": request.method,
                "allowed": ", ".join(allowed),
            }
            return Problem("method-not-allowed", text, headers={"Allow": ", ".join(allowed)})
        case exceptions.UnsupportedMediaType():
            accepts = {"PATCH": "Accept-Patch"}.get(str(request.method), "Accept-Post")
            return Problem("unsupported-media-type", headers={accepts: "application/json"})
        case exceptions.Throttled():
            return Problem("too-many-requests", headers={"Retry-After": str(int(getattr(exc, "wait", None) or 1))})
        case exceptions.APIException():
            return Problem(BY_STATUS.get(exc.status_code, PROBLEM_TYPES["internal-error"]).slug)
        case RequestDataTooBig() | TooManyFilesSent():
            return Problem("payload-too-large")
        case SuspiciousOperation() | BadRequest():
            return Problem("malformed-request")
    return None


def problem_response(request: Any, problem: Problem) -> HttpResponse:
    """The problem as an answer, titled in the language of the request; never cached."""
    language = language_of(request)
    request_id = request_id_of(request)
    with translation.override(language):
        body = {
            "type": problem.kind.uri,
            "title": str(problem.kind.title),
            "status": problem.status_code,
            "detail": str(problem.detail),
            "instance": request.path,
            "request_id": request_id,
            "errors": problem.errors,
            **problem.members,
        }
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=problem.status_code,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-ID"] = request_id
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _from_domain(exc: DomainError, request: Any) -> Problem:
    errors = [
        {"pointer": pointer(name), "code": exc.code, "detail": message}
        for name, messages in exc.fields.items()
        for message in messages
    ]
    for key, fields in exc.children.items():
        errors += [
            {"pointer": pointer(key, name), "code": exc.code, "detail": message}
            for name, messages in fields.items()
            for message in messages
        ]
    errors = errors or [{"pointer": "#", "code": exc.code, "detail": exc.message}]
    if isinstance(exc, StaleVersion):
        current = exc.current
        return Problem(
            "stale-version" if "HTTP_IF_MATCH" in request.META else "conflict",
            exc.message,
            errors=errors,
            headers={"ETag": f'"{current.public_id}-v{current.version}"'},
            current_version=current.version,
            conflicting_fields=sorted(exc.theirs),
        )
    return Problem("conflict" if exc.code in CONFLICT_CODES else "validation-error", exc.message, errors=errors)


def _from_validation(exc: ValidationError | exceptions.ValidationError, request: Any) -> Problem:
    """422 for a body; a reading request has none, so there it is the parameters that are wrong: 400."""
    found: list[tuple[tuple[str, ...], str, str]]
    if isinstance(exc, ValidationError):
        by_field = exc.error_dict if hasattr(exc, "error_dict") else {"": exc.error_list}
        found = [
            (() if name in ("", "__all__") else (name,), str(error.code or "invalid"), message)
            for name, errors in by_field.items()
            for error in errors
            for message in error.messages
        ]
    else:
        found = list(_flat(exc.detail))
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return Problem(
            "invalid-parameter",
            _("Some parameters are not valid; see the list of errors."),
            errors=[{"parameter": ".".join(path), "code": code, "detail": text} for path, code, text in found],
        )
    return Problem(
        "validation-error",
        _("Some values are not valid; see the list of errors."),
        errors=[{"pointer": pointer(*path), "code": code, "detail": text} for path, code, text in found],
    )


def _flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """DRF's nested errors as (path, code, text). Lists hold messages, or one entry per row (empty when it is right)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name == "non_field_errors" else (*path, str(name)))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flat(inner, path if isinstance(inner, str) else (*path, str(index)))
    else:
        yield path, str(getattr(detail, "code", None) or "invalid"), str(detail)


def pointer(*path: str) -> str:
    """A JSON Pointer as a URI fragment (RFC 6901, section 6)."""
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path if part)
