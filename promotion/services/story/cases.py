"""The story's service cases: every state, colour and grade, each brought there by the steps that a desk takes.

A case is told as a chain of steps, each so many working days before today at a time of day when offices were open.
"""

from functools import partial
from typing import Any, Self

from django.core.files.base import ContentFile

from promotion.models import (
    CaseHandler,
    CaseKind,
    ExternalUnit,
    ReplyTemplate,
    ServiceCase,
    ServicePillar,
    Visit,
)
from promotion.services import cases as steps
from promotion.services.case_files import add_case_file
from promotion.services.cases import Dispatch
from promotion.services.liaison import Problem, write_visit
from promotion.services.story.enterprises import firm
from promotion.services.story.scene import Scene, made_up_pdf

_TEMPLATE = "您反映的事项已转政策兑现窗口核对。材料齐全的，五个工作日内拨付；需补正的，窗口会电话告知。"


class Case:
    """One case on its way; each step returns it, so that a case reads as one chain."""

    def __init__(self, scene: Scene, row: ServiceCase) -> None:
        self.scene, self.row = scene, row

    def _take(self, step: Any, who: str, back: int, clock: str, **said: Any) -> Self:
        given = step(self.row, **said, **self.scene.does(who, back, clock))
        self.row = given if isinstance(given, ServiceCase) else ServiceCase._base_manager.get(pk=self.row.pk)
        return self

    def accept(self, back: int, clock: str) -> Self:
        return self._take(steps.accept_case, "coordinator", back, clock)

    def reject(self, back: int, clock: str, reason: str) -> Self:
        return self._take(steps.reject_case, "coordinator", back, clock, reason=reason)

    def dispatch(self, back: int, clock: str, lead: str = "service", co: tuple[str, ...] = (), note: str = "") -> Self:
        whom, *others = (self._dispatch(name) for name in (lead, *co))
        return self._take(steps.dispatch_case, "coordinator", back, clock, lead=whom, co=others, note=note)

    def _dispatch(self, name: str) -> Dispatch:
        external = self.scene.rows.get(f"{name}@external")
        if external is not None:
            return Dispatch(external=external, limit_days=3)
        person = self.scene.people[name] if name == "service" else None
        return Dispatch(unit=self.scene.unit(name), person=person)

    def take_up(self, back: int, clock: str, handler: str = "service") -> Self:
        return self._take(steps.take_up, handler, back, clock)

    def object(self, back: int, clock: str, handler: str, reason: str) -> Self:
        return self._take(steps.object_to_dispatch, handler, back, clock, reason=reason)

    def ask(self, back: int, clock: str, question: str) -> Self:
        return self._take(steps.ask_enterprise, "service", back, clock, question=question)

    def extend(self, back: int, clock: str, days: int, why: str) -> Self:
        return self._take(steps.ask_extension, "service", back, clock, days=days, why=why)

    def external_replied(self, back: int, clock: str, text: str, *, proof: str = "") -> Self:
        handler = CaseHandler.objects.get(case=self.row, external__isnull=False, ended_at__isnull=True)
        does = self.scene.does("coordinator", back, clock)
        steps.enter_reply(handler, text=text, **does)
        if proof:
            upload = ContentFile(made_up_pdf(f"Demo only. Case {self.row.number}."), name=f"{proof}（演示）.pdf")
            add_case_file(self.row, upload=upload, title=f"{proof}（演示）", **does)
        return self

    def note(self, back: int, clock: str, text: str, *, is_shown: bool = False) -> Self:
        return self._take(steps.note_on_case, "service", back, clock, text=text, is_shown=is_shown)

    def reply(self, back: int, clock: str, text: str, handler: str = "coordinator") -> Self:
        return self._take(steps.reply_case, handler, back, clock, text=text)

    def rate(self, back: int, clock: str, grade: int, is_solved: bool | None = None, comment: str = "") -> Self:
        return self._take(
            steps.rate_case, "coordinator", back, clock, grade=grade, is_solved=is_solved, comment=comment
        )

    def close(self, back: int, clock: str) -> Self:
        return self._take(steps.close_case, "coordinator", back, clock)

    def visit_back(self, back: int, clock: str, note: str) -> Self:
        return self._take(steps.visit_back, "service", back, clock, note=note)

    def transfer_up(self, back: int, clock: str, to: str) -> Self:
        return self._take(steps.transfer_up, "coordinator", back, clock, to=to)

    def urge(self, back: int, clock: str, text: str) -> Self:
        return self._take(steps.urge_case, "coordinator", back, clock, text=text)

    def supervise(self, back: int, clock: str, instruction: str) -> Self:
        return self._take(steps.supervise_case, "leader", back, clock, instruction=instruction)


def open_case(scene: Scene, row: ServiceCase, key: str, kind: str, who: str, back: int, clock: str) -> Case:
    """Raise it for one of the story's enterprises, unless it names another subject."""
    row.kind = CaseKind.objects.get(code=kind)
    row.enterprise, row.is_demo = firm(scene, key) if key else None, True
    return Case(scene, steps.raise_case(row, **scene.does(who, back, clock)))


