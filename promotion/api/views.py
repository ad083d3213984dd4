"""Leads and projects through the API: what a person sees whole, written by the services that every door calls."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from directory.models import CorporateGroup, Enterprise
from pinghu.api.problems import Problem, pointer
from pinghu.api.views import DetailView, ListView
from pinghu.api.writing import StaffView, answer, locked_version
from pinghu.errors import DomainError
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.api.serializers import (
    ONWARD,
    ConvertBody,
    LeadBody,
    LeadSerializer,
    MoveBody,
    ProjectBody,
    ProjectSerializer,
    StageChangeSerializer,
    record_url,
    ref,
)
from promotion.filtersets import LeadFilterSet, ProjectFilterSet
from promotion.models import Counterpart, InvestmentProject, Lead, Level, StageChange
from promotion.rules import lead_matching
from promotion.rules.lead_matching import Card
from promotion.services.leads import DuplicateLead, convert_lead, save_lead
from promotion.services.projects import GateRefused, advance_stage, missing_fields, save_project
from promotion.wording import missing_text

#: Refusals by the state that a record is in, not by what was sent.
_OF_STATE = frozenset({"ended", "not_screened", "wrong_state", "gone"})
_MODELS = {
    lead_matching.LEAD: Lead,
    lead_matching.COUNTERPART: Counterpart,
    lead_matching.ENTERPRISE: Enterprise,
    lead_matching.GROUP: CorporateGroup,
}
_TEXT = {"type": "string"}
CARDS: Mapping[str, Any] = {
    "code": {"type": "string", "enum": ["duplicate", "possible_duplicate"]},
    "cards": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["kind", "is_masked", "blocks", "name", "unit", "stage", "on", "reasons", "id"],
            "properties": {
                "kind": {"type": "string", "enum": list(lead_matching.KINDS)},
                "is_masked": {"type": "boolean", "description": "Known to you by its code name alone."},
                "blocks": {"type": "boolean", "description": "The same code on an open lead."},
                "name": _TEXT,
                "unit": _TEXT,
                "stage": _TEXT,
                "on": {"type": ["string", "null"], "format": "date"},
                "reasons": {"type": "array", "items": _TEXT},
                "id": {"type": ["string", "null"], "description": "Its public id; null where it is masked."},
            },
        },
    },
}
MISSING: Mapping[str, Any] = {
    "code": {"type": "string", "description": "gate, or the rule that refuses the move."},
    "missing": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["stage", "check", "code", "subject", "fields", "detail"],
            "properties": {
                "stage": {"type": "string", "description": "The stage that asks for it."},
                "check": _TEXT,
                "code": _TEXT,
                "subject": {"type": "string", "description": "A field, a kind of evidence or review, a name."},
                "fields": {"type": "array", "items": _TEXT, "description": "Members that would answer it."},
                "detail": _TEXT,
            },
        },
    },
}


class GuardedView(StaffView):
    """What the views of leads and projects share: the rows beside, the log of confidential reads, the refusals."""

    seen: Mapping[str, Mapping[Any, dict[str, str]]]

    def look_around(self, rows: Iterable[Any]) -> None:
        """Find the guarded rows that these refer to, as far as the person sees them, and log what is confidential."""
        raise NotImplementedError

    def log_reading(self, rows: list[Any], *, is_list: bool) -> None:
        confidential = [row for row in rows if row.confidentiality == Level.CONFIDENTIAL]
        if not confidential:
            return
        one = confidential[0] if len(confidential) == 1 else None
        kind = rows[0]._meta.label_lower
        detail = {"list": kind, "asked": self.request.GET.urlencode()[:500]} if is_list else {}
        log_access(
            by=self.request.user,
            kind=AccessLog.Kind.READ,
            door=Door.API,
            subject=one,
            rows=len(confidential),
            **detail,
        )

    def visible_refs(self, model: Any, keys: Iterable[Any]) -> dict[Any, dict[str, str]]:
        """Key → what is shown of the row, for those that this person sees; no query without keys."""
        wanted = {key for key in keys if key is not None}
        if not wanted:
            return {}
        rows = model.objects.visible_to(self.request.user).filter(pk__in=wanted).order_by()
        return {row.pk: ref(row) or {} for row in rows}

    def handle_exception(self, exc: Exception) -> Any:
        return super().handle_exception(self.as_problem(exc) or exc)

    def as_problem(self, exc: Exception) -> Problem | None:
        """The refusals of promotion's services as problems of their own; None for all others."""
        if isinstance(exc, DuplicateLead):
            cards = _cards(exc.cards)
            return Problem("duplicate-lead", exc.message, errors=self.errors(exc), code=exc.code, cards=cards)
        if isinstance(exc, GateRefused):
            missing = [
                {**one.as_dict(), "fields": list(missing_fields([one])), "detail": missing_text(one)}
                for one in exc.missing
            ]
            return Problem("gate-refused", exc.message, errors=self.errors(exc), code=exc.code, missing=missing)
        if isinstance(exc, DomainError) and exc.code in _OF_STATE:
            return Problem("conflict", exc.message, errors=self.errors(exc))
        return None

    def errors(self, exc: DomainError) -> list[dict[str, str]]:
        """Each thing that is wrong, with a pointer to where it stands in the body, or would stand."""
        found = [
            {"pointer": self.place(name), "code": exc.code, "detail": text}
            for name, texts in exc.fields.items()
            for text in texts
        ]
        return found or [{"pointer": "#", "code": exc.code, "detail": exc.message}]

    def place(self, name: str) -> str:
        return pointer(name)


