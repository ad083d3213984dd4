"""Real processes on the running suite's own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The test database as a process that this test starts must be told it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    account = values["USER"] + (f":{values['PASSWORD']}" if values["PASSWORD"] else "")
    return f"postgres://{account}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """The product's settings, not the tests', on the test database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pinghu.settings",
        "DATABASE_URL": database_url(),
        "PINGHU_LOG_JSON": "true",
        **more,
    }


@contextmanager
def running(arguments: list[str], log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process in a session of its own; all of it is gone afterwards, whatever happened."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment(**variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for member in session_of(process.pid):
            os.kill(member, signal.SIGKILL)
        process.wait()


def session_of(leader: int) -> list[int]:
    """Every live process of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(session) == leader and state != "Z":
            found.append(int(entry.name))
    return found


def children_of(parent: int) -> list[int]:
    """Every live descendant of a process, sessions of their own included."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, above = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if state != "Z":
            parents[int(entry.name)] = int(above)
    found: list[int] = []
    level = [parent]
    while level:
        level = [pid for pid, above in parents.items() if above in level]
        found += level
    return found


def wait_until(condition: Callable[[], object], *, seconds: float, log: Path) -> None:
    """Poll; on time-out fail with what the processes wrote."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; the processes wrote:\n{log.read_text()[-4000:]}")
        time.sleep(0.05)
