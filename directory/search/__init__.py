"""Search over enterprises: one function for page, API, admin and suggestion list.

    search(text, user=…, filters={"chain": ["auto"]}, sort="relevance", limit=20, offset=0) -> SearchResult
    suggest(text, user=…, limit=8) -> list[Suggestion]
    matching(queryset, text) -> the same queryset, narrowed to what the text finds (for exports)
    ranked(queryset, text) -> the same, with `search_order` to order by (for admin lists)

`user=None` sees what is published. Visibility is part of the set of rows before anything is counted.
"""

from directory.search.results import (
    CAPITAL_ORIGIN,
    CHAIN,
    COUNT_CAP,
    COUNTRY,
    FACETS,
    FILTERS,
    LISTED_HERE,
    LISTED_PARENT,
    LISTING,
    PARK,
    QUALIFICATION,
    RANKING,
    RELATION,
    SECTION,
    SORTS,
    STATUS,
    FacetValue,
    Filters,
    Match,
    OrderKey,
    SearchHit,
    SearchResult,
    Suggestion,
)
from directory.search.searching import matching, ranked, search, suggest

__all__ = [
    "CAPITAL_ORIGIN",
    "CHAIN",
    "COUNTRY",
    "COUNT_CAP",
    "FACETS",
    "FILTERS",
    "LISTED_HERE",
    "LISTED_PARENT",
    "LISTING",
    "PARK",
    "QUALIFICATION",
    "RANKING",
    "RELATION",
    "SECTION",
    "SORTS",
    "STATUS",
    "FacetValue",
    "Filters",
    "Match",
    "OrderKey",
    "SearchHit",
    "SearchResult",
    "Suggestion",
    "matching",
    "ranked",
    "search",
    "suggest",
]
