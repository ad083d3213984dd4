"""Titles of enterprises, their validity, and which reviews are due."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from directory.admin.filters import ChoiceFilter
from directory.admin.records import SOURCE_FIELDSET, DirectoryAdmin
from directory.models import Qualification, QualificationType
from directory.models.enterprises import today
from directory.rules.qualifications import (
    REMINDER_DAYS,
    QualificationTerms,
    little_giant_batch_year,
    little_giant_batches_due,
    status_on,
)

LITTLE_GIANTS = ("little_giant", "key_little_giant")
_NUMERALS = "零一二三四五六七八九十"

STATUS_LABELS = {
    "not_yet": _("Not yet"),
    "valid": _("Valid"),
    "expiring": _("Expiring"),
    "under_review": _("Under review"),
    "expired": _("Expired"),
    "revoked": _("Revoked"),
    "superseded": _("Superseded"),
}


class ValidityFilter(ChoiceFilter):
    """Valid today, expiring within the days of a reminder, or over."""

    title = _("validity")
    parameter_name = "validity"
    options: ClassVar[dict[str, Any]] = {
        "valid": _("Valid today"),
        **{str(days): _("Expires within %(days)s days") % {"days": days} for days in REMINDER_DAYS},
        "expired": _("Expired"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        day = today()
        if value == "expired":
            return rows.filter(valid_until__lt=day, revoked_on__isnull=True, superseded=False)
        valid = rows.valid_on(day)
        return valid if value == "valid" else valid.filter(valid_until__lte=day + timedelta(days=int(value)))


class ReviewFilter(ChoiceFilter):
    """National little giants whose batch is reviewed this year: every third year after its own."""

    title = _("little-giant review")
    parameter_name = "review"
    options: ClassVar[dict[str, Any]] = {"this": _("Due this year"), "next": _("Due next year")}

    def narrow(self, rows: Any, value: str) -> Any:
        batches = little_giant_batches_due(today().year + (value == "next"))
        labels = [label for batch in batches for label in batch_labels(batch)]
        years = [little_giant_batch_year(batch) for batch in batches]
        due = Q(batch_label__in=labels) | Q(batch_label="", recognised_on__year__in=years)
        return rows.filter(due, type__code__in=LITTLE_GIANTS, revoked_on__isnull=True, superseded=False)


def batch_labels(batch: int) -> list[str]:
    """A batch as lists write it."""
    numeral = _NUMERALS[batch] if batch <= 10 else "十" + _NUMERALS[batch - 10]
    return [str(batch), *(f"第{text}{word}" for text in (numeral, batch) for word in ("批", "批次"))]


@admin.register(QualificationType)
class QualificationTypeAdmin(DirectoryAdmin):
    list_display = ("name", "name_en", "level", "default_validity_months", "review_required", "order")
    list_filter = ("level",)
    search_fields = ("code", "name", "name_en")
    ordering = ("order", "code")
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("code", "level"), "order")}),
        (_("Validity"), {"fields": (("default_validity_months", "review_required"), "rule", "source")}),
    )


@admin.register(Qualification)
class QualificationAdmin(DirectoryAdmin):
    list_display = ("enterprise", "type", "batch_label", "recognised_on", "valid_until", "state")
    list_select_related = ("enterprise", "type")
    list_filter = ("type", ValidityFilter, ReviewFilter, "under_review")
    list_filter_submit = True
    search_fields = ("enterprise__short_name", "enterprise__registered_name", "certificate_no", "batch_label")
    ordering = ("valid_until", "pk")
    label_select_related = ("type",)
    form_select_related = ("type", "source")
    select_fields = ("type",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("enterprise", "type"),
                    ("batch_label", "certificate_no"),
                    ("recognised_on", "valid_until"),
                    ("reviewed_on", "under_review"),
                    ("revoked_on", "superseded"),
                )
            },
        ),
        SOURCE_FIELDSET,
    )

    @display(
        description=_("state today"),
        label={
            "valid": "success",
            "expiring": "warning",
            "under_review": "info",
            "expired": "danger",
            "revoked": "danger",
        },
    )
    def state(self, row: Qualification) -> tuple[str, Any]:
        terms = QualificationTerms(
            recognised_on=row.recognised_on,
            valid_until=row.valid_until,
            months=row.type.default_validity_months,
            under_review=row.under_review,
            revoked_on=row.revoked_on,
            superseded=row.superseded,
        )
        found = status_on(terms, today())
        return found, STATUS_LABELS[found]
