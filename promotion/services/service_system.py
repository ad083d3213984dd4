"""The service system's versions and pillars, held to their formula; office hours, which move what is due."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record
from promotion.models import OfficeHours, ServicePillar
from promotion.rules import service_system as rules
from promotion.rules.working_time import WorkCalendar


def formula_problems(system: Any) -> tuple[str, ...]:
    """Codes of what does not agree between a version's formula and its active pillars."""
    return rules.problems(system.formula, [pillar.layer for pillar in system.pillars.all() if pillar.is_active])


def save_system(system: Any, *, by: Any, door: str, why: str = "", **options: Any) -> Any:
    """Save a version with its pillars, called as `save_record` is. Raises DomainError where they do not agree."""
    with change(by=by, verb="created" if system._state.adding else "updated", door=door, why=why):
        saved = save_record(system, by=by, door=door, why=why, **options)
        _must_agree(saved)
        return saved


def save_pillar(pillar: Any, *, by: Any, door: str, why: str = "", **options: Any) -> Any:
    """Save one pillar, called as `save_record` is. Raises DomainError where its version no longer agrees."""
    with change(by=by, verb="created" if pillar._state.adding else "updated", door=door, why=why):
        saved = save_record(pillar, by=by, door=door, why=why, **options)
        _must_agree(saved.system)
        return saved


def _must_agree(system: Any) -> None:
    rows = ServicePillar._base_manager.filter(system=system, is_active=True)
    layers = list(rows.order_by().values_list("layer", flat=True))
    if found := rules.problems(system.formula, layers):
        texts = {
            "formula": _("Write the formula as 1+3+N."),
            "core": _("“%(formula)s”: the number of cores in use is another."),
            "mechanism": _("“%(formula)s”: the number of mechanisms in use is another."),
            "platform": _("“%(formula)s”: the number of platforms in use is another."),
        }
        raise DomainError(" ".join(texts[code] % {"formula": system.formula} for code in found), code="formula")


def save_office_hours(hours: Any, *, by: Any, door: str, why: str = "", **options: Any) -> Any:
    """Save one interval of the working day; what is open is due anew. Raises DomainError for intervals that overlap."""
    with change(by=by, verb="created" if hours._state.adding else "updated", door=door, why=why):
        saved = save_record(hours, by=by, door=door, why=why, **options)
        _check_hours(OfficeHours.objects.order_by("starts"))
        return saved


def _check_hours(rows: Iterable[Any]) -> None:
    intervals: Sequence[Any] = tuple(row.interval for row in rows)
    try:
        WorkCalendar({}, intervals)
    except ValueError:
        text = _("The intervals of a day stand in order and do not overlap.")
        raise DomainError(code="overlap", fields={"starts": [text]}) from None
