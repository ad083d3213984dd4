"""Reports to the city: upload this year's workbook, map its columns once, fill it, look at the red cells, submit."""

import io
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from directory.admin.filters import DemoFilter
from directory.admin.records import DirectoryAdmin
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.admin.service_admin import ReadOnlyAdmin
from pinghu.errors import DomainError
from pinghu.export import XLSX_TYPE
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.models import InvestmentProject, ReportSubmission, ReportTemplate
from promotion.models.base import CURRENCIES
from promotion.report_fields import BY_CODE, FIELDS, FIGURE, SPAN_NAMES
from promotion.report_table import REASONS, Mark, differences
from promotion.rules import reports as rules
from promotion.rules.reports import Column, Period
from promotion.rules.working_time import local_day
from promotion.services.reports import (
    ACCEPT,
    MOST_BYTES,
    Filled,
    default_span,
    fill_report,
    map_columns,
    save_template,
    submit_report,
    take_workbook,
    workbook_of,
)

READERS = frozenset({Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER, Role.LEADER})
EDITORS = frozenset({Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER})
#: Lines shown before a report is submitted, and submissions shown on the first page.
_PREVIEWED, _RECENT = 50, 20
#: How the units of each currency are called.
_CURRENCY_NAMES: Mapping[str, Any] = {
    "CNY": gettext_lazy("yuan"),
    "USD": gettext_lazy("US dollars"),
    "EUR": gettext_lazy("euros"),
    "JPY": gettext_lazy("yen"),
    "HKD": gettext_lazy("Hong Kong dollars"),
    "TWD": gettext_lazy("New Taiwan dollars"),
}


class MonthInput(UnfoldAdminTextInputWidget):
    input_type = "month"


class MonthField(forms.CharField):
    """A month as 2026-11; cleaned to a Period."""

    widget = MonthInput

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        match = re.fullmatch(r"(\d{4})-(\d{2})", text or "")
        if match is None or not 1 <= int(match[2]) <= 12 or not 2000 <= int(match[1]) <= 2100:
            raise forms.ValidationError(_("Give a month such as 2026-11."))
        return Period(int(match[1]), int(match[2]))


def _month_asked(request: HttpRequest) -> Period:
    """The month that the address names, else the one that is due. Raises Http404 for what is no month."""
    if not request.GET.get("month"):
        return rules.due_on(local_day(timezone.now()))
    try:
        period: Period = MonthField().clean(request.GET["month"])
    except forms.ValidationError:
        raise Http404 from None
    return period


def _page(request: HttpRequest, name: str, title: Any, *, status: int = 200, **context: Any) -> TemplateResponse:
    context = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/promotion/{name}.html", context, status=status)


def _template(request: HttpRequest, public_id: str) -> ReportTemplate:
    row = ReportTemplate.objects.visible_to(request.user).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row  # type: ignore[no-any-return]


def _download(data: bytes, name: str) -> FileResponse:
    response = FileResponse(io.BytesIO(data), as_attachment=True, filename=name, content_type=XLSX_TYPE)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- the overview ----------------------------------------------------------------------------------------------------


@admin_page("reports/", "reports", title=gettext_lazy("Reports to the city"), icon="summarize", roles=READERS)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The lists in use, to be filled for a month, and what was submitted last."""
    period = _month_asked(request)
    templates = list(ReportTemplate.objects.visible_to(request.user).filter(is_active=True).defer("file__content"))
    sent = ReportSubmission.objects.visible_to(request.user).select_related("template", "by")
    of_month = {}
    for row in sent.filter(month=period.first).order_by("at", "pk"):
        of_month[row.template_id] = row
    query = urlencode({"month": f"{period.first:%Y-%m}"})
    rows = [
        {
            "template": template,
            "sent": of_month.get(template.pk),
            "fill_url": f"{reverse('admin:report_fill', args=[template.public_id])}?{query}",
        }
        for template in templates
    ]
    return _page(
        request,
        "reports",
        _("Reports to the city"),
        month=f"{period.first:%Y-%m}",
        rows=rows,
        recent=sent.order_by("-at", "-pk")[:_RECENT],
        may_edit=request.user.has_perm("promotion.add_reporttemplate"),
    )


# --- the workbook ----------------------------------------------------------------------------------------------------


class WorkbookForm(forms.Form):
    """The city's file, and where in it to look."""

    file = forms.FileField(
        label=gettext_lazy("Workbook of the city"),
        allow_empty_file=True,
        max_length=250,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPT}),
    )
    sheet = forms.CharField(
        label=gettext_lazy("Sheet"),
        help_text=gettext_lazy("Empty: the one whose headings are known best."),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
    )
    header_row = forms.IntegerField(
        label=gettext_lazy("Headings in row"),
        help_text=gettext_lazy("Empty: found by itself."),
        required=False,
        min_value=1,
        max_value=1000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )


