"""The page of one enterprise: its facts in words, each with what it rests on."""

import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from directory.models import ChainLeadership
from directory.models.enterprises import OperatingStatus, Relation
from directory.presenting import (
    CHINESE,
    country_name,
    enterprise_link,
    enterprise_url,
    lang_of,
    listed_words,
    local,
    products_of,
    shown,
    status_badge,
)
from directory.querysets import Sheet
from directory.rules.qualifications import QualificationTerms, status_on
from pinghu.formats import full_day
from pinghu.templatetags.look import amount, day

Fact = dict[str, Any]


def page_of(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """The context of the page; no queries."""
    enterprise = sheet.enterprise
    name = shown(enterprise)
    return {
        "enterprise": enterprise,
        "name": name,
        "other": name.others[0] if name.others else "",
        "other_lang": lang_of(name.others[0]) if name.others else "",
        "kicker": _("Enterprise"),
        "badges": _badges(sheet),
        "ended": ended(enterprise),
        "facts": [fact for fact in _facts(sheet) if fact["value"] not in (None, "")],
        "unknown": _unknown(sheet),
        "names": _names(sheet),
        "positions": _positions(sheet),
        "leaderships": [_leadership(row) for row in sheet.leaderships],
        "qualifications": _qualifications(sheet),
        "listings": _listings(sheet),
        "rankings": _rankings(sheet),
        "products": products_of(enterprise),
        "description": local(enterprise, "description"),
        "siblings": [enterprise_link(row) for row in sheet.siblings],
        "branches": [enterprise_link(row) for row in sheet.branches],
        "predecessors": [enterprise_link(row) for row in sheet.predecessors],
        "quotes": [line for line in enterprise.source_quote.splitlines() if line.strip()],
        "source": local(enterprise.source) if enterprise.source else "",
        "compare_url": f"{reverse('directory:enterprise_compare')}?{urlencode({'id': enterprise.public_id})}",
        "json_ld": json_ld(request, sheet),
        "crumbs": [
            {"label": _("Home"), "href": reverse("directory:home")},
            {"label": _("Enterprises"), "href": reverse("directory:enterprise_list")},
            {"label": name.name, "lang": name.lang},
        ],
    }


def ended(enterprise: Any) -> dict[str, Any] | None:
    """What a reader of an ended enterprise must know first, and where its successor stands."""
    on = day(enterprise.status_on) if enterprise.status_on else ""
    texts = {
        OperatingStatus.CLOSED: _("This enterprise has closed."),
        OperatingStatus.MOVED: _("This enterprise has moved away from the zone."),
        OperatingStatus.SUCCEEDED: _("This enterprise has been succeeded by another."),
    }
    text = texts.get(enterprise.status)
    if text is None and enterprise.relation == Relation.MOVED_OUT:
        text = texts[OperatingStatus.MOVED]
    successor = successor_of(enterprise)
    if text is None and successor is None:
        return None
    return {"text": text or "", "on": on, "successor": enterprise_link(successor) if successor else None}


def successor_of(enterprise: Any) -> Any:
    """The published enterprise that follows this one; a merged one stands for what absorbed it. None otherwise."""
    row = enterprise.successor
    if row is not None and row.merged_into_id is not None:
        row = row.merged_into
    hidden = row is None or not row.is_published or row.relation == Relation.OUTSIDE or row.merged_into_id is not None
    return None if hidden else row


def _badges(sheet: Sheet) -> list[dict[str, str]]:
    enterprise = sheet.enterprise
    found = [badge] if (badge := status_badge(enterprise)) else []
    if sheet.leaderships:
        found.append({"kind": "leading", "text": ""})
    if enterprise.relation == Relation.UNVERIFIED:
        found.append({"kind": "unverified", "text": _("Relation unverified")})
    elif enterprise.verified_on:
        found.append({"kind": "verified", "text": ""})
    if enterprise.is_demo:
        found.append({"kind": "demo", "text": ""})
    return found


def _facts(sheet: Sheet) -> list[Fact]:
    one = sheet.enterprise
    lists = reverse("directory:enterprise_list")
    group, park = one.group, one.park
    relation_note = ""
    if one.relation == Relation.UNVERIFIED and one.named_in_profile:
        relation_note = _("Named in the zone profile; nobody has verified the relation yet.")
    head = one.head_office
    head_shown = (
        head is not None and head.is_published and head.relation != Relation.OUTSIDE and not head.merged_into_id
    )
    return [
        {"label": _("Registered name"), "value": one.registered_name, "lang": lang_of(one.registered_name or ""),
         "note": _from(sheet, "registered_name")},
        {"label": _("Credit code"), "value": one.uscc, "code": True, "note": _from(sheet, "uscc")},
        {"label": _("Former registration number"), "value": one.legacy_registration_no, "code": True},
        {"label": _("English name"), "value": one.name_en, "lang": lang_of(one.name_en), "note": _from(sheet, "name_en")},
        {"label": _("Relation to the zone"), "value": one.get_relation_display(), "note": relation_note},
        {"label": _("Operating status"), "value": _status(one)},
        {"label": _("Origin of capital"), "value": one.get_capital_origin_display(), "note": _basis(sheet)},
        {"label": _("Investors"), "value": _investors(sheet), "note": _investor_sources(sheet)},
        {"label": _("Legal form"), "value": one.get_legal_form_display()},
        {"label": _("Registration type"), "value": str(one.registration_type or "")},
        {"label": _("Industry class"), "value": str(one.industry or ""),
         "note": one.industry.standard if one.industry else "",
         "href": f"{lists}?section={one.industry.section}" if one.industry else ""},
        {"label": pgettext("corporate", "Group"), "value": str(group) if group else "", "lang": lang_of(str(group)) if group else "",
         "href": reverse("directory:group_detail", args=[group.public_id]) if group else "",
         "note": _from(sheet, "group")},
        {"label": _("Head office"), "value": shown(head).name if head_shown else "",
         "href": enterprise_url(head) if head_shown else ""},
        {"label": _("Park"), "value": local(park) if park else "",
         "href": reverse("directory:park_detail", args=[park.code]) if park else ""},
        {"label": _("Established"), "value": one.established_on},
        {"label": _("Registered capital"), "value": "" if one.registered_capital is None else
         amount(one.registered_capital, one.registered_capital_currency)},
        {"label": _("Address"), "value": local(one, "address"), "lang": lang_of(local(one, "address"))},
        {"label": _("Website"), "value": one.website, "href": one.website},
        {"label": _("Products"), "value": listed_words(products_of(one))},
    ]  # fmt: skip


def _unknown(sheet: Sheet) -> str:
    """What nobody has stated yet, in one line instead of a column of dashes."""
    one = sheet.enterprise
    missing = [
        (_("registered name"), one.registered_name),
        (_("credit code"), one.uscc),
        (_("industry class"), one.industry),
        (_("park"), one.park),
        (_("date of establishment"), one.established_on),
        (_("address"), one.address),
        (_("website"), one.website),
        (_("products"), one.products),
    ]
    return listed_words(label for label, value in missing if not value)


def _from(sheet: Sheet, name: str) -> str:
    """Where this one value comes from, said only where it differs from the record's own source."""
    source = sheet.field_sources.get(name)
    return _("Source: %(source)s") % {"source": local(source)} if source else ""


def _status(one: Any) -> Any:
    label = one.get_status_display()
    return label if not one.status_on else _("%(status)s, since %(day)s") % {
        "status": label,
        "day": _plain_day(one.status_on),
    }  # fmt: skip


def _plain_day(on: datetime.date) -> str:
    return full_day(on, get_language() or CHINESE)[0]


def _basis(sheet: Sheet) -> str:
    basis = sheet.enterprise.capital_origin_basis
    if basis == "none":
        return ""
    return _("Basis: %(basis)s") % {"basis": sheet.enterprise.get_capital_origin_basis_display()}


def _investors(sheet: Sheet) -> str:
    lines = []
    for row in sheet.holdings:
        place = country_name(row.country)
        if row.ultimate_country and row.ultimate_country != row.country:
            place = _("%(country)s (ultimately %(ultimate)s)") % {
                "country": place,
                "ultimate": country_name(row.ultimate_country),
            }
        who = row.investor or (str(row.investor_group) if row.investor_group else "")
        text = f"{who} ({place})" if who else place
        lines.append(text if row.share is None else f"{text} {row.share.normalize():f} %")
    return listed_words(lines)


def _investor_sources(sheet: Sheet) -> str:
    sources = dict.fromkeys(local(row.source) for row in sheet.holdings if row.source)
    shares = [] if all(row.share is not None for row in sheet.holdings) else [_("shares not known")]
    said = [_("Source: %(source)s") % {"source": listed_words(sources)}] if sources else []
    return " · ".join([*said, *(shares if sheet.holdings else [])])


def _names(sheet: Sheet) -> list[list[Any]]:
    return [
        [
            {"text": row.name, "lang": lang_of(row.name)},
            row.get_kind_display(),
            row.valid_from,
            row.valid_until,
            local(row.source) if row.source else "",
        ]
        for row in sheet.names
    ]


def _positions(sheet: Sheet) -> list[list[Any]]:
    return [
        [
            {"text": local(row.chain), "href": reverse("directory:chain_detail", args=[row.chain.code])},
            {
                "text": local(row.segment),
                "href": f"{reverse('directory:chain_detail', args=[row.chain.code])}#segment-{row.segment.code}",
            }
            if row.segment
            else "",
            row.get_weight_display(),
            row.get_supplier_tier_display() if row.supplier_tier else "",
            row.products,
        ]
        for row in sheet.positions
    ]


def _leadership(row: Any) -> dict[str, Any]:
    """A designation as chain leader, with who says so."""
    return {
        "chain": local(row.chain),
        "href": reverse("directory:chain_detail", args=[row.chain.code]),
        "level": row.get_level_display(),
        # The level says already that the profile calls it so.
        "designated_by": "" if row.level == ChainLeadership.Level.PROFILE else row.designated_by,
        "year": row.year,
        "document": row.document,
    }


_STATUS_BADGES = {
    "valid": "good",
    "expiring": "warn",
    "under_review": "warn",
    "expired": "neutral",
    "revoked": "bad",
    "superseded": "neutral",
    "not_yet": "open",
}


def _qualification_words() -> dict[str, str]:
    return {
        "valid": _("Valid"),
        "expiring": _("Expires soon"),
        "under_review": _("Under review"),
        "expired": _("Expired"),
        "revoked": _("Withdrawn"),
        "superseded": _("Superseded"),
        "not_yet": _("Not yet in force"),
    }


def _qualifications(sheet: Sheet) -> list[list[Any]]:
    words = _qualification_words()
    lines = []
    for row in sheet.qualifications:
        terms = QualificationTerms(
            row.recognised_on, row.valid_until, row.type.default_validity_months, row.under_review, row.revoked_on,
            row.superseded,
        )  # fmt: skip
        status = status_on(terms, sheet.at)
        lines.append(
            [
                local(row.type),
                row.batch_label,
                row.recognised_on,
                row.valid_until,
                {"text": words[status], "badge": _STATUS_BADGES[status]},
            ]
        )
    return lines


def _listings(sheet: Sheet) -> list[list[Any]]:
    return [
        [
            local(row.exchange),
            {"text": row.ticker, "code": True},
            _("this enterprise") if row.enterprise_id else _("its group, %(group)s") % {"group": row.group},
            row.listed_on,
            row.delisted_on,
        ]
        for row in sheet.listings
    ]


def _rankings(sheet: Sheet) -> list[list[Any]]:
    return [[local(row.ranking), row.year, row.rank, row.name_as_listed] for row in sheet.rankings]


def json_ld(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """The enterprise as schema.org says it; the credit code as an identifier with its scheme."""
    one = sheet.enterprise
    url = request.build_absolute_uri(enterprise_url(one))
    names = [one.registered_name, one.short_name, one.name_en, *(row.name for row in sheet.names)]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": url,
        "url": one.website or url,
        "name": one.registered_name or one.display_name,
        "alternateName": [
            name for name in dict.fromkeys(names) if name and name != (one.registered_name or one.display_name)
        ],
    }
    if one.uscc:
        data["identifier"] = {"@type": "PropertyValue", "propertyID": "GB 32100-2015", "value": one.uscc}
    if one.established_on:
        data["foundingDate"] = one.established_on.isoformat()
    if one.status == OperatingStatus.CLOSED and one.status_on:
        data["dissolutionDate"] = one.status_on.isoformat()
    if one.address:
        data["address"] = {"@type": "PostalAddress", "streetAddress": one.address, "addressCountry": "CN"}
    if one.group:
        data["parentOrganization"] = {"@type": "Organization", "name": str(one.group)}
    return data
