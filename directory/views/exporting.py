"""The list of enterprises as a CSV file, streamed: published columns only, safe to open in a spreadsheet."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from directory.presenting import CHINESE, country_name, enterprise_url, listed_words, local, named, products_of
from directory.querysets import About, for_lines
from pinghu.export import CSV_TYPE, csv_lines

#: Rows read and written at once.
CHUNK = 500


def csv_response(request: HttpRequest, ids: Sequence[int], at: datetime.date) -> StreamingHttpResponse:
    """The enterprises of these ids in their order, in the language of the request."""
    language = translation.get_language() or CHINESE
    name = f"enterprises-{timezone.localdate():%Y%m%d}.csv"
    response = StreamingHttpResponse(_lines(request.build_absolute_uri("/"), ids, at, language), content_type=CSV_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _lines(root: str, ids: Sequence[int], at: datetime.date, language: str) -> Iterator[str]:
    # Written after the middleware has gone on: the language is set anew for each chunk, and never across a yield.
    with translation.override(language):
        head = list(csv_lines(_columns(), []))
    yield from head
    for start in range(0, len(ids), CHUNK):
        with translation.override(language):
            rows = for_lines(ids[start : start + CHUNK], at)
            # The first line of what it writes is a header, which this file already has.
            _header, *lines = csv_lines([], [_row(root, row, about) for row, about in rows])
        yield from lines


def _columns() -> list[str]:
    return [
        _("Id"),
        _("Credit code"),
        _("Registered name"),
        _("Short name"),
        _("English name"),
        _("Relation to the zone"),
        _("Operating status"),
        _("Origin of capital"),
        _("Countries and regions of investors"),
        _("Industry chains"),
        _("Park"),
        _("Industry class"),
        _("Qualifications valid today"),
        _("Established on"),
        _("Products"),
        _("Source"),
        _("Verified on"),
        _("Example data"),
        _("Address of the record"),
    ]


def _row(root: str, row: Any, about: About) -> list[Any]:
    return [
        row.public_id,
        row.uscc,
        row.registered_name,
        row.short_name,
        row.name_en,
        row.get_relation_display(),
        row.get_status_display(),
        row.get_capital_origin_display(),
        listed_words(country_name(code) for code, _name, _english in about.countries),
        listed_words(named(*chain) for chain in about.chains),
        local(row.park) if row.park else "",
        str(row.industry) if row.industry else "",
        listed_words(named(*title) for title in about.titles),
        row.established_on,
        listed_words(products_of(row)),
        local(row.source) if row.source else "",
        row.verified_on,
        _("yes") if row.is_demo else "",
        root.rstrip("/") + enterprise_url(row),
    ]
