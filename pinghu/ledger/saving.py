"""`save_record` and `delete_record`: the one way a plain edit is written, whichever door it came through.

A named verb (merge, apply an import, …) is a service of its own; where a model's edit has consequences (the search
index, a parent's derived column) the app registers them with `after_save`, so that no door can forget them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from pinghu.errors import DomainError, StaleVersion, messages_of
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.records import Record, visible_among

AfterSave = Callable[[Sequence[Any]], None]
_after_save: dict[type[models.Model], list[AfterSave]] = defaultdict(list)

#: So many of the rows that forbid a deletion are looked at to name their kinds.
_LOOKED_AT = 1000
#: Kept by the kernel, never taken from a caller.
KERNEL_FIELDS = frozenset({"id", "public_id", "version", "created_at", "updated_at"})


def after_save(model: type[models.Model]) -> Callable[[AfterSave], AfterSave]:
    """Register `function(rows)` to run in the transaction after rows of `model` were saved or deleted.

    Deleted rows still carry their values, with `pk` set. Bulk writers call `run_after_save` themselves.
    """

    def register(function: AfterSave) -> AfterSave:
        _after_save[model].append(function)
        return function

    return register


def run_after_save(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Run what was registered for `model`; called inside the writer's transaction."""
    for function in _after_save[model]:
        function(rows)


@dataclass(frozen=True, slots=True)
class ChildSave:
    """One row below a record, to be saved or deleted with it."""

    key: str  #: what the caller calls it (a form's prefix); errors come back under it
    record: models.Model  #: carries the new values
    fields: Sequence[str] | None = None  #: which were changed; None = all (a new row)
    parent_field: str = ""  #: the foreign key to the record
    delete: bool = False
    if_version: int | None = None  #: refuse if the row has been saved since; None = the record's version guards it


def save_record(
    record: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
    verb: str = "",
) -> Any:
    """Write the named fields of `record` and its children in one transaction; return the stored record.

    Locks the row, compares `if_version`, validates the merged row, raises its version by one, writes history, one
    event and the registered consequences. A record without real changes is left alone. Raises StaleVersion when
    somebody saved since `if_version`, DomainError with field errors for everything else that a rule refuses.
    """
    creating = record._state.adding
    verb = verb or ("created" if creating else "updated")
    try:
        with change(by=by, verb=verb, door=door, why=why):
            before = "" if creating else None
            if creating:
                target, changed = record, sorted(_filled(record))
            else:
                target = _locked(record)
                before = target.audience()
                if if_version is not None and target.version != if_version:
                    raise _stale(target, if_version)
                changed = _take_over(target, record, fields)
            rows = _merged_children(target, children)
            if not creating and not changed and not rows:
                return target
            child_names = sorted({str(row._meta.model_name) for _child, row in rows})
            _validate(target)
            if not creating:
                target.version += 1
            target.save()
            _save_children(target, rows, by)
            run_after_save(type(target), [target])
            append_events(
                [
                    event_for(
                        target,
                        verb,
                        changed_fields=[*changed, *child_names],
                        before=before or "",
                        after=target.audience(),
                    )
                ]
            )
            return target
    except IntegrityError as error:
        if not _is_race(error):
            raise
        raise DomainError(
            _("Somebody else saved a matching record at this moment. Look at it, then try again."), code="conflict"
        ) from error


def delete_record(record: Any, *, by: Any, door: str, if_version: int | None = None, why: str = "") -> None:
    """Delete one record that nothing refers to; history keeps it. Raises DomainError naming what refers to it."""
    try:
        with change(by=by, verb="deleted", door=door, why=why):
            target = _locked(record)
            if if_version is not None and target.version != if_version:
                raise _stale(target, if_version)
            event = event_for(target, "deleted", before=target.audience())
            key = target.pk
            target.delete()
            target.pk = key
            run_after_save(type(target), [target])
            append_events([event])
    except (ProtectedError, RestrictedError) as error:
        raise DomainError(_referred_to(error, by), code="referred_to") from error


def _lock(record: Any) -> Any:
    # Without an order: a model's own may join its parents, and PostgreSQL would lock those rows as well.
    return type(record)._base_manager.select_for_update().order_by().filter(pk=record.pk).first()


def _locked(record: Any) -> Any:
    found = _lock(record)
    if found is None:
        raise DomainError(_("This record was deleted meanwhile."), code="gone")
    return found