def _cards(cards: Iterable[Card]) -> list[dict[str, Any]]:
    """Cards as JSON. What is shown whole can be opened by its public id: one query for each kind among them."""
    ids: dict[tuple[str, Any], str] = {}
    for kind, model in _MODELS.items():
        keys = [card.key for card in cards if card.kind == kind and not card.is_masked]
        if keys:
            rows = model._base_manager.filter(pk__in=keys).order_by().values_list("pk", "public_id")
            ids |= {(kind, key): public_id for key, public_id in rows}
    return [
        {
            "kind": card.kind,
            "is_masked": card.is_masked,
            "blocks": card.blocks,
            "name": card.name,
            "unit": card.unit,
            "stage": card.stage,
            "on": card.on.isoformat() if card.on else None,
            "reasons": list(card.reasons),
            "id": ids.get((card.kind, card.key)),
        }
        for card in cards
    ]


# --- leads -----------------------------------------------------------------------------------------------------------

_LEAD_JOINS = (
    "channel", "activity", "referring_enterprise", "group", "enterprise", "chain", "segment__chain", "owner", "unit",
)  # fmt: skip


class LeadView(GuardedView):
    serializer_class: ClassVar[type[BaseSerializer[Any]]] = LeadSerializer
    refusals: ClassVar[Mapping[str, Mapping[str, Any]]] = {"409": CARDS}

    def get_queryset(self) -> QuerySet[Any]:
        return Lead.objects.visible_to(self.request.user).select_related(*_LEAD_JOINS)

    def look_around(self, rows: Iterable[Any]) -> None:
        leads = list(rows)
        projects = InvestmentProject.objects.visible_to(self.request.user).filter(lead__in=[row.pk for row in leads])
        converted = any(row.status == Lead.Status.CONVERTED for row in leads)
        self.seen = {
            "counterpart": self.visible_refs(Counterpart, (row.counterpart_id for row in leads)),
            "project": {row.lead_id: ref(row) or {} for row in projects.order_by()} if converted else {},
        }

    def shown(self, lead: Lead) -> Any:
        """The lead as it stands now, in the body of an answer to a write."""
        row = self.get_queryset().get(pk=lead.pk)
        self.look_around([row])
        return self.serialize(LeadSerializer, row, many=False)


