from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    """What people are told: in their inbox, by mail in the morning, at once where it is urgent."""

    name = "pinghu.inbox"
    label = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        autodiscover_modules("notices")  # each app declares its kinds in its own `notices.py`
