"""The chain view: gaps, whom to ask and why, what is in hand as far as one sees it, and a lead in one step."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import (
    ChainLeadership,
    ChainPosition,
    ChainSegment,
    DataSource,
    RankingEntry,
    RankingList,
    SegmentEdge,
)
from directory.models.enterprises import Relation
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.chain_view import CHANNEL, chain_sheet, overview
from promotion.models import Lead, Level
from promotion.services.leads import close_lead
from tests.factories import a_chain, a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

PAGE_BUDGET = 24


@pytest.fixture
def officer() -> User:
    person = a_person("officer-2", unit=a_unit("elsewhere"))
    person.language = "en"
    return made(person)


@pytest.fixture
def other() -> User:
    return a_person("officer-1", unit=a_unit("unit-1"))


@pytest.fixture
def client(client_as: Callable[..., Client], officer: User) -> Client:
    return client_as(officer)


class Vehicles:
    """A chain whose drive motors are missing: 磁材 feeds 电机 feeds 整车."""

    def __init__(self) -> None:
        self.chain = a_chain("vehicles", name="整车及零部件", name_en="Vehicles and components")
        self.magnets = self.segment("magnets", "磁性材料", "upstream", "weak")
        self.motors = self.segment("motors", "驱动电机", "midstream", "missing", name_en="Drive motors")
        self.vehicles = self.segment("vehicles", "整车", "downstream", "strong")
        self.seats = self.segment("seats", "座椅", "midstream", "unassessed")
        made(SegmentEdge(upstream=self.magnets, downstream=self.motors))
        made(SegmentEdge(upstream=self.motors, downstream=self.vehicles))

    def segment(self, code: str, name: str, position: str, gap: str, **values: Any) -> Any:
        return made(ChainSegment(chain=self.chain, code=code, name=name, position=position, gap=gap, **values))

    def place(self, name: str, segment: Any, **values: Any) -> Any:
        enterprise = an_enterprise(name, **values)
        made(ChainPosition(enterprise=enterprise, chain=self.chain, segment=segment))
        return enterprise


@pytest.fixture
def vehicles() -> Vehicles:
    return Vehicles()


def rank(group: Any, place: int, year: int = 2025, code: str = "fortune_global_500") -> Any:
    ranking = RankingList.objects.get(code=code)
    return made(RankingEntry(ranking=ranking, year=year, rank=place, group=group))


def proposed(chain: Any, user: Any, segment: Any) -> dict[str, list[str]]:
    """Name → codes of the reasons, in the order shown."""
    sheet = next(sheet for sheet in chain_sheet(chain, user) if sheet.segment == segment)
    return {target.name: [reason.code for reason in target.proposal.reasons] for target in sheet.targets}


def page(chain: Any) -> str:
    return reverse("admin:chain_view_chain", args=[chain.code])


def maker(chain: Any) -> str:
    return reverse("admin:chain_view_lead", args=[chain.code])


def asked(segment: Any, target: Any, **more: str) -> dict[str, str]:
    kind = "group" if target._meta.model_name == "corporategroup" else "firm"
    return {"segment": segment.code, "kind": kind, "key": str(target.pk), **more}


# --- who is proposed -------------------------------------------------------------------------------------------------


def test_ranked_group_of_the_trade_without_presence_is_proposed_with_its_reasons(
    vehicles: Vehicles, officer: User
) -> None:
    report = made(DataSource(code="report", name="年报", rank=5))
    group = a_group("东山集团", industry_text="驱动电机", country="JP", source=report)
    rank(group, 40)
    rank(group, 7, year=2019)
    rank(a_group("零售集团", industry_text="零售"), 1)
    a_group("无关集团")

    sheet = next(sheet for sheet in chain_sheet(vehicles.chain, officer) if sheet.segment == vehicles.motors)

    [target] = sheet.targets
    assert (target.name, sheet.kind) == ("东山集团", "link_fill")
    reasons = {reason.code: (reason.subject, reason.source) for reason in target.proposal.reasons}
    assert set(reasons) == {"same_business", "ranked", "not_here"}
    assert reasons["same_business"] == ("驱动电机", "年报")
    assert "2025 #40" in reasons["ranked"][0]


def test_group_on_the_trade_s_own_list_is_proposed_without_a_line_of_business(
    vehicles: Vehicles, officer: User
) -> None:
    rank(a_group("西山集团"), 3, code="automotive_top_100_berylls")
    rank(a_group("旧榜集团"), 3, year=2020, code="automotive_top_100_berylls")

    assert proposed(vehicles.chain, officer, vehicles.motors) == {
        "西山集团": ["ranked", "list_of_chain", "not_here"]
    }  # fmt: skip


def test_suppliers_and_buyers_here_are_named_and_their_groups_proposed(vehicles: Vehicles, officer: User) -> None:
    buyer = vehicles.place("甲整车", vehicles.vehicles, group=a_group("甲集团"))
    vehicles.place("乙磁材", vehicles.magnets, group=a_group("乙集团"))
    vehicles.place("丙座椅", vehicles.seats, group=a_group("丙集团"))
    vehicles.place("丁搬走", vehicles.vehicles, group=a_group("丁集团"), relation=Relation.MOVED_OUT)
    made(ChainLeadership(enterprise=buyer, chain=vehicles.chain, level="zone"))

    found = proposed(vehicles.chain, officer, vehicles.motors)

    assert found == {"甲集团": ["buys_here", "leads_chain"], "乙集团": ["supplies_here"], "丙集团": ["in_chain"]}
    sheet = next(sheet for sheet in chain_sheet(vehicles.chain, officer) if sheet.segment == vehicles.motors)
    assert [(one.segment, [str(row) for row in one.enterprises]) for one in sheet.buyers] == [
        (vehicles.vehicles, ["甲整车"])
    ]
    assert [(one.segment, [str(row) for row in one.enterprises]) for one in sheet.suppliers] == [
        (vehicles.magnets, ["乙磁材"])
    ]
    assert proposed(vehicles.chain, officer, vehicles.magnets)["乙集团"] == ["here_already"]


def test_neighbour_of_another_chain_counts_and_its_others_do_not(vehicles: Vehicles, officer: User) -> None:
    beside = a_chain("machines", name="工业母机")
    buyer = made(ChainSegment(chain=beside, code="robots", name="机器人", position="downstream"))
    far = made(ChainSegment(chain=beside, code="far", name="远端", position="downstream"))
    made(SegmentEdge(upstream=vehicles.motors, downstream=buyer))
    for name, segment in (("戊机器人", buyer), ("己远端", far)):
        made(ChainPosition(enterprise=an_enterprise(name, group=a_group(f"{name}集团")), chain=beside, segment=segment))

    assert proposed(vehicles.chain, officer, vehicles.motors) == {"戊机器人集团": ["buys_here"]}
    assert proposed(vehicles.chain, officer, vehicles.magnets) == {}


def test_firm_known_outside_is_proposed_by_itself_or_with_its_group(vehicles: Vehicles, officer: User) -> None:
    vehicles.place("外地电机", vehicles.motors, relation=Relation.OUTSIDE)
    vehicles.place("外地电控", vehicles.motors, relation=Relation.OUTSIDE, group=a_group("庚集团"))

    assert proposed(vehicles.chain, officer, vehicles.motors) == {
        "庚集团": ["known_outside", "not_here"], "外地电机": ["known_outside", "not_here"],
    }  # fmt: skip


# --- the pages -------------------------------------------------------------------------------------------------------


def test_overview_counts_segments_by_assessment_and_what_is_in_hand(
    vehicles: Vehicles, client: Client, officer: User, other: User
) -> None:
    vehicles.place("甲整车", vehicles.vehicles)
    a_lead("甲", owner=other, segment=vehicles.motors)
    a_lead("乙", owner=other, chain=vehicles.chain, confidentiality=Level.CONFIDENTIAL)
    close_lead(
        a_lead("丙", owner=other, chain=vehicles.chain), reason="no_interest", by=other, door="admin", at=NOW
    )  # fmt: skip
    a_project("丁", owner=other, chain=vehicles.chain)

    [line] = overview(officer)

    assert dict(line.segments) == {"missing": 1, "weak": 1, "strong": 1, "unassessed": 1}
    assert (line.enterprises, line.leads, line.projects) == (1, 1, 1)
    assert page(vehicles.chain) in client.get(reverse("admin:chain_view")).text


def test_page_shows_gaps_first_with_reasons_sources_and_the_way_to_a_lead(
    vehicles: Vehicles, client: Client, client_as: Any
) -> None:
    group = a_group("东山集团", industry_text="驱动电机")
    rank(group, 40)

    answer = client.get(page(vehicles.chain))

    assert [card["sheet"].segment for card in answer.context["asked"]] == [
        vehicles.motors, vehicles.magnets, vehicles.vehicles,
    ]  # fmt: skip
    assert [sheet.segment for sheet in answer.context["unassessed"]] == [vehicles.seats]
    assert "line of business: 驱动电机" in answer.text
    assert "source: Fortune" in answer.text
    assert "Fill the gap" in answer.text
    assert maker(vehicles.chain) in answer.text
    leader = client_as(a_person("leader-1", Role.LEADER))
    assert maker(vehicles.chain) not in leader.get(page(vehicles.chain)).text


def test_chain_without_segments_says_what_to_do(client: Client) -> None:
    chain = a_chain("empty")

    assert "The data steward enters them" in client.get(page(chain)).text
    assert client.get(reverse("admin:chain_view_chain", args=["nowhere"])).status_code == 404


def test_pages_cost_the_same_with_more_rows(vehicles: Vehicles, client: Client, other: User) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    def fill(mark: str, count: int) -> None:
        for number in range(count):
            group = a_group(f"{mark}集团{number}", industry_text="驱动电机")
            rank(group, number + 1)
            vehicles.place(f"{mark}整车{number}", vehicles.vehicles, group=group)
            vehicles.place(f"{mark}外地{number}", vehicles.motors, relation=Relation.OUTSIDE)
            a_lead(f"{mark}线索{number}", owner=other, segment=vehicles.motors, group=group)
            a_project(f"{mark}项目{number}", owner=other, segment=vehicles.motors)

    fill("甲", 1)
    addresses = [reverse("admin:chain_view"), page(vehicles.chain)]
    client.get(addresses[0])
    few = [cost(address) for address in addresses]
    fill("乙", 5)

    assert [cost(address) for address in addresses] == few
    assert max(few) <= PAGE_BUDGET


# --- a lead in one step ----------------------------------------------------------------------------------------------


def test_proposal_becomes_a_complete_lead_in_one_step(vehicles: Vehicles, client: Client, officer: User) -> None:
    group = a_group("东山集团", name_en="Dongshan", industry_text="驱动电机", country="JP")

    answer = client.post(maker(vehicles.chain), asked(vehicles.motors, group))

    assert answer["Location"] == f"{page(vehicles.chain)}#segment-motors"
    lead = Lead.objects.get()
    assert (lead.name, lead.name_en, lead.group, lead.chain, lead.segment) == (
        "东山集团", "Dongshan", group, vehicles.chain, vehicles.motors,
    )  # fmt: skip
    assert (lead.channel.code, lead.country, lead.business, lead.owner) == (CHANNEL, "JP", "驱动电机", officer)
    assert "line of business: 驱动电机" in lead.detail
    assert lead.complete_at is not None


def test_lead_in_hand_is_shown_instead_of_the_step(
    vehicles: Vehicles, client: Client, officer: User, other: User
) -> None:
    group = a_group("东山集团", industry_text="驱动电机、磁性材料")
    lead = a_lead("东山投资", owner=other, group=group, segment=vehicles.motors)

    sheets = {sheet.segment: sheet for sheet in chain_sheet(vehicles.chain, officer)}
    assert sheets[vehicles.motors].targets[0].is_in_hand
    assert not sheets[vehicles.magnets].targets[0].is_in_hand
    assert sheets[vehicles.magnets].targets[0].leads == [lead]
    answer = client.post(maker(vehicles.chain), asked(vehicles.motors, group), follow=True)
    assert Lead.objects.count() == 1
    assert any(lead.number in str(message) for message in answer.context["messages"])


def test_running_project_of_the_group_is_in_hand_too(vehicles: Vehicles, officer: User, other: User) -> None:
    group = a_group("东山集团", industry_text="驱动电机")
    project = a_project("东山项目", owner=other, group=group, segment=vehicles.motors)

    sheet = next(sheet for sheet in chain_sheet(vehicles.chain, officer) if sheet.segment == vehicles.motors)

    assert (sheet.projects, sheet.targets[0].projects, sheet.targets[0].is_in_hand) == ([project], [project], True)


@pytest.mark.parametrize("level", [Level.RESTRICTED, Level.CONFIDENTIAL])
def test_lead_that_is_not_seen_whole_shows_nowhere(
    vehicles: Vehicles, client: Client, officer: User, other: User, level: str
) -> None:
    """A code name beside a group would say whose it is."""
    group = a_group("东山集团", industry_text="驱动电机")
    before = client.get(page(vehicles.chain)).text
    a_lead("全然不同", owner=other, group=group, segment=vehicles.motors, confidentiality=level, code_name="银杏")
    a_project("另一", owner=other, group=group, segment=vehicles.motors, confidentiality=level, code_name="银杏")

    assert without_token(client.get(page(vehicles.chain)).text) == without_token(before)
    assert [line.leads + line.projects for line in overview(officer)] == [0]


def without_token(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)


def test_step_that_may_double_somebody_asks_first(
    vehicles: Vehicles, client: Client, officer: User, other: User
) -> None:
    group = a_group("东山精密", industry_text="驱动电机")
    a_lead("东山精密", owner=other, confidentiality=Level.RESTRICTED, code_name="银杏")

    question = client.post(maker(vehicles.chain), asked(vehicles.motors, group))

    assert question.status_code == 409
    assert "银杏" in question.text
    assert Lead.objects.count() == 1
    confirmed = question.context["confirmed"]
    wrong = client.post(maker(vehicles.chain), asked(vehicles.motors, group, confirmed="东山|"))
    assert wrong.status_code == 409
    assert client.post(maker(vehicles.chain), asked(vehicles.motors, group, confirmed=confirmed)).status_code == 302
    assert Lead.objects.filter(owner=officer).count() == 1


def test_what_is_not_proposed_cannot_be_made_a_lead(vehicles: Vehicles, client: Client, client_as: Any) -> None:
    group, unrelated = a_group("东山集团", industry_text="驱动电机"), a_group("无关集团")
    good = asked(vehicles.motors, group)

    for forged in (
        {}, asked(vehicles.motors, unrelated), {**good, "segment": "seats"}, {**good, "segment": "nowhere"},
        {**good, "kind": "firm"}, {**good, "key": "x"}, {**good, "key": "99999999"},
    ):  # fmt: skip
        assert client.post(maker(vehicles.chain), forged).status_code == 404, forged
    assert client.get(maker(vehicles.chain)).status_code == 405
    for reader in (Role.LEADER, Role.DATA_STEWARD):
        assert client_as(a_person(f"{reader}-1", reader)).post(maker(vehicles.chain), good).status_code == 403
    assert not Lead.objects.exists()
