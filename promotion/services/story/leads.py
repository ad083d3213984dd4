"""The story's counterparts and leads: two fairs, promises kept and late, a dispute, a double, a secret."""

from decimal import Decimal
from typing import Any

from directory.models import ChainSegment, IndustryChain
from promotion.models import Contact, Counterpart, Lead, LeadChannel, LeadMember, Part, PromotionActivity
from promotion.services.claims import decide_dispute, raise_dispute, set_credit_shares
from promotion.services.counterparts import save_counterpart
from promotion.services.leads import ask_to_join, close_lead, save_lead, screen_lead
from promotion.services.story.scene import Scene


def tell_leads(scene: Scene) -> None:
    """Everything before a project."""
    _activities(scene)
    _counterparts(scene)
    _from_the_fair(scene)
    _in_hand(scene)
    _between_colleagues(scene)
    _of_others(scene)


def _activities(scene: Scene) -> None:
    for key, name, kind, place, first, last, cost in (
        ("fair_now", "演示精密制造展", "fair", "上海", 1, -1, 86_000),
        ("fair_past", "演示汽车零部件展", "fair", "杭州", 95, 93, 120_000),
        ("delegation", "演示赴日招商小组", "delegation", "名古屋", 150, 145, 210_000),
    ):
        scene.rows[key] = scene.put(
            PromotionActivity(
                name=name,
                kind=kind,
                place=place,
                country="JP" if kind == "delegation" else "CN",
                starts_on=scene.ago(first),
                ends_on=scene.ago(last),
                unit=scene.unit("officer"),
                cost=cost,
            )
        )


def _counterparts(scene: Scene) -> None:
    for key, name, name_en, kind, country, business, owner in (
        ("sakuragawa", "演示樱川轴承株式会社", "Demo Sakuragawa Bearings", "investor", "JP", "精密轴承、主轴单元", "officer"),
        ("dongqiao", "演示东桥投资咨询", "Demo Dongqiao Advisers", "intermediary", "CN", "日资企业来华选址", "officer"),
        ("chamber", "演示机械工业商会", "Demo Machinery Chamber", "chamber", "DE", "会员企业三百余家", "colleague"),
        ("fund", "演示源启产业基金", "Demo Yuanqi Fund", "fund", "CN", "智能制造领域股权投资", "manager"),
    ):  # fmt: skip
        row = Counterpart(
            name=name, name_en=name_en, kind=kind, country=country, business=business, is_demo=True,
            owner=scene.people[owner],
        )  # fmt: skip
        scene.rows[key] = save_counterpart(row, **scene.acts(owner, scene.ago(180)))
    for key, name, job in (
        ("sakuragawa", "联系人甲（演示）", "海外事业部部长"),
        ("dongqiao", "联系人乙（演示）", "合伙人"),
    ):
        _contact(scene, name, job, counterpart=scene.rows[key])


def _from_the_fair(scene: Scene) -> None:
    """Yesterday and today, in two lines each; one still waits for what they make."""
    fair = {"channel": "fair", "activity": scene.rows["fair_now"]}
    lead = _lead(
        scene, "yunyu", "演示云屿主轴", "officer", 1, "苏州", "高速电主轴", chain="smart-manufacturing", **fair
    )
    scene.talk(
        lead, "officer", 1, "meeting", "展位交谈，拟在长三角设第二工厂，需厂房约3000平方米。", "发园区厂房清单", due=0
    )
    _lead(scene, "chengfeng", "演示澄峰传感器", "officer", 1, "无锡", "压力传感器", **fair)
    _lead(scene, "jingye", "演示景野减速机", "officer", 0, "台州", "", **fair)


