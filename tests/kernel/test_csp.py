"""Which policy a page carries, by its address. The order of directives changes from process to process: parse them."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from pinghu.middleware import PathCSPMiddleware


def policy_of(response: HttpResponse) -> dict[str, set[str]]:
    """Directive → its sources."""
    parts = (directive.split() for directive in response["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in parts}


def answered(address: str, **kwargs: object) -> dict[str, set[str]]:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")

    return policy_of(PathCSPMiddleware(view)(RequestFactory().get(address)))


STRICT = ["/", "/en/", "/enterprises", "/accounts/login/", "/api/v1/enterprises", "/administration/"]


@pytest.mark.parametrize("address", STRICT)
def test_page_outside_the_admin_allows_no_inline_and_no_evaluation(address: str) -> None:
    policy = answered(address)
    assert policy["script-src"] == {"'self'"}
    assert policy["style-src"] == {"'self'"}


def test_admin_page_allows_what_its_theme_needs_and_no_more() -> None:
    policy = answered("/admin/directory/enterprise/")
    assert policy["script-src"] == {"'self'", "'unsafe-eval'"}
    assert policy["style-src"] == {"'self'", "'unsafe-inline'"}


def test_api_documentation_allows_inline_styles_alone() -> None:
    policy = answered("/api/docs")
    assert policy["script-src"] == {"'self'"}
    assert policy["style-src"] == {"'self'", "'unsafe-inline'"}


@pytest.mark.parametrize("address", [*STRICT, "/admin/", "/api/docs"])
def test_every_page_asks_this_host_alone_and_is_framed_by_nobody(address: str) -> None:
    policy = answered(address)
    assert policy["default-src"] == {"'self'"}
    assert policy["connect-src"] == {"'self'"}
    assert policy["font-src"] == {"'self'"}
    assert policy["img-src"] == {"'self'", "data:"}
    assert policy["form-action"] == {"'self'"}
    assert policy["frame-ancestors"] == policy["object-src"] == {"'none'"}
    assert not any("//" in source for sources in policy.values() for source in sources)


@pytest.mark.django_db
def test_real_pages_carry_their_policy(client: Client, admin_client: Client) -> None:
    assert policy_of(client.get("/accounts/login/"))["script-src"] == {"'self'"}
    assert policy_of(admin_client.get("/admin/"))["script-src"] == {"'self'", "'unsafe-eval'"}
