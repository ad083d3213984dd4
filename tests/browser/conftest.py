"""Chromium, driven against a live server; every page that a test opens is watched.

A test fails on a request to another host, a message on the console's error level (a violated Content-Security-Policy
is one) or an uncaught exception, whatever else it looks at. `faults.expect(…)` allows the ones that a test provokes.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from pinghu.accounts.models import User

CHROMIUM = os.environ.get("PINGHU_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",  # CI runs as root, where the sandbox cannot start; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
#: Addresses that never leave the machine.
LOCAL_SCHEMES = {"data", "blob", "about", "chrome-error"}
PATIENCE_MS = 10_000


class Faults:
    """What the pages of one test did that no page may do."""

    def __init__(self, origin: str) -> None:
        self.found: list[str] = []
        self._origin = urlsplit(origin).netloc
        self._expected: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        """Allow what matches: a test that asks for a page that does not exist sees its 404 on the console."""
        self._expected.append(re.compile(pattern))

    def watch(self, context: BrowserContext) -> None:
        """Note every fault of every page that `context` opens."""
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.found.append(f"exception: {error.error}"))

    def unexpected(self) -> list[str]:
        return [fault for fault in self.found if not any(pattern.search(fault) for pattern in self._expected)]

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in LOCAL_SCHEMES and address.netloc != self._origin:
            self.found.append(f"request to another host: {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a session; contexts keep the tests apart."""
    # Playwright's loop runs in this thread, and Django takes any loop for asynchronous code that must not query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def faults(live_server: Any) -> Iterator[Faults]:
    """What went wrong on any page of this test; looked at when the test ends."""
    faults = Faults(live_server.url)
    yield faults
    assert faults.unexpected() == []


@pytest.fixture
def open_page(browser: Browser, live_server: Any, faults: Faults) -> Iterator[Callable[..., Page]]:
    """`open_page(**context options)`: a page of a fresh context (no cookies); paths are the live server's."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"base_url": live_server.url, "locale": "zh-CN", **DESKTOP, **options})
        context.set_default_timeout(PATIENCE_MS)
        faults.watch(context)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A desk's screen."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A phone in the hand."""
    return open_page(**PHONE)


@pytest.fixture
def page_without_scripts(open_page: Callable[..., Page]) -> Page:
    """A desk's screen with JavaScript switched off."""
    return open_page(java_script_enabled=False)


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Page, User], None]:
    """`sign_in(page, user)`: give the page's context that person's session, without the form."""

    def give_session(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return give_session


@pytest.fixture(autouse=True)
def _open_hosts(settings: Any) -> None:
    """The live server listens on a name of its own."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
