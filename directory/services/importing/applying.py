"""Carrying out a plan, in chunks of one transaction each: records, history, events, memory of sources and search index.

Killed at any moment it loses and doubles nothing: a line's outcome is written with what it did, and the next run takes
the lines without one. The run's own row is the lock between two appliers.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import FieldSource, ImportRow, ImportRun, StatusCheck
from directory.models.imports import Verdict
from directory.services.importing.comparing import Changes
from directory.services.importing.fields import as_json
from directory.services.importing.kinds import kind_of
from directory.services.importing.kinds.base import Job, Kind
from directory.services.importing.planning import count, save_rows
from directory.services.importing.problems import problem
from pinghu.errors import DomainError
from pinghu.jobs.lease import beat
from pinghu.ledger.bulk import create_many, update_many
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.models import Door
from pinghu.ledger.saving import run_after_save

CHUNK = 500
#: SQLite's write lock is not fair: others get their turn between two chunks.
PAUSE_SECONDS = 0.05
Status, Outcome, Decision = ImportRun.Status, ImportRow.Outcome, ImportRow.Decision

#: Lines that need no person's choice (any more).
APPLICABLE = (
    Q(verdict__in=[Verdict.NEW, Verdict.UPDATE]) & ~Q(decision=Decision.SKIP)
    | Q(verdict=Verdict.DUPLICATE, decision__in=[Decision.CREATE, Decision.UPDATE])
    | Q(verdict=Verdict.CONFLICT, decision__in=[Decision.TAKE_FILE, Decision.KEEP_OURS])
)
_MEMORY_KEY = ("subject_type", "subject_id", "field")
_MEMORY = ("value", "source", "import_run", "at")
_COLUMNS = ["outcome", "target_id", "applied_version", "before", "problems"]


def applicable(run: ImportRun) -> QuerySet[ImportRow]:
    """Lines that applying would write now."""
    return run.rows.filter(APPLICABLE, outcome="")


def apply_run(run: ImportRun, *, by: Any = None) -> ImportRun:
    """Write what the plan says and no person need decide; safe to call again. Raises DomainError in a wrong status."""
    _begin(run)
    last = 0
    while (last := _apply_chunk(run, last, by)) >= 0:
        pause()
    _finish(run, by)
    return run


def pause() -> None:
    """Let other writers in between two chunks."""
    if connection.vendor == "sqlite":
        time.sleep(PAUSE_SECONDS)


def _begin(run: ImportRun) -> None:
    with transaction.atomic():
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if stored.status not in {Status.PLANNED, Status.APPLYING, Status.APPLIED}:
            raise DomainError(
                _("This import is %(status)s; it cannot be applied now.") % {"status": stored.get_status_display()},
                code="wrong_status",
            )
        run.refresh_from_db()
        waiting = applicable(run).count()
        run.done_rows = run.rows.exclude(outcome="").count() if run.status == Status.APPLYING else 0
        run.status, run.message = Status.APPLYING, ""
        run.counts = {**run.counts, "to_apply": run.done_rows + waiting}
        run.save(update_fields=["status", "done_rows", "message", "counts", "updated_at"])


def _apply_chunk(run: ImportRun, last: int, by: Any) -> int:
    """Apply the lines after number `last`; returns the last number looked at, -1 when none was left."""
    size = kind_of(run.kind).chunk or CHUNK
    rows = list(applicable(run).filter(number__gt=last).order_by("number").values_list("pk", "number")[:size])
    if not rows:
        return -1
    _apply_rows(run, [pk for pk, _number in rows], by)
    return rows[-1][1]


def _apply_rows(run: ImportRun, keys: Sequence[int], by: Any) -> None:
    """One transaction; where the database refuses it (a code taken at this moment), the halves, then the line alone."""
    try:
        with change(by=by, verb="imported", door=Door.IMPORT, why=run.file_name):
            beat()
            ImportRun.objects.select_for_update().get(pk=run.pk)
            rows = list(applicable(run).filter(pk__in=keys).order_by("number"))
            kind = kind_of(run.kind)
            (_write_lines if kind.writes_lines else _write)(run, kind, rows)
            run.done_rows += len(keys)
            run.save(update_fields=["done_rows", "updated_at"])
    except IntegrityError:
        if len(keys) > 1:
            half = len(keys) // 2
            _apply_rows(run, keys[:half], by)
            _apply_rows(run, keys[half:], by)
            return
        row = ImportRow.objects.get(pk=keys[0])
        _refuse(row, "taken_since_plan")
        save_rows([row], _COLUMNS)


def _refuse(row: ImportRow, code: str, **values: Any) -> None:
    row.outcome = Outcome.REFUSED
    row.problems = [*row.problems, problem(code, **values)]


def _write(run: ImportRun, kind: Kind, rows: Sequence[ImportRow]) -> None:
    for row in rows:
        row.before = None
    subjects = kind.subjects(_targets(run, rows), lock=True)
    made = [row for row in rows if row.target_id is None and "@line" not in row.values]
    jobs = [Job(row, kind.new_subject(_plain(row.values), run)) for row in made]
    create_many([job.subject for job in jobs], consequences=False, events=False)
    for job in jobs:
        job.row.target_id, job.row.outcome = job.subject.pk, Outcome.CREATED
        subjects[job.subject.pk] = job.subject
    created = {job.subject.pk for job in jobs}
    audiences = {key: "" if key in created else subject.audience() for key, subject in subjects.items()}
    numbers = {row.number for row in made}
    changed = _changed(run, kind, [row for row in rows if row.number not in numbers], subjects, made)
    wanted = [(job, _plain(job.row.values)) for job in jobs]
    taken = [(job, _taken(job.row)) for job in changed]
    previous = _memories(kind, changed)
    touched: dict[int, set[str]] = {}
    columns: set[str] = set()
    for job, free in taken:
        old = {
            kind.columns[name]: as_json(getattr(job.subject, kind.columns[name]))
            for name in free
            if name in kind.columns
        }
        job.row.before = {"columns": old}
        for name in free:
            if name in kind.columns:
                value = kind.to_python(kind.columns[name], free[name]["new"])
                setattr(job.subject, kind.columns[name], value)
                columns.add(kind.model._meta.get_field(name).name)
        touched.setdefault(job.subject.pk, set()).update(free)
        values = {name: entry["new"] for name, entry in free.items()}
        also = kind.also({name: [entry["old"], entry["new"]] for name, entry in free.items()})
        for name, more in also.items():
            values[name] = [*(values.get(name) or []), *more]
        wanted.append((job, values))
        job.row.outcome = Outcome.UPDATED
    update_many(list({job.subject.pk: job.subject for job in changed}.values()), columns)
    _write_children(run, kind, wanted)
    _remember(run, kind, wanted)
    everyone = list({job.subject.pk: job.subject for job, _values in wanted}.values())
    run_after_save(kind.model, everyone)
    append_events(
        [
            event_for(
                subject,
                "imported",
                changed_fields=touched.get(subject.pk, set()),
                before=audiences[subject.pk],
                after=subject.audience(),
            )
            for subject in everyone
        ]
    )
    for job, _values in wanted:
        row = job.row
        row.applied_version = job.subject.version
        row.before = {
            **(row.before or {}),
            "made": job.made,
            "changed": job.changed,
            "memory": previous.get(row.pk, {}),
        }
    save_rows(rows, _COLUMNS)


def _write_lines(run: ImportRun, kind: Kind, rows: Sequence[ImportRow]) -> None:
    """Each line through its record's own service; what that refuses is the outcome of this line alone."""
    for row in rows:
        row.before = None
    subjects = kind.subjects(_targets(run, rows), lock=True)
    changed = _changed(run, kind, [row for row in rows if row.target_id is not None], subjects, [])
    jobs = [Job(row, kind.new_subject(_plain(row.values), run)) for row in rows if row.target_id is None]
    previous = _memories(kind, changed)
    written: list[tuple[Job, dict[str, Any]]] = []
    for job in sorted([*jobs, *changed], key=lambda job: job.row.number):
        row, is_new = job.row, job.row.target_id is None
        values = _plain(row.values) if is_new else {name: entry["new"] for name, entry in _taken(row).items()}
        columns = [kind.columns[name] for name in values if name in kind.columns]
        old = {} if is_new else {column: as_json(getattr(job.subject, column)) for column in columns}
        if not is_new:
            for name, value in values.items():
                setattr(job.subject, kind.columns[name], kind.to_python(kind.columns[name], value))
        try:
            with transaction.atomic():
                saved = kind.write_line(job, [kind.field_name(column) for column in columns], run)
        except DomainError as error:
            row.outcome = Outcome.REFUSED
            row.problems = [*row.problems, kind.refusal(error)]
            continue
        job.subject = saved
        row.outcome = Outcome.CREATED if is_new else Outcome.UPDATED
        row.target_id, row.applied_version = saved.pk, saved.version
        row.before = {
            "columns": {**old, **job.columns},
            "made": job.made,
            "changed": job.changed,
            "memory": previous.get(row.pk, {}),
        }
        written.append((job, values))
    _remember(run, kind, written)
    save_rows(rows, _COLUMNS)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.startswith("@")}