def _in_hand(scene: Scene) -> None:
    """The officer's own: one promise late, one long quiet, one under a code name, one that went elsewhere."""
    past = {"channel": "fair", "activity": scene.rows["fair_past"]}
    lead = _lead(
        scene, "langchuan", "演示朗川滚珠丝杠", "officer", 92, "宁波", "滚珠丝杠", name_en="Demo Langchuan Ball Screws",
        chain="smart-manufacturing", segment="spindles", intended_investment=Decimal(80_000_000), space_kind="plant",
        space_m2=5000, **past,
    )  # fmt: skip
    scene.talk(
        lead, "officer", 60, "visit", "赴宁波拜访，产能已满，计划明年扩产。", "约对方技术负责人来园区看厂房", due=-40
    )
    screen_lead(
        lead,
        note="契合智能制造链“主轴与丝杠”环节，本地配套需求明确，建议跟进。",
        **scene.acts("officer", scene.ago(50)),
    )
    scene.talk(lead, "officer", 20, "call", "对方确认月内来访，人选待定。", "确认来访日期和名单", due=-9)

    lead = _lead(scene, "haisen", "演示海森变速器", "officer", 90, "杭州", "新能源汽车减速器", **past)
    scene.talk(lead, "officer", 44, "call", "对方正在调整投资计划，暂不定时间。", none="等对方董事会决定")

    lead = _lead(
        scene, "secret", "演示白鹭动力电池", "officer", 35, "深圳", "动力电池模组", channel="fund",
        confidentiality="confidential", code_name="樱花一号", intended_investment=Decimal(2_600_000_000),
        space_kind="land", space_m2=133_340, counterpart=scene.rows["fund"],
    )  # fmt: skip
    scene.put(LeadMember(lead=lead, person=scene.people["manager"], part=Part.NAMED))
    scene.talk(
        lead, "officer", 6, "meeting", "与对方战略部会谈，要求签署保密协议后提供用地方案。", "报保密协议文本", due=1
    )

    lead = _lead(scene, "closed", "演示远岫智能装备", "officer", 130, "东京", "装配机器人", channel="stationed_team")
    scene.talk(lead, "officer", 100, "video", "对方已与外地签约。", none="已落户他处")
    close_lead(lead, reason="went_elsewhere", note="对方更看重港口距离。", **scene.acts("officer", scene.ago(99)))

    lead = _lead(
        scene, "lezhou", "演示乐舟医疗器械", "officer", 26, "上海", "内窥镜组件", channel="intermediary",
        referrer="演示东桥投资咨询", counterpart=scene.rows["dongqiao"], chain="life-and-health",
    )  # fmt: skip
    scene.talk(lead, "officer", 8, "hosted", "来园区看了智创园楼层，认可，等总部批复。", "问总部批复进度", due=4)
    _contact(scene, "联系人丙（演示）", "总经理", lead=lead)


def _between_colleagues(scene: Scene) -> None:
    """What two units say of one lead, what may be the same, who wants to join, and what a hidden lead has to do with it."""
    lead = _lead(scene, "hengtuo", "演示恒拓伺服电机", "officer", 48, "常州", "伺服电机", channel="visit")
    scene.talk(lead, "officer", 12, "call", "报价和用电需求已收到。", "会同供电部门答复容量", due=3)
    raise_dispute(
        lead,
        unit=scene.unit("colleague"),
        reason="驻沪组两个月前在对方上海办事处首次见面，有会谈记录，报送较晚是因名称未定。",
        **scene.acts("colleague", scene.ago(2)),
    )

    mine = {"chain": "smart-manufacturing", "segment": "controls", "channel": "stationed_team"}
    _lead(scene, "beiqiao", "演示北桥数控设备有限公司", "officer", 15, "上海", "数控系统集成", channel="web")
    lead = _lead(scene, "beiqiao_too", "演示北桥数控", "colleague", 4, "上海", "数控系统", **mine)
    scene.talk(lead, "colleague", 4, "meeting", "驻沪组上门拜访，有意在园区设研发与组装基地。", "发合作建议书", due=2)

    lead = _lead(
        scene,
        "minglan",
        "演示鸣岚液压",
        "officer",
        33,
        "济南",
        "液压阀",
        channel="enterprise_referral",
        referrer="演示企业",
    )
    scene.talk(lead, "officer", 10, "message", "发去园区介绍和厂房清单。", "电话回访", due=5)
    ask_to_join(lead, reason="对方上海公司由驻沪组联系，希望一起跟进。", **scene.acts("colleague", scene.ago(1)))

    _lead(scene, "secret_too", "演示白鹭动力电池（上海）", "colleague", 1, "上海", "电池模组", channel="stationed_team")

    lead = _lead(scene, "decided", "演示启梧工业软件", "officer", 75, "南京", "工业软件", channel="web")
    dispute = raise_dispute(
        lead,
        unit=scene.unit("colleague"),
        reason="驻沪组先与对方南京团队对接。",
        **scene.acts("colleague", scene.ago(60)),
    )
    ours, theirs = scene.unit("officer"), scene.unit("colleague")
    decide_dispute(
        dispute, awarded_to=ours, decision="首报在先且持续跟进，线索归招商部门，驻沪组保留分成。",
        **scene.acts("manager", scene.ago(58)),
    )  # fmt: skip
    acts = scene.acts("manager", scene.ago(58))
    set_credit_shares(lead, {ours: Decimal(70), theirs: Decimal(30)}, by=acts["by"], door=acts["door"])
    scene.talk(lead, "officer", 18, "video", "线上演示了园区算力平台。", "邀请对方参加座谈会", due=6)


