"""Leads (招商线索): first information about somebody who may invest, and whose it is (首报首谈)."""

import datetime
from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import ChainSegment, CorporateGroup, Enterprise, IndustryChain
from directory.models.base import local_name
from directory.models.enterprises import country_choices
from pinghu.accounts.models import Department
from pinghu.ledger.history import tracked
from promotion.models.base import (
    BelowRecord,
    GuardedQuerySet,
    GuardedRecord,
    Member,
    PromotionQuerySet,
    PromotionRecord,
    area_field,
    currency_field,
    hangs_on_confidential,
    money_field,
    person_field,
)
from promotion.models.parties import Counterpart, LeadChannel, PromotionActivity


class LeadQuerySet(GuardedQuerySet):
    def open(self) -> Self:
        return self.filter(status__in=Lead.OPEN)

    def due_by(self, day: datetime.date) -> Self:
        """With a next step promised for that day or before."""
        return self.open().filter(next_on__lte=day)


class Lead(GuardedRecord):
    """Somebody who may invest here, from the first name heard until it becomes a project or is closed."""

    member_model: ClassVar[str] = "LeadMember"
    member_field: ClassVar[str] = "lead"
    #: Filled before the first report counts: who, where from, what, through which channel.
    MANDATORY: ClassVar[tuple[str, ...]] = ("name", "origin", "business", "channel", "owner", "unit")

    class Status(models.TextChoices):
        NEW = "new", _("New lead")
        SCREENED = "screened", _("Screened")
        CONVERTED = "converted", _("Became a project")
        CLOSED = "closed", _("Lead closed")

    OPEN: ClassVar[tuple[str, ...]] = (Status.NEW, Status.SCREENED)

    class SpaceKind(models.TextChoices):
        NONE = "none", _("None")
        LAND = "land", _("Land")
        PLANT = "plant", _("Plant")
        OFFICE = "office", _("Office or laboratory")

    class CloseReason(models.TextChoices):
        NO_INTEREST = "no_interest", _("They are not interested")
        NOT_FITTING = "not_fitting", _("Does not fit the zone")
        WENT_ELSEWHERE = "went_elsewhere", _("Went to another place")
        DUPLICATE = "duplicate", _("The same as another lead")
        NOT_REAL = "not_real", _("Not a real intention")

    number = models.CharField(_("number"), max_length=12, unique=True, editable=False)
    name = models.CharField(_("who"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, editable=False, blank=True, db_index=True)
    uscc = models.CharField(_("credit code"), max_length=18, blank=True, db_index=True)
    origin = models.CharField(_("where from"), max_length=100, blank=True)
    country = models.CharField(_("country or region"), max_length=2, blank=True, choices=country_choices)
    business = models.CharField(_("what"), max_length=300, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.NEW, editable=False)
    channel = models.ForeignKey(
        LeadChannel, on_delete=models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("channel")
    )
    activity = models.ForeignKey(
        PromotionActivity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("activity"),
    )
    referrer = models.CharField(_("referrer"), max_length=120, blank=True)
    referring_enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="referred_leads",
        verbose_name=_("referring enterprise"),
    )
    counterpart = models.ForeignKey(
        Counterpart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("counterpart"),
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("enterprise here"),
        help_text=_("Where an enterprise that is here already wants to expand."),
    )
    group = models.ForeignKey(
        CorporateGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("group")
    )
    chain = models.ForeignKey(
        IndustryChain, on_delete=models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("chain")
    )
    segment = models.ForeignKey(
        ChainSegment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("segment it would fill"),
    )
    intended_investment = money_field(_("intended investment"))
    currency = currency_field()
    space_kind = models.CharField(_("space wanted"), max_length=6, choices=SpaceKind.choices, default=SpaceKind.NONE)
    space_m2 = area_field(_("space wanted, m²"))
    detail = models.TextField(_("detail"), blank=True)
    is_long_term = models.BooleanField(
        _("long-term tracking"), default=False, help_text=_("Silence neither reminds nor releases (长期跟踪).")
    )
    # Kept by services.
    complete_at = models.DateTimeField(_("complete since"), null=True, blank=True, editable=False)
    screened_on = models.DateField(_("screened on"), null=True, blank=True, editable=False)
    screening_note = models.TextField(_("screening note"), blank=True, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    close_reason = models.CharField(
        _("why closed"), max_length=14, choices=CloseReason.choices, blank=True, editable=False
    )
    close_note = models.CharField(_("note on closing"), max_length=300, blank=True, editable=False)
    next_step = models.CharField(_("next step"), max_length=200, blank=True, editable=False)
    next_on = models.DateField(_("next step by"), null=True, blank=True, editable=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)
    client_key = models.CharField(max_length=36, null=True, blank=True, unique=True, editable=False)

    objects = LeadQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "status", "next_on"], name="lead_of_owner"),
            models.Index(fields=["status", "next_on"], name="lead_due"),
            models.Index(fields=["unit", "status"], name="lead_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {local_name(self)}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class LeadMember(Member):
    """Who works on a lead besides its owner."""

    guarded_parents = ("lead",)

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="members", verbose_name=_("lead"))

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["lead", "part", "pk"]
        constraints = [models.UniqueConstraint(fields=["lead", "person", "part"], name="leadmember_once")]

    def __str__(self) -> str:
        return str(self.person)


