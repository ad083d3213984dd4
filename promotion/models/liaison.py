"""联企链企 and 总部对接: who looks after whom, visits, engagements with headquarters, and what they signal."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.models import CorporateGroup, Enterprise
from directory.models.enterprises import country_choices
from pinghu.accounts.models import Department
from pinghu.ledger.history import tracked
from promotion.models.base import BelowRecord, GuardedRecord, Member, PromotionRecord, person_field
from promotion.models.parties import Contact
from promotion.rules import confidentiality


class LiaisonAssignment(PromotionRecord):
    """Who looks after an enterprise, as what, from when until when."""

    class Part(models.TextChoices):
        LEADER = "leader", _("Linked leader")
        OFFICER = "officer", _("Liaison officer")
        SUBDISTRICT = "subdistrict", _("Subdistrict colleague")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="liaisons", verbose_name=_("enterprise")
    )
    person = person_field(_("person"), null=False, blank=False)
    unit = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    part = models.CharField(_("looks after it as"), max_length=12, choices=Part.choices, default=Part.OFFICER)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day; empty: goes on."))

    history = tracked()

    class Meta:
        verbose_name = _("liaison assignment")
        verbose_name_plural = _("liaison assignments")
        ordering = ["enterprise", "part", "-starts_on", "pk"]
        indexes = [models.Index(fields=["person", "ends_on"], name="liaison_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="liaison_period",
                violation_error_message=_("The assignment ends before it begins."),
            ),
            models.UniqueConstraint(
                fields=["enterprise", "person", "part"],
                condition=Q(ends_on__isnull=True),
                name="liaison_once",
                violation_error_message=_("This person looks after the enterprise already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.enterprise}"


class Visit(GuardedRecord):
    """A visit to an enterprise (走访): who, when, what was seen. What is wrong becomes a case."""

    member_model: ClassVar[str] = "VisitMember"
    member_field: ClassVar[str] = "visit"
    subject: ClassVar[str] = confidentiality.SERVICE

    class Manner(models.TextChoices):
        ON_SITE = "on_site", _("On site")
        PHONE = "phone", _("By phone")
        HOSTED = "hosted", _("They came to us")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="visits", verbose_name=_("enterprise")
    )
    on = models.DateField(_("on"))
    manner = models.CharField(_("how"), max_length=8, choices=Manner.choices, default=Manner.ON_SITE)
    seen = models.TextField(_("what was seen and said"))
    met = models.CharField(_("whom one met"), max_length=200, blank=True, help_text=_("Business roles, not names."))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="visits", verbose_name=_("contact")
    )
    with_leader = person_field(_("with the leader"))
    is_quiet = models.BooleanField(_("nothing is wrong"), default=False)
    client_key = models.CharField(max_length=36, null=True, blank=True, unique=True, editable=False)

    history = tracked()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["enterprise", "-on"], name="visit_of_enterprise")]

    def __str__(self) -> str:
        return f"{self.on} · {self.enterprise}"


class VisitMember(Member):
    """Who came along."""

    guarded_parents = ("visit",)

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="members", verbose_name=_("visit"))

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["visit", "part", "pk"]
        constraints = [models.UniqueConstraint(fields=["visit", "person", "part"], name="visitmember_once")]

    def __str__(self) -> str:
        return str(self.person)


class HeadquartersPlan(PromotionRecord):
    """How often a group's headquarters is to be engaged in a year, and who sees to it."""

    group = models.ForeignKey(
        CorporateGroup, on_delete=models.PROTECT, related_name="headquarters_plans", verbose_name=_("group")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    engagements = models.PositiveSmallIntegerField(_("engagements planned"), default=1)
    owner = person_field(_("officer in charge"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("headquarters plan")
        verbose_name_plural = _("headquarters plans")
        ordering = ["-year", "group"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "year"],
                name="headquartersplan_once",
                violation_error_message=_("This group has a plan for the year already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} · {self.group}"


class HeadquartersEngagement(GuardedRecord):
    """A meeting or exchange with a group's headquarters (总部对接)."""

    member_model: ClassVar[str] = "EngagementMember"
    member_field: ClassVar[str] = "engagement"
    subject: ClassVar[str] = confidentiality.SERVICE

    class Manner(models.TextChoices):
        VISIT = "visit", _("We visited them")
        HOSTED = "hosted", _("They visited us")
        VIDEO = "video", _("Video meeting")
        LETTER = "letter", _("Letter")
        ROUND_TABLE = "round_table", _("Round table")

    class HeadquartersLevel(models.TextChoices):
        GLOBAL = "global", _("Global headquarters")
        REGIONAL = "regional", _("Regional headquarters")
        CHINA = "china", _("China headquarters")

    group = models.ForeignKey(
        CorporateGroup, on_delete=models.PROTECT, related_name="engagements", verbose_name=_("group")
    )
    headquarters = models.CharField(
        _("level of headquarters"), max_length=8, choices=HeadquartersLevel.choices, default=HeadquartersLevel.GLOBAL
    )
    manner = models.CharField(_("how"), max_length=12, choices=Manner.choices)
    on = models.DateField(_("on"))
    place = models.CharField(_("venue"), max_length=120, blank=True)
    country = models.CharField(_("country or region"), max_length=2, blank=True, choices=country_choices)
    topics = models.TextField(_("topics"))
    attendees = models.CharField(
        _("attendees by role"), max_length=500, blank=True, help_text=_("Business roles, not names.")
    )

    history = tracked()

    class Meta:
        verbose_name = _("headquarters engagement")
        verbose_name_plural = _("headquarters engagements")
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.on} · {self.group}"


class EngagementMember(Member):
    """Who of ours took part."""

    guarded_parents = ("engagement",)

    engagement = models.ForeignKey(
        HeadquartersEngagement, on_delete=models.CASCADE, related_name="members", verbose_name=_("engagement")
    )

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["engagement", "part", "pk"]
        constraints = [models.UniqueConstraint(fields=["engagement", "person", "part"], name="engagementmember_once")]

    def __str__(self) -> str:
        return str(self.person)


class EngagementPromise(BelowRecord):
    """What was promised at an engagement, by whom, until when."""

    guarded_parents = ("engagement",)

    class Side(models.TextChoices):
        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("Theirs")

    engagement = models.ForeignKey(
        HeadquartersEngagement, on_delete=models.CASCADE, related_name="promises", verbose_name=_("engagement")
    )
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    text = models.CharField(_("what was promised"), max_length=300)
    person = person_field(_("officer in charge"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("promise of an engagement")
        verbose_name_plural = _("promises of engagements")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["person", "done_on", "due_on"], name="promise_of_person")]

    def clean(self) -> None:
        """What we promised stands in somebody's day until it is kept: it needs that person and a day."""
        if self.side == self.Side.OURS and self.done_on is None:
            missing = {}
            if self.person_id is None:
                missing["person"] = _("Say who sees to it: it stands in their day.")
            if self.due_on is None:
                missing["due_on"] = _("Say by when: it stands in their day.")
            if missing:
                raise ValidationError(missing)

    def __str__(self) -> str:
        return self.text[:60]


class IntentSignal(GuardedRecord):
    """A sign that a group or enterprise means to grow here, or to leave."""

    member_model: ClassVar[str] = "SignalMember"
    member_field: ClassVar[str] = "signal"
    subject: ClassVar[str] = confidentiality.SERVICE

    class Kind(models.TextChoices):
        EXPANSION = "expansion", _("Expansion")
        NEW_LINE = "new_line", _("New line")
        RESEARCH = "research", _("Research here")
        REGIONAL_HEADQUARTERS = "regional_headquarters", _("Regional headquarters")
        REDUCTION = "reduction", _("Reduction")
        WITHDRAWAL = "withdrawal", _("Withdrawal")

    class Strength(models.TextChoices):
        WEAK = "weak", _("Weak")
        CLEAR = "clear", pgettext_lazy("strength of a signal", "Clear")
        STRONG = "strong", _("Strong")

    kind = models.CharField(_("kind"), max_length=22, choices=Kind.choices)
    strength = models.CharField(_("strength"), max_length=6, choices=Strength.choices, default=Strength.WEAK)
    on = models.DateField(_("noticed on"))
    source = models.CharField(_("source"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    group = models.ForeignKey(
        CorporateGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="signals", verbose_name=_("group")
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signals",
        verbose_name=_("enterprise"),
    )
    engagement = models.ForeignKey(
        HeadquartersEngagement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signals",
        verbose_name=_("engagement"),
    )
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="signals", verbose_name=_("visit")
    )
    lead = models.ForeignKey(
        "promotion.Lead",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signals",
        editable=False,
        verbose_name=_("became the lead"),
    )
    case = models.ForeignKey(
        "promotion.ServiceCase",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signals",
        editable=False,
        verbose_name=_("became the case"),
    )

    history = tracked()

    class Meta:
        verbose_name = _("intent signal")
        verbose_name_plural = _("intent signals")
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.group or self.enterprise}"

    def clean(self) -> None:
        """A signal is somebody's."""
        if self.group_id is None and self.enterprise_id is None:
            raise ValidationError(_("Say whose signal it is: a group or an enterprise."))


class SignalMember(Member):
    """Who may see a signal besides its owner."""

    guarded_parents = ("signal",)

    signal = models.ForeignKey(IntentSignal, on_delete=models.CASCADE, related_name="members", verbose_name=_("signal"))

    history = tracked()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["signal", "part", "pk"]
        constraints = [models.UniqueConstraint(fields=["signal", "person", "part"], name="signalmember_once")]

    def __str__(self) -> str:
        return str(self.person)


def current(rows: Any, day: Any) -> Any:
    """Assignments that hold on a day."""
    return rows.filter(starts_on__lte=day).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))
