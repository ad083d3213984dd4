"""The filters of the directory, one set for page, API and export; what a filter means stands in `querysets`."""

import datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from directory import querysets
from directory.figures import RULES, enterprises_of
from directory.models import Carrier, Enterprise, Holding, IndustryChain, Park, PublishedFigure
from directory.models.enterprises import CapitalOrigin, OperatingStatus, Relation, today
from directory.search import FACETS, FILTERS, LISTED_HERE, LISTED_PARENT, matching
from directory.vacancy import with_free_area
from pinghu.api.filters import ISO_DATE, RANGE, AnyOf, StrictFilterSet

LISTING_KINDS = [(LISTED_HERE, _("Listed itself")), (LISTED_PARENT, _("Under a listed group"))]

#: Headings of facets and chips.
LABELS: dict[str, Any] = {
    "country": _("Origin of investors"),
    "chain": _("Industry chain"),
    "park": _("Park"),
    "qualification": _("Qualification"),
    "listing": _("Listing"),
    "ranking": _("Ranking list"),
    "relation": _("Relation to the zone"),
    "status": _("Operating status"),
    "capital_origin": _("Origin of capital"),
    "section": _("Industry section"),
    "investor": _("Country or region of an investor"),
    "figure": _("Figure"),
}


def _country(text: str) -> str:
    """An ISO 3166-1 alpha-2 code in either case. Raises ValueError for another text."""
    code = text.upper()
    if code not in countries:
        raise ValueError(text)
    return code


def _section(text: str) -> str:
    """A section of GB/T 4754: A to T. Raises ValueError for another text."""
    letter = text.upper()
    if len(letter) != 1 or not "A" <= letter <= "T":
        raise ValueError(text)
    return letter


class EnterpriseFilterSet(StrictFilterSet):
    """Filters over published enterprises. Several values of one mean "or", several filters "and"."""

    q = django_filters.CharFilter(method="find", max_length=1000)
    country = AnyOf(coerce=_country, method="from_countries")
    chain = AnyOf(method="in_chains")
    park = AnyOf("park__code")
    qualification = AnyOf(method="holding_titles")
    listing = AnyOf(choices=LISTING_KINDS, method="listed")
    ranking = AnyOf(method="ranked_on")
    relation = AnyOf("relation", choices=Relation.choices)
    status = AnyOf("status", choices=OperatingStatus.choices)
    capital_origin = AnyOf("capital_origin", choices=CapitalOrigin.choices)
    section = AnyOf("industry__section", coerce=_section)
    #: As stated, not the ultimate one that `country` means: so that the figure of countries leads to its rows.
    investor = AnyOf(coerce=_country, method="with_investors")
    figure = django_filters.CharFilter(method="counted_in", max_length=60)

    class Meta:
        model = Enterprise
        fields: ClassVar[dict[str, list[str]]] = {"established_on": RANGE, "registered_capital": RANGE}

    def find(self, rows: Any, _name: str, value: str) -> Any:
        return matching(rows, value)

    def from_countries(self, rows: Any, _name: str, value: list[str]) -> Any:
        return querysets.from_countries(rows, value, today())

    def with_investors(self, rows: Any, _name: str, value: list[str]) -> Any:
        return rows.filter(pk__in=Holding.objects.filter(until__isnull=True, country__in=value).values("enterprise"))

    def in_chains(self, rows: Any, _name: str, value: list[str]) -> Any:
        return querysets.in_chains(rows, value)

    def holding_titles(self, rows: Any, _name: str, value: list[str]) -> Any:
        return querysets.holding_titles(rows, value, today())

    def listed(self, rows: Any, _name: str, value: list[str]) -> Any:
        return querysets.listed(rows, value)

    def ranked_on(self, rows: Any, _name: str, value: list[str]) -> Any:
        return querysets.ranked_on(rows, value)

    def counted_in(self, rows: Any, _name: str, value: str) -> Any:
        """The rows that a figure counts today; none where nothing computes it."""
        figure = PublishedFigure.objects.published().filter(key=value).first()
        rule = RULES.get(figure.rule) if figure else None
        counted = enterprises_of(rule, today()) if rule else None
        return rows.none() if counted is None else rows.filter(pk__in=counted.values("pk"))

    # --- for `directory.finding` ---------------------------------------------------------------------------------------

    def read(self) -> dict[str, Any]:
        """The values that were given and understood."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", [])}

    def misread(self) -> list[str]:
        """Names of the filters whose values were not understood."""
        return sorted(self.form.errors)

    @property
    def text(self) -> str:
        return str(self.read().get("q", ""))

    def index_filters(self) -> dict[str, list[str]]:
        """The filters that the search index carries out."""
        return {name: list(value) for name, value in self.read().items() if name in FILTERS}

    def needs_rows(self) -> bool:
        """Whether a filter was given that the index does not know (a figure, a range of dates or capital)."""
        return bool(set(self.read()) - set(FILTERS) - {"q"})

    def without_index_filters(self) -> Any:
        """The rows that text, figure and ranges leave, before the index's own filters (for facets)."""
        given = self.read()
        rows = self.queryset.all()
        for name, one in self.filters.items():
            if name in given and name not in FILTERS:
                rows = one.filter(rows, given[name])
        return rows


class ChainFilterSet(StrictFilterSet):
    tier = AnyOf("tier", choices=IndustryChain.Tier.choices)

    class Meta:
        model = IndustryChain
        fields: ClassVar[list[str]] = []


class ParkFilterSet(StrictFilterSet):
    kind = AnyOf("kind", choices=Park.Kind.choices)
    partner_country = AnyOf("partner_country", coerce=_country)

    class Meta:
        model = Park
        fields: ClassVar[list[str]] = []


def _at_least(column: str, label: Any) -> Any:
    return django_filters.NumberFilter(
        column, "gte", label=label, min_value=0, max_digits=12, widget=forms.NumberInput(attrs={"step": "any"})
    )


class CarrierFilterSet(StrictFilterSet):
    """Carriers by what a plant needs. What is free is asked of a day: today unless another is given."""

    on = django_filters.DateFilter(
        method="leave", label=_("Free on"), input_formats=ISO_DATE, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = django_filters.ChoiceFilter(choices=Carrier.Kind.choices, label=_("Kind"), empty_label=_("All kinds"))
    free_m2__gte = _at_least("free_m2", _("Free area from, m²"))
    clear_height_m__gte = _at_least("clear_height_m", _("Clear height from, m"))
    floor_load_t_m2__gte = _at_least("floor_load_t_m2", _("Floor load from, t/m²"))
    power_kva__gte = _at_least("power_kva", _("Power from, kVA"))

    class Meta:
        model = Carrier
        fields: ClassVar[list[str]] = []

    @property
    def day(self) -> datetime.date:
        self.form.is_valid()
        day: datetime.date = self.form.cleaned_data.get("on") or today()
        return day

    def leave(self, rows: Any, _name: str, _value: Any) -> Any:
        return rows  # `free_rows` asks for the day

    def free_rows(self) -> Any:
        """Published carriers that can be used on the day and have room, the largest first; wrong values are left out."""
        day = self.day
        rows = with_free_area(self.queryset.filter(is_published=True), day).filter(
            Q(available_from__isnull=True) | Q(available_from__lte=day),
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day),
            free_m2__gt=0,
        )
        return self.filter_queryset(rows).order_by("-free_m2", "code")


__all__ = [
    "FACETS",
    "LABELS",
    "LISTING_KINDS",
    "CarrierFilterSet",
    "ChainFilterSet",
    "EnterpriseFilterSet",
    "ParkFilterSet",
]
