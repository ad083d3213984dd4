"""Projects: entered in negotiation, edited in what they are, moved from stage to stage through one gate.

Nothing else writes a project's stage or side state. `advance_stage` locks the project, asks `rules.stages` whether the
move is allowed and `rules.gates` what is missing for it, and writes the project and exactly one StageChange. An
ordinary edit is asked only for what it changes. Every door (form, board, list, import, API) calls these functions.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Enterprise, ExchangeRate, IndustryClass
from directory.models.enterprises import OperatingStatus, Relation, credit_code_message
from directory.rules import uscc as credit_code
from directory.services.merging import survivor_of
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, editable_fields, save_record
from promotion.calendar import work_calendar
from promotion.matching import name_key
from promotion.models import (
    AdmissionStandard,
    Commitment,
    Contact,
    Evidence,
    Interaction,
    InvestmentProject,
    Outcome,
    Part,
    ProjectMember,
    ProjectMilestone,
    ProjectReview,
    Reservation,
    SpaceIntent,
    StageChange,
    StageRequirement,
)
from promotion.models.projects import reached_dates
from promotion.rules import admission, ageing, capital, gates, stages
from promotion.rules.confidentiality import level_problem
from promotion.rules.gates import CommitmentFact, Missing, ProjectFacts, Requirement
from promotion.rules.working_time import local_day
from promotion.services.leads import lowered_text
from promotion.services.numbers import PROJECT, next_number
from promotion.services.space import release_all
from promotion.services.telling import tell
from promotion.wording import missing_text, refusal_text, target_name

#: Written by services alone: no form, import or API takes them.
KEPT = frozenset(
    {
        "number", "name_key", "stage", "side_state", "stage_since", "age_since", "merged_into", "lead", "next_step", "next_on",
        "last_contact_at", "is_demo",
    }
)  # fmt: skip
#: What a move does not take along, though an edit may write it: it would change the rules that the move is judged by.
NOT_WITH_A_MOVE = KEPT | {"track", "confidentiality", "code_name", "owner", "unit"}
#: The project's figures that an admission indicator is made of.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "investment_per_mu": ("fixed_assets", "land_m2"),
    "output_per_mu": ("yearly_output", "land_m2"),
    "tax_per_mu": ("yearly_tax", "land_m2"),
    "plot_ratio": ("floor_m2", "land_m2"),
    "energy": ("energy_tce",),
}
_OF_FIELDS = frozenset(
    {"field_empty", "not_positive", "date_before_previous", "date_after_next", "date_in_future", "all_empty"}
)


class GateRefused(DomainError):
    """What a stage asks is not there; `missing` lists it, `fields` has the texts by field."""

    def __init__(
        self, message: str = "", *, code: str = "gate", missing: Sequence[Missing] = (), **options: Any
    ) -> None:
        self.missing = tuple(missing)
        options.setdefault("fields", _by_field(self.missing))
        super().__init__(message, code=code, **options)


class MoveRefused(GateRefused):
    """A move was refused: by the gate (`missing` is filled) or by order, track or reason (`code` of rules.stages)."""


# --- entering and editing --------------------------------------------------------------------------------------------


def save_project(
    project: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Enter a project, or write the named fields of one. Return the stored project.

    A new one always stands at `negotiating`, whatever the caller set, with its number and its one StageChange. An
    edit is refused where it empties or breaks what the stage asks of the fields it changes, where it touches more
    than the named fields of a project that has ended, and where it would lower the confidentiality in passing. Locks
    the number series (new) or the row. Raises GateRefused, StaleVersion, DomainError with field errors.
    """
    moment = at or timezone.now()
    if project._state.adding:
        return _enter(project, by=by, door=door, at=moment, why=why, children=children)
    asked = None if fields is None else set(fields)
    if asked is not None and (kept := KEPT & asked):
        text = _("This is not typed: moving the project or a follow-up sets it.")
        raise DomainError(code="kept_by_services", fields={name: [text] for name in sorted(kept)})
    with change(by=by, verb="updated", door=door, why=why):
        before = _locked(project)
        _tidy(project)
        names = [field.name for field in editable_fields(project) if field.name not in KEPT]
        names = names if asked is None else [name for name in names if name in asked]
        changed = {name for name in names if _value(before, name) != _value(project, name)}
        if "name" in changed:
            names.append("name_key")
        # First, so that what somebody else saved meanwhile is said before anything else; a refusal below undoes it.
        saved = save_record(project, fields=names, by=by, door=door, if_version=if_version, why=why, children=children)
        _check_edit(before, saved, changed, bool(children), moment)
        return saved


