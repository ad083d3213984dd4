"""Projects in the admin: the form, the page that moves one, the action that moves many. Each tried to be cheated."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import Enterprise
from pinghu.accounts.roles import Role
from pinghu.ledger.models import AccessLog
from promotion.admin.moving import KEEP
from promotion.models import (
    ActionItem,
    Interaction,
    InvestmentProject,
    PromotionTarget,
    StageChange,
    StageRequirement,
)
from promotion.rules import stages
from promotion.services.projects import advance_stage, save_project
from tests.factories import made
from tests.promotion.factories import NOW, a_person, a_project, a_unit
from tests.promotion.factories_projects import (
    CODE,
    DAYS,
    a_ready_project,
    at_stage,
    evidence,
    gate,
    review,
    values_for,
)

pytestmark = pytest.mark.django_db

LIST = "admin:promotion_investmentproject_changelist"
FORM_BUDGET = 25
LIST_BUDGET = 12


def in_english(person: Any) -> Any:
    person.language = "en"
    return made(person)


@pytest.fixture
def officer(client_as: Callable[..., Client]) -> Client:
    """The officer in charge of what the factories make."""
    return client_as(in_english(a_person("officer-1")))


@pytest.fixture
def manager(client_as: Callable[..., Client]) -> Client:
    return client_as(in_english(a_person("manager-1", Role.PROMOTION_MANAGER)))


def page(project: Any, name: str = "change") -> str:
    return reverse(f"admin:promotion_investmentproject_{name}", args=[project.pk])


def mover(project: Any, target: str = "") -> str:
    address = page(project, "move_page")
    return f"{address}?target={target}" if target else address


def stored(project: Any) -> InvestmentProject:
    return InvestmentProject.objects.get(pk=project.pk)


def moves(project: Any) -> int:
    return StageChange.objects.filter(project=project).count()


def posted(values: dict[str, Any]) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else str(value) for name, value in values.items()
    }


def form_data(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back from the page as it is."""
    response = client.get(address)
    assert response.status_code == 200
    found: dict[str, Any] = {}
    forms = [response.context["adminform"].form]
    for part in response.context["inline_admin_formsets"]:
        forms += [part.formset.management_form, *part.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                found[bound.html_name] = value
    return found


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    form = response.context["adminform"].form if "adminform" in response.context else response.context["form"]
    return {name: list(texts) for name, texts in form.errors.items()}


# --- list ------------------------------------------------------------------------------------------------------------


def test_list_finds_by_number_name_investor_company_and_code(officer: Client) -> None:
    project = a_project("甲项目", investor="大山投资", company_name="山河公司", uscc=CODE)
    a_project("乙项目")

    for term in (project.number, "甲项", "大山", "山河", CODE):
        found = officer.get(reverse(LIST), {"q": term}).context["cl"].result_list
        assert [row.pk for row in found] == [project.pk], term


def test_list_filters_by_stage_side_and_next_step(officer: Client) -> None:
    late, lost = a_project("甲"), a_project("乙")
    InvestmentProject.objects.filter(pk__in=[late.pk, lost.pk]).update(next_on=datetime.date(2020, 1, 1))
    advance_stage(lost, stages.LOST, by=lost.owner, door="admin", at=NOW, why="price")

    def found(**asked: str) -> set[int]:
        return {row.pk for row in officer.get(reverse(LIST), asked).context["cl"].result_list}

    assert found(side="running") == {late.pk}
    assert found(side="lost") == found(side="ended") == {lost.pk}
    assert found(next="overdue") == {late.pk}
    assert found(stage__exact="signed") == set()
    assert found(whose="mine") == {late.pk, lost.pk}


def test_list_costs_the_same_with_more_rows(officer: Client) -> None:
    def cost() -> int:
        officer.get(reverse(LIST))
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(reverse(LIST)).status_code == 200
        return len(queries)

    a_project("甲")
    few = cost()
    for number in range(5):
        a_project(f"项目{number}", owner=a_person(f"other-{number}", unit=a_unit(f"unit-{number + 2}")))

    assert cost() == few <= LIST_BUDGET


def test_list_does_not_show_a_confidential_project_of_somebody_else(client_as: Callable[..., Client]) -> None:
    project = a_project("秘密项目", confidentiality="confidential")
    stranger = client_as(a_person("stranger", unit=a_unit("elsewhere")))

    assert not stranger.get(reverse(LIST)).context["cl"].result_list
    assert stranger.get(page(project)).status_code == 404
    assert stranger.get(mover(project)).status_code == 404
    assert stranger.post(mover(project), {"target": "paused", "why": "x"}).status_code == 404
    chosen = {"action": "move_on", "_selected_action": [project.pk]}
    assert "P2026" not in stranger.post(reverse(LIST), chosen, follow=True).content.decode()
    assert moves(project) == 1


# --- the form --------------------------------------------------------------------------------------------------------


def test_add_form_ignores_a_later_stage(officer: Client) -> None:
    gate()
    data = form_data(officer, reverse("admin:promotion_investmentproject_add"))
    data |= {"name": "新项目", "track": "lease", "stage": "signed", "side_state": "paused", "number": "X"}

    response = officer.post(reverse("admin:promotion_investmentproject_add"), data)

    project = InvestmentProject.objects.get()
    assert response.status_code == 302
    assert (project.position, project.number[0]) == (stages.Position(stages.NEGOTIATING), "P")
    assert list(StageChange.objects.values_list("kind", "to_stage", "door")) == [("created", "negotiating", "admin")]


def test_edit_form_ignores_stage_and_side_state(officer: Client) -> None:
    project = a_project()
    data = form_data(officer, page(project)) | {"stage": "signed", "side_state": "lost", "note": "seen"}

    assert officer.post(page(project), data).status_code == 302
    assert (stored(project).note, stored(project).position) == ("seen", stages.Position(stages.NEGOTIATING))
    assert moves(project) == 1


def test_edit_form_refuses_to_empty_what_an_earlier_gate_asked(officer: Client) -> None:
    project = at_stage(stages.SIGNED)
    data = form_data(officer, page(project)) | {"signed_on": ""}

    response = officer.post(page(project), data)

    assert errors(response) == {"signed_on": ["Fill in “formal agreement signed on”."]}
    assert stored(project).signed_on == DAYS[stages.SIGNED]


def test_form_of_an_ended_project_takes_named_fields_only(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)
    stale = form_data(officer, page(project))
    advance_stage(project, stages.LOST, by=project.owner, door="admin", at=NOW, why="price")
    fields = set(officer.get(page(project)).context["adminform"].form.fields)

    assert fields - {"change_reason", "if_version"} == {"owner", "confidentiality", "note", "competitor", "lessons"}
    stale |= {"name": "renamed", "note": "late", "members-TOTAL_FORMS": "0", "if_version": stored(project).version}
    officer.post(page(project), stale)
    assert (stored(project).name, stored(project).note) == (project.name, "late")


def test_form_shows_the_bar_the_gaps_and_where_to_mend_them(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED)
    made(Interaction(project=project, kind="meeting", at=NOW, by=project.owner, happened="again"))

    response = officer.get(page(project))

    text = response.content.decode()
    standing = response.context["standing"]
    assert [step.state for step in standing["steps"]] == ["here", *["ahead"] * 7]
    assert "Still missing for “Reviewed”" in text
    assert {gap.url for gap in standing["gaps"]} == {
        "#id_reviewed_on", "#id_yearly_output", "#id_yearly_tax", "#id_energy_tce",
    }  # fmt: skip
    assert f'href="{mover(project, "reviewed")}"' in text
    assert len(standing["moves"]) == 1


def test_gap_of_a_meeting_leads_to_the_page_that_logs_one(officer: Client) -> None:
    gate()
    project = a_project()

    gaps = {gap.text: gap.url for gap in officer.get(page(project)).context["standing"]["gaps"]}

    address = gaps["Log a meeting, visit or video meeting with the investor."]
    assert address == f"{reverse('admin:follow_up')}?project={project.public_id}"
    assert officer.get(address).status_code == 200


def test_panel_offers_to_link_the_enterprise_where_there_is_what_it_needs(officer: Client) -> None:
    bare = a_project("甲")
    named = a_project("乙", company_name="示例精工（平湖）有限公司", uscc=CODE)

    assert page(bare, "link_company") not in officer.get(page(bare)).content.decode()
    assert page(named, "link_company") in officer.get(page(named)).content.decode()


def test_form_says_when_nothing_is_missing(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED)
    for name, value in values_for(stages.REVIEWED).items():
        setattr(project, name, value)
    save_project(project, by=project.owner, door="admin", at=NOW)

    assert "Nothing is missing for “Reviewed”." in officer.get(page(project)).content.decode()


def test_form_costs_the_same_with_many_rows_below(officer: Client) -> None:
    project = at_stage(stages.REGISTERED)

    def cost() -> int:
        officer.get(page(project))
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(page(project)).status_code == 200
        return len(queries)

    few = cost()
    for number in range(4):
        made(Interaction(project=project, kind="meeting", at=NOW, by=project.owner, happened=f"talk {number}"))
        review(project, "land_plan", decided_on=DAYS[stages.REVIEWED] + datetime.timedelta(days=number))
        current = stored(project)
        advance_stage(current, stages.PAUSED, by=a_person(f"p{number}"), door="admin", at=NOW, why="waiting")
        advance_stage(current, stages.RUNNING, by=current.owner, door="admin", at=NOW)

    assert cost() == few <= FORM_BUDGET


def test_opening_a_confidential_project_is_logged(officer: Client) -> None:
    project = a_project(confidentiality="confidential")

    officer.get(page(project))

    assert AccessLog.objects.filter(kind="read").count() == 1


def test_form_of_whoever_only_reads_offers_no_move(client_as: Callable[..., Client]) -> None:
    project = a_ready_project(stages.REVIEWED)
    leader = client_as(a_person("leader-1", Role.LEADER))

    response = leader.get(page(project))

    assert response.status_code == 200
    assert "/move/" not in response.content.decode()
    assert leader.get(mover(project)).status_code == 403
    assert leader.post(mover(project), {"target": "paused", "why": "x"}).status_code == 403
    assert moves(project) == 1


# --- moving one ------------------------------------------------------------------------------------------------------


def test_move_page_offers_what_the_rules_allow(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)

    choices = officer.get(mover(project)).context["choices"]

    assert [choice.name for choice in choices] == [
        "Negotiating", "Signed", "Paused", "Lost", "Withdrawn by the investor", "Merged into another",
    ]  # fmt: skip
    # What is not allowed is not asked for either.
    assert officer.get(mover(project, stages.REGISTERED)).context["choices"]


def test_move_page_asks_for_the_missing_fields_alone(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED)

    response = officer.get(mover(project, stages.SIGNED))

    assert list(response.context["form"].fields) == [
        "signed_on", "agreement_no", "signed_amount", "foreign_share", "signing_event", "why", "if_version",
    ]  # fmt: skip
    assert response.context["gaps"] == []


def test_move_page_lists_what_is_mended_elsewhere(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)

    response = officer.get(mover(project, stages.SIGNED))

    assert [gap.text for gap in response.context["gaps"]] == ["Upload the evidence: Agreement."]


def test_move_saves_the_fields_together_with_the_move(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED)
    data = posted(values_for(stages.SIGNED)) | {"target": "signed", "why": "at the fair"}

    response = officer.post(mover(project), data)

    assert response.status_code == 302
    assert (stored(project).stage, stored(project).agreement_no) == (stages.SIGNED, "A-1")
    last = StageChange.objects.filter(project=project).first()
    assert last is not None
    assert (last.kind, last.why, last.door, last.by) == ("forward", "at the fair", "admin", project.owner)
    assert moves(project) == 3


def test_refused_move_comes_back_as_a_form_with_what_was_typed(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED)

    response = officer.post(mover(project), {"target": "signed", "agreement_no": "A-7", "why": "soon"})

    form = response.context["form"]
    assert set(errors(response)) == {"signed_on", "signed_amount", "foreign_share"}
    assert form["agreement_no"].value() == "A-7"
    assert form["why"].value() == "soon"
    assert "Fill in “amount agreed”." in response.content.decode()
    assert (stored(project).stage, stored(project).agreement_no, moves(project)) == (stages.REVIEWED, "", 2)


def test_what_was_typed_is_saved_without_the_move(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)

    response = officer.post(mover(project), {"target": "signed", "agreement_no": "A-7", "stage": "signed", KEEP: "1"})

    assert response.headers["Location"] == mover(project, "signed")
    assert (stored(project).agreement_no, stored(project).stage) == ("A-7", stages.REVIEWED)
    assert moves(project) == 2
    assert "agreement_no" not in officer.get(mover(project, "signed")).context["form"].fields


def test_what_an_edit_refuses_is_not_saved_with_a_move_either(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)
    seen = project.version
    officer.post(mover(project), {"target": "signed", "agreement_no": "A-7", KEEP: "1"})

    stale = officer.post(
        mover(project), {"target": "signed", "agreement_no": "A-8", "if_version": str(seen), KEEP: "1"}
    )
    emptied = officer.post(mover(project), {"target": "signed", "yearly_tax": "", KEEP: "1"})

    assert list(errors(stale)) == ["__all__"]
    assert list(errors(emptied)) == ["yearly_tax"]
    assert stored(project).agreement_no == "A-7"
    assert stored(project).yearly_tax is not None


def test_refused_move_shows_the_stored_value_that_is_wrong(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED, signed_on=DAYS[stages.NEGOTIATING])

    values = posted(values_for(stages.SIGNED))
    del values["signed_on"]
    response = officer.post(mover(project), values | {"target": "signed"})

    assert list(errors(response)) == ["signed_on"]
    assert str(response.context["form"]["signed_on"].value()) == DAYS[stages.NEGOTIATING].isoformat()


def test_skip_needs_a_reason_on_the_page(officer: Client) -> None:
    project = at_stage(stages.REGISTERED)
    data = posted(values_for(stages.IN_PRODUCTION)) | {"target": "in_production"}

    assert officer.get(mover(project, "in_production")).context["skipped"] == ["Started", "Completed"]
    assert list(errors(officer.post(mover(project), data))) == ["why"]
    assert officer.post(mover(project), data | {"why": "ready to use"}).status_code == 302
    assert StageChange.objects.filter(project=project).first().skipped == ["started", "completed"]  # type: ignore[union-attr]


@pytest.mark.parametrize("target", ["registered", "full_capacity", "finished", "terminated"])
def test_move_that_is_not_allowed_is_refused_whatever_is_posted(officer: Client, target: str) -> None:
    project = at_stage(stages.REVIEWED)
    evidence(project, "agreement")

    response = officer.post(mover(project), {"target": target, "why": "please", **posted(values_for(stages.SIGNED))})

    assert list(errors(response)) == ["__all__"]
    assert (stored(project).position, moves(project)) == (stages.Position(stages.REVIEWED), 2)


def test_move_back_needs_a_reason(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)

    assert list(errors(officer.post(mover(project), {"target": "negotiating"}))) == ["why"]
    assert moves(project) == 2
    assert officer.post(mover(project), {"target": "negotiating", "why": "new figures"}).status_code == 302
    assert (stored(project).stage, moves(project)) == (stages.NEGOTIATING, 3)


def test_move_posts_no_kept_field(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED)
    data = posted(values_for(stages.REVIEWED)) | {
        "target": "reviewed", "stage": "full_capacity", "side_state": "lost", "number": "X", "track": "land",
        "confidentiality": "public", "owner": "",
    }  # fmt: skip

    assert officer.post(mover(project), data).status_code == 302
    after = stored(project)
    assert (after.position, after.number, after.track) == (stages.Position("reviewed"), project.number, "lease")
    assert (after.confidentiality, after.owner) == ("internal", project.owner)


def test_move_of_what_somebody_saved_meanwhile_is_refused_once(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED)
    old = project.version
    project.note = "meanwhile"
    save_project(project, fields=["note"], by=project.owner, door="admin", at=NOW)
    data = posted(values_for(stages.REVIEWED)) | {"target": "reviewed", "if_version": str(old)}

    response = officer.post(mover(project), data)

    assert list(errors(response)) == ["__all__"]
    assert stored(project).stage == stages.NEGOTIATING
    again = data | {"if_version": response.context["form"]["if_version"].value()}
    assert officer.post(mover(project), again).status_code == 302


def test_ended_project_is_reopened_by_a_manager_alone(officer: Client, manager: Client) -> None:
    project = at_stage(stages.REVIEWED)
    officer.post(mover(project), {"target": "lost", "why": "price", "competitor": "elsewhere"})
    assert (stored(project).side_state, stored(project).competitor) == ("lost", "elsewhere")

    assert officer.get(mover(project)).context["choices"] == []
    assert list(errors(officer.post(mover(project), {"target": "running", "why": "again"}))) == ["__all__"]
    assert [choice.name for choice in manager.get(mover(project)).context["choices"]] == ["Take up again"]
    assert list(errors(manager.post(mover(project), {"target": "running"}))) == ["why"]
    assert manager.post(mover(project), {"target": "running", "why": "again"}).status_code == 302
    assert stored(project).position == stages.Position(stages.REVIEWED)


def test_project_is_merged_only_into_one_that_the_person_sees(officer: Client) -> None:
    project, other = a_project("甲"), a_project("乙")
    stranger = a_person("stranger", unit=a_unit("elsewhere"))
    hidden = a_project("丙", owner=stranger, confidentiality="confidential")

    data = {"target": "merged", "why": "the same"}
    assert errors(officer.post(mover(project), data))
    assert "other_project" in errors(officer.post(mover(project), data | {"other_project": hidden.pk}))
    assert "other_project" in errors(officer.post(mover(project), data | {"other_project": project.pk}))
    assert officer.post(mover(project), data | {"other_project": other.pk}).status_code == 302
    assert stored(project).merged_into == other


def test_registering_on_the_page_makes_the_enterprise(officer: Client) -> None:
    project = a_ready_project(stages.REGISTERED)
    data = posted(values_for(stages.REGISTERED)) | {"target": "registered"}

    assert officer.post(mover(project), data).status_code == 302
    assert stored(project).enterprise == Enterprise.objects.get(uscc=CODE)


def test_false_credit_code_is_said_beside_its_field(officer: Client) -> None:
    project = a_ready_project(stages.REGISTERED)
    data = posted(values_for(stages.REGISTERED)) | {"target": "registered", "uscc": "123"}

    assert list(errors(officer.post(mover(project), data))) == ["uscc"]
    assert not Enterprise.objects.exists()


def test_dialog_gets_the_form_alone_and_is_told_where_to_go(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED)

    asked = officer.get(mover(project, "signed") + "&_fragment=1")
    refused = officer.post(mover(project), {"target": "signed", "_fragment": "1"})
    data = posted(values_for(stages.SIGNED)) | {"target": "signed", "_fragment": "1", "next": reverse(LIST)}
    moved = officer.post(mover(project), data)

    assert "<html" not in asked.content.decode()
    assert "signed_on" in errors(refused)
    assert "<html" not in refused.content.decode()
    assert (moved.status_code, moved["HX-Redirect"]) == (204, reverse(LIST))


def test_page_does_not_send_anybody_elsewhere(officer: Client) -> None:
    project = at_stage(stages.NEGOTIATING)

    response = officer.post(mover(project), {"target": "paused", "why": "x", "next": "https://example.com/"})

    assert response["Location"] == page(project)


# --- moving many -----------------------------------------------------------------------------------------------------


def test_list_action_moves_whom_the_gate_lets_and_names_the_others(officer: Client) -> None:
    ready = a_ready_project(stages.REVIEWED)
    for name, value in values_for(stages.REVIEWED).items():
        setattr(ready, name, value)
    save_project(ready, by=ready.owner, door="admin", at=NOW)
    bare, ended = a_project("缺项"), a_project("已终")
    advance_stage(ended, stages.WITHDRAWN, by=ended.owner, door="admin", at=NOW, why="gone")

    response = officer.post(
        reverse(LIST), {"action": "move_on", "_selected_action": [ready.pk, bare.pk, ended.pk]}, follow=True
    )

    texts = [str(message) for message in response.context["messages"]]
    assert (stored(ready).stage, moves(ready)) == (stages.REVIEWED, 2)
    assert (stored(bare).stage, moves(bare)) == (stages.NEGOTIATING, 1)
    assert (stored(ended).side_state, moves(ended)) == (stages.WITHDRAWN, 2)
    assert "Projects moved on: 1." in texts
    assert any(bare.number in text and "Log a meeting" in text for text in texts)
    assert any(ended.number in text and "no next stage" in text for text in texts)


def test_list_action_never_skips(officer: Client) -> None:
    project = at_stage(stages.REGISTERED)

    officer.post(reverse(LIST), {"action": "move_on", "_selected_action": [project.pk]})

    assert (stored(project).stage, moves(project)) == (stages.REGISTERED, 4)


def test_list_action_is_not_for_readers(client_as: Callable[..., Client]) -> None:
    project = a_ready_project(stages.REVIEWED)
    leader = client_as(a_person("leader-1", Role.LEADER))

    leader.post(reverse(LIST), {"action": "move_on", "_selected_action": [project.pk]})

    assert moves(project) == 1


# --- verbs and reference ---------------------------------------------------------------------------------------------


def test_link_verb_makes_the_enterprise(officer: Client) -> None:
    project = a_project(company_name="示例精工（平湖）有限公司", uscc=CODE)

    assert officer.post(page(project, "link_company")).status_code == 302
    assert stored(project).enterprise == Enterprise.objects.get()


def test_level_falls_by_the_verb_only_and_with_a_reason(officer: Client) -> None:
    project = a_project(confidentiality="restricted")
    data = form_data(officer, page(project)) | {"confidentiality": "internal"}
    assert "confidentiality" in errors(officer.post(page(project), data))

    answers = {"level": "internal", "is_publication": "on", "why": "announced", "code_name": ""}
    assert officer.post(page(project, "set_level"), answers).status_code == 302
    assert stored(project).confidentiality == "internal"


def test_requirement_that_asks_for_nothing_known_is_refused_on_the_form(
    client_as: Callable[..., Client], manager: Client
) -> None:
    address = reverse("admin:promotion_stagerequirement_add")
    data = {"stage": "signed", "track": "", "check_code": "field_filled", "is_active": "on", "source": "test"}

    assert "params" in errors(manager.post(address, data | {"params": '{"field": "beauty"}'}))
    unknown = data | {"check_code": "count_at_least", "params": '{"of": "wishes"}'}
    assert "params" in errors(manager.post(address, unknown))
    assert manager.post(address, data | {"params": '{"field": "lessons"}'}).status_code == 302
    officer = client_as(a_person("officer-2"))
    assert officer.get(address).status_code == 403


def test_requirement_list_says_in_words_what_is_asked(manager: Client) -> None:
    gate()

    text = manager.get(reverse("admin:promotion_stagerequirement_changelist")).content.decode()

    assert "“formal agreement signed on” is filled in, in the order of the stages" in text
    assert "Evidence: Agreement" in text
    assert StageRequirement.objects.count() > 40


def test_switched_off_requirement_is_asked_no_more(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)
    row = StageRequirement.objects.get(stage="signed", check_code="evidence_present")
    row.is_active = False
    made(row)

    data = posted(values_for(stages.SIGNED)) | {"target": "signed"}
    assert officer.post(mover(project), data).status_code == 302


@pytest.mark.parametrize(
    "model", ["leadchannel", "claimpolicy", "stagerequirement", "admissionstandard", "promotiontarget", "actionitem"]
)
def test_reference_pages_open(manager: Client, model: str) -> None:
    gate()
    made(PromotionTarget(year=2026, indicator="signed", value=3))

    assert manager.get(reverse(f"admin:promotion_{model}_changelist")).status_code == 200
    assert manager.get(reverse(f"admin:promotion_{model}_add")).status_code == 200


def test_action_item_is_answered_by_whom_it_was_given_to(officer: Client, manager: Client) -> None:
    project = a_project()
    item = made(ActionItem(text="call them", person=project.owner, due_on=datetime.date(2026, 7, 1), project=project))
    address = reverse("admin:promotion_actionitem_reply", args=[item.pk])

    assert errors(manager.post(address, {"answer": "done"}))
    assert officer.post(address, {"answer": "done"}).status_code == 302
    item.refresh_from_db()
    assert (item.answer, item.answered_at is not None) == ("done", True)


def test_form_of_an_action_item_does_not_answer_it(manager: Client) -> None:
    item = made(ActionItem(text="call them", person=a_person("officer-1"), due_on=datetime.date(2026, 7, 1)))
    address = reverse("admin:promotion_actionitem_change", args=[item.pk])

    manager.post(address, form_data(manager, address) | {"answer": "done", "text": "call them soon"})

    item.refresh_from_db()
    assert (item.text, item.answer, item.answered_at) == ("call them soon", "", None)


# --- the API ---------------------------------------------------------------------------------------------------------

API = "/api/v1/projects"


def api(client: Client, path: str, body: dict[str, Any], *, method: str = "post", version: int | None = None) -> Any:
    record = path.split("/")[1] if path.startswith("/") else ""
    headers = {"If-Match": f'"{record}-v{version}"'} if version else {}
    return getattr(client, method)(f"{API}{path}", body, content_type="application/json", headers=headers)


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["errors"][0]["code"]) == (status, code), found
    return found


