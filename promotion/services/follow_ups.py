"""Follow-ups: what happened, the next step and its day, and what that does to the lead or project it belongs to."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import Interaction, Lead
from promotion.rules import follow_ups as rules
from promotion.rules.personal_data import has_identity_number
from promotion.rules.working_time import local_day
from promotion.services.claims import renew_claim
from promotion.services.leads import locked


def log_follow_up(
    *,
    happened: str,
    next_step: str = "",
    next_on: datetime.date | None = None,
    none_because: str = "",
    kind: str = Interaction.Kind.CALL,
    lead: Any = None,
    project: Any = None,
    counterpart: Any = None,
    enterprise: Any = None,
    activity: Any = None,
    by: Any,
    door: str,
    at: datetime.datetime,
    client_key: str | None = None,
) -> Any:
    """Write what happened; the lead or project takes the next step over, and a substantive contact renews the claim.

    What has ended takes a follow-up without a next step only. A `client_key` that has arrived already from the same
    person returns that follow-up. Locks the lead, then the project. Raises DomainError with field errors, `gone` for
    what the person may not see.
    """
    known = _arrived(client_key, by)
    if known is not None:
        return known
    entered = rules.FollowUp(happened.strip(), next_step.strip(), next_on, none_because.strip())
    if found := rules.problems(entered, local_day(at)):
        fields: dict[str, list[str]] = {}
        for name, code in found:
            fields.setdefault(name, []).append(problem_text(code))
        raise DomainError(code=found[0][1], fields=fields)
    _refuse_identity_numbers(happened=entered.happened, next_step=entered.next_step)
    for row in (lead, project, counterpart, enterprise):
        _must_see(row, by)
    follow_up = Interaction(
        kind=kind,
        at=at,
        by=by,
        happened=entered.happened,
        next_step=entered.next_step,
        next_on=entered.next_on,
        none_because=entered.none_because,
        lead=lead,
        project=project,
        counterpart=counterpart,
        enterprise=enterprise,
        activity=activity,
        client_key=client_key or None,
    )
    try:
        with change(by=by, verb="followed_up", door=door):
            rows = [locked(row) for row in (lead, project) if row is not None]
            _must_go_on(rows, entered)
            saved = save_record(follow_up, by=by, door=door, verb="followed_up")
            for row in rows:
                _take_over(row, saved, by=by, door=door)
            return saved
    except DomainError:
        # The same draft, sent twice at once: the other one was faster.
        known = _arrived(client_key, by)
        if known is None:
            raise
        return known


def problem_text(code: str) -> str:
    """What a code of `rules.follow_ups.problems` says to a person."""
    return {
        "required": _("Say what happened."),
        "next_step_required": _("Say what comes next, or why nothing does."),
        "date_required": _("Give the day of the next step."),
        "date_past": _("This day is over. Choose today or later."),
        "both_given": _("Either a next step or a reason why there is none."),
    }[code]


def save_follow_up(
    follow_up: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Correct the words of a follow-up: its author or a promotion manager, and nothing else of it.

    Raises DomainError, StaleVersion.
    """
    if fields is None or set(fields) - {"happened"}:
        raise DomainError(_("Only what happened can be corrected: log another follow-up."), code="written_once")
    if not may_correct(follow_up, by):
        raise DomainError(_("Only its author or a promotion manager corrects it."), code="not_yours")
    _refuse_identity_numbers(happened=follow_up.happened)
    return save_record(follow_up, fields=["happened"], by=by, door=door, if_version=if_version, why=why)


def may_correct(follow_up: Any, by: Any) -> bool:
    """Whether this person may correct the words of a follow-up that they see."""
    return bool(follow_up.by_id == by.pk or by.has_any_role(Role.PROMOTION_MANAGER))


def answer_action_item(item: Any, *, answer: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Answer what a meeting resolved or a leader asked for, once, by the person it was given to. Raises DomainError."""
    if not answer.strip():
        raise DomainError(code="required", fields={"answer": [_("Say what was done.")]})
    with change(by=by, verb="answered", door=door):
        row = locked(item)
        if by is not None and row.person_id != by.pk:
            raise DomainError(_("Only the person it was given to answers it."), code="not_yours")
        if row.answered_at is not None:
            raise DomainError(_("This was answered already."), code="already_answered")
        row.answer, row.answered_at = answer.strip(), at
        return save_record(row, fields=["answer", "answered_at"], by=by, door=door, verb="answered")


def has_ended(row: Any) -> bool:
    """Whether a lead or project takes no next step any more."""
    return not row.is_open if isinstance(row, Lead) else bool(row.has_ended)


def _arrived(client_key: str | None, by: Any) -> Any:
    """What this person's draft became already; a key of somebody else's says nothing and is refused later."""
    if not client_key:
        return None
    return Interaction._base_manager.filter(client_key=client_key, by=getattr(by, "pk", None)).first()


def _refuse_identity_numbers(**texts: str) -> None:
    """No text about a person holds their identity number (PIPL: no more than is needed)."""
    found = [name for name, text in texts.items() if has_identity_number(text)]
    if found:
        text = _("An identity number does not belong here: leave it out.")
        raise DomainError(code="identity_number", fields={name: [text] for name in found})


def _must_see(row: Any, by: Any) -> None:
    if row is not None and not type(row).objects.visible_to(by).filter(pk=row.pk).exists():
        raise DomainError(_("There is no such record."), code="gone")


def _must_go_on(rows: Sequence[Any], entered: rules.FollowUp) -> None:
    if entered.next_step and rows and all(map(has_ended, rows)):
        text = _("It has ended: leave the next step empty and say why there is none.")
        raise DomainError(code="ended", fields={"next_step": [text]})


def _take_over(row: Any, follow_up: Any, *, by: Any, door: str) -> None:
    is_substantive = follow_up.kind in Interaction.SUBSTANTIVE
    fields = ["next_step", "next_on"]
    row.next_step, row.next_on = follow_up.next_step, follow_up.next_on
    if has_ended(row):
        row.next_step, row.next_on = "", None
    if is_substantive:
        row.last_contact_at = max(filter(None, (row.last_contact_at, follow_up.at)))
        fields.append("last_contact_at")
    saved = save_record(row, fields=fields, by=by, door=door, verb="followed_up")
    if is_substantive and isinstance(saved, Lead) and saved.is_open:
        renew_claim(saved, talker=follow_up.by, by=by, door=door, at=follow_up.at)
