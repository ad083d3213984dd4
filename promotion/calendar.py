"""The State Council's calendar as the rules of working time take it."""

from directory.models import WorkCalendar as CalendarDay
from promotion.rules.working_time import WorkCalendar


def work_calendar() -> WorkCalendar:
    """Return the days that depart from the week; one query. Load it once for each request or run."""
    return WorkCalendar(dict(CalendarDay.objects.order_by().values_list("on", "is_working")))
