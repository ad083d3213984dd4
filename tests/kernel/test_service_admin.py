"""What a person changes in the admin goes to one service, and what the service refuses comes back on the form."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import change
from pinghu.ledger.models import Change, Event
from pinghu.ledger.saving import delete_record, save_record
from tests.kernel.pages import form_data, take_mine

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kernel.people_urls")]


@pytest.fixture
def admin(client_as: Any) -> Client:
    return client_as(Role.ADMINISTRATOR)


@pytest.fixture
def unit() -> Department:
    return save_record(Department(code="unit", name="Unit"), by=None, door="command")


def member(unit: Department, username: str, role: str = Role.LEADER) -> Membership:
    user = User.objects.create(username=username)
    return save_record(Membership(user=user, department=unit, role=role), by=None, door="command")


def url(record: Any, page: str = "change") -> str:
    return reverse(f"admin:accounts_{record._meta.model_name}_{page}", args=[record.pk])


def theirs(record: Any, **values: Any) -> Any:
    """Somebody else saves meanwhile."""
    row = type(record).objects.get(pk=record.pk)
    for name, value in values.items():
        setattr(row, name, value)
    return save_record(row, fields=list(values), by=None, door="api", why="their reason")


def test_record_added_is_saved_by_the_service_with_its_rows(admin: Client) -> None:
    user = User.objects.create(username="somebody")
    page = admin.get(reverse("admin:accounts_department_add"))
    data = form_data(page, code="new", name="New", change_reason="because")
    data |= {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": str(user.pk),
        "memberships-0-role": Role.LEADER,
        "memberships-0-id": "",
        "_continue": "1",
    }

    response = admin.post(page.request["PATH_INFO"], data)

    made = Department.objects.get(code="new")
    assert response.status_code == 302
    assert response.url == url(made)
    assert list(made.memberships.values_list("user__username", "role")) == [("somebody", Role.LEADER)]
    act = made.history.get().change
    assert (act.door, act.why, act.by.username, act.verb) == ("admin", "because", Role.ADMINISTRATOR, "created")
    assert made.memberships.get().history.get().change == act
    assert act.events.get().changed_fields == ["code", "membership", "name"]


def test_change_writes_only_what_changed_and_raises_the_version(admin: Client, unit: Department) -> None:
    page = admin.get(url(unit))

    response = admin.post(url(unit), form_data(page, name="Better"))

    stored = Department.objects.get(pk=unit.pk)
    assert response.status_code == 302
    assert (stored.name, stored.version) == ("Better", 2)
    assert Event.objects.order_by("-id")[0].changed_fields == ["name"]


def test_save_without_a_change_leaves_nothing(admin: Client, unit: Department) -> None:
    member(unit, "somebody")
    page = admin.get(url(unit))
    before = Change.objects.count()

    response = admin.post(url(unit), form_data(page, change_reason="nothing"))

    assert response.status_code == 302
    assert Change.objects.count() == before
    assert Department.objects.get(pk=unit.pk).version == 1


def test_refusal_shows_each_message_where_it_belongs_and_writes_nothing(admin: Client, unit: Department) -> None:
    row = member(unit, "somebody")
    page = admin.get(url(unit))
    before = Change.objects.count()

    response = admin.post(url(unit), form_data(page, name="refused"))

    form = response.context["adminform"].form
    formset = response.context["inline_admin_formsets"][0].formset
    assert response.status_code == 200
    assert form.errors["name"] == ["No such name."]
    assert "Lost row." in form.non_field_errors()
    assert any("Not a demo row." in message and ":" in message for message in form.non_field_errors())
    assert "nonsense: Unknown." in form.non_field_errors()
    assert formset.errors[0]["role"] == ["Not this role."]
    assert Change.objects.count() == before
    assert 'value="refused"' in response.content.decode()
    assert Membership.objects.get(pk=row.pk).version == 1


def test_validation_error_of_a_row_is_shown_on_the_row(admin: Client, unit: Department) -> None:
    first = member(unit, "somebody")
    page = admin.get(url(unit))
    data = form_data(page)
    data |= {
        "memberships-TOTAL_FORMS": "2",
        "memberships-1-user": str(first.user_id),
        "memberships-1-role": first.role,
        "memberships-1-id": "",
    }

    response = admin.post(url(unit), data)

    assert response.status_code == 200
    assert response.context["inline_admin_formsets"][0].formset.errors[1]
    assert unit.memberships.count() == 1


def test_rows_are_changed_added_and_deleted_in_one_change(admin: Client, unit: Department) -> None:
    stays, goes = member(unit, "stays"), member(unit, "goes")
    user = User.objects.create(username="comes")
    data = form_data(admin.get(url(unit)))
    index = {data[f"memberships-{i}-id"]: i for i in range(2)}
    data |= {
        f"memberships-{index[str(stays.pk)]}-role": Role.AUDITOR,
        f"memberships-{index[str(goes.pk)]}-DELETE": "on",
        "memberships-TOTAL_FORMS": "3",
        "memberships-2-user": str(user.pk),
        "memberships-2-role": Role.LEADER,
        "memberships-2-id": "",
    }

    response = admin.post(url(unit), data)

    assert response.status_code == 302
    assert set(unit.memberships.values_list("user__username", "role")) == {
        ("stays", Role.AUDITOR),
        ("comes", Role.LEADER),
    }
    act = Department.history.filter(id=unit.pk).order_by("-history_id")[0].change
    assert sorted(Membership.history.filter(change=act).values_list("history_type", flat=True)) == ["+", "-", "~"]
    assert Department.objects.get(pk=unit.pk).version == 2


def test_stale_version_writes_nothing_and_shows_both(admin: Client, unit: Department) -> None:
    page = admin.get(url(unit))
    theirs(unit, name="Theirs", name_en="Their English")

    response = admin.post(url(unit), form_data(page, name="Mine"))

    conflict = response.context["conflict"]
    assert response.status_code == 200
    assert Department.objects.get(pk=unit.pk).name == "Theirs"
    assert {(f.opened, f.theirs, f.mine, f.state) for f in conflict.rows[0].fields} == {
        ("Unit", "Theirs", "Mine", "both"),
        ("—", "Their English", "Their English", "theirs"),
    }
    assert "their reason" in response.content.decode()
    data = form_data(response)
    assert (data["name"], data["name_en"], data["if_version"]) == ("Mine", "Their English", "1")


def test_second_plain_save_of_a_stale_page_is_refused_again(admin: Client, unit: Department) -> None:
    page = admin.get(url(unit))
    theirs(unit, name="Theirs")
    first = admin.post(url(unit), form_data(page, name="Mine"))

    again = admin.post(url(unit), form_data(first))

    assert again.status_code == 200
    assert again.context["conflict"].rows[0].fields[0].state == "both"
    assert Department.objects.get(pk=unit.pk).name == "Theirs"


def test_first_button_of_the_conflict_page_is_an_ordinary_save(admin: Client, unit: Department) -> None:
    """Enter in a text field presses it."""
    page = admin.get(url(unit))
    theirs(unit, name="Theirs")

    text = admin.post(url(unit), form_data(page, name="Mine")).content.decode()

    assert 0 < text.index('type="submit" name="_continue"') < text.index('name="_take_mine"')


def test_take_mine_replaces_the_conflict_and_keeps_what_only_they_changed(admin: Client, unit: Department) -> None:
    page = admin.get(url(unit))
    theirs(unit, name="Theirs", name_en="Their English")
    conflict = admin.post(url(unit), form_data(page, name="Mine"))

    response = admin.post(url(unit), form_data(conflict, _take_mine=take_mine(conflict)))

    stored = Department.objects.get(pk=unit.pk)
    assert response.status_code == 302
    assert (stored.name, stored.name_en, stored.version) == ("Mine", "Their English", 3)
    assert Event.objects.order_by("-id")[0].changed_fields == ["name"]


def test_take_mine_after_a_third_save_asks_again(admin: Client, unit: Department) -> None:
    page = admin.get(url(unit))
    theirs(unit, name="Theirs")
    conflict = admin.post(url(unit), form_data(page, name="Mine"))
    theirs(unit, name="Third")

    response = admin.post(url(unit), form_data(conflict, _take_mine=take_mine(conflict)))

    assert response.context["conflict"].rows[0].fields[0].theirs == "Third"
    assert Department.objects.get(pk=unit.pk).name == "Third"


@pytest.mark.parametrize("value", ["", "{", "[]", '{"version": "x"}', '{"version": 2, "rows": {"a": "b"}}', "null"])
def test_nonsense_in_take_mine_counts_as_an_ordinary_save(admin: Client, unit: Department, value: str) -> None:
    page = admin.get(url(unit))
    theirs(unit, name="Theirs")

    response = admin.post(url(unit), form_data(page, name="Mine", _take_mine=value))

    assert response.status_code == 200
    assert Department.objects.get(pk=unit.pk).name == "Theirs"


def test_page_without_a_version_is_refused(admin: Client, unit: Department) -> None:
    data = form_data(admin.get(url(unit)), name="Mine")
    del data["if_version"]

    response = admin.post(url(unit), data)

    assert response.status_code == 200
    assert Department.objects.get(pk=unit.pk).name == "Unit"


def test_row_changed_by_both_is_a_conflict_though_the_record_is_not(admin: Client, unit: Department) -> None:
    row = member(unit, "somebody")
    data = form_data(admin.get(url(unit)))
    theirs(row, role=Role.AUDITOR)

    response = admin.post(url(unit), data | {"memberships-0-role": Role.DATA_STEWARD})

    rows = response.context["conflict"].rows
    assert [field.state for field in rows[0].fields] == ["both"]
    assert Membership.objects.get(pk=row.pk).role == Role.AUDITOR

    taken = admin.post(url(unit), form_data(response, _take_mine=take_mine(response)))

    assert taken.status_code == 302
    assert Membership.objects.get(pk=row.pk).role == Role.DATA_STEWARD


def test_row_changed_only_by_them_stays_theirs(admin: Client, unit: Department) -> None:
    row = member(unit, "somebody")
    data = form_data(admin.get(url(unit)))
    theirs(row, role=Role.AUDITOR)

    response = admin.post(url(unit), data | {"name": "Mine"})

    assert response.status_code == 302
    assert Membership.objects.get(pk=row.pk).role == Role.AUDITOR
    assert Department.objects.get(pk=unit.pk).name == "Mine"


def test_row_deleted_by_them_is_said_and_stays_deleted(admin: Client, unit: Department) -> None:
    row = member(unit, "somebody")
    data = form_data(admin.get(url(unit)))
    delete_record(row, by=None, door="api")

    response = admin.post(url(unit), data | {"memberships-0-role": Role.AUDITOR})

    assert response.status_code == 200
    assert response.context["conflict"].rows[0].note
    taken = admin.post(url(unit), form_data(response, _take_mine=take_mine(response)))
    assert taken.status_code == 302
    assert not unit.memberships.exists()


def test_row_added_by_them_is_said_and_stays(admin: Client, unit: Department) -> None:
    data = form_data(admin.get(url(unit)), name="Mine")
    theirs(unit, name_en="Theirs")
    row = member(unit, "somebody")

    response = admin.post(url(unit), data)
    taken = admin.post(url(unit), form_data(response, _take_mine=take_mine(response)))

    assert any(str(row) == shown.title and shown.note for shown in response.context["conflict"].rows)
    assert taken.status_code == 302
    assert Membership.objects.filter(pk=row.pk).exists()


def test_invisible_record_does_not_exist(client_as: Any, unit: Department, superuser: User) -> None:
    """Being superuser is not a role: every permission, no row."""
    User.objects.filter(pk=superuser.pk).update(is_staff=True)
    client = client_as(superuser)

    answers = {page: client.get(url(unit, page)).status_code for page in ("change", "history", "delete")}

    assert answers == {"change": 404, "history": 404, "delete": 404}


def test_reader_sees_no_field_to_write_in(client_as: Any, unit: Department) -> None:
    response = client_as(Role.AUDITOR).get(url(unit))

    data = form_data(response)
    assert response.status_code == 200
    assert not {"if_version", "change_reason", "name"} & set(data)
    assert client_as(Role.AUDITOR).post(url(unit), {"name": "x"}).status_code == 403


def test_hidden_field_is_in_no_form_list_or_history(client_as: Any, unit: Department) -> None:
    row = member(unit, "somebody")
    auditor = client_as(Role.AUDITOR)

    pages = [auditor.get(url(row)), auditor.get(reverse("admin:accounts_membership_changelist"))]
    history = auditor.get(url(row, "history"))

    assert all("field-role" not in page.content.decode() for page in pages)
    assert "role" not in {f.label.lower() for entry in history.context["entries"] for r in entry.rows for f in r.fields}
    assert [len(r.fields) for entry in history.context["entries"] for r in entry.rows] == [2]


def test_delete_goes_through_the_service(admin: Client, unit: Department) -> None:
    response = admin.post(url(unit, "delete"), {"post": "yes"})

    assert response.status_code == 302
    assert not Department.objects.filter(pk=unit.pk).exists()
    assert Department.history.filter(id=unit.pk, history_type="-").get().change.door == "admin"


def test_delete_of_a_record_in_use_names_what_refers_to_it(admin: Client, unit: Department) -> None:
    member(unit, "somebody")

    page = admin.post(url(unit, "delete"), {"post": "yes"})

    assert page.status_code == 200
    assert page.context["protected"]
    assert Department.objects.filter(pk=unit.pk).exists()


def test_delete_refused_by_the_service_becomes_a_message(
    admin: Client, unit: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody refers to the record after the page looked: only the service can know."""
    member(unit, "somebody")
    from tests.kernel.people_urls import DepartmentAdmin

    monkeypatch.setattr(DepartmentAdmin, "get_deleted_objects", lambda *args: ([], {}, set(), []))

    response = admin.post(url(unit, "delete"), {"post": "yes"}, follow=True)

    assert response.redirect_chain[-1][0] == url(unit)
    assert len(list(response.context["messages"])) == 1
    assert Department.objects.filter(pk=unit.pk).exists()


