"""Whom to ask for a segment of a chain that is missing, weak or strong: groups and firms, each with the reasons.

补链 fills a missing segment, 强链 strengthens a weak one, 延链 goes on from a strong one. A proposal is an order of
what is worth reading first, no judgement of a firm: every point in its score is a reason that stands beside it. Somebody
is proposed only where something ties them to the segment; that they stand on a list of large groups is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from directory.rules.names import bigrams, normalise

MISSING, WEAK, STRONG = "missing", "weak", "strong"
FILL, STRENGTHEN, EXTEND = "link_fill", "link_strengthen", "link_extend"
#: Assessment of a segment → what is done about it; a segment that nobody assessed asks for nothing.
KINDS = {MISSING: FILL, WEAK: STRENGTHEN, STRONG: EXTEND}

# Reasons. The first group ties somebody to the segment; the second only adds to it.
KNOWN_OUTSIDE = "known_outside"
HERE_ALREADY = "here_already"
SAME_BUSINESS = "same_business"
NAMED_LIKE_IT = "named_like_it"
SUPPLIES_HERE = "supplies_here"
BUYS_HERE = "buys_here"
IN_CHAIN = "in_chain"
BUSINESS_OF_CHAIN = "business_of_chain"
LIST_OF_CHAIN = "list_of_chain"
RANKED = "ranked"
LEADS_CHAIN = "leads_chain"
NOT_HERE = "not_here"
TIES = frozenset(
    {
        KNOWN_OUTSIDE, HERE_ALREADY, SAME_BUSINESS, NAMED_LIKE_IT, SUPPLIES_HERE, BUYS_HERE, IN_CHAIN,
        BUSINESS_OF_CHAIN, LIST_OF_CHAIN,
    }
)  # fmt: skip

POINTS = {
    KNOWN_OUTSIDE: 50,
    HERE_ALREADY: 30,
    SAME_BUSINESS: 45,
    NAMED_LIKE_IT: 25,
    SUPPLIES_HERE: 25,
    BUYS_HERE: 25,
    IN_CHAIN: 15,
    BUSINESS_OF_CHAIN: 10,
    LIST_OF_CHAIN: 10,
    RANKED: 10,
    LEADS_CHAIN: 10,
    NOT_HERE: 5,
}
#: More for a place in the first hundred of a list.
_FRONT, _FRONT_POINTS = 100, 5
MOST_POINTS = 100
#: Half of a segment's words must be found for its business to be the same; fewer say only a part as much.
_WHOLE_SHARE = 0.5

_LATIN = re.compile("[a-z]{3,}")
#: Words that stand in the names of too many segments and firms to tie them to each other.
_GENERIC = frozenset(
    """
    系统 材料 制造 设备 零件 部件 零部 产品 技术 服务 科技 工业 集团 股份 控股 投资 发展 企业 公司 有限 生产 加工 研发 其他
    相关 装备 智能 国际 全球 百强 供应 应商 中文 白皮 皮书 世界 株式 会社
    system systems material materials product products technology technologies service services group holding holdings
    company corporation industry industries industrial manufacturing equipment component components part parts and the
    for global top international limited inc other new general
    """.split()
)
#: One trade's words in the lists and chains of both languages; the first stands for all.
_TRADES = """
汽车 整车 车辆 汽配 vehicle automotive automobile auto car
机床 机械 数控 machine machinery cnc
食品 饮料 食物 food beverage
医药 制药 药业 生物 健康 pharma pharmaceutical medicine medical biotech biologic health
半导体 半导 导体 芯片 集成 semiconductor chip
航空 航天 aerospace aviation aircraft
超算 算力 计算 computing supercomputing
化学 化工 chemical
循环 再生 回收 recycling circular
时尚 服装 纺织 fashion apparel textile
"""
_TRADE_OF = {word: line.split()[0] for line in _TRADES.strip().splitlines() for word in line.split()}


@lru_cache(maxsize=16384)
def words(*texts: str) -> frozenset[str]:
    """The words that say what is made: pairs of ideographs and Latin words in the singular, without the generic ones.

    A word of a known trade brings the trade's own with it, so that 整车 and automotive meet.
    """
    found: set[str] = set()
    for text in texts:
        plain = normalise(text)
        found.update(bigrams(plain))
        found.update(word.removesuffix("s") for word in _LATIN.findall(plain) if word not in _GENERIC)
    found -= _GENERIC
    return frozenset(found | {_TRADE_OF[word] for word in found if word in _TRADE_OF})


def spoken(shared: Iterable[str]) -> str:
    """Shared words as a person reads them: 数控 and 控车 and 车床 become 数控车床; no part of another is said twice."""
    left = sorted(shared)
    parts: list[str] = []
    while left:
        start = next((one for one in left if not any(other[-1] == one[0] for other in left if other != one)), left[0])
        left.remove(start)
        while following := next((one for one in left if len(one) == 2 and start[-1] == one[0]), ""):
            left.remove(following)
            start += following[1:]
        parts.append(start)
    whole = dict.fromkeys(one for one in parts if not any(one in other for other in parts if other != one))
    return " ".join(whole)


@dataclass(frozen=True, slots=True)
class Rank:
    """A place on a list in its latest year; ``about`` are the words of the list's name."""

    name: str
    year: int
    place: int | None = None
    about: frozenset[str] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """One of its enterprises in a segment: its name and who states it.

    ``segment`` is None for a chain as a whole; ``of_chain`` is false for a segment of another chain beside this one.
    """

    segment: object
    enterprise: str
    source: str = ""
    is_leader: bool = False
    of_chain: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group, or a firm without one: what it makes, where it is ranked, where its enterprises stand in this chain.

    ``business`` are the words of its line of business, ``business_text`` is how that is written. ``here`` are enterprises that the zone counts, ``outside`` those known elsewhere.
    """

    key: object
    business: frozenset[str] = frozenset()
    business_text: str = ""
    name: frozenset[str] = frozenset()
    ranks: tuple[Rank, ...] = ()
    here: tuple[Stand, ...] = ()
    outside: tuple[Stand, ...] = ()
    is_here: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A segment that asks for somebody: its words and its chain's, what it feeds and what feeds it."""

    key: object
    assessment: str
    words: frozenset[str]
    chain_words: frozenset[str]
    feeds: frozenset[object] = frozenset()
    fed_by: frozenset[object] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code, its points, what it is about, and who states it."""

    code: str
    points: int
    subject: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody to ask, with the sum of the reasons' points, at most ``MOST_POINTS``."""

    key: object
    score: int
    reasons: tuple[Reason, ...] = field(default=())


