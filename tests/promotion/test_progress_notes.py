"""Notes for the meeting: who writes one, when it is closed, two people on one note; the page of all of mine."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from pinghu.errors import DomainError, StaleVersion
from pinghu.ledger.models import Change, Door
from promotion.models import Interaction, InvestmentProject, Level, ProgressNote, ProjectMember
from promotion.services.progress_notes import save_progress_note
from tests.factories import made
from tests.kernel.races import at_once
from tests.promotion.factories import NOW, a_person, a_project, a_unit

pytestmark = pytest.mark.django_db

#: NOW is Monday, 1 June 2026: the meeting is about the week before.
WEEK = datetime.date(2026, 5, 25)
PAGE = "/admin/my-notes/"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promotion.admin.progress_notes.timezone.now", lambda: NOW)


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


@pytest.fixture
def neighbour() -> User:
    """An officer of another unit: sees an ordinary project, does not work on it."""
    return a_person("neighbour", unit=a_unit("theirs"))


@pytest.fixture
def manager() -> User:
    return a_person("manager", Role.PROMOTION_MANAGER, a_unit("ours"))


def write(project: Any, by: Any, week: datetime.date = WEEK, **values: Any) -> Any:
    values = values or {"progress": "谈了一次"}
    return save_progress_note(ProgressNote(project=project, week=week, **values), by=by, door=Door.ADMIN, at=NOW)


def posted(project: Any, **values: Any) -> dict[str, Any]:
    return {"project": project.public_id, "week": WEEK.isoformat(), "if_version": "", **values}


# --- the service -----------------------------------------------------------------------------------------------------


def test_note_is_one_change_with_its_writer(officer: User) -> None:
    note = write(a_project(owner=officer), officer, progress=" 谈了一次 ", next_step="寄样")

    assert (note.progress, note.next_step, note.by) == ("谈了一次", "寄样", officer)
    assert Change.objects.filter(verb="noted", by=officer).count() == 1
    assert ProgressNote.history.get(id=note.pk).change.verb == "noted"


@pytest.mark.parametrize(
    ("part", "role", "unit", "may"),
    [
        (None, Role.PROMOTION_OFFICER, "ours", True),
        (None, Role.PROMOTION_OFFICER, "theirs", False),
        (None, Role.PROMOTION_MANAGER, "theirs", True),
        (None, Role.SERVICE_OFFICER, "ours", False),
        (None, Role.LEADER, "ours", False),
        ("team", Role.SERVICE_OFFICER, "theirs", True),
        ("linked_leader", Role.LEADER, "theirs", True),
        ("named", Role.PROMOTION_OFFICER, "theirs", False),
    ],
)
def test_note_is_written_by_who_works_on_the_project(
    officer: User, part: str | None, role: str, unit: str, may: bool
) -> None:
    project, writer = a_project(owner=officer), a_person("writer", role, a_unit(unit))
    if part:
        made(ProjectMember(project=project, person=writer, part=part))

    if may:
        assert write(project, writer).by == writer
    else:
        with pytest.raises(DomainError) as refused:
            write(project, writer)
        assert refused.value.code == "not_yours"
        assert not ProgressNote.objects.exists()


def test_hidden_project_does_not_exist_for_its_note(officer: User, neighbour: User) -> None:
    project = a_project(owner=officer, confidentiality=Level.CONFIDENTIAL)

    with pytest.raises(DomainError) as refused:
        write(project, neighbour)

    assert refused.value.code == "gone"


def test_ended_project_takes_no_note(officer: User) -> None:
    project = a_project(owner=officer)
    note = write(project, officer)
    project.side_state = "lost"
    made(project)

    for refused_call in (
        lambda: write(project, officer, week=WEEK + datetime.timedelta(days=7)),
        lambda: save_progress_note(note, fields=["progress"], by=officer, door=Door.ADMIN, at=NOW),
    ):
        with pytest.raises(DomainError) as refused:
            refused_call()
        assert refused.value.code == "ended"


def test_week_that_is_over_is_closed(officer: User) -> None:
    project = a_project(owner=officer)
    note = write(project, officer)
    note.progress = "改写"

    for moment, week in ((NOW, WEEK - datetime.timedelta(days=7)), (NOW + datetime.timedelta(days=7), WEEK)):
        with pytest.raises(DomainError) as refused:
            save_progress_note(
                note if week == WEEK else ProgressNote(project=project, week=week, progress="补写"),
                by=officer,
                door=Door.ADMIN,
                at=moment,
            )
        assert refused.value.code == "week_over"


def test_note_stays_with_its_project_and_week(officer: User) -> None:
    note, other = write(a_project(owner=officer), officer), a_project("别的", owner=officer)
    note.project = other

    for fields in (["project"], ["week", "progress"], ["by"], ["is_demo"]):
        with pytest.raises(DomainError) as refused:
            save_progress_note(note, fields=fields, by=officer, door=Door.ADMIN, at=NOW)
        assert refused.value.code == "fixed"


def test_rule_looks_at_the_whole_note_where_one_line_changes(officer: User) -> None:
    help_ = {"help_needed": "协调用地", "help_from": a_unit("theirs"), "help_by": WEEK}
    note = write(a_project(owner=officer), officer, **help_)
    note.help_from = None

    with pytest.raises(DomainError) as refused:
        save_progress_note(note, fields=["help_from"], by=officer, door=Door.ADMIN, at=NOW)

    assert list(refused.value.fields) == ["help_from"]


def test_second_writer_of_one_note_is_shown_the_first(officer: User, manager: User) -> None:
    project = a_project(owner=officer)
    first = write(project, officer, progress="甲写的")

    with pytest.raises(StaleVersion) as refused:
        write(project, manager, progress="乙写的")

    assert refused.value.current == first
    assert ProgressNote.objects.get().progress == "甲写的"


def test_saving_without_a_change_leaves_the_writer(officer: User, manager: User) -> None:
    note = write(a_project(owner=officer), officer)
    saved = save_progress_note(note, by=manager, door=Door.ADMIN, at=NOW, if_version=note.version)

    assert (saved.by, saved.version) == (officer, note.version)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_first_notes_at_once_make_one(officer: User, manager: User) -> None:
    project = a_project(owner=officer)

    done = at_once(lambda: write(project, officer, progress="甲"), lambda: write(project, manager, progress="乙"))

    assert sorted(type(one).__name__ for one in done) == ["ProgressNote", "StaleVersion"]
    assert ProgressNote.objects.count() == 1


# --- the page --------------------------------------------------------------------------------------------------------


def cards(answer: Any) -> list[str]:
    return [card["project"].name for card in answer.context["cards"]]


def test_page_shows_what_i_have_in_hand_or_work_on_those_without_a_note_first(
    officer: User, neighbour: User, client_as: Callable[..., Client]
) -> None:
    written, mine, with_me = (a_project(name, owner=officer) for name in ("已写", "我的", "专班"))
    a_project("邻居的", owner=neighbour)
    ended = a_project("结束", owner=officer)
    ended.side_state = "lost"
    made(ended)
    with_me.owner = neighbour
    made(with_me)
    made(ProjectMember(project=with_me, person=officer, part="team"))
    write(written, officer)

    answer = client_as(officer).get(PAGE)

    assert cards(answer) == [mine.name, with_me.name, written.name]
    assert answer.context["period_name"] == "2026年5月25日至5月31日"


def test_page_brings_along_what_was_planned_logged_and_promised(
    officer: User, client_as: Callable[..., Client]
) -> None:
    project = a_project(owner=officer)
    project.next_step = "寄送样品"
    made(project)
    note = made(ProgressNote(project=project, week=WEEK - datetime.timedelta(days=7), next_step="约见财务总监"))
    talk = made(
        Interaction(
            project=project, kind="call", at=NOW - datetime.timedelta(days=3), by=officer, happened="电话确认行程"
        )
    )

    page = client_as(officer).get(PAGE)

    text = page.content.decode()
    assert note.next_step in text
    assert talk.happened in text
    assert page.context["cards"][0]["form"]["next_step"].value() == "寄送样品"
    assert page.context["cards"][0]["form"]["progress"].value() is None


def test_note_is_written_on_the_page(officer: User, client_as: Callable[..., Client]) -> None:
    project, unit = a_project(owner=officer), a_unit("theirs")
    values = {"progress": "签了备忘录", "help_needed": "协调", "help_from": unit.public_id, "help_by": "2026-06-05"}

    answer = client_as(officer).post(PAGE, posted(project, **values))

    note = ProgressNote.objects.get()
    assert answer["Location"] == f"{PAGE}?week=2026-05-25#n-{project.public_id}"
    assert (note.progress, note.help_from, note.by, note.week) == ("签了备忘录", unit, officer, WEEK)


def test_refused_note_comes_back_with_what_was_typed(officer: User, client_as: Callable[..., Client]) -> None:
    project = a_project(owner=officer)

    answer = client_as(officer).post(PAGE, posted(project, help_needed="协调用地"), headers={"X-My-Notes": "1"})

    assert answer.status_code == 422
    form = answer.context["card"]["form"]
    assert set(form.errors) == {"help_from", "help_by"}
    assert "协调用地" in answer.content.decode()
    assert not ProgressNote.objects.exists()


def test_stale_note_shows_both_versions_then_takes_mine(officer: User, client_as: Callable[..., Client]) -> None:
    project = a_project(owner=officer)
    first = write(project, officer, progress="先写的")
    client = client_as(a_person("colleague", unit=a_unit("ours")))

    answer = client.post(PAGE, posted(project, progress="后写的"), headers={"X-My-Notes": "1"})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "先写的" in text
    assert "后写的" in text
    assert ProgressNote.objects.get().progress == "先写的"

    again = posted(project, progress="后写的", if_version=answer.context["card"]["form"]["if_version"].value())
    assert client.post(PAGE, again, headers={"X-My-Notes": "1"}).status_code == 201
    stored = ProgressNote.objects.get()
    assert (stored.progress, stored.version) == ("后写的", first.version + 1)


@pytest.mark.parametrize("version", ["", "7", "-1", "abc"])
def test_forged_version_overwrites_nothing(officer: User, client_as: Callable[..., Client], version: str) -> None:
    project = a_project(owner=officer)
    write(project, officer, progress="原来的")

    answer = client_as(officer).post(PAGE, posted(project, progress="覆盖", if_version=version))

    assert answer.status_code == 200
    assert answer.context["cards"][0]["theirs"].progress == "原来的"
    assert ProgressNote.objects.get().progress == "原来的"


def test_forged_posts_write_nothing(officer: User, neighbour: User, client_as: Callable[..., Client]) -> None:
    hidden = a_project("机密", owner=officer, confidentiality=Level.CONFIDENTIAL)
    seen = a_project("公开", owner=officer)
    client = client_as(neighbour)

    assert client.post(PAGE, posted(hidden, progress="x")).status_code == 404
    assert client.post(PAGE, {"progress": "x"}).status_code == 404
    assert client.get(PAGE, {"project": hidden.public_id}).status_code == 404
    assert client.get(PAGE, {"project": seen.public_id}).status_code == 403
    for poster, week in ((client, WEEK), (client_as(officer), "2027-01-04"), (client_as(officer), "2026-05-26")):
        refused = poster.post(PAGE, {**posted(seen, progress="x"), "week": week})
        assert refused.context["cards"][0]["form"].non_field_errors()
    assert client_as(officer).post(PAGE, {**posted(seen, progress="x"), "week": "2026-02-30"}).status_code == 404
    assert not ProgressNote.objects.exists()


def test_note_of_one_project_is_a_tap_from_its_page(
    officer: User, neighbour: User, manager: User, client_as: Callable[..., Client]
) -> None:
    project = a_project(owner=officer)
    page = reverse("admin:promotion_investmentproject_change", args=[project.pk])
    link = f"{PAGE}?project={project.public_id}"

    assert link in client_as(officer).get(page).content.decode()
    assert link in client_as(manager).get(page).content.decode()
    assert link not in client_as(neighbour).get(page).content.decode()
    assert cards(client_as(manager).get(link)) == [project.name]


def fill(officer: User, count: int) -> None:
    known = InvestmentProject.objects.count()
    for number in range(known, known + count):
        project = made(
            InvestmentProject(
                number=f"P-{number}", name=f"项目{number}", track="lease", owner=officer, unit=a_unit("ours")
            )
        )
        help_ = {"help_needed": "协调", "help_from": a_unit("theirs"), "help_by": WEEK}
        made(ProgressNote(project=project, week=WEEK, progress="有", by=officer, **help_))
        made(ProgressNote(project=project, week=WEEK - datetime.timedelta(days=7), next_step="做", **help_))
        made(
            Interaction(project=project, kind="call", at=NOW - datetime.timedelta(days=3), by=officer, happened="通话")
        )


def test_page_costs_the_same_with_2_and_with_20_projects(officer: User, client_as: Callable[..., Client]) -> None:
    client = client_as(officer)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGE).status_code == 200
        return len(queries)

    fill(officer, 2)
    cost()
    few = cost()
    fill(officer, 18)

    assert few <= 15
    assert cost() == few


# --- the list --------------------------------------------------------------------------------------------------------


def test_list_corrects_a_note_through_its_service(
    officer: User, neighbour: User, client_as: Callable[..., Client]
) -> None:
    note = write(a_project(owner=officer), officer)
    page = reverse("admin:promotion_progressnote_change", args=[note.pk])
    data = {"progress": "更正", "if_version": note.version, "next_step": "", "problem": "", "help_needed": ""}

    assert client_as(neighbour).post(page, data).status_code == 403
    assert client_as(officer).post(page, {**data, "week": "2026-06-01"}).status_code == 302
    stored = ProgressNote.objects.get()
    assert (stored.progress, stored.week) == ("更正", WEEK)
    assert client_as(officer).get(reverse("admin:promotion_progressnote_add"))["Location"] == PAGE
    assert client_as(neighbour).get(reverse("admin:promotion_progressnote_changelist")).status_code == 200


def test_list_shows_no_note_of_a_hidden_project(
    officer: User, neighbour: User, client_as: Callable[..., Client]
) -> None:
    write(a_project(owner=officer, confidentiality=Level.CONFIDENTIAL), officer, progress="绝密进展")
    changelist = reverse("admin:promotion_progressnote_changelist")

    assert "绝密进展" in client_as(officer).get(changelist).content.decode()
    page = client_as(neighbour).get(changelist)
    assert "绝密进展" not in page.content.decode()
    assert page.context["cl"].result_count == 0
