"""What a stage asks for: rows that select and parameterise a closed registry of checks. No expression language.

What is asked at a stage is asked at every later one too, so creating a project late, skipping and importing meet the
same gate as moving step by step. What is missing comes back as codes that a page, a dialog and the API can show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from promotion.rules.stages import SIGNED, STAGES, TRACKS, stage_index

Params = Mapping[str, Any]

PASSED = "passed"
WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class CommitmentFact:
    """One promise of the government's or the investor's, and the result of its fair-competition review."""

    name: str
    by_government: bool = True
    review: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """All that a gate may look at.

    ``fields`` are the project's own by name; ``evidence`` and ``counts`` say how many there are of a kind; ``reviews``
    the latest result of each kind; ``stage_dates`` the date of each stage up to where the project stands now (after a
    back-move the later ones are none); ``skipped`` the stages that were left out with a reason; ``standards`` the
    outcome of each admission indicator.
    """

    track: str
    as_of: date
    fields: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    reviews: Mapping[str, str] = field(default_factory=dict)
    standards: Mapping[str, str] = field(default_factory=dict)
    commitments: tuple[CommitmentFact, ...] = ()
    stage_dates: Mapping[str, date] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the gate: at this stage, on this track (empty = every track), this check with these parameters."""

    stage: str
    check: str
    params: Params = field(default_factory=dict)
    track: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: for which stage, by which check, what is wrong, and with what: a field, kind, name."""

    stage: str
    check: str
    code: str
    subject: str

    def as_dict(self) -> dict[str, str]:
        """Return it as the API answers it."""
        return {"stage": self.stage, "check": self.check, "code": self.code, "subject": self.subject}


Found = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check: which parameters it takes (name → type), which fields it reads, what it finds wrong."""

    run: Callable[[ProjectFacts, Params, str], Found]
    params: Mapping[str, type]
    optional: frozenset[str] = frozenset()
    reads: Callable[[Params], tuple[str, ...]] = lambda params: ()


