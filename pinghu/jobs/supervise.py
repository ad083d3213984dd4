"""Child processes under one parent: restarted or missed when they die, ended together, never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings

logger = structlog.get_logger(__name__)

#: A stopping child finishes what it does; a task cut off after this long is done again by whoever takes its lease.
STOP_WITHIN_SECONDS = 20.0
POLL_SECONDS = 0.1
PARENT_VARIABLE = "PINGHU_SUPERVISOR"
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """One supervised process. `restart` says what its death means: start another, or end all with its exit code."""

    name: str
    arguments: Sequence[str]
    restart: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    pause: float = 1.0

    def start(self) -> None:
        """Start in a session of its own, so that Ctrl-C reaches the supervisor alone and it ends all in order."""
        environment = {**os.environ, **self.environment, PARENT_VARIABLE: str(os.getpid())}
        self.process = subprocess.Popen(self.arguments, env=environment, start_new_session=True)
        self.started_at = time.monotonic()

    def signal(self, number: int) -> None:
        """Signal the process and, for SIGKILL, all it started."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            elif self.process.poll() is None:
                self.process.send_signal(number)
        except ProcessLookupError:
            return  # it is gone already


def manage(*arguments: str) -> list[str]:
    """The command line of a management command, run by the same interpreter."""
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]


def worker_child(interval: float = 1.0, environment: Mapping[str, str] | None = None) -> Child:
    """The task worker as a supervised child."""
    timeout = {"PINGHU_SQLITE_TIMEOUT": str(settings.WORKER_SQLITE_TIMEOUT)}
    arguments = manage("worker", "--unsupervised", "--interval", str(interval))
    return Child("worker", arguments, restart=True, environment={**timeout, **(environment or {})})


def supervise(children: Sequence[Child]) -> int:
    """Run the children until SIGINT, SIGTERM or SIGHUP (returns 0), or until one dies that may not (its code).

    A child that dies is started again after a pause, which doubles up to 30 s while it keeps dying young.
    """
    stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    code = 0
    try:
        for child in children:
            child.start()
        while not stopping:
            time.sleep(POLL_SECONDS)
            dead = next((child for child in children if not child.restart and _exit_code(child) is not None), None)
            if dead is not None:
                code = _exit_code(dead) or 1
                logger.error("child_died", child=dead.name, code=code)
                break
            for child in children:
                _keep_running(child)
    finally:
        _end(children)
        for number, handler in before.items():
            signal.signal(number, handler)
    return code


def end_with_parent() -> None:
    """Called by a child: ask the kernel for SIGTERM when the supervisor dies, even by SIGKILL (Linux only)."""
    supervisor = os.environ.get(PARENT_VARIABLE)
    if not supervisor or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it died before we asked
        sys.exit(0)


def _exit_code(child: Child) -> int | None:
    """The exit code as a shell would give it; None while it runs."""
    code = child.process.poll() if child.process else None
    return 128 - code if code is not None and code < 0 else code


def _keep_running(child: Child) -> None:
    code = _exit_code(child)
    if code is None:
        return
    now = time.monotonic()
    if not child.restart_at:
        child.signal(signal.SIGKILL)  # whatever it had started
        lived = now - child.started_at
        child.pause = 1.0 if lived > 60 else min(child.pause * 2, 30.0)
        child.restart_at = now + child.pause / 2
        logger.warning("child_died_and_is_restarted", child=child.name, code=code)
    elif now >= child.restart_at:
        child.restart_at = 0.0
        child.start()


def _end(children: Sequence[Child]) -> None:
    for child in reversed(children):
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            logger.warning("child_killed", child=child.name)
        child.signal(signal.SIGKILL)
        child.process.wait()
