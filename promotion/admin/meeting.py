"""Monday's meeting: the page on the wall, the resolution that becomes an action item while it is said, the report.

The page works without JavaScript. With it (`meeting.js`) the line for a resolution moves to the project that is talked
about, and what was decided stands there without the page being loaded anew.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.models import Enterprise
from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.forms import show_messages
from pinghu.admin.looks import log_look
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.formats import is_chinese
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from pinghu.word import DOCX_TYPE
from promotion import meeting_report
from promotion.admin.follow_ups import CHIP_NAMES, DayInput, record_url
from promotion.calendar import work_calendar
from promotion.meeting import Decided, Group, Line, Meeting, meeting_of
from promotion.meeting_report import GROUP_NAMES, days_text, period_name
from promotion.models import ActionItem, InvestmentProject, Lead, Level
from promotion.rules import meeting as rules
from promotion.rules.follow_ups import NEXT_MONDAY, TOMORROW, chips
from promotion.rules.working_time import WorkCalendar, local_day
from promotion.services.action_items import INSTRUCTING_ROLES, ORIGINS, give_action_item
from promotion.services.claims import OWNER_ROLES
from promotion.services.progress_notes import has_charge
from promotion.wording import move_name, stage_name, standing_name

#: Who writes down what is resolved.
GIVERS = frozenset({Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER, Role.LEADER})
#: What an action item can be about, by the name of the parameter.
SUBJECTS: dict[str, Any] = {"lead": Lead, "project": InvestmentProject, "enterprise": Enterprise}
#: Asked by `meeting.js`: the answer is the item or the form alone.
_FRAGMENT = "X-Meeting"
MINE, ALL = "mine", "all"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see: which period, whose projects (None: all), and how that is called."""

    period: rules.Period
    unit: str
    units: frozenset[int] | None
    unit_name: str
    choices: tuple[tuple[str, str], ...]
    today: datetime.date
    calendar: WorkCalendar

    def query(self, **changes: Any) -> str:
        """This page's address for another period, as a query string."""
        period = changes.pop("period", self.period)
        values = {"period": period.kind, "on": period.first.isoformat(), "unit": self.unit, **changes}
        return urlencode(values)

    def meeting(self, user: Any, **options: Any) -> Meeting:
        meets_on = rules.meeting_day(self.calendar, self.period)
        return meeting_of(user, self.period, today=self.today, meets_on=meets_on, units=self.units, **options)


def asked(request: HttpRequest) -> Asked:
    """What the address says; without it the week that today's meeting is about, of one's own units. 2 queries.

    A period that has not begun is shown as the current one; a unit that does not exist is not there (404).
    """
    user: Any = request.user
    today, calendar = local_day(timezone.now()), work_calendar()
    period = rules.reported_week(calendar, today)
    kind, day = request.GET.get("period"), _day(request.GET.get("on", ""))
    if kind in rules.KINDS:
        # Without a day, the month of the week that would be shown.
        period = rules.period_of(kind, min(day or (period.last if kind == rules.MONTH else period.first), today))
    elif day is not None:
        period = rules.period_of(rules.WEEK, min(day, today))
    departments = {row.public_id: row for row in Department.objects.visible_to(user)}
    works_here = bool(user.role_codes & {Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER})
    unit = request.GET.get("unit") or (MINE if works_here and Role.LEADER not in user.role_codes else ALL)
    if unit == ALL:
        units, name = None, ""
    elif unit == MINE:
        units, name = user.unit_ids, _names(_roots(departments.values(), user.unit_ids))
    elif unit in departments:
        units, name = _with_those_below(departments.values(), departments[unit].pk), unit_name(departments[unit])
    else:
        raise Http404
    choices = [(ALL, _("All units")), (MINE, _("My units")), *unit_tree(departments.values())]
    return Asked(period, unit, units, name, tuple(choices), today, calendar)


