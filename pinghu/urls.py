"""All URLs; which of them a process serves is `PINGHU_DOORS`."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from pinghu import health
from pinghu.admin import site

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]
if "admin" in settings.DOORS:
    urlpatterns += [path("accounts/", include("allauth.urls")), path("admin/", site.urls)]
if "api" in settings.DOORS:
    urlpatterns += [path("api/", include("pinghu.api.urls"))]
if "public" in settings.DOORS:
    urlpatterns += i18n_patterns(path("", include("directory.urls")), prefix_default_language=False)
