"""Service cases, from what an enterprise asked to its contentment (服务闭环). Every door calls these functions.

`rules.cases` says which step may be taken from where and by whom; each step locks the case, moves it, keeps its clock
(`services.case_clock`) and writes one CaseEvent. What the enterprise may read is marked there.
"""

import datetime
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, editable_fields, save_record
from pinghu.records import PUBLIC_ID_ALPHABET
from promotion.calendar import office_calendar
from promotion.models import (
    CaseEvent,
    CaseExtension,
    CaseHandler,
    CaseMember,
    CaseRating,
    CaseState,
    ChainTaskForce,
    ExternalUnit,
    Level,
    Part,
    ServiceCase,
    ServicePillar,
    ServiceSystem,
    Supervision,
)
from promotion.models.base import rests_on_demo
from promotion.rules import cases as rules
from promotion.rules import satisfaction
from promotion.rules.confidentiality import FULL, level_problem
from promotion.rules.working_time import DAYS, Amount, local_day
from promotion.services import case_clock as clock
from promotion.services.leads import locked, lowered_text
from promotion.services.numbers import CASE, next_number
from promotion.wording import case_refusal_text

#: Written by the steps alone.
KEPT = frozenset(
    {
        "number", "state", "opened_at", "resolve_days", "accept_due_at", "due_at", "yellow_at", "first_due_at",
        "accepted_at", "replied_at", "closed_at", "handled_minutes", "reply", "rejected_because", "reopened", "level", "visited_back_at",
        "visit_back_note", "secret_hash", "client_key", "is_demo",
    }
)  # fmt: skip
#: What decides its limit: changed later, the limit is looked up anew.
_LIMITING = frozenset({"kind", "complexity"})
_SECRET_LENGTH = 12
Verb = CaseEvent.Verb


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Who is to handle a case: a unit of ours (with a person) or an external one, within so many working days."""

    unit: Department | None = None
    external: ExternalUnit | None = None
    person: User | None = None
    limit_days: int | None = None  # None: the case's own


# --- raising and editing ---------------------------------------------------------------------------------------------


def raise_case(
    case: Any, *, by: Any, door: str, at: datetime.datetime, client_key: str | None = None, shown_text: str = ""
) -> Any:
    """Enter a case at `submitted`, with its number, limit and running clock. Return the stored case.

    A `client_key` that has arrived already returns that case. Raises DomainError with field errors.
    """
    case_, _secret = _raise(case, by=by, door=door, at=at, client_key=client_key, with_secret=False, text=shown_text)
    return case_


def raise_case_openly(
    case: Any, *, by: Any, door: str, at: datetime.datetime, client_key: str | None = None
) -> tuple[Any, str]:
    """The same for somebody without an account: returns the case and the secret to follow it by.

    The secret is shown once; a case that had arrived already comes back without one ("").
    """
    return _raise(case, by=by, door=door, at=at, client_key=client_key, with_secret=True, text="")


def _raise(
    case: Any,
    *,
    by: Any,
    door: str,
    at: datetime.datetime,
    client_key: str | None,
    with_secret: bool,
    text: str,
) -> tuple[Any, str]:
    known = _arrived(client_key)
    if known is not None:
        return known, ""
    try:
        with change(by=by, verb="raised", door=door):
            _tidy(case)
            limit = clock.limit_for(case.kind, case.complexity, local_day(at))
            secret = new_secret() if with_secret else ""
            case.number = next_number(CASE, at)
            case.state, case.opened_at, case.client_key = CaseState.SUBMITTED, at, client_key or None
            case.resolve_days = limit.resolve_days
            calendar = office_calendar()
            case.accept_due_at = clock.acceptance_due(calendar, at, limit)
            clock.begin(case, at, calendar)
            case.secret_hash = _hashed(secret) if secret else ""
            case.unit = case.unit or _unit_of(by)
            _place(case, local_day(at))
            case.is_demo = case.is_demo or rests_on_demo(case.enterprise, case.group, case.parent)
            saved = save_record(case, by=by, door=door, verb="raised")
            clock.start_clock(saved, by=by, door=door, at=at)
            _log(saved, Verb.SUBMITTED, "", text or saved.text, by=by, door=door, at=at, is_shown=True)
            return saved, secret
    except DomainError:
        # The same draft, sent twice at once: the other one was faster.
        known = _arrived(client_key)
        if known is None:
            raise
        return known, ""


def save_case(
    case: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Raise a case by phone or for somebody (new), or write the named fields of one.

    Another kind or complexity gives another limit, and the due time is derived anew; the first promise stays. Raises
    StaleVersion, DomainError with field errors (`kept_by_services`, `lowered_without_publication`).
    """
    moment = at or timezone.now()
    if case._state.adding:
        return raise_case(case, by=by, door=door, at=moment)
    asked = None if fields is None else set(fields)
    if asked is not None and (kept := KEPT & asked):
        text = _("This is not typed: a step of the case sets it.")
        raise DomainError(code="kept_by_services", fields={name: [text] for name in sorted(kept)})
    with change(by=by, verb="updated", door=door, why=why):
        before = locked(case)
        _tidy(case)
        names = [field.name for field in editable_fields(case) if field.name not in KEPT]
        names = names if asked is None else [name for name in names if name in asked]
        lowers = case.confidentiality in Level.values and level_problem(before.confidentiality, case.confidentiality)
        if "confidentiality" in names and lowers:
            raise DomainError(code="lowered_without_publication", fields={"confidentiality": [lowered_text()]})
        saved = save_record(case, fields=names, by=by, door=door, if_version=if_version, why=why, children=children)
        if any(_value(before, name) != _value(saved, name) for name in _LIMITING) and saved.is_open:
            extra = saved.resolve_days - _base_limit(before)
            saved.resolve_days = _base_limit(saved) + max(extra, 0)
            clock.recompute(saved, by=by, door=door, at=moment)
            saved = save_record(
                saved, fields=["resolve_days", "due_at", "yellow_at"], by=by, door=door, verb="due_moved"
            )
        return saved


