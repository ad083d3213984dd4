"""Structured data for search engines."""

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# The three characters by which text could leave a script element; Django's own `json_script` escapes the same.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def json_ld(data: dict[str, Any]) -> SafeString:
    """A JSON-LD block. It is data: no browser runs it, so a policy against inline script leaves it alone."""
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPES)
    # Safe: what could end the element was escaped above, and HTML escapes are not undone inside script.
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))
