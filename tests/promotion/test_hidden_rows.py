"""A hidden row shows nowhere, not even in a count; one known by its code name shows only as such.

Proven by asking the same twice: each surface of the table gives a reader the same answer before and after rows were
added that they may not see. Where the table has no line for a list or a page of promotion, a test here fails.
"""

import difflib
import html
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from directory.services.merging import merge, preview_merge, shown_as_left, unmerge
from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import Role
from pinghu.admin.pages import pages
from pinghu.ledger.models import AccessLog, Change
from pinghu.ledger.saving import delete_record
from promotion.models import Contact, Interaction, InvestmentProject, Lead, Level
from promotion.rules.confidentiality import CODE_NAME
from tests.factories import an_enterprise, made
from tests.promotion.factories import NOW, a_lead, a_person, a_project, a_unit
from tests.promotion.hidden_world import CODE, MARK, World, a_world
from tests.promotion.surfaces import ELSEWHERE, KNOWS_CODE_NAMES, READ, RECORDS, SURFACES, part

pytestmark = pytest.mark.django_db

#: Who is asked: each role that the rule tells apart. A leader reads all; the coordinator reads what the service officer
#: reads; the administrator reads as little as the auditor.
ROLES = (
    Role.PROMOTION_OFFICER,
    Role.PROMOTION_MANAGER,
    Role.SERVICE_OFFICER,
    Role.DATA_STEWARD,
    Role.CARRIER_MANAGER,
    Role.SUBDISTRICT_LIAISON,
    Role.AUDITOR,
)

#: What differs between two looks at the same page: tokens, keys that a form is given when it is made, seconds taken.
_CHANGING = re.compile(
    r'(name="csrfmiddlewaretoken" value="[^"]*")|(nonce="[^"]*")|(value="[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")'
    r'|("X-CSRFToken": "[^"]*")|(\d[.,]\d\d 秒)|(<dcterms:\w+[^>]*>[^<]*)|(数据截至[^<]*)'
)


def text_of(answer: Any) -> str:
    """An answer's words: of a file those in it, of a refusal its number."""
    if isinstance(answer, str):
        return answer
    if answer.status_code != 200:
        return str(answer.status_code)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            found = "\n".join(book.read(name).decode("utf-8", "replace") for name in sorted(book.namelist()))
            return _CHANGING.sub("", found)
    return _CHANGING.sub("", html.unescape(content.decode("utf-8", "replace")))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk), backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(world: World, viewer: User, only: Any = SURFACES) -> dict[str, str]:
    client = signed_in(viewer)
    return {surface.name: text_of(surface.ask(client, world, viewer)) for surface in only}


def difference(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if line[3:].strip())[:600]


# --- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_rows_hidden_from_a_role_change_nothing_on_any_surface(role: str) -> None:
    world = a_world(role)
    before = asked(world, world.viewer)

    added = world.add_hidden()
    after = asked(world, world.viewer)

    assert added
    known = {surface.name for surface in SURFACES if surface.knows_code_names}
    changed = {name: difference(before[name], after[name]) for name in before if before[name] != after[name]}
    assert {name: lines for name, lines in changed.items() if name not in known} == {}
    # Under its code name, where the rule says so, and never by a word of its own.
    assert {name: lines for name, lines in changed.items() if MARK in lines} == {}
    opens_cards = before["admin:quick_add_matches?name=Zqxhidden"] != "403"
    assert any(CODE in lines for lines in changed.values()) == (opens_cards and CODE_NAME in added.values())


def test_every_surface_shows_a_row_to_whoever_may_see_it() -> None:
    """The control: what changes nothing for anybody would prove nothing."""
    world = a_world(Role.PROMOTION_OFFICER)
    before = asked(world, world.insider)

    world.add_hidden()
    after = asked(world, world.insider)

    unmoved = {name for name in before if before[name] == after[name]}
    assert ", ".join(sorted(unmoved - {surface.name for surface in SURFACES if surface.is_bare})) == ""


# --- one record -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.PROMOTION_OFFICER, Role.DATA_STEWARD, Role.AUDITOR])
def test_hidden_record_answers_as_one_that_never_was(role: str) -> None:
    world = a_world(role)
    world.add_hidden()
    client = signed_in(world.viewer)
    changes = Change.objects.count()

    wrong = {}
    for name, parts in record_addresses(world).items():
        for method in (client.get, client.post):
            hidden = method(reverse(name, kwargs={key: part(world.hidden, value) for key, value in parts.items()}))
            never = method(reverse(name, kwargs={key: never_was(value) for key, value in parts.items()}))
            if hidden.status_code not in (403, 404, 405) or hidden.status_code != never.status_code:
                wrong[f"{method.__name__} {name}"] = (hidden.status_code, never.status_code)

    assert wrong == {}
    assert Change.objects.count() == changes


