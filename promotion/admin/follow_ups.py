"""Follow-ups in the admin: the list of what was said, and a page for a thumb to log the next one.

The page works without JavaScript. With it, a draft outlives a hall without network: `follow_up.js` sends it when the
network is back, and its key makes it arrive once.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from directory.admin.records import DirectoryAdmin
from directory.models import Enterprise
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.access import log_read
from pinghu.ledger.models import Door
from promotion.calendar import work_calendar
from promotion.models import Counterpart, Interaction, InvestmentProject, Lead
from promotion.my_day import recent_records
from promotion.rules.follow_ups import IN_THREE_DAYS, NEXT_MONDAY, TOMORROW, chips
from promotion.rules.working_time import local_day
from promotion.services.claims import OWNER_ROLES
from promotion.services.follow_ups import has_ended, log_follow_up, may_correct, save_follow_up

#: What a follow-up can be logged on, by the name of the parameter, with the page of such a record.
SUBJECTS: dict[str, tuple[Any, str]] = {
    "lead": (Lead, "promotion_lead"),
    "project": (InvestmentProject, "promotion_investmentproject"),
    "counterpart": (Counterpart, "promotion_counterpart"),
    "enterprise": (Enterprise, "directory_enterprise"),
}
CHIP_NAMES = {TOMORROW: _("Tomorrow"), IN_THREE_DAYS: _("In 3 days"), NEXT_MONDAY: _("Next Monday")}
#: Asked by `follow_up.js`: the answer is the form alone.
_FRAGMENT = "X-Follow-Up"
_SHOWN = 3


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own calendar: the quickest on a phone, and no script."""

    input_type = "date"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a follow-up is logged on."""

    kind: str
    row: Any

    @property
    def url(self) -> str:
        return record_url(self.kind, self.row.pk)

    @property
    def has_ended(self) -> bool:
        return self.kind in ("lead", "project") and has_ended(self.row)


def record_url(kind: str, pk: Any) -> str:
    """The page of a lead, project, counterpart or enterprise."""
    try:
        return reverse(f"admin:{SUBJECTS[kind][1]}_change", args=[pk])
    except NoReverseMatch:  # a list that this process does not serve
        return reverse("admin:my_day")


class FollowUpForm(forms.Form):
    """What happened, and the next step with its day or why there is none. The service says what is missing."""

    kind = forms.ChoiceField(
        label=_("kind"), choices=Interaction.Kind.choices, initial=Interaction.Kind.CALL, widget=forms.RadioSelect
    )
    happened = forms.CharField(
        label=_("what happened"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    next_step = forms.CharField(label=_("next step"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    chip = forms.DateField(required=False, widget=forms.HiddenInput)
    next_on = forms.DateField(label=_("next step by"), required=False, widget=DayInput)
    none_because = forms.CharField(
        label=_("no next step, because"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"client_key": str(uuid.uuid4()), "kind": Interaction.Kind.CALL})
        super().__init__(*args, **kwargs)

    def save(self, subject: Subject, by: Any) -> Any:
        """Log it through its service. Raises DomainError."""
        given = self.cleaned_data
        return log_follow_up(
            happened=given["happened"],
            next_step=given["next_step"],
            next_on=given["next_on"] or given["chip"],
            none_because=given["none_because"],
            kind=given["kind"],
            **{subject.kind: subject.row},
            by=by,
            door=Door.ADMIN,
            at=timezone.now(),
            client_key=str(given["client_key"]) if given["client_key"] else None,
        )


@admin_page("follow-up/", "follow_up", title=_("Log a follow-up"), icon="edit_note", roles=OWNER_ROLES)
def follow_up(request: HttpRequest) -> HttpResponse:
    """The page for `?lead=`, `?project=`, `?counterpart=` or `?enterprise=` (public ids); without, what to choose from.

    A POST logs it and goes back to the record (or, with `back=my_day`, to one's day).
    """
    subject = _subject(request)
    if subject is None:
        return _choose(request)
    if request.method != "POST":
        log_read(subject.row, by=request.user, door=Door.ADMIN, page="follow-up")
        return _page(request, subject, FollowUpForm())
    form = FollowUpForm(request.POST)
    if form.is_valid():
        try:
            form.save(subject, request.user)
        except DomainError as error:
            show_messages(form, error.fields or {"": [error.message]})
        else:
            return _logged(request, subject)
    return _page(request, subject, form, status=422)


def _subject(request: HttpRequest) -> Subject | None:
    """What the address or the form names, as far as the person sees it (404); a converted lead is its project."""
    asked = request.POST if request.method == "POST" else request.GET
    for kind, (model, _page_name) in SUBJECTS.items():
        if not (public_id := asked.get(kind, "")):
            continue
        row = model.objects.visible_to(request.user).filter(public_id=public_id).first()
        if row is None:
            raise Http404
        if kind == "lead" and row.status == Lead.Status.CONVERTED:
            project = InvestmentProject.objects.visible_to(request.user).filter(lead=row).first()
            if project is not None:
                return Subject("project", project)
        return Subject(kind, row)
    return None


def _choose(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Log a follow-up"),
        "steps": recent_records(request.user),
    }
    return TemplateResponse(request, "admin/promotion/follow_up_choose.html", context)


def _logged(request: HttpRequest, subject: Subject) -> HttpResponse:
    url = reverse("admin:my_day") if request.POST.get("back") == "my_day" else subject.url
    if _FRAGMENT in request.headers:
        done = {"url": url, "subject": subject}
        return TemplateResponse(request, "admin/promotion/follow_up_done.html", done, status=201)
    link = format_html('<a class="message-link" href="{}">{}</a>', subject.url, subject.row)
    messages.success(request, format_html("{} {}", _("Logged:"), link))
    return HttpResponseRedirect(url)


def _page(request: HttpRequest, subject: Subject, form: FollowUpForm, *, status: int = 200) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "form": form,
        "subject": subject,
        "back": "my_day" if asked.get("back") == "my_day" else "",
        "chips": _chips(),
        "chosen": form["chip"].value() or "",
    }
    if _FRAGMENT in request.headers:
        return TemplateResponse(request, "admin/promotion/follow_up_form.html", context, status=status)
    talks = Interaction.objects.visible_to(request.user).filter(**{subject.kind: subject.row})
    context |= {
        **admin.site.each_context(request),
        "title": _("Log a follow-up"),
        "talks": talks.select_related("by")[:_SHOWN],
    }
    # Without script a refused form is an ordinary page.
    return TemplateResponse(request, "admin/promotion/follow_up.html", context)


def _chips() -> list[dict[str, Any]]:
    found = chips(work_calendar(), local_day(timezone.now()))
    return [{"name": CHIP_NAMES[chip.code], "on": chip.on, "is_moved": chip.is_moved} for chip in found]


@admin.register(Interaction)
class InteractionAdmin(DirectoryAdmin):
    """What was said, when and by whom. Logged on its own page; here only the words are corrected, by their author."""

    save_service = staticmethod(save_follow_up)
    list_display = ("at", "kind", "happened", "lead", "project", "counterpart", "by", "next_step", "next_on")
    list_select_related = ("lead", "project", "counterpart", "by")
    form_select_related = ("by",)
    list_filter = (("kind", ChoicesDropdownFilter), ("at", RangeDateTimeFilter))
    search_fields = ("happened", "next_step", "lead__name", "lead__number", "project__name", "project__number")
    ordering = ("-at", "-pk")
    date_hierarchy = None
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("kind", "at", "by"),
                    ("lead", "project", "counterpart"),
                    ("enterprise", "activity"),
                    "happened",
                    ("next_step", "next_on"),
                    "none_because",
                )
            },
        ),
    )
    readonly_fields = (
        "kind",
        "at",
        "by",
        "lead",
        "project",
        "counterpart",
        "enterprise",
        "activity",
        "next_step",
        "next_on",
        "none_because",
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_correct(obj, request.user))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A follow-up is logged on its page."""
        return HttpResponseRedirect(reverse("admin:follow_up"))
