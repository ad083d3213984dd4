"""How a published figure is written: "1400余家", "over 1,400"; 259.7亿元, CNY 25.97 billion."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, pgettext

from directory.figures import ComputedFigure
from directory.models import PublishedFigure
from directory.presenting import local, reads_chinese
from pinghu.formats import plain, short_amount, with_currency

Qualifier = PublishedFigure.Qualifier

#: Units that count in 万 or 亿: their worth and their currency. English says the sum in millions and billions.
_LARGE = {
    "万人": (Decimal(10) ** 4, ""),
    "万元": (Decimal(10) ** 4, "CNY"),
    "亿元": (Decimal(10) ** 8, "CNY"),
    "亿元级": (Decimal(10) ** 8, "CNY"),
    "亿美元": (Decimal(10) ** 8, "USD"),
}
_LARGE_UNITS = {"万人": "people"}
_THIRD = Decimal("0.3333")
_UNGROUPED = 10_000


def qualifier_of(figure: Any) -> tuple[str, bool]:
    """The word and whether it stands after the number, as 余 and 以上 do in Chinese."""
    if figure.qualifier == Qualifier.EXACT:
        return "", False
    if figure.qualifier == Qualifier.OVER and figure.unit == "%":
        return pgettext("before a percentage", "over"), False
    words = {
        Qualifier.APPROX: pgettext("figure", "about"),
        Qualifier.OVER: pgettext("figure", "over"),
        Qualifier.AT_LEAST: pgettext("figure", "at least"),
        Qualifier.TARGET: pgettext("figure", "target"),
    }
    after = reads_chinese() and figure.qualifier in (Qualifier.OVER, Qualifier.AT_LEAST)
    return words[figure.qualifier], after


def value_of(figure: Any) -> tuple[str, str]:
    """The number and its unit, as the reader's language writes them."""
    value: Decimal = figure.value
    if value == _THIRD:
        return "1/3", local(figure, "unit")
    if reads_chinese():
        # Chinese text writes 1400, not 1,400.
        text = plain(value)
        return (text.replace(",", "") if abs(value) < _UNGROUPED else text), figure.unit
    if figure.unit in _LARGE:
        worth, currency = _LARGE[figure.unit]
        return with_currency(short_amount(value * worth, "en"), currency, "en"), _LARGE_UNITS.get(figure.unit, "")
    return plain(value), figure.unit_en


def sentence(figure: Any) -> str:
    """The whole figure in one run: 1400余家, over 1,400."""
    word, after = qualifier_of(figure)
    number, unit = value_of(figure)
    gap = "" if reads_chinese() else " "
    if after:
        return f"{number}{word}{unit}"
    spaced = gap if unit and unit != "%" else ""
    return f"{word}{gap if word else ''}{number}{spaced}{unit}"


def rows_url(one: ComputedFigure) -> str:
    """Where the rows behind the computed figure stand, "" where nothing computes it."""
    if one.rule is None:
        return ""
    if one.rule.page == "parks":
        return reverse("directory:park_list") + "#country_park"
    if one.rule.distinct:
        return reverse("directory:figure_detail", args=[one.figure.key])
    return f"{reverse('directory:enterprise_list')}?figure={one.figure.key}"


def as_component(one: ComputedFigure, *, linked: bool = True) -> dict[str, Any]:
    """A figure as `components/figure.html` takes it."""
    figure = one.figure
    word, after = qualifier_of(figure)
    number, unit = value_of(figure)
    label: Any = local(figure, "label")
    if linked:
        label = format_html('<a href="{}">{}</a>', reverse("directory:figure_detail", args=[figure.key]), label)
    computed = None
    if one.value is not None:
        computed = {
            "value": one.value,
            "unit": unit if one.rule else "",
            "href": rows_url(one),
            "as_of": one.at,
            "difference": abs(one.difference),
            "demo": one.demo,
        }
    return {
        "key": figure.key,
        "label": label,
        "published": {
            "text": number,
            "qualifier": word,
            "unit": unit,
            "as_of": figure.as_of_year,
            "source": local(figure.source) if figure.source else "",
        },
        "after": after,
        "computed": computed,
        "language": get_language(),
    }
