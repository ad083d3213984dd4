"""Telling people, and what they do with it: read it, choose what and how they are told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from pinghu.accounts.models import User
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.inbox.kinds import Kind, kind_of, kinds
from pinghu.inbox.mailing import mail_at_once, post_to_group
from pinghu.inbox.models import MAX_NUMBER_LENGTH, MAX_PATH_LENGTH, Mail, Notification, Subscription
from pinghu.inbox.rules import is_one_word, is_safe_path, mail_for
from pinghu.inbox.senders import GroupChatSender
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record

#: A harmless value is a date, a number or a word; a text longer than this is content.
MAX_PARAM_LENGTH = 60
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether a kind stands in the person's inbox, and how it is mailed."""

    by_inbox: bool
    mail: str


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom to tell of one record: its number, where it is, and what `notify` says of the rest."""

    people: Collection[Any]
    number: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    is_private: bool = False
    dedup_key: str = ""


def notify(
    people: Iterable[Any],
    kind: str,
    *,
    number: str,
    path: str,
    params: Mapping[str, Any] | None = None,
    urgent: bool = False,
    is_private: bool = False,
    dedup_key: str = "",
    at: datetime,
) -> int:
    """Tell those of `people` who work here and want to know; returns how many were told.

    Call it in the transaction of what it tells of: notices and the tasks that mail them come or go with it. With a
    `dedup_key` nobody is told the same kind twice, however often or at once a job runs. `path` is an address of this
    site, `number` the record's; `params` are harmless values for the kind's `detail`. What is urgent is said in the
    group chat too, unless it `is_private`: not everybody there may know that the record exists.

    Raises ValueError for a kind that nobody declared and for what a notice must not carry.
    """
    return notify_many(
        kind, [Telling(tuple(people), number, path, params or {}, is_private, dedup_key)], urgent=urgent, at=at
    )


def notify_many(kind: str, tellings: Sequence[Telling], *, urgent: bool = False, at: datetime) -> int:
    """Tell of many records at once, as `notify` of each; the number of queries is the same for many as for few.

    Whoever is mailed at once is mailed once for all of it.
    """
    declared = {place: _checked(kind, each.number, each.path, each.params) for place, each in enumerate(tellings)}
    with transaction.atomic():
        staff = {person.pk: person for person in _staff({person.pk for each in tellings for person in each.people})}
        chosen = {row.person_id: row for row in Subscription.objects.filter(kind=kind, person__in=staff)}
        keys = [each.dedup_key for each in tellings if each.dedup_key]
        known = Notification.objects.filter(kind=kind, dedup_key__in=keys, person__in=staff) if keys else ()
        knowing = {(row.person_id, row.dedup_key) for row in known}
        notices: list[tuple[int, Notification]] = []
        for place, each in enumerate(tellings):
            for key in sorted({person.pk for person in each.people} & staff.keys()):
                choice = chosen.get(key) or _default(declared[place])
                mail = mail_for(choice.mail, urgent=urgent, has_address=bool(staff[key].email))
                if (key, each.dedup_key) in knowing or not (choice.by_inbox or mail != Mail.NEVER):
                    continue
                notice = Notification(
                    person=staff[key],
                    kind=kind,
                    number=each.number,
                    path=each.path,
                    params=dict(each.params),
                    is_urgent=urgent,
                    by_inbox=choice.by_inbox,
                    mail=mail,
                    created_at=at,
                    dedup_key=each.dedup_key or None,
                )
                notices.append((place, notice))
        told = _written(notices)
        for person in dict.fromkeys(notice.person_id for _place, notice in told if notice.mail == Mail.AT_ONCE):
            mail_at_once.enqueue(person)
        if urgent and GroupChatSender().is_configured:
            for place in dict.fromkeys(place for place, _notice in told):
                if not tellings[place].is_private:
                    post_to_group.enqueue(kind, tellings[place].number, tellings[place].path)
    return len(told)


def mark_read(person: Any, *, at: datetime, only: Collection[int] | None = None, up_to: int | None = None) -> int:
    """Mark the person's notices as read: those named, or all up to the newest they saw; returns how many."""
    unread = Notification.objects.visible_to(person).unread()
    if only is not None:
        unread = unread.filter(pk__in=only)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=at)


