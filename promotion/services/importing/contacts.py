"""Contacts from lists: one line, one person in their business role, belonging to somebody who is here already.

Columns that no purpose covers (identity numbers, birthdays, home addresses) are not even stored.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Enterprise, ImportRun
from directory.rules.headers import heading_key
from directory.rules.names import normalise
from directory.rules.values import Cell, Parsed, clean_text
from directory.services.importing import fields as f
from directory.services.importing.fields import Field
from directory.services.importing.kinds.base import Draft, Job, Kind, Plan
from directory.services.importing.lookups import Lookups
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record
from promotion.models import Contact, Counterpart, InvestmentProject, Lead
from promotion.services.importing import CONTACTS
from promotion.services.importing import texts as texts

#: A resident's identity number (GB 11643): its last sign is a digit or X.
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
_PURPOSE_WORDS = {
    "招商": "promotion", "招商洽谈": "promotion", "投资洽谈": "promotion", "服务": "service", "企业服务": "service",
    "总部对接": "liaison", "联络": "liaison",
}  # fmt: skip
#: Fields that name somebody the contact belongs to, in the order in which a firm's name is looked up.
_PARTIES: Mapping[str, Any] = {
    "counterpart": Counterpart,
    "enterprise": Enterprise,
    "lead": Lead,
    "project": InvestmentProject,
}


def _text(limit: int, *, is_name: bool = False) -> f.Reader:
    """A text without anybody's identity number."""
    read = f.text(limit, is_name=is_name)

    def guarded(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        if _IDENTITY.search(clean_text(cell)):
            return Parsed(problem="identity_number")
        return read(cell, lookups, heading)

    return guarded


def _email(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    found = _text(254)(cell, lookups, heading)
    if found.value is None:
        return found
    try:
        validate_email(found.value)
    except ValidationError:
        return Parsed(problem="email_unreadable")
    return found


class ContactKind(Kind):
    """The same name at the same firm is the same person; the same telephone or mail at another one may be."""

    code = CONTACTS
    model = Contact
    names = ("name",)
    fixable = ("purpose",)
    chunk = 100
    remembers_choices = False
    remembers_values = False
    is_personal = True
    writes_lines = True
    never_kept = frozenset(
        heading_key(word)
        for word in """身份证 身份证号 身份证号码 证件号 证件号码 护照号 护照号码 出生日期 出生年月 生日 年龄 性别 民族 籍贯
            家庭住址 家庭地址 住址 家庭电话 政治面貌 婚姻状况 配偶 子女 学历 毕业院校 宗教 birthday sex age
            home-address passport id-number""".split()
    )
    words = {
        "name": "姓名 联系人 联系人姓名 人员姓名 name contact",
        "job_title": "职务 职位 岗位 title job-title position",
        "organisation": "单位 工作单位 所在单位 公司 公司名称 单位名称 企业名称 所在企业 company works-for",
        "phone": "电话 联系电话 手机 手机号 手机号码 办公电话 联系方式 phone telephone mobile business-phone",
        "email": "邮箱 电子邮箱 电子邮件 邮件 e-mail business-e-mail mail",
        "language": "语言 工作语言 speaks",
        "purpose": "用途 采集目的 目的 使用目的",
        "counterpart": "客商 客商编号 客商名称 投资方",
        "lead": "线索 线索编号 线索名称",
        "project": "项目 项目编号 项目名称",
        "enterprise": "企业 统一社会信用代码 信用代码 credit-code",
    }
    fields = (
        Field("name", gettext_lazy("name"), _text(80, is_name=True), "name"),
        Field("job_title", gettext_lazy("job title"), _text(80), "job_title"),
        Field("organisation", gettext_lazy("works for"), _text(200), "organisation"),
        Field("phone", gettext_lazy("business phone"), _text(40), "phone"),
        Field("email", gettext_lazy("business e-mail"), _email, "email"),
        Field("language", gettext_lazy("speaks"), _text(60), "language"),
        Field("purpose", gettext_lazy("purpose"), f.choice(Contact.Purpose.choices, _PURPOSE_WORDS), "purpose",
              tuple(Contact.Purpose.choices)),
        Field("counterpart", gettext_lazy("counterpart"), f.text(200), "counterpart_id"),
        Field("lead", gettext_lazy("lead"), f.text(200), "lead_id"),
        Field("project", gettext_lazy("project"), f.text(200), "project_id"),
        Field("enterprise", gettext_lazy("enterprise"), f.text(200), "enterprise_id"),
    )  # fmt: skip

    def finish(self, draft: Draft, plan: Plan) -> None:
        values = draft.values
        if not values.get("name"):
            if not draft.has_error:
                draft.refuse("no_name", field="name")
        elif not any(values.get(name) for name in (*_PARTIES, "organisation")):
            draft.refuse("party_missing", field="organisation")

    def identity(self, values: dict[str, Any]) -> str:
        return ""

    # --- whose contact, and which -----------------------------------------------------------------------------------

    def match(self, drafts: Sequence[Draft], plan: Plan) -> None:
        usable = [draft for draft in drafts if not draft.has_error]
        self._find_parties(usable, plan)
        usable = [draft for draft in usable if not draft.has_error]
        for draft in usable:
            key = f"{normalise(draft.values['name'])}|{sorted(_parties_of(draft.values).items())}"
            if (first := plan.seen.setdefault(key, draft.number)) != draft.number:
                draft.refuse("repeated_in_file", line=first)
        self._find_people([draft for draft in usable if not draft.has_error], plan)

    def _find_parties(self, drafts: Sequence[Draft], plan: Plan) -> None:
        """Names and numbers become the records that the uploader sees; a query for each kind of record."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for draft in drafts:
            stated = {name: draft.values[name] for name in _PARTIES if draft.values.get(name)}
            for name, text in stated.items():
                wanted[name].add(text)
            if not stated:
                for name in ("counterpart", "enterprise", "lead"):
                    wanted[name].add(draft.values["organisation"])
        index = {name: _called(name, texts, plan.run.by) for name, texts in wanted.items()}
        for draft in drafts:
            stated = {name: draft.values[name] for name in _PARTIES if draft.values.get(name)}
            for name, text in stated.items():
                self._take(draft, name, text, index[name].get(_key(text), set()))
            if not stated:
                text = draft.values["organisation"]
                found = {name: index[name].get(_key(text), set()) for name in ("counterpart", "enterprise", "lead")}
                name = next((name for name, keys in found.items() if keys), "organisation")
                self._take(draft, name, text, found.get(name, set()))

    @staticmethod
    def _take(draft: Draft, name: str, text: str, keys: Collection[int]) -> None:
        if len(keys) == 1:
            draft.values[name] = min(keys)
        else:
            draft.refuse("party_ambiguous" if keys else "party_unknown", field=name, value=text)

    def _find_people(self, drafts: Sequence[Draft], plan: Plan) -> None:
        """The people who are here already; one query."""
        near = Q(name__in={draft.values["name"] for draft in drafts})
        for name in ("phone", "email"):
            near |= Q(**{f"{name}__in": {value for draft in drafts if (value := draft.values.get(name))}})
        people = list(_seen(plan.run.by).filter(near, anonymised_at__isnull=True).order_by("pk")) if drafts else []
        seen = {person.pk for person in people}
        for draft in drafts:
            if draft.is_decided and draft.target_id in seen:
                continue
            draft.target_id, draft.is_decided = None, False
            if draft.decision:
                continue
            values, parties = draft.values, _parties_of(draft.values)
            same = [
                person
                for person in people
                if normalise(person.name) == normalise(values["name"])
                and any(getattr(person, f"{name}_id") == key for name, key in parties.items())
            ]
            alike = [
                person
                for person in people
                if any(values.get(name) and values[name] == getattr(person, name) for name in ("phone", "email"))
            ]
            if len(same) == 1:
                draft.target_id = same[0].pk
            elif same or alike:
                code = "several_contacts" if same else "possible_contact"
                draft.propose(({"id": person.pk, "name": "", "score": None} for person in same or alike), code)

    def chosen(self, draft: Draft, target_id: int, plan: Plan) -> None:
        self._find_parties([draft], plan)
        if not _seen(plan.run.by).filter(pk=target_id, anonymised_at__isnull=True).exists():
            raise DomainError(_("Choose one of the records proposed."), code="no_candidate")
        draft.target_id = target_id

    def hidden_from(self, user: Any, ids: Collection[int]) -> set[int]:
        if not ids:
            return set()
        seen = Contact.objects.visible_to(user).filter(pk__in=ids).order_by()
        return set(ids) - set(seen.values_list("pk", flat=True))

    def shown_candidates(self, candidates: Sequence[dict[str, Any]], user: Any) -> list[dict[str, Any]]:
        """With their names, for whoever sees them; one query."""
        if not candidates:
            return []
        people = Contact.objects.visible_to(user).in_bulk([one["id"] for one in candidates])
        return [
            {**one, "name": str(people[one["id"]]), "about": people[one["id"]].organisation}
            for one in candidates
            if one["id"] in people
        ]

    # --- what is written --------------------------------------------------------------------------------------------

    def is_gone(self, subject: Any) -> bool:
        return subject.anonymised_at is not None

    def adapt(self, draft: Draft, subject: Any, plan: Plan) -> None:
        """A line adds and corrects what is known of the person; whose contact it is, it leaves alone."""
        for name in ("name", *_PARTIES):
            draft.values.pop(name, None)

    def new_subject(self, values: dict[str, Any], run: ImportRun) -> Any:
        row = Contact()
        for name, column in self.columns.items():
            if name in values:
                setattr(row, column, self.to_python(column, values[name]))
        return row

    def write_line(self, job: Job, fields: Collection[str], run: ImportRun) -> Any:
        is_new = job.subject._state.adding
        version = None if is_new else job.row.target_version
        return save_record(
            job.subject, fields=None if is_new else fields, by=run.by, door=Door.IMPORT, if_version=version
        )


def _parties_of(values: dict[str, Any]) -> dict[str, int]:
    return {name: values[name] for name in _PARTIES if values.get(name)}


def _key(text: str) -> str:
    return normalise(text)


def _seen(by: Any) -> Any:
    """Contacts that the uploader sees; of a run without a person, those that hang on enterprises alone."""
    if by is not None:
        return Contact.objects.visible_to(by)
    return Contact._base_manager.filter(counterpart__isnull=True, lead__isnull=True, project__isnull=True)


def _called(name: str, wanted: Collection[str], by: Any) -> dict[str, set[int]]:
    """Comparable name, number or code → the records so called, as far as the uploader sees them."""
    found: dict[str, set[int]] = defaultdict(set)
    model = _PARTIES[name]
    if model is Enterprise:
        rows = Enterprise.objects.current().filter(
            Q(registered_name__in=wanted) | Q(short_name__in=wanted) | Q(uscc__in={text.upper() for text in wanted})
        )
        columns: tuple[str, ...] = ("registered_name", "short_name", "uscc")
    else:
        rows = model.objects.visible_to(by).filter(Q(name__in=wanted) | Q(number__in={text.upper() for text in wanted}))
        rows = rows.open() if model is Lead else rows
        columns = ("name", "number")
    for key, *names in rows.order_by().values_list("pk", *columns):
        for text in names:
            if text:
                found[_key(text)].add(key)
    return found
