"""One page behind each door, which says what language it speaks."""

from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import translation

from pinghu.admin import site


def language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{translation.get_language()} {getattr(request, 'LANGUAGE_CODE', '')}")


urlpatterns = [
    path("accounts/spoken/", language),
    path("accounts/", include("allauth.urls")),
    path("admin/spoken/", language),
    path("admin/", site.urls),
    path("api/spoken", language),
    path("api/docs/spoken", language),
    *i18n_patterns(path("spoken/", language), prefix_default_language=False),
]
