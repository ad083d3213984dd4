"""A URLconf of the tests: departments through the API's base classes."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pinghu.accounts.models import Department
from pinghu.api import pages
from pinghu.api.filters import RANGE, AnyOf, Flag, StrictFilterSet
from pinghu.api.handlers import handler400, handler403, handler404, handler500
from pinghu.api.handlers import unknown_path as unknown
from pinghu.api.openapi import OpenApiView
from pinghu.api.paging import ListPage, PageRequest, Total
from pinghu.api.problems import gone
from pinghu.api.routes import route
from pinghu.api.views import DetailView, ListView
from pinghu.errors import DomainError, StaleVersion

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = Department
        fields = ["id", "code", "name", "name_en"]


class DepartmentFilters(StrictFilterSet):
    code = AnyOf("code")
    language = AnyOf("name_en", choices=[("A", "A"), ("B", "B")])
    demo = Flag("is_demo")
    starts = django_filters.CharFilter("name", lookup_expr="startswith")

    class Meta:
        model = Department
        fields = {"created_at": RANGE, "version": RANGE}


class DepartmentList(ListView):
    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    filterset_class = DepartmentFilters
    sort_fields = {"code": "code", "name": "name", "parent": "parent__name", "created_at": "created_at"}
    default_sort = ["name"]


class FastDepartmentList(DepartmentList):
    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().values("code", "name")

    def to_items(self, rows: list[Any]) -> list[Any]:
        return rows


class RankedDepartmentList(DepartmentList):
    extra_parameters = frozenset({"q"})

    def get_page(self, ask: PageRequest) -> ListPage:
        ids = list(self.get_queryset().order_by("-code").values_list("pk", flat=True))
        return ListPage(ids, ask, total=Total(len(ids)))

    def to_items(self, rows: list[Any]) -> Any:
        found = self.get_queryset().in_bulk(rows)
        return super().to_items([found[pk] for pk in rows])


class DepartmentDetail(DetailView):
    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer

    def resolve(self, identifier: str) -> str | None:
        if identifier == "removed":
            raise gone(merged_into="abcdefghjkmn")
        return self.get_queryset().filter(code=identifier).values_list("public_id", flat=True).first()


class RaisingView(APIView):
    """Raises what its path names."""

    def get(self, request: Request, kind: str) -> Response:
        raise {
            "http404": Http404("secret detail"),
            "denied": PermissionDenied(),
            "unauthenticated": NotAuthenticated(),
            "bad-key": AuthenticationFailed(),
            "throttled": Throttled(wait=7),
            "defect": RuntimeError("secret defect"),
        }[kind]

    def post(self, request: Request, kind: str) -> Response:
        if kind == "echo":
            return Response(request.data)
        stale = StaleVersion("", current=Department(public_id="abcdefghjkmn", version=17), theirs=frozenset({"name"}))
        raise {
            "rule": DomainError("No.", code="not_ready", fields={"name": ["Too short."]}, children={"2": {"x": ["y"]}}),
            "conflict": DomainError("Twice.", code="conflict"),
            "stale": stale,
            "django": ValidationError({"name": [ValidationError("Too long.", code="max_length")]}),
            "drf": serializers.ValidationError({"rows": [{}, {"a/b": ["Wrong."]}], "non_field_errors": ["Whole."]}),
        }[kind]


api = [
    route("v1/departments", DepartmentList.as_view(), name="departments"),
    route("v1/departments-fast", FastDepartmentList.as_view(), name="departments_fast"),
    route("v1/departments-ranked", RankedDepartmentList.as_view(), name="departments_ranked"),
    route("v1/departments/<str:public_id>", DepartmentDetail.as_view(), name="department"),
    route("v1/openapi.json", OpenApiView.as_view(), name="openapi"),
    path("v1/raise/<str:kind>", RaisingView.as_view(schema=None)),
    path("known/", unknown),
]
urlpatterns = [
    path("api/", include((api, "api"))),
    path("problems/", pages.problem, name="problems"),
    route("problems/<slug:slug>", pages.problem, name="problem"),
]
