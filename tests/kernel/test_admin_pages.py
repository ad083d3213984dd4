"""Pages of the admin beside lists and forms: who may open them, and where they stand in the menu."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from pinghu.accounts.roles import Role
from pinghu.admin import pages as registry
from pinghu.admin.pages import admin_page, pages
from pinghu.navigation import sidebar

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A page for leaders, in a registry of its own."""
    monkeypatch.setattr(registry, "_pages", {})

    @admin_page("example/", "index", roles=frozenset({Role.LEADER}), title="Example", icon="star")
    def example(request: HttpRequest) -> HttpResponse:
        return HttpResponse("here")

    return example


def asked_by(user: Any) -> HttpRequest:
    request = RequestFactory().get("/admin/example/")
    request.user = user
    return request


def test_page_opens_for_its_role_alone(page: Any, cast: Any, superuser: Any) -> None:
    assert page(asked_by(cast[Role.LEADER])).content == b"here"
    for other in (cast[Role.PROMOTION_OFFICER], superuser):
        with pytest.raises(PermissionDenied):
            page(asked_by(other))


def test_page_stands_in_the_menu_of_its_role_alone(page: Any, cast: Any) -> None:
    def titles(user: Any) -> list[str]:
        return [str(item["title"]) for item in sidebar(asked_by(user))[0]["items"]]

    assert "Example" in titles(cast[Role.LEADER])
    assert "Example" not in titles(cast[Role.PROMOTION_OFFICER])


def test_page_without_a_title_stands_in_no_menu(page: Any, cast: Any) -> None:
    admin_page("fragment/", "fragment", roles=frozenset({Role.LEADER}))(lambda request: HttpResponse())

    assert [found.name for found in pages()] == ["index", "fragment"]
    assert len(sidebar(asked_by(cast[Role.LEADER]))[0]["items"]) == 2  # the overview and the example


def test_two_pages_of_one_name_are_refused(page: Any) -> None:
    def other(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    other.__module__ = "somewhere.else"
    with pytest.raises(ValueError, match="two pages"):
        admin_page("other/", "index", roles=frozenset({Role.LEADER}))(other)
