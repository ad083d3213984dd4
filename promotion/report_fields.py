"""What a column of a report to the city can show of a project: each field declared once, with the headings that mean it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from directory.rules.headers import heading_key
from promotion.models import InvestmentProject
from promotion.rules import reports as rules
from promotion.rules.reports import Column

TEXT, DAY, NUMBER, AREA, MONEY, FIGURE = "text", "day", "number", "area", "money", "figure"
#: Kinds of field whose column may be summed.
SUMMED = frozenset({NUMBER, AREA, MONEY, FIGURE})


@dataclass(frozen=True, slots=True)
class ReportField:
    """`column` is the project's field it is read from, "" where it is read otherwise; `words` are headings.

    What may be empty is not marked red where it is.
    """

    code: str
    label: Any
    kind: str = TEXT
    words: str = ""
    column: str = ""
    may_be_empty: bool = False
    is_summed: bool = True

    @property
    def takes_unit(self) -> bool:
        return self.kind in (AREA, MONEY, FIGURE)


def _of(name: str, kind: str, words: str, *, may_be_empty: bool = False, is_summed: bool = True) -> ReportField:
    """A field of the project under its own name."""
    label = InvestmentProject._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return ReportField(name, label, kind, words, name, may_be_empty, is_summed)


FIELDS: tuple[ReportField, ...] = (
    ReportField("line", _("line number"), NUMBER, "序号 次序", is_summed=False),
    _of("number", TEXT, "项目编号 项目序列号"),
    _of("name", TEXT, "项目名称 名称 项目"),
    _of("name_en", TEXT, "项目英文名称 英文名称", may_be_empty=True),
    _of("investor", TEXT, "投资方 投资主体 投资单位 投资商 投资方名称 投资企业"),
    _of("investor_country", TEXT, "国别 国别地区 国家地区 投资方国别 外资来源地 来源地"),
    _of("track", TEXT, "项目类型 供地方式 落地方式 项目类别"),
    _of("stage", TEXT, "项目阶段 阶段 目前阶段 所处阶段"),
    _of("content", TEXT, "建设内容 项目内容 主要建设内容 建设内容及规模 建设规模及内容 项目简介 项目概况"),
    _of("chain", TEXT, "产业链 所属产业链 所属产业 产业类别"),
    _of("industry", TEXT, "行业 所属行业 行业类别 国民经济行业"),
    _of("park", TEXT, "园区 落户园区 落地园区 项目选址 建设地点 选址"),
    ReportField("unit", _("unit"), TEXT, "责任单位 牵头单位 招商单位 责任部门", "unit"),
    ReportField("owner", _("officer in charge"), TEXT, "责任人 招商责任人 项目负责人 招商专员 跟进人", "owner"),
    ReportField("linked_leader", _("linked leader"), TEXT, "联挂领导 联系领导 挂钩领导 牵头领导", may_be_empty=True),
    _of("total_investment", MONEY, "总投资 总投资额 计划总投资 项目总投资 投资总额"),
    _of("fixed_assets", MONEY, "固定资产投资 固定资产投资额 其中固定资产投资 固投"),
    _of("foreign_capital", MONEY, "协议外资 拟用外资 外方投资额", may_be_empty=True),
    _of("foreign_share", NUMBER, "外资占比 外资比例 外方股比", may_be_empty=True, is_summed=False),
    _of("land_m2", AREA, "用地面积 用地 土地面积 占地面积 供地面积", may_be_empty=True),
    _of("floor_m2", AREA, "建筑面积 厂房面积 租赁面积", may_be_empty=True),
    _of("yearly_output", MONEY, "年产值 达产产值 预计年产值 达产年产值"),
    _of("yearly_tax", MONEY, "年税收 达产税收 预计年税收 达产年税收"),
    _of("jobs", NUMBER, "就业人数 带动就业 用工人数", may_be_empty=True),
    _of("negotiating_since", DAY, "洽谈时间 开始洽谈时间 在谈时间 首谈时间"),
    _of("reviewed_on", DAY, "评审时间 评审日期 准入评审时间", may_be_empty=True),
    _of("signed_on", DAY, "签约时间 签约日期 协议签订时间"),
    _of("agreement_no", TEXT, "协议编号 合同编号"),
    _of("signed_amount", MONEY, "签约金额 协议投资额 签约额 协议金额"),
    _of("signing_event", TEXT, "签约活动 签约场合", may_be_empty=True),
    _of("company_name", TEXT, "项目公司 项目公司名称 注册企业名称 企业名称 公司名称 注册公司名称"),
    _of("uscc", TEXT, "统一社会信用代码 信用代码 社会信用代码"),
    _of("registered_capital", MONEY, "注册资本 注册资金"),
    _of("registered_on", DAY, "注册时间 注册日期 工商注册时间"),
    _of("filing_code", TEXT, "项目代码 备案代码 备案号 项目备案号"),
    _of("filed_on", DAY, "备案时间 备案日期 立项时间"),
    ReportField("planned_start", _("planned start"), DAY, "计划开工时间 拟开工时间 预计开工时间", may_be_empty=True),
    _of("started_on", DAY, "开工时间 开工日期 实际开工时间"),
    ReportField(
        "planned_completion", _("planned completion"), DAY, "计划竣工时间 拟竣工时间 预计竣工时间", may_be_empty=True
    ),
    _of("completed_on", DAY, "竣工时间 竣工日期"),
    _of("first_output_on", DAY, "投产时间 投产日期"),
    ReportField("contracted_fdi", _("contracted foreign capital"), FIGURE, "合同外资 合同利用外资 合同外资额"),
    ReportField("actual_fdi", _("arrived foreign capital"), FIGURE, "实际外资 实到外资 到位外资 实际利用外资 实际使用外资 利用外资"),
    ReportField("progress", _("progress"), TEXT, "项目进展 进展情况 目前进展 最新进展 工作进展 推进情况"),
    ReportField("next_step", _("next step"), TEXT, "下一步计划 下步计划 下一步工作 下步打算", may_be_empty=True),
    ReportField("problem", _("problem"), TEXT, "存在问题 存在困难 主要问题 问题和困难", may_be_empty=True),
    ReportField("help_needed", _("help needed"), TEXT, "需协调事项 需协调解决问题 需要协调的问题", may_be_empty=True),
    _of("note", TEXT, "备注 说明", may_be_empty=True),
)  # fmt: skip
BY_CODE: Mapping[str, ReportField] = {field.code: field for field in FIELDS}
#: `heading_key` → field, as `rules.reports.propose` takes it.
WORDS: Mapping[str, str] = {
    heading_key(word): field.code for field in reversed(FIELDS) for word in (field.code, *field.words.split())
}
#: How spans are called.
SPAN_NAMES: Mapping[str, Any] = {
    rules.MONTH: _("this month"),
    rules.YEAR: _("January to this month"),
    rules.LAST_MONTH: _("the same month last year"),
    rules.LAST_YEAR: _("the same months last year"),
    rules.EVER: _("since the beginning"),
    rules.MONTH_GROWTH: _("growth of the month, %"),
    rules.YEAR_GROWTH: _("growth since January, %"),
}


def usable(column: Column) -> Column:
    """The column with what its field can do with it: no span of a name, no currency of an area, no 亩 of an amount.

    Amounts are in yuan, foreign capital in dollars, where nothing else is said.
    """
    field = BY_CODE.get(column.field)
    if field is None:
        return Column()
    span = column.span or rules.YEAR if field.kind == FIGURE else ""
    units = rules.AREA_UNITS if field.kind == AREA else rules.AMOUNT_UNITS if field.takes_unit else ()
    currency = column.currency or {MONEY: "CNY", FIGURE: "USD"}[field.kind] if field.kind in (MONEY, FIGURE) else ""
    if span in rules.GROWTH:
        return Column(field.code, span, "", currency)
    unit = column.unit if column.unit in units else units[0] if units else ""
    return Column(field.code, span, unit, currency)


def proposal(heading: str) -> Column:
    """What a heading seems to mean, by the words of the fields."""
    return usable(rules.propose(heading, WORDS))
