"""`/livez` and `/readyz`."""

import pytest
from django.db import connection
from django.test import Client

from pinghu import health


@pytest.fixture
def checks():
    kept = dict(health._checks)
    yield health._checks
    health._checks.clear()
    health._checks.update(kept)


def test_livez_asks_nothing_of_the_database(client: Client) -> None:
    answer = client.get("/livez")  # this test has no database: a query would raise

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_names_each_check(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert {"database", "migrations", "cache"} <= answer.json()["checks"].keys()
    assert set(answer.json()["checks"].values()) == {"ok"}


@pytest.mark.django_db
def test_readyz_with_a_migration_missing_answers_503(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'jobs'")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "failed"
    assert answer.json()["checks"]["database"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_readyz_without_the_cache_table_answers_503(client: Client, settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "not_made"}}

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["cache"] == "failed"


@pytest.mark.django_db
def test_readyz_tells_no_reason(client: Client, checks) -> None:
    @health.readiness_check("store")
    def broken() -> bool:
        raise OSError("cannot open /secret/path with password hunter2")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["store"] == "failed"
    assert b"secret" not in answer.content


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probe_by_post_is_refused(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
