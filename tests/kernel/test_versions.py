"""Two people save the same record at once: one wins, the other is told, nothing is lost."""

from typing import Any

import pytest

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.saving import ChildSave, delete_record, save_record
from tests.kernel.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 15


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_of_two_savers_exactly_one_wins_each_round() -> None:
    record = save_record(Department(code="x", name="X"), by=None, door="task")

    for number in range(1, ROUNDS + 1):

        def saver(name: str, number: int = number) -> Department:
            row = Department.objects.get(pk=record.pk)
            row.name = f"{name} {number}"
            return save_record(row, fields=["name"], by=None, door="api", if_version=number)

        results = at_once(lambda: saver("first"), lambda: saver("second"))

        assert kinds(results) == ["Department", "StaleVersion"]
        winner = next(result for result in results if isinstance(result, Department))
        stored = Department.objects.get(pk=record.pk)
        assert (stored.version, stored.name) == (number + 1, winner.name)

    assert list(record.history.order_by("version").values_list("version", flat=True)) == list(range(1, ROUNDS + 2))


def test_of_saver_and_deleter_the_second_is_refused() -> None:
    outcomes = set()
    for number in range(5):
        record = save_record(Department(code=f"x{number}", name="X"), by=None, door="task")

        def save(pk: int = record.pk) -> str:
            row = Department.objects.get(pk=pk)
            row.name = "New"
            save_record(row, fields=["name"], by=None, door="api", if_version=1)
            return "saved"

        def delete(record: Any = record) -> str:
            delete_record(record, by=None, door="api", if_version=1)
            return "deleted"

        saved, deleted = at_once(save, delete)

        exists = Department.objects.filter(pk=record.pk).exists()
        assert exists is (saved == "saved")
        assert isinstance(deleted, StaleVersion) if exists else deleted == "deleted"
        # The loser never writes: it is stale, or the record is gone (for the reader of the first line, too).
        assert exists or isinstance(saved, (DomainError, Department.DoesNotExist))
        outcomes.add(exists)
    assert outcomes <= {True, False}


def test_two_who_add_the_same_row_get_one_row_and_one_refusal() -> None:
    unit = save_record(Department(code="x", name="X"), by=None, door="task")
    user = User.objects.create(username="somebody")

    def add() -> Any:
        return save_record(Membership(user=user, department=unit, role=Role.LEADER), by=None, door="api")

    results = at_once(add, add)

    assert kinds(results) == ["DomainError", "Membership"]
    assert unit.memberships.count() == 1


def test_two_who_change_the_same_rows_in_opposite_order_do_not_wait_for_each_other() -> None:
    unit = save_record(Department(code="x", name="X"), by=None, door="task")
    other = save_record(Department(code="y", name="Y"), by=None, door="task")
    rows = [
        save_record(
            Membership(user=User.objects.create(username=f"u{i}"), department=unit, role=Role.LEADER),
            by=None,
            door="task",
        )
        for i in range(6)
    ]

    def change_all(parent: Department, role: str, order: int) -> Any:
        children = []
        for row in [Membership.objects.get(pk=row.pk) for row in rows][::order]:
            row.role = role
            children.append(ChildSave(key=str(row.pk), record=row, fields=["role"]))
        return save_record(Department.objects.get(pk=parent.pk), by=None, door="api", children=children)

    for _number in range(ROUNDS):
        results = at_once(lambda: change_all(unit, Role.AUDITOR, 1), lambda: change_all(other, Role.DATA_STEWARD, -1))

        assert kinds(results) == ["Department", "Department"]
        assert len(set(Membership.objects.values_list("role", flat=True))) == 1
