"""The one admin site: theme, sign-in, menu, and the base class of every admin here."""

from django.contrib.admin import site

__all__ = ["site"]