def _day(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:  # a day that no month has
        return None


# --- the page --------------------------------------------------------------------------------------------------------


@admin_page("meeting/", "meeting", title=gettext_lazy("Monday's meeting"), icon="co_present", roles=STAFF_ROLES)
def meeting_page(request: HttpRequest) -> HttpResponse:
    """What moved, what is new, what has signed and not started, what did not move, and who must help by when."""
    this = asked(request)
    found = this.meeting(request.user)
    _log_confidential(request, found)
    user: Any = request.user
    may_decide = bool(GIVERS & user.role_codes)
    is_wall = "wall" in request.GET
    subject = _subject(request, "for") if may_decide else None
    context = {
        **admin.site.each_context(request),
        "title": _("Monday's meeting"),
        "meeting": found,
        "asked": this,
        "period_name": period_name(found.period),
        "is_wall": is_wall,
        "query": this.query(),
        "back_query": this.query(wall=1) if is_wall else this.query(),
        "wall_query": this.query(wall=1),
        "before_query": this.query(period=found.period.before),
        "after_query": this.query(period=found.period.after) if found.period.last < this.today else "",
        "kinds": _kinds(this),
        "groups": [_group(group, user) for group in found.groups],
        "asking": _by_unit(found.asking),
        "decided": [_decided(one) for one in found.decided],
        "reached": [(stage_name(one.stage), one) for one in found.cumulative.reached] if found.cumulative else [],
        "may_note": bool(OWNER_ROLES & user.role_codes),
        "form": None,
        "subject": subject,
        "is_nav_sidebar_enabled": not is_wall,
    }
    if may_decide:
        context["form"] = ResolutionForm(initial=_asked_of(request, subject, found), calendar=this.calendar)
    return TemplateResponse(request, "admin/promotion/meeting.html", context)


def _kinds(this: Asked) -> list[tuple[str, str, bool]]:
    """The switch between week and month: name, address, whether it is on."""
    names = {rules.WEEK: _("Week"), rules.MONTH: _("Month")}
    # From a month to its last week that has begun, from a week to the month in which it ends.
    day = min(this.period.last, this.today)
    return [
        (names[kind], this.query(period=rules.period_of(kind, day)), kind == this.period.kind) for kind in rules.KINDS
    ]


def _group(group: Group, user: Any) -> tuple[Group, str, list[Any], list[Any]]:
    """A group with its name; apart those with something to say and those without."""
    noted, silent = ([_shown(line, user) for line in lines] for lines in (group.noted, group.silent))
    return group, str(GROUP_NAMES[group.code]), noted, silent


def _shown(line: Line, user: Any) -> dict[str, Any]:
    return {
        "line": line,
        "url": record_url("project", line.project.pk),
        "standing": standing_name(line.position),
        "days": days_text(line.days),
        "moves": [(move, move_name(move)) for move in line.moves],
        "decided": [_decided(one) for one in line.decided],
        "may_note": not line.position.has_ended and has_charge(line.project, user),
        "is_guarded": line.project.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL),
        "awaits_start": line.position.stage in rules.AWAITING_START,
    }


def _decided(one: Decided) -> dict[str, Any]:
    """An action item with the page of what it is about, "" where it stands alone."""
    item = one.item
    about = next((kind for kind in SUBJECTS if getattr(item, f"{kind}_id") is not None), "")
    return {
        "one": one,
        "url": record_url(about, getattr(item, f"{about}_id")) if about else "",
        "about": getattr(item, about) if about else None,
    }


