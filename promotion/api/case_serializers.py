"""What the API tells of service cases, and what it takes. Fields are listed one by one: none appears by itself.

The hash of a follower's secret is no member of anything here. Who reported a case is told to those who work on it.
"""

from datetime import UTC
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from directory.models import CorporateGroup, Enterprise, IndustryChain
from pinghu.accounts.models import Department, User
from pinghu.api.writing import RowField, StrictBody
from promotion.api.serializers import NamedField, RefField, RefSerializer
from promotion.models import CaseKind, CaseRating, Complexity, ExternalUnit, Level, ServicePillar
from promotion.services import cases


def _moment(**options: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True, default_timezone=UTC, **options)


# --- read ------------------------------------------------------------------------------------------------------------


class CaseSerializer(serializers.Serializer[Any]):
    """One matter that an enterprise, or somebody for it, raised. The view knows its colour and what stands above it."""

    id = serializers.CharField(source="public_id", help_text="Public id: 12 characters, never changes.")
    number = serializers.CharField(help_text="Can be told over the phone.")
    title = serializers.CharField()
    text = serializers.CharField()
    kind = NamedField()
    complexity = serializers.CharField(help_text="consultation, normal or complex: decides the limit.")
    intake = serializers.CharField(help_text="phone, visit, portal, web, api or staff.")
    state = serializers.CharField(help_text="Moved by steps alone.")
    colour = serializers.SerializerMethodField(help_text="green, yellow or red; null once the clock has stopped.")
    enterprise = RefField()
    enterprise_name = serializers.CharField(help_text="As it was given, where it is not in the directory.")
    group = RefField()
    chain = NamedField()
    platform = NamedField()
    mechanism = NamedField()
    class_issue = serializers.SerializerMethodField(help_text="The class issue it is part of, if you see it.")
    is_class_issue = serializers.BooleanField()
    owner = RefField()
    unit = NamedField()
    confidentiality = serializers.CharField()
    code_name = serializers.CharField()
    opened_at = _moment()
    resolve_days = serializers.IntegerField(help_text="The limit, in working days.")
    accept_due_at = _moment()
    due_at = _moment(help_text="Null while the clock stands still.")
    first_due_at = _moment(help_text="The first promise; it never moves.")
    accepted_at = _moment()
    replied_at = _moment()
    closed_at = _moment()
    reply = serializers.CharField()
    rejected_because = serializers.CharField()
    reopened = serializers.IntegerField()
    level = serializers.IntegerField(help_text="How many levels up.")
    is_demo = serializers.BooleanField(help_text="Made up for a demonstration.")
    version = serializers.IntegerField()
    created_at = _moment()
    updated_at = _moment()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_colour(self, row: Any) -> str | None:
        return self.context["view"].colour(row)  # type: ignore[no-any-return]

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_class_issue(self, row: Any) -> dict[str, str] | None:
        return self.context["view"].seen["case"].get(row.parent_id)  # type: ignore[no-any-return]


class ReporterSerializer(serializers.Serializer[Any]):
    """Whom to ask back. For those who work on the case."""

    name = serializers.CharField(source="reporter_name")
    phone = serializers.CharField(source="reporter_phone")
    email = serializers.CharField(source="reporter_email")


class HandlerSerializer(serializers.Serializer[Any]):
    """A unit that handles a case, one of ours or an external one, with its own due time."""

    id = serializers.CharField(source="public_id")
    part = serializers.CharField(help_text="lead or co")
    unit = NamedField()
    external = RefField()
    person = RefField()
    limit_days = serializers.IntegerField()
    assigned_at = _moment()
    due_at = _moment()
    accepted_at = _moment()
    replied_at = _moment()
    reply = serializers.CharField()
    ended_at = _moment()


class CaseEventSerializer(serializers.Serializer[Any]):
    """One thing that happened to a case."""

    id = serializers.CharField(source="public_id")
    verb = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    text = serializers.CharField()
    is_shown = serializers.BooleanField(help_text="The enterprise reads it.")
    at = _moment()
    by = RefField()
    door = serializers.CharField()


