"""The meeting as a file: 周报 and 月报 in Word, in the reader's language, with nothing in it that the reader may not see."""

import datetime
from collections.abc import Callable
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from directory.models import ZoneProfile
from pinghu.formats import full_day, is_chinese, plain, short_amount, with_currency
from pinghu.word import Paper
from promotion.meeting import Decided, Group, Line, Meeting
from promotion.models import Level
from promotion.rules import meeting as rules
from promotion.rules.meeting import Period
from promotion.rules.working_time import local_day
from promotion.services.evidence import clean_name
from promotion.wording import move_name, stage_name, standing_name

#: Of each group so many projects at most: a file of hundreds of pages is none that anybody reads.
LIMIT = 500

GROUP_NAMES: dict[str, Any] = {
    rules.MOVED: gettext_lazy("Moved"),
    rules.NEW: gettext_lazy("New"),
    rules.NOT_STARTED: gettext_lazy("Not moved: signed, not started"),
    rules.NOT_MOVED: gettext_lazy("Not moved: all others"),
}
_HAN_NUMBERS = "一二三四五六七八九十"


def report_name(meeting: Meeting, unit: str) -> str:
    """What the report is called; its file too."""
    kind = _("Weekly promotion report") if meeting.period.kind == rules.WEEK else _("Monthly promotion report")
    return clean_name(" ".join(part for part in (kind, period_name(meeting.period), unit) if part))


def report(meeting: Meeting, *, unit: str, by: Any, at: datetime.datetime) -> bytes:
    """The file of a meeting for the unit of that name ("" for all), made by somebody at a moment. One query."""
    zone = ZoneProfile.objects.visible_to(by).first()
    kind = _("Weekly promotion report") if meeting.period.kind == rules.WEEK else _("Monthly promotion report")
    name = _named(zone) if zone is not None else ""
    # In Chinese the zone's name stands in front; in English it would fill two lines.
    title, below = (f"{name}{kind}", "") if is_chinese(_language()) else (kind, name)
    paper = Paper(title=title, author=str(by), language=_language(), at=at, mark=_mark(meeting))
    of = _separated(period_name(meeting.period), unit or _("All units"))
    made = _("Made by %(person)s, as of %(at)s") % {"person": by, "at": _moment(at)}
    paper.title(title, *filter(None, (below, of, made)))
    number = _numbers()
    paper.heading(number(_("Summary")))
    _summary(paper, meeting)
    for group in meeting.groups:
        paper.heading(number(f"{GROUP_NAMES[group.code]}{_bracketed(group.count)}"))
        _projects(paper, group)
    paper.heading(number(_("Problems and help needed")))
    _asking(paper, meeting)
    paper.heading(number(_("Resolutions and instructions")))
    _decided(paper, meeting)
    if meeting.cumulative is not None:
        paper.heading(number(_("This month and this year")))
        _cumulative(paper, meeting)
    return paper.content()


def period_name(period: Period) -> str:
    """A period as people write it: 2026年5月25日至5月31日 / 25–31 May 2026; a month as a month."""
    language, first, last = _language(), period.first, period.last
    if period.kind == rules.MONTH:
        return full_day(f"{first:%Y-%m}", language)[0]
    end = full_day(last, language)[0]
    if is_chinese(language):
        begin = full_day(first, language)[0]
        return f"{begin}至{end.removeprefix(f'{last.year}年') if first.year == last.year else end}"
    if first.month == last.month:
        return f"{first.day}–{end}"
    begin = dateformat.format(first, "j M" if first.year == last.year else "j M Y")
    return f"{begin} – {end}"


def days_text(count: int) -> str:
    """So many days."""
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


# --- the parts -------------------------------------------------------------------------------------------------------


def _summary(paper: Paper, meeting: Meeting) -> None:
    counts = meeting.counts
    projects = [(_("Projects"), counts.projects), *((GROUP_NAMES[group.code], group.count) for group in meeting.groups)]
    work = [
        (_("Signed, not started"), counts.awaiting_start),
        (_("Problems"), counts.problems),
        (_("Help needed"), counts.help_needed),
        (_("Items open"), counts.items_open),
        (_("Overdue"), counts.items_overdue),
    ]
    for figures in (projects, work):
        header, values = zip(*figures, strict=True)
        paper.table([str(name) for name in header], [[str(value) for value in values]], [1] * 5, numeric=True)


def _projects(paper: Paper, group: Group) -> None:
    """Those with something to say in full, the others on one line each."""
    if not group.count:
        paper.text(_("None."))
        return
    if group.noted:
        header = [_("Project"), _("Progress"), _("Next step")]
        paper.table(header, [_project(line) for line in group.noted], [5, 6, 5], strong=0)
    if group.silent:
        paper.text(_("Projects without a note in this period: %(count)s.") % {"count": len(group.silent)})
        header = [_("Project"), _("Stage"), _("Days"), _("Officer in charge"), _("Planned before")]
        paper.table(header, [_silent(line) for line in group.silent], [5, 3, 1.4, 3, 4])
    if group.rest:
        paper.text(_("Further projects, not listed here: %(count)s.") % {"count": group.rest})


def _silent(line: Line) -> list[str]:
    officer = str(line.project.owner or "—")
    return [_named(line.project), standing_name(line.position), str(line.days), officer, line.planned or "—"]


