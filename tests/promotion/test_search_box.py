"""The search box: every kind in one answer, nothing of what a person may not see, not even that there would be more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import EnterpriseName, FindDoc
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.admin.searching import FEW
from pinghu.ledger.saving import save_record
from promotion.models import Contact, Counterpart, Lead, LeadMember, Level, Part
from promotion.services.counterparts import save_counterpart
from promotion.services.leads import close_lead
from tests.factories import a_group, a_park, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.factories_cases import a_case, coordinator

pytestmark = pytest.mark.django_db

CODE = "91330482MA0000007A"


@pytest.fixture
def officer() -> User:
    """Of another unit than what the factories make."""
    person = a_person("officer-2", unit=a_unit("elsewhere"))
    person.language = "en"
    return made(person)


@pytest.fixture
def other() -> User:
    return a_person("officer-1", unit=a_unit("unit-1"))


@pytest.fixture
def find(client_as: Callable[..., Client], officer: User) -> Callable[..., dict[str, list[Any]]]:
    """`find(text, kind, by=person)`: kind → hits."""

    def ask(text: str, kind: str = "", by: Any = officer) -> dict[str, list[Any]]:
        answer = client_as(by).get(reverse("admin:search"), {"q": text, "kind": kind})
        assert answer.status_code == 200
        return {group.source.code: list(group.hits) for group in answer.context["groups"]}

    return ask


def titles(found: dict[str, list[Any]]) -> dict[str, list[str]]:
    return {kind: [hit.title for hit in hits] for kind, hits in found.items()}


def a_counterpart(name: str, owner: User, **values: Any) -> Counterpart:
    values.setdefault("unit", owner.memberships.get().department)
    row = Counterpart(name=name, owner=owner, **values)
    return save_counterpart(row, by=owner, door="admin", at=NOW)


# --- what is found ---------------------------------------------------------------------------------------------------


def test_one_text_finds_every_kind_grouped_with_a_second_line(find: Any, other: User) -> None:
    enterprise = an_enterprise("海光精机", uscc=CODE)
    made(EnterpriseName(enterprise=enterprise, kind=EnterpriseName.Kind.FORMER, name="旧名机械"))
    a_group("海光集团", country="JP")
    a_park("park-9", name="海光园")
    lead = a_lead("海光投资", owner=other)
    project = a_project("海光项目", owner=other)
    counterpart = a_counterpart("海光商会", other, kind="chamber")
    made(Contact(name="海光明", job_title="Director", counterpart=counterpart))

    found = find("海光")

    assert list(found) == ["enterprise", "lead", "project", "counterpart", "contact", "group", "park"]
    [hit] = found["lead"]
    assert hit.url == reverse("admin:promotion_lead_change", args=[lead.pk])
    assert hit.about == f"{lead.number} · New lead · unit-1 · 精密零件"
    assert found["project"][0].about == f"{project.number} · Negotiating · unit-1"
    assert found["contact"][0].about == "Director · 海光商会"
    assert found["group"][0].about == "Japan · None here yet"
    assert find("旧名机械")["enterprise"][0].found_as == "旧名机械"


@pytest.mark.parametrize(
    "text", ["海光精密", "光精密", "haiguang", "hgjm", "example works", "Example", CODE, CODE[:10], "轴承", "海光 精密"]
)
def test_lead_is_found_by_name_part_pinyin_initials_english_code_and_business(
    find: Any, other: User, text: str
) -> None:
    a_lead("海光精密", owner=other, name_en="Example Works", uscc=CODE, business="轴承与齿轮")

    [hit] = find(text)["lead"]
    # The reader's language is English: its English name, the Chinese one beside it.
    assert hit.title == "Example Works"
    assert hit.about.startswith("海光精密 · ")


def test_record_is_found_by_its_number_as_it_is_said(find: Any, other: User) -> None:
    lead, project = a_lead("甲投资", owner=other), a_project("乙项目", owner=other)

    for text in (lead.number, lead.number.lower(), lead.number.replace("-", "")):
        assert titles(find(text)) == {"lead": ["甲投资"]}, text
    assert titles(find(project.number)) == {"project": ["乙项目"]}
    assert titles(find("0001")) == {"lead": ["甲投资"], "project": ["乙项目"]}


def test_contact_is_found_by_firm_telephone_and_mail(find: Any, other: User) -> None:
    lead = a_lead("甲投资", owner=other)
    made(Contact(name="示例人", organisation="海光商社", phone="0573-8500 0012", email="shili@example.com", lead=lead))

    for text in ("示例人", "slr", "海光", "0573-85000012", "057385000012", "shili@example.com"):
        assert titles(find(text)) == {"contact": ["示例人"]}, text


def test_found_name_follows_the_record(find: Any, other: User) -> None:
    lead = a_lead("海光精密", owner=other)
    lead.name = "海月精密"
    from promotion.services.leads import save_lead

    save_lead(lead, fields=["name"], by=other, door="admin", at=NOW, confirmed=True)

    assert find("海光") == {}
    assert titles(find("海月")) == {"lead": ["海月精密"]}


def test_open_leads_stand_before_ended_and_an_exact_name_before_a_longer(find: Any, other: User) -> None:
    ended = a_lead("海光", owner=other)
    close_lead(ended, reason="no_interest", by=other, door="admin", at=NOW)
    for name in ("海光二号", "新海光", "海光"):
        a_lead(name, owner=other)

    assert titles(find("海光"))["lead"] == ["海光", "海光", "海光二号", "新海光"]
    assert find("海光")["lead"][1].about.startswith(ended.number)


def test_menu_entry_is_found_by_its_title(find: Any) -> None:
    hits = find("my day")["page"]

    assert [hit.url for hit in hits] == [reverse("admin:my_day")]


def test_more_of_one_kind_is_a_page_of_its_own(find: Any, other: User, client_as: Any, officer: User) -> None:
    for number in range(FEW + 2):
        a_lead(f"海光{number}号", owner=other)

    answer = client_as(officer).get(reverse("admin:search"), {"q": "海光"})
    [group] = answer.context["groups"]
    assert (len(group.hits), group.has_more) == (FEW, True)
    assert len(find("海光", "lead")["lead"]) == FEW + 2
    assert find("海光", "group") == {}
    assert find("海光", "nonsense") == {}
    assert client_as(officer).get(group.more_url).status_code == 200


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "有限公司", "x" * 5000, "'\"; --", "<script>alert(1)</script>", "海\x00光"]
)
def test_any_text_is_answered(client_as: Any, officer: User, text: str) -> None:
    answer = client_as(officer).get(reverse("admin:search"), {"q": text})

    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_fragment_holds_the_hits_alone(client_as: Any, officer: User, other: User) -> None:
    a_lead("海光", owner=other)

    answer = client_as(officer).get(reverse("admin:search"), {"q": "海光", "_fragment": "1"})

    assert "data-finder-hit" in answer.text
    assert "<html" not in answer.text


# --- what is not found -----------------------------------------------------------------------------------------------


def test_hidden_rows_stand_in_no_hit_and_in_no_more(find: Any, client_as: Any, officer: User, other: User) -> None:
    """Whoever sees five of fifty must see what they would see if there were five."""

    def answer() -> Any:
        return client_as(officer).get(reverse("admin:search"), {"q": "海光", "_fragment": "1"}).content

    for number in range(FEW):
        a_lead(f"海光{number}号", owner=other)
    before = answer()
    counterpart = a_counterpart("海光商会", other, confidentiality=Level.CONFIDENTIAL)
    for _number in range(10):
        # Newer, and better hits than those that are seen.
        lead = a_lead("海光", owner=other, confidentiality=Level.CONFIDENTIAL, uscc="")
        project = a_project("海光", owner=other, confidentiality=Level.CONFIDENTIAL)
        made(Contact(name="海光明", lead=lead))
        made(Contact(name="海光明", project=project))
        made(Contact(name="海光明", counterpart=counterpart))

    assert answer() == before
    assert FindDoc.objects.filter(subject="contact").count() == 30


def test_contact_of_two_records_is_found_by_who_sees_both(find: Any, other: User, officer: User) -> None:
    seen = a_lead("甲投资", owner=other)
    hidden = a_project("乙项目", owner=other, confidentiality=Level.CONFIDENTIAL)
    made(Contact(name="海光明", lead=seen, project=hidden))

    assert find("海光明") == {}
    assert titles(find("海光明", by=other)) == {"contact": ["海光明"]}


def test_record_known_by_its_code_name_is_found_by_that_alone(find: Any, other: User) -> None:
    lead = a_lead("海光精密", owner=other, uscc=CODE, confidentiality=Level.RESTRICTED, code_name="银杏")
    a_project("海光项目", owner=other, confidentiality=Level.RESTRICTED, code_name="银杏二")
    a_counterpart("海光商会", other, confidentiality=Level.RESTRICTED, code_name="银杏三")

    for text in ("海光", "海光精密", "hgjm", CODE, lead.number):
        assert find(text) == {}, text
    found = find("银杏")
    assert titles(found) == {"lead": ["银杏"], "project": ["银杏二"], "counterpart": ["银杏三"]}
    [hit] = found["lead"]
    assert (hit.is_masked, hit.url, hit.about) == (True, "", "New lead · unit-1")
    assert hit.action == ("Ask to join", reverse("admin:quick_add_join", args=[lead.pk]))
    assert found["project"][0].action is None
    assert "海光" not in str(found)
    assert titles(find("海光", by=other)) == {
        "lead": ["海光精密"], "project": ["海光项目"], "counterpart": ["海光商会"],
    }  # fmt: skip


def test_without_a_code_name_the_number_stands_for_the_record(find: Any, other: User) -> None:
    lead = a_lead("海光精密", owner=other, confidentiality=Level.RESTRICTED)

    assert titles(find(lead.number)) == {"lead": [lead.number]}
    assert find("海光") == {}


def test_named_person_finds_the_confidential_record_whole(find: Any, other: User, officer: User) -> None:
    lead = a_lead("海光精密", owner=other, confidentiality=Level.CONFIDENTIAL)
    assert find("海光") == {}

    made(LeadMember(lead=lead, person=officer, part=Part.NAMED))

    assert titles(find("海光")) == {"lead": ["海光精密"]}
    assert find("海光")["lead"][0].about.split(" · ")[3] == "Confidential"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_reads_no_records_finds_none(find: Any, other: User, role: str, cast: Any) -> None:
    an_enterprise("海光精机")
    a_lead("海光投资", owner=other)

    assert find("海光", by=cast[role]) == {}


def test_superuser_without_a_role_finds_what_is_public(find: Any, other: User, superuser: User) -> None:
    an_enterprise("海光精机")
    an_enterprise("海光藏起", is_published=False)
    a_lead("海光投资", owner=other)
    made(Contact(name="海光明", lead=Lead.objects.get()))

    assert titles(find("海光", by=superuser)) == {"enterprise": ["海光精机"]}


def test_subdistrict_colleague_finds_the_unit_s_own(find: Any, other: User) -> None:
    a_lead("海光投资", owner=other)
    stranger = a_person("liaison", Role.SUBDISTRICT_LIAISON, a_unit("street"))
    neighbour = a_person("neighbour", Role.SUBDISTRICT_LIAISON, a_unit("unit-1"))

    assert find("海光", by=stranger) == {}
    assert titles(find("海光", by=neighbour)) == {"lead": ["海光投资"]}


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_search_costs_the_same_with_more_rows(client_as: Any, officer: User, other: User) -> None:
    client = client_as(officer)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("admin:search"), {"q": "海光", "_fragment": "1"}).status_code == 200
        return len(queries)

    def one_of_each(number: int) -> None:
        group = a_group(f"海光集团{number}")
        an_enterprise(f"海光精机{number}", group=group)
        a_park(f"park-{number}", name=f"海光园{number}")
        lead = a_lead(f"海光投资{number}", owner=other)
        a_lead(f"甲{number}", owner=other, confidentiality=Level.RESTRICTED, code_name=f"海光{number}")
        project = a_project(f"海光项目{number}", owner=other)
        made(Contact(name=f"海光明{number}", lead=lead, project=project))
        a_counterpart(f"海光商会{number}", other)

    one_of_each(0)
    client.get(reverse("admin:search"), {"q": "海光"})
    few = cost()
    for number in range(1, 8):
        one_of_each(number)

    assert cost() <= few <= 28


# --- service cases ---------------------------------------------------------------------------------------------------


def test_case_is_found_by_number_words_and_its_enterprise(find: Any) -> None:
    here = an_enterprise("海光精机", name_en="Haiguang Works")
    case = a_case("厂区用电增容", text="变压器容量不足", enterprise=here)
    a_case("班车站点", enterprise=None, enterprise_name="海月食品")

    for text in (case.number, case.number.lower(), "用电增容", "cqydzr", "变压器", "海光精机", "haiguang"):
        assert titles(find(text, "case")) == {"case": ["厂区用电增容"]}, text
    [hit] = find("用电")["case"]
    assert hit.about == f"{case.number} · Submitted · {here} · service-centre"
    assert titles(find("海月"))["case"] == ["班车站点"]

    here.short_name = "海星精机"
    save_record(here, fields=["short_name"], by=None, door="admin")
    assert titles(find("海星", "case")) == {"case": ["厂区用电增容"]}


def test_hidden_case_is_found_by_nobody_and_a_code_name_by_itself(find: Any) -> None:
    here = an_enterprise("海光精机")
    a_case("厂区用电增容", enterprise=here, confidentiality=Level.CONFIDENTIAL)
    a_case("厂区用水", enterprise=here, confidentiality=Level.RESTRICTED, code_name="银杏")
    other = a_person("service-9", Role.SERVICE_OFFICER, a_unit("far"))

    for text in ("厂区", "海光", "用电"):
        assert find(text, "case", by=other) == {}, text
    [hit] = find("银杏", by=other)["case"]
    assert (hit.title, hit.is_masked, hit.url) == ("银杏", True, "")
    assert titles(find("海光", "case", by=coordinator())) == {"case": ["厂区用水", "厂区用电增容"]}
