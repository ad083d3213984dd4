"""联企链企 and 总部对接 in the admin: assignments, visits, engagements with headquarters, signals, plans, coverage."""

import datetime
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import DirectoryAdmin, RowsInline
from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.pages import admin_page
from pinghu.admin.verbs import list_verb, verb
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.admin.case_verbs import NoteForm
from promotion.admin.quick_visit import visit_url
from promotion.admin.service_drill import ENGAGEMENT_FILTERS, PROMISE_FILTERS, SIGNAL_FILTERS, VISIT_FILTERS
from promotion.liaison import LIMIT, assigned, coverage, holders, not_visited, plan_coverage, sees_all_visits
from promotion.models import (
    EngagementMember,
    EngagementPromise,
    HeadquartersEngagement,
    HeadquartersPlan,
    IntentSignal,
    LiaisonAssignment,
    ServiceCase,
    SignalMember,
    Visit,
    VisitMember,
)
from promotion.rules import periods
from promotion.rules.working_time import local_day
from promotion.services import liaison
from promotion.services.leads import DuplicateLead


def _today() -> datetime.date:
    return local_day(timezone.now())


class CurrentFilter(ChoiceFilter):
    """Assignments that hold today, or that have ended."""

    title = _("holds")
    parameter_name = "holds"
    options: ClassVar[dict[str, Any]] = {"yes": _("Today"), "no": _("Ended or not begun")}

    def narrow(self, rows: Any, value: str) -> Any:
        today = _today()
        held = rows.filter(starts_on__lte=today).exclude(ends_on__lt=today)
        return held if value == "yes" else rows.exclude(pk__in=held.order_by().values("pk"))


@admin.register(LiaisonAssignment)
class LiaisonAssignmentAdmin(DirectoryAdmin):
    """Who looks after which enterprise, from when until when."""

    save_service = staticmethod(liaison.save_assignment)
    list_display = ("enterprise", "person", "part", "unit", "starts_on", "ends_on")
    list_select_related = ("enterprise", "person", "unit")
    list_filter: ClassVar[Any] = (
        CurrentFilter,
        ("person", AutocompleteSelectFilter),
        ("unit", AutocompleteSelectFilter),
        ("part", ChoicesDropdownFilter),
        ("enterprise", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("enterprise__registered_name", "enterprise__short_name", "person__username", "person__last_name")
    ordering = ("enterprise", "part", "-starts_on", "pk")
    form_select_related = ("enterprise", "person", "unit")
    fieldsets = ((None, {"fields": ("enterprise", ("person", "unit"), "part", ("starts_on", "ends_on"), "is_demo")}),)
    actions = ("end_today",)

    @list_verb(_("End the ticked assignments today"))
    def end_today(self, request: HttpRequest, queryset: Any) -> str:
        count = liaison.end_assignments(list(queryset), on=_today(), by=request.user, door=Door.ADMIN)
        return str(_("%(count)s ended.") % {"count": count})


def field_links(links: Iterable[tuple[str, Any]]) -> Any:
    """Addresses and words as links in a field that is read only; a dash where there are none."""
    words = format_html_join(" · ", '<a href="{}">{}</a>', links)
    return format_html('<span class="field-links">{}</span>', words) if words else "–"


class GuardedAdmin(DirectoryAdmin):
    """Rows with a level: only those that the person sees whole."""

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row._reader = request.user
        return row

    def seen_by_reader(self, row: Any, model: Any, **conditions: Any) -> list[Any]:
        """Rows that came of a record, as far as whoever opened it may see them; read once for a page."""
        if not hasattr(row, "_came_of_it"):  # the theme renders a field several times
            row._came_of_it = list(model.objects.visible_to(row._reader).filter(**conditions).order_by("pk"))
        return row._came_of_it  # type: ignore[no-any-return]


class VisitMemberInline(RowsInline):
    model = VisitMember
    fields = ("person", "part")


@admin.register(Visit)
class VisitAdmin(GuardedAdmin):
    """Visits as they were written down; most come from the page for the phone."""

    save_service = staticmethod(liaison.save_visit)
    list_display = ("visited", "on", "manner", "owner", "seen_shortly")
    list_display_links = ("visited",)
    list_select_related = ("enterprise", "owner", "unit")
    list_filter: ClassVar[Any] = (
        ("on", RangeDateFilter),
        ("owner", AutocompleteSelectFilter),
        ("unit", AutocompleteSelectFilter),
        ("manner", ChoicesDropdownFilter),
        "is_quiet",
        DemoFilter,
        *VISIT_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("seen", "enterprise__registered_name", "enterprise__short_name")
    ordering = ("-on", "-pk")
    form_select_related = ("enterprise", "owner", "unit", "contact", "with_leader")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("enterprise", "on"),
                    ("manner", "with_leader"),
                    "seen",
                    "is_quiet",
                    ("met", "contact"),
                    "cases_of_it",
                )
            },
        ),
        (
            _("Whose it is, and who may see it"),
            {"fields": (("owner", "unit"), ("confidentiality", "code_name"), "is_demo")},
        ),
    )
    readonly_fields = ("cases_of_it",)
    export_fields = ("enterprise", "on", "manner", "seen", "owner", "unit", "with_leader", "is_quiet", "is_demo")
    inlines = (VisitMemberInline,)

    @display(description=_("visit"), ordering="enterprise", header=True)
    def visited(self, visit: Visit) -> list[str]:
        return [str(visit.enterprise), str(visit.unit or "")]

    @admin.display(description=_("what was seen and said"))
    def seen_shortly(self, visit: Visit) -> str:
        return visit.seen[:60]

    @admin.display(description=_("cases that came of it"))
    def cases_of_it(self, visit: Visit) -> Any:
        if visit.pk is None:
            return "–"
        found = self.seen_by_reader(visit, ServiceCase, visit=visit)
        return field_links((reverse("admin:promotion_servicecase_change", args=[case.pk]), case) for case in found)


