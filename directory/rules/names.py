"""Names of enterprises made comparable: the one normaliser and tokeniser for index, query and duplicates.

Three shapes of one name, from wide to narrow:

* *normalised*: folded, lower case, without punctuation (尼得科機床（浙江）有限公司 → 尼得科机床浙江有限公司);
* *stem*: without the legal form at its end (尼得科机床浙江);
* *core*: without bracketed or leading place and form (尼得科机床).

Tokens are two CJK characters, the same with ``_`` before them for products, or a Latin word; SQLite's FTS5 (tokenizer
``ascii tokenchars '_'``) and PostgreSQL's ``array_to_tsvector`` store them unchanged. ``TOKENS_VERSION`` goes up with
every change of what is stored; rows of an older version are indexed anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from directory.rules import legal_forms
from directory.rules.characters import CJK_CLASS, CJK_RUN, compatible, fold, squash
from directory.rules.places import REGION_WORDS, ZONE_WORDS, gazetteer, latin_places, longest_place
from directory.rules.readings import initials_keys, pinyin_keys, spelled

__all__ = [
    "TOKENS_VERSION",
    "NameForms",
    "QueryPart",
    "QueryTerms",
    "bigrams",
    "core_name",
    "initials_keys",
    "is_branch_name",
    "name_forms",
    "normalise",
    "pinyin_keys",
    "place_of",
    "query_terms",
    "tokens",
    "without_exchange_marks",
]

TOKENS_VERSION = 1

MAX_TOKEN_LENGTH = 64
MAX_QUERY_LENGTH = 64
MAX_QUERY_PARTS = 8
_MAX_NAME_LENGTH = 200
_MAX_JOINS = 4
_MAX_PLACES = 4
_BRAND_LENGTH = 6

_BRACKETS = re.compile(r"[(\[【〔〈《「『]([^()\[\]【】〔〕〈〉《》「」『』]{0,40})[)\]】〕〉》」』]")
_BRACKET = re.compile(r"[()\[\]【】〔〕〈〉《》「」『』]")
_LATIN_RUN = re.compile("[0-9a-z]+")
_RUNS = re.compile(f"[0-9a-z]+|[{CJK_CLASS}]+")

_GENERIC_WORDS = """
银行 汽车 机床 电力 电气 电器 电子 医药 药业 航空 机场 港口 港务 钢铁 石化 化工 机械 科技 建设 建工 建筑 水务
水泥 燃气 能源 煤炭 证券 信托 保险 租赁 基金 投资 实业 控股 贸易 商业 百货 旅游 酒店 食品 饮料 啤酒 纺织 服装
轴承 电机 电缆 电池 材料 环保 物流 运输 铁路 高速 公路 地铁 交通 城建 城投 国资 农业 种业 渔业 盐业 烟草 传媒
出版 文化 教育 通信 网络 软件 信息 技术 工业 制造 产业 发展 开发 置业 房产 地产 自来水 新能源 新材料 国际 机电
仪表 仪器 造纸 印刷 包装 塑料 橡胶 玻璃
"""
# What is left after the place would say nothing by itself: 上海汽车, 北京银行 keep their place in the core.
_GENERIC = frozenset(fold(word) for word in _GENERIC_WORDS.split())


@dataclass(frozen=True, slots=True)
class NameForms:
    """The comparable shapes of one name; ``written_core`` is the core before folding, from which pinyin is read."""

    normalised: str
    stem: str
    core: str
    written_core: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One blank-separated part of a query: all its bigrams and all its prefixes must be found.

    ``bigrams`` apply to the name tokens, or with ``_`` before each to the product tokens. ``latin`` are prefixes.
    ``single`` is an ideograph standing alone, which no bigram can find: look for keys that begin with it.
    """

    text: str
    bigrams: tuple[str, ...] = ()
    latin: tuple[str, ...] = ()
    single: str | None = None


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A user's query, taken apart; without parts it has no text to search for.

    ``whole`` is the normalised query, ``stem`` the same without its legal form and ``compact`` without blanks:
    compare them with the keys. ``joined`` is set when all parts are Latin words and may be one word in the index
    (total energies, TotalEnergies): search for it as an alternative to the parts.
    """

    whole: str
    stem: str
    compact: str
    parts: tuple[QueryPart, ...]
    joined: str | None = None

    @property
    def has_text(self) -> bool:
        """Whether anything is left to search for."""
        return bool(self.parts)


def normalise(text: str) -> str:
    """Return the name folded to simplified characters, lower case, without brackets, punctuation or accents.

    Blanks stay only between Latin words. Idempotent.
    """
    return fold(squash(compatible(text)))


def bigrams(text: str) -> list[str]:
    """Return the pairs of neighbouring CJK characters of a normalised text, in order."""
    return ["".join(pair) for run in CJK_RUN.findall(text) for pair in pairwise(run)]


def _leading_place(folded: str) -> tuple[int, str]:
    """Length and short form of the longest place name at the start of a folded text; (0, "") if there is none."""
    places = gazetteer()
    for length in range(min(longest_place(), len(folded) - 1), 1, -1):
        if short := places.get(folded[:length]):
            return length, short
    return 0, ""


def _trailing_place(folded: str) -> tuple[int, str]:
    places = gazetteer()
    for length in range(min(longest_place(), len(folded) - 2), 1, -1):
        tail = folded[-length:]
        if tail in REGION_WORDS:
            return length, tail
        if short := places.get(tail):
            return length, short
    return 0, ""


def _place_alone(folded: str) -> str | None:
    """The short form if the text is a place and nothing else, in Chinese or Latin letters."""
    if folded in REGION_WORDS:
        return folded
    if folded.isascii():
        return folded if folded.replace(" ", "") in latin_places() else None
    return gazetteer().get(folded)


def _is_enough(rest: str) -> bool:
    return len(rest) >= 2 and rest not in _GENERIC


def _cut_latin(written: str, places: list[str]) -> str:
    """Core of a name in Latin letters: no legal form, no place before or after the rest."""
    words = legal_forms.without_latin_form(written.split())
    known = latin_places()
    if len(words) > 1 and words[-1] in known:
        places.append(words.pop())
        words = legal_forms.without_latin_form(words)
    if len(words) > 1 and words[0] in known:
        places.append(words.pop(0))
    return " ".join(words)


def _cut_cjk(written: str, places: list[str]) -> str:
    """Core of a name with CJK in it; cuts the written text where the folded one says, positions being the same."""
    folded = fold(written)
    if (leading_form := legal_forms.LEADING.match(folded)) and len(folded) > leading_form.end():
        start = leading_form.end()
        written, folded = written[start:], folded[start:]
    end = len(legal_forms.without_form(folded, legal_forms.ANY_END))
    if end < len(folded):
        # 某某有限公司平湖分公司, 某某浙江有限公司: a place in front of the form, then perhaps another form.
        length, place = _trailing_place(folded[:end])
        if length and _is_enough(folded[: end - length]):
            places.append(place)
            end = len(legal_forms.without_form(folded[: end - length], legal_forms.ANY_END))
    written, folded = written[:end], folded[:end]
    for _ in range(_MAX_PLACES):
        length, place = _leading_place(folded)
        if not length:
            break
        zone = next((len(word) for word in ZONE_WORDS if folded.startswith(word, length)), 0)
        rest = folded[length + zone :]
        if not _is_enough(rest):
            places.append(place)
            break
        places.append(place)
        written, folded = written[length + zone :], rest
    return written.strip()


@lru_cache(maxsize=8192)
def name_forms(text: str) -> NameForms:
    """Return all comparable shapes of a name; if place and form are all there is, the core is the normalised name."""
    plain = compatible(text[:_MAX_NAME_LENGTH])
    written = squash(plain)
    normalised = fold(written)
    is_latin = normalised.isascii()
    places: list[str] = []
    if "(" in plain or _BRACKETS.search(plain):

        def keep_or_drop(match: re.Match[str]) -> str:
            inside = normalise(match[1])
            if place := _place_alone(inside):
                places.append(place)
                return " "
            return " " if inside in legal_forms.IN_BRACKETS else f" {match[1]} "

        unbracketed = squash(_BRACKETS.sub(keep_or_drop, plain))
    else:
        unbracketed = written
    if is_latin:
        stem = " ".join(legal_forms.without_latin_form(normalised.split()))
        written_core = _cut_latin(unbracketed, places) if unbracketed else ""
    else:
        stem = legal_forms.without_form(legal_forms.without_inner_form(normalised), legal_forms.STRONG_END)
        written_core = _cut_cjk(unbracketed, places) if unbracketed else ""
    if not written_core:
        written_core = written
    return NameForms(normalised, stem, fold(written_core), written_core, tuple(dict.fromkeys(places)))


def core_name(text: str) -> str:
    """Return the normalised name without bracketed place, leading place and legal form.

    A generic rest keeps its place (上海汽车); a name of nothing but place and form comes back normalised.
    """
    return name_forms(text).core


def place_of(text: str) -> str:
    """Return the most particular place found in a name, in its short form (浙江省嘉兴市… → 嘉兴), or ""."""
    places = [place for place in name_forms(text).places if place not in REGION_WORDS]
    return places[-1] if places else ""


def is_branch_name(text: str) -> bool:
    """Whether the name ends as a branch's does (分公司, 办事处, …), which has no legal personality."""
    return legal_forms.BRANCH_END.search(normalise(text)) is not None


