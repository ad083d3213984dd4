"""The index follows every change in the same transaction, whichever way the row went."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from directory.models import (
    CorporateGroup,
    Enterprise,
    EnterpriseName,
    Exchange,
    Holding,
    Listing,
    Qualification,
    SearchDoc,
    SearchKey,
)
from directory.models.enterprises import OperatingStatus
from directory.search import QUALIFICATION, search
from directory.search_engines import ensure_index, index_problems
from directory.services import reindexing
from directory.services.indexing import index_enterprises
from directory.services.reindexing import check_index, rebuild_index, refresh_facets
from pinghu.ledger.context import change
from pinghu.ledger.saving import delete_record, save_record
from tests.factories import a_group, an_enterprise, made, qualification_type

pytestmark = pytest.mark.django_db


def names(text: str) -> list[str]:
    return [str(Enterprise.objects.get(pk=key)) for key in search(text).ids]


def snapshot() -> tuple[list, list]:
    columns = [field.attname for field in SearchDoc._meta.concrete_fields]
    return (
        list(SearchDoc.objects.order_by("pk").values_list(*columns)),
        sorted(SearchKey.objects.values_list("enterprise_id", "kind", "key")),
    )


def full_text_problems() -> list[str]:
    with connection.cursor() as cursor:
        return index_problems(cursor)


def test_renamed_enterprise_is_found_by_its_new_name_only() -> None:
    one = an_enterprise("甲乙精机")
    one.short_name = "丙丁光学"

    save_record(one, fields=["short_name"], by=None, door="command")

    assert names("丙丁光学") == ["丙丁光学"]
    assert names("甲乙精机") == []
    assert full_text_problems() == []


def test_child_rows_are_followed_when_saved_and_when_deleted() -> None:
    one = an_enterprise("甲乙精机")
    former = made(EnterpriseName(enterprise=one, kind=EnterpriseName.Kind.FORMER, name="子丑机械厂"))
    assert names("子丑") == ["甲乙精机"]

    delete_record(former, by=None, door="command")

    assert names("子丑") == []


def test_group_renamed_finds_its_enterprises() -> None:
    group = a_group("寅卯集团")
    an_enterprise("甲乙精机", group=group)
    group.name = "辰巳集团"

    save_record(group, fields=["name"], by=None, door="command")

    assert names("辰巳") == ["甲乙精机"]
    assert names("寅卯") == []


def test_listing_of_the_group_is_followed() -> None:
    group = a_group("寅卯集团")
    one = an_enterprise("甲乙精机", group=group)
    listing = made(Listing(exchange=Exchange.objects.filter(is_listing=True).first(), ticker="0009", group=group))
    assert search(filters={"listing": ["listed_parent"]}).ids == [one.pk]

    listing.delisted_on = datetime.date(2026, 1, 1)
    save_record(listing, fields=["delisted_on"], by=None, door="command")

    assert search(filters={"listing": ["listed_parent"]}).ids == []


def test_origin_of_capital_is_indexed_as_derived() -> None:
    one = an_enterprise("甲乙精机")

    made(Holding(enterprise=one, country="JP"))

    assert search(filters={"capital_origin": ["foreign"]}).ids == [one.pk]


def test_closed_enterprise_stands_behind_active_ones() -> None:
    an_enterprise("甲乙精机", status=OperatingStatus.CLOSED, named_in_profile=True)
    an_enterprise("甲乙精机", registered_name="平湖甲乙精机有限公司")

    assert [Enterprise.objects.get(pk=key).status for key in search("甲乙精机").ids] == ["operating", "closed"]


def test_merged_enterprise_leaves_the_index_and_comes_back() -> None:
    one, other = an_enterprise("甲乙精机"), an_enterprise("甲乙精密")
    Enterprise.objects.filter(pk=other.pk).update(merged_into=one)
    index_enterprises([other.pk])
    assert search("甲乙").ids == [one.pk]
    assert not SearchKey.objects.filter(enterprise=other).exists()

    Enterprise.objects.filter(pk=other.pk).update(merged_into=None)
    index_enterprises([other.pk])

    assert search("甲乙").total == 2
    assert check_index() == []


def test_queryset_delete_and_cascade_leave_no_ghost() -> None:
    keys = [an_enterprise(name).pk for name in ("甲乙精机", "甲乙光学", "甲乙食品")]

    with change(by=None, verb="removed", door="command"):
        Enterprise.objects.filter(pk__in=keys[:2]).delete()

    assert search("甲乙").ids == [keys[2]]
    assert set(SearchDoc.objects.values_list("pk", flat=True)) == {keys[2]}
    assert full_text_problems() == []


def test_deleted_enterprise_takes_its_index_rows_with_it() -> None:
    one, other = an_enterprise("甲乙精机"), an_enterprise("甲乙光学")

    delete_record(one, by=None, door="command")

    assert search("甲乙").ids == [other.pk]
    assert list(SearchKey.objects.values_list("enterprise_id", flat=True).distinct()) == [other.pk]
    assert full_text_problems() == []
    assert check_index() == []


def test_rolled_back_change_leaves_the_index_as_it_was() -> None:
    an_enterprise("甲乙精机")
    before = snapshot()

    with transaction.atomic():
        an_enterprise("丙丁光学")
        transaction.set_rollback(True)

    assert snapshot() == before
    assert names("丙丁光学") == []


def test_index_from_nothing_equals_the_one_that_followed(corpus: dict[str, int]) -> None:
    one = Enterprise.objects.get(pk=corpus["津上"])
    one.products = "刀塔机、走心机"
    save_record(one, fields=["products"], by=None, door="command")
    made(EnterpriseName(enterprise=one, kind=EnterpriseName.Kind.ALIAS, name="TSUGAMI CHINA"))
    delete_record(Enterprise.objects.get(pk=corpus["宏达"]), by=None, door="command")
    live = snapshot()

    SearchDoc.objects.all().delete()
    SearchKey.objects.all().delete()
    rebuild_index()

    assert snapshot() == live
    assert names("走心机") == ["津上"]


def test_bulk_index_costs_the_same_queries_for_one_and_for_many(
    corpus: dict[str, int], django_assert_num_queries
) -> None:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as alone:
        index_enterprises([corpus["津上"], corpus["凯泽"]])
    with django_assert_num_queries(len(alone)):
        index_enterprises(corpus.values())
    assert len(alone) <= 22


def test_check_agrees_with_a_true_index(corpus: dict[str, int]) -> None:
    out = StringIO()

    call_command("rebuild_search_index", "--check", stdout=out)

    assert out.getvalue()


@pytest.mark.parametrize(
    "break_it", ["tokens", "facets", "missing doc", "missing key", "strange key", "ghost", "unindexed"]
)
def test_check_finds_each_disagreement_and_a_rebuild_mends_it(corpus: dict[str, int], break_it: str) -> None:
    key = corpus["津上"]
    doc = SearchDoc.objects.filter(pk=key)
    if break_it == "tokens":
        doc.update(tokens="別 物")
    elif break_it == "facets":
        doc.update(facets="_n_us")
    elif break_it == "missing doc":
        doc.delete()
    elif break_it == "missing key":
        SearchKey.objects.filter(enterprise=key, key="津上").delete()
    elif break_it == "strange key":
        SearchKey.objects.create(enterprise_id=key, kind=SearchKey.Kind.SHORT_NAME, key="別物")
    elif break_it == "ghost":
        Enterprise.objects.filter(pk=key).update(merged_into=corpus["津尚"])
    else:
        Enterprise.objects.filter(pk=key).update(short_name="津下")

    with pytest.raises(CommandError):
        call_command("rebuild_search_index", "--check", stderr=StringIO(), stdout=StringIO())
    call_command("rebuild_search_index", stdout=StringIO())

    assert check_index() == []


def test_lost_engine_index_is_named_and_made_anew(corpus: dict[str, int]) -> None:
    connection.check_constraints()  # PostgreSQL: no index is made while deferred checks wait
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER search_doc_added")
        else:
            cursor.execute("DROP INDEX search_doc_gin_1")
    an_enterprise("甲乙精机")
    connection.check_constraints()
    assert full_text_problems()

    ensure_index()

    assert full_text_problems() == []
    assert names("甲乙精机") == ["甲乙精机"]
    assert ensure_index() is False


def test_expired_title_leaves_its_facet_by_the_daily_job(monkeypatch: pytest.MonkeyPatch) -> None:
    one = an_enterprise("甲乙精机")
    made(
        Qualification(
            enterprise=one,
            type=qualification_type(),
            recognised_on=datetime.date(2024, 1, 1),
            valid_until=datetime.date.today() + datetime.timedelta(days=1),
        )
    )
    filters = {QUALIFICATION: ["high_tech_enterprise"]}
    assert search(filters=filters).total == 1
    assert refresh_facets() == 0
    later = datetime.date.today() + datetime.timedelta(days=2)
    monkeypatch.setattr("directory.services.indexing.today", lambda: later)
    monkeypatch.setattr(reindexing, "today", lambda: later)

    assert refresh_facets() == 1

    assert search(filters=filters).total == 0
    assert refresh_facets() == 0


def test_group_without_enterprises_is_saved_without_index(django_assert_max_num_queries) -> None:
    assert CorporateGroup.objects.count() == 0
    a_group("寅卯集团")
    assert SearchDoc.objects.count() == 0
