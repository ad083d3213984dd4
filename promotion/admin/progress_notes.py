"""The notes that projects bring to the meeting: one page for all of mine, four lines each, one save for each project.

Beside the lines stand what was planned last week and what was logged since: with JavaScript (`my_notes.js`) a tap takes
it over, and each project is saved without the page being loaded anew. It works without.
"""

import datetime
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from directory.admin.filters import DemoFilter
from directory.admin.records import DirectoryAdmin
from pinghu.accounts.models import Department
from pinghu.admin.forms import VersionField, show_messages
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.admin.evidence import RowsToRead
from promotion.admin.follow_ups import DayInput, record_url
from promotion.admin.meeting import unit_tree
from promotion.calendar import work_calendar
from promotion.meeting import LIMIT, Mine, my_notes
from promotion.meeting_report import period_name
from promotion.models import InvestmentProject, ProgressNote
from promotion.rules import meeting as rules
from promotion.rules.working_time import local_day
from promotion.services.claims import OWNER_ROLES
from promotion.services.progress_notes import LINES, may_write_note, save_progress_note
from promotion.wording import move_name, standing_name

#: Asked by `my_notes.js`: the answer is the project's card alone.
_FRAGMENT = "X-My-Notes"
#: Of what was logged in the week so many are offered to take over.
_TALKS = 3


