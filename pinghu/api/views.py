"""Bases of the reading API: a list and a detail view are a queryset, a serializer, a filter set and a permission."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from rest_framework.fields import Field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from pinghu.api.context import language_of, request_id_of
from pinghu.api.filters import StrictFilterSet
from pinghu.api.paging import KeysetPage, Page, PageRequest, envelope
from pinghu.api.parameters import check_parameters, chosen_fields, sort_columns
from pinghu.api.problems import not_found
from pinghu.api.schema import ReadSchema

PUBLIC_CACHE = "public, max-age=60, stale-while-revalidate=300"
PRIVATE_CACHE = "private, no-cache"
VARY = ["Accept", "Accept-Language", "Accept-Encoding", "Authorization"]


class ReadView(APIView):
    """GET, HEAD and OPTIONS with strict parameters, conditional requests and the headers every answer carries.

    The ETag is strong: it holds a hash of the bytes, so that what changes them (fields, language, rows beside the
    record) changes it too, and before it, for a record, `<public id>-v<version>`, which is what a lock compares.
    """

    http_method_names = ["get", "head", "options"]
    #: Names of query parameters beyond those the base class knows.
    extra_parameters: ClassVar[frozenset[str]] = frozenset()
    cache_control = PUBLIC_CACHE
    schema = ReadSchema()

    def known_parameters(self) -> frozenset[str]:
        return self.extra_parameters | {"lang"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = language_of(request)
        with translation.override(language):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                response.render()  # inside the language, so that lazy strings follow it
        if response.status_code < 400:
            response = self._with_validators(request, response)
            response.headers["Content-Language"] = language
        response.headers["X-Request-ID"] = request_id_of(request)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # First of all: otherwise an unknown `format` would be answered by content negotiation with 404.
        if request.method in ("GET", "HEAD"):
            check_parameters(request.query_params, self.known_parameters())
        super().initial(request, *args, **kwargs)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are, in the Allow header; no body."""
        return Response(status=204)

    def serialize(self, serializer: type[BaseSerializer[Any]], rows: Any, *, many: bool) -> Any:
        """Rows as data, with only the members that `fields` asks for."""
        made = serializer(rows, many=many, context={"request": self.request, "view": self})
        inner: Any = getattr(made, "child", made)
        wanted = chosen_fields(self.request.GET.get("fields"), inner.fields)
        if wanted is not None:
            for name in set(inner.fields) - wanted:
                inner.fields.pop(name)
        return made.data

    def _with_validators(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        signed_in = "Authorization" in request.headers or bool(getattr(self.request, "auth", None))
        response.headers["Cache-Control"] = PRIVATE_CACHE if signed_in else self.cache_control
        patch_vary_headers(response, VARY)
        if response.status_code != 200 or request.method not in ("GET", "HEAD"):
            return response
        digest = hashlib.sha256(getattr(response, "content", b"")).hexdigest()[:16]
        lock = response.headers.get("ETag", "").strip('"')
        etag = f'"{lock}-{digest}"' if lock else f'"{digest}"'
        response.headers["ETag"] = etag
        modified = getattr(self, "last_modified", None)
        if modified is not None:
            response.headers["Last-Modified"] = http_date(modified.timestamp())
        seconds = int(modified.timestamp()) if modified is not None else None
        return cast(HttpResponse, get_conditional_response(request, etag, seconds, cast(HttpResponse, response)))


class ListView(ReadView):
    """A list in pages: `queryset`, `serializer_class`, `filterset_class`, `sort_fields`, `default_sort`.

    `sort_fields` maps public names to single-valued columns. A list may return dicts: give a `.values()` queryset
    and override `to_items`. A list that is not in the order of columns overrides `get_page` with a `ListPage`.
    """

    queryset: ClassVar[QuerySet[Any] | None] = None
    serializer_class: ClassVar[type[BaseSerializer[Any]]]
    filterset_class: ClassVar[type[StrictFilterSet] | None] = None
    sort_fields: ClassVar[Mapping[str, str]] = {}
    default_sort: ClassVar[Sequence[str]] = ()
    #: Serializer fields of what `add_to_body` adds, for the schema.
    body_fields: ClassVar[Mapping[str, Field[Any, Any, Any, Any]]] = {}

    def known_parameters(self) -> frozenset[str]:
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        return super().known_parameters() | {"limit", "cursor", "sort", "count", "fields"} | set(filters)

    def get_queryset(self) -> QuerySet[Any]:
        """The rows this caller may see: `published()` or `visible_to(user)`, never all."""
        if self.queryset is None:
            raise NotImplementedError(f"{type(self).__name__} needs a queryset")
        return self.queryset.all()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.filterset_class is None:
            return queryset
        return self.filterset_class(self.request.GET, queryset=queryset, request=self.request).rows()

    def get_page(self, ask: PageRequest) -> Page:
        columns = sort_columns(self.request.GET.get("sort"), self.sort_fields, self.default_sort)
        return KeysetPage(self.filter_queryset(self.get_queryset()), columns, ask)

    def to_items(self, rows: list[Any]) -> Sequence[Any]:
        """The page's rows as JSON objects."""
        return self.serialize(self.serializer_class, rows, many=True)

    def add_to_body(self, body: dict[str, Any], page: Page) -> None:
        """Further members beside `items`, such as facets."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ask = PageRequest.of(request)
        page = self.get_page(ask)
        body, headers = envelope(page, ask, self.to_items(page.rows))
        self.add_to_body(body, page)
        response = Response(body, headers=headers)
        patch_vary_headers(response, ["Prefer"])
        return response


class DetailView(ReadView):
    """One record by its public id: `queryset`, `serializer_class`.

    `resolve` finds the public id behind another name of the record (a credit code, a merged id): answered with 301.
    """

    queryset: ClassVar[QuerySet[Any] | None] = None
    serializer_class: ClassVar[type[BaseSerializer[Any]]]
    lookup_field = "public_id"
    last_modified: datetime | None = None

    def known_parameters(self) -> frozenset[str]:
        return super().known_parameters() | {"fields"}

    def get_queryset(self) -> QuerySet[Any]:
        """The rows this caller may see: `published()` or `visible_to(user)`, never all."""
        if self.queryset is None:
            raise NotImplementedError(f"{type(self).__name__} needs a queryset")
        return self.queryset.all()

    def resolve(self, identifier: str) -> str | None:
        """The public id of the visible record that `identifier` also stands for, else None.

        Raises the problem `gone` for a removed record.
        """
        return None

    def to_data(self, record: Any) -> Any:
        """The record as a JSON object."""
        return self.serialize(self.serializer_class, record, many=False)

    def modified_at(self, record: Any) -> datetime | None:
        """The time for Last-Modified. None where the answer shows rows whose changes do not touch the record."""
        return getattr(record, "updated_at", None)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        identifier = str(kwargs[self.lookup_field])
        if "\x00" in identifier:  # PostgreSQL cannot take it
            raise not_found()
        record = self.get_queryset().filter(**{self.lookup_field: identifier}).first()
        if record is None:
            return self._elsewhere(request, identifier)
        self.last_modified = self.modified_at(record)
        return Response(self.to_data(record), headers={"ETag": f'"{record.public_id}-v{record.version}"'})

    def _elsewhere(self, request: Request, identifier: str) -> HttpResponseBase:
        target = self.resolve(identifier)
        match = request.resolver_match
        if not target or target == identifier or match is None:
            raise not_found()
        url = reverse(match.view_name, kwargs={**match.kwargs, self.lookup_field: target})
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{url}?{query}" if query else url)
