"""Investment projects (招商项目): from negotiation to full capacity, and what the gate between stages asks."""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import ChainSegment, CorporateGroup, Enterprise, IndustryChain, IndustryClass, Park
from directory.models.base import local_name
from directory.models.enterprises import country_choices
from pinghu.ledger.history import tracked
from pinghu.ledger.models import Door
from promotion.models.base import (
    BelowRecord,
    GuardedQuerySet,
    GuardedRecord,
    Member,
    PromotionRecord,
    area_field,
    currency_field,
    money_field,
    person_field,
)
from promotion.models.leads import Lead
from promotion.models.parties import Counterpart
from promotion.rules import gates, stages


class Stage(models.TextChoices):
    NEGOTIATING = stages.NEGOTIATING, _("Negotiating")
    REVIEWED = stages.REVIEWED, _("Reviewed")
    SIGNED = stages.SIGNED, _("Signed")
    REGISTERED = stages.REGISTERED, _("Registered")
    STARTED = stages.STARTED, _("Started")
    COMPLETED = stages.COMPLETED, _("Completed")
    IN_PRODUCTION = stages.IN_PRODUCTION, _("In production")
    FULL_CAPACITY = stages.FULL_CAPACITY, _("Full capacity")


class SideState(models.TextChoices):
    PAUSED = stages.PAUSED, _("Paused")
    LOST = stages.LOST, _("Lost")
    WITHDRAWN = stages.WITHDRAWN, _("Withdrawn by the investor")
    MERGED = stages.MERGED, _("Merged into another")
    TERMINATED = stages.TERMINATED, _("Terminated")


class Track(models.TextChoices):
    LAND = stages.LAND, _("Land")
    LEASE = stages.LEASE, _("Lease")
    EXPANSION = stages.EXPANSION, _("Expansion of an enterprise")
    ACQUISITION = stages.ACQUISITION, _("Acquisition")
    RD_OR_HEADQUARTERS = stages.RD_OR_HEADQUARTERS, _("Research or headquarters")


class ProjectQuerySet(GuardedQuerySet):
    def running(self) -> Self:
        return self.exclude(side_state__in=stages.ENDED)


