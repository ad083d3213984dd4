"""Counterparts (客商): entered once, with their number and comparable name."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from directory.models.enterprises import credit_code_message
from directory.rules import uscc as credit_code
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, editable_fields, save_record
from promotion.matching import name_key
from promotion.rules.confidentiality import LEVELS, level_problem
from promotion.services.leads import locked, lowered_text
from promotion.services.numbers import COUNTERPART, next_number

_KEPT = frozenset({"number", "name_key"})


def save_counterpart(
    counterpart: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Enter a counterpart, or write the named fields of one. Return the stored row.

    A new one gets its number and, where none are given, `by` as owner and the owner's department as unit. Locks the
    number series (new) or the row. Raises StaleVersion, and DomainError with field errors.
    """
    creating = counterpart._state.adding
    with change(by=by, verb="created" if creating else "updated", door=door, why=why):
        counterpart.name = " ".join(counterpart.name.split())
        counterpart.name_key = name_key(counterpart.name)
        counterpart.uscc = credit_code.normalise(counterpart.uscc or "")
        wanted = None if fields is None else set(fields) - _KEPT
        if (creating or wanted is None or "uscc" in wanted) and counterpart.uscc:
            _check_code(counterpart.uscc)
        if creating:
            if counterpart.owner_id is None and getattr(by, "pk", None):
                counterpart.owner = by
            if counterpart.unit_id is None and counterpart.owner_id is not None:
                first = counterpart.owner.memberships.select_related("department").first()
                counterpart.unit = first.department if first is not None else None
            counterpart.number = next_number(COUNTERPART, at or timezone.now())
            return save_record(counterpart, by=by, door=door, why=why, children=children)
        row = locked(counterpart)
        level = counterpart.confidentiality
        writes_level = wanted is None or "confidentiality" in wanted
        if writes_level and level in LEVELS and level_problem(row.confidentiality, level):
            raise DomainError(code="lowered_without_publication", fields={"confidentiality": [lowered_text()]})
        names = [field.name for field in editable_fields(counterpart) if wanted is None or field.name in wanted]
        names = [name for name in names if name not in _KEPT]
        names += ["name_key"] if "name" in names else []
        return save_record(
            counterpart, fields=names, by=by, door=door, if_version=if_version, why=why, children=children
        )


def _check_code(code: str) -> None:
    if problem := credit_code.problem(code):
        raise DomainError(code="invalid_uscc", fields={"uscc": [credit_code_message(problem)]})