def test_delete_does_not_exist_unless_allowed(admin: Client, unit: Department) -> None:
    row = member(unit, "somebody")

    assert admin.get(url(row, "delete")).status_code == 403
    listing = reverse("admin:accounts_department_changelist")
    admin.post(listing, {"action": "delete_selected", "_selected_action": [unit.pk], "post": "yes"})
    assert Department.objects.filter(pk=unit.pk).exists()


def test_verb_asks_first_and_writes_on_post_alone(admin: Client, unit: Department) -> None:
    address = url(unit).replace("/change/", "/rename/")

    page = admin.get(address)
    assert "It will be renamed." in page.content.decode()
    assert Department.objects.get(pk=unit.pk).name == "Unit"

    refused = admin.post(address, form_data(page, change_reason="no"))
    assert refused.status_code == 200
    assert "This name is taken." in refused.content.decode()

    response = admin.post(address, form_data(page, change_reason="why not"))
    assert response.status_code == 302
    assert Department.objects.get(pk=unit.pk).name == "renamed"


def test_list_verb_refused_becomes_a_message(admin: Client, unit: Department) -> None:
    listing = reverse("admin:accounts_department_changelist")

    response = admin.post(listing, {"action": "refuse", "_selected_action": [unit.pk], "index": "0"}, follow=True)

    assert [str(message) for message in response.context["messages"]] == ["The rule refuses this."]


