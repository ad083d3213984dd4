"""Anonymising one person (PIPL art. 47), and handing out what is kept about them (art. 45).

What goes: the contact's personal columns, in history too; the person's name, telephone numbers and addresses in the
texts that staff wrote about the same leads, projects and counterparts, in those texts' history and in the reasons given
with their changes; in imported lines, in what merges remember, in notices. Act, author, day and field names stay.

Somebody acting sees what they see: rows that are hidden from them are left alone, and whoever has those is told. The
system itself (a retention period that is over) leaves nothing out.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from directory.models import ImportRow, ImportRun, MergeRecord
from directory.services.importing.kinds import kind_of
from pinghu.errors import DomainError
from pinghu.inbox.models import Notification
from pinghu.inbox.services import notify
from pinghu.ledger.bulk import update_many
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.forgetting import reasons_of, rewrite_history, rewrite_reasons
from pinghu.ledger.models import Change
from pinghu.ledger.saving import run_after_save, save_record
from pinghu.personal_data import Mentions, all_mentions
from pinghu.records import visible_rows
from promotion.models import Contact, Counterpart, InvestmentProject, Lead
from promotion.models.parties import anonymous
from promotion.rules.personal_data import MASK, erased, eraser
from promotion.services.leads import locked

VERB = "anonymised"
#: The records that guard what a contact hangs on.
GUARDED: Mapping[str, Any] = {"lead": Lead, "project": InvestmentProject, "counterpart": Counterpart}
#: What texts hang on: those on the same as the contact are looked through.
LINKS = ("counterpart", "lead", "project", "enterprise")
#: What else of a contact is handed out to the person.
HANDED_OUT = ("organisation", "purpose", "counterpart", "enterprise", "group", "created_at", "last_contact_on")
#: JSON columns of a line of a file that repeat its cells.
_CELLS = ("raw", "values", "changes", "before", "candidates", "problems")

Erase = Callable[[str], str]
Values = dict[str, Any]


@dataclass(slots=True)
class Found:
    """Where the person stands in one kind of row: new values of live rows, and of history rows by their key."""

    model: Any
    rows: list[tuple[Any, Values]] = field(default_factory=list)
    history: dict[int, Values] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.history)

    @property
    def label(self) -> Any:
        return _("reasons given with changes") if self.model is Change else self.model._meta.verbose_name_plural


@dataclass(frozen=True, slots=True)
class Plan:
    """What anonymising would touch: so many rows of each kind, in all, and on which contacts."""

    contacts: tuple[Any, ...]
    places: tuple[tuple[Any, int], ...]
    total: int


def plan_anonymising(contact: Any, *, by: Any) -> Plan:
    """What `anonymise` would touch for this person, as far as `by` sees it; writes nothing."""
    person = _Person(contact, by)
    places = tuple((each.label, each.count) for each in person.found if each.count)
    return Plan(tuple(person.contacts), places, person.total)


def anonymise(
    contact: Any, *, by: Any, door: str, at: datetime.datetime, why: str = "", expected: int | None = None
) -> int:
    """Take a person out of everything, for good; returns how many rows were touched.

    `expected` is the number that somebody agreed to: another one now is refused. Locks the contact, then the texts in
    the order of their keys. Raises DomainError.
    """
    # Whoever gives the reason may name the person in it.
    reason = _Person(contact, by).erase(why)
    with change(by=by, verb=VERB, door=door, why=reason):
        row = locked(contact)
        if row.anonymised_at is not None:
            raise DomainError(_("This person was anonymised already."), code="already_done")
        person = _Person(row, by, is_locking=True)
        if expected is not None and expected != person.total:
            text = _("Meanwhile it is %(now)s rows instead of %(then)s. Look at the list again, then confirm.")
            raise DomainError(text % {"now": person.total, "then": expected}, code="changed")
        if by is not None:
            person.tell_hidden_owners(at=at)
        total = person.total
        for each in person.found:
            _write(each, by=by, door=door, at=at)
        return total


# --- finding --------------------------------------------------------------------------------------------------------


class _Person:
    """One human being: their contacts, what they are recognised by, and where that stands."""

    def __init__(self, contact: Any, by: Any, *, is_locking: bool = False) -> None:
        self.by, self.is_locking = by, is_locking
        namesakes = _namesakes(contact)
        seen = {row.pk for row in namesakes} if by is None else _seen(Contact, [row.pk for row in namesakes], by)
        self.contacts = [contact, *(row for row in namesakes if row.pk in seen)]
        self.hidden_contacts = [row for row in namesakes if row.pk not in seen]
        self.keys = [row.pk for row in self.contacts]
        self.past = list(Contact.history.filter(id__in=self.keys).order_by("history_id"))
        every = [*self.contacts, *self.past]
        self.names = {row.name for row in every} - {MASK}
        self.phones = {row.phone for row in every} - {""}
        self.emails = {row.email for row in every} - {""}
        self.erase = eraser(names=self.names, phones=self.phones, emails=self.emails)
        #: For cells and values: a name is the person's where it is all that stands there, not within a firm's name.
        numbers = eraser(phones=self.phones, emails=self.emails)
        self.erase_cell: Erase = lambda text: MASK if text.strip() in self.names else numbers(text)

    @cached_property
    def found(self) -> list[Found]:
        texts = self.texts(hidden=False)
        return [self._own(), *texts, self._reasons(texts), self._lines_found(), self._merges(), self._notices()]

    @property
    def total(self) -> int:
        return sum(each.count for each in self.found)

    def _own(self) -> Found:
        """The contacts themselves, each history row of theirs included."""
        rows = [(row, dict(anonymous())) for row in self.contacts]
        return Found(Contact, rows, {row.history_id: anonymous() for row in self.past})

    # --- texts ------------------------------------------------------------------------------------------------------

    @cached_property
    def near(self) -> dict[str, set[int]]:
        """What the contacts hang on, and what belongs to the same group, counterpart, enterprise or lead."""
        keys = {link: {getattr(row, f"{link}_id") for row in self.contacts} - {None} for link in (*LINKS, "group")}
        leads, projects = Lead._base_manager.order_by(), InvestmentProject._base_manager.order_by()
        of_group = Q(group__in=keys["group"])
        keys["counterpart"] |= set(Counterpart._base_manager.order_by().filter(of_group).values_list("pk", flat=True))
        beside = of_group | Q(counterpart__in=keys["counterpart"]) | Q(enterprise__in=keys["enterprise"])
        came_from = projects.filter(pk__in=keys["project"], lead__isnull=False)
        keys["lead"] |= set(came_from.values_list("lead", flat=True))
        keys["lead"] |= set(leads.filter(beside).values_list("pk", flat=True))
        beside |= Q(lead__in=keys["lead"])
        keys["project"] |= set(projects.filter(beside).values_list("pk", flat=True))
        return keys

    def texts(self, *, hidden: bool) -> list[Found]:
        """What staff wrote about the same leads, projects, counterparts and enterprises; the hidden rows live alone."""
        return [found for place in all_mentions() if (found := self._text(place, hidden)).count]

    def _text(self, place: Mentions, hidden: bool) -> Found:
        model = place.model
        condition = self._condition(model)
        rows = model._base_manager.filter(condition).order_by("pk")
        if self.by is not None:
            seen = Q(pk__in=visible_rows(model, self.by).order_by().values("pk"))
            rows = rows.filter(~seen if hidden else seen)
        if self.is_locking and not hidden:
            rows = rows.select_for_update(of=("self",))
        found = Found(model, [(row, new) for row in rows if (new := self._changed(row, place.fields, self.erase))])
        if hasattr(model, "history") and not hidden:
            old = model.history.filter(self._condition(model, own_key="id"))
            if self.by is not None:
                old = model._default_manager.visible_history(self.by, old)
            changed = ((row.history_id, self._changed(row, place.fields, self.erase)) for row in old)
            found.history = {key: new for key, new in changed if new}
        return found

    def _condition(self, model: Any, own_key: str = "pk") -> Q:
        """Which rows stand near these contacts."""
        names = {column.name for column in model._meta.concrete_fields}
        condition = Q(pk__in=[])
        for link in LINKS:
            if model is GUARDED.get(link):
                return Q(**{f"{own_key}__in": self.near[link]})
            if link in names:
                condition |= Q(**{f"{link}__in": self.near[link]})
        return condition

    def _changed(self, row: Any, fields: Iterable[str], erase: Erase) -> Values:
        new = {name: erased(getattr(row, name), erase) for name in fields}
        return {name: value for name, value in new.items() if value != getattr(row, name)}

    def _reasons(self, texts: Iterable[Found]) -> Found:
        """Reasons given with the changes of the contacts and of those texts."""
        rows = list(self.past)
        for each in texts:
            rows += each.model.history.filter(history_id__in=list(each.history)) if each.history else []
        reasons = reasons_of({row.change_id for row in rows})
        new = {key: {"why": self.erase(why)} for key, why in reasons.items()}
        return Found(Change, history={key: values for key, values in new.items() if values["why"] != reasons[key]})

    # --- what repeats values ----------------------------------------------------------------------------------------

    @property
    def lines(self) -> Any:
        """Lines that made these contacts, and those with a number or address of theirs; a name is many people's."""
        kinds = ImportRun._base_manager.order_by().values_list("kind", flat=True).distinct()
        of_people = [kind for kind in kinds if kind_of(kind).model is Contact]
        condition = Q(run__kind__in=of_people, target_id__in=self.keys)
        for text in (*self.phones, *self.emails):
            condition |= _holds("raw", text)
        return ImportRow._base_manager.filter(condition).order_by("pk")

    def _lines_found(self) -> Found:
        rows = ((row, self._changed(row, _CELLS, self.erase_cell)) for row in self.lines)
        return Found(ImportRow, [(row, new) for row, new in rows if new])

    def _merges(self) -> Found:
        """Merges name the rows that they moved: people by their name, talks by their first words."""
        found = Found(MergeRecord)
        ours = {Contact._meta.label, *(place.model._meta.label for place in all_mentions())}
        named = _holds_any("moved", (*self.names, *self.phones, *self.emails))
        for record in MergeRecord._base_manager.filter(named).order_by("pk"):
            texts = {mark["text"]: self.erase(mark["text"]) for mark in record.moved if mark["model"] in ours}
            moved = [{**mark, "text": texts.get(mark["text"], mark["text"])} for mark in record.moved]
            left = [texts.get(text, text) for text in record.not_undone]
            if (moved, left) != (record.moved, record.not_undone):
                found.rows.append((record, {"moved": moved, "not_undone": left}))
        return found

    def _notices(self) -> Found:
        told = Notification._base_manager.filter(
            _holds_any("params", (*self.names, *self.phones, *self.emails))
        ).order_by("pk")
        rows = ((row, self._changed(row, ("params",), self.erase_cell)) for row in told)
        return Found(Notification, [(row, new) for row, new in rows if new])

    # --- what is hidden from whoever acts ---------------------------------------------------------------------------

    def tell_hidden_owners(self, *, at: datetime.datetime) -> None:
        """Whoever has a record that is hidden from whoever acts, and names the person too, is told so."""
        for contact in self.hidden_contacts:
            for link, model in GUARDED.items():
                record = model._base_manager.filter(pk=getattr(contact, f"{link}_id")).select_related("owner").first()
                self._tell(record, contact, at=at)
        for each in self.texts(hidden=True):
            for row, _values in each.rows:
                records = [row] if each.model in GUARDED.values() else [getattr(row, link, None) for link in GUARDED]
                for record in records:
                    self._tell(record, record, at=at)

    def _tell(self, record: Any, page: Any, *, at: datetime.datetime) -> None:
        if record is None or record.owner is None or record.pk in _seen(type(record), [record.pk], self.by):
            return
        path = f"/admin/promotion/{page._meta.model_name}/{page.pk}/change/"
        key = f"{self.contacts[0].public_id}:{record.public_id}"
        notify([record.owner], "person_anonymised", number=record.number, path=path, dedup_key=key, at=at)