def test_record_known_by_its_code_name_shows_nothing_else() -> None:
    world = a_world(Role.PROMOTION_OFFICER)
    row = world.add("restricted", "elsewhere", MARK)
    client = signed_in(world.viewer)

    for name in KNOWS_CODE_NAMES:
        parts = {key: part(row, value) for key, value in RECORDS[name].items()}
        shown = text_of(client.get(reverse(name, kwargs=parts)))
        assert CODE in shown
        assert MARK not in shown


def test_filter_asked_for_a_hidden_record_does_not_name_it() -> None:
    world = a_world(Role.PROMOTION_OFFICER)
    world.add_hidden()
    client = signed_in(world.viewer)
    asked_for = {type(row): row.pk for row in world.hidden.values() if hasattr(row, "pk")}

    looked = 0
    for model in admin.site._registry:
        for column in model._meta.concrete_fields:
            if not is_ours(model) or column.related_model not in asked_for or not is_ours(column.related_model):
                continue
            stem = f"admin:promotion_{model._meta.model_name}_changelist"
            address = f"{reverse(stem)}?{column.name}__id__exact={asked_for[column.related_model]}"
            assert MARK not in text_of(client.get(address)), address
            looked += 1
    assert looked > 10


def is_ours(model: Any) -> bool:
    return bool(model._meta.app_label == "promotion")


def never_was(value: str) -> Any:
    if "." not in value:
        return value
    return "zzzzzzzzzzzz" if value.endswith("public_id") else 987_654_321


def admin_patterns() -> dict[str, str]:
    """Name → pattern of every address of the admin."""
    (resolver,) = (one for one in get_resolver("pinghu.urls").url_patterns if getattr(one, "namespace", "") == "admin")
    named = (one for one in resolver.url_patterns if isinstance(one, URLPattern))
    below = (one for each in resolver.url_patterns if not isinstance(each, URLPattern) for one in each.url_patterns)
    return {f"admin:{one.name}": str(one.pattern) for one in (*named, *below) if getattr(one, "name", None)}


def record_addresses(world: World) -> dict[str, dict[str, str]]:
    """The addresses of promotion that name one record that may be hidden, with what they are asked for."""
    hidden = {model for model, row in world.hidden.items() if row != world.seen.get(model)}
    found = dict(RECORDS)
    for name, pattern in admin_patterns().items():
        model = name.removeprefix("admin:promotion_").partition("_")[0]
        if name.startswith("admin:promotion_") and "object_id" in pattern and model in hidden:
            found[name] = {"object_id": f"{model}.pk"}
    return {name: parts for name, parts in found.items() if name not in KNOWS_CODE_NAMES}


# --- the auditor's line -----------------------------------------------------------------------------------------------


def test_reading_or_exporting_what_is_confidential_leaves_its_line() -> None:
    world = a_world(Role.PROMOTION_OFFICER)
    secret = replace(world, seen=world.add(Level.CONFIDENTIAL, "elsewhere", MARK))
    client = signed_in(world.insider)

    wrong = {}
    for surface in SURFACES:
        before = AccessLog.objects.count()
        text_of(surface.ask(client, secret, world.insider))
        lines = list(AccessLog.objects.order_by("pk")[before:])
        found = {(line.kind, line.by) for line in lines}
        if surface.logged and found != {(surface.logged, world.insider)}:
            wrong[surface.name] = [str(line) for line in lines]
    assert wrong == {}


def test_every_page_of_a_verb_on_a_confidential_record_leaves_its_line() -> None:
    """A move, a screening, a level: whoever is asked a question about a record has seen it."""
    world = a_world(Role.PROMOTION_MANAGER)
    secret = world.add(Level.CONFIDENTIAL, "elsewhere", MARK)
    client = signed_in(world.insider)
    looked, wrong = set(), {}
    for name, pattern in admin_patterns().items():
        model = name.removeprefix("admin:promotion_").partition("_")[0]
        if model not in ("lead", "investmentproject") or "object_id" not in pattern:
            continue
        row = secret["lead" if model == "lead" else "project"]
        before = AccessLog.objects.count()
        answer = client.get(reverse(name, args=[row.pk]))
        lines = AccessLog.objects.count() - before
        if answer.status_code == 200:
            looked.add(name.rpartition("_")[2])
            if lines != 1:
                wrong[name] = lines
    assert looked >= {"change", "history", "page", "screen", "convert", "close", "level"}
    assert wrong == {}


