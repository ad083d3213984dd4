from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Background work: leases, retries, and the one place for what runs on a schedule."""

    name = "pinghu.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    role_permissions = {"administrator": {"scheduledrun": "view"}}

    def ready(self) -> None:
        autodiscover_modules("jobs")  # each app declares its tasks and schedules in its own `jobs.py`
