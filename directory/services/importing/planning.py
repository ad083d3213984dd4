"""The plan of a run: one verdict for every line. Nothing but the run and its lines is written: the plan is the dry run.

A plan that was killed is simply made again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import ImportRow, ImportRun, RowDecision
from directory.models.imports import Verdict
from directory.services.importing.cells import LineReader
from directory.services.importing.comparing import settle
from directory.services.importing.kinds import kind_of
from directory.services.importing.kinds.base import Draft, Kind, Plan
from directory.services.importing.staging import check_mapping, is_staged, remember_mapping
from pinghu.errors import DomainError
from pinghu.jobs.lease import beat
from pinghu.ledger.models import Door

CHUNK = 1000
Status, Outcome, Decision = ImportRun.Status, ImportRow.Outcome, ImportRow.Decision

#: A run in one of these may be planned (anew).
PLANNABLE = {Status.UPLOADED, Status.PLANNING, Status.PLANNED, Status.FAILED, Status.APPLIED}
#: Lines that were written, or deliberately left, and are not planned again.
DONE = {Outcome.CREATED, Outcome.UPDATED, Outcome.REVERTED, Outcome.KEPT}
_PLANNED_COLUMNS = [
    "values", "verdict", "problems", "candidates", "changes", "target_id", "target_version", "decision", "outcome",
]  # fmt: skip


def plan_run(run: ImportRun, *, by: Any = None, door: str = Door.COMMAND) -> ImportRun:
    """Give every line its verdict. Raises DomainError for a run that cannot be planned now."""
    _begin(run)
    kind = kind_of(run.kind)
    check_mapping(run.mapping, run.fixed_values, kind)
    remember_mapping(run, by=by or run.by, door=door)
    plan = Plan.of(run, kind)
    reader = LineReader(run, kind, plan.lookups)
    _remember_done(run, kind, plan)
    for rows in chunks_of(run, kind.chunk or CHUNK):
        rows = [row for row in rows if row.outcome not in DONE]
        drafts = [reader.read(row.number, row.raw) for row in rows]
        for draft in drafts:
            kind.finish(draft, plan)
            draft.identity = kind.identity(draft.values)
        if kind.remembers_choices:
            _recall(run, kind, drafts)
        else:
            _recall_own(rows, drafts)
        kind.match(drafts, plan)
        if not kind.has_many_lines:
            _claim(drafts, plan)
        results = settle(kind, drafts, plan, reader.header_of)
        for row, draft, (verdict, changes, version) in zip(rows, drafts, results, strict=True):
            write_on(row, draft, verdict, changes, version)
        with transaction.atomic():
            beat()
            save_rows(rows, _PLANNED_COLUMNS)
            run.done_rows = min(run.total_rows, run.done_rows + len(rows))
            run.save(update_fields=["done_rows", "updated_at"])
    run.status, run.planned_at, run.message = Status.PLANNED, timezone.now(), ""
    run.done_rows = run.total_rows
    count(run)
    run.save(update_fields=["status", "planned_at", "message", "done_rows", "counts", "updated_at"])
    return run


def _begin(run: ImportRun) -> None:
    with transaction.atomic():
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if stored.status not in PLANNABLE:
            raise DomainError(
                _("This import is %(status)s; it cannot be planned now.") % {"status": stored.get_status_display()},
                code="wrong_status",
            )
        if not is_staged(stored):
            raise DomainError(_("The upload was broken off. Upload the file again."), code="upload_incomplete")
        run.refresh_from_db()
        run.status, run.done_rows, run.message = Status.PLANNING, 0, ""
        run.save(update_fields=["status", "done_rows", "message", "updated_at"])


def chunks_of(run: ImportRun, size: int, **where: Any) -> Iterator[list[ImportRow]]:
    """The run's lines in order, by number, so that lines changed meanwhile make no difference."""
    last = 0
    while rows := list(run.rows.filter(number__gt=last, **where).order_by("number")[:size]):
        last = rows[-1].number
        yield rows


