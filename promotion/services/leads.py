"""Leads: entered once, screened, closed or made a project; and the colleague who asks to join one.

A new lead is compared with everybody known (`promotion.matching`). What the person may know of blocks or asks; a
collision with a lead hidden from them changes nothing for them and lands in the day of that lead's owner and manager.
"""

import datetime
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from directory.models import Enterprise
from directory.models.enterprises import credit_code_message
from directory.rules import uscc as credit_code
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, editable_fields, save_record
from promotion.calendar import work_calendar
from promotion.matching import collisions, name_key
from promotion.models import ActionItem, InvestmentProject, JoinRequest, Lead, LeadMember, Part, ProjectMember
from promotion.people import managers_of
from promotion.rules import lead_matching
from promotion.rules.claims import incomplete_fields
from promotion.rules.confidentiality import FULL, HIDDEN, LEVELS, SERVICE, level_problem
from promotion.rules.lead_matching import Card, Notice
from promotion.rules.working_time import local_day
from promotion.services.numbers import LEAD, next_number
from promotion.services.telling import page_of, tell

#: Written by services alone; no form, import or API takes them.
KEPT = frozenset(
    {
        "number", "name_key", "status", "complete_at", "screened_on", "screening_note", "closed_on", "close_reason",
        "close_note", "next_step", "next_on", "last_contact_at", "client_key",
    }
)  # fmt: skip
#: What may still be written of a lead that is closed or became a project.
OPEN_WHEN_ENDED = frozenset({"detail", "is_long_term"})
#: Once set, they change by a transfer only: the claim goes with them.
BY_TRANSFER = frozenset({"owner", "unit"})
#: Working days that somebody who is told of a hidden collision has to look at it.
_DAYS_TO_LOOK = 1


class DuplicateLead(DomainError):
    """The lead may be here already: code `duplicate` forbids it, `possible_duplicate` asks to confirm.

    `cards` are what the person may see of the others.
    """

    def __init__(self, message: str, *, cards: Sequence[Card], **options: Any) -> None:
        super().__init__(message, **options)
        self.cards = tuple(cards)


def save_lead(
    lead: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
    confirmed: bool = False,
    client_key: str | None = None,
) -> Any:
    """Enter a lead, or write the named fields of one. Return the stored lead.

    A new one is always `new`, gets its number and, where none are given, `by` as owner and the owner's department as
    unit. `confirmed` says that it is none of the probable matches. A `client_key` that has arrived already from the
    same person returns that lead. Locks the number series (new) or the row. Raises DuplicateLead, StaleVersion, and
    DomainError with field errors.
    """
    moment = at or timezone.now()
    known = _arrived(client_key, by)
    if known is not None:
        return known
    if not lead._state.adding:
        return _change_lead(lead, fields, by, door, moment, if_version, why, children, confirmed)
    try:
        return _enter_lead(lead, by, door, moment, why, children, confirmed, client_key)
    except DomainError:
        # The same draft, sent twice at once: the other one was faster.
        known = _arrived(client_key, by)
        if known is None:
            raise
        return known


def _enter_lead(
    lead: Any,
    by: Any,
    door: str,
    at: datetime.datetime,
    why: str,
    children: Sequence[ChildSave],
    confirmed: bool,
    client_key: str | None,
) -> Any:
    with change(by=by, verb="created", door=door, why=why):
        for name in KEPT:
            column: Any = Lead._meta.get_field(name)
            setattr(lead, name, column.get_default())
        lead.client_key = client_key or None
        if lead.owner_id is None and getattr(by, "pk", None):
            lead.owner = by
        if lead.unit_id is None and lead.owner_id is not None:
            first = lead.owner.memberships.select_related("department").first()
            lead.unit = first.department if first is not None else None
        _tidy(lead)
        _check_code(lead.uscc)
        # Before the others are looked at: the series' row stays locked, so two equal leads cannot pass side by side.
        lead.number = next_number(LEAD, at)
        found = _compare(lead, by, confirmed)
        lead.complete_at = at if _is_complete(lead) else None
        saved = save_record(lead, by=by, door=door, why=why, children=children)
        _claim(saved, by=by, door=door, at=at)
        _tell(found.notices, saved, by=by, door=door, at=at)
        return saved


