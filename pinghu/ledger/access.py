"""Who read or exported what is not for everybody."""

from typing import Any

from pinghu.ledger.context import request_id
from pinghu.ledger.models import AccessLog


def log_access(*, by: Any, kind: str, door: str, subject: Any = None, rows: int = 1, **detail: Any) -> None:
    """Append one line to the access log.

    `subject` is the record read, if it was one; of an export of many `list` names them ("promotion.counterpart").
    """
    listed = str(detail.get("list", "")).rpartition(".")[2]
    AccessLog.objects.create(
        by=by if getattr(by, "pk", None) else None,
        kind=kind,
        door=door,
        subject_type=subject._meta.model_name if subject is not None else listed[:40],
        subject_id=getattr(subject, "public_id", ""),
        rows=rows,
        detail=detail,
        request_id=request_id.get(),
    )


def log_read(record: Any, *, by: Any, door: str, **detail: Any) -> None:
    """Append a line if the record is one whose every read is logged (`Record.is_confidential`)."""
    if record.is_confidential():
        log_access(by=by, kind=AccessLog.Kind.READ, door=door, subject=record, **detail)
