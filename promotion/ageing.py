"""Which projects have stood too long in their stage, by the limits that hold on a day."""

import datetime
from dataclasses import dataclass

from django.db.models import Q

from promotion.calendar import work_calendar
from promotion.models import StageAgeLimit
from promotion.rules import ageing, stages
from promotion.rules.working_time import SHANGHAI, WorkCalendar, local_day


@dataclass(frozen=True, slots=True)
class Ages:
    """The limits and the calendar of one day, read once for a page."""

    today: datetime.date
    calendar: WorkCalendar
    limits: tuple[ageing.Limit, ...]

    def working_days(self, since: datetime.datetime, until: datetime.datetime | None = None) -> int:
        """Working days in the stage up to today, or until it was set aside."""
        last = self.today if until is None else local_day(until)
        return self.calendar.working_days_between(local_day(since), last)

    def state(self, stage: str, track: str, side: str, since: datetime.datetime) -> str:
        """FRESH, SLOW or STUCK; what is paused or over does not age."""
        if side != stages.RUNNING:
            return ageing.FRESH
        limit = ageing.limit_for(self.limits, stage, track, self.today)
        return ageing.age_state(self.working_days(since), limit)

    def condition(self, state: str) -> Q:
        """Running projects that are STUCK, or at least SLOW, as a condition on their rows."""
        found = Q(pk__in=[])
        for stage in stages.STAGES:
            by_day: dict[datetime.date, list[str]] = {}
            for track in stages.TRACKS:
                limit = ageing.limit_for(self.limits, stage, track, self.today)
                if limit is not None:
                    day = self.calendar.days_back(self.today, ageing.days_needed(limit, state))
                    by_day.setdefault(day, []).append(track)
            for day, tracks in by_day.items():
                found |= Q(stage=stage, track__in=tracks, age_since__lt=start_of(day + datetime.timedelta(days=1)))
        return found & Q(side_state=stages.RUNNING)


def ages(today: datetime.date) -> Ages:
    """What says how old a stage is today. Two queries."""
    rows = StageAgeLimit._base_manager.filter(effective_from__lte=today)
    return Ages(today, work_calendar(), tuple(row.limit() for row in rows))


def start_of(day: datetime.date) -> datetime.datetime:
    """The moment at which a day begins in Pinghu."""
    return datetime.datetime.combine(day, datetime.time(), SHANGHAI)
