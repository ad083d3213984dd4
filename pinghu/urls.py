"""All URLs; which of them a process serves is `PINGHU_DOORS`."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from pinghu import health
from pinghu.admin import site
from pinghu.api import pages
from pinghu.api.handlers import handler400, handler403, handler404, handler500
from pinghu.api.routes import route
from pinghu.gallery import gallery
from pinghu.robots import robots
from promotion import urls as promotion

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", robots, name="robots"),
]
if {"admin", "portal"} & set(settings.DOORS):
    # Signing in, which both doors ask for.
    urlpatterns += [path("accounts/", include("allauth.urls")), path("i18n/", include("django.conf.urls.i18n"))]
if "admin" in settings.DOORS:
    urlpatterns += [path("admin/", site.urls)]
if "api" in settings.DOORS:
    urlpatterns += [
        path("api/", include("pinghu.api.urls")),
        # What the `type` of an API's problem leads to.
        path("problems/", pages.problem, name="problems"),
        route("problems/<slug:slug>", pages.problem, name="problem"),
    ]
site_pages: list[URLPattern | URLResolver] = []
if "public" in settings.DOORS:
    site_pages += [path("", include("directory.urls"))]
    site_pages += [path("gallery/", gallery, name="gallery")] if settings.DEBUG else []
# One namespace for both of promotion's doors.
of_promotion: list[URLPattern | URLResolver] = [
    *(promotion.SERVICES if "public" in settings.DOORS else []),
    *(promotion.PORTAL if "portal" in settings.DOORS else []),
]
if of_promotion:
    site_pages += [path("", include((of_promotion, "promotion")))]
if site_pages:
    urlpatterns += i18n_patterns(*site_pages, prefix_default_language=False)
