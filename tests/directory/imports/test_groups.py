"""Groups from ranking lists of several years and languages."""

from typing import Any

import pytest

from directory.models import CorporateGroup, GroupName, ImportRun, RankingEntry, RankingList
from directory.services.importing import FileRefused, apply_run, decide, stage_file
from pinghu.ledger.saving import save_record
from tests.directory.imports.rows import codes, csv_bytes, line, plan_of, said, verdicts
from tests.factories import a_group, made

pytestmark = pytest.mark.django_db

ZH, EN = ["排名", "企业名称", "英文名称", "国家", "营业收入(百万美元)"], ["rank", "name_en", "country", "revenue_musd"]


def listed(*rows: Any, year: int = 2024, by: str = "open_list", **values: Any) -> ImportRun:
    fixed = {"ranking": "fortune_global_500", "list_year": str(year), **values.pop("fixed", {})}
    return plan_of(*rows, kind="groups", by=by, fixed=fixed, **values)


def applied(*rows: Any, **values: Any) -> ImportRun:
    return apply_run(listed(*rows, **values))


def test_line_becomes_a_group_and_its_place() -> None:
    applied(ZH, [1, "沃尔玛", "WALMART", "美国", "559,151"])

    entry = RankingEntry.objects.get()
    assert (entry.year, entry.rank, entry.revenue_musd, entry.name_as_listed) == (2024, 1, 559151, "沃尔玛")
    assert (entry.group.name, entry.group.name_en, entry.group.country) == ("沃尔玛", "WALMART", "US")


def test_same_group_in_another_year_gets_one_more_place() -> None:
    applied(ZH, [1, "沃尔玛", "WALMART", "美国", 559151], year=2023)
    applied(EN, [2, "Walmart", "U.S.", 600000], year=2024)

    assert CorporateGroup.objects.count() == 1
    assert sorted(RankingEntry.objects.values_list("year", "rank")) == [(2023, 1), (2024, 2)]


def test_year_from_a_column_gives_each_line_its_place() -> None:
    run = plan_of(
        ["list_year", *EN], [2023, 1, "Walmart", "USA", 1], [2024, 2, "Walmart", "USA", 2], [2023, 2, "Amazon", "USA", 3],
        kind="groups", by="open_list", fixed={"ranking": "fortune_global_500"},
    )  # fmt: skip
    apply_run(run)

    assert CorporateGroup.objects.count() == 2
    assert RankingEntry.objects.count() == 3


def test_lists_name_is_kept_beside_the_groups_own() -> None:
    a_group("尼得科", name_en="Nidec")
    a_group("津上", name_en="Tsugami")
    made(GroupName(group=CorporateGroup.objects.get(name="尼得科"), name="日本电产"))

    applied(ZH, [400, "日本电产", "Nidec Corporation", "日本", 1])

    group = CorporateGroup.objects.get(name="尼得科")
    assert (group.name_en, group.ranking_entries.count()) == ("Nidec", 1)
    assert set(group.names.values_list("name", flat=True)) == {"日本电产", "Nidec Corporation"}


def test_same_name_in_another_country_is_another_group() -> None:
    a_group("", name_en="Allied Group", country="US")

    assert verdicts(listed(EN, [1, "Allied Holdings", "Japan", 1])) == ["new"]


def test_same_place_and_revenue_in_another_language_may_be_the_same_group() -> None:
    applied(ZH, [1, "国家能源公司", "", "中国", 386617.7])
    run = listed(EN, [1, "State Power", "China", 386617.7])

    assert (line(run).verdict, codes(line(run))) == ("duplicate", ["possible_same_group"])
    assert line(run).candidates[0]["name"] == "国家能源公司"


def test_same_place_with_other_revenue_is_another_group() -> None:
    applied(ZH, [1, "国家能源公司", "", "中国", 386617.7])

    assert verdicts(listed(EN, [1, "Walmart", "USA", 5000])) == ["new"]


def test_nearly_the_same_name_may_be_the_same_group() -> None:
    a_group("", name_en="Robert Bosch", country="DE")

    assert verdicts(listed(EN, [5, "Robert Bosh", "Germany", 1])) == ["duplicate"]


def test_names_of_two_groups_in_one_line_are_for_a_person() -> None:
    a_group("沃尔玛")
    a_group("", name_en="Walmart")

    row = line(listed(ZH, [1, "沃尔玛", "Walmart", "美国", 1]))

    assert row.verdict == "duplicate"
    assert len(row.candidates) == 2


def test_chosen_group_takes_place_name_and_country() -> None:
    applied(ZH, [1, "国家能源公司", "", "中国", 386617.7])
    run = listed(EN, [1, "State Power", "China", 386617.7])
    decide(line(run), "update", by=None)
    apply_run(run)

    assert CorporateGroup.objects.get().name_en == "State Power"


def test_another_group_chosen_for_several_lines_is_made_once() -> None:
    a_group("", name_en="Robert Bosch", country="DE")
    rows = [[year, 5, "Robert Bosh", "Germany", 1] for year in (2022, 2023)]
    run = plan_of(["list_year", *EN], *rows, kind="groups", fixed={"ranking": "fortune_global_500"})
    for row in run.rows.order_by("number"):
        decide(row, "create", by=None)
    apply_run(run)

    assert CorporateGroup.objects.count() == 2
    assert CorporateGroup.objects.get(name_en="Robert Bosh").ranking_entries.count() == 2


def test_place_that_staff_corrected_is_a_conflict() -> None:
    applied(ZH, [1, "沃尔玛", "WALMART", "美国", 559151])
    entry = RankingEntry.objects.get()
    entry.rank, entry.source = 2, None
    save_record(entry, fields=["rank", "source"], by=None, door="admin")

    assert codes(line(listed(ZH, [1, "沃尔玛", "WALMART", "美国", 559151]))) == ["edited_by_staff"]


def test_same_place_twice_in_a_file_is_an_error() -> None:
    run = listed(EN, [1, "Walmart", "USA", 1], [3, "WALMART", "USA", 2])

    assert verdicts(run) == ["new", "error"]


@pytest.mark.parametrize("cell", ["0", "abc", "70000"])
def test_impossible_rank_is_an_error(cell: str) -> None:
    assert verdicts(listed(EN, [cell, "Walmart", "USA", 1])) == ["error"]


def test_place_without_year_is_an_error() -> None:
    run = plan_of(EN, [1, "Walmart", "USA", 1], kind="groups", fixed={"ranking": "fortune_global_500"})

    assert codes(line(run)) == ["no_list_place"]


def test_unknown_list_is_refused_at_once() -> None:
    with pytest.raises(FileRefused) as refused:
        stage_file(csv_bytes(EN, [1, "Walmart", "USA", 1]), said("groups", fixed={"ranking": "none"}), by=None)

    assert refused.value.code == "fixed_value"


def test_list_is_named_by_code_or_name() -> None:
    ranking = RankingList.objects.get(code="fortune_global_500")
    run = plan_of(["榜单", *EN], [ranking.name, 1, "Walmart", "USA", 1], kind="groups", fixed={"list_year": "2024"})

    assert line(run).values["place"][0] == ranking.pk
