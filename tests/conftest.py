"""The cast of roles, the doors they come through, and which tests run where."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.ledger.saving import save_record

BROWSER_TESTS = Path(__file__).parent / "browser"

# The same examples in every run: a red run must be red again for whoever looks into it.
hypothesis_settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis_settings.load_profile("repeatable")


def pytest_configure() -> None:
    """On PostgreSQL, empty tables with DELETE: truncating a hundred of them took seven seconds, this takes 0.07.

    Django's foreign keys are deferred to the commit, so the order does not matter.
    """
    if not _on_postgresql():
        return
    from django.db.backends.postgresql.operations import DatabaseOperations

    truncate = DatabaseOperations.sql_flush

    def delete(self: Any, style: Any, tables: list[str], *, reset_sequences: bool = False, **options: Any) -> list[str]:
        if reset_sequences:
            return truncate(self, style, tables, reset_sequences=True, **options)
        return [f"DELETE FROM {self.quote_name(table)};" for table in tables]

    DatabaseOperations.sql_flush = delete


def _on_postgresql() -> bool:
    return settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"


# --- which tests run where -------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect (never skip) what this machine, engine or run is not for."""
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)
    unwanted = set()
    if not os.environ.get("PINGHU_BROWSER") and "browser" not in config.option.markexpr:
        unwanted.add("browser")
    if not os.environ.get("PINGHU_SAMPLE_DATA"):
        unwanted.add("sample_data")
    if not _on_postgresql():
        unwanted.add("postgresql")
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in unwanted)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where PINGHU_NO_SKIPS is set, a skipped test is a failed run: nobody reads the number of skips."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("PINGHU_NO_SKIPS"):
        reporter.write_line(f"{len(skipped)} skipped, and this run allows none", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# --- the cast --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Limits of sign-in and API are counted in the cache: one test's tries must not be another's refusal."""
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """An English page leaves English on in the thread: one test's reader must not be another's."""
    yield
    translation.deactivate()


@pytest.fixture
def department(db: None) -> Department:
    """The department that the cast works in."""
    return _department("investment-promotion", "招商局")


@pytest.fixture
def other_department(db: None) -> Department:
    """A second one, for what a colleague next door may not see."""
    return _department("enterprise-service", "企服中心")


def _department(code: str, name: str) -> Department:
    found = Department.objects.filter(code=code).first()
    return found or save_record(Department(code=code, name=name), by=None, door="command")


@pytest.fixture
def person(department: Department) -> Callable[..., User]:
    """`person(role, username=…, department=…)`: a user in one role, signed in nowhere."""

    def make(role: str, *, username: str = "", department: Department = department, **values: Any) -> User:
        user = User(username=username or role, **values)
        user.set_unusable_password()
        user.save()
        save_record(Membership(user=user, department=department, role=role), by=None, door="command")
        return User.objects.get(pk=user.pk)  # what a membership brings (groups, is_staff) is set on the row

    return make


class Cast(Mapping[str, User]):
    """Role → user; each is made when first asked for, so that a test pays for those it names."""

    def __init__(self, make: Callable[..., User]) -> None:
        self._make = make
        self._made: dict[str, User] = {}

    def __getitem__(self, role: str) -> User:
        if role not in Role.values:
            raise KeyError(role)
        if role not in self._made:
            self._made[role] = self._make(role)
        return self._made[role]

    def __iter__(self) -> Iterator[str]:
        return iter(Role.values)

    def __len__(self) -> int:
        return len(Role.values)


@pytest.fixture
def cast(person: Callable[..., User]) -> Cast:
    """Everybody: one user for each role, in the same department."""
    return Cast(person)


@pytest.fixture
def colleague(person: Callable[..., User], other_department: Department) -> User:
    """A promotion officer of another department."""
    return person(Role.PROMOTION_OFFICER, username="colleague", department=other_department)


@pytest.fixture
def superuser(db: None) -> User:
    """Runs the system and holds no role: reads no records."""
    return User.objects.create_superuser("superuser", password=None)


@pytest.fixture
def client_as(cast: Cast) -> Callable[[str | User], Client]:
    """`client_as(Role.LEADER)` or `client_as(user)`: a client signed in as that person."""

    def sign_in(who: str | User) -> Client:
        client = Client()
        client.force_login(
            cast[who] if isinstance(who, str) else who, backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return sign_in


@pytest.fixture
def anonymous() -> Client:
    """A client nobody signed in with."""
    return Client()


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder of real public lists; tests that use it carry the marker `sample_data`."""
    return Path(os.environ["PINGHU_SAMPLE_DATA"])
