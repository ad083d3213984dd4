"""Qualifications from an authority's list: one line, one grant of a title to one enterprise that is here."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from directory.duplicates import EXACT, find_duplicates_many
from directory.models import Enterprise, ImportRun, Qualification
from directory.models.imports import ImportKind
from directory.rules.names import normalise
from directory.rules.qualifications import QualificationTerms, expires_on
from directory.services.importing import fields as f
from directory.services.importing.fields import Field
from directory.services.importing.kinds.base import Draft, Kind, Plan
from directory.services.importing.kinds.enterprises import standing_enterprises
from directory.services.importing.problems import NOTE, problem


class QualificationKind(Kind):
    """The enterprise by its code, else by its whole name; a likely one is for a person to choose, none is made."""

    code = ImportKind.QUALIFICATIONS
    model = Qualification
    names = ("uscc", "name")
    fixable = ("type", "batch_label", "recognised_on", "valid_until")
    required = ("type",)
    candidates_are_owners = True
    internal = frozenset({"enterprise"})
    fields = (
        Field("uscc", _("credit code"), f.credit_code_cell),
        Field("name", _("enterprise"), f.text(200, is_name=True)),
        Field("enterprise", _("enterprise"), f.text(1), "enterprise_id"),
        Field("type", _("type"), f.vocabulary("qualification_types", "type_unknown"), "type_id"),
        Field("batch_label", _("batch"), f.text(60), "batch_label"),
        Field("certificate_no", _("certificate number"), f.text(60), "certificate_no"),
        Field("recognised_on", _("recognised on"), f.day(), "recognised_on"),
        Field("valid_until", _("valid until"), f.day(), "valid_until"),
    )

    def finish(self, draft: Draft, plan: Plan) -> None:
        values = draft.values
        if isinstance(values.get("uscc"), dict):
            del values["uscc"]
        if not values.get("uscc") and not values.get("name") and not draft.has_error:
            draft.refuse("no_name", field="name")
        if not values.get("type") and not draft.has_error:
            draft.refuse("type_missing", field="type")
        begins, ends = values.get("recognised_on"), values.get("valid_until")
        if begins and ends and ends < begins:
            draft.refuse("ends_before_begins", field="valid_until")
        if begins and not ends and values.get("type"):
            months = plan.lookups.qualification_months.get(values["type"])
            if last := expires_on(QualificationTerms(date.fromisoformat(begins), None, months)):
                values["valid_until"] = last.isoformat()

    def identity(self, values: dict[str, Any]) -> str:
        who = values.get("uscc") or normalise(values.get("name") or "")
        return f"enterprise:{who}"[:300]

    def standing(self, ids: Collection[int]) -> dict[int, int]:
        return standing_enterprises(ids)  # what is chosen is whose grant it is

    def match(self, drafts: Sequence[Draft], plan: Plan) -> None:
        usable = [draft for draft in drafts if not draft.has_error]
        pairs = [(draft.values.get("name") or "", draft.values.get("uscc")) for draft in usable]
        for draft, result in zip(usable, find_duplicates_many(pairs, everything=True) if pairs else (), strict=True):
            if draft.target_id is not None:  # a remembered choice of the enterprise
                draft.values["enterprise"], draft.target_id = draft.target_id, None
                continue
            candidates = [one for one in result.candidates if "other_code" not in one.reasons]
            sure = [one for one in candidates if {"same_code", "same_name"} & set(one.reasons)]
            by_code = [one for one in sure if "same_code" in one.reasons]
            if len(by_code or sure) == 1 and (by_code or result.kind == EXACT):
                draft.values["enterprise"] = (by_code or sure)[0].id
                if by_code and draft.values.get("name") and "same_name" not in by_code[0].reasons:
                    entry = problem(
                        "not_company_of_code",
                        field="name",
                        level=NOTE,
                        value=draft.values["name"],
                        name=by_code[0].name,
                    )
                    draft.problems.append(entry)
            elif candidates:
                draft.propose(
                    (
                        {"id": one.id, "score": one.score, "reasons": list(one.reasons), "name": one.name}
                        for one in candidates
                    ),
                    "which_enterprise",
                )
            else:
                draft.refuse("enterprise_unknown", field="uscc" if draft.values.get("uscc") else "name")
        self._known([draft for draft in usable if "enterprise" in draft.values], plan)

    def chosen(self, draft: Draft, target_id: int, plan: Plan) -> None:
        draft.values["enterprise"] = target_id
        self._known([draft], plan)

    def _known(self, drafts: Collection[Draft], plan: Plan) -> None:
        """The grants that are here already: by certificate, else by batch."""
        rows = Qualification.objects.filter(enterprise__in={d.values["enterprise"] for d in drafts})
        by_certificate: dict[tuple[Any, ...], int] = {}
        by_batch: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
        for pk, enterprise, kind, batch, certificate in rows.order_by("pk").values_list(
            "pk", "enterprise_id", "type_id", "batch_label", "certificate_no"
        ):
            if certificate:
                by_certificate[enterprise, kind, certificate] = pk
            by_batch.setdefault((enterprise, kind, batch), []).append((pk, certificate))
        for draft in drafts:
            values = draft.values
            enterprise, kind = values["enterprise"], values["type"]
            batch, certificate = values.get("batch_label", ""), values.get("certificate_no", "")
            key = f"{enterprise}:{kind}:{batch}:{certificate}"
            if not draft.is_decided:
                if first := plan.seen.get(key):
                    draft.refuse("repeated_in_file", line=first)
                    continue
                plan.seen[key] = draft.number
            target = by_certificate.get((enterprise, kind, certificate)) if certificate else None
            if target is None:
                same = by_batch.get((enterprise, kind, batch), [])
                open_ones = [pk for pk, theirs in same if not theirs or not certificate]
                target = open_ones[0] if len(open_ones) == 1 else None
            draft.target_id = target

    def subjects(self, ids: Collection[int], *, lock: bool = False) -> dict[int, Any]:
        rows = Qualification._base_manager.filter(pk__in=ids)
        if lock:
            rows = rows.select_for_update().order_by("pk")
        return {row.pk: row for row in rows}

    def new_subject(self, values: dict[str, Any], run: ImportRun) -> Any:
        row = super().new_subject(values, run)
        row.batch_label, row.certificate_no = values.get("batch_label", ""), values.get("certificate_no", "")
        return row

    def label(self, subject: Any) -> str:
        name = Enterprise.objects.filter(pk=subject.enterprise_id).values_list("short_name", flat=True).first()
        return f"{name} {subject}"
