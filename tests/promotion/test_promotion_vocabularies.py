"""The rows that ship: complete, understood by the rules, made once, and never over what the zone changed."""

import inspect
import re
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from pinghu.errors import DomainError
from pinghu.ledger.models import Change
from pinghu.ledger.saving import delete_record, save_record
from promotion.models import AdmissionStandard, ClaimPolicy, LeadChannel, StageRequirement
from promotion.rules import gates, stages
from promotion.rules.claims import TERMS
from promotion.services.projects import COUNTS, FIGURES
from promotion.services.vocabularies import (
    load_promotion_vocabularies,
    load_vocabularies_after_migrate,
    save_requirement,
)
from promotion.wording import _MISSING, _REFUSALS, COUNTED, missing_text, refusal_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded() -> None:
    load_promotion_vocabularies()


def test_loading_again_makes_nothing(django_assert_max_num_queries: Any) -> None:
    changes = Change.objects.count()

    with django_assert_max_num_queries(7):  # one for each list, and the savepoint
        assert load_promotion_vocabularies() == 0
    load_vocabularies_after_migrate(sender=None, using="default")

    assert Change.objects.count() == changes


def test_every_row_has_its_history() -> None:
    for model in (LeadChannel, ClaimPolicy, StageRequirement):
        assert model.objects.count() == model.history.count() > 0


def test_what_the_zone_changed_stays_changed() -> None:
    renamed = LeadChannel.objects.get(code="fair")
    renamed.code = "trade_fair"
    save_record(renamed, by=None, door="command")
    off = StageRequirement.objects.filter(check_code="evidence_present").first()
    assert off is not None
    off.params, off.is_active = {"kind": "other"}, False
    save_record(off, by=None, door="command")
    gone = StageRequirement.objects.get(stage="signed", check_code="commitments_reviewed")
    delete_record(gone, by=None, door="command")

    assert load_promotion_vocabularies() == 0
    assert not LeadChannel.objects.filter(code="fair").exists()
    assert not StageRequirement.objects.filter(check_code="commitments_reviewed").exists()


def test_missing_row_is_made_anew() -> None:
    delete_record(LeadChannel.objects.get(code="web"), by=None, door="command")
    LeadChannel.history.filter(code="web").delete()

    assert load_promotion_vocabularies() == 1
    assert LeadChannel.objects.get(code="web").name == "网络"


def test_policy_states_the_defaults_of_the_rule() -> None:
    policy = ClaimPolicy.objects.get()

    assert policy.protection_days == TERMS.protection_days
    assert policy.warning_days == TERMS.warning_days
    assert policy.silence_days == TERMS.silence_days
    assert policy.grace_days == TERMS.grace_days
    assert policy.releases_by_itself is TERMS.releases_by_itself


def test_no_figure_is_invented() -> None:
    assert not AdmissionStandard.objects.exists()


def test_every_requirement_is_understood_and_says_its_source() -> None:
    for row in StageRequirement.objects.all():
        row.full_clean()
        save_requirement(row, by=None, door="command")
        assert row.source


def test_every_stage_of_every_track_has_a_gate_of_its_own() -> None:
    rows = [row.requirement() for row in StageRequirement.objects.filter(is_active=True)]

    for stage, track in product(stages.STAGES, stages.TRACKS):
        assert [row for row in gates.applying(stage, track, rows) if row.stage == stage], (stage, track)


def test_only_a_formal_agreement_counts_as_signed() -> None:
    rows = [row.requirement() for row in StageRequirement.objects.filter(is_active=True)]
    agreement = {("field_empty", "agreement_no"), ("field_empty", "signed_on"), ("evidence_missing", "agreement")}

    for track in stages.TRACKS:
        missing = gates.missing_for("signed", gates.ProjectFacts(track, date(2026, 6, 1)), rows)
        assert agreement <= {(one.code, one.subject) for one in missing if one.stage == "signed"}, track


