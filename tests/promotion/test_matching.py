"""Who is found to be known already, with what sight, and what that costs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import GroupName
from directory.rules.uscc import make
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.ledger.context import change
from promotion.matching import collisions, find_matches, name_key
from promotion.models import Counterpart, Lead, Level
from promotion.rules.confidentiality import CODE_NAME, FULL, HIDDEN
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import a_person, a_unit

pytestmark = pytest.mark.django_db

CODE = make("91999999MA00000A")
OTHER_CODE = make("91999999MA00000B")


def a_row(name: str, model: Any = Lead, **values: Any) -> Any:
    """A lead or counterpart, past the check that this file is about."""
    number = f"N{model._base_manager.count() + 1}"
    return made(model(name=name, name_key=name_key(name), number=number, **values))


@pytest.fixture
def viewer() -> User:
    return a_person("viewer", unit=a_unit("viewers"))


def found(name: str, viewer: User, **values: Any) -> dict[str, Any]:
    return {match.name: match for match in find_matches(name=name, user=viewer, **values)}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("上海甲精密机械有限公司", "甲精密机械"),
        ("甲精密机械（浙江）有限公司", "甲精密机械"),
        ("甲精密機械股份有限公司", "甲精密机械"),
        ("Kappa Precision GmbH", "kappaprecision"),
        ("", ""),
    ],
)
def test_key_is_the_comparable_core_without_blanks(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("上海甲精密机械有限公司", "甲精密机械（浙江）有限公司"),
        ("甲精密机械", "甲精蜜机械有限公司"),
        ("甲精密", "甲精密机械设备有限公司"),
        ("甲精密机械设备有限公司", "甲精密"),
        ("Kappa Precision GmbH", "Kappa Precison"),
    ],
)
@pytest.mark.parametrize("model", [Lead, Counterpart])
def test_name_like_a_known_one_is_found(model: Any, known: str, typed: str, viewer: User) -> None:
    row = a_row(known, model)

    matches = find_matches(name=typed, user=viewer)

    assert [(match.kind, match.key) for match in matches] == [(model._meta.model_name, row.pk)]
    assert matches[0].reasons


def test_name_unlike_all_others_is_not_found(viewer: User) -> None:
    for name in ("甲精密机械", "乙电子科技", "丙新材料", "丁生物医药"):
        a_row(name)

    assert find_matches(name="戊航空器材", user=viewer) == []


@pytest.mark.parametrize("name", ["甲", "平湖有限公司", "", "   "])
def test_name_that_says_nothing_finds_nothing(name: str, viewer: User) -> None:
    a_row("甲精密机械")
    a_row("平湖精密")

    assert find_matches(name=name, user=viewer) == []


@pytest.mark.parametrize("name", ["完全不同的名称", ""])
def test_same_code_is_found_under_any_name(name: str, viewer: User) -> None:
    a_row("甲精密机械", uscc=CODE)

    (match,) = find_matches(name=name, uscc=CODE.lower(), user=viewer)

    assert (match.is_certain, match.score) == (True, 100.0)


def test_same_code_is_not_crowded_out_by_equal_names(viewer: User) -> None:
    with change(by=None, verb="filled", door="command"):
        for _number in range(40):
            a_row("甲精密机械")
        certain = a_row("乙电子科技", uscc=CODE)

    matches = find_matches(name="甲精密机械", uscc=CODE, user=viewer)

    assert certain.pk in [match.key for match in matches if match.is_certain]


def test_other_code_under_the_same_name_is_said(viewer: User) -> None:
    a_row("甲精密机械", uscc=CODE)

    (match,) = find_matches(name="甲精密机械", uscc=OTHER_CODE, user=viewer)

    assert "other_code" in match.reasons
    assert not match.is_certain


def test_english_name_of_a_neighbour_is_compared(viewer: User) -> None:
    a_row("Kappa", name_en="Kappa Precision")

    assert [match.name for match in find_matches(name="Kappa Precision GmbH", user=viewer)] == ["N1 Kappa"]


def test_enterprise_and_group_are_found_with_their_names(viewer: User) -> None:
    an_enterprise("甲精密", registered_name="甲精密机械（平湖）有限公司", uscc=CODE)
    group = a_group("甲精密集团")
    made(GroupName(group=group, name="Kappa Holdings"))

    by_name = {match.kind for match in find_matches(name="甲精密机械有限公司", user=viewer)}
    by_code = [match for match in find_matches(name="别的名称", uscc=CODE, user=viewer) if match.kind == "enterprise"]

    assert by_name >= {"enterprise"}
    assert "甲精密集团" in found("甲精密", viewer)
    assert "甲精密集团" in found("Kappa Holdings", viewer)
    assert [(match.is_certain, match.name) for match in by_code] == [(True, "甲精密")]


def test_sight_is_that_of_the_rule(viewer: User) -> None:
    owner = a_person("owner", unit=a_unit("elsewhere"))
    for level in Level.values:
        a_row("甲精密机械", confidentiality=level, owner=owner, unit=a_unit("elsewhere"), code_name=level)

    sights = {match.code_name: match.sight for match in find_matches(name="甲精密机械", user=viewer)}

    assert sights == {
        Level.PUBLIC: FULL,
        Level.INTERNAL: FULL,
        Level.RESTRICTED: CODE_NAME,
        Level.CONFIDENTIAL: HIDDEN,
    }


def test_without_a_code_name_the_number_stands_for_it(viewer: User) -> None:
    lead = a_row("甲精密机械", confidentiality=Level.RESTRICTED, unit=a_unit("elsewhere"))

    (card,) = collisions(name="甲精密机械", user=viewer).cards

    assert (card.is_masked, card.name, card.unit) == (True, lead.number, "elsewhere")
    assert "甲精密" not in repr(card)


def test_owner_and_managers_of_the_unit_and_above_are_told_of_a_hidden_one(viewer: User) -> None:
    above = a_unit("above")
    unit = a_unit("below-it", parent=above)
    owner = a_person("owner", unit=unit)
    near = a_person("near", Role.PROMOTION_MANAGER, unit)
    high = a_person("high", Role.PROMOTION_MANAGER, above)
    a_person("elsewhere", Role.PROMOTION_MANAGER, a_unit("elsewhere"))
    a_row("甲精密机械", confidentiality=Level.CONFIDENTIAL, owner=owner, unit=unit)

    answer = collisions(name="甲精密机械", user=viewer)

    assert (answer.action, answer.cards) == ("none", ())
    assert [notice.tell for notice in answer.notices] == [(owner.pk, near.pk, high.pk)]


def test_hidden_counterpart_is_told_to_nobody(viewer: User) -> None:
    owner = a_person("owner", unit=a_unit("elsewhere"))
    a_row("甲精密机械", Counterpart, confidentiality=Level.CONFIDENTIAL, owner=owner)

    answer = collisions(name="甲精密机械", user=viewer)

    assert (answer.action, answer.cards, answer.notices) == ("none", (), ())


def test_lead_itself_and_what_it_is_linked_to_are_left_out(viewer: User) -> None:
    lead = a_row("甲精密机械")
    counterpart = a_row("甲精密机械", Counterpart)

    matches = find_matches(
        name="甲精密机械", user=viewer, exclude=lead, known={("counterpart", counterpart.pk), ("group", None)}
    )

    assert matches == []


def test_whole_name_is_found_among_many_that_begin_like_it(viewer: User) -> None:
    with change(by=None, verb="filled", door="command"):
        for number in range(100):
            a_row(f"甲精密机械{number:03}")
        a_row("甲精密机械")
        a_row("甲精密")

    names = set(found("甲精密机械099厂", viewer))

    assert {"N100 甲精密机械099", "N101 甲精密机械", "N102 甲精密"} <= names


def test_look_costs_the_same_with_a_hundred_more(viewer: User) -> None:
    def queries() -> int:
        person = User.objects.get(pk=viewer.pk)
        with CaptureQueriesContext(connection) as captured:
            find_matches(name="甲精密机械有限公司", uscc=CODE, user=person)
        return len(captured)

    def fill(start: int, count: int) -> None:
        with change(by=None, verb="filled", door="command"):
            for number in range(start, start + count):
                a_row(f"甲精密机械{number}", confidentiality=Level.CONFIDENTIAL, unit=a_unit("elsewhere"))
                a_row(f"甲精密机械{number}", Counterpart)
                an_enterprise(f"甲精密{number}")
                a_group(f"甲精密{number}集团")

    a_person("manager", Role.PROMOTION_MANAGER, a_unit("elsewhere"))
    fill(0, 3)
    queries()  # what the process remembers of common words is not the look's
    few = queries()
    fill(3, 30)

    assert queries() == few
    assert few <= 25
