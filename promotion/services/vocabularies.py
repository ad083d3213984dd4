"""Promotion's rows that the zone may change: channels, periods of claims, the gate, ages of stages, admission standards.

Read from `fixtures/promotion` after every migration and flush. Only what was never there is made: a row that somebody
changed, switched off or deleted stays as they left it, because its history still knows the row that was loaded.
"""

import datetime
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record
from promotion.models import (
    AdmissionStandard,
    CaseKind,
    CaseLimit,
    CasePolicy,
    ClaimPolicy,
    Evidence,
    LeadChannel,
    ProjectReview,
    RetentionPeriod,
    ServicePillar,
    ServiceSystem,
    StageAgeLimit,
    StageRequirement,
)
from promotion.services.projects import COUNTS

FIXTURES = Path(settings.BASE_DIR) / "fixtures" / "promotion"

Row = dict[str, Any]


def _plain(rows: list[Row]) -> Iterator[Row]:
    yield from rows


def _dated(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        yield {**row, "effective_from": datetime.date.fromisoformat(row["effective_from"])}


def _pillar(rows: list[Row]) -> Iterator[Row]:
    """The pillars of the first version, the one that the profile states."""
    for key in ServiceSystem.objects.order_by("effective_from").values_list("pk", flat=True)[:1]:
        yield from ({**row, "system_id": key} for row in rows)


def _requirement(rows: list[Row]) -> Iterator[Row]:
    """One row for each track that is named; none named means one row for all of them."""
    for row in rows:
        rest = {name: value for name, value in row.items() if name != "tracks"}
        for track in row["tracks"] or [""]:
            yield {**rest, "track": track}


def _standard(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        days = {name: row.get(name) for name in ("valid_from", "valid_until")}
        parsed = {name: datetime.date.fromisoformat(day) if day else None for name, day in days.items()}
        yield {**row, **parsed, "value": Decimal(row["value"])}


#: file → model, natural key, how the rows of the file become rows of the table
FILES: dict[str, tuple[Any, tuple[str, ...], Callable[[list[Row]], Iterator[Row]]]] = {
    "lead_channels": (LeadChannel, ("code",), _plain),
    "claim_policies": (ClaimPolicy, ("effective_from",), _dated),
    "stage_age_limits": (StageAgeLimit, ("stage", "track", "effective_from"), _dated),
    "stage_requirements": (StageRequirement, ("stage", "track", "check_code", "params"), _requirement),
    "admission_standards": (AdmissionStandard, ("indicator", "operator", "track", "industry_code", "valid_from"), _standard),
    "service_systems": (ServiceSystem, ("effective_from",), _dated),
    "service_pillars": (ServicePillar, ("system_id", "code"), _pillar),
    "case_kinds": (CaseKind, ("code",), _plain),
    "case_limits": (CaseLimit, ("kind_id", "complexity", "effective_from"), _dated),
    "case_policies": (CasePolicy, ("effective_from",), _dated),
    "retention_periods": (RetentionPeriod, ("rule",), _plain),
}  # fmt: skip


def load_promotion_vocabularies() -> int:
    """Make the rows that were never there; returns how many. One query for each list where nothing is missing."""
    made = 0
    with change(by=None, verb="vocabularies_loaded", door=Door.COMMAND):
        for name, (model, key, to_rows) in FILES.items():
            known = {_key(values) for values in model.history.order_by().values_list(*key).distinct()}
            for values in to_rows(json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))):
                if _key(values.get(column, "") for column in key) not in known:
                    save_record(model(**values), by=None, door=Door.COMMAND, verb="loaded")
                    made += 1
    return made


def _key(values: Any) -> tuple[str, ...]:
    return tuple(json.dumps(value, sort_keys=True, default=str) for value in values)


def load_vocabularies_after_migrate(**_options: Any) -> None:
    """Receiver of post_migrate."""
    load_promotion_vocabularies()


def save_requirement(row: Any, **options: Any) -> Any:
    """Save a row of the gate, if it asks for something that exists; called as `save_record` is. Raises DomainError.

    The model knows checks, parameters and fields; what can be counted or uploaded is known here.
    """
    known: dict[str, tuple[str, Any]] = {
        "count_at_least": ("of", COUNTS),
        "evidence_present": ("kind", Evidence.Kind.values),
        "review_passed": ("kind", ProjectReview.Kind.values),
    }
    name, allowed = known.get(row.check_code, ("", ()))
    asked = row.params.get(name) if isinstance(row.params, dict) else None
    if asked is not None and asked not in allowed:
        text = _("“%(asked)s” is none of these: %(allowed)s.") % {"asked": asked, "allowed": ", ".join(sorted(allowed))}
        raise DomainError(code="unknown_subject", fields={"params": [text]})
    return save_record(row, **options)
