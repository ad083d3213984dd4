"""What the repository promises about itself: the README is true, the locks are whole, nothing strange is kept."""

import ast
import gettext
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
CI_RUN = (ROOT / ".ci" / "run").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("pinghu", "directory", "promotion")

TOP_LEVEL = {
    "manage.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "NOTICE",
    "requirements.lock",
    "requirements-dev.lock",
    *PACKAGES,
    "fixtures",
    "tests",
}

# Written in parts, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(?:work|root|home)" r"/\w|/tmp" r"/bash"),
    "a package registry's host": re.compile(
        r"pypi" r"\.org|pythonhosted" r"\.org|registry\.npm" r"js|deb\.debian" r"\.org"
    ),
    "a tool of one machine alone": re.compile(r"\bfarm" r"-[a-z]+|\bissues" r" show\b"),
    "a note to self": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b(?!-)"),
}


def tracked_files() -> list[Path]:
    """Files that are or would be committed; every file of an unpacked archive, which has no repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [Path(name) for name in listing.stdout.decode().split("\0") if name]
    else:
        hidden = {".venv", ".git", "var", "__pycache__"}
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not hidden & set(path.relative_to(ROOT).parts)]
    return sorted(name for name in names if (ROOT / name).is_file())


def tracked_texts() -> Iterator[tuple[Path, str]]:
    for name in tracked_files():
        try:
            yield name, (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue  # pictures, workbooks, compiled catalogues


def modules(*patterns: str) -> list[Path]:
    return sorted(path for package in PACKAGES for pattern in patterns for path in (ROOT / package).glob(pattern))


def section(title: str) -> str:
    """The README's text under a heading, to the next heading of its level or higher."""
    found = re.search(rf"^(#+) {re.escape(title)}$", README, re.MULTILINE)
    assert found, f"the README has no heading {title!r}"
    rest = README[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def first_cells(text: str) -> set[str]:
    """What stands in code marks in the first column of the tables in `text`."""
    cells = re.findall(r"^\|([^|]+)\|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


# --- what is kept ----------------------------------------------------------------------------------------------


def test_top_level_holds_only_what_was_agreed():
    found = {name.parts[0] for name in tracked_files()}

    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    hits = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked_texts()
        if name.suffix != ".svg"
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]

    assert hits == []


def test_readme_pictures_are_kept_in_the_repository():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)

    assert pictures
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


# --- dependencies ----------------------------------------------------------------------------------------------


def pins(lock: str) -> dict[str, set[str]]:
    """Name → pinned versions; more than one where a marker chooses."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", (ROOT / lock).read_text(), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


RUNTIME = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
DEVELOPMENT = [Requirement(text) for text in PYPROJECT["project"]["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_is_hashed_and_names_no_address(lock):
    text = (ROOT / lock).read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry and not entry.startswith("#")]

    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [("requirements.lock", RUNTIME), ("requirements-dev.lock", [*RUNTIME, *DEVELOPMENT])],
    ids=["runtime", "development"],
)
def test_lock_satisfies_pyproject(lock, wanted):
    locked = pins(lock)

    unmet = [
        str(need)
        for need in wanted
        if not any(map(need.specifier.contains, locked.get(canonicalize_name(need.name), ())))
    ]
    assert unmet == []


def test_both_locks_pin_the_same_versions():
    development = pins("requirements-dev.lock")

    assert {
        name: versions for name, versions in pins("requirements.lock").items() if development.get(name) != versions
    } == {}


@pytest.mark.parametrize(
    ("heading", "wanted"), [("Dependencies", RUNTIME), ("Tools", DEVELOPMENT)], ids=["runtime", "development"]
)
def test_every_dependency_says_in_the_readme_why_it_is_there(heading, wanted):
    named = {canonicalize_name(name) for name in first_cells(section(heading))}

    assert named == {canonicalize_name(need.name) for need in wanted}


# --- the README ------------------------------------------------------------------------------------------------


def test_readme_commands_stand_to_the_letter_in_ci():
    commands = re.findall(r"^(?:python3 -m venv|\.venv/bin/).*$", README, re.MULTILINE)

    assert len(commands) >= 2
    assert [command for command in commands if "-m venv" in command and command not in CI_RUN] == []


def test_readme_lists_every_setting_and_no_other():
    text = (ROOT / "pinghu" / "settings.py").read_text()
    read = set(re.findall(r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"", text))

    assert first_cells(section("Settings")) == read


def test_no_other_module_reads_the_environment_for_a_setting():
    readers = [
        str(path.relative_to(ROOT))
        for path in modules("**/*.py")
        if re.search(r"environ(?:\.get\(|\[)\s*\"(?:PINGHU_|DATABASE_URL)", path.read_text())
    ]

    assert readers == []


def test_readme_lists_every_command_and_no_other():
    commands = {path.stem for path in modules("management/commands/*.py", "*/management/commands/*.py")}

    assert first_cells(section("Commands")) == {f"manage.py {name}" for name in commands if not name.startswith("_")}


# --- architecture that no import contract can see ------------------------------------------------------------------


def test_rules_touch_neither_database_nor_clock():
    """Import contracts keep our own models out; this keeps out Django's ORM and every way to read the clock."""
    faults = []
    for path in modules("rules/**/*.py", "*/rules/**/*.py", "rules.py", "*/rules.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            imported: list[str] = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            faults += [
                f"{path.relative_to(ROOT)} imports {name}"
                for name in imported
                if name.startswith(("django.db", "django.utils.timezone", "django.conf", "django.http"))
            ]
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "localdate"}:
                faults.append(f"{path.relative_to(ROOT)}:{node.lineno} reads the clock")

    assert faults == []


# --- translations ------------------------------------------------------------------------------------------------


def catalogues() -> list[Path]:
    return modules("locale/*/LC_MESSAGES/*.po", "*/locale/*/LC_MESSAGES/*.po")


def test_catalogues_are_complete():
    """Chinese is complete; English may lean on its msgids but holds nothing uncertain."""
    assert catalogues()
    faults = []
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file):
                strings = message.string if isinstance(message.string, tuple) else (message.string,)
                if message.id and (message.fuzzy or ("en" not in path.parts and not all(strings))):
                    faults.append(f"{path.relative_to(ROOT)}:{message.lineno} {message.id}")
    assert faults == []


def test_compiled_catalogues_equal_their_sources():
    """`msgfmt` is not needed to notice that somebody forgot `compilemessages`."""
    stale = []
    for path in catalogues():
        with path.open("rb") as file:
            wanted = {}
            for message in read_po(file):
                if not message.id or message.fuzzy:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                key = f"{message.context}\x04{key}" if message.context else key
                if isinstance(message.string, tuple):
                    wanted |= {(key, number): text for number, text in enumerate(message.string) if text}
                elif message.string:
                    wanted[key] = message.string
        with path.with_suffix(".mo").open("rb") as compiled:
            found = {key: text for key, text in gettext.GNUTranslations(compiled)._catalog.items() if key}
        if found != wanted:
            stale.append(str(path.relative_to(ROOT)))
    assert stale == []
