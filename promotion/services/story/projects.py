"""The story's projects: one at each stage, over all tracks, with what their stages asked for; space, promises, capital."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from directory.models import AnnualFigures, Carrier, ChainSegment, Enterprise, IndustryChain, Park
from directory.models.enterprises import OperatingStatus, Relation
from directory.rules import uscc
from pinghu.ledger.models import Door
from promotion.models import (
    CapitalRecord,
    Commitment,
    Contact,
    InvestmentProject,
    Lead,
    LeadChannel,
    Part,
    ProjectMember,
    ProjectMilestone,
    ProjectReview,
    SpaceIntent,
)
from promotion.rules import stages
from promotion.services.capital import save_capital_record
from promotion.services.leads import convert_lead, save_lead, screen_lead
from promotion.services.projects import advance_stage, save_project
from promotion.services.reviews import save_commitment, save_review
from promotion.services.space import reserve, save_intent
from promotion.services.story.scene import Scene

_WAN = 10_000
#: Which reviews a track asks for; the fair-competition review goes with the government's commitments.
_REVIEWS = {
    stages.LAND: ("admission", "environment", "safety", "energy", "land_plan"),
    stages.LEASE: ("admission", "environment", "safety"),
    stages.EXPANSION: ("admission", "environment", "safety"),
    stages.ACQUISITION: ("admission",),
    stages.RD_OR_HEADQUARTERS: ("admission",),
}
_PAPERS = {
    stages.REVIEWED: (("review", "评审表"),),
    stages.SIGNED: (("agreement", "投资协议"),),
    stages.REGISTERED: (("licence", "营业执照"), ("filing", "备案通知书")),
    stages.STARTED: (("permit", "施工许可证"), ("photo", "开工现场照片")),
    stages.COMPLETED: (("acceptance", "竣工验收备案表"),),
}
_SKIPPED = "租用现有房屋，无新建工程。"


@dataclass(frozen=True, slots=True)
class Draft:
    """One project as it is told: what it is, and how many days ago it reached each stage. Amounts in ten thousand."""

    key: str
    name: str
    name_en: str
    owner: str
    track: str
    investor: str
    country: str
    content: str
    total: int
    days: dict[str, int]
    currency: str = "CNY"
    chain: str = ""
    segment: str = ""
    park: str = ""
    land: int | None = None
    floor: int | None = None
    foreign: int = 0
    jobs: int = 60
    this_year: bool = False
    serial: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def company(self) -> str:
        return f"{self.name.removesuffix('项目')}（平湖）有限公司"


def tell_projects(scene: Scene) -> None:
    """Projects from negotiation to full capacity, and those that turned aside."""
    _ready_to_sign(scene)
    _negotiating(scene)
    for draft in _drafts(scene):
        project = _bring(scene, draft)
        scene.rows[draft.key] = project
    _aside(scene)
    _team(scene)
    _space(scene)
    _promises(scene)
    _capital(scene)
    _milestones(scene)
    _last_words(scene)


# --- before signing --------------------------------------------------------------------------------------------------


def _ready_to_sign(scene: Scene) -> None:
    """From a lead of the delegation to a reviewed project; for signing two things are missing, nothing else."""
    officer, owner = scene.people["officer"], "officer"
    lead = save_lead(
        Lead(
            name="演示樱川轴承", name_en="Demo Sakuragawa Bearings", owner=officer, origin="名古屋", country="JP",
            business="机床主轴用精密轴承", channel=LeadChannel.objects.filter(code="headquarters_liaison").first(),
            activity=scene.rows["delegation"], counterpart=scene.rows["sakuragawa"], intended_investment=120_000_000,
            space_kind="plant", space_m2=8000, is_demo=True, **_chain("smart-manufacturing", "bearings"),
        ),
        confirmed=True,
        **scene.acts(owner, scene.ago(146)),
    )  # fmt: skip
    scene.put(Contact(name="联系人丁（演示）", job_title="海外事业部", email="demo@example.com", lead=lead))
    scene.talk(
        lead, owner, 145, "meeting", "在对方总部会谈，介绍园区机床产业配套。", "寄送园区资料和厂房图纸", due=-130
    )
    screen_lead(lead, note="补链项目：精密轴承环节本地缺失，机床企业有采购需求。", **scene.acts(owner, scene.ago(135)))
    scene.talk(lead, owner, 120, "hosted", "对方一行四人来园区，看中演示厂房一东区。", "商定项目框架", due=-100)
    project = convert_lead(lead, track=stages.LEASE, name="演示樱川精密轴承项目", **scene.acts(owner, scene.ago(110)))
    values = {
        "name_en": "Demo Sakuragawa precision bearings", "fixed_assets": 90_000_000, "yearly_output": 210_000_000,
        "yearly_tax": 11_000_000, "energy_tce": 850, "jobs": 120, "park": Park.objects.filter(code="yingyuan").first(),
    }  # fmt: skip
    project = _write(scene, project, owner, 105, values)
    _review_it(scene, project, owner, scene.ago(70))
    day = scene.ago(68)
    project = advance_stage(
        project, stages.REVIEWED, values={"reviewed_on": day}, why="经评审会研究同意。", **scene.acts(owner, day)
    )
    # Prepared for the ceremony: what is still missing is the scan, and the review of one promise.
    ready = {
        "agreement_no": "演示-2号", "signed_amount": 120_000_000, "foreign_share": 100, "signed_on": scene.today,
        "signing_event": "演示签约仪式",
    }  # fmt: skip
    scene.rows["sakuragawa_project"] = _write(scene, project, owner, 0, ready)


def _negotiating(scene: Scene) -> None:
    for draft in (
        Draft(
            "lantu", "演示澜图数控系统项目", "Demo Lantu CNC systems", "officer", stages.LEASE, "演示澜图数控", "CN",
            "建设数控系统研发与组装基地。", 15_000, {stages.NEGOTIATING: 38}, chain="smart-manufacturing",
            segment="controls", park="zhichuangyuan", floor=6000,
        ),
        Draft(
            "yuanchi", "演示远驰车规芯片项目", "Demo Yuanchi automotive chips", "colleague", stages.LAND,
            "演示远驰微电子", "TW", "建设车规级芯片封装测试线。", 160_000, {stages.NEGOTIATING: 75},
            chain="vehicles-and-parts", segment="chips", land=66_670, foreign=60,
        ),
        Draft(
            "haoye", "演示皓野储能项目", "Demo Haoye energy storage", "officer", stages.LAND, "演示皓野能源", "CN",
            "建设储能系统集成工厂。", 50_000, {stages.NEGOTIATING: 160}, land=40_000,
        ),
        Draft(
            "zhuoyu", "演示卓屿机器人项目", "Demo Zhuoyu robots", "officer", stages.LEASE, "演示卓屿机器人", "CN",
            "建设协作机器人组装线。", 8_000, {stages.NEGOTIATING: 140}, chain="smart-manufacturing",
            segment="automation", floor=4000,
        ),
    ):  # fmt: skip
        scene.rows[draft.key] = _enter(scene, draft)


def _aside(scene: Scene) -> None:
    project = scene.rows["haoye"]
    scene.rows["haoye"] = advance_stage(
        project, stages.PAUSED, why="对方调整投资节奏，明年一季度再议。", **scene.acts("officer", scene.ago(30))
    )
    scene.talk(scene.rows["haoye"], "officer", 30, "call", "对方总部冻结本年度新增投资。", none="等对方一季度答复")
    advance_stage(
        scene.rows["zhuoyu"],
        stages.LOST,
        why="对方选择靠近主要客户的城市。",
        values={"competitor": "外地开发区（演示）", "lessons": "前期未充分了解客户分布，今后研判时列明。"},
        **scene.acts("officer", scene.ago(22)),
    )


# --- from signing on -------------------------------------------------------------------------------------------------


def _drafts(scene: Scene) -> tuple[Draft, ...]:
    n, r, s, g = stages.NEGOTIATING, stages.REVIEWED, stages.SIGNED, stages.REGISTERED
    b, c, p, f = stages.STARTED, stages.COMPLETED, stages.IN_PRODUCTION, stages.FULL_CAPACITY
    here = _enterprise_here(scene)
    return (
        Draft(
            "hengye", "演示恒野驱动电机扩产项目", "Demo Hengye motors expansion", "colleague", stages.EXPANSION,
            "演示恒野电机", "DE", "新增两条驱动电机产线。", 32_000, {n: 190, r: 90, s: 41}, chain="vehicles-and-parts",
            segment="motors", foreign=100, jobs=150, this_year=True, values={"enterprise": here},
        ),
        Draft(
            "jiaqiao", "演示嘉桥食品并购项目", "Demo Jiaqiao foods acquisition", "officer", stages.ACQUISITION,
            "演示嘉桥控股", "SG", "收购并改造现有食品工厂。", 9_000, {n: 150, r: 80, s: 52}, chain="green-food",
            foreign=70, this_year=True,
        ),
        Draft(
            "qichen", "演示启辰汽车电子项目", "Demo Qichen automotive electronics", "officer", stages.LAND,
            "演示启辰电子", "JP", "建设车载控制器工厂。", 4_200, {n: 300, r: 150, s: 70, g: 34}, currency="USD",
            chain="vehicles-and-parts", park="zhixingu", land=33_335, floor=52_000, foreign=100, jobs=260,
            this_year=True, serial=1,
        ),
        Draft(
            "mulan", "演示穆兰分离介质项目", "Demo Mulan separation media", "officer", stages.LAND, "演示穆兰生物", "CN",
            "建设层析介质生产线。", 120_000, {n: 400, r: 290, s: 230, g: 200, b: 26}, chain="life-and-health",
            segment="media", land=30_000, floor=45_000, jobs=180, this_year=True, serial=2,
        ),
        Draft(
            "tuolan", "演示拓岚航空部件项目", "Demo Tuolan aviation parts", "colleague", stages.LAND, "演示拓岚航空", "CN",
            "建设航空结构件加工中心。", 58_000, {n: 900, r: 790, s: 700, g: 640, b: 520, c: 18}, chain="aerospace",
            land=26_000, floor=38_000, jobs=140, this_year=True, serial=3,
        ),
        Draft(
            "dingke", "演示鼎科研发总部项目", "Demo Dingke research headquarters", "officer", stages.RD_OR_HEADQUARTERS,
            "演示鼎科技术", "CN", "设立区域研发总部。", 6_000, {n: 500, r: 420, s: 380, g: 330, p: 60},
            park="zhichuangyuan", floor=1200, jobs=80, serial=4,
        ),
        Draft(
            "xinyuan", "演示昕源半导体材料项目", "Demo Xinyuan semiconductor materials", "colleague", stages.LEASE,
            "演示昕源材料", "KR", "生产石英与碳化硅部件。", 18_000, {n: 1300, r: 1200, s: 1130, g: 1090, p: 800, f: 210},
            chain="semiconductor", park="auto-electronics-park", floor=5200, foreign=51, jobs=110, serial=5,
        ),
    )  # fmt: skip


def _bring(scene: Scene, draft: Draft) -> Any:
    """Enter a project and move it from stage to stage, each with what its gate asks."""
    project = _enter(scene, draft)
    before = stages.NEGOTIATING
    for stage in stages.STAGES[1:]:
        if stage not in draft.days:
            continue
        day = _day(scene, draft, stage)
        if stage == stages.REVIEWED:
            _review_it(scene, project, draft.owner, day)
        else:
            for kind, title in _PAPERS.get(stage, ()):
                scene.paper(project, kind, title, draft.owner, day)
        if stage == stages.SIGNED:
            _reviewed_promise(scene, project, draft.owner, day)
        why = _SKIPPED if stages.stages_between(before, stage) else ""
        project = advance_stage(
            project, stage, values=_values(draft, project, stage, day), why=why, **scene.acts(draft.owner, day)
        )
        before = stage
    return project


def _day(scene: Scene, draft: Draft, stage: str) -> datetime.date:
    """Of a project that counts for this year, what was signed or built this year stays in it, whatever day it is."""
    recent = draft.this_year and stage in list(draft.days)[-2:] and draft.days[stage] < 100
    return scene.this_year(draft.days[stage]) if recent else scene.ago(draft.days[stage])


def _enter(scene: Scene, draft: Draft) -> Any:
    unit = Decimal(_WAN)
    project = InvestmentProject(
        name=draft.name, name_en=draft.name_en, owner=scene.people[draft.owner], track=draft.track,
        investor=draft.investor, investor_country=draft.country, content=draft.content, currency=draft.currency,
        total_investment=draft.total * unit, fixed_assets=draft.total * unit * 7 / 10, land_m2=draft.land,
        floor_m2=draft.floor, yearly_output=draft.total * unit * 15 / 10, yearly_tax=draft.total * unit * 8 / 100,
        energy_tce=draft.total // 12, jobs=draft.jobs, park=Park.objects.filter(code=draft.park).first(),
        negotiating_since=scene.ago(draft.days[stages.NEGOTIATING]), is_demo=True,
        **_chain(draft.chain, draft.segment), **draft.values,
    )  # fmt: skip
    first = draft.days[stages.NEGOTIATING]
    project = save_project(project, **scene.acts(draft.owner, scene.ago(first)))
    scene.talk(
        project, draft.owner, first, "meeting", "首次会谈，了解投资规模和选址要求。", "提交初步方案", due=20 - first
    )
    fresh: InvestmentProject = InvestmentProject._base_manager.get(pk=project.pk)
    return fresh


def _values(draft: Draft, project: Any, stage: str, day: datetime.date) -> dict[str, Any]:
    """What a stage asks to be filled in."""
    on = {InvestmentProject.STAGE_DATES[stage]: day}
    if stage == stages.SIGNED:
        signed = {"signed_amount": project.total_investment, "foreign_share": draft.foreign}
        return {**on, **signed, "agreement_no": f"演示-{day.year}-{project.number[-2:]}"}
    if stage == stages.REGISTERED:
        return {
            **on,
            "company_name": draft.company(),
            "uscc": uscc.make(f"91999999MADEM{draft.serial:03d}"),
            "registered_capital": project.total_investment * 3 / 10,
            "filing_code": f"{day:%y%m}-999999-04-01-{draft.serial:06d}",
            "filed_on": day,
        }
    return on


def _review_it(scene: Scene, project: Any, owner: str, day: datetime.date) -> None:
    for kind in _REVIEWS[project.track]:
        review = ProjectReview(project=project, kind=kind, outcome="passed", decided_on=day)
        save_review(review, **scene.acts("manager", day))
    for kind, title in _PAPERS[stages.REVIEWED]:
        scene.paper(project, kind, title, owner, day)


def _write(scene: Scene, project: Any, name: str, days: int, values: dict[str, Any]) -> Any:
    """Write fields of a project as its form does."""
    fresh = InvestmentProject._base_manager.get(pk=project.pk)
    for field_name, value in values.items():
        setattr(fresh, field_name, value)
    return save_project(fresh, fields=list(values), **scene.acts(name, scene.ago(days)))


def _chain(chain: str, segment: str = "") -> dict[str, Any]:
    return {
        "chain": IndustryChain.objects.filter(code=chain).first(),
        "segment": ChainSegment.objects.filter(chain__code=chain, code=segment).first(),
    }


def _enterprise_here(scene: Scene) -> Enterprise:
    """The one that expands; not published, so that the public pages show the zone's own alone."""
    found: Enterprise = scene.put(
        Enterprise(
            registered_name="演示恒野电机（平湖）有限公司",
            short_name="演示恒野电机",
            name_en="Demo Hengye Motors",
            uscc=uscc.make("91999999MADEM900"),
            relation=Relation.REGISTERED_AND_OPERATING,
            status=OperatingStatus.OPERATING,
            is_published=False,
        )
    )
    return found


