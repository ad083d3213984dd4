"""My day: what stands in whose day, what never shows, and what it costs; the pages of claims beside it."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext as translate

from pinghu.accounts.models import User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.agenda import waiting_for
from pinghu.ledger.models import Door
from promotion.calendar import work_calendar
from promotion.models import (
    ActionItem,
    ClaimDispute,
    ClaimPolicy,
    CreditShare,
    EngagementPromise,
    HeadquartersEngagement,
    InvestmentProject,
    JoinRequest,
    Lead,
    LeadChannel,
    LeadClaim,
    LeadMember,
    Level,
    LiaisonAssignment,
    Visit,
)
from promotion.my_day import MyDay, escalation_day, my_day
from promotion.rules.working_time import local_day
from promotion.services import cases, liaison
from promotion.services.claims import keep_later_report, note_silence, raise_dispute, start_or_keep_claim
from promotion.services.leads import ask_to_join
from tests.factories import a_group, an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.factories_cases import a_case, a_dispatched_case, coordinator, handler

pytestmark = pytest.mark.django_db

#: Monday, 1 June 2026.
TODAY = local_day(NOW)


def day(days: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=days)


@pytest.fixture(autouse=True)
def _start(monkeypatch: pytest.MonkeyPatch) -> None:
    ClaimPolicy._base_manager.all()._raw_delete("default")
    LeadChannel.objects.first() or made(LeadChannel(code="fair", name="展会"))
    monkeypatch.setattr("promotion.admin.my_day.timezone.now", lambda: NOW)


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def colleague() -> User:
    return a_person("colleague", unit=a_unit("ours"))


@pytest.fixture
def rival() -> User:
    return a_person("rival", unit=a_unit("theirs"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


@pytest.fixture
def other_manager() -> User:
    return a_person("other-manager", Role.PROMOTION_MANAGER, a_unit("elsewhere"))


def seen(user: User) -> MyDay:
    return my_day(User.objects.get(pk=user.pk), NOW)


def due(row: Any, on: datetime.date, step: str = "回访") -> Any:
    row.next_step, row.next_on = step, on
    return made(row)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def names(steps: Any) -> list[str]:
    return [step.name for step in steps]


# --- next steps ------------------------------------------------------------------------------------------------------


def test_next_steps_stand_where_their_day_puts_them(officer: User) -> None:
    due(a_lead("很久", owner=officer), day(-10))
    due(a_project("昨天", owner=officer), day(-3))
    due(a_lead("今天", owner=officer), day(0))
    due(a_lead("七天", owner=officer), day(7))
    due(a_lead("八天", owner=officer), day(8))
    a_lead("没有", owner=officer)

    found = seen(officer)

    assert names(found.overdue) == ["很久", "昨天"]
    assert names(found.due_today) == ["今天"]
    assert names(found.promised) == ["七天"]


def test_days_overdue_are_working_days(officer: User) -> None:
    due(a_lead(owner=officer), day(-3))  # a Friday; today is Monday

    assert [step.working_days_overdue for step in seen(officer).overdue] == [1]


def test_paused_project_without_a_day_stands_apart(officer: User) -> None:
    project = a_project("暂停的", owner=officer)
    project.side_state = "paused"
    made(project)

    assert names(seen(officer).paused) == ["暂停的"]


def test_others_work_and_what_has_ended_is_not_in_my_day(officer: User, colleague: User) -> None:
    due(a_lead("同事的", owner=colleague), day(-1))
    closed = due(a_lead("已关闭", owner=officer), day(-1))
    closed.status = "closed"
    made(closed)
    lost = due(a_project("流失", owner=officer), day(-1))
    lost.side_state = "lost"
    made(lost)

    assert seen(officer).is_empty


# --- waiting for me --------------------------------------------------------------------------------------------------


def test_action_items_of_mine_wait_until_answered(officer: User, colleague: User) -> None:
    mine = made(ActionItem(text="我的", person=officer, due_on=TODAY, project=a_project(owner=colleague)))
    made(ActionItem(text="他的", person=colleague, due_on=TODAY))
    made(ActionItem(text="已办", person=officer, due_on=TODAY, answer="好", answered_at=NOW))

    assert list(seen(officer).action_items) == [mine]


def test_request_to_join_waits_for_the_owner_alone(officer: User, rival: User, manager: User) -> None:
    request = ask_to_join(a_lead(owner=officer), by=rival, reason="同一客户", door=Door.ADMIN, at=NOW)

    assert list(seen(officer).join_requests) == [request]
    assert seen(rival).join_requests == ()
    assert seen(manager).join_requests == ()


def test_dispute_waits_for_the_owner_and_managers_of_both_units(
    officer: User, rival: User, manager: User, other_manager: User, colleague: User
) -> None:
    theirs = a_person("their-manager", Role.PROMOTION_MANAGER, a_unit("theirs"))
    dispute = raise_dispute(
        a_lead(owner=officer), unit=a_unit("theirs"), reason="先谈的", by=rival, door=Door.ADMIN, at=NOW
    )

    for person in (officer, manager, theirs):
        assert list(seen(person).disputes) == [dispute]
    for person in (colleague, rival, other_manager):
        assert seen(person).disputes == ()


@pytest.mark.parametrize(("days", "is_reminded", "is_asked"), [(29, False, False), (30, True, False), (37, True, True)])
def test_silence_reminds_the_owner_and_asks_the_units_manager(
    officer: User, manager: User, other_manager: User, days: int, is_reminded: bool, is_asked: bool
) -> None:
    a_lead(owner=officer)
    note_silence(by=None, door=Door.TASK, at=NOW + datetime.timedelta(days=days))

    assert bool(seen(officer).silent) == is_reminded
    assert seen(officer).asked == ()
    assert bool(seen(manager).asked) == is_asked
    assert seen(manager).silent == ()
    assert seen(other_manager).asked == ()


def test_silence_that_released_the_claim_still_asks_the_manager(officer: User, manager: User) -> None:
    made(ClaimPolicy(effective_from=TODAY, releases_by_itself=True))
    a_lead(owner=officer)
    note_silence(by=None, door=Door.TASK, at=NOW + datetime.timedelta(days=40))

    assert LeadClaim.objects.get().released_at is not None
    assert len(seen(manager).asked) == 1
    assert seen(officer).silent == ()


# --- the ladder ------------------------------------------------------------------------------------------------------


def test_escalation_counts_working_days() -> None:
    # Thursday, Friday and today: three working days after Wednesday.
    assert escalation_day(work_calendar(), TODAY) == day(-5)


def test_manager_sees_what_is_long_overdue_in_the_unit_by_person(
    officer: User, colleague: User, rival: User, manager: User, other_manager: User
) -> None:
    due(a_lead("一", owner=officer), day(-5))
    due(a_project("二", owner=officer), day(-12))
    due(a_lead("三", owner=officer), day(-4))  # two working days only
    due(a_lead("四", owner=colleague), day(-6))
    due(a_lead("五", owner=rival), day(-20))  # another unit
    due(a_lead("六", owner=manager), day(-20))  # stands among the manager's own

    found = [(late.person, late.count, late.since) for late in seen(manager).late]

    assert found == [(officer, 2, day(-12)), (colleague, 1, day(-6))]
    assert seen(officer).late == seen(other_manager).late == ()


# --- what never shows ------------------------------------------------------------------------------------------------


def hidden_work(owner: User) -> list[Any]:
    """Something of every kind on a confidential lead of somebody else."""
    lead = due(a_lead("机密客商", owner=owner, confidentiality=Level.CONFIDENTIAL), day(-20))
    note_silence(by=None, door=Door.TASK, at=NOW + datetime.timedelta(days=40))
    made(ClaimDispute(lead=lead, raised_by=owner, raised_at=NOW, unit=a_unit("theirs"), reason="争"))
    made(JoinRequest(lead=lead, by=owner))
    return [lead, *(made(ActionItem(text="机密事项", person=p, due_on=TODAY, lead=lead)) for p in User.objects.all())]


def test_confidential_work_of_a_colleague_neither_shows_nor_counts(
    officer: User, colleague: User, other_manager: User, client_as: Any
) -> None:
    hidden_work(officer)
    for person in (colleague, other_manager):
        assert seen(person).is_empty
        page = client_as(person).get("/admin/my-day/").content.decode()
        assert "机密客商" not in page
        assert "机密事项" not in page
        assert waiting(person) == {}


def test_confidential_work_stands_in_the_day_of_its_owner_and_the_units_manager(officer: User, manager: User) -> None:
    hidden_work(officer)

    assert len(seen(officer).overdue) == len(seen(officer).silent) == len(seen(officer).action_items) == 1
    assert len(seen(manager).asked) == len(seen(manager).disputes) == len(seen(manager).late) == 1


# --- the overview ----------------------------------------------------------------------------------------------------


def waiting(user: User) -> dict[str, int]:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=user.pk)
    return {item.url.rpartition("my-day/")[2]: item.count for item in waiting_for(request) if "my-day" in item.url}


def test_overview_counts_what_waits(officer: User, rival: User) -> None:
    due(a_lead("一", owner=officer), day(-5))
    lead = due(a_lead("二", owner=officer), day(0))
    due(a_project("三", owner=officer), day(0))
    due(a_lead("四", owner=officer), day(1))
    made(ActionItem(text="事", person=officer, due_on=day(5)))
    ask_to_join(lead, by=rival, door=Door.ADMIN, at=NOW)

    assert waiting(officer) == {"": 3, "#items": 1, "#requests": 1}


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_page_opens_for_all_staff(client_as: Any, role: str) -> None:
    assert client_as(role).get("/admin/my-day/").status_code == 200


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_page_is_not_for_those_who_read_no_records(client_as: Any, role: str) -> None:
    assert client_as(role).get("/admin/my-day/").status_code == 403


def test_card_leads_to_the_record_and_to_the_follow_up_in_one_tap(officer: User, client_as: Any) -> None:
    lead = due(a_lead("示例客商", owner=officer), day(-3), step="寄送样本")

    page = client_as(officer).get("/admin/my-day/").content.decode()

    for text in (lead.number, "示例客商", "寄送样本", reverse("admin:promotion_lead_change", args=[lead.pk])):
        assert text in page
    assert f"/admin/follow-up/?lead={lead.public_id}&amp;back=my_day" in page


def test_action_item_is_answered_on_the_page(officer: User, colleague: User, client_as: Any) -> None:
    item = made(ActionItem(text="报送方案", person=officer, due_on=TODAY))
    url = reverse("admin:my_day_answer", args=[item.pk])

    assert client_as(colleague).post(url, {"answer": "我来答"}).status_code == 404
    client_as(officer).post(url, {"answer": " "})
    assert fresh(item).answered_at is None

    answer = client_as(officer).post(url, {"answer": "已报送"})
    assert answer["Location"] == "/admin/my-day/#items"
    assert fresh(item).answer == "已报送"


def fill(officer: User, rival: User, count: int) -> None:
    """Some of every kind; made directly, for the number is what matters."""
    ours, theirs, channel = a_unit("ours"), a_unit("theirs"), LeadChannel.objects.first()
    known = Lead.objects.count()
    for number in range(known, known + count):
        common = {"owner": officer, "unit": ours, "next_step": "回访"}
        lead = made(
            Lead(
                number=f"L-{number}", name=f"线索{number}", origin="上海", business="零件", channel=channel,
                next_on=day(-5), **common,
            )
        )  # fmt: skip
        start_or_keep_claim(lead, by=officer, door=Door.ADMIN, at=NOW)
        made(InvestmentProject(number=f"P-{number}", name=f"项目{number}", track="lease", next_on=day(1), **common))
        made(ActionItem(text="事", person=officer, due_on=TODAY, lead=lead, given_by=rival))
        made(JoinRequest(lead=lead, by=rival))
        made(ClaimDispute(lead=lead, raised_by=rival, raised_at=NOW, unit=theirs, reason="先谈"))
        keep_later_report(lead, unit=theirs, reporter=rival, by=rival, door=Door.ADMIN, at=NOW)
    note_silence(by=None, door=Door.TASK, at=NOW + datetime.timedelta(days=40))


def test_day_costs_the_same_with_3_and_with_30(officer: User, rival: User, manager: User, client_as: Any) -> None:
    fill(officer, rival, 3)
    few = {person: cost(person, client_as) for person in (officer, manager)}
    fill(officer, rival, 27)

    for person, (of_service, of_page) in few.items():
        assert of_service <= 12
        assert of_page <= 14  # with session, person and permissions
        assert cost(person, client_as) == (of_service, of_page)


def cost(person: User, client_as: Any) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as queries:
        seen(person)
    of_service = len(queries) - 1  # without fetching the person; a request empties the log
    client = client_as(person)
    client.get("/admin/my-day/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/my-day/").status_code == 200
    return of_service, len(queries)


# --- the enterprises here ----------------------------------------------------------------------------------------------


def placed(user: User, at: datetime.datetime = NOW) -> dict[str, list[str]]:
    """Sections of cases and the titles in them."""
    found = my_day(User.objects.get(pk=user.pk), at)
    return {code: [case.title for case in rows] for code, rows in found.cases}


def test_cases_in_my_hands_stand_in_my_day_by_what_is_most_urgent() -> None:
    officer, other = handler(), handler("handler-2", "elsewhere")
    late = a_dispatched_case("逾期", at=NOW - datetime.timedelta(days=20))
    taken = cases.take_up(a_dispatched_case("在办"), by=officer, door=Door.ADMIN, at=NOW)
    a_dispatched_case("新来")
    asked = cases.take_up(a_dispatched_case("督办"), by=officer, door=Door.ADMIN, at=NOW)
    cases.supervise_case(asked, instruction="报来", by=coordinator(), door=Door.ADMIN, at=NOW)
    unnamed = cases.Dispatch(unit=a_unit("planning"))
    cases.dispatch_case(a_case("给科室"), unnamed, by=coordinator(), door=Door.ADMIN, at=NOW)

    assert placed(officer) == {"supervised": ["督办"], "overdue": ["逾期"], "new": ["新来", "给科室"]}
    assert placed(other) == {}
    monday = NOW + datetime.timedelta(days=7)  # the day on which it is due
    assert placed(officer, monday - datetime.timedelta(hours=1))["due_today"] == ["在办", "新来"]
    assert late.title in placed(officer, monday)["overdue"]
    case = my_day(officer, NOW).cases[0][1][0]
    assert case.reply_by == asked.supervisions.get().due_on
    assert taken.state == "in_progress"


def test_a_coordinators_day_is_what_waits_for_a_decision() -> None:
    user = coordinator()
    a_case("新提")
    cases.accept_case(a_case("受理了"), by=user, door=Door.ADMIN, at=NOW)
    cases.object_to_dispatch(a_dispatched_case("异议"), reason="不是我们", by=handler(), door=Door.ADMIN, at=NOW)

    assert placed(user) == {"objections": ["异议"], "to_accept": ["新提"], "to_dispatch": ["受理了"]}
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=user.pk)
    counted = {str(one.title): one.count for one in waiting_for(request)}
    assert counted[translate("Cases to accept, dispatch or decide")] == 3


def test_promises_to_headquarters_and_visits_stand_in_the_day(client_as: Any) -> None:
    officer = a_person("liaison-1", Role.SUBDISTRICT_LIAISON, a_unit("street"))
    met = {"group": a_group("示例集团"), "manner": "visit", "topics": "增资", "on": day(-9)}
    engagement = made(HeadquartersEngagement(owner=officer, unit=a_unit("street"), **met))
    for text, on in (("答应的", day(-3)), ("还早", day(30))):
        made(EngagementPromise(engagement=engagement, side="ours", text=text, person=officer, due_on=on))
    for name in ("示例甲", "示例乙"):
        made(LiaisonAssignment(enterprise=an_enterprise(name), person=officer, starts_on=day(-90)))
    seen_one = Visit(enterprise=LiaisonAssignment.objects.first().enterprise, on=TODAY, seen="看了", is_quiet=True)
    liaison.write_visit(seen_one, by=officer, door=Door.ADMIN, at=NOW)

    found = seen(officer)
    assert [(step.kind, step.number, step.name) for step in found.overdue] == [("promise", "示例集团", "答应的")]
    assert found.visits_due == 1
    client = client_as(officer)
    page = client.get("/admin/my-day/")
    assert "答应的" in page.content.decode()
    assert client.get(page.context["unvisited_url"]).context["cl"].queryset.count() == 1


def test_a_day_of_cases_costs_the_same_for_few_and_many(client_as: Any) -> None:
    people = (handler(), coordinator())
    a_dispatched_case("一件")
    few = {person: cost(person, client_as) for person in people}
    for number in range(6):
        a_dispatched_case(f"第{number}件")
        a_case(f"新{number}")
    for person, (of_service, of_page) in few.items():
        assert of_page <= 14
        assert cost(person, client_as) == (of_service, of_page)


# --- handing over, disputes, requests, shares in the admin -----------------------------------------------------------


def test_hand_over_shows_what_would_move_then_moves_it(
    officer: User, colleague: User, manager: User, client_as: Any
) -> None:
    lead = a_lead(owner=officer)
    client: Client = client_as(manager)
    asked = {"from_person": officer.pk, "to_person": colleague.pk}

    preview = client.get("/admin/hand-over/", asked)
    assert preview.context["work"].leads == 1
    assert fresh(lead).owner == officer

    refused = client.post("/admin/hand-over/", {**asked, "why": ""})
    assert "why" in refused.context["form"].errors
    assert fresh(lead).owner == officer

    assert client.post("/admin/hand-over/", {**asked, "why": "调离"}).status_code == 302
    assert fresh(lead).owner == colleague


def test_hand_over_is_the_managers(officer: User, client_as: Any) -> None:
    assert client_as(officer).get("/admin/hand-over/").status_code == 403


def test_hand_over_offers_those_who_have_left(officer: User, manager: User, client_as: Any) -> None:
    a_lead(owner=officer)
    officer.memberships.all()._raw_delete("default")
    officer.is_active = False
    officer.save()

    form = client_as(manager).get("/admin/hand-over/").context["form"]

    assert officer in form.fields["from_person"].queryset
    assert officer not in form.fields["to_person"].queryset


def a_dispute(officer: User, rival: User) -> Any:
    lead = a_lead(owner=officer)
    return raise_dispute(lead, unit=a_unit("theirs"), reason="我们先谈的", by=rival, door=Door.ADMIN, at=NOW)


def test_manager_decides_a_dispute_in_the_admin(officer: User, rival: User, manager: User, client_as: Any) -> None:
    dispute = a_dispute(officer, rival)
    page = reverse("admin:promotion_claimdispute_change", args=[dispute.pk])
    verb = f"{reverse('admin:promotion_claimdispute_changelist')}{dispute.pk}/decide/"
    client: Client = client_as(manager)

    assert "我们先谈的" in client.get(page).content.decode()
    assert client_as(officer).get(page).status_code == 200
    assert client_as(officer).get(verb).status_code == 403

    client.post(verb, {"awarded_to": a_unit("theirs").pk, "decision": "有会谈纪要"})
    assert fresh(dispute).awarded_to == a_unit("theirs")
    assert Lead.objects.get().owner == rival


@pytest.mark.parametrize(("name", "status"), [("agree", "accepted"), ("decline", "refused")])
def test_owner_answers_a_request_in_the_admin(
    officer: User, rival: User, client_as: Any, name: str, status: str
) -> None:
    request = ask_to_join(a_lead(owner=officer), by=rival, door=Door.ADMIN, at=NOW)
    verb = f"{reverse('admin:promotion_joinrequest_changelist')}{request.pk}/{name}/"

    client_as(rival).post(verb, {})
    assert fresh(request).status == "pending"

    client_as(officer).post(verb, {})
    assert fresh(request).status == status
    assert LeadMember.objects.filter(person=rival).exists() == (name == "agree")


def test_who_asked_reads_the_code_name_alone(officer: User, rival: User, client_as: Any) -> None:
    lead = a_lead("某某巨头", owner=officer, confidentiality=Level.RESTRICTED, code_name="樱花")
    request = ask_to_join(lead, by=rival, reason="同一客户", door=Door.ADMIN, at=NOW)
    listed = reverse("admin:promotion_joinrequest_changelist")
    detail = reverse("admin:promotion_joinrequest_change", args=[request.pk])
    history = reverse("admin:promotion_joinrequest_history", args=[request.pk])

    for url in (listed, detail, history, f"{listed}export.csv"):
        text = (
            client_as(rival).get(url).getvalue().decode()
            if "export" in url
            else client_as(rival).get(url).content.decode()
        )
        assert "某某巨头" not in text, url
    assert "樱花" in client_as(rival).get(listed).content.decode()
    assert client_as(rival).get(listed, {"q": "某某巨头"}).context["cl"].result_count == 0
    assert "某某巨头" in client_as(officer).get(listed).content.decode()


@pytest.mark.parametrize("model", [LeadClaim, ClaimDispute, JoinRequest])
def test_lists_cost_the_same_with_many_rows(
    model: Any, officer: User, rival: User, manager: User, client_as: Any
) -> None:
    fill(officer, rival, 2)
    url = reverse(f"admin:promotion_{model._meta.model_name}_changelist")
    client: Client = client_as(manager)
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    few = len(queries)
    fill(officer, rival, 8)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).context["cl"].result_count >= 10

    assert len(queries) == few


def test_claims_are_read_not_typed(officer: User, manager: User, client_as: Any) -> None:
    a_lead(owner=officer)
    claim = LeadClaim.objects.get()
    client: Client = client_as(manager)

    assert client.get(reverse("admin:promotion_leadclaim_add")).status_code == 403
    page = client.get(reverse("admin:promotion_leadclaim_change", args=[claim.pk]))
    assert page.status_code == 200
    client.post(reverse("admin:promotion_leadclaim_change", args=[claim.pk]), {"ended_because": "偷改"})
    assert fresh(claim).ended_because == ""


def test_credit_shares_are_given_on_their_page(officer: User, manager: User, client_as: Any) -> None:
    lead = a_lead(owner=officer)
    url = reverse("admin:credit_shares", args=[lead.pk])
    client: Client = client_as(manager)
    ours, theirs = a_unit("ours").pk, a_unit("theirs").pk

    def post(*rows: tuple[Any, str]) -> Any:
        form: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0}
        for place, (unit, percent) in enumerate(rows):
            form |= {f"form-{place}-unit": unit, f"form-{place}-percent": percent}
        return client.post(url, form)

    assert client_as(officer).get(url).status_code == 403
    assert client.get(url).status_code == 200
    for rows in (((ours, "60"), (theirs, "30")), ((ours, "60"), (ours, "40")), ((ours, ""),)):
        assert post(*rows).status_code == 200
        assert not CreditShare.objects.exists()

    assert post((ours, "60"), (theirs, "40"), ("", "")).status_code == 302
    assert sorted(share.percent for share in CreditShare.objects.all()) == [40, 60]


def test_hidden_lead_has_no_page_of_shares(officer: User, other_manager: User, client_as: Any) -> None:
    lead = a_lead(owner=officer, confidentiality=Level.CONFIDENTIAL)

    assert client_as(other_manager).get(reverse("admin:credit_shares", args=[lead.pk])).status_code == 404


# --- the verbs above a lead ------------------------------------------------------------------------------------------


def verb_of(lead: Any, name: str) -> str:
    return f"{reverse('admin:promotion_lead_changelist')}{lead.pk}/{name}/"


def test_lead_is_transferred_by_its_verb(officer: User, rival: User, colleague: User, client_as: Any) -> None:
    lead = a_lead(owner=officer)
    answers = {"owner": rival.pk, "unit": "", "why": "对方分管该国别"}

    refused = client_as(colleague).post(verb_of(lead, "transfer"), answers)
    assert refused.status_code == 200
    assert fresh(lead).owner == officer

    assert client_as(officer).post(verb_of(lead, "transfer"), answers).status_code == 302
    assert (fresh(lead).owner, fresh(lead).unit) == (rival, a_unit("theirs"))


def test_whoever_gives_a_lead_away_and_sees_it_no_more_is_sent_to_the_list(
    officer: User, rival: User, client_as: Any
) -> None:
    lead = a_lead(owner=officer, confidentiality=Level.RESTRICTED)

    answer = client_as(officer).post(verb_of(lead, "transfer"), {"owner": rival.pk, "unit": "", "why": "轮岗"})

    assert answer["Location"] == reverse("admin:promotion_lead_changelist")


def test_dispute_is_raised_by_its_verb(officer: User, rival: User, client_as: Any) -> None:
    lead = a_lead(owner=officer)
    answers = {"unit": a_unit("theirs").pk, "reason": "我们先谈的"}

    assert client_as(rival).post(verb_of(lead, "dispute"), answers).status_code == 302

    assert (ClaimDispute.objects.get().raised_by, ClaimDispute.objects.get().unit) == (rival, a_unit("theirs"))


def test_protection_is_extended_by_a_manager(officer: User, manager: User, client_as: Any) -> None:
    lead = a_lead(owner=officer)
    answers = {"until": "2099-01-05", "why": "正在履约"}

    assert client_as(officer).post(verb_of(lead, "extend"), answers).status_code == 403
    assert client_as(manager).post(verb_of(lead, "extend"), answers).status_code == 302

    assert LeadClaim.objects.get().extended_until == datetime.date(2099, 1, 5)


def test_verb_of_shares_leads_to_their_page(officer: User, manager: User, client_as: Any) -> None:
    lead = a_lead(owner=officer)

    answer = client_as(manager).get(verb_of(lead, "credit-shares"))

    assert answer["Location"] == reverse("admin:credit_shares", args=[lead.pk])
