"""Corrections that somebody suggested: staff see both values and the proof, and accept or refuse."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from directory.admin.records import VerbsOnlyAdmin
from directory.models import Correction
from directory.services.corrections import accept_correction, difference, refuse_correction
from pinghu.admin.values import EMPTY
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door


@admin.register(Correction)
class CorrectionAdmin(VerbsOnlyAdmin):
    """Nothing is typed here: a decision is a verb."""

    list_display = ("enterprise", "field_label", "now", "value", "state", "created_at")
    list_select_related = ("enterprise",)
    list_filter = ("status",)
    search_fields = ("enterprise__short_name", "enterprise__registered_name", "value", "proof")
    ordering = ("-id",)
    label_select_related = ("enterprise",)
    form_select_related = ("enterprise", "decided_by")
    fields = (
        ("enterprise_link", "field_label"),
        ("now", "value"),
        "proof",
        ("status", "created_at"),
        ("decided_by", "decided_at"),
        "reason",
    )
    readonly_fields = (
        "enterprise_link",
        "field_label",
        "now",
        "value",
        "proof",
        "status",
        "created_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    export_fields = ("enterprise", "field", "value", "proof", "status", "created_at", "decided_at", "reason")
    actions_detail = ("accept", "refuse")

    @admin.display(description=_("enterprise"))
    def enterprise_link(self, row: Correction) -> Any:
        address = reverse("admin:directory_enterprise_change", args=[row.enterprise_id])
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, row.enterprise)

    @admin.display(description=_("field"))
    def field_label(self, row: Correction) -> str:
        return str(difference(row).label)

    @admin.display(description=_("on record now"))
    def now(self, row: Correction) -> Any:
        return difference(row).now or EMPTY

    @display(
        description=_("state"),
        ordering="status",
        label={"pending": "warning", "accepted": "success", "refused": "danger"},
    )
    def state(self, row: Correction) -> tuple[str, Any]:
        return row.status, row.get_status_display()

    @verb(
        _("Accept"),
        question=_("The suggested value is written into the enterprise, with your name in its history."),
        url_path="accept",
        permissions=("decide",),
        icon="check",
    )
    def accept(self, request: HttpRequest, row: Correction, change_reason: str = "") -> str:
        accept_correction(row, by=request.user, door=Door.ADMIN, why=change_reason)
        return str(_("Accepted: %(enterprise)s is corrected.") % {"enterprise": row.enterprise})

    @verb(
        _("Refuse"),
        question=_("Nothing changes. Whoever suggested it reads your reason."),
        url_path="refuse",
        permissions=("decide",),
        icon="close",
    )
    def refuse(self, request: HttpRequest, row: Correction, change_reason: str = "") -> str:
        refuse_correction(row, by=request.user, door=Door.ADMIN, why=change_reason)
        return str(_("Refused."))
