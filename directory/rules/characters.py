"""Characters of names: what counts as CJK, and the folding that makes spellings of one name equal.

Folding works character by character, never by phrase, so that a text and its parts always fold alike. It merges a few
words (乾坤 becomes 干坤): fine for matching, wrong for pinyin, which is read from the unfolded name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

# Unified ideographs with the extensions A to J, compatibility ideographs, the marks 々 and 〇, kana and Hangul
# syllables. GB 18030-2022 has personal and place names in the extensions; they are tokenised like any other
# ideograph.
CJK_CLASS = (
    "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af\U000323b0-\U0003347f"
)
CJK_RUN = re.compile(f"[{CJK_CLASS}]+")
CJK_CHARACTER = re.compile(f"[{CJK_CLASS}]")
KANA = re.compile("[\u3041-\u3096\u30a1-\u30fe\u31f0-\u31ff]")

# Signs that NFKC would turn into letters of the name.
_MARKS = str.maketrans("", "", "™®©℠")
# Letters that do not decompose into a base letter and an accent.
_LETTERS = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
# Dropped without leaving a gap: McDonald's, L'Oréal, S.A.
_JOINING = "'’‘`´."
# Japanese forms which OpenCC leaves, or which are Chinese characters of their own (沙家浜) that people type for
# another.
JAPANESE_EXTRA = {"浜": "滨", "芸": "艺", "渋": "涩", "戸": "户", "徳": "德", "巻": "卷", "舎": "舍", "辺": "边"}


def is_cjk(character: str) -> bool:
    """Whether the one character is tokenised in bigrams (ideographs with all extensions, kana, Hangul)."""
    return CJK_CHARACTER.fullmatch(character) is not None


@cache
def _converters() -> tuple[Any, Any]:
    # Loaded on first use: opening the dictionaries takes a few milliseconds that not every process needs.
    from opencc import OpenCC

    return OpenCC("t2s"), OpenCC("jp2t")


def _is_simplified(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _fold_ideograph(character: str) -> str:
    """Return the simplified form of a traditional or Japanese character (the first variant OpenCC gives)."""
    if character in JAPANESE_EXTRA:
        return JAPANESE_EXTRA[character]
    to_simplified, from_japanese = _converters()
    simplified = str(to_simplified.convert(character))
    if simplified == character and not _is_simplified(character):
        # Only forms foreign to simplified Chinese take the way through Japanese: 予, 慎, 沪 must stay what they are.
        japanese = str(to_simplified.convert(from_japanese.convert(character)))
        if _is_simplified(japanese):
            simplified = japanese
    return simplified if len(simplified) == 1 else character


class _FoldTable(dict[int, int]):
    """Code point to folded code point, filled as characters are met; one to one, so that positions stay."""

    def __missing__(self, code: int) -> int:
        if 0x3041 <= code <= 0x3096:
            folded = code + 0x60  # hiragana to katakana
        elif code < 0x3400:
            folded = code
        else:
            folded = ord(_fold_ideograph(chr(code)))
        self[code] = folded
        return folded


class _SquashTable(dict[int, str]):
    """Code point to what stays of it: CJK and [0-9a-z] as they are, accents off, all else a blank or nothing."""

    def __missing__(self, code: int) -> str:
        kept = self[code] = self._kept(chr(code))
        return kept

    @staticmethod
    def _kept(character: str) -> str:
        if character.isascii() and character.isalnum():
            return character.lower()
        if is_cjk(character):
            return character
        if character in _JOINING or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
            return ""
        if character in _LETTERS:
            return _LETTERS[character]
        base = unicodedata.normalize("NFKD", character)[0]
        return base.lower() if base.isascii() and base.isalnum() else " "


_FOLD = _FoldTable()
_SQUASH = _SquashTable()
_OUTER_BLANK = re.compile("(?<![0-9a-z]) +| +(?![0-9a-z])")
_BLANKS = re.compile("  +")


def compatible(text: str) -> str:
    """Return the text in NFKC without trade marks: full-width forms, half-width kana and circled words unfolded."""
    return unicodedata.normalize("NFKC", text.translate(_MARKS) if not text.isascii() else text)


def squash(text: str) -> str:
    """Return CJK and [0-9a-z] only: lower case, no accents or punctuation, blanks only between Latin words.

    Takes text in NFKC and leaves the characters themselves as written (no folding).
    """
    kept = text.lower().translate(_SQUASH)
    if " " in kept:
        kept = _OUTER_BLANK.sub("", _BLANKS.sub(" ", kept))
    return kept


def fold(text: str) -> str:
    """Return the text with traditional and Japanese characters simplified and hiragana as katakana, length kept."""
    return text if text.isascii() else text.translate(_FOLD)
