"""Data about people is kept no longer than its period: what is due, what the job does, what the page shows."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from directory.models import DataSource, ImportRow, ImportRun, LegalRepresentative
from directory.services.importing.reverting import revert_run
from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError
from pinghu.ledger.models import Change, Door
from pinghu.personal_data import retention_rules, rule_of
from promotion import jobs
from promotion.models import Contact, Interaction, Lead, Level, RetentionPeriod
from promotion.services.leads import close_lead
from promotion.services.retention import apply_retention, due
from promotion.services.vocabularies import load_promotion_vocabularies
from tests.factories import an_enterprise, made
from tests.kernel.pages import form_data
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
#: Longer ago than any period that ships, in days.
LONG_AGO = 4 * 366


@pytest.fixture(autouse=True)
def _loaded() -> None:
    load_promotion_vocabularies()


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


def aged(row: Any, days: int = LONG_AGO, *names: str) -> Any:
    """The row as if it had been made, or had happened, so many days ago."""
    moment = timezone.now() - datetime.timedelta(days=days)
    type(row)._base_manager.filter(pk=row.pk).update(**dict.fromkeys(names or ("created_at",), moment))
    return row


def closed(lead: Any, days: int = LONG_AGO) -> Any:
    row = close_lead(lead, reason="not_real", by=lead.owner, door=Door.ADMIN, at=NOW)
    Lead.objects.filter(pk=row.pk).update(closed_on=TODAY - datetime.timedelta(days=days))
    return row


def a_contact(**values: Any) -> Any:
    return aged(made(Contact(**{"name": "欧阳娜娜", **values})))


def expired(code: str) -> set[int]:
    rule, period = rule_of(code), RetentionPeriod.objects.get(rule=code)
    assert rule is not None
    return set(due(rule, period.months, TODAY).values_list("pk", flat=True))


def apply() -> dict[str, int]:
    return apply_retention(by=None, door=Door.TASK, at=timezone.now())


# --- what is due ----------------------------------------------------------------------------------------------------


def test_contact_is_due_three_years_after_the_last_contact(officer: User) -> None:
    lead, other = closed(a_lead(owner=officer)), closed(a_lead("别家", owner=officer))
    old, talked = a_contact(lead=lead), a_contact(lead=other)
    young = aged(made(Contact(name="新人", lead=lead)), days=365)
    met = a_contact(lead=lead, last_contact_on=TODAY)
    made(Interaction(lead=other, at=timezone.now(), by=officer, happened="又联系了"))

    assert expired("contacts") == {old.pk}
    assert {talked.pk, young.pk, met.pk} <= set(Contact.objects.values_list("pk", flat=True))


def test_contact_of_what_still_runs_is_not_due(officer: User) -> None:
    a_contact(lead=a_lead(owner=officer))
    a_contact(project=a_project(owner=officer))
    ended = a_project("流失", owner=officer)
    ended.side_state = "lost"
    made(ended)
    gone = a_contact(project=ended)

    assert expired("contacts") == {gone.pk}


def test_period_is_the_zones(officer: User) -> None:
    contact = aged(made(Contact(name="新人", lead=closed(a_lead(owner=officer)))), days=400)
    assert expired("contacts") == set()

    period = RetentionPeriod.objects.get(rule="contacts")
    period.months = 12
    made(period)

    assert expired("contacts") == {contact.pk}


def test_every_rule_finds_only_what_is_over_by_its_day(officer: User) -> None:
    """The last day counts: what ended exactly so many months ago goes, what ended a day later stays."""
    enterprise = an_enterprise("甲")
    for days in (0, 1):
        until = TODAY + datetime.timedelta(days=days)
        made(LegalRepresentative(enterprise=enterprise, name=f"{days}", until=until))
        lead = closed(a_lead(f"第{days}家", owner=officer, referrer="引荐人"))
        Lead.objects.filter(pk=lead.pk).update(closed_on=until)
    for code, name in (("legal_representatives", "0"), ("referrers", "第0家")):
        rule = rule_of(code)
        assert rule is not None
        assert [row.name for row in rule.expired(TODAY)] == [name]


# --- the job --------------------------------------------------------------------------------------------------------


def test_job_forgets_what_is_due_and_nothing_else(officer: User) -> None:
    lead = closed(a_lead(owner=officer, referrer="引荐人王"))
    contact, young = a_contact(lead=lead), made(Contact(name="新人", lead=lead))
    enterprise = an_enterprise("甲")
    for name, until in (("前任", TODAY - datetime.timedelta(days=LONG_AGO)), ("现任", None)):
        made(LegalRepresentative(enterprise=enterprise, name=name, until=until))
    run = a_run()

    assert (
        jobs.forget_what_is_due()
        == "legal_representatives 1, import_lines 1, contacts 1, referrers 1, case_reporters 0, joining_licences 0"
    )

    assert (Contact.objects.get(pk=contact.pk).name, Contact.objects.get(pk=young.pk).name) == ("***", "新人")
    assert Lead.objects.get(pk=lead.pk).referrer == ""
    assert not Lead.history.filter(id=lead.pk).exclude(referrer="").exists()
    assert [row.name for row in LegalRepresentative.objects.all()] == ["现任"]
    assert not LegalRepresentative.history.filter(name="前任").exists()
    assert ImportRun.objects.get(pk=run.pk).total_rows == 1
    assert not ImportRow.objects.exists()
    whys = set(Change.objects.filter(verb__in=["anonymised", "forgotten"]).values_list("why", "door", "by"))
    assert whys == {("保存满36个月", "task", None), ("保存满24个月", "task", None)}
    assert not any(apply().values())


def test_rule_that_is_switched_off_forgets_nothing(officer: User) -> None:
    contact = a_contact(lead=closed(a_lead(owner=officer)))
    period = RetentionPeriod.objects.get(rule="contacts")
    period.is_active = False
    made(period)

    assert "contacts" not in apply()
    assert Contact.objects.get(pk=contact.pk).name == "欧阳娜娜"


def test_row_that_is_refused_does_not_keep_the_others(officer: User) -> None:
    """One that no form would save any more, say: it is tried again the next night."""
    lead = closed(a_lead(owner=officer))
    first, second = a_contact(lead=lead), a_contact(lead=lead, name="另一位")
    Contact.objects.filter(pk=first.pk).update(lead=None)

    assert apply()["contacts"] == 1
    assert Contact.objects.get(pk=first.pk).anonymised_at is None
    assert Contact.objects.get(pk=second.pk).anonymised_at is not None


def test_two_contacts_of_one_person_are_forgotten_once(officer: User) -> None:
    for name in ("甲家", "乙家"):
        a_contact(lead=closed(a_lead(name, owner=officer)), email="nana@example.com")

    assert apply()["contacts"] == 2
    assert Contact.objects.filter(anonymised_at__isnull=False).count() == 2
    assert Change.objects.filter(verb="anonymised").count() == 1


def a_run() -> Any:
    run = ImportRun.objects.create(
        kind="enterprises",
        source=DataSource.objects.get(code="bureau"),
        file_name="名录.csv",
        file_sha256="0" * 64,
        status="applied",
        total_rows=1,
    )
    ImportRow.objects.create(run=run, number=1, raw={"联系人": "欧阳娜娜"})
    return aged(run, LONG_AGO, "created_at", "applied_at")


def test_import_whose_lines_are_gone_cannot_be_reverted() -> None:
    run = a_run()
    apply()

    with pytest.raises(DomainError) as refused:
        revert_run(run)

    assert refused.value.code == "lines_forgotten"
    assert ImportRun.objects.get(pk=run.pk).status == "applied"


# --- the page -------------------------------------------------------------------------------------------------------

PAGE = "admin:personal_data"


def shown(client: Any) -> dict[str, Any]:
    return {one.rule.code: one for one in client.get(reverse(PAGE)).context["rules"]}


def test_page_shows_each_rule_with_what_goes_and_what_follows(officer: User, client_as: Any) -> None:
    lead = closed(a_lead(owner=officer))
    for number in range(7):
        a_contact(lead=lead, name=f"第{number}位")
    aged(made(Contact(name="快到期", lead=lead)), days=36 * 30)
    client = client_as(Role.DATA_STEWARD)

    found = shown(client)
    page = client.get(reverse(PAGE)).content.decode()

    assert set(found) == {rule.code for rule in retention_rules()}
    assert (found["contacts"].due, found["contacts"].soon, len(found["contacts"].examples)) == (7, 1, 5)
    assert "第0位" in page
    for rule in retention_rules():
        assert escape(str(rule.purpose)) in page


def test_page_counts_nothing_hidden(officer: User, client_as: Any) -> None:
    far = a_person("far", unit=a_unit("elsewhere"))
    secret = closed(a_lead("机密", owner=far, confidentiality=Level.CONFIDENTIAL, referrer="引荐人"))
    a_contact(lead=secret)
    client = client_as(Role.DATA_STEWARD)

    found = shown(client)

    assert [(found[code].due, found[code].examples) for code in ("contacts", "referrers")] == [(0, ()), (0, ())]
    assert "欧阳娜娜" not in client.get(reverse(PAGE)).content.decode()
    assert apply()["contacts"] == 1


def test_page_costs_the_same_however_much_is_due(
    officer: User, client_as: Any, django_assert_max_num_queries: Any
) -> None:
    lead = closed(a_lead(owner=officer))
    client = client_as(Role.DATA_STEWARD)
    with django_assert_max_num_queries(26) as few:
        client.get(reverse(PAGE))
    for number in range(20):
        a_contact(lead=lead, name=f"第{number}位")

    with django_assert_max_num_queries(len(few.captured_queries) + 1):  # the examples
        client.get(reverse(PAGE))


def test_shorter_period_asks_with_the_number_of_rows(officer: User, client_as: Any) -> None:
    lead = closed(a_lead(owner=officer))
    for number in range(3):
        aged(made(Contact(name=f"第{number}位", lead=lead)), days=400)
    client, period = client_as(Role.DATA_STEWARD), RetentionPeriod.objects.get(rule="contacts")
    url = reverse("admin:promotion_retentionperiod_change", args=[period.pk])
    page = client.get(url)

    asked = client.post(url, form_data(page, months="12"))
    wrong = client.post(url, {**form_data(page, months="12"), "confirmed": "2"})
    unchanged = RetentionPeriod.objects.get(rule="contacts").months

    assert asked.context["adminform"].form.asked == wrong.context["adminform"].form.asked == 3
    assert unchanged == 36
    assert client.post(url, {**form_data(page, months="12"), "confirmed": "3"}).status_code == 302
    assert RetentionPeriod.objects.get(rule="contacts").months == 12


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.DATA_STEWARD, 200),
        (Role.PROMOTION_MANAGER, 200),
        (Role.LEADER, 200),
        (Role.PROMOTION_OFFICER, 403),
        (Role.AUDITOR, 403),
    ],
)
def test_page_is_for_those_who_answer_for_it(role: str, status: int, client_as: Any) -> None:
    assert client_as(role).get(reverse(PAGE)).status_code == status
