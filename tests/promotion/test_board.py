"""The board: what each column counts and sums, which cards it shows, what the filters leave, and what it costs."""

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import ExchangeRate
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.models import Door
from promotion import board
from promotion.ageing import ages, start_of
from promotion.models import InvestmentProject, Level, StageAgeLimit
from promotion.rules import ageing, stages
from promotion.rules.working_time import local_day
from promotion.services.projects import advance_stage
from promotion.services.vocabularies import load_promotion_vocabularies
from tests.factories import a_chain, made
from tests.promotion.factories import NOW, a_person, a_project, a_unit
from tests.promotion.factories_projects import a_ready_project, at_stage, values_for

pytestmark = pytest.mark.django_db

BOARD = "admin:board"
LIST = "admin:promotion_investmentproject_changelist"
#: Monday, 1 June 2026.
TODAY = local_day(NOW)
#: Reading the board; the page adds what every page of the admin costs (session, person, work, units, permissions: 6).
READS, PAGE_BUDGET = 6, 12


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("board", "drill"):
        monkeypatch.setattr(f"promotion.admin.{module}.timezone.now", lambda: NOW)


def in_english(person: User) -> User:
    person.language = "en"
    found: User = made(person)
    return found


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("officer-1", unit=a_unit("ours"))))


@pytest.fixture
def leader(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("leader-1", Role.LEADER, a_unit("office"))))


def column(response: Any, stage: str = stages.NEGOTIATING) -> Any:
    return next(one for one in response.context["columns"] if one.stage == stage)


def names(response: Any, stage: str = stages.NEGOTIATING) -> list[str]:
    return [one.card.project.name for one in column(response, stage).cards]


def behind(client: Client, url: str) -> list[str]:
    """The names in the list that an address leads to, whole."""
    parts = urlsplit(url)
    found = client.get(parts.path, dict(parse_qsl(parts.query)))
    assert found.status_code == 200, url
    return sorted(found.context["cl"].queryset.values_list("name", flat=True))


def put(project: Any, **values: Any) -> Any:
    """A project as it stands in the database, whatever the gate would say."""
    InvestmentProject.objects.filter(pk=project.pk).update(**values)
    project.refresh_from_db()
    return project


def rate(currency: str, cny: str, on: str = "2026-01-02") -> None:
    made(ExchangeRate(currency=currency, on=datetime.date.fromisoformat(on), cny=cny, source="stated"))


# --- columns ---------------------------------------------------------------------------------------------------------


def test_column_counts_and_sums_at_the_stated_rate_and_says_what_is_not_in_it(officer: Client) -> None:
    a_project("甲", total_investment=100_000_000)
    a_project("乙", total_investment=10_000_000, currency="USD")
    a_project("丙", total_investment=5, currency="JPY")
    a_project("丁")
    rate("USD", "7.1")
    rate("USD", "9.9", on="2026-06-02")  # tomorrow's

    response = officer.get(reverse(BOARD))
    found = column(response)

    assert (found.count, found.amount, found.exact) == (4, "CNY 171 million", "CNY 171,000,000")
    assert found.gaps == ("Without an amount: 1", "Not in the sum, no rate: JPY")
    assert response.context["rates"] == [("USD", "7.1", datetime.date(2026, 1, 2))]
    assert column(response, stages.SIGNED).count == 0


def test_count_of_a_column_leads_to_exactly_its_rows(officer: Client) -> None:
    chain = a_chain()
    for name, values in {"甲": {}, "乙": {"chain": chain}, "丙": {"track": "land"}}.items():
        a_project(name, **values)
    a_project("别人的", owner=a_person("other", unit=a_unit("theirs")))
    put(a_project("暂停"), side_state="paused")
    put(a_project("结束"), side_state="lost")
    put(a_project("签约"), stage=stages.SIGNED)
    mine = User.objects.get(username="officer-1")

    for asked in (
        {},
        {"scope": "mine"},
        {"scope": f"u{mine.memberships.get().department_id}"},
        {"scope": "units", "track__exact": "land"},
        {"chain__id__exact": chain.pk},
        {"owner__id__exact": mine.pk, "side": "running"},
        {"side": "paused"},
        {"side": "ended"},
        {"side": "lost"},
    ):
        response = officer.get(reverse(BOARD), asked)
        for one in response.context["columns"]:
            assert len(behind(officer, one.url)) == one.count, (asked, one.stage)
        assert sorted(names(response)) == behind(officer, column(response).url), asked
    assert names(officer.get(reverse(BOARD), {"scope": "mine", "side": "ended"})) == ["结束"]