class CaseDetailSerializer(CaseSerializer):
    """A case with its handlers and all that happened, the latest first."""

    reporter = serializers.SerializerMethodField(help_text="Null for whoever neither handles nor coordinates it.")
    handlers = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    @extend_schema_field(ReporterSerializer(allow_null=True))
    def get_reporter(self, row: Any) -> Any:
        return ReporterSerializer(row).data if self.context["view"].parts else None

    @extend_schema_field(HandlerSerializer(many=True))
    def get_handlers(self, row: Any) -> Any:
        return HandlerSerializer(self.context["view"].handlers, many=True).data

    @extend_schema_field(CaseEventSerializer(many=True))
    def get_events(self, row: Any) -> Any:
        return CaseEventSerializer(self.context["view"].events, many=True).data


# --- written ---------------------------------------------------------------------------------------------------------


def _text(length: int, **options: Any) -> serializers.CharField:
    options.setdefault("required", False)
    return serializers.CharField(max_length=length, allow_blank=not options["required"], **options)


def _said(length: int = 2000) -> serializers.CharField:
    return serializers.CharField(max_length=length)


class PillarField(RowField):
    """A pillar of the system in force, by its code."""

    def __init__(self, layer: str) -> None:
        self.layer = layer
        super().__init__(ServicePillar, key="code")

    def find(self, rows: Any, text: str) -> Any:
        return rows.filter(layer=self.layer, code=text, is_active=True).order_by("-system__effective_from").first()


class CaseBody(StrictBody):
    """A case as it is raised or corrected. State, number, limit and due times are the service's own."""

    kept: ClassVar[frozenset[str]] = cases.KEPT | {
        "id", "public_id", "version", "created_at", "updated_at", "colour", "intake", "owner", "unit", "parent", "class_issue",
        "handlers", "events", "reporter",
    }  # fmt: skip

    title = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=5000)
    kind = RowField(CaseKind, key="code")
    complexity = serializers.ChoiceField(choices=Complexity.choices, required=False)
    enterprise = RowField(Enterprise)
    enterprise_name = _text(200)
    group = RowField(CorporateGroup)
    chain = RowField(IndustryChain, key="code")
    platform = PillarField(ServicePillar.Layer.PLATFORM)
    mechanism = PillarField(ServicePillar.Layer.MECHANISM)
    is_class_issue = serializers.BooleanField(required=False)
    reporter_name = _text(80)
    reporter_phone = _text(40)
    reporter_email = serializers.EmailField(required=False, allow_blank=True)
    confidentiality = serializers.ChoiceField(choices=Level.choices, required=False)
    code_name = _text(60)


class RaiseBody(CaseBody):
    """The same with a key of the caller's own: sent again, it answers with the case that is there."""

    kept: ClassVar[frozenset[str]] = CaseBody.kept - {"client_key"}

    client_key = serializers.RegexField(
        r"^[0-9A-Za-z_-]{8,36}$", required=False, help_text="8 to 36 letters, digits, - and _; the same for every try."
    )


class NoBody(StrictBody):
    """Nothing is asked."""


class ReasonBody(StrictBody):
    reason = _said(300)


class QuestionBody(StrictBody):
    question = _said()


class AnswerBody(StrictBody):
    answer = _said()


class ReplyBody(StrictBody):
    text = _said(5000)


class NoteBody(StrictBody):
    text = _said()
    is_shown = serializers.BooleanField(required=False, help_text="The enterprise reads it.")


class CloseBody(StrictBody):
    note = _text(300)


class ReopenBody(StrictBody):
    why = _said(300)


class UrgeBody(StrictBody):
    text = _text(300)


class RateBody(StrictBody):
    """What the enterprise said."""

    grade = serializers.ChoiceField(choices=CaseRating.Grade.choices)
    is_solved = serializers.BooleanField(required=False, allow_null=True)
    comment = _text(500)


class HandlerBody(StrictBody):
    """A unit of ours, perhaps with a person there, or an external one."""

    unit = RowField(Department, key="code")
    external = RowField(ExternalUnit)
    person = RowField(User)
    limit_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=250)


class DispatchBody(StrictBody):
    lead = HandlerBody()
    co = HandlerBody(many=True, required=False)
    note = _text(300)
