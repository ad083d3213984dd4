"""Names and codes of the vocabularies, as cells state them, read once for a plan."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from directory.models import (
    CorporateGroup,
    Exchange,
    GroupName,
    IndustryChain,
    IndustryClass,
    Park,
    QualificationType,
    RankingList,
    RegistrationType,
)
from directory.rules import industry
from directory.rules.headers import heading_key
from directory.rules.names import name_forms
from directory.rules.values import Parsed, country_index

COUNTRIES_FILE = Path(settings.BASE_DIR) / "fixtures" / "reference" / "countries.json"
_TICKER_MARKETS = {
    "SH": "XSHG", "SS": "XSHG", "SZ": "XSHE", "BJ": "BJSE", "HK": "XHKG", "TW": "XTAI", "NQ": "NEEQ", "T": "XTKS",
    "DE": "XETR", "KS": "XKRX", "N": "XNYS", "O": "XNAS",
}  # fmt: skip
_TICKER = re.compile(r"([0-9A-Z]{1,12})\.([A-Z]{1,2})|([A-Z]{2})\.?([0-9]{5,6})")
_INDUSTRY_CODE = re.compile(r"^([A-Ta-t]?[0-9]{2,4}|[A-Ta-t])(?![0-9A-Za-z])")


class Lookups:
    """Each vocabulary by every way to write it; a query each, when first asked for."""

    @cached_property
    def countries(self) -> dict[str, str]:
        rows = json.loads(COUNTRIES_FILE.read_text(encoding="utf-8"))
        return country_index((row["code"], (row["name"], row["name_en"], *row["aliases"])) for row in rows)

    @cached_property
    def parks(self) -> dict[str, set[int]]:
        return index_of(Park.objects.values_list("pk", "code", "name", "name_en"))

    @cached_property
    def chains(self) -> dict[str, set[int]]:
        return index_of(IndustryChain.objects.values_list("pk", "code", "name", "name_en"))

    @cached_property
    def exchanges(self) -> dict[str, set[int]]:
        found = index_of(Exchange.objects.values_list("pk", "mic", "name", "name_en"))
        for word, mic in (
            ("上交所", "XSHG"),
            ("深交所", "XSHE"),
            ("北交所", "BJSE"),
            ("港交所", "XHKG"),
            ("新三板", "NEEQ"),
        ):
            found[heading_key(word)] = found.get(heading_key(mic), set())
        return found

    @cached_property
    def rankings(self) -> dict[str, set[int]]:
        return index_of(RankingList.objects.values_list("pk", "code", "name", "name_en"))

    @cached_property
    def qualification_types(self) -> dict[str, set[int]]:
        return index_of(QualificationType.objects.values_list("pk", "code", "name", "name_en"))

    @cached_property
    def qualification_months(self) -> dict[int, int | None]:
        return dict(QualificationType.objects.values_list("pk", "default_validity_months"))

    @cached_property
    def registration_types(self) -> dict[str, set[int]]:
        return index_of(RegistrationType.objects.values_list("pk", "code", "name"))

    @cached_property
    def registration_codes(self) -> dict[int, str]:
        return dict(RegistrationType.objects.values_list("pk", "code"))

    @cached_property
    def industries(self) -> dict[str, int]:
        return dict(IndustryClass.objects.values_list("code", "pk"))

    @cached_property
    def industry_names(self) -> dict[str, set[int]]:
        return index_of(IndustryClass.objects.values_list("pk", "name"))

    @cached_property
    def groups(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        rows = [*CorporateGroup.objects.values_list("pk", "name"), *CorporateGroup.objects.values_list("pk", "name_en")]
        for key, name in [*rows, *GroupName.objects.values_list("group_id", "name")]:
            if name:
                forms = name_forms(name)
                found[forms.normalised].add(key)
                found[forms.stem].add(key)
        return found

    def industry(self, text: str) -> Parsed[int]:
        """The class by code (C3421, 3421, C34 通用设备制造业) or name; the nearest loaded one above an unknown class."""
        match = _INDUSTRY_CODE.match(text)
        if match is None:
            keys = self.industry_names.get(heading_key(text), set())
            return Parsed(min(keys)) if len(keys) == 1 else Parsed(problem="industry_unknown")
        try:
            code = industry.parse(match[1])
        except ValueError:
            return Parsed(problem="industry_unknown")
        wanted: str | None = code.code
        while wanted is not None and wanted not in self.industries:
            wanted = industry.parse(wanted).parent
        if wanted is None:
            return Parsed(problem="industry_unknown")
        notes = () if wanted == code.code else ("industry_parent_used",)
        return Parsed(self.industries[wanted], notes=notes, hint=wanted)

    def registration_type(self, text: str) -> Parsed[int]:
        """The type by code or by its exact name."""
        code = re.match(r"[0-9]{4}(?![0-9])", text)
        keys = self.registration_types.get(code[0] if code else heading_key(text), set())
        if len(keys) > 1:
            codes = ", ".join(sorted(self.registration_codes[key] for key in keys))
            return Parsed(problem="registration_type_ambiguous", hint=codes)
        return Parsed(min(keys)) if keys else Parsed(problem="registration_type_unknown")

    def group(self, text: str) -> Parsed[int]:
        forms = name_forms(text)
        keys = self.groups.get(forms.normalised) or self.groups.get(forms.stem) or set()
        if len(keys) > 1:
            return Parsed(problem="group_ambiguous")
        return Parsed(min(keys)) if keys else Parsed(problem="group_unknown")

    def listing(self, text: str) -> Parsed[list[Any]]:
        """[exchange, ticker] of 000001.SZ, SH600000; the ticker alone leaves the exchange 0."""
        text = text.upper().replace(" ", "")
        match = _TICKER.fullmatch(text)
        if match is None:
            return Parsed([0, text]) if re.fullmatch(r"[0-9A-Z.\-]{1,20}", text) else Parsed(problem="exchange_unknown")
        ticker, market = (match[1], match[2]) if match[1] else (match[4], match[3])
        found = self.exchanges.get(heading_key(_TICKER_MARKETS.get(market, "?")), set())
        return Parsed([min(found), ticker]) if found else Parsed(problem="exchange_unknown")


def index_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, set[int]]:
    """Every way to write a name (as `heading_key` has it) → the keys of the rows so called; rows are (key, *names)."""
    found: dict[str, set[int]] = defaultdict(set)
    for key, *names in rows:
        for name in names:
            if name:
                found[heading_key(name)].add(key)
    return dict(found)
