"""Pages of the admin that are no model's list or form: each app registers its own, the menu and the site list them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its address below the admin, its name there, who may open it (roles), and its place in the menu.

    Without a title it stands in no menu (a fragment, a form's target).
    """

    route: str
    name: str
    view: View
    roles: frozenset[str]
    title: Any = ""
    icon: str = ""

    def may_open(self, user: Any) -> bool:
        """Whether one of this person's roles opens the page; being a superuser does not."""
        return bool(getattr(user, "has_staff_role", False)) and bool(self.roles & user.role_codes)


_pages: dict[str, Page] = {}


def admin_page(
    route: str, name: str, *, roles: frozenset[str], title: Any = "", icon: str = ""
) -> Callable[[View], View]:
    """Register `view(request, **kwargs)` at `admin/<route>`, addressed as `admin:<name>`.

    Whoever holds none of the roles gets 403. Raises ValueError for a name taken by another view.
    """

    def register(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not page.may_open(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        known = _pages.get(name)
        if known is not None and known.view.__module__ != view.__module__:
            raise ValueError(f"two pages of the admin are called {name}")
        page = Page(route, name, guarded, roles, title, icon)
        _pages[name] = page
        return guarded

    return register


def pages() -> list[Page]:
    """All registered pages, in the order they were registered."""
    return list(_pages.values())
