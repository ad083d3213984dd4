"""Imports in the admin: upload, map, look, decide, apply, undo. Every step is one call of a service."""

import tempfile
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from directory.admin.import_forms import MappingForm, UploadForm
from directory.admin.import_pages import PAGE, RowTable, first_tab, rows_of, tabs_of
from directory.models import ImportRow, ImportRun
from directory.models.imports import Verdict
from directory.services import importing
from directory.services.importing.error_workbook import SUFFIX
from directory.services.importing.kinds import kind_of
from directory.services.importing.reading import read_bounded
from pinghu.admin import site
from pinghu.admin.service_admin import ReadOnlyAdmin
from pinghu.errors import DomainError
from pinghu.formats import to_whole
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door

Status = ImportRun.Status
Outcome = ImportRow.Outcome
RUNNING = {Status.PLANNING, Status.APPLYING, Status.REVERTING}
_TOTALS: dict[str, str] = {Status.APPLYING: "to_apply", Status.REVERTING: "to_revert"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportRunAdmin(ReadOnlyAdmin):
    """The history of imports; a run's own pages are below."""

    class Media:
        css: ClassVar = {"all": ["pinghu/admin-records.css", "directory/admin.css", "directory/imports.css"]}

    list_display = ("file_name", "kind", "source", "status", "rows_by_verdict", "by", "created_at")
    list_select_related = ("source", "by")
    list_filter = ("status", "kind")
    search_fields = ("file_name", "=public_id")
    ordering = ("-id",)

    @display(description=_("rows"))
    def rows_by_verdict(self, run: ImportRun) -> str:
        parts = [f"{verdict.label} {run.counts[verdict.value]}" for verdict in Verdict if run.counts.get(verdict.value)]
        return " · ".join(parts) or str(run.total_rows)

    # --- who may --------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(importing.kinds_for(request.user))

    def get_urls(self) -> list[Any]:
        pages = {
            "mapping": self.mapping_view,
            "decide": self.decide_view,
            "plan": self.plan_view,
            "apply": self.apply_view,
            "revert": self.revert_view,
        }
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"directory_importrun_{name}")
            for name, view in pages.items()
        ]
        errors = path(
            "<path:object_id>/errors.xlsx",
            self.admin_site.admin_view(self.errors_view),
            name="directory_importrun_errors",
        )
        return [*own, errors, *super().get_urls()]

    def _run(self, request: HttpRequest, object_id: str, *, may: Any = None) -> ImportRun:
        """The run, if this person sees it and `may(user, run)`."""
        rows = self.get_queryset(request).filter(pk=to_whole(object_id))
        run: ImportRun | None = rows.select_related("source", "by").first()
        if run is None:
            raise Http404
        if not (may(request.user, run) if may else self.has_view_permission(request, run)):
            raise PermissionDenied
        return run

    def _url(self, name: str, run: ImportRun) -> str:
        return reverse(f"admin:directory_importrun_{name}", args=[run.pk])

    def _page(self, request: HttpRequest, template: str, title: Any, **context: Any) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"admin/directory/importrun/{template}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": title,
                "media": self.media,
                **context,
            },
        )

    # --- upload, map ----------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The file: refused with a reason, or read and ready to be mapped."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
        known = None
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            upload = said["file"]
            try:
                run = importing.stage_file(
                    read_bounded(upload),
                    importing.Description(
                        kind=said["kind"],
                        source=said["source"],
                        file_name=upload.name,
                        sheet=said["sheet"],
                        header_row=said["header_row"] or 0,
                    ),
                    by=request.user,
                    again=said["again"],
                    to_map=True,
                )
            except DomainError as error:
                form.add_error("file", error.message)
            else:
                if run.status == Status.UPLOADED:
                    return HttpResponseRedirect(self._url("mapping", run))
                if run.status == Status.PLANNED:
                    return HttpResponseRedirect(self._url("change", run))
                known = run
        return self._page(
            request,
            "upload",
            _("Import a file"),
            form=form,
            known=known,
            known_url=self._url("change", known) if known else "",
        )

    def mapping_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which column means what, with its first values; values for every row. POST starts the plan."""
        run = self._run(request, object_id, may=importing.may_run)
        form = MappingForm(request.POST if request.method == "POST" else None, run=run, samples=_samples(run))
        if request.method == "POST" and form.is_valid():
            try:
                importing.map_and_plan(
                    run,
                    form.mapping,
                    form.fixed,
                    is_complete=form.cleaned_data.get("is_complete"),
                    by=request.user,
                    seen=request.POST.get("plan"),
                )
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                return HttpResponseRedirect(self._url("change", run))
        return self._page(
            request,
            "mapping",
            _("Map the columns"),
            run=run,
            form=form,
            plan=importing.plan_mark(run),
            back_url=self._url("change", run),
        )

    # --- the plan -------------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Counts, and the lines of one verdict with old and new values, reasons and choices."""
        run = self._run(request, object_id)
        is_running = run.status in RUNNING
        written = sum(run.counts.get(f"outcome_{outcome}", 0) for outcome in (Outcome.CREATED, Outcome.UPDATED))
        context: dict[str, Any] = {
            "run": run,
            "plan": importing.plan_mark(run),
            "is_running": is_running,
            "may_run": importing.may_run(request.user, run),
            "may_revert": importing.may_revert(request.user, run),
            "urls": {name: self._url(name, run) for name in ("mapping", "decide", "plan", "apply", "revert", "errors")},
            "total": run.counts.get(_TOTALS.get(run.status, ""), 0) or run.total_rows,
            "may_map": run.status in {Status.UPLOADED, Status.PLANNED, Status.FAILED} and not written,
            "may_plan": run.status in {Status.PLANNED, Status.FAILED, Status.APPLIED},
            "to_revert": 0 if is_running or run.status == Status.REVERTED else written,
            "may_go_on": run.status == Status.APPLYING,
            "may_decide": importing.may_run(request.user, run) and run.status in {Status.PLANNED, Status.APPLIED},
            "has_errors": bool(run.counts.get(Verdict.ERROR.value) or run.counts.get("outcome_refused")),
        }
        if not is_running and run.counts:
            context |= self._lines(request, run)
        return self._page(request, "run", run.file_name, **context)

    def _lines(self, request: HttpRequest, run: ImportRun) -> dict[str, Any]:
        chosen = request.GET.get("verdict", "") or first_tab(run)
        tabs = tabs_of(run, chosen)
        if chosen not in {tab["code"] for tab in tabs}:
            chosen = first_tab(run)
            tabs = tabs_of(run, chosen)
        count = next(tab["count"] for tab in tabs if tab["code"] == chosen)
        absent: list[Any] = []
        lines: list[dict[str, Any]] = []
        page = _Counted(rows_of(run, chosen) if chosen != "absent" else kind_of(run.kind).absent(run), PAGE, count)
        shown = page.get_page(request.GET.get("p"))
        if chosen == "absent":
            absent = [
                {
                    "name": row,
                    "uscc": row.uscc or "",
                    "url": reverse("admin:directory_enterprise_change", args=[row.pk]),
                }
                for row in shown.object_list
            ]
        else:
            lines = RowTable(run, list(shown.object_list), request.user, self.admin_site).lines()
            if kind_of(run.kind).is_personal:
                log_access(
                    by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, subject=run, rows=len(lines),
                    what="import lines",
                )  # fmt: skip
        bulk = {
            Verdict.DUPLICATE.value: ("update", "create", "skip"),
            Verdict.CONFLICT.value: ("take_file", "keep_ours", "skip"),
        }.get(chosen, ())
        if kind_of(run.kind).candidates_are_owners:
            bulk = tuple(choice for choice in bulk if choice != "create")
        return {
            "tabs": tabs,
            "tab": chosen,
            "lines": lines,
            "absent": absent,
            "page": shown,
            "bulk": [(choice, ImportRow.Decision(choice).label) for choice in bulk],
            "to_apply": importing.applicable(run).count() if run.status in {Status.PLANNED, Status.APPLIED} else 0,
        }

    def decide_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: the choices of one page, or one choice for all undecided lines of a verdict."""
        run = self._run(request, object_id, may=importing.may_run)
        if request.method != "POST":
            return HttpResponseRedirect(self._url("change", run))
        verdict = request.POST.get("verdict", "")
        done, refused = 0, ""
        try:
            if choice := request.POST.get("all", ""):
                seen = request.POST.get("plan")
                done = importing.decide_all(run, verdict, choice, by=request.user, seen=seen)
                if not done:
                    self.message_user(request, _("No line was decided: this fits none of them."), messages.WARNING)
            else:
                done, refused = self._decide_lines(request, run)
        except DomainError as error:
            refused = error.message
        if done:
            self.message_user(request, _("%(count)s lines decided.") % {"count": done}, messages.SUCCESS)
        if refused:
            self.message_user(request, refused, messages.ERROR)
        page = request.POST.get("p", "")
        query = f"?verdict={verdict}" if verdict.isalpha() else "?"
        return HttpResponseRedirect(self._url("change", run) + query + (f"&p={page}" if page.isdigit() else ""))

    def _decide_lines(self, request: HttpRequest, run: ImportRun) -> tuple[int, str]:
        chosen = {
            number: value
            for name, value in request.POST.items()
            if name.startswith("line-") and (number := to_whole(name.removeprefix("line-"))) is not None
        }
        done, refused, seen = 0, "", request.POST.get("plan")
        for row in run.rows.filter(number__in=chosen).order_by("number"):
            decision, _sign, target = chosen[row.number].partition(":")
            held = row.values.get("enterprise") or row.target_id
            if decision == row.decision and (decision != "update" or target == str(held)):
                continue
            try:
                importing.decide(row, decision, by=request.user, target_id=to_whole(target) or 0, seen=seen)
            except DomainError as error:
                if error.code == "stale_plan":
                    return done, error.message
                refused = _("Line %(line)s: %(reason)s") % {"line": row.number, "reason": error.message}
            else:
                done += 1
        return done, refused

    # --- doing it -------------------------------------------------------------------------------------------------

    def plan_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: make the plan anew."""
        return self._ask(request, object_id, lambda run, by, seen: importing.request_plan(run, by=by))

    def apply_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: apply what needs no choice any more."""
        return self._ask(request, object_id, importing.request_apply)

    def revert_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: undo."""
        return self._ask(request, object_id, importing.request_revert, may=importing.may_revert)

    def _ask(self, request: HttpRequest, object_id: str, service: Any, may: Any = importing.may_run) -> HttpResponse:
        run = self._run(request, object_id, may=may)
        if request.method == "POST":
            try:
                service(run, by=request.user, seen=request.POST.get("plan"))
            except DomainError as error:
                self.message_user(request, error.message, messages.ERROR)
        return HttpResponseRedirect(self._url("change", run))

    def errors_view(self, request: HttpRequest, object_id: str) -> HttpResponse | FileResponse:
        """The lines in error as a workbook. It holds what the file held, so the download is logged."""
        run = self._run(request, object_id)
        out = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        count = importing.write_error_workbook(run, out)
        log_access(
            by=request.user, kind=AccessLog.Kind.EXPORT, door=Door.ADMIN, subject=run, rows=count, what="import errors"
        )
        out.seek(0)
        name = run.file_name.rpartition(".")[0] or run.file_name
        return FileResponse(out, as_attachment=True, filename=f"{name}{SUFFIX}", content_type=WORKBOOK)


class _Counted(Paginator[Any]):
    """The run knows the number of its lines; counting them again would read them all."""

    def __init__(self, rows: Any, size: int, count: int) -> None:
        super().__init__(rows, size)
        self._known = count

    @property
    def count(self) -> int:  # type: ignore[override]
        return self._known


def _samples(run: ImportRun) -> dict[str, list[str]]:
    """The first values of each column."""
    found: dict[str, list[str]] = {header: [] for header in run.headers}
    for cells in run.rows.order_by("number").values_list("raw", flat=True)[:20]:
        for header, cell in zip(run.headers, cells, strict=False):
            if cell not in (None, "") and len(found[header]) < 3:
                found[header].append(str(cell)[:60])
    return found


site.register(ImportRun, ImportRunAdmin)
