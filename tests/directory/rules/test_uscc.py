"""The unified social credit code, GB 32100-2015."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from directory.rules import uscc

VALID = ["91350100M000100Y43", "91110000600037341L", "91110108551385082Q", "91330482MA00007A30"]


@pytest.mark.parametrize("code", VALID)
def test_code_of_the_standards_form_is_valid(code: str) -> None:
    assert uscc.problem(code) is None


def test_remainder_of_zero_gives_check_character_zero() -> None:
    assert uscc.check_character("91330482MA00007A3") == "0"


@pytest.mark.parametrize(
    ("code", "problem", "position", "expected"),
    [
        ("91350100M000100Y4Z", "alphabet", 18, ""),
        ("91350100M000100Y4O", "alphabet", 18, ""),
        ("A1110000600037341L", "check_character", 18, uscc.check_character("A1110000600037341")),
        ("91350100M000100Y44", "check_character", 18, "3"),
        ("9135010AM000100Y43", "division", 8, ""),
        ("91350100M000100Y4", "length", None, "18"),
        ("", "length", None, "18"),
        ("330482000012345", "length", None, "18"),
    ],
)
def test_wrong_code_says_what_is_wrong_and_where(code: str, problem: str, position: int | None, expected: str) -> None:
    found = uscc.problem(code)

    assert found is not None
    assert (found.code, found.position, found.expected) == (problem, position, expected)


def test_wrong_organisation_code_inside_a_right_check_is_named() -> None:
    body = "91330482MA00007A4"  # the organisation code's own check is 3
    found = uscc.problem(body + uscc.check_character(body))

    assert found is not None
    assert (found.code, found.position, found.expected) == ("organisation_code", 17, "3")


@pytest.mark.parametrize(
    "typed",
    [
        "９１３５０１００Ｍ０００１００Ｙ４３",
        " 91350100 m000100y43 ",
        "9135-0100-M000100Y4-3",
        "91350100M000100Y43\u200b",
    ],
)
def test_code_typed_wide_low_or_spaced_is_normalised(typed: str) -> None:
    assert uscc.normalise(typed) == "91350100M000100Y43"
    assert uscc.is_valid(typed)


@pytest.mark.parametrize(
    ("text", "is_legacy"),
    [("330482000012345", True), ("3304 8200 0012 345", True), ("33048200001234", False), ("33048200001234A", False)],
)
def test_fifteen_digits_are_a_legacy_registration_number(text: str, is_legacy: bool) -> None:
    assert uscc.is_legacy_registration_no(text) is is_legacy


@given(
    st.text("123456789ANY", min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(uscc.ALPHABET, min_size=8, max_size=8),
)
def test_made_code_is_valid_and_one_changed_character_is_noticed(head: str, division: str, organisation: str) -> None:
    code = uscc.make(head + division + organisation)
    changed = ("1" if code[1] != "1" else "2").join((code[0], code[2:]))

    assert uscc.is_valid(code)
    assert not uscc.is_valid(changed)


@given(st.text(max_size=40))
def test_any_text_gets_an_answer_and_never_an_error(text: str) -> None:
    assume(len(uscc.normalise(text)) != 18)
    assert not uscc.is_valid(text)


@pytest.mark.parametrize("body", ["", "9133048", "9133048IMA00007A3", "91330482MA00007A4"])
def test_body_that_no_valid_code_has_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        uscc.make(body)
