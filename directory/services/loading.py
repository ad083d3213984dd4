"""Loading stated facts into rows: idempotent, remembering what was loaded, never over what a person changed since."""

import datetime
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models

from directory.models import DataSource, FieldSource
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record


@dataclass
class LoadReport:
    """What one load did, by outcome, and the fields it left alone because somebody had edited them."""

    counts: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)


class Loader:
    """Writes rows of one source through the services, by keys that only the source's file knows.

    A row is found again by the key it was loaded under, so that staff may rename it; a row that staff deleted is not
    made again. A field is updated only while it still equals the value last loaded.
    """

    def __init__(self, source: DataSource, *, demo: bool = False) -> None:
        self.source = source
        self.demo = demo
        self.report = LoadReport()

    def put(self, model: type[Any], key: str, values: dict[str, Any], *, source: DataSource | None = None) -> Any:
        """Make or update one row; returns it, or None where staff deleted it."""
        stated = source or self.source
        label = model._meta.model_name
        marker = "=" + hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
        memory = FieldSource.objects.filter(subject_type=label, field=marker).first()
        if memory is None:
            return self._create(model, marker, key, values, stated)
        row = model._base_manager.filter(public_id=memory.subject_id).first()
        if row is None:
            self.report.counts["deleted by staff"] += 1
            return None
        return self._update(row, values, stated)

    def _create(self, model: type[Any], marker: str, key: str, values: dict[str, Any], source: DataSource) -> Any:
        row = model(**values)
        names = {f.name for f in model._meta.concrete_fields}
        if "source" in names and row.source_id is None:
            row.source = source
        if "is_demo" in names:
            row.is_demo = self.demo
        row = save_record(row, by=None, door=Door.COMMAND, verb="loaded")
        _remember(row, {marker: key, **{name: stored(row, name) for name in values}}, source)
        self.report.counts["created"] += 1
        return row

    def _update(self, row: Any, values: dict[str, Any], source: DataSource) -> Any:
        loaded = dict(
            FieldSource.objects.filter(subject_type=row._meta.model_name, subject_id=row.public_id).values_list(
                "field", "value"
            )
        )
        changed = []
        wanted = type(row)(**values)
        for name in values:
            now, new = stored(row, name), stored(wanted, name)
            if now == new:
                continue
            if name in loaded and now != loaded[name]:
                self.report.kept.append(f"{row._meta.model_name} {row}: {name}")
                continue
            setattr(row, row._meta.get_field(name).attname, getattr(wanted, row._meta.get_field(name).attname))
            changed.append(name)
        if not changed:
            self.report.counts["unchanged"] += 1
            return row
        row = save_record(row, fields=changed, by=None, door=Door.COMMAND, verb="loaded")
        _remember(row, {name: stored(row, name) for name in changed}, source)
        self.report.counts["updated"] += 1
        return row


def stored(row: Any, name: str) -> Any:
    """A field's value as the memory keeps it: plain JSON, foreign keys by primary key."""
    column: models.Field[Any, Any] = row._meta.get_field(name)
    value = column.to_python(getattr(row, column.attname)) if not column.is_relation else getattr(row, column.attname)
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return value


def _remember(row: Any, values: dict[str, Any], source: DataSource) -> None:
    FieldSource.objects.bulk_create(
        [
            FieldSource(
                subject_type=row._meta.model_name, subject_id=row.public_id, field=name, value=value, source=source
            )
            for name, value in values.items()
        ],
        update_conflicts=True,
        unique_fields=["subject_type", "subject_id", "field"],
        update_fields=["value", "source", "at"],
    )
