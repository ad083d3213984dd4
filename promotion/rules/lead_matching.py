"""What someone who enters a lead is shown of what is already known, so that nothing is doubled and nothing betrayed.

An exact credit code on an open lead blocks; all else that is probable asks. A record below the viewer's clearance
appears as a masked card (unit, stage, date, "ask to join"). A confidential one that the viewer may not even know of
shows nothing and blocks nothing: the lead is accepted, and the owner and the manager of the hidden one are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from promotion.rules.confidentiality import CODE_NAME, FULL, HIDDEN

LEAD = "lead"
ENTERPRISE = "enterprise"
GROUP = "group"
COUNTERPART = "counterpart"
KINDS = (LEAD, ENTERPRISE, GROUP, COUNTERPART)

NONE = "none"
ASK = "ask"
BLOCK = "block"

#: Reasons that make a match certain; all others are probable.
SAME_CODE = "same_code"


@dataclass(frozen=True, slots=True)
class Match:
    """One record that may be the same, as found among all, with codes of the reasons and the viewer's sight of it.

    ``is_open`` says of a lead that it is neither closed nor converted. ``tell`` are the people to tell of a hidden
    collision: the owner and the manager. ``score`` runs from 0 to 100.
    """

    kind: str
    key: object
    name: str
    reasons: tuple[str, ...]
    score: float = 0.0
    sight: str = FULL
    code_name: str = ""
    is_open: bool = True
    unit: str = ""
    stage: str = ""
    on: date | None = None
    tell: tuple[object, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether it rests on the same credit code."""
        return SAME_CODE in self.reasons


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of one match. A masked card has the code name only, no score, and no reasons in detail.

    Its key opens nothing that the viewer may not see; it is there to ask to join.
    """

    kind: str
    is_masked: bool
    blocks: bool
    name: str
    unit: str
    stage: str
    on: date | None
    reasons: tuple[str, ...]
    key: object
    score: float | None = None
    may_ask_to_join: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A hidden collision to tell people of: the record that was hit, and whom to tell."""

    kind: str
    key: object
    tell: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Collision:
    """The answer: NONE, ASK or BLOCK, the cards to show (nothing else may be shown), and whom to tell silently."""

    action: str
    cards: tuple[Card, ...] = ()
    notices: tuple[Notice, ...] = ()


def blocks(match: Match) -> bool:
    """Whether a match forbids the lead: the exact code, on an open lead that the viewer may know of."""
    return match.kind == LEAD and match.is_open and match.is_certain and match.sight != HIDDEN


def card(match: Match) -> Card:
    """Return what may be shown of a match. Raises ValueError for a hidden one: there is nothing to show."""
    if match.sight == HIDDEN:
        raise ValueError("a hidden record has no card")
    if match.sight == FULL:
        return Card(
            match.kind,
            is_masked=False,
            blocks=blocks(match),
            name=match.name,
            unit=match.unit,
            stage=match.stage,
            on=match.on,
            reasons=match.reasons,
            key=match.key,
            score=match.score,
            may_ask_to_join=match.kind == LEAD and match.is_open,
        )
    return Card(
        match.kind,
        is_masked=True,
        blocks=blocks(match),
        name=match.code_name,
        unit=match.unit,
        stage=match.stage,
        on=match.on,
        key=match.key,
        # Which number or address was alike would say what stands in the record.
        reasons=(SAME_CODE,) if match.is_certain else ("similar",),
        may_ask_to_join=match.kind == LEAD and match.is_open,
    )


def judge(matches: Iterable[Match], *, confirmed: bool = False, most: int = 5) -> Collision:
    """Return what to do with a lead that is being entered, and what to show: the certain first, then by score.

    ``confirmed`` is the person's "enter it all the same", which answers ASK but never BLOCK. Hidden matches change
    neither action nor cards nor their number.
    """
    found = sorted(matches, key=lambda match: (not blocks(match), not match.is_certain, -match.score, str(match.key)))
    seen = [match for match in found if match.sight in (FULL, CODE_NAME)]
    notices = tuple(
        Notice(match.kind, match.key, match.tell) for match in found if match.sight == HIDDEN and match.tell
    )
    asks = ASK if seen and not confirmed else NONE
    action = BLOCK if any(blocks(match) for match in seen) else asks
    return Collision(action, tuple(card(match) for match in seen[:most]), () if action != NONE else notices)
