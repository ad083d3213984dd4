"""Codes of the national economy's industries, GB/T 4754-2017 with amendment 1.

Sections (门类) are letters, divisions (大类) two digits, groups (中类) three, classes (小类) four; digits nest by
prefix, the letter is not part of them. An enterprise may be coded at any level.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

STANDARD = "GB/T 4754-2017"

#: First and last division of each section.
SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip

_CODE = re.compile(r"([A-T])?([0-9]{2,4})?")


@dataclass(frozen=True, slots=True)
class IndustryCode:
    """A parsed code; ``digits`` is empty for a section. Level 1 section, 2 division, 3 group, 4 class."""

    section: str
    level: int
    digits: str

    @property
    def code(self) -> str:
        """The code as stored: the digits, or the letter of a section."""
        return self.digits or self.section

    @property
    def parent(self) -> str | None:
        """The code one level up: digits, a section's letter, or None for a section."""
        if self.level == 1:
            return None
        return self.section if self.level == 2 else self.digits[:-1]


def section_of(division: str | int) -> str:
    """Return the section's letter for a division or a longer code. Raises ValueError if no section has it."""
    number = division if isinstance(division, int) else int(division[:2])
    for section, (first, last) in SECTIONS.items():
        if first <= number <= last:
            return section
    raise ValueError(f"{STANDARD} has no division {division}")


def parse(code: str) -> IndustryCode:
    """Parse ``C3421``, ``3421``, ``34`` or ``C``, of any width and case.

    Raises ValueError for anything else, an unknown division, or a letter that is not the division's section.
    """
    text = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", code)).upper()
    match = _CODE.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not a code of {STANDARD}: {code}")
    letter, digits = match[1], match[2] or ""
    if not digits:
        return IndustryCode(letter, 1, "")
    section = section_of(digits)
    if letter and letter != section:
        raise ValueError(f"division {digits[:2]} is in section {section}, not {letter}")
    return IndustryCode(section, len(digits), digits)


def is_nested(child: str, parent: str) -> bool:
    """Whether the child's code lies within the parent's (3421 in 342, 34 and C); not so for equal ones."""
    inner, outer = parse(child), parse(parent)
    if inner.level <= outer.level:
        return False
    return inner.section == outer.section if outer.level == 1 else inner.digits.startswith(outer.digits)


def is_industry(code: str) -> bool:
    """Whether the code is industry (工业) in the statistical sense: sections B, C and D."""
    return parse(code).section in {"B", "C", "D"}
