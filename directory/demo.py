"""What the demo shows of the directory: the zone, example segments and carriers, and fictitious enterprises."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Carrier, ChainSegment, DataSource, IndustryChain, Park, SegmentEdge
from directory.services.fictitious import load_fictitious
from directory.services.loading import Loader
from directory.services.zone import load_zone
from pinghu.demo import Out, demo_step
from pinghu.ledger.context import change
from pinghu.ledger.models import Door

UP, MID, DOWN = ChainSegment.Position.UPSTREAM, ChainSegment.Position.MIDSTREAM, ChainSegment.Position.DOWNSTREAM
MISSING, WEAK, OPEN = ChainSegment.Gap.MISSING, ChainSegment.Gap.WEAK, ChainSegment.Gap.UNASSESSED

#: chain → (code, name, English name, position, gap). Examples, so that a chain's map has something to draw; none is
#: called strong, since no source places the named enterprises in them.
SEGMENTS = {
    "smart-manufacturing": (
        ("castings", "铸件", "Castings", UP, WEAK),
        ("bearings", "精密轴承", "Precision bearings", UP, WEAK),
        ("controls", "数控系统", "CNC systems", UP, MISSING),
        ("spindles", "主轴与丝杠", "Spindles and ball screws", MID, WEAK),
        ("lathes", "数控车床", "CNC lathes", MID, OPEN),
        ("machining-centres", "加工中心", "Machining centres", MID, OPEN),
        ("automation", "自动化产线", "Automated lines", DOWN, WEAK),
    ),
    "vehicles-and-parts": (
        ("forgings", "锻件", "Forgings", UP, OPEN),
        ("magnets", "磁性材料", "Magnetic materials", UP, MISSING),
        ("chips", "车规芯片", "Automotive chips", UP, MISSING),
        ("chassis", "底盘系统", "Chassis systems", MID, OPEN),
        ("motors", "驱动电机", "Drive motors", MID, OPEN),
        ("seats", "座椅", "Seats", MID, OPEN),
        ("vehicles", "整车", "Complete vehicles", DOWN, OPEN),
    ),
    "life-and-health": (
        ("ingredients", "原料与辅料", "Ingredients", UP, WEAK),
        ("media", "分离纯化介质", "Separation media", MID, OPEN),
        ("instruments", "生命科学仪器", "Life-science instruments", MID, WEAK),
        ("biologics", "生物制品", "Biologics", DOWN, MISSING),
    ),
}
EDGES = {
    "smart-manufacturing": "castings>spindles castings>lathes bearings>spindles controls>lathes "
    "controls>machining-centres spindles>lathes spindles>machining-centres lathes>automation "
    "machining-centres>automation",
    "vehicles-and-parts": "forgings>chassis magnets>motors chips>motors chassis>vehicles motors>vehicles "
    "seats>vehicles",
    "life-and-health": "ingredients>media media>biologics instruments>biologics",
}
#: code, park, name, English name, kind, m², clear height m, floor load t/m², kVA
CARRIERS = (
    ("DEMO-P1", "yingyuan", "演示厂房一", "Demo plant 1", "standard_plant", 12000, "9.0", "5.0", 1250),
    ("DEMO-P2", "auto-electronics-park", "演示厂房二", "Demo plant 2", "standard_plant", 8200, "8.0", "5.0", 800),
    ("DEMO-F1", "zhichuangyuan", "演示楼层一", "Demo floor 1", "floor", 1600, "4.2", "1.0", 200),
    ("DEMO-L1", "zhixingu", "演示地块一", "Demo parcel 1", "land_parcel", 33335, None, None, None),
)


@demo_step
def directory_demo(options: Mapping[str, Any], out: Out) -> None:
    """Load the zone, the examples and as many fictitious enterprises as asked for; all of it idempotent."""
    report = load_zone()
    if report.counts["created"]:
        out(
            _("The zone's profile is loaded: %(count)s facts, each with its source.")
            % {"count": report.counts["created"]}
        )
    load_examples()
    wanted = options.get("enterprises") or 0
    made = load_fictitious(wanted, seed=options.get("seed") or 2026, at=timezone.localdate(), out=out)
    if made:
        out(_("%(count)s fictitious enterprises made; `remove_demo` removes them.") % {"count": made})


def load_examples() -> None:
    """Example segments and carriers, marked as demo rows."""
    loader = Loader(DataSource.objects.get(code="demo"), demo=True)
    with change(by=None, verb="demo_loaded", door=Door.COMMAND, why="examples"):
        for chain in IndustryChain.objects.filter(code__in=SEGMENTS):
            nodes = {}
            for order, (code, name, name_en, position, gap) in enumerate(SEGMENTS[chain.code], start=1):
                values = {"name": name, "name_en": name_en, "position": position, "gap": gap, "order": order * 10}
                nodes[code] = loader.put(
                    ChainSegment, f"demo|{chain.code}|{code}", {"chain": chain, "code": code, **values}
                )
            for edge in EDGES[chain.code].split():
                one, other = (nodes[code] for code in edge.split(">"))
                if one and other:
                    values = {"upstream": one, "downstream": other}
                    loader.put(SegmentEdge, f"demo|{chain.code}|{edge}", values)
        parks = {park.code: park for park in Park.objects.all()}
        for code, park, name, name_en, kind, area, height, load, power in CARRIERS:
            if park in parks:
                values = {
                    "park": parks[park],
                    "code": code,
                    "name": name,
                    "name_en": name_en,
                    "kind": kind,
                    "area_m2": Decimal(area),
                    "clear_height_m": Decimal(height) if height else None,
                    "floor_load_t_m2": Decimal(load) if load else None,
                    "power_kva": power,
                }
                loader.put(Carrier, f"demo|{code}", values)