def mechanism(scene: Scene) -> Any:
    """服务闭环, of the system in force."""
    if "closed_loop" not in scene.rows:
        scene.rows["closed_loop"] = steps.mechanism_of(ServicePillar.CLOSED_LOOP, scene.today)
    return scene.rows["closed_loop"]


def tell_cases(scene: Scene) -> None:
    """Those that are over first, so that the others find similar ones."""
    for key, name, phone in (("power", "演示供电所", "0573-00000001"), ("tax", "演示税务所", "0573-00000002")):
        scene.rows[f"{key}@external"] = scene.put(ExternalUnit(name=name, phone=phone))
    kind = CaseKind.objects.filter(code="policy").first()
    scene.put(ReplyTemplate(kind=kind, name="政策兑现进度（演示）", text=_TEMPLATE))
    text = "经核实，您的事项不属于本区职责，请向下列部门反映："
    scene.put(ReplyTemplate(name="不予受理说明（演示）", text=text))
    _over(scene)
    _under_way(scene)
    _at_the_start(scene)
    _class_issue(scene)


def _raise(
    scene: Scene, key: str, kind: str, back: int, clock: str, title: str, text: str, who: str = "coordinator", **values: Any
) -> Case:  # fmt: skip
    values.setdefault("intake", "phone")
    row = ServiceCase(title=title, text=text, mechanism=mechanism(scene), **values)
    return open_case(scene, row, key, kind, who, back, clock)


def _over(scene: Scene) -> None:
    """Rated with each of the five grades, closed unrated, not accepted."""
    tell = partial(_raise, scene)
    case = tell("hengye", "utilities", 46, "09:10", "新增产线用电增容", "新增两条产线，厂区用电需增容1600千伏安。")
    case.dispatch(46, "10:00", co=("power",))
    case.external_replied(44, "15:00", "现场勘查完成，可由就近变电站接入，工期三周。", proof="供电答复函")
    case.reply(43, "11:00", "增容方案已定，由就近变电站接入，三周内送电；接线费用按目录执行。", "service")
    case.rate(42, "14:00", 5, True, "现场会上当场定了方案。").visit_back(38, "10:00", "电话回访，已送电。")

    case = tell(
        "qichen", "consultation", 35, "14:00", "施工许可要备哪些材料", "厂房拟下月开工，请告知施工许可材料清单。",
        complexity="consultation",
    )  # fmt: skip
    case.reply(35, "15:30", "清单已发邮箱，共七项；消防设计审查可并联办理。").rate(34, "09:30", 4, True)

    case = tell("mulan", "policy", 30, "10:00", "研发费用补助何时到账", "上年度研发补助已公示，尚未到账。")
    case.dispatch(30, "11:00").reply(27, "16:00", _TEMPLATE, "service").rate(26, "10:00", 2, False, "没说清哪天到账。")
    case.dispatch(26, "11:00", note="请核对拨付批次").reply(24, "15:00", "已列入拨付计划，请耐心等待。", "service")
    case.rate(23, "10:00", 1, False, "还是没有日期。").dispatch(23, "10:30", note="请主任督办，答复到日")
    case.reply(22, "15:00", "列入本月第三批，二十五日前到账。", "service").rate(18, "10:00", 3, True, "总算到账了。")

    case = tell("dingke", "living", 22, "09:00", "外籍专家子女入学", "两名外籍专家子女九月入学，咨询可选学校。")
    case.dispatch(22, "10:00").reply(18, "14:00", "已联系两所学校，均可插班。", "service").close(8, "09:00")

    case = tell("chengye", "market", 16, "13:50", "外地客户拖欠货款", "外地客户拖欠货款，请帮助催收。")
    case.reject(16, "15:00", "属合同纠纷，请向法院起诉或申请调解；可到政务服务中心法律援助窗口咨询。")


