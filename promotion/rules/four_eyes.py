"""Four eyes: whoever runs a project prepares its reviews; somebody who does not run it enters what they decide.

A project is run by its officer in charge and by its task force (专班). Whoever ever did stays one of them: a project
that is handed over for an afternoon does not get its reviews passed by the one who takes it back. Linked leaders, those
who reported it too and those who may only see it run nothing. A promotion manager is bound by this like anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable

#: As what one belongs to a project that one runs, besides owning it: `models.Part`.
RUNNING_PARTS = frozenset({"team"})


def runs_it(person: object | None, *, owners: Iterable[object | None], team: Iterable[object]) -> bool:
    """Whether this person runs the project, or ever did; no person (the system itself) runs none."""
    return person is not None and (person in set(owners) or person in set(team))


def may_review(*, runs: bool, was_decided: bool, is_decided: bool) -> bool:
    """Whether a review may be entered or changed so: what is, or was, decided is not for those who run the project."""
    return not runs or not (was_decided or is_decided)


def may_pass_promise(*, runs: bool, had_passed: bool, has_passed: bool) -> bool:
    """Whether a promise of the government's may be written so.

    That it passed its fair-competition review is not for those who run the project to say; that it is to be reviewed
    anew, or should not have passed, is.
    """
    return not runs or had_passed or not has_passed
