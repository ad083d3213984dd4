"""Standard lists: rows written down from a standard or regulation, with its number."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.models.base import PublicQuerySet, StaffQuerySet, local_name
from pinghu.ledger.history import tracked
from pinghu.records import Record


class CapitalOrigin(models.TextChoices):
    """Where the capital comes from, as `rules.capital_origin` decides."""

    DOMESTIC = "domestic", _("Domestic")
    FOREIGN = "foreign", _("Foreign")
    HMT = "hmt", _("Hong Kong, Macao, Taiwan")
    MIXED = "mixed", _("Foreign and Hong Kong, Macao, Taiwan")
    FOREIGN_REINVESTED = "foreign_reinvested", _("Reinvestment by foreign-invested firms")
    UNKNOWN = "unknown", _("Unknown")


class IndustryClass(Record):
    """A class of GB/T 4754: section (letter), division (2 digits), group (3) or class (4)."""

    class Level(models.IntegerChoices):
        SECTION = 1, _("Section")
        DIVISION = 2, _("Division")
        GROUP = 3, _("Group")
        CLASS = 4, _("Class")

    code = models.CharField(_("code"), max_length=4, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    section = models.CharField(_("section"), max_length=1)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    standard = models.CharField(_("standard"), max_length=40, default="GB/T 4754-2017")

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("industry class")
        verbose_name_plural = _("industry classes")
        ordering = ["section", "code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=4), name="industryclass_level"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {local_name(self)}"


class RegistrationType(Record):
    """A registration type of the market regulator; its first digit tells the capital's origin."""

    code = models.CharField(_("code"), max_length=4, unique=True)
    name = models.CharField(_("name"), max_length=100)
    origin = models.CharField(_("origin of capital"), max_length=20, choices=CapitalOrigin.choices)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("registration type")
        verbose_name_plural = _("registration types")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SizeThreshold(Record):
    """Lower limits of large, medium and small in one sector (statistical classification of 2017)."""

    class Sector(models.TextChoices):
        AGRICULTURE = "agriculture", _("Agriculture, forestry, animal husbandry and fishery")
        INDUSTRY = "industry", pgettext_lazy("sector", "Industry")
        CONSTRUCTION = "construction", _("Construction")
        WHOLESALE = "wholesale", _("Wholesale")
        RETAIL = "retail", _("Retail")
        TRANSPORT = "transport", _("Transport")
        WAREHOUSING = "warehousing", _("Warehousing")
        POSTAL = "postal", _("Postal services")
        ACCOMMODATION = "accommodation", _("Accommodation")
        CATERING = "catering", _("Catering")
        INFORMATION_TRANSMISSION = "information_transmission", _("Information transmission")
        SOFTWARE = "software", _("Software and information technology services")
        REAL_ESTATE_DEVELOPMENT = "real_estate_development", _("Real estate development")
        PROPERTY_MANAGEMENT = "property_management", _("Property management")
        LEASING_BUSINESS = "leasing_business", _("Leasing and business services")
        OTHER = "other", _("Other sectors not listed")

    sector = models.CharField(_("sector"), max_length=40, choices=Sector.choices)
    sections = models.CharField(_("sections or divisions"), max_length=100, help_text=_("GB/T 4754 codes, by comma"))
    version = models.CharField(_("version"), max_length=20)
    effective_from = models.DateField(_("effective from"))
    employees_large = models.PositiveIntegerField(_("employees of large"), null=True, blank=True)
    employees_medium = models.PositiveIntegerField(_("employees of medium"), null=True, blank=True)
    employees_small = models.PositiveIntegerField(_("employees of small"), null=True, blank=True)
    revenue_large = models.PositiveIntegerField(_("revenue of large, CNY 10,000"), null=True, blank=True)
    revenue_medium = models.PositiveIntegerField(_("revenue of medium, CNY 10,000"), null=True, blank=True)
    revenue_small = models.PositiveIntegerField(_("revenue of small, CNY 10,000"), null=True, blank=True)
    assets_large = models.PositiveIntegerField(_("assets of large, CNY 10,000"), null=True, blank=True)
    assets_medium = models.PositiveIntegerField(_("assets of medium, CNY 10,000"), null=True, blank=True)
    assets_small = models.PositiveIntegerField(_("assets of small, CNY 10,000"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("size threshold")
        verbose_name_plural = _("size thresholds")
        ordering = ["sector", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["sector", "version"], name="sizethreshold_once")]

    def __str__(self) -> str:
        return f"{self.get_sector_display()} {self.version}"


class Exchange(Record):
    """A securities exchange by its market identifier code (ISO 10383)."""

    mic = models.CharField(_("MIC"), max_length=4, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2)
    is_listing = models.BooleanField(
        _("counts as listing"), default=True, help_text=_("Off for NEEQ: quoted there is not listed.")
    )

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ["mic"]

    def __str__(self) -> str:
        return f"{local_name(self)} ({self.mic})"


class ExchangeRate(Record):
    """The stored rate at which a total was converted: one unit of the currency in yuan on a day."""

    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("on"))
    cny = models.DecimalField(_("yuan for one unit"), max_digits=14, decimal_places=6)
    source = models.CharField(_("source"), max_length=200)
    is_demo = models.BooleanField(_("demo row"), default=False, editable=False)

    objects = StaffQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["currency", "-on"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="exchangerate_once"),
            models.CheckConstraint(condition=models.Q(cny__gt=0), name="exchangerate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on}"


class WorkCalendar(Record):
    """One day that departs from the week: a holiday, or a make-up working day (调休) of the State Council."""

    on = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("working calendar")
        ordering = ["-on"]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
