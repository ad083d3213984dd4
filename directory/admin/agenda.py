"""What waits for the data steward on the overview. Six counts in one query, whoever looks."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from directory.models import Correction, Enterprise, ImportRun, Qualification, StatusCheck
from directory.models.enterprises import today
from pinghu.accounts.roles import Role
from pinghu.admin.agenda import Waiting, agenda

_EXPIRING_DAYS = 90


@agenda
def directory_work(request: HttpRequest) -> Iterable[Waiting]:
    """Imports to decide, status checks, corrections, titles that expire, made-up rows; for the data steward."""
    if Role.DATA_STEWARD not in request.user.role_codes:  # type: ignore[union-attr]
        return
    day = today()
    expiring = Qualification.objects.valid_on(day).filter(valid_until__lte=day + timedelta(days=_EXPIRING_DAYS))
    counts = _counts(
        {
            "imports": ImportRun.objects.filter(status=ImportRun.Status.PLANNED),
            "failed": ImportRun.objects.filter(status=ImportRun.Status.FAILED),
            "checks": StatusCheck.objects.filter(answered_on__isnull=True),
            "corrections": Correction.objects.filter(status=Correction.Status.PENDING),
            "expiring": expiring,
            "demo": Enterprise.objects.current().filter(is_demo=True),
        }
    )
    yield Waiting(
        _("Imports waiting for your decision"), counts["imports"], _list("importrun", "status__exact=planned")
    )
    yield Waiting(_("Imports that failed"), counts["failed"], _list("importrun", "status__exact=failed"))
    yield Waiting(
        _("Enterprises missing from a complete list"),
        counts["checks"],
        _list("statuscheck", "answered=no"),
        _("Somebody should look whether they are still here."),
    )
    yield Waiting(_("Corrections to decide"), counts["corrections"], _list("correction", "status__exact=pending"))
    yield Waiting(
        _("Qualifications that expire within %(days)s days") % {"days": _EXPIRING_DAYS},
        counts["expiring"],
        _list("qualification", f"validity={_EXPIRING_DAYS}"),
    )
    yield Waiting(
        _("Made-up demo enterprises"),
        counts["demo"],
        _list("enterprise", "demo=yes"),
        _("They count in the figures until `remove_demo` removes them."),
    )


def _counts(questions: dict[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each question has; one query for all."""
    parts = [
        rows.order_by()
        .annotate(number=Value(place, output_field=IntegerField()))
        .values("number")
        .annotate(rows=Count("pk"))
        .values_list("number", "rows")
        for place, rows in enumerate(questions.values())
    ]
    found = dict(parts[0].union(*parts[1:], all=True))
    return {name: found.get(place, 0) for place, name in enumerate(questions)}


def _list(model: str, query: str) -> str:
    try:
        return f"{reverse(f'admin:directory_{model}_changelist')}?{query}"
    except NoReverseMatch:  # a list that this process does not serve
        return reverse("admin:index")
