"""`/livez` and `/readyz`: is the process up, and can it do its work."""

from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = structlog.get_logger(__name__)

#: Says whether one thing is in order. An exception means no.
Check = Callable[[], bool]
_checks: dict[str, Check] = {}


def readiness_check(name: str) -> Callable[[Check], Check]:
    """Register a check under a public name; apps call it from their `ready()`. Keep it cheap: probes come often."""

    def register(function: Check) -> Check:
        _checks[name] = function
        return function

    return register


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of the database."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Each check by name as "ok" or "failed"; 503 when one failed. The reason stands in the log alone."""
    results = {name: _passes(name, check) for name, check in _checks.items()}
    ready = all(results.values())
    return JsonResponse(
        {
            "status": "ok" if ready else "unavailable",
            "checks": {name: "ok" if passed else "failed" for name, passed in results.items()},
        },
        status=200 if ready else 503,
    )


def _passes(name: str, check: Check) -> bool:
    try:
        passed = check()
    except Exception:
        logger.warning("readiness_check_failed", check=name, exc_info=True)
        return False
    if not passed:
        logger.warning("readiness_check_failed", check=name)
    return passed


@readiness_check("database")
def database_answers() -> bool:
    """One statement through the connection that requests use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


@readiness_check("migrations")
def migrations_applied() -> bool:
    """No migration of this code is missing in the database."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@readiness_check("cache")
def cache_answers() -> bool:
    """The cache table stands: limits of sign-in and API are counted there. Raises when it does not."""
    cache.get("readyz")
    return True
