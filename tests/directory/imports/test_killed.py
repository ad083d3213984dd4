"""SIGKILL at any moment, in the real command on a database of its own: nothing is lost, nothing doubled."""

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.directory.imports.rows import a_code

STAGED = "SELECT count(*) FROM directory_importrow"
PLANNED = "SELECT count(*) FROM directory_importrow WHERE verdict <> ''"
APPLIED = "SELECT count(*) FROM directory_importrow WHERE outcome = 'created'"
REVERTED = "SELECT count(*) FROM directory_importrow WHERE outcome = 'reverted'"


@dataclass(frozen=True)
class Case:
    """One kind of import: a file of so many rows, and what an applied run must have written exactly once for each."""

    kind: str
    rows: int
    headings: list[str]
    row: Callable[[int], list[str]]
    counts: dict[str, str]
    #: Names in `counts` of what an undone run leaves none of.
    undone: tuple[str, ...]
    history: str
    options: tuple[str, ...] = ()
    #: What must be there before, run by `manage.py shell`.
    before: str = ""


LINES = {"lines": "SELECT count(*) FROM directory_importrow", "runs": "SELECT count(*) FROM directory_importrun"}
ENTERPRISES = Case(
    kind="enterprises",
    rows=2000,
    headings=["企业名称", "信用代码", "曾用名"],
    row=lambda n: [f"第{n}号精机有限公司", a_code(n), f"原第{n}号机械厂"],
    counts={
        "rows": "SELECT count(*) FROM directory_enterprise",
        "codes": "SELECT count(DISTINCT uscc) FROM directory_enterprise",
        "names": "SELECT count(*) FROM directory_enterprisename",
        "index": "SELECT count(*) FROM search_doc",
        "memory": "SELECT count(*) FROM directory_fieldsource WHERE field = 'uscc'",
        "history": "SELECT count(*) FROM directory_historicalenterprise WHERE history_type = '+'",
        "events": "SELECT count(*) FROM ledger_event WHERE subject_type = 'enterprise' AND verb = 'imported'",
        **LINES,
    },
    undone=("rows", "codes", "names", "index", "memory"),
    history="directory_historicalenterprise",
)
#: Each line goes through the lead's own service, with its number, claim and event.
LEADS = Case(
    kind="leads",
    rows=80,
    headings=["客商名称", "信用代码", "来源地"],
    # No sign in two names: a name that is like another one waits for a person.
    row=lambda n: ["".join(chr(0x4E00 + 4 * n + place) for place in range(4)), a_code(n), "上海"],
    counts={
        "rows": "SELECT count(*) FROM promotion_lead",
        "codes": "SELECT count(DISTINCT uscc) FROM promotion_lead",
        "numbers": "SELECT count(DISTINCT number) FROM promotion_lead",
        "claims": "SELECT count(*) FROM promotion_leadclaim",
        "memory": "SELECT count(*) FROM directory_fieldsource WHERE field = 'uscc'",
        "history": "SELECT count(*) FROM promotion_historicallead WHERE history_type = '+'",
        "events": "SELECT count(*) FROM ledger_event WHERE subject_type = 'lead' AND verb = 'created'",
        **LINES,
    },
    undone=("rows", "codes", "numbers", "claims", "memory"),
    history="promotion_historicallead",
    options=("--by", "officer-1"),
    before="from tests.promotion.factories import a_person; a_person('officer-1')",
)


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

    def counts(self, case: Case) -> dict[str, int]:
        return {name: int(self.ask(sql)) for name, sql in case.counts.items()}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Scratch]:
    """A migrated database to be copied: migrating takes longer than all the rest."""
    folder = tmp_path_factory.mktemp("migrated")
    with database(f"migrated_{os.getpid()}", folder) as url:
        empty = Scratch(url, folder)
        empty.run("migrate", "-v0")
        yield empty


@pytest.fixture
def scratch(tmp_path: Path, migrated: Scratch) -> Iterator[Scratch]:
    with database(f"killed_{os.getpid()}", tmp_path, of=migrated) as url:
        yield Scratch(url, tmp_path)


@contextmanager
def database(name: str, folder: Path, *, of: Scratch | None = None) -> Iterator[str]:
    """The address of a database that is gone afterwards; a copy of another one's, if that is given."""
    if connection.vendor == "sqlite":
        file = folder / "scratch.sqlite3"
        if of is not None:
            with sqlite3.connect(of.url.removeprefix("sqlite:///")) as source, sqlite3.connect(file) as target:
                source.backup(target)
            source.close()
            target.close()
        yield f"sqlite:///{file}"
        return
    values = connection.settings_dict
    account = values["USER"] + (f":{values['PASSWORD']}" if values["PASSWORD"] else "")
    server = f"postgres://{account}@{values['HOST']}:{values['PORT'] or 5432}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {of.url.rpartition('/')[2]}" if of else ""))
        try:
            yield f"{server}/{name}"
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.parametrize("case", [ENTERPRISES, LEADS], ids=lambda case: case.kind)
def test_killed_again_and_again_an_import_and_its_undoing_lose_and_double_nothing(
    case: Case, scratch: Scratch, tmp_path: Path
) -> None:
    if case.before:
        scratch.run("shell", "-v0", "-c", case.before)
    file = tmp_path / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(case.headings)
        writer.writerows(case.row(n) for n in range(case.rows))
    command = ("import_rows", case.kind, str(file), "--apply", *case.options)
    whole = {**dict.fromkeys(case.counts, case.rows), "runs": 1}

    killed = [
        scratch.kill_when(sql, at_least, *command)
        for sql, at_least in ((STAGED, 1), (PLANNED, 1), (APPLIED, 1), (APPLIED, case.rows * 9 // 20))
    ]
    assert killed == [True] * 4
    assert scratch.counts(case)["rows"] < case.rows
    scratch.run(*command)
    assert scratch.counts(case) == whole
    scratch.run(*command)
    assert scratch.counts(case) == whole

    run = scratch.ask("SELECT public_id FROM directory_importrun")
    undo = ("import_rows", case.kind, "--revert", run, *case.options)
    assert scratch.kill_when(REVERTED, 1, *undo)
    assert scratch.counts(case)["rows"] > 0
    scratch.run(*undo)

    assert scratch.counts(case) == {**whole, **dict.fromkeys(case.undone, 0)}
    assert int(scratch.ask(f"SELECT count(*) FROM {case.history} WHERE history_type = '-'")) == case.rows
    assert scratch.ask("SELECT status FROM directory_importrun") == "reverted"
