"""May a file's value replace what stands there?"""

from typing import Any

import pytest

from directory.rules.import_conflicts import EDITED, HIGHER_SOURCE, SAME, TAKE, VERIFIED, Memory, Ranks, judge

LIST, PROFILE, BUREAU, STAFF, REGULATOR, CHECKED = 30, 40, 60, 70, 80, 90


def ranks(source: int, record: int | None = None) -> Ranks:
    return Ranks(source, STAFF, CHECKED, record)


CASES = [
    # current, wanted, default, memory, verified, demo, ranks, answer
    ("甲", "甲", "", None, True, False, ranks(LIST), SAME),
    ("", "甲", "", None, False, False, ranks(LIST), TAKE),
    (None, "甲", None, None, True, False, ranks(LIST), TAKE),
    ("", "甲", "", Memory("乙", LIST), False, False, ranks(BUREAU), EDITED),
    ("甲", "乙", "", None, True, False, ranks(REGULATOR), VERIFIED),
    ("甲", "乙", "", None, True, False, ranks(CHECKED), TAKE),
    ("甲", "乙", "", Memory("甲", BUREAU), False, False, ranks(BUREAU), TAKE),
    ("甲", "乙", "", Memory("甲", REGULATOR), False, False, ranks(BUREAU), HIGHER_SOURCE),
    ("甲", "乙", "", Memory("丙", BUREAU), False, False, ranks(BUREAU), EDITED),
    ("甲", "乙", "", Memory("丙", BUREAU), False, False, ranks(REGULATOR), TAKE),
    ("甲", "乙", "", None, False, False, ranks(BUREAU), EDITED),
    ("甲", "乙", "", None, False, False, ranks(REGULATOR), TAKE),
    ("unverified", "outside", "unverified", None, False, False, ranks(LIST, PROFILE), HIGHER_SOURCE),
    ("unverified", "outside", "unverified", None, False, False, ranks(BUREAU, PROFILE), TAKE),
    ("unverified", "outside", "unverified", None, False, False, ranks(LIST), TAKE),
    ("甲", "乙", "", None, False, True, ranks(LIST, 10), TAKE),
]


@pytest.mark.parametrize(("current", "wanted", "default", "memory", "verified", "demo", "held", "answer"), CASES)
def test_judgement(
    current: Any, wanted: Any, default: Any, memory: Memory | None, verified: bool, demo: bool, held: Ranks, answer: str
) -> None:
    assert (
        judge(current, wanted, default=default, memory=memory, is_verified=verified, is_demo=demo, ranks=held) == answer
    )
