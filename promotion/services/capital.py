"""Capital records: contracted and arrived amounts of an enterprise, entered and corrected one by one.

The enterprise is locked while its series are looked at, so that two decreases at once cannot take away more than there
is. A record is a fact of the enterprise: it may be entered after its project has ended too.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Enterprise
from directory.services.merging import survivor_of
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import CapitalRecord
from promotion.rules import capital
from promotion.rules.working_time import local_day

#: What decides whether a series stays above zero.
_OF_THE_SERIES = ("enterprise_id", "kind", "currency", "amount", "on")


def save_capital_record(
    record: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Enter a capital record, or write the named fields of one. Return the stored record.

    Refused are an arrival dated in the future, a decrease beyond what there is on that day or later (also by an edit
    of an earlier amount), a project or file of somebody else's, a deadline of what was not contracted. Locks the
    enterprise, or both where an edit moves the record. Raises StaleVersion, DomainError with field errors.
    """
    day = local_day(at or timezone.now())
    with change(by=by, verb="created" if record._state.adding else "updated", door=door, why=why):
        before = None
        if record._state.adding:
            if record.enterprise_id is not None:
                record.enterprise = survivor_of(record.enterprise)
        else:
            before = CapitalRecord._base_manager.filter(pk=record.pk).first()
        _lock_enterprises({row.enterprise_id for row in (record, before) if row is not None})
        if before is not None:
            # Read again: somebody may have changed it while we waited for the lock.
            before = CapitalRecord._base_manager.filter(pk=record.pk).first()
        saved = save_record(record, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)
        # Afterwards, on the row as it would stand; a refusal undoes it.
        _check(before, saved, day)
        return saved


def _lock_enterprises(keys: set[Any]) -> None:
    found = Enterprise._base_manager.select_for_update().filter(pk__in=keys - {None}).order_by("pk")
    list(found.values_list("pk", flat=True))


def _check(before: Any, saved: Any, day: datetime.date) -> None:
    fields: dict[str, list[str]] = {}
    if saved.kind == capital.ACTUAL and saved.on > day:
        fields["on"] = [_("This day lies in the future. Enter what arrived once it has arrived.")]
    if saved.due_on is not None and (saved.kind != capital.CONTRACTED or saved.amount <= 0):
        fields["due_on"] = [_("Only a contracted amount above 0 has a day by which it is to be paid in.")]
    elif saved.due_on is not None and saved.due_on < saved.on:
        fields["due_on"] = [_("This day is before the day of the contract.")]
    project = saved.project
    if project is not None and project.enterprise_id not in (None, saved.enterprise_id):
        fields["project"] = [_("This project belongs to another enterprise.")]
    if saved.evidence is not None and saved.evidence.project_id != saved.project_id:
        # Whoever sees the record reads the file's name: both hang on the same project.
        fields["evidence"] = [_("Choose a file of the same project.")]
    if _falls_below_zero(before, saved):
        fields["amount"] = [
            _("This takes away more than there is on that day or later. Check amount, day, kind and currency.")
        ]
    if fields:
        raise DomainError(code="below_zero" if list(fields) == ["amount"] else "invalid", fields=fields)


def _falls_below_zero(before: Any, saved: Any) -> bool:
    """Whether a decrease of the series that this change touches takes away more than there is."""
    if before is None:
        return saved.amount < 0 and _has_problem(saved, only=saved.pk)
    if all(getattr(before, name) == getattr(saved, name) for name in _OF_THE_SERIES):
        return False
    # The series that the record left may have rested on it; the one that it joined only suffers from a decrease.
    return _has_problem(before) or _has_problem(saved)


def _has_problem(of: Any, *, only: int | None = None) -> bool:
    """Ask the rule for each decrease of the series (or for one record) beside all others of the enterprise.

    Rows that the person may not see count as well: the message names no figure.
    """
    found = CapitalRecord._base_manager.filter(enterprise=of.enterprise_id, kind=of.kind, currency=of.currency)
    rows = {
        row.pk: capital.Entry(row.kind, row.amount, row.currency, row.on)
        for row in found.only("kind", "amount", "currency", "on").order_by("pk")
    }
    for key, entry in rows.items():
        if entry.amount >= 0 or (only is not None and key != only):
            continue
        others = (other for pk, other in rows.items() if pk != key)
        if "below_zero" in capital.entry_problems(entry, others):
            return True
    return False
