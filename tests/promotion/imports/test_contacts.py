"""Contacts from a list: business data with a purpose, hung on somebody whom the uploader sees, and nothing beyond."""

from typing import Any

import pytest

from directory.models import FieldSource, ImportRow
from directory.services.importing import decide, revert_run
from pinghu.accounts.models import User
from promotion.models import Contact, Counterpart
from promotion.services.anonymising import anonymise
from promotion.services.counterparts import save_counterpart
from promotion.services.leads import set_confidentiality
from tests.directory.imports.rows import codes, line, verdicts
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.imports.rows import applied, contacts

pytestmark = pytest.mark.django_db

HEADINGS = ("姓名", "职务", "单位", "电话", "邮箱")
ROW = ("示例姓名", "采购经理", "示例精机", "0573-00000001", "someone@example.com")


@pytest.fixture
def officer() -> User:
    return a_person("officer-1")


def a_counterpart(name: str, owner: User, **values: Any) -> Any:
    return save_counterpart(Counterpart(name=name, owner=owner, **values), by=owner, door="admin", at=NOW)


def test_line_becomes_a_contact_with_a_purpose_at_the_enterprise_of_that_name(officer: User) -> None:
    enterprise = an_enterprise("示例精机")

    applied(contacts(ROW, by=officer, headings=HEADINGS))

    contact = Contact.objects.get()
    assert (contact.name, contact.job_title, contact.phone, contact.email) == (ROW[0], ROW[1], ROW[3], ROW[4])
    assert (contact.enterprise, contact.purpose) == (enterprise, "promotion")
    assert contact.history.get().change.by == officer
    assert not FieldSource.objects.filter(subject_type="contact").exists()  # people's data stands in one place


@pytest.mark.parametrize("heading", ["线索编号", "项目编号", "客商", "信用代码"])
def test_contact_hangs_on_whom_the_line_names(officer: User, heading: str) -> None:
    enterprise = an_enterprise("示例精机", uscc="91330482MA0000007A")
    rows = {
        "线索编号": ("lead", a_lead(owner=officer)),
        "项目编号": ("project", a_project(owner=officer)),
        "客商": ("counterpart", a_counterpart("示例商会", officer)),
        "信用代码": ("enterprise", enterprise),
    }
    name, row = rows[heading]
    text = {"counterpart": "示例商会", "enterprise": enterprise.uscc}.get(name) or row.number

    applied(contacts(["示例姓名", text, "服务"], by=officer, headings=("姓名", heading, "用途")))

    contact = Contact.objects.get()
    assert (getattr(contact, name), contact.purpose) == (row, "service")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["示例姓名", "", "查无此企业", "", ""], "party_unknown"),
        (["示例姓名", "经理", "", "", ""], "party_missing"),
        (["", "经理", "示例精机", "", ""], "no_name"),
        (["示例姓名", "", "示例精机", "", "no mail"], "email_unreadable"),
        (["示例姓名", "", "示例精机", "330482199001011234", ""], "identity_number"),
        (["示例姓名", "身份证 33048219900101123X", "示例精机", "", ""], "identity_number"),
    ],
)
def test_line_that_cannot_be_taken_says_why(officer: User, cells: Any, code: str) -> None:
    an_enterprise("示例精机")

    run = contacts(cells, by=officer, headings=HEADINGS)

    assert (verdicts(run), codes(line(run))) == (["error"], [code])


def test_columns_without_a_purpose_are_not_even_stored(officer: User) -> None:
    an_enterprise("示例精机")

    run = contacts(
        [*ROW, "330482199001011234", "1990-01-01"], by=officer, headings=(*HEADINGS, "身份证号码", "出生日期")
    )

    assert ImportRow.objects.get(run=run).raw == [*ROW, "", ""]


def test_contact_of_a_lead_that_is_hidden_is_of_nobody_known(officer: User) -> None:
    hidden = a_lead("示例商社", owner=a_person("colleague", unit=a_unit("unit-2")))
    set_confidentiality(hidden, level="restricted", by=hidden.owner, door="admin")

    by_number = contacts(["示例姓名", hidden.number], by=officer, headings=("姓名", "线索编号"))
    by_name = contacts(["示例姓名", "示例商社"], by=officer, headings=("姓名", "单位"))

    assert codes(line(by_number)) == codes(line(by_name)) == ["party_unknown"]


def test_same_person_at_the_same_firm_is_filled_in_and_asked_about_where_values_differ(officer: User) -> None:
    enterprise = an_enterprise("示例精机")
    known = made(Contact(name="示例姓名", enterprise=enterprise, phone="0573-00000009"))

    run = contacts(ROW, by=officer, headings=HEADINGS)
    assert verdicts(run) == ["conflict"]
    applied(run)
    known.refresh_from_db()
    assert known.email == ""

    decide(line(run), "keep_ours", by=officer)
    applied(run)
    known.refresh_from_db()
    assert (known.phone, known.email, known.job_title) == ("0573-00000009", ROW[4], ROW[1])


def test_same_mail_at_another_firm_waits_for_a_choice_and_stores_no_name_beside_it(officer: User) -> None:
    an_enterprise("示例精机")
    known = made(Contact(name="别名", enterprise=an_enterprise("另一家"), email=ROW[4]))
    run = contacts(ROW, by=officer, headings=HEADINGS)
    row = line(run)
    assert (row.verdict, codes(row), row.candidates) == (
        "duplicate",
        ["possible_contact"],
        [{"id": known.pk, "name": "", "score": None}],
    )

    decide(row, "create", by=officer)
    applied(run)

    assert Contact.objects.count() == 2


def test_person_whom_the_uploader_does_not_see_is_neither_met_nor_named(officer: User) -> None:
    hidden = a_lead("示例商社", owner=a_person("colleague", unit=a_unit("unit-2")))
    made(Contact(name="示例姓名", lead=hidden, email=ROW[4]))
    set_confidentiality(hidden, level="restricted", by=hidden.owner, door="admin")
    an_enterprise("示例精机")

    assert verdicts(contacts(ROW, by=officer, headings=HEADINGS)) == ["new"]


def test_anonymised_person_is_not_met_again(officer: User) -> None:
    enterprise = an_enterprise("示例精机")
    anonymise(made(Contact(name="示例姓名", enterprise=enterprise)), by=None, door="command", at=NOW)

    assert verdicts(contacts(ROW, by=officer, headings=HEADINGS)) == ["new"]


def test_undone_import_removes_its_contacts_and_gives_back_what_it_changed(officer: User) -> None:
    enterprise = an_enterprise("示例精机")
    known = made(Contact(name="乙", enterprise=enterprise))
    run = applied(contacts(ROW, ("乙", "总经理", "示例精机", "", ""), by=officer, headings=HEADINGS))
    assert Contact.objects.count() == 2

    revert_run(run, by=officer)

    known.refresh_from_db()
    assert (Contact.objects.get(), known.job_title) == (known, "")


def test_number_of_queries_does_not_grow_with_lines(officer: User, django_assert_max_num_queries: Any) -> None:
    an_enterprise("示例精机")
    with django_assert_max_num_queries(60):
        contacts(*[(f"姓名{n}", "", "示例精机", f"0573-{n:08}", "") for n in range(60)], by=officer, headings=HEADINGS)
