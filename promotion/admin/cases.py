"""Service cases in the admin: the list by urgency, and one case with its clock, handlers, history and next steps."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action as unfold_action
from unfold.decorators import display

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import DirectoryAdmin, RowsInline
from pinghu.admin.verbs import list_verb, verb
from pinghu.ledger.models import Door
from promotion.admin.case_verbs import STEP_VERBS, CaseVerbs
from promotion.admin.leads import LevelForm
from promotion.admin.service_drill import CASE_FILTERS
from promotion.calendar import office_calendar
from promotion.case_desk import colour_of, similar_cases
from promotion.models import (
    CaseEvent,
    CaseHandler,
    CaseMember,
    CaseState,
    Level,
    ReplyTemplate,
    ServiceCase,
    ServicePillar,
)
from promotion.rules import cases as rules
from promotion.rules import sla
from promotion.rules.working_time import WorkCalendar
from promotion.services import cases
from promotion.services.case_clock import as_segments, reading
from promotion.services.leads import set_confidentiality

Verb = CaseEvent.Verb
#: So much of a text fits into an address.
_LONGEST_START = 600

COLOURS = {sla.GREEN: _("in time"), sla.YELLOW: _("soon due"), sla.RED: _("overdue")}


def _time_words(case: Any, says: sla.Reading, calendar: WorkCalendar) -> str:
    """How much of its time a case has used, in working days as its limit is."""
    used = says.elapsed / calendar.day_length
    words = {"used": f"{used:.1f}", "days": case.resolve_days, "over": f"{used - case.resolve_days:.1f}"}
    if says.is_overdue:
        return str(_("%(used)s working days used of %(days)s: %(over)s over") % words)
    return str(_("%(used)s working days used of %(days)s") % words)


def _used(reply_url: str, text: str) -> str:
    """Where the answer is written, with a text to begin with; "" for who may not answer now."""
    return f"{reply_url}?{urlencode({'text': text[:_LONGEST_START]})}" if reply_url else ""


class MemberInline(RowsInline):
    """Who else works on it, or may see it."""

    model = CaseMember
    fields = ("person", "part")


class UrgencyFilter(ChoiceFilter):
    """Open cases by their card, and those that stand still."""

    title = _("card")
    parameter_name = "card"
    options: ClassVar[dict[str, Any]] = {
        "open": _("Open, all"),
        "red": _("Overdue"),
        "yellow": _("Soon due"),
        "waiting": _("Waiting for the enterprise"),
        "supervised": _("Under supervision"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        now = timezone.now()
        if value == "red":
            return rows.overdue(now)
        if value == "yellow":
            return rows.filter(state__in=ServiceCase.RUNNING, yellow_at__lte=now, due_at__gte=now)
        if value == "waiting":
            return rows.filter(state=CaseState.WAITING)
        if value == "supervised":
            return rows.filter(supervisions__replied_at__isnull=True, supervisions__isnull=False).distinct()
        return rows.open()


class WhoseFilter(ChoiceFilter):
    """One's own cases, or those that one's units handle."""

    title = _("whose cases")
    parameter_name = "whose"
    options: ClassVar[dict[str, Any]] = {"mine": _("Mine"), "units": _("My units'")}

    def queryset(self, request: Any, queryset: Any) -> Any:
        handlers = CaseHandler._base_manager.filter(ended_at__isnull=True).order_by().values("case")
        if self.value() == "mine":
            return queryset.filter(Q(owner=request.user) | Q(pk__in=handlers.filter(person=request.user)))
        if self.value() == "units":
            units = request.user.unit_ids
            return queryset.filter(Q(unit__in=units) | Q(pk__in=handlers.filter(unit__in=units)))
        return queryset


class PillarFilter(ChoiceFilter):
    """Cases of one platform or mechanism of any version."""

    title = _("pillar")
    parameter_name = "pillar"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        rows = ServicePillar.objects.visible_to(request.user).select_related("system")
        return [(str(row.pk), f"{row} · {row.get_layer_display()}") for row in rows if row.layer != row.Layer.CORE]

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(Q(platform=value) | Q(mechanism=value))


@admin.register(ServiceCase)
class ServiceCaseAdmin(CaseVerbs, DirectoryAdmin):
    """Only cases that the person sees whole. Steps are buttons; state, clock and answer are never typed."""

    change_form_template = "admin/promotion/case_change_form.html"
    save_service = staticmethod(cases.save_case)
    list_display = ("what", "standing_at", "card", "handled_by", "due", "raised_on")
    list_display_links = ("what",)
    list_select_related = ("enterprise", "owner", "unit", "kind")
    list_filter: ClassVar[Any] = (
        UrgencyFilter,
        WhoseFilter,
        ("state", ChoicesDropdownFilter),
        ("kind", RelatedDropdownFilter),
        PillarFilter,
        ("unit", RelatedDropdownFilter),
        ("chain", AutocompleteSelectFilter),
        ("intake", ChoicesDropdownFilter),
        ("enterprise", AutocompleteSelectFilter),
        "is_class_issue",
        DemoFilter,
        *CASE_FILTERS,
    )
    list_filter_submit = True
    search_fields = (
        "number",
        "title",
        "text",
        "enterprise_name",
        "enterprise__registered_name",
        "enterprise__short_name",
    )
    search_help_text = _("Number, what it is about, enterprise")
    ordering = ("-opened_at", "-pk")
    form_select_related = (
        "enterprise", "owner", "unit", "kind", "group", "chain", "platform", "mechanism", "parent", "contact",
    )  # fmt: skip
    select_fields = ("kind", "platform", "mechanism")
    fieldsets = (
        (None, {"fields": (("enterprise", "enterprise_name"), "title", "text", ("kind", "complexity"), "intake")}),
        (_("Who reported it"), {"fields": (("contact", "reporter_name"), ("reporter_phone", "reporter_email"))}),
        (
            _("Where it belongs"),
            {"fields": (("platform", "mechanism"), ("chain", "group"), ("parent", "is_class_issue"))},
        ),
        (_("Who may see it"), {"fields": (("confidentiality", "code_name"), "is_demo")}),
    )
    export_fields = (
        "number", "title", "kind", "complexity", "intake", "state", "enterprise", "enterprise_name", "platform",
        "mechanism", "chain", "group", "owner", "unit", "opened_at", "accepted_at", "first_due_at", "due_at",
        "replied_at", "closed_at", "reopened", "is_demo",
    )  # fmt: skip
    inlines = (MemberInline,)
    actions = ("dispatch_many", "group_many")
    actions_detail = (*dict.fromkeys(STEP_VERBS.values()), "decide_extension", "answer_supervision", "set_level")

    # --- the list ---------------------------------------------------------------------------------------------------

    @display(description=_("case"), ordering="number", header=True)
    def what(self, case: ServiceCase) -> list[str]:
        second = [case.number, str(case.enterprise or case.enterprise_name)]
        if case.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL):
            second.append(str(case.get_confidentiality_display()))
        if case.is_demo:
            second.append(str(_("demo row")))
        return [case.title, " · ".join(part for part in second if part)]

    @display(
        description=_("state"),
        ordering="state",
        label={"todo": "info", "waiting": "warning", "done": "success", "over": "default"},
    )
    def standing_at(self, case: ServiceCase) -> tuple[str, Any]:
        looks = {
            CaseState.WAITING: "waiting",
            CaseState.TRANSFERRED_UP: "waiting",
            CaseState.REPLIED: "done",
            CaseState.CLOSED: "over",
            CaseState.REJECTED: "over",
        }
        return looks.get(CaseState(case.state), "todo"), case.get_state_display()

    @display(description=_("card"), label={"green": "success", "yellow": "warning", "red": "danger", "": "default"})
    def card(self, case: ServiceCase) -> tuple[str, Any]:
        if case.state not in ServiceCase.RUNNING:
            return "", "–"
        colour = colour_of(case, timezone.now())
        return colour, COLOURS[colour]

    @display(description=_("handled by"), ordering="owner", header=True)
    def handled_by(self, case: ServiceCase) -> list[str]:
        return [str(case.owner or case.unit or "–"), str(case.unit or "") if case.owner else ""]

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, case: ServiceCase) -> Any:
        return case.due_at if case.is_open and case.due_at else "–"

    @admin.display(description=_("raised at"), ordering="opened_at")
    def raised_on(self, case: ServiceCase) -> Any:
        return case.opened_at

    @list_verb(_("Dispatch the ticked cases"), permissions=("step",))
    def dispatch_many(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        keys = list(queryset.values_list("public_id", flat=True)[:200])
        return HttpResponseRedirect(f"{reverse('admin:case_dispatch')}?{urlencode({'case': keys}, doseq=True)}")

    @list_verb(_("Put the ticked cases under a class issue among them"), permissions=("step",))
    def group_many(self, request: HttpRequest, queryset: Any) -> str:
        rows = list(queryset)
        tops = [row for row in rows if row.is_class_issue]
        if len(tops) != 1:
            return str(_("Tick the cases and exactly one class issue."))
        count = cases.group_under(rows, tops[0], by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("%(count)s cases put under “%(issue)s”.") % {"count": count, "issue": tops[0]})

    # --- the form ---------------------------------------------------------------------------------------------------

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        original = context["original"]
        if original is not None:
            # The form has written what was typed into `original`: the panel shows the case as it is stored.
            case = original if request.method != "POST" else self.get_object(request, str(original.pk))
            context["standing"] = self.standing(request, case)
        return super().render_change_form(request, context, *args, **kwargs)

    def standing(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        """What the panel shows: clock, handlers, history, files, similar cases, and the steps open to this person."""
        now, calendar = timezone.now(), office_calendar()
        handlers = list(case.handlers.select_related("unit", "external", "person").order_by("assigned_at", "pk"))
        segments = list(case.segments.order_by("round", "since", "pk"))
        this_round = as_segments(row for row in segments if row.round == case.reopened)
        says = reading(case, now, calendar=calendar, segments=this_round, by_stored_yellow=True)
        ratings = list(case.ratings.order_by("at", "pk"))
        supervisions = list(case.supervisions.select_related("leader").order_by("given_at", "pk"))
        events = list(case.events.select_related("by").order_by("-at", "-pk"))
        steps = self.steps(request, case, handlers, ratings, supervisions, events)
        reply_url = next((address for name, _words, address in steps if name == "reply"), "")
        return {
            "case": case,
            "reading": says,
            "colour": says.colour,
            "colour_word": COLOURS[says.colour],
            "time_words": _time_words(case, says, calendar),
            "is_supervised": any(row.replied_at is None for row in supervisions) and case.is_open,
            "segments": segments,
            "handlers": [(each, self._reply_url(each, case)) for each in handlers],
            "events": events,
            "steps": steps,
            "files": list(case.files.order_by("-at", "-pk")),
            "files_url": reverse("admin:case_files", args=[case.public_id]),
            "ratings": ratings,
            "supervisions": supervisions,
            "children": list(
                ServiceCase.objects.visible_to(request.user).filter(parent=case).select_related("enterprise")[:50]
            )
            if case.is_class_issue
            else [],
            "similar": [(row, _used(reply_url, row.reply)) for row in similar_cases(case, request.user)]
            if case.is_open
            else [],
            "templates": [
                (row, _used(reply_url, row.text))
                for row in ReplyTemplate.objects.filter(Q(kind=case.kind_id) | Q(kind=None), is_active=True)[:10]
            ]
            if case.is_open
            else [],
        }

    def _reply_url(self, handler: Any, case: Any) -> str:
        if handler.replied_at is not None or handler.ended_at is not None or not case.is_open:
            return ""
        return reverse("admin:case_handler_reply", args=[handler.public_id])

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        # The panel offers the steps, each only where it makes sense.
        every = super().get_actions_detail(request, object_id)
        return [action for action in every if action.method.__name__ == "set_level"]

    def steps(
        self,
        request: HttpRequest,
        case: Any,
        handlers: list[Any],
        ratings: list[Any],
        supervisions: list[Any],
        events: list[Any],
    ) -> list[tuple[str, Any, str]]:
        """Name, words and address of each step that is open to this person, the likeliest first."""
        offered = self._offered(request, case, handlers, ratings, supervisions, events)
        is_handled = case.state in (CaseState.ASSIGNED, CaseState.IN_PROGRESS)
        # What somebody waits for comes first; whoever handles it answers rather than dispatching it anew.
        order = ["decide_objection", "decide_extension", "answer_supervision", *STEP_VERBS.values()]
        if any(each.external_id and each.replied_at and each.ended_at is None for each in handlers):
            order.insert(3, "reply")
        if is_handled:
            order.remove("dispatch")
            order.insert(order.index("extend") + 1, "dispatch")
        found = []
        for name in dict.fromkeys(order):
            if name in offered:
                words = getattr(self, name).short_description
                if name == "dispatch" and is_handled:
                    words = _("Dispatch anew")
                found.append((name, words, reverse(f"admin:promotion_servicecase_{name}", args=[case.pk])))
        return found

    def _offered(
        self,
        request: HttpRequest,
        case: Any,
        handlers: list[Any],
        ratings: list[Any],
        supervisions: list[Any],
        events: list[Any],
    ) -> set[str]:
        """The verbs that make sense now for this person; the services decide, this only leaves out dead buttons."""
        parts = cases.parts_of(case, request.user, handlers)
        standing = (each for each in handlers if each.ended_at is None)
        lead = next((each for each in standing if each.part == CaseHandler.Part.LEAD), None)
        has_objection = lead is not None and lead.objected_at is not None and lead.objection_upheld is None
        offered = {STEP_VERBS[step] for step in rules.open_steps(case.state, parts)}
        if not has_objection:
            offered.discard("decide_objection")
        if lead is None or lead.objected_at is not None:
            offered.discard("object")
        if any(rating.round == case.reopened for rating in ratings):
            offered.discard("rate")
        about_time = (each.verb for each in events if each.verb in (Verb.EXTENSION_ASKED, Verb.EXTENSION_DECIDED))
        if rules.COORDINATOR in parts and next(about_time, "") == Verb.EXTENSION_ASKED:  # the latest comes first
            offered.add("decide_extension")
        if parts & {rules.COORDINATOR, rules.HANDLER} and any(row.replied_at is None for row in supervisions):
            offered.add("answer_supervision")
        return offered

    # --- verbs beside the steps ---------------------------------------------------------------------------------------

    @unfold_action(description=_("Dispatch"), permissions=("step",), url_path="dispatch", icon="fork_right")
    def dispatch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        return HttpResponseRedirect(f"{reverse('admin:case_dispatch')}?{urlencode({'case': case.public_id})}")

    @verb(
        _("Change who may see it"),
        question=_("A higher level hides it from more people. A lower one shows it to more and needs a reason."),
        url_path="level",
        form_class=LevelForm,
        icon="visibility",
    )
    def set_level(
        self, request: HttpRequest, case: ServiceCase, level: str, code_name: str, is_publication: bool, why: str
    ) -> str:
        set_confidentiality(
            case,
            level=level,
            code_name=code_name,
            is_publication=is_publication,
            why=why,
            by=request.user,
            door=Door.ADMIN,
        )
        return str(_("Level set."))