def test_reading_what_everybody_reads_leaves_none() -> None:
    world = a_world(Role.PROMOTION_OFFICER)

    asked(world, world.insider, [surface for surface in SURFACES if surface.logged == READ])

    assert not AccessLog.objects.filter(kind=AccessLog.Kind.READ).exists()


# --- nobody is left out ---------------------------------------------------------------------------------------------


def test_every_list_and_page_of_promotion_stands_in_the_table() -> None:
    """A new list or page adds its line to `tests/promotion/surfaces.py`."""
    covered = {name for surface in SURFACES for name in surface.covers} | set(RECORDS) | set(ELSEWHERE)
    lists = {f"admin:promotion_{model._meta.model_name}_changelist" for model in admin.site._registry if is_ours(model)}

    assert sorted(lists - covered) == []
    assert sorted({f"admin:{page.name}" for page in pages()} - covered) == []
    gone = {name for name in covered if name.startswith("admin:") and name not in admin_patterns()}
    assert sorted(gone) == [], "these are no addresses any more"


# --- visible records that point at hidden ones ------------------------------------------------------------------------


@pytest.fixture
def officer() -> User:
    return a_person("officer", unit=a_unit("ours"))


def somebody_else() -> User:
    return a_person("somebody-else", unit=a_unit("theirs"))


def hidden_project(**values: Any) -> Any:
    return a_project(MARK, owner=somebody_else(), confidentiality=Level.CONFIDENTIAL, code_name=CODE, **values)


def shown_to(user: User, name: str, row: Any) -> str:
    return text_of(signed_in(user).get(reverse(f"admin:{name}", args=[row.pk])))


def test_lead_does_not_lead_to_a_project_that_became_confidential(officer: User) -> None:
    lead = a_lead(owner=officer)
    Lead.objects.filter(pk=lead.pk).update(status="converted")
    project = hidden_project(lead=lead)

    page = shown_to(officer, "promotion_lead_change", lead)

    assert MARK not in page
    assert reverse("admin:promotion_investmentproject_change", args=[project.pk]) not in page


@pytest.mark.parametrize("way", ["lead", "merged_into"])
def test_project_does_not_lead_to_what_is_hidden(way: str, officer: User) -> None:
    secret = (
        a_lead(MARK, owner=somebody_else(), confidentiality=Level.CONFIDENTIAL) if way == "lead" else hidden_project()
    )
    values = {"lead": secret} if way == "lead" else {"merged_into": secret, "side_state": "merged"}
    project = a_project(owner=officer)
    for name, value in values.items():
        setattr(project, name, value)
    made(project)

    page = shown_to(officer, "promotion_investmentproject_change", project)

    assert MARK not in page
    assert f"{secret._meta.model_name}/{secret.pk}/" not in page


def test_history_does_not_keep_what_hung_on_a_hidden_project(officer: User) -> None:
    """A talk and a person of a lead that belong to its project too, which is confidential; one was deleted since."""
    lead, project = a_lead(owner=officer), hidden_project()
    made(Interaction(lead=lead, project=project, at=NOW, by=officer, happened=f"{MARK} talk"))
    gone = made(Contact(lead=lead, project=project, name=f"{MARK} person"))
    delete_record(gone, by=None, door="command")
    made(Contact(lead=lead, name="Open person"))

    page = shown_to(officer, "promotion_lead_history", lead)

    assert "Open person" in page
    assert MARK not in page


def test_merge_names_no_hidden_row_that_moved(officer: User) -> None:
    steward = a_person("steward", Role.DATA_STEWARD)
    survivor, absorbed = an_enterprise("甲"), an_enterprise("乙")
    hidden_project(enterprise=absorbed)
    a_project("看得见的项目", owner=officer, enterprise=absorbed)
    preview = preview_merge(survivor, absorbed, user=steward)
    record = merge(survivor, absorbed, by=steward, door="admin", why="同一家")

    page = shown_to(steward, "directory_mergerecord_change", record)

    assert sum(preview.moving.values()) == 1
    assert "看得见的项目" in page
    assert MARK not in page
    assert not InvestmentProject.objects.filter(enterprise=absorbed).exists()
    assert MARK not in "".join(shown_as_left(unmerge(record, by=steward, door="admin"), steward))


def test_deleting_a_unit_names_nothing_hidden_that_refers_to_it(client_as: Any) -> None:
    unit = a_unit("theirs")
    hidden_project()
    client = client_as(Role.ADMINISTRATOR)
    address = reverse("admin:accounts_department_delete", args=[unit.pk])

    page, answer = client.get(address), client.post(address, {"post": "yes"}, follow=True)

    assert MARK not in text_of(page)
    assert "项目" not in "".join(str(message) for message in answer.context["messages"])
    assert Department.objects.filter(pk=unit.pk).exists()