def test_unit_is_shown_with_the_units_below_it(officer: Client) -> None:
    ours = a_unit("ours")
    below = a_unit("below", parent=ours)
    a_project("下属", owner=a_person("below-1", unit=below))
    a_project("别的", owner=a_person("other", unit=a_unit("theirs")))

    assert names(officer.get(reverse(BOARD), {"scope": f"u{ours.pk}"})) == ["下属"]


@pytest.mark.parametrize(
    "asked",
    [{"owner__id__exact": "999"}, {"scope": "u999999"}, {"scope": "x"}, {"track__exact": "sea"}, {"side": "up"}],
)
def test_filter_that_means_nothing_shows_nothing(officer: Client, asked: dict[str, str]) -> None:
    a_project("甲")

    response = officer.get(reverse(BOARD), asked)

    assert response.context["count"] == 0
    assert response.context["form"].errors


@pytest.mark.parametrize(
    "asked", [{"stage": "lead"}, {"after": "2026-01-01T00:00:00+00:00~1"}, {"stage": "signed", "after": "yesterday"},
              {"stage": "signed", "after": "2026-01-01~3"}]
)  # fmt: skip
def test_address_of_no_page_is_not_found(officer: Client, asked: dict[str, str]) -> None:
    assert officer.get(reverse(BOARD), asked).status_code == 404


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_hidden_project_is_in_no_count_sum_card_or_choice(officer: Client, leader: Client) -> None:
    other = a_person("keeper-1", unit=a_unit("theirs"))
    chain = a_chain("secret")
    hidden = a_project(
        "绝密", owner=other, confidentiality=Level.CONFIDENTIAL, total_investment=1000, chain=chain, currency="EUR"
    )

    seen, unseen = leader.get(reverse(BOARD)), officer.get(reverse(BOARD))

    assert (column(seen).count, names(seen)) == (1, ["绝密"])
    assert (column(unseen).count, names(unseen), column(unseen).gaps) == (0, [], ())
    for hint in ("绝密", "keeper-1", "示例链", hidden.number):
        assert hint not in unseen.content.decode()
    forged = officer.get(reverse(BOARD), {"_fragment": "1", "card": hidden.pk})
    assert forged.context["cards"] == []


def test_board_opens_for_staff_alone(client_as: Callable[..., Client], superuser: User) -> None:
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        assert client_as(role).get(reverse(BOARD)).status_code == 403
    assert client_as(superuser).get(reverse(BOARD)).status_code == 403


def test_who_may_not_change_projects_gets_no_way_to_move_them(leader: Client, officer: Client) -> None:
    a_project("甲")

    assert b"data-board-move" not in leader.get(reverse(BOARD)).content
    assert b"data-board-move" in officer.get(reverse(BOARD)).content


# --- cards -----------------------------------------------------------------------------------------------------------


