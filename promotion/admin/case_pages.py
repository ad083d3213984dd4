"""Pages of cases beside the list and the form: the desks, dispatching one or many, a handler's reply, the files."""

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.forms import show_messages
from pinghu.admin.looks import log_look
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.admin.cases import COLOURS
from promotion.admin.evidence import download_of
from promotion.admin.follow_ups import DayInput
from promotion.calendar import office_calendar
from promotion.case_desk import LIMIT, colour_of, desk, desks_of
from promotion.models import CaseFile, CaseHandler, CaseState, ExternalUnit, Level, ServiceCase
from promotion.rules import sla
from promotion.rules.working_time import WorkCalendar, local_day
from promotion.services import cases
from promotion.services.case_files import MOST_FILES, add_case_file
from promotion.services.evidence import ACCEPT, MOST_BYTES, TYPES

SERVICE_ROLES = STAFF_ROLES - {Role.DATA_STEWARD}
COORDINATORS = frozenset({Role.SERVICE_COORDINATOR})
#: Co-handlers that the page has room for.
_CO = 3
_MOST_AT_ONCE = 200

DESKS = {
    "mine": gettext_lazy("My desk"),
    "unit": gettext_lazy("My units' desk"),
    "coordinator": gettext_lazy("Coordinator's desk"),
}
SECTIONS = {
    "overdue": gettext_lazy("Overdue"),
    "new": gettext_lazy("New: take up or object"),
    "yellow": gettext_lazy("Soon due"),
    "in_progress": gettext_lazy("In progress"),
    "waiting": gettext_lazy("Waiting for the enterprise"),
    "replied": gettext_lazy("Answered, not yet rated"),
    "objections": gettext_lazy("Objections to decide"),
    "extensions": gettext_lazy("Extensions to decide"),
    "reopened": gettext_lazy("Came back, not content"),
    "to_accept": gettext_lazy("To accept"),
    "to_dispatch": gettext_lazy("To dispatch"),
    "to_answer": gettext_lazy("An external unit replied: answer the enterprise"),
    "external": gettext_lazy("With an external unit"),
    "transferred_up": gettext_lazy("Transferred up"),
}


# --- desks -----------------------------------------------------------------------------------------------------------


@admin_page("desk/", "case_desk", title=gettext_lazy("Case desk"), icon="support_agent", roles=SERVICE_ROLES)
def case_desk(request: HttpRequest) -> HttpResponse:
    """What waits: for me, my units, the coordinator.

    A coordinator starts at the coordinator's desk; whoever has nothing on their own, at that of their units.
    """
    known = desks_of(request.user)
    which, now = request.GET.get("desk", ""), timezone.now()
    if which not in known:
        which = known[-1] if Role.SERVICE_COORDINATOR in request.user.role_codes else known[0]  # type: ignore[union-attr]
        if which == "mine" and "unit" in known and not desk(request.user, which, now):
            which = "unit"
    calendar = office_calendar()
    sections = [
        {
            "title": SECTIONS[section.code],
            "code": section.code,
            "count": section.count,
            "cards": [case_card(case, now, calendar) for case in section.cases],
        }
        for section in desk(request.user, which, now)
    ]
    context = {
        **admin.site.each_context(request),
        "title": DESKS[which],
        "desks": [(code, DESKS[code], code == which) for code in known],
        "sections": sections,
        "limit": LIMIT,
        "may_add": request.user.has_perm("promotion.add_servicecase"),
    }
    return TemplateResponse(request, "admin/promotion/case_desk.html", context)


@dataclass(frozen=True, slots=True)
class Card:
    """A case on a desk: its card with a word, by when what is expected, and how far that is."""

    case: Any
    colour: str
    word: Any
    by: datetime.datetime | None = None
    far: str = ""

    @property
    def has_handler(self) -> bool:
        """Before a dispatch its unit is only whoever entered it."""
        return self.case.state not in (CaseState.SUBMITTED, CaseState.ACCEPTED)


def case_card(case: Any, now: datetime.datetime, calendar: WorkCalendar) -> Card:
    """What is waited for next: acceptance, the answer, or somebody else while the clock stands still."""
    if case.state in (CaseState.WAITING, CaseState.TRANSFERRED_UP):
        return Card(case, "still", _("the clock stands still"))
    if case.state == CaseState.REPLIED:
        return Card(case, "still", case.get_state_display(), case.replied_at)
    if case.state == CaseState.SUBMITTED and case.accept_due_at is not None:
        is_late = now > case.accept_due_at
        word = _("accept it: late") if is_late else _("accept it")
        return Card(
            case, sla.RED if is_late else sla.GREEN, word, case.accept_due_at, _far(case.accept_due_at, now, calendar)
        )
    colour = colour_of(case, now)
    return Card(case, colour, COLOURS[colour], case.due_at, _far(case.due_at, now, calendar) if case.due_at else "")


