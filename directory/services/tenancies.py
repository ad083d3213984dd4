"""Tenancies: written while their carrier is locked, so that two at once cannot let the same space."""

from collections.abc import Iterable, Sequence
from typing import Any

from directory.models import Carrier
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record


def save_tenancy(
    tenancy: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Enter a tenancy, or write the named fields of one; called as `save_record` is. Locks the carrier, then the row."""
    with change(by=by, verb="created" if tenancy._state.adding else "updated", door=door, why=why):
        lock_carrier(tenancy.carrier_id)
        return save_record(tenancy, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)


def lock_carrier(key: Any) -> Any:
    """The carrier, locked until the end of the change: nobody else lets or reserves of it meanwhile; None if it left."""
    return Carrier._base_manager.select_for_update().order_by().filter(pk=key).first()
