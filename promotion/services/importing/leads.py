"""Leads from lists: one line, one lead, entered by `save_lead` and compared before with everybody known.

What its uploader may know of is said in the plan: an open lead with the same code refuses the line, a probable match
waits for a choice. A collision with a lead hidden from them leaves the line as new; `save_lead` tells those of the hidden
one. No other record's name is stored in a line: it is read when somebody who may see it looks.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import CorporateGroup, Enterprise, FieldSource, ImportRun
from directory.rules.names import normalise
from directory.rules.values import Cell, Parsed, clean_text, parse_number
from directory.services.importing import fields as f
from directory.services.importing.fields import Field
from directory.services.importing.kinds.base import Draft, Job, Kind, Plan
from directory.services.importing.kinds.enterprises import TOTALS
from directory.services.importing.lookups import Lookups
from directory.services.importing.problems import NOTE, Problem, problem
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.matching import find_matches
from promotion.models import Counterpart, Lead, LeadChannel, Level, PromotionActivity
from promotion.models.base import CURRENCIES
from promotion.rules import lead_matching
from promotion.services.importing import LEADS
from promotion.services.importing import texts as texts
from promotion.services.importing.lookups import PromotionLookups
from promotion.services.leads import DuplicateLead, save_lead

_SQUARE_METRES_OF_A_MU = Decimal(2000) / 3
_SPACE_WORDS = {
    "无": "none", "不需要": "none", "土地": "land", "用地": "land", "拿地": "land", "厂房": "plant", "标准厂房": "plant",
    "租赁厂房": "plant", "办公": "office", "办公楼": "office", "实验室": "office", "研发用房": "office",
}  # fmt: skip
_LEVEL_WORDS = {
    "公开": "public",
    "内部": "internal",
    "受限": "restricted",
    "限制": "restricted",
    "保密": "confidential",
}
_KINDS = {
    lead_matching.LEAD: Lead,
    lead_matching.COUNTERPART: Counterpart,
    lead_matching.ENTERPRISE: Enterprise,
    lead_matching.GROUP: CorporateGroup,
}


def _area(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    """Square metres; 亩 in the cell or the heading is converted (1 亩 = 2000/3 m²)."""
    text = (
        clean_text(cell).replace("平方米", "").replace("平米", "").replace("㎡", "").replace("m²", "").replace("m2", "")
    )
    in_mu = text.endswith("亩") or "亩" in heading
    found = parse_number(text.removesuffix("亩"))
    if found.value is None:
        return found if found.problem is None else Parsed(problem="area_unreadable")
    square = found.value * _SQUARE_METRES_OF_A_MU if in_mu else found.value
    if not 0 <= square < 10**10:
        return Parsed(problem="number_out_of_range", hint="0–9,999,999,999")
    return Parsed(f.as_json(square.quantize(Decimal("0.01"))))


class LeadKind(Kind):
    """A lead that this source's earlier file made is met again by its name; all else is compared as quick add does."""

    code = LEADS
    model = Lead
    lookups = PromotionLookups
    names = ("name",)
    fixable = ("channel", "activity", "owner", "confidentiality")
    internal = frozenset({"enterprise"})
    name_columns = frozenset({"name", "name_en"})
    chunk = 20
    remembers_choices = False
    is_personal = True
    writes_lines = True
    words = {
        "name": """投资方 客商 客商名称 企业名称 公司名称 单位名称 投资方名称 投资主体 客户名称 名称 机构名称 线索名称 企业
            company investor who name""",
        "name_en": "英文名称 英文名 外文名称 english-name name-english",
        "uscc": "统一社会信用代码 社会信用代码 信用代码 税号 credit-code",
        "origin": "来源地 来源地区 来自 所在地 所在地区 所在城市 总部所在地 客商所在地 where-from",
        "country": "国别 国家 国别地区 国家地区 来源国 投资方国别 country-or-region",
        "business": "项目内容 投资内容 项目名称 意向项目 投资意向 主营业务 主要产品 合作内容 项目简介 what",
        "channel": "线索来源 信息来源 渠道 来源渠道 线索渠道 获取渠道",
        "activity": "活动 招商活动 展会 推介会 来源活动 活动名称",
        "referrer": "引荐人 推荐人 介绍人 引荐单位",
        "intended_investment": "意向投资额 拟投资额 投资额 总投资 计划总投资 计划投资 投资规模 意向投资 investment",
        "currency": "币种 货币",
        "chain": "产业链 所属产业链 industry-chain",
        "space_kind": "载体需求 空间需求 用地方式 需求类型",
        "space_m2": "面积需求 需求面积 用地面积 厂房面积 所需面积 用地需求",
        "detail": "备注 说明 详细情况 洽谈情况 目前进展 note",
        "owner": "负责人 责任人 招商专员 招商责任人 跟进人 首报人 officer",
        "unit": "责任单位 责任部门 所属单位 首报单位 department",
        "confidentiality": "保密级别 密级 知悉范围 level",
        "code_name": "代号 项目代号",
    }
    fields = (
        Field("name", gettext_lazy("who"), f.text(200, is_name=True), "name"),
        Field("name_en", gettext_lazy("English name"), f.text(200, is_name=True), "name_en"),
        Field("uscc", gettext_lazy("credit code"), f.credit_code_cell, "uscc"),
        Field("origin", gettext_lazy("where from"), f.text(100), "origin"),
        Field("country", gettext_lazy("country or region"), f.country, "country"),
        Field("business", gettext_lazy("what"), f.text(300), "business"),
        Field("channel", gettext_lazy("channel"), f.vocabulary("channels", "channel_unknown"), "channel_id",
              options=lambda: [(row.code, row) for row in LeadChannel.objects.filter(is_active=True)]),
        Field("activity", gettext_lazy("activity"), f.vocabulary("activities", "activity_unknown"), "activity_id",
              options=lambda: [(row.name, row) for row in PromotionActivity.objects.all()[:100]]),
        Field("referrer", gettext_lazy("referrer"), f.text(120), "referrer"),
        Field("intended_investment", gettext_lazy("intended investment"), f.capital, "intended_investment"),
        Field("currency", gettext_lazy("currency"), f.currency, "currency"),
        Field("chain", gettext_lazy("chain"), f.vocabulary("chains", "chain_unknown"), "chain_id"),
        Field("space_kind", gettext_lazy("space wanted"), f.choice(Lead.SpaceKind.choices, _SPACE_WORDS), "space_kind"),
        Field("space_m2", gettext_lazy("space wanted, m²"), _area, "space_m2"),
        Field("detail", gettext_lazy("detail"), f.text(4000), "detail"),
        Field("owner", gettext_lazy("officer in charge"), f.looked_up("person"), "owner_id"),
        Field("unit", gettext_lazy("unit"), f.vocabulary("units", "unit_unknown"), "unit_id"),
        Field("confidentiality", gettext_lazy("confidentiality"), f.choice(Level.choices, _LEVEL_WORDS),
              "confidentiality", tuple(Level.choices)),
        Field("code_name", gettext_lazy("code name"), f.text(60), "code_name"),
        Field("enterprise", gettext_lazy("enterprise here"), f.text(1), "enterprise_id"),
    )  # fmt: skip

    # --- one line ---------------------------------------------------------------------------------------------------

    def finish(self, draft: Draft, plan: Plan) -> None:
        values = draft.values
        name = values.get("name", "")
        if not name:
            if not draft.has_error:
                draft.refuse("no_name", field="name")
        elif name.rstrip(":：").replace(" ", "").lower() in TOTALS:
            draft.refuse("not_a_name", field="name", value=name)
        if isinstance(values.get("uscc"), dict):
            code = values.pop("uscc")["legacy"]
            draft.problems = [entry for entry in draft.problems if entry["code"] != "legacy_code"]
            draft.problems.append(problem("legacy_left_out", field="uscc", level=NOTE, value=code))
        self._investment(draft)
        if values.get("origin") and not values.get("country"):
            country = f.country(values["origin"], plan.lookups, "").value
            if country:
                values["country"] = country
        if not draft.has_error:
            self._whose(draft, plan)

    @staticmethod
    def _investment(draft: Draft) -> None:
        values = draft.values
        stated = values.pop("currency", None)
        pair = values.pop("intended_investment", None)
        if pair is None:
            return
        currency = stated or pair[1]
        if currency not in dict(CURRENCIES):
            hint = ", ".join(dict(CURRENCIES))
            draft.refuse("currency_not_taken", field="currency", value=currency, hint=hint)
        values["intended_investment"], values["currency"] = pair[0], currency

    @staticmethod
    def _whose(draft: Draft, plan: Plan) -> None:
        """Officer and unit: those of the line, else the uploader; an officer enters leads of their own units."""
        values, by = draft.values, plan.run.by
        lookups: Any = plan.lookups
        if not values.get("owner"):
            if by is None:
                draft.refuse("owner_missing", field="owner")
                return
            values["owner"] = by.pk
        departments = lookups.departments_of.get(values["owner"], [])
        if not values.get("unit") and departments:
            values["unit"] = departments[0]
        elif values.get("unit") and values["unit"] not in departments:
            name = lookups.people.get(values["owner"]) or by
            draft.refuse("owner_not_in_unit", field="unit", name=name)
        if by is None or by.has_any_role(Role.PROMOTION_MANAGER):
            return
        if values.get("unit") not in by.unit_ids:
            draft.refuse("owner_elsewhere", field="owner")

    def identity(self, values: dict[str, Any]) -> str:
        if code := values.get("uscc"):
            return f"code:{code}"
        return f"name:{normalise(values.get('name') or '')}"[:300]

    # --- which lead -------------------------------------------------------------------------------------------------

    def match(self, drafts: Sequence[Draft], plan: Plan) -> None:
        """As quick add compares: some queries for each line that no earlier file explains."""
        for draft in drafts:
            if not draft.has_error and (first := self._repeats(draft, plan)):
                draft.refuse("repeated_in_file", line=first)
        usable = [draft for draft in drafts if not draft.has_error]
        self._link_enterprises(usable)
        may_mean = self._may_update([draft.target_id for draft in usable if draft.target_id], plan)
        for draft in usable:
            if draft.target_id not in may_mean:
                draft.target_id, draft.is_decided = None, False
        self._by_earlier_load([draft for draft in usable if draft.is_open], plan)
        for draft in usable:
            if draft.target_id is None and draft.decision != "skip":
                self._compare(draft, plan)

    @staticmethod
    def _repeats(draft: Draft, plan: Plan) -> int:
        """The earlier line about the same: one code, or one name unless both state a code."""
        code, name = draft.values.get("uscc", ""), normalise(draft.values.get("name") or "")
        looked = [f"code:{code}", f"name:{name}"] if code else [f"name:{name}", f"coded:{name}"]
        kept = [f"code:{code}", f"coded:{name}"] if code else [f"name:{name}"]
        first = min((plan.seen[key] for key in looked if key in plan.seen), default=0)
        for key in kept:
            plan.seen.setdefault(key, draft.number)
        return first

    @staticmethod
    def _link_enterprises(drafts: Sequence[Draft]) -> None:
        """A code of an enterprise here says that it is this enterprise which wants to expand."""
        codes = {code for draft in drafts if (code := draft.values.get("uscc"))}
        found = dict(Enterprise.objects.current().filter(uscc__in=codes).values_list("uscc", "pk")) if codes else {}
        for draft in drafts:
            if key := found.get(draft.values.get("uscc", "")):
                draft.values["enterprise"] = key

    @staticmethod
    def _may_update(keys: Collection[int], plan: Plan) -> set[int]:
        """Which of these leads the uploader's file may change: open, seen whole, and of their own units."""
        by = plan.run.by
        if by is None or not keys:
            return set()
        rows = Lead.objects.visible_to(by).open().filter(pk__in=keys)
        if not by.has_any_role(Role.PROMOTION_MANAGER):
            rows = rows.filter(unit__in=by.unit_ids)
        return set(rows.order_by().values_list("pk", flat=True))

    def _by_earlier_load(self, drafts: Sequence[Draft], plan: Plan) -> None:
        """The same name from the same source means the lead that it made before, as long as it is called so."""
        names = {draft.values["name"] for draft in drafts}
        rows = Lead._base_manager.filter(name__in=names, status__in=Lead.OPEN).order_by("pk") if names else ()
        known = {row.public_id: row for row in rows}
        memories = FieldSource.objects.filter(
            subject_type="lead", field="name", source=plan.run.source_id, subject_id__in=known
        )
        found: dict[str, list[int]] = {}
        for public_id in memories.values_list("subject_id", flat=True):
            found.setdefault(known[public_id].name, []).append(known[public_id].pk)
        may_mean = self._may_update([key for keys in found.values() for key in keys], plan)
        codes = {row.pk: row.uscc for row in known.values()}
        for draft in drafts:
            keys = [key for key in found.get(draft.values["name"], []) if key in may_mean]
            code = draft.values.get("uscc")
            if len(keys) == 1 and (not code or codes[keys[0]] in ("", code)):
                draft.target_id = keys[0]

    @staticmethod
    def _compare(draft: Draft, plan: Plan) -> None:
        values = draft.values
        lookups: Any = plan.lookups
        matches = find_matches(
            name=values["name"],
            uscc=values.get("uscc", ""),
            user=plan.run.by or lookups.people.get(values["owner"]),
            known={(lead_matching.ENTERPRISE, values.get("enterprise"))},
        )
        found = lead_matching.judge(matches, confirmed=draft.decision == "create")
        code_names = {(match.kind, match.key): match.code_name for match in matches}
        if found.action == lead_matching.BLOCK:
            card = found.cards[0]
            lead = code_names[card.kind, card.key]
            draft.decision = ""
            draft.refuse("code_on_open_lead", field="uscc", lead=lead, unit=card.unit or "–")
        elif found.action == lead_matching.ASK:
            draft.propose(
                (
                    {
                        "id": card.key,
                        "model": _KINDS[card.kind]._meta.label_lower,
                        "name": code_names[card.kind, card.key],
                        "score": card.score,
                        "about": " · ".join(str(part) for part in (card.unit, card.stage, card.on) if part),
                        # A line updates a lead that is seen whole; all others are shown to be compared.
                        "is_choice": card.kind == lead_matching.LEAD and not card.is_masked,
                    }
                    for card in found.cards
                ),
                "possible_lead",
            )

    def chosen(self, draft: Draft, target_id: int, plan: Plan) -> None:
        if target_id not in self._may_update([target_id], plan):
            raise DomainError(_("Choose one of the records proposed."), code="no_candidate")
        self._link_enterprises([draft])
        draft.target_id = target_id

    def hidden_from(self, user: Any, ids: Collection[int]) -> set[int]:
        if not ids:
            return set()
        seen = Lead.objects.visible_to(user).filter(pk__in=ids).order_by()
        return set(ids) - set(seen.values_list("pk", flat=True))

    def shown_candidates(self, candidates: Sequence[dict[str, Any]], user: Any) -> list[dict[str, Any]]:
        """With their names where the person sees them whole, else what may be known of them; one or two queries a kind."""
        found = []
        for model in _KINDS.values():
            label = model._meta.label_lower
            of_model = [one for one in candidates if one["model"] == label]
            if not of_model:
                continue
            keys = [one["id"] for one in of_model]
            whole = {row.pk: row for row in model.objects.visible_to(user).filter(pk__in=keys)}
            known = set(whole)
            if len(whole) < len(set(keys)) and hasattr(model.objects, "known_to"):
                known |= set(model.objects.known_to(user).filter(pk__in=keys).values_list("pk", flat=True))
            for one in of_model:
                if one["id"] in whole:
                    found.append({**one, "name": str(whole[one["id"]])})
                elif one["id"] in known:
                    found.append({**one, "is_masked": True, "is_choice": False, "score": None})
        return found

    # --- what is written --------------------------------------------------------------------------------------------

    def adapt(self, draft: Draft, subject: Any, plan: Plan) -> None:
        """A line fills in and corrects; whose lead it is and what it is called, it leaves alone."""
        values = draft.values
        if not subject.is_open:
            draft.refuse("lead_ended")
        for name in ("owner", "unit", "name"):
            values.pop(name, None)
        if subject.name_en:
            values.pop("name_en", None)
        if (code := values.get("uscc")) and subject.uscc and code != subject.uscc:
            draft.refuse("code_differs", field="uscc", name=subject.number, hint=subject.uscc)
        levels = list(Level.values)
        level = values.get("confidentiality")
        if level and levels.index(level) < levels.index(subject.confidentiality):
            draft.refuse("level_not_lowered", field="confidentiality")

    def new_subject(self, values: dict[str, Any], run: ImportRun) -> Any:
        row = Lead()
        for name, column in self.columns.items():
            if name in values:
                setattr(row, column, self.to_python(column, values[name]))
        return row

    def write_line(self, job: Job, fields: Collection[str], run: ImportRun) -> Any:
        lead, row = job.subject, job.row
        by = run.by or lead.owner
        if lead._state.adding:
            saved = save_lead(lead, by=by, door=Door.IMPORT, confirmed=row.decision == row.Decision.CREATE)
            claims = {}
        else:
            was = Lead._base_manager.get(pk=lead.pk)
            claims = {claim.pk: claim for claim in was.claims.all()}
            saved = save_lead(lead, fields=fields, by=by, door=Door.IMPORT, if_version=row.target_version)
            if saved.complete_at != was.complete_at:
                job.columns["complete_at"] = None
        for claim in saved.claims.order_by("pk"):
            before = claims.get(claim.pk)
            if before is None:
                job.made.append([claim._meta.model_name, claim.pk])
            elif before.version != claim.version:
                job.changed.append([claim._meta.model_name, claim.pk, {"complete_at": None}, claim.version])
        return saved

    def refusal(self, error: DomainError) -> Problem:
        if isinstance(error, DuplicateLead):
            return problem("duplicate_since_plan")
        return super().refusal(error)
