"""Whom to tell of what: those near a lead or project who may know of it. A number and a link, nothing of its content.

Every call stands in the transaction of what it tells of. Nobody is told what they did themselves.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils import timezone

from pinghu.accounts.models import User
from pinghu.inbox.models import MAX_NUMBER_LENGTH
from pinghu.inbox.rules import is_one_word
from pinghu.inbox.services import MAX_PARAM_LENGTH, Telling, notify, notify_many
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save
from promotion.models import ActionItem, Level, ProgressNote
from promotion.models.base import viewer_of
from promotion.people import heads_of, people_at_work
from promotion.rules.confidentiality import CODE_NAME, FULL, sight

#: Not by `reverse`: a worker may serve no admin, and its notices must lead there all the same.
MY_DAY = "/admin/my-day/"


def page_of(row: Any) -> str:
    """The page of a record in the admin."""
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def tell(
    kind: str,
    people: Iterable[Any],
    about: Any,
    *,
    by: Any,
    at: datetime.datetime,
    path: str = "",
    masked_path: str = "",
    urgent: bool = False,
    is_private: bool = False,
    dedup_key: str = "",
    **params: Any,
) -> int:
    """Tell people (or their keys) of something about a guarded record; returns how many were told.

    Whoever sees it whole gets its number and `path` (else its page). Whoever may only know of it gets the name that
    they know, and `masked_path`; without one they are told nothing, like those who may not even know. What is
    restricted, confidential or `is_private` stays out of the group chat. Five queries and two a person.
    """
    keys = {getattr(person, "pk", person) for person in people} - {None, getattr(by, "pk", None)}
    if not keys:
        return 0
    guarded = about.guarded()
    seen: dict[str, list[User]] = {FULL: [], CODE_NAME: []}
    for person in User._base_manager.filter(pk__in=keys).order_by("pk"):
        seen.setdefault(sight(viewer_of(person), guarded, about.subject), []).append(person)
    common: dict[str, Any] = {
        "params": {name: _short(value) for name, value in params.items()},
        "urgent": urgent,
        "is_private": is_private or about.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL),
        "dedup_key": dedup_key,
        "at": at,
    }
    told = notify(seen[FULL], kind, number=about.number, path=path or page_of(about), **common)
    if masked_path:
        told += notify(seen[CODE_NAME], kind, number=_masked_name(about), path=masked_path, **common)
    return told


def tell_many(
    kind: str,
    tellings: Iterable[tuple[Any, Collection[int], str]],
    *,
    by: Any,
    at: datetime.datetime,
    urgent: bool = False,
) -> int:
    """Tell of many guarded records (each with keys of people and a dedup key) those who see them whole.

    As `tell` of each; members must be prefetched. The same number of queries for many as for few.
    """
    every = list(tellings)
    keys = {key for _about, people, _dedup in every for key in people} - {None, getattr(by, "pk", None)}
    if not keys:
        return 0
    known = people_at_work(keys)
    viewers = {key: viewer_of(person) for key, person in known.items()}
    found = []
    for about, people, dedup_key in every:
        guarded = about.guarded()
        seeing = [key for key in people if key in viewers and sight(viewers[key], guarded, about.subject) == FULL]
        is_private = about.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL)
        found.append(
            Telling(
                [known[key] for key in seeing], about.number, page_of(about), is_private=is_private, dedup_key=dedup_key
            )
        )
    return notify_many(kind, found, urgent=urgent, at=at)


def _masked_name(about: Any) -> str:
    name = about.code_name
    return name if is_one_word(name) and len(name) <= MAX_NUMBER_LENGTH else about.number


def _short(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)[:MAX_PARAM_LENGTH]


# --- rows that every door writes by a plain save ----------------------------------------------------------------------


@after_save(ActionItem)
def tell_of_action_items(rows: Sequence[Any]) -> None:
    """Whoever is to answer, once for each item that they get; whoever gave it, once it is answered."""
    by, at = current_change().by, timezone.now()
    for item in rows:
        if item.answered_at is not None:
            key = f"{item.public_id}:{item.answered_at:%Y%m%dT%H%M%S}"
            _tell_of_item("action_item_answered", item.given_by_id, item, by=by, at=at, dedup_key=key)
        elif item.origin != ActionItem.Origin.SYSTEM:
            day = item.due_on.isoformat()
            _tell_of_item(
                "action_item_given", item.person_id, item, by=by, at=at, dedup_key=f"{item.public_id}", day=day
            )


def _tell_of_item(kind: str, person: Any, item: Any, *, by: Any, at: Any, dedup_key: str, **params: Any) -> None:
    about = item.project or item.lead
    path = page_of(item)
    if about is not None:
        tell(kind, [person], about, by=by, at=at, path=path, dedup_key=dedup_key, **params)
    elif person is not None and person != getattr(by, "pk", None):
        people = User._base_manager.filter(pk=person)
        notify(people, kind, number=f"#{item.pk}", path=path, params=params, dedup_key=dedup_key, at=at)


@after_save(ProgressNote)
def tell_of_help_needed(rows: Sequence[Any]) -> None:
    """Those who answer for the unit that a project needs help from, once for each note and unit."""
    by, at = current_change().by, timezone.now()
    for note in rows:
        if note.help_needed and note.help_from_id is not None:
            key = f"{note.public_id}:{note.help_from_id}"
            people = heads_of(note.help_from_id)
            tell("help_needed", people, note.project, by=by, at=at, masked_path=MY_DAY, dedup_key=key)
