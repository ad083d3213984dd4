"""Is it already here: exact, probable, or none, with the reasons."""

import pytest

from directory.duplicates import (
    EXACT,
    NONE,
    PROBABLE_KIND,
    DuplicateResult,
    find_duplicates,
    find_duplicates_many,
)
from directory.models import NotDuplicate
from directory.search import search
from pinghu.accounts.roles import Role


def best(result: DuplicateResult) -> int | None:
    return result.candidates[0].id if result.candidates else None


def test_same_code_is_exact_whatever_the_name(corpus: dict[str, int]) -> None:
    result = find_duplicates("完全不同的名字", "91330482ma00000a1b")

    assert result.kind == EXACT
    assert best(result) == corpus["浙江华盛电子科技有限公司"]
    assert "same_code" in result.candidates[0].reasons


def test_same_name_is_exact_unless_codes_differ(corpus: dict[str, int]) -> None:
    name = "浙江华盛电子科技有限公司"

    assert find_duplicates(name).kind == EXACT
    other = find_duplicates(name, "91330482MA00000Z9Z")
    assert other.kind == PROBABLE_KIND
    assert "other_code" in other.candidates[0].reasons


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("津上精密机床浙江有限公司", "津上"),  # brackets left out
        ("浙江津上精密机床有限公司", "津上"),  # reordered
        ("津上精密机床", "津上"),  # shortened
        ("尼得科汽车马达", "尼得科汽车马达"),
        ("日本电产汽车马达（浙江）有限公司", "尼得科汽车马达"),  # former
        ("尼德科汽车马达（浙江）有限公司", "尼得科汽车马达"),  # misspelt
        ("德马吉森精机机床有限公司", "德马吉森精机"),
        ("平湖東洋鐵工有限公司", "东洋铁工"),  # traditional
        ("Tsugami", "津上"),
        ("Nidec Machine Tool Co., Ltd.", "尼得科机床"),
        ("Great Wal Motor", "长城汽车"),  # misspelt in English
    ],
)
def test_other_spelling_is_recognised_first(corpus: dict[str, int], name: str, meant: str) -> None:
    result = find_duplicates(name)

    assert result.kind in (EXACT, PROBABLE_KIND)
    assert best(result) == corpus[meant]
    assert result.candidates[0].reasons


@pytest.mark.parametrize("name", ["上海魑魅饕餮有限公司", "平湖有限公司", "", "。", "Zzyzx Quux"])
def test_strange_name_has_no_duplicate(corpus: dict[str, int], name: str) -> None:
    assert find_duplicates(name) == DuplicateResult(NONE, [])


def test_public_does_not_learn_of_hidden_rows_and_staff_do(corpus: dict[str, int], cast) -> None:
    assert find_duplicates("平湖隐形精机有限公司").kind == NONE
    assert best(find_duplicates("平湖隐形精机有限公司", user=cast[Role.LEADER])) == corpus["隐形"]
    assert best(find_duplicates("平湖隐形精机有限公司", everything=True)) == corpus["隐形"]


def test_pair_declared_different_is_not_proposed_again(corpus: dict[str, int]) -> None:
    first, second = sorted((corpus["尼得科机床"], corpus["尼得科汽车马达"]))
    name, code = "尼得科机床浙江有限公司", None
    assert corpus["尼得科机床"] in [one.id for one in find_duplicates(name, code, exclude=second).candidates]

    NotDuplicate.objects.bulk_create([NotDuplicate(first_id=first, second_id=second)])

    assert corpus["尼得科机床"] not in [one.id for one in find_duplicates(name, code, exclude=second).candidates]
    assert corpus["尼得科机床"] in [one.id for one in find_duplicates(name, code, exclude=corpus["津上"]).candidates]


def test_enterprise_is_not_its_own_duplicate(corpus: dict[str, int]) -> None:
    result = find_duplicates("津上精密机床（浙江）有限公司", exclude=corpus["津上"])

    assert corpus["津上"] not in [one.id for one in result.candidates]


def test_many_at_once_answer_as_one_by_one(corpus: dict[str, int]) -> None:
    pairs = [
        ("津上精密机床浙江有限公司", None),
        ("尼德科汽车马达（浙江）有限公司", None),
        ("无关", "91330482MA00000A1B"),
        ("上海魑魅饕餮有限公司", None),
        ("", None),
    ]

    many = find_duplicates_many(pairs, everything=True)

    assert [one.kind for one in many] == [EXACT, PROBABLE_KIND, EXACT, NONE, NONE]
    assert [best(one) for one in many] == [best(find_duplicates(*pair, everything=True)) for pair in pairs]


def test_many_known_names_cost_no_more_queries_than_one(corpus: dict[str, int], django_assert_max_num_queries) -> None:
    known = [
        ("津上精密机床（浙江）有限公司", None),
        ("平湖长盈电子有限公司", None),
        ("平湖星宇光学有限公司", None),
    ] * 20

    with django_assert_max_num_queries(6):
        find_duplicates_many(known, everything=True)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("津伤", "津上"),
        ("Tsugmi", "Tsugami"),
        ("尼德科汽车马达", "尼得科汽车马达"),
        ("德马吉精机", "德马吉森精机"),
        ("凯则", "凯泽"),
    ],
)
def test_search_without_hit_says_what_may_be_meant(corpus: dict[str, int], text: str, meant: str) -> None:
    result = search(text)

    assert result.total == 0
    assert result.suggestion == meant


def test_search_that_only_filters_emptied_suggests_nothing(corpus: dict[str, int]) -> None:
    assert search("津上", filters={"country": ["US"]}).suggestion is None
    assert search("魑魅魍魉").suggestion is None