def choices_of(person: Any) -> dict[str, Choice]:
    """What holds for this person, by the code of every declared kind; one query."""
    rows = {row.kind: Choice(row.by_inbox, row.mail) for row in Subscription.objects.visible_to(person)}
    return {kind.code: rows.get(kind.code) or _default(kind) for kind in kinds()}


def choose(person: Any, choices: Mapping[str, Choice], *, by: Any, door: str) -> None:
    """Keep what this person wants to be told and how; kinds that are not named stay as they are.

    Where mail is refused, what still waits to be mailed is not sent either. Locks the person's choices. Raises
    DomainError.
    """
    with change(by=by, verb="updated", door=door):
        rows = {row.kind: row for row in Subscription.objects.visible_to(person).select_for_update().order_by("pk")}
        for kind in kinds():
            wanted = choices.get(kind.code)
            row = rows.get(kind.code)
            if wanted is None or (Choice(row.by_inbox, row.mail) if row else _default(kind)) == wanted:
                continue
            row = row or Subscription(person=person, kind=kind.code)
            row.by_inbox, row.mail = wanted.by_inbox, wanted.mail
            save_record(row, fields=["by_inbox", "mail"], by=by, door=door)
            if wanted.mail == Mail.NEVER:
                waiting = Notification.objects.visible_to(person).filter(kind=kind.code, mailed_at__isnull=True)
                waiting.update(mail=Mail.NEVER)


def forget_read(*, before: datetime) -> int:
    """Delete what was read before this moment, and what was only mailed and is as old; returns how many."""
    done = Q(read_at__lt=before) | Q(by_inbox=False, created_at__lt=before)
    return Notification.objects.filter(done).delete()[0]


def _staff(keys: Collection[int]) -> list[Any]:
    """Of these people, those who work here today."""
    people = User.objects.filter(pk__in=keys, is_active=True, memberships__role__in=STAFF_ROLES)
    return list(people.distinct().order_by("pk"))


def _default(kind: Kind) -> Choice:
    return Choice(by_inbox=True, mail=kind.default_mail)


def _written(notices: Sequence[tuple[int, Notification]]) -> list[tuple[int, Notification]]:
    """Those that are new: the constraint settles it when two jobs tell the same at one moment."""
    try:
        with transaction.atomic():
            Notification.objects.bulk_create([notice for _place, notice in notices], batch_size=_BATCH)
            return list(notices)
    except IntegrityError:
        return [pair for pair in notices if _is_new(pair[1])]


def _is_new(notice: Notification) -> bool:
    try:
        with transaction.atomic():
            notice.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _checked(code: str, number: str, path: str, params: Mapping[str, Any]) -> Kind:
    kind = kind_of(code)
    if kind is None:
        raise ValueError(f"no app declares the notice {code}")
    if not is_one_word(number) or len(number) > MAX_NUMBER_LENGTH:
        raise ValueError(f"{code}: a number has no blanks and at most {MAX_NUMBER_LENGTH} characters")
    if not is_safe_path(path) or len(path) > MAX_PATH_LENGTH:
        raise ValueError(f"{code}: the link must be an address of this site that begins with one slash")
    if missing := kind.params - params.keys():
        raise ValueError(f"{code}: its detail needs {', '.join(sorted(missing))}")
    for name, value in params.items():
        if not isinstance(value, (str, int, float, bool, type(None))) or len(str(value)) > MAX_PARAM_LENGTH:
            raise ValueError(f"{code}: {name} is no short plain value")
    return kind
