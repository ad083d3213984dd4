"""Undoing a run: changed records get their values back, made ones go; what was edited since, or is referred to, stays.

In chunks from the last line to the first, resumable like applying. What stays is listed, not touched.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import FieldSource, ImportRow, ImportRun, SearchDoc, SearchKey, StatusCheck
from directory.services.importing.applying import pause, remember
from directory.services.importing.kinds import kind_of
from directory.services.importing.kinds.base import Kind
from directory.services.importing.planning import count, save_rows
from directory.services.importing.problems import problem
from pinghu.errors import DomainError
from pinghu.jobs.lease import beat
from pinghu.ledger.bulk import delete_many, update_many
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.models import Door, Event, HistoryRow
from pinghu.ledger.saving import run_after_save

CHUNK = 500
Status, Outcome = ImportRun.Status, ImportRow.Outcome
_COLUMNS = ["outcome", "applied_version", "problems"]
#: Derived rows, which go with their record.
_DERIVED = (SearchDoc, SearchKey)
#: (model name, primary key)
RowKey = tuple[str, int]


def may_be_undone(run: ImportRun) -> bool:
    """Whether the run's status allows it: also after a new plan of what an applied run had left."""
    if run.status in {Status.PLANNED, Status.FAILED}:
        return run.rows.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED]).exists()
    return run.status in {Status.APPLIED, Status.APPLYING, Status.REVERTING}


def revert_run(run: ImportRun, *, by: Any = None) -> ImportRun:
    """Undo what the run wrote and nobody touched since; safe to call again. Raises DomainError in a wrong status."""
    _begin(run)
    last, size = None, kind_of(run.kind).chunk or CHUNK
    while True:
        rows = run.rows.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED]).order_by("-number")
        if last is not None:
            rows = rows.filter(number__lt=last)
        keys = list(rows.values_list("pk", "number")[:size])
        if not keys:
            break
        _revert_rows(run, [pk for pk, _number in keys], by)
        last = keys[-1][1]
        pause()
    _finish(run, by)
    return run


def _begin(run: ImportRun) -> None:
    with transaction.atomic():
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not may_be_undone(stored):
            raise DomainError(
                _("This import is %(status)s; it cannot be reverted now.") % {"status": stored.get_status_display()},
                code="wrong_status",
            )
        if stored.total_rows and not run.rows.exists():
            raise DomainError(
                _("The lines of this file were deleted when their period was over: it cannot be reverted any more."),
                code="lines_forgotten",
            )
        run.refresh_from_db()
        todo = run.rows.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED]).count()
        run.done_rows = run.rows.filter(outcome__in=[Outcome.REVERTED, Outcome.KEPT]).count()
        run.status, run.message = Status.REVERTING, ""
        run.counts = {**run.counts, "to_revert": run.done_rows + todo}
        run.save(update_fields=["status", "done_rows", "message", "counts", "updated_at"])


def _revert_rows(run: ImportRun, keys: Sequence[int], by: Any) -> None:
    try:
        with change(by=by, verb="import_reverted", door=Door.IMPORT, why=run.file_name):
            beat()
            ImportRun.objects.select_for_update().get(pk=run.pk)
            rows = run.rows.filter(pk__in=keys, outcome__in=[Outcome.CREATED, Outcome.UPDATED])
            _undo(run, kind_of(run.kind), list(rows.order_by("-number")))
            run.done_rows += len(keys)
            run.save(update_fields=["done_rows", "updated_at"])
    except IntegrityError:
        if len(keys) > 1:
            half = len(keys) // 2
            _revert_rows(run, keys[:half], by)
            _revert_rows(run, keys[half:], by)
            return
        row = ImportRow.objects.get(pk=keys[0])
        _keep(row, "edited_since")
        save_rows([row], _COLUMNS)


def _keep(row: ImportRow, code: str, **values: Any) -> None:
    row.outcome = Outcome.KEPT
    row.problems = [*row.problems, problem(code, **values)]


