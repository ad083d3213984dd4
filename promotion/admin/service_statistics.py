"""The statistics of "1+3+N" in the admin: every total is a link to exactly the rows that it counts."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page, pages
from pinghu.formats import plain
from promotion import service_figures as figures
from promotion import service_statistics as reading
from promotion.admin.drill import list_url
from promotion.admin.follow_ups import DayInput
from promotion.admin.service_drill import (
    CASE_WORDS,
    ENTERPRISE_WORDS,
    MATCH_WORDS,
    PARTS,
    PROMISE_WORDS,
    SIGNAL_WORDS,
    WARE_WORDS,
    figure_code,
)
from promotion.models import CaseRating
from promotion.rules import periods
from promotion.rules.periods import Period
from promotion.rules.working_time import local_day
from promotion.scopes import Scope, scope_choices, scope_of
from promotion.service_statistics import Line, Statistics, Version

PERIODS = {
    periods.MONTH: gettext_lazy("This month"),
    periods.QUARTER: gettext_lazy("This quarter"),
    periods.YEAR: gettext_lazy("This year"),
    periods.OWN: gettext_lazy("Own dates"),
}


class AskForm(forms.Form):
    """Which period, whose cases, which version of the system."""

    period = forms.ChoiceField(
        label=gettext_lazy("Period"), choices=list(PERIODS.items()), widget=UnfoldAdminSelectWidget
    )
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput)
    scope = forms.ChoiceField(label=gettext_lazy("Whose work"), required=False, widget=UnfoldAdminSelectWidget)
    version = forms.ChoiceField(label=gettext_lazy("Service system"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, user: Any, known: Sequence[Version], today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["scope"].choices = scope_choices(user)  # type: ignore[attr-defined]
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            (each.system.public_id, f"{each.system} ({each.system.effective_from:%Y-%m-%d})") for each in known
        ]

    def clean(self) -> dict[str, Any]:
        """Own dates are two days in order; without them the year so far."""
        said = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if said.get("period") == periods.OWN and since and until and since > until:
            self.add_error("until", _("This day lies before the first."))
        return said

    def asked_period(self) -> Period:
        """The period that was chosen; raises nothing for a form that was cleaned."""
        said = self.cleaned_data
        if said["period"] != periods.OWN:
            return periods.period_of(said["period"], self.today)
        until = said["until"] or self.today
        since = said["since"] or until.replace(month=1, day=1)
        return Period(since, until)


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: what it says, and the list of its rows ("" where there is none)."""

    text: str
    url: str = ""


@admin_page(
    "services/statistics/",
    "service_statistics",
    title=gettext_lazy("1+3+N statistics"),
    icon="query_stats",
    roles=STAFF_ROLES,
)
def service_statistics(request: HttpRequest) -> HttpResponse:
    """What each part of the service system did in a period, and how content the enterprises were."""
    user, now = request.user, timezone.now()
    today = local_day(now)
    known = reading.versions(user)
    context = {**admin.site.each_context(request), "title": _("1+3+N statistics")}
    if not known:
        return TemplateResponse(request, "admin/promotion/service_statistics.html", context)
    current = reading.in_force(known, today) or known[0]
    asked = request.GET.copy()
    asked["period"] = asked.get("period") or periods.YEAR
    asked["version"] = asked.get("version") or current.system.public_id
    form = AskForm(asked, user=user, known=known, today=today)
    is_valid = form.is_valid()
    scope = scope_of(user, asked.get("scope", ""))
    if scope is None or "scope" in form.errors or "version" in form.errors or "period" in form.errors:
        raise Http404
    context["form"] = form
    context["beside"] = [
        (page.title, reverse(f"admin:{page.name}"))
        for page in pages()
        if page.name in ("dashboard", "case_desk") and page.may_open(user)
    ]
    if is_valid:
        version = next(each for each in known if each.system.public_id == form.cleaned_data["version"])
        found = reading.statistics(user, scope, version, form.asked_period(), at=now)
        context |= _shown(found, scope, form.asked_period())
        context |= {"is_old": version is not current, "version": version, "scope": scope}
    return TemplateResponse(request, "admin/promotion/service_statistics.html", context)


# --- how it is shown -------------------------------------------------------------------------------------------------


def _shown(found: Statistics, scope: Scope, period: Period) -> dict[str, Any]:
    lines = [line for line in found.lines if line.part != figures.NO_MECHANISM or any(line.counts.values())]
    return {
        "period": period,
        "measures": [
            CASE_WORDS[measure]
            for measure in (
                figures.RAISED, figures.ACCEPTED, figures.ANSWERED, figures.CLOSED, figures.OPEN, figures.OVERDUE,
            )
        ],
        "lines": [(_name(line), _layer(line), _cells(line, found, scope, period)) for line in lines],
        "grades": [CaseRating.Grade(grade).label for grade, _count in lines[0].satisfaction.by_grade],
        "ratings": [(_name(line), _rating_cells(line, found, scope, period)) for line in lines],
        "liaison": _liaison(found, scope, period),
        "headquarters": _headquarters(found, scope, period),
        "promises": _promises(found, scope, period),
        "chain": _chain(found, scope, period),
        "deals": _deals(found, scope, period),
    }  # fmt: skip


def _name(line: Line) -> str:
    return str(line.pillar) if line.pillar is not None else str(PARTS[line.part])


