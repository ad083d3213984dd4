"""Is this enterprise already here? Exact by credit code or name, probable by likeness; a person decides, never this.

Candidates come from the index by the rarest tokens of a name, and by names that sound the same; `rules.similarity`
compares them. A fixed number of queries for one name; for many, codes and whole names are set joins.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from directory.models import Enterprise, EnterpriseName, NotDuplicate, SearchKey
from directory.rules import uscc as credit_code
from directory.rules.names import NameForms, name_forms, pinyin_keys
from directory.rules.places import gazetteer
from directory.rules.similarity import PROBABLE, CandidateName, Similarity, features, rank
from directory.search_engines import Dialect, Params, Term, dialect

EXACT = "exact"
PROBABLE_KIND = "probable"
NONE = "none"

Kind = SearchKey.Kind
#: How a candidate's name is written, by the identity of its comparable form.
Texts = dict[int, str]

#: How many postings are read for one name at most, of how many tokens, and how many candidates are compared.
_BUDGET = 6_000
_FEWEST_TERMS, _MOST_TERMS = 2, 10
_COMPARED = 60
#: From here on a token is so common that its count is remembered by the process; it changes slowly and only orders.
_COMMON = 1_000
_SAME_SOUND = 50
#: Names of a batch whose candidates are held in memory together.
_AT_ONCE = 250
#: So many may share a whole name or core before the rest is left out.
_MOST_KNOWN = 100
_SAME_SOUND_SCORE, _SAME_SOUND_SHORT, _SHORT_CORE = 78.0, 60.0, 2
_BEGINNING = 3
_CHUNK = 400
#: "Did you mean" wants less likeness than a warning.
_MEANT = 45.0

_FULL_KINDS = (Kind.FULL_NAME, Kind.FORMER_NAME, Kind.SHORT_NAME, Kind.ENGLISH, Kind.KANA)
_NAME_KINDS = (*_FULL_KINDS, Kind.CORE_NAME)


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """An enterprise that may be the one asked for.

    `score` runs from 0 to 100. `reasons` are codes: `same_code`, `other_code` (both have a credit code and they
    differ), `same_sound` and those of `rules.similarity` (`same_name`, `same_core`, `former_name`, …). `name` is
    the one matched, as it is written.
    """

    id: int
    score: float
    reasons: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class DuplicateResult:
    """`exact` (same credit code, or the same whole name without codes that differ), `probable` or `none`.

    The best candidate stands first. In `none` the candidates are empty.
    """

    kind: str
    candidates: list[DuplicateCandidate]


def find_duplicates(
    name: str,
    uscc: str | None = None,
    *,
    limit: int = 5,
    user: Any = None,
    everything: bool = False,
    exclude: int | None = None,
    at_least: float = PROBABLE,
) -> DuplicateResult:
    """Return which enterprises this name and code may mean, among those that `user` sees (None = published only).

    `everything` looks at all current rows without a user (imports, commands). `exclude` is the primary key of the
    enterprise compared: it and those that somebody declared not to be its duplicate are left out.
    """
    left_out = _left_out(exclude)
    finder = _Finder(sees_all=everything or bool(getattr(user, "has_staff_role", False)))
    return finder.find([(name, uscc)], limit=limit, at_least=at_least, left_out=left_out)[0]


def find_duplicates_many(
    pairs: Sequence[tuple[str, str | None]],
    *,
    limit: int = 5,
    user: Any = None,
    everything: bool = False,
    at_least: float = PROBABLE,
) -> list[DuplicateResult]:
    """The same for many (name, code) pairs, in their order: codes and whole names by set joins, only the rest fuzzy.

    A pair whose code is known, or whose whole name or core is, is not compared with anything else. How often tokens
    occur is counted once for all.
    """
    finder = _Finder(sees_all=everything or bool(getattr(user, "has_staff_role", False)))
    results: list[DuplicateResult] = []
    for start in range(0, len(pairs), _AT_ONCE):
        results += finder.find(pairs[start : start + _AT_ONCE], limit=limit, at_least=at_least)
    return results


def closest_name(text: str, *, user: Any = None) -> str | None:
    """The name most like a text that found nothing, among what `user` sees; None if nothing is like it."""
    result = find_duplicates(text, limit=1, user=user, at_least=_MEANT)
    if not result.candidates:
        return None
    best = result.candidates[0]
    short = Enterprise.objects.filter(pk=best.id).values_list("short_name", flat=True).first()
    return best.name if text.isascii() and best.name.isascii() else short or best.name


def _left_out(exclude: int | None) -> frozenset[int]:
    if exclude is None:
        return frozenset()
    pairs = NotDuplicate.objects.filter(first=exclude) | NotDuplicate.objects.filter(second=exclude)
    return frozenset({exclude, *(key for pair in pairs.values_list("first_id", "second_id") for key in pair)})


class Frequencies:
    """In how many enterprises tokens occur: counted when asked for, the common ones remembered by the process."""

    _common: dict[tuple[str, str], int] = {}

    def __init__(self, engine: Dialect) -> None:
        self._engine = engine
        self._known: dict[str, int] = {}
        self._total: int | None = None
        # Two databases in one process (tests, a scratch one) do not share what they remember.
        self._database = str(connection.settings_dict["NAME"])

    @property
    def total(self) -> int:
        """How many enterprises are indexed, roughly: the greatest key will do for a logarithm."""
        if self._total is None:
            self._total = int(_rows("SELECT COALESCE(max(enterprise_id), 0) FROM search_doc", [])[0][0])
        return self._total

    def load(self, tokens: Iterable[str]) -> None:
        """Count those not known yet, in one query for every 60."""
        wanted = []
        for token in dict.fromkeys(tokens):
            if token in self._known:
                continue
            remembered = self._common.get((self._database, token))
            if remembered is None:
                wanted.append(token)
            else:
                self._known[token] = remembered
        for start in range(0, len(wanted), 60):
            chunk = wanted[start : start + 60]
            params: Params = []
            parts = []
            for number, token in enumerate(chunk):
                sql, values = self._engine.ids(Term(token))
                parts.append(f"SELECT {number}, count(*) FROM ({sql} LIMIT {_BUDGET + 1}) t{number}")
                params += values
            for number, count in _rows(" UNION ALL ".join(parts), params):
                self._known[chunk[number]] = count
                if count >= _COMMON:
                    self._common[self._database, chunk[number]] = count

    def of(self, token: str) -> int:
        return self._known.get(token, 0)

    def idf(self, token: str) -> float:
        """The rarer, the more; a token counted nowhere weighs most."""
        return math.log(1 + (self.total + 1) / (self._known.get(token, 0) + 1))


class _Finder:
    """Finds duplicates among what somebody sees, sharing counts between names."""

    def __init__(self, *, sees_all: bool) -> None:
        self.engine = dialect()
        self.visible = "" if sees_all else " AND d.is_public = TRUE"
        self.frequencies = Frequencies(self.engine)

    def find(
        self,
        pairs: Sequence[tuple[str, str | None]],
        *,
        limit: int,
        at_least: float,
        left_out: frozenset[int] = frozenset(),
    ) -> list[DuplicateResult]:
        codes = [credit_code.normalise(code or "") for _, code in pairs]
        forms = [name_forms(name) for name, _ in pairs]
        by_code = self._keys((Kind.CODE,), {code.lower() for code in codes if code})
        open_forms = [f for f, code in zip(forms, codes, strict=True) if not by_code.get(code.lower())]
        by_name = self._keys(_NAME_KINDS, {form for f in open_forms for form in (f.normalised, f.core) if form})
        fuzzy: dict[int, list[int]] = {}
        known: dict[int, list[int]] = {}
        for number, (form, code) in enumerate(zip(forms, codes, strict=True)):
            same = by_code.get(code.lower(), []) if code else []
            same = same or by_name.get(form.normalised, []) + by_name.get(form.core, [])
            known[number] = [key for key in dict.fromkeys(same) if key not in left_out][:_MOST_KNOWN]
        alone = len(pairs) == 1
        for number, form in enumerate(forms):
            has_code = bool(codes[number] and by_code.get(codes[number].lower()))
            # A name of nothing but place and form (平湖有限公司) is part of every other: it says nothing.
            says_something = bool(form.normalised) and form.core not in gazetteer()
            if says_something and not has_code and (alone or not known[number]):
                fuzzy[number] = []
        self.frequencies.load(token for number in fuzzy for token in features(forms[number]))
        alike: dict[int, frozenset[int]] = {}
        for number in fuzzy:
            best, similar = self._candidates(forms[number])
            alike[number] = frozenset(similar)
            fuzzy[number] = [key for key in dict.fromkeys([*best, *similar]) if key not in left_out]
        return self._judged(forms, codes, known, fuzzy, alike, by_code, limit, at_least)

    # --- candidates -------------------------------------------------------------------------------------------------

    def _keys(self, kinds: Sequence[int], keys: Iterable[str]) -> dict[str, list[int]]:
        """Key → enterprises that have it as one of these kinds."""
        found: dict[str, list[int]] = defaultdict(list)
        wanted = sorted(keys)
        kind_list = ", ".join(str(int(kind)) for kind in kinds)
        collated = self.engine.by_code_point
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            places = ", ".join(["%s"] * len(chunk))
            sql = (
                "SELECT DISTINCT k.key, k.enterprise_id FROM search_key k "
                "JOIN search_doc d ON d.enterprise_id = k.enterprise_id "
                f"WHERE k.kind IN ({kind_list}) AND k.key{collated} IN ({places}){self.visible} ORDER BY 2"
            )
            for key, enterprise in _rows(sql, chunk):
                found[key].append(enterprise)
        return found

    def _candidates(self, form: NameForms) -> tuple[list[int], list[int]]:
        """Those that share the name's rarest tokens, best first, and those with a key that sounds or begins like it."""
        frequencies = self.frequencies
        terms = sorted((t for t in features(form) if frequencies.of(t)), key=lambda t: (frequencies.of(t), t))
        chosen: list[str] = []
        read = 0
        for term in terms[:_MOST_TERMS]:
            if len(chosen) >= _FEWEST_TERMS and read + frequencies.of(term) > _BUDGET:
                break
            chosen.append(term)
            read += frequencies.of(term)
        parts: list[str] = []
        params: Params = []
        for number, term in enumerate(chosen):
            sql, values = self.engine.ids(Term(term))
            parts.append(f"SELECT {number} AS t, id FROM ({sql} LIMIT {_BUDGET}) t{number}")
            params += values
        for sql, values in self._alike_keys(form):
            parts.append(f"SELECT -1 AS t, enterprise_id AS id FROM ({sql} LIMIT {_SAME_SOUND}) k{len(parts)}")
            params += values
        if not parts:
            return [], []
        found = " UNION ALL ".join(parts)
        if self.visible:
            joined = f"({found}) f JOIN search_doc d ON d.enterprise_id = f.id"
            found = f"SELECT f.t, f.id FROM {joined} WHERE TRUE{self.visible}"
        weights: dict[int, float] = defaultdict(float)
        alike: list[int] = []
        weight_of = [frequencies.idf(term) for term in chosen]
        for number, key in _rows(found, params):
            if number < 0:
                alike.append(key)
            else:
                weights[key] += weight_of[number]
        best = sorted(weights, key=lambda key: (-weights[key], key))[:_COMPARED]
        return best, sorted(alike)

    def _alike_keys(self, form: NameForms) -> Iterable[tuple[str, Params]]:
        """Keys that sound like a short name, or begin like a Latin word: what a slip of the keyboard leaves."""
        key = f"key{self.engine.by_code_point}"
        if form.core.isascii():
            word = form.core.replace(" ", "")
            if len(word) >= _BEGINNING:
                for kind in (Kind.ENGLISH, Kind.PINYIN):
                    yield (
                        f"SELECT enterprise_id FROM search_key WHERE kind = {int(kind)} AND {key} >= %s AND {key} < %s",
                        [word[:_BEGINNING], word[:_BEGINNING] + "\U0010ffff"],
                    )
        elif readings := pinyin_keys(form.written_core)[:4]:
            places = ", ".join(["%s"] * len(readings))
            yield (
                f"SELECT enterprise_id FROM search_key WHERE kind = {int(Kind.PINYIN)} AND {key} IN ({places})",
                list(readings),
            )

    # --- judgement --------------------------------------------------------------------------------------------------

    def _judged(
        self,
        forms: list[NameForms],
        codes: list[str],
        known: Mapping[int, list[int]],
        fuzzy: Mapping[int, list[int]],
        alike: Mapping[int, frozenset[int]],
        by_code: Mapping[str, list[int]],
        limit: int,
        at_least: float,
    ) -> list[DuplicateResult]:
        everyone = {key for keys in (*known.values(), *fuzzy.values()) for key in keys}
        names, texts, code_of = _names_of(everyone)
        results = []
        for number, form in enumerate(forms):
            code = codes[number]
            same_code = set(by_code.get(code.lower(), ())) if code else set()
            keys = list(dict.fromkeys([*known[number], *fuzzy.get(number, ())]))
            scored = rank(form, [(key, names[key]) for key in keys], self.frequencies.idf, limit=len(keys))
            similar = alike.get(number, frozenset())
            sounds = frozenset(pinyin_keys(form.written_core)) if similar else frozenset()
            candidates = [
                self._candidate(
                    key,
                    _by_sound(form, sounds, names[key], similarity) if key in similar else similarity,
                    texts,
                    code,
                    code_of.get(key, ""),
                    key in same_code,
                )
                for key, similarity in scored
            ]
            candidates = [one for one in candidates if one.score >= at_least or one.id in same_code]
            candidates.sort(key=lambda one: -one.score)
            kind = PROBABLE_KIND if candidates else NONE
            if any(_is_exact(one) for one in candidates):
                kind = EXACT
            results.append(DuplicateResult(kind, candidates[:limit]))
        return results

    def _candidate(
        self, key: int, similarity: Similarity, texts: Texts, code: str, theirs: str, has_same_code: bool
    ) -> DuplicateCandidate:
        reasons = similarity.reasons
        score = similarity.score
        if has_same_code:
            reasons, score = ("same_code", *reasons), 100.0
        elif code and theirs and code != theirs:
            reasons = ("other_code", *reasons)
        name = texts[id(similarity.matched)] if similarity.matched else ""
        return DuplicateCandidate(key, round(score, 1), reasons, name)