_EXCHANGE_MARKS = re.compile(r"^(?:\*?S\*?ST|\*?ST|XD|XR|DR|N|C|PT|G|S)(?=[\u3400-\u9fff])|-?(?:U|W|UW|WD|A|B|R)$")


def without_exchange_marks(short_name: str) -> str:
    """Return a stock's short name without the exchange's marks: \\*ST, PT, XD in front, -U, -W, A, B behind."""
    plain = compatible(short_name).replace(" ", "")
    if plain.isascii():
        return plain
    bare = _EXCHANGE_MARKS.sub("", plain)
    return bare if len(bare) >= 2 else plain


def _latin_tokens(text: str) -> Iterable[str]:
    """Latin words of a normalised text, and each run of words joined from its first words on to its end."""
    for run in CJK_RUN.split(text):
        words = run.split()
        yield from words
        for start in range(min(len(words) - 1, _MAX_JOINS)):
            yield "".join(words[start:])


def tokens(names: Iterable[str], products: Iterable[str] = (), *, readings: bool = True) -> list[str]:
    """Return the tokens to index for an enterprise's names and product words: unique, in order, at most 64 long each.

    Names are bigrams of stem and core (and of place before core, so that 浙江尼得科 finds 尼得科(浙江)), Latin
    words single and joined, and the core's pinyin and initials in every reading. Product bigrams carry ``_``.
    """
    found: dict[str, None] = {}
    for name in names:
        forms = name_forms(name)
        shapes = [forms.stem]
        if forms.core != forms.stem:
            shapes.append(forms.core)
            if forms.places and not forms.core.isascii():
                shapes.append(forms.places[-1] + forms.core)
        if forms.normalised.endswith("厂"):
            shapes.append(forms.normalised)
        for shape in shapes:
            found.update(dict.fromkeys(bigrams(shape)))
            if _LATIN_RUN.search(shape):
                found.update(dict.fromkeys(_latin_tokens(shape)))
        if readings:
            for keys in spelled(forms.written_core):
                found.update(dict.fromkeys(keys))
            if len(forms.stem) <= _BRAND_LENGTH and forms.stem != forms.core:
                # A short name that begins with its place (重庆啤酒) is typed whole.
                for keys in spelled(squash(compatible(name))[: len(forms.stem)]):
                    found.update(dict.fromkeys(keys))
    for product in products:
        text = normalise(product)
        found.update(dict.fromkeys(f"_{bigram}" for bigram in bigrams(text)))
        found.update(dict.fromkeys(_LATIN_RUN.findall(text)))
    return list(dict.fromkeys(token[:MAX_TOKEN_LENGTH] for token in found))


