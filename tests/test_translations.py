"""Every text of the source has its Chinese, and the Chinese is written as Chinese is written.

The texts are read from the source itself, without GNU gettext, so that a forgotten `.ci/messages` shows on any machine.
That each `.mo` equals its `.po` is proven in test_repository.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.apps import apps
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("pinghu", "directory", "promotion")
CATALOGUE = Path("locale", "zh_Hans", "LC_MESSAGES", "django.po")

#: What each function's arguments mean, in their order.
FUNCTIONS = {
    "_": ("id",),
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}

_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_TEMPLATE_CALL = re.compile(rf"(?<!\w)(n?p?gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)", re.DOTALL)

HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
_PLACEHOLDER = re.compile(r"%\((\w+)\)[ds]|\{(\w*)\}")
_MARKUP = re.compile(r"<[^>]*>|`[^`]*`")
#: Chinese text stands without typed blanks beside Latin and digits (CSS makes the gap) and with full-width signs.
FAULTS = {
    "a typed blank between Chinese and Latin": re.compile(rf"{HAN} +[\w({{%]|[\w)}}%] +{HAN}"),
    "a blank between Chinese characters": re.compile(rf"{HAN}\s+{HAN}|[，。；：、？！]\s"),
    "half-width punctuation beside Chinese": re.compile(rf"{HAN}[,;:!?()]|[,;!?()]{HAN}|{HAN}\.(?!\w)"),
    "straight quotation marks": re.compile(rf"{HAN}[\"']|[\"']{HAN}"),
    "dots instead of an ellipsis": re.compile(r"\.\.\.|(?<!…)…(?!…)"),
}


class Text(NamedTuple):
    """One translatable text: its context ("" without one), itself, and its plural ("" without one)."""

    context: str
    id: str
    plural: str


def text_of(function: str, strings: list[str]) -> Text:
    """The text that a call with these leading strings names."""
    named = dict(zip(FUNCTIONS[function], strings, strict=False))
    return Text(named.get("context", ""), named.get("id", ""), named.get("plural", ""))


def texts_in_code(path: Path) -> Iterator[Text]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        if function not in FUNCTIONS:
            continue
        wanted = node.args[: len(FUNCTIONS[function])]
        strings = [one.value for one in wanted if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if len(strings) == len(FUNCTIONS[function]):
            yield text_of(function, strings)


def texts_in_template(path: Path) -> Iterator[Text]:
    for match in _TEMPLATE_CALL.finditer(templatize(path.read_text(encoding="utf-8"))):
        yield text_of(match[1], [ast.literal_eval(one) for one in re.findall(_STRING, match[2])])


@cache
def texts_of(package: str) -> dict[Text, str]:
    """Every translatable text of a package, with the file that holds it."""
    found: dict[Text, str] = {}
    for path in sorted((ROOT / package).rglob("*")):
        if path.suffix == ".py":
            texts = texts_in_code(path)
        elif path.suffix in {".html", ".txt"}:
            texts = texts_in_template(path)
        else:
            continue
        for text in texts:
            if text.id:
                found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def home_of(package: str) -> str:
    """The package whose catalogue holds a package's texts: its own, else (as `makemessages` does) the project's."""
    return package if (ROOT / package / "locale").is_dir() else "pinghu"


def key_of(message: Message) -> Text:
    one, many = (message.id, "") if isinstance(message.id, str) else message.id
    return Text(message.context or "", one, many)


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@cache
def catalogue_of(package: str) -> dict[Text, Message]:
    with (ROOT / package / CATALOGUE).open("rb") as file:
        return {key_of(message): message for message in read_po(file, locale="zh_Hans") if message.id}


CATALOGUES = sorted({home_of(package) for package in PACKAGES})
#: Those with a translation; what has none is found by the first test alone.
MESSAGES = [
    (package, message)
    for package in CATALOGUES
    for message in catalogue_of(package).values()
    if all(strings_of(message))
]


def without_codes(text: str) -> str:
    """The text with tags and code left out and each placeholder as one Latin letter."""
    return _PLACEHOLDER.sub("x", _MARKUP.sub("", text))


def test_texts_are_harvested_from_code_and_templates() -> None:
    texts = texts_of("directory")
    assert texts[Text("", "registered name", "")].endswith(".py")
    assert texts[Text("", "Key facts", "")].endswith(".html")
    assert texts[Text("list", ", ", "")].endswith(".html")
    assert Text("", "%(count)s enterprise", "%(count)s enterprises") in texts
    assert len(texts) > 500


def test_every_text_of_the_source_has_its_chinese() -> None:
    """When this fails: run `.ci/messages`, translate what it lists, run it again."""
    missing = []
    for package in PACKAGES:
        catalogue = catalogue_of(home_of(package))
        for text, path in texts_of(package).items():
            message = catalogue.get(text)
            if message is None or message.fuzzy or not all(strings_of(message)):
                missing.append(f"{path}: {text.context and f'[{text.context}] '}{text.id}")
    assert missing == []


@pytest.mark.parametrize("package", CATALOGUES)
def test_catalogue_holds_nothing_that_the_source_no_longer_says(package: str) -> None:
    said = {text for source in PACKAGES if home_of(source) == package for text in texts_of(source)}
    # Texts named by a call that the harvest cannot see would stand here; there are none.
    assert set(catalogue_of(package)) - said == set()


@pytest.mark.parametrize("package", CATALOGUES)
def test_catalogue_carries_no_dates_guesses_or_leftovers(package: str) -> None:
    """They would change with every run of `.ci/messages`."""
    text = (ROOT / package / CATALOGUE).read_text(encoding="utf-8")
    assert re.findall(r"POT-Creation-Date|PO-Revision-Date|^#~.*|^#, .*fuzzy.*|^#: .*", text, re.MULTILINE) == []


def test_translations_name_the_same_placeholders() -> None:
    faults = []
    for package, message in MESSAGES:
        # Chinese has one form for all numbers, so it must say what the plural says.
        original = message.id if isinstance(message.id, str) else message.id[1]
        for string in strings_of(message):
            if sorted(_PLACEHOLDER.findall(original)) != sorted(_PLACEHOLDER.findall(string)):
                faults.append(f"{package}: {original} → {string}")
    assert faults == []


def test_translations_keep_markup_and_code() -> None:
    faults = []
    for package, message in MESSAGES:
        original = message.id if isinstance(message.id, str) else message.id[1]
        for string in strings_of(message):
            if sorted(_MARKUP.findall(original)) != sorted(_MARKUP.findall(string)):
                faults.append(f"{package}: {original} → {string}")
    assert faults == []


@pytest.mark.parametrize("fault", FAULTS)
def test_chinese_is_set_as_chinese(fault: str) -> None:
    found = [
        f"{package}: {string}"
        for package, message in MESSAGES
        for string in strings_of(message)
        if FAULTS[fault].search(without_codes(string))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("a typed blank between Chinese and Latin", "共 3 家"),
        ("a blank between Chinese characters", "企业 名录"),
        ("half-width punctuation beside Chinese", "接口(API)"),
        ("half-width punctuation beside Chinese", "请核对,再试"),
        ("half-width punctuation beside Chinese", "请核对."),
        ("straight quotation marks", '产业链"十个一"'),
        ("dots instead of an ellipsis", "正在准备..."),
    ],
)
def test_typesetting_rule_finds_its_fault(fault: str, text: str) -> None:
    assert FAULTS[fault].search(text)


def test_the_same_text_reads_the_same_in_every_catalogue() -> None:
    """Django merges all catalogues into one: of two translations of one text, one would silently win."""
    seen: dict[tuple[str, str], str] = {}
    faults = []
    for package, message in MESSAGES:
        key = key_of(message)
        string = strings_of(message)[0]
        if seen.setdefault((key.context, key.id), string) != string:
            faults.append(f"{package}: {key.id}: {seen[key.context, key.id]} / {string}")
    assert faults == []


#: Tables that only code reads: no person sees their names.
MACHINE_TABLES = {"ledger.LedgerHead", "directory.SearchDoc", "directory.SearchKey", "directory.FindDoc"}


def model_texts() -> Iterator[tuple[str, object]]:
    """(where, text) of every name, hint and choice that our models show to people."""
    for model in apps.get_models():
        ours = model.__module__.partition(".")[0] in PACKAGES
        if not ours or hasattr(model, "history_object") or model._meta.label in MACHINE_TABLES:
            continue
        yield model._meta.label, model._meta.verbose_name
        yield model._meta.label, model._meta.verbose_name_plural
        for field in model._meta.get_fields():
            if not field.concrete:
                continue
            where = f"{model._meta.label}.{field.name}"
            for text in (field.verbose_name, field.help_text, *(label for _value, label in field.choices or ())):
                if isinstance(text, Promise):
                    yield where, text


def test_models_speak_chinese_throughout() -> None:
    """Names that are the same in every language (API, MIC) hold no lower-case Latin word."""
    with translation.override("zh-hans"):
        english = [
            f"{where}: {text}"
            for where, text in model_texts()
            if re.search(r"[a-z]{3}", str(text)) and not re.search(HAN, str(text))
        ]
    assert english == []


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("enterprise", "企业"),
        ("chain leadership", "链主认定"),
        ("credit code", "信用代码"),
        ("industry chain", "产业链"),
    ],
)
def test_terms_of_the_field_are_its_own(text: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext(text) == chinese


def test_navigation_speaks_the_readers_words() -> None:
    with translation.override("zh-hans"):
        assert translation.pgettext("navigation", "Enterprises") == "找企业"
