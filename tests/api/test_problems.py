"""Errors: one shape, wherever they come from; parameters strictly; the reading views' HTTP manners."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import Client, RequestFactory

from pinghu.accounts.models import Department
from pinghu.api import handlers
from pinghu.api.problem_types import PROBLEM_TYPES

LIST = "/api/v1/departments"
RAISE = "/api/v1/raise/"
Make = Callable[[int], list[Department]]


@pytest.mark.parametrize(
    ("kind", "status", "slug"),
    [
        ("http404", 404, "not-found"),
        ("denied", 403, "permission-denied"),
        ("unauthenticated", 401, "not-authenticated"),
        ("bad-key", 401, "not-authenticated"),
        ("throttled", 429, "too-many-requests"),
        ("defect", 500, "internal-error"),
    ],
)
def test_error_while_reading_is_a_problem_of_its_type(api: Client, kind: str, status: int, slug: str) -> None:
    answer = api.get(RAISE + kind, headers={"X-Request-ID": "mine.1"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "request_id", "errors"}
    assert (body["type"], body["status"], body["instance"]) == (f"/problems/{slug}", status, RAISE + kind)
    assert body["request_id"] == answer.headers["X-Request-ID"] == "mine.1"
    assert "secret" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_401_and_429_say_what_the_client_must_do(api: Client) -> None:
    assert api.get(RAISE + "unauthenticated").headers["WWW-Authenticate"] == "Bearer"
    assert api.get(RAISE + "bad-key").headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert api.get(RAISE + "throttled").headers["Retry-After"] == "7"


def post(api: Client, kind: str, **headers: str) -> Any:
    return api.post(RAISE + kind, "{}", content_type="application/json", headers=headers)


def test_domain_error_is_422_with_pointers_to_fields_and_children(api: Client) -> None:
    answer = post(api, "rule")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation-error")
    assert answer.json()["errors"] == [
        {"pointer": "#/name", "code": "not_ready", "detail": "Too short."},
        {"pointer": "#/2/x", "code": "not_ready", "detail": "y"},
    ]


def test_domain_conflict_is_409(api: Client) -> None:
    answer = post(api, "conflict")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Twice.")
    assert answer.json()["errors"] == [{"pointer": "#", "code": "conflict", "detail": "Twice."}]


def test_stale_version_is_412_under_if_match_and_409_otherwise(api: Client) -> None:
    locked = post(api, "stale", **{"If-Match": '"abcdefghjkmn-v16"'})
    assert (locked.status_code, locked.json()["type"]) == (412, "/problems/stale-version")
    assert locked.headers["ETag"] == '"abcdefghjkmn-v17"'
    assert (locked.json()["current_version"], locked.json()["conflicting_fields"]) == (17, ["name"])
    assert post(api, "stale").status_code == 409


def test_validation_errors_keep_their_codes_and_point_into_the_body(api: Client) -> None:
    assert post(api, "django").json()["errors"] == [{"pointer": "#/name", "code": "max_length", "detail": "Too long."}]
    nested = post(api, "drf")
    assert nested.status_code == 422
    assert [error["pointer"] for error in nested.json()["errors"]] == ["#/rows/1/a~1b", "#"]


def test_malformed_json_is_400_and_another_media_type_415(api: Client) -> None:
    broken = api.post(RAISE + "echo", "{", content_type="application/json")
    assert (broken.status_code, broken.json()["type"]) == (400, "/problems/malformed-request")
    other = api.post(RAISE + "echo", "a=1", content_type="application/x-www-form-urlencoded")
    assert (other.status_code, other.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert other.headers["Accept-Post"] == "application/json"


def test_body_over_the_limit_is_413(api: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = api.post(RAISE + "echo", '{"a": "' + "x" * 100 + '"}', content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/payload-too-large")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_writing_to_the_reading_api_is_405_with_allow(api: Client, method: str) -> None:
    answer = getattr(api, method)(LIST)
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_accept_of_another_type_is_406_in_json(api: Client, db: None) -> None:
    answer = api.get(LIST, headers={"Accept": "application/xml"})
    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")


def test_title_and_detail_follow_the_language_and_the_code_does_not(api: Client, db: None) -> None:
    from django.utils import translation

    def asked(header: str, query: str = "") -> Any:
        return api.get(f"{LIST}?limit=x{query}", headers={"Accept-Language": header})

    for header, query, language in [
        ("zh-CN", "", "zh-hans"),
        ("", "", "zh-hans"),
        ("fr", "", "zh-hans"),
        ("en-GB,zh;q=0.5", "", "en"),
        ("zh-CN", "&lang=en", "en"),
    ]:
        answer = asked(header, query)
        with translation.override(language):
            assert answer.json()["title"] == str(PROBLEM_TYPES["invalid-parameter"].title)
        assert answer.headers["Content-Language"] == language
        assert answer.json()["errors"][0]["code"] == "invalid"


# --- outside DRF ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/none", "/api/v1/departments/a/b/c", "/api/v1/1.2/", "/api/"])
def test_path_of_no_route_is_a_json_404_under_api(api: Client, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_path_of_no_route_elsewhere_is_the_html_page(api: Client) -> None:
    assert api.get("/nowhere").headers["Content-Type"].startswith("text/html")


def test_unknown_path_answers_any_method_without_a_csrf_token(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/known/")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    ("make", "status", "slug"),
    [
        (lambda request: handlers.handler400(request, RequestDataTooBig()), 413, "payload-too-large"),
        (lambda request: handlers.handler400(request, ValueError()), 400, "malformed-request"),
        (lambda request: handlers.handler403(request, PermissionError()), 403, "permission-denied"),
        (handlers.handler500, 500, "internal-error"),
        (handlers.csrf_failure, 403, "csrf-failed"),
    ],
)
def test_django_handlers_answer_in_json_under_api_alone(make: Any, status: int, slug: str) -> None:
    answer = make(RequestFactory().get("/api/v1/x"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert f"/problems/{slug}".encode() in answer.content
    page = make(RequestFactory().get("/x"))
    assert page.headers["Content-Type"].startswith("text/html")


# --- parameters ------------------------------------------------------------------------------------------------------


def test_unknown_parameter_is_400_and_names_the_closest(api: Client, db: None) -> None:
    answer = api.get(LIST, {"limti": 5, "zzzz": 1, "created_at__gt": "2026-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown-parameter")
    first, second = answer.json()["errors"]
    assert (first["parameter"], first["code"], second["parameter"]) == ("limti", "unknown_parameter", "zzzz")
    assert "limit" in first["detail"]
    assert api.get(LIST, {"format": "json"}).json()["type"] == "/problems/unknown-parameter"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("demo=maybe", "demo"),
        ("version__gte=x", "version__gte"),
        ("created_at__gte=yesterday", "created_at__gte"),
        ("language=A,C", "language"),
        ("code=", "code"),
        ("starts=%00", "starts"),
        ("limit=1&limit=2", "limit"),
        ("lang=fr", "lang"),
        ("sort=nam", "sort"),
        ("sort=name,-name", "sort"),
        ("fields=id,nam", "fields"),
        ("starts=" + "x" * 1001, "starts"),
    ],
)
def test_wrong_value_is_400_naming_the_parameter(api: Client, departments: Make, query: str, parameter: str) -> None:
    departments(1)
    answer = api.get(f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-parameter")
    assert {error["parameter"] for error in answer.json()["errors"]} == {parameter}


def codes(answer: Any) -> list[str]:
    return sorted(item["code"] for item in answer.json()["items"])


def test_comma_list_and_repeated_parameter_mean_or(api: Client, departments: Make) -> None:
    departments(5)
    assert codes(api.get(f"{LIST}?code=d0000,d0002&code=d0004")) == ["d0000", "d0002", "d0004"]


def test_ranges_and_flags_filter(api: Client, departments: Make) -> None:
    rows = departments(3)
    Department.objects.filter(pk=rows[0].pk).update(version=5, is_demo=True)
    assert codes(api.get(LIST, {"version__gt": 1})) == ["d0000"]
    assert codes(api.get(LIST, {"version__lte": 1, "demo": "false"})) == ["d0001", "d0002"]
    assert codes(api.get(LIST, {"demo": "1"})) == ["d0000"]


def test_fields_choose_the_members(api: Client, departments: Make) -> None:
    departments(1)
    assert api.get(LIST, {"fields": "name,code"}).json()["items"] == [{"code": "d0000", "name": "n0001"}]
    assert set(api.get(f"{LIST}/{Department.objects.get().public_id}", {"fields": "id"}).json()) == {"id"}


# --- HTTP manners ----------------------------------------------------------------------------------------------------


@pytest.fixture
def one(departments: Make) -> Department:
    return departments(1)[0]


@pytest.mark.parametrize("slash", ["", "/"])
def test_both_slash_forms_answer_without_redirect(api: Client, one: Department, slash: str) -> None:
    for path in (LIST, f"{LIST}/{one.public_id}", "/api/v1/openapi.json"):
        assert api.get(path + slash).status_code == 200


def test_detail_has_a_strong_tag_of_id_and_version_that_follows_every_byte(api: Client, one: Department) -> None:
    url = f"{LIST}/{one.public_id}"
    plain = api.get(url)
    assert plain.headers["ETag"].startswith(f'"{one.public_id}-v1-')
    assert plain.headers["ETag"] != api.get(url, {"fields": "id"}).headers["ETag"]
    assert plain.headers["ETag"] == api.get(url).headers["ETag"]
    Department.objects.filter(pk=one.pk).update(version=2)
    assert api.get(url).headers["ETag"].startswith(f'"{one.public_id}-v2-')


@pytest.mark.parametrize("method", ["get", "head"])
def test_if_none_match_is_304_until_the_record_changes(api: Client, one: Department, method: str) -> None:
    for url in (f"{LIST}/{one.public_id}", LIST):
        etag = api.get(url).headers["ETag"]
        again = getattr(api, method)(url, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert again.headers["Cache-Control"].startswith("public, max-age=60")
    Department.objects.filter(pk=one.pk).update(name="other", version=2)
    assert getattr(api, method)(url, headers={"If-None-Match": etag}).status_code == 200


def test_if_modified_since_is_304(api: Client, one: Department) -> None:
    url = f"{LIST}/{one.public_id}"
    modified = api.get(url).headers["Last-Modified"]
    assert api.get(url, headers={"If-Modified-Since": modified}).status_code == 304
    assert api.get(url, headers={"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}).status_code == 200


def test_headers_say_public_to_anybody_and_private_to_a_key(api: Client, one: Department) -> None:
    public = api.get(LIST)
    assert public.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    assert api.get(LIST, headers={"Authorization": "Bearer x"}).headers["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Accept-Language", "Accept-Encoding", "Authorization"} <= {
        name.strip() for name in public.headers["Vary"].split(",")
    }
    assert public.headers["X-Request-ID"]
    assert api.get(LIST, headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"


def test_head_has_the_headers_of_get_and_no_body(api: Client, one: Department) -> None:
    get, head = api.get(LIST), api.head(LIST)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_options_lists_the_methods(api: Client, db: None) -> None:
    answer = api.options(LIST)
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


def test_other_name_of_a_record_is_301_to_its_public_id(api: Client, one: Department) -> None:
    answer = api.get(f"{LIST}/d0000/?fields=id")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{LIST}/{one.public_id}?fields=id")
    assert "max-age=60" in answer.headers["Cache-Control"]


def test_removed_record_is_410_naming_its_successor(api: Client, one: Department) -> None:
    answer = api.get(f"{LIST}/removed")
    assert (answer.status_code, answer.json()["merged_into"]) == (410, "abcdefghjkmn")


@pytest.mark.parametrize("identifier", ["nobody", "%00", "x" * 300, "津上"])
def test_unknown_identifier_is_404(api: Client, one: Department, identifier: str) -> None:
    assert api.get(f"{LIST}/{identifier}").json()["type"] == "/problems/not-found"


@pytest.mark.parametrize("slug", PROBLEM_TYPES)
def test_every_problem_type_has_its_page(client: Client, slug: str) -> None:
    assert client.get(PROBLEM_TYPES[slug].uri).status_code == 200


def test_list_of_problem_types_links_to_each_and_an_unknown_one_is_404(client: Client) -> None:
    page = client.get("/problems/").text
    assert all(f'href="{kind.uri}"' in page for kind in PROBLEM_TYPES.values())
    assert client.get("/problems/none/").status_code == 404
