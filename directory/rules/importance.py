"""How far up an enterprise stands among equally good hits: by public facts only, so that no order betrays a figure.

The weights are set by hand. They order ties, they are no judgement of an enterprise, and no page shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: The greatest importance; ranks run from 0 (active, most important) to twice this and one.
GREATEST = 999


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What everybody may read about an enterprise; ``national_titles`` counts the valid ones."""

    named_in_profile: bool = False
    is_chain_leader: bool = False
    is_ranked: bool = False
    is_listed: bool = False
    has_listed_parent: bool = False
    national_titles: int = 0
    other_titles: int = 0
    is_above_scale: bool = False
    is_backbone: bool = False
    is_of_the_zone: bool = False
    registered_capital: Decimal | None = None
    is_demo: bool = False


def importance(facts: PublicFacts) -> int:
    """Return 0 to 999; a made-up row stands behind every real one."""
    if facts.is_demo:
        return 0
    value = 300 * facts.named_in_profile + 150 * facts.is_chain_leader + 130 * facts.is_ranked
    value += 100 * facts.is_listed + 50 * facts.has_listed_parent
    value += 60 * min(facts.national_titles, 2) + 20 * min(facts.other_titles, 2)
    value += 60 * facts.is_above_scale + 20 * facts.is_backbone + 30 * facts.is_of_the_zone
    if facts.registered_capital:
        # One step for each power of ten of whole currency units, whatever the currency.
        value += 3 * min(len(str(int(facts.registered_capital))), 13)
    return min(value, GREATEST)


def rank(importance: int, *, is_active: bool) -> int:
    """Return the place in an order from small to great: all active ones before those that ended."""
    return (GREATEST - importance) + (0 if is_active else GREATEST + 1)
