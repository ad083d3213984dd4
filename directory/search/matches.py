"""Which name of a hit was found, and where in it: so that a reader sees why a line stands in the list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from directory.models import ChainPosition, CorporateGroup, Enterprise, EnterpriseName, GroupName
from directory.rules.characters import compatible, fold, squash
from directory.rules.names import name_forms
from directory.rules.readings import spelled
from directory.search.results import Match
from directory.search.terms import CONTAINED, NAME, OTHER, Text
from directory.search.tokens import split_products

_FIELDS = {
    EnterpriseName.Kind.FORMER: "former_name",
    EnterpriseName.Kind.FORMER_SHORT: "former_name",
    EnterpriseName.Kind.ALIAS: "also_called",
    EnterpriseName.Kind.BRAND: "also_called",
    EnterpriseName.Kind.ENGLISH: "name_en",
    EnterpriseName.Kind.KANA: "name_kana",
}
_READABLE = {"short_name", "registered_name", "also_called", "former_name"}

Named = list[tuple[str, str]]


def explain(text: Text, ids: Sequence[int], tiers: Mapping[int, int]) -> dict[int, Match]:
    """Why each of these enterprises was found. A fixed number of queries.

    `tiers` says on which step of the order those stand that are known to: for the lower steps less is compared.
    """
    named: dict[int, Named] = defaultdict(list)
    products: dict[int, list[str]] = defaultdict(list)
    groups: dict[int, list[int]] = defaultdict(list)
    codes: dict[int, Named] = {}
    for key, short, registered, english, kana, uscc, legacy, made, made_en, group in Enterprise.objects.filter(
        pk__in=ids
    ).values_list(
        "pk", "short_name", "registered_name", "name_en", "name_kana", "uscc", "legacy_registration_no", "products",
        "products_en", "group_id",
    ):  # fmt: skip
        named[key] += [("short_name", short), ("registered_name", registered), ("name_en", english)]
        named[key] += [("name_kana", kana)]
        codes[key] = [("uscc", uscc or ""), ("legacy_registration_no", legacy)]
        products[key] += split_products(made, made_en)
        if group:
            groups[group].append(key)
    for key, kind, name in (
        EnterpriseName.objects.filter(enterprise__in=ids).order_by("pk").values_list("enterprise_id", "kind", "name")
    ):
        named[key].append((_FIELDS[EnterpriseName.Kind(kind)], name))
    found: dict[int, Match] = {}
    missing = []
    for key in ids:
        step = tiers.get(key, NAME)
        match = _by_code(text, codes.get(key, []))
        if not match and step < OTHER:
            match = _by_name(text, named[key], whole=step < CONTAINED)
        if match:
            found[key] = match
        else:
            missing.append(key)
    if missing:
        found.update(_by_the_rest(text, missing, named, products, groups))
    return found


def _by_the_rest(
    text: Text,
    ids: list[int],
    named: Mapping[int, Named],
    products: dict[int, list[str]],
    groups: Mapping[int, list[int]],
) -> dict[int, Match]:
    """By products or the group's name, else by words that stand apart."""
    for key, made in (
        ChainPosition.objects.filter(enterprise__in=ids).order_by("pk").values_list("enterprise_id", "products")
    ):
        products[key] += split_products(made)
    group_names: dict[int, Named] = defaultdict(list)
    wanted = {group: [key for key in keys if key in set(ids)] for group, keys in groups.items()}
    wanted = {group: keys for group, keys in wanted.items() if keys}
    if wanted:
        rows = list(CorporateGroup.objects.filter(pk__in=wanted).values_list("pk", "name", "name_en"))
        pairs = [(group, name) for group, *names in rows for name in names]
        pairs += GroupName.objects.filter(group__in=wanted).order_by("pk").values_list("group_id", "name")
        for group, name in pairs:
            for key in wanted[group]:
                group_names[key].append(("group", name))
    found = {}
    for key in ids:
        match = _by_product(text, products[key]) or _by_name(text, group_names[key]) or _by_words(text, named[key])
        if match:
            found[key] = match
    return found


def _by_code(text: Text, codes: Named) -> Match | None:
    for name, code in codes:
        if text.code and code.lower().startswith(text.code):
            kind = "exact" if len(code) == len(text.code) else "prefix"
            return Match(name, code, kind, ((0, len(text.code)),))
    return None


