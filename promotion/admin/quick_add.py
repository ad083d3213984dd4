"""A lead in three fields and Enter, on the phone too: its own page, the matches while typing, asking to join one.

The page works without JavaScript. With it, what was typed outlives a hall without network: `quick_add.js` sends the
draft when the network is back, and its key makes it arrive once.
"""

import datetime
import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.models.enterprises import country_choices
from directory.rules import uscc as credit_code
from pinghu.accounts.roles import Role
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.admin.lead_cards import question, shown
from promotion.matching import collisions, name_key
from promotion.models import Lead, LeadChannel, PromotionActivity
from promotion.rules.confidentiality import FULL, shown_name
from promotion.rules.working_time import local_day
from promotion.services.leads import DuplicateLead, ask_to_join, save_lead

ROLES = frozenset(
    {
        Role.PROMOTION_OFFICER,
        Role.PROMOTION_MANAGER,
        Role.SERVICE_OFFICER,
        Role.SERVICE_COORDINATOR,
        Role.SUBDISTRICT_LIAISON,
    }
)
#: Chosen once, stamped on all that follow in the session.
REMEMBERED = ("channel", "activity")
_SESSION_KEY = "quick_add"
#: Leads of a fair are typed in for so many days after it.
_DAYS_AFTER = 180
#: Asked by `quick_add.js`: the answer is the form alone.
_FRAGMENT = "X-Quick-Add"


def _text(label: Any, length: int, *, required: bool = False, **attributes: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attributes})
    return forms.CharField(label=label, max_length=length, required=required, widget=widget)


class QuickAddForm(forms.Form):
    """Who, where from, what; folded away: channel, activity, credit code, country."""

    name = _text(_("who"), 200, required=True, autofocus=True, enterkeyhint="done")
    origin = _text(_("where from"), 100, enterkeyhint="done")
    business = _text(_("what they make or do"), 300, enterkeyhint="done")
    activity = forms.ModelChoiceField(
        label=_("activity"), queryset=PromotionActivity.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )
    channel = forms.ModelChoiceField(
        label=_("channel"), queryset=LeadChannel.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )
    uscc = _text(_("credit code"), 40, autocapitalize="characters")
    country = forms.ChoiceField(label=_("country or region"), required=False, widget=UnfoldAdminSelectWidget)
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    #: The name and code that the person was asked about; others must be asked about anew.
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        remembered = request.session.get(_SESSION_KEY, {})
        kwargs["initial"] = {**remembered, "client_key": str(uuid.uuid4())}
        super().__init__(*args, **kwargs)
        self.request = request
        since = local_day(timezone.now()) - datetime.timedelta(days=_DAYS_AFTER)
        activities = PromotionActivity.objects.visible_to(request.user)
        self.fields["activity"].queryset = activities.filter(ends_on__gte=since)  # type: ignore[attr-defined]
        channels = LeadChannel.objects.visible_to(request.user)
        self.fields["channel"].queryset = channels.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "—"), *country_choices()]  # type: ignore[attr-defined]

    @property
    def first(self) -> list[Any]:
        return [self[name] for name in ("name", "origin", "business")]

    @property
    def more(self) -> list[Any]:
        return [self[name] for name in ("activity", "channel", "uscc", "country")]

    @property
    def is_unfolded(self) -> bool:
        """Whether something folded away must be looked at."""
        return any(field.errors for field in self.more)

    @property
    def stamped(self) -> str:
        """The activity that goes on every lead now, beside the fold."""
        value = self["activity"].value()
        activity: Any = self.fields["activity"].queryset.filter(pk=value).first() if value else None  # type: ignore[attr-defined]
        return str(activity or "")

    def question(self) -> str:
        return question(self.cleaned_data.get("name", ""), self.cleaned_data.get("uscc", ""))

    def save(self) -> Any:
        """Enter the lead through its service. Raises DomainError."""
        key = self.cleaned_data["client_key"]
        lead = self._enter(str(key) if key else None)
        if name_key(lead.name) != name_key(self.cleaned_data["name"]):
            # The browser's "back" brought an old form with its key, and another name was typed into it.
            lead = self._enter(None)
        return lead

    def _enter(self, client_key: str | None) -> Any:
        values = {name: self.cleaned_data[name] for name in (*REMEMBERED, "name", "origin", "business", "country")}
        if values["channel"] is None and values["activity"] is not None:
            # Whoever chose the fair need not say that the lead came from a fair: the claim begins at once.
            values["channel"] = self.fields["channel"].queryset.filter(code=values["activity"].kind).first()  # type: ignore[attr-defined]
        return save_lead(
            Lead(uscc=credit_code.normalise(self.cleaned_data["uscc"]), **values),
            by=self.request.user,
            door=Door.ADMIN,
            at=timezone.now(),
            confirmed=self.cleaned_data["confirmed"] == self.question(),
            client_key=client_key,
        )


