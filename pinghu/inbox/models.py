"""What a person was told, and what each wants to be told and how."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pinghu.inbox import rules
from pinghu.inbox.kinds import MAX_CODE_LENGTH, kind_of, text_of
from pinghu.ledger.history import tracked
from pinghu.records import Record, RecordQuerySet

MAX_NUMBER_LENGTH = 20
MAX_PATH_LENGTH = 300


class Mail(models.TextChoices):
    """How a kind of notice is mailed."""

    NEVER = rules.NEVER, _("No mail")
    DIGEST = rules.DIGEST, _("In the morning")
    AT_ONCE = rules.AT_ONCE, _("At once")


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notices belong to the person told; nobody else sees them, whatever their role."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(person_id=user.pk)

    def in_inbox(self) -> Self:
        return self.filter(by_inbox=True)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def to_mail(self, *, at: datetime, how: Collection[str] = (Mail.DIGEST, Mail.AT_ONCE)) -> Self:
        """What waits to be mailed and is being mailed by nobody at this moment.

        A mail under way holds its notices for half a task's lease: longer than a mail takes, and shorter than it takes
        until a dead worker's task is given to another, who then finds them free.
        """
        free = Q(mail_claimed_at__isnull=True) | Q(
            mail_claimed_at__lte=at - timedelta(seconds=settings.TASK_LEASE_SECONDS / 2)
        )
        return self.unread().filter(free, mailed_at__isnull=True, mail__in=how)


class Notification(models.Model):
    """One person was told one thing: a number and a link. The words are made when it is read, in the reader's language.

    How it reaches the person (`by_inbox`, `mail`) is what they had chosen when it was made.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=MAX_CODE_LENGTH)
    number = models.CharField(_("number"), max_length=MAX_NUMBER_LENGTH)
    path = models.CharField(_("leads to"), max_length=MAX_PATH_LENGTH)
    params = models.JSONField(_("details"), default=dict, blank=True)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    by_inbox = models.BooleanField(_("in the inbox"), default=True)
    mail = models.CharField(_("by mail"), max_length=10, choices=Mail.choices, default=Mail.NEVER)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mail_claimed_at = models.DateTimeField(_("mail begun at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    #: NULL where nothing is to be told once only: NULLs are never equal.
    dedup_key = models.CharField(_("told once"), max_length=100, null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notification_of_person"),
            models.Index(fields=["person"], name="notification_unread", condition=Q(read_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "dedup_key"], name="notification_told_once"),
            models.CheckConstraint(
                condition=Q(path__startswith="/") & ~Q(path__startswith="//"), name="notification_path_is_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What it says, in the language spoken now."""
        return text_of(self.kind, self.number)

    @property
    def detail(self) -> str:
        """What else helps; for the person's own eyes, never sent."""
        kind = kind_of(self.kind)
        return kind.detail_for(self.params) if kind is not None else ""


class SubscriptionQuerySet(RecordQuerySet):
    """What people chose; each sees their own."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(person_id=user.pk)


class Subscription(Record):
    """What one person chose for one kind of notice; without a row the kind's own default holds."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=MAX_CODE_LENGTH)
    by_inbox = models.BooleanField(_("in the inbox"), default=True)
    mail = models.CharField(_("by mail"), max_length=10, choices=Mail.choices, default=Mail.DIGEST)

    objects = SubscriptionQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("notice choice")
        verbose_name_plural = _("notice choices")
        ordering = ["person", "kind"]
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="subscription_once")]

    def __str__(self) -> str:
        kind = kind_of(self.kind)
        return str(kind.title) if kind is not None else self.kind
