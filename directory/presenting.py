"""Rows of the directory as the public components take them: names in the reader's language, badges, lines, facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django_countries import countries

from directory.models.enterprises import OperatingStatus, Relation
from directory.querysets import About
from directory.search import Match
from directory.search.tokens import split_products
from pinghu.formats import is_chinese

CHINESE = "zh-Hans"
#: Products of one enterprise that a line of a list names.
_PRODUCTS_IN_A_LINE = 4


def reads_chinese() -> bool:
    return is_chinese(get_language())


def local(row: Any, name: str = "name") -> str:
    """A field in the reader's language: `<name>_en` for English readers where it is filled, else as it stands."""
    text = str(getattr(row, name) or "")
    english = str(getattr(row, f"{name}_en", "") or "")
    return text if reads_chinese() or not english else english


def lang_of(text: str) -> str:
    """The language of a name from its script, "" where it is the page's own: what `lang` attributes say."""
    if any("\u3040" <= character <= "\u30ff" for character in text):
        return "ja"
    is_han = any("\u4e00" <= character <= "\u9fff" for character in text)
    if is_han:
        return "" if reads_chinese() else CHINESE
    return "en" if reads_chinese() else ""


def country_name(code: str) -> str:
    """The name of a country or region in the reader's language; the code itself where it is unknown."""
    return str(countries.name(code) or code)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an enterprise is called on a page, and by which other names besides."""

    name: str
    others: tuple[str, ...]

    @property
    def lang(self) -> str:
        return lang_of(self.name)


def shown(enterprise: Any) -> Shown:
    """English readers get the English name first where one is known, everybody else the short name, else the full."""
    known = [enterprise.short_name, enterprise.registered_name or "", enterprise.name_en]
    if not reads_chinese():
        known = [enterprise.name_en, enterprise.short_name, enterprise.registered_name or ""]
    names = [name for name in dict.fromkeys(known) if name]
    return Shown(names[0], tuple(names[1:]))


def enterprise_url(enterprise: Any) -> str:
    return reverse("directory:enterprise_detail", args=[enterprise.public_id])


def enterprise_link(enterprise: Any) -> dict[str, Any]:
    """A cell or fact that leads to an enterprise."""
    name = shown(enterprise)
    return {
        "text": name.name,
        "value": name.name,
        "label": name.name,
        "lang": name.lang,
        "href": enterprise_url(enterprise),
    }


def named(code: str, name: str, name_en: str) -> str:
    """The label of a row read as plain columns."""
    return name if reads_chinese() or not name_en else name_en


# --- badges -----------------------------------------------------------------------------------------------------------


def status_badge(enterprise: Any) -> dict[str, str] | None:
    """What must be said before anything else: closed, moved away, succeeded, suspended. None while it operates."""
    label = enterprise.get_status_display()
    if enterprise.status == OperatingStatus.CLOSED:
        return {"kind": "closed", "text": label}
    if enterprise.status in (OperatingStatus.MOVED, OperatingStatus.SUCCEEDED):
        return {"kind": "moved", "text": label}
    if enterprise.relation == Relation.MOVED_OUT:
        return {"kind": "moved", "text": enterprise.get_relation_display()}
    if enterprise.status in (OperatingStatus.SUSPENDED, OperatingStatus.IN_PREPARATION):
        return {"kind": "warn", "text": label}
    return None


def line_badges(enterprise: Any, about: About) -> list[dict[str, str]]:
    badges = [badge] if (badge := status_badge(enterprise)) else []
    if enterprise.is_leader:
        badges.append({"kind": "leading", "text": ""})
    if enterprise.is_listed:
        badges.append({"kind": "info", "text": _("Listed")})
    elif enterprise.has_listed_parent:
        badges.append({"kind": "neutral", "text": _("Listed parent")})
    badges += [{"kind": "neutral", "text": named(*title)} for title in about.titles[:3]]
    if enterprise.is_demo:
        badges.append({"kind": "demo", "text": ""})
    return badges


# --- a line of a list -------------------------------------------------------------------------------------------------


def match_labels() -> dict[str, str]:
    """What the field of a match is called."""
    return {
        "uscc": _("Credit code"),
        "legacy_registration_no": _("Former registration number"),
        "registered_name": _("Registered name"),
        "short_name": _("Short name"),
        "name_en": _("English name"),
        "name_kana": _("Kana name"),
        "former_name": _("Former name"),
        "also_called": _("Also called"),
        "group": pgettext("corporate", "Group"),
        "products": _("Products"),
    }


def line(enterprise: Any, about: About, match: Match | None = None) -> dict[str, Any]:
    """One hit as `components/result_row.html` takes it: the name found is marked wherever it stands."""
    name = shown(enterprise)
    ranges, found = None, None
    if match is not None and match.value == name.name:
        ranges = match.ranges
    elif match is not None:
        found = {
            "label": match_labels().get(match.field, match.field),
            "value": match.value,
            "ranges": match.ranges,
            "lang": lang_of(match.value),
        }
    others = [other for other in name.others if found is None or other != found["value"]]
    return {
        "id": enterprise.public_id,
        "href": enterprise_url(enterprise),
        "name": name.name,
        "lang": name.lang,
        "ranges": ranges,
        "other": others[0] if others else "",
        "other_lang": lang_of(others[0]) if others else "",
        "match": found,
        "meta": line_facts(enterprise, about),
        "badges": line_badges(enterprise, about),
    }


def line_facts(enterprise: Any, about: About) -> list[str]:
    """Where from, in which chains, where, what it makes."""
    facts = [country_name(code) for code, _name, _english in about.countries[:3]]
    facts += [named(*chain) for chain in about.chains[:2]]
    if enterprise.park is not None:
        facts.append(local(enterprise.park))
    products = products_of(enterprise)[:_PRODUCTS_IN_A_LINE]
    if products:
        facts.append(listed_words(products))
    return facts


def carrier_name(carrier: Any) -> str:
    """The name of a carrier, marked where it is made up."""
    name = local(carrier)
    return f"{name} ({_('Example data')})" if carrier.is_demo else name


def products_of(enterprise: Any) -> list[str]:
    return list(split_products(local(enterprise, "products")))


def listed_words(words: Iterable[str]) -> str:
    """Words as a list in a sentence: 甲、乙 or a, b."""
    return ("、" if reads_chinese() else ", ").join(words)
