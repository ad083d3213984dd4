"""Free space: what is free on a day and fits, and nothing that is not for the public."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from directory.models import Carrier, Tenancy
from directory.models.enterprises import today
from tests.factories import a_park, an_enterprise, made

pytestmark = pytest.mark.django_db

SOON = today() + datetime.timedelta(days=100)


@pytest.fixture
def park() -> Any:
    return a_park("east", name="东区")


def a_plant(park: Any, code: str, area: int = 10_000, **values: Any) -> Any:
    return made(
        Carrier(park=park, code=code, name=code, kind=values.pop("kind", "standard_plant"), area_m2=area, **values)
    )


def shown(client: Any, **query: Any) -> list[str]:
    answer = client.get("/carriers/", query)
    assert answer.status_code == 200
    return [row[0] for row in answer.context["rows"]]


def test_largest_free_space_stands_first(client: Any, park: Any) -> None:
    full, half = a_plant(park, "full"), a_plant(park, "half", 30_000)
    a_plant(park, "whole", 20_000)
    tenant = an_enterprise()
    made(Tenancy(carrier=full, tenant=tenant, area_m2=10_000, starts_on=today(), ends_on=SOON))
    made(Tenancy(carrier=half, tenant=tenant, area_m2=15_000, starts_on=today()))

    assert shown(client) == ["whole", "half"]
    assert shown(client, on=(SOON + datetime.timedelta(days=1)).isoformat()) == ["whole", "half", "full"]
    assert tenant.short_name not in client.get("/carriers/").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"free_m2__gte": "8000"}, ["high", "low"]),
        ({"free_m2__gte": "8000", "clear_height_m__gte": "8"}, ["high"]),
        ({"floor_load_t_m2__gte": "5"}, ["high"]),
        ({"power_kva__gte": "800"}, ["high"]),
        ({"kind": "floor"}, ["small"]),
        ({"free_m2__gte": "", "kind": ""}, ["high", "low", "small"]),
    ],
)
def test_what_is_needed_narrows_the_list(client: Any, park: Any, query: dict[str, str], expected: list[str]) -> None:
    a_plant(park, "high", 9000, clear_height_m=Decimal("8.5"), floor_load_t_m2=5, power_kva=1000)
    a_plant(park, "low", 8000, clear_height_m=Decimal(6))
    a_plant(park, "small", 900, kind="floor")

    assert shown(client, **query) == expected


@pytest.mark.parametrize(
    "query", [{"free_m2__gte": "viel"}, {"free_m2__gte": "1e400"}, {"on": "31.12.2026"}, {"kind": "castle"}]
)
def test_value_not_understood_is_said_and_left_out(client: Any, park: Any, query: dict[str, str]) -> None:
    a_plant(park, "one")

    answer = client.get("/carriers/", query)

    assert [row[0] for row in answer.context["rows"]] == ["one"]
    assert list(answer.context["asked"].form.errors) == list(query)


def test_what_is_hidden_withdrawn_or_not_yet_there_is_not_shown(client: Any, park: Any) -> None:
    a_plant(park, "hidden", is_published=False)
    a_plant(park, "withdrawn", withdrawn_on=today())
    a_plant(park, "later", available_from=SOON)

    assert shown(client) == []
    assert shown(client, on=SOON.isoformat()) == ["later"]


@pytest.mark.parametrize("page", ["0", "2", "x", "9" * 30, "²"])
def test_page_that_is_not_there_is_not_found(client: Any, park: Any, page: str) -> None:
    a_plant(park, "one")

    assert client.get("/carriers/", {"page": page}).status_code == 404


def test_made_up_space_says_so_wherever_it_counts(client: Any, park: Any) -> None:
    a_plant(park, "真")
    assert "示例数据" not in client.get("/parks/").content.decode()
    a_plant(park, "假", is_demo=True)

    for path in ("/carriers/", "/parks/", "/parks/east/"):
        assert "示例数据" in client.get(path).content.decode(), path


def test_rows_add_no_queries(client: Any, park: Any, django_assert_num_queries: Any) -> None:
    for number in range(3):
        a_plant(park, f"a{number}")
    with django_assert_num_queries(2):
        client.get("/carriers/")
    for number in range(20):
        a_plant(a_park(f"p{number}"), f"b{number}")
    with django_assert_num_queries(2):
        client.get("/carriers/")
