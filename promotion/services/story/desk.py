"""What lies on everybody's desk in the story: notes of the week, action items, targets of the year."""

import datetime
from decimal import Decimal

from promotion.models import ActionItem, ProgressNote, PromotionTarget
from promotion.services.follow_ups import answer_action_item
from promotion.services.story.scene import Scene


def give_work(scene: Scene) -> None:
    """Notes, items and targets."""
    _notes(scene)
    _items(scene)
    _targets(scene)


def _notes(scene: Scene) -> None:
    """Four lines for each project that the meeting talks about, last week and this."""
    monday = scene.ago(scene.since_monday)
    for weeks, key, progress, step, problem, help_needed, help_from in (
        (1, "sakuragawa_project", "签约文本第三稿交换意见。", "送公平竞争审查", "", "", ""),
        (
            0,
            "sakuragawa_project",
            "文本定稿，对方总部已批准。",
            "审查意见出具后签约",
            "审查材料尚缺一件",
            "出具审查意见",
            "leader",
        ),
        (1, "lantu", "对方来访看厂房。", "提交评审材料", "", "", ""),
        (0, "lantu", "选定演示厂房二，面积6000平方米。", "补环评和安全材料", "环评材料准备较慢", "", ""),
        (1, "qichen", "土地摘牌。", "办理用地规划许可", "", "", ""),
        (0, "qichen", "到资750万美元，地块平整中。", "临时用电接入", "临时用电容量不足", "协调临时用电", "service"),
        (1, "hengye", "签约后续事项对接。", "用电增容方案", "", "", ""),
        (
            0,
            "hengye",
            "增容方案待供电部门答复。",
            "约三方现场会",
            "增容已逾承诺日期",
            "会同供电部门明确时间",
            "service",
        ),
        (0, "mulan", "桩基施工完成三成。", "月底现场核实", "", "", ""),
        (0, "tuolan", "竣工验收通过。", "设备安装调试", "", "", ""),
        (0, "yuanchi", "对方提出用地分两期。", "报分期供地方案", "一期指标未落实", "落实一期用地指标", "leader"),
    ):
        project = scene.rows[key]
        scene.put(
            ProgressNote(
                project=project,
                week=monday - datetime.timedelta(weeks=weeks),
                progress=progress,
                next_step=step,
                problem=problem,
                help_needed=help_needed,
                help_from=scene.unit(help_from) if help_from else None,
                help_by=monday + datetime.timedelta(days=11) if help_needed else None,
                by=project.owner,
            )
        )


def _items(scene: Scene) -> None:
    meeting, instruction = ActionItem.Origin.MEETING, ActionItem.Origin.INSTRUCTION
    for origin, given_by, person, key, due, text in (
        (meeting, "manager", "officer", "sakuragawa_project", 2, "补齐公平竞争审查材料，签约前出具审查意见。"),
        (meeting, "manager", "officer", "lantu", -2, "核实对方近三年经营情况，书面报告。"),
        (instruction, "leader", "manager", "yuanchi", 4, "十亿元以上在谈项目每周报进展和堵点。"),
        (meeting, "manager", "colleague", "hengye", 1, "会同供电部门明确增容时间，答复企业。"),
        (meeting, "manager", "service", "hengye", 1, "联系供电部门，约三方现场会。"),
        (meeting, "manager", "coordinator", "mulan", 3, "组织施工许可后续事项联审。"),
        (meeting, "manager", "carrier", "sakuragawa_project", 0, "出具演示厂房一东区交付条件说明。"),
        (meeting, "manager", "subdistrict", "village", 4, "核对村集体厂房消防验收情况。"),
        (meeting, "manager", "steward", "qichen", 6, "核对项目公司登记信息，补全名录条目。"),
        (meeting, "manager", "leader", "sakuragawa_project", 7, "请确定是否出席签约仪式。"),
    ):
        row = scene.rows[key]
        kind = "lead" if key == "village" else "project"
        scene.put(
            ActionItem(
                origin=origin, given_by=scene.people[given_by], person=scene.people[person], text=text,
                due_on=scene.ago(-due), **{kind: row},
            )
        )  # fmt: skip
    done = scene.put(
        ActionItem(
            given_by=scene.people["manager"], person=scene.people["officer"], project=scene.rows["qichen"],
            text="落实地块平整和围挡。", due_on=scene.ago(6),
        )
    )  # fmt: skip
    answer_action_item(done, answer="平整完成八成，围挡已立。", **scene.acts("officer", scene.ago(7)))


def _targets(scene: Scene) -> None:
    """For the unit and one of its officers: about half of each is reached."""
    year, unit = scene.today.year, scene.unit("officer")
    for indicator, value, person in (
        ("actual_fdi", 18_000_000, None),
        ("contracted_fdi", 40_000_000, None),
        ("signed", 6, None),
        ("started", 2, None),
        ("over_1bn", 2, None),
        ("fortune_500", 1, None),
        ("start_rate", 70, None),
        ("actual_fdi", 15_000_000, "officer"),
        ("signed", 4, "officer"),
    ):
        scene.put(
            PromotionTarget(
                year=year,
                indicator=indicator,
                unit=unit,
                person=scene.people[person] if person else None,
                value=Decimal(value),
            )
        )
