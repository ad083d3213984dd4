"""SIGKILL at any moment, in the real command on a database of its own: nothing is lost, nothing doubled."""

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.directory.imports.rows import a_code

ROWS = 2000
#: Everything that an applied run must have written exactly once for each row.
COUNTS = {
    "enterprises": "SELECT count(*) FROM directory_enterprise",
    "codes": "SELECT count(DISTINCT uscc) FROM directory_enterprise",
    "names": "SELECT count(*) FROM directory_enterprisename",
    "index": "SELECT count(*) FROM search_doc",
    "memory": "SELECT count(*) FROM directory_fieldsource WHERE field = 'uscc'",
    "history": "SELECT count(*) FROM directory_historicalenterprise WHERE history_type = '+'",
    "events": "SELECT count(*) FROM ledger_event WHERE subject_type = 'enterprise' AND verb = 'imported'",
    "lines": "SELECT count(*) FROM directory_importrow",
    "runs": "SELECT count(*) FROM directory_importrun",
}
STAGED = "SELECT count(*) FROM directory_importrow"
PLANNED = "SELECT count(*) FROM directory_importrow WHERE verdict <> ''"
APPLIED = "SELECT count(*) FROM directory_importrow WHERE outcome = 'created'"
REVERTED = "SELECT count(*) FROM directory_importrow WHERE outcome = 'reverted'"


class Scratch:
    """The product on a database that no other test sees."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pinghu.settings",
            "DATABASE_URL": url,
            "PINGHU_VAR": str(folder / "var"),
            "PINGHU_LOG_LEVEL": "ERROR",
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def run(self, *arguments: str) -> None:
        assert self.start(*arguments).wait() == 0, (self.folder / "log").read_text()[-3000:]

    def ask(self, sql: str) -> str:
        if self.url.startswith("postgres"):
            with psycopg.connect(self.url) as database:
                return str(database.execute(sql).fetchone()[0])  # type: ignore[index]
        database = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)
        try:
            return str(database.execute(sql).fetchone()[0])
        finally:
            database.close()

    def kill_when(self, sql: str, at_least: int, *arguments: str) -> bool:
        """Start the command and kill it as soon as the number is reached; whether it was still at work."""
        process = self.start(*arguments)
        while process.poll() is None:
            if int(self.ask(sql)) >= at_least:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
        return process.wait() == -signal.SIGKILL

    def counts(self) -> dict[str, int]:
        return {name: int(self.ask(sql)) for name, sql in COUNTS.items()}


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


def test_killed_again_and_again_an_import_and_its_undoing_lose_and_double_nothing(
    scratch: Scratch, tmp_path: Path
) -> None:
    scratch.run("migrate", "-v0")
    file = tmp_path / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["企业名称", "信用代码", "曾用名"])
        writer.writerows([[f"第{n}号精机有限公司", a_code(n), f"原第{n}号机械厂"] for n in range(ROWS)])
    command = ("import_rows", "enterprises", str(file), "--apply")

    killed = [
        scratch.kill_when(sql, at_least, *command)
        for sql, at_least in ((STAGED, 1), (PLANNED, 1), (APPLIED, 1), (APPLIED, 900))
    ]
    assert killed == [True] * 4
    assert scratch.counts()["enterprises"] < ROWS
    scratch.run(*command)
    assert scratch.counts() == {**dict.fromkeys(COUNTS, ROWS), "runs": 1}
    scratch.run(*command)
    assert scratch.counts() == {**dict.fromkeys(COUNTS, ROWS), "runs": 1}

    undo = ("import_rows", "enterprises", "--revert", scratch.ask("SELECT public_id FROM directory_importrun"))
    assert scratch.kill_when(REVERTED, 1, *undo)
    assert scratch.counts()["enterprises"] > 0
    scratch.run(*undo)

    gone = dict.fromkeys(("enterprises", "codes", "names", "index", "memory"), 0)
    assert scratch.counts() == {**dict.fromkeys(COUNTS, ROWS), **gone, "runs": 1}
    assert int(scratch.ask(COUNTS["history"].replace("'+'", "'-'"))) == ROWS
    assert scratch.ask("SELECT status FROM directory_importrun") == "reverted"
