"""Which language a page speaks, by its door; and that the admin's theme speaks Chinese throughout."""

import ast
import re
from collections.abc import Callable, Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
import unfold
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from pinghu.accounts.models import User
from pinghu.accounts.roles import Role

HEADERS = ["", "en", "zh-CN", "fr", "en-US,en;q=0.9,zh;q=0.5"]


@pytest.fixture(autouse=True)
def _door_urls(settings: object) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.kernel.door_urls"  # type: ignore[attr-defined]
    yield
    translation.activate("zh-hans")


@pytest.mark.parametrize("header", HEADERS)
def test_unprefixed_page_is_chinese_whatever_the_browser_or_a_cookie_wants(client: Client, header: str) -> None:
    client.cookies["django_language"] = "en"
    response = client.get("/spoken/", headers={"accept-language": header})
    assert response.content == b"zh-hans zh-hans"
    assert response["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("header", HEADERS)
def test_english_page_is_english_whatever_the_browser_wants(client: Client, header: str) -> None:
    response = client.get("/en/spoken/", headers={"accept-language": header})
    assert response.content == b"en en"
    assert response["Content-Language"] == "en"


@pytest.mark.parametrize("address", ["/spoken/", "/en/spoken/"])
def test_public_page_varies_with_nothing_so_that_caches_keep_one_copy(client: Client, address: str) -> None:
    assert "Vary" not in client.get(address).headers


def test_prefixed_chinese_address_is_not_found(client: Client) -> None:
    assert client.get("/zh-hans/spoken/").status_code == 404


def test_missing_page_is_not_found_without_a_redirect_to_a_language(client: Client) -> None:
    assert client.get("/nothing/", headers={"accept-language": "en"}).status_code == 404


@pytest.mark.parametrize(
    ("header", "spoken"),
    [("", "zh-hans"), ("en", "en"), ("zh-CN", "zh-hans"), ("fr", "zh-hans"), ("fr,en;q=0.4", "en"), ("*", "zh-hans")],
)
def test_api_speaks_what_its_client_asks_for(client: Client, header: str, spoken: str) -> None:
    response = client.get("/api/spoken", headers={"accept-language": header})
    assert response.content.decode() == f"{spoken} {spoken}"
    assert response["Content-Language"] == spoken
    assert "Accept-Language" in response["Vary"]


@pytest.mark.parametrize("address", ["/admin/spoken/", "/accounts/spoken/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_signed_in_person_is_spoken_to_in_the_language_of_their_profile(
    person: Callable[..., User], client: Client, address: str, language: str
) -> None:
    client.force_login(person(Role.LEADER, language=language), backend=settings.AUTHENTICATION_BACKENDS[0])
    response = client.get(address, headers={"accept-language": "en" if language == "zh-hans" else "zh-CN"})
    assert response.content.decode() == f"{language} {language}"
    assert response["Content-Language"] == language


def test_accounts_page_before_sign_in_is_chinese(client: Client) -> None:
    assert client.get("/accounts/spoken/", headers={"accept-language": "en"}).content == b"zh-hans zh-hans"


def test_language_of_one_request_does_not_leak_into_the_next(client: Client) -> None:
    client.get("/en/spoken/")
    assert client.get("/spoken/").content == b"zh-hans zh-hans"


def test_person_chooses_english_in_the_admin_and_keeps_it(
    client_as: Callable[..., Client], cast: dict[str, User]
) -> None:
    client = client_as(Role.LEADER)
    response = client.post("/admin/language/", {"language": "en"}, headers={"referer": "http://testserver/admin/"})
    assert (response.status_code, response["Location"]) == (302, "http://testserver/admin/")
    assert User.objects.get(pk=cast[Role.LEADER].pk).language == "en"
    assert client.get("/admin/spoken/").content == b"en en"


def test_choice_of_an_unknown_language_changes_nothing(client_as: Callable[..., Client], cast: dict[str, User]) -> None:
    client_as(Role.LEADER).post("/admin/language/", {"language": "tlh"})
    assert User.objects.get(pk=cast[Role.LEADER].pk).language == "zh-hans"


def test_choice_of_language_does_not_send_to_another_host(client_as: Callable[..., Client]) -> None:
    response = client_as(Role.LEADER).post(
        "/admin/language/", {"language": "en"}, headers={"referer": "http://elsewhere.example/admin/"}
    )
    assert response["Location"] == "/admin/"


# --- the theme's own strings -----------------------------------------------------------------------------------------

THEME = Path(unfold.__file__).parent
CATALOGUE = settings.BASE_DIR / "pinghu" / "locale_unfold" / "zh_Hans" / "LC_MESSAGES"
#: Nothing but two placeholders: the same in every language.
UNTRANSLATABLE = {"%(class_name)s %(instance)s"}

_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"(?:\bn?gettext|\b_)\(\s*({_STRING})(?:\s*,\s*({_STRING}))?")
_FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def theme_strings() -> set[tuple[str, str]]:
    """(message, plural or "") of every translatable string in the theme's templates and code."""
    found = set()
    for template in THEME.rglob("templates/**/*.html"):
        for match in _CALL.finditer(templatize(template.read_text())):
            found.add((ast.literal_eval(match[1]), ast.literal_eval(match[2]) if match[2] else ""))
    for module in THEME.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _FUNCTIONS:
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if texts:
                    found.add((texts[0], texts[1] if len(texts) > 1 else ""))
    return {(one, many) for one, many in found if one}


def test_theme_is_harvested_from_templates_and_code() -> None:
    strings = theme_strings()
    assert len(strings) > 150
    assert {("Apply Filters", ""), ("Not enough data.", "")} <= strings


def test_every_string_of_the_theme_has_its_chinese() -> None:
    with translation.override("zh-hans"):
        untranslated = {
            one
            for one, many in theme_strings()
            if (translation.ngettext(one, many, 2) if many else translation.gettext(one)) in (one, many)
        }
    assert untranslated == UNTRANSLATABLE


def test_theme_in_english_keeps_its_own_strings() -> None:
    with translation.override("en"):
        assert translation.gettext("Apply Filters") == "Apply Filters"


def test_compiled_catalogue_of_the_theme_equals_its_source() -> None:
    with (CATALOGUE / "django.po").open("rb") as source, (CATALOGUE / "django.mo").open("rb") as compiled:
        written = [message for message in read_po(source, locale="zh_Hans") if message.id]
        stored = GNUTranslations(compiled)
    for message in written:
        if isinstance(message.id, tuple):
            assert stored.ngettext(message.id[0], message.id[1], 2) == message.string[0]
        else:
            assert stored.gettext(message.id) == message.string
    assert len([key for key in stored._catalog if key]) == len(written)  # type: ignore[attr-defined]
