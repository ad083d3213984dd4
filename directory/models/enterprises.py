"""Enterprises: registered units, their names, holdings, roster years and restricted figures."""

import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from directory.models.base import DirectoryRecord, RecordQuerySet, RestrictedQuerySet, Sourced, local_name
from directory.models.reference import CapitalOrigin as CapitalOrigin
from directory.rules import uscc as credit_code
from directory.rules.uscc import UsccProblem
from pinghu.ledger.history import tracked
from pinghu.records import Record


def country_choices() -> list[tuple[str, str]]:
    return list(countries)


class Relation(models.TextChoices):
    """How an enterprise stands to the zone; decides what counts and what is published."""

    REGISTERED_AND_OPERATING = "registered_and_operating", _("Registered and operating here")
    OPERATING_ONLY = "operating_only", _("Operating here only")
    REGISTERED_ONLY = "registered_only", _("Registered here only")
    ENCLAVE_TENANT = "enclave_tenant", _("Enclave tenant")
    MOVED_OUT = "moved_out", _("Moved out")
    OUTSIDE = "outside", _("Outside the zone")
    UNVERIFIED = "unverified", _("Unverified")


#: Relations that count as the zone's own. An enclave tenant sits in an outbound enclave and counts there.
COUNTED_RELATIONS = (Relation.REGISTERED_AND_OPERATING, Relation.OPERATING_ONLY, Relation.REGISTERED_ONLY)


class LegalForm(models.TextChoices):
    COMPANY = "company", _("Company")
    BRANCH = "branch", _("Branch")
    PARTNERSHIP = "partnership", _("Partnership")
    INDIVIDUAL_BUSINESS = "individual_business", _("Individual business")
    COOPERATIVE = "cooperative", _("Farmers' cooperative")
    OTHER = "other", _("Other")


COUNTED_FORMS = (LegalForm.COMPANY, LegalForm.PARTNERSHIP, LegalForm.OTHER)


class OperatingStatus(models.TextChoices):
    OPERATING = "operating", _("Operating")
    IN_PREPARATION = "in_preparation", _("In preparation")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")
    MOVED = "moved", _("Moved away")
    SUCCEEDED = "succeeded", _("Succeeded by another enterprise")
    UNVERIFIED = "unverified", _("Unverified")


#: States in which an enterprise no longer counts, but stays reachable and says so.
ENDED_STATUSES = (OperatingStatus.CLOSED, OperatingStatus.MOVED, OperatingStatus.SUCCEEDED)


class OriginBasis(models.TextChoices):
    HOLDINGS = "holdings", _("Holdings")
    REGISTRATION_TYPE = "registration_type", _("Registration type")
    NONE = "none", _("No basis")


class EnterpriseQuerySet(RecordQuerySet):
    """Merged rows are aliases: they answer by redirect and stand in no list."""

    def current(self) -> Self:
        return self.filter(merged_into__isnull=True)

    def published(self) -> Self:
        """All but those outside the zone and those that staff hid."""
        return self.current().filter(is_published=True).exclude(relation=Relation.OUTSIDE)

    def visible_to(self, user: Any) -> Self:
        """In the directory every staff role sees all rows."""
        return self.current() if getattr(user, "has_staff_role", False) else self.published()

    def counted(self) -> Self:
        """What the zone counts as its enterprises: its relations, and rows that the profile names; no branches,
        individual businesses or cooperatives; not those that closed, moved or were succeeded."""
        return (
            self.current()
            .filter(Q(relation__in=COUNTED_RELATIONS) | Q(named_in_profile=True) & ~Q(relation=Relation.OUTSIDE))
            .filter(legal_form__in=COUNTED_FORMS)
            .exclude(status__in=ENDED_STATUSES)
            .exclude(relation=Relation.MOVED_OUT)
        )


