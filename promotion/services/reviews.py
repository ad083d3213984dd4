"""Reviews of a project and the commitments on both sides.

The gate (`services.projects`) decides what they let pass; here is what one row may say. A fair-competition review is
never waived, a promise that changes after its review is reviewed anew, and a project that is signed takes no promise of
the government's that has not passed it. Who may say what was decided: `rules.four_eyes`.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, delete_record, save_record
from promotion.models import (
    AdmissionStandard,
    Commitment,
    InvestmentProject,
    Outcome,
    ProjectMember,
    ProjectReview,
)
from promotion.rules import four_eyes, stages
from promotion.rules.working_time import local_day

#: What is promised to whom on which ground: what a fair-competition review was about.
PROMISE = ("project_id", "side", "text", "amount", "currency", "legal_basis")
#: What still happens to a commitment when its project has ended.
AFTER_THE_END = frozenset({"fulfilled_on", "fulfilled_amount", "clawback_amount", "note"})


def save_review(
    review: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Enter a review, or write the named fields of one. Return the stored review.

    Whoever decides it is `by`, on the day of `at` unless another was given. A waiver (一事一议) needs its reason and
    names the indicators; fair competition knows none. Locks the project. Raises StaleVersion, DomainError with field
    errors, `four_eyes` for a result by somebody who runs the project, `ended` for a project that has ended.
    """
    day = local_day(at or timezone.now())
    names = None if fields is None else {*fields}
    with change(by=by, verb="created" if review._state.adding else "updated", door=door, why=why):
        before = _before(review)
        if names is None or names:
            _lock_projects(review, before)
        if names is not None:
            names -= {"decided_by"}
        outcome = review.outcome if before is None or names is None or "outcome" in names else before.outcome
        is_decided = outcome != Outcome.PENDING
        if is_decided and (before is None or outcome != before.outcome):
            review.decided_by = by if getattr(by, "pk", None) else None
            review.decided_on = review.decided_on or day
            names = names and names | {"decided_by", "decided_on"}
        elif not is_decided and before is not None and before.outcome != Outcome.PENDING:
            review.decided_by, review.decided_on = None, None
            names = names and names | {"decided_by", "decided_on"}
        review.reason = review.reason.strip()
        saved = save_record(review, fields=names, by=by, door=door, if_version=if_version, why=why, children=children)
        _refuse(_review_problems(saved, day))
        if names is None or names:
            _ask_four_eyes_of_review(before, saved, by)
        return saved