class EngagementMemberInline(RowsInline):
    model = EngagementMember
    fields = ("person", "part")


class PromiseInline(RowsInline):
    model = EngagementPromise
    fields = ("side", "text", "person", "due_on", "done_on", "outcome")


@admin.register(HeadquartersEngagement)
class HeadquartersEngagementAdmin(GuardedAdmin):
    """Meetings and exchanges with headquarters, with what was promised on both sides."""

    save_service = staticmethod(liaison.save_engagement)
    list_display = ("met", "on", "manner", "headquarters", "owner")
    list_display_links = ("met",)
    list_select_related = ("group", "owner", "unit")
    list_filter: ClassVar[Any] = (
        ("on", RangeDateFilter),
        ("group", AutocompleteSelectFilter),
        ("manner", ChoicesDropdownFilter),
        ("headquarters", ChoicesDropdownFilter),
        ("owner", AutocompleteSelectFilter),
        DemoFilter,
        *ENGAGEMENT_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("topics", "group__name", "group__name_en")
    ordering = ("-on", "-pk")
    form_select_related = ("group", "owner", "unit")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("group", "headquarters"),
                    ("manner", "on"),
                    ("place", "country"),
                    "topics",
                    "attendees",
                    "signals_of_it",
                )
            },
        ),
        (
            _("Whose it is, and who may see it"),
            {"fields": (("owner", "unit"), ("confidentiality", "code_name"), "is_demo")},
        ),
    )
    export_fields = (
        "group", "headquarters", "manner", "on", "place", "country", "topics", "owner", "unit", "is_demo",
    )  # fmt: skip
    readonly_fields = ("signals_of_it",)
    inlines = (PromiseInline, EngagementMemberInline)

    @display(description=_("engagement"), ordering="group", header=True)
    def met(self, engagement: HeadquartersEngagement) -> list[str]:
        return [str(engagement.group), engagement.topics[:60]]

    @admin.display(description=_("signals that came of it"))
    def signals_of_it(self, engagement: HeadquartersEngagement) -> Any:
        if engagement.pk is None:
            return "–"
        found = self.seen_by_reader(engagement, IntentSignal, engagement=engagement)
        links = [(reverse("admin:promotion_intentsignal_change", args=[row.pk]), row) for row in found]
        if engagement._reader.has_perm("promotion.add_intentsignal"):  # type: ignore[attr-defined]
            given = {"engagement": engagement.pk, "group": engagement.group_id, "on": engagement.on.isoformat()}
            links.append((f"{reverse('admin:promotion_intentsignal_add')}?{urlencode(given)}", _("Note a signal")))
        return field_links(links)


