"""How the reading views describe themselves in OpenAPI: their parameters, their envelope, their problems."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from pinghu.api.problem_types import PROBLEM_TYPES

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail", "instance", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
DESCRIBED = {
    "lang": (str, "Language of the answer: zh-CN (default) or en; overrides Accept-Language."),
    "fields": (str, "Members to return, separated by commas; all when not given."),
    "limit": (int, "Rows per page, 1 to 200 (more is coerced); 50 when not given."),
    "cursor": (str, "Place in the list, as given in `next_cursor`; valid for the same filters and order only."),
    "count": (str, "Ask for `total`: `exact`, or `estimated` (exact up to 10,000, then at least)."),
    "q": (str, "Words, name, pinyin or credit code to search for."),
}


class TotalSerializer(serializers.Serializer[Any]):
    """How many rows there are in all."""

    value = serializers.IntegerField()
    relation = serializers.CharField(help_text="eq or gte (at least)")


class WarningSerializer(serializers.Serializer[Any]):
    """Something to know about an answer that is right as far as it goes."""

    code = serializers.CharField()
    detail = serializers.CharField()


@lru_cache
def envelope_of(serializer: type[Any], more: tuple[tuple[str, Any], ...]) -> Any:
    """The serializer of a page of these items; `more` are members beside the usual ones. One per kind of page."""
    fields: dict[str, Any] = {
        "items": serializer(many=True),
        "next": serializers.URLField(allow_null=True),
        "prev": serializers.URLField(allow_null=True),
        "next_cursor": serializers.CharField(allow_null=True),
        "total": TotalSerializer(required=False, help_text="Only where `count` asked for it."),
        "warnings": WarningSerializer(many=True, required=False),
        **dict(more),
    }
    return inline_serializer(f"{serializer.__name__.removesuffix('Serializer')}Page", fields)


class ReadSchema(AutoSchema):
    """Schema of a `ReadView`."""

    def _parts(self) -> list[str]:
        """The path's words below the version: ["enterprises"]."""
        words = [part for part in self.path.strip("/").split("/") if part and not part.startswith("{")]
        if words[:1] == ["api"]:
            words = words[1:]
        return words[1:] if words and words[0][:1] == "v" and words[0][1:].isdigit() else words

    @property
    def _is_list(self) -> bool:
        return hasattr(self.view, "sort_fields")

    def get_tags(self) -> list[str]:
        return self._parts()[:1]

    def get_operation_id(self) -> str:
        return "_".join([*self._parts(), "list" if self._is_list else "retrieve"]).replace("-", "_")

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # the envelope is an object; only its items are many

    def get_override_parameters(self) -> list[Any]:
        view: Any = self.view
        known = view.known_parameters() - set(self._filters())
        made = [
            OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=text)
            for name, (kind, text) in DESCRIBED.items()
            if name in known
        ]
        if "sort" in known:
            names = ", ".join(view.sort_fields)
            text = f"Order, separated by commas, `-` for descending: {names}."
            made.append(OpenApiParameter("sort", str, OpenApiParameter.QUERY, description=text))
        rest = sorted(known - set(DESCRIBED) - {"sort"})
        made += [OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.QUERY) for name in rest]
        return made + [self._filter_parameter(name, one) for name, one in self._filters().items()]

    def _filters(self) -> dict[str, Any]:
        filterset = getattr(self.view, "filterset_class", None)
        return dict(filterset.base_filters) if filterset else {}

    @staticmethod
    def _filter_parameter(name: str, one: Any) -> OpenApiParameter:
        kinds = {
            "NumberFilter": OpenApiTypes.NUMBER,
            "DateFilter": OpenApiTypes.DATE,
            "IsoDateTimeFilter": OpenApiTypes.DATETIME,
            "Flag": OpenApiTypes.BOOL,
        }
        kind = next((kinds[base.__name__] for base in type(one).__mro__ if base.__name__ in kinds), OpenApiTypes.STR)
        many = any(base.__name__ == "AnyOf" for base in type(one).__mro__)
        values = [str(value) for value, _label in one.extra.get("choices", ())] if many else []
        return OpenApiParameter(
            name,
            kind,
            OpenApiParameter.QUERY,
            description="Several values, separated by commas or repeated, mean “or”." if many else "",
            many=many,
            enum=values or None,
            explode=False if many else None,
        )

    def get_response_serializers(self) -> Any:
        serializer = getattr(self.view, "serializer_class", None)
        if serializer is None:
            return {200: OpenApiTypes.OBJECT}
        if not self._is_list:
            return {200: serializer}
        more: dict[str, Any] = getattr(self.view, "body_fields", {})
        return {200: envelope_of(serializer, tuple(more.items()))}

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            problem = ResolvedComponent(
                name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM_SCHEMA
            )
            self.registry.register_on_missing(problem)
            slugs = ["invalid-parameter", "not-acceptable"] + (["not-found", "gone"] if "{" in self.path else [])
            answers = {str(PROBLEM_TYPES[slug].status): str(PROBLEM_TYPES[slug].title) for slug in slugs}
            for status, title in {**answers, "default": "Problem"}.items():
                content = {"application/problem+json": {"schema": problem.ref}}
                operation["responses"].setdefault(status, {"description": title, "content": content})
            operation["responses"]["304"] = {"description": "Not modified"}
        return operation


class StaffSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of the admin, as OpenAPI names it."""

    target_class = "pinghu.api.writing.StaffSession"
    name = "staffSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of the admin; requests that write carry its token in X-CSRFToken.",
        }


class WriteSchema(ReadSchema):
    """Schema of a view that staff write through: bodies, locks, and the problems of writing.

    The view says `bodies` (method → serializer), `verb` (the last word of an address that acts) and `refusals`
    (status → members that its problem has beside the usual ones).
    """

    @property
    def _body(self) -> Any:
        return getattr(self.view, "bodies", {}).get(self.method)

    @property
    def _is_list(self) -> bool:
        return super()._is_list and self.method == "GET"

    def get_operation_id(self) -> str:
        if self.method == "GET":
            return super().get_operation_id()
        verb = getattr(self.view, "verb", "")
        words = self._parts()
        name = verb or {"POST": "create", "PATCH": "update"}[str(self.method)]
        return "_".join(words if verb else [*words, name]).replace("-", "_")

    def get_override_parameters(self) -> list[Any]:
        if self.method == "GET":
            return super().get_override_parameters()
        kind, text = DESCRIBED["lang"]
        made = [OpenApiParameter("lang", kind, OpenApiParameter.QUERY, description=text)]
        if "{" in self.path:
            is_needed = self.method == "PATCH"
            text = "The ETag that was read, so that nobody's change is overwritten unseen."
            made.append(
                OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description=text, required=is_needed)
            )
        return made

    def get_request_serializer(self) -> Any:
        return self._body

    def get_response_serializers(self) -> Any:
        if self.method == "GET":
            return super().get_response_serializers()
        view: Any = self.view
        return {view.success_status if self.method == "POST" else 200: view.serializer_class}

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if not operation:
            return operation
        problem = {"$ref": "#/components/schemas/Problem"}
        slugs = ["not-authenticated", "permission-denied"]
        if self.method != "GET":
            operation["responses"].pop("304")
            slugs += ["conflict", "unsupported-media-type", "validation-error"]
            slugs += ["stale-version"] if "{" in self.path else []
            slugs += ["precondition-required"] if self.method == "PATCH" else []
        for slug in slugs:
            kind = PROBLEM_TYPES[slug]
            content = {"application/problem+json": {"schema": problem}}
            operation["responses"].setdefault(str(kind.status), {"description": str(kind.title), "content": content})
        for status, members in getattr(self.view, "refusals", {}).items():
            if self.method != "GET":
                schema = {"allOf": [problem, {"type": "object", "properties": members}]}
                operation["responses"][status]["content"]["application/problem+json"]["schema"] = schema
        return operation