class _Value:
    """A name as it is written, beside its comparable characters and where each of them stands."""

    def __init__(self, value: str) -> None:
        self.value = value
        characters: list[str] = []
        self.places: list[int] = []
        for place, character in enumerate(value):
            for one in fold(squash(compatible(character))):
                characters.append(one)
                self.places.append(place)
        self.text = "".join(characters)

    def ranges(self, needle: str) -> tuple[tuple[int, int], ...]:
        start = self.text.find(needle)
        if not needle or start < 0:
            return ()
        return ((self.places[start], self.places[start + len(needle) - 1] + 1),)


def _by_name(text: Text, named: Iterable[tuple[str, str]], *, whole: bool = True) -> Match | None:
    """The best of the names: exact, then a reading, then a beginning, then a part; without `whole` a part only."""
    best: tuple[int, Match] | None = None
    for name, value in named:
        if not value:
            continue
        step, match = _compare(text, name, value) if whole else _compare_part(text, name, _Value(value))
        if match and (best is None or step < best[0]):
            best = (step, match)
    return best[1] if best else None


def _compare(text: Text, name: str, value: str) -> tuple[int, Match | None]:
    forms = name_forms(value)
    shapes = {forms.normalised, forms.stem, forms.core}
    shapes |= {shape.replace(" ", "") for shape in shapes}
    written = _Value(value)
    stem = text.terms.stem.replace(" ", "")
    is_past = name == "former_name"
    if shapes & set(text.wholes):
        # The whole value where all of it was typed, else what of it was (津上 of 津上公司).
        is_whole = written.text == text.terms.compact
        ranges = ((0, len(value)),) if is_whole else written.ranges(stem) or ((0, len(value)),)
        return 2 if is_past else 0, Match(name, value, "exact", ranges)
    if name in _READABLE and text.terms.compact.isascii():
        kind, end = _by_reading(text.terms.compact, forms.written_core)
        if kind:
            core = _Value(forms.written_core).text
            ranges = written.ranges(core[:end])
            return 1 if end == len(core) else 4, Match(name, value, kind, ranges)
    if any(shape.startswith(form) for shape in shapes for form in text.wholes):
        return 3, Match(name, value, "prefix", written.ranges(stem))
    return _compare_part(text, name, written)


def _compare_part(text: Text, name: str, written: "_Value") -> tuple[int, Match | None]:
    pieces = [piece.replace(" ", "") for piece in text.pieces]
    if all(piece in written.text for piece in pieces):
        ranges = sorted({one for piece in pieces for one in written.ranges(piece)})
        kind = "prefix" if len(pieces) == 1 and written.text.startswith(pieces[0]) else "contains"
        return 6 if name == "former_name" else 5, Match(name, written.value, kind, tuple(ranges))
    return 9, None


def _by_reading(typed: str, written_core: str) -> tuple[str, int]:
    """("pinyin" or "initials", how many characters of the core it covers), or ("", 0)."""
    joined, initials = spelled(squash(written_core))
    if any(key.startswith(typed) for key in initials):
        return "initials", len(typed)
    for key in joined:
        if key.startswith(typed):
            for end in range(1, len(written_core) + 1):
                if any(len(part) >= len(typed) and part.startswith(typed) for part in spelled(written_core[:end])[0]):
                    return "pinyin", end
            return "pinyin", len(written_core)
    return "", 0


def _by_product(text: Text, products: Iterable[str]) -> Match | None:
    pieces = [piece.replace(" ", "") for piece in text.pieces]
    for product in products:
        written = _Value(product)
        if all(piece in written.text for piece in pieces):
            ranges = sorted({one for piece in pieces for one in written.ranges(piece)})
            return Match("products", product, "contains", tuple(ranges))
    return None


def _by_words(text: Text, named: Iterable[tuple[str, str]]) -> Match | None:
    """The first name that has any of the query's pieces or pairs of characters."""
    bigrams = [bigram for part in text.terms.parts for bigram in part.bigrams]
    pieces = [*(piece.replace(" ", "") for piece in text.pieces), *bigrams]
    for name, value in named:
        if not value:
            continue
        written = _Value(value)
        ranges = sorted({one for piece in pieces for one in written.ranges(piece)})
        if ranges:
            return Match(name, value, "words", _merged(ranges))
    return None


def _merged(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
