"""Figures, money, dates, foreign runs, links and navigation as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.conf import settings as project
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from pinghu import formats
from pinghu.templatetags import look


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        (Decimal("0"), "zh-hans", "0"),
        (Decimal("8800"), "zh-hans", "8,800"),
        (Decimal("9999.99"), "zh-hans", "9,999.99"),
        (Decimal("9999.999"), "zh-hans", "1万"),
        (Decimal("10000"), "zh-hans", "1万"),
        (Decimal("22650000"), "zh-hans", "2,265万"),
        (Decimal("99999999"), "zh-hans", "1亿"),
        (Decimal("1234567890"), "zh-hans", "12.35亿"),
        (Decimal("-150000000"), "zh-hans", "-1.5亿"),
        (Decimal("8800"), "en", "8,800"),
        (Decimal("999999"), "en", "999,999"),
        (Decimal("1500000"), "en", "1.5 million"),
        (Decimal("999999999"), "en", "1 billion"),
        (Decimal("1234567890"), "en", "1.23 billion"),
    ],
)
def test_amount_is_shortened_as_the_language_counts(value, language, expected):
    assert formats.short_amount(value, language) == expected


@pytest.mark.parametrize(
    ("language", "currency", "text", "exact"),
    [
        ("zh-hans", "CNY", "1.5亿元", "150,000,000元"),
        ("zh-hans", "USD", "1.5亿美元", "150,000,000美元"),
        ("zh-hans", "", "1.5亿", "150,000,000"),
        ("en", "USD", "USD 150 million", "USD 150,000,000"),
    ],
)
def test_amount_carries_the_exact_figure_in_its_title(language, currency, text, exact):
    with translation.override(language):
        html = look.amount(Decimal("150000000"), currency)
    assert html == f'<data value="150000000" title="{exact}">{text}</data>'


@pytest.mark.parametrize("value", [None, "", "n/a", Decimal("NaN"), True])
def test_amount_without_a_figure_is_a_dash(value):
    assert look.amount(value) == "—"
    assert look.number(value) == "—"


@pytest.mark.parametrize(
    ("value", "expected"), [(1400, "1,400"), ("27.50", "27.5"), (Decimal("1E+3"), "1,000"), (0, "0"), (-0.0, "0")]
)
def test_number_is_grouped_without_trailing_zeros(value, expected):
    assert look.number(value) == expected


@pytest.mark.parametrize(
    ("value", "chinese", "english", "machine"),
    [
        (date(2026, 11, 22), "2026年11月22日", "22 Nov 2026", "2026-11-22"),
        (datetime(2026, 11, 22, 17, 0, tzinfo=UTC), "2026年11月23日", "23 Nov 2026", "2026-11-23"),
        ("2026-03-01", "2026年3月1日", "1 Mar 2026", "2026-03-01"),
        ("1996-08", "1996年8月", "Aug 1996", "1996-08"),
        ("2004", "2004年", "2004", "2004"),
        (2024, "2024年", "2024", "2024"),
    ],
)
def test_day_is_written_as_precisely_as_it_is_known(value, chinese, english, machine):
    for language, expected in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            assert look.day(value) == f'<time datetime="{machine}">{expected}</time>'


@pytest.mark.parametrize("value", ["2026-13", "2026-02-30", "soon"])
def test_day_that_is_none_stays_as_it_came(value):
    assert look.day(value) == value


def test_moment_is_shown_in_local_time():
    with translation.override("en"):
        html = look.moment(datetime(2026, 11, 22, 17, 5, tzinfo=UTC))
    assert html == '<time datetime="2026-11-23T01:05+08:00">23 Nov 2026 01:05</time>'


def test_foreign_run_names_its_language():
    with translation.override("zh-hans"):
        assert look.run("津上<", "ja") == '<span lang="ja">津上&lt;</span>'
        assert look.run("津上<", "zh-hans") == "津上&lt;"
        assert look.run("津上", "") == "津上"


@pytest.mark.parametrize(
    ("text", "ranges", "expected"),
    [
        ("津上精密", [(0, 2)], "<mark>津上</mark>精密"),
        ("津上精密", [(2, 9)], "津上<mark>精密</mark>"),
        ("津上精密", [(3, 4), (0, 1)], "<mark>津</mark>上精<mark>密</mark>"),
        ("津上精密", [(0, 3), (1, 2)], "<mark>津上精</mark>密"),
        ("津上", [(2, 2), (5, 9), (-4, 0)], "津上"),
        ("𠮷野", [(0, 1)], "<mark>𠮷</mark>野"),
        ("<b>&", [(0, 3)], "<mark>&lt;b&gt;</mark>&amp;"),
        ("津上", None, "津上"),
    ],
)
def test_highlight_marks_code_points_and_escapes(text, ranges, expected):
    assert look.highlight(text, ranges) == expected


def context(path: str) -> Context:
    return Context({"request": RequestFactory().get(path)})


def test_query_string_changes_one_parameter_and_starts_from_the_first_page():
    assert look.query_string(context("/?q=a&page=3&cursor=x&c=1&c=2"), sort="name") == "?q=a&c=1&c=2&sort=name"


def test_query_string_to_a_page_keeps_the_rest():
    assert look.query_string(context("/?q=a&page=3"), page=4) == "?q=a&page=4"


def test_query_string_of_nothing_still_links_here():
    assert look.query_string(context("/?q=a"), q=None) == "?"


def test_query_toggle_adds_and_takes_away_one_value():
    assert look.query_toggle(context("/?c=JP&c=DE&page=2"), "c", "JP") == "?c=DE"
    assert look.query_toggle(context("/?c=JP"), "c", "DE") == "?c=JP&c=DE"


def test_query_pairs_leave_out_position_and_names_given():
    assert look.query_pairs(context("/?q=a&page=3&c=1&c=2&sort=n"), "c") == [("q", "a"), ("sort", "n")]


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (1, [1, 2, None, 28]),
        (3, [1, 2, 3, 4, None, 28]),
        (7, [1, None, 6, 7, 8, None, 28]),
        (28, [1, None, 27, 28]),
    ],
)
def test_page_window_offers_both_ends_and_the_neighbours(here, expected):
    assert look.page_window(Paginator(range(1400), 50).page(here)) == expected


def test_navigation_leaves_out_doors_that_do_not_exist(monkeypatch):
    known, missing = "account_login", "directory:no_such_page"
    monkeypatch.setattr(look, "NAVIGATION", (((missing,), "A"), ((missing, known), "B")))
    items = look.nav_items(context("/accounts/login/"))
    assert [(item["label"], item["current"]) for item in items] == [("B", True)]


def test_language_link_leads_to_the_other_language_where_the_page_has_none():
    links = {}
    for code in ("zh-hans", "en"):
        with translation.override(code):
            links[code] = look.language_links(context("/no/such/page/"))
    assert [link["href"] for link in links["zh-hans"]] == ["/en/"]
    assert [link["href"] for link in links["en"]] == ["/"]
    assert links["en"][0]["lang"] == "zh-Hans"


@pytest.mark.parametrize("code", [code for code, _name in project.LANGUAGES])
def test_every_badge_kind_has_a_tone_in_the_stylesheet(code):
    css = (project.BASE_DIR / "pinghu" / "static" / "pinghu" / "site.css").read_text(encoding="utf-8")
    for kind, (tone, _words) in look.BADGES.items():
        with translation.override(code):
            html = Template("{% load look %}{% badge kind %}").render(Context({"kind": kind}))
        assert f"badge-{tone}" in html
        assert tone == "neutral" or f".badge-{tone} " in css


def test_percentage_for_svg_has_a_point_and_stays_within_the_bar():
    assert look.percent_of(1, 3) == "33.33"
    assert look.percent_of(5, 3) == "100.00"
    assert look.percent_of(5, 0) == "0"
    assert look.percent_of(None, 3) == "0"
