"""The directory read by machines: the same rows and filters as its pages, `published()` for everybody."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.api.serializers import (
    ChainDetailSerializer,
    ChainSerializer,
    EnterpriseDetailSerializer,
    EnterpriseSerializer,
    FigureSerializer,
    GroupSerializer,
    MatchSerializer,
    ParkSerializer,
)
from directory.figures import ComputedFigure, figures
from directory.filtersets import ChainFilterSet, EnterpriseFilterSet, ParkFilterSet
from directory.finding import find
from directory.models import CorporateGroup, Enterprise, IndustryChain, Park, PublishedFigure
from directory.models.enterprises import today
from directory.querysets import About, Sheet, canonical_id, for_lines, sheet, sheets
from directory.search import FACETS, Match, SearchResult
from directory.views.enterprises import MOST_SUGGESTIONS, SUGGESTIONS, suggestions
from directory.views.listing import Words
from pinghu.api.paging import KeysetPage, ListPage, Page, PageRequest, Total
from pinghu.api.parameters import sort_columns
from pinghu.api.problems import invalid_parameter
from pinghu.api.views import DetailView, ListView, ReadView

RELEVANCE = "relevance"


class EnterpriseList(ListView):
    """Published enterprises.

    With `q` the best come first (exact code, exact name, former name, beginning, contained, product), each with the
    name that matched, down to the first 10,000. Without `q`, or with another `sort`, the list is walked whole.
    """

    serializer_class = EnterpriseSerializer
    filterset_class = EnterpriseFilterSet
    extra_parameters = frozenset({"facet"})
    sort_fields: ClassVar[dict[str, str]] = {
        "relevance": "search_doc__rank",
        "name": "search_doc__sort_name",
        "established_on": "established_on",
        "registered_capital": "registered_capital",
        "updated_at": "updated_at",
    }
    default_sort = ("name",)
    body_fields: ClassVar[dict[str, Any]] = {
        "facets": serializers.DictField(required=False, help_text="Only where `facet` asked for it."),
        "suggestion": serializers.CharField(required=False, help_text="A name to search for instead; nothing found."),
    }

    asked: EnterpriseFilterSet
    matches: dict[int, Match | None]
    about: dict[int, About]
    _found: SearchResult | None

    def get_queryset(self) -> QuerySet[Any]:
        return Enterprise.objects.published()

    def get_page(self, ask: PageRequest) -> Page:
        self.matches, self.about, self._found = {}, {}, None
        self._facets = self._asked_facets()
        self.asked = EnterpriseFilterSet(self.request.GET, queryset=self.get_queryset())
        rows = self.asked.rows()  # raises on a value that is not understood
        sort = self.request.GET.get("sort")
        if self.asked.text and sort in (None, RELEVANCE) and not self.asked.needs_rows():
            return self._ranked(ask)
        columns = sort_columns(sort, self.sort_fields, self.default_sort)
        page = KeysetPage(rows.only("pk"), columns, ask)
        page.rows = [row.pk for row in page.rows]
        return page

    def _ranked(self, ask: PageRequest) -> ListPage:
        def first(count: int) -> list[int]:
            found = find(self.asked, limit=count, facets=False, matches=False)
            self._found = found
            return found.ids

        page = ListPage(first, ask, total=self._total)
        if page.rows:
            # The names that matched are looked up for this page alone.
            place = self._found.ids.index(page.rows[0]) if self._found else 0
            shown = find(self.asked, limit=len(page.rows), offset=place, facets=False)
            self.matches = {hit.id: hit.match for hit in shown.hits}
        return page

    def _total(self) -> Total:
        return Total(self._found.total, self._found.relation) if self._found else Total(0)

    def to_items(self, rows: list[Any]) -> Any:
        lines = for_lines(rows, today())
        self.about = {row.pk: about for row, about in lines}
        return self.serialize(EnterpriseSerializer, [row for row, _about in lines], many=True)

    def _asked_facets(self) -> list[str]:
        asked = [name.strip() for text in self.request.GET.getlist("facet") for name in text.split(",")]
        for name in asked:
            if name not in FACETS:
                accepted = ", ".join(FACETS)
                raise invalid_parameter("facet", _("“facet” accepts: %(accepted)s.") % {"accepted": accepted})
        return asked

    def add_to_body(self, body: dict[str, Any], page: Page) -> None:
        if self._facets:
            result = find(self.asked, limit=0, matches=False)
            words = Words(result.facets)
            body["facets"] = {
                name: None
                if (values := (result.facets or {}).get(name)) is None
                else [{"value": one.value, "label": words.of(name, one.value), "count": one.count} for one in values]
                for name in self._facets
            }
        if not page.rows and self._found is not None and self._found.suggestion:
            body["suggestion"] = self._found.suggestion


class EnterpriseDetail(DetailView):
    """One enterprise. A credit code in the place of the id, and the id of a merged one, answer 301."""

    serializer_class = EnterpriseDetailSerializer
    sheet: Sheet

    def get_queryset(self) -> QuerySet[Any]:
        return sheets()

    def resolve(self, identifier: str) -> str | None:
        return canonical_id(identifier)

    def to_data(self, record: Any) -> Any:
        self.sheet = sheet(record, today())
        return super().to_data(record)

    def modified_at(self, record: Any) -> datetime | None:
        return None  # names, holdings, titles hang on it and change by themselves


class EnterpriseSuggest(ReadView):
    """Enterprises to offer while somebody types; nothing without text."""

    extra_parameters = frozenset({"q", "limit"})
    cache_control = "public, max-age=300"

    @extend_schema(
        parameters=[OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 20; 8 when not given.")],
        responses=inline_serializer(
            "Suggestions",
            {
                "items": inline_serializer(
                    "Suggestion",
                    {
                        "id": serializers.CharField(),
                        "name": serializers.CharField(),
                        "match": MatchSerializer(allow_null=True),
                    },
                    many=True,
                )
            },
        ),
    )
    def get(self, request: Request) -> Response:
        text = request.GET.get("limit", str(SUGGESTIONS))
        if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
            raise invalid_parameter(
                "limit", _("“limit” must be a whole number from 1 to %(max)s.") % {"max": MOST_SUGGESTIONS}
            )
        return Response({"items": suggestions(request.GET.get("q", ""), min(int(text[:9]), MOST_SUGGESTIONS))})


class ChainList(ListView):
    """The chains of the "3+X" system."""

    queryset = IndustryChain.objects.published().select_related("source", "parent")
    serializer_class = ChainSerializer
    filterset_class = ChainFilterSet
    sort_fields: ClassVar[dict[str, str]] = {"order": "order", "code": "code", "name": "name"}
    default_sort = ("order",)


class ChainDetail(DetailView):
    """One chain by its code, with its segments and what feeds what."""

    queryset = (
        IndustryChain.objects.published()
        .select_related("source", "parent")
        .prefetch_related("segments__feeds__downstream__chain")
    )
    serializer_class = ChainDetailSerializer
    lookup_field = "code"

    def modified_at(self, record: Any) -> datetime | None:
        return None


class ParkList(ListView):
    """Parks of every kind."""

    queryset = Park.objects.published().select_related("source", "parent")
    serializer_class = ParkSerializer
    filterset_class = ParkFilterSet
    sort_fields: ClassVar[dict[str, str]] = {"order": "order", "code": "code", "name": "name"}
    default_sort = ("order",)


class ParkDetail(DetailView):
    """One park by its code."""

    queryset = Park.objects.published().select_related("source", "parent")
    serializer_class = ParkSerializer
    lookup_field = "code"


class GroupList(ListView):
    """Groups above enterprises."""

    queryset = CorporateGroup.objects.published().select_related("source")
    serializer_class = GroupSerializer
    sort_fields: ClassVar[dict[str, str]] = {"name": "name", "name_en": "name_en", "updated_at": "updated_at"}
    default_sort = ("name",)


class GroupDetail(DetailView):
    """One group."""

    queryset = CorporateGroup.objects.published().select_related("source")
    serializer_class = GroupSerializer


class FigureList(ListView):
    """Published figures beside what the rows give today."""

    queryset = PublishedFigure.objects.published().select_related("source")
    serializer_class = FigureSerializer
    sort_fields: ClassVar[dict[str, str]] = {"order": "order", "key": "key"}
    default_sort = ("order",)
    computed: dict[int, ComputedFigure]

    def to_items(self, rows: list[Any]) -> Any:
        self.computed = {one.figure.pk: one for one in figures(today())}
        return super().to_items(rows)
