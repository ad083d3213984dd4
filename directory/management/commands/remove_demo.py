"""Remove every demo row, and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand

from directory.services.demo_removal import demo_rows_left, remove_demo_rows
from pinghu.accounts.demo import remove_cast


class Command(BaseCommand):
    help = "Remove all rows marked as demo: fictitious enterprises, example segments and carriers, the demo cast."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = remove_demo_rows()
        for label, count in sorted(removed.items()):
            self.stdout.write(f"{label}: {count}")
        for label, count in sorted(demo_rows_left().items()):
            self.stdout.write(f"kept, because records that are no demo rows refer to them: {label}: {count}")
        kept = remove_cast()
        if kept:
            self.stdout.write("kept without access, because others' records name them: " + ", ".join(kept))
