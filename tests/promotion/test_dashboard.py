"""The dashboard: every figure is exactly the rows behind its link, nothing hidden is in any, and what it costs."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import ExchangeRate, RankingEntry, RankingList
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.models import (
    CapitalRecord,
    InvestmentProject,
    Lead,
    LeadChannel,
    Level,
    ProjectMilestone,
    PromotionTarget,
    StageAgeLimit,
    StageChange,
)
from promotion.rules import indicators, stages
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

DASHBOARD = "admin:dashboard"
PAGE_BUDGET, OVERVIEW_BUDGET = 15, 17
MAY = datetime.date(2026, 5, 20)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, 1 June 2026, nine in the morning."""
    for module in ("dashboard", "drill", "projects", "leads"):
        monkeypatch.setattr(f"promotion.admin.{module}.timezone.now", lambda: NOW)
    LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


def somebody(username: str, unit: str) -> User:
    return User.objects.filter(username=username).first() or a_person(username, unit=a_unit(unit))


def in_english(person: User) -> User:
    person.language = "en"
    found: User = made(person)
    return found


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("officer-1", unit=a_unit("ours"))))


@pytest.fixture
def manager(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("manager-1", Role.PROMOTION_MANAGER, a_unit("ours"))))


@pytest.fixture
def leader(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("leader-1", Role.LEADER, a_unit("office"))))


# --- a year ----------------------------------------------------------------------------------------------------------


def put(row: Any, **values: Any) -> Any:
    """A row as it stands in the database, whatever the gate would say."""
    type(row).objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


def at_stage(name: str, stage: str, *, signed_on: Any = MAY, owner: User | None = None, **values: Any) -> Any:
    """A project with the moves that brought it to a stage, a day apart, the last of them on 20 May."""
    project = put(a_project(name, owner=owner, at=NOW - 30 * DAY), stage=stage, signed_on=signed_on, **values)
    for place in range(stages.stage_index(stage)):
        made(
            StageChange(
                project=project, kind="forward", from_stage=stages.STAGES[place], to_stage=stages.STAGES[place + 1],
                at=NOW - 12 * DAY + place * DAY / 9, door="command",
            )
        )  # fmt: skip
    return project


def paid(amount: int, kind: str = "actual", *, on: datetime.date = MAY, **values: Any) -> Any:
    enterprise = values.pop("enterprise", None) or an_enterprise(f"企业{CapitalRecord.objects.count()}")
    return made(CapitalRecord(enterprise=enterprise, kind=kind, amount=amount, on=on, **values))


def target(indicator: str, value: int, **whose: Any) -> None:
    made(PromotionTarget(year=2026, indicator=indicator, value=value, **whose))


def a_year() -> dict[str, Any]:
    """Some of everything that the dashboard counts, in two units."""
    ours, theirs = somebody("officer-1", "ours"), somebody("officer-2", "theirs")
    made(ExchangeRate(currency="USD", on=datetime.date(2026, 1, 5), cny="7", source="stated"))
    made(StageAgeLimit(stage="negotiating", effective_from="2026-01-01", slow_after=3, stuck_after=10))
    listed = a_group()
    fortune = RankingList.objects.filter(code="fortune_global_500").first() or made(
        RankingList(code="fortune_global_500", name="世界500强")
    )
    made(RankingEntry(ranking=fortune, year=2025, group=listed))
    made(RankingEntry(ranking=fortune, year=2027, group=a_group("明年的")))
    large = {"total_investment": 11 * 10**9}
    rows = {
        "signed": at_stage("签约", stages.SIGNED, owner=ours, group=listed, **large),
        "started": at_stage("开工", stages.STARTED, owner=theirs, started_on=MAY, total_investment=150_000_000,
                            currency="USD"),
        "early": at_stage("去年签约", stages.STARTED, owner=ours, signed_on=MAY.replace(year=2025), started_on=MAY),
        "left_out": at_stage("投产", stages.IN_PRODUCTION, owner=theirs),
        "merged": at_stage("并入", stages.SIGNED, owner=ours, side_state="merged", **large),
        "unknown": at_stage("日元", stages.SIGNED, owner=ours, currency="JPY", **large),
        "stuck": put(a_project("停滞", owner=ours), age_since=NOW - 40 * DAY, next_on=NOW.date() - DAY),
        "slow": put(a_project("偏慢", owner=theirs), age_since=NOW - 7 * DAY),
    }  # fmt: skip
    made(ProjectMilestone(project=rows["stuck"], kind="started", planned_on=NOW.date() - DAY))
    for row in InvestmentProject.objects.all():
        put(row, negotiating_since=row.negotiating_since.replace(year=2026))
    put(rows["slow"], negotiating_since=datetime.date(2025, 3, 1))
    converted = put(a_lead("转化", owner=ours), status=Lead.Status.CONVERTED)
    put(a_lead("逾期", owner=theirs), next_on=NOW.date() - DAY)
    put(a_lead("去年", owner=ours), created_at=NOW.replace(year=2025))
    for lead in (converted, Lead.objects.get(name="逾期")):
        put(lead, created_at=NOW - 30 * DAY)
    paid(1000, project=rows["signed"])
    paid(-100, project=rows["started"])
    paid(7000, currency="CNY", source_country="HK")
    paid(500, source_country="CN")
    paid(9, currency="JPY")
    paid(40, on=datetime.date(2025, 12, 31))
    paid(5000, "contracted", project=rows["started"])
    target("actual_fdi", 4000)
    target("signed", 10, unit=a_unit("ours"))
    target("signed", 4, person=ours)
    target("start_rate", 80)
    return rows


