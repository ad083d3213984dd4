"""`manage.py demo` as a person starts it: one process tree, kept data, and nothing left after Ctrl-C."""

import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.kernel.processes import children_of, running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status_of(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_demo_serves_keeps_what_is_there_and_ends_on_interrupt(tmp_path: Path) -> None:
    port = free_port()
    for start in ("first", "second"):
        log = tmp_path / start
        with running(["manage.py", "demo", "--port", str(port)], log, PINGHU_VAR=str(tmp_path)) as demo:
            wait_until(lambda: status_of(port) == 200 or demo.poll() is not None, seconds=180, log=log)
            assert status_of(port) == 200, log.read_text()
            tree = children_of(demo.pid)
            assert len(tree) >= 3  # web, its worker process, background worker

            demo.send_signal(signal.SIGINT)

            assert demo.wait(timeout=30) == 0, log.read_text()
            assert [pid for pid in tree if Path(f"/proc/{pid}/cmdline").exists()] == []

    first, second = ((tmp_path / start).read_text() for start in ("first", "second"))
    password = next(line.split()[1] for line in first.splitlines() if line.split()[:1] == ["leader"])
    assert password not in second
    assert "--reset-passwords" in second
    assert f":{port}/" in first
    assert "Traceback" not in first + second


def test_demo_on_a_port_in_use_says_so_before_it_prepares_anything(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        log = tmp_path / "log"
        with running(["manage.py", "demo", "--port", str(port)], log, PINGHU_VAR=str(tmp_path)) as demo:
            assert demo.wait(timeout=60) == 1

    assert f"{port}" in log.read_text()
    assert "Traceback" not in log.read_text()
