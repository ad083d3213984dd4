"""Ratings: what they ask for, and satisfaction beside the rating rate."""

from __future__ import annotations

from fractions import Fraction

import pytest

from promotion.rules.satisfaction import Rating, follows, satisfaction_of


@pytest.mark.parametrize(
    ("rating", "reopened", "asks"),
    [
        (Rating(5, True), 0, "close"),
        (Rating(3), 0, "close"),
        (Rating(2, True), 0, "reopen"),
        (Rating(5, False), 0, "reopen"),  # friendly, but not solved
        (Rating(1), 1, "reopen"),
        (Rating(1), 2, "supervise"),
    ],
)
def test_what_a_rating_asks_for(rating: Rating, reopened: int, asks: str) -> None:
    assert follows(rating, reopened=reopened) == asks


@pytest.mark.parametrize("grade", [0, 6])
def test_grade_off_the_scale_is_refused(grade: int) -> None:
    with pytest.raises(ValueError, match="grades"):
        Rating(grade)


def test_silence_is_not_praise() -> None:
    found = satisfaction_of([Rating(5, True), Rating(2, False), Rating(3), None, None, None, None, None])

    assert found.satisfaction == Fraction(2, 3)
    assert found.rating_rate == Fraction(3, 8)
    assert found.solved_rate == Fraction(1, 2)
    assert found.by_grade == ((5, 1), (4, 0), (3, 1), (2, 1), (1, 0))


def test_nothing_rated_has_no_satisfaction() -> None:
    assert satisfaction_of([None]).satisfaction is None
    assert satisfaction_of([None]).rating_rate == 0
    assert satisfaction_of([]).rating_rate is None
    assert satisfaction_of([Rating(4)]).solved_rate is None
