"""Import a file: plan it, and with `--apply` write what needs no person's choice."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from directory.models import DataSource, ImportRow, ImportRun
from directory.models.imports import Verdict, import_kind_choices
from directory.services.importing import (
    Description,
    apply_run,
    plan_run,
    revert_run,
    stage_file,
    write_error_workbook,
)
from directory.services.importing.problems import NOTE, reason
from directory.services.importing.reading import read_bounded
from pinghu.errors import DomainError

#: So many lines of each sort are shown.
SHOWN = 5
Status = ImportRun.Status


def pairs(texts: list[str], what: str) -> dict[str, str]:
    """{left: right} of texts such as name=value; the last equals sign of a mapping parts it. Raises CommandError."""
    found = {}
    for text in texts:
        left, sign, right = text.partition("=") if what == "--set" else text.rpartition("=")
        if not sign or not left.strip():
            raise CommandError(_("Write %(option)s as name=value, not “%(text)s”.") % {"option": what, "text": text})
        if left.strip() in found:
            raise CommandError(_("%(option)s names “%(name)s” twice.") % {"option": what, "name": left.strip()})
        found[left.strip()] = right.strip()
    return found


def row_number(text: str) -> int:
    """A row of the sheet, counted from 1; argparse says what is wrong with another."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


class Command(BaseCommand):
    help = "Plan the import of a CSV, XLSX or XLS file and print the verdicts; with --apply, write what is sure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=[code for code, _label in import_kind_choices()])
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--source", default="bureau", help="code of the data source (bureau)")
        parser.add_argument("--by", metavar="USER", help="import as this person: what they may see is compared with")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="FIELD empty: leave out")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="the same for every row")
        parser.add_argument("--sheet", default="", help="name of the sheet (the first visible one with rows)")
        parser.add_argument("--header-row", type=row_number, default=0, help="row of the headings (found by itself)")
        parser.add_argument(
            "--complete", action="store_true", help="the list is complete: propose checks of the absent"
        )
        parser.add_argument("--apply", action="store_true", help="write what needs no person's choice")
        parser.add_argument("--again", action="store_true", help="a new run, even if this file was applied before")
        parser.add_argument("--errors", type=Path, metavar="OUT.xlsx", help="write the lines in error to this workbook")
        parser.add_argument("--revert", metavar="RUN", help="undo this run (its id); no file is needed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["revert"]:
                self.revert(options)
            else:
                self.plan(options)
        except DomainError as error:
            raise CommandError(error.message) from error

    def plan(self, options: dict[str, Any]) -> None:
        path: Path | None = options["file"]
        if path is None:
            raise CommandError(_("Name the file."))
        source = DataSource.objects.filter(code=options["source"]).first()
        if source is None:
            known = ", ".join(DataSource.objects.values_list("code", flat=True))
            raise CommandError(_("There is no source “%(code)s”. Known: %(known)s.") % {
                "code": options["source"], "known": known})  # fmt: skip
        try:
            with path.open("rb") as file:
                data = read_bounded(file)
        except OSError as error:
            raise CommandError(_("The file cannot be read: %(why)s") % {"why": error.strerror}) from error
        said = Description(
            kind=options["kind"],
            source=source,
            file_name=path.name,
            mapping=pairs(options["map"], "--map"),
            fixed=pairs(options["set"], "--set"),
            sheet=options["sheet"],
            header_row=options["header_row"],
            is_complete=options["complete"],
        )
        by = self.person(options["by"])
        run = stage_file(data, said, by=by, again=options["again"])
        if run.status == Status.APPLIED:
            self.stdout.write(
                _("This file was applied already, as run %(run)s; nothing to do.") % {"run": run.public_id}
            )
        elif run.status == Status.APPLYING:
            self.stdout.write(_("Run %(run)s was broken off; it goes on.") % {"run": run.public_id})
        else:
            plan_run(run, by=by)
        self.report(run)
        if options["apply"] and run.status != Status.APPLIED:
            apply_run(run, by=by)
            self.outcomes(run)
        if options["errors"]:
            with options["errors"].open("wb") as out:
                count = write_error_workbook(run, out)
            self.stdout.write(_("%(count)s lines in error written to %(file)s") % {
                "count": count, "file": options["errors"]})  # fmt: skip

    def person(self, username: str | None) -> Any:
        """Whoever `--by` names; None where it names nobody. Raises CommandError."""
        if not username:
            return None
        found = get_user_model().objects.filter(username=username, is_active=True).first()
        if found is None:
            raise CommandError(_("There is no person with the user name “%(name)s”.") % {"name": username})
        return found

    def report(self, run: ImportRun) -> None:
        """The columns, the verdicts, and the first lines of those that need somebody."""
        self.stdout.write(
            _("Run %(run)s: %(file)s, headings in row %(row)s %(sheet)s%(encoding)s") % {
                "run": run.public_id, "file": run.file_name, "row": run.header_row, "sheet": run.sheet,
                "encoding": run.encoding})  # fmt: skip
        for header in run.headers:
            field = run.mapping.get(header) or _("(not taken)")
            self.stdout.write(f"  {header} → {field}")
        for name, value in run.fixed_values.items():
            self.stdout.write(f"  {name} = {value}")
        self.stdout.write("")
        for verdict in Verdict:
            self.stdout.write(f"  {verdict.value:<10} {run.counts.get(verdict.value, 0):>8,}  {verdict.label}")
        self.stdout.write(f"  {'':<10} {run.total_rows:>8,}")
        if "absent" in run.counts:
            self.stdout.write(_("  %(count)s enterprises of ours are not in it.") % {"count": run.counts["absent"]})
        for verdict in (Verdict.ERROR, Verdict.CONFLICT, Verdict.DUPLICATE):
            for row in run.rows.filter(verdict=verdict)[:SHOWN]:
                self.stdout.write(f"  {row.number}: {verdict.value}: {self.said(row)}")

    @staticmethod
    def said(row: ImportRow) -> str:
        entries = [entry for entry in row.problems if entry["level"] != NOTE]
        text = "; ".join(
            f"{entry['column']}: {reason(entry)}" if entry["column"] else reason(entry) for entry in entries
        )
        names = ", ".join(str(candidate["name"]) for candidate in row.candidates[:3])
        return f"{text} [{names}]" if names else text

    def outcomes(self, run: ImportRun) -> None:
        for outcome in ImportRow.Outcome:
            if outcome.value and (count := run.counts.get(f"outcome_{outcome.value}")):
                self.stdout.write(f"  {outcome.value:<10} {count:>8,}  {outcome.label}")
        if run.counts.get("undecided") and run.status != Status.REVERTED:
            self.stdout.write(_("  %(count)s lines wait for a person's choice.") % {"count": run.counts["undecided"]})

    def revert(self, options: dict[str, Any]) -> None:
        run = ImportRun.objects.filter(public_id=options["revert"], kind=options["kind"]).first()
        if run is None:
            raise CommandError(_("There is no such run: %(run)s") % {"run": options["revert"]})
        revert_run(run, by=self.person(options["by"]))
        self.outcomes(run)
        for row in run.rows.filter(outcome=ImportRow.Outcome.KEPT)[:SHOWN]:
            self.stdout.write(f"  {row.number}: {reason(row.problems[-1])}")
