"""Template tags and filters of the public site: figures, dates, foreign names, links that keep the query, navigation.

Every filter here returns escaped text; whatever comes from rows is never marked safe.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.http import QueryDict
from django.template.context import Context
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, override, pgettext_lazy, to_locale
from django.utils.translation import gettext_lazy as _

from pinghu import formats

register = template.Library()

# The site's main doors. A door whose URL name does not exist in this process is left out.
NAVIGATION = (
    (("directory:enterprise_list",), pgettext_lazy("navigation", "Enterprises")),
    (("directory:chain_list",), pgettext_lazy("navigation", "Chains")),
    (("directory:park_list",), pgettext_lazy("navigation", "Parks")),
    (("directory:invest", "promotion:invest"), pgettext_lazy("navigation", "Invest")),
    (("directory:services", "promotion:services"), pgettext_lazy("navigation", "Services")),
)

# kind: (tone, what the badge says when no text is given). The tone decides colour and shape, see `.badge` in site.css.
BADGES: dict[str, tuple[str, Any]] = {
    "good": ("good", ""),
    "warn": ("warn", ""),
    "bad": ("bad", ""),
    "info": ("info", ""),
    "neutral": ("neutral", ""),
    "special": ("special", ""),
    "open": ("open", ""),
    "verified": ("good", _("Verified")),
    "unverified": ("open", _("Unverified")),
    "demo": ("open", _("Example data")),
    "gap": ("open", _("Gap")),
    "leading": ("special", _("Chain leader")),
    "new": ("info", _("New")),
    "update": ("info", _("Update")),
    "same": ("neutral", _("Unchanged")),
    "duplicate": ("warn", _("Possible duplicate")),
    "conflict": ("warn", _("Conflict")),
    "error": ("bad", _("Error")),
    "overdue": ("bad", _("Overdue")),
    "due": ("warn", _("Due soon")),
    "done": ("good", _("Done")),
    "closed": ("neutral", _("Closed")),
    "moved": ("neutral", _("Moved away")),
}

MESSAGE_KINDS = {"debug": "info", "info": "info", "success": "success", "warning": "warning", "error": "error"}


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _bcp47(code: str) -> str:
    return to_locale(code).replace("_", "-")


@register.simple_tag
def page_lang() -> str:
    """The page's language for the `lang` attribute: zh-Hans or en."""
    return _bcp47(_language())


@register.filter
def number(value: Any, places: int | None = None) -> str:
    """Grouped digits (1,400); a dash where there is no figure."""
    found = formats.to_decimal(value)
    return formats.NOTHING if found is None else formats.plain(found, places)


@register.filter
def amount(value: Any, currency: str = "") -> str | SafeString:
    """Money or another large figure in 万/亿 or million/billion, the exact figure in the title."""
    found = formats.to_decimal(value)
    if found is None:
        return formats.NOTHING
    language = _language()
    short = formats.with_currency(formats.short_amount(found, language), currency, language)
    exact = formats.with_currency(formats.plain(found), currency, language)
    return format_html('<data value="{}" title="{}">{}</data>', f"{found:f}", exact, short)


@register.filter
def day(value: Any) -> str | SafeString:
    """A date as 2026年11月22日 or 22 Nov 2026; also "1996-08" and "2004" as precisely as they are known."""
    if value is None or value == "":
        return formats.NOTHING
    text, machine = formats.full_day(value, _language())
    return format_html('<time datetime="{}">{}</time>', machine, text) if machine else text


@register.filter
def moment(value: datetime | None) -> str | SafeString:
    """A moment in local time: the day, then hours and minutes."""
    if not value:
        return formats.NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    text, _machine = formats.full_day(local, _language())
    return format_html('<time datetime="{}">{} {}</time>', local.isoformat(timespec="minutes"), text, f"{local:%H:%M}")


@register.filter
def is_date(value: Any) -> bool:
    """Whether a value is a date or a moment (so that a table cell shows it as one)."""
    return isinstance(value, date)


@register.filter
def run(text: Any, lang: str | None = "") -> str | SafeString:
    """A foreign run of text with its language, so that fonts and voices are right: {{ name|run:"ja" }}."""
    if not lang or _bcp47(str(lang)).lower() == _bcp47(_language()).lower():
        return conditional_escape(text)
    return format_html('<span lang="{}">{}</span>', _bcp47(str(lang)), text)


@register.filter
def highlight(text: Any, ranges: Iterable[Sequence[int]] | None = None) -> SafeString:
    """The text with `ranges` marked: 0-based half-open [start, end) pairs of code points, as `search()` gives them."""
    source = str(text)
    pieces: list[tuple[str, str, str]] = []
    at = 0
    for start, end in sorted((max(0, int(pair[0])), min(len(source), int(pair[1]))) for pair in ranges or ()):
        start = max(start, at)
        if end <= start:
            continue
        pieces.append((source[at:start], source[start:end], ""))
        at = end
    return format_html_join("", "{}<mark>{}</mark>{}", pieces) + conditional_escape(source[at:])


def _query(context: Context, changes: Mapping[str, Any]) -> QueryDict:
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    # Another filter or order means another list: its page and cursor no longer hold.
    for position in ("page", "cursor"):
        query.pop(position, None)
    for key, value in changes.items():
        if value is None or value == "" or value == []:
            query.pop(key, None)
        elif isinstance(value, list | tuple):
            query.setlist(key, [str(each) for each in value])
        else:
            query[key] = str(value)
    return query


@register.simple_tag(takes_context=True)
def query_string(context: Context, **changes: Any) -> str:
    """This page's query with parameters changed; None or "" removes one. Page and cursor start anew unless given."""
    encoded = _query(context, changes).urlencode()
    return f"?{encoded}" if encoded else "?"


