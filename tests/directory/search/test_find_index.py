"""Records that are no enterprises: the index follows each change, and the caller's rows say what may be found."""

import pytest
from django.db import connection

from directory.models import CorporateGroup, FindDoc, GroupName, Park
from directory.ports import Findable, Words, findables
from directory.search.records import among, find_known, find_records
from directory.services import find_index
from directory.services.demo_removal import remove_demo_rows
from directory.services.find_index import code_forms, differences, rebuild
from pinghu.ledger.saving import delete_record, save_record
from tests.factories import a_group, a_park, made

pytestmark = pytest.mark.django_db


def groups(text: str, limit: int = 10) -> list[str]:
    keys, _more = find_records("group", CorporateGroup.objects.all(), text, limit=limit)
    found = CorporateGroup.objects.in_bulk(keys)
    return [found[key].name for key in keys]


def test_group_is_found_by_every_name_its_pinyin_and_line_of_business() -> None:
    group = a_group("甲乙精机", name_en="Example Precision", industry_text="减速器")
    made(GroupName(group=group, kind=GroupName.Kind.FORMER, name="子丑机械"))
    made(GroupName(group=group, kind=GroupName.Kind.ALIAS, name="Yiwai Works"))

    for text in ("甲乙精机", "乙精", "甲乙精機", "jiayijingji", "jyjj", "example prec", "子丑", "yiwai", "减速器"):
        assert groups(text) == ["甲乙精机"], text
    for text in ("丙丁", "甲", "", "  ", "\x00", "有限公司"):
        assert groups(text) == [], text


def test_index_follows_a_renamed_a_named_and_a_deleted_record() -> None:
    group = a_group("甲乙精机")
    name = made(GroupName(group=group, name="寅卯"))
    group.name = "丙丁光学"
    save_record(group, fields=["name"], by=None, door="command")
    assert (groups("甲乙精机"), groups("丙丁光学"), groups("寅卯")) == ([], ["丙丁光学"], ["丙丁光学"])

    delete_record(name, by=None, door="command")
    assert groups("寅卯") == []
    delete_record(group, by=None, door="command")
    assert not FindDoc.objects.filter(subject="group").exists()


def test_exact_name_stands_before_its_beginning_and_a_part_and_the_ended_last() -> None:
    found = [
        Words(1, names=("新海光学",)),
        Words(2, names=("海光学研究",)),
        Words(3, names=("海光",)),
        Words(4, names=("海光",), has_ended=True),
        Words(5, names=("别名",), matter=("海光镜片",)),
    ]
    Park.objects.bulk_create(Park(pk=key, code=f"p{key}", name=str(key), kind="themed_park") for key in range(1, 6))
    sample = Findable("sample", Park, lambda keys: [words for words in found if words.record in keys])
    find_index.index_records(sample, [1, 2, 3, 4, 5])

    assert find_records("sample", Park.objects.all(), "海光", limit=10) == ([3, 4, 2, 1, 5], False)
    assert find_records("sample", Park.objects.all(), "海光", limit=2) == ([3, 4], True)
    assert find_records("sample", Park.objects.exclude(pk=3), "海光", limit=2) == ([4, 2], True)
    assert find_records("other", Park.objects.all(), "海光", limit=2) == ([], False)
    assert {row.pk for row in among("sample", Park.objects.exclude(pk=5), "海光")} == {1, 2, 3, 4}
    assert not among("sample", Park.objects.all(), "海").exists()


def test_record_known_by_another_name_alone_is_found_by_that_and_its_pinyin() -> None:
    Park.objects.bulk_create(Park(pk=key, code=f"p{key}", name=str(key), kind="themed_park") for key in (1, 2))
    found = [Words(1, names=("海光",), codes=("L2026-0001",), known_as="银杏 A"), Words(2, names=("银杏",))]
    sample = Findable("sample", Park, lambda keys: [words for words in found if words.record in keys])
    find_index.index_records(sample, [1, 2])

    def known(text: str) -> list[int]:
        return find_known("sample", Park.objects.all(), text, limit=5)[0]

    assert [known(text) for text in ("银杏", "银杏 A", "yinxing", "銀杏")] == [[1]] * 4
    assert [known(text) for text in ("海光", "L2026-0001", "hg", "银", "银杏 B", "_k_银杏")] == [[]] * 6
    assert find_known("sample", Park.objects.exclude(pk=1), "银杏", limit=5) == ([], False)
    assert find_records("sample", Park.objects.all(), "银杏", limit=5)[0] == [2]


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("L2026-0153", ["l20260153", "0153", "153"]),
        ("L2026-0001", ["l20260001", "0001"]),
        ("91330482MA0000007A", ["91330482ma0000007a"]),
        ("0573-8500 0012", ["057385000012", "0012"]),
        ("13800000000", ["13800000000"]),
        ("li@example.com", ["liexamplecom", "examplecom"]),
        ("", []),
    ],
)
def test_code_is_found_as_it_is_typed_and_as_it_is_said(code: str, forms: list[str]) -> None:
    assert code_forms(code) == forms


def test_save_that_changes_no_name_writes_no_index_row(django_assert_num_queries) -> None:
    group = a_group("甲乙精机")
    one = next(one for one in findables() if one.subject == "group")

    with django_assert_num_queries(3):  # the words (2) and what is stored
        find_index.index_records(one, [group.pk])


def test_rebuilt_index_equals_the_one_that_followed_and_a_difference_is_told() -> None:
    a_group("甲乙精机")
    a_park("park-9", name="寅卯园")
    columns = ("subject", "record", "names", "former", "readings", "tokens", "rank")
    before = sorted(FindDoc.objects.values_list(*columns))
    assert differences() == []

    FindDoc.objects.filter(subject="park").delete()
    FindDoc.objects.filter(subject="group").update(names="|x|")
    FindDoc.objects.create(subject="group", record=10**9)
    told = differences()
    assert len(told) == 3
    assert "group 1000000000: in the index, but gone" in told

    rebuild()
    assert sorted(FindDoc.objects.values_list(*columns)) == before
    assert differences() == []


def test_removed_demo_rows_leave_nothing_in_the_index() -> None:
    made(CorporateGroup(name="演示集团", is_demo=True))
    a_group("甲乙精机")

    remove_demo_rows()

    assert groups("演示集团") == []
    assert FindDoc.objects.filter(subject="group").count() == 1


@pytest.mark.parametrize(
    "text", ['"', "'; DROP TABLE find_doc; --", 'a" OR "b', "AND OR NOT", "*", "%", "_t_group", "￥"]
)
def test_hostile_text_is_only_text(text: str) -> None:
    a_group("甲乙精机")

    assert groups(text) == []
    assert "find_doc" in connection.introspection.table_names()
