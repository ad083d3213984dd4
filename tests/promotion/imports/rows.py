"""Files of leads and contacts, and the steps of their import in one call."""

from collections.abc import Sequence
from typing import Any

from directory.models import ImportRun
from directory.services.importing import apply_run, plan_run, stage_file
from tests.directory.imports.rows import csv_bytes, said

LEAD_HEADINGS = ("客商名称", "来源地", "项目内容", "线索来源")


def planned(data: bytes, *, by: Any, kind: str = "leads", **values: Any) -> ImportRun:
    """The file's run of this person, planned."""
    return plan_run(stage_file(data, said(kind, **values), by=by, again=True), by=by)


def leads(*rows: Sequence[Any], by: Any, headings: Sequence[str] = LEAD_HEADINGS, **values: Any) -> ImportRun:
    return planned(csv_bytes(headings, *rows), by=by, **values)


def contacts(*rows: Sequence[Any], by: Any, headings: Sequence[str], **values: Any) -> ImportRun:
    return planned(csv_bytes(headings, *rows), by=by, kind="contacts", **values)


def applied(run: ImportRun) -> ImportRun:
    return apply_run(run, by=run.by)