def _enter(project: Any, *, by: Any, door: str, at: datetime.datetime, why: str, children: Sequence[ChildSave]) -> Any:
    with change(by=by, verb="created", door=door, why=why):
        for name in KEPT - {"lead", "is_demo"}:
            column: Any = InvestmentProject._meta.get_field(name)
            setattr(project, name, column.get_default())
        project.stage_since = project.age_since = at
        project.negotiating_since = project.negotiating_since or local_day(at)
        if project.owner_id is None and getattr(by, "pk", None):
            project.owner = by
        if project.unit_id is None and project.owner_id is not None:
            first = project.owner.memberships.select_related("department").first()
            project.unit = first.department if first is not None else None
        _tidy(project)
        project.number = next_number(PROJECT, at)
        filled = {field.name for field in editable_fields(project) if gates.is_filled(_value(project, field.name))}
        saved = save_record(project, by=by, door=door, why=why, children=children)
        _refuse(gates.missing_after_edit(saved.stage, _own_facts(saved, at), _requirements(), filled))
        _log_move(saved, stages.Position(""), StageChange.Kind.CREATED, by=by, door=door, at=at, why=why)
        return saved


def _check_edit(before: Any, after: Any, changed: set[str], has_rows: bool, at: datetime.datetime) -> None:
    """Raise DomainError where an ordinary edit goes beyond what it may."""
    refused = stages.locked_fields(before.position, changed)
    if refused or (before.has_ended and has_rows):
        text = _("The project has ended: only its note, lessons, competitor, officer and confidentiality change.")
        raise DomainError(text, code="ended", fields={name: [text] for name in refused})
    if "confidentiality" in changed and level_problem(before.confidentiality, after.confidentiality):
        raise DomainError(code="lowered_without_publication", fields={"confidentiality": [lowered_text()]})
    if not changed:
        return
    requirements, skipped = _requirements(), skipped_stages(after)
    found = gates.missing_after_edit(after.stage, _own_facts(after, at, skipped), requirements, changed)
    if "track" in changed:
        # Another track asks other things: all that it alone asks, and its own word on what was left out.
        if forbidden := sorted(skipped - stages.SKIPPABLE[after.track], key=stages.stage_index):
            text = refusal_text(stages.STAGE_LEFT_OUT, forbidden)
            raise DomainError(code=stages.STAGE_LEFT_OUT, fields={"track": [text]})
        own = [row for row in requirements if row.track]
        if stages.stage_index(after.stage) > 0:
            found = (*found, *gates.missing_for(after.stage, _facts(after, at, skipped, strict=True), own))
    _refuse(found)


def _refuse(missing: Sequence[Missing]) -> None:
    if missing:
        unique = tuple(dict.fromkeys(missing))
        raise GateRefused(" ".join(map(missing_text, unique)), missing=unique)


def _tidy(project: Any) -> None:
    """Names without blanks around them, the code as it is stored. Raises DomainError for a code that is none."""
    project.name, project.name_en = " ".join(project.name.split()), " ".join(project.name_en.split())
    for name in ("investor", "company_name", "agreement_no", "filing_code"):
        setattr(project, name, (getattr(project, name) or "").strip())
    project.name_key = name_key(project.name)
    project.uscc = credit_code.normalise(project.uscc or "")
    if project.uscc and (problem := credit_code.problem(project.uscc)):
        raise DomainError(code="invalid_uscc", fields={"uscc": [credit_code_message(problem)]})


# --- moving ----------------------------------------------------------------------------------------------------------


