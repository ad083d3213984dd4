"""Real public lists through the product's own import and duplicate matching."""

import csv
import datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from directory.duplicates import find_duplicates
from directory.figures import figures
from directory.models import CorporateGroup, Enterprise, ImportRun, RankingEntry
from directory.rules.names import without_exchange_marks
from directory.search import search
from directory.services.zone import load_zone
from tests.factories import an_enterprise

pytestmark = [pytest.mark.sample_data, pytest.mark.django_db]

AT = datetime.date(2026, 11, 22)
COLUMNS = ("full_name_2021=registered_name", "short_name_2025=short_name", "short_name_2021=former_names")


def head_of(path: Path, rows: int, to: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        kept = [row for row, _ in zip(csv.DictReader(file), range(rows), strict=False)]
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, kept[0])
        writer.writeheader()
        writer.writerows(kept)
    return kept


def computed():
    return [(row.figure.key, row.value) for row in figures(AT)]


def test_listed_companies_go_in_and_out_without_moving_a_figure(sample_data, tmp_path):
    load_zone()
    before, ours = computed(), Enterprise.objects.count()
    rows = head_of(sample_data / "listed" / "a_share.csv", 300, tmp_path / "a_share.csv")
    named = [row for row in rows if row["full_name_2021"] or row["short_name_2025"]]

    maps = [argument for column in COLUMNS for argument in ("--map", column)]
    call_command("import_rows", "enterprises", str(tmp_path / "a_share.csv"), "--source", "open_list",
                 "--set", "relation=outside", "--apply", *maps)  # fmt: skip

    run = ImportRun.objects.get()
    assert run.counts["outcome_created"] == run.counts["new"] >= 0.95 * len(named)
    assert Enterprise.objects.count() == ours + run.counts["new"]
    assert computed() == before
    assert search("万科", limit=1).total == 0  # outside: nobody but staff finds it

    call_command("import_rows", "enterprises", "--revert", run.public_id)

    assert Enterprise.objects.count() == ours
    assert computed() == before


def test_a_year_of_the_global_500_becomes_groups_and_entries(sample_data):
    load_zone()
    call_command("import_rows", "groups", str(sample_data / "fortune" / "global500_2021_zh.csv"), "--source", "open_list",
                 "--set", "ranking=fortune_global_500", "--apply")  # fmt: skip
    assert RankingEntry.objects.filter(year=2021).count() >= 495
    # A group that the zone knows by its English name is the one on the list, not a second one.
    assert CorporateGroup.objects.filter(name_en__icontains="thyssenkrupp").count() == 1


def test_real_short_names_find_their_full_names(sample_data):
    with (sample_data / "names" / "alias_pairs.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(row["alias"], row["canonical"]) for row in csv.DictReader(file) if row["kind"] == "zh_short~zh_full"][
            500:620
        ]
    ids = {full: an_enterprise(full[:40], registered_name=full, relation="outside").pk for _, full in pairs}

    found = [
        ids[full]
        in [hit.id for hit in find_duplicates(without_exchange_marks(short), everything=True, at_least=0).candidates]
        for short, full in pairs
    ]

    assert sum(found) / len(found) >= 0.85