class NewTemplateForm(WorkbookForm):
    """The same, with what the list is called and what it holds."""

    field_order = ("name", "kind", "span", "file", "sheet", "header_row")
    name = forms.CharField(label=gettext_lazy("name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    kind = forms.ChoiceField(
        label=gettext_lazy("list"), choices=ReportTemplate.Kind.choices, widget=UnfoldAdminSelectWidget
    )
    span = forms.ChoiceField(
        label=gettext_lazy("holds"),
        help_text=gettext_lazy("Empty: as such a list usually does."),
        required=False,
        choices=[("", "—"), *ReportTemplate.Span.choices],
        widget=UnfoldAdminSelectWidget,
    )


@admin_page("reports/upload/", "report_new", roles=EDITORS)
def new_template(request: HttpRequest) -> HttpResponse:
    """A list that the city asks for the first time."""
    form = NewTemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        row = ReportTemplate(name=said["name"], kind=said["kind"], span=said["span"] or default_span(said["kind"]))
        if answer := _take(request, row, form):
            return answer
    return _upload_page(request, form, _("A new list of the city"))


@admin_page("reports/<str:public_id>/upload/", "report_upload", roles=EDITORS)
def replace_workbook(request: HttpRequest, public_id: str) -> HttpResponse:
    """This year's workbook of a list that is known: its headings mean what they meant."""
    row = _template(request, public_id)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (answer := _take(request, row, form)):
        return answer
    return _upload_page(request, form, _("A new workbook for “%(name)s”") % {"name": row.name})


def _take(request: HttpRequest, row: Any, form: Any) -> HttpResponse | None:
    said = form.cleaned_data
    try:
        saved = take_workbook(
            row,
            upload=said["file"],
            sheet=said["sheet"],
            header_row=said["header_row"] or 0,
            by=request.user,
            door=Door.ADMIN,
        )
    except DomainError as error:
        show_messages(form, error.fields or {"": [error.message]})
        return None
    messages.success(request, _("Kept: %(file)s.") % {"file": saved.file_name})
    return HttpResponseRedirect(reverse("admin:report_columns", args=[saved.public_id]))


def _upload_page(request: HttpRequest, form: Any, title: str) -> HttpResponse:
    return _page(request, "reports_upload", title, status=422 if form.is_bound else 200, form=form, most=MOST_BYTES)


@admin_page("reports/<str:public_id>/template.xlsx", "report_template_file", roles=READERS)
@require_GET
def template_file(request: HttpRequest, public_id: str) -> HttpResponse | FileResponse:
    """The city's workbook as it was uploaded: it holds no rows of ours."""
    row = _template(request, public_id)
    return _download(bytes(row.file.content), row.file_name)


# --- the columns -----------------------------------------------------------------------------------------------------


def _meanings() -> list[tuple[str, Any]]:
    """Every field; of a figure every span."""
    found: list[tuple[str, Any]] = [("", _("(leave empty)"))]
    for field in FIELDS:
        if field.kind == FIGURE:
            found += [(f"{field.code}:{span}", f"{field.label} · {name}") for span, name in SPAN_NAMES.items()]
        else:
            found.append((field.code, field.label))
    return found


def _units() -> list[tuple[str, Any]]:
    """Amounts in each currency by size, and areas."""
    sizes = {rules.WAN: _("10,000 %(unit)s"), rules.YI: _("100 million %(unit)s"), rules.UNIT: "%(unit)s"}
    found: list[tuple[str, Any]] = [("", "—"), (f"{rules.MU}:", _("mu")), (f"{rules.SQUARE_METRES}:", _("m²"))]
    for currency, _code in CURRENCIES:
        unit = _CURRENCY_NAMES.get(currency, currency)
        found += [(f"{size}:{currency}", text % {"unit": unit}) for size, text in sizes.items()]
    return found


class ColumnsForm(forms.Form):
    """For each heading what it means and in which unit; names are `meaning-<place>` and `unit-<place>`."""

    header_row = forms.IntegerField(
        label=gettext_lazy("Headings in row"),
        min_value=1,
        max_value=1000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )
    if_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, template: ReportTemplate, **kwargs: Any) -> None:
        kwargs["initial"] = {"header_row": template.header_row, "if_version": template.version}
        super().__init__(*args, **kwargs)
        self.template = template
        meanings, units = _meanings(), _units()
        for place, text in template.headings:
            column = Column.of(template.mapping.get(text, {}))
            meaning = f"{column.field}:{column.span}" if column.span else column.field
            unit = f"{column.unit}:{column.currency}" if column.unit else ""
            for name, choices, initial in (("meaning", meanings, meaning), ("unit", units, unit)):
                self.fields[f"{name}-{place}"] = forms.ChoiceField(
                    label=text, choices=choices, initial=initial, required=False, widget=UnfoldAdminSelectWidget
                )

    def columns(self) -> list[dict[str, Any]]:
        """Place, heading and the two selects of each column."""
        return [
            {"place": place, "heading": text, "meaning": self[f"meaning-{place}"], "unit": self[f"unit-{place}"]}
            for place, text in self.template.headings
        ]

    def mapping(self) -> dict[str, Column]:
        found = {}
        for place, text in self.template.headings:
            field, _sign, span = self.cleaned_data[f"meaning-{place}"].partition(":")
            unit, _sign, currency = self.cleaned_data[f"unit-{place}"].partition(":")
            found[text] = Column(field, span, unit, currency)
        return found


