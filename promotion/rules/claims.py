"""First report, first talk (首报首谈): whose lead it is, for how long, and what silence does to it.

A claim starts when the lead's mandatory fields are complete; whoever completed first holds it, later reporters are
kept. Protection lasts so many days and is renewed by each substantive contact within it. Silence reminds, then asks
the manager to reassign; releasing by itself is a setting, off. Long-term tracking (长期跟踪) is exempt from both.
Periods are rows. Days are those of Asia/Shanghai; the last day of a period counts in full.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from promotion.rules.working_time import local_day

PENDING = "pending"
ACTIVE = "active"
EXPIRING = "expiring"
EXPIRED = "expired"
RELEASED = "released"
OVERRULED = "overruled"
STATUSES = (PENDING, ACTIVE, EXPIRING, EXPIRED, RELEASED, OVERRULED)

NOTHING = "nothing"
REMIND_OWNER = "remind_owner"
ASK_MANAGER = "ask_manager"
RELEASE = "release"


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """Periods in days: protection, its warning, silence until the owner is reminded, from then until the manager is."""

    protection_days: int = 90
    warning_days: int = 14
    silence_days: int = 30
    grace_days: int = 7
    releases_by_itself: bool = False


TERMS = ClaimTerms()


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One unit's claim: when it was reported, became complete, was talked on, extended, and how it ended.

    ``contacts`` are the substantive ones only; ``extended_until`` are the last days that the manager granted.
    """

    reported_at: datetime
    complete_at: datetime | None = None
    contacts: tuple[datetime, ...] = ()
    extended_until: tuple[date, ...] = ()
    is_long_term: bool = False
    released_at: datetime | None = None
    overruled_at: datetime | None = None


def incomplete_fields(values: Mapping[str, object], mandatory: Iterable[str]) -> tuple[str, ...]:
    """Return the mandatory fields of a lead that are still empty; the claim starts when there is none."""
    return tuple(name for name in mandatory if values.get(name) is None or not str(values[name]).strip())


def protected_until(claim: ClaimFacts, at: datetime, terms: ClaimTerms = TERMS) -> date | None:
    """Return the last day of protection as known at a moment; None before it starts and for long-term tracking.

    A contact renews only while protection lasts: what has expired is not revived by it, but by an extension.
    """
    if claim.complete_at is None or claim.is_long_term:
        return None
    period = timedelta(days=terms.protection_days)
    until = local_day(claim.complete_at) + period
    granted = sorted(claim.extended_until)
    for contact in sorted(local_day(moment) for moment in claim.contacts if claim.complete_at <= moment <= at):
        # Extensions granted until then may have carried the protection as far as this contact.
        while granted and until < contact:
            until = max(until, granted.pop(0))
        if contact <= until:
            until = max(until, contact + period)
    return max([until, *granted])


def status_at(claim: ClaimFacts, at: datetime, terms: ClaimTerms = TERMS) -> str:
    """Return the claim's status at a moment."""
    if claim.overruled_at is not None and claim.overruled_at <= at:
        return OVERRULED
    if claim.released_at is not None and claim.released_at <= at:
        return RELEASED
    if claim.complete_at is None or at < claim.complete_at:
        return PENDING
    until = protected_until(claim, at, terms)
    if until is None:
        return ACTIVE
    left = (until - local_day(at)).days
    if left < 0:
        return EXPIRED
    return EXPIRING if left < terms.warning_days else ACTIVE


def is_standing(claim: ClaimFacts, at: datetime, terms: ClaimTerms = TERMS) -> bool:
    """Whether the claim keeps others off: complete, protected, neither released nor overruled."""
    return status_at(claim, at, terms) in (ACTIVE, EXPIRING)


def silent_since(claim: ClaimFacts, at: datetime) -> date | None:
    """Return the day of the last substantive contact, else of the claim's start; None before it starts."""
    if claim.complete_at is None or claim.complete_at > at:
        return None
    return max([local_day(claim.complete_at), *(local_day(moment) for moment in claim.contacts if moment <= at)])


def silence_asks(claim: ClaimFacts, at: datetime, terms: ClaimTerms = TERMS) -> str:
    """Return what silence asks for: NOTHING, REMIND_OWNER, then ASK_MANAGER (or RELEASE where that is switched on).

    An extension still running and long-term tracking ask for nothing.
    """
    since, today = silent_since(claim, at), local_day(at)
    if since is None or claim.is_long_term or status_at(claim, at, terms) in (RELEASED, OVERRULED):
        return NOTHING
    if any(day >= today for day in claim.extended_until):
        return NOTHING
    quiet = (today - since).days
    if quiet < terms.silence_days:
        return NOTHING
    if quiet < terms.silence_days + terms.grace_days:
        return REMIND_OWNER
    return RELEASE if terms.releases_by_itself else ASK_MANAGER


def silence_falls_on(claim: ClaimFacts, at: datetime, terms: ClaimTerms = TERMS) -> tuple[date, date] | None:
    """Return the days on which the owner is reminded and the manager asked, if nobody talks; None where never."""
    since = silent_since(claim, at)
    if since is None or claim.is_long_term:
        return None
    reminded = since + timedelta(days=terms.silence_days)
    return reminded, reminded + timedelta(days=terms.grace_days)


def order_of_claims(claims: Iterable[tuple[Hashable, ClaimFacts]]) -> tuple[Hashable, ...]:
    """Return the claims' keys as their order counts: by completion, then by report; incomplete ones last, by report."""

    def rank(pair: tuple[Hashable, ClaimFacts]) -> tuple[bool, datetime, datetime, str]:
        claim = pair[1]
        return claim.complete_at is None, claim.complete_at or claim.reported_at, claim.reported_at, str(pair[0])

    ranked = sorted(claims, key=rank)
    return tuple(key for key, _ in ranked)


def holder(claims: Sequence[tuple[Hashable, ClaimFacts]], at: datetime, terms: ClaimTerms = TERMS) -> Hashable | None:
    """Return the key of the first claim that stands at a moment; the others are co-reporters. None if none stands."""
    standing = [(key, claim) for key, claim in claims if is_standing(claim, at, terms)]
    return order_of_claims(standing)[0] if standing else None


def share_problems(
    shares: Sequence[tuple[Hashable, Decimal]], *, first_talker: Hashable | None = None
) -> tuple[str, ...]:
    """Return what is wrong with credit shares in percent; none at all are right, for they are optional.

    ``share_out_of_range``, ``party_twice``, ``sum_not_100``, ``first_talker_missing``: a transfer keeps them a share.
    """
    if not shares:
        return ()
    parties = [party for party, _ in shares]
    found = []
    if any(not 0 < share <= 100 for _, share in shares):
        found.append("share_out_of_range")
    if len(set(parties)) < len(parties):
        found.append("party_twice")
    if sum((share for _, share in shares), start=Decimal(0)) != 100:
        found.append("sum_not_100")
    if first_talker is not None and first_talker not in parties:
        found.append("first_talker_missing")
    return tuple(found)
