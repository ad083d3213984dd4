"""The portal in the admin: invitations, claims with their proofs, who acts for which enterprise."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import VerbsOnlyAdmin
from directory.models import Enterprise
from directory.ports import record_page
from pinghu.accounts.roles import Role
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.admin.verbs import verb
from pinghu.errors import DomainError
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.admin.case_verbs import DecideForm, NoQuestion, NoteForm
from promotion.admin.evidence import download
from promotion.models import EnterpriseMember, JoiningClaim, PortalInvitation
from promotion.services import portal

#: Who lets enterprises in.
DOORKEEPERS = frozenset({Role.SERVICE_COORDINATOR, Role.SERVICE_OFFICER, Role.SUBDISTRICT_LIAISON})

record_page(Enterprise, "portal_invite", _("Invite to the portal"))


class WhyForm(forms.Form):
    why = forms.CharField(label=_("why"), max_length=300, widget=UnfoldAdminTextInputWidget)


class CurrentFilter(ChoiceFilter):
    """Members of today, or those whose membership ended."""

    title = _("membership")
    parameter_name = "current"
    options: ClassVar[dict[str, Any]] = {"yes": _("Current"), "no": _("Ended")}

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(ended_at__isnull=value == "yes")


class DoorkeeperAdmin(VerbsOnlyAdmin):
    """Rows that come from the portal or from a page; decisions are verbs of those who let enterprises in."""

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_any_role(*DOORKEEPERS))  # type: ignore[union-attr]


@admin.register(EnterpriseMember)
class EnterpriseMemberAdmin(DoorkeeperAdmin):
    """Who may act for which enterprise."""

    list_display = ("enterprise", "user", "part", "since", "ended_at")
    list_select_related = ("enterprise", "user")
    list_filter: ClassVar[Any] = (
        CurrentFilter,
        ("enterprise", AutocompleteSelectFilter),
        ("part", ChoicesDropdownFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("enterprise__registered_name", "enterprise__short_name", "user__username", "user__last_name")
    ordering = ("-since", "-pk")
    form_select_related = ("enterprise", "user")
    fieldsets = ((None, {"fields": (("enterprise", "user"), ("part", "since"), "ended_at", "is_demo")}),)
    actions_detail = ("end",)

    @verb(
        _("End the membership"),
        question=_("The person acts for the enterprise no longer; what they did stays."),
        permissions=("decide",),
        url_path="end",
        form_class=WhyForm,
        icon="person_remove",
    )
    def end(self, request: HttpRequest, member: EnterpriseMember, why: str) -> str:
        portal.end_membership(member, why=why, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Ended."))


@admin.register(PortalInvitation)
class PortalInvitationAdmin(DoorkeeperAdmin):
    """Invitations; a code itself is shown once, where it is made."""

    list_display = ("enterprise", "part", "state", "expires_at", "invited_by", "used_by")
    list_select_related = ("enterprise", "invited_by", "used_by")
    list_filter: ClassVar[Any] = (("enterprise", AutocompleteSelectFilter), DemoFilter)
    list_filter_submit = True
    search_fields = ("enterprise__registered_name", "enterprise__short_name")
    ordering = ("-created_at", "-pk")
    form_select_related = ("enterprise", "invited_by", "used_by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("enterprise", "part"),
                    ("expires_at", "invited_by"),
                    ("used_at", "used_by"),
                    "withdrawn_at",
                    "is_demo",
                )
            },
        ),
    )
    readonly_fields = ("invited_by", "used_at", "used_by", "withdrawn_at")
    actions_detail = ("withdraw",)

    @display(
        description=_("state"),
        label={"open": "info", "used": "success", "withdrawn": "default", "expired": "default"},
    )
    def state(self, row: PortalInvitation) -> tuple[str, Any]:
        if row.used_at:
            return "used", _("Used")
        if row.withdrawn_at:
            return "withdrawn", _("Invitation withdrawn")
        if row.expires_at < timezone.now():
            return "expired", _("Run out")
        return "open", _("Waits")

    @verb(
        _("Withdraw"),
        question=_("Nobody can join with this code any more."),
        permissions=("decide",),
        url_path="withdraw",
        form_class=NoQuestion,
        icon="undo",
    )
    def withdraw(self, request: HttpRequest, row: PortalInvitation) -> str:
        portal.withdraw_invitation(row, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Invitation withdrawn"))


@admin.register(JoiningClaim)
class JoiningClaimAdmin(DoorkeeperAdmin):
    """Claims to act for an enterprise: each proof by itself, then the decision."""

    list_display = ("enterprise", "user", "job_title", "standing_at", "proofs", "created_at")
    list_select_related = ("enterprise", "user")
    list_filter: ClassVar[Any] = (
        ("state", ChoicesDropdownFilter),
        ("enterprise", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("enterprise__registered_name", "enterprise__short_name", "user__username")
    ordering = ("-created_at", "-pk")
    form_select_related = ("enterprise", "user", "decided_by")
    fieldsets = (
        (None, {"fields": (("enterprise", "user"), "job_title", "state")}),
        (
            _("Proofs"),
            {
                "fields": (
                    ("licence_link", "licence_checked_at"),
                    ("phone_code_sent_at", "phone_confirmed_at"),
                    ("staff_checked_at", "staff_check_note"),
                )
            },
        ),
        (_("Decision"), {"fields": (("decided_at", "decided_by"), "decision", "is_demo")}),
    )
    readonly_fields = (
        "state", "licence_link", "licence_checked_at", "phone_code_sent_at", "phone_confirmed_at", "staff_checked_at",
        "staff_check_note", "decided_at", "decided_by", "decision",
    )  # fmt: skip
    export_fields = ("enterprise", "user", "job_title", "state", "decided_at", "decided_by", "decision")
    actions_detail = ("licence_is_right", "phone_code", "know_them", "decide")

    @display(
        description=_("state"),
        ordering="state",
        label={"pending": "info", "approved": "success", "denied": "default", "revoked": "default"},
    )
    def standing_at(self, row: JoiningClaim) -> tuple[str, Any]:
        return row.state, row.get_state_display()

    @admin.display(description=_("proofs"))
    def proofs(self, row: JoiningClaim) -> str:
        words = {"licence": _("licence"), "phone": _("phone"), "staff": _("staff")}
        return "、".join(str(words[code]) for code in portal.proofs_of(row)) or "–"

    @admin.display(description=_("business licence"))
    def licence_link(self, row: JoiningClaim) -> Any:
        if not row.licence:
            return "–"
        address = reverse("admin:claim_licence", args=[row.public_id])
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, row.licence_name)

    @verb(
        _("The licence is right"),
        question=_("It is this enterprise's licence, and you have compared name and credit code."),
        permissions=("decide",),
        url_path="licence",
        form_class=NoQuestion,
        icon="badge",
    )
    def licence_is_right(self, request: HttpRequest, row: JoiningClaim) -> str:
        portal.check_licence(row, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Proof kept."))

    @verb(
        _("Code for the phone"),
        question=_(
            "Call the phone that is on record and read out the code that is shown next; it is good for half an hour."
        ),
        permissions=("decide",),
        url_path="phone-code",
        form_class=NoQuestion,
        icon="call",
    )
    def phone_code(self, request: HttpRequest, row: JoiningClaim) -> str:
        code = portal.give_phone_code(row, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Read out: %(code)s. It is not shown again.") % {"code": code})

    @verb(
        _("You know or checked them"),
        question=_("How you made sure that this person works there."),
        permissions=("decide",),
        url_path="staff-check",
        form_class=NoteForm,
        icon="handshake",
    )
    def know_them(self, request: HttpRequest, row: JoiningClaim, note: str) -> str:
        portal.check_in_person(row, note=note, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Proof kept."))

    @verb(
        _("Decide"),
        question=_("Agreed: the person acts for the enterprise from now on. Two of the three proofs are needed."),
        permissions=("decide",),
        url_path="decide",
        form_class=DecideForm,
        icon="gavel",
    )
    def decide(self, request: HttpRequest, row: JoiningClaim, decision: str, reason: str) -> str:
        portal.decide_claim(
            row, approve=decision == "yes", reason=reason, by=request.user, door=Door.ADMIN, at=timezone.now()
        )
        return str(_("Decided."))


@admin_page("claims/<str:public_id>/licence/", "claim_licence", roles=DOORKEEPERS)
def claim_licence(request: HttpRequest, public_id: str) -> FileResponse:
    """The licence of a claim, as a download; every look is logged."""
    row = JoiningClaim.objects.visible_to(request.user).filter(public_id=public_id).first()
    if row is None or not row.licence:
        raise Http404
    answer = download(row.licence, row.licence_name)
    log_access(by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, subject=row)
    return answer


class InviteForm(forms.Form):
    part = forms.ChoiceField(label=_("acts as"), choices=EnterpriseMember.Part.choices, widget=UnfoldAdminSelectWidget)


@admin_page("enterprises/<str:public_id>/invite/", "portal_invite", roles=DOORKEEPERS)
def portal_invite(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make an invitation; its code is shown on this page once."""
    enterprise = Enterprise.objects.visible_to(request.user).filter(public_id=public_id).first()
    if enterprise is None:
        raise Http404
    back = reverse("admin:directory_enterprise_change", args=[enterprise.pk])
    form = InviteForm(request.POST if request.method == "POST" else None)
    code = ""
    if request.method == "POST" and form.is_valid():
        try:
            _row, code = portal.invite(
                enterprise, part=form.cleaned_data["part"], by=request.user, door=Door.ADMIN, at=timezone.now()
            )
        except DomainError as error:
            show_messages(form, error.fields or {"": [error.message]})
        else:
            messages.success(request, _("Invited. Give the code to the enterprise: it is shown here once."))
    context = {
        **admin.site.each_context(request),
        "title": _("Invite to the portal"),
        "heading": str(enterprise),
        "question": _("Whoever has the code joins the enterprise in the portal; it is good for %(days)s days.")
        % {"days": portal.INVITATION_DAYS},
        "form": form,
        "code": code,
        "back": back,
    }
    return TemplateResponse(request, "admin/promotion/case_form.html", context)