@admin_page("quick-add/", "quick_add", title=_("New lead"), icon="add_circle", roles=ROLES)
def quick_add(request: HttpRequest) -> HttpResponse:
    """The page; a POST enters the lead and shows the empty page again, its number above it."""
    is_fragment = _FRAGMENT in request.headers
    if request.method != "POST":
        return _page(request, QuickAddForm(request=request))
    form = QuickAddForm(request.POST, request=request)
    if not form.is_valid():
        return _page(request, form, fragment=is_fragment, status=422)
    try:
        lead = form.save()
    except DuplicateLead as error:
        # The next Enter with the same name and code is the answer.
        answers = request.POST.copy()
        answers["confirmed"] = form.question()
        form = QuickAddForm(answers, request=request)
        form.is_valid()
        show_messages(form, error.fields)
        return _page(request, form, fragment=is_fragment, status=409, error=error)
    except DomainError as error:
        show_messages(form, error.fields or {"": [error.message]})
        return _page(request, form, fragment=is_fragment, status=422)
    request.session[_SESSION_KEY] = {
        name: form.cleaned_data[name].pk for name in REMEMBERED if form.cleaned_data[name] is not None
    }
    if is_fragment:
        return _page(request, QuickAddForm(request=request), fragment=True, status=201, lead=lead)
    messages.success(request, _entered(lead))
    return HttpResponseRedirect(reverse("admin:quick_add"))


def _entered(lead: Any) -> Any:
    url = reverse("admin:promotion_lead_change", args=[lead.pk])
    link = format_html('<a class="message-link" href="{}">{}</a>', url, lead)
    return format_html("{} {}", _("Entered:"), link)


def _page(
    request: HttpRequest,
    form: QuickAddForm,
    *,
    fragment: bool = False,
    status: int = 200,
    error: DuplicateLead | None = None,
    lead: Any = None,
) -> HttpResponse:
    context = {
        "form": form,
        "cards": shown(error.cards, request.user) if error is not None else [],
        "asks": error is not None and error.code == "possible_duplicate",
        "question": error.message if error is not None else "",
        "entered": _entered(lead) if lead is not None else "",
    }
    if fragment:
        return TemplateResponse(request, "admin/promotion/quick_add_form.html", context, status=status)
    context |= {**admin.site.each_context(request), "title": _("New lead")}
    # Without script a refused form is an ordinary page.
    return TemplateResponse(request, "admin/promotion/quick_add.html", context)


@admin_page("quick-add/matches/", "quick_add_matches", roles=ROLES)
@require_GET
def quick_add_matches(request: HttpRequest) -> HttpResponse:
    """What is known under the name and code typed so far, as cards; nothing is kept."""
    name, uscc = request.GET.get("name", "")[:200], request.GET.get("uscc", "")[:40]
    cards = shown(collisions(name=name, uscc=uscc, user=request.user).cards, request.user)
    return TemplateResponse(request, "admin/promotion/quick_add_cards.html", {"cards": cards})


class JoinForm(forms.Form):
    """Why one wants to join."""

    reason = _text(_("why"), 300, autofocus=True)


@admin_page("quick-add/join/<int:lead>/", "quick_add_join", roles=ROLES)
def quick_add_join(request: HttpRequest, lead: int) -> HttpResponse:
    """Ask the officer of a lead to be let in. What the person may not even know of is not there (404)."""
    row = Lead.objects.known_to(request.user).select_related("unit").filter(pk=lead).first()
    if row is None:
        raise Http404
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_to_join(row, by=request.user, reason=form.cleaned_data["reason"], door=Door.ADMIN, at=timezone.now())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Asked. The officer in charge decides."))
            return HttpResponseRedirect(reverse("admin:quick_add"))
    seen = row.sight(request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Ask to join"),
        "form": form,
        "name": shown_name(str(row), row.code_name or row.number, seen),
        "is_masked": seen != FULL,
        "unit": row.unit,
        "stage": row.get_status_display(),
        "on": local_day(row.created_at),
    }
    return TemplateResponse(request, "admin/promotion/quick_add_join.html", context)
