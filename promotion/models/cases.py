"""Service cases (办件): what an enterprise asked for, who handles it, its clock, and whether it was content."""

from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import CorporateGroup, Enterprise, IndustryChain
from pinghu.accounts.models import Department
from pinghu.ledger.history import tracked
from pinghu.ledger.models import Door
from promotion.models.base import BelowRecord, GuardedQuerySet, GuardedRecord, Member, person_field
from promotion.models.parties import Contact
from promotion.models.services import CaseKind, Complexity, ExternalUnit, ServicePillar
from promotion.rules import confidentiality, sla


class CaseState(models.TextChoices):
    """Where a case stands; `services.cases` alone moves it."""

    SUBMITTED = "submitted", _("Submitted")
    ACCEPTED = "accepted", _("Accepted for handling")
    REJECTED = "rejected", _("Not accepted")
    ASSIGNED = "assigned", _("Dispatched")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting", _("Waiting for the enterprise")
    REPLIED = "replied", _("Answered")
    CLOSED = "closed", _("Case closed")
    TRANSFERRED_UP = "transferred_up", _("Transferred up")


class CaseQuerySet(GuardedQuerySet):
    def open(self) -> Self:
        return self.filter(state__in=ServiceCase.OPEN)

    def overdue(self, at: Any) -> Self:
        """Open cases whose clock runs and whose due time was passed."""
        return self.filter(state__in=ServiceCase.RUNNING, due_at__lt=at)


