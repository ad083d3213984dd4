"""The zone as its profile states it: figures, milestones, honours, places, claims."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models.base import DirectoryRecord, local_name
from directory.models.chains import IndustryChain
from directory.models.parks import Park
from pinghu.ledger.history import tracked


class ZoneProfile(DirectoryRecord):
    """The zone itself. One row."""

    code = models.SlugField(_("code"), max_length=40, unique=True, default="zone")
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    short_name = models.CharField(_("short name"), max_length=50, blank=True)
    level = models.CharField(_("level"), max_length=100, blank=True)
    governance = models.TextField(_("governance"), blank=True)
    guiding_policy = models.CharField(_("guiding policy"), max_length=200, blank=True)
    location = models.TextField(_("location"), blank=True)
    location_en = models.TextField(_("location in English"), blank=True)
    positioning = models.TextField(_("positioning"), blank=True, help_text=_("One a line"))
    province = models.CharField(_("province"), max_length=40, blank=True)
    prefecture = models.CharField(_("prefecture"), max_length=40, blank=True)
    county = models.CharField(_("county"), max_length=40, blank=True)
    division_code = models.CharField(_("division code (GB/T 2260)"), max_length=6, blank=True)
    contact_note = models.TextField(_("how to reach us"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("zone profile")
        verbose_name_plural = _("zone profile")
        ordering = ["code"]

    def __str__(self) -> str:
        return local_name(self)


class Milestone(DirectoryRecord):
    """Something that happened to the zone, dated as exactly as the profile dates it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(_("month"), null=True, blank=True)
    text = models.CharField(_("event"), max_length=200)
    text_en = models.CharField(_("event in English"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["year", "month", "pk"]

    def __str__(self) -> str:
        return f"{self.year} {self.text}"


class PublishedFigure(DirectoryRecord):
    """A figure as somebody published it. The figure computed from the rows stands beside it; neither bends."""

    class Qualifier(models.TextChoices):
        EXACT = "exact", _("exactly")
        APPROX = "approx", _("about")
        OVER = "over", _("over")
        AT_LEAST = "at_least", _("at least")
        TARGET = "target", _("target")

    key = models.SlugField(_("key"), max_length=60, unique=True)
    label = models.CharField(_("label"), max_length=100)
    label_en = models.CharField(_("English label"), max_length=120, blank=True)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=20)
    unit_en = models.CharField(_("English unit"), max_length=40, blank=True)
    qualifier = models.CharField(_("qualifier"), max_length=10, choices=Qualifier.choices)
    as_of_year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True, help_text=_("Empty = none stated"))
    rule = models.CharField(
        _("computed by"),
        max_length=60,
        blank=True,
        help_text=_("Rule that computes it from the rows; empty = not computed"),
    )
    is_headline = models.BooleanField(_("on the front page"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    history = tracked()

    class Meta:
        verbose_name = _("published figure")
        verbose_name_plural = _("published figures")
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.label


class Honour(DirectoryRecord):
    """An honour or designation; most bear no year in the profile."""

    class Level(models.TextChoices):
        NATIONAL = "national", _("National")
        PROVINCIAL = "provincial", _("Provincial")
        UNSTATED = "unstated", _("Level not stated")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, default=Level.UNSTATED)
    awarded_by = models.CharField(_("awarded by"), max_length=100, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    streak_years = models.PositiveSmallIntegerField(_("years in a row"), null=True, blank=True)
    park = models.ForeignKey(
        Park, on_delete=models.PROTECT, null=True, blank=True, related_name="honours", verbose_name=_("park")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    history = tracked()

    class Meta:
        verbose_name = _("honour")
        verbose_name_plural = _("honours")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return local_name(self)


class Cluster(DirectoryRecord):
    """A cluster beyond the zone to which one of its chains belongs."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    chain = models.ForeignKey(
        IndustryChain, on_delete=models.PROTECT, null=True, blank=True, related_name="clusters", verbose_name=_("chain")
    )

    history = tracked()

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        ordering = ["code"]

    def __str__(self) -> str:
        return local_name(self)


class Claim(DirectoryRecord):
    """Something the profile claims without naming whom; never attached to one enterprise."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    text = models.CharField(_("claim"), max_length=200)
    text_en = models.CharField(_("claim in English"), max_length=300, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.text


class LocationAdvantage(DirectoryRecord):
    """A road, a corridor, a position: why here."""

    class Status(models.TextChoices):
        IN_SERVICE = "in_service", _("In service")
        UNDER_CONSTRUCTION = "under_construction", _("Under construction")
        LABEL = "label", _("Position")
        PROGRAMME = "programme", _("Programme")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status.choices)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    history = tracked()

    class Meta:
        verbose_name = _("location advantage")
        verbose_name_plural = _("location advantages")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return local_name(self)


class Amenity(DirectoryRecord):
    """Something that makes living here easier, or a scenery."""

    class Kind(models.TextChoices):
        HOTEL = "amenity_hotel", _("Hotel")
        COMMERCIAL = "amenity_commercial", _("Shops")
        TALENT_HOUSING = "amenity_talent_housing", _("Housing for skilled staff")
        PUBLIC = "amenity_public", _("Public facility")
        HOSPITAL = "amenity_hospital", _("Hospital")
        SCENIC = "amenity_scenic", _("Scenery")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)

    history = tracked()

    class Meta:
        verbose_name = _("amenity")
        verbose_name_plural = _("amenities")
        ordering = ["kind", "code"]

    def __str__(self) -> str:
        return local_name(self)


class ZonePlace(DirectoryRecord):
    """A place or body of the profile that is neither park nor amenity: a subdistrict, an operator, a designation."""

    class Kind(models.TextChoices):
        SUBDISTRICT = "subdistrict", _("Subdistrict")
        URBAN_AREA = "urban_area", _("Urban area")
        OPERATOR_COMPANY = "operator_company", _("Operating company")
        SERVICE_PLATFORM = "service_platform", _("Service platform")
        COUNTRY_PARK_DESIGNATION = "country_park_designation", _("Designation as a country park")
        INDUSTRIAL_BASE_DESIGNATION = "industrial_base_designation", _("Designation as an industrial base")
        DESIGNATION = "designation", _("Designation")
        OTHER = "other", _("Other")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=40, choices=Kind.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["kind", "code"]
        constraints = [models.CheckConstraint(condition=~Q(kind=""), name="zoneplace_kind")]

    def __str__(self) -> str:
        return local_name(self)
