"""Whatever somebody types is text: nothing of it is syntax, and nothing is too much."""

from collections.abc import Callable

import pytest

from directory.search import search, suggest

HOSTILE = [
    '"', "'", '""', "津上\"", "津上'", "*", "津上*", "tsu*", "NOT", "NOT 津上 OR", "AND", "OR", "NEAR(津 上)", "津上 NOT 机床", "\\", "津上\\",
    "a:b", "tokens:津上", "^津上", "-津上", "(津上", "津上)", "津上 & 机床", "津上 | 机床", "!津上", "津上:*", "<->", "'; DROP TABLE search_doc; --",
    "%", "_", "%%", "津%", "_n_jp", "_机床", "{0}", "%s", "%(x)s", "\x00", "津\x00上", "\ud800", "🙂", "津🙂上", "\u200b", "|津上|", "|",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_signs_of_a_query_language_are_plain_text(corpus: dict[str, int], text: str) -> None:
    result = search(text)

    assert result.relation == "eq"
    suggest(text)


def test_signs_around_a_name_do_not_hide_it(found: Callable[..., list[str]]) -> None:
    for text in ('"津上"', "津上*", "(津上)", "津上\\", "'津上'", "|津上|", "津\x00上"):
        assert found(text) == ["津上"], text


@pytest.mark.parametrize("text", ["", "   ", "。，、", "()", "有限公司", "股份有限公司", "%", "_", "*", '"'])
def test_text_that_says_nothing_finds_all(corpus: dict[str, int], text: str) -> None:
    assert search(text).total == 22
    assert suggest(text) == []


@pytest.mark.parametrize("text", ["津%", "津_"])
def test_wildcards_of_like_match_nothing_more_than_their_neighbours(found: Callable[..., list[str]], text: str) -> None:
    assert found(text) == ["津上", "津尚"]


def test_facet_tokens_cannot_be_typed(found: Callable[..., list[str]]) -> None:
    assert found("_n_jp") == found("n jp") == []


@pytest.mark.parametrize(
    "text", ["津上" * 50_000, "津 上 " * 10_000, "a b c d e f g h " * 500, "尼得科机床" * 20, "x" * 100_000]
)
def test_very_long_text_is_cut_not_refused(corpus: dict[str, int], text: str) -> None:
    assert search(text).total <= 22


def test_one_letter_is_the_beginning_of_a_name_or_reading(found: Callable[..., list[str]]) -> None:
    assert found("t")[0] == "津上"
    assert "凯泽" in found("k")
    assert "津上" not in found("k")
