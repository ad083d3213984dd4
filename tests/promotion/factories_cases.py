"""Cases in every state, through their services."""

import datetime
from typing import Any

from directory.models import WorkCalendar
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from promotion.models import CaseKind, ExternalUnit, ServiceCase
from promotion.services.cases import Dispatch, dispatch_case, raise_case
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_unit


def coordinator() -> User:
    return User.objects.filter(username="coordinator-1").first() or a_person(
        "coordinator-1", Role.SERVICE_COORDINATOR, a_unit("service-centre")
    )


def handler(username: str = "handler-1", unit: str = "planning") -> User:
    return User.objects.filter(username=username).first() or a_person(username, Role.SERVICE_OFFICER, a_unit(unit))


def power_company() -> Any:
    return ExternalUnit.objects.filter(name="示例供电").first() or made(ExternalUnit(name="示例供电"))


def a_case(title: str = "示例诉求", *, at: datetime.datetime = NOW, by: Any = None, **values: Any) -> Any:
    """A case that was raised on a Monday morning at nine."""
    values.setdefault("text", "示例内容")
    values.setdefault("kind", CaseKind.objects.get(code="utilities"))
    if "enterprise" not in values:
        values["enterprise"] = an_enterprise("示例用户")
    return raise_case(ServiceCase(title=title, **values), by=by or coordinator(), door=Door.ADMIN, at=at)


def a_dispatched_case(title: str = "示例诉求", *, at: datetime.datetime = NOW, **values: Any) -> Any:
    """The same, given to one officer and one external unit."""
    case = a_case(title, at=at, **values)
    officer = handler()
    lead = Dispatch(unit=officer.memberships.get().department, person=officer)
    co = Dispatch(external=power_company(), limit_days=3)
    return dispatch_case(case, lead, [co], by=coordinator(), door=Door.ADMIN, at=at)


def calendar(days: dict[str, bool]) -> None:
    """Days that depart from the week, by ISO date."""
    for day, works in days.items():
        made(WorkCalendar(on=datetime.date.fromisoformat(day), is_working=works))
