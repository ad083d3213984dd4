"""`save_record` and `delete_record`: one transaction, one version, one event, or nothing at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, models

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.context import NoChange, change, request_id
from pinghu.ledger.models import Change, Event
from pinghu.ledger.saving import ChildSave, _after_save, after_save, delete_record, save_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return User.objects.create(username="officer")


@pytest.fixture
def unit() -> Department:
    return save_record(Department(code="unit", name="Unit"), by=None, door="command")


@pytest.fixture
def followed() -> Iterator[list[tuple[str, list[Any]]]]:
    """What `after_save` ran with, for departments and memberships."""
    calls: list[tuple[str, list[Any]]] = []

    @after_save(Department)
    def department(rows: Any) -> None:
        calls.append(("department", [row.pk for row in rows]))

    @after_save(Membership)
    def membership(rows: Any) -> None:
        calls.append(("membership", [row.pk for row in rows]))

    yield calls
    _after_save[Department].remove(department)
    _after_save[Membership].remove(membership)


def copy(record: Any, **values: Any) -> Any:
    row = type(record).objects.get(pk=record.pk)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def child(row: Any, key: str = "row-0", **options: Any) -> ChildSave:
    return ChildSave(key=key, record=row, parent_field="department", **options)


def everything() -> tuple[int, ...]:
    models_ = (Change, Event, Department, Membership, Department.history, Membership.history)
    return tuple(getattr(model, "objects", model).count() for model in models_)


def test_new_record_gets_version_history_and_event(officer: User) -> None:
    token = request_id.set("req-1")
    made = save_record(Department(code="x", name="X"), by=officer, door="api", why="wanted")
    request_id.reset(token)

    row, event = made.history.get(), Event.objects.get(subject_id=made.public_id)
    assert made.version == 1
    assert (row.history_type, row.version, row.change_id) == ("+", 1, event.change_id)
    assert (event.verb, event.changed_fields) == ("created", ["code", "name"])
    assert (event.subject_type, event.subject_id, event.subject_version) == ("department", made.public_id, 1)
    assert (event.audience_before, event.audience_after, event.seq) == ("", "staff", None)
    act = event.change
    assert (act.by, act.door, act.why, act.request_id, act.verb) == (officer, "api", "wanted", "req-1", "created")


def test_update_writes_named_fields_alone(unit: Department, officer: User) -> None:
    saved = save_record(copy(unit, name="New", name_en="Ignored"), fields=["name"], by=officer, door="api")

    stored = Department.objects.get(pk=unit.pk)
    assert (stored.name, stored.name_en, stored.version, saved.version) == ("New", "", 2, 2)
    event = Event.objects.order_by("-id")[0]
    assert (event.verb, event.changed_fields, event.subject_version) == ("updated", ["name"], 2)
    assert (event.audience_before, event.audience_after) == ("staff", "staff")


def test_kernel_fields_are_never_taken_from_the_caller(unit: Department) -> None:
    save_record(
        copy(unit, name="New", public_id="mine", version=99),
        fields=["name", "public_id", "version"],
        by=None,
        door="api",
    )

    stored = Department.objects.get(pk=unit.pk)
    assert (stored.public_id, stored.version) == (unit.public_id, 2)


def test_save_without_a_real_change_leaves_nothing(unit: Department, followed: list[Any]) -> None:
    before = everything()

    saved = save_record(copy(unit), by=None, door="api", if_version=1)

    assert everything() == before
    assert (saved.version, followed) == (1, [])


def test_child_without_a_real_change_leaves_nothing(unit: Department, officer: User) -> None:
    row = save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")
    before = everything()

    save_record(copy(unit), by=None, door="api", children=[child(copy(row)), child(copy(row), "b", fields=["role"])])

    assert everything() == before
    assert Membership.objects.get(pk=row.pk).version == 1


def test_stale_version_is_refused_and_names_what_they_changed(unit: Department) -> None:
    save_record(copy(unit, name="Theirs"), by=None, door="api", if_version=1)
    before = everything()

    with pytest.raises(StaleVersion) as refusal:
        save_record(copy(unit, name="Mine"), by=None, door="api", if_version=1)

    assert refusal.value.code == "stale_version"
    assert refusal.value.theirs == {"name"}
    assert refusal.value.current.name == "Theirs"
    assert everything() == before


def test_record_deleted_meanwhile_is_said(unit: Department) -> None:
    mine = copy(unit, name="Mine")
    delete_record(unit, by=None, door="api")

    with pytest.raises(DomainError) as refusal:
        save_record(mine, by=None, door="api", if_version=1)

    assert refusal.value.code == "gone"


def test_invalid_record_is_refused_with_its_fields(unit: Department) -> None:
    before = everything()

    with pytest.raises(DomainError) as refusal:
        save_record(Department(code="unit", name=""), by=None, door="api")

    assert set(refusal.value.fields) == {"code", "name"}
    assert everything() == before


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validation passed, and then something else happened: only the database refuses."""
    monkeypatch.setattr(Department, "full_clean", lambda self: None)


