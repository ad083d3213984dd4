"""产业链协作: what enterprises here offer and need, and the matches between them."""

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import ChainSegment, Enterprise
from pinghu.ledger.history import tracked
from promotion.models.base import BelowRecord, PromotionQuerySet, PromotionRecord
from promotion.models.cases import ServiceCase


class WareVisibility(models.TextChoices):
    """Who may read an offer or a need."""

    PUBLIC = "public", _("Everybody")
    ENTERPRISES = "enterprises", _("Enterprises here")
    STAFF = "staff", _("Staff of the zone")


class WareQuerySet(PromotionQuerySet):
    def published(self) -> Self:
        """What anybody may read, of enterprises that the directory publishes."""
        shown = Enterprise.objects.published().order_by().values("pk")
        return self.filter(is_active=True, visibility=WareVisibility.PUBLIC, enterprise__in=shown)

    def valid_on(self, day: Any) -> Self:
        return self.filter(is_active=True).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class Ware(PromotionRecord):
    """What an offer and a need have in common."""

    product = models.CharField(_("product"), max_length=120)
    specification = models.CharField(_("specification"), max_length=300, blank=True)
    segment = models.ForeignKey(
        ChainSegment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    quantity = models.DecimalField(
        _("quantity a year"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    unit = models.CharField(_("unit of quantity"), max_length=20, blank=True)
    certificates = models.CharField(
        _("certificates"), max_length=200, blank=True, help_text=_("Separated by commas: IATF 16949, ISO 13485.")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    visibility = models.CharField(
        _("who may read it"), max_length=12, choices=WareVisibility.choices, default=WareVisibility.ENTERPRISES
    )
    is_active = models.BooleanField(_("stands"), default=True)

    objects = WareQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.product

    @property
    def certificate_names(self) -> frozenset[str]:
        parts = self.certificates.replace(",", ",").replace("、", ",").split(",")
        return frozenset(part.strip().upper() for part in parts if part.strip())


class CapabilityOffer(Ware):
    """What an enterprise here can make or do for others."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="offers", verbose_name=_("enterprise")
    )

    history = tracked()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["product", "pk"]


class ProcurementNeed(Ware):
    """What an enterprise here buys or looks for, perhaps from outside until now."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="needs", verbose_name=_("enterprise")
    )
    is_bought_outside = models.BooleanField(_("bought from outside the zone today"), default=False)

    history = tracked()

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ["product", "pk"]


class ChainMatch(BelowRecord):
    """An offer that may answer a need: the score with its parts, and what came of it."""

    guarded_parents = ("case",)

    class Status(models.TextChoices):
        SUGGESTED = "suggested", _("Proposed")
        INTRODUCED = "introduced", _("Introduced")
        TALKING = "talking", _("Talking")
        DEAL = "deal", _("Deal")
        FAILED = "failed", _("Came to nothing")
        GONE = "gone", _("No longer proposed")

    class Amount(models.TextChoices):
        UNDER_1M = "under_1m", _("Under CNY 1 million a year")
        TO_10M = "to_10m", _("CNY 1 to 10 million a year")
        TO_100M = "to_100m", _("CNY 10 to 100 million a year")
        OVER_100M = "over_100m", _("Above CNY 100 million a year")

    offer = models.ForeignKey(
        CapabilityOffer, on_delete=models.PROTECT, related_name="matches", verbose_name=_("offer")
    )
    need = models.ForeignKey(ProcurementNeed, on_delete=models.PROTECT, related_name="matches", verbose_name=_("need"))
    score = models.PositiveSmallIntegerField(_("score"), validators=[MaxValueValidator(100)])
    parts = models.JSONField(_("parts of the score"), default=list)
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.SUGGESTED)
    amount_band = models.CharField(_("amount"), max_length=10, choices=Amount.choices, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    case = models.ForeignKey(
        ServiceCase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="matches",
        editable=False,
        verbose_name=_("case"),
    )
    computed_at = models.DateTimeField(_("computed at"), editable=False)

    history = tracked()

    class Meta:
        verbose_name = _("chain match")
        verbose_name_plural = _("chain matches")
        ordering = ["-score", "pk"]
        indexes = [models.Index(fields=["need", "-score"], name="chainmatch_of_need")]
        constraints = [models.UniqueConstraint(fields=["offer", "need"], name="chainmatch_once")]

    def __str__(self) -> str:
        return f"{self.offer} → {self.need}"
