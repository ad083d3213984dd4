"""The one place where what was recorded is rewritten: personal data whose time is over leaves history too.

Who acted when, through which door, and on which fields stays; only values go. The service that calls this leaves a
Change of its own, so that the rewriting is on record.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models

from pinghu.ledger.models import Change


def rewrite_history(model: Any, values: Mapping[int, Mapping[str, Any]]) -> None:
    """Write these values (by `history_id`) into history rows of `model`; a statement a row."""
    for key, fields in values.items():
        model.history.filter(history_id=key).update(**fields)


def forget_history(model: Any, keys: Collection[int]) -> int:
    """Delete all history of rows of `model`; returns how many rows it had."""
    deleted, _by_model = model.history.filter(id__in=list(keys)).delete()
    return int(deleted)


def rewrite_reasons(reasons: Mapping[int, str]) -> None:
    """Write these reasons (by key) over those of changes; a statement a change."""
    for key, why in reasons.items():
        models.QuerySet(Change).filter(pk=key).update(why=why)


def reasons_of(changes: Collection[int]) -> dict[int, str]:
    """The reasons given with these changes, by their key; one query."""
    rows = Change.objects.filter(pk__in=changes).exclude(why="").order_by("pk")
    return dict(rows.values_list("pk", "why"))
