"""Who may see what: level × role × nearness, written out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinghu.accounts.roles import STAFF_ROLES, Role
from promotion.rules import confidentiality as rules
from promotion.rules.confidentiality import LEVELS, PROMOTION, SERVICE, TABLES, Grant, Guarded, Viewer

SEEN = {"F": "full", "C": "code_name", "-": "hidden"}
#: One letter for each nearness: owner or named, task force, unit, anybody else.
EXPECTED = {
    PROMOTION: {
        #                      public  internal restricted confidential
        "promotion_officer": ("FFFF", "FFFF", "FFFC", "FC--"),
        "promotion_manager": ("FFFF", "FFFF", "FFFF", "FFFC"),
        "service_officer": ("FFFF", "FFFF", "FF--", "FC--"),
        "service_coordinator": ("FFFF", "FFFF", "FF--", "FC--"),
        "data_steward": ("FFFF", "FFFF", "F---", "F---"),
        "carrier_manager": ("FFFF", "FFFF", "FFCC", "FC--"),
        "subdistrict_liaison": ("FFFF", "FFF-", "FF--", "F---"),
        "leader": ("FFFF", "FFFF", "FFFF", "FFFF"),
        "auditor": ("----", "----", "----", "----"),
        "administrator": ("----", "----", "----", "----"),
        "enterprise_member": ("----", "----", "----", "----"),
    },
    SERVICE: {
        "promotion_officer": ("FFFF", "FFFF", "FF--", "F---"),
        "promotion_manager": ("FFFF", "FFFF", "FF--", "F---"),
        "service_officer": ("FFFF", "FFFF", "FFFC", "FC--"),
        "service_coordinator": ("FFFF", "FFFF", "FFFF", "FFFC"),
        "data_steward": ("FFFF", "FFFF", "F---", "F---"),
        "carrier_manager": ("FFFF", "FFFF", "FF--", "F---"),
        "subdistrict_liaison": ("FFFF", "FFF-", "FF--", "F---"),
        "leader": ("FFFF", "FFFF", "FFFF", "FFFF"),
        "auditor": ("----", "----", "----", "----"),
        "administrator": ("----", "----", "----", "----"),
        "enterprise_member": ("----", "----", "----", "----"),
    },
}
ME = 1


def standing(level: str) -> list[Guarded]:
    """Records of a level as the viewer stands to them, the nearest first."""
    return [
        Guarded(level, owner=ME, unit="other"),
        Guarded(level, owner=2, unit="other", team=frozenset({ME})),
        Guarded(level, owner=2, unit="mine", team=frozenset({3})),
        Guarded(level, owner=2, unit="other"),
    ]


@pytest.mark.parametrize("subject", TABLES)
@pytest.mark.parametrize("role", Role.values)
def test_sight_by_level_role_and_nearness(subject: str, role: str) -> None:
    viewer = Viewer(ME, frozenset({role}), frozenset({"mine"}))
    for level, letters in zip(LEVELS, EXPECTED[subject][role], strict=True):
        seen = [rules.sight(viewer, record, subject) for record in standing(level)]
        assert seen == [SEEN[letter] for letter in letters], level


@pytest.mark.parametrize("subject", TABLES)
def test_table_has_every_role_that_reads_records_and_no_other(subject: str) -> None:
    assert set(TABLES[subject]) == STAFF_ROLES


def test_named_person_sees_a_confidential_record_like_its_owner() -> None:
    record = Guarded("confidential", owner=2, unit="other", named=frozenset({ME}))
    assert rules.may_see(Viewer(ME, frozenset({"promotion_officer"})), record)
    assert not rules.may_see(Viewer(3, frozenset({"promotion_officer"})), record)


def test_owner_who_lost_every_reading_role_sees_nothing() -> None:
    assert rules.sight(Viewer(ME, frozenset({"auditor"})), Guarded("public", owner=ME)) == "hidden"
    assert rules.sight(Viewer(ME, frozenset()), Guarded("public", owner=ME)) == "hidden"


def test_record_without_unit_is_in_nobodys_unit() -> None:
    viewer = Viewer(ME, frozenset({"promotion_officer"}), frozenset({None}))
    assert rules.sight(viewer, Guarded("restricted", owner=2)) == "code_name"


def test_several_roles_give_the_widest_grant() -> None:
    roles = frozenset({"data_steward", "promotion_manager", "auditor"})
    assert rules.grants(roles, "confidential") == Grant("unit", "all")
    assert rules.grants(frozenset({"auditor"}), "public") is None


def test_grant_that_shows_a_record_but_not_that_it_exists_is_refused() -> None:
    with pytest.raises(ValueError, match="exists"):
        Grant("all", "team")


@pytest.mark.parametrize(("seen", "shown"), [("full", "甲公司"), ("code_name", "银杏"), ("hidden", "")])
def test_name_below_clearance_is_the_code_name(seen: str, shown: str) -> None:
    assert rules.shown_name("甲公司", "银杏", seen) == shown


@pytest.mark.parametrize(
    ("old", "new", "is_publication", "problem"),
    [
        (None, "public", False, None),
        ("internal", "confidential", False, None),
        ("confidential", "internal", False, "lowered_without_publication"),
        ("confidential", "internal", True, None),
        ("internal", "internal", False, None),
    ],
)
def test_level_is_lowered_only_by_the_explicit_act(
    old: str | None, new: str, is_publication: bool, problem: str | None
) -> None:
    assert rules.level_problem(old, new, is_publication=is_publication) == problem


@given(
    st.frozensets(st.sampled_from(Role.values)),
    st.sampled_from(tuple(TABLES)),
    st.sampled_from(range(3)),
    st.sampled_from(range(4)),
)
def test_higher_level_never_shows_more(roles: frozenset[str], subject: str, level: int, near: int) -> None:
    order = ("hidden", "code_name", "full")
    viewer = Viewer(ME, roles, frozenset({"mine"}))
    lower, higher = (
        order.index(rules.sight(viewer, standing(LEVELS[place])[near], subject)) for place in (level, level + 1)
    )
    assert higher <= lower