class Enterprise(DirectoryRecord):
    """One registered unit: a legal person, a branch, a business; in the zone or known to it."""

    # What it is called. The registered name stays empty until a source states it.
    registered_name = models.CharField(_("registered name"), max_length=200, null=True, blank=True, db_index=True)
    short_name = models.CharField(_("short name"), max_length=100, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_kana = models.CharField(_("kana name"), max_length=200, blank=True)
    name_pinyin = models.CharField(
        _("pinyin, if read unusually"), max_length=200, blank=True, help_text=_("Syllables by blanks: chang ying")
    )
    uscc = models.CharField(_("credit code"), max_length=18, null=True, blank=True, unique=True)
    legacy_registration_no = models.CharField(_("former registration number"), max_length=15, blank=True, db_index=True)

    # How it stands to the zone.
    relation = models.CharField(
        _("relation to the zone"), max_length=30, choices=Relation.choices, default=Relation.UNVERIFIED
    )
    status = models.CharField(
        _("operating status"), max_length=20, choices=OperatingStatus.choices, default=OperatingStatus.UNVERIFIED
    )
    status_on = models.DateField(_("status since"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    is_published = models.BooleanField(_("published"), default=True)
    named_in_profile = models.BooleanField(_("named in the zone profile"), default=False)

    # What it is.
    legal_form = models.CharField(_("legal form"), max_length=20, choices=LegalForm.choices, default=LegalForm.COMPANY)
    head_office = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="branches", verbose_name=_("head office")
    )
    registration_type = models.ForeignKey(
        "directory.RegistrationType",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name=_("registration type"),
    )
    industry = models.ForeignKey(
        "directory.IndustryClass",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name=_("industry"),
    )
    group = models.ForeignKey(
        "directory.CorporateGroup",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name=_("group"),
    )
    park = models.ForeignKey(
        "directory.Park",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name=_("park"),
    )
    established_on = models.DateField(_("established on"), null=True, blank=True)
    registered_capital = models.DecimalField(
        _("registered capital"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("In units, not 10,000s"),
    )
    registered_capital_currency = models.CharField(_("currency"), max_length=3, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    address_en = models.CharField(_("address in English"), max_length=300, blank=True)
    website = models.URLField(_("website"), max_length=200, blank=True)
    products = models.TextField(_("products"), blank=True, help_text=_("Separated by 、 or comma"))
    products_en = models.TextField(_("products in English"), blank=True)
    description = models.TextField(_("description"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)

    # Derived from holdings or registration type by `services.deriving`; never typed.
    capital_origin = models.CharField(
        _("origin of capital"),
        max_length=20,
        choices=CapitalOrigin.choices,
        default=CapitalOrigin.UNKNOWN,
        editable=False,
        db_index=True,
    )
    capital_origin_basis = models.CharField(
        _("basis of the origin"), max_length=20, choices=OriginBasis.choices, default=OriginBasis.NONE, editable=False
    )

    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )

    objects = EnterpriseQuerySet.as_manager()
    history = tracked(excluded_fields=["created_at", "updated_at", "capital_origin", "capital_origin_basis"])

    class Meta:
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")
        ordering = ["short_name", "registered_name", "pk"]
        indexes = [
            models.Index(fields=["relation", "status"], name="enterprise_relation"),
            models.Index(fields=["short_name"], name="enterprise_short_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(short_name="") | Q(registered_name__isnull=False) & ~Q(registered_name=""),
                name="enterprise_has_a_name",
                violation_error_message=_("Give the registered name or a short name."),
            ),
            models.CheckConstraint(condition=Q(uscc__isnull=True) | Q(uscc__length=18), name="enterprise_uscc_length"),
            models.CheckConstraint(
                condition=Q(registered_capital__isnull=True) | Q(registered_capital__gte=0),
                name="enterprise_capital_not_negative",
                violation_error_message=_("Registered capital cannot be negative."),
            ),
            models.CheckConstraint(condition=~Q(successor=F("id")), name="enterprise_not_its_successor"),
            models.CheckConstraint(condition=~Q(head_office=F("id")), name="enterprise_not_its_head_office"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="enterprise_not_merged_into_itself"),
        ]

    def __str__(self) -> str:
        """What the reader calls it: in English its English name, where one is known."""
        return local_name(self, self.display_name)

    @property
    def display_name(self) -> str:
        return self.short_name or self.registered_name or self.name_en

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED_STATUSES

    def audience(self) -> str:
        public = self.is_published and self.relation != Relation.OUTSIDE and self.merged_into_id is None
        return "public" if public else "staff"

    def clean(self) -> None:
        """Credit code by GB 32100-2015; a status that ends an enterprise needs its day or its successor."""
        errors: dict[str, Any] = {}
        self.registered_name = (self.registered_name or "").strip() or None
        self.uscc = credit_code.normalise(self.uscc or "") or None
        if self.uscc and (problem := credit_code.problem(self.uscc)):
            errors["uscc"] = credit_code_message(problem)
        if self.status == OperatingStatus.SUCCEEDED and self.successor_id is None:
            errors["successor"] = _("Name the enterprise that succeeded it.")
        if self.status_on and self.established_on and self.status_on < self.established_on:
            errors["status_on"] = _("This day is before the enterprise was established.")
        if self.registered_capital is not None and not self.registered_capital_currency:
            errors["registered_capital_currency"] = _("Say in which currency the capital is registered.")
        if errors:
            raise ValidationError(errors)


def credit_code_message(problem: UsccProblem) -> str:
    """What is wrong with a credit code and what to do, in the reader's language."""
    values = {"position": problem.position, "found": problem.found, "expected": problem.expected}
    texts = {
        "length": _("A credit code has 18 characters, this one has %(found)s. Compare it with the business licence."),
        "alphabet": _("Character %(position)s of the credit code cannot be “%(found)s”. Compare it with the licence."),
        "division": _(
            "Character %(position)s of the credit code must be a digit. Compare it with the business licence."
        ),
        "organisation_code": _(
            "Character 17 of the credit code should be %(expected)s. Compare characters 9 to 17 with the licence."
        ),
        "check_character": _(
            "The last character of the credit code should be %(expected)s. Compare it with the business licence."
        ),
    }
    return str(texts[problem.code] % values)


class OfEnterpriseQuerySet(RecordQuerySet):
    """Rows that are as public as the enterprise they belong to."""

    def published(self) -> Self:
        return self.filter(enterprise__in=Enterprise.objects.published())


class EnterpriseName(Record, Sourced):
    """A name that an enterprise bears or bore besides the current ones on its row."""

    class Kind(models.TextChoices):
        FORMER = "former", _("Former registered name")
        FORMER_SHORT = "former_short", _("Former short name")
        ALIAS = "alias", _("Also called")
        BRAND = "brand", _("Brand")
        ENGLISH = "english", _("English name")
        KANA = "kana", _("Kana name")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="names", verbose_name=_("enterprise")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = OfEnterpriseQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("name")
        verbose_name_plural = _("names")
        ordering = ["enterprise", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "kind", "name"], name="enterprisename_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="enterprisename_period",
                violation_error_message=_("The period ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Holding(Record, Sourced):
    """An investor's share in an enterprise, with the investor's place and its ultimate parent's."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="holdings", verbose_name=_("enterprise")
    )
    investor = models.CharField(_("investor"), max_length=200, blank=True)
    investor_group = models.ForeignKey(
        "directory.CorporateGroup",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="holdings",
        verbose_name=_("investor's group"),
    )
    country = models.CharField(_("investor's country or region"), max_length=2, choices=country_choices)
    ultimate_country = models.CharField(
        _("ultimate country or region"), max_length=2, blank=True, choices=country_choices
    )
    share = models.DecimalField(
        _("share, %"), max_digits=6, decimal_places=3, null=True, blank=True, help_text=_("Empty = not known")
    )
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    objects = OfEnterpriseQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        ordering = ["enterprise", "-share", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=100),
                name="holding_share_range",
                violation_error_message=_("A share is more than 0 and at most 100 %."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.investor or self.country} {self.share or ''}".strip()

    def clean(self) -> None:
        """The current shares of one enterprise come to 100 % at most."""
        if self.share is None or self.until is not None or self.enterprise_id is None:
            return
        others = type(self).objects.filter(enterprise=self.enterprise_id, until__isnull=True).exclude(pk=self.pk)
        total = (others.aggregate(total=models.Sum("share"))["total"] or 0) + self.share
        if total > 100:
            raise ValidationError({"share": _("With this share the holdings come to more than 100 %.")})


class LegalRepresentative(Record, Sourced):
    """Who represents an enterprise by law. Personal data: three roles read it, nothing publishes it."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="legal_representatives", verbose_name=_("enterprise")
    )
    name = models.CharField(_("name"), max_length=100)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    objects = RestrictedQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("legal representative")
        verbose_name_plural = _("legal representatives")
        ordering = ["enterprise", "-since", "pk"]

    def __str__(self) -> str:
        return self.name


class AboveScaleRecord(Record, Sourced):
    """An enterprise's place in the statistical roster of a year (规上): a status, not a formula; legal persons only."""

    class Category(models.TextChoices):
        INDUSTRY = "industry", _("Industry")
        SERVICES = "services", _("Services")
        TRADE = "trade", _("Wholesale and retail")
        CATERING = "catering", _("Accommodation and catering")
        CONSTRUCTION = "construction", _("Construction")
        REAL_ESTATE = "real_estate", _("Real estate")
        UNSTATED = "unstated", _("Sector not stated")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="above_scale_records", verbose_name=_("enterprise")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    category = models.CharField(_("category"), max_length=20, choices=Category.choices, default=Category.UNSTATED)
    entered_on = models.DateField(_("entered the roster on"), null=True, blank=True)
    left_on = models.DateField(_("left the roster on"), null=True, blank=True)

    objects = OfEnterpriseQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("above-scale year")
        verbose_name_plural = _("above-scale years")
        ordering = ["enterprise", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "year"], name="abovescale_once_a_year"),
            models.CheckConstraint(condition=Q(year__gte=1998, year__lte=2100), name="abovescale_year"),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(entered_on__isnull=True) | Q(left_on__gte=F("entered_on")),
                name="abovescale_period",
                violation_error_message=_("The enterprise left the roster before it entered."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)

    def clean(self) -> None:
        if self.enterprise_id and self.enterprise.legal_form == LegalForm.BRANCH:
            raise ValidationError(_("The roster holds legal persons. Enter the head office, not the branch."))


class SizeClass(models.TextChoices):
    """Size of an enterprise by the statistical classification of 2017."""

    LARGE = "large", _("Large")
    MEDIUM = "medium", _("Medium")
    SMALL = "small", _("Small")
    MICRO = "micro", _("Micro")


class AnnualFigures(Record, Sourced):
    """One enterprise's figures of one year. Never published: survey data may not be disclosed (Statistics Law)."""

    class DataOrigin(models.TextChoices):
        STATISTICAL = "statistical", _("Statistical survey")
        TAX = "tax", _("Tax authority")
        DECLARED = "declared", _("Declared by the enterprise")
        DISCLOSED = "disclosed", _("Published by the enterprise")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="annual_figures", verbose_name=_("enterprise")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    data_origin = models.CharField(_("origin of the data"), max_length=20, choices=DataOrigin.choices)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    revenue = models.DecimalField(_("revenue, CNY 10,000"), max_digits=16, decimal_places=2, null=True, blank=True)
    output = models.DecimalField(_("output, CNY 10,000"), max_digits=16, decimal_places=2, null=True, blank=True)
    assets = models.DecimalField(_("total assets, CNY 10,000"), max_digits=16, decimal_places=2, null=True, blank=True)
    tax = models.DecimalField(_("tax, CNY 10,000"), max_digits=16, decimal_places=2, null=True, blank=True)
    size_override = models.CharField(_("size class set by hand"), max_length=10, blank=True, choices=SizeClass.choices)
    size_override_reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = RestrictedQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("annual figures")
        verbose_name_plural = _("annual figures")
        ordering = ["enterprise", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "year", "data_origin"], name="annualfigures_once"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="annualfigures_year"),
            models.CheckConstraint(
                condition=Q(size_override="") | ~Q(size_override_reason=""),
                name="annualfigures_override_reason",
                violation_error_message=_("Say why the size class is set by hand."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)


def today() -> datetime.date:
    """Today in the zone's own time; doors hand it to rules as `at`."""
    from django.utils import timezone

    return timezone.localdate()
