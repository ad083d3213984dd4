"""The story's enterprises here: who looks after whom, visits, headquarters with what they promised and signalled.

Of the zone's own enterprises it says who looks after them and nothing else: no visit, no case, no word of theirs. All
that happened, happened to made-up ones, which no public list shows.
"""

from typing import Any

from directory.models import CorporateGroup, Enterprise
from directory.models.enterprises import OperatingStatus, Relation
from directory.rules import uscc
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record
from promotion.models import (
    Contact,
    EngagementPromise,
    HeadquartersEngagement,
    HeadquartersPlan,
    IntentSignal,
    LiaisonAssignment,
    Visit,
)
from promotion.services.liaison import (
    keep_promise,
    save_assignment,
    save_engagement,
    save_signal,
    signal_to_case,
    signal_to_lead,
    write_visit,
)
from promotion.services.story.scene import Scene

#: Those that projects of the story became: key of the project → key of the enterprise.
_OF_PROJECTS = ("hengye", "qichen", "mulan", "tuolan", "dingke", "xinyuan")
#: key, name, English name, products
_MORE = (
    ("lanqiao", "演示澜桥表面处理", "Demo Lanqiao Surface Treatment", "阳极氧化、化学镀镍"),
    ("heyu", "演示禾屿压铸", "Demo Heyu Die Casting", "铝合金压铸件"),
    ("chengye", "演示程野包装", "Demo Chengye Packaging", "工业包装"),
)
_NAMED_HERE = 12


def tell_enterprises(scene: Scene) -> None:
    """Enterprises first: cases and offers are theirs."""
    _enterprises(scene)
    _assignments(scene)
    _visits(scene)
    _headquarters(scene)


def firm(scene: Scene, key: str) -> Enterprise:
    """One of the story's enterprises."""
    found: Enterprise = scene.rows[f"{key}@here"]
    return found


def _enterprises(scene: Scene) -> None:
    for key in _OF_PROJECTS:
        scene.rows[f"{key}@here"] = Enterprise._base_manager.get(pk=scene.rows[key].enterprise_id)
    for number, (key, name, name_en, products) in enumerate(_MORE, start=901):
        row = Enterprise(
            registered_name=f"{name}（平湖）有限公司", short_name=name, name_en=name_en, products=products,
            uscc=uscc.make(f"91999999MADEM{number}"), relation=Relation.REGISTERED_AND_OPERATING,
            status=OperatingStatus.OPERATING, is_published=False,
        )  # fmt: skip
        scene.rows[f"{key}@here"] = scene.put(row)
    for key, name, name_en, country in (
        ("hengye", "演示恒野集团", "Demo Hengye Group", "DE"),
        ("qichen", "演示启辰集团", "Demo Qichen Group", "JP"),
    ):
        group = scene.put(CorporateGroup(name=name, name_en=name_en, country=country))
        scene.rows[f"{key}@group"] = group
        firm(scene, key).group = group
        save_record(firm(scene, key), fields=["group"], by=None, door=Door.COMMAND)
    scene.put(
        Contact(
            name="联系人戊（演示）", job_title="行政部经理", organisation=str(firm(scene, "hengye")),
            email="demo@example.com", enterprise=firm(scene, "hengye"),
        )
    )  # fmt: skip


def _assignments(scene: Scene) -> None:
    """The first of the named ones, shared out; the made-up ones beside them."""
    named = Enterprise.objects.filter(is_demo=False, is_published=True).order_by("pk")[:_NAMED_HERE]
    looked_after = [(row, "subdistrict" if place % 3 == 2 else "service") for place, row in enumerate(named)]
    looked_after += [
        (firm(scene, key), name)
        for key, name in (
            ("hengye", "service"), ("qichen", "service"), ("mulan", "service"), ("dingke", "service"),
            ("xinyuan", "service"), ("tuolan", "coordinator"), ("lanqiao", "subdistrict"), ("heyu", "subdistrict"),
            ("chengye", "subdistrict"),
        )
    ]  # fmt: skip
    parts = LiaisonAssignment.Part
    for row, name in looked_after:
        _assign(scene, row, name, parts.SUBDISTRICT if name == "subdistrict" else parts.OFFICER)
    for row in (*[row for row, _name in looked_after[:2]], firm(scene, "hengye"), firm(scene, "tuolan")):
        _assign(scene, row, "leader", parts.LEADER)


def _assign(scene: Scene, enterprise: Enterprise, name: str, part: str) -> None:
    acts = scene.acts(name, scene.ago(200))
    row = LiaisonAssignment(
        enterprise=enterprise, person=acts["by"], part=part, starts_on=scene.ago(200), is_demo=True
    )  # fmt: skip
    save_assignment(row, by=None, door=acts["door"])


