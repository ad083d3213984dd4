"""Somebody looked: a record is as it says today, or an enterprise missing from a complete list was looked for."""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from directory.models import StatusCheck
from pinghu.errors import DomainError
from pinghu.ledger.saving import save_record


def mark_verified(record: Any, on: datetime.date, *, by: Any, door: str, why: str = "") -> Any:
    """Say that a sourced record was compared with its source on a day. Raises DomainError.

    A later day on record stays: an older look takes nothing back.
    """
    if record.verified_on is not None and record.verified_on >= on:
        return record
    record.verified_on = on
    return save_record(record, fields=["verified_on"], by=by, door=door, why=why, verb="verified")


def answer_status_check(
    check: StatusCheck, answer: str, on: datetime.date, *, by: Any, door: str, why: str = ""
) -> StatusCheck:
    """Keep what somebody found out about an enterprise that a complete list did not contain. Raises DomainError."""
    if not answer.strip():
        raise DomainError(code="answer_needed", fields={"answer": [_("Write what you found out.")]})
    check.answer, check.answered_on = answer.strip(), on
    answered: StatusCheck = save_record(
        check, fields=["answer", "answered_on"], by=by, door=door, why=why, verb="answered"
    )
    return answered
