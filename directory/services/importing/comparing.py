"""What a line would change in the record it means: field by field, each change free or held by somebody's word."""

from collections.abc import Collection, Sequence
from typing import Any

from directory.models import FieldSource
from directory.models.imports import ImportRow, Verdict
from directory.rules.import_conflicts import SAME, TAKE, Memory, Ranks, judge
from directory.rules.names import normalise
from directory.services.importing.fields import as_json
from directory.services.importing.kinds.base import Draft, Kind, Plan
from directory.services.importing.problems import CONFLICT, DUPLICATE, problem

#: field → {"old", "new", "why"}; `why` is "" where nothing stands against it.
Changes = dict[str, dict[str, Any]]


def settle(kind: Kind, drafts: Sequence[Draft], plan: Plan, columns: dict[str, str]) -> list[tuple[str, Changes, Any]]:
    """(verdict, changes, version of the record) of each draft, in order. A fixed number of queries.

    `columns` is field → heading, for the problems.
    """
    _load(kind, {d.target_id for d in drafts if d.target_id is not None and not d.has_error}, plan)
    results = []
    for draft in drafts:
        changes: Changes = {}
        version = None
        if not draft.has_error:
            key = draft.target_id if draft.target_id is not None else -draft.waits_for
            subject = plan.subjects.get(key) if key else None
            if draft.target_id is not None and (subject is None or kind.is_gone(subject)):
                draft.refuse("gone_since_plan")
            elif subject is not None:
                version = subject.version if draft.target_id is not None else None
                kind.adapt(draft, subject, plan)
                if not draft.has_error:
                    changes = _compare(kind, draft, subject, key, plan)
                    _keep_in_mind(kind, key, subject, changes, plan)
            elif kind.has_many_lines and not draft.candidates:
                _first_line(kind, draft, plan)
        for name, change in changes.items():
            if change["why"]:
                draft.problems.append(problem(change["why"], field=name, level=CONFLICT, value=change["new"]))
        for entry in draft.problems:
            entry["column"] = entry["column"] or columns.get(entry["field"], "")
        results.append((_verdict(draft, changes), changes, version))
    if not kind.has_many_lines:
        plan.subjects.clear()
        plan.states.clear()
        plan.memories.clear()
    return results


def _load(kind: Kind, ids: Collection[int], plan: Plan) -> None:
    missing = [key for key in ids if key not in plan.subjects]
    if not missing:
        return
    found = kind.subjects(missing)
    plan.subjects.update(found)
    for child in kind.children:
        for key, state in child.read(missing).items():
            plan.states[child.field, key] = state
    if not kind.remembers_values:
        return
    by_public_id = {row.public_id: row.pk for row in found.values()}
    memories = FieldSource.objects.filter(
        subject_type=kind.model._meta.model_name, subject_id__in=by_public_id, field__in=kind.columns
    )
    for public_id, name, value, source in memories.values_list("subject_id", "field", "value", "source_id"):
        plan.memories.setdefault(by_public_id[public_id], {})[name] = Memory(value, plan.source_ranks[source])


def _compare(kind: Kind, draft: Draft, subject: Any, key: int, plan: Plan) -> Changes:
    changes: Changes = {}
    memories = plan.memories.get(key, {})
    ranks = Ranks(
        plan.ranks.source,
        plan.ranks.staff,
        plan.ranks.verified,
        plan.source_ranks.get(getattr(subject, "source_id", None) or 0),
    )
    for name, column in kind.columns.items():
        if name not in draft.values:
            continue
        current, wanted = as_json(getattr(subject, column)), draft.values[name]
        if current and name in kind.name_columns and normalise(str(current)) == normalise(str(wanted)):
            continue
        answer = judge(
            current,
            wanted,
            default=as_json(kind.defaults[name]),
            memory=memories.get(name),
            is_verified=getattr(subject, "verified_on", None) is not None,
            is_demo=subject.is_demo,
            ranks=ranks,
        )
        if answer != SAME:
            changes[name] = {"old": current, "new": wanted, "why": "" if answer == TAKE else answer}
    for child in kind.children:
        if draft.values.get(child.field):
            new, why = child.news(plan.states.get((child.field, key)), draft.values[child.field], plan)
            if new is not None:
                changes[child.field] = {"old": None, "new": new, "why": why}
    return changes


def _keep_in_mind(kind: Kind, key: int, subject: Any, changes: Changes, plan: Plan) -> None:
    """Where several lines belong to one record, each is compared with what the lines before it leave."""
    if not kind.has_many_lines:
        return
    for name, change in changes.items():
        if change["why"]:
            continue
        if name in kind.columns:
            setattr(subject, kind.columns[name], kind.to_python(kind.columns[name], change["new"]))
            plan.memories.setdefault(key, {})[name] = Memory(change["new"], plan.ranks.source)
        else:
            plan.states[name, key] = kind.child_of[name].after(plan.states.get((name, key)), change["new"])


def _first_line(kind: Kind, draft: Draft, plan: Plan) -> None:
    key = -draft.number
    plan.subjects[key] = kind.new_subject(draft.values, plan.run)
    plan.memories[key] = {
        name: Memory(value, plan.ranks.source) for name, value in draft.values.items() if name in kind.columns
    }
    for child in kind.children:
        if draft.values.get(child.field):
            plan.states[child.field, key] = child.after(None, draft.values[child.field])


def _verdict(draft: Draft, changes: Changes) -> str:
    if draft.has_error:
        return Verdict.ERROR
    is_settled = draft.target_id is not None or draft.waits_for or draft.is_decided
    if not is_settled and (draft.decision == ImportRow.Decision.SKIP or _waits_for_choice(draft)):
        return Verdict.DUPLICATE
    if any(change["why"] for change in changes.values()):
        return Verdict.CONFLICT
    if draft.target_id is not None:
        return Verdict.UPDATE if changes else Verdict.SAME
    return Verdict.NEW if changes or not draft.waits_for else Verdict.SAME


def _waits_for_choice(draft: Draft) -> bool:
    return any(entry["level"] == DUPLICATE for entry in draft.problems)