def save_commitment(
    commitment: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    at: datetime.datetime | None = None,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Enter a commitment, or write the named fields of one. Return the stored commitment.

    A promise that passed its fair-competition review keeps what was reviewed: whoever changes it sets the review back
    to pending. A pass names its legal basis. Once the project is signed, the government's promises are entered passed,
    and a promise that passed stays so or is found not to have; once it has ended, only fulfilment, claw-back and the
    note change. Locks the project. Raises StaleVersion, DomainError with field errors, `four_eyes` for a pass by
    somebody who runs the project.
    """
    day = local_day(at or timezone.now())
    names = None if fields is None else {*fields}
    with change(by=by, verb="created" if commitment._state.adding else "updated", door=door, why=why):
        before = _before(commitment)
        if names is None or names:
            only_after = before is not None and names is not None and names <= AFTER_THE_END
            _lock_projects(commitment, before, may_have_ended=only_after)
        for name in ("text", "approver", "legal_basis"):
            setattr(commitment, name, getattr(commitment, name).strip())
        saved = save_record(
            commitment, fields=names, by=by, door=door, if_version=if_version, why=why, children=children
        )
        _refuse(_commitment_problems(before, saved, day))
        _ask_four_eyes_of_promise(before, saved, by)
        return saved


def drop_commitment(commitment: Any, *, by: Any, door: str, why: str = "") -> None:
    """Take back what was promised, before the project is signed. Locks the project. Raises DomainError afterwards."""
    with change(by=by, verb="deleted", door=door, why=why):
        (project,) = _lock_projects(commitment, None)
        if not may_be_dropped(project):
            text = _("The project is signed: what was promised stays on record.")
            raise DomainError(text, code="signed")
        delete_record(commitment, by=by, door=door, why=why)


def may_be_dropped(project: Any) -> bool:
    """Whether commitments of this project can still be taken back."""
    return not project.has_ended and not _is_signed(project)


def runs(person: Any, project: Any) -> bool:
    """Whether this person runs the project, or ever did: its officer in charge or its task force. Two queries."""
    key = getattr(person, "pk", None)
    if key is None:
        return False
    owned = InvestmentProject.history.filter(id=project.pk, owner=key).order_by()
    seats = ProjectMember.history.filter(project=project.pk, person=key, part__in=four_eyes.RUNNING_PARTS).order_by()
    return four_eyes.runs_it(
        key,
        owners=[project.owner_id, *owned.values_list("owner", flat=True)[:1]],
        team=seats.values_list("person", flat=True)[:1],
    )


def _ask_four_eyes_of_review(before: Any, saved: Any, by: Any) -> None:
    was_decided = before is not None and before.outcome != Outcome.PENDING
    is_decided = saved.outcome != Outcome.PENDING
    if four_eyes.may_review(runs=True, was_decided=was_decided, is_decided=is_decided):
        return
    projects = {row.project_id: row.project for row in (before, saved) if row is not None}
    if any(runs(by, project) for project in projects.values()):
        text = _(
            "You run this project, or did: somebody who does not enters what its reviews decide (four eyes). "
            "Leave the result pending and ask a colleague or a promotion manager."
        )
        raise DomainError(code="four_eyes", fields={"outcome": [text]})


def _ask_four_eyes_of_promise(before: Any, saved: Any, by: Any) -> None:
    had_passed = before is not None and _has_passed(before)
    if four_eyes.may_pass_promise(runs=True, had_passed=had_passed, has_passed=_has_passed(saved)):
        return
    if runs(by, saved.project):
        text = _(
            "You run this project, or did: somebody who does not enters that a promise passed its fair-competition "
            "review (four eyes). Leave it pending and ask a colleague or a promotion manager."
        )
        raise DomainError(code="four_eyes", fields={"fair_competition": [text]})


def _has_passed(promise: Any) -> bool:
    """Whether it is a promise of the government's that passed its review; the investor's need none."""
    return promise.side == Commitment.Side.GOVERNMENT and promise.fair_competition == Outcome.PASSED


def _is_signed(project: Any) -> bool:
    return stages.stage_index(project.stage) >= stages.stage_index(stages.SIGNED)


def _review_problems(review: Any, day: datetime.date) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    if review.decided_on is not None and review.decided_on > day:
        fields["decided_on"] = [_("This day lies in the future. Enter the result when it is there.")]
    if review.outcome == Outcome.PENDING and review.decided_on is not None:
        fields["outcome"] = [_("A day of decision is given: choose the result.")]
    indicators, kinds = review.waived_indicators, ProjectReview.Kind
    if not isinstance(indicators, list) or not set(map(str, indicators)) <= set(AdmissionStandard.Indicator.values):
        fields["waived_indicators"] = [_("Choose the indicators from the admission standards.")]
    elif review.outcome != Outcome.WAIVED:
        if indicators:
            fields["waived_indicators"] = [_("Indicators are waived only by the result “Waived, with reason”.")]
    elif review.kind == kinds.FAIR_COMPETITION:
        fields["outcome"] = [_("A fair-competition review is passed or not; it is never waived.")]
    elif review.kind == kinds.ADMISSION and not indicators:
        fields["waived_indicators"] = [_("Say which indicators are waived.")]
    elif review.kind != kinds.ADMISSION and indicators:
        fields["waived_indicators"] = [_("Only the admission review waives indicators.")]
    return fields


def _commitment_problems(before: Any, row: Any, day: datetime.date) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    if row.fair_competition == Outcome.WAIVED:
        fields["fair_competition"] = [_("A fair-competition review is passed or not; it is never waived.")]
    elif _slips_into_a_signed_project(before, row):
        fields["fair_competition"] = [
            _(
                "The project is signed: a promise of the government's is entered here once it has passed its "
                "fair-competition review. What changed later is a commitment of its own."
            )
        ]
    elif before is not None and before.fair_competition == Outcome.PASSED == row.fair_competition:
        if _differs(before, row):
            fields["fair_competition"] = [
                _("What was reviewed has changed: set the review back to pending and have it reviewed anew.")
            ]
    elif row.side == Commitment.Side.GOVERNMENT and row.fair_competition == Outcome.PASSED and not row.legal_basis:
        fields["legal_basis"] = [_("Name the legal basis: without one nothing is promised to a single enterprise.")]
    if bool(row.approver) != bool(row.approved_on):
        fields["approved_on" if row.approver else "approver"] = [_("Give both: who approved it, and on which day.")]
    if row.fulfilled_amount is not None and row.fulfilled_on is None:
        fields["fulfilled_on"] = [_("Say on which day it was fulfilled.")]
    for name in ("approved_on", "fulfilled_on"):
        if name not in fields and (value := getattr(row, name)) is not None and value > day:
            fields[name] = [_("This day lies in the future.")]
    clawed_back = row.clawback_amount or 0
    if row.side == Commitment.Side.GOVERNMENT and clawed_back > (row.fulfilled_amount or 0):
        fields["clawback_amount"] = [_("No more can be clawed back than was given (amount fulfilled).")]
    return fields


def _slips_into_a_signed_project(before: Any, row: Any) -> bool:
    """Whether a change brings a promise of the government's that has not passed its review past the gate."""
    if not _is_signed(row.project) or row.side != Commitment.Side.GOVERNMENT or row.fair_competition == Outcome.PASSED:
        return False
    if before is None or _differs(before, row):
        return True
    # That a promise should not have passed is a finding, and may be written down.
    return row.fair_competition not in (before.fair_competition, Outcome.FAILED)


def _differs(before: Any, row: Any) -> bool:
    return any(getattr(before, name) != getattr(row, name) for name in PROMISE)


def _before(row: Any) -> Any:
    """The row as it is stored, locked; None for a new one."""
    if row._state.adding:
        return None
    return type(row)._base_manager.select_for_update().order_by().filter(pk=row.pk).first()


def _refuse(fields: dict[str, list[str]]) -> None:
    if fields:
        raise DomainError(code="invalid", fields=fields)


def _lock_projects(row: Any, before: Any, *, may_have_ended: bool = False) -> list[Any]:
    """Lock the project, and the one that the row comes from; the move through the gate waits for us, or we for it."""
    keys = {one.project_id for one in (row, before) if one is not None} - {None}
    projects = list(InvestmentProject._base_manager.select_for_update().filter(pk__in=keys).order_by("pk"))
    # What is judged is the project as it stands under the lock, not as the caller read it: it may have been signed since.
    standing = {project.pk: project for project in projects}
    for one in (row, before):
        if one is not None and one.project_id in standing:
            one.project = standing[one.project_id]
    if any(project.has_ended for project in projects) and not may_have_ended:
        text = _("The project has ended: its reviews and commitments are closed. A promotion manager can reopen it.")
        raise DomainError(text, code="ended")
    return projects
