"""Moves of a project: forward one gate, skips of the track, back, aside, out of it; and each way to cheat."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import stages
from promotion.rules.stages import ENDED, PAUSED, RUNNING, SIDE_STATES, STAGES, TRACKS, Move, Position

places = st.builds(Position, st.sampled_from(STAGES), st.sampled_from((RUNNING, *SIDE_STATES)))
targets = st.sampled_from((*STAGES, *SIDE_STATES, RUNNING))
WHY = "因此"


@pytest.mark.parametrize(
    ("here", "move", "track", "kind", "refusal"),
    [
        (Position("negotiating"), Move("reviewed"), "land", "forward", None),
        (Position("negotiating"), Move("signed", WHY), "land", "skip", "stage_left_out"),
        (Position("negotiating"), Move("in_production", WHY), "lease", "skip", "stage_left_out"),
        (Position("registered"), Move("in_production", WHY), "lease", "skip", None),
        (Position("registered"), Move("in_production"), "lease", "skip", "reason_missing"),
        (Position("registered"), Move("in_production", "  "), "lease", "skip", "reason_missing"),
        (Position("registered"), Move("in_production", WHY), "land", "skip", "stage_left_out"),
        (Position("registered"), Move("full_capacity", WHY), "acquisition", "skip", None),
        (Position("registered"), Move("full_capacity", WHY), "lease", "skip", "stage_left_out"),
        (Position("signed"), Move("negotiating"), "land", "back", "reason_missing"),
        (Position("signed"), Move("negotiating", WHY), "land", "back", None),
        (Position("signed"), Move("signed", WHY), "land", "forward", "already_there"),
        (Position("signed"), Move("won", WHY), "land", "forward", "unknown_target"),
        (Position("signed"), Move("registered"), "sea", "forward", "unknown_track"),
        (Position("signed"), Move("paused"), "land", "aside", "reason_missing"),
        (Position("signed"), Move("paused", WHY), "land", "aside", None),
        (Position("full_capacity"), Move("paused", WHY), "land", "aside", "not_from_here"),
        (Position("signed"), Move("lost", WHY), "land", "aside", "not_from_here"),
        (Position("reviewed"), Move("lost", WHY), "land", "aside", None),
        (Position("reviewed"), Move("terminated", WHY), "land", "aside", "not_from_here"),
        (Position("started"), Move("terminated", WHY), "land", "aside", None),
        (Position("reviewed"), Move("merged", WHY), "land", "aside", "duplicate_missing"),
        (Position("reviewed"), Move("merged", WHY, merged_into=7), "land", "aside", None),
        (Position("signed", PAUSED), Move("registered"), "land", "forward", "project_paused"),
        (Position("signed", PAUSED), Move(RUNNING), "land", "resume", None),
        (Position("reviewed", PAUSED), Move("lost", WHY), "land", "aside", None),
        (Position("signed"), Move(RUNNING), "land", "resume", "already_there"),
        (Position("reviewed", "lost"), Move("signed", WHY), "land", "forward", "project_ended"),
        (Position("reviewed", "lost"), Move("negotiating", WHY), "land", "back", "project_ended"),
        (Position("reviewed", "lost"), Move("withdrawn", WHY), "land", "aside", "project_ended"),
        (Position("reviewed", "lost"), Move(RUNNING, WHY), "land", "reopen", "may_not_reopen"),
        (Position("reviewed", "lost"), Move(RUNNING, "", may_reopen=True), "land", "reopen", "reason_missing"),
        (Position("reviewed", "lost"), Move(RUNNING, WHY, may_reopen=True), "land", "reopen", None),
    ],
)
def test_move_is_judged(here: Position, move: Move, track: str, kind: str, refusal: str | None) -> None:
    verdict = stages.judge_move(here, move, track)
    assert (verdict.kind, verdict.refusal) == (kind, refusal)


def test_refused_skip_names_the_stages_that_the_track_does_not_let_one_leave_out() -> None:
    assert stages.judge_move(Position("signed"), Move("in_production", WHY), "lease").stages == ("registered",)
    assert stages.judge_move(Position("registered"), Move("in_production", WHY), "lease").stages == (
        "started",
        "completed",
    )


@pytest.mark.parametrize("track", TRACKS)
def test_review_and_signing_are_skipped_on_no_track(track: str) -> None:
    assert not stages.SKIPPABLE[track] & {"reviewed", "signed", "registered"}


def test_moves_open_to_a_project() -> None:
    assert stages.allowed_targets(Position("signed"), "land") == (
        *("negotiating", "reviewed", "registered"),
        *("paused", "withdrawn", "merged", "terminated"),
    )
    assert stages.allowed_targets(Position("signed", PAUSED), "land") == ("withdrawn", "merged", "terminated", RUNNING)
    assert stages.allowed_targets(Position("signed", "withdrawn"), "land") == ()
    assert stages.allowed_targets(Position("signed", "withdrawn"), "land", may_reopen=True) == (RUNNING,)


def test_tracks_are_rows_that_the_zone_may_change() -> None:
    own = {"land": frozenset({"reviewed"})}
    assert stages.judge_move(Position("negotiating"), Move("signed", WHY), "land", skippable=own).refusal is None


@pytest.mark.parametrize(
    ("here", "following"),
    [
        (Position("negotiating"), "reviewed"),
        (Position("in_production"), "full_capacity"),
        (Position("full_capacity"), None),
        (Position("signed", PAUSED), None),
        (Position("signed", "terminated"), None),
    ],
)
def test_next_gate(here: Position, following: str | None) -> None:
    assert stages.next_stage(here) == following


def test_ended_project_is_locked_but_for_named_fields() -> None:
    assert stages.locked_fields(Position("signed", "terminated"), ["name", "note", "amount"]) == ("amount", "name")
    assert stages.locked_fields(Position("signed", PAUSED), ["name"]) == ()


@given(places, targets, st.sampled_from(TRACKS))
def test_no_move_of_any_kind_goes_without_its_reason(here: Position, target: str, track: str) -> None:
    verdict = stages.judge_move(here, Move(target, "", merged_into=1, may_reopen=True), track)
    if verdict.refusal is None:
        assert verdict.kind in ("forward", "resume")


@given(places, targets, st.sampled_from(TRACKS))
def test_granted_move_leads_to_a_lawful_place(here: Position, target: str, track: str) -> None:
    verdict = stages.judge_move(here, Move(target, WHY, merged_into=1), track)
    if verdict.refusal is not None:
        return
    assert not here.has_ended
    assert verdict.to != here
    if verdict.to.side == RUNNING and verdict.kind in ("forward", "skip"):
        over = stages.stages_between(here.stage, verdict.to.stage)
        assert set(over) == set(verdict.stages) <= stages.SKIPPABLE[track]
    if verdict.kind in ("aside", "resume"):
        assert verdict.to.stage == here.stage


def test_every_ended_state_is_locked_against_every_move() -> None:
    for side, stage, target in product(ENDED, STAGES, (*STAGES, *SIDE_STATES)):
        assert stages.judge_move(Position(stage, side), Move(target, WHY, 1), "lease").refusal is not None
