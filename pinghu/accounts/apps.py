from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People, departments, roles."""

    name = "pinghu.accounts"
    label = "accounts"
    verbose_name = _("People")

    role_permissions = {
        "administrator": {
            "user": "view add change",
            "department": "view add change delete",
            "membership": "view add change delete",
        },
        "auditor": {"user": "view", "department": "view", "membership": "view"},
        "staff": {"department": "view"},
    }

    def ready(self) -> None:
        from pinghu.accounts import adapter, services  # noqa: F401 (they register what follows sign-in and membership)
        from pinghu.accounts.roles import sync_roles_after_migrate

        post_migrate.connect(sync_roles_after_migrate, dispatch_uid="accounts.sync_roles")
