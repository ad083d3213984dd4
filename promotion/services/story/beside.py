"""What stands beside the story's projects: people, space, promises on both sides, capital, milestones, last talks."""

import datetime
from decimal import Decimal
from typing import Any

from directory.models import AnnualFigures, Carrier
from pinghu.ledger.models import Door
from promotion.models import CapitalRecord, Commitment, Part, ProjectMember, ProjectMilestone, SpaceIntent
from promotion.services.capital import save_capital_record
from promotion.services.reviews import save_commitment
from promotion.services.space import reserve, save_intent
from promotion.services.story.scene import Scene

#: What the government promised in each agreement, reviewed before it was signed.
_PROMISES = {
    "hengye": "完成厂区用电增容1600千伏安",
    "jiaqiao": "协助办理食品生产许可变更",
    "qichen": "地块平整并接通临时水电",
    "mulan": "施工许可集中联审",
    "tuolan": "配套道路建成通车",
    "dingke": "提供人才公寓二十套",
    "xinyuan": "接通工业蒸汽管道",
}


def tell_beside(scene: Scene) -> None:
    """All of it, once the projects stand where they stand."""
    _team(scene)
    _space(scene)
    _promises(scene)
    _capital(scene)
    _milestones(scene)
    _last_words(scene)


def _team(scene: Scene) -> None:
    for key, person, part in (
        ("sakuragawa_project", "service", Part.TEAM),
        ("sakuragawa_project", "carrier", Part.TEAM),
        ("sakuragawa_project", "leader", Part.LINKED_LEADER),
        ("yuanchi", "leader", Part.LINKED_LEADER),
        ("yuanchi", "officer", Part.TEAM),
        ("hengye", "service", Part.TEAM),
        ("mulan", "coordinator", Part.TEAM),
        ("qichen", "carrier", Part.TEAM),
    ):
        scene.put(ProjectMember(project=scene.rows[key], person=scene.people[person], part=part))


def _space(scene: Scene) -> None:
    """A plant's eastern part is held; the second who wanted it took another instead. A parcel is held as a whole."""
    carriers = {row.code: row for row in Carrier.objects.filter(code__startswith="DEMO-", is_demo=True)}
    plant, other, parcel = (carriers.get(code) for code in ("DEMO-P1", "DEMO-P2", "DEMO-L1"))
    first, second, built = (scene.rows[key] for key in ("sakuragawa_project", "lantu", "qichen"))
    soon, officer, keeper = scene.ago(-30), _by(scene, "officer"), _by(scene, "carrier")
    if plant is not None:
        wanted = SpaceIntent(carrier=plant, project=first, area_m2=8000, wanted_from=soon, note="看中东区")
        save_intent(wanted, **officer)
        reserve(first, plant, area_m2=Decimal(8000), part="东区", starts_on=soon, **keeper)
        note = "东区已预留给其他项目，西区余4000平方米不够"
        save_intent(SpaceIntent(carrier=plant, project=second, area_m2=6000, note=note), **officer)
    if other is not None:
        save_intent(SpaceIntent(carrier=other, project=second, area_m2=6000, note="改看演示厂房二"), **officer)
    if parcel is not None:
        reserve(built, parcel, area_m2=Decimal(33_335), starts_on=scene.this_year(60), **keeper)


def _by(scene: Scene, name: str) -> dict[str, Any]:
    return {"by": scene.people[name], "door": Door.COMMAND}


def promise_before_signing(scene: Scene, key: str, project: Any, day: datetime.date) -> None:
    """What the government owes half a year after signing; one is late. The officer prepares it, the manager reviews it."""
    due = scene.ago(5) if key == "hengye" else day + datetime.timedelta(days=180)
    kept = due - datetime.timedelta(days=20)
    _promise(
        scene, project, "manager", day, side="government", text=_PROMISES[key], legal_basis="优化营商环境条例",
        approver="主任办公会（演示）", approved_on=day, fair_competition="passed", due_on=due,
        fulfilled_on=kept if kept <= scene.today and key != "hengye" else None,
    )  # fmt: skip


def _promises(scene: Scene) -> None:
    """Theirs and ours beside each other: kept, due, late; one of ours not yet reviewed."""
    project = scene.rows["sakuragawa_project"]
    _promise(
        scene, project, "officer", scene.ago(15), side="government", text="厂房装修期间免收六个月物业费", amount=480_000,
        legal_basis="园区载体管理办法（演示）", approver="主任办公会（演示）", approved_on=scene.ago(15), due_on=scene.ago(-120),
    )  # fmt: skip
    year = scene.today.year
    for text, indicator, amount in (
        ("固定资产投资9000万元", "investment", 90_000_000),
        ("年产值2.1亿元", "output", 210_000_000),
        ("新增就业120人", "jobs", 120),
    ):
        _promise(
            scene, project, "officer", scene.ago(20), side="investor", text=text, indicator=indicator, year=year + 2,
            amount=amount,
        )  # fmt: skip
    _promise(
        scene, scene.rows["qichen"], "officer", scene.this_year(70), side="investor", text="六个月内到位外资1200万美元",
        indicator="investment", year=year, amount=12_000_000, currency="USD", due_on=scene.ago(-50),
    )  # fmt: skip
    _promise(
        scene, scene.rows["mulan"], "officer", scene.ago(230), side="investor", text="签约后六个月内开工", due_on=scene.ago(45),
        fulfilled_on=scene.this_year(26),
    )  # fmt: skip
    _promise(
        scene, scene.rows["tuolan"], "colleague", scene.ago(700), side="investor", text="完成固定资产投资4亿元",
        indicator="investment", year=year - 1, amount=400_000_000, due_on=scene.ago(12),
    )  # fmt: skip
    grown = scene.rows["xinyuan"]
    for text, indicator, amount in (
        ("达产后年产值2.7亿元", "output", 270_000_000),
        ("达产后年税收1440万元", "tax", 14_400_000),
        ("就业110人", "jobs", 110),
    ):
        _promise(
            scene, grown, "colleague", scene.ago(1130), side="investor", text=text, indicator=indicator, year=year - 1,
            amount=amount,
        )  # fmt: skip
    scene.put(
        AnnualFigures(
            enterprise=grown.enterprise, year=year - 1, data_origin="declared", employees=104, output=25_600, tax=1_480
        )
    )


