"""What was merged and can be undone, pairs declared different, and enterprises missing from complete lists."""

from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from directory.admin.filters import ChoiceFilter
from directory.admin.records import DirectoryAdmin, VerbsOnlyAdmin
from directory.models import Enterprise, MergeRecord, NotDuplicate, StatusCheck
from directory.models.enterprises import today
from directory.services.merging import shown_as_left, shown_marks, unmerge
from directory.services.verifying import answer_status_check
from pinghu.admin.service_admin import ReadOnlyAdmin
from pinghu.admin.values import EMPTY
from pinghu.admin.verbs import VerbForm, verb
from pinghu.formats import to_whole
from pinghu.ledger.models import Door


class UndoneFilter(ChoiceFilter):
    """Merges that stand, and those that were undone."""

    title = _("state")
    parameter_name = "undone"
    options: ClassVar[dict[str, Any]] = {"no": _("Stands"), "yes": _("Undone")}

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(undone_at__isnull=value == "no")


@admin.register(MergeRecord)
class MergeRecordAdmin(ReadOnlyAdmin):
    """One merge: what moved, which values the survivor took over; undone as far as nobody edited since."""

    list_display = ("absorbed", "survivor", "moved_count", "by", "created_at", "undone_at")
    list_select_related = ("survivor", "absorbed", "by")
    list_filter = (UndoneFilter,)
    list_filter_submit = True
    search_fields = ("survivor__short_name", "survivor__registered_name", "absorbed__short_name", "why")
    ordering = ("-id",)
    fields = (
        ("survivor_link", "absorbed"),
        ("by", "created_at"),
        "why",
        "taken_over",
        "moved_rows",
        ("undone_at", "left_behind"),
    )
    readonly_fields = (
        "survivor_link",
        "absorbed",
        "by",
        "created_at",
        "why",
        "taken_over",
        "moved_rows",
        "undone_at",
        "left_behind",
    )
    actions_detail = ("undo",)
    actions_detail_hide_default = True  # a merge has no history of its own: it is history

    class Media:
        css: ClassVar = {"all": ["pinghu/admin-records.css", "directory/admin.css"]}

    def change_url(self, object_id: Any) -> str:
        return reverse("admin:directory_mergerecord_change", args=[object_id])

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        rows = self.get_queryset(request).select_related("survivor", "absorbed", "by")
        record = rows.filter(pk=to_whole(object_id)).first()
        if record is not None:
            record.shown_moved = shown_marks([record], request.user)[record.pk]
            record.shown_left = shown_as_left(record, request.user)
        return record

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        shown = shown_marks(found.result_list, request.user)
        for record in found.result_list:
            record.shown_moved = shown[record.pk]
        return found

    def has_undo_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("directory.change_mergerecord")

    @admin.display(description=_("moved rows"))
    def moved_count(self, record: Any) -> int:
        return len(record.shown_moved)

    @admin.display(description=_("survivor"))
    def survivor_link(self, record: MergeRecord) -> Any:
        address = reverse("admin:directory_enterprise_change", args=[record.survivor_id])
        return format_html_join("", '<a href="{}">{}</a>', [(address, record.survivor)])

    @admin.display(description=_("values taken over"))
    def taken_over(self, record: MergeRecord) -> Any:
        """Field: before → after; what stands there now may be newer."""
        if not hasattr(record, "_taken_over"):  # the theme renders a field several times
            columns = {column.name: column for column in Enterprise._meta.concrete_fields}
            record._taken_over = [  # type: ignore[attr-defined]
                (
                    columns[name].verbose_name,
                    _text(columns[name], before),
                    _text(columns[name], record.absorbed_before.get(name)),
                )
                for name, before in record.survivor_before.items()
                if name in columns
            ]
        lines = record._taken_over  # type: ignore[attr-defined]
        return format_html_join("\n", "<div>{}: {} → {}</div>", lines) or _("None")

    @admin.display(description=_("rows moved"))
    def moved_rows(self, record: Any) -> Any:
        lines = [(apps.get_model(mark["model"])._meta.verbose_name, mark["text"]) for mark in record.shown_moved]
        return format_html_join("\n", "<div>{}: {}</div>", lines) or _("None")

    @admin.display(description=_("not moved back, edited since"))
    def left_behind(self, record: Any) -> Any:
        if record.undone_at is None:
            return EMPTY
        return format_html_join("\n", "<div>{}</div>", ((text,) for text in record.shown_left)) or _("Nothing")

    @verb(
        _("Undo this merge"),
        question=_(
            "What the merge moved goes back to the absorbed enterprise, unless somebody edited it since; that stays and "
            "is listed."
        ),
        url_path="undo",
        permissions=("undo",),
        icon="undo",
    )
    def undo(self, request: HttpRequest, record: MergeRecord, change_reason: str = "") -> str:
        done = unmerge(record, by=request.user, door=Door.ADMIN, why=change_reason)
        if left := shown_as_left(done, request.user):
            return str(_("Undone, except for what was edited since: %(rows)s.") % {"rows": "; ".join(left)})
        return str(_("Undone: everything is back where it was."))