def test_list_has_a_total_order(admin: Client, unit: Department) -> None:
    response = admin.get(reverse("admin:accounts_department_changelist") + "?o=2")

    assert response.context["cl"].queryset.query.order_by[-1] in {"pk", "-pk"}


def test_search_of_the_admin_serves_list_and_autocomplete(admin: Client) -> None:
    User.objects.create(username="exact")
    User.objects.create(username="exactly")

    listing = admin.get(reverse("admin:accounts_user_changelist"), {"q": "exact"})
    offered = admin.get(
        reverse("admin:autocomplete"),
        {"term": "exact", "app_label": "accounts", "model_name": "membership", "field_name": "user"},
    )

    assert [user.username for user in listing.context["cl"].result_list] == ["exact"]
    assert [row["text"] for row in json.loads(offered.content)["results"]] == ["exact"]


def test_autocomplete_offers_nothing_that_is_not_visible(client_as: Any, superuser: User, unit: Department) -> None:
    query = {"term": "", "app_label": "accounts", "model_name": "membership", "field_name": "department"}

    response = client_as(superuser).get(reverse("admin:autocomplete"), query)

    assert json.loads(response.content)["results"] == []


@pytest.mark.parametrize("bound", [False, True])
def test_form_costs_the_same_however_many_rows(
    admin: Client, unit: Department, django_assert_max_num_queries: Any, bound: bool
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (2, 12):
        for i in range(number):
            member(unit, f"user{number}-{i}")
        data = form_data(admin.get(url(unit)), name="refused")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = admin.post(url(unit), data) if bound else admin.get(url(unit))
        assert response.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_every_row_shows_the_name_of_what_it_refers_to(admin: Client, unit: Department) -> None:
    for i in range(3):
        member(unit, f"person-{i}")

    text = admin.get(url(unit)).content.decode()

    assert all(f"person-{i}</option>" in text for i in range(3))


def test_select_in_a_form_is_read_once_and_autocomplete_keeps_an_unseen_value(
    admin: Client, unit: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pinghu.accounts.models import PeopleQuerySet

    row = member(unit, "somebody")
    # As if the department and the person were not for this reader; the membership is.
    seen = PeopleQuerySet.visible_to
    monkeypatch.setattr(
        PeopleQuerySet,
        "visible_to",
        lambda self, user: seen(self, user) if self.model is Membership else self.none(),
    )
    page = admin.get(url(row))
    data = form_data(page, role=Role.AUDITOR)

    response = admin.post(url(row), data)

    assert (data["department"], data["user"]) == (str(unit.pk), str(row.user_id))
    assert "somebody" not in page.content.decode()
    assert response.status_code == 302
    assert Membership.objects.get(pk=row.pk).role == Role.AUDITOR


def test_value_that_is_not_visible_cannot_be_chosen(
    admin: Client, unit: Department, other_department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pinghu.accounts.models import PeopleQuerySet

    row = member(unit, "somebody")
    seen = PeopleQuerySet.visible_to
    monkeypatch.setattr(
        PeopleQuerySet, "visible_to", lambda self, user: seen(self, user).exclude(public_id=other_department.public_id)
    )
    page = admin.get(url(row))

    response = admin.post(url(row), form_data(page, department=str(other_department.pk)))

    assert response.status_code == 200
    assert "department" in response.context["adminform"].form.errors
    assert other_department.name not in page.content.decode()


def test_service_is_entered_outside_any_transaction(
    admin: Client, unit: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validation must not hold SQLite's write lock, and no outer rollback may undo what the service committed."""
    from django.db import connection

    from tests.kernel.people_urls import DepartmentAdmin

    depth = []
    normal = DepartmentAdmin.call_service

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        depth.append(len(connection.savepoint_ids))
        return normal(self, *args, **kwargs)

    monkeypatch.setattr(DepartmentAdmin, "call_service", watched)
    outside = len(connection.savepoint_ids)

    admin.post(url(unit), form_data(admin.get(url(unit)), name="Better"))

    assert depth == [outside]


def test_write_outside_a_service_is_impossible_even_in_a_view(unit: Department) -> None:
    from pinghu.ledger.context import NoChange

    with pytest.raises(NoChange):
        unit.save()
    with change(by=None, verb="updated", door="command"):
        unit.save()
