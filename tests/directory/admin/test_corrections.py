"""A suggested value, its proof, and what staff decide."""

import datetime
from typing import Any

import pytest

from directory.models import Correction
from directory.models.enterprises import Relation
from directory.services.corrections import accept_correction, refuse_correction, suggest_correction
from directory.services.merging import merge
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from tests.directory.admin.pages import change_page, page
from tests.factories import an_enterprise

pytestmark = pytest.mark.django_db


def suggested(enterprise: Any = None, field: str = "address", value: str = "钟埭街道2号", **options: Any) -> Correction:
    return suggest_correction(
        enterprise or an_enterprise("甲", address="钟埭街道1号"), field, value, by=None, door="portal", **options
    )


def test_suggestion_waits_and_changes_nothing() -> None:
    correction = suggested(proof="执照照片")

    assert (correction.status, correction.proof, correction.enterprise.address) == (
        "pending",
        "执照照片",
        "钟埭街道1号",
    )


def test_same_suggestion_twice_is_one() -> None:
    first = suggested()

    assert suggested(first.enterprise) == first


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("relation", Relation.OUTSIDE, "field"),
        ("is_published", "False", "field"),
        ("nonsense", "x", "field"),
        ("uscc", "12345", "value"),
        ("established_on", "someday", "value"),
        ("website", "javascript:alert(1)", "value"),
        ("address", " 钟埭街道1号 ", "value"),
    ],
)
def test_suggestion_that_cannot_be_right_is_refused(field: str, value: str, named: str) -> None:
    with pytest.raises(DomainError) as refused:
        suggested(field=field, value=value)

    assert list(refused.value.fields) == [named]
    assert not Correction.objects.exists()


def test_accepted_value_is_written_with_who_and_why(cast: Any) -> None:
    correction = suggested(field="established_on", value="2012-05-01", proof="执照")

    accept_correction(correction, by=cast[Role.DATA_STEWARD], door="admin")

    correction.refresh_from_db()
    enterprise = correction.enterprise
    act = enterprise.history.first().change
    assert enterprise.established_on == datetime.date(2012, 5, 1)
    assert (act.verb, act.why, act.by) == ("corrected", "执照", cast[Role.DATA_STEWARD])
    assert (correction.status, correction.decided_by) == ("accepted", cast[Role.DATA_STEWARD])
    assert correction.history.first().change == act


def test_accepting_after_a_merge_writes_into_the_survivor() -> None:
    correction = suggested()
    survivor = an_enterprise("乙")
    merge(survivor, correction.enterprise, by=None, door="admin")

    accept_correction(Correction.objects.get(), by=None, door="admin")

    survivor.refresh_from_db()
    assert survivor.address == "钟埭街道2号"


def test_second_decision_is_refused() -> None:
    correction = suggested()
    refuse_correction(correction, by=None, door="admin", why="无据")

    with pytest.raises(DomainError) as refused:
        accept_correction(correction, by=None, door="admin")

    assert refused.value.code == "already_decided"
    correction.enterprise.refresh_from_db()
    assert correction.enterprise.address == "钟埭街道1号"


def test_steward_sees_both_values_and_decides(client_as: Any) -> None:
    steward = client_as(Role.DATA_STEWARD)
    correction = suggested(proof="执照照片")

    text = steward.get(change_page(correction)).content.decode()
    unreasoned = steward.post(page(correction, "refuse"), {"change_reason": ""})
    steward.post(page(correction, "accept"), {"change_reason": "核对无误"})

    correction.refresh_from_db()
    assert "钟埭街道1号" in text
    assert "钟埭街道2号" in text
    assert "执照照片" in text
    assert unreasoned.context["form"].errors["change_reason"]
    assert (correction.status, correction.reason) == ("accepted", "核对无误")


def test_officer_reads_corrections_and_decides_none(client_as: Any) -> None:
    officer = client_as(Role.SERVICE_OFFICER)
    correction = suggested()

    assert officer.get(change_page(correction)).status_code == 200
    assert officer.post(page(correction, "accept"), {}).status_code == 403
