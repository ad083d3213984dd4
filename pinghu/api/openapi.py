"""The API's description of itself (OpenAPI 3.1), made once per language and process."""

from functools import lru_cache

from django.http import HttpResponse
from django.urls import get_urlconf
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from pinghu.api.context import language_of
from pinghu.api.views import ReadView


@lru_cache(maxsize=8)
def document(urlconf: str | None, language: str) -> bytes:
    """The schema as JSON. Making it takes tenths of a second, so that it must not be made per request."""
    with translation.override(language):
        schema = SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)
        return bytes(OpenApiJsonRenderer().render(schema, renderer_context={}))


class OpenApiView(ReadView):
    """The description; `application/json` for those who ask for it, else OpenAPI's own media type."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        body = document(get_urlconf(), language_of(request))
        return HttpResponse(body, content_type=request.accepted_renderer.media_type)
