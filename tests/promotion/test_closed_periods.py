"""Closed periods: what is kept, what is corrected later and listed beside it, who closes, and who sees which of it."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import ExchangeRate, RankingEntry, RankingList
from directory.services.demo_removal import remove_demo_rows
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Event
from promotion.closed_periods import Compared, compare
from promotion.models import CapitalRecord, ClosedPeriod, ClosedRow, InvestmentProject, Level
from promotion.rules import stages
from promotion.scopes import Scope, scope_of, zone
from promotion.services.closing import close_period
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

APRIL = datetime.date(2026, 4, 20)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, 1 June 2026: May is over."""
    for module in ("dashboard", "drill"):
        monkeypatch.setattr(f"promotion.admin.{module}.timezone.now", lambda: NOW)


@pytest.fixture
def manager() -> User:
    return a_person("manager-1", Role.PROMOTION_MANAGER, a_unit("ours"))


@pytest.fixture
def leader() -> User:
    return a_person("leader-1", Role.LEADER, a_unit("office"))


def signed(name: str, **values: Any) -> Any:
    project = a_project(name)
    values = {"stage": stages.SIGNED, "signed_on": APRIL, **values}
    InvestmentProject.objects.filter(pk=project.pk).update(**values)
    project.refresh_from_db()
    return project


def paid(amount: int, **values: Any) -> Any:
    values.setdefault("on", APRIL)
    return made(CapitalRecord(enterprise=an_enterprise(f"企业{amount}"), kind="actual", amount=amount, **values))


