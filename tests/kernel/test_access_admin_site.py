"""The one admin site: only what we wrote, a menu by job, an overview for everybody who may enter."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from unfold.admin import ModelAdmin

from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import ADMIN_ROLES, Role
from pinghu.admin import agenda as agenda_module
from pinghu.admin import site
from pinghu.admin.agenda import Waiting, agenda, waiting_for
from pinghu.admin.sites import PinghuAdminSite
from pinghu.navigation import GROUPS, groups_for


def test_default_site_is_ours() -> None:
    assert isinstance(admin.site._wrapped, PinghuAdminSite)  # type: ignore[attr-defined]
    assert site is admin.site


def test_registry_holds_no_admin_of_a_library() -> None:
    homes = {type(model_admin).__module__.split(".")[0] for model_admin in site._registry.values()}
    assert homes <= {"pinghu", "directory", "promotion"}


def test_library_admin_is_left_out_and_a_themed_one_is_taken() -> None:
    ours = PinghuAdminSite(name="scratch")
    ours.register([Group])
    assert not ours.is_registered(Group)
    ours.register(Group, ModelAdmin)
    assert ours.is_registered(Group)


def test_no_model_stands_in_two_groups_of_the_menu() -> None:
    labels = [label for group in GROUPS for label in group.models]
    assert len(labels) == len(set(labels))


def labels_for(user: User) -> set[str]:
    request = RequestFactory().get("/admin/")
    request.user = user
    return {item["link"] for group in groups_for(request) for item in group["items"]}


def test_menu_shows_administrators_the_people(cast: dict[str, User]) -> None:
    assert "/admin/accounts/user/" in labels_for(cast[Role.ADMINISTRATOR])


def test_menu_hides_lists_that_a_role_may_not_open(cast: dict[str, User]) -> None:
    assert "/admin/accounts/user/" not in labels_for(cast[Role.PROMOTION_OFFICER])


def test_every_registered_list_is_in_somebodys_menu(superuser: User) -> None:
    assert len(labels_for(superuser)) == len(site._registry)


@pytest.mark.parametrize("role", sorted(ADMIN_ROLES))
def test_overview_opens_for_every_role_of_the_admin(client_as: Callable[..., Client], role: str) -> None:
    response = client_as(role).get("/admin/")
    assert response.status_code == 200
    assert "overview-lists" in response.content.decode()


def test_overview_is_refused_to_an_enterprise_member(client_as: Callable[..., Client]) -> None:
    assert client_as(Role.ENTERPRISE_MEMBER).get("/admin/", follow=True).status_code == 403


def test_overview_shows_what_waits_and_not_what_is_done(
    client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda_module, "_sources", [])

    @agenda
    def reviews(request: object) -> list[Waiting]:
        return [Waiting("rows to look at", 19, "/admin/rows/"), Waiting("rows all done", 0, "/admin/done/")]

    page = client_as(Role.DATA_STEWARD).get("/admin/").content.decode()
    assert 'href="/admin/rows/"' in page
    assert "19" in page
    assert "/admin/done/" not in page


def test_source_registered_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agenda_module, "_sources", [])

    def reviews(request: object) -> list[Waiting]:
        return [Waiting("rows to look at", 1, "/admin/rows/")]

    agenda(reviews)
    agenda(reviews)
    assert len(waiting_for(RequestFactory().get("/admin/"))) == 1


# --- people ----------------------------------------------------------------------------------------------------------


def test_administrator_opens_an_account_with_its_role(client_as: Callable[..., Client], department: Department) -> None:
    form = {
        "username": "chen",
        "last_name": "陈",
        "first_name": "静",
        "email": "",
        "language": "zh-hans",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-department": str(department.pk),
        "memberships-0-role": Role.DATA_STEWARD.value,
    }
    response = client_as(Role.ADMINISTRATOR).post("/admin/accounts/user/add/", form)
    assert response.status_code == 302, response.context["adminform"].errors
    chen = User.objects.get(username="chen")
    assert chen.is_staff
    assert not chen.has_usable_password()
    assert str(chen) == "陈静"
    assert chen.role_codes == {Role.DATA_STEWARD}


def test_page_of_a_person_shows_no_password_hash(client_as: Callable[..., Client], cast: dict[str, User]) -> None:
    user = cast[Role.LEADER]
    user.set_password("a Long enough one 7")
    user.save()
    page = client_as(Role.ADMINISTRATOR).get(f"/admin/accounts/user/{user.pk}/change/")
    assert page.status_code == 200
    assert user.password not in page.content.decode()
    assert "password" not in page.context["adminform"].form.fields


def test_form_of_a_person_cannot_make_a_superuser(client_as: Callable[..., Client]) -> None:
    fields = client_as(Role.ADMINISTRATOR).get("/admin/accounts/user/add/").context["adminform"].form.fields
    assert not {"is_superuser", "is_staff", "groups", "user_permissions", "password"} & set(fields)


def test_auditor_sees_people_and_cannot_change_them(client_as: Callable[..., Client], cast: dict[str, User]) -> None:
    user = cast[Role.LEADER]
    client = client_as(Role.AUDITOR)
    assert client.get("/admin/accounts/user/").status_code == 200
    client.post(f"/admin/accounts/user/{user.pk}/change/", {"username": "renamed"})
    assert User.objects.get(pk=user.pk).username == user.username


def test_list_of_people_costs_the_same_for_one_and_for_twenty(
    client_as: Callable[..., Client], person: Callable[..., User], django_assert_num_queries: Callable[..., object]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_as(Role.ADMINISTRATOR)
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/accounts/user/")
    for number in range(20):
        person(Role.PROMOTION_OFFICER, username=f"officer{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/accounts/user/")
    assert len(many) == len(few) <= 12