class ServiceCase(GuardedRecord):
    """One matter that an enterprise (or somebody for it) raised. `owner` and `unit` are the lead handler's."""

    member_model: ClassVar[str] = "CaseMember"
    member_field: ClassVar[str] = "case"
    subject: ClassVar[str] = confidentiality.SERVICE

    #: The clock runs.
    RUNNING: ClassVar[tuple[str, ...]] = (
        CaseState.SUBMITTED,
        CaseState.ACCEPTED,
        CaseState.ASSIGNED,
        CaseState.IN_PROGRESS,
    )
    #: Somebody still has to do something: here, or the enterprise.
    OPEN: ClassVar[tuple[str, ...]] = (*RUNNING, CaseState.WAITING, CaseState.TRANSFERRED_UP, CaseState.REPLIED)

    class Intake(models.TextChoices):
        PHONE = "phone", _("By phone")
        VISIT = "visit", _("During a visit")
        PORTAL = "portal", _("In the portal")
        WEB = "web", _("Through the public site")
        API = "api", _("From a partner system")
        STAFF = "staff", _("Entered by staff")

    number = models.CharField(_("number"), max_length=12, unique=True, editable=False)
    title = models.CharField(_("what it is about"), max_length=120)
    text = models.TextField(_("what was asked"))
    kind = models.ForeignKey(
        CaseKind, on_delete=models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("kind")
    )
    complexity = models.CharField(_("complexity"), max_length=12, choices=Complexity.choices, default=Complexity.NORMAL)
    intake = models.CharField(_("raised"), max_length=8, choices=Intake.choices, default=Intake.STAFF)
    state = models.CharField(
        _("state"), max_length=16, choices=CaseState.choices, default=CaseState.SUBMITTED, editable=False
    )
    # For whom.
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("enterprise"),
    )
    enterprise_name = models.CharField(
        _("enterprise as given"), max_length=200, blank=True, help_text=_("Where it is not in the directory (yet).")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("contact")
    )
    reporter_name = models.CharField(_("reported by"), max_length=80, blank=True)
    reporter_phone = models.CharField(_("phone for questions"), max_length=40, blank=True)
    reporter_email = models.EmailField(_("e-mail for questions"), blank=True)
    group = models.ForeignKey(
        CorporateGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("group")
    )
    chain = models.ForeignKey(
        IndustryChain, on_delete=models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("chain")
    )
    # Where it stands in "1+3+N"; the pillars belong to the version that was in force.
    platform = models.ForeignKey(
        ServicePillar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="platform_cases",
        limit_choices_to={"layer": ServicePillar.Layer.PLATFORM},
        verbose_name=_("intake platform"),
    )
    mechanism = models.ForeignKey(
        ServicePillar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mechanism_cases",
        limit_choices_to={"layer": ServicePillar.Layer.MECHANISM},
        verbose_name=_("mechanism"),
    )
    visit = models.ForeignKey(
        "promotion.Visit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("came from the visit"),
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of the class issue"),
    )
    is_class_issue = models.BooleanField(
        _("class issue"), default=False, help_text=_("One matter of many enterprises (举一反三).")
    )
    # The clock, derived and recomputed by the service; the first promise stays.
    opened_at = models.DateTimeField(_("raised at"), editable=False)
    resolve_days = models.PositiveSmallIntegerField(_("limit, working days"), editable=False)
    accept_due_at = models.DateTimeField(_("to be accepted by"), null=True, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    yellow_at = models.DateTimeField(_("yellow from"), null=True, editable=False)
    first_due_at = models.DateTimeField(_("first promise"), null=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, editable=False)
    replied_at = models.DateTimeField(_("answered at"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    #: During which its clock ran until each answer, all rounds together.
    handled_minutes = models.PositiveIntegerField(_("handled for, working minutes"), null=True, editable=False)
    reply = models.TextField(_("answer to the enterprise"), blank=True, editable=False)
    rejected_because = models.CharField(_("why not accepted"), max_length=300, blank=True, editable=False)
    reopened = models.PositiveSmallIntegerField(_("reopened"), default=0, editable=False)
    level = models.PositiveSmallIntegerField(_("levels up"), default=0, editable=False)
    visited_back_at = models.DateTimeField(_("visited back at"), null=True, editable=False)
    visit_back_note = models.CharField(_("visit-back"), max_length=300, blank=True, editable=False)
    #: Proves, with the number, that somebody without an account raised it; only its hash is kept.
    secret_hash = models.CharField(max_length=128, blank=True, editable=False)
    client_key = models.CharField(max_length=36, null=True, blank=True, unique=True, editable=False)

    objects = CaseQuerySet.as_manager()
    history = tracked(excluded_fields=["created_at", "updated_at", "secret_hash"])

    class Meta:
        verbose_name = _("service case")
        verbose_name_plural = _("service cases")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "due_at"], name="case_due"),
            models.Index(fields=["owner", "state", "due_at"], name="case_of_owner"),
            models.Index(fields=["unit", "state"], name="case_of_unit"),
            models.Index(fields=["enterprise", "-opened_at"], name="case_of_enterprise"),
            models.Index(fields=["closed_at"], name="case_closed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(enterprise__isnull=False) | ~Q(enterprise_name="") | Q(group__isnull=False)
                | Q(is_class_issue=True),
                name="case_of_somebody",
                violation_error_message=_("Say which enterprise or group it is for."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | Q(is_class_issue=False),
                name="case_class_issue_is_top",
                violation_error_message=_("A class issue cannot be part of another one."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class CaseMember(Member):
    """Who works on a case, or may see it, besides its handler."""

    guarded_parents = ("case",)

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="members", verbose_name=_("case"))

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["case", "part", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "person", "part"], name="casemember_once")]

    def __str__(self) -> str:
        return str(self.person)


class CaseHandler(BelowRecord):
    """A unit that handles a case, as the lead or beside it, with its own due time and reply; perhaps an external one."""

    guarded_parents = ("case",)

    class Part(models.TextChoices):
        LEAD = "lead", _("Lead handler")
        CO = "co", _("Co-handler")

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="handlers", verbose_name=_("case"))
    part = models.CharField(_("handles as"), max_length=4, choices=Part.choices, default=Part.LEAD)
    unit = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    external = models.ForeignKey(
        ExternalUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="handlings",
        verbose_name=_("external unit"),
    )
    person = person_field(_("person"))
    limit_days = models.PositiveSmallIntegerField(_("limit, working days"), validators=[MinValueValidator(1)])
    assigned_at = models.DateTimeField(_("dispatched at"))
    assigned_by = person_field(_("dispatched by"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("taken up at"), null=True, blank=True)
    objected_at = models.DateTimeField(_("objected at"), null=True, blank=True)
    objection = models.CharField(_("objection"), max_length=300, blank=True)
    objection_upheld = models.BooleanField(_("objection upheld"), null=True, blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    reply = models.TextField(_("reply"), blank=True)
    reply_entered_by = person_field(_("reply entered by"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_because = models.CharField(_("why it ended"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("handler of a case")
        verbose_name_plural = _("handlers of cases")
        ordering = ["case", "assigned_at", "pk"]
        indexes = [models.Index(fields=["unit", "ended_at", "replied_at"], name="casehandler_of_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, external__isnull=True) | Q(unit__isnull=True, external__isnull=False),
                name="casehandler_one_kind",
                violation_error_message=_("Choose a unit of ours or an external one, not both."),
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(part="lead", ended_at__isnull=True),
                name="casehandler_one_lead",
                violation_error_message=_("The case has a lead handler already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.unit or self.external)


class ClockSegment(BelowRecord):
    """A time during which a case's clock ran or stood still, and why; every figure is computed from these rows."""

    guarded_parents = ("case",)

    class Kind(models.TextChoices):
        RUNNING = sla.RUNNING, _("Ran")
        PAUSED = sla.PAUSED, _("Stood still")

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="segments", verbose_name=_("case"))
    round = models.PositiveSmallIntegerField(_("after so many reopenings"), default=0)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("clock segment")
        verbose_name_plural = _("clock segments")
        ordering = ["case", "round", "since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(until__isnull=True), name="clocksegment_one_open"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="clocksegment_period"
            ),
            models.CheckConstraint(
                condition=Q(kind=sla.RUNNING) | ~Q(reason=""), name="clocksegment_pause_has_reason"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.since:%Y-%m-%d %H:%M}"


class CaseEvent(BelowRecord):
    """One thing that happened to a case; never changed. What is `is_shown` the enterprise may read."""

    guarded_parents = ("case",)

    class Verb(models.TextChoices):
        SUBMITTED = "submitted", _("Raised")
        ACCEPTED = "accepted", _("Accepted for handling")
        REJECTED = "rejected", _("Not accepted")
        DISPATCHED = "dispatched", _("Dispatched")
        TAKEN_UP = "taken_up", _("Taken up")
        OBJECTED = "objected", _("Objected to the dispatch")
        OBJECTION_DECIDED = "objection_decided", _("Objection decided")
        ASKED = "asked", _("Asked the enterprise")
        ENTERPRISE_ANSWERED = "enterprise_answered", _("The enterprise answered")
        EXTENSION_ASKED = "extension_asked", _("Extension asked for")
        EXTENSION_DECIDED = "extension_decided", _("Extension decided")
        HANDLER_REPLIED = "handler_replied", _("A handler replied")
        REPLIED = "replied", _("Answered")
        RATED = "rated", _("Rated")
        CONFIRMED = "confirmed", _("Confirmed")
        CLOSED = "closed", _("Case closed")
        REOPENED = "reopened", _("Reopened one level up")
        TRANSFERRED_UP = "transferred_up", _("Transferred up")
        URGED = "urged", _("Urged")
        SUPERVISED = "supervised", _("Supervised")
        SUPERVISION_ANSWERED = "supervision_answered", _("Supervision answered")
        ESCALATED = "escalated", _("Escalated")
        VISITED_BACK = "visited_back", _("Visited back")
        GROUPED = "grouped", _("Grouped under a class issue")
        NOTE = "note", _("Note")

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="events", verbose_name=_("case"))
    verb = models.CharField(_("what"), max_length=20, choices=Verb.choices)
    from_state = models.CharField(_("from"), max_length=16, choices=CaseState.choices, blank=True)
    to_state = models.CharField(_("to"), max_length=16, choices=CaseState.choices, blank=True)
    text = models.TextField(_("text"), blank=True)
    is_shown = models.BooleanField(_("shown to the enterprise"), default=False)
    at = models.DateTimeField(_("when"))
    by = person_field(_("by"))
    door = models.CharField(_("door"), max_length=10, choices=Door.choices)

    history = tracked()

    class Meta:
        verbose_name = _("event of a case")
        verbose_name_plural = _("events of cases")
        ordering = ["case", "at", "pk"]
        indexes = [models.Index(fields=["verb", "at"], name="caseevent_of_verb")]

    def __str__(self) -> str:
        return str(self.get_verb_display())


class CaseExtension(BelowRecord):
    """More time asked for before the due time, and what was decided."""

    guarded_parents = ("case",)

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="extensions", verbose_name=_("case"))
    days = models.PositiveSmallIntegerField(
        _("working days more"), validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    why = models.CharField(_("why"), max_length=300)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = person_field(_("asked by"))
    is_granted = models.BooleanField(_("granted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = person_field(_("decided by"))

    history = tracked()

    class Meta:
        verbose_name = _("extension of a case")
        verbose_name_plural = _("extensions of cases")
        ordering = ["case", "asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(is_granted__isnull=True), name="caseextension_one_open"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case} +{self.days}"


class CaseRating(BelowRecord):
    """How content the enterprise was with an answer: five grades, and whether the matter was solved."""

    guarded_parents = ("case",)

    class Grade(models.IntegerChoices):
        VERY_CONTENT = 5, _("Very content")
        CONTENT = 4, _("Content")
        FAIRLY_CONTENT = 3, _("Fairly content")
        NOT_CONTENT = 2, _("Not content")
        NOT_AT_ALL = 1, _("Not content at all")

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="ratings", verbose_name=_("case"))
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade.choices)
    is_solved = models.BooleanField(_("was it solved?"), null=True, blank=True)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    at = models.DateTimeField(_("when"))
    round = models.PositiveSmallIntegerField(_("after so many reopenings"), default=0)
    by = person_field(_("entered by"))

    history = tracked()

    class Meta:
        verbose_name = _("rating of a case")
        verbose_name_plural = _("ratings of cases")
        ordering = ["case", "at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="caserating_once_a_round"),
            models.CheckConstraint(condition=Q(grade__gte=1, grade__lte=5), name="caserating_grade"),
        ]

    def __str__(self) -> str:
        return str(self.get_grade_display())


class Supervision(BelowRecord):
    """A leader's 督办 of a case: what is expected by when, and the written reply."""

    guarded_parents = ("case",)

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="supervisions", verbose_name=_("case"))
    instruction = models.CharField(_("instruction"), max_length=500)
    leader = person_field(_("leader"))
    given_at = models.DateTimeField(_("given at"))
    due_on = models.DateField(_("reply by"))
    reply = models.TextField(_("reply"), blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = person_field(_("replied by"))

    history = tracked()

    class Meta:
        verbose_name = _("supervision")
        verbose_name_plural = _("supervisions")
        ordering = ["case", "given_at", "pk"]

    def __str__(self) -> str:
        return self.instruction[:60]


class EscalationStep(BelowRecord):
    """A step of the ladder that was taken for a case; once each, however often the run is made."""

    guarded_parents = ("case",)

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="escalations", verbose_name=_("case"))
    after_days = models.PositiveSmallIntegerField(_("working days overdue"))
    round = models.PositiveSmallIntegerField(_("after so many reopenings"), default=0)
    at = models.DateTimeField(_("when"))

    history = tracked()

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ["case", "round", "after_days"]
        constraints = [models.UniqueConstraint(fields=["case", "round", "after_days"], name="escalationstep_once")]

    def __str__(self) -> str:
        return str(self.after_days)


class CaseFile(BelowRecord):
    """A file that belongs to a case: the enterprise's, a handler's or a letter of an external unit."""

    guarded_parents = ("case",)

    case = models.ForeignKey(ServiceCase, on_delete=models.CASCADE, related_name="files", verbose_name=_("case"))
    event = models.ForeignKey(
        CaseEvent, on_delete=models.CASCADE, null=True, blank=True, related_name="files", verbose_name=_("with")
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    file = models.FileField(_("file"), upload_to="cases/%Y/%m")
    file_name = models.CharField(_("file name"), max_length=200, editable=False)
    content_type = models.CharField(_("type"), max_length=80, editable=False)
    size = models.PositiveIntegerField(_("size, bytes"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    is_shown = models.BooleanField(_("shown to the enterprise"), default=False)
    by = person_field(_("by"), editable=False)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    history = tracked()

    class Meta:
        verbose_name = _("file of a case")
        verbose_name_plural = _("files of cases")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.title or self.file_name


def shown_events(case: Any) -> Any:
    """What the enterprise may read of a case's history, the oldest first."""
    return CaseEvent._base_manager.filter(case=case, is_shown=True).order_by("at", "pk")
