"""Leads in the admin: the list, the form that asks about possible duplicates, and the verbs of a lead's life."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action as unfold_action
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.names import names_of
from directory.admin.records import DirectoryAdmin, RowsInline
from pinghu.accounts.roles import Role
from pinghu.admin.forms import ServiceForm
from pinghu.admin.service_admin import without_fields
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from promotion.admin.claims import ClaimVerbs, CreditShareInline, LeadClaimInline
from promotion.admin.drill import LEAD_FILTERS
from promotion.admin.lead_cards import question, shown
from promotion.admin.space import IntentInline
from promotion.models import Contact, Interaction, InvestmentProject, Lead, LeadMember, Level, Track
from promotion.rules.working_time import local_day
from promotion.services.leads import (
    OPEN_WHEN_ENDED,
    DuplicateLead,
    close_lead,
    convert_lead,
    reopen_lead,
    save_lead,
    screen_lead,
    set_confidentiality,
)


class LeadForm(ServiceForm):
    """Shows what may be the same, and takes "enter it all the same" for exactly that name and code."""

    confirmed = forms.CharField(required=False)
    cards: Any = ()
    asks = False

    def full_clean(self) -> None:
        super().full_clean()
        error = getattr(self.request, "_domain_error", None)
        if self.is_bound and isinstance(error, DuplicateLead) and self.request is not None:
            self.cards, self.asks = shown(error.cards, self.request.user), error.code == "possible_duplicate"

    def question(self) -> str:
        """What a confirmation answers; of what is stored where the form has no such field."""
        data = self.cleaned_data
        return question(data.get("name", self.instance.name), data.get("uscc", self.instance.uscc))

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data.get("confirmed")) and self.cleaned_data["confirmed"] == self.question()


class MemberInline(RowsInline):
    """Who works on it besides the officer in charge."""

    model = LeadMember
    fields = ("person", "part")


class ContactInline(RowsInline):
    """Whom we talk to."""

    model = Contact
    fields = ("name", "job_title", "phone", "email", "language")


class FollowUpInline(RowsInline):
    """What happened so far, to read, the latest first; a follow-up is logged on its own page."""

    model = Interaction
    fields = ("at", "kind", "by", "happened", "next_step", "next_on")
    readonly_fields = fields
    label_select_related = ("by",)
    ordering = ("-at", "-pk")
    per_page = 20

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MineFilter(ChoiceFilter):
    """One's own leads, or those of one's units."""

    title = _("whose leads")
    parameter_name = "whose"
    options: ClassVar[dict[str, Any]] = {"mine": _("Mine"), "units": _("My units'")}

    def queryset(self, request: Any, queryset: Any) -> Any:
        if self.value() == "mine":
            return queryset.filter(owner=request.user)
        return queryset.filter(unit__in=request.user.unit_ids) if self.value() == "units" else queryset


class NextStepFilter(ChoiceFilter):
    """Open leads by when their next step is due."""

    title = _("next step")
    parameter_name = "next"
    options: ClassVar[dict[str, Any]] = {
        "overdue": _("Overdue"),
        "today": _("Due today"),
        "week": _("Due within seven days"),
        "none": _("No next step"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        today = local_day(timezone.now())
        rows = rows.open()
        if value == "none":
            return rows.filter(next_on__isnull=True)
        if value == "week":
            return rows.filter(next_on__range=(today, today + datetime.timedelta(days=7)))
        return rows.filter(next_on=today) if value == "today" else rows.filter(next_on__lt=today)


# --- what the verbs ask ----------------------------------------------------------------------------------------------


class ScreenForm(forms.Form):
    note = forms.CharField(
        label=_("screening note"),
        help_text=_("Fit with the zone's industries, market, technology, environment, energy; follow it or not."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class CloseForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("why closed"), choices=[("", "—"), *Lead.CloseReason.choices], widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(
        label=_("note on closing"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget
    )


class ReopenForm(forms.Form):
    why = forms.CharField(label=_("why"), max_length=300, widget=UnfoldAdminTextInputWidget)


class ConvertForm(forms.Form):
    track = forms.ChoiceField(label=_("track"), choices=[("", "—"), *Track.choices], widget=UnfoldAdminSelectWidget)
    name = forms.CharField(
        label=_("name of the project"),
        help_text=_("Empty: that of the lead."),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )


class LevelForm(forms.Form):
    level = forms.ChoiceField(label=_("confidentiality"), choices=Level.choices, widget=UnfoldAdminSelectWidget)
    code_name = forms.CharField(
        label=_("code name"),
        help_text=_("What those see who may only know that it exists; empty: its number."),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
    )
    is_publication = forms.BooleanField(
        label=_("The level falls, and it is meant so"), required=False, widget=UnfoldBooleanWidget
    )
    why = forms.CharField(
        label=_("why"),
        help_text=_("Needed where the level falls."),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(Lead)
class LeadAdmin(ClaimVerbs, DirectoryAdmin):
    """Only leads that the person sees whole; who knows a code name alone finds nothing here."""

    form = LeadForm
    change_form_template = "admin/promotion/lead_change_form.html"
    save_service = staticmethod(save_lead)
    list_display = ("who", "business", "state", "owner", "next_step_by", "contacted")
    list_select_related = ("owner", "unit")
    list_filter: ClassVar[Any] = (
        ("status", ChoicesDropdownFilter),
        MineFilter,
        NextStepFilter,
        ("channel", RelatedDropdownFilter),
        ("unit", RelatedDropdownFilter),
        ("chain", RelatedDropdownFilter),
        ("activity", AutocompleteSelectFilter),
        ("owner", AutocompleteSelectFilter),
        ("confidentiality", ChoicesDropdownFilter),
        DemoFilter,
        *LEAD_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("number", "name", "name_en", "business", "uscc")
    search_help_text = _("Number, name, English name, what they do, credit code")
    ordering = ("-created_at", "-pk")
    form_select_related = ("owner", "unit", "channel", "activity", "chain", "group")
    select_fields = ("channel", "chain")
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("origin", "country"), ("business", "uscc"))}),
        (
            _("State"),
            {
                "fields": (
                    ("number", "status"),
                    ("next_step", "next_on"),
                    ("last_contact_at", "complete_at"),
                    ("screened_on", "screening_note"),
                    ("closed_on", "close_reason"),
                    "close_note",
                    "project_link",
                )
            },
        ),
        (
            _("How it came"),
            {"fields": (("channel", "activity"), ("referrer", "referring_enterprise"))},
        ),
        (
            _("What they want"),
            {
                "fields": (
                    ("chain", "segment"),
                    ("intended_investment", "currency"),
                    ("space_kind", "space_m2"),
                    "detail",
                )
            },
        ),
        (_("Known already as"), {"fields": (("counterpart", "group"), "enterprise")}),
        (
            _("Whose it is, and who may see it"),
            {"fields": (("owner", "unit"), ("confidentiality", "code_name"), "is_long_term", "is_demo")},
        ),
    )
    readonly_fields = (
        "number",
        "status",
        "next_step",
        "next_on",
        "last_contact_at",
        "complete_at",
        "screened_on",
        "screening_note",
        "closed_on",
        "close_reason",
        "close_note",
        "project_link",
    )
    export_fields = (
        "number", "name", "name_en", "uscc", "origin", "country", "business", "status", "channel", "activity",
        "referrer", "referring_enterprise", "chain", "segment", "intended_investment", "currency", "space_kind",
        "space_m2", "owner", "unit", "confidentiality", "next_step", "next_on", "last_contact_at", "screened_on",
        "closed_on", "close_reason", "is_demo",
    )  # fmt: skip
    inlines = (FollowUpInline, ContactInline, MemberInline, LeadClaimInline, CreditShareInline, IntentInline)
    actions_detail = ("log_follow_up", "screen", "convert", "close", "reopen", "set_level", *ClaimVerbs.claim_verbs)
    #: Which verbs make sense in which state; the services decide, this only leaves out dead buttons.
    _verbs_of: ClassVar[dict[str, frozenset[str]]] = {
        Lead.Status.NEW: frozenset({"log_follow_up", "screen", "close", "set_level", *ClaimVerbs.claim_verbs}),
        Lead.Status.SCREENED: frozenset({"log_follow_up", "convert", "close", "set_level", *ClaimVerbs.claim_verbs}),
        Lead.Status.CLOSED: frozenset({"reopen", "set_level", "shares_verb"}),
        Lead.Status.CONVERTED: frozenset({"log_follow_up", "set_level", "shares_verb"}),
    }

    # --- the list ---------------------------------------------------------------------------------------------------

    @display(description=_("lead"), ordering="name", header=True)
    def who(self, lead: Lead) -> list[str]:
        first, other = names_of(lead)
        second = [other, lead.number, str(lead.unit or "")]
        if lead.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL):
            second.append(str(lead.get_confidentiality_display()))
        if lead.is_demo:
            second.append(str(_("demo row")))
        return [first, " · ".join(part for part in second if part)]

    @display(
        description=_("state"),
        ordering="status",
        label={"new": "info", "screened": "warning", "converted": "success", "closed": "default"},
    )
    def state(self, lead: Lead) -> tuple[str, Any]:
        return lead.status, lead.get_status_display()

    @display(description=_("next step by"), ordering="next_on", header=True)
    def next_step_by(self, lead: Lead) -> list[Any]:
        if lead.next_on is None or not lead.is_open:
            return ["–", ""]
        late = lead.next_on < local_day(timezone.now())
        return [lead.next_on, f"{_('Overdue')} · {lead.next_step}" if late else lead.next_step]

    @admin.display(description=_("last contact"), ordering="last_contact_at")
    def contacted(self, lead: Lead) -> Any:
        return local_day(lead.last_contact_at) if lead.last_contact_at else "–"

    # --- the form ---------------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        lead = super().get_object(request, object_id, from_field)
        if lead is not None and lead.status == Lead.Status.CONVERTED:
            # It may be more confidential than the lead that it came from.
            lead.seen_project = InvestmentProject.objects.visible_to(request.user).filter(lead=lead).first()
        return lead

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return [one for one in fieldsets if one[0] != _("State")]
        hidden = {name for name in ("screened_on", "screening_note") if obj.screened_on is None}
        hidden |= {name for name in ("closed_on", "close_reason", "close_note") if obj.closed_on is None}
        hidden |= {"project_link"} if obj.status != Lead.Status.CONVERTED else set()
        return without_fields(fieldsets, hidden)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is None:
            return fields
        fixed = [name for name in ("owner", "unit") if getattr(obj, f"{name}_id") is not None]
        if not obj.is_open:
            named = [name for _title, options in self.fieldsets for name in _flat(options["fields"])]
            fixed = [name for name in named if name not in OPEN_WHEN_ENDED]
        return [*fields, *(name for name in fixed if name not in fields)]

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), confirmed=form.is_confirmed, **kwargs)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that make sense where the lead stands; asked before the page has its lead, so one query more."""
        every = super().get_actions_detail(request, object_id)
        if not str(object_id).isdigit():
            return every
        found = Lead.objects.visible_to(request.user).filter(pk=object_id).values_list("status", "unit").first()
        state, unit = found or (None, None)
        fitting = self._verbs_of.get(state, frozenset())
        user: Any = request.user
        if user.unit_ids <= {unit} and not user.has_any_role(Role.PROMOTION_MANAGER):
            fitting -= {"dispute_verb"}  # it is their own unit's already
        return [action for action in every if action.method.__name__ in fitting]

    @admin.display(description=_("project"))
    def project_link(self, lead: Lead) -> Any:
        project = getattr(lead, "seen_project", None)
        if project is None:
            return "–"
        url = reverse("admin:promotion_investmentproject_change", args=[project.pk])
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', url, project)

    # --- verbs ------------------------------------------------------------------------------------------------------

    @unfold_action(description=_("Log a follow-up"), permissions=("change",), url_path="follow-up", icon="edit_note")
    def log_follow_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        lead = self.get_object(request, unquote(object_id))
        if lead is None:
            raise Http404
        return HttpResponseRedirect(f"{reverse('admin:follow_up')}?lead={lead.public_id}")

    @verb(
        _("Screen"),
        question=_("You looked into it, and it is worth following. The note stays with the lead."),
        url_path="screen",
        form_class=ScreenForm,
        icon="fact_check",
    )
    def screen(self, request: HttpRequest, lead: Lead, note: str) -> str:
        screen_lead(lead, note=note, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Screened."))

    @verb(
        _("Make it a project"),
        question=_("A project in negotiation is made; people, contacts, follow-ups and the next step move along."),
        url_path="convert",
        form_class=ConvertForm,
        icon="rocket_launch",
    )
    def convert(self, request: HttpRequest, lead: Lead, track: str, name: str) -> HttpResponse:
        project = convert_lead(lead, track=track, name=name, by=request.user, door=Door.ADMIN, at=timezone.now())
        self.message_user(request, _("%(lead)s is now project %(number)s.") % {"lead": lead, "number": project.number})
        return HttpResponseRedirect(reverse("admin:promotion_investmentproject_change", args=[project.pk]))

    @verb(
        _("Close"),
        question=_("The lead ends. It stays on record and can be taken up again."),
        url_path="close",
        form_class=CloseForm,
        icon="archive",
    )
    def close(self, request: HttpRequest, lead: Lead, reason: str, note: str) -> str:
        close_lead(lead, reason=reason, note=note, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Closed."))

    @verb(
        _("Take up again"),
        question=_("The lead is open again where it stood."),
        url_path="reopen",
        form_class=ReopenForm,
        icon="unarchive",
    )
    def reopen(self, request: HttpRequest, lead: Lead, why: str) -> str:
        reopen_lead(lead, why=why, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Taken up again."))

    @verb(
        _("Change who may see it"),
        question=_("A higher level hides it from more people. A lower one shows it to more and needs a reason."),
        url_path="level",
        form_class=LevelForm,
        icon="visibility",
    )
    def set_level(
        self, request: HttpRequest, lead: Lead, level: str, code_name: str, is_publication: bool, why: str
    ) -> str:
        set_confidentiality(
            lead,
            level=level,
            code_name=code_name,
            is_publication=is_publication,
            why=why,
            by=request.user,
            door=Door.ADMIN,
        )
        return str(_("Level set."))


def _flat(fields: Any) -> list[str]:
    names: list[str] = []
    for name in fields:
        names += [name] if isinstance(name, str) else list(name)
    return names
