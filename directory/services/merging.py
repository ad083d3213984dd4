"""Merging two enterprises that are one, showing first what would move; undoing it as far as nobody edited since."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Enterprise, EnterpriseName, MergeRecord, NotDuplicate
from directory.ports import EnterpriseRelation, enterprise_relations
from directory.services.loading import stored
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.context import change
from pinghu.ledger.events import append_events, event_for
from pinghu.ledger.saving import editable_fields, run_after_save, save_record
from pinghu.records import visible_rows

#: Columns that a merge never carries over: they say what the row itself is, not what the enterprise is like.
_OWN = frozenset({"merged_into", "capital_origin", "capital_origin_basis", "is_demo", "source", "source_quote",
                  "source_note", "successor", "head_office", "is_published", "named_in_profile"})  # fmt: skip
_NAMES = {"registered_name": "former", "short_name": "alias", "name_en": "english", "name_kana": "kana"}


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One column in which the two differ, and whose value the survivor keeps unless the person says otherwise."""

    name: str
    label: Any
    survivor: Any
    absorbed: Any
    default: str


@dataclass
class MergePreview:
    """What a merge would do: columns that differ, and rows that move, by kind."""

    survivor: Enterprise
    absorbed: Enterprise
    choices: list[FieldChoice] = field(default_factory=list)
    moving: Counter[str] = field(default_factory=Counter)


def preview_merge(survivor: Enterprise, absorbed: Enterprise, *, user: Any) -> MergePreview:
    """What would move, as far as this person sees it, and which values differ. One query per related table."""
    result = MergePreview(survivor, absorbed, _differing(survivor, absorbed))
    for relation in enterprise_relations():
        count = visible_rows(relation.model, user).filter(**{relation.field: absorbed}).count()
        if count:
            result.moving[str(relation.model._meta.verbose_name_plural)] += count
    return result


def _differing(survivor: Enterprise, absorbed: Enterprise) -> list[FieldChoice]:
    """The columns in which the absorbed row has another value."""
    found = []
    for column in _mergeable():
        ours, theirs = getattr(survivor, column.attname), getattr(absorbed, column.attname)
        if theirs not in (None, "") and ours != theirs:
            default = "absorbed" if ours in (None, "") else "survivor"
            shown = (getattr(survivor, column.name), getattr(absorbed, column.name))
            found.append(FieldChoice(column.name, column.verbose_name, *shown, default))
    return found


def shown_marks(records: Iterable[MergeRecord], user: Any) -> dict[int, list[dict[str, Any]]]:
    """Of the rows that each merge moved, by its key, those that this person may see. Two queries a related table.

    Of another app's rows one that is gone is not shown: nobody can tell any more who was to see it.
    """
    merges = list(records)
    keys: dict[str, set[int]] = defaultdict(set)
    for mark in (mark for record in merges for mark in record.moved):
        keys[mark["model"]].add(mark["pk"])
    seen: dict[str, set[int]] = {}
    for label, wanted in keys.items():
        model = apps.get_model(label)
        seen[label] = set(visible_rows(model, user).filter(pk__in=wanted).order_by().values_list("pk", flat=True))
        if model._meta.app_label == MergeRecord._meta.app_label:
            rows = model._base_manager.filter(pk__in=wanted).order_by()
            seen[label] |= wanted - set(rows.values_list("pk", flat=True))
    return {record.pk: [mark for mark in record.moved if mark["pk"] in seen[mark["model"]]] for record in merges}


def shown_as_left(record: MergeRecord, user: Any) -> list[str]:
    """What undoing a merge left where it was, without the names of rows that this person may not see."""
    shown = {mark["text"] for mark in shown_marks([record], user)[record.pk]}
    hidden = {mark["text"] for mark in record.moved} - shown
    return [text for text in record.not_undone if text not in hidden]


