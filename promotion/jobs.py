"""What promotion runs on a schedule."""

from django.utils import timezone

from pinghu.jobs.schedule import scheduled
from pinghu.ledger.models import Door
from promotion.services.claims import note_silence
from promotion.services.reminders import escalate_overdue_steps, remind_of_commitments


@scheduled("lead_silence", at="06:30")
def lead_silence() -> str:
    """Before the office opens, so that reminders stand in the day of owners and managers."""
    run = note_silence(by=None, door=Door.TASK, at=timezone.now())
    return f"{run.reminded} reminded, {run.asked} managers asked, {run.released} released, {run.cleared} cleared"


@scheduled("overdue_steps", at="06:40")
def overdue_steps() -> str:
    """Before the morning's digest: what the ladder brings to the managers."""
    return f"{escalate_overdue_steps(at=timezone.now())} told"


@scheduled("commitments_due", at="06:45")
def commitments_due() -> str:
    """Before the morning's digest: what was promised for these days."""
    return f"{remind_of_commitments(at=timezone.now())} told"
