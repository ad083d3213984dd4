"""The one base of every admin: it hands what a person changed to one service and shows what the service refuses.

`ServiceAdmin` replaces Django's own writing: the form's and the inlines' changes go to `save_service` in one call; a
`DomainError` runs the view a second time with the messages on the form (HTTP 200, nothing written). Subclasses say
what is shown and to whom; they never write.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin as DjangoModelAdmin
from django.contrib.admin.options import csrf_protect_m
from django.contrib.admin.utils import NestedObjects, unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db import models, router
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from pinghu.admin import conflicts
from pinghu.admin.autocomplete import RelatedFieldsMixin, visible_rows
from pinghu.admin.filters import guarded
from pinghu.admin.forms import ServiceForm, ServiceInlineForm, ServiceInlineFormSet, show_child_errors
from pinghu.admin.history import record_history
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.access import log_read
from pinghu.ledger.models import Door
from pinghu.ledger.saving import delete_record, save_record
from pinghu.records import Record, visible_among

#: So many of the rows that forbid a deletion are looked at to name some.
_LOOKED_AT = 1000


class VisibleRowsMixin:
    """Rows come from `visible_to(user)`; fields that are not for this person are in no form, list or history."""

    def get_hidden_fields(self, request: HttpRequest) -> frozenset[str]:
        """Names of fields that this person must not see. Override it where some are restricted by role."""
        return frozenset()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        queryset = visible_rows(self.model, request.user)  # type: ignore[attr-defined]
        ordering = self.get_ordering(request)  # type: ignore[attr-defined]
        return queryset.order_by(*ordering) if ordering else queryset

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if any("\x00" in value for _name, values in request.GET.lists() for value in values):
            # PostgreSQL cannot take it: as wrong as any filter that is made up.
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        return super().changelist_view(request, extra_context)  # type: ignore[misc,no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        hidden = self.get_hidden_fields(request)
        return without_fields(super().get_fieldsets(request, obj), hidden)  # type: ignore[misc]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        hidden = self.get_hidden_fields(request)
        return [name for name in super().get_readonly_fields(request, obj) if name not in hidden]  # type: ignore[misc]


class NoOuterTransaction(DjangoModelAdmin):
    """Takes away the transaction that Django puts around every POST: the service opens its own.

    It stands after Unfold's class among the bases, so that Unfold's own override keeps running.
    """

    @csrf_protect_m
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self._changeform_view(request, object_id, form_url, extra_context)

    @csrf_protect_m
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self._delete_view(request, object_id, extra_context)


class ServiceAdmin(VisibleRowsMixin, RelatedFieldsMixin, ModelAdmin, NoOuterTransaction):
    """Base of every admin of a model that staff edit.

    A subclass states `list_select_related` (a tuple, empty if none is needed); foreign keys are autocompletes unless
    named in `select_fields` (short lists) or `raw_id_fields`; a deletion exists only with `may_delete = True`.
    """

    form = ServiceForm
    change_form_template = "admin/service_change_form.html"
    list_per_page = 100
    show_full_result_count = False
    save_as = False
    list_fullwidth = True
    warn_unsaved_form = True
    #: Called as `save_record` is; a model whose edit has a rule of its own names its service here.
    save_service: ClassVar[Any] = staticmethod(save_record)
    may_delete = False
    #: Foreign keys that `str(row)` reads: joined wherever rows of this model are offered for choosing.
    label_select_related: tuple[str, ...] = ()
    #: More tables on the history page, below those of the inlines: (model, name of its foreign key).
    history_children: tuple[tuple[type[models.Model], str], ...] = ()

    class Media:
        css: ClassVar = {"all": ["pinghu/admin-records.css"]}

    # --- what is found ----------------------------------------------------------------------------------------------

    def search(self, request: HttpRequest, queryset: models.QuerySet[Any], term: str) -> models.QuerySet[Any] | None:
        """The product's own search, for list and autocomplete alike; None = Django's over `search_fields`."""
        return None

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        fields = super().get_search_fields(request)
        # Django shows the box, and lets others choose a row of this model, only where there is some field.
        return fields or (("pk",) if type(self).search is not ServiceAdmin.search else ())

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        match = getattr(request, "resolver_match", None)
        if match is not None and match.url_name == "autocomplete" and self.label_select_related:
            queryset = queryset.select_related(*self.label_select_related)
        if search_term.strip() and (found := self.search(request, queryset, search_term.strip())) is not None:
            return found, False
        return super().get_search_results(request, queryset, search_term)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        hidden = self.get_hidden_fields(request)
        return [name for name in super().get_list_display(request) if name not in hidden]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [guarded(one) for one in super().get_list_filter(request)]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        # What a person may not see does not exist, and no message says otherwise.
        raise Http404

    # --- the form ---------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class = super().get_form(request, obj, change=change, **kwargs)
        form_class.request = request
        return form_class

    def _create_formsets(self, request: HttpRequest, obj: Any = None, change: bool = False) -> Any:
        formsets, inline_instances = super()._create_formsets(request, obj, change)
        error = getattr(request, "_domain_error", None)
        if error is not None and request.method == "POST":
            show_child_errors(formsets, error)
        return formsets, inline_instances

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        try:
            return super()._changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            # Second pass: fresh objects, the refusal on the form, HTTP 200, nothing written.
            request._domain_error = error  # type: ignore[attr-defined]
            if hasattr(request, "_related_rows"):
                del request._related_rows
            for upload in request.FILES.values():
                upload.seek(0)
            return super()._changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        conflict = context["conflict"] = getattr(request, "_conflict", None)
        form = context["adminform"].form
        record = context.get("original")
        if request.method == "GET" and isinstance(record, Record):
            log_read(record, by=request.user, door=Door.ADMIN)
        if conflict is not None and set(form.errors) <= {"if_version"}:
            rows = context["inline_admin_formsets"]
            if not any(any(part.formset.errors) for part in rows):
                context["errors"] = None  # the comparison says it
        return super().render_change_form(request, context, *args, **kwargs)

    # --- writing: one call of one service ---------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing: `save_related` knows the rows too."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Hand everything that changed to the service, once."""
        taken = conflicts.Taken.from_post(request.POST)
        try:
            changes = conflicts.gather(form, formsets, taken)
            saved = self.call_service(
                request,
                form,
                form.instance,
                fields=None if not change else changes.fields,
                by=request.user,
                door="admin",
                if_version=changes.if_version,
                why=form.cleaned_data.get("change_reason", ""),
                children=changes.children,
            )
        except StaleVersion as error:
            conflict = conflicts.compare(form, formsets, error.current, taken, self, request)
            request._conflict = conflict  # type: ignore[attr-defined]
            request.POST = conflict.merged  # type: ignore[assignment]
            raise
        if saved is not form.instance:
            # Django goes on with the object that it made from the form.
            form.instance.__dict__.update(saved.__dict__)

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        """Call `save_service`. Override it to hand over values of the form's extra fields."""
        return self.save_service(record, **kwargs)

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the Change is the audit."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the Change is the audit."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Nothing: the Change is the audit."""

    # --- deleting ---------------------------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and super().has_delete_permission(request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(self.change_url(object_id))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_record(obj, by=request.user, door="admin")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Counts by kind; names only of the record itself and of what refers to it and is shown (the first twenty)."""
        collector = NestedObjects(using=router.db_for_write(self.model))
        collector.collect(objs)
        counts = {model._meta.verbose_name_plural: len(rows) for model, rows in collector.model_objs.items()}
        seen, has_hidden = visible_among(list(collector.protected)[:_LOOKED_AT], request.user)
        named = [str(row) for row in seen[:20]] + [_("records that are not shown to you")] * has_hidden
        return [str(obj) for obj in objs], counts, set(), named

    # --- pages beside the form --------------------------------------------------------------------------------------

    def change_url(self, object_id: Any) -> str:
        """Address of the change page of one record."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[object_id])

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed what from what to what, the rows below included (see `pinghu.admin.history`)."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        if isinstance(record, Record):
            log_read(record, by=request.user, door=Door.ADMIN, page="history")
        return record_history(self, request, record, extra_context)


class ReadOnlyAdmin(VisibleRowsMixin, RelatedFieldsMixin, ModelAdmin):
    """Base of admins that show and never write; permission alone decides who sees them."""

    actions = None
    list_per_page = 100
    show_full_result_count = False
    list_fullwidth = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404


class ServiceInlineMixin(VisibleRowsMixin, RelatedFieldsMixin):
    """Rows below a record, saved with it in the same call of its service."""

    form = ServiceInlineForm
    formset = ServiceInlineFormSet
    extra = 0
    show_change_link = False
    #: Foreign keys that `str(row)` reads, joined; those of the form come anyway, one query per related model.
    label_select_related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        queryset = super().get_queryset(request)
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            return queryset.none()
        return queryset.select_related(*self.label_select_related) if self.label_select_related else queryset

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = without_fields(super().get_fieldsets(request, obj), {"if_version"})
        may_change = self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        if fieldsets and may_change and issubclass(self.model, Record):  # type: ignore[attr-defined]
            name, options = fieldsets[0]
            fieldsets[0] = (name, {**options, "fields": [*options["fields"], "if_version"]})
        return fieldsets

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and hasattr(field.widget, "can_add_related"):
            # Four icons in each cell of each row would drown the values.
            for link in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                setattr(field.widget, link, False)
        return field


class ServiceTabularInline(ServiceInlineMixin, TabularInline):
    """Rows below a record as a table."""


class ServiceStackedInline(ServiceInlineMixin, StackedInline):
    """Rows below a record as blocks."""


def without_fields(fieldsets: Sequence[Any], hidden: Any) -> list[Any]:
    """The fieldsets without those names, also where two stand on one line."""
    result: list[Any] = []
    for title, options in fieldsets:
        fields: list[Any] = []
        for name in options["fields"]:
            if isinstance(name, (list, tuple)):
                kept = tuple(part for part in name if part not in hidden)
                fields += [kept] if kept else []
            elif name not in hidden:
                fields.append(name)
        result.append((title, {**options, "fields": fields}))
    return result
