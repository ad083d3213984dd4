"""First report, first talk in the admin: claims to read, disputes and requests to decide, and the verbs of a lead."""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action as unfold_action
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from directory.admin.records import RowsInline, VerbsOnlyAdmin
from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import Role
from pinghu.admin.pages import admin_page
from pinghu.admin.values import EMPTY
from pinghu.admin.verbs import verb
from pinghu.errors import DomainError
from pinghu.ledger.access import log_read
from pinghu.ledger.models import Door
from promotion.admin.follow_ups import DayInput, record_url
from promotion.models import ClaimDispute, CreditShare, JoinRequest, Lead, LeadClaim
from promotion.models.base import viewer_of
from promotion.rules import claims as rules
from promotion.rules.confidentiality import FULL, shown_name, sight
from promotion.rules.working_time import local_day
from promotion.services.claims import (
    OWNER_ROLES,
    claim_terms,
    decide_dispute,
    extend_claim,
    facts_of,
    raise_dispute,
    set_credit_shares,
    standings,
    transfer_lead,
)
from promotion.services.leads import decide_join

STATUS_NAMES = {
    rules.PENDING: _("Waits for missing fields"),
    rules.ACTIVE: _("Protected"),
    rules.EXPIRING: _("Protection ends soon"),
    rules.EXPIRED: _("Protection expired"),
    rules.RELEASED: _("Released"),
    rules.OVERRULED: _("Overruled"),
}
_STATUS_COLOURS = {
    rules.PENDING: "info",
    rules.ACTIVE: "success",
    rules.EXPIRING: "warning",
    rules.EXPIRED: "danger",
    rules.RELEASED: "default",
    rules.OVERRULED: "default",
}
#: Rows of the page of credit shares; one more than are filled, if those are many.
_SHARE_ROWS = 4


