"""Who may import what, and who may work on a run: asked by every door before it calls a service."""

from typing import Any

from directory.models import ImportRun
from directory.models.imports import import_kind_choices
from directory.ports import imported_kinds
from directory.services.importing.kinds import kind_of


def kinds_for(user: Any) -> list[tuple[str, Any]]:
    """Code and label of what this person may import: the rows that they may add one by one."""
    if not user.has_perm("directory.add_importrun"):
        return []
    return [(code, label) for code, label in import_kind_choices() if _may_add(user, code)]


def may_run(user: Any, run: ImportRun) -> bool:
    """May this person plan, decide and apply this run, which they see?"""
    port = imported_kinds().get(run.kind)
    own = user.has_perm("directory.change_importrun") and _may_add(user, run.kind)
    return own and (port is None or port.may_run(user, run))


def may_revert(user: Any, run: ImportRun) -> bool:
    """May this person take back what this run, which they see, wrote?"""
    port = imported_kinds().get(run.kind)
    if not user.has_perm("directory.change_importrun"):
        return False
    return _may_add(user, run.kind) if port is None else port.may_revert(user, run)


def _may_add(user: Any, code: str) -> bool:
    meta = kind_of(code).model._meta
    return bool(user.has_perm(f"{meta.app_label}.add_{meta.model_name}"))