class InvestmentProject(GuardedRecord):
    """One investment into the zone. Its stage is moved by one service only, through the gate."""

    member_model: ClassVar[str] = "ProjectMember"
    member_field: ClassVar[str] = "project"

    number = models.CharField(_("number"), max_length=12, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, editable=False, blank=True, db_index=True)
    track = models.CharField(_("track"), max_length=20, choices=Track.choices)
    stage = models.CharField(
        _("stage"), max_length=14, choices=Stage.choices, default=Stage.NEGOTIATING, editable=False
    )
    side_state = models.CharField(_("side state"), max_length=10, choices=SideState.choices, blank=True, editable=False)
    stage_since = models.DateTimeField(_("stands so since"), null=True, blank=True, editable=False)
    #: From when on its days in the stage are counted: days in which it was paused or over are taken out.
    age_since = models.DateTimeField(_("days in the stage count from"), null=True, blank=True, editable=False)
    lead = models.OneToOneField(
        Lead,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="project",
        verbose_name=_("came from the lead"),
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("merged into"),
    )
    # Who invests in what.
    investor = models.CharField(_("investor"), max_length=200, blank=True)
    investor_country = models.CharField(
        _("investor's country or region"), max_length=2, blank=True, choices=country_choices
    )
    counterpart = models.ForeignKey(
        Counterpart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("counterpart"),
    )
    group = models.ForeignKey(
        CorporateGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("group"),
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("enterprise here"),
        help_text=_("The one that expands, or the project company once it is registered."),
    )
    chain = models.ForeignKey(
        IndustryChain, on_delete=models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("chain")
    )
    segment = models.ForeignKey(
        ChainSegment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("segment it would fill"),
    )
    industry = models.ForeignKey(
        IndustryClass, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("industry")
    )
    park = models.ForeignKey(
        Park, on_delete=models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("park")
    )
    content = models.TextField(_("what it builds and makes"), blank=True)
    # What it brings and needs.
    currency = currency_field()
    total_investment = money_field(_("total investment"))
    fixed_assets = money_field(_("fixed assets"))
    foreign_capital = money_field(_("contracted foreign capital"))
    foreign_share = models.DecimalField(
        _("foreign share, %"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    land_m2 = area_field(_("land, m²"))
    floor_m2 = area_field(_("floor area, m²"))
    yearly_output = money_field(_("output a year"))
    yearly_tax = money_field(_("tax a year"))
    energy_tce = area_field(_("energy a year, t of standard coal"))
    jobs = models.PositiveIntegerField(_("jobs"), null=True, blank=True)
    # Signing, registration, construction: what was agreed and the day it happened.
    negotiating_since = models.DateField(_("negotiating since"), null=True, blank=True)
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    agreement_no = models.CharField(_("agreement number"), max_length=60, blank=True)
    signed_on = models.DateField(_("formal agreement signed on"), null=True, blank=True)
    signed_amount = money_field(_("amount agreed"))
    signing_event = models.CharField(_("signing event"), max_length=120, blank=True)
    company_name = models.CharField(_("project company"), max_length=200, blank=True)
    uscc = models.CharField(_("credit code of the project company"), max_length=18, blank=True, db_index=True)
    registered_capital = money_field(_("registered capital"))
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    filing_code = models.CharField(_("filing code"), max_length=40, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    started_on = models.DateField(_("construction started on"), null=True, blank=True)
    completed_on = models.DateField(_("construction completed on"), null=True, blank=True)
    first_output_on = models.DateField(_("first output on"), null=True, blank=True)
    full_capacity_on = models.DateField(_("full capacity reached on"), null=True, blank=True)
    # What stays editable when it has ended.
    competitor = models.CharField(_("went to"), max_length=120, blank=True)
    lessons = models.TextField(_("lessons"), blank=True)
    note = models.TextField(_("note"), blank=True)
    # Kept by the follow-up service.
    next_step = models.CharField(_("next step"), max_length=200, blank=True, editable=False)
    next_on = models.DateField(_("next step by"), null=True, blank=True, editable=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)

    #: Stage → the day it was reached, a field of the project.
    STAGE_DATES: ClassVar[dict[str, str]] = {
        stages.NEGOTIATING: "negotiating_since",
        stages.REVIEWED: "reviewed_on",
        stages.SIGNED: "signed_on",
        stages.REGISTERED: "registered_on",
        stages.STARTED: "started_on",
        stages.COMPLETED: "completed_on",
        stages.IN_PRODUCTION: "first_output_on",
        stages.FULL_CAPACITY: "full_capacity_on",
    }

    objects = ProjectQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("investment project")
        verbose_name_plural = _("investment projects")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["stage", "side_state", "age_since"], name="project_stage"),
            models.Index(fields=["owner", "next_on"], name="project_of_owner"),
            models.Index(fields=["unit", "stage"], name="project_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {local_name(self)}"

    @property
    def position(self) -> stages.Position:
        return stages.Position(self.stage, self.side_state)

    @property
    def has_ended(self) -> bool:
        return self.side_state in stages.ENDED


class ProjectMember(Member):
    """Who works on a project besides its owner: the task force (专班), the linked leader (联挂领导)."""

    guarded_parents = ("project",)

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.CASCADE, related_name="members", verbose_name=_("project")
    )

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["project", "part", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "person", "part"], name="projectmember_once")]

    def __str__(self) -> str:
        return str(self.person)


class StageRequirement(PromotionRecord):
    """One row of the gate: what a stage asks, on one track or all, by one of a closed set of checks."""

    stage = models.CharField(_("stage"), max_length=14, choices=Stage.choices)
    track = models.CharField(_("track"), max_length=20, choices=Track.choices, blank=True)
    check_code = models.CharField(_("check"), max_length=30, choices=[(code, code) for code in gates.CHECKS])
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("stage requirement")
        verbose_name_plural = _("stage requirements")
        ordering = ["stage", "track", "pk"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} · {self.check_code}"

    def requirement(self) -> gates.Requirement:
        return gates.Requirement(self.stage, self.check_code, self.params, self.track)

    def clean(self) -> None:
        """Only what the registry of checks understands may be asked."""
        fields = [field.name for field in InvestmentProject._meta.concrete_fields]
        found = gates.requirement_problems(self.requirement(), fields=fields)
        if found:
            raise ValidationError(
                {
                    "params": _("This check does not understand: %(what)s.")
                    % {"what": ", ".join(" ".join(f) for f in found)}
                }
            )


class StageChange(BelowRecord):
    """One move of a project, from where to where: written once, never changed."""

    guarded_parents = ("project",)

    class Kind(models.TextChoices):
        CREATED = "created", _("Created")
        FORWARD = stages.FORWARD, _("Forward")
        SKIP = stages.SKIP, _("Skipped a stage")
        BACK = stages.BACK, _("Back")
        ASIDE = stages.ASIDE, _("Set aside")
        RESUME = stages.RESUME, _("Taken up again")
        REOPEN = stages.REOPEN, _("Reopened")

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.PROTECT, related_name="stage_changes", verbose_name=_("project")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    from_stage = models.CharField(_("from stage"), max_length=14, choices=Stage.choices, blank=True)
    from_side = models.CharField(_("from side state"), max_length=10, choices=SideState.choices, blank=True)
    to_stage = models.CharField(_("to stage"), max_length=14, choices=Stage.choices)
    to_side = models.CharField(_("to side state"), max_length=10, choices=SideState.choices, blank=True)
    skipped = models.JSONField(_("skipped"), default=list, blank=True)
    by = person_field(_("by"))
    at = models.DateTimeField(_("when"))
    why = models.CharField(_("why"), max_length=500, blank=True)
    door = models.CharField(_("door"), max_length=10, choices=Door.choices)

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"