def advance_stage(
    project: Any,
    target: str,
    *,
    by: Any,
    door: str,
    at: datetime.datetime,
    why: str = "",
    values: Mapping[str, Any] | None = None,
    merged_into: Any = None,
    if_version: int | None = None,
) -> Any:
    """Move a project to a stage, into a side state, or ("") on again; `values` are fields filled together with it.

    Locks the row. Going forward asks the gate of the target and of all stages before it. From `registered` on, a
    project without its enterprise is linked by `link_enterprise`. Writes the project and one StageChange; what has
    ended gives back the space that it held, and its officer and linked leader are told. Raises MoveRefused, with `missing` where the gate refuses; StaleVersion;
    DomainError for values that are not valid.
    """
    with change(by=by, verb="moved", door=door, why=why):
        row = _locked(project)
        if if_version is not None and row.version != if_version:
            text = _("Somebody saved this record after you opened it. Compare both versions, then save yours again.")
            raise StaleVersion(text, current=row)
        here = row.position
        verdict = stages.judge_move(here, stages.Move(target, why, merged_into, may_reopen(by)), row.track)
        if verdict.refusal:
            raise MoveRefused(refusal_text(verdict.refusal, verdict.stages), code=verdict.refusal)
        changed = _take_values(row, values or {})
        if locked := stages.locked_fields(here, changed):
            text = refusal_text(stages.PROJECT_ENDED)
            raise MoveRefused(text, code=stages.PROJECT_ENDED, fields={name: [text] for name in locked})
        _ask_gate(row, verdict, changed, at)
        if target == stages.MERGED:
            row.merged_into = _standing(merged_into, row)
        elif verdict.kind == stages.REOPEN:
            row.merged_into = None
        if _is_forward(verdict) and _needs_enterprise(row, verdict.to.stage):
            row.enterprise = _enterprise_of(row, by=by, door=door)
            changed.add("enterprise")
        row.age_since = _age_since(row, verdict, at)
        row.stage, row.side_state, row.stage_since = verdict.to.stage, verdict.to.side, at
        names = [*changed, "stage", "side_state", "stage_since", "age_since", "merged_into"]
        saved = save_record(row, fields=names, by=by, door=door, verb="moved")
        skipped = verdict.stages if verdict.kind == stages.SKIP else ()
        _log_move(saved, here, verdict.kind, by=by, door=door, at=at, why=why, skipped=skipped)
        if saved.has_ended:
            release_all(saved, reason=why, by=by, door=door, at=at)
        leaders = saved.members.filter(part=Part.LINKED_LEADER).values_list("person", flat=True)
        tell("stage_moved", [saved.owner_id, *leaders], saved, by=by, at=at)
        return saved


def may_reopen(by: Any) -> bool:
    """Whether this person may take up again what has ended: promotion managers."""
    return Role.PROMOTION_MANAGER in getattr(by, "role_codes", frozenset())


def targets_for(project: Any, by: Any) -> tuple[str, ...]:
    """Where this person may move the project, given what is asked: stages, side states, "" for going on."""
    return stages.allowed_targets(project.position, project.track, may_reopen=may_reopen(by))


def _age_since(row: Any, verdict: stages.Verdict, at: datetime.datetime) -> datetime.datetime:
    """From when on the days in the stage count after a move: anew in another stage, without the days aside in the same.

    One query, where it stood aside.
    """
    since, stood_still = row.age_since, row.stage_since
    if verdict.kind not in (stages.ASIDE, stages.RESUME, stages.REOPEN) or since is None or stood_still is None:
        return at
    if row.side_state == stages.RUNNING:
        return since  # type: ignore[no-any-return]
    today = local_day(at)
    day = ageing.counted_from(local_day(since), local_day(stood_still), today, work_calendar())
    return at - datetime.timedelta(days=(today - day).days)


def _is_forward(verdict: stages.Verdict) -> bool:
    return verdict.kind in (stages.FORWARD, stages.SKIP)


