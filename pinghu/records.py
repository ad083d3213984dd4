"""What every addressable record has: a public id, a version, and one place where its visibility starts."""

import secrets
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

# Without 0/o, 1/l/i and u: readable aloud, no words. Lower case and 12 long, so never mistaken for a credit code
# (18 characters, upper case).
PUBLIC_ID_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
PUBLIC_ID_LENGTH = 12


def new_public_id() -> str:
    """A random id of 12 characters (59 bits), beginning with a letter."""
    first = secrets.choice(PUBLIC_ID_ALPHABET[8:])
    return first + "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(PUBLIC_ID_LENGTH - 1))


class RecordQuerySet(models.QuerySet[Any]):
    """Visibility starts here. A model narrows these two; no surface asks for rows another way."""

    def published(self) -> Self:
        """What anybody may see. Nothing, unless the model says otherwise."""
        return self.none()

    def visible_to(self, user: Any) -> Self:
        """What this person may see: all for staff with a role, else what is published."""
        return self if getattr(user, "has_staff_role", False) else self.published()

    def visible_history(self, user: Any, rows: Any) -> Any:
        """Of these history rows of the model those that this person may read: of rows they see, and of deleted ones."""
        seen = models.Q(id__in=self.visible_to(user).order_by().values("pk"))
        return rows.filter(seen | self._deleted_and_readable(user))

    def _deleted_and_readable(self, user: Any) -> models.Q:
        """Which history rows of deleted rows this person may read."""
        return ~models.Q(id__in=self.model._base_manager.order_by().values("pk"))


class Record(models.Model):
    """Base of every row that has an address of its own."""

    public_id = models.CharField(
        _("public id"), max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def audience(self) -> str:
        """Who may learn of this record: "public" or "staff". The ledger keeps it before and after each change."""
        return "staff"

    def is_confidential(self) -> bool:
        """Whether every read of this record is logged. A model that guards its rows says which; may cost a query."""
        return False


def visible_rows(model: type[models.Model], user: Any) -> models.QuerySet[Any]:
    """What this person may see of `model`; everything where the model does not restrict it."""
    manager = model._default_manager
    return manager.visible_to(user) if hasattr(manager, "visible_to") else manager.all()


def visible_among(rows: Iterable[Any], user: Any) -> tuple[list[Any], bool]:
    """Those of these rows that a person may see, in their order, and whether there are others; one query a model."""
    every = list(rows)
    keys: dict[type[models.Model], set[Any]] = defaultdict(set)
    for row in every:
        keys[type(row)].add(row.pk)
    seen = {
        model: set(visible_rows(model, user).filter(pk__in=wanted).order_by().values_list("pk", flat=True))
        for model, wanted in keys.items()
    }
    shown = [row for row in every if row.pk in seen[type(row)]]
    return shown, len(shown) < len(every)
