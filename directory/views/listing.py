"""The list of enterprises: what was asked, and the facets, chips and orders that stand around the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import CharField, F, Value
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from directory.figure_text import sentence
from directory.filtersets import LABELS, LISTING_KINDS, EnterpriseFilterSet
from directory.models import (
    Enterprise,
    Holding,
    IndustryChain,
    IndustryClass,
    Park,
    PublishedFigure,
    QualificationType,
    RankingList,
)
from directory.models.enterprises import CapitalOrigin, OperatingStatus, Relation
from directory.presenting import country_name, local, named
from directory.search import COUNT_CAP, FACETS, SORTS, FacetValue, SearchResult
from pinghu.formats import plain, to_decimal

PER_PAGE = 50
#: How far down the pages go; past it, the reader is asked to narrow.
DEPTH = 10_000

_SORTS: tuple[tuple[str, Any], ...] = (
    ("relevance", gettext_lazy("Best first")),
    ("name", gettext_lazy("Name")),
    ("-established_on", gettext_lazy("Newest")),
    ("-registered_capital", gettext_lazy("Largest capital")),
    ("-updated_at", gettext_lazy("Last changed")),
)
_RANGES = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The list that an address asks for; what it says that nobody understands is left out, and told."""

    filters: EnterpriseFilterSet
    sort: str
    page: int
    query: QueryDict

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        filters = EnterpriseFilterSet(query, queryset=Enterprise.objects.published())
        sort = query.get("sort", "")
        page = query.get("page", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
        return cls(filters, sort if sort in SORTS else "relevance", max(1, number), query)

    @property
    def offset(self) -> int:
        return (self.page - 1) * PER_PAGE

    @property
    def is_too_deep(self) -> bool:
        return self.offset >= DEPTH

    @property
    def is_plain(self) -> bool:
        """The whole list as it stands: the one address of it that search engines should keep."""
        return not set(self.query) - {"page"}

    def paginator(self, total: int) -> Any:
        """Django's page object over as many rows as can be reached."""
        return Paginator(range(min(total, DEPTH)), PER_PAGE).get_page(self.page)

    def address(self, values: Mapping[str, str] | None = None, *, drop: tuple[str, str] | None = None) -> str:
        """This list's query with values set (empty ones taken away) or one value of a filter dropped; page 1."""
        query = QueryDict(mutable=True)
        for name, given in self.query.lists():
            kept = [part for text in given for part in ([text] if name == "q" else text.split(",")) if part]
            if drop is not None and name == drop[0]:
                kept = [part for part in kept if part.upper() != drop[1].upper()]
            if kept and name not in {"page", "cursor"}:
                query.setlist(name, kept)
        for name, value in (values or {}).items():
            query[name] = value
            if not value:
                del query[name]
        text = query.urlencode()
        return f"?{text}" if text else "?"


class Words:
    """Labels of filter values; rows are read once, and only where the facets did not bring their names."""

    def __init__(self, facets: Mapping[str, list[FacetValue] | None] | None) -> None:
        self._known = {(name, one.value): one.label for name, values in (facets or {}).items() for one in values or ()}
        self._vocabulary: dict[str, dict[str, str]] | None = None

    def of(self, name: str, value: str) -> str:
        closed = {
            "listing": dict(LISTING_KINDS),
            "relation": dict(Relation.choices),
            "status": dict(OperatingStatus.choices),
            "capital_origin": dict(CapitalOrigin.choices),
        }
        if name in ("country", "investor"):
            return country_name(value)
        if name in closed:
            return str(closed[name].get(value, value))
        if name == "section":
            row = IndustryClass.objects.filter(code=value).first()
            return str(row) if row else value
        return self._known.get((name, value)) or self.vocabulary.get(name, {}).get(value, value)

    @property
    def vocabulary(self) -> dict[str, dict[str, str]]:
        """name of the filter → code → label."""
        if self._vocabulary is None:
            self._vocabulary = _vocabulary()
        return self._vocabulary


def _vocabulary() -> dict[str, dict[str, str]]:
    """Codes and labels of the rows that filters name by code; one query."""
    models: dict[str, Any] = {
        "chain": IndustryChain,
        "park": Park,
        "qualification": QualificationType,
        "ranking": RankingList,
    }
    parts = [
        model.objects.published()
        .order_by()
        .values_list(Value(name, output_field=CharField()), F("code"), F("name"), F("name_en"))
        for name, model in models.items()
    ]
    found: dict[str, dict[str, str]] = {}
    for name, code, label, label_en in parts[0].union(*parts[1:], all=True):
        found.setdefault(name, {})[code] = named(code, label, label_en)
    return found


def facet_groups(asked: Asked, result: SearchResult, words: Words) -> list[dict[str, Any]]:
    """The facets as `components/facets.html` takes them, the chosen values first."""
    chosen = asked.filters.index_filters()
    groups = []
    for name in FACETS:
        values = (result.facets or {}).get(name)
        selected = chosen.get(name, [])
        if values is None:
            options = [_option(name, value, None, selected, words) for value in _all_values(name, selected, words)]
        else:
            missing = [value for value in selected if all(value != one.value for one in values)]
            options = [_option(name, one.value, one.count, selected, words) for one in values]
            options += [_option(name, value, 0, selected, words) for value in missing]
        if options:
            options.sort(key=lambda option: not option["selected"])  # stable: the most frequent stay first
            groups.append({"name": name, "legend": LABELS[name], "options": options, "shown": 6})
    return groups


def _option(name: str, value: str, count: int | None, selected: list[str], words: Words) -> dict[str, Any]:
    return {"value": value, "label": words.of(name, value), "count": count, "selected": value in selected}


def _all_values(name: str, selected: list[str], words: Words) -> Iterable[str]:
    """What can be chosen where nothing was counted."""
    if name == "country":
        held = Holding.objects.published().order_by("country").values_list("country", flat=True).distinct()
        return list(dict.fromkeys([*selected, *held]))
    if name == "listing":
        return [value for value, _label in LISTING_KINDS]
    if name == "relation":
        return [value for value in Relation.values if value != Relation.OUTSIDE]
    return list(dict.fromkeys([*selected, *words.vocabulary.get(name, {})]))


def chips(asked: Asked, words: Words) -> list[dict[str, str]]:
    """The filters in force, each with the address of the list without it."""
    found = []
    for name, value in asked.filters.read().items():
        if name == "q":
            continue
        if isinstance(value, list):
            found += [
                {"label": str(LABELS[name]), "text": words.of(name, one), "href": asked.address(drop=(name, one))}
                for one in value
            ]
        elif name == "figure":
            found.append(
                {"label": str(LABELS[name]), "text": _figure_text(value), "href": asked.address({"figure": ""})}
            )
        else:
            found.append({"label": "", "text": _range_text(name, value), "href": asked.address({name: ""})})
    return found


def _figure_text(key: str) -> str:
    figure = PublishedFigure.objects.published().filter(key=key).first()
    if figure is None:
        return key
    return pgettext("figure", "%(label)s (published: %(value)s)") % {
        "label": local(figure, "label"),
        "value": sentence(figure),
    }


def _range_text(name: str, value: Any) -> str:
    field, _separator, lookup = name.rpartition("__")
    column: Any = Enterprise._meta.get_field(field)
    label = column.verbose_name
    number = to_decimal(value)
    return f"{label} {_RANGES[lookup]} {plain(number) if number is not None else value}"


def sorts(asked: Asked) -> list[dict[str, Any]]:
    """The orders, each with its address."""
    return [
        {
            "label": label,
            "href": asked.address({"sort": "" if code == "relevance" else code}),
            "current": code == asked.sort,
        }
        for code, label in _SORTS
    ]


def total_text(result: SearchResult) -> str:
    """How many were found, in words: exactly, or at least 10,000."""
    if not result.is_exact:
        return _("%(count)s+ enterprises") % {"count": f"{COUNT_CAP:,}"}
    if result.total == 1:
        return _("1 enterprise")
    return _("%(count)s enterprises") % {"count": f"{result.total:,}"}
