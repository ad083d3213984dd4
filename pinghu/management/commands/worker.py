"""`manage.py worker`: background tasks and scheduled jobs."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from pinghu.jobs.supervise import end_with_parent, supervise, worker_child
from pinghu.jobs.worker import LeasedWorker


class Command(BaseCommand):
    help = "Run background tasks and scheduled jobs under a supervisor. Start as many as you like, on any machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unsupervised", action="store_true", help="Be the worker itself; let others restart it.")
        parser.add_argument("--interval", type=float, default=1.0, help="Seconds between looks at an empty queue.")

    def handle(self, *, unsupervised: bool, interval: float, **options: Any) -> None:
        if not unsupervised:
            sys.exit(supervise([worker_child(interval)]))
        end_with_parent()
        worker = LeasedWorker(interval=interval)
        worker.configure_signals()
        worker.run()
