"""Action items: a resolution of a meeting or a leader's instruction (领导批示) on any record, given to one person.

They stand in that person's day until they are answered (`services.follow_ups.answer_action_item`).
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import ActionItem
from promotion.rules import meeting as rules
from promotion.rules.working_time import local_day
from promotion.services.leads import locked

#: What a person gives.
ORIGINS = (ActionItem.Origin.MEETING, ActionItem.Origin.INSTRUCTION)
#: What a person promises: it comes with a visit (`services.liaison`).
_PROMISED = ActionItem.Origin.VISIT
#: Whose instruction it can be.
INSTRUCTING_ROLES = (Role.LEADER, Role.PROMOTION_MANAGER)
#: What an action item can be about.
SUBJECTS = ("lead", "project", "enterprise")


def give_action_item(
    *,
    text: str,
    person: Any,
    due_on: datetime.date | None,
    origin: str = ActionItem.Origin.MEETING,
    given_by: Any = None,
    lead: Any = None,
    project: Any = None,
    enterprise: Any = None,
    by: Any,
    door: str,
    at: datetime.datetime,
) -> Any:
    """Give somebody something to do by a day, about a lead, project, enterprise or nothing in particular.

    `given_by` is whose word it is, without one `by`. Refused where the person does not work here or may not see the
    record: they would never learn of it. Given twice while it is open it stays one item. Raises DomainError with
    field errors, `gone` for a record that `by` may not see.
    """
    values: dict[str, Any] = {"text": text, "person": person, "due_on": due_on, "origin": origin, "given_by": given_by}
    item = ActionItem(**values, lead=lead, project=project, enterprise=enterprise)
    return save_action_item(item, by=by, door=door, at=at)


def save_action_item(
    item: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Give a new action item, or correct one that is not answered: who gave it, or a leader or manager.

    Called as `save_record` is. Raises StaleVersion, and DomainError with field errors.
    """
    moment = at or timezone.now()
    with change(by=by, verb="given" if item._state.adding else "updated", door=door, why=why):
        if item._state.adding:
            return _give(item, by=by, door=door, at=moment)
        row = locked(item)
        _must_correct(row, by)
        written = {field.name for field in row._meta.concrete_fields} if fields is None else set(fields)
        if written & {"answer", "answered_at"} and fields is not None:
            raise DomainError(_("An answer is given by the person whom the item was given to."), code="not_typed")
        item.text = " ".join(item.text.split())
        _check(item, by=by, at=moment, due_on_counts="due_on" in written and item.due_on != row.due_on)
        names = written - {"answer", "answered_at"}
        return save_record(
            item, fields=names, by=by, door=door, if_version=if_version, verb="updated", children=children
        )


def may_correct(item: Any, by: Any) -> bool:
    """Whether this person may change an action item that they see: whoever gave it, leaders and managers.

    What is answered stays as it is.
    """
    return item.answered_at is None and (item.given_by_id == by.pk or by.has_any_role(*INSTRUCTING_ROLES))


def _give(item: Any, *, by: Any, door: str, at: datetime.datetime) -> Any:
    item.text = " ".join(item.text.split())
    item.answer, item.answered_at = "", None
    if item.given_by_id is None and getattr(by, "pk", None):
        item.given_by = by
    _check(item, by=by, at=at)
    same = {f"{name}_id": getattr(item, f"{name}_id") for name in (*SUBJECTS, "person")}
    known = ActionItem._base_manager.filter(text=item.text, due_on=item.due_on, answered_at=None, **same).first()
    return known or save_record(item, by=by, door=door, verb="given")


def _check(item: Any, *, by: Any, at: datetime.datetime, due_on_counts: bool = True) -> None:
    """Raise DomainError for what is not there, not seen by one of the two, or nobody's to give."""
    fields: dict[str, list[str]] = {}
    for name, code in rules.item_problems(item.text, item.due_on, local_day(at)):
        if code != "date_past" or due_on_counts:
            fields.setdefault(name, []).append(item_text(code))
    for name in SUBJECTS:
        if getattr(item, f"{name}_id") is not None and not _sees(by, getattr(item, name)):
            raise DomainError(_("There is no such record."), code="gone")
    if item.person_id is None:
        fields["person"] = [_("Say who is to do it.")]
    elif not (item.person.is_active and item.person.has_staff_role):
        fields["person"] = [_("Choose somebody who works here.")]
    elif any(getattr(item, f"{name}_id") and not _sees(item.person, getattr(item, name)) for name in SUBJECTS):
        fields["person"] = [_("This person may not see the record. Let them see it first, or choose somebody else.")]
    if item.origin not in (*ORIGINS, _PROMISED):
        fields["origin"] = [_("Choose a resolution or an instruction.")]
    is_instruction = item.origin == ActionItem.Origin.INSTRUCTION
    if is_instruction and item.given_by_id is not None and not item.given_by.has_any_role(*INSTRUCTING_ROLES):
        fields["given_by"] = [_("An instruction comes from a leader or a promotion manager.")]
    if fields:
        raise DomainError(code="invalid_item", fields=fields)


def item_text(code: str) -> str:
    """What a code of `rules.meeting.item_problems` says to a person."""
    return {
        "required": _("Say what is to be done."),
        "date_required": _("Say by when."),
        "date_past": _("This day is over. Choose today or later."),
    }[code]


def _sees(person: Any, row: Any) -> bool:
    """Whether somebody may see a record; the system itself sees all."""
    return person is None or type(row)._default_manager.visible_to(person).filter(pk=row.pk).exists()


def _must_correct(item: Any, by: Any) -> None:
    if item.answered_at is not None:
        raise DomainError(_("It is answered: give another one instead."), code="already_answered")
    if by is not None and not may_correct(item, by):
        raise DomainError(_("Only whoever gave it, a leader or a promotion manager changes it."), code="not_yours")
