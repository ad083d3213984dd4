"""Service cases through the API: raised, read and taken step by step, by the services that every door calls."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pinghu.api.problems import Problem
from pinghu.api.views import DetailView, ListView
from pinghu.api.writing import StrictBody, answer, locked_version
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.models import Door
from promotion.api.case_serializers import (
    AnswerBody,
    CaseBody,
    CaseDetailSerializer,
    CaseSerializer,
    CloseBody,
    DispatchBody,
    NoBody,
    NoteBody,
    QuestionBody,
    RaiseBody,
    RateBody,
    ReasonBody,
    ReopenBody,
    ReplyBody,
    UrgeBody,
)
from promotion.api.serializers import record_url
from promotion.api.views import GuardedView, changed, created, given, with_values
from promotion.case_desk import colour_of
from promotion.filtersets import CaseFilterSet
from promotion.models import ServiceCase
from promotion.rules import cases as rules
from promotion.services import cases
from promotion.services.cases import Dispatch, parts_of

_JOINS = ("kind", "enterprise", "group", "chain", "platform", "mechanism", "owner", "unit")
#: Refusals by where the case stands, not by what was sent.
_OF_STATE = frozenset(
    {
        rules.NOT_FROM_HERE, "already_decided", "already_rated", "no_handler", "heard_already", "too_late", "too_soon",
        "too_many", "not_running", "gone",
    }
)  # fmt: skip


class CaseView(GuardedView):
    """What the views of cases share. `at` is the moment of the request, for colours."""

    serializer_class: ClassVar[type[BaseSerializer[Any]]] = CaseDetailSerializer
    parts: frozenset[str] = frozenset()
    handlers: list[Any]
    events: list[Any]

    def get_queryset(self) -> QuerySet[Any]:
        return ServiceCase.objects.visible_to(self.request.user).select_related(*_JOINS)

    def colour(self, case: Any) -> str | None:
        return colour_of(case, self.at) if case.state in ServiceCase.RUNNING else None

    @property
    def at(self) -> datetime:
        if not hasattr(self, "_at"):
            self._at = timezone.now()
        return self._at

    def look_around(self, rows: Iterable[Any]) -> None:
        self.seen = {"case": self.visible_refs(ServiceCase, (row.parent_id for row in rows))}

    def look_into(self, case: Any) -> None:
        """What a detail shows beside the case: three queries."""
        self.look_around([case])
        handlers = case.handlers.select_related("unit", "external", "person")
        self.handlers = list(handlers.order_by("assigned_at", "pk"))
        self.events = list(case.events.select_related("by").order_by("-at", "-pk"))
        self.parts = parts_of(case, self.request.user, self.handlers)

    def shown(self, case: Any) -> Any:
        """The case as it stands now, in the body of an answer to a write."""
        row = self.get_queryset().get(pk=case.pk)
        self.look_into(row)
        return self.serialize(CaseDetailSerializer, row, many=False)

    def as_problem(self, exc: Exception) -> Problem | None:
        if isinstance(exc, DomainError) and not isinstance(exc, StaleVersion):
            if exc.code == rules.NOT_YOURS:
                return Problem("permission-denied", exc.message, errors=self.errors(exc))
            if exc.code in _OF_STATE:
                return Problem("conflict", exc.message, errors=self.errors(exc))
        return super().as_problem(exc)


class CaseList(CaseView, ListView):
    """Cases that you see whole, and raising a new one. With the same `client_key` it is raised once."""

    serializer_class = CaseSerializer
    filterset_class = CaseFilterSet
    permissions: ClassVar[Mapping[str, str]] = {"POST": "promotion.add_servicecase"}
    bodies: ClassVar[Mapping[str, Any]] = {"POST": RaiseBody}
    http_method_names = ["get", "head", "options", "post"]
    sort_fields: ClassVar[dict[str, str]] = {
        "number": "number",
        "due_at": "due_at",
        "opened_at": "opened_at",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_sort = ("-opened_at",)

    def to_items(self, rows: list[Any]) -> Any:
        self.look_around(rows)
        self.log_reading(rows, is_list=True)
        return super().to_items(rows)

    def post(self, request: Request) -> Response:
        values = self.body(request, RaiseBody)
        key = values.pop("client_key", None)
        draft = ServiceCase(**given(values), intake=ServiceCase.Intake.API)
        case = cases.raise_case(draft, by=request.user, door=Door.API, at=self.at, client_key=key)
        if case.opened_at == self.at:
            return created(self, case, "case_detail")
        # It had arrived before. Whoever may not see it learns no more than that the key is taken.
        if not self.get_queryset().filter(pk=case.pk).exists():
            raise Problem("conflict", errors=[{"pointer": "#/client_key", "code": "taken", "detail": ""}])
        return answer(case, self.shown(case), location=record_url("case_detail", case))


class CaseDetail(CaseView, DetailView):
    """One case that you see whole, with its handlers and what happened. Its state is moved by steps alone."""

    permissions: ClassVar[Mapping[str, str]] = {"PATCH": "promotion.change_servicecase"}
    bodies: ClassVar[Mapping[str, Any]] = {"PATCH": CaseBody}
    http_method_names = ["get", "head", "options", "patch"]

    def to_data(self, record: Any) -> Any:
        self.look_into(record)
        self.log_reading([record], is_list=False)
        return super().to_data(record)

    def modified_at(self, record: Any) -> None:
        return None  # handlers, events and the colour change by themselves

    def patch(self, request: Request, public_id: str) -> Response:
        case = self.visible(ServiceCase.objects.visible_to(request.user), public_id)
        version = locked_version(request, case)
        values = self.body(request, CaseBody, partial=True)
        saved = cases.save_case(
            with_values(case, values), fields=list(values), by=request.user, door=Door.API, at=self.at,
            if_version=version,
        )  # fmt: skip
        return changed(self, saved)


class CaseStep(CaseView):
    """One step of a case. Who may take it from where it stands, the rule says."""

    permissions: ClassVar[Mapping[str, str]] = {"POST": "promotion.change_servicecase"}
    http_method_names = ["options", "post"]
    success_status = 200
    step: ClassVar[Callable[..., Any]]
    #: Whether the service itself compares the version; otherwise it is compared before.
    compares_version: ClassVar[bool] = False

    def post(self, request: Request, public_id: str) -> Response:
        case = self.visible(ServiceCase.objects.visible_to(request.user), public_id)
        version = locked_version(request, case, needed=False)
        said = self.said(self.body(request, self.bodies["POST"]))
        if self.compares_version:
            said["if_version"] = version
        elif version is not None and version != case.version:
            raise self._stale(case)
        type(self).step(case, **said, by=request.user, door=Door.API, at=self.at)
        return changed(self, case)

    def said(self, values: dict[str, Any]) -> dict[str, Any]:
        """The body as the service takes it."""
        return values

    def as_problem(self, exc: Exception) -> Problem | None:
        if isinstance(exc, DomainError) and exc.code == "stale_version":
            return self._stale(self.get_queryset().get(public_id=self.kwargs["public_id"]))
        return super().as_problem(exc)

    @staticmethod
    def _stale(case: Any) -> Problem:
        tag = f'"{case.public_id}-v{case.version}"'
        return Problem("stale-version", headers={"ETag": tag}, current_version=case.version)


def _step(
    verb: str, step: Callable[..., Any], body: type[StrictBody], words: str, *, compares_version: bool = False
) -> type[CaseStep]:
    """The view of one step."""
    members = {
        "__doc__": words,
        "__module__": __name__,
        "verb": verb,
        "step": staticmethod(step),
        "bodies": {"POST": body},
        "compares_version": compares_version,
    }
    return type(f"Case{verb.title().replace('_', '')}", (CaseStep,), members)


CaseAccept = _step("accept", cases.accept_case, NoBody, "Accepts a case: it will be handled.", compares_version=True)
CaseReject = _step(
    "reject", cases.reject_case, ReasonBody, "Does not accept a case; the enterprise reads why.", compares_version=True
)
CaseTakeUp = _step("take_up", cases.take_up, NoBody, "The handler takes the case up.", compares_version=True)
CaseAsk = _step("ask", cases.ask_enterprise, QuestionBody, "Asks the enterprise; the clock stands still.")
CaseAnswer = _step("answer", cases.enterprise_answers, AnswerBody, "What the enterprise answered; the clock runs on.")
CaseReply = _step(
    "reply", cases.reply_case, ReplyBody, "Answers the enterprise; the clock stops.", compares_version=True
)
CaseRate = _step("rate", cases.rate_case, RateBody, "How content the enterprise is: closed, or reopened one level up.")
CaseClose = _step("close", cases.close_case, CloseBody, "Closes an answered case that nobody rated.")
CaseReopen = _step("reopen", cases.reopen_case, ReopenBody, "Takes a case up again, one level up.")
CaseUrge = _step("urge", cases.urge_case, UrgeBody, "Urges the handler; not too often.")
CaseNote = _step("note", cases.note_on_case, NoteBody, "Adds a note.")


class CaseDispatch(CaseStep):
    """Gives a case to its lead handler and co-handlers, each with its own due time; a new one ends the old."""

    verb = "dispatch"
    step = staticmethod(cases.dispatch_case)
    bodies: ClassVar[Mapping[str, Any]] = {"POST": DispatchBody}
    compares_version = True

    def said(self, values: dict[str, Any]) -> dict[str, Any]:
        lead, *co = (Dispatch(**each) for each in (values["lead"], *values.get("co", ())))
        return {"lead": lead, "co": co, "note": values.get("note", "")}