def _change_lead(
    lead: Any,
    fields: Iterable[str] | None,
    by: Any,
    door: str,
    at: datetime.datetime,
    if_version: int | None,
    why: str,
    children: Sequence[ChildSave],
    confirmed: bool,
) -> Any:
    if fields is not None and (kept := KEPT & set(fields)):
        raise DomainError(
            code="kept_by_services", fields={name: [_("This is not typed: a verb sets it.")] for name in sorted(kept)}
        )
    with change(by=by, verb="updated", door=door, why=why):
        row = locked(lead)
        _tidy(lead)
        wanted = None if fields is None else set(fields)
        names = [
            field.name
            for field in editable_fields(lead)
            if field.name not in KEPT and (wanted is None or field.name in wanted)
        ]
        is_stale = if_version is not None and if_version != row.version
        changed = {name for name in names if _value(row, name) != _value(lead, name)}
        if not is_stale:  # what is stale is refused whole, by `save_record`
            _may_change(row, lead, changed)
        merged = copy(row)
        for name in changed:
            setattr(merged, name, getattr(lead, name))
        notices: tuple[Notice, ...] = ()
        if "uscc" in changed:
            _check_code(lead.uscc)
        if changed & {"name", "uscc"} and not is_stale:
            notices = _compare(merged, by, confirmed).notices
            lead.name_key = merged.name_key = name_key(merged.name)
            names.append("name_key")
        if row.complete_at is None and _is_complete(merged):
            lead.complete_at = at
            names.append("complete_at")
        saved = save_record(lead, fields=names, by=by, door=door, if_version=if_version, why=why, children=children)
        _claim(saved, by=by, door=door, at=at)
        _tell(notices, saved, by=by, door=door, at=at)
        return saved


# --- verbs -----------------------------------------------------------------------------------------------------------


