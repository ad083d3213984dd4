"""The reference lists in ``fixtures/reference`` agree with the rules and with each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from directory.rules import industry
from directory.rules.capital_origin import origin_of_registration_type
from directory.rules.size_class import sector_of
from directory.rules.values import country_index, parse_country

FOLDER = Path(__file__).parents[3] / "fixtures" / "reference"
KEYS = {
    "industry_classes": "code",
    "qualification_types": "code",
    "exchanges": "mic",
    "registration_types": "code",
    "size_thresholds": "sector",
    "ranking_lists": "code",
    "data_sources": "code",
    "work_calendar": "on",
    "countries": "code",
}


def rows(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_list_has_each_natural_key_once(name: str, key: str) -> None:
    found = [row[key] for row in rows(name)]
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", sorted(set(KEYS) - {"data_sources"}))
def test_every_row_names_its_source(name: str) -> None:
    assert all(row["source"] for row in rows(name))


def test_industry_has_all_sections_and_divisions_in_both_languages() -> None:
    listed = rows("industry_classes")

    assert [row["level"] for row in listed].count(1) == 20
    assert [row["level"] for row in listed].count(2) == 97
    for row in listed:
        code = industry.parse(row["code"])
        assert (code.section, code.level, code.parent) == (row["section"], row["level"], row["parent"])
        assert row["name"]
        assert row["name_en"].isascii()


def test_registration_types_have_the_origin_of_the_rule() -> None:
    listed = rows("registration_types")

    assert len(listed) == 170
    assert all(row["origin"] == origin_of_registration_type(row["code"]) for row in listed)
    reinvested = {row["code"] for row in listed if row["origin"] == "foreign_reinvested"}
    assert reinvested == {row["code"] for row in listed if row["code"] < "3" and "外商" in row["name"]}


def test_size_limits_fall_from_large_to_small_and_fit_the_sectors() -> None:
    for row in rows("size_thresholds"):
        for indicator in ("employees", "revenue"):
            limits = [row[f"{indicator}_{grade}"] for grade in ("large", "medium", "small")]
            assert limits == [None] * 3 or limits[0] > limits[1] > limits[2] > 0
        assert row["sector"] in {sector_of(code) for code in row["sections"].split(",")}


def test_neeq_is_no_listing() -> None:
    assert {row["mic"] for row in rows("exchanges") if not row["is_listing"]} == {"NEEQ"}


def test_hong_kong_macao_and_taiwan_are_shown_as_chinas() -> None:
    shown = {row["code"]: (row["name"], row["name_en"]) for row in rows("countries")}

    assert shown["HK"] == ("中国香港", "Hong Kong, China")
    assert shown["MO"] == ("中国澳门", "Macao, China")
    assert shown["TW"] == ("中国台湾", "Taiwan, China")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("美国", "US"),
        ("USA", "US"),
        ("日本", "JP"),
        ("Taiwan", "TW"),
        ("台湾", "TW"),
        ("澳门", "MO"),
        ("英属维尔京群岛", "VG"),
        ("Korea, Republic of", "KR"),
        ("内地", "CN"),
    ],
)
def test_countries_are_read_by_the_names_bureaus_write(written: str, code: str) -> None:
    index = country_index((row["code"], [row["name"], row["name_en"], *row["aliases"]]) for row in rows("countries"))
    assert parse_country(written, index).value == code


def test_no_country_alias_means_two_countries() -> None:
    owners: dict[str, set[str]] = {}
    for row in rows("countries"):
        for name in (row["name"], row["name_en"], *row["aliases"]):
            owners.setdefault(name.lower(), set()).add(row["code"])
    assert {name: codes for name, codes in owners.items() if len(codes) > 1} == {}
