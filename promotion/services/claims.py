"""First report, first talk (首报首谈): whose lead it is, for how long, and how it passes to somebody else.

A unit's claim begins when the lead's mandatory fields are complete; later reporters keep theirs. `rules.claims` decides
protection, silence, order and shares; here its facts are read and what it asks for is written. A talk counts for the
unit that has the lead whoever of its task force talked, and for a co-reporting unit if one of its people did.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from pinghu.accounts.models import Department, Membership
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import delete_record, save_record
from promotion.models import (
    ClaimDispute,
    ClaimPolicy,
    CreditShare,
    Interaction,
    Lead,
    LeadClaim,
)
from promotion.people import managers_of
from promotion.rules import claims as rules
from promotion.rules.claims import ClaimFacts, ClaimTerms
from promotion.rules.confidentiality import FULL, HIDDEN
from promotion.rules.working_time import local_day
from promotion.services.leads import locked
from promotion.services.telling import MY_DAY, page_of, tell

#: Who may have a lead or a project: the roles that work on them.
OWNER_ROLES = frozenset(
    {
        Role.PROMOTION_OFFICER,
        Role.PROMOTION_MANAGER,
        Role.SERVICE_OFFICER,
        Role.SERVICE_COORDINATOR,
        Role.SUBDISTRICT_LIAISON,
    }
)
#: Claims looked at together by the silence job.
_PIECE = 500


# --- what the rules are told -----------------------------------------------------------------------------------------


def claim_terms(on: datetime.date) -> ClaimTerms:
    """The periods that hold on a day: the newest row in effect, else those of the rule. One query."""
    row = ClaimPolicy._base_manager.filter(effective_from__lte=on).order_by("-effective_from").first()
    if row is None:
        return rules.TERMS
    return ClaimTerms(
        protection_days=row.protection_days,
        warning_days=row.warning_days,
        silence_days=row.silence_days,
        grace_days=row.grace_days,
        releases_by_itself=row.releases_by_itself,
    )


def claim_facts(claim: Any) -> ClaimFacts:
    """One claim as the rules read it."""
    return facts_of([claim])[claim.pk]


def facts_of(claims: Iterable[Any]) -> dict[int, ClaimFacts]:
    """Claims as the rules read them, by key. At most four queries, however many claims."""
    found = list(claims)
    leads = Lead._base_manager.in_bulk({claim.lead_id for claim in found})
    talks: dict[int, list[tuple[datetime.datetime, int]]] = defaultdict(list)
    rows = Interaction._base_manager.filter(lead__in=list(leads), kind__in=Interaction.SUBSTANTIVE)
    for key, at, by in rows.order_by("at").values_list("lead", "at", "by"):
        talks[key].append((at, by))
    sharing = {claim.unit_id for claim in found if claim.unit_id != leads[claim.lead_id].unit_id}
    people = _people_of(sharing) if sharing else {}
    facts = {}
    for claim in found:
        lead = leads[claim.lead_id]
        has_it = claim.unit_id == lead.unit_id
        facts[claim.pk] = ClaimFacts(
            reported_at=claim.reported_at,
            complete_at=claim.complete_at,
            contacts=tuple(at for at, by in talks[lead.pk] if has_it or by in people[claim.unit_id]),
            extended_until=(claim.extended_until,) if claim.extended_until else (),
            is_long_term=lead.is_long_term,
            released_at=claim.released_at,
            overruled_at=claim.overruled_at,
        )
    return facts


def _people_of(units: Iterable[int]) -> dict[int, set[int]]:
    """Who works in each unit or below it. Two queries."""
    parents = dict(Department._base_manager.order_by().values_list("pk", "parent"))
    found: dict[int, set[int]] = {unit: set() for unit in units}
    for person, department in Membership._base_manager.order_by().values_list("user", "department"):
        above: int | None = department
        seen: set[int] = set()
        while above is not None and above not in seen:
            if above in found:
                found[above].add(person)
            seen.add(above)
            above = parents.get(above)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """One claim at a moment: its place in the order (from 1), its state, its last protected day, whether it holds."""

    claim: Any
    place: int
    status: str
    until: datetime.date | None
    holds: bool


def standings(lead: Any, *, at: datetime.datetime) -> list[Standing]:
    """All claims on a lead, as their order counts. At most six queries."""
    claims = {claim.pk: claim for claim in lead.claims.select_related("unit", "reporter", "first_talker")}
    facts, terms = facts_of(claims.values()), claim_terms(local_day(at))
    pairs = list(facts.items())
    holder = rules.holder(pairs, at, terms)
    return [
        Standing(
            claims[key],  # type: ignore[index]
            place,
            rules.status_at(facts[key], at, terms),  # type: ignore[index]
            rules.protected_until(facts[key], at, terms),  # type: ignore[index]
            key == holder,
        )
        for place, key in enumerate(rules.order_of_claims(pairs), start=1)
    ]


# --- beginning, lasting, ending --------------------------------------------------------------------------------------


def start_or_keep_claim(lead: Any, *, by: Any, door: str, at: datetime.datetime) -> Any:
    """Called in the transaction of every save of a lead: its unit's claim, begun once the lead is complete.

    What was released or overruled is not revived by an edit. Returns the claim that stands, or None.
    """
    if not lead.is_open or lead.unit_id is None:
        return None
    claim = _standing_claim(lead, lead.unit_id)
    if claim is None:
        reporter = lead.owner or by
        if getattr(reporter, "pk", None) is None or lead.claims.filter(unit=lead.unit_id).exists():
            return None
        return _new_claim(lead, unit=lead.unit, reporter=reporter, by=by, door=door, at=at)
    if claim.complete_at is None and _is_complete(lead):
        claim.complete_at = at
        return save_record(claim, fields=["complete_at"], by=by, door=door, verb="claim_started")
    return claim


def keep_later_report(lead: Any, *, unit: Any, reporter: Any, by: Any, door: str, at: datetime.datetime) -> Any:
    """Another unit reported the same lead: its claim is kept behind those that were complete before. Returns it."""
    with change(by=by, verb="reported_too", door=door):
        row = locked(lead)
        return _standing_claim(row, unit.pk) or _new_claim(row, unit=unit, reporter=reporter, by=by, door=door, at=at)


def extend_claim(claim: Any, *, until: datetime.date, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Protect a claim until a day, by a promotion manager with a reason; what has expired stands again.

    Raises DomainError with field errors.
    """
    say_why(why, "why")
    with change(by=by, verb="claim_extended", door=door, why=why):
        lead = locked(claim.lead)
        row = locked(claim)
        _must_manage(lead, by)
        _must_stand(row)
        if row.complete_at is None:
            raise DomainError(_("The claim has not begun: complete the lead first."), code="not_begun")
        now = rules.protected_until(claim_facts(row), at, claim_terms(local_day(at)))
        if until < local_day(at) or (now is not None and until <= now):
            text = _("Choose a later day: the lead is protected until %(day)s.") % {"day": now or local_day(at)}
            raise DomainError(code="not_later", fields={"until": [text]})
        row.extended_until, row.reminded_at, row.manager_asked_at = until, None, None
        fields = ["extended_until", "reminded_at", "manager_asked_at"]
        return save_record(row, fields=fields, by=by, door=door, verb="claim_extended")


