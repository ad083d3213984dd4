"""What crawlers are asked to leave alone."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

_PUBLIC = """User-agent: *
Disallow: /admin/
Disallow: /accounts/
Disallow: /*portal/
Disallow: /api/
Disallow: /*enterprises/export.csv
Disallow: /*enterprises/compare/
Disallow: /*enterprises/suggest/
"""
_NOTHING = "User-agent: *\nDisallow: /\n"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read, but not every combination of filters; a process without public pages has none."""
    return HttpResponse(_PUBLIC if "public" in settings.DOORS else _NOTHING, content_type="text/plain; charset=utf-8")