def is_filled(value: Any) -> bool:
    """Whether something was entered: 0 and False are answers, blanks and empty lists are not."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != [] and value != () and value != {}


def _field_filled(facts: ProjectFacts, params: Params, stage: str) -> Found:
    if not is_filled(facts.fields.get(params["field"])):
        yield "field_empty", params["field"]


def _field_positive(facts: ProjectFacts, params: Params, stage: str) -> Found:
    value: Any = facts.fields.get(params["field"])
    if not is_filled(value):
        yield "field_empty", params["field"]
    elif not value > 0:
        yield "not_positive", params["field"]


def _field_filled_if(facts: ProjectFacts, params: Params, stage: str) -> Found:
    if facts.fields.get(params["when"]) == params["equals"]:
        yield from _field_filled(facts, params, stage)


def _any_field_filled(facts: ProjectFacts, params: Params, stage: str) -> Found:
    if not any(is_filled(facts.fields.get(name)) for name in params["fields"]):
        yield "all_empty", " ".join(params["fields"])


def _evidence_present(facts: ProjectFacts, params: Params, stage: str) -> Found:
    if facts.evidence.get(params["kind"], 0) < params.get("at_least", 1):
        yield "evidence_missing", params["kind"]


def _count_at_least(facts: ProjectFacts, params: Params, stage: str) -> Found:
    if facts.counts.get(params["of"], 0) < params.get("at_least", 1):
        yield "too_few", params["of"]


def _review_passed(facts: ProjectFacts, params: Params, stage: str) -> Found:
    result = facts.reviews.get(params["kind"], "")
    if not result:
        yield "review_missing", params["kind"]
    elif result != PASSED and not (result == WAIVED and params.get("may_be_waived", False)):
        yield "review_not_passed", params["kind"]


def _standards_met(facts: ProjectFacts, params: Params, stage: str) -> Found:
    for indicator, outcome in sorted(facts.standards.items()):
        if outcome == "missing":
            yield "figure_missing", indicator
        elif outcome not in ("pass", WAIVED):
            yield "standard_failed", indicator


def _commitments_reviewed(facts: ProjectFacts, params: Params, stage: str) -> Found:
    # A fair-competition review is never waived: the regulation in force since 2024-08-01 knows no such thing here.
    for commitment in facts.commitments:
        if commitment.by_government and commitment.review != PASSED:
            yield "commitment_not_passed" if commitment.review else "commitment_unreviewed", commitment.name


def _date_in_order(facts: ProjectFacts, params: Params, stage: str) -> Found:
    value: Any = facts.fields.get(params["field"])
    if not is_filled(value):
        yield "field_empty", params["field"]
        return
    earlier = [day for name, day in facts.stage_dates.items() if stage_index(name) < stage_index(stage)]
    if earlier and value < max(earlier):
        yield "date_before_previous", params["field"]
    later = [day for name, day in facts.stage_dates.items() if stage_index(name) > stage_index(stage)]
    if later and value > min(later):
        yield "date_after_next", params["field"]
    if value > facts.as_of:
        yield "date_in_future", params["field"]


def _own_field(params: Params) -> tuple[str, ...]:
    return (params["field"],)


#: Every check there is. A row may only name one of these.
CHECKS: Mapping[str, Check] = {
    "field_filled": Check(_field_filled, {"field": str}, reads=_own_field),
    "field_positive": Check(_field_positive, {"field": str}, reads=_own_field),
    "field_filled_if": Check(
        _field_filled_if,
        {"field": str, "when": str, "equals": object},
        reads=lambda params: (params["field"], params["when"]),
    ),
    "any_field_filled": Check(_any_field_filled, {"fields": list}, reads=lambda params: tuple(params["fields"])),
    "date_in_order": Check(_date_in_order, {"field": str}, reads=_own_field),
    "evidence_present": Check(_evidence_present, {"kind": str, "at_least": int}, frozenset({"at_least"})),
    "count_at_least": Check(_count_at_least, {"of": str, "at_least": int}, frozenset({"at_least"})),
    "review_passed": Check(_review_passed, {"kind": str, "may_be_waived": bool}, frozenset({"may_be_waived"})),
    "standards_met": Check(_standards_met, {}),
    "commitments_reviewed": Check(_commitments_reviewed, {}),
}
#: Asked whatever the rows say: the regulation on fair-competition review (《公平竞争审查条例》) is no choice of the zone's.
ALWAYS = (Requirement(SIGNED, "commitments_reviewed"),)


def requirement_problems(row: Requirement, *, fields: Iterable[str] | None = None) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of what is wrong with a row before it is saved; ``fields`` are those a project has.

    ``unknown_stage``, ``unknown_track``, ``unknown_check``, ``param_missing``, ``param_unknown``, ``param_type``,
    ``unknown_field``.
    """
    found: list[tuple[str, str]] = []
    if row.stage not in STAGES:
        found.append(("unknown_stage", row.stage))
    if row.track and row.track not in TRACKS:
        found.append(("unknown_track", row.track))
    check = CHECKS.get(row.check)
    if check is None:
        return (*found, ("unknown_check", row.check))
    wrong = [("param_unknown", name) for name in row.params if name not in check.params]
    for name, kind in check.params.items():
        if name not in row.params:
            wrong += [] if name in check.optional else [("param_missing", name)]
        elif not isinstance(row.params[name], kind) or (kind is int and isinstance(row.params[name], bool)):
            wrong.append(("param_type", name))
    if not wrong and fields is not None:
        known = set(fields)
        wrong = [("unknown_field", str(name)) for name in check.reads(row.params) if name not in known]
    return (*found, *wrong)


def applying(
    target: str, track: str, requirements: Iterable[Requirement], *, skipped: frozenset[str] = frozenset()
) -> tuple[Requirement, ...]:
    """Return the rows that stand between nothing and a stage: its own and all earlier ones, but for skipped stages."""
    last = stage_index(target)
    rows = [
        row
        for row in requirements
        if stage_index(row.stage) <= last and row.track in ("", track) and row.stage not in skipped
    ]
    return tuple(sorted(rows, key=lambda row: stage_index(row.stage)))


def missing_for(
    target: str, facts: ProjectFacts, requirements: Iterable[Requirement], *, skipping: Iterable[str] = ()
) -> tuple[Missing, ...]:
    """Return what is missing for a project to be at a stage, earlier stages first; each thing once.

    ``skipping`` names the stages that this very move leaves out. Raises KeyError for a row with an unknown check.
    """
    rows = applying(target, facts.track, requirements, skipped=(facts.skipped | set(skipping)) - {target})
    return _run(rows, facts)


def missing_after_edit(
    stage: str, facts: ProjectFacts, requirements: Iterable[Requirement], changed: Iterable[str]
) -> tuple[Missing, ...]:
    """Return what an edit would break: only checks that read a changed field, so that old gaps can be mended singly."""
    names = set(changed)
    rows = applying(stage, facts.track, requirements, skipped=facts.skipped - {stage})
    return _run([row for row in rows if names & set(CHECKS[row.check].reads(row.params))], facts)


def _run(rows: Iterable[Requirement], facts: ProjectFacts) -> tuple[Missing, ...]:
    found: dict[tuple[str, str], Missing] = {}
    for row in rows:
        for code, subject in CHECKS[row.check].run(facts, row.params, row.stage):
            found.setdefault((code, subject), Missing(row.stage, row.check, code, subject))
    return tuple(found.values())