def _base_limit(case: Any) -> int:
    return int(clock.limit_for(case.kind, case.complexity, local_day(case.opened_at)).resolve_days)


def _place(case: Any, day: datetime.date) -> None:
    """Give a case its place in the system in force, unless somebody said otherwise.

    It comes in at the first platform, and is worked off in the closed loop (服务闭环).
    """
    system = ServiceSystem.objects.in_force(day)
    pillars = list(system.pillars.filter(is_active=True).order_by("order", "code")) if system else []
    for pillar in pillars:
        if case.platform is None and pillar.layer == ServicePillar.Layer.PLATFORM:
            case.platform = pillar
        if case.mechanism is None and pillar.code == ServicePillar.CLOSED_LOOP:
            case.mechanism = pillar


def mechanism_of(code: str, day: datetime.date) -> Any:
    """The mechanism of this code in the system in force on a day; None where it has none."""
    system = ServiceSystem.objects.in_force(day)
    return system.pillars.filter(layer=ServicePillar.Layer.MECHANISM, code=code).first() if system else None


def chain_task_force(case: Any) -> Any:
    """Whom a chain-wide class issue goes to; None for every other case, and where the chain has none."""
    if not case.is_class_issue or case.chain_id is None:
        return None
    return ChainTaskForce._base_manager.filter(chain=case.chain_id).select_related("chain", "unit").first()


# --- the steps -------------------------------------------------------------------------------------------------------


def accept_case(case: Any, *, by: Any, door: str, at: datetime.datetime, if_version: int | None = None) -> Any:
    """Accept a case: it will be handled here. A class issue of a chain goes on to the chain's task force at once."""
    with change(by=by, verb="accepted", door=door):
        row = _step(case, rules.ACCEPT, by=by, if_version=if_version)
        row.accepted_at = at
        moved = _moved(row, CaseState.ACCEPTED, Verb.ACCEPTED, "", by=by, door=door, at=at, is_shown=True)
        force = chain_task_force(moved)
        if force is None:
            return moved
        note = _("Class issue of the chain %(chain)s.") % {"chain": force.chain}
        return dispatch_case(moved, Dispatch(unit=force.unit), note=note, by=by, door=door, at=at)


def reject_case(
    case: Any, *, reason: str, by: Any, door: str, at: datetime.datetime, if_version: int | None = None
) -> Any:
    """Do not accept a case, with the reason that the enterprise reads. Stops the clock."""
    with change(by=by, verb="rejected", door=door, why=reason):
        row = _step(case, rules.REJECT, reason, by=by, if_version=if_version)
        row.rejected_because, row.closed_at = reason.strip()[:300], at
        clock.stop_clock(row, by=by, door=door, at=at)
        return _moved(row, CaseState.REJECTED, Verb.REJECTED, reason, by=by, door=door, at=at, is_shown=True)


