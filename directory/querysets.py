"""Questions about many enterprises: which rows a filter means, and what a page needs to know of the rows it shows.

Filters say here, in rows, what `directory.search` says in tokens; a test holds the two together.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value

from directory.models import (
    ChainLeadership,
    ChainPosition,
    Enterprise,
    EnterpriseName,
    FieldSource,
    Holding,
    Listing,
    Qualification,
    RankingEntry,
)
from directory.rules import uscc
from directory.search import LISTED_HERE, LISTED_PARENT

Rows = QuerySet[Any]
#: Links from one merged row to the next that are followed; more would be a circle.
_MERGES = 20


# --- filters --------------------------------------------------------------------------------------------------------


def current_holdings(at: datetime.date) -> Rows:
    """Holdings on a day."""
    rows: Rows = Holding.objects.filter(Q(until__isnull=True) | Q(until__gte=at))
    return rows


def from_countries(rows: Rows, codes: Collection[str], at: datetime.date) -> Rows:
    """With an investor, or an investor's ultimate parent, from one of these countries or regions (ISO 3166-1)."""
    held = current_holdings(at).filter(Q(country__in=codes) | Q(ultimate_country__in=codes))
    return rows.filter(pk__in=held.values("enterprise"))


def in_chains(rows: Rows, codes: Collection[str]) -> Rows:
    """With a place in one of these chains, or designated as its leader."""
    placed = ChainPosition.objects.filter(chain__code__in=codes)
    leading = ChainLeadership.objects.filter(chain__code__in=codes)
    return rows.filter(Q(pk__in=placed.values("enterprise")) | Q(pk__in=leading.values("enterprise")))


def holding_titles(rows: Rows, codes: Collection[str], at: datetime.date) -> Rows:
    """With one of these qualifications valid on the day."""
    return rows.filter(pk__in=Qualification.objects.valid_on(at).filter(type__code__in=codes).values("enterprise"))


def listed(rows: Rows, kinds: Collection[str]) -> Rows:
    """Listed themselves, or under a listed group."""
    current = Listing.objects.current()
    wanted = Q(pk__in=[])
    if LISTED_HERE in kinds:
        wanted |= Q(pk__in=current.filter(enterprise__isnull=False).values("enterprise"))
    if LISTED_PARENT in kinds:
        wanted |= Q(group__in=current.filter(group__isnull=False).values("group"))
    return rows.filter(wanted)


def ranked_on(rows: Rows, codes: Collection[str]) -> Rows:
    """Of a group that stands on one of these lists, in whichever year."""
    return rows.filter(group__in=RankingEntry.objects.filter(ranking__code__in=codes).values("group"))


# --- addresses ------------------------------------------------------------------------------------------------------


def canonical_id(identifier: str) -> str | None:
    """The public id of the published enterprise that an identifier also stands for, or None.

    Understood are a credit code in any case and spacing, a public id in capitals, and the id of a merged enterprise.
    """
    if "\x00" in identifier:  # PostgreSQL cannot take it
        return None
    code = uscc.normalise(identifier)
    if len(code) == uscc.LENGTH:
        row = Enterprise.objects.filter(uscc=code).first()
    else:
        row = Enterprise.objects.filter(public_id=identifier.strip().lower()).first()
    for _step in range(_MERGES):
        if row is None or row.merged_into_id is None:
            break
        row = Enterprise.objects.filter(pk=row.merged_into_id).first()
    public = row is not None and Enterprise.objects.published().filter(pk=row.pk).exists()
    return row.public_id if row is not None and public else None


# --- what a list shows of each row ------------------------------------------------------------------------------------


@dataclass(slots=True)
class About:
    """Other rows' names for one line of a list: (value, name, English name) of each."""

    countries: list[tuple[str, str, str]] = field(default_factory=list)
    chains: list[tuple[str, str, str]] = field(default_factory=list)
    titles: list[tuple[str, str, str]] = field(default_factory=list)


def for_lines(ids: Sequence[int], at: datetime.date) -> list[tuple[Any, About]]:
    """Published enterprises in the order of these ids, each with what a line shows of it; two queries.

    Each row has `is_leader`, `is_listed` and `has_listed_parent`.
    """
    current = Listing.objects.current()
    found = (
        Enterprise.objects.published()
        .filter(pk__in=ids)
        .select_related("park", "group", "industry", "source", "successor")
        .annotate(
            is_leader=Exists(ChainLeadership.objects.filter(enterprise=OuterRef("pk"))),
            is_listed=Exists(current.filter(enterprise=OuterRef("pk"))),
            has_listed_parent=Exists(current.filter(group=OuterRef("group"))),
        )
        .in_bulk()
    )
    about = _about(list(found), at)
    return [(found[key], about[key]) for key in ids if key in found]


