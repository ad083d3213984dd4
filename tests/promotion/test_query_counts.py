"""What the pages of promotion cost in queries: stated, and the same however many rows there are."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pinghu.accounts.roles import Role
from tests.promotion.hidden_world import World, a_world, an_insider

pytestmark = pytest.mark.django_db

#: Most queries of each page, asked by somebody who sees everything: lists 12, forms 25.
PAGES: dict[str, tuple[int, dict[str, str]]] = {
    **{
        f"admin:promotion_{model}_changelist": (12, {})
        for model in (
            "lead", "investmentproject", "counterpart", "contact", "interaction", "claimdispute", "joinrequest",
            "actionitem", "capitalrecord", "evidence", "promotionactivity",
        )
    },
    "admin:promotion_leadclaim_changelist": (14, {}),  # judging a claim's state takes four
    "admin:promotion_lead_change": (25, {"object_id": "lead"}),
    "admin:promotion_investmentproject_change": (25, {"object_id": "investmentproject"}),
    "admin:promotion_counterpart_change": (25, {"object_id": "counterpart"}),
    "admin:promotion_contact_change": (25, {"object_id": "contact"}),
    "admin:promotion_lead_history": (28, {"object_id": "lead"}),
    "admin:promotion_investmentproject_history": (30, {"object_id": "investmentproject"}),
    "admin:my_day": (14, {}),
    "admin:capital_ledger": (12, {}),
    "admin:follow_up": (12, {}),
    "admin:hand_over": (10, {}),
    "admin:personal_data": (26, {}),
    "admin:index": (18, {}),  # with the dashboard at a glance
}  # fmt: skip


def count(client: Client, world: World, name: str, parts: dict[str, str]) -> list[str]:
    address = reverse(name, kwargs={key: world.seen[row].pk for key, row in parts.items()})
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries.captured_queries]


def test_pages_cost_what_is_stated_however_many_rows(client_as: Any) -> None:
    world = a_world(Role.PROMOTION_OFFICER)
    reader = an_insider("reader")
    client = client_as(reader)
    world.add("internal", "elsewhere", "First")  # no inline is empty: what it shows is asked for once
    for name, (_most, parts) in PAGES.items():  # what a process asks once and keeps is no page's cost
        count(client, world, name, parts)
    few = {name: count(client, world, name, parts) for name, (_most, parts) in PAGES.items()}
    for _more in range(4):
        world.add("internal", "elsewhere", "More")

    many = {name: count(client, world, name, parts) for name, (_most, parts) in PAGES.items()}

    over = {name: len(few[name]) for name, (most, _parts) in PAGES.items() if len(few[name]) > most}
    assert over == {}
    grown = {name: [len(few[name]), len(many[name])] for name in PAGES if len(many[name]) > len(few[name])}
    assert grown == {}
