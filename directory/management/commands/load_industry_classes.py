"""Load the full table of GB/T 4754 from a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from directory.services.industry_classes import COLUMNS, load_industry_classes, read_industry_classes
from pinghu.errors import DomainError


class Command(BaseCommand):
    help = f"Load the classes of GB/T 4754 from a CSV file with the columns {', '.join(COLUMNS)}. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = load_industry_classes(read_industry_classes(options["file"]))
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"created {done.created}, renamed {done.renamed}, unchanged {done.same}")
