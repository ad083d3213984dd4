"""Load the zone's profile, figures, chains, parks and named enterprises from `fixtures/zone.json`."""

from typing import Any

from django.core.management.base import BaseCommand

from directory.services.zone import load_zone


class Command(BaseCommand):
    help = "Load the zone as its profile states it; safe to run again, never over what somebody edited since."

    def handle(self, *args: Any, **options: Any) -> None:
        report = load_zone()
        for outcome, count in sorted(report.counts.items()):
            self.stdout.write(f"{outcome}: {count}")
        for line in report.kept:
            self.stdout.write(f"kept as edited: {line}")
