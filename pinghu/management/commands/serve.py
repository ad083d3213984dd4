"""`manage.py serve`: the web server."""

import logging
import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from pinghu.jobs.supervise import end_with_parent


def ensure_port_free(host: str, port: int) -> None:
    """Raises CommandError when nobody could listen there. The server itself shares ports and would not notice."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections of a server that just ended linger; a listening one still refuses us.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(
            _("Cannot listen on %(host)s port %(port)d: %(reason)s. Choose another with --port.")
            % {"host": host, "port": port, "reason": error.strerror or error}
        ) from error


class Command(BaseCommand):
    help = "Serve the site with granian. Expects migrated tables and collected static files."
    # No database before the server forks: a connection must not be shared between processes.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        from granian import Granian
        from granian.constants import Interfaces

        ensure_port_free(host, port)
        end_with_parent()
        Granian(
            "pinghu.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.WEB_WORKERS,
            blocking_threads=settings.WEB_THREADS,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            # Its records go where ours go, in our format; requests are logged by the middleware.
            log_dictconfig={
                "handlers": {},
                "loggers": {"_granian": {"handlers": [], "propagate": True, "level": logging.getLogger().level}},
            },
        ).serve()
