"""What must not be seen stands in no hit, count, facet or suggestion."""

from collections.abc import Callable

from directory.duplicates import NONE, find_duplicates
from directory.models import Enterprise
from directory.search import COUNTRY, matching, search, suggest
from pinghu.accounts.roles import Role


def facet(result, name: str) -> dict[str, int]:
    return {one.value: one.count for one in result.facets[name]}


def test_hidden_row_is_in_no_hit_count_or_facet_of_the_public(corpus: dict[str, int]) -> None:
    result = search("隐形")

    assert result.hits == []
    assert result.total == 0
    assert all(values == [] for values in result.facets.values())


def test_hidden_row_is_not_offered_while_typing_or_as_what_was_meant(corpus: dict[str, int]) -> None:
    assert suggest("隐形") == []
    assert search("隐刑").suggestion is None
    assert search("Invisibel").suggestion is None


def test_hidden_row_is_not_found_by_its_code(corpus: dict[str, int]) -> None:
    assert search("91330482MA00000E3F").total == 0
    assert find_duplicates("无", "91330482MA00000E3F").kind == NONE


def test_row_outside_the_zone_is_not_public(found: Callable[..., list[str]]) -> None:
    assert found("外地精机") == []


def test_counts_of_the_public_leave_hidden_rows_out(corpus: dict[str, int], cast) -> None:
    public, staff = search(), search(user=cast[Role.LEADER])

    assert (public.total, staff.total) == (22, 24)
    assert facet(public, COUNTRY)["JP"] == 2
    assert facet(staff, COUNTRY)["JP"] == 3


def test_staff_find_hidden_rows(corpus: dict[str, int], cast) -> None:
    assert search("隐形", user=cast[Role.PROMOTION_OFFICER]).ids == [corpus["隐形"]]
    assert search("外地精机", user=cast[Role.PROMOTION_OFFICER]).ids == [corpus["外地精机"]]
    assert search("Invisibel", user=cast[Role.PROMOTION_OFFICER]).suggestion == "Invisible"


def test_superuser_without_a_role_sees_what_is_public(corpus: dict[str, int], superuser) -> None:
    assert search("隐形", user=superuser).total == 0


def test_matching_keeps_the_callers_own_rows(corpus: dict[str, int]) -> None:
    published = matching(Enterprise.objects.published(), "精机")

    assert set(published.values_list("short_name", flat=True)) == {"德马吉森精机"}
    assert matching(Enterprise.objects.all(), "精机").count() == 3
    assert matching(Enterprise.objects.all(), " ").count() == Enterprise.objects.count()
