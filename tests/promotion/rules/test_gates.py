"""The gate: what is missing for a stage, by rows that name a closed set of checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import gates
from promotion.rules.gates import CommitmentFact, ProjectFacts, Requirement
from promotion.rules.stages import STAGES

GATE = (
    Requirement("negotiating", "field_filled", {"field": "investor"}),
    Requirement("negotiating", "count_at_least", {"of": "meetings"}),
    Requirement("reviewed", "standards_met"),
    Requirement("reviewed", "review_passed", {"kind": "admission", "may_be_waived": True}),
    Requirement("signed", "field_positive", {"field": "total_investment"}),
    Requirement("signed", "date_in_order", {"field": "signed_on"}),
    Requirement("signed", "evidence_present", {"kind": "agreement"}),
    Requirement("signed", "commitments_reviewed"),
    Requirement("registered", "any_field_filled", {"fields": ["uscc", "filing_code"]}),
    Requirement("registered", "field_filled_if", {"field": "foreign_share", "when": "is_foreign", "equals": True}),
    Requirement("started", "evidence_present", {"kind": "permit"}, "land"),
    Requirement("started", "evidence_present", {"kind": "photo", "at_least": 2}),
    Requirement("in_production", "date_in_order", {"field": "first_output_on"}),
)
FULL = ProjectFacts(
    track="land",
    as_of=date(2026, 6, 1),
    fields={
        "investor": "甲",
        "total_investment": 100,
        "signed_on": date(2026, 3, 1),
        "uscc": "x",
        "filing_code": "",
        "is_foreign": True,
        "foreign_share": 0,
        "first_output_on": date(2026, 5, 1),
    },
    evidence={"agreement": 1, "permit": 1, "photo": 2},
    counts={"meetings": 1},
    reviews={"admission": "passed"},
    standards={"tax_per_mu": "pass", "energy": "waived"},
    commitments=(CommitmentFact("rent", review="passed"), CommitmentFact("jobs", by_government=False)),
    stage_dates={"reviewed": date(2026, 2, 1)},
)


def codes(target: str, facts: ProjectFacts, **options: Any) -> list[tuple[str, str, str]]:
    return [(item.stage, item.code, item.subject) for item in gates.missing_for(target, facts, GATE, **options)]


def without(facts: ProjectFacts, **fields: Any) -> ProjectFacts:
    return replace(facts, fields={**facts.fields, **fields})


@pytest.mark.parametrize("stage", STAGES)
def test_complete_project_passes_every_gate(stage: str) -> None:
    assert codes(stage, FULL) == []


@pytest.mark.parametrize(
    ("target", "facts", "missing"),
    [
        ("negotiating", without(FULL, investor=" "), ("negotiating", "field_empty", "investor")),
        ("negotiating", replace(FULL, counts={}), ("negotiating", "too_few", "meetings")),
        ("reviewed", replace(FULL, reviews={}), ("reviewed", "review_missing", "admission")),
        ("reviewed", replace(FULL, reviews={"admission": "failed"}), ("reviewed", "review_not_passed", "admission")),
        ("reviewed", replace(FULL, standards={"tax": "fail"}), ("reviewed", "standard_failed", "tax")),
        ("reviewed", replace(FULL, standards={"tax": "missing"}), ("reviewed", "figure_missing", "tax")),
        ("signed", without(FULL, total_investment=0), ("signed", "not_positive", "total_investment")),
        ("signed", without(FULL, total_investment=None), ("signed", "field_empty", "total_investment")),
        ("signed", without(FULL, signed_on=date(2026, 1, 31)), ("signed", "date_before_previous", "signed_on")),
        ("signed", without(FULL, signed_on=date(2026, 6, 2)), ("signed", "date_in_future", "signed_on")),
        (
            "in_production",
            replace(FULL, as_of=date(2026, 4, 30)),
            ("in_production", "date_in_future", "first_output_on"),
        ),
        ("signed", without(FULL, signed_on=None), ("signed", "field_empty", "signed_on")),
        ("signed", replace(FULL, evidence={}), ("signed", "evidence_missing", "agreement")),
        ("signed", replace(FULL, commitments=(CommitmentFact("rent"),)), ("signed", "commitment_unreviewed", "rent")),
        (
            "signed",
            replace(FULL, commitments=(CommitmentFact("rent", review="waived"),)),
            ("signed", "commitment_not_passed", "rent"),
        ),
        ("registered", without(FULL, uscc=""), ("registered", "all_empty", "uscc filing_code")),
        ("registered", without(FULL, foreign_share=None), ("registered", "field_empty", "foreign_share")),
        ("started", replace(FULL, evidence={"agreement": 1, "photo": 2}), ("started", "evidence_missing", "permit")),
        (
            "started",
            replace(FULL, evidence={"agreement": 1, "permit": 1, "photo": 1}),
            ("started", "evidence_missing", "photo"),
        ),
    ],
)
def test_one_thing_missing_is_named(target: str, facts: ProjectFacts, missing: tuple[str, str, str]) -> None:
    assert codes(target, facts) == [missing]
    # … and at every later stage too: no door leads around it.
    assert all(missing in codes(later, facts) for later in STAGES[STAGES.index(target) :])


def test_creating_at_a_late_stage_meets_all_earlier_gates() -> None:
    bare = ProjectFacts(track="land", as_of=date(2026, 6, 1))
    stages = [stage for stage, _, _ in codes("full_capacity", bare)]

    assert stages == sorted(stages, key=STAGES.index)
    assert set(stages) == {"negotiating", "reviewed", "signed", "registered", "started", "in_production"}


def test_skipped_stage_asks_nothing_but_the_stage_itself_does() -> None:
    letting = replace(FULL, track="lease", evidence={"agreement": 1})

    assert codes("in_production", letting) == [("started", "evidence_missing", "photo")]
    assert codes("in_production", letting, skipping=["started", "completed"]) == []
    assert codes("in_production", replace(letting, skipped=frozenset({"started"}))) == []
    assert codes("started", replace(letting, skipped=frozenset({"started"}))) == [
        ("started", "evidence_missing", "photo")
    ]


def test_rows_of_another_track_do_not_apply() -> None:
    letting = replace(FULL, track="lease", evidence={"agreement": 1, "photo": 2})
    assert codes("started", letting) == []


def test_date_of_today_is_not_in_the_future() -> None:
    assert codes("in_production", replace(FULL, as_of=date(2026, 5, 1))) == []


def test_investors_own_promise_needs_no_fair_competition_review() -> None:
    theirs = replace(FULL, commitments=(CommitmentFact("jobs", by_government=False),))
    assert codes("signed", theirs) == []


def test_waived_review_counts_only_where_the_row_says_so() -> None:
    waived = replace(FULL, reviews={"admission": "waived", "environment": "waived"})
    strict = (Requirement("reviewed", "review_passed", {"kind": "environment"}),)

    assert codes("reviewed", waived) == []
    assert [item.code for item in gates.missing_for("reviewed", waived, strict)] == ["review_not_passed"]


def test_edit_is_checked_only_for_what_it_changes() -> None:
    broken = replace(without(FULL, investor="", total_investment=0), evidence={})

    changed = gates.missing_after_edit("signed", broken, GATE, ["total_investment", "note"])
    assert [item.subject for item in changed] == ["total_investment"]
    assert gates.missing_after_edit("signed", broken, GATE, ["note"]) == ()


def test_field_of_a_later_stage_may_still_be_empty_in_an_edit() -> None:
    assert gates.missing_after_edit("negotiating", without(FULL, total_investment=0), GATE, ["total_investment"]) == ()


def test_date_may_not_be_moved_behind_the_next_stage() -> None:
    reached = replace(
        without(FULL, signed_on=date(2026, 5, 20)),
        stage_dates={"reviewed": date(2026, 2, 1), "registered": date(2026, 4, 1)},
    )
    assert [item.code for item in gates.missing_after_edit("registered", reached, GATE, ["signed_on"])] == [
        "date_after_next"
    ]


def test_missing_item_is_readable_by_machines() -> None:
    item = gates.missing_for("negotiating", without(FULL, investor=""), GATE)[0]
    assert item.as_dict() == {
        "stage": "negotiating",
        "check": "field_filled",
        "code": "field_empty",
        "subject": "investor",
    }


def test_the_same_thing_asked_twice_is_missing_once() -> None:
    twice = (GATE[0], Requirement("signed", "field_filled", {"field": "investor"}))
    found = gates.missing_for("signed", without(FULL, investor=""), twice)
    assert [item.stage for item in found] == ["negotiating"]


@pytest.mark.parametrize("row", GATE)
def test_row_of_the_gate_is_valid(row: Requirement) -> None:
    names = {*FULL.fields, "filing_code"}
    assert gates.requirement_problems(row, fields=names) == ()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Requirement("won", "standards_met"), ("unknown_stage", "won")),
        (Requirement("signed", "standards_met", track="sea"), ("unknown_track", "sea")),
        (Requirement("signed", "eval", {"code": "1"}), ("unknown_check", "eval")),
        (Requirement("signed", "field_filled"), ("param_missing", "field")),
        (Requirement("signed", "field_filled", {"field": "investor", "x": 1}), ("param_unknown", "x")),
        (Requirement("signed", "field_filled", {"field": "nothing"}), ("unknown_field", "nothing")),
        (Requirement("signed", "evidence_present", {"kind": "a", "at_least": "2"}), ("param_type", "at_least")),
        (Requirement("signed", "evidence_present", {"kind": "a", "at_least": True}), ("param_type", "at_least")),
    ],
)
def test_row_that_could_not_be_checked_is_refused(row: Requirement, problem: tuple[str, str]) -> None:
    assert gates.requirement_problems(row, fields={"investor"}) == (problem,)


@pytest.mark.parametrize(
    ("value", "filled"),
    [(0, True), (False, True), ("x", True), (None, False), ("", False), (" ", False), ([], False), ({}, False)],
)
def test_nought_and_no_are_answers(value: Any, filled: bool) -> None:
    assert gates.is_filled(value) is filled


@given(
    st.dictionaries(st.sampled_from(sorted(FULL.fields)), st.none(), max_size=4),
    st.sampled_from(STAGES),
    st.sampled_from(STAGES),
)
def test_later_stage_never_asks_for_less(emptied: dict[str, None], one: str, other: str) -> None:
    early, late = sorted((one, other), key=STAGES.index)
    facts = without(FULL, **emptied)
    assert set(codes(early, facts)) <= set(codes(late, facts))
