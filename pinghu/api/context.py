"""What a request says about itself: its id, its language, whether it came to the API's door."""

import re
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from pinghu.ledger import context as ledger_context

CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
API_PREFIX = "/api/"


def is_api_path(request: Any) -> bool:
    """Whether errors for this request are answered in JSON."""
    return str(request.path_info).startswith(API_PREFIX)


def request_id_of(request: Any) -> str:
    """The id set by the middleware; before it ran, the client's own where well formed, else a new one."""
    known = ledger_context.request_id.get() or getattr(request, "_api_request_id", "")
    if not known:
        asked = str(request.META.get("HTTP_X_REQUEST_ID", ""))
        known = asked if CLIENT_REQUEST_ID.fullmatch(asked) else uuid4().hex
        # A DRF request hides its attributes from the HttpRequest below it, so the id is kept on the latter.
        getattr(request, "_request", request)._api_request_id = known
    return known


def language_of(request: Any) -> str:
    """The language of an API answer: `lang`, else Accept-Language, else Chinese; never a cookie."""
    header = str(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    for code in (str(request.GET.get("lang", "")), *(name for name, _weight in parse_accept_lang_header(header))):
        try:
            return get_supported_language_variant(code.lower())
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
