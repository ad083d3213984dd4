"""The kernel's own scheduled jobs."""

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from pinghu.jobs.models import ScheduledRun
from pinghu.jobs.schedule import scheduled
from pinghu.ledger.events import sequence_pending

#: Finished tasks and runs are looked at when something went wrong; after a month nobody asks.
KEEP_FINISHED = timedelta(days=30)


@scheduled("number_ledger_events", every=timedelta(minutes=1))
def number_ledger_events() -> str:
    """Give committed events their numbers, so that readers who only look find them."""
    total = 0
    while numbered := sequence_pending():
        total += numbered
    return str(total)


@scheduled("clear_expired_sessions", at="03:10")
def clear_expired_sessions() -> None:
    """Remove sessions that can no longer sign anybody in."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@scheduled("prune_finished_tasks", at="03:20")
def prune_finished_tasks() -> str:
    """Remove finished tasks and runs older than a month; the newest run of each job stays visible."""
    before = timezone.now() - KEEP_FINISHED
    tasks, _ = DBTaskResult.objects.finished().filter(finished_at__lt=before).delete()
    newest = list(ScheduledRun.objects.latest_of_each().values_list("pk", flat=True))
    runs, _ = ScheduledRun.objects.filter(slot__lt=before).exclude(pk__in=newest).delete()
    return f"{tasks} tasks, {runs} runs"
