"""A chain as promotion reads it: its segments with what is missing, who to ask for each, and what is in hand already.

`rules.chain_targets` decides who is proposed and why; here the rows are read. Leads and projects are those that the
person sees whole: a record known by its code name alone is not shown beside a group, or the group would unmask it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery

from directory.models import (
    ChainLeadership,
    ChainPosition,
    ChainSegment,
    CorporateGroup,
    Enterprise,
    IndustryChain,
    RankingEntry,
    SegmentEdge,
)
from directory.models.enterprises import Relation
from directory.presenting import country_name, local, named
from directory.rules.names import core_name
from promotion.models import InvestmentProject, Lead, LeadChannel
from promotion.rules import chain_targets
from promotion.rules.chain_targets import Candidate, Gap, Proposal, Rank, Stand, words

GROUP, FIRM = "group", "firm"
#: The channel of leads that come from here.
CHANNEL = "chain_research"
#: Proposals shown for a segment, and enterprises here named beside it.
MOST = 6
NAMED = 8


@dataclass(slots=True)
class Beside:
    """A segment at the other end of a link, with who stands there."""

    segment: Any
    enterprises: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Target:
    """Somebody proposed for a segment, with what is in hand with them already."""

    #: GROUP or FIRM, and its primary key.
    kind: str
    key: int
    proposal: Proposal
    row: Any = None
    leads: list[Any] = field(default_factory=list)
    projects: list[Any] = field(default_factory=list)
    #: Whether one of these is about this very segment: then another lead would be the same.
    is_in_hand: bool = False

    @property
    def name(self) -> str:
        return str(self.row)

    @property
    def country(self) -> str:
        code = getattr(self.row, "country", "")
        return country_name(code) if code else ""


@dataclass(slots=True)
class SegmentSheet:
    """One segment: who stands in it, who would buy from it or supply it here, what is in hand, who is proposed."""

    segment: Any
    here: list[Any] = field(default_factory=list)
    buyers: list[Beside] = field(default_factory=list)
    suppliers: list[Beside] = field(default_factory=list)
    leads: list[Any] = field(default_factory=list)
    projects: list[Any] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    has_more: bool = False
    has_leader: bool = False

    @property
    def kind(self) -> str:
        """link_fill, link_strengthen, link_extend, or "" where nobody assessed it."""
        return chain_targets.KINDS.get(self.segment.gap, "")


@dataclass(frozen=True, slots=True)
class Line:
    """One chain on the overview: its segments by assessment, and what is in hand for it."""

    chain: Any
    segments: Mapping[str, int]
    enterprises: int
    leads: int
    projects: int

    def of(self, gap: str) -> int:
        return self.segments.get(gap, 0)


# --- the overview ----------------------------------------------------------------------------------------------------


def overview(user: Any) -> list[Line]:
    """Every chain with its gaps, enterprises here, open leads and running projects; five queries."""
    segments: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for chain, gap in ChainSegment.objects.visible_to(user).order_by().values_list("chain_id", "gap"):
        segments[chain][gap] += 1
    standing: dict[int, set[int]] = defaultdict(set)
    counted = Enterprise.objects.counted().order_by().values("pk")
    for chain, enterprise in ChainPosition._base_manager.filter(enterprise__in=counted).values_list(
        "chain_id", "enterprise_id"
    ):
        standing[chain].add(enterprise)
    leads = _by_chain(Lead.objects.visible_to(user).open())
    projects = _by_chain(InvestmentProject.objects.visible_to(user).running())
    chains = IndustryChain.objects.visible_to(user).order_by("order", "code")
    return [
        Line(chain, dict(segments[chain.pk]), len(standing[chain.pk]), leads[chain.pk], projects[chain.pk])
        for chain in chains
    ]


def _by_chain(rows: Any) -> dict[int, int]:
    """How many of each chain, by their own chain or that of the segment they would fill."""
    found: dict[int, int] = defaultdict(int)
    filled = rows.filter(Q(chain__isnull=False) | Q(segment__isnull=False)).order_by()
    for chain, of_segment in filled.values_list("chain_id", "segment__chain_id"):
        found[chain or of_segment] += 1
    return found


# --- one chain -------------------------------------------------------------------------------------------------------


def chain_sheet(chain: Any, user: Any) -> list[SegmentSheet]:
    """The chain's segments in their order, each with its proposals. Ten queries, whatever the number of rows."""
    sheets = {row.pk: SegmentSheet(row) for row in ChainSegment.objects.visible_to(user).filter(chain=chain)}
    edges = _edges(sheets)
    positions = _positions(chain, edges)
    leaders = set(ChainLeadership._base_manager.filter(chain=chain).values_list("enterprise_id", flat=True))
    _seat(sheets, edges, positions, leaders)
    gaps = {key: _gap(sheet, edges, chain) for key, sheet in sheets.items()}
    vocabulary = frozenset().union(*(gap.words | gap.chain_words for gap in gaps.values()))
    every = _candidates(chain, positions, leaders)
    candidates = [one for one in every if chain_targets.is_worth_judging(one, vocabulary)]
    for key, sheet in sheets.items():
        found, sheet.has_more = chain_targets.propose(candidates, gaps[key], most=MOST)
        sheet.targets = [_target(one) for one in found]
    _name(sheets.values(), positions)
    _in_hand(sheets, user)
    return list(sheets.values())


