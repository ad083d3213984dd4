"""The story's projects: one at each stage, over all tracks, each moved there with what its stages asked for."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from directory.models import ChainSegment, Enterprise, IndustryChain, Park
from directory.models.enterprises import OperatingStatus, Relation
from directory.rules import uscc
from promotion.models import (
    Contact,
    InvestmentProject,
    Lead,
    LeadChannel,
    ProjectReview,
)
from promotion.rules import stages
from promotion.services.leads import convert_lead, save_lead, screen_lead
from promotion.services.projects import advance_stage, save_project
from promotion.services.reviews import save_review
from promotion.services.story.beside import promise_before_signing
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
            "yunqi", "演示云栖医用耗材项目", "Demo Yunqi medical supplies", "officer", stages.LEASE, "演示云栖医疗", "CN",
            "租用楼层生产一次性耗材。", 4_000, {stages.NEGOTIATING: scene.since_monday}, chain="life-and-health", floor=1500,
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
            "演示嘉桥控股", "SG", "收购并改造现有食品工厂。", 9_000, {n: 150, r: 80, s: 1}, chain="green-food",
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
            "演示鼎科技术", "CN", "设立区域研发总部。", 6_000, {n: 500, r: 420, s: 380, g: 330, p: scene.since_monday},
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
            promise_before_signing(scene, draft.key, project, day)
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
    """The officer hands in the papers, the manager, who does not run the project, decides."""
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