def _targets(run: ImportRun, rows: Iterable[ImportRow]) -> set[int]:
    """The records that these lines change; a line that belongs to an earlier one's new record finds it by now."""
    lines = {row.values["@line"] for row in rows if row.target_id is None and "@line" in row.values}
    if lines:
        found = dict(
            run.rows.filter(number__in=lines, target_id__isnull=False)
            .exclude(outcome__in=["", Outcome.REFUSED])
            .values_list("number", "target_id")
        )
        for row in rows:
            if row.target_id is None and "@line" in row.values:
                row.target_id = found.get(row.values["@line"])
    return {row.target_id for row in rows if row.target_id is not None}


def _changed(
    run: ImportRun, kind: Kind, rows: Sequence[ImportRow], subjects: dict[int, Any], made: Sequence[ImportRow]
) -> list[Job]:
    """Jobs of the lines that change a record as the plan saw it; the others are refused, or wait for their first line."""
    by_line = {row.number: row.target_id for row in made}
    jobs = []
    stale = []
    for row in rows:
        if row.target_id is None:
            row.target_id = by_line.get(row.values["@line"])
            if row.target_id is None:
                continue  # the first line is not applied: a person has to decide it
        subject = subjects.get(row.target_id)
        if subject is None or kind.is_gone(subject):
            _refuse(row, "gone_since_plan")
        elif row.target_version is not None and subject.version != row.target_version:
            stale.append((row, subject))
        elif _taken(row):
            jobs.append(Job(row, subject))
    if stale:
        # A version that an earlier line of this very run wrote is no surprise.
        own = set(
            run.rows.filter(target_id__in=[row.target_id for row, _subject in stale], applied_version__isnull=False)
            .values_list("target_id", "applied_version")
        )  # fmt: skip
        for row, subject in stale:
            if (subject.pk, subject.version) in own:
                jobs.append(Job(row, subject))
            else:
                _refuse(row, "changed_since_plan")
    return sorted(jobs, key=lambda job: job.row.number)


