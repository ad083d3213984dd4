"""Lists in pages: whole under writes, in any order, with NULLs; cursors that cannot be forged or moved elsewhere."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import NullIf
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pinghu.accounts.models import Department
from pinghu.api.cursors import Cursor, decode
from pinghu.api.paging import MAX_DEPTH, KeysetPage, ListPage, PageRequest, Total, parse_limit, scope_of
from pinghu.api.problems import Problem

LIST = "/api/v1/departments"
Make = Callable[[int], list[Department]]


def ask(cursor: str = "", *, limit: int = 3, scope: str = "s") -> PageRequest:
    return PageRequest(url="http://t/", limit=limit, cursor=cursor, count="", preferred=False, scope=scope)


def walk(
    columns: Sequence[str], *, limit: int, between: Callable[[], None] = lambda: None, back: bool = False
) -> list[int]:
    """The ids in the order of a whole walk; `between` runs between two pages."""
    seen: list[int] = []
    rows = Department.objects.annotate(maybe=NullIf("name_en", Value("")))
    page = KeysetPage(rows, columns, ask(limit=limit))
    while True:
        assert len({row.pk for row in page.rows}) == len(page.rows)
        seen += [row.pk for row in (reversed(page.rows) if back else page.rows)]
        cursor = page.prev_cursor if back else page.next_cursor
        if not cursor:
            return seen
        between()
        page = KeysetPage(rows, columns, ask(cursor, limit=limit))


ORDERS = [
    [],
    ["name"],
    ["-name"],
    ["maybe"],
    ["-maybe"],
    ["maybe", "-name"],
    ["-parent__name", "maybe"],
    ["-version", "name"],
]


@pytest.fixture
def mixed(db: None) -> list[Department]:
    """Rows with many equal names, empty values and missing parents."""
    dice = random.Random(7)
    tops = Department.objects.bulk_create([Department(code=f"top{n}", name=f"t{n}") for n in range(3)])
    rows = [
        Department(
            code=f"c{number:03d}",
            name=f"n{dice.randrange(5)}",
            name_en=dice.choice(["", "", "a", "b"]),
            parent=dice.choice([None, *tops]),
            version=dice.randrange(1, 4),
        )
        for number in range(40)
    ]
    return [*tops, *Department.objects.bulk_create(rows)]


@pytest.mark.parametrize("columns", ORDERS, ids=lambda columns: ",".join(columns) or "none")
def test_walk_in_any_order_equals_one_sorted_query(mixed: list[Department], columns: list[str]) -> None:
    order = [F(c[1:]).desc(nulls_last=True) if c[0] == "-" else F(c).asc(nulls_last=True) for c in columns]
    order.append(F("pk").desc() if columns and columns[-1][0] == "-" else F("pk").asc())
    rows = Department.objects.annotate(maybe=NullIf("name_en", Value("")))
    assert walk(columns, limit=7) == list(rows.order_by(*order).values_list("pk", flat=True))


@pytest.mark.parametrize("columns", ORDERS, ids=lambda columns: ",".join(columns) or "none")
def test_walk_back_from_the_last_page_is_the_walk_forward_reversed(mixed: list[Department], columns: list[str]) -> None:
    rows = Department.objects.annotate(maybe=NullIf("name_en", Value("")))
    forward, page = [], KeysetPage(rows, columns, ask(limit=7))
    forward += [row.pk for row in page.rows]
    while page.next_cursor:
        page = KeysetPage(rows, columns, ask(page.next_cursor, limit=7))
        forward += [row.pk for row in page.rows]
    backward = [row.pk for row in reversed(page.rows)]
    while page.prev_cursor:
        page = KeysetPage(rows, columns, ask(page.prev_cursor, limit=7))
        backward += [row.pk for row in reversed(page.rows)]
    assert backward == forward[::-1]
    assert page.next_cursor


@pytest.mark.parametrize("seed", range(12))
def test_walk_while_rows_are_written_shows_every_untouched_row_once(mixed: list[Department], seed: int) -> None:
    dice = random.Random(seed)
    children = [row.pk for row in mixed if row.parent_id]
    touched: set[int] = set()
    made: set[int] = set()

    def write() -> None:
        for _ in range(dice.randrange(1, 5)):
            number = len(touched) + len(made) + 1000 + dice.randrange(10**6)
            act, victim = dice.choice(["insert", "update", "delete"]), dice.choice(children)
            if act == "insert":
                values = {"name": f"n{dice.randrange(5)}", "name_en": dice.choice(["", "a", "b"])}
                made.update(r.pk for r in Department.objects.bulk_create([Department(code=f"x{number}", **values)]))
                continue
            touched.add(victim)
            if act == "update":
                values = {"name": f"n{dice.randrange(5)}", "name_en": dice.choice(["", "a", "b"])}
                Department.objects.filter(pk=victim).update(**values, version=dice.randrange(1, 4))
            else:
                Department.objects.filter(pk=victim)._raw_delete("default")

    seen = walk(dice.choice(ORDERS), limit=dice.randrange(1, 8), between=write)
    untouched = {row.pk for row in mixed} - touched
    assert [pk for pk in seen if pk in untouched] == list(dict.fromkeys(pk for pk in seen if pk in untouched))
    assert untouched <= set(seen)
    assert touched, "the walk was too short to be disturbed"


def test_row_of_the_cursor_deleted_walk_goes_on_behind_it(departments: Make) -> None:
    rows = departments(6)
    page = KeysetPage(Department.objects.all(), ["code"], ask(limit=3))
    Department.objects.filter(pk=rows[2].pk)._raw_delete("default")
    page = KeysetPage(Department.objects.all(), ["code"], ask(page.next_cursor or "", limit=3))
    assert [row.code for row in page.rows] == ["d0003", "d0004", "d0005"]


def test_rest_deleted_between_pages_leaves_a_way_back(departments: Make) -> None:
    departments(6)
    page = KeysetPage(Department.objects.all(), ["code"], ask(limit=3))
    Department.objects.filter(code__gte="d0003")._raw_delete("default")
    empty = KeysetPage(Department.objects.all(), ["code"], ask(page.next_cursor or "", limit=3))
    assert (empty.rows, empty.next_cursor) == ([], None)
    back = KeysetPage(Department.objects.all(), ["code"], ask(empty.prev_cursor or "", limit=3))
    assert [row.code for row in back.rows] == ["d0000", "d0001", "d0002"]
    assert (back.next_cursor, back.prev_cursor) == (None, None)


def test_everything_before_deleted_offers_no_previous_page(departments: Make) -> None:
    departments(6)
    page = KeysetPage(Department.objects.all(), ["code"], ask(limit=3))
    Department.objects.filter(code__lt="d0003")._raw_delete("default")
    page = KeysetPage(Department.objects.all(), ["code"], ask(page.next_cursor or "", limit=3))
    assert len(page.rows) == 3
    assert page.prev_cursor is None


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6])
def test_next_never_leads_to_an_empty_page(departments: Make, count: int) -> None:
    departments(count)
    page = KeysetPage(Department.objects.all(), ["code"], ask(limit=3))
    pages = 1
    while page.next_cursor:
        page = KeysetPage(Department.objects.all(), ["code"], ask(page.next_cursor, limit=3))
        assert page.rows
        pages += 1
    assert pages == max(-(-count // 3), 1)


def test_moments_in_the_order_survive_the_cursor(departments: Make) -> None:
    rows = departments(4)
    for number, row in enumerate(rows):  # two with and two without a fraction of a second
        Department.objects.filter(pk=row.pk).update(created_at=datetime(2026, 1, 1, 8, 0, 0, number % 2 * 500_000, UTC))
    expected = list(Department.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))
    assert walk(["-created_at"], limit=1) == expected


VALUES: list[Any] = [
    None,
    True,
    7,
    1.5,
    "津上",
    date(2026, 11, 22),
    datetime(2026, 11, 22, 3, 4, 5, 678901, UTC),
    Decimal("12345678901234567.89"),
    UUID(int=5),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_key_in_a_cursor_comes_back_equal_and_of_its_type(value: Any) -> None:
    token = Cursor((value,), forward=True).encode(sort="a", scope="s")
    (found,) = decode(token, sort="a", scope="s").keys or ()
    assert found == value
    assert type(found) is type(value)


def test_cursor_changed_by_one_character_is_refused() -> None:
    token = Cursor((5,), forward=True).encode(sort="a", scope="s")
    for place in range(0, len(token) - 1, 3):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Problem):
            decode(forged, sort="a", scope="s")


@pytest.mark.parametrize("token", ["x", "津上", "AAAA", "a" * 500, "=", "%00", "-_-_"])
def test_cursor_of_rubbish_is_400_naming_the_type(api: Client, departments: Make, token: str) -> None:
    answer = api.get(LIST, {"cursor": token})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-cursor")


@pytest.mark.parametrize("other", [{"starts": "n"}, {"sort": "-name"}, {"sort": "code"}])
def test_cursor_with_other_filters_or_order_is_400(api: Client, departments: Make, other: dict[str, str]) -> None:
    departments(5)
    cursor = api.get(LIST, {"limit": 2}).json()["next_cursor"]
    assert api.get(LIST, {"limit": 2, "cursor": cursor, **other}).json()["type"] == "/problems/invalid-cursor"


def test_cursor_of_another_list_is_400(api: Client, departments: Make) -> None:
    departments(5)
    cursor = api.get(LIST, {"limit": 2}).json()["next_cursor"]
    assert api.get("/api/v1/departments-fast", {"cursor": cursor}).status_code == 400


def test_cursor_survives_a_rotated_secret_key(api: Client, departments: Make, settings: Any) -> None:
    departments(5)
    cursor = api.get(LIST, {"limit": 2}).json()["next_cursor"]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as the first one was, and then some more"
    assert api.get(LIST, {"limit": 2, "cursor": cursor}).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert api.get(LIST, {"limit": 2, "cursor": cursor}).status_code == 400


def test_limit_and_language_may_change_in_the_middle_of_a_walk(api: Client, departments: Make) -> None:
    departments(9)
    first = api.get(LIST, {"limit": 2}).json()
    second = api.get(LIST + "/", {"limit": 4, "cursor": first["next_cursor"], "lang": "en", "fields": "name"}).json()
    assert [item["name"] for item in second["items"]] == ["n0003", "n0004", "n0005", "n0006"]


def test_next_and_prev_are_absolute_keep_the_filters_and_stand_in_the_link_header(
    api: Client, departments: Make
) -> None:
    departments(7)
    first = api.get(LIST, {"limit": 2, "starts": "n0", "sort": "-name"})
    assert first.json()["prev"] is None
    assert first.json()["next"].startswith("http://testserver/api/v1/departments?limit=2&starts=n0&sort=-name&cursor=")
    assert first.headers["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = api.get(first.json()["next"])
    assert [item["name"] for item in second.json()["items"]] == ["n0005", "n0004"]
    assert f'<{second.json()["prev"]}>; rel="prev"' in second.headers["Link"]
    assert api.get(second.json()["prev"]).json()["items"] == first.json()["items"]
    assert api.get(second.json()["prev"]).json()["prev"] is None


def test_last_page_ends_only_by_next_being_null(api: Client, departments: Make) -> None:
    departments(4)
    body = api.get(LIST, {"limit": 4}).json()
    assert (len(body["items"]), body["next"], body["next_cursor"]) == (4, None, None)


@pytest.mark.parametrize(
    ("text", "limit"), [(None, 50), ("1", 1), ("200", 200), ("201", 200), ("9" * 40, 200), ("007", 7)]
)
def test_limit_is_read_and_coerced_to_200(text: str | None, limit: int) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["-1", "0", "x", "1.5", "+5", "５", " 5", "1e2", "000000000000"])
def test_limit_that_is_no_whole_number_is_400_naming_it(api: Client, db: None, text: str) -> None:
    answer = api.get(LIST, {"limit": text})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "limit"


def test_total_is_counted_only_when_asked(api: Client, departments: Make) -> None:
    departments(5)
    assert "total" not in api.get(LIST, {"limit": 2}).json()
    assert api.get(LIST, {"limit": 2, "count": "exact"}).json()["total"] == {"value": 5, "relation": "eq"}
    preferred = api.get(LIST, {"limit": 2}, headers={"Prefer": "respond-async, count=exact; x=1"})
    assert preferred.json()["total"] == {"value": 5, "relation": "eq"}
    assert preferred.headers["Preference-Applied"] == "count=exact"
    assert "Prefer" in preferred.headers["Vary"]
    assert api.get(LIST, {"count": "all"}).status_code == 400
    assert "total" not in api.get(LIST, headers={"Prefer": "count=all"}).json()


def test_estimated_total_stops_at_its_bound(departments: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    departments(5)
    page = KeysetPage(Department.objects.all(), ["code"], ask())
    assert page.total("estimated") == Total(5)
    monkeypatch.setattr("pinghu.api.paging.ESTIMATE_BOUND", 3)
    assert page.total("estimated") == Total(3, "gte")


def test_scope_ignores_presentation_and_order_of_parameters_but_not_filters() -> None:
    base = scope_of("/a", [("x", ["1", "2"]), ("limit", ["3"])])
    assert base == scope_of("/a/", [("fields", ["id"]), ("x", ["2", "1"])])
    assert base != scope_of("/a", [("x", ["1"])])
    assert base != scope_of("/b", [("x", ["1", "2"])])


def test_dicts_page_like_instances_without_the_keys_of_the_order(api: Client, departments: Make) -> None:
    departments(5)
    body = api.get("/api/v1/departments-fast", {"limit": 2, "sort": "-created_at"}).json()
    assert [set(item) for item in body["items"]] == [{"code", "name"}] * 2
    assert len(api.get(body["next"]).json()["items"]) == 2


@pytest.mark.parametrize("path", [LIST, "/api/v1/departments-fast", "/api/v1/departments-ranked"])
def test_queries_of_a_page_do_not_grow_with_rows(api: Client, departments: Make, path: str) -> None:
    departments(150)
    counts = []
    for limit in (2, 100):
        following = api.get(path, {"limit": limit}).json()["next"]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(api.get(following).json()["items"]) == min(limit, 150 - limit)
        counts.append(len(queries))
    assert counts == [2, 2]


# --- ranked lists ----------------------------------------------------------------------------------------------------


def ranked_walk(lists: Sequence[Sequence[int]], *, limit: int = 3) -> list[int]:
    """A walk in which the n-th page is cut from the n-th list (the last one from then on)."""
    seen: list[int] = []
    cursor, number = "", 0
    while True:
        page = ListPage(lists[min(number, len(lists) - 1)], ask(cursor, limit=limit))
        seen += page.rows
        if not page.next_cursor:
            return seen
        cursor, number = page.next_cursor, number + 1


def test_ranked_list_is_walked_whole() -> None:
    assert ranked_walk([list(range(20))]) == list(range(20))


def test_ranked_row_removed_between_pages_loses_no_other() -> None:
    assert ranked_walk([[1, 2, 3, 4, 5], [1, 2, 4, 5]]) == [1, 2, 3, 4, 5]
    assert ranked_walk([[1, 2, 3, 4, 5], [3, 4, 5]]) == [1, 2, 3, 4, 5]
    assert ranked_walk([[1, 2, 3, 4, 5], [2, 4, 5]]) == [1, 2, 3, 4, 5]


def test_ranked_row_inserted_above_repeats_none() -> None:
    assert ranked_walk([[1, 2, 3, 4, 5], [9, 1, 2, 3, 4, 5]]) == [1, 2, 3, 4, 5]


def test_ranked_list_walks_back() -> None:
    second = ListPage(range(10), ask(ListPage(range(10), ask()).next_cursor or ""))
    third = ListPage(range(10), ask(second.next_cursor or ""))
    assert ListPage(range(10), ask(third.prev_cursor or "")).rows == second.rows == [3, 4, 5]
    first = ListPage(range(10), ask(second.prev_cursor or ""))
    assert (first.rows, first.prev_cursor) == ([0, 1, 2], None)


def test_ranked_list_ends_at_its_depth_and_says_so() -> None:
    asked: list[int] = []

    def ranked(count: int) -> list[int]:
        asked.append(count)
        return list(range(min(count, MAX_DEPTH + 500)))

    cursor, seen = "", 0
    while True:
        page = ListPage(ranked, ask(cursor, limit=200))
        seen += len(page.rows)
        if not page.next_cursor:
            break
        assert not page.truncated
        cursor = page.next_cursor
    assert (seen, page.truncated) == (MAX_DEPTH, True)
    assert asked[0] < 500
    assert max(asked) == MAX_DEPTH + 1


def test_ranked_list_through_the_api_pages_and_counts(api: Client, departments: Make) -> None:
    departments(5)
    first = api.get("/api/v1/departments-ranked", {"q": "x", "limit": 2, "count": "exact"}).json()
    assert [item["code"] for item in first["items"]] == ["d0004", "d0003"]
    assert first["total"] == {"value": 5, "relation": "eq"}
    assert [item["code"] for item in api.get(first["next"]).json()["items"]] == ["d0002", "d0001"]
    other = api.get("/api/v1/departments-ranked", {"q": "y", "cursor": first["next_cursor"]})
    assert other.json()["type"] == "/problems/invalid-cursor"