def _undo(run: ImportRun, kind: Kind, rows: Sequence[ImportRow]) -> None:
    subjects = kind.subjects({row.target_id for row in rows if row.target_id is not None}, lock=True)
    children = _children_of(kind, rows)
    # What the run itself wrote last: several of its lines may have changed one record.
    versions = dict(
        run.rows.filter(target_id__in=list(subjects))
        .order_by()
        .values_list("target_id")
        .annotate(n=Max("applied_version"))
    )
    open_rows = []
    kept: set[int] = set()
    for row in rows:
        subject = subjects.get(row.target_id or 0)
        if subject is None or kind.is_gone(subject):
            _keep(row, "gone_since")
        elif row.target_id in kept or subject.version != versions[row.target_id] or _child_edited(row, children):
            kept.add(subject.pk)
            _keep(row, "edited_since")
        else:
            open_rows.append(row)
    open_rows = [row for row in open_rows if not _left_with_its_record(row, kept)]
    made_here = {(name, pk) for row in open_rows for name, pk in (row.before or {}).get("made", ())}
    referred = _references(
        kind, {r.target_id for r in open_rows if r.outcome == Outcome.CREATED and r.target_id}, made_here
    )
    for row in list(open_rows):
        if row.outcome == Outcome.CREATED and row.target_id in referred:
            kept.add(row.target_id)
            _keep(row, "referred_to", hint=", ".join(sorted(referred[row.target_id])))
            open_rows.remove(row)
    _write(kind, [row for row in open_rows if not _left_with_its_record(row, kept)], subjects, children)
    save_rows(rows, _COLUMNS)


def _left_with_its_record(row: ImportRow, kept: Collection[int]) -> bool:
    """A record that stays keeps all that this chunk's lines gave it."""
    if row.target_id not in kept:
        return False
    if row.outcome != Outcome.KEPT:
        _keep(row, "edited_since")
    return True


def _write(kind: Kind, rows: Sequence[ImportRow], subjects: dict[int, Any], children: dict[RowKey, Any]) -> None:
    created = {row.target_id for row in rows if row.outcome == Outcome.CREATED}
    audiences = {key: subject.audience() for key, subject in subjects.items()}
    name_of = {field.attname: field.name for field in kind.model._meta.concrete_fields}
    restored: dict[int, Any] = {}
    columns: set[str] = set()
    gone: dict[str, list[Any]] = defaultdict(list)
    mended: dict[str, list[Any]] = defaultdict(list)
    memories: list[FieldSource] = []
    forgotten: list[tuple[str, str]] = []
    touched: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        subject, before = subjects[row.target_id or 0], row.before or {}
        for name, pk in before.get("made", ()):
            gone[name].append(children[name, pk])
        if row.target_id in created:
            continue
        for column, value in before.get("columns", {}).items():
            setattr(subject, column, kind.to_python(column, value))
            columns.add(name_of[column])
            touched[subject.pk].add(name_of[column])
        for name, pk, values, _version in before.get("changed", ()):
            child = children[name, pk]
            for column, value in values.items():
                field = next(f for f in child._meta.concrete_fields if f.attname == column)
                setattr(child, column, (field.target_field if field.is_relation else field).to_python(value))
            mended[name].append(child)
        for name, held in before.get("memory", {}).items():
            if held is None:
                forgotten.append((subject.public_id, name))
            else:
                memories.append(
                    FieldSource(
                        subject_type=subject._meta.model_name, subject_id=subject.public_id, field=name,
                        value=held[0], source_id=held[1], import_run_id=held[2],
                    )
                )  # fmt: skip
        restored[subject.pk] = subject
    for model_rows in gone.values():
        delete_many(model_rows)
    for model_rows in mended.values():
        update_many(model_rows, {f.name for f in model_rows[0]._meta.concrete_fields if not f.primary_key})
    update_many(list(restored.values()), columns)
    deleted = [subjects[key] for key in created if key is not None]
    events = [
        event_for(
            subject, "import_reverted", changed_fields=touched[key], before=audiences[key], after=subject.audience()
        )
        for key, subject in restored.items()
    ]
    events += [event_for(subject, "deleted", before=audiences[subject.pk]) for subject in deleted]
    _forget(kind, deleted, forgotten)
    remember(_last_of(memories))
    delete_many(deleted)
    run_after_save(kind.model, [*restored.values(), *deleted])
    append_events(events)
    for row in rows:
        row.outcome = Outcome.REVERTED
        if row.target_id in restored:
            row.applied_version = restored[row.target_id].version