@pytest.mark.parametrize(
    "late",
    [{"stage": "signed"}, {"side_state": "paused"}, {"stage_since": "2026-01-01T00:00:00Z"}, {"lead": "x"},
     {"merged_into": "x"}, {"number": "P1"}],
)  # fmt: skip
def test_api_creates_no_project_at_a_later_stage(officer: Client, late: dict[str, str]) -> None:
    gate()
    body = {"name": "新项目", "track": "lease", "signed_on": "2026-01-25", "agreement_no": "A-1", "signed_amount": 1}

    refused(api(officer, "", body | late), 422, "read_only")
    assert not InvestmentProject.objects.exists()

    assert api(officer, "", body).json()["stage"] == "negotiating"
    assert list(StageChange.objects.values_list("kind", "to_stage", "door")) == [("created", "negotiating", "api")]


def test_api_edit_moves_nothing_and_asks_what_the_gate_asked(officer: Client) -> None:
    project = at_stage(stages.SIGNED)
    here, before = f"/{project.public_id}", moves(project)

    for forged in ({"stage": "full_capacity"}, {"side_state": "lost"}, {"note": "x", "stage": "reviewed"}):
        refused(api(officer, here, forged, method="patch", version=project.version), 422, "read_only")
    emptied = api(officer, here, {"signed_on": None}, method="patch", version=project.version)
    found = refused(emptied, 409, "gate")
    assert [(one["code"], one["fields"]) for one in found["missing"]] == [("field_empty", ["signed_on"])]
    assert (stored(project).position, stored(project).note) == (stages.Position(stages.SIGNED), "")
    assert moves(project) == before


