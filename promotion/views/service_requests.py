"""The "1+3+N" system explained; raising a request without an account, and following it by number and secret."""

import datetime
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.presenting import local
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.forms import CaseRequestForm, EnterpriseAnswerForm, FollowForm, RatingForm
from promotion.models import CaseEvent, CaseState, ServiceCase, ServicePillar, ServiceSystem
from promotion.rules.working_time import local_day
from promotion.services import cases

#: The parts of "1+3+N" as headings of what stands below them.
_LAYERS = {
    ServicePillar.Layer.CORE: gettext_lazy("Core"),
    ServicePillar.Layer.MECHANISM: gettext_lazy("Mechanisms"),
    ServicePillar.Layer.PLATFORM: gettext_lazy("Platforms"),
}
#: Numbers that this browser may open, with their secrets; in the session, so gone with it.
_SESSION_KEY = "cases"
#: So many at most: a session is no archive.
_MOST_KNOWN = 20


@require_GET
def services(request: HttpRequest) -> HttpResponse:
    """What the zone does for the enterprises that are here, as its current version says."""
    system = ServiceSystem.objects.published().in_force(local_day(timezone.now()))
    pillars = list(system.pillars.published().filter(is_active=True).order_by("order", "code")) if system else []
    layers = [
        {
            "label": _LAYERS[layer],
            "pillars": [
                {"name": local(pillar), "text": local(pillar, "definition")}
                for pillar in pillars
                if pillar.layer == layer
            ],
        }
        for layer in ServicePillar.Layer
    ]
    context = {
        "system": system,
        "name": local(system) if system else "",
        "text": local(system, "description") if system else "",
        "layers": [layer for layer in layers if layer["pillars"]],
        "crumbs": [_home(), {"label": pgettext("navigation", "Services")}],
    }
    return render(request, "promotion/services.html", context)


@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """Raise a request. What was raised is shown with its number and secret; a second press raises nothing twice."""
    form = CaseRequestForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_robot:
            raise Http404
        if form.is_valid():
            if not ratelimit.consume(request, action="case_raise"):
                return too_many(request)
            try:
                return _raised(request, form)
            except DomainError as error:
                say(form, error)
    context = {"form": form, "crumbs": [_home(), _services(), {"label": _("Raise a request")}]}
    return render(request, "promotion/request_new.html", context, status=status)


def _raised(request: HttpRequest, form: CaseRequestForm) -> HttpResponse:
    key = form.cleaned_data["client_key"]
    case, secret = cases.raise_case_openly(
        form.case(), by=None, door=Door.PUBLIC, at=timezone.now(), client_key=str(key) if key else None
    )
    if secret:
        _know(request, case.number, secret)
    return redirect("promotion:request_detail", number=case.number)


@require_http_methods(["GET", "POST"])
def request_follow(request: HttpRequest) -> HttpResponse:
    """Open a request by number and secret; wrong pairs are counted, by address and by number."""
    form = FollowForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            number, secret = form.cleaned_data["number"].strip().upper(), form.cleaned_data["secret"].strip().lower()
            if not ratelimit.consume(request, action="case_follow", key=number):
                return too_many(request)
            case = cases.case_for_secret(number, secret)
            if case is not None:
                _know(request, case.number, secret)
                return redirect("promotion:request_detail", number=case.number)
            form.add_error(None, _("Number and secret do not belong together. Compare both with what you wrote down."))
    context = {"form": form, "crumbs": [_home(), _services(), {"label": _("Follow a request")}]}
    return render(request, "promotion/request_follow.html", context, status=status)


@require_GET
def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One request as its enterprise sees it: where it stands, by when, what happened, what it may do now."""
    case, secret = _mine(request, number)
    return _page(request, case, secret)


@require_POST
def request_answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer what the handler asked."""
    case, secret = _mine(request, number)
    form = EnterpriseAnswerForm(request.POST)
    if form.is_valid():
        return _done(request, case, lambda at: cases.enterprise_answers(
            case, answer=form.cleaned_data["answer"], by=None, door=Door.PUBLIC, at=at
        ))  # fmt: skip
    return _page(request, case, secret, answer=form, status=422)