def test_unique_race_is_a_conflict_that_can_be_read(unit: Department, unchecked: None) -> None:
    before = everything()

    with pytest.raises(DomainError) as refusal:
        save_record(Department(code="unit", name="Same"), by=None, door="api")

    assert refusal.value.code == "conflict"
    assert everything() == before


def test_missing_value_is_a_bug_and_not_a_conflict(unchecked: None) -> None:
    with pytest.raises(IntegrityError):
        save_record(Department(code="x", name=None), by=None, door="api")


def test_children_are_written_with_the_record_in_one_change(unit: Department, officer: User) -> None:
    goes = save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")

    save_record(
        copy(unit, name="New"),
        by=None,
        door="api",
        if_version=1,
        children=[
            child(Membership(user=officer, department=unit, role=Role.LEADER)),  # takes the place of the one that goes
            child(goes, "row-1", delete=True),
        ],
    )

    act = Change.objects.latest("id")
    assert unit.memberships.get().pk != goes.pk
    assert set(Membership.history.filter(change=act).values_list("history_type", flat=True)) == {"+", "-"}
    assert act.events.get().changed_fields == ["membership", "name"]


def test_change_of_a_child_alone_raises_the_record_too(unit: Department, officer: User) -> None:
    row = save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")

    save_record(copy(unit), by=None, door="api", children=[child(copy(row, role=Role.AUDITOR), fields=["role"])])

    assert Department.objects.get(pk=unit.pk).version == 2
    assert Membership.objects.get(pk=row.pk).version == 2


def test_errors_of_children_come_back_under_their_keys(unit: Department, officer: User) -> None:
    before = everything()

    with pytest.raises(DomainError) as refusal:
        save_record(
            copy(unit, name="New"),
            by=None,
            door="api",
            children=[
                child(Membership(user=officer, role=Role.LEADER), "good"),
                child(Membership(user=officer, role="nonsense"), "bad"),
                child(Membership(role=Role.LEADER), "worse"),
            ],
        )

    assert {key: set(errors) for key, errors in refusal.value.children.items()} == {"bad": {"role"}, "worse": {"user"}}
    assert everything() == before


def test_child_saved_by_others_since_is_refused(unit: Department, officer: User) -> None:
    row = save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")
    mine = copy(row, role=Role.AUDITOR)
    save_record(copy(row, role=Role.DATA_STEWARD), by=None, door="api")

    with pytest.raises(StaleVersion):
        save_record(copy(unit), by=None, door="api", children=[child(mine, fields=["role"], if_version=1)])

    assert Membership.objects.get(pk=row.pk).role == Role.DATA_STEWARD


def test_child_deleted_by_others_can_be_deleted_but_not_changed(unit: Department, officer: User) -> None:
    row = save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")
    mine = copy(row, role=Role.AUDITOR)
    delete_record(row, by=None, door="api")
    before = everything()

    save_record(copy(unit), by=None, door="api", children=[child(mine, delete=True)])
    assert everything() == before
    with pytest.raises(DomainError) as refusal:
        save_record(copy(unit), by=None, door="api", children=[child(mine, "row-7", fields=["role"])])
    assert set(refusal.value.children) == {"row-7"}


def test_child_that_others_refer_to_is_not_deleted(unit: Department, officer: User) -> None:
    below = save_record(Department(code="below", name="Below", parent=unit), by=None, door="api")
    save_record(Membership(user=officer, department=below, role=Role.LEADER), by=None, door="api")

    with pytest.raises(DomainError) as refusal:
        save_record(
            copy(unit),
            by=None,
            door="api",
            children=[ChildSave(key="row-3", record=below, parent_field="parent", delete=True)],
        )

    assert str(Membership._meta.verbose_name) in refusal.value.children["row-3"][""][0]
    assert Department.objects.filter(pk=below.pk).exists()


