"""The statistics of "1+3+N": every figure is exactly the rows behind its link, nothing hidden is in any, what it costs."""

import datetime
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pinghu.accounts.roles import Role
from pinghu.admin import site
from promotion import service_figures as figures
from promotion import service_statistics as reading
from promotion.admin.service_statistics import Cell
from promotion.models import (
    CapabilityOffer,
    CaseRating,
    ChainMatch,
    EngagementPromise,
    HeadquartersEngagement,
    IntentSignal,
    LiaisonAssignment,
    ProcurementNeed,
    ServiceCase,
    ServicePillar,
    ServiceSystem,
    Visit,
)
from promotion.rules.periods import Period
from promotion.scopes import unit_scope, zone
from promotion.services import cases, collaboration, liaison
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_unit
from tests.promotion.factories_cases import a_case, coordinator, handler

pytestmark = pytest.mark.django_db

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
#: A month later, when most has happened.
LATER = datetime.datetime.fromisoformat("2026-06-30T15:00:00+08:00")
JUNE = Period(datetime.date(2026, 6, 1), datetime.date(2026, 6, 30))
PAGE = "admin:service_statistics"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("service_statistics", "service_drill", "cases"):
        monkeypatch.setattr(f"promotion.admin.{module}.timezone.now", lambda: LATER)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def leader() -> Any:
    return a_person("leader-1", Role.LEADER, a_unit("office"))


def answered(title: str, *grades: int, hours: int = 1, unit: str = "planning", **values: Any) -> Any:
    """A case that was answered after so many hours, and rated; each further grade after another answer."""
    by = {"by": coordinator(), "door": "admin"}
    case = a_case(title, **values)
    for turn, grade in enumerate(grades or (0,)):
        at = NOW + hours * HOUR + turn * DAY
        case = cases.dispatch_case(case, cases.Dispatch(unit=a_unit(unit)), at=at - HOUR, **by)
        case = cases.reply_case(case, text="已办", at=at, **by)
        if grade:
            case = cases.rate_case(case, grade=grade, is_solved=grade > 2, by=None, door="public", at=at + HOUR)
    return case  # fmt: skip


def a_june() -> dict[str, Any]:
    """Some of everything that is counted, in two units."""
    handler()
    listed = an_enterprise("示例甲")
    for enterprise in (listed, an_enterprise("示例乙")):
        made(
            LiaisonAssignment(enterprise=enterprise, person=handler(), unit=a_unit("planning"), starts_on="2026-01-01")
        )
    common = {"by": handler(), "door": "admin"}
    _seen, (of_visit,) = liaison.write_visit(
        Visit(enterprise=listed, seen="看了"), problems=[liaison.Problem("停电")], at=NOW, **common
    )
    rows = {
        "content": answered("满意", 5),
        "came_back": answered("返工", 2, 4),
        "silent": answered("没评", hours=3),
        "late": answered("超期", 3, hours=24 * 14, unit="other"),
        "open": a_case("在办"),
        "overdue": cases.accept_case(a_case("逾期"), by=coordinator(), door="admin", at=NOW),
        "before": a_case("五月的", at=NOW - 10 * DAY),
        "of_visit": of_visit,
        "hidden": a_case("机密", confidentiality="confidential"),
    }
    group = a_group()
    met = {"group": group, "manner": "visit", "topics": "增资", "on": datetime.date(2026, 6, 3)}
    engagement = liaison.save_engagement(HeadquartersEngagement(**met), at=LATER, **common)
    for side, done, due in (("ours", None, 20), ("ours", 9, 10), ("theirs", None, None)):
        made(
            EngagementPromise(
                engagement=engagement, side=side, text="承诺", person=common["by"],
                done_on=done and datetime.date(2026, 6, done), due_on=due and datetime.date(2026, 6, due),
            )
        )  # fmt: skip
    signal = IntentSignal(kind="expansion", group=group, source="会谈", on=datetime.date(2026, 6, 3))
    signal = liaison.save_signal(signal, at=LATER, **common)
    rows["of_signal"] = liaison.signal_to_case(signal, at=NOW + DAY, **common)
    offer = CapabilityOffer(enterprise=listed, product="阳极氧化", visibility="enterprises")
    need = ProcurementNeed(enterprise=an_enterprise("示例丙"), product="阳极氧化", visibility="enterprises")
    for ware in (offer, need):
        collaboration.save_ware(ware, at=NOW, **common)
    put(CapabilityOffer, created_at=NOW)
    put(ProcurementNeed, created_at=NOW)
    match = ChainMatch.objects.get()
    rows["introduced"] = collaboration.introduce(match, at=NOW + DAY, **common)
    done = {"status": "deal", "amount_band": "to_10m", "at": LATER}
    collaboration.record_outcome(match, **done, **common)
    return rows


