"""A person's own inbox, what they want to be told, and the count on the overview."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin import site
from pinghu.admin.agenda import Waiting, agenda
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.inbox.kinds import Kind, kinds
from pinghu.inbox.models import Mail, Notification
from pinghu.inbox.rules import is_safe_path
from pinghu.inbox.senders import senders
from pinghu.inbox.services import Choice, choices_of, choose, mark_read
from pinghu.ledger.models import Door

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Day:
    """The notices of one local day."""

    on: date
    notices: Sequence[Notification]


@admin_page("inbox/", "inbox", title=_("Inbox"), icon="inbox", roles=STAFF_ROLES)
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What this person was told: unread first, then by day, the newest first."""
    mine = Notification.objects.visible_to(request.user).in_inbox()
    is_read = ExpressionWrapper(Q(read_at__isnull=False), output_field=BooleanField())
    page = Paginator(mine.order_by(is_read, "-created_at", "-pk"), PER_PAGE).get_page(request.GET.get("p"))
    unread = mine.unread().aggregate(count=Count("pk"), newest=Max("pk"))
    parts = {
        bool(read): list(_days(rows)) for read, rows in groupby(page, key=lambda notice: notice.read_at is not None)
    }
    context = {
        **site.each_context(request),
        "title": _("Inbox"),
        "unread": parts.get(False, []),
        "earlier": parts.get(True, []),
        "unread_count": unread["count"],
        "newest": unread["newest"],
        "page": page,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "ellipsis": page.paginator.ELLIPSIS,
    }
    return TemplateResponse(request, "admin/inbox/inbox.html", context)


def _days(notices: Iterable[Notification]) -> Iterator[Day]:
    for on, rows in groupby(notices, key=lambda notice: timezone.localtime(notice.created_at).date()):
        yield Day(on, list(rows))


@admin_page("inbox/read/", "inbox_read", roles=STAFF_ROLES)
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one as read, or all up to the newest that the page showed: what came since stays unread."""
    one, newest = request.POST.get("notice", ""), request.POST.get("up_to", "")
    if _is_key(one):
        mark_read(request.user, at=timezone.now(), only=[int(one)])
    elif _is_key(newest):
        mark_read(request.user, at=timezone.now(), up_to=int(newest))
    return HttpResponseRedirect(reverse("admin:inbox"))


@admin_page("inbox/count/", "inbox_count", roles=STAFF_ROLES)
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """How many notices are unread, for the bell in the head of every page."""
    unread = Notification.objects.visible_to(request.user).in_inbox().unread().count()
    return JsonResponse({"unread": unread}, headers={"Cache-Control": "no-store"})


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


@admin_page("inbox/<int:pk>/open/", "inbox_open", roles=STAFF_ROLES)
@require_GET
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; opening it reads it. Somebody else's is not there (404)."""
    notice = Notification.objects.visible_to(request.user).filter(pk=pk).first()
    if notice is None:
        raise Http404
    if notice.read_at is None:
        mark_read(request.user, at=timezone.now(), only=[notice.pk])
    # Checked where it was written as well; a redirect trusts no stored text.
    return HttpResponseRedirect(notice.path if is_safe_path(notice.path) else reverse("admin:inbox"))


class ChoiceForm(forms.Form):
    """What a person wants of one kind."""

    by_inbox = forms.BooleanField(required=False, widget=UnfoldBooleanWidget)
    mail = forms.ChoiceField(choices=Mail.choices, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, prefix=kind.code, **kwargs)
        self.kind = kind
        # In a table the heads are the labels; a reader who hears one field at a time needs both.
        self.fields["by_inbox"].widget.attrs["aria-label"] = _("%(kind)s: in the inbox") % {"kind": kind.title}
        self.fields["mail"].widget.attrs["aria-label"] = _("%(kind)s: by mail") % {"kind": kind.title}

    def choice(self) -> Choice:
        return Choice(self.cleaned_data["by_inbox"], self.cleaned_data["mail"])


@admin_page("inbox/settings/", "inbox_settings", roles=STAFF_ROLES)
def settings_page(request: HttpRequest) -> HttpResponse:
    """For every kind: in the inbox or not, by mail or not and when."""
    chosen = choices_of(request.user)
    data = request.POST if request.method == "POST" else None
    found = [
        ChoiceForm(data, kind=kind, initial={"by_inbox": chosen[kind.code].by_inbox, "mail": chosen[kind.code].mail})
        for kind in kinds()
    ]
    if data is not None and all(form.is_valid() for form in found):
        try:
            choose(request.user, {form.kind.code: form.choice() for form in found}, by=request.user, door=Door.ADMIN)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Kept. It holds for everything that you are told from now on."))
            return HttpResponseRedirect(reverse("admin:inbox_settings"))
    context = {
        **site.each_context(request),
        "title": _("What I am told, and how"),
        "forms": found,
        "senders": senders(),
        "address": request.user.email,
    }
    return TemplateResponse(request, "admin/inbox/settings.html", context)


@agenda
def unread_notices(request: HttpRequest) -> Iterable[Waiting]:
    """The unread ones; one query."""
    user: Any = request.user
    if user.has_staff_role:
        count = Notification.objects.visible_to(user).in_inbox().unread().count()
        yield Waiting(str(_("Unread notices")), count, reverse("admin:inbox"))
