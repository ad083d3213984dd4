from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PromotionConfig(AppConfig):
    """What we do: leads, projects, the service system. Staff only; its models come with their issues."""

    name = "promotion"
    verbose_name = _("Promotion")
