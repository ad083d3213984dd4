"""Keeping data about people no longer than its period: what is due, and forgetting it."""

import datetime
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory.rules.qualifications import add_months
from pinghu.errors import DomainError
from pinghu.jobs.lease import beat
from pinghu.ledger.context import change
from pinghu.ledger.forgetting import rewrite_history
from pinghu.ledger.saving import save_record
from pinghu.personal_data import Rule, retention_rules
from pinghu.records import visible_rows
from promotion.models import (
    Contact,
    Interaction,
    InvestmentProject,
    JoiningClaim,
    Lead,
    RetentionPeriod,
    ServiceCase,
)
from promotion.rules.working_time import local_day
from promotion.services.anonymising import anonymise
from promotion.services.leads import locked

logger = structlog.get_logger(__name__)
#: Rows read together; each is forgotten in a transaction of its own.
_PIECE = 200


# --- what is due ----------------------------------------------------------------------------------------------------


def due(rule: Rule, months: int, on: datetime.date) -> Any:
    """The rows that a rule with this period forgets on a day."""
    return rule.expired(add_months(on, -months))


def visibly_due(rule: Rule, months: int, on: datetime.date, *, user: Any) -> Any:
    """Of these the rows that a person sees: what they may be shown, and counted."""
    found = due(rule, months, on)
    return found.filter(pk__in=visible_rows(found.model, user).order_by().values("pk"))


def periods() -> dict[str, RetentionPeriod]:
    """The zone's periods, by the code of their rule. One query."""
    return {row.rule: row for row in RetentionPeriod._base_manager.order_by("rule")}


def apply_retention(*, by: Any, door: str, at: datetime.datetime) -> dict[str, int]:
    """Forget all that is due by the rules that are switched on; returns how many rows of each.

    Each row is a transaction of its own; one that is refused stays, and is tried again the next night.
    """
    known = periods()
    done = {}
    for rule in retention_rules():
        period = known.get(rule.code)
        if period is None or not period.is_active:
            continue
        why = _("kept for %(months)s months") % {"months": period.months}
        done[rule.code] = sum(
            _forget(rule, row, why, by, door, at) for row in _rows(due(rule, period.months, local_day(at)))
        )
    return done


def _rows(found: Any) -> Iterator[Any]:
    keys = list(found.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _PIECE):
        yield from found.model._base_manager.filter(pk__in=keys[start : start + _PIECE]).order_by("pk")


def _forget(rule: Rule, row: Any, why: str, by: Any, door: str, at: datetime.datetime) -> bool:
    try:
        beat()
        rule.forget(row, by=by, door=door, at=at, why=why)
    except DomainError as error:
        logger.warning("not_forgotten", rule=rule.code, subject_id=getattr(row, "public_id", row.pk), code=error.code)
        return False
    return True


def save_period(
    row: Any, *, by: Any, door: str, at: datetime.datetime, confirmed: int | None = None, **options: Any
) -> Any:
    """Change a period. One that makes rows due at once is asked about with their number.

    `confirmed` is the number that somebody agreed to, of the rows that they see. Raises DomainError (`confirm`,
    with the number as `rows` on it), StaleVersion.
    """
    rule = row.declared
    if row.is_active and rule is not None and row.months:
        rows = visibly_due(rule, row.months, local_day(at), user=by).count()
        if rows and confirmed != rows:
            text = ngettext(
                "With this period %(rows)s row goes tonight, and cannot be brought back. Tick that it is meant so.",
                "With this period %(rows)s rows go tonight, and cannot be brought back. Tick that it is meant so.",
                rows,
            )
            raise ManyRows(text % {"rows": rows}, rows=rows)
    return save_record(row, by=by, door=door, **options)


class ManyRows(DomainError):
    """A period makes `rows` rows due tonight: somebody must agree to that number."""

    def __init__(self, message: str, *, rows: int) -> None:
        super().__init__(code="confirm", fields={"months": [message]})
        self.rows = rows


def _end_of(day: datetime.date) -> datetime.datetime:
    """The moment at which a day is over: an index of moments knows no days."""
    return timezone.make_aware(datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time()))


# --- contacts -------------------------------------------------------------------------------------------------------


