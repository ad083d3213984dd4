"""Which role may list, add and change which records of the directory in the admin."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from pinghu.accounts.roles import Role

pytestmark = pytest.mark.django_db

RESTRICTED = {"annualfigures", "legalrepresentative"}
#: Made by imports and merges, decided by verbs: nobody types a new one.
NEVER_ADDED = {"mergerecord", "notduplicate", "statuscheck", "correction", "importrun"}
#: Decided by verbs, imported or merged.
NEVER_CHANGED = {"mergerecord", "importrun", "correction", "statuscheck"}
STEWARDS_OWN = {"savedmapping", "mergerecord", "importrun"}
CHAINS = {"industrychain", "chainsegment", "chainposition"}
SPACE = {"park", "carrier", "tenancy"}

READERS = {
    Role.PROMOTION_OFFICER,
    Role.PROMOTION_MANAGER,
    Role.SERVICE_OFFICER,
    Role.SERVICE_COORDINATOR,
    Role.DATA_STEWARD,
    Role.CARRIER_MANAGER,
    Role.SUBDISTRICT_LIAISON,
    Role.LEADER,
}
OUTSIDERS = {Role.AUDITOR, Role.ADMINISTRATOR, Role.ENTERPRISE_MEMBER}


def model_names() -> set[str]:
    return {str(m._meta.model_name) for m in admin.site._registry if m._meta.app_label == "directory"}


def expected(role: str, verb: str) -> set[str]:
    everything = model_names()
    if role in OUTSIDERS:
        return set()
    if verb == "list":
        seen = everything - RESTRICTED - STEWARDS_OWN
        if role in {Role.DATA_STEWARD, Role.PROMOTION_MANAGER, Role.LEADER}:
            seen |= RESTRICTED
        if role == Role.LEADER:
            seen |= {"mergerecord", "importrun"}
        if role in {Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER}:
            seen |= {"importrun"}  # their own runs, of leads
        return everything if role == Role.DATA_STEWARD else seen
    closed = NEVER_ADDED if verb == "add" else NEVER_CHANGED
    written = {Role.DATA_STEWARD: everything, Role.PROMOTION_MANAGER: CHAINS, Role.CARRIER_MANAGER: SPACE}
    return written.get(role, set()) - closed  # type: ignore[call-overload]


@pytest.mark.parametrize("role", sorted(READERS | OUTSIDERS))
def test_role_opens_exactly_its_lists_and_forms(client_as: Any, role: str) -> None:
    client = client_as(role)
    allowed: dict[str, set[str]] = {"list": set(), "add": set()}
    for name in model_names():
        if client.get(reverse(f"admin:directory_{name}_changelist")).status_code == 200:
            allowed["list"].add(name)
        if name != "importrun" and client.get(reverse(f"admin:directory_{name}_add")).status_code == 200:
            allowed["add"].add(name)

    assert allowed == {"list": expected(role, "list"), "add": expected(role, "add")}


@pytest.mark.parametrize("role", sorted(READERS | OUTSIDERS))
def test_role_may_change_exactly_its_records(cast: Any, rf: Any, role: str) -> None:
    request = rf.get("/admin/")
    request.user = cast[role]

    changed = {
        str(model._meta.model_name)
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == "directory" and model_admin.has_change_permission(request)
    }

    assert changed == expected(role, "change")


def test_nobody_deletes_but_pairs_and_mappings(cast: Any, rf: Any) -> None:
    request = rf.get("/admin/")
    request.user = cast[Role.DATA_STEWARD]

    deletable = {
        str(model._meta.model_name)
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == "directory" and model_admin.has_delete_permission(request)
    }

    assert deletable == {"notduplicate", "savedmapping"}