def test_requirement_of_something_unknown_is_refused() -> None:
    for check, params in (
        ("count_at_least", {"of": "wishes"}),
        ("evidence_present", {"kind": "rumour"}),
        ("review_passed", {"kind": "taste"}),
    ):
        row = StageRequirement(stage="signed", check_code=check, params=params)
        with pytest.raises(DomainError) as refused:
            save_requirement(row, by=None, door="command")
        assert list(refused.value.fields) == ["params"]


def test_requirement_of_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        StageRequirement(stage="signed", check_code="field_filled", params={"field": "beauty"}).full_clean()


# --- words -----------------------------------------------------------------------------------------------------------

#: Every (check, code) that the rules can give, with a subject as they name it.
FOUND = [
    ("field_filled", "field_empty", "agreement_no"),
    ("field_positive", "not_positive", "total_investment"),
    ("any_field_filled", "all_empty", "land_m2 floor_m2"),
    ("date_in_order", "date_before_previous", "signed_on"),
    ("date_in_order", "date_after_next", "signed_on"),
    ("date_in_order", "date_in_future", "signed_on"),
    ("evidence_present", "evidence_missing", "agreement"),
    ("count_at_least", "too_few", "meetings"),
    ("review_passed", "review_missing", "admission"),
    ("review_passed", "review_not_passed", "admission"),
    ("standards_met", "figure_missing", "tax_per_mu"),
    ("standards_met", "standard_failed", "tax_per_mu"),
    ("commitments_reviewed", "commitment_unreviewed", "rent"),
    ("commitments_reviewed", "commitment_not_passed", "rent"),
]


def codes_in_the_rules() -> set[str]:
    """What the checks yield, read from their source: a new code without words must not pass unseen."""
    found = set()
    for check in gates.CHECKS.values():
        for line in inspect.getsource(check.run).splitlines():
            if "yield " in line and "yield from" not in line:
                found |= set(re.findall(r'"([a-z_]+)"', line.split("yield", 1)[1])) - {"field", "fields", "kind", "of"}
    return found


def test_every_code_of_the_gate_has_its_sentence() -> None:
    assert codes_in_the_rules() == set(_MISSING) == {code for _check, code, _subject in FOUND}


def test_sentence_names_the_thing_in_words() -> None:
    for check, code, subject in FOUND:
        with override("en"):
            text = missing_text(gates.Missing("signed", check, code, subject))
        assert text.endswith(".")
        assert "%(" not in text
        assert code not in text
        assert "_" not in text


def test_sentence_names_the_field_as_the_form_does() -> None:
    with override("en"):
        assert missing_text(gates.Missing("signed", "field_filled", "field_empty", "signed_on")) == (
            "Fill in “formal agreement signed on”."
        )


def test_every_refusal_of_the_rules_has_its_sentence() -> None:
    codes = {
        value
        for name, value in vars(stages).items()
        if name.isupper() and isinstance(value, str) and value in _REFUSALS
    }
    every = (
        stages.UNKNOWN_TARGET, stages.UNKNOWN_TRACK, stages.ALREADY_THERE, stages.STAGE_LEFT_OUT,
        stages.REASON_MISSING, stages.PROJECT_ENDED, stages.PROJECT_PAUSED, stages.NOT_FROM_HERE,
        stages.MAY_NOT_REOPEN, stages.DUPLICATE_MISSING,
    )  # fmt: skip

    assert codes == set(every)
    with override("en"):
        for code in every:
            text = refusal_text(code, ["started"])
            assert text.endswith(".")
            assert code not in text
        assert "Started" in refusal_text(stages.STAGE_LEFT_OUT, ["started"])


def test_what_can_be_counted_has_words_and_what_is_compared_has_fields() -> None:
    assert set(COUNTED) == set(COUNTS)
    assert set(FIGURES) == set(AdmissionStandard.Indicator.values)
