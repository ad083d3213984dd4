"""Space for projects: intents without limit, and exclusive reservations that never go beyond what is free.

`reserve` locks the carrier while it looks at what is taken, so that of two people at once the second finds what the
first has left. What it locks, in this order: the project, the carrier.
"""

import datetime
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Carrier, Tenancy
from pinghu.errors import DomainError
from pinghu.formats import plain
from pinghu.ledger.context import change
from pinghu.ledger.saving import ChildSave, save_record
from promotion.models import InvestmentProject, Lead, Reservation
from promotion.rules import reservations as rules
from promotion.rules import stages

_CENTS = Decimal("0.01")


def reserve(
    project: Any,
    carrier: Any,
    *,
    area_m2: Decimal,
    part: str = "",
    starts_on: datetime.date,
    ends_on: datetime.date | None = None,
    by: Any,
    door: str,
) -> Any:
    """Hold a part of a carrier for one project. Return the reservation.

    Refused before the project's review was passed, after it has ended, beyond what tenancies and other reservations
    leave free on any of the days, and for a named part that somebody holds. Locks the project, then the carrier.
    Raises DomainError with field errors; `code` is the first of `rules.reservations`.
    """
    wanted = rules.Part(
        area=Decimal(area_m2).quantize(_CENTS, ROUND_HALF_UP), start=starts_on, end=ends_on, name=" ".join(part.split())
    )
    with change(by=by, verb="reserved", door=door):
        row = _locked(project)
        place = Carrier._base_manager.select_for_update().order_by().filter(pk=carrier.pk).first()
        if place is None:
            raise DomainError(code="gone", fields={"carrier": [_("This record was deleted meanwhile.")]})
        held = _held(place)
        taken = [(one.start, one.end, one.area) for one in held]
        found = rules.reservation_problems(
            wanted,
            place.area_m2,
            taken,
            is_reviewed=stages.stage_index(row.stage) >= stages.stage_index(stages.REVIEWED),
            available_from=place.available_from,
            withdrawn_on=place.withdrawn_on,
            named_parts=held,
        )
        if found:
            free = rules.free_area(place.area_m2, taken, wanted.start, wanted.end) if _is_period(wanted) else Decimal(0)
            raise DomainError(code=found[0], fields=_problem_fields(found, free, place))
        reservation = Reservation(
            carrier=place,
            project=row,
            area_m2=wanted.area,
            part=wanted.name,
            starts_on=starts_on,
            ends_on=ends_on,
            by=by if getattr(by, "pk", None) else None,
        )
        return save_record(reservation, by=by, door=door, verb="reserved")


def release_reservation(reservation: Any, *, reason: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Give the space back, with the reason. Locks the row. Raises DomainError where it was given back already."""
    why = _reason(reason)
    with change(by=by, verb="released", door=door, why=why):
        row = Reservation._base_manager.select_for_update().order_by().filter(pk=reservation.pk).first()
        if row is None or row.released_at is not None:
            raise DomainError(_("This space was given back already."), code="already_released")
        return _release(row, why, by=by, door=door, at=at)


def release_all(project: Any, *, reason: str, by: Any, door: str, at: datetime.datetime) -> int:
    """Give back all that a project holds, as it ends or moves in; returns how many reservations. Locks the rows."""
    why = _reason(reason)
    with change(by=by, verb="released", door=door, why=why):
        rows = Reservation._base_manager.select_for_update().filter(project=project.pk, released_at__isnull=True)
        held = list(rows.order_by("pk"))
        for row in held:
            _release(row, why, by=by, door=door, at=at)
        return len(held)


def save_intent(
    intent: Any,
    *,
    fields: Iterable[str] | None = None,
    by: Any,
    door: str,
    if_version: int | None = None,
    why: str = "",
    children: Sequence[ChildSave] = (),
) -> Any:
    """Write down a carrier that was shown or offered. Called as `save_record` is.

    Raises DomainError for a project or lead that has ended.
    """
    with change(by=by, verb="created" if intent._state.adding else "updated", door=door, why=why):
        if fields is None or set(fields):
            if intent.project_id is not None:
                _locked(intent.project)
            if intent.lead_id is not None and intent.lead.status not in Lead.OPEN:
                text = _("This lead is closed or became a project.")
                raise DomainError(code="ended", fields={"lead": [text]})
        return save_record(intent, fields=fields, by=by, door=door, if_version=if_version, why=why, children=children)


def free_in(carrier: Any, day: datetime.date, until: datetime.date | None = None) -> Decimal:
    """The m² that neither tenants nor reservations hold on any day from `day` to `until` (None = for ever). 2 queries."""
    return rules.free_area(carrier.area_m2, [(one.start, one.end, one.area) for one in _held(carrier)], day, until)


def _held(carrier: Any) -> list[rules.Part]:
    """What tenants and reservations hold of a carrier: every project's, seen or not. 2 queries."""
    columns = ("area_m2", "starts_on", "ends_on", "part")
    tenancies = Tenancy._base_manager.filter(carrier=carrier.pk).order_by()
    reserved = Reservation._base_manager.filter(carrier=carrier.pk, released_at__isnull=True).order_by()
    return [
        rules.Part(area, start, end, " ".join(name.split()))
        for rows in (tenancies, reserved)
        for area, start, end, name in rows.values_list(*columns)
    ]


def _is_period(wanted: rules.Part) -> bool:
    return wanted.end is None or wanted.end >= wanted.start


def _problem_fields(codes: Iterable[str], free: Decimal, carrier: Any) -> dict[str, list[str]]:
    texts = {
        "not_reviewed": ("project", _("Space is reserved after the review. Until then add a space intent.")),
        "ends_before_start": ("ends_on", _("The reservation ends before it begins.")),
        "no_area": ("area_m2", _("Give an area above 0 m².")),
        "not_available": ("starts_on", _("The carrier is not to be had on all of these days.")),
        "part_taken": ("part", _("Somebody holds this part on one of these days. Choose another part or period.")),
        "beyond_free": (
            "area_m2",
            _("Only %(free)s m² of %(carrier)s are free on all of these days.")
            % {"free": plain(free, 2), "carrier": carrier},
        ),
    }
    fields: dict[str, list[str]] = {}
    for code in codes:
        name, text = texts[code]
        fields.setdefault(name, []).append(text)
    return fields


def _release(row: Any, why: str, *, by: Any, door: str, at: datetime.datetime) -> Any:
    row.released_at, row.released_because = at, why
    return save_record(row, fields=["released_at", "released_because"], by=by, door=door, verb="released")


def _reason(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise DomainError(code="reason_missing", fields={"reason": [_("Say why the space is given back.")]})
    return text[:200]


def _locked(project: Any) -> Any:
    row = InvestmentProject._base_manager.select_for_update().order_by().filter(pk=project.pk).first()
    if row is None:
        raise DomainError(_("This record was deleted meanwhile."), code="gone")
    if row.has_ended:
        text = _("The project has ended: it takes no space. A promotion manager can reopen it.")
        raise DomainError(code="ended", fields={"project": [text]})
    return row
