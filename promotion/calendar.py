"""The State Council's calendar as the rules of working time take it."""

from directory.models import WorkCalendar as CalendarDay
from promotion.models import OfficeHours
from promotion.rules.working_time import OFFICE_HOURS, WorkCalendar


def work_calendar() -> WorkCalendar:
    """Return the days that depart from the week; one query. Load it once for each request or run."""
    return WorkCalendar(dict(CalendarDay.objects.order_by().values_list("on", "is_working")))


def office_calendar() -> WorkCalendar:
    """Return the same days with the zone's own office hours, which a case's clock runs in; two queries."""
    hours = tuple(row.interval for row in OfficeHours.objects.order_by("starts"))
    return WorkCalendar(work_calendar().days, hours or OFFICE_HOURS)
