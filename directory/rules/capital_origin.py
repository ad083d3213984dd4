"""Where an enterprise's capital comes from: from its holdings, else from its registration type.

Foreign-invested is an enterprise with any foreign share (Foreign Investment Law, article 2); Hong Kong, Macao and
Taiwan (HMT) are handled by reference and counted apart, and so is reinvestment by foreign-invested firms within
China. Other counts want a least share (25 %): that is the ``threshold``. Registration types are the market
regulator's codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

DOMESTIC = "domestic"
FOREIGN = "foreign"
HMT = "hmt"
MIXED = "mixed"
FOREIGN_REINVESTED = "foreign_reinvested"
UNKNOWN = "unknown"

ORIGINS = (DOMESTIC, FOREIGN, HMT, MIXED, FOREIGN_REINVESTED, UNKNOWN)

#: ISO 3166-1 codes of Hong Kong, Macao and Taiwan.
HMT_COUNTRIES = frozenset({"HK", "MO", "TW"})
HOME_COUNTRY = "CN"

# Domestic forms whose investors are foreign-invested enterprises (外商投资企业投资, 合资, 与内资合资, 法人独资;
# listed or not); 2xxx are the branches of the same.
_REINVESTED = frozenset(
    {"1120", "1121", "1122", "1123", "1211", "1221", "2120", "2121", "2122", "2123", "2211", "2221"}
)
# HMT together with foreign investors.
_HMT_AND_FOREIGN = frozenset({"6170", "6250", "6260"})
_GROUPS = {"8100": DOMESTIC, "8500": FOREIGN}


@dataclass(frozen=True, slots=True)
class HoldingShare:
    """One investor's part: countries as ISO alpha-2 or None, share in percent or None if unknown."""

    country: str | None
    ultimate_country: str | None = None
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CapitalOrigin:
    """The origin, what it rests on (``holdings``, ``registration_type``, ``none``) and codes of the reasons."""

    origin: str
    basis: str
    reasons: tuple[str, ...] = ()

    def is_foreign(self, *, with_hmt: bool) -> bool:
        """Whether it counts as foreign-invested, with HMT or without. Reinvestment within China never does."""
        return self.origin in {FOREIGN, MIXED} or (with_hmt and self.origin == HMT)


def origin_of_registration_type(code: str) -> str:
    """Return the origin that a four-digit registration type says (5xxx and 7xxx foreign, 6xxx HMT)."""
    code = code.strip()
    if len(code) != 4 or not code.isascii() or not code.isdigit():
        return UNKNOWN
    if code in _REINVESTED:
        return FOREIGN_REINVESTED
    if code in _HMT_AND_FOREIGN:
        return MIXED
    if code in _GROUPS:
        return _GROUPS[code]
    if code[0] in "57":
        return FOREIGN
    if code[0] == "6":
        return HMT
    if code[0] in "1234":
        return DOMESTIC
    # Cooperatives, individual businesses and natural persons are domestic; 集团 and 其他 say nothing.
    return DOMESTIC if code in {"9100", "9200", "9500", "9600"} else UNKNOWN


def _origin_of_holding(holding: HoldingShare) -> str:
    country = holding.country or holding.ultimate_country
    if country is None:
        return UNKNOWN
    if country in HMT_COUNTRIES:
        return HMT
    if country != HOME_COUNTRY:
        return FOREIGN
    ultimate = holding.ultimate_country
    return FOREIGN_REINVESTED if ultimate and ultimate != HOME_COUNTRY else DOMESTIC


def _from_holdings(holdings: Sequence[HoldingShare], threshold: Decimal) -> tuple[str, tuple[str, ...]]:
    """Return origin and reasons; UNKNOWN when the holdings do not decide it."""
    by_origin: dict[str, list[Decimal | None]] = {}
    for holding in holdings:
        # A share of nothing says nothing.
        if holding.share != 0:
            by_origin.setdefault(_origin_of_holding(holding), []).append(holding.share)
    abroad = [share for origin in (FOREIGN, HMT) for share in by_origin.get(origin, ())]
    known = sum((share for share in abroad if share is not None), Decimal(0))
    is_open = None in abroad
    if abroad and ((known >= threshold and known > 0) or (is_open and threshold <= 0)):
        reasons = ("share_unknown",) if is_open else ()
        if FOREIGN in by_origin and HMT in by_origin:
            return MIXED, ("foreign_holding", "hmt_holding", *reasons)
        return (FOREIGN, ("foreign_holding", *reasons)) if FOREIGN in by_origin else (HMT, ("hmt_holding", *reasons))
    if is_open:
        return UNKNOWN, ("share_unknown",)
    below = ("below_threshold",) if abroad else ()
    if FOREIGN_REINVESTED in by_origin:
        return FOREIGN_REINVESTED, ("reinvestment_by_foreign_invested", *below)
    if UNKNOWN in by_origin or not by_origin:
        return UNKNOWN, ("investor_country_unknown", *below) if by_origin else ()
    shares = [share for group in by_origin.values() for share in group]
    is_whole = None not in shares and sum((share for share in shares if share is not None), Decimal(0)) >= 100
    return DOMESTIC, ("domestic_holdings", *below, *(() if is_whole else ("holdings_incomplete",)))


def capital_origin(
    holdings: Sequence[HoldingShare], registration_type: str | None = None, *, threshold: Decimal = Decimal(0)
) -> CapitalOrigin:
    """Return the origin of capital from holdings, else from the registration type.

    ``threshold`` is the least foreign and HMT share together, in percent; at 0 any share counts, a share of unknown
    size too. Chinese holdings that do not add up to 100 % do not outweigh a registration type that says otherwise.
    """
    origin, reasons = _from_holdings(holdings, threshold)
    by_type = origin_of_registration_type(registration_type) if registration_type else UNKNOWN
    if by_type != UNKNOWN and (origin == UNKNOWN or "holdings_incomplete" in reasons):
        return CapitalOrigin(
            by_type, "registration_type", (f"registration_type_{(registration_type or '').strip()}", *reasons)
        )
    if origin == UNKNOWN:
        return CapitalOrigin(UNKNOWN, "none", reasons)
    return CapitalOrigin(origin, "holdings", reasons)
