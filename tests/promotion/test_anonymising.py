"""Anonymising one person: nothing of them is left in any table, and nothing else is touched."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from directory.models import DataSource, FindDoc, ImportRow, ImportRun
from directory.services.merging import merge, unmerge
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.inbox.models import Notification
from pinghu.ledger.models import AccessLog, Change, Door, Event
from pinghu.ledger.saving import save_record
from promotion.models import (
    ActionItem,
    Contact,
    Counterpart,
    Evidence,
    Interaction,
    InvestmentProject,
    Lead,
    LeadChannel,
    Level,
    StageChange,
)
from promotion.rules.personal_data import MASK
from promotion.services.anonymising import anonymise, plan_anonymising
from promotion.services.follow_ups import log_follow_up
from promotion.services.leads import convert_lead, screen_lead
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

NAME, PHONE, EMAIL = "欧阳娜娜", "0573-85001234", "Nana.Ouyang@example.com"


@pytest.fixture(autouse=True)
def channel() -> Any:
    return LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


def a_contact(**values: Any) -> Any:
    return made(Contact(**{"name": NAME, "job_title": "总经理助理", "phone": PHONE, "email": EMAIL, **values}))


def by(person: User | None) -> dict[str, Any]:
    return {"by": person, "door": Door.ADMIN, "at": NOW}


def whole_database() -> str:
    """Every text of every table that is ours, as it is stored."""
    texts = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            texts += [f"{model._meta.label}: {row}" for row in cursor.fetchall()]
    return "\n".join(texts)


def places_of(*words: str) -> set[str]:
    """The tables in which one of these words stands, in any case, escaped as JSON included."""
    wanted = {
        form.lower()
        for word in words
        for form in (word, json.dumps(word)[1:-1], json.dumps(word)[1:-1].replace("\\", "\\\\"))
    }
    lines = whole_database().split("\n")
    return {line.split(":")[0] for line in lines if any(word in line.lower() for word in wanted)}


def everywhere(officer: User) -> Any:
    """A person in every place that keeps something of them: a lead that became a project, files, a merge, a notice."""
    here, twin = an_enterprise("甲精机"), an_enterprise("甲精密机床")
    chamber = made(Counterpart(number="K1", name="某商会", owner=officer, note=f"{NAME}介绍"))
    lead = a_lead(owner=officer, counterpart=chamber, referrer=NAME, detail=f"联系人{NAME}，电话 (0573) 8500 1234")
    contact = a_contact(name="欧阳娜", lead=lead, counterpart=chamber, enterprise=twin)
    contact.name = NAME
    save_record(contact, fields=["name"], by=officer, door=Door.ADMIN, why=f"{NAME}改名")
    log_follow_up(
        happened=f"{NAME}来电", next_step=f"给{EMAIL.lower()}发材料", next_on=NOW.date(), lead=lead, **by(officer)
    )
    screen_lead(lead, note=f"与{NAME}谈过", **by(officer))
    project = convert_lead(lead, track="lease", **by(officer))
    made(StageChange(project=project, kind="created", to_stage=project.stage, at=NOW, door="admin", why=f"{NAME}催"))
    made(ActionItem(text=f"回复{NAME}", person=officer, due_on=NOW.date(), project=project))
    made(
        Evidence(
            project=project, kind="other", file="evidence/x", file_name=f"{NAME}名片.pdf", title=f"{NAME}的名片",
            content_type="application/pdf", size=1, sha256="0",
        )
    )  # fmt: skip
    merge(here, twin, by=officer, door="admin", why="同一家")
    run = ImportRun.objects.create(
        kind="enterprises", source=DataSource.objects.get(code="bureau"), file_name="名录.csv", file_sha256="0" * 64
    )
    ImportRow.objects.create(
        run=run,
        number=1,
        raw={"企业名称": f"平湖{NAME}精机厂", "联系人": NAME, "电话": PHONE},
        values={"contact": NAME},
    )
    Notification.objects.create(
        person=officer, kind="x", number="L1", path="/admin/", params={"who": NAME}, created_at=NOW
    )
    return Contact.objects.get(pk=contact.pk)


def test_nothing_of_the_person_is_left_anywhere(officer: User, manager: User) -> None:
    contact = everywhere(officer)
    assert {"promotion.Contact", "promotion.HistoricalContact", "promotion.HistoricalInteraction", "ledger.Change",
            "directory.MergeRecord", "directory.ImportRow", "inbox.Notification", "promotion.Evidence",
            "promotion.StageChange", "promotion.HistoricalLead"} <= places_of(NAME)  # fmt: skip

    total = plan_anonymising(contact, by=manager).total
    touched = anonymise(contact, why=f"{NAME}本人要求", expected=total, **by(manager))

    assert touched == total > 20
    # A firm that is called after her keeps its name.
    assert places_of(NAME, "欧阳娜", PHONE, "85001234", "8500 1234", EMAIL) == {"directory.ImportRow"}
    assert ImportRow.objects.get().raw == {"企业名称": f"平湖{NAME}精机厂", "联系人": MASK, "电话": MASK}
    contact.refresh_from_db()
    assert contact.anonymised_at == NOW
    assert (contact.name, contact.job_title, contact.phone, contact.email) == (MASK, "", "", "")
    assert Interaction.objects.get().happened == f"{MASK}来电"
    assert Change.objects.filter(verb="anonymised").get().why == f"{MASK}本人要求"


def test_search_box_finds_the_person_by_nothing_any_more(officer: User, manager: User, client_as: Any) -> None:
    """The index is made anew of the contact and of each record whose text named the person: readings and all."""
    lead = a_lead(owner=officer, business=f"{NAME}的轴承")
    contact = a_contact(lead=lead)
    about = (("contact", contact.pk), ("lead", lead.pk))

    def words() -> str:
        docs = [FindDoc.objects.get(subject=subject, record=key) for subject, key in about]
        return " ".join(f"{doc.names} {doc.former} {doc.readings} {doc.tokens}" for doc in docs).lower()

    def found() -> dict[str, int]:
        texts = (NAME, "ouyangnana", "85001234", EMAIL)
        pages = {text: client_as(officer).get(reverse("admin:search"), {"q": text}) for text in texts}
        return {text: sum(len(group.hits) for group in page.context["groups"]) for text, page in pages.items()}

    before = words()
    assert "ouyangnana" in before
    assert NAME in before
    assert min(found().values()) > 0

    anonymise(contact, why="本人要求", expected=plan_anonymising(contact, by=manager).total, **by(manager))

    after = words()
    assert [word for word in ("ouyang", "欧阳", "娜娜", "8500", "nana") if word in after] == []
    assert found() == dict.fromkeys(found(), 0)


def test_what_was_done_stays_on_record(officer: User, manager: User) -> None:
    contact = everywhere(officer)
    acts = list(Change.objects.order_by("pk").values_list("pk", "verb", "by", "at"))
    talk = Interaction.objects.get()
    before = list(Interaction.history.filter(id=talk.pk).values_list("history_id", "change", "history_date"))

    anonymise(contact, why="本人要求", **by(manager))

    assert list(Change.objects.order_by("pk").values_list("pk", "verb", "by", "at"))[: len(acts)] == acts
    assert (
        list(Interaction.history.filter(id=talk.pk).values_list("history_id", "change", "history_date"))[1:] == before
    )
    event = Event.objects.get(subject_type="interaction", verb="anonymised")
    assert set(event.changed_fields) == {"happened", "next_step"}


def test_others_are_left_alone(officer: User, manager: User) -> None:
    lead = a_lead(owner=officer, detail="联系人陈一，电话 0573-85009999")
    other = a_contact(name="陈一", phone="0573-85009999", email="", lead=lead)
    strange = a_lead("别家", owner=officer, detail=f"也有一位{NAME}")
    contact = a_contact(lead=lead)

    anonymise(contact, why="本人要求", **by(manager))

    assert Lead.objects.get(pk=lead.pk).detail == "联系人陈一，电话 0573-85009999"
    assert Contact.objects.get(pk=other.pk).name == "陈一"
    # Of the same name, somewhere else: nobody can say that it is her.
    assert Lead.objects.get(pk=strange.pk).detail == f"也有一位{NAME}"


@pytest.mark.parametrize("on", ["group", "enterprise", "counterpart"])
def test_texts_of_leads_and_projects_of_the_same_firm_are_looked_through(on: str, officer: User, manager: User) -> None:
    firm = {
        "group": lambda: a_group(),
        "enterprise": lambda: an_enterprise(),
        "counterpart": lambda: made(Counterpart(number="K1", name="某商会", owner=officer)),
    }[on]()
    lead = a_lead(owner=officer, detail=f"找{NAME}", **{on: firm})
    log_follow_up(happened=f"{NAME}来电", none_because="等", lead=lead, **by(officer))
    project = a_project(owner=officer, note=f"找{NAME}", **{on: firm})

    anonymise(a_contact(**{on: firm}), why="本人要求", **by(manager))

    assert Lead.objects.get(pk=lead.pk).detail == f"找{MASK}"
    assert Interaction.objects.get().happened == f"{MASK}来电"
    assert InvestmentProject.objects.get(pk=project.pk).note == f"找{MASK}"


def test_the_same_person_on_another_record_goes_with_it(officer: User, manager: User) -> None:
    first = a_contact(lead=a_lead(owner=officer))
    again = a_contact(lead=a_lead("另一家", owner=officer), phone="")
    namesake = a_contact(lead=a_lead("第三家", owner=officer), phone="", email="")

    assert {row.pk for row in plan_anonymising(first, by=manager).contacts} == {first.pk, again.pk}
    anonymise(first, why="本人要求", **by(manager))

    assert set(Contact.objects.filter(anonymised_at__isnull=False)) == {first, again}
    assert Contact.objects.get(pk=namesake.pk).name == NAME


def test_what_is_hidden_is_neither_counted_nor_touched_and_its_officer_is_told(manager: User) -> None:
    far = a_person("far", unit=a_unit("elsewhere"))
    chamber = made(Counterpart(number="K1", name="某商会", owner=manager))
    secret = a_lead("机密", owner=far, confidentiality=Level.CONFIDENTIAL, counterpart=chamber)
    log_follow_up(happened=f"{NAME}来电", none_because="等", lead=secret, **by(far))
    hidden = a_contact(lead=a_lead("也机密", owner=far, confidentiality=Level.CONFIDENTIAL))
    contact = a_contact(counterpart=chamber)
    alone = plan_anonymising(a_contact(counterpart=chamber, phone="1", email="x@example.com"), by=manager).total

    total = plan_anonymising(contact, by=manager).total
    anonymise(contact, why="本人要求", **by(manager))

    assert total == alone
    assert Interaction.objects.get().happened == f"{NAME}来电"
    assert Contact.objects.get(pk=hidden.pk).name == NAME
    told = Notification.objects.filter(person=far, kind="person_anonymised")
    assert {notice.number for notice in told} == {secret.number, hidden.lead.number}
    assert not Notification.objects.filter(person=manager).exists()


def test_the_system_itself_leaves_nothing_out() -> None:
    far = a_person("far", unit=a_unit("elsewhere"))
    secret = a_lead("机密", owner=far, confidentiality=Level.CONFIDENTIAL)
    log_follow_up(happened=f"{NAME}来电", none_because="等", lead=secret, **by(far))

    anonymise(a_contact(lead=secret), **by(None))

    assert Interaction.objects.get().happened == f"{MASK}来电"


def test_another_number_than_agreed_to_is_refused(officer: User, manager: User) -> None:
    lead = a_lead(owner=officer)
    contact = a_contact(lead=lead)
    agreed = plan_anonymising(contact, by=manager).total
    log_follow_up(happened=f"{NAME}又来电", none_because="等", lead=lead, **by(officer))

    with pytest.raises(DomainError) as refused:
        anonymise(contact, why="本人要求", expected=agreed, **by(manager))

    assert refused.value.code == "changed"
    assert Contact.objects.get().name == NAME


def test_who_was_anonymised_does_not_come_back(officer: User, manager: User) -> None:
    contact = a_contact(lead=a_lead(owner=officer))
    anonymise(contact, why="本人要求", **by(manager))
    row = Contact.objects.get()

    with pytest.raises(DomainError) as again:
        anonymise(row, why="再来一次", **by(manager))
    row.name = NAME
    with pytest.raises(DomainError):
        save_record(row, fields=["name"], **{"by": officer, "door": Door.ADMIN})

    assert again.value.code == "already_done"
    assert str(Contact.objects.get()) != MASK


def test_merge_is_undone_after_a_person_was_taken_out_of_it(officer: User, manager: User) -> None:
    here, twin = an_enterprise("甲精机"), an_enterprise(f"{NAME}精机")
    contact = a_contact(enterprise=twin)
    record = merge(here, twin, by=officer, door="admin", why="同一家")

    anonymise(contact, why="本人要求", **by(manager))
    record.refresh_from_db()
    unmerge(record, by=officer, door="admin")

    twin.refresh_from_db()
    assert (twin.short_name, twin.merged_into) == (f"{NAME}精机", None)


@pytest.mark.parametrize("field", ["name", "job_title", "organisation"])
def test_identity_number_is_no_contact_data(field: str, officer: User) -> None:
    with pytest.raises(DomainError) as refused:
        a_contact(lead=a_lead(owner=officer), **{field: "身份证 11010519491231002X"})

    assert list(refused.value.fields) == [field]


def test_identity_number_is_refused_in_a_follow_up(officer: User) -> None:
    lead = a_lead(owner=officer)

    with pytest.raises(DomainError) as refused:
        log_follow_up(happened="身份证 11010519491231002X", none_because="等", lead=lead, **by(officer))

    assert refused.value.code == "identity_number"
    assert not Interaction.objects.exists()


# --- the doors ------------------------------------------------------------------------------------------------------


def url(name: str, contact: Any, *more: Any) -> str:
    return reverse(f"admin:{name}", args=[contact.public_id, *more])


def test_page_says_how_many_rows_and_does_it_on_post(officer: User, manager: User, client_as: Any) -> None:
    contact, client = everywhere(officer), client_as(manager)
    total = plan_anonymising(contact, by=manager).total

    page = client.get(url("contact_anonymise", contact))
    nothing = client.post(url("contact_anonymise", contact), {"rows": total})
    other = client.post(url("contact_anonymise", contact), {"rows": total + 1, "why": "本人要求"})
    assert str(total) in page.content.decode()
    assert "why" in nothing.context["form"].errors
    assert other.context["form"].non_field_errors()
    assert Contact.objects.get(pk=contact.pk).anonymised_at is None

    done = client.post(url("contact_anonymise", contact), {"rows": total, "why": "本人要求"})

    assert done.status_code == 302
    assert Contact.objects.get(pk=contact.pk).anonymised_at is not None
    assert client.get(url("contact_anonymise", contact)).status_code == 302
    form = client.get(reverse("admin:promotion_contact_change", args=[contact.pk]))
    assert form.status_code == 200
    assert "name" not in form.context["adminform"].form.fields


def test_file_for_the_person_holds_what_is_kept_and_is_logged(officer: User, manager: User, client_as: Any) -> None:
    contact = everywhere(officer)

    answer = client_as(manager).get(url("contact_data", contact, "csv"))

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    for kept in (NAME, "欧阳娜", PHONE, EMAIL, "总经理助理", "某商会", "联系人"):
        assert kept in text, kept
    assert "来电" not in text  # the zone's own notes are counted, not handed out
    entry = AccessLog.objects.get(kind=AccessLog.Kind.EXPORT)
    assert (entry.by, entry.subject_type, entry.subject_id) == (manager, "contact", contact.public_id)
    assert entry.rows == text.count("\n") - 1


@pytest.mark.parametrize("role", [Role.PROMOTION_OFFICER, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_keepers_of_peoples_data_come_in(role: str, officer: User, client_as: Any) -> None:
    contact = a_contact(lead=a_lead(owner=officer))
    client = client_as(a_person("somebody", role, a_unit("ours")))

    for name, more in (("contact_anonymise", ()), ("contact_data", ("csv",))):
        assert client.get(url(name, contact, *more)).status_code == 403
    assert client.post(url("contact_anonymise", contact), {"rows": 1, "why": "x"}).status_code == 403
    assert Contact.objects.get().name == NAME


def test_hidden_contact_is_not_there(client_as: Any, manager: User) -> None:
    far = a_person("far", unit=a_unit("elsewhere"))
    contact = a_contact(lead=a_lead(owner=far, confidentiality=Level.CONFIDENTIAL))
    client = client_as(manager)

    for name, more in (("contact_anonymise", ()), ("contact_data", ("csv",))):
        assert client.get(url(name, contact, *more)).status_code == 404
    assert client.post(url("contact_anonymise", contact), {"rows": 1, "why": "x"}).status_code == 404
    assert not AccessLog.objects.filter(kind=AccessLog.Kind.EXPORT).exists()
    assert InvestmentProject.objects.count() == 0
