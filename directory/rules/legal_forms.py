"""Legal forms at the ends of enterprise names, in Chinese, Japanese and Latin letters.

A form is cut from the end as long as something stays in front of it. Written folded (see ``characters.fold``).
"""

from __future__ import annotations

import re

from directory.rules.characters import fold

#: Cut from the name for search and matching alike.
_STRONG = """
有限责任公司 股份有限责任公司 股份有限公司 有限公司 股份公司 集团公司 控股公司 总公司 分公司 支公司 子公司 公司 集团
股份 有限 责任公司 有限合伙企业 普通合伙企业 特殊普通合伙企业 合伙企业 有限合伙 普通合伙 特殊普通合伙 个人独资企业
专业合作社 合作社 株式会社 有限会社 合同会社 株 有限责任
"""
#: Cut for the core name only: 机械厂 is also searched for as it stands.
_WEAK = "总厂 分厂 厂"
#: A form half typed; cut from a query only.
_UNFINISHED = """
有限责任公 股份有限责任公 有限公 股份有限公 有限责 股份有限责 股份有限责任 股份有限 股份有
集团有限 集团有 集团股份
"""

_LATIN_WORDS = """
co company ltd limited coltd inc incorporated corp corporation gmbh mbh ag kg kgaa se plc llc llp lp sa sas
sarl spa srl nv bv oy oyj ab as asa aps kk gk pte pty pvt pt bhd sdn spol sro zrt kft sl sau group holding
holdings cokg gmbhcokg
"""
_LATIN = frozenset(_LATIN_WORDS.split())


def _longest_first(*texts: str) -> tuple[str, ...]:
    return tuple(sorted({fold(form) for text in texts for form in text.split()}, key=len, reverse=True))


def _ending(*texts: str) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(_longest_first(*texts)) + ")$")


STRONG_END = _ending(_STRONG.replace(" 株 ", " "))
ANY_END = _ending(_STRONG.replace(" 株 ", " "), _WEAK)
QUERY_END = _ending(_STRONG.replace(" 株 ", " "), _WEAK, _UNFINISHED)
LEADING = re.compile("^(?:" + "|".join(map(fold, ("株式会社", "有限会社", "合同会社"))) + ")")
#: Bracketed text that says nothing but the form: (集团), (有限合伙), (株).
IN_BRACKETS = frozenset(_longest_first(_STRONG)) | {fold("控股"), fold("个体工商户"), fold("个人独资")}
BRANCH_END = re.compile("(?:分公司|支公司|分厂|分店|办事处|代表处|营业部|经营部|分行|支行)$")


_INNER = re.compile("(?<=..)(?:(?:集团)?股份有限(?:责任)?公司|(?:集团)?有限责任公司|(?:集团)?有限公司)(?=.)")


def without_inner_form(text: str) -> str:
    """Return a folded name without the forms inside it: the head office's in a branch's name."""
    return _INNER.sub("", text) if "有限" in text else text


def without_latin_form(words: list[str]) -> list[str]:
    """Return the words without the legal form at their end; unchanged if nothing else would be left."""
    end = len(words)
    while end and words[end - 1] in _LATIN:
        end -= 1
    # GmbH & Co. KG; 'and' stands only between forms.
    while end > 1 and words[end - 1] == "and" and end < len(words):
        end -= 1
        while end and words[end - 1] in _LATIN:
            end -= 1
    return words[:end] if end else words


def without_form(text: str, ending: re.Pattern[str], *, at_least: int = 2) -> str:
    """Cut forms from the end of a folded text while ``at_least`` characters stay; repeated (集团有限公司)."""
    while (match := ending.search(text)) and match.start() >= at_least:
        text = text[: match.start()]
    return text