def _under_way(scene: Scene) -> None:
    """Overdue, supervised, yellow, standing still, with external units, come back, an extension asked, handed up."""
    tell = partial(_raise, scene)
    case = tell(
        "hengye", "utilities", 7, "09:20", "二期产线用电增容", "二期拟新增三条产线，厂区用电需再增容2800千伏安。"
    )
    case.dispatch(7, "10:10", co=("power",)).take_up(7, "11:00").urge(3, "09:00", "企业第二次来电，请今日答复进度。")

    case = tell(
        "tuolan", "logistics", 9, "14:10", "货车限行影响设备进场", "厂区东侧道路白天限行，设备运输车无法进场。",
        platform=_second_platform(scene),
    )  # fmt: skip
    case.dispatch(9, "15:00").take_up(8, "09:00").urge(3, "10:00", "设备后天到，请尽快协调。")
    case.supervise(1, "09:30", "请与交通部门当面对接，两个工作日内书面报结果。")

    case = tell(
        "mulan",
        "land",
        13,
        "10:00",
        "二期用地红线调整",
        "二期用地红线与规划道路相差三米，需调整。",
        complexity="complex",
    )
    case.dispatch(13, "11:00").take_up(12, "09:00").note(6, "16:00", "已与规划窗口对过图，等道路设计确认。")

    case = tell("qichen", "environment", 6, "09:30", "环评批复变更", "产品方案调整，询问环评是否要重新报批。")
    case.dispatch(6, "10:20").take_up(5, "09:00")
    case.ask(4, "10:00", "请提供调整后的产能、工艺和原辅料清单，收到后继续办理。")

    case = tell(
        "mulan",
        "utilities",
        4,
        "10:00",
        "厂区频繁闪停电",
        "本周闪停三次，影响层析介质聚合工序。",
        who="service",
        intake="staff",
    )
    case.dispatch(4, "10:30", "power", note="请查线路").external_replied(
        1, "10:10", "电话答复：支线老化，本周六更换，更换前临时转供。", proof="电话记录"
    )

    case = tell("xinyuan", "tax", 12, "09:00", "出口退税进度", "三季度出口退税未到，影响资金周转。")
    case.dispatch(12, "10:00", co=("tax",))
    case.external_replied(9, "15:00", "电话答复：单证备案缺一份，已通知企业。")
    case.reply(8, "10:00", "请补齐单证备案，补齐后正常退税。", "service")
    case.rate(1, "09:10", 2, False, "单证两周前就补了，没有下文。")

    _from_visit(
        scene, "lanqiao", 2, "污水纳管水量核定偏低\n现核定每日60吨，二线投产后需要95吨。", "environment", "一线满产，二线设备就位。",
    ).dispatch(1, "10:00", "subdistrict").object(
        1, "15:00", "subdistrict", "纳管水量由水务部门核定，街道无此职责。"
    )  # fmt: skip

    case = _from_visit(
        scene,
        "heyu",
        5,
        "熔炼车间安全评估整改\n评估提出八项整改，其中两项需停产，想错开交货期。",
        "safety",
        "订单排到年底，熔炼车间偏热。",
    )
    case.dispatch(5, "16:30").take_up(4, "09:00").extend(2, "10:00", 5, "需等第三方复核意见，预计五个工作日。")

    case = tell("qichen", "foreign_staff", 6, "14:00", "日籍专家工作许可续办", "两名日籍专家工作许可下月到期。")
    case.dispatch(6, "14:40")
    case.reply(1, "11:00", "已预约专窗，材料预审通过，凭预约码当天办结。", "service")

    case = tell("tuolan", "customs", 11, "09:10", "航空件海关预裁定", "申请航空结构件归类预裁定，园区无权办理。")
    case.transfer_up(10, "10:00", "上级海关（演示）")


def _at_the_start(scene: Scene) -> None:
    """What the coordinator finds in the morning."""
    _raise(
        scene, "dingke", "policy", 1, "16:10", "研发设备购置补助怎么申请", "今年新购研发设备约600万元，询问补助条件和时间。",
        intake="web",
    )  # fmt: skip
    case = _raise(
        scene, "chengye", "space", 1, "14:00", "想租两千平方米仓库", "产量增加，想在园区内租约2000平方米仓库。"
    )
    case.accept(1, "15:00")


def _class_issue(scene: Scene) -> None:
    """What several enterprises ask for is one matter."""
    found = [
        _raise(scene, key, "logistics", back, "10:00", "班车站点太远", text, intake="phone").row
        for key, back, text in (
            ("mulan", 4, "厂门口没有班车站点，夜班员工步行二十分钟。"),
            ("lanqiao", 3, "员工反映班车末班太早。"),
        )
    ]
    top = _raise(
        scene, "", "logistics", 3, "14:00", "园区通勤班车站点和班次不足", "多家企业反映，拟统一调整站点和班次。", intake="staff",
        is_class_issue=True, complexity="complex",
    )  # fmt: skip
    steps.group_under(found, top.row, **scene.does("coordinator", 3, "14:20"))
    top.dispatch(3, "14:30", note="请会同公交公司提方案").take_up(2, "10:00")
    for row in found:
        Case(scene, row).dispatch(3, "15:00")


def _from_visit(scene: Scene, key: str, back: int, problem: str, kind: str, seen: str) -> Case:
    """A visit whose problem is a case before the engine starts."""
    visit = Visit(enterprise=firm(scene, key), on=scene.workday(back), seen=seen, met="厂长")
    given = CaseKind.objects.get(code=kind)
    _visit, (case,) = write_visit(visit, problems=[Problem(problem, given)], **scene.does("subdistrict", back, "15:20"))
    return Case(scene, case)


def _second_platform(scene: Scene) -> Any:
    pillars = ServicePillar.objects.filter(layer=ServicePillar.Layer.PLATFORM, code="pingshangan")
    return pillars.first()
