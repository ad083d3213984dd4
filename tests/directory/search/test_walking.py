"""Common words are answered by a walk down the ranks: the answer is the one that sorting gives."""

import pytest

from directory.search import COUNTRY, RELATION, search, searching, walking
from directory.search.walking import Walk
from pinghu.accounts.roles import Role

TEXTS = [
    "机床",
    "平湖",
    "浙江",
    "津上",
    "尼得科",
    "精机",
    "汽车",
    "华盛",
    "箱包",
    "精密机床",
    "日本电产",
    "宏达",
    "有色",
    "",
]


@pytest.mark.parametrize("filters", [{}, {COUNTRY: ["JP", "DE"]}, {RELATION: ["registered_and_operating"]}])
@pytest.mark.parametrize("steps", [2, 7, 5_000])
@pytest.mark.parametrize("role", ["", Role.LEADER])
def test_walk_gives_the_same_pages_as_sorting(
    corpus: dict[str, int], cast, monkeypatch: pytest.MonkeyPatch, filters: dict, steps: int, role: str
) -> None:
    user = cast[role] if role else None

    def pages() -> list:
        return [
            search(text, user=user, filters=filters, limit=limit, offset=offset)
            for text in TEXTS
            for limit, offset in ((1, 0), (2, 0), (3, 2), (20, 0))
        ]

    sorted_pages = pages()
    walks = []
    first = Walk.first

    def counted(self, need):
        found = first(self, need)
        walks.append(found is not None)
        return found

    monkeypatch.setattr(Walk, "first", counted)
    monkeypatch.setattr(searching, "MANY", 0)
    monkeypatch.setattr(walking, "_STEPS", steps)

    assert pages() == sorted_pages
    assert any(walks)