def test_api_edit_of_an_ended_project_takes_named_fields_only(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)
    ended = advance_stage(project, stages.LOST, by=project.owner, door="admin", at=NOW, why="price")
    here = f"/{project.public_id}"

    for locked in ({"name": "renamed"}, {"total_investment": "1.00"}, {"note": "x", "investor": "y"}):
        refused(api(officer, here, locked, method="patch", version=ended.version), 409, "ended")
    assert stored(project).version == ended.version
    allowed = {"note": "late", "lessons": "price", "competitor": "elsewhere"}
    assert api(officer, here, allowed, method="patch", version=ended.version).status_code == 200
    assert moves(project) == 3


@pytest.mark.parametrize(
    ("start", "body", "code"),
    [
        (stages.REVIEWED, {"to": "registered", "why": "please"}, "stage_left_out"),
        (stages.REVIEWED, {"to": "full_capacity", "why": "please"}, "stage_left_out"),
        (stages.REVIEWED, {"to": "negotiating"}, "reason_missing"),
        (stages.REVIEWED, {"to": "paused"}, "reason_missing"),
        (stages.REVIEWED, {"to": "reviewed", "why": "again"}, "already_there"),
        (stages.REVIEWED, {"to": "finished", "why": "x"}, "unknown_target"),
        (stages.REVIEWED, {"to": "terminated", "why": "x"}, "not_from_here"),
        (stages.REVIEWED, {"to": "merged", "why": "x"}, "duplicate_missing"),
        (stages.REVIEWED, {"to": "signed"}, "gate"),
        (stages.NEGOTIATING, {"to": "reviewed"}, "gate"),
    ],
)
def test_api_move_that_is_not_allowed_is_refused_with_what_is_missing(
    officer: Client, start: str, body: dict[str, str], code: str
) -> None:
    project = at_stage(start)
    before = (stored(project).position, stored(project).version, moves(project))

    found = refused(api(officer, f"/{project.public_id}/move", body), 409, code)

    assert (found["type"], found["code"]) == ("/problems/gate-refused", code)
    assert bool(found["missing"]) == (code == "gate")
    for one in found["missing"]:
        assert set(one) == {"stage", "check", "code", "subject", "fields", "detail"}
    assert (stored(project).position, stored(project).version, moves(project)) == before


