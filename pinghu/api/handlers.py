"""Django's error handlers: JSON problems under /api/, the usual pages elsewhere.

`pinghu/urls.py` imports the four `handler…` functions; `CSRF_FAILURE_VIEW` names the fifth.
"""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views import csrf, defaults
from django.views.decorators.csrf import csrf_exempt

from pinghu.api.context import is_api_path, language_of
from pinghu.api.problems import Problem, problem_of, problem_response


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a body over the limit."""
    if is_api_path(request):
        return _problem(request, exception, "malformed-request")
    return defaults.bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_path(request):
        return _problem(request, exception, "permission-denied")
    return defaults.permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_path(request):
        return _problem(request, exception, "not-found")
    return defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    if is_api_path(request):
        return _problem(request, None, "internal-error")
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to an unsafe request whose CSRF check failed."""
    if is_api_path(request):
        return _problem(request, None, "csrf-failed")
    return csrf.csrf_failure(request, reason=reason)


@csrf_exempt
def unknown_path(request: HttpRequest) -> HttpResponse:
    """The last route under /api/: a path of no route is a JSON 404 in any method, also with DEBUG on."""
    return _problem(request, None, "not-found")


def _problem(request: HttpRequest, exception: Exception | None, otherwise: str) -> HttpResponse:
    with translation.override(language_of(request)):
        known = problem_of(exception, request) if exception is not None else None
        problem = known or Problem(otherwise)
    return problem_response(request, problem)
