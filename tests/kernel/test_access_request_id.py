"""One id per request: the client's where it is harmless, else a new one; in the answer and in what is written."""

import re
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from pinghu.accounts.roles import Role
from pinghu.ledger.context import request_id
from pinghu.ledger.models import Change
from pinghu.middleware import RequestIdMiddleware


def seen_and_answered(**headers: str) -> tuple[str, str]:
    """The id that the view saw, and the one in the answer."""
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request_id.get())
        return HttpResponse("page")

    response = RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))
    return seen[0], response["X-Request-ID"]


@pytest.mark.parametrize("given", ["a", "7f3c.partner_job-12", "x" * 128])
def test_harmless_id_of_the_client_is_kept(given: str) -> None:
    assert seen_and_answered(**{"x-request-id": given}) == (given, given)


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\nb", "编号", "<script>", "a;b"])
def test_other_id_is_replaced_by_a_new_one(given: str) -> None:
    seen, answered = seen_and_answered(**{"x-request-id": given})
    assert seen == answered
    assert re.fullmatch(r"[0-9a-f]{32}", answered)


def test_two_requests_get_two_ids_and_none_is_left_behind() -> None:
    assert seen_and_answered() != seen_and_answered()
    assert request_id.get() == ""


def test_id_is_forgotten_when_the_view_fails() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        RequestIdMiddleware(view)(RequestFactory().get("/"))
    assert request_id.get() == ""


def test_change_carries_the_id_of_its_request(client_as: Callable[..., Client]) -> None:
    client = client_as(Role.LEADER)
    client.post("/admin/language/", {"language": "en"}, headers={"x-request-id": "from-outside-1"})
    assert Change.objects.latest("pk").request_id == "from-outside-1"