def save_rows(rows: Sequence[ImportRow], columns: Sequence[str]) -> None:
    """Write columns of stored lines; one prepared statement, which is several times faster than an upsert."""
    fields: list[Any] = [ImportRow._meta.get_field(name) for name in columns]
    parts = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    table = connection.ops.quote_name(ImportRow._meta.db_table)
    values = [
        [*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk] for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {parts} WHERE id = %s", values)


def write_on(row: ImportRow, draft: Draft, verdict: str, changes: dict[str, Any], version: int | None) -> None:
    """Put a draft's verdict on its line. A choice between values survives a new plan that asks the same again."""
    asked, asks = _questions(row.changes), _questions(changes)
    keeps = row.decision in {Decision.TAKE_FILE, Decision.KEEP_OURS} and verdict == Verdict.CONFLICT and asked == asks
    if not keeps:
        row.decision = draft.decision if verdict != Verdict.ERROR else ""
    row.values = {**draft.values, "@identity": draft.identity}
    if draft.waits_for:
        row.values["@line"] = draft.waits_for
    row.verdict, row.problems, row.candidates, row.changes = verdict, draft.problems, draft.candidates, changes
    row.target_id, row.target_version, row.outcome = draft.target_id, version, ""


def _questions(changes: dict[str, Any]) -> dict[str, Any]:
    """Between which values a person has to choose."""
    return {name: (change["old"], change["new"]) for name, change in changes.items() if change["why"]}


def count(run: ImportRun) -> None:
    """Fill `run.counts`: lines by verdict, those that wait for a person, those done; enterprises of ours not in it."""
    counts: Counter[str] = Counter()
    for verdict, decision, outcome, n in (
        run.rows.order_by().values_list("verdict", "decision", "outcome").annotate(n=Count("pk"))
    ):
        counts[verdict] += n
        if not decision and not outcome and verdict in {Verdict.DUPLICATE, Verdict.CONFLICT}:
            counts["undecided"] += n
        if outcome:
            counts[f"outcome_{outcome}"] += n
    if run.is_complete:
        absent = kind_of(run.kind).absent(run)
        if absent is not None:
            counts["absent"] = absent.count()
    run.counts = dict(counts)


def _remember_done(run: ImportRun, kind: Kind, plan: Plan) -> None:
    """Lines that were applied before a new plan keep their records to themselves."""
    if kind.has_many_lines:
        return
    done = run.rows.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED], target_id__isnull=False)
    plan.claimed.update({target: number for target, number in done.values_list("target_id", "number") if target})


def _recall(run: ImportRun, kind: Kind, drafts: Sequence[Draft]) -> None:
    """What a person chose about these lines in an earlier file; a choice of a record that is gone is asked again."""
    by_identity = {draft.identity: draft for draft in drafts if not draft.has_error}
    found = RowDecision.objects.filter(kind=run.kind, identity__in=list(by_identity))
    choices = {identity: (choice, target) for identity, choice, target in found.values_list(
        "identity", "decision", "target_id")}  # fmt: skip
    standing = kind.standing({target for _choice, target in choices.values() if target is not None})
    for draft in drafts:
        if draft.has_error or draft.identity not in choices:
            continue
        choice, target = choices[draft.identity]
        if choice == Decision.UPDATE and target in standing:
            draft.target_id, draft.is_decided = standing[target], True
        elif choice in {Decision.CREATE, Decision.SKIP}:
            draft.decision = choice


def _recall_own(rows: Sequence[ImportRow], drafts: Sequence[Draft]) -> None:
    """What a person chose about these very lines before they were planned anew."""
    for row, draft in zip(rows, drafts, strict=True):
        chosen = row.target_id if row.decision == Decision.UPDATE else row.values.get("@chosen")
        if draft.has_error:
            continue
        if chosen is not None:
            draft.target_id, draft.is_decided, draft.values["@chosen"] = chosen, True, chosen
        elif row.decision == Decision.CREATE or (row.decision == Decision.SKIP and row.verdict == Verdict.DUPLICATE):
            draft.decision = row.decision


def _claim(drafts: Sequence[Draft], plan: Plan) -> None:
    for draft in drafts:
        if draft.target_id is None or draft.has_error:
            continue
        first = plan.claimed.setdefault(draft.target_id, draft.number)
        if first != draft.number:
            draft.refuse("same_target_in_file", line=first, name=draft.identity.partition(":")[2])