# --- beside the projects ---------------------------------------------------------------------------------------------


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


def _reviewed_promise(scene: Scene, project: Any, owner: str, day: datetime.date) -> None:
    """The government's promise, reviewed before it is signed."""
    _promise(
        scene, project, owner, day, side="government", text="协调项目用电增容和临时施工用水", legal_basis="优化营商环境条例",
        approver="主任办公会（演示）", approved_on=day, fair_competition="passed", due_on=scene.ago(5),
        fulfilled_on=None if project.name.startswith("演示恒野") else max(day, scene.ago(9)),
    )  # fmt: skip


def _promises(scene: Scene) -> None:
    """Theirs and ours beside each other: kept, due, late; one of ours not yet reviewed."""
    project = scene.rows["sakuragawa_project"]
    _promise(
        scene, project, "officer", scene.ago(15), side="government", text="厂房装修期间免收六个月物业费", amount=480_000,
        legal_basis="园区载体管理办法（演示）", approver="主任办公会（演示）", approved_on=scene.ago(15), due_on=scene.ago(-120),
    )  # fmt: skip
    year = scene.today.year
    for indicator, amount in (("investment", 90_000_000), ("output", 210_000_000), ("jobs", 120)):
        _promise(
            scene, project, "officer", scene.ago(20), side="investor", text=f"投产次年达到承诺指标（{indicator}）",
            indicator=indicator, year=year + 2, amount=amount,
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
    for indicator, amount in (("output", 270_000_000), ("tax", 14_400_000), ("jobs", 110)):
        _promise(
            scene, grown, "colleague", scene.ago(1130), side="investor", text="达产年度承诺", indicator=indicator,
            year=year - 1, amount=amount,
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
        ("jiaqiao", "officer", 9, "call", "并购交割材料准备中。", "核对股权变更登记材料", 3),
        ("qichen", "officer", 2, "visit", "现场察看地块平整情况。", "协调临时用电", 2),
        ("mulan", "officer", 4, "visit", "桩基施工完成三成。", "月底现场核实进度", 6),
        ("dingke", "officer", 25, "call", "研发人员已到位60人。", "走访了解人才公寓需求", 9),
        ("yuanchi", "colleague", 6, "meeting", "对方提出用地分两期。", "报分期供地方案", 1),
        ("hengye", "colleague", 1, "call", "企业催问增容进度。", "会同供电部门答复", 0),
        ("tuolan", "colleague", 8, "visit", "竣工验收通过，设备进场。", "确认试生产时间", 5),
        ("xinyuan", "colleague", 30, "visit", "核对上年度承诺完成情况。", "要求说明产值缺口", -2),
    ):
        scene.talk(scene.rows[key], name, days, kind, happened, step, due=due)