@require_POST
def request_rate(request: HttpRequest, number: str) -> HttpResponse:
    """Say how content one is; who is not content has it back one level up."""
    case, secret = _mine(request, number)
    form = RatingForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        return _done(request, case, lambda at: cases.rate_case(
            case, grade=said["grade"], is_solved=said["is_solved"], comment=said["comment"],
            by=None, door=Door.PUBLIC, at=at,
        ))  # fmt: skip
    return _page(request, case, secret, rating=form, status=422)


@require_POST
def request_urge(request: HttpRequest, number: str) -> HttpResponse:
    """Urge the handler; how often is limited by the rules."""
    case, _secret = _mine(request, number)
    return _done(request, case, lambda at: cases.urge_case(case, by=None, door=Door.PUBLIC, at=at))


def _done(request: HttpRequest, case: Any, act: Any) -> HttpResponse:
    try:
        act(timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Kept."))
    return redirect("promotion:request_detail", number=case.number)


def _page(
    request: HttpRequest,
    case: Any,
    secret: str,
    *,
    answer: EnterpriseAnswerForm | None = None,
    rating: RatingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **case_as_seen_outside(case, timezone.now()),
        "secret": secret,
        "answer": answer or (EnterpriseAnswerForm() if case.state == CaseState.WAITING else None),
        "rating": rating or (RatingForm() if may_rate(case) else None),
        "may_urge": case.state in ServiceCase.RUNNING,
        "answer_url": reverse("promotion:request_answer", args=[case.number]),
        "rate_url": reverse("promotion:request_rate", args=[case.number]),
        "urge_url": reverse("promotion:request_urge", args=[case.number]),
        "crumbs": [_home(), _services(), {"label": case.number}],
    }
    response = render(request, "promotion/request_detail.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def case_as_seen_outside(case: Any, at: datetime.datetime) -> dict[str, Any]:
    """What its enterprise may read of a case: four lines and a date, nothing of who said what inside. Two queries."""
    events = list(case.events.filter(is_shown=True).order_by("at", "pk"))
    return {
        "case": case,
        "asked": next((event.text for event in reversed(events) if event.verb == CaseEvent.Verb.ASKED), ""),
        "is_overdue": case.state in ServiceCase.RUNNING and case.due_at is not None and case.due_at < at,
        "events": [
            {
                "date": event.at,
                "title": event.get_verb_display(),
                "text": event.text,
                "special": event.verb == "replied",
            }
            for event in events
        ],
        "files": list(case.files.filter(is_shown=True).order_by("at", "pk")),
    }


def may_rate(case: Any) -> bool:
    """Whether the last answer was not rated yet."""
    answered = case.state in (CaseState.REPLIED, CaseState.CLOSED) and case.replied_at is not None
    return answered and not case.ratings.filter(round=case.reopened).exists()


def _know(request: HttpRequest, number: str, secret: str) -> None:
    known = {**request.session.get(_SESSION_KEY, {}), number: secret}
    request.session[_SESSION_KEY] = dict(list(known.items())[-_MOST_KNOWN:])


def _mine(request: HttpRequest, number: str) -> tuple[Any, str]:
    """The case of this number, if this browser has opened it; the secret is compared anew."""
    secret = request.session.get(_SESSION_KEY, {}).get(number, "")
    case = cases.case_for_secret(number, secret) if secret else None
    if case is None:
        raise Http404
    return case, secret


def say(form: Any, error: DomainError) -> None:
    """Put a service's refusal on the form that asked."""
    for name, texts in (error.fields or {"": [error.message]}).items():
        form.add_error(name if name in form.fields else None, texts)


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for who tries too often."""
    return render(request, "429.html", status=429)


def _home() -> dict[str, Any]:
    return {"label": _("Home"), "href": reverse("directory:home")}


def _services() -> dict[str, Any]:
    return {"label": pgettext("navigation", "Services"), "href": reverse("promotion:services")}
