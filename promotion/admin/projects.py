"""Projects in the admin: the list, the form by phase, and above it where the project stands and what is missing."""

import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.names import names_of
from directory.admin.records import DirectoryAdmin, RowsInline
from pinghu.admin.service_admin import without_fields
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from pinghu.templatetags import look
from promotion.admin.drill import PROJECT_FILTERS
from promotion.admin.leads import LevelForm
from promotion.admin.moving import MovePages
from promotion.models import InvestmentProject, Lead, Level, ProjectMember, ProjectMilestone, SideState
from promotion.rules import stages
from promotion.rules.working_time import local_day
from promotion.services.leads import set_confidentiality
from promotion.services.projects import link_enterprise, save_project

#: Rows of other subjects below a project (reviews, commitments, capital, evidence, space); filled where all is wired.
MORE_INLINES: list[Any] = []


class LockedWhenEnded(RowsInline):
    """Rows that nobody changes once the project has ended; its service says the same."""

    def _is_locked(self, project: Any) -> bool:
        return project is not None and project.has_ended

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_locked(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_locked(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_locked(obj) and super().has_delete_permission(request, obj)


class MemberInline(LockedWhenEnded):
    """The task force, the linked leader, and who may see it."""

    model = ProjectMember
    fields = ("person", "part")


class MilestoneInline(LockedWhenEnded):
    """Planned and actual days after signing: land listed and sold, permits, start, completion."""

    model = ProjectMilestone
    fields = ("kind", "planned_on", "actual_on", "note")


#: How a list or the board is narrowed by side state.
SIDES: list[tuple[str, Any]] = [
    ("open", _("Running or paused")),
    ("running", _("Running")),
    ("ended", _("Ended, all")),
    *SideState.choices,
]


def on_side(rows: Any, value: str) -> Any:
    """Projects that run, are over, or stand in one side state."""
    if value == "open":
        return rows.running()
    if value == "running":
        return rows.filter(side_state=stages.RUNNING)
    return rows.filter(side_state__in=stages.ENDED) if value == "ended" else rows.filter(side_state=value)


class SideFilter(ChoiceFilter):
    """Running, in one side state, or over."""

    title = _("side state")
    parameter_name = "side"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return SIDES

    def narrow(self, rows: Any, value: str) -> Any:
        return on_side(rows, value)


class WhoseFilter(ChoiceFilter):
    """One's own projects, those one works on, or those of one's units."""

    title = _("whose projects")
    parameter_name = "whose"
    options: ClassVar[dict[str, Any]] = {
        "mine": _("Mine"),
        "with_me": _("Mine, or I belong to it"),
        "units": _("My units'"),
    }

    def queryset(self, request: Any, queryset: Any) -> Any:
        mine = Q(owner=request.user)
        if self.value() == "mine":
            return queryset.filter(mine)
        if self.value() == "with_me":
            with_me = ProjectMember._base_manager.filter(person=request.user).order_by().values("project")
            return queryset.filter(mine | Q(pk__in=with_me))
        return queryset.filter(unit__in=request.user.unit_ids) if self.value() == "units" else queryset


class NextStepFilter(ChoiceFilter):
    """Projects that have not ended, by when their next step is due."""

    title = _("next step")
    parameter_name = "next"
    options: ClassVar[dict[str, Any]] = {
        "overdue": _("Overdue"),
        "today": _("Due today"),
        "week": _("Due within seven days"),
        "none": _("No next step"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        today = local_day(timezone.now())
        rows = rows.running()
        if value == "none":
            return rows.filter(next_on__isnull=True)
        if value == "week":
            return rows.filter(next_on__range=(today, today + datetime.timedelta(days=7)))
        return rows.filter(next_on=today) if value == "today" else rows.filter(next_on__lt=today)


@admin.register(InvestmentProject)
class InvestmentProjectAdmin(MovePages, DirectoryAdmin):
    """Only projects that the person sees whole. The stage is shown here and moved on the page beside it."""

    class Media:
        css: ClassVar = {"all": ["promotion/projects.css"]}

    change_form_template = "admin/promotion/project_change_form.html"
    save_service = staticmethod(save_project)
    list_display = ("title", "standing_at", "investor", "amount", "owner", "next_step_by", "since")
    list_display_links = ("title",)
    list_select_related = ("owner", "unit")
    list_filter: ClassVar[Any] = (
        ("stage", ChoicesDropdownFilter),
        SideFilter,
        ("track", ChoicesDropdownFilter),
        WhoseFilter,
        NextStepFilter,
        ("owner", AutocompleteSelectFilter),
        ("unit", RelatedDropdownFilter),
        ("chain", RelatedDropdownFilter),
        ("park", AutocompleteSelectFilter),
        DemoFilter,
        *PROJECT_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("number", "name", "name_en", "investor", "company_name", "uscc")
    search_help_text = _("Number, name, investor, project company, credit code")
    ordering = ("-created_at", "-pk")
    form_select_related = (
        "owner", "unit", "group", "enterprise", "chain", "segment", "industry", "park",
    )  # fmt: skip
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "name_en"),
                    ("track", "number"),
                    ("stage", "side_state"),
                    ("next_step", "next_on"),
                    ("last_contact_at", "came_from"),
                )
            },
        ),
        (
            _("Who invests"),
            {"fields": (("investor", "investor_country"), ("counterpart", "group"))},
        ),
        (
            _("Negotiation: what it brings and needs"),
            {
                "fields": (
                    ("chain", "segment"),
                    ("industry", "park"),
                    "content",
                    "negotiating_since",
                    ("total_investment", "currency"),
                    ("fixed_assets", "foreign_capital"),
                    ("land_m2", "floor_m2"),
                )
            },
        ),
        (
            _("Review: what it is measured by"),
            {"fields": ("reviewed_on", ("yearly_output", "yearly_tax"), ("energy_tce", "jobs"))},
        ),
        (
            _("Signing: the formal agreement only"),
            {
                "fields": (
                    ("signed_on", "agreement_no"),
                    ("signed_amount", "foreign_share"),
                    "signing_event",
                )
            },
        ),
        (
            _("Registration and filing"),
            {
                "fields": (
                    ("company_name", "uscc"),
                    ("registered_on", "registered_capital"),
                    ("filed_on", "filing_code"),
                    "enterprise",
                )
            },
        ),
        (
            _("Construction and production"),
            {"fields": (("started_on", "completed_on"), ("first_output_on", "full_capacity_on"))},
        ),
        (
            _("Whose it is, and who may see it"),
            {"fields": (("owner", "unit"), ("confidentiality", "code_name"), "is_demo")},
        ),
        (_("Notes and lessons"), {"fields": ("note", "competitor", "lessons")}),
    )
    readonly_fields = (
        "number",
        "stage",
        "side_state",
        "next_step",
        "next_on",
        "last_contact_at",
        "came_from",
    )
    export_fields = (
        "number", "name", "name_en", "track", "stage", "side_state", "stage_since", "investor", "investor_country",
        "counterpart", "group", "enterprise", "chain", "segment", "industry", "park", "content", "currency",
        "total_investment", "fixed_assets", "foreign_capital", "foreign_share", "land_m2", "floor_m2",
        "yearly_output", "yearly_tax", "energy_tce", "jobs", "negotiating_since", "reviewed_on", "agreement_no",
        "signed_on", "signed_amount", "signing_event", "company_name", "uscc", "registered_capital",
        "registered_on", "filing_code", "filed_on", "started_on", "completed_on", "first_output_on",
        "full_capacity_on", "owner", "unit", "confidentiality", "next_step", "next_on", "last_contact_at", "note",
        "is_demo",
    )  # fmt: skip
    inlines = (MemberInline, MilestoneInline)
    actions = ("move_on",)
    actions_detail = ("move_page", "link_company", "set_level")

    # --- the list ---------------------------------------------------------------------------------------------------

    @display(description=_("name"), ordering="name", header=True)
    def title(self, project: InvestmentProject) -> list[str]:
        first, other = names_of(project)
        second = [other, project.number, str(project.get_track_display()), str(project.unit or "")]
        if project.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL):
            second.append(str(project.get_confidentiality_display()))
        if project.is_demo:
            second.append(str(_("demo row")))
        return [first, " · ".join(part for part in second if part)]

    @display(
        description=_("stage"),
        ordering="stage",
        label={"running": "info", "paused": "warning", "ended": "default"},
    )
    def standing_at(self, project: InvestmentProject) -> tuple[str, str]:
        stage = str(project.get_stage_display())
        if not project.side_state:
            return "running", stage
        return "ended" if project.has_ended else "paused", f"{stage} · {project.get_side_state_display()}"

    @admin.display(description=_("total investment"), ordering="total_investment")
    def amount(self, project: InvestmentProject) -> str:
        return look.amount(project.total_investment, project.currency)

    @display(description=_("next step by"), ordering="next_on", header=True)
    def next_step_by(self, project: InvestmentProject) -> list[Any]:
        if project.next_on is None or project.has_ended:
            return ["–", ""]
        late = project.next_on < local_day(timezone.now())
        return [project.next_on, f"{_('Overdue')} · {project.next_step}" if late else project.next_step]

    @admin.display(description=_("in this stage since"), ordering="age_since")
    def since(self, project: InvestmentProject) -> Any:
        """The day it reached its stage, which a pause does not change; the order is that of the board, without pauses."""
        reached = getattr(project, project.STAGE_DATES[project.stage])
        return reached or (local_day(project.stage_since) if project.stage_since else "–")

    # --- the form ---------------------------------------------------------------------------------------------------

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # What hangs on a project needs one to hang on.
        return [*self.inlines, *MORE_INLINES] if obj is not None else [MemberInline]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return without_fields(fieldsets, set(self.readonly_fields))
        hidden = {name for name in ("next_step", "next_on") if obj.next_on is None}
        hidden |= {"side_state"} if not obj.side_state else set()
        hidden |= {"came_from"} if not _shows_lead(request, obj) else set()
        hidden |= {"last_contact_at"} if obj.last_contact_at is None else set()
        return without_fields(fieldsets, hidden)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is None or not obj.has_ended:
            return fields
        named = [name for _title, options in self.fieldsets for name in _flat(options["fields"])]
        locked = (name for name in named if name not in stages.EDITABLE_WHEN_ENDED and name not in fields)
        return [*fields, *locked]

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        original = context["original"]
        if original is not None:
            # The form has written what was typed into `original`: the panel shows the project as it is stored.
            project = original if request.method != "POST" else self.get_object(request, str(original.pk))
            context["standing"] = self.standing(request, project)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        # The panel offers these two, each only where it makes sense.
        every = super().get_actions_detail(request, object_id)
        return [action for action in every if action.method.__name__ not in ("move_page", "link_company")]

    @admin.display(description=_("came from the lead"))
    def came_from(self, project: InvestmentProject) -> Any:
        if project.lead_id is None:
            return "–"
        address = reverse("admin:promotion_lead_change", args=[project.lead_id])
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, _("Open the lead"))

    # --- verbs ------------------------------------------------------------------------------------------------------

    @verb(
        _("Link the enterprise"),
        question=_(
            "The enterprise with the project company's credit code is linked. If the directory has none, it is made "
            "there from its name and code, unpublished. Another one is chosen in the form."
        ),
        url_path="link",
        icon="factory",
    )
    def link_company(self, request: HttpRequest, project: InvestmentProject, change_reason: str = "") -> str:
        linked = link_enterprise(project, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Linked: %(enterprise)s.") % {"enterprise": linked.enterprise})

    @verb(
        _("Change who may see it"),
        question=_("A higher level hides it from more people. A lower one shows it to more and needs a reason."),
        url_path="level",
        form_class=LevelForm,
        icon="visibility",
    )
    def set_level(
        self,
        request: HttpRequest,
        project: InvestmentProject,
        level: str,
        code_name: str,
        is_publication: bool,
        why: str,
    ) -> str:
        set_confidentiality(
            project,
            level=level,
            code_name=code_name,
            is_publication=is_publication,
            why=why,
            by=request.user,
            door=Door.ADMIN,
        )
        return str(_("Level set."))


def _flat(fields: Any) -> list[str]:
    names: list[str] = []
    for name in fields:
        names += [name] if isinstance(name, str) else list(name)
    return names


def _shows_lead(request: HttpRequest, project: Any) -> bool:
    """Whether the project came from a lead that this person may see; asked once a page."""
    if not hasattr(project, "shows_lead"):
        leads = Lead.objects.visible_to(request.user).filter(pk=project.lead_id)
        project.shows_lead = project.lead_id is not None and leads.exists()
    return bool(project.shows_lead)
