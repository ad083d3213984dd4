"""Evidence in the admin: uploaded on a page of the project, listed to be read, handed out as a download alone."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.admin.filters import DemoFilter
from directory.admin.records import DirectoryAdmin, RowsInline
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.access import log_access, log_read
from pinghu.ledger.models import AccessLog, Door
from promotion.models import Evidence, InvestmentProject, Level
from promotion.services.evidence import ACCEPT, CONTENT_TYPES, MOST_BYTES, TYPES, add_evidence, save_evidence

#: Levels of which every download is logged.
_LOGGED = (Level.RESTRICTED, Level.CONFIDENTIAL)


class RowsToRead(RowsInline):
    """Rows below a project, to be read there; each is entered and changed on a page of its own, by its service.

    So no form of the project writes them past the rules of their service.
    """

    template_before = "admin/promotion/evidence_rows_tools.html"
    can_delete = False
    #: What the link of a row says: an attribute or a method of it.
    row_label = "__str__"

    class Media:
        css: ClassVar = {"all": ["promotion/capital.css"]}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.fields)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # The inline is made anew for every request; its template reads this.
        self.tools = self.get_tools(request, obj) if obj is not None else []
        return super().get_formset(request, obj, **kwargs)

    def get_tools(self, request: HttpRequest, project: Any) -> list[tuple[str, Any]]:
        """Links above the rows, as (address, text): to enter one more, for whoever may."""
        meta = self.model._meta
        if project.has_ended or not request.user.has_perm(f"{meta.app_label}.add_{meta.model_name}"):
            return []
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_add")
        return [(f"{address}?{urlencode(self.get_add_query(project))}", _("Add"))]

    def get_add_query(self, project: Any) -> dict[str, Any]:
        return {"project": project.pk}

    @admin.display(description=gettext_lazy("record"))
    def row(self, record: Any) -> Any:
        label = getattr(record, self.row_label)
        return _link(self.row_url(record), label() if callable(label) else label)

    def row_url(self, record: Any) -> str:
        meta = record._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


class EvidenceInline(RowsToRead):
    """The files of a project: each a download."""

    model = Evidence
    fields = ("row", "kind", "file_name", "file_size", "by", "at")
    label_select_related = ("by",)

    def get_tools(self, request: HttpRequest, project: Any) -> list[tuple[str, Any]]:
        address = reverse("admin:project_evidence", args=[project.public_id])
        may_add = request.user.has_perm("promotion.add_evidence") and not project.has_ended
        return [(address, _("Upload a file") if may_add else _("All files"))]

    def row_url(self, record: Any) -> str:
        return reverse("admin:evidence_download", args=[record.public_id])

    @admin.display(description=gettext_lazy("size"))
    def file_size(self, record: Evidence) -> str:
        return filesizeformat(record.size)


@admin.register(Evidence)
class EvidenceAdmin(DirectoryAdmin):
    """The list of all files that the person may see. They are uploaded on the page of their project."""

    save_service = staticmethod(save_evidence)
    list_display = ("name", "kind", "project", "file_size", "by", "at", "download")
    list_display_links = ("name",)
    list_select_related = ("project", "by")
    list_filter: ClassVar[Any] = (
        ("kind", ChoicesDropdownFilter),
        ("project", AutocompleteSelectFilter),
        ("at", RangeDateTimeFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("title", "file_name", "project__number", "project__name")
    ordering = ("-at", "-pk")
    form_select_related = ("project", "by")
    fieldsets = (
        (
            None,
            {"fields": ("title", ("kind", "project"), ("download", "file_size"), ("by", "at"), "sha256", "is_demo")},
        ),
    )
    readonly_fields = ("kind", "project", "download", "file_size", "by", "at", "sha256", "is_demo")
    export_fields = ("title", "kind", "file_name", "content_type", "size", "project", "by", "at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def name(self, row: Evidence) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def file_size(self, row: Evidence) -> str:
        return filesizeformat(row.size)

    @admin.display(description=gettext_lazy("file"))
    def download(self, row: Evidence) -> Any:
        return _link(reverse("admin:evidence_download", args=[row.public_id]), row.file_name)


def _link(address: str, text: Any) -> Any:
    return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, text)


# --- uploading and downloading ---------------------------------------------------------------------------------------


class EvidenceForm(forms.Form):
    """The file and what it proves. What the file is, its service reads from its bytes."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it proves"), choices=Evidence.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Empty: the file's own name."),
        widget=UnfoldAdminTextInputWidget,
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        max_length=250,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPT}),
    )


@admin_page("projects/<str:public_id>/evidence/", "project_evidence", roles=STAFF_ROLES)
def project_evidence(request: HttpRequest, public_id: str) -> HttpResponse:
    """The files of one project, and the form that adds one; a project that is hidden is not there (404)."""
    project = InvestmentProject.objects.visible_to(request.user).filter(public_id=public_id).first()
    if project is None:
        raise Http404
    if request.method == "GET":
        log_read(project, by=request.user, door=Door.ADMIN, page="evidence")
    may_add = request.user.has_perm("promotion.add_evidence") and not project.has_ended
    form = EvidenceForm(initial={"kind": request.GET.get("kind")})
    status = 200
    if request.method == "POST":
        if not request.user.has_perm("promotion.add_evidence"):
            raise PermissionDenied
        form, status = EvidenceForm(request.POST, request.FILES), 422
        if form.is_valid() and _take(request, project, form):
            return HttpResponseRedirect(request.path)
    rows = Evidence.objects.visible_to(request.user).filter(project=project).select_related("by")
    context = {
        **admin.site.each_context(request),
        "title": _("Evidence"),
        "project": project,
        "project_url": reverse("admin:promotion_investmentproject_change", args=[project.pk]),
        "form": form if may_add else None,
        "most": MOST_BYTES,
        "types": ", ".join(each.name for each in TYPES),
        "rows": rows,
    }
    return TemplateResponse(request, "admin/promotion/evidence_project.html", context, status=status)


def _take(request: HttpRequest, project: Any, form: EvidenceForm) -> bool:
    said = form.cleaned_data
    try:
        kept = add_evidence(
            project,
            kind=said["kind"],
            upload=said["file"],
            title=said["title"],
            by=request.user,
            door=Door.ADMIN,
            at=timezone.now(),
        )
    except DomainError as error:
        show_messages(form, error.fields or {"": [error.message]})
        return False
    messages.success(request, _("Kept: %(file)s.") % {"file": kept.file_name})
    return True


@admin_page("evidence/<str:public_id>/", "evidence_download", roles=STAFF_ROLES)
def evidence_download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One file, as a download and never on a page; reads of restricted and confidential projects are logged."""
    rows = Evidence.objects.visible_to(request.user).select_related("project")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise Http404
    answer = download_of(row)
    if row.project.confidentiality in _LOGGED:
        log_access(
            by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, subject=row, project=row.project.public_id
        )
    return answer


def download_of(row: Any) -> FileResponse:
    """The file of a row that knows its name and type, as a download. Raises Http404 where the file itself is gone."""
    return download(row.file, row.file_name, row.content_type)


def download(stored: Any, name: str, content_type: str = "") -> FileResponse:
    """A stored file as a download, never shown inline. Raises Http404 where it is gone."""
    try:
        file = stored.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    known = content_type if content_type in CONTENT_TYPES else "application/octet-stream"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=known)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
