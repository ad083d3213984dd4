"""The morning digest, and what is old enough to go."""

from datetime import timedelta

import structlog
from django.utils import timezone

from pinghu.inbox.mailing import mail_waiting, people_to_mail
from pinghu.inbox.senders import NotSent
from pinghu.inbox.services import forget_read
from pinghu.jobs.lease import LeaseLost
from pinghu.jobs.schedule import scheduled

logger = structlog.get_logger(__name__)

#: Half a year: longer than a decision is asked about ("when was I told?"), and the record's own history stays for good.
KEEP_READ = timedelta(days=180)


@scheduled("inbox_digest", at="07:30")
def inbox_digest() -> str:
    """One mail for everybody who has something unread and unmailed, urgent mails that failed included.

    Run twice it mails nothing twice. Who could not be reached does not keep the others waiting; the run then counts as
    failed, so that the worker tries again, and after it the next morning's.
    """
    people = people_to_mail(at=timezone.now())
    sent = failed = 0
    for person_id in people:
        try:
            sent += bool(mail_waiting(person_id, at=timezone.now()))
        except LeaseLost:
            raise  # another worker goes on
        except Exception:
            failed += 1
            logger.warning("digest_not_sent", user_id=person_id, exc_info=True)
    if failed:
        raise NotSent(f"{failed} of {failed + sent} mails were not sent")
    return f"{sent} mails"


@scheduled("forget_read_notices", at="03:30")
def forget_read_notices() -> str:
    """Delete notices that were read half a year ago."""
    return f"{forget_read(before=timezone.now() - KEEP_READ)} notices"