def dispatch_case(
    case: Any,
    lead: Dispatch,
    co: Sequence[Dispatch] = (),
    *,
    note: str = "",
    by: Any,
    door: str,
    at: datetime.datetime,
    if_version: int | None = None,
) -> Any:
    """Give a case to its lead handler and co-handlers, each with its own due time; a new dispatch ends the old one.

    Accepts a case that was not yet. Raises DomainError with field errors (`lead`, `co`).
    """
    with change(by=by, verb="dispatched", door=door):
        row = _step(case, rules.DISPATCH, by=by, if_version=if_version)
        _check_dispatch(lead, co)
        row.accepted_at = row.accepted_at or at
        _end_handlers(row, _("Dispatched anew."), by=by, door=door, at=at)
        calendar, segments = office_calendar(), clock.segments_of(row)
        for part, wanted in [(CaseHandler.Part.LEAD, lead), *((CaseHandler.Part.CO, each) for each in co)]:
            handler = CaseHandler(
                case=row,
                part=part,
                unit=wanted.unit,
                external=wanted.external,
                person=wanted.person,
                limit_days=wanted.limit_days or row.resolve_days,
                assigned_at=at,
                assigned_by=by if getattr(by, "pk", None) else None,
            )
            handler.due_at = clock.handler_due(calendar, segments, handler)
            save_record(handler, by=by, door=door, verb="dispatched")
        row.owner, row.unit = lead.person, lead.unit or _unit_of(by) or row.unit
        names = ", ".join(str(each.unit or each.external) for each in (lead, *co))
        text = f"{names}\n{note}" if note else names
        moved = _moved(row, CaseState.ASSIGNED, Verb.DISPATCHED, text, by=by, door=door, at=at)
        if _person(by) is not None and moved.sight(by) != FULL:
            # Whoever dispatched a confidential case to another unit still has to follow it.
            save_record(CaseMember(case=moved, person=by, part=Part.NAMED), by=by, door=door)
        return moved


def take_up(case: Any, *, by: Any, door: str, at: datetime.datetime, if_version: int | None = None) -> Any:
    """The handler takes the case up; whoever does it is its officer from now on, unless one was named."""
    with change(by=by, verb="taken_up", door=door):
        row = _step(case, rules.TAKE_UP, by=by, if_version=if_version)
        handler = _lead_handler(row)
        if handler is not None:
            handler.accepted_at = at
            handler.person = handler.person or (by if handler.unit_id and _works_in(by, handler.unit_id) else None)
            save_record(handler, fields=["accepted_at", "person"], by=by, door=door, verb="taken_up")
            row.owner = row.owner or handler.person
        return _moved(row, CaseState.IN_PROGRESS, Verb.TAKEN_UP, "", by=by, door=door, at=at, is_shown=True)


