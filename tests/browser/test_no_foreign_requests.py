"""No page asks anything of another host, and none breaks its own Content-Security-Policy."""

import pytest
from django.urls import reverse

from directory.services.zone import load_zone
from pinghu.accounts.roles import Role
from pinghu.admin import site

PUBLIC_PAGES = ["/", "/en/"]


@pytest.mark.parametrize("address", PUBLIC_PAGES)
def test_public_page_opened_asks_no_other_host(page, address):
    response = page.goto(address, wait_until="networkidle")

    assert response.status == 200
    assert page.title()


@pytest.mark.parametrize("width", ["desk", "phone"])
def test_sign_in_page_opened_asks_no_other_host(width, request):
    page = request.getfixturevalue("page" if width == "desk" else "phone")

    response = page.goto("/accounts/login/", wait_until="networkidle")

    assert response.status == 200
    assert page.locator("input[type=password]").is_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_admin_opened_by_data_steward_asks_no_other_host(page, sign_in, person, language):
    sign_in(page, person(Role.DATA_STEWARD, language=language))

    response = page.goto("/admin/", wait_until="networkidle")

    assert response.status == 200
    assert page.locator("html").get_attribute("lang").lower().startswith(language[:2])


@pytest.mark.django_db(transaction=True)
def test_no_list_and_no_form_of_the_admin_asks_another_host(page, sign_in, person):
    load_zone()
    sign_in(page, person(Role.DATA_STEWARD))
    opened = 0
    for model in site._registry:
        if model._meta.app_label != "directory":
            continue
        name, row = f"admin:directory_{model._meta.model_name}", model._base_manager.order_by("pk").first()
        addresses = [reverse(f"{name}_changelist")] + ([reverse(f"{name}_change", args=[row.pk])] if row else [])
        for address in addresses:
            assert (address, page.goto(address, wait_until="networkidle").status) == (address, 200)
            opened += 1
    assert opened > 60


def test_page_that_asks_another_host_is_noticed(page, faults):
    page.goto("/livez")
    page.evaluate("document.body.appendChild(new Image()).src = 'http://example.invalid/pixel.png'")
    page.wait_for_timeout(200)

    assert any("example.invalid" in fault for fault in faults.found)
    faults.expect("example.invalid")
    faults.expect("favicon.ico")  # a page of plain data names no icon, so the browser guesses


def test_page_that_breaks_its_policy_is_noticed(page, faults):
    page.goto("/accounts/login/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.wait_for_timeout(200)

    assert any("Content Security Policy" in fault for fault in faults.found)
    faults.expect("Content Security Policy")