def stored(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def closed(by: User, month: int = 5) -> ClosedPeriod:
    period: ClosedPeriod = close_period(2026, month, by=by, door="admin", at=NOW)
    return period


def beside(user: User, period: ClosedPeriod, indicator: str, scope: Scope | None = None) -> Compared:
    fresh = User.objects.get(pk=user.pk)
    return next(one for one in compare(fresh, period, scope or zone()) if one.indicator == indicator)


def said(compared: Compared) -> tuple[Any, Any, list[Any]]:
    rows = [(str(one.row), one.then, one.now) for one in compared.corrections]
    return compared.then.value, compared.now.value, rows


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_closed_period_keeps_its_figures_and_lists_what_is_corrected_later(manager: User) -> None:
    stays, moved_back, late = signed("照旧"), signed("退回"), signed("补录", signed_on=None, stage=stages.REVIEWED)
    arrived, wrong = paid(100), paid(70)
    signed("六月", signed_on=datetime.date(2026, 6, 1))
    period = closed(manager)

    assert said(beside(manager, period, "signed")) == (2, 2, [])
    assert said(beside(manager, period, "actual_fdi")) == (170, 170, [])

    InvestmentProject.objects.filter(pk=moved_back.pk).update(stage=stages.REVIEWED)
    InvestmentProject.objects.filter(pk=late.pk).update(stage=stages.SIGNED, signed_on=APRIL)
    CapitalRecord.objects.filter(pk=wrong.pk).update(amount=50)
    more = paid(5)

    then, now, rows = said(beside(manager, period, "signed"))
    assert (then, now) == (2, 2)
    assert rows == [(str(moved_back), 1, None), (str(late), None, 1)]
    then, now, rows = said(beside(manager, period, "actual_fdi"))
    assert (then, now) == (170, 155)
    assert rows == [(str(stored(wrong)), 70, 50), (str(stored(more)), None, 5)]
    assert stays.pk not in {row.row.pk for row in beside(manager, period, "signed").corrections}
    assert arrived.pk not in {row.row.pk for row in beside(manager, period, "actual_fdi").corrections}


def test_groups_are_looked_up_in_the_list_year_that_was_taken(manager: User) -> None:
    fortune = RankingList.objects.filter(code="fortune_global_500").first() or made(
        RankingList(code="fortune_global_500", name="世界500强")
    )
    old, new = a_group("旧榜"), a_group("新榜")
    made(RankingEntry(ranking=fortune, year=2025, group=old))
    signed("旧榜项目", group=old)
    signed("新榜项目", group=new)
    period = closed(manager)

    made(RankingEntry(ranking=fortune, year=2026, group=new))

    assert period.list_year == 2025
    assert said(beside(manager, period, "fortune_500")) == (1, 1, [])


def test_unit_and_person_are_those_of_the_day_it_was_closed(manager: User) -> None:
    project = signed("移交")
    ours = project.unit
    period = closed(manager)
    theirs = a_unit("theirs")
    InvestmentProject.objects.filter(pk=project.pk).update(unit=theirs)

    def figures(unit: Any) -> tuple[Any, Any]:
        scope = scope_of(User.objects.get(pk=manager.pk), f"u{unit.pk}")
        return said(beside(manager, period, "signed", scope))[:2]

    assert (figures(ours), figures(theirs)) == ((1, 0), (0, 1))


def test_closing_is_one_change_with_one_event(manager: User) -> None:
    signed("甲")
    changes, events = Change.objects.count(), Event.objects.count()

    period = closed(manager)

    assert (Change.objects.count(), Event.objects.count()) == (changes + 1, events + 1)
    event = Event.objects.latest("pk")
    assert (event.subject_id, event.verb, event.change.by) == (period.public_id, "closed", manager)
    assert {row.indicator for row in ClosedRow.objects.filter(period=period)} == {"signed", "start_rate"}


def test_what_rests_on_a_demo_project_leaves_with_it(manager: User) -> None:
    demo = a_project("演示", is_demo=True)
    InvestmentProject.objects.filter(pk=demo.pk).update(stage=stages.SIGNED, signed_on=APRIL)
    signed("真实")
    period = closed(manager)
    assert [row.is_demo for row in period.rows.filter(indicator="signed").order_by("project_id")] == [True, False]

    remove_demo_rows()

    assert [row.name for row in InvestmentProject.objects.all()] == ["真实"]
    assert said(beside(manager, period, "signed")) == (1, 1, [])


# --- who may, and when -----------------------------------------------------------------------------------------------


def refused(**options: Any) -> str:
    with pytest.raises(DomainError) as caught:
        close_period(**{"year": 2026, "month": 5, "door": "admin", "at": NOW, **options})
    assert not ClosedPeriod.objects.filter(month=options.get("month", 5), year=options.get("year", 2026)).exists()
    return caught.value.code


def test_period_is_closed_by_a_manager_after_its_end_and_once(manager: User, leader: User) -> None:
    assert refused(by=leader) == "not_yours"
    assert refused(by=a_person("officer-9")) == "not_yours"
    assert refused(by=manager, month=6) == "not_over"
    assert refused(by=manager, year=2026, month=12) == "not_over"
    assert refused(by=manager, month=13) == refused(by=manager, year=0) == "invalid"
    closed(manager)
    with pytest.raises(DomainError):
        closed(manager)
    assert ClosedPeriod.objects.count() == 1


def test_amount_without_a_rate_is_asked_for_first(manager: User) -> None:
    paid(9, currency="JPY")

    assert refused(by=manager) == "no_rate"
    made(ExchangeRate(currency="JPY", on=APRIL, cny="0.05", source="stated"))
    made(ExchangeRate(currency="USD", on=APRIL, cny="7", source="stated"))

    assert beside(manager, closed(manager), "actual_fdi").then.value == Decimal("0.06")


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_what_the_closer_does_not_see_is_kept_for_those_who_do(manager: User, leader: User) -> None:
    signed("公开")
    elsewhere = a_person("keeper-1", unit=a_unit("theirs"))
    secret = signed("绝密", confidentiality=Level.CONFIDENTIAL, owner=elsewhere, unit=a_unit("theirs"))
    # A currency without a rate that only others see: the refusal would betray it.
    paid(9, currency="JPY", project=secret)
    paid(9, currency="USD", project=secret)

    period = closed(manager)

    assert said(beside(leader, period, "signed"))[:2] == (2, 2)
    assert said(beside(manager, period, "signed"))[:2] == (1, 1)
    assert said(beside(leader, period, "actual_fdi"))[0] == 9
    assert said(beside(manager, period, "actual_fdi"))[0] == 0

    InvestmentProject.objects.filter(pk=secret.pk).update(stage=stages.REVIEWED)
    assert [row[0] for row in said(beside(leader, period, "signed"))[2]] == [str(secret)]
    assert said(beside(manager, period, "signed"))[2] == []


def test_project_that_became_confidential_leaves_both_sides(manager: User) -> None:
    officer = a_person("officer-2", unit=a_unit("theirs"))
    project = signed("转密")
    period = closed(manager)
    assert said(beside(officer, period, "signed")) == (1, 1, [])

    InvestmentProject.objects.filter(pk=project.pk).update(confidentiality=Level.CONFIDENTIAL)

    assert said(beside(officer, period, "signed")) == (0, 0, [])


# --- the pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_manager(client_as: Callable[..., Client], manager: User) -> Client:
    manager.language = "en"
    return client_as(made(manager))


def test_manager_closes_on_the_page_and_reads_the_corrections(as_manager: Client) -> None:
    project = signed("甲")
    page = as_manager.get(reverse("admin:closed_periods"))
    assert page.context["form"].fields["period"].choices[0] == ("2026-05", "Up to May 2026")

    answer = as_manager.post(reverse("admin:close_period"), {"period": "2026-05"}, follow=True)
    assert "Nothing was corrected since." in answer.content.decode()
    InvestmentProject.objects.filter(pk=project.pk).update(signed_on=None)

    again = as_manager.get(answer.redirect_chain[-1][0])
    row = next(row for row in again.context["rows"] if row["anchor"] == "signed")
    assert (row["then"][0], row["now"][0], row["corrections"], row["url"]) == ("1", "0", 1, "")
    assert str(project) in again.content.decode()
    assert "2026-05" not in dict(
        as_manager.get(reverse("admin:closed_periods")).context["form"].fields["period"].choices
    )


def test_figure_of_a_closed_period_leads_to_its_rows_as_they_are_now(as_manager: Client, manager: User) -> None:
    signed("四月")
    signed("六月", signed_on=datetime.date(2026, 6, 1))
    period = closed(manager)

    page = as_manager.get(reverse("admin:closed_period", args=[period.pk]))
    url = next(row["url"] for row in page.context["rows"] if row["anchor"] == "signed")

    assert [row.name for row in as_manager.get(url).context["cl"].queryset] == ["四月"]


@pytest.mark.parametrize("period", ["", "2026-06", "2026-5", "may", "2026-05-01", "9999-12", "0000-12"])
def test_forged_period_closes_nothing(as_manager: Client, period: str) -> None:
    assert as_manager.post(reverse("admin:close_period"), {"period": period}).status_code == 302
    assert not ClosedPeriod.objects.exists()


def test_others_cannot_close_and_nobody_by_a_link(client_as: Callable[..., Client], as_manager: Client) -> None:
    for role in (Role.LEADER, Role.PROMOTION_OFFICER, Role.DATA_STEWARD):
        assert client_as(role).post(reverse("admin:close_period"), {"period": "2026-05"}).status_code == 403
        assert client_as(role).get(reverse("admin:closed_periods")).context["form"] is None
    assert as_manager.get(reverse("admin:close_period")).status_code == 405
    assert not ClosedPeriod.objects.exists()


def test_closed_period_costs_the_same_with_more_corrections(as_manager: Client, manager: User) -> None:
    for name in "甲乙":
        signed(name)
    paid(1)
    period = closed(manager)
    address = reverse("admin:closed_period", args=[period.pk])

    def cost() -> int:
        as_manager.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert as_manager.get(address).status_code == 200
        return len(queries)

    paid(2)
    InvestmentProject.objects.filter(name="甲").update(signed_on=None)
    few = cost()
    for number in range(3, 9):
        signed(f"项目{number}")
        paid(number)

    assert cost() == few <= 13
