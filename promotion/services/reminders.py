"""What the calendar brings about: next steps overdue by the ladder's days, commitments that fall due or are overdue.

Run each morning. Run twice, or beside itself, it tells nobody twice: each notice has a key of its own. What fell due
longer ago than `LOOK_BACK` was told of then.
"""

import datetime
from typing import Any

from promotion.calendar import work_calendar
from promotion.models import Commitment, InvestmentProject, Lead
from promotion.my_day import escalation_day
from promotion.people import managers_of
from promotion.rules import stages
from promotion.rules.follow_ups import working_days_overdue
from promotion.rules.working_time import local_day
from promotion.services.telling import page_of, tell

LOOK_BACK = datetime.timedelta(days=30)
_PIECE = 500


def escalate_overdue_steps(*, at: datetime.datetime) -> int:
    """Tell the managers of a unit of next steps overdue by the ladder's working days; returns how many were told."""
    calendar, today = work_calendar(), local_day(at)
    last = escalation_day(calendar, today)
    told = 0
    for rows in (Lead.objects.open(), InvestmentProject.objects.running()):
        due = rows.filter(next_on__range=(last - LOOK_BACK, last), unit__isnull=False).order_by("pk")
        managers = managers_of(due.order_by().values_list("unit", flat=True).distinct())
        for row in due.iterator(chunk_size=_PIECE):
            people = set(managers.get(row.unit_id, ())) - {row.owner_id}
            key = f"{row.public_id}:{row.next_on:%Y-%m-%d}"
            days = working_days_overdue(calendar, row.next_on, today)
            told += tell("step_overdue", people, row, by=None, at=at, dedup_key=key, days=days)
    return told


def remind_of_commitments(*, at: datetime.datetime) -> int:
    """Tell a project's officer what falls due, and its managers too what is overdue; returns how many were told."""
    today = local_day(at)
    open_ones = Commitment.objects.exclude(project__side_state__in=stages.ENDED).select_related("project")
    overdue = open_ones.overdue(today).filter(due_on__gte=today - LOOK_BACK).order_by("pk")
    managers = managers_of(overdue.order_by().values_list("project__unit", flat=True).distinct())
    told = 0
    for row in open_ones.due_soon(today).order_by("pk").iterator(chunk_size=_PIECE):
        told += _remind("commitment_due", [row.project.owner_id], row, at)
    for row in overdue.iterator(chunk_size=_PIECE):
        people = [row.project.owner_id, *managers.get(row.project.unit_id, ())]
        told += _remind("commitment_overdue", people, row, at)
    return told


def _remind(kind: str, people: Any, row: Any, at: datetime.datetime) -> int:
    day = f"{row.due_on:%Y-%m-%d}"
    key = f"{row.public_id}:{day}"
    return tell(kind, people, row.project, by=None, at=at, path=page_of(row), dedup_key=key, day=day)
