"""A page of A4 for "the leader visits them tomorrow": who they are, what stands open, what was promised, what to ask."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pinghu.formats import full_day, plain
from pinghu.word import Paper
from promotion.enterprise_file import EnterpriseFile
from promotion.models import CaseState, EngagementPromise, Level
from promotion.rules.working_time import local_day


def brief(file: EnterpriseFile, *, by: Any, at: datetime.datetime) -> bytes:
    """The Word file, in the reader's language. No query but those for what the file has not joined."""
    enterprise = file.enterprise
    paper = Paper(
        title=_("Brief: %(enterprise)s") % {"enterprise": enterprise},
        author=str(by),
        language=get_language() or "",
        at=at,
        mark=_("Internal paper. Do not pass on.") if _is_guarded(file) else "",
        is_close=True,
    )
    below = [
        str(part) for part in (enterprise.registered_name, enterprise.group) if part and str(part) != str(enterprise)
    ]
    paper.title(_("Brief: %(enterprise)s") % {"enterprise": enterprise}, " · ".join([*below, _day(local_day(at))]))
    paper.heading(_("Who they are"))
    paper.table([_("What"), _("How it is")], list(_who(file)), [3, 9], strong=0)
    _rows(paper, _("Open requests"), [_("Number"), _("What it is about"), _("Stands at"), _("Due")], [
        [case.number, case.title, str(case.get_state_display()), _moment(case.due_at)] for case in file.open_cases
    ], [2.6, 5.6, 2.8, 3.4])  # fmt: skip
    _rows(paper, _("Last visits"), [_("On"), _("Who"), _("What was seen and said")], [
        [_day(visit.on), str(visit.owner or "–"), visit.seen[:200]] for visit in file.visits[:3]
    ], [3.2, 2, 8.4])  # fmt: skip
    _rows(paper, _("Projects"), [_("Number"), _("Project"), _("Stage"), _("Officer in charge")], [
        [project.number, project.name, str(project.get_stage_display()), str(project.owner or "–")]
        for project in file.projects
    ], [3, 6, 3, 3])  # fmt: skip
    _rows(paper, _("Promised, both ways"), [_("Whose"), _("What is promised"), _("Due"), _("Kept")], list(_promised(file)),
          [2, 6, 3.2, 3.2])  # fmt: skip
    _rows(paper, _("What they may be about to do"), [_("Noticed on"), _("Kind"), _("Source")], [
        [_day(signal.on), f"{signal.get_kind_display()} · {signal.get_strength_display()}", signal.source]
        for signal in file.signals
    ], [3.2, 3.6, 6.8])  # fmt: skip
    paper.heading(_("To ask"))
    asked = [f"{place}. {_question(each)}" for place, each in enumerate(file.to_ask[:6], 1)]
    for line in asked or [_("Nothing stands open: how is business, and what do you need from us?")]:
        paper.text(line)
    return paper.content()


def _rows(paper: Paper, title: str, header: list[str], rows: list[list[str]], widths: list[float]) -> None:
    if rows:
        paper.heading(title)
        paper.table(header, rows, widths)


def _who(file: EnterpriseFile) -> Iterable[list[str]]:
    enterprise = file.enterprise
    facts: list[tuple[Any, Any]] = [
        (_("Stands to the zone"), enterprise.get_relation_display()),
        (_("Makes"), enterprise.products),
        (_("Chains"), "、".join(f"{row.segment.chain}: {row.segment}" for row in file.positions)),
        (_("Corporate group"), enterprise.group or ""),
        (
            _("Where"),
            "、".join(f"{row.carrier.park} {row.carrier} {plain(row.area_m2, 0)} m²" for row in file.tenancies),
        ),
        (_("Titles"), "、".join(f"{row.type}{_until(row.valid_until)}" for row in file.qualifications)),
        (_("Looked after by"), "、".join(f"{row.person} ({row.get_part_display()})" for row in file.liaisons)),
        (
            _("Foreign capital"),
            "、".join(f"{row['currency']} {plain(row['sum'], 2)} ({row['label']})" for row in file.capital),
        ),
        (
            _("Annual figures, CNY 10,000"),
            "; ".join(
                f"{row.year}: {_('revenue')} {_figure(row.revenue)}, {_('tax')} {_figure(row.tax)}"
                for row in file.figures
            ),
        ),
        (
            _("Requests"),
            _("%(all)s in all, %(open)s open, %(reopened)s came back") % file.case_counts,
        ),
    ]
    return ([str(name), str(value)] for name, value in facts if value)


def _promised(file: EnterpriseFile) -> Iterable[list[str]]:
    for row in file.commitments:
        yield [str(row.get_side_display()), row.text, _day(row.due_on), _day(row.fulfilled_on)]
    for row in file.promises:
        yield [str(row.get_side_display()), row.text, _day(row.due_on), _day(row.done_on)]
    for row in file.visit_promises:
        kept = local_day(row.answered_at) if row.answered_at is not None else None
        yield [str(EngagementPromise.Side.OURS.label), row.text, _day(row.due_on), _day(kept)]


def _question(each: Any) -> str:
    name = each._meta.model_name
    if name == "servicecase":
        about = {"number": each.number, "title": each.title}
        if each.state == CaseState.REPLIED:
            return _("%(number)s “%(title)s”: does our answer help?") % about
        if each.state == CaseState.WAITING:
            return _("%(number)s “%(title)s”: we asked back; when will they answer?") % about
        return _("%(number)s “%(title)s”: how do things stand today?") % about
    if name in ("engagementpromise", "actionitem"):
        return _("Promised: %(text)s") % {"text": each.text}
    return _("Signal of %(kind)s: is it so, and what would it need?") % {"kind": each.get_kind_display()}


def _is_guarded(file: EnterpriseFile) -> bool:
    rows = (*file.visits, *file.open_cases, *file.projects, *file.signals, *file.engagements)
    return bool(file.figures) or any(row.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL) for row in rows)


def _figure(value: Any) -> str:
    return "–" if value is None else plain(value, 0)


def _until(day: datetime.date | None) -> str:
    return f" ({_('until')} {_day(day)})" if day is not None else ""


def _day(day: datetime.date | None) -> str:
    return full_day(day, get_language() or "")[0] if day is not None else "–"


def _moment(moment: datetime.datetime | None) -> str:
    return _day(local_day(moment)) if moment is not None else "–"
