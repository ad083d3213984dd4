"""Leads and contacts in the directory's import pipeline: `promotion.apps` registers both with `directory.ports`.

A run of them is its uploader's own. They alone plan, decide and apply it, so that what it is compared with is what they
may see; the promotion managers of their unit see it and may take it back; a leader reads it.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.ports import ImportedKind
from pinghu.accounts.models import Membership
from pinghu.accounts.roles import Role

LEADS = "leads"
CONTACTS = "contacts"


def imported_kinds() -> tuple[ImportedKind, ...]:
    """What `promotion.apps` registers."""
    return (
        ImportedKind(LEADS, _("Leads"), _lead_kind, _visible, _may_run, _may_revert),
        ImportedKind(CONTACTS, _("Contacts"), _contact_kind, _visible, _may_run, _may_revert),
    )


def _lead_kind() -> Any:
    from promotion.services.importing.leads import LeadKind

    return LeadKind()


def _contact_kind() -> Any:
    from promotion.services.importing.contacts import ContactKind

    return ContactKind()


def _visible(user: Any) -> Q:
    if user.has_any_role(Role.LEADER):
        return Q()
    seen = Q(by=user)
    if user.has_any_role(Role.PROMOTION_MANAGER):
        colleagues = Membership._base_manager.filter(department__in=user.unit_ids).order_by().values("user")
        # Without a person: somebody at the server's command line.
        seen |= Q(by__in=colleagues) | Q(by__isnull=True)
    return seen


def _may_run(user: Any, run: Any) -> bool:
    return bool(run.by_id == user.pk)


def _may_revert(user: Any, run: Any) -> bool:
    return _may_run(user, run) or user.has_any_role(Role.PROMOTION_MANAGER)
