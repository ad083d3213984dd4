"""The rows that promotion's rules read: channels, claim periods, the gate, admission standards, targets; action items."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from directory.admin.filters import ChoiceFilter
from directory.admin.records import DirectoryAdmin
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from promotion.models import (
    ActionItem,
    AdmissionStandard,
    ClaimPolicy,
    LeadChannel,
    PromotionTarget,
    StageAgeLimit,
    StageRequirement,
)
from promotion.rules.working_time import local_day
from promotion.services.action_items import may_correct, save_action_item
from promotion.services.follow_ups import answer_action_item
from promotion.services.vocabularies import save_requirement
from promotion.wording import requirement_text


@admin.register(LeadChannel)
class LeadChannelAdmin(DirectoryAdmin):
    """How leads come in. One that is no longer used is switched off: its leads keep it."""

    list_display = ("name", "name_en", "code", "needs_referrer", "is_active", "order")
    list_filter = ("is_active", "needs_referrer")
    search_fields = ("code", "name", "name_en")
    ordering = ("order", "code")
    fieldsets = ((None, {"fields": (("name", "name_en"), ("code", "order"), ("needs_referrer", "is_active"))}),)


@admin.register(ClaimPolicy)
class ClaimPolicyAdmin(DirectoryAdmin):
    """The periods of first report, first talk; new ones are a new row with their day."""

    list_display = (
        "effective_from",
        "protection_days",
        "warning_days",
        "silence_days",
        "grace_days",
        "releases_by_itself",
        "source",
    )
    search_fields = ("source",)
    ordering = ("-effective_from",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "effective_from",
                    ("protection_days", "warning_days"),
                    ("silence_days", "grace_days"),
                    "releases_by_itself",
                    "source",
                )
            },
        ),
    )


@admin.register(StageRequirement)
class StageRequirementAdmin(DirectoryAdmin):
    """The gate, row by row: what a stage asks, on one track or on all. Switched off rather than deleted."""

    save_service = staticmethod(save_requirement)
    list_display = ("asks", "stage", "track", "check_code", "is_active", "source")
    list_filter: ClassVar[Any] = (
        ("stage", ChoicesDropdownFilter),
        ("track", ChoicesDropdownFilter),
        ("check_code", ChoicesDropdownFilter),
        "is_active",
    )
    search_fields = ("check_code", "source")
    ordering = ("pk",)
    fieldsets = (
        (
            None,
            {
                "fields": (("stage", "track"), ("check_code", "is_active"), "params", "source"),
                "description": _(
                    "No track: the row holds for all of them. Parameters by check: a field's name, what is to be "
                    "counted, the kind of evidence or review."
                ),
            },
        ),
    )

    @admin.display(description=_("what it asks"))
    def asks(self, row: StageRequirement) -> str:
        return requirement_text(row.check_code, row.params)


@admin.register(StageAgeLimit)
class StageAgeLimitAdmin(DirectoryAdmin):
    """From how many working days in a stage on a project is slow or stuck; new limits are new rows with their day."""

    list_display = ("stage", "track", "effective_from", "slow_after", "stuck_after", "source")
    list_display_links = ("stage", "effective_from")
    list_filter: ClassVar[Any] = (("stage", ChoicesDropdownFilter), ("track", ChoicesDropdownFilter))
    search_fields = ("source",)
    ordering = ("stage", "track", "-effective_from", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (("stage", "track"), "effective_from", ("slow_after", "stuck_after"), "source"),
                "description": _(
                    "The board colours a project by these, and the dashboard counts what is stuck. Working days, with "
                    "make-up days; a project that is paused does not age."
                ),
            },
        ),
    )


@admin.register(AdmissionStandard)
class AdmissionStandardAdmin(DirectoryAdmin):
    """Thresholds from a day until a day; a new figure is a new row, so that what held before stays on record."""

    list_display = (
        "indicator", "operator", "value", "track", "industry_code", "valid_from", "valid_until", "source",
    )  # fmt: skip
    list_filter: ClassVar[Any] = (("indicator", ChoicesDropdownFilter), ("track", ChoicesDropdownFilter))
    search_fields = ("industry_code", "source")
    ordering = ("indicator", "-valid_from", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("indicator", "operator", "value"),
                    ("track", "industry_code"),
                    ("valid_from", "valid_until"),
                    "source",
                )
            },
        ),
    )


@admin.register(PromotionTarget)
class PromotionTargetAdmin(DirectoryAdmin):
    """How much is to be reached in a year: by the zone (neither unit nor person), a unit or a person."""

    list_display = ("year", "indicator", "unit", "person", "value")
    list_display_links = ("year", "indicator")
    list_select_related = ("unit", "person")
    list_filter: ClassVar[Any] = (
        "year",
        ("indicator", ChoicesDropdownFilter),
        ("unit", AutocompleteSelectFilter),
        ("person", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    search_fields = ("year", "unit__name", "person__username")
    ordering = ("-year", "indicator", "pk")
    form_select_related = ("unit", "person")
    fieldsets = ((None, {"fields": (("year", "indicator"), ("unit", "person"), "value")}),)


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("answer"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class AnsweredFilter(ChoiceFilter):
    """Open, overdue, for oneself, or answered."""

    title = _("state")
    parameter_name = "answered"
    options: ClassVar[dict[str, Any]] = {
        "open": _("Not answered"),
        "overdue": _("Overdue"),
        "mine": _("For me, not answered"),
        "done": _("Answered"),
    }

    def queryset(self, request: Any, queryset: Any) -> Any:
        still_open = queryset.filter(answered_at__isnull=True)
        if self.value() == "overdue":
            return still_open.filter(due_on__lt=local_day(timezone.now()))
        if self.value() == "mine":
            return still_open.filter(person=request.user)
        if self.value() == "done":
            return queryset.filter(answered_at__isnull=False)
        return still_open if self.value() == "open" else queryset


@admin.register(ActionItem)
class ActionItemAdmin(DirectoryAdmin):
    """What a meeting resolved or a leader asked for: whose it is, by when, and the answer."""

    save_service = staticmethod(save_action_item)
    list_display = ("text", "origin", "person", "due_on", "answered_at", "lead", "project", "enterprise")
    list_select_related = ("person", "lead", "project", "enterprise")
    list_filter: ClassVar[Any] = (
        AnsweredFilter,
        ("origin", ChoicesDropdownFilter),
        ("person", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    search_fields = ("text", "answer", "project__number", "lead__number")
    ordering = ("due_on", "pk")
    form_select_related = ("given_by", "person")
    fieldsets = (
        (None, {"fields": (("origin", "given_by"), "text", ("person", "due_on"), ("lead", "project"), "enterprise")}),
        (_("Answer"), {"fields": ("answer", "answered_at")}),
    )
    readonly_fields = ("answer", "answered_at")
    actions_detail = ("reply",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_correct(obj, request.user))

    def has_answer_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever it was given to answers it; the service says the same."""
        return super().has_view_permission(request)

    @verb(
        _("Answer"),
        question=_("Say what was done. Then it leaves your day."),
        permissions=("answer",),
        url_path="answer",
        form_class=AnswerForm,
        icon="reply",
    )
    def reply(self, request: HttpRequest, item: ActionItem, answer: str) -> str:
        answer_action_item(item, answer=answer, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Answered."))