def _ask_gate(row: Any, verdict: stages.Verdict, changed: set[str], at: datetime.datetime) -> None:
    """Raise MoveRefused with what is missing; a move that is none forward is asked only for what it writes."""
    skipped = skipped_stages(row)
    if _is_forward(verdict):
        facts, requirements = _facts(row, at, skipped), _requirements()
        missing = gates.missing_for(verdict.to.stage, facts, requirements, skipping=verdict.stages)
    elif changed:
        stays = copy(row)
        stays.stage = verdict.to.stage
        still = frozenset(stage for stage in skipped if _comes_before(stage, stays.stage))
        missing = gates.missing_after_edit(stays.stage, _own_facts(stays, at, still), _requirements(), changed)
    else:
        return
    if missing:
        words = {"target": target_name(verdict.to.stage), "what": " ".join(map(missing_text, missing))}
        raise MoveRefused(_("Still missing for “%(target)s”: %(what)s") % words, missing=missing)


def _take_values(row: Any, values: Mapping[str, Any]) -> set[str]:
    """Put the values into the locked row; returns the names that changed. Raises DomainError if they are not valid."""
    known = {field.name for field in editable_fields(row)} - NOT_WITH_A_MOVE
    if unknown := sorted(set(values) - known):
        text = _("This cannot be filled in with a move.")
        raise DomainError(code="not_with_a_move", fields={name: [text] for name in unknown})
    before = copy(row)
    for name, value in values.items():
        setattr(row, name, value)
    if values:
        _tidy(row)
        try:
            row.full_clean()
        except ValidationError as error:
            raise DomainError.from_validation(error) from error
    return {name for name in values if _value(before, name) != _value(row, name)}


def _standing(other: Any, row: Any) -> Any:
    """The project that another is merged into, if it is one that runs. Raises MoveRefused."""
    found = InvestmentProject._base_manager.filter(pk=other.pk).first()
    if found is None or found.pk == row.pk or found.has_ended:
        text = _("Choose another project, one that has not ended.")
        raise MoveRefused(text, code=stages.DUPLICATE_MISSING, fields={"merged_into": [text]})
    return found


def _log_move(
    project: Any,
    here: stages.Position,
    kind: str,
    *,
    by: Any,
    door: str,
    at: datetime.datetime,
    why: str,
    skipped: Sequence[str] = (),
) -> None:
    row = StageChange(
        project=project,
        kind=kind,
        from_stage=here.stage,
        from_side=here.side,
        to_stage=project.stage,
        to_side=project.side_state,
        skipped=list(skipped),
        by=by if getattr(by, "pk", None) else None,
        at=at,
        why=why.strip()[:500],
        door=door,
    )
    save_record(row, by=by, door=door)


# --- the enterprise that a project becomes ---------------------------------------------------------------------------


def link_enterprise(project: Any, *, enterprise: Any = None, by: Any, door: str, at: datetime.datetime) -> Any:
    """Link the project to its enterprise: the one given, the one with its credit code, or a new one in the directory.

    A new one is not published: that is the directory's own decision. Locks the project; returns it. Raises
    DomainError where name or code are missing or not valid, or where an enterprise of that name has no code yet.
    """
    with change(by=by, verb="linked", door=door):
        row = _locked(project)
        if row.has_ended:
            raise DomainError(refusal_text(stages.PROJECT_ENDED), code=stages.PROJECT_ENDED)
        row.enterprise = survivor_of(enterprise) if enterprise is not None else _enterprise_of(row, by=by, door=door)
        return save_record(row, fields=["enterprise"], by=by, door=door, verb="linked")


def _needs_enterprise(project: Any, stage: str) -> bool:
    return project.enterprise_id is None and not _comes_before(stage, stages.REGISTERED)


