"""Who read or exported what is not for everybody."""

from typing import Any

from pinghu.ledger.context import request_id
from pinghu.ledger.models import AccessLog


def log_access(*, by: Any, kind: str, door: str, subject: Any = None, rows: int = 1, **detail: Any) -> None:
    """Append one line to the access log; `subject` is the record read, if it was one."""
    AccessLog.objects.create(
        by=by if getattr(by, "pk", None) else None,
        kind=kind,
        door=door,
        subject_type=subject._meta.model_name if subject is not None else "",
        subject_id=getattr(subject, "public_id", ""),
        rows=rows,
        detail=detail,
        request_id=request_id.get(),
    )