def _of_others(scene: Scene) -> None:
    """Leads that a colleague in Shanghai, the service officer and the subdistrict look after."""
    lead = _lead(
        scene, "restricted", "演示凌川半导体材料", "colleague", 40, "上海", "石英制品", channel="stationed_team",
        confidentiality="restricted", code_name="凌川（代号）", chain="semiconductor",
    )  # fmt: skip
    scene.talk(lead, "colleague", 14, "meeting", "对方在三地比选。", "提供用水用电报价", due=-1)

    lead = _lead(
        scene, "headquarters", "演示科赫流体（中国）", "colleague", 200, "法兰克福", "工业泵阀", channel="headquarters_liaison",
        country="DE", is_long_term=True, counterpart=scene.rows["chamber"],
    )  # fmt: skip
    scene.talk(lead, "colleague", 70, "message", "年度问候，对方暂无在华投资计划。", none="长期跟踪，每年联系两次")

    lead = _lead(
        scene, "service", "演示悦禾食品", "service", 9, "平湖", "调味品", channel="visit", chain="green-food"
    )  # fmt: skip
    scene.talk(lead, "service", 9, "visit", "走访企业时得知其上游供应商想就近设厂。", "向招商部门了解可用厂房", due=0)

    lead = _lead(
        scene,
        "village",
        "演示钟浦包装材料",
        "subdistrict",
        16,
        "嘉兴",
        "食品包装",
        channel="enterprise_referral",
        referrer="演示企业",
    )
    scene.talk(lead, "subdistrict", 5, "call", "对方想租2000平方米厂房，年内投产。", "带看村集体厂房", due=1)


def _lead(
    scene: Scene,
    key: str,
    name: str,
    owner: str,
    days: int,
    origin: str,
    business: str,
    *,
    channel: str,
    chain: str = "",
    segment: str = "",
    **values: Any,
) -> Lead:
    lead = Lead(
        name=name,
        owner=scene.people[owner],
        origin=origin,
        business=business,
        channel=LeadChannel.objects.filter(code=channel).first(),
        chain=IndustryChain.objects.filter(code=chain).first(),
        segment=ChainSegment.objects.filter(chain__code=chain, code=segment).first(),
        is_demo=True,
        **values,
    )
    scene.rows[key] = save_lead(lead, confirmed=True, **scene.acts(owner, scene.ago(days)))
    saved: Lead = scene.rows[key]
    return saved


def _contact(scene: Scene, name: str, job: str, **of: Any) -> None:
    row = Contact(
        name=name, job_title=job, organisation=str(next(iter(of.values())).name), email="demo@example.com", **of
    )
    scene.put(row)
