"""Who sees which lead, project and what hangs on them: the querysets say exactly what the rule says."""

from itertools import product
from typing import Any

import pytest

from pinghu.accounts.models import User
from pinghu.accounts.roles import ADMIN_ROLES, Role
from promotion.models import (
    Contact,
    Counterpart,
    CounterpartMember,
    Interaction,
    InvestmentProject,
    Lead,
    LeadMember,
    Level,
    Part,
    ProjectMember,
    StageChange,
)
from promotion.models.base import viewer_of
from promotion.rules.confidentiality import CODE_NAME, FULL, HIDDEN, sight
from tests.factories import made
from tests.promotion.factories import NOW, a_person, a_unit

pytestmark = pytest.mark.django_db

#: How somebody stands to a record.
OWNER, NAMED, TEAM, UNIT, BELOW, OTHER = "owner", "named", "team", "unit", "below", "other"
NEARNESS = (OWNER, NAMED, TEAM, UNIT, BELOW, OTHER)
KINDS = {
    "lead": (Lead, LeadMember, {}),
    "project": (InvestmentProject, ProjectMember, {"track": "lease"}),
    "counterpart": (Counterpart, CounterpartMember, {}),
}


def the_cast(role: str) -> User:
    """Somebody in one role in a unit that has a unit below."""
    unit = a_unit("viewers")
    a_unit("below", parent=unit)
    return a_person(f"viewer-{role}", role, unit)


def records_of(kind: str, viewer: User) -> list[Any]:
    """One record of each level and nearness to the viewer."""
    model, member, more = KINDS[kind]
    somebody = User.objects.filter(username="somebody").first() or a_person("somebody", unit=a_unit("elsewhere"))
    rows = []
    for number, (level, near) in enumerate(product(Level.values, NEARNESS)):
        unit = {UNIT: a_unit("viewers"), BELOW: a_unit("below")}.get(near, a_unit("elsewhere"))
        row = made(
            model(
                name=f"{level} {near}",
                number=f"N{number}",
                confidentiality=level,
                owner=viewer if near == OWNER else somebody,
                unit=unit,
                **more,
            )
        )
        if near in (NAMED, TEAM):
            part = Part.NAMED if near == NAMED else Part.TEAM
            made(member(person=viewer, part=part, **{kind: row}))
        rows.append(row)
    return rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", Role.values)
def test_querysets_say_what_the_rule_says(role: str, kind: str) -> None:
    viewer = the_cast(role)
    rows = records_of(kind, viewer)

    expected = {row.name: sight(viewer_of(viewer), row.guarded()) for row in rows}
    manager = KINDS[kind][0].objects

    assert {row.name for row in manager.visible_to(viewer)} == {n for n, seen in expected.items() if seen == FULL}
    assert {row.name for row in manager.known_to(viewer)} == {n for n, seen in expected.items() if seen != HIDDEN}
    assert {row.name for row in manager.masked_to(viewer)} == {n for n, seen in expected.items() if seen == CODE_NAME}


@pytest.mark.parametrize("role", Role.values)
def test_what_hangs_on_a_project_is_seen_with_it(role: str) -> None:
    viewer = the_cast(role)
    rows = records_of("project", viewer)
    for row in rows:
        made(StageChange(project=row, kind="created", to_stage=row.stage, at=NOW, door="command"))
        made(Contact(name=f"of {row.name}", project=row))
        made(Interaction(project=row, at=NOW, by=viewer, happened="talked"))

    seen = {row.pk for row in InvestmentProject.objects.visible_to(viewer)}

    assert {change.project_id for change in StageChange.objects.visible_to(viewer)} == seen
    assert {contact.project_id for contact in Contact.objects.visible_to(viewer)} == seen
    assert {contact.project_id for contact in Contact.objects.few_visible_to(viewer)} == seen
    assert {talk.project_id for talk in Interaction.objects.visible_to(viewer)} == seen


def test_contact_of_a_hidden_lead_at_a_visible_counterpart_is_hidden() -> None:
    viewer = the_cast(Role.PROMOTION_OFFICER)
    hidden = next(row for row in records_of("lead", viewer) if row.name == "confidential other")
    open_one = next(row for row in records_of("counterpart", viewer) if row.name == "internal other")
    made(Contact(name="of both", lead=hidden, counterpart=open_one))
    made(Contact(name="of one", counterpart=open_one))

    assert [contact.name for contact in Contact.objects.visible_to(viewer)] == ["of one"]
    assert [contact.name for contact in Contact.objects.few_visible_to(viewer)] == ["of one"]


def test_superuser_without_a_role_reads_nothing() -> None:
    viewer = the_cast(Role.LEADER)
    records_of("lead", viewer)
    root = User.objects.create_superuser("root")

    assert not Lead.objects.visible_to(root).exists()
    assert not Lead.objects.known_to(root).exists()
    assert not Lead.objects.masked_to(root).exists()
    assert not Contact.objects.few_visible_to(root).exists()
    assert Lead.objects.visible_to(viewer).count() == len(Level.values) * len(NEARNESS)


def test_roles_that_look_after_the_system_read_no_lead() -> None:
    records_of("lead", the_cast(Role.LEADER))

    for role in ADMIN_ROLES & {Role.AUDITOR, Role.ADMINISTRATOR}:
        assert not Lead.objects.known_to(the_cast(role)).exists()