def screen_lead(lead: Any, *, note: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Judge a new lead worth following (研判), with a note. Raises DomainError."""
    if not note.strip():
        raise DomainError(code="note_needed", fields={"note": [_("Say what the screening found.")]})
    with change(by=by, verb="screened", door=door, why=note):
        row = locked(lead)
        if row.status != Lead.Status.NEW:
            raise DomainError(_("Only a new lead is screened."), code="wrong_state")
        row.status, row.screened_on, row.screening_note = Lead.Status.SCREENED, local_day(at), note.strip()
        return save_record(row, fields=["status", "screened_on", "screening_note"], by=by, door=door, verb="screened")


def close_lead(lead: Any, *, reason: str, note: str = "", by: Any, door: str, at: datetime.datetime) -> Any:
    """End an open lead with a reason. Raises DomainError."""
    if reason not in Lead.CloseReason.values:
        raise DomainError(code="reason_needed", fields={"reason": [_("Choose why the lead is closed.")]})
    with change(by=by, verb="closed", door=door, why=note):
        row = locked(lead)
        _must_be_open(row)
        row.status, row.closed_on = Lead.Status.CLOSED, local_day(at)
        row.close_reason, row.close_note = reason, note.strip()
        fields = ["status", "closed_on", "close_reason", "close_note"]
        return save_record(row, fields=fields, by=by, door=door, verb="closed")


def reopen_lead(lead: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Take a closed lead up again where it stood. Raises DomainError, also where its code is on an open lead now."""
    if not why.strip():
        raise DomainError(code="reason_needed", fields={"why": [_("Say why it is taken up again.")]})
    with change(by=by, verb="reopened", door=door, why=why):
        row = locked(lead)
        if row.status != Lead.Status.CLOSED:
            raise DomainError(_("Only a closed lead is taken up again."), code="wrong_state")
        found = _compare(row, by, confirmed=True)
        row.status = Lead.Status.SCREENED if row.screened_on else Lead.Status.NEW
        row.closed_on, row.close_reason, row.close_note = None, "", ""
        fields = ["status", "closed_on", "close_reason", "close_note"]
        saved = save_record(row, fields=fields, by=by, door=door, verb="reopened")
        _claim(saved, by=by, door=door, at=at)
        _tell(found.notices, saved, by=by, door=door, at=at)
        return saved


def convert_lead(
    lead: Any, *, track: str, name: str = "", by: Any, door: str, at: datetime.datetime, if_version: int | None = None
) -> InvestmentProject:
    """Make a screened lead a project: its people, contacts, talks, space and next step move along.

    The lead keeps the link.

    Raises StaleVersion, DomainError; then neither is changed.
    """
    from promotion.services.projects import save_project

    with change(by=by, verb="converted", door=door):
        row = locked(lead)
        if if_version is not None and row.version != if_version:
            text = _("Somebody saved this record after you opened it. Compare both versions, then save yours again.")
            raise StaleVersion(text, current=row)
        _must_be_open(row)
        if row.status != Lead.Status.SCREENED:
            raise DomainError(_("Screen the lead first: then it can become a project."), code="not_screened")
        draft = InvestmentProject(
            name=name.strip() or row.name,
            track=track,
            lead=row,
            investor=row.name,
            investor_country=row.country,
            content="\n".join(text for text in (row.business, row.detail) if text),
            total_investment=row.intended_investment,
            is_demo=row.is_demo,
            **{
                field: getattr(row, field)
                for field in (
                    "name_en", "owner", "unit", "confidentiality", "code_name", "counterpart", "group", "enterprise",
                    "chain", "segment", "currency",
                )
            },
        )  # fmt: skip
        if row.space_m2 is not None and row.space_kind != Lead.SpaceKind.NONE:
            setattr(draft, "land_m2" if row.space_kind == Lead.SpaceKind.LAND else "floor_m2", row.space_m2)
        project = save_project(draft, by=by, door=door, at=at)
        _move_along(row, project, by=by, door=door)
        row.status = Lead.Status.CONVERTED
        save_record(row, fields=["status"], by=by, door=door, verb="converted")
        return project


def _move_along(lead: Any, project: Any, *, by: Any, door: str) -> None:
    """What hangs on the lead hangs on the project too, as of now."""
    steps = ["lead", "next_step", "next_on", "last_contact_at"]
    project.lead = lead
    for name in steps[1:]:
        setattr(project, name, getattr(lead, name))
    save_record(project, fields=steps, by=by, door=door)
    known = set(project.members.order_by().values_list("person", "part"))
    for member in lead.members.order_by("pk"):
        if (member.person_id, member.part) not in known:
            save_record(ProjectMember(project=project, person_id=member.person_id, part=member.part), by=by, door=door)
    for hanging in (lead.contacts, lead.interactions, lead.space_intents):
        for row in hanging.filter(project__isnull=True).order_by("pk"):
            row.project = project
            save_record(row, fields=["project"], by=by, door=door)


def set_confidentiality(
    lead: Any, *, level: str, code_name: str = "", is_publication: bool = False, why: str = "", by: Any, door: str
) -> Any:
    """Set the level of a lead (or counterpart) and its code name. A lower one only as a publication, with a reason.

    Raises DomainError: `lowered_without_publication`, or `not_yours` for whoever is neither its officer nor a manager.
    """
    if level not in LEVELS:
        raise DomainError(code="unknown_level", fields={"level": [_("There is no such level.")]})
    with change(by=by, verb="confidentiality_set", door=door, why=why):
        row = locked(lead)
        _must_decide(row, by)
        if level_problem(row.confidentiality, level, is_publication=is_publication):
            raise DomainError(code="lowered_without_publication", fields={"level": [lowered_text()]})
        if is_publication and not why.strip():
            raise DomainError(code="reason_needed", fields={"why": [_("Say why more people may see it.")]})
        row.confidentiality, row.code_name = level, code_name.strip()
        fields = ["confidentiality", "code_name"]
        return save_record(row, fields=fields, by=by, door=door, verb="confidentiality_set")


# --- joining a colleague's lead --------------------------------------------------------------------------------------


def ask_to_join(lead: Any, *, by: Any, reason: str = "", door: str, at: datetime.datetime) -> Any:
    """Ask the officer of an open lead to be let in; asked twice it stays one request.

    Raises DomainError for a lead that the person may not know of, or belongs to already.
    """
    with change(by=by, verb="asked_to_join", door=door, why=reason):
        row = locked(lead)
        if row.sight(by) == HIDDEN:
            raise DomainError(_("There is no such lead."), code="gone")
        _must_be_open(row)
        if row.owner_id == by.pk or row.members.filter(person=by).exists():
            raise DomainError(_("You belong to this lead already."), code="belongs_already")
        pending = JoinRequest._base_manager.filter(lead=row, by=by, status=JoinRequest.Status.PENDING).first()
        if pending is not None:
            return pending
        request = JoinRequest(lead=row, by=by, reason=reason.strip()[:300], is_demo=row.is_demo)
        saved = save_record(request, by=by, door=door, verb="asked_to_join")
        people = [row.owner_id] if row.owner_id else managers_of([row.unit_id]).get(row.unit_id, ())
        tell("join_asked", people, row, by=by, at=at, path=page_of(saved), person=by)
        return saved


def decide_join(request: Any, *, accept: bool, by: Any, door: str, at: datetime.datetime) -> Any:
    """Let somebody into the lead's task force, or not. The lead's officer decides, or a manager who sees it whole."""
    verb = JoinRequest.Status.ACCEPTED if accept else JoinRequest.Status.REFUSED
    with change(by=by, verb=verb, door=door):
        lead = locked(request.lead)
        row = locked(request)
        if row.status != JoinRequest.Status.PENDING:
            raise DomainError(_("Somebody decided this request already."), code="already_decided")
        _must_decide(lead, by)
        row.status, row.decided_by, row.decided_at = verb, by if getattr(by, "pk", None) else None, at
        decided = save_record(row, fields=["status", "decided_by", "decided_at"], by=by, door=door, verb=verb)
        if accept and not lead.members.filter(person=row.by_id, part=Part.TEAM).exists():
            save_record(LeadMember(lead=lead, person_id=row.by_id, part=Part.TEAM), by=by, door=door)
        tell("join_decided", [row.by_id], lead, by=by, at=at, masked_path=page_of(decided))
        return decided


# --- what the verbs share --------------------------------------------------------------------------------------------


def locked(row: Any) -> Any:
    """The row as it stands now, locked until the end of the change. Raises DomainError if it was deleted."""
    found = type(row)._base_manager.select_for_update().order_by().filter(pk=row.pk).first()
    if found is None:
        raise DomainError(_("This record was deleted meanwhile."), code="gone")
    return found


def lowered_text() -> str:
    """What to say to whoever lowers a level in passing."""
    return _("A lower level lets more people see it: use “Change who may see it” and say that it is meant so.")


def _arrived(client_key: str | None, by: Any) -> Any:
    """The lead that this person's draft became already; a key of somebody else's says nothing and is refused later."""
    if not client_key:
        return None
    lead = Lead._base_manager.filter(client_key=client_key).first()
    if lead is None:
        return None
    first = Lead.history.filter(id=lead.pk).select_related("change").order_by("history_id").first()
    entered_by = first.change.by_id if first is not None else lead.owner_id
    return lead if entered_by is not None and entered_by == getattr(by, "pk", None) else None


def _tidy(lead: Any) -> None:
    """Names without blanks around them, the code as it is stored."""
    lead.name, lead.name_en = " ".join(lead.name.split()), " ".join(lead.name_en.split())
    lead.origin, lead.business = lead.origin.strip(), lead.business.strip()
    lead.name_key = name_key(lead.name)
    lead.uscc = credit_code.normalise(lead.uscc or "")


def _check_code(code: str) -> None:
    """Raise DomainError for a code that is none, saying what is wrong with it."""
    if code and (problem := credit_code.problem(code)):
        raise DomainError(code="invalid_uscc", fields={"uscc": [credit_code_message(problem)]})


def _is_complete(lead: Any) -> bool:
    values = {name: _value(lead, name) for name in Lead.MANDATORY}
    return not incomplete_fields(values, Lead.MANDATORY)


def _value(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)


def _may_change(row: Any, lead: Any, changed: set[str]) -> None:
    """Raise DomainError where an ordinary edit goes beyond what it may."""
    if not row.is_open and (refused := changed - OPEN_WHEN_ENDED):
        text = _("The lead has ended. Only its detail and the long-term mark can still be changed.")
        raise DomainError(text, code="ended", fields={name: [text] for name in sorted(refused)})
    if moved := {name for name in changed & BY_TRANSFER if _value(row, name) is not None}:
        text = _("Transfer the lead instead: then the claim goes with it.")
        raise DomainError(text, code="by_transfer", fields={name: [text] for name in sorted(moved)})
    lowers = lead.confidentiality in LEVELS and level_problem(row.confidentiality, lead.confidentiality)
    if "confidentiality" in changed and lowers:
        raise DomainError(code="lowered_without_publication", fields={"confidentiality": [lowered_text()]})


def _must_be_open(lead: Any) -> None:
    if not lead.is_open:
        raise DomainError(_("The lead has ended already."), code="ended")


def _must_decide(lead: Any, by: Any) -> None:
    """Its officer, a manager (of what we do for those here: a coordinator) who sees it whole, or the system itself."""
    if by is None or lead.owner_id == by.pk:
        return
    role = Role.SERVICE_COORDINATOR if lead.subject == SERVICE else Role.PROMOTION_MANAGER
    if not (by.has_any_role(role) and lead.sight(by) == FULL):
        text = _("Only the officer in charge or a %(role)s decides this.") % {"role": role.label}
        raise DomainError(text, code="not_yours")


def _compare(lead: Any, by: Any, confirmed: bool) -> lead_matching.Collision:
    """Look for it among all that is known. Raises DuplicateLead with what the person may see of the others."""
    linked = {
        (lead_matching.ENTERPRISE, lead.enterprise_id),
        (lead_matching.GROUP, lead.group_id),
        (lead_matching.COUNTERPART, lead.counterpart_id),
    }
    if lead.group_id is not None:
        # A group's own enterprises are named after it: they are known, and no other investor.
        own = Enterprise.objects.filter(group=lead.group_id).order_by().values_list("pk", flat=True)
        linked |= {(lead_matching.ENTERPRISE, key) for key in own}
    found = collisions(name=lead.name, uscc=lead.uscc, user=by, confirmed=confirmed, exclude=lead.pk, known=linked)
    if found.action == lead_matching.BLOCK:
        first = found.cards[0]
        place = {"lead": first.name, "unit": first.unit or "–"}
        text = _("An open lead has this credit code already: %(lead)s (%(unit)s). Ask to join it.") % place
        raise DuplicateLead(cards=found.cards, message="", code="duplicate", fields={"uscc": [text]})
    if found.action == lead_matching.ASK:
        text = _("It may be here already. Look at the matches, then enter it all the same if it is another.")
        raise DuplicateLead(text, cards=found.cards, code="possible_duplicate")
    return found


def _claim(lead: Any, *, by: Any, door: str, at: datetime.datetime) -> None:
    from promotion.services.claims import start_or_keep_claim

    start_or_keep_claim(lead, by=by, door=door, at=at)


def _tell(notices: Sequence[Notice], lead: Any, *, by: Any, door: str, at: datetime.datetime) -> None:
    """Put the hidden collision into the day of those who may know of the hidden lead, and tell them at once."""
    hits = {notice.key: notice.tell for notice in notices if notice.kind == lead_matching.LEAD}
    if not hits:
        return
    hidden = Lead._base_manager.in_bulk(list(hits))
    people = User._base_manager.in_bulk({person for tell in hits.values() for person in tell})
    due_on = work_calendar().next_working_day(local_day(at) + datetime.timedelta(days=_DAYS_TO_LOOK))
    for key, keys in hits.items():
        # That there is a hidden lead is itself nothing for the group chat.
        tell("lead_collision", keys, hidden[key], by=by, at=at, urgent=True, is_private=True, other=lead.number)
        for person in (people[each] for each in keys):
            with override(person.language):
                text = _("Lead %(number)s was entered and may be the same as this one. Look at both.") % {
                    "number": lead.number
                }
            item = ActionItem(
                origin=ActionItem.Origin.SYSTEM, text=text, person=person, due_on=due_on, lead=hidden[key]
            )
            save_record(item, by=by, door=door, verb="told_of_collision")
