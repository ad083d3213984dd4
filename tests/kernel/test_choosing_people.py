"""Choosing a colleague in a form: every staff role may, and nobody's account opens by it."""

from typing import Any

import pytest
from django.urls import reverse

from pinghu.accounts.roles import Role

pytestmark = pytest.mark.django_db

ASKED = {"app_label": "promotion", "model_name": "lead", "field_name": "owner", "term": ""}


def offered(client: Any) -> set[str]:
    answer = client.get(reverse("admin:autocomplete"), ASKED)
    return {row["text"] for row in answer.json()["results"]} if answer.status_code == 200 else set()


def test_officer_chooses_among_active_colleagues(client_as: Any, cast: Any, person: Any) -> None:
    manager, member = cast[Role.PROMOTION_MANAGER], cast[Role.ENTERPRISE_MEMBER]
    gone = person(Role.PROMOTION_OFFICER, username="gone", is_active=False)
    names = offered(client_as(Role.PROMOTION_OFFICER))

    assert str(manager) in names
    assert not names & {str(member), str(gone)}


def test_member_of_an_enterprise_is_offered_nobody(client_as: Any, cast: Any) -> None:
    assert cast[Role.PROMOTION_MANAGER]
    assert offered(client_as(Role.ENTERPRISE_MEMBER)) == set()


def test_accounts_stay_closed_to_officers(client_as: Any, cast: Any) -> None:
    manager, client = cast[Role.PROMOTION_MANAGER], client_as(Role.PROMOTION_OFFICER)

    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403
    assert client.get(reverse("admin:accounts_user_change", args=[manager.pk])).status_code in (403, 404)
