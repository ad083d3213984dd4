"""What a list and a form of the directory's admin ask of the database, and that it does not grow with rows."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import Enterprise
from pinghu.accounts.roles import Role
from tests.directory.admin.rows import fill, hub

pytestmark = pytest.mark.django_db

LIST_BUDGET = 12
FORM_BUDGET = 25


def models() -> list[Any]:
    return [model for model in admin.site._registry if model._meta.app_label == "directory"]


def queries(client: Client, address: str) -> list[str]:
    client.get(address)  # what is remembered by the process is not the page's
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, address
    return [query["sql"] for query in captured.captured_queries]


def lists(client: Client) -> dict[str, int]:
    found = {}
    for model in models():
        if admin.site._registry[model].has_view_permission(_request(client)):
            name = f"admin:directory_{model._meta.model_name}_changelist"
            found[model._meta.model_name] = len(queries(client, reverse(name)))
    return found


def forms(client: Client) -> dict[str, int]:
    """The oldest row of each model, on which the most hangs; the enterprise is the hub."""
    found = {}
    for model in models():
        if admin.site._registry[model].has_view_permission(_request(client)):
            row = hub() if model is Enterprise else model._base_manager.order_by("pk").first()
            if row is None:
                continue
            name = f"admin:directory_{model._meta.model_name}_change"
            found[model._meta.model_name] = len(queries(client, reverse(name, args=[row.pk])))
    return found


def _request(client: Client) -> Any:
    return client.get(reverse("admin:index")).wsgi_request


@pytest.mark.parametrize("role", [Role.DATA_STEWARD, Role.LEADER, Role.SERVICE_OFFICER])
def test_list_and_form_cost_the_same_with_three_times_the_rows(client_as: Any, role: str) -> None:
    client = client_as(role)
    fill(2)
    few_lists, few_forms = lists(client), forms(client)

    fill(4, start=2)

    assert len(few_lists) > 30
    assert len(few_forms) > 30
    assert lists(client) == few_lists
    assert forms(client) == few_forms
    assert {name: count for name, count in few_lists.items() if count > LIST_BUDGET} == {}
    assert {name: count for name, count in few_forms.items() if count > FORM_BUDGET} == {}


def test_enterprise_pages_cost_exactly(client_as: Any) -> None:
    client = client_as(Role.DATA_STEWARD)
    fill(2)
    listed = reverse("admin:directory_enterprise_changelist")

    assert len(queries(client, listed)) == 11
    assert len(queries(client, f"{listed}?q=精机&chain=chain-0&qualification=high_tech_enterprise")) == 11
    assert len(queries(client, reverse("admin:directory_enterprise_change", args=[hub().pk]))) == 25