class ClaimPolicy(PromotionRecord):
    """The periods of first report, first talk from a day on: days of protection, of silence, of grace."""

    effective_from = models.DateField(_("effective from"), unique=True)
    protection_days = models.PositiveSmallIntegerField(_("protection, days"), default=90)
    warning_days = models.PositiveSmallIntegerField(_("warning before its end, days"), default=14)
    silence_days = models.PositiveSmallIntegerField(_("silence until the owner is reminded, days"), default=30)
    grace_days = models.PositiveSmallIntegerField(_("from then until the manager is asked, days"), default=7)
    releases_by_itself = models.BooleanField(_("releases by itself"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("claim periods")
        verbose_name_plural = _("claim periods")
        ordering = ["-effective_from"]

    def __str__(self) -> str:
        return str(self.effective_from)


class LeadClaim(BelowRecord):
    """One unit's claim on a lead: who reported it when, and how it ended. Later reporters keep theirs."""

    guarded_parents = ("lead",)

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="claims", verbose_name=_("lead"))
    unit = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    reporter = person_field(_("reported by"), null=False, blank=False)
    reported_at = models.DateTimeField(_("reported at"))
    complete_at = models.DateTimeField(_("complete since"), null=True, blank=True)
    extended_until = models.DateField(_("extended until"), null=True, blank=True)
    first_talker = person_field(_("talked first"))
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    overruled_at = models.DateTimeField(_("overruled at"), null=True, blank=True)
    ended_because = models.CharField(_("why it ended"), max_length=300, blank=True)
    reminded_at = models.DateTimeField(_("owner reminded at"), null=True, blank=True)
    manager_asked_at = models.DateTimeField(_("manager asked at"), null=True, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("claim on a lead")
        verbose_name_plural = _("claims on leads")
        ordering = ["reported_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "unit"],
                condition=Q(released_at__isnull=True, overruled_at__isnull=True),
                name="leadclaim_standing_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead} · {self.unit}"


class ClaimDispute(BelowRecord):
    """Two units say the lead is theirs; the promotion manager decides with a reason."""

    guarded_parents = ("lead",)

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("lead"))
    raised_by = person_field(_("raised by"), null=False, blank=False)
    raised_at = models.DateTimeField(_("raised at"))
    unit = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    reason = models.TextField(_("what they say"))
    decided_by = person_field(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision = models.CharField(_("ruling"), max_length=500, blank=True)
    awarded_to = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("goes to")
    )

    history = tracked()

    class Meta:
        verbose_name = _("dispute about a lead")
        verbose_name_plural = _("disputes about leads")
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"],
                condition=Q(decided_at__isnull=True),
                name="claimdispute_one_open",
                violation_error_message=_("A dispute about this lead is open already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead} · {self.unit}"


class CreditShare(BelowRecord):
    """Which unit gets what share of the credit for a lead or what became of it; together 100 %."""

    guarded_parents = ("lead",)

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="credit_shares", verbose_name=_("lead"))
    unit = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    percent = models.DecimalField(
        _("share of the credit, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    history = tracked()

    class Meta:
        verbose_name = _("credit share")
        verbose_name_plural = _("credit shares")
        ordering = ["lead", "-percent", "pk"]
        constraints = [models.UniqueConstraint(fields=["lead", "unit"], name="creditshare_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.percent} %"


class JoinRequestQuerySet(PromotionQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own, and those about leads that one sees whole."""
        mine = Q(by=getattr(user, "pk", None)) | Q(lead__in=Lead.objects.visible_to(user).order_by().values("pk"))
        return self.filter(mine) if getattr(user, "has_staff_role", False) else self.none()


class JoinRequest(PromotionRecord):
    """Somebody found that a colleague has the lead already and asks to join. Seen by both, the manager decides too."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Agreed")
        REFUSED = "refused", _("Declined")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="join_requests", verbose_name=_("lead"))
    by = person_field(_("asked by"), null=False, blank=False)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.PENDING)
    decided_by = person_field(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = JoinRequestQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["lead", "by"], condition=Q(status="pending"), name="joinrequest_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.by}"

    def is_confidential(self) -> bool:
        return hangs_on_confidential(self, ("lead",))
