"""One way to a list of enterprises for page, API and export: through the index, or through the rows a figure counts."""

from collections import Counter
from typing import Any

from django.db.models import F

from directory.filtersets import EnterpriseFilterSet
from directory.models import SearchDoc
from directory.search import COUNT_CAP, FACETS, SearchHit, SearchResult, search
from directory.search.facets import Counted, Vocabulary, facet_values, filter_tokens

_COLUMNS = {"relevance": "search_doc__rank", "name": "search_doc__sort_name"}


def find(
    asked: EnterpriseFilterSet,
    *,
    sort: str = "relevance",
    limit: int = 50,
    offset: int = 0,
    facets: bool = True,
    matches: bool = True,
) -> SearchResult:
    """The published enterprises that a filter set asks for, with total and facets.

    A figure or a range is a question to the rows, which the index cannot answer: then the facets are counted over
    the rows found, and no match says which name was found.
    """
    if not asked.needs_rows():
        return search(
            asked.text, filters=asked.index_filters(), sort=sort, limit=limit, offset=offset, facets=facets,
            matches=matches,
        )  # fmt: skip
    found = asked.qs
    ids = list(found.order_by(*_order(sort)).values_list("pk", flat=True)[offset : offset + limit + 1]) if limit else []
    total, relation, counted = _counts(asked, found, facets=facets)
    hits = [SearchHit(key, None, (0, key)) for key in ids[:limit]]
    return SearchResult(hits, total, relation, counted, None, has_more=len(ids) > limit)


def _order(sort: str) -> list[Any]:
    column = F(_COLUMNS.get(sort.lstrip("-"), sort.lstrip("-")))
    first = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return [first, "pk"]


def _counts(asked: EnterpriseFilterSet, found: Any, *, facets: bool) -> tuple[int, str, Any]:
    rows = asked.without_index_filters() if facets else found
    texts = list(
        SearchDoc.objects.filter(enterprise__in=rows.order_by().values("pk")).values_list("facets", flat=True)[
            : COUNT_CAP + 1
        ]
    )
    if len(texts) > COUNT_CAP:
        total = found.order_by()[: COUNT_CAP + 1].count() if facets else len(texts)
        return min(total, COUNT_CAP), ("gte" if total > COUNT_CAP else "eq"), None
    if not facets:
        return len(texts), "eq", None
    vocabulary = Vocabulary()
    counted = Counted(Counter(texts), filter_tokens(asked.index_filters(), vocabulary))
    return counted.total, "eq", {name: facet_values(counted.counts[name], vocabulary) for name in FACETS}
