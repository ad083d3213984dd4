"""The history page: who changed what from what to what, the rows below included, at a fixed cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.admin.history import CHANGES_PER_PAGE, VERB_LABELS
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, delete_record, save_record

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kernel.people_urls")]


@pytest.fixture
def unit() -> Department:
    return save_record(Department(code="unit", name="Unit"), by=None, door="command")


def edit(record: Any, by: Any = None, why: str = "", children: Any = (), **values: Any) -> None:
    row = type(record).objects.get(pk=record.pk)
    for name, value in values.items():
        setattr(row, name, value)
    save_record(row, by=by, door="api", why=why, children=children)


def entries(client: Any, record: Any, page: str = "") -> Any:
    url = reverse(f"admin:accounts_{record._meta.model_name}_history", args=[record.pk])
    response = client.get(url + page)
    assert response.status_code == 200
    return response.context["entries"]


def fields(row: Any) -> set[tuple[str, str, str]]:
    return {(field.label, field.old, field.new) for field in row.fields}


def label(model: Any, name: str) -> str:
    text = str(model._meta.get_field(name).verbose_name)
    return text[0].upper() + text[1:]


def test_change_shows_who_why_door_and_each_field_before_and_after(client_as: Any, unit: Department) -> None:
    parent = save_record(Department(code="parent", name="Parent"), by=None, door="command")
    somebody = User.objects.create(username="somebody", last_name="王", first_name="伟")
    edit(unit, by=somebody, why="moved", name="New", parent=parent)

    entry = entries(client_as(Role.AUDITOR), unit)[0]

    assert (str(entry.change.by), entry.change.why, entry.change.door) == ("王伟", "moved", "api")
    assert fields(entry.rows[0]) == {
        (label(Department, "name"), "Unit", "New"),
        (label(Department, "parent"), "—", "Parent"),
    }


def test_rows_below_appear_within_the_same_change(client_as: Any, unit: Department) -> None:
    user = User.objects.create(username="somebody")
    row = Membership(user=user, role=Role.LEADER)
    edit(unit, name="New", children=[ChildSave(key="a", record=row, parent_field="department")])

    entry = entries(client_as(Role.AUDITOR), unit)[0]

    assert [(shown.kind, len(shown.fields)) for shown in entry.rows] == [("~", 1), ("+", 2)]
    assert (label(Membership, "role"), "—", str(Role.LEADER.label)) in fields(entry.rows[1])
    assert "somebody" in entry.rows[1].title


def test_deleted_row_shows_what_it_was(client_as: Any, unit: Department) -> None:
    user = User.objects.create(username="somebody")
    row = save_record(Membership(user=user, department=unit, role=Role.LEADER), by=None, door="api")
    delete_record(row, by=None, door="api")

    entry = entries(client_as(Role.AUDITOR), unit)[0]

    assert entry.verb == str(VERB_LABELS["deleted"])
    assert entry.rows[0].kind == "-"
    assert (label(Membership, "role"), str(Role.LEADER.label), "—") in fields(entry.rows[0])


def test_row_that_came_from_another_record_shows_the_value_it_had_there(client_as: Any, unit: Department) -> None:
    other = save_record(Department(code="other", name="Other"), by=None, door="command")
    user = User.objects.create(username="somebody")
    row = save_record(Membership(user=user, department=other, role=Role.LEADER), by=None, door="api")
    edit(row, department=unit, role=Role.AUDITOR)

    entry = entries(client_as(Role.AUDITOR), unit)[0]

    assert (label(Membership, "role"), str(Role.LEADER.label), str(Role.AUDITOR.label)) in fields(entry.rows[0])


def test_several_saves_within_one_change_compare_with_the_row_before_each(client_as: Any, unit: Department) -> None:
    with change(by=None, verb="merged", door="api"):
        edit(unit, name="Two")
        edit(unit, name="Three")

    entry = entries(client_as(Role.AUDITOR), unit)[0]

    name = label(Department, "name")
    assert [fields(row) for row in entry.rows] == [{(name, "Unit", "Two")}, {(name, "Two", "Three")}]
    assert entry.verb == str(VERB_LABELS.get("merged", "merged"))


def test_rows_that_a_person_may_not_see_have_no_history(client_as: Any, unit: Department) -> None:
    """Every staff role may view departments; memberships are for administrator and auditor."""
    user = User.objects.create(username="somebody")
    save_record(Membership(user=user, department=unit, role=Role.LEADER), by=None, door="api")

    assert len(entries(client_as(Role.AUDITOR), unit)) == 2
    assert len(entries(client_as(Role.DATA_STEWARD), unit)) == 1


def test_history_is_paged_newest_first(client_as: Any, unit: Department) -> None:
    for number in range(CHANGES_PER_PAGE + 4):
        edit(unit, name=f"Name {number}")
    client = client_as(Role.AUDITOR)

    first, second = entries(client, unit), entries(client, unit, "?p=2")

    assert [len(first), len(second)] == [CHANGES_PER_PAGE, 5]
    assert first[0].change.pk > first[-1].change.pk > second[0].change.pk
    assert second[-1].rows[0].kind == "+"


def test_history_costs_the_same_however_much_happened(client_as: Any, unit: Department) -> None:
    client = client_as(Role.AUDITOR)
    counts = []
    for rows in (1, 10):
        for number in range(rows):
            user = User.objects.create(username=f"user{rows}-{number}")
            parent = save_record(Department(code=f"p{rows}-{number}", name="P"), by=user, door="api")
            edit(unit, by=user, name=f"Name {rows} {number}", parent=parent)
            made = save_record(Membership(user=user, department=unit, role=Role.LEADER), by=user, door="api")
            edit(made, role=Role.AUDITOR)
        with CaptureQueriesContext(connection) as queries:
            entries(client, unit)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 17
