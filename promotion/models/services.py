"""The "1+3+N" enterprise service system as data, and what its clocks and desks read: kinds, limits, hours, templates."""

import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from directory.models import IndustryChain
from directory.models.base import local_name
from pinghu.accounts.models import Department
from pinghu.ledger.history import tracked
from promotion.models.base import PromotionQuerySet, PromotionRecord
from promotion.rules import working_time


class ServiceSystemQuerySet(PromotionQuerySet):
    def published(self) -> Self:
        return self.all()

    def in_force(self, day: datetime.date) -> Any:
        """The version that holds on a day; None before the first."""
        return self.filter(effective_from__lte=day).order_by("-effective_from").first()


class ServiceSystem(PromotionRecord):
    """One version of the zone's enterprise service system (涉企服务体系). Cases keep the version they began with."""

    formula = models.CharField(_("formula"), max_length=20, default="1+3+N")
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    effective_from = models.DateField(_("effective from"), unique=True)
    description = models.TextField(_("explanation"), blank=True)
    description_en = models.TextField(_("explanation in English"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    source_quote = models.TextField(_("what the source says"), blank=True)

    objects = ServiceSystemQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("service system")
        verbose_name_plural = _("service systems")
        ordering = ["-effective_from"]

    def __str__(self) -> str:
        return f"{self.formula} · {local_name(self)}"


class ServicePillar(PromotionRecord):
    """One part of a version: the core brand, a mechanism or a platform."""

    class Layer(models.TextChoices):
        CORE = "core", _("Core")
        MECHANISM = "mechanism", _("Mechanism")
        PLATFORM = "platform", _("Platform")

    #: Codes that services ask for.
    CLOSED_LOOP = "closed_loop"
    HEADQUARTERS_LIAISON = "headquarters_liaison"
    CHAIN_COLLABORATION = "chain_collaboration"

    system = models.ForeignKey(
        ServiceSystem, on_delete=models.PROTECT, related_name="pillars", verbose_name=_("service system")
    )
    layer = models.CharField(_("layer"), max_length=10, choices=Layer.choices)
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    owner = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit in charge")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    definition = models.TextField(_("definition"), blank=True, help_text=_("Empty until the zone says what it means."))
    definition_en = models.TextField(_("definition in English"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = ServiceSystemQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("service pillar")
        verbose_name_plural = _("service pillars")
        ordering = ["system", "layer", "order", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "code"],
                name="servicepillar_once",
                violation_error_message=_("This version has a pillar of this code already."),
            )
        ]

    def __str__(self) -> str:
        return local_name(self)


class Complexity(models.TextChoices):
    """How long a case may take; the limits themselves are rows."""

    CONSULTATION = "consultation", _("Consultation")
    NORMAL = "normal", _("Normal")
    COMPLEX = "complex", _("Complex")


class CaseKind(PromotionRecord):
    """What a case is about, from the zone's own list (诉求分类)."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    default_complexity = models.CharField(
        _("usually"), max_length=12, choices=Complexity.choices, default=Complexity.NORMAL
    )
    is_active = models.BooleanField(_("in use"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects = ServiceSystemQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("kind of case")
        verbose_name_plural = _("kinds of case")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return local_name(self)


class CaseLimit(PromotionRecord):
    """How much working time a case has from a day on, by complexity and perhaps by kind (null = every kind)."""

    kind = models.ForeignKey(
        CaseKind, on_delete=models.PROTECT, null=True, blank=True, related_name="limits", verbose_name=_("kind")
    )
    complexity = models.CharField(_("complexity"), max_length=12, choices=Complexity.choices)
    effective_from = models.DateField(_("effective from"))
    accept_days = models.PositiveSmallIntegerField(
        _("accepted within, working days"), default=1, validators=[MinValueValidator(1)]
    )
    resolve_days = models.PositiveSmallIntegerField(
        _("answered within, working days"), validators=[MinValueValidator(1), MaxValueValidator(250)]
    )
    source = models.CharField(_("source"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("time limit of cases")
        verbose_name_plural = _("time limits of cases")
        ordering = ["kind", "complexity", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("kind", 0),
                "complexity",
                "effective_from",
                name="caselimit_once",
                violation_error_message=_("There is a limit for this from that day already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind or '*'} · {self.get_complexity_display()} · {self.resolve_days}"


class CasePolicy(PromotionRecord):
    """How cases are watched from a day on: warning, urging, extension, escalation, reopening."""

    effective_from = models.DateField(_("effective from"), unique=True)
    yellow_percent = models.PositiveSmallIntegerField(
        _("yellow after so many per cent of the time"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
    )
    urge_gap_days = models.PositiveSmallIntegerField(_("between two urges, working days"), default=1)
    urges_at_most = models.PositiveSmallIntegerField(_("urges at most"), default=3)
    objection_days = models.PositiveSmallIntegerField(_("objection to a dispatch within, working days"), default=1)
    extensions_at_most = models.PositiveSmallIntegerField(_("extensions at most"), default=1)
    extension_before_days = models.PositiveSmallIntegerField(
        _("extension asked for before due, working days"), default=1
    )
    escalate_after_days = models.JSONField(
        _("escalation after, working days overdue"),
        default=list,
        help_text=_("Three steps: handler, leader too, new handler asked for. For example [3, 5, 7]."),
    )
    reopenings_at_most = models.PositiveSmallIntegerField(_("reopened at most"), default=2)
    source = models.CharField(_("source"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("rules for cases")
        verbose_name_plural = _("rules for cases")
        ordering = ["-effective_from"]

    def __str__(self) -> str:
        return str(self.effective_from)


class OfficeHours(PromotionRecord):
    """One interval of a working day; several a day leave the lunch break out. None = the rule's own hours."""

    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))

    history = tracked()

    class Meta:
        verbose_name = _("office hours")
        verbose_name_plural = _("office hours")
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="officehours_period",
                violation_error_message=_("The interval ends before it begins."),
            ),
            models.UniqueConstraint(fields=["starts"], name="officehours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"

    @property
    def interval(self) -> working_time.Interval:
        return self.starts, self.ends


class ExternalUnit(PromotionRecord):
    """A unit without an account here that handles cases (税务, 供电): the coordinator enters its replies."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    phone = models.CharField(_("office phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("external unit")
        verbose_name_plural = _("external units")
        ordering = ["name"]

    def __str__(self) -> str:
        return local_name(self)


class ChainTaskForce(PromotionRecord):
    """The unit that a chain-wide matter goes to (产业链专班): a class issue of the chain is dispatched there."""

    chain = models.OneToOneField(
        IndustryChain, on_delete=models.PROTECT, related_name="task_force", verbose_name=_("chain")
    )
    unit = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="chain_task_forces", verbose_name=_("unit")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("chain task force")
        verbose_name_plural = _("chain task forces")
        ordering = ["chain"]

    def __str__(self) -> str:
        return f"{self.chain} · {self.unit}"


class ReplyTemplate(PromotionRecord):
    """A text that answers what is asked again and again."""

    kind = models.ForeignKey(
        CaseKind, on_delete=models.PROTECT, null=True, blank=True, related_name="templates", verbose_name=_("kind")
    )
    name = models.CharField(_("name"), max_length=80)
    text = models.TextField(_("text"))
    is_active = models.BooleanField(_("in use"), default=True)

    history = tracked()

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["kind", "name", "pk"]

    def __str__(self) -> str:
        return self.name
