"""Is this enterprise already here? Exact by credit code or name, probable by likeness; a person decides, never this.

Candidates come from the index by the rarest tokens of the name; `rules.similarity` compares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

EXACT = "exact"
PROBABLE = "probable"
NONE = "none"


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """An enterprise that may be the one asked for.

    `score` runs from 0 to 100. `reasons` are codes: `same_code`, `other_code` (both have a credit code and they
    differ), and those of `rules.similarity` (`same_name`, `same_core`, `former_name`, …). `name` is the one matched.
    """

    id: int
    score: float
    reasons: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class DuplicateResult:
    """`exact` (same credit code, or same name without codes that differ), `probable` or `none`; best candidate first."""

    kind: str
    candidates: list[DuplicateCandidate]


def find_duplicates(
    name: str, uscc: str | None = None, *, limit: int = 5, user: object = None, exclude: int | None = None
) -> DuplicateResult:
    """Return which enterprises this name and code may mean, among those that `user` sees (None = published only).

    `exclude` is the primary key of the enterprise that is compared: it and those that somebody declared not to be
    its duplicate (`NotDuplicate`) are left out.
    """
    raise NotImplementedError


def find_duplicates_many(
    pairs: Sequence[tuple[str, str | None]], *, limit: int = 5, user: object = None, everything: bool = False
) -> list[DuplicateResult]:
    """The same for many (name, code) pairs, in their order: codes and exact names by set joins, only the rest fuzzy.

    Give at most some thousand at a time. `everything` looks at all rows without a user (for imports and commands).
    """
    raise NotImplementedError