def draft_lead(chain: Any, sheet: SegmentSheet, target: Target, detail: str) -> Any:
    """The lead that one step makes of somebody proposed; nothing is saved. One query for the channel."""
    row, segment = target.row, sheet.segment
    lead = Lead(
        name=row.name or row.name_en if target.kind == GROUP else row.registered_name or row.display_name,
        name_en=row.name_en,
        country=getattr(row, "country", ""),
        origin=target.country,
        business=(getattr(row, "industry_text", "") or getattr(row, "products", "") or local(segment))[:300],
        chain=chain,
        segment=segment,
        channel=LeadChannel.objects.filter(code=CHANNEL, is_active=True).first(),
        detail=detail,
        is_demo=row.is_demo,
    )
    if target.kind == GROUP:
        lead.group = row
    else:
        lead.uscc = row.uscc or ""
    return lead


def _target(proposal: Proposal) -> Target:
    who: Any = proposal.key  # as `_candidates` made it
    kind, key = who
    return Target(kind, key, proposal)


def _edges(sheets: Mapping[int, SegmentSheet]) -> list[Any]:
    touching = Q(upstream__in=list(sheets)) | Q(downstream__in=list(sheets))
    rows = SegmentEdge._base_manager.filter(touching).select_related("upstream__chain", "downstream__chain")
    return list(rows.order_by("pk"))


def _positions(chain: Any, edges: Iterable[Any]) -> list[Any]:
    """Who stands in the chain, and in the segments of other chains that feed it or are fed by it."""
    near = {key for edge in edges for key in (edge.upstream_id, edge.downstream_id)}
    rows = ChainPosition._base_manager.filter(Q(chain=chain) | Q(segment__in=near))
    rows = rows.filter(enterprise__in=Enterprise.objects.current().order_by().values("pk"))
    counted = Enterprise.objects.counted().filter(pk=OuterRef("enterprise")).order_by().values("pk")
    rows = rows.annotate(counted=Subquery(counted[:1])).select_related("enterprise", "source")
    return list(rows.order_by("enterprise__search_doc__rank", "enterprise", "pk"))


def _seat(
    sheets: Mapping[int, SegmentSheet], edges: Iterable[Any], positions: Iterable[Any], leaders: Collection[int]
) -> None:
    """Put the enterprises here into their segments and beside the segments that they buy from or supply."""
    here: dict[int, list[Any]] = defaultdict(list)
    for row in positions:
        if row.counted is not None and row.segment_id is not None:
            here[row.segment_id].append(row.enterprise)
    for key, sheet in sheets.items():
        sheet.here = here[key]
        sheet.has_leader = any(row.pk in leaders for row in here[key])
    for edge in edges:
        if edge.upstream_id in sheets:
            sheets[edge.upstream_id].buyers.append(Beside(edge.downstream, here[edge.downstream_id]))
        if edge.downstream_id in sheets:
            sheets[edge.downstream_id].suppliers.append(Beside(edge.upstream, here[edge.upstream_id]))


def _gap(sheet: SegmentSheet, edges: Iterable[Any], chain: Any) -> Gap:
    row = sheet.segment
    return Gap(
        row.pk,
        row.gap,
        words(row.name, row.name_en),
        words(chain.name, chain.name_en),
        frozenset(edge.downstream_id for edge in edges if edge.upstream_id == row.pk),
        frozenset(edge.upstream_id for edge in edges if edge.downstream_id == row.pk),
    )


# --- who may be asked ------------------------------------------------------------------------------------------------


