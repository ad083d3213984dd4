"""May a file's value replace what stands in a record? By the rank of whoever stated the value that stands there.

Empty cells say nothing and never erase. An empty field is filled, unless somebody emptied it on purpose. A verified
record, a value from a source of higher rank and a person's edit are not overwritten: they are a conflict for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SAME = "same"
TAKE = "take"
VERIFIED = "verified"
EDITED = "edited_by_staff"
HIGHER_SOURCE = "higher_source"


@dataclass(frozen=True, slots=True)
class Memory:
    """The value that a source last loaded into a field, and that source's rank."""

    value: Any
    rank: int


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks that a decision needs: the file's source, staff, verified, and whoever made the record (None = staff)."""

    source: int
    staff: int
    verified: int
    record: int | None = None


def judge(
    current: Any, wanted: Any, *, default: Any, memory: Memory | None, is_verified: bool, is_demo: bool, ranks: Ranks
) -> str:
    """Return SAME, TAKE, or why the value that stands there wins: VERIFIED, EDITED, HIGHER_SOURCE.

    `default` is the column's value in a record of which nothing is said. Values are compared as they are given.
    """
    if current == wanted:
        return SAME
    is_empty = current in (None, "", [])
    was_edited = memory is not None and memory.value != current
    if is_empty and not was_edited:
        return TAKE
    if is_verified and not is_empty and ranks.source < ranks.verified:
        return VERIFIED
    if was_edited:
        return EDITED if ranks.staff > ranks.source else TAKE
    if memory is not None:
        return HIGHER_SOURCE if memory.rank > ranks.source else TAKE
    if current == default:
        # Nobody stated it; still a weaker source does not decide for a record that a stronger one made.
        return HIGHER_SOURCE if ranks.record is not None and ranks.record > ranks.source else TAKE
    if is_demo:
        return HIGHER_SOURCE if (ranks.record or 0) > ranks.source else TAKE
    return EDITED if ranks.staff > ranks.source else TAKE
