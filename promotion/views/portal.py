"""An enterprise's own desk: its entry, its requests, what it offers and needs, matches. Members see their own alone."""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.models import ChainSegment, Correction, Enterprise
from directory.services.corrections import SUGGESTIBLE, suggest_correction
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.forms import (
    ClaimForm,
    CodeForm,
    CorrectionForm,
    EnterpriseAnswerForm,
    MemberRequestForm,
    RatingForm,
    RegisterForm,
    WareForm,
)
from promotion.models import (
    CapabilityOffer,
    CaseState,
    ChainMatch,
    JoiningClaim,
    ProcurementNeed,
    ServiceCase,
    WareVisibility,
)
from promotion.models.portal import acts_for
from promotion.services import cases, portal
from promotion.services.collaboration import introduce, save_ware
from promotion.views.service_requests import case_as_seen_outside, may_rate, say, too_many
from promotion.wording import match_words

WARES: dict[str, Any] = {"offers": CapabilityOffer, "needs": ProcurementNeed}
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_SHOWN = 50


# --- joining ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Join with an invitation code: signed in with the code alone, else with a new account."""
    form_class = CodeForm if request.user.is_authenticated else RegisterForm
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="portal_join"):
            return too_many(request)
        try:
            if request.user.is_authenticated:
                portal.join_by_code(request.user, form.cleaned_data["code"], door=Door.PORTAL, at=timezone.now())
            else:
                user = portal.register_by_code(**form.cleaned_data, door=Door.PORTAL, at=timezone.now())
                login(request, user, backend=_BACKEND)
            return redirect("promotion:portal")
        except DomainError as error:
            say(form, error)
    context = {"form": form, "crumbs": [_desk(), {"label": _("Join an enterprise")}]}
    return render(request, "promotion/portal_join.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Claim to act for an enterprise that the directory publishes; its proofs are seen here."""
    enterprise = Enterprise.objects.published().filter(public_id=public_id).first()
    if enterprise is None:
        raise Http404
    known = _claims(request).filter(enterprise=enterprise).order_by("-pk").first()
    form: forms.Form = ClaimForm()
    if request.method == "POST":
        if not ratelimit.consume(request, action="portal_join"):
            return too_many(request)
        form = CodeForm(request.POST) if "code" in request.POST else ClaimForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                _claim(request, enterprise, known, form)
                return redirect(request.path)
            except DomainError as error:
                say(form, error)
    context = {
        "enterprise": enterprise,
        "claim": known,
        "proofs": portal.proofs_of(known) if known else (),
        "form": form if isinstance(form, ClaimForm) else ClaimForm(),
        "code": form if isinstance(form, CodeForm) else CodeForm(),
        "crumbs": [_desk(), {"label": _("Claim an enterprise")}],
    }
    return render(request, "promotion/portal_claim.html", context, status=422 if form.errors else 200)


def _claim(request: HttpRequest, enterprise: Any, known: Any, form: forms.Form) -> None:
    at = timezone.now()
    if isinstance(form, CodeForm):
        if known is None:
            raise Http404
        portal.confirm_phone(known, form.cleaned_data["code"], by=request.user, door=Door.PORTAL, at=at)
        return
    portal.claim_enterprise(
        enterprise,
        request.user,
        job_title=form.cleaned_data["job_title"],
        licence=form.cleaned_data["licence"],
        door=Door.PORTAL,
        at=at,
    )


# --- the desk --------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The enterprises that one acts for; with one alone, its desk."""
    mine = list(acts_for(request.user).order_by("pk"))
    if len(mine) == 1:
        return redirect("promotion:portal_enterprise", public_id=mine[0].public_id)
    claims = _claims(request).select_related("enterprise").order_by("-pk")
    return render(request, "promotion/portal.html", {"enterprises": mine, "claims": claims, "crumbs": [_desk()]})


@login_required
@require_GET
def enterprise(request: HttpRequest, public_id: str) -> HttpResponse:
    """One enterprise's desk: requests, corrections, offers, needs, matches."""
    mine = _mine(request, public_id)
    context = {
        "enterprise": mine,
        "cases": list(_cases(mine).order_by("-opened_at", "-pk")[:_SHOWN]),
        "corrections": list(Correction.objects.filter(enterprise=mine).order_by("-pk")[:_SHOWN]),
        "offers": list(CapabilityOffer.objects.filter(enterprise=mine).order_by("-is_active", "product")[:_SHOWN]),
        "needs": list(ProcurementNeed.objects.filter(enterprise=mine).order_by("-is_active", "product")[:_SHOWN]),
        "matches": [
            (row, match_words(row))
            for row in _matches(mine)
            .exclude(status=ChainMatch.Status.GONE)
            .select_related("need", "offer__enterprise")
            .order_by("-score", "pk")[:_SHOWN]
        ],
        "running": ServiceCase.RUNNING,
        "now": timezone.now(),
        "crumbs": [_desk(), {"label": str(mine)}],
    }
    return _private(render(request, "promotion/portal_enterprise.html", context))


@login_required
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Raise a request for one's enterprise."""
    mine = _mine(request, public_id)
    form = MemberRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["client_key"]
        try:
            case = cases.raise_case(
                form.case(mine),
                by=request.user,
                door=Door.PORTAL,
                at=timezone.now(),
                client_key=str(key) if key else None,
            )
            return redirect("promotion:portal_request", public_id=public_id, number=case.number)
        except DomainError as error:
            say(form, error)
    return _form(request, mine, form, _("Raise a request"), _("Send"))


@login_required
@require_http_methods(["GET", "POST"])
def request_detail(request: HttpRequest, public_id: str, number: str) -> HttpResponse:
    """One request: what happened, by when, who; answer what was asked, rate the answer, urge."""
    mine = _mine(request, public_id)
    case = _cases(mine).filter(number=number).first()
    if case is None:
        raise Http404
    answer: Any = EnterpriseAnswerForm() if case.state == CaseState.WAITING else None
    rating: Any = RatingForm() if may_rate(case) else None
    if request.method == "POST":
        answer = EnterpriseAnswerForm(request.POST) if "answer" in request.POST else answer
        rating = RatingForm(request.POST) if "grade" in request.POST else rating
        try:
            if _act(request, case, answer, rating):
                messages.success(request, _("Kept."))
                return redirect(request.path)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(request.path)
    context = {
        **case_as_seen_outside(case, timezone.now()),
        "answer": answer,
        "rating": rating,
        "may_urge": case.state in ServiceCase.RUNNING,
        "answer_url": request.path,
        "rate_url": request.path,
        "urge_url": request.path,
        "crumbs": [_desk(), {"label": str(mine), "href": _address(mine)}, {"label": case.number}],
    }
    return _private(render(request, "promotion/request_detail.html", context))


def _act(request: HttpRequest, case: Any, answer: Any, rating: Any) -> bool:
    """Do what was posted; False where a form has to be mended."""
    shared: dict[str, Any] = {"by": request.user, "door": Door.PORTAL, "at": timezone.now()}
    if answer is not None and answer.is_bound:
        if answer.is_valid():
            cases.enterprise_answers(case, answer=answer.cleaned_data["answer"], **shared)
        return bool(answer.is_valid())
    if rating is not None and rating.is_bound:
        if rating.is_valid():
            said = rating.cleaned_data
            cases.rate_case(case, grade=said["grade"], is_solved=said["is_solved"], comment=said["comment"], **shared)
        return bool(rating.is_valid())
    cases.urge_case(case, **shared)
    return True


@login_required
@require_http_methods(["GET", "POST"])
def correction_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Suggest the right value of one field; staff decide."""
    mine = _mine(request, public_id)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    form.offer(mine, SUGGESTIBLE)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            suggest_correction(
                mine, said["field"], said["value"], proof=said["proof"], by=request.user, door=Door.PORTAL
            )
            messages.success(request, _("Suggested. You see here when it was decided."))
            return redirect(_address(mine))
        except DomainError as error:
            say(form, error)
    return _form(request, mine, form, _("Suggest a correction"), _("Suggest"))


@login_required
@require_http_methods(["GET", "POST"])
def ware(request: HttpRequest, public_id: str, kind: str, ware_id: str = "") -> HttpResponse:
    """Enter or change an offer or a need of one's enterprise; its matches follow at once."""
    mine = _mine(request, public_id)
    model = WARES.get(kind)
    if model is None:
        raise Http404
    row = model.objects.filter(enterprise=mine, public_id=ware_id).first() if ware_id else model(enterprise=mine)
    if row is None:
        raise Http404
    form = WareForm(request.POST if request.method == "POST" else None, row=row)
    form.segments(ChainSegment.objects.published())
    if request.method == "POST" and form.is_valid():
        for name, value in form.cleaned_data.items():
            setattr(row, name, value)
        try:
            fields = None if row._state.adding else list(form.cleaned_data)
            save_ware(row, fields=fields, by=request.user, door=Door.PORTAL, at=timezone.now())
            messages.success(request, _("Kept."))
            return redirect(_address(mine))
        except DomainError as error:
            say(form, error)
    return _form(request, mine, form, _("Offer") if kind == "offers" else _("Need"), _("Save"))


@login_required
@require_POST
def match_introduce(request: HttpRequest, public_id: str, match_id: str) -> HttpResponse:
    """请专员牵线: a case of chain collaboration is opened for one's need."""
    mine = _mine(request, public_id)
    row = _matches(mine).filter(public_id=match_id).first()
    if row is None:
        raise Http404
    try:
        case = introduce(row, by=request.user, door=Door.PORTAL, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(_address(mine))
    return redirect("promotion:portal_request", public_id=public_id, number=case.number)


# --- what they share -------------------------------------------------------------------------------------------------


def _mine(request: HttpRequest, public_id: str) -> Any:
    """The enterprise of this address, if the person acts for it; else there is none."""
    row = acts_for(request.user).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def _claims(request: HttpRequest) -> Any:
    """One's own claims."""
    return JoiningClaim._base_manager.filter(user=request.user.pk)


def _cases(mine: Any) -> Any:
    """An enterprise's requests; what staff keep confidential among them is not shown here."""
    return ServiceCase._base_manager.filter(enterprise=mine, confidentiality__in=("public", "internal"))


def _matches(mine: Any) -> Any:
    """Matches for an enterprise's needs with offers that enterprises here may read."""
    shown = (WareVisibility.PUBLIC, WareVisibility.ENTERPRISES)
    return ChainMatch.objects.filter(need__enterprise=mine, offer__visibility__in=shown)


def _form(request: HttpRequest, mine: Any, form: forms.Form, title: str, button: str) -> HttpResponse:
    context = {
        "form": form,
        "heading": title,
        "button": button,
        "enterprise": mine,
        "crumbs": [_desk(), {"label": str(mine), "href": _address(mine)}, {"label": title}],
    }
    return render(request, "promotion/portal_form.html", context, status=422 if form.errors else 200)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response


def _address(mine: Any) -> str:
    return reverse("promotion:portal_enterprise", args=[mine.public_id])


def _desk() -> dict[str, Any]:
    return {"label": _("Enterprise desk"), "href": reverse("promotion:portal")}
