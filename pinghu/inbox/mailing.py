"""Mail and group chat: what leaves the house, in tasks that were enqueued with the notices they tell of.

A mail claims its notices first, is sent outside every transaction, then marks them. So two workers never send the same
one, a failure frees it for the next try, and only a worker that dies between sending and marking makes it come twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from pinghu.accounts.models import User
from pinghu.inbox.kinds import text_of
from pinghu.inbox.models import Mail, Notification
from pinghu.inbox.senders import GroupChatSender, MailSender, Message
from pinghu.jobs.lease import beat

logger = structlog.get_logger(__name__)

#: Not by `reverse`: a worker may serve no admin, and its mails must lead there all the same.
INBOX_PATH = "/admin/inbox/"
#: Lines of one mail; who comes back after weeks reads the rest in the inbox.
MAX_LINES = 50


@task
def mail_at_once(person_id: int) -> str:
    """Mail what this person wants to know at once; several notices of one moment share a mail."""
    return str(mail_waiting(person_id, at=timezone.now(), how=(Mail.AT_ONCE,)))


@task
def post_to_group(kind: str, number: str, path: str) -> None:
    """Say something urgent in the zone's group chat: the kind's sentence with its number, and the link."""
    with translation.override(settings.LANGUAGE_CODE):
        text = text_of(kind, number)
        # The robot may be set to take only what holds a keyword; the sender's name is a good one.
        subject = _("%(sender)s, urgent: %(text)s") % {"sender": _("Pinghu ETDZ"), "text": text}
    GroupChatSender().send(Message(subject, f"{subject}\n{absolute(path)}"))


def people_to_mail(*, at: datetime) -> list[int]:
    """Keys of everybody for whom something waits, an at-once mail that failed included."""
    waiting = Notification.objects.to_mail(at=at).order_by("person_id")
    return list(waiting.values_list("person_id", flat=True).distinct())


def mail_waiting(person_id: int, *, at: datetime, how: Collection[str] = (Mail.DIGEST, Mail.AT_ONCE)) -> int:
    """Send this person one mail with all that waits; returns how many notices it told of.

    What the sender raises goes on to the caller, with the notices free again. Whoever left, lost their role or has no
    address gets nothing.
    """
    person = User.objects.filter(pk=person_id, is_active=True).exclude(email="").first()
    if person is None or not person.has_staff_role:
        return 0
    notices = _claim(person_id, at, how)
    if not notices:
        return 0
    keys = [notice.pk for notice in notices]
    try:
        MailSender().send(message_for(person, notices), to=person.email)
    except Exception:
        Notification.objects.filter(pk__in=keys, mail_claimed_at=at).update(mail_claimed_at=None)
        raise
    Notification.objects.filter(pk__in=keys).update(mailed_at=at, mail_claimed_at=None)
    return len(notices)


def _claim(person_id: int, at: datetime, how: Collection[str]) -> list[Notification]:
    with transaction.atomic():
        beat()  # a fence: whoever lost the task claims nothing
        waiting = Notification.objects.to_mail(at=at, how=how).filter(person_id=person_id)
        notices = list(waiting.select_for_update(skip_locked=True).order_by("-is_urgent", "pk"))
        Notification.objects.filter(pk__in=[notice.pk for notice in notices]).update(mail_claimed_at=at)
    return notices


def message_for(person: Any, notices: Sequence[Notification]) -> Message:
    """The mail in the person's language: of each notice the sentence with its number, and the link to open it."""
    with translation.override(person.language):
        context = {
            "lines": [
                {"text": notice.text, "url": absolute(f"{INBOX_PATH}{notice.pk}/open/")}
                for notice in notices[:MAX_LINES]
            ],
            "more": max(len(notices) - MAX_LINES, 0),
            "inbox_url": absolute(INBOX_PATH),
            "settings_url": absolute(f"{INBOX_PATH}settings/"),
        }
        return Message(_subject(notices), render_to_string("admin/inbox/mail.txt", context))


def _subject(notices: Sequence[Notification]) -> str:
    first = notices[0]
    if len(notices) > 1:
        return _("New notices: %(count)s") % {"count": len(notices)}
    return _("Urgent: %(text)s") % {"text": first.text} if first.is_urgent else first.text


def absolute(path: str) -> str:
    """The address that a link outside the product needs."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"
