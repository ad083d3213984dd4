"""Five grades (好差评) and "was it solved?": what a case's rating asks for, and the figures over many.

Satisfaction is content over rated cases, and the rating rate stands beside it. Silence is not praise: a case that
nobody rated counts as closed, never as rated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

VERY_CONTENT = 5
CONTENT = 4
FAIRLY_CONTENT = 3
NOT_CONTENT = 2
NOT_AT_ALL = 1
GRADES = (VERY_CONTENT, CONTENT, FAIRLY_CONTENT, NOT_CONTENT, NOT_AT_ALL)

CLOSE = "close"
REOPEN = "reopen"
SUPERVISE = "supervise"


@dataclass(frozen=True, slots=True)
class Rating:
    """What the enterprise said: a grade, and whether the matter was solved (None = not answered)."""

    grade: int
    is_solved: bool | None = None

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ValueError("grades run from 1 to 5")

    @property
    def is_content(self) -> bool:
        """Fairly content (基本满意) counts as content, as in the national 好差评. Solved or not is another question."""
        return self.grade >= FAIRLY_CONTENT


def follows(rating: Rating, *, reopened: int, most: int = 2) -> str:
    """Return what a rating asks for: CLOSE; REOPEN one level up; after ``most`` reopenings SUPERVISE, by the leader.

    Only a case that is both to the enterprise's content and not said to be unsolved is closed.
    """
    if rating.is_content and rating.is_solved is not False:
        return CLOSE
    return REOPEN if reopened < most else SUPERVISE


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Figures over closed cases. Shares are exact fractions, None where there is nothing to divide by."""

    closed: int
    rated: int
    content: int
    solved: int
    answered_solved: int
    by_grade: tuple[tuple[int, int], ...]

    @property
    def satisfaction(self) -> Fraction | None:
        """Content over rated cases."""
        return Fraction(self.content, self.rated) if self.rated else None

    @property
    def rating_rate(self) -> Fraction | None:
        """Rated over closed cases."""
        return Fraction(self.rated, self.closed) if self.closed else None

    @property
    def solved_rate(self) -> Fraction | None:
        """Solved over those who answered that question."""
        return Fraction(self.solved, self.answered_solved) if self.answered_solved else None


def satisfaction_of(ratings: Iterable[Rating | None]) -> Satisfaction:
    """Return the figures over closed cases, one rating each, None where nobody rated."""
    every = list(ratings)
    given = [rating for rating in every if rating is not None]
    counts = Counter(rating.grade for rating in given)
    return Satisfaction(
        closed=len(every),
        rated=len(given),
        content=sum(rating.is_content for rating in given),
        solved=sum(rating.is_solved is True for rating in given),
        answered_solved=sum(rating.is_solved is not None for rating in given),
        by_grade=tuple((grade, counts[grade]) for grade in GRADES),
    )