def _query_stem(text: str) -> str:
    if text.isascii():
        return text
    return legal_forms.without_form(legal_forms.without_inner_form(text), legal_forms.QUERY_END)


def _query_part(text: str) -> QueryPart | None:
    stem = _query_stem(text)
    if legal_forms.QUERY_END.fullmatch(stem) and len(stem) > 1:
        return None
    runs = _RUNS.findall(stem)
    pairs = dict.fromkeys(bigrams(stem))
    latin = dict.fromkeys(run[:MAX_TOKEN_LENGTH] for run in runs if run.isascii())
    single = next((run for run in runs if len(run) == 1 and not run.isascii()), None)
    return QueryPart(stem, tuple(pairs), tuple(latin), single) if runs else None


def query_terms(query: str) -> QueryTerms:
    """Take a user's query apart as the index was made: at most 64 characters and 8 parts; legal forms say nothing."""
    bounded = compatible(query[: 4 * MAX_QUERY_LENGTH]).strip()[:MAX_QUERY_LENGTH]
    whole = fold(squash(bounded))
    # Brackets part as blanks do: 尼得科(浙江) also means 尼得科机床(浙江).
    texts = [text for piece in _BRACKET.sub(" ", bounded).split() if (text := fold(squash(piece)))]
    if all(text.isascii() for text in texts):
        texts = legal_forms.without_latin_form(" ".join(texts).split())
    texts = texts[:MAX_QUERY_PARTS]
    parts = tuple(part for text in texts if (part := _query_part(text)))
    joined = "".join(texts)[:MAX_TOKEN_LENGTH] if len(texts) > 1 and all(t.isascii() for t in texts) else None
    return QueryTerms(whole, _query_stem(whole), whole.replace(" ", ""), parts, joined)