def _promise(scene: Scene, project: Any, name: str, day: datetime.date, **values: Any) -> None:
    acts = scene.acts(name, scene.today if values.get("fulfilled_on") else day)
    save_commitment(Commitment(project=project, **values), **acts)


def _capital(scene: Scene) -> None:
    """Contracted, then less; arrived in two parts, with its paper; one series of a year before."""
    project = scene.rows["qichen"]
    proof = scene.paper(project, "capital", "到资凭证", "officer", scene.this_year(12))
    for kind, days, amount, values in (
        ("contracted", 70, 20_000_000, {"due_on": scene.ago(-55), "source_country": "JP"}),
        ("actual", 28, 4_000_000, {"source_country": "JP", "confirmation_no": "演示-001"}),
        ("actual", 12, 3_500_000, {"source_country": "JP", "evidence": proof}),
        ("contracted", 6, -2_000_000, {"note": "经批准减少合同外资"}),
    ):
        _amount(scene, project, kind, scene.this_year(days), amount, **values)
    grown = scene.rows["xinyuan"]
    _amount(scene, grown, "contracted", scene.ago(1100), 9_000_000, due_on=scene.ago(700), source_country="KR")
    _amount(scene, grown, "actual", scene.ago(760), 6_000_000, source_country="KR")
    _amount(scene, grown, "actual", scene.this_year(90), 1_800_000, source_country="KR", form="reinvested_profit")


def _amount(scene: Scene, project: Any, kind: str, on: datetime.date, amount: int, **values: Any) -> None:
    record = CapitalRecord(enterprise=project.enterprise, project=project, kind=kind, on=on, amount=amount, **values)
    save_capital_record(record, **scene.acts("officer", on))


def _milestones(scene: Scene) -> None:
    for key, kind, planned, actual in (
        ("qichen", "land_listed", 40, 38), ("qichen", "land_sold", 20, 16), ("qichen", "land_permit", -10, None),
        ("qichen", "construction_permit", -45, None), ("qichen", "started", -60, None),
        ("mulan", "construction_permit", 60, 55), ("mulan", "started", 45, 26), ("mulan", "completed", -300, None),
        ("tuolan", "completed", 30, 18), ("tuolan", "in_production", -20, None),
    ):  # fmt: skip
        happened = scene.this_year(actual) if actual is not None else None
        scene.put(
            ProjectMilestone(project=scene.rows[key], kind=kind, planned_on=scene.ago(planned), actual_on=happened)
        )


def _last_words(scene: Scene) -> None:
    """What was said last, and what comes next: late, today, in the next days."""
    for key, name, days, kind, happened, step, due in (
        (
            "sakuragawa_project",
            "officer",
            3,
            "video",
            "双方确认签约文本，等公平竞争审查意见。",
            "催审查意见，定签约日期",
            0,
        ),
        ("lantu", "officer", 5, "hosted", "对方看了演示厂房二，基本满意。", "补齐环境和安全评审材料", -1),
        ("jiaqiao", "officer", 1, "meeting", "并购协议已签，交割材料准备中。", "核对股权变更登记材料", 3),
        ("yunqi", "officer", 0, "call", "对方确认来看楼层。", "带看智创园楼层", 2),
        ("qichen", "officer", 2, "visit", "现场察看地块平整情况。", "协调临时用电", 2),
        ("mulan", "officer", 4, "visit", "桩基施工完成三成。", "月底现场核实进度", 6),
        ("dingke", "officer", scene.since_monday, "visit", "研发中心启用，人员已到位60人。", "走访了解人才公寓需求", 9),
        ("yuanchi", "colleague", 6, "meeting", "对方提出用地分两期。", "报分期供地方案", 1),
        ("hengye", "colleague", 1, "call", "企业催问增容进度。", "会同供电部门答复", 0),
        ("tuolan", "colleague", 8, "visit", "竣工验收通过，设备进场。", "确认试生产时间", 5),
        ("xinyuan", "colleague", 30, "visit", "核对上年度承诺完成情况。", "要求说明产值缺口", -2),
    ):
        scene.talk(scene.rows[key], name, days, kind, happened, step, due=due)
