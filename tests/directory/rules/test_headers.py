"""Which field a heading means."""

import pytest

from directory.rules.headers import count_known, field_of, suggest_mapping

CASES = [
    ("企业名称", "registered_name"), ("单位名称", "registered_name"), ("公司名称", "registered_name"),
    ("* 企业名称 (必填)", "registered_name"), ("1.企业名称", "registered_name"), ("企业（机构）名称", "registered_name"),
    ("统一社会信用代码", "uscc"), ("信用代码", "uscc"), ("税号", "uscc"), ("统一社会信用代码/注册号", "uscc"),
    ("成立日期", "established_on"), ("企业类型", "registration_type"), ("注册资本(万元)", "registered_capital"),
    ("行业代码", "industry"), ("住所", "address"), ("地　址", "address"), ("法定代表人", "legal_representative"),
    ("Registered name", "registered_name"), ("registered_name", "registered_name"), ("股票代码", "ticker"),
    ("法定代表人电话", None), ("联系电话", None), ("", None), ("序号", None),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "field"), CASES)
def test_heading_of_an_enterprise_list(heading: str, field: str | None) -> None:
    assert field_of(heading, "enterprises") == field


def test_same_heading_means_another_field_in_another_list() -> None:
    assert field_of("企业名称", "groups") == "name"
    assert field_of("企业名称", "qualifications") == "name"


def test_first_of_two_columns_of_one_field_takes_it() -> None:
    assert suggest_mapping(["单位名称", "企业名称", "备注"], "enterprises") == {"单位名称": "registered_name"}


def test_remembered_mapping_wins_and_remembers_what_was_left_out() -> None:
    remembered = {"单位名称": "", "简称甲": "short_name"}

    assert suggest_mapping(["单位名称", "简称甲"], "enterprises", remembered) == {"简称甲": "short_name"}


def test_title_that_stands_in_every_merged_cell_counts_for_nothing() -> None:
    assert count_known(["企业情况汇总表"] * 9, "enterprises") == 0
    assert count_known(["企业名称"] * 3, "enterprises") == 1
    assert count_known(["ts", "x"], "enterprises", ["TS"]) == 1