def _by_sound(
    form: NameForms, sounds: frozenset[str], names: Sequence[CandidateName], similarity: Similarity
) -> Similarity:
    """The likeness, raised where a name sounds the same: the wrong character of the right pinyin is the usual slip.

    Two characters that sound alike are often two brands: enough to be asked, not to be warned of.
    """
    floor = _SAME_SOUND_SCORE if len(form.core) > _SHORT_CORE else _SAME_SOUND_SHORT
    if similarity.score >= floor:
        return similarity
    for name in names:
        if len(name.forms.core) == len(form.core) and not sounds.isdisjoint(pinyin_keys(name.forms.written_core)):
            return Similarity(floor, ("same_sound", *similarity.reasons), name)
    return similarity


def _is_exact(candidate: DuplicateCandidate) -> bool:
    return "same_code" in candidate.reasons or (
        "same_name" in candidate.reasons and "other_code" not in candidate.reasons
    )


def _names_of(
    keys: Iterable[int],
) -> tuple[dict[int, list[CandidateName]], Texts, dict[int, str]]:
    """All names of these enterprises, how they are written, and credit codes; two queries for every thousand."""
    names: dict[int, list[CandidateName]] = defaultdict(list)
    texts: Texts = {}
    codes: dict[int, str] = {}

    def add(key: int, text: str | None, kind: str) -> None:
        if text:
            name = CandidateName.of(text, kind)
            names[key].append(name)
            texts[id(name)] = text

    wanted = sorted(keys)
    for start in range(0, len(wanted), 1000):
        chunk = wanted[start : start + 1000]
        for key, registered, short, english, kana, code in Enterprise.objects.filter(pk__in=chunk).values_list(
            "pk", "registered_name", "short_name", "name_en", "name_kana", "uscc"
        ):
            codes[key] = code or ""
            add(key, registered, "registered")
            add(key, short, "short")
            add(key, english, "english")
            add(key, kana, "kana")
        for key, kind, text in (
            EnterpriseName.objects.filter(enterprise__in=chunk)
            .order_by("pk")
            .values_list("enterprise_id", "kind", "name")
        ):
            add(key, text, kind)
    return names, texts, codes


def _rows(sql: str, params: Params) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