@register.simple_tag(takes_context=True)
def query_toggle(context: Context, name: str, value: Any) -> str:
    """This page's query with one value of a repeated parameter added, or taken away where it already stands."""
    query = _query(context, {})
    values = query.getlist(name)
    wanted = str(value)
    values = [each for each in values if each != wanted] if wanted in values else [*values, wanted]
    query.setlist(name, values)
    encoded = query.urlencode()
    return f"?{encoded}" if encoded else "?"


@register.simple_tag(takes_context=True)
def query_pairs(context: Context, *without: str) -> list[tuple[str, str]]:
    """The query as (name, value) pairs for hidden inputs, leaving out position and the names given."""
    query = _query(context, {})
    return [(key, value) for key, values in query.lists() if key not in without for value in values]


@register.simple_tag
def url_or_none(*names: str) -> str | None:
    """The address of the first URL name that exists in this process, or None."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return None


@register.simple_tag(takes_context=True)
def nav_items(context: Context) -> list[dict[str, Any]]:
    """The navigation: label, href and whether the reader is there."""
    request = context.get("request")
    path = request.path if request is not None else ""
    items = []
    for names, label in NAVIGATION:
        href = url_or_none(*names)
        if href:
            items.append({"label": label, "href": href, "current": path.startswith(href)})
    return items


@register.simple_tag(takes_context=True)
def language_links(context: Context) -> list[dict[str, Any]]:
    """The other languages, each with this same page in it (its front page where this one has no translation)."""
    request = context.get("request")
    here = request.get_full_path() if request is not None else "/"
    current = _language().lower()
    links = []
    for code, _name in settings.LANGUAGES:
        if code.lower() == current:
            continue
        href = translate_url(here, code)
        action = None
        if href == here:
            # No address of its own in the other language: the same page after a post, or that language's front page.
            if getattr(request, "resolver_match", None):
                action = url_or_none("set_language")
            prefix = "" if code.lower() == settings.LANGUAGE_CODE.lower() else f"{code}/"
            href = f"/{prefix}"
        name = get_language_info(code)["name_local"]
        links.append({"code": code, "lang": _bcp47(code), "name": name, "href": href, "action": action})
    return links


@register.simple_tag(takes_context=True)
def alternates(context: Context) -> list[dict[str, str]]:
    """Absolute addresses of this page in every language it exists in, for `link rel="alternate"`."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if request is None or match is None:
        return []
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            try:
                path = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
            except NoReverseMatch:
                return []
        found.append({"lang": _bcp47(code), "href": request.build_absolute_uri(path)})
    return found if len({each["href"] for each in found}) > 1 else []


@register.inclusion_tag("components/badge.html")
def badge(kind: str, text: Any = "", title: Any = "") -> dict[str, Any]:
    """A badge by kind (see BADGES); unknown kinds are neutral."""
    tone, words = BADGES.get(kind, ("neutral", ""))
    return {"tone": tone, "text": text or words or kind, "title": title}


@register.filter
def message_kind(tags: str) -> str:
    """The message component's kind for Django's message tags."""
    return next((MESSAGE_KINDS[tag] for tag in (tags or "").split() if tag in MESSAGE_KINDS), "info")


@register.simple_tag
def page_window(page: Any, around: int = 1) -> list[int | None]:
    """Page numbers to offer: first, last and those around the current one; None where numbers are left out."""
    last, here = page.paginator.num_pages, page.number
    wanted = sorted({1, last, *range(max(1, here - around), min(last, here + around) + 1)})
    window: list[int | None] = []
    for each in wanted:
        if window and window[-1] is not None and each - window[-1] == 2:
            window.append(each - 1)
        elif window and window[-1] is not None and each - window[-1] > 2:
            window.append(None)
        window.append(each)
    return window


@register.simple_tag
def table_rows(columns: Sequence[Mapping[str, Any]], rows: Iterable[Any]) -> list[list[dict[str, Any]]]:
    """Rows of cells as dictionaries with their column, from rows of plain values or dictionaries."""
    laid_out = []
    for row in rows:
        cells = []
        for column, cell in zip(columns, row, strict=True):
            details = dict(cell) if isinstance(cell, Mapping) else {"text": cell}
            cells.append(details | {"column": column})
        laid_out.append(cells)
    return laid_out


@register.filter
def percent_of(value: Any, total: Any) -> str:
    """`value` as a percentage of `total` for an SVG length, between 0 and 100, with a point whatever the language."""
    part, whole = formats.to_decimal(value), formats.to_decimal(total)
    if part is None or not whole:
        return "0"
    return f"{max(0.0, min(100.0, float(part / whole * 100))):.2f}"


@register.simple_tag
def split_at(values: Sequence[Any], at: int) -> tuple[Sequence[Any], Sequence[Any]]:
    """The first `at` values and the rest; a rest of one is not worth folding away."""
    values = list(values or ())
    return (values, []) if len(values) <= at + 1 else (values[:at], values[at:])


@register.filter
def in_list(value: Any) -> list[Any]:
    """The value as the only member of a list."""
    return [value]


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether a form field is a single box to tick (its label stands after it)."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.simple_tag
def foreign(text: Any, lang: Any = "") -> str | SafeString:
    """As the filter `run`, for a language that may be missing (a filter's missing argument is an error)."""
    return run(text, lang)


@register.simple_tag
def marked(text: Any, ranges: Any = None) -> SafeString:
    """As the filter `highlight`, for ranges that may be missing."""
    return highlight(text, ranges or ())


@register.simple_tag
def blank() -> str:
    """A word space, in languages that part words by spaces: Chinese runs on."""
    return "" if formats.is_chinese(_language()) else " "
