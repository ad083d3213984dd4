"""`manage.py rebuild_search_index [--check]`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from directory.services.reindexing import check_index, rebuild_index


class Command(BaseCommand):
    """Build the search index from the rows, or prove that it agrees with them."""

    help = "Build the search index from the rows; with --check, prove that both agree (exit 1 if not)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            problems = check_index(self._progress)
            for problem in problems:
                self.stderr.write(problem)
            if problems:
                raise CommandError(_("The search index disagrees with the rows. Run rebuild_search_index."))
            self.stdout.write(_("The search index agrees with the rows."))
            return
        written = rebuild_index(self._progress)
        self.stdout.write(_("%(count)s enterprises indexed.") % {"count": written})

    def _progress(self, done: int, total: int) -> None:
        if done % 10_000 == 0 and total > 10_000:
            self.stdout.write(f"{done:,} / {total:,}")