@admin_page("reports/<str:public_id>/columns/", "report_columns", roles=EDITORS)
def columns_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """What each heading of the workbook means; remembered for the next one."""
    row = _template(request, public_id)
    form = ColumnsForm(request.POST if request.method == "POST" else None, template=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _map(request, row, form):
            again = "look" in request.POST
            name = "report_columns" if again else "report_fill"
            return HttpResponseRedirect(reverse(f"admin:{name}", args=[row.public_id]))
    return _page(request, "reports_columns", _("What the columns mean"), status=status, form=form, template=row)


def _map(request: HttpRequest, row: ReportTemplate, form: ColumnsForm) -> bool:
    try:
        map_columns(
            row,
            form.mapping(),
            header_row=form.cleaned_data["header_row"],
            by=request.user,
            door=Door.ADMIN,
            if_version=form.cleaned_data["if_version"],
        )
    except DomainError as error:
        show_messages(form, error.fields or {"": [error.message]})
        return False
    return True


# --- filling and submitting ------------------------------------------------------------------------------------------


class SubmitForm(forms.Form):
    """What is said when the report goes out."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    accepts_marks = forms.BooleanField(
        label=gettext_lazy("The red cells are right as they are"), required=False, widget=UnfoldBooleanWidget
    )
    note = forms.CharField(
        label=gettext_lazy("note"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget
    )


@admin_page("reports/<str:public_id>/fill/", "report_fill", roles=READERS)
def fill_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the list of a month says, with its red cells; the file; and the button that freezes it."""
    row, period = _template(request, public_id), _month_asked(request)
    if not row.mapping:
        if not request.user.has_perm("promotion.change_reporttemplate"):
            raise Http404
        return HttpResponseRedirect(reverse("admin:report_columns", args=[row.public_id]))
    may_submit = request.user.has_perm("promotion.add_reportsubmission") and row.is_active
    form: SubmitForm | None = None
    status = 200
    if request.method == "POST":
        if not request.user.has_perm("promotion.add_reportsubmission"):
            raise PermissionDenied
        form, status = SubmitForm(request.POST), 422
        if form.is_valid() and (report := _submit(request, row, period, form)):
            messages.success(request, _("Submitted. What is in it stays as it is."))
            return HttpResponseRedirect(reverse("admin:report_submission", args=[report.public_id]))
    filled = fill_report(row, period=period, user=request.user)
    refusals = form.non_field_errors() if form is not None else []
    if form is None or form.data.get("digest") != filled.digest:
        # What is shown now is what would be submitted.
        form = SubmitForm(initial={"digest": filled.digest})
    return _page(
        request,
        "reports_fill",
        f"{row.name} · {date_format(period.first, 'YEAR_MONTH_FORMAT')}",
        status=status,
        template=row,
        month=f"{period.first:%Y-%m}",
        filled=filled,
        form=form if may_submit else None,
        may_edit=request.user.has_perm("promotion.change_reporttemplate"),
        marks=_shown_marks(request, filled.table.marks),
        headings=[heading for _place, heading, _column in row.columns],
        lines=_shown_lines(filled),
        left_out=max(len(filled.table.lines) - _PREVIEWED, 0),
        rates=filled.table.rates,
        refusals=refusals,
    )


def _submit(request: HttpRequest, row: ReportTemplate, period: Period, form: SubmitForm) -> Any:
    said = form.cleaned_data
    try:
        return submit_report(
            row,
            period=period,
            digest=said["digest"],
            accepts_marks=said["accepts_marks"],
            note=said["note"],
            by=request.user,
            door=Door.ADMIN,
            at=timezone.now(),
        )
    except DomainError as error:
        show_messages(form, error.fields or {"": [error.message]})
        return None


def _shown_marks(request: HttpRequest, marks: tuple[Mark, ...]) -> list[dict[str, Any]]:
    """Each red cell with its project, where it is mended, and why. One query."""
    projects = InvestmentProject.objects.visible_to(request.user).in_bulk({mark.project for mark in marks})
    return [
        {
            "line": mark.line,
            "heading": mark.heading,
            "reason": mark.reason,
            "project": projects[mark.project],
            "url": reverse("admin:promotion_investmentproject_change", args=[mark.project]),
        }
        for mark in marks
        if mark.project in projects
    ]


def _kinds(row: ReportTemplate | ReportSubmission) -> dict[str, str]:
    return {heading: BY_CODE[column.field].kind for _place, heading, column in row.columns}


def _shown_lines(filled: Filled) -> list[list[dict[str, Any]]]:
    red = {(mark.line, mark.heading) for mark in filled.table.marks}
    kinds = _kinds(filled.template)
    return [
        [
            {"value": value, "kind": kinds[heading], "is_red": (line.number, heading) in red}
            for heading, value in line.values.items()
        ]
        for line in filled.table.lines[:_PREVIEWED]
    ]


@admin_page("reports/<str:public_id>/fill.xlsx", "report_fill_file", roles=READERS)
@require_GET
def fill_file(request: HttpRequest, public_id: str) -> HttpResponse | FileResponse:
    """The filled workbook, to be looked at before it is submitted; the access log keeps that it was taken."""
    row, period = _template(request, public_id), _month_asked(request)
    try:
        filled = fill_report(row, period=period, user=request.user)
    except DomainError:
        raise Http404 from None
    data = workbook_of(filled, by=request.user, on=local_day(timezone.now()))
    log_access(
        by=request.user,
        kind=AccessLog.Kind.EXPORT,
        door=Door.ADMIN,
        subject=row,
        rows=len(filled.table.lines),
        list="promotion.report",
        month=f"{period.first:%Y-%m}",
        file="xlsx",
    )
    return _download(data, filled.file_name)


# --- what was submitted ----------------------------------------------------------------------------------------------


def _submission(request: HttpRequest, public_id: str) -> Any:
    rows = ReportSubmission.objects.visible_to(request.user).select_related("template", "by", "file")
    row = rows.defer("file__content").filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


@admin_page("report-submissions/<str:public_id>/", "report_submission", roles=STAFF_ROLES)
@require_GET
def submission_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """A report as it went out, and what it would say otherwise now."""
    row = _submission(request, public_id)
    lines = list(row.rows.order_by("number")[:_PREVIEWED])
    red = {(mark["line"], mark["heading"]) for mark in row.marks}
    headings = [heading for _place, heading, _column in row.columns]
    kinds = _kinds(row)
    return _page(
        request,
        "reports_submission",
        f"{row.template.name} · {date_format(row.month, 'YEAR_MONTH_FORMAT')}",
        submission=row,
        headings=headings,
        lines=[
            [
                {"value": line.values.get(heading), "kind": kinds[heading], "is_red": (line.number, heading) in red}
                for heading in headings
            ]
            for line in lines
        ],
        left_out=row.rows.count() - len(lines) if len(lines) == _PREVIEWED else 0,
        marks=[{**mark, "reason": _reason(mark)} for mark in row.marks],
        differences=differences(row, request.user),
        rates=[{"currency": currency, "on": on, "cny": cny} for currency, on, cny in row.rates],
    )


def _reason(mark: Mapping[str, Any]) -> str:
    text = REASONS.get(mark["code"])
    return str(text) % mark.get("params", {}) if text else str(mark["code"])


@admin_page("report-submissions/<str:public_id>/file.xlsx", "report_submission_file", roles=STAFF_ROLES)
@require_GET
def submission_file(request: HttpRequest, public_id: str) -> HttpResponse | FileResponse:
    """The file that went out, byte for byte; the access log keeps that it was taken."""
    row = _submission(request, public_id)
    log_access(
        by=request.user,
        kind=AccessLog.Kind.EXPORT,
        door=Door.ADMIN,
        subject=row,
        rows=row.rows.count(),
        list="promotion.reportsubmission",
        month=f"{row.month:%Y-%m}",
        file="xlsx",
    )
    return _download(bytes(row.file.content), row.file_name)


# --- the lists of both -----------------------------------------------------------------------------------------------


@admin.register(ReportTemplate)
class ReportTemplateAdmin(DirectoryAdmin):
    """Name, list and use of a template; its workbook and its columns have pages of their own."""

    save_service = staticmethod(save_template)
    list_display = ("name", "kind", "span", "is_active", "file_name", "mapped")
    list_filter: ClassVar[Any] = (("kind", ChoicesDropdownFilter), "is_active")
    search_fields = ("name", "file_name")
    ordering = ("kind", "name", "pk")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "span"), "is_active", "note")}),
        (gettext_lazy("Workbook"), {"fields": (("file_name", "sheet"), ("mapped", "pages"))}),
    )
    readonly_fields = ("file_name", "sheet", "mapped", "pages")
    export_fields = ("name", "kind", "span", "is_active", "file_name", "sheet", "note")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A template begins with its workbook."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:report_new"))

    @admin.display(description=gettext_lazy("columns mapped"))
    def mapped(self, row: ReportTemplate) -> str:
        return f"{len(row.mapping)} / {len(row.headings)}"

    @admin.display(description=gettext_lazy("pages"))
    def pages(self, row: ReportTemplate) -> Any:
        return format_html(
            '<span class="field-links"><a href="{}">{}</a> <a href="{}">{}</a> <a href="{}">{}</a></span>',
            reverse("admin:report_columns", args=[row.public_id]),
            _("Map the columns"),
            reverse("admin:report_upload", args=[row.public_id]),
            _("Another workbook"),
            reverse("admin:report_fill", args=[row.public_id]),
            _("Fill"),
        )


@admin.register(ReportSubmission)
class ReportSubmissionAdmin(ReadOnlyAdmin):
    """Every report that the person may see, by month."""

    list_display = ("template", "of_month", "by", "at", "red")
    list_select_related = ("template", "by")
    list_filter: ClassVar[Any] = (
        ("kind", ChoicesDropdownFilter),
        ("template", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("template__name", "note")
    ordering = ("-month", "-at", "-pk")
    date_hierarchy = None

    @display(description=gettext_lazy("month"), ordering="month")
    def of_month(self, row: ReportSubmission) -> str:
        return date_format(row.month, "YEAR_MONTH_FORMAT")

    @display(description=gettext_lazy("red cells"))
    def red(self, row: ReportSubmission) -> int:
        return len(row.marks)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:report_submission", args=[record.public_id]))