def _enterprise_of(project: Any, *, by: Any, door: str) -> Any:
    """The enterprise with the project company's code, made if there is none."""
    empty = [name for name in ("company_name", "uscc") if not gates.is_filled(getattr(project, name))]
    if empty:
        text = _("Choose the enterprise, or fill in the project company and its credit code.")
        raise DomainError(code="no_enterprise", fields={name: [text] for name in empty})
    known = Enterprise._base_manager.filter(uscc=project.uscc).first()
    if known is not None:
        return survivor_of(known)
    named = Enterprise.objects.current().filter(registered_name=project.company_name, uscc__isnull=True).first()
    if named is not None:
        text = _("An enterprise of this name is in the directory without a credit code. Choose it here, if it is it.")
        raise DomainError(code="same_name", fields={"enterprise": [text]})
    made = Enterprise(
        registered_name=project.company_name,
        uscc=project.uscc,
        relation=Relation.REGISTERED_ONLY,
        status=OperatingStatus.IN_PREPARATION,
        established_on=project.registered_on,
        registered_capital=project.registered_capital,
        registered_capital_currency=project.currency if project.registered_capital is not None else "",
        industry_id=project.industry_id,
        group_id=project.group_id,
        park_id=project.park_id,
        # The project may be confidential still; that there is such a firm becomes public by an act of its own.
        is_published=False,
        is_demo=project.is_demo,
        # Not its number: everybody here reads this row.
        source_note=_("Made when its project was registered."),
    )
    try:
        return save_record(made, by=by, door=door)
    except DomainError as error:
        names = {"registered_name": "company_name", "established_on": "registered_on"}
        fields = {names.get(name, name): texts for name, texts in error.fields.items()}
        raise DomainError(error.message, code=error.code, fields=fields) from error


# --- what the gate looks at ------------------------------------------------------------------------------------------


def missing_for_next(
    project: Any, *, at: datetime.datetime, skipped: frozenset[str] | None = None
) -> tuple[Missing, ...]:
    """What is missing for the next stage; nothing at the last one and for a project that does not run. 7 queries.

    Whoever has read its moves already gives `skipped` (see `left_out`) and saves one.
    """
    target = stages.next_stage(project.position)
    return missing_for_stage(project, target, at=at, skipped=skipped) if target else ()


def missing_for_stage(
    project: Any, target: str, *, at: datetime.datetime, skipped: frozenset[str] | None = None
) -> tuple[Missing, ...]:
    """What is missing for a project to be at a stage ahead; the stages between count as left out. 7 queries.

    Raises ValueError for what is no stage.
    """
    over = stages.stages_between(project.stage, target)
    known = skipped_stages(project) if skipped is None else skipped
    return gates.missing_for(target, _facts(project, at, known), _requirements(), skipping=over)


def project_facts(project: Any, *, at: datetime.datetime) -> ProjectFacts:
    """All that the gate looks at, as it stands now. 6 queries."""
    return _facts(project, at, skipped_stages(project))


def skipped_stages(project: Any) -> frozenset[str]:
    """The stages that are left out as the project stands now. One query."""
    moves = StageChange._base_manager.filter(project=project.pk).order_by("pk")
    return left_out(moves.values_list("kind", "to_stage", "skipped"))


def left_out(moves: Iterable[tuple[str, str, Sequence[str]]]) -> frozenset[str]:
    """The stages that moves (kind, to which stage, skipped; oldest first) leave out; going back calls for them anew."""
    found: set[str] = set()
    for kind, to_stage, skipped in moves:
        if kind == StageChange.Kind.SKIP:
            found.update(skipped)
        elif kind == StageChange.Kind.BACK:
            found = {stage for stage in found if _comes_before(stage, to_stage)}
    return frozenset(found)


def latest_reviews(reviews: Iterable[Any]) -> dict[str, Any]:
    """The latest review of each kind: by the day it was decided, for an open one by the day it was entered."""
    latest: dict[str, Any] = {}
    for review in sorted(reviews, key=lambda row: (row.decided_on or local_day(row.created_at), row.pk)):
        latest[review.kind] = review
    return latest


@dataclass(frozen=True, slots=True)
class GateView:
    """What a project is judged by, as it stands now.

    `missing` is what the next stage still asks; `comparisons` its figures beside the admission standards that hold for
    it today; `reviews` the latest of each kind; `red_lines` how the reviews stand that nobody can waive, by kind.
    """

    missing: tuple[Missing, ...]
    comparisons: tuple[admission.Comparison, ...]
    reviews: Mapping[str, Any]
    red_lines: Mapping[str, str]
    commitments: tuple[CommitmentFact, ...]