def merge(
    survivor: Enterprise,
    absorbed: Enterprise,
    *,
    by: Any,
    door: str,
    why: str = "",
    take_absorbed: Iterable[str] | None = None,
    versions: Mapping[int, int] | None = None,
) -> MergeRecord:
    """Make two enterprises one: move rows, fill in values, redirect the absorbed id to the survivor.

    `take_absorbed` names the columns whose value comes from the absorbed row; None takes those that the survivor has
    empty. `versions` is {pk: version} as the person saw them. Raises DomainError, StaleVersion.
    """
    with change(by=by, verb="merged", door=door, why=why) as scope:
        survivor, absorbed = _locked_pair(survivor, absorbed, versions or {})
        audiences = (survivor.audience(), absorbed.audience())
        record = MergeRecord(survivor=survivor, absorbed=absorbed, by=scope.row.by, why=why)
        taken = _taken_columns(survivor, absorbed, take_absorbed)
        record.absorbed_before = {column.name: stored(absorbed, column.name) for column in editable_fields(absorbed)}
        record.survivor_before = {name: stored(survivor, name) for name in taken}

        moved = _move_rows(survivor, absorbed)
        old_names = {name: getattr(absorbed, name) for name in _NAMES}
        absorbed.merged_into = survivor
        if "uscc" in taken:
            absorbed_code, absorbed.uscc = absorbed.uscc, None
        absorbed.version += 1
        absorbed.save()  # frees the credit code before the survivor takes it
        for name in taken:
            column = _column(name)
            value = absorbed_code if name == "uscc" else getattr(absorbed, column.attname)
            setattr(survivor, column.attname, value)
        survivor.version += 1
        _clean(survivor)
        survivor.save()
        moved += _keep_names(survivor, old_names)
        record.moved, record.survivor_version = moved, survivor.version
        record.save()
        run_after_save(Enterprise, [survivor, absorbed])
        append_events(
            [
                event_for(survivor, "merged", changed_fields=taken, before=audiences[0], after=survivor.audience()),
                event_for(absorbed, "merged_away", before=audiences[1], after=absorbed.audience()),
            ]
        )
        return record


def unmerge(record: MergeRecord, *, by: Any, door: str, why: str = "") -> MergeRecord:
    """Move back what the merge moved and nobody edited since; list the rest in `not_undone`. Raises DomainError."""
    with change(by=by, verb="unmerged", door=door, why=why):
        record = MergeRecord.objects.select_for_update().get(pk=record.pk)
        if record.undone_at is not None:
            raise DomainError(_("This merge was undone already."), code="already_undone")
        survivor, absorbed = _lock(record.survivor_id, record.absorbed_id)
        if absorbed.merged_into_id != survivor.pk or survivor.merged_into_id is not None:
            raise DomainError(_("One of the two was merged again since. Undo that merge first."), code="merged_again")
        audiences = (survivor.audience(), absorbed.audience())
        left: list[str] = []
        changed = _restore_survivor(record, survivor, left)
        if "uscc" in changed or "uscc" not in record.survivor_before:
            absorbed.uscc = record.absorbed_before.get("uscc")
        absorbed.merged_into = None
        absorbed.version += 1
        if changed:
            survivor.version += 1
            survivor.save()
        _clean(absorbed)
        absorbed.save()
        _move_back(record, absorbed, left)
        record.undone_at, record.not_undone = timezone.now(), left
        record.save()
        run_after_save(Enterprise, [survivor, absorbed])
        append_events(
            [
                event_for(survivor, "unmerged", changed_fields=changed, before=audiences[0], after=survivor.audience()),
                event_for(absorbed, "unmerged", before=audiences[1], after=absorbed.audience()),
            ]
        )
        return record


def mark_not_duplicate(one: Enterprise, other: Enterprise, *, by: Any, door: str, why: str = "") -> NotDuplicate:
    """Remember that two enterprises are not the same; they are not proposed again."""
    first, second = sorted((one, other), key=lambda row: row.pk)
    known = NotDuplicate.objects.filter(first=first, second=second).first()
    return known or save_record(NotDuplicate(first=first, second=second, why=why), by=by, door=door, why=why)


def survivor_of(enterprise: Enterprise) -> Enterprise:
    """The enterprise that stands for this one today, through any number of merges."""
    seen = {enterprise.pk}
    while enterprise.merged_into_id is not None and enterprise.merged_into_id not in seen:
        seen.add(enterprise.merged_into_id)
        enterprise = Enterprise.objects.get(pk=enterprise.merged_into_id)
    return enterprise


def _mergeable() -> list[Any]:
    return [column for column in editable_fields(Enterprise()) if column.name not in _OWN]


def _column(name: str) -> Any:
    return Enterprise._meta.get_field(name)


