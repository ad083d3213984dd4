"""What counts, what is published, and the yearly above-scale roster."""

from __future__ import annotations

from datetime import date

import pytest

from directory.rules.above_scale import RosterEntry, count_on_roster, is_on_roster_in, is_on_roster_on, legal_person
from directory.rules.zone_relation import RELATIONS, is_counted, is_published


@pytest.mark.parametrize(
    ("relation", "legal_form", "status", "named", "counted"),
    [
        ("registered_and_operating", "company", "operating", False, True),
        ("operating_only", "company", "operating", False, True),
        ("registered_only", "other", "in_preparation", False, True),
        ("registered_and_operating", "partnership", "suspended", False, True),
        ("registered_and_operating", "company", "unverified", False, True),
        ("enclave_tenant", "company", "operating", False, False),
        ("enclave_tenant", "company", "operating", True, True),
        ("unverified", "company", "unverified", False, False),
        ("unverified", "company", "unverified", True, True),
        ("outside", "company", "operating", True, False),
        ("moved_out", "company", "operating", True, False),
        ("registered_and_operating", "branch", "operating", True, False),
        ("registered_and_operating", "individual_business", "operating", False, False),
        ("registered_and_operating", "cooperative", "operating", False, False),
        ("registered_and_operating", "company", "closed", True, False),
        ("registered_and_operating", "company", "moved", False, False),
        ("registered_and_operating", "company", "succeeded", False, False),
    ],
)
def test_enterprise_is_counted_by_relation_form_and_status(
    relation: str, legal_form: str, status: str, named: bool, counted: bool
) -> None:
    assert is_counted(relation, legal_form, status, named_in_profile=named) is counted


@pytest.mark.parametrize("relation", RELATIONS)
def test_all_but_those_outside_are_published(relation: str) -> None:
    assert is_published(relation, True) is (relation != "outside")
    assert not is_published(relation, False)


ENTRIES = [
    RosterEntry(2023, entered_on=date(2023, 5, 1)),
    RosterEntry(2024, left_on=date(2024, 9, 1)),
    RosterEntry(2025, "services"),
]


@pytest.mark.parametrize(
    ("at", "is_on"),
    [
        (date(2023, 4, 30), False),
        (date(2023, 5, 1), True),
        (date(2024, 8, 31), True),
        (date(2024, 9, 1), False),
        (date(2025, 1, 1), True),
        (date(2026, 1, 1), False),
    ],
)
def test_roster_is_of_a_year_with_entry_and_exit(at: date, is_on: bool) -> None:
    assert is_on_roster_on(ENTRIES, at) is is_on


def test_year_counts_by_its_end_and_by_category() -> None:
    assert is_on_roster_in(ENTRIES, 2023)
    assert not is_on_roster_in(ENTRIES, 2024)
    assert not is_on_roster_in(ENTRIES, 2025, category="industry")


def test_branch_counts_with_its_head_office_once() -> None:
    head = legal_person(1, "company", None)
    branch = legal_person(2, "branch", 1)
    orphan = legal_person(3, "branch", None)
    entry = [RosterEntry(2025)]

    assert count_on_roster([(head, entry), (branch, entry), (orphan, entry), (4, entry)], 2025) == 2
