"""What all admins of the directory share: joined rows, export of the filtered list, the fields of a source."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from directory.models.enterprises import today
from directory.ports import record_pages
from directory.services.verifying import mark_verified
from pinghu.admin.autocomplete import related_rows
from pinghu.admin.money import ReadsMoney
from pinghu.admin.service_admin import ServiceAdmin, ServiceTabularInline, without_fields
from pinghu.admin.values import Labels
from pinghu.admin.verbs import list_verb
from pinghu.export import file_response
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door

#: Rows written to a file are read in pieces of this many, each with one query per related model.
_PIECE = 1000

#: Where a fact comes from: the last block of every form of a sourced record.
SOURCE_FIELDSET = (_("Source"), {"fields": (("source", "verified_on"), "source_quote", "source_note", "is_demo")})


class RowsInline(ReadsMoney, ServiceTabularInline):
    """Rows below a record on a tab of their own; what a row is called stands in its fields already."""

    tab = True
    hide_title = True


class DirectoryAdmin(ReadsMoney, ServiceAdmin):
    """Base of the directory's admins: an export of what the list shows, and no query for rows joined already."""

    class Media:
        css: ClassVar = {"all": ["pinghu/admin-records.css", "directory/admin.css"]}

    list_before_template = "admin/directory/list_tools.html"
    list_filter_submit = False
    list_select_related: tuple[str, ...] = ()
    #: Foreign keys to rows that every staff role sees, joined when one record is opened.
    form_select_related: tuple[str, ...] = ()
    #: Name of the record's page on the public site, and the attribute that addresses it there.
    public_page: tuple[str, str] | None = None
    #: Columns of the exported file; empty = those of the form.
    export_fields: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if "is_demo" in fields or not _has(self.model, "is_demo") else [*fields, "is_demo"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        # Only a demo row says that it is one.
        return fieldsets if getattr(obj, "is_demo", False) else without_fields(fieldsets, {"is_demo"})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.widget.attrs["rows"] = 3
        return field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if not self.form_select_related:
            return super().get_object(request, object_id, from_field)
        queryset = self.get_queryset(request).select_related(*self.form_select_related)
        column: Any = self.opts.pk if from_field is None else self.opts.get_field(from_field)
        try:
            record = queryset.get(**{column.name: column.to_python(object_id)})
        except (self.model.DoesNotExist, ValidationError, ValueError):
            return None
        rows = related_rows(request, self.admin_site)
        for name in self.form_select_related:
            if (joined := getattr(record, name, None)) is not None:
                rows.know(joined)
        return record

    def view_on_site(self, record: Any) -> str | None:
        """Its page on the public site, where it has one and this process serves it."""
        if self.public_page is None or record.audience() != "public" or "public" not in settings.DOORS:
            return None
        name, attribute = self.public_page
        return reverse(name, args=[getattr(record, attribute)])

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        original = context["original"]
        if original is not None and getattr(request.user, "has_staff_role", False):
            context["pages"] = [
                (page.title, reverse(f"admin:{page.name}", args=[original.public_id]))
                for page in record_pages(self.model)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    # --- the list as a file -----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export.<str:kind>", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is searched, filtered and ordered now, whole, as CSV or XLSX; the access log keeps it."""
        if kind not in ("csv", "xlsx"):
            raise Http404
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        found = self.get_changelist_instance(request).queryset
        columns = self.export_columns(request)
        header = [self.export_label(request, name) for name in columns]
        log_access(
            by=request.user,
            kind=AccessLog.Kind.EXPORT,
            door=Door.ADMIN,
            rows=found.count(),
            list=self.opts.label_lower,
            file=kind,
            asked=request.GET.urlencode()[:500],
            columns=columns,
        )
        title = capfirst(str(self.opts.verbose_name_plural))
        name = f"{title} {timezone.localdate():%Y-%m-%d}"
        return file_response(kind, name, header, self.export_rows(request, found, columns))

    def export_columns(self, request: HttpRequest) -> list[str]:
        """Columns of the model that this person sees on the form, in its order."""
        hidden = self.get_hidden_fields(request)
        names = self.export_fields or (
            name for name in [*_flat(self.get_fieldsets(request)), "is_demo"] if _has(self.model, name)
        )
        return [name for name in names if name not in hidden]

    def export_label(self, request: HttpRequest, name: str) -> str:
        return str(capfirst(str(label_for_field(name, self.model, self))))

    def export_rows(self, request: HttpRequest, found: Any, columns: list[str]) -> Iterator[list[Any]]:
        """Every row's values: related rows and choices as their labels, the rest as it is stored."""
        piece: list[Any] = []
        for row in found.select_related(*self.list_select_related).iterator(chunk_size=_PIECE):
            piece.append(row)
            if len(piece) == _PIECE:
                yield from self._labelled(request, piece, columns)
                piece = []
        yield from self._labelled(request, piece, columns)

    def _labelled(self, request: HttpRequest, rows: list[Any], columns: list[str]) -> Iterator[list[Any]]:
        labels = Labels(request.user, self.admin_site)
        readers = [self._reader(name, labels, rows) for name in columns]
        for row in rows:
            yield [read(row) for read in readers]

    def _reader(self, name: str, labels: Labels, rows: list[Any]) -> Callable[[Any], Any]:
        if not _has(self.model, name):
            return getattr(self, name)  # type: ignore[no-any-return]
        column: Any = self.opts.get_field(name)
        if isinstance(column, models.ForeignKey):
            labels.want(column, *{getattr(row, column.attname) for row in rows})
        elif not column.choices:
            return lambda row: getattr(row, name)

        def label(row: Any) -> Any:
            value = getattr(row, column.attname)
            return labels.of(column, value) if value not in (None, "") else None

        return label


def _has(model: type[models.Model], name: str) -> bool:
    return any(column.name == name for column in model._meta.concrete_fields)


def _flat(fieldsets: Any) -> list[str]:
    names: list[str] = []
    for _title, options in fieldsets:
        for name in options["fields"]:
            names += [name] if isinstance(name, str) else list(name)
    return names


class SourcedAdmin(DirectoryAdmin):
    """An admin of rows that keep their source: the day of the last look, and a verb that says "I looked today"."""

    actions = ("mark_verified",)

    @list_verb(_("Mark as verified today"))
    def mark_verified(self, request: HttpRequest, queryset: Any) -> str:
        """One change for each record: each has its own history."""
        day = today()
        rows = list(queryset)
        for row in rows:
            mark_verified(row, day, by=request.user, door=Door.ADMIN)
        return _("%(count)s marked as verified today.") % {"count": len(rows)}


class VerbsOnlyAdmin(DirectoryAdmin):
    """Records that nobody types: a decision is a verb, for those who may change them (`permissions=("decide",)`)."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return super().has_change_permission(request)
