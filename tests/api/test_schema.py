"""The API's description of itself: valid, without warnings, and telling what the views do."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("urlconf", ["tests.api.urls", "pinghu.urls"])
def test_schema_is_valid_and_made_without_warnings(
    tmp_path: Path, urlconf: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "schema.json"
    call_command(
        "spectacular", urlconf=urlconf, validate=True, fail_on_warn=True, format="openapi-json", file=str(file)
    )
    assert json.loads(file.read_text())["openapi"].startswith("3.1")


@pytest.fixture
def schema(api: Client) -> dict[str, Any]:
    return api.get("/api/v1/openapi.json").json()


def test_description_is_served_in_both_media_types(api: Client) -> None:
    assert api.get("/api/v1/openapi.json").headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    asked = api.get("/api/v1/openapi.json", headers={"Accept": "application/json"})
    assert asked.headers["Content-Type"].startswith("application/json")


def test_list_operation_declares_exactly_the_parameters_it_accepts(schema: dict[str, Any]) -> None:
    from tests.api.urls import DepartmentList

    declared = [one["name"] for one in schema["paths"]["/api/v1/departments"]["get"]["parameters"]]
    assert sorted(declared) == sorted(DepartmentList().known_parameters())


def test_list_operation_answers_in_the_envelope(schema: dict[str, Any]) -> None:
    content = schema["paths"]["/api/v1/departments"]["get"]["responses"]["200"]["content"]["application/json"]
    page = schema["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
    assert set(page["properties"]) == {"items", "next", "prev", "next_cursor", "total", "warnings"}
    assert page["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Department"}
    assert set(page["required"]) == {"items", "next", "prev", "next_cursor"}


def test_detail_operation_declares_its_problems(schema: dict[str, Any]) -> None:
    responses = schema["paths"]["/api/v1/departments/{public_id}"]["get"]["responses"]
    assert {"200", "304", "400", "404", "406", "410", "default"} == set(responses)
    for status in ("400", "404", "default"):
        assert responses[status]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")


def test_documentation_page_asks_nothing_of_another_host(client: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = "pinghu.urls"
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "//" not in page.text.replace("http://testserver", "")
    script = client.get("/api/docs/?script=")
    assert "/api/v1/openapi.json" in script.text
    assert client.get("/api/none/").headers["Content-Type"] == "application/problem+json"