def behind(client: Client, url: str) -> Any:
    """The rows of the list that a figure leads to."""
    parts = urlsplit(url)
    found = client.get(parts.path, dict(parse_qsl(parts.query)))
    assert found.status_code == 200, url
    return found.context["cl"].queryset


def scopes() -> list[str]:
    """The zone, a unit, a person, and one's own."""
    person = User.objects.get(username="officer-1").pk
    return ["", f"u{a_unit('theirs').pk}", f"p{person}", "mine", "units"]


def lines(response: Any) -> dict[str, Any]:
    return {line.indicator: line for line in response.context["lines"]}


def read(client: Client, **asked: Any) -> Any:
    response = client.get(reverse(DASHBOARD), {"scope": "", **asked})
    assert response.status_code == 200
    return response


# --- figures and their rows ------------------------------------------------------------------------------------------


def test_year_counts_what_the_rules_say(leader: Client) -> None:
    a_year()

    found = lines(read(leader))

    assert {name: (line.value, line.target, line.share) for name, line in found.items()} == {
        "actual_fdi": ("USD 1,900", "USD 4,000", "48%"),
        "contracted_fdi": ("USD 5,000", "–", ""),
        "fortune_500": ("1", "–", ""),
        "over_100m_usd": ("2", "–", ""),
        "over_1bn": ("2", "–", ""),
        "over_5bn": ("1", "–", ""),
        "over_10bn": ("1", "–", ""),
        "signed": ("4", "–", ""),
        "started": ("2", "–", ""),
        "start_rate": ("33.3%", "80%", "42%"),
    }
    assert {name: line.unconverted for name, line in found.items() if line.unconverted} == dict.fromkeys(
        ("actual_fdi", "over_100m_usd", "over_1bn", "over_5bn", "over_10bn"), "JPY"
    )
    assert found["start_rate"].parts[0][0] == "1"
    assert found["start_rate"].parts[1][0] == "3"
    assert read(leader).context["list_year"] == 2025


def test_every_figure_is_the_number_of_rows_behind_its_link(leader: Client, officer: Client) -> None:
    a_year()

    for client, whose in ((leader, scopes()[:3]), (officer, scopes()[3:])):
        for scope in whose:
            page = read(client, scope=scope).context
            counted = [(count, url) for _title, count, url in page["waiting"]]
            counted += [(int(bar.value), bar.url) for bar in page["funnel"]]
            counted += [(int(bar.count), bar.url) for bar in page["days"]]
            glance = page["glance"]
            counted += [(glance["moved"], glance["moved_url"]), (glance["stuck"], glance["stuck_url"])]
            for line in page["lines"]:
                counted += [(int(value), url) for value, url in line.parts]
                if line.indicator not in (*indicators.SERIES, indicators.START_RATE):
                    counted.append((int(line.value), line.url))
            for count, url in counted:
                assert not url or behind(client, url).count() == count, (scope, url)
                assert url or not count
    assert sum(count for count, _url in counted)


def test_sum_of_capital_is_the_sum_of_the_rows_behind_its_link(leader: Client) -> None:
    a_year()
    rates = {"USD": Decimal(1), "CNY": Decimal(1) / 7}

    for scope in scopes():
        for indicator in indicators.SERIES:
            line = lines(read(leader, scope=scope))[indicator]
            rows = behind(leader, line.url) if line.url else ()
            total = sum((row.amount * rates[row.currency] for row in rows), start=Decimal(0))
            assert line.value == f"USD {total:,.0f}", (scope, indicator)


