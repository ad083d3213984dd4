"""Standard lists as rows: read from `fixtures/reference` after every migration and flush.

Only missing rows are made: what the zone changed stays changed.
"""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from directory.models import (
    DataSource,
    Exchange,
    IndustryClass,
    QualificationType,
    RankingList,
    RegistrationType,
    SizeThreshold,
    WorkCalendar,
)
from pinghu.ledger.context import change
from pinghu.ledger.models import Door

REFERENCE = Path(settings.BASE_DIR) / "fixtures" / "reference"

Row = dict[str, Any]


def _industry_class(row: Row) -> Row:
    return {name: row[name] for name in ("code", "name", "name_en", "level", "section")}


def _calendar_day(row: Row) -> Row:
    return {**row, "on": datetime.date.fromisoformat(row["on"])}


def _ranking_list(row: Row) -> Row:
    return {**{name: row[name] for name in ("code", "name", "name_en", "publisher")}, "source_note": row["source"]}


def _threshold(row: Row) -> Row:
    return {**row, "effective_from": datetime.date.fromisoformat(row["effective_from"])}


#: file → model, natural key, how a row of the file becomes columns
FILES: dict[str, tuple[type[models.Model], tuple[str, ...], Callable[[Row], Row]]] = {
    "data_sources": (DataSource, ("code",), dict),
    "exchanges": (Exchange, ("mic",), dict),
    "registration_types": (RegistrationType, ("code",), dict),
    "qualification_types": (QualificationType, ("code",), dict),
    "ranking_lists": (RankingList, ("code",), _ranking_list),
    "size_thresholds": (SizeThreshold, ("sector", "version"), _threshold),
    "work_calendar": (WorkCalendar, ("on",), _calendar_day),
    "industry_classes": (IndustryClass, ("code",), _industry_class),
}


def load_vocabularies() -> int:
    """Make the rows of the standard lists that are missing, with history; returns how many were made."""
    made = 0
    with change(by=None, verb="vocabularies_loaded", door=Door.COMMAND) as scope:
        for name, (model, key, to_columns) in FILES.items():
            known = set(model._base_manager.values_list(*key))
            columns = {field.name for field in model._meta.concrete_fields}
            rows = []
            for row in json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8")):
                values = {column: value for column, value in to_columns(row).items() if column in columns}
                if tuple(values[part] for part in key) not in known:
                    rows.append(model(**values))
            made += _write(model, rows, scope)
        made += _link_divisions(scope)
    return made


def _write(model: type[models.Model], rows: list[Any], scope: Any) -> int:
    if not rows:
        return 0
    model._base_manager.bulk_create(rows, batch_size=500)
    if hasattr(model, "history"):
        model.history.bulk_history_create(rows, custom_historical_attrs={"change": scope.row}, batch_size=500)
    return len(rows)


def _link_divisions(scope: Any) -> int:
    """Give each division its section as parent; both were made above."""
    sections = dict(IndustryClass.objects.filter(level=1).values_list("section", "pk"))
    loose = list(IndustryClass.objects.filter(level=2, parent__isnull=True))
    for row in loose:
        row.parent_id = sections[row.section]
    IndustryClass.objects.bulk_update(loose, ["parent"])
    if loose:
        IndustryClass.history.bulk_history_create(loose, update=True, custom_historical_attrs={"change": scope.row})
    return 0


def load_vocabularies_after_migrate(**_: Any) -> None:
    """Receiver of post_migrate."""
    load_vocabularies()
