"""`manage.py demo`: from nothing to a running zone, web and worker in one process tree."""

import hashlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pinghu.demo import steps
from pinghu.jobs.supervise import Child, manage, supervise, worker_child
from pinghu.management.commands.serve import ensure_port_free

#: What differs from a deployment: plain HTTP on loopback, and only what goes wrong on the terminal, as text.
#: Whoever sets one of these in the environment is obeyed.
DEMO_ENVIRONMENT = {"PINGHU_HTTPS": "false", "PINGHU_LOG_JSON": "false", "PINGHU_LOG_LEVEL": "WARNING"}

#: (door, path, what stands there)
ADDRESSES = (
    ("public", "/", gettext_lazy("public site")),
    ("public", "/en/", gettext_lazy("in English")),
    ("portal", "/portal/", gettext_lazy("for an enterprise's own people")),
    ("admin", "/admin/", gettext_lazy("for staff")),
    ("api", "/api/docs/", "API"),
)


class Command(BaseCommand):
    help = "Prepare and serve a demo of the zone. A second start keeps everything that is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--enterprises", type=int, default=0, metavar="N", help="Add N fictitious enterprises.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes the same enterprises.")
        parser.add_argument("--reset-passwords", action="store_true", help="Make new passwords for the demo's people.")
        parser.add_argument("--no-serve", action="store_true", help="Prepare only.")

    def handle(self, *, host: str, port: int, no_serve: bool, **options: Any) -> None:
        if not no_serve:
            ensure_port_free(host, port)  # before minutes of preparation, not after
        try:
            self.prepare(options)
        except KeyboardInterrupt:
            sys.exit(130)
        if no_serve:
            return
        for connection in connections.all():
            connection.close()
            if hasattr(connection, "close_pool"):
                connection.close_pool()
        environment = demo_environment(host)
        self.print_addresses(host, port)
        web = Child("web", manage("serve", "--host", host, "--port", str(port)), restart=False, environment=environment)
        sys.exit(supervise([web, worker_child(environment=environment)]))

    def prepare(self, options: Mapping[str, Any]) -> None:
        """Database, static files, then each app's steps."""
        self.say(_("Preparing the database …"))
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        if static_files_changed():
            self.say(_("Collecting static files …"))
            call_command("collectstatic", verbosity=0, interactive=False)
            remember_static_files()
        autodiscover_modules("demo")
        for step in steps:
            step(options, self.say)

    def print_addresses(self, host: str, port: int) -> None:
        """Where to point a browser, for the doors that this process serves."""
        shown = f"[{host}]" if ":" in host else "localhost" if host in ("127.0.0.1", "0.0.0.0") else host
        for door, path, what in ADDRESSES:
            if door in settings.DOORS:
                self.say(f"    http://{shown}:{port}{path:<12} {what}")
        self.say(_("Ctrl-C ends it."))

    def say(self, line: str) -> None:
        """One line, at once: the reader may be a pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def demo_environment(host: str) -> dict[str, str]:
    """The children's environment: the demo's values where the caller set none, and `host` among the allowed ones."""
    values = {name: os.environ.get(name, value) for name, value in DEMO_ENVIRONMENT.items()}
    values["PINGHU_ALLOWED_HOSTS"] = ",".join(dict.fromkeys([*settings.ALLOWED_HOSTS, host]))
    return values


def _fingerprint() -> str:
    """Of every file that would be collected: path, size and time of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _fingerprint_file() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def static_files_changed() -> bool:
    """Whether a static file came, changed or went since this command last collected them."""
    try:
        return _fingerprint_file().read_text() != _fingerprint()
    except FileNotFoundError:
        return True


def remember_static_files() -> None:
    """Keep the fingerprint of what was just collected."""
    _fingerprint_file().write_text(_fingerprint())
