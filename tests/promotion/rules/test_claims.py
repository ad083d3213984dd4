"""First report and first talk: start, protection, renewal, silence, order of claims, credit shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import claims
from promotion.rules.claims import ClaimFacts, ClaimTerms

from .conftest import at

CLAIM = ClaimFacts(at("2026-01-05 09:00"), at("2026-01-06 10:00"))  # protected for 90 days: to 6 April
START = date(2026, 1, 6)


def talked(*when: str) -> ClaimFacts:
    return replace(CLAIM, contacts=tuple(at(moment) for moment in when))


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"name": "甲", "source": "fair", "subject": " "}, ("subject",)),
        ({"name": "甲", "source": "fair"}, ("subject",)),
        ({"name": "甲", "source": "fair", "subject": "齿轮"}, ()),
        ({"name": "甲", "source": 0, "subject": "齿轮"}, ()),
    ],
)
def test_claim_starts_when_no_mandatory_field_is_empty(values: dict[str, object], missing: tuple[str, ...]) -> None:
    assert claims.incomplete_fields(values, ("name", "source", "subject")) == missing


@pytest.mark.parametrize(
    ("claim", "now", "status"),
    [
        (ClaimFacts(at("2026-01-05 09:00")), "2026-06-01 09:00", "pending"),
        (CLAIM, "2026-01-06 09:59", "pending"),
        (CLAIM, "2026-01-06 10:00", "active"),
        (CLAIM, "2026-03-23 10:00", "active"),
        (CLAIM, "2026-03-24 00:00", "expiring"),
        (CLAIM, "2026-04-06 23:59", "expiring"),
        (CLAIM, "2026-04-07 00:00", "expired"),
        (talked("2026-03-01 10:00"), "2026-04-07 00:00", "active"),
        (talked("2026-04-07 10:00"), "2026-04-08 00:00", "expired"),  # too late to renew
        (replace(CLAIM, extended_until=(date(2026, 5, 1),)), "2026-05-01 12:00", "expiring"),
        (replace(CLAIM, is_long_term=True), "2030-01-01 00:00", "active"),
        (replace(CLAIM, released_at=at("2026-02-01 09:00")), "2026-01-31 09:00", "active"),
        (replace(CLAIM, released_at=at("2026-02-01 09:00")), "2026-02-01 09:00", "released"),
        (replace(CLAIM, overruled_at=at("2026-02-01 09:00")), "2026-02-01 09:00", "overruled"),
    ],
)
def test_status_of_a_claim(claim: ClaimFacts, now: str, status: str) -> None:
    assert claims.status_at(claim, at(now)) == status


def test_status_in_the_past_does_not_know_later_contacts() -> None:
    assert claims.protected_until(talked("2026-03-01 10:00"), at("2026-02-01 10:00")) == date(2026, 4, 6)
    assert claims.protected_until(talked("2026-03-01 10:00"), at("2026-03-02 10:00")) == date(2026, 5, 30)


def test_contact_before_the_claim_starts_renews_nothing() -> None:
    assert claims.protected_until(talked("2026-01-05 10:00"), at("2026-03-02 10:00")) == date(2026, 4, 6)


def test_extension_carries_the_protection_to_a_contact_that_renews_it() -> None:
    claim = replace(talked("2026-04-20 10:00"), extended_until=(date(2026, 4, 30),))
    assert claims.protected_until(claim, at("2026-05-01 10:00")) == date(2026, 4, 20) + timedelta(days=90)


def test_last_day_is_that_of_shanghai() -> None:
    # 17:00 on 6 April in UTC is already the 7th here.
    assert claims.status_at(CLAIM, at("2026-04-07 01:00").astimezone(UTC)) == "expired"


@pytest.mark.parametrize(
    ("claim", "now", "asks"),
    [
        (CLAIM, "2026-02-04 10:00", "nothing"),
        (CLAIM, "2026-02-05 00:00", "remind_owner"),
        (CLAIM, "2026-02-11 10:00", "remind_owner"),
        (CLAIM, "2026-02-12 00:00", "ask_manager"),
        (CLAIM, "2027-02-12 00:00", "ask_manager"),
        (talked("2026-01-20 10:00"), "2026-02-12 00:00", "nothing"),
        (replace(CLAIM, is_long_term=True), "2027-02-12 00:00", "nothing"),
        (replace(CLAIM, extended_until=(date(2026, 2, 20),)), "2026-02-20 10:00", "nothing"),
        (replace(CLAIM, extended_until=(date(2026, 2, 20),)), "2026-02-21 10:00", "ask_manager"),
        (replace(CLAIM, released_at=at("2026-02-01 09:00")), "2026-03-12 00:00", "nothing"),
        (ClaimFacts(at("2026-01-05 09:00")), "2026-03-12 00:00", "nothing"),
    ],
)
def test_silence_first_reminds_then_asks_the_manager(claim: ClaimFacts, now: str, asks: str) -> None:
    assert claims.silence_asks(claim, at(now)) == asks


def test_release_by_itself_only_where_it_is_switched_on() -> None:
    assert claims.silence_asks(CLAIM, at("2026-02-12 00:00"), ClaimTerms(releases_by_itself=True)) == "release"


def test_owner_sees_beforehand_when_silence_will_fall() -> None:
    assert claims.silence_falls_on(CLAIM, at("2026-01-10 10:00")) == (date(2026, 2, 5), date(2026, 2, 12))
    assert claims.silence_falls_on(replace(CLAIM, is_long_term=True), at("2026-01-10 10:00")) is None


def test_whoever_completed_first_holds_the_lead_and_later_reporters_are_kept() -> None:
    early_but_incomplete = ClaimFacts(at("2026-01-01 09:00"))
    reported_first = ClaimFacts(at("2026-01-02 09:00"), at("2026-01-08 09:00"))
    rows = [("a", early_but_incomplete), ("b", reported_first), ("c", CLAIM)]

    assert claims.order_of_claims(rows) == ("c", "b", "a")
    assert claims.holder(rows, at("2026-01-07 09:00")) == "c"
    assert claims.holder(rows, at("2026-01-06 09:00")) is None


def test_when_the_first_claim_ends_the_next_one_stands() -> None:
    rows = [
        ("a", replace(CLAIM, overruled_at=at("2026-01-20 09:00"))),
        ("b", replace(CLAIM, complete_at=at("2026-01-08 09:00"))),
    ]
    assert claims.holder(rows, at("2026-01-19 09:00")) == "a"
    assert claims.holder(rows, at("2026-01-20 09:00")) == "b"


@pytest.mark.parametrize(
    ("shares", "problems"),
    [
        ([], ()),
        ([("a", "100")], ()),
        ([("a", "33.33"), ("b", "33.33"), ("c", "33.34")], ()),
        ([("a", "50"), ("b", "49.99")], ("sum_not_100",)),
        ([("b", "50"), ("b", "50")], ("party_twice", "first_talker_missing")),
        ([("a", "120"), ("b", "-20")], ("share_out_of_range",)),
        ([("a", "100"), ("b", "0")], ("share_out_of_range",)),
        ([("b", "100")], ("first_talker_missing",)),
    ],
)
def test_credit_shares_sum_to_a_hundred(shares: list[tuple[str, str]], problems: tuple[str, ...]) -> None:
    rows = [(party, Decimal(share)) for party, share in shares]
    assert claims.share_problems(rows, first_talker="a") == problems


@given(st.lists(st.integers(0, 400), max_size=8), st.integers(0, 400))
def test_more_contacts_never_shorten_the_protection(offsets: list[int], extra: int) -> None:
    start, now = at("2026-01-06 10:00"), at("2028-01-01 00:00")
    fewer = replace(CLAIM, contacts=tuple(start + timedelta(days=days) for days in offsets))
    more = replace(fewer, contacts=(*fewer.contacts, start + timedelta(days=extra)))
    until, longer = (claims.protected_until(claim, now) for claim in (fewer, more))

    assert until is not None
    assert longer is not None
    assert START + timedelta(days=90) <= until <= longer
