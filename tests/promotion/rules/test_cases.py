"""Which step a case may take, and whether a service system is what its formula says."""

import pytest

from promotion.rules import cases, service_system

C, H, L = frozenset({cases.COORDINATOR}), frozenset({cases.HANDLER}), frozenset({cases.LEADER})
NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("step", "state", "parts", "text", "refusal"),
    [
        (cases.ACCEPT, cases.SUBMITTED, C, "", None),
        (cases.ACCEPT, cases.ACCEPTED, C, "", cases.NOT_FROM_HERE),
        (cases.ACCEPT, cases.SUBMITTED, H, "", cases.NOT_YOURS),
        (cases.REJECT, cases.SUBMITTED, C, " ", cases.REASON_MISSING),
        (cases.REJECT, cases.ASSIGNED, C, "why", cases.NOT_FROM_HERE),
        (cases.DISPATCH, cases.SUBMITTED, C, "", None),
        (cases.DISPATCH, cases.WAITING, C, "", cases.NOT_FROM_HERE),
        (cases.OBJECT, cases.ASSIGNED, H, "not ours", None),
        (cases.OBJECT, cases.IN_PROGRESS, H, "not ours", cases.NOT_FROM_HERE),
        (cases.OBJECT, cases.ASSIGNED, C, "not ours", cases.NOT_YOURS),
        (cases.ASK, cases.IN_PROGRESS, H, "which building?", None),
        (cases.ANSWER, cases.WAITING, NOBODY, "the second", None),
        (cases.ANSWER, cases.IN_PROGRESS, NOBODY, "the second", cases.NOT_FROM_HERE),
        (cases.REPLY, cases.SUBMITTED, C, "done", None),
        (cases.REPLY, cases.CLOSED, C, "done", cases.NOT_FROM_HERE),
        (cases.REPLY, cases.IN_PROGRESS, L, "done", cases.NOT_YOURS),
        (cases.RATE, cases.CLOSED, NOBODY, "", None),
        (cases.RATE, cases.IN_PROGRESS, NOBODY, "", cases.NOT_FROM_HERE),
        (cases.SUPERVISE, cases.IN_PROGRESS, L, "by Friday", None),
        (cases.SUPERVISE, cases.IN_PROGRESS, H, "by Friday", cases.NOT_YOURS),
        (cases.URGE, cases.CLOSED, NOBODY, "", cases.NOT_FROM_HERE),
    ],
)
def test_step_is_allowed_or_refused(
    step: str, state: str, parts: frozenset[str], text: str, refusal: str | None
) -> None:
    assert cases.refusal(step, state, parts, text) == refusal


def test_an_ended_case_offers_only_what_follows_the_end() -> None:
    assert cases.open_steps(cases.REJECTED, C | H | L) == ()
    assert cases.open_steps(cases.CLOSED, C) == (cases.RATE, cases.REOPEN, cases.VISIT_BACK)


@pytest.mark.parametrize(
    ("formula", "layers", "found"),
    [
        ("1+3+N", ["core", *["mechanism"] * 3, "platform"], ()),
        ("1＋3＋n", ["core", *["mechanism"] * 3, *["platform"] * 5], ()),
        ("1+3+N", ["core", *["mechanism"] * 2], ("mechanism", "platform")),
        ("1+3+N", ["core", "core", *["mechanism"] * 3, "platform"], ("core",)),
        ("1+4+2", ["core", *["mechanism"] * 4, *["platform"] * 3], ("platform",)),
        ("three plus N", ["core"], ("formula",)),
    ],
)
def test_formula_is_held_to_the_pillars(formula: str, layers: list[str], found: tuple[str, ...]) -> None:
    assert service_system.problems(formula, layers) == found
