"""First report, first talk: whose claim counts, what renews and ends it, and how a lead passes on."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Door
from promotion import jobs
from promotion.models import (
    ClaimPolicy,
    CreditShare,
    Interaction,
    Lead,
    LeadChannel,
    LeadClaim,
    Level,
)
from promotion.rules import claims as rules
from promotion.services.claims import (
    claim_facts,
    claim_terms,
    decide_dispute,
    extend_claim,
    keep_later_report,
    note_silence,
    raise_dispute,
    release_claim,
    set_credit_shares,
    standings,
    start_or_keep_claim,
    transfer_lead,
)
from promotion.services.follow_ups import log_follow_up
from promotion.services.leads import close_lead, save_lead
from tests.factories import made
from tests.promotion.factories import NOW, a_lead, a_person, a_unit

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def later(days: int) -> datetime.datetime:
    return NOW + datetime.timedelta(days=days)


@pytest.fixture(autouse=True)
def channel() -> Any:
    return LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


@pytest.fixture(autouse=True)
def _default_periods() -> None:
    """The rule's own periods, whatever the zone's vocabulary says."""
    ClaimPolicy._base_manager.all()._raw_delete("default")


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def colleague() -> User:
    """Works in the same unit."""
    return a_person("colleague", unit=a_unit("ours"))


@pytest.fixture
def rival() -> User:
    """Works in another unit."""
    return a_person("rival", unit=a_unit("theirs"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


def claims_of(lead: Any) -> list[Any]:
    return list(LeadClaim.objects.filter(lead=lead).order_by("pk"))


def only_claim(lead: Any) -> Any:
    (claim,) = claims_of(lead)
    return claim


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def talk(lead: Any, by: User, at: datetime.datetime, kind: str = "call") -> Any:
    return log_follow_up(happened="谈了", none_because="等对方", kind=kind, lead=lead, by=by, door=Door.ADMIN, at=at)


def by(person: User, days: int = 0) -> dict[str, Any]:
    return {"by": person, "door": Door.ADMIN, "at": later(days)}


# --- a claim begins --------------------------------------------------------------------------------------------------


def test_complete_lead_starts_its_units_claim(officer: User) -> None:
    claim = only_claim(a_lead(owner=officer))

    assert (claim.unit, claim.reporter, claim.complete_at) == (a_unit("ours"), officer, NOW)


@pytest.mark.parametrize("missing", ["origin", "business", "channel"])
def test_incomplete_lead_is_reported_but_its_claim_waits(officer: User, missing: str) -> None:
    values: dict[str, Any] = {missing: None if missing == "channel" else ""}
    lead = a_lead(owner=officer, **values)

    assert only_claim(lead).complete_at is None
    assert [one.status for one in standings(lead, at=NOW)] == [rules.PENDING]


def test_filling_the_last_field_starts_the_claim_and_emptying_it_keeps_it(officer: User) -> None:
    lead = a_lead(owner=officer, origin="")
    for origin, at in (("上海", later(2)), ("", later(3)), ("苏州", later(4))):
        lead = fresh(lead)
        lead.origin = origin
        save_lead(lead, fields=["origin"], by=officer, door=Door.ADMIN, at=at)

    claim = only_claim(lead)
    assert (claim.reported_at, claim.complete_at) == (NOW, later(2))


def test_edit_does_not_revive_a_released_claim(officer: User) -> None:
    lead = a_lead(owner=officer)
    release_claim(only_claim(lead), why="不再跟进", **by(officer, 1))

    assert start_or_keep_claim(fresh(lead), **by(officer, 2)) is None
    assert only_claim(lead).released_at == later(1)


def test_later_reporter_is_kept_behind_the_first(officer: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    for _twice in range(2):
        keep_later_report(lead, unit=a_unit("theirs"), reporter=rival, **by(rival, 3))

    found = standings(lead, at=later(4))
    assert [(one.claim.unit.code, one.place, one.holds) for one in found] == [("ours", 1, True), ("theirs", 2, False)]


def test_who_was_complete_first_comes_first_though_reported_later(officer: User, rival: User) -> None:
    lead = a_lead(owner=officer, origin="")
    keep_later_report(lead, unit=a_unit("theirs"), reporter=rival, **by(rival, 1))
    for claim, days in zip(claims_of(lead), (5, 2), strict=True):
        claim.complete_at = later(days)
        made(claim)

    assert [one.claim.unit.code for one in standings(lead, at=later(6))] == ["theirs", "ours"]


# --- renewal ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        ("call", 130), ("video", 130), ("meeting", 130), ("visit", 130), ("hosted", 130),
        ("message", 90), ("internal", 90),
    ],
)  # fmt: skip
def test_substantive_contact_renews_and_a_note_does_not(officer: User, kind: str, until: int) -> None:
    lead = a_lead(owner=officer)
    talk(lead, officer, later(40), kind)

    (found,) = standings(fresh(lead), at=later(41))
    assert found.until == TODAY + datetime.timedelta(days=until)


def test_talk_of_one_unit_does_not_renew_the_others_claim(officer: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    keep_later_report(lead, unit=a_unit("theirs"), reporter=rival, **by(rival, 1))
    talk(lead, officer, later(10))

    assert [claim_facts(claim).contacts for claim in claims_of(lead)] == [(later(10),), ()]

    talk(lead, rival, later(11))

    assert [claim_facts(claim).contacts for claim in claims_of(lead)] == [(later(10), later(11)), (later(11),)]


def test_first_talk_is_remembered(officer: User, colleague: User) -> None:
    lead = a_lead(owner=officer)
    talk(lead, colleague, later(1), "message")
    assert only_claim(lead).first_talker is None

    talk(lead, colleague, later(2))
    talk(lead, officer, later(3))

    assert only_claim(lead).first_talker == colleague


def test_periods_are_the_row_in_effect_on_the_day() -> None:
    made(ClaimPolicy(effective_from=TODAY, protection_days=60, releases_by_itself=True))

    assert claim_terms(TODAY - datetime.timedelta(days=1)) == rules.TERMS
    assert claim_terms(TODAY).protection_days == 60
    assert claim_terms(TODAY).releases_by_itself


def test_extension_by_the_manager_makes_an_expired_claim_stand_again(officer: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    assert [one.status for one in standings(lead, at=later(91))] == [rules.EXPIRED]

    extend_claim(only_claim(lead), until=later(120).date(), why="正在履约", **by(manager, 91))

    (found,) = standings(lead, at=later(92))
    assert (found.status, found.until) == (rules.ACTIVE, later(120).date())


@pytest.mark.parametrize("days", [-1, 30, 90])
def test_extension_to_a_day_that_is_protected_anyway_is_refused(officer: User, manager: User, days: int) -> None:
    claim = only_claim(a_lead(owner=officer))

    with pytest.raises(DomainError) as refused:
        extend_claim(claim, until=later(days).date(), why="理由", **by(manager))

    assert refused.value.code == "not_later"
    assert "until" in refused.value.fields


def test_officer_does_not_extend_their_own_claim(officer: User) -> None:
    with pytest.raises(DomainError) as refused:
        extend_claim(only_claim(a_lead(owner=officer)), until=later(200).date(), why="理由", **by(officer))

    assert refused.value.code == "not_yours"


# --- transfer --------------------------------------------------------------------------------------------------------


def test_transfer_to_another_unit_ends_one_claim_begins_another_and_keeps_the_first_talker(
    officer: User, rival: User, manager: User
) -> None:
    lead = a_lead(owner=officer)
    talk(lead, officer, later(1))

    transfer_lead(lead, owner=rival, why="对方分管该国别", **by(manager, 5))

    lead = fresh(lead)
    old, new = claims_of(lead)
    assert (lead.owner, lead.unit) == (rival, a_unit("theirs"))
    assert (old.released_at, old.ended_because) == (later(5), "对方分管该国别")
    assert (new.unit, new.reporter, new.complete_at, new.released_at) == (a_unit("theirs"), rival, later(5), None)
    assert (old.first_talker, new.first_talker) == (officer, officer)


def test_transfer_of_a_lead_nobody_talked_on_keeps_its_reporter_as_first_talker(officer: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    transfer_lead(lead, owner=rival, why="轮岗", **by(officer, 5))
    talk(fresh(lead), rival, later(6))

    assert claims_of(lead)[1].first_talker == officer


def test_transfer_within_the_unit_keeps_the_claim(officer: User, colleague: User) -> None:
    lead = a_lead(owner=officer)
    talk(lead, officer, later(1))

    transfer_lead(lead, owner=colleague, why="轮岗", **by(officer, 5))

    claim = only_claim(lead)
    assert fresh(lead).owner == colleague
    assert (claim.reporter, claim.first_talker, claim.released_at, claim.complete_at) == (officer, officer, None, NOW)


def test_transfer_to_a_unit_that_reported_it_too_uses_its_claim(officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    keep_later_report(lead, unit=a_unit("theirs"), reporter=rival, **by(rival, 2))

    transfer_lead(lead, owner=rival, why="改由对方跟进", **by(manager, 5))

    old, new = claims_of(lead)
    assert (new.reported_at, new.released_at, new.first_talker) == (later(2), None, officer)
    assert old.released_at == later(5)


def test_transfer_says_why_in_the_history(officer: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    transfer_lead(lead, owner=rival, why="轮岗", **by(officer, 5))

    changes = Change.objects.filter(verb="transferred")
    assert [(found.by, found.why) for found in changes] == [(officer, "轮岗")]
    assert Lead.history.filter(id=lead.pk).first().change == changes[0]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("no reason", "reason_needed"),
        ("same officer", "same_owner"),
        ("a leader", "not_an_officer"),
        ("left", "not_an_officer"),
        ("wrong unit", "not_in_unit"),
        ("by a stranger", "not_yours"),
        ("closed", "ended"),
        ("disputed", "dispute_open"),
    ],
)
def test_transfer_is_refused(case: str, code: str, officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    call: dict[str, Any] = {"owner": rival, "why": "理由", **by(manager)}
    if case == "no reason":
        call["why"] = " "
    elif case == "same officer":
        call["owner"] = officer
    elif case == "a leader":
        call["owner"] = a_person("leader", Role.LEADER, a_unit("theirs"))
    elif case == "left":
        rival.is_active = False
    elif case == "wrong unit":
        call["unit"] = a_unit("third")
    elif case == "by a stranger":
        call |= by(rival)
    elif case == "closed":
        close_lead(lead, reason="not_real", **by(officer))
    elif case == "disputed":
        raise_dispute(lead, unit=a_unit("theirs"), reason="我们先谈的", **by(rival))

    with pytest.raises(DomainError) as refused:
        transfer_lead(lead, **call)

    assert refused.value.code == code
    assert fresh(lead).owner == officer


# --- disputes --------------------------------------------------------------------------------------------------------


def test_dispute_keeps_the_report_of_the_unit_that_raises_it(officer: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="我们四月就在谈", **by(rival, 2))

    assert (dispute.raised_by, dispute.unit, dispute.decided_at) == (rival, a_unit("theirs"), None)
    assert [claim.unit.code for claim in claims_of(lead)] == ["ours", "theirs"]
    assert fresh(lead).owner == officer


def test_dispute_awarded_to_the_other_unit_moves_the_lead_to_its_reporter(
    officer: User, rival: User, manager: User
) -> None:
    lead = a_lead(owner=officer)
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="我们四月就在谈", **by(rival, 2))

    decide_dispute(dispute, awarded_to=a_unit("theirs"), decision="有会谈纪要", **by(manager, 3))

    lead, dispute = fresh(lead), fresh(dispute)
    lost, kept = claims_of(lead)
    assert (lead.owner, lead.unit) == (rival, a_unit("theirs"))
    assert (lost.overruled_at, lost.ended_because, kept.overruled_at) == (later(3), "有会谈纪要", None)
    assert (dispute.decided_by, dispute.decided_at, dispute.decision) == (manager, later(3), "有会谈纪要")
    assert dispute.awarded_to == a_unit("theirs")


def test_dispute_lost_by_the_unit_that_raised_it_leaves_the_lead(officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="我们四月就在谈", **by(rival, 2))

    decide_dispute(dispute, awarded_to=a_unit("ours"), decision="首报在先", **by(manager, 3))

    kept, lost = claims_of(lead)
    assert fresh(lead).owner == officer
    assert (kept.overruled_at, lost.overruled_at) == (None, later(3))


def test_third_unit_that_reported_too_keeps_its_claim(officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    third = a_person("third", unit=a_unit("third"))
    keep_later_report(lead, unit=a_unit("third"), reporter=third, **by(third, 1))
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="我们先谈的", **by(rival, 2))

    decide_dispute(dispute, awarded_to=a_unit("ours"), decision="首报在先", **by(manager, 3))

    assert [claim.unit.code for claim in claims_of(lead) if claim.overruled_at is None] == ["ours", "third"]


def test_dispute_about_a_lead_that_ended_is_still_decided(officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="我们先谈的", **by(rival, 2))
    close_lead(lead, reason="went_elsewhere", **by(officer, 3))

    decide_dispute(dispute, awarded_to=a_unit("theirs"), decision="有会谈纪要", **by(manager, 4))

    assert claims_of(lead)[0].overruled_at == later(4)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("no reason", "reason_needed"),
        ("by an officer", "not_yours"),
        ("to a unit without a claim", "no_claim"),
        ("twice", "already_decided"),
    ],
)
def test_decision_is_refused(case: str, code: str, officer: User, rival: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    dispute = raise_dispute(lead, unit=a_unit("theirs"), reason="我们先谈的", **by(rival))
    call: dict[str, Any] = {"awarded_to": a_unit("theirs"), "decision": "理由", **by(manager, 1)}
    if case == "no reason":
        call["decision"] = ""
    elif case == "by an officer":
        call |= by(officer)
    elif case == "to a unit without a claim":
        call["awarded_to"] = a_unit("third")
    elif case == "twice":
        decide_dispute(dispute, awarded_to=a_unit("ours"), decision="首报在先", **by(manager))

    with pytest.raises(DomainError) as refused:
        decide_dispute(dispute, **call)

    assert refused.value.code == code
    assert fresh(lead).owner == officer


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("no reason", "reason_needed"),
        ("own unit", "has_it"),
        ("foreign unit", "not_in_unit"),
        ("second", "dispute_open"),
        ("hidden", "gone"),
        ("closed", "ended"),
        ("by a leader of the unit", "not_an_officer"),
    ],
)
def test_dispute_is_refused(case: str, code: str, officer: User, colleague: User, rival: User) -> None:
    lead = a_lead(owner=officer)
    call: dict[str, Any] = {"unit": a_unit("theirs"), "reason": "我们先谈的", **by(rival)}
    if case == "no reason":
        call["reason"] = ""
    elif case == "own unit":
        call |= {"unit": a_unit("ours"), **by(colleague)}
    elif case == "foreign unit":
        call["unit"] = a_unit("third")
    elif case == "by a leader of the unit":
        call |= by(a_person("leader", Role.LEADER, a_unit("theirs")))
    elif case == "second":
        raise_dispute(lead, **call)
    elif case == "hidden":
        lead.confidentiality = Level.CONFIDENTIAL
        made(lead)
        call |= by(a_person("steward", Role.DATA_STEWARD, a_unit("theirs")))
    elif case == "closed":
        close_lead(lead, reason="not_real", **by(officer))

    with pytest.raises(DomainError) as refused:
        raise_dispute(lead, **call)

    assert refused.value.code == code


# --- credit ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "codes"),
    [
        ({"ours": "60", "theirs": "40"}, []),
        ({"ours": "33.33", "theirs": "33.33", "third": "33.34"}, []),
        ({}, []),
        ({"ours": "60", "theirs": "39.99"}, ["sum_not_100"]),
        ({"ours": "101"}, ["share_out_of_range"]),
        ({"ours": "100", "theirs": "0"}, ["share_out_of_range"]),
        ({"theirs": "100"}, ["first_talker_missing"]),
    ],
)
def test_shares_sum_to_100_or_are_refused(
    officer: User, manager: User, shares: dict[str, str], codes: list[str]
) -> None:
    lead = a_lead(owner=officer)
    talk(lead, officer, later(1))
    given = {a_unit(code): Decimal(percent) for code, percent in shares.items()}
    if codes:
        with pytest.raises(DomainError) as refused:
            set_credit_shares(lead, given, by=manager, door=Door.ADMIN)
        assert refused.value.code == codes[0]
        assert not CreditShare.objects.exists()
        return

    set_credit_shares(lead, given, by=manager, door=Door.ADMIN)

    assert {(row.unit.code, row.percent) for row in CreditShare.objects.all()} == {
        (code, Decimal(percent)) for code, percent in shares.items()
    }


def test_shares_are_replaced_whole(officer: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    for shares in ({"ours": 60, "theirs": 40}, {"ours": 70, "third": 30}):
        set_credit_shares(lead, {a_unit(c): Decimal(p) for c, p in shares.items()}, by=manager, door=Door.ADMIN)

    assert {row.unit.code: row.percent for row in CreditShare.objects.all()} == {"ours": 70, "third": 30}


def test_shares_are_the_managers_to_give(officer: User) -> None:
    with pytest.raises(DomainError) as refused:
        set_credit_shares(a_lead(owner=officer), {a_unit("ours"): Decimal(100)}, by=officer, door=Door.ADMIN)

    assert refused.value.code == "not_yours"


# --- silence ---------------------------------------------------------------------------------------------------------


def silence(days: int) -> Any:
    return note_silence(by=None, door=Door.TASK, at=later(days))


@pytest.mark.parametrize(
    ("days", "reminded", "asked"), [(29, False, False), (30, True, False), (36, True, False), (37, True, True)]
)
def test_silence_reminds_the_owner_then_asks_the_manager(officer: User, days: int, reminded: bool, asked: bool) -> None:
    lead = a_lead(owner=officer)
    silence(days)

    claim = only_claim(lead)
    assert (claim.reminded_at is not None, claim.manager_asked_at is not None) == (reminded, asked)
    assert claim.released_at is None


def test_silence_noted_twice_writes_once(officer: User) -> None:
    lead = a_lead(owner=officer)
    assert silence(30).reminded == 1
    first, events = only_claim(lead), Change.objects.count()

    assert silence(31).reminded == 0

    again = only_claim(lead)
    assert (again.reminded_at, again.version) == (later(30), first.version)
    assert Change.objects.count() == events


def test_silence_ends_with_a_talk_and_begins_anew(officer: User) -> None:
    lead = a_lead(owner=officer)
    silence(40)
    talk(lead, officer, later(41))
    claim = only_claim(lead)
    assert (claim.reminded_at, claim.manager_asked_at) == (None, None)

    silence(70)
    assert only_claim(lead).reminded_at is None
    silence(71)
    assert only_claim(lead).reminded_at == later(71)


def test_talk_that_came_past_the_service_clears_the_reminder(officer: User) -> None:
    lead = a_lead(owner=officer)
    silence(30)
    made(Interaction(lead=lead, by=officer, at=later(31), kind="call", happened="导入的一次通话", none_because="-"))

    assert silence(32).cleared == 1
    assert only_claim(lead).reminded_at is None


@pytest.mark.parametrize("case", ["long term", "closed", "co-reporter", "incomplete"])
def test_silence_asks_nothing_of(case: str, officer: User, rival: User) -> None:
    lead = a_lead(owner=officer, is_long_term=case == "long term", origin="" if case == "incomplete" else "上海")
    claim = only_claim(lead)
    if case == "closed":
        close_lead(lead, reason="not_real", **by(officer))
    elif case == "co-reporter":
        claim = keep_later_report(lead, unit=a_unit("theirs"), reporter=rival, **by(rival))

    silence(100)

    assert fresh(claim).reminded_at is None


@pytest.mark.parametrize("by_itself", [False, True])
def test_silence_releases_only_where_the_periods_say_so(officer: User, by_itself: bool) -> None:
    made(ClaimPolicy(effective_from=TODAY, releases_by_itself=by_itself))
    lead = a_lead(owner=officer)
    for days in (37, 38):
        silence(days)

    claim = only_claim(lead)
    assert claim.released_at == (later(37) if by_itself else None)
    assert claim.manager_asked_at == later(37)
    assert fresh(lead).owner == officer


def test_job_notes_silence_by_the_clock(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    a_lead(owner=officer)
    monkeypatch.setattr(jobs.timezone, "now", lambda: later(30))

    assert [str(jobs.lead_silence()).split(",")[0] for _twice in range(2)] == ["1 reminded", "0 reminded"]


def test_silence_looks_at_any_number_of_leads_with_the_same_queries(
    officer: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        a_lead(f"第{number}家", owner=officer)
    silence(30)

    with django_assert_max_num_queries(5):
        silence(31)
    for number in range(3, 12):
        a_lead(f"第{number}家", owner=officer)
    silence(30)
    with django_assert_max_num_queries(5):
        silence(31)


def test_transfer_answers_what_the_manager_was_asked(officer: User, colleague: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    silence(40)

    transfer_lead(lead, owner=colleague, why="长期无人联系", **by(manager, 41))

    claim = only_claim(lead)
    assert (claim.reminded_at, claim.manager_asked_at) == (None, None)


# --- handing over ----------------------------------------------------------------------------------------------------