def _far(due: datetime.datetime, now: datetime.datetime, calendar: WorkCalendar) -> str:
    """In working days from today."""
    days = calendar.working_days_between(local_day(now), local_day(due))
    if days == 0:
        return _("today") if now <= due else ""
    if days > 0:
        return ngettext("%(count)s working day left", "%(count)s working days left", days) % {"count": days}
    return ngettext("%(count)s working day late", "%(count)s working days late", -days) % {"count": -days}


# --- dispatching -----------------------------------------------------------------------------------------------------


class DispatchForm(forms.Form):
    """One handler: a unit of ours or an external one, who there, and its own limit."""

    whom = forms.ChoiceField(label=gettext_lazy("unit"), required=False, widget=UnfoldAdminSelectWidget)
    person = forms.ModelChoiceField(
        label=gettext_lazy("person"), queryset=User.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )
    limit_days = forms.IntegerField(
        label=gettext_lazy("working days"),
        required=False,
        min_value=1,
        max_value=250,
        help_text=gettext_lazy("Empty: the case's own."),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, choices: list[Any], people: Any, is_lead: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].choices = choices  # type: ignore[attr-defined]
        self.fields["whom"].required = is_lead
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    def dispatch(self) -> cases.Dispatch | None:
        kind, _dot, key = self.cleaned_data["whom"].partition(".")
        if not kind:
            return None
        return cases.Dispatch(
            unit=Department.objects.get(pk=key) if kind == "unit" else None,
            external=ExternalUnit.objects.get(pk=key) if kind == "external" else None,
            person=self.cleaned_data["person"],
            limit_days=self.cleaned_data["limit_days"],
        )


class DispatchNoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("note for the handlers"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
    )


def _whom() -> list[Any]:
    units = [(f"unit.{pk}", name) for pk, name in Department.objects.order_by("name").values_list("pk", "name")]
    outside = [(f"external.{each.pk}", str(each)) for each in ExternalUnit.objects.filter(is_active=True)]
    return [("", "—"), (_("Our units"), units), (_("External units"), outside)]


@admin_page("cases/dispatch/", "case_dispatch", roles=COORDINATORS)
def case_dispatch(request: HttpRequest) -> HttpResponse:
    """Dispatch one case or many to the same handlers; what is hidden or may not be dispatched now is said."""
    keys = request.GET.getlist("case")[:_MOST_AT_ONCE]
    rows = list(ServiceCase.objects.visible_to(request.user).filter(public_id__in=keys).order_by("due_at", "pk"))
    if not rows:
        raise Http404
    _log_confidential(request, rows)
    choices = _whom()
    people = User.objects.filter(is_active=True, memberships__role__in=STAFF_ROLES).distinct().order_by("username")
    data = request.POST if request.method == "POST" else None
    forms_ = [
        DispatchForm(
            data,
            prefix=f"h{place}",
            choices=choices,
            people=people,
            is_lead=place == 0,
            initial=_proposed(rows) if place == 0 else None,
        )
        for place in range(_CO + 1)
    ]
    note = DispatchNoteForm(data)
    are_valid = [form.is_valid() for form in (*forms_, note)] if data is not None else [False]
    if all(are_valid) and _dispatch(request, rows, forms_, note):
        return HttpResponseRedirect(_back(rows))
    context = {
        **admin.site.each_context(request),
        "title": _("Dispatch"),
        "rows": rows,
        "lead": forms_[0],
        "co": forms_[1:],
        "note": note,
        "back": _back(rows),
    }
    return TemplateResponse(request, "admin/promotion/case_dispatch.html", context, status=200 if data is None else 422)


def _proposed(rows: list[Any]) -> dict[str, Any]:
    """A class issue of a chain is for the chain's task force."""
    force = cases.chain_task_force(rows[0]) if len(rows) == 1 else None
    return {"whom": f"unit.{force.unit_id}"} if force is not None else {}


def _log_confidential(request: HttpRequest, rows: list[Any]) -> None:
    """One line for each look at the page, with the confidential cases that it names."""
    shown = [case.public_id for case in rows if case.is_confidential()]
    if shown and request.method == "GET":
        log_access(
            by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, rows=len(shown), page="dispatch", cases=shown
        )


def _back(rows: list[Any]) -> str:
    if len(rows) == 1:
        return reverse("admin:promotion_servicecase_change", args=[rows[0].pk])
    return f"{reverse('admin:case_desk')}?desk=coordinator"


def _dispatch(request: HttpRequest, rows: list[Any], forms_: list[DispatchForm], note: DispatchNoteForm) -> bool:
    lead, *co = (form.dispatch() for form in forms_)
    done, refused = 0, []
    for case in rows:
        try:
            cases.dispatch_case(
                case,
                lead or cases.Dispatch(),
                [each for each in co if each is not None],
                note=note.cleaned_data["note"],
                by=request.user,
                door=Door.ADMIN,
                at=timezone.now(),
            )
        except DomainError as error:
            if error.fields:
                show_messages(forms_[0], {"": [text for texts in error.fields.values() for text in texts]})
                return False
            refused.append(f"{case.number}: {error.message}")
        else:
            done += 1
    if done:
        messages.success(request, _("%(count)s dispatched.") % {"count": done})
    for text in refused:
        messages.error(request, text)
    return True


