"""Loading the zone as its profile states it, from `fixtures/zone.json`, through the services."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from directory.models import (
    Amenity,
    ChainLeadership,
    ChainPosition,
    Claim,
    Cluster,
    CorporateGroup,
    DataSource,
    Enterprise,
    Exchange,
    FieldSource,
    GroupName,
    Holding,
    Honour,
    IndustryChain,
    IndustrySystem,
    Listing,
    LocationAdvantage,
    Milestone,
    Park,
    PublishedFigure,
    ZonePlace,
    ZoneProfile,
)
from directory.services.loading import Loader, LoadReport
from pinghu.ledger.context import change
from pinghu.ledger.models import Door

ZONE_FILE = Path(settings.BASE_DIR) / "fixtures" / "zone.json"

Row = dict[str, Any]
#: Keys of the file that are not columns of the row itself.
_NOT_COLUMNS = {"quote", "quotes", "model", "parent", "chain", "key"}


def load_zone(path: Path = ZONE_FILE) -> LoadReport:
    """Load the profile's facts; safe to run again. Facts that staff edited since stay as they edited them."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    sources = {row.code: row for row in DataSource.objects.filter(code__in=data["source"].values())}
    with change(by=None, verb="zone_loaded", door=Door.COMMAND, why="fixtures/zone.json"):
        loader = Loader(sources[data["source"]["profile"]])
        known = sources[data["source"]["general_knowledge"]]
        _profile(loader, data["profile"])
        _plain(loader, data)
        chains = _chains(loader, data)
        groups = _groups(loader, data["groups"], known)
        for row in data["enterprises"]:
            _enterprise(loader, row, chains, groups, sources)
    return loader.report


def _columns(row: Row) -> Row:
    values = {name: value for name, value in row.items() if name not in _NOT_COLUMNS}
    return {**values, "source_quote": row.get("quote", "")}


def _profile(loader: Loader, row: Row) -> None:
    values = _columns(row)
    values["source_note"] = values.pop("note")
    loader.put(ZoneProfile, "zone", values)


def _plain(loader: Loader, data: dict[str, Any]) -> None:
    """Rows that refer to nothing but, among parks, each other."""
    for section, model, key in (
        ("milestones", Milestone, "code"),
        ("figures", PublishedFigure, "key"),
        ("honours", Honour, "code"),
        ("claims", Claim, "code"),
        ("advantages", LocationAdvantage, "code"),
    ):
        for row in data[section]:
            loader.put(model, row[key], {**_columns(row), key: row[key]})
    parks: dict[str, Any] = {}
    kinds: dict[str, type[Any]] = {"park": Park, "amenity": Amenity, "place": ZonePlace}
    # The zone before its parks, those before what lies within one of them.
    depth = {None: 0, "zone": 1}
    for row in sorted(data["places"], key=lambda row: depth.get(row.get("parent"), 2)):
        values = _columns(row)
        if row["model"] == "park":
            values["parent"] = parks.get(row.get("parent", ""))
        made = loader.put(kinds[row["model"]], row["code"], values)
        if row["model"] == "park":
            parks[row["code"]] = made


def _chains(loader: Loader, data: dict[str, Any]) -> dict[str, Any]:
    system = loader.put(IndustrySystem, data["system"]["code"], _columns(data["system"]))
    chains: dict[str, Any] = {}
    for row in data["chains"]:
        parent = chains.get(row.get("parent", ""))
        chains[row["code"]] = loader.put(
            IndustryChain, row["code"], {**_columns(row), "system": system, "parent": parent}
        )
    for row in data["clusters"]:
        loader.put(Cluster, row["code"], {**_columns(row), "chain": chains[row["chain"]]})
    return chains


def _groups(loader: Loader, rows: list[Row], known: DataSource) -> dict[str, Any]:
    """Groups are general knowledge, except the one that the profile itself names."""
    exchanges = {row.mic: row for row in Exchange.objects.all()}
    groups: dict[str, Any] = {}
    for row in rows:
        named = row.get("named_in_profile", False)
        group = loader.put(
            CorporateGroup,
            row["key"],
            {
                **{name: row[name] for name in ("name", "name_en", "country", "ultimate_country")},
                "named_in_profile": named,
                "source_quote": row.get("quote", ""),
            },
            source=None if named else known,
        )
        groups[row["key"]] = group
        if group is None:
            continue
        for alias in row["aliases"]:
            loader.put(GroupName, f"{row['key']}|{alias}", {"group": group, "name": alias}, source=known)
        for listing in row["listings"]:
            key = f"{row['key']}|{listing['mic']}:{listing['ticker']}"
            values = {"exchange": exchanges[listing["mic"]], "ticker": listing["ticker"], "group": group}
            loader.put(Listing, key, values, source=known)
    return groups


def _enterprise(
    loader: Loader, row: Row, chains: dict[str, Any], groups: dict[str, Any], sources: dict[str, DataSource]
) -> None:
    """One named enterprise: "as stated by the profile", so its status and relation stay unverified."""
    known = sources["general_knowledge"]
    name = row["name"]
    values = {
        "short_name": name,
        "registered_name": row["registered_name"],
        "name_en": row["name_en"],
        "group": groups.get(row["group"]),
        "named_in_profile": True,
        "source_quote": "\n".join(row["quotes"]),
        "source_note": row["note"],
    }
    enterprise = loader.put(Enterprise, name, values)
    if enterprise is None or enterprise.merged_into_id is not None:
        return
    if row["country"]:
        loader.put(
            Holding,
            f"{name}|{row['country']}",
            {"enterprise": enterprise, "country": row["country"], "ultimate_country": row["ultimate_country"]},
            source=sources[row["country_source"]] if row["country_source"] != loader.source.code else None,
        )
    if row["chain"]:
        place = {"enterprise": enterprise, "chain": chains[row["chain"]]}
        loader.put(ChainPosition, f"{name}|{row['chain']}", place)
        if row["leader"]:
            loader.put(
                ChainLeadership,
                f"{name}|{row['chain']}",
                {**place, "level": ChainLeadership.Level.PROFILE, "designated_by": "开发区简介"},
            )
    _mark_general_knowledge(loader, enterprise, known)


def _mark_general_knowledge(loader: Loader, enterprise: Any, known: DataSource) -> None:
    """Names that the profile does not state come from general knowledge: their fields say so."""
    FieldSource.objects.filter(
        subject_type="enterprise",
        subject_id=enterprise.public_id,
        field__in=["registered_name", "name_en", "group"],
    ).exclude(source=known).update(source=known)