def _visits(scene: Scene) -> None:
    """Some this week, some long ago, one firm never: what Friday's list is made of. Two problems became cases."""
    for key, name, back, manner, seen in (
        ("mulan", "service", 62, "on_site", "一期厂房桩基施工，现场安全围挡到位。"),
        ("dingke", "service", 58, "hosted", "来中心咨询人才政策，已给清单。"),
        ("xinyuan", "service", 41, "on_site", "订单饱满，二班制生产。"),
        ("qichen", "service", 24, "phone", "地块平整按计划推进，下月进场。"),
        ("tuolan", "coordinator", 9, "on_site", "设备进场，物流车辆进出不便。"),
        ("hengye", "service", 4, "on_site", "两条产线满负荷，关心二期供电。"),
        ("mulan", "service", 2, "on_site", "桩基完成三成，未反映困难。"),
    ):
        visit = Visit(enterprise=firm(scene, key), on=scene.workday(back), manner=manner, seen=seen, met="总经理、厂务")
        visit.is_quiet = "未反映" in seen
        write_visit(visit, **scene.does(name, back, "15:00"))


def _headquarters(scene: Scene) -> None:
    """Two groups: promises kept, open and late; one signal became a lead, one asked for help and became a case."""
    year = scene.today.year
    for key, planned in (("hengye", 2), ("qichen", 2)):
        scene.put(
            HeadquartersPlan(
                group=scene.rows[f"{key}@group"], year=year, engagements=planned, owner=scene.people["service"]
            )
        )
    day = scene.this_year(38)
    hengye = _engage(
        scene, "hengye", "service", day, manner="video", headquarters="global", country="DE",
        topics="通报二期建设条件；对方说明亚太产能布局，明年上半年定扩产方案。", attendees="对方：生产副总裁、中国区总经理；我方：分管领导、服务专员",
    )  # fmt: skip
    for side, text, person, due, kept in (
        ("theirs", "提供二期设备和用能清单", "service", scene.ago(15), "清单已收，装机容量2800千伏安。"),
        ("ours", "书面答复二期供电方案", "service", scene.ago(4), ""),
        ("ours", "邀请对方总部来园区考察配套企业", "manager", scene.ago(-25), ""),
    ):
        promise = scene.put(
            EngagementPromise(engagement=hengye, side=side, text=text, person=scene.people[person], due_on=due)
        )
        if kept:
            keep_promise(promise, outcome=kept, **scene.acts(person, max(scene.ago(16), day)))
    day = scene.this_year(90)
    qichen = _engage(
        scene, "qichen", "officer", day, manner="visit", headquarters="global", country="JP", place="名古屋",
        topics="拜访总部，介绍园区汽车电子配套；对方关注研发人员通勤。", attendees="对方：海外事业部部长；我方：招商、服务专员",
    )  # fmt: skip
    _engage(
        scene, "qichen", "service", scene.this_year(12), manner="letter", headquarters="china",
        topics="致函中国总部，通报项目公司用地手续进度。",
    )  # fmt: skip
    expansion = _signal(
        scene, "service", scene.this_year(38), "expansion", "strong", group=scene.rows["hengye@group"],
        engagement=hengye, source="总部视频会", note="拟在园区建电机二期，投资约3亿元，明年上半年定。",
    )  # fmt: skip
    signal_to_lead(
        expansion, business="驱动电机二期", confirmed=True, **scene.acts("service", max(scene.ago(36), scene.this_year(38)))
    )  # fmt: skip
    _signal(
        scene, "officer", day, "research", "weak", group=scene.rows["qichen@group"], engagement=qichen,
        source="拜访时谈及", note="考虑把车载控制器软件团队部分迁来，尚无计划。",
    )  # fmt: skip
    leaving = _signal(
        scene, "service", scene.workday(4), "reduction", "clear", enterprise=firm(scene, "xinyuan"), source="走访",
        note="一条产线拟转到外地，主因用工；希望协调招工。",
    )  # fmt: skip
    scene.rows["signal_case"] = signal_to_case(leaving, **scene.does("service", 1, "09:20"))


def _engage(scene: Scene, key: str, name: str, day: Any, **values: Any) -> Any:
    row = HeadquartersEngagement(group=scene.rows[f"{key}@group"], on=day, **values)
    return save_engagement(row, **scene.acts(name, day))


def _signal(scene: Scene, name: str, day: Any, kind: str, strength: str, **values: Any) -> Any:
    row = IntentSignal(kind=kind, strength=strength, on=day, **values)
    return save_signal(row, **scene.acts(name, day))