def test_cards_stand_by_how_long_and_come_a_page_at_a_time(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "PAGE", 2)
    for day, name in enumerate(["一", "二", "三", "四", "五"]):
        put(a_project(name), age_since=NOW - datetime.timedelta(days=40 - 10 * (day // 3)))
    put(a_project("签"), stage=stages.SIGNED)

    first = officer.get(reverse(BOARD))
    second = officer.get(column(first).more + "&_fragment=1")
    third = officer.get(second.context["more"] + "&_fragment=1")

    assert names(first) == ["一", "二"]
    assert names(first, stages.SIGNED) == ["签"]
    assert column(first, stages.SIGNED).more == ""
    assert [one.card.project.name for one in second.context["cards"]] == ["三", "四"]
    assert [one.card.project.name for one in third.context["cards"]] == ["五"]
    assert third.context["more"] == ""


def test_next_page_without_script_shows_that_column_alone(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "PAGE", 1)
    for name in ("甲", "乙"):
        a_project(name)
    first = officer.get(reverse(BOARD), {"scope": "mine"})

    page = officer.get(column(first).more)

    assert [one.stage for one in page.context["columns"]] == [stages.NEGOTIATING]
    assert names(page) == ["乙"]
    assert column(page).count == 2
    assert page.context["board_url"] == f"{reverse(BOARD)}?scope=mine&side=open"


def test_card_that_moves_meanwhile_neither_repeats_nor_hides_another(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "PAGE", 1)
    rows = [put(a_project(name), age_since=NOW - datetime.timedelta(days=9 - day)) for day, name in enumerate("甲乙丙")]
    more = column(officer.get(reverse(BOARD))).more
    put(rows[0], stage=stages.SIGNED)

    assert [one.card.project.name for one in officer.get(more + "&_fragment=1").context["cards"]] == ["乙"]


def test_card_ages_in_working_days_by_its_stages_limit(officer: Client) -> None:
    made(StageAgeLimit(stage="negotiating", effective_from="2026-01-01", slow_after=3, stuck_after=5))
    made(StageAgeLimit(stage="negotiating", track="land", effective_from="2026-01-01", slow_after=90, stuck_after=90))
    made(StageAgeLimit(stage="negotiating", effective_from="2026-06-02", slow_after=0, stuck_after=0))

    def aged(name: str, days: int, **values: Any) -> None:
        put(
            a_project(name, track=values.pop("track", "lease")),
            age_since=NOW - datetime.timedelta(days=days),
            **values,
        )

    aged("新", 5)  # a Wednesday: Thursday, Friday, Monday
    aged("慢", 6)
    aged("停", 10)
    aged("地", 10, track="land")
    aged("搁", 10, side_state="paused", stage_since=NOW - datetime.timedelta(days=3))

    response = officer.get(reverse(BOARD))
    shown = {one.card.project.name: (one.age, one.age_word, one.card.working_days) for one in column(response).cards}

    assert shown == {
        "新": ("fresh", "", 3),
        "慢": ("slow", "slow", 4),
        "停": ("stuck", "stuck", 6),
        "地": ("fresh", "", 6),
        "搁": ("paused", "Paused", 5),
    }
    assert behind(officer, reverse(LIST) + "?late=stuck") == ["停"]
    assert behind(officer, reverse(LIST) + "?late=slow") == sorted(["停", "慢"])


def test_list_is_cut_on_the_day_that_colours_the_card() -> None:
    load_promotion_vocabularies()
    known = ages(TODAY)
    for day in range(80):
        put(
            a_project(f"{day}"),
            age_since=start_of(TODAY - datetime.timedelta(days=day)) + datetime.timedelta(hours=23),
        )

    for state in (ageing.SLOW, ageing.STUCK):
        reached = {ageing.SLOW: {ageing.SLOW, ageing.STUCK}, ageing.STUCK: {ageing.STUCK}}[state]
        rows = InvestmentProject.objects.all()
        aged = {row.name for row in rows if known.state(row.stage, row.track, "", row.age_since) in reached}
        assert aged == set(rows.filter(known.condition(state)).values_list("name", flat=True))
        assert 0 < len(aged) < 80


def test_project_is_as_old_after_a_pause_as_it_was_before(officer: Client) -> None:
    """Neither as young as on the day on which it went on, nor older by the weeks in which it stood still."""
    made(StageAgeLimit(stage="negotiating", effective_from="2026-01-01", slow_after=2, stuck_after=3))
    project = a_project(at=NOW - datetime.timedelta(days=35))
    person = project.owner

    def move(target: str, days_ago: int) -> None:
        at = NOW - datetime.timedelta(days=days_ago)
        advance_stage(project, target, by=person, door="admin", at=at, why="x")

    def shown() -> tuple[int, str]:
        (card,) = [one for one in column(officer.get(reverse(BOARD))).cards if one.card.project.pk == project.pk]
        return card.card.working_days, card.age

    move("paused", 30)  # three working days and the first of May
    assert shown() == (3, "paused")
    move("", 2)
    assert shown() == (4, "stuck")
    assert behind(officer, reverse(LIST) + "?late=stuck") == [project.name]
    advance_stage(project, "lost", by=person, door="admin", at=NOW, why="x")
    boss = a_person("boss", Role.PROMOTION_MANAGER)
    advance_stage(project, "", by=boss, door="admin", at=NOW + datetime.timedelta(days=20), why="x")
    assert stored_age(project) == 4


def stored_age(project: Any) -> int:
    row = InvestmentProject.objects.get(pk=project.pk)
    return ages(TODAY + datetime.timedelta(days=20)).working_days(row.age_since)


# --- moving ----------------------------------------------------------------------------------------------------------


def dropped(client: Client, project: Any, target: str, **more: Any) -> Any:
    """What the board posts when a card is dropped on a column."""
    address = reverse("admin:promotion_investmentproject_move_page", args=[project.pk])
    data = {"target": target, "if_version": project.version, "_fragment": "1", "next": reverse(BOARD), **more}
    return client.post(address, data)


def test_drop_that_lacks_nothing_moves_and_the_board_says_so(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED, name="甲", **values_for(stages.REVIEWED))

    assert dropped(officer, project, stages.REVIEWED).status_code == 204
    answer = officer.get(reverse(BOARD), {"_fragment": "1", "card": project.pk})

    assert column(answer, stages.REVIEWED).count == 1
    assert column(answer, stages.NEGOTIATING).count == 0
    assert [one.card.project.stage for one in answer.context["cards"]] == [stages.REVIEWED]
    assert answer.context["said"] == [f"{project.number} 甲: Reviewed."]
    # Said once: the next page does not say it again.
    assert officer.get(reverse(BOARD), {"_fragment": "1"}).context["said"] == []


def test_refused_drop_asks_for_the_missing_fields_alone(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED)

    answer = dropped(officer, project, stages.SIGNED)

    assert answer.status_code == 200
    asked = [name for name in answer.context["form"].fields if name not in ("why", "if_version")]
    assert set(asked) == {"signed_on", "agreement_no", "signed_amount", "foreign_share"}
    assert InvestmentProject.objects.get(pk=project.pk).stage == stages.REVIEWED


def test_drop_on_a_stale_card_is_refused(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED, **values_for(stages.REVIEWED))

    answer = dropped(officer, project, stages.REVIEWED, if_version=project.version - 1)

    assert answer.status_code == 200
    assert InvestmentProject.objects.get(pk=project.pk).stage == stages.NEGOTIATING


def test_card_that_the_filters_leave_out_does_not_come_back(officer: Client) -> None:
    project = at_stage(stages.NEGOTIATING)
    advance_stage(project, stages.LOST, by=project.owner, door=Door.ADMIN, at=NOW, why="price")

    assert officer.get(reverse(BOARD), {"_fragment": "1", "card": project.pk}).context["cards"] == []


def test_move_from_a_list_of_targets_comes_back_to_the_board(officer: Client) -> None:
    project = at_stage(stages.NEGOTIATING)
    address = reverse("admin:promotion_investmentproject_move_page", args=[project.pk])

    choices = officer.get(address, {"next": reverse(BOARD)}).context["choices"]
    form = officer.get(choices[0].url)

    assert form.context["back"] == reverse(BOARD)


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_board_costs_the_same_with_more_rows(officer: Client) -> None:
    load_promotion_vocabularies()
    rate("USD", "7.1")
    chain = a_chain()

    def cost(**asked: Any) -> int:
        officer.get(reverse(BOARD), asked)
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(reverse(BOARD), asked).status_code == 200
        return len(queries)

    a_project("甲", currency="USD", total_investment=5, chain=chain)
    few = cost(), cost(scope="units", side="ended"), cost(_fragment="1")
    for number in range(12):
        owner = a_person(f"other-{number}", unit=a_unit(f"unit-{number}"))
        put(
            a_project(f"{number}", owner=owner, currency="USD", total_investment=5, chain=a_chain(f"c-{number}")),
            stage=stages.STAGES[number % 8],
        )

    assert (cost(), cost(scope="units", side="ended"), cost(_fragment="1")) == few
    assert few[0] == PAGE_BUDGET
    user = User.objects.get(username="officer-1")
    user.role_codes, user.unit_ids  # noqa: B018 (every page of the admin asks for these)
    with CaptureQueriesContext(connection) as queries:
        rows, known = InvestmentProject.objects.visible_to(user), ages(TODAY)
        board.filter_choices(rows)
        board.columns(rows, user, TODAY)
        board.cards(rows, known)
    assert len(queries) == READS
