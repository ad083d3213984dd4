"""Who may say what a review decided."""

import pytest

from promotion.rules import four_eyes


@pytest.mark.parametrize(
    ("person", "owners", "team", "found"),
    [
        (1, [1], [], True),
        (1, [2, 1], [], True),
        (1, [2], [1], True),
        (1, [2], [3], False),
        (1, [None], [], False),
        (None, [None], [], False),
    ],
)
def test_who_runs_a_project_is_owner_or_task_force_now_or_before(
    person: int | None, owners: list[int | None], team: list[int], found: bool
) -> None:
    assert four_eyes.runs_it(person, owners=owners, team=team) is found


@pytest.mark.parametrize("was_decided", [False, True])
@pytest.mark.parametrize("is_decided", [False, True])
def test_whoever_runs_it_touches_only_what_is_and_stays_undecided(was_decided: bool, is_decided: bool) -> None:
    assert four_eyes.may_review(runs=False, was_decided=was_decided, is_decided=is_decided)
    own = four_eyes.may_review(runs=True, was_decided=was_decided, is_decided=is_decided)
    assert own is (not was_decided and not is_decided)


def test_promise_that_passed_may_be_set_back_by_whoever_runs_it_and_not_passed() -> None:
    assert not four_eyes.may_pass_promise(runs=True, had_passed=False, has_passed=True)
    assert four_eyes.may_pass_promise(runs=True, had_passed=True, has_passed=False)
    assert four_eyes.may_pass_promise(runs=True, had_passed=True, has_passed=True)
    assert four_eyes.may_pass_promise(runs=False, had_passed=False, has_passed=True)
