"""The full table of GB/T 4754 from a file: sections, divisions, groups and classes, each within the one above."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from directory.models import IndustryClass
from directory.rules.industry import parse
from pinghu.errors import DomainError
from pinghu.ledger.bulk import create_many
from pinghu.ledger.context import change
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record

COLUMNS = ("code", "name", "level", "parent_code", "section")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many classes were made, renamed, and found as they were."""

    created: int
    renamed: int
    same: int


def read_industry_classes(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with the columns of `COLUMNS`; codes stay text. Raises DomainError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                raise DomainError(_("The file lacks the columns %(names)s.") % {"names": ", ".join(sorted(missing))})
            return [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DomainError(_("The file cannot be read: %(why)s") % {"why": error}) from error


def load_industry_classes(rows: Iterable[Mapping[str, str]]) -> Loaded:
    """Make the classes that are missing and rename those of another name; nothing is taken away.

    Idempotent. Raises DomainError with nothing written if a code is wrong or does not lie in the class above it.
    """
    wanted = [dict(row) for row in rows]
    _check(wanted)
    known = {row.code: row for row in IndustryClass.objects.all()}
    created = renamed = 0
    with change(by=None, verb="industry_classes_loaded", door=Door.COMMAND):
        for level in (1, 2, 3, 4):
            made = []
            for row in wanted:
                code = parse(row["code"])
                if code.level != level:
                    continue
                there = known.get(code.code)
                if there is None:
                    parent = known[code.parent] if code.parent else None
                    made.append(
                        IndustryClass(
                            code=code.code, name=row["name"], level=level, section=code.section, parent=parent
                        )
                    )
                elif there.name != row["name"]:
                    there.name = row["name"]
                    save_record(there, fields=["name"], by=None, door=Door.COMMAND)
                    renamed += 1
            create_many(made, verb="loaded")
            known |= {row.code: row for row in made}
            created += len(made)
    return Loaded(created, renamed, len(wanted) - created - renamed)


def _check(rows: list[dict[str, str]]) -> None:
    """Every code once, of the level and section that it says, below a class of the file or of the database."""
    problems: list[str] = []
    known = set(IndustryClass.objects.values_list("code", flat=True)) | {row["code"] for row in rows}
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        try:
            code = parse(row["code"])
        except ValueError as error:
            problems.append(f"{number}: {error}")
            continue
        said = (row["code"], row["level"], row["section"], row["parent_code"])
        if said != (code.code, str(code.level), code.section, code.parent or "") or not row["name"]:
            problems.append(f"{number}: {', '.join(said)}")
        elif code.parent and code.parent not in known:
            problems.append(f"{number}: {code.parent}?")
        elif code.code in seen:
            problems.append(f"{number}: {code.code} ×2")
        seen.add(row["code"])
    if problems:
        raise DomainError(
            _("These lines are no classes of GB/T 4754, or do not lie in the one above: %(lines)s")
            % {"lines": "; ".join(problems[:20])},
            code="not_nested",
        )