class LeadList(LeadView, ListView):
    """Leads that you see whole, and entering a new one.

    A new lead is compared with everybody known. What may be the same comes back as cards: answer with `confirmed`, or
    ask to join. Leads that you may not know of change nothing for you.
    """

    filterset_class = LeadFilterSet
    permissions: ClassVar[Mapping[str, str]] = {"POST": "promotion.add_lead"}
    bodies: ClassVar[Mapping[str, Any]] = {"POST": LeadBody}
    http_method_names = ["get", "head", "options", "post"]
    sort_fields: ClassVar[dict[str, str]] = {
        "number": "number",
        "name": "name",
        "next_on": "next_on",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_sort = ("-created_at",)

    def to_items(self, rows: list[Any]) -> Any:
        self.look_around(rows)
        self.log_reading(rows, is_list=True)
        return super().to_items(rows)

    def post(self, request: Request) -> Response:
        values = self.body(request, LeadBody)
        confirmed = values.pop("confirmed", False)
        lead = save_lead(Lead(**given(values)), by=request.user, door=Door.API, at=timezone.now(), confirmed=confirmed)
        return created(self, lead, "lead_detail")


class LeadDetail(LeadView, DetailView):
    """One lead that you see whole."""

    permissions: ClassVar[Mapping[str, str]] = {"PATCH": "promotion.change_lead"}
    bodies: ClassVar[Mapping[str, Any]] = {"PATCH": LeadBody}
    http_method_names = ["get", "head", "options", "patch"]

    def to_data(self, record: Any) -> Any:
        self.look_around([record])
        self.log_reading([record], is_list=False)
        return super().to_data(record)

    def modified_at(self, record: Any) -> None:
        return None  # names of rows beside it change by themselves

    def patch(self, request: Request, public_id: str) -> Response:
        lead = self.visible(Lead.objects.visible_to(request.user), public_id)
        version = locked_version(request, lead)
        values = self.body(request, LeadBody, partial=True)
        confirmed = values.pop("confirmed", False)
        saved = save_lead(
            with_values(lead, values),
            fields=list(values),
            by=request.user,
            door=Door.API,
            at=timezone.now(),
            if_version=version,
            confirmed=confirmed,
        )
        return changed(self, saved)


# --- projects --------------------------------------------------------------------------------------------------------

_PROJECT_JOINS = ("group", "enterprise", "chain", "segment__chain", "industry", "park", "owner", "unit")


class ProjectView(GuardedView):
    serializer_class: ClassVar[type[BaseSerializer[Any]]] = ProjectSerializer
    refusals: ClassVar[Mapping[str, Mapping[str, Any]]] = {"409": MISSING}

    def get_queryset(self) -> QuerySet[Any]:
        return InvestmentProject.objects.visible_to(self.request.user).select_related(*_PROJECT_JOINS)

    def look_around(self, rows: Iterable[Any]) -> None:
        projects = list(rows)
        self.seen = {
            "counterpart": self.visible_refs(Counterpart, (row.counterpart_id for row in projects)),
            "lead": self.visible_refs(Lead, (row.lead_id for row in projects)),
            "project": self.visible_refs(InvestmentProject, (row.merged_into_id for row in projects)),
        }

    def shown(self, project: InvestmentProject) -> Any:
        """The project as it stands now, in the body of an answer to a write."""
        row = self.get_queryset().get(pk=project.pk)
        self.look_around([row])
        return self.serialize(ProjectSerializer, row, many=False)


class ProjectList(ProjectView, ListView):
    """Projects that you see whole, and entering a new one, which always stands in negotiation."""

    filterset_class = ProjectFilterSet
    permissions: ClassVar[Mapping[str, str]] = {"POST": "promotion.add_investmentproject"}
    bodies: ClassVar[Mapping[str, Any]] = {"POST": ProjectBody}
    http_method_names = ["get", "head", "options", "post"]
    sort_fields: ClassVar[dict[str, str]] = {
        "number": "number",
        "name": "name",
        "stage_since": "stage_since",
        "next_on": "next_on",
        "total_investment": "total_investment",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_sort = ("-created_at",)

    def to_items(self, rows: list[Any]) -> Any:
        self.look_around(rows)
        self.log_reading(rows, is_list=True)
        return super().to_items(rows)

    def post(self, request: Request) -> Response:
        values = self.body(request, ProjectBody)
        project = save_project(InvestmentProject(**given(values)), by=request.user, door=Door.API, at=timezone.now())
        return created(self, project, "project_detail")


class ProjectDetail(ProjectView, DetailView):
    """One project that you see whole. A change is asked only for what it touches."""

    permissions: ClassVar[Mapping[str, str]] = {"PATCH": "promotion.change_investmentproject"}
    bodies: ClassVar[Mapping[str, Any]] = {"PATCH": ProjectBody}
    http_method_names = ["get", "head", "options", "patch"]

    def to_data(self, record: Any) -> Any:
        self.look_around([record])
        self.log_reading([record], is_list=False)
        return super().to_data(record)

    def modified_at(self, record: Any) -> None:
        return None  # names of rows beside it change by themselves

    def patch(self, request: Request, public_id: str) -> Response:
        project = self.visible(InvestmentProject.objects.visible_to(request.user), public_id)
        version = locked_version(request, project)
        values = self.body(request, ProjectBody, partial=True)
        saved = save_project(
            with_values(project, values),
            fields=list(values),
            by=request.user,
            door=Door.API,
            at=timezone.now(),
            if_version=version,
        )
        return changed(self, saved)


class LeadConvert(ProjectView):
    """Makes a screened lead a project; its people, contacts, talks and next step move along."""

    permissions: ClassVar[Mapping[str, str]] = {"POST": "promotion.change_lead"}
    bodies: ClassVar[Mapping[str, Any]] = {"POST": ConvertBody}
    http_method_names = ["options", "post"]
    verb = "convert"

    def post(self, request: Request, public_id: str) -> Response:
        lead = self.visible(Lead.objects.visible_to(request.user), public_id)
        version = locked_version(request, lead, needed=False)
        values = self.body(request, ConvertBody)
        project = convert_lead(lead, **values, by=request.user, door=Door.API, at=timezone.now(), if_version=version)
        return created(self, project, "project_detail")


class ProjectMove(ProjectView):
    """Moves a project to a stage, into a side state, or on again. The gate says what is missing."""

    permissions: ClassVar[Mapping[str, str]] = {"POST": "promotion.change_investmentproject"}
    bodies: ClassVar[Mapping[str, Any]] = {"POST": MoveBody}
    http_method_names = ["options", "post"]
    verb = "move"
    success_status = 200

    def post(self, request: Request, public_id: str) -> Response:
        project = self.visible(InvestmentProject.objects.visible_to(request.user), public_id)
        version = locked_version(request, project, needed=False)
        asked = self.body(request, MoveBody)
        target = asked["to"]
        moved = advance_stage(
            project,
            "" if target == ONWARD else target,
            by=request.user,
            door=Door.API,
            at=timezone.now(),
            why=asked.get("why", ""),
            values=self._values(request, asked.get("values", {})),
            merged_into=asked.get("merged_into"),
            if_version=version,
        )
        return changed(self, moved)

    def as_problem(self, exc: Exception) -> Problem | None:
        known = super().as_problem(exc)
        if known is None and type(exc) is DomainError:
            return Problem("validation-error", exc.message, errors=self.errors(exc))
        return known

    def place(self, name: str) -> str:
        """The project's members are filled in below `values`."""
        return (
            pointer("values", name) if name in ProjectBody().fields and name not in MoveBody().fields else pointer(name)
        )

    def _values(self, request: Request, given: Any) -> dict[str, Any]:
        read = ProjectBody(data=given, partial=True, context={"request": request})
        if not read.is_valid():
            raise exceptions.ValidationError({"values": read.errors})
        return dict(read.validated_data)


class ProjectMoves(StaffView, ListView):
    """The moves of one project, the latest first: from where to where, who, when, why, through which door."""

    serializer_class = StageChangeSerializer
    sort_fields: ClassVar[dict[str, str]] = {"at": "at"}
    default_sort = ("-at",)

    def get_queryset(self) -> QuerySet[Any]:
        user = self.request.user
        project = self.visible(InvestmentProject.objects.visible_to(user), self.kwargs["public_id"])
        return StageChange.objects.visible_to(user).filter(project=project).select_related("by")


# --- what the writes share -------------------------------------------------------------------------------------------


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to make a row from: nothing where null was sent for what has a default."""
    return {name: value for name, value in values.items() if value is not None}


def with_values(record: Any, values: Mapping[str, Any]) -> Any:
    for name, value in values.items():
        setattr(record, name, value)
    return record


def created(view: Any, record: Any, name: str) -> Response:
    """201 with the record, or with its address alone where its own writer may not see it (a colleague's level)."""
    sees = type(record).objects.visible_to(view.request.user).filter(pk=record.pk).exists()
    data = view.shown(record) if sees else {"number": record.number, "detail": _("Entered; it is not shown to you.")}
    return answer(record, data, status=201, location=record_url(name, record) if sees else "")


def changed(view: Any, record: Any) -> Response:
    """200 with the record, or 204 where the change itself took it out of this person's sight."""
    if not type(record).objects.visible_to(view.request.user).filter(pk=record.pk).exists():
        return Response(status=204)
    return answer(record, view.shown(record))