def _stale(target: Any, if_version: int) -> StaleVersion:
    theirs: frozenset[str] = frozenset()
    if hasattr(type(target), "history"):
        base = type(target).history.filter(id=target.pk, version=if_version).order_by("-history_id").first()
        if base is not None:
            theirs = frozenset(
                field.name
                for field in editable_fields(target)
                if hasattr(base, field.attname) and getattr(base, field.attname) != getattr(target, field.attname)
            )
    return StaleVersion(
        _("Somebody saved this record after you opened it. Compare both versions, then save yours again."),
        current=target,
        theirs=theirs,
    )


def editable_fields(record: Any) -> list[Any]:
    """The concrete columns that a caller may set."""
    return [field for field in record._meta.concrete_fields if field.name not in KERNEL_FIELDS]


def _filled(record: Any) -> set[str]:
    return {f.name for f in editable_fields(record) if getattr(record, f.attname) not in (None, "", [], {}, f.default)}


def _take_over(target: Any, record: Any, fields: Iterable[str] | None) -> list[str]:
    names = None if fields is None else set(fields)
    changed = []
    for field in editable_fields(target):
        if names is not None and field.name not in names:
            continue
        if getattr(target, field.attname) != getattr(record, field.attname):
            setattr(target, field.attname, getattr(record, field.attname))
            changed.append(field.name)
    return sorted(changed)


def _validate(target: Any) -> None:
    try:
        target.full_clean()
    except ValidationError as error:
        raise DomainError.from_validation(error) from error


MergedChild = tuple[ChildSave, Any]


def _merged_children(parent: Any, children: Sequence[ChildSave]) -> list[MergedChild]:
    """The rows that really change, locked in one order (so that two savers cannot wait for each other), not yet saved.

    A row that is to be deleted and is gone already needs nothing.
    """
    errors: dict[str, dict[str, list[str]]] = {}
    stored = [child for child in children if not child.record._state.adding]
    locked: dict[str, Any] = {}
    for child in sorted(stored, key=lambda child: (child.record._meta.label, child.record.pk)):
        locked[child.key] = _lock(child.record)
    rows: list[MergedChild] = []
    for child in children:
        if child.record._state.adding:
            if not child.delete:
                rows.append((child, child.record))
            continue
        row = locked[child.key]
        if row is None:
            if not child.delete:
                errors[child.key] = {"": [_("This row was deleted meanwhile.")]}
            continue
        if child.if_version is not None and row.version != child.if_version:
            raise _stale(parent, parent.version)
        if child.delete or _take_over(row, child.record, child.fields):
            rows.append((child, row))
    if errors:
        raise DomainError(_("Please correct the rows marked below."), children=errors)
    return rows


def _save_children(parent: Any, rows: Sequence[MergedChild], by: Any) -> None:
    errors: dict[str, dict[str, list[str]]] = {}
    saved: dict[type[models.Model], list[Any]] = defaultdict(list)
    # Deletions first, so that a row may take the place of one that leaves.
    for child, row in sorted(rows, key=lambda pair: not pair[0].delete):
        if child.delete:
            key = row.pk
            try:
                row.delete()
            except (ProtectedError, RestrictedError) as error:
                errors[child.key] = {"": [_referred_to(error, by)]}
                continue
            row.pk = key
        else:
            if child.parent_field:
                setattr(row, child.parent_field, parent)
            try:
                row.full_clean()
            except ValidationError as error:
                errors[child.key] = messages_of(error)
                continue
            if isinstance(row, Record) and not row._state.adding:
                row.version += 1
            row.save()
        saved[type(row)].append(row)
    if errors:
        raise DomainError(_("Please correct the rows marked below."), children=errors)
    for model, changed in saved.items():
        run_after_save(model, changed)


def _referred_to(error: ProtectedError | RestrictedError, by: Any) -> str:
    """Why it stays; kinds of rows are named where the person may see such a row."""
    rows: Iterable[Any] = getattr(error, "protected_objects", None) or getattr(error, "restricted_objects", None) or ()
    seen, has_hidden = (list(rows), False) if by is None else visible_among(list(rows)[:_LOOKED_AT], by)
    named = (
        sorted({str(row._meta.verbose_name) for row in seen}) + [_("records that are not shown to you")] * has_hidden
    )
    return _("Other records refer to this one (%(what)s). Change those first.") % {"what": ", ".join(named)}


def _is_race(error: IntegrityError) -> bool:
    """Whether another writer may have caused it (a unique value, a row that left); a missing value is our own bug."""
    state = getattr(error.__cause__, "sqlstate", None)
    if state is not None:
        return state in {"23505", "23P01", "23503"}  # unique, exclusion, foreign key
    return str(error).startswith(("UNIQUE", "FOREIGN KEY"))
