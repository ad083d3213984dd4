"""Space for projects: intents for many, one exclusive reservation for a part, never beyond what is free."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from directory.models import Tenancy
from directory.services.tenancies import save_tenancy
from pinghu.accounts.models import User
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Door
from promotion.models import Reservation, SpaceIntent
from promotion.rules import stages
from promotion.services.leads import close_lead, convert_lead, screen_lead
from promotion.services.projects import advance_stage, missing_for_stage
from promotion.services.space import free_in, move_in, release_reservation, reserve, save_intent
from tests.factories import a_carrier, an_enterprise, made
from tests.kernel.races import at_once
from tests.promotion.factories import NOW, a_lead, a_person, a_project
from tests.promotion.factories_projects import at_stage

pytestmark = pytest.mark.django_db

JUNE, JULY, AUGUST = (datetime.date(2027, month, 1) for month in (6, 7, 8))


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


@pytest.fixture
def project(officer: User) -> Any:
    """One whose review was passed."""
    return at_stage(stages.REVIEWED)


def hold(project: Any, carrier: Any, area: Any = 4000, **values: Any) -> Any:
    values.setdefault("starts_on", JUNE)
    return reserve(project, carrier, area_m2=Decimal(area), by=project.owner, door=Door.ADMIN, **values)


def refused(work: Callable[[], Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        work()
    return caught.value


def offer(carrier: Any, **values: Any) -> Any:
    by = values.pop("by", None)
    return save_intent(SpaceIntent(carrier=carrier, **values), by=by, door=Door.ADMIN)


def let(carrier: Any, area: int, **values: Any) -> Tenancy:
    values.setdefault("starts_on", JUNE)
    tenancy: Tenancy = made(Tenancy(carrier=carrier, tenant=an_enterprise(), area_m2=area, **values))
    return tenancy


# --- reservations ----------------------------------------------------------------------------------------------------


def test_reservation_takes_a_part_and_leaves_the_rest_free(project: Any) -> None:
    carrier = a_carrier()

    held = hold(project, carrier, part=" 2  层 ")

    assert (held.part, held.by, held.is_demo) == ("2 层", project.owner, False)
    assert free_in(carrier, JUNE) == 6000
    assert Change.objects.latest("pk").verb == "reserved"


def test_space_is_reserved_only_after_the_review(officer: User) -> None:
    error = refused(lambda: hold(a_project(), a_carrier()))

    assert (error.code, list(error.fields)) == ("not_reviewed", ["project"])


def test_reservation_never_goes_beyond_what_tenants_and_others_leave_free(project: Any) -> None:
    carrier = a_carrier()
    let(carrier, 5000, ends_on=JULY)
    hold(project, carrier, 3000, starts_on=AUGUST)

    error = refused(lambda: hold(project, carrier, 5001, starts_on=JUNE, ends_on=JULY))
    assert (error.code, list(error.fields)) == ("beyond_free", ["area_m2"])
    assert "5,000" in error.message
    assert refused(lambda: hold(project, carrier, "5000.01", ends_on=JULY)).code == "beyond_free"
    hold(project, carrier, 5000, starts_on=JUNE, ends_on=JULY)

    assert refused(lambda: hold(project, carrier, 7001, starts_on=AUGUST)).code == "beyond_free"


@pytest.mark.parametrize(
    ("carrier", "asked", "code"),
    [
        ({}, {"area": 0}, "no_area"),
        ({}, {"ends_on": JUNE - datetime.timedelta(days=1)}, "ends_before_start"),
        ({"available_from": JULY}, {}, "not_available"),
        ({"withdrawn_on": AUGUST}, {}, "not_available"),
        ({"withdrawn_on": AUGUST}, {"ends_on": JULY}, ""),
    ],
)
def test_reservation_asks_when_the_carrier_is_to_be_had(
    project: Any, carrier: dict[str, Any], asked: dict[str, Any], code: str
) -> None:
    place = a_carrier(**carrier)

    if code:
        assert refused(lambda: hold(project, place, **asked)).code == code
    else:
        assert hold(project, place, **asked)


def test_named_part_is_held_by_one(project: Any) -> None:
    carrier = a_carrier()
    hold(project, carrier, 100, part="2F", ends_on=JULY)

    error = refused(lambda: hold(project, carrier, 100, part="2F", starts_on=JULY))
    assert list(error.fields) == ["part"]
    assert hold(project, carrier, 100, part="2F", starts_on=AUGUST)


def test_project_that_has_ended_reserves_nothing_and_gives_back_what_it_held(project: Any) -> None:
    carrier = a_carrier()
    held = hold(project, carrier)

    ended = advance_stage(project, stages.LOST, by=project.owner, door=Door.ADMIN, at=NOW, why="went to Suzhou")

    held.refresh_from_db()
    assert (held.released_at, held.released_because) == (NOW, "went to Suzhou")
    assert free_in(carrier, JUNE) == 10_000
    assert refused(lambda: hold(ended, carrier)).code == "ended"


def test_releasing_needs_a_reason_and_happens_once(project: Any) -> None:
    held = hold(project, a_carrier())

    assert refused(lambda: release_reservation(held, reason=" ", by=None, door=Door.ADMIN, at=NOW)).code == (
        "reason_missing"
    )
    released = release_reservation(held, reason="took another", by=project.owner, door=Door.ADMIN, at=NOW)
    assert released.released_because == "took another"
    again = refused(lambda: release_reservation(held, reason="again", by=None, door=Door.ADMIN, at=NOW))
    assert again.code == "already_released"


# --- the directory lets nothing that is reserved ----------------------------------------------------------------------


def test_reserved_space_is_not_let_to_somebody_else(project: Any) -> None:
    carrier = a_carrier()
    hold(project, carrier, 8000)

    error = refused(lambda: let(carrier, 2001))

    assert list(error.fields) == ["area_m2"]
    assert let(carrier, 2000)
    assert let(carrier, 8000, starts_on=JUNE - datetime.timedelta(days=30), ends_on=JUNE - datetime.timedelta(days=1))


def test_moving_in_turns_the_reservation_into_a_tenancy(project: Any) -> None:
    carrier = a_carrier()
    held = hold(project, carrier, 10_000, part="全部")
    assert refused(lambda: move_in(held, starts_on=JUNE, by=None, door=Door.ADMIN, at=NOW)).code == "no_enterprise"
    project.enterprise = an_enterprise()
    made(project)

    tenancy = move_in(held, starts_on=JULY, ends_on=None, by=project.owner, door=Door.ADMIN, at=NOW)

    held.refresh_from_db()
    assert (tenancy.tenant, tenancy.area_m2, tenancy.part) == (project.enterprise, 10_000, "全部")
    assert held.released_at == NOW
    assert free_in(carrier, AUGUST) == 0
    assert refused(lambda: move_in(held, starts_on=JULY, by=None, door=Door.ADMIN, at=NOW)).code == "already_released"


def test_refused_tenancy_leaves_the_reservation_standing(project: Any) -> None:
    carrier = a_carrier()
    held = hold(project, carrier, 6000, starts_on=JULY)
    let(carrier, 6000, starts_on=JUNE, ends_on=JUNE)
    project.enterprise = an_enterprise()
    made(project)

    assert refused(lambda: move_in(held, starts_on=JUNE, by=None, door=Door.ADMIN, at=NOW)).fields

    held.refresh_from_db()
    assert held.released_at is None


# --- intents ---------------------------------------------------------------------------------------------------------


def test_many_may_want_one_carrier_but_each_once(officer: User) -> None:
    carrier = a_carrier()
    lead, project = a_lead(owner=officer), a_project()

    offer(carrier, lead=lead)
    offer(carrier, project=project)

    for again in ({"lead": lead}, {"project": project}):
        error = refused(lambda again=again: offer(carrier, **again))  # type: ignore[misc]
        assert (error.code, list(error.fields)) == ("offered_already", ["carrier"])
    assert free_in(carrier, JUNE) == 10_000


def test_intent_is_somebodys_and_not_of_what_has_ended(officer: User) -> None:
    carrier, lead, project = a_carrier(), a_lead(owner=officer), a_project()
    assert refused(lambda: offer(carrier)).fields
    close_lead(lead, reason="no_interest", by=officer, door=Door.ADMIN, at=NOW)
    advance_stage(project, stages.LOST, by=officer, door=Door.ADMIN, at=NOW, why="price")

    assert refused(lambda: offer(carrier, lead=lead)).code == "ended"
    assert refused(lambda: offer(carrier, project=project)).code == "ended"


def test_intents_move_along_when_the_lead_becomes_a_project(officer: User) -> None:
    lead = a_lead(owner=officer)
    intent = offer(a_carrier(), lead=lead)
    screen_lead(lead, note="fits", by=officer, door=Door.ADMIN, at=NOW)

    project = convert_lead(lead, track="lease", by=officer, door=Door.ADMIN, at=NOW)

    intent.refresh_from_db()
    assert (intent.lead, intent.project) == (lead, project)
    intent.note = "shown on Monday"
    assert save_intent(intent, fields=["note"], by=officer, door=Door.ADMIN).note == "shown on Monday"


def test_shown_space_answers_a_gate_that_asks_for_it(officer: User) -> None:
    from promotion.models import StageRequirement

    project = at_stage(stages.NEGOTIATING)
    made(StageRequirement(stage="reviewed", check_code="count_at_least", params={"of": "space"}))
    subjects = lambda: [one.subject for one in missing_for_stage(project, stages.REVIEWED, at=NOW)]  # noqa: E731
    assert "space" in subjects()

    offer(a_carrier(), project=project)

    assert "space" not in subjects()


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_four_at_once_only_as_many_reserve_as_there_is_room() -> None:
    carrier = a_carrier(area_m2=10_000)
    a_person("officer-1")
    projects = [at_stage(stages.REVIEWED, name=f"项目{number}") for number in range(4)]

    results = at_once(*[lambda one=one: hold(one, carrier, 4000) for one in projects])  # type: ignore[misc]

    assert sorted(getattr(one, "code", "held") for one in results) == ["beyond_free"] * 2 + ["held"] * 2
    assert sum(row.area_m2 for row in Reservation.objects.all()) == 8000


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_tenant_and_reservation_at_once_share_no_space() -> None:
    carrier, tenants = a_carrier(area_m2=10_000), [an_enterprise(f"示例{number}") for number in range(2)]
    a_person("officer-1")
    project = at_stage(stages.REVIEWED)

    def rent(tenant: Any) -> Any:
        tenancy = Tenancy(carrier=carrier, tenant=tenant, area_m2=6000, starts_on=JUNE)
        return save_tenancy(tenancy, by=None, door=Door.ADMIN)

    results = at_once(lambda: hold(project, carrier, 6000), *[lambda one=one: rent(one) for one in tenants])  # type: ignore[misc]

    refusals = [one for one in results if isinstance(one, Exception)]
    assert len(refusals) == 2
    assert all(isinstance(one, DomainError) for one in refusals)
    assert Reservation.objects.count() + Tenancy.objects.count() == 1
