"""The smallest valid rows of promotion, made through the services that every door uses."""

from datetime import UTC, datetime
from typing import Any

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from tests.factories import made

#: A Monday morning in Pinghu.
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


def a_unit(code: str = "unit-1", **values: Any) -> Department:
    found = Department.objects.filter(code=code).first()
    unit: Department = found or made(Department(code=code, name=values.pop("name", code), **values))
    return unit


def a_person(username: str, role: str = Role.PROMOTION_OFFICER, unit: Department | None = None) -> User:
    """Somebody who works in `unit` (made if it is not given) in one role."""
    person = User.objects.filter(username=username).first() or User.objects.create_user(
        username=username, is_staff=True
    )
    made(Membership(user=person, department=unit or a_unit(), role=role))
    fresh: User = User.objects.get(pk=person.pk)
    return fresh


def a_lead(name: str = "示例投资", **values: Any) -> Any:
    """A complete lead of `owner` (made if it is not given)."""
    from promotion.models import Lead, LeadChannel
    from promotion.services.leads import save_lead

    owner = values.pop("owner", None) or User.objects.filter(username="officer-1").first() or a_person("officer-1")
    values.setdefault("unit", owner.memberships.first().department)
    values.setdefault("origin", "上海")
    values.setdefault("business", "精密零件")
    values.setdefault("channel", LeadChannel.objects.first())
    at = values.pop("at", NOW)
    return save_lead(Lead(name=name, owner=owner, **values), by=owner, door=Door.ADMIN, at=at, confirmed=True)


def a_project(name: str = "示例项目", **values: Any) -> Any:
    """A project in negotiation of `owner` (made if it is not given)."""
    from promotion.models import InvestmentProject
    from promotion.services.projects import save_project

    owner = values.pop("owner", None) or User.objects.filter(username="officer-1").first() or a_person("officer-1")
    at = values.pop("at", NOW)
    values.setdefault("unit", owner.memberships.first().department)
    values.setdefault("track", "lease")
    values.setdefault("investor", "示例投资")
    return save_project(InvestmentProject(name=name, owner=owner, **values), by=owner, door=Door.ADMIN, at=at)
