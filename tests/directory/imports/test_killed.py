"""SIGKILL at any moment, in the real command on a database of its own: nothing is lost, nothing doubled."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.directory.imports.rows import a_code

ROWS = 2000
#: Counts of everything that an applied run must have written exactly once.
COUNT = """
import json
from directory.models import *
from pinghu.ledger.models import Event
run = ImportRun.objects.get()
print(json.dumps({
    "enterprises": Enterprise.objects.count(), "codes": Enterprise.objects.values("uscc").distinct().count(),
    "names": EnterpriseName.objects.count(), "history": Enterprise.history.count(),
    "docs": SearchDoc.objects.count(), "memory": FieldSource.objects.filter(field="uscc").count(),
    "events": Event.objects.filter(subject_type="enterprise", verb="imported").count(),
    "rows": run.rows.count(), "created": run.rows.filter(outcome="created").count(),
    "reverted": run.rows.filter(outcome="reverted").count(), "status": run.status,
}))
"""
WHOLE = {
    "enterprises": ROWS, "codes": ROWS, "names": ROWS, "history": ROWS, "docs": ROWS, "memory": ROWS, "events": ROWS,
    "rows": ROWS, "created": ROWS, "reverted": 0, "status": "applied",
}  # fmt: skip


class Scratch:
    """The product on a database that no other test sees."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pinghu.settings",
            "DATABASE_URL": url,
            "PINGHU_VAR": str(folder / "var"),
            "PINGHU_LOG_LEVEL": "ERROR",
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def counts(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("shell", "-v", "0", "-c", COUNT).strip().splitlines()[-1])
        return found


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    if connection.vendor == "sqlite":
        yield Scratch(f"sqlite:///{tmp_path / 'scratch.sqlite3'}", tmp_path)
        return
    values = connection.settings_dict
    account = values["USER"] + (f":{values['PASSWORD']}" if values["PASSWORD"] else "")
    server = f"postgres://{account}@{values['HOST']}:{values['PORT'] or 5432}"
    name = f"killed_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield Scratch(f"{server}/{name}", tmp_path)
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def killed_after(scratch: Scratch, seconds: float, *arguments: str) -> bool:
    """Start the command and kill it; whether it was still at work."""
    process = scratch.start(*arguments)
    time.sleep(seconds)
    was_running = process.poll() is None
    os.kill(process.pid, signal.SIGKILL) if was_running else None
    process.wait()
    return was_running


def test_killed_again_and_again_an_import_and_its_undoing_lose_and_double_nothing(
    scratch: Scratch, tmp_path: Path
) -> None:
    scratch.run("migrate", "-v0")
    file = tmp_path / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["企业名称", "信用代码", "曾用名"])
        writer.writerows([[f"第{n}号精机有限公司", a_code(n), f"原第{n}号机械厂"] for n in range(ROWS)])
    arguments = ("import_rows", "enterprises", str(file), "--apply")

    kills = sum(killed_after(scratch, 2.5 + turn, *arguments) for turn in range(4))
    assert kills, "the command ended before it could be killed"
    scratch.run(*arguments)

    assert scratch.counts() == WHOLE

    run = scratch.run("shell", "-v", "0", "-c", "from directory.models import ImportRun; print(ImportRun.objects.get().public_id)")
    undo = ("import_rows", "enterprises", "--revert", run.strip().splitlines()[-1])
    kills = sum(killed_after(scratch, 2.0 + turn, *undo) for turn in range(2))
    assert kills, "the undoing ended before it could be killed"
    if scratch.counts()["status"] != "reverted":
        scratch.run(*undo)

    found = scratch.counts()
    assert (found["enterprises"], found["names"], found["docs"], found["memory"]) == (0, 0, 0, 0)
    assert (found["reverted"], found["history"], found["status"]) == (ROWS, 2 * ROWS, "reverted")