def _last_of(rows: Sequence[FieldSource]) -> list[FieldSource]:
    """One memory a field: that of the run's first line, which is undone last."""
    return list({(row.subject_id, row.field): row for row in rows}.values())


def _forget(kind: Kind, deleted: Sequence[Any], forgotten: Sequence[tuple[str, str]]) -> None:
    label = kind.model._meta.model_name
    FieldSource.objects.filter(subject_type=label, subject_id__in=[row.public_id for row in deleted]).delete()
    by_field: dict[str, list[str]] = defaultdict(list)
    for subject, name in forgotten:
        by_field[name].append(subject)
    for name, ids in by_field.items():
        FieldSource.objects.filter(subject_type=label, field=name, subject_id__in=ids).delete()


def _children_of(kind: Kind, rows: Sequence[ImportRow]) -> dict[RowKey, Any]:
    """The rows below that these lines made or changed, as they stand now; a query a model."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        before = row.before or {}
        for name, pk, *_rest in [*before.get("made", ()), *before.get("changed", ())]:
            wanted[name].add(pk)
    return {
        (name, child.pk): child
        for name, keys in wanted.items()
        for child in apps.get_model(kind.model._meta.app_label, name)._base_manager.filter(pk__in=keys)
    }


def _child_edited(row: ImportRow, children: dict[RowKey, Any]) -> bool:
    before = row.before or {}
    made = [(name, pk, 1) for name, pk in before.get("made", ())]
    changed = [(name, pk, version) for name, pk, _values, version in before.get("changed", ())]
    return any(
        (child := children.get((name, pk))) is None or child.version != version
        for name, pk, version in [*made, *changed]
    )


def _references(kind: Kind, ids: Collection[int], own: Collection[RowKey]) -> dict[int, set[str]]:
    """Which of these records other rows refer to, by what, leaving out what the run itself made below them."""
    found: dict[int, set[str]] = defaultdict(set)
    if not ids:
        return found
    for relation in kind.model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)) or relation.concrete:
            continue
        model, column = relation.related_model, relation.field
        if issubclass(model, HistoryRow) or model in _DERIVED:
            continue
        label = model._meta.model_name
        # The range makes SQLite look into the index: where nearly all rows refer to nothing, a list of keys alone
        # makes it read the whole table.
        bounds = {f"{column.name}__gte": min(ids), f"{column.name}__lte": max(ids), f"{column.name}__in": ids}
        for key, pk in model._base_manager.filter(**bounds).order_by().values_list(column.attname, "pk"):
            if (label, pk) not in own:
                found[key].add(str(model._meta.verbose_name))
    return found


def _finish(run: ImportRun, by: Any) -> None:
    with change(by=by, verb="import_reverted", door=Door.IMPORT, why=run.file_name):
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if stored.status != Status.REVERTING:
            return
        checks = list(StatusCheck.objects.filter(run=run, answered_on__isnull=True, answer=""))
        events: list[Event] = [event_for(check, "deleted", before=check.audience()) for check in checks]
        delete_many(checks)
        append_events(events)
        run.status, run.reverted_at = Status.REVERTED, timezone.now()
        count(run)
        run.save(update_fields=["status", "reverted_at", "counts", "updated_at"])
