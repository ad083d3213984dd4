"""One enterprise: its one address, what it says, and what it never says."""

import datetime
import json
import re

import pytest

from directory.models import AnnualFigures, Enterprise, LegalRepresentative, Qualification
from directory.models.enterprises import OperatingStatus, Relation
from tests.directory.pages.rows import TODAY, a_full_enterprise, source
from tests.factories import an_enterprise, made, qualification_type

pytestmark = pytest.mark.django_db
CODE = "91330482MA2B8ABC2N"


@pytest.fixture
def coded():
    from directory.rules.uscc import make

    return an_enterprise("示例有码", uscc=make("91330482MA2B8ABC"))


def address(enterprise) -> str:
    return f"/enterprises/{enterprise.public_id}/"


def test_credit_code_in_any_case_and_spacing_leads_to_the_address(client, coded):
    code = coded.uscc
    for typed in (code, code.lower(), f"{code[:6]} {code[6:]}", f"{code[:8]}-{code[8:]}"):
        answer = client.get(f"/enterprises/{typed}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, address(coded))
    assert client.get(f"/en/enterprises/{code}/").headers["Location"] == "/en" + address(coded)


def test_merged_id_leads_to_the_survivor_along_a_chain(client):
    survivor, second, first = an_enterprise("示例存"), an_enterprise("示例乙"), an_enterprise("示例甲")
    Enterprise.objects.filter(pk=first.pk).update(merged_into=second)
    Enterprise.objects.filter(pk=second.pk).update(merged_into=survivor)
    answer = client.get(address(first))
    assert (answer.status_code, answer.headers["Location"]) == (301, address(survivor))
    assert answer.headers["Cache-Control"] == "public, max-age=60"  # a merge may be undone


@pytest.mark.parametrize("values", [{"is_published": False}, {"relation": Relation.OUTSIDE}])
def test_hidden_enterprise_does_not_exist_under_any_of_its_names(client, coded, values):
    merged = an_enterprise("示例并入")
    Enterprise.objects.filter(pk=merged.pk).update(merged_into=coded)
    Enterprise.objects.filter(pk=coded.pk).update(**values)
    for path in (address(coded), f"/enterprises/{coded.uscc}/", address(merged)):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("identifier", ["nope", "%00", "91330482", "津上", "..", "a" * 300])
def test_unknown_identifier_is_not_found(client, identifier):
    assert client.get(f"/enterprises/{identifier}/").status_code == 404


@pytest.mark.parametrize("status", [OperatingStatus.CLOSED, OperatingStatus.MOVED, OperatingStatus.SUCCEEDED])
def test_ended_enterprise_stays_reachable_says_so_and_names_its_successor(client, status):
    successor = an_enterprise("示例后继")
    ended = an_enterprise("示例前身", status=status, status_on=datetime.date(2025, 3, 1), successor=successor)
    page = client.get(address(ended))
    assert page.status_code == 200
    assert page.context["ended"]["text"]
    assert page.context["ended"]["successor"]["href"] == address(successor)
    assert "2025年3月1日" in page.content.decode()
    assert [one["text"] for one in client.get(address(successor)).context["predecessors"]] == ["示例前身"]


def test_hidden_successor_and_hidden_siblings_are_not_named(client):
    hidden = an_enterprise("示例藏起", is_published=False)
    ended = an_enterprise("示例前身", status=OperatingStatus.CLOSED, successor=hidden)
    full = a_full_enterprise(1)
    a_full_enterprise(2, group=full.group, is_published=False)
    for path in (address(ended), address(full), f"/groups/{full.group.public_id}/"):
        text = client.get(path).content.decode()
        assert "示例藏起" not in text
        assert "示例精机2" not in text


def test_page_tells_everything_with_what_it_rests_on(client):
    first = a_full_enterprise(1, verified_on=datetime.date(2026, 3, 1))
    a_full_enterprise(2, group=first.group)
    text = client.get(address(first)).content.decode()
    for words in ("示例机械1", "示例链", "齿轮", "示例部门", "示例批次", "800001", "9001", "2026年3月1日", "资料原文", "示例精机2",
                  "开发区简介", "日本"):  # fmt: skip
        assert words in text


def test_expired_title_is_told_apart_from_a_valid_one(client):
    enterprise = an_enterprise("示例甲")
    old = TODAY - datetime.timedelta(days=2000)
    made(Qualification(enterprise=enterprise, type=qualification_type(), recognised_on=old, certificate_no="1"))
    made(Qualification(enterprise=enterprise, type=qualification_type(), recognised_on=TODAY, certificate_no="2"))
    badges = [row[4]["badge"] for row in client.get(address(enterprise)).context["qualifications"]]
    assert badges == ["good", "neutral"]


def test_restricted_data_stand_on_no_public_page_whoever_asks(client, client_as):
    enterprise = a_full_enterprise(1)
    made(LegalRepresentative(enterprise=enterprise, name="示例法人姓名"))
    made(AnnualFigures(enterprise=enterprise, year=2025, data_origin="tax", revenue=98765, employees=4321))
    for reader in (client, client_as("leader")):
        for path in (address(enterprise), f"/api/v1/enterprises/{enterprise.public_id}", "/enterprises/"):
            text = reader.get(path).content.decode()
            assert not re.search("示例法人姓名|98765|98,765|4321|4,321", text)


def test_structured_data_hold_the_credit_code_and_cannot_leave_their_element(client, coded):
    Enterprise.objects.filter(pk=coded.pk).update(registered_name="</script><b>示例&有限公司")
    text = client.get(address(coded)).content.decode()
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    data = json.loads(block)
    assert data["name"] == "</script><b>示例&有限公司"
    assert data["identifier"]["value"] == coded.uscc
    assert data["@id"].endswith(address(coded))
    assert "<b>示例" not in text


def test_value_from_another_source_says_so(client):
    from directory.models import FieldSource

    enterprise = an_enterprise("示例甲", name_en="Example", source=source())
    FieldSource.objects.create(
        subject_type="enterprise", subject_id=enterprise.public_id, field="name_en", value="Example",
        source=source("general_knowledge"),
    )  # fmt: skip
    [fact] = [one for one in client.get(address(enterprise)).context["facts"] if one["value"] == "Example"]
    assert "一般知识" in fact["note"]


def test_only_reading_is_allowed(client):
    enterprise = an_enterprise("示例甲")
    assert client.post(address(enterprise)).status_code == 405
    assert client.head(address(enterprise)).status_code == 200
