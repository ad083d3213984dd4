"""Asking for a plan, its application or its undoing: the status and the task are written together."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from directory.models import ImportRow, ImportRun
from directory.services.importing.applying import apply_run
from directory.services.importing.kinds import kind_of
from directory.services.importing.planning import PLANNABLE, plan_run
from directory.services.importing.reverting import may_be_undone, revert_run
from directory.services.importing.staging import check_mapping
from pinghu.errors import DomainError
from pinghu.jobs.lease import LeaseLost

Status = ImportRun.Status


def plan_mark(run: ImportRun) -> str:
    """What a page says of the plan it shows, so that what was chosen there is not done to another plan."""
    return run.planned_at.isoformat() if run.planned_at else ""


def check_seen(run: ImportRun, seen: str | None) -> None:
    """Raise DomainError if the plan is not the one that was looked at; None looked at none."""
    if seen is not None and seen != plan_mark(run):
        raise DomainError(
            _("A colleague had the plan made anew since this page was opened. Nothing was done; look at it again."),
            code="stale_plan",
        )


def map_and_plan(
    run: ImportRun,
    mapping: Mapping[str, str],
    fixed: Mapping[str, str],
    *,
    is_complete: bool | None = None,
    by: Any,
    seen: str | None = None,
) -> ImportRun:
    """Map the columns anew and have the worker plan by them: both or neither. Raises DomainError (FileRefused)."""
    with transaction.atomic():
        check_seen(ImportRun.objects.select_for_update().get(pk=run.pk), seen)
        return request_plan(change_mapping(run, mapping, fixed, is_complete=is_complete), by=by)


def change_mapping(
    run: ImportRun, mapping: Mapping[str, str], fixed: Mapping[str, str], *, is_complete: bool | None = None
) -> ImportRun:
    """Map the columns of a run anew, before anything of it was applied. Raises DomainError (FileRefused)."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if run.status not in {Status.UPLOADED, Status.PLANNED, Status.FAILED}:
            raise _wrong(run)
        if run.rows.exclude(outcome__in=["", ImportRow.Outcome.REFUSED]).exists():
            raise DomainError(_("Lines of this import were applied already. Upload the file anew."), code="applied")
        check_mapping(mapping, fixed, kind_of(run.kind))
        run.mapping = {header: mapping[header] for header in run.headers if mapping.get(header)}
        run.fixed_values = dict(fixed)
        if is_complete is not None:
            run.is_complete = is_complete
        run.save(update_fields=["mapping", "fixed_values", "is_complete", "updated_at"])
        return run


def request_plan(run: ImportRun, *, by: Any) -> ImportRun:
    """Have the worker make the plan. Raises DomainError in a wrong status."""
    return _request(run, lambda row: row.status in PLANNABLE - {Status.PLANNING}, Status.PLANNING, plan_import, by)


def request_apply(run: ImportRun, *, by: Any, seen: str | None = None) -> ImportRun:
    """Have the worker apply the plan, or go on with it. Raises DomainError in a wrong status, or of another plan."""
    allowed = {Status.PLANNED, Status.APPLIED, Status.APPLYING}
    return _request(run, lambda row: row.status in allowed, Status.APPLYING, apply_import, by, seen)


def request_revert(run: ImportRun, *, by: Any, seen: str | None = None) -> ImportRun:
    """Have the worker undo the run. Raises DomainError in a wrong status, or of another plan."""
    return _request(run, may_be_undone, Status.REVERTING, revert_import, by, seen)


def _wrong(run: ImportRun) -> DomainError:
    return DomainError(
        _("This import is %(status)s; that cannot be done now.") % {"status": run.get_status_display()},
        code="wrong_status",
    )


def _request(
    run: ImportRun, allowed: Callable[[ImportRun], bool], status: str, what: Any, by: Any, seen: str | None = None
) -> ImportRun:
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        check_seen(run, seen)
        if not allowed(run):
            raise _wrong(run)
        if run.status != status:
            run.done_rows = 0
        run.status, run.message = status, ""
        run.save(update_fields=["status", "done_rows", "message", "updated_at"])
        what.enqueue(run.pk, by.pk if getattr(by, "pk", None) else None)
        return run


def _carry_out(work: Callable[..., ImportRun], run_id: int, by_id: int | None) -> str:
    """Run it; what goes wrong stands on the run, so that nobody waits for a bar that does not move."""
    run = ImportRun.objects.get(pk=run_id)
    by = get_user_model().objects.filter(pk=by_id).first() if by_id else None
    try:
        work(run, by=by)
    except LeaseLost:
        raise  # another worker goes on
    except Exception as error:
        run = ImportRun.objects.get(pk=run_id)
        if isinstance(error, DomainError):
            run.message = error.message
            if run.status == Status.PLANNING:
                run.status = Status.FAILED
        else:
            run.message = _("It was broken off by an error; it is tried again. Nothing was lost or doubled.")
        run.save(update_fields=["status", "message", "updated_at"])
        raise
    return str(run.counts)


@task
def plan_import(run_id: int, by_id: int | None) -> str:
    """Plan a run."""
    return _carry_out(plan_run, run_id, by_id)


@task
def apply_import(run_id: int, by_id: int | None) -> str:
    """Apply a run, or go on with it."""
    return _carry_out(apply_run, run_id, by_id)


@task
def revert_import(run_id: int, by_id: int | None) -> str:
    """Undo a run, or go on with it."""
    return _carry_out(revert_run, run_id, by_id)
