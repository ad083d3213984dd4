"""A person's choice about lines that the plan could not settle; choices about duplicates are remembered."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from directory.models import ImportRow, ImportRun, RowDecision
from directory.models.imports import Verdict
from directory.services.importing.cells import LineReader
from directory.services.importing.comparing import settle
from directory.services.importing.kinds import kind_of
from directory.services.importing.kinds.base import Plan
from directory.services.importing.planning import count, save_rows
from directory.services.importing.problems import CONFLICT, DUPLICATE, ERROR, reason
from directory.services.importing.requests import check_seen
from pinghu.errors import DomainError

Decision, Status = ImportRow.Decision, ImportRun.Status

#: What may be chosen for lines of a verdict; "" takes a choice back.
CHOICES: dict[str, tuple[str, ...]] = {
    Verdict.DUPLICATE: (Decision.UPDATE, Decision.CREATE, Decision.SKIP, Decision.NONE),
    Verdict.CONFLICT: (Decision.TAKE_FILE, Decision.KEEP_OURS, Decision.SKIP, Decision.NONE),
    Verdict.NEW: (Decision.SKIP, Decision.NONE),
    Verdict.UPDATE: (Decision.SKIP, Decision.NONE),
}
_COLUMNS = ["decision", "decided_by", "values", "problems", "changes", "target_id", "target_version"]


def decide(
    row: ImportRow, decision: str, *, by: Any, target_id: int | None = None, seen: str | None = None
) -> ImportRow:
    """Choose for one line of the plan that was `seen`; `target_id` is the candidate meant. Raises DomainError."""
    with transaction.atomic():
        run = _open_run(row.run_id, seen)
        row = ImportRow.objects.select_for_update().get(pk=row.pk)
        _choose(run, row, decision, by, target_id)
        count(run)
        run.save(update_fields=["counts", "updated_at"])
        return row


def decide_all(
    run: ImportRun,
    verdict: str,
    decision: str,
    *,
    by: Any,
    numbers: Iterable[int] | None = None,
    seen: str | None = None,
) -> int:
    """Choose alike for all undecided lines of a verdict, or for those named; an update means the best candidate.

    Lines for which the choice makes no sense stay undecided; returns how many were decided. Raises DomainError.
    """
    if decision not in CHOICES.get(verdict, ()):
        raise _no_choice()
    done = 0
    with transaction.atomic():
        run = _open_run(run.pk, seen)
        rows = run.rows.select_for_update().filter(verdict=verdict, outcome="")
        if numbers is None:
            rows = rows.filter(decision="") if decision else rows.exclude(decision="")
        else:
            rows = rows.filter(number__in=list(numbers))
        for row in rows.order_by("number"):
            try:
                _choose(run, row, decision, by, None)
            except DomainError:
                continue
            done += 1
        count(run)
        run.save(update_fields=["counts", "updated_at"])
    return done


def _open_run(pk: int, seen: str | None) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=pk)
    check_seen(run, seen)
    if run.status not in {Status.PLANNED, Status.APPLIED}:
        raise DomainError(
            _("This import is %(status)s; nothing can be decided now.") % {"status": run.get_status_display()},
            code="wrong_status",
        )
    return run


def _no_choice() -> DomainError:
    return DomainError(_("This cannot be chosen for this line."), code="no_choice")


def _choose(run: ImportRun, row: ImportRow, decision: str, by: Any, target_id: int | None) -> None:
    if decision not in CHOICES.get(row.verdict, ()):
        raise _no_choice()
    if row.outcome:
        raise DomainError(_("This line was applied already."), code="already_applied")
    kind = kind_of(run.kind)
    if row.verdict == Verdict.DUPLICATE:
        if decision == Decision.CREATE and kind.candidates_are_owners:
            raise DomainError(_("Choose the enterprise; a qualification makes none."), code="no_choice")
        row.target_id, row.target_version, row.changes = None, None, {}
        row.values = {name: value for name, value in row.values.items() if name != "@line"}
        row.problems = [entry for entry in row.problems if entry["level"] != CONFLICT]
        if decision == Decision.UPDATE:
            _take_candidate(run, row, next(iter(choosable(row)), 0) if target_id is None else target_id)
        elif decision == Decision.CREATE and kind.has_many_lines:
            _join_first(run, row)
        if kind.remembers_choices:
            _remember(run, row, decision, by)
    row.decision = decision
    row.decided_by = by if decision and getattr(by, "pk", None) else None
    save_rows([row], _COLUMNS)


def choosable(row: ImportRow) -> list[int]:
    """Candidates that the line may be said to mean; others are there to be looked at."""
    return [candidate["id"] for candidate in row.candidates if candidate.get("is_choice", True)]


def _take_candidate(run: ImportRun, row: ImportRow, target_id: int) -> None:
    """Compare the line with the record that is meant, as the plan would have done."""
    if target_id not in choosable(row):
        raise DomainError(_("Choose one of the records proposed."), code="no_candidate")
    kind = kind_of(run.kind)
    plan = Plan.of(run, kind)
    reader = LineReader(run, kind, plan.lookups)
    draft = reader.read(row.number, row.raw)
    kind.finish(draft, plan)
    draft.identity, draft.is_decided, draft.candidates = row.values.get("@identity", ""), True, row.candidates
    kind.chosen(draft, target_id, plan)
    ((_verdict, changes, version),) = settle(kind, [draft], plan, reader.header_of)
    if draft.has_error:
        raise DomainError(
            " ".join(reason(entry) for entry in draft.problems if entry["level"] == ERROR), code="refused"
        )
    if draft.target_id is not None and not kind.has_many_lines:
        other = run.rows.filter(target_id=draft.target_id).exclude(pk=row.pk).first()
        if other is not None:
            raise DomainError(
                _("Line %(line)s of this file already means this record.") % {"line": other.number}, code="taken"
            )
    asked = [entry for entry in row.problems if entry["level"] == DUPLICATE]
    row.problems = [*asked, *draft.problems]
    row.values = {**draft.values, "@identity": draft.identity}
    row.changes, row.target_id, row.target_version = changes, draft.target_id, version


def _join_first(run: ImportRun, row: ImportRow) -> None:
    """Several lines of one group that is not here yet: the first makes it, the others join it."""
    same = run.rows.filter(verdict=Verdict.DUPLICATE, decision=Decision.CREATE, number__lt=row.number)
    for other in same.order_by("number"):
        if other.values.get("@identity") == row.values.get("@identity") and "@line" not in other.values:
            row.values = {**row.values, "@line": other.number}
            kind = kind_of(run.kind)
            row.changes = {
                child.field: {"old": None, "new": row.values[child.field], "why": ""}
                for child in kind.children
                if row.values.get(child.field)
            }
            return


def _remember(run: ImportRun, row: ImportRow, decision: str, by: Any) -> None:
    identity = row.values.get("@identity", "")
    if not decision:
        RowDecision.objects.filter(kind=run.kind, identity=identity).delete()
        return
    target = row.values.get("enterprise") or row.target_id
    RowDecision.objects.update_or_create(
        kind=run.kind,
        identity=identity,
        defaults={
            "decision": decision,
            "target_id": target if decision == Decision.UPDATE else None,
            "by": by if getattr(by, "pk", None) else None,
        },
    )