def _candidates(chain: Any, positions: Iterable[Any], leaders: Collection[int]) -> list[Candidate]:
    """Every group with a line of business, a rank or an enterprise in the chain, and firms outside that are of none.

    Three queries.
    """
    here: dict[tuple[str, int], list[Stand]] = defaultdict(list)
    outside: dict[tuple[str, int], list[Stand]] = defaultdict(list)
    for row in positions:
        key = (FIRM, row.enterprise_id) if row.enterprise.group_id is None else (GROUP, row.enterprise.group_id)
        stand = Stand(
            row.segment_id,
            str(row.enterprise),
            local(row.source) if row.source else "",
            row.enterprise_id in leaders,
            of_chain=row.chain_id == chain.pk,
        )
        if row.counted is not None:
            here[key].append(stand)
        elif row.enterprise.relation == Relation.OUTSIDE:
            outside[key].append(stand)
    present = set(Enterprise.objects.counted().filter(group__isnull=False).order_by().values_list("group", flat=True))
    ranks = _ranks()
    columns = ("pk", "name", "name_en", "industry_text", "source__name", "source__name_en")
    candidates = []
    for key, name, name_en, business, source, source_en in CorporateGroup._base_manager.order_by("pk").values_list(
        *columns
    ):
        who = (GROUP, key)
        if not (business or key in ranks or who in here or who in outside):
            continue
        candidates.append(
            Candidate(
                who,
                words(business),
                business,
                words(core_name(name), core_name(name_en)),
                tuple(ranks.get(key, ())),
                tuple(here[who]),
                tuple(outside[who]),
                is_here=key in present,
                source=named("", source or "", source_en or ""),
            )
        )
    for who, stands in outside.items():
        if who[0] == FIRM:
            candidates.append(Candidate(who, outside=tuple(stands)))
    return candidates


def _ranks() -> dict[int, list[Rank]]:
    """Group → its places in the latest year of each list; one query."""
    latest = RankingEntry._base_manager.filter(ranking=OuterRef("ranking")).order_by().values("ranking")
    rows = RankingEntry._base_manager.filter(year=Subquery(latest.annotate(last=Max("year")).values("last")))
    found: dict[int, list[Rank]] = defaultdict(list)
    about: dict[int, Any] = {}
    for row in rows.select_related("ranking", "source").order_by("pk"):
        listed = about.setdefault(row.ranking_id, words(row.ranking.name, row.ranking.name_en))
        source = local(row.source) if row.source else row.ranking.publisher
        found[row.group_id].append(Rank(local(row.ranking), row.year, row.rank, listed, source))
    return found


def _name(sheets: Iterable[SegmentSheet], positions: Iterable[Any]) -> None:
    """Read the few groups that are shown; the firms are there already."""
    targets = [target for sheet in sheets for target in sheet.targets]
    firms = {row.enterprise_id: row.enterprise for row in positions}
    groups = CorporateGroup._base_manager.in_bulk({target.key for target in targets if target.kind == GROUP})
    for target in targets:
        target.row = groups[target.key] if target.kind == GROUP else firms[target.key]


# --- what is in hand -------------------------------------------------------------------------------------------------


def _in_hand(sheets: Mapping[int, SegmentSheet], user: Any) -> None:
    """Open leads and running projects of each segment and of each one proposed, as far as the person sees them whole."""
    targets = [(sheet, target) for sheet in sheets.values() for target in sheet.targets]
    groups = {target.key for _sheet, target in targets if target.kind == GROUP}
    codes = {target.row.uscc for _sheet, target in targets if target.kind == FIRM and target.row.uscc}
    names = {target.row.display_name for _sheet, target in targets if target.kind == FIRM}
    about = Q(segment__in=list(sheets)) | Q(group__in=groups) | Q(uscc__in=codes) | Q(name__in=names)
    leads = list(Lead.objects.visible_to(user).open().filter(about).select_related("unit").order_by("-pk"))
    projects = list(
        InvestmentProject.objects.visible_to(user).running().filter(about).select_related("unit").order_by("-pk")
    )
    for sheet in sheets.values():
        sheet.leads = [row for row in leads if row.segment_id == sheet.segment.pk]
        sheet.projects = [row for row in projects if row.segment_id == sheet.segment.pk]
    for sheet, target in targets:
        target.leads = [row for row in leads if _is_about(row, target)]
        target.projects = [row for row in projects if _is_about(row, target)]
        # A lead of theirs without a segment is about this one as well as about any other.
        near = (None, sheet.segment.pk)
        target.is_in_hand = any(row.segment_id in near for row in (*target.leads, *target.projects))


def _is_about(row: Any, target: Target) -> bool:
    if target.kind == GROUP:
        return bool(row.group_id == target.key)
    return bool(row.uscc and row.uscc == target.row.uscc) or row.name == target.row.display_name
