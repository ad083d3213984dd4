"""The "3+X" industry system: chains as graphs, and who stands where in them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from directory.models.base import DirectoryRecord, PublicQuerySet, Sourced, local_name
from directory.models.enterprises import Enterprise, OfEnterpriseQuerySet
from directory.rules.graphs import leads_to
from pinghu.ledger.history import tracked
from pinghu.records import Record


class IndustrySystem(DirectoryRecord):
    """The zone's industry system in one edition ("3+X")."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    effective_from = models.DateField(_("effective from"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("industry system")
        verbose_name_plural = _("industry systems")
        ordering = ["code"]

    def __str__(self) -> str:
        return local_name(self)


class IndustryChain(DirectoryRecord):
    """One chain of the system. The ten fields at its end are Pinghu's "ten ones" of a chain."""

    class Tier(models.TextChoices):
        LEADING = "leading", _("Leading")
        EMERGING = "emerging", _("Emerging")
        FRONTIER = "frontier", _("Frontier")
        FORMING = "forming", _("Forming")

    system = models.ForeignKey(
        IndustrySystem, on_delete=models.PROTECT, related_name="chains", verbose_name=_("industry system")
    )
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    tier = models.CharField(_("tier"), max_length=20, choices=Tier.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    # The "ten ones" (十个一) beyond leader enterprises and key lists, which are rows.
    chief = models.CharField(_("chain chief (post)"), max_length=100, blank=True)
    work_group = models.CharField(_("work group"), max_length=200, blank=True)
    alliance = models.CharField(_("cooperation alliance"), max_length=200, blank=True)
    plan = models.CharField(_("plan"), max_length=300, blank=True)
    fund = models.CharField(_("fund"), max_length=200, blank=True)
    rule_set = models.CharField(_("rule set"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)

    history = tracked()

    class Meta:
        verbose_name = _("industry chain")
        verbose_name_plural = _("industry chains")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return local_name(self)


class ChainSegment(DirectoryRecord):
    """A node of a chain's graph: a product or a step."""

    class Position(models.TextChoices):
        UPSTREAM = "upstream", _("Upstream")
        MIDSTREAM = "midstream", _("Midstream")
        DOWNSTREAM = "downstream", _("Downstream")

    class Gap(models.TextChoices):
        UNASSESSED = "unassessed", _("Not assessed")
        MISSING = "missing", _("Missing")
        WEAK = "weak", _("Weak")
        STRONG = "strong", _("Strong")

    chain = models.ForeignKey(IndustryChain, on_delete=models.PROTECT, related_name="segments", verbose_name=_("chain"))
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    position = models.CharField(_("position"), max_length=12, choices=Position.choices)
    gap = models.CharField(_("gap"), max_length=12, choices=Gap.choices, default=Gap.UNASSESSED)
    gap_note = models.CharField(_("note on the gap"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    history = tracked()

    class Meta:
        verbose_name = _("chain segment")
        verbose_name_plural = _("chain segments")
        ordering = ["chain", "order", "code"]
        constraints = [models.UniqueConstraint(fields=["chain", "code"], name="chainsegment_once")]

    def __str__(self) -> str:
        return local_name(self)


class SegmentEdge(Record, Sourced):
    """Feeds: what one segment makes goes into the other. May cross chains, never runs in a circle."""

    upstream = models.ForeignKey(
        ChainSegment, on_delete=models.CASCADE, related_name="feeds", verbose_name=_("from segment")
    )
    downstream = models.ForeignKey(
        ChainSegment, on_delete=models.CASCADE, related_name="fed_by", verbose_name=_("to segment")
    )

    objects = PublicQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("link between segments")
        verbose_name_plural = _("links between segments")
        ordering = ["upstream", "downstream"]
        constraints = [
            models.UniqueConstraint(fields=["upstream", "downstream"], name="segmentedge_once"),
            models.CheckConstraint(condition=~models.Q(upstream=F("downstream")), name="segmentedge_no_loop"),
        ]

    def __str__(self) -> str:
        return f"{self.upstream} → {self.downstream}"

    def clean(self) -> None:
        """Refuse a circle: the downstream segment must not already lead back upstream."""
        if not (self.upstream_id and self.downstream_id):
            return
        edges = type(self).objects.exclude(pk=self.pk).values_list("upstream_id", "downstream_id")
        if leads_to(self.downstream_id, self.upstream_id, edges):
            raise ValidationError({"downstream": _("This link would close a circle: that segment already leads here.")})


class ChainPosition(Record, Sourced):
    """An enterprise's place in a chain, down to the segment where it is known."""

    class Weight(models.TextChoices):
        BACKBONE = "backbone", _("Backbone")
        SUPPORTING = "supporting", _("Supporting")
        UNSTATED = "unstated", _("Not stated")

    class SupplierTier(models.TextChoices):
        OEM = "oem", _("Maker of the whole product")
        TIER1 = "tier1", _("First-tier supplier")
        TIER2 = "tier2", _("Second-tier supplier")
        NONE = "", _("Not stated")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="chain_positions", verbose_name=_("enterprise")
    )
    chain = models.ForeignKey(
        IndustryChain, on_delete=models.PROTECT, related_name="positions", verbose_name=_("chain")
    )
    segment = models.ForeignKey(
        ChainSegment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="positions",
        verbose_name=_("segment"),
    )
    weight = models.CharField(_("weight"), max_length=12, choices=Weight.choices, default=Weight.UNSTATED)
    supplier_tier = models.CharField(_("supplier tier"), max_length=10, choices=SupplierTier.choices, blank=True)
    products = models.CharField(_("products in this chain"), max_length=300, blank=True)

    objects = OfEnterpriseQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("chain position")
        verbose_name_plural = _("chain positions")
        ordering = ["chain", "enterprise", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "chain", "segment"], name="chainposition_once"),
            models.UniqueConstraint(
                fields=["enterprise", "chain"],
                condition=models.Q(segment__isnull=True),
                name="chainposition_whole_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.chain)

    def clean(self) -> None:
        if self.segment is not None and self.chain_id and self.segment.chain_id != self.chain_id:
            raise ValidationError({"segment": _("This segment belongs to another chain.")})


class ChainLeadership(Record, Sourced):
    """A designation as chain leader (链主): by whom, at which level, in which year."""

    class Level(models.TextChoices):
        PROFILE = "profile", _("Called so by the zone profile")
        ZONE = "zone", _("Zone")
        CITY = "city", _("City")
        PROVINCE = "province", _("Province")
        NATION = "nation", _("Nation")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.CASCADE, related_name="chain_leaderships", verbose_name=_("enterprise")
    )
    chain = models.ForeignKey(
        IndustryChain, on_delete=models.PROTECT, related_name="leaderships", verbose_name=_("chain")
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    designated_by = models.CharField(_("designated by"), max_length=100, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)

    objects = OfEnterpriseQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("chain leadership")
        verbose_name_plural = _("chain leaderships")
        ordering = ["chain", "enterprise", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "chain", "level", "year"], name="chainleadership_once"),
            models.UniqueConstraint(
                fields=["enterprise", "chain", "level"],
                condition=models.Q(year__isnull=True),
                name="chainleadership_undated_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.chain)