def test_consequences_run_for_the_record_and_its_rows(
    unit: Department, officer: User, followed: list[tuple[str, list[Any]]]
) -> None:
    row = Membership(user=officer, role=Role.LEADER)

    save_record(copy(unit), by=None, door="api", children=[child(row)])
    delete_record(row, by=None, door="api")

    made = Membership.history.filter(history_type="+").get().id
    assert followed == [("membership", [made]), ("department", [unit.pk]), ("membership", [made])]


def test_membership_through_the_service_gives_groups_and_the_admin(unit: Department, officer: User) -> None:
    row = save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")
    officer.refresh_from_db()
    assert (officer.is_staff, [group.name for group in officer.groups.all()]) == (True, [Role.LEADER])

    delete_record(row, by=None, door="api")
    officer.refresh_from_db()
    assert (officer.is_staff, officer.groups.count()) == (False, 0)


def test_delete_keeps_history_and_leaves_a_tombstone(unit: Department, officer: User) -> None:
    delete_record(unit, by=officer, door="api", why="closed", if_version=1)

    event = Event.objects.order_by("-id")[0]
    assert (event.verb, event.subject_id) == ("deleted", unit.public_id)
    assert (event.audience_before, event.audience_after) == ("staff", "")
    assert Department.history.get(history_type="-").change == event.change


def test_delete_of_what_others_refer_to_names_them(unit: Department, officer: User) -> None:
    save_record(Membership(user=officer, department=unit, role=Role.LEADER), by=None, door="api")
    before = everything()

    with pytest.raises(DomainError) as refusal:
        delete_record(unit, by=None, door="api")

    assert refusal.value.code == "referred_to"
    assert str(Membership._meta.verbose_name) in refusal.value.message
    assert everything() == before


def test_delete_of_a_stale_record_is_refused(unit: Department) -> None:
    save_record(copy(unit, name="Theirs"), by=None, door="api")

    with pytest.raises(StaleVersion):
        delete_record(unit, by=None, door="api", if_version=1)


def test_two_services_inside_one_change_share_it(unit: Department) -> None:
    before = Change.objects.count()

    with change(by=None, verb="merged", door="api") as act:
        save_record(copy(unit, name="One"), by=None, door="api")
        save_record(Department(code="other", name="Other"), by=None, door="api")

    assert Change.objects.count() == before + 1
    assert act.row.events.count() == 2
    assert act.row.verb == "merged"


def test_refusal_inside_a_change_leaves_the_rest_writable(unit: Department) -> None:
    """The act's own row was written within the savepoint that the refusal undid."""
    with change(by=None, verb="imported", door="import") as act:
        with pytest.raises(DomainError):
            save_record(Department(code="unit", name="Same code"), by=None, door="import")
        with pytest.raises(DomainError):
            save_record(
                copy(unit, name="New"),
                by=None,
                door="import",
                children=[child(Membership(role="nonsense"))],
            )
        save_record(Department(code="good", name="Good"), by=None, door="import")

    assert act.row.events.get().subject_id == Department.objects.get(code="good").public_id
    assert Change.objects.filter(pk=act.row.pk).exists()


def test_change_that_writes_nothing_leaves_no_row() -> None:
    before = Change.objects.count()

    with change(by=None, verb="looked", door="api") as act:
        pass

    assert act.is_empty
    assert Change.objects.count() == before


def test_error_ends_the_change_for_the_next_service(unit: Department) -> None:
    def lost() -> None:
        with change(by=None, verb="first", door="api"):
            save_record(copy(unit, name="Lost"), by=None, door="api")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lost()

    assert Department.objects.get(pk=unit.pk).name == "Unit"
    with pytest.raises(NoChange):
        unit.save()


@pytest.mark.parametrize("write", [models.Model.save, models.Model.delete])
def test_write_outside_a_service_raises(unit: Department, write: Any) -> None:
    with pytest.raises(NoChange):
        write(unit)


def test_bulk_history_without_its_change_is_refused_by_the_database(unit: Department) -> None:
    from django.db import transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Department.history.bulk_history_create([unit], update=True)
    with change(by=None, verb="imported", door="import") as act:
        Department.history.bulk_history_create([unit], update=True, custom_historical_attrs={"change": act.row})
    assert Department.history.filter(change=act.row).count() == 1
