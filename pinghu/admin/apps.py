from django.contrib.admin.apps import AdminConfig


class PinghuAdminConfig(AdminConfig):
    """Django's admin with our site as the one site, so that every `register` lands there."""

    default = False
    default_site = "pinghu.admin.sites.PinghuAdminSite"