def put(model: Any, **values: Any) -> None:
    """As it stands in the database."""
    model.objects.all().update(**values)


def june_of(user: Any, scope: Any = None, version: Any = None) -> dict[str, Any]:
    known = version or reading.in_force(reading.versions(user), JUNE.since)
    found = reading.statistics(user, scope or zone(), known, JUNE, at=LATER)
    return {"counts": found.counts, "day": found.day_minutes, **{line.part: line for line in found.lines}}


def pillar(code: str) -> str:
    return str(ServicePillar.objects.get(code=code).pk)


def cells(value: Any) -> Iterator[Cell]:
    """Every figure in a context, however deep."""
    if isinstance(value, Cell):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from cells(each)


def test_a_month_is_counted_as_it_was() -> None:
    a_june()
    found = june_of(leader())
    whole = found["all"]
    assert whole.counts == {
        "raised": 10, "accepted": 5, "answered": 4, "closed": 3, "open": 8, "overdue": 7, "standing": 4,
        "on_time": 3, "reopened": 1,
    }  # fmt: skip
    said = whole.satisfaction
    assert (said.rated, said.content, said.solved, said.answered_solved) == (3, 2, 2, 3)
    assert dict(said.by_grade) == {5: 1, 4: 0, 3: 1, 2: 1, 1: 0}
    assert (said.satisfaction, said.rating_rate) == (Fraction(2, 3), Fraction(3, 4))
    assert [found["counts"][name] for name in ("enterprises", "visited", "not_visited", "visits")] == [2, 1, 1, 1]
    assert found["visits"].counts["raised"] == 1
    assert [found["counts"][name] for name in ("kept_ours", "open_ours", "overdue_ours", "open_theirs")] == [1, 1, 1, 1]
    assert [found["counts"][name] for name in ("engagements", "signals", "became_cases", "became_leads")] == [
        1,
        1,
        1,
        0,
    ]
    assert [found["counts"][name] for name in ("offers", "needs", "proposed", "introduced")] == [1, 1, 1, 1]
    assert (found["counts"]["deal_to_10m"], found["counts"]["deal_over_100m"]) == (1, 0)
    assert found[pillar("headquarters_liaison")].counts["raised"] == 1
    assert found[pillar("chain_collaboration")].counts["raised"] == 1
    assert found[pillar("closed_loop")].counts["raised"] == 8


def test_handling_is_the_time_in_which_the_clock_ran_in_all_rounds() -> None:
    # From nine to eleven; not content at noon, so from half past one to five, and the next morning until eleven.
    assert answered("返工", 1, 5, hours=2).handled_minutes == 120 + 210 + 150
    line = june_of(leader())["all"]
    assert (line.minutes, line.timed) == (480, 1)


def behind(url: str, user: Any) -> Any:
    """The rows of the list that a figure leads to, as the list itself finds them."""
    request = RequestFactory().get(url)
    request.user = user
    _admin, app, model = urlsplit(url).path.strip("/").split("/")
    model_admin: Any = site._registry[apps.get_model(app, model)]
    return model_admin.get_changelist_instance(request).queryset


