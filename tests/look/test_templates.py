"""Templates obey the policy (nothing inline, nothing from another host) and render in both languages."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

from pinghu.gallery import sample

BASE = Path(__file__).resolve().parents[2]
PUBLIC = sorted(
    path
    for app in ("pinghu", "directory", "promotion")
    for path in (BASE / app / "templates").rglob("*.html")
    if not {"admin", "unfold", "email"} & set(path.relative_to(BASE / app / "templates").parts)
)
INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|javascript:"""
    r"""|<script(?![^>]*\bsrc=)(?![^>]*type="application/(?:ld\+)?json")""",
    re.I,
)
FOREIGN = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", re.I)
LANGUAGES = [("zh-hans", "zh-Hans"), ("en", "en")]


@pytest.fixture(autouse=True)
def plain_static(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def request_to(path: str = "/"):
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    return request


def named(path: Path) -> str:
    return str(path.relative_to(BASE))


def test_templates_of_the_public_site_are_found():
    assert BASE / "pinghu" / "templates" / "base.html" in PUBLIC


@pytest.mark.parametrize("path", PUBLIC, ids=named)
def test_template_has_nothing_inline_and_nothing_from_elsewhere(path):
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not INLINE.search(text)
    assert not FOREIGN.search(text)


@pytest.mark.parametrize(
    "forbidden",
    ['<p style="color:red">', "<style>", "<a onclick='x()'>", '<a href="javascript:x()">', "<script>x()</script>"],
)
def test_scan_sees_what_the_policy_forbids(forbidden):
    assert INLINE.search(forbidden)


@pytest.mark.parametrize("path", [each for each in PUBLIC if each.is_relative_to(BASE / "pinghu")], ids=named)
def test_template_compiles(path):
    engines["django"].from_string(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted((BASE / "pinghu" / "templates" / "components").glob("*.html")), ids=named)
def test_component_documents_itself_at_its_top(path):
    assert path.read_text(encoding="utf-8").startswith("{% comment %}")


@pytest.mark.parametrize(("code", "lang"), LANGUAGES)
def test_gallery_renders_in_language(code, lang):
    with translation.override(code):
        html = render_to_string("gallery.html", sample(), request=request_to())
    assert f'<html lang="{lang}">' in html
    assert not INLINE.search(html)
    assert not FOREIGN.search(re.sub(r"<link rel=\"alternate\"[^>]*>", "", html))
    assert html.count("<h1>") == 1
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("code", "lang"), LANGUAGES)
def test_every_reference_by_id_meets_its_element(code, lang):
    with translation.override(code):
        html = render_to_string("gallery.html", sample(), request=request_to())
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        wanted = {each for value in re.findall(rf'\s{attribute}="([^"]+)"', html) for each in value.split()}
        assert wanted <= ids, attribute


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"])
@pytest.mark.parametrize(("code", "lang"), LANGUAGES)
def test_error_page_renders_without_a_request(name, code, lang):
    with translation.override(code):
        html = get_template(name).render()
    assert "site.css" in html
    assert "<h1>" in html


def test_server_error_page_is_static():
    text = (BASE / "pinghu" / "templates" / "500.html").read_text(encoding="utf-8")
    assert "{%" not in text
    assert "{{" not in text


def test_values_from_rows_are_escaped():
    html = render_to_string(
        "components/result_row.html",
        {"name": "<script>x</script>", "ranges": [(0, 1)], "href": "#", "meta": ["<b>"], "badges": [{"kind": "<i>"}]},
    )
    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_table_without_rows_teaches_the_next_step():
    html = render_to_string(
        "components/data_table.html",
        {"id": "t", "columns": [{"label": "A"}], "rows": [], "empty": {"title": "None", "text": "Add one."}},
    )
    assert "<table" not in html
    assert "Add one." in html


def test_sorted_column_says_its_direction_and_numbers_stand_right():
    html = render_to_string(
        "components/data_table.html",
        {
            "id": "t",
            "caption": "C",
            "columns": [{"label": "A", "sorted": "descending", "sort_url": "?s"}, {"label": "B", "numeric": True}],
            "rows": [["x", 1400]],
        },
    )
    assert 'aria-sort="descending"' in html
    assert '<td class="n">1,400</td>' in html


def test_figure_without_computed_value_says_so():
    with translation.override("en"):
        html = render_to_string("components/figure.html", {"label": "F", "published": {"value": 3, "source": "S"}})
    assert "Not computed here." in html
    assert "year not stated" in html


def test_figure_shows_the_difference_and_the_example_rows():
    with translation.override("en"):
        html = render_to_string(
            "components/figure.html",
            {
                "label": "F",
                "published": {"value": 300, "source": "S", "as_of": "2024"},
                "computed": {"value": 287, "href": "?x", "difference": 13, "demo": 4},
            },
        )
    assert "Differs by 13" in html
    assert "4 are example rows" in html
    assert 'href="?x"' in html


def test_field_error_is_tied_to_its_input():
    form = sample()["form"]
    html = render_to_string("components/field.html", {"field": form["name"]})
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_error"' in html
    assert 'id="id_name_error"' in html