def test_api_move_names_fields_and_evidence_and_takes_the_values_with_it(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)
    path = f"/{project.public_id}/move"

    missing = api(officer, path, {"to": "signed"}).json()["missing"]
    assert {(one["code"], one["subject"]) for one in missing} == {
        ("field_empty", "signed_on"), ("field_empty", "agreement_no"), ("field_empty", "signed_amount"),
        ("field_empty", "foreign_share"), ("evidence_missing", "agreement"),
    }  # fmt: skip

    evidence(project, "agreement")
    answer = api(officer, path, {"to": "signed", "why": "at the fair", "values": posted(values_for(stages.SIGNED))})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["stage"], answer.json()["agreement_no"]) == ("signed", "A-1")
    last = StageChange.objects.filter(project=project).first()
    assert last is not None
    assert (last.kind, last.why, last.door, last.by) == ("forward", "at the fair", "api", project.owner)
    assert moves(project) == 3


def test_api_move_points_to_where_what_is_missing_would_stand(officer: Client) -> None:
    project = a_ready_project(stages.SIGNED)

    found = api(officer, f"/{project.public_id}/move", {"to": "signed", "values": {"signed_on": "2026-13-01"}}).json()
    assert [error["pointer"] for error in found["errors"]] == ["#/values/signed_on"]
    found = api(officer, f"/{project.public_id}/move", {"to": "signed", "values": {"agreement_no": "A-1"}}).json()
    assert {error["pointer"] for error in found["errors"]} == {
        "#/values/signed_on", "#/values/signed_amount", "#/values/foreign_share",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["stage", "side_state", "track", "owner", "confidentiality", "number", "nonsense"])