def _taken(row: ImportRow) -> Changes:
    """The changes to carry out: all of them only where a person said so."""
    changes: Changes = row.changes
    if row.verdict == Verdict.CONFLICT and row.decision == Decision.TAKE_FILE:
        return changes
    return {name: entry for name, entry in changes.items() if not entry["why"]}


def _write_children(run: ImportRun, kind: Kind, wanted: Sequence[tuple[Job, dict[str, Any]]]) -> None:
    for child in kind.children:
        jobs = [(job, values[child.field]) for job, values in wanted if values.get(child.field)]
        if jobs:
            child.write(jobs, run)


def _memories(kind: Kind, jobs: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """line → field → what the memory of sources held before ([value, source, run] or None)."""
    if not kind.remembers_values:
        return {}
    subjects = {job.subject.public_id for job in jobs}
    found: dict[tuple[str, str], list[Any]] = {}
    rows = FieldSource.objects.filter(
        subject_type=kind.model._meta.model_name, subject_id__in=subjects, field__in=kind.columns
    )
    for subject, name, value, source, run in rows.values_list(
        "subject_id", "field", "value", "source_id", "import_run_id"
    ):
        found[subject, name] = [value, source, run]
    return {
        job.row.pk: {name: found.get((job.subject.public_id, name)) for name in _taken(job.row) if name in kind.columns}
        for job in jobs
    }


def _remember(run: ImportRun, kind: Kind, wanted: Sequence[tuple[Job, dict[str, Any]]]) -> None:
    if not kind.remembers_values:
        return
    label = kind.model._meta.model_name
    rows = {
        (job.subject.public_id, name): FieldSource(
            subject_type=label, subject_id=job.subject.public_id, field=name, value=value,
            source_id=run.source_id, import_run=run,
        )
        for job, values in wanted
        for name, value in values.items()
        if name in kind.columns
    }  # fmt: skip
    remember(list(rows.values()))


def remember(rows: Sequence[FieldSource]) -> None:
    """Write the memory of sources, over what it held; one prepared statement for the many rows of a chunk."""
    if not rows:
        return
    fields: list[Any] = [FieldSource._meta.get_field(name) for name in (*_MEMORY_KEY, *_MEMORY)]
    at = timezone.now()
    for row in rows:
        row.at = at
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows]
    table, columns = FieldSource._meta.db_table, [str(field.column) for field in fields]
    news = ", ".join(f"{field.column} = excluded.{field.column}" for field in fields[len(_MEMORY_KEY) :])
    sql = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({', '.join(_MEMORY_KEY)}) DO UPDATE SET {news}"
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _finish(run: ImportRun, by: Any) -> None:
    with change(by=by, verb="imported", door=Door.IMPORT, why=run.file_name):
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if stored.status != Status.APPLYING:
            return
        if run.is_complete:
            _propose_checks(run)
        run.status, run.applied_at = Status.APPLIED, timezone.now()
        count(run)
        run.save(update_fields=["status", "applied_at", "counts", "updated_at"])


def _propose_checks(run: ImportRun) -> None:
    """Enterprises of ours that a complete list does not hold: somebody should look. Nothing else is changed."""
    absent = kind_of(run.kind).absent(run)
    if absent is None:
        return
    known = StatusCheck.objects.filter(run=run).values("enterprise")
    keys = absent.exclude(pk__in=known).order_by("pk").values_list("pk", flat=True)
    create_many([StatusCheck(run=run, enterprise_id=key) for key in keys], verb="status_check_proposed")