def _by_unit(asking: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Who is asked for help for what, the earliest day first."""
    units: dict[str, list[Line]] = {}
    for line in sorted(asking, key=lambda line: (line.note.help_by is None, line.note.help_by or line.note.week)):
        if line.note.help_needed:
            units.setdefault(line.note.unit_name or "–", []).append(line)
    return list(units.items())


def _log_confidential(request: HttpRequest, found: Meeting) -> None:
    """Who reads confidential projects stands in the access log, one line for each look at the page."""
    shown = [line.project.public_id for line in found.lines if line.project.confidentiality == Level.CONFIDENTIAL]
    if shown:
        log_access(
            by=request.user,
            kind=AccessLog.Kind.READ,
            door=Door.ADMIN,
            rows=len(shown),
            page="promotion.meeting",
            projects=shown,
        )


# --- the report ------------------------------------------------------------------------------------------------------


@admin_page("meeting/report.docx", "meeting_report", roles=STAFF_ROLES)
def meeting_report_file(request: HttpRequest) -> HttpResponse:
    """The meeting as it is asked for, as a Word file in the reader's language; the access log keeps it."""
    this = asked(request)
    found = this.meeting(request.user, limit=meeting_report.LIMIT)
    at = timezone.now()
    content = meeting_report.report(found, unit=this.unit_name, by=request.user, at=at)
    guarded = [line.project.public_id for line in found.lines if line.project.confidentiality == Level.CONFIDENTIAL]
    log_access(
        by=request.user,
        kind=AccessLog.Kind.EXPORT,
        door=Door.ADMIN,
        rows=len(found.lines),
        list="promotion.meeting",
        file="docx",
        asked=this.query(),
        **({"confidential": guarded} if guarded else {}),
    )
    response = HttpResponse(content, content_type=DOCX_TYPE)
    name = f"{meeting_report.report_name(found, this.unit_name)}.docx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


# --- resolutions -----------------------------------------------------------------------------------------------------


class ResolutionForm(forms.Form):
    """One line: what, who, by when. The service says what is missing."""

    text = forms.CharField(
        label=gettext_lazy("what is to be done"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "enterkeyhint": "done"}),
    )
    person = forms.ModelChoiceField(
        label=gettext_lazy("who does it"),
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        widget=UnfoldAdminSelectWidget,
    )
    chip = forms.DateField(required=False, widget=forms.HiddenInput)
    due_on = forms.DateField(
        label=gettext_lazy("until when"),
        required=False,
        widget=DayInput(attrs={"aria-label": gettext_lazy("Another day")}),
    )

    def __init__(self, *args: Any, calendar: WorkCalendar | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        working = User.objects.filter(is_active=True, memberships__role__in=STAFF_ROLES)
        person: Any = self.fields["person"]
        person.queryset = working.distinct()
        person.choices = [("", "—"), *_people()]
        days = chips(calendar or work_calendar(), local_day(timezone.now()))
        self.chips = [
            {"name": CHIP_NAMES[chip.code], "on": chip.on} for chip in days if chip.code in (TOMORROW, NEXT_MONDAY)
        ]

    def give(self, by: Any, **about: Any) -> Any:
        """Give it through its service. Raises DomainError."""
        given = self.cleaned_data
        return give_action_item(
            text=given["text"],
            person=given["person"],
            due_on=given["due_on"] or given["chip"],
            origin=given.get("origin") or ActionItem.Origin.MEETING,
            given_by=given.get("given_by"),
            **about,
            by=by,
            door=Door.ADMIN,
            at=timezone.now(),
        )


class ItemForm(ResolutionForm):
    """The same beside the meeting: a leader's instruction, with whose word it is."""

    origin = forms.ChoiceField(
        label=gettext_lazy("origin"),
        choices=[(origin, ActionItem.Origin(origin).label) for origin in ORIGINS],
        widget=UnfoldAdminSelectWidget,
    )
    given_by = forms.ModelChoiceField(
        label=gettext_lazy("given by"),
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Whose word it is. Empty: yours."),
    )
    field_order = ("origin", "given_by", "text", "person", "chip", "due_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instructing = User.objects.filter(is_active=True, memberships__role__in=INSTRUCTING_ROLES)
        self.fields["given_by"].queryset = instructing.distinct()  # type: ignore[attr-defined]


def _people() -> list[tuple[str, list[tuple[str, str]]]]:
    """Everybody who works here, by unit, for choosing. One query."""
    rows = Membership.objects.filter(role__in=STAFF_ROLES, user__is_active=True).select_related("user", "department")
    units: dict[str, dict[str, str]] = {}
    for row in rows.order_by("department__code", "user__last_name", "user__first_name", "user__username", "pk"):
        units.setdefault(unit_name(row.department), {})[row.user.public_id] = str(row.user)
    return [(unit, list(people.items())) for unit, people in units.items()]


def _initial(subject: Any) -> dict[str, Any]:
    owner = getattr(subject, "owner", None)
    return {"person": owner.public_id} if owner is not None else {}


def _asked_of(request: HttpRequest, subject: Any, found: Meeting) -> dict[str, Any]:
    """The officer of the project that is named, and with `?help` the help that its note asks for."""
    notes = (line.note for line in found.lines if subject is not None and line.project.pk == subject.pk)
    note = next(notes, None) if "help" in request.GET else None
    help_ = {"text": note.help_needed, "due_on": note.help_by} if note is not None else {}
    return {**_initial(subject), **help_}


def _subject(request: HttpRequest, name: str) -> Any:
    """The project that the address or the form names, as far as the person sees it (404); None without one."""
    public_id = (request.POST if request.method == "POST" else request.GET).get(name, "")
    if not public_id:
        return None
    rows = InvestmentProject.objects.visible_to(request.user).select_related("owner")
    project = rows.filter(public_id=public_id).first()
    if project is None:
        raise Http404
    return project


@admin_page("meeting/decide/", "meeting_decide", roles=GIVERS)
@require_POST
def meeting_decide(request: HttpRequest) -> HttpResponse:
    """Make a resolution an action item, of a project or of nothing in particular; back to the page as it was."""
    project = _subject(request, "project")
    form = ResolutionForm(request.POST)
    is_fragment = _FRAGMENT in request.headers
    if form.is_valid():
        try:
            item = form.give(request.user, project=project)
        except DomainError as error:
            show_messages(form, error.fields or {"": [error.message]})
        else:
            if is_fragment:
                one = Decided(item, is_overdue=False, is_recent=True)
                context = {"row": _decided(one), "is_alone": project is None, "today": local_day(timezone.now())}
                return TemplateResponse(request, "admin/promotion/meeting_decided.html", context, status=201)
            messages.success(request, _("Decided: %(text)s") % {"text": item.text})
            return HttpResponseRedirect(_back(request, project))
    context = {"form": form, "subject": project, "back_query": request.POST.get("back", "")}
    if is_fragment:
        return TemplateResponse(request, "admin/promotion/meeting_form.html", context, status=422)
    context |= {
        **admin.site.each_context(request),
        "title": _("Monday's meeting"),
        "back_url": _back(request, project),
    }
    return TemplateResponse(request, "admin/promotion/meeting_refused.html", context)


def _back(request: HttpRequest, project: Any) -> str:
    """The meeting as it was looked at: only the values that its page knows are taken along."""
    given = QueryDict(request.POST.get("back", "")).dict()
    kept = {name: value for name, value in given.items() if name in ("period", "on", "unit", "wall")}
    place = f"p-{project.public_id}" if project is not None else "decided"
    return f"{reverse('admin:meeting')}?{urlencode(kept)}#{place}"


@admin_page("action-items/give/", "give_action_item", roles=GIVERS)
def give_item(request: HttpRequest) -> HttpResponse:
    """Give an action item on `?lead=`, `?project=` or `?enterprise=` (public ids), or on nothing in particular."""
    about = _about(request)
    data = request.POST if request.method == "POST" else None
    user: Any = request.user
    is_leader = Role.LEADER in user.role_codes
    origin = ActionItem.Origin.INSTRUCTION if is_leader else ActionItem.Origin.MEETING
    row = next(iter(about.values()), None)
    log_look(request, row, "give action item")
    form = ItemForm(data, initial={"origin": origin, **_initial(row)})
    if request.method == "POST" and form.is_valid():
        try:
            item = form.give(request.user, **about)
        except DomainError as error:
            show_messages(form, error.fields or {"": [error.message]})
        else:
            messages.success(request, _("Given to %(person)s.") % {"person": item.person})
            return HttpResponseRedirect(_url_of(about) or reverse("admin:promotion_actionitem_changelist"))
    context = {
        **admin.site.each_context(request),
        "title": _("Give an action item"),
        "form": form,
        "about": [(kind, one) for kind, one in about.items()],
        "about_url": _url_of(about),
    }
    return TemplateResponse(request, "admin/promotion/meeting_give.html", context)


def _about(request: HttpRequest) -> dict[str, Any]:
    """The record that is named, as far as the person sees it (404); the first where several are."""
    given = request.POST if request.method == "POST" else request.GET
    for kind, model in SUBJECTS.items():
        if public_id := given.get(kind, ""):
            row = model.objects.visible_to(request.user).filter(public_id=public_id).first()
            if row is None:
                raise Http404
            return {kind: row}
    return {}


def _url_of(about: dict[str, Any]) -> str:
    return next((record_url(kind, row.pk) for kind, row in about.items()), "")


# --- units -----------------------------------------------------------------------------------------------------------


def unit_name(unit: Department) -> str:
    """What a unit is called in the reader's language."""
    return unit.name if is_chinese(get_language()) else unit.name_en or unit.name


def _names(units: Sequence[Department]) -> str:
    return ("、" if is_chinese(get_language()) else ", ").join(unit_name(unit) for unit in units)


def _roots(departments: Any, keys: frozenset[int]) -> list[Department]:
    """Of these units those that stand below none of the others."""
    return [unit for unit in departments if unit.pk in keys and unit.parent_id not in keys]


def _with_those_below(departments: Any, key: int) -> frozenset[int]:
    found, todo = {key}, [key]
    while todo:
        here = todo.pop()
        below = [unit.pk for unit in departments if unit.parent_id == here and unit.pk not in found]
        found.update(below)
        todo += below
    return frozenset(found)


def unit_tree(departments: Any) -> list[tuple[str, str]]:
    """Every unit as a choice, those below another one behind it and further in."""
    below: dict[int | None, list[Department]] = {}
    for unit in departments:
        below.setdefault(unit.parent_id, []).append(unit)
    found: list[tuple[str, str]] = []

    def visit(parent: int | None, depth: int) -> None:
        for unit in below.get(parent, []):
            found.append((unit.public_id, "　" * depth + unit_name(unit)))
            visit(unit.pk, depth + 1)

    visit(None, 0)
    return found