def gate_view(project: Any, *, at: datetime.datetime, skipped: frozenset[str] | None = None) -> GateView:
    """All that the page of a project shows of its gate, read once. 7 queries, one less where `skipped` is given."""
    known = skipped_stages(project) if skipped is None else skipped
    read, requirements = _read(project, at, known), _requirements()
    target = stages.next_stage(project.position)
    return GateView(
        missing=gates.missing_for(target, read.facts, requirements) if target else (),
        comparisons=read.comparisons,
        reviews=read.reviews,
        red_lines=_red_lines(project.track, requirements, read.reviews),
        commitments=read.facts.commitments,
    )


def _red_lines(track: str, requirements: Iterable[Requirement], reviews: Mapping[str, Any]) -> dict[str, str]:
    """The reviews that the gate asks of this track and lets nobody waive: one that was not passed hits its line."""
    asked = dict.fromkeys(
        row.params["kind"]
        for row in requirements
        if row.check == "review_passed" and row.track in ("", track) and not row.params.get("may_be_waived", False)
    )
    hits = {Outcome.FAILED: True, Outcome.PASSED: False}
    return admission.red_lines(asked, {kind: hits.get(review.outcome) for kind, review in reviews.items()})


def missing_fields(missing: Iterable[Missing]) -> tuple[str, ...]:
    """The project's fields that would answer what is missing, in its order."""
    names: list[str] = []
    for one in missing:
        if one.code in _OF_FIELDS:
            names += one.subject.split()
        elif one.check == "standards_met":
            names += FIGURES.get(one.subject, ())
    return tuple(dict.fromkeys(names))


def _requirements() -> list[Requirement]:
    rows = StageRequirement._base_manager.filter(is_active=True).order_by("pk")
    return [*(row.requirement() for row in rows), *gates.ALWAYS]