def test_every_total_opens_exactly_its_rows() -> None:
    a_june()
    user = leader()
    client = signed_in(user)
    lists: dict[str, str] = {}
    for scope, least in (("", 45), (f"u{a_unit('planning').pk}", 15)):
        page = client.get(
            reverse(PAGE), {"period": "own", "since": "2026-06-01", "until": "2026-06-30", "scope": scope}
        )
        names = ("lines", "ratings", "liaison", "headquarters", "promises", "chain", "deals")
        every = [cell for name in names for cell in cells(page.context[name])]
        # What has no rows behind it is nothing, a share or an average.
        assert all(cell.url or cell.text in ("0", "–") or set(cell.text) & {"%", "."} for cell in every)
        linked = {cell.url: cell.text for cell in every if cell.url}
        assert len(linked) > least
        wrong = {url: text for url, text in linked.items() if behind(url, user).count() != int(text)}
        assert wrong == {}
        lists |= {urlsplit(url).path: url for url in linked}
    assert len(lists) == 9
    for url in lists.values():
        assert client.get(url).status_code == 200


def test_a_mistyped_figure_finds_nothing() -> None:
    a_case()
    client = signed_in(coordinator())
    address = reverse("admin:promotion_servicecase_changelist")
    for query in ("figure=raised-20260601-20269999", "figure=x-20260601-20260630", "part=1-x", "part=999-all"):
        assert client.get(f"{address}?{query}").context["cl"].queryset.count() == 0


def test_hidden_cases_are_in_no_figure_and_a_unit_has_its_own() -> None:
    a_june()
    stranger = a_person("officer-9", Role.SERVICE_OFFICER, a_unit("else"))
    assert june_of(leader())["all"].counts["raised"] - june_of(stranger)["all"].counts["raised"] == 1
    whole = june_of(stranger, unit_scope(stranger, a_unit("other")))
    assert (whole["all"].counts["answered"], whole["counts"]["enterprises"]) == (1, 0)


def test_cases_stay_with_the_version_they_were_raised_under() -> None:
    old = a_case("旧版")
    system = made(ServiceSystem(formula="1+0+1", name="新版", effective_from=datetime.date(2026, 6, 15)))
    for layer, code in (("core", "core"), ("platform", "centre")):
        made(ServicePillar(system=system, layer=layer, code=code, name=code))
    new = a_case("新版", at=NOW + 20 * DAY)
    user = leader()
    newest, oldest = reading.versions(user)
    assert new.platform.system == newest.system
    for version, case in ((oldest, old), (newest, new)):
        rows = ServiceCase.objects.filter(version.condition())
        assert list(rows) == [case]
        assert june_of(user, version=version)["all"].counts["raised"] == 1
    # Without any pillar the day decides.
    ServiceCase.objects.update(platform=None, mechanism=None)
    assert [list(ServiceCase.objects.filter(version.condition())) for version in (oldest, newest)] == [[old], [new]]
    page = signed_in(user).get(reverse(PAGE), {"period": "year", "version": oldest.system.public_id})
    assert page.context["is_old"]


def test_what_it_costs_does_not_depend_on_rows() -> None:
    user = leader()
    client = signed_in(user)
    counts = []
    for _round in range(2):
        a_june() if not counts else [answered(f"更多{number}", 5) for number in range(6)]
        client.get(reverse(PAGE))
        fresh = type(user).objects.get(pk=user.pk)
        assert fresh.role_codes
        assert fresh.unit_ids
        with CaptureQueriesContext(connection) as own:
            june_of(fresh)
        with CaptureQueriesContext(connection) as page:
            client.get(reverse(PAGE))
        counts.append((len(own), len(page)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 5
    assert counts[0][1] <= 13


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"period": "own", "since": "2026-06-30", "until": "2026-06-01"}, 200),
        ({"period": "own"}, 200),
        ({"period": "never"}, 404),
        ({"scope": "u999"}, 404),
        ({"version": "x"}, 404),
    ],
)
def test_what_is_asked_is_checked(asked: dict[str, str], status: int) -> None:
    assert signed_in(leader()).get(reverse(PAGE), asked).status_code == status


def test_the_lowest_grade_counts_once() -> None:
    case = answered("返工", 2, 5)
    assert list(figures.lowest_ratings(JUNE, ServiceCase.objects.all())) == [CaseRating.objects.get(case=case, grade=2)]