def _text(column: Any, stored: Any) -> Any:
    """A stored value as people read it; a related row by its name, one query each."""
    if stored in (None, ""):
        return EMPTY
    if column.is_relation:
        return column.related_model._base_manager.filter(pk=stored).first() or EMPTY
    return dict(column.flatchoices).get(stored, stored)


@admin.register(NotDuplicate)
class NotDuplicateAdmin(DirectoryAdmin):
    """Pairs that are not proposed again; taken back by deleting the pair."""

    list_display = ("first", "second", "why", "created_at")
    list_select_related = ("first", "second")
    search_fields = ("first__short_name", "first__registered_name", "second__short_name", "why")
    ordering = ("-id",)
    label_select_related = ("first", "second")
    form_select_related = ("first", "second")
    fields = (("first", "second"), "why")
    readonly_fields = ("first", "second")
    may_delete = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class AnswerForm(VerbForm):
    """What was found out about the enterprise."""

    answer = forms.CharField(
        label=_("What you found out"),
        help_text=_("For example: still produces; renamed; moved to another zone"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ("answer", "change_reason")


class AnsweredFilter(ChoiceFilter):
    """Checks that wait for somebody, and those answered."""

    title = _("state")
    parameter_name = "answered"
    options: ClassVar[dict[str, Any]] = {"no": _("Waits for an answer"), "yes": _("Answered")}

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(answered_on__isnull=value == "no")


@admin.register(StatusCheck)
class StatusCheckAdmin(VerbsOnlyAdmin):
    """An enterprise of ours that a complete list does not contain: nothing was changed, somebody should look."""

    list_display = ("enterprise", "relation", "run", "answered_on", "answer")
    list_select_related = ("enterprise", "run")
    list_filter = (AnsweredFilter,)
    list_filter_submit = True
    search_fields = ("enterprise__short_name", "enterprise__registered_name", "=enterprise__uscc", "answer")
    ordering = ("-run", "enterprise__short_name", "pk")
    label_select_related = ("enterprise",)
    form_select_related = ("enterprise", "run")
    fields = (("enterprise", "relation"), "run", ("answered_on", "answer"))
    readonly_fields = ("enterprise", "relation", "run", "answered_on", "answer")
    actions_detail = ("answer_check",)

    @admin.display(description=_("relation to the zone"))
    def relation(self, check: StatusCheck) -> str:
        return check.enterprise.get_relation_display()

    @verb(
        _("Answer"),
        question=_("Write what you found out. Change the enterprise itself on its own page."),
        url_path="answer",
        permissions=("decide",),
        form_class=AnswerForm,
        icon="fact_check",
    )
    def answer_check(self, request: HttpRequest, check: StatusCheck, answer: str, change_reason: str = "") -> str:
        answer_status_check(check, answer, today(), by=request.user, door=Door.ADMIN, why=change_reason)
        return str(_("Answered."))