def _own_facts(project: Any, at: datetime.datetime, skipped: Collection[str] = ()) -> ProjectFacts:
    """What checks of fields look at. No query."""
    return ProjectFacts(
        track=project.track,
        as_of=local_day(at),
        fields={field.name: getattr(project, field.attname) for field in project._meta.concrete_fields},
        stage_dates=reached_dates(project),
        skipped=frozenset(skipped),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    facts: ProjectFacts
    comparisons: tuple[admission.Comparison, ...]
    reviews: Mapping[str, Any]


def _facts(project: Any, at: datetime.datetime, skipped: Collection[str], *, strict: bool = False) -> ProjectFacts:
    """Everything; 5 queries. An enterprise that the move itself will link counts as there, unless `strict`."""
    return _read(project, at, skipped, strict=strict).facts


def _read(project: Any, at: datetime.datetime, skipped: Collection[str], *, strict: bool = False) -> _Read:
    day = local_day(at)
    own = _own_facts(project, at, skipped)
    fields = dict(own.fields)
    if not strict and project.enterprise_id is None and project.company_name and project.uscc:
        fields["enterprise"] = project.uscc
    evidence = Evidence._base_manager.filter(project=project.pk).order_by()
    reviews = _reviews(project)
    counts, industry, rate = _read_beside(project, day)
    comparisons = _comparisons(project, day, industry, rate, _waived(reviews))
    standards: dict[str, list[admission.Comparison]] = {}
    for comparison in comparisons:
        standards.setdefault(comparison.standard.indicator, []).append(comparison)
    facts = ProjectFacts(
        track=own.track,
        as_of=day,
        fields=fields,
        evidence=dict(evidence.values_list("kind").annotate(rows=Count("pk"))),
        counts=counts,
        reviews={kind: review.outcome for kind, review in reviews.items() if review.outcome != Outcome.PENDING},
        standards={indicator: admission.overall(found) for indicator, found in standards.items()},
        commitments=_commitments(project),
        stage_dates=own.stage_dates,
        skipped=own.skipped,
    )
    return _Read(facts, comparisons, reviews)


def _reviews(project: Any) -> dict[str, Any]:
    return latest_reviews(ProjectReview._base_manager.filter(project=project.pk).order_by())


def _waived(reviews: Mapping[str, Any]) -> list[str]:
    """Indicators that the latest admission review waives, once it was decided for the project."""
    found = reviews.get(ProjectReview.Kind.ADMISSION)
    decided = found is not None and found.outcome in (Outcome.PASSED, Outcome.WAIVED)
    return list(found.waived_indicators) if found is not None and decided else []


def _commitments(project: Any) -> tuple[CommitmentFact, ...]:
    rows = Commitment._base_manager.filter(project=project.pk).order_by("pk")
    return tuple(
        CommitmentFact(
            str(row),
            by_government=row.side == Commitment.Side.GOVERNMENT,
            review="" if row.fair_competition == Outcome.PENDING else row.fair_competition,
        )
        for row in rows
    )


#: What a requirement may count, by the name that its row uses.
COUNTS: Mapping[str, Callable[[], tuple[Any, ...]]] = {
    "meetings": lambda: (Interaction._base_manager.filter(kind__in=Interaction.MEETINGS),),
    "contacts": lambda: (Contact._base_manager.all(),),
    "members": lambda: (ProjectMember._base_manager.all(),),
    "milestones": lambda: (ProjectMilestone._base_manager.all(),),
    "space": lambda: (
        SpaceIntent._base_manager.all(),
        Reservation._base_manager.filter(released_at__isnull=True),
    ),
}


def _read_beside(project: Any, day: datetime.date) -> tuple[dict[str, int], str, Decimal | None]:
    """Counts by name, the industry's code and the rate of the project's currency in yuan; one query."""

    def counted(rows: Any) -> Any:
        of_project = rows.filter(project=OuterRef("pk")).order_by().values("project")
        return Coalesce(Subquery(of_project.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)

    rate = ExchangeRate._base_manager.filter(currency=project.currency, on__lte=day).order_by("-on")
    industry = IndustryClass._base_manager.filter(pk=project.industry_id).order_by()
    columns: dict[str, Any] = {"code_": Subquery(industry.values("code")[:1])}
    columns["rate_"] = Subquery(rate.values("cny")[:1])
    for name, parts in COUNTS.items():
        for number, rows in enumerate(parts()):
            columns[f"{name}_{number}"] = counted(rows)
    row: Any = InvestmentProject._base_manager.filter(pk=project.pk).order_by().values(**columns).first()
    found: dict[str, Any] = row or {}
    counts = {
        name: sum(found.get(f"{name}_{number}", 0) for number in range(len(parts()))) for name, parts in COUNTS.items()
    }
    return counts, found.get("code_") or "", Decimal(1) if project.currency == capital.HOME else found.get("rate_")


def _comparisons(
    project: Any, day: datetime.date, industry: str, rate: Decimal | None, waived: Iterable[str]
) -> tuple[admission.Comparison, ...]:
    rows = (row.standard() for row in AdmissionStandard._base_manager.order_by("pk"))
    standards = admission.applying(rows, day, track=project.track, industry=industry)
    return admission.compare(standards, _figures(project, rate), waived=waived)


def _figures(project: Any, rate: Decimal | None) -> dict[str, Decimal | None]:
    """Indicator → figure in yuan (万元/亩), None where something is missing, the rate of its currency too."""

    def per_mu(amount: Decimal | None) -> Decimal | None:
        yuan = amount * rate if amount is not None and rate is not None else None
        return admission.wan_per_mu(yuan, project.land_m2)

    return {
        "investment_per_mu": per_mu(project.fixed_assets),
        "output_per_mu": per_mu(project.yearly_output),
        "tax_per_mu": per_mu(project.yearly_tax),
        "plot_ratio": admission.plot_ratio(project.floor_m2, project.land_m2),
        "energy": project.energy_tce,
    }


def _by_field(missing: Iterable[Missing]) -> dict[str, list[str]]:
    """Texts by the field that each names; "" for what no field answers."""
    found: dict[str, list[str]] = {}
    for one in missing:
        name = one.subject.split()[0] if one.code in _OF_FIELDS else ""
        found.setdefault(name, []).append(missing_text(one))
    return found


def _comes_before(stage: str, other: str) -> bool:
    return stages.stage_index(stage) < stages.stage_index(other)


def _value(row: Any, name: str) -> Any:
    return getattr(row, row._meta.get_field(name).attname)


def _locked(project: Any) -> Any:
    found = InvestmentProject._base_manager.select_for_update().order_by().filter(pk=project.pk).first()
    if found is None:
        raise DomainError(_("This record was deleted meanwhile."), code="gone")
    return found
