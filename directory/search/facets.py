"""Counts beside the hits, and filters as conditions of the index."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import CharField, F, Value

from directory.models import IndustryChain, Park, QualificationType, RankingList
from directory.models.base import local_name
from directory.search.results import CHAIN, FACETS, FILTERS, PARK, QUALIFICATION, RANKING, FacetValue, Filters
from directory.search.tokens import BY_ROW, LETTERS, token, value_of
from directory.search_engines import Node, any_of

_MODELS = {CHAIN: IndustryChain, PARK: Park, QUALIFICATION: QualificationType, RANKING: RankingList}
#: A token that no document has: what an unknown value of a filter asks for.
_NOTHING = "_x"

Names = Mapping[tuple[str, str], tuple[str, str]]


class Vocabulary:
    """Codes and names of the rows that filters name by code, read once a search in one query."""

    def __init__(self) -> None:
        self._read = False
        self._by_key: dict[tuple[str, str], tuple[str, str]] = {}
        self._by_code: dict[tuple[str, str], str] = {}

    def key_of(self, name: str, code: str) -> str | None:
        self._load()
        return self._by_code.get((name, code))

    def code_and_label(self, name: str, key: str) -> tuple[str, str] | None:
        self._load()
        return self._by_key.get((name, key))

    def _load(self) -> None:
        if self._read:
            return
        self._read = True
        parts = [
            model._base_manager.order_by().values_list(
                Value(name, output_field=CharField()), F("pk"), F("code"), F("name"), F("name_en")
            )
            for name, model in _MODELS.items()
        ]
        for name, key, code, label, label_en in parts[0].union(*parts[1:], all=True):
            self._by_key[name, str(key)] = (code, local_name(_Named(label, label_en)))
            self._by_code[name, code] = str(key)


class _Named:
    def __init__(self, name: str, name_en: str) -> None:
        self.name, self.name_en = name, name_en


def filter_tokens(filters: Filters, vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    """Filter → the tokens of which a row needs one. Filters without values are left out.

    Raises ValueError for a name that is no filter: that is a caller's mistake, not a reader's.
    """
    found: dict[str, frozenset[str]] = {}
    for name, values in filters.items():
        if name not in FILTERS:
            raise ValueError(f"unknown filter {name}")
        texts: Sequence[str] = [values] if isinstance(values, str) else values
        texts = [str(text) for text in texts if str(text).strip()]
        if texts:
            found[name] = frozenset(_token(name, text, vocabulary) for text in texts)
    return found


def _token(name: str, text: str, vocabulary: Vocabulary) -> str:
    if name in BY_ROW:
        key = vocabulary.key_of(name, text)
        return token(name, key) if key is not None else _NOTHING
    return token(name, text)


def filter_node(tokens: Iterable[str]) -> Node:
    """One of these tokens, in a fixed order."""
    return any_of(sorted(tokens))


class Counted:
    """Facets of one set of rows, from how often each combination of tokens occurs in it."""

    def __init__(self, combinations: Counter[str], active: Mapping[str, frozenset[str]]) -> None:
        self.total = 0
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
        self._wanted = {LETTERS[name]: name for name in FACETS}
        for text, times in combinations.items():
            tokens = text.split()
            failing = [name for name, wanted in active.items() if wanted.isdisjoint(tokens)]
            if not failing:
                self.total += times
                self._add(tokens, times, None)
            elif len(failing) == 1:
                # Outside by one filter only: it counts in that filter's own facet.
                self._add(tokens, times, failing[0])

    def _add(self, tokens: list[str], times: int, only: str | None) -> None:
        for text in tokens:
            name = self._wanted.get(text[1:2])
            if name is not None and (only is None or name == only):
                self.counts[name][text] += times


def facet_values(counts: Counter[str], vocabulary: Vocabulary) -> list[FacetValue]:
    """The values of one facet, the most frequent first, then by value."""
    values = []
    for text, count in counts.items():
        name, value = value_of(text)
        if name in BY_ROW:
            row = vocabulary.code_and_label(name, value)
            if row is not None:
                values.append(FacetValue(row[0], count, row[1]))
        else:
            values.append(FacetValue(value, count))
    return sorted(values, key=lambda one: (-one.count, one.value))
