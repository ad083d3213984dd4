"""Routes that answer with and without a trailing slash, without a redirect."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern
from django.urls.resolvers import RoutePattern


class EitherSlash(RoutePattern):
    """A route written without its last slash; one slash more matches too. `reverse()` gives the form without."""

    def match(self, path: str) -> Any:
        return super().match(path.removesuffix("/"))


def route(path: str, view: Callable[..., Any], name: str) -> URLPattern:
    """Like `django.urls.path`, for both slash forms: `route("enterprises/<str:public_id>", …)`."""
    return URLPattern(EitherSlash(path.removesuffix("/"), name=name, is_endpoint=True), view, {}, name)