def _namesakes(contact: Any) -> list[Any]:
    """Other contacts of the same name with the same address or number: one and the same person."""
    same = Q(pk__in=[])
    if contact.email:
        same |= Q(email__iexact=contact.email)
    if contact.phone:
        same |= Q(phone=contact.phone)
    rows = Contact._base_manager.filter(same, name__iexact=contact.name, anonymised_at__isnull=True)
    return list(rows.exclude(pk=contact.pk).order_by("pk"))


def _seen(model: Any, keys: Iterable[int], user: Any) -> set[int]:
    return set(visible_rows(model, user).filter(pk__in=list(keys)).order_by().values_list("pk", flat=True))


def _holds(column: str, text: str) -> Q:
    """JSON with this text in it: stored as it is (PostgreSQL) or with its characters escaped (SQLite)."""
    escaped = json.dumps(text)[1:-1]
    return Q(**{f"{column}__icontains": text}) | Q(**{f"{column}__icontains": escaped})


def _holds_any(column: str, texts: Iterable[str]) -> Q:
    condition = Q(pk__in=[])
    for text in texts:
        condition |= _holds(column, text)
    return condition


# --- writing --------------------------------------------------------------------------------------------------------


def _write(found: Found, *, by: Any, door: str, at: datetime.datetime) -> None:
    for row, values in found.rows:
        for name, value in values.items():
            setattr(row, name, value)
    if found.model is Change:
        rewrite_reasons({key: values["why"] for key, values in found.history.items()})
        return
    if found.model is Contact:
        for row, values in found.rows:
            row.anonymised_at = at
            save_record(row, fields=[*values, "anonymised_at"], by=by, door=door, verb=VERB)
    elif found.model._meta.app_label == Contact._meta.app_label:
        _write_texts(found)
    else:
        for row, values in found.rows:
            row.save(update_fields=list(values))
    if found.history:
        rewrite_history(found.model, found.history)