def test_line_of_a_unit_or_person_is_its_own_figure(leader: Client) -> None:
    a_year()

    page = read(leader, by="signed")
    found = {line.label: (line.value, line.target, line.share) for line in page.context["parts"]}

    assert found == {
        "ours": ("2", "10", "20%"),
        "theirs": ("2", "–", ""),
        "officer-1": ("2", "4", "50%"),
        "officer-2": ("2", "–", ""),
    }
    for line in page.context["parts"]:
        assert behind(leader, line.url).count() == int(line.value)


def test_unit_counts_with_the_units_below_it_and_its_own_people_stand_under_it(manager: Client) -> None:
    below = a_unit("below", parent=a_unit("ours"))
    at_stage("下属", stages.SIGNED, owner=a_person("below-1", unit=below))
    at_stage("别处", stages.SIGNED, owner=a_person("other-1", unit=a_unit("elsewhere")))
    target("signed", 5, unit=a_unit("ours"))
    target("signed", 3, unit=below)
    target("signed", 2, person=User.objects.get(username="below-1"))
    target("signed", 2, person=User.objects.get(username="other-1"))

    page = read(manager, scope="units", by="signed")

    assert (lines(page)["signed"].value, lines(page)["signed"].target) == ("1", "5")
    assert [(line.label, line.value, line.target) for line in page.context["parts"]] == [
        ("below", "1", "3"),
        ("ours", "1", "5"),
        ("below-1", "1", "2"),
    ]


def test_closed_lists_stay_closed_for_a_word_that_means_nothing(leader: Client) -> None:
    a_year()
    projects, leads, capital = (
        reverse(f"admin:promotion_{model}_changelist") for model in ("investmentproject", "lead", "capitalrecord")
    )

    for url in (
        f"{projects}?figure=happiness-2026",
        f"{projects}?figure=actual_fdi-2026",
        f"{projects}?figure=signed-2026-13",
        f"{projects}?figure=signed-0026",
        f"{projects}?scope=u999999",
        f"{projects}?scope=p999999",
        f"{projects}?scope=everything",
        f"{projects}?funnel=lead-2026",
        f"{projects}?left=signed",
        f"{projects}?moved=yesterday",
        f"{leads}?funnel=signed-2026",
        f"{capital}?figure=signed-2026",
    ):
        assert behind(leader, url).count() == 0, url


# --- the first screen ------------------------------------------------------------------------------------------------


def test_first_screen_shows_what_moved_since_the_last_working_day(manager: Client) -> None:
    old, friday = a_project("周四", at=NOW - 4 * DAY), a_project("周五", at=NOW - 3 * DAY)

    glance = read(manager).context["glance"]

    assert glance["since"] == datetime.date(2026, 5, 29)  # today is a Monday
    assert [(move.name, url) for move, url, _way in glance["moves"]] == [
        ("周五", reverse("admin:promotion_investmentproject_change", args=[friday.pk]))
    ]
    assert glance["moved"] == 1
    assert list(behind(manager, glance["moved_url"])) == [friday]
    assert old not in behind(manager, glance["moved_url"])


def test_first_screen_puts_figures_with_a_target_first(manager: Client) -> None:
    target("start_rate", 50)
    target("over_10bn", 2, unit=a_unit("ours"))

    assert [line.indicator for line in read(manager, scope="units").context["glance"]["lines"]] == [
        "over_10bn", "actual_fdi", "signed",
    ]  # fmt: skip
    assert read(manager).context["glance"]["lines"][0].indicator == "start_rate"


def test_pace_compares_with_an_even_year(leader: Client) -> None:
    """On 1 June 41.6 % of the year have passed."""
    for name in "甲乙丙丁戊":
        at_stage(name, stages.SIGNED)
    for indicator, value in {"signed": 12, "over_1bn": 1, "fortune_500": 4}.items():
        target(indicator, value)
    at_stage("大", stages.SIGNED, total_investment=10**9)

    found = lines(read(leader))

    assert (found["signed"].share, found["signed"].pace) == ("50%", "ahead")
    assert found["over_1bn"].pace == "reached"
    assert found["fortune_500"].pace == "behind"
    assert found["started"].pace == ""


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.PROMOTION_OFFICER, "mine"),
        (Role.PROMOTION_MANAGER, "units"),
        (Role.LEADER, ""),
        (Role.DATA_STEWARD, ""),
    ],
)
def test_each_role_begins_with_its_own_scope(client_as: Callable[..., Client], role: str, code: str) -> None:
    client = client_as(a_person("somebody", role))

    assert client.get(reverse(DASHBOARD)).context["scope"].code == code


