"""From a file to an import run: read within bounds, mapped, its lines stored. The file itself is not kept.

Nothing is written before the whole file was found readable. Lines are stored in chunks; a killed upload goes on where it
stopped when the same file comes again.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from directory.models import DataSource, ImportRow, ImportRun, SavedMapping
from directory.rules.headers import field_of, heading_key, suggest_mapping
from directory.services.importing.kinds import kind_of
from directory.services.importing.kinds.base import Kind
from directory.services.importing.problems import advice, problem, reason
from directory.services.importing.reading import read_grid
from directory.services.importing.refusals import FileRefused
from directory.services.importing.tables import Table, find_table
from pinghu.ledger.saving import save_record

CHUNK = 1000
Status = ImportRun.Status


@dataclass(frozen=True)
class Description:
    """What a person says about a file. `mapping` is heading → field, "" leaves a column out; it completes the guess."""

    kind: str
    source: DataSource
    file_name: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    header_row: int = 0
    is_complete: bool = False


def open_table(data: bytes, said: Description) -> Table:
    """The table in the file; headings that this source had mapped before count as known. Raises FileRefused."""
    known = [header for header, name in {**_remembered(said), **said.mapping}.items() if header and name]
    return find_table(read_grid(data, sheet=said.sheet), said.kind, header_row=said.header_row, mapped=known)


def _remembered(said: Description) -> dict[str, str]:
    saved = SavedMapping.objects.filter(source=said.source, kind=said.kind).values_list("mapping", flat=True)
    return saved.first() or {}


def mapping_for(table: Table, said: Description) -> dict[str, str]:
    """Heading → field: as this source's last file was mapped, else as the headings say, over it what the person says."""
    kind = kind_of(said.kind)
    by_key = {heading_key(header): header for header in table.headers}
    own: dict[str, str] = {}
    for column, name in said.mapping.items():
        header = column if column in table.headers else by_key.get(heading_key(column))
        if header is None:
            raise FileRefused("unknown_column", column=column, columns=", ".join(table.headers[:60]))
        if name and name not in {row.name for row in kind.mappable}:
            raise FileRefused("unknown_field", field=name, fields=", ".join(row.name for row in kind.mappable))
        if name and name in own.values():
            raise FileRefused("column_twice", field=name)
        own[header] = name
    taken = {name for name in own.values() if name} | set(said.fixed)
    guessed = suggest_mapping([h for h in table.headers if h not in own], said.kind, _remembered(said))
    mapping = {header: name for header, name in guessed.items() if name in kind.by_name and name not in taken}
    mapping |= {header: name for header, name in own.items() if name and name not in said.fixed}
    return {header: mapping[header] for header in table.headers if header in mapping}


def _called(kind: Kind, name: str) -> str:
    """A field as the page calls it, with the code that the command line wants."""
    return f"{kind.by_name[name].label} ({name})" if name in kind.by_name else name


def check_mapping(mapping: Mapping[str, str], fixed: Mapping[str, str], kind: Kind) -> None:
    """Raise FileRefused if no name can come of it, a field is served twice, or a value for every row cannot be read."""
    stated = {*mapping.values(), *fixed}
    for name in stated - {row.name for row in kind.mappable}:
        raise FileRefused("unknown_field", field=name, fields=", ".join(row.name for row in kind.mappable))
    if len(set(mapping.values())) < len(mapping):
        names = list(mapping.values())
        raise FileRefused("column_twice", field=_called(kind, next(name for name in names if names.count(name) > 1)))
    if not stated & set(kind.names):
        raise FileRefused("no_name_column", field=_called(kind, kind.names[0]))
    for name in kind.required:
        if name not in stated:
            raise FileRefused("missing_fixed", field=_called(kind, name))
    lookups = kind.lookups()
    for name, text in fixed.items():
        read = kind.by_name[name].read(text, lookups, "")
        if read.value is None:
            entry = problem(read.problem or "no_value", field=name, value=text, hint=read.hint)
            said = " ".join((reason(entry), advice(entry)))
            raise FileRefused("fixed_value", value=text, field=_called(kind, name), reason=said)


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _same_reading(run: ImportRun, said: Description, mapping: Mapping[str, str]) -> bool:
    return (run.mapping, run.fixed_values, run.is_complete) == (dict(mapping), dict(said.fixed), said.is_complete)


def stage_file(data: bytes, said: Description, *, by: Any, again: bool = False, to_map: bool = False) -> ImportRun:
    """Store a file's lines as a run ready to be planned; the run of the same file read the same way, if there is one.

    The caller looks at `run.status`: a run that was applied says that nothing is to be done. `again` makes a new run
    all the same. With `to_map` a person maps the columns afterwards: the mapping need not be complete, and any open
    run of the file will do. Raises FileRefused with nothing written.
    """
    kind = kind_of(said.kind)
    table = open_table(data, said)
    mapping = mapping_for(table, said)
    if not to_map:
        check_mapping(mapping, said.fixed, kind)
    sha256 = fingerprint(data)
    run = None
    if not again:
        candidates = (
            ImportRun.objects.filter(file_sha256=sha256, kind=said.kind, source=said.source, sheet=table.sheet)
            .filter(header_row=table.header_row)
            .exclude(status__in=[Status.REVERTED, Status.REVERTING, Status.FAILED])
            .order_by("-pk")
        )
        if kind.is_personal:
            candidates = candidates.filter(by=by if getattr(by, "pk", None) else None)
        run = next((row for row in candidates if to_map or _same_reading(row, said, mapping)), None)
    if run is None:
        total = sum(1 for _ in table.rows())
        run = ImportRun.objects.create(
            kind=said.kind,
            source=said.source,
            file_name=said.file_name[-200:],
            file_sha256=sha256,
            file_bytes=len(data),
            sheet=table.sheet,
            encoding=table.encoding,
            header_row=table.header_row,
            headers=table.headers,
            mapping=mapping,
            fixed_values=dict(said.fixed),
            is_complete=said.is_complete,
            total_rows=total,
            by=by if getattr(by, "pk", None) else None,
        )
    if run.status == Status.UPLOADED:
        _store_lines(run, table)
    return run


def _store_lines(run: ImportRun, table: Table) -> None:
    """Store what is missing; numbers grow, so the last one stored tells where to go on."""
    last = run.rows.order_by("-number").values_list("number", flat=True).first() or 0
    never_kept = kind_of(run.kind).never_kept
    unkept = {place for place, header in enumerate(table.headers) if heading_key(header) in never_kept}
    for chunk in _chunks((number, cells) for number, cells in table.rows() if number > last):
        with transaction.atomic():
            ImportRow.objects.bulk_create(
                [
                    ImportRow(run=run, number=number, raw=["" if at in unkept else one for at, one in enumerate(cells)])
                    for number, cells in chunk
                ],
                batch_size=CHUNK,
            )


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def is_staged(run: ImportRun) -> bool:
    """Whether all lines of the file were stored; a killed upload leaves some out."""
    return run.rows.count() == run.total_rows


def remember_mapping(run: ImportRun, *, by: Any, door: str) -> None:
    """Keep how this source's columns were mapped, for its next file; a known heading left out stays left out."""
    mapping = {
        header: run.mapping.get(header, "")
        for header in run.headers
        if header in run.mapping or field_of(header, run.kind)
    }
    known = SavedMapping.objects.filter(source=run.source, kind=run.kind).first()
    if known is None:
        known = SavedMapping(source=run.source, kind=run.kind)
    known.mapping = {**known.mapping, **mapping}
    save_record(known, by=by, door=door, verb="mapping_remembered")
