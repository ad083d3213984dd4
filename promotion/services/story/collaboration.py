"""The story's chain collaboration and portal: offers and needs, one introduction and its outcome, a member at work."""

from typing import Any

from directory.models import ChainSegment
from directory.services.corrections import suggest_correction
from pinghu.ledger.models import Door
from promotion.models import CapabilityOffer, ChainMatch, EnterpriseMember, ProcurementNeed, ServiceCase
from promotion.services.collaboration import introduce, record_outcome, save_ware
from promotion.services.portal import invite, join_by_code
from promotion.services.story.cases import Case, mechanism, open_case
from promotion.services.story.enterprises import firm
from promotion.services.story.scene import Scene


def tell_collaboration(scene: Scene) -> None:
    """Offers and needs first; their matches follow by themselves."""
    _wares(scene)
    _introduced(scene)
    _at_the_portal(scene)


def _wares(scene: Scene) -> None:
    in_a_year = scene.ago(-365)
    for key, back, product, specification, values in (
        ("lanqiao", 60, "铝件阳极氧化", "硬质氧化、着色，膜厚10至60微米", {"certificates": "ISO 14001、IATF 16949", "quantity": 900_000, "unit": "件"}),
        ("heyu", 55, "铝合金压铸件", "电机壳、控制器壳体，800至1600吨压铸机", {"certificates": "IATF 16949", "quantity": 400_000, "unit": "件", "segment": ("smart-manufacturing", "castings")}),
        ("chengye", 50, "可循环包装箱", "围板箱、吸塑托盘", {"quantity": 20_000, "unit": "套"}),
        ("tuolan", 30, "五轴精密机加工", "铝、钛结构件，公差0.01毫米", {"certificates": "AS9100"}),
    ):  # fmt: skip
        _ware(scene, CapabilityOffer, key, back, product, specification, valid_until=in_a_year, **values)
    for key, back, product, specification, values in (
        ("hengye", 45, "电机壳铝合金压铸件", "电机壳，年用量随二期翻番", {"certificates": "IATF 16949", "quantity": 250_000, "unit": "件", "is_bought_outside": True}),
        ("hengye", 20, "铝壳体阳极氧化", "硬质氧化，运距20公里以内", {"certificates": "IATF 16949", "quantity": 250_000, "unit": "件", "is_bought_outside": True}),
        ("qichen", 18, "控制器铝合金压铸壳体", "含机加工", {"certificates": "IATF 16949、ISO 14001", "quantity": 500_000, "unit": "件", "is_bought_outside": True}),
        ("tuolan", 15, "钛合金件阳极氧化", "航空件，小批量", {"certificates": "NADCAP"}),
        ("xinyuan", 12, "石英件可循环包装箱", "洁净室可用", {"quantity": 3_000, "unit": "套", "is_bought_outside": True}),
    ):  # fmt: skip
        _ware(scene, ProcurementNeed, key, back, product, specification, **values)


def _ware(scene: Scene, model: Any, key: str, back: int, product: str, specification: str, **values: Any) -> None:
    chain, code = values.pop("segment", ("", ""))
    segment = ChainSegment.objects.filter(chain__code=chain, code=code).first() if code else None
    row = model(
        enterprise=firm(scene, key), product=product, specification=specification, segment=segment, **values
    )  # fmt: skip
    save_ware(row, **scene.does("service", back, "14:00"))


def _introduced(scene: Scene) -> None:
    """A casting that came from elsewhere comes from a neighbour now."""
    match = ChainMatch.objects.get(need__product="电机壳铝合金压铸件", offer__enterprise=firm(scene, "heyu"))
    case = Case(scene, introduce(match, note="希望先看样件。", **scene.does("service", 40, "10:10")))
    case.dispatch(40, "11:00")
    case.reply(33, "16:00", text="已组织双方现场对接，样件检测合格，双方签订年度供货框架。", handler="service")
    case.rate(31, "10:00", grade=5, is_solved=True, comment="省了运费，交期也快。")
    record_outcome(
        match, status="deal", amount_band="to_10m", outcome="年供货二十五万件，替代外地采购。",
        **scene.does("service", 30, "10:00"),
    )  # fmt: skip


def _at_the_portal(scene: Scene) -> None:
    """Somebody of one enterprise: joined by a code, a request under way, a correction that waits."""
    here, member = firm(scene, "hengye"), scene.people["member"]
    _invitation, code = invite(here, **scene.does("service", 21, "09:30"))
    join_by_code(member, code, door=Door.COMMAND, at=scene.does("member", 20, "10:00")["at"])
    EnterpriseMember.objects.get(user=member)  # one enterprise, so that the desk opens at once
    request = ServiceCase(
        title="员工宿舍房源", text="二期将新增员工约60人，希望协助对接附近人才公寓或集体宿舍，明年3月前入住。", intake="portal",
        mechanism=mechanism(scene),
    )  # fmt: skip
    case = open_case(scene, request, "hengye", "living", "member", 3, "09:15")
    case.dispatch(3, "10:40").take_up(2, "09:30")
    case.note(1, "14:20", text="已联系两处公寓，可提供约40个床位，正在核实租金。", is_shown=True)
    suggest_correction(
        here, "address", "平湖经济技术开发区演示路8号", proof="营业执照副本（演示）", by=member, door=Door.COMMAND
    )