# --- a handler's reply -----------------------------------------------------------------------------------------------


class HandlerReplyForm(forms.Form):
    """What the handler replied, when (an external unit, by telephone), and its letter."""

    text = forms.CharField(
        label=gettext_lazy("what was replied"), max_length=5000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    replied_on = forms.DateField(
        label=gettext_lazy("replied on"),
        required=False,
        help_text=gettext_lazy("Empty: now. For an external unit the day on which it replied."),
        widget=DayInput,
    )
    file = forms.FileField(
        label=gettext_lazy("Letter or photo"),
        required=False,
        max_length=250,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPT}),
    )


@admin_page("cases/handlers/<str:public_id>/reply/", "case_handler_reply", roles=SERVICE_ROLES)
def case_handler_reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Enter the reply of one handler; of a hidden case there is none (404)."""
    rows = CaseHandler.objects.visible_to(request.user).select_related("case", "unit", "external")
    handler = rows.filter(public_id=public_id).first()
    if handler is None:
        raise Http404
    log_look(request, handler.case, "reply")
    back = reverse("admin:promotion_servicecase_change", args=[handler.case_id])
    form = HandlerReplyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _reply(request, handler, form):
        messages.success(request, _("Entered."))
        return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": _("Enter a reply"),
        "heading": f"{handler.case} · {handler}",
        "question": _("The reply of this handler. The answer to the enterprise is a step of its own."),
        "form": form,
        "back": back,
    }
    status = 200 if request.method != "POST" else 422
    return TemplateResponse(request, "admin/promotion/case_form.html", context, status=status)


def _reply(request: HttpRequest, handler: Any, form: HandlerReplyForm) -> bool:
    now = timezone.now()
    day = form.cleaned_data["replied_on"]
    # A day stands for its end, or for now where it is today: never before the dispatch of the same day.
    when = min(now, _end_of(day)) if day else now
    shared = {"by": request.user, "door": Door.ADMIN, "at": now}
    try:
        if form.cleaned_data["file"]:
            add_case_file(handler.case, upload=form.cleaned_data["file"], title=str(handler), **shared)  # type: ignore[arg-type]
        cases.enter_reply(handler, text=form.cleaned_data["text"], replied_at=when, **shared)  # type: ignore[arg-type]
    except DomainError as error:
        fields = {("replied_on" if name == "replied_at" else name): texts for name, texts in error.fields.items()}
        show_messages(form, fields or {"": [error.message]})
        return False
    return True


def _end_of(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(23, 59, 59)))


# --- files -----------------------------------------------------------------------------------------------------------


class CaseFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        max_length=250,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPT}),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), required=False, max_length=120, widget=UnfoldAdminTextInputWidget
    )
    is_shown = forms.BooleanField(
        label=gettext_lazy("The enterprise may read it"), required=False, widget=UnfoldBooleanWidget
    )


@admin_page("cases/<str:public_id>/files/", "case_files", roles=SERVICE_ROLES)
def case_files(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add a file to a case; a case that is hidden is not there (404)."""
    case = ServiceCase.objects.visible_to(request.user).filter(public_id=public_id).first()
    if case is None:
        raise Http404
    log_look(request, case, "files")
    back = reverse("admin:promotion_servicecase_change", args=[case.pk])
    form = CaseFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            add_case_file(
                case,
                upload=said["file"],
                title=said["title"],
                is_shown=said["is_shown"],
                by=request.user,
                door=Door.ADMIN,
                at=timezone.now(),
            )
        except DomainError as error:
            show_messages(form, error.fields or {"": [error.message]})
        else:
            messages.success(request, _("Kept."))
            return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": _("Add a file"),
        "heading": str(case),
        "question": _("Up to %(size)s MB, %(count)s files a case: %(types)s.")
        % {"size": MOST_BYTES // 1024**2, "count": MOST_FILES, "types": ", ".join(each.name for each in TYPES)},
        "form": form,
        "back": back,
    }
    status = 200 if request.method != "POST" else 422
    return TemplateResponse(request, "admin/promotion/case_form.html", context, status=status)


@admin_page("cases/files/<str:public_id>/", "case_file_download", roles=SERVICE_ROLES)
def case_file_download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One file, as a download; reads of restricted and confidential cases are logged."""
    row = CaseFile.objects.visible_to(request.user).select_related("case").filter(public_id=public_id).first()
    if row is None:
        raise Http404
    answer = download_of(row)
    if row.case.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL):
        log_access(by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, subject=row, case=row.case.public_id)
    return answer