def object_to_dispatch(case: Any, *, reason: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """The lead handler says that the case is not theirs: once, soon, with a reason. The coordinator decides."""
    with change(by=by, verb="objected", door=door, why=reason):
        row = _step(case, rules.OBJECT, reason, by=by)
        handler = _lead_handler(row)
        if handler is None:
            raise DomainError(_("Nobody handles this case yet."), code="no_handler")
        heard = handler.objected_at is not None or _was_heard(row, handler)
        days = clock.policy_on(local_day(at)).objection_days
        if code := rules.may_object(office_calendar(), handler.assigned_at, at, days=days, was_heard=heard):
            raise DomainError(case_refusal_text(code), code=code)
        handler.objected_at, handler.objection = at, reason.strip()[:300]
        save_record(handler, fields=["objected_at", "objection"], by=by, door=door, verb="objected")
        return _moved(row, row.state, Verb.OBJECTED, reason, by=by, door=door, at=at)


def decide_objection(case: Any, *, is_upheld: bool, reason: str = "", by: Any, door: str, at: datetime.datetime) -> Any:
    """Uphold an objection (the case waits for another dispatch) or not (it stays, and no second one is heard)."""
    with change(by=by, verb="objection_decided", door=door, why=reason):
        row = _step(case, rules.UPHOLD, by=by)
        handler = _lead_handler(row)
        if handler is None or handler.objected_at is None or handler.objection_upheld is not None:
            raise DomainError(_("There is no objection to decide."), code="no_objection")
        handler.objection_upheld = is_upheld
        save_record(handler, fields=["objection_upheld"], by=by, door=door, verb="objection_decided")
        words = reason or (_("Upheld") if is_upheld else _("Not upheld"))
        state = row.state
        if is_upheld:
            _end_handlers(row, _("Objection upheld."), by=by, door=door, at=at)
            row.owner, row.unit = None, _unit_of(by)
            state = CaseState.ACCEPTED
        return _moved(row, state, Verb.OBJECTION_DECIDED, words, by=by, door=door, at=at)


def ask_enterprise(case: Any, *, question: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Ask the enterprise for what is missing; until it answers the clock stands still."""
    with change(by=by, verb="asked", door=door):
        row = _step(case, rules.ASK, question, by=by)
        clock.pause_clock(row, reason=_("Waiting for the enterprise"), by=by, door=door, at=at)
        return _moved(row, CaseState.WAITING, Verb.ASKED, question, by=by, door=door, at=at, is_shown=True)


def enterprise_answers(case: Any, *, answer: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """The enterprise answered (or staff enter what it said); the clock runs on."""
    with change(by=by, verb="enterprise_answered", door=door):
        row = _step(case, rules.ANSWER, answer, by=by)
        clock.resume_clock(row, by=by, door=door, at=at)
        state = CaseState.IN_PROGRESS
        return _moved(row, state, Verb.ENTERPRISE_ANSWERED, answer, by=by, door=door, at=at, is_shown=True)


def ask_extension(case: Any, *, days: int, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Ask for more working days, before the due time. Return the extension asked for."""
    with change(by=by, verb="extension_asked", door=door, why=why):
        row = _step(case, rules.EXTEND, why, by=by)
        policy = clock.policy_on(local_day(at))
        granted = CaseExtension._base_manager.filter(case=row).exclude(is_granted=False).count()
        calendar = office_calendar()
        code = clock.sla.may_extend(
            clock.reading(row, at, calendar=calendar),
            at,
            extended=granted,
            most=policy.extensions_at_most,
            before_due=policy.extension_before_days * calendar.day_length,
        )
        if code:
            raise DomainError(case_refusal_text(code), code=code)
        extension = CaseExtension(case=row, days=days, why=why.strip()[:300], asked_at=at, asked_by=_person(by))
        saved = save_record(extension, by=by, door=door, verb="extension_asked")
        _log(row, Verb.EXTENSION_ASKED, row.state, _("%(days)s working days: %(why)s") % {"days": days, "why": why},
             by=by, door=door, at=at)  # fmt: skip
        return saved


def decide_extension(
    extension: Any, *, is_granted: bool, reason: str = "", by: Any, door: str, at: datetime.datetime
) -> Any:
    """Grant an extension (the due time moves, the first promise stays) or not."""
    with change(by=by, verb="extension_decided", door=door, why=reason):
        row = locked(extension.case)
        asked = locked(extension)
        if rules.COORDINATOR not in parts_of(row, by):
            raise DomainError(case_refusal_text(rules.NOT_YOURS), code=rules.NOT_YOURS)
        if asked.is_granted is not None:
            raise DomainError(_("This was decided already."), code="already_decided")
        asked.is_granted, asked.decided_at, asked.decided_by = is_granted, at, _person(by)
        save_record(asked, fields=["is_granted", "decided_at", "decided_by"], by=by, door=door)
        if is_granted and row.is_open:
            row.resolve_days += asked.days
            for handler in CaseHandler._base_manager.filter(
                case=row, part=CaseHandler.Part.LEAD, ended_at__isnull=True
            ):
                handler.limit_days += asked.days
                save_record(handler, fields=["limit_days"], by=by, door=door)
        words = reason or (_("Granted") if is_granted else _("Not granted"))
        return _moved(
            row,
            row.state,
            Verb.EXTENSION_DECIDED,
            words,
            by=by,
            door=door,
            at=at,
            is_shown=is_granted,
            more=["resolve_days"],
        )


def enter_reply(
    handler: Any, *, text: str, by: Any, door: str, at: datetime.datetime, replied_at: datetime.datetime | None = None
) -> Any:
    """Write what a handler replied: its own people do, the coordinator for an external unit. Return the handler.

    `replied_at` is when an external unit replied, not before its dispatch and not in the future.
    """
    with change(by=by, verb="handler_replied", door=door):
        row = locked(handler.case)
        mine = locked(handler)
        parts = parts_of(row, by)
        is_own = mine.unit_id is not None and (mine.person_id == getattr(by, "pk", 0) or _works_in(by, mine.unit_id))
        if not (is_own or rules.COORDINATOR in parts):
            raise DomainError(case_refusal_text(rules.NOT_YOURS), code=rules.NOT_YOURS)
        if mine.ended_at is not None or mine.replied_at is not None or not row.is_open:
            raise DomainError(_("This handler has replied or handles the case no longer."), code="not_from_here")
        if not text.strip():
            raise DomainError(code=rules.REASON_MISSING, fields={"text": [_("Write what was replied.")]})
        when = replied_at or at
        if not mine.assigned_at <= when <= at:
            text_ = _("The reply lies before the dispatch or in the future.")
            raise DomainError(code="replied_at", fields={"replied_at": [text_]})
        mine.replied_at, mine.reply, mine.reply_entered_by = when, text.strip(), _person(by)
        saved = save_record(
            mine, fields=["replied_at", "reply", "reply_entered_by"], by=by, door=door, verb="handler_replied"
        )
        _log(row, Verb.HANDLER_REPLIED, row.state, f"{mine}: {text}", by=by, door=door, at=at)
        return saved


def reply_case(
    case: Any, *, text: str, by: Any, door: str, at: datetime.datetime, if_version: int | None = None
) -> Any:
    """Answer the enterprise: the clock stops, and it may say how content it is."""
    with change(by=by, verb="replied", door=door):
        row = _step(case, rules.REPLY, text, by=by, if_version=if_version)
        handler = _lead_handler(row)
        if handler is not None and handler.replied_at is None:
            handler.replied_at, handler.reply, handler.reply_entered_by = at, text.strip(), _person(by)
            save_record(handler, fields=["replied_at", "reply", "reply_entered_by"], by=by, door=door, verb="replied")
        row.reply, row.replied_at, row.accepted_at = text.strip(), at, row.accepted_at or at
        clock.stop_clock(row, by=by, door=door, at=at)
        ran = clock.reading(row, at).elapsed // datetime.timedelta(minutes=1)
        row.handled_minutes = (row.handled_minutes or 0) + ran
        return _moved(
            row,
            CaseState.REPLIED,
            Verb.REPLIED,
            text,
            by=by,
            door=door,
            at=at,
            is_shown=True,
            more=["reply", "replied_at", "handled_minutes"],
        )


def rate_case(
    case: Any,
    *,
    grade: int,
    is_solved: bool | None = None,
    comment: str = "",
    by: Any,
    door: str,
    at: datetime.datetime,
) -> Any:
    """Write how content the enterprise is, once for each answer; what follows happens at once. Return the case.

    Content: closed. Not content or unsolved: reopened one level up by itself, up to the number that the rules allow;
    after that it is put under supervision.
    """
    with change(by=by, verb="rated", door=door):
        row = _step(case, rules.RATE, by=by)
        if CaseRating._base_manager.filter(case=row, round=row.reopened).exists():
            raise DomainError(_("This answer was rated already."), code="already_rated")
        rating = CaseRating(
            case=row,
            grade=grade,
            is_solved=is_solved,
            comment=comment.strip()[:500],
            at=at,
            round=row.reopened,
            by=_person(by),
        )
        save_record(rating, by=by, door=door, verb="rated")
        words = f"{rating.get_grade_display()}. {comment}".strip()
        _log(row, Verb.RATED, row.state, words, by=by, door=door, at=at, is_shown=True)
        most = clock.policy_on(local_day(at)).reopenings_at_most
        given = satisfaction.Rating(grade, is_solved)
        follows = satisfaction.follows(given, reopened=row.reopened, most=most)
        if follows == satisfaction.REOPEN:
            return _reopen(row, words, by=by, door=door, at=at)
        if follows == satisfaction.SUPERVISE:
            _supervise(
                row, _("Not content after the last reopening: %(words)s") % {"words": words}, by=by, door=door, at=at
            )
            return row
        return row if row.state == CaseState.CLOSED else _close(row, "", by=by, door=door, at=at)


def close_case(case: Any, *, note: str = "", by: Any, door: str, at: datetime.datetime) -> Any:
    """Close an answered case that nobody rated; that is not a rating."""
    with change(by=by, verb="closed", door=door, why=note):
        return _close(_step(case, rules.CLOSE, by=by), note, by=by, door=door, at=at)


def reopen_case(case: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Take an answered or closed case up again, one level up, with all that happened."""
    with change(by=by, verb="reopened", door=door, why=why):
        return _reopen(_step(case, rules.REOPEN, why, by=by), why, by=by, door=door, at=at)


def transfer_up(case: Any, *, to: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Hand a matter above the zone to whoever may decide it; the clock stands still, the case stays ours to follow."""
    with change(by=by, verb="transferred_up", door=door, why=to):
        row = _step(case, rules.TRANSFER_UP, to, by=by)
        clock.pause_clock(row, reason=_("Transferred up: %(to)s") % {"to": to}, by=by, door=door, at=at)
        state = CaseState.TRANSFERRED_UP
        return _moved(row, state, Verb.TRANSFERRED_UP, to, by=by, door=door, at=at, is_shown=True)


def visit_back(case: Any, *, note: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Write down the call after the answer (回访)."""
    with change(by=by, verb="visited_back", door=door):
        row = _step(case, rules.VISIT_BACK, note, by=by)
        row.visited_back_at, row.visit_back_note = at, note.strip()[:300]
        return _moved(row, row.state, Verb.VISITED_BACK, note, by=by, door=door, at=at)


def group_under(cases: Iterable[Any], parent: Any, *, by: Any, door: str, at: datetime.datetime) -> int:
    """Put cases under a class issue (举一反三); returns how many were put there."""
    with change(by=by, verb="grouped", door=door):
        top = locked(parent)
        if not top.is_class_issue or rules.COORDINATOR not in parts_of(top, by):
            raise DomainError(_("Choose a class issue that you coordinate."), code="not_a_class_issue")
        moved = 0
        for case in sorted(cases, key=lambda each: each.pk):
            row = locked(case)
            if row.pk == top.pk or row.is_class_issue or row.parent_id == top.pk or row.sight(by) != FULL:
                continue
            row.parent = top
            save_record(row, fields=["parent"], by=by, door=door, verb="grouped")
            _log(row, Verb.GROUPED, row.state, str(top), by=by, door=door, at=at)
            moved += 1
        return moved


def note_on_case(case: Any, *, text: str, is_shown: bool = False, by: Any, door: str, at: datetime.datetime) -> Any:
    """Add a note; shown to the enterprise only where somebody says so."""
    with change(by=by, verb="noted", door=door):
        row = _seen(case, by)
        if not text.strip():
            raise DomainError(code=rules.REASON_MISSING, fields={"text": [_("Write the note.")]})
        return _log(row, Verb.NOTE, row.state, text, by=by, door=door, at=at, is_shown=is_shown)


# --- urging and supervising ------------------------------------------------------------------------------------------


def urge_case(case: Any, *, by: Any, door: str, at: datetime.datetime, text: str = "") -> Any:
    """Urge the handler (催办): not while the enterprise must answer, not too often. Return the event."""
    with change(by=by, verb="urged", door=door):
        row = _step(case, rules.URGE, by=by)
        policy = clock.policy_on(local_day(at))
        urged = list(
            CaseEvent._base_manager.filter(case=row, verb=Verb.URGED)
            .filter(at__gte=_round_began(row))
            .values_list("at", flat=True)
        )
        terms = clock.sla.UrgeTerms(Amount(policy.urge_gap_days, DAYS), policy.urges_at_most)
        answer = clock.sla.may_urge(office_calendar(), urged, clock.sla.state_of(clock.segments_of(row)), at, terms)
        if answer.refusal:
            raise DomainError(case_refusal_text(answer.refusal, answer.again_at), code=answer.refusal)
        return _log(row, Verb.URGED, row.state, text, by=by, door=door, at=at, is_shown=True)


def supervise_case(
    case: Any, *, instruction: str, due_on: datetime.date | None = None, by: Any, door: str, at: datetime.datetime
) -> Any:
    """Put a case under supervision (督办): what is expected, in writing, by when. Return the supervision."""
    with change(by=by, verb="supervised", door=door):
        row = _step(case, rules.SUPERVISE, instruction, by=by)
        return _supervise(row, instruction, due_on=due_on, by=by, door=door, at=at)


def answer_supervision(supervision: Any, *, reply: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """The written reply to a supervision. Return the supervision."""
    with change(by=by, verb="supervision_answered", door=door):
        row = locked(supervision.case)
        asked = locked(supervision)
        if not parts_of(row, by) & {rules.HANDLER, rules.COORDINATOR}:
            raise DomainError(case_refusal_text(rules.NOT_YOURS), code=rules.NOT_YOURS)
        if asked.replied_at is not None:
            raise DomainError(_("This was answered already."), code="already_decided")
        if not reply.strip():
            raise DomainError(code=rules.REASON_MISSING, fields={"reply": [_("Write the reply.")]})
        asked.reply, asked.replied_at, asked.replied_by = reply.strip(), at, _person(by)
        saved = save_record(asked, fields=["reply", "replied_at", "replied_by"], by=by, door=door)
        _log(row, Verb.SUPERVISION_ANSWERED, row.state, reply, by=by, door=door, at=at)
        return saved


# --- following without an account ------------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret that can be read aloud: 12 characters, 59 bits."""
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(_SECRET_LENGTH))


def case_for_secret(number: str, secret: str) -> Any:
    """The case of this number if the secret is its own, else None; takes the same time for every wrong pair."""
    row = ServiceCase._base_manager.filter(number=number.strip().upper()).first()
    wanted = row.secret_hash if row is not None and row.secret_hash else _hashed("")
    fits = hmac.compare_digest(wanted, _hashed(secret.strip().lower()))
    return row if fits and row is not None and row.secret_hash else None


def _hashed(secret: str) -> str:
    # Random and long: nothing is gained by a slow hash, the doors limit the tries.
    return hashlib.sha256(secret.encode()).hexdigest()


# --- what the steps share --------------------------------------------------------------------------------------------


def parts_of(case: Any, by: Any, handlers: Iterable[Any] | None = None) -> frozenset[str]:
    """As what a person may act on a case: coordinator, handler, leader. One query, unless its handlers are given."""
    if not getattr(by, "has_staff_role", False):
        return frozenset()
    parts = set()
    if Role.SERVICE_COORDINATOR in by.role_codes:
        parts.add(rules.COORDINATOR)
    if Role.LEADER in by.role_codes:
        parts.add(rules.LEADER)
    known = CaseHandler._base_manager.filter(case=case) if handlers is None else handlers
    if case.owner_id == by.pk or any(
        each.person_id == by.pk or (each.unit_id and _works_in(by, each.unit_id))
        for each in known
        if each.ended_at is None
    ):
        parts.add(rules.HANDLER)
    return frozenset(parts)


def _step(case: Any, step: str, text: str = "", *, by: Any, if_version: int | None = None) -> Any:
    """The locked case, if this step may be taken now by this person. Raises DomainError."""
    row = _seen(case, by)
    if if_version is not None and row.version != if_version:
        text_ = _("Somebody saved this record after you opened it. Look at it again, then decide.")
        raise DomainError(text_, code="stale_version")
    code = rules.refusal(step, row.state, parts_of(row, by), text)
    if code:
        raise DomainError(case_refusal_text(code), code=code)
    return row


def _seen(case: Any, by: Any) -> Any:
    """The locked case. Raises DomainError `gone` for a colleague who may not see it."""
    row = locked(case)
    if getattr(by, "has_staff_role", False) and row.sight(by) != FULL:
        raise DomainError(_("There is no such case."), code="gone")
    return row


def _moved(
    row: Any,
    state: str,
    verb: str,
    text: str,
    *,
    by: Any,
    door: str,
    at: datetime.datetime,
    is_shown: bool = False,
    more: Sequence[str] = (),
) -> Any:
    """Write the case in its new state, with its times derived anew, and one event."""
    before, row.state = row.state, state
    clock.recompute(row, by=by, door=door, at=at)
    names = {
        "state", "owner", "unit", "due_at", "yellow_at", "accepted_at", "closed_at", "rejected_because", "level",
        "reopened", "visited_back_at", "visit_back_note", "resolve_days", *more,
    }  # fmt: skip
    saved = save_record(row, fields=sorted(names), by=by, door=door, verb=str(verb))
    _log(saved, verb, before, text, by=by, door=door, at=at, is_shown=is_shown)
    return saved


def _log(
    case: Any,
    verb: str,
    before: str,
    text: str,
    *,
    by: Any,
    door: str,
    at: datetime.datetime,
    is_shown: bool = False,
) -> Any:
    event = CaseEvent(
        case=case,
        verb=verb,
        from_state=before,
        to_state=case.state,
        text=text.strip(),
        is_shown=is_shown,
        at=at,
        by=_person(by),
        door=door,
    )
    return save_record(event, by=by, door=door, verb=str(verb))


def _close(row: Any, note: str, *, by: Any, door: str, at: datetime.datetime) -> Any:
    row.closed_at = at
    return _moved(row, CaseState.CLOSED, Verb.CLOSED, note, by=by, door=door, at=at, is_shown=True)


def _reopen(row: Any, why: str, *, by: Any, door: str, at: datetime.datetime) -> Any:
    """A round of its own: handlers end, a new clock runs, a level higher."""
    _end_handlers(row, _("Reopened."), by=by, door=door, at=at)
    clock.stop_clock(row, by=by, door=door, at=at)
    row.reopened += 1
    row.level += 1
    row.owner = None  # the unit stays: whoever may see it still may
    row.closed_at = None
    row.resolve_days = _base_limit(row)
    clock.start_clock(row, by=by, door=door, at=at)
    return _moved(row, CaseState.ACCEPTED, Verb.REOPENED, why, by=by, door=door, at=at, is_shown=True)


def _supervise(
    row: Any, instruction: str, *, due_on: datetime.date | None = None, by: Any, door: str, at: datetime.datetime
) -> Any:
    day = due_on or office_calendar().add_working_days(local_day(at), 2)
    if day < local_day(at):
        raise DomainError(code="due_on", fields={"due_on": [_("Choose today or a later day.")]})
    supervision = Supervision(
        case=row, instruction=instruction.strip()[:500], leader=_person(by), given_at=at, due_on=day
    )
    saved = save_record(supervision, by=by, door=door, verb="supervised")
    _log(row, Verb.SUPERVISED, row.state, instruction, by=by, door=door, at=at)
    return saved


def _check_dispatch(lead: Dispatch, co: Sequence[Dispatch]) -> None:
    fields: dict[str, list[str]] = {}
    for name, each in [("lead", lead), *(("co", one) for one in co)]:
        if (each.unit is None) == (each.external is None):
            fields.setdefault(name, []).append(_("Choose a unit of ours or an external one, not both."))
        elif each.person is not None and (each.unit is None or not _works_in(each.person, each.unit.pk)):
            fields.setdefault(name, []).append(_("%(person)s does not work in this unit.") % {"person": each.person})
        if each.limit_days is not None and each.limit_days < 1:
            fields.setdefault(name, []).append(_("Give one working day or more."))
    whom = [(each.unit and each.unit.pk, each.external and each.external.pk) for each in (lead, *co)]
    if len(set(whom)) < len(whom):
        fields.setdefault("co", []).append(_("A unit handles a case once."))
    if fields:
        raise DomainError(code="invalid_dispatch", fields=fields)


def _end_handlers(row: Any, why: str, *, by: Any, door: str, at: datetime.datetime) -> None:
    for handler in CaseHandler._base_manager.filter(case=row, ended_at__isnull=True):
        handler.ended_at, handler.ended_because = at, why
        save_record(handler, fields=["ended_at", "ended_because"], by=by, door=door, verb="ended")


def _lead_handler(row: Any) -> Any:
    lead = CaseHandler._base_manager.filter(case=row, part=CaseHandler.Part.LEAD, ended_at__isnull=True)
    return lead.first()


def _was_heard(row: Any, handler: Any) -> bool:
    """Whether this unit objected to this case before, in this round."""
    before = CaseHandler._base_manager.filter(case=row, objected_at__isnull=False, assigned_at__gte=_round_began(row))
    return bool(before.filter(unit=handler.unit_id, external=handler.external_id).exists())


def _round_began(row: Any) -> datetime.datetime:
    segments = clock.segments_of(row)
    return segments[0].since if segments else row.opened_at


def _works_in(person: Any, unit_id: Any) -> bool:
    return bool(getattr(person, "has_staff_role", False)) and unit_id in person.unit_ids


def _unit_of(by: Any) -> Any:
    """The first department of a member of staff; None for anybody else."""
    if not getattr(by, "has_staff_role", False):
        return None
    first = by.memberships.select_related("department").order_by("pk").first()
    return first.department if first is not None else None


def _person(by: Any) -> Any:
    return by if getattr(by, "pk", None) else None


def _arrived(client_key: str | None) -> Any:
    return ServiceCase._base_manager.filter(client_key=client_key).first() if client_key else None


def _tidy(case: Any) -> None:
    case.title = " ".join(case.title.split())[:120]
    case.enterprise_name = " ".join(case.enterprise_name.split())


def _value(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)