def release_claim(claim: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """End a claim; others may have the lead. By its officer, a manager, or the system. Raises DomainError."""
    say_why(why, "why")
    with change(by=by, verb="claim_released", door=door, why=why):
        lead = locked(claim.lead)
        row = locked(claim)
        _must_decide(lead, by)
        _must_stand(row)
        released = _release(row, why=why, by=by, door=door, at=at)
        _tell_of_release(lead, released, by=by, at=at)
        return released


def renew_claim(lead: Any, *, talker: Any, by: Any, door: str, at: datetime.datetime) -> None:
    """A substantive contact was written: it renews by being there; here who talked first, and no reminder any more."""
    claim = _standing_claim(lead, lead.unit_id)
    if claim is None:
        return
    claim.first_talker_id = claim.first_talker_id or talker.pk
    claim.reminded_at = claim.manager_asked_at = None
    fields = ["first_talker", "reminded_at", "manager_asked_at"]
    save_record(claim, fields=fields, by=by, door=door, verb="claim_renewed")


# --- passing on ------------------------------------------------------------------------------------------------------


def transfer_lead(
    lead: Any, *, owner: Any, unit: Any = None, why: str, by: Any, door: str, at: datetime.datetime
) -> Any:
    """Give an open lead to another officer, with a reason; whoever talked first stays so.

    Without `unit` it stays where the new officer works there, else it goes to their department; then the old unit's
    claim ends and the new one's begins. Raises DomainError.
    """
    say_why(why, "why")
    with change(by=by, verb="transferred", door=door, why=why):
        row = locked(lead)
        _must_decide(row, by)
        if not row.is_open:
            raise DomainError(_("The lead has ended already."), code="ended")
        must_work_here(owner)
        target = unit or unit_for(owner, row.unit)
        if target is None:
            raise DomainError(code="no_unit", fields={"unit": [_("Choose the unit that the lead goes to.")]})
        if not _works_in(owner, target):
            text = _("%(person)s does not work in this unit.") % {"person": owner}
            raise DomainError(code="not_in_unit", fields={"unit": [text]})
        if target.pk != row.unit_id and row.disputes.filter(decided_at__isnull=True).exists():
            raise DomainError(_("A dispute about this lead is open: decide it first."), code="dispute_open")
        if (owner.pk, target.pk) == (row.owner_id, row.unit_id):
            text = _("%(person)s has this lead already.") % {"person": owner}
            raise DomainError(code="same_owner", fields={"owner": [text]})
        giver = row.owner
        saved = pass_on(row, owner, target, why=why, by=by, door=door, at=at)
        tell("lead_transferred", [giver, owner], saved, by=by, at=at, giver=giver or "–", taker=owner)
        return saved


def pass_on(lead: Any, owner: Any, unit: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Write the new officer and unit of a locked lead, and what that does to its claims."""
    old = _standing_claim(lead, lead.unit_id) or lead.claims.filter(unit=lead.unit_id).order_by("pk").last()
    first_talker = None if old is None else old.first_talker_id or old.reporter_id
    if old is not None:
        old.first_talker_id = first_talker
        save_record(old, fields=["first_talker"], by=by, door=door, verb="claim_kept")
        if unit.pk != lead.unit_id and old.released_at is None and old.overruled_at is None:
            _release(old, why=why, by=by, door=door, at=at)
    _forget_silence(lead, by=by, door=door)
    lead.owner, lead.unit = owner, unit
    saved = save_record(lead, fields=["owner", "unit"], by=by, door=door, verb="transferred")
    claim = _standing_claim(saved, unit.pk)
    if claim is None:
        _new_claim(saved, unit=unit, reporter=owner, by=by, door=door, at=at, first_talker=first_talker)
    elif first_talker is not None and claim.first_talker_id != first_talker:
        claim.first_talker_id = first_talker
        save_record(claim, fields=["first_talker"], by=by, door=door, verb="claim_kept")
    return saved


def raise_dispute(lead: Any, *, unit: Any, reason: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Say that an open lead is this unit's, with a reason; its report is kept, a promotion manager decides.

    Raises DomainError for somebody who works on no leads, a unit that one does not work in, one that has the lead, and
    a second open dispute.
    """
    say_why(reason, "reason")
    with change(by=by, verb="dispute_raised", door=door, why=reason):
        row = locked(lead)
        if row.sight(by) == HIDDEN:
            raise DomainError(_("There is no such lead."), code="gone")
        if not _may_own(by):
            raise DomainError(_("Only somebody who works on leads raises a dispute."), code="not_an_officer")
        if not row.is_open:
            raise DomainError(_("The lead has ended already."), code="ended")
        if unit.pk not in by.unit_ids and not by.has_any_role(Role.PROMOTION_MANAGER):
            raise DomainError(code="not_in_unit", fields={"unit": [_("Choose a unit that you work in.")]})
        if unit.pk == row.unit_id:
            raise DomainError(code="has_it", fields={"unit": [_("This unit has the lead already.")]})
        if row.disputes.filter(decided_at__isnull=True).exists():
            raise DomainError(_("A dispute about this lead is open already."), code="dispute_open")
        if _standing_claim(row, unit.pk) is None:
            _new_claim(row, unit=unit, reporter=by, by=by, door=door, at=at)
        dispute = ClaimDispute(lead=row, raised_by=by, raised_at=at, unit=unit, reason=reason.strip())
        saved = save_record(dispute, by=by, door=door, verb="dispute_raised")
        people = _parties(row, unit.pk, [row.owner_id])
        tell("dispute_raised", people, row, by=by, at=at, path=page_of(saved), masked_path=MY_DAY)
        return saved


def decide_dispute(dispute: Any, *, awarded_to: Any, decision: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Award a disputed lead to one of the units that claim it, with a reason; a promotion manager decides.

    The other party's claim is overruled. If the unit changes, the officer is the one who reported it there. A lead that
    has ended is decided as well: the credit follows the claim. Raises DomainError.
    """
    say_why(decision, "decision")
    with change(by=by, verb="dispute_decided", door=door, why=decision):
        lead = locked(dispute.lead)
        row = locked(dispute)
        _must_manage(lead, by)
        if row.decided_at is not None:
            raise DomainError(_("Somebody decided this dispute already."), code="already_decided")
        claim = _standing_claim(lead, awarded_to.pk)
        if claim is None and awarded_to.pk != lead.unit_id:
            text = _("This unit has no claim on the lead. Choose one that reported it.")
            raise DomainError(code="no_claim", fields={"awarded_to": [text]})
        losers = {row.unit_id, lead.unit_id} - {awarded_to.pk, None}
        for lost in lead.claims.filter(unit__in=losers, released_at__isnull=True, overruled_at__isnull=True):
            lost.overruled_at, lost.ended_because = at, decision.strip()[:300]
            lost.reminded_at = lost.manager_asked_at = None
            fields = ["overruled_at", "ended_because", "reminded_at", "manager_asked_at"]
            save_record(lost, fields=fields, by=by, door=door, verb="claim_overruled")
        people = _parties(lead, row.unit_id, [lead.owner_id, row.raised_by_id])
        if awarded_to.pk != lead.unit_id:
            lead.owner, lead.unit = _awarded_officer(claim, row), awarded_to
            lead = save_record(lead, fields=["owner", "unit"], by=by, door=door, verb="awarded")
            people.append(lead.owner_id)
        row.awarded_to, row.decision, row.decided_at = awarded_to, decision.strip(), at
        row.decided_by = by if getattr(by, "pk", None) else None
        fields = ["awarded_to", "decision", "decided_at", "decided_by"]
        saved = save_record(row, fields=fields, by=by, door=door, verb="dispute_decided")
        tell("dispute_decided", people, lead, by=by, at=at, path=page_of(saved), masked_path=MY_DAY)
        return saved


def _parties(lead: Any, other_unit: Any, people: Iterable[Any]) -> list[Any]:
    """These people, and the managers of both units of a dispute. Two queries."""
    managers = managers_of([lead.unit_id, other_unit])
    return [*people, *managers.get(lead.unit_id, ()), *managers.get(other_unit, ())]


def _awarded_officer(claim: Any, dispute: Any) -> Any:
    """Who reported it for the unit that gets the lead; who raised the dispute, if the reporter has left."""
    for person in (claim.reporter, dispute.raised_by):
        if _may_own(person) and _works_in(person, claim.unit):
            return person
    text = _("Nobody who reported it works in this unit any more. Transfer the lead instead.")
    raise DomainError(code="reporter_gone", fields={"awarded_to": [text]})


# --- credit ----------------------------------------------------------------------------------------------------------


def set_credit_shares(lead: Any, shares: Mapping[Any, Decimal], *, by: Any, door: str) -> list[Any]:
    """Write which unit gets what share of the credit (unit → percent); together 100, or none at all.

    The unit that talked first keeps a share. A promotion manager decides. Raises DomainError on `shares`.
    """
    with change(by=by, verb="credit_shared", door=door):
        row = locked(lead)
        _must_manage(row, by)
        given = {unit.pk: Decimal(percent) for unit, percent in shares.items()}
        found = rules.share_problems(list(given.items()), first_talker=_first_talking_unit(row))
        if found:
            raise DomainError(code=found[0], fields={"shares": [share_text(code) for code in found]})
        rows = {share.unit_id: share for share in row.credit_shares.order_by("pk")}
        for unit in rows.keys() - given.keys():
            delete_record(rows[unit], by=by, door=door)
        for unit, percent in given.items():
            share = rows.get(unit) or CreditShare(lead=row, unit_id=unit)
            share.percent = percent
            save_record(share, fields=["percent"], by=by, door=door, verb="credit_shared")
        return list(row.credit_shares.select_related("unit"))


def share_text(code: str) -> str:
    """What a code of `rules.claims.share_problems` says to a person."""
    return {
        "share_out_of_range": _("A share of the credit is more than 0 and at most 100 %."),
        "party_twice": _("Each unit has one share."),
        "sum_not_100": _("The shares must sum to 100 %."),
        "first_talker_missing": _("The unit that talked first keeps a share."),
    }[code]


def _first_talking_unit(lead: Any) -> int | None:
    talked = lead.claims.filter(first_talker__isnull=False, overruled_at__isnull=True)
    first = talked.order_by("reported_at", "pk").first()
    return None if first is None else first.unit_id


# --- silence ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SilenceRun:
    """What one run wrote."""

    reminded: int = 0
    asked: int = 0
    released: int = 0
    cleared: int = 0


def note_silence(*, by: Any, door: str, at: datetime.datetime) -> SilenceRun:
    """Write on the claims of open leads what silence asks for, once; take it back where somebody talked since.

    Releases only where the periods say so. Each claim is its own transaction: locked, judged again, written. Running
    it twice, or beside itself, changes nothing more.
    """
    terms = claim_terms(local_day(at))
    counts: dict[str, int] = defaultdict(int)
    keys = list(_maybe_silent(at, terms).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _PIECE):
        claims = LeadClaim._base_manager.in_bulk(keys[start : start + _PIECE])
        for key, facts in facts_of(claims.values()).items():
            if _is_noted(claims[key], rules.silence_asks(facts, at, terms)):
                continue
            counts[_note(claims[key], terms, by=by, door=door, at=at)] += 1
    return SilenceRun(
        counts[rules.REMIND_OWNER], counts[rules.ASK_MANAGER], counts[rules.RELEASE], counts[rules.NOTHING]
    )


def _maybe_silent(at: datetime.datetime, terms: ClaimTerms) -> Any:
    """Claims of the units that have the open leads: quiet long enough by a day more or less, or noted before."""
    quiet = at - datetime.timedelta(days=max(terms.silence_days - 1, 0))
    contact = Q(lead__last_contact_at__isnull=True) | Q(lead__last_contact_at__lte=quiet)
    noted = Q(reminded_at__isnull=False) | Q(manager_asked_at__isnull=False)
    standing = LeadClaim._base_manager.filter(
        lead__status__in=Lead.OPEN, unit=F("lead__unit"), released_at__isnull=True, overruled_at__isnull=True
    )
    return standing.filter(noted | (Q(complete_at__lte=quiet, lead__is_long_term=False) & contact))


def _is_noted(claim: Any, asks: str) -> bool:
    is_reminded, is_asked = claim.reminded_at is not None, claim.manager_asked_at is not None
    return (asks, is_reminded, is_asked) in (
        (rules.NOTHING, False, False),
        (rules.REMIND_OWNER, True, False),
        (rules.ASK_MANAGER, True, True),
    )


def _note(claim: Any, terms: ClaimTerms, *, by: Any, door: str, at: datetime.datetime) -> str:
    """Lock, judge again, write; returns what was written, "" if somebody was faster."""
    with change(by=by, verb="silence_noted", door=door):
        lead = locked(claim.lead)
        row = locked(claim)
        if not lead.is_open or row.unit_id != lead.unit_id or row.released_at or row.overruled_at:
            return ""
        asks = rules.silence_asks(claim_facts(row), at, terms)
        if _is_noted(row, asks):
            return ""
        wants_owner = asks != rules.NOTHING
        wants_manager = asks in (rules.ASK_MANAGER, rules.RELEASE)
        row.reminded_at = (row.reminded_at or at) if wants_owner else None
        row.manager_asked_at = (row.manager_asked_at or at) if wants_manager else None
        saved = save_record(row, fields=["reminded_at", "manager_asked_at"], by=by, door=door, verb="silence_noted")
        if asks == rules.RELEASE:
            released = _release(saved, why=_("Nobody talked for too long."), by=by, door=door, at=at)
            _tell_of_release(lead, released, by=by, at=at)
        elif asks == rules.ASK_MANAGER:
            tell("claim_to_reassign", managers_of([lead.unit_id]).get(lead.unit_id, ()), lead, by=by, at=at)
        elif asks == rules.REMIND_OWNER:
            tell("claim_silent", [lead.owner_id], lead, by=by, at=at)
        return asks


# --- what they share -------------------------------------------------------------------------------------------------


def _standing_claim(lead: Any, unit_id: int | None) -> Any:
    """The claim of a unit that was neither released nor overruled; there is one at most."""
    if unit_id is None:
        return None
    standing = LeadClaim._base_manager.filter(lead=lead.pk, released_at__isnull=True, overruled_at__isnull=True)
    return standing.filter(unit=unit_id).order_by("pk").first()


def _new_claim(
    lead: Any, *, unit: Any, reporter: Any, by: Any, door: str, at: datetime.datetime, first_talker: int | None = None
) -> Any:
    claim = LeadClaim(
        lead=lead,
        unit=unit,
        reporter=reporter,
        reported_at=at,
        complete_at=at if _is_complete(lead) else None,
        first_talker_id=first_talker,
    )
    return save_record(claim, by=by, door=door, verb="claimed")


def _is_complete(lead: Any) -> bool:
    columns: Any = [Lead._meta.get_field(name) for name in Lead.MANDATORY]
    values = {column.name: getattr(lead, column.attname) for column in columns}
    return not rules.incomplete_fields(values, Lead.MANDATORY)


def _release(claim: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    claim.released_at, claim.ended_because = at, why.strip()[:300]
    return save_record(claim, fields=["released_at", "ended_because"], by=by, door=door, verb="claim_released")


def _tell_of_release(lead: Any, claim: Any, *, by: Any, at: datetime.datetime) -> None:
    people = [lead.owner_id, *managers_of([claim.unit_id]).get(claim.unit_id, ())]
    tell("claim_released", people, lead, by=by, at=at)


def _forget_silence(lead: Any, *, by: Any, door: str) -> None:
    """Somebody else has it now: what was asked of the one before is answered."""
    noted = lead.claims.filter(Q(reminded_at__isnull=False) | Q(manager_asked_at__isnull=False))
    for claim in noted.order_by("pk"):
        claim.reminded_at = claim.manager_asked_at = None
        save_record(claim, fields=["reminded_at", "manager_asked_at"], by=by, door=door, verb="silence_noted")


def unit_for(owner: Any, unit: Any) -> Any:
    """The unit of a record that gets a new officer: its own if they work there, else their first department."""
    if unit is not None and _works_in(owner, unit):
        return unit
    first = owner.memberships.filter(role__in=OWNER_ROLES).select_related("department").order_by("pk").first()
    return first.department if first is not None else unit


def _works_in(person: Any, unit: Any) -> bool:
    return unit.pk in person.unit_ids


def _may_own(person: Any) -> bool:
    return bool(person.is_active and person.role_codes & OWNER_ROLES)


def must_work_here(person: Any, field: str = "owner") -> None:
    """Raise DomainError on `field` for somebody who cannot have leads and projects."""
    if not _may_own(person):
        text = _("Choose somebody who works on leads and projects.")
        raise DomainError(code="not_an_officer", fields={field: [text]})


def _must_stand(claim: Any) -> None:
    if claim.released_at is not None or claim.overruled_at is not None:
        raise DomainError(_("This claim has ended already."), code="claim_ended")


def say_why(why: str, field: str) -> None:
    """Raise DomainError on `field` without a reason."""
    if not why.strip():
        raise DomainError(code="reason_needed", fields={field: [_("Give a reason.")]})


def _must_manage(lead: Any, by: Any) -> None:
    """A promotion manager who sees the lead whole, or the system itself."""
    if by is not None and not (by.has_any_role(Role.PROMOTION_MANAGER) and lead.sight(by) == FULL):
        raise DomainError(_("Only a promotion manager decides this."), code="not_yours")


def _must_decide(lead: Any, by: Any) -> None:
    """Its officer, a manager who sees it whole, or the system itself."""
    if by is None or lead.owner_id == by.pk:
        return
    if not (by.has_any_role(Role.PROMOTION_MANAGER) and lead.sight(by) == FULL):
        raise DomainError(_("Only the officer in charge or a promotion manager decides this."), code="not_yours")
