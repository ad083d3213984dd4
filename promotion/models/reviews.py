"""What a project must meet and what was promised: standards, reviews, commitments on both sides."""

import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pinghu.ledger.history import tracked
from promotion.models.base import BelowQuerySet, BelowRecord, PromotionRecord, currency_field, money_field, person_field
from promotion.models.projects import InvestmentProject, Track
from promotion.rules import admission, commitments


class AdmissionStandard(PromotionRecord):
    """One threshold that a project must meet, from a day on; figures are the zone's own rows."""

    class Indicator(models.TextChoices):
        INVESTMENT_PER_MU = "investment_per_mu", _("Fixed assets per mu, 万元")
        OUTPUT_PER_MU = "output_per_mu", _("Output per mu, 万元")
        TAX_PER_MU = "tax_per_mu", _("Tax per mu, 万元")
        PLOT_RATIO = "plot_ratio", _("Plot ratio")
        ENERGY = "energy", _("Energy a year, t of standard coal")

    class Operator(models.TextChoices):
        AT_LEAST = admission.AT_LEAST, "≥"
        MORE_THAN = admission.MORE_THAN, ">"
        AT_MOST = admission.AT_MOST, "≤"
        LESS_THAN = admission.LESS_THAN, "<"

    indicator = models.CharField(_("indicator"), max_length=20, choices=Indicator.choices)
    operator = models.CharField(_("operator"), max_length=2, choices=Operator.choices, default=Operator.AT_LEAST)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2)
    track = models.CharField(_("track"), max_length=20, choices=Track.choices, blank=True)
    industry_code = models.CharField(_("industry, GB/T 4754"), max_length=5, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)

    history = tracked()

    class Meta:
        verbose_name = _("admission standard")
        verbose_name_plural = _("admission standards")
        ordering = ["indicator", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="admissionstandard_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_indicator_display()} {self.get_operator_display()} {self.value}"

    def standard(self) -> admission.Standard:
        return admission.Standard(
            indicator=self.indicator,
            operator=self.operator,
            value=self.value,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            tracks=frozenset({self.track} if self.track else ()),
            industries=frozenset({self.industry_code} if self.industry_code else ()),
            key=self.pk,
        )


class Outcome(models.TextChoices):
    PENDING = "pending", _("Pending")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")
    WAIVED = "waived", _("Waived, with reason")


class ProjectReview(BelowRecord):
    """One review of a project: admission, fair competition, environment, safety, energy, land."""

    guarded_parents = ("project",)

    class Kind(models.TextChoices):
        ADMISSION = "admission", _("Admission")
        FAIR_COMPETITION = "fair_competition", _("Fair competition")
        ENVIRONMENT = "environment", _("Environment")
        SAFETY = "safety", _("Safety")
        ENERGY = "energy", _("Energy")
        LAND_PLAN = "land_plan", _("Land plan")

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("project")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.PENDING)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = person_field(_("decided by"))
    conditions = models.TextField(_("conditions"), blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    waived_indicators = models.JSONField(_("waived indicators"), default=list, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("project review")
        verbose_name_plural = _("project reviews")
        ordering = ["project", "kind", "-decided_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="pending") | Q(decided_on__isnull=False),
                name="projectreview_decided",
                violation_error_message=_("Say on which day it was decided."),
            ),
            models.CheckConstraint(
                condition=~Q(outcome="waived") | ~Q(reason=""),
                name="projectreview_waived_why",
                violation_error_message=_("A waiver needs its reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_outcome_display()}"


class CommitmentQuerySet(BelowQuerySet):
    def kept(self) -> Self:
        """Fulfilled whole: `rules.commitments.is_kept`, in SQL."""
        whole = Q(amount__isnull=True) | Q(fulfilled_amount__isnull=True) | Q(fulfilled_amount__gte=F("amount"))
        return self.filter(whole, fulfilled_on__isnull=False)

    def unkept(self) -> Self:
        part = Q(amount__isnull=False, fulfilled_amount__isnull=False, fulfilled_amount__lt=F("amount"))
        return self.filter(Q(fulfilled_on__isnull=True) | part)

    def overdue(self, day: datetime.date) -> Self:
        return self.unkept().filter(due_on__lt=day)

    def due_soon(self, day: datetime.date) -> Self:
        until = day + datetime.timedelta(days=commitments.WARNING_DAYS)
        return self.unkept().filter(due_on__range=(day, until))


class Commitment(BelowRecord):
    """A promise, theirs or the government's. The government's must pass the fair-competition review before signing."""

    guarded_parents = ("project",)

    class Side(models.TextChoices):
        INVESTOR = "investor", _("The investor's")
        GOVERNMENT = "government", _("The government's")

    project = models.ForeignKey(
        InvestmentProject, on_delete=models.PROTECT, related_name="commitments", verbose_name=_("project")
    )
    side = models.CharField(_("whose"), max_length=10, choices=Side.choices)
    text = models.CharField(_("what is promised"), max_length=300)
    indicator = models.CharField(
        _("indicator"),
        max_length=20,
        blank=True,
        choices=[
            ("investment", _("Investment")),
            ("output", _("Output")),
            ("tax", _("Tax")),
            ("jobs", _("Jobs created")),
        ],
    )
    year = models.PositiveSmallIntegerField(_("for the year"), null=True, blank=True)
    amount = money_field(_("amount"))
    currency = currency_field()
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    approver = models.CharField(_("approved by"), max_length=120, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    fair_competition = models.CharField(
        _("fair-competition review"), max_length=8, choices=Outcome.choices, default=Outcome.PENDING
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    fulfilled_on = models.DateField(_("fulfilled on"), null=True, blank=True)
    fulfilled_amount = money_field(_("amount fulfilled"))
    clawback_amount = money_field(_("amount clawed back"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = CommitmentQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["project", "side", "due_on", "pk"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_money(self) -> bool:
        """Whether its amount is one of money; jobs are counted."""
        return self.indicator != "jobs"

    def state_on(self, day: datetime.date) -> str:
        """How it stands on a day: `rules.commitments`."""
        return commitments.state_on(
            day,
            due_on=self.due_on,
            amount=self.amount,
            fulfilled_on=self.fulfilled_on,
            fulfilled_amount=self.fulfilled_amount,
        )
