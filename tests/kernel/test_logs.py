"""What a log line holds, and what it must not. The set-up runs in processes of its own: it is global."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from pinghu.ledger.context import request_id
from pinghu.logs import with_request_id, without_personal_data, without_probes

ROOT = Path(__file__).resolve().parents[2]


def logged(body: str, *, as_json: bool = True, level: str = "INFO") -> list[str]:
    """The lines that `body` writes under a fresh set-up."""
    code = f"import logging, structlog\nfrom pinghu.logs import configure\nconfigure(json={as_json}, level={level!r})\n"
    done = subprocess.run([sys.executable, "-c", code + body], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_own_and_library_records_come_in_one_json_format() -> None:
    lines = logged(
        "structlog.get_logger('ours').info('saved', 数=1)\nlogging.getLogger('theirs').warning('gone %s', 2)"
    )

    ours, theirs = map(json.loads, lines)

    assert (ours["event"], ours["logger"], ours["level"], ours["数"]) == ("saved", "ours", "info", 1)
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("gone 2", "theirs", "warning")
    assert ours["timestamp"].endswith("Z")


def test_level_cuts_off_what_is_below_it() -> None:
    assert logged("structlog.get_logger().info('x')\nlogging.getLogger().info('y')", level="WARNING") == []


def test_console_format_is_one_readable_line() -> None:
    (line,) = logged("structlog.get_logger('ours').warning('saved', rows=3)", as_json=False)

    assert "saved" in line
    assert "rows=3" in line
    assert not line.startswith("{")


@pytest.mark.parametrize("as_json", [True, False])
def test_traceback_holds_no_local_values(as_json: bool) -> None:
    body = "def f():\n    secret = 'hun' + 'ter2'\n    raise ValueError('bad')\n"
    body += "try:\n    f()\nexcept ValueError:\n    structlog.get_logger().exception('failed')"

    text = "\n".join(logged(body, as_json=as_json))

    assert "ValueError: bad" in text
    assert "hunter2" not in text


def test_personal_data_is_cut_off() -> None:
    event = {"event": "x", "request": "GET /accounts/?name=张三", "ip": "1.2.3.4", "user_agent": "F", "username": "z"}

    assert without_personal_data(None, "info", {**event, "user_id": 7}) == {
        "event": "x",
        "request": "GET /accounts/",
        "user_id": 7,
    }


def test_probe_that_found_all_well_is_not_logged() -> None:
    line = {"event": "request_finished", "request": "GET /readyz", "code": 200}

    with pytest.raises(structlog.DropEvent):
        without_probes(None, "info", dict(line))
    assert without_probes(None, "info", {**line, "code": 503})["code"] == 503


def test_request_id_is_the_one_of_the_answer() -> None:
    token = request_id.set("from-the-request")
    try:
        assert with_request_id(None, "info", {"request_id": "other"})["request_id"] == "from-the-request"
    finally:
        request_id.reset(token)
