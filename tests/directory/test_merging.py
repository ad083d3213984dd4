"""Merging two enterprises that are one, and undoing it."""

import pytest
from django.apps import apps

from directory.models import Enterprise, EnterpriseName, Holding, NotDuplicate, Qualification
from directory.ports import enterprise_relations
from directory.services.merging import mark_not_duplicate, merge, preview_merge, survivor_of, unmerge
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.models import Event
from pinghu.ledger.saving import save_record
from tests.factories import an_enterprise, made, qualification_type

pytestmark = pytest.mark.django_db

CODE = "91330482MA00007A30"


def pair(**absorbed):
    return an_enterprise("甲精机", address=""), an_enterprise("甲精密机床", **absorbed)


def merged(survivor, absorbed, **options):
    return merge(survivor, absorbed, by=None, door="admin", why="同一家", **options)


def test_preview_shows_differing_values_and_moving_rows_without_writing(cast):
    survivor, absorbed = pair(address="钟埭街道1号")
    made(Holding(enterprise=absorbed, country="JP"))
    steward = cast[Role.DATA_STEWARD]
    events = Event.objects.count()

    preview = preview_merge(survivor, absorbed, user=steward)

    assert {choice.name: choice.default for choice in preview.choices} == {
        "short_name": "survivor",
        "address": "absorbed",
    }
    assert sum(preview.moving.values()) == 1
    assert Event.objects.count() == events


def test_merge_moves_rows_fills_blanks_and_redirects():
    survivor, absorbed = pair(address="钟埭街道1号", uscc=CODE)
    holding = made(Holding(enterprise=absorbed, country="JP"))

    merged(survivor, absorbed)

    survivor.refresh_from_db()
    absorbed.refresh_from_db()
    holding.refresh_from_db()
    assert (survivor.address, survivor.uscc) == ("钟埭街道1号", CODE)
    assert absorbed.merged_into == survivor
    assert absorbed.uscc is None
    assert holding.enterprise == survivor
    assert survivor.capital_origin == "foreign"
    assert survivor_of(absorbed) == survivor
    assert absorbed not in Enterprise.objects.published()
    assert set(survivor.names.values_list("name", flat=True)) == {"甲精密机床"}
    assert set(Event.objects.filter(verb__startswith="merged").values_list("verb", flat=True)) == {
        "merged",
        "merged_away",
    }


def test_chosen_column_wins_over_the_survivors():
    survivor, absorbed = pair(website="https://absorbed.example/")
    save_record(survivor, by=None, door="admin")
    merged(survivor, absorbed, take_absorbed=["short_name"])
    survivor.refresh_from_db()
    assert (survivor.short_name, survivor.website) == ("甲精密机床", "")


def test_row_that_the_survivor_has_already_stays_behind():
    survivor, absorbed = pair()
    kind = qualification_type()
    made(Qualification(enterprise=survivor, type=kind, batch_label="2024"))
    same = made(Qualification(enterprise=absorbed, type=kind, batch_label="2024"))
    other = made(Qualification(enterprise=absorbed, type=kind, batch_label="2021"))

    merged(survivor, absorbed)

    same.refresh_from_db()
    other.refresh_from_db()
    assert (same.enterprise, other.enterprise) == (absorbed, survivor)


def test_stale_comparison_is_refused_and_writes_nothing():
    survivor, absorbed = pair()
    with pytest.raises(StaleVersion):
        merged(survivor, absorbed, versions={absorbed.pk: absorbed.version + 1})
    absorbed.refresh_from_db()
    assert absorbed.merged_into is None


@pytest.mark.parametrize("again", ["survivor", "absorbed"])
def test_merging_with_itself_or_twice_is_refused(again):
    survivor, absorbed = pair()
    merged(survivor, absorbed)
    target = {"survivor": survivor, "absorbed": an_enterprise("丙")}[again]
    with pytest.raises(DomainError):
        merged(target, target if again == "survivor" else absorbed)


def test_survivor_that_points_at_the_absorbed_row_no_longer_does():
    absorbed = an_enterprise("旧厂")
    survivor = an_enterprise("新厂", head_office=absorbed)
    merged(survivor, absorbed)
    survivor.refresh_from_db()
    assert survivor.head_office is None


def test_unmerge_restores_both_when_nobody_edited():
    survivor, absorbed = pair(address="钟埭街道1号", uscc=CODE)
    holding = made(Holding(enterprise=absorbed, country="JP"))
    record = merged(survivor, absorbed)

    record = unmerge(record, by=None, door="admin")

    survivor.refresh_from_db()
    absorbed.refresh_from_db()
    holding.refresh_from_db()
    assert record.not_undone == []
    assert (survivor.address, survivor.uscc, absorbed.uscc) == ("", None, CODE)
    assert absorbed.merged_into is None
    assert holding.enterprise == absorbed
    assert (survivor.capital_origin, absorbed.capital_origin) == ("unknown", "foreign")
    assert not EnterpriseName.objects.exists()


def test_unmerge_lists_what_somebody_edited_since():
    survivor, absorbed = pair(address="钟埭街道1号")
    holding = made(Holding(enterprise=absorbed, country="JP", investor="某社"))
    record = merged(survivor, absorbed)
    holding.refresh_from_db()
    holding.share = 40
    save_record(holding, fields=["share"], by=None, door="admin")
    survivor.refresh_from_db()
    survivor.address = "钟埭街道2号"
    save_record(survivor, fields=["address"], by=None, door="admin")

    record = unmerge(record, by=None, door="admin")

    survivor.refresh_from_db()
    holding.refresh_from_db()
    assert len(record.not_undone) == 2
    assert (survivor.address, holding.enterprise) == ("钟埭街道2号", survivor)


def test_undoing_twice_is_refused():
    record = merged(*pair())
    unmerge(record, by=None, door="admin")
    with pytest.raises(DomainError):
        unmerge(record, by=None, door="admin")


def test_not_a_duplicate_is_remembered_once_in_either_order():
    one, other = pair()
    mark_not_duplicate(one, other, by=None, door="admin")
    mark_not_duplicate(other, one, by=None, door="admin")
    assert NotDuplicate.objects.count() == 1


def test_every_foreign_key_to_an_enterprise_is_moved_or_known_to_stay():
    stay = {
        ("directory.MergeRecord", "survivor"),
        ("directory.MergeRecord", "absorbed"),
        ("directory.NotDuplicate", "first"),
        ("directory.NotDuplicate", "second"),
        ("directory.StatusCheck", "enterprise"),
        ("directory.Enterprise", "merged_into"),
        ("directory.SearchDoc", "enterprise"),
        ("directory.SearchKey", "enterprise"),
    }
    moved = {(relation.model._meta.label, relation.field) for relation in enterprise_relations()}
    found = {
        (model._meta.label, column.name)
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if column.related_model is Enterprise and not model.__name__.startswith("Historical")
    }
    assert found == stay | moved