def _project(line: Line) -> list[list[str]]:
    project = line.project
    facts = [_named(project), _separated(project.number, str(project.owner or ""))]
    if line.moves:
        facts += [_separated(move_name(move), _day(local_day(move.at)), move.why) for move in line.moves]
    else:
        facts.append(_separated(standing_name(line.position), days_text(line.days)))
    if project.total_investment is not None:
        language = _language()
        amount = with_currency(short_amount(project.total_investment, language), project.currency, language)
        facts.append(_("total investment %(amount)s") % {"amount": amount})
    if line.planned_start is not None and line.position.stage in rules.AWAITING_START:
        facts.append(_("to start on %(day)s") % {"day": _day(line.planned_start)})
    if len(line.notes) > 1:
        progress = [f"{_day(note.week)} {note.progress}" for note in line.notes if note.progress]
    else:
        progress = [note.progress for note in line.notes if note.progress]
    return [facts, progress or ["—"], [line.note.next_step if line.note and line.note.next_step else "—"]]


def _asking(paper: Paper, meeting: Meeting) -> None:
    if not meeting.asking:
        paper.text(_("None."))
        return
    rows = []
    for line in meeting.asking:
        note: Any = line.note  # there is one: it asks
        by = _day(note.help_by) if note.help_by else "—"
        unit = _named(note.help_from) if note.help_from else "—"
        rows.append([_named(line.project), note.problem or "—", note.help_needed or "—", unit, by])
    header = [_("Project"), _("Problem"), _("Help needed"), _("Unit asked"), _("Needed by")]
    paper.table(header, rows, [4, 4, 4, 2.6, 2.4], strong=0)


def _decided(paper: Paper, meeting: Meeting) -> None:
    """Overdue first, then what is open, then what was answered."""
    rows = [*meeting.decided, *(one for line in meeting.lines for one in line.decided)]
    if not rows:
        paper.text(_("None."))
        return
    rows.sort(key=lambda one: (not one.is_overdue, not one.is_open, one.item.due_on, one.item.pk))
    header = [_("What is to be done"), _("About what"), _("Who does it"), _("Due by"), _("How it stands")]
    cells = [
        [
            one.item.text,
            _subject(one.item) or "—",
            str(one.item.person),
            _day(one.item.due_on),
            _state(one, meeting.today),
        ]
        for one in rows
    ]
    paper.table(header, cells, [5, 3.6, 2, 2.4, 4])


def _state(one: Decided, today: datetime.date) -> str:
    if not one.is_open:
        day = _day(local_day(one.item.answered_at))
        return _("answered on %(day)s: %(answer)s") % {"day": day, "answer": one.item.answer}
    if one.is_overdue:
        return _("overdue by %(days)s") % {"days": days_text((today - one.item.due_on).days)}
    return _("not answered yet")


def _cumulative(paper: Paper, meeting: Meeting) -> None:
    found: Any = meeting.cumulative
    year = _("This year")
    header = [_("Projects that reached"), _("This month"), year]
    rows = [[stage_name(one.stage), str(one.in_period), str(one.in_year)] for one in found.reached]
    paper.table(header, rows, [6, 5, 5], numeric=True)
    if found.arrived:
        header = [_("Capital arrived"), _("This month"), year]
        rows = [[one.currency, plain(one.in_period, 2), plain(one.in_year, 2)] for one in found.arrived]
        paper.table(header, rows, [6, 5, 5], numeric=True)


# --- words -----------------------------------------------------------------------------------------------------------


def _mark(meeting: Meeting) -> str:
    """What stands on every page where something in it is not for everybody here."""
    levels = {line.project.confidentiality for line in meeting.lines}
    levels |= {row.confidentiality for one in meeting.decided if (row := one.item.project or one.item.lead)}
    if Level.CONFIDENTIAL in levels:
        return _("Internal. Contains confidential projects: do not pass on.")
    if Level.RESTRICTED in levels:
        return _("Internal. Contains restricted projects: do not pass on.")
    return _("Internal paper")


def _subject(item: Any) -> str:
    """What an action item is about; "" where it stands alone."""
    row = item.project or item.lead
    return _named(row) if row is not None else str(item.enterprise or "")


def _named(row: Any) -> str:
    """A row's name in the reader's language, where it has one there."""
    english = getattr(row, "name_en", "")
    return str(english if english and not is_chinese(_language()) else row.name)


def _day(day: datetime.date) -> str:
    """A day without its year where it is clear: the report says which year it is about."""
    return dateformat.format(day, "n月j日" if is_chinese(_language()) else "j M")


def _moment(at: datetime.datetime) -> str:
    return f"{full_day(at, _language())[0]} {timezone.localtime(at):%H:%M}"


def _numbers() -> Callable[[str], str]:
    """Number headings from here on: 一、 / 1."""
    place = 0

    def number(text: str) -> str:
        nonlocal place
        place += 1
        return f"{_HAN_NUMBERS[place - 1]}、{text}" if is_chinese(_language()) else f"{place}. {text}"

    return number


def _bracketed(count: int) -> str:
    return f"（{count}）" if is_chinese(_language()) else f" ({count})"


def _separated(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _language() -> str:
    return get_language() or ""