def is_worth_judging(candidate: Candidate, vocabulary: frozenset[str]) -> bool:
    """Whether anything may tie the candidate to a segment of a chain whose words, and its segments', are given."""
    stands = candidate.here or candidate.outside
    shares = candidate.business & vocabulary or candidate.name & vocabulary
    return bool(stands or shares or any(rank.about & vocabulary for rank in candidate.ranks))


def propose(candidates: Iterable[Candidate], gap: Gap, *, most: int) -> tuple[list[Proposal], bool]:
    """Return who is tied to the segment, the most reasons first, and whether there are more than ``most``."""
    found = [proposal for candidate in candidates if (proposal := judge(candidate, gap)) is not None]
    found.sort(key=lambda proposal: (-proposal.score, str(proposal.key)))
    return found[:most], len(found) > most


def judge(candidate: Candidate, gap: Gap) -> Proposal | None:
    """Return the proposal, or None where nothing ties the candidate to the segment or nobody assessed it."""
    if gap.assessment not in KINDS:
        return None
    reasons = (*_standing(candidate, gap), *_business(candidate, gap), *_ranked(candidate, gap))
    if not any(reason.code in TIES for reason in reasons):
        return None
    if not candidate.is_here:
        reasons = (*reasons, Reason(NOT_HERE, POINTS[NOT_HERE]))
    return Proposal(candidate.key, min(sum(reason.points for reason in reasons), MOST_POINTS), reasons)


def _standing(candidate: Candidate, gap: Gap) -> Iterable[Reason]:
    """Where its enterprises stand: each kind of place counts once, with the first enterprise's name."""
    places = (
        (KNOWN_OUTSIDE, candidate.outside, lambda stand: stand.segment == gap.key),
        # A missing segment with somebody in it is not missing: then the assessment is old, and nobody is proposed twice.
        (HERE_ALREADY, candidate.here, lambda stand: stand.segment == gap.key and gap.assessment != MISSING),
        (SUPPLIES_HERE, candidate.here, lambda stand: stand.segment in gap.fed_by),
        (BUYS_HERE, candidate.here, lambda stand: stand.segment in gap.feeds),
    )
    found = []
    for code, stands, fits in places:
        if stand := next(filter(fits, stands), None):
            found.append(Reason(code, POINTS[code], stand.enterprise, stand.source))
    if not found and (stand := next((one for one in candidate.here if one.of_chain), None)):
        found.append(Reason(IN_CHAIN, POINTS[IN_CHAIN], stand.enterprise, stand.source))
    if found and (leader := next((stand for stand in candidate.here if stand.is_leader), None)):
        found.append(Reason(LEADS_CHAIN, POINTS[LEADS_CHAIN], leader.enterprise, leader.source))
    return found


def _business(candidate: Candidate, gap: Gap) -> Iterable[Reason]:
    """What it makes against what the segment is called; else against the chain."""
    for code, own in ((SAME_BUSINESS, candidate.business), (NAMED_LIKE_IT, candidate.name)):
        if shared := own & gap.words:
            share = min(1.0, len(shared) / max(1, len(gap.words)) / _WHOLE_SHARE)
            subject = candidate.business_text if code == SAME_BUSINESS else spoken(shared)
            return [Reason(code, round(POINTS[code] * share), subject, candidate.source)]
    if candidate.business & gap.chain_words:
        points = POINTS[BUSINESS_OF_CHAIN]
        return [Reason(BUSINESS_OF_CHAIN, points, candidate.business_text, candidate.source)]
    return []


def _ranked(candidate: Candidate, gap: Gap) -> Iterable[Reason]:
    """Its best place; a list about the chain's own trade is a tie, one of large groups is not."""
    ranks = sorted(candidate.ranks, key=lambda rank: (not rank.about & gap.chain_words, rank.place or 10_000))
    for rank in ranks[:1]:
        front = _FRONT_POINTS if rank.place is not None and rank.place <= _FRONT else 0
        place = f" #{rank.place}" if rank.place is not None else ""
        subject = f"{rank.name} {rank.year}{place}"
        yield Reason(RANKED, POINTS[RANKED] + front, subject, rank.source)
        if rank.about & gap.chain_words:
            yield Reason(LIST_OF_CHAIN, POINTS[LIST_OF_CHAIN], rank.name, rank.source)
