"""Two to four enterprises beside each other: what differs is seen in one line."""

from collections.abc import Sequence
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from directory.models import Enterprise
from directory.presenting import (
    country_name,
    enterprise_link,
    listed_words,
    local,
    named,
    products_of,
    shown,
    status_badge,
)
from directory.querysets import About
from directory.search import search
from pinghu.templatetags.look import amount, day

MOST = 4
_CANDIDATES = 8


def address(ids: Sequence[str]) -> str:
    return f"?{urlencode([('id', one) for one in ids])}" if ids else "?"


def candidates(text: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Enterprises that the text finds, each with the address that adds it."""
    hits = search(text, limit=_CANDIDATES, facets=False, matches=False, count=False, suggestions=False)
    rows = Enterprise.objects.published().in_bulk(hits.ids)
    found = [rows[key] for key in hits.ids if key in rows and rows[key].public_id not in ids]
    return [
        {"label": shown(row).name, "lang": shown(row).lang, "href": address([*ids, row.public_id])} for row in found
    ]


def table(rows: Sequence[tuple[Any, About]], ids: Sequence[str]) -> dict[str, Any]:
    """A table with one column for each enterprise, as `components/data_table.html` takes it; lines that nobody fills
    are left out."""
    columns = [{"label": ""}] + [
        {"label": shown(row).name, "href": enterprise_link(row)["href"], "lang": shown(row).lang}
        for row, _about in rows
    ]
    lines: list[tuple[str, list[Any]]] = [
        (_("Registered name"), [row.registered_name for row, _about in rows]),
        (_("English name"), [row.name_en for row, _about in rows]),
        (_("Credit code"), [row.uscc for row, _about in rows]),
        (_("Operating status"), [_status(row) for row, _about in rows]),
        (_("Relation to the zone"), [row.get_relation_display() for row, _about in rows]),
        (_("Origin of capital"), [row.get_capital_origin_display() for row, _about in rows]),
        (
            _("Countries and regions of investors"),
            [listed_words(country_name(code) for code, _n, _e in about.countries) for _row, about in rows],
        ),
        (_("Industry chains"), [listed_words(named(*chain) for chain in about.chains) for _row, about in rows]),
        (_("Qualifications valid today"), [listed_words(named(*one) for one in about.titles) for _row, about in rows]),
        (_("Listing"), [_listing(row) for row, _about in rows]),
        (
            pgettext("corporate", "Group"),
            [local(row.group) or row.group.name_en if row.group else "" for row, _about in rows],
        ),
        (_("Park"), [local(row.park) if row.park else "" for row, _about in rows]),
        (_("Industry class"), [str(row.industry) if row.industry else "" for row, _about in rows]),
        (_("Established"), [day(row.established_on) if row.established_on else "" for row, _about in rows]),
        (_("Registered capital"), [_capital(row) for row, _about in rows]),
        (_("Products"), [listed_words(products_of(row)) for row, _about in rows]),
        (_("Source"), [local(row.source) if row.source else "" for row, _about in rows]),
        (_("Verified on"), [day(row.verified_on) if row.verified_on else "" for row, _about in rows]),
    ]
    removals = [
        {
            "label": shown(row).name,
            "lang": shown(row).lang,
            "href": address([one for one in ids if one != row.public_id]),
        }
        for row, _about in rows
    ]
    return {
        "columns": columns,
        "rows": [[label, *cells] for label, cells in lines if any(cells)],
        "removals": removals,
    }


def _status(row: Any) -> str:
    badge = status_badge(row)
    return badge["text"] if badge else row.get_status_display()


def _listing(row: Any) -> str:
    if row.is_listed:
        return _("Listed itself")
    return _("Under a listed group") if row.has_listed_parent else ""


def _capital(row: Any) -> Any:
    return "" if row.registered_capital is None else amount(row.registered_capital, row.registered_capital_currency)