def test_api_move_fills_in_no_kept_field(officer: Client, name: str) -> None:
    project = a_ready_project(stages.REVIEWED)
    value = {"owner": project.owner.public_id, "track": "land", "confidentiality": "public"}.get(name, "lost")
    body = {"to": "reviewed", "values": posted(values_for(stages.REVIEWED)) | {name: value}}

    assert api(officer, f"/{project.public_id}/move", body).status_code == 422
    assert (stored(project).stage, stored(project).track, moves(project)) == (stages.NEGOTIATING, "lease", 1)


def test_api_skips_only_where_the_track_allows_and_with_a_reason(officer: Client) -> None:
    project = at_stage(stages.REGISTERED)
    path = f"/{project.public_id}/move"
    body = {"to": "in_production", "values": posted(values_for(stages.IN_PRODUCTION))}

    refused(api(officer, path, body), 409, "reason_missing")
    assert api(officer, path, body | {"why": "ready to use"}).json()["stage"] == "in_production"
    assert StageChange.objects.filter(project=project).first().skipped == ["started", "completed"]  # type: ignore[union-attr]


def test_api_moves_back_and_on_with_one_row_each(officer: Client) -> None:
    project = at_stage(stages.REVIEWED)
    path = f"/{project.public_id}/move"

    for body in (
        {"to": "negotiating", "why": "new figures"},
        {"to": "paused", "why": "waiting"},
        {"to": "running"},
        {"to": "reviewed"},
    ):
        assert api(officer, path, body).status_code == 200, body
    told = officer.get(f"{API}/{project.public_id}/moves").json()["items"]
    assert [one["kind"] for one in told] == ["forward", "resume", "aside", "back", "forward", "created"]
    assert [one["door"] for one in told] == ["api"] * 4 + ["command", "admin"]
    assert (told[3]["from_stage"], told[3]["to_stage"], told[3]["why"]) == ("reviewed", "negotiating", "new figures")
    assert told[3]["by"]["id"] == project.owner.public_id
    assert moves(project) == 6