def _layer(line: Line) -> str:
    return str(line.pillar.get_layer_display()) if line.pillar is not None else ""


def _case_cell(measure: str, count: int, line: Line, found: Statistics, scope: Scope, period: Period) -> Cell:
    """A count of cases, and its rows."""
    part = f"{found.version.system.pk}-{line.part}"
    code = figure_code(measure, period)
    return Cell(str(count), list_url("servicecase", figure=code, part=part, scope=scope.code) if count else "")


def _cells(line: Line, found: Statistics, scope: Scope, period: Period) -> list[Any]:
    def cell(measure: str) -> Cell:
        return _case_cell(measure, line.counts.get(measure, 0), line, found, scope, period)

    counts = line.counts
    in_time = _share(counts.get(figures.ON_TIME, 0), counts.get(figures.STANDING, 0))
    days = plain(Decimal(line.minutes) / line.timed / found.day_minutes, 1) if line.timed else "–"
    return [
        *([cell(measure)] for measure in figures.CASE_MEASURES[:6]),
        [in_time, cell(figures.ON_TIME), cell(figures.STANDING)],
        [cell(figures.REOPENED)],
        [Cell(days)],
    ]


def _rating_cells(line: Line, found: Statistics, scope: Scope, period: Period) -> list[Any]:
    def cell(measure: str, count: int) -> Cell:
        return _case_cell(measure, count, line, found, scope, period)

    said = line.satisfaction
    return [
        [_percent(said.satisfaction), cell(figures.CONTENT, said.content), cell(figures.RATED, said.rated)],
        [_percent(said.rating_rate), cell(figures.RATED, said.rated), cell(figures.ANSWERED, said.closed)],
        *([cell(f"grade{grade}", count)] for grade, count in said.by_grade),
        [_percent(said.solved_rate), cell(figures.SOLVED, said.solved), cell(figures.ASKED, said.answered_solved)],
    ]


def _share(part: int, whole: int) -> Cell:
    return _percent(Fraction(part, whole) if whole else None)


def _percent(share: Fraction | None) -> Cell:
    if share is None:
        return Cell("–")
    return Cell(f"{plain(Decimal(share.numerator * 100) / share.denominator, 1)}%")


def _rows(
    model: str, words: Mapping[str, Any], found: Statistics, scope: Scope, period: Period, only: Iterable[str] = ()
) -> list[tuple[str, Cell]]:
    """Figures of one list with their words; offers, needs and proposals are nobody's, so no scope narrows them."""
    rows = []
    for measure in only or words:
        count = found.counts[measure]
        code = "" if model in ("capabilityoffer", "procurementneed") or measure == figures.PROPOSED else scope.code
        url = list_url(model, figure=figure_code(measure, period), scope=code) if count else ""
        rows.append((str(words[measure]), Cell(str(count), url)))
    return rows


def _liaison(found: Statistics, scope: Scope, period: Period) -> list[tuple[str, Cell]]:
    rows = []
    for measure, words in ENTERPRISE_WORDS.items():
        count = found.counts[measure]
        query = urlencode({"liaison": figure_code(measure, period, scope.code)})
        url = f"{reverse('admin:directory_enterprise_changelist')}?{query}" if count else ""
        rows.append((str(words), Cell(str(count), url)))
    rows.append((_("Coverage"), _share(found.counts[reading.VISITED], found.counts[reading.ENTERPRISES])))
    rows += _rows("visit", {reading.VISITS: _("Visits")}, found, scope, period)
    visits = next(line for line in found.lines if line.part == figures.VISITS)
    raised = visits.counts.get(figures.RAISED, 0)
    rows.append((_("Problems found: cases"), _case_cell(figures.RAISED, raised, visits, found, scope, period)))
    return rows


def _headquarters(found: Statistics, scope: Scope, period: Period) -> list[tuple[str, Cell]]:
    words = {reading.ENGAGEMENTS: _("Engagements")}
    return [
        *_rows("headquartersengagement", words, found, scope, period),
        *_rows("intentsignal", SIGNAL_WORDS, found, scope, period),
    ]


def _promises(found: Statistics, scope: Scope, period: Period) -> list[tuple[str, list[Cell]]]:
    """Kept, open, overdue: ours and theirs."""
    cells = dict(zip(PROMISE_WORDS, _rows("engagementpromise", PROMISE_WORDS, found, scope, period), strict=True))
    names = {figures.KEPT: _("Kept"), figures.STILL_OPEN: _("Open at the end"), figures.LATE: _("Overdue")}
    return [(str(name), [cells[f"{state}_ours"][1], cells[f"{state}_theirs"][1]]) for state, name in names.items()]


def _chain(found: Statistics, scope: Scope, period: Period) -> list[tuple[str, Cell]]:
    matches = (figures.PROPOSED, figures.INTRODUCED, figures.TALKING, figures.FAILED)
    return [
        *_rows("capabilityoffer", WARE_WORDS, found, scope, period, [reading.OFFERS]),
        *_rows("procurementneed", WARE_WORDS, found, scope, period, [reading.NEEDS]),
        *_rows("chainmatch", MATCH_WORDS, found, scope, period, matches),
    ]


def _deals(found: Statistics, scope: Scope, period: Period) -> list[tuple[str, Cell]]:
    return _rows("chainmatch", MATCH_WORDS, found, scope, period, figures.DEAL)