def expired_contacts(day: datetime.date) -> Any:
    """Contacts with whom, or on whose records, nobody talked after that day, and on whom nothing runs any more."""
    after = _end_of(day)
    talks = Interaction._base_manager.filter(at__gte=after)
    later = [
        Exists(talks.filter(**{link: OuterRef(link)})) for link in ("lead", "project", "counterpart", "enterprise")
    ]
    open_leads = Lead.objects.open().order_by().values("pk")
    running = InvestmentProject.objects.running().order_by().values("pk")
    rows = Contact._base_manager.filter(
        Q(last_contact_on__isnull=True) | Q(last_contact_on__lte=day),
        anonymised_at__isnull=True,
        created_at__lt=after,
    )
    for talked in later:
        rows = rows.exclude(talked)
    return rows.exclude(lead__in=open_leads).exclude(project__in=running).order_by("pk")


def forget_contact(contact: Any, *, by: Any, door: str, at: datetime.datetime, why: str) -> None:
    """Anonymise the person; who was meanwhile, as another contact of the same one, needs nothing."""
    if not Contact._base_manager.filter(pk=contact.pk, anonymised_at__isnull=True).exists():
        return
    anonymise(contact, by=by, door=door, at=at, why=why)


# --- who referred a lead --------------------------------------------------------------------------------------------


def expired_referrers(day: datetime.date) -> Any:
    """Leads closed on that day or before that still name their referrer, now or in their history."""
    named = Lead.history.filter(id=OuterRef("pk")).exclude(referrer="")
    return Lead._base_manager.filter(Exists(named), status=Lead.Status.CLOSED, closed_on__lte=day).order_by("pk")


def forget_referrer(lead: Any, *, by: Any, door: str, at: datetime.datetime, why: str) -> None:
    """Remove the referrer's name from the lead and its history."""
    with change(by=by, verb="forgotten", door=door, why=why):
        row = locked(lead)
        if row.referrer:
            row.referrer = ""
            save_record(row, fields=["referrer"], by=by, door=door, verb="forgotten")
        named = Lead.history.filter(id=row.pk).exclude(referrer="").values_list("history_id", flat=True)
        rewrite_history(Lead, {key: {"referrer": ""} for key in named})


# --- who reported a case, and who claimed an enterprise ----------------------------------------------------------------

_REPORTER = ("reporter_name", "reporter_phone", "reporter_email")


def _says_reporter() -> Q:
    said = Q()
    for name in _REPORTER:
        said |= ~Q(**{name: ""})
    return said


def expired_case_reporters(day: datetime.date) -> Any:
    """Cases that ended on that day or before and still name who reported them, now or in their history."""
    named = ServiceCase.history.filter(_says_reporter(), id=OuterRef("pk"))
    return ServiceCase._base_manager.filter(Exists(named), closed_at__date__lte=day).order_by("pk")


def forget_case_reporter(case: Any, *, by: Any, door: str, at: datetime.datetime, why: str) -> None:
    """Remove name, phone and e-mail of whoever reported a case, in its history too."""
    blank = dict.fromkeys(_REPORTER, "")
    with change(by=by, verb="forgotten", door=door, why=why):
        row = locked(case)
        for name in _REPORTER:
            setattr(row, name, "")
        save_record(row, fields=list(_REPORTER), by=by, door=door, verb="forgotten")
        named = ServiceCase.history.filter(_says_reporter(), id=row.pk).values_list("history_id", flat=True)
        rewrite_history(ServiceCase, dict.fromkeys(named, blank))


def expired_licences(day: datetime.date) -> Any:
    """Claims decided on that day or before whose licence is still kept."""
    rows = JoiningClaim._base_manager.filter(decided_at__date__lte=day).exclude(licence="")
    return rows.order_by("pk")


def forget_licence(claim: Any, *, by: Any, door: str, at: datetime.datetime, why: str) -> None:
    """Delete the licence of a decided claim; that it was checked stays."""
    with change(by=by, verb="forgotten", door=door, why=why):
        row = locked(claim)
        stored = row.licence.name
        row.licence, row.licence_name = "", ""
        save_record(row, fields=["licence", "licence_name"], by=by, door=door, verb="forgotten")
        named = JoiningClaim.history.filter(id=row.pk).exclude(licence="").values_list("history_id", flat=True)
        rewrite_history(JoiningClaim, {key: {"licence": "", "licence_name": ""} for key in named})
        transaction.on_commit(lambda: default_storage.delete(stored))