def _lock(*keys: int) -> list[Enterprise]:
    """Both rows in primary key order, so that two merges never wait for each other; returned in the order asked."""
    rows = {row.pk: row for row in Enterprise.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if len(rows) != len(set(keys)):
        raise DomainError(_("One of the two records was deleted meanwhile."), code="gone")
    return [rows[key] for key in keys]


def _locked_pair(one: Enterprise, other: Enterprise, versions: Mapping[int, int]) -> list[Enterprise]:
    if one.pk == other.pk:
        raise DomainError(_("Choose two different enterprises."), code="same_record")
    pair = _lock(one.pk, other.pk)
    for row in pair:
        if row.merged_into_id is not None:
            raise DomainError(_("%(name)s was merged already.") % {"name": row}, code="already_merged")
        if versions.get(row.pk, row.version) != row.version:
            raise StaleVersion(
                _("%(name)s changed since you compared the two. Compare again.") % {"name": row}, current=row
            )
    return pair


def _taken_columns(survivor: Enterprise, absorbed: Enterprise, wanted: Iterable[str] | None) -> list[str]:
    differing = {choice.name: choice.default for choice in _differing(survivor, absorbed)}
    if wanted is None:
        return sorted(name for name, default in differing.items() if default == "absorbed")
    return sorted(set(wanted) & set(differing))


def _rows(relation: EnterpriseRelation, enterprise: Enterprise) -> Any:
    return relation.model._base_manager.filter(**{relation.field: enterprise})


def _move_rows(survivor: Enterprise, absorbed: Enterprise) -> list[dict[str, Any]]:
    """Point the absorbed row's relations at the survivor; a row that the survivor has already stays where it is."""
    moved = []
    for relation in enterprise_relations():
        rows = []
        for row in _rows(relation, absorbed).order_by("pk"):
            if row.pk == survivor.pk and relation.model is Enterprise:
                setattr(survivor, relation.field, None)  # the survivor pointed at the row it now absorbs
                continue
            setattr(row, relation.field, survivor)
            try:
                row.full_clean()
            except ValidationError:
                continue
            rows.append(_saved(row))
            moved.append(_mark(relation, row))
        run_after_save(relation.model, rows)
    return moved


def _saved(row: Any) -> Any:
    if hasattr(row, "version"):
        row.version += 1
    row.save()
    return row


def _mark(relation: EnterpriseRelation, row: Any) -> dict[str, Any]:
    return {
        "model": relation.model._meta.label,
        "field": relation.field,
        "pk": row.pk,
        "version": getattr(row, "version", None),
        "text": str(row),
    }


def _keep_names(survivor: Enterprise, names: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """The absorbed row's names become names of the survivor, so that it is found by them."""
    borne = {getattr(survivor, name) for name in _NAMES} | set(survivor.names.values_list("name", flat=True))
    made = []
    for column, kind in _NAMES.items():
        name = names[column]
        if name and name not in borne:
            borne.add(name)
            row = EnterpriseName(enterprise=survivor, kind=kind, name=name)
            row.save()
            made.append({**_mark(EnterpriseRelation(EnterpriseName, "enterprise"), row), "made": True})
    return made


def _restore_survivor(record: MergeRecord, survivor: Enterprise, left: list[str]) -> list[str]:
    """Give back the columns that still hold what the merge put there."""
    changed = []
    for name, before in record.survivor_before.items():
        column = _column(name)
        if stored(survivor, name) == record.absorbed_before.get(name):
            setattr(survivor, column.attname, column.to_python(before) if not column.is_relation else before)
            changed.append(name)
        else:
            left.append(str(column.verbose_name))
    return changed


def _move_back(record: MergeRecord, absorbed: Enterprise, left: list[str]) -> None:
    relations = {(relation.model._meta.label, relation.field): relation for relation in enterprise_relations()}
    for mark in reversed(record.moved):
        relation = relations[mark["model"], mark["field"]]
        row = relation.model._base_manager.filter(pk=mark["pk"]).first()
        untouched = (
            row is not None
            and getattr(row, f"{relation.field}_id") == record.survivor_id
            and getattr(row, "version", None) == mark["version"]
        )
        if not untouched:
            left.append(mark["text"])
        elif mark.get("made"):
            key = row.pk
            row.delete()
            row.pk = key
            run_after_save(relation.model, [row])
        else:
            setattr(row, relation.field, absorbed)
            run_after_save(relation.model, [_saved(row)])


def _clean(row: Enterprise) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise DomainError.from_validation(error) from error


def merges_of(enterprise: Enterprise) -> Any:
    """The merges in which an enterprise took part, newest first."""
    return MergeRecord.objects.filter(Q(survivor=enterprise) | Q(absorbed=enterprise)).order_by("-pk")
