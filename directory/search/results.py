"""What a search answers, and the words that callers use for filters, facets and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Counted exactly up to here; beyond, the total says "10,000+" and facets show no counts.
COUNT_CAP = 10_000

# Filters. Several values of one filter mean "or", several filters "and". FilterSets, API and pages use these names.
COUNTRY = "country"  #: ISO 3166-1 alpha-2 of an investor's country or region, and its ultimate parent's
CHAIN = "chain"  #: code of an industry chain
PARK = "park"  #: code of a park
QUALIFICATION = "qualification"  #: code of a qualification type, valid today
LISTING = "listing"  #: "listed_here" or "listed_parent"
RANKING = "ranking"  #: code of a ranking list that the enterprise's group stands on, in whichever year
RELATION = "relation"  #: a value of `Relation`
STATUS = "status"  #: a value of `OperatingStatus`
CAPITAL_ORIGIN = "capital_origin"  #: a value of `CapitalOrigin`
SECTION = "section"  #: letter of a GB/T 4754 section

FILTERS = (COUNTRY, CHAIN, PARK, QUALIFICATION, LISTING, RANKING, RELATION, STATUS, CAPITAL_ORIGIN, SECTION)
#: Filters that also come back as counts.
FACETS = (COUNTRY, CHAIN, PARK, QUALIFICATION, LISTING, RANKING, RELATION)

LISTED_HERE = "listed_here"
LISTED_PARENT = "listed_parent"

#: Orders; every one ends with the primary key, unknown values stand last.
SORTS = (
    "relevance",
    "name",
    "-name",
    "established_on",
    "-established_on",
    "registered_capital",
    "-registered_capital",
    "updated_at",
    "-updated_at",
)

Filters = Mapping[str, Sequence[str]]
#: The place of a hit in its order, fit for a cursor: (sort value, primary key).
OrderKey = tuple[int | float | str, int]


@dataclass(frozen=True, slots=True)
class Match:
    """Why an enterprise was found.

    `field`: `uscc`, `legacy_registration_no`, `registered_name`, `short_name`, `name_en`, `name_kana`, `former_name`,
    `also_called`, `group` or `products`. `kind`: `exact`, `prefix`, `contains`, `pinyin`, `initials` or `words` (its
    parts stand apart). `ranges` are half-open pairs of code points in `value` to highlight; empty where none fits.
    """

    field: str
    value: str
    kind: str
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One enterprise found: its primary key, why, and its place in the order."""

    id: int
    match: Match | None
    order: OrderKey


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet with its number of hits. `label` is the row's name in the reader's language, or ""."""

    value: str
    count: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of hits in order.

    `total` is exact where `relation` is "eq"; "gte" means that many or more. `facets` maps each name of `FACETS` to its
    values, the most frequent first, counted without that facet's own filter; a facet whose own count passed
    `COUNT_CAP` is None, and so are all of them together beyond it. `suggestion` is a name to search for instead, given
    only where nothing was found.
    """

    hits: list[SearchHit]
    total: int
    relation: str = "eq"
    facets: dict[str, list[FacetValue] | None] | None = None
    suggestion: str | None = None
    has_more: bool = False

    @property
    def ids(self) -> list[int]:
        """Primary keys in order."""
        return [hit.id for hit in self.hits]

    @property
    def is_exact(self) -> bool:
        return self.relation == "eq"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of a suggestion list while typing."""

    id: int
    public_id: str
    name: str
    match: Match | None = field(default=None)