@admin.register(EngagementPromise)
class EngagementPromiseAdmin(DirectoryAdmin):
    """What was promised at engagements, the earliest first."""

    list_display = ("text", "side", "engagement", "person", "due_on", "done_on")
    list_select_related = ("engagement__group", "person")
    list_filter: ClassVar[Any] = (
        ("side", ChoicesDropdownFilter),
        ("person", AutocompleteSelectFilter),
        ("due_on", RangeDateFilter),
        DemoFilter,
        *PROMISE_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("text", "engagement__group__name")
    ordering = ("due_on", "pk")
    form_select_related = ("engagement__group", "person")
    fieldsets = (
        (
            None,
            {"fields": ("engagement", "side", "text", ("person", "due_on"), ("done_on", "outcome"), "is_demo")},
        ),
    )
    actions_detail = ("keep",)

    @verb(
        _("It was kept"),
        question=_("Say how. It leaves the day of whoever had to see to it."),
        url_path="keep",
        form_class=NoteForm,
        icon="task_alt",
    )
    def keep(self, request: HttpRequest, promise: EngagementPromise, note: str) -> str:
        liaison.keep_promise(promise, outcome=note, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Kept."))


class SignalMemberInline(RowsInline):
    model = SignalMember
    fields = ("person", "part")


class LeadOfSignalForm(forms.Form):
    business = forms.CharField(
        label=_("what they want"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget
    )
    confirmed = forms.BooleanField(
        label=_("It is another one than those that are known"), required=False, widget=UnfoldBooleanWidget
    )


class CaseOfSignalForm(forms.Form):
    text = forms.CharField(label=_("what is asked"), required=False, max_length=2000, widget=UnfoldAdminTextInputWidget)


@admin.register(IntentSignal)
class IntentSignalAdmin(GuardedAdmin):
    """Signs that a group or enterprise means to grow here, or to leave; one step to a lead or a case."""

    save_service = staticmethod(liaison.save_signal)
    list_display = ("whose", "strength_word", "on", "source", "owner", "came_of_it")
    list_display_links = ("whose",)
    list_select_related = ("group", "enterprise", "owner", "lead", "case")
    list_filter: ClassVar[Any] = (
        ("kind", ChoicesDropdownFilter),
        ("strength", ChoicesDropdownFilter),
        ("group", AutocompleteSelectFilter),
        ("enterprise", AutocompleteSelectFilter),
        ("on", RangeDateFilter),
        ("owner", AutocompleteSelectFilter),
        DemoFilter,
        *SIGNAL_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("note", "source", "group__name", "enterprise__registered_name", "enterprise__short_name")
    ordering = ("-on", "-pk")
    form_select_related = ("group", "enterprise", "engagement__group", "visit__enterprise", "owner", "unit")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("kind", "strength"),
                    ("group", "enterprise"),
                    ("on", "source"),
                    "note",
                    ("engagement", "visit"),
                    "came_of_it",
                )
            },
        ),
        (
            _("Whose it is, and who may see it"),
            {"fields": (("owner", "unit"), ("confidentiality", "code_name"), "is_demo")},
        ),
    )
    readonly_fields = ("came_of_it",)
    export_fields = ("kind", "strength", "group", "enterprise", "on", "source", "note", "owner", "unit", "is_demo")
    inlines = (SignalMemberInline,)
    actions_detail = ("make_lead", "make_case")

    @display(description=_("signal"), ordering="kind", header=True)
    def whose(self, signal: IntentSignal) -> list[str]:
        return [str(signal.group or signal.enterprise), str(signal.get_kind_display())]

    @display(
        description=_("strength"),
        ordering="strength",
        label={"weak": "default", "clear": "info", "strong": "warning"},
    )
    def strength_word(self, signal: IntentSignal) -> tuple[str, Any]:
        return signal.strength, signal.get_strength_display()

    @admin.display(description=_("what came of it"))
    def came_of_it(self, signal: IntentSignal) -> Any:
        # Whoever may not see the lead learns no more than that there is one: that page does not open for them.
        if signal.lead_id:
            address = reverse("admin:promotion_lead_change", args=[signal.lead_id])
            return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, _("Open the lead"))
        if signal.case_id:
            address = reverse("admin:promotion_servicecase_change", args=[signal.case_id])
            return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, _("Open the case"))
        return "–"

    @verb(
        _("Make a lead of it"),
        question=_("A lead with the group, as confidential as the signal, in your hands."),
        url_path="lead",
        form_class=LeadOfSignalForm,
        icon="tips_and_updates",
    )
    def make_lead(self, request: HttpRequest, signal: IntentSignal, business: str, confirmed: bool) -> str:
        try:
            lead = liaison.signal_to_lead(
                signal, business=business, confirmed=confirmed, by=request.user, door=Door.ADMIN, at=timezone.now()
            )
        except DuplicateLead as error:
            if error.code != "possible_duplicate":
                raise
            text = _("It may be here already: %(names)s. Tick this if it is another.")
            names = ", ".join(card.name for card in error.cards)
            raise DomainError(code=error.code, fields={"confirmed": [text % {"names": names}]}) from error
        return str(_("Lead %(lead)s.") % {"lead": lead})

    @verb(
        _("Make a case of it"),
        question=_("A case of headquarters liaison; a coordinator dispatches it."),
        url_path="case",
        form_class=CaseOfSignalForm,
        icon="support_agent",
    )
    def make_case(self, request: HttpRequest, signal: IntentSignal, text: str) -> str:
        case = liaison.signal_to_case(signal, text=text, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Case %(case)s.") % {"case": case})


@admin.register(HeadquartersPlan)
class HeadquartersPlanAdmin(DirectoryAdmin):
    """How often each headquarters is to be engaged in a year; the coverage page says how far it has come."""

    list_display = ("group", "year", "engagements", "owner")
    list_select_related = ("group", "owner")
    list_filter: ClassVar[Any] = ("year", ("owner", AutocompleteSelectFilter), DemoFilter)
    search_fields = ("group__name", "group__name_en")
    ordering = ("-year", "group")
    form_select_related = ("group", "owner")
    fieldsets = ((None, {"fields": (("group", "year"), ("engagements", "owner"), "note", "is_demo")}),)


# --- coverage --------------------------------------------------------------------------------------------------------

#: They start with everybody's enterprises.
_LOOKS_OVER_ALL = frozenset({Role.SERVICE_COORDINATOR, Role.PROMOTION_MANAGER, Role.LEADER})
PERIODS = {periods.MONTH: _("This month"), periods.QUARTER: _("This quarter"), periods.YEAR: _("This year")}


@admin_page("coverage/", "liaison_coverage", title=_("Coverage"), icon="fact_check", roles=STAFF_ROLES)
def liaison_coverage(request: HttpRequest) -> HttpResponse:
    """Who was not visited in the period, by person, longest first; and the year's plan with headquarters."""
    today = _today()
    code = request.GET.get("period", "month")
    code = code if code in PERIODS else "month"
    period = periods.period_of(code, today)
    since, until = period.since, period.until
    own = None if sees_all_visits(request.user) else request.user.unit_ids  # type: ignore[union-attr]
    units = Department.objects.visible_to(request.user).order_by("name")
    if own is not None:
        units = units.filter(pk__in=own)
    unit = units.filter(public_id=request.GET.get("unit", "")).first()
    person = _whose(request, today)
    missing = not_visited(request.user, since, until, person=person)
    if unit is not None or own is not None:
        held = assigned(request.user, until).filter(unit__in=[unit] if unit is not None else own)
        missing = missing.filter(pk__in=held.order_by().values("enterprise"))
    shown = list(missing[:LIMIT])
    held_by = holders(request.user, shown, until)
    context = {
        **admin.site.each_context(request),
        "title": _("Coverage"),
        "periods": [(each, words, each == code) for each, words in PERIODS.items()],
        "period": code,
        "since": since,
        "until": until,
        "units": units,
        "unit": unit,
        "people": coverage(request.user, since, until, unit=unit, units=own),
        "person": person,
        "is_own": person == request.user,
        "visit_url": visit_url(request.user),
        "missing": [(each, held_by.get(each.pk, ())) for each in shown],
        "missing_count": missing.count() if len(shown) == LIMIT else len(shown),
        "limit": LIMIT,
        "plans": plan_coverage(request.user, today.year) if own is None else [],
        "year": today.year,
    }
    return TemplateResponse(request, "admin/promotion/liaison_coverage.html", context)


def _whose(request: HttpRequest, on: datetime.date) -> Any:
    """Whose enterprises are listed: those of whoever was chosen; else one's own, for who looks after some."""
    asked = request.GET.get("person", "")
    if asked:
        held = assigned(request.user, on).order_by().values("person")
        return User.objects.filter(pk__in=held, public_id=asked).first()
    sees_all = request.user.role_codes & _LOOKS_OVER_ALL  # type: ignore[union-attr]
    if sees_all or not assigned(request.user, on).filter(person=request.user.pk).exists():
        return None
    return request.user
