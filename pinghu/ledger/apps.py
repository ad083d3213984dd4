from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """The change kernel; imports no domain app."""

    name = "pinghu.ledger"
    label = "ledger"
    verbose_name = _("Ledger")

    #: Permissions of roles on this app's models (see `pinghu.accounts.roles`).
    role_permissions = {"auditor": {"change": "view", "event": "view", "accesslog": "view"}}

    def ready(self) -> None:
        from simple_history.signals import pre_create_historical_record

        from pinghu.ledger.context import link_history_row

        pre_create_historical_record.connect(link_history_row, dispatch_uid="ledger.link_history_row")
        post_migrate.connect(ensure_head, sender=self, dispatch_uid="ledger.ensure_head")


def ensure_head(using: str, **_: object) -> None:
    """The head row must exist in every database, a flushed one too: no data migration would survive a flush."""
    from pinghu.ledger.models import LedgerHead

    LedgerHead.objects.using(using).get_or_create(pk=1)
