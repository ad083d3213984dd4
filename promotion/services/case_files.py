"""Files of a case: bounded, known by their bytes, handed out as a download alone (`services.evidence` has the rules)."""

import datetime
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record
from promotion.models import CaseFile
from promotion.services.evidence import checked_type, clean_name, digest_of, kept_file
from promotion.services.leads import locked

#: More than this is no longer a request.
MOST_FILES = 20


def add_case_file(
    case: Any,
    *,
    upload: File,
    title: str = "",
    is_shown: bool = False,
    event: Any = None,
    by: Any,
    door: str,
    at: datetime.datetime,
) -> Any:
    """Keep a file of a case; `is_shown` lets the enterprise read it. Return the file.

    Locks the case. Raises DomainError with field errors (`file`).
    """
    name = clean_name(upload.name or "")
    found = checked_type(upload, name)
    sha256 = digest_of(upload)
    with kept_file(upload, "cases", at) as stored, change(by=by, verb="created", door=door):
        row = locked(case)
        here = CaseFile._base_manager.filter(case=row)
        if here.filter(sha256=sha256).exists():
            raise DomainError(code="duplicate", fields={"file": [_("This very file is here already.")]})
        if here.count() >= MOST_FILES:
            text = _("A case holds %(count)s files at most.") % {"count": MOST_FILES}
            raise DomainError(code="too_many", fields={"file": [text]})
        record = CaseFile(
            case=row,
            event=event,
            title=" ".join(title.split()),
            file=stored,
            file_name=name,
            content_type=found.content_type,
            size=upload.size,
            sha256=sha256,
            is_shown=is_shown,
            by=by if getattr(by, "pk", None) else None,
        )
        return save_record(record, by=by, door=door)
