"""Groups above enterprises, the lists that rank them, and listings on exchanges."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models.base import DirectoryRecord, PublicQuerySet, Sourced, local_name
from directory.models.enterprises import Enterprise, country_choices
from pinghu.ledger.history import tracked
from pinghu.records import Record, RecordQuerySet


class CorporateGroup(DirectoryRecord):
    """A group above enterprises: what a ranking list ranks and a headquarters stands for."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    country = models.CharField(_("home country or region"), max_length=2, blank=True, choices=country_choices)
    ultimate_country = models.CharField(
        _("ultimate country or region"), max_length=2, blank=True, choices=country_choices
    )
    industry_text = models.CharField(_("line of business"), max_length=200, blank=True)
    website = models.URLField(_("website"), max_length=200, blank=True)
    named_in_profile = models.BooleanField(_("named in the zone profile"), default=False)
    note = models.TextField(_("note"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name", "name_en", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") | ~Q(name_en=""),
                name="group_has_a_name",
                violation_error_message=_("Give the group a Chinese or an English name."),
            ),
        ]

    def __str__(self) -> str:
        return local_name(self) or self.name_en


class GroupName(Record, Sourced):
    """Another name of a group, former or as a list writes it."""

    class Kind(models.TextChoices):
        FORMER = "former", _("Former name")
        ALIAS = "alias", _("Also called")

    group = models.ForeignKey(CorporateGroup, on_delete=models.CASCADE, related_name="names", verbose_name=_("group"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.ALIAS)
    name = models.CharField(_("name"), max_length=200)

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("group name")
        verbose_name_plural = _("group names")
        ordering = ["group", "name"]
        constraints = [models.UniqueConstraint(fields=["group", "name"], name="groupname_once")]

    def __str__(self) -> str:
        return self.name


class RankingList(DirectoryRecord):
    """A list published year by year, such as the Fortune Global 500. Two lists may bear similar names."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    publisher = models.CharField(_("publisher"), max_length=100, blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("ranking list")
        verbose_name_plural = _("ranking lists")
        ordering = ["code"]

    def __str__(self) -> str:
        return local_name(self)


class RankingEntry(Record, Sourced):
    """A group's place on a list in a year."""

    ranking = models.ForeignKey(
        RankingList, on_delete=models.PROTECT, related_name="entries", verbose_name=_("ranking list")
    )
    year = models.PositiveSmallIntegerField(_("list year"))
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, blank=True)
    group = models.ForeignKey(
        CorporateGroup, on_delete=models.PROTECT, related_name="ranking_entries", verbose_name=_("group")
    )
    name_as_listed = models.CharField(_("name as listed"), max_length=200, blank=True)
    revenue_musd = models.DecimalField(
        _("revenue, million USD"), max_digits=12, decimal_places=2, null=True, blank=True
    )

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("ranking entry")
        verbose_name_plural = _("ranking entries")
        ordering = ["ranking", "-year", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["ranking", "year", "group"], name="rankingentry_once"),
            models.CheckConstraint(condition=Q(year__gte=1990, year__lte=2100), name="rankingentry_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year} #{self.rank or '–'}"


class ListingQuerySet(RecordQuerySet):
    def published(self) -> Self:
        return self.filter(Q(enterprise__isnull=True) | Q(enterprise__in=Enterprise.objects.published()))

    def current(self) -> Self:
        """Listed today on an exchange that counts as listing."""
        return self.filter(delisted_on__isnull=True, exchange__is_listing=True)


class Listing(Record, Sourced):
    """A security on an exchange, of an enterprise here or of the group above it: never both."""

    exchange = models.ForeignKey(
        "directory.Exchange", on_delete=models.PROTECT, related_name="listings", verbose_name=_("exchange")
    )
    ticker = models.CharField(_("ticker"), max_length=20)
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="listings",
        verbose_name=_("enterprise"),
    )
    group = models.ForeignKey(
        CorporateGroup,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="listings",
        verbose_name=_("group"),
    )
    listed_on = models.DateField(_("listed on"), null=True, blank=True)
    delisted_on = models.DateField(_("delisted on"), null=True, blank=True)

    objects = ListingQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ["exchange", "ticker"]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "ticker"], condition=Q(delisted_on__isnull=True), name="listing_ticker_once"
            ),
            models.CheckConstraint(
                condition=Q(enterprise__isnull=False, group__isnull=True)
                | Q(enterprise__isnull=True, group__isnull=False),
                name="listing_of_one_subject",
                violation_error_message=_("A listing belongs to an enterprise or to a group, not to both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exchange.mic}:{self.ticker}"

    def clean(self) -> None:
        if self.listed_on and self.delisted_on and self.delisted_on < self.listed_on:
            raise ValidationError({"delisted_on": _("Delisted before it was listed.")})
