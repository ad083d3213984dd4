"""The dashboard and the periods that were closed: every figure is a link to exactly the rows that it counts."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget

from pinghu.accounts.roles import Role
from pinghu.admin.blocks import overview_block
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.formats import plain, short_amount, with_currency
from pinghu.ledger.models import Door
from promotion import dashboard as reading
from promotion import figures
from promotion.admin.drill import CAPITAL, LEADS, PROJECTS, counted_code, list_url
from promotion.closed_periods import Compared, compare
from promotion.dashboard import Glance, Line, dashboard, glance
from promotion.models import ClosedPeriod, PromotionTarget
from promotion.rules import indicators
from promotion.rules.working_time import local_day
from promotion.scopes import Scope, first_scope, scope_choices, scope_of
from promotion.services.closing import close_period
from promotion.wording import stage_name

READERS = frozenset({Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER, Role.LEADER, Role.DATA_STEWARD})
MANAGERS = frozenset({Role.PROMOTION_MANAGER})
#: Whom the overview shows the first screen: those who open it at 7:50 on the phone.
AT_A_GLANCE = frozenset({Role.PROMOTION_MANAGER, Role.LEADER})
#: Years to choose from besides the present one: so many back, so many ahead.
_BACK, _AHEAD = 5, 1
#: Periods that can be closed still: months over, so many back.
_MONTHS_BACK = 24
#: Of each indicator so many corrections are named; the rest is counted.
_NAMED = 50

#: How each indicator is counted, in one sentence.
SAYS: dict[str, Any] = {
    indicators.ACTUAL_FDI: gettext_lazy(
        "Capital records “arrived”, by their day; a decrease is taken off. Capital from the mainland does not count."
    ),
    indicators.CONTRACTED_FDI: gettext_lazy(
        "Capital records “contracted”, by their day; a decrease is taken off. Capital from the mainland does not count."
    ),
    indicators.FORTUNE_500: gettext_lazy(
        "Projects signed in the year whose group stands on the Fortune Global 500 of the list year stated."
    ),
    indicators.OVER_100M_USD: gettext_lazy(
        "Projects signed in the year with a total investment above USD 100 million, at the rate of the day of signing."
    ),
    indicators.OVER_1BN: gettext_lazy(
        "Projects signed in the year with a total investment of CNY 1 billion or more, at the rate of the day of signing."
    ),
    indicators.OVER_5BN: gettext_lazy("The same, of CNY 5 billion or more."),
    indicators.OVER_10BN: gettext_lazy("The same, of CNY 10 billion or more."),
    indicators.PROJECTS_SIGNED: gettext_lazy(
        "Formal agreements by their day. One project counts once; a merged one not; one withdrawn later was signed."
    ),
    indicators.PROJECTS_STARTED: gettext_lazy("Construction started in the year, whenever it was signed."),
    indicators.START_RATE: gettext_lazy(
        "Of the projects signed in the year, those that started; without those that left the start out."
    ),
}


class DashboardForm(forms.Form):
    """Which year, and whose work."""

    year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=int, widget=UnfoldAdminSelectWidget)
    scope = forms.ChoiceField(label=gettext_lazy("Whose work"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, user: Any, today: datetime.date, person: Scope | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(today.year + _AHEAD, today.year - _BACK - 1, -1)
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
        choices = scope_choices(user)
        # One person is not chosen from a list, but followed from a figure.
        choices += [(person.code, person.label)] if person is not None else []
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One figure beside its target as a person reads it; `pace` is reached, ahead, behind or "" without a target."""

    indicator: str
    label: str
    value: str
    exact: str
    url: str
    target: str
    share: str
    width: str
    pace: str
    pace_word: str
    parts: tuple[tuple[str, str], ...] = ()
    unconverted: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: what it is, how much, where it leads, how long the bar is in per cent."""

    label: str
    value: str
    url: str
    width: str
    count: str = ""


@admin_page("dashboard/", "dashboard", title=gettext_lazy("Dashboard"), icon="monitoring", roles=READERS)
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """The year in one scope: what moved, what stands still, targets, funnel, days in each stage."""
    user, now = request.user, timezone.now()
    today = local_day(now)
    asked = request.GET.copy()
    asked["year"] = asked.get("year") or str(today.year)
    asked["scope"] = asked.get("scope", first_scope(user))
    scope = scope_of(user, asked["scope"])
    person = scope if scope is not None and scope.code.startswith("p") else None
    form = DashboardForm(asked, user=user, today=today, person=person)
    if not form.is_valid() or scope is None:
        raise Http404
    year = form.cleaned_data["year"]
    found = dashboard(user, scope, year=year, at=now, by=asked.get("by", ""))
    passed = found.glance.passed
    context = {
        **admin.site.each_context(request),
        "title": _("Dashboard"),
        "form": form,
        "year": year,
        "scope": scope,
        "today": today,
        "is_this_year": year == today.year,
        "glance": _shown_glance(found.glance, scope, year),
        "waiting": _waiting(found, scope),
        "passed": _percent(passed * 100),
        "lines": [_shown(line, year, passed) for line in found.lines],
        "parts": [_shown(line, year, passed, label=line.scope.label) for line in found.parts],
        "by": _name(found.by),
        "indicators": [
            (_name(code), f"?{urlencode({'year': year, 'scope': scope.code, 'by': code})}#by", code == found.by)
            for code in indicators.INDICATORS
        ],
        "funnel": _funnel(found, scope),
        "days": _days(found, scope),
        "says": [(_name(code), SAYS[code]) for code in indicators.INDICATORS],
        "list_year": found.facts.list_year,
        "rates": [(rate.currency, plain(rate.cny, 6), rate.on) for rate in found.facts.stated_rates],
        "ledger_url": f"{reverse('admin:capital_ledger')}?{urlencode({'year': year})}",
        "targets_url": f"{reverse('admin:promotion_promotiontarget_changelist')}?{urlencode({'year': year})}",
    }
    return TemplateResponse(request, "admin/promotion/dashboard.html", context)


@overview_block
def first_screen(request: HttpRequest) -> SafeString | str:
    """The first screen on the overview, for managers and leaders."""
    user: Any = request.user
    if not user.has_staff_role or not user.role_codes & AT_A_GLANCE:
        return ""
    now = timezone.now()
    scope = scope_of(user, first_scope(user))
    assert scope is not None
    found, year = glance(user, scope, at=now), local_day(now).year
    context = {
        "glance": _shown_glance(found, scope, year),
        "scope": scope,
        "year": year,
        "passed": _percent(found.passed * 100),
        "on_overview": True,
    }
    return render_to_string("admin/promotion/dashboard_glance.html", context, request)


# --- how it is shown -------------------------------------------------------------------------------------------------


def _name(indicator: str) -> str:
    return str(dict(PromotionTarget.Indicator.choices)[indicator])


def _shown_glance(found: Glance, scope: Scope, year: int) -> dict[str, Any]:
    return {
        "since": found.since,
        "moved": found.moved,
        "moved_url": list_url(PROJECTS, moved=found.since.isoformat(), scope=scope.code),
        "moves": [(move, _project_url(move.project), _way(move.moved)) for move in found.moves],
        "stuck": found.stuck,
        "stuck_url": list_url(PROJECTS, late="stuck", scope=scope.code),
        "still": [(one, _project_url(one.project), stage_name(one.stage)) for one in found.still],
        "lines": [_shown(line, year, found.passed) for line in found.lines],
    }


def _project_url(pk: int) -> str:
    return reverse("admin:promotion_investmentproject_change", args=[pk])


def _way(moved: Any) -> str:
    after = stage_name(moved.to_side or moved.to_stage)
    before = stage_name(moved.from_side or moved.from_stage)
    return f"{before} → {after}" if before else _("New: %(stage)s") % {"stage": after}


def _waiting(found: reading.Dashboard, scope: Scope) -> list[tuple[Any, int, str]]:
    counts, code = found.counts, scope.code
    return [
        (
            _("Leads with an overdue next step"),
            counts[reading.LEADS_OVERDUE],
            list_url(LEADS, next="overdue", scope=code),
        ),
        (
            _("Projects with an overdue next step"),
            counts[reading.PROJECTS_OVERDUE],
            list_url(PROJECTS, next="overdue", scope=code),
        ),
        (
            _("Projects with a planned day that has passed"),
            counts[reading.BEHIND_PLAN],
            list_url(PROJECTS, late="plan", scope=code),
        ),
        (_("Projects slow in their stage"), counts[reading.SLOW], list_url(PROJECTS, late="slow", scope=code)),
    ]


def _text(indicator: str, value: Decimal | None) -> tuple[str, str]:
    """A figure as it is read, and in full."""
    if value is None:
        return "–", ""
    if indicator == indicators.START_RATE:
        return f"{plain(value, 1)}%", ""
    if not figures.is_of_capital(indicator):
        return plain(value, 2), ""
    language, currency = get_language() or "", indicators.CAPITAL_CURRENCY
    exact = with_currency(plain(value, 2), currency, language)
    return with_currency(short_amount(value, language), currency, language), exact


def _figure_url(indicator: str, scope: Scope, year: int, month: int | None = None, list_year: int | None = None) -> str:
    model = CAPITAL if figures.is_of_capital(indicator) else PROJECTS
    return list_url(model, figure=counted_code(indicator, year, month, list_year), scope=scope.code)


def _shown(line: Line, year: int, passed: Decimal, label: str = "") -> ShownLine:
    figure, share = line.figure, line.share
    value, exact = _text(figure.indicator, figure.value)
    pace = ""
    if share is not None:
        pace = "reached" if share >= 100 else "ahead" if share >= passed * 100 else "behind"
    words = {"reached": _("reached"), "ahead": _("ahead of an even year"), "behind": _("behind an even year"), "": ""}
    parts: tuple[tuple[str, str], ...] = ()
    if figure.indicator == indicators.START_RATE and figure.rows:
        started = _figure_url(figures.STARTED_OF_SIGNED, line.scope, year)
        parts = ((str(figure.started), started), (str(figure.rows), _figure_url(figure.indicator, line.scope, year)))
    return ShownLine(
        indicator=figure.indicator,
        label=label or _name(figure.indicator),
        value=value,
        exact=exact,
        url=_figure_url(figure.indicator, line.scope, year) if figure.rows else "",
        target=_text(figure.indicator, line.target)[0],
        share=f"{plain(share)}%" if share is not None else "",
        width=_percent(min(max(share, Decimal(0)), Decimal(100))) if share is not None else "",
        pace=pace,
        pace_word=str(words[pace]),
        parts=parts,
        unconverted=", ".join(figure.unconverted),
    )


def _percent(value: Decimal) -> str:
    """A length for SVG."""
    return f"{plain(value, 1)}%"


def _bars(rows: Sequence[tuple[str, str, Decimal, str, str]]) -> list[Bar]:
    longest = max((size for _label, _value, size, _url, _count in rows), default=Decimal(0))
    return [
        Bar(label, value, url, _percent(size / longest * 100) if longest else "0%", count)
        for label, value, size, url, count in rows
    ]


def _funnel(found: reading.Dashboard, scope: Scope) -> list[Bar]:
    names = {figures.LEADS_ENTERED: _("Leads entered"), figures.LEADS_CONVERTED: _("Leads that became projects")}
    rows = []
    for step, count in found.funnel.items():
        label = names.get(step) or stage_name(step)
        model = LEADS if step in names else PROJECTS
        url = list_url(model, funnel=f"{step}-{found.year}", scope=scope.code) if count else ""
        rows.append((str(label), str(count), Decimal(count), url, ""))
    return _bars(rows)


def _days(found: reading.Dashboard, scope: Scope) -> list[Bar]:
    rows = []
    for one in found.days:
        url = list_url(PROJECTS, left=f"{one.stage}-{found.year}", scope=scope.code) if one.projects else ""
        middle = one.working_days or Decimal(0)
        value = plain(middle, 1) if one.working_days is not None else "–"
        rows.append((stage_name(one.stage), value, middle, url, str(one.projects)))
    return _bars(rows)


# --- closed periods --------------------------------------------------------------------------------------------------


def _period_name(year: int, month: int) -> str:
    """ "2026", or "January to June 2026"."""
    if month == 12:
        return str(year)
    return _("Up to %(month)s") % {"month": date_format(datetime.date(year, month, 1), "YEAR_MONTH_FORMAT")}


def _closable(today: datetime.date, closed: Iterable[Any]) -> list[tuple[str, str]]:
    """Months that are over and not closed, the latest first."""
    known = {(period.year, period.month) for period in closed}
    found = []
    year, month = today.year, today.month
    for _back in range(_MONTHS_BACK):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        if (year, month) not in known:
            found.append((f"{year}-{month:02d}", _period_name(year, month)))
    return found


class CloseForm(forms.Form):
    """Which month's end."""

    period = forms.ChoiceField(label=gettext_lazy("Period"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = choices  # type: ignore[attr-defined]


@admin_page("dashboard/closed/", "closed_periods", roles=READERS)
def closed_periods_page(request: HttpRequest) -> HttpResponse:
    """The periods that were closed; a manager closes another."""
    periods = list(ClosedPeriod.objects.visible_to(request.user).select_related("closed_by"))
    choices = _closable(local_day(timezone.now()), periods)
    context = {
        **admin.site.each_context(request),
        "title": _("Closed periods"),
        "periods": [
            (period, _period_name(period.year, period.month), reverse("admin:closed_period", args=[period.pk]))
            for period in periods
        ],
        "form": CloseForm(choices=choices) if choices and _may_close(request) else None,
    }
    return TemplateResponse(request, "admin/promotion/closed_periods.html", context)


def _may_close(request: HttpRequest) -> bool:
    return bool(MANAGERS & request.user.role_codes)  # type: ignore[union-attr]


@admin_page("dashboard/close/", "close_period", roles=MANAGERS)
@require_POST
def close_period_page(request: HttpRequest) -> HttpResponse:
    """Close the period that was chosen."""
    today = local_day(timezone.now())
    form = CloseForm(request.POST, choices=_closable(today, ClosedPeriod.objects.visible_to(request.user)))
    if not form.is_valid():
        messages.error(request, _("Choose a period that is over and not closed."))
        return HttpResponseRedirect(reverse("admin:closed_periods"))
    year, month = map(int, form.cleaned_data["period"].split("-"))
    try:
        closed = close_period(year, month, by=request.user, door=Door.ADMIN, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:closed_periods"))
    messages.success(request, _("Closed: %(period)s.") % {"period": _period_name(closed.year, closed.month)})
    return HttpResponseRedirect(reverse("admin:closed_period", args=[closed.pk]))


@admin_page("dashboard/closed/<int:pk>/", "closed_period", roles=READERS)
def closed_period_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Each indicator as it was closed and as it is now, and the rows that make the difference."""
    user = request.user
    period = ClosedPeriod.objects.visible_to(user).select_related("closed_by").filter(pk=pk).first()
    scope = scope_of(user, request.GET.get("scope", ""))
    if period is None or scope is None:
        raise Http404
    compared = compare(user, period, scope)
    context = {
        **admin.site.each_context(request),
        "title": _period_name(period.year, period.month),
        "period": period,
        "scope": scope,
        "scopes": [
            (label, f"?{urlencode({'scope': code})}", code == scope.code) for code, label in scope_choices(user)
        ],
        "rows": [_compared(one, period, scope) for one in compared],
        "corrected": [_corrected(one) for one in compared if one.corrections],
        "back_url": reverse("admin:closed_periods"),
    }
    return TemplateResponse(request, "admin/promotion/closed_period.html", context)


def _compared(one: Compared, period: Any, scope: Scope) -> dict[str, Any]:
    return {
        "label": _name(one.indicator),
        "then": _text(one.indicator, one.then.value),
        "now": _text(one.indicator, one.now.value),
        "url": _figure_url(one.indicator, scope, period.year, period.month, period.list_year) if one.now.rows else "",
        "corrections": len(one.corrections),
        "anchor": one.indicator,
        "unconverted": ", ".join(one.now.unconverted),
    }


def _corrected(one: Compared) -> dict[str, Any]:
    model = CAPITAL if figures.is_of_capital(one.indicator) else PROJECTS
    rows = [
        (
            str(found.row.enterprise) if model == CAPITAL else str(found.row),
            reverse(f"admin:promotion_{model}_change", args=[found.row.pk]),
            _text_of_row(one.indicator, found.then),
            _text_of_row(one.indicator, found.now),
        )
        for found in one.corrections[:_NAMED]
    ]
    return {
        "label": _name(one.indicator),
        "anchor": one.indicator,
        "rows": rows,
        "more": max(len(one.corrections) - _NAMED, 0),
    }


def _text_of_row(indicator: str, amount: Decimal | None) -> str:
    """How much a row counts: an amount in full, else whether it counts."""
    if amount is None:
        return "–"
    if figures.is_of_capital(indicator):
        return _text(indicator, amount)[1]
    if indicator == indicators.START_RATE:
        return _("started") if amount else _("not started")
    return _("counted")
