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

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", robots, name="robots"),
]
if "admin" in settings.DOORS:
    urlpatterns += [
        path("accounts/", include("allauth.urls")),
        path("i18n/", include("django.conf.urls.i18n")),
        path("admin/", site.urls),
    ]
if "api" in settings.DOORS:
    urlpatterns += [
        path("api/", include("pinghu.api.urls")),
        # What the `type` of an API's problem leads to.
        path("problems/", pages.problem, name="problems"),
        route("problems/<slug:slug>", pages.problem, name="problem"),
    ]
if "public" in settings.DOORS:
    urlpatterns += i18n_patterns(
        path("", include("directory.urls")), path("", include("promotion.urls")), prefix_default_language=False
    )
    if settings.DEBUG:
        urlpatterns += i18n_patterns(path("gallery/", gallery, name="gallery"), prefix_default_language=False)
