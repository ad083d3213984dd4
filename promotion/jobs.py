"""What promotion runs on a schedule."""

from django.utils import timezone

from pinghu.jobs.schedule import scheduled
from pinghu.ledger.models import Door
from promotion.services.claims import note_silence
from promotion.services.retention import apply_retention


@scheduled("lead_silence", at="06:30")
def lead_silence() -> str:
    """Before the office opens, so that reminders stand in the day of owners and managers."""
    run = note_silence(by=None, door=Door.TASK, at=timezone.now())
    return f"{run.reminded} reminded, {run.asked} managers asked, {run.released} released, {run.cleared} cleared"


@scheduled("retention", at="02:30")
def forget_what_is_due() -> str:
    """Data about people is kept no longer than its period (`pinghu.personal_data`)."""
    done = apply_retention(by=None, door=Door.TASK, at=timezone.now())
    return ", ".join(f"{rule} {rows}" for rule, rows in done.items())
