"""Capital: records one by one, never below zero, and the ledger that is made of them."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import ExchangeRate
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import AccessLog, Door
from promotion.capital_ledger import capital_ledger
from promotion.models import CapitalRecord, Level
from promotion.rules import capital, stages
from promotion.services.capital import save_capital_record
from promotion.services.projects import advance_stage
from tests.factories import an_enterprise, made
from tests.kernel.races import at_once
from tests.promotion.factories import NOW, a_person, a_project, a_unit
from tests.promotion.factories_projects import evidence

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
LEDGER, EXPORT = "admin:capital_ledger", "admin:capital_ledger_export"


def day(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


@pytest.fixture
def officer() -> User:
    user = a_person("officer-1")
    user.language = "en"
    saved: User = made(user)
    return saved


@pytest.fixture
def client(officer: User, client_as: Callable[..., Client]) -> Client:
    return client_as(officer)


def enter(enterprise: Any, amount: Any, kind: str = "contracted", **values: Any) -> Any:
    values.setdefault("on", day(-100))
    record = CapitalRecord(enterprise=enterprise, amount=Decimal(amount), kind=kind, **values)
    return save_capital_record(record, by=None, door=Door.ADMIN, at=NOW)


def change(record: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(record, name, value)
    return save_capital_record(record, fields=list(values), by=None, door=Door.ADMIN, at=NOW)


def refused(work: Callable[[], Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        work()
    return caught.value


def stored(record: Any) -> Any:
    return CapitalRecord.objects.get(pk=record.pk)


# --- records ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "actual", "on": day(1)}, "on"),
        ({"kind": "actual", "due_on": day(9)}, "due_on"),
        ({"due_on": day(-101)}, "due_on"),
        ({"amount": 0}, ""),
        ({"amount": -1}, "amount"),
    ],
)
def test_record_is_refused_with_the_field_that_is_wrong(said: dict[str, Any], field: str) -> None:
    values = {"amount": 100, "kind": "contracted", **said}
    error = refused(lambda: enter(an_enterprise(), values.pop("amount"), values.pop("kind"), **values))

    assert list(error.fields) == [field]


def test_project_and_file_belong_to_the_same_enterprise_and_project(officer: User) -> None:
    mine, other = an_enterprise("甲"), an_enterprise("乙")
    project, elsewhere = a_project(enterprise=mine), a_project("乙项目")
    proof = evidence(elsewhere, "capital")

    assert list(refused(lambda: enter(other, 5, project=project)).fields) == ["project"]
    assert list(refused(lambda: enter(mine, 5, project=project, evidence=proof)).fields) == ["evidence"]
    assert enter(mine, 5, project=project, evidence=evidence(project, "capital"))


def test_decrease_takes_away_no_more_than_there_is_then_and_later() -> None:
    firm = an_enterprise()
    first = enter(firm, 100, on=day(-50))
    enter(firm, 60, on=day(-10))
    enter(firm, 999, kind="actual")
    enter(firm, 999, currency="EUR")

    assert refused(lambda: enter(firm, -101, on=day(-20))).code == "below_zero"
    assert refused(lambda: enter(firm, -1, on=day(-60))).code == "below_zero"
    enter(firm, -100, on=day(-20))
    # What rests on an amount keeps it from being corrected away.
    assert refused(lambda: change(stored(first), amount=Decimal(99))).code == "below_zero"
    assert refused(lambda: change(stored(first), on=day(-15))).code == "below_zero"
    assert refused(lambda: change(stored(first), enterprise=an_enterprise("乙"))).code == "below_zero"
    assert change(stored(first), note="corrected").note == "corrected"


def test_capital_of_a_project_that_has_ended_is_still_entered(officer: User) -> None:
    firm = an_enterprise()
    project = a_project(enterprise=firm)
    advance_stage(project, stages.WITHDRAWN, by=officer, door=Door.ADMIN, at=NOW, why="market")

    assert enter(firm, 5, project=project)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_decreases_at_once_one_finds_nothing_left() -> None:
    firm = an_enterprise()
    enter(firm, 100)

    results = at_once(*[lambda: enter(firm, -60, on=day(-1))] * 3)

    assert sorted(getattr(one, "code", "entered") for one in results) == ["below_zero", "below_zero", "entered"]


# --- the ledger ------------------------------------------------------------------------------------------------------


def test_ledger_says_what_was_contracted_arrived_and_is_outstanding_by_when(officer: User) -> None:
    firm = an_enterprise()
    enter(firm, 100, due_on=day(-1))
    enter(firm, 50, due_on=day(30))
    enter(firm, 60, kind="actual")
    enter(firm, 7, kind="actual", on=TODAY)

    (row,) = capital_ledger(officer, day=TODAY).rows
    assert (row.contracted, row.arrived, row.outstanding, row.due_on, row.state) == (
        150, 67, 83, day(-1), capital.OVERDUE,
    )  # fmt: skip
    (row,) = capital_ledger(officer, day=TODAY, since=day(0)).rows
    assert (row.contracted, row.arrived, row.outstanding) == (0, 7, 83)
    (row,) = capital_ledger(officer, day=day(-1)).rows
    assert row.arrived == 60


def test_what_one_firm_has_too_much_is_not_set_off_against_what_another_owes(officer: User) -> None:
    first, second = an_enterprise("甲"), an_enterprise("乙")
    enter(first, 100)
    enter(second, 10)
    enter(second, 40, kind="actual")

    (sums,) = capital_ledger(officer, day=TODAY).sums
    assert (sums.contracted, sums.arrived, sums.outstanding, sums.excess) == (110, 40, 100, 30)


def test_sums_convert_at_the_last_stored_rate_and_name_what_has_none(officer: User) -> None:
    firm = an_enterprise()
    for on, cny in ((day(-40), "7.00"), (day(-5), "7.20"), (day(5), "9")):
        made(ExchangeRate(currency="USD", on=on, cny=Decimal(cny), source="示例"))
    enter(firm, 72, currency="CNY")
    enter(firm, 5, currency="USD")
    enter(firm, 5, currency="JPY")

    ledger = capital_ledger(officer, day=TODAY, into="USD")

    assert ledger.converted["contracted"].amount == 15
    assert ledger.unconverted == ("JPY",)
    assert [rate.on for rate in ledger.rates if rate.currency == "USD"] == [day(-5)]


def test_ledger_filters_by_name_code_currency_and_state(officer: User, client: Client) -> None:
    firm = an_enterprise("甲精机", uscc="91330482MA0000007A")
    enter(firm, 5, due_on=day(-1))
    enter(an_enterprise("乙"), 5, currency="EUR")

    def found(**asked: str) -> int:
        return len(client.get(reverse(LEDGER), asked).context["ledger"].rows)

    assert found() == 2
    assert found(q="甲") == found(q="91330482ma0000007a") == found(currency="USD") == found(state="overdue") == 1
    assert found(q="nobody") == 0


@pytest.mark.parametrize(
    "asked", [{"year": "1999"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"currency": "QQQ"}]
)
def test_ledger_says_what_it_does_not_understand(client: Client, asked: dict[str, str]) -> None:
    answer = client.get(reverse(LEDGER), asked)

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert client.get(reverse(EXPORT, args=["csv"]), asked).status_code == 404


def test_record_of_a_hidden_project_is_in_no_row_and_no_sum(client: Client, officer: User) -> None:
    firm = an_enterprise()
    other = a_person("other", unit=a_unit("unit-2"))
    hidden = a_project("hidden", owner=other, enterprise=firm, confidentiality=Level.CONFIDENTIAL)
    record = enter(firm, 7_777_777, project=hidden)
    enter(firm, 5)

    (row,) = client.get(reverse(LEDGER)).context["ledger"].rows
    assert row.contracted == 5
    body = b"".join(client.get(reverse(EXPORT, args=["csv"])).streaming_content).decode()
    assert "7777777" not in body
    assert client.get(reverse("admin:promotion_capitalrecord_change", args=[record.pk])).status_code == 404


def test_export_is_logged(client: Client, officer: User) -> None:
    enter(an_enterprise(), 5)

    b"".join(client.get(reverse(EXPORT, args=["xlsx"])).streaming_content)

    assert AccessLog.objects.get(kind="export").by == officer
    assert client.get(reverse(EXPORT, args=["exe"])).status_code == 404


def test_carrier_manager_opens_no_ledger(client_as: Callable[..., Client]) -> None:
    reader = client_as(a_person("carriers", Role.CARRIER_MANAGER))

    assert reader.get(reverse(LEDGER)).status_code == 403


def test_form_enters_through_the_service(client: Client, officer: User) -> None:
    firm = an_enterprise()
    address = reverse("admin:promotion_capitalrecord_add")
    values = {
        "enterprise": firm.pk,
        "kind": "contracted",
        "on": "2026-01-05",
        "amount": "100",
        "currency": "USD",
        "form": "cash",
    }

    assert client.post(address, values).status_code == 302
    refused_ = client.post(address, {**values, "amount": "-101"})

    assert list(refused_.context["adminform"].form.errors) == ["amount"]
    assert CapitalRecord.objects.count() == 1


def test_ledger_and_list_cost_the_same_with_more_rows(client: Client, officer: User) -> None:
    addresses = [reverse(LEDGER), reverse("admin:promotion_capitalrecord_changelist")]

    def cost() -> list[int]:
        found = []
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    enter(an_enterprise("first"), 5, project=a_project("first"))
    few = cost()
    for number in range(4):
        firm = an_enterprise(f"firm {number}")
        enter(firm, 5, project=a_project(f"project {number}"))
        enter(firm, 3, kind="actual")
    assert cost() == few
    assert max(few) <= 12
