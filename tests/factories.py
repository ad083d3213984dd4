"""The smallest valid rows, made through the service that every door uses."""

from typing import Any

from directory.models import (
    Carrier,
    CorporateGroup,
    Enterprise,
    IndustryChain,
    IndustrySystem,
    Park,
    QualificationType,
)
from directory.models.enterprises import OperatingStatus, Relation
from pinghu.ledger.saving import save_record


def made(row: Any) -> Any:
    """Save a row as a command would."""
    return save_record(row, by=None, door="command")


def an_enterprise(short_name: str = "示例精机", **values: Any) -> Enterprise:
    values.setdefault("relation", Relation.REGISTERED_AND_OPERATING)
    values.setdefault("status", OperatingStatus.OPERATING)
    enterprise: Enterprise = made(Enterprise(short_name=short_name, **values))
    return enterprise


def a_group(name: str = "示例集团", **values: Any) -> CorporateGroup:
    group: CorporateGroup = made(CorporateGroup(name=name, **values))
    return group


def a_park(code: str = "park-1", **values: Any) -> Park:
    values.setdefault("name", "示例园")
    values.setdefault("kind", Park.Kind.THEMED_PARK)
    park: Park = made(Park(code=code, **values))
    return park


def a_chain(code: str = "chain-1", **values: Any) -> IndustryChain:
    system = IndustrySystem.objects.filter(code="system").first() or made(
        IndustrySystem(code="system", name="示例体系")
    )
    values.setdefault("name", "示例链")
    values.setdefault("tier", IndustryChain.Tier.LEADING)
    chain: IndustryChain = made(IndustryChain(code=code, system=system, **values))
    return chain


def qualification_type(code: str = "high_tech_enterprise") -> QualificationType:
    return QualificationType.objects.get(code=code)


def a_carrier(code: str = "carrier-1", **values: Any) -> Carrier:
    """A plant of 10,000 m²."""
    values.setdefault("park", Park.objects.filter(code="park-1").first() or a_park())
    values.setdefault("name", "示例厂房")
    values.setdefault("kind", Carrier.Kind.STANDARD_PLANT)
    values.setdefault("area_m2", 10_000)
    carrier: Carrier = made(Carrier(code=code, **values))
    return carrier