def _reason(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


def _unit(label: Any, **options: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=label, queryset=Department.objects.all(), widget=UnfoldAdminSelectWidget, **options
    )


def officers() -> Any:
    """Who may be given a lead, for choosing."""
    working = User.objects.filter(is_active=True, memberships__role__in=OWNER_ROLES)
    return working.distinct().order_by("last_name", "first_name", "username")


# --- the verbs of a lead ---------------------------------------------------------------------------------------------


class TransferForm(forms.Form):
    """To whom, and why."""

    owner = forms.ModelChoiceField(
        label=_("officer in charge"), queryset=User.objects.none(), widget=UnfoldAdminSelectWidget
    )
    unit = _unit(_("unit"), required=False, help_text=_("Empty: the unit where the new officer works."))
    why = _reason(_("why"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = officers()  # type: ignore[attr-defined]


class DisputeForm(forms.Form):
    """For which unit, and what speaks for it."""

    unit = _unit(_("unit that claims it"))
    reason = _reason(_("what you say"))


class ExtendForm(forms.Form):
    """Until when, and why."""

    until = forms.DateField(label=_("protected until"), widget=DayInput)
    why = _reason(_("why"))


class ClaimVerbs:
    """For the admin of leads: name them in `actions_detail`."""

    claim_verbs = ("transfer_verb", "dispute_verb", "extend_verb", "shares_verb")

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_any_role(Role.PROMOTION_MANAGER))  # type: ignore[union-attr]

    def has_claim_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Also on a lead that one may not change: it is somebody else's."""
        return bool(request.user.has_any_role(*OWNER_ROLES))  # type: ignore[union-attr]

    @verb(
        _("Transfer"),
        question=_("The lead gets another officer in charge. Whoever talked first stays on record."),
        url_path="transfer",
        form_class=TransferForm,
        icon="swap_horiz",
    )
    def transfer_verb(self, request: HttpRequest, lead: Any, owner: Any, unit: Any, why: str) -> Any:
        transfer_lead(lead, owner=owner, unit=unit, why=why, by=request.user, door=Door.ADMIN, at=timezone.now())
        done = _("Transferred to %(person)s.") % {"person": owner}
        if Lead.objects.visible_to(request.user).filter(pk=lead.pk).exists():
            return str(done)
        # Whoever gave it away may not see it any more.
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:promotion_lead_changelist"))

    @verb(
        _("Raise a dispute"),
        question=_("Your unit says that the lead is its own. A promotion manager decides; until then nothing moves."),
        permissions=("claim",),
        url_path="dispute",
        form_class=DisputeForm,
        icon="balance",
    )
    def dispute_verb(self, request: HttpRequest, lead: Any, unit: Any, reason: str) -> str:
        raise_dispute(lead, unit=unit, reason=reason, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Raised. A promotion manager decides."))

    @verb(
        _("Extend protection"),
        question=_("The unit that has the lead stays protected until the day you give, even without a talk."),
        permissions=("manage",),
        url_path="extend",
        form_class=ExtendForm,
        icon="more_time",
    )
    def extend_verb(self, request: HttpRequest, lead: Any, until: datetime.date, why: str) -> str:
        claim = lead.claims.filter(unit=lead.unit_id, released_at__isnull=True, overruled_at__isnull=True).first()
        if claim is None:
            raise DomainError(_("No claim stands on this lead. Transfer it to whoever is to have it."))
        extend_claim(claim, until=until, why=why, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Protected until %(day)s.") % {"day": until})

    @unfold_action(description=_("Credit shares"), permissions=("manage",), url_path="credit-shares", icon="pie_chart")
    def shares_verb(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:credit_shares", args=[object_id]))


class LeadClaimInline(RowsInline):
    """Who reported the lead, to read."""

    model = LeadClaim
    fields = ("unit", "reporter", "reported_at", "complete_at", "first_talker", "extended_until", "ended_because")
    readonly_fields = fields
    label_select_related = ("unit", "reporter", "first_talker")
    ordering = ("reported_at", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CreditShareInline(LeadClaimInline):
    """Which unit gets what share of the credit, to read; `shares_verb` changes it."""

    model = CreditShare
    fields = ("unit", "percent")
    readonly_fields = fields
    label_select_related = ("unit",)
    ordering = ("-percent", "pk")


# --- credit shares ---------------------------------------------------------------------------------------------------


class ShareForm(forms.Form):
    """One unit's share; an empty row is none."""

    unit = _unit(_("unit"), required=False)
    percent = forms.DecimalField(
        label=_("share of the credit, %"),
        required=False,
        max_digits=5,
        decimal_places=2,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )

    def clean(self) -> Any:
        given = super().clean() or {}
        if not self.errors and (given.get("unit") is None) != (given.get("percent") is None):
            raise forms.ValidationError(_("A share needs its unit and its percent."))
        return given


@admin_page("credit-shares/<int:lead>/", "credit_shares", roles=frozenset({Role.PROMOTION_MANAGER}))
def credit_shares(request: HttpRequest, lead: int) -> HttpResponse:
    """Which unit gets what share of the credit for a lead; a POST replaces all of them."""
    row = Lead.objects.visible_to(request.user).filter(pk=lead).first()
    if row is None:
        raise Http404
    if request.method == "GET":
        log_read(row, by=request.user, door=Door.ADMIN, page="credit shares")
    formset_class = forms.formset_factory(ShareForm, extra=0)
    problems: list[str] = []
    if request.method == "POST":
        formset = formset_class(request.POST)
        if formset.is_valid():
            given = [(form["unit"], form["percent"]) for form in formset.cleaned_data if form.get("unit")]
            problems = _save_shares(request, row, given)
            if not problems:
                messages.success(request, _("Credit shares saved."))
                return HttpResponseRedirect(record_url("lead", row.pk))
    else:
        known = [{"unit": share.unit_id, "percent": share.percent} for share in row.credit_shares.all()]
        empty: list[dict[str, Any]] = [{} for _row in range(max(_SHARE_ROWS - len(known), 1))]
        formset = formset_class(initial=[*known, *empty])
    context = {
        **admin.site.each_context(request),
        "title": _("Credit shares"),
        "lead": row,
        "lead_url": record_url("lead", row.pk),
        "formset": formset,
        "problems": problems,
        "claims": standings(row, at=timezone.now()),
    }
    return TemplateResponse(request, "admin/promotion/claims_shares.html", context)


def _save_shares(request: HttpRequest, lead: Any, given: list[tuple[Any, Decimal]]) -> list[str]:
    """Save them; returns what is wrong."""
    if len({unit.pk for unit, _percent in given}) < len(given):
        return [str(_("Each unit has one share."))]
    try:
        set_credit_shares(lead, dict(given), by=request.user, door=Door.ADMIN)
    except DomainError as error:
        return [text for texts in error.fields.values() for text in texts] or [error.message]
    return []


# --- claims ----------------------------------------------------------------------------------------------------------


@admin.register(LeadClaim)
class LeadClaimAdmin(VerbsOnlyAdmin):
    """Who claims which lead since when, to read: claims are made and ended by the services."""

    list_display = ("lead", "unit", "reporter", "reported_at", "status", "protected_until", "first_talker")
    list_select_related = ("lead", "unit", "reporter", "first_talker")
    form_select_related = ("lead", "unit", "reporter", "first_talker")
    list_filter = (("unit", RelatedDropdownFilter),)
    search_fields = ("lead__number", "lead__name", "unit__name")
    ordering = ("-reported_at", "-pk")
    label_select_related = ("lead", "unit")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("lead", "unit"),
                    ("reporter", "reported_at", "complete_at"),
                    ("status", "protected_until", "extended_until"),
                    "first_talker",
                    ("reminded_at", "manager_asked_at"),
                    ("released_at", "overruled_at", "ended_because"),
                )
            },
        ),
    )
    readonly_fields = ("status", "protected_until")
    export_fields = (
        "lead", "unit", "reporter", "reported_at", "complete_at", "extended_until", "first_talker", "released_at",
        "overruled_at", "ended_because",
    )  # fmt: skip

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        _judge(list(found.result_list))
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            _judge([row])
        return row

    @display(description=_("state"), label=_STATUS_COLOURS)
    def status(self, row: Any) -> Any:
        return row.judged_status, STATUS_NAMES[row.judged_status]

    @admin.display(description=_("protected until"))
    def protected_until(self, row: Any) -> Any:
        return row.judged_until or EMPTY


def _judge(claims: list[Any]) -> None:
    """Put state and last protected day on the claims of one page; five queries."""
    at = timezone.now()
    facts, terms = facts_of(claims), claim_terms(local_day(at))
    for claim in claims:
        claim.judged_status = rules.status_at(facts[claim.pk], at, terms)
        claim.judged_until = rules.protected_until(facts[claim.pk], at, terms)


# --- disputes --------------------------------------------------------------------------------------------------------


class DecideForm(forms.Form):
    """To which unit the lead goes, and why."""

    awarded_to = _unit(_("goes to"))
    decision = _reason(_("ruling"))


@admin.register(ClaimDispute)
class ClaimDisputeAdmin(VerbsOnlyAdmin):
    """Disputes about leads: both sides, the order of the reports, and the ruling."""

    list_display = ("lead", "holder", "unit", "raised_by", "raised_at", "state", "awarded_to")
    list_select_related = ("lead__unit", "unit", "raised_by", "awarded_to")
    form_select_related = ("unit", "raised_by", "decided_by", "awarded_to")
    list_filter = (("unit", RelatedDropdownFilter), ("decided_at", admin.EmptyFieldListFilter))
    search_fields = ("lead__number", "lead__name", "reason", "decision")
    ordering = ("-raised_at", "-pk")
    label_select_related = ("lead", "unit")
    fieldsets = (
        (None, {"fields": ("lead_link", ("unit", "raised_by", "raised_at"), "reason", "order_of_reports")}),
        (_("ruling"), {"fields": (("awarded_to", "decided_by", "decided_at"), "decision")}),
    )
    readonly_fields = ("lead_link", "order_of_reports")
    export_fields = (
        "lead", "unit", "raised_by", "raised_at", "reason", "awarded_to", "decided_by", "decided_at", "decision",
    )  # fmt: skip
    actions_detail = ("decide",)

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        may = super().has_decide_permission(request, object_id)
        return may and bool(request.user.has_any_role(Role.PROMOTION_MANAGER))  # type: ignore[union-attr]

    @admin.display(description=_("lead"))
    def lead_link(self, row: Any) -> Any:
        return _link(record_url("lead", row.lead_id), row.lead)

    @admin.display(description=_("has it now"), ordering="lead__unit")
    def holder(self, row: Any) -> Any:
        return row.lead.unit or EMPTY

    @display(description=_("state"), label={"open": "warning", "decided": "success"})
    def state(self, row: Any) -> tuple[str, Any]:
        return ("open", _("To be decided")) if row.decided_at is None else ("decided", _("Decided"))

    @admin.display(description=_("order of the reports"))
    def order_of_reports(self, row: Any) -> Any:
        lines = (
            (
                one.place,
                one.claim.unit,
                one.claim.reporter,
                f"{local_day(one.claim.reported_at)}",
                STATUS_NAMES[one.status],
            )
            for one in standings(row.lead, at=timezone.now())
        )
        return format_html_join(mark_safe("<br>"), "{}. {} · {} · {} · {}", lines)

    @verb(
        _("Decide the dispute"),
        question=_("The lead goes to the unit you choose; the other side's claim ends. Both read your reason."),
        permissions=("decide",),
        url_path="decide",
        form_class=DecideForm,
        icon="gavel",
    )
    def decide(self, request: HttpRequest, row: Any, awarded_to: Any, decision: str) -> str:
        decide_dispute(
            row, awarded_to=awarded_to, decision=decision, by=request.user, door=Door.ADMIN, at=timezone.now()
        )
        return str(_("Decided: the lead goes to %(unit)s.") % {"unit": awarded_to})


# --- requests to join ------------------------------------------------------------------------------------------------


class JoinForm(forms.Form):
    """Nothing to ask."""


@admin.register(JoinRequest)
class JoinRequestAdmin(VerbsOnlyAdmin):
    """Who asks to join which lead. Whoever asked may know the lead by its code name only: so it is shown."""

    list_display = ("by", "lead_name", "reason", "state", "created_at", "decided_by")
    list_select_related = ("by", "lead", "decided_by")
    form_select_related = ("by", "decided_by")
    list_filter = (("status", ChoicesDropdownFilter),)
    # Not the lead's name: whoever may not read it must not find it by trying.
    search_fields = ("by__username", "by__last_name", "by__first_name", "reason")
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (None, {"fields": ("lead_name", ("by", "created_at"), "reason", ("status", "decided_by", "decided_at"))}),
    )
    readonly_fields = ("lead_name", "created_at")
    export_fields = ("by", "lead", "reason", "status", "created_at", "decided_by", "decided_at")
    actions_detail = ("agree", "decline")

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The officer in charge of its lead, or a promotion manager; whoever asked does not answer."""
        user: Any = request.user
        if not str(object_id).isdigit() or user.has_any_role(Role.PROMOTION_MANAGER):
            return bool(user.has_any_role(*OWNER_ROLES))
        return JoinRequest.objects.visible_to(user).filter(pk=object_id, lead__owner=user).exists()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        _name_leads(found.result_list, request.user)
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            _name_leads([row], request.user)
        return row

    @admin.display(description=_("lead"))
    def lead_name(self, row: Any) -> Any:
        return _link(record_url("lead", row.lead_id), row.shown_lead) if row.is_lead_shown else row.shown_lead

    @display(
        description=_("state"),
        ordering="status",
        label={"pending": "warning", "accepted": "success", "refused": "danger"},
    )
    def state(self, row: Any) -> tuple[str, Any]:
        return row.status, row.get_status_display()

    @verb(
        _("Agree"),
        question=_("Whoever asks joins the task force of the lead and sees it from now on."),
        permissions=("decide",),
        url_path="agree",
        form_class=JoinForm,
        icon="check",
    )
    def agree(self, request: HttpRequest, row: Any) -> str:
        decide_join(row, accept=True, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Agreed: %(person)s is in the task force.") % {"person": row.by})

    @verb(
        _("Decline"),
        question=_("Nothing changes. Whoever asked reads that it was declined."),
        permissions=("decide",),
        url_path="decline",
        form_class=JoinForm,
        icon="close",
    )
    def decline(self, request: HttpRequest, row: Any) -> str:
        decide_join(row, accept=False, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Declined."))


def _name_leads(requests: Any, user: Any) -> None:
    """Put on each request the name under which this person may know its lead; two queries."""
    rows = list(requests)
    leads = Lead._base_manager.prefetch_related("members").in_bulk({row.lead_id for row in rows})
    viewer = viewer_of(user)
    for row in rows:
        lead = leads[row.lead_id]
        seen = sight(viewer, lead.guarded())
        row.is_lead_shown = seen == FULL
        row.shown_lead = shown_name(str(lead), lead.code_name or lead.number, seen) or EMPTY


def _link(url: str, label: Any) -> Any:
    return format_html('<span class="field-links"><a href="{}">{}</a></span>', url, label)
