from django.apps import AppConfig


class PinghuConfig(AppConfig):
    """The project's own shell: base templates, static files, template tags."""

    name = "pinghu"
    verbose_name = "Pinghu"