class NoteForm(forms.Form):
    """Four lines; the service says what is missing."""

    progress = forms.CharField(
        label=gettext_lazy("progress"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    next_step = forms.CharField(
        label=gettext_lazy("next step"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    problem = forms.CharField(
        label=gettext_lazy("problem"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    help_needed = forms.CharField(
        label=gettext_lazy("help needed"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    help_from = forms.ModelChoiceField(
        label=gettext_lazy("help from"),
        queryset=Department.objects.all(),
        required=False,
        to_field_name="public_id",
        widget=UnfoldAdminSelectWidget,
    )
    help_by = forms.DateField(label=gettext_lazy("help needed by"), required=False, widget=DayInput)
    if_version = VersionField(required=False)

    def __init__(self, *args: Any, project: Any, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_{project.public_id}_%s", **kwargs)
        # Read once for all projects of the page.
        self.fields["help_from"].choices = units  # type: ignore[attr-defined]

    def save(self, project: Any, note: Any, week: datetime.date, by: Any) -> Any:
        """Write it through its service. Raises DomainError, StaleVersion."""
        given = self.cleaned_data
        is_new = given["if_version"] is None
        row = ProgressNote(project=project, week=week) if is_new or note is None else note
        for name in LINES:
            setattr(row, name, given[name])
        return save_progress_note(
            row, by=by, door=Door.ADMIN, at=timezone.now(), if_version=None if is_new else given["if_version"]
        )


@admin_page("my-notes/", "my_notes", title=gettext_lazy("My notes this week"), icon="edit_calendar", roles=OWNER_ROLES)
def my_notes_page(request: HttpRequest) -> HttpResponse:
    """Every running project of mine with its note; with `?project=` that one alone. A POST writes one note."""
    today = local_day(timezone.now())
    reported = rules.reported_week(work_calendar(), today)
    given = request.POST if request.method == "POST" else request.GET
    week = _day(given.get("week", ""))
    only = _project(request, given.get("project", ""))
    if request.method == "POST":
        # What is posted says itself which project and week it is about; whether they are open the service says.
        if only is None or week is None:
            raise Http404
        return _save(request, only, week)
    if week is None or rules.week_problem(week, today) is not None:
        week = reported.first
    if only is not None and not may_write_note(only, request.user):
        raise PermissionDenied
    units = _units(request)
    shown = my_notes(request.user, week, only=only)
    _log_confidential(request, [mine.project.public_id for mine in shown if mine.project.is_confidential()])
    cards = [_card(mine, units, week, is_only=only is not None) for mine in shown]
    return _page(request, cards, week, today, only)


def _log_confidential(request: HttpRequest, shown: list[str]) -> None:
    """One line for each look at the page, with the confidential projects on it."""
    if shown:
        log_access(
            by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, rows=len(shown), page="my notes", projects=shown
        )


def _day(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:  # a day that no month has
        return None


def _project(request: HttpRequest, public_id: str) -> Any:
    """The project of that id as far as the person sees it (404); None without one."""
    if not public_id:
        return None
    project = InvestmentProject.objects.visible_to(request.user).filter(public_id=public_id).first()
    if project is None:
        raise Http404
    return project


def _units(request: HttpRequest) -> list[tuple[str, str]]:
    return [("", "—"), *unit_tree(Department.objects.visible_to(request.user))]


def _card(mine: Mine, units: Sequence[tuple[str, str]], week: datetime.date, **more: Any) -> dict[str, Any]:
    """One project as the page shows it; `more` has the form where one was sent."""
    project, note = mine.project, mine.note
    if note is not None:
        initial = {name: getattr(note, name) for name in LINES} | {"if_version": note.version}
        initial["help_from"] = note.help_from.public_id if note.help_from is not None else ""
    else:
        initial = {"next_step": project.next_step}
    return {
        "mine": mine,
        "project": project,
        "url": record_url("project", project.pk),
        "standing": standing_name(project.position),
        "moves": [(move, move_name(move)) for move in mine.moves],
        "talks": mine.talks[:_TALKS],
        "week": week,
        "form": NoteForm(project=project, units=units, initial=initial),
        **more,
    }


def _page(
    request: HttpRequest, cards: list[dict[str, Any]], week: datetime.date, today: datetime.date, only: Any
) -> HttpResponse:
    period = rules.period_of(rules.WEEK, week)
    other = period.before if rules.week_problem(period.before.first, today) is None else period.after
    context = {
        **admin.site.each_context(request),
        "title": _("My notes this week"),
        "cards": cards,
        "period_name": period_name(period),
        "other_name": period_name(other),
        "other_query": urlencode({"week": other.first.isoformat(), **({"project": only.public_id} if only else {})}),
        "only": only,
        "written": sum(card["mine"].note is not None for card in cards),
        "limit": LIMIT if len(cards) == LIMIT else 0,
    }
    return TemplateResponse(request, "admin/promotion/my_notes.html", context)


def _save(request: HttpRequest, project: Any, week: datetime.date) -> HttpResponse:
    units = _units(request)
    form = NoteForm(request.POST, project=project, units=units)
    stored = ProgressNote.objects.visible_to(request.user).filter(project=project, week=week).first()
    theirs = None
    if form.is_valid():
        try:
            form.save(project, stored, week, request.user)
        except StaleVersion as error:
            # Both versions beside each other; the next save is about the note as it stands now.
            theirs = error.current
            data = request.POST.copy()
            data["if_version"] = str(theirs.version)
            form = NoteForm(data, project=project, units=units)
            form.full_clean()
            form.add_error(None, error.message)
        except DomainError as error:
            show_messages(form, error.fields or {"": [error.message]})
        else:
            return _saved(request, project, units, week)
    return _refused(request, project, units, week, form, theirs)


def _saved(request: HttpRequest, project: Any, units: Sequence[tuple[str, str]], week: datetime.date) -> HttpResponse:
    if _FRAGMENT in request.headers:
        mine = my_notes(request.user, week, only=project)[0]
        card = _card(mine, units, week, is_saved=True, is_only="only" in request.POST)
        return TemplateResponse(request, "admin/promotion/my_notes_card.html", {"card": card}, status=201)
    messages.success(request, _("Saved: %(project)s.") % {"project": project})
    query = {"week": week.isoformat(), **({"project": project.public_id} if "only" in request.POST else {})}
    return HttpResponseRedirect(f"{reverse('admin:my_notes')}?{urlencode(query)}#n-{project.public_id}")


def _refused(
    request: HttpRequest,
    project: Any,
    units: Sequence[tuple[str, str]],
    week: datetime.date,
    form: NoteForm,
    theirs: Any,
) -> HttpResponse:
    # One that has ended is not among those that are written: it is shown with what was typed all the same.
    mine = next(iter(my_notes(request.user, week, only=project)), Mine(project))
    card = _card(mine, units, week, form=form, theirs=theirs, is_only="only" in request.POST)
    if _FRAGMENT in request.headers:
        return TemplateResponse(request, "admin/promotion/my_notes_card.html", {"card": card}, status=422)
    return _page(request, [card], week, local_day(timezone.now()), project)


# --- the list of all notes -------------------------------------------------------------------------------------------


@admin.register(ProgressNote)
class ProgressNoteAdmin(DirectoryAdmin):
    """What every project said in every week. Written on the page of one's notes; corrected here while its week runs."""

    save_service = staticmethod(save_progress_note)
    list_display = ("week", "project", "progress", "next_step", "problem", "help_needed", "help_from", "help_by", "by")
    list_display_links = ("week", "project")
    list_select_related = ("project", "help_from", "by")
    list_filter: ClassVar[Any] = (
        ("week", RangeDateFilter),
        ("help_from", RelatedDropdownFilter),
        ("project", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("progress", "next_step", "problem", "help_needed", "project__name", "project__number")
    ordering = ("-week", "-pk")
    form_select_related = ("project", "help_from", "by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("project", "week"),
                    "progress",
                    "next_step",
                    "problem",
                    "help_needed",
                    ("help_from", "help_by"),
                    "by",
                )
            },
        ),
    )
    readonly_fields = ("project", "week", "by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        if obj is None or not may:
            return may
        if not hasattr(obj, "may_be_written"):
            is_over = rules.week_problem(obj.week, local_day(timezone.now())) is not None
            obj.may_be_written = not is_over and not obj.project.has_ended and may_write_note(obj.project, request.user)
        return bool(obj.may_be_written)

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A note is written on its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:my_notes"))


class ProgressNoteInline(RowsToRead):
    """What a project said week by week, the latest first; written on the page of one's notes."""

    model = ProgressNote
    fields = ("row", "progress", "next_step", "problem", "help_needed", "help_from", "help_by", "by")
    label_select_related = ("help_from", "by")
    row_label = "week"
    per_page = 10

    def get_tools(self, request: HttpRequest, project: Any) -> list[tuple[str, Any]]:
        if project.has_ended or not may_write_note(project, request.user):
            return []
        return [(f"{reverse('admin:my_notes')}?project={project.public_id}", _("Note for the meeting"))]
