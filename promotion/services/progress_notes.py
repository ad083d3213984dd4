"""The four lines that a project brings to the meeting: one note for each project and week, written by who works on it."""

import datetime
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import InvestmentProject, Part, ProgressNote
from promotion.rules import meeting as rules
from promotion.rules.working_time import local_day
from promotion.services.leads import locked

#: What a note says; the rest of it is whose it is.
LINES = ("progress", "next_step", "problem", "help_needed", "help_from", "help_by")
#: As what one works on a project; to be named as somebody who may see it is not that.
WORKING_PARTS = (Part.TEAM, Part.LINKED_LEADER)


def save_progress_note(
    note: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Write the note of a project for a week, or the named lines of it. Return the stored note.

    Locks the project, so that two people who write the first note of a week at once do not pass each other: the
    second gets StaleVersion with the first one's. Refused for an ended project, a week that is over or has not begun,
    and whoever does not work on the project. Raises StaleVersion, and DomainError with field errors.
    """
    if fields is not None and set(fields) - set(LINES):
        raise DomainError(_("A note stays with its project and week: only its lines are written."), code="fixed")
    moment = at or timezone.now()
    with change(by=by, verb="noted", door=door, why=why):
        project = locked(note.project)
        _must_write(project, by)
        if project.has_ended:
            raise DomainError(_("The project has ended: no note is written for it any more."), code="ended")
        if problem := rules.week_problem(note.week, local_day(moment)):
            raise DomainError(week_text(problem), code=problem)
        stored = ProgressNote._base_manager.filter(project=project, week=note.week).first()
        if stored is not None and note._state.adding:
            raise StaleVersion(stale_text(), current=stored)
        names = [name for name in LINES if fields is None or name in set(fields)]
        for name in ("progress", "next_step", "problem", "help_needed"):
            setattr(note, name, getattr(note, name).strip())
        _check(note if stored is None else _merged(stored, note, names))
        if stored is not None and not any(_value(stored, name) != _value(note, name) for name in names):
            names = []  # nothing changed, so nobody wrote it anew
        else:
            note.by = by if getattr(by, "pk", None) else None
            names.append("by")
        return save_record(note, fields=names, by=by, door=door, if_version=if_version, verb="noted", children=children)


def may_write_note(project: Any, by: Any) -> bool:
    """Whether this person writes the notes of a project that they see: who has charge of it, its task force, its
    linked leader. One query for those who have no charge of it.
    """
    return has_charge(project, by) or project.members.filter(person=by, part__in=WORKING_PARTS).exists()


def has_charge(project: Any, by: Any) -> bool:
    """Whether this person is its officer, an officer of its unit or a promotion manager. No query beside role and units."""
    if project.owner_id == by.pk or by.has_any_role(Role.PROMOTION_MANAGER):
        return True
    return bool(by.has_any_role(Role.PROMOTION_OFFICER) and project.unit_id in by.unit_ids)


def stale_text() -> str:
    """What to say to the second of two people who write one note."""
    return _("Somebody wrote this note meanwhile. Nothing of yours is lost: compare, then save again.")


def week_text(code: str) -> str:
    """What a code of `rules.meeting.week_problem` says to a person."""
    return {
        "not_monday": _("Give a Monday."),
        "in_future": _("This week has not begun yet."),
        "week_over": _("This week's meeting is over: write the note of the current week."),
    }[code]


def note_text(code: str) -> str:
    """What a code of `rules.meeting.note_problems` says to a person."""
    return {
        "empty": _("Say what happened, or that nothing did."),
        "unit_required": _("Say which unit is to help."),
        "date_required": _("Say by when the help is needed."),
        "help_required": _("Say what help is needed."),
        "date_past": _("This day is before the week of the note. Give a later one."),
    }[code]


def _must_write(project: Any, by: Any) -> None:
    if by is None:
        return
    if not InvestmentProject.objects.visible_to(by).filter(pk=project.pk).exists():
        raise DomainError(_("There is no such record."), code="gone")
    if not may_write_note(project, by):
        raise DomainError(
            _("Only those who work on the project or a promotion manager write its note."), code="not_yours"
        )


def _check(note: Any) -> None:
    entered = rules.Note(note.progress, note.next_step, note.problem, note.help_needed, note.help_from_id, note.help_by)
    fields: dict[str, list[str]] = {}
    for name, code in rules.note_problems(entered, note.week):
        fields.setdefault(name, []).append(note_text(code))
    if fields:
        raise DomainError(code="invalid_note", fields=fields)


def _merged(stored: Any, note: Any, names: Iterable[str]) -> Any:
    """What would stand there: the stored note with the lines that are written."""
    merged = copy(stored)
    for name in names:
        setattr(merged, merged._meta.get_field(name).attname, _value(note, name))
    return merged


def _value(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)
