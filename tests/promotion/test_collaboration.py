"""Offers and needs: their matches follow them, an introduction is one case, what ran out is proposed no more."""

import datetime
from typing import Any

import pytest

from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.models import CapabilityOffer, ChainMatch, ProcurementNeed, ServiceCase
from promotion.services.collaboration import introduce, record_outcome, retire_expired, save_ware
from tests.factories import an_enterprise
from tests.promotion.factories import NOW
from tests.promotion.factories_cases import coordinator

pytestmark = pytest.mark.django_db

Status = ChainMatch.Status


def an_offer(product: str = "铝件阳极氧化", maker: str = "示例表面", **values: Any) -> Any:
    enterprise = values.pop("enterprise", None) or an_enterprise(maker)
    return save_ware(
        CapabilityOffer(enterprise=enterprise, product=product, **values), by=coordinator(), door=Door.ADMIN, at=NOW
    )


def a_need(product: str = "阳极氧化", buyer: str = "示例整机", **values: Any) -> Any:
    return save_ware(
        ProcurementNeed(enterprise=an_enterprise(buyer), product=product, **values),
        by=coordinator(),
        door=Door.ADMIN,
        at=NOW,
    )


def save(ware: Any, *fields: str) -> Any:
    return save_ware(ware, fields=fields, by=coordinator(), door=Door.ADMIN, at=NOW)


def test_an_offer_that_fits_a_need_is_proposed_with_its_reasons() -> None:
    offer, need = an_offer(), a_need()
    match = ChainMatch.objects.get()
    assert (match.offer, match.need, match.status) == (offer, need, Status.SUGGESTED)
    assert [part["code"] for part in match.parts] == ["words"]
    assert match.score == 100


@pytest.mark.parametrize(
    "values", [{"product": "数控车床"}, {"valid_until": datetime.date(2026, 5, 31)}, {"is_active": False}]
)
def test_what_does_not_fit_or_has_run_out_is_not_proposed(values: dict[str, Any]) -> None:
    a_need()
    an_offer(**values)
    assert not ChainMatch.objects.exists()


def test_ones_own_offer_answers_no_need_of_ones_own() -> None:
    need = a_need()
    an_offer(enterprise=need.enterprise)
    assert not ChainMatch.objects.exists()


def test_a_match_follows_its_offer() -> None:
    offer = an_offer()
    a_need()
    offer.product = "模具"
    save(offer, "product")
    assert ChainMatch.objects.get().status == Status.GONE
    offer.product = "阳极氧化"
    save(offer, "product")
    assert ChainMatch.objects.get().status == Status.SUGGESTED


def test_an_introduction_is_one_case_of_the_chain_mechanism() -> None:
    an_offer()
    need = a_need()
    match = ChainMatch.objects.get()
    first = introduce(match, by=coordinator(), door=Door.ADMIN, at=NOW)
    assert introduce(match, by=coordinator(), door=Door.ADMIN, at=NOW).pk == first.pk
    assert ServiceCase.objects.count() == 1
    assert first.mechanism.code == "chain_collaboration"
    assert first.enterprise == need.enterprise
    match.refresh_from_db()
    assert match.status == Status.INTRODUCED


def test_what_somebody_works_on_stays_whatever_the_score_says_later() -> None:
    offer = an_offer()
    a_need()
    introduce(ChainMatch.objects.get(), by=coordinator(), door=Door.ADMIN, at=NOW)
    offer.product = "模具"
    save(offer, "product")
    assert ChainMatch.objects.get().status == Status.INTRODUCED


def test_an_outcome_needs_an_introduction_and_a_deal_its_band() -> None:
    an_offer()
    a_need()
    match = ChainMatch.objects.get()
    with pytest.raises(DomainError, check=lambda error: error.code == "not_introduced"):
        record_outcome(match, status=Status.DEAL, by=coordinator(), door=Door.ADMIN, at=NOW)
    introduce(match, by=coordinator(), door=Door.ADMIN, at=NOW)
    with pytest.raises(DomainError, check=lambda error: error.code == "amount_band"):
        record_outcome(match, status=Status.DEAL, by=coordinator(), door=Door.ADMIN, at=NOW)
    saved = record_outcome(
        match, status=Status.DEAL, amount_band=ChainMatch.Amount.TO_10M, by=coordinator(), door=Door.ADMIN, at=NOW
    )
    assert saved.status == Status.DEAL


def test_proposals_end_with_what_they_rest_on() -> None:
    an_offer(valid_until=datetime.date(2026, 6, 2))
    a_need()
    assert retire_expired(by=None, door=Door.TASK, at=NOW) == 0
    assert retire_expired(by=None, door=Door.TASK, at=NOW + datetime.timedelta(days=2)) == 1
    assert ChainMatch.objects.get().status == Status.GONE
