"""Cell values as bureaus write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules import values
from directory.rules.values import Cell


@pytest.mark.parametrize(
    ("cell", "amount", "currency", "notes"),
    [
        ("50(万元人民币)", "500000", "CNY", ()),
        ("５０（万元人民币）", "500000", "CNY", ()),
        ("2,265(万美元)", "22650000", "USD", ()),
        ("5000万人民币", "50000000", "CNY", ()),
        ("人民币5000万元整", "50000000", "CNY", ()),
        ("1000万", "10000000", "CNY", ("currency_assumed",)),
        ("5000万元", "50000000", "CNY", ("currency_assumed",)),
        ("100.5万美元", "1005000", "USD", ()),
        ("1亿元", "100000000", "CNY", ("currency_assumed",)),
        ("3千万日元", "30000000", "JPY", ()),
        ("500000", "500000", "CNY", ("currency_assumed", "unit_assumed")),
        (500000, "500000", "CNY", ("currency_assumed", "unit_assumed")),
        (1005000.5, "1005000.5", "CNY", ("currency_assumed", "unit_assumed")),
        ("500000美元", "500000", "USD", ()),
        ("US$ 1,000,000", "1000000", "USD", ()),
        ("港币300万", "3000000", "HKD", ()),
        ("200万新台币", "2000000", "TWD", ()),
        ("￥500万", "5000000", "CNY", ()),
        ("10 万 欧元", "100000", "EUR", ()),
    ],
)
def test_capital_is_read_in_units_with_its_currency(
    cell: Cell, amount: str, currency: str, notes: tuple[str, ...]
) -> None:
    read = values.parse_capital(cell)

    assert read.value == values.Money(Decimal(amount), currency)
    assert read.notes == notes


def test_unit_of_the_heading_applies_to_a_bare_number_only() -> None:
    assert values.parse_capital("500", default_unit=10000).value == values.Money(Decimal(5000000), "CNY")
    assert values.parse_capital("500元", default_unit=10000).value == values.Money(Decimal(500), "CNY")
    assert values.parse_capital("500万", default_unit=10000).value == values.Money(Decimal(5000000), "CNY")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("五千万", "capital_unreadable"),
        ("12,34万", "capital_unreadable"),
        ("-5万", "capital_negative"),
        ("5万美元人民币", "capital_two_currencies"),
        (True, "capital_unreadable"),
        ("见附件", "capital_unreadable"),
    ],
)
def test_unreadable_capital_is_a_problem(cell: Cell, problem: str) -> None:
    assert values.parse_capital(cell).problem == problem


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "/", "无", "—"])
def test_cell_with_nothing_in_it_is_empty(cell: Cell) -> None:
    for parse in (values.parse_capital, values.parse_date, values.parse_number, values.parse_website):
        assert parse(cell).is_empty


@pytest.mark.parametrize(
    "cell",
    [
        "2019-4-1",
        "2019/04/01",
        "2019.4.1",
        "2019年4月1日",
        "2019 年 4 月 1 日",
        "20190401",
        20190401,
        "２０１９－０４－０１",
        "二〇一九年四月一日",
        "2019-04-01 00:00:00",
        "2019-04-01T08:30:00+08:00",
        date(2019, 4, 1),
        datetime(2019, 4, 1, 8, 30),
        43556,
        43556.75,
        "43556",
    ],
)
def test_day_is_read_however_it_is_written(cell: Cell) -> None:
    assert values.parse_date(cell).value == date(2019, 4, 1)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("2019", "date_incomplete"),
        ("2019年4月", "date_incomplete"),
        ("2019-04", "date_incomplete"),
        ("01/04/2019", "date_order"),
        ("2019-02-30", "date_impossible"),
        ("20191301", "date_impossible"),
        (59, "date_unreadable"),
        (9999999, "date_unreadable"),
        ("长期", "date_unreadable"),
        (True, "date_unreadable"),
    ],
)
def test_day_that_is_not_one_day_is_a_problem(cell: Cell, problem: str) -> None:
    assert values.parse_date(cell).problem == problem


def test_day_after_the_given_one_is_in_the_future() -> None:
    assert values.parse_date("2019-4-1", at=date(2019, 3, 31)).problem == "date_in_future"
    assert values.parse_date("2019-4-1", at=date(2019, 4, 1)).value == date(2019, 4, 1)


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_serial_number_and_day_are_the_same(day: date) -> None:
    assert values.date_of_serial((day - date(1899, 12, 30)).days) == day


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.none()))
def test_any_cell_gets_a_value_or_a_problem_and_never_an_error(cell: Cell) -> None:
    for read in (
        values.parse_capital(cell),
        values.parse_date(cell),
        values.parse_number(cell),
        values.parse_integer(cell),
        values.parse_percentage(cell),
        values.parse_boolean(cell),
        values.parse_website(cell),
        values.parse_country(cell, {}),
    ):
        assert read.value is None or read.problem is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("津上精密机床（浙江）有限公司", "津上精密机床（浙江）有限公司"),
        ("Ａ１ 公司", "A1 公司"),
        ("\ufeff 津上\u200b\t精密\n", "津上 精密"),
        (123.0, "123"),
        (None, ""),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_text_keeps_its_brackets_and_loses_what_nobody_sees(cell: Cell, text: str) -> None:
    assert values.clean_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("是", True),
        ("有", True),
        ("√", True),
        ("Y", True),
        (1, True),
        (True, True),
        ("否", False),
        ("无", False),
        ("×", False),
    ],
)
def test_yes_and_no_are_read(cell: Cell, value: bool) -> None:
    assert values.parse_boolean(cell).value is value


def test_neither_yes_nor_no_is_a_problem() -> None:
    assert values.parse_boolean("也许").problem == "boolean_unreadable"


@pytest.mark.parametrize(
    ("cell", "value", "notes"),
    [
        ("51%", "51", ()),
        ("５１％", "51", ()),
        (51, "51", ()),
        (0.51, "51", ("fraction_assumed",)),
        ("0.5%", "0.5", ()),
        ("0", "0", ()),
    ],
)
def test_share_is_read_in_percent(cell: Cell, value: str, notes: tuple[str, ...]) -> None:
    read = values.parse_percentage(cell)
    assert (read.value, read.notes) == (Decimal(value), notes)


@pytest.mark.parametrize("cell", ["101%", "-1", "五成"])
def test_share_out_of_range_or_unreadable_is_a_problem(cell: Cell) -> None:
    assert values.parse_percentage(cell).problem


@pytest.mark.parametrize(
    ("cell", "value", "problem"),
    [
        ("1,200人", 1200, None),
        (300.0, 300, None),
        ("3.5", None, "number_not_whole"),
        ("-3", None, "number_negative"),
        ("约300", None, "number_unreadable"),
    ],
)
def test_whole_number_is_read_or_refused(cell: Cell, value: int | None, problem: str | None) -> None:
    read = values.parse_integer(cell)
    assert (read.value, read.problem) == (value, problem)


COUNTRIES = values.country_index(
    [
        ("DE", ["德国", "Germany"]),
        ("TW", ["中国台湾", "台湾"]),
        ("HK", ["中国香港", "香港"]),
        ("US", ["美国", "United States"]),
    ]
)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("德国", "DE"),
        ("germany", "DE"),
        ("de", "DE"),
        ("中国台湾省", "TW"),
        ("台湾地区", "TW"),
        ("香港特别行政区", "HK"),
        ("United  States.", "US"),
    ],
)
def test_country_is_read_by_any_of_its_names(cell: str, code: str) -> None:
    assert values.parse_country(cell, COUNTRIES).value == code


def test_unknown_country_is_a_problem() -> None:
    assert values.parse_country("亚特兰蒂斯", COUNTRIES).problem == "country_unknown"


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("www.Example.com", "http://www.example.com"),
        ("https://Example.com/a/", "https://example.com/a"),
        ("HTTP://example.com:8080/a?b=1", "http://example.com:8080/a?b=1"),
        ("ｗｗｗ．example．com", "http://www.example.com"),
        ("例子.公司", "http://例子.公司"),
        ("http://www.example.com%20", "http://www.example.com"),
    ],
)
def test_web_address_is_normalised(cell: str, address: str) -> None:
    assert values.parse_website(cell).value == address


@pytest.mark.parametrize(
    "cell", ["info@example.com", "javascript:alert(1)", "ftp://example.com", "无网站", "http://", "http://[1"]
)
def test_what_is_no_web_address_is_a_problem(cell: str) -> None:
    assert values.parse_website(cell).problem == "website_unreadable"