class ProjectMilestone(BelowRecord):
    """A dated step after signing: planned, and the day it happened."""

    guarded_parents = ("project",)

    class Kind(models.TextChoices):
        LAND_LISTED = "land_listed", _("Land put up for sale")
        LAND_SOLD = "land_sold", _("Land sold")
        LAND_PERMIT = "land_permit", _("Land use permit")
        PLANNING_PERMIT = "planning_permit", _("Planning permit")
        CONSTRUCTION_PERMIT = "construction_permit", _("Construction permit")
        STARTED = "started", _("Construction starts")
        COMPLETED = "completed", _("Construction completed")
        IN_PRODUCTION = "in_production", _("Production starts")

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("project")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    planned_on = models.DateField(_("planned for"), null=True, blank=True)
    actual_on = models.DateField(_("happened on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("project milestone")
        verbose_name_plural = _("project milestones")
        ordering = ["project", "planned_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "kind"], name="projectmilestone_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


class Evidence(BelowRecord):
    """A file that proves something about a project. Seen by who sees the project; never served inline."""

    guarded_parents = ("project",)

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("Agreement")
        LICENCE = "licence", _("Business licence")
        FILING = "filing", _("Filing")
        PERMIT = "permit", _("Permit")
        PHOTO = "photo", _("Photo of the site")
        ACCEPTANCE = "acceptance", _("Acceptance")
        REVIEW = "review", _("Review paper")
        CAPITAL = "capital", _("Proof of capital")
        OTHER = "other", _("Other")

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("project")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=120, blank=True)
    file = models.FileField(_("file"), upload_to="evidence/%Y/%m")
    file_name = models.CharField(_("file name"), max_length=200, editable=False)
    content_type = models.CharField(_("type"), max_length=80, editable=False)
    size = models.PositiveIntegerField(_("size, bytes"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    by = person_field(_("by"), editable=False)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    history = tracked()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "sha256"],
                name="evidence_once",
                violation_error_message=_("This file is here already."),
            )
        ]

    def __str__(self) -> str:
        return self.title or self.file_name


class ProgressNote(BelowRecord):
    """One project's four lines for one meeting period: progress, next step, problem, help needed."""

    guarded_parents = ("project",)

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.CASCADE, related_name="progress_notes", verbose_name=_("project")
    )
    week = models.DateField(_("week of"), help_text=_("The Monday of the week."))
    progress = models.CharField(_("progress"), max_length=500, blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    help_needed = models.CharField(_("help needed"), max_length=300, blank=True)
    help_from = models.ForeignKey(
        "accounts.Department",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("help from"),
    )
    help_by = models.DateField(_("help needed by"), null=True, blank=True)
    by = person_field(_("by"))

    history = tracked()

    class Meta:
        verbose_name = _("progress note")
        verbose_name_plural = _("progress notes")
        ordering = ["-week", "project", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "week"], name="progressnote_once"),
            models.CheckConstraint(
                condition=Q(week__iso_week_day=1),
                name="progressnote_monday",
                violation_error_message=_("Give a Monday."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.week}"


class ActionItem(BelowRecord):
    """A resolution of a meeting or a leader's instruction (领导批示) that somebody must answer by a day."""

    guarded_parents = ("lead", "project")

    class Origin(models.TextChoices):
        MEETING = "meeting", _("Resolution of a meeting")
        INSTRUCTION = "instruction", _("Leader's instruction")
        VISIT = "visit", _("Promised at a visit")
        SYSTEM = "system", _("From the system")

    origin = models.CharField(_("origin"), max_length=12, choices=Origin.choices, default=Origin.MEETING)
    text = models.CharField(_("what is to be done"), max_length=500)
    given_by = person_field(_("given by"))
    person = person_field(_("for"), null=False, blank=False)
    due_on = models.DateField(_("due on"))
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="action_items", verbose_name=_("lead")
    )
    project = models.ForeignKey(
        InvestmentProject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="action_items",
        verbose_name=_("project"),
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="action_items",
        verbose_name=_("enterprise"),
    )
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)

    history = tracked()

    class Meta:
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["person", "answered_at", "due_on"], name="actionitem_of_person")]

    def __str__(self) -> str:
        return self.text[:60]


def reached_dates(project: Any) -> dict[str, Any]:
    """The date of each stage up to where the project stands, as the gate compares them."""
    done = stages.STAGES[: stages.stage_index(project.stage) + 1]
    dates = {stage: getattr(project, project.STAGE_DATES[stage]) for stage in done}
    return {stage: day for stage, day in dates.items() if day is not None}