def test_overview_shows_the_first_screen_to_managers_and_leaders(
    manager: Client, leader: Client, officer: Client
) -> None:
    a_project("动了", at=NOW)

    for client in (manager, leader):
        assert "动了" in client.get(reverse("admin:index")).content.decode()
    assert "dash-glance" not in officer.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    "asked", [{"scope": "u999999"}, {"scope": "x"}, {"scope": "p0"}, {"year": "1066"}, {"year": "next"}]
)
def test_dashboard_of_nothing_is_not_found(officer: Client, asked: dict[str, str]) -> None:
    assert officer.get(reverse(DASHBOARD), asked).status_code == 404


def test_days_in_a_stage_are_the_middle_of_working_days(leader: Client) -> None:
    for name, days in {"甲": 3, "乙": 4, "丙": 11}.items():
        project = a_project(name, at=NOW - 14 * DAY)  # a Monday
        made(
            StageChange(
                project=project, kind="forward", from_stage="negotiating", to_stage="reviewed",
                at=NOW - 14 * DAY + days * DAY, door="command",
            )
        )  # fmt: skip

    bar = read(leader).context["days"][0]

    assert (bar.value, bar.count) == ("4", "3")


# --- visibility ------------------------------------------------------------------------------------------------------


def numbers(page: Any) -> Any:
    """Everything that the dashboard says to a person."""
    context = page.context
    return (
        context["lines"], context["parts"], context["waiting"], context["funnel"], context["days"], context["glance"],
        context["rates"],
    )  # fmt: skip


def test_hidden_rows_are_in_no_figure(officer: Client, leader: Client) -> None:
    a_year()
    before = {scope: numbers(read(officer, scope=scope)) for scope in scopes()}
    seen = numbers(read(leader))
    other = User.objects.get(username="officer-2")
    hidden = {"confidentiality": Level.CONFIDENTIAL, "owner": other}

    secret = at_stage("绝密", stages.STARTED, started_on=MAY, total_investment=9 * 10**9, **hidden)
    put(a_project("绝密二", **hidden), age_since=NOW - 60 * DAY, next_on=NOW.date() - DAY)
    put(a_lead("绝密三", **hidden), next_on=NOW.date() - DAY)
    put(a_lead("绝密四", **hidden), status=Lead.Status.CONVERTED)
    paid(123456, project=secret, currency="EUR")
    put(secret, confidentiality=Level.CONFIDENTIAL)

    assert numbers(read(leader)) != seen
    for scope, expected in before.items():
        assert numbers(read(officer, scope=scope)) == expected, scope
    assert "绝密" not in read(officer).content.decode()


def test_dashboard_opens_for_those_who_answer_for_the_figures(client_as: Callable[..., Client]) -> None:
    allowed = {Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER, Role.LEADER, Role.DATA_STEWARD}
    for role in Role.values:
        if role == Role.ENTERPRISE_MEMBER:
            continue
        status = client_as(a_person(f"a-{role}", role)).get(reverse(DASHBOARD)).status_code
        assert (status == 200) == (role in allowed), role


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_dashboard_costs_the_same_with_more_rows(manager: Client) -> None:
    def cost(address: str, **asked: Any) -> int:
        manager.get(address, asked)
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(address, asked).status_code == 200
        return len(queries)

    def costs() -> list[int]:
        return [
            cost(reverse(DASHBOARD)),
            cost(reverse(DASHBOARD), scope="", by="actual_fdi"),
            cost(reverse("admin:index")),
        ]

    a_year()
    few = costs()
    for number in range(8):
        owner = a_person(f"more-{number}", unit=a_unit(f"unit-{number}"))
        row = at_stage(f"更多{number}", stages.STAGES[number], owner=owner, started_on=MAY)
        paid(10, project=row)
        target("signed", 1, person=owner)
        target("actual_fdi", 1, unit=a_unit(f"unit-{number}"))

    assert costs() == few
    assert max(few[:2]) <= PAGE_BUDGET
    assert few[2] <= OVERVIEW_BUDGET
