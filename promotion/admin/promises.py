"""What we have promised and what they deliver: both lists beside each other, overdue first, and one project's years."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.export import file_response
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.admin.claims import officers
from promotion.admin.reviews import QUESTIONS, STATES
from promotion.fulfilment import fulfilment
from promotion.models import Commitment, InvestmentProject, Level
from promotion.promises import (
    OURS,
    THEIRS,
    Asked,
    OfProject,
    beside_each_other,
    counts_of,
    projects_of,
    promised,
    sums_of,
    years_of,
)
from promotion.rules.working_time import local_day

_PER_PAGE = 20
SIDE_NAMES: dict[str, Any] = {OURS: gettext_lazy("What we promised"), THEIRS: gettext_lazy("What they promised")}


class AskedForm(forms.Form):
    """Which promises."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": gettext_lazy("Project, number, investor or promise")}),
    )
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"),
        required=False,
        queryset=Department.objects.all(),
        empty_label=gettext_lazy("All"),
        widget=UnfoldAdminSelectWidget,
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("officer in charge"),
        required=False,
        queryset=User.objects.none(),
        empty_label=gettext_lazy("All"),
        widget=UnfoldAdminSelectWidget,
    )
    side = forms.ChoiceField(
        label=gettext_lazy("Whose"),
        required=False,
        choices=[("", gettext_lazy("Both sides")), *SIDE_NAMES.items()],
        widget=UnfoldAdminSelectWidget,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("All")), *QUESTIONS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    year = forms.TypedChoiceField(
        label=gettext_lazy("Year"), required=False, coerce=int, empty_value=None, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = officers()  # type: ignore[attr-defined]
        self.fields["year"].choices = [("", _("All")), *((year, year) for year in years_of(user))]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        said = self.cleaned_data
        return Asked(said["q"].strip(), said["unit"], said["owner"], said["side"], said["state"], said["year"])


@admin_page("promises/", "promises", title=gettext_lazy("Promised and delivered"), icon="handshake", roles=STAFF_ROLES)
def promises_page(request: HttpRequest) -> HttpResponse:
    """Per project what we promised beside what they promised, overdue first; sums by side above."""
    form = AskedForm(request.GET, user=request.user)
    day = local_day(timezone.now())
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Promised and delivered"),
        "form": form,
        "day": day,
    }
    if form.is_valid():
        rows = promised(request.user, form.asked(), day)
        page = Paginator(projects_of(rows, day), _PER_PAGE).get_page(request.GET.get("p"))
        kept = request.GET.copy()
        kept.pop("p", None)
        context |= {
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "ellipsis": Paginator.ELLIPSIS,
            "query": kept.urlencode(),
            "projects": [_shown(one) for one in beside_each_other(rows, list(page), day)],
            "sums": [(SIDE_NAMES[one.side], one) for one in sums_of(rows)],
            "counts": [(SIDE_NAMES[side], *numbers) for side, numbers in counts_of(rows, day).items()],
        }
    return TemplateResponse(request, "admin/promotion/promises.html", context)


def _shown(one: OfProject) -> dict[str, Any]:
    return {
        "project": one.project,
        "overdue": one.overdue,
        "url": reverse("admin:project_promises", args=[one.project.public_id]),
        "sides": _sides(one),
    }


def _sides(one: OfProject) -> list[dict[str, Any]]:
    """Both sides, each promise with its page and its state in words."""
    return [
        {
            "code": side,
            "name": SIDE_NAMES[side],
            "promises": [
                {"row": promise.row, "url": _url(promise.row), "state": promise.state, "name": STATES[promise.state]}
                for promise in promises
            ],
        }
        for side, promises in ((OURS, one.ours), (THEIRS, one.theirs))
    ]


def _url(row: Commitment) -> str:
    return reverse("admin:promotion_commitment_change", args=[row.pk])


@admin_page("promises/export.<str:kind>", "promises_export", roles=STAFF_ROLES)
def promises_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The promises as they are filtered now, whole, as CSV or XLSX; the access log keeps it."""
    form = AskedForm(request.GET, user=request.user)
    if kind not in ("csv", "xlsx") or not form.is_valid():
        raise Http404
    day = local_day(timezone.now())
    rows = promised(request.user, form.asked(), day).select_related("project__owner", "project__unit")
    header = [
        _("Project"), _("officer in charge"), _("Unit"), _("Whose"), _("What is promised"), _("For the year"),
        _("Amount"), _("Currency"), _("Due on"), _("State"), _("Fulfilled on"), _("Amount fulfilled"),
        _("Amount clawed back"), _("Legal basis"), _("Approved by"), _("Approved on"), _("Fair-competition review"),
    ]  # fmt: skip
    log_access(
        by=request.user,
        kind=AccessLog.Kind.EXPORT,
        door=Door.ADMIN,
        rows=rows.count(),
        list="promotion.promises",
        file=kind,
        asked=request.GET.urlencode()[:500],
        columns=header,
    )
    name = f"{_('Promised and delivered')} {day:%Y-%m-%d}"
    return file_response(kind, name, header, _lines(rows.order_by("project__number", "side", "due_on", "pk"), day))


def _lines(rows: Any, day: Any) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=1000):
        ours = row.side == OURS
        yield [
            str(row.project), str(row.project.owner or ""), str(row.project.unit or ""), str(SIDE_NAMES[row.side]),
            row.text, row.year, row.amount, row.currency if row.is_money else "", row.due_on,
            str(STATES[row.state_on(day)]), row.fulfilled_on, row.fulfilled_amount, row.clawback_amount,
            row.legal_basis, row.approver, row.approved_on, row.get_fair_competition_display() if ours else "",
        ]  # fmt: skip


@admin_page("projects/<str:public_id>/promises/", "project_promises", roles=STAFF_ROLES)
def project_promises(request: HttpRequest, public_id: str) -> HttpResponse:
    """One project: both sides, and year by year what was promised beside what became of it (履约)."""
    projects = InvestmentProject.objects.visible_to(request.user).select_related("owner", "unit")
    project = projects.filter(public_id=public_id).first()
    if project is None:
        raise Http404
    if project.confidentiality == Level.CONFIDENTIAL:
        log_access(by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, subject=project)
    day = local_day(timezone.now())
    rows = Commitment.objects.visible_to(request.user).filter(project=project)
    (one,) = beside_each_other(rows, [project], day)
    may_add = request.user.has_perm("promotion.add_commitment") and not project.has_ended
    indicators = dict(Commitment._meta.get_field("indicator").flatchoices)  # type: ignore[union-attr]
    context = {
        **admin.site.each_context(request),
        "title": _("Promised and delivered"),
        "project": project,
        "project_url": reverse("admin:promotion_investmentproject_change", args=[project.pk]),
        "add_url": f"{reverse('admin:promotion_commitment_add')}?project={project.pk}" if may_add else "",
        "shown": _shown(one),
        "years": [(line, indicators.get(line.indicator, line.indicator)) for line in fulfilment(project, request.user)],
        "day": day,
    }
    return TemplateResponse(request, "admin/promotion/promises_project.html", context)
