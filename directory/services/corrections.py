"""Corrections: somebody says that a value is wrong, with proof; staff accept it into the record or refuse it."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Correction, Enterprise
from directory.services.merging import survivor_of
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record

#: What anybody may suggest: plain values that a licence or a website proves. No relation, status or derived column.
SUGGESTIBLE = (
    "registered_name",
    "short_name",
    "name_en",
    "name_kana",
    "uscc",
    "established_on",
    "address",
    "address_en",
    "website",
    "products",
    "products_en",
    "description",
    "description_en",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a correction would change: the column's label, the value on record, the suggested one."""

    label: Any
    now: Any
    suggested: Any

    @property
    def is_same(self) -> bool:
        return (self.now or "") == (self.suggested or "")


def suggest_correction(
    enterprise: Enterprise, field: str, value: str, *, proof: str = "", by: Any, door: str
) -> Correction:
    """Keep a suggestion until staff decide. A second one of the same value returns the first.

    Raises DomainError where the field is not open to suggestions, the value is not valid or stands there already.
    """
    if field not in SUGGESTIBLE:
        raise DomainError(
            code="not_suggestible", fields={"field": [_("This field cannot be corrected by suggestion.")]}
        )
    enterprise = survivor_of(enterprise)
    text = value.strip()
    parsed = _parsed(enterprise, field, text)
    if (parsed or "") == (getattr(enterprise, field) or ""):
        raise DomainError(code="same_value", fields={"value": [_("The directory already says so.")]})
    pending = Correction.objects.filter(enterprise=enterprise, status=Correction.Status.PENDING)
    known = pending.filter(field=field, value=text).first()
    if known is not None:
        return known
    correction: Correction = save_record(
        Correction(enterprise=enterprise, field=field, value=text, proof=proof.strip()),
        by=by,
        door=door,
        verb="suggested",
    )
    return correction


def difference(correction: Correction) -> Difference:
    """What the correction would change today."""
    column: Any = Enterprise._meta.get_field(correction.field)
    return Difference(column.verbose_name, getattr(correction.enterprise, correction.field), correction.value)


def accept_correction(
    correction: Correction, *, by: Any, door: str, why: str = "", if_version: int | None = None
) -> Correction:
    """Write the suggested value into the enterprise and close the correction, in one change.

    The source of the record stays what it was: the history says who corrected which value on whose proof.
    `if_version` is the enterprise's as the person saw it. Raises DomainError, StaleVersion.
    """
    with change(by=by, verb="corrected", door=door, why=why or correction.proof):
        row = _pending(correction)
        enterprise = survivor_of(row.enterprise)
        setattr(enterprise, row.field, _parsed(enterprise, row.field, row.value))
        save_record(enterprise, fields=[row.field], by=by, door=door, if_version=if_version, verb="corrected")
        return _decide(row, Correction.Status.ACCEPTED, by=by, door=door, why=why)


def refuse_correction(correction: Correction, *, by: Any, door: str, why: str) -> Correction:
    """Close the correction without a change; whoever suggested it reads the reason. Raises DomainError."""
    if not why.strip():
        raise DomainError(code="reason_needed", fields={"change_reason": [_("Say why it is refused.")]})
    with change(by=by, verb="refused", door=door, why=why):
        return _decide(_pending(correction), Correction.Status.REFUSED, by=by, door=door, why=why)


def _pending(correction: Correction) -> Correction:
    row = Correction.objects.select_for_update().filter(pk=correction.pk).first()
    if row is None or row.status != Correction.Status.PENDING:
        raise DomainError(_("Somebody decided this correction already."), code="already_decided")
    return row


def _decide(row: Correction, status: str, *, by: Any, door: str, why: str) -> Correction:
    row.status, row.reason = status, why[:300]
    row.decided_by, row.decided_at = by if getattr(by, "pk", None) else None, timezone.now()
    fields = ["status", "reason", "decided_by", "decided_at"]
    decided: Correction = save_record(row, fields=fields, by=by, door=door, verb=status)
    return decided


def _parsed(enterprise: Enterprise, field: str, text: str) -> Any:
    """The value as the column takes it. Raises DomainError with what is wrong with it."""
    column: Any = Enterprise._meta.get_field(field)
    draft = copy(enterprise)
    try:
        value = column.clean(text or None if column.null else text, draft)
        setattr(draft, field, value)
        draft.clean()
    except ValidationError as error:
        messages = error.message_dict.get(field, []) if hasattr(error, "error_dict") else error.messages
        if messages:
            raise DomainError(code="invalid_value", fields={"value": messages}) from error
    return getattr(draft, field)
