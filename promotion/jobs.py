"""What promotion runs on a schedule."""

import datetime

from django.utils import timezone

from pinghu.jobs.schedule import scheduled
from pinghu.ledger.models import Door
from promotion.services.case_escalation import escalate_overdue
from promotion.services.claims import note_silence
from promotion.services.collaboration import retire_expired
from promotion.services.reminders import escalate_overdue_steps, remind_of_commitments
from promotion.services.retention import apply_retention


@scheduled("lead_silence", at="06:30")
def lead_silence() -> str:
    """Before the office opens, so that reminders stand in the day of owners and managers."""
    run = note_silence(by=None, door=Door.TASK, at=timezone.now())
    return f"{run.reminded} reminded, {run.asked} managers asked, {run.released} released, {run.cleared} cleared"


@scheduled("escalate_overdue_cases", every=datetime.timedelta(minutes=15))
def escalate_overdue_cases() -> str:
    """Each step of the ladder once, however often it runs."""
    return f"{escalate_overdue(by=None, door=Door.TASK, at=timezone.now())} steps taken"


@scheduled("retire_expired_matches", at="00:40")
def retire_expired_matches() -> str:
    """Shortly after midnight, when offers and needs have run out."""
    return f"{retire_expired(by=None, door=Door.TASK, at=timezone.now())} proposals taken back"


@scheduled("overdue_steps", at="06:40")
def overdue_steps() -> str:
    """Before the morning's digest: what the ladder brings to the managers."""
    return f"{escalate_overdue_steps(at=timezone.now())} told"


@scheduled("commitments_due", at="06:45")
def commitments_due() -> str:
    """Before the morning's digest: what was promised for these days."""
    return f"{remind_of_commitments(at=timezone.now())} told"


@scheduled("retention", at="02:30")
def forget_what_is_due() -> str:
    """Data about people is kept no longer than its period (`pinghu.personal_data`)."""
    done = apply_retention(by=None, door=Door.TASK, at=timezone.now())
    return ", ".join(f"{rule} {rows}" for rule, rows in done.items())