def _write_texts(found: Found) -> None:
    """Rows of ours, each written once, with its event and what follows from it (the search index)."""
    by_fields: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row, values in found.rows:
        by_fields[tuple(values)].append(row)
    for fields, rows in by_fields.items():
        update_many(rows, fields)
        run_after_save(found.model, rows)
        append_events(
            [event_for(row, VERB, changed_fields=fields, before=row.audience(), after=row.audience()) for row in rows]
        )


# --- handing out ----------------------------------------------------------------------------------------------------

#: Where it stands, in which record or when, in which field, the value.
Line = tuple[str, str, str, Any]


def data_of(contact: Any, *, by: Any, value: Callable[[Any, Any], Any]) -> Iterator[Line]:
    """All that is kept about a person, line by line; `value(row, column)` gives a column's value in words.

    Texts in which the person is named are the zone's own notes on others too: they are counted, not handed out.
    """
    person = _Person(contact, by)
    columns: list[Any] = [Contact._meta.get_field(name) for name in (*Contact.PERSONAL, *HANDED_OUT)]
    personal = columns[: len(Contact.PERSONAL)]
    for row in person.contacts:
        for column in columns:
            yield _("Contact"), str(row), capfirst(str(column.verbose_name)), value(row, column)
    moments = dict(Change.objects.filter(pk__in={old.change_id for old in person.past}).values_list("pk", "at"))
    for old in person.past:
        for column in personal:
            when = date_format(localtime(moments[old.change_id]), "SHORT_DATETIME_FORMAT")
            yield _("History of the contact"), when, capfirst(str(column.verbose_name)), value(old, column)
    for line in person.lines.select_related("run"):
        for header, cell in line.raw.items() if isinstance(line.raw, dict) else enumerate(line.raw):
            yield _("Line of an imported file"), f"{line.run} · {line.number}", str(header), cell
    for each in person.texts(hidden=False):
        if each.rows:
            yield _("Named in texts, not handed out"), "", str(each.label), len(each.rows)
