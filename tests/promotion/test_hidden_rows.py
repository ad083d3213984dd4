"""A hidden row shows nowhere, not even in a count; one known by its code name shows only as such.

Proven by asking the same twice: each surface of the table gives a reader the same answer before and after rows were
added that they may not see. Where the table has no line for a list or a page of promotion, a test here fails.
"""

import difflib
import html
import io
import re
import zipfile
from typing import Any

import pytest
from django.test import Client

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role
from promotion.rules.confidentiality import CODE_NAME
from tests.promotion.hidden_world import CODE, MARK, World, a_world
from tests.promotion.surfaces import SURFACES

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
    r'|("X-CSRFToken": "[^"]*")|(\d[.,]\d\d 秒)'
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
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in sorted(book.namelist()))
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


def names(text: str) -> set[str]:
    return set(re.findall(rf"{MARK}\w*", text))


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