def test_api_reopens_an_ended_project_for_a_manager_alone(officer: Client, manager: Client) -> None:
    project = at_stage(stages.REVIEWED)
    path = f"/{project.public_id}/move"
    assert api(officer, path, {"to": "lost", "why": "price", "values": {"competitor": "x"}}).status_code == 200

    refused(api(officer, path, {"to": "running", "why": "again"}), 409, "may_not_reopen")
    refused(api(officer, path, {"to": "signed", "why": "again"}), 409, "project_ended")
    refused(api(manager, path, {"to": "running"}), 409, "reason_missing")
    assert api(manager, path, {"to": "running", "why": "again"}).json()["side_state"] == ""


def test_api_merges_only_into_a_project_that_the_person_sees(officer: Client) -> None:
    project, other = a_project("甲"), a_project("乙")
    stranger = a_person("stranger", unit=a_unit("elsewhere"))
    hidden = a_project("丙", owner=stranger, confidentiality="confidential")
    path, body = f"/{project.public_id}/move", {"to": "merged", "why": "the same"}

    refused(api(officer, path, body | {"merged_into": hidden.public_id}), 422, "unknown")
    refused(api(officer, path, body | {"merged_into": project.public_id}), 409, "duplicate_missing")
    assert api(officer, path, body | {"merged_into": other.public_id}).json()["merged_into"]["id"] == other.public_id


def test_api_move_of_what_somebody_saved_meanwhile_is_refused(officer: Client) -> None:
    project = a_ready_project(stages.REVIEWED)
    old = project.version
    project.note = "meanwhile"
    saved = save_project(project, fields=["note"], by=project.owner, door="admin", at=NOW)
    body = {"to": "reviewed", "values": posted(values_for(stages.REVIEWED))}

    refused(api(officer, f"/{project.public_id}/move", body, version=old), 412, "stale_version")
    assert moves(project) == 1
    assert api(officer, f"/{project.public_id}/move", body, version=saved.version).status_code == 200


def test_api_registering_makes_the_enterprise(officer: Client) -> None:
    project = a_ready_project(stages.REGISTERED)
    body = {"to": "registered", "values": posted(values_for(stages.REGISTERED))}

    false = api(officer, f"/{project.public_id}/move", {**body, "values": {**body["values"], "uscc": "123"}})  # type: ignore[dict-item]
    assert refused(false, 422, "invalid_uscc")["errors"][0]["pointer"] == "#/values/uscc"
    assert not Enterprise.objects.exists()
    answer = api(officer, f"/{project.public_id}/move", body)
    assert answer.json()["enterprise"]["id"] == Enterprise.objects.get(uscc=CODE).public_id
