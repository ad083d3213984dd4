"""Departments as the API's sample rows, and a client that looks at problems without raising them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from pinghu.accounts.models import Department


@pytest.fixture(autouse=True)
def _test_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.api.urls"


@pytest.fixture
def api() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def departments(db: None) -> Callable[[int], list[Department]]:
    """`departments(n)`: n rows named in reverse order of their codes; bulk_create writes no history."""

    def make(count: int) -> list[Department]:
        rows = [Department(code=f"d{number:04d}", name=f"n{count - number:04d}") for number in range(count)]
        return Department.objects.bulk_create(rows)

    return make
