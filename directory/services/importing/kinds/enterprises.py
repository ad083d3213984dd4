"""Enterprises from registers, bureaus and lists: one line, one enterprise."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.duplicates import find_duplicates_many
from directory.models import Enterprise, EnterpriseName, FieldSource, ImportRun, Listing, SearchKey
from directory.models.enterprises import LegalForm, OperatingStatus, Relation
from directory.models.imports import ImportKind
from directory.rules.names import is_branch_name, normalise
from directory.services.importing import fields as f
from directory.services.importing.fields import Field
from directory.services.importing.kinds.base import Draft, Kind, Plan
from directory.services.importing.kinds.children import (
    ChainMembership,
    OriginCountry,
    OtherNames,
    Representative,
    StockListing,
)
from directory.services.importing.kinds.codeless import CodelessNames
from directory.services.importing.problems import NOTE, problem

_RELATION_WORDS = {
    "注册并经营": "registered_and_operating", "注册经营均在区内": "registered_and_operating", "在区": "registered_and_operating",
    "区内": "registered_and_operating", "区内经营": "operating_only", "仅经营": "operating_only", "仅注册": "registered_only",
    "飞地": "enclave_tenant", "飞地入驻": "enclave_tenant", "迁出": "moved_out", "已迁出": "moved_out", "区外": "outside",
    "园区外": "outside", "未核实": "unverified",
}  # fmt: skip
_STATUS_WORDS = {
    "存续": "operating", "在业": "operating", "开业": "operating", "在营": "operating", "正常": "operating",
    "正常经营": "operating", "存续(在营、开业、在册)": "operating", "存续在营开业在册": "operating", "营业": "operating",
    "在营(开业)企业": "operating", "筹建": "in_preparation", "在建": "in_preparation", "停业": "suspended",
    "歇业": "suspended", "停产": "suspended", "注销": "closed", "已注销": "closed", "吊销": "closed",
    "吊销未注销": "closed", "吊销,未注销": "closed", "吊销已注销": "closed", "关闭": "closed", "迁出": "moved",
    "已迁出": "moved", "迁移": "moved", "未核实": "unverified",
}  # fmt: skip
#: What stands in the name column of a sum or a note.
TOTALS = frozenset({"合计", "总计", "小计", "共计", "备注", "说明", "注", "填表人", "制表人", "审核人", "total"})
_SET_SIZE = 400


def standing_enterprises(ids: Collection[int]) -> dict[int, int]:
    """Enterprise → itself or, merged away, the one that it is part of today; what is gone is absent."""
    found = {key: key for key in ids}
    rows: dict[int, int | None] = {}
    while missing := set(found.values()) - set(rows):
        rows |= dict.fromkeys(missing, 0)
        rows |= dict(Enterprise.objects.filter(pk__in=missing).values_list("pk", "merged_into_id"))
        found = {key: rows[at] or at for key, at in found.items() if rows[at] != 0}
    return found


def _called(draft: Draft) -> str:
    """The name by which a line is compared with others."""
    return str(draft.values.get("registered_name") or draft.values["short_name"])


class EnterpriseKind(Kind):
    """A known code means its enterprise; so do a ticker and a whole registered name; the rest may be duplicates."""

    code = ImportKind.ENTERPRISES
    model = Enterprise
    names = ("registered_name", "short_name")
    fixable = ("relation", "is_published", "status", "park", "chain", "exchange")
    name_columns = frozenset({"registered_name", "short_name", "name_en"})
    fields = (
        Field("registered_name", _("registered name"), f.text(200, is_name=True), "registered_name"),
        Field("short_name", _("short name"), f.text(100, is_name=True), "short_name"),
        Field("former_names", _("former names"), f.texts(200)),
        Field("name_en", _("English name"), f.text(200, is_name=True), "name_en"),
        Field("uscc", _("credit code"), f.credit_code_cell, "uscc"),
        Field("legacy_registration_no", _("former registration number"), f.legacy_no, "legacy_registration_no"),
        Field("relation", _("relation to the zone"), f.choice(Relation.choices, _RELATION_WORDS), "relation",
              tuple(Relation.choices)),
        Field("status", _("operating status"),
              f.choice(OperatingStatus.choices, _STATUS_WORDS, refused={"succeeded": "needs_successor"}), "status",
              tuple(pair for pair in OperatingStatus.choices if pair[0] != "succeeded")),
        Field("is_published", _("published"), f.boolean, "is_published",
              (("true", pgettext_lazy("answer", "Yes")), ("false", pgettext_lazy("answer", "No")))),
        Field("established_on", _("established on"), f.day(), "established_on"),
        Field("registration_type", _("registration type"), f.looked_up("registration_type"), "registration_type_id"),
        Field("registered_capital", _("registered capital"), f.capital, "registered_capital"),
        Field("registered_capital_currency", _("currency"), f.currency, "registered_capital_currency"),
        Field("industry", _("industry"), f.looked_up("industry"), "industry_id"),
        Field("park", _("park"), f.vocabulary("parks", "park_unknown"), "park_id"),
        Field("chain", _("chain"), f.vocabulary("chains", "chain_unknown")),
        Field("group", _("group"), f.looked_up("group"), "group_id"),
        Field("address", _("address"), f.text(300), "address"),
        Field("website", _("website"), f.website, "website"),
        Field("products", _("products"), f.text(4000), "products"),
        Field("origin_country", _("origin of foreign capital"), f.country),
        Field("listing", _("ticker with market"), f.looked_up("listing")),
        Field("exchange", _("exchange"), f.vocabulary("exchanges", "exchange_unknown")),
        Field("ticker", _("ticker"), f.text(20)),
        Field("legal_representative", _("legal representative"), f.text(100, is_name=True), is_restricted=True),
    )  # fmt: skip
    children = (
        OtherNames("former_names", EnterpriseName.Kind.FORMER),
        OtherNames("former_short_names", EnterpriseName.Kind.FORMER_SHORT),
        OriginCountry(),
        StockListing(),
        ChainMembership(),
        Representative(),
    )

    # --- one line ---------------------------------------------------------------------------------------------------

    def finish(self, draft: Draft, plan: Plan) -> None:
        values = draft.values
        code = values.get("uscc")
        if isinstance(code, dict):
            del values["uscc"]
            values.setdefault("legacy_registration_no", code["legacy"])
        self._capital(draft)
        self._listing(draft)
        for name in ("chain", "origin_country"):
            if name in values:
                values[name] = [values[name]]
        if values.get("origin_country") == ["CN"]:
            del values["origin_country"]  # home capital is no foreign holding
        called = values.get("registered_name") or values.get("short_name")
        if not called:
            if not draft.has_error:
                draft.refuse("no_name", field=self.names[0])
        elif called.rstrip(":：").replace(" ", "").lower() in TOTALS:
            draft.refuse("not_a_name", field=self.names[0], value=called)

    @staticmethod
    def _capital(draft: Draft) -> None:
        values = draft.values
        stated = values.pop("registered_capital_currency", None)
        pair = values.pop("registered_capital", None)
        if pair is None:
            return
        amount, currency = pair
        values["registered_capital"] = amount
        values["registered_capital_currency"] = stated or currency

    @staticmethod
    def _listing(draft: Draft) -> None:
        values = draft.values
        pair = values.pop("listing", None)
        exchange, ticker = values.pop("exchange", None), values.pop("ticker", None)
        if pair is None and ticker:
            pair = [0, ticker.upper().replace(" ", "")]
        if pair is None:
            return
        pair[0] = pair[0] or exchange or 0
        if not pair[0]:
            draft.problems.append(problem("exchange_missing", field="ticker", value=pair[1], level=NOTE))
            return
        values["listing"] = [pair]

    def identity(self, values: dict[str, Any]) -> str:
        if code := values.get("uscc"):
            return f"code:{code}"
        if name := values.get("registered_name"):
            return f"name:{normalise(name)}"[:300]
        return f"short:{normalise(values.get('short_name') or '')}"[:300]

    def _repeats(self, draft: Draft, plan: Plan) -> int:
        """The earlier line about the same enterprise, or 0; two codes are two enterprises, whatever their names."""
        values, number = draft.values, draft.number
        code, name = values.get("uscc"), normalise(values.get("registered_name") or "")
        looked: list[str] = []
        kept: list[str] = []
        if code:
            looked, kept = [f"code:{code}", f"name:{name}"], [f"code:{code}", f"coded:{name}"]
        elif name:
            looked, kept = [f"name:{name}", f"coded:{name}"], [f"name:{name}"]
        else:
            looked = kept = [f"short:{normalise(values.get('short_name') or '')}"]
        for exchange, ticker in values.get("listing", ()):
            looked.append(f"ticker:{exchange}:{ticker}")
            kept.append(f"ticker:{exchange}:{ticker}")
        looked = [key for key in looked if not key.endswith(":")]
        first = min((plan.seen[key] for key in looked if key in plan.seen), default=0)
        for key in kept:
            if not key.endswith(":"):
                plan.seen.setdefault(key, number)
        return first

    def standing(self, ids: Collection[int]) -> dict[int, int]:
        return standing_enterprises(ids)

    # --- which enterprise -------------------------------------------------------------------------------------------

    def match(self, drafts: Sequence[Draft], plan: Plan) -> None:
        for draft in drafts:
            if not draft.has_error and (first := self._repeats(draft, plan)):
                draft.refuse("repeated_in_file", line=first)
        usable = [draft for draft in drafts if not draft.has_error]
        named = self._by_registered_name(usable)
        self._by_keys(usable, named)
        for draft in usable:
            found = named.get(normalise(draft.values.get("registered_name") or ""), [])
            if not draft.has_error and draft.target_id is None and len(found) == 1:
                pk, code = found[0]
                ours = draft.values.get("uscc")
                if ours and code and ours != code:
                    draft.refuse("code_differs", field="uscc", name=draft.values["registered_name"], hint=code)
                else:
                    draft.target_id = pk
        self._by_earlier_load([d for d in usable if not d.has_error and d.target_id is None], plan)
        codeless = plan.memo.get("codeless") or CodelessNames.load()
        plan.memo["codeless"] = codeless
        self._by_likeness([draft for draft in usable if draft.is_open], codeless)

    def _by_registered_name(self, drafts: Sequence[Draft]) -> dict[str, list[tuple[int, str | None]]]:
        """Normalised whole name → (enterprise, code) of those that are registered so."""
        wanted = sorted({normalise(name) for draft in drafts if (name := draft.values.get("registered_name"))})
        found: dict[str, list[tuple[int, str | None]]] = {}
        collation = "BINARY" if connection.vendor == "sqlite" else "C"
        for start in range(0, len(wanted), _SET_SIZE):
            rows = (
                SearchKey.objects.annotate(exact=Collate("key", collation))
                .filter(
                    kind=SearchKey.Kind.FULL_NAME, exact__in=[key[:200] for key in wanted[start : start + _SET_SIZE]]
                )
                .values_list("key", "enterprise_id", "enterprise__registered_name", "enterprise__uscc")
            )
            for key, pk, name, code in rows:
                # A key may also be a name without its legal form, which says less.
                if normalise(name or "")[:200] == key:
                    found.setdefault(key, []).append((pk, code))
        return found

    def _by_keys(self, drafts: Sequence[Draft], named: dict[str, list[tuple[int, str | None]]]) -> None:
        codes = self._survivors("uscc", {d.values["uscc"] for d in drafts if "uscc" in d.values})
        numbers = self._survivors(
            "legacy_registration_no", {n for d in drafts if (n := d.values.get("legacy_registration_no"))}
        )
        tickers = self._tickers({pair[1] for d in drafts for pair in d.values.get("listing", ())})
        for draft in drafts:
            values = draft.values
            by_code = codes.get(values.get("uscc", ""), [])
            by_number = numbers.get(values.get("legacy_registration_no", ""), [])
            listed = [one for pair in values.get("listing", ()) if (one := tickers.get((pair[0], pair[1])))]
            found = by_code or (by_number if len(by_number) == 1 else []) or [pk for pk, _name in listed]
            if not found:
                continue
            if listed and (not listed[0][0] or listed[0][0] != found[0]):
                whose = "ticker_of_another" if listed[0][0] else "ticker_of_group"
                draft.refuse(whose, field="listing", value=values["listing"][0][1], name=listed[0][1])
                continue
            same_name = named.get(normalise(values.get("registered_name") or ""), [])
            if same_name and all(pk != found[0] for pk, _code in same_name):
                other = values["registered_name"]
                draft.refuse("keys_disagree", field="uscc", name=values.get("uscc") or "?", other=other)
                continue
            draft.target_id = found[0]

    @staticmethod
    def _survivors(column: str, wanted: set[str]) -> dict[str, list[int]]:
        """Value → enterprises that bear it; one that was merged away stands for its survivor."""
        found: dict[str, list[int]] = {}
        merged: dict[int, int] = {}
        values = sorted(wanted)
        for start in range(0, len(values), _SET_SIZE):
            rows = Enterprise.objects.filter(**{f"{column}__in": values[start : start + _SET_SIZE]})
            for value, pk, into in rows.order_by("pk").values_list(column, "pk", "merged_into_id"):
                found.setdefault(value, []).append(pk)
                if into:
                    merged[pk] = into
        while merged:
            found = {value: list(dict.fromkeys(merged.get(pk, pk) for pk in keys)) for value, keys in found.items()}
            rows = Enterprise.objects.filter(pk__in=set(merged.values()), merged_into__isnull=False)
            merged = dict(rows.values_list("pk", "merged_into_id"))
        return found

    @staticmethod
    def _tickers(wanted: set[str]) -> dict[tuple[int, str], tuple[int, str]]:
        """(exchange, ticker) → (enterprise, or 0 for a group; the name of whoever is listed under it)."""
        found: dict[tuple[int, str], tuple[int, str]] = {}
        values = sorted(wanted)
        for start in range(0, len(values), _SET_SIZE):
            rows = Listing.objects.filter(ticker__in=values[start : start + _SET_SIZE], delisted_on__isnull=True)
            for exchange, ticker, enterprise, into, *names in rows.values_list(
                "exchange_id", "ticker", "enterprise_id", "enterprise__merged_into_id", "enterprise__short_name",
                "enterprise__registered_name", "group__name", "group__name_en",
            ):  # fmt: skip
                found[exchange, ticker] = (into or enterprise or 0, next((name for name in names if name), "?"))
        return found

    @staticmethod
    def _by_earlier_load(drafts: Sequence[Draft], plan: Plan) -> None:
        """A short name that the same source loaded before means the same enterprise again."""
        wanted = {name for d in drafts if not d.values.get("registered_name") and (name := d.values.get("short_name"))}
        if not wanted:
            return
        found: dict[str, list[int]] = {}
        values = sorted(wanted)
        for start in range(0, len(values), _SET_SIZE):
            rows = Enterprise.objects.current().filter(short_name__in=values[start : start + _SET_SIZE])
            known = {row.public_id: row for row in rows.only("pk", "public_id", "short_name")}
            memories = FieldSource.objects.filter(
                subject_type="enterprise", field="short_name", source=plan.run.source_id, subject_id__in=known
            )
            for public_id in memories.values_list("subject_id", flat=True):
                found.setdefault(known[public_id].short_name, []).append(known[public_id].pk)
        for draft in drafts:
            keys = found.get(draft.values.get("short_name") or "", [])
            if len(keys) == 1 and not draft.values.get("registered_name"):
                draft.target_id = keys[0]

    @staticmethod
    def _by_likeness(drafts: Sequence[Draft], codeless: CodelessNames) -> None:
        within = {draft.number: codeless.named_within(_called(draft)) for draft in drafts}
        compared = [d for d in drafts if not d.values.get("uscc") or codeless.may_hold(_called(d))]
        pairs = [(_called(draft), draft.values.get("uscc")) for draft in compared]
        alike: dict[int, list[dict[str, Any]]] = {}
        if pairs:
            for draft, result in zip(compared, find_duplicates_many(pairs, everything=True), strict=True):
                alike[draft.number] = [
                    {"id": one.id, "score": one.score, "reasons": list(one.reasons), "name": one.name}
                    for one in result.candidates
                    if "other_code" not in one.reasons
                ]
        for draft in drafts:
            found = {one["id"]: one for one in [*alike.get(draft.number, ()), *within[draft.number]]}
            if found:
                draft.propose(found.values())

    # --- what is written --------------------------------------------------------------------------------------------

    def is_gone(self, subject: Any) -> bool:
        return subject.merged_into_id is not None

    def adapt(self, draft: Draft, subject: Any, plan: Plan) -> None:
        values = draft.values
        if (on := values.get("established_on")) and subject.status_on and on > subject.status_on.isoformat():
            draft.refuse("ended_before_established", field="established_on")
        if (code := values.get("uscc")) and subject.uscc and code != subject.uscc:
            draft.refuse("code_differs", field="uscc", name=self.label(subject), hint=subject.uscc)
        if names := values.get("former_names"):
            current = normalise(subject.registered_name or "")
            values["former_names"] = [name for name in names if normalise(name) != current]

    def also(self, taken: dict[str, Any]) -> dict[str, Any]:
        """A name that gives way stays as a former one. `taken` is field → [old, new]."""
        extra = {}
        for field, child in (("registered_name", "former_names"), ("short_name", "former_short_names")):
            if field in taken and taken[field][0]:
                extra[child] = [taken[field][0]]
        return extra

    def new_subject(self, values: dict[str, Any], run: ImportRun) -> Any:
        row = super().new_subject(values, run)
        name = row.registered_name or row.short_name
        if is_branch_name(name):
            row.legal_form = LegalForm.BRANCH
        elif name.endswith("合作社"):
            row.legal_form = LegalForm.COOPERATIVE
        elif "个体工商户" in name:
            row.legal_form = LegalForm.INDIVIDUAL_BUSINESS
        elif "合伙企业" in name or name.endswith(("(有限合伙)", "（有限合伙）", "(普通合伙)", "（普通合伙）")):
            row.legal_form = LegalForm.PARTNERSHIP
        return row

    def absent(self, run: ImportRun) -> Any:
        """Enterprises that the zone counts and that a complete list neither holds nor may hold under another name."""
        held = run.rows.filter(target_id__isnull=False).values("target_id")
        maybe = {
            candidate["id"]
            for candidates in run.rows.filter(verdict="duplicate").values_list("candidates", flat=True)
            for candidate in candidates
        }
        return Enterprise.objects.counted().exclude(pk__in=held).exclude(pk__in=maybe)