def _about(ids: Sequence[int], at: datetime.date) -> dict[int, About]:
    """One query over all kinds of rows, so that a list costs the same however much it shows."""
    columns = ("enterprise_id", "kind", "place", "value", "name", "name_en")

    def read(rows: Rows, kind: str, place: Any, value: Any, name: Any, name_en: Any) -> Rows:
        return (
            rows.filter(enterprise__in=ids)
            .order_by()
            .annotate(
                kind=Value(kind, output_field=CharField()),
                place=place,
                value=value,
                name=name,
                name_en=name_en,
            )
            .values_list(*columns)
        )

    nothing = Value("", output_field=CharField())
    # Holding and ChainPosition have no field called value, name or name_en; Qualification has none either.
    parts = [
        read(current_holdings(at), "country", F("pk"), F("country"), nothing, nothing),
        read(ChainPosition.objects.all(), "chain", F("chain__order"), F("chain__code"), F("chain__name"),
             F("chain__name_en")),
        read(ChainLeadership.objects.all(), "chain", F("chain__order"), F("chain__code"), F("chain__name"),
             F("chain__name_en")),
        read(Qualification.objects.valid_on(at), "title", F("type__order"), F("type__code"), F("type__name"),
             F("type__name_en")),
    ]  # fmt: skip
    lists = {"country": "countries", "chain": "chains", "title": "titles"}
    about: dict[int, About] = defaultdict(About)
    # UNION (not ALL): a place and a leadership in one chain are one line.
    for key, kind, _place, value, name, name_en in sorted(parts[0].union(*parts[1:]), key=lambda row: row[:4]):
        entries = getattr(about[key], lists[kind])
        if all(value != known for known, _, _ in entries):
            entries.append((value, name, name_en))
    return about


# --- what the page of one enterprise shows ----------------------------------------------------------------------------


@dataclass(slots=True)
class Sheet:
    """One published enterprise with everything public that hangs on it."""

    enterprise: Any
    at: datetime.date
    names: list[Any]
    holdings: list[Any]
    positions: list[Any]
    leaderships: list[Any]
    qualifications: list[Any]
    listings: list[Any]
    rankings: list[Any]
    #: other published enterprises: same group, head office of or branch of this one, succeeded by this one
    relatives: list[Any]
    #: field → where its value comes from, where that differs from the source of the whole row
    field_sources: dict[str, Any]

    @property
    def siblings(self) -> list[Any]:
        group = self.enterprise.group_id
        return [row for row in self.relatives if group is not None and row.group_id == group]

    @property
    def branches(self) -> list[Any]:
        return [row for row in self.relatives if row.head_office_id == self.enterprise.pk]

    @property
    def predecessors(self) -> list[Any]:
        return [row for row in self.relatives if row.successor_id == self.enterprise.pk]


def sheets() -> Rows:
    """Published enterprises as `sheet` needs them."""
    rows: Rows = Enterprise.objects.published().select_related(
        "source", "group", "park", "industry", "registration_type", "head_office", "successor__merged_into"
    )
    return rows


def sheet(enterprise: Any, at: datetime.date) -> Sheet:
    """Read what hangs on an enterprise of `sheets()`: nine queries, whatever there is."""
    key, group = enterprise.pk, enterprise.group_id
    of_it = Q(enterprise=key) | Q(group=group) if group is not None else Q(enterprise=key)
    related = Q(successor=key) | Q(head_office=key)
    if group is not None:
        related |= Q(group=group)
    sources = FieldSource.objects.filter(subject_type="enterprise", subject_id=enterprise.public_id)
    return Sheet(
        enterprise=enterprise,
        at=at,
        names=list(EnterpriseName.objects.filter(enterprise=key).select_related("source").order_by("kind", "pk")),
        holdings=list(
            current_holdings(at)
            .filter(enterprise=key)
            .select_related("source", "investor_group")
            .order_by("-share", "pk")
        ),
        positions=list(
            ChainPosition.objects.filter(enterprise=key)
            .select_related("chain", "segment", "source")
            .order_by("chain__order", "segment__order", "pk")
        ),
        leaderships=list(
            ChainLeadership.objects.filter(enterprise=key)
            .select_related("chain", "source")
            .order_by("chain__order", "pk")
        ),
        qualifications=list(
            Qualification.objects.filter(enterprise=key)
            .select_related("type", "source")
            .order_by("type__order", "-recognised_on", "pk")
        ),
        listings=list(
            Listing.objects.filter(of_it)
            .select_related("exchange", "group", "source")
            .order_by("exchange__mic", "ticker")
        ),
        rankings=list(
            RankingEntry.objects.filter(group=group, group__isnull=False)
            .select_related("ranking", "source")
            .order_by("-year", "ranking__code")
        ),
        relatives=list(
            Enterprise.objects.published().filter(related).exclude(pk=key).order_by("search_doc__rank", "pk")[:60]
        ),
        field_sources={
            row.field: row.source
            for row in sources.exclude(source=enterprise.source_id)
            .exclude(field__startswith="=")
            .select_related("source")
        },
    )
