"""The one admin site: Unfold's look, allauth's sign-in, only our own models."""

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.views import logout as allauth_logout
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from pinghu.accounts.models import User
from pinghu.admin.agenda import waiting_for
from pinghu.admin.blocks import blocks_for
from pinghu.admin.pages import pages
from pinghu.admin.searching import LONGEST_TEXT, MANY, look_up, sources_for
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record
from pinghu.navigation import groups_for, sidebar

#: Libraries whose own admins would show what nobody here needs, in Django's look.
LIBRARIES = frozenset({"auth", "account", "mfa", "django_tasks_database"})


class PinghuAdminSite(UnfoldAdminSite):
    """Every way in goes through allauth, with its limits, its second factor and its entry in the access log."""

    index_title = _("Overview")
    enable_nav_sidebar = True

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[Any] | None = None,
        **options: Any,
    ) -> None:
        """Take our admins; leave out what libraries offer, unless we dressed it in the theme."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        themed = admin_class is not None and issubclass(admin_class, ModelAdmin)
        wanted = [model for model in models if themed or model._meta.app_label not in LIBRARIES]
        super().register(wanted, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may look at a page of the admin at all."""
        return request.user.is_active and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to allauth. Django's own form is never shown: posted to by somebody already signed in, it would open
        another account by password alone, past the second factor and the limits."""
        return never_cache(secure_admin_login(self._go_on))(request)

    def _go_on(self, request: HttpRequest) -> HttpResponse:
        url = request.GET.get(REDIRECT_FIELD_NAME, "")
        safe = url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return HttpResponseRedirect(url if safe else reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Allauth's: a GET asks, a POST ends the session."""
        return never_cache(allauth_logout)(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Allauth's, which counts the tries."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))

    def extra_urls(self) -> list[URLPattern]:
        own = [path("language/", self.admin_view(require_POST(self.choose_language)), name="choose_language")]
        return own + [path(page.route, self.admin_view(page.view), name=page.name) for page in pages()]

    def choose_language(self, request: HttpRequest) -> HttpResponse:
        """Keep the language this person wants to work in; unknown ones change nothing."""
        person = User.objects.get(pk=request.user.pk)
        try:
            person.language = get_supported_language_variant(request.POST.get("language", ""))
        except LookupError:
            return HttpResponseRedirect(reverse("admin:index"))
        save_record(person, fields=["language"], by=person, door=Door.ADMIN)
        back = request.META.get("HTTP_REFERER", "")
        safe = url_has_allowed_host_and_scheme(
            back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return HttpResponseRedirect(back if safe else reverse("admin:index"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models of one app. Of all together nothing: the menu is `pinghu.navigation`, and Django would ask for
        every model on each page, a fifth of its time."""
        return super().get_app_list(request, app_label) if app_label else []

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The menu as `unfold/helpers/app_list.html` shows it, with the entry that one is at."""
        menu, index = sidebar(request), reverse("admin:index")
        for group in menu:
            for item in group["items"]:
                at = item["link"]
                item["active"] = request.path == at if at == index else request.path.startswith(at)
            group["has_active"] = any(item["active"] for item in group["items"])
        return menu

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The search box's page; with `_fragment` its hits alone.

        In the place of Unfold's own, which keeps what it found for minutes and tells how much and how fast.
        """
        text, kind = request.GET.get("q", "")[:LONGEST_TEXT].strip(), request.GET.get("kind", "")
        context: dict[str, Any] = {"text": text, "kind": kind, "groups": look_up(request, text, kind)}
        if "_fragment" in request.GET:
            return TemplateResponse(request, "admin/search_hits.html", context)
        context |= {**self.each_context(request), "title": _("Search"), "most": MANY}
        context["kinds"] = [source.title for source in sources_for(request)]
        return TemplateResponse(request, "admin/search.html", {**context, **(extra_context or {})})

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """How this person's work stands and what waits for them, then every list they may open, by job."""
        context = {"blocks": blocks_for(request), "waiting": waiting_for(request), "groups": groups_for(request)}
        return super().index(request, {**context, **(extra_context or {})})
