"""Whom we talk to: counterparts outside the zone, the activities where we met, and their contact persons."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models import CorporateGroup, Enterprise
from directory.models.base import local_name
from directory.models.enterprises import country_choices
from pinghu.accounts.models import Department
from pinghu.ledger.history import tracked
from promotion.models.base import (
    BelowRecord,
    GuardedRecord,
    Member,
    PromotionRecord,
    currency_field,
    money_field,
    person_field,
)
from promotion.rules.personal_data import MASK, has_identity_number


class LeadChannel(PromotionRecord):
    """How leads come to the zone (线索来源). The zone may add its own."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    needs_referrer = models.BooleanField(_("asks for a referrer"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    history = tracked()

    class Meta:
        verbose_name = _("lead channel")
        verbose_name_plural = _("lead channels")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return local_name(self)


class PromotionActivity(PromotionRecord):
    """A fair (展会), a presentation (推介会), a delegation (出访团组): where leads are met."""

    class Kind(models.TextChoices):
        FAIR = "fair", _("Fair")
        PRESENTATION = "presentation", _("Presentation")
        DELEGATION = "delegation", _("Delegation")
        HOSTED_VISIT = "hosted_visit", _("Hosted visit")
        ROUND_TABLE = "round_table", _("Round table")

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    place = models.CharField(_("venue"), max_length=100, blank=True)
    country = models.CharField(_("country or region"), max_length=2, blank=True, choices=country_choices)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    unit = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    cost = money_field(_("cost"))
    currency = currency_field()
    note = models.TextField(_("note"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("promotion activity")
        verbose_name_plural = _("promotion activities")
        ordering = ["-starts_on", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="activity_period",
                violation_error_message=_("The activity ends before it begins."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Counterpart(GuardedRecord):
    """An investor, intermediary, chamber or fund outside the zone (客商), known over the years."""

    member_model: ClassVar[str] = "CounterpartMember"
    member_field: ClassVar[str] = "counterpart"

    class Kind(models.TextChoices):
        INVESTOR = "investor", _("Investor")
        INTERMEDIARY = "intermediary", _("Intermediary")
        CHAMBER = "chamber", _("Chamber or association")
        FUND = "fund", _("Fund")
        GOVERNMENT = "government", _("Public body")

    number = models.CharField(_("number"), max_length=12, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, editable=False, blank=True, db_index=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.INVESTOR)
    uscc = models.CharField(_("credit code"), max_length=18, blank=True, db_index=True)
    country = models.CharField(_("country or region"), max_length=2, blank=True, choices=country_choices)
    group = models.ForeignKey(
        CorporateGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="counterparts",
        verbose_name=_("group"),
    )
    business = models.CharField(_("what they do"), max_length=300, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("counterpart")
        verbose_name_plural = _("counterparts")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return local_name(self)


class CounterpartMember(Member):
    """Who works with a counterpart besides its owner."""

    guarded_parents = ("counterpart",)

    counterpart = models.ForeignKey(
        Counterpart, on_delete=models.CASCADE, related_name="members", verbose_name=_("counterpart")
    )

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["counterpart", "part", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["counterpart", "person", "part"], name="counterpartmember_once"),
        ]

    def __str__(self) -> str:
        return str(self.person)


class Contact(BelowRecord):
    """A person at a firm, in their business role only (PIPL: minimum data, stated purpose).

    One that was anonymised keeps its row, so that what hangs on it stands, and nothing of the person.
    """

    guarded_parents = ("counterpart", "lead", "project")
    #: What says who it is: gone, in history too, once the person is anonymised.
    PERSONAL: ClassVar[tuple[str, ...]] = ("name", "job_title", "phone", "email", "language")

    class Purpose(models.TextChoices):
        PROMOTION = "promotion", _("Investment talks")
        SERVICE = "service", _("Service for the enterprise")
        LIAISON = "liaison", _("Headquarters liaison")

    name = models.CharField(_("name"), max_length=80)
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    organisation = models.CharField(_("works for"), max_length=200, blank=True)
    phone = models.CharField(_("business phone"), max_length=40, blank=True)
    email = models.EmailField(_("business e-mail"), blank=True)
    language = models.CharField(_("speaks"), max_length=60, blank=True)
    purpose = models.CharField(
        _("purpose"),
        max_length=12,
        choices=Purpose.choices,
        default=Purpose.PROMOTION,
        help_text=_("Why this person's data is kept. No identity numbers, home addresses or birthdays."),
    )
    counterpart = models.ForeignKey(
        Counterpart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("counterpart"),
    )
    lead = models.ForeignKey(
        "promotion.Lead",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("lead"),
    )
    project = models.ForeignKey(
        "promotion.InvestmentProject",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("project"),
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("enterprise"),
    )
    group = models.ForeignKey(
        CorporateGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("group"),
    )
    last_contact_on = models.DateField(_("last contact"), null=True, blank=True, editable=False)
    anonymised_at = models.DateTimeField(_("anonymised at"), null=True, blank=True, editable=False)

    history = tracked()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        if self.anonymised_at is not None:
            return str(_("anonymised person"))
        return f"{self.name} · {self.job_title}" if self.job_title else self.name

    def clean(self) -> None:
        """A contact stands with somebody, in a business role; who was anonymised does not come back."""
        if self.anonymised_at is not None and self.personal_data != anonymous():
            raise ValidationError(_("This person was anonymised. Enter a new contact instead."))
        for name in (*self.PERSONAL, "organisation"):
            if has_identity_number(getattr(self, name)):
                raise ValidationError({name: _("An identity number does not belong here: leave it out.")})
        if not any((self.counterpart_id, self.lead_id, self.project_id, self.enterprise_id, self.group_id)):
            raise ValidationError(
                _("Say for whom this person works: a counterpart, lead, project, enterprise or group.")
            )

    @property
    def personal_data(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.PERSONAL}


def anonymous() -> dict[str, str]:
    """What stands in a contact's personal columns once they are anonymised."""
    return {**dict.fromkeys(Contact.PERSONAL, ""), "name": MASK}


class Interaction(BelowRecord):
    """One talk, visit or message: what happened, and the next step with its date or why there is none."""

    guarded_parents = ("counterpart", "lead", "project")

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MESSAGE = "message", _("Message")
        VIDEO = "video", _("Video meeting")
        MEETING = "meeting", _("Meeting")
        VISIT = "visit", _("We visited them")
        HOSTED = "hosted", _("They visited us")
        INTERNAL = "internal", _("Internal step")

    #: Kinds that renew a claim: a talk with the other side, not a note to oneself.
    SUBSTANTIVE = (Kind.CALL, Kind.VIDEO, Kind.MEETING, Kind.VISIT, Kind.HOSTED)
    #: Kinds that the gate counts as a meeting record.
    MEETINGS = (Kind.VIDEO, Kind.MEETING, Kind.VISIT, Kind.HOSTED)

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.CALL)
    at = models.DateTimeField(_("when"))
    by = person_field(_("by"), null=False, blank=False)
    happened = models.TextField(_("what happened"))
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_on = models.DateField(_("next step by"), null=True, blank=True)
    none_because = models.CharField(_("no next step, because"), max_length=200, blank=True)
    lead = models.ForeignKey(
        "promotion.Lead",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=_("lead"),
    )
    project = models.ForeignKey(
        "promotion.InvestmentProject",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=_("project"),
    )
    counterpart = models.ForeignKey(
        Counterpart,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=_("counterpart"),
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=_("enterprise"),
    )
    activity = models.ForeignKey(
        PromotionActivity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=_("activity"),
    )
    client_key = models.CharField(max_length=36, null=True, blank=True, unique=True, editable=False)

    history = tracked()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=False)
                | Q(project__isnull=False)
                | Q(counterpart__isnull=False)
                | Q(enterprise__isnull=False),
                name="interaction_with_somebody",
                violation_error_message=_("Choose what this follow-up belongs to."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.happened[:40]}"
